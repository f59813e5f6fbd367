#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "app_parts.h"
#include "moment.h"
#include "overlay.h"
#include "script.h"
#include "shelf.h"
#include "words.h"
#include "ui_help.h"

/* ---- Help. */

/* Until what was begun is there: a busy machine takes longer than the window waits at once. */
static void settle(struct app *a)
{
    for (unsigned i = 0; i < 20000 && (app_is_working(a) ||
                                       (a->run != NULL && a->player.tape != NULL && app_world(a) == NULL));
         i++) {
        g_usleep(1000);
        app_tick(a, 0);
    }
    ui_draw(a);
}

static struct app *open_app(const char *scenario)
{
    struct prefs p = prefs_defaults;

    g_strlcpy(p.language, "en", sizeof p.language);
    struct app *a = app_new(scenario, &p);
    settle(a);
    assert_non_null(a->run);
    return a;
}

static void close_app(struct app *a)
{
    app_free(&a);
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
    ui_draw(a);
}

/* Without the line that tells what was done: it is no part of the moment. */
static char *dump(struct app *a)
{
    GString *out = g_string_new(NULL);

    settle(a); /* the state at the moment may still be on its way */
    if (a->toast != NULL) {
        app_set_text(&a->toast, NULL);
        app_paint(a, PANEL_OVERLAY);
    }
    app_paint_all(a);
    ui_draw(a);
    app_dump(a, out);
    return g_string_free(out, FALSE);
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

static const struct thing *need(const struct app *a, const char *name)
{
    const struct thing *t = find(a, name);

    if (t == NULL)
        fail_msg("nothing called %s is shown", name);
    return t;
}

static void click(struct app *a, const char *name, int button)
{
    struct rect r = need(a, name)->at;

    app_move(a, r.x + r.w / 2, r.y + r.h / 2);
    app_click(a, r.x + r.w / 2, r.y + r.h / 2, button, false);
    app_release(a, r.x + r.w / 2, r.y + r.h / 2, button);
    settle(a);
}

static void key(struct app *a, const char *name)
{
    assert_true(app_key(a, name));
    settle(a);
}

/* ---- The table of verbs. */

static void test_verbs_are_said_one_way_and_keys_mean_one_thing(void **state)
{
    GHashTable *keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    (void)state;
    for (unsigned i = 0; i < n_verbs; i++) {
        char **row = g_strsplit(verbs[i].keys, " ", -1);

        assert_true(verbs[i].help[0] != '\0');
        for (unsigned j = 0; j < i; j++) { /* rows that begin alike are the same verb */
            size_t n = strcspn(verbs[i].name, " "), k = strcspn(verbs[j].name, " ");
            if (n == k && strncmp(verbs[i].name, verbs[j].name, n) == 0)
                assert_ptr_equal(verbs[i].run, verbs[j].run);
            assert_string_not_equal(verbs[i].name, verbs[j].name);
        }
        for (unsigned j = 0; row[j] != NULL; j++)
            if (row[j][0] != '\0' && !g_hash_table_add(keys, g_strdup(row[j])))
                fail_msg("%s has two meanings", row[j]);
        g_strfreev(row);
    }
    g_hash_table_unref(keys);
}

static void test_document_lists_every_verb(void **state)
{
    char *text = NULL;

    (void)state;
    assert_true(g_file_get_contents("docs/WINDOW.md", &text, NULL, NULL));
    for (unsigned i = 0; i < n_verbs; i++) {
        char *said = g_strdup_printf("`%s%s%s`", verbs[i].name, verbs[i].arguments[0] ? " " : "",
                                     verbs[i].arguments);
        if (strstr(text, said) == NULL)
            fail_msg("docs/WINDOW.md does not have %s", said);
        g_free(said);
    }
    g_free(text);
}

static void test_document_has_every_command_of_scripts(void **state)
{
    const struct script_command *c;
    char *text = NULL;
    unsigned lines = 0;

    (void)state;
    assert_true(g_file_get_contents("docs/WINDOW.md", &text, NULL, NULL));
    char *section = strstr(text, "## Scripts"), *end = section != NULL ? strstr(section, "\n## ") : NULL;
    assert_non_null(end);
    *end = '\0';
    for (unsigned i = 0; (c = script_command(i)) != NULL; i++) {
        char *line = g_strdup_printf("\n- `%s%s%s`: %s\n", c->name, c->arguments[0] ? " " : "", c->arguments,
                                     c->help);
        if (strstr(section, line) == NULL)
            fail_msg("docs/WINDOW.md does not have%s", line);
        g_free(line);
        lines++;
    }
    for (const char *p = section; (p = strstr(p, "\n- `")) != NULL; p++)
        lines--;
    assert_int_equal(lines, 0); /* nor does it have any that are not there */
    g_free(text);
}

/* What the document shows as an example is run as it stands there. */
static void test_document_has_a_script_that_runs(void **state)
{
    struct prefs p = prefs_defaults;
    char *text = NULL, *folder = g_dir_make_tmp("mxlab-script-XXXXXX", NULL);
    char *file = g_build_filename(folder, "example.script", NULL),
         *picture = g_build_filename(folder, "waiting.png", NULL);

    (void)state;
    assert_true(g_file_get_contents("docs/WINDOW.md", &text, NULL, NULL));
    char *begin = strstr(strstr(text, "## Scripts"), "```\n") + 4, *end = strstr(begin, "```");
    *end = '\0';
    char **parts = g_strsplit(begin, "shot waiting.png", 2);
    assert_non_null(parts[1]);
    char *script = g_strdup_printf("%sshot %s%s", parts[0], picture, parts[1]);
    assert_true(g_file_set_contents(file, script, -1, NULL));
    struct app *a = app_new(NULL, &p);
    assert_int_equal(script_run(a, file, 1, stderr), 0);
    assert_true(g_file_test(picture, G_FILE_TEST_EXISTS));
    close_app(a);
    g_remove(file);
    g_remove(picture);
    g_rmdir(folder);
    g_strfreev(parts);
    char *all[] = { text, folder, file, picture, script };
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        g_free(all[i]);
}

static void test_words_are_taken_with_quotes(void **state)
{
    static const struct {
        const char *text, *words[4];
    } rows[] = {
        { "a b c", { "a", "b", "c" } },
        { "  a   b ", { "a", "b" } },
        { "\"two words\" b", { "two words", "b" } },
        { "\"open", { "open" } },
        { "\"\" x", { "", "x" } },
        { "", { NULL } },
        { "   ", { NULL } },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *rest = rows[i].text;

        for (unsigned w = 0; w < 4; w++) {
            char *word = app_take_word(&rest);
            if (g_strcmp0(word, rows[i].words[w]) != 0)
                fail_msg("\"%s\", word %u: %s", rows[i].text, w, word);
            g_free(word);
        }
    }
}

static void test_verbs_refuse_with_a_reason(void **state)
{
    static const char *const rows[] = {
        "nonsense",
        "step sideways",
        "at",
        "at x1",
        "go never",
        "go 1:2:3:4",
        "find ((",
        "find mailbox.store user=nobody",
        "kind",
        "kind word",
        "tab nowhere",
        "select",
        "select host:x",
        "select mail:m99",
        "select conn:c99",
        "follow mail:m99",
        "follow conn:c99",
        "follow lookup:l99",
        "at 99999",
        "at -2",
        "break up mail.crepes.fr",
        "break up smtp@mail.crepes.fr",
        "break mend mail.crepes.fr",
        "break mend mail.crepes.fr>internet",
        "select link:a>b",
        "select cow",
        "follow mail",
        "break",
        "break down",
        "break down x",
        "break cut a>b",
        "break eat mail.crepes.fr",
        "break down mail.crepes.fr>alice-pc",
        "send",
        "send alice@crepes.fr",
        "look-up x",
        "undo",
        "redo",
        "compare",
        "theme pink",
        "text huge",
        "language de",
        "motion maybe",
        "menu field:1 0 0",
        "ask what",
        "answer",
        "export moon x.png",
    };
    struct app *a = open_app("alice-to-bob");

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (app_do(a, rows[i]))
            fail_msg("%s: was done", rows[i]);
        if (a->toast == NULL || a->toast[0] == '\0')
            fail_msg("%s: no reason was given", rows[i]);
    }
    close_app(a);
}

