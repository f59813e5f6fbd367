/* The Mail tab: a message as it travels, and beside it what is read of it: header fields, then part by part.
 * Where there is no room for two columns they stand below each other. */
#include "inspector.h"

#include <string.h>

#include "app_parts.h"
#include "words.h"

enum {
    TWO_COLUMNS = 330, /* points that they want */
    GAP = 14,
    LINES_FOLDED = 6,
    LINES_OPEN = 60,
    OCTETS_SHOWN = 24
};

struct letter {
    struct pen *p;
    const struct sheet *mail;
    const struct table *fields, *parts, *text, *source;
    bool has_columns;
    double left, right, w; /* of the columns, both as wide */
};

static const struct table *table_of(const struct sheet *s, const char *key)
{
    for (unsigned i = 0; i < s->tables->len; i++) {
        const struct table *t = g_ptr_array_index(s->tables, i);
        if (strcmp(t->key, key) == 0)
            return t;
    }
    return NULL;
}

static int64_t number_of(const struct table *t, unsigned row, const char *key)
{
    int i = table_find(t, key, strlen(key));
    const struct cell *c = i >= 0 ? table_cell(t, row, (unsigned)i) : NULL;

    return c != NULL ? c->number : 0;
}

/* ---- Two columns. */

static double put(struct letter *l, double x, double y, enum font f, enum type_size size, enum ink i,
                  const char *text, const char *name)
{
    struct rect at = { x, y, l->w, 1e4 };

    at.h = canvas_paragraph(l->p->c, at, f, size, i, text, false);
    if (at.h > 0)
        canvas_thing(l->p->c, at, "", text, "%s", name)->is_label = true;
    return at.h;
}

/* What travels in letters of the wire, what is read in people's: side by side, or below each other. */
static void put_both(struct letter *l, const char *raw, const char *read, bool is_bold, const char *name)
{
    g_autofree char *raw_name = g_strdup_printf("raw:%s", name),
                    *read_name = g_strdup_printf("read:%s", name);
    double y = l->p->y, h = put(l, l->left, y, FONT_MONO, TYPE_SMALL, INK_TEXT, raw, raw_name);

    if (!l->has_columns && read[0] != '\0')
        y += h + 2;
    double h2 = put(l, l->right, y, is_bold ? FONT_SANS_BOLD : FONT_SANS, TYPE_SMALL, INK_TEXT, read,
                    read_name);
    l->p->y = MAX(l->p->y + h, y + h2);
    pen_gap(l->p, 5);
}

static void put_column_names(struct letter *l)
{
    double h = canvas_line_height(l->p->c, TYPE_SMALL) + 6, end;
    struct rect at = { l->left, l->p->y, l->w, h };

    end = canvas_text(l->p->c, at, FONT_SANS_BOLD, TYPE_SMALL, INK_QUIET, ALIGN_LEFT, _("As it travels"));
    canvas_thing(l->p->c, at, "", _("As it travels"), "letter:raw")->is_label = true;
    at.x = l->has_columns ? l->right : l->left + end + 24;
    at.w = l->has_columns ? l->w : l->w - end - 24;
    canvas_text(l->p->c, at, FONT_SANS_BOLD, TYPE_SMALL, INK_QUIET, ALIGN_LEFT, _("As it is read"));
    l->p->y += h + 2;
}

/* A bar that opens and folds what is below it. Returns whether it is open. */
static bool put_bar(struct letter *l, const char *key, const char *title, const char *note)
{
    struct pen *p = l->p;
    double h = pen_row(p), x = p->x + 4, y = p->y + h / 2, used;
    bool is_open = g_strcmp0(p->a->open_row, key) == 0;
    struct rect at = { p->x - 8, p->y, p->w + 16, h };
    g_autofree char *does = g_strdup_printf("select row:%s", key),
                    *text = g_strdup_printf("%s  %s", title, note);

    canvas_box(p->c, at, 6, INK_ROW, N_INKS, 0, false);
    cairo_new_path(p->c->cr);
    canvas_colour(p->c, INK_QUIET);
    cairo_move_to(p->c->cr, is_open ? x - 4 : x - 2, is_open ? y - 2 : y - 4);
    cairo_line_to(p->c->cr, is_open ? x + 4 : x + 3, is_open ? y - 2 : y);
    cairo_line_to(p->c->cr, is_open ? x : x - 2, is_open ? y + 3 : y + 4);
    cairo_fill(p->c->cr);
    used = canvas_text(p->c, (struct rect){ p->x + 16, p->y, p->w * 0.62, h }, FONT_SANS_BOLD, TYPE_SMALL,
                       INK_TEXT, ALIGN_LEFT, title);
    canvas_text(p->c, (struct rect){ p->x + 26 + used, p->y, p->w - 26 - used, h }, FONT_SANS, TYPE_SMALL,
                INK_QUIET, ALIGN_RIGHT, note);
    canvas_thing(p->c, at, does, text, "%s", key);
    p->y += h;
    pen_gap(p, 4);
    return is_open;
}

