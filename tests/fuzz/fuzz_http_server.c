/* The HTTP server against any client. The first octet chooses its options and when it is shut; the rest is
 * what the client says. */
#include <assert.h>

#include "http/server.h"

struct run {
    struct http_server *server;
    GString *out;
    GQueue asked; /* of char *: methods, as far as they were not answered */
    unsigned n_requests, n_responses;
};

static struct http_message *on_serve(void *self, const struct http_message *request)
{
    struct http_message *m;

    (void)self;
    if (request->target[0] != '/')
        return http_page_new(404, request->target);
    switch (request->target[1]) {
    case 'c':
        m = http_response_new(200);
        m->is_chunked = true;
        http_add_trailer(m, "T", request->target);
        break;
    case 'n':
        return http_response_new(204);
    case 's':
        return http_response_new(304);
    case 'l':
        m = http_response_new(200);
        http_add(m, "Connection", "close");
        break;
    default:
        m = http_response_new(200);
    }
    g_string_append_len(m->body, request->body->str, (gssize)request->body->len);
    g_string_append(m->body, request->target);
    return m;
}

static void on_request(void *self, const struct http_message *m, size_t size)
{
    struct run *r = self;

    assert(size == m->wire_size && r->n_requests == r->n_responses);
    g_queue_push_tail(&r->asked, g_strdup(m->method));
    r->n_requests++;
}

static void on_response(void *self, const struct http_message *request, const struct http_message *m,
                        size_t size)
{
    struct run *r = self;

    assert((request != NULL) == (r->n_requests == r->n_responses + 1));
    assert(m->status >= 200 && m->status < 600 && size <= r->out->len);
    if (request == NULL)
        g_queue_push_tail(&r->asked, g_strdup("GET"));
    else
        r->n_responses++;
}

static void on_state(void *self, enum http_server_state before, enum http_server_state now)
{
    (void)self;
    assert(before != now && before != HTTP_S_CLOSED);
}

static int64_t epoch(void *self)
{
    (void)self;
    return 1772442000;
}

/* All that it says is what a client can read: one response for each request, and perhaps one to what was
 * none. */
static void read_responses(struct run *r)
{
    struct http_reader *reader = http_reader_new(false);
    struct span rest = span_bytes(r->out->str, r->out->len);

    while (rest.len > 0) {
        struct http_message *m;

        http_reader_expect(reader, !g_queue_is_empty(&r->asked) ? g_queue_peek_head(&r->asked) : "GET");
        assert(http_reader_feed(reader, &rest) == HTTP_READ_WHOLE);
        m = http_reader_take(reader);
        if (m->status >= 200) {
            assert(!g_queue_is_empty(&r->asked) && http_field(m, "Date") != NULL);
            g_free(g_queue_pop_head(&r->asked));
        }
        assert(http_keeps_alive(m) || rest.len == 0);
        http_message_free(&m);
    }
    assert(g_queue_is_empty(&r->asked));
    http_reader_free(&reader);
}

static GString *hear(uint8_t way, struct span in, size_t piece)
{
    static const struct http_handler handler = { on_serve, on_request, on_response, on_state };
    const struct http_server_options options = { .persistent = way & 1,
                                                 .requests_max = way >> 4,
                                                 .unix_s = epoch };
    struct run r = { .out = g_string_new(NULL) };

    g_queue_init(&r.asked);
    r.server = http_server_new(&options, &handler, &r);
    for (size_t at = 0; at < in.len; at += piece)
        http_server_feed(r.server, span_bytes(in.at + at, MIN(piece, in.len - at)), r.out);
    assert(r.n_requests == r.n_responses && http_server_served(r.server) == r.n_requests);
    if (way & 2) {
        http_server_shut(r.server, r.out);
        assert(http_server_is_over(r.server));
    }
    read_responses(&r);
    http_server_free(&r.server);
    return r.out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    GString *whole, *pieces;

    if (size == 0)
        return 0;
    whole = hear(data[0], span_bytes(data + 1, size - 1), size);
    pieces = hear(data[0], span_bytes(data + 1, size - 1), 1);
    assert(g_string_equal(whole, pieces));
    g_string_free(whole, TRUE);
    g_string_free(pieces, TRUE);
    return 0;
}
