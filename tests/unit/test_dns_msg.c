#include "dns_help.h"

#include <ldns/ldns.h>

#include "core/rng.h"

/* "00 01 6d61 'www'" into octets; what is quoted becomes a label. */
static size_t octets_of(const char *hex, uint8_t *out)
{
    size_t n = 0;

    for (const char *at = hex; *at != '\0';) {
        if (*at == ' ') {
            at++;
        } else if (*at == '\'') {
            size_t len = strcspn(at + 1, "'");

            out[n++] = (uint8_t)len;
            memcpy(out + n, at + 1, len);
            n += len;
            at += len + 2;
        } else {
            out[n++] = (uint8_t)(g_ascii_xdigit_value(at[0]) << 4 | g_ascii_xdigit_value(at[1]));
            at += 2;
        }
    }
    return n;
}

/* Records that a message under construction borrows from. */
struct kept {
    struct dns_rr rr[64];
    unsigned n;
};

static void put(struct dns_msg *m, struct kept *k, enum dns_section s, const char *line)
{
    struct dns_rr *r = &k->rr[k->n++];

    assert_true(k->n <= G_N_ELEMENTS(k->rr));
    *r = rr_of(line);
    dns_msg_add(m, s, &r->name, r->type, r->ttl_s, span_bytes(r->rdata, r->rdlength));
}

static void release(struct dns_msg *m, struct kept *k)
{
    while (k->n > 0)
        dns_rr_release(&k->rr[--k->n]);
    dns_msg_release(m);
}

/* ---- Octet for octet. */

static void test_msg_writes_compressed_octets(void **state)
{
    /* The names of RFC 1035 §4.1.4 (F.ISI.ARPA, FOO.F.ISI.ARPA, ARPA and the root), then data of every kind.
     */
    static const char expected[] =
        "1267 8580 0001 0007 0000 0000"
        "'F' 'ISI' 'ARPA' 00 0001 0001"               /* 12: F, 14: ISI, 18: ARPA */
        "'FOO' c00c 0001 0001 00000e10 0004 0a000001" /* 28 */
        "c012 0001 0001 00000e10 0004 0a000002"       /* ARPA */
        "00 0001 0001 00000e10 0004 0a000003"         /* the root */
        "c01c 0002 0001 00000e10 0005 'NS' c00c"      /* FOO.F.ISI.ARPA NS NS.F.ISI.ARPA */
        "c01c 000f 0001 00000e10 0004 0102 c00c"      /* MX 258 F.ISI.ARPA */
        "c00c 0006 0001 00000e10 0018 c05b c01c 00000001 00000002 00000003 00000004 00000005"
        "c00c 0021 0001 00000e10 0012 0000 0005 13c4 'F' 'ISI' 'ARPA' 00"; /* SRV: not compressed (RFC 3597
                                                                              §4) */
    uint8_t want[512], got[512];
    size_t n_want = octets_of(expected, want), n_got;
    struct dns_msg m;
    struct kept k = { 0 };

    (void)state;
    dns_msg_init(&m);
    ask(&m, "F.ISI.ARPA", "A");
    m.id = 0x1267;
    m.qr = m.aa = m.rd = m.ra = true;
    put(&m, &k, DNS_ANSWER, "FOO.F.ISI.ARPA A 10.0.0.1");
    put(&m, &k, DNS_ANSWER, "ARPA A 10.0.0.2");
    put(&m, &k, DNS_ANSWER, ". A 10.0.0.3");
    put(&m, &k, DNS_ANSWER, "FOO.F.ISI.ARPA NS NS.F.ISI.ARPA");
    put(&m, &k, DNS_ANSWER, "FOO.F.ISI.ARPA MX 258 F.ISI.ARPA");
    put(&m, &k, DNS_ANSWER, "F.ISI.ARPA SOA NS.F.ISI.ARPA FOO.F.ISI.ARPA 1 2 3 4 5");
    put(&m, &k, DNS_ANSWER, "F.ISI.ARPA SRV 0 5 5060 F.ISI.ARPA");
    n_got = dns_msg_write(&m, got, sizeof got, sizeof got);
    for (size_t i = 0; i < MIN(n_got, n_want); i++)
        if (got[i] != want[i])
            fail_msg("octet %zu is %02x, not %02x", i, got[i], want[i]);
    assert_int_equal(n_got, n_want);
    release(&m, &k);
}

static void test_msg_keeps_case(void **state)
{
    struct dns_msg m, again;
    struct kept k = { 0 };
    uint8_t wire[512];
    size_t n;

    (void)state;
    dns_msg_init(&m);
    dns_msg_init(&again);
    ask(&m, "wWw.Hamburger.edu", "A");
    put(&m, &k, DNS_ANSWER, "wWw.Hamburger.edu CNAME web.hamburger.EDU");
    put(&m, &k, DNS_ANSWER, "WEB.hamburger.EDU A 10.0.0.1");
    n = dns_msg_write(&m, wire, sizeof wire, sizeof wire);
    assert_true(dns_msg_parse(&again, span_bytes(wire, n)));
    assert_memory_equal(again.qname.wire, m.qname.wire, m.qname.len);
    for (int i = 0; i < 2; i++) {
        assert_memory_equal(again.rr[i].name->wire, m.rr[i].name->wire, m.rr[i].name->len);
        assert_true(span_is(again.rr[i].rdata, m.rr[i].rdata));
    }
    dns_msg_release(&again);
    release(&m, &k);
}

