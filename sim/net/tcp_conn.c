#include "net/tcp_internal.h"

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
