/* The window where people read: POP3, IMAP, web mail and pages, and what a message says, raw and read. */
#include <string.h>

#include "app_parts.h"
#include "marks.h"
#include "shelf.h"
#include "time_bars.h"
#include "ui_help.h"
#include "words.h"

/* ---- Help. */

static void settle(struct app *a)
{
    for (unsigned i = 0; i < 20000 && (app_is_working(a) ||
                                       (a->run != NULL && a->player.tape != NULL && app_world(a) == NULL));
         i++) {
        g_usleep(1000);
        app_tick(a, 0);
    }
    app_paint_all(a);
    ui_draw(a);
}

/* High enough for all that the inspector has to say. */
static struct app *open_app(const char *scenario)
{
    struct prefs p = prefs_defaults;

    g_strlcpy(p.language, "en", sizeof p.language);
    struct app *a = app_new(scenario, &p);
    app_resize(a, 1280, 4000);
    settle(a);
    assert_non_null(a->run);
    ui_check_inside(a);
    return a;
}

static void must(struct app *a, const char *verb)
{
    if (!app_do(a, verb))
        fail_msg("%s: %s", verb, a->toast != NULL ? a->toast : "");
    settle(a);
}

static void must_not(struct app *a, const char *verb)
{
    if (app_do(a, verb))
        fail_msg("%s: was done", verb);
    assert_non_null(a->toast);
    settle(a);
}

static const struct thing *find(const struct app *a, const char *name)
{
    for (int p = N_PANELS - 1; p >= 0; p--)
        for (unsigned i = 0; a->things[p] != NULL && i < a->things[p]->len; i++) {
            const struct thing *t = g_ptr_array_index(a->things[p], i);
            if (strcmp(t->name, name) == 0)
                return t;
        }
    return NULL;
}

static void shows(const struct app *a, const char *name, const char *pattern)
{
    const struct thing *t = find(a, name);

    if (t == NULL)
        fail_msg("nothing called %s is shown", name);
    if (!g_pattern_match_simple(pattern, t->text))
        fail_msg("%s reads \"%s\", not \"%s\"", name, t->text, pattern);
}

/* ---- Flags. */

static void test_marks_are_words(void **state)
{
    static const struct {
        const char *flags, *words;
    } rows[] = {
        { "", "unread" },
        { "\\Seen", "read" },
        { "\\seen \\FLAGGED", "read, flagged" },
        { "\\Answered \\Flagged \\Deleted \\Draft \\Seen",
          "read, flagged, answered, to be deleted, a draft" },
        { "$Work", "unread, $Work" },
        { "(\\Seen $Work \\Recent)", "read, $Work, \\Recent" },
        { "  ", "unread" },
        { "\\SeenX", "unread, \\SeenX" },
    };

    (void)state;
    words_use("en");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *says = marks_words(rows[i].flags);
        if (strcmp(says, rows[i].words) != 0)
            fail_msg("\"%s\" reads \"%s\"", rows[i].flags, says);
    }
}

static void test_marks_are_pictures(void **state)
{
    struct canvas c = { .theme = THEME_LIGHT, .text_scale = 1 };

    (void)state;
    assert_true(marks_draw(&c, 10, 0, 10, "\\Seen", true) == 10); /* read, and no more: nothing is drawn */
    assert_true(marks_draw(&c, 10, 0, 10, "", true) > 10);
    assert_true(marks_draw(&c, 10, 0, 10, "\\Flagged", true) > marks_draw(&c, 10, 0, 10, "", true));
}

/* ---- Stepping, and the time line. */

static void test_steps_go_through_what_is_said(void **state)
{
    static const struct {
        const char *scenario, *first;
        enum event events[2];
    } rows[] = {
        { "bob-reads-pop3", "find pop3.command", { EV_POP3_COMMAND, EV_POP3_REPLY } },
        { "imap-two-devices", "find imap.command", { EV_IMAP_COMMAND, EV_IMAP_REPLY } },
        { "smtp-vs-http", "find http.request", { EV_HTTP_REQUEST, EV_HTTP_RESPONSE } },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct app *a = open_app(rows[i].scenario);
        unsigned n[2] = { 0, 0 };
        struct sprite sprites[32];

        must(a, rows[i].first);
        for (int k = 0; k < 12; k++) {
            const struct record *r = app_record(a);
            for (int e = 0; e < 2; e++)
                n[e] += r->event == rows[i].events[e];
            if (view_is_sent(r)) { /* it is on its way, in its own shape */
                unsigned many = app_sprites(a, sprites, G_N_ELEMENTS(sprites)), same = 0;
                for (unsigned s = 0; s < many; s++)
                    same += sprites[s].family == (int)view_family(r);
                assert_true(same > 0);
            }
            must(a, "step message");
        }
        assert_true(n[0] >= 2 && n[1] >= 2);
        app_free(&a);
    }
}

