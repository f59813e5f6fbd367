/* sim/export/explain.c: every record has something to say, in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>
#include <string.h>

#include "core/sim.h"
#include "export/explain.h"

static GString *said;

static void on_record(void *self, const struct record *r)
{
    (void)self;
    g_string_truncate(said, 0);
    explain_line(r, said);
}

static void start(struct sim *s)
{
    said = g_string_new(NULL);
    sim_init(s, 1, 0);
    trace_listen(&s->trace, on_record, NULL);
}

static void stop(struct sim *s)
{
    sim_release(s);
    g_string_free(said, TRUE);
}

/* A record with each key of its row, or with none. */
static void emit(struct sim *s, enum event event, bool full)
{
    struct record *r = trace_begin(&s->trace, event, full ? "here" : NULL);
    struct span rest = span_of(event_keys[event]);

    r->why = full ? "timeout" : NULL;
    while (full && rest.len > 0) {
        enum key key = (enum key)key_find_span(span_take_word(&rest));
        switch (key_kind(key)) {
        case KEY_IS_TEXT:
            trace_text(r, key, SPAN("text"));
            break;
        case KEY_IS_NUMBER:
            trace_number(r, key, 3);
            break;
        case KEY_IS_SECONDS:
            trace_time(r, key, 5 * SIM_SECOND);
            break;
        case KEY_IS_ID:
            trace_id(r, key, 'Q', 7);
            break;
        }
    }
    trace_end(&s->trace);
}

static void test_every_event_has_a_line(void **state)
{
    struct sim s;

    (void)state;
    start(&s);
    for (int e = 0; e < N_EVENTS; e++) {
        emit(&s, (enum event)e, true);
        if (said->len == 0 || strstr(said->str, "(null)") != NULL || strstr(said->str, "  ") != NULL ||
            strchr(said->str, '\n') != NULL || g_str_has_suffix(said->str, "."))
            fail_msg("%s: '%s'", event_names[e], said->str);
    }
    stop(&s);
}

/* What comes from elsewhere may lack any field. */
static void test_no_event_needs_its_fields(void **state)
{
    struct sim s;

    (void)state;
    start(&s);
    for (int e = 0; e < N_EVENTS; e++) {
        struct record bare = { .event = (enum event)e };

        emit(&s, (enum event)e, false);
        assert_null(strstr(said->str, "(null)"));
        explain_remark(&bare);
        explain_rule(&bare);
        assert_in_range(explain_family((enum event)e), FAMILY_DNS, FAMILY_STORY);
    }
    stop(&s);
}

struct pair {
    enum key key;
    const char *text; /* NULL: no more */
};

