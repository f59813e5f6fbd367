#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <cjson/cJSON.h>
#include <glib.h>

#include "core/json.h"

/* Written into a block of exactly the room that is asked for, so that the sanitizer sees a step too far. */
static char *written(struct span text)
{
    char *block = g_malloc(json_text_max(text.len)), *result;
    char *end = json_text(block, text);

    result = g_strndup(block, (gsize)(end - block));
    g_free(block);
    return result;
}

static void test_text(void **state)
{
    static const struct {
        const char *text, *is;
    } rows[] = {
        { "", "\"\"" },
        { "a", "\"a\"" },
        { "abcdefgh", "\"abcdefgh\"" },
        { "abcdefghi", "\"abcdefghi\"" },
        { "\"", "\"\\\"\"" },
        { "abcdefg\"hijklmn\\", "\"abcdefg\\\"hijklmn\\\\\"" },
        { "a\r\n\tb", "\"a\\r\\n\\tb\"" },
        { "\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\"" },
        { "a/b", "\"a/b\"" },
        { "메일 é 📧", "\"메일 é 📧\"" },
        /* RFC 3629: the first and last of each length */
        { "\xc2\x80\xdf\xbf", "\"\xc2\x80\xdf\xbf\"" },
        { "\xe0\xa0\x80\xef\xbf\xbf", "\"\xe0\xa0\x80\xef\xbf\xbf\"" },
        { "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", "\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"" },
        { "\xed\x9f\xbf\xee\x80\x80", "\"\xed\x9f\xbf\xee\x80\x80\"" },
        /* not UTF-8: overlong, surrogate, past the end, alone, cut short */
        { "\xc0\x80", "\"\\ufffd\\ufffd\"" },
        { "\xc1\xbf", "\"\\ufffd\\ufffd\"" },
        { "\xe0\x9f\xbf", "\"\\ufffd\\ufffd\\ufffd\"" },
        { "\xf0\x8f\xbf\xbf", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
        { "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"" },
        { "\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
        { "\xf5\xff", "\"\\ufffd\\ufffd\"" },
        { "a\x80z", "\"a\\ufffdz\"" },
        { "\xe2\x82", "\"\\ufffd\\ufffd\"" },
        { "\xe2\x82z", "\"\\ufffd\\ufffdz\"" },
        { "abcdefg\xe2\x82\xac", "\"abcdefg\xe2\x82\xac\"" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *is = written(span_of(rows[i].text));
        if (strcmp(is, rows[i].is) != 0)
            fail_msg("row %zu: %s, not %s", i, is, rows[i].is);
    }
}

static void test_text_of_nul_and_of_nothing(void **state)
{
    g_autofree char *nul = written(SPAN("a\0b")), *nothing = written(span_of(NULL));

    (void)state;
    assert_string_equal(nul, "\"a\\u0000b\"");
    assert_string_equal(nothing, "\"\"");
}

/* Every character that there is, at every place within a word of eight, comes back from another's parser. */
static void test_text_reads_back(void **state)
{
    (void)state;
    for (gunichar c = 1; c <= 0x10ffff; c += c < 0x3000 ? 1 : 251) {
        char text[32] = "1234567";
        unsigned at = c % 8, n;
        if (c >= 0xd800 && c <= 0xdfff)
            continue;
        n = (unsigned)g_unichar_to_utf8(c, text + at);
        strcpy(text + at + n, "tail of it");
        g_autofree char *is = written(span_of(text));
        cJSON *value = cJSON_Parse(is);
        assert_non_null(value);
        assert_string_equal(value->valuestring, text);
        cJSON_Delete(value);
    }
}

static void test_numbers(void **state)
{
    static const int64_t numbers[] = { 0,    1,     9,  10,  99,        100,       101,      999,
                                       1000, 65535, -1, -10, INT32_MAX, INT64_MAX, INT64_MIN };
    uint64_t power = 1;
    char buf[JSON_NUMBER_MAX + 1], is[32];

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        *json_number(buf, numbers[i]) = '\0';
        g_snprintf(is, sizeof is, "%" G_GINT64_FORMAT, numbers[i]);
        assert_string_equal(buf, is);
    }
    for (int i = 0; i < 20; i++, power *= 10) {
        *json_unsigned(buf, power) = '\0';
        g_snprintf(is, sizeof is, "%" G_GUINT64_FORMAT, power);
        assert_string_equal(buf, is);
        *json_unsigned(buf, power - 1) = '\0';
        g_snprintf(is, sizeof is, "%" G_GUINT64_FORMAT, power - 1);
        assert_string_equal(buf, is);
    }
    *json_unsigned(buf, UINT64_MAX) = '\0';
    assert_string_equal(buf, "18446744073709551615");
}

static void test_seconds_fit_their_room(void **state)
{
    char buf[JSON_SECONDS_MAX + 1];

    (void)state;
    *json_seconds(buf, INT64_MIN) = '\0';
    assert_string_equal(buf, "-9223372036.854775808");
    *json_seconds(buf, 1) = '\0';
    assert_string_equal(buf, "0.000000001");
    *json_seconds(buf, 12 * SIM_SECOND + 345678901) = '\0';
    assert_string_equal(buf, "12.345678901");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_text_of_nul_and_of_nothing),
        cmocka_unit_test(test_text_reads_back),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_seconds_fit_their_room),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
