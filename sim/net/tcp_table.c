#include "net/tcp_internal.h"

enum { TABLE_FIRST_SIZE = 64 };

static size_t slot_of(const struct tcp_table *t, ip_addr local, uint16_t local_port, ip_addr remote,
                      uint16_t remote_port)
{
    uint64_t ends = (uint64_t)local << 32 | remote, ports = (uint64_t)local_port << 16 | remote_port;
    uint64_t h = (ends ^ ports * UINT64_C(0xbf58476d1ce4e5b9)) * UINT64_C(0x9e3779b97f4a7c15);

    return (size_t)((h ^ h >> 32) & (t->size - 1));
}

static size_t key_slot(const struct tcp_table *t, const struct tcp_key *k)
{
    return slot_of(t, k->local, k->local_port, k->remote, k->remote_port);
}

static void table_grow(struct tcp_table *t)
{
    struct tcp_table old = *t;

    t->size = MAX(2 * old.size, (size_t)TABLE_FIRST_SIZE);
    t->slots = g_new0(struct tcp_key *, t->size);
    for (size_t i = 0; i < old.size; i++) {
        for (struct tcp_key *k = old.slots[i], *next; k != NULL; k = next) {
            struct tcp_key **slot = &t->slots[key_slot(t, k)];
            next = k->next;
            k->next = *slot;
            *slot = k;
        }
    }
    g_free(old.slots);
}

void tcp_table_add(struct tcp_table *t, struct tcp_key *key)
{
    if (2 * t->used >= t->size)
        table_grow(t);
    struct tcp_key **slot = &t->slots[key_slot(t, key)];
    key->next = *slot;
    *slot = key;
    t->used++;
}

void tcp_table_remove(struct tcp_table *t, struct tcp_key *key)
{
    struct tcp_key **at = &t->slots[key_slot(t, key)];

    while (*at != key)
        at = &(*at)->next;
    *at = key->next;
    t->used--;
}

struct tcp_key *tcp_table_find(const struct tcp_table *t, ip_addr local, uint16_t local_port, ip_addr remote,
                               uint16_t remote_port)
{
    if (t->used == 0)
        return NULL;
    struct tcp_key *k = t->slots[slot_of(t, local, local_port, remote, remote_port)];
    while (k != NULL && !(k->local == local && k->remote == remote && k->local_port == local_port &&
                          k->remote_port == remote_port))
        k = k->next;
    return k;
}

void tcp_table_release(struct tcp_table *t)
{
    g_free(t->slots);
    *t = (struct tcp_table){ 0 };
}

/* ---- TIME-WAIT. All wait equally long, so a list in order of their ends and one event do for all of them.
 */

static void list_append(struct net_tcp *t, struct tcp_wait *w)
{
    w->next = NULL;
    w->prev = t->waits_tail;
    if (t->waits_tail != NULL)
        t->waits_tail->next = w;
    else
        t->waits_head = w;
    t->waits_tail = w;
}

static void list_remove(struct net_tcp *t, struct tcp_wait *w)
{
    if (w->prev != NULL)
        w->prev->next = w->next;
    else
        t->waits_head = w->next;
    if (w->next != NULL)
        w->next->prev = w->prev;
    else
        t->waits_tail = w->prev;
}

static void on_waits_end(void *net)
{
    struct net *n = net;
    sim_time now = sim_now(n->sim);

    n->tcp.waits_event = false;
    while (n->tcp.waits_head != NULL && n->tcp.waits_head->until <= now)
        tcp_wait_end(n->tcp.waits_head);
    if (n->tcp.waits_head != NULL) {
        sched_post(n->sim->sched, n->tcp.waits_head->until, on_waits_end, n);
        n->tcp.waits_event = true;
    }
}

static void wait_from_now(struct tcp_wait *w)
{
    struct net *n = w->host->net;

    w->until = sim_now(n->sim) + n->tcp.options.time_wait;
    list_append(&n->tcp, w);
    if (!n->tcp.waits_event) {
        sched_post(n->sim->sched, w->until, on_waits_end, n);
        n->tcp.waits_event = true;
    }
}

void tcp_wait_begin(const struct tcp_conn *c)
{
    struct tcp_wait *w = pool_take(&conn_tcp(c)->waits);

    *w = (struct tcp_wait){
        .key = c->key,
        .host = c->host,
        .peer = c->peer,
        .snd_nxt = c->snd_max,
        .rcv_nxt = c->rcv_nxt,
        .iss = c->iss,
        .irs = c->irs,
        .rcv_wnd = c->rcv_wnd,
        .id = c->id,
        .sent = c->sent,
        .received = c->received,
    };
    tcp_table_add(&conn_tcp(c)->waiting, &w->key);
    wait_from_now(w);
}

void tcp_wait_end(struct tcp_wait *w)
{
    struct net *n = w->host->net;

    tcp_table_remove(&n->tcp.waiting, &w->key);
    list_remove(&n->tcp, w);
    pool_give(&n->tcp.waits, w);
}

void tcp_waits_host_down(struct net_host *h)
{
    for (struct tcp_wait *w = h->net->tcp.waits_head, *next; w != NULL; w = next) {
        next = w->next;
        if (w->host == h)
            tcp_wait_end(w);
    }
}

static void send_ack(const struct tcp_wait *w)
{
    struct packet *p = net_packet_new(w->host, IP_TCP, 0);

    p->src = w->key.local;
    p->dst = w->key.remote;
    p->src_port = w->key.local_port;
    p->dst_port = w->key.remote_port;
    p->tcp_flags = TCP_ACK;
    p->tcp_seq = w->snd_nxt;
    p->tcp_ack = w->rcv_nxt;
    p->tseq = w->snd_nxt - w->iss;
    p->tack = w->rcv_nxt - w->irs;
    p->tcp_window = (uint16_t)w->rcv_wnd;
    p->conn = w->id;
    p->to = w->peer;
    packet_send_as(w->host, p, NULL);
}

/* RFC 9293 §3.10.7.4, state TIME-WAIT. */
bool tcp_wait_receive(struct tcp_wait *w, const struct packet *p)
{
    if (p->tcp_flags & TCP_RST) {
        if (p->tcp_seq == w->rcv_nxt)
            tcp_wait_end(w);
        return true;
    }
    if ((p->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && seq_after(p->tcp_seq, w->rcv_nxt)) {
        tcp_wait_end(w); /* RFC 9293 §3.6.1 (MAY-2): the port pair is used again, with later numbers */
        return false;
    }
    if (p->tcp_flags & TCP_FIN) { /* our ACK was lost: say it again, and wait again from now */
        list_remove(&w->host->net->tcp, w);
        wait_from_now(w);
        send_ack(w);
    } else if (p->len > 0 || p->tcp_flags & TCP_SYN || p->tcp_seq != w->rcv_nxt) {
        send_ack(w);
    }
    return true;
}
