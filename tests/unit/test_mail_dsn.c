/* Reports to senders, and messages as agents compose them: text in, bytes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>
#include <gmime/gmime.h>

#include "mail/compose.h"
#include "mail/dsn.h"

static struct mail_message *message(const char *text)
{
    return mail_message_new(1, &(struct span){ text, strlen(text) }, 1);
}

static GMimeMessage *parse(const struct mail_message *m)
{
    GMimeStream *s = g_mime_stream_mem_new_with_buffer(m->data.at, m->data.len);
    GMimeParser *p = g_mime_parser_new_with_stream(s);
    GMimeMessage *parsed = g_mime_parser_construct_message(p, NULL);

    g_object_unref(p);
    g_object_unref(s);
    assert_non_null(parsed);
    return parsed;
}

/* What may cross the wire: 7 bits, CRLF, lines of 998 octets, no NUL. */
static void assert_clean(const char *name, const struct mail_message *m)
{
    size_t line = 0;

    for (size_t i = 0; i < m->data.len; i++) {
        unsigned char c = (unsigned char)m->data.at[i];

        if (c == '\r' && i + 1 < m->data.len && m->data.at[i + 1] == '\n') {
            i++;
            line = 0;
            continue;
        }
        if (c >= 0x80 || c == '\0' || c == '\r' || c == '\n' || ++line > 998)
            fail_msg("%s: octet %zu (0x%02x) in:\n%.*s", name, i, c, (int)m->data.len, m->data.at);
    }
    if (line != 0)
        fail_msg("%s: the last line has no end", name);
}

/* ---- Status. */

static const struct {
    const char *name;
    unsigned code;
    const char *line, *expected;
} statuses[] = {
    { "told by the server", 550, "550 5.1.1 No such user", "5.1.1" },
    { "three digits", 556, "556 5.1.10 Null MX", "5.1.10" },
    { "of another class", 450, "450 5.1.1 Confused", "4.2.0" },
    { "none told", 552, "552 Mailbox full", "5.2.2" },
    { "no text", 550, "550", "5.1.1" },
    { "unknown code", 499, "499 What", "4.0.0" },
    { "no reply", 0, "The host does not answer", "4.4.1" },
    { "nothing known", 0, NULL, "4.4.1" },
};

static void test_dsn_status(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(statuses); i++) {
        char got[MAIL_STATUS_MAX];

        mail_dsn_status(got, &(struct mail_dsn_rcpt){ .code = statuses[i].code, .line = statuses[i].line });
        if (strcmp(got, statuses[i].expected) != 0)
            fail_msg("%s: %s, expected %s", statuses[i].name, got, statuses[i].expected);
    }
}

/* ---- Reports. */

static struct mail_message *report(const char *about, enum mail_dsn_action action)
{
    static const struct mail_dsn_rcpt rcpts[] = {
        { "bob@hamburger.edu", 550, "550 5.1.1 <bob@hamburger.edu>: no such user here", "mail.hamburger.edu",
          false },
        { "carol@hamburger.edu", 0, "The host does not answer", NULL, true },
    };
    struct mail_message *original = message(about), *m;

    m = mail_dsn_new(&(struct mail_dsn){
        .mail = 7,
        .action = action,
        .reporter = "mail.crepes.fr",
        .to = "alice@crepes.fr",
        .about = original,
        .now_s = 1772442000,
        .arrived_s = 1772010000,
        .retry_until_s = 1772500000,
        .rcpts = rcpts,
        .n_rcpts = 2,
    });
    mail_message_unref(&original);
    return m;
}

static const struct {
    const char *name, *about;
} originals[] = {
    { "plain", "From: alice@crepes.fr\r\nSubject: Hello\r\nMessage-ID: <m1@crepes.fr>\r\n\r\nBody\r\n" },
    { "no body", "Subject: Hello\r\n" },
    { "empty", "" },
    { "no header", "\r\nBody\r\n" },
    { "the boundary in it", "Subject: --=_report_m7_0\r\n =_report_m7_1\r\n\r\nBody\r\n" },
    { "8 bits", "Subject: H\xc3\xa9llo\r\n\r\nBody\r\n" },
    { "a folded id", "Message-ID:\r\n <m1@crepes.fr>\r\n x\r\n\r\nBody\r\n" },
};

