/* sim/mxlab.c: a run is one and the same however it is walked through: straight, to and fro, heard or not. */
#include "scenario_help.h"

#include "view.h"

static struct mxlab *open_text(const char *name, const char *text)
{
    g_autofree char *json = sh_json(text);
    struct report r;

    report_init(&r, name);
    struct mxlab *m = mxlab_open_text(span_of(json), name, NULL, &r);
    if (m == NULL) {
        report_print(&r, stderr);
        fail_msg("%s is not opened", name);
    }
    report_release(&r);
    return m;
}

static struct mxlab *open_bundled(const char *name)
{
    g_autofree char *path = g_strdup_printf("scenarios/%s.json", name);
    struct report r;

    report_init(&r, path);
    struct mxlab *m = mxlab_open(path, NULL, &r);
    assert_non_null(m);
    assert_int_equal(r.errors, 0);
    report_release(&r);
    return m;
}

/* All that can be seen: the clock, hosts, links, each host's sheet. */
static char *seen(const struct mxlab *m)
{
    GString *out = g_string_new(NULL);

    g_string_append_printf(out, "%" G_GINT64_FORMAT " #%" G_GUINT64_FORMAT " %d\n", view_now(m), view_seq(m),
                           view_is_over(m));
    for (unsigned i = 0; i < view_links(m); i++) {
        struct view_link l = view_link(m, i);
        g_string_append_printf(out, "%s-%s %d %" G_GINT64_FORMAT "\n", l.a, l.b, l.is_up, l.delay);
    }
    for (unsigned i = 0; i < view_hosts(m); i++) {
        struct view_host h = view_host(m, i);
        struct sheet *s = view_host_sheet(m, i);

        g_string_append_printf(out, "%s %d %u %u %u ", h.name, h.is_up, h.queued, h.stored, h.cached);
        sheet_to_json(s, out);
        g_string_append_c(out, '\n');
        sheet_free(&s);
    }
    return g_string_free(out, FALSE);
}

static void ignore(void *self, const struct record *r)
{
    (void)self;
    (void)r;
}

/* A record as a line, texts and all. */
static void write_down(void *self, const struct record *r)
{
    GString *out = self;
    char buf[FIELD_BUF_MAX];

    g_string_append_printf(
        out, "%" G_GUINT64_FORMAT " %" G_GINT64_FORMAT " %s %s %" G_GUINT64_FORMAT " %s %u %u %u %s", r->seq,
        r->time, event_names[r->event], r->host ? r->host : "", r->cause, r->peer ? r->peer : "", r->conn,
        r->lookup, r->mail, r->why ? r->why : "");
    for (unsigned i = 0; i < r->n_fields; i++) {
        struct span text = field_text(&r->fields[i], buf);
        g_string_append_printf(out, " %.*s", (int)text.len, text.at);
    }
    g_string_append_c(out, '\n');
}

/* ---- Seeking. */

enum { PLACES = 10 };

static void check_seeking(const char *name)
{
    struct mxlab *m = open_bundled(name);
    uint64_t at[PLACES];
    char *straight[PLACES];

    assert_true(mxlab_listen(m, ignore, NULL));
    mxlab_run(m, SIM_NEVER);
    assert_true(view_is_over(m));
    uint64_t last = view_seq(m);
    for (unsigned i = 0; i < PLACES; i++) {
        at[i] = 1 + (last - 1) * i / (PLACES - 1);
        struct mxlab *fresh = open_bundled(name);
        mxlab_listen(fresh, ignore, NULL);
        while (view_seq(fresh) < at[i])
            mxlab_step(fresh);
        straight[i] = seen(fresh);
        mxlab_close(&fresh);
    }
    static const unsigned order[] = { 9, 0, 5, 4, 4, 8, 1, 2, 3, 9, 7, 6, 0 };
    for (size_t k = 0; k < G_N_ELEMENTS(order); k++) {
        unsigned i = order[k];
        assert_true(mxlab_seek(m, at[i]));
        g_autofree char *now = seen(m);
        if (strcmp(now, straight[i]) != 0)
            fail_msg("%s: at record %d:\n%s\ninstead of\n%s", name, (int)at[i], now, straight[i]);
    }
    for (unsigned i = 0; i < PLACES; i++)
        g_free(straight[i]);
    mxlab_close(&m);
}

