#include "dns_help.h"

#include "core/rng.h"

#define L63 "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-012345678"
#define L61 "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-0123456"

static void test_name_reads_and_writes_text(void **state)
{
    static const struct {
        const char *text, *again; /* again NULL: the same */
        unsigned len, labels;
    } rows[] = {
        { ".", NULL, 1, 0 },
        { "edu", NULL, 5, 1 },
        { "edu.", "edu", 5, 1 },
        { "Mail.Hamburger.EDU", NULL, 20, 3 },
        { "alice\\.smith.crepes.fr", NULL, 23, 3 },
        { "a\\ b.edu", "a\\032b.edu", 9, 2 },
        { "\\097bc.edu", "abc.edu", 9, 2 },
        { "\\255\\000.edu", NULL, 8, 2 },
        { "\\@.edu", NULL, 7, 2 },
        { "a\\\\b", NULL, 5, 1 },
        { "_smtp._tcp.edu", NULL, 16, 3 },
        { "*.edu", NULL, 7, 2 },
        { "10.4.0.25", NULL, 11, 4 },
        { L63 ".edu", NULL, 69, 2 },
        { L63 "." L63 "." L63 "." L61, NULL, 255, 4 },
        { L63 "." L63 "." L63 "." L61 ".", L63 "." L63 "." L63 "." L61, 255, 4 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct dns_name n = { 0 };
        char text[DNS_NAME_TEXT_MAX];
        const char *error = "", *again = rows[i].again ? rows[i].again : rows[i].text;

        if (!dns_name_parse(span_of(rows[i].text), NULL, &n, &error) || error != NULL)
            fail_msg("%s: %s", rows[i].text, error);
        if (n.len != rows[i].len || dns_name_labels(&n) != rows[i].labels)
            fail_msg("%s: %u octets, %u labels", rows[i].text, n.len, dns_name_labels(&n));
        if (strcmp(dns_name_text(text, &n), again) != 0)
            fail_msg("%s comes back as %s", rows[i].text, text);
    }
}

static void test_name_is_relative_to_an_origin(void **state)
{
    static const struct {
        const char *text, *origin, *result;
    } rows[] = {
        { "www", "hamburger.edu", "www.hamburger.edu" },
        { "www.", "hamburger.edu", "www" },
        { ".", "hamburger.edu", "." },
        { "www", ".", "www" },
        { "a.b", "c.d", "a.b.c.d" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct dns_name origin = name_of(rows[i].origin), n, result = name_of(rows[i].result);

        if (!dns_name_parse(span_of(rows[i].text), &origin, &n, NULL) || !dns_name_equal(&n, &result))
            fail_msg("%s in %s", rows[i].text, rows[i].origin);
        /* The origin may be where the result goes. */
        assert_true(dns_name_parse(span_of(rows[i].text), &origin, &origin, NULL));
        assert_true(dns_name_equal(&origin, &result));
    }
}

static void test_name_refuses(void **state)
{
    static const struct {
        const char *text, *part; /* of the reason */
    } rows[] = {
        { "", "empty" },
        { "..", "label is empty" },
        { ".edu", "label is empty" },
        { "a..edu", "label is empty" },
        { "a..", "label is empty" },
        { L63 "x.edu", "63" },
        { L63 "." L63 "." L63 "." L61 "x", "255" },
        { L63 "." L63 "." L63 "." L61 ".a", "255" },
        { "ham burger.edu", "blank" },
        { "ham\tburger.edu", "blank" },
        { "caf\xc3\xa9.fr", "ASCII" },
        { "a\x7f.fr", "ASCII" },
        { "a\\", "backslash" },
        { "a\\1", "backslash" },
        { "a\\12.edu", "backslash" },
        { "a\\256", "backslash" },
        { "a\\-12.edu", NULL }, /* an escaped '-' */
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct dns_name n = { .len = 7 };
        const char *error = NULL;
        bool is_name = dns_name_parse(span_of(rows[i].text), NULL, &n, &error);

        if (is_name != (rows[i].part == NULL))
            fail_msg("%s", rows[i].text);
        if (!is_name && (n.len != 7 || strstr(error, rows[i].part) == NULL))
            fail_msg("%s: %s", rows[i].text, error);
    }
    /* With an origin the sum counts. */
    {
        struct dns_name origin = name_of(L63 "." L63 "." L63), n;

        assert_true(dns_name_parse(SPAN(L61), &origin, &n, NULL));
        assert_int_equal(n.len, 255);
        assert_false(dns_name_parse(SPAN(L61 "x"), &origin, &n, NULL));
    }
}

static void test_name_equal_and_under(void **state)
{
    static const struct {
        const char *a, *b;
        bool equal, under; /* a is under b */
    } rows[] = {
        { "hamburger.edu", "HAMBURGER.edu", true, true },
        { "mail.hamburger.edu", "Hamburger.Edu", false, true },
        { "hamburger.edu", "mail.hamburger.edu", false, false },
        { "xhamburger.edu", "hamburger.edu", false, false },
        { "hamburger.edu", ".", false, true },
        { ".", ".", true, true },
        { ".", "edu", false, false },
        { "a\\003edu", "edu", false, false }, /* octets agree, labels do not */
        { "x.a\\003edu", "edu", false, false },
        { "a\\@z.edu", "a`z.edu", false, false }, /* '@' and '`' differ by the bit that case is */
        { "a\\[z.edu", "a{z.edu", false, false },
        { "\\193.edu", "\\225.edu", false, false }, /* no case beyond ASCII (RFC 4343 §3.1) */
        { "ABCDEFGHIJKLMNOPQRSTUVWXYZ.edu", "abcdefghijklmnopqrstuvwxyz.EDU", true, true },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct dns_name a = name_of(rows[i].a), b = name_of(rows[i].b);

        if (dns_name_equal(&a, &b) != rows[i].equal || dns_name_is_under(&a, &b) != rows[i].under)
            fail_msg("%s and %s", rows[i].a, rows[i].b);
        if (rows[i].equal && dns_name_hash(&a) != dns_name_hash(&b))
            fail_msg("hashes of %s and %s", rows[i].a, rows[i].b);
    }
}

/* The octets one by one are the judge of the octets eight at a time. */
static bool equal_slowly(const struct dns_name *a, const struct dns_name *b)
{
    for (unsigned i = 0; i < a->len; i++) {
        if (i >= b->len || g_ascii_tolower((char)a->wire[i]) != g_ascii_tolower((char)b->wire[i]))
            return false;
    }
    return a->len == b->len;
}

static void test_name_equal_and_hash_for_every_octet_and_length(void **state)
{
    struct rng rng;

    (void)state;
    rng_init(&rng, 1, SPAN("names"));
    for (int round = 0; round < 20000; round++) {
        unsigned label = 1 + rng_below(&rng, DNS_LABEL_MAX);
        struct dns_name a = { .len = (uint8_t)(label + 2), .wire = { (uint8_t)label } }, b;

        for (unsigned i = 1; i <= label; i++)
            a.wire[i] = (uint8_t)rng_next(&rng);
        a.wire[label + 1] = 0;
        b = a;
        for (unsigned i = 1; i <= label; i++)
            b.wire[i] ^= rng_below(&rng, 4) == 0 ? 0x20 : 0;
        if (rng_below(&rng, 2) == 0) /* keep only what may differ */
            for (unsigned i = 1; i <= label; i++)
                b.wire[i] = g_ascii_isalpha((char)a.wire[i]) ? b.wire[i] : a.wire[i];
        if (dns_name_equal(&a, &b) != equal_slowly(&a, &b))
            fail_msg("round %d", round);
        if (equal_slowly(&a, &b) && dns_name_hash(&a) != dns_name_hash(&b))
            fail_msg("hash in round %d", round);
    }
}

static void test_name_hash_spreads(void **state)
{
    enum { NAMES = 4096, SLOTS = 8192 };
    static uint8_t taken[SLOTS];
    unsigned used = 0;

    (void)state;
    for (int i = 0; i < NAMES; i++) {
        char text[64];
        struct dns_name n;
        unsigned slot;

        g_snprintf(text, sizeof text, "host%d.hamburger.edu", i);
        n = name_of(text);
        slot = dns_name_hash(&n) % SLOTS;
        used += !taken[slot];
        taken[slot] = 1;
    }
    assert_true(used > NAMES * 3 / 4); /* chance gives 79 % */
}

static void test_name_parent_and_suffix(void **state)
{
    struct dns_name n = name_of("a.bc.def"), out;
    char text[DNS_NAME_TEXT_MAX];

    (void)state;
    dns_name_suffix(&n, 3, &out);
    assert_true(dns_name_equal(&n, &out));
    dns_name_suffix(&n, 1, &out);
    assert_string_equal(dns_name_text(text, &out), "def");
    dns_name_suffix(&n, 0, &out);
    assert_string_equal(dns_name_text(text, &out), ".");
    assert_false(dns_name_parent(&out, &out));
    assert_true(dns_name_parent(&n, &n));
    assert_string_equal(dns_name_text(text, &n), "bc.def");
    assert_true(dns_name_parent(&n, &out));
    assert_true(dns_name_parent(&out, &out));
    assert_string_equal(dns_name_text(text, &out), ".");
}

/* The example of RFC 4034 §6.1, in its order. */
static void test_name_compare_is_canonical(void **state)
{
    static const char *const order[] = {
        ".",         "example",         "a.example",   "yljkjljk.a.example", "Z.a.example", "zABC.a.EXAMPLE",
        "z.example", "\\001.z.example", "*.z.example", "\\200.z.example",
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
        for (size_t k = 0; k < G_N_ELEMENTS(order); k++) {
            struct dns_name a = name_of(order[i]), b = name_of(order[k]);
            int c = dns_name_compare(&a, &b);

            if ((c > 0) - (c < 0) != (i > k) - (i < k))
                fail_msg("%s and %s", order[i], order[k]);
        }
    }
}

static void test_name_on_the_wire(void **state)
{
    static const struct {
        const char *name, *octets;
        unsigned size, len;
    } rows[] = {
        { "root", "\0", 1, 1 },
        { "root, then more", "\0\1a", 3, 1 },
        { "edu", "\3edu\0", 5, 5 },
        { "nothing", "", 0, 0 },
        { "cut before the zero", "\3edu", 4, 0 },
        { "cut in the label", "\3ed", 3, 0 },
        { "a pointer", "\300\14\0", 3, 0 },
        { "label of 64", "\100aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\0", 66, 0 },
    };
    uint8_t longest[256];

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const uint8_t *at = (const uint8_t *)rows[i].octets;

        if (dns_wire_name(at, at + rows[i].size) != rows[i].len)
            fail_msg("%s", rows[i].name);
    }
    for (int i = 0; i < 256; i++)
        longest[i] = i % 2 == 0; /* labels of one zero octet: \1 \0 \1 \0 … */
    longest[254] = 0;
    assert_int_equal(dns_wire_name(longest, longest + 256), 255);
    longest[254] = 1;
    longest[255] = 7;
    assert_int_equal(dns_wire_name(longest, longest + 256), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name_reads_and_writes_text),
        cmocka_unit_test(test_name_is_relative_to_an_origin),
        cmocka_unit_test(test_name_refuses),
        cmocka_unit_test(test_name_equal_and_under),
        cmocka_unit_test(test_name_equal_and_hash_for_every_octet_and_length),
        cmocka_unit_test(test_name_hash_spreads),
        cmocka_unit_test(test_name_parent_and_suffix),
        cmocka_unit_test(test_name_compare_is_canonical),
        cmocka_unit_test(test_name_on_the_wire),
    };

    return cmocka_run_group_tests_name("dns_name", tests, NULL, NULL);
}
