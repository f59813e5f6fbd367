#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glib.h>

#include "mail/addr.h"

#define TIMES_10(c) c c c c c c c c c c
#define LABEL_60    TIMES_10("abcdef")
#define LOCAL_64    TIMES_10("abcdef") "abcd"

static const struct {
    const char *text, *local, *domain;
} good[] = {
    { "alice@crepes.fr", "alice", "crepes.fr" },
    { "Alice.B.Toklas@CREPES.FR", "Alice.B.Toklas", "CREPES.FR" },
    { "a@b", "a", "b" },
    { "1@2.3", "1", "2.3" },
    { "!#$%&'*+-/=?^_`{|}~@crepes.fr", "!#$%&'*+-/=?^_`{|}~", "crepes.fr" },
    { "bob@a-b--c.x1", "bob", "a-b--c.x1" },
    { "\"al ice\"@crepes.fr", "\"al ice\"", "crepes.fr" },
    { "\"a@b>c\"@crepes.fr", "\"a@b>c\"", "crepes.fr" },
    { "\"\\\"\\\\\"@crepes.fr", "\"\\\"\\\\\"", "crepes.fr" },
    { "\"\"@crepes.fr", "\"\"", "crepes.fr" },
    { "bob@[10.0.0.1]", "bob", "[10.0.0.1]" },
    { "bob@[255.255.255.255]", "bob", "[255.255.255.255]" },
    { "bob@[IPv6:2001:db8:0:0:0:0:0:1]", "bob", "[IPv6:2001:db8:0:0:0:0:0:1]" },
    { "bob@[ipv6:2001:DB8::1]", "bob", "[ipv6:2001:DB8::1]" },
    { "bob@[IPv6:::]", "bob", "[IPv6:::]" },
    { "bob@[IPv6:::ffff:10.0.0.1]", "bob", "[IPv6:::ffff:10.0.0.1]" },
    { "bob@[IPv6:1:2:3:4:5:6:10.0.0.1]", "bob", "[IPv6:1:2:3:4:5:6:10.0.0.1]" },
    { "bob@[tag:a>b]", "bob", "[tag:a>b]" },
    { "bob@[x-tag:what.ever]", "bob", "[x-tag:what.ever]" },
    { LOCAL_64 "@crepes.fr", LOCAL_64, "crepes.fr" },
    { "a@" LABEL_60 "." LABEL_60 "." LABEL_60 "." LABEL_60 ".abcdefgh", "a",
      LABEL_60 "." LABEL_60 "." LABEL_60 "." LABEL_60 ".abcdefgh" },
};

