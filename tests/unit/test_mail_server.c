/* Mail from end to end: agents, servers, queues, reports, in worlds of a few hosts. */
#include "mail_world.h"

/* Alice at crepes.fr, Bob at hamburger.edu. */
struct pair {
    struct mail_world w;
    struct mail_server *crepes, *hamburger;
    struct mail_agent *alice;
};

static void pair_init_with(struct pair *p, const char *zone, const struct mail_server_spec *crepes,
                           const struct mail_server_spec *hamburger)
{
    mw_init(&p->w, zone);
    p->crepes = mw_server(&p->w, CREPES, "10.1.0.25", "crepes.fr", "alice", crepes);
    p->hamburger = mw_server(&p->w, HAMBURGER, "10.4.0.25", "hamburger.edu", "bob carol", hamburger);
    p->alice = mw_agent(&p->w, "alice-pc", "10.1.0.2", "alice@crepes.fr", "10.1.0.25", CREPES);
}

static void pair_init(struct pair *p)
{
    pair_init_with(p, ZONE, NULL, NULL);
}

static void test_server_delivers(void **state)
{
    struct pair p;
    char *text;

    (void)state;
    pair_init(&p);
    mw_listen(&p.w, "queue.*|mailbox.*|agent.*");
    mw_send(p.alice, "bob@hamburger.edu", "Hello");
    mw_run(&p.w, 10 * SIM_SECOND);
    mw_expect(&p.w, "0 agent.compose alice-pc m1\n"
                    "0 agent.submit alice-pc m1\n"
                    "0 queue.add mail.crepes.fr m1 Q1\n"
                    "0 queue.attempt mail.crepes.fr m1 Q1 tries=1\n"
                    "0 agent.sent alice-pc m1 bob@hamburger.edu 250\n"
                    "0 queue.route mail.crepes.fr m1 Q1 10 mail.hamburger.edu\n"
                    "0 mailbox.store mail.hamburger.edu m1 bob\n"
                    "0 queue.done mail.crepes.fr m1 Q1 bob@hamburger.edu 250\n");
    assert_int_equal(mail_server_stored(p.hamburger, "bob"), 1);
    assert_int_equal(mail_server_queued(p.crepes), 0);
    text = mw_describe(&p.w, HAMBURGER);
    assert_non_null(strstr(text, "Hello"));
    g_free(text);
    mw_release(&p.w);
}

static void test_server_delivers_at_home(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p);
    mw_listen(&p.w, "queue.*|mailbox.*");
    mw_send(p.alice, "alice@crepes.fr bob@hamburger.edu postmaster@CREPES.fr", "Both");
    mw_run(&p.w, 10 * SIM_SECOND);
    mw_expect(&p.w, "0 mailbox.store mail.crepes.fr m1 alice\n"
                    "0 mailbox.store mail.crepes.fr m1 postmaster\n"
                    "0 queue.add mail.crepes.fr m1 Q1\n"
                    "0 queue.attempt mail.crepes.fr m1 Q1 tries=1\n"
                    "0 queue.route mail.crepes.fr m1 Q1 10 mail.hamburger.edu\n"
                    "0 mailbox.store mail.hamburger.edu m1 bob\n"
                    "0 queue.done mail.crepes.fr m1 Q1 bob@hamburger.edu 250\n");
    mw_release(&p.w);
}

static void test_server_retries_every_half_hour(void **state)
{
    struct pair p;
    char *text;

    (void)state;
    pair_init(&p);
    mw_up(&p.w, HAMBURGER, false);
    mw_listen(&p.w, "queue.*|mailbox.*");
    mw_send(p.alice, "bob@hamburger.edu", "Patience");
    mw_run(&p.w, 80 * SIM_MINUTE);
    text = mw_describe(&p.w, CREPES);
    assert_non_null(strstr(text, "The host does not answer"));
    g_free(text);
    mw_up(&p.w, HAMBURGER, true);
    mw_run(&p.w, 100 * SIM_MINUTE);
    mw_expect(&p.w, "0 queue.add mail.crepes.fr m1 Q1\n"
                    "0 queue.attempt mail.crepes.fr m1 Q1 tries=1\n"
                    "0 queue.route mail.crepes.fr m1 Q1 10 mail.hamburger.edu\n"
                    "63 queue.defer mail.crepes.fr m1 Q1 bob@hamburger.edu 0 tries=1 next=1800\n"
                    "1800 queue.attempt mail.crepes.fr m1 Q1 tries=2\n"
                    "1800 queue.route mail.crepes.fr m1 Q1 10 mail.hamburger.edu\n"
                    "1863 queue.defer mail.crepes.fr m1 Q1 bob@hamburger.edu 0 tries=2 next=3600\n"
                    "3600 queue.attempt mail.crepes.fr m1 Q1 tries=3\n"
                    "3600 queue.route mail.crepes.fr m1 Q1 10 mail.hamburger.edu\n"
                    "3663 queue.defer mail.crepes.fr m1 Q1 bob@hamburger.edu 0 tries=3 next=5400\n"
                    "5400 queue.attempt mail.crepes.fr m1 Q1 tries=4\n"
                    "5400 queue.route mail.crepes.fr m1 Q1 10 mail.hamburger.edu\n"
                    "5400 mailbox.store mail.hamburger.edu m1 bob\n"
                    "5400 queue.done mail.crepes.fr m1 Q1 bob@hamburger.edu 250\n");
    mw_release(&p.w);
}

