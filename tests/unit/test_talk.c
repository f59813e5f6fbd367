/* Runs the talks in tests/talk: conversations with the SMTP sessions, line by line.
 *
 *   server KEY=VALUE …   what follows drives our server; or `client …`, our client, whose server the file
 *                        plays. server: size recipients pipelining; connect mail data end = code of that
 *                        verdict; auth = offered, required. client: pipelining; login = user:password, a star
 *                        behind it for 600 of its last letter. cut=no where it matters which bytes come
 * together C: line   S: line    what each says; CRLF is added. Ours must match the line: * is anything, the
 * code is exact. Lines of the played side with nothing between them arrive at once, as with pipelining C~
 * bytes             of the played side, no CRLF added; \r \n \0 \\ \xHH C* 600 a             of the played
 * side: that many of it
 *   @ STATE              the session's state now
 *   E: event             what it told its owner, in order: "message FROM TO,TO", "ready", "recipient 0 250
 * *", "sent", "failed 554 *" M: line              server: a line of the last message. client: of the next one
 * to send ! action             server: "shut TEXT". client: "send FROM TO TO", "quit", "broken WHY" # remark
 *
 * Each runs twice, the second time one octet after the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "mail/addr.h"
#include "mail/smtp_client.h"
#include "mail/smtp_server.h"

#define FOLDER "tests/talk"

struct talk {
    const char *file;
    unsigned line; /* of the step under way */
    bool failed, by_octet;
    struct smtp_server *server; /* one of the two */
    struct smtp_client *client;
    GString *in;  /* what the played side has said since */
    GString *out; /* what ours has said and no line has matched yet */
    GQueue events;
    GString *message;
    GString *expected; /* M: lines in a row */
    GStrv words;       /* of the send action: borrowed by the client */
    GStrv login;       /* the same of user and password */
    struct smtp_server_options options;
    bool pipelining;
    unsigned connect, mail, data, end; /* verdicts */
    const char *verb;                  /* the last one heard */
};

/* What the talks have shown, for the test that they show all. */
static const char *const verbs[] = { "HELO", "EHLO", "MAIL", "RCPT", "DATA", "RSET",
                                     "NOOP", "VRFY", "EXPN", "HELP", "QUIT", "AUTH" };
static bool accepted[G_N_ELEMENTS(verbs)], refused[G_N_ELEMENTS(verbs)];
static bool server_states[SMTP_S_QUIT + 1], client_states[SMTP_C_OVER + 1];

static void complain(struct talk *t, const char *what, const char *text)
{
    print_error("%s:%u: %s: %s\n", t->file, t->line, what, text);
    t->failed = true;
}

static void G_GNUC_PRINTF(2, 3) note(struct talk *t, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_queue_push_tail(&t->events, g_strdup_vprintf(format, args));
    va_end(args);
}

/* ── The server's policy: bob, full and busy live at hamburger.edu ── */

static struct smtp_verdict verdict(unsigned code)
{
    return (struct smtp_verdict){ code, NULL };
}

static struct smtp_verdict on_connect(void *self)
{
    return verdict(((struct talk *)self)->connect);
}

static struct smtp_verdict on_mail(void *self, struct span sender, uint64_t declared_size)
{
    (void)sender;
    (void)declared_size;
    return verdict(((struct talk *)self)->mail);
}

static struct smtp_verdict on_rcpt(void *self, const struct smtp_envelope *e, struct span recipient)
{
    struct mail_addr a;

    (void)self;
    (void)e;
    if (span_is_nocase(recipient, SPAN("postmaster")))
        return verdict(250);
    assert_null(mail_addr_read(recipient, &a));
    if (!mail_addr_in_domain(&a, SPAN("hamburger.edu")))
        return (struct smtp_verdict){ 550, "5.7.1 Relaying denied" };
    if (span_is(a.local, SPAN("busy")))
        return verdict(450);
    if (span_is(a.local, SPAN("full")))
        return (struct smtp_verdict){ 452, "4.2.2 Mailbox full" };
    return verdict(span_is(a.local, SPAN("bob")) || span_is(a.local, SPAN("carol")) ? 250 : 550);
}

static struct smtp_verdict on_data(void *self, const struct smtp_envelope *e)
{
    (void)e;
    return verdict(((struct talk *)self)->data);
}

static struct smtp_verdict on_message(void *self, const struct smtp_envelope *e, struct span message)
{
    struct talk *t = self;
    GString *to = g_string_new(NULL);

