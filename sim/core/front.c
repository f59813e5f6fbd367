#include "core/front.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

__extension__ typedef unsigned __int128 uint128;

static const struct entry never = { .when = SIM_NEVER };

/* The run is what f->run holds: mark its end. What prefetching may look at behind it is some entry that was
 * there before, or zeros. */
static void begin_run(struct front *f)
{
    entries_reserve(&f->run, f->run.n + FRONT_AHEAD + 1);
    f->run.at[f->run.n] = never;
    f->head = f->run.at;
}

void front_clear_run(struct front *f)
{
    f->run.n = 0;
    begin_run(f);
}

/* ---- sorting a run ---- */

enum {
    FEW = 16,        /* that are sorted by moving each to its place */
    CROWD = 24,      /* that are not, among many */
    DIGIT_MOST = 12, /* bits to distribute by: that many places are in the first-level cache */
};

/* Quick for few, and for what is nearly in order. */
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

static inline size_t digit(const struct entry *e, sim_time least, unsigned shift, size_t mask)
{
    return (size_t)((uint64_t)(e->when - least) >> shift) & mask;
}

/* Distribute the run by `bits` bits of (when - least) from `shift` on, equal ones in the order they are in.
 * False, and nothing is moved, if more than `most` have the same bits. */
static bool distribute(struct front *f, sim_time least, unsigned shift, unsigned bits, size_t most)
{
    uint32_t place[1 << DIGIT_MOST];
    const struct entry *from = f->run.at;
    size_t n = f->run.n, mask = ((size_t)1 << bits) - 1;
    uint32_t sum = 0, fullest = 0;

    memset(place, 0, (mask + 1) * sizeof *place);
    for (size_t i = 0; i < n; i++)
        place[digit(&from[i], least, shift, mask)]++;
    for (size_t i = 0; i <= mask; i++) {
        uint32_t here = place[i];

        fullest = MAX(fullest, here);
        place[i] = sum;
        sum += here;
    }
    if (fullest > most)
        return false;

    entries_reserve(&f->spare, n);
    for (size_t i = 0; i < n; i++)
        f->spare.at[place[digit(&from[i], least, shift, mask)]++] = from[i];

    struct entries swap = f->run;

    f->run = f->spare;
    f->run.n = n;
    f->spare = swap;
    return true;
}

/* About as many places as there are entries, by the leading bits of their times: most are where they belong
 * at once, and the rest are near. Where times crowd, digit by digit from the last one on. */
static void sort_many(struct front *f, sim_time least, sim_time most)
{
    unsigned span = 64 - (unsigned)__builtin_clzll((uint64_t)(most - least));
    unsigned bits = MIN(64 - (unsigned)__builtin_clzll(f->run.n), DIGIT_MOST);

    if (span <= bits) {
        distribute(f, least, 0, span, f->run.n);
    } else if (distribute(f, least, span - bits, bits, CROWD)) {
        insertion_sort(f->run.at, f->run.n);
    } else {
        unsigned digits = (span + DIGIT_MOST - 1) / DIGIT_MOST;

        bits = (span + digits - 1) / digits;
        for (unsigned shift = 0; shift < span; shift += bits)
            distribute(f, least, shift, bits, f->run.n - 1);
    }
}

void front_sort_run(struct front *f)
{
    const struct entry *v = f->run.at;
    size_t n = f->run.n;

    if (n <= FEW) {
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
            sort_many(f, least, most);
    }
    begin_run(f);
}

/* ---- the heap ---- */

/* Four children a node. Behind the last item there are always ARITY at SIM_NEVER, so that every node with a
 * child seems to have all four, and the least of them is found without a branch to mispredict. */
enum { ARITY = 4, FIRST_ROOM = 64 };

static const struct heap_item no_item = { .entry = { .when = SIM_NEVER }, .seq = UINT64_MAX };

static void init_heap(struct front *f)
{
    f->heap_room = FIRST_ROOM;
    f->heap = g_aligned_alloc(FIRST_ROOM, sizeof *f->heap, 64);
    for (size_t i = 0; i < FIRST_ROOM; i++)
        f->heap[i] = no_item;
}

static void grow_heap(struct front *f)
{
    size_t room = 2 * f->heap_room;
    struct heap_item *more = g_aligned_alloc(room, sizeof *more, 64);

    memcpy(more, f->heap, f->heap_n * sizeof *more);
    for (size_t i = f->heap_n; i < room; i++)
        more[i] = no_item;
    g_aligned_free(f->heap);
    f->heap = more;
    f->heap_room = room;
}

/* Times are not negative, so both compare as one number. */
static inline size_t is_before(const struct heap_item *a, const struct heap_item *b)
{
    return (((uint128)a->entry.when << 64 | a->seq) < ((uint128)b->entry.when << 64 | b->seq));
}

void front_push(struct front *f, const struct entry *e)
{
    if (__builtin_expect(f->heap_n + ARITY >= f->heap_room, 0))
        grow_heap(f);

    struct heap_item *heap = f->heap;
    size_t i = f->heap_n++;

    /* An equal time was pushed before: `e` stays below it. */
    for (size_t parent; i > 0 && e->when < heap[parent = (i - 1) / ARITY].entry.when; i = parent)
        heap[i] = heap[parent];
    heap[i] = (struct heap_item){ *e, f->seq++ };
}

/* The hole sinks to the bottom, and the last item rises from there: it came from the bottom, and seldom rises
 * far. */
void front_pop_heap(struct front *f)
{
    struct heap_item *heap = f->heap;
    size_t n = --f->heap_n, i = 0;
    struct heap_item last = heap[n];

    heap[n] = no_item;
    if (n == 0)
        return;
    for (size_t child; (child = ARITY * i + 1) < n; i = child) {
        const struct heap_item *c = &heap[child];
        size_t a = is_before(&c[1], &c[0]), b = 2 + is_before(&c[3], &c[2]);

        child += is_before(&c[b], &c[a]) ? b : a;
        heap[i] = heap[child];
    }
    for (size_t parent; i > 0 && is_before(&last, &heap[parent = (i - 1) / ARITY]); i = parent)
        heap[i] = heap[parent];
    heap[i] = last;
}

void front_init(struct front *f)
{
    *f = (struct front){ 0 };
    init_heap(f);
    begin_run(f);
}

void front_release(struct front *f)
{
    g_aligned_free(f->heap);
    g_free(f->run.at);
    g_free(f->spare.at);
    *f = (struct front){ 0 };
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
    for (size_t i = 0; i < f->heap_n; i++) {
        into->at[into->n++] = f->heap[i].entry;
        f->heap[i] = no_item;
    }
    f->heap_n = 0;
    front_clear_run(f);
}
