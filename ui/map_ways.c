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

enum { FADED = 4 /* what is not followed is so much fainter */ };

static void draw_stretch(struct map *k, const struct map_path *p, double from, double to, int family,
                         bool is_cut, double alpha)
{
    if (is_cut)
        stroke_piece(k, p, from, to, INK_FAULT, alpha, 2, true);
    else if (family >= 0)
        stroke_piece(k, p, from, to, ink_of_family(family), alpha, 2.4, false);
    else
        stroke_piece(k, p, from, to, INK_QUIET, 0.5 * alpha, 1.5, false);
}

/* A link between two that are shown. */
static void draw_link(struct map *k, int link, const struct map_path *p, int family, double alpha)
{
    double x, y;

    if (map_is_selected(k, link))
        stroke_piece(k, p, 0, 1, INK_ACTION, 0.35, 7, false);
    draw_stretch(k, p, 0, 1, family, !k->links[link].is_up, k->links[link].is_up ? alpha : 1);
    map_path_at(p, 0.5, &x, &y);
    map_link_thing(k, link, (struct rect){ x - 13, y - 13, 26, 26 });
}

/* What goes on between two over their own links: broken where one of them is cut. */
static void draw_conversation(struct map *k, unsigned a, unsigned b, const struct map_path *p, int family,
                              double alpha)
{
    bool cut_a = k->own_link[a] >= 0 && !k->links[k->own_link[a]].is_up,
         cut_b = k->own_link[b] >= 0 && !k->links[k->own_link[b]].is_up;

    if (!cut_a && !cut_b) {
        draw_stretch(k, p, 0, 1, family, false, alpha);
        return;
    }
    draw_stretch(k, p, 0, 0.5, family, cut_a, alpha);
    draw_stretch(k, p, 0.5, 1, family, cut_b, alpha);
}

int map_find(const struct map *k, const char *name)
{
    return (int)GPOINTER_TO_UINT(g_hash_table_lookup(k->by_name, name)) - 1;
}

bool map_shows(const struct map *k, int host)
{
    return host >= 0 && k->at[host].w > 0;
}

/* Which pairs have a link of their own. */
static GHashTable *find_direct(const struct map *k)
{
    GHashTable *direct = g_hash_table_new(g_direct_hash, g_direct_equal);

    for (int i = 0; i < k->n_links; i++) {
        int a = map_find(k, k->links[i].a), b = map_find(k, k->links[i].b);
        if (a >= 0 && b >= 0)
            g_hash_table_add(direct, map_pair((unsigned)a, (unsigned)b));
    }
    return direct;
}

/* What goes over a way now: the family, -1 if it is calm. A message counts more than TCP's own packets. */
static void note_family(struct map *k, GHashTable *busy, const char *from, const char *to, int family)
{
    int a = map_find(k, from), b = to != NULL ? map_find(k, to) : -1;

    if (a < 0 || b < 0)
        return;
    gpointer key = map_pair((unsigned)a, (unsigned)b);
    int before = GPOINTER_TO_INT(g_hash_table_lookup(busy, key)) - 1;
    if (before < 0 || before == VIEW_TCP)
        g_hash_table_insert(busy, key, GINT_TO_POINTER(family + 1));
}

