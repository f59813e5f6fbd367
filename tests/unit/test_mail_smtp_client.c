/* What talks cannot show: what the client's owner is told besides fates, and what it may do when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "mail/smtp_client.h"

static const char *const bob[] = { "bob@hamburger.edu" };

struct owner {
    struct smtp_client *c;
    GString *out, *told;
    unsigned eager; /* transactions to begin from on_ready */
    struct span message;
    unsigned depth, n_told;
};

static void on_ready(void *self)
{
    struct owner *o = self;

    g_string_append(o->told, "ready;");
    assert_int_equal(o->depth, 0);
    o->depth++;
    if (o->eager > 0) {
        o->eager--;
        smtp_client_send(o->c, SPAN("alice@crepes.fr"), bob, 1, o->message, o->out);
    }
    o->depth--;
}

static void on_recipient(void *self, unsigned i, struct smtp_answer a)
{
    struct owner *o = self;

    o->n_told++;
    g_string_append_printf(o->told, "%u=%u;", i, a.code);
}

static void on_sent(void *self)
{
    g_string_append(((struct owner *)self)->told, "sent;");
}

static void on_failed(void *self, struct smtp_answer a)
{
    g_string_append_printf(((struct owner *)self)->told, "failed %u;", a.code);
}

static void on_command(void *self, const char *verb, struct span line)
{
    assert_true(span_starts_nocase(line, span_of(verb)));
    g_string_append_printf(((struct owner *)self)->told, "%.*s;", (int)line.len, line.at);
}

static void on_data(void *self, size_t octets, unsigned lines, unsigned stuffed)
{
    g_string_append_printf(((struct owner *)self)->told, "data %zu %u %u;", octets, lines, stuffed);
}

static void on_state(void *self, enum smtp_client_state before, enum smtp_client_state now)
{
    g_string_append_printf(((struct owner *)self)->told, "[%s %s];", smtp_client_state_text(before),
                           smtp_client_state_text(now));
}

static const struct smtp_client_events quiet = {
    on_ready, on_recipient, on_sent, on_failed, NULL, NULL, NULL
};
static const struct smtp_client_events traced = { on_ready,   on_recipient, on_sent, on_failed,
                                                  on_command, on_data,      on_state };

static struct owner *owner_new(const struct smtp_client_events *e, bool pipelining)
{
    struct owner *o = g_new0(struct owner, 1);

    o->out = g_string_new(NULL);
    o->told = g_string_new(NULL);
    o->message = SPAN("Hello\r\n");
    o->c = smtp_client_new("mail.crepes.fr", pipelining, e, o);
    return o;
}

static void owner_free(struct owner *o)
{
    smtp_client_free(&o->c);
    g_string_free(o->out, TRUE);
    g_string_free(o->told, TRUE);
    g_free(o);
}

/* Feed, and check what was told and what goes out since. NULL: never mind. */
static void step(struct owner *o, const char *in, const char *told, const char *out)
{
    g_string_truncate(o->told, 0);
    g_string_truncate(o->out, 0);
    smtp_client_feed(o->c, span_of(in), o->out);
    if (told != NULL)
        assert_string_equal(o->told->str, told);
    if (out != NULL)
        assert_string_equal(o->out->str, out);
}

static void test_client_tells_what_it_does(void **state)
{
    struct owner *o = owner_new(&traced, true);

    (void)state;
    o->eager = 1;
    o->message = SPAN(".\r\nHello");
    step(o, "220 x\r\n", "EHLO mail.crepes.fr;[GREETING EHLO];", "EHLO mail.crepes.fr\r\n");
    step(
        o, "250-x\r\n250-SIZE 100\r\n250 PIPELINING\r\n",
        "[EHLO IDLE];ready;MAIL FROM:<alice@crepes.fr> SIZE=10;RCPT TO:<bob@hamburger.edu>;DATA;[IDLE MAIL];",
        NULL);
    step(o, "250 a\r\n250 b\r\n354 c\r\n", "[MAIL RCPT];[RCPT DATA];data 10 2 1;[DATA MESSAGE];",
         "..\r\nHello\r\n.\r\n");
    step(o, "250 d\r\n", "0=250;sent;[MESSAGE IDLE];ready;", "");
    g_string_truncate(o->told, 0);
    smtp_client_quit(o->c, o->out);
    assert_string_equal(o->told->str, "QUIT;[IDLE QUIT];");
    step(o, "221 e\r\n", "[QUIT OVER];", "");
    smtp_client_broken(o->c, "closed");
    assert_string_equal(o->told->str, "[QUIT OVER];");
    owner_free(o);
}

