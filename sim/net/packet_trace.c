#include "net/net_internal.h"

enum { FLAGS_TEXT_MAX = 24 };

static struct span flags_text(char buf[FLAGS_TEXT_MAX], uint8_t flags)
{
    static const struct {
        uint8_t flag;
        char text[4];
    } names[] = {
        { TCP_FIN, "FIN" }, { TCP_SYN, "SYN" }, { TCP_RST, "RST" }, { TCP_PSH, "PSH" }, { TCP_ACK, "ACK" }
    };
    size_t len = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (!(flags & names[i].flag))
            continue;
        if (len > 0)
            buf[len++] = ' ';
        memcpy(buf + len, names[i].text, 3);
        len += 3;
    }
    return span_bytes(buf, len);
}

static const char *proto_text(const struct packet *p)
{
    switch ((enum ip_proto)p->proto) {
    case IP_ICMP:
        return "icmp";
    case IP_TCP:
        return "tcp";
    case IP_UDP:
        return "udp";
    }
    return "ip";
}

/* Addresses, with ports where the protocol has them. */
static struct span end_text(char buf[IP_PORT_TEXT_MAX], const struct packet *p, ip_addr a, uint16_t port)
{
    if (p->proto == IP_ICMP)
        return span_of(ip_text(buf, a));
    return span_bytes(buf, (size_t)ip_port_text(buf, a, port));
}

static void add_send_fields(struct record *r, const struct packet *p, char flags[FLAGS_TEXT_MAX])
{
    if (p->proto == IP_TCP) {
        struct span text = flags_text(flags, p->tcp_flags);
        trace_text(r, KEY_FLAGS, text);
        trace_number(r, KEY_TSEQ, p->tseq);
        if (p->tcp_flags & TCP_ACK)
            trace_number(r, KEY_ACK, p->tack);
        trace_number(r, KEY_WIN, p->tcp_window);
        trace_number(r, KEY_LEN, p->len);
        trace_number(r, KEY_SIZE, packet_size(p));
        if (p->len == 0)
            trace_text(r, KEY_INFO, text);
        return;
    }
    trace_number(r, KEY_LEN, p->len);
    trace_number(r, KEY_SIZE, packet_size(p));
    if (p->proto == IP_ICMP)
        trace_text(r, KEY_INFO, SPAN("port unreachable"));
}

void packet_record(struct packet *p, enum event event, struct net_host *host, const struct net_host *peer,
                   const char *why)
{
    struct trace *t = &host->net->sim->trace;
    char from[IP_PORT_TEXT_MAX], to[IP_PORT_TEXT_MAX], flags[FLAGS_TEXT_MAX];
    struct record *r = trace_begin(t, event, host->name);

    r->peer = peer ? peer->name : NULL;
    r->conn = p->conn;
    r->lookup = p->lookup;
    r->mail = p->mail;
    r->why = why;
    r->packet = p;
    trace_text(r, KEY_PROTO, span_of(proto_text(p)));
    trace_text(r, KEY_FROM, end_text(from, p, p->src, p->src_port));
    trace_text(r, KEY_TO, end_text(to, p, p->dst, p->dst_port));
    if (event == EV_PACKET_SEND)
        add_send_fields(r, p, flags);
    else
        trace_number(r, KEY_SIZE, packet_size(p));
    if (event == EV_PACKET_DROP && p->via != NULL) {
        struct net_dir *back = link_dir_from(p->via, p->at);
        trace_format(t, KEY_LINK, "%s>%s", back->to->name, p->at->name);
    }
    p->cause = trace_end(t);
}
