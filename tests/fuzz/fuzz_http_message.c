/* Reading HTTP messages from any bytes, cut in any way, and writing them again. The first octet says of which
 * kind they are and how they are cut. */
#include <assert.h>

#include "../unit/http_help.h"

static bool is_framing(const char *name)
{
    return g_ascii_strcasecmp(name, "Content-Length") == 0 ||
           g_ascii_strcasecmp(name, "Transfer-Encoding") == 0;
}

/* What was read, written and read again, is the same: but for what says where it ends, or would say so in a
 * trailer. */
static void round_trip(const struct http_message *m, bool head, size_t chunk)
{
    struct http_reader *r;
    GString *out;
    struct http_message *again;
    struct span rest;
    unsigned j = 0, n_trailers = m->n_trailers;

    if (m->fields->len == HTTP_FIELDS_MAX) /* its length, told, may be one more */
        return;
    r = http_reader_new(m->is_request);
    out = g_string_new(NULL);
    http_write(m, head, chunk, out);
    rest = span_bytes(out->str, out->len);
    http_reader_expect(r, head ? "HEAD" : "GET");
    while (http_reader_feed(r, &rest) == HTTP_READ_MORE && http_reader_wants_continue(r))
        ;
    assert(rest.len == 0);
    again = http_reader_take(r);
    assert(again->is_request == m->is_request && again->status == m->status && again->minor == m->minor);
    assert(g_strcmp0(again->method, m->method) == 0 && g_strcmp0(again->target, m->target) == 0);
    assert(g_strcmp0(again->reason, m->reason) == 0 && g_string_equal(again->body, m->body));
    assert(again->is_chunked == (m->is_chunked && !head));
    assert(again->wire_size == out->len);
    for (guint i = 0; i < m->fields->len; i++) {
        const struct http_field *f = &g_array_index(m->fields, struct http_field, i), *g;

        if (is_framing(f->name)) {
            n_trailers -= i >= m->fields->len - m->n_trailers;
            continue;
        }
        do {
            assert(j < again->fields->len);
            g = &g_array_index(again->fields, struct http_field, j++);
        } while (is_framing(g->name));
        assert(strcmp(f->name, g->name) == 0 && strcmp(f->value, g->value) == 0);
    }
    assert(again->n_trailers == n_trailers);
    http_message_free(&again);
    http_reader_free(&r);
    g_string_free(out, TRUE);
}

static void check(const char *asked, struct span in, size_t chunk)
{
    struct http_reader *r = http_reader_new(asked == NULL);
    enum http_read read = HTTP_READ_MORE;
    size_t size = 0, len = in.len;

    if (asked != NULL)
        http_reader_expect(r, asked);
    while (in.len > 0 && read != HTTP_READ_BAD) {
        struct http_message *m;

        read = http_reader_feed(r, &in);
        http_reader_wants_continue(r);
        if (read == HTTP_READ_BAD)
            assert(http_reader_status(r) >= 400 && http_reader_why(r)[0] != '\0');
        if (read != HTTP_READ_WHOLE)
            continue;
        m = http_reader_take(r);
        size += m->wire_size;
        assert(size <= len && http_reader_is_between(r));
        assert(m->fields->len <= HTTP_FIELDS_MAX && m->n_trailers <= m->fields->len);
        http_has_token(m, "Connection", "close");
        http_keeps_alive(m);
        round_trip(m, asked != NULL && strcmp(asked, "HEAD") == 0, chunk);
        http_message_free(&m);
        if (asked != NULL)
            http_reader_expect(r, asked);
    }
    http_reader_free(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const asked[] = { NULL, "GET", "HEAD", NULL };
    struct span in;
    char *whole, *octets, *pieces;
    const char *how;

    if (size == 0)
        return 0;
    in = span_bytes(data + 1, size - 1);
    how = asked[data[0] & 3];
    whole = http_read_all(how, in, size, data[0] & 4);
    octets = http_read_all(how, in, 1, data[0] & 4);
    pieces = http_read_all(how, in, 2 + (data[0] >> 3), data[0] & 4);
    assert(strcmp(whole, octets) == 0 && strcmp(whole, pieces) == 0);
    check(how, in, 1 + (data[0] >> 3));
    g_free(whole);
    g_free(octets);
    g_free(pieces);
    return 0;
}
