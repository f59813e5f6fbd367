/* net/addr.h: IPv4 addresses and prefixes. */
#ifndef NET_ADDR_H
#define NET_ADDR_H

#include <stdbool.h>
#include <stdint.h>

#include "core/span.h"

typedef uint32_t ip_addr; /* host byte order; 0 is "none" */

struct ip_prefix {
    ip_addr base;
    unsigned bits; /* 0 … 32 */
};

/* Dotted decimal, four parts 0 … 255, no leading zeros; false otherwise. */
bool ip_parse(struct span text, ip_addr *out);
bool ip_prefix_parse(struct span text, struct ip_prefix *out); /* "10.1.0.0/16"; a bare address is a /32 */
bool ip_prefix_has(struct ip_prefix p, ip_addr a);

enum { IP_TEXT_MAX = 16, IP_PORT_TEXT_MAX = 24 };
char *ip_text(char buf[IP_TEXT_MAX], ip_addr a);
int ip_port_text(char buf[IP_PORT_TEXT_MAX], ip_addr a,
                 uint16_t port); /* "10.1.0.10:25"; returns the length */

#endif
