/* The Host tab: what a host says of itself now, its tables made to fit; the retry clock of its queue; the
 * states of a session. */
#include "inspector.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app_parts.h"
#include "words.h"

enum { COLUMNS_MAX = 12 };

/* ---- Tables: columns that matter most, as many as fit; a click on a row shows the others. */

static const struct {
    const char *table, *columns; /* in this order */
} wanted[] = {
    { "queue", "id to last_result tries next_attempt mail" },
    { "mailboxes", "user messages octets quota" },
    { "messages", "user mail from subject received" },
    { "sessions", "peer role state mail" },
    { "connections", "host state sent received conn" },
    { "cache", "name type data ttl kind" },
    { "sent", "mail to subject result trouble" },
};

static const struct column *column_of(const struct table *t, unsigned i)
{
    return &g_array_index(t->columns, struct column, i);
}

static const struct cell *cell_of(const struct table *t, unsigned row, unsigned column)
{
    const GArray *cells = g_ptr_array_index(t->rows, row);
    return column < cells->len ? &g_array_index(cells, struct cell, column) : NULL;
}

static int column_find(const struct table *t, const char *key, size_t len)
{
    for (unsigned i = 0; i < t->columns->len; i++)
        if (strlen(column_of(t, i)->key) == len && strncmp(column_of(t, i)->key, key, len) == 0)
            return (int)i;
    return -1;
}

static const char *text_of(const struct table *t, unsigned row, const char *key)
{
    int i = column_find(t, key, strlen(key));
    const struct cell *c = i >= 0 ? cell_of(t, row, (unsigned)i) : NULL;

    return c != NULL ? c->text : "";
}

/* The order in which columns are asked whether they fit. Returns how many. */
static unsigned order_columns(const struct table *t, unsigned out[COLUMNS_MAX])
{
    unsigned n = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
        const char *p = wanted[i].columns;

        if (strcmp(wanted[i].table, t->key) != 0)
            continue;
        while (*p != '\0' && n < COLUMNS_MAX) {
            size_t len = strcspn(p, " ");
            int column = column_find(t, p, len);
            if (column >= 0)
                out[n++] = (unsigned)column;
            p += len + strspn(p + len, " ");
        }
        return n;
    }
    while (n < t->columns->len && n < COLUMNS_MAX) {
        out[n] = n;
        n++;
    }
    return n;
}

/* A moment as how long until then or since then, as people say it. */
static char *cell_words(const struct pen *p, const struct column *col, const struct cell *cell)
{
    sim_time now = p->a->player.clock, d = cell->number - now;
    char buf[TIME_DURATION_MAX], clock[64];

    if (col->kind != CELL_TIME)
        return g_strdup(words(cell->text));
    if (cell->number == SIM_NEVER)
        return g_strdup(_("never"));
    if (strcmp(col->key, "next_attempt") == 0 && llabs(d) < SIM_MS)
        return g_strdup(_("now"));
    if (strcmp(col->key, "next_attempt") == 0 && d > 0)
        return g_strdup_printf(_("in %s"), time_duration(buf, d >= SIM_SECOND ? d / SIM_SECOND * SIM_SECOND
                                                                              : d / SIM_MS * SIM_MS));
    return g_strdup(moment_text(cell->number, clock, sizeof clock));
}

static bool is_wire(const struct column *col)
{
    static const char *const wire[] = { "id",   "mail", "conn", "state", "address",
                                        "data", "name", "type", "local", "peer" };

    for (size_t i = 0; i < G_N_ELEMENTS(wire); i++)
        if (strcmp(col->key, wire[i]) == 0)
            return true;
    return col->kind != CELL_TEXT;
}

static enum ink cell_ink(const struct table *t, const struct column *col, const char *text)
{
    if (strcmp(col->key, "last_result") == 0 && text[0] != '\0')
        return strcmp(text, "being tried") == 0 ? INK_SMTP : INK_FAULT;
    if (strcmp(col->key, "trouble") == 0)
        return INK_FAULT;
    if (strcmp(col->key, "state") == 0 || strcmp(col->key, "next_attempt") == 0)
        return strcmp(text, "ESTABLISHED") == 0 ? INK_ACCESS : INK_SMTP;
    return strcmp(t->key, "cache") == 0 && strcmp(col->key, "type") == 0 ? INK_DNS : INK_TEXT;
}

