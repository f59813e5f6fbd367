/* Conditions and templates: when a sentence is said, and how its holes are filled (explain_parts.h). */
#include "export/explain_parts.h"

/* ---- Conditions. */

/* * is any run of characters, ? any one. Patterns are ours and short: a * or two. */
static bool matches(struct span text, struct span pattern)
{
    while (pattern.len > 0 && *pattern.at != '*') {
        if (text.len == 0 || (*pattern.at != '?' && *pattern.at != *text.at))
            return false;
        text = span_bytes(text.at + 1, text.len - 1);
        pattern = span_bytes(pattern.at + 1, pattern.len - 1);
    }
    if (pattern.len == 0)
        return text.len == 0;
    pattern = span_bytes(pattern.at + 1, pattern.len - 1);
    for (size_t i = 0; i <= text.len; i++)
        if (matches(span_bytes(text.at + i, text.len - i), pattern))
            return true;
    return false;
}

static struct span take_until(struct span *rest, char end)
{
    const char *at = rest->len > 0 ? memchr(rest->at, end, rest->len) : NULL;
    struct span taken = span_bytes(rest->at, at != NULL ? (size_t)(at - rest->at) : rest->len);
    size_t skip = taken.len + (at != NULL);

    *rest = span_bytes(rest->at + skip, rest->len - skip);
    return taken;
}

static bool is_one_of(struct span text, struct span values)
{
    do
        if (matches(text, take_until(&values, '|')))
            return true;
    while (values.len > 0);
    return false;
}

static bool is_more_than(const struct field *f, struct span digits)
{
    uint64_t n = 0;
    bool is_number = span_number(digits, INT64_MAX, &n);

    assert(is_number);
    (void)is_number;
    return f->kind != FIELD_TEXT && f->number > (int64_t)n;
}

static bool word_holds(struct span word, const struct record *r)
{
    char buf[FIELD_BUF_MAX];
    struct field f;
    size_t n = 0;

    while (n < word.len && word.at[n] != '=' && word.at[n] != '>')
        n++;
    int key = key_find_span(span_bytes(word.at, n));
    assert(key >= 0);
    if (!record_value(r, (enum key)key, &f))
        f = (struct field){ .kind = FIELD_TEXT, .text = { "", 0 } };
    if (n == word.len)
        return f.kind == FIELD_TEXT ? f.text.len > 0 : f.number != 0;
    struct span value = span_bytes(word.at + n + 1, word.len - n - 1);
    if (word.at[n] == '>')
        return is_more_than(&f, value);
    return is_one_of(field_text(&f, buf), value);
}

bool explain_holds(const char *when, const struct record *r)
{
    struct span rest = when != NULL ? span_of(when) : (struct span){ "", 0 };

    while (rest.len > 0) {
        struct span word = span_take_word(&rest);
        bool is_not = word.len > 0 && *word.at == '!';

        if (word_holds(span_bytes(word.at + is_not, word.len - is_not), r) == is_not)
            return false;
    }
    return true;
}

const char *explain_pick(const struct explain_sentence *rows, unsigned n, const struct record *r)
{
    for (unsigned i = 0; i < n && (rows[i].when != NULL || rows[i].text != NULL); i++)
        if (explain_holds(rows[i].when, r))
            return rows[i].text;
    return NULL;
}

/* ---- Templates. */

struct filling {
    explain_hole_fn *hole;
    const void *self;
    words_fn *words;
    GString *out;
};

/* The first of the names that says something. */
static bool fill_hole(const struct filling *f, struct span names)
{
    do
        if (f->hole(f->self, take_until(&names, '|'), f->words, f->out))
            return true;
    while (names.len > 0);
    return false;
}

/* False if one of its holes had nothing to say. */
static bool fill(const struct filling *f, struct span text)
{
    bool says_all = true;

    while (text.len > 0) {
        char c = *text.at;
        text = span_bytes(text.at + 1, text.len - 1);
        if (c == '{') {
            says_all &= fill_hole(f, take_until(&text, '}'));
        } else if (c == '[') {
            gsize from = f->out->len;
            if (!fill(f, take_until(&text, ']')))
                g_string_truncate(f->out, from);
        } else {
            g_string_append_c(f->out, c);
        }
    }
    return says_all;
}

void explain_fill(const char *text, explain_hole_fn *hole, const void *self, words_fn *words, GString *out)
{
    const struct filling f = { hole, self, words, out };
    fill(&f, span_of(words_in(words, text)));
}
