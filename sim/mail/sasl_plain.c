#include "mail/sasl_plain.h"

#include <glib.h>

/* Decoders bear with anything. RFC 4954 §4 asks for more: what does not come back the same was no base64. */
static guchar *decode(struct span base64, gsize *len_out)
{
    char *text = g_strndup(base64.at, base64.len);
    guchar *plain = g_base64_decode(text, len_out);
    char *again = g_base64_encode(plain, *len_out);
    bool same = span_is(base64, span_of(again));

    g_free(again);
    g_free(text);
    if (same)
        return plain;
    g_free(plain);
    return NULL;
}

/* What is before the next NUL, cut off with it. */
static bool take_part(struct span *rest, struct span *part_out)
{
    const char *nul = rest->len > 0 ? memchr(rest->at, '\0', rest->len) : NULL;

    if (nul == NULL)
        return false;
    *part_out = span_bytes(rest->at, (size_t)(nul - rest->at));
    *rest = span_bytes(nul + 1, rest->len - part_out->len - 1);
    return true;
}

/* A NUL is none, for GLib. */
static bool is_utf8(struct span text)
{
    return text.len == 0 || g_utf8_validate(text.at, (gssize)text.len, NULL);
}

const char *sasl_plain_read(struct span base64, struct sasl_plain *out)
{
    gsize len;
    char *plain = (char *)decode(base64, &len);
    struct span rest = span_bytes(plain, len);

    if (plain == NULL)
        return "That is no base64";
    /* RFC 4616 §2: three parts of UTF-8, with no NUL in them. */
    if (take_part(&rest, &out->identity) && take_part(&rest, &out->user) && out->user.len > 0 &&
        is_utf8(out->identity) && is_utf8(out->user) && is_utf8(rest)) {
        out->password = rest;
        out->text = plain;
        return NULL;
    }
    g_free(plain);
    return "PLAIN is [identity] NUL user NUL password";
}

void sasl_plain_release(struct sasl_plain *p)
{
    g_free(p->text);
    p->text = NULL;
}

char *sasl_plain_write(const char *user, const char *password)
{
    GString *all = g_string_new(NULL);
    char *base64;

    g_string_append_c(all, '\0');
    g_string_append(all, user);
    g_string_append_c(all, '\0');
    g_string_append(all, password);
    base64 = g_base64_encode((const guchar *)all->str, all->len);
    g_string_free(all, TRUE);
    return base64;
}
