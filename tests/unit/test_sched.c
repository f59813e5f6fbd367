#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <glib.h>

#include "core/rng.h"
#include "core/sched.h"

/* ---- against a model: a balanced tree in (time, insertion) order ---- */

struct event {
    struct world *world;
    sim_time when;
    uint64_t seq;
    uint64_t cause;
    bool ran;
    bool is_timer;
    struct sched_handle handle;
    unsigned index; /* in world.timers */
};

struct world {
    const char *name;
    struct sched *sched;
    struct rng rng;
    GTree *model;      /* of struct event, what is to come */
    GPtrArray *timers; /* of struct event that may be cancelled; some have run or been cancelled already */
    sim_time (*delay)(struct rng *r);
    unsigned cancel_percent; /* of events that cancel another one */
    unsigned zero_percent;   /* of events that are scheduled for now */
    uint64_t seq, ran;
    size_t keep; /* pending events to aim at */
};

static int in_order(const void *a, const void *b, void *unused)
{
    const struct event *x = a, *y = b;

    (void)unused;
    if (x->when != y->when)
        return x->when < y->when ? -1 : 1;
    return (x->seq > y->seq) - (x->seq < y->seq);
}

static void free_event(void *event)
{
    /* What is freed must not be touched again: the sanitizer watches. */
    g_free(event);
}

static void on_event(void *self);

static void schedule_one(struct world *w)
{
    struct event *e = g_new0(struct event, 1);

    e->world = w;
    e->seq = ++w->seq;
    e->when = sched_now(w->sched);
    if (rng_below(&w->rng, 100) >= w->zero_percent)
        e->when += w->delay(&w->rng);
    e->is_timer = rng_below(&w->rng, 2) == 0;
    if (e->is_timer) {
        e->cause = rng_below(&w->rng, 1000);
        sched_set_cause(w->sched, e->cause);
        e->handle = sched_at(w->sched, e->when, on_event, e);
        assert_true(sched_is_pending(w->sched, e->handle));
        e->index = w->timers->len;
        g_ptr_array_add(w->timers, e);
    } else {
        sched_set_cause(w->sched, 77);
        sched_post(w->sched, e->when, on_event, e);
    }
    g_tree_insert(w->model, e, e);
}

static void forget_timer(struct world *w, struct event *e)
{
    if (!e->is_timer)
        return;

    struct event *last = w->timers->pdata[w->timers->len - 1];

    last->index = e->index;
    w->timers->pdata[e->index] = last;
    g_ptr_array_set_size(w->timers, (int)w->timers->len - 1);
}

static void cancel_one(struct world *w)
{
    if (w->timers->len == 0)
        return;

    struct event *e = w->timers->pdata[rng_below(&w->rng, w->timers->len)];
    struct sched_handle copy = e->handle;

    assert_true(sched_is_pending(w->sched, e->handle));
    assert_true(sched_cancel(w->sched, &e->handle));
    assert_int_equal(e->handle.slot, 0);
    assert_int_equal(e->handle.generation, 0);
    assert_false(sched_is_pending(w->sched, copy));
    assert_false(sched_cancel(w->sched, &copy));
    forget_timer(w, e);
    g_tree_remove(w->model, e);
    free_event(e);
}

static void on_event(void *self)
{
    struct event *e = self;
    struct world *w = e->world;
    struct event *first = g_tree_node_key(g_tree_node_first(w->model));

    if (e != first)
        fail_msg("%s: event %" PRIu64 " at %" PRId64 " ran; %" PRIu64 " at %" PRId64 " was first", w->name,
                 e->seq, e->when, first->seq, first->when);
    assert_int_equal(sched_now(w->sched), e->when);
    assert_int_equal(sched_cause(w->sched), e->cause);
    w->ran++;
    assert_int_equal(sched_count(w->sched), w->ran);
    g_tree_remove(w->model, e);

    struct sched_handle late = e->handle;

    assert_false(e->is_timer && sched_is_pending(w->sched, late));
    assert_false(sched_cancel(w->sched, &late));
    forget_timer(w, e);
    free_event(e);

    size_t pending = (size_t)g_tree_nnodes(w->model);
    unsigned n = pending < w->keep ? 1 + rng_below(&w->rng, 3) : rng_below(&w->rng, 3);

    for (unsigned i = 0; i < n; i++)
        schedule_one(w);
    if (rng_below(&w->rng, 100) < w->cancel_percent)
        cancel_one(w);
    assert_int_equal(sched_pending(w->sched), g_tree_nnodes(w->model));
}