static void test_moments_are_spelt_one_way(void **state)
{
    static const struct {
        sim_time t;
        enum moment_grain grain;
        const char *words;
    } rows[] = {
        { 0, MOMENT_MS, "00:00:00.000" },
        { 0, MOMENT_SECOND, "00:00:00" },
        { 260 * SIM_MS, MOMENT_HUNDREDTH, "00:00:00.26" },
        { 90 * SIM_MINUTE, MOMENT_MINUTE, "01:30" },
        { -5, MOMENT_SECOND, "00:00:00" },
        { 5 * SIM_DAY + 63 * SIM_SECOND, MOMENT_MS, "Day 6, 00:01:03.000" },
        { 5 * SIM_DAY + 63 * SIM_SECOND, MOMENT_MINUTE, "Day 6, 00:01" },
    };
    char buf[MOMENT_MAX];

    (void)state;
    words_use("en");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_string_equal(moment_words(rows[i].t, rows[i].grain, buf), rows[i].words);

    struct app *a = open_app("receiver-down-bounce");
    must(a, "find queue.bounce");
    static const char *const things[] = { "clock", "timeline:now" };
    for (size_t i = 0; i < G_N_ELEMENTS(things); i++)
        assert_true(g_str_has_prefix(need(a, things[i])->text, "Day 6, 00:0"));
    g_autofree char *time = g_strdup_printf("time:%d", (int)a->player.at);
    assert_string_equal(need(a, time)->text, "Day 6, 00:01:03");
    must(a, "find none");
    must(a, "start");
    must(a, "find queue.defer");
    assert_string_equal(need(a, "value:next")->text, "00:30:00.260");
    close_app(a);
}

/* On the time line in words, and in red only what is out of order. */
static void test_changes_are_told_on_the_time_line(void **state)
{
    struct app *a = open_app("dns-caching");

    (void)state;
    assert_true(g_str_has_prefix(need(a, "fault:1")->text, "ns.hamburger.edu: records change"));
    must(a, "step");
    must(a, "break slow dns.crepes.fr");
    bool is_told = false;
    for (int i = 1; i <= 2; i++) {
        g_autofree char *name = g_strdup_printf("fault:%d", i);
        is_told = is_told || strstr(need(a, name)->text, "delay") != NULL;
    }
    assert_true(is_told);
    close_app(a);
}

static void test_times_as_people_write_them(void **state)
{
    static const struct {
        const char *text;
        sim_time at;
    } rows[] = {
        { "1h30m", 90 * SIM_MINUTE },
        { "90s", 90 * SIM_SECOND },
        { "1:30:00", 90 * SIM_MINUTE },
        { "0:30", 30 * SIM_SECOND },
        { "5400", 90 * SIM_MINUTE },
        { "Day 1, 00:30:00.084", 30 * SIM_MINUTE + 84 * SIM_MS },
        { "day 1", 0 },
    };
    struct app *a = open_app("receiver-down-retry");

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *verb = g_strdup_printf("go %s", rows[i].text);
        int64_t want = view_tape_at(a->player.tape, rows[i].at);

        must(a, verb);
        if (a->player.at != want)
            fail_msg("%s: at %d, not %d", verb, (int)a->player.at, (int)want);
        g_free(verb);
    }
    close_app(a);
}

/* ---- Back is back: the same window, whatever lies between. */

static void check_back(struct app *a, const char *name)
{
    static const char *const tabs[] = { "tab message", "tab host", "tab mail", "tab why" };
    int64_t n = view_tape_length(a->player.tape);

    for (unsigned k = 1; k < 8; k++) {
        char *go = g_strdup_printf("at %d", (int)(n * k / 8));

        must(a, go);
        must(a, tabs[k % 4]);
        must(a, "step message");
        g_free(go);
        if (!view_is_message(app_record(a)))
            return; /* the end of the run, which no step back leads to */
        go = g_strdup_printf("at %d", (int)a->player.at);
        char *before = dump(a);
        for (unsigned i = 0; i < 3; i++)
            app_do(a, "step message");
        int64_t far = a->player.at;
        for (unsigned i = 0; i < 20 && far > 0 && a->player.at > 0;
             i++) { /* at the end fewer steps were done */
            app_do(a, "back message");
            char *now = dump(a);
            bool same = strcmp(now, before) == 0;
            g_free(now);
            if (same)
                break;
            if (i == 6)
                fail_msg("%s %s: back again it is not the same", name, go);
        }
        g_free(before);
        g_free(go);
    }
}

static void test_forth_and_back_shows_the_same(void **state)
{
    struct shelf *s = shelf_new("en");

    (void)state;
    assert_true(s->books->len >= 10);
    for (unsigned i = 0; i < s->books->len; i++) {
        const struct book *b = g_ptr_array_index(s->books, i);
        struct app *a = open_app(b->path);

        check_back(a, b->name);
        close_app(a);
    }
    shelf_free(&s);
}

static void test_end_and_start_and_back_to_a_moment(void **state)
{
    struct app *a = open_app("dns-caching");

    (void)state;
    must(a, "find dns.response");
    must(a, "select host:dns.crepes.fr");
    char *before = dump(a);
    int64_t at = a->player.at;
    must(a, "end");
    must(a, "start");
    char *go = g_strdup_printf("at %d", (int)at), *after = (must(a, go), dump(a));
    assert_string_equal(before, after);
    g_free(before);
    g_free(after);
    g_free(go);
    close_app(a);
}

/* ---- What is shown. */

