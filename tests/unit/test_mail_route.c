/* The choice of mail hosts (RFC 5321 §5.1). test_mail_server has the same with a DNS behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dns/rr.h"
#include "mail/route.h"

static struct dns_name name(const char *text)
{
    struct dns_name n;

    assert_true(dns_name_parse(span_of(text), NULL, &n, NULL));
    return n;
}

/* Route from MX records, "10 a.x, 20 b.x", as the answer gave them. */
static void route(struct mail_route *r, const char *records, enum dns_outcome outcome, const char *own,
                  uint64_t seed)
{
    struct dns_result result = {
        .outcome = outcome, .name = name("x"), .type = DNS_MX, .canonical = name("canonical.x")
    };
    struct dns_name own_name = name(own), origin = name(".");
    struct dns_result_record list[16];
    struct dns_rr rr[16];
    char **parts = g_strsplit(records, ", ", 0), error[160];
    struct rng shuffle;

    rng_init(&shuffle, seed, SPAN("test/mx"));
    for (char **p = parts; *p != NULL && **p != '\0'; p++) {
        char *line = g_strdup_printf("x MX %s", *p);

        if (!dns_rr_parse(span_of(line), &origin, 60, &rr[result.n], error))
            fail_msg("%s: %s", line, error);
        list[result.n].ttl_s = 60;
        list[result.n].rdata = span_bytes(rr[result.n].rdata, rr[result.n].rdlength);
        result.n++;
        g_free(line);
    }
    result.records = list;
    mail_route_from_mx(r, &result, &own_name, &shuffle);
    for (unsigned i = 0; i < result.n; i++)
        dns_rr_release(&rr[i]);
    g_strfreev(parts);
}

static const struct {
    const char *name, *records;
    enum dns_outcome outcome;
    const char *hosts; /* or the code */
    enum mail_route_kind kind;
} rows[] = {
    { "one", "10 a.x", DNS_FOUND, "10 a.x", MAIL_ROUTE_HOSTS },
    { "sorted", "30 c.x, 10 a.x, 20 b.x", DNS_FOUND, "10 a.x, 20 b.x, 30 c.x", MAIL_ROUTE_HOSTS },
    { "highest numbers", "65535 b.x, 0 a.x", DNS_FOUND, "0 a.x, 65535 b.x", MAIL_ROUTE_HOSTS },
    { "implicit", "", DNS_NO_DATA, "0 canonical.x", MAIL_ROUTE_HOSTS },
    { "null MX", "0 .", DNS_FOUND, "556", MAIL_ROUTE_REFUSED },
    { "null MX of another preference", "10 .", DNS_FOUND, "556", MAIL_ROUTE_REFUSED },
    { "null MX beside another", "0 ., 10 a.x", DNS_FOUND, "10 a.x", MAIL_ROUTE_HOSTS },
    { "itself best", "10 Me.x, 20 b.x", DNS_FOUND, "554", MAIL_ROUTE_REFUSED },
    { "itself in the middle", "10 a.x, 20 me.x, 20 b.x, 30 c.x", DNS_FOUND, "10 a.x", MAIL_ROUTE_HOSTS },
    { "itself worst", "10 a.x, 20 b.x, 30 ME.X", DNS_FOUND, "10 a.x, 20 b.x", MAIL_ROUTE_HOSTS },
    { "itself twice", "10 a.x, 20 me.x, 30 me.x", DNS_FOUND, "10 a.x", MAIL_ROUTE_HOSTS },
    { "no such name", "", DNS_NO_NAME, "550", MAIL_ROUTE_REFUSED },
    { "SERVFAIL", "", DNS_FAILED, "451", MAIL_ROUTE_LATER },
    { "silence", "", DNS_NO_ANSWER, "451", MAIL_ROUTE_LATER },
};

static void test_route_from_mx(void **state)
{
    struct mail_route r;
    GString *got = g_string_new(NULL);

    (void)state;
    mail_route_init(&r);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        route(&r, rows[i].records, rows[i].outcome, "me.x", 1);
        g_string_truncate(got, 0);
        if (r.kind == MAIL_ROUTE_HOSTS)
            mail_route_text(&r, got);
        else
            g_string_append_printf(got, "%u", r.code);
        if (strcmp(got->str, rows[i].hosts) != 0 || r.kind != rows[i].kind)
            fail_msg("%s: %s, expected %s", rows[i].name, got->str, rows[i].hosts);
    }
    g_string_free(got, TRUE);
    mail_route_release(&r);
}

/* Each of the 3! orders of three equals about as often; the others stay where they are. */
static void test_route_shuffles_equals(void **state)
{
    static const char *const orders[] = { "abc", "acb", "bac", "bca", "cab", "cba" };
    unsigned count[6] = { 0 };
    struct mail_route r;

    (void)state;
    mail_route_init(&r);
    for (uint64_t seed = 1; seed <= 6000; seed++) {
        char order[4] = "";

        route(&r, "20 z.x, 10 c.x, 10 a.x, 5 y.x, 10 b.x", DNS_FOUND, "me.x", seed);
        assert_int_equal(r.n, 5);
        assert_int_equal(r.hosts[0].name.wire[1], 'y');
        assert_int_equal(r.hosts[4].name.wire[1], 'z');
        for (int i = 0; i < 3; i++)
            order[i] = (char)r.hosts[1 + i].name.wire[1];
        for (int i = 0; i < 6; i++)
            count[i] += strcmp(order, orders[i]) == 0;
    }
    for (int i = 0; i < 6; i++)
        assert_in_range(count[i], 880, 1120); /* 1000, give or take four standard deviations */
    mail_route_release(&r);
}

static void test_route_from_literal(void **state)
{
    struct mail_route r;

    (void)state;
    mail_route_init(&r);
    mail_route_from_literal(&r, SPAN("[10.4.0.25]"));
    assert_int_equal(r.kind, MAIL_ROUTE_HOSTS);
    assert_int_equal(r.hosts[0].literal, 10u << 24 | 4u << 16 | 25);
    mail_route_from_literal(&r, SPAN("[IPv6:2001:db8::1]"));
    assert_int_equal(r.kind, MAIL_ROUTE_REFUSED);
    mail_route_from_literal(&r, SPAN("["));
    assert_int_equal(r.kind, MAIL_ROUTE_REFUSED);
    mail_route_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_route_from_mx),
        cmocka_unit_test(test_route_shuffles_equals),
        cmocka_unit_test(test_route_from_literal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
