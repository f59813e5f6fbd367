#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <glib.h>

#include "core/pattern.h"

/* The record that all rows ask about: a deferral at 31 minutes. */
static struct record deferral(void)
{
    struct record r = { .seq = 42, .cause = 40, .time = 31 * SIM_MINUTE, .event = EV_QUEUE_DEFER };

    r.host = "mail.crepes.fr";
    r.mail = 1;
    r.why = "greylisted";
    trace_id(&r, KEY_QUEUE, 'Q', 2);
    trace_text(&r, KEY_RECIPIENT, SPAN("Bob@hamburger.edu"));
    trace_number(&r, KEY_CODE, 451);
    trace_text(&r, KEY_LINE, SPAN("451 4.7.1 \"Try\" again * later"));
    trace_time(&r, KEY_NEXT, 61 * SIM_MINUTE);
    return r;
}

static void test_matches(void **state)
{
    static const struct {
        const char *text;
        bool is;
    } rows[] = {
        /* events */
        { "*", true },
        { "  *  ", true },
        { "queue.defer", true },
        { "QUEUE.Defer", true },
        { "queue.*", true },
        { "*.defer", true },
        { "*e*e*e*", true },
        { "q*r", true },
        { "queue.done", false },
        { "smtp.*", false },
        { "smtp.reply|queue.defer", true },
        { "smtp.*|dns.*", false },
        { "queue.d*|note", true },
        /* text: case, stars */
        { "* host=mail.crepes.fr", true },
        { "* host=MAIL.Crepes.FR", true },
        { "* host=mail.crepes", false },
        { "* host=*.fr", true },
        { "* host=*.f", false },
        { "* host=mail*", true },
        { "* host=*mail.crepes.fr*", true },
        { "* host=**mail**", true },
        { "* host=m*l.*s.fr", true },
        { "* host=*l.c*l.c*", false },
        { "* host!=mail.crepes.fr", false },
        { "* host!=*.edu", true },
        { "* recipient=bob@HAMBURGER.edu", true },
        { "* event=queue.*", true },
        { "* event!=queue.*", false },
        { "* why=greylisted", true },
        { "*\thost=mail*\nwhy=grey*\r\n", true },
        /* quotes */
        { "* line=\"451 4.7.1 \\\"try\\\" again \\* later\"", true },
        { "* line=\"451 *later\"", true },
        { "* line=\"451 \\*later\"", false },
        { "* line=\"\"", false },
        { "* line!=\"\"", true },
        { "* line=451*", true },
        /* a key that the record lacks */
        { "* peer=x", false },
        { "* peer!=x", true },
        { "* peer=*", false },
        { "* peer=\"\"", false },
        { "queue.* tries>=0", false },
        { "queue.* tries!=1", true },
        { "* conn=c1", false },
        { "* conn!=c1", true },
        /* an event that lacks the key */
        { "smtp.command|queue.defer verb=MAIL", false },
        { "smtp.command|queue.defer verb!=MAIL", true },
        /* numbers */
        { "* code=451", true },
        { "* code=0451", true },
        { "* code!=451", false },
        { "* code=450", false },
        { "* code=4xx", true },
        { "* code=45x", true },
        { "* code=4XX", true },
        { "* code=xxx", true },
        { "* code=x5x", true },
        { "* code=5xx", false },
        { "* code!=5xx", true },
        { "* seq=4x", true },
        { "* seq=4xx", false },
        { "* code=4*", true },
        { "* code=*", true },
        { "* code<451", false },
        { "* code<=451", true },
        { "* code>450", true },
        { "* code>=452", false },
        { "* code>-1", true },
        { "* seq=42", true },
        { "* seq>41 seq<43", true },
        { "* cause=40", true },
        /* times */
        { "* time=31m", true },
        { "* time=1860", true },
        { "* time=1860.000000000", true },
        { "* time!=1860.000000001", true },
        { "* time<31m", false },
        { "* time<=31m", true },
        { "* time>30m59.999s", true },
        { "* time<2h", true },
        { "* time>=0.5h", true },
        { "* time=1860.*", true },
        { "* next>1h", true },
        { "* next=1h1m", true },
        /* ids */
        { "* mail=m1", true },
        { "* mail=M1", true },
        { "* mail=m11", false },
        { "* mail=m*", true },
        { "* mail!=m2", true },
        { "* queue=Q2", true },
        { "* queue=q2", true },
        /* all must hold */
        { "queue.defer code=4xx host=*.fr mail=m1 time<1h why!=refused", true },
        { "queue.defer code=4xx host=*.fr mail=m2 time<1h why!=refused", false },
    };
    struct record r = deferral();

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct pattern_error error;
        struct pattern *p = pattern_new(span_of(rows[i].text), &error);
        if (p == NULL)
            fail_msg("%s: %s", rows[i].text, error.message);
        if (pattern_matches(p, &r) != rows[i].is)
            fail_msg("%s", rows[i].text);
        if (rows[i].is)
            assert_true(pattern_may_match(p, r.event));
        pattern_free(&p);
    }
}

