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

/* ---- Records. */

const char *tcp_gone_text(enum tcp_gone why)
{
    switch (why) {
    case TCP_DONE:
        return "done";
    case TCP_REFUSED:
        return "refused";
    case TCP_RESET:
        return "reset";
    case TCP_TIMEOUT:
        return "timeout";
    case TCP_UNREACHABLE:
        return "unreachable";
    }
    return "";
}

void conn_record(struct tcp_conn *c, enum event event, const char *why)
{
    struct trace *t = &conn_sim(c)->trace;
    char from[IP_PORT_TEXT_MAX], to[IP_PORT_TEXT_MAX];

    if (!trace_on(t))
        return;
    struct record *r = trace_begin(t, event, c->host->name);
    r->peer = tcp_peer_name(c);
    r->conn = c->id;
    r->lookup = c->lookup;
    r->mail = c->mail;
    r->why = why;
    trace_text(r, KEY_FROM, span_bytes(from, (size_t)ip_port_text(from, c->key.local, c->key.local_port)));
    trace_text(r, KEY_TO, span_bytes(to, (size_t)ip_port_text(to, c->key.remote, c->key.remote_port)));
    if (event == EV_TCP_CLOSE) {
        trace_number(r, KEY_SENT, (int64_t)c->sent);
        trace_number(r, KEY_RECEIVED, (int64_t)c->received);
    }
    trace_end(t);
}

/* ---- Birth and death. */

static struct rng *host_rng(struct net_host *h)
{
    if (h->tcp_rng == NULL) {
        h->tcp_rng = g_new(struct rng, 1);
        sim_rng(h->net->sim, h->tcp_rng, "%s/tcp", h->name);
    }
    return h->tcp_rng;
}

struct tcp_conn *conn_new(struct net_host *h, const struct tcp_key *key, uint32_t id)
{
    struct net *n = h->net;
    struct tcp_conn *c = pool_take(&n->tcp.conns);

    memset(c, 0, offsetof(struct tcp_conn, peer_text));
    c->key = *key;
    c->host = h;
    c->peer = net_host_at(n, key->remote);
    c->iss = (uint32_t)(rng_next(host_rng(h)) >> 32);
    c->snd_una = c->snd_nxt = c->snd_max = c->iss;
    c->rcv_wnd = MIN(n->tcp.options.window, (uint32_t)UINT16_MAX);
    c->mss = n->tcp.options.mss;
    c->rto = n->tcp.options.rto_first;
    c->rto_deadline = c->rto_event_at = c->ack_deadline = c->ack_event_at = SIM_NEVER;
    c->id = id;
    c->host_next = h->conns;
    if (h->conns != NULL)
        h->conns->host_prev = c;
    h->conns = c;
    tcp_table_add(&n->tcp.live, &c->key);
    return c;
}

void conn_let_go(struct tcp_conn *c)
{
    if (--c->busy == 0 && c->state == TCP_S_CLOSED)
        pool_give(&conn_tcp(c)->conns, c);
}

void conn_kill(struct tcp_conn *c)
{
    struct net *n = c->host->net;

    assert(c->state != TCP_S_CLOSED);
    c->state = TCP_S_CLOSED;
    c->app = NULL;
    conn_drop_timers(c);
    tcp_table_remove(&n->tcp.live, &c->key);
    buffer_release(&n->tcp, &c->out);
    while (c->early != NULL) {
        struct packet *p = c->early;
        c->early = p->next;
        net_packet_free(n, p);
    }
    if (c->host_prev != NULL)
        c->host_prev->host_next = c->host_next;
    else
        c->host->conns = c->host_next;
    if (c->host_next != NULL)
        c->host_next->host_prev = c->host_prev;
    if (c->busy == 0)
        pool_give(&n->tcp.conns, c);
}

static void end(struct tcp_conn *c, enum tcp_gone why, bool time_wait)
{
    const struct tcp_app *app = c->app;

    conn_hold(c);
    conn_kill(c);
    if (time_wait)
        tcp_wait_begin(c);
    if (app != NULL && app->on_gone != NULL)
        app->on_gone(c->self, c, why);
    conn_let_go(c);
}

void conn_done(struct tcp_conn *c)
{
    conn_record(c, EV_TCP_CLOSE, NULL);
    end(c, TCP_DONE, c->state != TCP_S_LAST_ACK);
}

void conn_fail(struct tcp_conn *c, enum tcp_gone why)
{
    conn_record(c, EV_TCP_FAIL, tcp_gone_text(why));
    end(c, why, false);
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