static void test_server_bounces_after_five_days(void **state)
{
    struct pair p;
    struct mail_server_spec spec = mail_server_defaults;

    (void)state;
    spec.retry.warn_after = 4 * SIM_HOUR;
    pair_init_with(&p, ZONE, &spec, NULL);
    mw_up(&p.w, HAMBURGER, false);
    mw_listen(&p.w, "queue.warn|queue.bounce|mailbox.*");
    mw_send(p.alice, "bob@hamburger.edu carol@hamburger.edu", "Never");
    mw_run(&p.w, 4 * SIM_DAY);
    mw_expect(&p.w, "14463 queue.warn mail.crepes.fr m1 Q1 bob@hamburger.edu report=m2\n"
                    "14463 queue.warn mail.crepes.fr m1 Q1 carol@hamburger.edu report=m2\n"
                    "14463 mailbox.store mail.crepes.fr m2 alice\n");
    assert_int_equal(mail_server_queued(p.crepes), 1);
    mw_run(&p.w, 6 * SIM_DAY);
    mw_expect(&p.w,
              "432063 queue.bounce mail.crepes.fr m1 Q1 bob@hamburger.edu 0 tries=241 report=m3 (gave_up)\n"
              "432063 queue.bounce mail.crepes.fr m1 Q1 carol@hamburger.edu 0 tries=241 report=m3 (gave_up)\n"
              "432063 mailbox.store mail.crepes.fr m3 alice\n");
    assert_int_equal(mail_server_queued(p.crepes), 0);
    assert_int_equal(mail_server_stored(p.crepes, "alice"), 2);
    mw_release(&p.w);
}

static void test_server_reports_refused_recipient_alone(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p);
    mw_listen(&p.w, "queue.done|queue.bounce|mailbox.*");
    mw_send(p.alice, "bob@hamburger.edu nobody@hamburger.edu", "Two fates");
    mw_run(&p.w, SIM_MINUTE);
    mw_expect(&p.w,
              "0 mailbox.store mail.hamburger.edu m1 bob\n"
              "0 queue.done mail.crepes.fr m1 Q1 bob@hamburger.edu 250\n"
              "0 queue.bounce mail.crepes.fr m1 Q1 nobody@hamburger.edu 550 tries=1 report=m2 (refused)\n"
              "0 mailbox.store mail.crepes.fr m2 alice\n");
    mw_release(&p.w);
}

/* The sender's own address does not exist: the report of the report is dropped. */
static void test_server_never_bounces_a_bounce(void **state)
{
    struct pair p;
    struct mail_totals t;

    (void)state;
    pair_init(&p);
    mw_listen(&p.w, "queue.bounce|queue.add|mailbox.*");
    mail_agent_send(p.alice, &(struct mail_draft){ .to = (const char *[]){ "nobody@hamburger.edu" },
                                                   .n_to = 1,
                                                   .sender = "ghost@hamburger.edu" });
    mw_run(&p.w, SIM_MINUTE);
    mw_expect(&p.w,
              "0 queue.add mail.crepes.fr m1 Q1\n"
              "0 queue.bounce mail.crepes.fr m1 Q1 nobody@hamburger.edu 550 tries=1 report=m2 (refused)\n"
              "0 queue.add mail.crepes.fr m2 Q2\n"
              "0 queue.bounce mail.crepes.fr m2 Q2 ghost@hamburger.edu 550 tries=1 (null_sender)\n");
    t = mail_ledger_totals(p.w.ledger);
    assert_int_equal(t.bounced, 1);
    assert_int_equal(t.dropped, 1);
    assert_int_equal(t.reports, 1);
    mw_release(&p.w);
}

/* ---- Where to. */

