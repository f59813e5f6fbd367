#include "core/sched.h"

#include <assert.h>

#include <glib.h>

struct entry {
    sim_time when;
    uint64_t seq;
    uint32_t slot, generation;
};

struct slot {
    sched_fn *run;
    void *self;
    uint64_t cause;
    uint32_t generation, next_free;
};

enum { NO_SLOT = UINT32_MAX };

struct sched {
    sim_time now;
    uint64_t cause, seq, count;
    size_t live, n, cap;
    struct entry *heap;
    struct slot *slots;
    uint32_t n_slots, slots_cap, free;
};

struct sched *sched_new(void)
{
    struct sched *s = g_new0(struct sched, 1);

    s->free = NO_SLOT;
    return s;
}

void sched_free(struct sched **s)
{
    if (*s == NULL)
        return;
    g_free((*s)->heap);
    g_free((*s)->slots);
    g_free(*s);
    *s = NULL;
}

sim_time sched_now(const struct sched *s)
{
    return s->now;
}
uint64_t sched_cause(const struct sched *s)
{
    return s->cause;
}
void sched_set_cause(struct sched *s, uint64_t cause)
{
    s->cause = cause;
}
size_t sched_pending(const struct sched *s)
{
    return s->live;
}
uint64_t sched_count(const struct sched *s)
{
    return s->count;
}

static bool before(const struct entry *a, const struct entry *b)
{
    return a->when != b->when ? a->when < b->when : a->seq < b->seq;
}

static void push(struct sched *s, struct entry e)
{
    if (s->n == s->cap) {
        s->cap = MAX(2 * s->cap, 64);
        s->heap = g_renew(struct entry, s->heap, s->cap);
    }

    size_t i = s->n++;

    for (; i > 0 && before(&e, &s->heap[(i - 1) / 2]); i = (i - 1) / 2)
        s->heap[i] = s->heap[(i - 1) / 2];
    s->heap[i] = e;
}

static void drop_head(struct sched *s)
{
    struct entry e = s->heap[--s->n];
    size_t i = 0;

    for (size_t child; (child = 2 * i + 1) < s->n; i = child) {
        if (child + 1 < s->n && before(&s->heap[child + 1], &s->heap[child]))
            child++;
        if (!before(&s->heap[child], &e))
            break;
        s->heap[i] = s->heap[child];
    }
    s->heap[i] = e;
}

static void free_slot(struct sched *s, uint32_t i)
{
    s->slots[i].generation++;
    s->slots[i].next_free = s->free;
    s->free = i;
    s->live--;
}

static struct sched_handle add(struct sched *s, sim_time when, sched_fn *run, void *self, uint64_t cause)
{
    assert(when >= s->now);
    if (s->free == NO_SLOT) {
        if (s->n_slots == s->slots_cap) {
            s->slots_cap = MAX(2 * s->slots_cap, 64);
            s->slots = g_renew(struct slot, s->slots, s->slots_cap);
        }
        s->slots[s->n_slots] = (struct slot){ .generation = 1, .next_free = NO_SLOT };
        s->free = s->n_slots++;
    }

    uint32_t i = s->free;
    struct slot *slot = &s->slots[i];

    s->free = slot->next_free;
    slot->run = run;
    slot->self = self;
    slot->cause = cause;
    s->live++;
    push(s, (struct entry){ when, s->seq++, i, slot->generation });
    return (struct sched_handle){ i, slot->generation };
}

struct sched_handle sched_at(struct sched *s, sim_time when, sched_fn *run, void *self)
{
    return add(s, when, run, self, s->cause);
}

void sched_post(struct sched *s, sim_time when, sched_fn *run, void *self)
{
    add(s, when, run, self, 0);
}

bool sched_is_pending(const struct sched *s, struct sched_handle h)
{
    return h.slot < s->n_slots && s->slots[h.slot].generation == h.generation;
}

bool sched_cancel(struct sched *s, struct sched_handle *h)
{
    bool was = sched_is_pending(s, *h);

    if (was)
        free_slot(s, h->slot);
    *h = (struct sched_handle){ 0 };
    return was;
}

sim_time sched_next(struct sched *s)
{
    while (s->n > 0 && s->slots[s->heap[0].slot].generation != s->heap[0].generation)
        drop_head(s);
    return s->n > 0 ? s->heap[0].when : SIM_NEVER;
}

bool sched_step(struct sched *s, sim_time until)
{
    sim_time when = sched_next(s);

    if (s->n == 0 || when > until) {
        if (until != SIM_NEVER && until > s->now)
            s->now = until;
        return false;
    }

    uint32_t i = s->heap[0].slot;
    struct slot slot = s->slots[i];

    drop_head(s);
    free_slot(s, i);
    s->now = when;
    s->cause = slot.cause;
    s->count++;
    slot.run(slot.self);
    return true;
}
