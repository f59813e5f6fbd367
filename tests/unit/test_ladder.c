/* sim/export/ladder.c: a run in a terminal: never too wide, never a terminal's master, chapters first. */
#include "scenario_help.h"

#include "core/pattern.h"
#include "core/sim.h"
#include "export/ladder.h"
#include "core/plain.h"
#include "view.h"

/* ---- Bundled scenarios, whole. */

static const char *title_of(const void *self, unsigned i)
{
    return view_chapter_title(self, i);
}
static const char *text_of(const void *self, unsigned i)
{
    return view_chapter_text(self, i);
}

static char *shown(const char *name, const char *language, unsigned width, bool packets)
{
    g_autofree char *path = g_strdup_printf("scenarios/%s.json", name);
    struct mxlab_options wanted = { .language = language };
    struct report r;
    char *text = NULL;
    size_t len;

    report_init(&r, path);
    struct mxlab *m = mxlab_open(path, &wanted, &r);
    assert_non_null(m);
    FILE *out = open_memstream(&text, &len);
    struct ladder_options o = { .width = width,
                                .packets = packets,
                                .remarks = true,
                                .chapter_title = title_of,
                                .chapter_text = text_of,
                                .self = m };
    struct ladder *l = ladder_new(out, &o);
    for (unsigned i = 0; i < view_hosts(m); i++)
        ladder_expect_host(l, view_host(m, i).name);
    mxlab_listen(m, ladder_on_record, l);
    mxlab_run(m, SIM_NEVER);
    ladder_free(&l);
    fclose(out);
    mxlab_close(&m);
    report_release(&r);
    return text;
}

static void test_no_line_is_too_wide(void **state)
{
    static const unsigned widths[] = { 50, 80, 100, 132 };
    GPtrArray *names = sh_bundled();

    (void)state;
    for (unsigned i = 0; i < names->len; i++)
        for (unsigned k = 0; k < 2 * G_N_ELEMENTS(widths); k++) {
            unsigned width = widths[k / 2];
            const char *name = g_ptr_array_index(names, i);
            g_autofree char *text = shown(name, k % 2 ? "ko" : "en", width, k % 2);
            g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

            assert_true(g_utf8_validate(text, -1, NULL));
            for (unsigned n = 0; lines[n] != NULL; n++) {
                unsigned w = plain_width(lines[n], strlen(lines[n]));
                if (w > width)
                    fail_msg("%s at %u columns, line %u takes %u: %s", name, width, n + 1, w, lines[n]);
                if (g_str_has_suffix(lines[n], " "))
                    fail_msg("%s at %u columns, line %u ends in a space: %s", name, width, n + 1, lines[n]);
            }
        }
    g_ptr_array_unref(names);
}

static void test_no_remark_comes_twice(void **state)
{
    GPtrArray *names = sh_bundled();

    (void)state;
    for (unsigned i = 0; i < names->len; i++) {
        g_autofree char *text = shown(g_ptr_array_index(names, i), "en", 400, false);
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        GHashTable *seen = g_hash_table_new(g_str_hash, g_str_equal);

        for (unsigned n = 0; lines[n] != NULL; n++)
            if (strstr(lines[n], "↳") != NULL && !g_hash_table_add(seen, lines[n]))
                fail_msg("%s: twice: %s", (char *)g_ptr_array_index(names, i), lines[n]);
        assert_true(g_hash_table_size(seen) > 0);
        g_hash_table_destroy(seen);
    }
    g_ptr_array_unref(names);
}

/* ---- By hand: a trace of our own. */

struct stage {
    struct sim sim;
    struct ladder *ladder;
    FILE *out;
    char *text;
    size_t len;
};

static void stage_open(struct stage *s, const struct ladder_options *o)
{
    sim_init(&s->sim, 1, 0);
    s->out = open_memstream(&s->text, &s->len);
    s->ladder = ladder_new(s->out, o);
    trace_listen(&s->sim.trace, ladder_on_record, s->ladder);
}

static void stage_close(struct stage *s)
{
    ladder_free(&s->ladder);
    fclose(s->out);
    sim_release(&s->sim);
}

static void at(struct stage *s, sim_time t)
{
    sched_step(s->sim.sched, t);
}