/* ---- Reading what others write. */

#define QUESTION "'www' 'edu' 00 0001 0001" /* www at 12, edu at 16; what follows begins at 25, 0x19 */

static void test_msg_reads(void **state)
{
    static const struct {
        const char *name, *octets, *means;
    } rows[] = {
        { "a question", "0001 0100 0001 0000 0000 0000" QUESTION, "NOERROR\n" },
        { "no question", "0001 8005 0000 0000 0000 0000", "REFUSED\n" },
        { "not compressed",
          "0001 8400 0001 0001 0000 0000" QUESTION "'www' 'edu' 00 0001 0001 0000003c 0004 01020304",
          "aa NOERROR\nanswer www.edu 60 A 1.2.3.4\n" },
        { "a pointer to a pointer",
          "0001 8000 0001 0002 0000 0000" QUESTION "c00c 0001 0001 0000003c 0004 01020304"
          "c019 0001 0001 0000003c 0004 01020305",
          "NOERROR\nanswer www.edu 60 A 1.2.3.4\nanswer www.edu 60 A 1.2.3.5\n" },
        { "a pointer into data",
          "0001 8000 0001 0002 0000 0000" QUESTION "c010 0002 0001 0000003c 0005 'ns' c010"
          "c025 0001 0001 0000003c 0004 01020304",
          "NOERROR\nanswer edu 60 NS ns.edu\nanswer ns.edu 60 A 1.2.3.4\n" },
        { "names in SOA",
          "0001 8000 0001 0000 0001 0000" QUESTION
          "c010 0006 0001 0000003c 001d 'ns' c010 'h' c010 00000001 00000002 00000003 00000004 00000005",
          "NOERROR\nauthority edu 60 SOA ns.edu h.edu 1 2 3 4 5\n" },
        { "a root owner and an unknown type",
          "0001 8000 0001 0001 0000 0000" QUESTION "00 ff00 0001 0000003c 0002 c00c",
          "NOERROR\nanswer . 60 TYPE65280 \\# 2 c00c\n" },
        { "empty data of an unknown type",
          "0001 8000 0001 0001 0000 0000" QUESTION "c00c ff00 0001 0000003c 0000",
          "NOERROR\nanswer www.edu 60 TYPE65280 \\# 0\n" },
        { "an A of another class",
          "0001 8000 0001 0001 0000 0000" QUESTION "c00c 0001 0003 0000003c 0002 abcd",
          "NOERROR\nanswer www.edu 60 A \\# 2 abcd\n" },
        { "an OPT between others",
          "0001 8000 0001 0000 0000 0003" QUESTION "c00c 0001 0001 0000003c 0004 01020304"
          "00 0029 04d0 00008000 0000"
          "c00c 0001 0001 0000003c 0004 01020305",
          "NOERROR\nadditional www.edu 60 A 1.2.3.4\nadditional www.edu 60 A 1.2.3.5\n" },
        { "an OPT with options",
          "0001 8000 0001 0000 0000 0001" QUESTION "00 0029 04d0 00000000 0008 0003 0004 61626364",
          "NOERROR\n" },
        { "BADVERS", "0001 8000 0001 0000 0000 0001" QUESTION "00 0029 04d0 01000000 0000", "BADVERS\n" },
    };
    struct dns_msg m;

    (void)state;
    dns_msg_init(&m);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) means = g_string_new(NULL);
        uint8_t wire[512];

        if (!dns_msg_parse(&m, span_bytes(wire, octets_of(rows[i].octets, wire))))
            fail_msg("%s", rows[i].name);
        print_msg(means, &m);
        if (strcmp(means->str, rows[i].means) != 0)
            fail_msg("%s: %s", rows[i].name, means->str);
    }
    dns_msg_release(&m);
}

