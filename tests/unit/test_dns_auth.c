#include "dns_help.h"

/* A server's zones, NULL at the end, and what it says to a question. */
struct row {
    const char *name, *qname, *qtype;
    enum dns_auth_found found;
    const char *says;
};

static void check(struct dns_zone *const *zones, const struct row *rows, size_t n_rows)
{
    struct dns_msg query, response, again;
    uint8_t wire[4096];
    unsigned n_zones = 0;

    while (zones[n_zones] != NULL)
        n_zones++;
    dns_msg_init(&query);
    dns_msg_init(&response);
    dns_msg_init(&again);
    for (size_t i = 0; i < n_rows; i++) {
        g_autoptr(GString) says = g_string_new(NULL);
        enum dns_auth_found found;
        size_t n;

        ask(&query, rows[i].qname, rows[i].qtype);
        found = dns_auth_answer(zones, n_zones, &query, 0, &response);
        /* Read what went over the wire, as the asker does. */
        n = dns_msg_write(&response, wire, sizeof wire, sizeof wire);
        assert_true(dns_msg_parse(&again, span_bytes(wire, n)));
        assert_true(again.qr && again.id == query.id && dns_name_equal(&again.qname, &query.qname));
        print_msg(says, &again);
        if (strcmp(says->str, rows[i].says) != 0)
            fail_msg("%s: %s", rows[i].name, says->str);
        if (found != rows[i].found)
            fail_msg("%s: found %d", rows[i].name, found);
    }
    dns_msg_release(&again);
    dns_msg_release(&response);
    dns_msg_release(&query);
}

static void free_zones(struct dns_zone **zones)
{
    while (*zones != NULL)
        dns_zone_free(zones++);
}

/* ---- RFC 1034 §6: the answers of C.ISI.EDU and A.ISI.EDU. The order of records in a section is not
 * significant there. */

#define ROOT_SOA "SOA SRI-NIC.ARPA HOSTMASTER.SRI-NIC.ARPA 870611 1800 300 604800 86400\n"