static const struct {
    const char *name, *records, *expected;
} routes[] = {
    { "implicit MX", "x A 10.4.0.25\n", "0 0 x|550" },
    { "null MX", "x MX 0 .\n", "|556" },
    { "no address", "x TXT hello\n", "0 x|550" },
    { "MX without address", "x MX 10 y\ny TXT hello\n", "10 y|550" },
    { "itself only", "x MX 10 mail.crepes.fr\n", "|554" },
    { "itself and a worse one", "x MX 10 mail.crepes.fr\nx MX 20 mail.hamburger.edu\n", "|554" },
    { "itself by another name", "x MX 10 y\ny A 10.1.0.25\n", "10 y|554" },
    { "a better one and itself", "x MX 5 mail.hamburger.edu\nx MX 10 mail.crepes.fr\n",
      "5 mail.hamburger.edu|550" },
    { "CNAME", "x CNAME z\nz MX 7 mail.hamburger.edu\n", "7 mail.hamburger.edu|550" },
    { "CNAME to implicit MX", "x CNAME z\nz A 10.4.0.25\n", "0 z|550" },
    { "nothing", "", "|550" },
};

static void on_bounce_code(void *self, const struct record *r)
{
    GString *s = self;

    if (r->event == EV_QUEUE_ROUTE)
        g_string_append_printf(s, "%.*s", (int)record_field(r, KEY_HOSTS)->text.len,
                               record_field(r, KEY_HOSTS)->text.at);
    if (r->event == EV_QUEUE_BOUNCE)
        g_string_append_printf(s, "|%d", (int)record_field(r, KEY_CODE)->number);
}

static void test_server_routes(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(routes); i++) {
        char *zone = g_strconcat(ZONE, routes[i].records, NULL);
        const char *expected = routes[i].expected;
        GString *got = g_string_new(NULL);
        struct pair p;

        if (g_str_has_prefix(expected, "0 0 "))
            expected += 2;
        pair_init_with(&p, zone, NULL, NULL);
        trace_listen(&p.w.sim.trace, on_bounce_code, got);
        mw_send(p.alice, "nobody@x", NULL);
        mw_run(&p.w, SIM_MINUTE);
        if (strcmp(got->str, expected) != 0)
            fail_msg("%s: got %s, expected %s", routes[i].name, got->str, expected);
        assert_int_equal(mail_server_stored(p.crepes, "alice"), 1);
        mw_release(&p.w);
        g_string_free(got, TRUE);
        g_free(zone);
    }
}

static void test_server_takes_address_literal(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p);
    mw_send(p.alice, "bob@[10.4.0.25]", "By number");
    mw_run(&p.w, SIM_MINUTE);
    assert_int_equal(mail_server_stored(p.hamburger, "bob"), 1);
    mw_release(&p.w);
}

#define BACKUP_ZONE ZONE "hamburger.edu MX 20 backup.example\nbackup.example A 10.5.0.25\n"

static struct mail_server *add_backup(struct pair *p)
{
    struct mail_server_spec spec = mail_server_defaults;

    spec.relay_domains = (const char *[]){ "hamburger.edu" };
    spec.n_relay_domains = 1;
    return mw_server(&p->w, "backup.example", "10.5.0.25", "example", "", &spec);
}

static void test_server_backup_keeps_mail_until_primary_is_back(void **state)
{
    struct pair p;
    struct mail_server *backup;

    (void)state;
    pair_init_with(&p, BACKUP_ZONE, NULL, NULL);
    backup = add_backup(&p);
    mw_up(&p.w, HAMBURGER, false);
    mw_send(p.alice, "bob@hamburger.edu", "By way of the backup");
    mw_run(&p.w, 10 * SIM_MINUTE);
    assert_int_equal(mail_server_queued(p.crepes), 0);
    assert_int_equal(mail_server_queued(backup), 1);
    mw_up(&p.w, HAMBURGER, true);
    mw_run(&p.w, 40 * SIM_MINUTE);
    assert_int_equal(mail_server_queued(backup), 0);
    assert_int_equal(mail_server_stored(p.hamburger, "bob"), 1);
    mw_release(&p.w);
}

/* A 4xx at the first host: the second is asked in the same attempt. A 5xx: it is not. */
static void test_server_asks_backup_after_temporary_refusal(void **state)
{
    static const unsigned codes[] = { 421, 451, 550 };

    (void)state;
    for (enum mail_answer_when when = MAIL_ANSWER_CONNECT; when <= MAIL_ANSWER_END; when++) {
        for (size_t i = 0; i < G_N_ELEMENTS(codes); i++) {
            struct pair p;
            bool asks = codes[i] < 500 || when == MAIL_ANSWER_CONNECT;

            pair_init_with(&p, BACKUP_ZONE, NULL, NULL);
            add_backup(&p);
            mail_server_order(p.hamburger, &(struct mail_answer){ .when = when, .code = codes[i] });
            mw_send(p.alice, "bob@hamburger.edu", NULL);
            mw_run(&p.w, 5 * SIM_MINUTE);
            if ((mail_ledger_totals(p.w.ledger).relayed > 0) != asks)
                fail_msg("%u at %d: the backup was %sasked", codes[i], (int)when, asks ? "not " : "");
            mw_release(&p.w);
        }
    }
}

