/* What talks cannot show: what the policy is asked, and the whole table of verbs and states. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "mail/smtp_server.h"

struct desk {
    struct smtp_verdict connect, mail, rcpt, data, message;
    GString *heard; /* what it was asked and told */
};

static struct smtp_verdict on_connect(void *self)
{
    return ((struct desk *)self)->connect;
}

static struct smtp_verdict on_mail(void *self, struct span sender, uint64_t declared_size)
{
    struct desk *d = self;

    g_string_append_printf(d->heard, "mail <%.*s> %" G_GUINT64_FORMAT ";", (int)sender.len, sender.at,
                           declared_size);
    return d->mail;
}

static struct smtp_verdict on_rcpt(void *self, const struct smtp_envelope *e, struct span recipient)
{
    struct desk *d = self;

    g_string_append_printf(d->heard, "rcpt %u <%.*s> from <%.*s>;", e->n_recipients, (int)recipient.len,
                           recipient.at, (int)e->sender.len, e->sender.at);
    return d->rcpt;
}

static struct smtp_verdict on_data(void *self, const struct smtp_envelope *e)
{
    struct desk *d = self;

    g_string_append_printf(d->heard, "data %u;", e->n_recipients);
    return d->data;
}

static struct smtp_verdict on_message(void *self, const struct smtp_envelope *e, struct span message)
{
    struct desk *d = self;

    g_string_append_printf(d->heard, "message %.*s%s %" G_GUINT64_FORMAT " %u %zu;", (int)e->helo.len,
                           e->helo.at, e->esmtp ? " esmtp" : "", e->declared_size, e->n_recipients,
                           message.len);
    for (unsigned i = 0; i < e->n_recipients; i++)
        assert_true(strlen(e->recipients[i]) > 0);
    return d->message;
}

static struct smtp_verdict on_vrfy(void *self, struct span who)
{
    g_string_append_printf(((struct desk *)self)->heard, "vrfy %.*s;", (int)who.len, who.at);
    return (struct smtp_verdict){ 252, NULL };
}

static const struct smtp_policy policy = { on_connect, on_mail, on_rcpt, on_data, on_message,
                                           on_vrfy,    NULL,    NULL,    NULL };
static const struct smtp_server_options plain = { "mail.hamburger.edu", 0, 100, true };

static struct desk *desk_new(void)
{
    static const struct smtp_verdict ok = { 250, NULL };
    struct desk *d = g_new0(struct desk, 1);

    *d = (struct desk){ { 220, NULL }, ok, ok, ok, ok, g_string_new(NULL) };
    return d;
}

static void desk_free(struct desk *d)
{
    g_string_free(d->heard, TRUE);
    g_free(d);
}

static void say(struct smtp_server *s, const char *text, GString *out)
{
    g_string_truncate(out, 0);
    smtp_server_feed(s, span_of(text), out);
}

#define EHLO "EHLO mail.crepes.fr\r\n"
#define MAIL "MAIL FROM:<alice@crepes.fr>\r\n"
#define RCPT "RCPT TO:<bob@hamburger.edu>\r\n"

