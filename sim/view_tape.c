/* The tape (view.h): every record of one run, packed, with what leads from one to the next.
 *
 * Records come from a world that is gone when the tape is done, so all that they point to is copied: texts
 * once each, however often they are said. Nothing is changed after view_tape_new, so threads may share it. */
#include <string.h>

#include "export/explain.h"
#include "mxlab_parts.h"
#include "net/packet.h"
#include "net/wire.h"
#include "view.h"

enum {
    BLOCK_OCTETS = 1 << 18,          /* of records and texts */
    WIRE_BLOCK_OCTETS = 1 << 20,     /* of packets' bytes, in which a packet lies whole */
    WIRE_BLOCKS_MAX = 64,            /* so at most 64 MiB of them */
    WIRE_ALIGN = 4,                  /* places of packets are counted in words, to fit 32 bits */
    EVENTS_BETWEEN_PROGRESS = 1024,  /* how often on_progress is asked */
    RECORDS_BETWEEN_MARKS = 512,     /* at least, see struct mark */
    RECORDS_UNTIL_HALF = 100 * 1000, /* progress of a run whose end nobody knows */
    CARRIER_STEPS_MAX = 64,          /* from a packet up to the oldest message in it */
};

/* The packets that were under way right before a record: view_tape_flying starts from the last mark and reads
 * on. The more there are, the longer until the next mark, so that marks take no more room than records. */
struct mark {
    int64_t before; /* index of that record */
    size_t at, n;   /* in `flights` */
};

struct view_tape {
    GPtrArray *blocks;  /* of BLOCK_OCTETS, or larger for one large object */
    size_t block_used;  /* of the last */
    GHashTable *texts;  /* struct span in the blocks → itself; NULL once the tape is done */
    GPtrArray *records; /* const struct record * */
    GArray *next; /* uint32_t: seq of the hop of a send or forward, of the carrier of a message; 0: none */
    GArray *wire; /* uint32_t: of a send, where its bytes are, in words, plus one; 0: not kept */
    GPtrArray *wire_blocks; /* of WIRE_BLOCK_OCTETS */
    size_t wire_used;       /* of the last */
    bool wire_full;  /* what is not kept at one time is not kept later either: a tape has its bytes up to
                        somewhere */
    GArray *marks;   /* of struct mark */
    GArray *flights; /* of int64_t */
};

/* ---- Memory. */

static void *take(struct view_tape *t, size_t size)
{
    size = (size + 7) & ~(size_t)7;
    if (t->blocks->len == 0 || t->block_used + size > BLOCK_OCTETS) {
        g_ptr_array_add(t->blocks, g_malloc(MAX(size, BLOCK_OCTETS)));
        t->block_used = 0;
    }
    void *at = (char *)g_ptr_array_index(t->blocks, t->blocks->len - 1) + t->block_used;
    t->block_used += size;
    return at;
}

static guint text_hash(gconstpointer key)
{
    const struct span *s = key;
    guint32 hash = 2166136261u; /* FNV-1a */

    for (size_t i = 0; i < s->len; i++)
        hash = (hash ^ (unsigned char)s->at[i]) * 16777619u;
    return hash;
}

static gboolean text_equal(gconstpointer a, gconstpointer b)
{
    return span_is(*(const struct span *)a, *(const struct span *)b);
}

/* The one copy of that text, with a NUL behind it. */
static const char *kept(struct view_tape *t, struct span text)
{
    struct span *s = g_hash_table_lookup(t->texts, &text);

    if (s == NULL) {
        s = take(t, sizeof *s + text.len + 1);
        char *copy = (char *)(s + 1);
        if (text.len > 0)
            memcpy(copy, text.at, text.len);
        copy[text.len] = '\0';
        *s = span_bytes(copy, text.len);
        g_hash_table_add(t->texts, s);
    }
    return s->at;
}

static const char *kept_name(struct view_tape *t, const char *name)
{
    return name != NULL ? kept(t, span_of(name)) : NULL;
}

/* As long as its fields, not as a whole struct record. */
static struct record *kept_record(struct view_tape *t, const struct record *r)
{
    size_t size = offsetof(struct record, fields) + r->n_fields * sizeof r->fields[0];
    struct record *copy = take(t, size);

    memcpy(copy, r, size);
    copy->packet = NULL;
    copy->host = kept_name(t, r->host);
    copy->peer = kept_name(t, r->peer);
    copy->why = kept_name(t, r->why);
    for (unsigned i = 0; i < r->n_fields; i++)
        if (r->fields[i].kind == FIELD_TEXT)
            copy->fields[i].text.at = kept(t, r->fields[i].text);
    return copy;
}

