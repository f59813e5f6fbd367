#include "core/rd.h"
#include "net/net_internal.h"
#include "net/wire.h"

enum {
    ICMP_UNREACHABLE = 3,
    ICMP_CODE_PORT = 3,
    QUOTED = IP_HEADER + 8, /* RFC 792: the IP header and the first 64 bits of the datagram's data */
};

void icmp_port_unreachable(struct net_host *h, const struct packet *offending)
{
    uint8_t wire[IP_MTU];

    if (wire_encode(offending, wire, sizeof wire) < QUOTED)
        return;
    struct packet *p = net_packet_new(h, IP_ICMP, QUOTED);
    p->src = offending->dst;
    p->dst = offending->src;
    p->src_port = ICMP_UNREACHABLE;
    p->dst_port = ICMP_CODE_PORT;
    p->lookup = offending->lookup;
    p->mail = offending->mail;
    memcpy(p->payload, wire, QUOTED);
    net_packet_send(h, p);
}

/* RFC 1122 §4.1.3.3: UDP tells the program whose datagram it was, as the quotation says. */
void icmp_receive(struct net_host *h, const struct packet *p)
{
    struct rd r = rd_of(p->payload, p->len);

    if (p->src_port != ICMP_UNREACHABLE || p->dst_port != ICMP_CODE_PORT)
        return;
    rd_bytes(&r, 9);
    uint8_t proto = rd_u8(&r);
    rd_bytes(&r, 6);
    ip_addr to = rd_u32(&r);
    uint16_t from_port = rd_u16(&r), to_port = rd_u16(&r);
    if (!r.bad && proto == IP_UDP)
        udp_on_error(h, from_port, to, to_port);
}
