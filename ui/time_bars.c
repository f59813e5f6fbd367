#include "time_bars.h"

#include <glib.h>
#include <string.h>

enum { FINE = 16384 /* more than a screen has pixels */ };

struct time_bars {
    struct time_bar fine[FINE];
};

static enum bar_family family_of(const struct record *r)
{
    switch (view_family(r)) {
    case VIEW_DNS:
        return BAR_DNS;
    case VIEW_SMTP:
        return BAR_SMTP;
    case VIEW_ACCESS:
        return BAR_ACCESS;
    case VIEW_HTTP:
        return BAR_HTTP;
    case VIEW_TCP:
    case VIEW_FAULT:
        return BAR_TCP;
    case VIEW_QUEUE:
    case VIEW_PERSON:
    case VIEW_STORY:
        return BAR_OTHER;
    }
    return BAR_OTHER;
}

struct time_bars *time_bars_new(const struct view_tape *t, const struct timescale *scale)
{
    struct time_bars *b = g_new0(struct time_bars, 1);
    int64_t length = view_tape_length(t);
    sim_time at = -1;
    unsigned place = 0;

    for (int64_t i = 0; i < length; i++) {
        const struct record *r = view_tape_nth(t, i);

        if (r->event == EV_RUN_END || r->event == EV_NOTE || r->event == EV_PACKET_FORWARD)
            continue;
        if (r->time != at) {
            at = r->time;
            place = MIN((unsigned)(timescale_to(scale, at) * FINE), FINE - 1);
        }
        b->fine[place].n[family_of(r)]++;
    }
    return b;
}

void time_bars_free(struct time_bars **b)
{
    g_clear_pointer(b, g_free);
}

unsigned time_bar_sum(const struct time_bar *b)
{
    unsigned sum = 0;

    for (int f = 0; f < N_BAR_FAMILIES; f++)
        sum += b->n[f];
    return sum;
}

unsigned time_bars_sum(const struct time_bars *b, unsigned n, struct time_bar *out)
{
    unsigned most = 1;

    memset(out, 0, n * sizeof *out);
    for (unsigned i = 0; i < FINE && n > 0; i++) {
        struct time_bar *bar = &out[(uint64_t)i * n / FINE];

        for (int f = 0; f < N_BAR_FAMILIES; f++)
            bar->n[f] += b->fine[i].n[f];
    }
    for (unsigned i = 0; i < n; i++)
        most = MAX(most, time_bar_sum(&out[i]));
    return most;
}
