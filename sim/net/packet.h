/* net/packet.h: one IPv4 packet in flight, as a struct; net/wire.h turns it into the bytes of RFC 791, 768,
 * 9293, 792. Packets come from the network's pools: net_packet_new … net_packet_free. */
#ifndef NET_PACKET_H
#define NET_PACKET_H

#include <stdint.h>

#include "core/span.h"
#include "net/addr.h"

enum ip_proto { IP_ICMP = 1, IP_TCP = 6, IP_UDP = 17 };
enum tcp_flag { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16 };
enum { IP_HEADER = 20, UDP_HEADER = 8, TCP_HEADER = 20, ICMP_HEADER = 8, IP_MTU = 1500, IP_TTL = 64 };

struct net_host;
struct net_link;

struct packet {
    ip_addr src, dst;
    uint16_t src_port, dst_port; /* of ICMP: type and code */
    uint8_t proto, ttl;
    uint8_t tcp_flags;
    uint8_t size_class; /* of the pool it came from */
    uint16_t tcp_mss;   /* the MSS option of a SYN, 0: none */
    uint16_t ip_id;
    uint16_t len; /* octets of payload */
    uint16_t tcp_window;
    uint32_t tcp_seq, tcp_ack; /* as on the wire */
    uint32_t tseq, tack;       /* the same, relative to each side's first, for people */

    /* Not on the wire: where it is, and what it is about, for the trace. They change nothing that happens. */
    struct packet *next;        /* in a queue of its owner */
    struct net_host *at;        /* the host it arrives at next */
    struct net_link *via;       /* over which link; NULL within a host */
    struct net_host *from, *to; /* the ends */
    uint32_t conn, lookup, mail;
    uint32_t cuts;  /* how often that link had been cut or mended when the packet went onto it */
    uint64_t cause; /* its latest packet.* record */

    char payload[];
};

/* Octets of the whole IP packet. */
static inline uint32_t packet_size(const struct packet *p)
{
    switch ((enum ip_proto)p->proto) {
    case IP_TCP:
        return IP_HEADER + TCP_HEADER + (p->tcp_mss ? 4u : 0u) + p->len;
    case IP_UDP:
        return IP_HEADER + UDP_HEADER + p->len;
    case IP_ICMP:
        return IP_HEADER + ICMP_HEADER + p->len;
    }
    return IP_HEADER;
}

static inline struct span packet_payload(const struct packet *p)
{
    return span_bytes(p->payload, p->len);
}

#endif
