/* sim/export/explain.c: every record has something to say, in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>
#include <string.h>

#include "core/sim.h"
#include "export/explain_parts.h"

static GString *said;

static void on_record(void *self, const struct record *r)
{
    (void)self;
    g_string_truncate(said, 0);
    explain_line(r, NULL, said);
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
    { "its own program",
      EV_FAULT_BEGIN,
      NULL,
      { { KEY_WHAT, "down" }, { KEY_ON, "here smtp" } },
      0,
      0,
      "its program smtp goes down" },
    { "the host itself",
      EV_FAULT_END,
      NULL,
      { { KEY_WHAT, "down" }, { KEY_ON, "here" } },
      0,
      0,
      "is up again" },
    { "a name that begins alike",
      EV_FAULT_BEGIN,
      NULL,
      { { KEY_WHAT, "down" }, { KEY_ON, "hereafter" } },
      0,
      0,
      "hereafter goes down" },
    { "records",
      EV_FAULT_BEGIN,
      NULL,
      { { KEY_WHAT, "record" }, { KEY_ON, "here" }, { KEY_VALUE, "- www A" } },
      0,
      0,
      "records change: - www A" },
    { "all of a link",
      EV_FAULT_BEGIN,
      NULL,
      { { KEY_WHAT, "link" },
        { KEY_ON, "here - b" },
        { KEY_VALUE, "delay 1m30s, rate none, loss 0.5000 %" } },
      0,
      0,
      "here - b: link delay 1m30s, rate none, loss 0.5000 %" },
    { "a big message",
      EV_SMTP_DATA,
      NULL,
      { { 0 } },
      12345,
      KEY_SIZE,
      "the message, 12.3 KB, then a lone dot" },
    { "a small message",
      EV_SMTP_DATA,
      NULL,
      { { 0 } },
      9,
      KEY_SIZE,
      "the message, 9 octets, then a lone dot" },
    { "one look-up", EV_RUN_END, NULL, { { 0 } }, 1, KEY_LOOKUPS, "1 look-up" },
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
      "* 1 FETCH {9}" },
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

/* ---- The table. */

static bool is_hole(enum event event, struct span name)
{
    static const char *const made[] = { "PROTO", "wait", "who" };
    int key = key_find_span(name);

    for (size_t i = 0; i < G_N_ELEMENTS(made); i++)
        if (span_is(span_of(made[i]), name))
            return true;
    return key >= 0 && event_has(event, (enum key)key);
}

/* A hole or a condition about a key that the event does not have would never say anything. */
static void test_rows_are_about_keys_of_their_event(void **state)
{
    (void)state;
    for (int e = 0; e < N_EVENTS; e++)
        for (int i = 0; i < EXPLAIN_SENTENCES_MAX && explain_rows[e].sentences[i].text != NULL; i++) {
            const struct explain_sentence *s = &explain_rows[e].sentences[i];
            g_auto(GStrv) words = g_strsplit(s->when != NULL ? s->when : "", " ", -1),
                          parts = g_strsplit_set(s->text, "{}", -1);

            for (int k = 0; words[k] != NULL; k++) {
                const char *key = words[k] + (words[k][0] == '!');
                if (!is_hole((enum event)e, span_bytes(key, strcspn(key, "=>"))))
                    fail_msg("%s: condition '%s'", event_names[e], s->when);
            }
            for (int k = 1; parts[k] != NULL; k += 2) {
                g_auto(GStrv) names = g_strsplit(parts[k], "|", -1);
                for (int n = 0; names[n] != NULL; n++)
                    if (!is_hole((enum event)e, span_of(names[n])))
                        fail_msg("%s: hole {%s}", event_names[e], names[n]);
            }
        }
}

static void test_conditions(void **state)
{
    static const struct {
        const char *when;
        bool holds;
    } conditions[] = {
        { NULL, true },
        { "code", true },
        { "!code", false },
        { "code=450", true },
        { "code=4??", true },
        { "code=5??", false },
        { "code=4", false },
        { "code>449", true },
        { "code>450", false },
        { "line=450*", true },
        { "line=*later", true },
        { "line=*t?l*", false },
        { "line=*l?t*", true },
        { "line=450?4.7.1?later", true },
        { "lines", false }, /* it is 0 */
        { "!lines", true },
        { "verb", false }, /* it is not there */
        { "verb=", true },
        { "why=a|b", false },
        { "why=a|greylist|b", true },
        { "code line why", true },
        { "code !line why", false },
        { "host=here !peer", true },
    };
    struct record r = { .event = EV_SMTP_REPLY, .host = "here", .why = "greylist" };

    (void)state;
    trace_number(&r, KEY_CODE, 450);
    trace_text(&r, KEY_LINE, SPAN("450 4.7.1 later"));
    trace_number(&r, KEY_LINES, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(conditions); i++)
        if (explain_holds(conditions[i].when, &r) != conditions[i].holds)
            fail_msg("%s", conditions[i].when);
}

