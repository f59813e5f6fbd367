#include "core/sim.h"

#include <stdarg.h>

#include <glib.h>

void sim_init(struct sim *s, uint64_t seed, int64_t epoch_s)
{
    *s = (struct sim){ .sched = sched_new(), .seed = seed, .epoch_s = epoch_s };
    trace_init(&s->trace, s->sched);
}

void sim_release(struct sim *s)
{
    sched_free(&s->sched);
}

void sim_rng(const struct sim *s, struct rng *out, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *name = g_strdup_vprintf(format, args);
    va_end(args);
    rng_init(out, s->seed, span_of(name));
}
