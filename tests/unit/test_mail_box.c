/* Mailboxes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mail/box.h"

static struct mail_message *message(size_t size)
{
    char *text = g_strnfill(size, 'x');
    struct mail_message *m = mail_message_new(1, &(struct span){ text, size }, 1);

    g_free(text);
    return m;
}

static void test_box_is_found_by_user(void **state)
{
    static const struct {
        const char *name;
        const char *user;
        bool found;
    } rows[] = {
        { "as written", "Bob", true },
        { "other case", "bOB", true },
        { "longer", "Bobb", false },
        { "shorter", "Bo", false },
        { "empty", "", false },
        { "too long for a local part", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
          false },
    };
    struct mail_boxes b;

    (void)state;
    mail_boxes_init(&b);
    assert_non_null(mail_boxes_add(&b, "Bob", 0));
    assert_null(mail_boxes_add(&b, "bob", 0));
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if ((mail_boxes_find(&b, span_of(rows[i].user)) != NULL) != rows[i].found)
            fail_msg("%s", rows[i].name);
    assert_null(mail_boxes_find(&b, span_bytes("bob\0y", 5)));
    mail_boxes_release(&b);
}

static void test_box_room(void **state)
{
    static const struct {
        size_t quota, used, size;
        enum mail_room expected;
    } rows[] = {
        { 0, 0, 1000000, MAIL_ROOM },     { 100, 0, 100, MAIL_ROOM },
        { 100, 0, 101, MAIL_ROOM_NEVER }, { 100, 60, 40, MAIL_ROOM },
        { 100, 60, 41, MAIL_ROOM_LATER }, { 100, 60, 101, MAIL_ROOM_NEVER },
        { 100, 99, 0, MAIL_ROOM },        { 100, 100, 0, MAIL_ROOM_LATER },
        { 50, 60, 0, MAIL_ROOM_LATER }, /* the quota was made smaller since */
        { 50, 60, 10, MAIL_ROOM_LATER },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct mail_box box = { .quota = rows[i].quota, .used = rows[i].used };

        if (mail_box_room(&box, rows[i].size) != rows[i].expected)
            fail_msg("row %zu", i);
    }
}

static void test_box_uids_are_never_used_again(void **state)
{
    struct mail_boxes b;
    struct mail_box *box;
    struct mail_message *m = message(10);

    (void)state;
    mail_boxes_init(&b);
    box = mail_boxes_add(&b, "bob", 0);
    for (uint32_t i = 1; i <= 20; i++)
        assert_int_equal(mail_box_store(box, m, i), i);
    assert_int_equal(m->refs, 21);
    assert_int_equal(box->used, 200);
    assert_true(mail_box_delete(box, 20));
    assert_true(mail_box_delete(box, 1));
    assert_true(mail_box_delete(box, 7));
    assert_false(mail_box_delete(box, 7));
    assert_false(mail_box_delete(box, 0));
    assert_false(mail_box_delete(box, 21));
    assert_int_equal(box->inbox->n, 17);
    assert_int_equal(box->used, 170);
    assert_int_equal(mail_box_store(box, m, 0), 21);
    for (unsigned i = 1; i < box->inbox->n; i++)
        assert_true(box->inbox->messages[i - 1].uid < box->inbox->messages[i].uid);
    mail_box_clear(box);
    assert_int_equal(box->inbox->n, 0);
    assert_int_equal(box->used, 0);
    assert_int_equal(box->stored, 21);
    assert_int_equal(mail_box_store(box, m, 0), 22);
    mail_boxes_release(&b);
    assert_int_equal(m->refs, 1);
    mail_message_unref(&m);
}

/* ── Folders. What there is, and what the server hears, as text ── */

struct heard {
    struct mail_boxes boxes;
    struct mail_box *box;
    GString *log;
};

static void on_stored(void *self, struct mail_folder *f, unsigned at)
{
    g_string_append_printf(((struct heard *)self)->log, "stored %s %u; ", f->name, f->messages[at].uid);
}

