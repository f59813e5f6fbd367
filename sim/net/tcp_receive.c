#include "net/tcp_internal.h"

enum { MSS_UNSAID = 536 }; /* RFC 9293 §3.7.1: of a peer that sends no MSS option */

static uint32_t segment_span(const struct packet *p)
{
    return p->len + (p->tcp_flags & TCP_SYN ? 1u : 0) + (p->tcp_flags & TCP_FIN ? 1u : 0);
}

static void learn_from_syn(struct tcp_conn *c, const struct packet *p)
{
    c->irs = p->tcp_seq;
    c->rcv_nxt = p->tcp_seq + 1;
    c->snd_wnd = c->snd_wnd_max = p->tcp_window;
    c->snd_wl1 = p->tcp_seq;
    c->snd_wl2 = c->iss;
    c->mss = MIN(conn_tcp(c)->options.mss, p->tcp_mss ? p->tcp_mss : MSS_UNSAID);
}

/* ---- The handshake. */

static void passive_open(struct net_host *h, const struct packet *p)
{
    struct tcp_key key = { NULL, p->dst, p->src, p->dst_port, p->src_port };
    struct tcp_conn *c = conn_new(h, &key, p->conn ? p->conn : ++h->net->sim->conns);

    c->state = TCP_S_SYN_RECEIVED;
    c->mail = p->mail;
    c->lookup = p->lookup;
    learn_from_syn(c, p);
    conn_send_syn(c);
}

/* The program behind the port decides. It may have gone since the SYN came. */
static void accept_conn(struct tcp_conn *c)
{
    struct tcp_listener *l = map_find(&conn_tcp(c)->listeners, net_port_key(c->host, c->key.local_port));
    const struct tcp_app *app = NULL;
    void *self = l ? l->on_accept(l->self, c, &app) : NULL;

    if (c->state == TCP_S_CLOSED)
        return;
    c->app = app;
    c->self = self;
    if (app == NULL) {
        conn_send_rst(c);
        conn_kill(c);
    }
}

/* Both SYNs are acknowledged. */
static void establish(struct tcp_conn *c)
{
    conn_start_congestion(c);
    c->tries = 0;
    conn_record(c, EV_TCP_ESTABLISHED, NULL);
    if (!c->active)
        accept_conn(c);
    else if (c->app != NULL && c->app->on_open != NULL)
        c->app->on_open(c->self, c);
}

/* RFC 9293 §3.10.7.3 */
static void on_syn_sent(struct tcp_conn *c, const struct packet *p)
{
    bool has_ack = p->tcp_flags & TCP_ACK;

    if (has_ack && p->tcp_ack != c->iss + 1) {
        if (!(p->tcp_flags & TCP_RST))
            tcp_send_rst_for(c->host, p);
        return;
    }
    if (p->tcp_flags & TCP_RST) {
        if (has_ack)
            conn_fail(c, TCP_REFUSED);
        return;
    }
    if (!(p->tcp_flags & TCP_SYN))
        return;
    learn_from_syn(c, p);
    if (!has_ack) { /* both ends called each other (§3.5, figure 8) */
        c->state = TCP_S_SYN_RECEIVED;
        c->tries = 0;
        conn_send_syn(c);
        return;
    }
    c->state = TCP_S_ESTABLISHED;
    conn_on_ack(c, p);
    /* The handshake's third segment goes alone, as it does where a program is slower than its kernel. */
    conn_send_ack(c);
    establish(c);
}

/* §3.10.7.4, fifth, state SYN-RECEIVED. */
static bool on_syn_received(struct tcp_conn *c, const struct packet *p)
{
    if (p->tcp_ack != c->iss + 1) {
        tcp_send_rst_for(c->host, p);
        return false;
    }
    c->state = TCP_S_ESTABLISHED;
    return true;
}

/* ---- Data. */

static void enter_time_wait(struct tcp_conn *c)
{
    if (c->ack_now)
        conn_send_ack(c);
    conn_done(c);
}

