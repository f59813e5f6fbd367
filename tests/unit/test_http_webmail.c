#include "net_world.h"
#include "web_world.h"

#include "http/webmail.h"
#include "mail/mime.h"
#include "mail/server_internal.h"

struct fixture {
    struct mail_world w;
    struct mail_server *server;
    struct mail_box *bob;
    struct web_server *web;
    struct webmail *webmail;
    struct browser *browser;
    struct ww_log log;
    struct mail_agent *agent; /* through which web mail sends */
    GString *sent;
    const char *refuse; /* NULL: what is sent is taken */
    char *cookie;
};

static bool on_send(void *self, const char *from, const char *const *to, unsigned n_to, const char *subject,
                    const char *text, GString *why)
{
    struct fixture *f = self;

    assert_true(n_to > 0);
    if (f->refuse != NULL) {
        g_string_assign(why, f->refuse);
        return false;
    }
    g_string_append_printf(f->sent, "%s>%u %s|%s|%s\n", from, n_to, to[0], subject, text);
    mail_agent_send(f->agent, &(struct mail_draft){
                                  .to = to, .n_to = n_to, .from = from, .subject = subject, .text = text });
    return true;
}

static void begin(struct fixture *f, const char *only)
{
    *f = (struct fixture){ .sent = g_string_new(NULL) };
    mw_init(&f->w, WEB_ZONE);
    f->server = mw_server(&f->w, HAMBURGER, "10.4.0.25", "hamburger.edu", "bob carol", NULL);
    f->bob = mail_boxes_find(&f->server->local.boxes, SPAN("bob"));
    mail_box_set_password(f->bob, "sw&rd fi=sh");
    mail_box_set_password(mail_boxes_find(&f->server->local.boxes, SPAN("carol")), "carol's");
    f->web = web_server_add(net_host_find(f->w.net, HAMBURGER), &web_defaults);
    f->webmail = webmail_new(f->web, &(struct webmail_spec){ .host = net_host_find(f->w.net, HAMBURGER),
                                                             .local = &f->server->local,
                                                             .send = on_send,
                                                             .self = f });
    f->agent = mail_agent_add(net_host_find(f->w.net, HAMBURGER), &(struct mail_agent_spec){
                                                                      .address = "bob@hamburger.edu",
                                                                      .server = mw_ip("10.4.0.25"),
                                                                      .server_name = HAMBURGER,
                                                                      .ledger = f->w.ledger,
                                                                  });
    g_ptr_array_add(f->w.agents, f->agent);
    f->browser = ww_browser(mw_host(&f->w, "bob-pc", "10.4.0.10"));
    ww_listen(&f->w, &f->log, only);
}

static void finish(struct fixture *f)
{
    mw_audit(&f->w);
    net_free(&f->w.net);
    browser_free(&f->browser);
    webmail_free(&f->webmail);
    assert_null(f->webmail);
    web_server_free(&f->web);
    for (guint i = 0; i < f->w.agents->len; i++)
        mail_agent_free(&(struct mail_agent *){ f->w.agents->pdata[i] });
    mail_server_free(&f->server);
    dns_server_free(&f->w.dns);
    mail_ledger_free(&f->w.ledger);
    g_ptr_array_free(f->w.servers, TRUE);
    g_ptr_array_free(f->w.agents, TRUE);
    g_string_free(f->w.log, TRUE);
    sim_release(&f->w.sim);
    g_string_free(f->log.text, TRUE);
    g_string_free(f->sent, TRUE);
    g_free(f->cookie);
}

static uint32_t put(struct fixture *f, const char *text)
{
    struct span data = span_of(text);
    struct mail_message *m = mail_message_new(++f->w.sim.mails, &data, 1);
    uint32_t uid = mail_folder_append(f->bob->inbox, m, 0, 1772442000, sim_now(&f->w.sim));

    mail_message_unref(&m);
    return uid;
}

#define LUNCH                                                                                                \
    "From: Alice <alice@crepes.fr>\r\nTo: bob@hamburger.edu\r\nSubject: Lunch & more?\r\n\r\n"               \
    "Dear Bob,\r\n<script>alert(1)</script>\r\n-- \r\nAlice\r\n"

