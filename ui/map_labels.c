#include "map_labels.h"

#include <math.h>
#include <string.h>

#include "app.h"
#include "tape_index.h"

enum {
    EDGE = 6,
    APART = 2,
    SHAPE_HALF = 12,
    REACH = 72, /* how far off the label of what is in front may be; others stay close, or go */
    REACH_SHORT = 30,
    PUSHES = 6,
    BADGE = 9, /* stands on a box's border */
    WISHES_MAX = 16
};

static bool meet(struct rect a, struct rect b)
{
    return a.x < b.x + b.w + APART && b.x < a.x + a.w + APART && a.y < b.y + b.h + APART &&
           b.y < a.y + a.h + APART;
}

static struct rect with_badges(struct rect box)
{
    return (struct rect){ box.x, box.y - BADGE, box.w + BADGE, box.h + BADGE };
}

/* What a label would lie on; false: nothing. */
static bool find_clash(const struct map_labels *l, struct rect at, bool names_only, struct rect *clash)
{
    for (unsigned i = 0; i < l->n_taken; i++)
        if (meet(at, *clash = l->taken[i]))
            return true;
    for (unsigned i = 0; i < l->n_names; i++)
        if (l->names[i].w > 0 && meet(at, *clash = l->names[i]))
            return true;
    for (unsigned i = 0; i < l->n_boxes && !names_only; i++)
        if (l->boxes[i].w > 0 && meet(at, *clash = with_badges(l->boxes[i])))
            return true;
    return false;
}

static struct rect centred(double x, double y, double w, double h)
{
    return (struct rect){ round(x - w / 2), round(y - h / 2), w, h };
}

/* Aside so far that it stays on the map; false: it would lie above or below it. */
static bool keep_inside(const struct map_labels *l, struct rect *at)
{
    double right = l->map.x + l->map.w - EDGE - at->w;

    at->x = fmax(fmin(at->x, right), l->map.x + EDGE);
    return at->y >= l->map.y + 2 && at->y + at->h <= l->map.y + l->map.h - 2 && at->w <= l->map.w;
}

/* Past whatever is in the way, up (-1) or down (1). */
static bool push(const struct map_labels *l, struct rect *at, int way, bool names_only, double reach)
{
    double from = at->y;
    struct rect clash;

    for (int i = 0; i < PUSHES; i++) {
        if (!keep_inside(l, at) || fabs(at->y - from) > reach * l->scale)
            return false;
        if (!find_clash(l, *at, names_only, &clash))
            return true;
        at->y = way > 0 ? ceil(clash.y + clash.h + APART) : floor(clash.y - at->h - APART);
    }
    return false;
}

struct wish {
    double dx, dy; /* of the label's middle */
    int push;      /* 0: there or nowhere */
};

static unsigned find_wishes(const struct map_path *p, double t, double w, double h,
                            struct wish out[WISHES_MAX])
{
    double beside = SHAPE_HALF + w / 2, over = SHAPE_HALF + 2 + h / 2, corner = w / 2 + 4,
           clear = h / 2 + BADGE;
    bool is_flat = fabs(p->x2 - p->x1) >= 1.5 * fabs(p->y2 - p->y1);
    /* Beside a steep way the label lags behind the shape and then runs ahead of it, so as to begin and to end
     * clear of the boxes. */
    double lean = (p->y2 > p->y1 ? 1 : -1) * (h / 2 + 5) * (1 - 2 * t);
    const struct wish flat[] = { { 0, over, 1 },       { 0, -over, -1 },     { corner, over, 0 },
                                 { -corner, over, 0 }, { corner, -over, 0 }, { -corner, -over, 0 },
                                 { beside, 0, 0 },     { -beside, 0, 0 } },
                      steep[] = { { beside, lean, 0 },    { -beside, lean, 0 },  { corner, over, 0 },
                                  { -corner, over, 0 },   { corner, -over, 0 },  { -corner, -over, 0 },
                                  { beside, clear, 0 },   { -beside, clear, 0 }, { beside, -clear, 0 },
                                  { -beside, -clear, 0 }, { 0, over, 1 },        { 0, -over, -1 },
                                  { beside, 0, 1 },       { -beside, 0, 1 },     { beside, 0, -1 },
                                  { -beside, 0, -1 } };

