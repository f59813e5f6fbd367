/* What a mail server tells of its boxes: a record for each change, whoever makes it, and its cause. */
#include "mail_world.h"

#include "mail/local.h"

struct fixture {
    struct mail_world w;
    struct mail_server *server;
    struct mail_box *bob;
    GPtrArray *records; /* copies */
};

static void on_record(void *self, const struct record *r)
{
    g_ptr_array_add(((struct fixture *)self)->records, record_copy(r));
}

static void setup(struct fixture *f)
{
    mw_init(&f->w, ZONE);
    f->server = mw_server(&f->w, HAMBURGER, "10.4.0.25", "hamburger.edu", "bob", NULL);
    f->bob = mail_local_user(mail_server_local(f->server), SPAN("bob"));
    f->records = g_ptr_array_new_with_free_func(g_free);
    trace_listen(&f->w.sim.trace, on_record, f);
}

static void teardown(struct fixture *f)
{
    g_ptr_array_free(f->records, TRUE);
    mw_release(&f->w);
}

/* "mailbox.flags m7 user=bob folder=INBOX …", a line a record. */
static void expect(struct fixture *f, const char *expected)
{
    GString *got = g_string_new(NULL);

    for (guint i = 0; i < f->records->len; i++) {
        const struct record *r = f->records->pdata[i];

        assert_string_equal(r->host, HAMBURGER);
        g_string_append(got, event_names[r->event]);
        if (r->mail != 0)
            g_string_append_printf(got, " m%u", (unsigned)r->mail);
        for (unsigned k = 0; k < r->n_fields; k++) {
            char buf[FIELD_BUF_MAX];
            struct span text = field_text(&r->fields[k], buf);

            assert_true(event_has(r->event, r->fields[k].key));
            g_string_append_printf(got, " %s=%.*s", key_names[r->fields[k].key], (int)text.len, text.at);
        }
        g_string_append_c(got, '\n');
    }
    assert_string_equal(got->str, expected);
    g_string_free(got, TRUE);
    g_ptr_array_set_size(f->records, 0);
}

static struct mail_message *message(uint32_t mail, const char *subject)
{
    char *text = g_strdup_printf("Subject: %s\r\n\r\nHi.\r\n", subject);
    struct mail_message *m = mail_message_new(mail, &(struct span){ text, strlen(text) }, 1);

    g_free(text);
    return m;
}

/* As a delivery does, the account with it. */
static void store(struct fixture *f, uint32_t mail, const char *subject)
{
    struct mail_message *m = message(mail, subject);
    struct mail_ledger_key key = mail_ledger_open(f->w.ledger, false);

    mail_local_store(mail_server_local(f->server), f->bob, SPAN("alice@crepes.fr"), m);
    mail_ledger_close(f->w.ledger, &key, MAIL_DELIVERED);
    mail_message_unref(&m);
}

static void test_local_tells_of_messages(void **state)
{
    struct fixture f;
    struct mail_message *draft = message(9, "Draft");
    struct mail_folder *work;

    (void)state;
    setup(&f);
    store(&f, 7, "Lunch");
    expect(&f, "mailbox.store m7 user=bob folder=INBOX uid=1 size=23 sender=alice@crepes.fr subject=Lunch\n");
    mail_folder_make(f.bob, SPAN("Work"));
    work = mail_folder_find(f.bob, SPAN("Work"));
    mail_folder_append(work, draft, MAIL_DRAFT, 0, 0);
    mail_folder_append(work, draft, 0, 0, 0);
    expect(&f, "mailbox.folder user=bob folder=Work what=create\n"
               "mailbox.store m9 user=bob folder=Work uid=1 size=23 sender= subject=Draft\n"
               "mailbox.store m9 user=bob folder=Work uid=2 size=23 sender= subject=Draft\n");
    mail_folder_set_flags(f.bob->inbox, 0, MAIL_SEEN, NULL);
    mail_folder_set_flags(f.bob->inbox, 0, MAIL_SEEN, NULL); /* no change, no record */
    mail_folder_set_flags(f.bob->inbox, 0,
                          MAIL_SEEN | MAIL_FLAGGED | mail_folder_keyword(f.bob->inbox, SPAN("$Work")), NULL);
    expect(&f,
           "mailbox.flags m7 user=bob folder=INBOX uid=1 flags=\\Seen flags_before=\n"
           "mailbox.flags m7 user=bob folder=INBOX uid=1 flags=\\Seen \\Flagged $Work flags_before=\\Seen\n");
    mail_folder_copy(f.bob->inbox, 0, work, 0);
    mail_folder_expunge(f.bob->inbox, 0, NULL);
    expect(&f, "mailbox.copy m7 user=bob folder=INBOX uid=1 into=Work into_uid=3\n"
               "mailbox.delete m7 user=bob folder=INBOX uid=1\n");
    mail_message_unref(&draft);
    teardown(&f);
}

