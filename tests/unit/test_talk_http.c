/* Runs the talks in tests/talk/http (their format: talk.h) with both sides of HTTP.
 *
 *   http-server persistent=yes max=0 events=no
 *       serves /hello, /chunks (a chunked one with a trailer), /last (closes), /nothing (204), /same (304),
 * /say (POST: the content comes back), /injected (a field with a line end in it). Line ends of pages are
 * shown as CRLF. ! shut: idle too long E: (events=yes) request GET /hello 32, response 200 GET 120, response
 * 400 - 120, reading, idle, closed http-client events=no ! send GET /x, send GET /x close, send POST /x TEXT;
 * ! end: the connection is gone E: response 200 <octets> stays|ends TEXT (CRLF as |), broken WHY;
 * (events=yes) waiting, idle, closed */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/client.h"
#include "http/server.h"
#include "talk.h"

/* What the talks have shown, for the test that they show all. */
static bool server_states[HTTP_S_CLOSED + 1][HTTP_S_CLOSED + 1];
static bool client_states[HTTP_C_CLOSED + 1][HTTP_C_CLOSED + 1];
static bool statuses[600];

/* ── The server ── */

struct side {
    struct talk *talk;
    struct http_server_options options;
    struct http_server *server;
    bool tells;
};

static struct http_message *on_serve(void *self, const struct http_message *request)
{
    struct http_message *m = http_response_new(200);
    const char *target = request->target;

    (void)self;
    http_add(m, "Content-Type", "text/plain");
    if (strcmp(target, "/hello") == 0) {
        g_string_assign(m->body, "hello\r\n");
    } else if (strcmp(target, "/chunks") == 0) {
        g_string_assign(m->body, "many parts\r\n");
        m->is_chunked = true;
        http_add_trailer(m, "Parts", "1");
    } else if (strcmp(target, "/last") == 0) {
        g_string_assign(m->body, "goodbye\r\n");
        http_add(m, "Connection", "close");
    } else if (strcmp(target, "/say") == 0) {
        g_string_append_len(m->body, request->body->str, (gssize)request->body->len);
    } else if (strcmp(target, "/injected") == 0) {
        http_add(m, "X", "a\r\nInjected: yes");
    } else {
        http_message_free(&m);
        m = strcmp(target, "/nothing") == 0 ? http_response_new(204)
            : strcmp(target, "/same") == 0  ? http_response_new(304)
                                            : http_page_new(404, NULL);
    }
    return m;
}

static void on_request(void *self, const struct http_message *m, size_t size)
{
    struct side *x = self;

    assert_int_equal(size, m->wire_size);
    if (x->tells)
        talk_note(x->talk, "request %s %s %zu", m->method, m->target, size);
}

static void on_response(void *self, const struct http_message *request, const struct http_message *m,
                        size_t size)
{
    struct side *x = self;

    assert_true(size > m->body->len || (request != NULL && strcmp(request->method, "HEAD") == 0));
    statuses[m->status] = true;
    if (x->tells)
        talk_note(x->talk, "response %u %s %zu", m->status, request != NULL ? request->method : "-", size);
}

static void on_server_state(void *self, enum http_server_state before, enum http_server_state now)
{
    struct side *x = self;

    server_states[before][now] = true;
    if (x->tells)
        talk_note(x->talk, "%s", http_server_state_text(now));
}

static const struct http_handler handler = { on_serve, on_request, on_response, on_server_state };

static int64_t epoch(void *self)
{
    (void)self;
    return 1772442000;
}

static void begin_server(struct talk *t)
{
    struct side *x = g_new0(struct side, 1);

    t->session = x;
    x->talk = t;
    x->tells = strcmp(talk_setting(t, "events", "no"), "yes") == 0;
    x->options = (struct http_server_options){
        .persistent = strcmp(talk_setting(t, "persistent", "yes"), "yes") == 0,
        .requests_max = (unsigned)strtoul(talk_setting(t, "max", "0"), NULL, 10),
        .unix_s = epoch,
    };
    x->server = http_server_new(&x->options, &handler, x);
}

/* A page's lines end in LF: a talk is about lines with CRLF. */
static void show(struct talk *t, GString *said)
{
    for (gsize i = 0; i < said->len; i++) {
        if (said->str[i] == '\n' && (t->out->len == 0 || t->out->str[t->out->len - 1] != '\r'))
            g_string_append_c(t->out, '\r');
        g_string_append_c(t->out, said->str[i]);
    }
    g_string_free(said, TRUE);
}

static void feed_server(struct talk *t, struct span bytes)
{
    GString *said = g_string_new(NULL);

    http_server_feed(((struct side *)t->session)->server, bytes, said);
    show(t, said);
}

static const char *state_of_server(struct talk *t)
{
    return http_server_state_text(http_server_state(((struct side *)t->session)->server));
}

