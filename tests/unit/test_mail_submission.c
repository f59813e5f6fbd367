/* Mail that a server takes from its own people: by SMTP on port 587, and out of web mail. */
#include "mail_world.h"

#include "mail/local.h"

struct fixture {
    struct mail_world w;
    struct mail_server *crepes, *hamburger;
    struct mail_agent *traveller; /* Alice, far from her server */
};

static void add_agent(struct fixture *f, const char *password)
{
    static const ip_addr resolver = (10u << 24) + 53;

    f->traveller = mail_agent_add(mw_host(&f->w, "hotel-pc", "10.7.0.2"), &(struct mail_agent_spec){
                                                                              .address = "alice@crepes.fr",
                                                                              .server = mw_ip("10.1.0.25"),
                                                                              .server_name = CREPES,
                                                                              .port = SUBMISSION_PORT,
                                                                              .password = password,
                                                                              .resolvers = &resolver,
                                                                              .n_resolvers = 1,
                                                                              .ledger = f->w.ledger,
                                                                          });
    g_ptr_array_add(f->w.agents, f->traveller);
}

static void setup_with(struct fixture *f, bool submission, const char *password)
{
    struct mail_server_spec spec = mail_server_defaults;

    mw_init(&f->w, ZONE);
    spec.submission = submission;
    f->crepes = mw_server(&f->w, CREPES, "10.1.0.25", "crepes.fr", "alice andre", &spec);
    f->hamburger = mw_server(&f->w, HAMBURGER, "10.4.0.25", "hamburger.edu", "bob carol", NULL);
    assert_true(mail_server_set_password(f->crepes, "alice", "sugar"));
    add_agent(f, password);
}

static void setup(struct fixture *f)
{
    setup_with(f, true, "sugar");
}

static void send(struct fixture *f, const char *sender, const char *password)
{
    mail_agent_send(f->traveller, &(struct mail_draft){ .to = (const char *[]){ "bob@hamburger.edu" },
                                                        .n_to = 1,
                                                        .sender = sender,
                                                        .password = password });
}

/* The message that lies last in somebody's INBOX. */
static struct span last_of(struct mail_server *s, const char *user)
{
    const struct mail_box *box = mail_local_user(mail_server_local(s), span_of(user));

    assert_true(box->inbox->n > 0);
    return box->inbox->messages[box->inbox->n - 1].message->data;
}

static void assert_says(struct span text, const char *what)
{
    char *copy = g_strndup(text.at, text.len);

    if (strstr(copy, what) == NULL)
        fail_msg("no \"%s\" in:\n%s", what, copy);
    g_free(copy);
}

/* ---- Port 587. */

static void test_submission_relays_for_who_logs_in(void **state)
{
    struct fixture f;

    (void)state;
    setup(&f);
    mw_listen(&f.w, "auth.*|queue.add|mailbox.*|agent.*");
    send(&f, NULL, NULL);
    mw_run(&f.w, 10 * SIM_SECOND);
    mw_expect(&f.w, "0 agent.compose hotel-pc m1\n"
                    "0 agent.submit hotel-pc m1\n"
                    "0 auth.accept mail.crepes.fr m1 alice\n"
                    "0 queue.add mail.crepes.fr m1 Q1\n"
                    "0 agent.sent hotel-pc m1 bob@hamburger.edu 250\n"
                    "0 mailbox.store mail.hamburger.edu m1 bob\n");
    assert_says(last_of(f.hamburger, "bob"),
                "Received: from hotel-pc (hotel-pc [10.7.0.2])\r\n by " CREPES " with ESMTPA id Q1\r\n");
    assert_says(last_of(f.hamburger, "bob"), " by " HAMBURGER " with ESMTP id Q1\r\n");
    mw_release(&f.w);
}

static void test_submission_refuses_who_does_not(void **state)
{
    struct fixture f;

    (void)state;
    setup_with(&f, true, NULL);
    mw_listen(&f.w, "auth.*|queue.add|mailbox.*|agent.lost");
    send(&f, NULL, NULL);
    mw_run(&f.w, 10 * SIM_SECOND);
    mw_expect(&f.w, "0 agent.lost hotel-pc m1 bob@hamburger.edu 530\n");
    send(&f, NULL, "salt");
    mw_run_for(&f.w, 10 * SIM_SECOND);
    mw_expect(&f.w, "10 auth.refuse mail.crepes.fr m2 alice\n"
                    "10 agent.lost hotel-pc m2 bob@hamburger.edu 535\n");
    mw_release(&f.w);
}