static uint64_t says(struct stage *s, const char *host, const char *peer, struct span line)
{
    struct record *r = trace_begin(&s->sim.trace, EV_SMTP_REPLY, host);

    r->peer = peer;
    trace_number(r, KEY_CODE, 250);
    trace_text(r, KEY_LINE, line);
    return trace_end(&s->sim.trace);
}

static void note(struct stage *s, uint64_t cause, int chapter, const char *title)
{
    sched_set_cause(s->sim.sched, cause);
    struct record *r = trace_begin(&s->sim.trace, EV_NOTE, NULL);
    trace_number(r, KEY_CHAPTER, chapter);
    trace_text(r, KEY_TITLE, span_of(title));
    trace_end(&s->sim.trace);
}

static void test_chapters_come_before_what_they_are_about(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, &(struct ladder_options){ .width = 80 });
    uint64_t one = says(&s, "a", "b", SPAN("one"));
    uint64_t two = says(&s, "a", "b", SPAN("two"));
    note(&s, two, 1, "About two");
    says(&s, "a", "b", SPAN("three"));
    note(&s, one, 2, "About one");
    note(&s, 0, 3, "About now");
    at(&s, SIM_SECOND);
    says(&s, "a", "b", SPAN("four"));
    note(&s, one, 4, "Late about one"); /* which has been shown already */
    stage_close(&s);
    assert_string_equal(s.text, "\n 2  About one\n\n"
                                "  00:00.000 a        → b        one\n"
                                "\n 1  About two\n\n"
                                "  00:00.000 a        → b        two\n"
                                "  00:00.000 a        → b        three\n"
                                "\n 3  About now\n\n"
                                "  00:01.000 a        → b        four\n"
                                "\n 4  Late about one\n\n");
    free(s.text);
}

static void test_a_crowded_moment_is_not_held_for_ever(void **state)
{
    struct stage s;
    unsigned n = 0;

    (void)state;
    stage_open(&s, &(struct ladder_options){ .width = 80 });
    for (int i = 0; i < 1000; i++)
        says(&s, "a", "b", SPAN("x"));
    fflush(s.out);
    assert_true(s.len > 0);
    note(&s, 1, 1, "Too late to be first");
    stage_close(&s);
    for (const char *p = s.text; (p = strstr(p, "→ b")) != NULL; p++)
        n++;
    assert_int_equal(n, 1000);
    assert_non_null(strstr(s.text, "Too late"));
    free(s.text);
}

static void test_silence_is_told(void **state)
{
    static const struct {
        sim_time gap;
        const char *words;
    } rows[] = {
        { 9 * SIM_SECOND, NULL },
        { 10 * SIM_SECOND, "10 seconds" },
        { 119 * SIM_SECOND, "119 seconds" },
        { 2 * SIM_MINUTE, "2 minutes" },
        { 30 * SIM_MINUTE, "30 minutes" },
        { 2 * SIM_HOUR, "2 hours" },
        { 3 * SIM_DAY, "3 days" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct stage s;

        stage_open(&s, &(struct ladder_options){ .width = 80 });
        says(&s, "a", "b", SPAN("one"));
        at(&s, rows[i].gap);
        says(&s, "a", "b", SPAN("two"));
        stage_close(&s);
        const char *later = strstr(s.text, "⋯ ");
        if ((later == NULL) != (rows[i].words == NULL) ||
            (later != NULL && !g_str_has_prefix(later + strlen("⋯ "), rows[i].words)))
            fail_msg("%s", s.text);
        free(s.text);
    }
}

static void test_long_runs_keep_their_columns(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, &(struct ladder_options){ .width = 40 });
    at(&s, 3650 * SIM_DAY - 1);
    says(&s, "a", "b", SPAN("some words that do not fit at all into what is left"));
    stage_close(&s);
    g_auto(GStrv) lines = g_strsplit(s.text, "\n", -1);
    assert_true(g_str_has_prefix(lines[0], "3649d 23:59:59 a        → b        "));
    for (unsigned n = 0; lines[n] != NULL; n++)
        assert_true(plain_width(lines[n], strlen(lines[n])) <= 46);
    free(s.text);
}

