#include "dns_help.h"

#include "core/rng.h"

static const char origin_text[] = "hamburger.edu";

/* What a line becomes: "owner ttl TYPE data", as for people; then the line that it is written back as. */
static void test_rr_reads_lines(void **state)
{
    static const struct {
        const char *line, *means, *again;
    } rows[] = {
        { "www 300 A 212.212.212.1", "www.hamburger.edu 300 A 212.212.212.1", "www 300 A 212.212.212.1" },
        { "www A 212.212.212.1", "www.hamburger.edu 7200 A 212.212.212.1", "www 7200 A 212.212.212.1" },
        { "www 0 A 1.2.3.4", "www.hamburger.edu 0 A 1.2.3.4", "www 0 A 1.2.3.4" },
        { "www IN 1h30m A 1.2.3.4", "www.hamburger.edu 5400 A 1.2.3.4", "www 5400 A 1.2.3.4" },
        { "www 1W in a 1.2.3.4", "www.hamburger.edu 604800 A 1.2.3.4", "www 604800 A 1.2.3.4" },
        { "www 2147483647 A 1.2.3.4", "www.hamburger.edu 2147483647 A 1.2.3.4", NULL },
        { "\t www\tA\t1.2.3.4 ; comment", "www.hamburger.edu 7200 A 1.2.3.4", NULL },
        { "www.crepes.fr. A 1.2.3.4", "www.crepes.fr 7200 A 1.2.3.4", "www.crepes.fr. 7200 A 1.2.3.4" },
        { "10 A 1.2.3.4", "10.hamburger.edu 7200 A 1.2.3.4", "10 7200 A 1.2.3.4" },
        { "a A 1.2.3.4", "a.hamburger.edu 7200 A 1.2.3.4", "a 7200 A 1.2.3.4" },
        { "mx 300 A 1.2.3.4", "mx.hamburger.edu 300 A 1.2.3.4", NULL },
        { "mx IN 300 MX 10 mx", "mx.hamburger.edu 300 MX 10 mx.hamburger.edu", "mx 300 MX 10 mx" },
        { "*.x A 1.2.3.4", "*.x.hamburger.edu 7200 A 1.2.3.4", "*.x 7200 A 1.2.3.4" },
        { "www AAAA 2001:DB8::1", "www.hamburger.edu 7200 AAAA 2001:db8::1", "www 7200 AAAA 2001:db8::1" },
        { "@ NS ns", "hamburger.edu 7200 NS ns.hamburger.edu", "@ 7200 NS ns" },
        { "@ NS a.edu-servers.net.", "hamburger.edu 7200 NS a.edu-servers.net",
          "@ 7200 NS a.edu-servers.net." },
        { "ftp CNAME @", "ftp.hamburger.edu 7200 CNAME hamburger.edu", "ftp 7200 CNAME @" },
        { "ftp CNAME \\064.x", "ftp.hamburger.edu 7200 CNAME \\@.x.hamburger.edu", "ftp 7200 CNAME \\@.x" },
        { "1 PTR Host.Crepes.FR.", "1.hamburger.edu 7200 PTR Host.Crepes.FR", "1 7200 PTR Host.Crepes.FR." },
        { "@ MX 10 mail", "hamburger.edu 7200 MX 10 mail.hamburger.edu", "@ 7200 MX 10 mail" },
        { "@ MX 0 .", "hamburger.edu 7200 MX 0 .", "@ 7200 MX 0 ." },
        { "@ MX 10 10.0.0.1.", "hamburger.edu 7200 MX 10 10.0.0.1", "@ 7200 MX 10 10.0.0.1." },
        { "@ SOA ns alice\\.b 1 2h 15m 2w 3600",
          "hamburger.edu 7200 SOA ns.hamburger.edu alice\\.b.hamburger.edu 1 7200 900 1209600 3600",
          "@ 7200 SOA ns alice\\.b 1 7200 900 1209600 3600" },
        { "@ SOA ns host ( 4294967295 1 2 3 4 )",
          "hamburger.edu 7200 SOA ns.hamburger.edu host.hamburger.edu 4294967295 1 2 3 4", NULL },
        { "@ TXT hello", "hamburger.edu 7200 TXT \"hello\"", "@ 7200 TXT \"hello\"" },
        { "@ TXT one \"two ; (not a comment)\"", "hamburger.edu 7200 TXT \"one\" \"two ; (not a comment)\"",
          NULL },
        { "@ TXT \"\"", "hamburger.edu 7200 TXT \"\"", NULL },
        { "@ TXT \"a\\\"b\\\\c\\009\"", "hamburger.edu 7200 TXT \"a\\\"b\\\\c\\009\"", NULL },
        { "ext TYPE65280 \\# 2 abcd", "ext.hamburger.edu 7200 TYPE65280 \\# 2 abcd",
          "ext 7200 TYPE65280 \\# 2 abcd" },
        { "ext TYPE65280 \\# 0", "ext.hamburger.edu 7200 TYPE65280 \\# 0", NULL },
        { "ext TYPE65280 \\# 3 ab cd EF", "ext.hamburger.edu 7200 TYPE65280 \\# 3 abcdef", NULL },
        { "ext TYPE1 \\# 4 01020304", "ext.hamburger.edu 7200 A 1.2.3.4", "ext 7200 A 1.2.3.4" },
        { "ext TYPE1 1.2.3.4", "ext.hamburger.edu 7200 A 1.2.3.4", NULL },
        { "_sip._tcp SRV 0 5 5060 sip", "_sip._tcp.hamburger.edu 7200 SRV 0 5 5060 sip.hamburger.edu.",
          "_sip._tcp 7200 SRV 0 5 5060 sip.hamburger.edu." },
        { "@ CAA 0 issue \"ca.example\"", "hamburger.edu 7200 CAA 0 issue \"ca.example\"", NULL },
        { "@ HINFO \"PDP-11/70\" UNIX", "hamburger.edu 7200 HINFO \"PDP-11/70\" \"UNIX\"", NULL },
    };
    struct dns_name origin = name_of(origin_text);

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) again = g_string_new(NULL);
        char error[160], name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX], data[512], means[1024];
        struct dns_rr r;

        if (!dns_rr_parse(span_of(rows[i].line), &origin, 7200, &r, error))
            fail_msg("%s: %s", rows[i].line, error);
        dns_rdata_text(data, sizeof data, r.type, span_bytes(r.rdata, r.rdlength));
        g_snprintf(means, sizeof means, "%s %u %s %s", dns_name_text(name, &r.name), r.ttl_s,
                   dns_type_text(type, r.type), data);
        if (strcmp(means, rows[i].means) != 0)
            fail_msg("%s means %s", rows[i].line, means);
        dns_rr_line(&r, &origin, again);
        if (rows[i].again != NULL && strcmp(again->str, rows[i].again) != 0)
            fail_msg("%s is written back as %s", rows[i].line, again->str);
        dns_rr_release(&r);
    }
}