static void test_seeking_is_as_running_straight(void **state)
{
    GPtrArray *names = sh_bundled();

    (void)state;
    for (unsigned i = 0; i < names->len; i++)
        check_seeking(g_ptr_array_index(names, i));
    g_ptr_array_unref(names);
}

#define TWO                                                                                                  \
    "{'format': 1, 'domains': {'a.test': {'people': ['al']}, 'b.test': {'people': ['bo']}}, 'actions': ["    \
    "{'at': '1s', 'do': 'send', 'from': 'al@a.test', 'to': 'bo@b.test'}]}"

static void test_seeking_between_events_and_past_the_end(void **state)
{
    struct mxlab *m = open_text("two", TWO);

    (void)state;
    mxlab_listen(m, ignore, NULL);
    assert_true(mxlab_seek(m, 0));
    assert_int_equal(view_seq(m), 0);
    assert_true(mxlab_seek(m, 1));
    assert_int_equal(view_now(m), SIM_SECOND);
    mxlab_run(m, SIM_SECOND + 5 * SIM_MS); /* after the latest event, and before the next */
    uint64_t seq = view_seq(m);
    assert_int_equal(view_now(m), SIM_SECOND + 5 * SIM_MS);
    assert_true(mxlab_seek(m, seq));
    g_autofree char *found = seen(m);
    mxlab_rewind(m);
    while (view_seq(m) < seq)
        mxlab_step(m);
    g_autofree char *straight = seen(m);
    assert_string_equal(found, straight);
    assert_int_equal(view_now(m), SIM_SECOND);
    assert_false(mxlab_seek(m, 1000000));
    assert_true(view_is_over(m));
    assert_false(mxlab_step(m));
    sim_time over = view_now(m);
    mxlab_run(m, over + SIM_HOUR);
    assert_int_equal(view_now(m), over + SIM_HOUR);
    assert_true(mxlab_seek(m, view_seq(m)));
    assert_true(view_is_over(m));
    assert_int_equal(view_now(m), over);
    assert_true(mxlab_seek(m, view_seq(m) - 1));
    assert_false(view_is_over(m));
    mxlab_close(&m);
    assert_null(m);
    mxlab_close(&m);
}

/* ---- Running. */

static void test_until(void **state)
{
    static const struct {
        const char *name, *duration;
        sim_time until[4], now[4];
        bool more[4];
    } rows[] = {
        { "no duration: it ends when nothing is left, but time goes on",
          "",
          { 0, SIM_SECOND, SIM_DAY, 40 * SIM_DAY },
          { 0, SIM_SECOND, SIM_DAY, SCENARIO_LONGEST },
          { true, true, false, false } },
        { "shorter than what happens",
          "'duration': '1500ms', ",
          { SIM_SECOND, 1200 * SIM_MS, 1500 * SIM_MS, SIM_NEVER },
          { SIM_SECOND, 1200 * SIM_MS, 1500 * SIM_MS, 1500 * SIM_MS },
          { true, true, false, false } },
        { "longer",
          "'duration': '1h', ",
          { SIM_SECOND, 30 * SIM_MINUTE, SIM_HOUR, SIM_DAY },
          { SIM_SECOND, 30 * SIM_MINUTE, SIM_HOUR, SIM_HOUR },
          { true, true, false, false } },
        { "back is nowhere",
          "'duration': '1h', ",
          { SIM_MINUTE, SIM_SECOND, 0, SIM_HOUR },
          { SIM_MINUTE, SIM_MINUTE, SIM_MINUTE, SIM_HOUR },
          { true, true, true, false } },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = g_strdup_printf("{%s%s", rows[i].duration, TWO + 1);
        struct mxlab *m = open_text(rows[i].name, text);

        for (int k = 0; k < 4; k++) {
            bool more = mxlab_run(m, rows[i].until[k]);
            if (more != rows[i].more[k] || view_now(m) != rows[i].now[k] || view_is_over(m) == more)
                fail_msg("%s, step %d: %smore, at %f s", rows[i].name, k, more ? "" : "no ",
                         (double)view_now(m) / SIM_SECOND);
        }
        mxlab_close(&m);
    }
}

static void count_ends(void *self, const struct record *r)
{
    if (r->event == EV_RUN_END)
        (*(unsigned *)self)++;
}