/* One request over a connection of its own; the whole response, to be freed. */
static char *ask(struct fixture *f, const char *method, const char *target, const char *form)
{
    struct world world = { 0 };
    struct end end = { .world = &world, .got = g_string_new(NULL), .close_on_eof = true };
    char *request = g_strdup_printf(
        "%s %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\nCookie: other=1; session=%s\r\n"
        "Content-Length: %zu\r\n\r\n%s",
        method, target, f->cookie != NULL ? f->cookie : "nobody", form != NULL ? strlen(form) : 0,
        form != NULL ? form : "");

    world.sim = f->w.sim;
    end.say = request;
    end.conn = tcp_connect(net_host_find(f->w.net, "bob-pc"), mw_ip("10.4.0.25"), 80, &end_app, &end);
    mw_run_for(&f->w, SIM_SECOND);
    assert_null(end.conn);
    g_free(request);
    return g_string_free(end.got, FALSE);
}

/* The same; it must match. */
static void expect(struct fixture *f, const char *method, const char *target, const char *form,
                   const char *pattern)
{
    char *got = ask(f, method, target, form);

    if (!g_pattern_match_simple(pattern, got))
        fail_msg("%s %s: %s\nis not %s", method, target, got, pattern);
    g_free(got);
}

static void log_in(struct fixture *f, const char *form)
{
    char *got = ask(f, "POST", "/mail/login", form), *at = strstr(got, "Set-Cookie: session=");

    assert_non_null(at);
    assert_true(
        g_pattern_match_simple("HTTP/1.1 303 See Other\r\n*Location: /mail/folder?name=INBOX\r\n*", got));
    assert_true(g_str_has_prefix(at + 20 + 32, "; Path=/mail/; HttpOnly; SameSite=Strict\r\n"));
    g_free(f->cookie);
    f->cookie = g_strndup(at + 20, 32);
    g_free(got);
}

#define BOB "user=bob&password=sw%26rd+fi%3Dsh"

static void test_webmail_logs_in_and_out(void **state)
{
    static const char *const wrong[] = {
        "user=bob&password=wrong", "user=nobody&password=x",   "user=bob", "", "user=%zz&password=x",
        "user=bob&password=",      "user=postmaster&password="
    };
    struct fixture f;
    char *first;

    (void)state;
    begin(&f, "auth.accept auth.refuse");
    expect(&f, "GET", "/mail/", NULL, "HTTP/1.1 200 OK\r\n*<form method=\"post\" action=\"/mail/login\">*");
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        expect(&f, "POST", "/mail/login", wrong[i],
               "HTTP/1.1 403 Forbidden\r\n*<p class=\"notice\">Wrong user name or password.</p>\n<form*");
    ww_expect(&f.log, "auth.refuse mail.hamburger.edu bob form\nauth.refuse mail.hamburger.edu nobody form\n"
                      "auth.refuse mail.hamburger.edu bob form\nauth.refuse mail.hamburger.edu  form\n"
                      "auth.refuse mail.hamburger.edu  form\nauth.refuse mail.hamburger.edu bob form\n"
                      "auth.refuse mail.hamburger.edu postmaster form\n");
    assert_int_equal(webmail_logged_in(f.webmail), 0);
    log_in(&f, BOB);
    ww_expect(&f.log, "auth.accept mail.hamburger.edu bob form\n");
    expect(&f, "GET", "/mail/", NULL,
           "HTTP/1.1 200 OK\r\n*<b>bob@hamburger.edu</b>*<h1>INBOX</h1>*no message here*");
    first = g_strdup(f.cookie);
    log_in(&f,
           "user=bob%40hamburger.edu&password=sw%26rd+fi%3Dsh"); /* another cookie; the old one is no more */
    assert_string_not_equal(f.cookie, first);
    assert_int_equal(webmail_logged_in(f.webmail), 1);
    expect(&f, "POST", "/mail/logout", "",
           "HTTP/1.1 303 *Location: /mail/\r\n*Set-Cookie: session=*; Max-Age=0\r\n*");
    assert_int_equal(webmail_logged_in(f.webmail), 0);
    expect(&f, "GET", "/mail/folder?name=INBOX", NULL, "HTTP/1.1 303 See Other\r\n*Location: /mail/\r\n*");
    g_free(first);
    finish(&f);
}

