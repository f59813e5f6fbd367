/* dns/name.h: domain names as labels in wire form. Case is kept and never counts (RFC 1035 §2.3.3, RFC 4343).
 * Limits: 63 octets a label, 255 a name with its length octets (RFC 1035 §2.3.4). */
#ifndef DNS_NAME_H
#define DNS_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "core/span.h"

enum { DNS_LABEL_MAX = 63, DNS_NAME_MAX = 255, DNS_NAME_TEXT_MAX = 1024 };

struct dns_name {
    uint8_t len;                /* octets used, the root's zero included: 1 … 255 */
    uint8_t wire[DNS_NAME_MAX]; /* length, label, …, 0 */
};

/* From text: "hamburger.edu", with or without the last dot; "." is the root; \. and \DDD as in master files
 * (RFC 1035 §5.1). Relative to `origin` if that is given and the last dot is missing. False when a label or
 * the name is too long, a label empty, an escape broken, or a blank or an octet outside ASCII stands there
 * bare; then `error_out` (may be NULL) says which. */
bool dns_name_parse(struct span text, const struct dns_name *origin, struct dns_name *out,
                    const char **error_out);

/* Without the last dot, but "." for the root; what dns_name_parse reads back. Returns `buf`. */
char *dns_name_text(char buf[DNS_NAME_TEXT_MAX], const struct dns_name *n);

/* Only the octets in use are read and written. */
void dns_name_copy(struct dns_name *to, const struct dns_name *from);

bool dns_name_equal(const struct dns_name *a, const struct dns_name *b);
/* `n` is `ancestor` or below it. */
bool dns_name_is_under(const struct dns_name *n, const struct dns_name *ancestor);
unsigned dns_name_labels(const struct dns_name *n); /* the root has 0 */
/* Cut the leftmost label off; false at the root. */
bool dns_name_parent(const struct dns_name *n, struct dns_name *out);
/* The `labels` rightmost labels. */
void dns_name_suffix(const struct dns_name *n, unsigned labels, struct dns_name *out);
/* Same for equal names whatever their case. */
uint32_t dns_name_hash(const struct dns_name *n);
/* RFC 4034 §6.1 canonical order: <0, 0, >0. */
int dns_name_compare(const struct dns_name *a, const struct dns_name *b);

/* The name that begins at `wire` and is over before `end`, without compression: its length in octets, the
 * root's zero included; 0 if there is none. */
unsigned dns_wire_name(const uint8_t *wire, const uint8_t *end);
/* dns_name_equal and dns_name_hash for bare wire form: the rest of a name from any of its labels on is a name
 * too, and needs no copy to be looked up. */
bool dns_wire_equal(const uint8_t *a, const uint8_t *b, unsigned len);
uint32_t dns_wire_hash(const uint8_t *wire, unsigned len);

#endif
