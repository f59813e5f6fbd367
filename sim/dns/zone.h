/* dns/zone.h: what an authoritative server knows: the records of one zone, and the lookup in it.
 * Sources: RFC 1034 §4.2, §4.3.2 (the server's algorithm), §4.3.3 and RFC 4592 (wildcards), RFC 2181 §5
 * (RRsets). */
#ifndef DNS_ZONE_H
#define DNS_ZONE_H

#include "dns/rr.h"

struct dns_zone;

struct dns_zone *dns_zone_new(const struct dns_name *origin);
void dns_zone_free(struct dns_zone **z);
const struct dns_name *dns_zone_origin(const struct dns_zone *z);

/* Add a copy. False, with the reason, where it can't stand: outside the zone, a CNAME beside other data, a
 * second SOA. The same record again is no error (RFC 2181 §5.2: its TTL becomes the set's). A set has one
 * TTL: of records that differ in it, the lowest. */
bool dns_zone_add(struct dns_zone *z, const struct dns_rr *r, char error_out[static 160]);
/* Take out the records of that name and type (DNS_ANY: all types), those with this data only if `rdata` is
 * given. Returns how many went. */
unsigned dns_zone_remove(struct dns_zone *z, const struct dns_name *name, uint16_t type,
                         const struct span *rdata);
/* Add one to the SOA's serial (RFC 1982), after a change. */
void dns_zone_bump_serial(struct dns_zone *z);

/* Records in the zone, in canonical order of names, then by type, then as added. `r` is borrowed for the
 * call. */
typedef void dns_zone_each_fn(void *self, const struct dns_rr *r);
void dns_zone_each(const struct dns_zone *z, dns_zone_each_fn *each, void *self);

/* ---- Lookup. All of it is borrowed until the zone changes. */

/* The records of one name and type (RFC 2181 §5). */
struct dns_set {
    uint16_t type;
    bool has_mixed_ttls; /* they were given with different ones */
    unsigned n;
    uint32_t ttl_s;
    struct span *rdata; /* n of them, as added */
};

/* A name that exists: it has records, or a name below it has (an empty non-terminal, RFC 4592 §2.2.2). */
struct dns_node;

const struct dns_name *dns_node_name(
    const struct dns_node *n); /* in less memory than a struct dns_name: see dns_name_copy */
const struct dns_set *dns_node_find(const struct dns_node *n, uint16_t type);   /* or NULL */
const struct dns_set *dns_node_sets(const struct dns_node *n, unsigned *n_out); /* by type */

struct dns_lookup {
    const struct dns_node *exact;    /* the name itself, NULL if it does not exist */
    const struct dns_node *encloser; /* the closest name above that does (RFC 4592 §3.3.1); itself if exact */
    const struct dns_node
        *wildcard; /* "*" below the encloser, where records for a missing name come from; or NULL */
    const struct dns_node
        *cut; /* the highest delegation at or above the name: others know better. NULL: none */
};

/* `name` must lie in the zone. */
struct dns_lookup dns_zone_find(const struct dns_zone *z, const struct dns_name *name);
const struct dns_node *dns_zone_apex(const struct dns_zone *z);

/* ---- What is wrong with it. */

struct dns_finding {
    bool is_error;               /* else a doubt: it may be meant */
    const struct dns_name *name; /* whose record, and its type */
    uint16_t type;
    const char *message, *hint; /* for the author; borrowed for the call */
};

/* Errors: no SOA, no NS at the apex, an NS to an alias or to a name of this zone without address, a
 * delegation without the glue it needs. Doubts: an MX to such names, an alias to nothing or back to itself,
 * records that a delegation hides, TTLs that differ in a set. In the order of dns_zone_each. */
typedef void dns_on_finding(void *self, const struct dns_finding *f);
void dns_zone_check(const struct dns_zone *z, dns_on_finding *on_finding, void *self);

#endif
