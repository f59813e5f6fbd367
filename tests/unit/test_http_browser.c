#include "web_world.h"

#include "http/cookies.h"

#define PAGE                                                                                                 \
    "<link rel=stylesheet href=/a.css><img src=1.png><img src=2.png><img src=1.png><img src=/1.png#x>"       \
    "<script src=a.js></script><img src=mailto:no><img src=data:,no>"

#define FAR_PAGE "<img src=//pics.crepes.fr/1.png><img src=http://nobody.crepes.fr/2.png><img src=none.png>"

static const struct web_object objects[] = {
    { .path = "/index.html", .data = { PAGE, sizeof PAGE - 1 } },
    { .path = "/a.css", .size = 2000 },
    { .path = "/a.js", .size = 3000 },
    { .path = "/1.png", .size = 20000 },
    { .path = "/2.png", .size = 10000 },
    { .path = "/far.html", .data = { FAR_PAGE, sizeof FAR_PAGE - 1 } },
    { .path = "/moved", .moved_to = "/index.html" },
    { .path = "/see", .moved_to = "moved", .status = 303 },
    { .path = "/away", .moved_to = "http://pics.crepes.fr/", .status = 307 },
    { .path = "/circle", .moved_to = "/circle" },
    { .path = "/secure", .moved_to = "https://www.crepes.fr/" },
    { .path = "/text.txt", .data = { "<img src=1.png>", 15 } },
    { .path = "/post", .moved_to = "/index.html", .status = 302 },
};

struct fixture {
    struct mail_world w;
    struct web_server *www, *pics;
    struct browser *browser;
    struct ww_log log;
};

static void begin(struct fixture *f, const char *only)
{
    struct web_spec s = web_defaults;

    mw_init(&f->w, WEB_ZONE);
    s.objects = objects;
    s.n_objects = G_N_ELEMENTS(objects);
    f->www = web_server_add(mw_host(&f->w, "www.crepes.fr", "10.1.0.80"), &s);
    f->pics = web_server_add(mw_host(&f->w, "pics.crepes.fr", "10.1.0.81"), &s);
    f->browser = ww_browser(mw_host(&f->w, "alice-pc", "10.1.0.10"));
    ww_listen(&f->w, &f->log, only);
}

/* mw_release releases the clock, which a browser still needs: so it goes in between. */
static void finish(struct fixture *f)
{
    mw_audit(&f->w);
    net_free(&f->w.net);
    browser_free(&f->browser);
    assert_null(f->browser);
    web_server_free(&f->www);
    web_server_free(&f->pics);
    dns_server_free(&f->w.dns);
    mail_ledger_free(&f->w.ledger);
    g_ptr_array_free(f->w.servers, TRUE);
    g_ptr_array_free(f->w.agents, TRUE);
    g_string_free(f->w.log, TRUE);
    sim_release(&f->w.sim);
    g_string_free(f->log.text, TRUE);
}

static void run(struct fixture *f)
{
    mw_run_for(&f->w, 20 * SIM_MINUTE);
}

static void test_browser_fetches_a_page(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, "dns.lookup http.request http.response http.page tcp.connect");
    ww_fetch(f.browser, "http://www.crepes.fr", false, 1);
    run(&f);
    ww_expect(&f.log, "dns.lookup alice-pc\ntcp.connect alice-pc\nhttp.request alice-pc GET /\n"
                      "http.response www.crepes.fr 200 /\nhttp.page alice-pc 200 http://www.crepes.fr 0 1\n");
    assert_int_equal(browser_pages(f.browser), 1);
    assert_int_equal(browser_busy(f.browser), 0);
    finish(&f);
}

static void test_browser_fetches_objects_once_each(void **state)
{
    static const char requests[] = "http.request alice-pc GET /\nhttp.request alice-pc GET /a.css\n"
                                   "http.request alice-pc GET /1.png\nhttp.request alice-pc GET /2.png\n"
                                   "http.request alice-pc GET /a.js\n";
    static const struct {
        unsigned connections; /* 0: not persistent, one */
        const char *page;
    } rows[] = {
        { 1, "http.page alice-pc 200 http://www.crepes.fr/ 4 1\n" },
        { 0, "http.page alice-pc 200 http://www.crepes.fr/ 4 5\n" },
        { 2, "http.page alice-pc 200 http://www.crepes.fr/ 4 2\n" },
        { 6, "http.page alice-pc 200 http://www.crepes.fr/ 4 3\n" }, /* the first is free again as the others
                                                                        open */
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct fixture f;

        begin(&f, "http.request http.page");
        ww_fetch(f.browser, "http://www.crepes.fr/", true, rows[i].connections);
        run(&f);
        assert_true(g_str_has_prefix(f.log.text->str, requests));
        assert_string_equal(f.log.text->str + sizeof requests - 1, rows[i].page);
        finish(&f);
    }
}

