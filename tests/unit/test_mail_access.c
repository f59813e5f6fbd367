/* POP3 and IMAP as programs on a host, before clients played by hand: what a connection that ends in the
 * middle leaves, who waits how long, who hears of what. */
#include "mail_world.h"

#include <glib.h>

#include "mail/imap_server.h"
#include "mail/pop3_server.h"
#include "net/tcp.h"

struct fixture {
    struct mail_world w;
    struct mail_server *hamburger;
    struct mail_access *pop3, *imap;
    struct mail_agent *alice;
    struct net_host *pc;
    struct net_link *line; /* Bob's, to the internet */
    GPtrArray *clients;
};

/* Each record says what its event may say, and no more. */
static void check_keys(void *self, const struct record *r)
{
    (void)self;
    for (unsigned i = 0; i < r->n_fields; i++)
        assert_true(event_has(r->event, r->fields[i].key));
}

static void setup_with(struct fixture *f, const struct mail_access_spec *spec)
{
    mw_init(&f->w, ZONE);
    mw_server(&f->w, CREPES, "10.1.0.25", "crepes.fr", "alice", NULL);
    f->hamburger = mw_server(&f->w, HAMBURGER, "10.4.0.25", "hamburger.edu", "bob carol", NULL);
    mail_server_set_password(f->hamburger, "bob", "fries");
    mw_access(&f->w, f->hamburger, spec);
    f->pop3 = f->w.accesses->pdata[0];
    f->imap = f->w.accesses->pdata[1];
    f->alice = mw_agent(&f->w, "alice-pc", "10.1.0.2", "alice@crepes.fr", "10.1.0.25", CREPES);
    f->pc = mw_host(&f->w, "bob-pc", "10.4.0.2");
    f->line = net_link_between(f->w.net, f->pc, f->w.router);
    f->clients = g_ptr_array_new();
    trace_listen(&f->w.sim.trace, check_keys, NULL);
}

static void setup(struct fixture *f)
{
    setup_with(f, NULL);
}

static struct mail_box *bob(const struct fixture *f)
{
    return mail_local_user(mail_server_local(f->hamburger), SPAN("bob"));
}

/* So many messages for Bob, by SMTP. */
static void deliver(struct fixture *f, unsigned n)
{
    unsigned before = mail_server_stored(f->hamburger, "bob");

    for (unsigned i = 0; i < n; i++)
        mw_send(f->alice, "bob@hamburger.edu", "Lunch");
    mw_run_for(&f->w, 5 * SIM_SECOND);
    assert_int_equal(mail_server_stored(f->hamburger, "bob"), before + n);
}

/* ---- A client without a mind of its own. */

struct client {
    struct fixture *f;
    struct tcp_conn *conn; /* NULL: gone */
    GString *heard;        /* since it was last looked at */
    bool eof, reset;
    uint32_t mail; /* what the last segment with data was about */
};

static void on_data(void *self, struct tcp_conn *conn, struct span bytes)
{
    struct client *c = self;

    g_string_append_len(c->heard, bytes.at, (gssize)bytes.len);
    c->mail = tcp_mail(conn);
}

static void on_eof(void *self, struct tcp_conn *conn)
{
    struct client *c = self;

    c->eof = true;
    tcp_close(conn);
}

static void on_gone(void *self, struct tcp_conn *conn, enum tcp_gone why)
{
    struct client *c = self;

    (void)conn;
    c->reset = why == TCP_RESET;
    c->conn = NULL;
}

static const struct tcp_app app = { .on_data = on_data, .on_eof = on_eof, .on_gone = on_gone };

static void wait_a_bit(struct client *c)
{
    mw_run_for(&c->f->w, SIM_SECOND / 2);
}

/* It has heard this (* and ? as in patterns), and no more. */
static void hear(struct client *c, const char *pattern)
{
    if (!g_pattern_match_simple(pattern, c->heard->str))
        fail_msg("heard:\n%s\nnot:\n%s", c->heard->str, pattern);
    g_string_truncate(c->heard, 0);
}