#define FIFTY "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwx"

static void test_rr_says_what_is_wrong(void **state)
{
    static const struct {
        const char *line, *part; /* of the message */
    } rows[] = {
        { "", "empty" },
        { "  ; only a comment", "empty" },
        { "www", "a record is a name, a type and data" },
        { "www 300 IN", "a record is a name, a type and data" },
        { "A 10.0.0.1", "begins with its name" },
        { "MX 10 mail", "begins with its name" },
        { "www A", "A needs an IPv4 address like 192.0.2.1" },
        { "www A abc", "A needs an IPv4 address like 192.0.2.1, not 'abc'" },
        { "www A 1.2.3", "not '1.2.3'" },
        { "www A 1.2.3.256", "not '1.2.3.256'" },
        { "www A 1.2.3.4 5.6.7.8", "not '1.2.3.4 5.6.7.8'" },
        { "www A 2001:db8::1", "IPv4 address" },
        { "www AAAA 1.2.3.4", "AAAA needs an IPv6 address like 2001:db8::1, not '1.2.3.4'" },
        { "www AAAA 2001:db8::1::2", "IPv6 address" },
        { "@ MX mail", "MX needs a preference (0 to 65535) and a name, like \"10 mail\", not 'mail'" },
        { "@ MX mail 10", "MX needs a preference" },
        { "@ MX 10", "MX needs a preference" },
        { "@ MX 65536 mail", "MX needs a preference" },
        { "@ MX -1 mail", "MX needs a preference" },
        { "@ MX 10 mail mail2", "MX needs a preference" },
        { "@ MX 10 10.0.0.1", "MX: its host is a name, not an address like '10.0.0.1'" },
        { "@ MX 10 mail..edu", "MX: its host 'mail..edu': a label is empty" },
        { "@ NS", "NS needs the name of a server" },
        { "@ NS a b", "NS needs one name, not 'a b'" },
        { "@ NS 10.0.0.1", "not an address" },
        { "www CNAME", "CNAME needs the name that it stands for" },
        { "www CNAME caf\xc3\xa9.fr.", "a name is ASCII" },
        { "www CNAME " FIFTY FIFTY, "longer than 63" },
        { "@ SOA ns hostmaster 1 2 3 4", "SOA needs a primary server, a mailbox and five numbers" },
        { "@ SOA ns alice@crepes.fr 1 2 3 4 5", "a dot where an address has '@'" },
        { "@ SOA ns host -1 2 3 4 5", "serial" },
        { "@ SOA ns host 4294967296 2 3 4 5", "serial" },
        { "@ SOA ns host 1 2 3 4 soon", "not 'soon'" },
        { "@ TXT", "TXT needs a string" },
        { "@ TXT \"open", "a quoted string does not end" },
        { "@ TXT " FIFTY FIFTY FIFTY FIFTY FIFTY "123456", "255 octets" },
        { "@ TXT \"" FIFTY FIFTY FIFTY FIFTY FIFTY "12345\\065\"", "255 octets" },
        { "@ SOA ns host (1 2 3 4 5", "a '(' without its ')'" },
        { "@ SOA ns host 1 2 3 4 5)", "a ')' without its '('" },
        { "www A 1.2.3.4\nwww A 1.2.3.5", "one line" },
        { "www A 1.2.3.4\x01", "control character" },
        { "www BOGUS 1", "'BOGUS' is no record type" },
        { "www CH A 1.2.3.4", "the class is always IN" },
        { "www ANY 1", "no record has the type ANY" },
        { "www OPT 1", "no record has the type OPT" },
        { "www TYPE255 \\# 0", "no record has the type TYPE255" },
        { "www TYPE0 \\# 0", "is no record type" },
        { "www TYPE65536 \\# 0", "is no record type" },
        { "www 2147483648 A 1.2.3.4", "at most 2147483647" },
        { "www 99999999999 A 1.2.3.4", "'99999999999' is no TTL" },
        { "www 5x A 1.2.3.4", "'5x' is no TTL" },
        { "www 30 60 A 1.2.3.4", "two TTLs" },
        { "w..w A 1.2.3.4", "the name 'w..w': a label is empty" },
        { "ext TYPE65280 hello", "\\# LENGTH HEX" },
        { "ext TYPE65280 \\#", "the length in octets" },
        { "ext TYPE65280 \\# x", "the length in octets" },
        { "ext TYPE65280 \\# 65536 00", "the length in octets" },
        { "ext TYPE65280 \\# 2 abc", "2 octets, 3 hexadecimal digits" },
        { "ext TYPE65280 \\# 1 abcd", "1 octets, 4 hexadecimal digits" },
        { "ext TYPE65280 \\# 1 0g", "'g' is no hexadecimal digit" },
        { "ext A \\# 3 010203", "no data of type A" },
        { "ext MX \\# 3 000a00ff", "3 octets" },
        { "ext MX \\# 2 000a", "no data of type MX" },
        { "ext TXT \\# 2 0561", "no data of type TXT" },
        { "_x SRV 0 5 sip", "SRV: cannot read '0 5 sip'" },
    };
    struct dns_name origin = name_of(origin_text);

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char error[160] = "";
        struct dns_rr r;

        if (dns_rr_parse(span_of(rows[i].line), &origin, 7200, &r, error))
            fail_msg("taken: %s", rows[i].line);
        if (strstr(error, rows[i].part) == NULL)
            fail_msg("%s: %s", rows[i].line, error);
        assert_null(r.rdata);
    }
}