static void on_copied(void *self, const struct mail_folder *from, uint32_t uid, struct mail_folder *to,
                      unsigned at)
{
    g_string_append_printf(((struct heard *)self)->log, "copied %s %u %s %u; ", from->name, uid, to->name,
                           to->messages[at].uid);
}

static void on_expunged(void *self, struct mail_folder *f, uint32_t uid, const struct mail_message *m)
{
    assert_true(m->refs > 0);
    assert_int_equal(mail_folder_place(f, uid), -1);
    g_string_append_printf(((struct heard *)self)->log, "expunged %s %u; ", f->name, uid);
}

static void on_flags(void *self, struct mail_folder *f, unsigned at, uint32_t before)
{
    GString *log = ((struct heard *)self)->log;

    g_string_append_printf(log, "flags %s %u (", f->name, f->messages[at].uid);
    mail_flags_text(f, before, log);
    g_string_append(log, ") to (");
    mail_flags_text(f, f->messages[at].flags, log);
    g_string_append(log, "); ");
}

static void on_folder(void *self, struct mail_box *box, const char *what, const char *name,
                      const char *new_name)
{
    (void)box;
    g_string_append_printf(((struct heard *)self)->log, "%s %s%s%s; ", what, name,
                           new_name != NULL ? " " : "", new_name != NULL ? new_name : "");
}

static const struct mail_box_events events = { on_stored, on_copied, on_expunged, on_flags, on_folder };

static void begin(struct heard *h)
{
    h->log = g_string_new(NULL);
    mail_boxes_init(&h->boxes);
    h->boxes.events = &events;
    h->boxes.events_self = h;
    h->box = mail_boxes_add(&h->boxes, "bob", 0);
}

static void end(struct heard *h)
{
    mail_boxes_release(&h->boxes);
    g_string_free(h->log, TRUE);
}

/* "INBOX Travel(2) -Work Work/Old": messages in brackets, - for a name that cannot be selected. */
static char *folders_text(const struct mail_box *box)
{
    GString *t = g_string_new(NULL);

    for (guint i = 0; i < box->folders->len; i++) {
        const struct mail_folder *f = box->folders->pdata[i];

        g_string_append_printf(t, "%s%s%s", i > 0 ? " " : "", f->no_select ? "-" : "", f->name);
        if (f->n > 0)
            g_string_append_printf(t, "(%u)", f->n);
    }
    return g_string_free(t, FALSE);
}

static struct mail_folder *folder(const struct heard *h, const char *name)
{
    struct mail_folder *f = mail_folder_find(h->box, span_of(name));

    if (f == NULL)
        fail_msg("no folder %s", name);
    return f;
}

static void put(struct heard *h, const char *name, uint32_t flags)
{
    struct mail_message *m = message(10);

    mail_folder_append(folder(h, name), m, flags, 1000, 5);
    mail_message_unref(&m);
}

/* "+Travel" makes, "-Travel" removes, "Travel>Trips" renames, "*INBOX" puts a message in; each may be
 * followed by "=" and a letter for how it ends. */
static void act(struct heard *h, const char *step)
{
    static const char endings[] = "OXMBICT"; /* in the order of enum mail_folder_done */
    char **words = g_strsplit(step, "=", 2);
    char *what = words[0], *arrow = strchr(what, '>');
    enum mail_folder_done done = MAIL_FOLDER_OK;

    if (what[0] == '*')
        put(h, what + 1, 0);
    else if (what[0] == '+')
        done = mail_folder_make(h->box, span_of(what + 1));
    else if (what[0] == '-')
        done = mail_folder_remove(h->box, span_of(what + 1));
    else
        done = mail_folder_rename(h->box, span_bytes(what, (size_t)(arrow - what)), span_of(arrow + 1));
    if (endings[done] != (words[1] != NULL ? words[1][0] : 'O'))
        fail_msg("%s: ended %c", step, endings[done]);
    g_strfreev(words);
}