static void test_server_shares_load_between_equals(void **state)
{
    unsigned first[3] = { 0 };

    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct mail_world w;
        struct mail_server *s[3];
        struct mail_agent *alice;

        mw_init_seeded(
            &w, seed,
            ZONE "x MX 10 a.x\nx MX 10 b.x\nx MX 10 c.x\na.x A 10.5.0.1\nb.x A 10.5.0.2\nc.x A 10.5.0.3\n");
        mw_server(&w, CREPES, "10.1.0.25", "crepes.fr", "alice", NULL);
        s[0] = mw_server(&w, "a.x", "10.5.0.1", "x", "bob", NULL);
        s[1] = mw_server(&w, "b.x", "10.5.0.2", "x", "bob", NULL);
        s[2] = mw_server(&w, "c.x", "10.5.0.3", "x", "bob", NULL);
        alice = mw_agent(&w, "alice-pc", "10.1.0.2", "alice@crepes.fr", "10.1.0.25", CREPES);
        mw_send(alice, "bob@x", NULL);
        mw_run(&w, SIM_MINUTE);
        for (int i = 0; i < 3; i++)
            first[i] += mail_server_stored(s[i], "bob");
        mw_release(&w);
    }
    assert_int_equal(first[0] + first[1] + first[2], 60);
    for (int i = 0; i < 3; i++)
        assert_in_range(first[i], 10, 30);
}

static void test_server_stops_loop_by_counting(void **state)
{
    struct mail_world w;
    struct mail_server *a;
    struct mail_agent *alice;
    struct mail_server_spec spec = mail_server_defaults;
    const char *x = "x";

    /* The DNS tells each of the two that the other one is responsible: they have names that are not their
     * own. */
    (void)state;
    mw_init(&w, ZONE "x MX 10 other.x\nother.x A 10.5.0.1\n");
    spec.relay_domains = &x;
    spec.n_relay_domains = 1;
    a = mw_server(&w, CREPES, "10.1.0.25", "crepes.fr", "alice", &spec);
    /* A front that takes mail for x and sends it on to crepes, whose DNS sends it back. */
    spec.hostname = "front.x";
    mw_server(&w, "front", "10.5.0.1", "front.x", "", &spec);
    net_host_address(net_host_find(w.net, "front"), mw_ip("10.5.0.2"));
    alice = mw_agent(&w, "alice-pc", "10.1.0.2", "alice@crepes.fr", "10.1.0.25", CREPES);
    mw_listen(&w, "queue.bounce|mailbox.*");
    mw_send(alice, "bob@x", NULL);
    mw_run(&w, SIM_MINUTE);
    /* The front finds its own address in the list, by the address. */
    mw_expect(&w, "0 queue.bounce front m1 Q1 bob@x 554 tries=1 report=m2 (refused)\n"
                  "0 mailbox.store mail.crepes.fr m2 alice\n");
    assert_int_equal(mail_server_stored(a, "alice"), 1);
    mw_release(&w);
}

/* Two servers whose DNS servers disagree send a mail to and fro until it has a hundred Received: lines. */
static void test_server_stops_ping_pong(void **state)
{
    static const ip_addr other_resolver = (10u << 24) + 54;
    struct mail_world w;
    struct mail_server_spec spec = mail_server_defaults;
    struct mail_server *a, *b;
    struct dns_server *dns;
    struct mail_agent *alice;
    struct mail_totals t;
    const char *x = "x", *domain = "hamburger.edu";

    (void)state;
    mw_init(&w, ZONE "x MX 10 " HAMBURGER "\n");
    dns = dns_server_add(mw_host(&w, "ns2", "10.0.0.54"), &dns_server_defaults);
    dns_server_add_zone(dns, mw_zone(ZONE "x MX 10 " CREPES "\n"));
    spec.relay_domains = &x;
    spec.n_relay_domains = 1;
    a = mw_server(&w, CREPES, "10.1.0.25", "crepes.fr", "alice", &spec);
    spec.domains = &domain;
    spec.n_domains = 1;
    spec.resolvers = &other_resolver;
    spec.n_resolvers = 1;
    spec.ledger = w.ledger;
    b = mail_server_add(mw_host(&w, HAMBURGER, "10.4.0.25"), &spec);
    g_ptr_array_add(w.servers, b);
    alice = mw_agent(&w, "alice-pc", "10.1.0.2", "alice@crepes.fr", "10.1.0.25", CREPES);
    mw_send(alice, "bob@x", NULL);
    mw_run(&w, 10 * SIM_MINUTE);
    t = mail_ledger_totals(w.ledger);
    assert_int_equal(t.relayed, 100);
    assert_int_equal(t.bounced, 1);
    assert_int_equal(mail_server_stored(a, "alice"), 1);
    assert_int_equal(mail_server_queued(a) + mail_server_queued(b), 0);
    mw_release(&w);
    dns_server_free(&dns);
}