static void test_auth_answers_as_in_rfc1034(void **state)
{
    static const struct row at_c[] = {
        { "6.2.1", "SRI-NIC.ARPA", "A", DNS_AUTH_DONE,
          "aa NOERROR\n"
          "answer SRI-NIC.ARPA 86400 A 26.0.0.73\n"
          "answer SRI-NIC.ARPA 86400 A 10.0.0.51\n" },
        { "6.2.2", "SRI-NIC.ARPA", "ANY", DNS_AUTH_DONE,
          "aa NOERROR\n"
          "answer SRI-NIC.ARPA 86400 A 26.0.0.73\n"
          "answer SRI-NIC.ARPA 86400 A 10.0.0.51\n"
          "answer SRI-NIC.ARPA 86400 HINFO \"DEC-2060\" \"TOPS20\"\n"
          "answer SRI-NIC.ARPA 86400 MX 0 SRI-NIC.ARPA\n" },
        { "6.2.3", "SRI-NIC.ARPA", "MX", DNS_AUTH_DONE,
          "aa NOERROR\n"
          "answer SRI-NIC.ARPA 86400 MX 0 SRI-NIC.ARPA\n"
          "additional SRI-NIC.ARPA 86400 A 26.0.0.73\n"
          "additional SRI-NIC.ARPA 86400 A 10.0.0.51\n" },
        { "6.2.4, with the SOA that RFC 2308 §2.2 adds", "SRI-NIC.ARPA", "NS", DNS_AUTH_DONE,
          "aa NOERROR\n"
          "authority . 86400 " ROOT_SOA },
        { "6.2.5", "SIR-NIC.ARPA", "A", DNS_AUTH_DONE,
          "aa NXDOMAIN\n"
          "authority . 86400 " ROOT_SOA },
        { "6.2.6", "BRL.MIL", "A", DNS_AUTH_REFERRED,
          "NOERROR\n"
          "authority MIL 86400 NS SRI-NIC.ARPA\n"
          "authority MIL 86400 NS A.ISI.EDU\n"
          "additional SRI-NIC.ARPA 86400 A 26.0.0.73\n"
          "additional SRI-NIC.ARPA 86400 A 10.0.0.51\n"
          "additional A.ISI.EDU 172800 A 26.3.0.103\n" }, /* EDU's glue is closer than the root's */
        { "6.2.7, second", "USC-ISIC.ARPA", "A", DNS_AUTH_REFERRED,
          "aa NOERROR\n"
          "answer USC-ISIC.ARPA 86400 CNAME C.ISI.EDU\n"
          "authority ISI.EDU 172800 NS VAXA.ISI.EDU\n"
          "authority ISI.EDU 172800 NS A.ISI.EDU\n"
          "authority ISI.EDU 172800 NS VENERA.ISI.EDU\n"
          "additional VAXA.ISI.EDU 172800 A 10.2.0.27\n"
          "additional VAXA.ISI.EDU 172800 A 128.9.0.33\n"
          "additional A.ISI.EDU 172800 A 26.3.0.103\n"
          "additional VENERA.ISI.EDU 172800 A 10.1.0.52\n"
          "additional VENERA.ISI.EDU 172800 A 128.9.0.32\n" },
        { "6.2.8", "USC-ISIC.ARPA", "CNAME", DNS_AUTH_DONE,
          "aa NOERROR\n"
          "answer USC-ISIC.ARPA 86400 CNAME C.ISI.EDU\n" },
        { "6.3.1, the referral", "ISI.EDU", "MX", DNS_AUTH_REFERRED,
          "NOERROR\n"
          "authority ISI.EDU 172800 NS VAXA.ISI.EDU\n"
          "authority ISI.EDU 172800 NS A.ISI.EDU\n"
          "authority ISI.EDU 172800 NS VENERA.ISI.EDU\n"
          "additional VAXA.ISI.EDU 172800 A 10.2.0.27\n"
          "additional VAXA.ISI.EDU 172800 A 128.9.0.33\n"
          "additional A.ISI.EDU 172800 A 26.3.0.103\n"
          "additional VENERA.ISI.EDU 172800 A 10.1.0.52\n"
          "additional VENERA.ISI.EDU 172800 A 128.9.0.32\n" },
        { "6.3.2", "65.0.6.26.IN-ADDR.ARPA", "PTR", DNS_AUTH_DONE,
          "aa NOERROR\n"
          "answer 65.0.6.26.IN-ADDR.ARPA 86400 PTR ACC.ARPA\n" },
        { "servers that nobody here knows the address of", "YALE.EDU", "NS", DNS_AUTH_REFERRED,
          "NOERROR\n"
          "authority YALE.EDU 86400 NS YALE.ARPA\n"
          "authority YALE.EDU 86400 NS YALE-BULLDOG.ARPA\n" },
        { "the glue's own name is referred too", "XX.LCS.MIT.EDU", "A", DNS_AUTH_REFERRED,
          "NOERROR\n"
          "authority MIT.EDU 43200 NS XX.LCS.MIT.EDU\n"
          "authority MIT.EDU 43200 NS ACHILLES.MIT.EDU\n"
          "additional XX.LCS.MIT.EDU 43200 A 10.0.0.44\n"
          "additional ACHILLES.MIT.EDU 43200 A 18.72.0.8\n" },
    };
    static const struct row at_a[] = {
        { "6.2.7, first", "USC-ISIC.ARPA", "A", DNS_AUTH_DONE,
          "aa NOERROR\n"
          "answer USC-ISIC.ARPA 86400 CNAME C.ISI.EDU\n"
          "answer C.ISI.EDU 86400 A 10.0.0.52\n" },
        { "6.3.1, the answer", "ISI.EDU", "MX", DNS_AUTH_DONE,
          "aa NOERROR\n"
          "answer ISI.EDU 172800 MX 10 VENERA.ISI.EDU\n"
          "answer ISI.EDU 172800 MX 20 VAXA.ISI.EDU\n"
          "additional VENERA.ISI.EDU 172800 A 10.1.0.52\n"
          "additional VENERA.ISI.EDU 172800 A 128.9.0.32\n"
          "additional VAXA.ISI.EDU 172800 A 10.2.0.27\n"
          "additional VAXA.ISI.EDU 172800 A 128.9.0.33\n" },
        { "a referral from the zone above", "UCI.EDU", "A", DNS_AUTH_REFERRED,
          "NOERROR\n"
          "authority EDU 86400 NS SRI-NIC.ARPA\n"
          "authority EDU 86400 NS C.ISI.EDU\n"
          "additional SRI-NIC.ARPA 86400 A 26.0.0.73\n"
          "additional SRI-NIC.ARPA 86400 A 10.0.0.51\n"
          "additional C.ISI.EDU 86400 A 10.0.0.52\n" },
    };
    struct dns_zone *c[] = { zone_from_file(".", "rfc1034-root.zone"),
                             zone_from_file("EDU", "rfc1034-edu.zone"), NULL };
    struct dns_zone *a[] = { zone_from_file("ISI.EDU", "rfc1034-isi.zone"),
                             zone_from_file(".", "rfc1034-root.zone"), NULL };

    (void)state;
    check(c, at_c, G_N_ELEMENTS(at_c));
    check(a, at_a, G_N_ELEMENTS(at_a));
    free_zones(c);
    free_zones(a);
}