    for (unsigned i = 0; i < e->n_recipients; i++)
        g_string_append_printf(to, "%s%s", i > 0 ? "," : "", e->recipients[i]);
    note(t, "message <%.*s> %s", (int)e->sender.len, e->sender.at, to->str);
    g_string_free(to, TRUE);
    g_string_truncate(t->message, 0);
    g_string_append_len(t->message, message.at, (gssize)message.len);
    return verdict(t->end);
}

static struct smtp_verdict on_vrfy(void *self, struct span who)
{
    (void)self;
    if (span_is_nocase(who, SPAN("bob")))
        return (struct smtp_verdict){ 250, "2.1.5 Bob <bob@hamburger.edu>" };
    return verdict(span_is_nocase(who, SPAN("alice")) ? 252 : 550);
}

/* Bob's password is fries. Of one called busy nobody knows now. */
static struct smtp_verdict on_auth(void *self, struct span identity, struct span user, struct span password)
{
    note(self, "auth %.*s|%.*s|%.*s", (int)identity.len, identity.at, (int)user.len, user.at,
         (int)MIN(password.len, 20), password.at);
    if (span_is(user, SPAN("busy")))
        return verdict(454);
    return verdict(span_is(user, SPAN("bob")) && span_is(password, SPAN("fries")) ? 235 : 535);
}

static void on_verb(void *self, const char *verb, struct span line)
{
    (void)line;
    ((struct talk *)self)->verb = verb;
}

static void on_reply(void *self, unsigned code, struct span lines)
{
    (void)lines;
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (strcmp(((struct talk *)self)->verb, verbs[i]) == 0)
            *(code < 400 ? &accepted[i] : &refused[i]) = true;
}

static void on_server_state(void *self, enum smtp_server_state before, enum smtp_server_state now)
{
    (void)self;
    assert_true(before != now);
    server_states[before] = server_states[now] = true;
}

static const struct smtp_policy policy = {
    on_connect, on_mail, on_rcpt, on_data, on_message, on_vrfy, on_verb, on_reply, on_server_state, on_auth,
};

/* ── The client's owner ── */

static void on_ready(void *self)
{
    note(self, "ready");
}

static void on_recipient(void *self, unsigned i, struct smtp_answer a)
{
    note(self, "recipient %u %u %.*s", i, a.code, (int)a.text.len, a.text.at);
}

static void on_sent(void *self)
{
    note(self, "sent");
}

static void on_failed(void *self, struct smtp_answer a)
{
    note(self, "failed %u %.*s", a.code, (int)a.text.len, a.text.at);
}

static void on_client_state(void *self, enum smtp_client_state before, enum smtp_client_state now)
{
    (void)self;
    assert_true(before != now);
    client_states[before] = client_states[now] = true;
}

static const struct smtp_client_events events = {
    on_ready, on_recipient, on_sent, on_failed, NULL, NULL, on_client_state,
};

/* ── Steps ── */

static void feed(struct talk *t, struct span bytes)
{
    if (t->server != NULL)
        smtp_server_feed(t->server, bytes, t->out);
    else
        smtp_client_feed(t->client, bytes, t->out);
}

/* Let ours hear what the played side has said. It must not have left anything of ours unread before. */
static void flush(struct talk *t)
{
    if (t->in->len == 0)
        return;
    if (t->out->len > 0)
        complain(t, "said before this, and not expected", t->out->str);
    if (t->by_octet)
        for (size_t i = 0; i < t->in->len; i++)
            feed(t, span_bytes(t->in->str + i, 1));
    else
        feed(t, span_bytes(t->in->str, t->in->len));
    g_string_truncate(t->in, 0);
}

static void say_raw(GString *in, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text != '\\') {
            g_string_append_c(in, *text);
            continue;
        }
        switch (*++text) {
        case 'r':
            g_string_append_c(in, '\r');
            break;
        case 'n':
            g_string_append_c(in, '\n');
            break;
        case '0':
            g_string_append_c(in, '\0');
            break;
        case 'x':
            g_string_append_c(in, (char)(g_ascii_xdigit_value(text[1]) * 16 + g_ascii_xdigit_value(text[2])));
            text += 2;
            break;
        default:
            g_string_append_c(in, *text);
        }
    }
}

