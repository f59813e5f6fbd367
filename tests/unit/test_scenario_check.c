/* sim/scenario/check*.c: each tests/broken/NAME.json draws the complaints of NAME.txt, and the bundled
 * scenarios draw none. MXLAB_REWRITE=1 writes the .txt files anew; read their diff. What the names say:
 *   syntax-… is no JSON · form-… the schema refuses, too · sense-… only the loader refuses · doubt-… runs,
 * with doubts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "scenario/check.h"

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of a folder's .json files, sorted; the schema is none. */
static GPtrArray *names_in(const char *folder)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;

    assert_non_null(dir);
    while ((name = g_dir_read_name(dir)) != NULL)
        if (g_str_has_suffix(name, ".json") && strcmp(name, "scenario.schema.json") != 0)
            g_ptr_array_add(names, g_strndup(name, strlen(name) - strlen(".json")));
    g_dir_close(dir);
    g_ptr_array_sort(names, compare_names);
    return names;
}

/* What `mxlab check` prints, each line without the file's name. */
static char *complaints_of(const char *folder, const char *name, struct report *r)
{
    g_autofree char *path = g_strdup_printf("%s/%s.json", folder, name);
    struct scenario *s;
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    report_init(r, "");
    s = scenario_open_file(path, r);
    if ((s == NULL) != (r->errors > 0))
        fail_msg("%s: %u errors, but %s scenario", name, r->errors, s ? "a" : "no");
    report_print(r, out);
    fclose(out);
    scenario_free(&s);
    return text;
}

static void test_broken_files(void **state)
{
    const char *const folder = "tests/broken";
    GPtrArray *names = names_in(folder);
    unsigned wrong = 0;

    (void)state;
    assert_true(names->len > 100);
    for (unsigned i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *path = g_strdup_printf("%s/%s.txt", folder, name), *expected = NULL;
        struct report r;
        char *text = complaints_of(folder, name, &r);

        if (r.entries->len == 0 || (r.errors > 0) == g_str_has_prefix(name, "doubt-")) {
            print_error("%s: %u errors, %u doubts\n", name, r.errors, r.doubts);
            wrong++;
        }
        if (getenv("MXLAB_REWRITE") != NULL)
            g_file_set_contents(path, text, -1, NULL);
        if (!g_file_get_contents(path, &expected, NULL, NULL) || strcmp(text, expected) != 0) {
            print_error("%s draws:\n%sinstead of:\n%s", name, text,
                        expected ? expected : "(there is no .txt)\n");
            wrong++;
        }
        free(text);
        report_release(&r);
    }
    g_ptr_array_unref(names);
    assert_int_equal(wrong, 0);
}

/* Doubts that a bundled scenario is about. */
static const struct meant {
    const char *name, *doubt;
} meant[] = { { "two-recipients", "has no mailbox bobby" } };

static bool is_meant(const char *name, const struct complaint *c)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(meant); i++)
        if (strcmp(meant[i].name, name) == 0 && strstr(c->message, meant[i].doubt) != NULL)
            return c->kind == COMPLAINT_DOUBT;
    return false;
}

static void test_bundled_files_draw_nothing(void **state)
{
    GPtrArray *names = names_in("scenarios");
    unsigned wrong = 0;

    (void)state;
    assert_true(names->len > 0);
    for (unsigned i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        struct report r;

        free(complaints_of("scenarios", name, &r));
        for (unsigned k = 0; k < r.entries->len; k++) {
            const struct complaint *c = g_ptr_array_index(r.entries, k);

            if (!is_meant(name, c)) {
                print_error("%s:%d:%d: %s\n", name, c->at.line, c->at.column, c->message);
                wrong++;
            }
        }
        report_release(&r);
    }
    g_ptr_array_unref(names);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_broken_files),
        cmocka_unit_test(test_bundled_files_draw_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