static void test_dsn_is_multipart_report(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(originals); i++) {
        for (int action = MAIL_DSN_FAILED; action <= MAIL_DSN_DELAYED; action++) {
            struct mail_message *m = report(originals[i].about, action);
            GMimeMessage *parsed = parse(m);
            GMimeMultipart *top = GMIME_MULTIPART(g_mime_message_get_mime_part(parsed));
            static const char *const types[] = { "text/plain", "message/delivery-status",
                                                 "text/rfc822-headers" };

            assert_clean(originals[i].name, m);
            assert_true(GMIME_IS_MULTIPART(top));
            assert_string_equal(g_mime_object_get_content_type_parameter(GMIME_OBJECT(top), "report-type"),
                                "delivery-status");
            if (g_mime_multipart_get_count(top) != 3)
                fail_msg("%s: %d parts", originals[i].name, g_mime_multipart_get_count(top));
            for (int part = 0; part < 3; part++) {
                char *type = g_mime_content_type_get_mime_type(
                    g_mime_object_get_content_type(g_mime_multipart_get_part(top, part)));

                assert_string_equal(type, types[part]);
                g_free(type);
            }
            g_object_unref(parsed);
            mail_message_unref(&m);
        }
    }
}

static void test_dsn_says_what_happened(void **state)
{
    static const char *const failed[] = {
        "Reporting-MTA: dns; mail.crepes.fr\r\nArrival-Date: Wed, 25 Feb 2026 09:00:00 +0000\r\n\r\n"
        "Final-Recipient: rfc822; bob@hamburger.edu\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Remote-MTA: dns; mail.hamburger.edu\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 <bob@hamburger.edu>: no such user here\r\n"
        "Last-Attempt-Date: Mon, 02 Mar 2026 09:00:00 +0000\r\n\r\n"
        "Final-Recipient: rfc822; carol@hamburger.edu\r\nAction: failed\r\nStatus: 4.4.1\r\n"
        "Diagnostic-Code: x-mxlab; The host does not answer\r\n"
        "Last-Attempt-Date: Mon, 02 Mar 2026 09:00:00 +0000\r\n",
        "\r\nTo: alice@crepes.fr\r\n",
        "Auto-Submitted: auto-replied\r\n",
        "In-Reply-To: <m1@crepes.fr>\r\n",
    };
    struct mail_message *m = report(originals[0].about, MAIL_DSN_FAILED);
    struct mail_message *again = report(originals[0].about, MAIL_DSN_FAILED);

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(failed); i++)
        if (memmem(m->data.at, m->data.len, failed[i], strlen(failed[i])) == NULL)
            fail_msg("not found:\n%s\nin:\n%.*s", failed[i], (int)m->data.len, m->data.at);
    assert_true(span_is(m->data, again->data));
    mail_message_unref(&m);
    mail_message_unref(&again);
    m = report(originals[0].about, MAIL_DSN_DELAYED);
    assert_non_null(memmem(m->data.at, m->data.len, "Action: delayed\r\n", 17));
    assert_non_null(
        memmem(m->data.at, m->data.len, "Will-Retry-Until: Tue, 03 Mar 2026 01:06:40 +0000\r\n", 51));
    mail_message_unref(&m);
}

/* ---- Composing. */

static const char *const to_bob[] = { "bob@hamburger.edu" };
static const char long_word[] =
    "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww";