/* How to get into each state, and what each verb is answered there. In DATA all is text. */
static const struct {
    enum smtp_server_state state;
    unsigned connect;
    const char *way;
    unsigned helo, ehlo, mail, rcpt, data, rset, noop, vrfy, expn, help, quit, other;
} matrix[] = {
    { SMTP_S_GREET, 554, "", 503, 503, 503, 503, 503, 503, 503, 503, 503, 503, 221, 503 },
    { SMTP_S_HELO, 220, "", 250, 250, 503, 503, 503, 250, 250, 252, 502, 214, 221, 500 },
    { SMTP_S_READY, 220, EHLO, 250, 250, 250, 503, 503, 250, 250, 252, 502, 214, 221, 500 },
    { SMTP_S_MAIL, 220, EHLO MAIL, 250, 250, 503, 250, 503, 250, 250, 252, 502, 214, 221, 500 },
    { SMTP_S_RCPT, 220, EHLO MAIL RCPT, 250, 250, 503, 250, 354, 250, 250, 252, 502, 214, 221, 500 },
    { SMTP_S_DATA, 220, EHLO MAIL RCPT "DATA\r\n", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
    { SMTP_S_QUIT, 220, "QUIT\r\n", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
};

static unsigned answer(size_t row, const char *command)
{
    struct desk *d = desk_new();
    GString *out = g_string_new(NULL);
    struct smtp_server *s;
    enum smtp_server_state now;
    unsigned code;

    d->connect.code = matrix[row].connect;
    s = smtp_server_new(&plain, &policy, d);
    smtp_server_open(s, out);
    say(s, matrix[row].way, out);
    assert_int_equal(smtp_server_state(s), matrix[row].state);
    say(s, command, out);
    code = (unsigned)strtoul(out->str, NULL, 10);
    now = smtp_server_state(s);
    if (code == 0 || code >= 400) /* RFC 5321 §4.1.4: refused, it stays where it was */
        assert_int_equal(now, matrix[row].state);
    assert_int_equal(smtp_server_is_over(s), now == SMTP_S_QUIT);
    smtp_server_free(&s);
    g_string_free(out, TRUE);
    desk_free(d);
    return code;
}

static void test_server_answers_each_verb_in_each_state(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(matrix); i++) {
        const struct {
            const char *command;
            unsigned code;
        } row[] = {
            { "HELO x.org\r\n", matrix[i].helo },
            { EHLO, matrix[i].ehlo },
            { MAIL, matrix[i].mail },
            { RCPT, matrix[i].rcpt },
            { "DATA\r\n", matrix[i].data },
            { "RSET\r\n", matrix[i].rset },
            { "NOOP\r\n", matrix[i].noop },
            { "VRFY x\r\n", matrix[i].vrfy },
            { "EXPN x\r\n", matrix[i].expn },
            { "HELP\r\n", matrix[i].help },
            { "QUIT\r\n", matrix[i].quit },
            { "TURN\r\n", matrix[i].other },
        };

        for (size_t k = 0; k < G_N_ELEMENTS(row); k++) {
            unsigned code = answer(i, row[k].command);

            if (code != row[k].code)
                fail_msg("%s in %s: %u, not %u", row[k].command, smtp_server_state_text(matrix[i].state),
                         code, row[k].code);
        }
    }
}

static void test_server_asks_its_policy(void **state)
{
    struct desk *d = desk_new();
    GString *out = g_string_new(NULL);
    struct smtp_server *s = smtp_server_new(&plain, &policy, d);

    (void)state;
    smtp_server_open(s, out);
    say(s,
        EHLO "MAIL FROM:<alice@crepes.fr> SIZE=7\r\n" RCPT
             "RCPT TO:<@x.org:POSTMASTER@hamburger.edu>\r\nDATA\r\n..\r\n.\r\n",
        out);
    assert_string_equal(d->heard->str,
                        "mail <alice@crepes.fr> 7;rcpt 0 <bob@hamburger.edu> from <alice@crepes.fr>;"
                        "rcpt 1 <POSTMASTER@hamburger.edu> from <alice@crepes.fr>;data 2;"
                        "message mail.crepes.fr esmtp 7 2 3;");
    g_string_truncate(d->heard, 0);
    say(s, "HELO [10.0.0.1]\r\nMAIL FROM:<>\r\n" RCPT "DATA\r\n.\r\nVRFY  Bob B\r\n", out);
    assert_string_equal(d->heard->str,
                        "mail <> 0;rcpt 0 <bob@hamburger.edu> from <>;data 1;message [10.0.0.1] 0 1 0;"
                        "vrfy Bob B;");
    smtp_server_free(&s);
    g_string_free(out, TRUE);
    desk_free(d);
}

/* A scenario's words: with and without a status, of several lines, in any language; all end up well formed.
 */
static const struct {
    struct smtp_verdict v;
    const char *reply;
} verdicts[] = {
    { { 250, NULL }, "250 2.1.5 Recipient OK\r\n" },
    { { 250, "yes" }, "250 2.0.0 yes\r\n" },
    { { 251, NULL }, "251 2.1.5 User not local; will forward\r\n" },
    { { 550, NULL }, "550 5.1.1 <bob@hamburger.edu>: no such user here\r\n" },
    { { 550, "5.7.1 Relaying denied" }, "550 5.7.1 Relaying denied\r\n" },
    { { 450, "Greylisted\ncome back" }, "450-4.2.0 Greylisted\r\n450 4.2.0 come back\r\n" },
    { { 452, "4.2.2 Mailbox full" }, "452 4.2.2 Mailbox full\r\n" },
    { { 421, "Too many connections" }, "421 4.3.2 mail.hamburger.edu Too many connections\r\n" },
    { { 421, "4.7.0 Go away" }, "421 4.7.0 mail.hamburger.edu Go away\r\n" },
    { { 450, "\r\n221 Bye" }, "450-4.2.0 ?\r\n450 4.2.0 221 Bye\r\n" },
    { { 477, NULL }, "477 4.0.0 Not now; try again later\r\n" },
};

static void test_server_says_a_verdict_well(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(verdicts); i++) {
        struct desk *d = desk_new();
        GString *out = g_string_new(NULL);
        struct smtp_server *s = smtp_server_new(&plain, &policy, d);

        d->rcpt = verdicts[i].v;
        smtp_server_open(s, out);
        say(s, EHLO MAIL, out);
        say(s, RCPT, out);
        assert_string_equal(out->str, verdicts[i].reply);
        assert_int_equal(smtp_server_is_over(s), verdicts[i].v.code == 421);
        smtp_server_free(&s);
        g_string_free(out, TRUE);
        desk_free(d);
    }
}

