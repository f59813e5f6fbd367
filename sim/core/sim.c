#include "core/sim.h"

#include <stdarg.h>

#include <glib.h>

struct sim_shared {
    struct sim_shared *next;
    void (*release)(void *shared);
    void *object;
};

void sim_init(struct sim *s, uint64_t seed, int64_t epoch_s)
{
    *s = (struct sim){ .sched = sched_new(), .seed = seed, .epoch_s = epoch_s };
    trace_init(&s->trace, s->sched);
}

void sim_release(struct sim *s)
{
    for (struct sim_shared *x; (x = s->shared) != NULL;) {
        s->shared = x->next;
        x->release(x->object);
        g_free(x->object);
        g_free(x);
    }
    sched_free(&s->sched);
}

void *sim_share(struct sim *s, size_t size, void (*release)(void *shared))
{
    struct sim_shared *x = s->shared;

    while (x != NULL && x->release != release)
        x = x->next;
    if (x == NULL) {
        x = g_new(struct sim_shared, 1);
        *x = (struct sim_shared){ s->shared, release, g_malloc0(size) };
        s->shared = x;
    }
    return x->object;
}

void sim_rng(const struct sim *s, struct rng *out, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *name = g_strdup_vprintf(format, args);
    va_end(args);
    rng_init(out, s->seed, span_of(name));
}
