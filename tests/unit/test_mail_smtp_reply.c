#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glib.h>

#include "mail/smtp_reply.h"

static const struct {
    unsigned code;
    const char *text, *status, *rest;
} statuses[] = {
    { 550, "5.1.1 No such user", "5.1.1", "No such user" },
    { 550, "No such user", "5.1.1", "No such user" },
    { 550, "4.1.1 No such user", "5.1.1", "4.1.1 No such user" }, /* of another class: RFC 2034 §4 */
    { 550, "5.7.123  x", "5.7.123", "x" },
    { 550, "5.7.1", "5.7.1", "" },
    { 550, "5.7.1x", "5.1.1", "5.7.1x" },
    { 550, "5.7.1234 x", "5.1.1", "5.7.1234 x" },
    { 550, "5..1 x", "5.1.1", "5..1 x" },
    { 550, "5.7. x", "5.1.1", "5.7. x" },
    { 550, "", "5.1.1", "" },
    { 250, "OK", "2.0.0", "OK" },
    { 299, "fine", "2.0.0", "fine" },
    { 499, "no", "4.0.0", "no" },
    { 599, "no", "5.0.0", "no" },
    { 354, "3.0.0 go", "", "3.0.0 go" }, /* none for 3xx */
};

static void test_reply_gets_a_status_of_its_class(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(statuses); i++) {
        struct span text = span_of(statuses[i].text);
        struct span status = smtp_reply_take_status(statuses[i].code, &text);

        if (!span_is(status, span_of(statuses[i].status)) || !span_is(text, span_of(statuses[i].rest)))
            fail_msg("%u %s: %.*s, %.*s", statuses[i].code, statuses[i].text, (int)status.len, status.at,
                     (int)text.len, text.at);
    }
    for (unsigned code = 200; code < 600; code++) {
        struct span text = span_of(smtp_reply_usual(code));

        if (code / 100 != 3)
            assert_int_not_equal(smtp_reply_status_len(code, text), 0);
    }
}

static const struct {
    const char *text, *out;
} written[] = {
    { "OK", "250 2.0.0 OK\r\n" },
    { "", "250 2.0.0 \r\n" },
    { "a\nb\nc", "250-2.0.0 a\r\n250-2.0.0 b\r\n250 2.0.0 c\r\n" },
    { "a\r\n221 Bye", "250-2.0.0 a?\r\n250 2.0.0 221 Bye\r\n" },
    { "\xeb\xb0\xa5\x01\x7f\t.", "250 2.0.0 ?????\t.\r\n" },
};

static void test_reply_cannot_be_broken_by_its_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(written); i++) {
        GString *out = g_string_new("x");
        struct span part = span_of(written[i].text);

        smtp_reply_write(out, 250, SPAN("2.0.0"), &part, 1);
        assert_string_equal(out->str + 1, written[i].out);
        g_string_free(out, TRUE);
    }
}

/* RFC 5321 §4.5.3.1.5: each line has at most 512 octets, whatever the text's length; nothing of it is lost.
 */
static void test_reply_folds_long_text(void **state)
{
    (void)state;
    for (size_t len = 480; len < 1600; len++) {
        char *text = g_strnfill(len, 'x');
        struct span parts[] = { span_bytes(text, len / 3), span_bytes(text, len - len / 3) };
        GString *out = g_string_new(NULL);
        struct smtp_reply_reader r;
        struct smtp_reply reply;
        struct span bytes;
        enum smtp_reply_step step;
        size_t sum = 0;

        smtp_reply_write(out, 550, SPAN("5.1.1"), parts, 2);
        smtp_reply_reader_init(&r);
        bytes = span_bytes(out->str, out->len);
        do {
            step = smtp_reply_read(&r, &bytes, &reply);
            assert_true(step == SMTP_REPLY_LINE || step == SMTP_REPLY_WHOLE);
            sum += reply.line.len - strlen("5.1.1 ");
        } while (step == SMTP_REPLY_LINE);
        assert_int_equal(sum, len);
        smtp_reply_reader_release(&r);
        g_string_free(out, TRUE);
        g_free(text);
    }
}

