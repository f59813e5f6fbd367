/* docs/SCENARIO.md: its tables of keys are those that the loader reads by, and its examples are scenarios.
 * MXLAB_REWRITE=1 writes the tables anew, between <!-- keys: NAME --> and <!-- end -->. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "scenario/check.h"
#include "scenario/value.h"

static const char path[] = "docs/SCENARIO.md", from[] = "<!-- keys: ", end[] = "<!-- end -->";

static const struct shape *find_shape(const char *name, size_t len)
{
    for (unsigned i = 0; shapes_all[i] != NULL; i++)
        if (strlen(shapes_all[i]->name) == len && memcmp(shapes_all[i]->name, name, len) == 0)
            return shapes_all[i];
    return NULL;
}

/* What to write, in a word or two. */
static const char *kind_text(enum value_kind kind)
{
    static const char *const texts[] = {
        [VALUE_BOOL] = "true or false",
        [VALUE_INT] = "number",
        [VALUE_DURATION] = "duration",
        [VALUE_RATE] = "rate",
        [VALUE_LOSS] = "part",
        [VALUE_SIZE] = "size",
        [VALUE_TTL] = "TTL",
        [VALUE_MOMENT] = "moment",
        [VALUE_FREQUENCY] = "frequency",
        [VALUE_TEXT] = "text",
        [VALUE_HOST] = "host",
        [VALUE_DOMAIN] = "domain name",
        [VALUE_MAILBOX] = "mail address",
        [VALUE_USER] = "user",
        [VALUE_PERSON] = "name",
        [VALUE_SITE] = "domain name",
        [VALUE_PATH] = "path",
        [VALUE_TYPE] = "record type",
        [VALUE_PATTERN] = "pattern",
        [VALUE_RECORD] = "record",
        [VALUE_REMOVAL] = "name, type, data",
        [VALUE_LESSON] = "lesson",
        [VALUE_ADDRESS] = "address",
        [VALUE_PREFIX] = "prefix",
        [VALUE_RECURSION] = "true, false, `\"chain\"`",
        [VALUE_WORDS] = "text for people",
        [VALUE_PLACE] = "[x, y]",
        [VALUE_OBJECT] = "object",
        [VALUE_SWITCH] = "object, true, false",
        [VALUE_MAP] = "objects by name",
        [VALUE_LIST] = "list of objects",
    };

    return texts[kind];
}

static void add_kind(const struct shape_row *row, GString *out)
{
    if (row->choices != NULL) {
        for (unsigned i = 0; row->choices[i] != NULL; i++)
            g_string_append_printf(out, "%s`\"%s\"`", i > 0 ? " " : "", row->choices[i]);
    } else if (row->kind == VALUE_ITEMS) {
        g_string_append_printf(out, "list: %s%s", kind_text(row->item),
                               row->flags & ROW_ONE ? ", or one" : "");
    } else {
        g_string_append(out, kind_text(row->kind));
    }
    if (row->kind == VALUE_INT && row->low != row->high)
        g_string_append_printf(out, ", %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, row->low, row->high);
}

static void add_table(const struct shape *s, GString *out)
{
    g_string_append(out, "| key | value | default | |\n|---|---|---|---|\n");
    for (unsigned i = 0; i < s->n_rows; i++) {
        const struct shape_row *row = &s->rows[i];

        if (strcmp(row->name, "do") == 0)
            continue; /* the heading says it */
        g_string_append_printf(out, "| `%s`%s | ", row->name, row->flags & ROW_REQUIRED ? " *" : "");
        add_kind(row, out);
        g_string_append_printf(out, row->def ? " | `%s` | %s |\n" : " | %s| %s |\n", row->def ? row->def : "",
                               row->means);
    }
}

/* The text with its tables printed anew. */
static char *renew(const char *text)
{
    GString *out = g_string_new(NULL);
    const char *at = text, *mark;

    while ((mark = strstr(at, from)) != NULL) {
        const char *name = mark + strlen(from), *line = strchr(name, '\n'), *stop = strstr(name, end);
        const struct shape *s = find_shape(name, (size_t)(strstr(name, " -->") - name));

        if (s == NULL || line == NULL || stop == NULL)
            fail_msg("a bad mark in %s: %.40s", path, mark);
        g_string_append_len(out, at, line + 1 - at);
        add_table(s, out);
        at = stop;
    }
    g_string_append(out, at);
    return g_string_free(out, FALSE);
}

static char *read_doc(void)
{
    char *text = NULL;

    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static void test_tables_are_up_to_date(void **state)
{
    char *text = read_doc(), *now = renew(text);

    (void)state;
    if (getenv("MXLAB_REWRITE") != NULL)
        g_file_set_contents(path, now, -1, NULL);
    else if (strcmp(text, now) != 0)
        fail_msg(
            "the tables of %s are out of date: MXLAB_REWRITE=1 build/tests/unit/test_scenario_docs writes them",
            path);
    g_free(text);
    g_free(now);
}

/* `up` and `mend` have the keys of `down` and `cut`. */
static void test_every_shape_has_its_table(void **state)
{
    char *text = read_doc();

    (void)state;
    for (unsigned i = 0; shapes_all[i] != NULL; i++) {
        g_autofree char *mark = g_strdup_printf("%s%s -->", from, shapes_all[i]->name);

        if (shapes_all[i] != shape_actions[DO_UP] && shapes_all[i] != shape_actions[DO_MEND] &&
            strstr(text, mark) == NULL)
            fail_msg("%s has no table in %s", shapes_all[i]->name, path);
    }
    g_free(text);
}

/* Each block of JSON is a scenario without a complaint. */
static void test_examples_run(void **state)
{
    char *text = read_doc();
    unsigned n = 0;

    (void)state;
    for (const char *at = text; (at = strstr(at, "```json\n")) != NULL; n++) {
        const char *begin = at + strlen("```json\n"), *stop = strstr(begin, "```");
        struct report r;
        struct scenario *s;

        assert_non_null(stop);
        report_init(&r, path);
        s = scenario_open(span_bytes(begin, (size_t)(stop - begin)), "example", &r);
        if (r.entries->len > 0) {
            report_print(&r, stderr);
            fail_msg("example %u:\n%.*s", n + 1, (int)(stop - begin), begin);
        }
        scenario_free(&s);
        report_release(&r);
        at = stop + 3;
    }
    assert_true(n >= 8);
    g_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables_are_up_to_date),
        cmocka_unit_test(test_every_shape_has_its_table),
        cmocka_unit_test(test_examples_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
