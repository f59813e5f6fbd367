#include "core/front.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

static const struct entry never = { .when = SIM_NEVER };

/* The run is what f->run holds: mark its end, and what prefetching may look at behind it. */
static void begin_run(struct front *f)
{
    entries_reserve(&f->run, f->run.n + FRONT_AHEAD + 1);
    for (int i = 0; i <= FRONT_AHEAD; i++)
        f->run.at[f->run.n + i] = never;
    f->head = f->run.at;
}

void front_clear_run(struct front *f)
{
    f->run.n = 0;
    begin_run(f);
}

void front_init(struct front *f)
{
    enum { ROOM = 64 };

    *f = (struct front){ .heap = g_aligned_alloc(ROOM, sizeof *f->heap, 64), .heap_room = ROOM };
    f->heap[0].entry = never;
    begin_run(f);
}

void front_release(struct front *f)
{
    g_aligned_free(f->heap);
    g_free(f->run.at);
    g_free(f->spare.at);
    *f = (struct front){ 0 };
}

/* Few, or nearly in order: move each to its place. */
static void insertion_sort(struct entry *v, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct entry e = v[i];
        size_t j = i;

        for (; j > 0 && v[j - 1].when > e.when; j--)
            v[j] = v[j - 1];
        v[j] = e;
    }
}

/* One pass of a radix sort, stable: by `bits` bits of (when - least) from `shift` on. False, and nothing is
 * moved, if these bits are the same in all. */
static bool radix_pass(const struct entry *from, struct entry *to, size_t n, sim_time least, unsigned shift,
                       unsigned bits)
{
    uint32_t place[1 << 11];
    uint32_t mask = (UINT32_C(1) << bits) - 1;
    uint32_t sum = 0;

    memset(place, 0, (mask + 1) * sizeof *place);
    for (size_t i = 0; i < n; i++)
        place[(uint64_t)(from[i].when - least) >> shift & mask]++;
    if (place[(uint64_t)(from[0].when - least) >> shift & mask] == n)
        return false;
    for (uint32_t i = 0; i <= mask; i++) {
        uint32_t here = place[i];

        place[i] = sum;
        sum += here;
    }
    for (size_t i = 0; i < n; i++)
        to[place[(uint64_t)(from[i].when - least) >> shift & mask]++] = from[i];
    return true;
}

static void radix_sort(struct front *f, sim_time least, sim_time most)
{
    size_t n = f->run.n;
    unsigned span = 64 - (unsigned)__builtin_clzll((uint64_t)(most - least));
    unsigned passes = (span + 10) / 11;
    unsigned bits = (span + passes - 1) / passes;

    entries_reserve(&f->spare, n + FRONT_AHEAD + 1);
    for (unsigned shift = 0; shift < span; shift += bits) {
        if (radix_pass(f->run.at, f->spare.at, n, least, shift, bits)) {
            struct entries swap = f->run;

            f->run = f->spare;
            f->spare = swap;
        }
    }
    f->run.n = n;
}

void front_sort_run(struct front *f)
{
    const struct entry *v = f->run.at;
    size_t n = f->run.n;

    if (n <= 24) {
        insertion_sort(f->run.at, n);
    } else {
        sim_time least = v[0].when, most = v[0].when;
        bool sorted = true;

        for (size_t i = 1; i < n; i++) {
            sorted &= v[i - 1].when <= v[i].when;
            least = MIN(least, v[i].when);
            most = MAX(most, v[i].when);
        }
        if (!sorted)
            radix_sort(f, least, most);
    }
    begin_run(f);
}

/* Four children a node, so that they fill two cache lines and the heap is half as deep. */
enum { ARITY = 4 };

static bool before(const struct heap_item *a, const struct heap_item *b)
{
    return (a->entry.when < b->entry.when) | ((a->entry.when == b->entry.when) & (a->seq < b->seq));
}

static void grow_heap(struct front *f)
{
    struct heap_item *more = g_aligned_alloc(2 * f->heap_room, sizeof *more, 64);

    memcpy(more, f->heap, f->heap_n * sizeof *more);
    g_aligned_free(f->heap);
    f->heap = more;
    f->heap_room *= 2;
}

void front_push(struct front *f, const struct entry *e)
{
    if (f->heap_n == f->heap_room)
        grow_heap(f);

    struct heap_item *heap = f->heap;
    size_t i = f->heap_n++;

    for (size_t parent; i > 0 && e->when < heap[parent = (i - 1) / ARITY].entry.when; i = parent)
        heap[i] = heap[parent];
    heap[i] = (struct heap_item){ *e, f->seq++ };
}

void front_pop_heap(struct front *f)
{
    struct heap_item *heap = f->heap;
    size_t n = --f->heap_n;
    struct heap_item last = heap[n];
    size_t i = 0, child;

    if (n == 0) {
        heap[0].entry = never;
        return;
    }
    while ((child = ARITY * i + 1) < n) {
        size_t least = child, past = MIN(child + ARITY, n);

        for (size_t j = child + 1; j < past; j++)
            least = before(&heap[j], &heap[least]) ? j : least;
        if (!before(&heap[least], &last))
            break;
        heap[i] = heap[least];
        i = least;
    }
    heap[i] = last;
}

static int by_seq(const void *a, const void *b)
{
    uint64_t x = ((const struct heap_item *)a)->seq, y = ((const struct heap_item *)b)->seq;

    return (x > y) - (x < y);
}

void front_take_all(struct front *f, struct entries *into)
{
    size_t left = front_run_left(f);

    entries_reserve(into, into->n + left + f->heap_n + 1);
    memcpy(into->at + into->n, f->head, left * sizeof *f->head);
    into->n += left;

    qsort(f->heap, f->heap_n, sizeof *f->heap, by_seq);
    for (size_t i = 0; i < f->heap_n; i++)
        into->at[into->n++] = f->heap[i].entry;
    f->heap_n = 0;
    f->heap[0].entry = never;
    front_clear_run(f);
}
