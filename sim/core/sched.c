#include "core/sched.h"

#include <assert.h>

#include <glib.h>

#include "core/calendar.h"
#include "core/front.h"

enum {
    SMALL_MOST = 16,  /* so few that the heap holds them all: no buckets */
    SMALL_AGAIN = 4,  /* and all of them at once when so few are left */
    HEAP_MOST = 1024, /* more than this in the heap: the open bucket is too wide */
    WINDOW = 1024,    /* look at the width of the buckets after at least so many events */
    SAMPLES = 1024,   /* times to judge the density by */
    TARGET_LEAST = 8,
    TARGET_MOST = 2048,
    FIT = -1,
};

struct sched {
    struct sched_instant at; /* first: sched.h counts on it */
    struct front front;
    struct calendar calendar;

    /* Timers: an entry that may be cancelled names a slot and its generation, and is stale once that has
     * moved on. Nothing else is kept of a timer outside its entry, so that cancelling touches little memory.
     * Slot 0 is that of entries that can't be cancelled: its generation stays 0. */
    uint32_t *generation;
    uint32_t *free; /* a stack of slots, the last one freed on top */
    uint32_t n_slots, n_free;

    uint64_t scheduled, count, cancelled; /* in all, so far */
    size_t stale;                         /* entries of cancelled timers still in the queue */

    unsigned shift;       /* of the calendar's buckets, now or last */
    size_t heap_limit;    /* more than this in the heap: see whether something is to be gained */
    uint64_t earned_from; /* work() when everything was laid out last, or looked at in vain */
    struct entries hold;  /* what a rebuild takes from the front */

    /* Since the last look at the width: what had run and been pushed before it, the buckets opened in it. */
    uint64_t window_count, window_pushed, window_opened;
};

static void grow_slots(struct sched *s)
{
    uint32_t from = s->n_slots, to = MAX(2 * from, 64);

    assert(from < UINT32_MAX / 2);
    s->generation = g_renew(uint32_t, s->generation, to);
    s->free = g_renew(uint32_t, s->free, to);
    s->n_slots = to;
    for (uint32_t slot = to; slot-- > from;) {
        s->generation[slot] = slot > 0;
        if (slot > 0)
            s->free[s->n_free++] = slot;
    }
}

struct sched *sched_new(void)
{
    struct sched *s = g_new0(struct sched, 1);

    front_init(&s->front);
    calendar_init(&s->calendar);
    s->front.end = UINT64_MAX;
    s->heap_limit = SMALL_MOST;
    grow_slots(s);
    return s;
}

void sched_free(struct sched **s)
{
    if (*s == NULL)
        return;
    front_release(&(*s)->front);
    calendar_release(&(*s)->calendar);
    g_free((*s)->generation);
    g_free((*s)->free);
    g_free((*s)->hold.at);
    g_free(*s);
    *s = NULL;
}

size_t sched_pending(const struct sched *s)
{
    return (size_t)(s->scheduled - s->count - s->cancelled);
}

uint64_t sched_count(const struct sched *s)
{
    return s->count;
}

size_t sched_memory(const struct sched *s)
{
    const struct front *f = &s->front;
    size_t entries = f->run.room + f->spare.room + s->hold.room;

    return sizeof *s + s->calendar.memory + entries * sizeof(struct entry) +
           f->heap_room * sizeof(struct heap_item) + s->n_slots * 2 * sizeof(uint32_t);
}

static bool is_stale(const void *self, const struct entry *e)
{
    const struct sched *s = self;

    return s->generation[e->timer.slot] != e->timer.generation;
}

/* ---- how wide a bucket should be ---- */

/* How many events a bucket should hold. Opening one costs as much as a few events; what is scheduled for the
 * bucket that is open goes into the heap, so it shouldn't span a great part of what is pending; and memory
 * that no cache holds likes few buckets to write to, as long as a bucket fits the second cache. Measured with
 * tests/bench: from 1/32 to 1/256 of what is pending makes little difference. */
static size_t target(size_t pending)
{
    return CLAMP(pending / 128, TARGET_LEAST, TARGET_MOST);
}

static int by_time(const void *a, const void *b)
{
    sim_time x = *(const sim_time *)a, y = *(const sim_time *)b;

    return (x > y) - (x < y);
}

/* The shift at which a bucket gets the target's number of events, judging by how dense the first of these
 * lie; FIT if they are all at one time, where no width helps. */
