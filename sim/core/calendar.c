#include "core/calendar.h"

#include <assert.h>
#include <string.h>

#include <glib.h>

enum { SLAB_CHUNKS = 127 }; /* and the slab's own link before them: 64 KiB */

struct slab {
    struct slab *next;
    char align[CHUNK_SIZE - sizeof(struct slab *)];
    struct chunk chunks[SLAB_CHUNKS];
};

void calendar_init(struct calendar *c)
{
    *c = (struct calendar){ 0 };
}

void calendar_release(struct calendar *c)
{
    while (c->slabs != NULL) {
        struct slab *slab = c->slabs;

        c->slabs = slab->next;
        g_aligned_free(slab);
    }
    for (int i = 0; i < TIERS_MAX; i++)
        g_free(c->tiers[i].ring);
    *c = (struct calendar){ 0 };
}

static struct chunk *take_chunk(struct calendar *c)
{
    if (c->free == NULL) {
        struct slab *slab = g_aligned_alloc(1, sizeof *slab, CHUNK_SIZE);

        slab->next = c->slabs;
        c->slabs = slab;
        c->memory += sizeof *slab;
        for (int i = SLAB_CHUNKS; i-- > 0;) {
            slab->chunks[i].next = c->free;
            c->free = &slab->chunks[i];
        }
    }

    struct chunk *k = c->free;

    c->free = k->next;
    k->next = NULL;
    return k;
}

void calendar_grow(struct calendar *c, struct tier *t, struct bucket *b)
{
    struct chunk *k = take_chunk(c);

    if (b->first == NULL) {
        size_t at = (size_t)(b - t->ring);

        b->first = k;
        t->busy[at / 64] |= UINT64_C(1) << at % 64;
    } else {
        ((struct chunk *)b->end)[-1].next = k;
    }
    b->end = k->entries;
}

struct tier *calendar_tier(struct calendar *c, sim_time when)
{
    struct tier *t = c->tiers;

    while ((uint64_t)when >> t->shift >= t->limit)
        t++;
    return t;
}

/* The number of the first bucket with something in it; there is one. */
static uint64_t first_busy(const struct tier *t)
{
    enum { WORDS = TIER_BUCKETS / 64 };
    size_t at = t->next % TIER_BUCKETS;
    size_t word = at / 64;
    uint64_t bits = t->busy[word] & UINT64_MAX << at % 64;

    while (bits == 0) {
        word = (word + 1) % WORDS;
        bits = t->busy[word];
    }

    size_t found = word * 64 + (size_t)__builtin_ctzll(bits);

    return t->next + (found - at) % TIER_BUCKETS;
}

static struct bucket take_bucket(struct tier *t, uint64_t number)
{
    size_t at = number % TIER_BUCKETS;
    struct bucket b = t->ring[at];

    t->ring[at] = (struct bucket){ 0 };
    t->busy[at / 64] &= ~(UINT64_C(1) << at % 64);
    return b;
}

/* Walk through a bucket, giving each chunk back as it is left. */
static const struct entry *chunk_end(const struct bucket *b, const struct chunk *k)
{
    return k->next == NULL ? b->end : k->entries + CHUNK_ENTRIES;
}

static struct chunk *leave_chunk(struct calendar *c, struct chunk *k)
{
    struct chunk *next = k->next;

    k->next = c->free;
    c->free = k;
    return next;
}

/* The chunk behind `k` will be read soon: ask for all its lines now, since its address is known only here. */
static void prefetch_next(const struct chunk *k)
{
    for (size_t at = 0; k->next != NULL && at < CHUNK_SIZE; at += 64)
        __builtin_prefetch((const char *)k->next + at);
}

/* Tiers for buckets of 2^shift ns from `now` on, all of them empty. The last is the first whose ring spans
 * all of time. */
static void lay_out(struct calendar *c, sim_time now, unsigned shift)
{
    c->n_tiers = 1;
    while (shift + (c->n_tiers - 1) * TIER_HALF_BITS < CALENDAR_SHIFT_MAX)
        c->n_tiers++;
    assert(c->n_tiers <= TIERS_MAX);

    for (unsigned i = 0; i < c->n_tiers; i++) {
        struct tier *t = &c->tiers[i];

        if (t->ring == NULL) {
            t->ring = g_new0(struct bucket, TIER_BUCKETS);
            c->memory += TIER_BUCKETS * sizeof(struct bucket);
        }
        t->shift = shift + i * TIER_HALF_BITS;
        t->next = i == 0 ? (uint64_t)now >> shift : c->tiers[i - 1].limit >> TIER_HALF_BITS;
        t->limit = ((t->next >> TIER_HALF_BITS) + 2) << TIER_HALF_BITS;
    }
    c->tiers[c->n_tiers - 1].limit = UINT64_MAX;
}

