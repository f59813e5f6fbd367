/* tests/unit/scenario_help.h: scenarios as short texts for the tests of sim/scenario and sim/mxlab: an
 * apostrophe stands for a quotation mark. */
#ifndef SCENARIO_HELP_H
#define SCENARIO_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "scenario/check.h"
#include "scenario/derive.h"
#include "scenario/load.h"

G_GNUC_UNUSED static char *sh_json(const char *text)
{
    return g_strdelimit(g_strdup(text), "'", '"');
}

/* Derived and ready to run; a complaint that is an error fails the test. Free with scenario_free. */
G_GNUC_UNUSED static struct scenario *sh_open(const char *name, const char *text)
{
    g_autofree char *json = sh_json(text);
    struct report r;

    report_init(&r, name);
    struct scenario *s = scenario_open(span_of(json), name, &r);
    if (s == NULL) {
        report_print(&r, stderr);
        fail_msg("%s: not a scenario: %s", name, json);
    }
    report_release(&r);
    return s;
}

/* The same without check: for what a run must bear though nobody is let do it. */
G_GNUC_UNUSED static struct scenario *sh_open_unchecked(const char *name, const char *text)
{
    g_autofree char *json = sh_json(text);
    struct report r;

    report_init(&r, name);
    struct scenario *s = scenario_load(span_of(json), name, &r);
    if (s != NULL && r.errors == 0)
        scenario_derive(s, &r);
    if (s == NULL || r.errors > 0) {
        report_print(&r, stderr);
        fail_msg("%s: not a scenario: %s", name, json);
    }
    report_release(&r);
    return s;
}

/* The bundled scenarios' names, sorted. Free with g_ptr_array_unref. */
G_GNUC_UNUSED static gint sh_by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

G_GNUC_UNUSED static GPtrArray *sh_bundled(void)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    GDir *dir = g_dir_open("scenarios", 0, NULL);
    const char *file;

    assert_non_null(dir);
    while ((file = g_dir_read_name(dir)) != NULL)
        if (g_str_has_suffix(file, ".json") && !g_str_has_suffix(file, ".schema.json"))
            g_ptr_array_add(names, g_strndup(file, strlen(file) - strlen(".json")));
    g_dir_close(dir);
    g_ptr_array_sort(names, sh_by_name);
    assert_true(names->len > 0);
    return names;
}

#endif
