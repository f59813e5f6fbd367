#include "net/tcp_internal.h"

enum { DUP_ACKS = 3 };
static const uint32_t NO_LIMIT = INT32_MAX;

/* RFC 6298 §2. The clock's granularity is a nanosecond, so G does not show. */
void conn_measured(struct tcp_conn *c, sim_time rtt)
{
    const struct tcp_options *o = &conn_tcp(c)->options;

    if (c->srtt == 0) {
        c->srtt = MAX(rtt, 1);
        c->rttvar = rtt / 2;
    } else {
        sim_time error = rtt > c->srtt ? rtt - c->srtt : c->srtt - rtt;
        c->rttvar += (error - c->rttvar) / 4;
        c->srtt += (rtt - c->srtt) / 8;
    }
    c->rto = CLAMP(c->srtt + MAX(4 * c->rttvar, 1), o->rto_min, o->rto_max);
}

/* RFC 5681 §3.1 (1) to (3). */
uint32_t conn_first_window(const struct tcp_conn *c)
{
    const struct tcp_options *o = &conn_tcp(c)->options;

    if (o->no_congestion_control)
        return NO_LIMIT;
    if (o->initial_segments > 0)
        return o->initial_segments * c->mss;
    return c->mss * (c->mss > 2190 ? 2u : c->mss > 1095 ? 3u : 4u);
}

void conn_start_congestion(struct tcp_conn *c)
{
    c->ssthresh = NO_LIMIT;
    c->recover = c->iss;
    c->cwnd = conn_first_window(c);
    if (c->syn_again) { /* the SYN was lost: RFC 5681 §3.1, RFC 6298 (5.7) */
        if (!conn_tcp(c)->options.no_congestion_control)
            c->cwnd = c->mss;
        c->rto = MAX(conn_tcp(c)->options.rto_first, 3 * SIM_SECOND);
    }
}

/* RFC 5681 (4) */
static uint32_t half_of_flight(const struct tcp_conn *c)
{
    return MAX((c->snd_max - c->snd_una) / 2, 2u * c->mss);
}

void conn_on_timeout_congestion(struct tcp_conn *c)
{
    c->in_recovery = false;
    c->dup_acks = 0;
    c->recover = c->snd_max; /* RFC 6582 §3.2 (4) */
    c->timing = false;
    c->acked_in_window = 0;
    if (conn_tcp(c)->options.no_congestion_control)
        return;
    if (c->tries == 1) /* RFC 5681 §3.1: not again for a segment that was already resent */
        c->ssthresh = half_of_flight(c);
    c->cwnd = c->mss;
}

/* RFC 5681 §3.2 with RFC 6582 §3.2: fast retransmit and fast recovery. */
static void on_dup_ack(struct tcp_conn *c)
{
    bool control = !conn_tcp(c)->options.no_congestion_control;

    if (c->in_recovery) {
        if (control)
            c->cwnd += c->mss;
        return;
    }
    if (++c->dup_acks != DUP_ACKS || !seq_after(c->snd_una, c->recover))
        return;
    c->in_recovery = true;
    c->recover = c->snd_max;
    if (control) {
        c->ssthresh = half_of_flight(c);
        c->cwnd = c->ssthresh + DUP_ACKS * c->mss;
    }
    conn_resend_first(c, "fast");
    conn_set_rto(c, conn_now(c) + c->rto);
}

/* New data is acknowledged while a loss is being repaired. */
static void recovery_on_ack(struct tcp_conn *c, uint32_t octets)
{
    bool control = !conn_tcp(c)->options.no_congestion_control;

    if (!seq_before(c->snd_una, c->recover)) { /* all that was out when the loss was seen */
        c->in_recovery = false;
        c->dup_acks = 0;
        c->acked_in_window = 0;
        if (control)
            c->cwnd = MIN(c->ssthresh, MAX(c->snd_max - c->snd_una, c->mss) + c->mss);
        return;
    }
    if (control) { /* a partial ACK: the next segment is missing too */
        c->cwnd -= MIN(octets, c->cwnd);
        c->cwnd += octets >= c->mss || c->cwnd == 0 ? c->mss : 0;
    }
    conn_resend_first(c, "fast");
}