struct fit {
    unsigned n, columns[COLUMNS_MAX];
    double widths[COLUMNS_MAX];
};

/* Natural widths; if they are too many, long columns give way, then the last ones go. */
static void fit_columns(struct pen *p, const struct table *t, struct fit *f)
{
    double gap = 12 * p->s, least = 92 * p->s;

    f->n = order_columns(t, f->columns);
    for (unsigned k = 0; k < f->n; k++) {
        const struct column *col = column_of(t, f->columns[k]);

        f->widths[k] = canvas_text_width(p->c, FONT_SANS, TYPE_SMALL, words(col->title));
        for (unsigned row = 0; row < t->rows->len && row < 40; row++) {
            const struct cell *cell = cell_of(t, row, f->columns[k]);
            char *text = cell != NULL ? cell_words(p, col, cell) : g_strdup("");
            f->widths[k] = MAX(f->widths[k], canvas_text_width(p->c, is_wire(col) ? FONT_MONO : FONT_SANS,
                                                               TYPE_SMALL, text));
            g_free(text);
        }
        f->widths[k] = MAX(ceil(f->widths[k]), 16) + gap;
    }
    for (;;) {
        double sum = 0;
        unsigned widest = 0;

        for (unsigned k = 0; k < f->n; k++) {
            sum += f->widths[k];
            widest = f->widths[k] > f->widths[widest] ? k : widest;
        }
        if (sum <= p->w || f->n == 0) {
            if (f->n > 0)
                f->widths[f->n - 1] += p->w - sum;
            return;
        }
        double second = 0; /* the widest gives way down to the next one, but never below what can be read */
        for (unsigned k = 0; k < f->n; k++)
            second = k != widest ? MAX(second, f->widths[k]) : second;
        if (f->widths[widest] > least)
            f->widths[widest] = MAX(MAX(f->widths[widest] - (sum - p->w), MIN(second, f->widths[widest] - 1)),
                                    least);
        else
            f->n--;
    }
}

static void draw_titles(struct pen *p, const struct table *t, const struct fit *f)
{
    double h = pen_row(p) - 2, x = p->x;

    canvas_box(p->c, (struct rect){ p->x - 8, p->y, p->w + 16, h }, 6, INK_ROW, N_INKS, 0, false);
    for (unsigned k = 0; k < f->n; k++) {
        const struct column *col = column_of(t, f->columns[k]);
        struct rect at = { x, p->y, f->widths[k] - 8, h };

        canvas_text(p->c, at, FONT_SANS, TYPE_SMALL, INK_QUIET, ALIGN_LEFT, words(col->title));
        canvas_thing(p->c, at, "", words(col->title), "column:%s:%s", t->key, col->key)->is_label = true;
        x += f->widths[k];
    }
    p->y += h + 2;
}

/* What a click on a row does besides opening it: what it names is selected. */
static char *row_does(const struct table *t, unsigned row)
{
    const char *conn = text_of(t, row, "conn"), *mail = text_of(t, row, "mail");

    if (strcmp(t->key, "connections") == 0 && conn[0] == 'c')
        return g_strdup_printf("select conn:%s", conn);
    if (mail[0] == 'm' && strcmp(t->key, "sessions") != 0)
        return g_strdup_printf("select mail:%s", mail);
    return g_strdup_printf("select row:%s:%u", t->key, row);
}

static void draw_more(struct pen *p, const struct table *t, unsigned row)
{
    pen_gap(p, 2);
    for (unsigned i = 0; i < t->columns->len; i++) {
        const struct column *col = column_of(t, i);
        const struct cell *cell = cell_of(t, row, i);
        char *name = g_strdup_printf("cell:%s:%u:%s", t->key, row, col->key),
             *text = cell_words(p, col, cell);

        if (text[0] != '\0')
            pen_pair(p, words(col->title), text, is_wire(col) ? FONT_MONO : FONT_SANS, INK_TEXT, "", name);
        if (text[0] != '\0' && col->means != NULL) {
            double left = MIN(112 * p->s, p->w * 0.4);
            struct rect at = { p->x + left, p->y - 4, p->w - left, 1e4 };
            p->y += canvas_paragraph(p->c, at, FONT_SANS, TYPE_SMALL, INK_QUIET, words(col->means), false);
        }
        g_free(text);
        g_free(name);
    }
    pen_gap(p, 6);
}

