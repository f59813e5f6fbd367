/* Our IMAP client and our server against each other: three people's programs have one mailbox open and do
 * what they like, bytes are cut at random, mail is delivered meanwhile. Each client keeps a list of messages
 * from nothing but what it is told. When all is quiet the lists are those of the folders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/rng.h"
#include "mail/imap_client.h"
#include "mail/imap_server.h"

enum { WORLDS = 400, CLIENTS = 3, COMMANDS = 40, NAMES = 4 };

static const char *const names[NAMES] = { "INBOX", "여행", "R&D/a \"b\"", "Temp" };

struct seen {
    uint32_t uid; /* 0: not told yet */
    char *flags;
};

struct reader {
    struct world *world;
    struct imap_client *client;
    struct imap_server *server;
    GString *to_server, *to_client;
    GArray *list;        /* of struct seen */
    const char *command; /* what is under way, for messages */
    char *folder;        /* selected, or about to be */
    unsigned n_commands;
    bool is_last; /* it gives no more commands by itself */
    bool quiet;   /* and the last one is done */
};

struct world {
    struct rng rng;
    unsigned seed;
    struct mail_boxes boxes;
    struct mail_box *bob;
    struct imap_server_options options;
    struct reader readers[CLIENTS];
    unsigned n_sent, n_refused, n_idled, n_compared, n_bodies;
    bool ends; /* no new commands but the last */
};

static unsigned below(struct world *w, unsigned n)
{
    return rng_below(&w->rng, n);
}

/* ── The server ── */

static struct mail_box *on_login(void *self, struct span user, struct span password)
{
    struct reader *r = self;

    assert_true(span_is(user, SPAN("bob")) && span_is(password, SPAN("밥 \"\\")));
    return r->world->bob;
}

static const struct imap_policy policy = { .on_login = on_login };

static void deliver(struct world *w)
{
    unsigned k = ++w->n_sent;
    char *text = g_strdup_printf("Subject: %u\r\n\r\nMail {%u}\r\n)\r\n", k, k);
    struct span all = span_of(text);
    struct mail_message *m = mail_message_new(k, &all, 1);

    mail_box_store(w->bob, m, 0);
    mail_message_unref(&m);
    g_free(text);
}

/* ── The clients ── */

static void seen_clear(gpointer data)
{
    g_free(((struct seen *)data)->flags);
}

/* One of its messages, as "3". NULL: it has none. */
static const char *some_number(struct reader *r, char *text, size_t room)
{
    if (r->list->len == 0)
        return NULL;
    g_snprintf(text, room, "%u", 1 + below(r->world, r->list->len));
    return text;
}

static void say(struct reader *r, const char *format, const char *number)
{
    char *line = g_strdup_printf(format, number);

    imap_client_command(r->client, line, r->to_server);
    g_free(line);
}

static void select_some(struct reader *r)
{
    const char *name = names[below(r->world, NAMES)];

    g_free(r->folder);
    r->folder = g_strdup(name);
    g_array_set_size(r->list, 0);
    imap_client_select(r->client, name, below(r->world, 4) == 0, r->to_server);
}

static void change_folders(struct reader *r)
{
    switch (below(r->world, 4)) {
    case 0:
        imap_client_folders(r->client, "CREATE", "Temp", NULL, r->to_server);
        return;
    case 1:
        imap_client_folders(r->client, "DELETE", "Temp", NULL, r->to_server);
        return;
    case 2:
        imap_client_folders(r->client, "LIST", "", "*", r->to_server);
        return;
    default:
        imap_client_append(r->client, names[below(r->world, NAMES)], "\\Seen $Work",
                           SPAN("Subject: own\r\n\r\n{3}\r\n"), r->to_server);
    }
}

/* In SELECTED: something to do with messages. */
static void do_something(struct reader *r)
{
    static const char *const with_number[] = {
        "FETCH %s (UID FLAGS BODY.PEEK[])",
        "FETCH %s:* (UID FLAGS)",
        "STORE %s +FLAGS (\\Deleted)",
        "STORE %s FLAGS (\\Seen $Work)",
        "STORE %s -FLAGS.SILENT (\\Seen)",
        "STORE %s +FLAGS.SILENT (\\Flagged \\Deleted)",
        "FETCH %s (BODY[TEXT])",
    };
    static const char *const alone[] = { "NOOP", "EXPUNGE", "UID SEARCH DELETED", "CHECK", "CLOSE" };
    struct world *w = r->world;
    char number[16];
    unsigned choice = below(w, 20);

    if (choice == 0)
        select_some(r);
    else if (choice == 1)
        imap_client_idle(r->client, r->to_server);
    else if (choice <= 3)
        change_folders(r);
    else if (choice <= 6 || some_number(r, number, sizeof number) == NULL)
        imap_client_command(r->client, alone[below(w, choice == 6 ? 5 : 4)], r->to_server);
    else if (choice <= 8)
        imap_client_to_folder(r->client, choice == 7 ? "MOVE 1" : "COPY 1:*", names[below(w, NAMES)],
                              r->to_server);
    else
        say(r, with_number[below(w, G_N_ELEMENTS(with_number))], number);
}

