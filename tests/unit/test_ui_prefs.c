/* What is remembered from one start to the next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "app.h"
#include "prefs.h"

static char *folder, *file;

static void write_file(const char *text)
{
    char *dir = g_path_get_dirname(file);

    g_mkdir_with_parents(dir, 0700);
    assert_true(g_file_set_contents(file, text, -1, NULL));
    g_free(dir);
}

static void assert_same(const struct prefs *a, const struct prefs *b)
{
    assert_int_equal(a->theme, b->theme);
    assert_string_equal(a->language, b->language);
    assert_int_equal(a->reduced_motion, b->reduced_motion);
    assert_true(a->text_scale == b->text_scale && a->divider == b->divider && a->speed == b->speed);
}

static void test_what_was_saved_is_loaded(void **state)
{
    struct prefs p = { .theme = THEME_DARK,
                       .text_scale = 1.3,
                       .language = "ko",
                       .reduced_motion = true,
                       .divider = 0.37,
                       .speed = 2.5 },
                 q;

    (void)state;
    g_remove(file);
    assert_true(prefs_save(&p));
    prefs_load(&q);
    assert_same(&p, &q);
}

static void test_what_is_missing_or_wrong_keeps_its_default(void **state)
{
    static const char *const rows[] = {
        "",
        "not a key file",
        "[other]\ntheme=dark\n",
        "[window]\ntheme=purple\nlanguage=tlh\ntext=99\ndivider=-1\nspeed=nan\nreduced-motion=perhaps\n",
        "[window]\ntheme=\nlanguage=englishenglishenglish\ntext=\ndivider=0,5\nspeed=inf\n",
        "[window]\ntheme=\xff\xfe\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct prefs p;

        write_file(rows[i]);
        prefs_load(&p);
        assert_same(&p, &prefs_defaults);
    }
    g_remove(file);
    struct prefs p;
    prefs_load(&p);
    assert_same(&p, &prefs_defaults);
}

static void test_a_good_line_counts_beside_a_bad_one(void **state)
{
    struct prefs p;

    (void)state;
    write_file("[window]\ntheme=contrast\ntext=0\nspeed=4\n");
    prefs_load(&p);
    assert_int_equal(p.theme, THEME_CONTRAST);
    assert_true(p.speed == 4 && p.text_scale == 1);
}

static void test_a_later_versions_keys_stay(void **state)
{
    char *text = NULL;

    (void)state;
    write_file("[window]\nsound=loud\n[elsewhere]\nx=1\n");
    assert_true(prefs_save(&prefs_defaults));
    assert_true(g_file_get_contents(file, &text, NULL, NULL));
    assert_non_null(strstr(text, "sound=loud"));
    assert_non_null(strstr(text, "x=1"));
    g_free(text);
}

static void test_saving_where_nothing_can_be_written_says_so(void **state)
{
    char *dir = g_path_get_dirname(file);

    (void)state;
    g_remove(file);
    g_rmdir(dir);
    assert_true(g_file_set_contents(dir, "in the way", -1, NULL));
    assert_false(prefs_save(&prefs_defaults));
    g_remove(dir);
    g_free(dir);
}

/* ---- The window saves as soon as something is chosen. */

static struct app *open_window(bool keeps)
{
    struct prefs p;

    prefs_load(&p);
    struct app *a = app_new(NULL, &p);
    if (keeps)
        app_keeps(a);
    return a;
}

static void test_what_is_chosen_is_saved_at_once(void **state)
{
    static const char *const verbs[] = { "theme dark", "text 1.4", "language ko", "motion off", "faster" };

    (void)state;
    g_remove(file);
    struct app *a = open_window(true);
    app_tick(a, 16);
    assert_false(g_file_test(file, G_FILE_TEST_EXISTS)); /* nothing has been chosen yet */
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
        struct prefs p;

        assert_true(app_do(a, verbs[i]));
        app_tick(a, 16);
        prefs_load(&p);
        assert_same(&p, &a->prefs);
    }
    app_do(a, "language en");
    app_free(&a);
}

static void test_a_divider_is_saved_where_it_is_let_go(void **state)
{
    (void)state;
    g_remove(file);
    struct app *a = open_window(true);
    app_do(a, "close");
    a->shows_picker = false; /* as if something were open: the divider can be reached */
    struct rect grip = a->layout.grip;
    double x = grip.x + grip.w / 2, y = grip.y + grip.h / 2, was = a->prefs.divider;
    app_click(a, x, y, 1, false);
    app_move(a, x, y - 60);
    app_tick(a, 16);
    assert_true(a->prefs.divider < was);
    assert_false(g_file_test(file, G_FILE_TEST_EXISTS));
    app_release(a, x, y - 60, 1);
    app_tick(a, 16);
    struct prefs p;
    prefs_load(&p);
    assert_same(&p, &a->prefs);
    app_free(&a);
}

static void test_scripts_and_figures_save_nothing(void **state)
{
    (void)state;
    g_remove(file);
    struct app *a = open_window(false);
    assert_true(app_do(a, "theme dark"));
    app_tick(a, 16);
    app_keep(a);
    assert_false(g_file_test(file, G_FILE_TEST_EXISTS));
    app_free(&a);
}

static void test_a_failure_is_told_once(void **state)
{
    char *dir = g_path_get_dirname(file);

    (void)state;
    g_remove(file);
    g_rmdir(dir);
    assert_true(g_file_set_contents(dir, "in the way", -1, NULL));
    struct app *a = open_window(true);
    app_do(a, "theme dark");
    app_tick(a, 16);
    assert_non_null(a->toast);
    app_do(a, "theme light");
    assert_null(a->toast);
    app_tick(a, 16);
    assert_null(a->toast);
    g_remove(dir); /* the way is free: the next choice is saved */
    app_do(a, "text 1.2");
    app_tick(a, 16);
    assert_true(g_file_test(file, G_FILE_TEST_EXISTS));
    app_free(&a);
    g_remove(file);
    g_rmdir(dir);
    g_free(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_saved_is_loaded),
        cmocka_unit_test(test_what_is_missing_or_wrong_keeps_its_default),
        cmocka_unit_test(test_a_good_line_counts_beside_a_bad_one),
        cmocka_unit_test(test_a_later_versions_keys_stay),
        cmocka_unit_test(test_what_is_chosen_is_saved_at_once),
        cmocka_unit_test(test_a_divider_is_saved_where_it_is_let_go),
        cmocka_unit_test(test_scripts_and_figures_save_nothing),
        cmocka_unit_test(test_a_failure_is_told_once),
        cmocka_unit_test(test_saving_where_nothing_can_be_written_says_so),
    };

    folder = g_dir_make_tmp("mxlab-prefs-XXXXXX", NULL);
    g_setenv("XDG_CONFIG_HOME", folder, TRUE);
    g_setenv("LANGUAGE", "en", TRUE);
    file = g_build_filename(folder, "mxlab", "window", NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    g_rmdir(folder);
    g_free(folder);
    g_free(file);
    return failed;
}
