/* scenario/derive_internal.h: what the parts of derive share: domains (derive.c), hosts and links
 * (derive_hosts.c), zones' servers (derive_servers.c), zones' records (derive_zones.c). */
#ifndef SCENARIO_DERIVE_INTERNAL_H
#define SCENARIO_DERIVE_INTERNAL_H

#include "scenario/derive.h"

/* A zone that is derived, and what it is derived from. */
struct derived_zone {
    const char *name;        /* "hamburger.edu", "edu", "." */
    const struct node *from; /* its place in the file; NULL for what nobody wrote */
    int64_t ttl_s;
    GPtrArray *written;                   /* the author's records, of items; may be NULL */
    GPtrArray *servers;                   /* its authoritative servers: of struct scenario_host */
    const struct scenario_domain *domain; /* NULL for the root and top-level domains */
    bool authored; /* the author wrote all its records under a host: only its delegation is derived */
    const struct derived_zone *parent; /* the closest one above it; NULL: none (derive_zones.c) */
};

struct derivation {
    struct scenario *s;
    struct report *report;
    GArray *zones;     /* of struct derived_zone, the root first */
    GHashTable *taken; /* addresses in use */
};

/* `name` is `zone` ("." is the root) or below it. */
bool derive_is_under(const char *name, const char *zone);

/* Where hosts sit in a network: 10.1.0.53. */
enum { DERIVE_LOCAL_AT = 53 };

/* ---- derive_hosts.c */

extern const char derive_internet[]; /* the router that hosts without a link of their own hang from */
extern const struct ip_prefix derive_elsewhere; /* for hosts of no domain */

struct ip_prefix derive_domain_network(unsigned i);
struct ip_prefix derive_tld_network(unsigned i);
void derive_note_addresses(struct derivation *d);
void derive_address(struct derivation *d, struct scenario_host *h, struct ip_prefix network, ip_addr at);
ip_addr derive_address_of(const struct scenario_host *h); /* its first; 0: none */

/* The host of that name, new unless the author has one; its role if he did not say. */
struct scenario_host *derive_want_host(struct derivation *d, const char *name, enum scenario_role role,
                                       const struct node *from);
void derive_want_link(struct derivation *d, struct scenario_host *h, const struct scenario_link_spec *spec);
struct scenario_dns *derive_want_dns(struct derivation *d, struct scenario_host *h, const struct node *from);

/* Entries of a list under `key`. */
void derive_add_item(struct derivation *d, struct node *n, const char *key, GPtrArray *list,
                     const struct node *from, ip_addr a, const char *text);
void derive_add_prefix(struct derivation *d, struct node *n, const char *key, GPtrArray *list,
                       const struct node *from, struct ip_prefix p);
/* The local server is whom to ask, unless `list` has somebody. */
void derive_use_resolver(struct derivation *d, struct node *n, GPtrArray *list,
                         const struct scenario_host *local);

/* All links, and the router in their middle. */
void derive_links(struct derivation *d);

/* ---- derive_servers.c */

/* Borrowed until the next call. `ttl_s` counts if `from` says one, else what `defaults` says. */
struct derived_zone *derive_add_zone(struct derivation *d, const char *name, const struct node *from,
                                     int64_t ttl_s);
void derive_root(struct derivation *d);
void derive_tlds(struct derivation *d);
void derive_adopt_zones(struct derivation *d);
void derive_hints(struct derivation *d);
void derive_chain(struct derivation *d);

/* ---- derive_zones.c */

/* The records of all zones, and the delegations between them. */
void derive_zones(struct derivation *d);

#endif
