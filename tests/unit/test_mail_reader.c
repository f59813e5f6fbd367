/* People who read mail: what comes of each errand, by POP3 and by IMAP; waiting and staying; and whatever can
 * go wrong on the way. */
#include "reader_world.h"

#include "net/tcp.h"

#define PC    "bob-pc"
#define PHONE "bob-phone"

/* Alice has written two mails to Bob, who has two devices. */
struct bob {
    struct reader_world rw;
    struct mail_server *server;
    struct mail_agent *alice;
    struct mail_reader *pc, *phone;
};

static void bob_init(struct bob *b)
{
    rw_init(&b->rw, 1, ZONE);
    rw_server(&b->rw, CREPES, "10.1.0.25", "crepes.fr", "alice");
    b->server = rw_server(&b->rw, HAMBURGER, "10.4.0.25", "hamburger.edu", "bob carol");
    b->alice = mw_agent(&b->rw.w, "alice-pc", "10.1.0.2", "alice@crepes.fr", "10.1.0.25", CREPES);
    b->pc = rw_reader(&b->rw, PC, "10.4.0.2", "bob@hamburger.edu", "10.4.0.25");
    b->phone = rw_reader(&b->rw, PHONE, "10.4.0.3", "bob@hamburger.edu", "10.4.0.25");
    rw_send(&b->rw, b->alice, "bob@hamburger.edu", "Lunch on \"Friday\"");
    mw_run(&b->rw.w, 10 * SIM_SECOND);
    rw_send(&b->rw, b->alice, "bob@hamburger.edu", "점심 메뉴");
    mw_run(&b->rw.w, 20 * SIM_SECOND);
    assert_int_equal(mail_server_stored(b->server, "bob"), 2);
}

static void bob_release(struct bob *b, const char *name)
{
    mw_run_for(&b->rw.w, 2 * SIM_HOUR);
    assert_int_equal(rw_sessions(&b->rw), 0);
    rw_expect_all_ended(&b->rw, name);
    rw_release(&b->rw);
}

static void ask_and_run(struct bob *b, struct mail_reader *r, const struct mail_errand *e)
{
    rw_ask(&b->rw, r, e);
    mw_run_for(&b->rw.w, 10 * SIM_SECOND);
}

static void send_to_bob(struct bob *b, const char *subject)
{
    rw_send(&b->rw, b->alice, "bob@hamburger.edu", subject);
    mw_run_for(&b->rw.w, 10 * SIM_SECOND);
}

static void expect_shown(struct bob *b, const char *host, const char *folder, const char *expected)
{
    char *shown = rw_shown(&b->rw, host, "bob", folder);

    assert_string_equal(shown, expected);
    g_free(shown);
}

/* ---- Errands and their outcomes. */

#define POP3(...)                                                                                            \
    {                                                                                                        \
        .kind = MAIL_READ, .by = MAIL_BY_POP3, __VA_ARGS__                                                   \
    }
#define IMAP(...)                                                                                            \
    {                                                                                                        \
        .kind = MAIL_READ, .by = MAIL_BY_IMAP, __VA_ARGS__                                                   \
    }
#define MAKE(name)                                                                                           \
    {                                                                                                        \
        .kind = MAIL_MAKE_FOLDER, .folder = name                                                             \
    }