/* ---- RFC 4592 §2.2.1. */

#define SOA_4592 "authority example 1800 SOA ns.example.com hostmaster.example.net 1 7200 900 1209600 1800\n"

static void test_auth_wildcards_as_in_rfc4592(void **state)
{
    static const struct row rows[] = {
        { "synthesized", "host3.example", "MX", DNS_AUTH_DONE,
          "aa NOERROR\nanswer host3.example 3600 MX 10 host1.example\nadditional host1.example 3600 A 192.0.2.1\n" },
        { "a wildcard without the type", "host3.example", "A", DNS_AUTH_DONE, "aa NOERROR\n" SOA_4592 },
        { "over several labels", "foo.bar.example", "TXT", DNS_AUTH_DONE,
          "aa NOERROR\nanswer foo.bar.example 3600 TXT \"this is a wildcard\"\n" },
        { "the name exists", "host1.example", "MX", DNS_AUTH_DONE, "aa NOERROR\n" SOA_4592 },
        { "below a wildcard, and exists", "sub.*.example", "MX", DNS_AUTH_DONE, "aa NOERROR\n" SOA_4592 },
        { "the closest encloser is empty", "_telnet._tcp.host1.example", "SRV", DNS_AUTH_DONE,
          "aa NXDOMAIN\n" SOA_4592 },
        { "behind a delegation", "host.subdel.example", "A", DNS_AUTH_REFERRED,
          "NOERROR\nauthority subdel.example 3600 NS ns.example.com\nauthority subdel.example 3600 NS ns.example.net\n" },
        { "no wildcard below the wildcard", "ghost.*.example", "MX", DNS_AUTH_DONE,
          "aa NXDOMAIN\n" SOA_4592 },
        { "the wildcard itself", "*.example", "TXT", DNS_AUTH_DONE,
          "aa NOERROR\nanswer *.example 3600 TXT \"this is a wildcard\"\n" },
        { "an empty non-terminal", "_tcp.host2.example", "A", DNS_AUTH_DONE, "aa NOERROR\n" SOA_4592 },
        { "it hides the wildcard", "host2.example", "TXT", DNS_AUTH_DONE, "aa NOERROR\n" SOA_4592 },
        { "all types", "x.example", "ANY", DNS_AUTH_DONE,
          "aa NOERROR\nanswer x.example 3600 MX 10 host1.example\nanswer x.example 3600 TXT \"this is a wildcard\"\n"
          "additional host1.example 3600 A 192.0.2.1\n" },
    };
    struct dns_zone *zones[] = { zone_from_file("example", "rfc4592.zone"), NULL };

    (void)state;
    check(zones, rows, G_N_ELEMENTS(rows));
    free_zones(zones);
}

/* ---- The rest. */

#define EDU_SOA "authority edu 60 SOA ns.edu host.edu 1 2 3 4 60\n"