/* ---- The header. */

static bool is_for_people(const char *field)
{
    static const char *const shown[] = { "From", "To", "Cc", "Subject" };

    for (size_t i = 0; i < G_N_ELEMENTS(shown); i++)
        if (g_ascii_strcasecmp(shown[i], field) == 0)
            return true;
    return false;
}

static bool tells_encoding(const char *field)
{
    return g_ascii_strncasecmp(field, "Content-", 8) == 0 || g_ascii_strcasecmp(field, "MIME-Version") == 0;
}

static void put_header(struct letter *l)
{
    g_autofree char *note = g_strdup_printf(_N("%u field", "%u fields", l->fields->n), l->fields->n);
    bool is_open = put_bar(l, "part:header", _("Header"), note);

    for (unsigned i = 0; i < l->fields->rows->len; i++) {
        const char *field = table_cell_text(l->fields, i, "field"),
                   *written = table_cell_text(l->fields, i, "written"),
                   *read = table_cell_text(l->fields, i, "read");
        bool is_read = is_for_people(field);

        if (!is_open && !is_read && !tells_encoding(field))
            continue;
        g_autofree char *raw = g_strdup_printf("%s: %s", field, written),
                        *name = g_strdup_printf("header:%u", i);
        put_both(l, raw,
                 read[0] != '\0' ? read
                 : is_read       ? written
                                 : "",
                 g_ascii_strcasecmp(field, "Subject") == 0, name);
    }
}

/* ---- Parts. */

/* The part for reading: the first plain text, else the first text; -1: there is none. */
static int text_part(const struct table *parts)
{
    int found = -1;

    for (unsigned i = 0; i < parts->rows->len; i++) {
        const char *type = table_cell_text(parts, i, "type");

        if (table_cell_text(parts, i, "name")[0] != '\0' || !g_str_has_prefix(type, "text/"))
            continue;
        if (strcmp(type, "text/plain") == 0)
            return (int)i;
        found = found < 0 ? (int)i : found;
    }
    return found;
}

/* Lines of a table from `from` on, `n` at most; those that are left out are counted at the end. */
static char *lines_of(const struct table *t, int64_t from, int64_t n, int64_t most)
{
    GString *out = g_string_new(NULL);
    int64_t shown = MIN(n, most);

    for (int64_t i = from; i < from + shown && i < t->rows->len; i++)
        g_string_append_printf(out, "%s%s", i > from ? "\n" : "", table_cell_text(t, (unsigned)i, "line"));
    if (n > most) {
        g_string_append_c(out, '\n');
        g_string_append_printf(out, _N("… and %d line more", "… and %d lines more", n - most),
                               (int)(n - most));
    }
    return g_string_free(out, FALSE);
}

/* base64 has no words: it is cut where the column ends. To be freed. */
static char *cut_lines(const struct letter *l, const char *lines)
{
    double cell = canvas_text_width(l->p->c, FONT_MONO, TYPE_SMALL, "00000000000000000000") / 20;
    int n = 0, most = MAX((int)(l->w / cell), 4);
    GString *out = g_string_new(NULL);

    for (const char *c = lines; *c != '\0'; c++) {
        if (*c == '\n')
            n = 0;
        else if (n++ == most) {
            g_string_append_c(out, '\n');
            n = 1;
        }
        g_string_append_c(out, *c);
    }
    return g_string_free(out, FALSE);
}

/* What a part is that cannot be read as text: its name, and its first octets as base64 has them. */
static char *octets_of(const struct letter *l, unsigned row)
{
    const char *part = table_cell_text(l->parts, row, "part"), *name = table_cell_text(l->parts, row, "name");
    GString *out = g_string_new(name);
    int64_t octets = number_of(l->parts, row, "octets"), n = 0;

    g_string_append_printf(out, "%s", name[0] != '\0' ? "\n" : "");
    g_string_append_printf(out, _N("%d octet", "%d octets", octets), (int)octets);
    for (unsigned i = 0; i < l->mail->tables->len; i++) {
        const struct table *t = g_ptr_array_index(l->mail->tables, i);

        if (strcmp(t->key, "base64") != 0)
            continue;
        for (unsigned k = 0; k < t->rows->len && n < OCTETS_SHOWN; k++)
            if (strcmp(table_cell_text(t, k, "part"), part) == 0 && number_of(t, k, "at") == n) {
                g_string_append_printf(out, "%s%s", n == 0 ? "\n" : " ", table_cell_text(t, k, "octets"));
                n += 3;
            }
    }
    if (n > 0 && n < octets)
        g_string_append(out, " …");
    return g_string_free(out, FALSE);
}

