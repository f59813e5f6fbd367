/* ladder_columns.c: which hosts have a lifeline, in which order, and their names above. */
#include <math.h>
#include <stdlib.h>

#include "ladder_parts.h"
#include "map_layout.h"
#include "words.h"

struct candidate {
    int host, rank;
    unsigned network, uses;
    bool must;
};

static int rank_of(const struct view_host *h, unsigned sender)
{
    bool is_sender = h->address >> 16 == sender;

    switch (h->role) {
    case VIEW_COMPUTER:
        return is_sender ? 0 : 9;
    case VIEW_MAIL:
        return is_sender ? 1 : 8;
    case VIEW_WEB:
        return is_sender ? 2 : 10;
    case VIEW_LOCAL:
        return is_sender ? 2 : 7;
    case VIEW_ROOT:
        return 3;
    case VIEW_TLD:
        return 4;
    case VIEW_AUTHORITATIVE:
        return 5;
    case VIEW_ROUTER:
        return 6;
    }
    return 6;
}

static int by_use(const void *pa, const void *pb)
{
    const struct candidate *a = pa, *b = pb;

    if (a->must != b->must)
        return a->must ? -1 : 1;
    if (a->uses != b->uses)
        return a->uses > b->uses ? -1 : 1;
    return a->host - b->host;
}

static int by_rank(const void *pa, const void *pb)
{
    const struct candidate *a = pa, *b = pb;

    if (a->rank != b->rank)
        return a->rank - b->rank;
    if (a->network != b->network)
        return a->network < b->network ? -1 : 1;
    return a->host - b->host;
}

/* The network of whoever begins: the first person who writes, else who does the first thing at all. */
static unsigned sender_network(const struct ladder *k, const struct mxlab *m)
{
    for (unsigned i = 0; i < k->l->rows->len; i++) {
        const struct record *r = view_tape_nth(k->t, ladder_row(k, i)->at);
        if (r->event != EV_AGENT_COMPOSE && r->event != EV_AGENT_ASK && r->event != EV_DNS_LOOKUP &&
            ladder_row(k, i)->to < 0)
            continue;
        int host = r->host != NULL ? view_host_find(m, r->host) : -1;
        return host >= 0 ? view_host(m, (unsigned)host).address >> 16 : 0;
    }
    return 0;
}

void ladder_choose_columns(struct ladder *k, const struct mxlab *m)
{
    unsigned n = 0, sender = sender_network(k, m), most;
    g_autofree struct candidate *all = g_new0(struct candidate, k->x->hosts->len + 1);
    const struct ladder_row *now = k->now >= 0 ? ladder_row(k, (unsigned)k->now) : NULL;
    double room = k->body.w - k->times - 24 * k->s;

    k->column = g_new(int, k->x->hosts->len + 1);
    for (unsigned i = 0; i < k->x->hosts->len; i++) {
        const char *name = g_ptr_array_index(k->x->hosts, i);
        int host = view_host_find(m, name);
        k->column[i] = -1;
        if (k->l->uses[i] == 0 || host < 0)
            continue;
        struct view_host h = view_host(m, (unsigned)host);
        bool must = (now != NULL && ((int)i == now->from || (int)i == now->to)) ||
                    (k->a->selected.host != NULL && g_ascii_strcasecmp(k->a->selected.host, name) == 0);
        all[n++] = (struct candidate){ (int)i, rank_of(&h, sender), h.address >> 16, k->l->uses[i], must };
    }
    most = (unsigned)CLAMP(room / (COLUMN_LEAST * MIN(k->s, 1.5)) + 0.35, 2, COLUMNS_MAX);
    k->n_columns = n;
    if (n > most) {
        qsort(all, n, sizeof *all, by_use);
        k->n_columns = most - 1;
        k->n_others = n - k->n_columns;
    }
    qsort(all, k->n_columns, sizeof *all, by_rank);
    unsigned slots = k->n_columns + (k->n_others > 0), slot = 0;
    double step = slots > 1 ? MIN(room / (slots - 0.35), 260 * k->s) : 0,
           x0 = k->body.x + k->times + step * 0.32 + 12 * k->s;
    bool has_others = k->n_others == 0;
    if (slots <= 1)
        x0 = k->body.x + k->times + room / 2;
    for (unsigned i = 0; i < k->n_columns; i++) {
        if (!has_others && all[i].rank > 5) { /* the others stand where the hierarchy ends */
            k->others_x = floor(x0 + step * slot++) + 0.5;
            has_others = true;
        }
        k->column[all[i].host] = (int)i;
        k->host_of[i] = all[i].host;
        k->column_x[i] = floor(x0 + step * slot++) + 0.5;
    }
    if (!has_others)
        k->others_x = floor(x0 + step * slot) + 0.5;
}

double ladder_x(const struct ladder *k, int host)
{
    if (host < 0 || k->column[host] < 0)
        return k->n_others > 0 ? k->others_x : k->body.x + k->body.w / 2;
    return k->column_x[k->column[host]];
}

struct head {
    double x, w;      /* of the lifeline; of the whole text */
    const char *name; /* NULL: the others */
    char *text;
    int line; /* 0: just above the lifelines, 1: above that */
};

static int by_x(const void *pa, const void *pb)
{
    const struct head *a = pa, *b = pb;
    return a->x < b->x ? -1 : a->x > b->x;
}

