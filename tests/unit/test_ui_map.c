/* The map's links from the start on, menus on them, following, and what covers what. */
#include "ui_help.h"

#include <glib/gstdio.h>
#include <math.h>

#include "app_parts.h"

static void settle(struct app *a)
{
    for (unsigned i = 0; i < 20000 && (app_is_working(a) || app_world(a) == NULL); i++) {
        g_usleep(1000);
        app_tick(a, 0);
    }
    assert_non_null(a->run);
    ui_draw(a);
}

static struct app *open_app(const char *scenario)
{
    struct prefs p = prefs_defaults;

    g_strlcpy(p.language, "en", sizeof p.language);
    struct app *a = app_new(scenario, &p);
    settle(a);
    return a;
}

static void must(struct app *a, const char *verb)
{
    if (!app_do(a, verb))
        fail_msg("%s: %s", verb, a->toast != NULL ? a->toast : "");
    settle(a);
}

static const struct thing *find(const struct app *a, enum panel p, const char *name)
{
    for (unsigned i = 0; a->things[p] != NULL && i < a->things[p]->len; i++) {
        const struct thing *t = g_ptr_array_index(a->things[p], i);
        if (strcmp(t->name, name) == 0)
            return t;
    }
    return NULL;
}

static unsigned count(const struct app *a, enum panel p, const char *prefix)
{
    unsigned n = 0;

    for (unsigned i = 0; a->things[p] != NULL && i < a->things[p]->len; i++)
        n += g_str_has_prefix(((struct thing *)g_ptr_array_index(a->things[p], i))->name, prefix);
    return n;
}

/* Each link of the scenario once, before anything has gone over it, beside its host and clear of all others.
 */
static void test_links_are_there_from_the_start(void **state)
{
    struct app *a = open_app("mx-backup");

    (void)state;
    assert_int_equal(a->player.at, -1);
    assert_int_equal(count(a, PANEL_MAP, "link:"), view_links(app_world(a)));
    for (unsigned i = 0; i < view_links(app_world(a)); i++) {
        struct view_link l = view_link(app_world(a), i);
        g_autofree char *link = g_strdup_printf("link:%s>%s", l.a, l.b),
                        *host = g_strdup_printf("host:%s", l.a);
        const struct thing *t = find(a, PANEL_MAP, link), *h = find(a, PANEL_MAP, host);

        assert_non_null(t);
        assert_true(t->at.y == h->at.y + h->at.h && t->at.x >= h->at.x &&
                    t->at.x + t->at.w <= h->at.x + h->at.w);
        assert_string_equal(things_at(a->things[PANEL_MAP], t->at.x + t->at.w / 2, t->at.y + 3)->name, link);
    }
    must(a, "end");
    ui_check_inside(a);
    assert_int_equal(count(a, PANEL_MAP, "link:"), view_links(app_world(a)));
    app_free(&a);
}

static void test_a_link_has_a_menu_in_words(void **state)
{
    struct app *a = open_app("alice-to-bob");
    const struct thing *t = find(a, PANEL_MAP, "link:a.root-servers.net>internet");

    (void)state;
    struct rect at = t->at; /* things last until the next drawing */
    assert_string_equal(t->text, "The link of root server");
    app_click(a, at.x + at.w / 2, at.y + 4, 3, false);
    ui_draw(a);
    assert_string_equal(find(a, PANEL_OVERLAY, "menu:title")->text, "The link of root server");
    must(a, "close");
    must(a, "next link");
    must(a, "menu"); /* by keys: below the link, not somewhere */
    assert_true(fabs(a->menu_x - (at.x + at.w / 2)) < 1 && a->menu_y >= at.y);
    must(a, "close");
    must(a, "break cut link:a.root-servers.net>internet");
    assert_string_equal(find(a, PANEL_MAP, "link:a.root-servers.net>internet")->text,
                        "The link of root server: cut");
    assert_non_null(find(a, PANEL_MAP, "badge:cut:a.root-servers.net"));
    app_free(&a);
}