/* ---- Connections. */

static void test_server_sends_several_over_one_connection(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p);
    mw_listen(&p.w, "smtp.command verb=QUIT");
    for (int i = 0; i < 5; i++)
        mw_send(p.alice, "bob@hamburger.edu", NULL);
    mw_run(&p.w, SIM_MINUTE);
    assert_int_equal(mail_server_stored(p.hamburger, "bob"), 5);
    unsigned n = 0;
    for (const char *at = p.w.log->str; (at = strstr(at, "QUIT")) != NULL; at++)
        n++;
    assert_int_equal(n, 2); /* agent's and server's */
    mw_release(&p.w);
}

static void test_server_flushes_unreached_when_connected(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p);
    mw_up(&p.w, HAMBURGER, false);
    mw_send(p.alice, "bob@hamburger.edu", "One");
    mw_run(&p.w, 5 * SIM_MINUTE);
    mw_up(&p.w, HAMBURGER, true);
    mw_run(&p.w, 10 * SIM_MINUTE);
    assert_int_equal(mail_server_stored(p.hamburger, "bob"), 0);
    mw_send(p.alice, "bob@hamburger.edu", "Two");
    mw_run_for(&p.w, SIM_MINUTE);
    assert_int_equal(mail_server_stored(p.hamburger, "bob"), 2);
    mw_release(&p.w);
}

static void test_server_limits_messages_per_connection(void **state)
{
    struct pair p;
    struct mail_server_spec spec = mail_server_defaults;
    unsigned n = 0;

    (void)state;
    spec.messages_per_connection = 2;
    pair_init_with(&p, ZONE, &spec, NULL);
    mw_listen(&p.w, "smtp.command verb=QUIT host=mail.crepes.fr");
    mw_up(&p.w, HAMBURGER, false);
    for (int i = 0; i < 6; i++)
        mw_send(p.alice, "bob@hamburger.edu", NULL);
    mw_run(&p.w, 10 * SIM_MINUTE);
    mw_up(&p.w, HAMBURGER, true);
    mw_run(&p.w, 40 * SIM_MINUTE);
    assert_int_equal(mail_server_stored(p.hamburger, "bob"), 6);
    for (const char *at = p.w.log->str; (at = strstr(at, "QUIT")) != NULL; at++)
        n++;
    assert_int_equal(n, 3);
    mw_release(&p.w);
}

static void many_recipients(bool pipelining)
{
    struct mail_world w;
    struct mail_server_spec spec = mail_server_defaults;
    struct mail_server *a, *b;
    struct mail_agent *alice;
    GString *to = g_string_new(NULL);

    mw_init(&w, ZONE);
    spec.recipients_limit = 1000;
    spec.pipelining = pipelining;
    a = mw_server(&w, CREPES, "10.1.0.25", "crepes.fr", "alice", &spec);
    b = mw_server(&w, HAMBURGER, "10.4.0.25", "hamburger.edu", "", &spec);
    alice = mw_agent(&w, "alice-pc", "10.1.0.2", "alice@crepes.fr", "10.1.0.25", CREPES);
    for (int i = 0; i < 250; i++) {
        char *user = g_strdup_printf("u%d", i);

        mail_server_add_user(b, user, 0);
        g_string_append_printf(to, "%s%s@hamburger.edu", i ? " " : "", user);
        g_free(user);
    }
    mw_send(alice, to->str, NULL);
    mw_run(&w, SIM_MINUTE);
    assert_int_equal(mail_server_stored(b, NULL), 250);
    assert_int_equal(mail_server_queued(a), 0);
    g_string_free(to, TRUE);
    mw_release(&w);
}

static void test_server_splits_many_recipients(void **state)
{
    (void)state;
    many_recipients(true);
    many_recipients(false);
}

static void test_server_needs_no_pipelining(void **state)
{
    struct pair p;
    struct mail_server_spec spec = mail_server_defaults;

    (void)state;
    spec.pipelining = false;
    pair_init_with(&p, ZONE, &spec, &spec);
    mw_listen(&p.w, "queue.done|queue.bounce|mailbox.*");
    mw_send(p.alice, "bob@hamburger.edu nobody@hamburger.edu carol@hamburger.edu", "Step by step");
    mw_send(p.alice, "bob@hamburger.edu", "Again");
    mw_run(&p.w, SIM_MINUTE);
    mw_expect(&p.w,
              "0 mailbox.store mail.hamburger.edu m1 bob\n"
              "0 mailbox.store mail.hamburger.edu m1 carol\n"
              "0 queue.done mail.crepes.fr m1 Q1 bob@hamburger.edu 250\n"
              "0 queue.done mail.crepes.fr m1 Q1 carol@hamburger.edu 250\n"
              "0 queue.bounce mail.crepes.fr m1 Q1 nobody@hamburger.edu 550 tries=1 report=m3 (refused)\n"
              "0 mailbox.store mail.crepes.fr m3 alice\n"
              "0 mailbox.store mail.hamburger.edu m2 bob\n"
              "0 queue.done mail.crepes.fr m2 Q2 bob@hamburger.edu 250\n");
    mw_release(&p.w);
}

