#include "dns_help.h"

#include "core/rng.h"

#define SOA "@ SOA ns host 1 2 3 4 5"

/* ---- What may stand. */

static void test_zone_refuses(void **state)
{
    static const struct {
        const char *name, *there[4], *line, *part; /* part NULL: it is taken */
    } rows[] = {
        { "outside", { NULL }, "www.crepes.fr. A 1.2.3.4", "www.crepes.fr is not in the zone hamburger.edu" },
        { "above", { NULL }, "edu. A 1.2.3.4", "not in the zone" },
        { "a name that only ends alike", { NULL }, "xhamburger.edu. A 1.2.3.4", "not in the zone" },
        { "another case", { NULL }, "www.HAMBURGER.EDU. A 1.2.3.4", NULL },
        { "SOA below the top",
          { NULL },
          "x SOA a b 1 2 3 4 5",
          "SOA stands at the top of the zone, hamburger.edu" },
        { "a second SOA", { SOA }, "@ SOA ns host 2 2 3 4 5", "an SOA already" },
        { "the same SOA", { SOA }, SOA, NULL },
        { "CNAME beside A", { "www A 1.2.3.4" }, "www CNAME web", "www.hamburger.edu has A data" },
        { "A beside CNAME",
          { "www CNAME web" },
          "www A 1.2.3.4",
          "www.hamburger.edu is a CNAME, so it cannot have A" },
        { "CNAME at the top", { SOA }, "@ CNAME web", "has SOA data" },
        { "two CNAMEs", { "www CNAME web" }, "www CNAME web2", "has a CNAME already" },
        { "the same CNAME", { "www CNAME web" }, "WWW CNAME WEB", NULL },
        { "CNAME above names", { "a.www A 1.2.3.4" }, "www CNAME web", NULL },
        { "a signature of a CNAME", { "www CNAME web" }, "www NSEC @ CNAME", NULL },
        { "CNAME where data went", { "www A 1.2.3.4", "-www A" }, "www CNAME web", NULL },
        { "two MX", { "@ MX 10 a" }, "@ MX 10 b", NULL },
    };
    struct dns_name origin = name_of("hamburger.edu");

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct dns_zone *z = dns_zone_new(&origin);
        char error[160] = "";
        struct dns_rr r;
        bool is_taken;

        for (const char *const *l = rows[i].there; *l != NULL; l++) {
            struct dns_name n;

            if (**l != '-') {
                add_line(z, *l);
                continue;
            }
            assert_true(dns_name_parse(SPAN("www"), &origin, &n, NULL));
            assert_int_equal(dns_zone_remove(z, &n, DNS_A, NULL), 1);
        }
        assert_true(dns_rr_parse(span_of(rows[i].line), &origin, 60, &r, error));
        is_taken = dns_zone_add(z, &r, error);
        if (is_taken != (rows[i].part == NULL) || (!is_taken && strstr(error, rows[i].part) == NULL))
            fail_msg("%s: %s", rows[i].name, error);
        dns_rr_release(&r);
        dns_zone_free(&z);
        assert_null(z);
    }
}

static void append_rr(void *self, const struct dns_rr *r)
{
    struct dns_name root = name_of(".");

    dns_rr_line(r, &root, self);
    g_string_append_c(self, '\n');
}

static void expect_zone(const struct dns_zone *z, const char *lines)
{
    g_autoptr(GString) text = g_string_new(NULL);

    dns_zone_each(z, append_rr, text);
    if (strcmp(text->str, lines) != 0)
        fail_msg("%s", text->str);
}

