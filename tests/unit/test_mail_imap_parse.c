/* The words of IMAP commands, and strings as responses write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <inttypes.h>
#include <stdint.h>

#include <cmocka.h>

#include "mail/imap_parse.h"
#include "mail/imap_text.h"
#include "mail/imap_utf7.h"

/* What a reader gives for `text`, with what it left behind a bar; "fault" if there was one. */
typedef void reader(struct imap_args *a, GString *out);

static bool reads(reader *read, const char *text, const char *expected)
{
    struct imap_args a;
    GString *out = g_string_new(NULL);
    bool same;

    imap_args_init(&a);
    imap_args_start(&a, span_of(text));
    read(&a, out);
    g_string_append_c(out, '|');
    g_string_append_len(out, a.rest.at, (gssize)a.rest.len);
    if (a.fault != NULL)
        g_string_assign(out, "fault");
    same = strcmp(out->str, expected) == 0;
    if (!same)
        print_error("%s: %s instead of %s\n", text, out->str, expected);
    imap_args_release(&a);
    g_string_free(out, TRUE);
    return same;
}

static void read_tag(struct imap_args *a, GString *out)
{
    struct span s = imap_args_take_tag(a);

    g_string_append_len(out, s.at, (gssize)s.len);
}

static void read_atom(struct imap_args *a, GString *out)
{
    struct span s = imap_args_take_atom(a, "an atom");

    g_string_append_len(out, s.at, (gssize)s.len);
}

static void read_astring(struct imap_args *a, GString *out)
{
    struct span s = imap_args_take_astring(a, "a string");

    g_string_append_len(out, s.at, (gssize)s.len);
}

static void read_pattern(struct imap_args *a, GString *out)
{
    struct span s = imap_args_take_pattern(a);

    g_string_append_len(out, s.at, (gssize)s.len);
}

static void read_number(struct imap_args *a, GString *out)
{
    g_string_append_printf(out, "%u", imap_args_take_number(a, 0));
}

static void read_date(struct imap_args *a, GString *out)
{
    g_string_append_printf(out, "%" PRId64, imap_args_take_date(a));
}

static void read_date_time(struct imap_args *a, GString *out)
{
    g_string_append_printf(out, "%" PRId64, imap_args_take_date_time(a));
}

static void read_flags(struct imap_args *a, GString *out)
{
    struct imap_flags f;

    imap_args_take_flags(a, &f);
    g_string_append_printf(out, "%u", f.system);
    for (unsigned i = 0; i < f.n_keywords; i++)
        g_string_append_printf(out, " %.*s", (int)f.keywords[i].len, f.keywords[i].at);
    if (f.too_many)
        g_string_append(out, " and more");
}

/* Settled for a folder of seven. */
static void read_set(struct imap_args *a, GString *out)
{
    struct imap_set s;

    imap_args_take_set(a, &s);
    if (a->fault == NULL) {
        imap_set_settle(&s, 7);
        imap_set_text(&s, out);
    }
    imap_set_release(&s);
}

