#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <glib.h>

#include "core/time.h"

static const struct {
    const char *text;
    sim_time is;
} good[] = {
    { "0s", 0 },
    { "0d", 0 },
    { "1ns", 1 },
    { "250us", 250 * SIM_US },
    { "20ms", 20 * SIM_MS },
    { "1.5s", 1500 * SIM_MS },
    { "1.50s", 1500 * SIM_MS },
    { "0.000000001s", 1 },
    { "0.5us", 500 },
    { "0.25d", 6 * SIM_HOUR },
    { "30m", 30 * SIM_MINUTE },
    { "5d", 5 * SIM_DAY },
    { "1h30m", 90 * SIM_MINUTE },
    { "1m0.5s", SIM_MINUTE + 500 * SIM_MS },
    { "1d2h3m4s5ms6us7ns",
      SIM_DAY + 2 * SIM_HOUR + 3 * SIM_MINUTE + 4 * SIM_SECOND + 5 * SIM_MS + 6 * SIM_US + 7 },
    { "90m", 90 * SIM_MINUTE },
    { "0005s", 5 * SIM_SECOND },
    { "0.1000000000000000000000000s", 100 * SIM_MS },
    { "9223372036854775806ns", SIM_NEVER - 1 },
    { "9223372036.854775806s", SIM_NEVER - 1 },
};

static const struct {
    const char *name, *text;
} bad[] = {
    { "empty", "" },
    { "no unit", "5" },
    { "space before the unit", "5 m" },
    { "space around", " 5m" },
    { "negative", "-1s" },
    { "plus sign", "+1s" },
    { "exponent", "1e3s" },
    { "unit alone", "s" },
    { "unknown unit", "5w" },
    { "word for a unit", "5min" },
    { "capital unit", "5M" },
    { "point without decimals", "1.s" },
    { "decimals alone", ".5s" },
    { "two points", "1.2.3s" },
    { "comma", "1,5s" },
    { "units out of order", "30m1h" },
    { "unit twice", "1m1m" },
    { "decimals before the last part", "1.5h30m" },
    { "finer than a nanosecond", "0.5ns" },
    { "finer than a nanosecond, seconds", "0.0000000001s" },
    { "third of a second, cut", "0.3333333333333333333333s" },
    { "is never", "9223372036854775807ns" },
    { "past 2^63", "9223372036854775808ns" },
    { "past 2^64", "18446744073709551617ns" },
    { "past 2^63 by its unit", "106752d" },
    { "past 2^63 by its sum", "106751d86399s" },
    { "number left over", "1h30" },
    { "letters left over", "1sx" },
};

static void test_parse_reads_durations(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        sim_time t = -1;
        if (!time_parse(span_of(good[i].text), &t) || t != good[i].is)
            fail_msg("%s: %" G_GINT64_FORMAT, good[i].text, t);
    }
}

static void test_parse_refuses_all_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        sim_time t = -1;
        if (time_parse(span_of(bad[i].text), &t) || t != -1)
            fail_msg("%s: %s gave %" G_GINT64_FORMAT, bad[i].name, bad[i].text, t);
    }
}

static void test_parse_refuses_nul_inside(void **state)
{
    sim_time t;

    (void)state;
    assert_false(time_parse(SPAN("5s\0"), &t));
    assert_false(time_parse(SPAN("5\0s"), &t));
}

static void test_parse_seconds(void **state)
{
    sim_time t;

    (void)state;
    assert_true(time_parse_seconds(SPAN("1800"), &t));
    assert_int_equal(t, 1800 * SIM_SECOND);
    assert_true(time_parse_seconds(SPAN("0.040000000"), &t));
    assert_int_equal(t, 40 * SIM_MS);
    assert_false(time_parse_seconds(SPAN(""), &t));
    assert_false(time_parse_seconds(SPAN("1s"), &t));
    assert_false(time_parse_seconds(SPAN("-1"), &t));
    assert_false(time_parse_seconds(SPAN("0.0000000001"), &t));
    assert_false(time_parse_seconds(SPAN("9223372036.854775807"), &t));
}

static void test_duration_is_short_and_reads_back(void **state)
{
    static const struct {
        sim_time t;
        const char *is;
    } rows[] = {
        { 0, "0s" },
        { 1, "1ns" },
        { 999, "999ns" },
        { 1500, "1.5us" },
        { 250 * SIM_US, "250us" },
        { 20 * SIM_MS, "20ms" },
        { 1001 * SIM_US, "1.001ms" },
        { 1500 * SIM_MS, "1.5s" },
        { 30 * SIM_MINUTE, "30m" },
        { 90 * SIM_MINUTE, "1h30m" },
        { 30 * SIM_MINUTE - SIM_SECOND, "29m59s" },
        { 5 * SIM_DAY, "5d" },
        { SIM_DAY + 1, "1d1ns" },
        { SIM_MINUTE + 1500 * SIM_MS, "1m1.5s" },
        { SIM_NEVER - 1, "106751d23h47m16.854775806s" },
        { SIM_NEVER, "never" },
        { -90 * SIM_SECOND, "-1m30s" },
        { INT64_MIN, "-106751d23h47m16.854775808s" },
    };
    char buf[TIME_DURATION_MAX];

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        sim_time back = -1;
        assert_string_equal(time_duration(buf, rows[i].t), rows[i].is);
        if (rows[i].t >= 0 && rows[i].t != SIM_NEVER)
            if (!time_parse(span_of(buf), &back) || back != rows[i].t)
                fail_msg("%s reads back as %" G_GINT64_FORMAT, buf, back);
    }
}