static int fitting_shift(const struct sched *s, const struct entry *v, size_t n)
{
    sim_time sample[SAMPLES];
    size_t step = (n + SAMPLES - 1) / SAMPLES, taken = 0, nth;

    for (size_t i = 0; i < n; i += step)
        sample[taken++] = v[i].when;
    qsort(sample, taken, sizeof *sample, by_time);

    for (nth = taken / 8; nth < taken && sample[nth] == sample[0]; nth = 2 * nth + 1)
        ;
    if (nth >= taken)
        return FIT;

    uint64_t gap = (uint64_t)(sample[nth] - sample[0]) / (nth * step); /* from one event to the next */
    uint64_t width = MIN(gap, UINT64_C(1) << CALENDAR_SHIFT_MAX) * target(sched_pending(s));

    return width == 0 ? 0 : MIN(63 - __builtin_clzll(width), CALENDAR_SHIFT_MAX);
}

/* What has been put in and taken out so far. Laying everything out anew is earned when this has grown by half
 * of what there is to move, so that it costs each event a constant. */
static uint64_t work(const struct sched *s)
{
    return s->scheduled + s->count;
}

static bool is_earned(const struct sched *s)
{
    return work(s) - s->earned_from >= (s->calendar.n + s->front.heap_n) / 2 + WINDOW;
}

static void begin_window(struct sched *s)
{
    s->window_count = s->count;
    s->window_pushed = s->front.seq;
    s->window_opened = 0;
}

static void add(struct sched *s, const struct entry *e);

/* Drop what is stale, and lay the rest out anew: in buckets of 2^shift ns, all of them closed (FIT: of the
 * width that suits what is at the front), or, if it is little, all in the heap. */
static void rebuild(struct sched *s, int shift)
{
    struct entries *hold = &s->hold;

    hold->n = 0;
    front_take_all(&s->front, hold);
    if (shift == FIT && hold->n > 0)
        shift = fitting_shift(s, hold->at, hold->n);
    if (shift != FIT)
        s->shift = (unsigned)shift;

    calendar_start(&s->calendar, s->at.now, s->shift, is_stale, s);
    s->front.end = (uint64_t)s->at.now >> s->shift << s->shift;
    s->heap_limit = HEAP_MOST;
    if (sched_pending(s) <= SMALL_MOST / 2) {
        calendar_take_all(&s->calendar, hold);
        s->front.end = UINT64_MAX;
        s->heap_limit = SMALL_MOST;
    }
    for (size_t i = 0; i < hold->n; i++)
        if (!is_stale(s, &hold->at[i]))
            add(s, &hold->at[i]);

    s->stale = 0;
    s->earned_from = work(s);
    begin_window(s);
}

/* The heap has outgrown its limit: too much is scheduled for the bucket that is open. */
static void on_heap_full(struct sched *s)
{
    if (is_earned(s) || s->front.end == UINT64_MAX)
        rebuild(s, FIT);
    if (s->front.heap_n >= s->heap_limit)
        s->heap_limit = 2 * s->front.heap_n;
}

static inline void add(struct sched *s, const struct entry *e)
{
    if ((uint64_t)e->when >= s->front.end) {
        calendar_put(&s->calendar, e);
    } else {
        front_push(&s->front, e);
        if (__builtin_expect(s->front.heap_n > s->heap_limit, 0))
            on_heap_full(s);
    }
}

/* The shift that would have been better for the buckets opened lately: wider if they held too few, narrower
 * if most of what ran came in while they were open, through the heap. */
static unsigned better_shift(struct sched *s)
{
    uint64_t ran = s->count - s->window_count, pushed = s->front.seq - s->window_pushed;
    unsigned shift = s->shift;

    if (ran < WINDOW || s->window_opened == 0 || !is_earned(s))
        return shift;

    uint64_t held = ran / s->window_opened, want = target(sched_pending(s));

    if (pushed > ran / 2 && held > 4 * TARGET_LEAST)
        shift -= MIN(shift, 2);
    else if (pushed < ran / 8)
        for (; held < want / 2 && shift < CALENDAR_SHIFT_MAX; held = 2 * held + 1)
            shift++;
    begin_window(s);
    return shift;
}

/* The shift for narrower buckets, if the one just taken, not sorted yet, holds too many at many times. */
static unsigned narrower_shift(struct sched *s)
{
    const struct entries *run = &s->front.run;

    if (run->n <= 4 * target(sched_pending(s)) || s->shift == 0 || !is_earned(s))
        return s->shift;

    int shift = fitting_shift(s, run->at, run->n);

    if (shift != FIT && (unsigned)shift < s->shift)
        return (unsigned)shift;
    s->earned_from = work(s);
    return s->shift;
}

