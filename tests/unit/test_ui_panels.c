/* What panels leave out, shorten and put elsewhere when there is little room, and in a figure. */
#include "ui_help.h"

#include <stdlib.h>

#include "app_parts.h"

static struct app *open_app(const char *scenario)
{
    struct prefs p = prefs_defaults;

    g_strlcpy(p.language, "en", sizeof p.language);
    struct app *a = app_new(scenario, &p);
    for (unsigned i = 0; i < 20000 && (app_is_working(a) || app_world(a) == NULL); i++) {
        g_usleep(1000);
        app_tick(a, 0);
    }
    assert_non_null(a->run);
    ui_draw(a);
    return a;
}

static void must(struct app *a, const char *verb)
{
    if (!app_do(a, verb))
        fail_msg("%s: %s", verb, a->toast != NULL ? a->toast : "");
    ui_draw(a);
}

static const struct thing *find_in(const GPtrArray *things, const char *name)
{
    for (unsigned i = 0; things != NULL && i < things->len; i++)
        if (strcmp(((const struct thing *)g_ptr_array_index(things, i))->name, name) == 0)
            return g_ptr_array_index(things, i);
    return NULL;
}

static const struct thing *find(const struct app *a, enum panel p, const char *name)
{
    return find_in(a->things[p], name);
}

static void test_figures_have_nothing_to_press(void **state)
{
    struct app *a = open_app("alice-to-bob");
    cairo_surface_t *image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 64, 64);
    struct canvas c = { .cr = cairo_create(image),
                        .text_scale = 1,
                        .things = things_new(),
                        .clip = { 0, 0, 800, 4000 },
                        .is_figure = true };

    (void)state;
    must(a, "end");
    must(a, "follow mail:m1");
    assert_non_null(find(a, PANEL_LADDER, "button:collapse"));
    assert_non_null(find(a, PANEL_LADDER, "button:follow-none"));
    panel_ladder_draw(a, &c, c.clip);
    assert_non_null(find_in(c.things, "title:ladder"));
    for (unsigned i = 0; i < c.things->len; i++)
        assert_false(
            g_str_has_prefix(((const struct thing *)g_ptr_array_index(c.things, i))->name, "button:"));
    g_ptr_array_unref(c.things);
    cairo_destroy(c.cr);
    cairo_surface_destroy(image);
    app_free(&a);
}

/* In the least window with the largest text each panel is a tab, and the one in front is the only one. */
static void test_tabs_lead_everywhere(void **state)
{
    static const struct {
        const char *tab;
        enum panel shows;
    } rows[] = { { "tab:map", PANEL_MAP },    { "tab:ladder", PANEL_LADDER }, { "tab:story", PANEL_STORY },
                 { "tab:message", N_PANELS }, { "tab:host", N_PANELS },       { "tab:mail", N_PANELS },
                 { "tab:why", N_PANELS } };
    static const enum panel shared[] = { PANEL_MAP, PANEL_LADDER, PANEL_STORY };
    struct app *a = open_app("alice-to-bob");

    (void)state;
    must(a, "step");
    app_resize(a, 900, 600);
    must(a, "text 2");
    assert_int_equal(a->layout.kind, LAYOUT_SINGLE);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct thing *t = find(a, PANEL_INSPECTOR, rows[i].tab);
        if (t == NULL)
            fail_msg("no %s", rows[i].tab);
        app_click(a, t->at.x + t->at.w / 2, t->at.y + t->at.h / 2, 1, false);
        app_release(a, 0, 0, 1);
        ui_draw(a);
        ui_check_inside(a);
        for (size_t k = 0; k < G_N_ELEMENTS(shared); k++)
            if ((app_panel(a, shared[k]).w > 0) != (shared[k] == rows[i].shows))
                fail_msg("%s: panel %d is shown, or is not", rows[i].tab, shared[k]);
        assert_true((app_panel(a, PANEL_INSPECTOR).h > a->layout.tabs.h) == (rows[i].shows == N_PANELS));
    }
    must(a, "tab map"); /* the key goes round */
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        must(a, "tab");
    assert_true(app_panel(a, PANEL_MAP).w > 0);
    must(a, "text 1"); /* with room, nothing is hidden */
    app_resize(a, 1280, 800);
    for (int p = 0; p < PANEL_OVERLAY; p++)
        assert_true(app_panel(a, (enum panel)p).w > 0);
    app_free(&a);
}

static void test_kind_of_step_turns_where_three_words_have_no_room(void **state)
{
    static const enum step_kind after[] = { STEP_CHAPTER, STEP_PACKET, STEP_MESSAGE };
    struct app *a = open_app("alice-to-bob");

    (void)state;
    must(a, "step");
    assert_non_null(find(a, PANEL_TOP, "kind:packet"));
    app_resize(a, 900, 600);
    ui_draw(a);
    assert_null(find(a, PANEL_TOP, "kind:packet"));
    for (size_t i = 0; i < G_N_ELEMENTS(after); i++) {
        must(a, find(a, PANEL_TOP, "kind:next")->does);
        assert_int_equal(a->step, after[i]);
    }
    app_free(&a);
}

static void test_pictures_say_what_they_are(void **state)
{
    struct app *a = open_app("alice-to-bob");

    (void)state;
    must(a, "step");
    struct rect at = find(a, PANEL_TOP, "button:forward")->at;
    assert_null(find(a, PANEL_TOP, "tip:button"));
    app_move(a, at.x + 4, at.y + 4);
    ui_draw(a);
    assert_string_equal(find(a, PANEL_TOP, "tip:button")->text, "a step forward");
    app_free(&a);
}

/* What travels is told beside no name; the host that is down says so in every size of its box. */
static void test_map_keeps_its_words_at_every_size(void **state)
{
    static const double texts[] = { 0.8, 1, 1.4, 2 };
    static const double sizes[][2] = { { 900, 600 }, { 1024, 700 }, { 1280, 800 }, { 1920, 1080 } };
    struct app *a = open_app("receiver-down-retry");

    (void)state;
    must(a, "find tcp.connect");
    for (size_t t = 0; t < G_N_ELEMENTS(texts); t++)
        for (size_t s = 0; s < G_N_ELEMENTS(sizes); s++) {
            g_autofree char *verb = g_strdup_printf("text %g", texts[t]);
            app_resize(a, sizes[s][0], sizes[s][1]);
            must(a, "tab map");
            must(a, verb);
            const struct thing *box = find(a, PANEL_MAP, "host:mail.hamburger.edu"),
                               *name = find(a, PANEL_MAP, "name:mail.hamburger.edu");
            assert_true(box != NULL && name != NULL);
            assert_true(g_str_has_suffix(box->text, "down"));
            assert_true(name->at.x >= box->at.x && name->at.x + name->at.w <= box->at.x + box->at.w &&
                        name->at.y >= box->at.y && name->at.y + name->at.h <= box->at.y + box->at.h);
        }
    app_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_figures_have_nothing_to_press),
        cmocka_unit_test(test_tabs_lead_everywhere),
        cmocka_unit_test(test_kind_of_step_turns_where_three_words_have_no_room),
        cmocka_unit_test(test_pictures_say_what_they_are),
        cmocka_unit_test(test_map_keeps_its_words_at_every_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
