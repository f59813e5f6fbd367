/* dns/exchange.h: one question on its way to one server: a UDP socket of its own, on a random port (RFC 5452
 * §9.2), or a TCP connection (RFC 7766) with its two octets of length before each message (RFC 1035 §4.2.2),
 * and the time-out. */
#ifndef DNS_EXCHANGE_H
#define DNS_EXCHANGE_H

#include <glib.h>

#include "net/net.h"
#include "net/udp.h"

struct tcp_conn;

enum dns_silence { DNS_TIMED_OUT, DNS_UNREACHABLE /* ICMP, RST: nobody is there */ };

struct dns_exchange_calls {
    /* The message goes out now: by TCP that is after the handshake. For the trace. */
    void (*on_send)(void *self);
    /* Something came in, by UDP from anybody. More may come until dns_exchange_end. */
    void (*on_message)(void *self, ip_addr from, uint16_t port, struct span bytes);
    /* Nothing came. The exchange is still open: end it, or send again. */
    void (*on_silence)(void *self, enum dns_silence why);
};

/* Held by value. All zeros: not open. */
struct dns_exchange {
    const struct dns_exchange_calls *calls;
    void *self;
    struct net_host *host;
    ip_addr to;
    struct udp_about about;
    struct udp_socket *udp;
    struct tcp_conn *tcp;
    struct sched_handle timer;
    GByteArray *in, *out; /* TCP: what came so far; what to say when the handshake is done */
};

/* Send `message` to port 53 of `to`, and call back within `timeout`, never at once. `calls` is borrowed. */
void dns_exchange_begin(struct dns_exchange *x, struct net_host *h, ip_addr to, bool tcp, struct span message,
                        sim_time timeout, struct udp_about about, const struct dns_exchange_calls *calls,
                        void *self);
/* The same datagram to the same server again from the same port, so that an answer to either counts. UDP
 * only. */
void dns_exchange_again(struct dns_exchange *x, struct span message, sim_time timeout);
bool dns_exchange_is_open(const struct dns_exchange *x);
/* Close what is open, without a call. Harmless if nothing is. */
void dns_exchange_end(struct dns_exchange *x);
/* The same when the program is stopped: a connection is reset, not closed in order. */
void dns_exchange_abort(struct dns_exchange *x);

/* Give back memory alone, when the net is gone already. */
void dns_exchange_drop(struct dns_exchange *x);

/* A message with its length before it, as TCP carries it. */
void dns_frame_append(GByteArray *out, struct span message);
/* The first whole message in what came over TCP: false if more is to come. Its octets, with the two of the
 * length, stay in `in` until dns_frame_drop. */
bool dns_frame_first(const GByteArray *in, struct span *message_out);
void dns_frame_drop(GByteArray *in, struct span message);

#endif
