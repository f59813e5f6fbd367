/* dns/server.h: a DNS server as a program on a host, on UDP and TCP port 53: authoritative for the zones it
 * is given, resolving for others where recursion is on, or both. Root, TLD, authoritative and local server
 * are the same program with different data, as in the real world. */
#ifndef DNS_SERVER_H
#define DNS_SERVER_H

#include "dns/zone.h"
#include "net/net.h"

enum { DNS_PORT = 53 };

struct dns_hint { /* a root server: RFC 1034 §5.3.2 "safety belt" */
    struct dns_name name;
    ip_addr addr;
};

struct dns_server_spec {
    bool recursion; /* answer questions with RD set by asking others */
    bool chain; /* ask them with RD set: the textbook's recursive query, where each server asks the next on
                   behalf of the one before it. Servers that do not recurse refer as always, and the walk goes
                   on from there */
    struct dns_hint *hints; /* where a walk begins; copied. None on a server that asks nobody */
    unsigned n_hints;
    struct ip_prefix *clients; /* for whom it recurses; none: for everybody. Copied */
    unsigned n_clients;
    bool rotate;       /* answers with several addresses begin with the next one each time (RFC 1794) */
    uint16_t udp_size; /* the EDNS buffer size it offers and honours at most: 1232; 0: no EDNS, 512 octets */
    uint32_t max_ttl_s,
        max_negative_ttl_s; /* caps of the cache: 86400 × 7 (RFC 8767 §4), 10800 (RFC 2308 §5) */
    sim_time timeout;       /* before the next server is asked: 2 s, doubled each round */
    unsigned tries; /* queries for one name in all before SERVFAIL, and look-ups of servers' addresses */
};

extern const struct dns_server_spec dns_server_defaults; /* as said above, recursion off */

struct dns_server;

/* Make the program "dns" and add it to the host. It lives as long as the net; free it after that. */
struct dns_server *dns_server_add(struct net_host *h, const struct dns_server_spec *spec);
void dns_server_free(struct dns_server **s);

/* Serve this zone, owned by the server from here. It may be changed while serving: changes are seen by the
 * next query. */
void dns_server_add_zone(struct dns_server *s, struct dns_zone *z);
struct dns_zone *dns_server_find_zone(const struct dns_server *s,
                                      const struct dns_name *origin); /* or NULL */

/* Records in its cache now, for badges. */
unsigned dns_server_cached(const struct dns_server *s);

#endif
