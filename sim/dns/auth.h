/* dns/auth.h: how an authoritative server answers (RFC 1034 §4.3.2 steps 2 to 6, RFC 2308 §3, RFC 4592
 * wildcards). Pure: zones and a query in, a response out; no network, no clock. Minimal, as big servers are:
 * a positive answer carries no NS records of its zone in the authority section. EDNS, and what goes with it,
 * is the server's. */
#ifndef DNS_AUTH_H
#define DNS_AUTH_H

#include "dns/msg.h"
#include "dns/zone.h"

enum dns_auth_found {
    DNS_AUTH_DONE,      /* the response is complete: answer, NODATA, NXDOMAIN, or an error */
    DNS_AUTH_REFERRED,  /* it is, and it is a referral: a server that also recurses may do better */
    DNS_AUTH_NO_ZONE,   /* no zone here is at or above the name: the response says REFUSED, unless the server
                           recurses */
    DNS_AUTH_CNAME_OUT, /* a CNAME chain led out of the zones here: what is known is in the answer section */
};

/* Fill `response` (cleared, with the query's id, question, opcode and RD) from the closest of `zones`.
 * `rotation` turns the order of RRsets with several A or AAAA by that many (0: as written). The first owner
 * is spelled as in the query. Refused: a class that is not IN, zone transfers; other opcodes are NOTIMP, a
 * query without question FORMERR. Records are borrowed from the zones: write before they change. */
enum dns_auth_found dns_auth_answer(struct dns_zone *const *zones, unsigned n_zones,
                                    const struct dns_msg *query, unsigned rotation, struct dns_msg *response);

#endif
