#include "http/html.h"

#include <string.h>

/* ---- Text. */

static void put_plain(GString *out, const char *at, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        switch (at[i]) {
        case '&':
            g_string_append(out, "&amp;");
            break;
        case '<':
            g_string_append(out, "&lt;");
            break;
        case '>':
            g_string_append(out, "&gt;");
            break;
        case '"':
            g_string_append(out, "&quot;");
            break;
        case '\'':
            g_string_append(out, "&#39;");
            break;
        default:
            if (((unsigned char)at[i] < ' ' && at[i] != '\n' && at[i] != '\r' && at[i] != '\t') ||
                at[i] == 0x7f)
                g_string_append(out, "\xef\xbf\xbd");
            else
                g_string_append_c(out, at[i]);
        }
    }
}

void html_text(GString *out, struct span text)
{
    while (text.len > 0) {
        const char *end;

        g_utf8_validate_len(text.at, text.len, &end);
        put_plain(out, text.at, (size_t)(end - text.at));
        text = span_bytes(end, text.len - (size_t)(end - text.at));
        if (text.len == 0)
            return;
        g_string_append(out, "\xef\xbf\xbd");
        text = span_bytes(text.at + 1, text.len - 1);
    }
}

/* ---- Entities. */

static const struct {
    const char *name;
    gunichar c;
} entities[] = { { "amp", '&' },  { "lt", '<' },    { "gt", '>' },
                 { "quot", '"' }, { "apos", '\'' }, { "nbsp", 0xa0 } };

/* "#39", "#x27", "amp": 0 if it is none that is known. */
static gunichar entity(struct span name)
{
    uint64_t number = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(entities); i++)
        if (span_is(name, span_of(entities[i].name)))
            return entities[i].c;
    if (name.len < 2 || name.at[0] != '#')
        return 0;
    if (name.at[1] == 'x' || name.at[1] == 'X') {
        for (size_t i = 2; i < name.len; i++) {
            if (!g_ascii_isxdigit(name.at[i]))
                return 0;
            number = number * 16 + (uint64_t)g_ascii_xdigit_value(name.at[i]);
        }
    } else if (!span_number(span_bytes(name.at + 1, name.len - 1), 0x10ffff, &number)) {
        return 0;
    }
    return number <= 0x10ffff && g_unichar_validate((gunichar)number) ? (gunichar)number : 0;
}

char *html_decode(struct span text)
{
    enum { ENTITY_MAX = 10 };
    GString *out = g_string_sized_new(text.len);

    for (size_t i = 0; i < text.len; i++) {
        size_t room = MIN(text.len - i - 1, (size_t)ENTITY_MAX);
        const char *semicolon = text.at[i] == '&' && room > 0 ? memchr(text.at + i + 1, ';', room) : NULL;
        size_t len = semicolon != NULL ? (size_t)(semicolon - text.at) - i - 1 : 0;
        gunichar c = semicolon != NULL ? entity(span_bytes(text.at + i + 1, len)) : 0;

        if (c != 0) {
            g_string_append_unichar(out, c);
            i += len + 1;
        } else if (text.at[i] != '\0') {
            g_string_append_c(out, text.at[i]);
        }
    }
    return g_string_free(out, FALSE);
}

/* ---- Tags. */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* What of `text` is before the first occurrence of `end`, without regard to case; all if there is none. */
static size_t until(struct span text, struct span end)
{
    for (size_t i = 0; i + end.len <= text.len; i++)
        if (g_ascii_tolower(text.at[i]) == end.at[0] &&
            span_starts_nocase(span_bytes(text.at + i, text.len - i), end))
            return i;
    return text.len;
}

static void skip(struct span *text, size_t n)
{
    n = MIN(n, text->len);
    *text = span_bytes(text->at + n, text->len - n);
}

/* The length of a tag from < to >; a > between the quotes of a value does not end it. 0: it does not end. */
static size_t tag_len(struct span text)
{
    char quote = '\0';
    bool behind_eq = false;

    for (size_t i = 1; i < text.len; i++) {
        char c = text.at[i];

        if (quote != '\0')
            quote = c == quote ? '\0' : quote;
        else if (c == '>')
            return i + 1;
        else if (behind_eq && (c == '"' || c == '\''))
            quote = c;
        behind_eq = c == '=' || (behind_eq && is_space(c));
    }
    return 0;
}

static void add_attribute(struct html_tag *tag, struct span name, struct span value)
{
    if (tag->n == HTML_ATTRIBUTES_MAX || name.len == 0)
        return;
    tag->attributes[tag->n++] = (struct html_attribute){
        .name = g_ascii_strdown(name.at, (gssize)name.len),
        .value = html_decode(value),
    };
}

static struct span take_value(struct span *in)
{
    struct span value;
    size_t n = 0;

    if (in->len > 0 && (in->at[0] == '"' || in->at[0] == '\'')) {
        const char *end = memchr(in->at + 1, in->at[0], in->len - 1);

        n = end != NULL ? (size_t)(end - in->at) - 1 : in->len - 1;
        value = span_bytes(in->at + 1, n);
        skip(in, n + 2);
        return value;
    }
    while (n < in->len && !is_space(in->at[n]))
        n++;
    value = span_bytes(in->at, n);
    skip(in, n);
    return value;
}

