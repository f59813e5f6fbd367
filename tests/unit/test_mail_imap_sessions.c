/* Several sessions on one folder, doing this and that at random: what each is told must add up to what is
 * there (RFC 3501 §5.2, §7.4.1), and each message is \Recent for one of them at most (§2.3.2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "mail/imap_server.h"

enum { SESSIONS = 3, STEPS = 1500, SEEDS = 12, UIDS_MAX = 20000 };

/* A message as its client knows it. */
struct known {
    uint32_t uid; /* 0: not told */
    char *flags;  /* NULL: not told, or set without a word */
};

struct client {
    struct world *world;
    unsigned number;
    struct imap_server *server;
    GString *out;
    GArray *messages;       /* of struct known */
    unsigned selects;       /* how often it has selected: the \Recent of a message is of one */
    bool reads_only, tells; /* whether an EXPUNGE may come now */
    const char *command;
};

struct world {
    struct mail_boxes boxes;
    struct mail_box *bob;
    struct imap_server_options options;
    struct client clients[SESSIONS];
    unsigned recent_of[UIDS_MAX]; /* 1 + session + SESSIONS * selects; 0: nobody's yet */
    GRand *rand;
};

static struct mail_box *on_login(void *self, struct span user, struct span password)
{
    (void)password;
    return mail_boxes_find(&((struct client *)self)->world->boxes, user);
}

static void clear_known(gpointer data)
{
    g_free(((struct known *)data)->flags);
}

static void wrong(struct client *c, const char *what, const char *text)
{
    fail_msg("session %u, %s: %s: %s", c->number, c->command, what, text);
}

/* "UID 3 FLAGS (\Seen))" */
static void hear_fetch(struct client *c, unsigned number, const char *items)
{
    struct known *m;
    const char *uid = strstr(items, "UID "), *flags = strstr(items, "FLAGS (");

    if (number == 0 || number > c->messages->len)
        wrong(c, "no such message", items);
    m = &g_array_index(c->messages, struct known, number - 1);
    if (uid != NULL) {
        uint32_t told = (uint32_t)strtoul(uid + 4, NULL, 10);

        if (m->uid != 0 && m->uid != told)
            wrong(c, "another uid", items);
        m->uid = told;
    }
    if (flags == NULL)
        return;
    g_free(m->flags);
    m->flags = g_strndup(flags + 7, strcspn(flags + 7, ")"));
    if (strstr(m->flags, "\\Recent") != NULL && m->uid != 0 && !c->reads_only) {
        unsigned me = 1 + c->number + SESSIONS * c->selects, *whose = &c->world->recent_of[m->uid];

        if (*whose != 0 && *whose != me)
            wrong(c, "recent for two", items);
        *whose = me;
    }
}

static void on_reply(void *self, struct span tag, const char *status, struct span response, uint32_t mail)
{
    struct client *c = self;
    char *text = g_strndup(response.at, response.len), *word;
    unsigned number;

    (void)mail;
    if (strcmp(status, "BAD") == 0)
        wrong(c, "refused", text);
    if (tag.at[0] != '*' || status[0] != '\0') {
        g_free(text);
        return;
    }
    number = (unsigned)strtoul(text + 2, &word, 10);
    if (g_str_has_prefix(word, " EXISTS")) {
        if (number < c->messages->len)
            wrong(c, "fewer", text);
        g_array_set_size(c->messages, number);
    } else if (g_str_has_prefix(word, " EXPUNGE")) {
        if (!c->tells || number == 0 || number > c->messages->len)
            wrong(c, "not now", text);
        g_array_remove_index(c->messages, number - 1);
    } else if (g_str_has_prefix(word, " FETCH (")) {
        hear_fetch(c, number, word);
    }
    g_free(text);
}

static const struct imap_policy policy = { .on_login = on_login, .on_reply = on_reply };