static void test_msg_refuses_malformed(void **state)
{
    static const struct {
        const char *name, *octets;
    } rows[] = {
        { "nothing", "" },
        { "eleven octets", "0001 0100 0000 0000 0000 00" },
        { "two questions", "0001 0100 0002 0000 0000 0000" QUESTION QUESTION },
        { "a question that is not there", "0001 0100 0001 0000 0000 0000" },
        { "a question without class", "0001 0100 0001 0000 0000 0000 'www' 00 0001" },
        { "a name without end", "0001 0100 0001 0000 0000 0000 'www'" },
        { "a label past the end", "0001 0100 0001 0000 0000 0000 3f 61 62" },
        { "more than it counts", "0001 0100 0001 0000 0000 0000" QUESTION "00" },
        { "an answer too few", "0001 8000 0001 0001 0000 0000" QUESTION },
        { "an answer past the last",
          "0001 8000 0001 0000 0000 0000" QUESTION "c00c 0001 0001 0000003c 0004 01020304" },
        { "a pointer to itself", "0001 0100 0001 0000 0000 0000 c00c 0001 0001" },
        { "a pointer forwards", "0001 0100 0001 0000 0000 0000 c00e 00 0001 0001" },
        { "a pointer into its own label", "0001 0100 0001 0000 0000 0000 'www' c00d 0001 0001" },
        { "a pointer to its own start", "0001 0100 0001 0000 0000 0000 'www' c00c 0001 0001" },
        { "two pointers in a ring",
          "0001 8000 0001 0001 0000 0000" QUESTION "c01b c019 0001 0001 0000003c 0000" },
        { "a pointer into the header",
          "0001 8000 0001 0001 0000 0000" QUESTION "c000 0001 0001 0000003c 0004 01020304" },
        { "half a pointer", "0001 8000 0001 0001 0000 0000" QUESTION "c0" },
        { "label kind 01", "0001 0100 0001 0000 0000 0000 41 61 00 0001 0001" },
        { "label kind 10", "0001 0100 0001 0000 0000 0000 81 61 00 0001 0001" },
        { "a record without its fields",
          "0001 8000 0001 0001 0000 0000" QUESTION "c00c 0001 0001 0000003c 00" },
        { "data past the end",
          "0001 8000 0001 0001 0000 0000" QUESTION "c00c 0001 0001 0000003c 0005 01020304" },
        { "A of 3 octets", "0001 8000 0001 0001 0000 0000" QUESTION "c00c 0001 0001 0000003c 0003 010203" },
        { "A of 5 octets",
          "0001 8000 0001 0001 0000 0000" QUESTION "c00c 0001 0001 0000003c 0005 0102030405" },
        { "AAAA of 4 octets",
          "0001 8000 0001 0001 0000 0000" QUESTION "c00c 001c 0001 0000003c 0004 01020304" },
        { "NS without data", "0001 8000 0001 0001 0000 0000" QUESTION "c00c 0002 0001 0000003c 0000" },
        { "NS with more than a name",
          "0001 8000 0001 0001 0000 0000" QUESTION "c00c 0002 0001 0000003c 0003 c00c 00" },
        { "NS whose name goes on past its data",
          "0001 8000 0001 0001 0000 0001" QUESTION "c00c 0002 0001 0000003c 0001 02 6e73 00" },
        { "MX of 1 octet", "0001 8000 0001 0001 0000 0000" QUESTION "c00c 000f 0001 0000003c 0001 00" },
        { "MX without name", "0001 8000 0001 0001 0000 0000" QUESTION "c00c 000f 0001 0000003c 0002 000a" },
        { "SOA without numbers",
          "0001 8000 0001 0001 0000 0000" QUESTION "c00c 0006 0001 0000003c 0004 c00c c00c" },
        { "SOA with one name",
          "0001 8000 0001 0001 0000 0000" QUESTION
          "c00c 0006 0001 0000003c 0016 c00c 00000001 00000002 00000003 00000004 00000005" },
        { "TXT without string", "0001 8000 0001 0001 0000 0000" QUESTION "c00c 0010 0001 0000003c 0000" },
        { "TXT with a string past its data",
          "0001 8000 0001 0001 0000 0000" QUESTION "c00c 0010 0001 0000003c 0002 0261" },
        { "two OPT",
          "0001 8000 0001 0000 0000 0002" QUESTION "00 0029 04d0 00000000 0000 00 0029 04d0 00000000 0000" },
        { "OPT among the answers", "0001 8000 0001 0001 0000 0000" QUESTION "00 0029 04d0 00000000 0000" },
        { "OPT with a name", "0001 8000 0001 0000 0000 0001" QUESTION "c00c 0029 04d0 00000000 0000" },
        { "OPT with half an option",
          "0001 8000 0001 0000 0000 0001" QUESTION "00 0029 04d0 00000000 0003 000300" },
        { "OPT with an option past its end",
          "0001 8000 0001 0000 0000 0001" QUESTION "00 0029 04d0 00000000 0004 0003 0001" },
    };
    struct dns_msg m;

    (void)state;
    dns_msg_init(&m);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint8_t wire[512];
        size_t n = octets_of(rows[i].octets, wire);
        g_autofree uint8_t *exact = g_memdup2(wire, n); /* the sanitizer sees a read past its end */

        if (dns_msg_parse(&m, span_bytes(exact, n)))
            fail_msg("taken: %s", rows[i].name);
        if (m.n[DNS_ANSWER] + m.n[DNS_AUTHORITY] + m.n[DNS_ADDITIONAL] != 0)
            fail_msg("left records: %s", rows[i].name);
        if (n >= DNS_HEADER && (m.id != 1 || m.qr != wire[2] >> 7 || m.rd != (wire[2] & 1)))
            fail_msg("no header for FORMERR: %s", rows[i].name);
    }
    dns_msg_release(&m);
}