/* A caret below the offending character, or one past the end. */
static const struct {
    const char *name, *text, *caret, *message;
} bad[] = {
    { "empty", "", "^", "the pattern is empty" },
    { "spaces", "   ", "   ^", "the pattern is empty" },
    { "no event", "host=x", "^", "a pattern begins with an event" },
    { "no event, other operator", "code>=400", "^", "a pattern begins with an event" },
    { "unknown event", "smtp.replay", "^", "no event is called smtp.replay (did you mean smtp.reply?)" },
    { "unknown event, nothing like it", "wibble", "^", "no event is called wibble (docs/TRACE.md" },
    { "star that picks nothing", "pop4.*", "^", "no event is called pop4.*" },
    { "unknown alternative", "dns.query|dns.reponse", "          ^",
      "no event is called dns.reponse (did you mean dns.response?)" },
    { "missing alternative", "dns.query| name=x", "          ^", "an event is missing beside |" },
    { "missing first alternative", "|note", "^", "an event is missing beside |" },
    { "double bar", "note||note", "     ^", "an event is missing beside |" },
    { "unknown key", "smtp.reply hots=x", "           ^", "there is no key hots (did you mean host?)" },
    { "unknown key, nothing like it", "* colour=red", "  ^", "there is no key colour (docs/TRACE.md" },
    { "key of other events", "dns.query code=250", "          ^",
      "no event that this pattern picks has the key code" },
    { "key of other events, !=", "dns.query code!=250", "          ^",
      "no event that this pattern picks has the key code" },
    { "keys that no one event has", "* verb=MAIL code=250", "            ^",
      "no event that this pattern picks has the key code" },
    { "close key of these events first", "smtp.reply cod=250", "           ^",
      "there is no key cod (did you mean code?)" },
    { "capital key", "* HOST=x", "  ^", "there is no key HOST (did you mean host?)" },
    { "second event", "dns.query smtp.reply", "          ^", "there is no key smtp" },
    { "condition without a key", "* =x", "  ^", "a condition is wanted here" },
    { "stray character", "* & host=x", "  ^", "a condition is wanted here" },
    { "no operator", "* host", "      ^", "after host an operator is missing" },
    { "space before the operator", "* host =x", "      ^", "after host an operator is missing" },
    { "colon", "* host:x", "      ^", "after host comes one of = !=" },
    { "tilde", "* host~x", "      ^", "after host comes one of = !=" },
    { "lone !", "* host!x", "      ^", "after host comes one of = !=" },
    { "doubled =", "* host==x", "      ^", "== is no operator (did you mean =?)" },
    { "=<", "* seq=<3", "     ^", "=< is no operator (did you mean <=?)" },
    { "=>", "* seq=>3", "     ^", "=> is no operator (did you mean >=?)" },
    { "<>", "* seq<>3", "     ^", "<> is no operator (did you mean !=?)" },
    { "order of text", "* host<x", "      ^", "host is text, which has no order" },
    { "order of ids", "* mail>=m1", "      ^", "mail is text, which has no order" },
    { "no value", "* host=", "       ^", "a value for host is missing" },
    { "space before the value", "* host= x", "       ^", "a value for host is missing" },
    { "quote left open", "* line=\"a b", "       ^", "this quote is never closed" },
    { "quote left open by a backslash", "* line=\"a\\\"", "       ^", "this quote is never closed" },
    { "backslash at the end", "* line=\"a\\", "         ^", "in quotes \\ stands before" },
    { "unknown escape", "* line=\"a\\n\"", "         ^", "in quotes \\ stands before" },
    { "text behind the quote", "* line=\"a\"b", "          ^", "after the closing quote" },
    { "quote within a value", "* line=a\"b c\"", "        ^", "the quotes hold the whole value" },
    { "text for a number", "smtp.reply code=ok", "                ^", "code is a number (write one" },
    { "decimals for a number", "smtp.reply code=4.5", "                ^", "code is a number" },
    { "a class too long", "smtp.reply code=4xxx", "                ^", "a reply code has three digits" },
    { "a class too short", "smtp.reply code!=4x", "                 ^", "a reply code has three digits" },
    { "a number too long", "smtp.reply code=4500", "                ^", "a reply code has three digits" },
    { "text for an order", "smtp.reply code<4xx", "                ^",
      "code is a number, and so must this be" },
    { "star for an order", "smtp.reply code<4*", "                ^",
      "code is a number, and so must this be" },
    { "duration for a number", "* tries>30m", "        ^", "tries is a number" },
    { "quotes for a number", "smtp.reply code=\"4xx\"", "                ^", "code is a number" },
    { "too large a number", "* seq<9223372036854775808", "      ^", "seq is a number" },
    { "bad time", "* time>soon", "       ^", "time is a time (seconds like" },
    { "bad unit", "* time>5min", "       ^", "time is a time" },
    { "negative time", "* time>-5s", "       ^", "time is a time" },
    { "id without its letter", "* mail=1", "       ^", "mail is an id" },
    { "id class", "* mail=1xx", "       ^", "mail is an id" },
    { "the second condition", "* host=a time<b", "              ^", "time is a time" },
};

