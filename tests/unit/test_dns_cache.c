#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include "core/rng.h"
#include "dns/cache.h"

static struct dns_name name_of(const char *text)
{
    struct dns_name n;

    assert_true(dns_name_parse(span_of(text), NULL, &n, NULL));
    return n;
}

struct bench {
    struct dns_cache *c;
    GString *dropped;
};

static void on_drop(void *self, const struct dns_cached *e, const char *why)
{
    struct bench *b = self;
    char text[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];

    g_string_append_printf(b->dropped, "%s/%s%s%s;", dns_name_text(text, dns_cached_name(e)),
                           dns_type_text(type, e->type), why != NULL ? " " : "", why != NULL ? why : "");
}

static void open_bench(struct bench *b, unsigned max)
{
    b->dropped = g_string_new(NULL);
    b->c = dns_cache_new(max, on_drop, b);
}

static void close_bench(struct bench *b)
{
    dns_cache_free(&b->c);
    g_string_free(b->dropped, TRUE);
}

static const struct dns_cached *put(struct bench *b, const char *name, uint16_t type, enum dns_rank rank,
                                    uint32_t ttl_s, const char *data, sim_time now)
{
    struct dns_name n = name_of(name);
    struct span rdata = span_of(data);

    return dns_cache_put(b->c, &n, type, rank, ttl_s, &rdata, 1, now);
}

static const struct dns_cached *put_negative(struct bench *b, const char *name, uint16_t type,
                                             enum dns_cached_kind kind, uint32_t ttl_s, sim_time now)
{
    struct dns_name n = name_of(name), soa = name_of("edu");

    return dns_cache_put_negative(b->c, &n, type, kind, ttl_s, &soa, SPAN("soa"), now);
}

/* What is found, as text: "answer abcd 59". */
static const char *find(struct bench *b, const char *name, uint16_t type, enum dns_rank at_least,
                        sim_time now)
{
    static char text[200];
    struct dns_name n = name_of(name);
    const struct dns_cached *e = dns_cache_find(b->c, &n, type, at_least, now);
    struct span rdata;
    uint32_t at = 0;

    if (e == NULL)
        return "nothing";
    int used = g_snprintf(text, sizeof text, "%s", dns_cached_kind_text(e));
    while (dns_cached_next(e, &at, &rdata))
        used += g_snprintf(text + used, sizeof text - (gulong)used, " %.*s", (int)rdata.len, rdata.at);
    g_snprintf(text + used, sizeof text - (gulong)used, " %u", dns_cached_ttl(e, now));
    return text;
}

static void test_cache_counts_down_and_expires(void **state)
{
    struct bench b;

    (void)state;
    open_bench(&b, 100);
    assert_non_null(put(&b, "www.a.edu", DNS_A, DNS_RANK_OWN, 60, "abcd", SIM_SECOND));
    assert_string_equal(find(&b, "WWW.A.edu", DNS_A, DNS_RANK_ANSWER, SIM_SECOND), "answer abcd 60");
    assert_string_equal(find(&b, "www.a.edu", DNS_A, DNS_RANK_ANSWER, SIM_SECOND + 1), "answer abcd 59");
    assert_string_equal(find(&b, "www.a.edu", DNS_A, DNS_RANK_ANSWER, 61 * SIM_SECOND - 1), "answer abcd 0");
    assert_int_equal(dns_cache_live(b.c, 61 * SIM_SECOND - 1), 1);
    assert_int_equal(dns_cache_live(b.c, 61 * SIM_SECOND), 0);
    assert_string_equal(b.dropped->str, "");
    assert_string_equal(find(&b, "www.a.edu", DNS_A, DNS_RANK_ANSWER, 61 * SIM_SECOND), "nothing");
    assert_string_equal(b.dropped->str, "www.a.edu/A;");
    assert_int_equal(dns_cache_held(b.c), 0);
    assert_null(put(&b, "www.a.edu", DNS_A, DNS_RANK_OWN, 0, "abcd", SIM_SECOND));
    close_bench(&b);
}

