/* People write, read and sort their mail at random, by POP3 and IMAP and on two devices each, while hosts go
 * down, links are cut and programs stop in the middle of it. Whatever happens:
 * - each mail that was delivered is in some folder, unless a session that said so has deleted it;
 * - a POP3 session that ended without QUIT has deleted nothing;
 * - uids only grow, and \Seen comes from reading alone;
 * - errands come to an end, nothing has no cause (reader_world.h), and the account of all mail holds;
 * - a device shows by IMAP what is on the server. */
#include "reader_world.h"

enum { RUNS = 1000, STEPS = 16, PEOPLE = 3, DEVICES = 2, SERVERS = 2 };

static const char *const server_hosts[SERVERS] = { CREPES, HAMBURGER };
static const char *const server_ips[SERVERS] = { "10.1.0.25", "10.4.0.25" };

static const struct {
    const char *user, *address, *devices[DEVICES], *ips[DEVICES];
    unsigned server;
} people[PEOPLE] = {
    { "alice", "alice@crepes.fr", { "alice-pc", "alice-phone" }, { "10.1.0.2", "10.1.0.3" }, 0 },
    { "bob", "bob@hamburger.edu", { "bob-pc", "bob-phone" }, { "10.4.0.2", "10.4.0.3" }, 1 },
    { "carol", "carol@hamburger.edu", { "carol-pc", "carol-phone" }, { "10.4.0.4", "10.4.0.5" }, 1 },
};

static const char *const folders[] = { "INBOX", "A", "A/b", "Größe" };

/* The command that a record follows from. */
enum asked {
    NOTHING,
    QUIT,   /* POP3 */
    TAKES,  /* IMAP: one that takes messages out of a folder */
    READS,  /* IMAP: BODY[] */
    OTHERS, /* any other */
};

struct world {
    struct reader_world rw;
    uint64_t seed;
    struct rng rng;
    struct mail_server *servers[SERVERS];
    struct mail_agent *agents[PEOPLE];
    struct mail_reader *readers[PEOPLE][DEVICES];
    GArray *asked;     /* of enum asked, by seq */
    GHashTable *there; /* "host user uidvalidity uid" of each message that should be in a folder */
    GHashTable *last;  /* "host user uidvalidity" → the highest uid so far */
    unsigned n_delivered, n_copied, n_deleted;
};

/* What all runs came to, so that it is known that everything happened. */
static struct {
    unsigned delivered, copied, by_quit, by_imap, seen, fails, checks, reads, found;
} sum;

/* ---- The rules of mailboxes, held to the trace. */

static struct mail_box *box_of(const struct world *w, const char *host, const char *user)
{
    for (unsigned i = 0; i < SERVERS; i++)
        if (strcmp(server_hosts[i], host) == 0)
            return mail_local_user(mail_server_local(w->servers[i]), span_of(user));
    fail_msg("%s is no server", host);
    return NULL;
}

static uint32_t validity_of(const struct world *w, const char *host, const char *user, const char *folder)
{
    const struct mail_folder *f = mail_folder_find(box_of(w, host, user), span_of(folder));

    assert_non_null(f);
    return f->uidvalidity;
}

static void comes(struct world *w, const struct record *r, enum key folder, enum key uid)
{
    const char *user = rw_text(r, KEY_USER);
    uint32_t validity = validity_of(w, r->host, user, rw_text(r, folder));
    guint number = (guint)record_field(r, uid)->number;
    char *key = g_strdup_printf("%s %s %u", r->host, user, (unsigned)validity);

    if (number <= GPOINTER_TO_UINT(g_hash_table_lookup(w->last, key)))
        fail_msg("seed %d: uid %u comes again: %s", (int)w->seed, number, key);
    g_hash_table_add(w->there, g_strdup_printf("%s %u", key, number));
    g_hash_table_insert(w->last, key, GUINT_TO_POINTER(number));
}

static void goes(struct world *w, const struct record *r)
{
    const char *user = rw_text(r, KEY_USER), *folder = rw_text(r, KEY_FOLDER);
    char *key = g_strdup_printf("%s %s %u %u", r->host, user, (unsigned)validity_of(w, r->host, user, folder),
                                (unsigned)record_field(r, KEY_UID)->number);

    if (!g_hash_table_remove(w->there, key))
        fail_msg("seed %d: %s goes, and was not there", (int)w->seed, key);
    g_free(key);
}

static bool has_seen(const struct record *r, enum key key)
{
    return strstr(rw_text(r, key), "\\Seen") != NULL;
}

