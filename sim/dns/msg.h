/* dns/msg.h: DNS messages between wire form (RFC 1035 §4, compression §4.1.4; EDNS0, RFC 6891) and structs.
 * A message keeps its buffers when it is used again, so a server that holds one allocates nothing per query.
 */
#ifndef DNS_MSG_H
#define DNS_MSG_H

#include "dns/rr.h"

enum dns_section { DNS_ANSWER, DNS_AUTHORITY, DNS_ADDITIONAL, DNS_SECTIONS };
enum { DNS_HEADER = 12, DNS_UDP_MAX = 512, DNS_MSG_MAX = 65535 };

/* A record of a message. `name` and `rdata` (uncompressed) are borrowed: from the message when parsed, from
 * whoever added it when built. A name may live in less memory than sizeof (struct dns_name): copy it with
 * dns_name_copy. */
struct dns_msg_rr {
    const struct dns_name *name;
    uint16_t type, rclass;
    uint32_t ttl_s;
    struct span rdata;
};

struct dns_msg {
    uint16_t id;
    uint8_t opcode;
    bool qr, aa, tc, rd, ra, ad, cd;
    unsigned rcode;    /* with EDNS's upper bits */
    bool has_question; /* QDCOUNT 1; more than one is a format error (RFC 9619) */
    struct dns_name qname;
    uint16_t qtype, qclass;
    bool has_edns, edns_do;
    uint8_t edns_version;
    uint16_t edns_udp_size; /* the sender's */

    struct dns_msg_rr *rr; /* all three sections, one after the other; OPT is not among them. Owned */
    unsigned n[DNS_SECTIONS];
    unsigned rr_room;
    uint8_t *scratch; /* names and data of a parsed message, and kept names. Owned */
    size_t scratch_used, scratch_room;
};

void dns_msg_init(struct dns_msg *m);
void dns_msg_clear(struct dns_msg *m); /* to an empty query; keeps the buffers */
void dns_msg_release(struct dns_msg *m);

/* From wire form. False if it is no well-formed message (then `id`, `qr`, `opcode` and `rd` are still right
 * if 12 octets were there: enough for FORMERR): cut short, a compression pointer forwards or in a loop, a
 * name over 255 octets, data that does not fit its type, two OPT records or one out of place (RFC 6891
 * §6.1.1), anything after the end. `bytes` need not outlive the call. */
bool dns_msg_parse(struct dns_msg *m, struct span bytes);

/* The records of a section. */
const struct dns_msg_rr *dns_msg_section(const struct dns_msg *m, enum dns_section s);

/* Append to a section (sections in order: answers before authority before additional). Name and data are
 * borrowed until dns_msg_write. */
void dns_msg_add(struct dns_msg *m, enum dns_section s, const struct dns_name *name, uint16_t type,
                 uint32_t ttl_s, struct span rdata);
/* A copy of a name that nobody else keeps, to be added at once: it moves when another is kept, and records
 * move with it. */
const struct dns_name *dns_msg_keep_name(struct dns_msg *m, const struct dns_name *name);

/* Wire form into `out` (`size` octets there), at most `limit` octets, names compressed (onto equal octets, so
 * that case is kept). What does not fit: whole RRsets of the additional section are left out first, without
 * TC (RFC 2181 §9), except glue that a referral cannot do without (RFC 9471 §3); then TC is set and the
 * sections end at a whole RRset. OPT and the question always fit. Returns the octets; never more than `limit`
 * (>= 512). Sets m->tc. */
size_t dns_msg_write(struct dns_msg *m, uint8_t *out, size_t size, size_t limit);

/* What kind of response it is (RFC 2308 §2, RFC 1034 §4.3.1): the trace's `kind`. */
enum dns_kind {
    DNS_KIND_ANSWER,
    DNS_KIND_CNAME,
    DNS_KIND_REFERRAL,
    DNS_KIND_NODATA,
    DNS_KIND_NXDOMAIN,
    DNS_KIND_ERROR,
    DNS_KIND_TRUNCATED
};
enum dns_kind dns_msg_kind(const struct dns_msg *m);
const char *dns_kind_text(enum dns_kind kind);

#endif