/* ldns would join a long relative name to its origin without counting. */
static void test_rr_counts_names_in_data(void **state)
{
    struct dns_name origin = name_of(FIFTY "." FIFTY "." FIFTY "." FIFTY ".edu");
    char error[160];
    struct dns_rr r;

    (void)state;
    assert_int_equal(origin.len, 209);
    assert_true(dns_rr_parse(SPAN("@ CNAME "
                                  "abcdefghijklmnopqrstuvwxyz0123456789012345678"),
                             &origin, 1, &r, error));
    assert_int_equal(r.rdlength, 255);
    dns_rr_release(&r);
    assert_false(dns_rr_parse(SPAN("@ CNAME "
                                   "abcdefghijklmnopqrstuvwxyz01234567890123456789"),
                              &origin, 1, &r, error));
    assert_non_null(strstr(error, "255"));
}

/* ldns would cut it without a word. */
static void test_rr_takes_long_data_whole_or_not_at_all(void **state)
{
    g_autoptr(GString) text = g_string_new("@ TXT"), hex = g_string_new(NULL);
    struct dns_name origin = name_of(origin_text);
    struct dns_rr r, again;
    char error[160];

    (void)state;
    for (int i = 0; i < 200; i++)
        g_string_append(text, " \"" FIFTY FIFTY FIFTY FIFTY FIFTY "12345\"");
    assert_true(dns_rr_parse(span_of(text->str), &origin, 1, &r, error));
    assert_int_equal(r.rdlength, 200 * 256);
    dns_rr_release(&r);
    for (int i = 200; i < 255; i++)
        g_string_append(text, " \"" FIFTY FIFTY FIFTY FIFTY FIFTY "12345\"");
    assert_false(dns_rr_parse(span_of(text->str), &origin, 1, &r, error));
    assert_non_null(strstr(error, "longer than"));

    r = (struct dns_rr){ .name = origin, .type = DNS_TXT, .rdlength = 65535, .rdata = g_malloc0(65535) };
    dns_rr_line(&r, &origin, hex); /* 65535 empty strings */
    assert_true(dns_rr_parse(span_of(hex->str), &origin, 1, &again, error));
    assert_true(span_is(span_bytes(r.rdata, r.rdlength), span_bytes(again.rdata, again.rdlength)));
    dns_rr_release(&again);
    dns_rr_release(&r);
}