static void test_folders_come_and_go(void **state)
{
    static const struct {
        const char *steps; /* parted by spaces */
        const char *there, *heard;
    } rows[] = {
        { "", "INBOX", "" },
        { "+Travel", "INBOX Travel", "create Travel; " },
        { "+Travel/", "INBOX Travel", "create Travel; " },
        { "+Travel +Travel=X +travel", "INBOX Travel travel", "create Travel; create travel; " },
        { "+b +a +INBOX/z +A", "INBOX A INBOX/z a b", "create b; create a; create INBOX/z; create A; " },
        { "+a/b/c", "INBOX a a/b a/b/c", "create a; create a/b; create a/b/c; " },
        { "+a/b +a/c +a=X", "INBOX a a/b a/c", "create a; create a/b; create a/c; " },
        { "+inbox=X +INBOX/=X +inBox/x +INBOX/x=X +Inbox/x/y", "INBOX INBOX/x INBOX/x/y",
          "create INBOX/x; create INBOX/x/y; " },
        { "+inboxes +INBOX2", "INBOX INBOX2 inboxes", "create inboxes; create INBOX2; " },
        { "+=B +/=B +//=B +/a=B +a//=B +a//b=B +a%=B +*=B +a*/b=B", "INBOX", "" },
        { "-a=M -INBOX=I -inbox=I", "INBOX", "" },
        { "+a *a *a -a", "INBOX",
          "create a; stored a 1; stored a 2; expunged a 1; expunged a 2; delete a; " },
        { "+inbox/x -inBOX/x", "INBOX", "create INBOX/x; delete INBOX/x; " },
        { "+a/b *a -a -a=C", "INBOX -a a/b", "create a; create a/b; stored a 1; expunged a 1; delete a; " },
        { "+a/b/c -a -a/b -a/b/c", "INBOX",
          "create a; create a/b; create a/b/c; delete a; delete a/b; delete a/b/c; " },
        { "+a/b/c -a/b/c -a", "INBOX -a a/b",
          "create a; create a/b; create a/b/c; delete a/b/c; delete a; " },
        { "+a/b -a +a", "INBOX a a/b", "create a; create a/b; delete a; create a; " },
        { "+a/b -a +a/c", "INBOX -a a/b a/c", "create a; create a/b; delete a; create a/c; " },
        { "+a >x=M a>=B a>b//c=B a>a=X a>inbox=X a>a/b=B", "INBOX a", "create a; " },
        { "+a *a a>b", "INBOX b(1)", "create a; stored a 1; rename a b; " },
        { "+a a>x/y/z", "INBOX x x/y x/y/z", "create a; create x; create x/y; rename a x/y/z; " },
        { "+a/b/c +a-z +ab a>q", "INBOX a-z ab q q/b q/b/c",
          "create a; create a/b; create a/b/c; create a-z; create ab; rename a q; " },
        { "+a/b a/b>c", "INBOX a c", "create a; create a/b; rename a/b c; " },
        { "+a/b -a a/b>c", "INBOX c", "create a; create a/b; delete a; rename a/b c; " },
        { "+a/b -a a/b>a/c", "INBOX -a a/c", "create a; create a/b; delete a; rename a/b a/c; " },
        { "+a/b -a a>c", "INBOX -c c/b", "create a; create a/b; delete a; rename a c; " },
        { "+a/b a/b>a=X a/b>b", "INBOX a b", "create a; create a/b; rename a/b b; " },
        { "+a a>inbox/b", "INBOX INBOX/b", "create a; rename a INBOX/b; " },
        { "*INBOX *INBOX +INBOX/k inbox>old", "INBOX INBOX/k old(2)",
          "stored INBOX 1; stored INBOX 2; create INBOX/k; create old; copied INBOX 1 old 1; expunged INBOX 1; "
          "copied INBOX 2 old 2; expunged INBOX 2; rename INBOX old; " },
        { "*INBOX INBOX>INBOX/Old", "INBOX INBOX/Old(1)",
          "stored INBOX 1; create INBOX/Old; copied INBOX 1 INBOX/Old 1; expunged INBOX 1; "
          "rename INBOX INBOX/Old; " },
        { "+a INBOX>a=X INBOX>INBOX=X INBOX>%=B", "INBOX a", "create a; " },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char **steps = g_strsplit(rows[i].steps, " ", 0);
        struct heard h;
        char *there;

        begin(&h);
        for (unsigned k = 0; steps[k] != NULL; k++)
            act(&h, steps[k]);
        there = folders_text(h.box);
        if (strcmp(there, rows[i].there) != 0 || strcmp(h.log->str, rows[i].heard) != 0)
            fail_msg("%s: %s; heard %s", rows[i].steps, there, h.log->str);
        g_free(there);
        g_strfreev(steps);
        end(&h);
    }
}