/* ---- Another language: holes in another order, a part that is left out, units of its own. */

static const char *backwards(const char *english)
{
    static const char *const texts[][2] = {
        { "looks up {type} {name}", "{name} <- {type}" },
        { "{queue} waits[: {line|why}][; next try in {wait}]", "<[{wait}, ]{queue}[ ({why|line})]>" },
        { "no answer", "silence" },
        { "[{d}d][{h}h][{m}m][{s}s][{ms}ms][{us}us][{ns}ns]", "[{d} D ][{h} H ][{m} M ][{s} S ][{ms} MS ]" },
        { "TCP is open", "{tries|} {" }, /* what no translation should be does no harm */
        { "Day {day}, {clock}", "{clock} of day {day}" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        if (strcmp(texts[i][0], english) == 0)
            return texts[i][1];
    return english;
}

static void test_sentences_go_through_the_translator(void **state)
{
    struct record lookup = { .event = EV_DNS_LOOKUP }, wait = { .event = EV_QUEUE_DEFER, .why = "timeout" },
                  open = { .event = EV_TCP_ESTABLISHED };
    GString *out = g_string_new("= ");

    (void)state;
    trace_text(&lookup, KEY_NAME, SPAN("a{type}[b]")); /* what a field says is no template */
    trace_text(&lookup, KEY_TYPE, SPAN("MX"));
    explain_line(&lookup, backwards, out);
    assert_string_equal(out->str, "= a{type}[b] <- MX");

    trace_id(&wait, KEY_QUEUE, 'Q', 1);
    g_string_truncate(out, 0);
    explain_line(&wait, backwards, out);
    assert_string_equal(out->str, "<Q1 (silence)>");
    trace_time(&wait, KEY_NEXT, 90 * SIM_MINUTE);
    g_string_truncate(out, 0);
    explain_line(&wait, backwards, out);
    assert_string_equal(out->str, "<1 H 30 M, Q1 (silence)>");

    g_string_truncate(out, 0);
    explain_line(&open, backwards, out);
    assert_string_equal(out->str, " ");
    g_string_free(out, TRUE);
}

static void test_times(void **state)
{
    static const sim_time times[] = { 0,          1,         1500,        20 * SIM_MS,   1500 * SIM_MS,
                                      SIM_MINUTE, SIM_NEVER, -SIM_SECOND, 90 * SIM_HOUR, SIM_DAY + 1 };
    GString *out = g_string_new(NULL);
    char duration[TIME_DURATION_MAX], clock[TIME_CLOCK_MAX];

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++) { /* English is what core/time.h writes */
        g_string_truncate(out, 0);
        explain_duration(times[i], NULL, out);
        assert_string_equal(out->str, time_duration(duration, times[i]));
        if (times[i] < 0)
            continue;
        g_string_truncate(out, 0);
        explain_clock(times[i], NULL, out);
        assert_string_equal(out->str, time_clock(clock, times[i]));
    }
    g_string_truncate(out, 0);
    explain_clock(26 * SIM_HOUR, backwards, out);
    assert_string_equal(out->str, "02:00:00.000 of day 2");
    g_string_free(out, TRUE);
}

/* A reader's message is what happens, not what carries it or looks on. */
static void test_messages(void **state)
{
    struct record r = { .event = EV_DNS_LOOKUP };

    (void)state;
    assert_true(explain_is_message(&r));
    r.mail = 1;
    assert_false(explain_is_message(&r)); /* a server's, on the way of a mail */
    r.event = EV_SMTP_REPLY;
    assert_true(explain_is_message(&r));
    r.event = EV_SMTP_STATE;
    assert_false(explain_is_message(&r));
    r.event = EV_NOTE;
    assert_false(explain_is_message(&r));
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
        cmocka_unit_test(test_rows_are_about_keys_of_their_event),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_sentences_go_through_the_translator),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
