#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

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
    sim_time (*delay)(struct world *w);
    unsigned cancel_percent; /* of events that cancel another one */
    unsigned zero_percent;   /* of events that are scheduled for now */
    bool storms;             /* all events are timers, and now and then all but a few are cancelled */
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

static void on_event(void *self);

static void schedule_one(struct world *w)
{
    struct event *e = g_new0(struct event, 1);

    e->world = w;
    e->seq = ++w->seq;
    e->when = sched_now(w->sched);
    if (rng_below(&w->rng, 100) >= w->zero_percent)
        e->when += w->delay(w);
    e->is_timer = w->storms || rng_below(&w->rng, 2) == 0;
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
    g_free(e);
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
    g_free(e);

    size_t pending = (size_t)g_tree_nnodes(w->model);
    unsigned n = pending < w->keep ? 1 + rng_below(&w->rng, 3) : rng_below(&w->rng, 3);

    for (unsigned i = 0; i < n; i++)
        schedule_one(w);
    if (rng_below(&w->rng, 100) < w->cancel_percent)
        cancel_one(w);
    if (w->storms && rng_below(&w->rng, 4000) == 0)
        while (w->timers->len > 5)
            cancel_one(w);
    assert_int_equal(sched_pending(w->sched), g_tree_nnodes(w->model));
}

static sim_time exponential(struct world *w)
{
    return rng_exponential(&w->rng, 10 * SIM_MS);
}
static sim_time constant(struct world *w)
{
    (void)w;
    return 10 * SIM_MS;
}
static sim_time none(struct world *w)
{
    (void)w;
    return 0;
}
static sim_time coarse(struct world *w)
{
    return rng_below(&w->rng, 4) * SIM_SECOND;
}
static sim_time few_ns(struct world *w)
{
    return rng_below(&w->rng, 8);
}
static sim_time a_year(struct world *w)
{
    return 365 * SIM_DAY + rng_below(&w->rng, 3);
}
static sim_time pareto(struct world *w)
{
    uint64_t u = rng_below(&w->rng, 1u << 20) + 1; /* 1 / u: a tail as heavy as tails get */

    return (sim_time)((UINT64_C(1) << 50) / u / u);
}
static sim_time dns(struct world *w)
{
    unsigned p = rng_below(&w->rng, 100);

    return p < 90   ? 5 * SIM_MS + rng_below(&w->rng, 45 * SIM_MS)
           : p < 99 ? 5 * SIM_SECOND
                    : (1 + rng_below(&w->rng, 5)) * SIM_MINUTE;
}
static sim_time any_scale(struct world *w)
{
    return (sim_time)(rng_next(&w->rng) >> (16 + rng_below(&w->rng, 47)));
}
static sim_time bursts(struct world *w)
{
    return rng_below(&w->rng, 50) == 0 ? SIM_SECOND : rng_below(&w->rng, 1000);
}

/* Spells of microseconds and of minutes: the width of the buckets is never right for long. */
static sim_time by_turns(struct world *w)
{
    return rng_below(&w->rng, 1000) * (w->ran / 8192 % 2 == 0 ? SIM_US : SIM_MINUTE);
}