/* Of what stands between the name and the >. */
static void read_attributes(struct html_tag *tag, struct span in)
{
    while (in.len > 0) {
        struct span name = in, value = SPAN("");
        size_t n = 0;

        if (is_space(in.at[0]) || in.at[0] == '/') {
            skip(&in, 1);
            continue;
        }
        while (n < in.len && !is_space(in.at[n]) && (in.at[n] != '=' || n == 0) && in.at[n] != '/')
            n++;
        name.len = n;
        skip(&in, n);
        while (in.len > 0 && is_space(in.at[0]))
            skip(&in, 1);
        if (in.len > 0 && in.at[0] == '=') {
            skip(&in, 1);
            while (in.len > 0 && is_space(in.at[0]))
                skip(&in, 1);
            value = take_value(&in);
        }
        add_attribute(tag, name, value);
    }
}

/* `in` is what stands between < and >. */
static void read_tag(struct html_tag *tag, struct span in)
{
    size_t n = 0;

    in.len = MIN(in.len, (size_t)HTML_TAG_MAX);
    tag->is_end = in.at[0] == '/';
    skip(&in, tag->is_end);
    while (n < in.len && !is_space(in.at[n]) && in.at[n] != '/')
        n++;
    for (size_t i = 0; i < n && n < sizeof tag->name; i++)
        tag->name[i] = g_ascii_tolower(in.at[i]);
    skip(&in, n);
    if (!tag->is_end)
        read_attributes(tag, in);
}

void html_tag_clear(struct html_tag *tag)
{
    for (unsigned i = 0; i < tag->n; i++) {
        g_free(tag->attributes[i].name);
        g_free(tag->attributes[i].value);
    }
    memset(tag, 0, sizeof *tag);
}

/* A < that begins a tag: a letter or a slash and a letter is behind it. */
static bool begins_tag(struct span text)
{
    size_t n = text.len > 1 && text.at[1] == '/' ? 2 : 1;

    return text.len > n && g_ascii_isalpha(text.at[n]);
}

/* To the next tag: past text, comments and declarations. */
static bool find_tag(struct span *page)
{
    while (page->len > 0) {
        const char *lt = memchr(page->at, '<', page->len);

        skip(page, lt != NULL ? (size_t)(lt - page->at) : page->len);
        if (begins_tag(*page))
            return true;
        if (span_starts_nocase(*page, SPAN("<!--"))) {
            skip(page, 2); /* its two dashes may be the end's, too: <!--> */
            skip(page, until(*page, SPAN("-->")) + 3);
        } else {
            skip(page, 1);
        }
    }
    return false;
}

bool html_next(struct span *page, struct html_tag *tag)
{
    size_t len;

    html_tag_clear(tag);
    if (!find_tag(page))
        return false;
    len = tag_len(*page);
    if (len == 0) { /* the page was cut off within it */
        skip(page, page->len);
        return false;
    }
    read_tag(tag, span_bytes(page->at + 1, len - 2));
    skip(page, len);
    if (html_tag_is(tag, "script"))
        skip(page, until(*page, SPAN("</script")));
    else if (html_tag_is(tag, "style"))
        skip(page, until(*page, SPAN("</style")));
    else
        tag->text = span_bytes(page->at, until(*page, SPAN("<")));
    return true;
}

bool html_tag_is(const struct html_tag *tag, const char *name)
{
    return !tag->is_end && strcmp(tag->name, name) == 0;
}

const char *html_attribute(const struct html_tag *tag, const char *name)
{
    for (unsigned i = 0; i < tag->n; i++)
        if (strcmp(tag->attributes[i].name, name) == 0)
            return tag->attributes[i].value;
    return NULL;
}

/* ---- What a page is made of. */

/* "alternate stylesheet" has the word, too. */
static bool has_word(const char *list, const char *word)
{
    size_t len;

    for (; *list != '\0'; list += len) {
        while (is_space(*list))
            list++;
        len = strcspn(list, " \t\n\r\f");
        if (span_is_nocase(span_bytes(list, len), span_of(word)))
            return true;
    }
    return false;
}

static const char *object_of(const struct html_tag *tag)
{
    const char *rel = html_attribute(tag, "rel");

    if (html_tag_is(tag, "img") || html_tag_is(tag, "script") || html_tag_is(tag, "iframe"))
        return html_attribute(tag, "src");
    if (html_tag_is(tag, "link") && rel != NULL && has_word(rel, "stylesheet"))
        return html_attribute(tag, "href");
    return NULL;
}

GPtrArray *html_objects(struct span page)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
    GHashTable *seen = g_hash_table_new(g_str_hash, g_str_equal); /* never iterated */
    struct html_tag tag = { 0 };

    while (html_next(&page, &tag)) {
        const char *object = object_of(&tag);
        char *copy;

        if (object == NULL || object[0] == '\0' || g_hash_table_contains(seen, object))
            continue;
        copy = g_strdup(object);
        g_ptr_array_add(list, copy);
        g_hash_table_add(seen, copy);
    }
    g_hash_table_unref(seen);
    return list;
}
