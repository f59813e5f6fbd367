#include "net_world.h"

#include <stdio.h>

#include "http/web.h"

static const struct web_object objects[] = {
    { .path = "/index.html", .data = { "<!DOCTYPE html><p>Hello</p>\n", 28 } },
    { .path = "/big.html", .data = { "<p>Big</p>", 10 }, .size = 5000 },
    { .path = "/pic.png", .size = 3000 },
    { .path = "/stream.txt", .size = 10000, .chunked = true },
    { .path = "/old.html", .moved_to = "/index.html" },
    { .path = "/elsewhere", .moved_to = "http://b/x?y", .status = 307 },
    { .path = "/secret", .status = 403 },
    { .path = "/broken", .status = 500, .data = { "<p>Sorry</p>\n", 13 }, .type = "text/html" },
    { .path = "/sub/index.html", .data = { "sub", 3 } },
    { .path = "/with space.txt", .data = { "x", 1 } },
    { .path = "/data", .type = "application/x-lab", .data = { "\0\1", 2 } },
};

static struct web_spec spec(void)
{
    struct web_spec s = web_defaults;

    s.objects = objects;
    s.n_objects = G_N_ELEMENTS(objects);
    return s;
}

struct fixture {
    struct world *w;
    struct web_server *web;
    struct end end;
};

static void begin(struct fixture *f, const struct web_spec *s)
{
    struct web_spec usual = spec();

    f->w = world_new();
    f->web = web_server_add(f->w->b, s != NULL ? s : &usual);
    end_init(&f->end, f->w);
    f->end.conn = tcp_connect(f->w->a, world_ip("10.0.1.1"), HTTP_PORT, &end_app, &f->end);
}

static void finish(struct fixture *f)
{
    net_free(&f->w->net);
    web_server_free(&f->web);
    assert_null(f->web);
    sim_release(&f->w->sim);
    g_ptr_array_free(f->w->records, TRUE);
    g_string_free(f->w->packets, TRUE);
    end_release(&f->end);
    g_free(f->w);
}

static const char *say(struct fixture *f, const char *text)
{
    g_string_truncate(f->end.got, 0);
    tcp_send(f->end.conn, span_of(text));
    world_run(f->w, sim_now(&f->w->sim) + SIM_SECOND);
    return f->end.got->str;
}

/* The response without Date and Server, which each has. */
static const char *ask(struct fixture *f, const char *method, const char *target, const char *more)
{
    char *request = g_strdup_printf("%s %s HTTP/1.1\r\nHost: b\r\n%s\r\n", method, target, more);
    const char *got = say(f, request), *date = "Date: Thu, 01 Jan 1970 00:00:";
    char *at = strstr(got, date);

    g_free(request);
    assert_non_null(at);
    g_string_erase(f->end.got, at - got, (gssize)strlen(date) + 8);
    at = strstr(got, "Server: mxlab\r\n");
    assert_non_null(at);
    g_string_erase(f->end.got, at - got, 15);
    return f->end.got->str;
}

static bool matches(const char *text, const char *pattern)
{
    if (g_pattern_match_simple(pattern, text))
        return true;
    print_error("%s\nis not %s\n", text, pattern);
    return false;
}

