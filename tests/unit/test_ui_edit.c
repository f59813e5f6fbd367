/* Editing a line: rows of a line, keys, and the line that follows. "|" is the caret; what is selected stands
 * between it and "^". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "edit.h"

static void take(struct edit *e, const char *marked)
{
    size_t caret = 0, mark = 0;
    bool has_mark = false;

    edit_init(e);
    for (const char *p = marked; *p != '\0'; p++)
        if (*p == '|')
            caret = e->text->len;
        else if (*p == '^')
            mark = e->text->len, has_mark = true;
        else
            g_string_append_c(e->text, *p);
    e->caret = caret;
    e->mark = has_mark ? mark : caret;
}

static char *give(const struct edit *e)
{
    GString *s = g_string_new(e->text->str);
    size_t from, to;

    if (edit_selected(e, &from, &to)) {
        g_string_insert_c(s, (gssize)to, e->caret > e->mark ? '|' : '^');
        g_string_insert_c(s, (gssize)from, e->caret > e->mark ? '^' : '|');
    } else {
        g_string_insert_c(s, (gssize)e->caret, '|');
    }
    return g_string_free(s, FALSE);
}

static void test_keys_move_and_erase(void **state)
{
    static const struct {
        const char *was, *keys, *is; /* keys parted by spaces; '…' is typed */
    } rows[] = {
        { "bob|", "Left", "bo|b" },
        { "|bob", "Left", "|bob" },
        { "bob|", "Right", "bob|" },
        { "bob|", "Home", "|bob" },
        { "|bob", "End", "bob|" },
        { "bo|b", "'x'", "box|b" },
        { "bo|b", "Backspace", "b|b" },
        { "|bob", "Backspace", "|bob" },
        { "bo|b", "Delete", "bo|" },
        { "bob|", "Delete", "bob|" },
        { "|bob@hamburger.edu", "Ctrl+Right", "bob|@hamburger.edu" },
        { "bob|@hamburger.edu", "Ctrl+Right", "bob@hamburger|.edu" },
        { "bob@hamburger.edu|", "Ctrl+Left Ctrl+Left", "bob@|hamburger.edu" },
        { "bob@hamburger.edu|", "Ctrl+Left Ctrl+Left Ctrl+Left Ctrl+Left", "|bob@hamburger.edu" },
        { "bob@hamburger.edu|", "Ctrl+Backspace", "bob@hamburger.|" },
        { "|bob@hamburger.edu", "Ctrl+Delete", "|@hamburger.edu" },
        { "bob|", "Ctrl+Right Ctrl+Delete", "bob|" },
        { "b|ob", "Ctrl+A", "^bob|" },
        { "b|ob", "Ctrl+A 'x'", "x|" },
        { "b|ob", "Ctrl+A Backspace", "|" },
        { "b|ob", "Ctrl+A Delete 'y'", "y|" },
        { "b|ob", "Ctrl+U", "|" },
        { "b|ob", "Shift+Right", "b^o|b" },
        { "b|ob", "Shift+End", "b^ob|" },
        { "bo|b", "Shift+Home Delete", "|b" },
        { "bo|b", "Ctrl+Shift+Left", "|bo^b" },
        { "b^o|b", "Left", "b|ob" },
        { "b^o|b", "Right", "bo|b" },
        { "b|o^b", "'ee'", "bee|b" },
        { "한글|", "Left", "한|글" },
        { "한글|", "Backspace", "한|" },
        { "|한글", "Delete", "|글" },
        { "|한글 메일", "Ctrl+Right", "한글| 메일" },
        { "e\xCC\x81t|", "Left Left", "|e\xCC\x81t" }, /* a letter and its accent */
        { "e\xCC\x81|", "Backspace", "|" },            /* go as one */
        { "\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB|", "Left", "|\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB" },
        { "a|b", "'\t\n\x7F한'", "a한|b" }, /* control characters are no text */
        { "a|b", "'\xFF'", "a|b" },         /* nor is what is no UTF-8 */
        { "|", "Left Right Home End Backspace Delete Ctrl+Left Ctrl+Right Ctrl+A Ctrl+U", "|" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char **keys = g_strsplit(rows[i].keys, " ", -1);
        struct edit e;

        take(&e, rows[i].was);
        for (unsigned k = 0; keys[k] != NULL; k++) {
            size_t n = strlen(keys[k]);

            if (keys[k][0] != '\'') {
                if (!edit_key(&e, keys[k]))
                    fail_msg("%s is no key of a line", keys[k]);
                continue;
            }
            keys[k][n - 1] = '\0';
            edit_type(&e, keys[k] + 1);
        }
        char *is = give(&e);
        if (strcmp(is, rows[i].is) != 0)
            fail_msg("\"%s\", %s: \"%s\", not \"%s\"", rows[i].was, rows[i].keys, is, rows[i].is);
        g_free(is);
        g_strfreev(keys);
        edit_release(&e);
    }
}

static void test_other_keys_are_not_taken(void **state)
{
    static const char *const keys[] = { "",   "A",        "Return",   "Shift+", "Ctrl+V",
                                        "Up", "PageDown", "Alt+Left", "F1" };
    struct edit e;

    (void)state;
    take(&e, "b|ob");
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        assert_false(edit_key(&e, keys[i]));
    assert_string_equal(e.text->str, "bob");
    edit_release(&e);
}

static void test_a_caret_stands_between_characters(void **state)
{
    struct edit e;

    (void)state;
    edit_init(&e);
    edit_set(&e, "한e\xCC\x81"); /* 0, 3 and 6 are between */
    static const size_t rows[][2] = { { 0, 0 }, { 1, 0 }, { 2, 0 }, { 3, 3 },
                                      { 4, 3 }, { 5, 3 }, { 6, 6 }, { 99, 6 } };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        edit_put_caret(&e, rows[i][0], false);
        assert_int_equal(e.caret, rows[i][1]);
        assert_int_equal(e.mark, rows[i][1]);
    }
    edit_release(&e);
}

static void test_a_word_is_selected(void **state)
{
    static const struct {
        const char *was, *is;
    } rows[] = {
        { "bob@ham|burger.edu", "bob@^hamburger|.edu" },
        { "|bob@x", "^bob|@x" },
        { "a |  b", "a ^ | b" },
        { "|", "|" },
        { "편|지 하나", "^편지| 하나" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct edit e;

        take(&e, rows[i].was);
        edit_select_word(&e);
        char *is = give(&e);
        assert_string_equal(is, rows[i].is);
        g_free(is);
        edit_release(&e);
    }
}

static void test_a_line_has_an_end(void **state)
{
    struct edit e;

    (void)state;
    take(&e, "^old|");
    for (int i = 0; i < 400; i++)
        edit_type(&e, "한글");
    assert_true(e.text->len <= EDIT_MAX_OCTETS && e.text->len > EDIT_MAX_OCTETS - 3);
    assert_true(g_utf8_validate(e.text->str, -1, NULL));
    edit_set(&e, "bad\xFF");
    assert_true(g_utf8_validate(e.text->str, -1, NULL));
    edit_release(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_move_and_erase),
        cmocka_unit_test(test_other_keys_are_not_taken),
        cmocka_unit_test(test_a_caret_stands_between_characters),
        cmocka_unit_test(test_a_word_is_selected),
        cmocka_unit_test(test_a_line_has_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
