/* core/sim.h: what a run hangs from: the clock and its events, the trace, the seed, the counters of ids.
 * There is one for each run and nothing global, so a program can hold many. */
#ifndef CORE_SIM_H
#define CORE_SIM_H

#include <stdint.h>

#include "core/rng.h"
#include "core/sched.h"
#include "core/trace.h"

struct sim_shared;

struct sim {
    struct sched *sched;
    struct trace trace;
    uint64_t seed;
    int64_t epoch_s;                /* Unix seconds at virtual time 0, for Date: lines */
    uint32_t conns, lookups, mails; /* ids given out so far */
    struct sim_shared *shared;
};

void sim_init(struct sim *s, uint64_t seed, int64_t epoch_s);
void sim_release(struct sim *s);

static inline sim_time sim_now(const struct sim *s)
{
    return sched_now(s->sched);
}

/* What all of one kind in a run share, such as memory for the next of them: one object for each `release`, of
 * zeros at first. Lives until sim_release, which calls release(it). */
void *sim_share(struct sim *s, size_t size, void (*release)(void *shared));

/* A stream for one purpose; the name is printf-made. */
void sim_rng(const struct sim *s, struct rng *out, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