static int busy_with(GHashTable *busy, unsigned a, unsigned b)
{
    return GPOINTER_TO_INT(g_hash_table_lookup(busy, map_pair(a, b))) - 1;
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

static double fade_of(GHashTable *followed, unsigned a, unsigned b)
{
    return followed == NULL || g_hash_table_contains(followed, map_pair(a, b)) ? 1 : 1.0 / FADED;
}

/* Explicit links, then conversations through the hidden router, the busy ones above the calm ones. */
void map_draw_ways(struct map *k)
{
    GHashTable *busy = find_busy(k), *direct = find_direct(k), *followed = map_followed(k);
    int64_t at = k->a->player.at; /* or the packet that carries what is in front, just behind it */
    if (k->x != NULL && at >= 0)
        at = MAX(at, view_tape_carrier(k->x->tape, at));

    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < k->n_links; i++) {
            int a = map_find(k, k->links[i].a), b = map_find(k, k->links[i].b);
            if (!map_shows(k, a) || !map_shows(k, b))
                continue;
            int family = busy_with(busy, (unsigned)a, (unsigned)b);
            if ((family >= 0) != (pass == 1))
                continue;
            struct map_path p = map_path(k->at, k->n, (unsigned)a, (unsigned)b);
            draw_link(k, i, &p, family, fade_of(followed, (unsigned)a, (unsigned)b));
        }
        for (unsigned i = 0; k->x != NULL && i < k->x->pairs->len; i++) {
            const struct tape_pair *pair = &g_array_index(k->x->pairs, struct tape_pair, i);
            if (pair->first > at)
                break;
            int a = map_find(k, g_ptr_array_index(k->x->hosts, pair->a));
            int b = map_find(k, g_ptr_array_index(k->x->hosts, pair->b));
            if (!map_shows(k, a) || !map_shows(k, b) ||
                g_hash_table_contains(direct, map_pair((unsigned)a, (unsigned)b)))
                continue;
            int family = busy_with(busy, (unsigned)a, (unsigned)b);
            if ((family >= 0) != (pass == 1))
                continue;
            struct map_path p = map_path(k->at, k->n, (unsigned)a, (unsigned)b);
            draw_conversation(k, (unsigned)a, (unsigned)b, &p, family,
                              fade_of(followed, (unsigned)a, (unsigned)b));
        }
    }
    g_hash_table_destroy(busy);
    g_hash_table_destroy(direct);
}

/* The sign where it is cut, and the word beside it: colour and shape alone are not enough. A host's own link
 * has the word among the host's badges. */
void map_draw_cuts(struct map *k)
{
    const char *text = _("cut");
    double h = floor(19 * k->scale),
           w = ceil(canvas_text_width(k->c, FONT_SANS_BOLD, TYPE_SMALL, text) + 16 * k->scale), x, y;
    struct map_wire wire;

    for (unsigned i = 0; i < k->n; i++)
        if (k->own_link[i] >= 0 && !k->links[k->own_link[i]].is_up && map_shows(k, (int)i)) {
            bool has_wire = map_wire(k, i, &wire);
            map_draw_cut(k->c, wire.x, has_wire ? (wire.y1 + wire.y2) / 2 : wire.y1,
                         CLAMP(k->at[i].w / 4, 3, 7 * MIN(k->scale, 1.3)),
                         map_is_selected(k, k->own_link[i]));
        }
    for (int i = 0; i < k->n_links; i++) {
        int a = map_find(k, k->links[i].a), b = map_find(k, k->links[i].b);
        if (k->links[i].is_up || !map_shows(k, a) || !map_shows(k, b))
            continue;
        struct map_path p = map_path(k->at, k->n, (unsigned)a, (unsigned)b);
        double dx = fabs(p.x2 - p.x1), dy = fabs(p.y2 - p.y1), half = CLAMP(hypot(dx, dy) / 2 - 1, 4, 8);
        bool is_flat = dx > dy;
        map_path_at(&p, 0.5, &x, &y);
        map_draw_cut(k->c, x, y, half, map_is_selected(k, i));
        struct rect at = { floor(is_flat ? x - w / 2 : x + half + 4),
                           floor(is_flat ? y + half + 3 : y - h / 2), w, h };
        if (is_flat && dx < w + 4) /* between boxes that stand close: below them */
            at.y = MIN(MAX(k->at[a].y + k->at[a].h, k->at[b].y + k->at[b].h) + 2, k->r.y + k->r.h - h - 2);
        canvas_box(k->c, at, h / 2, INK_FAULT, INK_PANEL, 1.5, false);
        canvas_text(k->c, at, FONT_SANS_BOLD, TYPE_SMALL, INK_PANEL, ALIGN_CENTRE, text);
        canvas_thing(k->c, at, "", text, "cut:%s>%s", k->links[i].a, k->links[i].b);
    }
}