static void test_a_terminal_is_not_commanded(void **state)
{
    static const struct span texts[] = { SPAN("\033]0;owned\a"),
                                         SPAN("\xc2\x9b"
                                              "31m"),
                                         SPAN("a\nb\r\vc\b"), SPAN("\xff\xfe\xfd") };
    struct stage s;

    (void)state;
    stage_open(&s, &(struct ladder_options){ .width = 80, .remarks = true });
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        says(&s, "a", "b", texts[i]);
        struct record *r = trace_begin(&s.sim.trace, EV_MAILBOX_STORE, "a");
        trace_text(r, KEY_USER, SPAN("\033c"));
        trace_text(r, KEY_SUBJECT, texts[i]);
        trace_end(&s.sim.trace);
    }
    note(&s, 1, 1, "a \033[2J title");
    stage_close(&s);
    assert_true(g_utf8_validate(s.text, -1, NULL));
    for (const char *p = s.text; *p != '\0'; p = g_utf8_next_char(p))
        if (*p != '\n' && g_unichar_iscntrl(g_utf8_get_char(p)))
            fail_msg("U+%04X in %s", g_utf8_get_char(p), s.text);
    free(s.text);
}

static const char *two_lines(const void *self, unsigned i)
{
    (void)i;
    return self;
}

static void test_an_authors_line_feeds_are_kept(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, &(struct ladder_options){
                       .width = 80, .chapter_text = two_lines, .self = "first\nsecond\n\nthird\n" });
    note(&s, 0, 1, "Title");
    stage_close(&s);
    assert_string_equal(s.text, "\n 1  Title\n    first\n    second\n\n    third\n\n");
    free(s.text);
}

static void test_only_what_matches_and_the_totals(void **state)
{
    struct pattern *only = pattern_new(SPAN("smtp.reply line=*two*"), NULL);
    struct stage s;

    (void)state;
    stage_open(&s, &(struct ladder_options){ .width = 80, .only = only });
    says(&s, "a", "b", SPAN("one"));
    says(&s, "a", "b", SPAN("two"));
    struct record *r = trace_begin(&s.sim.trace, EV_RUN_END, NULL);
    trace_number(r, KEY_DELIVERED, 3);
    trace_end(&s.sim.trace);
    stage_close(&s);
    assert_string_equal(s.text, "  00:00.000 a        → b        two\n\n3 delivered\n");
    free(s.text);
    pattern_free(&only);
}

static void test_names(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, &(struct ladder_options){ .width = 80 });
    ladder_expect_host(s.ladder, "a-host-with-quite-a-long-name.example.com");
    ladder_expect_host(s.ladder, "pc");
    says(&s, "a-host-with-quite-a-long-name.example.com", "pc", SPAN("one"));
    struct record *r = trace_begin(&s.sim.trace, EV_PACKET_DROP, "pc");
    r->peer = "pc"; /* lost where it was going to: no arrow from a host to itself */
    r->why = "host_down";
    trace_text(r, KEY_PROTO, SPAN("udp"));
    trace_end(&s.sim.trace);
    stage_close(&s);
    assert_string_equal(s.text, "  00:00.000 a-host-with-quite-a… → pc                   one\n"
                                "  00:00.000 pc                   UDP packet lost: the host is down\n");
    free(s.text);
}

static void test_colours_only_where_wanted(void **state)
{
    (void)state;
    for (int colour = 0; colour < 2; colour++) {
        struct stage s;

        stage_open(&s, &(struct ladder_options){ .width = 80, .colour = colour });
        says(&s, "a", "b", SPAN("one"));
        note(&s, 1, 1, "x");
        stage_close(&s);
        assert_int_equal(strchr(s.text, '\033') != NULL, colour);
        free(s.text);
    }
}

static void test_a_line_at_once(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, &(struct ladder_options){ .width = 80 });
    struct record r = { .event = EV_RUN_END };
    ladder_line(s.ladder, &r);
    fflush(s.out);
    assert_string_equal(s.text, "\nnothing happened\n");
    stage_close(&s);
    free(s.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_line_is_too_wide),
        cmocka_unit_test(test_no_remark_comes_twice),
        cmocka_unit_test(test_chapters_come_before_what_they_are_about),
        cmocka_unit_test(test_a_crowded_moment_is_not_held_for_ever),
        cmocka_unit_test(test_silence_is_told),
        cmocka_unit_test(test_long_runs_keep_their_columns),
        cmocka_unit_test(test_a_terminal_is_not_commanded),
        cmocka_unit_test(test_an_authors_line_feeds_are_kept),
        cmocka_unit_test(test_only_what_matches_and_the_totals),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_colours_only_where_wanted),
        cmocka_unit_test(test_a_line_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
