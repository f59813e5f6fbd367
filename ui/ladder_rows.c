#include "ladder_rows.h"

#include <string.h>

#include "pace.h"
#include "words.h"

enum { WAITS_MAX = 64 /* the time line has no room for more */ };
static const sim_time LONG_WAIT = 30 * SIM_SECOND;

struct making {
    const struct tape_index *x;
    const struct view_tape *t;
    struct ladder_rows *l;
    bool with_tcp;
    sim_time until; /* the latest end of a row so far */
    bool has_row;
    GHashTable *opening; /* conn → row from 1, until it is open or has failed */
    GArray *pending;     /* of struct try: retransmissions of openings, in order */
};

struct
try {
    unsigned row;
    int64_t at;
};

double ladder_row_height(const struct ladder_row *row)
{
    return row->kind == ROW_WAIT                             ? ROW_WAIT_HEIGHT
           : row->kind == ROW_ARROW || row->kind == ROW_OPEN ? ROW_ARROW_HEIGHT
                                                             : ROW_NOTE_HEIGHT;
}

static struct ladder_row *nth(const struct ladder_rows *l, unsigned i)
{
    return &g_array_index(l->rows, struct ladder_row, i);
}

/* ---- Rows of records. */

static bool is_note(const struct record *r)
{
    switch (r->event) {
    case EV_DNS_LOOKUP:
    case EV_DNS_RESULT:
        return r->mail == 0; /* a person's; a server's says nothing that its queries do not */
    case EV_DNS_TIMEOUT:
    case EV_DNS_IGNORE:
    case EV_DNS_CACHE_HIT:
    case EV_DNS_GIVE_UP:
    case EV_QUEUE_ADD:
    case EV_QUEUE_ROUTE:
    case EV_QUEUE_DEFER:
    case EV_QUEUE_BOUNCE:
    case EV_QUEUE_WARN:
    case EV_MAILBOX_STORE:
    case EV_MAILBOX_DELETE:
    case EV_MAILBOX_FLAGS:
    case EV_MAILBOX_COPY:
    case EV_MAILBOX_FOLDER:
    case EV_AUTH_REFUSE:
    case EV_HTTP_PAGE:
    case EV_AGENT_ASK:
    case EV_AGENT_CHECK:
    case EV_AGENT_READ:
    case EV_AGENT_FOUND:
    case EV_AGENT_FAIL:
    case EV_AGENT_COMPOSE:
    case EV_MIME_ENCODE:
    case EV_AGENT_LOST:
        return true;
    default:
        return false;
    }
}

static void put(struct making *k, struct ladder_row row)
{
    const struct record *r = view_tape_nth(k->t, row.at);

    if (k->has_row && pace_is_skip(r->time - k->until)) {
        int64_t first = row.at;
        while (first > 0 && view_tape_nth(k->t, first - 1)->time == r->time)
            first--;
        struct ladder_row wait = { ROW_WAIT,    .from = -1,    .to = -1,
                                   .at = first, .arrives = -1, .gap = r->time - k->until };
        wait.opened = wait.failed = -1;
        g_array_append_val(k->l->rows, wait);
    }
    k->has_row = true;
    k->until = MAX(k->until, r->time);
    if (row.from >= 0)
        k->l->uses[row.from]++;
    if (row.to >= 0)
        k->l->uses[row.to]++;
    g_array_append_val(k->l->rows, row);
}

static struct ladder_row row_of(struct making *k, const struct record *r, int64_t i, enum row_kind kind)
{
    struct ladder_row row = { kind, tape_index_host(k->x, r->host),
                              r->peer ? tape_index_host(k->x, r->peer) : -1, .at = i };

    row.arrives = row.opened = row.failed = -1;
    return row;
}

static void follow_packet(struct making *k, struct ladder_row *row, int64_t send)
{
    for (int64_t i = send, hops = 0; i >= 0 && hops < 64; hops++) {
        i = view_tape_hop(k->t, i);
        const struct record *r = i >= 0 ? view_tape_nth(k->t, i) : NULL;
        if (r != NULL && r->event != EV_PACKET_FORWARD) {
            row->arrives = i;
            row->is_lost = r->event == EV_PACKET_DROP;
            return;
        }
    }
}

static void put_message(struct making *k, const struct record *r, int64_t i)
{
    struct ladder_row row = row_of(k, r, i, ROW_ARROW);
    int64_t send = view_tape_carrier(k->t, i);

    if (send >= 0)
        follow_packet(k, &row, send);
    put(k, row);
    if (row.arrives >= 0)
        k->until = MAX(k->until, view_tape_nth(k->t, row.arrives)->time);
}

/* A packet that no message explains: TCP's own, shown with its details. */
static void put_packet(struct making *k, const struct record *r, int64_t i)
{
    const struct field *proto = record_field(r, KEY_PROTO);

    if (proto == NULL || proto->kind != FIELD_TEXT || !span_is(proto->text, span_of("tcp")))
        return;
    const struct record *message = tape_message_of(k->t, r);
    if (message != NULL && view_tape_carrier(k->t, (int64_t)message->seq - 1) == i)
        return;
    struct ladder_row row = row_of(k, r, i, ROW_ARROW);
    row.is_detail = true;
    follow_packet(k, &row, i);
    put(k, row);
}