static void say(struct talk *t, char how, const char *text)
{
    if (how == ':')
        g_string_append_printf(t->in, "%s\r\n", text);
    else if (how == '~')
        say_raw(t->in, text);
    else
        for (unsigned long n = strtoul(text, NULL, 10); n > 0; n--)
            g_string_append_c(t->in, text[strlen(text) - 1]);
}

static void hear(struct talk *t, const char *pattern)
{
    char *end;

    flush(t);
    end = strstr(t->out->str, "\r\n");
    if (end == NULL) {
        complain(t, "expected, but nothing was said", pattern);
        return;
    }
    *end = '\0';
    if (t->server != NULL && strcspn(pattern, "*?") < 4 && pattern[3] != '\0')
        complain(t, "give the code exactly", pattern);
    if (!g_pattern_match_simple(pattern, t->out->str))
        complain(t, "said instead", t->out->str);
    g_string_erase(t->out, 0, end + 2 - t->out->str);
}

static void hear_event(struct talk *t, const char *pattern)
{
    char *event;

    flush(t);
    event = g_queue_pop_head(&t->events);
    if (event == NULL || !g_pattern_match_simple(pattern, event))
        complain(t, "happened instead", event != NULL ? event : "nothing");
    g_free(event);
}

static void check_state(struct talk *t, const char *name)
{
    const char *now;

    flush(t);
    now = t->server != NULL ? smtp_server_state_text(smtp_server_state(t->server))
                            : smtp_client_state_text(smtp_client_state(t->client));
    if (strcmp(now, name) != 0)
        complain(t, "the state is", now);
}

static void act(struct talk *t, const char *action)
{
    flush(t);
    if (t->server != NULL && g_str_has_prefix(action, "shut ")) {
        smtp_server_shut(t->server, action + 5, t->out);
    } else if (strcmp(action, "quit") == 0) {
        smtp_client_quit(t->client, t->out);
    } else if (g_str_has_prefix(action, "broken ")) {
        smtp_client_broken(t->client, action + 7);
    } else if (g_str_has_prefix(action, "send ")) {
        g_strfreev(t->words);
        t->words = g_strsplit(action, " ", 0);
        g_string_assign(t->message, t->expected->str);
        g_string_truncate(t->expected, 0);
        smtp_client_send(t->client, span_of(strcmp(t->words[1], "<>") == 0 ? "" : t->words[1]),
                         (const char *const *)t->words + 2, g_strv_length(t->words) - 2,
                         span_bytes(t->message->str, t->message->len), t->out);
    } else {
        complain(t, "no such action", action);
    }
}

/* M: lines have come to their end. */
static void check_message(struct talk *t)
{
    if (t->server == NULL || t->expected->len == 0)
        return;
    if (!g_string_equal(t->expected, t->message))
        complain(t, "the message is", t->message->str);
    g_string_truncate(t->expected, 0);
}

static void begin_login(struct talk *t)
{
    size_t len;

    if (t->login == NULL)
        return;
    len = strlen(t->login[1]);
    if (g_str_has_suffix(t->login[1], "*")) {
        char *more = g_strnfill(600, t->login[1][len - 2]), *all;

        t->login[1][len - 1] = '\0';
        all = g_strconcat(t->login[1], more, NULL);
        g_free(more);
        g_free(t->login[1]);
        t->login[1] = all;
    }
    smtp_client_log_in(t->client, t->login[0], t->login[1]);
}

static void begin(struct talk *t, char *line)
{
    GStrv words = g_strsplit(line, " ", 0);

    t->options = (struct smtp_server_options){ "mail.hamburger.edu", 0, 100, true };
    t->pipelining = true;
    t->connect = 220;
    t->mail = t->data = t->end = 250;
    for (unsigned i = 1; words[i] != NULL; i++) {
        char *value = strchr(words[i], '=');
        unsigned number;

        assert_non_null(value);
        *value++ = '\0';
        number = (unsigned)strtoul(value, NULL, 10);
        if (strcmp(words[i], "size") == 0)
            t->options.size_limit = number;
        else if (strcmp(words[i], "recipients") == 0)
            t->options.recipients_limit = number;
        else if (strcmp(words[i], "pipelining") == 0)
            t->options.pipelining = t->pipelining = strcmp(value, "no") != 0;
        else if (strcmp(words[i], "auth") == 0)
            t->options.auth = strcmp(value, "required") == 0 ? SMTP_AUTH_REQUIRED : SMTP_AUTH_OFFERED;
        else if (strcmp(words[i], "login") == 0)
            t->login = g_strsplit(value, ":", 2);
        else if (strcmp(words[i], "cut") == 0)
            t->by_octet = t->by_octet && strcmp(value, "no") != 0;
        else if (strcmp(words[i], "connect") == 0)
            t->connect = number;
        else if (strcmp(words[i], "mail") == 0)
            t->mail = number;
        else if (strcmp(words[i], "data") == 0)
            t->data = number;
        else if (strcmp(words[i], "end") == 0)
            t->end = number;
        else
            complain(t, "no such setting", words[i]);
    }
    if (strcmp(words[0], "server") == 0) {
        t->server = smtp_server_new(&t->options, &policy, t);
        smtp_server_open(t->server, t->out);
    } else {
        assert_string_equal(words[0], "client");
        t->client = smtp_client_new("mail.crepes.fr", t->pipelining, &events, t);
        begin_login(t);
    }
    g_strfreev(words);
}