static void test_sched_agrees_with_model(void **state)
{
    static const struct {
        const char *name;
        sim_time (*delay)(struct world *w);
        unsigned start, keep, cancel_percent, zero_percent;
        unsigned events;
        bool storms;
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
        { "microseconds and minutes", by_turns, 3000, 3000, 30, 2, 60000 },
        { "microseconds and minutes, timers", by_turns, 3000, 3000, 80, 2, 60000 },
        { "a handful", exponential, 3, 3, 60, 10, 20000 },
        { "a handful, any scale", any_scale, 6, 6, 60, 10, 20000 },
        { "storms", exponential, 3000, 3000, 10, 0, 60000, true },
        { "storms, any scale", any_scale, 1000, 1000, 10, 0, 60000, true },
        { "storms, at one time", constant, 3000, 3000, 10, 0, 60000, true },
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
            .storms = rows[i].storms,
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

/* ---- one promise after the other ---- */

struct log {
    struct sched *sched;
    GString *text; /* a letter for each event that ran */
};

struct letter {
    struct log *log;
    char letter;
    sim_time again_after; /* when it has run, it becomes `again` and runs once more, so much later */
    char again;           /* 0: it doesn't */
};

static void on_letter(void *self)
{
    struct letter *l = self;

    g_string_append_c(l->log->text, l->letter);
    if (l->again != 0) {
        l->letter = l->again;
        l->again = 0;
        sched_post(l->log->sched, sched_now(l->log->sched) + l->again_after, on_letter, l);
    }
}

static int set_up(void **state)
{
    struct log *log = g_new0(struct log, 1);

    log->sched = sched_new();
    log->text = g_string_new(NULL);
    *state = log;
    return 0;
}

static int tear_down(void **state)
{
    struct log *log = *state;

    sched_free(&log->sched);
    g_string_free(log->text, TRUE);
    g_free(log);
    return 0;
}

static void run_all(struct sched *s)
{
    while (sched_step(s, SIM_NEVER))
        ;
}

static void test_sched_keeps_equal_times_in_order(void **state)
{
    struct log *log = *state;
    struct letter l[] = { { log, 'a' }, { log, 'b' }, { log, 'c' }, { log, 'd' }, { log, 'e' } };

    sched_at(log->sched, 2, on_letter, &l[3]);
    sched_post(log->sched, 1, on_letter, &l[0]);
    sched_at(log->sched, 1, on_letter, &l[1]);
    sched_post(log->sched, 2, on_letter, &l[4]);
    sched_post(log->sched, 1, on_letter, &l[2]);
    run_all(log->sched);
    assert_string_equal(log->text->str, "abcde");
}

/* An event that is scheduled for now by one that runs comes after those that were already there. */
static void test_sched_runs_new_events_of_now_last(void **state)
{
    struct log *log = *state;
    struct letter l[] = { { log, 'a', 0, 'x' }, { log, 'b', 0, 'y' }, { log, 'c', 1, 'z' }, { log, 'd' } };

    for (size_t i = 0; i < 3; i++)
        sched_post(log->sched, 5, on_letter, &l[i]);
    sched_post(log->sched, 6, on_letter, &l[3]);
    run_all(log->sched);
    assert_string_equal(log->text->str, "abcxydz");
    assert_int_equal(sched_now(log->sched), 6);
}

static void test_sched_stops_at_until(void **state)
{
    struct log *log = *state;
    struct sched *s = log->sched;
    struct letter l[] = { { log, 'a' }, { log, 'b' }, { log, 'c' } };

    sched_post(s, 10, on_letter, &l[0]);
    sched_post(s, 20, on_letter, &l[1]);
    assert_false(sched_step(s, 9));
    assert_int_equal(sched_now(s), 9);
    assert_true(sched_step(s, 10)); /* `until` itself is included */
    assert_int_equal(sched_now(s), 10);
    assert_false(sched_step(s, 15));
    assert_int_equal(sched_now(s), 15);
    assert_false(sched_step(s, 12)); /* the clock never goes back */
    assert_int_equal(sched_now(s), 15);
    assert_int_equal(sched_next(s), 20);
    assert_int_equal(sched_now(s), 15);
    sched_post(s, 15, on_letter, &l[2]); /* before what has been looked at */
    assert_int_equal(sched_next(s), 15);
    run_all(s);
    assert_string_equal(log->text->str, "acb");
    assert_int_equal(sched_now(s), 20); /* and not SIM_NEVER */
    assert_int_equal(sched_next(s), SIM_NEVER);
    assert_false(sched_step(s, 30));
    assert_int_equal(sched_now(s), 30);
    assert_int_equal(sched_count(s), 3);
}

static void test_sched_cancels_late_and_twice(void **state)
{
    struct log *log = *state;
    struct sched *s = log->sched;
    struct letter a = { log, 'a' }, b = { log, 'b' }, c = { log, 'c' };
    struct sched_handle none = { 0 }, first, first_copy, second, second_copy;

    assert_false(sched_is_pending(s, none));
    assert_false(sched_cancel(s, &none));

    first = first_copy = sched_at(s, 1, on_letter, &a);
    assert_true(first.generation != 0);
    assert_int_equal(sched_pending(s), 1);
    assert_true(sched_cancel(s, &first));
    assert_memory_equal(&first, &none, sizeof none);
    assert_false(sched_cancel(s, &first_copy)); /* twice */
    assert_int_equal(sched_pending(s), 0);
    assert_int_equal(sched_next(s), SIM_NEVER);

    /* The slot is used again: the old handle means nothing, and doesn't cancel the new event. */
    first = sched_at(s, 1, on_letter, &a);
    first_copy = first;
    assert_true(sched_cancel(s, &first));
    second = second_copy = sched_at(s, 2, on_letter, &b);
    assert_int_equal(second.slot, first_copy.slot);
    assert_false(sched_is_pending(s, first_copy));
    assert_false(sched_cancel(s, &first_copy));
    assert_true(sched_is_pending(s, second));
    run_all(s);
    assert_string_equal(log->text->str, "b");

    /* Late: it has run. */
    assert_false(sched_is_pending(s, second));
    assert_false(sched_cancel(s, &second));
    second = sched_at(s, 3, on_letter, &c);
    assert_false(sched_cancel(s, &second_copy));
    run_all(s);
    assert_string_equal(log->text->str, "bc");
    assert_int_equal(sched_count(s), 2);
}

/* What has been cancelled and freed is not looked at again (the address sanitizer would tell), wherever it
 * is: in the heap, in a run, in a bucket. */
static void test_sched_forgets_what_was_cancelled(void **state)
{
    enum { N = 3000 };
    struct log *log = *state;
    struct sched *s = log->sched;
    struct letter *l[N];
    struct sched_handle h[N];
    struct rng r;

    rng_init(&r, 1, SPAN("cancelled"));
    for (int i = 0; i < N; i++) {
        l[i] = g_new0(struct letter, 1);
        *l[i] = (struct letter){ log, 'a' };
        h[i] = sched_at(s, sched_now(s) + rng_below(&r, SIM_SECOND), on_letter, l[i]);
        if (i == N / 2)
            sched_step(s, SIM_NEVER);
    }
    for (int i = 0; i < N; i++) {
        sched_cancel(s, &h[i]);
        g_free(l[i]);
    }
    assert_int_equal(sched_pending(s), 0);
    run_all(s);
    assert_int_equal(log->text->len, 1);
}

static void on_cause(void *self)
{
    struct log *log = self;

    g_string_append_printf(log->text, "%" PRIu64 " ", sched_cause(log->sched));
    sched_set_cause(log->sched, 99); /* what it leaves behind is nobody's cause */
}

static void test_sched_carries_the_cause(void **state)
{
    struct log *log = *state;
    struct sched *s = log->sched;

    assert_int_equal(sched_cause(s), 0);
    sched_set_cause(s, 7);
    sched_at(s, 1, on_cause, log);
    sched_post(s, 1, on_cause, log);
    sched_set_cause(s, 8);
    sched_at(s, 1, on_cause, log);
    sched_set_cause(s, UINT64_MAX);
    sched_at(s, 1, on_cause, log);
    sched_set_cause(s, 9);
    run_all(s);
    assert_string_equal(log->text->str, "7 0 8 18446744073709551615 ");
}

/* Deadlines that are always put off, as TCP's are: neither the memory nor the time they take may grow. */
static void test_sched_stays_small_when_timers_are_put_off(void **state)
{
    struct log *log = *state;
    struct sched *s = log->sched;
    struct letter never = { log, '!' }, tick = { log, '.' };
    struct sched_handle h[100] = { 0 };
    size_t memory = 0;

    for (unsigned i = 0; i < 300000; i++) {
        sched_cancel(s, &h[i % 100]);
        h[i % 100] = sched_at(s, sched_now(s) + SIM_DAY, on_letter, &never);
        sched_post(s, sched_now(s) + SIM_US, on_letter, &tick);
        sched_step(s, SIM_NEVER);
        assert_int_equal(sched_pending(s), MIN(i + 1, 100));
        if (i == 10000)
            memory = sched_memory(s);
    }
    assert_true(sched_memory(s) <= memory);
    assert_true(sched_memory(s) < 1000000);
    assert_null(strchr(log->text->str, '!'));
}

/* Filled and emptied again and again, it takes no more than the first time. */
static void test_sched_memory_is_that_of_the_peak(void **state)
{
    struct log *log = *state;
    struct sched *s = log->sched;
    struct letter l = { log, '.' };
    size_t memory = 0;

    for (int round = 0; round < 10; round++) {
        struct rng r;

        rng_init(&r, 1, SPAN("peak"));
        for (int i = 0; i < 20000; i++)
            sched_post(s, sched_now(s) + rng_below(&r, SIM_SECOND), on_letter, &l);
        run_all(s);
        if (round == 1)
            memory = sched_memory(s);
    }
    assert_true(sched_memory(s) <= memory + memory / 4);
    assert_int_equal(log->text->len, 200000);
}

static void test_sched_reaches_the_end_of_time(void **state)
{
    struct log *log = *state;
    struct sched *s = log->sched;
    struct letter l[] = { { log, 'a' }, { log, 'b' }, { log, 'c' } }, many = { log, '.' };

    sched_post(s, SIM_NEVER - 1, on_letter, &l[1]);
    sched_post(s, SIM_NEVER - 2, on_letter, &l[0]);
    for (int i = 0; i < 100; i++)
        sched_post(s, i, on_letter, &many);
    sched_post(s, SIM_NEVER - 1, on_letter, &l[2]);
    run_all(s);
    assert_string_equal(log->text->str + 100, "abc");
    assert_int_equal(sched_now(s), SIM_NEVER - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sched_agrees_with_model),
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        CASE(test_sched_keeps_equal_times_in_order),
        CASE(test_sched_runs_new_events_of_now_last),
        CASE(test_sched_stops_at_until),
        CASE(test_sched_cancels_late_and_twice),
        CASE(test_sched_forgets_what_was_cancelled),
        CASE(test_sched_carries_the_cause),
        CASE(test_sched_stays_small_when_timers_are_put_off),
        CASE(test_sched_memory_is_that_of_the_peak),
        CASE(test_sched_reaches_the_end_of_time),
#undef CASE
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
