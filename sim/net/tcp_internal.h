/* net/tcp_internal.h: what the files of TCP share. The state of a connection is RFC 9293 §3.3.1's, in its
 * words.
 *
 * tcp.c            the calls of programs
 * tcp_conn.c       birth, death and records of connections
 * tcp_table.c      which connection a segment belongs to; TIME-WAIT
 * tcp_receive.c    a segment arrives (RFC 9293 §3.10.7)
 * tcp_ack.c        what is acknowledged: round-trip times, congestion window, fast retransmit
 * tcp_send.c       segments go out
 * tcp_timer.c      retransmission and delayed acknowledgements
 * tcp_buffer.c     octets not yet acknowledged
 * tcp_describe.c   the table of a host's connections
 */
#ifndef NET_TCP_INTERNAL_H
#define NET_TCP_INTERNAL_H

#include "net/net_internal.h"

enum tcp_state {
    TCP_S_SYN_SENT,
    TCP_S_SYN_RECEIVED,
    TCP_S_ESTABLISHED,
    TCP_S_FIN_WAIT_1,
    TCP_S_FIN_WAIT_2,
    TCP_S_CLOSING,
    TCP_S_CLOSE_WAIT,
    TCP_S_LAST_ACK,
    TCP_S_CLOSED, /* dead: freed as soon as nobody on the stack uses it */
};

/* By which a segment finds its connection; first member of tcp_conn and tcp_wait. */
struct tcp_key {
    struct tcp_key *next; /* of those that share a slot of the table */
    ip_addr local, remote;
    uint16_t local_port, remote_port;
};

struct tcp_buffer {
    char *data;
    uint32_t start, len, size; /* octets [start, start + len) of data are in use */
};

struct tcp_conn {
    struct tcp_key key;
    uint8_t state; /* enum tcp_state */
    uint8_t busy;  /* so many functions on the stack will still use it */
    bool active;   /* this side sent the first SYN */
    bool fin_queued, fin_acked;
    bool ack_now, ack_owed; /* owed: at the latest when the delayed acknowledgement's timer runs out */
    bool in_recovery, timing, syn_again;
    bool mail_is_own, lookup_is_own; /* set by the program here, so what arrives does not change it */
    uint16_t mss;                    /* octets of payload a segment that we send may have */
    struct net_host *host, *peer;    /* peer: NULL if the address is nobody's */

    /* Sending, RFC 9293 §3.3.1. snd_nxt goes back to snd_una on a timeout; snd_max does not. */
    uint32_t snd_una, snd_nxt, snd_max, snd_wnd, snd_wl1, snd_wl2, snd_wnd_max, iss;
    struct tcp_buffer out; /* from snd_una on (behind the SYN) */

    /* Receiving. */
    uint32_t rcv_nxt, rcv_wnd, irs;
    uint32_t unacked;     /* octets that came in since we last sent an acknowledgement */
    struct packet *early; /* segments past a gap, by sequence number */

    /* RFC 5681, RFC 6582. */
    uint32_t cwnd, ssthresh, acked_in_window, recover, dup_acks;

    /* RFC 6298. */
    sim_time srtt, rttvar, rto; /* srtt 0: not yet measured */
    sim_time timed_at;          /* while `timing`: when the octet timed_seq was sent */
    uint32_t timed_seq;
    unsigned tries; /* of the oldest segment, timeouts so far; SYNs sent */
    sim_time last_sent;

    /* A timer is a deadline that moves freely, and an event no later than it, which looks whether the
     * deadline has come. */
    sim_time rto_deadline, rto_event_at;
    sim_time ack_deadline, ack_event_at;
    struct sched_handle rto_event, ack_event, flush_event;
    uint64_t rto_cause, ack_cause,
        send_cause; /* trace records: of the packet waited for, … ; send_cause 0: nothing new to send */

    const struct tcp_app *app; /* NULL: detached */
    void *self;
    uint32_t id, mail, lookup;
    uint64_t sent, received; /* octets of payload, each counted once */
    struct tcp_conn *host_prev, *host_next;
    char peer_text[IP_TEXT_MAX]; /* its address, where it has no name */
};

/* What is left of a connection in TIME-WAIT (RFC 9293 §3.6): enough to acknowledge the peer's FIN again. */
struct tcp_wait {
    struct tcp_key key;
    struct net_host *host, *peer;
    uint32_t snd_nxt, rcv_nxt, iss, irs, rcv_wnd, id;
    uint64_t sent, received; /* octets, for those who look at it */
    sim_time until;
    struct tcp_wait *prev, *next;
};