static void test_zone_lists_in_canonical_order(void **state)
{
    static const char *const lines[] = {
        "z A 1.2.3.4", "*.z 5 A 1.2.3.4", "a.b A 1.2.3.4", "B MX 10 z",
        "b A 9.9.9.9", "b A 1.1.1.1",     "@ NS z",        SOA,
        NULL,
    };
    struct dns_zone *z = zone_of("edu", lines);

    (void)state;
    expect_zone(z, "edu 3600 NS z.edu\n"
                   "edu 3600 SOA ns.edu host.edu 1 2 3 4 5\n"
                   "B.edu 3600 A 9.9.9.9\nB.edu 3600 A 1.1.1.1\nB.edu 3600 MX 10 z.edu\n"
                   "a.b.edu 3600 A 1.2.3.4\n"
                   "z.edu 3600 A 1.2.3.4\n"
                   "*.z.edu 5 A 1.2.3.4\n");
    dns_zone_free(&z);
}

static void test_zone_ttl_is_the_sets(void **state)
{
    static const char *const lines[] = { "a 60 A 1.1.1.1", "a 30 A 2.2.2.2", "a 90 A 3.3.3.3", NULL };
    struct dns_zone *z = zone_of("edu", lines);

    (void)state;
    expect_zone(z, "a.edu 30 A 1.1.1.1\na.edu 30 A 2.2.2.2\na.edu 30 A 3.3.3.3\n");
    add_line(z, "a 90 A 2.2.2.2"); /* the same record again */
    expect_zone(z, "a.edu 90 A 1.1.1.1\na.edu 90 A 2.2.2.2\na.edu 90 A 3.3.3.3\n");
    dns_zone_free(&z);
}

static void test_zone_remove(void **state)
{
    static const char *const lines[] = { "x.a A 1.1.1.1", "x.a A 2.2.2.2", "x.a MX 1 B", "*.a A 1.1.1.1",
                                         NULL };
    struct dns_zone *z = zone_of("edu", lines);
    struct dns_name x = name_of("X.a.edu"), star = name_of("*.a.edu"), a = name_of("a.edu"),
                    other = name_of("y.edu");
    struct span two = SPAN("\2\2\2\2"), mx = SPAN("\0\1\1b\3edu\0");

    (void)state;
    assert_int_equal(dns_zone_remove(z, &other, DNS_ANY, NULL), 0);
    assert_int_equal(dns_zone_remove(z, &x, DNS_TXT, NULL), 0);
    assert_int_equal(dns_zone_remove(z, &x, DNS_A, &two), 1);
    assert_int_equal(dns_zone_remove(z, &x, DNS_A, &two), 0);
    assert_int_equal(dns_zone_remove(z, &x, DNS_MX, &mx), 1);
    expect_zone(z, "*.a.edu 3600 A 1.1.1.1\nx.a.edu 3600 A 1.1.1.1\n");
    assert_int_equal(dns_zone_remove(z, &x, DNS_ANY, NULL), 1);
    assert_non_null(dns_zone_find(z, &x).wildcard);
    assert_int_equal(dns_zone_remove(z, &star, DNS_A, NULL), 1);
    assert_null(dns_zone_find(z, &a).exact); /* nothing is below it any more */
    assert_ptr_equal(dns_zone_find(z, &x).encloser, dns_zone_apex(z));
    expect_zone(z, "");
    dns_zone_free(&z);
}

static void test_zone_serial(void **state)
{
    static const struct {
        const char *before, *after;
    } rows[] = { { "1", "2" }, { "255", "256" }, { "16777215", "16777216" }, { "4294967295", "0" } };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct dns_name origin = name_of("edu");
        struct dns_zone *z = dns_zone_new(&origin);
        char line[80];

        dns_zone_bump_serial(z); /* no SOA: nothing happens */
        g_snprintf(line, sizeof line, "@ SOA ns host %s 255 255 255 255", rows[i].before);
        add_line(z, line);
        dns_zone_bump_serial(z);
        g_snprintf(line, sizeof line, "edu 3600 SOA ns.edu host.edu %s 255 255 255 255\n", rows[i].after);
        expect_zone(z, line);
        dns_zone_free(&z);
    }
}

/* ---- Lookup. */

