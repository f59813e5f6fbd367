#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <glib.h>

#include "timescale.h"

/* A burst, a wait of half an hour, a burst, a wait of five days. */
static sim_time *make_times(size_t n)
{
    sim_time *times = g_new(sim_time, n), t = 0;

    for (size_t i = 0; i < n; i++) {
        times[i] = t;
        t += i == n / 3 ? 30 * SIM_MINUTE : i == 2 * n / 3 ? 5 * SIM_DAY : i % 7 == 0 ? 0 : 10 * SIM_MS;
    }
    return times;
}

static void test_there_and_back(void **state)
{
    static const size_t counts[] = { 1, 2, 10, 400, 30000 };

    (void)state;
    for (size_t c = 0; c < G_N_ELEMENTS(counts); c++) {
        g_autofree sim_time *times = make_times(counts[c]);
        sim_time end = times[counts[c] - 1] + SIM_SECOND;
        struct timescale *s = timescale_new(times, counts[c], end);
        double before = -1;

        assert_true(timescale_to(s, 0) == 0);
        assert_true(timescale_to(s, end) == 1);
        assert_true(timescale_to(s, -5) == 0 && timescale_to(s, end + 1) == 1);
        for (size_t i = 0; i < counts[c]; i++) {
            double u = timescale_to(s, times[i]);
            sim_time back = timescale_from(s, u);
            if (u < before || u < 0 || u > 1)
                fail_msg("%zu times: not monotone at %zu", counts[c], i);
            if (ABS(back - times[i]) > SIM_MS)
                fail_msg("%zu times: %" G_GINT64_FORMAT " ns comes back as %" G_GINT64_FORMAT, counts[c],
                         times[i], back);
            before = u;
        }
        sim_time last = -1;
        for (int i = 0; i <= 1000; i++) {
            sim_time t = timescale_from(s, i / 1000.0);
            if (t < last || t < 0 || t > end)
                fail_msg("%zu times: back not monotone at %d", counts[c], i);
            last = t;
        }
        timescale_free(&s);
        assert_null(s);
    }
}

static void test_waits_are_shortened(void **state)
{
    const sim_time times[] = { 0,           10 * SIM_MS,     20 * SIM_MS,
                               30 * SIM_MS, 30 * SIM_MINUTE, 30 * SIM_MINUTE + 10 * SIM_MS };
    struct timescale *s = timescale_new(times, G_N_ELEMENTS(times), 30 * SIM_MINUTE + 20 * SIM_MS);
    double hop = timescale_to(s, times[1]) - timescale_to(s, times[0]),
           wait = timescale_to(s, times[4]) - timescale_to(s, times[3]);

    (void)state;
    assert_true(wait > hop && wait < 20 * hop);
    timescale_free(&s);
}

static void test_nothing_happens(void **state)
{
    struct timescale *s = timescale_new(NULL, 0, 0);

    (void)state;
    assert_true(timescale_to(s, 0) == 0);
    assert_true(timescale_from(s, 0.5) >= 0);
    timescale_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_waits_are_shortened),
        cmocka_unit_test(test_nothing_happens),
    };
    return cmocka_run_group_tests_name("ui_timescale", tests, NULL, NULL);
}