static void test_local_tells_of_folders(void **state)
{
    struct fixture f;

    (void)state;
    setup(&f);
    mail_folder_make(f.bob, SPAN("Travel/France"));
    store(&f, 7, "Lunch");
    mail_folder_rename(f.bob, SPAN("inbox"), SPAN("Old"));
    mail_folder_rename(f.bob, SPAN("Travel"), SPAN("Trips"));
    mail_subscribe(f.bob, SPAN("Trips"));
    mail_unsubscribe(f.bob, SPAN("Trips"));
    mail_folder_remove(f.bob, SPAN("Old"));
    assert_int_equal(mail_folder_remove(f.bob, SPAN("Nothing")), MAIL_FOLDER_MISSING);
    expect(&f, "mailbox.folder user=bob folder=Travel what=create\n"
               "mailbox.folder user=bob folder=Travel/France what=create\n"
               "mailbox.store m7 user=bob folder=INBOX uid=1 size=23 sender=alice@crepes.fr subject=Lunch\n"
               "mailbox.folder user=bob folder=Old what=create\n"
               "mailbox.copy m7 user=bob folder=INBOX uid=1 into=Old into_uid=1\n"
               "mailbox.delete m7 user=bob folder=INBOX uid=1\n"
               "mailbox.folder user=bob folder=INBOX what=rename into=Old\n"
               "mailbox.folder user=bob folder=Travel what=rename into=Trips\n"
               "mailbox.folder user=bob folder=Trips what=subscribe\n"
               "mailbox.folder user=bob folder=Trips what=unsubscribe\n"
               "mailbox.delete m7 user=bob folder=Old uid=1\n"
               "mailbox.folder user=bob folder=Old what=delete\n");
    teardown(&f);
}

/* A deletion does not follow from the one before it: all have the cause that was there. */
static void test_local_changes_have_one_cause(void **state)
{
    struct fixture f;

    (void)state;
    setup(&f);
    for (unsigned i = 0; i < 3; i++)
        store(&f, i + 1, "Lunch");
    g_ptr_array_set_size(f.records, 0);
    sched_set_cause(f.w.sim.sched, 1);
    assert_true(mail_server_empty(f.server, "bob"));
    assert_int_equal(f.records->len, 3);
    for (guint i = 0; i < 3; i++)
        assert_int_equal(((const struct record *)f.records->pdata[i])->cause, 1);
    assert_int_equal(sched_cause(f.w.sim.sched), 1);
    /* What a delivery leads to, it is the cause of. */
    store(&f, 4, "Lunch");
    assert_int_equal(sched_cause(f.w.sim.sched), ((const struct record *)f.records->pdata[3])->seq);
    teardown(&f);
}

/* The internal date of RFC 3501 is the calendar's, not the run's. */
static void test_local_dates_messages(void **state)
{
    struct fixture f;

    (void)state;
    setup(&f);
    store(&f, 1, "Lunch");
    assert_int_equal(f.bob->inbox->messages[0].date_s, 1772442000);
    teardown(&f);
}

static void test_local_login(void **state)
{
    static const struct {
        const char *user, *password;
        bool gets_in;
    } rows[] = {
        { "bob", "fries", true },
        { "BOB", "fries", true },
        { "bob@hamburger.edu", "fries", true },
        { "bob@Hamburger.EDU", "fries", true },
        { "\"bob\"@hamburger.edu", "fries", true },
        { "bob@crepes.fr", "fries", false },
        { "bob", "Fries", false },
        { "bob", "", false },
        { "bob", "friesen", false },
        { "postmaster", "", false },
        { "nobody", "fries", false },
        { "", "fries", false },
    };
    struct fixture f;
    const struct mail_local *l;

    (void)state;
    setup(&f);
    l = mail_server_local(f.server);
    assert_null(mail_local_login(l, SPAN("bob"), SPAN("")));
    assert_false(mail_server_set_password(f.server, "nobody", "fries"));
    assert_true(mail_server_set_password(f.server, "bob", "fries"));
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if ((mail_local_login(l, span_of(rows[i].user), span_of(rows[i].password)) == f.bob) !=
            rows[i].gets_in)
            fail_msg("row %zu: %s", i, rows[i].user);
    assert_true(mail_server_set_password(f.server, "bob", NULL));
    assert_null(mail_local_login(l, SPAN("bob"), SPAN("fries")));
    teardown(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_local_tells_of_messages),
        cmocka_unit_test(test_local_tells_of_folders),
        cmocka_unit_test(test_local_changes_have_one_cause),
        cmocka_unit_test(test_local_dates_messages),
        cmocka_unit_test(test_local_login),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