static void test_auth_answers(void **state)
{
    static const char *const edu[] = {
        "@ 300 SOA ns host 1 2 3 4 60",
        "@ NS ns",
        "ns A 10.0.0.1",
        "ns AAAA ::1",
        /* aliases */
        "one CNAME two",
        "two CNAME ns",
        "gone CNAME nothing",
        "nodata CNAME txt",
        "txt TXT x",
        "out CNAME www.fr.",
        "over CNAME www.hamburger",
        "into CNAME www.crepes",
        "wild CNAME x.y.any",
        "*.any A 10.0.0.9",
        "*.alias CNAME ns",
        "self CNAME self",
        "ring1 CNAME ring2",
        "ring2 CNAME ring1",
        /* a zone of this server and one that is not */
        "hamburger NS ns.hamburger",
        "ns.hamburger A 10.0.0.99",
        "crepes NS ns.crepes",
        "crepes NS ns.fr.",
        "crepes DS 1 15 2 00",
        "ns.crepes A 10.0.0.3",
        NULL,
    };
    static const char *const hamburger[] = {
        "@ 30 SOA ns host 1 2 3 4 60",
        "@ NS ns",
        "ns A 10.0.0.2",
        "www CNAME web",
        "web A 10.0.0.4",
        "@ MX 5 ns.edu.",
        "@ MX 6 ns",
        "@ MX 7 ns.crepes.edu.",
        "@ MX 8 ns",
        NULL,
    };
    static const struct row rows[] = {
        { "the query's spelling first", "NS.Edu", "A", DNS_AUTH_DONE,
          "aa NOERROR\nanswer NS.Edu 3600 A 10.0.0.1\n" },
        { "a chain", "one.edu", "A", DNS_AUTH_DONE,
          "aa NOERROR\nanswer one.edu 3600 CNAME two.edu\nanswer two.edu 3600 CNAME ns.edu\nanswer ns.edu 3600 A 10.0.0.1\n" },
        { "a chain to no name", "gone.edu", "A", DNS_AUTH_DONE,
          "aa NXDOMAIN\nanswer gone.edu 3600 CNAME nothing.edu\n" EDU_SOA },
        { "a chain to no data", "nodata.edu", "A", DNS_AUTH_DONE,
          "aa NOERROR\nanswer nodata.edu 3600 CNAME txt.edu\n" EDU_SOA },
        { "a chain out", "out.edu", "A", DNS_AUTH_CNAME_OUT,
          "aa NOERROR\nanswer out.edu 3600 CNAME www.fr\n" },
        { "a chain over zones", "over.edu", "A", DNS_AUTH_DONE,
          "aa NOERROR\nanswer over.edu 3600 CNAME www.hamburger.edu\nanswer www.hamburger.edu 3600 CNAME web.hamburger.edu\n"
          "answer web.hamburger.edu 3600 A 10.0.0.4\n" },
        { "a chain into a delegation", "into.edu", "A", DNS_AUTH_REFERRED,
          "aa NOERROR\nanswer into.edu 3600 CNAME www.crepes.edu\nauthority crepes.edu 3600 NS ns.crepes.edu\n"
          "authority crepes.edu 3600 NS ns.fr\nadditional ns.crepes.edu 3600 A 10.0.0.3\n" },
        { "a chain to a wildcard", "wild.edu", "A", DNS_AUTH_DONE,
          "aa NOERROR\nanswer wild.edu 3600 CNAME x.y.any.edu\nanswer x.y.any.edu 3600 A 10.0.0.9\n" },
        { "a chain from a wildcard", "z.alias.edu", "A", DNS_AUTH_DONE,
          "aa NOERROR\nanswer z.alias.edu 3600 CNAME ns.edu\nanswer ns.edu 3600 A 10.0.0.1\n" },
        { "an alias of itself", "self.edu", "A", DNS_AUTH_DONE,
          "aa NOERROR\nanswer self.edu 3600 CNAME self.edu\n" },
        { "a ring", "ring1.edu", "A", DNS_AUTH_DONE,
          "aa NOERROR\nanswer ring1.edu 3600 CNAME ring2.edu\nanswer ring2.edu 3600 CNAME ring1.edu\n" },
        { "the alias is asked for", "one.edu", "CNAME", DNS_AUTH_DONE,
          "aa NOERROR\nanswer one.edu 3600 CNAME two.edu\n" },
        { "any type of an alias", "one.edu", "ANY", DNS_AUTH_DONE,
          "aa NOERROR\nanswer one.edu 3600 CNAME two.edu\n" },
        { "no data of a CNAME type", "ns.edu", "CNAME", DNS_AUTH_DONE, "aa NOERROR\n" EDU_SOA },
        { "the MINIMUM is less than the SOA's TTL", "no.edu", "A", DNS_AUTH_DONE, "aa NXDOMAIN\n" EDU_SOA },
        { "the SOA's TTL is less than the MINIMUM", "no.hamburger.edu", "A", DNS_AUTH_DONE,
          "aa NXDOMAIN\nauthority hamburger.edu 30 SOA ns.hamburger.edu host.hamburger.edu 1 2 3 4 60\n" },
        { "the SOA itself", "edu", "SOA", DNS_AUTH_DONE,
          "aa NOERROR\nanswer edu 300 SOA ns.edu host.edu 1 2 3 4 60\n" },
        { "servers of the zone", "edu", "NS", DNS_AUTH_DONE,
          "aa NOERROR\nanswer edu 3600 NS ns.edu\nadditional ns.edu 3600 A 10.0.0.1\nadditional ns.edu 3600 AAAA ::1\n" },
        { "servers of a zone below, here too", "hamburger.edu", "NS", DNS_AUTH_DONE,
          "aa NOERROR\nanswer hamburger.edu 3600 NS ns.hamburger.edu\nadditional ns.hamburger.edu 3600 A 10.0.0.2\n" },
        { "servers of a zone below, elsewhere", "crepes.edu", "NS", DNS_AUTH_REFERRED,
          "NOERROR\nauthority crepes.edu 3600 NS ns.crepes.edu\nauthority crepes.edu 3600 NS ns.fr\n"
          "additional ns.crepes.edu 3600 A 10.0.0.3\n" },
        { "each address once, glue too", "hamburger.edu", "MX", DNS_AUTH_DONE,
          "aa NOERROR\nanswer hamburger.edu 3600 MX 5 ns.edu\nanswer hamburger.edu 3600 MX 6 ns.hamburger.edu\n"
          "answer hamburger.edu 3600 MX 7 ns.crepes.edu\nanswer hamburger.edu 3600 MX 8 ns.hamburger.edu\n"
          "additional ns.edu 3600 A 10.0.0.1\nadditional ns.edu 3600 AAAA ::1\n"
          "additional ns.hamburger.edu 3600 A 10.0.0.2\nadditional ns.crepes.edu 3600 A 10.0.0.3\n" },
        { "DS is the parent's", "crepes.edu", "DS", DNS_AUTH_DONE,
          "aa NOERROR\nanswer crepes.edu 3600 DS 1 15 2 00\n" },
        { "no DS, says the parent", "hamburger.edu", "DS", DNS_AUTH_DONE, "aa NOERROR\n" EDU_SOA },
        { "DS below the cut is not", "www.crepes.edu", "DS", DNS_AUTH_REFERRED,
          "NOERROR\nauthority crepes.edu 3600 NS ns.crepes.edu\nauthority crepes.edu 3600 NS ns.fr\n"
          "additional ns.crepes.edu 3600 A 10.0.0.3\n" },
        { "DS of the top, with no parent here", "edu", "DS", DNS_AUTH_DONE, "aa NOERROR\n" EDU_SOA },
        { "not here", "fr", "A", DNS_AUTH_NO_ZONE, "REFUSED\n" },
        { "the root is not here", ".", "NS", DNS_AUTH_NO_ZONE, "REFUSED\n" },
        { "a zone transfer", "edu", "AXFR", DNS_AUTH_DONE, "REFUSED\n" },
        { "OPT is no question", "edu", "OPT", DNS_AUTH_DONE, "FORMERR\n" },
        { "an unknown type", "edu", "TYPE65280", DNS_AUTH_DONE, "aa NOERROR\n" EDU_SOA },
    };
    struct dns_zone *zones[] = { zone_of("edu", edu), zone_of("hamburger.edu", hamburger), NULL };
    struct dns_zone *turned[] = { zones[1], zones[0], NULL }; /* their order does not matter */

    (void)state;
    check(zones, rows, G_N_ELEMENTS(rows));
    check(turned, rows, G_N_ELEMENTS(rows));
    free_zones(zones);
}

