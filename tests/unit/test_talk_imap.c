/* Runs the talks in tests/talk/imap (their format: talk.h) with the server's side of IMAP.
 *
 *   imap-server messages=ketchup,plain folders=Work,Travel/France quota=1000 as=bob select=INBOX
 *       bob (password "sword fish") has these messages of imap_world.h in INBOX, and these folders. With
 *       `as`, he is logged in already, tag l; with `select`, that is selected, tag s.
 *       ! deliver NAME      another mail arrives
 *       ! other LINE        another session of bob's, logged in, gets a command; E: its answers, line by line
 *       ! tell, ! shut TEXT what the server's program does
 *       E: news             it is to call tell */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "imap_world.h"
#include "mail/imap_server.h"
#include "talk.h"

enum { NOT_AUTHENTICATED = 1, AUTHENTICATED = 2, SELECTED = 4, LOGGED_IN = 6, ANY = 7 };

/* What the talks have shown, for the test that they show all. */
static struct {
    const char *name;
    unsigned in; /* states that accept it */
    unsigned accepted, refused;
} verbs[] = {
    { "CAPABILITY", ANY },
    { "NOOP", ANY },
    { "LOGOUT", ANY },
    { "AUTHENTICATE", NOT_AUTHENTICATED },
    { "LOGIN", NOT_AUTHENTICATED },
    { "SELECT", LOGGED_IN },
    { "EXAMINE", LOGGED_IN },
    { "CREATE", LOGGED_IN },
    { "DELETE", LOGGED_IN },
    { "RENAME", LOGGED_IN },
    { "SUBSCRIBE", LOGGED_IN },
    { "UNSUBSCRIBE", LOGGED_IN },
    { "LIST", LOGGED_IN },
    { "LSUB", LOGGED_IN },
    { "STATUS", LOGGED_IN },
    { "APPEND", LOGGED_IN },
    { "NAMESPACE", LOGGED_IN },
    { "IDLE", LOGGED_IN },
    { "CHECK", SELECTED },
    { "CLOSE", SELECTED },
    { "UNSELECT", SELECTED },
    { "EXPUNGE", SELECTED },
    { "SEARCH", SELECTED },
    { "FETCH", SELECTED },
    { "STORE", SELECTED },
    { "COPY", SELECTED },
    { "MOVE", SELECTED },
    { "UID EXPUNGE", SELECTED },
    { "UID SEARCH", SELECTED },
    { "UID FETCH", SELECTED },
    { "UID STORE", SELECTED },
    { "UID COPY", SELECTED },
    { "UID MOVE", SELECTED },
};
static bool states[IMAP_S_LOGOUT + 1];

struct side {
    struct talk *talk;
    struct mail_boxes boxes;
    struct mail_box *bob;
    struct imap_server_options options;
    struct imap_server *server, *other;
    const char *verb; /* of the command under way */
    unsigned in;      /* the state it came in */
    sim_time now;
};

static struct mail_box *on_login(void *self, struct span user, struct span password)
{
    struct side *x = self;
    struct mail_box *box = mail_boxes_find(&x->boxes, user);

    return box != NULL && span_is(password, span_of(box->password)) ? box : NULL;
}

static void on_news(void *self)
{
    talk_note(((struct side *)self)->talk, "news");
}

static void on_command(void *self, struct span tag, const char *verb, struct span line)
{
    static const unsigned bits[] = { 0, NOT_AUTHENTICATED, AUTHENTICATED, SELECTED, 0 };
    struct side *x = self;

    (void)tag;
    assert_null(memchr(line.at, '\r', line.len));
    x->verb = verb;
    x->in = bits[imap_server_state(x->server)];
}

/* What is told is what was just said, and only that. */
static void on_reply(void *self, struct span tag, const char *status, struct span response, uint32_t mail)
{
    struct side *x = self;
    GString *out = x->talk->out;
    bool is_ok = strcmp(status, "OK") == 0;

    assert_true(response.at + response.len == out->str + out->len && response.at >= out->str);
    assert_true(g_str_has_suffix(out->str, "\r\n"));
    assert_true(span_starts_nocase(response, tag) && response.at[tag.len] == ' ');
    assert_true(span_starts_nocase(span_bytes(response.at + tag.len + 1, response.len - tag.len - 1),
                                   span_of(status)));
    assert_true(mail <= G_N_ELEMENTS(imap_messages) + 1);
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (x->verb != NULL && strcmp(x->verb, verbs[i].name) == 0 && tag.at[0] != '*' && tag.at[0] != '+')
            *(is_ok ? &verbs[i].accepted : &verbs[i].refused) |= x->in;
}

static void on_state(void *self, enum imap_server_state before, enum imap_server_state now)
{
    (void)self;
    assert_true(before != now);
    states[before] = states[now] = true;
}

static uint32_t on_append(void *self, const struct mail_folder *to, struct span message)
{
    (void)self;
    assert_non_null(to);
    assert_true(message.len > 0);
    return G_N_ELEMENTS(imap_messages) + 1;
}

static const struct imap_policy policy = {
    .on_login = on_login,
    .on_append = on_append,
    .on_news = on_news,
    .on_command = on_command,
    .on_reply = on_reply,
    .on_state = on_state,
};
static const struct imap_policy other_policy = { .on_login = on_login };

