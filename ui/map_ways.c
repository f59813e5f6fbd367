/* map_ways.c: links and conversations on the map: calm, busy, selected, cut. */
#include <math.h>
#include <string.h>

#include "ink.h"
#include "map_parts.h"
#include "words.h"

enum { FLYING_MAX = 512 };

static void trace_path(cairo_t *cr, const struct map_path *p)
{
    cairo_move_to(cr, p->x1, p->y1);
    cairo_curve_to(cr, p->x1 + (p->cx - p->x1) * 2 / 3, p->y1 + (p->cy - p->y1) * 2 / 3,
                   p->x2 + (p->cx - p->x2) * 2 / 3, p->y2 + (p->cy - p->y2) * 2 / 3, p->x2, p->y2);
}

/* A piece of the way, t from … to. */
static void stroke_piece(struct map *k, const struct map_path *p, double from, double to, enum ink ink,
                         double alpha, double width, bool dashed)
{
    static const double dash[] = { 6, 5 };
    cairo_t *cr = k->c->cr;

    cairo_save(cr);
    ink_alpha(k->c, ink, alpha);
    cairo_set_line_width(cr, width);
    cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
    if (dashed)
        cairo_set_dash(cr, dash, 2, 0);
    if (from <= 0 && to >= 1) {
        trace_path(cr, p);
    } else {
        for (int i = 0; i <= 16; i++) {
            double x, y;
            map_path_at(p, from + (to - from) * i / 16, &x, &y);
            cairo_line_to(cr, x, y);
        }
    }
    cairo_stroke(cr);
    cairo_restore(cr);
}

/* Two strokes across the way, with a gap between them: cut with pliers. */
static void draw_cut(struct map *k, const struct map_path *p, double t)
{
    double x, y, x2, y2, len;
    cairo_t *cr = k->c->cr;

    map_path_at(p, t - 0.02, &x, &y);
    map_path_at(p, t + 0.02, &x2, &y2);
    len = hypot(x2 - x, y2 - y);
    if (len < 1e-6)
        return;
    double dx = (x2 - x) / len, dy = (y2 - y) / len;
    x = (x + x2) / 2;
    y = (y + y2) / 2;
    cairo_save(cr);
    ink_alpha(k->c, INK_PANEL, 1);
    cairo_set_line_width(cr, 9);
    cairo_move_to(cr, x - dx * 5, y - dy * 5);
    cairo_line_to(cr, x + dx * 5, y + dy * 5);
    cairo_stroke(cr);
    ink_alpha(k->c, INK_FAULT, 1);
    cairo_set_line_width(cr, 2.6);
    cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
    for (int side = -1; side <= 1; side += 2) {
        double mx = x + dx * 4 * side, my = y + dy * 4 * side;
        cairo_move_to(cr, mx - dy * 8 + dx * 2.5, my + dx * 8 + dy * 2.5);
        cairo_line_to(cr, mx + dy * 8 - dx * 2.5, my - dx * 8 - dy * 2.5);
        cairo_stroke(cr);
    }
    cairo_restore(cr);
}

static void link_thing(struct map *k, int link, const struct map_path *p, double t)
{
    double x, y;
    const struct view_link *l;

    if (link < 0)
        return;
    l = &k->links[link];
    map_path_at(p, t, &x, &y);
    g_autofree char *does = g_strdup_printf("select link:%s>%s", l->a, l->b);
    g_autofree char *text = g_strdup_printf(l->is_up ? _("link %s – %s") : _("link %s – %s: cut"), l->a,
                                            l->b);
    canvas_thing(k->c, (struct rect){ x - 13, y - 13, 26, 26 }, does, text, "link:%s>%s", l->a, l->b);
}

static bool is_selected_link(const struct map *k, int link)
{
    const char *s = k->a->selected.link;

    if (link < 0 || s == NULL)
        return false;
    g_autofree char *name = g_strdup_printf("%s>%s", k->links[link].a, k->links[link].b);
    return g_ascii_strcasecmp(name, s) == 0;
}

