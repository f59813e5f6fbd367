#include "cli/step_reel.h"

#include <string.h>

struct reel {
    struct mxlab *m;
    GPtrArray *window; /* of struct record: without gaps, from `first` on */
    uint64_t first;
    uint64_t wanted;   /* nothing from here on is dropped */
    GPtrArray *faults; /* of struct record: all fault.begin and fault.end heard so far */
};

static uint64_t last(const struct reel *r)
{
    return r->first + r->window->len - 1;
}

static void make_room(struct reel *r)
{
    unsigned n = r->window->len / 2;

    if (r->window->len < REEL_WINDOW || r->first + n > r->wanted)
        return;
    g_ptr_array_remove_range(r->window, 0, n);
    r->first += n;
}

static void on_record(void *self, const struct record *record)
{
    struct reel *r = self;
    const struct record *fault = r->faults->len > 0 ? g_ptr_array_index(r->faults, r->faults->len - 1) : NULL;

    if ((record->event == EV_FAULT_BEGIN || record->event == EV_FAULT_END) &&
        (fault == NULL || fault->seq < record->seq))
        g_ptr_array_add(r->faults, record_copy(record));
    if (record->seq != last(r) + 1)
        return; /* the run was moved back, and comes by here again */
    make_room(r);
    g_ptr_array_add(r->window, record_copy(record));
}

struct reel *reel_new(struct mxlab *m)
{
    struct reel *r = g_new0(struct reel, 1);
    bool ok;

    r->m = m;
    r->first = 1;
    r->window = g_ptr_array_new_with_free_func(g_free);
    r->faults = g_ptr_array_new_with_free_func(g_free);
    ok = mxlab_listen(m, on_record, r);
    g_assert(ok);
    return r;
}

void reel_free(struct reel **r)
{
    if (*r == NULL)
        return;
    g_ptr_array_unref((*r)->window);
    g_ptr_array_unref((*r)->faults);
    g_free(*r);
    *r = NULL;
}

const struct record *reel_get(struct reel *r, uint64_t seq)
{
    g_assert(seq > 0);
    r->wanted = seq;
    if (seq < r->first) { /* it was dropped: again from the start, with room for some way back */
        g_ptr_array_set_size(r->window, 0);
        r->first = seq > REEL_WINDOW / 2 ? seq - REEL_WINDOW / 2 : 1;
        mxlab_rewind(r->m);
    }
    while (last(r) < seq && mxlab_step(r->m))
        ;
    return seq <= last(r) ? g_ptr_array_index(r->window, seq - r->first) : NULL;
}

/* ---- Faults. */

static bool same_field(const struct record *a, const struct record *b, enum key key)
{
    const struct field *x = record_field(a, key), *y = record_field(b, key);
    return x != NULL && y != NULL && span_is(x->text, y->text);
}

/* A fault ends by its own record, which it is the cause of; or with all of its kind, by hand. */
static void end_faults(GPtrArray *lasting, const struct record *end)
{
    for (unsigned i = lasting->len; i-- > 0;) {
        const struct record *f = g_ptr_array_index(lasting, i);
        bool is_its_end = f->seq == end->cause;

        if (is_its_end || (end->cause == 0 && same_field(f, end, KEY_WHAT) && same_field(f, end, KEY_ON)))
            g_ptr_array_remove_index(lasting, i);
    }
}

GPtrArray *reel_faults(const struct reel *r, uint64_t seq)
{
    GPtrArray *lasting = g_ptr_array_new();

    for (unsigned i = 0; i < r->faults->len; i++) {
        struct record *f = g_ptr_array_index(r->faults, i);

        if (f->seq > seq)
            break;
        if (f->event == EV_FAULT_END)
            end_faults(lasting, f);
        else
            g_ptr_array_add(lasting, f);
    }
    return lasting;
}