static void test_folder_names(void **state)
{
    static const struct {
        const char *what;
        struct span name;
        bool good;
    } rows[] = {
        { "Korean", SPAN("받은 편지"), true },
        { "a space", SPAN("My mail"), true },
        { "what the wire encodes", SPAN("R&D"), true },
        { "a dot", SPAN("../a"), true },
        { "U+00A0, after the controls", SPAN("a\xc2\xa0"), true },
        { "not UTF-8", SPAN("a\xff"), false },
        { "cut UTF-8", SPAN("a\xc3"), false },
        { "a surrogate", SPAN("\xed\xa0\x80"), false },
        { "NUL", SPAN("a\0b"), false },
        { "CR", SPAN("a\rb"), false },
        { "DEL", SPAN("a\x7f"), false },
        { "U+0085, a control", SPAN("a\xc2\x85"), false },
    };
    struct heard h;
    char longest[MAIL_FOLDER_NAME_MAX + 2];

    (void)state;
    begin(&h);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if ((mail_folder_make(h.box, rows[i].name) == MAIL_FOLDER_OK) != rows[i].good ||
            (mail_folder_find(h.box, rows[i].name) != NULL) != rows[i].good)
            fail_msg("%s", rows[i].what);
    memset(longest, 'n', sizeof longest);
    assert_int_equal(mail_folder_make(h.box, span_bytes(longest, MAIL_FOLDER_NAME_MAX + 1)),
                     MAIL_FOLDER_BAD_NAME);
    assert_null(mail_folder_find(h.box, span_bytes(longest, MAIL_FOLDER_NAME_MAX + 1)));
    assert_int_equal(mail_folder_make(h.box, span_bytes(longest, MAIL_FOLDER_NAME_MAX)), MAIL_FOLDER_OK);
    assert_non_null(mail_folder_find(h.box, span_bytes(longest, MAIL_FOLDER_NAME_MAX)));

    /* What is below a name must fit too. */
    act(&h, "+a/bc");
    assert_int_equal(mail_folder_rename(h.box, SPAN("a"), span_bytes(longest, MAIL_FOLDER_NAME_MAX - 2)),
                     MAIL_FOLDER_BAD_NAME);
    assert_int_equal(mail_folder_rename(h.box, SPAN("a"), span_bytes(longest, MAIL_FOLDER_NAME_MAX - 3)),
                     MAIL_FOLDER_OK);
    end(&h);
}

static void test_folders_are_not_too_many(void **state)
{
    struct heard h;
    char name[16];

    (void)state;
    begin(&h);
    for (unsigned i = 1; i < MAIL_FOLDERS_MAX - 1; i++) {
        g_snprintf(name, sizeof name, "+f%04u", i);
        act(&h, name);
    }
    g_string_truncate(h.log, 0);
    act(&h, "+x/y=T"); /* there is room for one, and nothing is made of the two */
    act(&h, "INBOX>x/y=T");
    act(&h, "f0001>x/y/z=T");
    assert_string_equal(h.log->str, "");
    act(&h, "f0001>x/y");
    act(&h, "f0002>w/y=T");
    act(&h, "f0002>w");
    act(&h, "+v=T");
    act(&h, "INBOX>v=T");
    assert_int_equal(h.box->folders->len, MAIL_FOLDERS_MAX);
    for (unsigned i = 0; i < MAIL_FOLDERS_MAX + 5; i++) {
        g_snprintf(name, sizeof name, "s%u", i);
        if (mail_subscribe(h.box, span_of(name)) != (i < MAIL_FOLDERS_MAX))
            fail_msg("subscription %u", i);
    }
    assert_true(mail_subscribe(h.box, SPAN("s0"))); /* it is subscribed: nothing to add */
    end(&h);
}