static const struct {
    const char *name;
    enum event event;
    const char *why;
    struct pair texts[5];
    int64_t number; /* of `key`, if that is not 0 */
    enum key key;
    const char *expected;
} rows[] = {
    { "a protocol line",
      EV_SMTP_COMMAND,
      NULL,
      { { KEY_LINE, "MAIL FROM:<a@b.test>" } },
      0,
      0,
      "MAIL FROM:<a@b.test>" },
    { "a reply of several lines",
      EV_SMTP_REPLY,
      NULL,
      { { KEY_LINE, "250-x" } },
      5,
      KEY_LINES,
      "250-x (5 lines)" },
    { "a query", EV_DNS_QUERY, NULL, { { KEY_NAME, "b.test" }, { KEY_TYPE, "MX" } }, 0, 0, "MX b.test?" },
    { "a query over TCP",
      EV_DNS_QUERY,
      NULL,
      { { KEY_NAME, "b.test" }, { KEY_TYPE, "MX" }, { KEY_TRANSPORT, "tcp" } },
      0,
      0,
      "MX b.test? (TCP)" },
    { "a referral",
      EV_DNS_RESPONSE,
      NULL,
      { { KEY_KIND, "referral" }, { KEY_ANSWER, "ns.test" } },
      0,
      0,
      "I don't know, ask ns.test" },
    { "no such name",
      EV_DNS_RESPONSE,
      NULL,
      { { KEY_NAME, "x.test" }, { KEY_KIND, "nxdomain" } },
      0,
      0,
      "no such name: x.test" },
    { "given up",
      EV_DNS_GIVE_UP,
      "silent",
      { { KEY_NAME, "x.test" } },
      0,
      0,
      "gives up on x.test: no server answers" },
    { "given up, refused",
      EV_DNS_GIVE_UP,
      "refused",
      { { KEY_NAME, "x.test" } },
      0,
      0,
      "gives up on x.test: the server refuses to answer" },
    { "not believed",
      EV_DNS_IGNORE,
      "bailiwick",
      { { KEY_NAME, "x.test" } },
      0,
      0,
      "does not believe an answer about x.test: that server has no say over the name" },
    { "lost", EV_PACKET_DROP, "loss", { { KEY_PROTO, "tcp" } }, 0, 0, "TCP packet lost" },
    { "lost at a host",
      EV_PACKET_DROP,
      "host_down",
      { { KEY_PROTO, "udp" } },
      0,
      0,
      "UDP packet lost: the host is down" },
    { "a refused connection", EV_TCP_FAIL, "refused", { { 0 } }, 0, 0, "TCP fails: connection refused" },
    { "an unknown reason is said as it is",
      EV_TCP_FAIL,
      "moonlight",
      { { 0 } },
      0,
      0,
      "TCP fails: moonlight" },
    { "recipients by name",
      EV_QUEUE_ADD,
      NULL,
      { { KEY_RECIPIENTS, "a@b.test, c@d.test" } },
      0,
      0,
      " into the queue, for a@b.test, c@d.test" },
    { "down", EV_FAULT_BEGIN, NULL, { { KEY_WHAT, "down" }, { KEY_ON, "mx" } }, 0, 0, "mx goes down" },
    { "up", EV_FAULT_END, NULL, { { KEY_WHAT, "down" }, { KEY_ON, "mx" } }, 0, 0, "mx is up again" },
    { "still down",
      EV_FAULT_END,
      NULL,
      { { KEY_WHAT, "down" }, { KEY_ON, "mx" }, { KEY_VALUE, "still down" } },
      0,
      0,
      "mx is still down" },
    { "cut",
      EV_FAULT_BEGIN,
      NULL,
      { { KEY_WHAT, "cut" }, { KEY_ON, "a - b" } },
      0,
      0,
      "a - b: the link is cut" },
    { "a slower link",
      EV_FAULT_BEGIN,
      NULL,
      { { KEY_WHAT, "link" }, { KEY_ON, "a - b" }, { KEY_VALUE, "delay 1s" } },
      0,
      0,
      "a - b: link delay 1s" },
    { "as before",
      EV_FAULT_END,
      NULL,
      { { KEY_WHAT, "link" }, { KEY_ON, "a - b" }, { KEY_VALUE, "delay 1s" } },
      0,
      0,
      "a - b: link as before" },
    { "delivered", EV_RUN_END, NULL, { { 0 } }, 2, KEY_DELIVERED, "2 delivered" },
    { "nothing", EV_RUN_END, NULL, { { 0 } }, 0, 0, "" },
    { "a folder",
      EV_MAILBOX_FOLDER,
      NULL,
      { { KEY_USER, "bob" }, { KEY_FOLDER, "A" }, { KEY_WHAT, "create" } },
      0,
      0,
      "bob's folder A is made" },
    { "another name",
      EV_MAILBOX_FOLDER,
      NULL,
      { { KEY_USER, "bob" }, { KEY_FOLDER, "A" }, { KEY_WHAT, "rename" }, { KEY_INTO, "B" } },
      0,
      0,
      "bob's folder A is called B now" },
    { "logged in",
      EV_AUTH_ACCEPT,
      NULL,
      { { KEY_USER, "bob" }, { KEY_METHOD, "APOP" } },
      0,
      0,
      "bob is logged in (APOP)" },
    { "refused",
      EV_AUTH_REFUSE,
      NULL,
      { { KEY_USER, "bob" }, { KEY_METHOD, "LOGIN" } },
      0,
      0,
      "does not believe who says to be bob (LOGIN)" },
    { "a reply with lines",
      EV_POP3_REPLY,
      NULL,
      { { KEY_STATUS, "+OK" }, { KEY_LINE, "+OK 2" } },
      4,
      KEY_LINES,
      "+OK 2 (4 lines)" },
    { "a response with a literal",
      EV_IMAP_REPLY,
      NULL,
      { { KEY_TAG, "*" }, { KEY_LINE, "* 1 FETCH {9}" } },
      26,
      KEY_SIZE,
      "* 1 FETCH {9}, and 11 octets" },
    { "one without",
      EV_IMAP_REPLY,
      NULL,
      { { KEY_TAG, "*" }, { KEY_LINE, "* 1 EXISTS" } },
      12,
      KEY_SIZE,
      "* 1 EXISTS" },
    { "a request",
      EV_HTTP_REQUEST,
      NULL,
      { { KEY_LINE, "GET / HTTP/1.1" } },
      90,
      KEY_SIZE,
      "GET / HTTP/1.1" },
    { "content",
      EV_HTTP_RESPONSE,
      NULL,
      { { KEY_LINE, "HTTP/1.1 200 OK" }, { KEY_TYPE, "text/html" } },
      5,
      KEY_LEN,
      "HTTP/1.1 200 OK, 5 octets of text/html" },
    { "no content",
      EV_HTTP_RESPONSE,
      NULL,
      { { KEY_LINE, "HTTP/1.1 304 Not Modified" } },
      0,
      0,
      "HTTP/1.1 304 Not Modified" },
    { "a state",
      EV_IMAP_STATE,
      NULL,
      { { KEY_STATE, "SELECTED" }, { KEY_BEFORE, "AUTHENTICATED" } },
      0,
      0,
      "AUTHENTICATED → SELECTED" },
    { "read",
      EV_AGENT_READ,
      NULL,
      { { KEY_USER, "bob" }, { KEY_SENDER, "a@b.test" }, { KEY_SUBJECT, "Hi" }, { KEY_WHAT, "message" } },
      0,
      0,
      "bob reads \"Hi\" from a@b.test" },
    { "headers only",
      EV_AGENT_READ,
      NULL,
      { { KEY_USER, "bob" }, { KEY_SUBJECT, "Hi" }, { KEY_WHAT, "headers" } },
      12345,
      KEY_SAVED,
      "bob sees the header of \"Hi\"; 12.3 KB need not travel" },
    { "failed",
      EV_AGENT_FAIL,
      NULL,
      { { KEY_USER, "bob" }, { KEY_METHOD, "pop3" }, { KEY_LINE, "-ERR no" } },
      0,
      0,
      "bob does not get to the mail: -ERR no" },
    { "found",
      EV_AGENT_FOUND,
      NULL,
      { { KEY_USER, "bob" }, { KEY_FOLDER, "INBOX" }, { KEY_SEARCH, "UNSEEN" } },
      1,
      KEY_COUNT,
      "bob finds 1 message in INBOX: UNSEEN" },
};