static enum asked asked_by(const struct record *r)
{
    static const char *const taking[] = { "EXPUNGE", "UID MOVE", "DELETE", "RENAME" };
    const char *verb = rw_text(r, KEY_VERB), *line = rw_text(r, KEY_LINE);

    if (r->event == EV_POP3_COMMAND)
        return strcmp(verb, "QUIT") == 0 ? QUIT : OTHERS;
    for (size_t i = 0; i < G_N_ELEMENTS(taking); i++)
        if (strcmp(verb, taking[i]) == 0)
            return TAKES;
    return strstr(line, "(BODY[])") != NULL ? READS : OTHERS;
}

static void on_record(void *self, const struct record *r)
{
    struct world *w = self;
    enum asked asked = r->cause != 0 ? g_array_index(w->asked, enum asked, r->cause - 1) : NOTHING;

    if (r->event == EV_POP3_COMMAND || r->event == EV_IMAP_COMMAND)
        asked = asked_by(r);
    else if (r->event == EV_AGENT_ASK || r->event == EV_SMTP_COMMAND || r->event == EV_SMTP_DATA)
        asked = NOTHING;
    g_array_append_val(w->asked, asked);
    sum.checks += r->event == EV_AGENT_CHECK;
    sum.reads += r->event == EV_AGENT_READ;
    sum.found += r->event == EV_AGENT_FOUND;
    if (r->event == EV_MAILBOX_STORE) {
        comes(w, r, KEY_FOLDER, KEY_UID);
        w->n_delivered++;
    } else if (r->event == EV_MAILBOX_COPY) {
        comes(w, r, KEY_INTO, KEY_INTO_UID);
        w->n_copied++;
    } else if (r->event == EV_MAILBOX_DELETE) {
        if (asked != QUIT && asked != TAKES)
            fail_msg("seed %d: deleted by nobody who said so", (int)w->seed);
        goes(w, r);
        w->n_deleted++;
        sum.by_quit += asked == QUIT;
        sum.by_imap += asked == TAKES;
    } else if (r->event == EV_MAILBOX_FLAGS && has_seen(r, KEY_FLAGS) != has_seen(r, KEY_FLAGS_BEFORE)) {
        if (asked != READS)
            fail_msg("seed %d: \\Seen without reading", (int)w->seed);
        sum.seen++;
    }
}

/* What should be there is there, and nothing else. */
static void expect_accounted(struct world *w)
{
    unsigned n = 0;

    for (unsigned p = 0; p < PEOPLE; p++) {
        const char *host = server_hosts[people[p].server];
        const struct mail_box *box = box_of(w, host, people[p].user);

        for (guint i = 0; i < box->folders->len; i++) {
            const struct mail_folder *f = box->folders->pdata[i];

            n += f->n;
        }
    }
    for (unsigned s = 0; s < SERVERS; s++) /* reports to those who wrote to nobody */
        n += box_of(w, server_hosts[s], "postmaster")->inbox->n;
    if (n != w->n_delivered + w->n_copied - w->n_deleted || n != g_hash_table_size(w->there))
        fail_msg("seed %d: %u there, of %u delivered, %u copied, %u deleted", (int)w->seed, n, w->n_delivered,
                 w->n_copied, w->n_deleted);
}

/* ---- A run. */

static void world_init(struct world *w, uint64_t seed)
{
    *w = (struct world){ .seed = seed };
    rng_init(&w->rng, seed, SPAN("reading"));
    rw_init(&w->rw, seed, ZONE);
    w->asked = g_array_new(FALSE, FALSE, sizeof(enum asked));
    w->there = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    w->last = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    trace_listen(&w->rw.w.sim.trace, on_record, w);
    w->servers[0] = rw_server(&w->rw, CREPES, server_ips[0], "crepes.fr", "alice");
    w->servers[1] = rw_server(&w->rw, HAMBURGER, server_ips[1], "hamburger.edu", "bob carol");
    for (unsigned p = 0; p < PEOPLE; p++) {
        unsigned s = people[p].server;

        w->agents[p] = mw_agent(&w->rw.w, people[p].devices[0], people[p].ips[0], people[p].address,
                                server_ips[s], server_hosts[s]);
        for (unsigned d = 0; d < DEVICES; d++)
            w->readers[p][d] = rw_reader(&w->rw, people[p].devices[d], people[p].ips[d], people[p].address,
                                         server_ips[s]);
    }
}

static void world_release(struct world *w)
{
    sum.delivered += w->n_delivered;
    sum.copied += w->n_copied;
    sum.fails += w->rw.fails;
    rw_release(&w->rw);
    g_array_free(w->asked, TRUE);
    g_hash_table_destroy(w->there);
    g_hash_table_destroy(w->last);
}