/* RFC 3501 §2.3.1.1: name, uidvalidity and uid never mean another message, and uidvalidity only grows. */
static void test_folder_uidvalidity_grows(void **state)
{
    static const char *const steps[] = { "+a",  "-a",    "+a", "+a/b",    "-a",      "+a",   "+z/b", "-a/b",
                                         "z>y", "y>z",   "-a", "z>a",     "-a",      "-a/b", "+q/a", "q/a>a",
                                         "+r",  "r>a/b", "-a", "a/b>a/c", "a/c>a/b", "-a/b", "+a/b" };
    uint32_t a = 0, b = 0;
    struct heard h;

    (void)state;
    begin(&h);
    put(&h, "INBOX", 0);
    assert_int_equal(h.box->inbox->uidvalidity, 1);
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        const struct mail_folder *f;

        act(&h, steps[i]);
        if ((f = mail_folder_find(h.box, SPAN("a"))) != NULL) {
            assert_true(f->uidvalidity >= a);
            a = f->uidvalidity;
        }
        if ((f = mail_folder_find(h.box, SPAN("a/b"))) != NULL) {
            assert_true(f->uidvalidity >= b);
            b = f->uidvalidity;
        }
        for (guint k = 1; k < h.box->folders->len; k++)
            for (guint l = 0; l < k; l++)
                assert_true(((struct mail_folder *)h.box->folders->pdata[k])->uidvalidity !=
                            ((struct mail_folder *)h.box->folders->pdata[l])->uidvalidity);
    }
    act(&h, "INBOX>old");
    put(&h, "INBOX", 0);
    assert_int_equal(h.box->inbox->uidvalidity, 1);
    assert_int_equal(h.box->inbox->messages[0].uid, 2);
    end(&h);
}

static void test_subscriptions(void **state)
{
    static const struct {
        const char *name;
        bool good;
    } rows[] = {
        { "b", true }, { "a/x/", true }, { "inbox", true }, { "INBOX", true }, { "Inbox/k", true },
        { "b", true }, { "", false },    { "a//b", false }, { "%", false },    { "a\x01", false },
    };
    struct heard h;

    (void)state;
    begin(&h);
    assert_false(mail_is_subscribed(h.box, "INBOX"));
    assert_false(mail_unsubscribe(h.box, SPAN("INBOX")));
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (mail_subscribe(h.box, span_of(rows[i].name)) != rows[i].good ||
            mail_is_subscribed(h.box, rows[i].name) != rows[i].good)
            fail_msg("%s", rows[i].name);
    }
    assert_int_equal(h.box->subscribed->len, 4);
    assert_string_equal(h.box->subscribed->pdata[0], "INBOX");
    assert_string_equal(h.box->subscribed->pdata[1], "INBOX/k");
    assert_string_equal(h.box->subscribed->pdata[2], "a/x");
    assert_string_equal(h.box->subscribed->pdata[3], "b");
    assert_true(mail_unsubscribe(h.box, SPAN("iNBOX/k")));
    assert_true(mail_unsubscribe(h.box, SPAN("a/x/")));
    assert_false(mail_unsubscribe(h.box, SPAN("a/x")));
    assert_false(mail_unsubscribe(h.box, SPAN("%")));
    assert_true(mail_unsubscribe(h.box, SPAN("inbox")));
    assert_false(mail_is_subscribed(h.box, "INBOX"));
    assert_string_equal(
        h.log->str, "subscribe b; subscribe a/x; subscribe INBOX; subscribe INBOX/k; unsubscribe INBOX/k; "
                    "unsubscribe a/x; unsubscribe INBOX; ");

    /* Folders come and go, subscriptions stay. */
    act(&h, "+b");
    act(&h, "-b");
    assert_true(mail_is_subscribed(h.box, "b"));
    end(&h);
}