static void draw_row(struct pen *p, const struct table *t, const struct fit *f, unsigned row)
{
    double h = pen_row(p), x = p->x;
    char *name = g_strdup_printf("row:%s:%u", t->key, row), *does = row_does(t, row), *text = g_strdup("");
    struct rect all = { p->x - 8, p->y, p->w + 16, h };
    char *row_name = g_strdup_printf("%s:%u", t->key, row);
    bool is_open = g_strcmp0(p->a->open_row, row_name) == 0;

    char *conn = g_strdup_printf("c%u", p->a->selected.conn),
         *mail = g_strdup_printf("m%u", p->a->selected.mail);
    bool is_selected = (p->a->selected.conn != 0 && strcmp(conn, text_of(t, row, "conn")) == 0) ||
                       (p->a->selected.mail != 0 && strcmp(mail, text_of(t, row, "mail")) == 0);
    g_free(conn);
    g_free(mail);
    if (is_selected)
        canvas_box(p->c, all, 6, INK_PANEL, INK_ACTION, 1.5, false);
    else if (g_strcmp0(p->a->hover, name) == 0 || is_open)
        canvas_box(p->c, all, 6, INK_ROW, N_INKS, 0, false);
    for (unsigned k = 0; k < f->n; k++) {
        const struct column *col = column_of(t, f->columns[k]);
        const struct cell *cell = cell_of(t, row, f->columns[k]);
        char *words_of = cell_words(p, col, cell),
             *longer = g_strdup_printf("%s%s%s", text, k > 0 ? "  " : "", words_of);

        canvas_text(p->c, (struct rect){ x, p->y, f->widths[k] - 8, h }, is_wire(col) ? FONT_MONO : FONT_SANS,
                    TYPE_SMALL, cell_ink(t, col, cell->text), ALIGN_LEFT, words_of);
        g_free(text);
        text = longer;
        g_free(words_of);
        x += f->widths[k];
    }
    canvas_thing(p->c, all, does, text, "%s", name);
    p->y += h;
    if (is_open || is_selected)
        draw_more(p, t, row);
    g_free(row_name);
    g_free(text);
    g_free(does);
    g_free(name);
}

static void draw_table(struct pen *p, const struct table *t)
{
    struct fit f;
    char count[48];

    snprintf(count, sizeof count, "%u", t->rows->len);
    pen_heading(p, words(t->title), t->rows->len > 0 ? count : NULL);
    if (t->rows->len == 0) {
        char *name = g_strdup_printf("empty:%s", t->key);
        pen_empty(p, words(t->empty), name);
        g_free(name);
        return;
    }
    fit_columns(p, t, &f);
    draw_titles(p, t, &f);
    for (unsigned row = 0; row < t->rows->len; row++)
        draw_row(p, t, &f, row);
}

/* ---- The retry clock: the attempts of a queue's entry that were, and those that will be. */

enum { DOTS_MAX = 9 };

struct tries {
    sim_time at[DOTS_MAX];
    unsigned n, were;  /* all; those up to now */
    unsigned left_out; /* before the first that is shown */
};

static bool is_entry(const struct record *r, uint32_t mail, const char *queue)
{
    const struct field *f = record_field(r, KEY_QUEUE);
    char buf[FIELD_BUF_MAX];

    return r->mail == mail && f != NULL && span_is(field_text(f, buf), span_of(queue));
}

/* The past is the tape's; the future goes on with the last interval, and is only a promise. */
static void find_tries(const struct pen *p, uint32_t mail, const char *host, const char *queue, sim_time next,
                       struct tries *t)
{
    const struct app *a = p->a;
    const GArray *trail = mail < a->trails->len ? a->trails->pdata[mail] : NULL;
    sim_time last = -1;

