/* Agents: submission to the own server, and direct delivery, which has no second try (lesson M8). */
#include "mail_world.h"

struct course {
    struct mail_world w;
    struct mail_server *crepes, *hamburger;
    struct mail_agent *alice;
};

static void course_init(struct course *c)
{
    mw_init(&c->w,
            ZONE "two.example MX 10 dead.example\ntwo.example MX 20 " HAMBURGER "\ndead.example A 10.9.9.9\n"
                 "two.example TXT x\nnull.example MX 0 .\n");
    c->crepes = mw_server(&c->w, CREPES, "10.1.0.25", "crepes.fr", "alice", NULL);
    c->hamburger = mw_server(&c->w, HAMBURGER, "10.4.0.25", "hamburger.edu", "bob carol", NULL);
    c->alice = mw_agent(&c->w, "alice-pc", "10.1.0.2", "alice@crepes.fr", "10.1.0.25", CREPES);
}

static void send_direct(struct mail_agent *a, const char *const *to, unsigned n)
{
    mail_agent_send(a, &(struct mail_draft){ .to = to, .n_to = n, .subject = "Direct", .direct = true });
}

static void test_agent_composes_as_told(void **state)
{
    static const char *const to[] = { "bob@hamburger.edu" }, *const cc[] = { "carol@hamburger.edu" },
                             *const bcc[] = { "alice@crepes.fr" };
    struct course c;
    char *text;

    (void)state;
    course_init(&c);
    mail_agent_send(c.alice, &(struct mail_draft){ .to = to,
                                                   .n_to = 1,
                                                   .cc = cc,
                                                   .n_cc = 1,
                                                   .bcc = bcc,
                                                   .n_bcc = 1,
                                                   .from = "president@hamburger.edu",
                                                   .sender = "bounces@crepes.fr",
                                                   .subject = "안녕" });
    mw_run(&c.w, SIM_MINUTE);
    assert_int_equal(mail_server_stored(c.hamburger, "bob"), 1);
    assert_int_equal(mail_server_stored(c.hamburger, "carol"), 1);
    assert_int_equal(mail_server_stored(c.crepes, "alice"), 1);
    text = mw_describe(&c.w, HAMBURGER);
    assert_non_null(strstr(text, "president@hamburger.edu"));
    g_free(text);
    text = mw_describe(&c.w, "alice-pc");
    assert_non_null(strstr(text, "sent"));
    g_free(text);
    mw_release(&c.w);
}

/* What the far server has is what was attached, and nothing but 7 bits came there. */
static void test_agent_sends_files(void **state)
{
    static const char *const to[] = { "bob@hamburger.edu" };
    static const char octets[] = "\x89PNG\r\n\x1a\n\0\xff";
    const struct mail_attachment files[] = {
        { "crêpe.png", "image/png", { octets, sizeof octets } },
        { "menu.txt", NULL, SPAN("crêpes\nhamburgers, and more of that\n") },
    };
    const struct mail_message *m;
    struct mime_part *root;
    GString *got = g_string_new(NULL);
    struct course c;
    char *where;

    (void)state;
    course_init(&c);
    mw_listen(&c.w, "agent.compose|mime.*");
    mail_agent_send(c.alice,
                    &(struct mail_draft){
                        .to = to, .n_to = 1, .subject = "x", .attachments = files, .n_attachments = 2 });
    assert_non_null(mail_agent_find(c.alice, 1));
    assert_null(mail_agent_find(c.alice, 2));
    assert_null(mail_server_find(c.hamburger, 1, NULL));
    mw_run(&c.w, SIM_MINUTE);
    mw_expect(&c.w, "0 agent.compose alice-pc m1\n0 mime.encode alice-pc m1\n0 mime.encode alice-pc m1\n");
    assert_null(mail_agent_find(c.alice, 1));
    m = mail_server_find(c.hamburger, 1, &where);
    assert_string_equal(where, "mailbox bob, INBOX, uid 1");
    for (size_t i = 0; i < m->data.len; i++)
        assert_int_equal(m->data.at[i] & 0x80, 0);
    root = mime_parse(m->data);
    assert_int_equal(root->parts->len, 3);
    assert_string_equal(mime_filename(g_ptr_array_index(root->parts, 1)), "crêpe.png");
    mime_decode(g_ptr_array_index(root->parts, 1), got);
    assert_true(span_is(span_bytes(got->str, got->len), files[0].data));
    g_string_truncate(got, 0);
    mime_text(g_ptr_array_index(root->parts, 2), got);
    assert_true(span_is(span_bytes(got->str, got->len), files[1].data));
    g_string_free(got, TRUE);
    g_free(where);
    mime_free(&root);
    mw_release(&c.w);
}

