/* The account of mail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mail/ledger.h"

static void test_ledger_counts_fates(void **state)
{
    struct mail_ledger *l = mail_ledger_new();
    struct mail_ledger_key k[500];
    struct mail_totals t;

    (void)state;
    for (int i = 0; i < 500; i++)
        k[i] = mail_ledger_open(l, false);
    for (int i = 0; i < 400; i++)
        mail_ledger_close(l, &k[i], (enum mail_fate)(i % 4));
    mail_ledger_count_report(l, false);
    mail_ledger_count_lost(l);
    mail_ledger_count_lost(l);
    t = mail_ledger_totals(l);
    assert_int_equal(t.accepted, 500);
    assert_int_equal(t.delivered, 100);
    assert_int_equal(t.relayed, 100);
    assert_int_equal(t.bounced, 100);
    assert_int_equal(t.dropped, 100);
    assert_int_equal(t.queued, 100);
    assert_int_equal(t.reports, 1);
    assert_int_equal(t.lost, 2);
    mail_ledger_free(&l);
    assert_null(l);
}

/* A slot that is used again does not revive the key that had it before. */
static void test_ledger_keys_are_used_once(void **state)
{
    struct mail_ledger *l = mail_ledger_new();
    struct mail_ledger_key first = mail_ledger_open(l, false), copy = first, second;

    (void)state;
    assert_true(mail_ledger_is_open(l, first));
    mail_ledger_close(l, &first, MAIL_DELIVERED);
    assert_false(mail_ledger_is_open(l, first));
    assert_false(mail_ledger_is_open(l, copy));
    second = mail_ledger_open(l, false);
    assert_int_equal(second.slot, copy.slot);
    assert_false(mail_ledger_is_open(l, copy));
    assert_true(mail_ledger_is_open(l, second));
    assert_false(mail_ledger_is_open(l, (struct mail_ledger_key){ 0 }));
    assert_false(mail_ledger_is_open(l, (struct mail_ledger_key){ 99, 1 }));
    mail_ledger_free(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ledger_counts_fates),
        cmocka_unit_test(test_ledger_keys_are_used_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
