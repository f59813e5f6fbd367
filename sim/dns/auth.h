/* dns/auth.h: how an authoritative server answers (RFC 1034 §4.3.2 steps 2 to 6, RFC 2308 §3, RFC 4592 wildcards).
 * Pure: zones and a query in, a response out; no network, no clock. */
#ifndef DNS_AUTH_H
#define DNS_AUTH_H

#include "dns/msg.h"
#include "dns/zone.h"

enum dns_auth_found {
    DNS_AUTH_DONE,     /* the response is complete: answer, NODATA, NXDOMAIN, referral */
    DNS_AUTH_REFERRED, /* the same, and it is a referral: a server that also recurses may do better */
    DNS_AUTH_NO_ZONE,  /* no zone here is at or above the name: REFUSED, or recursion */
    DNS_AUTH_CNAME_OUT, /* a CNAME chain led out of the zones here: what is known is in the answer section */
};

/* Fill `response` (cleared, with the query's id, question, opcode and RD) from the closest of `zones`. `rotation` turns the order of RRsets
 * with several A or AAAA by that many (0: as written). Records are borrowed from the zone: write before it changes. */
enum dns_auth_found dns_auth_answer(struct dns_zone *const *zones, unsigned n_zones, const struct dns_msg *query,
                                    unsigned rotation, struct dns_msg *response);

#endif
