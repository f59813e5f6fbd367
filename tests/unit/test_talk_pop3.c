/* Runs the talks in tests/talk/pop3 (their format: talk.h) with both sides of POP3.
 *
 *   pop3-server apop=yes messages=first,second
 *       bob (password "sword fish") has these messages, below; alice ("wonder") has none.
 *       ! deliver NAME, ! expunge UID: what others do to bob's INBOX meanwhile
 *       ! lock, ! unlock: another session has bob's maildrop
 *       ! shut: the connection is idle too long
 *       E: deleted UID, by QUIT or !expunge
 *   pop3-client apop=no uidl=no user=bob password=secret
 *       ! retr N, top N LINES, dele N, rset, quit, broken
 *       E: ready 2 1:120:uid 2:200:uid, message 1 whole <octets> TEXT (CRLF as |), deleted N, refused LINE,
 *          end yes|no LINE */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mail/pop3_client.h"
#include "mail/pop3_server.h"
#include "talk.h"

static const char timestamp[] = "<1.1772442000@mail.hamburger.edu>";

/* What the talks have shown, for the test that they show all. */
static const char *const verbs[] = { "USER", "PASS", "APOP", "STAT", "LIST", "RETR", "DELE",
                                     "NOOP", "RSET", "TOP",  "UIDL", "CAPA", "QUIT" };
enum { IN_AUTHORIZATION = 1, IN_TRANSACTION = 2 };
static unsigned accepted[G_N_ELEMENTS(verbs)], refused[G_N_ELEMENTS(verbs)]; /* in which of them */
static bool server_states[POP3_S_QUIT + 1], client_states[POP3_C_OVER + 1];

/* ── The server ── */

struct side {
    struct talk *talk;
    struct mail_boxes boxes;
    struct mail_box *bob;
    struct pop3_server_options options;
    struct pop3_server *server;
    const char *verb; /* of the command under way */
    unsigned in;      /* the state it came in */
};

/* Mail of 120 and 200 octets, as in RFC 1939 §10, and what a sender may not send but a person may put there.
 */
static const struct {
    const char *name, *text;
} messages[] = {
    { "first", "From: alice@crepes.fr\r\nTo: bob@hamburger.edu\r\nSubject: Ketchup?\r\n\r\n"
               "Do you like ketchup?\r\nHow about pickles?\r\n\r\n- Alice\r\n" },
    { "second", "From: alice@crepes.fr\r\nTo: bob@hamburger.edu\r\nSubject: Re: Ketchup?\r\n\r\n"
                "Aha. Then I bring two bottles of it on Friday, and nothing else will be on the table.\r\n"
                "It will be a treat to remember.\r\n- Alice\r\n" },
    { "dots", "Subject: dots\r\n\r\n.\r\n..\r\n.hidden\r\nend.\r\n" },
    { "bare-lf", "Subject: bare\n\n.one\ntwo\r\n\nno end" },
    { "header-only", "Subject: no body\r\n" },
    { "empty", "" },
    { "empty-lines", "\r\n\r\n\r\n" },
};

static void deliver(struct side *x, const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(messages); i++) {
        if (strcmp(messages[i].name, name) == 0) {
            struct span text = span_of(messages[i].text);
            struct mail_message *m = mail_message_new((uint32_t)i + 1, &text, 1);

            mail_box_store(x->bob, m, 0);
            mail_message_unref(&m);
            return;
        }
    }
    talk_complain(x->talk, "no such message", name);
}

static struct mail_box *on_login(void *self, struct span user, struct span password)
{
    struct side *x = self;
    struct mail_box *box = mail_boxes_find(&x->boxes, user);

    return box != NULL && span_is(password, span_of(box->password)) ? box : NULL;
}

static struct mail_box *on_apop(void *self, struct span user, const char *stamp, struct span digest)
{
    struct side *x = self;
    struct mail_box *box = mail_boxes_find(&x->boxes, user);
    char *right = pop3_apop_digest(stamp, box != NULL ? box->password : "");
    bool is_right = box != NULL && span_is(digest, span_of(right));

    g_free(right);
    return is_right ? box : NULL;
}

static void on_command(void *self, const char *verb, struct span line)
{
    struct side *x = self;

    assert_true(span_starts_nocase(line, span_of(verb)));
    x->verb = verb;
    x->in = pop3_server_state(x->server) == POP3_S_TRANSACTION ? IN_TRANSACTION : IN_AUTHORIZATION;
}