static uint32_t kept_bytes(struct view_tape *t, const struct packet *p)
{
    size_t size = packet_size(p);

    if (t->wire_full)
        return 0;
    if (t->wire_blocks->len == 0 || t->wire_used + size > WIRE_BLOCK_OCTETS) {
        if (t->wire_blocks->len == WIRE_BLOCKS_MAX) {
            t->wire_full = true;
            return 0;
        }
        g_ptr_array_add(t->wire_blocks, g_malloc(WIRE_BLOCK_OCTETS));
        t->wire_used = 0;
    }
    uint8_t *at = (uint8_t *)g_ptr_array_index(t->wire_blocks, t->wire_blocks->len - 1) + t->wire_used;
    if (wire_encode(p, at, size) == 0)
        return 0;
    size_t place = (t->wire_blocks->len - 1) * (size_t)WIRE_BLOCK_OCTETS + t->wire_used;
    t->wire_used += (size + WIRE_ALIGN - 1) / WIRE_ALIGN * WIRE_ALIGN;
    return (uint32_t)(place / WIRE_ALIGN) + 1;
}

/* ---- Hearing the run. */

static const struct record *nth(const struct view_tape *t, int64_t i)
{
    return g_ptr_array_index(t->records, (guint)i);
}

static uint32_t *next_of(const struct view_tape *t, int64_t i)
{
    return &g_array_index(t->next, uint32_t, (guint)i);
}

static bool flies(const struct record *r)
{
    return r->event == EV_PACKET_SEND || r->event == EV_PACKET_FORWARD;
}

static bool has_payload(const struct record *r)
{
    const struct field *f = record_field(r, KEY_LEN);
    return f != NULL && f->number > 0;
}

/* A packet's cause is the last message that is in it, perhaps through a change of state; several commands may
 * have gone into one segment (RFC 2920), each the cause of the next. What was sent before has its carrier. */
static void find_messages(struct view_tape *t, const struct record *packet)
{
    uint64_t seq = packet->cause;

    for (int i = 0; i < CARRIER_STEPS_MAX && seq != 0; i++) {
        const struct record *r = nth(t, (int64_t)seq - 1);
        if (view_is_packet(r) || r->host != packet->host)
            return;
        if (explain_is_sent(r->event) && r->conn == packet->conn) {
            if (*next_of(t, (int64_t)seq - 1) != 0)
                return;
            *next_of(t, (int64_t)seq - 1) = (uint32_t)packet->seq;
        }
        seq = r->cause;
    }
}

static void on_record(void *self, const struct record *heard)
{
    struct view_tape *t = self;
    struct record *r = kept_record(t, heard);
    uint32_t none = 0, place = 0;

    g_assert(r->seq == t->records->len + UINT64_C(1) && r->seq < UINT32_MAX);
    if (r->event == EV_PACKET_SEND && heard->packet != NULL)
        place = kept_bytes(t, heard->packet);
    g_ptr_array_add(t->records, r);
    g_array_append_val(t->next, none);
    g_array_append_val(t->wire, place);
    if (r->event == EV_PACKET_SEND && has_payload(r))
        find_messages(t, r);
    else if (view_is_packet(r) && r->event != EV_PACKET_SEND && r->cause != 0 &&
             flies(nth(t, (int64_t)r->cause - 1)))
        *next_of(t, (int64_t)r->cause - 1) = (uint32_t)r->seq;
}

/* ---- What is under way. */

static bool is_flying(const struct view_tape *t, int64_t i, sim_time at)
{
    uint32_t hop = *next_of(t, i);
    return hop == 0 || nth(t, (int64_t)hop - 1)->time > at;
}

/* Of those under way keep what has not come down before record `i`. */
static void forget_landed(const struct view_tape *t, GArray *flying, int64_t i)
{
    guint kept_n = 0;

    for (guint k = 0; k < flying->len; k++) {
        int64_t f = g_array_index(flying, int64_t, k);
        uint32_t hop = *next_of(t, f);
        if (hop == 0 || (int64_t)hop - 1 >= i)
            g_array_index(flying, int64_t, kept_n++) = f;
    }
    g_array_set_size(flying, kept_n);
}

static void set_marks(struct view_tape *t)
{
    GArray *flying = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int64_t due = 0;

    for (int64_t i = 0; i < view_tape_length(t); i++) {
        if (i == due) {
            forget_landed(t, flying, i);
            struct mark m = { i, t->flights->len, flying->len };
            g_array_append_val(t->marks, m);
            g_array_append_vals(t->flights, flying->data, flying->len);
            due = i + MAX(RECORDS_BETWEEN_MARKS, 4 * (int64_t)flying->len);
        }
        if (flies(nth(t, i)))
            g_array_append_val(flying, i);
    }
    g_array_free(flying, TRUE);
}

static const struct mark *mark_before(const struct view_tape *t, int64_t i)
{
    guint low = 0, high = t->marks->len; /* the first mark stands before record 0 */

    while (high - low > 1) {
        guint middle = (low + high) / 2;
        if (g_array_index(t->marks, struct mark, middle).before <= i)
            low = middle;
        else
            high = middle;
    }
    return &g_array_index(t->marks, struct mark, low);
}