static void say(struct client *c, bool tells, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void say(struct client *c, bool tells, const char *format, ...)
{
    va_list args;
    char *line;

    va_start(args, format);
    line = g_strdup_vprintf(format, args);
    va_end(args);
    c->command = line;
    c->tells = tells;
    g_string_truncate(c->out, 0);
    imap_server_feed(c->server, span_of(line), 0, c->out);
    imap_server_feed(c->server, SPAN("\r\n"), 0, c->out);
    c->command = "";
    g_free(line);
}

static void select_folder(struct client *c, bool read_only)
{
    g_array_set_size(c->messages, 0);
    c->selects++;
    c->reads_only = read_only;
    say(c, false, "a %s INBOX", read_only ? "EXAMINE" : "SELECT");
}

static void forget_flags(struct client *c)
{
    for (guint i = 0; i < c->messages->len; i++)
        g_clear_pointer(&g_array_index(c->messages, struct known, i).flags, g_free);
}

/* Numbers up to date, everything that it knows is so. */
static void check(struct client *c)
{
    const struct mail_folder *f = c->world->bob->inbox;

    say(c, true, "a NOOP");
    if (c->messages->len != f->n)
        wrong(c, "another number of messages", "");
    for (guint i = 0; i < f->n; i++) {
        const struct known *m = &g_array_index(c->messages, struct known, i);
        GString *flags = g_string_new(NULL);
        size_t n;

        if (m->uid != 0 && m->uid != f->messages[i].uid)
            wrong(c, "another message", "");
        mail_flags_text(f, f->messages[i].flags, flags);
        n = m->flags != NULL ? strlen(m->flags) : 0;
        if (n >= strlen("\\Recent") && strcmp(m->flags + n - strlen("\\Recent"), "\\Recent") == 0)
            g_string_append(flags, flags->len > 0 ? " \\Recent" : "\\Recent");
        if (m->flags != NULL && strcmp(m->flags, flags->str) != 0)
            wrong(c, "other flags", m->flags);
        g_string_free(flags, TRUE);
    }
}

static void deliver(struct world *w)
{
    struct span text = SPAN("Subject: x\r\n\r\nx\r\n");
    struct mail_message *m = mail_message_new(1, &text, 1);

    mail_box_store(w->bob, m, 0);
    mail_message_unref(&m);
}

static void step(struct world *w, struct client *c)
{
    static const char *const flags[] = { "\\Deleted", "\\Seen",        "\\Deleted \\Flagged",
                                         "$Work",     "$Play \\Draft", "" };
    static const char *const hows[] = { "", "+", "-" };
    unsigned n = c->messages->len, first = n > 0 ? (unsigned)g_rand_int_range(w->rand, 1, (gint32)n + 1) : 0;
    unsigned more = (unsigned)g_rand_int_range(w->rand, 0, 3), last = n > 0 ? MIN(n, first + more) : 0;
    const char *flag = flags[g_rand_int_range(w->rand, 0, G_N_ELEMENTS(flags))];
    struct client *other;
    const char *how = hows[g_rand_int_range(w->rand, 0, G_N_ELEMENTS(hows))];

    switch (g_rand_int_range(w->rand, 0, 18)) {
    case 0:
        check(c);
        break;
    case 1:
        deliver(w);
        deliver(w);
        break;
    case 2:
        if (w->bob->inbox->n > 0)
            mail_box_delete(w->bob, w->bob->inbox->messages[0].uid);
        break;
    case 3:
        if (n > 0)
            say(c, false, "a FETCH %u:%u (UID FLAGS)", first, last);
        break;
    case 4:
        say(c, true, "a UID FETCH 1:* FLAGS");
        break;
    case 5:
    case 6:
        if (n > 0)
            say(c, false, "a STORE %u:%u %sFLAGS (%s)", first, last, how, flag);
        break;
    case 7:
        if (n > 0) {
            say(c, false, "a STORE %u:%u %sFLAGS.SILENT (%s)", first, last, how, flag);
            forget_flags(c);
        }
        break;
    case 8:
        say(c, true, "a UID STORE %u:%u %sFLAGS (%s)", first + 1, last + 4, how, flag);
        break;
    case 9:
        say(c, true, "a EXPUNGE");
        break;
    case 10:
        say(c, true, "a UID EXPUNGE %u:%u", first + 1, last + 9);
        break;
    case 11:
        if (n > 0)
            say(c, true, "a COPY %u:%u INBOX", first, last);
        break;
    case 12:
        if (n > 0)
            say(c, true, "a MOVE %u:%u INBOX", first, last);
        break;
    case 13:
        say(c, true, "a UID MOVE %u:%u Other", first + 1, last + 9);
        break;
    case 14:
        say(c, true, "a APPEND INBOX (\\Seen) {1+}\r\nx");
        break;
    case 15:
        if (n > 0)
            say(c, false, "a FETCH %u BODY[]", first);
        break;
    case 16:
        if (g_rand_int_range(w->rand, 0, 4) == 0)
            select_folder(c, g_rand_boolean(w->rand));
        break;
    case 17:
        say(c, true, "a IDLE");
        other = &w->clients[(c->number + 1) % SESSIONS];
        if (!imap_server_is_idling(other->server))
            step(w, other);
        g_string_truncate(c->out, 0);
        c->tells = true;
        imap_server_tell(c->server, c->out);
        say(c, true, "DONE");
        break;
    }
}

static void walk(guint32 seed)
{
    struct world *w = g_new0(struct world, 1);

    w->rand = g_rand_new_with_seed(seed);
    mail_boxes_init(&w->boxes);
    w->bob = mail_boxes_add(&w->boxes, "bob", 0);
    mail_folder_make(w->bob, SPAN("Other"));
    w->options = (struct imap_server_options){ "mail.hamburger.edu", &w->boxes };
    for (unsigned i = 0; i < SESSIONS; i++) {
        struct client *c = &w->clients[i];

        *c = (struct client){ .world = w, .number = i, .out = g_string_new(NULL), .command = "" };
        c->messages = g_array_new(FALSE, TRUE, sizeof(struct known));
        g_array_set_clear_func(c->messages, clear_known);
        c->server = imap_server_new(&w->options, &policy, c);
        imap_server_open(c->server, c->out);
        say(c, false, "a LOGIN bob x");
        select_folder(c, false);
    }
    for (unsigned i = 0; i < STEPS && w->bob->inbox->uid_next < UIDS_MAX - 100; i++)
        step(w, &w->clients[g_rand_int_range(w->rand, 0, SESSIONS)]);
    for (unsigned i = 0; i < SESSIONS; i++) {
        check(&w->clients[i]);
        imap_server_free(&w->clients[i].server);
        g_array_free(w->clients[i].messages, TRUE);
        g_string_free(w->clients[i].out, TRUE);
    }
    assert_null(w->bob->inbox->watches);
    mail_boxes_release(&w->boxes);
    g_rand_free(w->rand);
    g_free(w);
}

static void test_imap_sessions_agree_whatever_they_do(void **state)
{
    (void)state;
    for (guint32 seed = 1; seed <= SEEDS; seed++)
        walk(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_imap_sessions_agree_whatever_they_do) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