/* Lesson B2: round trips. 20 ms to the router and on to the server each way makes 40 ms a round trip; one to
 * the DNS, one for TCP, one for each request that waits for another. */
static sim_time took(unsigned connections, bool persistent)
{
    struct fixture f;
    sim_time end = 0;

    begin(&f, "http.page");
    browser_fetch(f.browser, &(struct browser_page){ .url = "http://www.crepes.fr/",
                                                     .with_objects = true,
                                                     .persistent = persistent,
                                                     .connections = connections });
    while (f.log.text->len == 0 && sched_step(f.w.sim.sched, SIM_HOUR))
        end = sim_now(&f.w.sim);
    finish(&f);
    return end;
}

static void test_browser_is_faster_over_more_connections(void **state)
{
    sim_time one_each = took(1, false), one = took(1, true), four = took(4, true), six_each = took(6, false);

    (void)state;
    assert_true(one < one_each);
    assert_true(four < one);
    assert_true(six_each < one_each);
    assert_true(four <= six_each);
}

static void test_browser_keeps_connections_between_pages(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, "dns.lookup tcp.connect http.page");
    f.log.with_conn = true;
    ww_fetch(f.browser, "http://www.crepes.fr/text.txt", false, 1);
    ww_fetch(f.browser, "http://www.crepes.fr/text.txt", true,
             1); /* waits its turn; no page, so no objects */
    assert_int_equal(browser_busy(f.browser), 2);
    mw_run_for(&f.w, SIM_SECOND);
    ww_expect(
        &f.log,
        "dns.lookup alice-pc\ntcp.connect alice-pc c1\nhttp.page alice-pc 200 http://www.crepes.fr/text.txt 0 1\n"
        "http.page alice-pc 200 http://www.crepes.fr/text.txt 0 1\n");
    run(&f); /* the server closes what is idle */
    ww_fetch(f.browser, "http://www.crepes.fr/text.txt", false, 1);
    run(&f);
    ww_expect(
        &f.log,
        "dns.lookup alice-pc\ntcp.connect alice-pc c2\nhttp.page alice-pc 200 http://www.crepes.fr/text.txt 0 1\n");
    finish(&f);
}

static void test_browser_goes_elsewhere_for_objects(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, "http.request http.page agent.fail");
    ww_fetch(f.browser, "http://www.crepes.fr/far.html", true, 2);
    run(&f);
    ww_expect(&f.log, "http.request alice-pc GET /far.html\nhttp.request alice-pc GET /none.png\n"
                      "agent.fail alice-pc  web http://nobody.crepes.fr/2.png: The host cannot be reached\n"
                      "http.request alice-pc GET /1.png\n"
                      "http.page alice-pc 200 http://www.crepes.fr/far.html 1 2\n");
    finish(&f);
}

static void test_browser_follows_redirections(void **state)
{
    static const struct {
        const char *url, *expected;
    } rows[] = {
        { "http://www.crepes.fr/moved", "GET /moved\nGET /index.html\n200 http://www.crepes.fr/moved\n" },
        { "http://www.crepes.fr/see",
          "GET /see\nGET /moved\nGET /index.html\n200 http://www.crepes.fr/see\n" },
        { "http://www.crepes.fr/away", "GET /away\nGET /\n200 http://www.crepes.fr/away\n" },
        { "http://www.crepes.fr/secure",
          "GET /secure\nfail https://www.crepes.fr/ is no URL that a browser here can go to\n" },
        { "http://www.crepes.fr/none", "GET /none\n404 http://www.crepes.fr/none\n" },
        { "nonsense", "fail nonsense is no URL that a browser here can go to\n" },
        { "http://www.crepes.fr/circle",
          "GET /circle\nGET /circle\nGET /circle\nGET /circle\nGET /circle\nGET /circle\nGET /circle\nGET /circle\n"
          "GET /circle\nGET /circle\nGET /circle\nfail The server leads from one place to the next without an end\n" },
    };
    struct fixture f;

    (void)state;
    begin(&f, "http.request http.page agent.fail");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GString *got;

        ww_fetch(f.browser, rows[i].url, false, 1);
        run(&f);
        got = f.log.text;
        g_string_replace(got, "http.request alice-pc ", "", 0);
        g_string_replace(got, "http.page alice-pc ", "", 0);
        g_string_replace(got, "agent.fail alice-pc  web ", "fail ", 0);
        for (char *at;
             (at = strstr(got->str, " 0 1\n")) != NULL || (at = strstr(got->str, " 0 2\n")) != NULL;)
            g_string_erase(got, at - got->str, 4);
        ww_expect(&f.log, rows[i].expected);
    }
    finish(&f);
}

