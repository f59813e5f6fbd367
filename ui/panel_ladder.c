/* panel_ladder.c: the sequence diagram of the run up to the moment shown: a lifeline for each host, an arrow
 * for each message. */
#include <math.h>
#include <string.h>

#include "app.h"
#include "ladder_rows.h"
#include "map_layout.h"
#include "tape_index.h"
#include "words.h"

enum {
    HEAD = 36,
    HEAD_LOW = 30 /* of a panel less than LOW high */,
    LOW = 160,
    NAMES = 22,
    NAMES_STAGGERED = 38,
    FOOT = 12,
    COLUMN_LEAST = 92,
    COLUMNS_MAX = 64
};

struct ladder {
    const struct app *a;
    struct canvas *c;
    struct rect r;    /* the panel */
    struct rect body; /* of the rows */
    const struct view_tape *t;
    struct tape_index *x;
    const struct ladder_rows *l;
    double s;           /* scale */
    double head;        /* height of the title's line */
    unsigned n_rows;    /* up to the moment */
    double first_y;     /* of the row at the body's top, in the rows' coordinates, scaled */
    int64_t now;        /* the row in front; -1: none */
    double times;       /* width of the column of times */
    unsigned n_columns; /* without the one for the others */
    int *column;        /* of a host of the index; -1: among the others */
    int host_of[COLUMNS_MAX];
    double column_x[COLUMNS_MAX + 1];
    unsigned n_others;
    double others_x;
    double names; /* height of the names above the lifelines */
};

static enum ink family_ink(const struct record *r)
{
    switch (view_family(r)) {
    case VIEW_DNS:
        return INK_DNS;
    case VIEW_SMTP:
        return INK_SMTP;
    case VIEW_TCP:
        return INK_TCP;
    case VIEW_QUEUE:
    case VIEW_PERSON:
        return INK_TEXT;
    case VIEW_FAULT:
        return INK_FAULT;
    case VIEW_STORY:
        return INK_STORY;
    }
    return INK_TEXT;
}

static struct ladder_row *row_at(const struct ladder *k, unsigned i)
{
    return &g_array_index(k->l->rows, struct ladder_row, i);
}

static double middle(const struct ladder *k, const struct ladder_row *row)
{
    double h = ladder_row_height(row) * k->s;
    double top = k->body.y + row->y * k->s - k->first_y;
    return floor(row->kind == ROW_ARROW || row->kind == ROW_OPEN ? top + h - 9 * k->s : top + h / 2) + 0.5;
}

/* ---- Columns: person, own server, local DNS, hierarchy, receiver. */

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
        const struct record *r = view_tape_nth(k->t, row_at(k, i)->at);
        if (r->event != EV_AGENT_COMPOSE && r->event != EV_DNS_LOOKUP && row_at(k, i)->to < 0)
            continue;
        int host = r->host != NULL ? view_host_find(m, r->host) : -1;
        return host >= 0 ? view_host(m, (unsigned)host).address >> 16 : 0;
    }
    return 0;
}