static void test_zone_find(void **state)
{
    struct dns_zone *z = zone_from_file("example", "rfc4592.zone");
    static const struct {
        const char *name, *exact, *encloser, *wildcard, *cut;
    } rows[] = {
        { "example", "example", "example", NULL, NULL },
        { "HOST1.example", "host1.example", "host1.example", NULL, NULL },
        { "host3.example", NULL, "example", "*.example", NULL },
        { "a.b.c.example", NULL, "example", "*.example", NULL },
        { "*.example", "*.example", "*.example", NULL, NULL },
        { "ghost.*.example", NULL, "*.example", NULL, NULL },
        { "_tcp.host1.example", "_tcp.host1.example", "_tcp.host1.example", NULL,
          NULL }, /* empty, and there */
        { "host2.example", "host2.example", "host2.example", NULL, NULL },
        { "_telnet._tcp.host1.example", NULL, "_tcp.host1.example", NULL, NULL },
        { "subdel.example", "subdel.example", "subdel.example", NULL, "subdel.example" },
        { "host.subdel.example", NULL, "subdel.example", NULL, "subdel.example" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct dns_name name = name_of(rows[i].name);
        struct dns_lookup found = dns_zone_find(z, &name);
        const struct {
            const char *want;
            const struct dns_node *got;
        } parts[] = { { rows[i].exact, found.exact },
                      { rows[i].encloser, found.encloser },
                      { rows[i].wildcard, found.wildcard },
                      { rows[i].cut, found.cut } };

        for (size_t p = 0; p < G_N_ELEMENTS(parts); p++) {
            char text[DNS_NAME_TEXT_MAX] = "";

            if ((parts[p].want == NULL) != (parts[p].got == NULL) ||
                (parts[p].want != NULL &&
                 strcmp(dns_name_text(text, dns_node_name(parts[p].got)), parts[p].want) != 0))
                fail_msg("%s: part %zu is %s", rows[i].name, p, text);
        }
    }
    dns_zone_free(&z);
}

/* A list of records, looked through from end to end, is the judge of the hash table. */
struct model {
    struct dns_name owner[400];
    uint16_t type[400];
    uint8_t data[400];
    unsigned n;
};

static bool exists(const struct model *m, const struct dns_name *n)
{
    for (unsigned i = 0; i < m->n; i++)
        if (dns_name_is_under(&m->owner[i], n))
            return true;
    return dns_name_labels(n) == 1; /* the apex */
}

static bool has_type(const struct model *m, const struct dns_name *n, uint16_t type)
{
    for (unsigned i = 0; i < m->n; i++)
        if (m->type[i] == type && dns_name_equal(&m->owner[i], n))
            return true;
    return false;
}

static bool is_name(const struct dns_node *n, const struct dns_name *want)
{
    if (n == NULL || want == NULL)
        return n == NULL && want == NULL;
    return dns_name_equal(dns_node_name(n), want);
}

static void check_find(const struct dns_zone *z, const struct model *m, const struct dns_name *name)
{
    struct dns_lookup found = dns_zone_find(z, name);
    struct dns_name encloser = *name, star, cut, *wildcard = NULL, *highest = NULL;
    unsigned labels = dns_name_labels(name);

    while (!exists(m, &encloser))
        assert_true(dns_name_parent(&encloser, &encloser));
    assert_true(dns_name_parse(SPAN("*"), &encloser, &star, NULL));
    if (!exists(m, name) && exists(m, &star))
        wildcard = &star;
    for (unsigned i = 2; i <= labels && highest == NULL; i++) {
        dns_name_suffix(name, i, &cut);
        if (has_type(m, &cut, DNS_NS))
            highest = &cut;
    }
    assert_true(is_name(found.exact, exists(m, name) ? name : NULL));
    assert_true(is_name(found.encloser, &encloser));
    assert_true(is_name(found.wildcard, wildcard));
    assert_true(is_name(found.cut, highest));
    assert_int_equal(found.exact != NULL && dns_node_find(found.exact, DNS_A) != NULL,
                     has_type(m, name, DNS_A));
}

static void random_name(struct rng *rng, const char *end, struct dns_name *out)
{
    static const char *const labels[] = { "a", "B", "*", "c", "d" };
    g_autoptr(GString) text = g_string_new(NULL);

    for (unsigned n = rng_below(rng, 5); n > 0; n--)
        g_string_append_printf(text, "%s.", labels[rng_below(rng, G_N_ELEMENTS(labels))]);
    g_string_append(text, end);
    *out = name_of(text->str);
}

static void test_zone_like_a_list(void **state)
{
    struct dns_name origin = name_of("edu");
    struct dns_zone *z = dns_zone_new(&origin);
    struct model *m = g_new0(struct model, 1);
    struct rng rng;
    char error[160];

    (void)state;
    rng_init(&rng, 1, SPAN("zones"));
    for (int round = 0; round < 8000; round++) {
        struct dns_name name;
        uint16_t type = rng_below(&rng, 4) ? DNS_A : DNS_NS;
        bool is_growing = round / 1000 % 2 == 0;

        random_name(&rng, "eDu", &name);
        if (m->n < 390 && rng_below(&rng, 4) < (is_growing ? 3 : 1)) {
            uint8_t data[6] = { 10, 0, 0, (uint8_t)rng_below(&rng, 3) };
            unsigned i = 0;

            if (type == DNS_NS)
                memcpy(data, (uint8_t[]){ 1, (uint8_t)('a' + data[3]), 0 }, 3);
            while (i < m->n && !(m->type[i] == type && m->data[i] == data[type == DNS_A ? 3 : 1] &&
                                 dns_name_equal(&m->owner[i], &name)))
                i++;
            assert_true(dns_zone_add(
                z,
                &(struct dns_rr){
                    .name = name, .type = type, .rdlength = type == DNS_A ? 4 : 3, .rdata = data },
                error));
            if (i == m->n) {
                m->owner[i] = name;
                m->type[i] = type;
                m->data[i] = data[type == DNS_A ? 3 : 1];
                m->n++;
            }
        } else {
            unsigned kept = 0, all = m->n;
            uint16_t gone = rng_below(&rng, 3) ? type : DNS_ANY;

            for (unsigned i = 0; i < all; i++) {
                if ((gone == DNS_ANY || m->type[i] == gone) && dns_name_equal(&m->owner[i], &name))
                    continue;
                m->owner[kept] = m->owner[i];
                m->type[kept] = m->type[i];
                m->data[kept++] = m->data[i];
            }
            m->n = kept;
            assert_int_equal(dns_zone_remove(z, &name, gone, NULL), all - kept);
        }
        random_name(&rng, "edu", &name);
        check_find(z, m, &name);
    }
    g_free(m);
    dns_zone_free(&z);
}

/* ---- What is wrong with it. */

static void append_finding(void *self, const struct dns_finding *f)
{
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];

    assert_non_null(f->hint);
    g_string_append_printf(self, "%s %s %s: %s\n", f->is_error ? "error" : "doubt",
                           dns_name_text(name, f->name), dns_type_text(type, f->type), f->message);
}