/* ---- The opening of a connection as one row. */

static void learn_opening(struct making *k, const struct record *r, int64_t i)
{
    gpointer key = GUINT_TO_POINTER(r->conn);

    if (r->event == EV_TCP_CONNECT) {
        put(k, row_of(k, r, i, ROW_OPEN));
        g_hash_table_insert(k->opening, key, GUINT_TO_POINTER(k->l->rows->len));
        return;
    }
    unsigned row = GPOINTER_TO_UINT(g_hash_table_lookup(k->opening, key));
    if (row == 0 || tape_index_host(k->x, r->host) != nth(k->l, row - 1)->from)
        return;
    k->until = MAX(k->until, r->time);
    if (r->event == EV_TCP_RETRANSMIT) {
        struct try t = { row - 1, i };
        g_array_append_val(k->pending, t);
        return;
    }
    if (r->event == EV_TCP_ESTABLISHED)
        nth(k->l, row - 1)->opened = i;
    else
        nth(k->l, row - 1)->failed = i;
    g_hash_table_remove(k->opening, key);
}

/* A SYN, or its answer, that got lost while the connection was not open. */
static void learn_loss(struct making *k, const struct record *r, int64_t i)
{
    unsigned row = r->conn == 0
                       ? 0
                       : GPOINTER_TO_UINT(g_hash_table_lookup(k->opening, GUINT_TO_POINTER(r->conn)));

    if (row == 0 || nth(k->l, row - 1)->is_lost)
        return;
    nth(k->l, row - 1)->is_lost = true;
    nth(k->l, row - 1)->arrives = i;
}

static int by_row(const void *pa, const void *pb)
{
    const struct try *a = pa, *b = pb;
    return a->row != b->row ? (a->row < b->row ? -1 : 1) : a->at < b->at ? -1 : a->at > b->at;
}

static void settle_tries(struct making *k)
{
    g_array_sort(k->pending, by_row);
    for (unsigned i = 0; i < k->pending->len; i++) {
        struct try t = g_array_index(k->pending, struct try, i);
        struct ladder_row *row = nth(k->l, t.row);
        if (row->n_tries++ == 0)
            row->first_try = k->l->tries->len;
        g_array_append_val(k->l->tries, t.at);
    }
}

static void put_record(struct making *k, const struct record *r, int64_t i)
{
    if (view_is_sent(r)) {
        put_message(k, r, i);
        return;
    }
    switch (r->event) {
    case EV_PACKET_SEND:
        if (k->with_tcp)
            put_packet(k, r, i);
        return;
    case EV_PACKET_DROP:
        learn_loss(k, r, i);
        return;
    case EV_TCP_CONNECT:
    case EV_TCP_ESTABLISHED:
    case EV_TCP_FAIL:
        if (!k->with_tcp)
            learn_opening(k, r, i);
        else if (r->event == EV_TCP_FAIL)
            put(k, row_of(k, r, i, ROW_NOTE));
        return;
    case EV_TCP_RETRANSMIT:
        if (k->with_tcp || g_hash_table_lookup(k->opening, GUINT_TO_POINTER(r->conn)) == NULL) {
            struct ladder_row row = row_of(k, r, i, k->with_tcp ? ROW_NOTE : ROW_ARROW);
            row.is_detail = true;
            for (int64_t j = i + 1; j < k->x->length && j < i + 8 && !k->with_tcp; j++)
                if (view_tape_nth(k->t, j)->event == EV_PACKET_SEND &&
                    view_tape_nth(k->t, j)->cause == r->seq)
                    follow_packet(k, &row, j);
            put(k, row);
        } else {
            learn_opening(k, r, i);
        }
        return;
    case EV_FAULT_BEGIN:
    case EV_FAULT_END:
        put(k, row_of(k, r, i, ROW_FAULT));
        return;
    default:
        if (is_note(r))
            put(k, row_of(k, r, i, ROW_NOTE));
    }
}

/* A chapter is marked at the row of what it begins with, or the row before. */
static void mark_chapters(struct making *k)
{
    for (unsigned i = 0; i < k->x->chapters->len; i++) {
        const struct tape_chapter *c = &g_array_index(k->x->chapters, struct tape_chapter, i);
        const struct record *note = view_tape_nth(k->t, c->at);
        int64_t cause = note->cause > 0 ? (int64_t)note->cause - 1 : c->at;
        unsigned n = ladder_rows_until(k->l, cause);
        if (n > 0 && nth(k->l, n - 1)->chapter == 0)
            nth(k->l, n - 1)->chapter = c->number;
        else if (n < k->l->rows->len && nth(k->l, n)->chapter == 0)
            nth(k->l, n)->chapter = c->number;
    }
}

struct ladder_rows *ladder_rows_new(const struct tape_index *x, bool with_tcp)
{
    struct ladder_rows *l = g_new0(struct ladder_rows, 1);
    struct making k = { .x = x, .t = x->tape, .l = l, .with_tcp = with_tcp };
    int32_t y = 0;