static void test_a_run_that_is_ended_stays_so(void **state)
{
    struct mxlab *m = open_text("two", TWO);
    unsigned ends = 0;

    (void)state;
    mxlab_listen(m, count_ends, &ends);
    assert_true(mxlab_run(m, SIM_SECOND + 5 * SIM_MS));
    mxlab_end(m);
    mxlab_end(m);
    assert_int_equal(ends, 1);
    assert_true(view_is_over(m));
    uint64_t seq = view_seq(m);
    assert_false(mxlab_step(m));
    assert_false(mxlab_run(m, SIM_DAY)); /* what would have come does not */
    assert_int_equal(view_seq(m), seq);
    mxlab_rewind(m);
    mxlab_run(m, SIM_NEVER);
    assert_int_equal(ends, 2);
    assert_true(view_seq(m) > seq);
    mxlab_close(&m);
}

static void test_the_trace_does_not_depend_on_who_else_listens(void **state)
{
    GPtrArray *names = sh_bundled();

    (void)state;
    for (unsigned i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        GString *alone = g_string_new(NULL), *first = g_string_new(NULL), *last = g_string_new(NULL);
        struct mxlab *a = open_bundled(name), *b = open_bundled(name), *unheard = open_bundled(name);

        mxlab_listen(a, write_down, alone);
        mxlab_listen(b, write_down, first);
        mxlab_listen(b, ignore, NULL);
        mxlab_listen(b, write_down, last);
        while (mxlab_step(a)) { /* two at once, by turns: there is nothing global */
            assert_true(mxlab_step(b));
            assert_true(mxlab_step(unheard));
        }
        assert_false(mxlab_step(b));
        assert_false(mxlab_step(unheard));
        assert_true(view_is_over(a) && view_is_over(b) && view_is_over(unheard));
        assert_string_equal(alone->str, first->str);
        assert_string_equal(alone->str, last->str);
        assert_int_equal(view_now(a), view_now(unheard));
        assert_int_equal(view_seq(unheard), 0);

        g_string_truncate(first, 0);
        g_string_truncate(last, 0);
        mxlab_rewind(b); /* and again, from record 1 */
        mxlab_run(b, SIM_NEVER);
        assert_string_equal(alone->str, first->str);
        for (unsigned k = 0; k < view_hosts(a); k++) {
            struct view_host x = view_host(a, k), y = view_host(unheard, k);
            assert_int_equal(x.queued, y.queued);
            assert_int_equal(x.stored, y.stored);
            assert_int_equal(x.cached, y.cached);
        }
        g_string_free(alone, TRUE);
        g_string_free(first, TRUE);
        g_string_free(last, TRUE);
        mxlab_close(&a);
        mxlab_close(&b);
        mxlab_close(&unheard);
    }
    g_ptr_array_unref(names);
}

static void test_seeds(void **state)
{
    struct mxlab_options o = { .has_seed = true, .seed = 99 };
    GString *one = g_string_new(NULL), *other = g_string_new(NULL), *own = g_string_new(NULL);
    struct report r;

    (void)state;
    report_init(&r, "x");
    GString *lines[] = { one, other, own };
    for (int i = 0; i < 3; i++) {
        g_autofree char *json = sh_json(TWO);
        struct mxlab *m = mxlab_open_text(span_of(json), "x", i < 2 ? &o : NULL, &r);
        assert_int_equal(view_seed(m), i < 2 ? 99 : 1);
        mxlab_listen(m, write_down, lines[i]);
        mxlab_run(m, SIM_NEVER);
        mxlab_rewind(m);
        assert_int_equal(view_seed(m), i < 2 ? 99 : 1);
        mxlab_close(&m);
    }
    report_release(&r);
    assert_string_equal(one->str, other->str);
    assert_string_not_equal(one->str, own->str);
    for (int i = 0; i < 3; i++)
        g_string_free(lines[i], TRUE);
}

static void test_too_many_listeners_are_refused(void **state)
{
    struct mxlab *m = open_text("many", TWO);
    unsigned n = 0;

    (void)state;
    while (n < 100 && mxlab_listen(m, ignore, NULL))
        n++;
    assert_true(n >= 6 && n <= TRACE_LISTENERS_MAX);
    mxlab_rewind(m);
    mxlab_run(m, SIM_NEVER);
    assert_true(view_seq(m) > 0);
    mxlab_close(&m);
}