/* All before the peer's FIN has come in. */
static void on_fin(struct tcp_conn *c)
{
    c->rcv_nxt++;
    c->ack_now = true;
    if (c->state == TCP_S_ESTABLISHED)
        c->state = TCP_S_CLOSE_WAIT;
    else if (c->state == TCP_S_FIN_WAIT_1)
        c->state = TCP_S_CLOSING;
    bool last = c->state == TCP_S_FIN_WAIT_2;
    if (c->app != NULL && c->app->on_eof != NULL)
        c->app->on_eof(c->self, c);
    else if (c->state == TCP_S_CLOSE_WAIT)
        c->fin_queued = true; /* nobody there who could have more to say */
    if (last && c->state != TCP_S_CLOSED)
        enter_time_wait(c);
}

/* Take what is new of a segment that begins at or before rcv_nxt. */
static void take(struct tcp_conn *c, const struct packet *p)
{
    uint32_t known = c->rcv_nxt - p->tcp_seq;
    uint32_t room = c->rcv_wnd;

    if (known > p->len || (known == p->len && !(p->tcp_flags & TCP_FIN)))
        return; /* all of it, FIN included, was here before */
    uint32_t len = MIN(p->len - known, room);
    bool fin = p->tcp_flags & TCP_FIN && known + len == p->len;
    if (len > 0) {
        c->rcv_nxt += len;
        c->received += len;
        c->unacked += len;
        c->ack_owed = true;
        if (c->unacked >= 2u * c->mss) /* RFC 9293 §3.8.6.3: at least every second full segment */
            c->ack_now = true;
        if (!c->mail_is_own)
            c->mail = p->mail;
        if (!c->lookup_is_own)
            c->lookup = p->lookup;
        if (c->app != NULL && c->app->on_data != NULL)
            c->app->on_data(c->self, c, span_bytes(p->payload + known, len));
    }
    if (fin && c->state != TCP_S_CLOSED)
        on_fin(c);
}

/* Keep a segment past a gap, in the order of the numbers. False if it brings nothing new. */
static bool keep_early(struct tcp_conn *c, struct packet *p)
{
    struct packet **at = &c->early;

    while (*at != NULL && seq_before((*at)->tcp_seq, p->tcp_seq))
        at = &(*at)->next;
    if (*at != NULL && (*at)->tcp_seq == p->tcp_seq && segment_span(*at) >= segment_span(p))
        return false;
    p->next = *at;
    *at = p;
    return true;
}

/* The peer's FIN has not come in. */
static bool expects_text(const struct tcp_conn *c)
{
    return c->state == TCP_S_ESTABLISHED || c->state == TCP_S_FIN_WAIT_1 || c->state == TCP_S_FIN_WAIT_2;
}

static void take_early(struct tcp_conn *c)
{
    while (expects_text(c) && c->early != NULL && !seq_after(c->early->tcp_seq, c->rcv_nxt)) {
        struct packet *p = c->early;
        c->early = p->next;
        take(c, p);
        net_packet_free(c->host->net, p);
    }
}

/* §3.10.7.4, seventh and eighth: the text and FIN of a segment. True if the packet is kept. */
static bool on_text(struct tcp_conn *c, struct packet *p)
{
    if (p->len == 0 && !(p->tcp_flags & TCP_FIN))
        return false;
    if (!expects_text(c))
        return false;
    if (seq_after(p->tcp_seq, c->rcv_nxt)) {
        c->ack_now = true; /* RFC 5681 §4.2: a duplicate ACK tells the sender of the gap */
        return keep_early(c, p);
    }
    bool had_gap = c->early != NULL;
    take(c, p);
    take_early(c);
    if (had_gap)
        c->ack_now = true;
    return false;
}

/* ---- The end. */

void conn_limit_orphan(struct tcp_conn *c)
{
    if (c->state == TCP_S_FIN_WAIT_2 && c->app == NULL)
        conn_set_rto(c, conn_now(c) + conn_tcp(c)->options.time_wait);
}