static void test_server_resumes_queue_when_it_comes_up(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p);
    mw_up(&p.w, HAMBURGER, false);
    mw_send(p.alice, "bob@hamburger.edu", NULL);
    mw_run(&p.w, SIM_SECOND); /* in the middle of connecting */
    mw_up(&p.w, CREPES, false);
    mw_up(&p.w, HAMBURGER, true);
    mw_run(&p.w, SIM_HOUR);
    assert_int_equal(mail_server_queued(p.crepes), 1);
    mw_listen(&p.w, "queue.*");
    mw_up(&p.w, CREPES, true);
    mw_run_for(&p.w, SIM_MINUTE);
    mw_expect(&p.w, "3600 queue.attempt mail.crepes.fr m1 Q1 tries=2\n"
                    "3600 queue.route mail.crepes.fr m1 Q1 10 mail.hamburger.edu\n"
                    "3600 queue.done mail.crepes.fr m1 Q1 bob@hamburger.edu 250\n");
    assert_int_equal(mail_server_stored(p.hamburger, "bob"), 1);
    mw_release(&p.w);
}

/* The receiver dies at each of many moments of a delivery. Never is there no copy in the end; two may be, if
 * it was the 250 that was lost (RFC 5321 §4.5.4.2 knows of it). */
static void test_server_survives_crash_of_receiver(void **state)
{
    unsigned twice = 0;

    (void)state;
    for (sim_time at = 0; at < 700 * SIM_MS; at += 7 * SIM_MS) {
        struct pair p;
        unsigned n;

        pair_init(&p);
        mw_send(p.alice, "bob@hamburger.edu", NULL);
        mw_run(&p.w, at);
        mw_up(&p.w, HAMBURGER, false);
        mw_run(&p.w, at + 20 * SIM_MINUTE);
        mw_up(&p.w, HAMBURGER, true);
        mw_run(&p.w, 2 * SIM_HOUR);
        n = mail_server_stored(p.hamburger, "bob");
        assert_in_range(n, 1, 2);
        twice += n == 2;
        assert_int_equal(mail_server_queued(p.crepes), 0);
        mw_release(&p.w);
    }
    assert_in_range(twice, 0, 12);
}

/* ---- The server's own rules. */

static void test_server_is_no_open_relay(void **state)
{
    struct pair p;
    struct mail_agent *mallory;

    (void)state;
    pair_init(&p);
    mallory = mw_agent(&p.w, "mallory", "10.6.0.2", "mallory@evil.example", "10.1.0.25", CREPES);
    mw_listen(&p.w, "agent.lost|agent.sent");
    mw_send(mallory, "bob@hamburger.edu", NULL);
    mw_send(mallory, "alice@crepes.fr", NULL);
    mw_run(&p.w, SIM_MINUTE);
    mw_expect(&p.w, "0 agent.lost mallory m1 bob@hamburger.edu 550\n"
                    "0 agent.sent mallory m2 alice@crepes.fr 250\n");
    mw_release(&p.w);
}

static void test_server_greylists(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p);
    mail_server_set_greylist(p.hamburger, 5 * SIM_MINUTE);
    mw_listen(&p.w, "queue.defer|queue.done|mailbox.*");
    mw_send(p.alice, "bob@hamburger.edu", NULL);
    mw_run(&p.w, SIM_HOUR);
    mw_send(p.alice, "bob@hamburger.edu", NULL);
    mw_run_for(&p.w, SIM_MINUTE);
    mw_expect(&p.w, "0 queue.defer mail.crepes.fr m1 Q1 bob@hamburger.edu 450 tries=1 next=1800\n"
                    "1800 mailbox.store mail.hamburger.edu m1 bob\n"
                    "1800 queue.done mail.crepes.fr m1 Q1 bob@hamburger.edu 250\n"
                    "3600 mailbox.store mail.hamburger.edu m2 bob\n"
                    "3600 queue.done mail.crepes.fr m2 Q2 bob@hamburger.edu 250\n");
    mw_release(&p.w);
}

