#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glib.h>

#include "mail/smtp_line.h"

enum { MAX = 12 };

/* Lines as taken, parted by "|", each with its flaws behind a slash; what is left incomplete is not shown. */
static const struct {
    const char *name;
    struct span in;
    const char *out;
} rows[] = {
    { "one line", SPAN("NOOP\r\n"), "NOOP/0|" },
    { "two lines", SPAN("NOOP\r\nQUIT\r\n"), "NOOP/0|QUIT/0|" },
    { "empty lines", SPAN("\r\n\r\n"), "/0|/0|" },
    { "no end", SPAN("NOOP"), "" },
    { "CR at the end", SPAN("NOOP\r"), "" },
    { "bare LF", SPAN("a\nb\r\n"), "a\nb/8|" },
    { "bare CR", SPAN("a\rb\r\n"), "a\rb/4|" },
    { "CR before CRLF", SPAN("a\r\r\n"), "a\r/4|" },
    { "LF first", SPAN("\na\r\n"), "\na/8|" },
    { "LF CR LF", SPAN("a\n\r\n"), "a\n/8|" },
    { "NUL", SPAN("a\0\r\n"), "a?/2|" },
    { "8-bit", SPAN("\xff\r\n"), "\xff/16|" },
    { "tab and controls are text", SPAN("\t\x01\x7f\r\n"), "\t\x01\x7f/0|" },
    { "just fits", SPAN("1234567890\r\n"), "1234567890/0|" },
    { "one too long", SPAN("12345678901\r\nx\r\n"), "1234567890/1|x/0|" },
    { "much too long, bad at the end", SPAN("1234567890123456789012345678901234\0\r\nx\r\n"),
      "1234567890/3|x/0|" },
    { "a flaw does not stay", SPAN("a\nb\r\nc\r\n"), "a\nb/8|c/0|" },
};

static GString *take_all(struct span in, size_t piece)
{
    GString *out = g_string_new(NULL);
    struct smtp_line l;

    smtp_line_init(&l);
    while (in.len > 0) {
        struct span bytes = span_bytes(in.at, MIN(piece, in.len)), line;
        unsigned flaws;

        in = span_bytes(in.at + bytes.len, in.len - bytes.len);
        while (smtp_line_take(&l, MAX, &bytes, &line, &flaws)) {
            for (size_t i = 0; i < line.len; i++)
                g_string_append_c(out, line.at[i] != '\0' ? line.at[i] : '?');
            g_string_append_printf(out, "/%u|", flaws);
        }
        assert_int_equal(bytes.len, 0);
    }
    return out;
}

static void test_line_is_the_same_however_it_is_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (size_t piece = 1; piece <= rows[i].in.len; piece++) {
            GString *out = take_all(rows[i].in, piece);

            if (strcmp(out->str, rows[i].out) != 0)
                fail_msg("%s, pieces of %zu: %s", rows[i].name, piece, out->str);
            g_string_free(out, TRUE);
        }
    }
}

/* The quick look at eight octets must say what a look at each says. */
static void test_flaws_are_found_in_any_place(void **state)
{
    static const struct {
        char c;
        unsigned flaw;
    } each[] = { { '\0', SMTP_FLAW_NUL },
                 { '\r', SMTP_FLAW_BARE_CR },
                 { '\n', SMTP_FLAW_BARE_LF },
                 { '\x80', SMTP_FLAW_8BIT },
                 { '\x8a', SMTP_FLAW_8BIT },
                 { '\xff', SMTP_FLAW_8BIT },
                 { '\t', 0 },
                 { ' ', 0 },
                 { '\x7f', 0 },
                 { '\x01', 0 } };

    (void)state;
    for (size_t len = 1; len < 40; len++) {
        for (size_t at = 0; at < len; at++) {
            for (size_t i = 0; i < G_N_ELEMENTS(each); i++) {
                char text[40];

                memset(text, at % 2 ? 'x' : ' ', len);
                text[at] = each[i].c;
                assert_int_equal(smtp_flaws(span_bytes(text, len)), each[i].flaw);
            }
        }
    }
}

/* Any octet in any place, whatever follows it: the first one that is not plain ends what is. */
static void test_plain_ends_at_the_first_that_is_not(void **state)
{
    (void)state;
    for (size_t len = 0; len < 27; len++) {
        for (unsigned c = 0; c < 256; c++) {
            for (size_t at = 0; at < len; at++) {
                char text[27];
                size_t plain = c >= ' ' && c <= '~' ? len : at;

                memset(text, '~', at);
                memset(text + at, (int)c, len - at);
                assert_int_equal(smtp_plain_len(span_bytes(text, len)), plain);
            }
        }
    }
    assert_int_equal(smtp_plain_len(span_of(NULL)), 0);
}

static void test_line_tells_whether_it_is_begun(void **state)
{
    static const char *const begins[] = { "x", "\r", "x\r", "\n" };
    struct smtp_line l;
    unsigned flaws;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(begins); i++) {
        struct span bytes = span_of(begins[i]), line;

        smtp_line_init(&l);
        assert_false(smtp_line_is_begun(&l));
        assert_false(smtp_line_take(&l, MAX, &bytes, &line, &flaws));
        assert_true(smtp_line_is_begun(&l));
        bytes = SPAN("\r\n");
        assert_true(smtp_line_take(&l, MAX, &bytes, &line, &flaws));
        assert_false(smtp_line_is_begun(&l));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_is_the_same_however_it_is_cut),
        cmocka_unit_test(test_flaws_are_found_in_any_place),
        cmocka_unit_test(test_plain_ends_at_the_first_that_is_not),
        cmocka_unit_test(test_line_tells_whether_it_is_begun),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
