/* dns/slist.h: the servers of the zone that a walk has come to, and which of them to ask next (RFC 1034
 * §5.3.2, SLIST). In random order, so that the servers of a zone share the load; those that were silent of
 * late come last (RFC 2308 §7.2). */
#ifndef DNS_SLIST_H
#define DNS_SLIST_H

#include "core/rng.h"
#include "core/time.h"
#include "dns/resolver.h"

/* What is remembered of servers by address: a table of fixed size, where the later one takes the place of the
 * earlier. */
enum { DNS_PEERS = 1024 };

struct dns_peer {
    ip_addr addr;
    bool no_edns;          /* it answered FORMERR to EDNS (RFC 6891 §7) */
    sim_time silent_until; /* it did not answer: ask others first until then */
};

struct dns_peer *dns_peer_of(struct dns_peer peers[DNS_PEERS], ip_addr addr);

struct dns_slist_server {
    const struct dns_name *name; /* borrowed; NULL where the address is known */
    ip_addr addr;                /* 0: to be looked up */
    uint8_t asked;               /* times */
    bool dead;                   /* lame, unreachable, or has no address */
};

struct dns_slist {
    struct dns_name zone;
    unsigned labels; /* of it */
    struct dns_slist_server servers[DNS_SERVERS_MAX];
    unsigned n, asked; /* queries to any of them */
};

void dns_slist_begin(struct dns_slist *l, const struct dns_name *zone);
/* What finds no room, or is there already, is left out. */
void dns_slist_add(struct dns_slist *l, const struct dns_name *name, ip_addr addr);
/* Put them into the order in which they are asked. */
void dns_slist_order(struct dns_slist *l, struct rng *rng, struct dns_peer peers[DNS_PEERS], sim_time now);
/* The one to ask next, or to look up (addr 0): each once, then the nameless, then each again up to
 * DNS_ROUNDS. NULL: none is left. */
struct dns_slist_server *dns_slist_next(struct dns_slist *l);
struct dns_slist_server *dns_slist_find(struct dns_slist *l, ip_addr addr);
/* The addresses of the server `name` are known now: n of them; 0: it has none. */
void dns_slist_resolve(struct dns_slist *l, const struct dns_name *name, const ip_addr *addrs, unsigned n);

#endif
