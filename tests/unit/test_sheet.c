#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/sheet.h"

static struct table *queue_of(struct sheet *s)
{
    struct table *t = sheet_table(s, "queue", "Message queue", "No mail is waiting.");

    table_column(t, CELL_TEXT, "id", "id", NULL);
    table_column(t, CELL_NUMBER, "tries", "tries", "how often so far");
    table_column(t, CELL_TIME, "next", "next attempt", NULL);
    table_column(t, CELL_SPAN, "age", "age", NULL);
    return t;
}

static void test_text_aligns_columns(void **state)
{
    struct sheet *s = sheet_new("mail.crepes.fr");
    struct table *t = queue_of(s);
    g_autoptr(GString) out = g_string_new("before ");

    (void)state;
    table_row(t);
    table_text(t, "Q%d", 1);
    table_number(t, 2);
    table_time(t, 30 * SIM_MINUTE);
    table_duration(t, 30 * SIM_MINUTE - SIM_SECOND);
    table_row(t);
    table_text(t, "Q%d", 100);
    table_number(t, 12345678);
    table_time(t, SIM_NEVER);
    sheet_table(s, "mailboxes", "Mailboxes", "Nobody has a mailbox here.");
    sheet_to_text(s, out);
    assert_string_equal(out->str, "before mail.crepes.fr\n"
                                  "\n"
                                  "Message queue\n"
                                  "  id       tries  next attempt         age\n"
                                  "  Q1           2  Day 1, 00:30:00.000  29m59s\n"
                                  "  Q100  12345678  never\n"
                                  "\n"
                                  "Mailboxes\n"
                                  "  Nobody has a mailbox here.\n");
    sheet_free(&s);
    assert_null(s);
    sheet_free(&s);
}

static void test_long_tables_are_limited(void **state)
{
    struct sheet *s = sheet_new("s");
    struct table *all = sheet_table(s, "all", "All", "");

    (void)state;
    sheet_limit(s, 3);
    struct table *first = sheet_table(s, "first", "First", ""), *last = sheet_table(s, "last", "Last", ""),
                 *few = sheet_table(s, "few", "Few", "");
    struct table *tables[] = { all, first, last, few };
    for (int k = 0; k < 4; k++) {
        table_column(tables[k], CELL_NUMBER, "n", "n", NULL);
        table_column(tables[k], CELL_TEXT, "t", "t", NULL);
    }
    table_newest(last, 10);
    table_newest(few, 2);
    for (int i = 0; i < 10; i++)
        for (int k = 0; k < 4; k++) {
            if (k == 3 && i >= 2)
                continue;
            bool kept = table_row(tables[k]);
            assert_true(kept == (k == 0 || k == 3 || (k == 1 ? i < 3 : i >= 7)));
            table_number(tables[k], i); /* harmless where it is left out */
            table_text(tables[k], "%d", i);
        }
    static const unsigned want[][4] = { { 10, 0, 0, 0 }, { 3, 0, 7, 0 }, { 3, 7, 0, 7 }, { 2, 0, 0, 0 } };
    for (int k = 0; k < 4; k++) {
        assert_int_equal(tables[k]->n, k == 3 ? 2 : 10);
        assert_int_equal(tables[k]->rows->len, want[k][0]);
        assert_int_equal(tables[k]->earlier, want[k][1]);
        assert_int_equal(tables[k]->later, want[k][2]);
        assert_int_equal(g_array_index((GArray *)tables[k]->rows->pdata[0], struct cell, 0).number,
                         want[k][3]);
        assert_int_equal(((GArray *)tables[k]->rows->pdata[0])->len, 2);
    }
    sheet_free(&s);
}