static void test_web_serves_objects(void **state)
{
    static const struct {
        const char *method, *target, *more, *expected;
    } rows[] = {
        { "GET", "/index.html", "",
          "HTTP/1.1 200 OK\r\nETag: \"????????????????\"\r\nContent-Type: text/html; charset=utf-8\r\n"
          "Content-Length: 28\r\n\r\n<!DOCTYPE html><p>Hello</p>\n" },
        { "GET", "/", "", "HTTP/1.1 200 OK\r\n*<p>Hello</p>\n" },
        { "GET", "/?a=b", "", "HTTP/1.1 200 OK\r\n*<p>Hello</p>\n" },
        { "GET", "http://b/index.html", "", "HTTP/1.1 200 OK\r\n*<p>Hello</p>\n" },
        { "GET", "/%69ndex%2ehtml", "", "HTTP/1.1 200 OK\r\n*<p>Hello</p>\n" },
        { "GET", "/with%20space.txt", "", "HTTP/1.1 200 OK\r\n*text/plain; charset=utf-8*\r\n\r\nx" },
        { "GET", "/sub/", "", "HTTP/1.1 200 OK\r\n*\r\n\r\nsub" },
        { "HEAD", "/index.html", "", "HTTP/1.1 200 OK\r\nETag: *\r\nContent-Length: 28\r\n\r\n" },
        { "HEAD", "/pic.png", "", "HTTP/1.1 200 OK\r\n*image/png\r\nContent-Length: 3000\r\n\r\n" },
        { "HEAD", "/data", "", "HTTP/1.1 200 OK\r\n*application/x-lab\r\nContent-Length: 2\r\n\r\n" },
        { "HEAD", "/stream.txt", "", "HTTP/1.1 200 OK\r\n*Transfer-Encoding: chunked\r\n\r\n" },
        { "GET", "/stream.txt", "",
          "HTTP/1.1 200 OK\r\n*Transfer-Encoding: chunked\r\n\r\n1000\r\nthe quick*\r\n0\r\n\r\n" },
        { "GET", "/sub", "", "HTTP/1.1 404 Not Found\r\n*<p>On b there is no /sub.</p>\n" },
        { "GET", "/../index.html", "", "HTTP/1.1 404 Not Found\r\n*" },
        { "GET", "/INDEX.HTML", "", "HTTP/1.1 404 Not Found\r\n*" },
        { "GET", "/%3Cscript%3E", "", "HTTP/1.1 404 Not Found\r\n*there is no /&lt;script&gt;.</p>\n" },
        { "HEAD", "/none", "", "HTTP/1.1 404 Not Found\r\n*Content-Length: ??\r\n\r\n" },
        { "GET", "/%zz", "", "HTTP/1.1 400 Bad Request\r\n*" },
        { "GET", "/%00", "", "HTTP/1.1 400 Bad Request\r\n*" },
        { "GET", "/old.html", "", "HTTP/1.1 301 Moved Permanently\r\n*Location: /index.html\r\n*" },
        { "GET", "/elsewhere", "", "HTTP/1.1 307 Temporary Redirect\r\n*Location: http://b/x?y\r\n*" },
        { "GET", "/secret", "", "HTTP/1.1 403 Forbidden\r\n*<h1>403 Forbidden</h1>\n" },
        { "GET", "/broken", "",
          "HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/html\r\n*<p>Sorry</p>\n" },
        { "POST", "/index.html", "Content-Length: 0\r\n",
          "HTTP/1.1 405 Method Not Allowed\r\n*Allow: GET, HEAD, OPTIONS\r\n*" },
        { "DELETE", "/index.html", "", "HTTP/1.1 405 Method Not Allowed\r\n*" },
        { "TRACE", "/index.html", "", "HTTP/1.1 405 Method Not Allowed\r\n*" },
        { "CONNECT", "b:80", "", "HTTP/1.1 405 Method Not Allowed\r\n*" },
        { "POST", "/none", "Content-Length: 0\r\n", "HTTP/1.1 404 Not Found\r\n*" },
        { "BREW", "/index.html", "", "HTTP/1.1 501 Not Implemented\r\n*" },
        { "OPTIONS", "*", "", "HTTP/1.1 204 No Content\r\nAllow: GET, HEAD, OPTIONS\r\n\r\n" },
        { "OPTIONS", "/index.html", "", "HTTP/1.1 204 No Content\r\nAllow: GET, HEAD, OPTIONS\r\n\r\n" },
    };
    struct fixture f;
    unsigned bad = 0;

    (void)state;
    begin(&f, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        bad += !matches(ask(&f, rows[i].method, rows[i].target, rows[i].more), rows[i].expected);
    assert_int_equal(bad, 0);
    assert_int_equal(f.end.opened, 1); /* all over one connection */
    assert_int_equal(web_server_sessions(f.web), 1);
    finish(&f);
}

/* RFC 9110 §13.1. */
static void test_web_heeds_conditions(void **state)
{
    struct fixture f;
    char *etag, *more;
    const char *got;
    static const struct {
        const char *condition;
        unsigned status;
    } rows[] = {
        { "If-None-Match: %s", 304 },    { "If-None-Match: W/%s", 304 },
        { "If-None-Match: *", 304 },     { "If-None-Match: \"x\", %s", 304 },
        { "If-None-Match: \"x\"", 200 }, { "If-Match: %s", 200 },
        { "If-Match: *", 200 },          { "If-Match: \"x\", \"y\"", 412 },
        { "If-Match: W/%s", 412 },
    };

    (void)state;
    begin(&f, NULL);
    got = ask(&f, "GET", "/", "");
    etag = g_strndup(strstr(got, "ETag: ") + 6, 18);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *condition = g_strdup(rows[i].condition), *place = strstr(condition, "%s"), start[24];

        if (place != NULL) {
            char *whole;

            *place = '\0';
            whole = g_strconcat(condition, etag, NULL);
            g_free(condition);
            condition = whole;
        }
        more = g_strconcat(condition, "\r\n", NULL);
        snprintf(start, sizeof start, "HTTP/1.1 %u *", rows[i].status);
        got = ask(&f, "GET", "/", more);
        if (!g_pattern_match_simple(start, got))
            fail_msg("%s: %s", condition, got);
        if (rows[i].status == 304)
            assert_true(g_pattern_match_simple("HTTP/1.1 304 Not Modified\r\nETag: \"*\"\r\n\r\n", got));
        g_free(more);
        g_free(condition);
    }
    g_free(etag);
    finish(&f);
}