/* Any data of any type comes back as it was from its own line. */
static void test_rr_line_round_trip(void **state)
{
    static const uint16_t types[] = { DNS_A,    DNS_NS,  DNS_CNAME, DNS_SOA,  DNS_PTR, DNS_MX, DNS_TXT,
                                      DNS_AAAA, DNS_SRV, DNS_DS,    DNS_NSEC, 13,      29,     35,
                                      48,       52,      64,        257,      3,       99,     65280 };
    struct dns_name origin = name_of(origin_text);
    struct rng rng;
    int valid = 0;

    (void)state;
    rng_init(&rng, 1, SPAN("lines"));
    for (int round = 0; round < 6000; round++) {
        g_autoptr(GString) line = g_string_new(NULL);
        uint8_t octets[64];
        struct dns_rr r = { .name = origin, .ttl_s = rng_below(&rng, 1000), .rdata = octets }, again;
        char error[160];

        r.type = types[rng_below(&rng, G_N_ELEMENTS(types))];
        r.rdlength = (uint16_t)rng_below(&rng, sizeof octets);
        for (unsigned i = 0; i < r.rdlength; i++)
            octets[i] = (uint8_t)(rng_below(&rng, 3) ? rng_below(&rng, 8) : rng_next(&rng));
        if (!dns_rdata_is_valid(r.type, span_bytes(octets, r.rdlength)))
            continue;
        valid++;
        dns_rr_line(&r, &origin, line);
        if (!dns_rr_parse(span_of(line->str), &origin, 1, &again, error))
            fail_msg("%s: %s", line->str, error);
        if (again.type != r.type || again.ttl_s != r.ttl_s || !dns_name_equal(&again.name, &r.name) ||
            !span_is(span_bytes(again.rdata, again.rdlength), span_bytes(octets, r.rdlength)))
            fail_msg("%s", line->str);
        dns_rr_release(&again);
    }
    assert_true(valid > 1000);
}

static void test_rr_types_by_name(void **state)
{
    static const struct {
        const char *name;
        uint16_t type;
        const char *again;
    } rows[] = {
        { "A", 1, "A" },        { "mx", 15, "MX" },
        { "Aaaa", 28, "AAAA" }, { "SRV", 33, "SRV" },
        { "ANY", 255, "ANY" },  { "AXFR", 252, "AXFR" },
        { "TYPE15", 15, "MX" }, { "type65280", 65280, "TYPE65280" },
        { "CAA", 257, "CAA" },  { "OPT", 41, "OPT" },
        { "", 0, NULL },        { "TYPE", 0, NULL },
        { "TYPEx", 0, NULL },   { "TYPE65536", 0, NULL },
        { "MXX", 0, NULL },     { "NOTATYPEATALLNOTATYPE", 0, NULL },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char text[DNS_TYPE_TEXT_MAX];

        if (dns_type_parse(span_of(rows[i].name)) != rows[i].type)
            fail_msg("%s", rows[i].name);
        if (rows[i].again != NULL)
            assert_string_equal(dns_type_text(text, rows[i].type), rows[i].again);
    }
    for (unsigned t = 1; t < 65536; t++) {
        char text[DNS_TYPE_TEXT_MAX];

        if (dns_type_parse(span_of(dns_type_text(text, (uint16_t)t))) != t)
            fail_msg("%u is %s", t, text);
    }
}

