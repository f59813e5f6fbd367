#include "scenario/content.h"

#include <string.h>

enum { SEGMENT_MAX = 0xffff, SEGMENT_HEAD = 2 /* of its length */, MARKER = 2 };

/* Octets of all values, so that no encoding finds it easy. */
static void put_octets(GString *s, gsize n)
{
    static const guint32 step = 2654435769u; /* 2^32 over the golden ratio: Knuth's multiplicative hash */

    for (guint32 x = step; n > 0; n--, x += step)
        g_string_append_c(s, (char)(x >> 24));
}

static void put_lines(GString *s, gsize size, const char *before, const char *after)
{
    static const char line[] = "the quick brown fox jumps over the lazy dog, and the dog does not mind\n";
    gsize frame = strlen(before) + strlen(after);

    if (s->len + frame >= size)
        return;
    g_string_append(s, before);
    while (s->len + strlen(after) < size) {
        gsize left = size - s->len - strlen(after);

        g_string_append_len(s, line, (gssize)MIN(left, sizeof line - 1));
    }
    g_string_append(s, after);
}

static void put_marker(GString *s, guint8 marker)
{
    g_string_append_c(s, (char)0xff);
    g_string_append_c(s, (char)marker);
}

/* ITU-T T.81 annex B: start of image, JFIF's segment, segments of an application's own, end of image. */
static void put_jpeg(GString *s, gsize size)
{
    static const char jfif[] = "\x00\x10JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00";
    enum { SOI = 0xd8, APP0 = 0xe0, APP15 = 0xef, EOI = 0xd9 };

    put_marker(s, SOI);
    put_marker(s, APP0);
    g_string_append_len(s, jfif, sizeof jfif - 1);
    while (s->len + MARKER + MARKER + SEGMENT_HEAD < size) {
        gsize n = MIN(size - s->len - MARKER - MARKER, SEGMENT_MAX);

        put_marker(s, APP15);
        g_string_append_c(s, (char)(n >> 8));
        g_string_append_c(s, (char)n);
        put_octets(s, n - SEGMENT_HEAD);
    }
    put_marker(s, EOI);
}

static gboolean ends(const char *name, const char *const *endings)
{
    const char *dot = name != NULL ? strrchr(name, '.') : NULL;

    for (; dot != NULL && *endings != NULL; endings++)
        if (g_ascii_strcasecmp(dot, *endings) == 0)
            return TRUE;
    return FALSE;
}

GString *content_new(const char *text, const char *base64, gint64 size, const char *name)
{
    static const char *const jpeg[] = { ".jpg", ".jpeg", NULL }, *const html[] = { ".html", ".htm", NULL },
                             *const plain[] = { ".txt", ".css", ".js", ".csv", NULL };
    GString *s = g_string_new(text);
    gsize want = size > 0 ? (gsize)size : 0;

    if (base64 != NULL) {
        gsize n = 0;
        guchar *octets = g_base64_decode(base64, &n);

        g_string_append_len(s, (const char *)octets, (gssize)n);
        g_free(octets);
    }
    if (s->len >= want)
        return s;
    if (s->len == 0 && ends(name, jpeg))
        put_jpeg(s, want);
    else if (ends(name, html))
        put_lines(s, want, "<!-- ", "-->\n");
    else if (ends(name, plain))
        put_lines(s, want, "", "");
    else
        put_octets(s, want - s->len);
    return s;
}
