#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/trace.h"

struct bench {
    struct sched *sched;
    struct trace trace;
    GString *heard;
};

/* "A:seq<cause " for listener A. */
static void hear(struct bench *b, char who, const struct record *r)
{
    g_string_append_printf(b->heard, "%c:%" G_GUINT64_FORMAT "<%" G_GUINT64_FORMAT " ", who, r->seq,
                           r->cause);
}

static void on_record_a(void *self, const struct record *r)
{
    hear(self, 'A', r);
}
static void on_record_b(void *self, const struct record *r)
{
    hear(self, 'B', r);
}
static void on_record_copy(void *self, const struct record *r)
{
    *(struct record **)self = record_copy(r);
}

static int setup(void **state)
{
    struct bench *b = g_new0(struct bench, 1);

    b->sched = sched_new();
    b->heard = g_string_new(NULL);
    trace_init(&b->trace, b->sched);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;

    sched_free(&b->sched);
    g_string_free(b->heard, TRUE);
    g_free(b);
    return 0;
}

static uint64_t emit(struct trace *t)
{
    trace_begin(t, EV_NOTE, NULL);
    return trace_end(t);
}

static void test_is_off_until_somebody_listens(void **state)
{
    struct bench *b = *state;

    assert_false(trace_on(&b->trace));
    assert_true(trace_listen(&b->trace, on_record_a, b));
    assert_true(trace_on(&b->trace));
    trace_unlisten(&b->trace, on_record_b, b);
    trace_unlisten(&b->trace, on_record_a, NULL);
    assert_true(trace_on(&b->trace));
    trace_unlisten(&b->trace, on_record_a, b);
    assert_false(trace_on(&b->trace));
}

static void test_listeners_hear_in_order(void **state)
{
    struct bench *b = *state;

    trace_listen(&b->trace, on_record_b, b);
    trace_listen(&b->trace, on_record_a, b);
    emit(&b->trace);
    trace_unlisten(&b->trace, on_record_b, b);
    emit(&b->trace);
    assert_string_equal(b->heard->str, "B:1<0 A:1<0 A:2<1 ");
}

static void test_listen_refuses_one_too_many(void **state)
{
    struct bench *b = *state;

    for (int i = 0; i < TRACE_LISTENERS_MAX; i++)
        assert_true(trace_listen(&b->trace, on_record_a, b));
    assert_false(trace_listen(&b->trace, on_record_b, b));
}

static void test_causes_chain_and_branch(void **state)
{
    struct bench *b = *state;
    uint64_t first;

    trace_listen(&b->trace, on_record_a, b);
    first = emit(&b->trace);
    assert_int_equal(sched_cause(b->sched), first);
    emit(&b->trace);
    sched_set_cause(b->sched, first);
    emit(&b->trace);
    sched_set_cause(b->sched, 0);
    emit(&b->trace);
    assert_string_equal(b->heard->str, "A:1<0 A:2<1 A:3<1 A:4<0 ");
}

static void emit_later(void *self)
{
    emit(self);
}

static void test_what_is_scheduled_inherits_the_cause(void **state)
{
    struct bench *b = *state;

    trace_listen(&b->trace, on_record_a, b);
    emit(&b->trace);
    sched_at(b->sched, 20, emit_later, &b->trace);
    emit(&b->trace);
    sched_at(b->sched, 10, emit_later, &b->trace);
    while (sched_step(b->sched, SIM_NEVER))
        ;
    assert_string_equal(b->heard->str, "A:1<0 A:2<1 A:3<2 A:4<1 ");
}