/* RFC 5681 §3.1. A window that was not full is not known to fit the network, so it does not grow. */
static void grow_window(struct tcp_conn *c, uint32_t octets, uint32_t flight)
{
    if (conn_tcp(c)->options.no_congestion_control || flight + c->mss <= c->cwnd)
        return;
    if (c->cwnd < c->ssthresh) {
        c->cwnd += MIN(octets, c->mss);
        return;
    }
    c->acked_in_window += octets;
    if (c->acked_in_window >= c->cwnd) {
        c->acked_in_window -= c->cwnd;
        c->cwnd += c->mss;
    }
}

static void on_new_ack(struct tcp_conn *c, uint32_t ack)
{
    uint32_t flight = c->snd_max - c->snd_una;
    uint32_t octets = ack - c->snd_una -
                      (c->snd_una == c->iss ? 1 : 0); /* the SYN has a number, but is no octet */

    if (octets > c->out.len) { /* nor is the FIN */
        c->fin_acked = true;
        octets = c->out.len;
    }
    if (octets > 0)
        buffer_consume(conn_tcp(c), &c->out, octets);
    c->snd_una = ack;
    if (seq_before(c->snd_nxt, ack))
        c->snd_nxt = ack;
    if (c->timing && !seq_before(ack, c->timed_seq)) {
        c->timing = false;
        conn_measured(c, conn_now(c) - c->timed_at);
    }
    if (c->state >= TCP_S_ESTABLISHED)
        c->tries = 0;
    if (c->in_recovery) {
        recovery_on_ack(c, octets);
    } else {
        c->dup_acks = 0;
        grow_window(c, octets, flight);
    }
    conn_set_rto(c, ack == c->snd_max ? SIM_NEVER : conn_now(c) + c->rto); /* RFC 6298 (5.2), (5.3) */
}

/* RFC 5681 §2 */
static bool is_dup_ack(const struct tcp_conn *c, const struct packet *p)
{
    return p->tcp_ack == c->snd_una && c->snd_una != c->snd_max && p->len == 0 && !(p->tcp_flags & TCP_FIN) &&
           p->tcp_window == c->snd_wnd && c->snd_wnd > 0;
}

static void on_window(struct tcp_conn *c, const struct packet *p)
{
    if (p->tcp_window == 0) {
        c->tries = 0; /* RFC 9293 §3.8.6.1: as long as the peer answers probes, the connection lives */
    } else if (c->snd_wnd == 0 && c->snd_una != c->snd_max) {
        c->snd_nxt = c->snd_una; /* the octet of the probe was not taken */
        conn_set_rto(c, SIM_NEVER);
    }
    c->snd_wnd = p->tcp_window;
    c->snd_wl1 = p->tcp_seq;
    c->snd_wl2 = p->tcp_ack;
    c->snd_wnd_max = MAX(c->snd_wnd_max, c->snd_wnd);
}

/* RFC 9293 §3.10.7.4, fifth: check the ACK field. */
bool conn_on_ack(struct tcp_conn *c, const struct packet *p)
{
    if (seq_after(p->tcp_ack, c->snd_max)) {
        c->ack_now = true;
        return false;
    }
    if (seq_after(p->tcp_ack, c->snd_una))
        on_new_ack(c, p->tcp_ack);
    else if (is_dup_ack(c, p))
        on_dup_ack(c);
    /* The window of the newest segment counts, not of one that was overtaken. */
    if (!seq_before(p->tcp_ack, c->snd_una) &&
        (seq_before(c->snd_wl1, p->tcp_seq) ||
         (c->snd_wl1 == p->tcp_seq && !seq_after(c->snd_wl2, p->tcp_ack))))
        on_window(c, p);
    return true;
}