static void take_buckets(struct tier *t, GArray *into)
{
    for (size_t at = 0; at < TIER_BUCKETS && t->n > 0; at++) {
        if (t->ring[at].first != NULL) {
            g_array_append_val(into, t->ring[at]);
            t->ring[at] = (struct bucket){ 0 };
        }
    }
    memset(t->busy, 0, sizeof t->busy);
    t->n = 0;
}

/* The entries go from old buckets to new ones chunk by chunk, so that it takes little memory besides. Equal
 * times lie in one bucket, in their order, before and after. */
void calendar_start(struct calendar *c, sim_time now, unsigned shift, entry_test *is_stale, const void *self)
{
    assert(now >= 0 && shift <= CALENDAR_SHIFT_MAX);

    GArray *old = g_array_new(FALSE, FALSE, sizeof(struct bucket));

    for (unsigned i = 0; i < c->n_tiers && c->n > 0; i++)
        take_buckets(&c->tiers[i], old);
    c->n = 0;
    lay_out(c, now, shift);
    for (unsigned i = 0; i < old->len; i++) {
        const struct bucket *b = &g_array_index(old, struct bucket, i);

        for (struct chunk *k = b->first; k != NULL; k = leave_chunk(c, k)) {
            const struct entry *end = chunk_end(b, k);

            prefetch_next(k);
            for (const struct entry *e = k->entries; e < end; e++)
                if (!is_stale(self, e))
                    calendar_put(c, e);
        }
    }
    g_array_unref(old);
}

/* The next bucket of tier `i` + 1 goes into the part of tier `i` that reaches there. */
static void pour(struct calendar *c, unsigned i)
{
    struct tier *to = &c->tiers[i], *from = to + 1;
    struct bucket b = take_bucket(from, from->next++);
    size_t moved = 0;

    to->limit = from->next << TIER_HALF_BITS;
    for (struct chunk *k = b.first; k != NULL; k = leave_chunk(c, k)) {
        const struct entry *end = chunk_end(&b, k);

        prefetch_next(k);
        moved += (size_t)(end - k->entries);
        for (const struct entry *e = k->entries; e < end; e++) {
            struct bucket *into = &to->ring[((uint64_t)e->when >> to->shift) % TIER_BUCKETS];

            if ((uintptr_t)into->end % CHUNK_SIZE == 0)
                calendar_grow(c, to, into);
            *into->end++ = *e;
        }
    }
    from->n -= moved;
    to->n += moved;
}

/* Let tier `i` reach at least half a ring ahead. */
static void extend(struct calendar *c, unsigned i)
{
    struct tier *t = &c->tiers[i];

    while (t->limit - t->next < TIER_HALF) {
        if (t[1].next == t[1].limit)
            extend(c, i + 1);
        pour(c, i);
    }
}

/* Nothing lies before bucket `number` of tier `i`: the tiers below, which are empty, begin there. */
static void skip_to(struct calendar *c, unsigned i, uint64_t number)
{
    c->tiers[i].next = number;
    while (i-- > 0) {
        number <<= TIER_HALF_BITS;
        c->tiers[i].next = c->tiers[i].limit = number;
    }
}

void entries_reserve(struct entries *v, size_t n)
{
    if (n <= v->room)
        return;

    size_t room = MAX(n, 2 * v->room);

    v->at = g_renew(struct entry, v->at, room);
    memset(v->at + v->room, 0, (room - v->room) * sizeof *v->at);
    v->room = room;
}

static void append(struct calendar *c, struct tier *t, uint64_t number, struct entries *into)
{
    struct bucket b = take_bucket(t, number);
    size_t before = into->n;

    for (struct chunk *k = b.first; k != NULL; k = leave_chunk(c, k)) {
        size_t n = (size_t)(chunk_end(&b, k) - k->entries);

        prefetch_next(k);
        entries_reserve(into, into->n + n);
        memcpy(into->at + into->n, k->entries, n * sizeof *k->entries);
        into->n += n;
    }
    t->n -= into->n - before;
    c->n -= into->n - before;
}

bool calendar_take(struct calendar *c, sim_time until, struct entries *into, uint64_t *end_out)
{
    if (c->n == 0)
        return false;
    for (;;) {
        struct tier *t = c->tiers;

        while (t->n == 0)
            t++;

        unsigned i = (unsigned)(t - c->tiers);
        uint64_t number = first_busy(t);

        if (number << t->shift > (uint64_t)until)
            return false;
        if (i == 0) {
            append(c, t, number, into);
            t->next = number + 1;
            extend(c, 0);
            *end_out = t->next << t->shift;
            return true;
        }
        skip_to(c, i, number);
        pour(c, i - 1);
    }
}

void calendar_take_all(struct calendar *c, struct entries *into)
{
    entries_reserve(into, into->n + c->n);
    for (struct tier *t = c->tiers; c->n > 0; t++)
        while (t->n > 0)
            append(c, t, first_busy(t), into);
}