static void test_agent_sends_each_recipient_one_copy(void **state)
{
    static const char *const to[] = { "bob@hamburger.edu", "Bob@Hamburger.EDU" }, *const cc[] = {
        "bob@hamburger.edu"
    };
    struct course c;

    (void)state;
    course_init(&c);
    mail_agent_send(c.alice, &(struct mail_draft){ .to = to, .n_to = 2, .cc = cc, .n_cc = 1 });
    mw_run(&c.w, SIM_MINUTE);
    assert_int_equal(mail_server_stored(c.hamburger, "bob"), 1);
    mw_release(&c.w);
}

static void test_agent_loses_what_no_server_takes(void **state)
{
    struct course c;
    char *text;

    (void)state;
    course_init(&c);
    mw_up(&c.w, CREPES, false);
    mw_listen(&c.w, "agent.*");
    mw_send(c.alice, "bob@hamburger.edu", NULL);
    mw_send(c.alice, "carol@hamburger.edu", NULL);
    mw_run(&c.w, SIM_HOUR);
    mw_expect(&c.w, "0 agent.compose alice-pc m1\n0 agent.submit alice-pc m1\n"
                    "0 agent.compose alice-pc m2\n"
                    "63 agent.lost alice-pc m1 bob@hamburger.edu 0\n"
                    "63 agent.lost alice-pc m2 carol@hamburger.edu 0\n");
    assert_int_equal(mail_ledger_totals(c.w.ledger).lost, 2);
    text = mw_describe(&c.w, "alice-pc");
    assert_non_null(strstr(text, "The host does not answer"));
    g_free(text);
    mw_release(&c.w);
}

static void test_agent_delivers_directly(void **state)
{
    static const char *const to[] = { "bob@hamburger.edu", "nobody@hamburger.edu", "alice@crepes.fr",
                                      "x@null.example" };
    struct course c;

    (void)state;
    course_init(&c);
    mw_listen(&c.w, "agent.*|queue.*|mailbox.*");
    send_direct(c.alice, to, 4);
    mw_run(&c.w, SIM_MINUTE);
    mw_expect(&c.w, "0 agent.compose alice-pc m1\n"
                    "0 agent.lost alice-pc m1 x@null.example 556\n"
                    "0 agent.lost alice-pc m1 nobody@hamburger.edu 550\n"
                    "0 mailbox.store mail.hamburger.edu m1 bob\n"
                    "0 mailbox.store mail.crepes.fr m1 alice\n"
                    "0 agent.sent alice-pc m1 bob@hamburger.edu 250\n"
                    "0 agent.sent alice-pc m1 alice@crepes.fr 250\n");
    mw_release(&c.w);
}

/* Nobody waits for the receiver: the mail is lost, although the server would be up ten minutes later. */
static void test_agent_has_no_recourse(void **state)
{
    static const char *const to[] = { "bob@hamburger.edu" };
    struct course c;

    (void)state;
    course_init(&c);
    mw_up(&c.w, HAMBURGER, false);
    mw_listen(&c.w, "agent.*|queue.*|mailbox.*");
    send_direct(c.alice, to, 1);
    mw_run(&c.w, 10 * SIM_MINUTE);
    mw_up(&c.w, HAMBURGER, true);
    mw_run(&c.w, SIM_DAY);
    mw_expect(&c.w, "0 agent.compose alice-pc m1\n63 agent.lost alice-pc m1 bob@hamburger.edu 0\n");
    mw_release(&c.w);
}

static void test_agent_tries_every_host_once(void **state)
{
    static const char *const to[] = { "bob@two.example" };
    struct course c;

    (void)state;
    course_init(&c);
    mw_listen(&c.w, "agent.lost");
    send_direct(c.alice, to, 1);
    mw_run(&c.w, 10 * SIM_MINUTE);
    /* The second host answered: it does not know the domain. */
    assert_non_null(strstr(c.w.log->str, "agent.lost alice-pc m1 bob@two.example 550"));
    mw_release(&c.w);
}

static void test_agent_stops_with_its_host(void **state)
{
    struct course c;

    (void)state;
    course_init(&c);
    mw_send(c.alice, "bob@hamburger.edu", NULL);
    mw_run(&c.w, 30 * SIM_MS);
    mw_up(&c.w, "alice-pc", false);
    assert_int_equal(mail_ledger_totals(c.w.ledger).lost, 1);
    mw_send(c.alice, "bob@hamburger.edu", NULL);
    assert_int_equal(mail_ledger_totals(c.w.ledger).lost, 2);
    mw_up(&c.w, "alice-pc", true);
    mw_send(c.alice, "bob@hamburger.edu", NULL);
    mw_run(&c.w, SIM_HOUR);
    assert_int_equal(mail_server_stored(c.hamburger, "bob"), 1);
    mw_release(&c.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agent_composes_as_told),
        cmocka_unit_test(test_agent_sends_files),
        cmocka_unit_test(test_agent_sends_each_recipient_one_copy),
        cmocka_unit_test(test_agent_loses_what_no_server_takes),
        cmocka_unit_test(test_agent_delivers_directly),
        cmocka_unit_test(test_agent_has_no_recourse),
        cmocka_unit_test(test_agent_tries_every_host_once),
        cmocka_unit_test(test_agent_stops_with_its_host),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