static const struct {
    struct smtp_verdict v;
    const char *reply;
} greetings[] = {
    { { 220, NULL }, "220 mail.hamburger.edu ESMTP\r\n" },
    { { 220, "Hi" }, "220 mail.hamburger.edu Hi\r\n" },
    { { 421, NULL }, "421 mail.hamburger.edu Service not available, closing transmission channel\r\n" },
    { { 421, "4.7.0 Busy" }, "421 mail.hamburger.edu Busy\r\n" }, /* RFC 2034 §3: no status in a greeting */
    { { 554, NULL }, "554 mail.hamburger.edu No SMTP service here\r\n" },
    { { 554, "Not for you" }, "554 mail.hamburger.edu Not for you\r\n" },
};

static void test_server_greets(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(greetings); i++) {
        struct desk *d = desk_new();
        GString *out = g_string_new(NULL);
        struct smtp_server *s = smtp_server_new(&plain, &policy, d);

        d->connect = greetings[i].v;
        smtp_server_open(s, out);
        assert_string_equal(out->str, greetings[i].reply);
        smtp_server_free(&s);
        g_string_free(out, TRUE);
        desk_free(d);
    }
}

/* The recipients' memory moves as it grows; their pointers must follow. */
static void test_server_keeps_a_thousand_recipients(void **state)
{
    struct smtp_server_options options = { "mail.hamburger.edu", 0, 1000, true };
    struct desk *d = desk_new();
    GString *out = g_string_new(NULL);
    struct smtp_server *s = smtp_server_new(&options, &policy, d);

    (void)state;
    smtp_server_open(s, out);
    for (unsigned round = 0; round < 2; round++) {
        say(s, EHLO MAIL, out);
        for (unsigned i = 0; i < 1001; i++) {
            char line[64];

            g_snprintf(line, sizeof line, "RCPT TO:<user%u@hamburger.edu>\r\n", i);
            say(s, line, out);
            assert_true(g_str_has_prefix(out->str, i < 1000 ? "250 " : "452 "));
        }
        g_string_truncate(d->heard, 0);
        say(s, "DATA\r\n.\r\n", out);
        assert_string_equal(d->heard->str, "data 1000;message mail.crepes.fr esmtp 0 1000 0;");
    }
    smtp_server_free(&s);
    g_string_free(out, TRUE);
    desk_free(d);
}