static void test_imap_args_read_what_was_asked_for(void **state)
{
    static const struct {
        reader *read;
        const char *text, *expected;
    } rows[] = {
        { read_tag, "a1 NOOP", "a1| NOOP" },
        { read_tag, "]", "]|" },
        { read_tag, "+", "fault" },
        { read_tag, "a+b", "fault" },
        { read_tag, "", "fault" },
        { read_atom, "ab-c_$.1]x", "ab-c_$.1|]x" },
        { read_atom, "\"x\"", "fault" },
        { read_atom, "\303\251", "fault" },
        { read_atom, "\x7f", "fault" },
        { read_astring, "a]b c", "a]b| c" },
        { read_astring, "NIL", "NIL|" },
        { read_astring, "a%b", "a|%b" },
        { read_astring, "%b", "fault" },
        { read_astring, "\"\"x", "|x" },
        { read_astring, "\"a b\" c", "a b| c" },
        { read_astring, "\"a\\\\b\\\"c\"", "a\\b\"c|" },
        { read_astring, "\"\303\251\"", "\303\251|" },
        { read_astring, "\"a\\b\"", "fault" },
        { read_astring, "\"a", "fault" },
        { read_astring, "\"a\\", "fault" },
        { read_astring, "\"a\r\n\"", "fault" },
        { read_astring, "{0}\r\nx", "|x" },
        { read_astring, "{4}\r\na\r\n\"x", "a\r\n\"|x" },
        { read_astring, "{2+}\r\nabc", "ab|c" },
        { read_astring, "{3}\r\nab", "fault" },
        { read_astring, "{2}\nab", "fault" },
        { read_astring, "{}\r\n", "fault" },
        { read_astring, "{+}\r\n", "fault" },
        { read_astring, "{-1}\r\n", "fault" },
        { read_astring, "{1x}\r\na", "fault" },
        { read_astring, "{99999999999999999999}\r\na", "fault" },
        { read_pattern, "a/%*]", "a/%*]|" },
        { read_pattern, "\"% *\"", "% *|" },
        { read_pattern, "(", "fault" },
        { read_number, "0", "0|" },
        { read_number, "007x", "7|x" },
        { read_number, "4294967295", "4294967295|" },
        { read_number, "4294967296", "fault" },
        { read_number, "-1", "fault" },
        { read_number, "", "fault" },
        { read_date, "1-Jan-1970", "0|" },
        { read_date, "\"02-jan-1970\"", "1|" },
        { read_date, "31-DEC-1969 x", "-1| x" },
        { read_date, "29-Feb-2024", "19782|" },
        { read_date, "29-Feb-2026", "fault" },
        { read_date, "0-Jan-2026", "fault" },
        { read_date, "1-Jan-0000", "fault" },
        { read_date, "1-Jan-26", "fault" },
        { read_date, "1-Foo-2026", "fault" },
        { read_date, "\"1-Jan-2026", "fault" },
        { read_date, "2026-01-01", "fault" },
        { read_date_time, "\"01-Jan-1970 00:00:00 +0000\"", "0|" },
        { read_date_time, "\" 1-Jan-1970 00:00:00 -0800\"", "28800|" },
        { read_date_time, "\"17-Jul-1996 02:44:25 -0700\"", "837596665|" },
        { read_date_time, "\"31-Dec-1969 23:59:60 +0530\"", "-19801|" },
        { read_date_time, "\"1-Jan-1970 00:00:00 +0000\"", "fault" },
        { read_date_time, "01-Jan-1970 00:00:00 +0000", "fault" },
        { read_date_time, "\"01-Jan-1970 24:00:00 +0000\"", "fault" },
        { read_date_time, "\"01-Jan-1970 00:60:00 +0000\"", "fault" },
        { read_date_time, "\"01-Jan-1970 00:00:61 +0000\"", "fault" },
        { read_date_time, "\"01-Jan-1970 00:00:00 +0060\"", "fault" },
        { read_date_time, "\"01-Jan-1970 00:00:00 0000\"", "fault" },
        { read_date_time, "\"01-Jan-1970 00:00:00 +0000", "fault" },
        { read_flags, "()", "0|" },
        { read_flags, "(\\SEEN \\deleted)", "9|" },
        { read_flags, "\\Draft $Work)", "16 $Work|)" },
        { read_flags, "($a b $A)", "0 $a b|" },
        { read_flags, "(a b c d e f g h i j k l m n o p q r s t u v w x y z \\Seen 0)",
          "1 a b c d e f g h i j k l m n o p q r s t u v w x y z and more|" },
        { read_flags, "(\\Recent)", "fault" },
        { read_flags, "(\\*)", "fault" },
        { read_flags, "(\\)", "fault" },
        { read_flags, "( \\Seen)", "fault" },
        { read_flags, "(\\Seen )", "fault" },
        { read_flags, "(\\Seen", "fault" },
        { read_set, "3", "3|" },
        { read_set, "*", "7|" },
        { read_set, "1:3,2:5", "1:5|" },
        { read_set, "5:2", "2:5|" },
        { read_set, "9:*", "7:9|" },
        { read_set, "*:6", "6:7|" },
        { read_set, "6,2,4,2", "2,4,6|" },
        { read_set, "4294967295 x", "4294967295| x" },
        { read_set, "0", "fault" },
        { read_set, "1:", "fault" },
        { read_set, "1,", "fault" },
        { read_set, ",1", "fault" },
        { read_set, "1:2:3", "1:2|:3" },
    };
    unsigned bad = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        bad += !reads(rows[i].read, rows[i].text, rows[i].expected);
    assert_int_equal(bad, 0);
}

/* Nothing more is read after a fault, and the first one is told. */
static void test_imap_args_keep_their_first_fault(void **state)
{
    struct imap_args a;

    (void)state;
    imap_args_init(&a);
    imap_args_start(&a, SPAN("x(y)\r\n"));
    imap_args_take_space(&a);
    assert_string_equal(a.fault, "a space");
    assert_int_equal(imap_args_take_atom(&a, "an atom").len, 0);
    assert_int_equal(imap_args_peek(&a), '\0');
    imap_args_take(&a, '(');
    imap_args_take_end(&a);
    assert_string_equal(a.fault, "a space");
    imap_args_start(&a, SPAN("\r\n"));
    imap_args_take_end(&a);
    assert_null(a.fault);
    imap_args_release(&a);
}

