/* What a talk cannot show of the HTTP server (tests/talk/http): amounts, and what it says to the octet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/server.h"

struct world {
    struct http_server *server;
    GString *out;
    size_t size; /* of a response's content */
    unsigned n_served;
    size_t n_octets; /* of the responses, as told */
};

static struct http_message *on_serve(void *self, const struct http_message *request)
{
    struct world *w = self;
    struct http_message *m = http_response_new(200);

    (void)request;
    w->n_served++;
    g_string_set_size(m->body, w->size);
    memset(m->body->str, 'x', w->size);
    return m;
}

static void on_response(void *self, const struct http_message *request, const struct http_message *m,
                        size_t size)
{
    (void)request;
    (void)m;
    ((struct world *)self)->n_octets += size;
}

static const struct http_handler handler = { .serve = on_serve, .on_response = on_response };
static const struct http_server_options options = { .persistent = true };

static void begin(struct world *w, size_t size)
{
    *w = (struct world){ .out = g_string_new(NULL), .size = size };
    w->server = http_server_new(&options, &handler, w);
}

static void end(struct world *w)
{
    http_server_free(&w->server);
    assert_null(w->server);
    http_server_free(&w->server);
    g_string_free(w->out, TRUE);
}

static void feed(struct world *w, const char *text)
{
    g_string_truncate(w->out, 0);
    http_server_feed(w->server, span_of(text), w->out);
}

static void test_server_says_a_response_to_the_octet(void **state)
{
    struct world w;

    (void)state;
    begin(&w, 3);
    feed(&w, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_string_equal(w.out->str,
                        "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nServer: mxlab\r\n"
                        "Content-Length: 3\r\n\r\nxxx");
    assert_int_equal(w.n_octets, w.out->len);
    assert_int_equal(http_server_served(w.server), 1);
    feed(&w, "NONSENSE\r\n");
    assert_string_equal(w.out->str,
                        "HTTP/1.1 400 Bad Request\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                        "Content-Type: text/html; charset=utf-8\r\nServer: mxlab\r\n"
                        "Connection: close\r\nContent-Length: 129\r\n\r\n"
                        "<!DOCTYPE html>\n<title>400 Bad Request</title>\n<h1>400 Bad Request</h1>\n"
                        "<p>The first line is not method, target and version.</p>\n");
    assert_true(http_server_is_over(w.server));
    end(&w);
}

static void test_server_bears_a_line_without_end(void **state)
{
    char *much = g_strnfill(1 << 20, 'A');
    struct world w;

    (void)state;
    begin(&w, 0);
    for (unsigned i = 0; i < 100; i++)
        http_server_feed(w.server, span_bytes(much, 1 << 20), w.out);
    assert_true(http_server_is_over(w.server));
    assert_true(w.out->len < 1000);
    assert_int_equal(w.n_served, 0);
    g_free(much);
    end(&w);
}

/* A few octets that ask for much again and again. */
static void test_server_does_not_say_without_bound(void **state)
{
    GString *asks = g_string_new(NULL);
    struct world w;

    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        g_string_append(asks, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    begin(&w, 20 << 20);
    feed(&w, asks->str);
    assert_true(http_server_is_over(w.server));
    assert_true(w.out->len < HTTP_UNSENT_MAX + (21 << 20));
    assert_true(w.n_served <= 7);
    assert_non_null(g_strrstr(w.out->str, "HTTP/1.1 503 Service Unavailable"));
    end(&w);
    begin(&w, 1);
    feed(&w, asks->str);
    assert_int_equal(w.n_served, 1000);
    assert_int_equal(http_server_state(w.server), HTTP_S_IDLE);
    end(&w);
    g_string_free(asks, TRUE);
}

static void test_pages_are_no_markup(void **state)
{
    struct http_message *m = http_page_new(404, "There is no <b>\"such\"</b> thing");

    (void)state;
    assert_string_equal(m->body->str,
                        "<!DOCTYPE html>\n<title>404 Not Found</title>\n<h1>404 Not Found</h1>\n"
                        "<p>There is no &lt;b&gt;&quot;such&quot;&lt;/b&gt; thing.</p>\n");
    http_message_free(&m);
    m = http_page_new(599, NULL);
    assert_string_equal(m->body->str, "<!DOCTYPE html>\n<title>599</title>\n<h1>599</h1>\n");
    http_message_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server_says_a_response_to_the_octet),
        cmocka_unit_test(test_server_bears_a_line_without_end),
        cmocka_unit_test(test_server_does_not_say_without_bound),
        cmocka_unit_test(test_pages_are_no_markup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
