#include "net_world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "export/pcapng.h"
#include "net/wire.h"

/* A capture taken apart again, block by block. */
struct block {
    uint32_t type, len;
    const uint8_t *body; /* behind type and length */
};

static uint32_t get_u32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}
static uint16_t get_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

/* The blocks of the file; the lengths at both ends agree and add up. */
static GArray *split(const char *bytes, size_t len)
{
    GArray *blocks = g_array_new(FALSE, FALSE, sizeof(struct block));
    const uint8_t *at = (const uint8_t *)bytes, *end = at + len;

    while (at < end) {
        assert_true(end - at >= 12);
        struct block b = { get_u32(at), get_u32(at + 4), at + 8 };
        assert_true(b.len % 4 == 0 && b.len >= 12 && b.len <= (size_t)(end - at));
        assert_int_equal(get_u32(at + b.len - 4), b.len);
        g_array_append_val(blocks, b);
        at += b.len;
    }
    return blocks;
}

/* The value of the first option `code` from `at` on; its length, or -1. */
static int find_option(const struct block *b, const uint8_t *at, uint16_t code, const uint8_t **out)
{
    const uint8_t *end = b->body + b->len - 12;

    while (at + 4 <= end) {
        uint16_t found = get_u16(at), len = get_u16(at + 2);
        if (found == code) {
            *out = at + 4;
            return len;
        }
        assert_true(found != 0 || len == 0);
        if (found == 0)
            return -1;
        at += 4 + (len + 3) / 4 * 4;
    }
    return -1;
}

static const char *explain(void *self, const struct record *r)
{
    (void)self;
    return r->seq % 2 ? "odd" : "";
}

/* A dialogue over TCP, and its capture. */
static char *capture(const char *at, pcapng_explain *with, size_t *len_out)
{
    struct world *w = world_new();
    struct end client, server;
    char *bytes = NULL;
    FILE *f = open_memstream(&bytes, len_out);
    struct pcapng *p = pcapng_new(f, 1772442000, at, with, NULL);

    pcapng_name(p, net_host_ip(w->a), "a");
    pcapng_name(p, net_host_ip(w->b), "mail.hamburger.edu");
    trace_listen(&w->sim.trace, pcapng_on_record, p);
    end_init(&client, w);
    end_init(&server, w);
    server.say = "220 hello\r\n";
    client.answer = "QUIT\r\n";
    server.close_on_data = true;
    struct tcp_listener *l = tcp_listen(w->b, 25, end_on_accept, &server);
    client.conn = tcp_connect(w->a, net_host_ip(w->b), 25, &end_app, &client);
    world_run(w, SIM_MINUTE);
    tcp_unlisten(&l);
    assert_true(pcapng_close(&p));
    assert_null(p);
    fclose(f);
    end_release(&client);
    end_release(&server);
    world_free(w);
    return bytes;
}

static void check_front(GArray *blocks)
{
    const struct block *shb = &g_array_index(blocks, struct block, 0);
    const struct block *idb = &g_array_index(blocks, struct block, 1);
    const struct block *nrb = &g_array_index(blocks, struct block, 2);
    const uint8_t *value;

    assert_int_equal(shb->type, 0x0a0d0d0a);
    assert_int_equal(get_u32(shb->body), 0x1a2b3c4d);
    assert_int_equal(idb->type, 1);
    assert_int_equal(get_u16(idb->body), 101);
    assert_int_equal(find_option(idb, idb->body + 8, 9, &value), 1);
    assert_int_equal(*value, 9);
    assert_int_equal(nrb->type, 4);
    assert_memory_equal(nrb->body, "\1\0\6\0\12\0\0\1a\0\0\0\1\0\27\0\12\0\1\1mail.hamburger.edu\0\0\0\0\0\0",
                        44);
}

static void test_pcapng_blocks(void **state)
{
    size_t len;
    char *bytes = capture(NULL, explain, &len);
    GArray *blocks = split(bytes, len);

    (void)state;
    check_front(blocks);
    assert_int_equal(blocks->len, 3 + 8);
    uint64_t last = 0;
    for (guint i = 3; i < blocks->len; i++) {
        const struct block *b = &g_array_index(blocks, struct block, i);
        uint32_t size = get_u32(b->body + 12);
        const uint8_t *comment;
        struct packet p;
        struct span payload;

        assert_int_equal(b->type, 6);
        assert_int_equal(get_u32(b->body), 0);
        uint64_t stamp = (uint64_t)get_u32(b->body + 4) << 32 | get_u32(b->body + 8);
        assert_true(stamp >= last && stamp / 1000000000 == 1772442000);
        last = stamp;
        assert_int_equal(get_u32(b->body + 16), size);
        assert_true(wire_decode(b->body + 20, size, &p, &payload));
        int comment_len = find_option(b, b->body + 20 + (size + 3) / 4 * 4, 1, &comment);
        assert_true(comment_len >= 5 && memcmp(comment, "seq ", 4) == 0);
        unsigned seq = (unsigned)strtoul((const char *)comment + 4, NULL, 10);
        if (seq % 2)
            assert_memory_equal(comment + comment_len - 5, ": odd", 5);
        assert_int_equal(find_option(b, b->body + 20 + (size + 3) / 4 * 4, 2, &comment), -1);
    }
    g_array_free(blocks, TRUE);
    free(bytes);
}

