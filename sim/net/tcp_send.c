#include "net/tcp_internal.h"

/* RFC 9293 §3.10.5: the window field says how much more we take. Programs take all at once, so it is always
 * the whole. */
static struct packet *new_segment(struct tcp_conn *c, uint32_t seq, uint8_t flags, uint16_t len)
{
    struct packet *p = net_packet_new(c->host, IP_TCP, len);

    p->src = c->key.local;
    p->dst = c->key.remote;
    p->src_port = c->key.local_port;
    p->dst_port = c->key.remote_port;
    p->tcp_flags = flags;
    p->tcp_seq = seq;
    p->tseq = seq - c->iss;
    if (flags & TCP_ACK) {
        p->tcp_ack = c->rcv_nxt;
        p->tack = c->rcv_nxt - c->irs;
    }
    p->tcp_window = (uint16_t)c->rcv_wnd;
    p->to = c->peer;
    p->conn = c->id;
    p->lookup = c->lookup;
    p->mail = c->mail;
    return p;
}

/* Every segment with the ACK flag says all that there is to acknowledge. */
static void send_segment(struct tcp_conn *c, struct packet *p, const char *why)
{
    if (p->tcp_flags & TCP_ACK) {
        c->ack_now = c->ack_owed = false;
        c->ack_deadline = SIM_NEVER;
        c->unacked = 0;
    }
    c->rto_cause = packet_send_as(c->host, p, why);
}

static void record_retransmit(struct tcp_conn *c, uint32_t seq, uint32_t len, const char *why)
{
    struct trace *t = &conn_sim(c)->trace;

    if (!trace_on(t))
        return;
    struct record *r = trace_begin(t, EV_TCP_RETRANSMIT, c->host->name);
    r->peer = tcp_peer_name(c);
    r->conn = c->id;
    r->lookup = c->lookup;
    r->mail = c->mail;
    r->why = why;
    trace_number(r, KEY_TSEQ, seq - c->iss);
    trace_number(r, KEY_LEN, len);
    /* A fast retransmission is the first one; a SYN's tries count the first transmission. */
    trace_number(r, KEY_TRIES, c->state < TCP_S_ESTABLISHED ? c->tries - 1 : MAX(c->tries, 1u));
    trace_time(r, KEY_RTO, c->rto);
    trace_end(t);
}

/* A segment of `len` octets of data (and what else `flags` say) that takes `span` sequence numbers. */
static void send_numbered(struct tcp_conn *c, uint32_t seq, uint32_t len, uint32_t span, uint8_t flags,
                          const char *why)
{
    sim_time now = conn_now(c);

    if (seq_before(seq, c->snd_max))
        record_retransmit(c, seq, len, why);
    else
        why = NULL;
    if (why == NULL && !c->timing) { /* RFC 6298 §3 (Karn): never one that is sent again */
        c->timing = true;
        c->timed_seq = seq + span;
        c->timed_at = now;
    }
    struct packet *p = new_segment(c, seq, flags, (uint16_t)len);
    if (flags & TCP_SYN)
        p->tcp_mss = conn_tcp(c)->options.mss;
    if (len > 0)
        memcpy(p->payload, c->out.data + c->out.start + (seq - c->snd_una), len);
    if (seq_after(seq + len, c->snd_max))
        c->sent += seq + len - c->snd_max; /* the front may have been sent before, in other segments */
    if (seq_after(seq + span, c->snd_max))
        c->snd_max = seq + span;
    c->last_sent = now;
    send_segment(c, p, why);
    if (c->rto_deadline == SIM_NEVER)
        conn_set_rto(c, now + c->rto); /* RFC 6298 (5.1) */
}

void conn_send_syn(struct tcp_conn *c)
{
    c->tries++;
    c->snd_nxt = c->iss + 1;
    send_numbered(c, c->iss, 0, 1, c->state == TCP_S_SYN_RECEIVED ? TCP_SYN | TCP_ACK : TCP_SYN, "timeout");
}

void conn_send_ack(struct tcp_conn *c)
{
    send_segment(c, new_segment(c, c->snd_max, TCP_ACK, 0), NULL);
}

void conn_send_rst(struct tcp_conn *c)
{
    send_segment(c, new_segment(c, c->snd_max, TCP_RST | TCP_ACK, 0), NULL);
}