static const struct {
    const char *name;
    struct mail_errand errands[4];
    unsigned n;
    const char *expected;
} errands[] = {
    /* POP3. */
    { "keep", { POP3(0), POP3(0) }, 2, "check INBOX 2/2; read m1; read m2; check INBOX 2/0" },
    { "delete",
      { POP3(.remove = true), POP3(0) },
      2,
      "check INBOX 2/2; read m1; read m2; delete INBOX/1; delete INBOX/2; check INBOX 0/0" },
    { "headers, then all",
      { POP3(.headers = true), POP3(.headers = true), POP3(0) },
      3,
      "check INBOX 2/2; read header of m1; read header of m2; check INBOX 2/0; check INBOX 2/2; read m1; "
      "read m2" },
    { "hang up",
      { POP3(.remove = true, .hang_up = true), POP3(.remove = true) },
      2,
      "check INBOX 2/2; read m1; read m2; check INBOX 2/0" },
    { "wrong password",
      { POP3(.password = "wrong"), POP3(.password = "") },
      2,
      "fail -ERR [AUTH] Wrong user name or password; fail -ERR The user name or the password cannot be sent by "
      "POP3" },
    { "a folder means nothing",
      { POP3(.folder = "Travel", .stay = SIM_HOUR) },
      1,
      "check INBOX 2/2; read m1; read m2" },
    /* Reading by IMAP. */
    { "read",
      { IMAP(0), IMAP(.folder = "inbox") },
      2,
      "check INBOX 2/2; flags INBOX/1 \\Seen; read m1; flags INBOX/2 \\Seen; read m2; check INBOX 2/0" },
    { "leave unread",
      { IMAP(.leave_unread = true), IMAP(.which = "UNSEEN") },
      2,
      "check INBOX 2/2; read m1; read m2; check INBOX 2/2; flags INBOX/1 \\Seen; read m1; flags INBOX/2 "
      "\\Seen; read m2" },
    { "headers, then all",
      { IMAP(.headers = true), IMAP(.headers = true), IMAP(.leave_unread = true) },
      3,
      "check INBOX 2/2; read header of m1; read header of m2; check INBOX 2/0; check INBOX 2/2; read m1; "
      "read m2" },
    { "which",
      { IMAP(.which = "SUBJECT lunch"), IMAP(.which = "SUBJECT nothing"), IMAP(0) },
      3,
      "check INBOX 2/1; flags INBOX/1 \\Seen; read m1; check INBOX 2/0; check INBOX 2/1; flags INBOX/2 "
      "\\Seen; read m2" },
    { "read and delete",
      { IMAP(.remove = true), IMAP(0) },
      2,
      "check INBOX 2/2; flags INBOX/1 \\Seen; read m1; flags INBOX/2 \\Seen; read m2; flags INBOX/1 "
      "\\Seen \\Deleted; flags INBOX/2 \\Seen \\Deleted; delete INBOX/1; delete INBOX/2; check INBOX 0/0" },
    { "delete what stays unread",
      { IMAP(.remove = true, .leave_unread = true, .which = "1") },
      1,
      "check INBOX 2/1; read m1; flags INBOX/1 \\Deleted; delete INBOX/1" },
    { "hang up",
      { IMAP(.remove = true, .hang_up = true, .headers = true), IMAP(0) },
      2,
      "check INBOX 2/2; read header of m1; read header of m2; flags INBOX/1 \\Deleted; flags INBOX/2 "
      "\\Deleted; delete INBOX/1; delete INBOX/2; check INBOX 0/0" },
    { "wrong password",
      { IMAP(.password = "wrong"), MAKE("A") },
      2,
      "fail [AUTHENTICATIONFAILED] Wrong user or password; create A" },
    { "a password of any octets",
      { IMAP(.password = "p}"), IMAP(.password = "비밀\r\n{3}"), IMAP(.password = "") },
      3,
      "fail [AUTHENTICATIONFAILED] Wrong user or password; fail [AUTHENTICATIONFAILED] Wrong user or "
      "password; fail [AUTHENTICATIONFAILED] Wrong user or password" },
    { "no such folder",
      { IMAP(.folder = "Travel"), IMAP(.folder = "", .stay = SIM_MINUTE) },
      2,
      "fail [NONEXISTENT] No such folder; fail [NONEXISTENT] No such folder" },
    { "an empty folder",
      { MAKE("A"), IMAP(.folder = "A"), IMAP(.folder = "A", .which = "UNSEEN") },
      3,
      "create A; check A 0/0; check A 0/0" },
    /* Folders. */
    { "make",
      { MAKE("Reisen/Köln & Bonn"), MAKE("Reisen/Köln & Bonn"), MAKE("a%"), MAKE("INBOX/x") },
      4,
      "create Reisen; create Reisen/Köln & Bonn; fail [ALREADYEXISTS] There is such a folder; fail [CANNOT] "
      "A folder can't have that name; create INBOX/x" },
    { "rename",
      { MAKE("A/b"),
        { .kind = MAIL_RENAME_FOLDER, .folder = "A", .to = "Z" },
        { .kind = MAIL_RENAME_FOLDER, .folder = "A", .to = "Y" },
        { .kind = MAIL_RENAME_FOLDER, .folder = "Z" } },
      4,
      "create A; create A/b; rename A to Z; fail [NONEXISTENT] No such folder; fail [CANNOT] A folder "
      "can't have that name" },
    { "rename INBOX",
      { { .kind = MAIL_RENAME_FOLDER, .folder = "Inbox", .to = "Old" },
        IMAP(0),
        IMAP(.folder = "Old", .leave_unread = true) },
      3,
      "create Old; copy INBOX/1 to Old/1; delete INBOX/1; copy INBOX/2 to Old/2; delete INBOX/2; rename "
      "INBOX to Old; check INBOX 0/0; check Old 2/2; read m1; read m2" },
    { "delete a folder",
      { MAKE("A"),
        { .kind = MAIL_COPY, .to = "A" },
        { .kind = MAIL_DELETE_FOLDER, .folder = "A" },
        { .kind = MAIL_DELETE_FOLDER, .folder = "INBOX" } },
      4,
      "create A; copy INBOX/1 to A/1; copy INBOX/2 to A/2; delete A/1; delete A/2; delete A; fail [CANNOT] "
      "INBOX stays" },
    { "subscribe",
      { { .kind = MAIL_SUBSCRIBE },
        { .kind = MAIL_SUBSCRIBE },
        { .kind = MAIL_UNSUBSCRIBE },
        { .kind = MAIL_UNSUBSCRIBE } },
      4,
      "subscribe INBOX; unsubscribe INBOX; fail [NONEXISTENT] No such subscription" },
    /* Messages. */
    { "move",
      { MAKE("A"),
        { .kind = MAIL_MOVE, .which = "SUBJECT lunch", .to = "A" },
        IMAP(.headers = true),
        IMAP(.folder = "A", .headers = true) },
      4,
      "create A; copy INBOX/1 to A/1; delete INBOX/1; check INBOX 1/1; read header of m2; check A 1/1; read "
      "header of m1" },
    { "move to nowhere",
      { { .kind = MAIL_MOVE, .to = "A" }, { .kind = MAIL_COPY, .to = "A" }, { .kind = MAIL_MOVE } },
      3,
      "fail [TRYCREATE] No such folder; fail [TRYCREATE] No such folder; fail [TRYCREATE] No such folder" },
    { "move into itself",
      { { .kind = MAIL_MOVE, .which = "1", .to = "INBOX" } },
      1,
      "copy INBOX/1 to INBOX/3; delete INBOX/1" },
    { "flag",
      { { .kind = MAIL_FLAG, .which = "2" },
        { .kind = MAIL_FLAG, .which = "2" },
        { .kind = MAIL_FLAG, .flags = "$Work \\Answered" },
        { .kind = MAIL_FLAG, .off = true } },
      4,
      "flags INBOX/2 \\Flagged; flags INBOX/1 \\Answered $Work; flags INBOX/2 \\Answered \\Flagged $Work; "
      "flags INBOX/2 \\Answered $Work" },
    { "flags that are none",
      { { .kind = MAIL_FLAG, .flags = "a) \"" },
        { .kind = MAIL_FLAG, .flags = "중요" },
        { .kind = MAIL_FLAG, .flags = "\\Recent" },
        { .kind = MAIL_FLAG, .which = "SUBJECT nothing" } },
      4,
      "fail Such flags cannot be sent; fail Such flags cannot be sent; fail Expected a flag other than "
      "\\Recent, which only the server sets. Syntax: UID STORE uids [+|-]FLAGS[.SILENT] flags; fail There is no such message" },
    { "delete",
      { { .kind = MAIL_DELETE, .which = "FROM alice SUBJECT lunch" },
        { .kind = MAIL_DELETE },
        { .kind = MAIL_DELETE } },
      3,
      "flags INBOX/1 \\Deleted; delete INBOX/1; flags INBOX/2 \\Deleted; delete INBOX/2; fail There is no "
      "such message" },
    /* Searching. */
    { "search",
      { { .kind = MAIL_SEARCH },
        { .kind = MAIL_SEARCH, .which = "SUBJECT \"on \\\"Friday\"" },
        { .kind = MAIL_SEARCH, .which = "NOT (FROM alice)" },
        { .kind = MAIL_SEARCH, .which = "OR 1 2 UNSEEN" } },
      4,
      "found 1, 2; found 1; found ; found 1, 2" },
    { "search in any script",
      { { .kind = MAIL_SEARCH, .which = "SUBJECT \"점심 \"" },
        { .kind = MAIL_SEARCH, .which = "(FROM alice SUBJECT 메뉴)" },
        { .kind = MAIL_SEARCH,
          .which = "OR SUBJECT \"점심\" OR SUBJECT 저녁 OR SUBJECT \"아\\\"침\" OR BODY é SUBJECT lunch" },
        IMAP(.which = "SUBJECT 점심", .headers = true) },
      4,
      "found 2; found 2; found 1, 2; check INBOX 2/1; read header of m2" },
    { "keys that are none",
      { { .kind = MAIL_SEARCH, .which = "LUNCH" },
        { .kind = MAIL_SEARCH, .which = "SUBJECT \"lunch" },
        { .kind = MAIL_SEARCH, .which = "ALL\r\na9 LOGOUT" },
        { .kind = MAIL_SEARCH, .which = "SUBJECT {5}" } },
      4,
      "fail Expected a search key. Syntax: UID SEARCH [CHARSET name] keys; fail Such search keys cannot be "
      "sent; fail Such search keys cannot be sent; fail Such search keys cannot be sent" },
    { "keys that are none, in any script",
      { { .kind = MAIL_SEARCH, .which = "\"점심\"" },
        { .kind = MAIL_SEARCH, .which = "SUBJECT \"\xff\"" },
        { .kind = MAIL_SEARCH, .which = "" },
        MAKE("A") },
      4,
      "fail Expected a search key. Syntax: UID SEARCH [CHARSET name] keys; fail Such search keys cannot be "
      "sent; fail Expected a search key. Syntax: UID SEARCH [CHARSET name] keys; create A" },
};

