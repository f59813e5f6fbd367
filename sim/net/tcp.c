#include "net/tcp_internal.h"

enum { EPHEMERAL_FIRST = 49152, EPHEMERAL_COUNT = 65536 - EPHEMERAL_FIRST }; /* RFC 6335 §6 */

static const struct tcp_options default_options = {
    .mss = IP_MTU - IP_HEADER - TCP_HEADER,
    .window = 65535,
    .rto_first = SIM_SECOND,
    .rto_min = SIM_SECOND, /* RFC 6298 (2.4) */
    .rto_max = 60 * SIM_SECOND,
    .syn_tries = 6,
    .data_tries = 12,
    .delayed_ack = 40 * SIM_MS,
    .time_wait = 60 * SIM_SECOND,
};

void tcp_net_init(struct net *n)
{
    n->tcp.options = default_options;
    pool_init(&n->tcp.conns, sizeof(struct tcp_conn));
    pool_init(&n->tcp.waits, sizeof(struct tcp_wait));
    for (int i = 0; i < BUFFER_CLASSES; i++)
        pool_init(&n->tcp.buffers[i], (size_t)BUFFER_LEAST << i);
}

void tcp_net_release(struct net *n)
{
    for (unsigned i = 0; i < net_host_count(n); i++) {
        struct net_host *h = net_host_nth(n, i);
        while (h->conns != NULL)
            conn_kill(h->conns);
        while (h->listeners != NULL)
            tcp_unlisten(&(struct tcp_listener *){ h->listeners });
    }
    pool_release(&n->tcp.conns);
    pool_release(&n->tcp.waits);
    for (int i = 0; i < BUFFER_CLASSES; i++)
        pool_release(&n->tcp.buffers[i]);
    map_release(&n->tcp.listeners);
    tcp_table_release(&n->tcp.live);
    tcp_table_release(&n->tcp.waiting);
}

struct tcp_options *tcp_options(struct net *n)
{
    return &n->tcp.options;
}

/* ---- Listening. */

struct tcp_listener *tcp_listen(struct net_host *h, uint16_t port, tcp_on_accept *on_accept, void *self)
{
    struct map *listeners = &h->net->tcp.listeners;

    if (map_find(listeners, net_port_key(h, port)) != NULL)
        return NULL;
    struct tcp_listener *l = g_new(struct tcp_listener, 1);
    *l = (struct tcp_listener){ h, on_accept, self, NULL, h->listeners, port };
    if (h->listeners != NULL)
        h->listeners->prev = l;
    h->listeners = l;
    map_put(listeners, net_port_key(h, port), l);
    return l;
}

void tcp_unlisten(struct tcp_listener **listener)
{
    struct tcp_listener *l = *listener;

    if (l == NULL)
        return;
    map_remove(&l->host->net->tcp.listeners, net_port_key(l->host, l->port));
    if (l->prev != NULL)
        l->prev->next = l->next;
    else
        l->host->listeners = l->next;
    if (l->next != NULL)
        l->next->prev = l->prev;
    g_free(l);
    *listener = NULL;
}

void tcp_host_down(struct net_host *h)
{
    while (h->conns != NULL) {
        assert(h->conns->app == NULL); /* its program has been stopped, and should have aborted it */
        conn_kill(h->conns);
    }
    while (h->listeners != NULL)
        tcp_unlisten(&(struct tcp_listener *){ h->listeners });
    tcp_waits_host_down(h);
}

/* ---- The calls of programs. */

/* One after the other from a random start, so that a port pair comes back as late as possible. 0: all are in
 * use. */
static uint16_t choose_port(struct net_host *h, ip_addr to, uint16_t port)
{
    const struct net_tcp *t = &h->net->tcp;

    if (h->tcp_port == 0) {
        struct rng rng;
        sim_rng(h->net->sim, &rng, "%s/tcp-port", h->name);
        h->tcp_port = (uint16_t)(EPHEMERAL_FIRST + rng_below(&rng, EPHEMERAL_COUNT));
    }
    for (int i = 0; i < EPHEMERAL_COUNT; i++) {
        uint16_t candidate = h->tcp_port;
        h->tcp_port = candidate == UINT16_MAX ? EPHEMERAL_FIRST : (uint16_t)(candidate + 1);
        if (tcp_table_find(&t->live, h->ip, candidate, to, port) == NULL &&
            tcp_table_find(&t->waiting, h->ip, candidate, to, port) == NULL &&
            map_find(&t->listeners, net_port_key(h, candidate)) == NULL)
            return candidate;
    }
    return 0;
}

static void on_flush(void *conn)
{
    struct tcp_conn *c = conn;

    conn_hold(c);
    c->flush_event = (struct sched_handle){ 0 };
    conn_flush(c);
    conn_let_go(c);
}