/* What one server left unfinished is nothing to the next. */
static void test_client_is_as_new_when_cleared(void **state)
{
    static const char *const left[] = { "",
                                        "220 x\r\n250-x\r\n250-SIZE",
                                        "220 x\r\n250-x\r\n250 SIZE 100\r\n",
                                        "220 x\r\n250 x\r\n250 a\r\n550 b\r\n",
                                        "22",
                                        "421 x\r\n",
                                        "nonsense\r\n" };
    struct owner *o = owner_new(&traced, true);

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(left); i++) {
        o->eager = 1;
        smtp_client_clear(o->c, "mx.hamburger.edu", false);
        step(o, left[i], NULL, NULL);
        smtp_client_clear(o->c, "mail.crepes.fr", true);
        o->eager = 1;
        step(o, "220 x\r\n", "EHLO mail.crepes.fr;[GREETING EHLO];", NULL);
        step(o, "250 x\r\n", "[EHLO IDLE];ready;MAIL FROM:<alice@crepes.fr>;[IDLE MAIL];", NULL);
        step(o, "250 a\r\n", "RCPT TO:<bob@hamburger.edu>;[MAIL RCPT];", NULL);
        step(o, "550 b\r\n", "0=550;sent;RSET;[RCPT RSET];", NULL);
        smtp_client_clear(o->c, "mail.crepes.fr", true);
    }
    owner_free(o);
}

/* Refused before it is sent, over and over: no call within a call. */
static void test_client_refuses_many_without_depth(void **state)
{
    struct owner *o = owner_new(&quiet, true);

    (void)state;
    o->eager = 20000;
    step(o, "220 x\r\n", NULL, NULL);
    step(o, "250-x\r\n250 SIZE 3\r\n", NULL, "");
    assert_int_equal(o->n_told, 20000);
    assert_int_equal(smtp_client_state(o->c), SMTP_C_IDLE);
    owner_free(o);
}

/* Messages that may not cross as they are. Code 0: they may. */
static const struct {
    const char *name;
    struct span message;
    unsigned code, code_8bit; /* without and with 8BITMIME offered */
} messages[] = {
    { "plain", SPAN("a\r\nb\r\n"), 0, 0 },
    { "empty", SPAN(""), 0, 0 },
    { "no end", SPAN("a"), 0, 0 },
    { "controls", SPAN("\x01\t\x7f\r\n"), 0, 0 },
    { "8-bit", SPAN("b\xc3\xb6\r\n"), 554, 0 },
    { "bare LF", SPAN("a\nb\r\n"), 554, 554 },
    { "bare LF at the start", SPAN("\na\r\n"), 554, 554 },
    { "bare LF at the end", SPAN("a\n"), 554, 554 },
    { "bare CR", SPAN("a\rb\r\n"), 554, 554 },
    { "bare CR at the end", SPAN("a\r"), 554, 554 },
    { "CR before CRLF", SPAN("a\r\r\n"), 554, 554 },
    { "NUL", SPAN("a\0b\r\n"), 554, 554 },
};

static void test_client_sends_nothing_that_may_not_cross(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * G_N_ELEMENTS(messages); i++) {
        struct owner *o = owner_new(&quiet, true);
        bool has_8bit = i % 2;
        unsigned code = has_8bit ? messages[i / 2].code_8bit : messages[i / 2].code;
        char told[40];

        o->eager = 1;
        o->message = messages[i / 2].message;
        step(o, "220 x\r\n", NULL, NULL);
        g_snprintf(told, sizeof told, code ? "ready;0=%u;sent;ready;" : "ready;", code);
        step(o, has_8bit ? "250-x\r\n250 8BITMIME\r\n" : "250 x\r\n", told, NULL);
        if (code == 0)
            assert_string_equal(o->out->str, messages[i / 2].code != 0
                                                 ? "MAIL FROM:<alice@crepes.fr> BODY=8BITMIME\r\n"
                                                 : "MAIL FROM:<alice@crepes.fr>\r\n");
        else
            assert_int_equal(o->out->len, 0);
        owner_free(o);
    }
}

