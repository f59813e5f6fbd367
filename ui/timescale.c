#include "timescale.h"

#include <glib.h>
#include <math.h>

/* Between two knots the axis is even. */
struct knot {
    sim_time t;
    double u;
};

struct timescale {
    GArray *knots; /* of struct knot, at least two, both growing strictly */
};

enum { KNOTS_MAX = 8192 };
static const double GRAIN_NS = 10e6; /* a gap of this length counts 1 */

/* A wait of half an hour takes the room of eighteen hops of 10 ms, one of five days that of 26. */
static double worth(sim_time gap)
{
    return log2(1.0 + (double)gap / GRAIN_NS);
}

struct timescale *timescale_new(const sim_time *times, size_t n, sim_time end)
{
    struct timescale *s = g_new0(struct timescale, 1);
    double total = 0, sum = 0, last = 0;
    sim_time before = 0;

    s->knots = g_array_new(FALSE, FALSE, sizeof(struct knot));
    for (size_t i = 0; i <= n; i++) {
        sim_time t = i < n ? times[i] : end;
        total += t > before ? worth(t - before) : 0;
        before = MAX(before, t);
    }
    struct knot k = { 0, 0 };
    g_array_append_val(s->knots, k);
    before = 0;
    for (size_t i = 0; i <= n && total > 0; i++) {
        sim_time t = i < n ? times[i] : end;
        if (t <= before)
            continue;
        double gap = worth(t - before);
        /* The start of a long gap is a knot too, or what comes before would be stretched into it. */
        if (gap > total / KNOTS_MAX && sum > last && before > k.t) {
            k = (struct knot){ before, sum / total };
            g_array_append_val(s->knots, k);
            last = sum;
        }
        sum += gap;
        if (sum - last >= total / KNOTS_MAX) {
            k = (struct knot){ t, sum / total };
            g_array_append_val(s->knots, k);
            last = sum;
        }
        before = t;
    }
    if (before > k.t)
        k.t = before;
    else if (s->knots->len == 1)
        k.t = 1;
    k.u = 1;
    if (s->knots->len > 1 && g_array_index(s->knots, struct knot, s->knots->len - 1).u >= 1)
        g_array_index(s->knots, struct knot, s->knots->len - 1) = k;
    else
        g_array_append_val(s->knots, k);
    return s;
}

struct timescale *timescale_of(const struct view_tape *t)
{
    int64_t n = view_tape_length(t);
    g_autofree sim_time *times = g_new(sim_time, (gsize)n + 1);
    size_t kept = 0;

    for (int64_t i = 0; i < n; i++) {
        sim_time at = view_tape_nth(t, i)->time;
        if (kept == 0 || at > times[kept - 1])
            times[kept++] = at;
    }
    return timescale_new(times, kept, view_tape_end(t));
}

void timescale_free(struct timescale **s)
{
    if (*s == NULL)
        return;
    g_array_free((*s)->knots, TRUE);
    g_free(*s);
    *s = NULL;
}

static const struct knot *knot(const struct timescale *s, unsigned i)
{
    return &g_array_index(s->knots, struct knot, i);
}

double timescale_to(const struct timescale *s, sim_time t)
{
    unsigned low = 0, high = s->knots->len - 1;

    if (t <= knot(s, 0)->t)
        return 0;
    if (t >= knot(s, high)->t)
        return 1;
    while (high - low > 1) {
        unsigned mid = (low + high) / 2;
        if (knot(s, mid)->t <= t)
            low = mid;
        else
            high = mid;
    }
    const struct knot *a = knot(s, low), *b = knot(s, high);
    return a->u + (b->u - a->u) * ((double)(t - a->t) / (double)(b->t - a->t));
}

sim_time timescale_from(const struct timescale *s, double u)
{
    unsigned low = 0, high = s->knots->len - 1;

    if (!(u > 0))
        return knot(s, 0)->t;
    if (u >= 1)
        return knot(s, high)->t;
    while (high - low > 1) {
        unsigned mid = (low + high) / 2;
        if (knot(s, mid)->u <= u)
            low = mid;
        else
            high = mid;
    }
    const struct knot *a = knot(s, low), *b = knot(s, high);
    return a->t + (sim_time)llround((u - a->u) / (b->u - a->u) * (double)(b->t - a->t));
}
