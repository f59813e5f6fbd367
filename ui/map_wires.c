/* map_wires.c: each host's own link to the router that is not shown: where it hangs on the net, from the
 * start on, whether or not anything travels. Quiet, so that conversations stand out. */
#include <math.h>

#include "ink.h"
#include "map_parts.h"
#include "words.h"

enum { TRUNK = 8 /* from the map's left border */, LEAST = 3 /* shorter ones would not be seen */ };

/* No host but `but` stands there. */
static bool is_free(const struct map *k, unsigned but, struct rect at)
{
    for (unsigned i = 0; i < k->n; i++) {
        struct rect r = rect_inset(k->at[i], -2);
        if (i != but && k->at[i].w > 0 && at.x <= r.x + r.w && r.x <= at.x + at.w && at.y <= r.y + r.h &&
            r.y <= at.y + at.h)
            return false;
    }
    return true;
}

bool map_wire(const struct map *k, unsigned host, struct map_wire *out)
{
    struct rect at = k->at[host], icon = map_box(k->plan.mode, at, k->scale).icon;

    if (k->own_link[host] < 0 || at.w <= 0)
        return false;
    *out = (struct map_wire){ floor(icon.x + icon.w / 2) + 0.5, at.y + at.h, at.y + at.h + 8 * k->scale, -1 };
    for (unsigned i = 0; i < k->plan.n_rows; i++) {
        double y = k->plan.below[i];
        if (y < out->y1)
            continue;
        if (is_free(k, host, (struct rect){ out->x, out->y1, 0, y - out->y1 })) {
            out->y2 = y;
            out->row = (int)i;
        }
        break;
    }
    return out->y2 - out->y1 >= LEAST;
}

bool map_is_selected(const struct map *k, int link)
{
    const char *s = k->a->selected.link;

    if (link < 0 || s == NULL)
        return false;
    g_autofree char *name = g_strdup_printf("%s>%s", k->links[link].a, k->links[link].b);
    return g_ascii_strcasecmp(name, s) == 0;
}

void map_link_thing(struct map *k, int link, struct rect at)
{
    const struct view_link *l = &k->links[link];
    g_autofree char *does = g_strdup_printf("select link:%s>%s", l->a, l->b);
    g_autofree char *words = map_link_words(k->m, l->a, l->b);
    g_autofree char *text = l->is_up ? g_strdup(words) : g_strdup_printf(_("%s: cut"), words);

    canvas_thing(k->c, at, does, text, "link:%s>%s", l->a, l->b);
}

/* What the lines are, once, above one of them where nothing else stands. */
static void name_net(struct map *k, const double right[])
{
    const char *text = _("the internet");
    double h = canvas_line_height(k->c, TYPE_SMALL), w = canvas_text_width(k->c, FONT_SANS, TYPE_SMALL, text);

    for (unsigned i = 0; i < k->plan.n_rows && k->plan.mode < MAP_DOTS; i++) {
        struct rect at = { k->r.x + 16, floor(k->plan.below[i]) - h - 2, ceil(w) + 2, h };
        if (right[i] <= at.x + at.w || map_meets_title(k, at) || !is_free(k, UINT32_MAX, at))
            continue;
        canvas_text(k->c, at, FONT_SANS, TYPE_SMALL, INK_QUIET, ALIGN_LEFT, text);
        canvas_thing(k->c, at, "", text, "map:internet")->is_label = true;
        return;
    }
}

