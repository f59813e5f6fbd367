/* Tables of a host, made to fit: columns that matter most, as many as there is room for; a click on a row
 * shows the others. */
#include "inspector.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "marks.h"
#include "words.h"

enum { COLUMNS_MAX = 12, MARK = 11 };

static const struct {
    const char *table, *columns; /* in this order */
} wanted[] = {
    { "queue", "id to last_result tries next_attempt mail" },
    { "mailboxes", "user messages octets quota" },
    { "folders", "user folder messages unseen" },
    { "messages", "flags mail from subject folder user received" },
    { "device", "flags mail from subject method folder" },
    { "reading", "user method state folder trouble" },
    { "sessions", "peer role state mail" },
    { "pop3", "peer user state marked conn" },
    { "imap", "peer user state folder how conn" },
    { "http", "peer state requests conn" },
    { "objects", "path type octets requests code" },
    { "pages", "url code objects octets took" },
    { "web_connections", "server state requests conn" },
    { "connections", "host state sent received conn" },
    { "cache", "name type data ttl kind" },
    { "sent", "mail to subject result trouble" },
};

static const struct column *column_of(const struct table *t, unsigned i)
{
    return &g_array_index(t->columns, struct column, i);
}

const struct cell *table_cell(const struct table *t, unsigned row, unsigned column)
{
    const GArray *cells = g_ptr_array_index(t->rows, row);
    return column < cells->len ? &g_array_index(cells, struct cell, column) : NULL;
}

int table_find(const struct table *t, const char *key, size_t len)
{
    for (unsigned i = 0; i < t->columns->len; i++)
        if (strlen(column_of(t, i)->key) == len && strncmp(column_of(t, i)->key, key, len) == 0)
            return (int)i;
    return -1;
}