static void test_bars_have_the_families_of_reading(void **state)
{
    static const struct {
        const char *scenario;
        enum bar_family family;
    } rows[] = { { "bob-reads-pop3", BAR_ACCESS }, { "smtp-vs-http", BAR_HTTP } };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct app *a = open_app(rows[i].scenario);
        struct time_bar bar;

        unsigned all = time_bars_sum(run_index(a->run)->bars, 1, &bar);
        assert_true(bar.n[rows[i].family] > 0);
        assert_int_equal(all, time_bar_sum(&bar));
        app_free(&a);
    }
}

/* ---- A host. */

static void test_badges_count_the_unread(void **state)
{
    struct app *a = open_app("imap-two-devices");

    (void)state;
    must(a, "find mailbox.store");
    shows(a, "badge:mailbox:mail.hamburger.edu", "1 mail in the mailboxes, 1 not read yet");
    assert_null(find(a, "badge:device:bob-pc"));
    must(a, "find mailbox.flags flags=*Seen*");
    must(a, "step message");
    shows(a, "badge:mailbox:mail.hamburger.edu", "1 mail in the mailboxes, all read");
    must(a, "find agent.read host=bob-pc");
    shows(a, "badge:device:bob-pc", "1 mail on this device");
    app_free(&a);
}

static void test_sessions_and_flags_of_a_host(void **state)
{
    struct app *a = open_app("imap-two-devices");

    (void)state;
    must(a, "find mailbox.flags flags=*Flagged*");
    must(a, "select host:mail.hamburger.edu");
    shows(a, "row:imap:0", "bob-phone*bob*SELECTED*INBOX*idles*c*");
    shows(a, "row:folders:0", "bob*INBOX*1*0");
    shows(a, "row:messages:0", "read, flagged*m1*Lunch*");
    must(a, "select row:messages:0");
    shows(a, "cell:messages:0:flags", "read, flagged");
    must(a, "select host:bob-phone");
    shows(a, "row:device:0", "*m1*Lunch on Friday?*imap*");
    shows(a, "row:reading:0", "bob*imap*IDLE*INBOX*");
    app_free(&a);

    a = open_app("smtp-vs-http");
    must(a, "find http.page");
    must(a, "select host:www.crepes.fr");
    shows(a, "row:objects:0", "/index.html*");
    shows(a, "row:http:0", "bob-pc*idle*4*c1*");
    must(a, "select host:bob-pc");
    shows(a, "row:pages:0", "http://www.crepes.fr/index.html*200*3*");
    app_free(&a);
}