#define GOOD SOA, "@ NS ns", "ns A 10.0.0.1"

static void test_zone_check(void **state)
{
    static const struct {
        const char *name, *lines[8], *findings;
    } rows[] = {
        { "all is well",
          { GOOD, "@ MX 10 mail", "mail A 10.0.0.2", "www CNAME mail", "@ MX 20 mail.crepes.fr." },
          "" },
        { "nothing",
          { NULL },
          "error edu SOA: the zone has no SOA record\nerror edu NS: the zone names no name server\n" },
        { "no address of the server",
          { SOA, "@ NS ns", "ns TXT x" },
          "error edu NS: its name server ns.edu has no address\n" },
        { "no such server", { SOA, "@ NS ns" }, "error edu NS: its name server ns.edu does not exist\n" },
        { "servers elsewhere", { SOA, "@ NS ns.fr." }, "" },
        { "an IPv6 address will do", { SOA, "@ NS ns", "ns AAAA ::1" }, "" },
        { "a wildcard will do", { GOOD, "@ MX 10 mail", "* A 10.0.0.2" }, "" },
        { "no such mail host",
          { GOOD, "@ MX 10 mail" },
          "doubt edu MX: its mail host mail.edu does not exist\n" },
        { "null MX", { GOOD, "@ MX 0 ." }, "" },
        { "MX to a CNAME",
          { GOOD, "@ MX 10 mail", "mail CNAME ns" },
          "doubt edu MX: its mail host mail.edu is an alias (CNAME)\n" },
        { "NS to a CNAME",
          { SOA, "@ NS ns", "ns CNAME a", "a A 10.0.0.1" },
          "error edu NS: its name server ns.edu is an alias (CNAME)\n" },
        { "a dot left out",
          { GOOD, "@ MX 10 mail.edu", "mail A 10.0.0.2" },
          "doubt edu MX: its mail host mail.edu.edu does not exist: it says the zone's name twice\n" },
        { "an alias of nothing",
          { GOOD, "www CNAME web" },
          "doubt www.edu CNAME: web.edu, the name it stands for, does not exist\n" },
        { "an alias of itself",
          { GOOD, "www CNAME www" },
          "doubt www.edu CNAME: the alias leads back to itself\n" },
        { "aliases in a ring",
          { GOOD, "a CNAME b", "b CNAME c", "c CNAME a", "d CNAME a" },
          "doubt a.edu CNAME: the alias leads back to itself\n"
          "doubt b.edu CNAME: the alias leads back to itself\n"
          "doubt c.edu CNAME: the alias leads back to itself\n" },
        { "missing glue",
          { GOOD, "x NS ns.x", "x NS ns2.x", "ns2.x A 10.0.0.3" },
          "error x.edu NS: nobody can reach ns.x.edu: its address is known only behind the delegation itself\n" },
        { "glue", { GOOD, "x NS ns.x", "ns.x A 10.0.0.3" }, "" },
        { "a server in another delegation", { GOOD, "x NS ns.y", "y NS ns" }, "" },
        { "a server at the delegation itself", { GOOD, "x NS x", "x A 10.0.0.3" }, "" },
        { "data that nobody sees",
          { GOOD, "x NS ns", "x MX 10 ns", "www.x TXT y" },
          "doubt x.edu MX: the MX record is never seen: x.edu is delegated to other servers\n"
          "doubt www.x.edu TXT: the TXT record is never seen: x.edu is delegated to other servers\n" },
        { "TTLs that differ",
          { GOOD, "a 60 A 1.1.1.1", "a 30 A 2.2.2.2" },
          "doubt a.edu A: records of one name and type have different TTLs; the lowest, 30, counts for all\n" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct dns_zone *z = zone_of("edu", rows[i].lines);
        g_autoptr(GString) findings = g_string_new(NULL);

        dns_zone_check(z, append_finding, findings);
        if (strcmp(findings->str, rows[i].findings) != 0)
            fail_msg("%s: %s", rows[i].name, findings->str);
        dns_zone_free(&z);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zone_refuses),         cmocka_unit_test(test_zone_lists_in_canonical_order),
        cmocka_unit_test(test_zone_ttl_is_the_sets), cmocka_unit_test(test_zone_remove),
        cmocka_unit_test(test_zone_serial),          cmocka_unit_test(test_zone_find),
        cmocka_unit_test(test_zone_like_a_list),     cmocka_unit_test(test_zone_check),
    };

    return cmocka_run_group_tests_name("dns_zone", tests, NULL, NULL);
}