static void check_labels(const struct app *a, const char *name)
{
    static const enum panel own[] = { PANEL_STORY, PANEL_INSPECTOR, PANEL_OVERLAY };

    for (size_t k = 0; k < G_N_ELEMENTS(own); k++) {
        GPtrArray *things = a->things[own[k]];
        struct rect r = app_panel(a, own[k]);

        for (unsigned i = 0; r.w > 0 && things != NULL && i < things->len; i++)
            for (unsigned j = 0; j < i; j++) {
                const struct thing *x = g_ptr_array_index(things, i), *y = g_ptr_array_index(things, j);
                double w = MIN(x->at.x + x->at.w, y->at.x + y->at.w) - MAX(x->at.x, y->at.x),
                       h = MIN(x->at.y + x->at.h, y->at.y + y->at.h) - MAX(x->at.y, y->at.y);

                if (x->is_label && y->is_label && w > 1 && h > 1)
                    fail_msg("%s: %s (\"%s\") lies over %s (\"%s\")", name, x->name, x->text, y->name,
                             y->text);
            }
    }
}

static void check_looks(struct app *a, const char *name)
{
    static const char *const tabs[] = { "tab message", "tab host", "tab mail", "tab why" };

    for (size_t i = 0; i < G_N_ELEMENTS(tabs); i++) {
        must(a, tabs[i]);
        ui_check_inside(a);
        check_labels(a, name);
    }
}

static void test_labels_never_meet(void **state)
{
    static const double sizes[][3] = {
        { 1280, 800, 1 }, { 900, 600, 1 }, { 1100, 640, 1.4 }, { 2560, 1440, 1 }, { 1280, 800, 2 }
    };
    struct shelf *s = shelf_new("en");

    (void)state;
    for (unsigned i = 0; i < s->books->len; i++) {
        const struct book *b = g_ptr_array_index(s->books, i);
        struct app *a = open_app(b->path);

        for (size_t k = 0; k < G_N_ELEMENTS(sizes); k++) {
            char *go = g_strdup_printf("at %d", (int)(view_tape_length(a->player.tape) * (2 + (int)k) / 8));

            a->prefs.text_scale = sizes[k][2];
            app_resize(a, sizes[k][0], sizes[k][1]);
            must(a, go);
            check_looks(a, b->name);
            g_free(go);
        }
        close_app(a);
    }
    shelf_free(&s);
}

static void test_dialogs_fit(void **state)
{
    static const char *const dialogs[] = { "help",
                                           "picker",
                                           "ask send",
                                           "ask find",
                                           "menu host:mail.crepes.fr 5000 5000",
                                           "menu link:mail.crepes.fr>alice-pc 1 1" };
    static const double sizes[][3] = {
        { 1280, 800, 1 }, { 900, 600, 1 }, { 900, 600, 1.3 }, { 2560, 1440, 2 }
    };
    struct app *a = open_app("alice-to-bob");

    (void)state;
    must(a, "step");
    for (size_t i = 0; i < G_N_ELEMENTS(dialogs); i++)
        for (size_t k = 0; k < G_N_ELEMENTS(sizes); k++) {
            a->prefs.text_scale = sizes[k][2];
            app_resize(a, sizes[k][0], sizes[k][1]);
            if (!app_do(a, dialogs[i]) && strstr(dialogs[i], "link") != NULL)
                continue; /* there may be no such link */
            ui_draw(a);
            ui_check_inside(a);
            check_labels(a, dialogs[i]);
            must(a, "close");
        }
    close_app(a);
}

static void test_empty_states_say_how_to_get_something(void **state)
{
    struct app *a = open_app("dns-iterated");

    (void)state;
    must(a, "tab message");
    assert_non_null(strstr(need(a, "message:empty")->text, "→"));
    must(a, "tab host");
    assert_non_null(strstr(need(a, "host:empty")->text, "Click"));
    must(a, "tab mail");
    assert_string_equal(need(a, "mail:empty")->text, "No mail yet. Press M to send one.");
    must(a, "tab why");
    need(a, "why:empty");
    close_app(a);
}

static void test_why_leads_back_to_the_person_and_the_fault(void **state)
{
    struct app *a = open_app("receiver-down-retry");
    char *all;

    (void)state;
    must(a, "find queue.defer");
    must(a, "tab why");
    app_resize(a, 1280, 1440);
    all = dump(a);
    assert_non_null(strstr(all, "because mail.hamburger.edu goes down"));
    assert_non_null(strstr(all, "(at mail.crepes.fr)"));
    assert_non_null(strstr(all, "alice@crepes.fr writes to bob@hamburger.edu"));
    assert_non_null(strstr(all, "a person did it"));
    g_free(all);
    int64_t last = a->player.at;
    for (int64_t i = 0; i < last; i++) { /* each link of the chain can be gone to */
        char *name = g_strdup_printf("why:%d", (int)i);
        if (find(a, name) != NULL && find(a, name)->does[0] != '\0') {
            click(a, name, 1);
            assert_int_equal(a->player.at, i);
            g_free(name);
            break;
        }
        g_free(name);
    }
    assert_true(a->player.at < last);
    close_app(a);
}

/* At every hop: who sent it, to whom, and what is in it. */
static void test_a_packet_is_told_by_what_it_carries(void **state)
{
    static const struct {
        const char *find, *says, *from, *to, *where;
    } rows[] = {
        { "packet.send", "SYN*", "alice-pc", "mail.crepes.fr", "It leaves alice-pc." },
        { "packet.forward", "SYN*", "alice-pc", "mail.crepes.fr", "It is on its way." },
        { "packet.arrive", "SYN*", "alice-pc", "mail.crepes.fr", "It arrives at mail.crepes.fr." },
        { "packet.arrive proto=udp", "MX hamburger.edu?", "mail.crepes.fr", "dns.crepes.fr",
          "It arrives at dns.crepes.fr." },
        { "packet.forward proto=udp", "MX hamburger.edu?", "dns.crepes.fr", "a.root-servers.net",
          "It is on its way." },
    };
    struct app *a = open_app("alice-to-bob");

    (void)state;
    must(a, "tab message");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *verb = g_strdup_printf("find %s", rows[i].find);

        must(a, verb);
        if (!g_pattern_match_simple(rows[i].says, need(a, "message:says")->text))
            fail_msg("%s: %s", rows[i].find, need(a, "message:says")->text);
        assert_string_equal(need(a, "message:host")->text, rows[i].from);
        assert_string_equal(need(a, "message:peer")->text, rows[i].to);
        assert_string_equal(need(a, "message:whereabouts")->text, rows[i].where);
        assert_string_not_equal(need(a, "tab:host")->text, "internet"); /* it is not on the map */
        must(a, "tab why");
        g_autofree char *name = g_strdup_printf("why:%d", (int)a->player.at);
        assert_null(strstr(need(a, name)->text, "internet"));
        assert_non_null(strstr(need(a, name)->text, rows[i].from));
        must(a, "tab message");
    }
    close_app(a);
}