/* The listener's memory is gone when the run is closed in the middle: closing must not speak to it. */
static void test_closing_at_any_time_is_silent(void **state)
{
    (void)state;
    for (unsigned steps = 0; steps < 90; steps += 3) {
        struct mxlab *m = open_text("two", TWO);
        GString *heard = g_string_new(NULL);

        mxlab_listen(m, write_down, heard);
        for (unsigned i = 0; i < steps; i++)
            mxlab_step(m);
        if (steps % 2)
            mxlab_rewind(m);
        g_string_free(heard, TRUE);
        mxlab_close(&m);
    }
}

/* ---- Looking. */

static void test_views(void **state)
{
    struct mxlab_options korean = { .language = "ko" };
    struct report r;

    (void)state;
    report_init(&r, "alice-to-bob.json");
    struct mxlab *m = mxlab_open("scenarios/alice-to-bob.json", &korean, &r);
    assert_string_equal(view_name(m), "alice-to-bob");
    assert_string_equal(view_title(m), "앨리스의 메일이 밥에게 도착하기까지");
    assert_non_null(view_about(m));
    assert_int_equal(strlen(view_sha256(m)), 64);
    assert_int_equal(view_chapters(m), 5);
    assert_string_equal(view_chapter_title(m, 0), "앨리스가 메일을 씁니다");
    assert_int_equal(view_host_find(m, "ALICE-PC"), view_host_find(m, "alice-pc"));
    assert_int_equal(view_host_find(m, "nobody"), -1);
    assert_int_equal(view_epoch_s(m), SCENARIO_START);

    mxlab_run(m, SIM_NEVER);
    struct view_host h = view_host(m, (unsigned)view_host_find(m, "mail.hamburger.edu"));
    assert_int_equal(h.role, VIEW_MAIL);
    assert_string_equal(h.role_text, "mail");
    assert_string_equal(h.label, "mail.hamburger.edu");
    assert_int_equal(h.stored, 1);
    assert_int_equal(h.queued, 0);
    assert_true(h.is_up);
    h = view_host(m, (unsigned)view_host_find(m, "dns.crepes.fr"));
    assert_true(h.cached > 0);
    struct view_link l = view_link(m, 0);
    assert_string_equal(l.b, "internet");
    assert_int_equal(l.delay, 10 * SIM_MS);
    mxlab_close(&m);
    report_release(&r);

    m = open_text("bare", "{'format': 1, 'hosts': {'a': {'label': 'A!', 'position': [1, 2], 'up': false}}}");
    assert_string_equal(view_title(m), "bare");
    assert_null(view_about(m));
    assert_string_equal(view_teaches(m), "");
    h = view_host(m, 0);
    assert_string_equal(h.label, "A!");
    assert_true(h.has_position && h.x == 1 && h.y == 2 && !h.is_up);
    mxlab_close(&m);
}

static void test_files_that_are_none(void **state)
{
    static const struct {
        const char *path, *says;
    } rows[] = {
        { "scenarios/none.json", "No such file" },
        { "scenarios", "Is a directory" },
        { "tests/unit/test_mxlab.c", "" },
        { "/dev/null", "" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct report r;

        report_init(&r, rows[i].path);
        assert_null(mxlab_open(rows[i].path, NULL, &r));
        assert_true(r.errors > 0);
        const struct complaint *c = g_ptr_array_index(r.entries, 0);
        if (strstr(c->message, rows[i].says) == NULL)
            fail_msg("%s: %s", rows[i].path, c->message);
        report_release(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seeking_is_as_running_straight),
        cmocka_unit_test(test_seeking_between_events_and_past_the_end),
        cmocka_unit_test(test_until),
        cmocka_unit_test(test_a_run_that_is_ended_stays_so),
        cmocka_unit_test(test_the_trace_does_not_depend_on_who_else_listens),
        cmocka_unit_test(test_seeds),
        cmocka_unit_test(test_too_many_listeners_are_refused),
        cmocka_unit_test(test_closing_at_any_time_is_silent),
        cmocka_unit_test(test_views),
        cmocka_unit_test(test_files_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