static void test_begin_forgets_the_record_before(void **state)
{
    struct bench *b = *state;
    struct record *r;

    trace_listen(&b->trace, on_record_a, b);
    r = trace_begin(&b->trace, EV_DNS_QUERY, "h");
    r->peer = "p";
    r->why = "w";
    r->conn = r->lookup = r->mail = 9;
    r->packet = b;
    trace_text(r, KEY_NAME, SPAN("x"));
    trace_end(&b->trace);
    r = trace_begin(&b->trace, EV_NOTE, NULL);
    assert_null(r->host);
    assert_null(r->peer);
    assert_null(r->why);
    assert_null(r->packet);
    assert_int_equal(r->conn | r->lookup | r->mail, 0);
    assert_int_equal(r->n_fields, 0);
    assert_int_equal(r->seq, 2);
    trace_end(&b->trace);
}

/* Every kind of field under every kind of key, as record_value and field_text give them. */
static void test_values_read_as_written(void **state)
{
    static const struct {
        enum key key;
        const char *is; /* NULL: the record does not say */
    } rows[] = {
        { KEY_SEQ, "1" },
        { KEY_TIME, "1.500000000" },
        { KEY_EVENT, "queue.defer" },
        { KEY_HOST, "mail.crepes.fr" },
        { KEY_CAUSE, NULL },
        { KEY_PEER, NULL },
        { KEY_CONN, "c3" },
        { KEY_LOOKUP, NULL },
        { KEY_MAIL, "m7" },
        { KEY_WHY, "refused" },
        { KEY_QUEUE, "Q2" },
        { KEY_RECIPIENT, "bob@x" },
        { KEY_CODE, "-450" },
        { KEY_LINE, "try 2" },
        { KEY_TRIES, NULL },
        { KEY_NEXT, "1800.000000000" },
    };
    struct bench *b = *state;
    struct record *r, *copy = NULL;

    trace_listen(&b->trace, on_record_copy, &copy);
    sched_step(b->sched, 1500 * SIM_MS);
    r = trace_begin(&b->trace, EV_QUEUE_DEFER, "mail.crepes.fr");
    r->conn = 3;
    r->mail = 7;
    r->why = "refused";
    trace_id(r, KEY_QUEUE, 'Q', 2);
    trace_text(r, KEY_RECIPIENT, SPAN("bob@x"));
    trace_number(r, KEY_CODE, -450);
    trace_format(&b->trace, KEY_LINE, "try %d", 2);
    trace_time(r, KEY_NEXT, 30 * SIM_MINUTE);
    trace_end(&b->trace);

    const struct record *both[] = { r, copy };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        for (size_t k = 0; k < G_N_ELEMENTS(both); k++) {
            char buf[FIELD_BUF_MAX];
            struct field f;
            bool says = record_value(both[k], rows[i].key, &f);
            if (says != (rows[i].is != NULL) || (says && !span_is(field_text(&f, buf), span_of(rows[i].is))))
                fail_msg("%s of the %s", key_names[rows[i].key], k ? "copy" : "record");
        }
    assert_non_null(record_field(copy, KEY_CODE));
    assert_null(record_field(copy, KEY_CONN));
    g_free(copy);
}

static void test_copy_owns_all_its_texts(void **state)
{
    struct bench *b = *state;
    char host[] = "host", peer[] = "peer", why[] = "why", text[] = "text";
    struct record *r, *copy = NULL;

    trace_listen(&b->trace, on_record_copy, &copy);
    r = trace_begin(&b->trace, EV_FAULT_BEGIN, host);
    r->peer = peer;
    r->why = why;
    r->packet = b;
    trace_text(r, KEY_WHAT, span_of(NULL));
    trace_text(r, KEY_ON, span_of(text));
    trace_end(&b->trace);
    host[0] = peer[0] = why[0] = text[0] = '?';
    assert_string_equal(copy->host, "host");
    assert_string_equal(copy->peer, "peer");
    assert_string_equal(copy->why, "why");
    assert_int_equal(copy->n_fields, 2);
    assert_true(span_is(copy->fields[0].text, SPAN("")));
    assert_true(span_is(copy->fields[1].text, SPAN("text")));
    assert_null(copy->packet);
    g_free(copy);
}

