/* net/tcp.h: connections (RFC 9293), with the congestion control of RFC 5681 and the timers of RFC 6298.
 *
 * A program gives TCP a `struct tcp_app` and gets called; it never waits. Bytes in, bytes out:
 * tcp_send takes all it is given and keeps it until it is acknowledged. */
#ifndef NET_TCP_H
#define NET_TCP_H

#include "net/net.h"

struct tcp_conn;
struct tcp_listener;

enum tcp_gone {
    TCP_DONE,        /* both sides closed in order */
    TCP_REFUSED,     /* RST in answer to SYN: nobody listens there */
    TCP_RESET,       /* RST later */
    TCP_TIMEOUT,     /* the peer did not answer, for as long as was tried */
    TCP_UNREACHABLE, /* no such address, or no way there */
};

/* "done", "refused", …: the `why` of tcp.fail. */
const char *tcp_gone_text(enum tcp_gone why);

/* Any of them may be NULL; without on_eof the connection is closed when the peer closes. `self` is what came
 * with the app. on_gone is the last call, and is made for every connection but those that the program itself
 * ended by tcp_abort or tcp_detach; the pointer dies with it. After an orderly close it comes when both FINs
 * are acknowledged or, at the end that closed first, seen: TIME-WAIT is TCP's own business. When a program is
 * stopped it must tcp_abort all it has (on a host that is going down nothing leaves the host); the net
 * asserts that it did. All are called from events, never from within tcp_connect, tcp_send, tcp_close or
 * tcp_abort; within them the program may send, close, abort and detach as it likes. */
struct tcp_app {
    void (*on_open)(void *self, struct tcp_conn *c);                    /* the handshake is done */
    void (*on_data)(void *self, struct tcp_conn *c, struct span bytes); /* in order, borrowed for the call */
    void (*on_eof)(void *self, struct tcp_conn *c); /* the peer will send no more; close too */
    void (*on_gone)(void *self, struct tcp_conn *c, enum tcp_gone why);
};

/* A new connection came in: return its `self`, and set *app_out. Called when the handshake is done (so there
 * is no on_open); it may send at once. Setting *app_out to NULL refuses with RST. */
typedef void *tcp_on_accept(void *self, struct tcp_conn *c, const struct tcp_app **app_out);

/* NULL if the port is taken. Close it in the program's `stop`; connections go on without it. */
struct tcp_listener *tcp_listen(struct net_host *h, uint16_t port, tcp_on_accept *on_accept, void *self);
void tcp_unlisten(struct tcp_listener **l);

/* Open a connection from a free ephemeral port. `app` is borrowed for the connection's life. Never NULL: a
 * failure is an on_gone. The SYN leaves when the running event is over, so it carries what tcp_set_mail and
 * tcp_set_lookup say until then. What is sent before on_open waits for it. */
struct tcp_conn *tcp_connect(struct net_host *h, ip_addr to, uint16_t port, const struct tcp_app *app,
                             void *self);

/* `bytes` are copied. What one event sends leaves together, in full segments, when the event is over; the
 * last segment does not wait to be filled (no Nagle algorithm). After tcp_close it does nothing. */
void tcp_send(struct tcp_conn *c, struct span bytes);
/* Send what is left, then FIN. Data may still come in until on_eof. */
void tcp_close(struct tcp_conn *c);
/* RST, now. No callback follows; the pointer is dead. Clears it. */
void tcp_abort(struct tcp_conn **c);
/* Close in order, with no more callbacks: what still comes in is thrown away. Clears the pointer. */
void tcp_detach(struct tcp_conn **c);

ip_addr tcp_local_ip(const struct tcp_conn *c);
ip_addr tcp_peer_ip(const struct tcp_conn *c);
uint16_t tcp_local_port(const struct tcp_conn *c);
uint16_t tcp_peer_port(const struct tcp_conn *c);
const char *tcp_peer_name(
    const struct tcp_conn *c); /* the peer host's name, or its address as text; for the trace */
const char *tcp_state_text(const struct tcp_conn *c); /* "ESTABLISHED" */
/* Octets of tcp_send that the peer has not acknowledged yet. */
uint32_t tcp_unacked(const struct tcp_conn *c);

/* The trace's ids. A connection has one `conn` at both ends. What it carries now (`mail`, `lookup`) travels
 * with the segments sent after it was set, and arrives with them: set at the client, read at the server. */
uint32_t tcp_id(const struct tcp_conn *c);
void tcp_set_mail(struct tcp_conn *c, uint32_t mail);
void tcp_set_lookup(struct tcp_conn *c, uint32_t lookup);
uint32_t tcp_mail(const struct tcp_conn *c);
uint32_t tcp_lookup(const struct tcp_conn *c);

/* Limits and constants (all settable in one place for tests and scenarios), with their defaults. */
struct tcp_options {
    uint16_t mss;       /* 1460 octets, as on Ethernet */
    uint32_t window;    /* receive window, 65535 octets, and no more (no window scaling). Programs take all at
                           once, so it never shuts */
    sim_time rto_first; /* before any measurement: 1 s (RFC 6298 §2) */
    sim_time rto_min;   /* 1 s (RFC 6298 §2.4); 200 ms is common in practice */
    sim_time rto_max;   /* 60 s (RFC 6298 §2.5) */
    unsigned syn_tries; /* SYNs sent in all before TCP_TIMEOUT: 6, which gives up after 63 s */
    unsigned data_tries;        /* retransmissions of one segment before TCP_TIMEOUT: 12, about 8 minutes */
    sim_time delayed_ack;       /* 40 ms (RFC 9293 §3.8.6.3: less than 500 ms); 0 acknowledges at once */
    sim_time time_wait;         /* 2 MSL: 60 s */
    bool no_congestion_control; /* the window alone limits: for experiments. False */
    unsigned initial_segments;  /* first congestion window; 0: 2 to 4 segments by RFC 5681 §3.1; 10 is RFC
                                   6928. 0 */
};

/* The net's options, to be changed before connections are made. */
struct tcp_options *tcp_options(struct net *n);

#endif
