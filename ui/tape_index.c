#include "tape_index.h"

#include <string.h>

#include "ladder_rows.h"
#include "time_bars.h"
#include "timescale.h"

enum { CHAIN_MAX = 64, LOOK_BACK = 4096 };

bool tape_is_hidden(const char *host)
{
    return host != NULL && strcmp(host, "internet") == 0;
}

const struct record *tape_cause(const struct view_tape *t, const struct record *r)
{
    return r->cause == 0 || r->cause >= r->seq ? NULL : view_tape_nth(t, (int64_t)r->cause - 1);
}

int64_t tape_chapter_begin(const struct view_tape *t, int64_t note)
{
    const struct record *r = view_tape_nth(t, note), *cause = tape_cause(t, r);
    return cause != NULL && cause->time == r->time ? (int64_t)cause->seq - 1 : note;
}

const struct record *tape_send_of(const struct view_tape *t, const struct record *packet)
{
    const struct record *r = packet;

    for (unsigned i = 0; r != NULL && i < CHAIN_MAX && r->event != EV_PACKET_SEND; i++)
        r = view_is_packet(r) ? tape_cause(t, r) : NULL;
    return r != NULL && r->event == EV_PACKET_SEND ? r : NULL;
}

static int64_t number(const struct record *r, enum key key)
{
    const struct field *f = record_field(r, key);
    return f != NULL && f->kind == FIELD_NUMBER ? f->number : -1;
}

/* What is sent again was sent before: with the same sequence number, on the same connection, by the same
 * host. */
static const struct record *sent_first(const struct view_tape *t, const struct record *again)
{
    int64_t tseq = number(again, KEY_TSEQ), at = (int64_t)again->seq - 2, stop = MAX(0, at - LOOK_BACK);

    for (; at >= stop && number(again, KEY_LEN) > 0; at--) {
        const struct record *r = view_tape_nth(t, at), *cause;
        if (r->event != EV_PACKET_SEND || r->conn != again->conn || number(r, KEY_TSEQ) != tseq ||
            number(r, KEY_LEN) <= 0 || g_strcmp0(r->host, again->host) != 0)
            continue;
        cause = tape_cause(t, r);
        if (cause == NULL || cause->event != EV_TCP_RETRANSMIT)
            return r;
    }
    return NULL;
}

const struct record *tape_message_of(const struct view_tape *t, const struct record *send)
{
    const struct record *r = tape_cause(t, send);

    if (r != NULL && r->event == EV_TCP_RETRANSMIT) {
        send = sent_first(t, send);
        r = send != NULL ? tape_cause(t, send) : NULL;
    }
    /* A session tells its new state between the message and the packet. */
    while (r != NULL && view_is_state(r))
        r = tape_cause(t, r);
    if (r == NULL || !view_is_sent(r) || g_strcmp0(r->host, send->host) != 0)
        return NULL;
    return r;
}

int tape_index_host(const struct tape_index *x, const char *name)
{
    gpointer found = name != NULL ? g_hash_table_lookup(x->by_name, name) : NULL;
    return found == NULL ? -1 : (int)GPOINTER_TO_UINT(found) - 1;
}

static int host_id(struct tape_index *x, const char *name)
{
    int id = tape_index_host(x, name);

    if (id >= 0 || name == NULL)
        return id;
    g_ptr_array_add(x->hosts, g_strdup(name));
    g_hash_table_insert(x->by_name, g_ptr_array_index(x->hosts, x->hosts->len - 1),
                        GUINT_TO_POINTER(x->hosts->len));
    return (int)x->hosts->len - 1;
}

static void add_pair(struct tape_index *x, const char *from, const char *to, int64_t first)
{
    int a = host_id(x, from), b = host_id(x, to);
    gpointer key = GUINT_TO_POINTER(((unsigned)MIN(a, b) << 16) + (unsigned)MAX(a, b) + 1);

    if (a < 0 || b < 0 || a == b || !g_hash_table_add(x->pair_seen, key))
        return;
    struct tape_pair p = { (unsigned)MIN(a, b), (unsigned)MAX(a, b), first };
    g_array_append_val(x->pairs, p);
}

char *tape_link_end(const struct record *drop)
{
    const struct field *link = record_field(drop, KEY_LINK);
    const char *on = link != NULL && link->kind == FIELD_TEXT ? memchr(link->text.at, '>', link->text.len)
                                                              : NULL;

    return on == NULL ? NULL : g_strndup(on + 1, link->text.len - (gsize)(on + 1 - link->text.at));
}

/* A packet that leaves a host that is shown goes to the next one that is shown, or, lost before, to its
 * destination. */
static void learn_packet(struct tape_index *x, const struct view_tape *t, const struct record *r, int64_t i)
{
    int64_t hop;

    if (r->event != EV_PACKET_SEND && r->event != EV_PACKET_FORWARD)
        return;
    if (tape_is_hidden(r->host))
        return;
    hop = view_tape_hop(t, i);
    const struct record *next = hop >= 0 ? view_tape_nth(t, hop) : NULL;
    if (next != NULL && tape_is_hidden(next->host) && next->event == EV_PACKET_FORWARD) {
        hop = view_tape_hop(t, hop);
        next = hop >= 0 ? view_tape_nth(t, hop) : NULL;
    }
    if (next == NULL)
        return;
    g_autofree char *end = next->event == EV_PACKET_DROP ? tape_link_end(next) : g_strdup(next->host);
    add_pair(x, r->host, end == NULL || tape_is_hidden(end) ? r->peer : end, i);
}