static void test_webmail_is_closed_to_strangers(void **state)
{
    static const char *const gets[] = { "folder?name=INBOX", "message?folder=INBOX&uid=1",
                                        "raw?folder=INBOX&uid=1", "part?folder=INBOX&uid=1&part=1",
                                        "compose" };
    static const char *const posts[] = { "send", "delete", "move", "logout" };
    struct fixture f;
    char target[80];

    (void)state;
    begin(&f, "");
    put(&f, LUNCH);
    for (unsigned round = 0; round < 2; round++) {
        for (size_t i = 0; i < G_N_ELEMENTS(gets); i++) {
            g_snprintf(target, sizeof target, "/mail/%s", gets[i]);
            expect(&f, "GET", target, NULL, "HTTP/1.1 303 See Other\r\n*Location: /mail/\r\n*");
        }
        for (size_t i = 0; i < G_N_ELEMENTS(posts); i++) {
            g_snprintf(target, sizeof target, "/mail/%s", posts[i]);
            expect(&f, "POST", target, "folder=INBOX&uid=1&to=x",
                   "HTTP/1.1 303 See Other\r\n*Location: /mail/\r\n*");
        }
        g_free(f.cookie);
        f.cookie = g_strdup("00000000000000000000000000000000");
    }
    assert_int_equal(f.bob->inbox->n, 1);
    assert_int_equal(f.bob->inbox->messages[0].flags, 0);
    assert_string_equal(f.sent->str, "");
    expect(&f, "GET", "/mail/none", NULL, "HTTP/1.1 404 Not Found\r\n*");
    expect(&f, "GET", "/mail", NULL, "HTTP/1.1 301 *Location: /mail/\r\n*");
    finish(&f);
}

static void test_webmail_knows_its_methods(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, "");
    log_in(&f, BOB);
    expect(&f, "GET", "/mail/login", NULL, "HTTP/1.1 405 *Allow: POST\r\n*");
    expect(&f, "GET", "/mail/delete?folder=INBOX&uid=1", NULL, "HTTP/1.1 405 *Allow: POST\r\n*");
    expect(&f, "POST", "/mail/folder", "name=INBOX", "HTTP/1.1 405 *Allow: GET, HEAD\r\n*");
    expect(&f, "PUT", "/mail/", "", "HTTP/1.1 405 *Allow: GET, HEAD\r\n*");
    expect(&f, "GET", "/mail/none", NULL, "HTTP/1.1 404 *There is no such page*");
    expect(&f, "GET", "/mail/folder?name=None", NULL, "HTTP/1.1 404 *There is no such folder*");
    expect(&f, "GET", "/mail/folder", NULL, "HTTP/1.1 404 *");
    expect(&f, "GET", "/mail/compose", NULL, "HTTP/1.1 200 *<textarea name=\"text\"*");
    finish(&f);
}

static void test_webmail_shows_messages(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, "");
    log_in(&f, BOB);
    put(&f, LUNCH);
    put(&f, "Subject: =?utf-8?Q?=ED=95=9C?=\r\n\r\nsecond\r\n");
    expect(
        &f, "GET", "/mail/folder?name=INBOX", NULL,
        "HTTP/1.1 200 OK\r\n*Cache-Control: no-store\r\n*data-uid=\"2\" data-new=\"yes\" data-subject=\"\xed\x95\x9c\"*"
        "data-uid=\"1\" data-new=\"yes\" data-subject=\"Lunch &amp; more?\" "
        "href=\"/mail/message?folder=INBOX&amp;uid=1\">Lunch &amp; more?</a>*");
    expect(&f, "HEAD", "/mail/message?folder=INBOX&uid=1", NULL, "HTTP/1.1 200 OK\r\n*\r\n\r\n");
    assert_int_equal(f.bob->inbox->messages[0].flags, 0);
    expect(&f, "GET", "/mail/message?folder=INBOX&uid=1", NULL,
           "HTTP/1.1 200 OK\r\n*data-sender=\"Alice &lt;alice@crepes.fr&gt;\"*<h1>Lunch &amp; more?</h1>*"
           "<pre>Dear Bob,\n&lt;script&gt;alert(1)&lt;/script&gt;\n-- \nAlice\n</pre>*");
    assert_int_equal(f.bob->inbox->messages[0].flags, MAIL_SEEN);
    expect(&f, "GET", "/mail/folder?name=INBOX", NULL, "*data-uid=\"1\" data-new=\"no\"*");
    expect(&f, "GET", "/mail/raw?folder=INBOX&uid=1", NULL,
           "HTTP/1.1 200 OK\r\n*Content-Type: text/plain\r\n*nosniff*\r\n\r\n" LUNCH);
    expect(&f, "GET", "/mail/message?folder=INBOX&uid=3", NULL, "HTTP/1.1 404 *There is no such message*");
    expect(&f, "GET", "/mail/message?folder=INBOX&uid=99999999999", NULL, "HTTP/1.1 404 *");
    expect(&f, "GET", "/mail/message?folder=INBOX", NULL, "HTTP/1.1 404 *");
    expect(&f, "GET", "/mail/message", NULL, "HTTP/1.1 404 *");
    finish(&f);
}