/* One stretch of wire, between t from and to of the way. */
static void draw_wire(struct map *k, int link, const struct map_path *p, double from, double to, int family)
{
    bool is_cut = link >= 0 && !k->links[link].is_up;

    if (is_selected_link(k, link))
        stroke_piece(k, p, from, to, INK_ACTION, 0.35, 7, false);
    if (is_cut)
        stroke_piece(k, p, from, to, INK_FAULT, 1, 2, true);
    else if (family >= 0)
        stroke_piece(k, p, from, to, ink_of_family(family), 1, 2.4, false);
    else
        stroke_piece(k, p, from, to, INK_QUIET, 0.42, 1.5, false);
}

int map_find(const struct map *k, const char *name)
{
    return (int)GPOINTER_TO_UINT(g_hash_table_lookup(k->by_name, name)) - 1;
}

bool map_shows(const struct map *k, int host)
{
    return host >= 0 && k->at[host].w > 0;
}

static gpointer pair_key(unsigned a, unsigned b)
{
    return GUINT_TO_POINTER((MIN(a, b) << 16) + MAX(a, b) + 1);
}

/* Which pairs have a link of their own. */
static GHashTable *find_direct(const struct map *k)
{
    GHashTable *direct = g_hash_table_new(g_direct_hash, g_direct_equal);

    for (int i = 0; i < k->n_links; i++) {
        int a = map_find(k, k->links[i].a), b = map_find(k, k->links[i].b);
        if (a >= 0 && b >= 0)
            g_hash_table_add(direct, pair_key((unsigned)a, (unsigned)b));
    }
    return direct;
}

/* What goes over a way now: the family, -1 if it is calm. A message counts more than TCP's own packets. */
static void note_family(struct map *k, GHashTable *busy, const char *from, const char *to, int family)
{
    int a = map_find(k, from), b = to != NULL ? map_find(k, to) : -1;

    if (a < 0 || b < 0)
        return;
    gpointer key = pair_key((unsigned)a, (unsigned)b);
    int before = GPOINTER_TO_INT(g_hash_table_lookup(busy, key)) - 1;
    if (before < 0 || before == VIEW_TCP)
        g_hash_table_insert(busy, key, GINT_TO_POINTER(family + 1));
}

static int busy_with(GHashTable *busy, unsigned a, unsigned b)
{
    return GPOINTER_TO_INT(g_hash_table_lookup(busy, pair_key(a, b))) - 1;
}

static GHashTable *find_busy(struct map *k)
{
    GHashTable *busy = g_hash_table_new(g_direct_hash, g_direct_equal);
    const struct view_tape *t = k->x != NULL ? k->x->tape : NULL;
    int64_t flying[FLYING_MAX];
    const struct record *now = app_record(k->a);

    if (t == NULL || k->a->player.at < 0)
        return busy;
    if (now != NULL && now->host != NULL && now->peer != NULL) {
        enum view_family f = view_family(now);
        const struct record *send = view_is_packet(now) ? tape_send_of(t, now) : NULL;
        const struct record *message = send != NULL ? tape_message_of(t, send) : NULL;
        const char *from = send != NULL ? send->host : now->host, *to = send != NULL ? send->peer : now->peer;
        note_family(k, busy, from, to,
                    f == VIEW_FAULT ? (int)VIEW_TCP : (int)(message != NULL ? view_family(message) : f));
    }
    unsigned n = view_tape_flying(t, k->a->player.clock, flying, FLYING_MAX);
    for (unsigned i = 0; i < n && i < FLYING_MAX; i++) {
        const struct record *r = view_tape_nth(t, flying[i]), *send = tape_send_of(t, r);
        const struct record *message = send != NULL ? tape_message_of(t, send) : NULL;
        if (flying[i] > k->a->player.at)
            continue;
        int family = message != NULL ? (int)view_family(message) : (int)VIEW_TCP;
        const struct record *before = tape_is_hidden(r->host) ? tape_cause(t, r) : r;
        int64_t hop = view_tape_hop(t, flying[i]);
        const struct record *next = hop >= 0 ? view_tape_nth(t, hop) : NULL;
        const char *to = next == NULL || tape_is_hidden(next->host) || g_strcmp0(next->host, r->host) == 0
                             ? r->peer
                             : next->host;
        if (before != NULL)
            note_family(k, busy, before->host, to, family);
    }
    return busy;
}