static void test_seconds_have_nine_decimals(void **state)
{
    static const struct {
        sim_time t;
        const char *is;
    } rows[] = {
        { 0, "0.000000000" },
        { 1, "0.000000001" },
        { 40 * SIM_MS, "0.040000000" },
        { 1800084 * SIM_MS, "1800.084000000" },
        { SIM_SECOND - 1, "0.999999999" },
        { SIM_NEVER, "9223372036.854775807" },
        { -1500 * SIM_MS, "-1.500000000" },
        { INT64_MIN, "-9223372036.854775808" },
    };
    char buf[TIME_SECONDS_MAX];

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        assert_int_equal(time_seconds(buf, rows[i].t), strlen(rows[i].is));
        assert_string_equal(buf, rows[i].is);
    }
}

static void test_clock_counts_days_from_1_and_cuts(void **state)
{
    static const struct {
        sim_time t;
        const char *is;
    } rows[] = {
        { 0, "Day 1, 00:00:00.000" },
        { 999999, "Day 1, 00:00:00.000" },
        { SIM_DAY - 1, "Day 1, 23:59:59.999" },
        { SIM_DAY, "Day 2, 00:00:00.000" },
        { SIM_DAY + 3 * SIM_HOUR + 30 * SIM_MINUTE + 125 * SIM_MS, "Day 2, 03:30:00.125" },
        { SIM_NEVER - 1, "Day 106752, 23:47:16.854" },
        { SIM_NEVER, "never" },
    };
    char buf[TIME_CLOCK_MAX];

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_string_equal(time_clock(buf, rows[i].t), rows[i].is);
}

static void test_rfc5322_dates(void **state)
{
    static const struct {
        int64_t unix_s;
        const char *is;
    } rows[] = {
        { 0, "Thu, 01 Jan 1970 00:00:00 +0000" },
        { -1, "Wed, 31 Dec 1969 23:59:59 +0000" },
        { 1772442000, "Mon, 02 Mar 2026 09:00:00 +0000" },
        { 951782399, "Mon, 28 Feb 2000 23:59:59 +0000" },
        { 951782400, "Tue, 29 Feb 2000 00:00:00 +0000" },
        { 951868800, "Wed, 01 Mar 2000 00:00:00 +0000" },
        { 4107542400, "Mon, 01 Mar 2100 00:00:00 +0000" },
        { 4107542399, "Sun, 28 Feb 2100 23:59:59 +0000" },
        { 2147483648, "Tue, 19 Jan 2038 03:14:08 +0000" },
        { 946684799, "Fri, 31 Dec 1999 23:59:59 +0000" },
        { TIME_RFC5322_FIRST, "Mon, 01 Jan 1900 00:00:00 +0000" },
        { TIME_RFC5322_FIRST - 1, "Mon, 01 Jan 1900 00:00:00 +0000" },
        { TIME_RFC5322_LAST, "Fri, 31 Dec 9999 23:59:59 +0000" },
        { TIME_RFC5322_LAST + 1, "Fri, 31 Dec 9999 23:59:59 +0000" },
        { INT64_MIN, "Mon, 01 Jan 1900 00:00:00 +0000" },
        { INT64_MAX, "Fri, 31 Dec 9999 23:59:59 +0000" },
    };
    char buf[TIME_RFC5322_MAX];

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_string_equal(time_rfc5322(buf, rows[i].unix_s), rows[i].is);
}

/* Every day of 400 years, and so of all, against GLib's calendar. */
static void test_rfc5322_agrees_with_glib_every_day(void **state)
{
    g_autoptr(GDate) date = g_date_new_dmy(1, G_DATE_JANUARY, 1900);
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };

    (void)state;
    for (int64_t s = TIME_RFC5322_FIRST; g_date_get_year(date) < 2301; s += 86400, g_date_add_days(date, 1)) {
        char buf[TIME_RFC5322_MAX], is[TIME_RFC5322_MAX];
        g_snprintf(is, sizeof is, "%s, %02d %s %d 00:00:00 +0000", days[g_date_get_weekday(date) - 1],
                   g_date_get_day(date), months[g_date_get_month(date) - 1], g_date_get_year(date));
        if (strcmp(time_rfc5322(buf, s), is) != 0)
            fail_msg("%s, not %s", buf, is);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_reads_durations),
        cmocka_unit_test(test_parse_refuses_all_else),
        cmocka_unit_test(test_parse_refuses_nul_inside),
        cmocka_unit_test(test_parse_seconds),
        cmocka_unit_test(test_duration_is_short_and_reads_back),
        cmocka_unit_test(test_seconds_have_nine_decimals),
        cmocka_unit_test(test_clock_counts_days_from_1_and_cuts),
        cmocka_unit_test(test_rfc5322_dates),
        cmocka_unit_test(test_rfc5322_agrees_with_glib_every_day),
    };
    return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