/* One after the other, and all at the same moment: the same comes of it, in the same order. */
static void test_reader_does_errands(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * G_N_ELEMENTS(errands); i++) {
        bool at_once = i % 2;
        struct bob b;

        bob_init(&b);
        for (unsigned k = 0; k < errands[i / 2].n; k++) {
            rw_ask(&b.rw, b.pc, &errands[i / 2].errands[k]);
            mw_run_for(&b.rw.w, at_once ? 0 : SIM_MINUTE);
        }
        mw_run_for(&b.rw.w, 5 * SIM_MINUTE);
        rw_expect(&b.rw, errands[i / 2].name, errands[i / 2].expected);
        bob_release(&b, errands[i / 2].name);
    }
}

/* ---- Staying. */

static const struct mail_errand stay_an_hour = IMAP(.stay = SIM_HOUR);
static const struct mail_errand watch_an_hour = IMAP(.stay = SIM_HOUR, .leave_unread = true, .headers = true);

static void test_reader_stays_and_hears_of_news(void **state)
{
    struct bob b;

    (void)state;
    bob_init(&b);
    ask_and_run(&b, b.phone, &watch_an_hour);
    rw_expect(&b.rw, "looks", "check INBOX 2/2; read header of m1; read header of m2");
    assert_int_equal(rw_sessions(&b.rw), 1);
    send_to_bob(&b, "News");
    rw_expect(&b.rw, "news", "check INBOX 3/1; read header of m3");
    ask_and_run(&b, b.pc, &(struct mail_errand){ .kind = MAIL_FLAG, .which = "2" });
    expect_shown(&b, PHONE, "INBOX", "1; 2 \\Flagged; 3; ");
    ask_and_run(&b, b.pc, &(struct mail_errand){ .kind = MAIL_DELETE, .which = "1" });
    expect_shown(&b, PHONE, "INBOX", "2 \\Flagged; 3; ");
    rw_expect(&b.rw, "another device", "flags INBOX/2 \\Flagged; flags INBOX/1 \\Deleted; delete INBOX/1");
    mw_run(&b.rw.w, 59 * SIM_MINUTE);
    assert_int_equal(rw_sessions(&b.rw), 1);
    mw_run(&b.rw.w, 61 * SIM_MINUTE);
    assert_int_equal(rw_sessions(&b.rw), 0);
    assert_int_equal(b.rw.fails, 0);
    bob_release(&b, "stay");
}