static void test_format_is_cut_between_characters(void **state)
{
    struct bench *b = *state;
    g_autoptr(GString) long_text = g_string_new(NULL);
    struct record *r;

    trace_listen(&b->trace, on_record_a, b);
    for (unsigned shift = 0; shift < 4; shift++) {
        g_string_truncate(long_text, 0);
        g_string_append_len(long_text, "abc", shift);
        while (long_text->len < 2 * sizeof b->trace.scratch)
            g_string_append(long_text, "\xf0\x9f\x93\xa7" /* an envelope, four octets */);
        r = trace_begin(&b->trace, EV_FAULT_BEGIN, NULL);
        trace_format(&b->trace, KEY_WHAT, "%s", long_text->str);
        trace_format(&b->trace, KEY_ON, "%s", long_text->str);
        assert_true(r->fields[0].text.len > sizeof b->trace.scratch - 5);
        assert_true(r->fields[0].text.len + r->fields[1].text.len < sizeof b->trace.scratch);
        assert_true(g_utf8_validate(r->fields[0].text.at, (gssize)r->fields[0].text.len, NULL));
        assert_true(g_utf8_validate(r->fields[1].text.at, (gssize)r->fields[1].text.len, NULL));
        trace_end(&b->trace);
    }
}

static void test_format_texts_of_one_record_stand_side_by_side(void **state)
{
    struct bench *b = *state;
    struct record *r;

    trace_listen(&b->trace, on_record_a, b);
    r = trace_begin(&b->trace, EV_FAULT_BEGIN, NULL);
    trace_format(&b->trace, KEY_WHAT, "%s", "one");
    trace_format(&b->trace, KEY_ON, "%s", "two");
    assert_true(span_is(r->fields[0].text, SPAN("one")));
    assert_true(span_is(r->fields[1].text, SPAN("two")));
    trace_end(&b->trace);
}

#ifndef NDEBUG
/* A record that breaks its event's row ends the program: in a child, here. */
static void test_fields_are_held_against_the_row(void **state)
{
    static const struct {
        const char *name;
        enum key first, second;
        bool dies;
    } rows[] = {
        { "in order", KEY_WHAT, KEY_ON, false },    { "out of order", KEY_ON, KEY_WHAT, true },
        { "twice", KEY_ON, KEY_ON, true },          { "not of the row", KEY_WHAT, KEY_VERB, true },
        { "a common key", KEY_HOST, KEY_ON, true },
    };
    struct bench *b = *state;

    trace_listen(&b->trace, on_record_a, b);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        int status = 0;
        pid_t child = fork();
        if (child == 0) {
            signal(SIGABRT, SIG_DFL);
            if (freopen("/dev/null", "w", stderr) == NULL)
                _exit(2);
            struct record *r = trace_begin(&b->trace, EV_FAULT_BEGIN, NULL);
            trace_text(r, rows[i].first, SPAN("x"));
            trace_text(r, rows[i].second, SPAN("x"));
            trace_end(&b->trace);
            _exit(0);
        }
        waitpid(child, &status, 0);
        if ((WIFEXITED(status) && WEXITSTATUS(status) == 0) == rows[i].dies)
            fail_msg("%s", rows[i].name);
    }
}
#endif

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_is_off_until_somebody_listens),
        CASE(test_listeners_hear_in_order),
        CASE(test_listen_refuses_one_too_many),
        CASE(test_causes_chain_and_branch),
        CASE(test_what_is_scheduled_inherits_the_cause),
        CASE(test_begin_forgets_the_record_before),
        CASE(test_values_read_as_written),
        CASE(test_copy_owns_all_its_texts),
        CASE(test_format_is_cut_between_characters),
        CASE(test_format_texts_of_one_record_stand_side_by_side),
#ifndef NDEBUG
        CASE(test_fields_are_held_against_the_row),
#endif
    };
    return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
