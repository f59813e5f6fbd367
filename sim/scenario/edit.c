#include "scenario/edit.h"

#include "scenario/load.h"
#include "scenario/source.h"

enum { INDENT = 2 };

/* ---- Walking over JSON that is known to be well-formed. */

static const char *skip_space(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

static const char *skip_string(const char *at)
{
    for (at++; *at != '"'; at++)
        if (*at == '\\')
            at++;
    return at + 1;
}

/* Behind the value that begins here. */
static const char *skip_value(const char *at)
{
    unsigned depth = 0;

    do {
        if (*at == '"') {
            at = skip_string(at);
            continue;
        }
        if (*at == '{' || *at == '[')
            depth++;
        else if (*at == '}' || *at == ']')
            depth--;
        else if (depth == 0)
            return at + strcspn(at, " \t\r\n,]}");
        at++;
    } while (depth > 0);
    return at;
}

/* A key of the object that begins at `object`, escapes and all: the place of its value, or NULL; and where
 * the last value ends, NULL if it is empty. */
static const char *find_key(const char *object, const char *key, const char **last_out)
{
    const char *at = skip_space(object + 1), *found = NULL;

    *last_out = NULL;
    while (*at != '}') {
        const char *name = at, *name_end = skip_string(at);
        at = skip_space(skip_space(name_end) + 1); /* over the colon */
        if (span_is(span_bytes(name + 1, (size_t)(name_end - name) - 2), span_of(key)))
            found = at;
        *last_out = skip_value(at);
        at = skip_space(*last_out);
        if (*at == ',')
            at = skip_space(at + 1);
    }
    return found;
}

/* The end of the last element of the list that begins at `list`, and its place; NULL if it is empty. */
static const char *find_last(const char *list, const char **place_out)
{
    const char *at = skip_space(list + 1), *end = NULL;

    *place_out = NULL;
    while (*at != ']') {
        *place_out = at;
        end = skip_value(at);
        at = skip_space(end);
        if (*at == ',')
            at = skip_space(at + 1);
    }
    return end;
}

/* ---- Layout. */

/* What the line of `at` is indented with, and whether `at` is the first in it. */
static struct span indent_of(const char *text, const char *at, bool *is_first_out)
{
    const char *line = at;

    while (line > text && line[-1] != '\n')
        line--;
    size_t blank = strspn(line, " \t");
    *is_first_out = line + blank >= at && line > text;
    return span_bytes(line, MIN(blank, (size_t)(at - line)));
}

static void new_line(GString *out, struct span indent, size_t further)
{
    g_string_append_c(out, '\n');
    g_string_append_len(out, indent.at, (gssize)indent.len);
    while (further-- > 0)
        g_string_append_c(out, ' ');
}

static char *with_inserted(const char *text, const char *at, const char *piece, const char *rest)
{
    GString *out = g_string_new_len(text, at - text);

    g_string_append(out, piece);
    g_string_append(out, rest);
    return g_string_free(out, FALSE);
}

/* Behind the last element as that one is: in a line of its own, or in the same one. */
static char *append_element(const char *text, const char *list, const char *action)
{
    const char *place, *end = find_last(list, &place);
    GString *piece = g_string_new(NULL);
    struct span indent;
    bool is_first;
    char *result;

    if (end != NULL) {
        indent = indent_of(text, place, &is_first);
        g_string_append_c(piece, ',');
        if (is_first)
            new_line(piece, indent, 0);
        else
            g_string_append_c(piece, ' ');
        g_string_append(piece, action);
        result = with_inserted(text, end, piece->str, end);
    } else {
        indent = indent_of(text, list, &is_first);
        new_line(piece, indent, INDENT);
        g_string_append(piece, action);
        new_line(piece, indent, 0);
        result = with_inserted(text, list + 1, piece->str, skip_space(list + 1));
    }
    g_string_free(piece, TRUE);
    return result;
}

/* Behind the scenario's last key. */
static char *append_list(const char *text, const char *object, const char *last, const char *action)
{
    const char *at = last != NULL ? last : object + 1;
    GString *piece = g_string_new(last != NULL ? "," : "");
    char *result;

    new_line(piece, SPAN(""), INDENT);
    g_string_append(piece, "\"actions\": [");
    new_line(piece, SPAN(""), 2 * INDENT);
    g_string_append(piece, action);
    new_line(piece, SPAN(""), INDENT);
    g_string_append_c(piece, ']');
    if (last == NULL)
        new_line(piece, SPAN(""), 0);
    result = with_inserted(text, at, piece->str, at);
    g_string_free(piece, TRUE);
    return result;
}

/* ---- The whole. */

/* The text scanned; NULL, and why, if it is not a well-formed object. */
static struct source *scan_object(struct span text, const char *what, GString *why)
{
    struct report r;

    report_init(&r, what);
    struct source *s = source_new(text, SCENARIO_DEPTH_MAX, &r);
    if (s != NULL && (r.errors > 0 || *skip_space(source_text(s).at) != '{'))
        source_free(&s);
    if (s == NULL && why != NULL) {
        const struct complaint *c = r.errors > 0 ? g_ptr_array_index(r.entries, 0) : NULL;
        g_string_append_printf(why, "%s is no JSON object", what);
        if (c != NULL)
            g_string_append_printf(why, ": %s", c->message);
    }
    report_release(&r);
    return s;
}

char *scenario_text_with_action(struct span json, const char *action, GString *why)
{
    struct source *added = scan_object(span_of(action), "the action", why);
    struct source *whole = added != NULL ? scan_object(json, "the scenario", why) : NULL;
    char *result = NULL;

    if (whole != NULL) {
        struct span trimmed = span_trim(source_text(added));
        char *piece = g_strstrip(g_strndup(trimmed.at, trimmed.len));
        const char *text = source_text(whole).at, *object = skip_space(text), *last;
        const char *list = find_key(object, "actions", &last);
        if (list == NULL)
            result = append_list(text, object, last, piece);
        else if (*list == '[')
            result = append_element(text, list, piece);
        else if (why != NULL)
            g_string_append(why, "\"actions\" is no list");
        g_free(piece);
    }
    source_free(&whole);
    source_free(&added);
    return result;
}