/* Servers show out who is silent for half an hour, and a client says something in time. */
static void test_reader_stays_for_long(void **state)
{
    struct bob b;

    (void)state;
    bob_init(&b);
    ask_and_run(&b, b.pc, &(struct mail_errand)IMAP(.stay = 10 * SIM_HOUR + 7 * SIM_MINUTE));
    for (int i = 0; i < 20; i++) {
        mw_run_for(&b.rw.w, 30 * SIM_MINUTE);
        assert_int_equal(rw_sessions(&b.rw), 1);
    }
    send_to_bob(&b, "News");
    mw_run_for(&b.rw.w, 10 * SIM_MINUTE);
    assert_int_equal(mail_reader_messages(b.pc), 3);
    assert_int_equal(rw_sessions(&b.rw), 0);
    assert_int_equal(b.rw.fails, 0);
    bob_release(&b, "stay");
}

/* The patience for a silent server begins when it is spoken to, not while it has nothing to say. */
static void test_reader_is_patient_after_idling(void **state)
{
    (void)state;
    for (sim_time early = 0; early < 500 * SIM_MS; early += 7 * SIM_MS) {
        struct bob b;

        bob_init(&b);
        rw_ask(&b.rw, b.pc, &(struct mail_errand)IMAP(.stay = 10 * SIM_MINUTE - early));
        mw_run_for(&b.rw.w, 11 * SIM_MINUTE);
        assert_int_equal(rw_sessions(&b.rw), 0);
        assert_int_equal(b.rw.fails, 0);
        bob_release(&b, "patience");
    }
}

/* Whenever it comes, at login, between the list and IDLE, or while the "+" is on its way: it is read. */
static void test_reader_misses_nothing_that_comes_meanwhile(void **state)
{
    (void)state;
    for (sim_time at = 0; at < 900 * SIM_MS; at += 9 * SIM_MS) {
        struct bob b;

        bob_init(&b);
        if (at < 450 * SIM_MS) {
            rw_send(&b.rw, b.alice, "bob@hamburger.edu", "Meanwhile");
            mw_run_for(&b.rw.w, at);
        }
        rw_ask(&b.rw, b.pc, &stay_an_hour);
        if (at >= 450 * SIM_MS) {
            mw_run_for(&b.rw.w, at - 450 * SIM_MS);
            rw_send(&b.rw, b.alice, "bob@hamburger.edu", "Meanwhile");
        }
        mw_run_for(&b.rw.w, SIM_MINUTE);
        if (mail_reader_messages(b.pc) != 3)
            fail_msg("%d ms: it has %u", (int)(at / SIM_MS), mail_reader_messages(b.pc));
        expect_shown(&b, PC, "INBOX", "1 \\Seen; 2 \\Seen; 3 \\Seen; ");
        bob_release(&b, "meanwhile");
    }
}

