#include "net/wire.h"

#include <glib.h>

#include "core/rd.h"

enum {
    IP_VERSION_IHL = 0x45,     /* version 4, five words of header */
    IP_DONT_FRAGMENT = 0x4000, /* nothing here is ever fragmented */
    OPTION_END = 0,
    OPTION_NOP = 1,
    OPTION_MSS = 2, /* RFC 9293 §3.2 */
};

static uint16_t fold(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

/* The sum of 16-bit words in network order. RFC 1071 §2: words may be taken in the machine's order and
 * several at a time; the bytes of the folded sum are in the order of the data all the same. */
static uint32_t sum_words(const uint8_t *bytes, size_t len)
{
    uint64_t sum = 0;
    uint32_t word;
    uint8_t rest[4] = { 0 }; /* §4.1: what is missing at the end counts as zero */

    for (; len >= sizeof word; bytes += sizeof word, len -= sizeof word) {
        memcpy(&word, bytes, sizeof word);
        sum += word;
    }
    for (size_t i = 0; i < len; i++)
        rest[i] = bytes[i];
    memcpy(&word, rest, sizeof word);
    return GUINT16_FROM_BE(fold(sum + word));
}

uint16_t wire_checksum(const uint8_t *bytes, size_t len, uint32_t sum)
{
    return (uint16_t)~fold((uint64_t)sum_words(bytes, len) + sum);
}

/* RFC 768, RFC 9293 §3.1: the pseudo header guards against a datagram that came to the wrong place. */
static uint32_t pseudo_header(const struct packet *p, uint32_t len)
{
    return (p->src >> 16) + (p->src & 0xffff) + (p->dst >> 16) + (p->dst & 0xffff) + p->proto + len;
}

static void put_u16(uint8_t *at, uint16_t v)
{
    at[0] = (uint8_t)(v >> 8);
    at[1] = (uint8_t)v;
}

/* RFC 9293 §3.1 */
static void put_tcp(struct wr *w, const struct packet *p)
{
    wr_u16(w, p->src_port);
    wr_u16(w, p->dst_port);
    wr_u32(w, p->tcp_seq);
    wr_u32(w, p->tcp_ack);
    wr_u8(w, (uint8_t)((TCP_HEADER + (p->tcp_mss ? 4 : 0)) / 4 << 4));
    wr_u8(w, p->tcp_flags);
    wr_u16(w, p->tcp_window);
    wr_u32(w, 0); /* checksum, to come; urgent pointer */
    if (p->tcp_mss) {
        wr_u8(w, OPTION_MSS);
        wr_u8(w, 4);
        wr_u16(w, p->tcp_mss);
    }
}

/* The header above IP, its checksum field zero. Returns where in it the checksum goes. */
static size_t put_transport(struct wr *w, const struct packet *p)
{
    switch ((enum ip_proto)p->proto) {
    case IP_TCP:
        put_tcp(w, p);
        return 16;
    case IP_UDP:
        wr_u16(w, p->src_port);
        wr_u16(w, p->dst_port);
        wr_u16(w, (uint16_t)(UDP_HEADER + p->len));
        wr_u16(w, 0);
        return 6;
    case IP_ICMP:
        wr_u8(w, (uint8_t)p->src_port);
        wr_u8(w, (uint8_t)p->dst_port);
        wr_u16(w, 0);
        wr_u32(w, 0); /* RFC 792: unused */
        return 2;
    }
    return 0;
}

size_t wire_encode(const struct packet *p, uint8_t *out, size_t size)
{
    struct wr w = wr_of(out, size);
    uint32_t total = packet_size(p);

    if (size < total || total > WIRE_MAX || total == IP_HEADER)
        return 0;
    wr_u8(&w, IP_VERSION_IHL);
    wr_u8(&w, 0); /* type of service */
    wr_u16(&w, (uint16_t)total);
    wr_u16(&w, p->ip_id);
    wr_u16(&w, IP_DONT_FRAGMENT);
    wr_u8(&w, p->ttl);
    wr_u8(&w, p->proto);
    wr_u16(&w, 0);
    wr_u32(&w, p->src);
    wr_u32(&w, p->dst);
    put_u16(out + 10, wire_checksum(out, IP_HEADER, 0));

    uint8_t *transport = w.at;
    uint32_t len = total - IP_HEADER;
    size_t checksum_at = put_transport(&w, p);
    wr_bytes(&w, p->payload, p->len);
    uint16_t checksum = wire_checksum(transport, len, p->proto == IP_ICMP ? 0 : pseudo_header(p, len));
    if (p->proto == IP_UDP && checksum == 0)
        checksum = 0xffff; /* RFC 768: zero would say that there is none */
    put_u16(transport + checksum_at, checksum);
    return total;
}

/* Options of `len` octets: all may be skipped but the MSS (RFC 9293 §3.1). */
static bool read_tcp_options(struct rd *r, size_t len, struct packet *p)
{
    const uint8_t *bytes = rd_bytes(r, len);

    if (bytes == NULL)
        return false;
    struct rd o = rd_of(bytes, len);
    while (rd_left(&o) > 0) {
        uint8_t kind = rd_u8(&o);
        if (kind == OPTION_END)
            break;
        if (kind == OPTION_NOP)
            continue;
        uint8_t option_len = rd_u8(&o);
        if (o.bad || option_len < 2)
            return false;
        if (kind == OPTION_MSS && option_len == 4)
            p->tcp_mss = rd_u16(&o);
        else
            rd_bytes(&o, option_len - 2u);
    }
    return !o.bad;
}

static bool read_tcp(struct rd *r, struct packet *p)
{
    p->src_port = rd_u16(r);
    p->dst_port = rd_u16(r);
    p->tcp_seq = rd_u32(r);
    p->tcp_ack = rd_u32(r);
    size_t header = (size_t)(rd_u8(r) >> 4) * 4;
    p->tcp_flags = rd_u8(r) & (TCP_FIN | TCP_SYN | TCP_RST | TCP_PSH | TCP_ACK);
    p->tcp_window = rd_u16(r);
    rd_u32(r);
    return header >= TCP_HEADER && read_tcp_options(r, header - TCP_HEADER, p);
}

/* `r` holds what the IP header's length leaves to the transport. */
static bool read_transport(struct rd *r, struct packet *p)
{
    uint32_t len = (uint32_t)rd_left(r);

    switch ((enum ip_proto)p->proto) {
    case IP_TCP:
        return wire_checksum(r->at, len, pseudo_header(p, len)) == 0 && read_tcp(r, p);
    case IP_UDP: {
        const uint8_t *start = r->at;
        p->src_port = rd_u16(r);
        p->dst_port = rd_u16(r);
        uint16_t udp_len = rd_u16(r), checksum = rd_u16(r);
        return udp_len == len && (checksum == 0 || wire_checksum(start, len, pseudo_header(p, len)) == 0);
    }
    case IP_ICMP:
        if (wire_checksum(r->at, len, 0) != 0)
            return false;
        p->src_port = rd_u8(r);
        p->dst_port = rd_u8(r);
        rd_u16(r);
        rd_u32(r);
        return true;
    }
    return false;
}

bool wire_decode(const uint8_t *bytes, size_t len, struct packet *p, struct span *payload_out)
{
    struct rd r = rd_of(bytes, len);
    uint8_t version_ihl = rd_u8(&r);
    size_t header = (size_t)(version_ihl & 15) * 4;

    memset(p, 0, sizeof *p);
    rd_u8(&r);
    uint16_t total = rd_u16(&r);
    p->ip_id = rd_u16(&r);
    uint16_t fragment = rd_u16(&r);
    p->ttl = rd_u8(&r);
    p->proto = rd_u8(&r);
    rd_u16(&r);
    p->src = rd_u32(&r);
    p->dst = rd_u32(&r);
    /* 0x3fff: more fragments, or not the first one. A fragment has no whole transport header to read. */
    if (r.bad || version_ihl >> 4 != 4 || header < IP_HEADER || total < header || total > len ||
        (fragment & 0x3fff) || wire_checksum(bytes, header, 0) != 0)
        return false;

    struct rd t = rd_of(bytes + header, total - header);
    if (!read_transport(&t, p) || t.bad)
        return false;
    *payload_out = span_bytes(t.at, rd_left(&t));
    p->len = (uint16_t)payload_out->len;
    return true;
}
