#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <glib.h>

#include "core/front.h"
#include "core/rng.h"

static sim_time equal(struct rng *r, size_t i)
{
    return (void)r, (void)i, 7;
}
static sim_time rising(struct rng *r, size_t i)
{
    return (void)r, (sim_time)i / 3;
}
static sim_time falling(struct rng *r, size_t i)
{
    return (void)r, SIM_SECOND - (sim_time)i / 3;
}
static sim_time even(struct rng *r, size_t i)
{
    return (void)i, SIM_DAY + rng_below(r, 1 << 21);
}
static sim_time few_values(struct rng *r, size_t i)
{
    return (void)i, rng_below(r, 5);
}
static sim_time crowded(struct rng *r, size_t i)
{
    return i % 100 == 0 ? SIM_DAY : rng_below(r, 100000);
}
static sim_time any_scale(struct rng *r, size_t i)
{
    return (void)i, (sim_time)(rng_next(r) >> (1 + rng_below(r, 60)));
}
static sim_time both_ends(struct rng *r, size_t i)
{
    return (void)i, rng_below(r, 2) == 0 ? 0 : SIM_NEVER - 1;
}

static const struct {
    const char *name;
    sim_time (*when)(struct rng *r, size_t i);
} shapes[] = {
    { "equal", equal },         { "rising", rising },         { "falling", falling },
    { "even", even },           { "few values", few_values }, { "crowded", crowded },
    { "any scale", any_scale }, { "both ends", both_ends },
};

static void check_order(const char *name, struct front *f, size_t n)
{
    struct entry last = { .when = -1 };

    for (size_t i = 0; i < n; i++) {
        struct entry e = *front_head(f);

        if (e.when < last.when || (e.when == last.when && e.cause < last.cause))
            fail_msg("%s, %zu: number %zu is out of order", name, n, i);
        last = e;
        front_pop(f);
    }
    assert_int_equal(front_head(f)->when, SIM_NEVER);
}

static void test_front_sorts_runs_stably(void **state)
{
    static const size_t sizes[] = { 0, 1, 2, 15, 16, 17, 40, 255, 256, 1000, 4096, 20000 };
    struct front f;
    struct rng r;

    (void)state;
    front_init(&f);
    rng_init(&r, 1, SPAN("sort"));
    for (size_t s = 0; s < G_N_ELEMENTS(shapes); s++) {
        for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
            front_clear_run(&f);
            for (size_t k = 0; k < sizes[i]; k++) {
                entries_reserve(&f.run, k + 1);
                f.run.at[f.run.n++] = (struct entry){ .when = shapes[s].when(&r, k), .cause = k };
            }
            front_sort_run(&f);
            assert_int_equal(front_run_left(&f), sizes[i]);
            check_order(shapes[s].name, &f, sizes[i]);
        }
    }
    front_release(&f);
}

/* Half in the run, half in the heap: those of the run first where times are equal. */
static void test_front_merges_run_and_heap(void **state)
{
    enum { N = 3000 };
    struct front f;
    struct rng r;

    (void)state;
    front_init(&f);
    rng_init(&r, 1, SPAN("merge"));
    for (size_t s = 0; s < G_N_ELEMENTS(shapes); s++) {
        front_clear_run(&f);
        entries_reserve(&f.run, N);
        for (size_t k = 0; k < N; k++)
            f.run.at[f.run.n++] = (struct entry){ .when = shapes[s].when(&r, k), .cause = k };
        front_sort_run(&f);
        for (size_t k = 0; k < N; k++)
            front_push(&f, &(struct entry){ .when = shapes[s].when(&r, k), .cause = N + k });
        check_order(shapes[s].name, &f, 2 * N);
        assert_int_equal(f.heap_n, 0);
    }
    front_release(&f);
}

static void test_front_takes_all_in_order_of_scheduling(void **state)
{
    enum { N = 500 };
    struct front f;
    struct entries all = { 0 };
    struct rng r;

    (void)state;
    front_init(&f);
    rng_init(&r, 1, SPAN("all"));
    for (int round = 0; round < 3; round++) {
        front_clear_run(&f);
        entries_reserve(&f.run, N);
        for (size_t k = 0; k < N; k++)
            f.run.at[f.run.n++] = (struct entry){ .when = few_values(&r, k), .cause = k };
        front_sort_run(&f);
        for (size_t k = 0; k < N; k++)
            front_push(&f, &(struct entry){ .when = few_values(&r, k), .cause = N + k });
        for (int k = 0; k < 300; k++)
            front_pop(&f);
        all.n = 0;
        front_take_all(&f, &all);
        assert_int_equal(all.n, 2 * N - 300);
        for (size_t k = 0; k < all.n; k++)
            for (size_t j = k + 1; j < all.n; j++)
                if (all.at[k].when == all.at[j].when && all.at[k].cause > all.at[j].cause)
                    fail_msg("%zu and %zu", k, j);
        assert_int_equal(front_head(&f)->when, SIM_NEVER);
    }
    g_free(all.at);
    front_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_front_sorts_runs_stably),
        cmocka_unit_test(test_front_merges_run_and_heap),
        cmocka_unit_test(test_front_takes_all_in_order_of_scheduling),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