static struct client *connect_to(struct fixture *f, uint16_t port)
{
    struct client *c = g_new0(struct client, 1);

    c->f = f;
    c->heard = g_string_new(NULL);
    c->conn = tcp_connect(f->pc, mw_ip("10.4.0.25"), port, &app, c);
    g_ptr_array_add(f->clients, c);
    wait_a_bit(c);
    return c;
}

/* `lines` are parted by CRLF; the last one gets its own. */
static void say(struct client *c, const char *lines)
{
    tcp_send(c->conn, span_of(lines));
    tcp_send(c->conn, SPAN("\r\n"));
    wait_a_bit(c);
}

static struct client *pop3(struct fixture *f)
{
    struct client *c = connect_to(f, POP3_PORT);

    hear(c, "+OK " HAMBURGER " POP3 server ready <*@" HAMBURGER ">\r\n");
    say(c, "USER bob\r\nPASS fries");
    hear(c, "+OK*\r\n+OK*\r\n");
    return c;
}

static struct client *imap(struct fixture *f)
{
    struct client *c = connect_to(f, IMAP_PORT);

    hear(c, "* OK ?CAPABILITY *\r\n");
    say(c, "1 LOGIN bob fries\r\n2 SELECT INBOX");
    hear(c, "1 OK *2 OK ?READ-WRITE? *\r\n");
    return c;
}

static void teardown(struct fixture *f)
{
    for (guint i = 0; i < f->clients->len; i++) {
        struct client *c = f->clients->pdata[i];

        if (c->conn != NULL)
            tcp_abort(&c->conn);
    }
    mw_release(&f->w);
    for (guint i = 0; i < f->clients->len; i++) {
        struct client *c = f->clients->pdata[i];

        g_string_free(c->heard, TRUE);
        g_free(c);
    }
    g_ptr_array_free(f->clients, TRUE);
}

/* ---- POP3. */

static void test_pop3_gives_and_deletes(void **state)
{
    struct fixture f;
    struct client *c;

    (void)state;
    setup(&f);
    deliver(&f, 2);
    mw_listen(&f.w, "auth.*|mailbox.*|pop3.*");
    c = pop3(&f);
    say(c, "STAT\r\nRETR 1");
    hear(c, "+OK 2 *\r\n+OK *\r\nReturn-Path: <alice@crepes.fr>\r\n*\r\n.\r\n");
    assert_int_equal(c->mail, 1); /* the segments say what they carry */
    say(c, "DELE 1");
    hear(c, "+OK *\r\n");
    assert_int_equal(mail_server_stored(f.hamburger, "bob"), 2);
    say(c, "QUIT");
    hear(c, "+OK *\r\n");
    assert_int_equal(c->mail, 0);
    assert_true(c->eof);
    assert_int_equal(mail_server_stored(f.hamburger, "bob"), 1);
    assert_int_equal(mail_access_sessions(f.pop3), 0);
    mw_expect(&f.w, "5 pop3.reply mail.hamburger.edu\n"
                    "5 pop3.state mail.hamburger.edu\n"
                    "5 pop3.reply mail.hamburger.edu\n"
                    "5 auth.accept mail.hamburger.edu bob\n"
                    "5 pop3.reply mail.hamburger.edu\n"
                    "5 pop3.state mail.hamburger.edu\n"
                    "6 pop3.reply mail.hamburger.edu\n"
                    "6 pop3.reply mail.hamburger.edu m1\n"
                    "6 pop3.reply mail.hamburger.edu m1\n"
                    "7 pop3.state mail.hamburger.edu\n"
                    "7 mailbox.delete mail.hamburger.edu m1 bob\n"
                    "7 pop3.reply mail.hamburger.edu\n");
    teardown(&f);
}