static void test_auth_refuses_what_is_no_query_for_it(void **state)
{
    static const char *const lines[] = { "@ A 1.2.3.4", NULL };
    static const struct {
        const char *name;
        unsigned opcode, qclass, rcode;
        bool has_question;
    } rows[] = {
        { "a query", 0, DNS_IN, DNS_NOERROR, true },      { "class CH", 0, 3, DNS_REFUSED, true },
        { "class ANY", 0, 255, DNS_REFUSED, true },       { "NOTIFY", 4, DNS_IN, DNS_NOTIMP, true },
        { "no question", 0, DNS_IN, DNS_FORMERR, false },
    };
    struct dns_zone *z = zone_of("edu", lines);
    struct dns_msg query, response;

    (void)state;
    dns_msg_init(&query);
    dns_msg_init(&response);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ask(&query, "edu", "A");
        query.opcode = (uint8_t)rows[i].opcode;
        query.qclass = (uint16_t)rows[i].qclass;
        query.has_question = rows[i].has_question;
        query.rd = query.edns_do = true;
        if (dns_auth_answer(&z, 1, &query, 0, &response) != DNS_AUTH_DONE || response.rcode != rows[i].rcode)
            fail_msg("%s: %s", rows[i].name, dns_rcode_text(response.rcode));
        assert_true(response.rd && response.qr && response.opcode == rows[i].opcode);
        assert_int_equal(response.n[DNS_ANSWER], rows[i].rcode == DNS_NOERROR);
    }
    dns_msg_release(&query);
    dns_msg_release(&response);
    dns_zone_free(&z);
}

