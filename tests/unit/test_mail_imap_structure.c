/* Addresses of envelopes, and which names LIST finds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mail/imap_list.h"
#include "mail/imap_structure.h"

/* RFC 5322 §3.4, §4.4, appendix A; RFC 7103 §7 for what is none of that. */
static void test_imap_addresses(void **state)
{
    static const struct {
        const char *value, *expected;
    } rows[] = {
        { "", "NIL" },
        { " ,, (nobody) ,", "NIL" },
        { "alice@crepes.fr", "((NIL NIL \"alice\" \"crepes.fr\"))" },
        { "Alice <alice@crepes.fr>", "((\"Alice\" NIL \"alice\" \"crepes.fr\"))" },
        { "alice@crepes.fr (Alice)", "((\"Alice\" NIL \"alice\" \"crepes.fr\"))" },
        { "Alice <alice@crepes.fr> (at home)", "((\"Alice\" NIL \"alice\" \"crepes.fr\"))" },
        { "\"Brown, Dave\" <d@b>, c@d", "((\"Brown, Dave\" NIL \"d\" \"b\")(NIL NIL \"c\" \"d\"))" },
        { "John  Q.\r\n Public <j@p>", "((\"John Q. Public\" NIL \"j\" \"p\"))" },
        { "\"a\\\"b\\\\\" <a@b>", "((\"a\\\"b\\\\\" NIL \"a\" \"b\"))" },
        { "\"joe q\"@b", "((NIL NIL \"joe q\" \"b\"))" },
        { "joe.\"q\".x@b", "((NIL NIL \"joe.q.x\" \"b\"))" },
        { "joe . q @ b . c", "((NIL NIL \"joe.q\" \"b.c\"))" },
        { "a@[10.0.0.1]", "((NIL NIL \"a\" \"[10.0.0.1]\"))" },
        { "<@relay.fr:a@b>", "((NIL \"@relay.fr\" \"a\" \"b\"))" },
        { "<@one.fr,@two.fr:a@b>", "((NIL \"@one.fr,@two.fr\" \"a\" \"b\"))" },
        { "Group: a@b, C <c@d>;",
          "((NIL NIL \"Group\" NIL)(NIL NIL \"a\" \"b\")(\"C\" NIL \"c\" \"d\")(NIL NIL NIL NIL))" },
        { "Undisclosed recipients:;", "((NIL NIL \"Undisclosed recipients\" NIL)(NIL NIL NIL NIL))" },
        { "G:;, a@b", "((NIL NIL \"G\" NIL)(NIL NIL NIL NIL)(NIL NIL \"a\" \"b\"))" },
        { "G: a@b", "((NIL NIL \"G\" NIL)(NIL NIL \"a\" \"b\")(NIL NIL NIL NIL))" },
        { "=?UTF-8?Q?C=C3=A9?= <c@d>", "((\"=?UTF-8?Q?C=C3=A9?=\" NIL \"c\" \"d\"))" },
        { "postmaster", "((NIL NIL \"postmaster\" \"\"))" },
        { "two words", "((NIL NIL \"two words\" \"\"))" },
        { "<>", "((NIL NIL \"\" \"\"))" },
        { "@b", "((NIL NIL \"\" \"b\"))" },
        { "<@b>", "((NIL NIL \"\" \"b\"))" },
        { "a@", "((NIL NIL \"a\" \"\"))" },
        { "a@b@c", "((NIL NIL \"a\" \"b\"))" },
        { "Alice <a@b", "((\"Alice\" NIL \"a\" \"b\"))" },
        { "Alice a@b", "((NIL NIL \"Alice a\" \"b\"))" },
        { "((((", "NIL" },
        { "a@b;c@d", "((NIL NIL \"a\" \"b\"))" },
        { "\"open <a@b>", "((NIL NIL \"open <a@b>\" \"\"))" },
        { "a@b)", "((NIL NIL \"a\" \"b\"))" },
        { "\\@b", "NIL" },
    };
    GString *out = g_string_new(NULL);
    unsigned bad = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_string_truncate(out, 0);
        imap_put_addresses(out, span_of(rows[i].value));
        if (strcmp(out->str, rows[i].expected) != 0) {
            print_error("%s: %s\n", rows[i].value, out->str);
            bad++;
        }
    }
    g_string_free(out, TRUE);
    assert_int_equal(bad, 0);
}

static void test_imap_list_patterns(void **state)
{
    static const struct {
        const char *pattern, *name;
        bool matches;
    } rows[] = {
        { "*", "a/b/c", true },
        { "%", "a", true },
        { "%", "a/b", false },
        { "", "", true },
        { "", "a", false },
        { "%/%", "a/b", true },
        { "%/%", "a/b/c", false },
        { "*/%", "a/b/c", true },
        { "a*c", "a/b/c", true },
        { "a%c", "abc", true },
        { "a%c", "ab/c", false },
        { "a", "a", true },
        { "a", "A", false },
        { "a", "ab", false },
        { "ab", "a", false },
        { "*b*b*b", "abcbab", true },
        { "*b*b*b*b", "abcbab", false },
        { "%a%a%", "xaya", true },
        { "a/", "a", false },
        { "a/%", "a/", true },
        { "inbox", "INBOX", true },
        { "InBox/b", "INBOX/b", true },
        { "inbox/B", "INBOX/b", false },
        { "inbox", "INBOXES", false },
        { "in%", "INBOX", true },
        { "%x", "INBOX", true },
        { "\303\251*", "\303\251t\303\251", true },
    };
    unsigned bad = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GString *tidy = g_string_new(rows[i].pattern);

        imap_list_tidy(tidy);
        if (imap_list_matches(span_of(rows[i].pattern), span_of(rows[i].name)) != rows[i].matches ||
            imap_list_matches(span_of(tidy->str), span_of(rows[i].name)) != rows[i].matches) {
            print_error("%s of %s\n", rows[i].pattern, rows[i].name);
            bad++;
        }
        g_string_free(tidy, TRUE);
    }
    assert_int_equal(bad, 0);
}

static void test_imap_list_tidies_wildcards(void **state)
{
    static const struct {
        const char *pattern, *tidy;
    } rows[] = {
        { "", "" },    { "a%%b", "a%b" }, { "a%*%b", "a*b" },
        { "**", "*" }, { "%a%", "%a%" },  { "*%/%*", "*/*" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GString *tidy = g_string_new(rows[i].pattern);

        imap_list_tidy(tidy);
        assert_string_equal(tidy->str, rows[i].tidy);
        g_string_free(tidy, TRUE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_imap_addresses),
        cmocka_unit_test(test_imap_list_patterns),
        cmocka_unit_test(test_imap_list_tidies_wildcards),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