    *t = (struct tries){ 0 };
    for (unsigned i = 0; trail != NULL && i < trail->len; i++) {
        int64_t at = g_array_index(trail, int64_t, i);
        const struct record *r = view_tape_nth(a->player.tape, at);

        if (at > a->player.at || r->event != EV_QUEUE_ATTEMPT || g_strcmp0(r->host, host) != 0 ||
            !is_entry(r, mail, queue) || r->time == last)
            continue;
        if (t->were == DOTS_MAX - 3) {
            memmove(t->at, t->at + 1, (DOTS_MAX - 4) * sizeof t->at[0]);
            t->were--;
            t->left_out++;
        }
        t->at[t->were++] = last = r->time;
    }
    t->n = t->were;
    bool is_waiting = next > a->player.clock;
    sim_time before = t->were > 1 ? t->at[t->were - 1] - t->at[t->were - 2] : 0;
    sim_time step = is_waiting && last >= 0 ? next - last
                                            : before; /* while it is being tried, the interval before */
    if (step < SIM_SECOND)
        return;
    for (sim_time at = is_waiting ? next : last + step; t->n < DOTS_MAX && t->n < t->were + 3; at += step)
        t->at[t->n++] = at;
}

static void short_time(sim_time t, char *buf, size_t room)
{
    if (t >= SIM_DAY)
        snprintf(buf, room, _("day %d, %d:%02d"), (int)(t / SIM_DAY + 1), (int)(t % SIM_DAY / SIM_HOUR),
                 (int)(t % SIM_HOUR / SIM_MINUTE));
    else
        snprintf(buf, room, "%d:%02d", (int)(t / SIM_HOUR), (int)(t % SIM_HOUR / SIM_MINUTE));
}

static void draw_retry_clock(struct pen *p, const struct table *queue, unsigned row, const char *host)
{
    const char *mail = text_of(queue, row, "mail"), *id = text_of(queue, row, "id");
    int next = column_find(queue, "next_attempt", strlen("next_attempt"));
    struct tries t;
    char buf[48];

    if (mail[0] != 'm' || next < 0)
        return;
    find_tries(p, (uint32_t)atoi(mail + 1), host, id, cell_of(queue, row, (unsigned)next)->number, &t);
    if (t.n == 0)
        return;
    pen_rule(p);
    char *title = queue->rows->len > 1 ? g_strdup_printf(_("Retry clock of %s"), id)
                                       : g_strdup(_("Retry clock"));
    char *note = t.left_out > 0 ? g_strdup_printf(_("%u tries before these"), t.left_out) : NULL;
    pen_heading(p, title, note);
    double y = p->y + 16 * p->s, gap = (p->w - 16) / (DOTS_MAX - 1), right = 0;
    canvas_box(p->c, (struct rect){ p->x, y - 2, p->w, 4 }, 2, INK_LINE, N_INKS, 0, false);
    bool is_trying = strcmp(text_of(queue, row, "last_result"), "being tried") == 0;
    for (unsigned i = 0; i < t.n; i++) {
        bool was = i < t.were, is_last = i + 1 == t.were && is_trying;
        double x = p->x + 8 + i * gap, size = is_last ? 16 : 11;
        enum ink ink = is_last || !was ? INK_SMTP : INK_FAULT;

        canvas_box(p->c, (struct rect){ x - size / 2, y - size / 2, size, size }, size / 2,
                   was ? ink : INK_PANEL, ink, 2, false);
        short_time(t.at[i], buf, sizeof buf);
        double w = canvas_text_width(p->c, FONT_MONO, TYPE_SMALL, buf);
        double left = CLAMP(x - w / 2, p->x, p->x + p->w - w);
        struct rect at = { left, y + 10 * p->s, w + 1, canvas_line_height(p->c, TYPE_SMALL) };
        if (left < right + 4)
            continue; /* no room for this one's time */
        right = left + w;
        canvas_text(p->c, at, is_last ? FONT_MONO_BOLD : FONT_MONO, TYPE_SMALL,
                    is_last ? INK_TEXT : INK_QUIET, ALIGN_LEFT, buf);
        canvas_thing(p->c, at, "", buf, "try:%s:%u", id, i)->is_label = true;
    }
    p->y = y + 10 * p->s + canvas_line_height(p->c, TYPE_SMALL) + 4;
    g_free(title);
    g_free(note);
}

/* ---- A session's states. */

static const struct table *table_of(const struct sheet *s, const char *key)
{
    for (unsigned i = 0; i < s->tables->len; i++) {
        const struct table *t = g_ptr_array_index(s->tables, i);
        if (strcmp(t->key, key) == 0)
            return t;
    }
    return NULL;
}