static void deliver(struct side *x, const char *name)
{
    struct mail_message *m = imap_message(name);

    if (m == NULL) {
        talk_complain(x->talk, "no such message", name);
        return;
    }
    mail_box_store(x->bob, m, x->now += SIM_MINUTE);
    mail_message_unref(&m);
}

static void feed_text(struct talk *t, const char *text)
{
    struct side *x = t->session;

    imap_server_feed(x->server, span_of(text), x->now, t->out);
}

/* What the other session answers, line by line. */
static void feed_other(struct side *x, const char *line)
{
    GString *out = g_string_new(NULL);
    char *crlf = g_strconcat(line, "\r\n", NULL), **lines;

    imap_server_feed(x->other, span_of(crlf), x->now, out);
    lines = g_strsplit(out->str, "\r\n", 0);
    for (unsigned i = 0; lines[i] != NULL && lines[i + 1] != NULL; i++)
        if (strcmp(line, "l LOGIN bob \"sword fish\"") != 0)
            talk_note(x->talk, "%s", lines[i]);
    g_strfreev(lines);
    g_free(crlf);
    g_string_free(out, TRUE);
}

static void begin(struct talk *t)
{
    struct side *x = g_new0(struct side, 1);
    char **names = g_strsplit(talk_setting(t, "messages", ""), ",", 0);
    char **folders = g_strsplit(talk_setting(t, "folders", ""), ",", 0);
    GString *unheard = g_string_new(NULL);

    t->session = x;
    x->talk = t;
    mail_boxes_init(&x->boxes);
    x->boxes.epoch_s = IMAP_EPOCH_S;
    x->bob = mail_boxes_add(&x->boxes, "bob", strtoul(talk_setting(t, "quota", "0"), NULL, 10));
    mail_box_set_password(x->bob, "sword fish");
    for (unsigned i = 0; names[i] != NULL; i++)
        deliver(x, names[i]);
    for (unsigned i = 0; folders[i] != NULL; i++)
        mail_folder_make(x->bob, span_of(folders[i]));
    g_strfreev(names);
    g_strfreev(folders);
    x->options = (struct imap_server_options){ "mail.hamburger.edu", &x->boxes };
    x->server = imap_server_new(&x->options, &policy, x);
    x->other = imap_server_new(&x->options, &other_policy, x);
    imap_server_open(x->other, unheard);
    feed_other(x, "l LOGIN bob \"sword fish\"");
    imap_server_open(x->server, t->out);
    if (strcmp(talk_setting(t, "as", "nobody"), "bob") == 0 || talk_setting(t, "select", NULL) != NULL)
        feed_text(t, "l LOGIN bob \"sword fish\"\r\n");
    if (talk_setting(t, "select", NULL) != NULL) {
        char *select = g_strdup_printf("s SELECT %s\r\n", talk_setting(t, "select", ""));

        feed_text(t, select);
        g_free(select);
    }
    if (talk_setting(t, "as", NULL) != NULL || talk_setting(t, "select", NULL) != NULL)
        g_string_truncate(t->out, 0);
    g_string_free(unheard, TRUE);
}

static void feed(struct talk *t, struct span bytes)
{
    struct side *x = t->session;

    imap_server_feed(x->server, bytes, x->now, t->out);
}

static const char *state_of(struct talk *t)
{
    return imap_server_state_text(imap_server_state(((struct side *)t->session)->server));
}

static bool act(struct talk *t, const char *action)
{
    struct side *x = t->session;

    if (g_str_has_prefix(action, "deliver "))
        deliver(x, action + 8);
    else if (g_str_has_prefix(action, "other "))
        feed_other(x, action + 6);
    else if (g_str_has_prefix(action, "shut "))
        imap_server_shut(x->server, action + 5, t->out);
    else if (strcmp(action, "tell") == 0)
        imap_server_tell(x->server, t->out);
    else
        return false;
    return true;
}

static void end(struct talk *t)
{
    struct side *x = t->session;

    imap_server_free(&x->server);
    imap_server_free(&x->other);
    for (guint i = 0; i < x->bob->folders->len; i++)
        assert_null(((struct mail_folder *)x->bob->folders->pdata[i])->watches);
    mail_boxes_release(&x->boxes);
    g_free(x);
}

static const struct talk_kind kinds[] = { { "imap-server", 'C', begin, feed, state_of, act, end } };

static void test_imap_talks_go_as_written(void **state)
{
    (void)state;
    talk_run_folder("tests/talk/imap", kinds, G_N_ELEMENTS(kinds));
}

/* Each command is accepted in each state that has it, and refused in each: for the state, its form, or what
 * it asks. */
static void test_imap_talks_cover_every_verb_and_state(void **state)
{
    unsigned missing = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
        if (verbs[i].accepted != verbs[i].in || verbs[i].refused != ANY) {
            print_error("%s: accepted in %u of %u, refused in %u of %u\n", verbs[i].name, verbs[i].accepted,
                        verbs[i].in, verbs[i].refused, ANY);
            missing++;
        }
    }
    for (unsigned i = 0; i <= IMAP_S_LOGOUT; i++)
        missing += !states[i];
    assert_int_equal(missing, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_imap_talks_go_as_written),
        cmocka_unit_test(test_imap_talks_cover_every_verb_and_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