static void test_sentences(void **state)
{
    struct sim s;

    (void)state;
    start(&s);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct record *r = trace_begin(&s.trace, rows[i].event, "here");

        r->why = rows[i].why;
        for (int k = 0; k < 5 && rows[i].texts[k].text != NULL; k++)
            trace_text(r, rows[i].texts[k].key, span_of(rows[i].texts[k].text));
        if (rows[i].key != 0)
            trace_number(r, rows[i].key, rows[i].number);
        trace_end(&s.trace);
        if (strcmp(said->str, rows[i].expected) != 0)
            fail_msg("%s: '%s', expected '%s'", rows[i].name, said->str, rows[i].expected);
    }
    stop(&s);
}

static void test_flags(void **state)
{
    static const struct {
        const char *flags, *expected;
    } cases[] = {
        { "\\Seen $Work", "message 3 in bob's INBOX is \\Seen $Work now" },
        { "", "message 3 in bob's INBOX has no flags now" },
    };
    struct sim s;

    (void)state;
    start(&s);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct record *r = trace_begin(&s.trace, EV_MAILBOX_FLAGS, "here");
        trace_text(r, KEY_USER, SPAN("bob"));
        trace_text(r, KEY_FOLDER, SPAN("INBOX"));
        trace_number(r, KEY_UID, 3);
        trace_text(r, KEY_FLAGS, span_of(cases[i].flags));
        trace_end(&s.trace);
        assert_string_equal(said->str, cases[i].expected);
    }
    stop(&s);
}

