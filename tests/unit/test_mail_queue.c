/* The queue: order, retries, lanes, and that a hundred thousand entries are no burden. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "core/rng.h"
#include "mail/queue.h"
#include "mail/server.h"

static struct mail_message *hello(void)
{
    return mail_message_new(1, &SPAN("Subject: Hello\r\n\r\n"), 1);
}

static struct mail_queue_entry *add(struct mail_queue *q, const char *domain, uint32_t id, sim_time now)
{
    struct mail_message *m = hello();
    struct mail_queue_entry *e = mail_queue_add(q, mail_queue_lane(q, span_of(domain)), id, m,
                                                SPAN("alice@crepes.fr"), (const char *[]){ "bob@x" }, 1, now);

    mail_message_unref(&m);
    return e;
}

/* "Q3@1800" of each attempt until it is given up, each failing after a minute. */
static const struct {
    const char *name;
    sim_time intervals[4];
    unsigned n;
    sim_time give_up;
    const char *expected;
} schedules[] = {
    { "every half hour", { 30 * SIM_MINUTE }, 1, 2 * SIM_HOUR, "0 1800 3600 5400 7200" },
    { "growing, the last repeats",
      { 5 * SIM_MINUTE, 10 * SIM_MINUTE, SIM_HOUR },
      3,
      3 * SIM_HOUR,
      "0 300 900 4500 8100 10800" },
    { "shorter than an attempt takes", { 30 * SIM_SECOND }, 1, 200 * SIM_SECOND, "0 90 180" },
    { "never again", { SIM_HOUR }, 1, 30 * SIM_SECOND, "0" },
    { "a last one when the time is up", { SIM_DAY }, 1, 30 * SIM_HOUR, "0 86400 108000" },
};

static void test_queue_retries_on_schedule(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(schedules); i++) {
        struct mail_queue *q = mail_queue_new(
            &(struct mail_retry){ .intervals = (sim_time *)schedules[i].intervals,
                                  .n_intervals = schedules[i].n,
                                  .give_up = schedules[i].give_up });
        struct mail_queue_entry *e = add(q, "x", 1, 0);
        GString *got = g_string_new(NULL);
        sim_time now = 0;

        for (;;) {
            assert_ptr_equal(mail_queue_take(q, e->lane, false), e);
            g_string_append_printf(got, "%s%d", got->len ? " " : "", (int)(now / SIM_SECOND));
            sim_time started = now;
            now += SIM_MINUTE;
            if (mail_queue_is_too_old(q, e, now))
                break;
            sim_time promised = started + mail_queue_interval(q, e);
            sim_time next = mail_queue_defer(q, e, started, now);
            if (next < mail_queue_gives_up_at(q, e) && promised > now)
                assert_int_equal(next, promised);
            assert_int_equal(mail_queue_next(q), next);
            mail_queue_wake(q, next - 1);
            assert_null(mail_queue_take(q, e->lane, false));
            mail_queue_wake(q, next);
            now = next;
        }
        if (strcmp(got->str, schedules[i].expected) != 0)
            fail_msg("%s: %s, expected %s", schedules[i].name, got->str, schedules[i].expected);
        mail_queue_remove(q, &e);
        assert_int_equal(mail_queue_entries(q), 0);
        g_string_free(got, TRUE);
        mail_queue_free(&q);
    }
}

static void test_queue_lanes_take_turns(void **state)
{
    static const char *const domains[] = { "a", "b", "c" };
    struct mail_queue *q = mail_queue_new(&mail_server_defaults.retry);
    GString *got = g_string_new(NULL);
    struct mail_lane *lane;

    (void)state;
    for (uint32_t i = 0; i < 9; i++)
        add(q, domains[i < 6 ? 0 : i % 3], i + 1, 0);
    while ((lane = mail_queue_next_lane(q, 1)) != NULL) {
        struct mail_queue_entry *e = mail_queue_take(q, lane, false);

        g_string_append_printf(got, "%sQ%u ", lane->domain, e->id);
        mail_queue_enter(q, lane);
        mail_queue_remove(q, &e);
        mail_queue_leave(q, lane);
    }
    assert_string_equal(got->str, "aQ1 bQ8 cQ9 aQ2 aQ3 aQ4 aQ5 aQ6 aQ7 ");
    g_string_free(got, TRUE);
    mail_queue_free(&q);
}

static void test_queue_limits_connections(void **state)
{
    struct mail_queue *q = mail_queue_new(&mail_server_defaults.retry);
    struct mail_lane *lane;

    (void)state;
    for (uint32_t i = 1; i <= 5; i++)
        add(q, i % 2 ? "X" : "x", i, 0); /* one lane: case does not count */
    for (int i = 0; i < 2; i++) {
        lane = mail_queue_next_lane(q, 2);
        assert_non_null(lane);
        mail_queue_take(q, lane, false);
        mail_queue_enter(q, lane);
    }
    assert_null(mail_queue_next_lane(q, 2));
    mail_queue_leave(q, lane);
    assert_ptr_equal(mail_queue_next_lane(q, 2), lane);
    mail_queue_free(&q);
}

