/* net/wire.h: a packet as the bytes that travel. Sources: RFC 791 §3.1, RFC 768, RFC 9293 §3.1, RFC 792, RFC
 * 1071. */
#ifndef NET_WIRE_H
#define NET_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "net/packet.h"

enum { WIRE_MAX = 65535 };

/* Write the IPv4 packet with right lengths and checksums. Returns its octets, packet_size(p); 0 if `size` is
 * too small. */
size_t wire_encode(const struct packet *p, uint8_t *out, size_t size);

/* Read one back into `p` (addresses, ports, flags, numbers; not the payload, which is borrowed through
 * `payload_out`). False if it is cut short, has a bad checksum or a length that does not fit. For live mode
 * and tests. */
bool wire_decode(const uint8_t *bytes, size_t len, struct packet *p, struct span *payload_out);

/* The Internet checksum (RFC 1071) of `len` octets, on top of a partial `sum`. */
uint16_t wire_checksum(const uint8_t *bytes, size_t len, uint32_t sum);

#endif
