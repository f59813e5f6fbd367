/* ui/ladder_rows.c, ui/tape_index.c: what the ladder and the map make of a tape. */
#include "scenario_help.h"

#include "ladder_rows.h"
#include "tape_index.h"
#include "time_bars.h"

struct opened {
    struct mxlab *m;
    struct view_tape *t;
    struct tape_index *x;
};

static struct opened open_run(const char *path)
{
    struct report complaints;
    struct opened o;

    report_init(&complaints, path);
    o.m = mxlab_open(path, NULL, &complaints);
    assert_non_null(o.m);
    report_release(&complaints);
    o.t = view_tape_new(o.m, NULL, NULL);
    o.x = tape_index_new(o.t, NULL, NULL);
    assert_non_null(o.x);
    return o;
}

static void close_run(struct opened *o)
{
    tape_index_free(&o->x);
    view_tape_free(&o->t);
    mxlab_close(&o->m);
}

static const struct ladder_row *row(const struct ladder_rows *l, unsigned i)
{
    return &g_array_index(l->rows, struct ladder_row, i);
}

static void test_rows_are_in_order_and_found(void **state)
{
    struct opened o = open_run("scenarios/receiver-down-retry.json");

    (void)state;
    for (int with_tcp = 0; with_tcp < 2; with_tcp++) {
        const struct ladder_rows *l = o.x->rows[with_tcp];
        assert_true(l->rows->len > 20);
        for (unsigned i = 0; i < l->rows->len; i++) {
            double y = row(l, i)->y;
            if (i > 0 && (row(l, i)->at < row(l, i - 1)->at ||
                          y != row(l, i - 1)->y + ladder_row_height(row(l, i - 1))))
                fail_msg("row %u is out of order", i);
            assert_int_equal(ladder_rows_at_y(l, y), i);
            assert_int_equal(ladder_rows_at_y(l, y + 1), i);
            assert_true(ladder_rows_until(l, row(l, i)->at) > i);
            assert_true(i == 0 || row(l, i - 1)->at == row(l, i)->at ||
                        ladder_rows_until(l, row(l, i)->at - 1) == i);
        }
        assert_int_equal(ladder_rows_until(l, -1), 0);
        assert_int_equal(ladder_rows_until(l, view_tape_length(o.t)), l->rows->len);
        assert_true(ladder_rows_bottom(l, 0) == 0);
        assert_int_equal(ladder_rows_at_y(l, ladder_rows_bottom(l, l->rows->len) + 1), l->rows->len);
    }
    assert_true(o.x->rows[true]->rows->len > o.x->rows[false]->rows->len);
    close_run(&o);
}

/* Six SYNs in 63 s are one row; the half hours between are bands. */
static void test_opening_is_one_row_with_its_tries(void **state)
{
    struct opened o = open_run("scenarios/receiver-down-retry.json");
    const struct ladder_rows *l = o.x->rows[false];
    unsigned failed = 0, opened = 0, waits = 0;

    (void)state;
    for (unsigned i = 0; i < l->rows->len; i++) {
        const struct ladder_row *r = row(l, i);
        if (r->kind == ROW_OPEN && r->failed >= 0) {
            failed++;
            assert_int_equal(r->n_tries, 5);
            assert_int_equal(ladder_row_tries(l, r, r->at), 1);
            assert_int_equal(ladder_row_tries(l, r, r->failed), 6);
            assert_true(r->is_lost);
        } else if (r->kind == ROW_OPEN) {
            opened++;
            assert_true(r->opened >= 0);
            assert_int_equal(r->n_tries, 0);
        } else if (r->kind == ROW_WAIT) {
            waits++;
            assert_true(r->gap > 5 * SIM_SECOND);
        }
    }
    assert_int_equal(failed, 3);
    assert_int_equal(opened, 2);
    assert_true(waits >= 3 && waits <= 4);
    close_run(&o);
}

static void test_waits_say_what_for(void **state)
{
    struct opened o = open_run("scenarios/receiver-down-retry.json");
    const struct ladder_rows *l = o.x->rows[false];
    bool has_said = false;

    (void)state;
    for (unsigned i = 0; i < l->rows->len; i++)
        if (row(l, i)->kind == ROW_WAIT &&
            strstr(ladder_wait_words(o.t, row(l, i)), "queue tries again") != NULL)
            has_said = true;
    assert_true(has_said);
    close_run(&o);
}

static void test_lost_messages_are_known(void **state)
{
    struct opened o = open_run("scenarios/lossy-link.json");
    const struct ladder_rows *l = o.x->rows[false];
    unsigned lost = 0;

    (void)state;
    for (unsigned i = 0; i < l->rows->len; i++)
        if (row(l, i)->kind == ROW_ARROW && row(l, i)->is_lost) {
            assert_int_equal(view_tape_nth(o.t, row(l, i)->arrives)->event, EV_PACKET_DROP);
            lost++;
        }
    assert_true(lost > 0);
    close_run(&o);
}

