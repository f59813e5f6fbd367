/* The HTTP client against any server. The first octet says what it asks for; the rest is what the server
 * says. */
#include <assert.h>

#include "http/client.h"

struct run {
    uint8_t way;
    struct http_client *client;
    GString *log, *out;
    unsigned n_sent, n_told;
};

static void send_next(struct run *r)
{
    static const char *const methods[] = { "GET", "HEAD", "POST", "GET" };
    struct http_message *m = http_request_new(methods[(r->way >> r->n_sent % 4) & 3], "/");

    http_add(m, "Host", "a");
    if (r->n_sent == r->way >> 5)
        http_add(m, "Connection", "close");
    http_client_send(r->client, m, r->out);
    http_message_free(&m);
    r->n_sent++;
    assert(http_client_is_waiting(r->client) && !http_client_is_usable(r->client));
}

static void on_response(void *self, const struct http_message *m, size_t size, bool stays)
{
    struct run *r = self;

    r->n_told++;
    assert(r->n_told == r->n_sent && m->wire_size == size && (m->status >= 200) && m->status < 1000);
    assert(stays == http_client_is_usable(r->client));
    g_string_append_printf(r->log, "%u %zu %u %d %u\n", m->status, size, m->fields->len, stays,
                           g_string_hash(m->body));
    if (stays)
        send_next(r);
}

static void on_broken(void *self, const char *why)
{
    struct run *r = self;

    r->n_told++;
    assert(r->n_told == r->n_sent && why[0] != '\0');
    assert(http_client_state(r->client) == HTTP_C_CLOSED);
    g_string_append_printf(r->log, "%s\n", why);
}

static void on_state(void *self, enum http_client_state before, enum http_client_state now)
{
    (void)self;
    assert(before != now && before != HTTP_C_CLOSED);
}

static GString *hear(uint8_t way, struct span in, size_t piece)
{
    static const struct http_client_events events = { on_response, on_broken, on_state };
    struct run r = { .way = way, .log = g_string_new(NULL), .out = g_string_new(NULL) };

    r.client = http_client_new(&events, &r);
    send_next(&r);
    for (size_t at = 0; at < in.len; at += piece)
        http_client_feed(r.client, span_bytes(in.at + at, MIN(piece, in.len - at)));
    http_client_end(r.client);
    assert(r.n_told == r.n_sent && http_client_state(r.client) == HTTP_C_CLOSED);
    http_client_end(r.client);
    http_client_free(&r.client);
    g_string_free(r.out, TRUE);
    return r.log;
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
