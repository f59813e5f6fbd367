#include "http/server.h"

#include <assert.h>
#include <string.h>

#include "core/time.h"
#include "http/html.h"

enum { CHUNK = 4096 }; /* octets, of a response in chunks */

struct http_server {
    const struct http_server_options *options;
    const struct http_handler *handler;
    void *self;
    enum http_server_state state;
    struct http_reader *reader;
    unsigned served;
};

const char *http_server_state_text(enum http_server_state s)
{
    static const char *const texts[] = { "idle", "reading", "closed" };

    return texts[s];
}

struct http_server *http_server_new(const struct http_server_options *o, const struct http_handler *h,
                                    void *self)
{
    struct http_server *s = g_new0(struct http_server, 1);

    s->options = o;
    s->handler = h;
    s->self = self;
    s->reader = http_reader_new(true);
    return s;
}

void http_server_free(struct http_server **s)
{
    struct http_server *gone = *s;

    *s = NULL;
    if (gone == NULL)
        return;
    http_reader_free(&gone->reader);
    g_free(gone);
}

static void enter(struct http_server *s, enum http_server_state now)
{
    enum http_server_state before = s->state;

    if (now == before)
        return;
    s->state = now;
    if (s->handler->on_state != NULL)
        s->handler->on_state(s->self, before, now);
}

/* ---- Responses. */

struct http_message *http_page_new(unsigned status, const char *more)
{
    struct http_message *m = http_response_new(status);
    GString *title = g_string_new(NULL);

    g_string_printf(title, "%u", status);
    if (m->reason[0] != '\0')
        g_string_append_printf(title, " %s", m->reason);
    g_string_printf(m->body, "<!DOCTYPE html>\n<title>%s</title>\n<h1>%s</h1>\n", title->str, title->str);
    if (more != NULL) {
        char *sentence = g_strdup(more);

        sentence[0] = g_ascii_toupper(sentence[0]);
        g_string_append(m->body, "<p>");
        html_text(m->body, span_of(sentence));
        g_string_append(m->body, ".</p>\n");
        g_free(sentence);
    }
    g_string_free(title, TRUE);
    http_add(m, "Content-Type", "text/html; charset=utf-8");
    return m;
}

/* RFC 9110 §5.6.7: as mail writes it, but with GMT. */
static void set_date(struct http_message *m, int64_t unix_s)
{
    char text[TIME_RFC5322_MAX];
    struct http_field f;

    time_rfc5322(text, unix_s);
    strcpy(strrchr(text, ' ') + 1, "GMT");
    f = (struct http_field){ g_strdup("Date"), g_strdup(text) };
    g_array_prepend_val(m->fields, f);
}

/* Ours are the session's to set, whatever the handler says of them. */
static void send_response(struct http_server *s, const struct http_message *request, struct http_message *m,
                          bool stays, GString *out)
{
    size_t start = out->len;
    bool is_head = request != NULL && strcmp(request->method, "HEAD") == 0;

    m->minor = 1; /* RFC 9112 §2.3: what we are, whatever the client is */
    m->is_chunked = m->is_chunked && request != NULL && request->minor > 0;
    http_set(m, "Server", "mxlab");
    set_date(m, s->options->unix_s != NULL ? s->options->unix_s(s->self) : 0);
    if (!stays)
        http_set(m, "Connection", "close");
    else if (request != NULL && request->minor == 0)
        http_set(m, "Connection", "keep-alive");
    http_write(m, is_head, CHUNK, out);
    if (s->handler->on_response != NULL)
        s->handler->on_response(s->self, request, m, out->len - start);
    http_message_free(&m);
}

/* What came is no request to be served: say so, and end. Where it ends is not known, so nothing that follows
 * could be read. */
static void refuse(struct http_server *s, unsigned status, const char *more, GString *out)
{
    enter(s, HTTP_S_READING);
    send_response(s, NULL, http_page_new(status, more), false, out);
    enter(s, HTTP_S_CLOSED);
}

/* ---- Requests. */

/* RFC 9110 §9: others are not known here, which is another thing than not allowed. */
static bool is_method(const char *method)
{
    static const char *const methods[] = { "GET",     "HEAD",    "POST",  "PUT",  "DELETE",
                                           "CONNECT", "OPTIONS", "TRACE", "PATCH" };

    for (size_t i = 0; i < G_N_ELEMENTS(methods); i++)
        if (strcmp(method, methods[i]) == 0)
            return true;
    return false;
}

/* RFC 9110 §10.1.1: nothing else can be expected. */
static bool expects_the_unknown(const struct http_message *m)
{
    const char *expect = http_field(m, "Expect");

    return expect != NULL && m->minor > 0 && g_ascii_strcasecmp(expect, "100-continue") != 0;
}

static struct http_message *answer(struct http_server *s, const struct http_message *request,
                                   const GString *out)
{
    if (out->len > HTTP_UNSENT_MAX)
        return http_page_new(503, "Too much was asked for at once");
    if (!is_method(request->method))
        return http_page_new(501, "This method is not known here");
    if (expects_the_unknown(request))
        return http_page_new(417, NULL);
    return s->handler->serve(s->self, request);
}

static void serve(struct http_server *s, GString *out)
{
    struct http_message *request = http_reader_take(s->reader), *response;
    bool stays;

    if (s->handler->on_request != NULL)
        s->handler->on_request(s->self, request, request->wire_size);
    response = answer(s, request, out);
    assert(response != NULL && !response->is_request && response->status >= 200);
    s->served++;
    stays = s->options->persistent && http_keeps_alive(request) && http_keeps_alive(response) &&
            out->len <= HTTP_UNSENT_MAX &&
            (s->options->requests_max == 0 || s->served < s->options->requests_max);
    send_response(s, request, response, stays, out);
    http_message_free(&request);
    enter(s, stays ? HTTP_S_IDLE : HTTP_S_CLOSED);
}

void http_server_feed(struct http_server *s, struct span bytes, GString *out)
{
    while (bytes.len > 0 && s->state != HTTP_S_CLOSED) {
        enum http_read read = http_reader_feed(s->reader, &bytes);

        if (read == HTTP_READ_WHOLE || !http_reader_is_between(s->reader))
            enter(s, HTTP_S_READING);
        if (http_reader_wants_continue(s->reader))
            g_string_append(out, "HTTP/1.1 100 Continue\r\n\r\n");
        if (read == HTTP_READ_WHOLE)
            serve(s, out);
        else if (read == HTTP_READ_BAD)
            refuse(s, http_reader_status(s->reader), http_reader_why(s->reader), out);
    }
}

void http_server_shut(struct http_server *s, GString *out)
{
    if (s->state == HTTP_S_READING)
        refuse(s, 408, "The request did not come in time", out);
    else
        enter(s, HTTP_S_CLOSED);
}

bool http_server_is_over(const struct http_server *s)
{
    return s->state == HTTP_S_CLOSED;
}

enum http_server_state http_server_state(const struct http_server *s)
{
    return s->state;
}

unsigned http_server_served(const struct http_server *s)
{
    return s->served;
}