/* Wherever one stands, story, inspector and ladder tell of one event. */
static void test_a_chapter_is_one_event_in_all_panels(void **state)
{
    struct app *a = open_app("receiver-down-retry");

    (void)state;
    must(a, "step chapter");
    must(a, "step chapter");
    assert_int_equal(app_chapter(a), 2);
    assert_int_equal(app_record(a)->event, EV_QUEUE_ADD);
    assert_non_null(need(a, "ladder:now"));
    assert_non_null(strstr(need(a, "ladder:now")->text, "Q1"));
    int64_t at = a->player.at;
    click(a, "chapter:2", 1);
    assert_int_equal(a->player.at, at);
    close_app(a);
}

static void test_fields_light_their_octets(void **state)
{
    struct app *a = open_app("alice-to-bob");

    (void)state;
    must(a, "find dns.query");
    must(a, "tab message");
    assert_true(inspector_fields(a) > 10);
    for (unsigned i = 0; i < inspector_fields(a); i++) {
        char *verb = g_strdup_printf("select field:%u", i), *name = g_strdup_printf("field:%u", i);

        must(a, verb);
        app_resize(a, 1280, 2000);
        ui_draw(a);
        need(a, name);
        need(a, "meaning");
        g_free(verb);
        g_free(name);
        app_do(a, "select field:0");
        app_do(a, "select field:0");
        a->field = -1;
    }
    close_app(a);
}

static void test_a_mail_knows_where_it_is(void **state)
{
    static const struct {
        const char *find, *where;
    } rows[] = {
        { "agent.submit", "on its way" },
        { "queue.add", "in the queue of mail.crepes.fr" },
        { "mailbox.store", "in the mailbox of bob" },
    };
    struct app *a = open_app("alice-to-bob");

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *verb = g_strdup_printf("find %s", rows[i].find);

        must(a, verb);
        must(a, "select mail:m1");
        if (strstr(need(a, "mail:where")->text, rows[i].where) == NULL)
            fail_msg("%s: %s", rows[i].find, need(a, "mail:where")->text);
        g_free(verb);
    }
    close_app(a);
}

/* ---- Changing. */

static void test_breaking_makes_a_version_at_the_moment(void **state)
{
    struct app *a = open_app("alice-to-bob");

    (void)state;
    must(a, "find queue.add");
    int64_t at = a->player.at;
    sim_time when = a->player.clock;
    char *before = dump(a);
    must(a, "break down host:mail.hamburger.edu");
    assert_int_equal(run_version(a->run), 1);
    need(a, "button:save");
    assert_string_equal(need(a, "button:picker")->text, "alice-to-bob.json"); /* what it is a version of */
    const struct record *r = app_record(a);
    assert_int_equal(r->event, EV_FAULT_BEGIN);
    assert_true(r->time == when + 1); /* all that was shown stays */
    assert_true(a->player.at > at);
    assert_int_equal(view_tape_nth(a->player.tape, at)->event, EV_QUEUE_ADD);
    assert_non_null(find(a, "host:mail.hamburger.edu"));
    int i = view_host_find(app_world(a), "mail.hamburger.edu");
    assert_false(view_host(app_world(a), (unsigned)i).is_up);
    must(a, "end");
    must(a, "compare");
    assert_true(strlen(need(a, "compare:words")->text) > 20);
    must(a, "close");
    char *go = g_strdup_printf("at %d", (int)at);
    must(a, "undo");
    assert_int_equal(run_version(a->run), 0);
    must(a, go);
    char *after = dump(a);
    assert_string_equal(strstr(before, "\nband:1"),
                        strstr(after, "\nband:1")); /* above the map a redo is offered now */
    must(a, "redo");
    assert_int_equal(run_version(a->run), 1);
    must_not(a, "redo");
    g_free(before);
    g_free(after);
    g_free(go);
    close_app(a);
}

static void test_every_breakage_runs(void **state)
{
    static const char *const rows[] = {
        "break down mail.crepes.fr",
        "break down smtp@mail.hamburger.edu",
        "break down dns@dns.crepes.fr",
        "break cut mail.crepes.fr",
        "break lossy mail.crepes.fr",
        "break slow mail.crepes.fr",
        "send alice@crepes.fr bob@hamburger.edu How are you?",
        "send bob@hamburger.edu alice@crepes.fr",
        "look-up alice-pc hamburger.edu mx",
        "look-up host:bob-pc mail.crepes.fr",
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct app *a = open_app("alice-to-bob");

        must(a, "find dns.query");
        sim_time when = a->player.clock;
        must(a, rows[i]);
        if (run_version(a->run) != 1 || a->player.clock != when + 1)
            fail_msg("%s: version %u, %d ns later", rows[i], run_version(a->run),
                     (int)(a->player.clock - when));
        close_app(a);
    }
}

static void test_what_is_so_already_makes_no_version(void **state)
{
    static const struct {
        const char *once, *back;
    } rows[] = {
        { "break down mail.crepes.fr", "break up mail.crepes.fr" },
        { "break down smtp@mail.hamburger.edu", "break up smtp@mail.hamburger.edu" },
        { "break cut mail.crepes.fr", "break mend mail.crepes.fr" },
        { "break cut mail.crepes.fr>internet", "break mend link:internet>mail.crepes.fr" },
        { "break lossy mail.crepes.fr", NULL },
        { "break slow mail.crepes.fr", NULL },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct app *a = open_app("alice-to-bob");

        must(a, "find dns.query");
        must(a, rows[i].once);
        must_not(a, rows[i].once);
        assert_non_null(strstr(a->toast, "already"));
        assert_int_equal(run_versions(a->run), 2);
        if (rows[i].back != NULL) {
            must(a, rows[i].back);
            must_not(a, rows[i].back);
        }
        close_app(a);
    }
}

static void test_links_break_by_their_ends(void **state)
{
    struct app *a = open_app("alice-to-bob");

    (void)state;
    must(a, "step");
    struct view_link l = view_link(app_world(a), 0);
    char *verb = g_strdup_printf("break cut link:%s>%s", l.b, l.a);
    must(a, verb);
    assert_false(view_link(app_world(a), 0).is_up);
    must(a, "select none");
    char *select = g_strdup_printf("select link:%s>%s", view_link(app_world(a), 0).a,
                                   view_link(app_world(a), 0).b);
    must(a, select);
    key(a, "X");
    assert_int_equal(run_version(a->run), 2);
    assert_true(view_link(app_world(a), 0).is_up);
    g_free(verb);
    g_free(select);
    close_app(a);
}

static void test_a_version_is_saved_and_opened(void **state)
{
    char *folder = g_dir_make_tmp("mxlab-app-XXXXXX", NULL),
         *path = g_build_filename(folder, "mine.json", NULL);
    struct app *a = open_app("alice-to-bob");
    char *verb = g_strdup_printf("save %s", path), *open = g_strdup_printf("open %s", path);

    (void)state;
    must(a, "find queue.add");
    must(a, "break down mail.hamburger.edu");
    int64_t n = view_tape_length(a->player.tape);
    must(a, verb);
    must(a, open);
    assert_string_equal(run_path(a->run), path);
    assert_int_equal(run_version(a->run), 0);
    assert_int_equal(view_tape_length(a->player.tape), n);
    g_remove(path);
    g_rmdir(folder);
    g_free(verb);
    g_free(open);
    g_free(folder);
    g_free(path);
    close_app(a);
}