static const struct {
    const char *name, *text;
} bad[] = {
    { "empty", "" },
    { "no at", "alice" },
    { "no local part", "@crepes.fr" },
    { "no domain", "alice@" },
    { "two ats", "alice@bob@crepes.fr" },
    { "leading dot", ".alice@crepes.fr" },
    { "trailing dot", "alice.@crepes.fr" },
    { "two dots", "al..ice@crepes.fr" },
    { "space", "al ice@crepes.fr" },
    { "space in front", " alice@crepes.fr" },
    { "space behind", "alice@crepes.fr " },
    { "brackets", "<alice@crepes.fr>" },
    { "comma", "al,ice@crepes.fr" },
    { "8-bit", "b\xc3\xb6@crepes.fr" },
    { "8-bit, quoted", "\"b\xc3\xb6\"@crepes.fr" },
    { "8-bit domain", "bob@cr\xc3\xaapes.fr" },
    { "control", "al\tice@crepes.fr" },
    { "control, quoted", "\"al\tice\"@crepes.fr" },
    { "CRLF: a command would follow", "alice@crepes.fr\r\nDATA" },
    { "open quote", "\"alice@crepes.fr" },
    { "open quote, escaped end", "\"alice\\\"@crepes.fr" },
    { "backslash at the end", "\"alice\\" },
    { "text behind the quotes", "\"alice\"x@crepes.fr" },
    { "quote inside an atom", "al\"ice\"@crepes.fr" },
    { "local part of 65", LOCAL_64 "e@crepes.fr" },
    { "domain ends in a dot", "alice@crepes.fr." },
    { "domain begins with a dot", "alice@.fr" },
    { "empty label", "alice@crepes..fr" },
    { "underscore", "alice@crepes_fr.fr" },
    { "hyphen first", "alice@-crepes.fr" },
    { "hyphen last", "alice@crepes-.fr" },
    { "hyphen at the end", "alice@crepes.fr-" },
    { "label of 64", "alice@" LABEL_60 "abcd.fr" },
    { "path of 257", "ab@" LABEL_60 "." LABEL_60 "." LABEL_60 "." LABEL_60 ".abcdefgh" },
    { "domain of 256", "a@" LABEL_60 "." LABEL_60 "." LABEL_60 "." LABEL_60 ".abcdefghijkl" },
    { "literal without end", "bob@[10.0.0.1" },
    { "literal without begin", "bob@10.0.0.1]" },
    { "text behind the literal", "bob@[10.0.0.1].fr" },
    { "empty literal", "bob@[]" },
    { "three parts", "bob@[10.0.0]" },
    { "five parts", "bob@[10.0.0.0.1]" },
    { "part of 256", "bob@[10.0.0.256]" },
    { "part of four digits", "bob@[10.0.0.0001]" },
    { "empty part", "bob@[10..0.1]" },
    { "IPv6, seven groups", "bob@[IPv6:1:2:3:4:5:6:7]" },
    { "IPv6, nine groups", "bob@[IPv6:1:2:3:4:5:6:7:8:9]" },
    { "IPv6, :: for one group", "bob@[IPv6:1:2:3:4::5:6:7]" },
    { "IPv6, two ::", "bob@[IPv6:1::2::3]" },
    { "IPv6, three colons", "bob@[IPv6:1:::3]" },
    { "IPv6, five digits", "bob@[IPv6:1::12345]" },
    { "IPv6, no hex", "bob@[IPv6:1::g]" },
    { "IPv6, colon at the end", "bob@[IPv6:1:2:3:4:5:6:7:]" },
    { "IPv6, colon at the start", "bob@[IPv6::2:3:4:5:6:7:8]" },
    { "IPv6, IPv4 in front", "bob@[IPv6:10.0.0.1::]" },
    { "IPv6, empty", "bob@[IPv6:]" },
    { "tag without content", "bob@[tag:]" },
    { "content without tag", "bob@[:content]" },
    { "tag ends in a hyphen", "bob@[tag-:content]" },
    { "space in content", "bob@[tag:what ever]" },
};

static void test_addr_reads_good_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        struct mail_addr a;
        const char *wrong = mail_addr_read(span_of(good[i].text), &a);
        if (wrong != NULL || !span_is(a.local, span_of(good[i].local)) ||
            !span_is(a.domain, span_of(good[i].domain)) || !span_is(a.text, span_of(good[i].text)))
            fail_msg("%s: %s", good[i].text, wrong != NULL ? wrong : "parted wrongly");
    }
}

static void test_addr_refuses_bad_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        struct mail_addr a;

        if (mail_addr_read(span_of(bad[i].text), &a) == NULL)
            fail_msg("%s: taken", bad[i].name);
    }
    assert_non_null(mail_addr_read(SPAN("al\0ice@crepes.fr"), &(struct mail_addr){ 0 }));
    assert_non_null(mail_addr_read(SPAN("alice@crepes.fr\0"), &(struct mail_addr){ 0 }));
}

/* A NULL address: refused. */
static const struct {
    const char *text, *address, *rest;
} paths[] = {
    { "<alice@crepes.fr>", "alice@crepes.fr", "" },
    { "<alice@crepes.fr> SIZE=1", "alice@crepes.fr", " SIZE=1" },
    { "<>", "", "" },
    { "<postmaster>", "postmaster", "" },
    { "<POSTmaster> x", "POSTmaster", " x" },
    { "<@a.org:bob@b.org>", "bob@b.org", "" },
    { "<@a.org,@c.org:bob@b.org>", "bob@b.org", "" },
    { "<\"a>b\"@crepes.fr>", "\"a>b\"@crepes.fr", "" },
    { "<bob@[tag:a>b\"]>", "bob@[tag:a>b\"]", "" },
    { "<bob@[tag:a>", NULL, NULL },
    { "<\"a\\\">b\"@crepes.fr>", "\"a\\\">b\"@crepes.fr", "" },
    { "alice@crepes.fr", NULL, NULL },
    { "", NULL, NULL },
    { "<", NULL, NULL },
    { "<alice@crepes.fr", NULL, NULL },
    { "< alice@crepes.fr>", NULL, NULL },
    { "<alice>", NULL, NULL },
    { "<@>", NULL, NULL },
    { "<@a.org>", NULL, NULL },
    { "<@a.org:>", NULL, NULL },
    { "<@a.org,:bob@b.org>", NULL, NULL },
    { "<@a.org,c.org:bob@b.org>", NULL, NULL },
    { "<@a_b:bob@b.org>", NULL, NULL },
    { "<@a.org:@c.org:bob@b.org>", NULL, NULL },
    { "<\"alice@crepes.fr>", NULL, NULL },
};

