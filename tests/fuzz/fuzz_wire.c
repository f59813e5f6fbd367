/* Any bytes as an IP packet: what is accepted is well-formed, and without options it comes out as the same
 * bytes again. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "net/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* So that inputs get past the checksums, the fuzzer's bytes get right ones in half of the cases: those of odd
 * length. */
static void put_right(uint8_t *bytes, size_t len)
{
    size_t header = len > 0 ? (size_t)(bytes[0] & 15) * 4 : 0;

    if (header < IP_HEADER || len < header || len > WIRE_MAX)
        return;
    bytes[2] = (uint8_t)(len >> 8);
    bytes[3] = (uint8_t)len;
    bytes[10] = bytes[11] = 0;
    uint16_t sum = wire_checksum(bytes, header, 0);
    bytes[10] = (uint8_t)(sum >> 8);
    bytes[11] = (uint8_t)sum;

    size_t at = header + (bytes[9] == IP_TCP ? 16 : bytes[9] == IP_UDP ? 6 : 2);
    uint32_t pseudo = 0;
    if (len < at + 2)
        return;
    if (bytes[9] != IP_ICMP) {
        pseudo = bytes[9] + (uint32_t)(len - header);
        for (int i = 12; i < 20; i += 2)
            pseudo += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    }
    bytes[at] = bytes[at + 1] = 0;
    sum = wire_checksum(bytes + header, len - header, pseudo);
    bytes[at] = (uint8_t)(sum >> 8);
    bytes[at + 1] = (uint8_t)sum;
}

static bool has_plain_header(const uint8_t *bytes, const struct packet *p)
{
    if (bytes[0] != 0x45 || bytes[1] != 0 || bytes[6] != 0x40 || bytes[7] != 0)
        return false;
    switch ((enum ip_proto)p->proto) {
    case IP_TCP:
        return bytes[32] == 0x50 && (bytes[33] & 0xe0) == 0 && bytes[38] == 0 && bytes[39] == 0;
    case IP_UDP:
        return bytes[26] != 0 || bytes[27] != 0;
    case IP_ICMP:
        return memcmp(bytes + 24, "\0\0\0\0", 4) == 0;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *bytes = malloc(size + 1);
    struct packet p;
    struct span payload;

    memcpy(bytes, data, size);
    if (size % 2)
        put_right(bytes, size);
    if (wire_decode(bytes, size, &p, &payload)) {
        assert((const uint8_t *)payload.at >= bytes &&
               (const uint8_t *)payload.at + payload.len <= bytes + size);
        assert(payload.len == p.len);
        if (has_plain_header(bytes, &p)) {
            struct packet *full = malloc(sizeof p + p.len);
            uint8_t *again = malloc(WIRE_MAX);
            memcpy(full, &p, sizeof p);
            memcpy(full->payload, payload.at, payload.len);
            size_t len = wire_encode(full, again, WIRE_MAX);
            assert(len == packet_size(full) && len <= size);
            /* Checksums of 0x0000 and 0xffff mean the same, so the sums are compared by decoding. */
            assert(memcmp(bytes + 12, again + 12, 10) == 0);
            assert(wire_decode(again, len, &p, &payload));
            free(again);
            free(full);
        }
    }
    free(bytes);
    return 0;
}