#define PARTS                                                                                                \
    "Subject: parts\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"               \
    "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"                                         \
    "--c\r\nContent-Type: text/html\r\n\r\n<b>no</b>\r\n--c\r\nContent-Type: text/plain; charset=utf-8\r\n"  \
    "Content-Transfer-Encoding: quoted-printable\r\n\r\nbienvenue =C3=A0 <tous>\r\n--c--\r\n"                \
    "--b\r\nContent-Type: image/png; name=\"a \\\"b\\\".png\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"  \
    "aGVsbG8=\r\n"                                                                                           \
    "--b\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename=page.html\r\n\r\n"          \
    "<script>evil()</script>\r\n--b--\r\n"

static void test_webmail_shows_parts(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, "");
    log_in(&f, BOB);
    put(&f, PARTS);
    put(&f,
        "Subject: <b>html</b>\r\nContent-Type: text/html\r\n\r\n<p>Hello &lt;i&gt; <b>you</b><script>evil()</script>\r\n");
    expect(&f, "GET", "/mail/message?folder=INBOX&uid=1", NULL,
           "*<pre>bienvenue \xc3\xa0 &lt;tous&gt;*</pre>*uid=1&amp;part=1.1\">1.1</a> (text/html)*"
           "uid=1&amp;part=2\">a &quot;b&quot;.png</a> (image/png)*part=3\">page.html</a> (text/html)*");
    expect(&f, "GET", "/mail/part?folder=INBOX&uid=1&part=2", NULL,
           "HTTP/1.1 200 OK\r\n*Content-Type: image/png\r\nContent-Disposition: attachment; "
           "filename*=UTF-8''a%20%22b%22.png\r\n*Content-Security-Policy: sandbox\r\n*\r\n\r\nhello");
    expect(&f, "GET", "/mail/part?folder=INBOX&uid=1&part=3", NULL,
           "*Content-Disposition: attachment; *nosniff*<script>*");
    expect(&f, "GET", "/mail/part?folder=INBOX&uid=1&part=1.2", NULL,
           "*text/plain; charset=utf-8\r\n*bienvenue \xc3\xa0 <tous>*");
    for (const char *const *p = (const char *const[]){ "0", "1", "4", "1.3", "2.1", "x", "", "1.",
                                                       "99999999999999999999", NULL };
         *p != NULL; p++) {
        char *target = g_strconcat("/mail/part?folder=INBOX&uid=1&part=", *p, NULL);

        expect(&f, "GET", target, NULL, "HTTP/1.1 404 *");
        g_free(target);
    }
    expect(&f, "GET", "/mail/message?folder=INBOX&uid=2", NULL,
           "*<title>&lt;b&gt;html&lt;/b&gt;</title>*<pre>*Hello &lt;i&gt; you*</pre>*");
    expect(&f, "GET", "/mail/part?folder=INBOX&uid=2&part=1", NULL, "HTTP/1.1 200 OK\r\n*evil()*");
    finish(&f);
}

/* Whatever a mail says, the page has the tags of any other mail's page, and no more. */
static unsigned count_tags(const char *response)
{
    unsigned n = 0;

    for (const char *at = strstr(response, "\r\n\r\n"); (at = strchr(at, '<')) != NULL; at++)
        n++;
    return n;
}

static void test_webmail_makes_no_markup_of_mail(void **state)
{
    static const char *const texts[] = {
        "From: a\r\nSubject: b\r\nTo: c\r\n\r\nd\r\n",
        "From: \"<img src=x>\" <a@b>\r\nSubject: </title><script>alert(1)</script>\r\nTo: <c>\r\n\r\n</pre><script>x</script>\r\n",
        "From: =?utf-8?Q?=3Cscript=3E=22=27?=\r\nSubject: \"><b onclick='x'\r\nTo: =?utf-8?B?PGI+?=\r\n\r\n<!-- <![CDATA[ &lt;\r\n",
        "From: \x80\xff<\r\nSubject: \x01\x02<\x1b\r\nTo: {}<{}>\r\n\r\n\xc3<\xff{}\r\n",
    };
    struct fixture f;
    unsigned message = 0, folder = 0;

    (void)state;
    begin(&f, "");
    log_in(&f, BOB);
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        uint32_t uid = put(&f, texts[i]);
        char target[60], *page;

        g_snprintf(target, sizeof target, "/mail/message?folder=INBOX&uid=%u", uid);
        page = ask(&f, "GET", target, NULL);
        if (i == 0)
            message = count_tags(page);
        assert_int_equal(count_tags(page), message);
        g_free(page);
        page = ask(&f, "GET", "/mail/folder?name=INBOX", NULL);
        if (i == 0)
            folder = count_tags(page);
        assert_int_equal(count_tags(page), folder);
        g_free(page);
        mail_box_clear(f.bob);
    }
    finish(&f);
}

