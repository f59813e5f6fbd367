#include "mail/queue.h"

#include <assert.h>
#include <string.h>

#include "mail/server.h"

/* Lanes of domains that nothing waits for are kept up to this many: the next mail there finds its lane made.
 */
enum { LANES_KEPT = 1000 };

struct mail_queue {
    struct mail_retry retry;
    GHashTable *lanes; /* of struct mail_lane *, by struct span; never iterated but to free them */
    struct mail_queue_link all;
    struct mail_lane *line_first, *line_last;
    struct mail_queue_entry **heap; /* WAITING, a binary heap by (next, order) */
    unsigned n_heap, heap_room;
    unsigned n_entries;
    uint64_t added;
};

/* ---- Lists: a ring through a head. */

static void list_init(struct mail_queue_link *head)
{
    head->next = head->prev = head;
}

static void list_append(struct mail_queue_link *head, struct mail_queue_link *l)
{
    l->prev = head->prev;
    l->next = head;
    head->prev->next = l;
    head->prev = l;
}

static void list_unlink(struct mail_queue_link *l)
{
    l->prev->next = l->next;
    l->next->prev = l->prev;
    list_init(l);
}

static bool list_is_empty(const struct mail_queue_link *head)
{
    return head->next == head;
}

static struct mail_queue_entry *entry_of_lane_link(struct mail_queue_link *l)
{
    return (struct mail_queue_entry *)((char *)l - offsetof(struct mail_queue_entry, lane_link));
}

/* ---- The heap of those who wait. */

static bool is_before(const struct mail_queue_entry *a, const struct mail_queue_entry *b)
{
    return a->next != b->next ? a->next < b->next : a->order < b->order;
}

static void heap_put(struct mail_queue *q, unsigned i, struct mail_queue_entry *e)
{
    q->heap[i] = e;
    e->heap_index = i;
}

