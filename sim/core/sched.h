/* core/sched.h: events in order of virtual time; equal times run in the order they were scheduled.
 * A ladder queue: what is far lies unsorted in coarse buckets (core/calendar.h); the bucket that has come due
 * is sorted into a run, and what is scheduled for it later goes into a small heap beside the run
 * (core/front.h). A few events are all in the heap. How wide a bucket is follows from what the buckets turn
 * out to hold; it changes the speed and never the order. No allocation per event: memory grows to the peak
 * and stays. */
#ifndef CORE_SCHED_H
#define CORE_SCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/time.h"

struct sched;

/* What begins a struct sched: asked for at each step of everything, so it lies open. Not to be used but by
 * the three functions below. */
struct sched_instant {
    sim_time now;
    uint64_t cause;
};

/* What an event does. `self` is what was given when it was scheduled. */
typedef void sched_fn(void *self);

/* Names one scheduled event. All zeros names none. A handle outlives its event harmlessly: it carries a
 * generation, so cancelling late or twice does nothing. */
struct sched_handle {
    uint32_t slot;
    uint32_t generation;
};

struct sched *sched_new(void);
void sched_free(struct sched **s);

/* Now, in virtual time. Moves only as events run. */
static inline sim_time sched_now(const struct sched *s)
{
    return ((const struct sched_instant *)(const void *)s)->now;
}

/* The cause cursor (core/trace.h): the trace record that leads to what happens next. 0: none. */
static inline uint64_t sched_cause(const struct sched *s)
{
    return ((const struct sched_instant *)(const void *)s)->cause;
}
static inline void sched_set_cause(struct sched *s, uint64_t cause)
{
    ((struct sched_instant *)(void *)s)->cause = cause;
}

/* Run `run(self)` at `when` (now or later, before SIM_NEVER: asserted) with the cause cursor as it is at this
 * call. May be cancelled. */
struct sched_handle sched_at(struct sched *s, sim_time when, sched_fn *run, void *self);

/* The same for an event that is never cancelled and restores its own cause: the cursor is 0 when it runs.
 * The cheapest way; for packets in flight. */
void sched_post(struct sched *s, sim_time when, sched_fn *run, void *self);

/* Cancel if it is still to come, and clear the handle. True if it was. What it would have run, and `self`, is
 * not touched from then on. */
bool sched_cancel(struct sched *s, struct sched_handle *h);
bool sched_is_pending(const struct sched *s, struct sched_handle h);

/* Run the next event; false if there is none at or before `until`. When there is none, the clock moves to
 * `until` (unless that is SIM_NEVER). */
bool sched_step(struct sched *s, sim_time until);

/* The time of the next event, SIM_NEVER if there is none. */
sim_time sched_next(struct sched *s);

/* Events to come, and events run so far. */
size_t sched_pending(const struct sched *s);
uint64_t sched_count(const struct sched *s);

/* Octets that the queue has taken from the system. It keeps them: this is the peak, too. */
size_t sched_memory(const struct sched *s);

#endif