static void test_text_counts_wide_and_combining_characters(void **state)
{
    struct sheet *s = sheet_new("s");
    struct table *t = sheet_table(s, "t", "T", "");
    g_autoptr(GString) out = g_string_new(NULL);
    static const char *const names[] = { "abcd", "메일", "e\xcc\x81t\xc3\xa9",
                                         "\xe1\x84\x86\xe1\x85\xa6" /* ᄆ and ᅦ */ };

    (void)state;
    table_column(t, CELL_TEXT, "name", "이름", NULL);
    table_column(t, CELL_TEXT, "x", "x", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        table_row(t);
        table_text(t, "%s", names[i]);
        table_text(t, "|");
    }
    sheet_to_text(s, out);
    assert_string_equal(out->str, "s\n\nT\n"
                                  "  이름  x\n"
                                  "  abcd  |\n"
                                  "  메일  |\n"
                                  "  e\xcc\x81t\xc3\xa9   |\n"
                                  "  \xe1\x84\x86\xe1\x85\xa6    |\n");
    sheet_free(&s);
}

static void test_cells_of_any_bytes_stay_in_their_row(void **state)
{
    struct sheet *s = sheet_new("s");
    struct table *t = sheet_table(s, "t", "T", "");
    g_autoptr(GString) text = g_string_new(NULL), json = g_string_new(NULL);

    (void)state;
    table_column(t, CELL_TEXT, "a", "a", NULL);
    table_row(t);
    table_text(t, "x\ny\t\xff\x1b[1m\"\\");
    sheet_to_text(s, text);
    sheet_to_json(s, json);
    assert_string_equal(text->str, "s\n\nT\n  a\n  x y \xef\xbf\xbd [1m\"\\\n");
    assert_string_equal(json->str, "{\"title\":\"s\",\"tables\":{\"t\":[{\"a\":"
                                   "\"x\\ny\\t\\ufffd\\u001b[1m\\\"\\\\\"}]}}");
    sheet_free(&s);
}

static void test_json_has_values_by_kind(void **state)
{
    struct sheet *s = sheet_new("mail.crepes.fr");
    struct table *t = queue_of(s);
    g_autoptr(GString) out = g_string_new(NULL);

    (void)state;
    table_row(t);
    table_text(t, "Q1");
    table_number(t, -2);
    table_time(t, 30 * SIM_MINUTE);
    table_duration(t, 1500 * SIM_MS);
    table_row(t);
    table_text(t, "Q2");
    table_number(t, 0);
    table_time(t, SIM_NEVER);
    sheet_table(s, "cache", "Cache", "Empty.");
    sheet_to_json(s, out);
    assert_string_equal(out->str, "{\"title\":\"mail.crepes.fr\",\"tables\":{\"queue\":["
                                  "{\"id\":\"Q1\",\"tries\":-2,\"next\":1800.000000000,\"age\":1.500000000},"
                                  "{\"id\":\"Q2\",\"tries\":0,\"next\":null}],\"cache\":[]}}");
    sheet_free(&s);
}

/* Two agents on one host each have a table of the same key. */
static void test_json_joins_tables_of_one_key(void **state)
{
    struct sheet *s = sheet_new("pc");
    g_autoptr(GString) out = g_string_new(NULL);

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct table *t = sheet_table(s, i == 1 ? "other" : "agent", "Agent", "");
        table_column(t, CELL_NUMBER, "n", "n", NULL);
        table_row(t);
        table_number(t, i);
    }
    sheet_to_json(s, out);
    assert_string_equal(
        out->str, "{\"title\":\"pc\",\"tables\":{\"agent\":[{\"n\":0},{\"n\":2}],\"other\":[{\"n\":1}]}}");
    sheet_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_aligns_columns),
        cmocka_unit_test(test_long_tables_are_limited),
        cmocka_unit_test(test_text_counts_wide_and_combining_characters),
        cmocka_unit_test(test_cells_of_any_bytes_stay_in_their_row),
        cmocka_unit_test(test_json_has_values_by_kind),
        cmocka_unit_test(test_json_joins_tables_of_one_key),
    };
    return cmocka_run_group_tests_name("sheet", tests, NULL, NULL);
}