/* Each program's connection is remarked on by the port that it goes to; what a session says of itself is not
 * sent. */
static void test_protocols(void **state)
{
    static const struct {
        const char *to, *begins;
    } ports[] = {
        { "10.0.0.1:25", "SMTP" },  { "10.0.0.1:587", "Submission" },
        { "10.0.0.1:80", "HTTP" },  { "10.0.0.1:110", "POP3" },
        { "10.0.0.1:143", "IMAP" }, { "10.0.0.1:1143", NULL },
        { "10.0.0.1:53", NULL },    { ":25", NULL },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(ports); i++) {
        struct record r = { .event = EV_TCP_CONNECT };
        trace_text(&r, KEY_TO, span_of(ports[i].to));
        const char *remark = explain_remark(&r);
        assert_int_equal(remark != NULL, ports[i].begins != NULL);
        if (remark != NULL)
            assert_true(g_str_has_prefix(remark, ports[i].begins));
    }
    for (int e = 0; e < N_EVENTS; e++) {
        enum explain_family f = explain_family((enum event)e);
        bool has_sessions = f == FAMILY_SMTP || f == FAMILY_ACCESS || f == FAMILY_HTTP;
        assert_int_equal(explain_is_state((enum event)e),
                         has_sessions && g_str_has_suffix(event_names[e], ".state"));
        assert_false(explain_is_state((enum event)e) && explain_is_sent((enum event)e));
        assert_true(!explain_is_sent((enum event)e) || has_sessions || f == FAMILY_DNS);
    }
}

/* "next try in …" is as exact as people want it. */
static void test_waits(void **state)
{
    static const struct {
        sim_time wait;
        const char *expected;
    } waits[] = {
        { 1800 * SIM_SECOND, "30m" },     { 30 * SIM_MINUTE - SIM_SECOND, "30m" },
        { 90 * SIM_SECOND + 1, "1m30s" }, { 1500 * SIM_MS, "2s" },
        { 20 * SIM_MS + 1, "20ms" },      { 4 * SIM_HOUR, "4h" },
    };
    struct sim s;

    (void)state;
    start(&s);
    for (size_t i = 0; i < G_N_ELEMENTS(waits); i++) {
        struct record *r = trace_begin(&s.trace, EV_QUEUE_DEFER, "here");
        g_autofree char *expected = g_strdup_printf("Q1 waits: no answer; next try in %s", waits[i].expected);

        r->why = "timeout";
        trace_id(r, KEY_QUEUE, 'Q', 1);
        trace_time(r, KEY_NEXT, waits[i].wait);
        trace_end(&s.trace);
        assert_string_equal(said->str, expected);
    }
    stop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_event_has_a_line),
        cmocka_unit_test(test_no_event_needs_its_fields),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_protocols),
        cmocka_unit_test(test_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