static void choose_columns(struct ladder *k, const struct mxlab *m)
{
    unsigned n = 0, sender = sender_network(k, m), most;
    g_autofree struct candidate *all = g_new0(struct candidate, k->x->hosts->len + 1);
    const struct ladder_row *now = k->now >= 0 ? row_at(k, (unsigned)k->now) : NULL;
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
    most = (unsigned)CLAMP(room / (COLUMN_LEAST * k->s) + 0.35, 2, COLUMNS_MAX);
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

static double x_of(const struct ladder *k, int host)
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
static GArray *find_heads(struct ladder *k, const struct mxlab *m)
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
static void stagger(struct ladder *k, GArray *heads)
{
    bool fits = true;

    for (unsigned i = 1; i < heads->len; i++) {
        const struct head *a = &g_array_index(heads, struct head, i - 1), *b = a + 1;
        struct rect left = head_at(k, a, a->w), right = head_at(k, b, b->w);
        fits = fits && left.x + left.w + 10 <= right.x;
    }
    fits = fits || k->r.h < LOW * k->s;
    k->names = (fits ? NAMES : NAMES_STAGGERED) * k->s;
    for (unsigned i = 0; i < heads->len && !fits; i++)
        g_array_index(heads, struct head, i).line = (heads->len - 1 - i) % 2;
}

/* `free_from`: where the line of names is free. */
static void draw_head_name(struct ladder *k, GArray *heads, unsigned i, double *free_from)
{
    const struct head *h = &g_array_index(heads, struct head, i);
    bool is_selected = h->name != NULL && k->a->selected.host != NULL &&
                       g_ascii_strcasecmp(k->a->selected.host, h->name) == 0;
    unsigned by = k->names > NAMES * k->s ? 2 : 1;
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
    canvas_text(k->c, at, FONT_SANS_BOLD, TYPE_SMALL,
                is_selected       ? INK_ACTION
                : h->name != NULL ? INK_TEXT
                                  : INK_QUIET,
                ALIGN_CENTRE, h->text);
    g_autofree char *does = h->name != NULL ? g_strdup_printf("select host:%s", h->name) : g_strdup("");
    canvas_thing(k->c, at, does, h->text, "lifeline:%s", h->name != NULL ? h->name : "others")->is_label =
        true;
}

static void draw_lifelines(struct ladder *k, GArray *heads)
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

static void free_heads(GArray *heads)
{
    for (unsigned i = 0; i < heads->len; i++)
        g_free(g_array_index(heads, struct head, i).text);
    g_array_free(heads, TRUE);
}

/* While a host is down its lifeline is red and broken. */
static void draw_downs(struct ladder *k, unsigned first, unsigned end)
{
    static const double dash[] = { 4, 4 };

    for (unsigned f = 0; f < k->x->faults->len; f++) {
        const struct tape_fault *fault = &g_array_index(k->x->faults, struct tape_fault, f);
        int host = strcmp(fault->what, "down") == 0 ? tape_index_host(k->x, fault->on) : -1;
        if (host < 0 || k->column[host] < 0)
            continue;
        double top = INFINITY, bottom = 0;
        for (unsigned i = first; i < end; i++) {
            const struct ladder_row *row = row_at(k, i);
            if (row->at < fault->from || (fault->to >= 0 && row->at > fault->to))
                continue;
            double y = k->body.y + row->y * k->s - k->first_y, h = ladder_row_height(row) * k->s;
            bool begins = row->at == fault->from, ends = row->at == fault->to;
            top = MIN(top, begins ? y + h / 2 : y);
            bottom = MAX(bottom, ends ? y + h / 2 : y + h);
        }
        if (top >= bottom)
            continue;
        double x = k->column_x[k->column[host]];
        canvas_line(k->c, x, top, x, bottom, INK_PANEL, 2.5);
        cairo_save(k->c->cr);
        cairo_set_dash(k->c->cr, dash, 2, 0);
        canvas_line(k->c, x, top, x, bottom, INK_FAULT, 1.6);
        cairo_restore(k->c->cr);
    }
}

/* ---- Rows. */

static void time_text(char *buf, size_t size, sim_time t)
{
    int64_t ms = t / SIM_MS, s = ms / 1000, min = s / 60, h = min / 60, d = h / 24;

    if (d > 0)
        g_snprintf(buf, size, "%dd %02d:%02d:%02d", (int)d, (int)(h % 24), (int)(min % 60), (int)(s % 60));
    else if (h > 0)
        g_snprintf(buf, size, "%d:%02d:%02d.%03d", (int)h, (int)(min % 60), (int)(s % 60), (int)(ms % 1000));
    else
        g_snprintf(buf, size, "%02d:%02d.%03d", (int)min, (int)(s % 60), (int)(ms % 1000));
}

static void opening_text(const struct ladder *k, const struct ladder_row *row, GString *out)
{
    const struct record *begun = view_tape_nth(k->t, row->at);
    int64_t at = k->a->player.at;
    unsigned tries = ladder_row_tries(k->l, row, at);
    char span[48];

    if (row->opened >= 0 && row->opened <= at) {
        g_string_append(out, _("TCP opens"));
        if (tries > 1)
            g_string_append_printf(out, _(" (%u tries)"), tries);
    } else if (row->failed >= 0 && row->failed <= at) {
        const struct record *r = view_tape_nth(k->t, row->failed);
        ladder_span_words(span, sizeof span, r->time - begun->time);
        if (g_strcmp0(r->why, "timeout") == 0)
            g_string_append_printf(
                out, _N("SYN (no answer, %u try, %s)", "SYN (no answer, %u tries, %s)", tries), tries, span);
        else
            g_string_append_printf(out,
                                   g_strcmp0(r->why, "refused") == 0 ? _("SYN (refused)") : _("SYN (fails)"));
    } else {
        g_string_append(out, "SYN");
        if (tries > 1)
            g_string_append_printf(out, _(" (%u tries so far)"), tries);
    }
}

static char *row_text(const struct ladder *k, const struct ladder_row *row)
{
    GString *out = g_string_new(NULL);

    if (row->kind == ROW_OPEN)
        opening_text(k, row, out);
    else
        view_line(view_tape_nth(k->t, row->at), out);
    if (!g_utf8_validate(out->str, (gssize)out->len, NULL)) {
        g_autofree char *valid = g_utf8_make_valid(out->str, (gssize)out->len);
        g_string_assign(out, valid);
    }
    for (char *p = out->str; *p != '\0'; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = ' ';
    return g_string_free(out, FALSE);
}

/* How far an arrow has grown: with its packet while playing, whole at rest. */
static double grown(const struct ladder *k, const struct ladder_row *row)
{
    sim_time from = view_tape_nth(k->t, row->at)->time,
             to = row->arrives >= 0 ? view_tape_nth(k->t, row->arrives)->time : from;

    if (!k->a->player.is_playing || k->a->prefs.reduced_motion || row->kind != ROW_ARROW || to <= from ||
        k->a->player.clock >= to)
        return 1;
    return pace_ease(CLAMP((double)(k->a->player.clock - from) / (double)(to - from), 0, 1));
}

static bool is_lost_now(const struct ladder *k, const struct ladder_row *row)
{
    int64_t at = k->a->player.at;

    if (row->kind == ROW_OPEN && row->opened >= 0 && row->opened <= at)
        return false;
    if (row->kind == ROW_OPEN && row->failed >= 0 && row->failed <= at)
        return true;
    return row->is_lost && row->arrives <= at;
}

static void draw_chapter_mark(struct ladder *k, const struct ladder_row *row, double y)
{
    double d = 17 * k->s, x = k->r.x + k->r.w - 12 - d;
    struct rect at = { floor(x), floor(y - d / 2), d, d };
    char number[12];

    g_snprintf(number, sizeof number, "%u", row->chapter);
    canvas_box(k->c, at, d / 2, INK_STORY_GROUND, INK_STORY, 1.4, false);
    canvas_text(k->c, at, FONT_SANS_BOLD, TYPE_SMALL, INK_STORY, ALIGN_CENTRE, number);
    g_autofree char *does = g_strdup_printf("at %" G_GINT64_FORMAT, row->at);
    g_autofree char *text = g_strdup_printf(_("chapter %u begins"), row->chapter);
    canvas_thing(k->c, at, does, text, "ladder-chapter:%u", row->chapter);
}

/* One line in the middle of two hosts, on a ground that covers the lifelines behind it. */
static struct rect put_text(struct ladder *k, double centre, double y, enum font font, enum ink ink,
                            enum ink ground, const char *text)
{
    double left = k->body.x + k->times, right = k->r.x + k->r.w - 36 * k->s,
           h = canvas_line_height(k->c, TYPE_SMALL);
    double w = MIN(canvas_text_width(k->c, font, TYPE_SMALL, text) + 1, right - left);
    struct rect at = { floor(CLAMP(centre - w / 2, left, right - w)), floor(y), ceil(w), h };

    canvas_fill_rect(k->c, (struct rect){ at.x - 3, at.y + 1, at.w + 6, at.h - 2 }, ground);
    canvas_text(k->c, at, font, TYPE_SMALL, ink, ALIGN_CENTRE, text);
    return at;
}

/* Both ends are among the others, or it is to itself: a loop, and in words who speaks to whom. */
static void draw_loop(struct ladder *k, const struct ladder_row *row, enum ink ground, const char *text,
                      enum ink ink)
{
    const struct record *r = view_tape_nth(k->t, row->at);
    double y = middle(k, row) - 4 * k->s, x = x_of(k, row->from), reach = 16 * k->s, left, w;
    g_autofree char *who =
        row->from == row->to ? g_strdup(text) : g_strdup_printf("%s → %s  %s", r->host, r->peer, text);

    canvas_line(k->c, x, y - 5 * k->s, x + reach, y - 5 * k->s, ink, 2);
    canvas_line(k->c, x + reach, y - 5 * k->s, x + reach, y + 4 * k->s, ink, 2);
    canvas_arrow(k->c, x + reach, y + 4 * k->s, x + 2, y + 4 * k->s, ink, 2);
    w = MIN(canvas_text_width(k->c, FONT_MONO, TYPE_SMALL, who), k->r.w - k->times - 60 * k->s);
    left = MIN(x + reach + 12 * k->s, k->r.x + k->r.w - 36 * k->s - w);
    struct rect at = put_text(k, left + w / 2, y - canvas_line_height(k->c, TYPE_SMALL) / 2, FONT_MONO,
                              ink == INK_TCP ? INK_TEXT : ink, ground, who);
    canvas_thing(k->c, at, "", who, "label:%" G_GINT64_FORMAT, row->at)->is_label = true;
    if (is_lost_now(k, row))
        canvas_cross(k->c, x + reach, y, 11 * k->s);
}

static void draw_arrow(struct ladder *k, const struct ladder_row *row, enum ink ground, const char *text)
{
    const struct record *r = view_tape_nth(k->t, row->at);
    double y = middle(k, row), x1 = x_of(k, row->from), x2 = x_of(k, row->to), done = grown(k, row),
           h = canvas_line_height(k->c, TYPE_SMALL);
    bool is_lost = is_lost_now(k, row);
    enum ink ink = row->kind == ROW_OPEN || row->is_detail ? INK_TCP : family_ink(r);
    double width = row->is_detail ? 1.4 : 2;

    if (x1 == x2) {
        draw_loop(k, row, ground, text, ink);
        return;
    }
    struct rect label = put_text(k, (x1 + x2) / 2, y - h - 2 * k->s, FONT_MONO,
                                 ink == INK_TCP ? INK_TEXT : ink, ground, text);
    canvas_thing(k->c, label, "", text, "label:%" G_GINT64_FORMAT, row->at)->is_label = true;
    double way = x2 > x1 ? 1 : -1, from = x1 + 3 * way, to = x2 - 3 * way;
    if (is_lost)
        to = x1 + (x2 - x1) * 0.86;
    if (done < 1) {
        canvas_line(k->c, from, y, to, y, INK_LINE, 1);
        to = from + (to - from) * MAX(done, 0.04);
    }
    canvas_arrow(k->c, from, y, to - (is_lost ? 6 * way : 0), y, ink, width);
    if (is_lost)
        canvas_cross(k->c, to + 6 * way, y, 11 * k->s);
}

static void draw_note(struct ladder *k, const struct ladder_row *row, const char *text)
{
    double h = 21 * k->s, left = k->body.x + k->times, right = k->r.x + k->r.w - 36 * k->s,
           y = floor(middle(k, row) - h / 2);
    bool is_fault = row->kind == ROW_FAULT;
    double w = MIN(ceil(canvas_text_width(k->c, FONT_SANS, TYPE_SMALL, text)) + 20 * k->s, right - left);
    double x = row->from >= 0 && k->column[row->from] >= 0 ? x_of(k, row->from)
               : row->from < 0                             ? (left + right) / 2
                                                           : k->others_x;
    struct rect at = { floor(CLAMP(x - w / 2, left, right - w)), y, w, h };
    bool ends = is_fault && view_tape_nth(k->t, row->at)->event == EV_FAULT_END;

    canvas_box(k->c, at, 6, is_fault && !ends ? INK_FAULT_GROUND : INK_ROW,
               is_fault && !ends ? INK_FAULT : INK_LINE, 1, false);
    canvas_text(k->c, (struct rect){ at.x + 8 * k->s, at.y, at.w - 16 * k->s, at.h },
                is_fault ? FONT_SANS_BOLD : FONT_SANS, TYPE_SMALL, is_fault && !ends ? INK_FAULT : INK_TEXT,
                ALIGN_CENTRE, text);
    canvas_thing(k->c, at, "", text, "label:%" G_GINT64_FORMAT, row->at)->is_label = true;
}

static void draw_skip(struct ladder *k, double y, double h, const char *text, int64_t at)
{
    struct rect band = { k->r.x + 16, floor(y + 5 * k->s), k->r.w - 32, h - 10 * k->s };
    double w = canvas_text_width(k->c, FONT_SANS_BOLD, TYPE_SMALL, text), x, mid = band.y + band.h / 2,
           q = 4 * k->s;

    canvas_box(k->c, band, 5, INK_ROW, N_INKS, 0, false);
    w = MIN(w, band.w - 40 * k->s);
    x = band.x + (band.w - w) / 2;
    canvas_text(k->c, (struct rect){ x + 8 * k->s, band.y, w + 1, band.h }, FONT_SANS_BOLD, TYPE_SMALL,
                INK_QUIET, ALIGN_LEFT, text);
    canvas_colour(k->c, INK_QUIET);
    for (int i = 0; i < 2; i++) { /* fast forward */
        double tx = x - 14 * k->s + i * q * 1.6;
        cairo_move_to(k->c->cr, tx, mid - q);
        cairo_line_to(k->c->cr, tx + q * 1.5, mid);
        cairo_line_to(k->c->cr, tx, mid + q);
        cairo_fill(k->c->cr);
    }
    canvas_thing(k->c, band, "", text, "wait:%" G_GINT64_FORMAT, at)->is_label = true;
}

static void draw_wait(struct ladder *k, const struct ladder_row *row)
{
    char span[48];

    ladder_span_words(span, sizeof span, row->gap);
    g_autofree char *text = g_strdup_printf(_(ladder_wait_words(k->t, row)), span);
    draw_skip(k, k->body.y + row->y * k->s - k->first_y, ROW_WAIT_HEIGHT * k->s, text, row->at);
}

static void draw_row(struct ladder *k, unsigned i, sim_time *shown_time)
{
    const struct ladder_row *row = row_at(k, i);
    const struct record *r = view_tape_nth(k->t, row->at);
    double top = k->body.y + row->y * k->s - k->first_y, h = ladder_row_height(row) * k->s;
    bool is_now = (int64_t)i == k->now;
    struct rect all = { k->r.x + 8, top, k->r.w - 16, h };
    char time[40];

    if (row->kind == ROW_WAIT) {
        draw_wait(k, row);
        return;
    }
    if (is_now)
        canvas_box(k->c, (struct rect){ all.x + 0.5, floor(top) + 0.5, all.w - 1, h }, 6, INK_NOW_GROUND,
                   INK_STORY, 0.6, false);
    g_autofree char *text = row_text(k, row);
    g_autofree char *does = g_strdup_printf("at %" G_GINT64_FORMAT, row->at);
    canvas_thing(k->c, all, does, text, "arrow:%" G_GINT64_FORMAT, row->at);
    if (*shown_time != r->time || is_now) {
        double y = middle(k, row), line = canvas_line_height(k->c, TYPE_SMALL);
        time_text(time, sizeof time, r->time);
        struct rect at = { k->r.x + 14, floor(y - line / 2), k->times, line };
        at.w = canvas_text(k->c, at, FONT_MONO, TYPE_SMALL, INK_QUIET, ALIGN_LEFT, time);
        canvas_thing(k->c, at, "", time, "time:%" G_GINT64_FORMAT, row->at)->is_label = true;
        *shown_time = r->time;
    }
    if (row->kind == ROW_ARROW || row->kind == ROW_OPEN)
        draw_arrow(k, row, is_now ? INK_NOW_GROUND : INK_PANEL, text);
    else
        draw_note(k, row, text);
    if (row->chapter > 0)
        draw_chapter_mark(k, row,
                          middle(k, row) - (row->kind == ROW_ARROW || row->kind == ROW_OPEN ? 6 * k->s : 0));
}

static bool is_followed(const struct ladder *k, const struct ladder_row *row)
{
    const struct selection *s = &k->a->selected;
    const struct record *r = view_tape_nth(k->t, row->at);

    if (row->kind == ROW_WAIT || row->kind == ROW_FAULT)
        return true;
    return (s->mail == 0 || r->mail == s->mail) && (s->conn == 0 || r->conn == s->conn) &&
           (s->lookup == 0 || r->lookup == s->lookup);
}

/* Those that are followed as they are, the rest faded behind them. */
static void draw_rows(struct ladder *k, unsigned first, unsigned end)
{
    const struct selection *s = &k->a->selected;
    sim_time shown = -1;

    if (s->mail != 0 || s->conn != 0 || s->lookup != 0) {
        cairo_push_group(k->c->cr);
        for (unsigned i = first; i < end; i++)
            if (!is_followed(k, row_at(k, i)))
                draw_row(k, i, &shown);
        cairo_pop_group_to_source(k->c->cr);
        cairo_paint_with_alpha(k->c->cr, 0.3);
        shown = -1;
        for (unsigned i = first; i < end; i++)
            if (is_followed(k, row_at(k, i)))
                draw_row(k, i, &shown);
        return;
    }
    for (unsigned i = first; i < end; i++)
        draw_row(k, i, &shown);
}

/* ---- Head. */

static double pill(struct ladder *k, double right, const char *text, const char *does, const char *name)
{
    double w = canvas_text_width(k->c, FONT_SANS, TYPE_SMALL, text) + 20 * k->s, h = 22 * k->s;
    struct rect at = { floor(right - w), floor(k->r.y + 8 + (k->head - 8 - h) / 2), w, h };

    canvas_box(k->c, at, 6, INK_ROW, INK_LINE, 1, false);
    canvas_text(k->c, at, FONT_SANS, TYPE_SMALL, INK_TEXT, ALIGN_CENTRE, text);
    canvas_thing(k->c, at, does, text, "%s", name);
    return at.x - 8;
}

static void draw_head(struct ladder *k)
{
    const struct selection *s = &k->a->selected;
    double h = k->head - 8, right = k->r.x + k->r.w - 12;
    struct rect at = { k->r.x + 16, k->r.y + 8, k->r.w / 2, h };
    g_autofree char *follows = s->mail     ? g_strdup_printf(_("following mail m%u"), s->mail)
                               : s->conn   ? g_strdup_printf(_("following connection c%u"), s->conn)
                               : s->lookup ? g_strdup_printf(_("following look-up l%u"), s->lookup)
                                           : NULL;

    at.w = canvas_text(k->c, at, FONT_SANS_BOLD, TYPE_BODY, INK_TEXT, ALIGN_LEFT, _("Ladder"));
    canvas_thing(k->c, at, "", _("Ladder"), "title:ladder")->is_label = true;
    right = pill(k, right, k->a->tcp_collapsed ? _("Show TCP") : _("Hide TCP"), "collapse",
                 "button:collapse");
    if (follows != NULL)
        right = pill(k, right, _("Follow all"), "follow none", "button:follow-none");
    const char *tcp = k->a->tcp_collapsed ? _("TCP collapsed") : _("with TCP");
    g_autofree char *text = follows != NULL ? g_strdup_printf("%s  ·  %s", follows, tcp) : g_strdup(tcp);
    struct rect words = { at.x + at.w + 12, at.y, right - at.x - at.w - 20, h };
    if (words.w < 40)
        return;
    words.w = canvas_text(k->c, words, FONT_SANS, TYPE_SMALL, INK_QUIET, ALIGN_LEFT, text);
    canvas_thing(k->c, words, "", text, "ladder:follows")->is_label = true;
}

static void draw_empty(struct ladder *k, const char *text)
{
    canvas_text(k->c, rect_inset(k->body, 8), FONT_SANS, TYPE_BODY, INK_QUIET, ALIGN_CENTRE, text);
    canvas_thing(k->c, rect_inset(k->body, 8), "", text, "ladder:empty");
}

/* What goes on above is cut softly. */
static void draw_fade(struct ladder *k)
{
    colour v = theme_colour(k->c->theme, INK_PANEL);
    double red = (v >> 16 & 255) / 255.0, green = (v >> 8 & 255) / 255.0, blue = (v & 255) / 255.0,
           h = 18 * k->s;
    cairo_pattern_t *p = cairo_pattern_create_linear(0, k->body.y, 0, k->body.y + h);

    cairo_pattern_add_color_stop_rgba(p, 0, red, green, blue, 1);
    cairo_pattern_add_color_stop_rgba(p, 0.35, red, green, blue, 0.9);
    cairo_pattern_add_color_stop_rgba(p, 1, red, green, blue, 0);
    cairo_set_source(k->c->cr, p);
    cairo_rectangle(k->c->cr, k->r.x + 2, k->body.y, k->r.w - 12, h);
    cairo_fill(k->c->cr);
    cairo_pattern_destroy(p);
}

/* A thumb at the right border: where in the run the view is. */
static void draw_thumb(struct ladder *k, double total)
{
    double h = k->body.h - 8, size = MAX(24, h * k->body.h / total),
           y = k->body.y + 4 + (h - size) * k->first_y / MAX(1, total - k->body.h);

    if (total <= k->body.h)
        return;
    canvas_box(k->c, (struct rect){ k->r.x + k->r.w - 7, y, 4, size }, 2, INK_LINE, N_INKS, 0, false);
}

/* The row of what is in front: a packet's message rather than what came last. */
static int64_t row_in_front(const struct ladder *k)
{
    int64_t at = k->a->player.at;
    const struct record *r = at >= 0 ? view_tape_nth(k->t, at) : NULL;
    const struct record *send = r != NULL && view_is_packet(r) ? tape_send_of(k->t, r) : NULL;
    const struct record *message = send != NULL ? tape_message_of(k->t, send) : NULL;

    if (k->n_rows == 0)
        return -1;
    if (message != NULL) {
        unsigned n = ladder_rows_until(k->l, (int64_t)message->seq - 1);
        if (n > 0 && row_at(k, n - 1)->at == (int64_t)message->seq - 1)
            return n - 1;
    }
    return k->n_rows - 1;
}

static bool open_ladder(struct ladder *k, const struct app *a)
{
    k->a = a;
    k->t = a->run != NULL ? run_tape(a->run) : NULL;
    k->x = tape_index_of(k->t);
    if (k->x == NULL)
        return false;
    k->l = ladder_rows_of(k->x, !a->tcp_collapsed);
    k->n_rows = a->player.at < 0 ? 0 : ladder_rows_until(k->l, a->player.at);
    return true;
}

double ladder_full_height(const struct app *a, double scale)
{
    struct ladder k = { .s = scale };

    if (!open_ladder(&k, a))
        return 160 * scale;
    return (HEAD + NAMES_STAGGERED + 2 * FOOT) * scale + MAX(ladder_rows_bottom(k.l, k.n_rows), 60) * scale;
}

double ladder_scroll_most(const struct app *a, double panel_height, double scale)
{
    return MAX(0, ladder_full_height(a, scale) - panel_height);
}

void panel_ladder_draw(const struct app *a, struct canvas *c, struct rect r)
{
    struct ladder k = { .c = c, .r = r, .s = c->text_scale };
    const struct mxlab *m = app_world(a);
    k.head = (r.h < LOW * k.s ? HEAD_LOW : HEAD) * k.s;
    bool has_tape = open_ladder(&k, a);
    char widest[40];

    k.a = a;
    canvas_box(c, r, 10, INK_PANEL, INK_LINE, 1, false);
    k.body = (struct rect){ r.x, r.y + k.head + NAMES * k.s, r.w, r.h - k.head + NAMES * k.s - 1 };
    if (r.h <= k.head + NAMES * k.s || r.w < 80)
        return;
    draw_head(&k);
    if (!has_tape || m == NULL) {
        draw_empty(&k, a->run == NULL ? "" : _("Working out this run…"));
        return;
    }
    k.now = row_in_front(&k);
    time_text(widest, sizeof widest, view_tape_end(k.t));
    k.times = MAX(canvas_text_width(c, FONT_MONO, TYPE_SMALL, "00:00.000"),
                  canvas_text_width(c, FONT_MONO, TYPE_SMALL, widest)) +
              22 * k.s;
    choose_columns(&k, m);
    GArray *heads = find_heads(&k, m);
    stagger(&k, heads);
    k.body.y = r.y + k.head + k.names;
    k.body.h = r.y + r.h - 1 - k.body.y;

    /* At rest the end of the run so far is at the bottom; scrolling goes back from there. */
    double skip = a->player.skip > 0 ? ROW_WAIT_HEIGHT * k.s : 0;
    double total = ladder_rows_bottom(k.l, k.n_rows) * k.s + skip + FOOT * k.s,
           most = MAX(0, total - k.body.h);
    double now_y = k.now >= 0 ? row_at(&k, (unsigned)k.now)->y * k.s : 0;
    k.first_y = most;
    if (now_y < k.first_y)
        k.first_y = MAX(0, now_y - 8);
    k.first_y = CLAMP(k.first_y - a->ladder_scroll, 0, most);
    unsigned first = ladder_rows_at_y(k.l, k.first_y / k.s),
             end = MIN(ladder_rows_at_y(k.l, (k.first_y + k.body.h) / k.s) + 1, k.n_rows);

    draw_lifelines(&k, heads);
    free_heads(heads);
    cairo_save(c->cr);
    cairo_rectangle(c->cr, r.x + 1, k.body.y, r.w - 2, k.body.h);
    cairo_clip(c->cr);
    struct rect clip = c->clip;
    double clip_y = MAX(clip.y, k.body.y);
    c->clip = (struct rect){ clip.x, clip_y, clip.w,
                             MAX(0, MIN(clip.y + clip.h, k.body.y + k.body.h) - clip_y) };
    draw_downs(&k, first, end);
    draw_rows(&k, first, end);
    if (skip > 0) {
        g_autoptr(GString) scratch = g_string_new(NULL);
        const char *words = player_waits_for(&a->player, scratch);
        if (words != NULL)
            draw_skip(&k, k.body.y + total - FOOT * k.s - skip - k.first_y, skip, words, a->player.at);
    }
    if (k.first_y > 1)
        draw_fade(&k);
    draw_thumb(&k, total);
    if (k.n_rows == 0)
        draw_empty(&k, _("Nothing has happened yet. Press Space to play, → to step."));
    c->clip = clip;
    cairo_restore(c->cr);
    g_free(k.column);
}