static void draw_states(struct pen *p, const struct sheet *sheet)
{
    const struct table *conns = table_of(sheet, "connections"), *sessions = table_of(sheet, "sessions");
    char *conn = g_strdup_printf("c%u", p->a->selected.conn);

    for (unsigned i = 0; conns != NULL && p->a->selected.conn != 0 && i < conns->rows->len; i++) {
        const char *peer = text_of(conns, i, "host");

        if (strcmp(text_of(conns, i, "conn"), conn) != 0)
            continue;
        char *title = g_strdup_printf(_("TCP connection %s to %s"), conn, peer);
        pen_heading(p, title, text_of(conns, i, "state"));
        draw_machine(p, "tcp", text_of(conns, i, "state"));
        pen_rule(p);
        g_free(title);
        for (unsigned k = 0; sessions != NULL && k < sessions->rows->len; k++) {
            if (strcmp(text_of(sessions, k, "peer"), peer) != 0)
                continue;
            bool is_server = strcmp(text_of(sessions, k, "role"), "server") == 0;
            pen_heading(p, is_server ? _("SMTP session, as the server") : _("SMTP session, as the client"),
                        text_of(sessions, k, "state"));
            draw_machine(p, is_server ? "smtp server" : "smtp client", text_of(sessions, k, "state"));
            pen_rule(p);
            break;
        }
    }
    g_free(conn);
}

/* ---- The tab. */

static void draw_head(struct pen *p, const struct view_host *h)
{
    char address[20], *name = g_strdup_printf("host:%s", h->name),
                      *does = g_strdup_printf("select host:%s", h->name);
    double line = canvas_line_height(p->c, TYPE_HEAD), small = canvas_line_height(p->c, TYPE_SMALL),
           x = p->x + 40 * p->s, used;

    snprintf(address, sizeof address, "%u.%u.%u.%u", h->address >> 24, h->address >> 16 & 255,
             h->address >> 8 & 255, h->address & 255);
    canvas_icon(p->c, (int)h->role, p->x, p->y + 2, 30 * p->s, h->is_up ? INK_TEXT : INK_FAULT);
    used = canvas_text(p->c, (struct rect){ x, p->y, p->w - 40 * p->s, line }, FONT_SANS_BOLD, TYPE_HEAD,
                       INK_TEXT, ALIGN_LEFT, strcmp(h->label, h->name) != 0 ? words(h->label) : h->name);
    canvas_thing(p->c, (struct rect){ x, p->y, used, line }, does, h->name, "%s", name)->is_label = true;
    used = canvas_text(p->c, (struct rect){ x, p->y + line + 1, p->w - 140 * p->s, small }, FONT_MONO,
                       TYPE_SMALL, INK_QUIET, ALIGN_LEFT, address);
    canvas_text(p->c, (struct rect){ x + used + 10, p->y + line + 1, p->w - used - 50 * p->s, small },
                FONT_SANS_BOLD, TYPE_SMALL, h->is_up ? INK_QUIET : INK_FAULT, ALIGN_LEFT,
                h->is_up ? "" : _("down"));
    p->y += MAX(line + small + 2, 34 * p->s);
    g_free(name);
    g_free(does);
}

/* Tables that have something to say first, in their own order; empty ones after them. */
static void draw_tables(struct pen *p, const struct sheet *sheet, const char *host)
{
    for (int pass = 0; pass < 2; pass++)
        for (unsigned i = 0; i < sheet->tables->len; i++) {
            const struct table *t = g_ptr_array_index(sheet->tables, i);

            if ((t->rows->len > 0) != (pass == 0))
                continue;
            draw_table(p, t);
            if (strcmp(t->key, "queue") == 0)
                for (unsigned row = 0; row < t->rows->len && row < 4; row++)
                    draw_retry_clock(p, t, row, host);
            pen_rule(p);
        }
    p->y -= 20 * p->s; /* no line below the last */
}

void inspector_host_tab(struct pen *p)
{
    const struct mxlab *m = app_world(p->a);
    const char *name = inspector_host(p->a);
    int i = m != NULL && name != NULL ? view_host_find(m, name) : -1;

    if (i < 0) {
        pen_empty(
            p,
            _("No host is selected. Click on one in the map, or press ↓, to see its queue, mailboxes, cache and connections."),
            "host:empty");
        return;
    }
    struct view_host h = view_host(m, (unsigned)i);
    struct sheet *sheet = view_host_sheet(m, (unsigned)i);

    draw_head(p, &h);
    pen_rule(p);
    draw_states(p, sheet);
    draw_tables(p, sheet, h.name);
    sheet_free(&sheet);
}
