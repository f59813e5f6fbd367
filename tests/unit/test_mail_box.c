/* Mailboxes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mail/box.h"

static struct mail_message *message(size_t size)
{
    char *text = g_strnfill(size, 'x');
    struct mail_message *m = mail_message_new(1, &(struct span){ text, size }, 1);

    g_free(text);
    return m;
}

static void test_box_is_found_by_user(void **state)
{
    static const struct {
        const char *name;
        const char *user;
        bool found;
    } rows[] = {
        { "as written", "Bob", true },
        { "other case", "bOB", true },
        { "longer", "Bobb", false },
        { "shorter", "Bo", false },
        { "empty", "", false },
        { "too long for a local part", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
          false },
    };
    struct mail_boxes b;

    (void)state;
    mail_boxes_init(&b);
    assert_non_null(mail_boxes_add(&b, "Bob", 0));
    assert_null(mail_boxes_add(&b, "bob", 0));
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if ((mail_boxes_find(&b, span_of(rows[i].user)) != NULL) != rows[i].found)
            fail_msg("%s", rows[i].name);
    assert_null(mail_boxes_find(&b, span_bytes("bob\0y", 5)));
    mail_boxes_release(&b);
}

static void test_box_room(void **state)
{
    static const struct {
        size_t quota, used, size;
        enum mail_room expected;
    } rows[] = {
        { 0, 0, 1000000, MAIL_ROOM },     { 100, 0, 100, MAIL_ROOM },
        { 100, 0, 101, MAIL_ROOM_NEVER }, { 100, 60, 40, MAIL_ROOM },
        { 100, 60, 41, MAIL_ROOM_LATER }, { 100, 60, 101, MAIL_ROOM_NEVER },
        { 100, 99, 0, MAIL_ROOM },        { 100, 100, 0, MAIL_ROOM_LATER },
        { 50, 60, 0, MAIL_ROOM_LATER }, /* the quota was made smaller since */
        { 50, 60, 10, MAIL_ROOM_LATER },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct mail_box box = { .quota = rows[i].quota, .used = rows[i].used };

        if (mail_box_room(&box, rows[i].size) != rows[i].expected)
            fail_msg("row %zu", i);
    }
}

static void test_box_uids_are_never_used_again(void **state)
{
    struct mail_boxes b;
    struct mail_box *box;
    struct mail_message *m = message(10);

    (void)state;
    mail_boxes_init(&b);
    box = mail_boxes_add(&b, "bob", 0);
    for (uint32_t i = 1; i <= 20; i++)
        assert_int_equal(mail_box_store(box, m, i), i);
    assert_int_equal(m->refs, 21);
    assert_int_equal(box->used, 200);
    assert_true(mail_box_delete(box, 20));
    assert_true(mail_box_delete(box, 1));
    assert_true(mail_box_delete(box, 7));
    assert_false(mail_box_delete(box, 7));
    assert_false(mail_box_delete(box, 0));
    assert_false(mail_box_delete(box, 21));
    assert_int_equal(box->inbox->n, 17);
    assert_int_equal(box->used, 170);
    assert_int_equal(mail_box_store(box, m, 0), 21);
    for (unsigned i = 1; i < box->inbox->n; i++)
        assert_true(box->inbox->messages[i - 1].uid < box->inbox->messages[i].uid);
    mail_box_clear(box);
    assert_int_equal(box->inbox->n, 0);
    assert_int_equal(box->used, 0);
    assert_int_equal(box->stored, 21);
    assert_int_equal(mail_box_store(box, m, 0), 22);
    mail_boxes_release(&b);
    assert_int_equal(m->refs, 1);
    mail_message_unref(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_box_is_found_by_user),
        cmocka_unit_test(test_box_room),
        cmocka_unit_test(test_box_uids_are_never_used_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
