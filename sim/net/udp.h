/* net/udp.h: datagrams (RFC 768). A datagram to a closed port brings back ICMP port unreachable (RFC 1122
 * §4.1.3.1). */
#ifndef NET_UDP_H
#define NET_UDP_H

#include "net/net.h"

struct udp_socket;

/* `p` is borrowed for the call: source in p->src, p->src_port, bytes in packet_payload(p), trace ids in
 * p->lookup, p->mail. */
typedef void udp_on_datagram(void *self, struct udp_socket *s, const struct packet *p);
/* A datagram that this socket sent to `addr`:`port` found no one there. */
typedef void udp_on_unreachable(void *self, struct udp_socket *s, ip_addr addr, uint16_t port);

/* `port` 0 takes a free ephemeral port (49152 …) at random from the host's stream. NULL if the port is taken.
 * `on_unreachable` may be NULL. The socket is the caller's to close; it also vanishes, closed, when the host
 * goes down or the program's host stops: close it in the program's `stop`. */
struct udp_socket *udp_open(struct net_host *h, uint16_t port, udp_on_datagram *on_datagram,
                            udp_on_unreachable *on_unreachable, void *self);
void udp_close(struct udp_socket **s);
uint16_t udp_port(const struct udp_socket *s);

/* What the datagram is about, for the trace. */
struct udp_about {
    uint32_t lookup, mail;
};

/* `bytes` are copied; at most IP_MTU - IP_HEADER - UDP_HEADER octets (asserted): DNS stays below by EDNS and
 * truncation. */
void udp_send(struct udp_socket *s, ip_addr to, uint16_t port, struct span bytes, struct udp_about about);
/* Answer `p`, from the address it was sent to: a host may have several. */
void udp_reply(struct udp_socket *s, const struct packet *p, struct span bytes, struct udp_about about);

#endif