static void test_webmail_deletes_and_moves(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, "");
    log_in(&f, BOB);
    for (unsigned i = 0; i < 3; i++)
        put(&f, LUNCH);
    expect(&f, "POST", "/mail/delete", "folder=INBOX&uid=2",
           "HTTP/1.1 303 *Location: /mail/folder?name=INBOX\r\n*");
    assert_int_equal(f.bob->inbox->n, 2);
    expect(&f, "POST", "/mail/delete", "folder=INBOX&uid=2", "HTTP/1.1 404 *There is no such message*");
    expect(&f, "POST", "/mail/move", "folder=INBOX&uid=1&to=Friends%2FAlice+%26", "HTTP/1.1 303 *");
    assert_int_equal(f.bob->inbox->n, 1);
    assert_int_equal(mail_folder_find(f.bob, SPAN("Friends/Alice &"))->n, 1);
    expect(&f, "GET", "/mail/folder?name=Friends%2FAlice+%26", NULL,
           "*<h1>Friends/Alice &amp;</h1>*data-uid=\"1\"*");
    expect(&f, "POST", "/mail/move", "folder=Friends%2FAlice+%26&uid=1&to=INBOX",
           "HTTP/1.1 303 *Location: /mail/folder?name=Friends%2FAlice+%26\r\n*");
    assert_int_equal(f.bob->inbox->n, 2);
    expect(&f, "POST", "/mail/move", "folder=INBOX&uid=3&to=inbox", "HTTP/1.1 303 *");
    assert_int_equal(f.bob->inbox->n, 2);
    expect(&f, "POST", "/mail/move", "folder=INBOX&uid=3&to=a%2F%2Fb",
           "HTTP/1.1 422 *This cannot be a folder&#39;s name*");
    expect(&f, "POST", "/mail/move", "folder=INBOX&uid=3&to=", "HTTP/1.1 422 *");
    expect(&f, "POST", "/mail/move", "folder=INBOX&uid=9&to=x", "HTTP/1.1 404 *");
    expect(&f, "POST", "/mail/move", "", "HTTP/1.1 404 *");
    assert_int_equal(f.bob->inbox->n, 2);
    finish(&f);
}

static void test_webmail_sends(void **state)
{
    struct fixture f;
    GString *many = g_string_new("to=");

    (void)state;
    begin(&f, "agent.compose mailbox.store");
    log_in(&f, BOB);
    expect(&f, "POST", "/mail/send",
           "to=carol%40hamburger.edu&subject=Hi%0D%0AX%3A+y&text=one%0D%0Atwo%0Athree", "HTTP/1.1 303 *");
    assert_string_equal(f.sent->str, "bob@hamburger.edu>1 carol@hamburger.edu|Hi X: y|one\ntwo\nthree\n");
    ww_expect(&f.log, "agent.compose mail.hamburger.edu bob@hamburger.edu carol@hamburger.edu Hi X: y\n"
                      "mailbox.store mail.hamburger.edu carol INBOX 1 bob@hamburger.edu Hi X: y\n");
    expect(&f, "POST", "/mail/send", "to=+a%40b+%2C%2C+c%40d+&subject=&text=", "HTTP/1.1 303 *");
    assert_true(g_str_has_suffix(f.sent->str, ">2 a@b||\n"));
    g_string_truncate(f.sent, 0);
    expect(
        &f, "POST", "/mail/send", "to=carol&subject=S%3C&text=%3Cb%3E",
        "HTTP/1.1 422 *<p class=\"notice\">carol is no address.</p>*value=\"carol\"*value=\"S&lt;\"*\n&lt;b&gt;</textarea>*");
    expect(&f, "POST", "/mail/send", "to=+%2C+&text=x", "HTTP/1.1 422 *There is nobody to send it to*");
    expect(&f, "POST", "/mail/send", "", "HTTP/1.1 422 *There is nobody to send it to*");
    for (unsigned i = 0; i <= WEBMAIL_RECIPIENTS_MAX; i++)
        g_string_append_printf(many, "a%u%%40b%%2C", i);
    expect(&f, "POST", "/mail/send", many->str, "HTTP/1.1 422 *More than 100 recipients are too many*");
    f.refuse = "Not before <noon>";
    expect(&f, "POST", "/mail/send", "to=a%40b&text=x", "HTTP/1.1 422 *Not before &lt;noon&gt;*");
    assert_string_equal(f.sent->str, "");
    g_string_free(many, TRUE);
    finish(&f);
}