static void test_path_is_cut_off(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        struct span rest = span_of(paths[i].text);
        struct mail_addr a;
        const char *wrong = mail_path_take(&rest, &a);

        if ((wrong == NULL) != (paths[i].address != NULL))
            fail_msg("%s: %s", paths[i].text, wrong != NULL ? wrong : "taken");
        if (wrong == NULL &&
            (!span_is(a.text, span_of(paths[i].address)) || !span_is(rest, span_of(paths[i].rest))))
            fail_msg("%s: parted wrongly", paths[i].text);
    }
}

static void test_path_has_at_most_256_octets(void **state)
{
    struct mail_addr a;
    GString *path = g_string_new("<");

    (void)state;
    while (path->len < MAIL_PATH_MAX - strlen("@a.org,@a.org:bob@b.org>"))
        g_string_append(path, "@a.org,");
    g_string_append(path, "@a.org:bob@b.org>");
    for (int over = 0; over < 2; over++) {
        struct span text;

        while (path->len < MAIL_PATH_MAX + (size_t)over)
            g_string_insert_c(path, (gssize)path->len - 7, 'o');
        text = span_bytes(path->str, path->len);
        assert_int_equal(mail_path_take(&text, &a) == NULL, !over);
    }
    g_string_free(path, TRUE);
}

static const struct {
    const char *a, *b;
    bool same;
} pairs[] = {
    { "bob@hamburger.edu", "bob@HAMBURGER.edu", true },
    { "bob@hamburger.edu", "Bob@hamburger.edu", false },
    { "bob@hamburger.edu", "\"bob\"@hamburger.edu", true },
    { "bob@hamburger.edu", "\"b\\ob\"@hamburger.edu", true },
    { "\"b b\"@hamburger.edu", "\"b\\ b\"@hamburger.edu", true },
    { "bob@hamburger.edu", "bob@hamburger.ed", false },
    { "bob@hamburger.edu", "bo@hamburger.edu", false },
    { "postmaster@hamburger.edu", "POSTMASTER@hamburger.edu", true },
    { "postmaster@hamburger.edu", "postmaster@crepes.fr", false },
};

static void test_addr_compares_as_it_is_meant(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        struct mail_addr a, b;

        assert_null(mail_addr_read(span_of(pairs[i].a), &a));
        assert_null(mail_addr_read(span_of(pairs[i].b), &b));
        if (mail_addr_is_same(&a, &b) != pairs[i].same)
            fail_msg("%s and %s", pairs[i].a, pairs[i].b);
    }
}

static void test_addr_knows_its_domain(void **state)
{
    struct span bare = SPAN("<Postmaster>");
    struct mail_addr a;

    (void)state;
    assert_null(mail_addr_read(SPAN("bob@Hamburger.edu"), &a));
    assert_true(mail_addr_in_domain(&a, SPAN("hamburger.EDU")));
    assert_false(mail_addr_in_domain(&a, SPAN("burger.edu")));
    assert_false(mail_addr_is_postmaster(&a));
    assert_null(mail_path_take(&bare, &a));
    assert_true(mail_addr_is_postmaster(&a));
    assert_false(mail_addr_in_domain(&a, SPAN("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addr_reads_good_ones),
        cmocka_unit_test(test_addr_refuses_bad_ones),
        cmocka_unit_test(test_path_is_cut_off),
        cmocka_unit_test(test_path_has_at_most_256_octets),
        cmocka_unit_test(test_addr_compares_as_it_is_meant),
        cmocka_unit_test(test_addr_knows_its_domain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
