#include "core/pattern_parts.h"

#include <stdarg.h>

#include "core/report.h"

/* ---- The text, and what is wrong with it. */

struct parser {
    struct span text;
    size_t at;
    struct pattern *pattern;
    struct pattern_error *error;
};

enum { QUOTED_MAX = 40 }; /* of what the person wrote, in a message */

G_GNUC_PRINTF(3, 4) static bool fail(const struct parser *p, size_t offset, const char *format, ...)
{
    char *raw, *message;
    va_list args;

    if (p->error == NULL)
        return false;
    va_start(args, format);
    raw = g_strdup_vprintf(format, args);
    va_end(args);
    message = g_utf8_make_valid(raw, -1);
    if (strlen(message) >= sizeof p->error->message) /* cut before a character */
        *g_utf8_find_prev_char(message, message + sizeof p->error->message) = '\0';
    p->error->offset = offset;
    g_strlcpy(p->error->message, message, sizeof p->error->message);
    g_free(message);
    g_free(raw);
    return false;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool at_end(const struct parser *p)
{
    return p->at == p->text.len;
}

/* The character at `at`, '\0' at the end (where a NUL in the text is refused as any other stray character).
 */
static char peek(const struct parser *p)
{
    return at_end(p) ? '\0' : p->text.at[p->at];
}

static bool at_word_end(const struct parser *p)
{
    return at_end(p) || is_space(peek(p));
}

static void skip_spaces(struct parser *p)
{
    while (!at_end(p) && is_space(peek(p)))
        p->at++;
}

/* ---- Events. */

static void glob_add(struct glob *g, uint16_t glyph)
{
    if (glyph != STAR || g->len == 0 || g->glyphs[g->len - 1] != STAR)
        g->glyphs[g->len++] = glyph;
}

static struct glob glob_of(struct span text)
{
    struct glob g = { g_new(uint16_t, text.len + 1), 0 };

    for (size_t i = 0; i < text.len; i++)
        glob_add(&g, text.at[i] == '*' ? STAR : pattern_fold(text.at[i]));
    return g;
}

static bool add_events(struct parser *p, struct span name, size_t offset)
{
    const char *names[N_EVENTS + 1] = { NULL };
    struct glob g;
    bool any = false;

    if (name.len == 0)
        return fail(p, offset, "an event is missing beside |");
    g = glob_of(name);
    for (int i = 0; i < N_EVENTS; i++) {
        names[i] = event_names[i];
        if (!glob_matches(&g, span_of(event_names[i])))
            continue;
        p->pattern->events[i / 64] |= UINT64_C(1) << (i % 64);
        any = true;
    }
    g_free(g.glyphs);
    if (any)
        return true;

    g_autofree char *word = g_strndup(name.at, name.len);
    const char *close = report_closest(word, names);
    if (close)
        return fail(p, offset, "no event is called %.*s (did you mean %s?)", QUOTED_MAX, word, close);
    return fail(p, offset, "no event is called %.*s (docs/TRACE.md lists them; * is any)", QUOTED_MAX, word);
}

static bool parse_events(struct parser *p)
{
    struct span word = span_bytes(p->text.at + p->at, 0);
    size_t start = p->at, from = 0;

    for (; !at_word_end(p); p->at++, word.len++)
        if (strchr("=<>!\"", peek(p)) && peek(p) != '\0')
            return fail(p, start, "a pattern begins with an event (for any, write * before the conditions)");
    for (size_t i = 0; i <= word.len; i++) {
        if (i < word.len && word.at[i] != '|')
            continue;
        if (!add_events(p, span_bytes(word.at + from, i - from), start + from))
            return false;
        from = i + 1;
    }
    return true;
}

/* ---- Conditions: their keys. */

static bool pattern_has_key(const struct pattern *p, enum key key)
{
    for (int i = 0; i < N_EVENTS; i++)
        if (pattern_may_match(p, (enum event)i) && event_has((enum event)i, key))
            return true;
    return false;
}

/* No record of an event without the key can satisfy the condition. */
static void narrow(struct pattern *p, enum key key)
{
    for (int i = 0; i < N_EVENTS; i++)
        if (!event_has((enum event)i, key))
            p->events[i / 64] &= ~(UINT64_C(1) << (i % 64));
}

/* The closest key that the events have; or else the closest of all. */
static const char *closest_key(const struct pattern *p, const char *word)
{
    const char *theirs[N_KEYS + 1] = { NULL }, *all[N_KEYS + 1] = { NULL };
    const char *close;
    int n = 0;

    for (int i = 0; i < N_KEYS; i++) {
        all[i] = key_names[i];
        if (pattern_has_key(p, (enum key)i))
            theirs[n++] = key_names[i];
    }
    close = report_closest(word, theirs);
    return close ? close : report_closest(word, all);
}

static bool fail_key(const struct parser *p, size_t start, struct span word, int key)
{
    g_autofree char *name = g_strndup(word.at, word.len);
    const char *close;

    if (key >= 0)
        return fail(p, start,
                    "no event that this pattern picks has the key %s (docs/TRACE.md lists each one's)", name);
    close = closest_key(p->pattern, name);
    if (close)
        return fail(p, start, "there is no key %.*s (did you mean %s?)", QUOTED_MAX, name, close);
    return fail(p, start, "there is no key %.*s (docs/TRACE.md lists them)", QUOTED_MAX, name);
}

static bool parse_key(struct parser *p, enum key *key_out)
{
    struct span word = span_bytes(p->text.at + p->at, 0);
    size_t start = p->at;
    int key;

    while (!at_end(p) && (g_ascii_isalnum(peek(p)) || peek(p) == '_')) {
        p->at++;
        word.len++;
    }
    if (word.len == 0)
        return fail(p, start, "a condition is wanted here, like host=mail.crepes.fr");
    key = key_find_span(word);
    if (key < 0 || !pattern_has_key(p->pattern, (enum key)key))
        return fail_key(p, start, word, key);
    *key_out = (enum key)key;
    return true;
}

/* ---- Conditions: their operators. */

static bool parse_op(struct parser *p, enum key key, enum pattern_op *out)
{
    static const struct {
        const char *text;
        enum pattern_op op;
        const char *meant; /* where the text is a slip */
    } ops[] = {
        { "!=", OP_IS_NOT },   { "<=", OP_AT_MOST },  { ">=", OP_AT_LEAST },     { "==", OP_IS, "=" },
        { "=<", OP_IS, "<=" }, { "=>", OP_IS, ">=" }, { "<>", OP_IS_NOT, "!=" }, { "=!", OP_IS_NOT, "!=" },
        { "=", OP_IS },        { "<", OP_LESS },      { ">", OP_MORE },
    };
    struct span rest = span_bytes(p->text.at + p->at, p->text.len - p->at);

    for (size_t i = 0; i < G_N_ELEMENTS(ops); i++) {
        if (!span_starts_nocase(rest, span_of(ops[i].text)))
            continue;
        if (ops[i].meant)
            return fail(p, p->at, "%s is no operator (did you mean %s?)", ops[i].text, ops[i].meant);
        if (ops[i].op > OP_IS_NOT && (key_kind(key) == KEY_IS_TEXT || key_kind(key) == KEY_IS_ID))
            return fail(p, p->at, "%s is text, which has no order (only = and != compare it)",
                        key_names[key]);
        p->at += strlen(ops[i].text);
        *out = ops[i].op;
        return true;
    }
    if (at_word_end(p))
        return fail(p, p->at, "after %s an operator is missing: = != < <= > >=, without spaces",
                    key_names[key]);
    return fail(p, p->at, "after %s comes one of = != < <= > >=", key_names[key]);
}

/* ---- Conditions: their values. */

/* What stands for the value in the text, and as it is matched. */
struct value {
    size_t start;
    struct span text; /* of an unquoted one; else empty */
    bool has_star;
    struct glob glob;
};

static bool parse_quoted(struct parser *p, struct value *v)
{
    for (p->at++; !at_end(p) && peek(p) != '"'; p->at++) {
        char c = peek(p);
        if (c == '\\') {
            p->at++;
            c = peek(p);
            if (at_end(p) || !strchr("\"\\*", c) || c == '\0')
                return fail(p, p->at - 1,
                            "in quotes \\ stands before \", \\ or * only (write \\\\ for itself)");
            glob_add(&v->glob, pattern_fold(c));
            continue;
        }
        v->has_star |= c == '*';
        glob_add(&v->glob, c == '*' ? STAR : pattern_fold(c));
    }
    if (at_end(p))
        return fail(p, v->start, "this quote is never closed");
    p->at++;
    if (!at_word_end(p))
        return fail(p, p->at, "after the closing quote a space is missing (the quotes hold the whole value)");
    return true;
}

static bool parse_value(struct parser *p, enum key key, struct value *v)
{
    v->start = p->at;
    v->glob.glyphs = g_new(uint16_t, p->text.len - p->at + 1);
    if (at_word_end(p))
        return fail(p, p->at, "a value for %s is missing (an empty one is written \"\")", key_names[key]);
    if (peek(p) == '"')
        return parse_quoted(p, v);
    for (; !at_word_end(p); p->at++) {
        char c = peek(p);
        if (c == '"')
            return fail(p, p->at, "the quotes hold the whole value (or write \\\" inside them)");
        v->has_star |= c == '*';
        glob_add(&v->glob, c == '*' ? STAR : pattern_fold(c));
    }
    v->text = span_bytes(p->text.at + v->start, p->at - v->start);
    return true;
}

static bool parse_int64(struct span text, int64_t *out)
{
    bool minus = text.len > 0 && text.at[0] == '-';
    uint64_t number;

    if (minus)
        text = span_bytes(text.at + 1, text.len - 1);
    if (!span_number(text, INT64_MAX, &number))
        return false;
    *out = minus ? -(int64_t)number : (int64_t)number;
    return true;
}

/* 4xx: digits, and an x for any. */
static bool is_digit_class(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!g_ascii_isdigit(text.at[i]) && pattern_fold(text.at[i]) != 'x')
            return false;
    return text.len > 0;
}