static const struct {
    const char *name, *from_name, *subject, *text;
    const char *expected_subject, *expected_text; /* as a reader sees them */
} letters[] = {
    { "plain", "Alice", "Hello", "Hi Bob\n", "Hello", "Hi Bob\n" },
    { "no last line end", NULL, "Hello", "Hi Bob", "Hello", "Hi Bob\n" },
    { "dots", NULL, "Hello", ".\n..\nend\n", "Hello", ".\n..\nend\n" },
    { "empty text", NULL, "Hello", "", "Hello", "" },
    { "no subject", NULL, NULL, "Hi\n", NULL, "Hi\n" },
    { "quoted name", "Alice \"A.\" B\\C", "Hello", "Hi\n", "Hello", "Hi\n" },
    { "accents", "Amélie", "Crêpes à deux", "Ça va?\n=20\n", "Crêpes à deux", "Ça va?\n=20\n" },
    { "korean", "김철수", "안녕하세요", "점심 먹을까요?\n내일 봐요.\n", "안녕하세요",
      "점심 먹을까요?\n내일 봐요.\n" },
    { "emoji", NULL, "\xf0\x9f\x8d\x94 lunch", "Burger\n", "\xf0\x9f\x8d\x94 lunch", "Burger\n" },
    { "injected field", NULL, "Hello\r\nBcc: eve@evil.example", "Hi\n", "Hello  Bcc: eve@evil.example",
      "Hi\n" },
    { "encoded by hand", NULL, "=?utf-8?q?yes?=", "Hi\n", "yes", "Hi\n" },
    { "long subject", NULL,
      "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen",
      "Hi\n",
      "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen",
      "Hi\n" },
    { "long word", NULL, long_word, "Hi\n", long_word, "Hi\n" },
};

static struct mail_message *compose(const char *from_name, const char *subject, const char *text, size_t size)
{
    struct mail_desk desk;
    struct mail_message *m;

    mail_desk_init(&desk);
    m = mail_compose(&desk, &(struct mail_letter){ .mail = 1,
                                                   .unix_s = 1772442000,
                                                   .from_name = from_name,
                                                   .from = "alice@crepes.fr",
                                                   .to = to_bob,
                                                   .n_to = 1,
                                                   .subject = subject,
                                                   .text = text,
                                                   .size = size });
    mail_desk_release(&desk);
    return m;
}

/* The text as a reader sees it, with \n. */
static char *text_of(GMimeMessage *parsed)
{
    GMimePart *part = GMIME_PART(g_mime_message_get_mime_part(parsed));
    GMimeStream *s = g_mime_stream_mem_new();
    GByteArray *bytes;
    GString *text;

    g_mime_data_wrapper_write_to_stream(g_mime_part_get_content(part), s);
    bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(s));
    text = g_string_new_len((const char *)bytes->data, bytes->len);
    g_string_replace(text, "\r\n", "\n", 0);
    g_object_unref(s);
    return g_string_free(text, FALSE);
}

static void test_compose_reads_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(letters); i++) {
        struct mail_message *m = compose(letters[i].from_name, letters[i].subject, letters[i].text, 0);
        struct mail_message *again = compose(letters[i].from_name, letters[i].subject, letters[i].text, 0);
        GMimeMessage *parsed = parse(m);
        InternetAddress *from = internet_address_list_get_address(g_mime_message_get_from(parsed), 0);
        const char *name = internet_address_get_name(from), *subject = g_mime_message_get_subject(parsed);
        char *text = text_of(parsed);

        assert_clean(letters[i].name, m);
        assert_true(span_is(m->data, again->data));
        if (g_strcmp0(subject, letters[i].expected_subject) != 0 ||
            strcmp(text, letters[i].expected_text) != 0 ||
            g_strcmp0(name != NULL && *name != '\0' ? name : NULL, letters[i].from_name) != 0 ||
            strcmp(g_mime_message_get_message_id(parsed), "m1.1772442000@crepes.fr") != 0)
            fail_msg("%s: subject \"%s\", from \"%s\", text \"%s\", in:\n%.*s", letters[i].name, subject,
                     name, text, (int)m->data.len, m->data.at);
        assert_int_equal(mail_message_count(m, "Bcc"), 0);
        g_free(text);
        g_object_unref(parsed);
        mail_message_unref(&m);
        mail_message_unref(&again);
    }
}