/* Octets before the encoding, filled; what it adds, hollow. */
static void put_growth(struct letter *l, unsigned row)
{
    struct pen *p = l->p;
    int64_t octets = number_of(l->parts, row, "octets"), encoded = number_of(l->parts, row, "encoded");
    const char *part = table_cell_text(l->parts, row, "part");
    double h = canvas_line_height(p->c, TYPE_SMALL), bar = MIN(p->w * 0.4, 180 * p->s),
           all = MAX(MAX(octets, encoded), 1);
    g_autofree char *text = octets == encoded
                                ? g_strdup_printf(_N("%d octet, as it is", "%d octets, as they are", octets),
                                                  (int)octets)
                                : g_strdup_printf(_("%d octets become %d: %s"), (int)octets, (int)encoded,
                                                  table_cell_text(l->parts, row, "growth"));
    struct rect at = { p->x + bar + 12, p->y, p->w - bar - 12, h };

    canvas_box(p->c, (struct rect){ p->x, p->y + h / 2 - 4, bar * MAX(octets, encoded) / all, 8 }, 3,
               INK_PANEL, INK_SMTP, 1, false);
    canvas_box(p->c, (struct rect){ p->x, p->y + h / 2 - 4, bar * octets / all, 8 }, 3, INK_SMTP_FILL, N_INKS,
               0, false);
    at.w = canvas_text(p->c, at, FONT_SANS, TYPE_SMALL, INK_TEXT, ALIGN_LEFT, text);
    canvas_thing(p->c, at, "", text, "growth:%s", part)->is_label = true;
    p->y += h;
    pen_gap(p, 5);
}

static void put_part(struct letter *l, unsigned row, bool is_text)
{
    const char *part = table_cell_text(l->parts, row, "part"), *type = table_cell_text(l->parts, row, "type"),
               *charset = table_cell_text(l->parts, row, "charset"),
               *encoding = table_cell_text(l->parts, row, "encoding");
    bool is_container = g_str_has_prefix(type, "multipart/");
    g_autofree char *key = g_strdup_printf("part:%s", part),
                    *title = g_strdup_printf("%s  %s%s%s", part, type, charset[0] != '\0' ? "; " : "",
                                             charset);
    bool is_open = put_bar(l, key, is_container ? type : title, is_container ? "" : words(encoding));

    if (is_container)
        return;
    put_growth(l, row);
    int64_t first = number_of(l->parts, row, "line") - 1, lines = number_of(l->parts, row, "lines"),
            most = is_open ? LINES_OPEN : LINES_FOLDED;
    g_autofree char *lines_raw = lines_of(l->source, first, lines, most);
    g_autofree char *raw = strcmp(encoding, "base64") == 0 ? cut_lines(l, lines_raw) : g_strdup(lines_raw);
    g_autofree char *read = is_text ? lines_of(l->text, 0, l->text->rows->len, most) : octets_of(l, row);
    put_both(l, raw, read, false, part);
    if (is_open)
        inspector_codes(l->p, l->mail, part);
    pen_gap(l->p, 6);
}

void inspector_letter(struct pen *p, const struct sheet *mail)
{
    struct letter l = { .p = p,
                        .mail = mail,
                        .fields = table_of(mail, "fields"),
                        .parts = table_of(mail, "parts"),
                        .text = table_of(mail, "text"),
                        .source = table_of(mail, "source"),
                        .has_columns = p->w >= TWO_COLUMNS * p->s,
                        .left = p->x,
                        .right = p->x,
                        .w = p->w };

    if (l.fields == NULL || l.parts == NULL || l.text == NULL || l.source == NULL)
        return;
    if (l.has_columns) {
        l.w = (p->w - GAP) / 2;
        l.right = p->x + l.w + GAP;
    }
    put_column_names(&l);
    put_header(&l);
    pen_gap(p, 4);
    int text = text_part(l.parts);
    for (unsigned i = 0; i < l.parts->rows->len; i++)
        put_part(&l, i, (int)i == text);
}