static void test_web_fills_objects_up(void **state)
{
    struct fixture f;
    const char *got, *body;

    (void)state;
    begin(&f, NULL);
    got = ask(&f, "GET", "/big.html", "");
    body = strstr(got, "\r\n\r\n") + 4;
    assert_int_equal(strlen(body), 5000);
    assert_true(g_str_has_prefix(body, "<p>Big</p><!--the quick"));
    assert_true(g_str_has_suffix(body, "-->\n"));
    assert_ptr_equal(strstr(body, "-->"), body + 4996);
    body = strstr(ask(&f, "GET", "/pic.png", ""), "\r\n\r\n") + 4;
    assert_int_equal(strlen(body), 3000);
    finish(&f);
}

static void test_web_closes_idle_connections(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, NULL);
    ask(&f, "GET", "/", "");
    world_run(f.w, 14 * SIM_SECOND);
    assert_int_equal(f.end.eofs, 0);
    ask(&f, "GET", "/", ""); /* the patience begins anew */
    world_run(f.w, 28 * SIM_SECOND);
    assert_int_equal(f.end.eofs, 0);
    assert_int_equal(web_server_sessions(f.web), 1);
    g_string_truncate(f.end.got, 0);
    world_run(f.w, 31 * SIM_SECOND);
    assert_int_equal(f.end.eofs, 1);
    assert_string_equal(f.end.got->str, "");
    assert_int_equal(web_server_sessions(f.web), 0);
    finish(&f);
}

static void test_web_tells_who_stops_in_the_middle(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, NULL);
    say(&f, "GET / HTTP/1.1\r\nHo");
    world_run(f.w, 20 * SIM_SECOND);
    assert_true(g_str_has_prefix(f.end.got->str, "HTTP/1.1 408 Request Timeout\r\n"));
    assert_int_equal(f.end.eofs, 1);
    finish(&f);
}

static void test_web_closes_after_each_response_if_told_so(void **state)
{
    struct web_spec s = spec();
    struct fixture f;

    (void)state;
    s.persistent = false;
    begin(&f, &s);
    assert_true(matches(ask(&f, "GET", "/", ""), "HTTP/1.1 200 OK\r\n*Connection: close\r\n*"));
    assert_int_equal(f.end.eofs, 1);
    assert_int_equal(f.end.why, TCP_DONE);
    finish(&f);
}

static void test_web_goes_down_and_comes_back(void **state)
{
    struct fixture f;
    struct end second;

    (void)state;
    begin(&f, NULL);
    say(&f, "GET / HT");
    assert_true(net_program_set_up(f.w->b, "web", false));
    world_run(f.w, sim_now(&f.w->sim) + SIM_SECOND);
    assert_int_equal(f.end.why, TCP_RESET);
    end_init(&second, f.w);
    second.conn = tcp_connect(f.w->a, world_ip("10.0.1.1"), HTTP_PORT, &end_app, &second);
    world_run(f.w, sim_now(&f.w->sim) + SIM_SECOND);
    assert_int_equal(second.why, TCP_REFUSED);
    end_release(&second);
    net_program_set_up(f.w->b, "web", true);
    end_init(&second, f.w);
    second.say = "GET / HTTP/1.0\r\n\r\n";
    second.conn = tcp_connect(f.w->a, world_ip("10.0.1.1"), HTTP_PORT, &end_app, &second);
    world_run(f.w, sim_now(&f.w->sim) + SIM_SECOND);
    assert_true(g_str_has_prefix(second.got->str, "HTTP/1.1 200 OK\r\n"));
    net_host_set_up(f.w->b, false); /* with a session open */
    finish(&f);
    end_release(&second);
}