const char *table_cell_text(const struct table *t, unsigned row, const char *key)
{
    int i = table_find(t, key, strlen(key));
    const struct cell *c = i >= 0 ? table_cell(t, row, (unsigned)i) : NULL;

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
            int column = table_find(t, p, len);
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
    char clock[MOMENT_MAX];

    if (col->kind != CELL_TIME)
        return g_strdup(words(cell->text));
    if (cell->number == SIM_NEVER)
        return g_strdup(_("never"));
    if (strcmp(col->key, "next_attempt") == 0 && llabs(d) < SIM_MS)
        return g_strdup(_("now"));
    if (strcmp(col->key, "next_attempt") == 0 && d > 0) {
        GString *wait = g_string_new(NULL);
        view_duration(d >= SIM_SECOND ? d / SIM_SECOND * SIM_SECOND : d / SIM_MS * SIM_MS, words, wait);
        char *in = g_strdup_printf(_("in %s"), wait->str);
        g_string_free(wait, TRUE);
        return in;
    }
    return g_strdup(moment_words(cell->number, MOMENT_MS, clock));
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

static const struct {
    const char *table;
    enum ink ink;
} session_inks[] = { { "pop3", INK_ACCESS },
                     { "imap", INK_ACCESS },
                     { "reading", INK_ACCESS },
                     { "http", INK_HTTP },
                     { "web_connections", INK_HTTP } };

static enum ink cell_ink(const struct table *t, const struct column *col, const char *text)
{
    if (strcmp(col->key, "last_result") == 0 && text[0] != '\0')
        return strcmp(text, "being tried") == 0 ? INK_SMTP : INK_FAULT;
    if (strcmp(col->key, "trouble") == 0)
        return INK_FAULT;
    if (strcmp(col->key, "unseen") == 0 && strcmp(text, "0") != 0)
        return INK_ACTION;
    for (size_t i = 0; strcmp(col->key, "state") == 0 && i < G_N_ELEMENTS(session_inks); i++)
        if (strcmp(t->key, session_inks[i].table) == 0)
            return session_inks[i].ink;
    if (strcmp(col->key, "state") == 0 || strcmp(col->key, "next_attempt") == 0)
        return strcmp(text, "ESTABLISHED") == 0 ? INK_ACCESS : INK_SMTP;
    return strcmp(t->key, "cache") == 0 && strcmp(col->key, "type") == 0 ? INK_DNS : INK_TEXT;
}

/* ---- Flags, as pictures in a column of their own. */

static bool is_flags(const struct table *t, const struct column *col)
{
    return strcmp(col->key, "flags") == 0 &&
           (strcmp(t->key, "messages") == 0 || strcmp(t->key, "device") == 0);
}

/* NULL: there are none to know of. POP3 has no flags. */
static const char *flags_of(const struct table *t, unsigned row)
{
    if (strcmp(t->key, "device") == 0 && strcmp(table_cell_text(t, row, "method"), "imap") != 0)
        return NULL;
    return table_cell_text(t, row, "flags");
}

static double flags_width(struct canvas *c, const struct table *t, double size)
{
    double w = 0;

    for (unsigned row = 0; row < t->rows->len && row < 40; row++)
        if (flags_of(t, row) != NULL)
            w = MAX(w, marks_draw(c, 0, 0, size, flags_of(t, row), true));
    return w;
}

static bool is_unread(const struct table *t, unsigned row)
{
    bool has_flags = strcmp(t->key, "messages") == 0 || strcmp(t->key, "device") == 0;

    return has_flags && flags_of(t, row) != NULL && !marks_has(flags_of(t, row), "\\Seen");
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

        if (is_flags(t, col)) {
            f->widths[k] = MAX(flags_width(p->c, t, MARK * p->s), MARK * p->s) + 6;
            continue;
        }
        f->widths[k] = canvas_text_width(p->c, FONT_SANS, TYPE_SMALL, words(col->title));
        for (unsigned row = 0; row < t->rows->len && row < 40; row++) {
            const struct cell *cell = table_cell(t, row, f->columns[k]);
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

        if (is_flags(t, col)) { /* its pictures are narrower than any word */
            x += f->widths[k];
            continue;
        }
        canvas_text(p->c, at, FONT_SANS, TYPE_SMALL, INK_QUIET, ALIGN_LEFT, words(col->title));
        canvas_thing(p->c, at, "", words(col->title), "column:%s:%s", t->key, col->key)->is_label = true;
        x += f->widths[k];
    }
    p->y += h + 2;
}

/* What a click on a row does besides opening it: what it names is selected. */
static char *row_does(const struct table *t, unsigned row)
{
    const char *conn = table_cell_text(t, row, "conn"), *mail = table_cell_text(t, row, "mail");

    if (conn[0] == 'c')
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
        const struct cell *cell = table_cell(t, row, i);
        char *name = g_strdup_printf("cell:%s:%u:%s", t->key, row, col->key),
             *text = is_flags(t, col) && flags_of(t, row) != NULL ? marks_words(flags_of(t, row))
                                                                  : cell_words(p, col, cell);

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
    bool is_selected = (p->a->selected.conn != 0 && strcmp(conn, table_cell_text(t, row, "conn")) == 0) ||
                       (p->a->selected.mail != 0 && strcmp(mail, table_cell_text(t, row, "mail")) == 0);
    g_free(conn);
    g_free(mail);
    if (is_selected)
        canvas_box(p->c, all, 6, INK_PANEL, INK_ACTION, 1.5, false);
    else if (g_strcmp0(p->a->hover, name) == 0 || is_open)
        canvas_box(p->c, all, 6, INK_ROW, N_INKS, 0, false);
    for (unsigned k = 0; k < f->n; k++) {
        const struct column *col = column_of(t, f->columns[k]);
        const struct cell *cell = table_cell(t, row, f->columns[k]);
        const char *flags = is_flags(t, col) ? flags_of(t, row) : NULL;
        char *words_of = is_flags(t, col) ? flags != NULL ? marks_words(flags) : g_strdup("")
                                          : cell_words(p, col, cell),
             *longer = g_strdup_printf("%s%s%s", text, k > 0 ? "  " : "", words_of);
        enum font sans = is_unread(t, row) ? FONT_SANS_BOLD : FONT_SANS;

        if (flags != NULL)
            marks_draw(p->c, x, p->y + h / 2, MARK * p->s, flags, false);
        else if (!is_flags(t, col))
            canvas_text(p->c, (struct rect){ x, p->y, f->widths[k] - 8, h }, is_wire(col) ? FONT_MONO : sans,
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

/* Of long tables: how many rows are not there. */
static void draw_left_out(struct pen *p, const struct table *t, unsigned n, const char *format,
                          const char *which)
{
    if (n == 0)
        return;
    char *text = g_strdup_printf(words(format), n), *name = g_strdup_printf("%s:%s", which, t->key);
    pen_empty(p, text, name);
    g_free(text);
    g_free(name);
}

void pen_table(struct pen *p, const struct table *t)
{
    struct fit f;
    char count[48];

    snprintf(count, sizeof count, "%u", t->n);
    pen_heading(p, words(t->title), t->rows->len > 0 ? count : NULL);
    if (t->rows->len == 0) {
        char *name = g_strdup_printf("empty:%s", t->key);
        pen_empty(p, words(t->empty), name);
        g_free(name);
        return;
    }
    fit_columns(p, t, &f);
    draw_titles(p, t, &f);
    draw_left_out(p, t, t->earlier, N_("… and %u earlier"), "earlier");
    for (unsigned row = 0; row < t->rows->len; row++)
        draw_row(p, t, &f, row);
    draw_left_out(p, t, t->later, N_("… and %u more"), "more");
}
