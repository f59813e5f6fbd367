/* dns/stub.h: the stub resolver of a host (RFC 1034 §5.3.1): asks the local DNS server with RD set, tries
 * again on silence, falls back to TCP when an answer was truncated. It keeps no cache. */
#ifndef DNS_STUB_H
#define DNS_STUB_H

#include "dns/rr.h"
#include "net/net.h"

struct dns_stub;

enum dns_outcome {
    DNS_FOUND,     /* records are there */
    DNS_NO_DATA,   /* the name exists, without records of the type */
    DNS_NO_NAME,   /* NXDOMAIN */
    DNS_FAILED,    /* SERVFAIL, REFUSED, …: try later */
    DNS_NO_ANSWER, /* the local server is silent: try later */
};

struct dns_result {
    enum dns_outcome outcome;
    unsigned rcode;
    struct dns_name name; /* as asked */
    uint16_t type;
    struct dns_name canonical; /* the owner of the records: `name`, or the end of its CNAME chain */
    unsigned n;
    const struct dns_result_record {
        uint32_t ttl_s;
        struct span rdata; /* wire form, names uncompressed */
    } * records;           /* n of them, of `type`, in the order of the answer */
};

/* All borrowed for the call. */
typedef void dns_on_result(void *self, const struct dns_result *r);

enum { DNS_STUB_ROUNDS = 2 };
#define DNS_STUB_TIMEOUT (5 * SIM_SECOND) /* as common stub resolvers have it */

/* `servers` are asked in turn, all of them DNS_STUB_ROUNDS times; copied. Free it when the net is gone, or
 * after dns_stub_cancel of all: it touches neither net nor clock. */
struct dns_stub *dns_stub_new(struct net_host *h, const ip_addr *servers, unsigned n_servers);
void dns_stub_free(struct dns_stub **s);

/* Ask. `mail` (0: none) is what the trace says it is for. The callback comes later, from an event, exactly
 * once unless cancelled. Returns the look-up's id (never 0), the `lookup` of all records that follow from it.
 */
uint32_t dns_stub_query(struct dns_stub *s, const struct dns_name *name, uint16_t type, uint32_t mail,
                        dns_on_result *on_result, void *self);
/* No callback any more, for one look-up or for all (0): when the program that asked stops. */
void dns_stub_cancel(struct dns_stub *s, uint32_t lookup);

#endif