/* Other errands go first, at whatever moment they come, and then it stays on. */
static void test_reader_does_errands_while_it_stays(void **state)
{
    static const struct {
        const char *name;
        struct mail_errand errand;
        const char *expected;
    } rows[] = {
        { "a folder", MAKE("A"), "create A; check INBOX 3/1; read header of m3" },
        { "another folder", IMAP(.folder = "B"),
          "check B 0/0; check INBOX 2/0; check INBOX 3/1; read header of m3" },
        { "no folder", IMAP(.folder = "C"),
          "fail [NONEXISTENT] No such folder; check INBOX 2/0; check INBOX 3/1; read header of m3" },
        { "flags",
          { .kind = MAIL_FLAG, .which = "1" },
          "flags INBOX/1 \\Flagged; check INBOX 2/0; check INBOX 3/1; read header of m3" },
        { "move",
          { .kind = MAIL_MOVE, .which = "1", .to = "B" },
          "copy INBOX/1 to B/1; delete INBOX/1; check INBOX 1/0; check INBOX 2/1; read header of m3" },
        { "wrong keys",
          { .kind = MAIL_SEARCH, .which = "\"" },
          "fail Such search keys cannot be sent; check INBOX 2/0; check INBOX 3/1; read header of m3" },
        { "by POP3", POP3(0),
          "check INBOX 2/2; read m1; read m2; check INBOX 2/0; check INBOX 3/1; read header of m3" },
        { "another password",
          { .kind = MAIL_SUBSCRIBE, .password = "wrong" },
          "fail [AUTHENTICATIONFAILED] Wrong user or password; check INBOX 2/0; check INBOX 3/1; read header "
          "of m3" },
        { "hanging up", IMAP(.folder = "B", .hang_up = true),
          "check B 0/0; check INBOX 2/0; check INBOX 3/1; read header of m3" },
        { "the same folder",
          { .kind = MAIL_RENAME_FOLDER, .folder = "INBOX", .to = "Old" },
          "create Old; copy INBOX/1 to Old/1; delete INBOX/1; copy INBOX/2 to Old/2; delete INBOX/2; rename "
          "INBOX to Old; check INBOX 0/0; check INBOX 1/1; read header of m3" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (sim_time at = 0; at < 400 * SIM_MS; at += 37 * SIM_MS) {
            struct bob b;

            bob_init(&b);
            ask_and_run(&b, b.pc, &(struct mail_errand)MAKE("B"));
            ask_and_run(&b, b.pc, &(struct mail_errand)IMAP(.headers = true, .leave_unread = true));
            g_string_truncate(b.rw.said, 0);
            rw_ask(&b.rw, b.pc, &watch_an_hour);
            mw_run_for(&b.rw.w, at);
            rw_ask(&b.rw, b.pc, &rows[i].errand);
            mw_run_for(&b.rw.w, 10 * SIM_SECOND);
            send_to_bob(&b, "News");
            assert_true(g_str_has_prefix(b.rw.said->str, "check INBOX 2/0; "));
            g_string_erase(b.rw.said, 0, (gssize)strlen("check INBOX 2/0; "));
            rw_expect(&b.rw, rows[i].name, rows[i].expected);
            assert_int_equal(rw_sessions(&b.rw), 1);
            bob_release(&b, rows[i].name);
        }
    }
}

/* The last one that stays says where and how long. */
static void test_reader_stays_elsewhere(void **state)
{
    struct bob b;

    (void)state;
    bob_init(&b);
    ask_and_run(&b, b.pc, &watch_an_hour);
    ask_and_run(&b, b.pc, &(struct mail_errand)MAKE("A/b"));
    ask_and_run(&b, b.pc, &(struct mail_errand)IMAP(.folder = "A/b", .stay = 30 * SIM_MINUTE));
    ask_and_run(&b, b.pc, &(struct mail_errand){ .kind = MAIL_RENAME_FOLDER, .folder = "A", .to = "C" });
    g_string_truncate(b.rw.said, 0);
    ask_and_run(&b, b.phone, &(struct mail_errand){ .kind = MAIL_COPY, .which = "1", .to = "C/b" });
    rw_expect(&b.rw, "follows its folder",
              "copy INBOX/1 to C/b/1; check C/b 1/1; flags C/b/1 \\Seen; read m1");
    expect_shown(&b, PC, "C/b", "1 \\Seen; ");
    expect_shown(&b, PC, "A/b", "");
    mw_run(&b.rw.w, 32 * SIM_MINUTE);
    assert_int_equal(rw_sessions(&b.rw), 0);
    bob_release(&b, "elsewhere");
}

static void test_reader_is_sent_away(void **state)
{
    struct bob b;

    (void)state;
    bob_init(&b);
    ask_and_run(&b, b.pc, &(struct mail_errand)MAKE("A"));
    ask_and_run(&b, b.pc, &(struct mail_errand){ .kind = MAIL_COPY, .to = "A" });
    ask_and_run(&b, b.pc, &(struct mail_errand)IMAP(.folder = "A", .stay = SIM_HOUR));
    g_string_truncate(b.rw.said, 0);
    ask_and_run(&b, b.phone, &(struct mail_errand){ .kind = MAIL_DELETE_FOLDER, .folder = "A" });
    rw_expect(&b.rw, "BYE",
              "delete A/1; delete A/2; delete A; fail BYE The folder was deleted by another session");
    ask_and_run(&b, b.pc, &(struct mail_errand)IMAP(.folder = "A"));
    expect_shown(&b, PC, "A", "");
    bob_release(&b, "away");
}

/* Another folder under an old name has other uids: what the device knew of the old one means nothing. */
static void test_reader_heeds_uidvalidity(void **state)
{
    struct bob b;

    (void)state;
    bob_init(&b);
    ask_and_run(&b, b.pc, &(struct mail_errand)MAKE("A"));
    ask_and_run(&b, b.pc, &(struct mail_errand){ .kind = MAIL_COPY, .to = "A" });
    ask_and_run(&b, b.pc, &(struct mail_errand)IMAP(.folder = "A", .leave_unread = true));
    ask_and_run(&b, b.phone, &(struct mail_errand){ .kind = MAIL_DELETE_FOLDER, .folder = "A" });
    ask_and_run(&b, b.phone, &(struct mail_errand)MAKE("A"));
    ask_and_run(&b, b.phone, &(struct mail_errand){ .kind = MAIL_COPY, .which = "2", .to = "A" });
    g_string_truncate(b.rw.said, 0);
    ask_and_run(&b, b.pc, &(struct mail_errand)IMAP(.folder = "A", .leave_unread = true));
    rw_expect(&b.rw, "uidvalidity", "check A 1/1; read m2");
    expect_shown(&b, PC, "A", "1; ");
    bob_release(&b, "uidvalidity");
}

/* Uids in gaps make a long line: they go in several commands. */
static void test_reader_names_many(void **state)
{
    enum { N = 6000 };
    struct bob b;
    struct mail_box *bob;

    (void)state;
    bob_init(&b);
    bob = mail_local_user(mail_server_local(b.server), SPAN("bob"));
    for (unsigned i = 0; i < N; i++) {
        struct mail_message *m = mail_message_new(0, &SPAN("Subject: many\r\n\r\nHello.\r\n"), 1);

        sched_set_cause(b.rw.w.sim.sched, 1);
        mail_folder_append(bob->inbox, m, i % 2 ? MAIL_FLAGGED : 0, 0, 0);
        mail_message_unref(&m);
    }
    ask_and_run(&b, b.pc, &(struct mail_errand)MAKE("A"));
    ask_and_run(&b, b.pc, &(struct mail_errand){ .kind = MAIL_MOVE, .which = "FLAGGED", .to = "A" });
    ask_and_run(&b, b.pc, &(struct mail_errand){ .kind = MAIL_FLAG, .flags = "$Odd" });
    ask_and_run(&b, b.pc, &(struct mail_errand){ .kind = MAIL_DELETE, .which = "KEYWORD $Odd" });
    assert_int_equal(bob->inbox->n, 0);
    assert_int_equal(mail_folder_find(bob, SPAN("A"))->n, N / 2);
    assert_int_equal(b.rw.fails, 0);
    bob_release(&b, "many");
}

/* ---- Whatever goes wrong. */

/* RFC 1939 §4: one session has the maildrop. */
static void test_reader_finds_maildrop_in_use(void **state)
{
    struct bob b;
    bool was_in_use = false;

    (void)state;
    for (sim_time at = 0; at < 400 * SIM_MS; at += 20 * SIM_MS) {
        bob_init(&b);
        rw_ask(&b.rw, b.pc, &(struct mail_errand)POP3(.remove = true));
        mw_run_for(&b.rw.w, at);
        rw_ask(&b.rw, b.phone, &(struct mail_errand)POP3(0));
        mw_run_for(&b.rw.w, SIM_MINUTE);
        was_in_use = was_in_use ||
                     strstr(b.rw.said->str, "fail -ERR [IN-USE] Another session has the maildrop") != NULL;
        ask_and_run(&b, b.phone, &(struct mail_errand)POP3(0));
        bob_release(&b, "in use");
    }
    assert_true(was_in_use);
}

enum fault { HOST, LINK, SERVER_PROGRAM, READER_PROGRAM, READER_HOST, N_FAULTS };

static void set_fault(struct bob *b, enum fault what, enum mail_by by, bool up)
{
    switch (what) {
    case HOST:
        rw_up(&b->rw, HAMBURGER, up);
        break;
    case LINK:
        rw_link_up(&b->rw, HAMBURGER, up);
        break;
    case SERVER_PROGRAM:
        rw_program_up(&b->rw, HAMBURGER, by == MAIL_BY_POP3 ? "pop3" : "imap", up);
        break;
    case READER_PROGRAM:
        rw_program_up(&b->rw, PC, "reader bob@hamburger.edu", up);
        break;
    case READER_HOST:
        rw_up(&b->rw, PC, up);
        break;
    case N_FAULTS:
        break;
    }
}

static const struct mail_errand in_danger[] = {
    POP3(.remove = true),
    IMAP(.remove = true),
    IMAP(.stay = SIM_HOUR),
    { .kind = MAIL_MOVE, .to = "INBOX" },
    { .kind = MAIL_SEARCH, .which = "SUBJECT 점심" },
};

/* At each of many moments of a session something breaks, and is mended after 20 minutes. Errands, those that
 * wait too, come to an end; a POP3 session that was cut deletes nothing; the next session is as ever. */
static void test_reader_survives_faults_at_any_moment(void **state)
{
    unsigned failed = 0;

    (void)state;
    for (enum fault what = 0; what < N_FAULTS; what++) {
        for (size_t e = 0; e < G_N_ELEMENTS(in_danger); e++) {
            for (sim_time at = 0; at < 480 * SIM_MS; at += 23 * SIM_MS) {
                struct bob b;
                const struct mail_folder *inbox;

                bob_init(&b);
                inbox = mail_local_user(mail_server_local(b.server), SPAN("bob"))->inbox;
                rw_ask(&b.rw, b.pc, &in_danger[e]);
                mw_run_for(&b.rw.w, at);
                rw_ask(&b.rw, b.pc, &(struct mail_errand){ .kind = MAIL_SUBSCRIBE });
                set_fault(&b, what, in_danger[e].by, false);
                mw_run_for(&b.rw.w, 20 * SIM_MINUTE);
                set_fault(&b, what, in_danger[e].by, true);
                mw_run_for(&b.rw.w, 2 * SIM_HOUR);
                rw_expect_all_ended(&b.rw, "faults");
                failed += b.rw.fails;
                if (e == 0 && inbox->n != (strstr(b.rw.said->str, "delete") != NULL ? 0 : 2))
                    fail_msg("a session that was cut has deleted %u", 2 - inbox->n);
                assert_int_equal(rw_sessions(&b.rw), 0);
                g_string_truncate(b.rw.said, 0);
                ask_and_run(&b, b.pc, &(struct mail_errand)POP3(0));
                assert_true(g_str_has_prefix(b.rw.said->str, "check INBOX "));
                bob_release(&b, "faults");
            }
        }
    }
    assert_true(failed > 500);
}

static void test_reader_that_is_not_running(void **state)
{
    struct bob b;

    (void)state;
    bob_init(&b);
    rw_program_up(&b.rw, PC, "reader bob@hamburger.edu", false);
    ask_and_run(&b, b.pc, &(struct mail_errand)POP3(0));
    rw_up(&b.rw, PC, false);
    ask_and_run(&b, b.pc, &stay_an_hour);
    rw_expect(&b.rw, "down", "fail The mail program is not running; fail The mail program is not running");
    rw_up(&b.rw, PC, true);
    rw_program_up(&b.rw, PC, "reader bob@hamburger.edu", true);
    ask_and_run(&b, b.pc, &(struct mail_errand)POP3(.headers = true));
    rw_expect(&b.rw, "up", "check INBOX 2/2; read header of m1; read header of m2");
    bob_release(&b, "down");
}

/* ---- What goes over the wire. */

static void on_command(void *self, const struct record *r)
{
    if (r->event == EV_IMAP_COMMAND || r->event == EV_POP3_COMMAND)
        g_string_append_printf(self, "%s: %s\n", rw_text(r, KEY_VERB), rw_text(r, KEY_LINE));
}

/* ---- Servers that are not ours. */

struct strange {
    struct net_program program;
    struct net_host *host;
    struct tcp_listener *listener;
    const char *const *lines; /* each is said when something has come; the first at once */
    unsigned at;
};

static void say(struct strange *s, struct tcp_conn *c)
{
    if (s->lines[s->at] != NULL)
        tcp_send(c, span_of(s->lines[s->at++]));
}

static void on_strange_data(void *self, struct tcp_conn *c, struct span bytes)
{
    (void)bytes;
    say(self, c);
}

static const struct tcp_app strange_app = { .on_data = on_strange_data };

static void *on_strange_accept(void *self, struct tcp_conn *c, const struct tcp_app **app_out)
{
    *app_out = &strange_app;
    say(self, c);
    return self;
}

static const struct {
    const char *name;
    struct mail_errand errand;
    const char *lines[12], *expected;
} strangers[] = {
    { "POP3: silence", POP3(0), { NULL }, "fail The server was silent for too long" },
    { "POP3: silence later", POP3(0), { "+OK hello\r\n", NULL }, "fail The server was silent for too long" },
    { "POP3: not now", POP3(0), { "-ERR busy\r\n", NULL }, "fail -ERR busy" },
    { "POP3: nonsense",
      POP3(0),
      { "HTTP/1.1 200 OK\r\n", NULL },
      "fail protocol error: neither +OK nor -ERR" },
    { "POP3: one cannot be had",
      POP3(.remove = true),
      { "+OK\r\n", "+OK\r\n", "+OK\r\n", "+OK 2 20\r\n", "+OK\r\n1 10\r\n2 10\r\n.\r\n",
        "+OK\r\n1 a\r\n2 b\r\n.\r\n", "-ERR gone\r\n", "+OK\r\nHello.\r\n.\r\n", "-ERR it stays\r\n",
        "+OK bye\r\n", NULL },
      "check INBOX 2/2; fail -ERR gone; read m0; fail -ERR it stays" },
    { "POP3: without ids",
      POP3(.headers = true),
      { "+OK\r\n", "+OK\r\n", "+OK\r\n", "+OK 1 9\r\n", "+OK\r\n1 9\r\n.\r\n", "-ERR what?\r\n",
        "+OK\r\nSubject: A\r\n\r\n.\r\n", "-ERR something stays\r\n", NULL },
      "check INBOX 1/1; read header of m0; fail -ERR something stays" },
    { "IMAP: silence", IMAP(0), { NULL }, "fail The server was silent for too long" },
    { "IMAP: knows us",
      IMAP(.stay = SIM_HOUR),
      { "* PREAUTH hello\r\n", "* 0 EXISTS\r\na1 OK\r\n", "a2 BAD no IDLE\r\n", "* BYE\r\na3 OK\r\n", NULL },
      "check INBOX 0/0; fail no IDLE" },
    { "IMAP: not now", IMAP(0), { "* BYE busy\r\n", NULL }, "fail BYE busy" },
    { "IMAP: nothing can be had",
      IMAP(.stay = SIM_HOUR, .remove = true),
      { "* OK\r\n", "a1 OK\r\n", "* 2 EXISTS\r\na2 OK\r\n",
        "* 1 FETCH (UID 5)\r\n* 2 FETCH (UID 5 FLAGS (\\Deleted))\r\na3 OK\r\n", "a4 NO\r\n",
        "* 1 FETCH (UID 5 BODY[] NIL)\r\na5 OK\r\n", "+ \r\n* 3 EXISTS\r\n", "a6 OK\r\n",
        "a7 BAD no more\r\n", "a8 OK bye\r\n", NULL },
      "check INBOX 2/2; fail ; fail no more" },
    { "IMAP: a literal is refused",
      { .kind = MAIL_SEARCH, .which = "SUBJECT 점심" },
      { "* OK\r\n", "a1 OK\r\n", "* 2 EXISTS\r\na2 OK\r\n", "a3 NO [BADCHARSET] ASCII, please\r\n",
        "a4 OK bye\r\n", NULL },
      "fail [BADCHARSET] ASCII, please" },
    { "IMAP: IDLE ends by itself",
      IMAP(.stay = SIM_SECOND),
      { "* OK\r\n", "a1 OK\r\n", "* 0 EXISTS\r\na2 OK\r\n", "a3 OK\r\n", "+ \r\na4 OK\r\n", "+ \r\n",
        "a5 OK\r\n", "a6 OK bye\r\n", NULL },
      "check INBOX 0/0" },
};

static void test_reader_bears_with_strange_servers(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(strangers); i++) {
        struct bob b;
        struct strange s = { .lines = strangers[i].lines };
        struct mail_reader *r;
        GString *commands = g_string_new(NULL);

        bob_init(&b);
        s.host = mw_host(&b.rw.w, "strange", "10.7.0.25");
        s.listener = tcp_listen(
            s.host,
            strangers[i].errand.by == MAIL_BY_POP3 && strangers[i].errand.kind == MAIL_READ ? POP3_PORT
                                                                                            : IMAP_PORT,
            on_strange_accept, &s);
        r = rw_reader(&b.rw, PC, NULL, "carol@hamburger.edu", "10.7.0.25");
        trace_listen(&b.rw.w.sim.trace, on_command, commands);
        rw_ask(&b.rw, r, &strangers[i].errand);
        mw_run_for(&b.rw.w, SIM_HOUR);
        rw_expect(&b.rw, strangers[i].name, strangers[i].expected);
        assert_true(strstr(strangers[i].name, "literal") == NULL || strstr(commands->str, "LOGOUT") != NULL);
        if (s.lines[s.at] != NULL)
            fail_msg("%s: \"%s\" was never said", strangers[i].name, s.lines[s.at]);
        tcp_unlisten(&s.listener);
        trace_unlisten(&b.rw.w.sim.trace, on_command, commands);
        g_string_free(commands, TRUE);
        bob_release(&b, strangers[i].name);
    }
}