/* The names that stand above the lifelines, from left to right. */
GArray *ladder_find_heads(struct ladder *k, const struct mxlab *m)
{
    GArray *heads = g_array_new(FALSE, FALSE, sizeof(struct head));

    for (unsigned i = 0; i < k->n_columns; i++) {
        const char *name = g_ptr_array_index(k->x->hosts, (guint)k->host_of[i]);
        int host = view_host_find(m, name);
        struct view_host h = view_host(m, (unsigned)host);
        char buf[MAP_LABEL_MAX];
        struct head head = { k->column_x[i], 0, name, g_strdup(map_label(&h, buf)), 0 };
        g_array_append_val(heads, head);
    }
    if (k->n_others > 0) {
        struct head head = { k->others_x, 0, NULL,
                             g_strdup_printf(_N("%u other", "%u others", k->n_others), k->n_others), 0 };
        g_array_append_val(heads, head);
    }
    g_array_sort(heads, by_x);
    for (unsigned i = 0; i < heads->len; i++) {
        struct head *h = &g_array_index(heads, struct head, i);
        h->w = ceil(canvas_text_width(k->c, FONT_SANS_BOLD, TYPE_SMALL, h->text)) + 2;
    }
    return heads;
}

static struct rect head_at(const struct ladder *k, const struct head *h, double w)
{
    double x = floor(h->x - w / 2);
    return (struct rect){ CLAMP(x, k->r.x + 12, MAX(k->r.x + 12, k->r.x + k->r.w - 12 - w)), 0, w, 0 };
}

/* Side by side if they fit, else on two lines in turn. */
void ladder_stagger(struct ladder *k, GArray *heads)
{
    bool fits = true;

    for (unsigned i = 1; i < heads->len; i++) {
        const struct head *a = &g_array_index(heads, struct head, i - 1), *b = a + 1;
        struct rect left = head_at(k, a, a->w), right = head_at(k, b, b->w);
        fits = fits && left.x + left.w + 10 <= right.x;
    }
    fits = fits || k->r.h - k->head - ladder_names_height(k->c, true) < LOW * k->s;
    k->is_staggered = !fits;
    for (unsigned i = 0; i < heads->len && !fits; i++)
        g_array_index(heads, struct head, i).line = (heads->len - 1 - i) % 2;
}

/* `free_from`: where the line of names is free. */
static void draw_head_name(struct ladder *k, GArray *heads, unsigned i, double *free_from)
{
    const struct head *h = &g_array_index(heads, struct head, i);
    bool is_selected = h->name != NULL && k->a->selected.host != NULL &&
                       g_ascii_strcasecmp(k->a->selected.host, h->name) == 0;
    unsigned by = k->is_staggered ? 2 : 1;
    double step = heads->len > 1
                      ? g_array_index(heads, struct head, 1).x - g_array_index(heads, struct head, 0).x
                      : k->body.w;
    struct rect at = head_at(k, h, MIN(h->w, step * by - 10));
    double line = canvas_line_height(k->c, TYPE_SMALL), end = at.x + at.w;

    at.x = MAX(at.x, *free_from);
    at.w = MAX(0, end - at.x);
    *free_from = end + 8;
    at.y = floor(k->body.y - 4 * k->s - line * (h->line + 1));
    at.h = line;
    canvas_name(k->c, at, FONT_SANS_BOLD, TYPE_SMALL,
                is_selected       ? INK_ACTION
                : h->name != NULL ? INK_TEXT
                                  : INK_QUIET,
                ALIGN_CENTRE, h->text);
    g_autofree char *does = h->name != NULL ? g_strdup_printf("select host:%s", h->name) : g_strdup("");
    canvas_thing(k->c, at, does, h->text, "lifeline:%s", h->name != NULL ? h->name : "others")->is_label =
        true;
}

void ladder_draw_lifelines(struct ladder *k, GArray *heads)
{
    static const double dots[] = { 2, 4 };
    double bottom = k->body.y + k->body.h, line = canvas_line_height(k->c, TYPE_SMALL);

    for (unsigned i = 0; i < heads->len; i++) {
        const struct head *h = &g_array_index(heads, struct head, i);
        bool is_selected = h->name != NULL && k->a->selected.host != NULL &&
                           g_ascii_strcasecmp(k->a->selected.host, h->name) == 0;
        cairo_save(k->c->cr);
        if (h->name == NULL)
            cairo_set_dash(k->c->cr, dots, 2, 0);
        if (h->line > 0) /* a thread from the upper name down between its neighbours */
            canvas_line(k->c, h->x, k->body.y - 2, h->x, k->body.y - line * h->line - 4 * k->s, INK_LINE, 1);
        canvas_line(k->c, h->x, k->body.y, h->x, bottom, is_selected ? INK_ACTION : INK_LINE,
                    is_selected ? 1.6 : 1.2);
        cairo_restore(k->c->cr);
    }
    double free_from[2] = { k->r.x, k->r.x };
    for (unsigned i = 0; i < heads->len; i++)
        draw_head_name(k, heads, i, &free_from[g_array_index(heads, struct head, i).line]);
}

void ladder_free_heads(GArray *heads)
{
    for (unsigned i = 0; i < heads->len; i++)
        g_free(g_array_index(heads, struct head, i).text);
    g_array_free(heads, TRUE);
}
