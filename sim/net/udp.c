#include "net/udp.h"

#include "net/net_internal.h"

enum { EPHEMERAL_FIRST = 49152, EPHEMERAL_COUNT = 65536 - EPHEMERAL_FIRST }; /* RFC 6335 §6 */

struct udp_socket {
    struct net_host *host;
    udp_on_datagram *on_datagram;
    udp_on_unreachable *on_unreachable;
    void *self;
    struct udp_socket *prev, *next; /* of the host */
    uint16_t port;
};

void udp_net_init(struct net *n)
{
    pool_init(&n->udp, sizeof(struct udp_socket));
}

void udp_net_release(struct net *n)
{
    pool_release(&n->udp);
    map_release(&n->sockets);
}

static struct udp_socket *find_socket(const struct net_host *h, uint16_t port)
{
    return map_find(&h->net->sockets, net_port_key(h, port));
}

/* RFC 6056 §3.3.1: a random port, and from there the next free one. 0: all are taken. */
static uint16_t choose_port(struct net_host *h)
{
    if (h->udp_rng == NULL) {
        h->udp_rng = g_new(struct rng, 1);
        sim_rng(h->net->sim, h->udp_rng, "%s/udp", h->name);
    }
    uint32_t start = rng_below(h->udp_rng, EPHEMERAL_COUNT);
    for (uint32_t i = 0; i < EPHEMERAL_COUNT; i++) {
        uint16_t port = (uint16_t)(EPHEMERAL_FIRST + (start + i) % EPHEMERAL_COUNT);
        if (find_socket(h, port) == NULL)
            return port;
    }
    return 0;
}

struct udp_socket *udp_open(struct net_host *h, uint16_t port, udp_on_datagram *on_datagram,
                            udp_on_unreachable *on_unreachable, void *self)
{
    if (port == 0)
        port = choose_port(h);
    if (port == 0 || find_socket(h, port) != NULL)
        return NULL;
    struct udp_socket *s = pool_take(&h->net->udp);
    *s = (struct udp_socket){ h, on_datagram, on_unreachable, self, NULL, h->sockets, port };
    if (h->sockets != NULL)
        h->sockets->prev = s;
    h->sockets = s;
    map_put(&h->net->sockets, net_port_key(h, port), s);
    return s;
}

void udp_close(struct udp_socket **socket)
{
    struct udp_socket *s = *socket;

    if (s == NULL)
        return;
    if (s->prev != NULL)
        s->prev->next = s->next;
    else
        s->host->sockets = s->next;
    if (s->next != NULL)
        s->next->prev = s->prev;
    map_remove(&s->host->net->sockets, net_port_key(s->host, s->port));
    pool_give(&s->host->net->udp, s);
    *socket = NULL;
}

void udp_host_down(struct net_host *h)
{
    while (h->sockets != NULL)
        udp_close(&(struct udp_socket *){ h->sockets });
}

uint16_t udp_port(const struct udp_socket *s)
{
    return s->port;
}

static void send_from(struct udp_socket *s, ip_addr src, ip_addr to, uint16_t port, struct span bytes,
                      struct udp_about about)
{
    assert(bytes.len <= IP_MTU - IP_HEADER - UDP_HEADER);
    struct packet *p = net_packet_new(s->host, IP_UDP, (uint16_t)bytes.len);
    p->src = src;
    p->dst = to;
    p->src_port = s->port;
    p->dst_port = port;
    p->lookup = about.lookup;
    p->mail = about.mail;
    if (bytes.len > 0)
        memcpy(p->payload, bytes.at, bytes.len);
    net_packet_send(s->host, p);
}

void udp_send(struct udp_socket *s, ip_addr to, uint16_t port, struct span bytes, struct udp_about about)
{
    send_from(s, s->host->ip, to, port, bytes, about);
}

void udp_reply(struct udp_socket *s, const struct packet *p, struct span bytes, struct udp_about about)
{
    send_from(s, p->dst, p->src, p->src_port, bytes, about);
}

bool udp_receive(struct net_host *h, const struct packet *p)
{
    struct udp_socket *s = find_socket(h, p->dst_port);

    if (s == NULL)
        return false;
    s->on_datagram(s->self, s, p);
    return true;
}

void udp_on_error(struct net_host *h, uint16_t local_port, ip_addr addr, uint16_t port)
{
    struct udp_socket *s = find_socket(h, local_port);

    if (s != NULL && s->on_unreachable != NULL)
        s->on_unreachable(s->self, s, addr, port);
}