/* A literal is no command; what follows it is one, also if the literal was refused. */
static void test_reader_traces_commands(void **state)
{
    struct bob b;
    GString *commands = g_string_new(NULL);

    (void)state;
    bob_init(&b);
    trace_listen(&b.rw.w.sim.trace, on_command, commands);
    ask_and_run(&b, b.pc,
                &(struct mail_errand){ .kind = MAIL_SEARCH, .which = "OR SUBJECT 점심 SUBJECT \"é\"" });
    ask_and_run(&b, b.pc, &(struct mail_errand){ .kind = MAIL_SEARCH, .which = "SUBJECT x", .folder = "집" });
    ask_and_run(&b, b.pc, &(struct mail_errand){ .kind = MAIL_SUBSCRIBE, .password = "비밀" });
    ask_and_run(&b, b.pc, &(struct mail_errand){ .kind = MAIL_SUBSCRIBE, .password = "{1}" });
    ask_and_run(&b, b.pc, &(struct mail_errand)IMAP(.stay = SIM_SECOND, .headers = true, .which = "NOT ALL"));
    assert_string_equal(commands->str, "LOGIN: a1 LOGIN bob bob\n"
                                       "SELECT: a2 SELECT INBOX\n"
                                       "UID SEARCH: a3 UID SEARCH CHARSET UTF-8 OR SUBJECT {6}\n"
                                       "LOGOUT: a4 LOGOUT\n"
                                       "LOGIN: a1 LOGIN bob bob\n"
                                       "SELECT: a2 SELECT &ydE-\n"
                                       "LOGOUT: a3 LOGOUT\n"
                                       "LOGIN: a1 LOGIN bob {6}\n"
                                       "LOGOUT: a2 LOGOUT\n"
                                       "LOGIN: a1 LOGIN bob \"{1}\"\n"
                                       "LOGOUT: a2 LOGOUT\n"
                                       "LOGIN: a1 LOGIN bob bob\n"
                                       "SELECT: a2 SELECT INBOX\n"
                                       "UID SEARCH: a3 UID SEARCH NOT ALL\n"
                                       "UID FETCH: a4 UID FETCH 1:* (FLAGS RFC822.SIZE)\n"
                                       "IDLE: a5 IDLE\n"
                                       "DONE: DONE\n"
                                       "LOGOUT: a6 LOGOUT\n");
    trace_unlisten(&b.rw.w.sim.trace, on_command, commands);
    g_string_free(commands, TRUE);
    bob_release(&b, "commands");
}