/* RFC 2920 §3.1: after MAIL is refused a pipelining client's hundred RCPTs are still to come; that is no
 * misbehaviour. */
static void test_server_bears_a_refused_group(void **state)
{
    struct desk *d = desk_new();
    GString *out = g_string_new(NULL);
    struct smtp_server *s = smtp_server_new(&plain, &policy, d);

    (void)state;
    d->mail = (struct smtp_verdict){ 451, NULL };
    smtp_server_open(s, out);
    say(s, EHLO MAIL, out);
    for (unsigned i = 0; i < 100; i++)
        say(s, RCPT, out);
    say(s, "DATA\r\n", out);
    assert_false(smtp_server_is_over(s));
    assert_int_equal(smtp_server_state(s), SMTP_S_READY);
    smtp_server_free(&s);
    g_string_free(out, TRUE);
    desk_free(d);
}

static void test_server_takes_no_more_after_its_end(void **state)
{
    struct desk *d = desk_new();
    GString *out = g_string_new(NULL);
    struct smtp_server *s = smtp_server_new(&plain, &policy, d), *none = NULL;

    (void)state;
    smtp_server_open(s, out);
    smtp_server_shut(s, NULL, out);
    assert_true(g_str_has_suffix(out->str,
                                 "421 4.3.2 mail.hamburger.edu Service not available, closing transmission "
                                 "channel\r\n"));
    say(s, EHLO MAIL RCPT, out);
    smtp_server_shut(s, NULL, out);
    assert_int_equal(out->len, 0);
    smtp_server_free(&s);
    smtp_server_free(&none);
    g_string_free(out, TRUE);
    desk_free(d);
}

/* What one client left unfinished is nothing to the next. */
static void test_server_is_as_new_when_cleared(void **state)
{
    static const char *const left[] = { "",
                                        "EHL",
                                        EHLO,
                                        EHLO MAIL,
                                        EHLO MAIL RCPT "DATA\r\nHello\r\nthe",
                                        EHLO MAIL RCPT "RCPT TO:<x>\r\nQUIT\r\n" };
    static const struct smtp_server_options other = { "mail.crepes.fr", 3, 1, false };
    static const char talk[] = "HELO mail.crepes.fr\r\n" MAIL RCPT "DATA\r\nHello\r\n.\r\nQUIT\r\n";
    struct desk *d = desk_new();
    GString *out = g_string_new(NULL), *fresh = g_string_new(NULL), *heard = g_string_new(NULL);
    struct smtp_server *s = smtp_server_new(&plain, &policy, d);

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(left); i++) {
        g_string_truncate(out, 0);
        g_string_truncate(d->heard, 0);
        smtp_server_open(s, out);
        smtp_server_feed(s, span_of(talk), out);
        if (i == 0) {
            g_string_assign(fresh, out->str);
            g_string_assign(heard, d->heard->str);
        }
        assert_string_equal(out->str, fresh->str);
        assert_string_equal(d->heard->str, heard->str);
        smtp_server_clear(s, &other);
        smtp_server_open(s, out);
        smtp_server_feed(s, span_of(left[i]), out);
        smtp_server_clear(s, &plain);
    }
    smtp_server_free(&s);
    g_string_free(out, TRUE);
    g_string_free(fresh, TRUE);
    g_string_free(heard, TRUE);
    desk_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server_answers_each_verb_in_each_state),
        cmocka_unit_test(test_server_asks_its_policy),
        cmocka_unit_test(test_server_says_a_verdict_well),
        cmocka_unit_test(test_server_greets),
        cmocka_unit_test(test_server_keeps_a_thousand_recipients),
        cmocka_unit_test(test_server_bears_a_refused_group),
        cmocka_unit_test(test_server_takes_no_more_after_its_end),
        cmocka_unit_test(test_server_is_as_new_when_cleared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