static void test_server_answers_as_ordered(void **state)
{
    struct pair p;
    unsigned id;

    (void)state;
    pair_init(&p);
    id = mail_server_order(p.hamburger,
                           &(struct mail_answer){ .when = MAIL_ANSWER_CONNECT, .code = 421, .after = 3 });
    for (int i = 0; i < 4; i++) {
        mw_send(p.alice, "bob@hamburger.edu", NULL);
        mw_run_for(&p.w, 10 * SIM_SECOND);
    }
    assert_int_equal(mail_server_stored(p.hamburger, "bob"), 3);
    assert_int_equal(mail_server_queued(p.crepes), 1);
    mail_server_end_order(p.hamburger, id);
    mail_server_end_order(p.hamburger, id);
    mw_run(&p.w, SIM_HOUR);
    assert_int_equal(mail_server_stored(p.hamburger, "bob"), 4);
    mail_server_order(p.hamburger, &(struct mail_answer){ .when = MAIL_ANSWER_RCPT,
                                                          .code = 550,
                                                          .match = (char[]){ "car*@Hamburger.edu" } });
    mw_send(p.alice, "bob@hamburger.edu carol@hamburger.edu", NULL);
    mw_run_for(&p.w, SIM_MINUTE);
    assert_int_equal(mail_server_stored(p.hamburger, "bob"), 5);
    assert_int_equal(mail_server_stored(p.hamburger, "carol"), 0);
    assert_int_equal(mail_server_stored(p.crepes, "alice"), 1);
    mw_release(&p.w);
}

static void test_server_full_mailbox(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p);
    mail_server_set_quota(p.hamburger, "bob", 600);
    mw_listen(&p.w, "queue.defer|queue.bounce|mailbox.*");
    for (int i = 0; i < 3; i++)
        mw_send(p.alice, "bob@hamburger.edu", NULL);
    mw_run(&p.w, SIM_MINUTE);
    mw_expect(&p.w, "0 mailbox.store mail.hamburger.edu m1 bob\n"
                    "0 queue.defer mail.crepes.fr m2 Q2 bob@hamburger.edu 452 tries=1 next=1800\n"
                    "0 queue.defer mail.crepes.fr m3 Q3 bob@hamburger.edu 452 tries=1 next=1800\n");
    mw_release(&p.w);
}

static void test_server_refuses_what_never_fits(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p);
    mail_server_set_quota(p.hamburger, "bob", 100);
    mail_server_set_quota(p.crepes, "alice", 1000000);
    mw_listen(&p.w, "queue.defer|queue.bounce|mailbox.*");
    mw_send(p.alice, "bob@hamburger.edu", NULL);
    mw_run(&p.w, SIM_MINUTE);
    mw_expect(&p.w, "0 queue.bounce mail.crepes.fr m1 Q1 bob@hamburger.edu 552 tries=1 report=m2 (refused)\n"
                    "0 mailbox.store mail.crepes.fr m2 alice\n");
    mw_release(&p.w);
}

/* The report finds the sender's own mailbox full: it waits for room on its own server. */
static void test_server_report_waits_for_room(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p);
    mail_server_set_quota(p.crepes, "alice", 4000);
    mail_agent_send(p.alice, &(struct mail_draft){
                                 .to = (const char *[]){ "alice@crepes.fr" }, .n_to = 1, .size = 3400 });
    mw_run(&p.w, SIM_MINUTE);
    assert_int_equal(mail_server_stored(p.crepes, "alice"), 1);
    mw_listen(&p.w, "queue.*|mailbox.*");
    mw_send(p.alice, "nobody@hamburger.edu", NULL);
    mw_run(&p.w, 20 * SIM_MINUTE);
    assert_int_equal(mail_server_queued(p.crepes), 1);
    assert_true(mail_server_empty(p.crepes, "alice"));
    mw_run(&p.w, 40 * SIM_MINUTE);
    mw_expect(&p.w,
              "60 queue.add mail.crepes.fr m2 Q2\n"
              "60 queue.attempt mail.crepes.fr m2 Q2 tries=1\n"
              "60 queue.route mail.crepes.fr m2 Q2 10 mail.hamburger.edu\n"
              "60 queue.bounce mail.crepes.fr m2 Q2 nobody@hamburger.edu 550 tries=1 report=m3 (refused)\n"
              "60 queue.add mail.crepes.fr m3 Q3\n"
              "60 queue.attempt mail.crepes.fr m3 Q3 tries=1\n"
              "60 queue.defer mail.crepes.fr m3 Q3 alice@crepes.fr 452 tries=1 next=1860\n"
              "1200 mailbox.delete mail.crepes.fr m1 alice\n"
              "1860 queue.attempt mail.crepes.fr m3 Q3 tries=2\n"
              "1860 mailbox.store mail.crepes.fr m3 alice\n"
              "1860 queue.done mail.crepes.fr m3 Q3 alice@crepes.fr 250\n");
    mw_release(&p.w);
}