static void test_browser_sends_forms(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, "http.request http.page");
    browser_fetch(f.browser, &(struct browser_page){ .url = "http://www.crepes.fr/post",
                                                     .method = "POST",
                                                     .form = "a=b",
                                                     .persistent = true,
                                                     .connections = 1 });
    run(&f);
    /* That object knows no POST. */
    ww_expect(&f.log,
              "http.request alice-pc POST /post\nhttp.page alice-pc 405 http://www.crepes.fr/post 0 1\n");
    finish(&f);
}

static void test_browser_tells_why_not(void **state)
{
    static const struct {
        const char *url, *why;
    } rows[] = {
        { "http://none.crepes.fr/", "There is no host of that name" },
        { "http://empty.crepes.fr/", "The name has no address" },
        { "http://nobody.crepes.fr/", "The host cannot be reached" },
        { "http://www.crepes.fr:81/", "Connection refused: no server listens there" },
        { "http://10.1.0.80:81/", "Connection refused: no server listens there" },
        { "http://a..b/", "This cannot be a host's name" },
    };
    struct fixture f;

    (void)state;
    begin(&f, "http.page agent.fail");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *expected = g_strdup_printf("agent.fail alice-pc  web %s\n", rows[i].why);

        ww_fetch(f.browser, rows[i].url, true, 6);
        run(&f);
        ww_expect(&f.log, expected);
        g_free(expected);
    }
    assert_int_equal(browser_pages(f.browser), G_N_ELEMENTS(rows));
    finish(&f);
}

/* The first address refuses, the second serves. */
static void test_browser_tries_each_address(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, "tcp.connect tcp.fail http.page agent.fail");
    mw_host(&f.w, "no-server", "10.1.0.99");
    ww_fetch(f.browser, "http://many.crepes.fr/text.txt", false, 1);
    run(&f);
    assert_non_null(strstr(f.log.text->str, "http.page alice-pc 200 http://many.crepes.fr/text.txt 0 1\n"));
    assert_null(strstr(f.log.text->str, "agent.fail"));
    finish(&f);
}

/* The server's 15 s of patience end when the next request is on its way: the browser asks again. */
static void test_browser_asks_again_where_a_connection_went(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, "http.request http.response http.page agent.fail");
    ww_fetch(f.browser, "http://www.crepes.fr/text.txt", false, 1);
    mw_run_for(&f.w, SIM_SECOND);
    while (f.log.text->len > 0 && web_server_sessions(f.www) > 0)
        sched_step(f.w.sim.sched, SIM_NEVER);
    /* Its FIN has not arrived yet. */
    g_string_truncate(f.log.text, 0);
    ww_fetch(f.browser, "http://www.crepes.fr/text.txt", false, 1);
    run(&f);
    ww_expect(&f.log, "http.request alice-pc GET /text.txt\nhttp.request alice-pc GET /text.txt\n"
                      "http.response www.crepes.fr 200 /text.txt\n"
                      "http.page alice-pc 200 http://www.crepes.fr/text.txt 0 1\n");
    finish(&f);
}

static void test_browser_gives_up_on_silence(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, "http.page agent.fail");
    ww_fetch(f.browser, "http://www.crepes.fr/", true, 6);
    mw_run_for(&f.w, 65 * SIM_MS); /* connected, and the request on its way */
    mw_up(&f.w, "www.crepes.fr", false);
    run(&f);
    ww_expect(&f.log, "agent.fail alice-pc  web The server was silent for too long\n");
    ww_fetch(f.browser, "http://www.crepes.fr/", true, 6);
    run(&f);
    ww_expect(&f.log, "agent.fail alice-pc  web The host does not answer\n");
    finish(&f);
}

