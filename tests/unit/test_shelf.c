/* The bundled scenarios: where they are, and which a word means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glib.h>
#include <glib/gstdio.h>

#include "mxlab.h"

static char *folder;

static void put(const char *name)
{
    char *file = g_build_filename(folder, name, NULL);

    assert_true(g_file_set_contents(file, "{}", -1, NULL));
    g_free(file);
}

static void test_the_folder_is_found(void **state)
{
    (void)state;
    g_unsetenv("MXLAB_SCENARIOS");
    char *found = mxlab_scenario_folder(), *schema = g_build_filename(found, "scenario.schema.json", NULL);
    assert_true(g_file_test(schema, G_FILE_TEST_EXISTS));
    g_free(schema);
    g_free(found);
    g_setenv("MXLAB_SCENARIOS", folder, TRUE);
    found = mxlab_scenario_folder();
    assert_string_equal(found, folder);
    g_free(found);
}

static void test_names_are_in_order_and_scenarios_only(void **state)
{
    GPtrArray *names = mxlab_scenario_names(folder);

    (void)state;
    assert_int_equal(names->len, 2);
    assert_string_equal(g_ptr_array_index(names, 0), "able.json");
    assert_string_equal(g_ptr_array_index(names, 1), "baker.json");
    g_ptr_array_unref(names);
    names = mxlab_scenario_names("no/such/folder");
    assert_int_equal(names->len, 0);
    g_ptr_array_unref(names);
}

static void test_a_word_is_a_path_or_a_name(void **state)
{
    static const struct {
        const char *word, *file; /* in the folder; NULL: the word itself */
    } rows[] = {
        { "able", "able.json" },
        { "able.json", "able.json" },
        { "charlie", NULL },   /* neither: whoever opens it says so */
        { "./able", NULL },    /* a path is a path */
        { "scenarios", NULL }, /* it is there */
        { "-", NULL },         /* standard input */
        { "", NULL },
    };

    (void)state;
    g_setenv("MXLAB_SCENARIOS", folder, TRUE);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *found = mxlab_scenario_find(rows[i].word);
        char *wanted = rows[i].file != NULL ? g_build_filename(folder, rows[i].file, NULL)
                                            : g_strdup(rows[i].word);
        assert_string_equal(found, wanted);
        g_free(wanted);
        g_free(found);
    }
}

int main(void)
{
    static const char *const files[] = { "baker.json", "able.json", "scenario.schema.json", "notes.txt" };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_folder_is_found),
        cmocka_unit_test(test_names_are_in_order_and_scenarios_only),
        cmocka_unit_test(test_a_word_is_a_path_or_a_name),
    };

    folder = g_dir_make_tmp("mxlab-shelf-XXXXXX", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
        put(files[i]);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        char *file = g_build_filename(folder, files[i], NULL);
        g_remove(file);
        g_free(file);
    }
    g_rmdir(folder);
    g_free(folder);
    return failed;
}
