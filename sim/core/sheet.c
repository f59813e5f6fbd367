#include "core/sheet.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "core/json.h"

/* ---- Making one. */

static void table_free(void *t)
{
    struct table *table = t;

    g_free(table->key);
    g_free(table->title);
    g_free(table->empty);
    g_array_unref(table->columns);
    g_ptr_array_unref(table->rows);
    g_free(table);
}

static void clear_column(void *c)
{
    struct column *column = c;

    g_free(column->key);
    g_free(column->title);
    g_free(column->means);
}

static void clear_cell(void *c)
{
    g_free(((struct cell *)c)->text);
}

static void row_free(void *row)
{
    g_array_unref(row);
}

struct sheet *sheet_new(const char *title)
{
    struct sheet *s = g_new0(struct sheet, 1);

    s->title = g_strdup(title);
    s->tables = g_ptr_array_new_with_free_func(table_free);
    return s;
}

void sheet_free(struct sheet **s)
{
    if (*s == NULL)
        return;
    g_free((*s)->title);
    g_ptr_array_unref((*s)->tables);
    g_clear_pointer(s, g_free);
}

void sheet_limit(struct sheet *s, unsigned most)
{
    s->most = most;
}

struct table *sheet_table(struct sheet *s, const char *key, const char *title, const char *empty)
{
    struct table *t = g_new0(struct table, 1);

    t->key = g_strdup(key);
    t->title = g_strdup(title);
    t->empty = g_strdup(empty);
    t->columns = g_array_new(FALSE, TRUE, sizeof(struct column));
    g_array_set_clear_func(t->columns, clear_column);
    t->rows = g_ptr_array_new_with_free_func(row_free);
    t->most = s->most != 0 ? s->most : G_MAXUINT;
    g_ptr_array_add(s->tables, t);
    return t;
}

void table_column(struct table *t, enum cell_kind kind, const char *key, const char *title, const char *means)
{
    struct column c = { g_strdup(key), g_strdup(title), g_strdup(means), kind };

    assert(t->rows->len == 0);
    g_array_append_val(t->columns, c);
}

void table_newest(struct table *t, unsigned n)
{
    assert(t->n == 0);
    t->earlier = n > t->most ? n - t->most : 0;
}

/* The row begun last is one of `rows`. */
static bool is_kept(const struct table *t)
{
    return t->n > t->earlier && t->later == 0;
}

bool table_row(struct table *t)
{
    if (t->n++ < t->earlier)
        return false;
    if (t->rows->len == t->most) {
        t->later++;
        return false;
    }
    GArray *row = g_array_new(FALSE, TRUE, sizeof(struct cell));

    g_array_set_clear_func(row, clear_cell);
    g_ptr_array_add(t->rows, row);
    return true;
}

/* The text becomes the cell's own. */
static void add_cell(struct table *t, enum cell_kind kind, char *text, int64_t number)
{
    GArray *row = t->rows->pdata[t->rows->len - 1];
    struct cell c = { text, number };

    assert(row->len < t->columns->len && g_array_index(t->columns, struct column, row->len).kind == kind);
    (void)kind;
    g_array_append_val(row, c);
}

void table_text(struct table *t, const char *format, ...)
{
    va_list args;

    if (!is_kept(t))
        return;
    va_start(args, format);
    add_cell(t, CELL_TEXT, g_strdup_vprintf(format, args), 0);
    va_end(args);
}

void table_number(struct table *t, int64_t number)
{
    if (!is_kept(t))
        return;
    add_cell(t, CELL_NUMBER, g_strdup_printf("%" G_GINT64_FORMAT, number), number);
}

void table_time(struct table *t, sim_time at)
{
    char buf[TIME_CLOCK_MAX];

    if (!is_kept(t))
        return;
    add_cell(t, CELL_TIME, g_strdup(time_clock(buf, at)), at);
}

void table_duration(struct table *t, sim_time span)
{
    char buf[TIME_DURATION_MAX];

    if (!is_kept(t))
        return;
    add_cell(t, CELL_SPAN, g_strdup(time_duration(buf, span)), span);
}

/* ---- As text. */

