/* core/front.h: the events that are due, in order. The inside of core/sched; nothing else includes it.
 *
 * What a bucket of the calendar held when it came due is sorted once, into the run. What is scheduled later
 * for the same stretch of time goes into a heap, which stays small. The next event is the smaller of the two
 * heads; on equal times the run's, since it was there before anything in the heap. */
#ifndef CORE_FRONT_H
#define CORE_FRONT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/calendar.h"
#include "core/time.h"

/* An entry of the heap; `seq` counts what was pushed, and orders equal times. */
struct heap_item {
    struct entry entry;
    uint64_t seq;
};

enum { FRONT_AHEAD = 8 }; /* entries behind the end of the run that may be looked at */

/* Both ends are marked by an entry at SIM_NEVER: `head` is never past it, and heap[0] is one when the heap is
 * empty. */
struct front {
    struct entry *head; /* of the run */
    struct heap_item *heap;
    size_t heap_n;
    uint64_t end; /* what comes before this time belongs here */
    uint64_t seq;
    size_t heap_room;
    struct entries run, spare; /* `spare` is what sorting needs besides */
};

void front_init(struct front *f);
void front_release(struct front *f);

/* A new run: empty it, append entries to f->run, then sort it by time; equal times stay as they are. */
void front_clear_run(struct front *f);
void front_sort_run(struct front *f);

/* Entries in the run that are still to come. */
static inline size_t front_run_left(const struct front *f)
{
    return (size_t)(f->run.at + f->run.n - f->head);
}

void front_push(struct front *f, const struct entry *e);

/* The next entry: at SIM_NEVER if there is none. */
static inline const struct entry *front_head(const struct front *f)
{
    return f->head->when <= f->heap[0].entry.when ? f->head : &f->heap[0].entry;
}

/* Take the next entry, which front_head has just given. */
void front_pop_heap(struct front *f);
static inline void front_pop(struct front *f)
{
    if (f->head->when <= f->heap[0].entry.when)
        f->head++;
    else
        front_pop_heap(f);
}

/* Append all to `into`: the run first, then the heap in the order of pushing, and be empty. So equal times
 * are in the order in which they were scheduled. */
void front_take_all(struct front *f, struct entries *into);

#endif