/* ── Messages ── */

static void test_message_is_found_by_uid(void **state)
{
    struct heard h;
    unsigned n = 0;
    uint32_t next = 1, kept[200];

    (void)state;
    begin(&h);
    /* Puts, and takes out of the front, the middle and the end, beside a plain array that does the same. */
    for (unsigned step = 0; step < 2000; step++) {
        if (n < 3 || (step / 150 % 2 == 0 && n < G_N_ELEMENTS(kept))) {
            put(&h, "INBOX", 0);
            kept[n++] = next++;
        } else {
            unsigned at = step % 3 == 0 ? 0 : step % 3 == 1 ? n / 2 + step % 2 : n - 1;

            mail_folder_expunge(h.box->inbox, at, NULL);
            memmove(kept + at, kept + at + 1, (--n - at) * sizeof kept[0]);
        }
        assert_int_equal(h.box->inbox->n, n);
        assert_true(h.box->inbox->room <= 1024);
        assert_int_equal(h.box->used, 10 * n);
        for (unsigned i = 0; i < n; i++)
            assert_int_equal(h.box->inbox->messages[i].uid, kept[i]);
        for (uint32_t uid = 0; uid <= next; uid++) {
            unsigned from = 0;

            while (from < n && kept[from] < uid)
                from++;
            assert_int_equal(mail_folder_from(h.box->inbox, uid), from);
            assert_int_equal(mail_folder_place(h.box->inbox, uid),
                             from < n && kept[from] == uid ? (int)from : -1);
        }
    }
    end(&h);
}

static void test_copy_keeps_flags_and_date(void **state)
{
    struct heard h;
    struct mail_folder *to;
    struct mail_message *m = message(7);
    struct mail_stored *copy;
    GString *text = g_string_new(NULL);

    (void)state;
    begin(&h);
    act(&h, "+to");
    to = folder(&h, "to");
    assert_int_equal(mail_folder_keyword(to, SPAN("$Other")), MAIL_KEYWORD);
    assert_int_equal(mail_folder_append(
                         h.box->inbox, m,
                         MAIL_SEEN | MAIL_DRAFT | mail_folder_keyword(h.box->inbox, SPAN("$Work")), 1234, 5),
                     1);
    assert_int_equal(mail_folder_copy(h.box->inbox, 0, to, 9), 1);
    copy = &to->messages[0];
    assert_true(copy->message == m);
    assert_int_equal(m->refs, 3);
    assert_int_equal(copy->date_s, 1234);
    assert_int_equal(copy->received, 9);
    mail_flags_text(to, copy->flags, text);
    assert_string_equal(text->str, "\\Seen \\Draft $Work");
    assert_int_equal(h.box->used, 14);
    assert_int_equal(h.box->stored, 0); /* that is for deliveries */

    /* Into the folder itself, as often as makes it move. */
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(mail_folder_copy(to, 0, to, 10), i + 2);
    assert_int_equal(to->n, 21);
    assert_int_equal(to->messages[20].flags, to->messages[0].flags);
    g_string_free(text, TRUE);
    mail_message_unref(&m);
    end(&h);
}