/* ---- Files. */

static void write_file(const char *path, const char *title, const char *more)
{
    char *text = g_strdup_printf(
        "{ \"format\": 1, \"title\": \"%s\", \"domains\": { \"crepes.fr\": { \"people\": [\"alice\"] }, \"hamburger.edu\": { \"people\": [\"bob\"] } }, \"actions\": [ { \"at\": \"0s\", "
        "\"do\": \"send\", \"from\": \"alice@crepes.fr\", \"to\": \"bob@hamburger.edu\" }%s ] }\n",
        title, more);

    assert_true(g_file_set_contents(path, text, -1, NULL));
    g_free(text);
}

static void wait_until_read(struct app *a)
{
    for (unsigned i = 0; i < 40; i++) {
        g_usleep(50000);
        app_tick(a, 50);
    }
    ui_draw(a);
}

static void test_a_file_that_is_saved_is_read_again(void **state)
{
    char *folder = g_dir_make_tmp("mxlab-app-XXXXXX", NULL),
         *path = g_build_filename(folder, "work.json", NULL);

    (void)state;
    write_file(path, "First", "");
    struct app *a = open_app(path);
    must(a, "find queue.add");
    sim_time when = a->player.clock;
    write_file(path, "Broken", ", { \"do\": \"dance\" }");
    wait_until_read(a);
    assert_non_null(a->complaints);
    assert_non_null(strstr(need(a, "complaint:0")->text, "work.json:1:"));
    assert_string_equal(view_title(app_world(a)), "First"); /* what was open stays, behind it */
    write_file(path, "Second time", "");
    wait_until_read(a);
    assert_null(a->complaints);
    assert_string_equal(view_title(app_world(a)), "Second time");
    assert_true(a->player.clock == when);
    g_remove(path);
    g_rmdir(folder);
    g_free(folder);
    g_free(path);
    close_app(a);
}

static void test_a_saved_file_keeps_the_students_version(void **state)
{
    char *folder = g_dir_make_tmp("mxlab-app-XXXXXX", NULL),
         *path = g_build_filename(folder, "work.json", NULL);

    (void)state;
    write_file(path, "First", "");
    struct app *a = open_app(path);
    must(a, "find queue.add");
    must(a, "break down mail.hamburger.edu");
    must(a, "step");
    int64_t at = a->player.at;
    write_file(path, "Second time", "");
    wait_until_read(a);
    assert_string_equal(view_title(app_world(a)), "Second time");
    assert_int_equal(run_version(a->run), 1);
    assert_int_equal(a->player.at, at);
    int i = view_host_find(app_world(a), "mail.hamburger.edu");
    assert_false(view_host(app_world(a), (unsigned)i).is_up);
    assert_non_null(strstr(a->toast, "your changes"));
    must(a, "undo");
    assert_string_equal(view_title(app_world(a)), "Second time");
    must(a, "redo");
    assert_int_equal(run_version(a->run), 1);

    /* While it is wrong all stays; closed, the complaints stay away until it is saved again. */
    write_file(path, "Broken", ", { \"do\": \"dance\" }");
    wait_until_read(a);
    assert_non_null(a->complaints);
    must(a, "close");
    wait_until_read(a);
    assert_null(a->complaints);
    assert_int_equal(run_version(a->run), 1);
    g_remove(path);
    g_rmdir(folder);
    g_free(folder);
    g_free(path);
    close_app(a);
}

static void test_language_reaches_the_story_of_every_version(void **state)
{
    struct app *a = open_app("receiver-down-retry");
    const char *english = NULL;

    (void)state;
    must(a, "find queue.add");
    must(a, "break down ns.hamburger.edu");
    must(a, "step");
    int64_t at = a->player.at;
    sim_time clock = a->player.clock;
    english = view_chapter_title(app_world(a), 0);
    must(a, "language ko");
    assert_int_equal(a->player.at, at);
    assert_true(a->player.clock == clock);
    assert_string_not_equal(view_chapter_title(app_world(a), 0), english);
    must(a, "undo");
    assert_string_not_equal(view_chapter_title(app_world(a), 0), english);
    must(a, "language en");
    must(a, "redo");
    assert_string_equal(view_chapter_title(app_world(a), 0), english);
    close_app(a);
}

static void test_a_broken_file_is_told_with_its_places(void **state)
{
    struct app *a = app_new("tests/broken/form-action-do.json", NULL);

    (void)state;
    settle(a);
    assert_null(a->run);
    assert_non_null(a->complaints);
    assert_true(strstr(need(a, "complaint:0")->text, "form-action-do.json:") != NULL);
    assert_true(app_key(a, "Escape"));
    ui_draw(a);
    assert_null(a->complaints);
    assert_true(a->shows_picker);
    need(a, "scenario:alice-to-bob");
    close_app(a);
}

static void test_names_of_files_may_have_spaces(void **state)
{
    static const char *const names[] = { "two words.json", "quo\"ted name.json", "plain.json" };
    char *folder = g_dir_make_tmp("mxlab-app-XXXXXX", NULL);

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(folder, names[i], NULL);
        g_autofree char *bare = g_strdup_printf("open %s", path),
                        *quoted = g_strdup_printf("open \"%s\"", path);
        struct app *a = open_app("alice-to-bob");

        write_file(path, "Named", "");
        must(a, bare);
        assert_string_equal(run_path(a->run), path);
        if (strchr(names[i], '"') == NULL) {
            must(a, "open alice-to-bob");
            must(a, quoted);
            assert_string_equal(run_path(a->run), path);
        }
        g_remove(path);
        close_app(a);
    }
    g_rmdir(folder);
    g_free(folder);
}

static void test_picker_tells_and_opens(void **state)
{
    struct app *a = app_new(NULL, NULL);

    (void)state;
    ui_draw(a);
    assert_true(a->shows_picker);
    need(a, "scenario:alice-to-bob");
    need(a, "lesson:M1");
    assert_false(app_do(a, "close")); /* there is nothing behind it */
    assert_true(app_key(a, "Down"));
    assert_true(app_key(a, "Up"));
    key(a, "Return");
    ui_draw(a);
    assert_false(a->shows_picker);
    assert_non_null(strstr(run_path(a->run), "alice-to-bob"));
    close_app(a);
}

static void test_lessons_have_words(void **state)
{
    struct shelf *s = shelf_new("en");

    (void)state;
    for (unsigned i = 0; i < s->books->len; i++) {
        const struct book *b = g_ptr_array_index(s->books, i);
        char **ids = g_strsplit(b->teaches, " ", -1);

        assert_null(b->wrong);
        for (unsigned k = 0; ids[k] != NULL; k++)
            if (ids[k][0] != '\0' && lesson_text(ids[k]) == NULL)
                fail_msg("%s teaches %s, and nobody knows what that is", b->name, ids[k]);
        g_strfreev(ids);
    }
    shelf_free(&s);
}

