#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <glib.h>

#include "core/sim.h"
#include "export/jsonl.h"

static const struct jsonl_header header = { "alice \"to\" bob", "9f2b", 18446744073709551615u, "mxlab 1.0" };

/* A record with all that its event may have, every kind of value in turn. */
static void emit_full(struct trace *t, enum event event)
{
    struct record *r = trace_begin(t, event, "host");
    struct span rest = span_of(event_keys[event]);

    r->peer = "peer";
    r->why = "why";
    r->conn = r->lookup = r->mail = UINT32_MAX;
    while (rest.len > 0) {
        enum key key = (enum key)key_find_span(span_take_word(&rest));
        switch (key_kind(key)) {
        case KEY_IS_TEXT:
            trace_text(r, key, SPAN("텍스트 \xff \" \\ \n text"));
            break;
        case KEY_IS_NUMBER:
            trace_number(r, key, INT64_MIN);
            break;
        case KEY_IS_SECONDS:
            trace_time(r, key, INT64_MIN);
            break;
        case KEY_IS_ID:
            trace_id(r, key, 'Q', UINT32_MAX);
            break;
        }
    }
    trace_end(t);
}

static void test_lines_are_as_documented(void **state)
{
    g_autoptr(GString) out = g_string_new("before\n");
    struct jsonl *j = jsonl_new_string(out, NULL);
    struct sim s;
    struct record *r;

    (void)state;
    sim_init(&s, 1, 0);
    trace_listen(&s.trace, jsonl_on_record, j);
    jsonl_header(j, &header);
    trace_begin(&s.trace, EV_NOTE, NULL);
    trace_end(&s.trace);
    sched_step(s.sched, 40 * SIM_MS);
    r = trace_begin(&s.trace, EV_QUEUE_DEFER, "mail.crepes.fr");
    r->mail = 1;
    r->why = "refused";
    trace_id(r, KEY_QUEUE, 'Q', 12);
    trace_text(r, KEY_RECIPIENT, SPAN("\"bob\"@hamburger.edu"));
    trace_number(r, KEY_CODE, 450);
    trace_time(r, KEY_NEXT, 1800 * SIM_SECOND + 1);
    trace_end(&s.trace);
    r = trace_begin(&s.trace, EV_DNS_LOOKUP, "pc");
    r->peer = "dns";
    r->conn = 2;
    r->lookup = 3;
    trace_text(r, KEY_NAME, span_of(NULL));
    trace_end(&s.trace);
    assert_true(jsonl_close(&j));
    assert_null(j);
    assert_string_equal(
        out->str,
        "before\n"
        "{\"trace\":1,\"scenario\":\"alice \\\"to\\\" bob\",\"scenario_sha256\":\"9f2b\","
        "\"seed\":18446744073709551615,\"program\":\"mxlab 1.0\"}\n"
        "{\"seq\":1,\"time\":0.000000000,\"event\":\"note\"}\n"
        "{\"seq\":2,\"time\":0.040000000,\"event\":\"queue.defer\",\"host\":\"mail.crepes.fr\",\"cause\":1,"
        "\"mail\":\"m1\",\"why\":\"refused\",\"queue\":\"Q12\",\"recipient\":\"\\\"bob\\\"@hamburger.edu\","
        "\"code\":450,\"next\":1800.000000001}\n"
        "{\"seq\":3,\"time\":0.040000000,\"event\":\"dns.lookup\",\"host\":\"pc\",\"cause\":2,\"peer\":\"dns\","
        "\"conn\":\"c2\",\"lookup\":\"l3\",\"name\":\"\"}\n");
    sim_release(&s);
}

/* Every event with every key: another's parser finds them all, in order, and nothing else. */
static void test_all_events_parse_with_their_keys(void **state)
{
    g_autoptr(GString) out = g_string_new(NULL);
    struct jsonl *j = jsonl_new_string(out, NULL);
    g_auto(GStrv) lines = NULL;
    struct sim s;

    (void)state;
    sim_init(&s, 1, 0);
    trace_listen(&s.trace, jsonl_on_record, j);
    sched_set_cause(s.sched, 1);
    for (int event = 0; event < N_EVENTS; event++)
        emit_full(&s.trace, (enum event)event);
    jsonl_close(&j);
    lines = g_strsplit(out->str, "\n", -1);
    assert_int_equal(g_strv_length(lines), N_EVENTS + 1);
    for (int event = 0; event < N_EVENTS; event++) {
        g_autofree char *expected = g_strdup_printf("seq time event host cause peer conn lookup mail why%s%s",
                                                    *event_keys[event] ? " " : "", event_keys[event]);
        g_autoptr(GString) keys = g_string_new(NULL);
        cJSON *line = cJSON_Parse(lines[event]);
        const cJSON *value;
        if (line == NULL || !g_utf8_validate(lines[event], -1, NULL))
            fail_msg("%s", lines[event]);
        cJSON_ArrayForEach(value, line)
            g_string_append_printf(keys, "%s%s", keys->len ? " " : "", value->string);
        assert_string_equal(keys->str, expected);
        cJSON_Delete(line);
    }
    sim_release(&s);
}