static void heap_up(struct mail_queue *q, unsigned i, struct mail_queue_entry *e)
{
    while (i > 0 && is_before(e, q->heap[(i - 1) / 2])) {
        heap_put(q, i, q->heap[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    heap_put(q, i, e);
}

static void heap_down(struct mail_queue *q, unsigned i, struct mail_queue_entry *e)
{
    for (unsigned child; (child = 2 * i + 1) < q->n_heap; i = child) {
        if (child + 1 < q->n_heap && is_before(q->heap[child + 1], q->heap[child]))
            child++;
        if (!is_before(q->heap[child], e))
            break;
        heap_put(q, i, q->heap[child]);
    }
    heap_put(q, i, e);
}

static void heap_add(struct mail_queue *q, struct mail_queue_entry *e)
{
    if (q->n_heap == q->heap_room) {
        q->heap_room = q->heap_room ? 2 * q->heap_room : 16;
        q->heap = g_renew(struct mail_queue_entry *, q->heap, q->heap_room);
    }
    q->n_heap++;
    heap_up(q, q->n_heap - 1, e);
}

static void heap_remove(struct mail_queue *q, struct mail_queue_entry *e)
{
    struct mail_queue_entry *last = q->heap[--q->n_heap];
    unsigned i = e->heap_index;

    assert(q->heap[i] == e);
    if (last == e)
        return;
    if (i > 0 && is_before(last, q->heap[(i - 1) / 2]))
        heap_up(q, i, last);
    else
        heap_down(q, i, last);
}

/* ---- Lanes. */

/* The key of a lane is its domain as a span: looking one up copies nothing. */
struct lane_key {
    struct span domain;
};

static guint lane_hash(gconstpointer key)
{
    const struct lane_key *k = key;
    guint h = 2166136261u;

    for (size_t i = 0; i < k->domain.len; i++)
        h = (h ^ (guchar)g_ascii_tolower(k->domain.at[i])) * 16777619u;
    return h;
}

static gboolean lane_equal(gconstpointer a, gconstpointer b)
{
    return span_is_nocase(((const struct lane_key *)a)->domain, ((const struct lane_key *)b)->domain);
}

struct keyed_lane {
    struct lane_key key;
    struct mail_lane lane;
};

static struct keyed_lane *keyed(struct mail_lane *lane)
{
    return (struct keyed_lane *)((char *)lane - offsetof(struct keyed_lane, lane));
}

static void lane_free(gpointer data)
{
    struct keyed_lane *k = data;

    g_free(k->lane.domain);
    g_free(k);
}

struct mail_lane *mail_queue_lane(struct mail_queue *q, struct span domain)
{
    struct keyed_lane *k = g_hash_table_lookup(q->lanes, &(struct lane_key){ domain });

    if (k == NULL) {
        k = g_new0(struct keyed_lane, 1);
        k->lane.domain = g_strndup(domain.at, domain.len);
        k->key.domain = span_bytes(k->lane.domain, domain.len);
        list_init(&k->lane.ready);
        list_init(&k->lane.unreached);
        g_hash_table_insert(q->lanes, &k->key, k);
    }
    return &k->lane;
}

static void drop_lane_if_idle(struct mail_queue *q, struct mail_lane *lane)
{
    if (lane->n_entries == 0 && lane->connections == 0 && !lane->in_line &&
        g_hash_table_size(q->lanes) > LANES_KEPT)
        g_hash_table_remove(q->lanes, &keyed(lane)->key);
}

static void line_up(struct mail_queue *q, struct mail_lane *lane)
{
    if (lane->in_line)
        return;
    lane->in_line = true;
    lane->line_next = NULL;
    if (q->line_first == NULL)
        q->line_first = lane;
    else
        q->line_last->line_next = lane;
    q->line_last = lane;
}

struct mail_lane *mail_queue_next_lane(struct mail_queue *q, unsigned connections)
{
    struct mail_lane *lane;

    while ((lane = q->line_first) != NULL) {
        q->line_first = lane->line_next;
        lane->in_line = false;
        /* One that has all its connections lines up again when it loses one. */
        if (!list_is_empty(&lane->ready) && lane->connections < connections)
            return lane;
        drop_lane_if_idle(q, lane);
    }
    return NULL;
}

void mail_queue_enter(struct mail_queue *q, struct mail_lane *lane)
{
    lane->connections++;
    if (!list_is_empty(&lane->ready))
        line_up(q, lane);
}

void mail_queue_leave(struct mail_queue *q, struct mail_lane *lane)
{
    assert(lane->connections > 0);
    lane->connections--;
    if (!list_is_empty(&lane->ready))
        line_up(q, lane);
    drop_lane_if_idle(q, lane);
}

/* ---- Entries. */

struct mail_queue *mail_queue_new(const struct mail_retry *retry)
{
    struct mail_queue *q = g_new0(struct mail_queue, 1);

    assert(retry->n_intervals > 0);
    q->retry = *retry;
    q->retry.intervals = g_memdup2(retry->intervals, retry->n_intervals * sizeof retry->intervals[0]);
    q->lanes = g_hash_table_new_full(lane_hash, lane_equal, NULL, lane_free);
    list_init(&q->all);
    return q;
}

static void entry_free(struct mail_queue_entry *e)
{
    for (unsigned i = 0; i < e->n_rcpts; i++) {
        g_free(e->rcpts[i].line);
        g_free(e->rcpts[i].remote);
    }
    mail_message_unref(&e->message);
    g_free(e);
}

void mail_queue_free(struct mail_queue **q)
{
    if (*q == NULL)
        return;
    for (struct mail_queue_link *l = (*q)->all.next, *next; l != &(*q)->all; l = next) {
        next = l->next;
        entry_free((struct mail_queue_entry *)l);
    }
    g_hash_table_destroy((*q)->lanes);
    g_free((*q)->heap);
    g_free((*q)->retry.intervals);
    g_free(*q);
    *q = NULL;
}

static char *put_text(char **at, struct span text)
{
    char *start = *at;

    memcpy(start, text.at, text.len);
    start[text.len] = '\0';
    *at += text.len + 1;
    return start;
}

static void make_ready(struct mail_queue *q, struct mail_queue_entry *e)
{
    e->state = MAIL_ENTRY_READY;
    list_append(&e->lane->ready, &e->lane_link);
    line_up(q, e->lane);
}

struct mail_queue_entry *mail_queue_add(struct mail_queue *q, struct mail_lane *lane, uint32_t id,
                                        struct mail_message *m, struct span sender,
                                        const char *const *recipients, unsigned n, sim_time now)
{
    size_t size = sizeof(struct mail_queue_entry) + n * sizeof(struct mail_queue_rcpt);
    size_t texts = sender.len + 1;
    struct mail_queue_entry *e;
    char *at;

    for (unsigned i = 0; i < n; i++)
        texts += strlen(recipients[i]) + 1;
    e = g_malloc(size + texts);
    memset(e, 0, size);
    at = (char *)e + size;
    e->sender = put_text(&at, sender);
    for (unsigned i = 0; i < n; i++)
        e->rcpts[i].address = put_text(&at, span_of(recipients[i]));
    e->n_rcpts = n;
    e->lane = lane;
    e->id = id;
    e->order = ++q->added;
    e->message = mail_message_ref(m);
    e->arrived = now;
    list_append(&q->all, &e->all);
    lane->n_entries++;
    q->n_entries++;
    make_ready(q, e);
    return e;
}

static void stop_waiting(struct mail_queue *q, struct mail_queue_entry *e)
{
    heap_remove(q, e);
    list_unlink(&e->lane_link);
}

struct mail_queue_entry *mail_queue_take(struct mail_queue *q, struct mail_lane *lane, bool unreached)
{
    struct mail_queue_entry *e;

    if (!list_is_empty(&lane->ready)) {
        e = entry_of_lane_link(lane->ready.next);
        list_unlink(&e->lane_link);
    } else if (unreached && !list_is_empty(&lane->unreached)) {
        e = entry_of_lane_link(lane->unreached.next);
        stop_waiting(q, e);
    } else
        return NULL;
    e->state = MAIL_ENTRY_TAKEN;
    e->tries++;
    for (unsigned i = 0; i < e->n_rcpts; i++)
        e->rcpts[i].tried = false;
    return e;
}

sim_time mail_queue_gives_up_at(const struct mail_queue *q, const struct mail_queue_entry *e)
{
    return e->arrived > SIM_NEVER - q->retry.give_up ? SIM_NEVER : e->arrived + q->retry.give_up;
}

/* After the n-th failed attempt, from 1; the last interval repeats. */
static sim_time interval_after(const struct mail_queue *q, unsigned attempt)
{
    unsigned i = MIN(attempt, q->retry.n_intervals) - 1;

    return MAX(q->retry.intervals[i], 1);
}

sim_time mail_queue_interval(const struct mail_queue *q, const struct mail_queue_entry *e)
{
    return interval_after(q, e->state == MAIL_ENTRY_TAKEN ? e->tries : e->tries + 1);
}

/* Attempts are so far apart, begin to begin: one that takes a minute to fail does not push the next ones
 * away. The last is made when the time is up. */
static sim_time next_attempt(const struct mail_queue *q, const struct mail_queue_entry *e, sim_time started,
                             sim_time now)
{
    sim_time interval = interval_after(q, e->tries);
    sim_time next = started + interval > now ? started + interval : now + interval;
    sim_time last = mail_queue_gives_up_at(q, e);

    return last > now ? MIN(next, last) : next;
}

sim_time mail_queue_defer(struct mail_queue *q, struct mail_queue_entry *e, sim_time started, sim_time now)
{
    assert(e->state == MAIL_ENTRY_TAKEN && e->tries > 0);
    e->state = MAIL_ENTRY_WAITING;
    e->next = next_attempt(q, e, started, now);
    heap_add(q, e);
    if (e->unreached)
        list_append(&e->lane->unreached, &e->lane_link);
    else
        list_init(&e->lane_link);
    return e->next;
}

bool mail_queue_is_too_old(const struct mail_queue *q, const struct mail_queue_entry *e, sim_time now)
{
    return now >= mail_queue_gives_up_at(q, e);
}

bool mail_queue_should_warn(struct mail_queue *q, struct mail_queue_entry *e, sim_time now)
{
    if (q->retry.warn_after == 0 || e->warned || now - e->arrived < q->retry.warn_after)
        return false;
    e->warned = true;
    return true;
}

void mail_queue_remove(struct mail_queue *q, struct mail_queue_entry **e)
{
    struct mail_lane *lane = (*e)->lane;

    assert((*e)->state == MAIL_ENTRY_TAKEN);
    list_unlink(&(*e)->all);
    entry_free(*e);
    *e = NULL;
    lane->n_entries--;
    q->n_entries--;
    drop_lane_if_idle(q, lane);
}

sim_time mail_queue_next(const struct mail_queue *q)
{
    return q->n_heap > 0 ? q->heap[0]->next : SIM_NEVER;
}

void mail_queue_wake(struct mail_queue *q, sim_time now)
{
    while (q->n_heap > 0 && q->heap[0]->next <= now) {
        struct mail_queue_entry *e = q->heap[0];

        stop_waiting(q, e);
        make_ready(q, e);
    }
}

void mail_queue_wake_all(struct mail_queue *q, uint64_t cause)
{
    for (struct mail_queue_link *l = q->all.next; l != &q->all; l = l->next) {
        struct mail_queue_entry *e = (struct mail_queue_entry *)l;

        e->cause = cause;
        if (e->state == MAIL_ENTRY_READY)
            continue;
        if (e->state == MAIL_ENTRY_WAITING)
            stop_waiting(q, e);
        make_ready(q, e);
    }
}

unsigned mail_queue_entries(const struct mail_queue *q)
{
    return q->n_entries;
}

uint64_t mail_queue_count_open(const struct mail_queue *q)
{
    uint64_t n = 0;

    for (const struct mail_queue_entry *e = NULL; (e = mail_queue_each(q, e)) != NULL;)
        for (unsigned i = 0; i < e->n_rcpts; i++)
            n += e->rcpts[i].state != MAIL_RCPT_DONE;
    return n;
}

const struct mail_queue_entry *mail_queue_each(const struct mail_queue *q,
                                               const struct mail_queue_entry *after)
{
    const struct mail_queue_link *l = after != NULL ? after->all.next : q->all.next;

    return l != &q->all ? (const struct mail_queue_entry *)l : NULL;
}
