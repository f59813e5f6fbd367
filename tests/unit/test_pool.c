#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "core/pool.h"

static void test_pool_rounds_the_size_up(void **state)
{
    static const struct {
        size_t asked, size;
    } rows[] = { { 0, 16 },    { 1, 16 },      { 16, 16 },          { 17, 32 },
                 { 100, 112 }, { 5000, 5008 }, { 1 << 20, 1 << 20 } };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct pool p;

        pool_init(&p, rows[i].asked);
        if (p.size != rows[i].size)
            fail_msg("%zu became %zu", rows[i].asked, p.size);
        for (int k = 0; k < 10; k++) {
            void *object = pool_take(&p);

            assert_int_equal((uintptr_t)object % 16, 0);
            memset(object, k, rows[i].asked); /* all of it is ours: the sanitizer agrees */
        }
        pool_release(&p);
    }
}

static void test_pool_hands_out_the_last_given_first(void **state)
{
    struct pool p;
    void *a, *b, *c;

    (void)state;
    pool_init(&p, 24);
    a = pool_take(&p);
    b = pool_take(&p);
    c = pool_take(&p);
    assert_ptr_equal(b, (char *)a + 32); /* and at first in the order of addresses */
    assert_ptr_equal(c, (char *)b + 32);
    pool_give(&p, a);
    pool_give(&p, c);
    pool_give(&p, NULL);
    assert_int_equal(p.live, 1);
    assert_int_equal(p.peak, 3);
    assert_ptr_equal(pool_take(&p), c);
    assert_ptr_equal(pool_take(&p), a);
    assert_int_equal(p.live, 3);
    pool_release(&p);
    pool_release(&p); /* again does nothing */
    assert_int_equal(p.live, 0);
    a = pool_take(&p); /* and it can be used anew */
    assert_non_null(a);
    pool_release(&p);
}

/* Many objects at once are all apart, keep what is in them, and don't take more memory the second time. */
static void test_pool_keeps_objects_apart(void **state)
{
    enum { N = 20000, SIZE = 40 };
    struct pool p;
    g_autofree unsigned char **objects = g_new(unsigned char *, N);
    struct pool_item *slabs = NULL;

    (void)state;
    pool_init(&p, SIZE);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < N; i++) {
            objects[i] = pool_take(&p);
            memset(objects[i], i * 31 + round, SIZE);
        }
        if (round == 0)
            slabs = p.slabs;
        assert_ptr_equal(p.slabs, slabs);
        for (int i = 0; i < N; i++) {
            for (int k = 0; k < SIZE; k++)
                if (objects[i][k] != (unsigned char)(i * 31 + round))
                    fail_msg("object %d, octet %d", i, k);
            pool_give(&p, objects[i]);
        }
        assert_int_equal(p.live, 0);
        assert_int_equal(p.peak, N);
    }
    pool_release(&p);
}

static void test_pool_poisons_what_was_given_back(void **state)
{
    (void)state;
#ifdef CORE_POOL_SANITIZED
    struct pool p;

    pool_init(&p, 48);

    char *a = pool_take(&p), *b = pool_take(&p);

    assert_false(__asan_address_is_poisoned(a));
    assert_true(__asan_address_is_poisoned(b + 48)); /* never handed out */
    pool_give(&p, a);
    for (int i = 0; i < 48; i++)
        assert_true(__asan_address_is_poisoned(a + i));
    assert_false(__asan_address_is_poisoned(b));
    assert_ptr_equal(pool_take(&p), a);
    assert_false(__asan_address_is_poisoned(a));
    pool_release(&p);
#else
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pool_rounds_the_size_up),
        cmocka_unit_test(test_pool_hands_out_the_last_given_first),
        cmocka_unit_test(test_pool_keeps_objects_apart),
        cmocka_unit_test(test_pool_poisons_what_was_given_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