static void test_cache_finds_what_answers(void **state)
{
    static const struct {
        const char *name;
        uint16_t type;
        enum dns_rank at_least;
        const char *found;
    } rows[] = {
        { "a.edu", DNS_MX, DNS_RANK_ANSWER, "answer mx 60" },
        { "a.edu", DNS_A, DNS_RANK_ANSWER, "nodata soa 60" },
        { "a.edu", DNS_AAAA, DNS_RANK_ANSWER, "nothing" },
        { "www.a.edu", DNS_A, DNS_RANK_ANSWER, "cname web 60" },
        { "www.a.edu", DNS_CNAME, DNS_RANK_ANSWER, "cname web 60" },
        { "no.a.edu", DNS_A, DNS_RANK_ANSWER, "nxdomain soa 60" },
        { "no.a.edu", DNS_CNAME, DNS_RANK_ANSWER, "nxdomain soa 60" },
        { "b.edu", DNS_A, DNS_RANK_ANSWER, "nothing" }, /* that it is no alias says nothing of other types */
        { "ns.a.edu", DNS_A, DNS_RANK_ANSWER, "nothing" },
        { "ns.a.edu", DNS_A, DNS_RANK_GLUE, "glue addr 60" },
        { "a.edu", DNS_NS, DNS_RANK_GLUE, "referral ns 60" },
        { "edu", DNS_NS, DNS_RANK_GLUE, "nothing" },
        { "x.no.a.edu", DNS_A, DNS_RANK_ANSWER, "nothing" },
    };
    struct bench b;

    (void)state;
    open_bench(&b, 100);
    put(&b, "a.edu", DNS_MX, DNS_RANK_OWN, 60, "mx", 0);
    put(&b, "a.edu", DNS_NS, DNS_RANK_GLUE, 60, "ns", 0);
    put(&b, "ns.a.edu", DNS_A, DNS_RANK_GLUE, 60, "addr", 0);
    put(&b, "www.a.edu", DNS_CNAME, DNS_RANK_OWN, 60, "web", 0);
    put_negative(&b, "a.edu", DNS_A, DNS_CACHED_NODATA, 60, 0);
    put_negative(&b, "b.edu", DNS_CNAME, DNS_CACHED_NODATA, 60, 0);
    put_negative(&b, "no.a.edu", DNS_A, DNS_CACHED_NXDOMAIN, 60, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *found = find(&b, rows[i].name, rows[i].type, rows[i].at_least, 0);
        if (strcmp(found, rows[i].found) != 0)
            fail_msg("row %zu, %s: %s", i, rows[i].name, found);
    }
    close_bench(&b);
}

static void test_cache_keeps_what_ranks_higher(void **state)
{
    static const enum dns_rank ranks[] = { DNS_RANK_GLUE, DNS_RANK_ANSWER, DNS_RANK_AUTHORITY, DNS_RANK_OWN };

    (void)state;
    for (size_t first = 0; first < G_N_ELEMENTS(ranks); first++)
        for (size_t second = 0; second < G_N_ELEMENTS(ranks); second++) {
            struct bench b;
            bool replaces = second >= first;
            open_bench(&b, 100);
            put(&b, "a.edu", DNS_TXT, ranks[first], 60, "old", 0);
            bool put_it = put(&b, "a.edu", DNS_TXT, ranks[second], 60, "new", 1) != NULL;
            const char *found = find(&b, "a.edu", DNS_TXT, DNS_RANK_GLUE, 2);
            if (put_it != replaces || (strstr(found, "new") != NULL) != replaces)
                fail_msg("rank %zu over %zu: %s", second, first, found);
            /* What has expired ranks nowhere. */
            assert_non_null(put(&b, "a.edu", DNS_TXT, DNS_RANK_GLUE, 60, "late", 61 * SIM_SECOND));
            close_bench(&b);
        }
}

static void test_cache_no_name_and_records_exclude_each_other(void **state)
{
    struct bench b;

    (void)state;
    open_bench(&b, 100);
    put(&b, "a.edu", DNS_MX, DNS_RANK_OWN, 60, "mx", 0);
    put(&b, "a.edu", DNS_A, DNS_RANK_OWN, 60, "addr", 0);
    put_negative(&b, "a.edu", DNS_TXT, DNS_CACHED_NXDOMAIN, 60, 0);
    assert_string_equal(find(&b, "a.edu", DNS_MX, DNS_RANK_ANSWER, 0), "nxdomain soa 60");
    assert_int_equal(dns_cache_held(b.c), 1);
    put(&b, "a.edu", DNS_MX, DNS_RANK_OWN, 60, "mx", 0);
    assert_string_equal(find(&b, "a.edu", DNS_A, DNS_RANK_ANSWER, 0), "nothing");
    assert_string_equal(find(&b, "a.edu", DNS_MX, DNS_RANK_ANSWER, 0), "answer mx 60");
    close_bench(&b);
}

