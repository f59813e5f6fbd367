/* core/calendar.h: the events that are not due yet, in unsorted buckets of virtual time. The inside of
 * core/sched; nothing else includes it.
 *
 * A bucket holds the events of one stretch of time in the order in which they were put. A tier is a ring of
 * buckets of one width, a power of two in nanoseconds; a bucket of the next tier is as wide as half a ring of
 * this one. An event goes into the lowest tier that reaches it; when a tier has used up half of its ring, the
 * next bucket of the tier above is poured into the empty half. That happens before anything else can be put
 * there, so a bucket keeps the order of insertion, and an event is moved at most once a tier, however far
 * ahead it lies. Events lie side by side in chunks, so that filling and emptying stream through memory. */
#ifndef CORE_CALENDAR_H
#define CORE_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/sched.h"
#include "core/time.h"

/* An event to come, with all that it takes to run it, so that nothing is looked up elsewhere when it is due.
 * `timer` names nothing if the event can't be cancelled. */
struct entry {
    sim_time when;
    sched_fn *run;
    void *self;
    uint64_t cause;
    struct sched_handle timer;
};

enum {
    CHUNK_SIZE = 512, /* and alignment: where an entry would begin a new chunk, its address says so */
    CHUNK_ENTRIES = 12,
    TIER_HALF_BITS = 10,
    TIER_HALF = 1 << TIER_HALF_BITS,
    TIER_BUCKETS = 2 * TIER_HALF,
    TIERS_MAX = 7, /* reach 2^63 ns even when the first tier's buckets are 1 ns wide */
    CALENDAR_SHIFT_MAX = 52,
};

struct chunk {
    struct chunk *next;
    uint64_t fill[3]; /* so that the last entry ends where the chunk does */
    struct entry entries[CHUNK_ENTRIES];
};
_Static_assert(sizeof(struct chunk) == CHUNK_SIZE, "a chunk ends where the next may begin");

/* All zeros: empty. `end` is where the next entry goes, at a multiple of CHUNK_SIZE when a chunk is due
 * first. */
struct bucket {
    struct chunk *first;
    struct entry *end;
};

struct tier {
    unsigned shift;       /* a bucket is 2^shift ns wide, and its number is the time shifted right by this */
    uint64_t next, limit; /* the numbers of the buckets it can hold now: next … limit - 1 */
    size_t n;             /* entries in it */
    struct bucket *ring;  /* TIER_BUCKETS of them, a bucket at its number modulo that */
    uint64_t busy[TIER_BUCKETS / 64];
};

struct calendar {
    struct tier tiers[TIERS_MAX];
    unsigned n_tiers;
    size_t n; /* entries in all */
    struct chunk *free;
    struct slab *slabs;
    size_t memory; /* octets taken from the system; only grows */
};

void calendar_init(struct calendar *c);
void calendar_release(struct calendar *c);

/* Use buckets of 2^shift ns from `now` on: before the first put, and whenever another width is better. What
 * is in it, none of it before `now`, stays, but for the entries that `is_stale` says to drop. */
typedef bool entry_test(const void *self, const struct entry *e);
void calendar_start(struct calendar *c, sim_time now, unsigned shift, entry_test *is_stale, const void *self);

/* What calendar_put does seldom: another chunk for a bucket; the tier for what the first doesn't reach. */
void calendar_grow(struct calendar *c, struct tier *t, struct bucket *b);
struct tier *calendar_tier(struct calendar *c, sim_time when);

/* Not before the end of the last bucket taken. */
static inline void calendar_put(struct calendar *c, const struct entry *e)
{
    struct tier *t = &c->tiers[0];
    uint64_t number = (uint64_t)e->when >> t->shift;

    if (__builtin_expect(number >= t->limit, 0)) {
        t = calendar_tier(c, e->when);
        number = (uint64_t)e->when >> t->shift;
    }

    struct bucket *b = &t->ring[number % TIER_BUCKETS];

    if (__builtin_expect((uintptr_t)b->end % CHUNK_SIZE == 0, 0))
        calendar_grow(c, t, b);
    *b->end++ = *e;
    t->n++;
    c->n++;
}

/* Entries one after the other in memory that grows as needed, with zeros. All zeros: none. */
struct entries {
    struct entry *at;
    size_t n, room;
};

/* Append the entries of the first bucket that isn't empty to `into`, in the order in which they were put, if
 * it begins at or before `until`: false if there is none. `end_out` is the time at which it ends. */
bool calendar_take(struct calendar *c, sim_time until, struct entries *into, uint64_t *end_out);

/* Append everything, the earlier buckets first. Before anything is put again comes calendar_start. */
void calendar_take_all(struct calendar *c, struct entries *into);

void entries_reserve(struct entries *v, size_t n);

#endif