/* The password as it crosses: whoever listens there can read it. */
static void test_submission_shows_the_password_to_all(void **state)
{
    struct fixture f;

    (void)state;
    setup(&f);
    mw_listen(&f.w, "smtp.command verb=AUTH");
    send(&f, NULL, NULL);
    mw_run(&f.w, 10 * SIM_SECOND);
    mw_expect(&f.w, "0 smtp.command hotel-pc m1 AUTH PLAIN AGFsaWNlAHN1Z2Fy\n");
    mail_agent_send(f.traveller, &(struct mail_draft){ .to = (const char *[]){ "bob@hamburger.edu" },
                                                       .n_to = 1,
                                                       .direct = true }); /* to Bob's server: it gets none */
    mw_run_for(&f.w, 10 * SIM_SECOND);
    mw_expect(&f.w, "");
    assert_int_equal(mail_server_stored(f.hamburger, "bob"), 2);
    mw_release(&f.w);
}

/* RFC 6409 §6.1. */
static void test_submission_is_under_the_own_name(void **state)
{
    static const struct {
        const char *sender;
        bool is_sent;
    } rows[] = {
        { "alice@crepes.fr", true },     { "Alice@CREPES.fr", true },    { "", true },
        { "\"alice\"@crepes.fr", true }, { "andre@crepes.fr", false },   { "alice@hamburger.edu", false },
        { "nobody@crepes.fr", false },   { "bob@hamburger.edu", false },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct fixture f;

        setup(&f);
        mw_listen(&f.w, "agent.sent|agent.lost");
        send(&f, rows[i].sender, NULL);
        mw_run(&f.w, 10 * SIM_SECOND);
        if (!rows[i].is_sent)
            mw_expect(&f.w, "0 agent.lost hotel-pc m1 bob@hamburger.edu 550\n");
        else if (mail_server_stored(f.hamburger, "bob") != 1)
            fail_msg("row %zu: <%s> is not sent: %s", i, rows[i].sender, f.w.log->str);
        mw_release(&f.w);
    }
}

/* Another's password, typed by mistake, is asked for on a connection of its own; the mail beside it goes. */
static void test_submission_knows_who_types(void **state)
{
    struct fixture f;

    (void)state;
    setup(&f);
    mw_listen(&f.w, "auth.*|agent.sent|agent.lost|tcp.connect");
    send(&f, NULL, NULL);
    send(&f, NULL, "salt");
    send(&f, NULL, "salt");
    send(&f, NULL, NULL);
    mw_run(&f.w, 10 * SIM_SECOND);
    assert_int_equal(mail_server_stored(f.hamburger, "bob"), 2);
    mw_expect(&f.w, "0 tcp.connect hotel-pc m1\n"
                    "0 tcp.connect hotel-pc m2\n"
                    "0 tcp.connect hotel-pc m4\n"
                    "0 auth.accept mail.crepes.fr m1 alice\n"
                    "0 auth.refuse mail.crepes.fr m2 alice\n"
                    "0 auth.accept mail.crepes.fr m4 alice\n"
                    "0 agent.lost hotel-pc m2 bob@hamburger.edu 535\n"
                    "0 agent.lost hotel-pc m3 bob@hamburger.edu 535\n"
                    "0 agent.sent hotel-pc m1 bob@hamburger.edu 250\n"
                    "0 agent.sent hotel-pc m4 bob@hamburger.edu 250\n"
                    "0 tcp.connect mail.crepes.fr m1\n");
    mw_release(&f.w);
}

static void test_submission_is_only_where_it_is_offered(void **state)
{
    struct fixture f;

    (void)state;
    setup_with(&f, false, "sugar");
    mw_listen(&f.w, "auth.*|smtp.command|agent.lost");
    send(&f, NULL, NULL);
    mw_run(&f.w, 10 * SIM_SECOND);
    mw_expect(&f.w, "0 agent.lost hotel-pc m1 bob@hamburger.edu 0\n"); /* refused: nobody listens there */
    mw_release(&f.w);
}