struct tcp_listener {
    struct net_host *host;
    tcp_on_accept *on_accept;
    void *self;
    struct tcp_listener *prev, *next; /* of the host */
    uint16_t port;
};

/* Sequence numbers are compared modulo 2^32 (RFC 9293 §3.4). */
static inline bool seq_before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}
static inline bool seq_after(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) > 0;
}

static inline struct sim *conn_sim(const struct tcp_conn *c)
{
    return c->host->net->sim;
}
static inline sim_time conn_now(const struct tcp_conn *c)
{
    return sched_now(c->host->net->sim->sched);
}
static inline struct net_tcp *conn_tcp(const struct tcp_conn *c)
{
    return &c->host->net->tcp;
}
static inline bool conn_fin_sent(const struct tcp_conn *c)
{
    return c->state == TCP_S_FIN_WAIT_1 || c->state == TCP_S_CLOSING || c->state == TCP_S_LAST_ACK ||
           c->state == TCP_S_FIN_WAIT_2;
}

/* tcp_conn.c */
struct tcp_conn *conn_new(struct net_host *h, const struct tcp_key *key, uint32_t id);
/* Between the two, no callback can free the connection under the caller's feet. */
static inline void conn_hold(struct tcp_conn *c)
{
    c->busy++;
}
void conn_let_go(struct tcp_conn *c);
void conn_kill(struct tcp_conn *c);                    /* no record, no callback */
void conn_done(struct tcp_conn *c);                    /* closed in order: record, callback, kill */
void conn_fail(struct tcp_conn *c, enum tcp_gone why); /* the same for a bad end */
void conn_record(struct tcp_conn *c, enum event event, const char *why);

/* tcp_receive.c */
void conn_flush(struct tcp_conn *c); /* at the end of an event: data, or an acknowledgement now or later */
void conn_fin_progress(struct tcp_conn *c); /* the state that follows from our FIN's acknowledgement */
void conn_limit_orphan(struct tcp_conn *c); /* FIN-WAIT-2 without a program does not last for ever */

/* tcp_table.c */
void tcp_table_add(struct tcp_table *t, struct tcp_key *key);
void tcp_table_remove(struct tcp_table *t, struct tcp_key *key);
struct tcp_key *tcp_table_find(const struct tcp_table *t, ip_addr local, uint16_t local_port, ip_addr remote,
                               uint16_t remote_port);
void tcp_table_release(struct tcp_table *t);
void tcp_wait_begin(const struct tcp_conn *c); /* in place of c, which is no longer in the table */
void tcp_wait_end(struct tcp_wait *w);
bool tcp_wait_receive(struct tcp_wait *w,
                      const struct packet *p); /* false: it made way for a new connection */
void tcp_waits_host_down(struct net_host *h);

/* tcp_ack.c */
bool conn_on_ack(struct tcp_conn *c, const struct packet *p); /* false: drop the segment */
void conn_start_congestion(struct tcp_conn *c);
uint32_t conn_first_window(const struct tcp_conn *c);
void conn_on_timeout_congestion(struct tcp_conn *c);
void conn_measured(struct tcp_conn *c, sim_time rtt);

/* tcp_send.c */
void conn_send_syn(struct tcp_conn *c);
void conn_send_ack(struct tcp_conn *c);
void conn_send_rst(struct tcp_conn *c);
void conn_resend_first(struct tcp_conn *c, const char *why);
void conn_probe(struct tcp_conn *c);
void conn_output(struct tcp_conn *c,
                 const char *why); /* all that windows allow; `why`: of retransmissions among it */
void tcp_send_rst_for(struct net_host *h, const struct packet *p);

/* tcp_timer.c */
void conn_set_rto(struct tcp_conn *c, sim_time deadline); /* SIM_NEVER: off */
void conn_set_delayed_ack(struct tcp_conn *c);
void conn_drop_timers(struct tcp_conn *c);

/* tcp_buffer.c */
void buffer_append(struct net_tcp *t, struct tcp_buffer *b, struct span bytes);
void buffer_consume(struct net_tcp *t, struct tcp_buffer *b, uint32_t n);
void buffer_release(struct net_tcp *t, struct tcp_buffer *b);

#endif
