/* dns/rr.h: one resource record: name, type, TTL, data (RFC 1035 §3.2), and its master-file line. */
#ifndef DNS_RR_H
#define DNS_RR_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/span.h"
#include "dns/name.h"
#include "net/addr.h"

enum dns_type {
    DNS_A = 1,
    DNS_NS = 2,
    DNS_CNAME = 5,
    DNS_SOA = 6,
    DNS_PTR = 12,
    DNS_MX = 15,
    DNS_TXT = 16,
    DNS_AAAA = 28,
    DNS_SRV = 33,
    DNS_OPT = 41,
    DNS_DS = 43,
    DNS_RRSIG = 46,
    DNS_NSEC = 47,
    DNS_IXFR = 251,
    DNS_AXFR = 252,
    DNS_ANY = 255,
};
enum { DNS_IN = 1 };

enum dns_rcode {
    DNS_NOERROR = 0,
    DNS_FORMERR = 1,
    DNS_SERVFAIL = 2,
    DNS_NXDOMAIN = 3,
    DNS_NOTIMP = 4,
    DNS_REFUSED = 5,
    DNS_BADVERS = 16, /* RFC 6891 §6.1.3; needs the upper bits in OPT */
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

/* From a master-file line (RFC 1035 §5.1; RFC 3597 §5 for the last of these): "www 300 A 212.212.212.1",
 * "@ MX 10 mail", "ext TYPE65280 \# 2 abcd". The owner always comes first, then a TTL (seconds, or with
 * units: 1h30m) and IN in either order or left out, then the type. Names without a last dot are relative to
 * `origin`, "@" is the origin, a comment begins with ';'. On failure false, and `error_out` says for the
 * author what is wrong. What a real server would take but is nearly always a slip (an address where a name
 * belongs, a mailbox with '@') is an error too; with its last dot, "10.0.0.1." is a name. */
bool dns_rr_parse(struct span line, const struct dns_name *origin, uint32_t default_ttl_s, struct dns_rr *out,
                  char error_out[static 160]);
void dns_rr_release(struct dns_rr *r);

/* The record as a line that dns_rr_parse reads back with that origin: names below it are relative, the TTL is
 * always said. Appended to `out`. */
void dns_rr_line(const struct dns_rr *r, const struct dns_name *origin, GString *out);

/* The record's data for people: "10 mail.hamburger.edu", "10.4.0.25". At most `size` octets with the NUL. */
char *dns_rdata_text(char *buf, size_t size, uint16_t type, struct span rdata);

/* The domain name in the data of NS, CNAME, PTR, MX (after the preference) and SOA (the primary); false for
 * others. */
bool dns_rdata_name(uint16_t type, struct span rdata, struct dns_name *out);
uint16_t dns_rdata_mx_preference(struct span rdata);
ip_addr dns_rdata_a(struct span rdata);

/* Is the data what the type asks for? Types that are not listed above may hold anything (RFC 3597). */
bool dns_rdata_is_valid(uint16_t type, struct span rdata);
/* Case does not count in the names of NS, CNAME, PTR, MX and SOA; all else is compared as octets
 * (RFC 3597 §6). */
bool dns_rdata_equal(uint16_t type, struct span a, struct span b);

/* Data as plain octets, names, plain octets. Only these types have names that may be compressed
 * (RFC 3597 §4). */
struct dns_layout {
    uint8_t before, names, after;
};
static inline struct dns_layout dns_rdata_layout(uint16_t type)
{
    switch (type) {
    case DNS_NS:
    case DNS_CNAME:
    case DNS_PTR:
        return (struct dns_layout){ 0, 1, 0 };
    case DNS_MX:
        return (struct dns_layout){ 2, 1, 0 };
    case DNS_SOA:
        return (struct dns_layout){ 0, 2, 20 }; /* serial, refresh, retry, expire, minimum */
    default:
        return (struct dns_layout){ 0, 0, 0 };
    }
}

#endif