/* ---- Keyboard and pointer. */

static void test_all_by_keyboard(void **state)
{
    struct app *a = open_app("alice-to-bob");

    (void)state;
    assert_true(app_key(a, "Right"));
    assert_true(a->player.at >= 0);
    assert_true(app_key(a, "PageDown"));
    assert_true(app_key(a, "Home"));
    assert_int_equal(a->player.at, -1);
    assert_true(app_key(a, "Space"));
    assert_true(a->player.is_playing);
    assert_true(app_key(a, "Space"));
    assert_false(a->player.is_playing);
    must(a, "tab host");
    assert_true(app_key(a, "Down")); /* the first host */
    assert_non_null(a->selected.host);
    key(a, "D");
    assert_int_equal(run_version(a->run), 1);
    key(a, "Ctrl+Z");
    assert_int_equal(run_version(a->run), 0);
    assert_true(app_key(a, "M"));
    ui_draw(a);
    need(a, "input:2");
    assert_true(app_key(a, "Ctrl+U"));
    app_type(a, "Grüße");
    assert_true(app_key(a, "Backspace"));
    assert_string_equal(a->ask_text->str, "Grüß");
    key(a, "Return");
    assert_null(a->ask);
    assert_int_equal(run_version(a->run), 1);
    assert_true(app_key(a, "Ctrl+F"));
    app_type(a, "mailbox.store");
    key(a, "Return");
    assert_int_equal(app_record(a)->event, EV_MAILBOX_STORE);
    assert_true(app_key(a, "G"));
    app_type(a, "nonsense");
    key(a, "Return"); /* it stays, to be put right */
    assert_string_equal(a->ask, "go");
    assert_true(app_key(a, "Escape"));
    assert_null(a->ask);
    assert_true(app_key(a, "F1"));
    assert_true(a->shows_help);
    assert_true(app_key(a, "Escape"));
    assert_false(a->shows_help);
    assert_true(app_key(a, "T"));
    assert_int_equal(a->prefs.theme, THEME_DARK);
    assert_false(app_key(a, "F12"));
    assert_true(app_key(a, "Ctrl+Q"));
    assert_true(a->quits);
    close_app(a);
}

static void caret_is(struct app *a, const char *where)
{
    ui_draw(a);
    assert_string_equal(need(a, "caret")->text, where);
}

static void test_forms_are_edited_anywhere(void **state)
{
    struct app *a = open_app("alice-to-bob");

    (void)state;
    must(a, "end");
    assert_true(app_key(a, "M"));
    caret_is(a, "0-5"); /* what stands there goes when something is written */
    app_type(a, "lunch");
    caret_is(a, "5");
    assert_true(app_key(a, "Home"));
    app_type(a, "Late ");
    assert_string_equal(a->ask_text->str, "Late lunch");
    assert_true(app_key(a, "Tab"));
    assert_int_equal(a->ask_field, 0);
    caret_is(a, "0-15");
    app_type(a, "nobody");
    assert_true(app_key(a, "Shift+Tab"));
    caret_is(a, "0-10");
    assert_string_equal(a->ask_fields[0].text->str, "nobody");
    char *copied = app_selected_text(a);
    assert_string_equal(copied, "Late lunch");
    g_free(copied);
    close_app(a);
}

static void test_the_pointer_places_the_caret(void **state)
{
    struct app *a = open_app("alice-to-bob");

    (void)state;
    must(a, "end");
    must(a, "ask find");
    app_type(a, "queue.add host=한국");
    ui_draw(a);
    struct rect r = need(a, "input:0")->at;
    struct rect end = need(a, "caret")->at;
    double y = r.y + r.h / 2;
    app_click(a, r.x + 1, y, 1, false);
    app_release(a, r.x + 1, y, 1);
    caret_is(a, "0");
    app_click(a, r.x + r.w - 2, y, 1, false);
    app_move(a, r.x + 1, y);
    app_release(a, r.x + 1, y, 1);
    caret_is(a, "0-17");
    app_click(a, end.x, y, 1, false);
    app_release(a, end.x, y, 1);
    caret_is(a, "17");
    assert_true(need(a, "caret")->at.x == end.x);
    app_click(a, r.x + 12, y, 1, true); /* twice: the word */
    app_release(a, r.x + 12, y, 1);
    caret_is(a, "0-5");
    must(a, "ask send");
    click(a, "input:1", 1);
    assert_int_equal(a->ask_field, 1);
    app_move(a, -50, -50); /* let go: nothing is dragged any more */
    assert_false(a->press.is_drag);
    close_app(a);
}

static void test_a_long_line_shows_its_caret(void **state)
{
    static const char *const keys[] = { "Home", "End",        "Ctrl+Left", "Left",
                                        "Home", "Ctrl+Right", "Right",     "End" };
    struct app *a = open_app("alice-to-bob");

    (void)state;
    must(a, "ask open");
    for (int i = 0; i < 60; i++)
        app_type(a, "folder한/");
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        ui_draw(a);
        struct rect in = need(a, "input:0")->at, caret = need(a, "caret")->at;
        if (caret.x < in.x || caret.x + caret.w > in.x + in.w)
            fail_msg("before %s the caret is at %g, out of sight", keys[i], caret.x);
        app_key(a, keys[i]);
    }
    close_app(a);
}

static void test_hangul_is_composed_at_the_caret(void **state)
{
    struct app *a = open_app("alice-to-bob");

    (void)state;
    app_compose(a, "ㅎ", 1); /* no form is open */
    assert_null(a->composed);
    must(a, "ask send");
    app_compose(a, "ㅎ", 1); /* it takes the place of what is selected */
    ui_draw(a);
    assert_string_equal(need(a, "composed")->text, "ㅎ");
    assert_string_equal(a->ask_text->str, "");
    app_compose(a, "하", 9);
    app_compose(a, "한", 1);
    ui_draw(a);
    assert_string_equal(need(a, "composed")->text, "한");
    app_compose(a, "", 0);
    app_type(a, "한");
    ui_draw(a);
    assert_null(find(a, "composed"));
    assert_string_equal(a->ask_text->str, "한");
    app_compose(a, "\xFF", 1);
    assert_null(a->composed);
    app_compose(a, "ㄱ", 1);
    must(a, "close");
    assert_null(a->composed);
    close_app(a);
}

static void test_the_retry_clock_knows_when_the_server_gives_up(void **state)
{
    struct app *a = open_app("receiver-down-bounce"); /* 30m, 1h, 2h, 4h, … for five days */

    (void)state;
    must(a, "select host:mail.crepes.fr");
    must(a, "tab host");
    must(a, "find queue.defer tries=3");
    assert_string_equal(need(a, "try:Q1:2")->text, "01:30"); /* was */
    assert_string_equal(need(a, "try:Q1:3")->text, "03:30"); /* is planned */
    assert_string_equal(need(a, "try:Q1:4")->text, "07:30"); /* and would follow */
    assert_null(find(a, "try:Q1:5"));
    assert_string_equal(need(a, "gives-up:Q1")->text, "Day 6, 00:00");
    must(a, "find queue.attempt tries=4"); /* it is being tried: the next one is known, no more */
    assert_string_equal(need(a, "try:Q1:4")->text, "07:30");
    assert_null(find(a, "try:Q1:5"));
    must(a, "find queue.bounce");
    must(a, "back packet"); /* the last try */
    assert_null(find(a, "gives-up:Q1"));
    close_app(a);
}