static bool act_on_server(struct talk *t, const char *action)
{
    GString *said = g_string_new(NULL);

    if (strcmp(action, "shut") == 0)
        http_server_shut(((struct side *)t->session)->server, said);
    show(t, said);
    return strcmp(action, "shut") == 0;
}

static void end_server(struct talk *t)
{
    struct side *x = t->session;

    http_server_free(&x->server);
    g_free(x);
}

/* ── The client ── */

struct other_side {
    struct talk *talk;
    struct http_client *client;
    bool tells;
};

static void on_client_response(void *self, const struct http_message *m, size_t size, bool stays)
{
    struct other_side *x = self;
    char **lines = g_strsplit(m->body->str, "\r\n", 0), *text = g_strjoinv("|", lines);

    assert_true(stays == http_client_is_usable(x->client) && !http_client_is_waiting(x->client));
    assert_true(m->wire_size == size);
    talk_note(x->talk, "response %u <%zu> %s %s", m->status, size, stays ? "stays" : "ends", text);
    g_free(text);
    g_strfreev(lines);
}

static void on_client_broken(void *self, const char *why)
{
    struct other_side *x = self;

    assert_false(http_client_is_usable(x->client) || http_client_is_waiting(x->client));
    talk_note(x->talk, "broken %s", why);
}

static void on_client_state(void *self, enum http_client_state before, enum http_client_state now)
{
    struct other_side *x = self;

    client_states[before][now] = true;
    if (x->tells)
        talk_note(x->talk, "%s", http_client_state_text(now));
}

static const struct http_client_events events = { on_client_response, on_client_broken, on_client_state };

static void begin_client(struct talk *t)
{
    struct other_side *x = g_new0(struct other_side, 1);

    t->session = x;
    x->talk = t;
    x->tells = strcmp(talk_setting(t, "events", "no"), "yes") == 0;
    x->client = http_client_new(&events, x);
}

static void feed_client(struct talk *t, struct span bytes)
{
    http_client_feed(((struct other_side *)t->session)->client, bytes);
}

static const char *state_of_client(struct talk *t)
{
    return http_client_state_text(http_client_state(((struct other_side *)t->session)->client));
}

static bool act_on_client(struct talk *t, const char *action)
{
    struct other_side *x = t->session;
    char **words = g_strsplit(action, " ", 4);
    bool sends = g_strv_length(words) >= 3 && strcmp(words[0], "send") == 0;

    if (sends) {
        struct http_message *m = http_request_new(words[1], words[2]);
        size_t before = t->out->len, size;

        http_add(m, "Host", "www.crepes.fr");
        if (words[3] != NULL && strcmp(words[3], "close") == 0)
            http_add(m, "Connection", "close");
        else if (words[3] != NULL)
            g_string_printf(m->body, "%s\r\n", words[3]);
        size = http_client_send(x->client, m, t->out);
        assert_int_equal(size, t->out->len - before);
        http_message_free(&m);
    } else if (strcmp(action, "end") == 0) {
        http_client_end(x->client);
    } else {
        g_strfreev(words);
        return false;
    }
    g_strfreev(words);
    return true;
}

static void end_client(struct talk *t)
{
    struct other_side *x = t->session;

    http_client_free(&x->client);
    g_free(x);
}

/* ── All of them ── */

static const struct talk_kind kinds[] = {
    { "http-server", 'C', begin_server, feed_server, state_of_server, act_on_server, end_server },
    { "http-client", 'S', begin_client, feed_client, state_of_client, act_on_client, end_client },
};

static void test_http_talks_go_as_written(void **state)
{
    (void)state;
    talk_run_folder("tests/talk/http", kinds, G_N_ELEMENTS(kinds));
}

/* Every change of state that there is, and every status with which a server may refuse to read. */
static void test_http_talks_cover_every_state_and_refusal(void **state)
{
    static const unsigned refusals[] = { 400, 408, 413, 414, 417, 431, 501, 505 };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++)
        if (!statuses[refusals[i]])
            fail_msg("no talk shows %u", refusals[i]);
    assert_true(server_states[HTTP_S_IDLE][HTTP_S_READING] && server_states[HTTP_S_READING][HTTP_S_IDLE]);
    assert_true(server_states[HTTP_S_READING][HTTP_S_CLOSED] && server_states[HTTP_S_IDLE][HTTP_S_CLOSED]);
    assert_true(client_states[HTTP_C_IDLE][HTTP_C_WAITING] && client_states[HTTP_C_WAITING][HTTP_C_IDLE]);
    assert_true(client_states[HTTP_C_WAITING][HTTP_C_CLOSED] && client_states[HTTP_C_IDLE][HTTP_C_CLOSED]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_http_talks_go_as_written),
        cmocka_unit_test(test_http_talks_cover_every_state_and_refusal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
