/* scenarios/scenario.schema.json is what sim/scenario/schema.c prints from the loader's tables, so the two
 * cannot part. MXLAB_REWRITE=1 writes it anew. That files are valid by it, tests/cli/schema.py looks at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "scenario/model.h"
#include "scenario/schema.h"
#include "scenario/source.h"

static void test_schema_is_up_to_date(void **state)
{
    const char *const path = "scenarios/scenario.schema.json";
    GString *now = g_string_new(NULL);
    char *file = NULL;

    (void)state;
    scenario_schema(now);
    if (getenv("MXLAB_REWRITE") != NULL)
        g_file_set_contents(path, now->str, (gssize)now->len, NULL);
    assert_true(g_file_get_contents(path, &file, NULL, NULL));
    if (strcmp(file, now->str) != 0)
        fail_msg("%s is out of date: MXLAB_REWRITE=1 %s writes it", path,
                 "build/tests/unit/test_scenario_schema");
    g_free(file);
    g_string_free(now, TRUE);
}

static void test_schema_is_json(void **state)
{
    GString *text = g_string_new(NULL);
    struct report r;
    struct source *s;

    (void)state;
    scenario_schema(text);
    report_init(&r, "schema");
    s = source_new(span_bytes(text->str, text->len), 64, &r);
    report_print(&r, stderr);
    assert_non_null(s);
    assert_int_equal(r.entries->len, 0);
    source_free(&s);
    report_release(&r);
    g_string_free(text, TRUE);
}

/* Editors show the descriptions: every key has its own. */
static void test_every_key_is_described(void **state)
{
    GString *text = g_string_new(NULL);

    (void)state;
    scenario_schema(text);
    for (unsigned i = 0; shapes_all[i] != NULL; i++)
        for (unsigned j = 0; j < shapes_all[i]->n_rows; j++) {
            g_autofree char *key = g_strdup_printf("\"%s\": { \"description\": \"",
                                                   shapes_all[i]->rows[j].name);

            if (strstr(text->str, key) == NULL)
                fail_msg("%s.%s", shapes_all[i]->name, shapes_all[i]->rows[j].name);
        }
    g_string_free(text, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schema_is_up_to_date),
        cmocka_unit_test(test_schema_is_json),
        cmocka_unit_test(test_every_key_is_described),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