/* One line of valid UTF-8: a cell must not break the rows, whatever bytes a message brought. */
static char *one_line(const char *text)
{
    char *line = g_utf8_make_valid(text, -1);

    for (char *c = line; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = ' ';
    return line;
}

/* Columns that it takes in a terminal: two a Hangul syllable, none a combining mark. */
static int width_of(const char *text)
{
    int width = 0;

    for (; *text; text = g_utf8_next_char(text)) {
        gunichar c = g_utf8_get_char(text);
        if (!g_unichar_iszerowidth(c))
            width += g_unichar_iswide(c) ? 2 : 1;
    }
    return width;
}

static void put_spaces(GString *out, int n)
{
    while (n-- > 0)
        g_string_append_c(out, ' ');
}

/* Numbers stand to the right, so that their digits align; all else to the left. */
static void put_padded(GString *out, const char *text, int width, enum cell_kind kind)
{
    int pad = width - width_of(text);

    if (kind == CELL_NUMBER)
        put_spaces(out, pad);
    g_string_append(out, text);
    if (kind != CELL_NUMBER)
        put_spaces(out, pad);
}

static void end_line(GString *out)
{
    while (out->len > 0 && out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
    g_string_append_c(out, '\n');
}

/* All texts of a table as they will be printed, titles first, in one array of rows × columns. */
static char **grid_of(const struct table *t)
{
    unsigned n = t->columns->len;
    char **grid = g_new0(char *, (size_t)(t->rows->len + 1) * n + 1);

    for (unsigned c = 0; c < n; c++)
        grid[c] = one_line(g_array_index(t->columns, struct column, c).title);
    for (unsigned r = 0; r < t->rows->len; r++) {
        const GArray *row = t->rows->pdata[r];
        for (unsigned c = 0; c < n; c++)
            grid[(size_t)(r + 1) * n + c] = one_line(c < row->len ? g_array_index(row, struct cell, c).text
                                                                  : "");
    }
    return grid;
}

static void table_to_text(const struct table *t, GString *out)
{
    unsigned n = t->columns->len, n_lines = t->rows->len + 1;
    char **grid = grid_of(t);
    int *widths = g_new0(int, n);

    for (size_t i = 0; i < (size_t)n_lines * n; i++)
        widths[i % n] = MAX(widths[i % n], width_of(grid[i]));
    for (size_t i = 0; i < (size_t)n_lines * n; i++) {
        put_spaces(out, 2);
        put_padded(out, grid[i], widths[i % n], g_array_index(t->columns, struct column, i % n).kind);
        if (i % n == n - 1)
            end_line(out);
    }
    g_strfreev(grid);
    g_free(widths);
}

void sheet_to_text(const struct sheet *s, GString *out)
{
    g_string_append_printf(out, "%s\n", s->title);
    for (unsigned i = 0; i < s->tables->len; i++) {
        const struct table *t = s->tables->pdata[i];
        g_string_append_printf(out, "\n%s\n", t->title);
        if (t->rows->len == 0)
            g_string_append_printf(out, "  %s\n", t->empty);
        else
            table_to_text(t, out);
    }
}

/* ---- As JSON. */

static void put_json_text(GString *out, const char *text)
{
    struct span span = span_of(text);
    size_t from = out->len;
    char *end;

    g_string_set_size(out, from + json_text_max(span.len));
    end = json_text(out->str + from, span);
    g_string_truncate(out, (gsize)(end - out->str));
}

static void put_json_cell(GString *out, enum cell_kind kind, const struct cell *cell)
{
    char buf[TIME_SECONDS_MAX];

    if (kind == CELL_TEXT) {
        put_json_text(out, cell->text);
    } else if (kind == CELL_NUMBER) {
        g_string_append_printf(out, "%" G_GINT64_FORMAT, cell->number);
    } else if (cell->number == SIM_NEVER) {
        g_string_append(out, "null");
    } else {
        time_seconds(buf, cell->number);
        g_string_append(out, buf);
    }
}

static void put_json_row(GString *out, const struct table *t, const GArray *row)
{
    g_string_append_c(out, '{');
    for (unsigned c = 0; c < row->len; c++) {
        const struct column *column = &g_array_index(t->columns, struct column, c);
        if (c > 0)
            g_string_append_c(out, ',');
        put_json_text(out, column->key);
        g_string_append_c(out, ':');
        put_json_cell(out, column->kind, &g_array_index(row, struct cell, c));
    }
    g_string_append_c(out, '}');
}

static bool is_first_of_key(const struct sheet *s, unsigned i)
{
    for (unsigned j = 0; j < i; j++)
        if (strcmp(((struct table *)s->tables->pdata[j])->key, ((struct table *)s->tables->pdata[i])->key) ==
            0)
            return false;
    return true;
}

/* The rows of all tables that share the key of table `first`: an object must not have a key twice (RFC 8259
 * §4). */
static void put_json_rows(GString *out, const struct sheet *s, unsigned first)
{
    const char *key = ((struct table *)s->tables->pdata[first])->key;
    bool any = false;

    for (unsigned i = first; i < s->tables->len; i++) {
        const struct table *t = s->tables->pdata[i];
        for (unsigned r = 0; strcmp(t->key, key) == 0 && r < t->rows->len; r++) {
            if (any)
                g_string_append_c(out, ',');
            any = true;
            put_json_row(out, t, t->rows->pdata[r]);
        }
    }
}

void sheet_to_json(const struct sheet *s, GString *out)
{
    bool any = false;

    g_string_append(out, "{\"title\":");
    put_json_text(out, s->title);
    g_string_append(out, ",\"tables\":{");
    for (unsigned i = 0; i < s->tables->len; i++) {
        if (!is_first_of_key(s, i))
            continue;
        if (any)
            g_string_append_c(out, ',');
        any = true;
        put_json_text(out, ((struct table *)s->tables->pdata[i])->key);
        g_string_append(out, ":[");
        put_json_rows(out, s, i);
        g_string_append_c(out, ']');
    }
    g_string_append(out, "}}");
}