/* Bring what is due next to the front, which is empty. False if nothing is, at or before `until`. */
static bool open_next(struct sched *s, sim_time until)
{
    struct front *f = &s->front;

    for (unsigned shift;;) {
        front_clear_run(f);
        if (s->calendar.n <= SMALL_AGAIN) {
            calendar_take_all(&s->calendar, &f->run);
            f->end = UINT64_MAX;
            s->heap_limit = SMALL_MOST;
            break;
        }
        if ((shift = better_shift(s)) != s->shift)
            rebuild(s, (int)shift);
        if (!calendar_take(&s->calendar, until, &f->run, &f->end))
            return f->heap_n > 0;
        s->window_opened++;
        s->heap_limit = HEAP_MOST;
        if ((shift = narrower_shift(s)) == s->shift)
            break;
        f->head = f->run.at;
        rebuild(s, (int)shift);
    }
    front_sort_run(f);
    return f->run.n + f->heap_n > 0;
}

/* Handles and entries that name this slot are out of date from here on. One whose generations are used up
 * isn't used again: 8 octets for every 2^32 timers, and no handle ever means another's timer. */
static inline void free_slot(struct sched *s, uint32_t slot)
{
    if (__builtin_expect(++s->generation[slot] != UINT32_MAX, 1))
        s->free[s->n_free++] = slot;
}

struct sched_handle sched_at(struct sched *s, sim_time when, sched_fn *run, void *self)
{
    assert(when >= s->at.now && when < SIM_NEVER && run != NULL);
    if (__builtin_expect(s->n_free == 0, 0))
        grow_slots(s);

    uint32_t slot = s->free[--s->n_free];
    struct sched_handle h = { slot, s->generation[slot] };

    s->scheduled++;
    add(s, &(struct entry){ when, run, self, s->at.cause, h });
    return h;
}

void sched_post(struct sched *s, sim_time when, sched_fn *run, void *self)
{
    assert(when >= s->at.now && when < SIM_NEVER && run != NULL);
    s->scheduled++;
    add(s, &(struct entry){ when, run, self, 0, { 0 } });
}

bool sched_is_pending(const struct sched *s, struct sched_handle h)
{
    assert(h.slot < s->n_slots);
    return h.generation != 0 && s->generation[h.slot] == h.generation;
}

bool sched_cancel(struct sched *s, struct sched_handle *h)
{
    bool was = sched_is_pending(s, *h);

    if (was) {
        free_slot(s, h->slot);
        s->cancelled++;
        s->stale++;
        /* What is cancelled stays in the queue until it is due: not when it is the greater part. */
        if (s->stale > sched_pending(s) + HEAP_MOST)
            rebuild(s, s->front.end == UINT64_MAX ? FIT : (int)s->shift);
    }
    *h = (struct sched_handle){ 0 };
    return was;
}

/* The next live entry, if it is at or before `until`; else NULL. */
static inline const struct entry *next(struct sched *s, sim_time until)
{
    for (;;) {
        const struct entry *e = front_head(&s->front);

        if (__builtin_expect(e->when == SIM_NEVER, 0)) {
            if (!open_next(s, until))
                return NULL;
        } else if (__builtin_expect(is_stale(s, e), 0)) {
            front_pop(&s->front);
            s->stale--;
        } else {
            return e->when <= until ? e : NULL;
        }
    }
}

sim_time sched_next(struct sched *s)
{
    const struct entry *e = next(s, SIM_NEVER);

    return e != NULL ? e->when : SIM_NEVER;
}

/* The run shows what comes next: ask for its memory now. */
static inline void prefetch(const struct sched *s)
{
    const struct entry *e = s->front.head + FRONT_AHEAD;

    __builtin_prefetch(e->self);
    __builtin_prefetch(&s->generation[e->timer.slot]);
}

bool sched_step(struct sched *s, sim_time until)
{
    const struct entry *e = next(s, until);

    if (__builtin_expect(e == NULL, 0)) {
        if (until != SIM_NEVER && until > s->at.now)
            s->at.now = until;
        return false;
    }

    sched_fn *run = e->run;
    void *self = e->self;

    s->at.now = e->when;
    s->at.cause = e->cause;
    s->count++;
    if (e->timer.slot != 0)
        free_slot(s, e->timer.slot);
    front_pop(&s->front);
    prefetch(s);
    run(self);
    return true;
}