static void on_done(void *self, const char *status, struct span line)
{
    struct reader *r = self;

    if (strcmp(status, "BAD") == 0)
        fail_msg("seed %u: BAD %.*s", r->world->seed, (int)line.len, line.at);
    r->world->n_refused += strcmp(status, "NO") == 0;
    if (r->is_last) {
        r->quiet = true;
        return;
    }
    switch (imap_client_state(r->client)) {
    case IMAP_C_NOT_AUTHENTICATED:
        if (below(r->world, 2))
            imap_client_login(r->client, "bob", "밥 \"\\", r->to_server);
        else
            imap_client_authenticate_plain(r->client, "bob", "밥 \"\\", r->to_server);
        return;
    case IMAP_C_AUTHENTICATED:
        if (r->n_commands++ > COMMANDS)
            r->quiet = r->is_last = true;
        else if (below(r->world, 4) == 0)
            change_folders(r);
        else
            select_some(r);
        return;
    case IMAP_C_SELECTED:
        if (!r->world->ends && r->n_commands++ < COMMANDS) {
            do_something(r);
            return;
        }
        r->quiet = r->is_last = true;
        return;
    case IMAP_C_GREET:
    case IMAP_C_IDLE:
    case IMAP_C_LOGOUT:
    case IMAP_C_OVER:
        fail();
    }
}

static void on_exists(void *self, unsigned n)
{
    struct reader *r = self;

    assert_true(n >= r->list->len);
    g_array_set_size(r->list, n); /* zeros */
    if (imap_client_state(r->client) == IMAP_C_IDLE) {
        r->world->n_idled++;
        imap_client_idle_done(r->client, r->to_server);
    }
}

static void on_recent(void *self, unsigned n)
{
    assert_true(n <= ((struct reader *)self)->list->len ||
                imap_client_state(((struct reader *)self)->client) != IMAP_C_SELECTED);
}

static void on_expunge(void *self, unsigned number)
{
    struct reader *r = self;

    assert_true(number >= 1 && number <= r->list->len);
    g_array_remove_index(r->list, number - 1);
}

static void on_fetch(void *self, const struct imap_fetched *f)
{
    struct reader *r = self;
    struct seen *s = &g_array_index(r->list, struct seen, f->number - 1);
    struct mail_folder *folder = mail_folder_find(r->world->bob, span_of(r->folder));
    int at;

    if (f->uid != 0 && s->uid != 0)
        assert_int_equal(s->uid, f->uid);
    if (f->uid != 0)
        s->uid = f->uid;
    if (f->has_flags) {
        g_free(s->flags);
        s->flags = g_strndup(f->flags.at, f->flags.len);
    }
    at = f->has_body && f->section.len == 0 && folder != NULL ? mail_folder_place(folder, f->uid) : -1;
    if (at < 0 || folder != imap_server_folder(r->server))
        return;
    assert_true(span_is(f->body, folder->messages[at].message->data));
    r->world->n_bodies++;
}

static void on_list(void *self, const struct imap_listed *l)
{
    struct reader *r = self;
    bool known = false;

    for (unsigned i = 0; i < NAMES; i++)
        known = known || span_is(l->name, span_of(names[i]));
    if (!known && !span_is(l->name, SPAN("R&D")))
        fail_msg("seed %u: %.*s", r->world->seed, (int)l->name.len, l->name.at);
}

static void on_search(void *self, const uint32_t *found, unsigned n)
{
    for (unsigned i = 1; i < n; i++)
        assert_true(found[i] > found[i - 1]);
    (void)self;
}

static void on_code(void *self, struct span code, uint32_t number)
{
    (void)self;
    (void)number;
    assert_true(code.len > 0);
}

static void on_end(void *self, bool in_order, struct span line)
{
    struct reader *r = self;

    (void)in_order;
    if (!span_starts_nocase(line, SPAN("BYE"))) /* the folder it had open was deleted */
        fail_msg("seed %u: %.*s", r->world->seed, (int)line.len, line.at);
    r->quiet = true;
}

static const struct imap_client_events events = { on_done,  on_exists, on_recent, on_expunge,
                                                  on_fetch, on_list,   on_search, on_code,
                                                  NULL,     on_end,    NULL };

/* ── The world ── */

static void begin_reader(struct world *w, struct reader *r)
{
    *r = (struct reader){ .world = w, .to_server = g_string_new(NULL), .to_client = g_string_new(NULL) };
    r->list = g_array_new(FALSE, TRUE, sizeof(struct seen));
    g_array_set_clear_func(r->list, seen_clear);
    r->client = imap_client_new(&events, r);
    r->server = imap_server_new(&w->options, &policy, r);
    imap_server_open(r->server, r->to_client);
}

static void end_reader(struct reader *r)
{
    imap_client_free(&r->client);
    imap_server_free(&r->server);
    g_array_free(r->list, TRUE);
    g_string_free(r->to_server, TRUE);
    g_string_free(r->to_client, TRUE);
    g_free(r->folder);
}

