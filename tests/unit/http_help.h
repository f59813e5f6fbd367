/* tests/unit/http_help.h: what a reader of HTTP makes of bytes, as text: "GET /x 1.1|Host: a|+Trailer:
 * b|<body>;",
 * "~" before the body if it came in chunks, "continue;" where that is wanted, then "more", "400" or nothing.
 */
#ifndef HTTP_HELP_H
#define HTTP_HELP_H

#include "http/message.h"

static inline void http_tell(GString *out, const struct http_message *m)
{
    if (m->is_request)
        g_string_append_printf(out, "%s %s 1.%u", m->method, m->target, m->minor);
    else
        g_string_append_printf(out, "%u %s 1.%u", m->status, m->reason, m->minor);
    for (guint i = 0; i < m->fields->len; i++) {
        const struct http_field *f = &g_array_index(m->fields, struct http_field, i);

        g_string_append_printf(out, "|%s%s: %s", i >= m->fields->len - m->n_trailers ? "+" : "", f->name,
                               f->value);
    }
    g_string_append_printf(out, "|%s<", m->is_chunked ? "~" : "");
    g_string_append_len(out, m->body->str, (gssize)m->body->len);
    g_string_append(out, ">;");
}

/* `asked`: the method, of responses; NULL: of requests. `ends`: the stream does, behind it. */
static inline char *http_read_all(const char *asked, struct span in, size_t piece, bool ends)
{
    struct http_reader *r = http_reader_new(asked == NULL);
    GString *out = g_string_new(NULL);
    enum http_read read = HTTP_READ_MORE;

    if (asked != NULL)
        http_reader_expect(r, asked);
    for (size_t at = 0; at < in.len && read != HTTP_READ_BAD; at += piece) {
        struct span rest = span_bytes(in.at + at, MIN(piece, in.len - at));

        while (rest.len > 0 && read != HTTP_READ_BAD) {
            read = http_reader_feed(r, &rest);
            if (http_reader_wants_continue(r))
                g_string_append(out, "continue;");
            if (read == HTTP_READ_WHOLE) {
                struct http_message *m = http_reader_take(r);

                http_tell(out, m);
                http_message_free(&m);
                if (asked != NULL)
                    http_reader_expect(r, asked);
            }
        }
    }
    if (ends && read != HTTP_READ_BAD && (read = http_reader_end(r)) == HTTP_READ_WHOLE) {
        struct http_message *m = http_reader_take(r);

        http_tell(out, m);
        http_message_free(&m);
    }
    if (read == HTTP_READ_BAD)
        g_string_append_printf(out, "%u", http_reader_status(r));
    else if (!http_reader_is_between(r))
        g_string_append(out, "more");
    http_reader_free(&r);
    return g_string_free(out, FALSE);
}

#endif