static void test_rr_fields_of_the_data(void **state)
{
    struct dns_rr mx = rr_of("hamburger.edu MX 258 Mail.hamburger.edu"), a = rr_of("x A 10.1.2.3");
    struct dns_rr soa = rr_of("hamburger.edu SOA ns.edu host.edu 1 2 3 4 5");
    struct dns_name n, mail = name_of("mail.hamburger.edu"), ns = name_of("ns.edu");
    struct span data = span_bytes(mx.rdata, mx.rdlength);

    (void)state;
    assert_int_equal(dns_rdata_mx_preference(data), 258);
    assert_true(dns_rdata_name(DNS_MX, data, &n) && dns_name_equal(&n, &mail));
    assert_true(dns_rdata_name(DNS_SOA, span_bytes(soa.rdata, soa.rdlength), &n) && dns_name_equal(&n, &ns));
    assert_int_equal(dns_rdata_a(span_bytes(a.rdata, a.rdlength)), 0x0a010203);
    assert_false(dns_rdata_name(DNS_A, span_bytes(a.rdata, a.rdlength), &n));
    assert_false(dns_rdata_name(DNS_MX, SPAN("\0"), &n));
    assert_false(dns_rdata_name(DNS_MX, SPAN("\0\0"), &n));
    assert_false(dns_rdata_name(DNS_NS, SPAN("\3ed"), &n));
    assert_int_equal(dns_rdata_a(SPAN("abc")), 0);
    assert_int_equal(dns_rdata_mx_preference(SPAN("a")), 0);
    dns_rr_release(&mx);
    dns_rr_release(&a);
    dns_rr_release(&soa);
}

static void test_rr_data_equal_but_for_case_in_names(void **state)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } rows[] = {
        { "x NS A.edu", "x NS a.EDU", true },
        { "x MX 1 A.edu", "x MX 1 a.EDU", true },
        { "x MX 65 a", "x MX 97 a", false }, /* 'A' and 'a' in the preference are numbers */
        { "x SOA a b 65 65 65 65 65", "x SOA A B 65 65 65 65 65", true },
        { "x SOA a b 65 65 65 65 65", "x SOA a b 65 65 65 65 97", false },
        { "x TXT a", "x TXT A", false },
        { "x A 65.65.65.65", "x A 97.97.97.97", false },
        { "x TYPE65280 \\# 1 41", "x TYPE65280 \\# 1 61", false },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct dns_rr a = rr_of(rows[i].a), b = rr_of(rows[i].b);

        if (dns_rdata_equal(a.type, span_bytes(a.rdata, a.rdlength), span_bytes(b.rdata, b.rdlength)) !=
            rows[i].equal)
            fail_msg("%s and %s", rows[i].a, rows[i].b);
        dns_rr_release(&a);
        dns_rr_release(&b);
    }
}

static void test_rr_text_is_cut_to_its_room(void **state)
{
    struct dns_rr r = rr_of("hamburger.edu MX 10 mail.hamburger.edu");
    char text[8];

    (void)state;
    assert_string_equal(dns_rdata_text(text, sizeof text, r.type, span_bytes(r.rdata, r.rdlength)),
                        "10 mail");
    dns_rr_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rr_reads_lines),
        cmocka_unit_test(test_rr_says_what_is_wrong),
        cmocka_unit_test(test_rr_counts_names_in_data),
        cmocka_unit_test(test_rr_takes_long_data_whole_or_not_at_all),
        cmocka_unit_test(test_rr_line_round_trip),
        cmocka_unit_test(test_rr_types_by_name),
        cmocka_unit_test(test_rr_fields_of_the_data),
        cmocka_unit_test(test_rr_data_equal_but_for_case_in_names),
        cmocka_unit_test(test_rr_text_is_cut_to_its_room),
    };

    return cmocka_run_group_tests_name("dns_rr", tests, NULL, NULL);
}