static void test_keywords(void **state)
{
    struct heard h;
    struct mail_folder *f;
    GString *text = g_string_new(NULL);
    uint32_t all = 0;
    char name[16];

    (void)state;
    begin(&h);
    f = h.box->inbox;
    assert_int_equal(mail_folder_keyword_find(f, SPAN("$Work")), 0);
    assert_int_equal(mail_folder_keyword(f, SPAN("$Work")), MAIL_KEYWORD);
    assert_int_equal(mail_folder_keyword(f, SPAN("$wORK")), MAIL_KEYWORD);
    assert_int_equal(mail_folder_keyword(f, SPAN("$Wor")), 2 * MAIL_KEYWORD);
    assert_int_equal(mail_folder_keyword_find(f, SPAN("$WOR")), 2 * MAIL_KEYWORD);
    mail_flags_text(f, 3 * MAIL_KEYWORD | MAIL_DELETED | MAIL_ANSWERED | MAIL_FLAGGED, text);
    assert_string_equal(text->str, "\\Answered \\Flagged \\Deleted $Work $Wor");
    for (unsigned i = 3; i <= MAIL_KEYWORDS_MAX + 2; i++) {
        uint32_t bit;

        g_snprintf(name, sizeof name, "k%u", i);
        bit = mail_folder_keyword(f, span_of(name));
        assert_int_equal(bit != 0, i <= MAIL_KEYWORDS_MAX);
        assert_int_equal(bit & (all | (MAIL_KEYWORD - 1)), 0);
        all |= bit;
    }
    assert_int_equal(mail_folder_keyword(f, SPAN("$work")), MAIL_KEYWORD);

    /* A copy into a folder that has no room for its keyword goes without. */
    act(&h, "+to");
    put(&h, "to", MAIL_SEEN | mail_folder_keyword(folder(&h, "to"), SPAN("new")));
    mail_folder_copy(folder(&h, "to"), 0, f, 1);
    assert_int_equal(f->messages[0].flags, MAIL_SEEN);
    g_string_free(text, TRUE);
    end(&h);
}

/* ── Watching ── */

struct watcher {
    struct mail_watch watch;
    char name;
    GString *log;
};

static void seen_stored(void *self, unsigned at)
{
    struct watcher *w = self;

    g_string_append_printf(w->log, "%c stored %u; ", w->name, at);
}

static void seen_expunged(void *self, unsigned at, uint32_t uid)
{
    struct watcher *w = self;

    g_string_append_printf(w->log, "%c expunged %u uid %u; ", w->name, at, uid);
}

static void seen_flags(void *self, unsigned at)
{
    struct watcher *w = self;

    g_string_append_printf(w->log, "%c flags %u; ", w->name, at);
}

static void seen_gone(void *self)
{
    struct watcher *w = self;

    assert_null(w->watch.folder);
    g_string_append_printf(w->log, "%c gone; ", w->name);
}

static void watch(struct watcher *w, char name, GString *log, struct mail_folder *f)
{
    *w = (struct watcher){ { seen_stored, seen_expunged, seen_flags, seen_gone, w, NULL, NULL, NULL },
                           name,
                           log };
    mail_watch_start(&w->watch, f);
}

