/* net/net.h: the network: hosts and routers, links between them, the shortest paths, and packets in flight.
 *
 * A packet goes host by host along the path of least delay. At each link it may be lost (rate of loss), wait
 * for those before it (rate, a drop-tail queue counted in packets), and takes the link's delay. net/udp.h and
 * net/tcp.h are what programs use. */
#ifndef NET_NET_H
#define NET_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "core/sheet.h"
#include "core/sim.h"
#include "net/addr.h"
#include "net/packet.h"

struct net;
struct net_host;
struct net_link;

struct net *net_new(struct sim *sim);
void net_free(struct net **n);
struct sim *net_sim(const struct net *n);

/* ---- Hosts. Names are copied; both live as long as the net. */

struct net_host *net_host_add(struct net *n, const char *name, bool is_router);
/* Another address of the host; the first is the one it sends from. False if some host has it already. */
bool net_host_address(struct net_host *h, ip_addr a);
struct net_host *net_host_find(const struct net *n, const char *name); /* or NULL */
struct net_host *net_host_at(const struct net *n, ip_addr a);          /* or NULL */
const char *net_host_name(const struct net_host *h);
ip_addr net_host_ip(const struct net_host *h);
struct net *net_host_net(const struct net_host *h);
struct sim *net_host_sim(const struct net_host *h);
bool net_host_is_up(const struct net_host *h);
bool net_host_is_router(const struct net_host *h);
unsigned net_host_count(const struct net *n);
struct net_host *net_host_nth(const struct net *n, unsigned i); /* in the order added */

/* ---- Programs: what runs on a host. The record of functions is the program's, and outlives the net. */

struct net_program {
    const char *name;          /* "smtp", "dns", "agent alice" */
    void (*start)(void *self); /* open ports; called when the program or its host comes up; may be NULL */
    void (*stop)(void *self);  /* its connections end with this call: drop all that is in memory, keep what is
                                  on disk; may be NULL */
    void (*describe)(void *self, struct sheet *sheet); /* append tables; may be NULL */
    void *self;
};

/* Add and, if the host is up, start it at once. Programs start and stop in the order added. */
void net_program_add(struct net_host *h, const struct net_program *p);
/* Stop or start one program of a host that goes on running: its ports close and its connections are reset.
 * False if there is no program of that name. Doing it twice changes nothing. */
bool net_program_set_up(struct net_host *h, const char *program, bool up);
bool net_program_is_up(const struct net_host *h, const char *program);

/* A host that goes down falls silent: its programs stop, its connections and sockets vanish without a word to
 * their peers, and what arrives is lost. Coming up starts its programs anew. */
void net_host_set_up(struct net_host *h, bool up);

/* The host's tables: connections, then each program's own. */
void net_host_describe(struct net_host *h, struct sheet *sheet);

/* ---- Links: both directions alike, each with a queue and random stream of its own. */

struct net_link_spec {
    sim_time delay;    /* one way, >= 0 */
    uint64_t rate_bps; /* bits a second; 0: as fast as you like */
    uint32_t loss_ppm; /* of a million packets, lost on the way, each direction */
    uint32_t
        queue; /* packets that can wait in each direction while one is being sent; not used without a rate */
};

enum { NET_QUEUE_DEFAULT = 100 };

struct net_link *net_link_add(struct net_host *a, struct net_host *b, const struct net_link_spec *spec);
struct net_link *net_link_between(const struct net *n, const struct net_host *a,
                                  const struct net_host *b); /* or NULL */
const struct net_link_spec *net_link_get_spec(const struct net_link *l);
/* From now on; what is already on its way is not touched. Paths follow the delays. */
void net_link_set_spec(struct net_link *l, const struct net_link_spec *spec);
/* A cut link loses what is on it and what is sent over it; paths do not change (they are static). */
void net_link_set_up(struct net_link *l, bool up);
bool net_link_is_up(const struct net_link *l);
void net_link_ends(const struct net_link *l, struct net_host **a_out, struct net_host **b_out);
unsigned net_link_count(const struct net *n);
struct net_link *net_link_nth(const struct net *n, unsigned i);

/* The sum of the delays of the path there (no waiting, no sending time); SIM_NEVER where there is none. */
sim_time net_path_delay(struct net_host *from, struct net_host *to);

/* The rate of the slowest link of that path, bits a second; 0: none of them has a rate, or there is no path.
 */
uint64_t net_path_rate(struct net_host *from, struct net_host *to);

/* ---- Packets (for udp.c, tcp.c, and attackers later). */

/* A packet with room for `len` octets of payload (<= IP_MTU - IP_HEADER), all other fields zero but src, ttl
 * and ip_id. */
struct packet *net_packet_new(struct net_host *from, enum ip_proto proto, uint16_t len);
void net_packet_free(struct net *n, struct packet *p);
/* Send it on its way; the network owns it from here. Traces packet.send, and whatever becomes of it. */
void net_packet_send(struct net_host *from, struct packet *p);

/* Packets sent by hosts, and lost for any reason, so far. */
uint64_t net_packets(const struct net *n);
uint64_t net_dropped(const struct net *n);

#endif