static void test_machines_light_the_state(void **state)
{
    static const struct {
        const char *scenario, *find, *host, *lit, *not ;
    } rows[] = {
        { "bob-reads-pop3", "find pop3.command verb=USER", "mail.hamburger.edu",
          "state-now:pop3 server:AUTHORIZATION", "state-now:pop3 server:TRANSACTION" },
        { "bob-reads-pop3", "find pop3.command verb=DELE", "mail.hamburger.edu",
          "state-now:pop3 server:TRANSACTION", "state-now:pop3 server:AUTHORIZATION" },
        { "bob-reads-pop3", "find pop3.command verb=DELE", "bob-pc", "state-now:pop3 client:TRANSACTION",
          "state-now:pop3 server:TRANSACTION" },
        { "bob-reads-pop3", "find pop3.state role=server state=UPDATE", "mail.hamburger.edu",
          "state-now:pop3 server:UPDATE", "state:pop3 server:UPDATE" },
        { "imap-two-devices", "find imap.state state=IDLE", "bob-phone", "state-now:imap client:IDLE",
          "state-now:imap server:SELECTED" },
        { "imap-two-devices", "find imap.command verb=IDLE", "mail.hamburger.edu",
          "state-now:imap server:SELECTED", "state-now:imap client:IDLE" },
        { "smtp-vs-http", "find http.request", "bob-pc", "state-now:http client:waiting",
          "state-now:http client:idle" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct app *a = open_app(rows[i].scenario);
        g_autofree char *host = g_strdup_printf("select host:%s", rows[i].host);

        must(a, rows[i].find);
        must(a, host);
        shows(a, rows[i].lit, "*");
        assert_null(find(a, rows[i].not ));
        app_free(&a);
    }
}

/* Of a connection that is selected, whatever is in front. */
static void test_machine_of_a_selected_connection(void **state)
{
    struct app *a = open_app("imap-two-devices");

    (void)state;
    must(a, "find imap.command verb=IDLE");
    g_autofree char *conn = g_strdup_printf("select conn:c%u", app_record(a)->conn);
    must(a, "find mailbox.store subject=Saturday*");
    must(a, "select host:bob-phone");
    assert_null(find(a, "state-now:imap client:IDLE"));
    must(a, conn);
    shows(a, "state-now:imap client:IDLE", "IDLE");
    shows(a, "state-means:imap client", "It waits*");
    app_free(&a);
}

/* ---- A mail. */

static void test_a_letter_is_raw_and_read(void **state)
{
    static const struct {
        const char *scenario, *part;
        struct {
            const char *name, *reads;
        } things[6];
    } rows[] = {
        { "mime-base64",
          "1",
          { { "raw:header:6", "Subject: =\?UTF-8\?B\?*" },
            { "read:header:6", "점심 약속" },
            { "part:1", "1  text/plain; utf-8  base64" },
            { "growth:1", "70 octets become 100: +42.9 %" },
            { "raw:1", "6riI*" },
            { "read:1", "금요일 점심에 만날까요?*" } } },
        { "mime-base64",
          "1",
          { { "group:1:0", "EA B8 88: 6riI" },
            { "group:1:69", "0A: Cg==" },
            { "groups-between:1", "… 15 groups between" },
            { "read:2", "dot.png\n70 octets\n89 50 4E*" } } },
        { "mime-quoted-printable",
          "1",
          { { "raw:1", "Cr=C3=AApes: 4 =E2=82=AC.*" },
            { "read:1", "Crêpes: 4 €.*" },
            { "growth:1", "145 octets become 170: +17.2 %" },
            { "escape:1:0", "=C3 =AA: C3 AA ê" },
            { "escape:1:2", "=E2 =82 =AC: E2 82 AC €" } } },
        { "alice-to-bob", "1", { { "growth:1", "45 octets, as they are" }, { "read:1", "Crepes or*" } } },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct app *a = open_app(rows[i].scenario);
        g_autofree char *part = g_strdup_printf("select row:part:%s", rows[i].part);

        must(a, "find mailbox.store");
        must(a, "select mail:m1");
        shows(a, "mail:where", "*in the mailbox of bob*");
        assert_null(find(a, "letter:raw"));
        must(a, "letter on");
        shows(a, "letter:raw", "As it travels");
        must(a, part);
        for (size_t k = 0; k < G_N_ELEMENTS(rows[i].things) && rows[i].things[k].name != NULL; k++)
            shows(a, rows[i].things[k].name, rows[i].things[k].reads);
        must(a, "letter off");
        assert_null(find(a, "letter:raw"));
        app_free(&a);
    }
}

/* Side by side where there is room, else below each other; never on each other. */
static void test_a_letter_has_columns_where_there_is_room(void **state)
{
    struct app *a = open_app("mime-base64");

    (void)state;
    must(a, "find mailbox.store");
    must(a, "select mail:m1");
    must(a, "letter on");
    struct rect raw = find(a, "raw:1")->at, read = find(a, "read:1")->at;
    assert_true(read.x >= raw.x + raw.w && read.y == raw.y);
    must(a, "text 2"); /* the column is as wide as before, and its letters are larger */
    app_resize(a, 1280, 4000);
    settle(a);
    if (find(a, "raw:1") != NULL) {
        raw = find(a, "raw:1")->at;
        read = find(a, "read:1")->at;
        assert_true(read.x >= raw.x + raw.w || read.y >= raw.y + raw.h);
    }
    app_free(&a);
}

static void test_a_mail_has_been_read(void **state)
{
    struct app *a = open_app("bob-reads-pop3");

    (void)state;
    must(a, "end");
    must(a, "select mail:m1");
    shows(a, "mail:where", "It is deleted from the mailbox. It was downloaded to bob-pc.");
    must(a, "letter on");
    app_free(&a);

    a = open_app("imap-two-devices");
    must(a, "find mailbox.flags flags=*Flagged*");
    must(a, "select mail:m1");
    shows(a, "mail:where", "It is in the mailbox of bob. It was read on bob-phone, bob-pc.");
    g_autofree char *station = g_strdup_printf("station:%d", (int)a->player.at);
    shows(a, station, "Now read, flagged, on the server");
    app_free(&a);

    a = open_app("imap-folders-search");
    must(a, "find mailbox.copy");
    must(a, "step message");
    must(a, "select mail:m1");
    shows(a, "mail:where", "It is in the mailbox of *(folder Travel/France)*");
    app_free(&a);
}

static void test_why_leads_back_to_who_asked(void **state)
{
    static const char *const scenarios[] = { "bob-reads-pop3", "imap-two-devices", "webmail" };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(scenarios); i++) {
        struct app *a = open_app(scenarios[i]);
        bool asked = false;

        must(a, "find agent.read");
        must(a, "tab why");
        shows(a, "why:root", "This is where it began: a person did it.");
        for (unsigned k = 0; k < a->things[PANEL_INSPECTOR]->len; k++) {
            const struct thing *t = g_ptr_array_index(a->things[PANEL_INSPECTOR], k);
            asked = asked || strstr(t->text, "wants to read mail") != NULL;
        }
        assert_true(asked);
        app_free(&a);
    }
}

