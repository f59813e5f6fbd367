/* The event queue (sim/core/sched.h) beside a plain binary heap.
 *
 * The hold model: so many events pending, and each that runs schedules one more. "post" events are never
 * cancelled. "timer" events are, and half of those that run also cancel another, picked at random, and
 * schedule it anew. Both queues begin in the steady state, or it would take the long delays minutes of
 * virtual time to get there, and both draw the same delays from a table, so that only the queue is measured.
 */
#include "bench.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "core/rng.h"
#include "core/sched.h"

/* ---- the heap to compare with: what one writes first ---- */

struct heap_entry {
    sim_time when;
    uint64_t seq;
    sched_fn *run;
    uint32_t timer, generation; /* stale when the timer's generation has moved on */
};
_Static_assert(sizeof(struct heap_entry) == 32, "as in performance comparisons elsewhere");

struct heap {
    struct heap_entry *at;
    size_t n, room;
    uint64_t seq;
    sim_time now;
};

static inline bool before(const struct heap_entry *a, const struct heap_entry *b)
{
    return a->when != b->when ? a->when < b->when : a->seq < b->seq;
}

static void heap_push(struct heap *h, struct heap_entry e)
{
    if (h->n == h->room) {
        h->room = MAX(2 * h->room, 64);
        h->at = g_renew(struct heap_entry, h->at, h->room);
    }
    e.seq = h->seq++;

    size_t i = h->n++;

    for (size_t up; i > 0 && before(&e, &h->at[up = (i - 1) / 2]); i = up)
        h->at[i] = h->at[up];
    h->at[i] = e;
}

static struct heap_entry heap_pop(struct heap *h)
{
    struct heap_entry first = h->at[0], last = h->at[--h->n];
    size_t i = 0;

    for (size_t child; (child = 2 * i + 1) < h->n; i = child) {
        if (child + 1 < h->n && before(&h->at[child + 1], &h->at[child]))
            child++;
        if (!before(&h->at[child], &last))
            break;
        h->at[i] = h->at[child];
    }
    h->at[i] = last;
    return first;
}

/* ---- the load on either ---- */

enum { DELAYS = 1 << 16 };

struct load;

struct timer {
    struct load *load;
    struct sched_handle handle; /* the heap uses its generation alone */
};

struct load {
    sim_time delays[DELAYS];
    size_t next_delay;
    uint64_t pick;
    size_t n;
    struct timer *timers;
    struct sched *sched;
    struct heap heap;
};

static inline sim_time next_delay(struct load *l)
{
    return l->delays[l->next_delay++ % DELAYS];
}

/* A cheap sequence of even spread: what it costs is in both columns. */
static inline struct timer *pick_timer(struct load *l)
{
    l->pick = l->pick * UINT64_C(6364136223846793005) + 1;
    return &l->timers[(l->pick >> 32) * l->n >> 32];
}
static inline bool picks_one(const struct load *l)
{
    return l->pick >> 63;
}

static void sched_on_post(void *self)
{
    struct load *l = self;

    sched_post(l->sched, sched_now(l->sched) + next_delay(l), sched_on_post, l);
}

static void sched_on_timer(void *self)
{
    struct timer *t = self, *other;
    struct load *l = t->load;
    sim_time now = sched_now(l->sched);

    t->handle = sched_at(l->sched, now + next_delay(l), sched_on_timer, t);
    other = pick_timer(l);
    if (picks_one(l)) {
        sched_cancel(l->sched, &other->handle);
        other->handle = sched_at(l->sched, now + next_delay(l), sched_on_timer, other);
    }
}

static void heap_on_post(void *self)
{
    struct load *l = self;

    heap_push(&l->heap, (struct heap_entry){ .when = l->heap.now + next_delay(l), .run = heap_on_post });
}

static inline void heap_set_timer(struct load *l, struct timer *t, sim_time when, sched_fn *run)
{
    heap_push(&l->heap, (struct heap_entry){ .when = when,
                                             .run = run,
                                             .timer = (uint32_t)(t - l->timers),
                                             .generation = ++t->handle.generation });
}