/* What is told is what was just said, and only that. */
static void on_reply(void *self, bool ok, struct span line, struct span body, uint32_t mail)
{
    struct side *x = self;
    GString *out = x->talk->out;
    size_t whole = line.len + 2 + body.len;

    assert_true(whole <= out->len && span_bytes(out->str + out->len - whole, whole).at == line.at);
    assert_true(span_starts_nocase(line, ok ? SPAN("+OK ") : SPAN("-ERR ")));
    assert_true(body.len == 0 || (body.at == line.at + line.len + 2 && g_str_has_suffix(out->str, ".\r\n")));
    assert_true(mail <= G_N_ELEMENTS(messages));
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (x->verb != NULL && strcmp(x->verb, verbs[i]) == 0)
            *(ok ? &accepted[i] : &refused[i]) |= x->in;
}

static void on_server_state(void *self, enum pop3_server_state before, enum pop3_server_state now)
{
    (void)self;
    assert_true(before != now);
    server_states[before] = server_states[now] = true;
}

static const struct pop3_policy policy = { on_login, on_apop, on_command, on_reply, on_server_state };

static void on_expunged(void *self, struct mail_folder *f, uint32_t uid, const struct mail_message *m)
{
    (void)f;
    (void)m;
    talk_note(((struct side *)self)->talk, "deleted %u", uid);
}

static const struct mail_box_events box_events = { .on_expunged = on_expunged };

static void begin_server(struct talk *t)
{
    struct side *x = g_new0(struct side, 1);
    char **names = g_strsplit(talk_setting(t, "messages", ""), ",", 0);

    t->session = x;
    x->talk = t;
    mail_boxes_init(&x->boxes);
    x->boxes.events = &box_events;
    x->boxes.events_self = x;
    x->bob = mail_boxes_add(&x->boxes, "bob", 0);
    mail_box_set_password(x->bob, "sword fish");
    mail_box_set_password(mail_boxes_add(&x->boxes, "alice", 0), "wonder");
    for (unsigned i = 0; names[i] != NULL; i++)
        deliver(x, names[i]);
    g_strfreev(names);
    x->options.hostname = "mail.hamburger.edu";
    x->options.timestamp = strcmp(talk_setting(t, "apop", "no"), "yes") == 0 ? timestamp : NULL;
    x->server = pop3_server_new(&x->options, &policy, x);
    pop3_server_open(x->server, t->out);
}

static void feed_server(struct talk *t, struct span bytes)
{
    pop3_server_feed(((struct side *)t->session)->server, bytes, t->out);
}

static const char *state_of_server(struct talk *t)
{
    return pop3_server_state_text(pop3_server_state(((struct side *)t->session)->server));
}

static bool act_on_server(struct talk *t, const char *action)
{
    struct side *x = t->session;

    if (g_str_has_prefix(action, "deliver "))
        deliver(x, action + 8);
    else if (g_str_has_prefix(action, "expunge "))
        assert_true(mail_box_delete(x->bob, (uint32_t)strtoul(action + 8, NULL, 10)));
    else if (strcmp(action, "lock") == 0)
        assert_true(mail_box_lock(x->bob));
    else if (strcmp(action, "unlock") == 0)
        mail_box_unlock(x->bob);
    else if (strcmp(action, "shut") == 0)
        pop3_server_shut(x->server);
    else
        return false;
    return true;
}

static void end_server(struct talk *t)
{
    struct side *x = t->session;
    bool over = pop3_server_is_over(x->server);

    assert_true(!over || pop3_server_box(x->server) == NULL);
    pop3_server_free(&x->server);
    if (!t->failed && !over) /* the lock is given back whatever happens */
        assert_false(x->bob->is_locked);
    mail_boxes_release(&x->boxes);
    g_free(x);
}

/* ── The client ── */

struct other_side {
    struct talk *talk;
    struct pop3_client_options options;
    struct pop3_client *client;
};

static void on_ready(void *self, const struct pop3_listed *list, unsigned n)
{
    struct other_side *x = self;
    GString *text = g_string_new(NULL);

    assert_true(pop3_client_is_ready(x->client));
    for (unsigned i = 0; i < n; i++)
        g_string_append_printf(text, " %u:%zu:%s", list[i].number, list[i].size, list[i].uid);
    talk_note(x->talk, "ready %u%s", n, text->str);
    g_string_free(text, TRUE);
}