void conn_fin_progress(struct tcp_conn *c)
{
    if (!c->fin_acked)
        return;
    if (c->state == TCP_S_FIN_WAIT_1) {
        c->state = TCP_S_FIN_WAIT_2;
        conn_limit_orphan(c);
    } else if (c->state == TCP_S_CLOSING) {
        enter_time_wait(c);
    } else if (c->state == TCP_S_LAST_ACK) {
        conn_done(c);
    }
}

/* ---- Any segment of a connection that has seen both SYNs. */

/* §3.10.7.4, first: does any of it lie in the window? */
static bool is_acceptable(const struct tcp_conn *c, const struct packet *p)
{
    uint32_t span = segment_span(p), wnd = MAX(c->rcv_wnd, 1u);

    if (p->tcp_seq - c->rcv_nxt < wnd)
        return true;
    return span > 0 && p->tcp_seq + span - 1 - c->rcv_nxt < wnd;
}

static void on_unacceptable(struct tcp_conn *c, const struct packet *p)
{
    if (p->tcp_flags & TCP_RST)
        return;
    if (c->state == TCP_S_SYN_RECEIVED && p->tcp_flags & TCP_SYN && p->tcp_seq == c->irs) {
        c->timing = false;
        conn_send_syn(c); /* our SYN was lost, or is late */
    } else {
        c->ack_now = true;
    }
}

/* §3.10.7.4, second, with the checks of RFC 5961 §3.2: only an exact number resets. */
static void on_rst(struct tcp_conn *c, const struct packet *p)
{
    if (p->tcp_seq == c->rcv_nxt)
        conn_fail(c, c->state == TCP_S_SYN_RECEIVED && c->active ? TCP_REFUSED : TCP_RESET);
    else
        conn_send_ack(c);
}

static bool on_segment(struct tcp_conn *c, struct packet *p)
{
    if (!is_acceptable(c, p)) {
        on_unacceptable(c, p);
        return false;
    }
    if (p->tcp_flags & TCP_RST) {
        on_rst(c, p);
        return false;
    }
    if (p->tcp_flags & TCP_SYN) { /* RFC 5961 §4.2: a challenge ACK */
        c->ack_now = true;
        return false;
    }
    if (!(p->tcp_flags & TCP_ACK))
        return false;
    bool opening = c->state == TCP_S_SYN_RECEIVED;
    if (opening && !on_syn_received(c, p))
        return false;
    if (!conn_on_ack(c, p))
        return false;
    if (opening)
        establish(c);
    conn_fin_progress(c);
    return c->state != TCP_S_CLOSED && on_text(c, p);
}

void conn_flush(struct tcp_conn *c)
{
    if (c->state == TCP_S_CLOSED)
        return;
    conn_output(c, "timeout");
    if (c->ack_now || (c->ack_owed && conn_tcp(c)->options.delayed_ack == 0))
        conn_send_ack(c);
    else if (c->ack_owed && c->ack_deadline == SIM_NEVER)
        conn_set_delayed_ack(c);
}

static bool receive_live(struct tcp_conn *c, struct packet *p)
{
    bool kept = false;

    conn_hold(c);
    if (c->state == TCP_S_SYN_SENT)
        on_syn_sent(c, p);
    else
        kept = on_segment(c, p);
    conn_flush(c);
    conn_let_go(c);
    return kept;
}

bool tcp_receive(struct net_host *h, struct packet *p)
{
    struct net_tcp *t = &h->net->tcp;
    struct tcp_key *k = tcp_table_find(&t->live, p->dst, p->dst_port, p->src, p->src_port);

    if (k != NULL)
        return receive_live((struct tcp_conn *)k, p);
    k = tcp_table_find(&t->waiting, p->dst, p->dst_port, p->src, p->src_port);
    if (k != NULL && tcp_wait_receive((struct tcp_wait *)k, p))
        return false;
    if (p->tcp_flags & TCP_RST)
        return false;
    if ((p->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN &&
        map_find(&t->listeners, net_port_key(h, p->dst_port)) != NULL)
        passive_open(h, p);
    else
        tcp_send_rst_for(h, p);
    return false;
}