    memcpy(out, is_flat ? flat : steep, is_flat ? sizeof flat : sizeof steep);
    return is_flat ? G_N_ELEMENTS(flat) : G_N_ELEMENTS(steep);
}

bool map_labels_place(struct map_labels *l, const struct map_path *way, double t, double w, double h,
                      bool must, struct rect *out)
{
    struct wish wishes[WISHES_MAX];
    unsigned n = find_wishes(way, t, w, h, wishes);
    double x, y;
    struct rect clash;

    map_path_at(way, t, &x, &y);
    if (l->n_taken == MAP_LABELS_MAX)
        return false;
    for (int names_only = 0; names_only <= (must ? 1 : 0); names_only++)
        for (unsigned i = 0; i < n; i++) {
            struct rect at = centred(x + wishes[i].dx, y + wishes[i].dy, w, h);
            bool is_free = wishes[i].push != 0
                               ? push(l, &at, wishes[i].push, names_only, must ? REACH : REACH_SHORT)
                               : keep_inside(l, &at) && !find_clash(l, at, names_only, &clash);
            if (!is_free)
                continue;
            *out = l->taken[l->n_taken++] = at;
            return true;
        }
    return false;
}

/* ---- Tags. */

static void add_tag(const struct app *a, struct rect r, const struct rect *places,
                    const struct map_plan *plan, const char *host, struct map_tag *out, unsigned *n)
{
    const struct mxlab *m = app_world(a);
    int i = host != NULL ? view_host_find(m, host) : -1;
    struct canvas c = { .theme = a->prefs.theme, .text_scale = a->prefs.text_scale };
    double scale = a->prefs.text_scale;
    char buf[MAP_LABEL_MAX];

    if (i < 0 || places[i].w <= 0 || *n == MAP_TAGS_MAX)
        return;
    for (unsigned k = 0; k < *n; k++)
        if (out[k].host == (unsigned)i)
            return;
    struct view_host h = view_host(m, (unsigned)i);
    struct map_tag tag = { .host = (unsigned)i };
    g_strlcpy(tag.text, map_label_short(&h, buf), sizeof tag.text);
    double w = fmin(ceil(canvas_text_width(&c, FONT_SANS_BOLD, TYPE_SMALL, tag.text)) + 10, r.w / 2),
           high = canvas_line_height(&c, TYPE_SMALL) + 2;
    struct rect box = places[i];
    const struct rect beside[] = { { box.x + box.w / 2 - w / 2, box.y - high - 3, w, high },
                                   { box.x + box.w / 2 - w / 2, box.y + box.h + 3, w, high },
                                   { box.x + box.w + 4, box.y + box.h / 2 - high / 2, w, high },
                                   { box.x - w - 4, box.y + box.h / 2 - high / 2, w, high } };
    for (size_t p = 0; p < G_N_ELEMENTS(beside); p++) {
        struct rect at = beside[p];
        at.x = floor(fmax(fmin(at.x, r.x + r.w - EDGE - w), r.x + EDGE));
        at.y = floor(at.y);
        bool is_free = at.y >= r.y + 2 && at.y + high <= r.y + r.h - 2;
        for (unsigned k = 0; k < *n && is_free; k++)
            is_free = !meet(at, out[k].at);
        for (int band = 0; band < MAP_BANDS && is_free; band++) {
            struct rect title = map_title(plan, band, r, scale);
            is_free = title.w <= 0 || !meet(at, title);
        }
        if (is_free) {
            tag.at = at;
            out[(*n)++] = tag;
            return;
        }
    }
}

unsigned map_tags(const struct app *a, struct rect r, const struct rect *places, const struct map_plan *plan,
                  struct map_tag out[MAP_TAGS_MAX])
{
    const struct record *now = app_record(a);
    unsigned n = 0;

    if (plan->mode != MAP_DOTS || app_world(a) == NULL)
        return 0;
    add_tag(a, r, places, plan, a->selected.host, out, &n);
    if (now != NULL) {
        const struct record *send = view_is_packet(now) ? tape_send_of(a->player.tape, now) : NULL;
        add_tag(a, r, places, plan, send != NULL ? send->host : now->host, out, &n);
        add_tag(a, r, places, plan, send != NULL ? send->peer : now->peer, out, &n);
    }
    return n;
}