static void test_browser_is_stopped(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, "http.page agent.fail");
    for (sim_time at = 0; at < 300 * SIM_MS; at += 7 * SIM_MS) {
        ww_fetch(f.browser, "http://www.crepes.fr/", true, 6);
        ww_fetch(f.browser, "http://nonsense", true, 6);
        mw_run_for(&f.w, at);
        mw_up(&f.w, "alice-pc", false);
        if (browser_pages(f.browser) == 0)
            ww_expect(&f.log, "agent.fail alice-pc  web The browser was stopped\n"
                              "agent.fail alice-pc  web The browser was stopped\n");
        g_string_truncate(f.log.text, 0);
        assert_int_equal(browser_busy(f.browser), 0);
        ww_fetch(f.browser, "http://www.crepes.fr/", true, 6);
        ww_expect(&f.log, "agent.fail alice-pc  web The browser is not running\n");
        mw_up(&f.w, "alice-pc", true);
        mw_run_for(&f.w, SIM_SECOND);
    }
    ww_fetch(f.browser, "http://www.crepes.fr/text.txt", true, 6);
    run(&f);
    ww_expect(&f.log, "http.page alice-pc 200 http://www.crepes.fr/text.txt 0 1\n");
    finish(&f);
}

/* Freed at any moment, after the net. */
static void test_browser_is_freed_at_work(void **state)
{
    (void)state;
    for (sim_time at = 0; at < 300 * SIM_MS; at += 11 * SIM_MS) {
        struct fixture f;

        begin(&f, "");
        ww_fetch(f.browser, "http://www.crepes.fr/", true, 3);
        ww_fetch(f.browser, "nonsense", true, 3);
        mw_run_for(&f.w, at);
        finish(&f);
    }
}

static void test_browser_describes_itself(void **state)
{
    struct fixture f;
    char *text;

    (void)state;
    begin(&f, "");
    ww_fetch(f.browser, "http://www.crepes.fr/", true, 2);
    mw_run_for(&f.w, SIM_SECOND);
    text = mw_describe(&f.w, "alice-pc");
    assert_non_null(strstr(text, "http://www.crepes.fr/"));
    assert_non_null(strstr(text, "Connections to web servers"));
    assert_non_null(strstr(text, "idle"));
    g_free(text);
    finish(&f);
}

/* Every record leads back to what the person did. */
struct chain {
    GArray *causes; /* by seq */
    uint64_t last;
};

static void on_cause(void *self, const struct record *r)
{
    struct chain *c = self;

    g_array_set_size(c->causes, (guint)r->seq + 1);
    g_array_index(c->causes, uint64_t, r->seq) = r->cause;
    if (r->event == EV_HTTP_PAGE)
        c->last = r->seq;
}

static void test_browser_has_causes(void **state)
{
    struct chain c = { .causes = g_array_new(FALSE, TRUE, sizeof(uint64_t)) };
    struct fixture f;
    struct record *r;
    uint64_t first, at;

    (void)state;
    begin(&f, "");
    trace_listen(&f.w.sim.trace, on_cause, &c);
    r = trace_begin(&f.w.sim.trace, EV_NOTE, "alice-pc");
    trace_text(r, KEY_TITLE, SPAN("Alice clicks"));
    first = trace_end(&f.w.sim.trace);
    ww_fetch(f.browser, "http://www.crepes.fr/", true, 2);
    run(&f);
    at = c.last;
    assert_true(at > 0);
    for (unsigned n = 0; at != first; n++) {
        assert_true(at > first && n < 1000);
        at = g_array_index(c.causes, uint64_t, at);
    }
    g_array_unref(c.causes);
    finish(&f);
}

/* ---- Cookies. */