unsigned view_tape_flying(const struct view_tape *t, sim_time at, int64_t *out, unsigned room)
{
    int64_t last = view_tape_at(t, at);
    unsigned n = 0;

    if (last < 0)
        return 0;
    const struct mark *m = mark_before(t, last);
    for (size_t k = 0; k < m->n; k++) {
        int64_t i = g_array_index(t->flights, int64_t, m->at + k);
        if (!is_flying(t, i, at))
            continue;
        if (n < room)
            out[n] = i;
        n++;
    }
    for (int64_t i = m->before; i <= last; i++) {
        if (!flies(nth(t, i)) || !is_flying(t, i, at))
            continue;
        if (n < room)
            out[n] = i;
        n++;
    }
    return n;
}

/* ---- Making it. */

static struct view_tape *empty_tape(void)
{
    struct view_tape *t = g_new0(struct view_tape, 1);

    t->blocks = g_ptr_array_new_with_free_func(g_free);
    t->wire_blocks = g_ptr_array_new_with_free_func(g_free);
    t->texts = g_hash_table_new(text_hash, text_equal);
    t->records = g_ptr_array_new();
    t->next = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    t->wire = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    t->marks = g_array_new(FALSE, FALSE, sizeof(struct mark));
    t->flights = g_array_new(FALSE, FALSE, sizeof(int64_t));
    return t;
}

/* By the clock if the run's end is known; else by records, never quite 1. */
static double progress(const struct world *w, const struct view_tape *t)
{
    double n = t->records->len;

    if (w->scenario->duration != 0)
        return (double)sim_now(&w->sim) / (double)w->end;
    return n / (n + RECORDS_UNTIL_HALF);
}

struct view_tape *view_tape_new(const struct mxlab *m, bool (*on_progress)(void *self, double done),
                                void *self)
{
    struct view_tape *t = empty_tape();
    struct world *w = mxlab_world_new(m);
    bool goes_on = true;

    world_listen(w, on_record, t);
    for (unsigned n = 1; goes_on && world_step(w, SIM_NEVER); n++)
        if (n % EVENTS_BETWEEN_PROGRESS == 0 && on_progress != NULL)
            goes_on = on_progress(self, progress(w, t));
    world_free(&w);
    g_clear_pointer(&t->texts, g_hash_table_unref);
    if (goes_on) {
        set_marks(t);
        goes_on = on_progress == NULL || on_progress(self, 1);
    }
    if (!goes_on)
        view_tape_free(&t);
    return t;
}

void view_tape_free(struct view_tape **tape)
{
    struct view_tape *t = *tape;

    if (t == NULL)
        return;
    g_ptr_array_unref(t->blocks);
    g_ptr_array_unref(t->wire_blocks);
    g_ptr_array_unref(t->records);
    g_array_unref(t->next);
    g_array_unref(t->wire);
    g_array_unref(t->marks);
    g_array_unref(t->flights);
    g_free(t);
    *tape = NULL;
}

/* ---- Reading it. */

int64_t view_tape_length(const struct view_tape *t)
{
    return t->records->len;
}

const struct record *view_tape_nth(const struct view_tape *t, int64_t i)
{
    g_assert(i >= 0 && i < view_tape_length(t));
    return nth(t, i);
}

int64_t view_tape_at(const struct view_tape *t, sim_time at)
{
    int64_t low = -1, high = view_tape_length(t);

    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (nth(t, middle)->time <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

sim_time view_tape_end(const struct view_tape *t)
{
    int64_t n = view_tape_length(t);
    return n > 0 ? nth(t, n - 1)->time : 0;
}

int64_t view_tape_hop(const struct view_tape *t, int64_t i)
{
    return flies(view_tape_nth(t, i)) ? (int64_t)*next_of(t, i) - 1 : -1;
}

int64_t view_tape_carrier(const struct view_tape *t, int64_t i)
{
    return explain_is_sent(view_tape_nth(t, i)->event) ? (int64_t)*next_of(t, i) - 1 : -1;
}

/* Whoever forwards, receives or loses a packet has, but for its TTL, the bytes that were sent: the send is at
 * the head of its chain of causes. */
const uint8_t *view_tape_bytes(const struct view_tape *t, int64_t i, size_t *len_out)
{
    const struct record *r = view_tape_nth(t, i);

    *len_out = 0;
    while (view_is_packet(r) && r->event != EV_PACKET_SEND && r->cause != 0)
        r = nth(t, (int64_t)r->cause - 1);
    if (r->event != EV_PACKET_SEND)
        return NULL;
    uint32_t word = g_array_index(t->wire, uint32_t, (guint)r->seq - 1);
    if (word == 0)
        return NULL;
    size_t place = (size_t)(word - 1) * WIRE_ALIGN;
    const uint8_t *at = (const uint8_t *)g_ptr_array_index(t->wire_blocks,
                                                           (guint)(place / WIRE_BLOCK_OCTETS)) +
                        place % WIRE_BLOCK_OCTETS;
    *len_out = (size_t)(at[2] << 8 | at[3]); /* RFC 791 §3.1: total length */
    return at;
}

int64_t view_tape_last(const struct view_tape *t, int64_t i, const struct view_pattern *p)
{
    for (i = MIN(i, view_tape_length(t) - 1); i >= 0; i--)
        if (view_pattern_matches(p, nth(t, i)))
            return i;
    return -1;
}