static void test_cache_drops_the_oldest_that_nobody_used(void **state)
{
    struct bench b;

    (void)state;
    open_bench(&b, 3);
    put(&b, "a.edu", DNS_A, DNS_RANK_OWN, 60, "1", 0);
    put(&b, "b.edu", DNS_A, DNS_RANK_OWN, 60, "2", 0);
    put(&b, "c.edu", DNS_A, DNS_RANK_OWN, 60, "3", 0);
    find(&b, "a.edu", DNS_A, DNS_RANK_ANSWER, 0);
    put(&b, "d.edu", DNS_A, DNS_RANK_OWN, 60, "4", 0);
    assert_string_equal(b.dropped->str, "b.edu/A full;");
    assert_string_equal(find(&b, "a.edu", DNS_A, DNS_RANK_ANSWER, 0), "answer 1 60");
    assert_int_equal(dns_cache_held(b.c), 3);
    dns_cache_clear(b.c);
    assert_int_equal(dns_cache_held(b.c), 0);
    assert_string_equal(find(&b, "a.edu", DNS_A, DNS_RANK_ANSWER, 0), "nothing");
    close_bench(&b);
}

/* Against a plain model: the latest entry of each name and type, and when it ends. */
static void test_cache_agrees_with_a_table(void **state)
{
    enum { NAMES = 300, TYPES = 3 };
    static const uint16_t types[TYPES] = { DNS_A, DNS_MX, DNS_TXT };
    struct {
        sim_time expires;
        uint32_t data;
    } model[NAMES][TYPES] = { 0 };
    struct bench b;
    struct rng rng;
    sim_time now = 0;
    char big[3000];

    (void)state;
    memset(big, 'x', sizeof big);
    rng_init(&rng, 1, SPAN("cache"));
    open_bench(&b, 100000);
    for (unsigned i = 0; i < 60000; i++) {
        unsigned n = rng_below(&rng, NAMES), t = rng_below(&rng, TYPES);
        char text[32];
        g_snprintf(text, sizeof text, "n%u.edu", n);
        struct dns_name name = name_of(text);
        now += rng_below(&rng, 1000) * SIM_MS;
        if (rng_below(&rng, 3) == 0) {
            uint32_t ttl_s = 1 + rng_below(&rng, 300);
            struct span sets[2] = { span_bytes(&i, sizeof i), span_bytes(big, rng_below(&rng, sizeof big)) };
            model[n][t].expires = now + ttl_s * SIM_SECOND;
            model[n][t].data = i;
            assert_non_null(dns_cache_put(b.c, &name, types[t], DNS_RANK_OWN, ttl_s, sets, 2, now));
            continue;
        }
        const struct dns_cached *e = dns_cache_find(b.c, &name, types[t], DNS_RANK_ANSWER, now);
        assert_int_equal(e != NULL, model[n][t].expires > now);
        struct span rdata;
        uint32_t at = 0, data;
        if (e != NULL && dns_cached_next(e, &at, &rdata)) {
            memcpy(&data, rdata.at, sizeof data);
            assert_int_equal(data, model[n][t].data);
            assert_int_equal(e->n, 2);
        }
    }
    unsigned live = 0, n_list;
    for (unsigned n = 0; n < NAMES; n++)
        for (unsigned t = 0; t < TYPES; t++)
            live += model[n][t].expires > now;
    assert_int_equal(dns_cache_live(b.c, now), live);
    const struct dns_cached **list = dns_cache_list(b.c, now, &n_list);
    assert_int_equal(n_list, live);
    for (unsigned i = 1; i < n_list; i++)
        assert_true(dns_name_compare(dns_cached_name(list[i - 1]), dns_cached_name(list[i])) <= 0);
    g_free(list);
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cache_counts_down_and_expires),
        cmocka_unit_test(test_cache_finds_what_answers),
        cmocka_unit_test(test_cache_keeps_what_ranks_higher),
        cmocka_unit_test(test_cache_no_name_and_records_exclude_each_other),
        cmocka_unit_test(test_cache_drops_the_oldest_that_nobody_used),
        cmocka_unit_test(test_cache_agrees_with_a_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
