/* dns/tell.h: queries, responses and answers as trace records and as words. */
#ifndef DNS_TELL_H
#define DNS_TELL_H

#include "dns/msg.h"
#include "dns/resolver.h"
#include "net/net.h"

/* What goes from one host to another, and what it is about. */
struct dns_passage {
    struct net_host *from;
    ip_addr to;
    bool tcp;
    uint32_t conn, lookup, mail;
    size_t size; /* octets of the message */
};

/* dns.query and dns.response, at sending time. Call them only while somebody listens. `zone` may be NULL. */
void dns_tell_query(const struct dns_passage *p, const struct dns_name *name, uint16_t type, uint16_t id,
                    bool rd, const struct dns_name *zone);
void dns_tell_response(const struct dns_passage *p, const struct dns_msg *m);

/* What a resolver has to say: dns.cache_hit … dns.give_up. The cursor of causes moves to it, but not to what
 * is only noted on the way (a store, a record that is not believed). */
void dns_tell_note(struct net_host *h, const struct dns_note *n);

/* A host's name, or its address where no host has it. `buf` may be used. */
const char *dns_tell_peer(struct net *n, ip_addr a, char buf[IP_TEXT_MAX]);

/* "10 mail.hamburger.edu, 20 …": the data of records, cut where `size` ends. Appends at `used`; returns what
 * is used then. */
size_t dns_tell_data(char *buf, size_t size, size_t used, uint16_t type, struct span rdata);

#endif