/* Some of what is on its way to one side arrives, or an idling client hears something or has had enough. */
static void step(struct world *w, struct reader *r)
{
    GString *from = below(w, 2) ? r->to_server : r->to_client;
    char *part;
    size_t n;

    if (from->len == 0) {
        imap_server_tell(r->server, r->to_client);
        if (imap_client_state(r->client) == IMAP_C_IDLE && (w->ends || below(w, 10) == 0))
            imap_client_idle_done(r->client, r->to_server);
        return;
    }
    n = 1 + below(w, below(w, 2) ? (unsigned)MIN(from->len, 5) : (unsigned)from->len);
    part = g_strndup(from->str, n); /* both may be written to meanwhile */
    g_string_erase(from, 0, (gssize)n);
    if (from == r->to_server)
        imap_server_feed(r->server, span_bytes(part, n), 0, r->to_client);
    else
        imap_client_feed(r->client, span_bytes(part, n), r->to_server);
    g_free(part);
}

static bool is_quiet(const struct world *w)
{
    for (unsigned i = 0; i < CLIENTS; i++)
        if (!w->readers[i].quiet || w->readers[i].to_client->len > 0)
            return false;
    return true;
}

/* Without \Recent, which is the session's. */
static char *stored_flags(const struct mail_folder *f, unsigned at)
{
    GString *text = g_string_new(NULL);

    mail_flags_text(f, f->messages[at].flags, text);
    return g_string_free(text, FALSE);
}

static char *without_recent(const char *flags)
{
    char **words = g_strsplit(flags, " ", 0);
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; words[i] != NULL; i++)
        if (strcmp(words[i], "\\Recent") != 0)
            g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", words[i]);
    g_strfreev(words);
    return g_string_free(text, FALSE);
}

/* What each client knows is what is so. */
static void compare(struct world *w)
{
    for (unsigned i = 0; i < CLIENTS; i++) {
        const struct reader *r = &w->readers[i];
        const struct mail_folder *f = imap_server_folder(r->server);

        if (f == NULL || imap_client_state(r->client) != IMAP_C_SELECTED)
            continue;
        if (r->list->len != f->n)
            fail_msg("seed %u: client %u has %u of %u", w->seed, i, r->list->len, f->n);
        for (unsigned k = 0; k < f->n; k++) {
            const struct seen *s = &g_array_index(r->list, struct seen, k);
            char *is, *told;

            if (s->uid != f->messages[k].uid || s->flags == NULL)
                fail_msg("seed %u: client %u: message %u is uid %u, not %u", w->seed, i, k + 1,
                         f->messages[k].uid, s->uid);
            is = stored_flags(f, k);
            told = without_recent(s->flags);
            if (strcmp(is, told) != 0)
                fail_msg("seed %u: client %u: message %u has (%s), not (%s)", w->seed, i, k + 1, is, told);
            g_free(is);
            g_free(told);
        }
        w->n_compared++;
    }
}

static void settle(struct world *w)
{
    for (unsigned n = 0; !is_quiet(w) && n < 200000; n++) {
        if (!w->ends && below(w, 60) == 0)
            deliver(w);
        w->ends = w->ends || n > 30000;
        step(w, &w->readers[below(w, CLIENTS)]);
    }
    assert_true(is_quiet(w));
}

/* Those that have a folder open, when all is quiet. */
static void all_say(struct world *w, const char *command)
{
    for (unsigned i = 0; i < CLIENTS; i++) {
        struct reader *r = &w->readers[i];

        r->quiet = imap_client_state(r->client) != IMAP_C_SELECTED;
        if (!r->quiet)
            imap_client_command(r->client, command, r->to_server);
    }
    settle(w);
}

static void test_imap_client_and_server_agree(void **state)
{
    unsigned n_compared = 0, n_refused = 0, n_idled = 0, n_bodies = 0;

    (void)state;
    for (unsigned seed = 1; seed <= WORLDS; seed++) {
        struct world w = { .seed = seed };

        rng_init(&w.rng, seed, SPAN("imap pair"));
        mail_boxes_init(&w.boxes);
        w.bob = mail_boxes_add(&w.boxes, "bob", 0);
        for (unsigned i = 1; i < NAMES; i++)
            mail_folder_make(w.bob, span_of(names[i]));
        w.options = (struct imap_server_options){ "mail.hamburger.edu", &w.boxes };
        for (unsigned i = below(&w, 5); i > 0; i--)
            deliver(&w);
        for (unsigned i = 0; i < CLIENTS; i++)
            begin_reader(&w, &w.readers[i]);
        settle(&w);
        w.ends = true;
        all_say(&w, "NOOP"); /* and hear what the last ones did */
        all_say(&w, "UID FETCH 1:* (FLAGS)");
        compare(&w);
        n_compared += w.n_compared;
        n_refused += w.n_refused;
        n_idled += w.n_idled;
        n_bodies += w.n_bodies;
        for (unsigned i = 0; i < CLIENTS; i++)
            end_reader(&w.readers[i]);
        mail_boxes_release(&w.boxes);
    }
    assert_true(n_compared > WORLDS && n_refused > WORLDS && n_idled > WORLDS / 4 && n_bodies > WORLDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_imap_client_and_server_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
