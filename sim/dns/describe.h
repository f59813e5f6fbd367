/* dns/describe.h: a DNS server's tables: zones, records, cache, look-ups under way. */
#ifndef DNS_DESCRIBE_H
#define DNS_DESCRIBE_H

#include "core/sheet.h"
#include "dns/resolver.h"
#include "dns/zone.h"
#include "net/net.h"

/* `r` NULL: a server that only knows its own zones. */
void dns_describe(struct sheet *sheet, struct net *n, struct dns_zone *const *zones, unsigned n_zones,
                  struct dns_resolver *r, sim_time now);

#endif
