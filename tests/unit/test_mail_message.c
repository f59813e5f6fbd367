#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glib.h>

#include "mail/message.h"

static struct mail_message *message(const char *text)
{
    struct span part = span_of(text);

    return mail_message_new(1, &part, 1);
}

static void test_message_joins_its_parts(void **state)
{
    struct span parts[] = {
        SPAN("Received: by us\r\n"), { NULL, 0 }, SPAN("Subject: x\r\n\r\n"), SPAN("body\r\n")
    };
    struct mail_message *m = mail_message_new(7, parts, 4);

    (void)state;
    assert_int_equal(m->mail, 7);
    assert_true(span_is(m->data, SPAN("Received: by us\r\nSubject: x\r\n\r\nbody\r\n")));
    mail_message_unref(&m);
    assert_null(m);
    m = mail_message_new(8, NULL, 0);
    assert_int_equal(m->data.len, 0);
    mail_message_unref(&m);
}

static void test_message_lives_as_long_as_its_last_holder(void **state)
{
    struct mail_message *m = message("Subject: x\r\n"), *queued = mail_message_ref(m), *none = NULL;

    (void)state;
    mail_message_unref(&m);
    assert_true(span_is(mail_message_field(queued, "Subject"), SPAN("x")));
    mail_message_unref(&queued);
    mail_message_unref(&none);
}

static const struct {
    const char *text, *field, *value;
    unsigned count;
} rows[] = {
    { "Subject: hello\r\n\r\n", "Subject", "hello", 1 },
    { "Subject: hello\r\n\r\n", "subject", "hello", 1 },
    { "SUBJECT:hello\r\n\r\n", "Subject", "hello", 1 },
    { "Subject : hello\r\n\r\n", "Subject", "hello", 1 }, /* RFC 5322 §4.5: obsolete, yet to be read */
    { "Subject: \t hello \t\r\n\r\n", "Subject", "hello", 1 },
    { "Subject:\r\n\r\n", "Subject", "", 1 },
    { "Subject:\r\n hello\r\n\r\n", "Subject", "hello", 1 },
    { "Subject: hello\r\n\tthere\r\nTo: x\r\n\r\n", "Subject", "hello\r\n\tthere", 1 },
    { "Subject: hello\r\n there: x\r\nTo: y\r\n\r\n", "there", "", 0 },
    { "To: x\r\nSubject: one\r\nSubject: two\r\n\r\n", "Subject", "one", 2 },
    { "To: x\r\n\r\nSubject: in the body\r\n", "Subject", "", 0 },
    { "To: x\r\nno field\r\nSubject: x\r\n", "Subject", "",
      0 }, /* where a body begins without a blank line */
    { "Subject: no end", "Subject", "no end", 1 },
    { "Subjects: x\r\n\r\n", "Subject", "", 0 },
    { "Sub: x\r\n\r\n", "Subject", "", 0 },
    { ": x\r\nSubject: y\r\n\r\n", "Subject", "", 0 },
    { "\r\nSubject: y\r\n", "Subject", "", 0 },
    { "", "Subject", "", 0 },
    { "Received: a\r\nReceived: b\r\n by c\r\nX: y\r\nreceived: d\r\n\r\nReceived: e\r\n", "Received", "a",
      3 },
};

static void test_message_finds_fields_in_its_header_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct mail_message *m = message(rows[i].text);
        struct span value = mail_message_field(m, rows[i].field);
        unsigned count = mail_message_count(m, rows[i].field);

        if (!span_is(value, span_of(rows[i].value)) || count != rows[i].count)
            fail_msg("%s: \"%.*s\", %u times", rows[i].text, (int)value.len, value.at, count);
        mail_message_unref(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_message_joins_its_parts),
        cmocka_unit_test(test_message_lives_as_long_as_its_last_holder),
        cmocka_unit_test(test_message_finds_fields_in_its_header_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