static void test_right_click_breaks_what_is_under_it(void **state)
{
    struct app *a = open_app("alice-to-bob");

    (void)state;
    must(a, "find queue.add");
    click(a, "host:mail.hamburger.edu", 3);
    assert_string_equal(a->menu_for, "host:mail.hamburger.edu");
    assert_string_equal(need(a, "menu-row:1")->text, "Take it down");
    click(a, "menu-row:1", 1);
    assert_null(a->menu_for);
    assert_int_equal(run_version(a->run), 1);
    click(a, "host:mail.hamburger.edu", 3);
    assert_string_equal(need(a, "menu-row:1")->text, "Bring it up again");
    app_click(a, 1270, 790, 1, false); /* beside it */
    assert_null(a->menu_for);
    close_app(a);
}

/* Nothing says that there is nothing while something is on its way. */
static void test_while_loading_no_panel_says_nothing_is_open(void **state)
{
    char *folder = g_dir_make_tmp("mxlab-app-XXXXXX", NULL),
         *path = g_build_filename(folder, "long.json", NULL);

    (void)state;
    write_file(
        path, "Many",
        ", { \"at\": \"1m\", \"do\": \"send\", \"from\": \"alice@crepes.fr\", \"to\": \"bob@hamburger.edu\","
        " \"count\": 3000, \"every\": \"1s\" }");
    struct app *a = app_new(path, &prefs_defaults);
    assert_true(app_is_working(a)); /* for seconds, with the sanitizers */
    ui_draw(a);
    need(a, "loading");
    for (int p = 0; p < N_PANELS; p++)
        for (unsigned i = 0; a->things[p] != NULL && i < a->things[p]->len; i++) {
            const struct thing *t = g_ptr_array_index(a->things[p], i);
            if (strstr(t->text, "No scenario") != NULL || strstr(t->text, "othing") != NULL ||
                strstr(t->text, "Choose") != NULL || strstr(t->text, "No mail") != NULL)
                fail_msg("%s: %s", t->name, t->text);
        }
    g_remove(path);
    g_rmdir(folder);
    g_free(folder);
    g_free(path);
    close_app(a);
}

/* Of a table with hundreds of rows the newest are shown, and how many more there are. */
/* The way that a connection went to its state, and no other, is lit; what is over tells what it carried. */
static void test_states_light_the_way_there(void **state)
{
    static const struct {
        const char *host, *from;
    } rows[] = { { "select host:alice-pc", "SYN-SENT" }, { "select host:mail.crepes.fr", "SYN-RECEIVED" } };
    struct app *a = open_app("alice-to-bob");

    (void)state;
    must(a, "find smtp.command verb=MAIL");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        must(a, rows[i].host);
        must(a, "select conn:c1");
        need(a, "state-now:tcp:ESTABLISHED");
        need(a, "state:tcp:LISTEN");
        assert_string_equal(need(a, "way-gone:tcp")->text, rows[i].from);
    }
    must(a, "find mailbox.store");
    must(a, "select host:mail.crepes.fr"); /* it closed first */
    must(a, "select conn:c1");
    need(a, "state-now:tcp:TIME-WAIT");
    assert_null(find(a, "way-gone:tcp")); /* two lead there, and nothing says which it was */
    app_resize(a, 1280, 1600);
    ui_draw(a);
    assert_string_equal(need(a, "cell:connections:0:received")->text, "303");
    close_app(a);
}

static void test_long_tables_show_what_is_new(void **state)
{
    char *folder = g_dir_make_tmp("mxlab-app-XXXXXX", NULL),
         *path = g_build_filename(folder, "long.json", NULL);

    (void)state;
    write_file(
        path, "Many",
        ", { \"at\": \"1m\", \"do\": \"send\", \"from\": \"alice@crepes.fr\", \"to\": \"bob@hamburger.edu\","
        " \"count\": 249, \"every\": \"1s\" }");
    struct app *a = open_app(path);
    must(a, "select host:mail.hamburger.edu");
    must(a, "end");
    assert_string_equal(need(a, "earlier:messages")->text, "… and 150 earlier");
    need(a, "row:messages:0");
    assert_null(find(a, "row:messages:100"));
    must(a, "select host:alice-pc");
    assert_string_equal(need(a, "earlier:sent")->text, "… and 150 earlier");
    g_remove(path);
    g_rmdir(folder);
    g_free(folder);
    g_free(path);
    close_app(a);
}

static unsigned count_marks(const struct app *a)
{
    unsigned n = 0;

    for (unsigned i = 0; i < a->things[PANEL_TIMELINE]->len; i++)
        n += g_str_has_prefix(((struct thing *)g_ptr_array_index(a->things[PANEL_TIMELINE], i))->name,
                              "mark:");
    return n;
}

static void test_matches_are_marked_on_the_time_line(void **state)
{
    struct app *a = open_app("receiver-down-retry");

    (void)state;
    assert_int_equal(count_marks(a), 0);
    must(a, "find queue.attempt");
    unsigned attempts = count_marks(a);
    assert_true(attempts >= 3);
    must(a, "find mailbox.store");
    assert_int_equal(count_marks(a), 1);
    must(a, "ask find"); /* while it is typed */
    key(a, "Ctrl+A");
    app_type(a, "queue.attempt");
    ui_draw(a);
    assert_int_equal(count_marks(a), attempts);
    must(a, "close");
    ui_draw(a);
    assert_int_equal(count_marks(a), 1);
    must(a, "find none");
    assert_int_equal(count_marks(a), 0);
    assert_false(app_is_moving(a) && a->toast == NULL);
    close_app(a);
}

static bool meets(struct rect a, struct rect b)
{
    return MIN(a.x + a.w, b.x + b.w) - MAX(a.x, b.x) > 1 && MIN(a.y + a.h, b.y + b.h) - MAX(a.y, b.y) > 1;
}