static void on_message(void *self, unsigned number, struct span message, bool whole)
{
    char *text = g_strndup(message.at, message.len);
    char **lines = g_strsplit(text, "\r\n", 0);
    char *joined = g_strjoinv("|", lines);

    talk_note(((struct other_side *)self)->talk, "message %u %s <%zu> %s", number, whole ? "whole" : "top",
              message.len, joined);
    g_free(joined);
    g_strfreev(lines);
    g_free(text);
}

static void on_deleted(void *self, unsigned number)
{
    talk_note(((struct other_side *)self)->talk, "deleted %u", number);
}

static void on_refused(void *self, struct span line)
{
    talk_note(((struct other_side *)self)->talk, "refused %.*s", (int)line.len, line.at);
}

static void on_end(void *self, bool in_order, struct span line)
{
    talk_note(((struct other_side *)self)->talk, "end %s %.*s", in_order ? "yes" : "no", (int)line.len,
              line.at);
}

static void on_client_state(void *self, enum pop3_client_state before, enum pop3_client_state now)
{
    (void)self;
    assert_true(before != now);
    client_states[before] = client_states[now] = true;
}

static const struct pop3_client_events events = { on_ready,   on_message, on_deleted,
                                                  on_refused, on_end,     on_client_state };

static void begin_client(struct talk *t)
{
    struct other_side *x = g_new0(struct other_side, 1);

    t->session = x;
    x->talk = t;
    x->options.user = talk_setting(t, "user", "bob");
    x->options.password = talk_setting(t, "password", "secret");
    x->options.apop = strcmp(talk_setting(t, "apop", "no"), "yes") == 0;
    x->options.uidl = strcmp(talk_setting(t, "uidl", "no"), "yes") == 0;
    x->client = pop3_client_new(&x->options, &events, x);
}

static void feed_client(struct talk *t, struct span bytes)
{
    pop3_client_feed(((struct other_side *)t->session)->client, bytes, t->out);
}

static const char *state_of_client(struct talk *t)
{
    return pop3_client_state_text(pop3_client_state(((struct other_side *)t->session)->client));
}

static bool act_on_client(struct talk *t, const char *action)
{
    struct other_side *x = t->session;
    unsigned number = 0, lines = 0;

    if (sscanf(action, "retr %u", &number) == 1)
        pop3_client_retrieve(x->client, number, t->out);
    else if (sscanf(action, "top %u %u", &number, &lines) == 2)
        pop3_client_top(x->client, number, lines, t->out);
    else if (sscanf(action, "dele %u", &number) == 1)
        pop3_client_delete(x->client, number, t->out);
    else if (strcmp(action, "rset") == 0)
        pop3_client_reset(x->client, t->out);
    else if (strcmp(action, "quit") == 0)
        pop3_client_quit(x->client, t->out);
    else if (strcmp(action, "broken") == 0)
        pop3_client_broken(x->client);
    else
        return false;
    return true;
}

static void end_client(struct talk *t)
{
    struct other_side *x = t->session;

    pop3_client_free(&x->client);
    g_free(x);
}

/* ── All of them ── */

static const struct talk_kind kinds[] = {
    { "pop3-server", 'C', begin_server, feed_server, state_of_server, act_on_server, end_server },
    { "pop3-client", 'S', begin_client, feed_client, state_of_client, act_on_client, end_client },
};

static void test_pop3_talks_go_as_written(void **state)
{
    (void)state;
    talk_run_folder("tests/talk/pop3", kinds, G_N_ELEMENTS(kinds));
}

/* Each command is accepted in each state that has it, and refused in both: for the state, or for its form. */
static void test_pop3_talks_cover_every_verb_and_state(void **state)
{
    static const unsigned both = IN_AUTHORIZATION | IN_TRANSACTION;
    unsigned missing = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
        unsigned has = i < 3 ? IN_AUTHORIZATION : i < 11 ? IN_TRANSACTION : both;

        if (accepted[i] != has || refused[i] != both) {
            print_error("%s: accepted in %u of %u, refused in %u of %u\n", verbs[i], accepted[i], has,
                        refused[i], both);
            missing++;
        }
    }
    for (unsigned i = 0; i <= POP3_S_QUIT; i++)
        missing += !server_states[i];
    for (unsigned i = 0; i <= POP3_C_OVER; i++)
        missing += !client_states[i];
    assert_int_equal(missing, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pop3_talks_go_as_written),
        cmocka_unit_test(test_pop3_talks_cover_every_verb_and_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
