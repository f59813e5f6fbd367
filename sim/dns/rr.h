/* dns/rr.h: one resource record: name, type, TTL, data (RFC 1035 §3.2), and its master-file line. */
#ifndef DNS_RR_H
#define DNS_RR_H

#include <stdbool.h>
#include <stdint.h>

#include "core/span.h"
#include "dns/name.h"
#include "net/addr.h"

enum dns_type {
    DNS_A = 1, DNS_NS = 2, DNS_CNAME = 5, DNS_SOA = 6, DNS_PTR = 12, DNS_MX = 15, DNS_TXT = 16, DNS_AAAA = 28,
    DNS_OPT = 41, DNS_AXFR = 252, DNS_ANY = 255,
};
enum { DNS_IN = 1 };

enum dns_rcode {
    DNS_NOERROR = 0, DNS_FORMERR = 1, DNS_SERVFAIL = 2, DNS_NXDOMAIN = 3, DNS_NOTIMP = 4, DNS_REFUSED = 5,
};

/* "A", "MX", "TYPE65280" (RFC 3597); the buffer may be used for the last. */
enum { DNS_TYPE_TEXT_MAX = 16 };
const char *dns_type_text(char buf[DNS_TYPE_TEXT_MAX], uint16_t type);
/* 0 if it is no type's name. */
uint16_t dns_type_parse(struct span text);
const char *dns_rcode_text(unsigned rcode);

/* Data in wire form, names in it uncompressed. Owned: dns_rr_release. */
struct dns_rr {
    struct dns_name name;
    uint16_t type, rdlength;
    uint32_t ttl_s;
    uint8_t *rdata;
};

/* From a master-file line: "www 300 A 212.212.212.1", "@ MX 10 mail", "ext TYPE65280 \# 2 abcd". Names without a last dot
 * are relative to `origin`. On failure false, and `error_out` says what is wrong (static or borrowed until the next call). */
bool dns_rr_parse(struct span line, const struct dns_name *origin, uint32_t default_ttl_s, struct dns_rr *out,
                  char error_out[static 160]);
void dns_rr_release(struct dns_rr *r);

/* The record's data for people: "10 mail.hamburger.edu", "10.4.0.25". At most `size` octets with the NUL. */
char *dns_rdata_text(char *buf, size_t size, uint16_t type, struct span rdata);

/* The domain name in the data of NS, CNAME, PTR, MX (after the preference) and SOA (the primary); false for others. */
bool dns_rdata_name(uint16_t type, struct span rdata, struct dns_name *out);
uint16_t dns_rdata_mx_preference(struct span rdata);
ip_addr dns_rdata_a(struct span rdata);

#endif