/* RFC 5321 §4.2: a reply code has three digits (and traces write 0 where there was no reply). */
static bool is_code(struct span text)
{
    uint64_t number;

    return span_number(text, INT64_MAX, &number) ? number <= 999 : text.len == 3;
}

/* How to compare follows from what the key's values are and what was written. */
static bool choose_compare(const struct parser *p, struct condition *c, const struct value *v)
{
    bool orders = c->op > OP_IS_NOT;
    const char *name = key_names[c->key];
    enum key_kind kind = key_kind(c->key);

    c->compare = BY_TEXT;
    if (kind == KEY_IS_ID && v->text.len > 0 && is_digit_class(v->text))
        return fail(p, v->start, "%s is an id, which begins with a letter (as traces write it: m1, c2, Q3)",
                    name);
    if (kind == KEY_IS_TEXT || kind == KEY_IS_ID || (v->has_star && !orders))
        return true;
    if (kind == KEY_IS_SECONDS) {
        c->compare = BY_TIME;
        if (time_parse(v->text, &c->number) || time_parse_seconds(v->text, &c->number))
            return true;
        return fail(p, v->start, "%s is a time (seconds like 0.04, or a duration like 40ms, 30m)", name);
    }
    if (c->key == KEY_CODE && !orders && is_digit_class(v->text) && !is_code(v->text))
        return fail(p, v->start, "a reply code has three digits (write 450, or a class like 4xx, or 4*)");
    c->compare = BY_NUMBER;
    if (parse_int64(v->text, &c->number))
        return true;
    if (orders)
        return fail(p, v->start, "%s is a number, and so must this be", name);
    c->compare = is_digit_class(v->text) ? BY_DIGITS : BY_TEXT;
    if (c->compare == BY_DIGITS)
        return true;
    return fail(p, v->start, "%s is a number (write one, or a class like 4xx, or *)", name);
}

static bool parse_condition(struct parser *p)
{
    struct condition c = { 0 };
    struct value v = { 0 };
    bool good;

    good = parse_key(p, &c.key) && parse_op(p, c.key, &c.op) && parse_value(p, c.key, &v) &&
           choose_compare(p, &c, &v);
    c.glob = v.glob;
    if (!good) {
        g_free(c.glob.glyphs);
        return false;
    }
    if (c.op != OP_IS_NOT)
        narrow(p->pattern, c.key);
    g_array_append_val(p->pattern->conditions, c);
    return true;
}

bool pattern_read(struct pattern *pattern, struct span text, struct pattern_error *error)
{
    struct parser parser = { text, 0, pattern, error }, *p = &parser;

    skip_spaces(p);
    if (at_end(p))
        return fail(p, p->at, "the pattern is empty (* picks every record)");
    if (!parse_events(p))
        return false;
    for (skip_spaces(p); !at_end(p); skip_spaces(p))
        if (!parse_condition(p))
            return false;
    return true;
}