static void test_webmail_ends_logins(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, "");
    log_in(&f, BOB);
    mw_run_for(&f.w, 29 * SIM_MINUTE);
    expect(&f, "GET", "/mail/", NULL, "*<h1>INBOX</h1>*");
    mw_run_for(&f.w, 31 * SIM_MINUTE);
    expect(&f, "GET", "/mail/", NULL, "*<h1>Web mail</h1>*");
    assert_int_equal(webmail_logged_in(f.webmail), 0);
    log_in(&f, BOB);
    mw_up(&f.w, HAMBURGER, false);
    mw_up(&f.w, HAMBURGER, true);
    expect(&f, "GET", "/mail/", NULL, "*<h1>Web mail</h1>*");
    net_program_set_up(net_host_find(f.w.net, HAMBURGER), "webmail", false);
    expect(&f, "GET", "/mail/", NULL, "HTTP/1.1 503 *Web mail is down*");
    net_program_set_up(net_host_find(f.w.net, HAMBURGER), "webmail", true);
    for (unsigned i = 0; i <= WEBMAIL_LOGINS_MAX; i++) {
        g_clear_pointer(&f.cookie, g_free);
        if (i == 0 || i > WEBMAIL_LOGINS_MAX - 2)
            log_in(&f, BOB);
    }
    assert_int_equal(webmail_logged_in(f.webmail), 3);
    finish(&f);
}

static void test_webmail_describes_itself(void **state)
{
    struct fixture f;
    char *text;

    (void)state;
    begin(&f, "");
    log_in(&f, BOB);
    text = mw_describe(&f.w, HAMBURGER);
    assert_non_null(strstr(text, f.cookie));
    g_free(text);
    finish(&f);
}

/* ---- Through the browser. */

static void do_it(struct fixture *f, struct browser_webmail w)
{
    w.server = HAMBURGER;
    if (w.user == NULL)
        w.user = "bob";
    if (w.password == NULL)
        w.password = "sw&rd fi=sh";
    browser_webmail(f->browser, &w);
    mw_run_for(&f->w, 10 * SIM_MINUTE);
    assert_int_equal(browser_busy(f->browser), 0);
}

static void test_person_reads_mail(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, "http.request http.response auth.accept agent.read agent.check agent.fail");
    put(&f, LUNCH);
    put(&f, PARTS);
    do_it(&f, (struct browser_webmail){ .kind = WEBMAIL_READ });
    ww_expect(
        &f.log,
        "http.request bob-pc GET /mail/\nhttp.response mail.hamburger.edu 200 /mail/\n"
        "http.request bob-pc POST /mail/login\nauth.accept mail.hamburger.edu bob form\n"
        "http.response mail.hamburger.edu 303 /mail/login\n"
        "http.request bob-pc GET /mail/folder?name=INBOX\nhttp.response mail.hamburger.edu 200 /mail/folder?name=INBOX\n"
        "agent.check bob-pc 2 2 bob web INBOX\n"
        "http.request bob-pc GET /mail/message?folder=INBOX&uid=1\n"
        "http.response mail.hamburger.edu 200 /mail/message?folder=INBOX&uid=1\n"
        "agent.read bob-pc m1 bob web INBOX 1 Alice <alice@crepes.fr> Lunch & more?\n"
        "http.request bob-pc GET /mail/message?folder=INBOX&uid=2\n"
        "http.response mail.hamburger.edu 200 /mail/message?folder=INBOX&uid=2\n"
        "agent.read bob-pc m2 bob web INBOX 2  parts\n"
        "http.request bob-pc POST /mail/logout\nhttp.response mail.hamburger.edu 303 /mail/logout\n"
        "http.request bob-pc GET /mail/\nhttp.response mail.hamburger.edu 200 /mail/\n");
    assert_int_equal(webmail_logged_in(f.webmail), 0);
    f.log.only = "agent.read agent.check agent.fail";
    do_it(&f, (struct browser_webmail){ .kind = WEBMAIL_READ }); /* nothing new */
    ww_expect(&f.log, "agent.check bob-pc 2 0 bob web INBOX\n");
    do_it(&f, (struct browser_webmail){ .kind = WEBMAIL_READ, .subject = "art" });
    ww_expect(&f.log, "agent.check bob-pc 2 0 bob web INBOX\nagent.read bob-pc m2 bob web INBOX 2  parts\n");
    finish(&f);
}