static void test_reader_says_what_it_does(void **state)
{
    struct bob b;
    char *text;

    (void)state;
    bob_init(&b);
    rw_ask(&b.rw, b.pc, &(struct mail_errand)IMAP(.password = "wrong"));
    rw_ask(&b.rw, b.pc, &(struct mail_errand)POP3(.headers = true));
    rw_ask(&b.rw, b.pc, &stay_an_hour);
    mw_run_for(&b.rw.w, SIM_MINUTE);
    text = mw_describe(&b.rw.w, PC);
    assert_non_null(strstr(text, "Lunch on \"Friday\""));
    assert_non_null(strstr(text, "점심 메뉴"));
    assert_non_null(strstr(text, "IDLE"));
    assert_non_null(strstr(text, "\\Seen"));
    assert_non_null(strstr(text, "[AUTHENTICATIONFAILED]"));
    g_free(text);
    bob_release(&b, "describe");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reader_does_errands),
        cmocka_unit_test(test_reader_stays_and_hears_of_news),
        cmocka_unit_test(test_reader_stays_for_long),
        cmocka_unit_test(test_reader_is_patient_after_idling),
        cmocka_unit_test(test_reader_misses_nothing_that_comes_meanwhile),
        cmocka_unit_test(test_reader_does_errands_while_it_stays),
        cmocka_unit_test(test_reader_stays_elsewhere),
        cmocka_unit_test(test_reader_is_sent_away),
        cmocka_unit_test(test_reader_heeds_uidvalidity),
        cmocka_unit_test(test_reader_names_many),
        cmocka_unit_test(test_reader_finds_maildrop_in_use),
        cmocka_unit_test(test_reader_survives_faults_at_any_moment),
        cmocka_unit_test(test_reader_that_is_not_running),
        cmocka_unit_test(test_reader_bears_with_strange_servers),
        cmocka_unit_test(test_reader_traces_commands),
        cmocka_unit_test(test_reader_says_what_it_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