/* However the connection ends but by QUIT: nothing is deleted, and the next one finds no lock. */
static void test_pop3_cut_off_deletes_nothing(void **state)
{
    enum { RESET, CLOSED, CABLE, PROGRAM_STOPS, HOST_STOPS, N_WAYS };

    (void)state;
    for (int way = RESET; way < N_WAYS; way++) {
        struct fixture f;
        struct client *c;
        struct net_host *h;

        setup(&f);
        h = net_host_find(f.w.net, HAMBURGER);
        deliver(&f, 2);
        c = pop3(&f);
        say(c, "DELE 1\r\nDELE 2");
        hear(c, "+OK*\r\n+OK*\r\n");
        assert_true(bob(&f)->is_locked);
        switch (way) {
        case RESET:
            tcp_abort(&c->conn);
            break;
        case CLOSED:
            tcp_close(c->conn);
            break;
        case CABLE:
            net_link_set_up(f.line, false);
            mw_run_for(&f.w, 15 * SIM_MINUTE);
            net_link_set_up(f.line, true);
            break;
        case PROGRAM_STOPS:
            net_program_set_up(h, "pop3", false);
            assert_false(bob(&f)->is_locked);
            net_program_set_up(h, "pop3", true);
            break;
        case HOST_STOPS:
            net_host_set_up(h, false);
            net_host_set_up(h, true);
            break;
        }
        mw_run_for(&f.w, SIM_SECOND);
        assert_int_equal(mail_access_sessions(f.pop3), 0);
        assert_false(bob(&f)->is_locked);
        c = pop3(&f);
        say(c, "STAT");
        hear(c, "+OK 2 *\r\n");
        teardown(&f);
    }
}

/* The trace tells UPDATE from any other end. */
static void test_pop3_says_how_it_ended(void **state)
{
    static const char *const ends[] = { "pop3.state state=UPDATE",
                                        "pop3.state state=QUIT before=TRANSACTION" };

    (void)state;
    for (unsigned i = 0; i < G_N_ELEMENTS(ends); i++) {
        struct fixture f;
        struct client *c;

        setup(&f);
        mw_listen(&f.w, ends[i]);
        c = pop3(&f);
        say(c, "QUIT");
        mw_expect(&f.w, i == 0 ? "1 pop3.state mail.hamburger.edu\n" : "");
        c = pop3(&f);
        tcp_abort(&c->conn);
        mw_run_for(&f.w, SIM_SECOND);
        mw_expect(&f.w, i == 0 ? "" : "2 pop3.state mail.hamburger.edu\n");
        c = pop3(&f);
        tcp_close(c->conn);
        mw_run_for(&f.w, SIM_SECOND);
        mw_expect(&f.w, i == 0 ? "" : "4 pop3.state mail.hamburger.edu\n");
        teardown(&f);
    }
}

static void test_pop3_waits_ten_minutes(void **state)
{
    struct fixture f;
    struct client *c;

    (void)state;
    setup(&f);
    deliver(&f, 1);
    c = pop3(&f);
    mw_run_for(&f.w, 9 * SIM_MINUTE);
    say(c, "DELE 1");
    hear(c, "+OK*\r\n");
    mw_run_for(&f.w, 9 * SIM_MINUTE);
    assert_false(c->eof);
    mw_run_for(&f.w, 2 * SIM_MINUTE);
    assert_true(c->eof);
    hear(c, ""); /* RFC 1939 §3: without a word, and without UPDATE */
    assert_int_equal(mail_server_stored(f.hamburger, "bob"), 1);
    assert_false(bob(&f)->is_locked);
    teardown(&f);
}