/* What tells that something was broken does not hide what broke. */
static void test_a_toast_leaves_the_moment_in_sight(void **state)
{
    static const double sizes[][3] = {
        { 1280, 800, 1 }, { 900, 600, 1 }, { 1100, 640, 1.4 }, { 2560, 1440, 1 }, { 1280, 800, 2 }
    };
    struct app *a = open_app("alice-to-bob");

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        a->prefs.text_scale = sizes[i][2];
        app_resize(a, sizes[i][0], sizes[i][1]);
        must(a, "find none");
        must(a, "start");
        must(a, "find queue.add");
        must(a, "break down mail.hamburger.edu");
        assert_non_null(a->toast);
        struct rect toast = need(a, "toast")->at;
        static const char *const kept[] = { "ladder:now", "host:mail.hamburger.edu", "timeline" };
        for (size_t k = 0; k < G_N_ELEMENTS(kept); k++)
            if (find(a, kept[k]) != NULL && meets(find(a, kept[k])->at, toast))
                fail_msg("%gx%g at %g: %s is hidden", sizes[i][0], sizes[i][1], sizes[i][2], kept[k]);
        assert_true(toast.x >= 0 && toast.y >= 0 && toast.x + toast.w <= sizes[i][0]);
        must(a, "undo");
    }
    close_app(a);
}

static void test_dragging(void **state)
{
    struct app *a = open_app("alice-to-bob");

    (void)state;
    must(a, "step");
    struct rect grip = a->layout.grip, map = a->layout.map, line = a->layout.timeline,
                host = need(a, "host:alice-pc")->at;
    app_click(a, grip.x + 50, grip.y + 8, 1, false);
    app_move(a, grip.x + 50, grip.y - 80);
    app_release(a, grip.x + 50, grip.y - 80, 1);
    assert_true(a->layout.map.h < map.h);
    ui_draw(a);
    host = need(a, "host:alice-pc")->at;
    app_click(a, host.x + 5, host.y + 5, 1, false);
    app_move(a, host.x + 60, host.y - 40);
    app_move(a, host.x + 90, host.y - 60);
    app_release(a, host.x + 90, host.y - 60, 1);
    assert_non_null(g_hash_table_lookup(a->dragged, "alice-pc"));
    app_click(a, line.x + line.w - 60, line.y + 30, 1, false);
    app_move(a, line.x + line.w - 20, line.y + 30);
    app_release(a, line.x + line.w - 20, line.y + 30, 1);
    assert_true(a->player.at > view_tape_length(a->player.tape) / 2);
    close_app(a);
}

static void test_the_time_line_follows_a_fast_forward(void **state)
{
    struct app *a = open_app("receiver-down-retry");

    (void)state;
    must(a, "go 20m");
    must(a, "play");
    g_autofree char *before = g_strdup(need(a, "timeline:now")->text);
    double x = need(a, "timeline:pointer")->at.x;
    sim_time clock = a->player.clock;
    app_tick(a, 16);
    assert_true(a->player.clock > clock &&
                a->player.clock < clock + SIM_MINUTE); /* it goes on, with no leap */
    for (int i = 0; i < 6; i++) {
        app_tick(a, 16);
        ui_draw(a);
    }
    assert_true(a->player.skip > 0);
    assert_string_not_equal(need(a, "timeline:now")->text, before);
    assert_true(need(a, "timeline:pointer")->at.x > x);
    close_app(a);
}

static void test_playing_goes_on_and_comes_to_rest(void **state)
{
    struct app *a = open_app("alice-to-bob");

    (void)state;
    must(a, "motion off");
    a->player.speed = 8;
    must(a, "play");
    for (unsigned i = 0; i < 200000 && a->player.is_playing; i++)
        app_tick(a, 16);
    assert_false(a->player.is_playing);
    assert_int_equal(a->player.at, view_tape_length(a->player.tape) - 1);
    for (unsigned i = 0; i < 500; i++) /* the toast goes too */
        app_tick(a, 16);
    a->dirty = 0;
    assert_false(app_is_moving(a));
    assert_false(app_tick(a, 16));
    close_app(a);
}

static int at_start(void **state)
{
    char *scenarios = g_canonicalize_filename("scenarios", NULL);

    (void)state;
    g_setenv("MXLAB_SCENARIOS", scenarios, TRUE);
    g_free(scenarios);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verbs_are_said_one_way_and_keys_mean_one_thing),
        cmocka_unit_test(test_document_lists_every_verb),
        cmocka_unit_test(test_document_has_every_command_of_scripts),
        cmocka_unit_test(test_document_has_a_script_that_runs),
        cmocka_unit_test(test_words_are_taken_with_quotes),
        cmocka_unit_test(test_verbs_refuse_with_a_reason),
        cmocka_unit_test(test_moments_are_spelt_one_way),
        cmocka_unit_test(test_changes_are_told_on_the_time_line),
        cmocka_unit_test(test_times_as_people_write_them),
        cmocka_unit_test(test_forth_and_back_shows_the_same),
        cmocka_unit_test(test_end_and_start_and_back_to_a_moment),
        cmocka_unit_test(test_labels_never_meet),
        cmocka_unit_test(test_dialogs_fit),
        cmocka_unit_test(test_empty_states_say_how_to_get_something),
        cmocka_unit_test(test_why_leads_back_to_the_person_and_the_fault),
        cmocka_unit_test(test_a_packet_is_told_by_what_it_carries),
        cmocka_unit_test(test_a_chapter_is_one_event_in_all_panels),
        cmocka_unit_test(test_fields_light_their_octets),
        cmocka_unit_test(test_a_mail_knows_where_it_is),
        cmocka_unit_test(test_breaking_makes_a_version_at_the_moment),
        cmocka_unit_test(test_every_breakage_runs),
        cmocka_unit_test(test_what_is_so_already_makes_no_version),
        cmocka_unit_test(test_links_break_by_their_ends),
        cmocka_unit_test(test_a_version_is_saved_and_opened),
        cmocka_unit_test(test_a_file_that_is_saved_is_read_again),
        cmocka_unit_test(test_a_saved_file_keeps_the_students_version),
        cmocka_unit_test(test_language_reaches_the_story_of_every_version),
        cmocka_unit_test(test_a_broken_file_is_told_with_its_places),
        cmocka_unit_test(test_names_of_files_may_have_spaces),
        cmocka_unit_test(test_picker_tells_and_opens),
        cmocka_unit_test(test_lessons_have_words),
        cmocka_unit_test(test_all_by_keyboard),
        cmocka_unit_test(test_forms_are_edited_anywhere),
        cmocka_unit_test(test_the_pointer_places_the_caret),
        cmocka_unit_test(test_a_long_line_shows_its_caret),
        cmocka_unit_test(test_hangul_is_composed_at_the_caret),
        cmocka_unit_test(test_the_retry_clock_knows_when_the_server_gives_up),
        cmocka_unit_test(test_right_click_breaks_what_is_under_it),
        cmocka_unit_test(test_while_loading_no_panel_says_nothing_is_open),
        cmocka_unit_test(test_states_light_the_way_there),
        cmocka_unit_test(test_long_tables_show_what_is_new),
        cmocka_unit_test(test_matches_are_marked_on_the_time_line),
        cmocka_unit_test(test_a_toast_leaves_the_moment_in_sight),
        cmocka_unit_test(test_dragging),
        cmocka_unit_test(test_the_time_line_follows_a_fast_forward),
        cmocka_unit_test(test_playing_goes_on_and_comes_to_rest),
    };

    return cmocka_run_group_tests(tests, at_start, NULL);
}