static void test_compose_plain_bytes(void **state)
{
    struct mail_message *m = compose("Alice", "Hello", "Hi Bob", 0);

    (void)state;
    assert_true(span_is(m->data, SPAN("Date: Mon, 02 Mar 2026 09:00:00 +0000\r\n"
                                      "From: Alice <alice@crepes.fr>\r\n"
                                      "To: bob@hamburger.edu\r\n"
                                      "Subject: Hello\r\n"
                                      "Message-ID: <m1.1772442000@crepes.fr>\r\n"
                                      "\r\n"
                                      "Hi Bob\r\n")));
    mail_message_unref(&m);
}

static void test_compose_pads_to_size(void **state)
{
    (void)state;
    for (size_t size = 0; size < 400; size++) {
        struct mail_message *m = compose(NULL, "Size", "Hi\n", size);
        const char *body = (const char *)memmem(m->data.at, m->data.len, "\r\n\r\n", 4) + 4;
        size_t got = (size_t)(m->data.at + m->data.len - body);

        assert_clean("padding", m);
        /* One octet more than there is cannot be made of whole lines. */
        if (got != (size < 6 ? 4 : size))
            fail_msg("size %zu: %zu", size, got);
        mail_message_unref(&m);
    }
}

static void test_compose_encodes_long_lines(void **state)
{
    char *text = g_strnfill(3000, 'x');
    struct mail_message *m = compose(NULL, "Long", text, 0);
    GMimeMessage *parsed = parse(m);
    char *got = text_of(parsed);

    (void)state;
    assert_clean("long line", m);
    got[strlen(got) - 1] = '\0';
    assert_string_equal(got, text);
    g_free(got);
    g_free(text);
    g_object_unref(parsed);
    mail_message_unref(&m);
}

static void test_compose_folds_addresses(void **state)
{
    const char *list[60];
    GString *out = g_string_new(NULL);

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(list); i++)
        list[i] = "somebody@hamburger.edu";
    mail_compose_addresses(out, "To", list, G_N_ELEMENTS(list));
    for (char *line = out->str, *end; (end = strstr(line, "\r\n")) != NULL; line = end + 2)
        assert_in_range(end - line, 1, 78);
    g_string_free(out, TRUE);
}

/* The kept day gives what core/time.h gives, whichever way the times go. */
static void test_date_text(void **state)
{
    static const int64_t times[] = { 0,          1,          86399,      86400, 1772442000,
                                     1772442001, 1772409600, 1772409599, -1,    253402300798 };
    struct mail_date d = { 0 };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
        char expected[TIME_RFC5322_MAX];

        time_rfc5322(expected, times[i]);
        assert_string_equal(mail_date_text(&d, times[i]).at, expected);
    }
}

static void test_put_number(void **state)
{
    static const uint64_t numbers[] = { 0, 9, 10, 12345678901, UINT64_MAX };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        char got[MAIL_NUMBER_MAX + 1], expected[MAIL_NUMBER_MAX + 1];

        *mail_put_number(got, numbers[i]) = '\0';
        g_snprintf(expected, sizeof expected, "%" G_GUINT64_FORMAT, numbers[i]);
        assert_string_equal(got, expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dsn_status),
        cmocka_unit_test(test_dsn_is_multipart_report),
        cmocka_unit_test(test_dsn_says_what_happened),
        cmocka_unit_test(test_compose_reads_back),
        cmocka_unit_test(test_compose_plain_bytes),
        cmocka_unit_test(test_compose_pads_to_size),
        cmocka_unit_test(test_compose_encodes_long_lines),
        cmocka_unit_test(test_compose_folds_addresses),
        cmocka_unit_test(test_date_text),
        cmocka_unit_test(test_put_number),
    };

    g_mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