/* At the end of a run the last row of what is followed is in sight, and whole. */
static void test_following_scrolls_to_what_is_followed(void **state)
{
    static const char *const what[] = { "follow lookup:l1", "follow conn:c1", "select mail:m1" };
    struct app *a = open_app("alice-to-bob");
    struct rect r = app_panel(a, PANEL_LADDER);

    (void)state;
    for (int first = 0; first < 2; first++) /* follow and go to the end, or the other way round */
        for (size_t i = 0; i < G_N_ELEMENTS(what); i++) {
            bool is_shown = false;

            must(a, "follow none");
            must(a, first ? what[i] : "end");
            must(a, first ? "end" : what[i]);
            for (unsigned k = 0; k < a->things[PANEL_LADDER]->len; k++) {
                const struct thing *t = g_ptr_array_index(a->things[PANEL_LADDER], k);
                const char *at = g_str_has_prefix(t->name, "label:") ? t->name + 6 : NULL;
                is_shown = is_shown || (at != NULL &&
                                        app_is_followed(a, view_tape_nth(a->player.tape,
                                                                         g_ascii_strtoll(at, NULL, 10))) &&
                                        t->at.y >= r.y && t->at.y + t->at.h < r.y + r.h);
            }
            if (!is_shown)
                fail_msg("%s: none of its rows is shown", what[i]);
            must(a, "start");
        }
    must(a, "follow none");
    assert_true(a->ladder_scroll == 0);
    app_free(&a);
}

/* What leaves stands beside its sender. */
static void test_packets_leave_beside_their_sender(void **state)
{
    struct app *a = open_app("alice-to-bob");
    struct sprite s[64];

    (void)state;
    for (int i = 0; i < 40; i++) {
        must(a, "step message");
        unsigned n = app_sprites(a, s, G_N_ELEMENTS(s));
        for (unsigned k = 0; k < n; k++)
            for (unsigned t = 0; t < a->things[PANEL_MAP]->len; t++) {
                const struct thing *h = g_ptr_array_index(a->things[PANEL_MAP], t);
                struct rect name = rect_inset(h->at, 1 - s[k].size / 2);
                if (g_str_has_prefix(h->name, "name:") && rect_has(name, s[k].x, s[k].y))
                    fail_msg("\"%s\" lies on %s", s[k].label, h->name);
            }
    }
    app_free(&a);
}

/* Between two that share a column the words stand beside the loop, however long they are. */
static void test_words_keep_off_their_loop(void **state)
{
    GString *text = g_string_new("{ \"format\": 1, \"title\": \"Many\", \"domains\": {");
    g_autofree char *folder = g_dir_make_tmp("mxlab-map-XXXXXX", NULL),
                    *path = g_build_filename(folder, "many.json", NULL);
    unsigned loops = 0;

    (void)state;
    for (int i = 0; i < 14; i++)
        g_string_append_printf(text, "%s\"department%d.edu\": { \"people\": [\"ann%d\"] }", i > 0 ? ", " : "",
                               i, i);
    g_string_append(text, "}, \"actions\": [");
    for (int i = 0; i < 14; i++)
        g_string_append_printf(
            text,
            "%s{ \"at\": \"%dms\", \"do\": \"send\", \"from\": \"ann%d@department%d.edu\", "
            "\"to\": \"ann%d@department%d.edu\" }",
            i > 0 ? ", " : "", i, i, i, (i + 1) % 14, (i + 1) % 14);
    g_string_append(text, "] }");
    assert_true(g_file_set_contents(path, text->str, -1, NULL));
    struct app *a = open_app(path);
    must(a, "go 100ms");
    const struct thing *others = find(a, PANEL_LADDER, "lifeline:others");
    assert_non_null(others);
    double x = others->at.x + others->at.w / 2;
    for (unsigned i = 0; i < a->things[PANEL_LADDER]->len; i++) {
        const struct thing *t = g_ptr_array_index(a->things[PANEL_LADDER], i);
        if (!g_str_has_prefix(t->name, "label:") || strstr(t->text, " → ") == NULL)
            continue;
        loops++;
        assert_true(t->at.x >= x + 16 || t->at.x + t->at.w <= x);
    }
    assert_true(loops > 0);
    app_free(&a);
    g_remove(path);
    g_rmdir(folder);
    g_string_free(text, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links_are_there_from_the_start),
        cmocka_unit_test(test_a_link_has_a_menu_in_words),
        cmocka_unit_test(test_following_scrolls_to_what_is_followed),
        cmocka_unit_test(test_packets_leave_beside_their_sender),
        cmocka_unit_test(test_words_keep_off_their_loop),
    };

    return cmocka_run_group_tests_name("ui_map", tests, NULL, NULL);
}