static void test_person_stays_logged_in(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, "auth.accept agent.check agent.fail");
    do_it(&f, (struct browser_webmail){ .kind = WEBMAIL_READ, .stay = true });
    do_it(&f, (struct browser_webmail){ .kind = WEBMAIL_READ, .stay = true, .user = "Bob@hamburger.edu" });
    ww_expect(&f.log, "auth.accept mail.hamburger.edu bob form\nagent.check bob-pc 0 0 bob web INBOX\n"
                      "agent.check bob-pc 0 0 Bob@hamburger.edu web INBOX\n");
    assert_int_equal(webmail_logged_in(f.webmail), 1);
    /* Another person at the same browser: the first one is logged out. */
    do_it(&f, (struct browser_webmail){ .kind = WEBMAIL_READ, .user = "carol", .password = "carol's" });
    ww_expect(&f.log, "auth.accept mail.hamburger.edu carol form\nagent.check bob-pc 0 0 carol web INBOX\n");
    assert_int_equal(webmail_logged_in(f.webmail), 0);
    finish(&f);
}

static void test_person_sends_mail(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, "agent.compose mailbox.store agent.fail agent.read");
    do_it(&f, (struct browser_webmail){ .kind = WEBMAIL_SEND,
                                        .to = "carol@hamburger.edu, bob@hamburger.edu",
                                        .subject = "\xed\x95\x9c & <more>",
                                        .text = "\none\r\ntwo\nthree </textarea>\n" });
    assert_string_equal(f.sent->str, "bob@hamburger.edu>2 carol@hamburger.edu|\xed\x95\x9c & <more>|"
                                     "\none\ntwo\nthree </textarea>\n\n");
    do_it(&f, (struct browser_webmail){ .kind = WEBMAIL_READ, .user = "carol", .password = "carol's" });
    assert_non_null(strstr(
        f.log.text->str, "agent.read bob-pc m1 carol web INBOX 1 bob@hamburger.edu \xed\x95\x9c & <more>\n"));
    g_string_truncate(f.log.text, 0);
    do_it(&f, (struct browser_webmail){ .kind = WEBMAIL_SEND, .to = "carol" });
    ww_expect(&f.log, "agent.fail bob-pc bob web carol is no address\n");
    assert_int_equal(webmail_logged_in(f.webmail), 0);
    finish(&f);
}

static void test_person_moves_and_deletes(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, "agent.fail");
    for (unsigned i = 0; i < 3; i++)
        put(&f, LUNCH);
    put(&f, PARTS);
    do_it(&f, (struct browser_webmail){ .kind = WEBMAIL_MOVE, .subject = "Lunch", .to = "Food & drink" });
    assert_int_equal(f.bob->inbox->n, 1);
    assert_int_equal(mail_folder_find(f.bob, SPAN("Food & drink"))->n, 3);
    do_it(&f,
          (struct browser_webmail){ .kind = WEBMAIL_DELETE, .folder = "Food & drink", .subject = "more" });
    assert_int_equal(mail_folder_find(f.bob, SPAN("Food & drink"))->n, 0);
    do_it(&f, (struct browser_webmail){ .kind = WEBMAIL_DELETE }); /* what is not read yet */
    assert_int_equal(f.bob->inbox->n, 0);
    ww_expect(&f.log, "");
    do_it(&f, (struct browser_webmail){ .kind = WEBMAIL_DELETE, .subject = "none" });
    do_it(&f, (struct browser_webmail){ .kind = WEBMAIL_READ, .folder = "None" });
    put(&f, LUNCH);
    do_it(&f, (struct browser_webmail){ .kind = WEBMAIL_MOVE, .to = "a//b" });
    ww_expect(&f.log, "agent.fail bob-pc bob web No message has that subject\n"
                      "agent.fail bob-pc bob web There is no folder None\n"
                      "agent.fail bob-pc bob web This cannot be a folder's name\n");
    assert_int_equal(webmail_logged_in(f.webmail), 0);
    finish(&f);
}

