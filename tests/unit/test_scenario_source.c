/* sim/scenario/source.c: JSON's syntax and places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "scenario/source.h"

static struct source *scan(const char *text, struct report *r)
{
    report_init(r, "t");
    return source_new(span_of(text), 8, r);
}

/* ---- What is no JSON, where, and what is said of it. */

static const struct bad {
    const char *name, *text;
    int line, column;
    const char *says;
} bad[] = {
    { "nothing", "", 1, 1, "no JSON" },
    { "spaces only", " \n ", 2, 2, "no JSON" },
    { "BOM only", "\xef\xbb\xbf", 1, 1, "no JSON" },
    { "comma before }", "{\"a\":1,}", 1, 8, "comma before" },
    { "comma before ]", "[1,\n]", 2, 1, "comma before" },
    { "comma first", "[,1]", 1, 2, "value is missing" },
    { "two commas", "[1,,2]", 1, 4, "value is missing" },
    { "no comma", "[1 2]", 1, 4, "comma or ]" },
    { "single quotes", "['a']", 1, 2, "single quotes" },
    { "single quoted key", "{'a':1}", 1, 2, "single quotes" },
    { "bare key", "{a:1}", 1, 2, "has no quotes" },
    { "bare word", "[yes]", 1, 2, "yes is no value" },
    { "True", "[True]", 1, 2, "True is no value" },
    { "truer", "[truer]", 1, 2, "truer is no value" },
    { "comment", "[1, // one\n2]", 1, 5, "comments" },
    { "comment after value", "[1 /* one */]", 1, 4, "comments" },
    { "hash", "# x\n{}", 1, 1, "comments" },
    { "open list", "[1", 1, 3, "[ of line 1, column 1" },
    { "open object", "{\n \"a\": [1", 2, 9, "[ of line 2, column 7" },
    { "wrong bracket", "[1}", 1, 3, "does not fit the [" },
    { "behind the end", "{} {}", 1, 4, "after the end" },
    { "open string", "[\"a\n\"]", 1, 2, "has no end" },
    { "tab", "[\"a\tb\"]", 1, 4, "control character" },
    { "bad escape", "[\"a\\x\"]", 1, 4, "'x' cannot follow" },
    { "escape at the end", "[\"a\\", 1, 4, "the end of the text cannot follow" },
    { "short \\u", "[\"\\u12\"]", 1, 3, "no character" },
    { "lone high", "[\"\\ud800\"]", 1, 3, "no character" },
    { "high and no low", "[\"\\ud800\\u0041\"]", 1, 3, "no character" },
    { "lone low", "[\"\\udc00\"]", 1, 3, "no character" },
    { "\\u0000", "[\"\\u0000\"]", 1, 3, "\\u0000" },
    { "leading zero", "[01]", 1, 2, "begin with 0" },
    { "hexadecimal", "[0x1]", 1, 2, "begin with 0" },
    { "plus", "[+1]", 1, 2, "'+'" },
    { "point first", "[.5]", 1, 2, "'.'" },
    { "point last", "[5.]", 1, 2, "end with a point" },
    { "no exponent", "[5e]", 1, 2, "exponent" },
    { "minus alone", "[-]", 1, 2, "without digits" },
    { "unit", "[20ms]", 1, 2, "something behind it" },
    { "percent", "[5%]", 1, 2, "something behind it" },
    { "long number", "[1234567890123456789012345678901234567890123456789012345678901234]", 1, 2,
      "60 characters" },
    { "no colon", "{\"a\" 1}", 1, 6, "':'" },
    { "no value", "{\"a\":}", 1, 6, "value is missing" },
    { "key twice", "{\"a\":1,\n \"\\u0061\":2}", 2, 2, "twice" },
    { "too deep", "[[[[[[[[[1]]]]]]]]]", 1, 9, "8 levels" },
    { "not UTF-8", "[\"\xea\"]", 1, 3, "0xea is not UTF-8" },
    { "columns in characters", "[\"\xc3\xa9\xed\x95\x9c\xf0\x9f\x8d\x94\" 1]", 1, 8, "comma or ]" },
    { "UTF-16", "\xff\xfe{", 1, 1, "UTF-16" },
};

static void test_refuses_with_place(void **state)
{
    (void)state;
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        struct report r;
        struct source *s = scan(bad[i].text, &r);
        const struct complaint *c;

        if (r.entries->len != 1)
            fail_msg("%s: %u complaints", bad[i].name, r.entries->len);
        c = g_ptr_array_index(r.entries, 0);
        if (c->at.line != bad[i].line || c->at.column != bad[i].column ||
            strstr(c->message, bad[i].says) == NULL)
            fail_msg("%s: %d:%d: %s", bad[i].name, c->at.line, c->at.column, c->message);
        source_free(&s);
        report_release(&r);
    }
}