static void test_imap_set_has_what_it_says(void **state)
{
    struct imap_set s = { NULL };
    static const uint32_t in[] = { 1, 2, 3, 7, 8, 4294967295u };

    (void)state;
    assert_false(imap_set_has(&s, 1));
    for (size_t i = 0; i < G_N_ELEMENTS(in); i++)
        imap_set_add(&s, in[i]);
    imap_set_add(&s, in[G_N_ELEMENTS(in) - 1]);
    assert_int_equal(s.n, 3);
    for (size_t i = 0; i < G_N_ELEMENTS(in); i++)
        assert_true(imap_set_has(&s, in[i]));
    assert_false(imap_set_has(&s, 4) || imap_set_has(&s, 6) || imap_set_has(&s, 9));
    imap_set_release(&s);
}

static void test_imap_text_writes_what_readers_read(void **state)
{
    static const struct {
        const char *text, *string, *astring;
    } rows[] = {
        { "", "\"\"", "\"\"" },
        { "abc", "\"abc\"", "abc" },
        { "a]b", "\"a]b\"", "a]b" },
        { "two words", "\"two words\"", "\"two words\"" },
        { "nil", "\"nil\"", "\"nil\"" },
        { "a\"b\\", "\"a\\\"b\\\\\"", "\"a\\\"b\\\\\"" },
        { "a%", "\"a%\"", "\"a%\"" },
        { "a\r\nb", "{4}\r\na\r\nb", "{4}\r\na\r\nb" },
        { "\303\251", "{2}\r\n\303\251", "{2}\r\n\303\251" },
    };
    GString *out = g_string_new(NULL);
    char *long_text = g_strnfill(2000, 'x');

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_string_truncate(out, 0);
        imap_put_string(out, span_of(rows[i].text));
        assert_string_equal(out->str, rows[i].string);
        g_string_truncate(out, 0);
        imap_put_astring(out, span_of(rows[i].text));
        assert_string_equal(out->str, rows[i].astring);
    }
    g_string_truncate(out, 0);
    imap_put_nstring(out, span_of(NULL));
    imap_put_nstring(out, SPAN(""));
    assert_string_equal(out->str, "NIL\"\"");
    g_string_truncate(out, 0);
    imap_put_string(out, span_of(long_text));
    assert_true(g_str_has_prefix(out->str, "{2000}\r\nxxx"));
    g_string_truncate(out, 0);
    imap_put_date_time(out, 837596665);
    assert_string_equal(out->str, "\"17-Jul-1996 09:44:25 +0000\"");
    g_free(long_text);
    g_string_free(out, TRUE);
}

/* RFC 3501 §5.1.3, RFC 2152. */
static void test_imap_utf7_goes_there_and_back(void **state)
{
    static const struct {
        const char *utf8, *utf7;
    } rows[] = {
        { "", "" },
        { "INBOX", "INBOX" },
        { "R&D", "R&-D" },
        { "&", "&-" },
        { "caf\303\251", "caf&AOk-" },
        { "\355\205\214\354\212\244\355\212\270", "&0UzCpNK4-" },
        { "~peter/mail/\345\217\260\345\214\227/\346\227\245\346\234\254\350\252\236",
          "~peter/mail/&U,BTFw-/&ZeVnLIqe-" },
        { "Hi Mom -\342\230\272-!", "Hi Mom -&Jjo--!" },
        { "\360\237\215\225", "&2DzfVQ-" },
        { "\tx", "&AAk-x" },
    };
    static const char *const wrong[] = {
        "caf\303\251", /* 8-bit */
        "&",           /* no end */
        "a&AOk",       /* no end */
        "&AOk&-",      /* no digit */
        "&AOk=-",      /* padding */
        "&AOl-",       /* bits left over that are not 0 */
        "&AOkA-",      /* too many of them */
        "&AGE-",       /* "a" needs none */
        "&AOk-&AOk-",  /* one run would do */
        "&2Dw-",       /* half a pair */
        "&31U-",       /* the other half */
        "&2DzYPA-",    /* two first halves */
        "&AAAAAA-",    /* NUL twice */
        "a\nb",        /* a control */
        "&U/BTFw-",    /* "/" for "," */
    };
    GString *out = g_string_new(NULL);

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_string_truncate(out, 0);
        imap_utf7_encode(span_of(rows[i].utf8), out);
        assert_string_equal(out->str, rows[i].utf7);
        g_string_truncate(out, 0);
        assert_true(imap_utf7_decode(span_of(rows[i].utf7), out));
        assert_string_equal(out->str, rows[i].utf8);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_string_assign(out, "before");
        if (imap_utf7_decode(span_of(wrong[i]), out))
            fail_msg("%s is %s", wrong[i], out->str);
        assert_string_equal(out->str, "before");
    }
    g_string_free(out, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_imap_args_read_what_was_asked_for),
        cmocka_unit_test(test_imap_args_keep_their_first_fault),
        cmocka_unit_test(test_imap_set_has_what_it_says),
        cmocka_unit_test(test_imap_text_writes_what_readers_read),
        cmocka_unit_test(test_imap_utf7_goes_there_and_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
