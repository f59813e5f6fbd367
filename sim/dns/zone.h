/* dns/zone.h: what an authoritative server knows: the records of one zone, and the lookup in it.
 * Sources: RFC 1034 §4.2, §4.3.2 (the server's algorithm), §4.3.3 and RFC 4592 (wildcards), RFC 2181 §5 (RRsets). */
#ifndef DNS_ZONE_H
#define DNS_ZONE_H

#include "dns/rr.h"

struct dns_zone;

struct dns_zone *dns_zone_new(const struct dns_name *origin);
void dns_zone_free(struct dns_zone **z);
const struct dns_name *dns_zone_origin(const struct dns_zone *z);

/* Add a copy. False, with the reason, where it can't stand: outside the zone, a CNAME beside other data, a second SOA. The
 * same record again is no error (RFC 2181 §5.2: its TTL becomes the set's). */
bool dns_zone_add(struct dns_zone *z, const struct dns_rr *r, char error_out[static 160]);
/* Take out the records of that name and type (DNS_ANY: all types), those with this data only if `rdata` is given.
 * Returns how many went. */
unsigned dns_zone_remove(struct dns_zone *z, const struct dns_name *name, uint16_t type, const struct span *rdata);
/* Add one to the SOA's serial (RFC 1982), after a change. */
void dns_zone_bump_serial(struct dns_zone *z);

/* Records in the zone, in canonical order of names, then by type, then as added. `r` is borrowed for the call. */
typedef void dns_zone_each_fn(void *self, const struct dns_rr *r);
void dns_zone_each(const struct dns_zone *z, dns_zone_each_fn *each, void *self);

#endif