static void test_errors_point_at_the_character(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        struct pattern_error error = { 0 };
        struct pattern *p = pattern_new(span_of(bad[i].text), &error);
        if (p != NULL)
            fail_msg("%s: taken", bad[i].name);
        if (error.offset != strlen(bad[i].caret) - 1)
            fail_msg("%s: points at %zu", bad[i].name, error.offset);
        if (!g_str_has_prefix(error.message, bad[i].message))
            fail_msg("%s: %s", bad[i].name, error.message);
        assert_null(pattern_new(span_of(bad[i].text), NULL));
    }
}

static void test_messages_fit_whatever_was_written(void **state)
{
    struct pattern_error error;
    g_autoptr(GString) text = g_string_new("* ");

    (void)state;
    for (int i = 0; i < 1000; i++)
        g_string_append(text, "k");
    assert_null(pattern_new(span_bytes(text->str, text->len), &error));
    assert_true(g_utf8_validate(error.message, -1, NULL));
    g_string_assign(text, "");
    for (int i = 0; i < 1000; i++)
        g_string_append_c(text, '\xe2');
    assert_null(pattern_new(span_bytes(text->str, text->len), &error));
    assert_true(g_utf8_validate(error.message, -1, NULL));
    assert_null(pattern_new(SPAN("* host=\"a\\\0\""), &error));
    assert_null(pattern_new(SPAN("note\0"), &error));
}

static void test_explain_shows_line_and_caret(void **state)
{
    static const struct {
        const char *text, *is;
    } rows[] = {
        { "smtp.reply hots=x", "mxlab: pattern:1:12: there is no key hots (did you mean host?)\n"
                               "  smtp.reply hots=x\n"
                               "             ^\n" },
        { "* subject=메일 x", "mxlab: pattern:1:14: there is no key x (docs/TRACE.md lists them)\n"
                              "  * subject=메일 x\n"
                              "                 ^\n" },
        { "note\n\tx=1\nhost=y", "mxlab: pattern:2:2: there is no key x (docs/TRACE.md lists them)\n"
                                 "   x=1\n"
                                 "   ^\n" },
        { "", "mxlab: pattern:1:1: the pattern is empty (* picks every record)\n  \n  ^\n" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct pattern_error error;
        g_autofree char *text = NULL;
        assert_null(pattern_new(span_of(rows[i].text), &error));
        text = pattern_explain(span_of(rows[i].text), &error);
        assert_string_equal(text, rows[i].is);
    }
}

static void test_may_match_follows_events_and_keys(void **state)
{
    static const struct {
        const char *text, *events; /* those that may match */
    } rows[] = {
        { "tcp.c*", "tcp.connect tcp.close " },
        { "smtp.* code=250", "smtp.reply " },
        { "smtp.* code!=250", "smtp.command smtp.reply smtp.data smtp.state " },
        { "* rto>1s", "tcp.retransmit " },
        { "smtp.command|smtp.reply host=x", "smtp.command smtp.reply " },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct pattern *p = pattern_new(span_of(rows[i].text), NULL);
        g_autoptr(GString) events = g_string_new(NULL);
        for (int e = 0; e < N_EVENTS; e++)
            if (pattern_may_match(p, (enum event)e))
                g_string_append_printf(events, "%s ", event_names[e]);
        assert_string_equal(events->str, rows[i].events);
        pattern_free(&p);
        assert_null(p);
        pattern_free(&p);
    }
}

/* ttl is a number of seconds in the record; a duration compares with it. */
static void test_seconds_in_numbers_compare_as_times(void **state)
{
    struct record r = { .event = EV_DNS_CACHE_HIT };
    struct pattern *p = pattern_new(SPAN("* ttl<=1h ttl>=3600 ttl=3600 ttl=1h ttl=3*"), NULL);

    (void)state;
    trace_number(&r, KEY_TTL, 3600);
    assert_true(pattern_matches(p, &r));
    r.fields[0].number = INT64_MAX;
    assert_false(pattern_matches(p, &r));
    pattern_free(&p);
}

/* A text that a backtracking matcher would not finish. */
static void test_many_stars_take_no_time(void **state)
{
    g_autoptr(GString) text = g_string_new("* line="), line = g_string_new(NULL);
    struct record r = { .event = EV_SMTP_REPLY };
    struct pattern *p;

    (void)state;
    for (int i = 0; i < 500; i++)
        g_string_append(text, "*a");
    g_string_append(text, "*b");
    for (int i = 0; i < 5000; i++)
        g_string_append_c(line, 'a');
    trace_text(&r, KEY_LINE, span_bytes(line->str, line->len));
    p = pattern_new(span_bytes(text->str, text->len), NULL);
    assert_false(pattern_matches(p, &r));
    pattern_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches),
        cmocka_unit_test(test_errors_point_at_the_character),
        cmocka_unit_test(test_messages_fit_whatever_was_written),
        cmocka_unit_test(test_explain_shows_line_and_caret),
        cmocka_unit_test(test_may_match_follows_events_and_keys),
        cmocka_unit_test(test_seconds_in_numbers_compare_as_times),
        cmocka_unit_test(test_many_stars_take_no_time),
    };
    return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