static void heap_on_timer(void *self)
{
    struct timer *t = self, *other;
    struct load *l = t->load;

    heap_set_timer(l, t, l->heap.now + next_delay(l), heap_on_timer);
    other = pick_timer(l);
    if (picks_one(l))
        heap_set_timer(l, other, l->heap.now + next_delay(l), heap_on_timer);
}

static void heap_run(struct load *l, size_t events)
{
    while (events > 0) {
        struct heap_entry e = heap_pop(&l->heap);

        l->heap.now = e.when;
        if (e.run == heap_on_post) {
            e.run(l);
            events--;
        } else if (e.generation == l->timers[e.timer].handle.generation) {
            e.run(&l->timers[e.timer]);
            events--;
        }
    }
}

static void sched_run(struct load *l, size_t events)
{
    while (events-- > 0)
        sched_step(l->sched, SIM_NEVER);
}

/* ---- delays ---- */

static sim_time exponential(struct rng *r)
{
    return rng_exponential(r, SIM_SECOND);
}
static sim_time constant(struct rng *r)
{
    (void)r;
    return SIM_SECOND;
}
/* Pareto, at least 1 ms, exponent 1.2: its variance is infinite. */
static sim_time heavy(struct rng *r)
{
    return (sim_time)(1e6 * pow(1 - rng_unit(r), -1 / 1.2));
}
static sim_time dns_like(struct rng *r)
{
    uint32_t p = rng_below(r, 100);

    if (p < 90)
        return 5 * SIM_MS + rng_below(r, 45 * SIM_MS);
    return p < 99 ? 5 * SIM_SECOND : SIM_MINUTE + rng_below(r, 240) * SIM_SECOND;
}

static const struct delays {
    const char *name;
    sim_time (*draw)(struct rng *r);
} delays[] = {
    { "exponential, mean 1 s", exponential },
    { "constant, 1 s", constant },
    { "heavy tail, 1 ms and more", heavy },
    { "DNS: 5-50 ms, 5 s, minutes", dns_like },
};

/* What is left of the delay that covers a moment picked at random: long ones are met in proportion to their
 * length. */
static sim_time residual(const struct load *l, const double *sums, struct rng *r)
{
    double at = rng_unit(r) * sums[DELAYS - 1];
    size_t low = 0, high = DELAYS - 1;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (sums[middle] > at)
            high = middle;
        else
            low = middle + 1;
    }
    return (sim_time)(rng_unit(r) * (double)l->delays[low]);
}

static struct load *load_new(const struct delays *d, size_t n, bool timers, bool heap)
{
    struct load *l = g_new0(struct load, 1);
    double *sums = g_new(double, DELAYS), sum = 0;
    struct rng r;

    rng_init(&r, 1, SPAN("bench"));
    for (int i = 0; i < DELAYS; i++) {
        l->delays[i] = d->draw(&r);
        sums[i] = sum += (double)l->delays[i];
    }
    l->n = n;
    l->timers = timers ? g_new0(struct timer, n) : NULL;
    l->sched = sched_new();
    for (size_t i = 0; i < n; i++) {
        sim_time when = residual(l, sums, &r);

        if (timers)
            l->timers[i].load = l;
        if (heap && timers)
            heap_set_timer(l, &l->timers[i], when, heap_on_timer);
        else if (heap)
            heap_push(&l->heap, (struct heap_entry){ .when = when, .run = heap_on_post });
        else if (timers)
            l->timers[i].handle = sched_at(l->sched, when, sched_on_timer, &l->timers[i]);
        else
            sched_post(l->sched, when, sched_on_post, l);
    }
    g_free(sums);
    return l;
}

static void load_free(struct load *l)
{
    sched_free(&l->sched);
    g_free(l->heap.at);
    g_free(l->timers);
    g_free(l);
}