/* out: the whole reply joined, or what is wrong. */
static const struct {
    const char *name, *in;
    unsigned code;
    const char *out;
} heard[] = {
    { "one line", "250 OK\r\n", 250, "250 OK" },
    { "no text", "250 \r\n", 250, "250 " },
    { "no space", "250\r\n", 250, "250" },
    { "two lines", "250-a\r\n250 b\r\n", 250, "250 a b" },
    { "bare last line", "250-a\r\n250\r\n", 250, "250 a" },
    { "bare lines", "250-\r\n250-\r\n250\r\n", 250, "250" },
    { "the status once", "550-5.1.1 a\r\n550-5.1.1 b\r\n550 5.1.1\r\n", 550, "550 5.1.1 a b" },
    { "greatest code", "599 x\r\n", 599, "599 x" },
    { "two digits", "25\r\n", 0, "no reply code" },
    { "letters", "2x0 OK\r\n", 0, "no reply code" },
    { "first digit 1", "150 OK\r\n", 0, "no reply code" },
    { "first digit 6", "650 OK\r\n", 0, "no reply code" },
    { "no separator", "250OK\r\n", 0, "no reply code" },
    { "empty line", "\r\n", 0, "no reply code" },
    { "codes differ", "250-a\r\n251 b\r\n", 0, "two codes in one reply" },
    { "continued by text", "250-a\r\nb\r\n", 0, "no reply code" },
    { "8-bit", "250 \xc3\xb6\r\n", 0, "an 8-bit octet" },
    { "bare CR", "250 a\rb\r\n", 0, "a bare CR" },
};

static void test_reply_is_read_however_it_is_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(heard); i++) {
        for (int by_octet = 0; by_octet < 2; by_octet++) {
            struct span all = span_of(heard[i].in);
            struct smtp_reply reply = { 0 };
            struct smtp_reply_reader r;
            enum smtp_reply_step step = SMTP_REPLY_NONE;
            struct span out;

            smtp_reply_reader_init(&r);
            while (all.len > 0 && step != SMTP_REPLY_WHOLE && step != SMTP_REPLY_BROKEN) {
                struct span bytes = span_bytes(all.at, by_octet ? 1 : all.len);
                size_t had = bytes.len;

                step = smtp_reply_read(&r, &bytes, &reply);
                all = span_bytes(all.at + had - bytes.len, all.len - had + bytes.len);
            }
            out = step == SMTP_REPLY_BROKEN ? span_of(reply.wrong) : reply.all;
            if (step == SMTP_REPLY_NONE || (step == SMTP_REPLY_WHOLE) != (heard[i].code != 0) ||
                !span_is(out, span_of(heard[i].out)))
                fail_msg("%s: %.*s", heard[i].name, (int)out.len, out.at);
            smtp_reply_reader_release(&r);
        }
    }
}

static void test_reply_without_end_is_broken(void **state)
{
    struct smtp_reply_reader r;
    struct smtp_reply reply;
    unsigned n = 0;
    enum smtp_reply_step step;

    (void)state;
    smtp_reply_reader_init(&r);
    do {
        struct span bytes = SPAN("250-on and on and on and on and on and on and on\r\n");

        step = smtp_reply_read(&r, &bytes, &reply);
        n++;
    } while (step == SMTP_REPLY_LINE);
    assert_int_equal(step, SMTP_REPLY_BROKEN);
    assert_int_equal(n, 101);
    assert_true(r.joined->len <= 2048);
    smtp_reply_reader_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reply_gets_a_status_of_its_class),
        cmocka_unit_test(test_reply_cannot_be_broken_by_its_text),
        cmocka_unit_test(test_reply_folds_long_text),
        cmocka_unit_test(test_reply_is_read_however_it_is_cut),
        cmocka_unit_test(test_reply_without_end_is_broken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