static void test_web_is_recorded(void **state)
{
    struct fixture f;
    GString *s = g_string_new(NULL);
    uint64_t response = 0;

    (void)state;
    begin(&f, NULL);
    world_listen(f.w);
    say(&f, "GET /?x HTTP/1.1\r\nHost: b\r\n\r\nNONSENSE\r\n");
    for (guint i = 0; i < f.w->records->len; i++) {
        const struct record *r = f.w->records->pdata[i];
        struct field value;
        char buf[FIELD_BUF_MAX];

        if (r->event == EV_PACKET_SEND && response != 0) {
            assert_int_equal(r->cause, response); /* both left together: the last one's is told */
            response = 0;
        }
        if (r->event != EV_HTTP_RESPONSE && r->event != EV_HTTP_STATE && r->event != EV_HTTP_REQUEST)
            continue;
        if (r->event == EV_HTTP_RESPONSE)
            response = r->seq;
        g_string_append_printf(s, "%s %s>%s c%u", event_names[r->event], r->host, r->peer, r->conn);
        for (unsigned k = 0; k < N_KEYS; k++)
            if (k > KEY_WHY && record_value(r, k, &value))
                g_string_append_printf(s, "|%.*s", (int)field_text(&value, buf).len,
                                       field_text(&value, buf).at);
        g_string_append_c(s, '\n');
    }
    assert_string_equal(
        s->str, "http.state b>a c1|server|reading|idle\n"
                "http.response b>a c1|28|185|text/html; charset=utf-8|HTTP/1.1 200 OK|200|/?x\n"
                "http.state b>a c1|server|idle|reading\n"
                "http.state b>a c1|server|reading|idle\n"
                "http.response b>a c1|129|289|text/html; charset=utf-8|HTTP/1.1 400 Bad Request|400|\n"
                "http.state b>a c1|server|closed|reading\n");
    g_string_free(s, TRUE);
    finish(&f);
}

static struct http_message *make(void *self, const struct http_message *request, ip_addr client)
{
    struct http_message *m = http_response_new(200);

    assert_string_equal(self, "self");
    assert_int_equal(client, world_ip("10.0.0.1"));
    g_string_printf(m->body, "made %s", request->target);
    return m;
}

static void test_web_lets_others_answer(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, NULL);
    web_server_mount(f.web, "/mail/", make, (void *)"self");
    assert_true(matches(ask(&f, "GET", "/mail/a?b", ""), "*\r\n\r\nmade /mail/a?b"));
    assert_true(matches(ask(&f, "POST", "/mail/", "Content-Length: 0\r\n"), "*\r\n\r\nmade /mail/"));
    assert_true(matches(ask(&f, "GET", "/mail", ""), "HTTP/1.1 301 *Location: /mail/\r\n*"));
    assert_true(matches(ask(&f, "GET", "/mailbox", ""), "HTTP/1.1 404 *"));
    finish(&f);
}

static void test_web_describes_itself(void **state)
{
    struct fixture f;
    struct sheet *sheet = sheet_new("b");
    GString *out = g_string_new(NULL);

    (void)state;
    begin(&f, NULL);
    ask(&f, "GET", "/", "");
    net_host_describe(f.w->b, sheet);
    sheet_to_text(sheet, out);
    assert_non_null(strstr(out->str, "/index.html"));
    assert_non_null(strstr(out->str, "HTTP sessions"));
    assert_non_null(strstr(out->str, "idle"));
    g_string_free(out, TRUE);
    sheet_free(&sheet);
    finish(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_web_serves_objects),
        cmocka_unit_test(test_web_heeds_conditions),
        cmocka_unit_test(test_web_fills_objects_up),
        cmocka_unit_test(test_web_closes_idle_connections),
        cmocka_unit_test(test_web_tells_who_stops_in_the_middle),
        cmocka_unit_test(test_web_closes_after_each_response_if_told_so),
        cmocka_unit_test(test_web_goes_down_and_comes_back),
        cmocka_unit_test(test_web_is_recorded),
        cmocka_unit_test(test_web_lets_others_answer),
        cmocka_unit_test(test_web_describes_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