static void test_queue_takes_along_who_found_nobody(void **state)
{
    struct mail_queue *q = mail_queue_new(&mail_server_defaults.retry);
    struct mail_queue_entry *refused = add(q, "x", 1, 0), *unreached = add(q, "x", 2, 0);
    struct mail_lane *lane = refused->lane;

    (void)state;
    assert_ptr_equal(mail_queue_take(q, lane, true), refused);
    mail_queue_defer(q, refused, 0, 0);
    assert_ptr_equal(mail_queue_take(q, lane, true), unreached);
    unreached->unreached = true;
    mail_queue_defer(q, unreached, 0, 0);
    assert_null(mail_queue_take(q, lane, false));
    assert_ptr_equal(mail_queue_take(q, lane, true), unreached);
    assert_null(mail_queue_take(q, lane, true));
    assert_int_equal(unreached->tries, 2);
    mail_queue_free(&q);
}

static void test_queue_starts_with_everything(void **state)
{
    struct mail_queue *q = mail_queue_new(&mail_server_defaults.retry);
    struct mail_queue_entry *waiting = add(q, "x", 1, 0), *taken = add(q, "x", 2, 0);
    const struct mail_queue_entry *e = NULL;
    uint32_t id = 0;

    (void)state;
    add(q, "x", 3, 0);
    mail_queue_take(q, waiting->lane, false);
    mail_queue_defer(q, waiting, 0, 0);
    mail_queue_take(q, taken->lane, false);
    assert_int_equal(mail_queue_count_open(q), 3);
    mail_queue_wake_all(q, 77);
    assert_int_equal(mail_queue_next(q), SIM_NEVER);
    while ((e = mail_queue_each(q, e)) != NULL) {
        assert_int_equal(e->id, ++id);
        assert_int_equal(e->state, MAIL_ENTRY_READY);
        assert_int_equal(e->cause, 77);
    }
    assert_int_equal(id, 3);
    mail_queue_free(&q);
}

static void test_queue_warns_once(void **state)
{
    struct mail_retry retry = mail_server_defaults.retry;
    struct mail_queue *q;
    struct mail_queue_entry *e;

    (void)state;
    retry.warn_after = SIM_HOUR;
    q = mail_queue_new(&retry);
    e = add(q, "x", 1, SIM_HOUR);
    assert_false(mail_queue_should_warn(q, e, 2 * SIM_HOUR - 1));
    assert_true(mail_queue_should_warn(q, e, 2 * SIM_HOUR));
    assert_false(mail_queue_should_warn(q, e, 3 * SIM_HOUR));
    mail_queue_free(&q);
}

/* Random operations against a plain list of times. */
static void test_queue_wakes_in_order_of_time(void **state)
{
    enum { N = 100000 };
    sim_time intervals[] = { SIM_MINUTE };
    struct mail_queue *q = mail_queue_new(
        &(struct mail_retry){ .intervals = intervals, .n_intervals = 1, .give_up = 5 * SIM_DAY });
    struct rng r;
    sim_time last = 0;
    unsigned woken = 0, in_minute = 0;
    clock_t begun = clock();
    struct mail_lane *lane;

    (void)state;
    rng_init(&r, 1, SPAN("queue"));
    for (uint32_t i = 0; i < N; i++) {
        char domain[16];
        struct mail_queue_entry *e;

        g_snprintf(domain, sizeof domain, "d%u", rng_below(&r, 3000));
        e = add(q, domain, i + 1, 0);
        e = mail_queue_take(q, e->lane, false);
        e->unreached = rng_below(&r, 2);
        mail_queue_defer(q, e, rng_below(&r, 1000) * SIM_SECOND, 0);
    }
    while (mail_queue_next(q) != SIM_NEVER) {
        sim_time next = mail_queue_next(q);

        assert_true(next > last);
        last = next;
        mail_queue_wake(q, next);
        while ((lane = mail_queue_next_lane(q, 1)) != NULL) {
            struct mail_queue_entry *e;

            mail_queue_enter(q, lane);
            while ((e = mail_queue_take(q, lane, false)) != NULL) {
                assert_int_equal(e->next, next);
                mail_queue_remove(q, &e);
                woken++;
            }
            mail_queue_leave(q, lane);
        }
        in_minute++;
    }
    assert_int_equal(woken, N);
    assert_int_equal(in_minute, 1000);
    assert_in_range((clock() - begun) / CLOCKS_PER_SEC, 0, 20); /* quadratic would be hours */
    mail_queue_free(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queue_retries_on_schedule),
        cmocka_unit_test(test_queue_lanes_take_turns),
        cmocka_unit_test(test_queue_limits_connections),
        cmocka_unit_test(test_queue_takes_along_who_found_nobody),
        cmocka_unit_test(test_queue_starts_with_everything),
        cmocka_unit_test(test_queue_warns_once),
        cmocka_unit_test(test_queue_wakes_in_order_of_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