/* ---- What a student can do. */

static bool menu_has(struct app *a, const char *does)
{
    GPtrArray *rows = menu_rows(a);
    bool has = false;

    for (unsigned i = 0; i < rows->len; i++)
        has = has || strcmp(g_strchomp(((struct menu_row *)g_ptr_array_index(rows, i))->does), does) == 0;
    g_ptr_array_unref(rows);
    return has;
}

static void test_menus_offer_reading(void **state)
{
    struct app *a = open_app("imap-two-devices");

    (void)state;
    must(a, "find mailbox.store");
    must(a, "menu host:bob-phone 10 10");
    assert_true(menu_has(a, "read bob@hamburger.edu pop3 bob-phone"));
    assert_true(menu_has(a, "read bob@hamburger.edu imap bob-phone"));
    assert_true(menu_has(a, "read bob@hamburger.edu web bob-phone"));
    assert_true(menu_has(a, "ask fetch bob-phone"));
    must(a, "menu host:alice-pc 10 10"); /* she has one computer only */
    assert_true(menu_has(a, "read alice@crepes.fr imap"));
    must(a, "menu host:mail.hamburger.edu 10 10");
    assert_true(menu_has(a, "break down pop3@mail.hamburger.edu"));
    assert_true(menu_has(a, "break down imap@mail.hamburger.edu"));
    assert_true(menu_has(a, "break down web@mail.hamburger.edu"));
    assert_false(menu_has(a, "break down dns@mail.hamburger.edu"));
    must(a, "close");
    must(a, "break down imap@mail.hamburger.edu");
    must(a, "menu host:mail.hamburger.edu 10 10");
    assert_true(menu_has(a, "break up imap@mail.hamburger.edu"));
    app_free(&a);
}

static void test_reading_makes_a_version(void **state)
{
    static const char *const ways[] = { "pop3", "imap", "web" };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        struct app *a = open_app("alice-to-bob");
        g_autofree char *read = g_strdup_printf("read bob@hamburger.edu %s %s", ways[i],
                                                strcmp(ways[i], "web") == 0 ? "keep" : "delete");

        must(a, "find mailbox.store");
        must(a, read);
        assert_int_equal(run_version(a->run), 1);
        must(a, "find agent.read");
        must(a, "end");
        if (strcmp(ways[i], "web") != 0)
            assert_null(find(a, "badge:mailbox:mail.hamburger.edu"));
        app_free(&a);
    }
    struct app *a = open_app("alice-to-bob");
    must(a, "find mailbox.store");
    must_not(a, "read");
    must_not(a, "read bob");
    must_not(a, "read nobody@hamburger.edu");
    must_not(a, "read bob@hamburger.edu imap pop3");
    must_not(a, "read bob@hamburger.edu imap nowhere");
    must_not(a, "fetch");
    must_not(a, "fetch bob-pc");
    must_not(a, "fetch nowhere http://www.crepes.fr/");
    assert_int_equal(run_version(a->run), 0);
    app_free(&a);
}