/* Names of 255 octets, however they are put together, and not one more. */
static void test_msg_counts_names_across_pointers(void **state)
{
    struct dns_msg m;

    (void)state;
    dns_msg_init(&m);
    for (unsigned last = 1; last <= 63; last++) {
        uint8_t wire[1024];
        /* 12: three labels of 63 and the root, 193 octets; then an answer that puts `last` octets before them
         */
        size_t n = octets_of("0001 8000 0001 0001 0000 0000", wire), answer;

        for (int label = 0; label < 3; label++) {
            wire[n++] = 63;
            memset(wire + n, 'a' + label, 63);
            n += 63;
        }
        n += octets_of("00 0001 0001", wire + n);
        answer = n;
        wire[n++] = (uint8_t)last;
        memset(wire + n, 'x', last);
        n += last;
        n += octets_of("c00c 0001 0001 0000003c 0004 01020304", wire + n);
        if (dns_msg_parse(&m, span_bytes(wire, n)) != (1 + last + 193 <= 255))
            fail_msg("label of %u at %zu", last, answer);
    }
    dns_msg_release(&m);
}

/* Every prefix of a message is refused; so is every message with one octet more. */
static void test_msg_refuses_every_cut(void **state)
{
    struct dns_msg m, again;
    struct kept k = { 0 };
    uint8_t wire[600];
    size_t n;

    (void)state;
    dns_msg_init(&m);
    dns_msg_init(&again);
    ask(&m, "hamburger.edu", "MX");
    m.has_edns = true;
    put(&m, &k, DNS_ANSWER, "hamburger.edu MX 10 mail.hamburger.edu");
    put(&m, &k, DNS_AUTHORITY, "hamburger.edu SOA ns.hamburger.edu host.hamburger.edu 1 2 3 4 5");
    put(&m, &k, DNS_ADDITIONAL, "mail.hamburger.edu A 10.0.0.1");
    n = dns_msg_write(&m, wire, 512, 512);
    for (size_t cut = 0; cut <= n + 1; cut++) {
        g_autofree uint8_t *exact = g_memdup2(wire, MAX(cut, 1));

        if (dns_msg_parse(&again, span_bytes(exact, cut)) != (cut == n))
            fail_msg("cut to %zu of %zu", cut, n);
    }
    dns_msg_release(&again);
    release(&m, &k);
}

static void test_msg_edns(void **state)
{
    struct dns_msg m, again;
    uint8_t wire[512];
    size_t n;

    (void)state;
    dns_msg_init(&m);
    dns_msg_init(&again);
    ask(&m, "hamburger.edu", "A");
    n = dns_msg_write(&m, wire, sizeof wire, 512);
    assert_true(dns_msg_parse(&again, span_bytes(wire, n)));
    assert_false(again.has_edns);
    m.has_edns = m.edns_do = true;
    m.edns_udp_size = 1232;
    m.rcode = DNS_BADVERS;
    m.qr = m.ad = m.cd = true;
    assert_int_equal(dns_msg_write(&m, wire, sizeof wire, 512), n + 11);
    assert_true(dns_msg_parse(&again, span_bytes(wire, n + 11)));
    assert_true(again.has_edns && again.edns_do && again.ad && again.cd);
    assert_int_equal(again.edns_udp_size, 1232);
    assert_int_equal(again.edns_version, 0);
    assert_int_equal(again.rcode, DNS_BADVERS);
    dns_msg_release(&again);
    dns_msg_release(&m);
}

/* ---- Cutting to size. */