/* On port 25 nobody asks who one is, and nobody is told a password. */
static void test_submission_leaves_port_25_as_it_is(void **state)
{
    struct fixture f;
    struct mail_agent *home;

    (void)state;
    setup(&f);
    home = mw_agent(&f.w, "alice-pc", "10.1.0.2", "alice@crepes.fr", "10.1.0.25", CREPES);
    mw_listen(&f.w, "auth.*|agent.sent|agent.lost");
    mw_send(home, "bob@hamburger.edu", "From home");
    mw_run(&f.w, 10 * SIM_SECOND);
    mw_expect(&f.w, "0 agent.sent alice-pc m1 bob@hamburger.edu 250\n");
    mail_agent_send(home, &(struct mail_draft){ .to = (const char *[]){ "bob@hamburger.edu" },
                                                .n_to = 1,
                                                .password = "sugar" });
    mw_run_for(&f.w, 10 * SIM_SECOND);
    mw_expect(&f.w, "10 agent.lost alice-pc m2 bob@hamburger.edu 504\n");
    mw_release(&f.w);
}

/* Both ports are the one program's. */
static void test_submission_stops_and_starts(void **state)
{
    struct fixture f;

    (void)state;
    setup(&f);
    mw_listen(&f.w, "agent.sent|agent.lost");
    send(&f, NULL, NULL);
    mw_run(&f.w, SIM_SECOND / 8);
    net_program_set_up(net_host_find(f.w.net, CREPES), "smtp", false); /* in the middle of it */
    mw_run_for(&f.w, SIM_SECOND);
    mw_expect(&f.w, "0 agent.lost hotel-pc m1 bob@hamburger.edu 0\n");
    send(&f, NULL, NULL);
    mw_run_for(&f.w, SIM_SECOND);
    mw_expect(&f.w, "1 agent.lost hotel-pc m2 bob@hamburger.edu 0\n");
    net_program_set_up(net_host_find(f.w.net, CREPES), "smtp", true);
    send(&f, NULL, NULL);
    mw_run_for(&f.w, SIM_SECOND);
    mw_expect(&f.w, "2 agent.sent hotel-pc m3 bob@hamburger.edu 250\n");
    mw_release(&f.w);
}

static void test_submission_shows_who_is_there(void **state)
{
    struct fixture f;
    char *text;

    (void)state;
    setup(&f);
    send(&f, NULL, NULL);
    mw_run(&f.w, 170 * SIM_MS); /* AUTH was accepted, the connection is open */
    text = mw_describe(&f.w, CREPES);
    if (strstr(text, "peer      role    state  mail  user\n  hotel-pc  server  READY  m1    alice\n") == NULL)
        fail_msg("%s", text);
    g_free(text);
    text = mw_describe(&f.w, HAMBURGER);
    assert_null(strstr(text, "Who has logged in"));
    g_free(text);
    mw_release(&f.w);
}

/* ---- Web mail. */

static bool submit(struct fixture *f, const char *from, const char *to, const char *text, GString *why)
{
    char **list = g_strsplit(to, " ", 0);
    bool sent;

    g_string_truncate(why, 0);
    sent = mail_server_submit(f->crepes, from, (const char *const *)list, g_strv_length(list), "Hello", text,
                              why);
    g_strfreev(list);
    return sent;
}

static void test_web_mail_goes_the_way_of_all(void **state)
{
    struct fixture f;
    GString *why = g_string_new(NULL);

    (void)state;
    setup(&f);
    mw_listen(&f.w, "queue.add|mailbox.*|agent.*");
    mw_run(&f.w, 5 * SIM_SECOND);
    assert_true(submit(&f, "alice@crepes.fr", "bob@hamburger.edu andre@crepes.fr BOB@hamburger.edu",
                       "One\r\nTwo\rThree\n", why));
    assert_string_equal(why->str, "");
    mw_run_for(&f.w, 5 * SIM_SECOND);
    mw_expect(&f.w, "5 agent.compose mail.crepes.fr m1\n"
                    "5 mailbox.store mail.crepes.fr m1 andre\n"
                    "5 queue.add mail.crepes.fr m1 Q1\n"
                    "5 mailbox.store mail.hamburger.edu m1 bob\n");
    assert_says(last_of(f.crepes, "andre"), "Return-Path: <alice@crepes.fr>\r\nReceived: by " CREPES
                                            " with HTTP id Q1; Mon, 02 Mar 2026 ");
    assert_says(last_of(f.crepes, "andre"),
                "From: alice@crepes.fr\r\nTo: bob@hamburger.edu, andre@crepes.fr\r\n");
    assert_says(last_of(f.crepes, "andre"), "\r\n\r\nOne\r\nTwo\r\nThree\r\n");
    assert_true(submit(&f, "alice@crepes.fr", "andre@crepes.fr", NULL, why));
    assert_says(last_of(f.crepes, "andre"), " with HTTP id Q2\r\n for <andre@crepes.fr>; ");
    mw_release(&f.w);
    g_string_free(why, TRUE);
}

