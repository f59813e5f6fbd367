/* Any bytes are a message: its parts lie in it where they are said to, everything is bounded, and what is
 * said of them is text. */
#include <assert.h>

#include "mail/mime.h"
#include "mail/mime_decode.h"
#include "mail/mime_show.h"
#include "mail/mime_tell.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
    assert(text == NULL || g_utf8_validate(text, -1, NULL));
}

static void check_params(const GArray *params)
{
    for (guint i = 0; params != NULL && i < params->len; i++) {
        check_text(g_array_index(params, struct mime_param, i).name);
        check_text(g_array_index(params, struct mime_param, i).value);
    }
}

static void check_content(const struct mime_part *p)
{
    GString *octets = g_string_new(NULL), *text = g_string_new(NULL);
    struct span rest = p->body;
    struct mime_qp piece;

    mime_decode(p, octets);
    assert(octets->len <= p->body.len);
    mime_text(p, text);
    assert(g_utf8_validate(text->str, (gssize)text->len, NULL) && strchr(text->str, '\r') == NULL);
    while (mime_qp_next(&rest, &piece))
        assert(piece.raw.len > 0 && piece.raw.at + piece.raw.len == rest.at);
    g_string_free(octets, TRUE);
    g_string_free(text, TRUE);
}

static unsigned check(const struct mime_part *p, const char *start, const char *end, unsigned depth)
{
    const char *at = p->body.at;
    unsigned n = 1;

    assert(depth <= MIME_DEPTH_MAX);
    assert(p->header.at >= start && p->header.at + p->header.len == p->body.at);
    assert(p->body.at + p->body.len <= end);
    check_text(p->type);
    check_text(p->subtype);
    check_text(p->disposition);
    check_params(p->params);
    check_params(p->disposition_params);
    check_content(p);
    for (guint i = 0; p->parts != NULL && i < p->parts->len; i++) {
        const struct mime_part *part = g_ptr_array_index(p->parts, i);

        n += check(part, at, end, depth + 1);
        at = part->body.at + part->body.len;
    }
    return n;
}

static void count(void *self, const struct mime_part *p, const char *number)
{
    (void)p;
    assert(number[0] != '\0');
    (*(unsigned *)self)++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span message = span_bytes(data, size);
    struct mime_part *root = mime_parse(message);
    unsigned n = check(root, message.at, message.at + size, 0), numbered = 0;
    const struct mime_part *text = mime_text_part(root);
    struct sheet *s = sheet_new("m1");
    GString *out = g_string_new(NULL);

    assert(root->header.len + root->body.len == size);
    assert(n <= MIME_PARTS_MAX + MIME_DEPTH_MAX + 1);
    mime_each(root, count, &numbered);
    assert(numbered == n);
    assert(text == NULL || mime_is(text, "text", NULL));
    mime_show(message, s);
    sheet_to_text(s, out);
    assert(g_utf8_validate(out->str, (gssize)out->len, NULL));
    mime_header_text(message, out);
    assert(g_utf8_validate(out->str, (gssize)out->len, NULL));
    g_string_free(out, TRUE);
    sheet_free(&s);
    mime_free(&root);
    return 0;
}