static unsigned below(struct world *w, unsigned n)
{
    return rng_below(&w->rng, n);
}

static bool one_in(struct world *w, unsigned n)
{
    return below(w, n) == 0;
}

static const char *any_folder(struct world *w)
{
    return folders[below(w, one_in(w, 2) ? 1 : G_N_ELEMENTS(folders))];
}

static void write_a_mail(struct world *w)
{
    static const char *const to[] = {
        "alice@crepes.fr",
        "bob@hamburger.edu",
        "bob@hamburger.edu carol@hamburger.edu",
        "carol@hamburger.edu alice@crepes.fr bob@hamburger.edu",
        "nobody@crepes.fr",
    };
    static const char *const subjects[] = { "Lunch", "점심", "On \"Friday\"", "Größe" };

    rw_send(&w->rw, w->agents[below(w, PEOPLE)], to[below(w, G_N_ELEMENTS(to))],
            subjects[below(w, G_N_ELEMENTS(subjects))]);
}

static void ask_for_something(struct world *w, unsigned person, unsigned device)
{
    static const char *const which[] = { NULL,  "UNSEEN",  "SUBJECT Lunch", "SUBJECT \"점심\"", "1",
                                         "2:*", "FLAGGED", "NOT SEEN",      "KEYWORD $Work",    "\"" };
    static const char *const flags[] = { "\\Flagged", "$Work \\Answered", "\\Deleted", "가" };
    static const sim_time stays[] = { 0, 0, 10 * SIM_SECOND, 10 * SIM_MINUTE, SIM_HOUR };
    static const enum mail_errand_kind kinds[] = {
        MAIL_READ,          MAIL_READ,      MAIL_READ,        MAIL_READ,        MAIL_READ,
        MAIL_MOVE,          MAIL_MOVE,      MAIL_COPY,        MAIL_COPY,        MAIL_FLAG,
        MAIL_FLAG,          MAIL_SEARCH,    MAIL_DELETE,      MAIL_MAKE_FOLDER, MAIL_RENAME_FOLDER,
        MAIL_DELETE_FOLDER, MAIL_SUBSCRIBE, MAIL_UNSUBSCRIBE,
    };
    struct mail_errand e = {
        .kind = kinds[below(w, G_N_ELEMENTS(kinds))],
        .by = one_in(w, 2) ? MAIL_BY_IMAP : MAIL_BY_POP3,
        .folder = any_folder(w),
        .to = any_folder(w),
        .which = which[below(w, G_N_ELEMENTS(which))],
        .flags = flags[below(w, G_N_ELEMENTS(flags))],
        .off = one_in(w, 3),
        .headers = one_in(w, 4),
        .remove = one_in(w, 3),
        .leave_unread = one_in(w, 3),
        .hang_up = one_in(w, 5),
        .stay = stays[below(w, G_N_ELEMENTS(stays))],
        .password = one_in(w, 20) ? "wrong" : NULL,
    };

    if (one_in(w, 2))
        e.which = NULL;
    rw_ask(&w->rw, w->readers[person][device], &e);
}

static const char *any_host(struct world *w)
{
    unsigned i = below(w, SERVERS + PEOPLE);

    return i < SERVERS ? server_hosts[i] : people[i - SERVERS].devices[below(w, DEVICES)];
}

static void break_something(struct world *w)
{
    static const char *const programs[] = { "pop3", "imap", "smtp" };
    unsigned p = below(w, PEOPLE);
    bool up = one_in(w, 2);
    char *reader;

    switch (below(w, 4)) {
    case 0:
        rw_up(&w->rw, any_host(w), up);
        break;
    case 1:
        rw_link_up(&w->rw, any_host(w), up);
        break;
    case 2:
        rw_program_up(&w->rw, server_hosts[below(w, SERVERS)], programs[below(w, 3)], up);
        break;
    default:
        reader = g_strdup_printf("reader %s", people[p].address);
        rw_program_up(&w->rw, people[p].devices[below(w, DEVICES)], reader, up);
        g_free(reader);
    }
}

static void mend_all(struct world *w)
{
    for (unsigned s = 0; s < SERVERS; s++) {
        rw_up(&w->rw, server_hosts[s], true);
        rw_link_up(&w->rw, server_hosts[s], true);
        rw_program_up(&w->rw, server_hosts[s], "pop3", true);
        rw_program_up(&w->rw, server_hosts[s], "imap", true);
        rw_program_up(&w->rw, server_hosts[s], "smtp", true);
    }
    for (unsigned p = 0; p < PEOPLE; p++) {
        char *reader = g_strdup_printf("reader %s", people[p].address);

        for (unsigned d = 0; d < DEVICES; d++) {
            rw_up(&w->rw, people[p].devices[d], true);
            rw_link_up(&w->rw, people[p].devices[d], true);
            rw_program_up(&w->rw, people[p].devices[d], reader, true);
        }
        g_free(reader);
    }
}