/* The lines that wires end on, as far as the last of them, and the trunk. */
static void draw_net(struct map *k)
{
    double right[MAP_ROWS_MAX] = { 0 }, top = INFINITY, bottom = 0, x = floor(k->r.x + TRUNK) + 0.5;
    struct map_wire w;
    cairo_t *cr = k->c->cr;

    for (unsigned i = 0; i < k->n; i++)
        if (map_wire(k, i, &w) && w.row >= 0)
            right[w.row] = MAX(right[w.row], w.x);
    ink_alpha(k->c, INK_QUIET, 0.28);
    cairo_set_line_width(cr, 1);
    for (unsigned i = 0; i < k->plan.n_rows; i++) {
        double y = k->plan.below[i];
        if (right[i] <= 0)
            continue;
        cairo_move_to(cr, x, y);
        cairo_line_to(cr, right[i], y);
        top = MIN(top, y);
        bottom = MAX(bottom, y);
    }
    if (top < bottom) {
        cairo_move_to(cr, x, top);
        cairo_line_to(cr, x, bottom);
    }
    cairo_stroke(cr);
    name_net(k, right);
}

static void draw_wire(struct map *k, unsigned host, const struct map_wire *w)
{
    static const double dash[] = { 3, 3 }, dots[] = { 0, 4 };
    const struct view_link *l = &k->links[k->own_link[host]];
    bool is_selected = map_is_selected(k, k->own_link[host]);
    cairo_t *cr = k->c->cr;

    cairo_save(cr);
    if (is_selected) {
        ink_alpha(k->c, INK_ACTION, 0.3);
        cairo_set_line_width(cr, 9);
        cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
        cairo_move_to(cr, w->x, w->y1);
        cairo_line_to(cr, w->x, w->y2);
        cairo_stroke(cr);
    }
    enum ink ink = !l->is_up || l->loss_ppm > 0 ? INK_FAULT : is_selected ? INK_ACTION : INK_QUIET;
    ink_alpha(k->c, ink, ink == INK_QUIET ? 0.55 : 1);
    cairo_set_line_width(cr, ink == INK_QUIET ? 1 : 2);
    if (!l->is_up)
        cairo_set_dash(cr, dash, 2, 0);
    else if (l->loss_ppm > 0) {
        cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
        cairo_set_dash(cr, dots, 2, 0);
    }
    cairo_move_to(cr, w->x, w->y1);
    cairo_line_to(cr, w->x, w->y2);
    cairo_stroke(cr);
    cairo_arc(cr, w->x, w->y2, is_selected ? 4 : 2.2, 0, 2 * G_PI);
    cairo_fill(cr);
    cairo_restore(cr);
}

void map_draw_wires(struct map *k)
{
    struct map_wire w;

    draw_net(k);
    for (unsigned i = 0; i < k->n; i++) {
        if (!map_wire(k, i, &w))
            continue;
        draw_wire(k, i, &w);
        double reach = MIN(13, k->at[i].w / 2 + 2);
        map_link_thing(k, k->own_link[i],
                       (struct rect){ w.x - reach, w.y1, 2 * reach, MAX(w.y2 - w.y1 + 6, 14) });
    }
}

void map_draw_cut(struct canvas *c, double x, double y, double half, bool is_selected)
{
    double a = half * 0.5, apart = half * 0.3;

    cairo_save(c->cr);
    cairo_new_path(c->cr);
    if (is_selected) {
        cairo_arc(c->cr, x, y, half + 4, 0, 2 * G_PI);
        canvas_colour(c, INK_ACTION);
        cairo_fill(c->cr);
    }
    cairo_arc(c->cr, x, y, half + 1.5, 0, 2 * G_PI);
    canvas_colour(c, INK_PANEL);
    cairo_fill(c->cr);
    cairo_arc(c->cr, x, y, half, 0, 2 * G_PI);
    canvas_colour(c, INK_FAULT);
    cairo_fill(c->cr);
    canvas_colour(c, INK_PANEL);
    cairo_set_line_width(c->cr, MAX(1.2, half * 0.24));
    cairo_set_line_cap(c->cr, CAIRO_LINE_CAP_ROUND);
    for (int side = -1; side <= 1; side += 2) {
        cairo_move_to(c->cr, x + side * apart - a * 0.45, y + a);
        cairo_line_to(c->cr, x + side * apart + a * 0.45, y - a);
    }
    cairo_stroke(c->cr);
    cairo_restore(c->cr);
}