static void step(struct talk *t, char *line)
{
    const char *text = strlen(line) > 3 ? line + 3 : "";
    char played = t->server != NULL ? 'C' : 'S';

    if (line[0] == '\0' || line[0] == '#')
        return;
    if (line[0] != 'M')
        check_message(t);
    if (t->server == NULL && t->client == NULL)
        begin(t, line);
    else if (line[0] == played && (line[1] == ':' || line[1] == '~' || line[1] == '*'))
        say(t, line[1], text);
    else if (g_str_has_prefix(line, "C:") || g_str_has_prefix(line, "S:"))
        hear(t, text);
    else if (g_str_has_prefix(line, "E: "))
        hear_event(t, text);
    else if (g_str_has_prefix(line, "M:"))
        g_string_append_printf(t->expected, "%s\r\n", text);
    else if (g_str_has_prefix(line, "@ "))
        check_state(t, line + 2);
    else if (g_str_has_prefix(line, "! "))
        act(t, line + 2);
    else
        complain(t, "not a line of a talk", line);
}

static void finish(struct talk *t)
{
    flush(t);
    check_message(t);
    if (t->out->len > 0)
        complain(t, "said at the end, and not expected", t->out->str);
    if (!g_queue_is_empty(&t->events))
        complain(t, "happened, and not expected", g_queue_peek_head(&t->events));
    g_queue_clear_full(&t->events, g_free);
    g_string_free(t->in, TRUE);
    g_string_free(t->out, TRUE);
    g_string_free(t->message, TRUE);
    g_string_free(t->expected, TRUE);
    g_strfreev(t->words);
    g_strfreev(t->login);
    smtp_server_free(&t->server);
    smtp_client_free(&t->client);
}

static bool run(const char *path, bool by_octet)
{
    struct talk t = { .file = path, .by_octet = by_octet, .verb = "" };
    char *text, **lines;

    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    t.in = g_string_new(NULL);
    t.out = g_string_new(NULL);
    t.message = g_string_new(NULL);
    t.expected = g_string_new(NULL);
    g_queue_init(&t.events);
    lines = g_strsplit(text, "\n", 0);
    for (unsigned i = 0; lines[i] != NULL && !t.failed; i++) {
        t.line = i + 1;
        step(&t, lines[i]);
    }
    finish(&t);
    g_strfreev(lines);
    g_free(text);
    return !t.failed;
}

static void test_talks_go_as_written(void **state)
{
    GDir *dir = g_dir_open(FOLDER, 0, NULL);
    unsigned n = 0, bad = 0;

    (void)state;
    assert_non_null(dir);
    for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
        char *path = g_build_filename(FOLDER, name, NULL);

        if (g_str_has_suffix(name, ".talk")) {
            n++;
            bad += !run(path, false) || !run(path, true);
        }
        g_free(path);
    }
    g_dir_close(dir);
    assert_true(n > 0);
    assert_int_equal(bad, 0);
}

static void test_talks_cover_every_verb_and_state(void **state)
{
    unsigned missing = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
        if (!refused[i] || (!accepted[i] && strcmp(verbs[i], "EXPN") != 0)) {
            print_error("%s is never %s\n", verbs[i], refused[i] ? "accepted" : "refused");
            missing++;
        }
    }
    for (unsigned i = 0; i <= SMTP_S_QUIT; i++)
        missing += !server_states[i];
    for (unsigned i = 0; i <= SMTP_C_OVER; i++)
        missing += !client_states[i];
    assert_int_equal(missing, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_talks_go_as_written),
        cmocka_unit_test(test_talks_cover_every_verb_and_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