static void test_person_is_refused(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, "agent.fail auth.refuse agent.check");
    do_it(&f, (struct browser_webmail){ .kind = WEBMAIL_READ, .password = "wrong" });
    ww_expect(
        &f.log,
        "auth.refuse mail.hamburger.edu bob form\nagent.fail bob-pc bob web Wrong user name or password\n");
    net_program_set_up(net_host_find(f.w.net, HAMBURGER), "webmail", false);
    do_it(&f, (struct browser_webmail){ .kind = WEBMAIL_READ });
    ww_expect(&f.log, "agent.fail bob-pc bob web 503 Service Unavailable\n");
    net_program_set_up(net_host_find(f.w.net, HAMBURGER), "web", false);
    do_it(&f, (struct browser_webmail){ .kind = WEBMAIL_READ });
    ww_expect(&f.log, "agent.fail bob-pc bob web Connection refused: no server listens there\n");
    browser_webmail(f.browser, &(struct browser_webmail){ .server = "www.crepes.fr", .user = "bob" });
    mw_run_for(&f.w, SIM_HOUR);
    ww_expect(&f.log, "agent.fail bob-pc bob web The host cannot be reached\n");
    finish(&f);
}

/* A server that is no web mail, and whatever else it may say. */
static struct http_message *strange(void *self, const struct http_message *request, ip_addr client)
{
    struct http_message *m = http_response_new(200);

    (void)client;
    http_add(m, "Content-Type", "text/html");
    if (strcmp(request->method, "POST") == 0)
        g_string_assign(m->body,
                        "<header data-user=bob><a class=message data-uid=7 data-new=yes href=/mail/x>");
    else
        g_string_assign(m->body, self);
    return m;
}

static void test_person_bears_strange_servers(void **state)
{
    static const struct {
        const char *page, *expected;
    } rows[] = {
        { "", "There is no way to log in on the page" },
        { "<form action=/mail/login><input name=user>", "There is no way to log in on the page" },
        { "<form action=/mail/login method=get><input name=user><input name=password>",
          "The server wants a login after the login" },
        { "<header data-user=alice>", "There is no way to log in on the page" },
        { "<header data-user=alice><form action=logout>", "There is no way to log in on the page" },
        { "<header data-user=bob><a class=message data-uid=7 data-new=yes href=x>",
          "There is no message on the page" },
        { "<header data-user=bob><a class=message data-uid=7 data-new=yes href=ftp://x>",
          "ftp://x is no URL that a browser here can go to" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct fixture f;
        struct web_server *other;
        char *expected = g_strdup_printf("agent.fail bob-pc bob web %s\n", rows[i].expected);

        begin(&f, "agent.fail agent.read");
        other = web_server_add(mw_host(&f.w, "www.crepes.fr", "10.1.0.80"), &web_defaults);
        web_server_mount(other, "/mail/", strange, (void *)rows[i].page);
        browser_webmail(f.browser, &(struct browser_webmail){ .server = "www.crepes.fr", .user = "bob" });
        mw_run_for(&f.w, SIM_HOUR);
        ww_expect(&f.log, expected);
        assert_int_equal(browser_busy(f.browser), 0);
        finish(&f);
        web_server_free(&other);
        g_free(expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_webmail_logs_in_and_out),
        cmocka_unit_test(test_webmail_is_closed_to_strangers),
        cmocka_unit_test(test_webmail_knows_its_methods),
        cmocka_unit_test(test_webmail_shows_messages),
        cmocka_unit_test(test_webmail_shows_parts),
        cmocka_unit_test(test_webmail_makes_no_markup_of_mail),
        cmocka_unit_test(test_webmail_deletes_and_moves),
        cmocka_unit_test(test_webmail_sends),
        cmocka_unit_test(test_webmail_ends_logins),
        cmocka_unit_test(test_webmail_describes_itself),
        cmocka_unit_test(test_person_reads_mail),
        cmocka_unit_test(test_person_stays_logged_in),
        cmocka_unit_test(test_person_sends_mail),
        cmocka_unit_test(test_person_moves_and_deletes),
        cmocka_unit_test(test_person_is_refused),
        cmocka_unit_test(test_person_bears_strange_servers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