/* A quarter of an hour for one message: who listens is not silent. */
static void test_pop3_bears_a_slow_line(void **state)
{
    struct fixture f;
    struct client *c;

    (void)state;
    setup(&f);
    mail_agent_send(f.alice, &(struct mail_draft){
                                 .to = (const char *[]){ "bob@hamburger.edu" }, .n_to = 1, .size = 1200000 });
    mw_run_for(&f.w, 20 * SIM_SECOND);
    assert_int_equal(mail_server_stored(f.hamburger, "bob"), 1);
    c = pop3(&f);
    net_link_set_spec(f.line, &(struct net_link_spec){
                                  .delay = 10 * SIM_MS, .rate_bps = 9600, .queue = NET_QUEUE_DEFAULT });
    tcp_send(c->conn, SPAN("RETR 1\r\n"));
    mw_run_for(&f.w, 15 * SIM_MINUTE);
    assert_false(c->eof);
    assert_false(g_str_has_suffix(c->heard->str, "\r\n.\r\n"));
    mw_run_for(&f.w, 5 * SIM_MINUTE);
    hear(c, "+OK *\r\n.\r\n");
    mw_run_for(&f.w, 5 * SIM_MINUTE);
    assert_false(c->eof);
    mw_run_for(&f.w, 10 * SIM_MINUTE);
    assert_true(c->eof);
    teardown(&f);
}

static void test_pop3_has_one_at_a_time(void **state)
{
    struct fixture f;
    struct client *c, *d;

    (void)state;
    setup(&f);
    c = pop3(&f);
    d = connect_to(&f, POP3_PORT);
    hear(d, "+OK *");
    say(d, "USER bob\r\nPASS fries");
    hear(d, "+OK*\r\n-ERR ?IN-USE? *\r\n");
    say(c, "QUIT");
    say(d, "USER bob\r\nPASS fries");
    hear(d, "+OK*\r\n+OK*\r\n");
    teardown(&f);
}

/* RFC 1939 §7. */
static void test_pop3_apop(void **state)
{
    struct fixture f;
    struct client *c;
    char *stamps[2];

    (void)state;
    setup(&f);
    mw_listen(&f.w, "auth.* method=APOP");
    for (unsigned i = 0; i < G_N_ELEMENTS(stamps); i++) {
        char *digest, *command;

        c = connect_to(&f, POP3_PORT);
        stamps[i] = g_strdup(strchr(c->heard->str, '<'));
        *(strchr(stamps[i], '>') + 1) = '\0';
        g_string_truncate(c->heard, 0);
        digest = pop3_apop_digest(stamps[i], i == 0 ? "chips" : "fries");
        command = g_strdup_printf("APOP bob %s", digest);
        say(c, command);
        hear(c, i == 0 ? "-ERR*\r\n" : "+OK*\r\n");
        g_free(digest);
        g_free(command);
    }
    assert_string_not_equal(stamps[0], stamps[1]);
    for (unsigned i = 0; i < G_N_ELEMENTS(stamps); i++)
        g_free(stamps[i]);
    c = connect_to(&f, POP3_PORT);
    hear(c, "+OK *");
    say(c, "APOP carol 00000000000000000000000000000000"); /* has no password: nobody can log in */
    hear(c, "-ERR*\r\n");
    say(c, "APOP nobody 00000000000000000000000000000000");
    hear(c, "-ERR*\r\n");
    mw_expect(&f.w, "0 auth.refuse mail.hamburger.edu bob\n"
                    "1 auth.accept mail.hamburger.edu bob\n"
                    "2 auth.refuse mail.hamburger.edu carol\n"
                    "3 auth.refuse mail.hamburger.edu nobody\n");
    teardown(&f);
}

static void test_pop3_without_apop(void **state)
{
    struct fixture f;
    struct client *c;

    (void)state;
    setup_with(&f, &(struct mail_access_spec){ .hostname = "pop.hamburger.edu" });
    c = connect_to(&f, POP3_PORT);
    hear(c, "+OK pop.hamburger.edu POP3 server ready\r\n");
    teardown(&f);
}

/* ---- IMAP. */