static void test_web_mail_says_why_not(void **state)
{
    static const struct {
        const char *from, *to, *why;
    } rows[] = {
        { "alice@crepes.fr", "nobody@crepes.fr", "550 5.1.1 <nobody@crepes.fr>: no such user here" },
        { "alice@crepes.fr", "bob", "501 5.1.3 Bad recipient address: \"bob\": no @ and domain" },
        { "alice@crepes.fr", "andre@crepes.fr\r\nBcc:x@y",
          "501 5.1.3 Bad recipient address: \"andre@crepes.fr??Bcc:x@y\": *" },
        { "alice@crepes.fr", "b\303\266b@hamburger.edu x@crepes.fr",
          "501 5.1.3 Bad recipient address: \"b??b@hamburger.edu\": *\n550 5.1.1 <x@crepes.fr>: *" },
        { "nobody@crepes.fr", "bob@hamburger.edu",
          "550 5.7.1 \"nobody@crepes.fr\" is nobody's address here" },
        { "bob@hamburger.edu", "alice@crepes.fr", "550 5.7.1 \"bob@hamburger.edu\" is nobody's *" },
        { "alice", "bob@hamburger.edu", "550 5.7.1 \"alice\" is nobody's *" },
        { "alice@crepes.fr", "", "554 5.5.1 No recipients" },
    };
    struct fixture f;
    GString *why = g_string_new(NULL);
    const char *many[101];

    (void)state;
    setup(&f);
    mw_listen(&f.w, "queue.add|mailbox.*|agent.*");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        assert_false(submit(&f, rows[i].from, rows[i].to, "Hi", why));
        if (!g_pattern_match_simple(rows[i].why, why->str))
            fail_msg("row %zu: %s", i, why->str);
    }
    g_string_truncate(why, 0);
    assert_false(mail_server_submit(f.crepes, "alice@crepes.fr", NULL, 0, NULL, NULL, why));
    assert_string_equal(why->str, "554 5.5.1 No recipients");
    for (unsigned i = 0; i < G_N_ELEMENTS(many); i++)
        many[i] = g_strdup_printf("u%u@hamburger.edu", i);
    assert_false(mail_server_submit(f.crepes, "alice@crepes.fr", many, G_N_ELEMENTS(many), NULL, NULL, why));
    assert_string_equal(why->str, "554 5.5.1 No recipients\n452 4.5.3 Too many recipients");
    for (unsigned i = 0; i < G_N_ELEMENTS(many); i++)
        g_free((char *)many[i]);
    net_program_set_up(net_host_find(f.w.net, CREPES), "smtp", false);
    assert_false(submit(&f, "alice@crepes.fr", "bob@hamburger.edu", "Hi", why));
    assert_string_equal(why->str, "421 4.3.2 The mail server is not running");
    mw_run(&f.w, SIM_MINUTE);
    mw_expect(&f.w, "");
    mw_release(&f.w);
    g_string_free(why, TRUE);
}

/* A full mailbox is no reason, unless it is the only one. */
static void test_web_mail_and_full_mailboxes(void **state)
{
    struct fixture f;
    GString *why = g_string_new(NULL);

    (void)state;
    setup(&f);
    assert_true(submit(&f, "alice@crepes.fr", "andre@crepes.fr", "Hi", why));
    mail_server_set_quota(f.crepes, "andre", 500);
    mw_listen(&f.w, "queue.*|mailbox.*");
    assert_false(submit(&f, "alice@crepes.fr", "andre@crepes.fr", "Hi", why));
    assert_string_equal(why->str, "452 4.2.2 The mailbox is full");
    assert_true(submit(&f, "alice@crepes.fr", "andre@crepes.fr alice@crepes.fr", "Hi", why));
    mw_expect(&f.w, "0 mailbox.store mail.crepes.fr m3 alice\n"
                    "0 queue.add mail.crepes.fr m3 Q3\n"
                    "0 queue.attempt mail.crepes.fr m3 Q3 tries=1\n"
                    "0 queue.defer mail.crepes.fr m3 Q3 andre@crepes.fr 452 tries=1 next=1800\n");
    mw_release(&f.w);
    g_string_free(why, TRUE);
}