static void test_client_knows_the_line_limit(void **state)
{
    (void)state;
    for (size_t len = 997; len <= 1000; len++) {
        struct owner *o = owner_new(&quiet, true);
        char *line = g_strnfill(len, '.');

        o->eager = 1;
        o->message = span_of(line);
        step(o, "220 x\r\n", NULL, NULL);
        step(o, "250 x\r\n", len <= 998 ? "ready;" : "ready;0=554;sent;ready;", NULL);
        owner_free(o);
        g_free(line);
    }
}

static const struct {
    const char *line;
    size_t octets; /* of the message */
    bool refused, declared;
} sizes[] = {
    { "SIZE 7", 7, false, true },
    { "size 6", 7, true, false },
    { "SIZE", 7, false, true },
    { "SIZE 0", 7, false, true },
    { "SIZE x", 7, false, true },
    { "SIZE  7 ", 7, false, true },
    { "SIZED 1", 7, false, false },
    { "SIZE=1", 7, false, false },
    { "SIZE 99999999999999999999999", 7, false, true },
};

static void test_client_reads_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        struct owner *o = owner_new(&quiet, true);
        char *ehlo = g_strdup_printf("250-x\r\n250 %s\r\n", sizes[i].line);

        o->eager = 1;
        step(o, "220 x\r\n", NULL, NULL);
        step(o, ehlo, NULL, NULL);
        if ((o->n_told == 1) != sizes[i].refused ||
            (strstr(o->out->str, " SIZE=7\r\n") != NULL) != sizes[i].declared)
            fail_msg("%s: %s%s", sizes[i].line, o->told->str, o->out->str);
        g_free(ehlo);
        owner_free(o);
    }
}

/* A group of a thousand, answers in pieces: counted, not guessed. */
static void test_client_counts_the_answers_of_a_group(void **state)
{
    enum { N = 1000 };
    struct owner *o = owner_new(&quiet, true);
    const char **to = g_new(const char *, N);
    GString *in = g_string_new("250 sender\r\n");

    (void)state;
    step(o, "220 x\r\n", NULL, NULL);
    step(o, "250-x\r\n250 PIPELINING\r\n", "ready;", "");
    for (unsigned i = 0; i < N; i++) {
        to[i] = "bob@hamburger.edu";
        g_string_append(in, i % 3 ? "250-a\r\n250 b\r\n" : "550 c\r\n");
    }
    smtp_client_send(o->c, SPAN(""), to, N, o->message, o->out);
    step(o, in->str, NULL, "");
    assert_int_equal(o->n_told, (N + 2) / 3);
    step(o, "354 go\r\n", "", "Hello\r\n.\r\n");
    step(o, "250 done\r\n", NULL, "");
    assert_int_equal(o->n_told, N);
    assert_true(g_str_has_suffix(o->told->str, "998=250;sent;ready;"));
    g_string_free(in, TRUE);
    g_free(to);
    owner_free(o);
}

/* RFC 5321 §4.5.3.2 */
static void test_client_is_patient(void **state)
{
    struct owner *o = owner_new(&quiet, false);

    (void)state;
    o->eager = 1;
    assert_int_equal(smtp_client_patience_min(o->c), 5);
    step(o, "220 x\r\n", NULL, NULL);
    step(o, "250 x\r\n", NULL, NULL);
    assert_int_equal(smtp_client_patience_min(o->c), 5);
    step(o, "250 x\r\n", NULL, NULL);
    assert_int_equal(smtp_client_patience_min(o->c), 5);
    step(o, "250 x\r\n", NULL, "DATA\r\n");
    assert_int_equal(smtp_client_patience_min(o->c), 2);
    step(o, "354 x\r\n", NULL, NULL);
    assert_int_equal(smtp_client_patience_min(o->c), 10);
    owner_free(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_client_tells_what_it_does),
        cmocka_unit_test(test_client_is_as_new_when_cleared),
        cmocka_unit_test(test_client_refuses_many_without_depth),
        cmocka_unit_test(test_client_sends_nothing_that_may_not_cross),
        cmocka_unit_test(test_client_knows_the_line_limit),
        cmocka_unit_test(test_client_reads_size),
        cmocka_unit_test(test_client_counts_the_answers_of_a_group),
        cmocka_unit_test(test_client_is_patient),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