    l->rows = g_array_new(FALSE, FALSE, sizeof(struct ladder_row));
    l->tries = g_array_new(FALSE, FALSE, sizeof(int64_t));
    l->waits = g_array_new(FALSE, FALSE, sizeof(unsigned));
    l->uses = g_new0(unsigned, x->hosts->len + 1);
    k.opening = g_hash_table_new(g_direct_hash, g_direct_equal);
    k.pending = g_array_new(FALSE, FALSE, sizeof(struct try));
    for (int64_t i = 0; i < x->length; i++)
        put_record(&k, view_tape_nth(x->tape, i), i);
    settle_tries(&k);
    mark_chapters(&k);
    for (unsigned i = 0; i < l->rows->len; i++) {
        bool is_long = nth(l, i)->kind == ROW_WAIT && nth(l, i)->gap >= LONG_WAIT;
        if (is_long && l->waits->len < WAITS_MAX)
            g_array_append_val(l->waits, i);
        nth(l, i)->y = y;
        y += (int32_t)ladder_row_height(nth(l, i));
    }
    g_hash_table_destroy(k.opening);
    g_array_free(k.pending, TRUE);
    return l;
}

void ladder_rows_free(struct ladder_rows **l)
{
    if (*l == NULL)
        return;
    g_array_free((*l)->rows, TRUE);
    g_array_free((*l)->tries, TRUE);
    g_array_free((*l)->waits, TRUE);
    g_free((*l)->uses);
    g_free(*l);
    *l = NULL;
}

/* ---- Finding. */

unsigned ladder_rows_until(const struct ladder_rows *l, int64_t at)
{
    unsigned low = 0, high = l->rows->len;

    while (low < high) {
        unsigned mid = (low + high) / 2;
        if (nth(l, mid)->at <= at)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

unsigned ladder_rows_at_y(const struct ladder_rows *l, double y)
{
    unsigned low = 0, high = l->rows->len;

    while (low < high) {
        unsigned mid = (low + high) / 2;
        if (nth(l, mid)->y + ladder_row_height(nth(l, mid)) <= y)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

double ladder_rows_bottom(const struct ladder_rows *l, unsigned n)
{
    return n == 0 ? 0 : nth(l, n - 1)->y + ladder_row_height(nth(l, n - 1));
}

unsigned ladder_row_tries(const struct ladder_rows *l, const struct ladder_row *row, int64_t at)
{
    unsigned n = 0;

    while (n < row->n_tries && g_array_index(l->tries, int64_t, row->first_try + n) <= at)
        n++;
    return n + 1;
}

/* ---- Words. */

const char *ladder_wait_words(const struct view_tape *t, const struct ladder_row *row)
{
    sim_time now = view_tape_nth(t, row->at)->time;

    for (int64_t i = row->at; i < view_tape_length(t); i++) {
        const struct record *r = view_tape_nth(t, i);
        if (r->time != now)
            break;
        switch (r->event) {
        case EV_QUEUE_ATTEMPT:
            return N_("%s later: the queue tries again");
        case EV_TCP_RETRANSMIT:
            return N_("%s later: TCP sends again");
        case EV_TCP_FAIL:
            return N_("%s later: TCP gives up");
        case EV_DNS_TIMEOUT:
            return N_("%s later: the question has had no answer");
        case EV_AGENT_COMPOSE:
            return N_("%s later: a person writes");
        case EV_AGENT_ASK:
            return N_("%s later: a person turns to the mail, or to the web");
        case EV_DNS_LOOKUP:
            return N_("%s later: a name is looked up");
        case EV_FAULT_BEGIN:
            return N_("%s later: something breaks");
        case EV_FAULT_END:
            return N_("%s later: what was broken is mended");
        case EV_QUEUE_BOUNCE:
            return N_("%s later: the queue gives up");
        case EV_QUEUE_WARN:
            return N_("%s later: the sender is told of the delay");
        default:
            break;
        }
    }
    return N_("%s later");
}

void ladder_span_words(char *buf, size_t size, sim_time span)
{
    int64_t ms = (span + SIM_MS / 2) / SIM_MS, s = (span + SIM_SECOND / 2) / SIM_SECOND;

    if (ms < 10000)
        g_snprintf(buf, size, _N("%g second", "%g seconds", (unsigned long)s), (double)(ms / 10) / 100);
    else if (s < 120)
        g_snprintf(buf, size, _N("%d second", "%d seconds", (unsigned long)s), (int)s);
    else if (s < 2 * 3600)
        g_snprintf(buf, size, _N("%d minute", "%d minutes", (unsigned long)((s + 30) / 60)),
                   (int)((s + 30) / 60));
    else if (s < 2 * 86400)
        g_snprintf(buf, size, _N("%d hour", "%d hours", (unsigned long)((s + 1800) / 3600)),
                   (int)((s + 1800) / 3600));
    else
        g_snprintf(buf, size, _N("%d day", "%d days", (unsigned long)((s + 43200) / 86400)),
                   (int)((s + 43200) / 86400));
}