/* Explicit links, then conversations through the hidden router, the busy ones above the calm ones. */
void map_draw_ways(struct map *k)
{
    GHashTable *busy = find_busy(k), *direct = find_direct(k);

    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < k->n_links; i++) {
            int a = map_find(k, k->links[i].a), b = map_find(k, k->links[i].b);
            if (!map_shows(k, a) || !map_shows(k, b))
                continue;
            int family = busy_with(busy, (unsigned)a, (unsigned)b);
            if ((family >= 0) != (pass == 1))
                continue;
            struct map_path p = map_path(k->at, k->n, (unsigned)a, (unsigned)b);
            draw_wire(k, i, &p, 0, 1, family);
            if (!k->links[i].is_up)
                draw_cut(k, &p, 0.5);
            link_thing(k, i, &p, 0.5);
        }
        for (unsigned i = 0; k->x != NULL && i < k->x->pairs->len; i++) {
            const struct tape_pair *pair = &g_array_index(k->x->pairs, struct tape_pair, i);
            if (pair->first > k->a->player.at)
                break;
            int a = map_find(k, g_ptr_array_index(k->x->hosts, pair->a));
            int b = map_find(k, g_ptr_array_index(k->x->hosts, pair->b));
            if (!map_shows(k, a) || !map_shows(k, b) ||
                g_hash_table_contains(direct, pair_key((unsigned)a, (unsigned)b)))
                continue;
            int family = busy_with(busy, (unsigned)a, (unsigned)b);
            if ((family >= 0) != (pass == 1))
                continue;
            struct map_path p = map_path(k->at, k->n, (unsigned)a, (unsigned)b);
            int la = k->own_link[a], lb = k->own_link[b];
            bool cut_a = la >= 0 && !k->links[la].is_up, cut_b = lb >= 0 && !k->links[lb].is_up;
            if (!cut_a && !cut_b && !is_selected_link(k, la) && !is_selected_link(k, lb)) {
                draw_wire(k, -1, &p, 0, 1, family);
            } else {
                draw_wire(k, la, &p, 0, 0.5, family);
                draw_wire(k, lb, &p, 0.5, 1, family);
            }
            if (cut_a)
                draw_cut(k, &p, 0.22);
            if (cut_b)
                draw_cut(k, &p, 0.78);
            link_thing(k, la, &p, 0.25);
            link_thing(k, lb, &p, 0.75);
        }
    }
    g_hash_table_destroy(busy);
    g_hash_table_destroy(direct);
}

/* The word beside what is cut: colour and shape alone are not enough. */
void map_draw_cut_words(struct map *k)
{
    const char *text = _("cut");
    double h = floor(19 * k->scale),
           w = ceil(canvas_text_width(k->c, FONT_SANS_BOLD, TYPE_SMALL, text) + 16 * k->scale), x, y;

    for (int i = 0; i < k->n_links; i++) {
        int a = map_find(k, k->links[i].a), b = map_find(k, k->links[i].b);
        if (k->links[i].is_up || !map_shows(k, a) || !map_shows(k, b))
            continue;
        struct map_path p = map_path(k->at, k->n, (unsigned)a, (unsigned)b);
        bool is_flat = fabs(p.x2 - p.x1) > fabs(p.y2 - p.y1);
        map_path_at(&p, 0.5, &x, &y);
        struct rect at = { floor(is_flat ? x - w / 2 : x + 14), floor(is_flat ? y + 12 : y - h / 2), w, h };
        canvas_box(k->c, at, h / 2, INK_FAULT, INK_PANEL, 1.5, false);
        canvas_text(k->c, at, FONT_SANS_BOLD, TYPE_SMALL, INK_PANEL, ALIGN_CENTRE, text);
        canvas_thing(k->c, at, "", text, "cut:%s>%s", k->links[i].a, k->links[i].b);
    }
}