/* Servers and hosts come and go at random, some answer 4xx or 5xx: whatever happens, the account holds. */
static void test_server_account_holds_under_random_faults(void **state)
{
    static const char *const hosts[] = { CREPES, HAMBURGER, "backup.example", "alice-pc", "ns" };
    struct mail_server_spec spec = mail_server_defaults;
    struct mail_totals sum = { 0 };

    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct pair p;
        struct rng r;
        struct mail_totals t;
        struct net_link *to_dns;

        rng_init(&r, seed, SPAN("faults"));
        spec.pipelining = seed % 2;
        pair_init_with(&p, BACKUP_ZONE, &spec, &spec);
        add_backup(&p);
        to_dns = net_link_between(p.w.net, net_host_find(p.w.net, "ns"), p.w.router);
        for (int step = 0; step < 30; step++) {
            const char *host = hosts[rng_below(&r, G_N_ELEMENTS(hosts))];

            switch (rng_below(&r, 7)) {
            case 6:
                net_link_set_up(to_dns, rng_below(&r, 2));
                break;
            case 0:
                net_host_set_up(net_host_find(p.w.net, host), rng_below(&r, 2));
                break;
            case 1:
                net_program_set_up(net_host_find(p.w.net, host), "smtp", rng_below(&r, 2));
                break;
            case 2:
                mail_server_order(p.hamburger, &(struct mail_answer){ .when = rng_below(&r, 5),
                                                                      .code = rng_below(&r, 2) ? 451 : 554,
                                                                      .after = rng_below(&r, 3) });
                break;
            case 3:
                for (unsigned id = 1; id < 20; id++)
                    mail_server_end_order(p.hamburger, id);
                break;
            default:
                mw_send(p.alice,
                        rng_below(&r, 2) ? "bob@hamburger.edu nobody@hamburger.edu alice@crepes.fr"
                                         : "carol@hamburger.edu bob@hamburger.edu ghost@nowhere",
                        "Faults");
            }
            mw_run_for(&p.w, rng_exponential(&r, rng_below(&r, 2) ? SIM_SECOND / 4 : 10 * SIM_MINUTE));
            mw_audit(&p.w);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(hosts); i++) {
            mw_up(&p.w, hosts[i], true);
            net_program_set_up(net_host_find(p.w.net, hosts[i]), "smtp", true);
        }
        net_link_set_up(to_dns, true);
        for (unsigned id = 1; id < 40; id++)
            mail_server_end_order(p.hamburger, id);
        mw_run_for(&p.w, 12 * SIM_HOUR);
        t = mail_ledger_totals(p.w.ledger);
        if (t.queued != 0)
            fail_msg("seed %d: %d left in queues", (int)seed, (int)t.queued);
        sum.delivered += t.delivered;
        sum.relayed += t.relayed;
        sum.bounced += t.bounced;
        sum.dropped += t.dropped;
        sum.lost += t.lost;
        mw_release(&p.w);
    }
    /* The faults were such that everything happened. */
    assert_true(sum.delivered > 1000 && sum.relayed > 1000 && sum.bounced > 1000 && sum.lost > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server_delivers),
        cmocka_unit_test(test_server_delivers_at_home),
        cmocka_unit_test(test_server_retries_every_half_hour),
        cmocka_unit_test(test_server_bounces_after_five_days),
        cmocka_unit_test(test_server_reports_refused_recipient_alone),
        cmocka_unit_test(test_server_never_bounces_a_bounce),
        cmocka_unit_test(test_server_routes),
        cmocka_unit_test(test_server_takes_address_literal),
        cmocka_unit_test(test_server_backup_keeps_mail_until_primary_is_back),
        cmocka_unit_test(test_server_asks_backup_after_temporary_refusal),
        cmocka_unit_test(test_server_shares_load_between_equals),
        cmocka_unit_test(test_server_stops_loop_by_counting),
        cmocka_unit_test(test_server_stops_ping_pong),
        cmocka_unit_test(test_server_sends_several_over_one_connection),
        cmocka_unit_test(test_server_flushes_unreached_when_connected),
        cmocka_unit_test(test_server_limits_messages_per_connection),
        cmocka_unit_test(test_server_splits_many_recipients),
        cmocka_unit_test(test_server_needs_no_pipelining),
        cmocka_unit_test(test_server_resumes_queue_when_it_comes_up),
        cmocka_unit_test(test_server_survives_crash_of_receiver),
        cmocka_unit_test(test_server_is_no_open_relay),
        cmocka_unit_test(test_server_greylists),
        cmocka_unit_test(test_server_answers_as_ordered),
        cmocka_unit_test(test_server_full_mailbox),
        cmocka_unit_test(test_server_refuses_what_never_fits),
        cmocka_unit_test(test_server_report_waits_for_room),
        cmocka_unit_test(test_server_account_holds_under_random_faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
