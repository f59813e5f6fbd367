#include "net_world.h"

#include "net/map.h"

static void test_ip_parse(void **state)
{
    static const struct {
        const char *text;
        bool good;
        ip_addr addr;
    } rows[] = {
        { "0.0.0.0", true, 0 },
        { "255.255.255.255", true, 0xffffffff },
        { "10.1.0.10", true, 0x0a01000a },
        { "192.0.2.1", true, 0xc0000201 },
        { "", false, 0 },
        { ".", false, 0 },
        { "1", false, 0 },
        { "1.2.3", false, 0 },
        { "1.2.3.", false, 0 },
        { "1.2.3.4.", false, 0 },
        { "1.2.3.4.5", false, 0 },
        { ".1.2.3.4", false, 0 },
        { "1..2.3", false, 0 },
        { "1.2.3.256", false, 0 },
        { "1.2.3.1000", false, 0 },
        { "1.2.3.04", false, 0 },
        { "00.2.3.4", false, 0 },
        { " 1.2.3.4", false, 0 },
        { "1.2.3.4 ", false, 0 },
        { "1.2.3.x", false, 0 },
        { "-1.2.3.4", false, 0 },
        { "1,2.3.4", false, 0 },
        { "mail.hamburger.edu", false, 0 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ip_addr a = 0;
        char text[IP_TEXT_MAX];
        if (ip_parse(span_of(rows[i].text), &a) != rows[i].good || a != rows[i].addr)
            fail_msg("\"%s\": %08x", rows[i].text, a);
        if (rows[i].good)
            assert_string_equal(ip_text(text, a), rows[i].text);
    }
}

static void test_ip_prefix(void **state)
{
    static const struct {
        const char *prefix, *addr;
        bool good, has;
    } rows[] = {
        { "10.1.0.0/16", "10.1.255.3", true, true }, { "10.1.0.0/16", "10.2.0.0", true, false },
        { "10.1.2.3", "10.1.2.3", true, true },      { "10.1.2.3", "10.1.2.2", true, false },
        { "0.0.0.0/0", "203.0.113.9", true, true },  { "10.1.2.3/32", "10.1.2.3", true, true },
        { "10.0.0.0/31", "10.0.0.1", true, true },   { "10.0.0.0/31", "10.0.0.2", true, false },
        { "10.0.0.77/8", "10.200.0.1", true, true }, { "10.0.0.0/33", "10.0.0.0", false, false },
        { "10.0.0.0/", "10.0.0.0", false, false },   { "10.0.0.0/08", "10.0.0.0", false, false },
        { "10.0.0/8", "10.0.0.0", false, false },    { "10.0.0.0/8x", "10.0.0.0", false, false },
        { "10.0.0.0 /8", "10.0.0.0", false, false },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct ip_prefix p;
        bool good = ip_prefix_parse(span_of(rows[i].prefix), &p);
        if (good != rows[i].good || (good && ip_prefix_has(p, world_ip(rows[i].addr)) != rows[i].has))
            fail_msg("%s and %s", rows[i].prefix, rows[i].addr);
    }
}

static void test_ip_port_text(void **state)
{
    char text[IP_PORT_TEXT_MAX];

    (void)state;
    assert_int_equal(ip_port_text(text, 0xffffffff, 65535), 21);
    assert_string_equal(text, "255.255.255.255:65535");
    ip_port_text(text, 0x0a01000a, 0);
    assert_string_equal(text, "10.1.0.10:0");
}

/* Put and remove at random, and compare with what GLib's table holds. */
static void test_map_like_another(void **state)
{
    struct map m = { 0 };
    GHashTable *other = g_hash_table_new(g_direct_hash, g_direct_equal);
    struct rng rng;

    (void)state;
    rng_init(&rng, 1, SPAN("map"));
    assert_null(map_find(&m, 5));
    map_remove(&m, 5);
    for (int i = 0; i < 200000; i++) {
        /* Few keys, so that they meet, with gaps of a power of two, so that they crowd. */
        uint64_t key = 1 + (uint64_t)rng_below(&rng, 600) * 65536;
        void *value = GINT_TO_POINTER(i + 1);
        if (rng_below(&rng, 5) < 2) {
            map_put(&m, key, value);
            g_hash_table_insert(other, (gpointer)key, value);
        } else {
            map_remove(&m, key);
            g_hash_table_remove(other, (gpointer)key);
        }
        key = 1 + (uint64_t)rng_below(&rng, 600) * 65536;
        assert_ptr_equal(map_find(&m, key), g_hash_table_lookup(other, (gpointer)key));
        assert_int_equal(m.used, g_hash_table_size(other));
    }
    map_release(&m);
    g_hash_table_destroy(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ip_parse),
        cmocka_unit_test(test_ip_prefix),
        cmocka_unit_test(test_ip_port_text),
        cmocka_unit_test(test_map_like_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