static void expect_shown(struct world *w, unsigned person, unsigned device, const char *folder)
{
    char *shown = rw_shown(&w->rw, people[person].devices[device], people[person].user, folder);
    char *stored = rw_stored(w->servers[people[person].server], people[person].user, folder);

    if (strcmp(shown, stored) != 0)
        fail_msg("seed %d: %s shows of %s\n%s\nand there is\n%s", (int)w->seed,
                 people[person].devices[device], folder, shown, stored);
    g_free(shown);
    g_free(stored);
}

/* A device of each person has a look at each folder. */
static void expect_as_stored(struct world *w)
{
    unsigned d = below(w, DEVICES);

    for (unsigned p = 0; p < PEOPLE; p++)
        for (size_t f = 0; f < G_N_ELEMENTS(folders); f++)
            rw_ask(&w->rw, w->readers[p][d],
                   &(struct mail_errand){
                       .by = MAIL_BY_IMAP, .folder = folders[f], .which = "NOT ALL", .leave_unread = true });
    mw_run_for(&w->rw.w, SIM_MINUTE);
    for (unsigned p = 0; p < PEOPLE; p++)
        for (size_t f = 0; f < G_N_ELEMENTS(folders); f++)
            expect_shown(w, p, d, folders[f]);
}

/* While one device stays, the other one goes on. */
static void expect_news_of_the_other(struct world *w)
{
    for (unsigned p = 0; p < PEOPLE; p++)
        rw_ask(&w->rw, w->readers[p][1],
               &(struct mail_errand){ .by = MAIL_BY_IMAP, .stay = SIM_DAY, .leave_unread = one_in(w, 2) });
    mw_run_for(&w->rw.w, rng_exponential(&w->rng, SIM_SECOND / 4));
    for (int i = 0; i < 2; i++) {
        if (one_in(w, 2))
            write_a_mail(w);
        for (unsigned p = 0; p < PEOPLE; p++)
            ask_for_something(w, p, 0);
        mw_run_for(&w->rw.w, rng_exponential(&w->rng, SIM_SECOND));
    }
    mw_run_for(&w->rw.w, 2 * SIM_HOUR);
    for (unsigned p = 0; p < PEOPLE; p++)
        expect_shown(w, p, 1, "INBOX");
}

static void run(uint64_t seed)
{
    struct world w;

    world_init(&w, seed);
    for (int i = 0; i < 4; i++)
        write_a_mail(&w);
    for (unsigned p = 0; p < PEOPLE; p++)
        for (size_t f = 1; f < G_N_ELEMENTS(folders); f++)
            rw_ask(&w.rw, w.readers[p][0],
                   &(struct mail_errand){ .kind = MAIL_MAKE_FOLDER, .folder = folders[f] });
    mw_run_for(&w.rw.w, SIM_MINUTE);
    for (int step = 0; step < STEPS; step++) {
        unsigned what = below(&w, 10);

        if (what < 2)
            write_a_mail(&w);
        else if (what < 8)
            ask_for_something(&w, below(&w, PEOPLE), below(&w, DEVICES));
        else
            break_something(&w);
        mw_run_for(&w.rw.w, rng_exponential(&w.rng, one_in(&w, 4) ? 5 * SIM_MINUTE : SIM_SECOND / 4));
        mw_audit(&w.rw.w);
        expect_accounted(&w);
    }
    mend_all(&w);
    mw_run_for(&w.rw.w, 6 * SIM_HOUR);
    rw_expect_all_ended(&w.rw, "random");
    assert_int_equal(rw_sessions(&w.rw), 0);
    assert_int_equal(mail_ledger_totals(w.rw.w.ledger).queued, 0);
    expect_as_stored(&w);
    expect_news_of_the_other(&w);
    expect_accounted(&w);
    rw_expect_all_ended(&w.rw, "random");
    world_release(&w);
}

static void test_reading_at_random(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= RUNS; seed++)
        run(seed);
    assert_true(sum.delivered > 10 * RUNS && sum.copied > RUNS && sum.by_quit > RUNS && sum.by_imap > RUNS);
    assert_true(sum.seen > RUNS && sum.fails > RUNS && sum.checks > 10 * RUNS && sum.reads > 10 * RUNS);
    assert_true(sum.found > RUNS / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reading_at_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