/* A stranger's form can hold anything: what goes out is a message that any server takes. */
static void test_web_mail_is_clean(void **state)
{
    static const char subject[] = "Hi\r\nBcc: victim@hamburger.edu\r\n\r\nspam \xff\x01";
    static const char *const to[] = { "andre@crepes.fr" };
    struct fixture f;
    GString *why = g_string_new(NULL), *text = g_string_new("\xff\x01 .\n.\r\r\n");
    struct span m;

    (void)state;
    for (unsigned i = 0; i < 3000; i++)
        g_string_append_c(text, 'x');
    setup(&f);
    assert_true(mail_server_submit(f.crepes, "alice@crepes.fr", to, 1, subject, text->str, why));
    m = last_of(f.crepes, "andre");
    for (size_t i = 0, line = 0; i < m.len; i++) {
        char c = m.at[i];

        assert_true((c >= ' ' && c <= '~') || c == '\t' || c == '\r' || c == '\n');
        assert_true((c == '\n') == (i > 0 && m.at[i - 1] == '\r'));
        line = c == '\n' ? 0 : line + 1;
        assert_true(line <= 999);
    }
    assert_int_equal(mail_message_field(&(struct mail_message){ .data = m }, "Bcc").len, 0);
    mw_release(&f.w);
    g_string_free(text, TRUE);
    g_string_free(why, TRUE);
}

/* ---- Tables: what is in a box, as `mxlab show` has it. */

static void test_tables_show_folders(void **state)
{
    struct fixture f;
    GString *why = g_string_new(NULL);
    struct mail_box *box;
    char *text;

    (void)state;
    setup(&f);
    assert_true(submit(&f, "alice@crepes.fr", "andre@crepes.fr alice@crepes.fr", "Hi", why));
    text = mw_describe(&f.w, CREPES);
    assert_null(strstr(text, "\nFolders\n")); /* nobody has any */
    g_free(text);
    box = mail_local_user(mail_server_local(f.crepes), SPAN("andre"));
    mail_folder_make(box, SPAN("Travel/France"));
    mail_folder_remove(box, SPAN("Travel"));
    mail_folder_copy(box->inbox, 0, mail_folder_find(box, SPAN("Travel/France")), 0);
    mail_folder_set_flags(box->inbox, 0, MAIL_SEEN | MAIL_FLAGGED, NULL);
    text = mw_describe(&f.w, CREPES);
    if (strstr(text, "\nFolders\n"
                     "  user   folder         messages  unseen  uidvalidity  next uid\n"
                     "  andre  INBOX                 1       0            1         2\n"
                     "  andre  Travel/France         1       1            3         2\n") == NULL ||
        strstr(text, "  andre         2 ") == NULL || strstr(text, "\\Seen \\Flagged\n") == NULL ||
        strstr(text, "  andre  Travel/France    1  Subject: Hello\n") == NULL)
        fail_msg("%s", text);
    g_free(text);
    mw_release(&f.w);
    g_string_free(why, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_submission_relays_for_who_logs_in),
        cmocka_unit_test(test_submission_refuses_who_does_not),
        cmocka_unit_test(test_submission_shows_the_password_to_all),
        cmocka_unit_test(test_submission_is_under_the_own_name),
        cmocka_unit_test(test_submission_knows_who_types),
        cmocka_unit_test(test_submission_is_only_where_it_is_offered),
        cmocka_unit_test(test_submission_leaves_port_25_as_it_is),
        cmocka_unit_test(test_submission_stops_and_starts),
        cmocka_unit_test(test_submission_shows_who_is_there),
        cmocka_unit_test(test_web_mail_goes_the_way_of_all),
        cmocka_unit_test(test_web_mail_says_why_not),
        cmocka_unit_test(test_web_mail_and_full_mailboxes),
        cmocka_unit_test(test_web_mail_is_clean),
        cmocka_unit_test(test_tables_show_folders),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
