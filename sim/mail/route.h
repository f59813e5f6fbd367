/* mail/route.h: which hosts take mail for a domain, in the order in which they are tried (RFC 5321 §5.1; RFC
 * 7505, null MX). Pure: an answer of the DNS in, hosts or a verdict out. mail/courier.h asks the questions.
 */
#ifndef MAIL_ROUTE_H
#define MAIL_ROUTE_H

#include <glib.h>

#include "core/rng.h"
#include "dns/stub.h"

struct mail_exchanger {
    uint16_t preference;
    ip_addr literal; /* its address, where the mail's domain is an address literal; else 0 */
    struct dns_name name;
};

enum mail_route_kind {
    MAIL_ROUTE_HOSTS,   /* try them in order */
    MAIL_ROUTE_REFUSED, /* there never will be any: tell the sender */
    MAIL_ROUTE_LATER,   /* the DNS has no answer now: try again */
};

struct mail_route {
    enum mail_route_kind kind;
    struct mail_exchanger *hosts; /* owned */
    unsigned n, room;
    unsigned code;    /* of REFUSED and LATER: as an SMTP server would put it */
    const char *line; /* "556 5.1.10 …": static */
};

void mail_route_init(struct mail_route *r);
void mail_route_clear(struct mail_route *r); /* keeps the memory */
void mail_route_release(struct mail_route *r);

/* From the answer to the MX question. `own` is the name of the host that asks: in the list it makes its own
 * preference and all worse ones unusable, or mail would run in circles; NULL: no server asks. Hosts of equal
 * preference are shuffled. */
void mail_route_from_mx(struct mail_route *r, const struct dns_result *mx, const struct dns_name *own,
                        struct rng *shuffle);

/* The n-th host turned out to be the one that asks, by its address: it and all that are no better go. */
void mail_route_drop_own(struct mail_route *r, unsigned i);

/* From a domain that is an address literal, "[10.4.0.25]" (RFC 5321 §4.1.3). */
void mail_route_from_literal(struct mail_route *r, struct span literal);

/* Where there is no way for another reason. `line` is kept as it is. */
void mail_route_refuse(struct mail_route *r, unsigned code, const char *line);

/* "10 mail.hamburger.edu, 20 backup.example", appended. */
void mail_route_text(const struct mail_route *r, GString *out);

#endif
