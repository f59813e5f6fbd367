#include "core/plain.h"

#include <string.h>

/* C0, DEL, C1, and what turns the direction of text or breaks lines on its own. */
static bool is_control(gunichar c)
{
    return g_unichar_iscntrl(c) || c == 0x2028 || c == 0x2029 || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069);
}

void plain_text(GString *out, struct span text, bool keep_lines)
{
    g_autofree char *valid = g_utf8_make_valid(text.len > 0 ? text.at : "", (gssize)text.len);

    for (const char *p = valid; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        g_string_append_unichar(out, is_control(c) && !(c == '\n' && keep_lines) ? '?' : c);
    }
}

char *plain_copy(const char *text, bool keep_lines)
{
    GString *out = text != NULL ? g_string_new(NULL) : NULL;

    if (out == NULL)
        return NULL;
    plain_text(out, span_of(text), keep_lines);
    return g_string_free(out, FALSE);
}

static unsigned columns(gunichar c)
{
    return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
}

unsigned plain_width(const char *text, gsize len)
{
    unsigned n = 0;

    for (const char *p = text, *end = text + len; p < end; p = g_utf8_next_char(p))
        n += columns(g_utf8_get_char(p));
    return n;
}

gsize plain_fitting(const char *text, unsigned room)
{
    const char *p = text, *space = NULL;
    unsigned n = 0;

    for (; *p != '\0' && *p != '\n'; p = g_utf8_next_char(p)) {
        n += columns(g_utf8_get_char(p));
        if (n > room && *p == ' ')
            return (gsize)(p - text);
        if (n > room && space != NULL && space > text)
            return (gsize)(space - text);
        if (n > room)
            return (gsize)((p > text ? p : g_utf8_next_char(p)) - text);
        if (*p == ' ')
            space = p;
    }
    return (gsize)(p - text);
}