static void test_msg_truncates_by_sets(void **state)
{
    /* Header and question take 31 octets, an A 16, OPT 11: 30 A fit into 512, 29 with OPT. */
    static const struct {
        const char *name;
        unsigned answers, sets, additional; /* A records of one name; NS to as many hosts; A of other names */
        bool edns, glue, tc;
        unsigned answers_left, sets_left;
    } rows[] = {
        { "all fits", 10, 0, 5, false, false, false, 10, 0 },
        { "the additional section goes quietly", 20, 0, 40, false, false, false, 20, 0 },
        { "answers go as a set", 40, 0, 0, false, false, true, 0, 0 },
        { "room is kept for OPT", 30, 0, 0, true, false, true, 0, 0 },
        { "and that much fits without", 30, 0, 0, false, false, false, 30, 0 },
        { "a referral says that glue is missing", 0, 13, 30, false, true, true, 0, 13 },
        { "other addresses it can do without", 0, 13, 30, false, false, false, 0, 13 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct dns_msg m, again;
        struct kept k = { 0 };
        uint8_t wire[512];
        char line[128];
        size_t n;

        dns_msg_init(&m);
        dns_msg_init(&again);
        ask(&m, "hamburger.edu", "A");
        m.qr = true;
        m.aa = rows[i].answers > 0;
        m.has_edns = rows[i].edns;
        for (unsigned a = 0; a < rows[i].answers; a++) {
            g_snprintf(line, sizeof line, "hamburger.edu A 10.0.0.%u", a);
            put(&m, &k, DNS_ANSWER, line);
        }
        for (unsigned a = 0; a < rows[i].sets; a++) {
            g_snprintf(line, sizeof line, "hamburger.edu NS host%u.hamburger.edu", a);
            put(&m, &k, DNS_AUTHORITY, line);
        }
        for (unsigned a = 0; a < rows[i].additional; a++) {
            g_snprintf(line, sizeof line, "host%u.%s A 10.0.1.%u", a,
                       rows[i].glue ? "hamburger.edu" : "crepes.fr", a);
            put(&m, &k, DNS_ADDITIONAL, line);
        }
        n = dns_msg_write(&m, wire, sizeof wire, 512);
        if (n > 512 || m.tc != rows[i].tc || !dns_msg_parse(&again, span_bytes(wire, n)))
            fail_msg("%s: %zu octets, tc %d", rows[i].name, n, m.tc);
        if (again.tc != m.tc || again.n[DNS_ANSWER] != rows[i].answers_left ||
            again.n[DNS_AUTHORITY] != rows[i].sets_left || again.has_edns != rows[i].edns)
            fail_msg("%s: %u answers, %u authority", rows[i].name, again.n[DNS_ANSWER],
                     again.n[DNS_AUTHORITY]);
        dns_msg_release(&again);
        release(&m, &k);
    }
}

/* A large set that does not fit is passed over for a small one behind it. */
static void test_msg_leaves_out_only_the_set_that_does_not_fit(void **state)
{
    struct dns_msg m, again;
    struct kept k = { 0 };
    uint8_t wire[512];
    char line[128];
    size_t n;

    (void)state;
    dns_msg_init(&m);
    dns_msg_init(&again);
    ask(&m, "hamburger.edu", "MX");
    m.qr = m.aa = true;
    put(&m, &k, DNS_ANSWER, "hamburger.edu MX 1 big.hamburger.edu");
    put(&m, &k, DNS_ANSWER, "hamburger.edu MX 2 small.hamburger.edu");
    for (int a = 0; a < 40; a++) {
        g_snprintf(line, sizeof line, "big.hamburger.edu A 10.0.0.%d", a);
        put(&m, &k, DNS_ADDITIONAL, line);
    }
    put(&m, &k, DNS_ADDITIONAL, "small.hamburger.edu A 10.0.1.1");
    n = dns_msg_write(&m, wire, sizeof wire, 512);
    assert_true(dns_msg_parse(&again, span_bytes(wire, n)));
    assert_false(again.tc);
    assert_int_equal(again.n[DNS_ADDITIONAL], 1);
    assert_true(dns_name_equal(dns_msg_section(&again, DNS_ADDITIONAL)->name, &k.rr[k.n - 1].name));
    dns_msg_release(&again);
    release(&m, &k);
}

/* What was noted of names that were taken back leaves nothing behind, however many they are. */
static void test_msg_takes_back_any_number_of_sets(void **state)
{
    static const char big[500];
    struct dns_msg m, again;
    uint8_t wire[512];
    size_t n;

    (void)state;
    dns_msg_init(&m);
    dns_msg_init(&again);
    ask(&m, "hamburger.edu", "MX");
    m.qr = m.aa = true;
    for (int i = 0; i < 1000; i++) {
        char text[64];
        struct dns_name name;

        g_snprintf(text, sizeof text, "%s%d.x%d.edu", i % 100 == 99 ? "small" : "big", i, i);
        name = name_of(text);
        dns_msg_add(&m, DNS_ADDITIONAL, dns_msg_keep_name(&m, &name), 65280, 1,
                    span_bytes(big, i % 100 == 99 ? 4 : 500));
    }
    n = dns_msg_write(&m, wire, sizeof wire, 512);
    assert_true(dns_msg_parse(&again, span_bytes(wire, n)));
    assert_false(again.tc);
    assert_int_equal(again.n[DNS_ADDITIONAL], 10);
    for (int i = 0; i < 10; i++)
        assert_true(dns_name_equal(again.rr[i].name, m.rr[100 * i + 99].name));
    dns_msg_release(&again);
    dns_msg_release(&m);
}

static void test_msg_allocates_nothing_again(void **state)
{
    struct dns_msg m, again;
    struct kept k = { 0 };
    uint8_t wire[1024];
    size_t n;
    const void *rr, *scratch;

    (void)state;
    dns_msg_init(&m);
    dns_msg_init(&again);
    ask(&m, "edu", "NS");
    for (int i = 0; i < 13; i++)
        put(&m, &k, DNS_ANSWER, "edu NS a.edu-servers.net");
    n = dns_msg_write(&m, wire, sizeof wire, sizeof wire);
    assert_true(dns_msg_parse(&again, span_bytes(wire, n)));
    rr = again.rr;
    scratch = again.scratch;
    for (int i = 0; i < 100; i++) {
        assert_true(dns_msg_parse(&again, span_bytes(wire, n)));
        assert_ptr_equal(again.rr, rr);
        assert_ptr_equal(again.scratch, scratch);
    }
    dns_msg_release(&again);
    release(&m, &k);
}

static void test_msg_kept_names_move_with_their_records(void **state)
{
    struct dns_msg m;
    char text[DNS_NAME_TEXT_MAX], expected[64];

    (void)state;
    dns_msg_init(&m);
    for (int i = 0; i < 2000; i++) {
        struct dns_name n;

        g_snprintf(expected, sizeof expected, "host%d.hamburger.edu", i);
        n = name_of(expected);
        dns_msg_add(&m, DNS_ANSWER, dns_msg_keep_name(&m, &n), DNS_A, 1, SPAN("\1\2\3\4"));
    }
    for (int i = 0; i < 2000; i++) {
        g_snprintf(expected, sizeof expected, "host%d.hamburger.edu", i);
        assert_string_equal(dns_name_text(text, m.rr[i].name), expected);
    }
    dns_msg_release(&m);
}

/* Octets that unpack to much more stay bounded: a record of 14 octets makes at most 512. */
static void test_msg_memory_is_bounded(void **state)
{
    g_autofree uint8_t *wire = g_malloc0(DNS_MSG_MAX);
    size_t n = octets_of("0001 8000 0001 0000 0000 0000", wire);
    unsigned records = 0;
    struct dns_msg m;

    (void)state;
    for (int label = 0; label < 3; label++) {
        wire[n++] = 63;
        memset(wire + n, 'a', 63);
        n += 63;
    }
    n += octets_of("00 0001 0001", wire + n);
    for (; n + 14 <= DNS_MSG_MAX; records++)
        n += octets_of(records % 2 ? "c00c 0002 0001 0000003c 0002 c00c"
                                   : "c04c 0002 0001 0000003c 0002 c00c",
                       wire + n);
    wire[6] = (uint8_t)(records >> 8);
    wire[7] = (uint8_t)records;
    dns_msg_init(&m);
    assert_true(dns_msg_parse(&m, span_bytes(wire, n)));
    assert_int_equal(m.n[DNS_ANSWER], records);
    assert_true(m.scratch_room < 70 * n);
    dns_msg_release(&m);
}

static void test_msg_kind(void **state)
{
    static const struct {
        const char *name, *qtype;
        unsigned rcode;
        bool aa, tc;
        const char *answer[3], *authority;
        enum dns_kind kind;
    } rows[] = {
        { "answer", "A", 0, true, false, { "x.edu A 1.2.3.4" }, NULL, DNS_KIND_ANSWER },
        { "answer behind a CNAME",
          "A",
          0,
          true,
          false,
          { "x.edu CNAME y.edu", "y.edu A 1.2.3.4" },
          NULL,
          DNS_KIND_ANSWER },
        { "CNAME asked for", "CNAME", 0, true, false, { "x.edu CNAME y.edu" }, NULL, DNS_KIND_ANSWER },
        { "ANY", "ANY", 0, true, false, { "x.edu CNAME y.edu" }, NULL, DNS_KIND_ANSWER },
        { "CNAME alone", "A", 0, true, false, { "x.edu CNAME y.fr" }, NULL, DNS_KIND_CNAME },
        { "CNAME and a referral", "A", 0, true, false, { "x.edu CNAME y.fr" }, "fr NS a.fr", DNS_KIND_CNAME },
        { "CNAME to NODATA",
          "A",
          0,
          true,
          false,
          { "x.edu CNAME y.edu" },
          "edu SOA a b 1 2 3 4 5",
          DNS_KIND_NODATA },
        { "referral", "A", 0, false, false, { 0 }, "edu NS a.edu", DNS_KIND_REFERRAL },
        { "NODATA", "A", 0, true, false, { 0 }, "edu SOA a b 1 2 3 4 5", DNS_KIND_NODATA },
        { "NODATA without SOA", "A", 0, true, false, { 0 }, NULL, DNS_KIND_NODATA },
        { "NODATA with NS", "A", 0, true, false, { 0 }, "edu NS a.edu", DNS_KIND_NODATA },
        { "NXDOMAIN", "A", DNS_NXDOMAIN, true, false, { 0 }, "edu SOA a b 1 2 3 4 5", DNS_KIND_NXDOMAIN },
        { "CNAME to NXDOMAIN",
          "A",
          DNS_NXDOMAIN,
          true,
          false,
          { "x.edu CNAME y.edu" },
          NULL,
          DNS_KIND_NXDOMAIN },
        { "error", "A", DNS_SERVFAIL, false, false, { 0 }, NULL, DNS_KIND_ERROR },
        { "truncated", "A", 0, true, true, { 0 }, NULL, DNS_KIND_TRUNCATED },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct dns_msg m;
        struct kept k = { 0 };

        dns_msg_init(&m);
        ask(&m, "x.edu", rows[i].qtype);
        m.qr = true;
        m.rcode = rows[i].rcode;
        m.aa = rows[i].aa;
        m.tc = rows[i].tc;
        for (const char *const *a = rows[i].answer; *a != NULL; a++)
            put(&m, &k, DNS_ANSWER, *a);
        if (rows[i].authority != NULL)
            put(&m, &k, DNS_AUTHORITY, rows[i].authority);
        if (dns_msg_kind(&m) != rows[i].kind)
            fail_msg("%s is %s", rows[i].name, dns_kind_text(dns_msg_kind(&m)));
        release(&m, &k);
    }
}

/* ---- Messages at random, with ldns as the judge. */

static const char *const some_labels[] = {
    "a",      "A",   "mail", "Mail",  "hamburger",
    "crepes", "edu", "fr",   "x\\.y", "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-012345678"
};

static void random_name(struct rng *rng, struct dns_name *out)
{
    g_autoptr(GString) text = g_string_new(NULL);
    unsigned labels = rng_below(rng, 4);

    for (unsigned i = 0; i < labels; i++)
        g_string_append_printf(text, "%s.", some_labels[rng_below(rng, G_N_ELEMENTS(some_labels))]);
    *out = name_of(text->len ? text->str : ".");
}

static uint8_t *append_name(struct rng *rng, uint8_t *to)
{
    struct dns_name n;

    random_name(rng, &n);
    memcpy(to, n.wire, n.len);
    return to + n.len;
}

static void random_rr(struct rng *rng, struct dns_rr *out)
{
    static const uint16_t types[] = { DNS_A,  DNS_AAAA, DNS_NS,  DNS_CNAME, DNS_PTR,
                                      DNS_MX, DNS_SOA,  DNS_TXT, 65280 };
    struct dns_layout layout;
    uint8_t data[1024], *to = data;

    random_name(rng, &out->name);
    out->type = types[rng_below(rng, G_N_ELEMENTS(types))];
    out->ttl_s = rng_below(rng, 0x7fffffff);
    layout = dns_rdata_layout(out->type);
    for (unsigned i = 0; i < layout.before; i++)
        *to++ = (uint8_t)rng_next(rng);
    for (unsigned i = 0; i < layout.names; i++)
        to = append_name(rng, to);
    for (unsigned i = 0; i < layout.after; i++)
        *to++ = (uint8_t)rng_next(rng);
    if (layout.names == 0) {
        unsigned n = out->type == DNS_A ? 4 : out->type == DNS_AAAA ? 16 : 1 + rng_below(rng, 40);

        for (unsigned i = 0; i < n; i++)
            *to++ = (uint8_t)rng_next(rng);
        if (out->type == DNS_TXT)
            data[0] = (uint8_t)(n - 1);
    }
    out->rdlength = (uint16_t)(to - data);
    out->rdata = g_memdup2(data, out->rdlength);
}

static void random_msg(struct rng *rng, struct dns_msg *m, struct kept *k)
{
    dns_msg_clear(m);
    m->id = (uint16_t)rng_next(rng);
    m->qr = rng_below(rng, 2);
    m->aa = rng_below(rng, 2);
    m->rd = rng_below(rng, 2);
    m->ra = rng_below(rng, 2);
    m->rcode = rng_below(rng, 6);
    m->has_question = true;
    random_name(rng, &m->qname);
    m->qtype = DNS_A;
    m->qclass = DNS_IN;
    m->has_edns = rng_below(rng, 2);
    m->edns_udp_size = (uint16_t)(512 + rng_below(rng, 1000));
    for (unsigned s = 0; s < DNS_SECTIONS; s++) {
        for (unsigned n = rng_below(rng, rng_below(rng, 4) ? 4 : 20); n > 0; n--) {
            struct dns_rr *r = &k->rr[k->n++];

            random_rr(rng, r);
            if (rng_below(rng, 2) && k->n > 1)
                dns_name_copy(&r->name, &k->rr[k->n - 2].name);
            dns_msg_add(m, (enum dns_section)s, &r->name, r->type, r->ttl_s,
                        span_bytes(r->rdata, r->rdlength));
        }
    }
}

static void same(const struct dns_msg *a, const struct dns_msg *b, bool with_case, int round)
{
    unsigned n = 0;

    if (a->id != b->id || a->qr != b->qr || a->aa != b->aa || a->tc != b->tc || a->rd != b->rd ||
        a->ra != b->ra || a->rcode != b->rcode || !dns_name_equal(&a->qname, &b->qname) ||
        a->has_edns != b->has_edns)
        fail_msg("header in round %d", round);
    for (unsigned s = 0; s < DNS_SECTIONS; s++) {
        if (a->n[s] != b->n[s])
            fail_msg("section %u in round %d", s, round);
        n += a->n[s];
    }
    for (unsigned i = 0; i < n; i++) {
        const struct dns_msg_rr *x = &a->rr[i], *y = &b->rr[i];

        if (!dns_name_equal(x->name, y->name) || x->type != y->type || x->rclass != y->rclass ||
            x->ttl_s != y->ttl_s || !dns_rdata_equal(x->type, x->rdata, y->rdata))
            fail_msg("record %u in round %d", i, round);
        if (with_case &&
            (memcmp(x->name->wire, y->name->wire, x->name->len) != 0 || !span_is(x->rdata, y->rdata)))
            fail_msg("case of record %u in round %d", i, round);
    }
}

static void same_by_ldns(const struct dns_msg *m, const ldns_pkt *pkt, int round)
{
    const ldns_rr_list *lists[] = { ldns_pkt_answer(pkt), ldns_pkt_authority(pkt), ldns_pkt_additional(pkt) };

    assert_int_equal(ldns_pkt_id(pkt), m->id);
    assert_int_equal(ldns_pkt_tc(pkt), m->tc);
    assert_int_equal(ldns_pkt_edns(pkt), m->has_edns);
    for (unsigned s = 0; s < DNS_SECTIONS; s++) {
        const struct dns_msg_rr *rr = dns_msg_section(m, (enum dns_section)s);

        if (ldns_rr_list_rr_count(lists[s]) != m->n[s])
            fail_msg("ldns counts %zu in section %u, round %d", ldns_rr_list_rr_count(lists[s]), s, round);
        for (unsigned i = 0; i < m->n[s]; i++, rr++) {
            const ldns_rr *theirs = ldns_rr_list_rr(lists[s], i);
            const ldns_rdf *owner = ldns_rr_owner(theirs);
            ldns_buffer *data = ldns_buffer_new(64);

            assert_int_equal(ldns_rr_rdata2buffer_wire(data, theirs), LDNS_STATUS_OK);
            if (!span_is(span_bytes(ldns_rdf_data(owner), ldns_rdf_size(owner)),
                         span_bytes(rr->name->wire, rr->name->len)) ||
                ldns_rr_get_type(theirs) != rr->type || ldns_rr_ttl(theirs) != rr->ttl_s ||
                !span_is(span_bytes(ldns_buffer_begin(data), ldns_buffer_position(data)), rr->rdata))
                fail_msg("ldns reads record %u of section %u otherwise in round %d", i, s, round);
            ldns_buffer_free(data);
        }
    }
}

static void test_msg_and_ldns_agree(void **state)
{
    struct dns_msg m, ours, theirs;
    struct rng rng;

    (void)state;
    rng_init(&rng, 1, SPAN("messages"));
    dns_msg_init(&m);
    dns_msg_init(&ours);
    dns_msg_init(&theirs);
    for (int round = 0; round < 1500; round++) {
        static uint8_t wire[DNS_MSG_MAX], rewritten[DNS_MSG_MAX];
        struct kept k = { 0 };
        ldns_pkt *pkt = NULL;
        uint8_t *by_ldns = NULL;
        size_t n, n_ldns;

        random_msg(&rng, &m, &k);
        n = dns_msg_write(&m, wire, sizeof wire, sizeof wire);
        assert_false(m.tc);

        if (!dns_msg_parse(&ours, span_bytes(wire, n)))
            fail_msg("round %d cannot be read", round);
        same(&m, &ours, true, round);
        if (dns_msg_write(&ours, rewritten, sizeof rewritten, sizeof rewritten) != n ||
            memcmp(wire, rewritten, n) != 0)
            fail_msg("round %d is rewritten otherwise", round);

        if (ldns_wire2pkt(&pkt, wire, n) != LDNS_STATUS_OK)
            fail_msg("ldns cannot read round %d", round);
        same_by_ldns(&ours, pkt, round);

        assert_int_equal(ldns_pkt2wire(&by_ldns, pkt, &n_ldns), LDNS_STATUS_OK);
        if (!dns_msg_parse(&theirs, span_bytes(by_ldns, n_ldns)))
            fail_msg("round %d by ldns cannot be read", round);
        same(&m, &theirs, false, round);

        /* Cut short, it still is a message, and it says so. */
        n = dns_msg_write(&m, wire, sizeof wire, 512);
        assert_true(n <= 512);
        assert_true(dns_msg_parse(&ours, span_bytes(wire, n)));
        assert_int_equal(ours.tc, m.tc);
        if (!m.tc)
            assert_true(ours.n[0] == m.n[0] && ours.n[1] == m.n[1]);
        ldns_pkt_free(pkt);
        free(by_ldns);
        while (k.n > 0)
            dns_rr_release(&k.rr[--k.n]);
    }
    dns_msg_release(&theirs);
    dns_msg_release(&ours);
    dns_msg_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_msg_writes_compressed_octets),
        cmocka_unit_test(test_msg_keeps_case),
        cmocka_unit_test(test_msg_reads),
        cmocka_unit_test(test_msg_refuses_malformed),
        cmocka_unit_test(test_msg_counts_names_across_pointers),
        cmocka_unit_test(test_msg_refuses_every_cut),
        cmocka_unit_test(test_msg_edns),
        cmocka_unit_test(test_msg_truncates_by_sets),
        cmocka_unit_test(test_msg_leaves_out_only_the_set_that_does_not_fit),
        cmocka_unit_test(test_msg_takes_back_any_number_of_sets),
        cmocka_unit_test(test_msg_allocates_nothing_again),
        cmocka_unit_test(test_msg_kept_names_move_with_their_records),
        cmocka_unit_test(test_msg_memory_is_bounded),
        cmocka_unit_test(test_msg_kind),
        cmocka_unit_test(test_msg_and_ldns_agree),
    };

    return cmocka_run_group_tests_name("dns_msg", tests, NULL, NULL);
}
