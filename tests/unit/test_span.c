#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <glib.h>

#include "core/span.h"

#define assert_span(span, literal) assert_true(span_is((span), SPAN(literal)))

static void test_of_text_and_of_nothing(void **state)
{
    (void)state;
    assert_span(span_of("abc"), "abc");
    assert_int_equal(span_of(NULL).len, 0);
    assert_true(span_is(span_of(NULL), SPAN("")));
}

static void test_nocase_folds_ascii_only(void **state)
{
    static const struct {
        const char *a, *b;
        bool same;
    } rows[] = {
        { "", "", true },
        { "MAIL", "mail", true },
        { "MAIL", "mai", false },
        { "a@b", "A@B", true },
        { "[", "{", false },
        { "@", "`", false },
        { "Z", "z", true },
        { "\xc3\x84", "\xc3\xa4", false },
        { "K", "\xe2\x84\xaa", false },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (span_is_nocase(span_of(rows[i].a), span_of(rows[i].b)) != rows[i].same)
            fail_msg("%s and %s", rows[i].a, rows[i].b);
}

static void test_starts_nocase(void **state)
{
    (void)state;
    assert_true(span_starts_nocase(SPAN("FROM:<a@b>"), SPAN("from:")));
    assert_true(span_starts_nocase(SPAN("x"), SPAN("")));
    assert_true(span_starts_nocase(span_of(NULL), span_of(NULL)));
    assert_false(span_starts_nocase(SPAN("fro"), SPAN("from")));
    assert_false(span_starts_nocase(SPAN("to:"), SPAN("from")));
}

static void test_take_word(void **state)
{
    struct span rest = SPAN("MAIL  FROM:<a> SIZE=1 ");

    (void)state;
    assert_span(span_take_word(&rest), "MAIL");
    assert_span(rest, "FROM:<a> SIZE=1 ");
    assert_span(span_take_word(&rest), "FROM:<a>");
    assert_span(span_take_word(&rest), "SIZE=1");
    assert_int_equal(rest.len, 0);
    assert_span(span_take_word(&rest), "");
    rest = SPAN(" x");
    assert_span(span_take_word(&rest), "");
    assert_span(rest, "x");
    rest = span_of(NULL);
    assert_span(span_take_word(&rest), "");
}

static void test_trim(void **state)
{
    (void)state;
    assert_span(span_trim(SPAN(" \ta b\t ")), "a b");
    assert_span(span_trim(SPAN("a")), "a");
    assert_span(span_trim(SPAN(" \t ")), "");
    assert_span(span_trim(span_of(NULL)), "");
}

static void test_number(void **state)
{
    static const struct {
        const char *text;
        uint64_t max, is;
        bool good;
    } rows[] = {
        { "0", 0, 0, true },
        { "65535", 65535, 65535, true },
        { "65536", 65535, 0, false },
        { "007", 9, 7, true },
        { "18446744073709551615", UINT64_MAX, UINT64_MAX, true },
        { "18446744073709551616", UINT64_MAX, 0, false },
        { "99999999999999999999", UINT64_MAX, 0, false },
        { "5", 4, 0, false },
        { "10", 9, 0, false },
        { "", 9, 0, false },
        { "-1", 9, 0, false },
        { "+1", 9, 0, false },
        { "1 ", 9, 0, false },
        { "1.0", 9, 0, false },
        { "0x1", 99, 0, false },
        { "/", 99, 0, false },
        { ":", 99, 0, false },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint64_t n = 0;
        if (span_number(span_of(rows[i].text), rows[i].max, &n) != rows[i].good || n != rows[i].is)
            fail_msg("%s: %" G_GUINT64_FORMAT, rows[i].text, n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_of_text_and_of_nothing),
        cmocka_unit_test(test_nocase_folds_ascii_only),
        cmocka_unit_test(test_starts_nocase),
        cmocka_unit_test(test_take_word),
        cmocka_unit_test(test_trim),
        cmocka_unit_test(test_number),
    };
    return cmocka_run_group_tests_name("span", tests, NULL, NULL);
}
