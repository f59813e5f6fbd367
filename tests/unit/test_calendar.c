#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <glib.h>

#include "core/calendar.h"
#include "core/rng.h"

/* In `cause` an entry has its number, so that order can be told. */
static int in_order(const void *a, const void *b, void *unused)
{
    const struct entry *x = a, *y = b;

    (void)unused;
    if (x->when != y->when)
        return x->when < y->when ? -1 : 1;
    return (x->cause > y->cause) - (x->cause < y->cause);
}

struct bench {
    struct calendar calendar;
    GTree *model;
    struct rng rng;
    sim_time now;
    uint64_t seq;
};

static void put(struct bench *b, sim_time when)
{
    struct entry e = { .when = when, .cause = ++b->seq }, *copy = g_new(struct entry, 1);

    *copy = e;
    calendar_put(&b->calendar, &e);
    g_tree_insert(b->model, copy, copy);
}

static const struct entry *first(struct bench *b)
{
    GTreeNode *node = g_tree_node_first(b->model);

    return node != NULL ? g_tree_node_key(node) : NULL;
}

/* Everything before the end of the bucket is in it, once, and equal times in the order of putting. */
static void check_bucket(const char *name, struct bench *b, const struct entries *got, uint64_t end)
{
    unsigned shift = b->calendar.tiers[0].shift;

    for (size_t i = 0; i < got->n; i++) {
        const struct entry *e = &got->at[i];

        if ((uint64_t)e->when >> shift != (end - 1) >> shift)
            fail_msg("%s: %" PRId64 " is not in the bucket that ends at %" PRIu64, name, e->when, end);
        for (size_t k = i; k-- > 0;)
            if (got->at[k].when == e->when && got->at[k].cause > e->cause)
                fail_msg("%s: two at %" PRId64 " changed places", name, e->when);
        if (!g_tree_remove(b->model, e))
            fail_msg("%s: entry %" PRIu64 " came twice", name, e->cause);
    }
    if (first(b) != NULL && (uint64_t)first(b)->when < end)
        fail_msg("%s: one at %" PRId64 " is missing before %" PRIu64, name, first(b)->when, end);
}

static sim_time any_scale(struct rng *r, int bits)
{
    return (sim_time)(rng_next(r) >> (64 - bits) >> rng_below(r, (uint32_t)bits));
}

static void test_calendar_gives_buckets_in_order(void **state)
{
    static const struct {
        const char *name;
        unsigned shift;
        int bits;      /* delays are below 2^bits, of any scale */
        unsigned keep; /* entries to keep in it */
        sim_time start;
    } rows[] = {
        { "1 ns, near", 0, 8, 50, 0 },
        { "1 ns, through the first tier", 0, 12, 20, 0 },
        { "1 ns, through two tiers", 0, 16, 20, 0 },
        { "1 ns, through two tiers, many", 0, 16, 300, 12345 },
        { "1 ns, three tiers", 0, 28, 20, 0 },
        { "1 ns, four tiers", 0, 40, 20, 0 },
        { "1 ns, all tiers", 0, 62, 20, 0 },
        { "1 us, two tiers", 10, 26, 50, 999999 },
        { "1 us, all tiers", 10, 62, 100, 1 },
        { "1 ms, all tiers", 20, 62, 100, 0 },
        { "the widest", CALENDAR_SHIFT_MAX, 62, 100, 0 },
        { "late in time", 7, 30, 50, INT64_C(1) << 61 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct bench b = { .model = g_tree_new_full(in_order, NULL, g_free, NULL), .now = rows[i].start };
        struct entries got = { 0 };
        uint64_t end = 0;
        int taken = 0;

        rng_init(&b.rng, 1, span_of(rows[i].name));
        calendar_init(&b.calendar);
        calendar_start(&b.calendar, b.now, rows[i].shift, NULL, NULL);
        for (unsigned rounds = 0; rounds < 20000 && b.now < SIM_NEVER / 4 * 3; rounds++) {
            while ((unsigned)g_tree_nnodes(b.model) < rows[i].keep)
                put(&b, b.now + any_scale(&b.rng, MIN(rows[i].bits, 61)));

            sim_time start = first(&b)->when >> rows[i].shift << rows[i].shift;

            /* Not before its time; and then what has been passed over is no longer used, but `until` is. */
            got.n = 0;
            if (start > b.now && rng_below(&b.rng, 4) == 0) {
                assert_false(calendar_take(&b.calendar, start - 1, &got, &end));
                b.now = start - 1;
                put(&b, b.now + any_scale(&b.rng, MIN(rows[i].bits, 61)));
                start = first(&b)->when >> rows[i].shift << rows[i].shift;
            }
            assert_true(calendar_take(&b.calendar, MAX(start, b.now), &got, &end));
            assert_true(got.n > 0);
            check_bucket(rows[i].name, &b, &got, end);
            assert_int_equal(b.calendar.n, g_tree_nnodes(b.model));
            b.now = (sim_time)end;
            taken++;
        }
        assert_true(taken > 30);
        calendar_release(&b.calendar);
        g_free(got.at);
        g_tree_unref(b.model);
    }
}

static bool is_odd(const void *self, const struct entry *e)
{
    (void)self;
    return e->cause % 2 == 1;
}

/* Other widths at any moment; equal times stay in order, and half of them are dropped each time. */
static void test_calendar_starts_anew_while_full(void **state)
{
    static const unsigned shifts[] = { 10, 0, 20, 3, CALENDAR_SHIFT_MAX, 12 };
    struct bench b = { .model = g_tree_new_full(in_order, NULL, g_free, NULL) };
    struct entries got = { 0 };
    uint64_t end;

    (void)state;
    rng_init(&b.rng, 1, SPAN("anew"));
    calendar_init(&b.calendar);
    calendar_start(&b.calendar, 0, 15, NULL, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(shifts); i++) {
        GPtrArray *odd = g_ptr_array_new();

        for (int k = 0; k < 2000; k++)
            put(&b, b.now + (any_scale(&b.rng, 40) & ~INT64_C(7)));
        for (GTreeNode *n = g_tree_node_first(b.model); n != NULL; n = g_tree_node_next(n))
            if (is_odd(NULL, g_tree_node_key(n)))
                g_ptr_array_add(odd, g_tree_node_key(n));
        for (unsigned k = 0; k < odd->len; k++)
            g_tree_remove(b.model, odd->pdata[k]);
        g_ptr_array_unref(odd);

        calendar_start(&b.calendar, b.now, shifts[i], is_odd, NULL);
        assert_int_equal(b.calendar.n, g_tree_nnodes(b.model));
        for (int k = 0; k < 20 && first(&b) != NULL; k++) {
            got.n = 0;
            assert_true(calendar_take(&b.calendar, SIM_NEVER, &got, &end));
            check_bucket("anew", &b, &got, end);
            b.now = (sim_time)MIN(end, (uint64_t)SIM_NEVER / 2);
        }
    }
    for (int k = 0; k < 1000; k++)
        put(&b, b.now + any_scale(&b.rng, 60));
    got.n = 0;
    calendar_take_all(&b.calendar, &got);
    assert_int_equal(got.n, g_tree_nnodes(b.model));
    assert_int_equal(b.calendar.n, 0);
    calendar_release(&b.calendar);
    g_free(got.at);
    g_tree_unref(b.model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calendar_gives_buckets_in_order),
        cmocka_unit_test(test_calendar_starts_anew_while_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