static void test_zero_octet(void **state)
{
    struct report r;

    (void)state;
    report_init(&r, "t");
    assert_null(source_new(SPAN("[\"a\0b\"]"), 8, &r));
    assert_string_equal(((struct complaint *)g_ptr_array_index(r.entries, 0))->message, "a zero octet");
    report_release(&r);
}

static void test_takes_json(void **state)
{
    static const char *const good[] = { "{}",
                                        "[]",
                                        " [ ] ",
                                        "\xef\xbb\xbf{}",
                                        "null",
                                        "-0",
                                        "[1.5e+3, -2E-7, 0.0]",
                                        "\"\"",
                                        "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83c\\udf54\"]",
                                        "{\"a\":{\"a\":1}}",
                                        "[[[[[[[[1]]]]]]]]",
                                        "{\"\":0}",
                                        "\r\n[1,\r\n2]\r\n" };

    (void)state;
    for (unsigned i = 0; i < G_N_ELEMENTS(good); i++) {
        struct report r;
        struct source *s = scan(good[i], &r);

        if (s == NULL || r.entries->len > 0)
            fail_msg("%s", good[i]);
        source_free(&s);
        report_release(&r);
    }
}

/* ---- Places. */

static void assert_at(struct position p, int line, int column)
{
    assert_int_equal(p.line, line);
    assert_int_equal(p.column, column);
}

static void test_tree_has_places(void **state)
{
    struct report r;
    struct source *s = scan("\xef\xbb\xbf{\"a\": [1, {\"b\": true}],\n  \"한글\":  \"x\", \"c\": 3}", &r);
    const struct source_node *root, *a, *k;

    (void)state;
    assert_non_null(s);
    root = source_root(s);
    assert_at(root->at, 1, 1);
    a = root->child;
    assert_at(a->key_at, 1, 2);
    assert_at(a->at, 1, 7);
    assert_at(a->child->at, 1, 8);
    assert_at(a->child->next->at, 1, 11);
    assert_at(a->child->next->child->key_at, 1, 12);
    assert_at(a->child->next->child->at, 1, 17);
    assert_null(a->child->next->next);
    k = a->next;
    assert_at(k->key_at, 2, 3);
    assert_at(k->at, 2, 10);
    assert_at(k->next->key_at, 2, 15);
    assert_at(k->next->at, 2, 20);
    assert_null(k->next->next);
    source_free(&s);
    report_release(&r);
}

/* In ["aé한\n\u00e9\ud83c\udf54z"]: the decoded text is a é 한 LF é 🍔 z, of 1 2 3 1 2 4 1 octets. */
static void test_place_inside_string(void **state)
{
    static const struct row {
        size_t offset;
        int column;
    } rows[] = { { 0, 3 },  { 1, 4 },   { 3, 5 },   { 6, 6 },   { 7, 8 },
                 { 9, 14 }, { 13, 26 }, { 14, 27 }, { 99, 27 }, { 2, 4 } /* within é */,
                 { 11, 14 } /* within the pair */ };
    struct report r;
    struct source *s = scan("[\"aé한\\n\\u00e9\\ud83c\\udf54z\"]", &r);

    (void)state;
    assert_non_null(s);
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct position p = source_inside(s, (struct position){ 1, 2 }, rows[i].offset);

        if (p.line != 1 || p.column != rows[i].column)
            fail_msg("offset %zu: %d:%d", rows[i].offset, p.line, p.column);
    }
    assert_at(source_inside(s, (struct position){ 1, 1 }, 3), 1, 1); /* no string there */
    assert_at(source_inside(s, (struct position){ 7, 1 }, 3), 7, 1); /* no such line */
    source_free(&s);
    report_release(&r);
}

/* A place is found from the one before it: a long line takes no longer than its length. */
static void test_long_line(void **state)
{
    enum { N = 200000 };
    GString *text = g_string_new("[0");
    struct report r;
    struct source *s;
    const struct source_node *n;

    (void)state;
    for (int i = 1; i < N; i++)
        g_string_append(text, ",0");
    g_string_append_c(text, ']');
    s = scan(text->str, &r);
    assert_non_null(s);
    n = source_root(s)->child;
    for (int i = 0; i < N; i++, n = n->next)
        assert_int_equal(n->at.column, 2 * i + 2);
    source_free(&s);
    report_release(&r);
    g_string_free(text, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refuses_with_place),  cmocka_unit_test(test_zero_octet),
        cmocka_unit_test(test_takes_json),          cmocka_unit_test(test_tree_has_places),
        cmocka_unit_test(test_place_inside_string), cmocka_unit_test(test_long_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
