#include "mail/imap_structure.h"

#include "mail/imap_text.h"
#include "mail/text.h"

/* ---- Words. */

static void put_or_nil(GString *out, const char *text)
{
    g_string_append_c(out, ' ');
    imap_put_nstring(out, span_of(text));
}

static bool is_ascii(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text & 0x80)
            return false;
    return true;
}

/* A value that is no ASCII has no charset here: RFC 2231 §4 gives it one, as the header did. */
static void put_param(GString *out, const struct mime_param *p)
{
    GString *text = g_string_new(p->name);

    if (is_ascii(p->value)) {
        imap_put_string(out, span_of(p->name));
        g_string_append_c(out, ' ');
        imap_put_string(out, span_of(p->value));
    } else {
        g_string_append_c(text, '*');
        imap_put_string(out, span_bytes(text->str, text->len));
        g_string_append_c(out, ' ');
        g_string_assign(text, "utf-8''");
        g_string_append_uri_escaped(text, p->value, NULL, FALSE);
        imap_put_string(out, span_bytes(text->str, text->len));
    }
    g_string_free(text, TRUE);
}

/* `charset`: what to say where none is said; NULL: nothing. */
static void put_params(GString *out, const GArray *params, const char *charset)
{
    bool any = false;

    for (guint i = 0; params != NULL && i < params->len; i++) {
        const struct mime_param *p = &g_array_index(params, struct mime_param, i);

        g_string_append(out, any ? " " : " (");
        put_param(out, p);
        any = true;
        if (g_ascii_strcasecmp(p->name, "charset") == 0)
            charset = NULL;
    }
    if (charset != NULL) {
        g_string_append_printf(out, "%s\"charset\" \"%s\"", any ? " " : " (", charset);
        any = true;
    }
    g_string_append(out, any ? ")" : " NIL");
}

static void put_disposition(GString *out, const struct mime_part *p)
{
    if (p->disposition == NULL) {
        g_string_append(out, " NIL");
        return;
    }
    g_string_append(out, " (");
    imap_put_string(out, span_of(p->disposition));
    put_params(out, p->disposition_params, NULL);
    g_string_append_c(out, ')');
}

static void put_languages(GString *out, const GPtrArray *languages)
{
    if (languages == NULL || languages->len == 0) {
        g_string_append(out, " NIL");
        return;
    }
    for (guint i = 0; i < languages->len; i++) {
        g_string_append(out, i == 0 ? " (" : " ");
        imap_put_string(out, span_of(languages->pdata[i]));
    }
    g_string_append_c(out, ')');
}

/* What single parts and multiparts have in common, after MD5 or parameters. */
static void put_extension(GString *out, const struct mime_part *p)
{
    put_disposition(out, p);
    put_languages(out, p->languages);
    put_or_nil(out, p->location);
}

/* ---- Parts. */

static void put_multipart(GString *out, const struct mime_part *p, bool extended)
{
    for (guint i = 0; p->parts != NULL && i < p->parts->len; i++)
        imap_put_structure(out, p->parts->pdata[i], extended);
    g_string_append_c(out, ' ');
    imap_put_string(out, span_of(p->subtype));
    if (!extended)
        return;
    put_params(out, p->params, NULL);
    put_extension(out, p);
}

static const char *encoding_of(const struct mime_part *p)
{
    return p->encoding_text != NULL && p->encoding_text[0] != '\0' ? p->encoding_text
                                                                   : "7bit"; /* RFC 2045 §6.1 */
}

static void put_single(GString *out, const struct mime_part *p, bool extended)
{
    bool is_text = mime_is(p, "text", NULL);
    const struct mime_part *within = mime_is(p, "message", "rfc822") && p->parts != NULL ? p->parts->pdata[0]
                                                                                         : NULL;
    /* A multipart without parts, a message that can't be looked into: their types would promise more. */
    bool is_opaque = mime_is(p, "multipart", NULL) || (within == NULL && mime_is(p, "message", "rfc822"));

    imap_put_string(out, span_of(is_opaque ? "application" : p->type));
    g_string_append_c(out, ' ');
    imap_put_string(out, span_of(is_opaque ? "octet-stream" : p->subtype));
    put_params(out, is_opaque ? NULL : p->params, is_text ? "us-ascii" : NULL); /* RFC 2046 §4.1.2 */
    put_or_nil(out, p->id);
    put_or_nil(out, p->description);
    put_or_nil(out, encoding_of(p));
    g_string_append_printf(out, " %zu", p->body.len);
    if (within != NULL) {
        g_string_append_c(out, ' ');
        imap_put_envelope(out, within->header);
        g_string_append_c(out, ' ');
        imap_put_structure(out, within, extended);
    }
    if (within != NULL || is_text)
        g_string_append_printf(out, " %u", p->body_lines);
    if (!extended)
        return;
    put_or_nil(out, p->md5);
    put_extension(out, p);
}

void imap_put_structure(GString *out, const struct mime_part *root, bool extended)
{
    g_string_append_c(out, '(');
    if (root->parts != NULL && mime_is(root, "multipart", NULL))
        put_multipart(out, root, extended);
    else
        put_single(out, root, extended);
    g_string_append_c(out, ')');
}