static char *field_copy(const struct record *r, enum key key)
{
    const struct field *f = record_field(r, key);
    char buf[FIELD_BUF_MAX];

    if (f == NULL)
        return g_strdup("");
    struct span s = field_text(f, buf);
    return g_strndup(s.at, s.len);
}

static void learn_fault(struct tape_index *x, const struct record *r, int64_t i, sim_time end)
{
    g_autofree char *what = field_copy(r, KEY_WHAT), *on = field_copy(r, KEY_ON);

    if (r->event == EV_FAULT_BEGIN) {
        struct tape_fault f = { i, -1, r->time, end, g_steal_pointer(&what), g_steal_pointer(&on) };
        g_array_append_val(x->faults, f);
        return;
    }
    for (unsigned k = x->faults->len; k-- > 0;) {
        struct tape_fault *f = &g_array_index(x->faults, struct tape_fault, k);
        if (f->to < 0 && strcmp(f->what, what) == 0 && strcmp(f->on, on) == 0) {
            f->to = i;
            f->end = r->time;
            return;
        }
    }
}

static bool tells_of_mail(enum event e)
{
    switch ((int)e) {
    case EV_AGENT_COMPOSE:
    case EV_AGENT_SUBMIT:
    case EV_AGENT_SENT:
    case EV_AGENT_LOST:
    case EV_QUEUE_ADD:
    case EV_QUEUE_ATTEMPT:
    case EV_QUEUE_DEFER:
    case EV_QUEUE_DONE:
    case EV_QUEUE_BOUNCE:
    case EV_QUEUE_WARN:
    case EV_MAILBOX_STORE:
    case EV_MAILBOX_DELETE:
    case EV_MAILBOX_FLAGS:
    case EV_MAILBOX_COPY:
    case EV_AGENT_READ:
    case EV_SMTP_DATA:
        return true;
    default:
        return false;
    }
}

static void trail_free(void *data)
{
    if (data != NULL)
        g_array_unref(data);
}

static void add_to_trail(GPtrArray *trails, uint32_t mail, int64_t i)
{
    if (mail >= trails->len)
        g_ptr_array_set_size(trails, (gint)mail + 1);
    if (trails->pdata[mail] == NULL)
        trails->pdata[mail] = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_array_append_val((GArray *)trails->pdata[mail], i);
}

static void learn(struct tape_index *x, const struct view_tape *t)
{
    sim_time end = view_tape_end(t);

    for (int64_t i = 0; i < x->length; i++) {
        const struct record *r = view_tape_nth(t, i);

        x->conns = MAX(x->conns, r->conn);
        x->lookups = MAX(x->lookups, r->lookup);
        if (r->event == EV_FAULT_BEGIN || r->event == EV_FAULT_END) {
            learn_fault(x, r, i, end);
        } else if (r->event == EV_NOTE) {
            const struct field *f = record_field(r, KEY_CHAPTER);
            struct tape_chapter c = { i, f != NULL ? (unsigned)f->number : x->chapters->len + 1 };
            g_array_append_val(x->chapters, c);
        } else if (view_is_packet(r)) {
            learn_packet(x, t, r, i);
        } else if (r->mail != 0 && tells_of_mail(r->event)) {
            add_to_trail(x->trails, r->mail, i);
        }
    }
}

static void fault_clear(void *self)
{
    struct tape_fault *f = self;

    g_free(f->what);
    g_free(f->on);
}

void tape_index_free(struct tape_index **index)
{
    struct tape_index *x = *index;

    if (x == NULL)
        return;
    for (unsigned i = 0; i < G_N_ELEMENTS(x->rows); i++)
        ladder_rows_free(&x->rows[i]);
    timescale_free(&x->scale);
    time_bars_free(&x->bars);
    g_hash_table_destroy(x->by_name);
    g_hash_table_destroy(x->pair_seen);
    g_ptr_array_unref(x->hosts);
    g_ptr_array_unref(x->trails);
    g_array_unref(x->pairs);
    g_array_unref(x->chapters);
    g_array_unref(x->faults);
    g_clear_pointer(index, g_free);
}

struct tape_index *tape_index_new(const struct view_tape *t, bool (*goes_on)(void *self), void *self)
{
    struct tape_index *x = g_new0(struct tape_index, 1);

    x->tape = t;
    x->length = view_tape_length(t);
    x->hosts = g_ptr_array_new_with_free_func(g_free);
    x->trails = g_ptr_array_new_with_free_func(trail_free);
    x->pairs = g_array_new(FALSE, FALSE, sizeof(struct tape_pair));
    x->chapters = g_array_new(FALSE, FALSE, sizeof(struct tape_chapter));
    x->faults = g_array_new(FALSE, FALSE, sizeof(struct tape_fault));
    g_array_set_clear_func(x->faults, fault_clear);
    x->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    x->pair_seen = g_hash_table_new(g_direct_hash, g_direct_equal);
    bool is_wanted = x->length > 0;
    for (int part = 0; part < 5 && is_wanted; part++) {
        switch (part) {
        case 0:
            learn(x, t);
            break;
        case 1:
        case 2:
            x->rows[part - 1] = ladder_rows_new(x, part == 2);
            break;
        case 3:
            x->scale = timescale_of(t);
            break;
        case 4:
            x->bars = time_bars_new(t, x->scale);
            break;
        }
        is_wanted = goes_on == NULL || goes_on(self);
    }
    if (!is_wanted)
        tape_index_free(&x);
    return x;
}