/* Both, by turns, so that what else the machine does meets both; ns an event. */
static void measure(FILE *out, const struct delays *d, size_t n, bool timers, size_t memory_out[2])
{
    enum { REPEAT = 5 };
    struct load *queue = load_new(d, n, timers, false), *heap = load_new(d, n, timers, true);
    size_t events = n >= 1000000 ? 300000 : 200000;
    double queue_ns[REPEAT], heap_ns[REPEAT];

    sched_run(queue, MAX(n / 2, events)); /* until it has settled on a width */
    heap_run(heap, events);
    for (int i = 0; i < REPEAT; i++) {
        int64_t start = bench_clock(), middle;

        sched_run(queue, events);
        middle = bench_clock();
        heap_run(heap, events);
        queue_ns[i] = (double)(middle - start) / (double)events;
        heap_ns[i] = (double)(bench_clock() - middle) / (double)events;
    }
    memory_out[0] = sched_memory(queue->sched);
    memory_out[1] = heap->heap.room * sizeof *heap->heap.at;
    load_free(queue);
    load_free(heap);

    double q = bench_median(queue_ns, REPEAT), h = bench_median(heap_ns, REPEAT);

    fprintf(out, "  %5.0f %5.0f %5.2f", q, h, q / h);
    fflush(out);
}

static void hold(FILE *out)
{
    static const size_t sizes[] = { 100, 10000, 1000000 };

    fprintf(out, "Hold model, ns an event%16s %17s %19s %19s   MB at 10^6\n", "pending:", "100", "10000",
            "1000000");
    fprintf(out, "%40s", "");
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++)
        fprintf(out, "  %5s %5s %5s", "queue", "heap", "ratio");
    fprintf(out, "   queue heap\n");
    for (size_t d = 0; d < G_N_ELEMENTS(delays); d++) {
        for (int timers = 0; timers < 2; timers++) {
            size_t memory[2];

            fprintf(out, "%-28s %-11s", delays[d].name, timers ? "timer" : "post");
            for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++)
                measure(out, &delays[d], sizes[i], timers, memory);
            fprintf(out, "   %5.0f %4.0f\n", (double)memory[0] / 1e6, (double)memory[1] / 1e6);
        }
    }
}

/* ---- awkward loads: ns an event, filling and emptying included ---- */

/* What events do after one another: when the i-th is scheduled at the start, and how long after `now` one
 * that runs is scheduled again; NULL: it isn't. */
struct shape {
    const char *name;
    size_t pending, events;
    sim_time (*start)(size_t i);
    sim_time (*again)(uint64_t random, sim_time now);
};

struct shape_run {
    const struct shape *shape;
    struct sched *sched; /* or the heap */
    struct heap heap;
    uint64_t random;
    size_t ran;
};

enum { BURST = 1000000, HOUR_S = 3600 };

static sim_time at_one_time(size_t i)
{
    (void)i;
    return SIM_SECOND;
}
static sim_time later_first(size_t i)
{
    return (sim_time)(1000000 - i) * SIM_US;
}
static sim_time day_by_day(size_t i)
{
    return (sim_time)i * SIM_DAY;
}
static sim_time spread(size_t i)
{
    return (sim_time)(i * UINT64_C(2654435761) % SIM_SECOND);
}
static sim_time asleep(size_t i)
{
    return i < 100 ? (sim_time)i : 365 * SIM_DAY + spread(i);
}
static sim_time no_delay(uint64_t random, sim_time now)
{
    return (void)random, (void)now, 0;
}
static sim_time next_burst(uint64_t random, sim_time now)
{
    return (now / SIM_HOUR + 1) * SIM_HOUR - now + (sim_time)(random % BURST);
}
static sim_time microseconds(uint64_t random, sim_time now)
{
    return (void)now, (sim_time)(random % 2000);
}
/* A second of microseconds, an hour of seconds, by turns. */
static sim_time by_turns(uint64_t random, sim_time now)
{
    return (sim_time)(random % 2000) * (now / SIM_SECOND % HOUR_S == 0 ? SIM_US : SIM_SECOND / 100);
}
/* Ticks of a clock that all share, and few events between. */
static sim_time ticks(uint64_t random, sim_time now)
{
    return random % 100 == 0 ? (sim_time)(random >> 40) : SIM_SECOND - now % SIM_SECOND;
}

static const struct shape shapes[] = {
    { "10^6 at one time", 1000000, 1000000, at_one_time, NULL },
    { "10^6, the later the earlier scheduled", 1000000, 1000000, later_first, NULL },
    { "10^6 at random, filled and emptied", 1000000, 1000000, spread, NULL },
    { "10^5, one a day", 100000, 100000, day_by_day, NULL },
    { "10^4 without delay", 10000, 1000000, spread, no_delay },
    { "10^5 in a millisecond, each hour", 100000, 1000000, spread, next_burst },
    { "100 within 2 us, 10^6 asleep for a year", 1000000, 1000000, asleep, microseconds },
    { "10^4, us and seconds by turns", 10000, 1000000, spread, by_turns },
    { "10^4 at the full second, few between", 10000, 1000000, spread, ticks },
};

