#include "net_world.h"

#include "net/wire.h"

/* RFC 1071 §3: the worked example, 2ddf0 folded and complemented; and what it says of odd lengths and of
 * parts. */
static void test_wire_checksum(void **state)
{
    static const struct {
        const char *name, *bytes;
        size_t len;
        uint32_t sum;
        uint16_t expected;
    } rows[] = {
        { "RFC 1071 §3", "\x00\x01\xf2\x03\xf4\xf5\xf6\xf7", 8, 0, (uint16_t)~0xddf2 },
        { "nothing", "", 0, 0, 0xffff },
        { "an odd octet", "\x12", 1, 0, (uint16_t)~0x1200 },
        { "three octets", "\x12\x34\x56", 3, 0, (uint16_t)~0x6834 },
        { "five octets", "\x00\x01\x00\x02\x03", 5, 0, (uint16_t)~0x0303 },
        { "carries twice", "\xff\xff\xff\xff\x00\x01", 6, 0, (uint16_t)~0x0001 },
        { "on top of a sum", "\x00\x01", 2, 0x1fffe, (uint16_t)~0x0001 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (wire_checksum((const uint8_t *)rows[i].bytes, rows[i].len, rows[i].sum) != rows[i].expected)
            fail_msg("%s", rows[i].name);
}

/* A packet with room for its payload, as a test wants it. */
static struct packet *make(uint8_t proto, const char *payload, size_t len)
{
    struct packet *p = g_malloc0(sizeof *p + len + 1);

    p->src = 0xc0a80001;
    p->dst = 0xc0a800c7;
    p->src_port = 4660;
    p->dst_port = 53;
    p->proto = proto;
    p->ttl = 64;
    p->ip_id = 7;
    p->len = (uint16_t)len;
    if (len > 0)
        memcpy(p->payload, payload, len);
    return p;
}

static void test_wire_udp_in_bytes(void **state)
{
    /* Worked out by hand from RFC 791 §3.1 and RFC 768. */
    static const uint8_t expected[] = {
        0x45, 0x00, 0x00, 0x1e, 0x00, 0x07, 0x40, 0x00, 0x40, 0x11, 0xb8, 0xaf, 0xc0, 0xa8, 0x00,
        0x01, 0xc0, 0xa8, 0x00, 0xc7, 0x12, 0x34, 0x00, 0x35, 0x00, 0x0a, 0x02, 0xef, 'h',  'i',
    };
    uint8_t out[64];
    struct packet *p = make(IP_UDP, "hi", 2);

    (void)state;
    assert_int_equal(wire_encode(p, out, sizeof out), sizeof expected);
    assert_memory_equal(out, expected, sizeof expected);
    assert_int_equal(wire_encode(p, out, sizeof expected - 1), 0);
    g_free(p);
}

static void test_wire_round_trip(void **state)
{
    static const struct {
        const char *name;
        uint8_t proto, flags;
        uint16_t mss;
        size_t len;
    } rows[] = {
        { "udp, empty", IP_UDP, 0, 0, 0 },
        { "udp, odd", IP_UDP, 0, 0, 3 },
        { "udp, full", IP_UDP, 0, 0, 1472 },
        { "tcp, SYN with MSS", IP_TCP, TCP_SYN, 1460, 0 },
        { "tcp, ACK", IP_TCP, TCP_ACK, 0, 0 },
        { "tcp, data", IP_TCP, TCP_ACK | TCP_PSH, 0, 1460 },
        { "tcp, odd data", IP_TCP, TCP_ACK | TCP_FIN, 0, 7 },
        { "icmp", IP_ICMP, 0, 0, 28 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GString *payload = end_bytes(rows[i].len, (unsigned)i);
        struct packet *p = make(rows[i].proto, payload->str, rows[i].len), back;
        uint8_t out[IP_MTU];
        struct span text;

        p->tcp_flags = rows[i].flags;
        p->tcp_mss = rows[i].mss;
        if (p->proto == IP_ICMP) {
            p->src_port = 3;
            p->dst_port = 3;
        }
        if (p->proto == IP_TCP) {
            p->tcp_seq = 0xfffffff0;
            p->tcp_ack = 0x12345678;
            p->tcp_window = 65535;
        }
        size_t len = wire_encode(p, out, sizeof out);
        if (len != packet_size(p) || !wire_decode(out, len, &back, &text))
            fail_msg("%s: %zu octets", rows[i].name, len);
        struct packet head = *p;
        assert_memory_equal(&head, &back, offsetof(struct packet, next));
        assert_true(span_is(text, packet_payload(p)));
        /* Every bit is under some checksum, so no single one can be wrong unseen. */
        for (size_t bit = 0; bit < len * 8; bit++) {
            out[bit / 8] ^= (uint8_t)(1 << bit % 8);
            if (wire_decode(out, len, &back, &text))
                fail_msg("%s: bit %zu wrong, and accepted", rows[i].name, bit);
            out[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        for (size_t cut = 0; cut < len; cut++)
            assert_false(wire_decode(out, cut, &back, &text));
        g_free(p);
        g_string_free(payload, TRUE);
    }
}

/* RFC 768: a checksum that comes out as zero is sent as all ones. */
static void test_wire_udp_zero_checksum(void **state)
{
    uint8_t out[64];
    struct packet *p = make(IP_UDP, "\0\0", 2), back;
    struct span text;

    (void)state;
    wire_encode(p, out, sizeof out);
    memcpy(p->payload, out + 26, 2); /* adding its own checksum makes the sum all ones */
    assert_int_equal(wire_encode(p, out, sizeof out), 30);
    assert_int_equal(out[26], 0xff);
    assert_int_equal(out[27], 0xff);
    assert_true(wire_decode(out, 30, &back, &text));
    out[26] = out[27] = 0; /* none at all: allowed */
    assert_true(wire_decode(out, 30, &back, &text));
    g_free(p);
}

/* Headers that others send: options of IP and TCP that we do not. The checksums are put right here. */
static void fix(uint8_t *bytes, size_t ip_header, size_t len)
{
    uint32_t pseudo = 6 + (uint32_t)(len - ip_header);
    uint16_t sum;

    bytes[10] = bytes[11] = 0;
    sum = wire_checksum(bytes, ip_header, 0);
    bytes[10] = (uint8_t)(sum >> 8);
    bytes[11] = (uint8_t)sum;
    for (int i = 12; i < 20; i += 2)
        pseudo += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    bytes[ip_header + 16] = bytes[ip_header + 17] = 0;
    sum = wire_checksum(bytes + ip_header, len - ip_header, pseudo);
    bytes[ip_header + 16] = (uint8_t)(sum >> 8);
    bytes[ip_header + 17] = (uint8_t)sum;
}

static void test_wire_decode_options(void **state)
{
    static const struct {
        const char *name, *options; /* of TCP */
        size_t len;
        bool good;
        uint16_t mss;
    } rows[] = {
        { "none", "", 0, true, 0 },
        { "MSS", "\x02\x04\x05\xb4", 4, true, 1460 },
        { "Linux", "\x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\0\0\0\0\0\x01\x03\x03\x07", 20, true, 1460 },
        { "end before MSS", "\x00\x02\x04\x05\xb4\x00\x00\x00", 8, true, 0 },
        { "NOPs", "\x01\x01\x01\x01", 4, true, 0 },
        { "length 0", "\x08\x00\x01\x01", 4, false, 0 },
        { "length 1", "\x08\x01\x01\x01", 4, false, 0 },
        { "past the header", "\x08\x0a\x01\x01", 4, false, 0 },
        { "no length", "\x01\x01\x01\x02", 4, false, 0 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint8_t bytes[128] = { 0x46, 0, 0, 0, 0, 1, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1, 1, 1, 0 };
        size_t len = 24 + 20 + rows[i].len + 2;
        struct packet p;
        struct span text;

        bytes[3] = (uint8_t)len;
        bytes[24 + 12] = (uint8_t)((20 + rows[i].len) / 4 << 4);
        bytes[24 + 13] = TCP_SYN;
        memcpy(bytes + 44, rows[i].options, rows[i].len);
        memcpy(bytes + 44 + rows[i].len, "hi", 2);
        fix(bytes, 24, len);
        bool good = wire_decode(bytes, len + 10, &p, &text); /* what follows the packet is padding */
        if (good != rows[i].good || (good && (p.tcp_mss != rows[i].mss || !span_is(text, SPAN("hi")))))
            fail_msg("%s", rows[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wire_checksum),       cmocka_unit_test(test_wire_udp_in_bytes),
        cmocka_unit_test(test_wire_round_trip),     cmocka_unit_test(test_wire_udp_zero_checksum),
        cmocka_unit_test(test_wire_decode_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