static void test_pcapng_at_a_host(void **state)
{
    size_t len;
    char *bytes = capture("A", NULL, &len);
    GArray *blocks = split(bytes, len);
    unsigned in = 0, out = 0;

    (void)state;
    for (guint i = 3; i < blocks->len; i++) {
        const struct block *b = &g_array_index(blocks, struct block, i);
        uint32_t size = get_u32(b->body + 12);
        const uint8_t *flags;
        struct packet p;
        struct span payload;

        assert_int_equal(find_option(b, b->body + 20 + (size + 3) / 4 * 4, 2, &flags), 4);
        assert_true(wire_decode(b->body + 20, size, &p, &payload));
        if (get_u32(flags) == 1) {
            in++;
            assert_int_equal(p.dst, world_ip("10.0.0.1"));
            assert_int_equal(p.ttl, IP_TTL - 1); /* as it looks there, behind the router */
        } else {
            out++;
            assert_int_equal(get_u32(flags), 2);
            assert_int_equal(p.ttl, IP_TTL);
        }
    }
    assert_int_equal(in, 4);
    assert_int_equal(out, 4);
    g_array_free(blocks, TRUE);
    free(bytes);
}

static void test_pcapng_same_run_same_bytes(void **state)
{
    size_t len, again_len;
    char *bytes = capture(NULL, explain, &len), *again = capture(NULL, explain, &again_len);

    (void)state;
    assert_int_equal(len, again_len);
    assert_memory_equal(bytes, again, len);
    free(bytes);
    free(again);
}

static const char *explain_at_length(void *self, const struct record *r)
{
    (void)r;
    return self;
}

/* What stands in a comment, for one record; and a comment that is too long is cut between characters. */
static void test_pcapng_comments(void **state)
{
    GString *much = g_string_new("x");
    while (much->len < 10000)
        g_string_append(much, "한");
    const struct {
        const char *name;
        enum event event;
        const char *why, *explain, *expected; /* its beginning */
    } rows[] = {
        { "seq alone", EV_PACKET_SEND, NULL, NULL, "seq 18446744073709551615" },
        { "explained", EV_PACKET_SEND, NULL, "SYN", "seq 18446744073709551615: SYN" },
        { "sent again", EV_PACKET_SEND, "timeout", "SYN", "seq 18446744073709551615: SYN (again: timeout)" },
        { "too long", EV_PACKET_SEND, NULL, much->str, "seq 18446744073709551615: x한한" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct packet packet = { .proto = IP_TCP, .ttl = IP_TTL, .tcp_flags = TCP_SYN };
        const struct record r = {
            .seq = UINT64_MAX, .event = rows[i].event, .host = "a", .why = rows[i].why, .packet = &packet
        };
        size_t len;
        char *bytes = NULL;
        const uint8_t *comment;
        FILE *f = open_memstream(&bytes, &len);
        struct pcapng *p = pcapng_new(f, 0, NULL, explain_at_length, (void *)rows[i].explain);

        pcapng_on_record(p, &r);
        assert_true(pcapng_close(&p));
        fclose(f);
        GArray *blocks = split(bytes, len);
        const struct block *b = &g_array_index(blocks, struct block, 2);
        int comment_len = find_option(b, b->body + 20 + 40, 1, &comment);
        size_t expected = strlen(rows[i].expected);
        if (comment_len < (int)expected || memcmp(comment, rows[i].expected, expected) != 0 ||
            (rows[i].explain != much->str && comment_len != (int)expected) ||
            !g_utf8_validate((const char *)comment, comment_len, NULL))
            fail_msg("%s: %.*s", rows[i].name, comment_len, (const char *)comment);
        g_array_free(blocks, TRUE);
        free(bytes);
    }
    g_string_free(much, TRUE);
}

static void test_pcapng_full_disk_is_told(void **state)
{
    FILE *f = fopen("/dev/full", "w");

    (void)state;
    if (f == NULL)
        skip();
    struct pcapng *p = pcapng_new(f, 0, NULL, NULL, NULL);
    assert_false(pcapng_close(&p));
    assert_int_equal(errno, ENOSPC);
    fclose(f);
}

static void test_pcapng_without_packets(void **state)
{
    size_t len;
    char *bytes = NULL;
    FILE *f = open_memstream(&bytes, &len);
    struct pcapng *p = pcapng_new(f, 0, NULL, NULL, NULL);

    (void)state;
    assert_true(pcapng_close(&p));
    fclose(f);
    GArray *blocks = split(bytes, len);
    assert_int_equal(blocks->len, 2);
    g_array_free(blocks, TRUE);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pcapng_blocks),
        cmocka_unit_test(test_pcapng_at_a_host),
        cmocka_unit_test(test_pcapng_same_run_same_bytes),
        cmocka_unit_test(test_pcapng_comments),
        cmocka_unit_test(test_pcapng_full_disk_is_told),
        cmocka_unit_test(test_pcapng_without_packets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