static void test_cookies(void **state)
{
    static const struct {
        const char *host, *target, *set_cookie, *asked_host, *asked, *expected;
    } rows[] = {
        { "a", "/", "x=1", "a", "/", "x=1" },
        { "a", "/", "x=1", "b", "/", "" },
        { "a", "/b/c", "x=1", "a", "/b/d", "x=1" },
        { "a", "/b/c", "x=1", "a", "/b", "x=1" },
        { "a", "/b/c", "x=1", "a", "/bc", "" },
        { "a", "/b/c?d=/e", "x=1", "a", "/b/?f", "x=1" },
        { "a", "/b/c", "x=1; Path=/", "a", "/", "x=1" },
        { "a", "/", "x=1; path=/mail/", "a", "/mail/y", "x=1" },
        { "a", "/", "x=1; path=/mail/", "a", "/mail", "" },
        { "a", "/", "x=1; path=mail", "a", "/", "x=1" },
        { "a", "/", "x=1; Path=/b; Path=/c", "a", "/c", "x=1" },
        { "a", "/", "x=1; Domain=b; Secure; HttpOnly", "a", "/", "x=1" },
        { "a", "/", "x=1; Domain=b", "b", "/", "" },
        { "a", "/", " x = 1 2 ", "a", "/", "x=1 2" },
        { "a", "/", "x=", "a", "/", "x=" },
        { "a", "/", "x=\"1\"", "a", "/", "x=\"1\"" },
        { "a", "/", "x=a=b", "a", "/", "x=a=b" },
        { "a", "/", "x", "a", "/", "" },
        { "a", "/", "=1", "a", "/", "" },
        { "a", "/", "", "a", "/", "" },
        { "a", "/", "; Path=/", "a", "/", "" },
        { "a", "/", "x=1; Max-Age=10", "a", "/", "x=1" },
        { "a", "/", "x=1; Max-Age=0", "a", "/", "" },
        { "a", "/", "x=1; Max-Age=-5", "a", "/", "" },
        { "a", "/", "x=1; Max-Age=x", "a", "/", "x=1" },
        { "a", "/", "x=1; Max-Age=99999999999999999999", "a", "/", "x=1" },
        { "a", "/", "x=1; Max-Age=18446744073709551615", "a", "/", "x=1" },
        { "a", "/", "x=1\x01", "a", "/", "" },
    };
    GString *out = g_string_new(NULL);

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct http_jar jar;

        http_jar_init(&jar);
        http_jar_set(&jar, rows[i].host, rows[i].target, span_of(rows[i].set_cookie), 5);
        g_string_truncate(out, 0);
        http_jar_get(&jar, rows[i].asked_host, rows[i].asked, 6, out);
        if (strcmp(out->str, rows[i].expected) != 0)
            fail_msg("%s: %s", rows[i].set_cookie, out->str);
        http_jar_release(&jar);
    }
    g_string_free(out, TRUE);
}

static void test_cookies_change_and_end(void **state)
{
    GString *out = g_string_new(NULL);
    struct http_jar jar;

    (void)state;
    http_jar_init(&jar);
    http_jar_set(&jar, "a", "/", SPAN("x=1"), 0);
    http_jar_set(&jar, "a", "/", SPAN("y=2; Max-Age=1"), 0);
    http_jar_set(&jar, "a", "/b/", SPAN("z=3; Path=/b/"), 0);
    http_jar_get(&jar, "a", "/b/", SIM_SECOND / 2, out);
    assert_string_equal(out->str, "z=3; x=1; y=2");
    g_string_truncate(out, 0);
    http_jar_get(&jar, "a", "/b/", SIM_SECOND, out);
    assert_string_equal(out->str, "z=3; x=1");
    http_jar_set(&jar, "a", "/", SPAN("x=4"), 0);
    http_jar_set(&jar, "a", "/", SPAN("z=; Path=/b/; Max-Age=0"), 0);
    g_string_truncate(out, 0);
    http_jar_get(&jar, "a", "/b/", SIM_SECOND, out);
    assert_string_equal(out->str, "x=4");
    for (unsigned i = 0; i < 2000; i++) {
        char *host = g_strdup_printf("h%u", i / 100), *cookie = g_strdup_printf("c%u=1", i);

        http_jar_set(&jar, host, "/", span_of(cookie), 0);
        g_free(host);
        g_free(cookie);
    }
    assert_true(jar.cookies->len <= HTTP_COOKIES_ALL);
    g_string_truncate(out, 0);
    http_jar_get(&jar, "h19", "/", 0, out);
    assert_true(g_str_has_prefix(out->str, "c1950=1; c1951=1; "));
    http_jar_clear(&jar);
    assert_int_equal(jar.cookies->len, 0);
    http_jar_release(&jar);
    g_string_free(out, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_browser_fetches_a_page),
        cmocka_unit_test(test_browser_fetches_objects_once_each),
        cmocka_unit_test(test_browser_is_faster_over_more_connections),
        cmocka_unit_test(test_browser_keeps_connections_between_pages),
        cmocka_unit_test(test_browser_goes_elsewhere_for_objects),
        cmocka_unit_test(test_browser_follows_redirections),
        cmocka_unit_test(test_browser_sends_forms),
        cmocka_unit_test(test_browser_tells_why_not),
        cmocka_unit_test(test_browser_tries_each_address),
        cmocka_unit_test(test_browser_asks_again_where_a_connection_went),
        cmocka_unit_test(test_browser_gives_up_on_silence),
        cmocka_unit_test(test_browser_is_stopped),
        cmocka_unit_test(test_browser_is_freed_at_work),
        cmocka_unit_test(test_browser_describes_itself),
        cmocka_unit_test(test_browser_has_causes),
        cmocka_unit_test(test_cookies),
        cmocka_unit_test(test_cookies_change_and_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
