/* map_path.c: ways between the boxes of the map (map_layout.h). */
#include "map_layout.h"

#include <math.h>
#include <string.h>

static void curve_at(double x1, double y1, double cx, double cy, double x2, double y2, double t, double *x,
                     double *y)
{
    double u = 1 - t;

    *x = u * u * x1 + 2 * u * t * cx + t * t * x2;
    *y = u * u * y1 + 2 * u * t * cy + t * t * y2;
}

static unsigned crossings(const struct rect *places, unsigned n, unsigned a, unsigned b, double cx, double cy)
{
    double x1 = places[a].x + places[a].w / 2, y1 = places[a].y + places[a].h / 2;
    double x2 = places[b].x + places[b].w / 2, y2 = places[b].y + places[b].h / 2;
    double mx = (x1 + 2 * cx + x2) / 4, my = (y1 + 2 * cy + y2) / 4, left = INFINITY, top = INFINITY,
           right = 0, bottom = 0;
    unsigned hits = 0;

    for (unsigned i = 0; i < n; i++) {
        if (places[i].w <= 0)
            continue;
        left = MIN(left, places[i].x);
        top = MIN(top, places[i].y);
        right = MAX(right, places[i].x + places[i].w);
        bottom = MAX(bottom, places[i].y + places[i].h);
    }
    if (mx < left || mx > right || my < top || my > bottom) /* out of the map, perhaps */
        hits += n;
    for (unsigned i = 0; i < n; i++) {
        struct rect q = rect_inset(places[i], -5);
        if (i == a || i == b || places[i].w <= 0)
            continue;
        for (int k = 1; k < 24; k++) {
            double x, y;
            curve_at(x1, y1, cx, cy, x2, y2, k / 24.0, &x, &y);
            if (rect_has(q, x, y)) {
                hits++;
                break;
            }
        }
    }
    return hits;
}

/* The last moment on the curve inside a box, from its middle outwards: where the visible part begins. */
static double leaves(struct rect box, double x1, double y1, double cx, double cy, double x2, double y2,
                     bool from_end)
{
    double low = 0, high = 1;

    for (int i = 0; i < 18; i++) {
        double mid = (low + high) / 2, x, y;
        curve_at(x1, y1, cx, cy, x2, y2, from_end ? 1 - mid : mid, &x, &y);
        if (rect_has(box, x, y))
            low = mid;
        else
            high = mid;
    }
    return from_end ? 1 - low : low;
}

static struct map_path find_path(const struct rect *places, unsigned n, unsigned a, unsigned b)
{
    static const double bends[] = { 0, 0.12, -0.12, 0.22, -0.22, 0.36, -0.36, 0.52, -0.52 };
    bool swapped = a > b; /* the same way there and back */
    unsigned from = swapped ? b : a, to = swapped ? a : b, best = UINT32_MAX;
    double x1 = places[from].x + places[from].w / 2, y1 = places[from].y + places[from].h / 2;
    double x2 = places[to].x + places[to].w / 2, y2 = places[to].y + places[to].h / 2;
    double cx = 0, cy = 0, dx = x2 - x1, dy = y2 - y1;

    for (size_t i = 0; i < G_N_ELEMENTS(bends) && best > 0 && (i == 0 || n <= 64); i++) {
        double px = (x1 + x2) / 2 - dy * bends[i] * 2, py = (y1 + y2) / 2 + dx * bends[i] * 2;
        unsigned hits = crossings(places, n, from, to, px, py);
        if (hits < best) {
            best = hits;
            cx = px;
            cy = py;
        }
    }
    /* The visible part of the curve is a curve of the same kind: its control point by de Casteljau. */
    double t1 = leaves(places[from], x1, y1, cx, cy, x2, y2, false),
           t2 = leaves(places[to], x1, y1, cx, cy, x2, y2, true);
    struct map_path p;
    if (t2 < t1)
        t1 = t2 = (t1 + t2) / 2;
    curve_at(x1, y1, cx, cy, x2, y2, t1, &p.x1, &p.y1);
    curve_at(x1, y1, cx, cy, x2, y2, t2, &p.x2, &p.y2);
    p.cx = (1 - t1) * (1 - t2) * x1 + ((1 - t1) * t2 + t1 * (1 - t2)) * cx + t1 * t2 * x2;
    p.cy = (1 - t1) * (1 - t2) * y1 + ((1 - t1) * t2 + t1 * (1 - t2)) * cy + t1 * t2 * y2;
    if (swapped)
        return (struct map_path){ p.x2, p.y2, p.x1, p.y1, p.cx, p.cy };
    return p;
}

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9E3779B97F4A7C15;
    return h ^ h >> 29;
}

/* Of where all of them are; the same places are asked about many times in a row. */
static uint64_t print_of(const struct rect *places, unsigned n)
{
    static struct rect *last;
    static unsigned n_last;
    static uint64_t print;
    uint64_t word;

    if (last != NULL && n_last == n && memcmp(last, places, n * sizeof *places) == 0)
        return print;
    g_free(last);
    last = g_memdup2(places, n * sizeof *places);
    n_last = n;
    print = n;
    for (const char *p = (const char *)places; p < (const char *)(places + n); p += sizeof word) {
        memcpy(&word, p, sizeof word);
        print = mix(print, word);
    }
    return print;
}

/* The same ways are asked for in every frame, and hosts seldom move: what was found is kept. */
struct map_path map_path(const struct rect *places, unsigned n, unsigned a, unsigned b)
{
    enum { KEPT = 4096 };
    static struct kept {
        uint64_t print;
        struct map_path path;
    } kept[KEPT];
    uint64_t print = mix(mix(print_of(places, n), a), b);
    struct kept *k = &kept[print % KEPT];

    if (k->print != print)
        *k = (struct kept){ print, find_path(places, n, a, b) };
    return k->path;
}

void map_path_at(const struct map_path *p, double t, double *x, double *y)
{
    curve_at(p->x1, p->y1, p->cx, p->cy, p->x2, p->y2, CLAMP(t, 0, 1), x, y);
}