static void test_index_knows_who_talks(void **state)
{
    struct opened o = open_run("scenarios/receiver-down-retry.json");
    int64_t before = -1;

    (void)state;
    assert_true(tape_index_host(o.x, "internet") < 0);
    assert_true(tape_index_host(o.x, NULL) < 0);
    assert_true(tape_index_host(o.x, "mail.hamburger.edu") >= 0);
    for (unsigned i = 0; i < o.x->pairs->len; i++) {
        const struct tape_pair *p = &g_array_index(o.x->pairs, struct tape_pair, i);
        assert_true(p->first > before && p->a < p->b && p->b < o.x->hosts->len);
        before = p->first;
    }
    assert_int_equal(o.x->pairs->len,
                     6); /* person–server, server–DNS, DNS–root, –TLD, –authoritative, server–server */
    assert_int_equal(o.x->chapters->len, 6);
    assert_int_equal(o.x->faults->len, 1);
    const struct tape_fault *f = &g_array_index(o.x->faults, struct tape_fault, 0);
    assert_string_equal(f->what, "down");
    assert_string_equal(f->on, "mail.hamburger.edu");
    assert_true(f->begin == 0 && f->end == 70 * SIM_MINUTE && f->to > f->from);
    close_run(&o);
}

/* Whatever the width, each record is in one bar; long waits and what tells of a mail are found beforehand. */
static void test_index_counts_everything_once(void **state)
{
    struct opened o = open_run("scenarios/receiver-down-retry.json");
    struct time_bar bars[2000];
    unsigned counted = 0;

    (void)state;
    for (int64_t i = 0; i < o.x->length; i++) {
        enum event e = view_tape_nth(o.t, i)->event;
        counted += e != EV_RUN_END && e != EV_NOTE && e != EV_PACKET_FORWARD;
    }
    for (unsigned n = 1; n <= 2000; n += 333) {
        unsigned sum = 0, most = time_bars_sum(o.x->bars, n, bars);
        for (unsigned i = 0; i < n; i++) {
            unsigned bar = bars[i].n[BAR_TCP] + bars[i].n[BAR_DNS] + bars[i].n[BAR_SMTP] +
                           bars[i].n[BAR_OTHER];
            assert_true(bar <= most);
            sum += bar;
        }
        assert_int_equal(sum, counted);
    }
    for (int with_tcp = 0; with_tcp < 2; with_tcp++) {
        const struct ladder_rows *l = o.x->rows[with_tcp];
        unsigned waits = 0;
        for (unsigned i = 0; i < l->rows->len; i++)
            waits += row(l, i)->kind == ROW_WAIT && row(l, i)->gap >= 30 * SIM_SECOND;
        assert_int_equal(l->waits->len, waits);
        assert_true(waits >= 3); /* for the queue's tries */
    }
    assert_int_equal(o.x->trails->len, 2);
    const GArray *trail = o.x->trails->pdata[1];
    assert_int_equal(view_tape_nth(o.t, g_array_index(trail, int64_t, 0))->event, EV_AGENT_COMPOSE);
    assert_int_equal(view_tape_nth(o.t, g_array_index(trail, int64_t, trail->len - 1))->mail, 1);
    close_run(&o);
}

static bool never(void *self)
{
    ++*(int *)self;
    return false;
}

static void test_index_can_be_stopped(void **state)
{
    struct opened o = open_run("scenarios/alice-to-bob.json");
    int asked = 0;

    (void)state;
    assert_null(tape_index_new(o.t, never, &asked));
    assert_int_equal(asked, 1);
    close_run(&o);
}

static void test_spans_in_words(void **state)
{
    static const struct {
        sim_time span;
        const char *words;
    } rows[] = {
        { 250 * SIM_MS, "0.25 seconds" },  { SIM_SECOND, "1 second" },
        { 63 * SIM_SECOND, "63 seconds" }, { 30 * SIM_MINUTE, "30 minutes" },
        { 90 * SIM_MINUTE, "90 minutes" }, { 5 * SIM_HOUR, "5 hours" },
        { 5 * SIM_DAY, "5 days" },
    };
    char buf[48];

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ladder_span_words(buf, sizeof buf, rows[i].span);
        assert_string_equal(buf, rows[i].words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_in_order_and_found),
        cmocka_unit_test(test_opening_is_one_row_with_its_tries),
        cmocka_unit_test(test_waits_say_what_for),
        cmocka_unit_test(test_lost_messages_are_known),
        cmocka_unit_test(test_index_knows_who_talks),
        cmocka_unit_test(test_index_counts_everything_once),
        cmocka_unit_test(test_index_can_be_stopped),
        cmocka_unit_test(test_spans_in_words),
    };
    return cmocka_run_group_tests_name("ui_ladder_rows", tests, NULL, NULL);
}