static void test_only_filters_records_but_not_the_end(void **state)
{
    struct pattern *only = pattern_new(SPAN("note chapter>1"), NULL);
    g_autoptr(GString) out = g_string_new(NULL);
    struct jsonl *j = jsonl_new_string(out, only);
    struct sim s;

    (void)state;
    sim_init(&s, 1, 0);
    trace_listen(&s.trace, jsonl_on_record, j);
    jsonl_header(j, &header);
    for (int i = 1; i <= 3; i++) {
        trace_number(trace_begin(&s.trace, EV_NOTE, NULL), KEY_CHAPTER, i);
        trace_end(&s.trace);
    }
    trace_begin(&s.trace, EV_RUN_END, NULL);
    trace_end(&s.trace);
    jsonl_close(&j);
    assert_non_null(
        strstr(out->str, "}\n{\"seq\":2,\"time\":0.000000000,\"event\":\"note\",\"cause\":1,\"chapter\":2}\n"
                         "{\"seq\":3,\"time\":0.000000000,\"event\":\"note\",\"cause\":2,\"chapter\":3}\n"
                         "{\"seq\":4,\"time\":0.000000000,\"event\":\"run.end\",\"cause\":3}\n"));
    pattern_free(&only);
    sim_release(&s);
}

/* Lines longer than a block, and lines that end right where a block does, come out whole and in order. */
static void test_long_lines_and_full_blocks(void **state)
{
    g_autoptr(GString) out = g_string_new(NULL), text = g_string_new(NULL);
    struct jsonl *j = jsonl_new_string(out, NULL);
    g_auto(GStrv) lines = NULL;
    unsigned n = 0;
    struct sim s;

    (void)state;
    sim_init(&s, 1, 0);
    trace_listen(&s.trace, jsonl_on_record, j);
    for (size_t len = 0; len < 300000; len = len < 900 ? len + 1 : len * 2, n++) {
        while (text->len < len)
            g_string_append_c(text, (char)(text->len % 251 + 1));
        trace_text(trace_begin(&s.trace, EV_SMTP_COMMAND, NULL), KEY_LINE, span_bytes(text->str, text->len));
        trace_end(&s.trace);
    }
    jsonl_close(&j);
    lines = g_strsplit(out->str, "\n", -1);
    assert_int_equal(g_strv_length(lines), n + 1);
    for (unsigned i = 0; i < n; i++) {
        cJSON *line = cJSON_Parse(lines[i]);
        assert_non_null(line);
        assert_int_equal(cJSON_GetObjectItem(line, "seq")->valueint, i + 1);
        cJSON_Delete(line);
    }
    sim_release(&s);
}

static void test_close_tells_of_a_full_disk(void **state)
{
    FILE *full = fopen("/dev/full", "w");
    struct jsonl *j;
    struct sim s;

    (void)state;
    if (full == NULL)
        skip();
    j = jsonl_new(full, NULL);
    sim_init(&s, 1, 0);
    trace_listen(&s.trace, jsonl_on_record, j);
    for (int i = 0; i < 5000; i++)
        emit_full(&s.trace, EV_NOTE);
    errno = 0;
    assert_false(jsonl_close(&j));
    assert_int_equal(errno, ENOSPC);
    fclose(full);
    sim_release(&s);
}

static void test_file_holds_what_a_string_does(void **state)
{
    g_autoptr(GString) out = g_string_new(NULL);
    char *bytes = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&bytes, &len);
    struct jsonl *to_string = jsonl_new_string(out, NULL), *to_file = jsonl_new(f, NULL);
    struct sim s;

    (void)state;
    sim_init(&s, 1, 0);
    trace_listen(&s.trace, jsonl_on_record, to_string);
    trace_listen(&s.trace, jsonl_on_record, to_file);
    jsonl_header(to_string, &header);
    jsonl_header(to_file, &header);
    for (int i = 0; i < 3000; i++)
        emit_full(&s.trace, (enum event)(i % N_EVENTS));
    assert_true(jsonl_close(&to_string));
    assert_true(jsonl_close(&to_file));
    fclose(f);
    assert_int_equal(len, out->len);
    assert_memory_equal(bytes, out->str, len);
    free(bytes);
    sim_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_are_as_documented),
        cmocka_unit_test(test_all_events_parse_with_their_keys),
        cmocka_unit_test(test_only_filters_records_but_not_the_end),
        cmocka_unit_test(test_long_lines_and_full_blocks),
        cmocka_unit_test(test_close_tells_of_a_full_disk),
        cmocka_unit_test(test_file_holds_what_a_string_does),
    };
    return cmocka_run_group_tests_name("jsonl", tests, NULL, NULL);
}