/* RFC 9293 §3.5.2: to a segment for which there is no connection. */
void tcp_send_rst_for(struct net_host *h, const struct packet *p)
{
    struct packet *rst = net_packet_new(h, IP_TCP, 0);

    rst->src = p->dst;
    rst->dst = p->src;
    rst->src_port = p->dst_port;
    rst->dst_port = p->src_port;
    rst->conn = p->conn;
    if (p->tcp_flags & TCP_ACK) {
        rst->tcp_flags = TCP_RST;
        rst->tcp_seq = p->tcp_ack;
        rst->tseq = p->tack;
    } else {
        uint32_t taken = p->len + (p->tcp_flags & TCP_SYN ? 1u : 0) + (p->tcp_flags & TCP_FIN ? 1u : 0);
        rst->tcp_flags = TCP_RST | TCP_ACK;
        rst->tcp_ack = p->tcp_seq + taken;
        rst->tack = p->tseq + taken;
    }
    net_packet_send(h, rst);
}

/* Data from `seq` on, with FIN if it is the end of all. Returns how far it goes. */
static uint32_t send_data(struct tcp_conn *c, uint32_t seq, uint32_t len, const char *why)
{
    uint32_t left = c->out.len - (seq - c->snd_una);
    bool fin = c->fin_queued && len == left;
    uint8_t flags = TCP_ACK;

    if (len > 0 && len == left)
        flags |= TCP_PSH; /* RFC 9293 §3.9.1: the last of what the program gave */
    if (fin) {
        flags |= TCP_FIN;
        if (c->state == TCP_S_ESTABLISHED)
            c->state = TCP_S_FIN_WAIT_1;
        else if (c->state == TCP_S_CLOSE_WAIT)
            c->state = TCP_S_LAST_ACK;
    }
    send_numbered(c, seq, len, len + fin, flags, why);
    return seq + len + fin;
}

void conn_resend_first(struct tcp_conn *c, const char *why)
{
    send_data(c, c->snd_una, MIN(c->out.len, c->mss), why);
    c->timing = false;
}

/* RFC 9293 §3.8.6.1: one octet more than the window, to learn whether it has opened. */
void conn_probe(struct tcp_conn *c)
{
    uint32_t end = send_data(c, c->snd_una, MIN(c->out.len, 1u), "probe");

    if (seq_after(end, c->snd_nxt))
        c->snd_nxt = end;
}

/* RFC 5681 §4.1: after a pause the acknowledgements that would pace a burst have stopped. */
static void restart_after_pause(struct tcp_conn *c)
{
    if (c->snd_una == c->snd_max && c->out.len > 0 && conn_now(c) - c->last_sent > c->rto)
        c->cwnd = MIN(c->cwnd, conn_first_window(c));
}

/* How much of `left` octets goes into the next segment when the windows leave `room`: 0 to wait. RFC 9293
 * §3.8.6.2.1: no silly small segments because of a window; but the last of what the program gave goes at once
 * (no Nagle algorithm: the dialogues here would only wait for the peer's delayed acknowledgement). */
static uint32_t next_segment(const struct tcp_conn *c, uint32_t left, uint32_t room)
{
    uint32_t len = MIN(left, c->mss);

    if (len <= room)
        return len;
    return room >= c->snd_wnd_max / 2 ? room : 0;
}

void conn_output(struct tcp_conn *c, const char *why)
{
    struct sched *sched = conn_sim(c)->sched;
    uint64_t cause = sched_cause(sched);

    if (c->state < TCP_S_ESTABLISHED || c->state == TCP_S_CLOSED)
        return;
    if (c->send_cause != 0)
        sched_set_cause(sched, c->send_cause);
    c->send_cause = 0;
    restart_after_pause(c);
    /* RFC 3042: a duplicate ACK says that a segment has left the network, so one may enter it. */
    uint32_t cwnd = c->cwnd + (c->in_recovery || c->dup_acks > 2 ? 0 : c->dup_acks * c->mss);
    uint32_t window = MIN(c->snd_wnd, cwnd);
    for (;;) {
        uint32_t ahead = c->snd_nxt - c->snd_una;
        if (ahead > c->out.len) /* the FIN is out */
            break;
        uint32_t left = c->out.len - ahead;
        uint32_t len = next_segment(c, left, window > ahead ? window - ahead : 0);
        if (len == 0 && (left > 0 || !c->fin_queued || c->fin_acked))
            break;
        c->snd_nxt = send_data(c, c->snd_nxt, len, why);
    }
    if (c->out.len > 0 && c->rto_deadline == SIM_NEVER)
        conn_set_rto(c, conn_now(c) + c->rto); /* the window is shut: the timer will probe it */
    sched_set_cause(sched, cause);
}
