#include "http/client.h"

#include <assert.h>
#include <string.h>

struct http_client {
    const struct http_client_events *events;
    void *self;
    enum http_client_state state;
    struct http_reader *reader;
    char *method;     /* of the latest request */
    bool keeps_alive; /* as far as it goes */
};

const char *http_client_state_text(enum http_client_state s)
{
    static const char *const texts[] = { "idle", "waiting", "closed" };

    return texts[s];
}

struct http_client *http_client_new(const struct http_client_events *e, void *self)
{
    struct http_client *c = g_new0(struct http_client, 1);

    c->events = e;
    c->self = self;
    c->reader = http_reader_new(false);
    return c;
}

void http_client_free(struct http_client **c)
{
    struct http_client *gone = *c;

    *c = NULL;
    if (gone == NULL)
        return;
    http_reader_free(&gone->reader);
    g_free(gone->method);
    g_free(gone);
}

static void enter(struct http_client *c, enum http_client_state now)
{
    enum http_client_state before = c->state;

    if (now == before)
        return;
    c->state = now;
    if (c->events->on_state != NULL)
        c->events->on_state(c->self, before, now);
}

size_t http_client_send(struct http_client *c, const struct http_message *request, GString *out)
{
    enum { CHUNK = 4096 };
    size_t start = out->len;

    assert(c->state == HTTP_C_IDLE && request->is_request);
    http_write(request, false, CHUNK, out);
    g_free(c->method);
    c->method = g_strdup(request->method);
    c->keeps_alive = http_keeps_alive(request);
    http_reader_expect(c->reader, c->method);
    enter(c, HTTP_C_WAITING);
    return out->len - start;
}

/* `ended`: the connection is no more, and told where this one ends. */
static void on_message(struct http_client *c, bool ended)
{
    struct http_message *m = http_reader_take(c->reader);
    bool stays;

    if (m->status < 200 && m->status != 101) { /* RFC 9110 §15.2: a response that comes before the response */
        http_message_free(&m);
        http_reader_expect(c->reader, c->method);
        return;
    }
    if (m->status == 101) { /* nobody asked for another protocol, so none can follow */
        http_message_free(&m);
        enter(c, HTTP_C_CLOSED);
        c->events->on_broken(c->self, "The server wants another protocol");
        return;
    }
    stays = !ended && c->keeps_alive && http_keeps_alive(m);
    enter(c, stays ? HTTP_C_IDLE : HTTP_C_CLOSED);
    c->events->on_response(c->self, m, m->wire_size, stays);
    http_message_free(&m);
}

static void break_off(struct http_client *c, const char *why)
{
    bool waiting = c->state == HTTP_C_WAITING;

    enter(c, HTTP_C_CLOSED);
    if (waiting)
        c->events->on_broken(c->self, why);
}

void http_client_feed(struct http_client *c, struct span bytes)
{
    while (bytes.len > 0 && c->state != HTTP_C_CLOSED) {
        enum http_read read;

        if (c->state == HTTP_C_IDLE) { /* nobody asked for it: whose response would it be? */
            enter(c, HTTP_C_CLOSED);
            return;
        }
        read = http_reader_feed(c->reader, &bytes);
        if (read == HTTP_READ_WHOLE) {
            on_message(c, false);
        } else if (read == HTTP_READ_BAD) {
            char *why = g_strdup_printf("What the server says is no HTTP: %s", http_reader_why(c->reader));

            break_off(c, why);
            g_free(why);
        }
    }
}

void http_client_end(struct http_client *c)
{
    if (c->state == HTTP_C_WAITING && http_reader_end(c->reader) == HTTP_READ_WHOLE)
        on_message(c, true);
    break_off(c, http_reader_is_between(c->reader)
                     ? "The server closed the connection without an answer"
                     : "The server closed the connection in the middle of its answer");
}

enum http_client_state http_client_state(const struct http_client *c)
{
    return c->state;
}

bool http_client_is_waiting(const struct http_client *c)
{
    return c->state == HTTP_C_WAITING;
}

bool http_client_is_usable(const struct http_client *c)
{
    return c->state == HTTP_C_IDLE;
}