static void test_watchers_hear_what_others_do(void **state)
{
    struct heard h;
    struct watcher w[4];
    struct mail_watch deaf = { NULL };
    struct mail_message *m = message(3);

    (void)state;
    begin(&h);
    h.boxes.events = NULL; /* nobody but the watchers */
    act(&h, "+to");
    watch(&w[0], 'a', h.log, h.box->inbox);
    watch(&w[1], 'b', h.log, h.box->inbox);
    watch(&w[2], 'c', h.log, h.box->inbox);
    watch(&w[3], 'd', h.log, folder(&h, "to"));
    mail_watch_start(&deaf, h.box->inbox);
    mail_box_store(h.box, m, 1);
    mail_watch_stop(&w[1].watch);
    mail_watch_stop(&w[1].watch); /* twice is once */
    mail_folder_append(h.box->inbox, m, 0, 0, 1);
    mail_folder_set_flags(h.box->inbox, 1, MAIL_SEEN, &w[0].watch);
    mail_folder_set_flags(h.box->inbox, 1, MAIL_SEEN, NULL); /* they are so */
    mail_folder_set_flags(h.box->inbox, 1, 0, NULL);
    mail_folder_copy(h.box->inbox, 0, folder(&h, "to"), 2);
    mail_folder_expunge(h.box->inbox, 0, &w[2].watch);
    mail_box_clear(h.box);
    mail_watch_start(&w[0].watch, folder(&h, "to")); /* it leaves INBOX */
    act(&h, "to>too");
    mail_box_store(h.box, m, 1);
    act(&h, "-too");
    mail_watch_stop(&w[2].watch);
    assert_string_equal(h.log->str,
                        "a stored 0; b stored 0; c stored 0; a stored 1; c stored 1; c flags 1; a flags 1; "
                        "c flags 1; d stored 0; a expunged 0 uid 1; a expunged 0 uid 2; c expunged 0 uid 2; "
                        "c stored 0; d gone; a gone; ");
    g_string_truncate(h.log, 0);
    watch(&w[0], 'a', h.log, h.box->inbox);
    mail_message_unref(&m);
    mail_boxes_release(&h.boxes);
    assert_string_equal(h.log->str, "a gone; ");
    assert_null(deaf.folder);
    g_string_free(h.log, TRUE);
}

static void test_lock_is_of_one(void **state)
{
    struct heard h;

    (void)state;
    begin(&h);
    assert_true(mail_box_lock(h.box));
    assert_false(mail_box_lock(h.box));
    mail_box_unlock(h.box);
    assert_true(mail_box_lock(h.box));
    mail_box_unlock(h.box);
    end(&h);
}

static void test_password_is_kept_as_a_copy(void **state)
{
    struct heard h;
    char word[] = "secret";

    (void)state;
    begin(&h);
    assert_null(h.box->password);
    mail_box_set_password(h.box, word);
    word[0] = 'x';
    assert_string_equal(h.box->password, "secret");
    mail_box_set_password(h.box, h.box->password + 1);
    assert_string_equal(h.box->password, "ecret");
    mail_box_set_password(h.box, NULL);
    assert_null(h.box->password);
    end(&h);
}

/* An emptied box of a hundred thousand, and a queue through a box: neither is quadratic. */
static void test_large_folders_are_quick(void **state)
{
    struct mail_boxes b;
    struct mail_box *box;
    struct mail_message *m = message(1);

    (void)state;
    mail_boxes_init(&b);
    box = mail_boxes_add(&b, "bob", 0);
    for (unsigned i = 0; i < 100000; i++)
        mail_box_store(box, m, i);
    for (unsigned i = 0; i < 100000; i++) {
        mail_folder_expunge(box->inbox, 0, NULL);
        mail_box_store(box, m, i);
    }
    assert_true(box->inbox->room <= 400000);
    mail_folder_rename(box, SPAN("INBOX"), SPAN("old"));
    assert_int_equal(box->inbox->n, 0);
    assert_int_equal(mail_folder_remove(box, SPAN("old")), MAIL_FOLDER_OK);
    assert_int_equal(box->used, 0);
    mail_boxes_release(&b);
    assert_int_equal(m->refs, 1);
    mail_message_unref(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_box_is_found_by_user),
        cmocka_unit_test(test_box_room),
        cmocka_unit_test(test_box_uids_are_never_used_again),
        cmocka_unit_test(test_folders_come_and_go),
        cmocka_unit_test(test_folder_names),
        cmocka_unit_test(test_folders_are_not_too_many),
        cmocka_unit_test(test_folder_uidvalidity_grows),
        cmocka_unit_test(test_subscriptions),
        cmocka_unit_test(test_message_is_found_by_uid),
        cmocka_unit_test(test_copy_keeps_flags_and_date),
        cmocka_unit_test(test_keywords),
        cmocka_unit_test(test_watchers_hear_what_others_do),
        cmocka_unit_test(test_lock_is_of_one),
        cmocka_unit_test(test_password_is_kept_as_a_copy),
        cmocka_unit_test(test_large_folders_are_quick),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