static void test_a_page_is_fetched_by_a_form(void **state)
{
    struct app *a = open_app("smtp-vs-http");

    (void)state;
    must(a, "end");
    must(a, "ask fetch alice-pc");
    assert_string_equal(a->ask_fields[0].text->str, "alice-pc");
    assert_string_equal(a->ask_fields[1].text->str, "http://www.crepes.fr/index.html");
    must(a, "answer");
    assert_null(a->ask);
    must(a, "find http.page host=alice-pc");
    must(a, "ask read bob-pc");
    assert_string_equal(a->ask_fields[0].text->str, "bob@hamburger.edu");
    app_type(a, "pop3");
    must(a, "answer");
    must(a, "find agent.read method=pop3");
    app_free(&a);
}

static void test_comparing_tells_what_is_read(void **state)
{
    static const struct {
        const char *find, *verb, *says;
    } rows[] = {
        { "find agent.ask", "break down pop3@mail.hamburger.edu",
          "*“Lunch on Friday?” is not read by bob on bob-pc any more.*" },
        { "find mailbox.store", "read bob@hamburger.edu imap",
          "*“Lunch on Friday?” is read by bob on bob-pc 9m* earlier.*" },
        { "end", "look-up bob-pc mail.crepes.fr A",
          "*At bob-pc the answer is “mail.crepes.fr: 10.1.0.25”; in the original nobody asks.*" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct app *a = open_app("bob-reads-pop3");

        must(a, rows[i].find);
        must(a, rows[i].verb);
        must(a, "compare");
        shows(a, "compare:words", rows[i].says);
        app_free(&a);
    }
}

/* ---- The shelf. */

static void test_the_course_has_reading_in_it(void **state)
{
    static const char *const names[] = { "bob-reads-pop3",         "pop3-keep-two-devices",
                                         "imap-two-devices",       "imap-folders-search",
                                         "imap-headers-slow-link", "webmail",
                                         "wrong-password",         "mime-base64",
                                         "mime-quoted-printable",  "dot-stuffing",
                                         "smtp-vs-http",           "mailbox-full" };
    struct shelf *s = shelf_new("en");

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const struct book *b = NULL;
        for (unsigned k = 0; k < s->books->len; k++) {
            const struct book *x = g_ptr_array_index(s->books, k);
            b = strcmp(x->name, names[i]) == 0 ? x : b;
        }
        if (b == NULL || b->wrong != NULL)
            fail_msg("%s: %s", names[i], b != NULL ? b->wrong : "it is not there");
    }
    for (unsigned k = 1; k < s->books->len; k++) {
        const struct book *x = g_ptr_array_index(s->books, k - 1), *y = g_ptr_array_index(s->books, k);
        assert_true(x->course_place <= y->course_place);
    }
    shelf_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks_are_words),
        cmocka_unit_test(test_marks_are_pictures),
        cmocka_unit_test(test_steps_go_through_what_is_said),
        cmocka_unit_test(test_bars_have_the_families_of_reading),
        cmocka_unit_test(test_badges_count_the_unread),
        cmocka_unit_test(test_sessions_and_flags_of_a_host),
        cmocka_unit_test(test_machines_light_the_state),
        cmocka_unit_test(test_machine_of_a_selected_connection),
        cmocka_unit_test(test_a_letter_is_raw_and_read),
        cmocka_unit_test(test_a_letter_has_columns_where_there_is_room),
        cmocka_unit_test(test_a_mail_has_been_read),
        cmocka_unit_test(test_why_leads_back_to_who_asked),
        cmocka_unit_test(test_menus_offer_reading),
        cmocka_unit_test(test_reading_makes_a_version),
        cmocka_unit_test(test_a_page_is_fetched_by_a_form),
        cmocka_unit_test(test_comparing_tells_what_is_read),
        cmocka_unit_test(test_the_course_has_reading_in_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