/* Two idle; a delivery by SMTP is told to both, and so is what one of them does to the other. */
static void test_imap_idlers_hear_of_mail(void **state)
{
    struct fixture f;
    struct client *c, *d;

    (void)state;
    setup(&f);
    c = imap(&f);
    d = imap(&f);
    say(c, "3 IDLE");
    hear(c, "+ *\r\n");
    say(d, "3 IDLE");
    hear(d, "+ *\r\n");
    deliver(&f, 1);
    hear(c, "* 1 EXISTS\r\n*");
    hear(d, "* 1 EXISTS\r\n*");
    say(d, "DONE\r\n4 STORE 1 +FLAGS (\\Flagged)");
    hear(d, "3 OK *4 OK *\r\n");
    hear(c, "* 1 FETCH (FLAGS (*\\Flagged*))\r\n");
    say(d, "5 STORE 1 +FLAGS.SILENT (\\Deleted)\r\n6 EXPUNGE");
    hear(d, "5 OK *6 OK *\r\n");
    hear(c, "* 1 EXPUNGE\r\n*"); /* the flag of what is gone is no news */
    assert_int_equal(mail_server_stored(f.hamburger, "bob"), 0);
    teardown(&f);
}

static void test_imap_idler_hears_of_pop3(void **state)
{
    struct fixture f;
    struct client *c, *d;

    (void)state;
    setup(&f);
    deliver(&f, 2);
    c = imap(&f);
    say(c, "3 IDLE");
    hear(c, "+ *\r\n");
    d = pop3(&f); /* the lock is POP3's own */
    say(d, "DELE 1\r\nQUIT");
    hear(c, "* 1 EXPUNGE\r\n*");
    say(c, "DONE\r\n4 SEARCH ALL");
    hear(c, "3 OK ** SEARCH 1\r\n4 OK *\r\n");
    teardown(&f);
}

static void test_imap_waits_half_an_hour(void **state)
{
    struct fixture f;
    struct client *c;

    (void)state;
    setup(&f);
    c = imap(&f);
    mw_run_for(&f.w, 29 * SIM_MINUTE);
    say(c, "3 NOOP");
    hear(c, "3 OK *\r\n");
    mw_run_for(&f.w, 29 * SIM_MINUTE);
    assert_false(c->eof);
    mw_run_for(&f.w, 2 * SIM_MINUTE);
    hear(c, "* BYE *\r\n");
    assert_true(c->eof);
    assert_int_equal(mail_access_sessions(f.imap), 0);
    teardown(&f);
}

/* RFC 3501 §5.4's half hour is for IDLE too (RFC 2177 §3). */
static void test_imap_idler_is_not_kept_for_ever(void **state)
{
    struct fixture f;
    struct client *c;

    (void)state;
    setup_with(&f, &(struct mail_access_spec){ .idle = SIM_MINUTE });
    c = imap(&f);
    say(c, "3 IDLE");
    hear(c, "+ *");
    mw_run_for(&f.w, 40 * SIM_SECOND);
    deliver(&f, 1); /* that it hears something does not make it say anything */
    hear(c, "* 1 EXISTS\r\n*");
    mw_run_for(&f.w, 20 * SIM_SECOND);
    hear(c, "* BYE *\r\n");
    assert_true(c->eof);
    teardown(&f);
}

/* Somebody idles, and is gone before the news that are due to it. */
static void test_imap_news_find_nobody(void **state)
{
    struct fixture f;
    struct client *c;

    (void)state;
    setup(&f);
    c = imap(&f);
    say(c, "3 IDLE");
    hear(c, "+ *");
    mail_folder_append(bob(&f)->inbox, &(struct mail_message){ .refs = 100 }, 0, 0, 0);
    net_program_set_up(net_host_find(f.w.net, HAMBURGER), "imap", false);
    mail_folder_expunge(bob(&f)->inbox, 0, NULL);
    mw_run_for(&f.w, SIM_SECOND);
    hear(c, "");
    assert_true(c->reset);
    teardown(&f);
}