/* The connection begins in an event of its own, so that the caller can first say what it is about
 * (tcp_set_mail). */
static void on_connect(void *conn)
{
    struct tcp_conn *c = conn;

    conn_hold(c);
    c->flush_event = (struct sched_handle){ 0 };
    conn_record(c, EV_TCP_CONNECT, NULL);
    if (c->peer == NULL || c->key.local_port == 0 || net_path_delay(c->host, c->peer) == SIM_NEVER)
        conn_fail(c, TCP_UNREACHABLE);
    else
        conn_send_syn(c);
    conn_let_go(c);
}

struct tcp_conn *tcp_connect(struct net_host *h, ip_addr to, uint16_t port, const struct tcp_app *app,
                             void *self)
{
    struct sim *sim = h->net->sim;
    struct tcp_key key = { NULL, h->ip, to, choose_port(h, to, port), port };
    struct tcp_conn *c = conn_new(h, &key, ++sim->conns);

    c->active = true;
    c->app = app;
    c->self = self;
    c->flush_event = sched_at(sim->sched, sim_now(sim), on_connect, c);
    return c;
}

/* Within an event of the connection itself, its end sends what is there; else an event at the same time does,
 * so that all that one event gives goes out in full segments. */
static void flush_soon(struct tcp_conn *c)
{
    struct sched *sched = conn_sim(c)->sched;

    c->send_cause = sched_cause(sched);
    if (c->busy == 0 && c->state >= TCP_S_ESTABLISHED && !sched_is_pending(sched, c->flush_event))
        c->flush_event = sched_at(sched, sched_now(sched), on_flush, c);
}

void tcp_send(struct tcp_conn *c, struct span bytes)
{
    if (bytes.len == 0 || c->fin_queued || c->state == TCP_S_CLOSED)
        return;
    buffer_append(conn_tcp(c), &c->out, bytes);
    flush_soon(c);
}

void tcp_close(struct tcp_conn *c)
{
    if (c->fin_queued || c->state == TCP_S_CLOSED)
        return;
    c->fin_queued = true;
    flush_soon(c);
}

void tcp_abort(struct tcp_conn **conn)
{
    struct tcp_conn *c = *conn;

    *conn = NULL;
    if (c == NULL || c->state == TCP_S_CLOSED)
        return;
    if (c->state != TCP_S_SYN_SENT)
        conn_send_rst(c);
    conn_kill(c);
}

void tcp_detach(struct tcp_conn **conn)
{
    struct tcp_conn *c = *conn;

    *conn = NULL;
    if (c == NULL || c->state == TCP_S_CLOSED)
        return;
    c->app = NULL;
    tcp_close(c);
    conn_limit_orphan(c);
}

/* ---- What it is. */

ip_addr tcp_local_ip(const struct tcp_conn *c)
{
    return c->key.local;
}
ip_addr tcp_peer_ip(const struct tcp_conn *c)
{
    return c->key.remote;
}
uint16_t tcp_local_port(const struct tcp_conn *c)
{
    return c->key.local_port;
}
uint16_t tcp_peer_port(const struct tcp_conn *c)
{
    return c->key.remote_port;
}

const char *tcp_peer_name(const struct tcp_conn *c)
{
    return c->peer ? c->peer->name : ip_text(((struct tcp_conn *)c)->peer_text, c->key.remote);
}

static const char *const state_texts[] = {
    [TCP_S_SYN_SENT] = "SYN-SENT",       [TCP_S_SYN_RECEIVED] = "SYN-RECEIVED",
    [TCP_S_ESTABLISHED] = "ESTABLISHED", [TCP_S_FIN_WAIT_1] = "FIN-WAIT-1",
    [TCP_S_FIN_WAIT_2] = "FIN-WAIT-2",   [TCP_S_CLOSING] = "CLOSING",
    [TCP_S_CLOSE_WAIT] = "CLOSE-WAIT",   [TCP_S_LAST_ACK] = "LAST-ACK",
    [TCP_S_CLOSED] = "CLOSED",
};

const char *tcp_state_text(const struct tcp_conn *c)
{
    return state_texts[c->state];
}

uint32_t tcp_unacked(const struct tcp_conn *c)
{
    return c->out.len;
}

uint32_t tcp_id(const struct tcp_conn *c)
{
    return c->id;
}
uint32_t tcp_mail(const struct tcp_conn *c)
{
    return c->mail;
}
uint32_t tcp_lookup(const struct tcp_conn *c)
{
    return c->lookup;
}

void tcp_set_mail(struct tcp_conn *c, uint32_t mail)
{
    c->mail = mail;
    c->mail_is_own = true;
}

void tcp_set_lookup(struct tcp_conn *c, uint32_t lookup)
{
    c->lookup = lookup;
    c->lookup_is_own = true;
}
