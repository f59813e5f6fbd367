#include "core/pattern_parts.h"

/* ---- Matching. */

/* A mismatch goes back to the last star only and gives it one character more: an earlier star need never take
 * more than it has. So the time is bounded by the product of the lengths. */
bool glob_matches(const struct glob *g, struct span text)
{
    size_t at = 0, i = 0, star = SIZE_MAX, taken = 0;

    while (i < text.len) {
        if (at < g->len && g->glyphs[at] == STAR) {
            star = at++;
            taken = i;
        } else if (at < g->len && g->glyphs[at] == pattern_fold(text.at[i])) {
            at++;
            i++;
        } else if (star != SIZE_MAX) {
            at = star + 1;
            i = ++taken;
        } else {
            return false;
        }
    }
    while (at < g->len && g->glyphs[at] == STAR)
        at++;
    return at == g->len;
}

static bool digits_match(const struct glob *g, struct span digits)
{
    if (g->len != digits.len)
        return false;
    for (size_t i = 0; i < digits.len; i++)
        if (g->glyphs[i] != 'x' && g->glyphs[i] != (unsigned char)digits.at[i])
            return false;
    return true;
}

/* A number where a time is asked for counts seconds; what does not fit is later than any time. */
static int64_t as_time(const struct field *f)
{
    int64_t ns;

    if (f->kind == FIELD_TIME)
        return f->number;
    if (__builtin_mul_overflow(f->number, SIM_SECOND, &ns))
        return f->number < 0 ? INT64_MIN : INT64_MAX;
    return ns;
}

static bool order_holds(enum pattern_op op, int64_t a, int64_t b)
{
    switch (op) {
    case OP_IS:
        return a == b;
    case OP_IS_NOT:
        return a != b;
    case OP_LESS:
        return a < b;
    case OP_AT_MOST:
        return a <= b;
    case OP_MORE:
        return a > b;
    case OP_AT_LEAST:
        return a >= b;
    }
    return false;
}

static bool condition_holds(const struct condition *c, const struct record *r)
{
    char buf[FIELD_BUF_MAX];
    struct field f;
    bool same;

    if (!record_value(r, c->key, &f))
        return c->op == OP_IS_NOT;
    if (c->compare == BY_NUMBER || c->compare == BY_TIME) {
        if (f.kind == FIELD_TEXT || f.kind == FIELD_ID)
            return c->op == OP_IS_NOT;
        return order_holds(c->op, c->compare == BY_TIME ? as_time(&f) : f.number, c->number);
    }
    if (c->compare == BY_DIGITS)
        same = f.kind == FIELD_NUMBER && digits_match(&c->glob, field_text(&f, buf));
    else
        same = glob_matches(&c->glob, field_text(&f, buf));
    return same == (c->op == OP_IS);
}

bool pattern_may_match(const struct pattern *p, enum event event)
{
    return p->events[event / 64] >> (event % 64) & 1;
}

bool pattern_matches(const struct pattern *p, const struct record *r)
{
    if (!pattern_may_match(p, r->event))
        return false;
    for (unsigned i = 0; i < p->conditions->len; i++)
        if (!condition_holds(&g_array_index(p->conditions, struct condition, i), r))
            return false;
    return true;
}

/* ---- Making one. */

static void clear_condition(void *c)
{
    g_free(((struct condition *)c)->glob.glyphs);
}

struct pattern *pattern_new(struct span text, struct pattern_error *error)
{
    struct pattern *p = g_new0(struct pattern, 1);

    p->conditions = g_array_new(FALSE, FALSE, sizeof(struct condition));
    g_array_set_clear_func(p->conditions, clear_condition);
    if (!pattern_read(p, text, error))
        pattern_free(&p);
    return p;
}

void pattern_free(struct pattern **p)
{
    if (*p == NULL)
        return;
    g_array_unref((*p)->conditions);
    g_clear_pointer(p, g_free);
}

/* ---- Telling people. */

/* The line of `text` that holds `offset`, as valid text without control characters; its number, and how far
 * into it the offset is, in characters. */
static char *line_at(struct span text, size_t offset, int *line_out, long *column_out)
{
    size_t from = 0, to = offset;
    g_autofree char *before = NULL;
    char *line;

    *line_out = 1;
    for (size_t i = 0; i < offset; i++)
        if (text.at[i] == '\n') {
            from = i + 1;
            ++*line_out;
        }
    while (to < text.len && text.at[to] != '\n')
        to++;
    before = g_utf8_make_valid(text.at + from, (gssize)(offset - from));
    *column_out = g_utf8_strlen(before, -1);
    line = g_utf8_make_valid(text.at + from, (gssize)(to - from));
    for (char *c = line; *c; c++)
        if (g_ascii_iscntrl(*c))
            *c = ' ';
    return line;
}

char *pattern_explain(struct span text, const struct pattern_error *error)
{
    GString *out = g_string_new(NULL);
    long column;
    int number;
    g_autofree char *line = line_at(text, error->offset, &number, &column);
    const char *c = line;

    g_string_printf(out, "mxlab: pattern:%d:%ld: %s\n  %s\n  ", number, column + 1, error->message, line);
    for (long i = 0; i < column && *c; i++, c = g_utf8_next_char(c)) {
        gunichar u = g_utf8_get_char(c);
        if (!g_unichar_iszerowidth(u))
            g_string_append(out, g_unichar_iswide(u) ? "  " : " ");
    }
    g_string_append(out, "^\n");
    return g_string_free(out, FALSE);
}