static void test_imap_says_how_one_logged_in(void **state)
{
    struct fixture f;
    struct client *c;

    (void)state;
    setup(&f);
    mw_listen(&f.w, "auth.* method=LOGIN");
    c = connect_to(&f, IMAP_PORT);
    say(c, "1 LOGIN bob chips\r\n2 LOGIN {3}");
    say(c, "bob {5}");
    say(c, "fries");
    mw_expect(&f.w, "0 auth.refuse mail.hamburger.edu bob\n1 auth.accept mail.hamburger.edu bob\n");
    trace_unlisten(&f.w.sim.trace, mw_on_record, &f.w);
    pattern_free(&f.w.only);
    mw_listen(&f.w, "auth.* method=PLAIN");
    c = connect_to(&f, IMAP_PORT);
    say(c, "1 AUTHENTICATE PLAIN");
    say(c, "AGJvYgBjaGlwcw==");
    say(c, "2 AUTHENTICATE PLAIN AGJvYgBmcmllcw==");
    mw_expect(&f.w, "3 auth.refuse mail.hamburger.edu bob\n3 auth.accept mail.hamburger.edu bob\n");
    teardown(&f);
}

/* What a person puts there is a mail of its own; segments say which, where there is only one. */
static void test_imap_mails_have_ids(void **state)
{
    struct fixture f;
    struct client *c;

    (void)state;
    setup(&f);
    deliver(&f, 1);
    mw_listen(&f.w, "mailbox.*|imap.reply mail=*");
    c = imap(&f);
    say(c, "3 APPEND INBOX (\\Draft) {15+}\r\nSubject: x\r\n\r\n.");
    hear(c, "*3 OK *\r\n");
    assert_int_equal(bob(&f)->inbox->messages[1].message->mail, 2);
    say(c, "4 FETCH 2 BODY.PEEK[]");
    assert_int_equal(c->mail, 2);
    say(c, "5 FETCH 1 BODY.PEEK[]");
    assert_int_equal(c->mail, 1);
    say(c, "6 FETCH 1:2 BODY.PEEK[]");
    assert_int_equal(c->mail, 0);
    teardown(&f);
}

/* ---- Both. */

static void test_access_stops_and_starts(void **state)
{
    static const char *const names[] = { "pop3", "imap" };

    (void)state;
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        struct fixture f;
        struct client *c, *d;
        struct net_host *h;

        setup(&f);
        h = net_host_find(f.w.net, HAMBURGER);
        c = i == 0 ? pop3(&f) : imap(&f);
        d = connect_to(&f, i == 0 ? POP3_PORT : IMAP_PORT);
        net_program_set_up(h, names[i], false);
        mw_run_for(&f.w, SIM_SECOND);
        assert_true(c->reset && d->reset);
        c = connect_to(&f, i == 0 ? POP3_PORT : IMAP_PORT);
        assert_null(c->conn); /* refused */
        deliver(&f, 1);       /* mail comes in all the same */
        net_program_set_up(h, names[i], true);
        net_program_set_up(h, "smtp", false); /* and can be read when none comes in */
        c = i == 0 ? pop3(&f) : imap(&f);
        say(c, i == 0 ? "STAT" : "3 SEARCH ALL");
        hear(c, i == 0 ? "+OK 1 *" : "* SEARCH 1\r\n*");
        teardown(&f);
    }
}

static void test_access_shows_who_is_there(void **state)
{
    struct fixture f;
    struct client *c;
    char *text;

    (void)state;
    setup(&f);
    text = mw_describe(&f.w, HAMBURGER);
    assert_non_null(strstr(text, "Nobody is connected by POP3."));
    assert_non_null(strstr(text, "Nobody is connected by IMAP."));
    g_free(text);
    deliver(&f, 2);
    connect_to(&f, POP3_PORT);
    c = pop3(&f);
    say(c, "DELE 2");
    connect_to(&f, IMAP_PORT);
    c = imap(&f);
    say(c, "3 IDLE");
    c = imap(&f);
    say(c, "3 EXAMINE INBOX");
    text = mw_describe(&f.w, HAMBURGER);
    if (strstr(text, "  bob-pc        AUTHORIZATION       0  ") == NULL ||
        strstr(text, "  bob-pc  bob   TRANSACTION         1  ") == NULL ||
        strstr(text, "  bob-pc        NOT AUTHENTICATED                     ") == NULL ||
        strstr(text, "  bob-pc  bob   SELECTED           INBOX   idles       ") == NULL ||
        strstr(text, "  bob-pc  bob   SELECTED           INBOX   reads only  ") == NULL)
        fail_msg("%s", text);
    g_free(text);
    assert_int_equal(mail_access_sessions(f.pop3), 2);
    assert_int_equal(mail_access_sessions(f.imap), 3);
    teardown(&f);
}

