#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <glib.h>
#include <stdlib.h>

#include "core/report.h"

static char *printed(const struct report *r)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    report_print(r, f);
    fclose(f);
    return text;
}

static void test_prints_place_path_message_hint(void **state)
{
    struct report r;
    char *text;

    (void)state;
    report_init(&r, "a.json");
    report_add(&r, COMPLAINT_ERROR, (struct position){ 3, 5 }, "hosts[0]", "did you mean delay?", "no key %s",
               "dleay");
    report_add(&r, COMPLAINT_DOUBT, (struct position){ 4, 1 }, "", NULL, "nobody reads this");
    report_add(&r, COMPLAINT_ERROR, (struct position){ 0, 0 }, NULL, NULL, "the file is empty");
    report_add(&r, COMPLAINT_ERROR, (struct position){ 9, 0 }, "x", NULL, "100%% wrong");
    text = printed(&r);
    assert_string_equal(text, "a.json:3:5: hosts[0]: no key dleay (did you mean delay?)\n"
                              "a.json:4:1: doubtful: nobody reads this\n"
                              "a.json: the file is empty\n"
                              "a.json:9: x: 100% wrong\n");
    assert_int_equal(r.errors, 3);
    assert_int_equal(r.doubts, 1);
    free(text);
    report_release(&r);
}

static void test_sort_is_by_place_and_stable(void **state)
{
    static const struct position at[] = {
        { 2, 9 }, { 2, 1 }, { 0, 0 }, { 1, 7 }, { 2, 1 }, { 0, 0 }, { 1, 7 }
    };
    struct report r;
    char *text;

    (void)state;
    report_init(&r, "f");
    for (size_t i = 0; i < G_N_ELEMENTS(at); i++)
        report_add(&r, COMPLAINT_ERROR, at[i], "", NULL, "%zu", i);
    report_sort(&r);
    text = printed(&r);
    assert_string_equal(text, "f: 2\nf: 5\nf:1:7: 3\nf:1:7: 6\nf:2:1: 1\nf:2:1: 4\nf:2:9: 0\n");
    free(text);
    report_release(&r);
}

static void test_texts_are_copied(void **state)
{
    char path[] = "p", hint[] = "h", file[] = "f";
    struct report r;
    char *text;

    (void)state;
    report_init(&r, file);
    report_add(&r, COMPLAINT_ERROR, (struct position){ 1, 1 }, path, hint, "m");
    path[0] = hint[0] = file[0] = '?';
    text = printed(&r);
    assert_string_equal(text, "f:1:1: p: m (h)\n");
    free(text);
    report_release(&r);
}

static void test_closest(void **state)
{
    static const char *const names[] = { "host",       "hosts", "delay", "recipient",
                                         "recipients", "mail",  "mx",    NULL };
    static const struct {
        const char *name, *misspelt, *is;
    } rows[] = {
        { "one letter wrong", "delaz", "delay" },
        { "one letter missing", "dely", "delay" },
        { "one letter too many", "dellay", "delay" },
        { "two letters swapped", "dealy", "delay" },
        { "swapped in a short word", "mial", "mail" },
        { "other case", "DELAY", "delay" },
        { "other case, short", "MX", "mx" },
        { "the closer one", "recipeint", "recipient" },
        { "the first of equals", "hostx", "host" },
        { "a third wrong", "recXpXeXt", "recipient" },
        { "more than a third wrong", "rXXpXXnt", NULL },
        { "two of five", "dXXay", NULL },
        { "short and wrong", "my", NULL },
        { "nothing alike", "zone", NULL },
        { "empty", "", NULL },
        { "a swap and a change", "dealz", NULL },
    };
    char longest[10000];

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *close = report_closest(rows[i].misspelt, names);
        if (g_strcmp0(close, rows[i].is) != 0)
            fail_msg("%s: %s gave %s", rows[i].name, rows[i].misspelt, close ? close : "nothing");
    }
    memset(longest, 'h', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_null(report_closest(longest, names));
    assert_null(report_closest("host", (const char *const[]){ longest, NULL }));
    assert_null(report_closest("host", (const char *const[]){ NULL }));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prints_place_path_message_hint),
        cmocka_unit_test(test_sort_is_by_place_and_stable),
        cmocka_unit_test(test_texts_are_copied),
        cmocka_unit_test(test_closest),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