static void test_auth_rotates_addresses(void **state)
{
    static const char *const lines[] = { "www A 10.0.0.1", "www A 10.0.0.2", "www A 10.0.0.3",
                                         "@ MX 1 a",       "@ MX 1 b",       NULL };
    struct dns_zone *z = zone_of("edu", lines);
    struct dns_msg query, response;

    (void)state;
    dns_msg_init(&query);
    dns_msg_init(&response);
    for (unsigned turn = 0; turn < 7; turn++) {
        ask(&query, "www.edu", "A");
        dns_auth_answer(&z, 1, &query, turn, &response);
        for (unsigned i = 0; i < 3; i++)
            assert_int_equal(dns_rdata_a(response.rr[i].rdata), 0x0a000001 + (turn + i) % 3);
        ask(&query, "edu", "MX"); /* other types keep their order */
        dns_auth_answer(&z, 1, &query, turn, &response);
        assert_int_equal(response.rr[0].rdata.at[3], 'a');
    }
    dns_msg_release(&query);
    dns_msg_release(&response);
    dns_zone_free(&z);
}

/* A chain of any length ends, and what was found of it is said. */
static void test_auth_long_chains_end(void **state)
{
    struct dns_name origin = name_of("edu");
    struct dns_zone *z = dns_zone_new(&origin);
    struct dns_msg query, response;

    (void)state;
    for (int i = 0; i < 40; i++) {
        char line[64];

        g_snprintf(line, sizeof line, "n%d CNAME n%d", i, i + 1);
        add_line(z, line);
    }
    dns_msg_init(&query);
    dns_msg_init(&response);
    ask(&query, "n0.edu", "A");
    assert_int_equal(dns_auth_answer(&z, 1, &query, 0, &response), DNS_AUTH_DONE);
    assert_int_equal(response.rcode, DNS_NOERROR);
    assert_int_equal(response.n[DNS_ANSWER], 17);
    dns_msg_release(&query);
    dns_msg_release(&response);
    dns_zone_free(&z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_auth_answers_as_in_rfc1034),
        cmocka_unit_test(test_auth_wildcards_as_in_rfc4592),
        cmocka_unit_test(test_auth_answers),
        cmocka_unit_test(test_auth_refuses_what_is_no_query_for_it),
        cmocka_unit_test(test_auth_rotates_addresses),
        cmocka_unit_test(test_auth_long_chains_end),
    };

    return cmocka_run_group_tests_name("dns_auth", tests, NULL, NULL);
}
