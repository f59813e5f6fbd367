/* net/net_internal.h: what the files of this floor know of each other. Nobody above includes it. */
#ifndef NET_NET_INTERNAL_H
#define NET_NET_INTERNAL_H

#include <assert.h>
#include <glib.h>

#include "core/pool.h"
#include "net/map.h"
#include "net/net.h"
#include "net/tcp.h"

enum { PACKET_CLASSES = 4, NO_CORE = UINT32_MAX };

/* One direction of a link. What every packet reads comes first, in a cache line of its own. */
struct net_dir {
    _Alignas(64) struct net_host *to;
    struct net_link *link;
    sim_time delay;
    sim_time free_at;  /* when the last octet of the last packet has gone out */
    uint64_t rate_bps; /* 0: no time to send */
    uint32_t queue;
    uint32_t loss_ppm;

    /* Read when packets wait: a ring of when those before the last one have gone out, and how many they are.
     */
    sim_time *departures; /* NULL until one had to wait */
    uint32_t head, mask, behind;
    struct rng rng; /* read where packets get lost */
};

struct net_link {
    struct net_dir dir[2]; /* from ends[0] to ends[1], and back */
    struct net_host *ends[2];
    struct net_link_spec spec;
    uint32_t cuts; /* cut or mended so often: odd while cut */
};

/* The way from a host with several links to each other such host. */
struct route {
    sim_time delay; /* SIM_NEVER: no way */
    uint32_t hops;
    struct net_dir *first;
};

struct program_slot {
    const struct net_program *program;
    bool up, wanted; /* runs; shall run whenever the host does */
};

struct udp_socket;
struct tcp_listener;
struct tcp_conn;

struct net_host {
    /* What a packet on its way reads. */
    struct net *net;
    struct net_host *gateway;   /* of a leaf (a host with one link): who is at the other end */
    struct net_dir *out, *down; /* of a leaf: its link, there and back */
    struct route *routes;       /* of a host with several links: by `core` of the destination */
    uint32_t routes_made;       /* the generation of routes it stems from */
    uint32_t core;              /* number among the hosts with several links, else NO_CORE */
    bool up, is_router;
    uint16_t ip_id;
    ip_addr ip;

    uint32_t index, n_links, links_size;
    struct net_link **links;
    char *name;
    struct program_slot *programs;
    unsigned n_programs;

    struct rng *udp_rng; /* ephemeral ports of UDP; made at first need, as the next one */
    struct rng *tcp_rng; /* initial sequence numbers */
    uint16_t tcp_port;   /* the next ephemeral port of TCP, 0: none yet */
    struct udp_socket *sockets;
    struct tcp_listener *listeners;
    struct tcp_conn *conns;
};

/* Send buffers, by size: BUFFER_LEAST << class. */
enum { BUFFER_CLASSES = 9, BUFFER_LEAST = 256 };

struct tcp_wait;

/* Connections by addresses and ports: chained hashing. */
struct tcp_table {
    struct tcp_key **slots;
    size_t size, used; /* size is 0 or a power of two */
};

struct net_tcp {
    struct tcp_options options;
    struct pool conns, waits, buffers[BUFFER_CLASSES];
    struct tcp_table live,
        waiting; /* two, so that the many in TIME-WAIT are not in the way of those that talk */
    struct map listeners;
    struct tcp_wait *waits_head, *waits_tail; /* in TIME-WAIT, the first to end first */
    bool waits_event;
};

struct net {
    struct sim *sim;
    struct pool packets[PACKET_CLASSES];
    uint64_t sent, dropped;
    uint32_t routes_generation, n_cores;
    bool ever_cut;
    struct map addresses; /* ADDRESS_KEY → host */
    struct map sockets;   /* net_port_key → UDP socket */
    struct pool udp;
    struct net_tcp tcp;
    GPtrArray *hosts, *links, *cores;
    GHashTable *names;
};

static inline uint64_t net_address_key(ip_addr a)
{
    return (uint64_t)1 << 32 | a;
}
static inline uint64_t net_port_key(const struct net_host *h, uint16_t port)
{
    return (uint64_t)1 << 63 | (uint64_t)h->index << 16 | port;
}

/* link.c */
void link_send(struct net_host *from, struct net_dir *d, struct packet *p);
struct net_dir *link_dir_from(struct net_link *l, const struct net_host *from);
void link_free(struct net_link *l);

/* route.c: the first link of the way, NULL if there is none. `from` and `to` differ. */
struct net_dir *route_next(struct net_host *from, const struct net_host *to);

/* packet.c */
void packet_pools_init(struct net *n);
void packet_pools_release(struct net *n);
/* net_packet_send, when p->to is known. `why` it is sent again, else NULL. Returns the seq of the packet.send
 * record, 0 if nobody listens. */
uint64_t packet_send_as(struct net_host *from, struct packet *p, const char *why);
void packet_arrive(void *packet); /* at p->at; a sched_fn */
void packet_lose(struct packet *p, struct net_host *where, const char *why);

/* packet_trace.c: make the record, note its seq in the packet. Call only if trace_on. */
void packet_record(struct packet *p, enum event event, struct net_host *host, const struct net_host *peer,
                   const char *why);

/* udp.c */
void udp_net_init(struct net *n);
void udp_net_release(struct net *n);
bool udp_receive(struct net_host *h, const struct packet *p); /* false: nobody listens there */
void udp_on_error(struct net_host *h, uint16_t local_port, ip_addr addr, uint16_t port);
void udp_host_down(struct net_host *h);

/* icmp.c */
void icmp_port_unreachable(struct net_host *h, const struct packet *offending);
void icmp_receive(struct net_host *h, const struct packet *p);

/* tcp.c. `receive` returns true if it keeps the packet. */
void tcp_net_init(struct net *n);
void tcp_net_release(struct net *n);
bool tcp_receive(struct net_host *h, struct packet *p);
void tcp_host_down(struct net_host *h);
void tcp_describe(struct net_host *h, struct sheet *sheet);

#endif
