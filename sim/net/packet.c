#include "net/net_internal.h"

/* Octets of struct and payload. Acknowledgements and short commands fit the first class, which is two cache
 * lines. */
static const uint16_t class_size[PACKET_CLASSES] = { 128, 256, 640,
                                                     sizeof(struct packet) + IP_MTU - IP_HEADER };

void packet_pools_init(struct net *n)
{
    for (int i = 0; i < PACKET_CLASSES; i++)
        pool_init(&n->packets[i], class_size[i]);
}

void packet_pools_release(struct net *n)
{
    for (int i = 0; i < PACKET_CLASSES; i++)
        pool_release(&n->packets[i]);
}

struct packet *net_packet_new(struct net_host *from, enum ip_proto proto, uint16_t len)
{
    uint8_t size_class = 0;

    assert(len <= IP_MTU - IP_HEADER);
    while (sizeof(struct packet) + len > class_size[size_class])
        size_class++;
    struct packet *p = pool_take(&from->net->packets[size_class]);
    *p = (struct packet){
        .src = from->ip,
        .proto = (uint8_t)proto,
        .ttl = IP_TTL,
        .size_class = size_class,
        .ip_id = from->ip_id++,
        .len = len,
        .from = from,
    };
    return p;
}

void net_packet_free(struct net *n, struct packet *p)
{
    pool_give(&n->packets[p->size_class], p);
}

void packet_lose(struct packet *p, struct net_host *where, const char *why)
{
    struct net *n = where->net;

    n->dropped++;
    if (trace_on(&n->sim->trace)) {
        uint64_t cause = sched_cause(n->sim->sched);
        sched_set_cause(n->sim->sched, p->cause);
        packet_record(p, EV_PACKET_DROP, where, p->to, why);
        sched_set_cause(n->sim->sched, cause);
    }
    net_packet_free(n, p);
}

uint64_t packet_send_as(struct net_host *from, struct packet *p, const char *why)
{
    struct net *n = from->net;
    struct net_dir *d = NULL;

    if (!from->up) { /* the last words of a host that is going down are not heard */
        net_packet_free(n, p);
        return 0;
    }
    n->sent++;
    p->at = p->to;
    if (p->to != NULL && p->to != from && (d = route_next(from, p->to)) != NULL) {
        p->at = d->to;
        p->via = d->link;
    }
    if (trace_on(&n->sim->trace)) {
        /* Whatever else is sent now has the same cause, not this packet. */
        uint64_t cause = sched_cause(n->sim->sched);
        packet_record(p, EV_PACKET_SEND, from, p->to, why);
        sched_set_cause(n->sim->sched, cause);
    }
    uint64_t seq = p->cause;
    if (d != NULL)
        link_send(from, d, p);
    else if (p->to == from)
        sched_post(n->sim->sched, sched_now(n->sim->sched), packet_arrive, p);
    else
        packet_lose(p, from, "no_route");
    return seq;
}

void net_packet_send(struct net_host *from, struct packet *p)
{
    p->from = from;
    p->to = net_host_at(from->net, p->dst);
    packet_send_as(from, p, NULL);
}

static void deliver(struct net_host *h, struct packet *p)
{
    struct net *n = h->net;

    if (trace_on(&n->sim->trace))
        packet_record(p, EV_PACKET_ARRIVE, h, p->from, NULL);
    switch ((enum ip_proto)p->proto) {
    case IP_TCP:
        if (tcp_receive(h, p))
            return;
        break;
    case IP_UDP:
        if (!udp_receive(h, p))
            icmp_port_unreachable(h, p);
        break;
    case IP_ICMP:
        icmp_receive(h, p);
        break;
    }
    net_packet_free(n, p);
}

static void forward(struct net_host *h, struct packet *p)
{
    /* A router with one link could only send it back. */
    struct net_dir *d = h->is_router && h->core != NO_CORE ? route_next(h, p->to) : NULL;

    if (d == NULL) {
        packet_lose(p, h, "no_route");
        return;
    }
    if (--p->ttl == 0) { /* RFC 791 §3.2 */
        packet_lose(p, h, "ttl");
        return;
    }
    p->at = d->to;
    p->via = d->link;
    if (trace_on(&h->net->sim->trace))
        packet_record(p, EV_PACKET_FORWARD, h, p->to, NULL);
    link_send(h, d, p);
}

void packet_arrive(void *packet)
{
    struct packet *p = packet;
    struct net_host *h = p->at;
    struct net *n = h->net;

    sched_set_cause(n->sim->sched, p->cause);
    if (n->ever_cut && p->via != NULL && p->via->cuts != p->cuts)
        packet_lose(p, link_dir_from(p->via, h)->to, "link_cut");
    else if (!h->up)
        packet_lose(p, h, "host_down");
    else if (p->to == h)
        deliver(h, p);
    else
        forward(h, p);
}

uint64_t net_packets(const struct net *n)
{
    return n->sent;
}
uint64_t net_dropped(const struct net *n)
{
    return n->dropped;
}