/* Many come, go and are thrown out in any order, and mail comes all the while; what is left is freed at the
 * end. */
static void test_access_bears_a_crowd(void **state)
{
    struct fixture f;
    struct rng r;

    (void)state;
    setup_with(&f, &(struct mail_access_spec){ .idle = 20 * SIM_SECOND, .apop = true });
    rng_init(&r, 1, SPAN("crowd"));
    for (int step = 0; step < 600; step++) {
        static const char *const lines[] = {
            "USER bob\r\nPASS fries",
            "DELE 1\r\nRETR 2",
            "QUIT",
            "1 LOGIN bob fries",
            "2 SELECT INBOX",
            "3 IDLE",
            "DONE",
            "4 STORE 1:* +FLAGS (\\Deleted)\r\n5 EXPUNGE",
            "6 FETCH 1:* (FLAGS BODY[])",
            "7 LOGOUT",
            "8 CREATE x\r\n9 MOVE 1:* x\r\n10 DELETE x",
        };
        struct client *c = f.clients->len > 0 ? f.clients->pdata[rng_below(&r, f.clients->len)] : NULL;

        switch (rng_below(&r, 8)) {
        case 0:
            connect_to(&f, rng_below(&r, 2) ? POP3_PORT : IMAP_PORT);
            break;
        case 1:
            if (c != NULL && c->conn != NULL && rng_below(&r, 3) == 0)
                tcp_abort(&c->conn);
            break;
        case 2:
            mw_send(f.alice, "bob@hamburger.edu", "Crowd");
            break;
        case 3:
            if (rng_below(&r, 20) == 0) {
                net_host_set_up(net_host_find(f.w.net, HAMBURGER), false);
                assert_int_equal(mail_access_sessions(f.pop3) + mail_access_sessions(f.imap), 0);
                net_host_set_up(net_host_find(f.w.net, HAMBURGER), true);
            }
            break;
        default:
            if (c != NULL)
                for (unsigned n = 0; n < 3 && c->conn != NULL; n++)
                    say(c, lines[rng_below(&r, G_N_ELEMENTS(lines))]);
        }
        mw_run_for(&f.w, rng_below(&r, 1000) * SIM_MS);
    }
    assert_true(bob(&f)->stored > 20);
    teardown(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pop3_gives_and_deletes),
        cmocka_unit_test(test_pop3_cut_off_deletes_nothing),
        cmocka_unit_test(test_pop3_says_how_it_ended),
        cmocka_unit_test(test_pop3_waits_ten_minutes),
        cmocka_unit_test(test_pop3_bears_a_slow_line),
        cmocka_unit_test(test_pop3_has_one_at_a_time),
        cmocka_unit_test(test_pop3_apop),
        cmocka_unit_test(test_pop3_without_apop),
        cmocka_unit_test(test_imap_idlers_hear_of_mail),
        cmocka_unit_test(test_imap_idler_hears_of_pop3),
        cmocka_unit_test(test_imap_waits_half_an_hour),
        cmocka_unit_test(test_imap_idler_is_not_kept_for_ever),
        cmocka_unit_test(test_imap_news_find_nobody),
        cmocka_unit_test(test_imap_says_how_one_logged_in),
        cmocka_unit_test(test_imap_mails_have_ids),
        cmocka_unit_test(test_access_stops_and_starts),
        cmocka_unit_test(test_access_shows_who_is_there),
        cmocka_unit_test(test_access_bears_a_crowd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
