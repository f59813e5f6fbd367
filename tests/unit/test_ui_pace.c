/* Screen time from virtual time. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pace.h"

#define US INT64_C(1000)
#define MS INT64_C(1000000)
#define S  INT64_C(1000000000)

static void test_stretches_last_as_long_as_can_be_followed(void **state)
{
    static const struct {
        sim_time gap;
        double least, most;
        const char *name;
    } rows[] = {
        { -1, 0, 0, "backwards" },
        { 0, 0, 0, "one moment" },
        { 1, 1, 40, "a nanosecond" },
        { 80 * US, 40, 300, "a packet leaves the wire" },
        { 10 * MS, 600, 1200, "a short hop" },
        { 80 * MS, 600, 1200, "a long hop" },
        { S, 600, 1200, "a second" },
        { 1800 * S, 900, 1200, "a retry" },
        { 5 * 86400 * S, 900, 1200, "five days" },
        { INT64_MAX, 900, 1200, "for ever" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double ms = pace_ms(rows[i].gap);

        if (!(ms >= rows[i].least && ms <= rows[i].most))
            print_error("%s: %g ms\n", rows[i].name, ms);
        assert_true(ms >= rows[i].least && ms <= rows[i].most);
    }
    assert_true(pace_ms(80 * MS) / pace_ms(10 * MS) < 1.5);
}

static void test_longer_is_never_shorter(void **state)
{
    double before = 0;

    (void)state;
    for (double gap = 1; gap < 9e18; gap *= 1.07) {
        double ms = pace_ms((sim_time)gap);

        assert_true(ms >= before);
        before = ms;
    }
}

static void test_skips_are_longer_than_five_seconds(void **state)
{
    (void)state;
    assert_false(pace_is_skip(0));
    assert_false(pace_is_skip(5 * S));
    assert_true(pace_is_skip(5 * S + 1));
}

static void test_easing_keeps_its_ends(void **state)
{
    double before = 0;

    (void)state;
    assert_true(pace_ease(0) == 0 && pace_ease(1) == 1 && pace_ease(0.5) == 0.5);
    assert_true(pace_ease(-1) == 0 && pace_ease(2) == 1 && pace_ease(NAN) == 0);
    for (double t = 0; t <= 1; t += 0.01) {
        assert_true(pace_ease(t) >= before);
        before = pace_ease(t);
    }
    for (double t = 0; t <= 1; t += 0.01)
        assert_true(fabs(pace_unease(pace_ease(t)) - t) < 1e-9);
    assert_true(fabs(pace_unease(-1)) < 1e-9 && fabs(pace_unease(2) - 1) < 1e-9 &&
                fabs(pace_unease(NAN)) < 1e-9);
    assert_true(pace_ease(0.1) < 0.1 && pace_ease(0.9) > 0.9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stretches_last_as_long_as_can_be_followed),
        cmocka_unit_test(test_longer_is_never_shorter),
        cmocka_unit_test(test_skips_are_longer_than_five_seconds),
        cmocka_unit_test(test_easing_keeps_its_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