static sim_time exponential(struct rng *r)
{
    return rng_exponential(r, 10 * SIM_MS);
}
static sim_time constant(struct rng *r)
{
    (void)r;
    return 10 * SIM_MS;
}
static sim_time none(struct rng *r)
{
    (void)r;
    return 0;
}
static sim_time coarse(struct rng *r)
{
    return rng_below(r, 4) * SIM_SECOND;
}
static sim_time few_ns(struct rng *r)
{
    return rng_below(r, 8);
}
static sim_time a_year(struct rng *r)
{
    return 365 * SIM_DAY + rng_below(r, 3);
}
static sim_time pareto(struct rng *r)
{
    uint64_t u = rng_below(r, 1u << 20) + 1; /* 1 / u: a tail as heavy as tails get */

    return (sim_time)((UINT64_C(1) << 50) / u / u);
}
static sim_time dns(struct rng *r)
{
    unsigned p = rng_below(r, 100);

    return p < 90   ? 5 * SIM_MS + rng_below(r, 45 * SIM_MS)
           : p < 99 ? 5 * SIM_SECOND
                    : (1 + rng_below(r, 5)) * SIM_MINUTE;
}
static sim_time any_scale(struct rng *r)
{
    return (sim_time)(rng_next(r) >> (16 + rng_below(r, 47)));
}
static sim_time bursts(struct rng *r)
{
    return rng_below(r, 50) == 0 ? SIM_SECOND : rng_below(r, 1000);
}

static void test_sched_agrees_with_model(void **state)
{
    static const struct {
        const char *name;
        sim_time (*delay)(struct rng *r);
        unsigned start, keep, cancel_percent, zero_percent;
        unsigned events;
    } rows[] = {
        { "exponential, few", exponential, 10, 10, 20, 5, 20000 },
        { "exponential, at the edge of the heap", exponential, 150, 150, 10, 1, 40000 },
        { "exponential, more", exponential, 1000, 1000, 30, 1, 40000 },
        { "exponential, many", exponential, 20000, 20000, 30, 1, 60000 },
        { "exponential, growing", exponential, 1, 30000, 10, 0, 60000 },
        { "exponential, shrinking", exponential, 30000, 10, 60, 0, 60000 },
        { "constant", constant, 3000, 3000, 30, 0, 40000 },
        { "constant, all but none", constant, 3000, 3000, 30, 50, 40000 },
        { "no delay at all", none, 3000, 3000, 30, 0, 40000 },
        { "whole seconds", coarse, 5000, 5000, 30, 10, 40000 },
        { "a few ns", few_ns, 5000, 5000, 30, 10, 40000 },
        { "a year", a_year, 300, 300, 30, 0, 30000 },
        { "a year, many", a_year, 3000, 3000, 30, 0, 30000 },
        { "heavy tail, few", pareto, 100, 100, 30, 5, 30000 },
        { "heavy tail, many", pareto, 10000, 10000, 30, 5, 50000 },
        { "DNS-like, few", dns, 100, 100, 50, 5, 30000 },
        { "DNS-like, many", dns, 10000, 10000, 50, 5, 50000 },
        { "any scale", any_scale, 1000, 1000, 30, 5, 40000 },
        { "any scale, many", any_scale, 20000, 20000, 30, 5, 40000 },
        { "bursts", bursts, 500, 500, 30, 5, 40000 },
        { "bursts, many", bursts, 20000, 20000, 30, 5, 40000 },
        { "mostly cancelled", exponential, 5000, 5000, 90, 0, 40000 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct world w = {
            .name = rows[i].name,
            .sched = sched_new(),
            .model = g_tree_new_full(in_order, NULL, NULL, NULL),
            .timers = g_ptr_array_new(),
            .delay = rows[i].delay,
            .cancel_percent = rows[i].cancel_percent,
            .zero_percent = rows[i].zero_percent,
            .keep = rows[i].keep,
        };
        rng_init(&w.rng, 1, span_of(w.name));
        for (unsigned n = 0; n < rows[i].start; n++)
            schedule_one(&w);
        while (w.ran < rows[i].events) {
            sim_time before = sched_now(w.sched);
            struct event *first = g_tree_nnodes(w.model) > 0 ? g_tree_node_key(g_tree_node_first(w.model))
                                                             : NULL;

            if (first == NULL) {
                assert_int_equal(sched_next(w.sched), SIM_NEVER);
                assert_false(sched_step(w.sched, SIM_NEVER));
                assert_int_equal(sched_now(w.sched), before);
                schedule_one(&w);
                continue;
            }
            /* Ask for the next now and then only, since asking moves it to the front. */
            if (rng_below(&w.rng, 10) == 0)
                assert_int_equal(sched_next(w.sched), first->when);
            if (rng_below(&w.rng, 10) == 0 && first->when > before) {
                sim_time until = before + (first->when - before) / 2;

                assert_false(sched_step(w.sched, until));
                assert_int_equal(sched_now(w.sched), until);
                if (rng_below(&w.rng, 2) == 0)
                    schedule_one(&w);
                first = g_tree_node_key(g_tree_node_first(w.model));
            }
            assert_true(sched_step(w.sched, first->when));
        }
        /* Run dry, with nothing new but what a few events still add. */
        w.keep = 0;
        w.delay = none;
        while (g_tree_nnodes(w.model) > 0) {
            while (w.timers->len > 10 && rng_below(&w.rng, 2) == 0)
                cancel_one(&w);
            if (!sched_step(w.sched, SIM_NEVER))
                fail_msg("%s: nothing left, but %d in the model", w.name, g_tree_nnodes(w.model));
        }
        assert_int_equal(sched_pending(w.sched), 0);
        assert_int_equal(w.timers->len, 0);
        g_tree_unref(w.model);
        g_ptr_array_unref(w.timers);
        sched_free(&w.sched);
        assert_null(w.sched);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sched_agrees_with_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
