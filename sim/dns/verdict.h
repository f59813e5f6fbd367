/* dns/verdict.h: what a response means to the one who asked (RFC 1034 §5.3.3 step 4, RFC 2308 §2). Pure: it
 * looks, and keeps nothing. */
#ifndef DNS_VERDICT_H
#define DNS_VERDICT_H

#include "dns/msg.h"

enum dns_verdict_kind {
    DNS_VERDICT_ANSWER, /* the records are there */
    DNS_VERDICT_ALIAS,  /* a CNAME, and nothing about where it leads */
    DNS_VERDICT_NXDOMAIN,
    DNS_VERDICT_NODATA,
    DNS_VERDICT_REFERRAL, /* to the servers of `cut`, closer to the name */
    DNS_VERDICT_SIDEWAYS, /* a referral that leads no closer: bogus */
    DNS_VERDICT_LAME,     /* an error, or the server knows nothing of the zone */
    DNS_VERDICT_LOOP,     /* more aliases than anybody should follow */
};

enum { DNS_VERDICT_SETS = 11 };

/* Borrowed from the message. */
struct dns_verdict {
    enum dns_verdict_kind kind;
    /* The aliases in order, then the answer: owner and type of the RRsets of the answer section to believe.
     */
    struct {
        const struct dns_name *owner;
        uint16_t type;
    } sets[DNS_VERDICT_SETS];
    unsigned n_sets;
    unsigned aliases;             /* of them */
    struct dns_name end;          /* the name asked for, or where its aliases end */
    const struct dns_msg_rr *soa; /* of NXDOMAIN and NODATA; NULL: do not cache (RFC 2308 §5) */
    const struct dns_name *cut;   /* of a referral */
};

/* `m` answers a question for `name` and `type`, put to a server of `zone`: what is not at or below the zone
 * is not believed. */
void dns_judge(const struct dns_msg *m, const struct dns_name *zone, const struct dns_name *name,
               uint16_t type, struct dns_verdict *out);

#endif