static inline uint64_t shape_random(struct shape_run *r)
{
    r->random = r->random * UINT64_C(6364136223846793005) + 1;
    return r->random >> 20;
}

static void sched_on_shape(void *self)
{
    struct shape_run *r = self;
    sim_time now = sched_now(r->sched);

    if (r->shape->again != NULL)
        sched_post(r->sched, now + r->shape->again(shape_random(r), now), sched_on_shape, r);
}

static double sched_shape(const struct shape *shape, size_t *memory_out)
{
    struct shape_run r = { .shape = shape, .sched = sched_new() };
    int64_t start = bench_clock();

    for (size_t i = 0; i < shape->pending; i++)
        sched_post(r.sched, shape->start(i), sched_on_shape, &r);
    for (size_t i = 0; i < shape->events; i++)
        sched_step(r.sched, SIM_NEVER);

    double ns = (double)(bench_clock() - start) / (double)shape->events;

    *memory_out = sched_memory(r.sched);
    sched_free(&r.sched);
    return ns;
}

static double heap_shape(const struct shape *shape, size_t *memory_out)
{
    struct shape_run r = { .shape = shape };
    struct heap *h = &r.heap;
    int64_t start = bench_clock();

    for (size_t i = 0; i < shape->pending; i++)
        heap_push(h, (struct heap_entry){ .when = shape->start(i) });
    for (size_t i = 0; i < shape->events; i++) {
        h->now = heap_pop(h).when;
        if (shape->again != NULL)
            heap_push(h, (struct heap_entry){ .when = h->now + shape->again(shape_random(&r), h->now) });
    }

    double ns = (double)(bench_clock() - start) / (double)shape->events;

    *memory_out = h->room * sizeof *h->at;
    g_free(h->at);
    return ns;
}

/* As TCP does: a deadline that is always put off and never met. */
static void nothing(void *self)
{
    (void)self;
}
static double sched_deadlines(size_t *memory_out)
{
    enum { CONNECTIONS = 1000, SET = 1000000 };
    struct sched_handle handles[CONNECTIONS] = { 0 };
    struct sched *s = sched_new();
    int64_t start = bench_clock();

    for (size_t i = 0; i < SET; i++) {
        sched_cancel(s, &handles[i % CONNECTIONS]);
        handles[i % CONNECTIONS] = sched_at(s, sched_now(s) + SIM_DAY, nothing, NULL);
        sched_post(s, sched_now(s) + SIM_US, nothing, NULL);
        sched_step(s, SIM_NEVER);
    }

    double ns = (double)(bench_clock() - start) / SET;

    *memory_out = sched_memory(s);
    sched_free(&s);
    return ns;
}

static void awkward(FILE *out)
{
    enum { REPEAT = 3 };
    double queue[REPEAT], heap[REPEAT];
    size_t queue_memory, heap_memory;

    fprintf(out, "Awkward loads, ns an event                 queue  heap ratio   MB queue heap\n");
    for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++) {
        for (int k = 0; k < REPEAT; k++) {
            queue[k] = sched_shape(&shapes[i], &queue_memory);
            heap[k] = heap_shape(&shapes[i], &heap_memory);
        }
        double q = bench_median(queue, REPEAT), h = bench_median(heap, REPEAT);

        fprintf(out, "%-42s %5.0f %5.0f %5.2f   %8.1f %4.1f\n", shapes[i].name, q, h, q / h,
                (double)queue_memory / 1e6, (double)heap_memory / 1e6);
    }
    for (int k = 0; k < REPEAT; k++)
        queue[k] = sched_deadlines(&queue_memory);
    fprintf(out, "%-42s %5.0f               %8.1f\n", "10^3 deadlines of a day, 10^6 times put off",
            bench_median(queue, REPEAT), (double)queue_memory / 1e6);
}

void bench_sched(FILE *out)
{
    hold(out);
    fputc('\n', out);
    awkward(out);
}
