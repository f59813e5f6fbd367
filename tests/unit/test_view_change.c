/* view_with_action and scenario/edit.h: the author's text stays as it is but for the new action. */
#include "scenario_help.h"

#include "scenario/edit.h"
#include "view.h"

#define ACTION "{ 'do': 'x' }"

static const struct {
    const char *name, *before, *after; /* apostrophes for quotation marks */
} good[] = {
    { "a line each", "{\n  'actions': [\n    { 'do': 'y' }\n  ]\n}\n",
      "{\n  'actions': [\n    { 'do': 'y' },\n    " ACTION "\n  ]\n}\n" },
    { "two in a list", "{\n  'actions': [\n    {},\n    {}\n  ],\n  'format': 1\n}\n",
      "{\n  'actions': [\n    {},\n    {},\n    " ACTION "\n  ],\n  'format': 1\n}\n" },
    { "all in one line", "{'format': 1, 'actions': [{}, {}]}",
      "{'format': 1, 'actions': [{}, {}, " ACTION "]}" },
    { "tabs", "{\n\t'actions': [\n\t\t{ 'a': [1] }\n\t]\n}",
      "{\n\t'actions': [\n\t\t{ 'a': [1] },\n\t\t" ACTION "\n\t]\n}" },
    { "an empty list", "{\n  'actions': [],\n  'format': 1\n}",
      "{\n  'actions': [\n    " ACTION "\n  ],\n  'format': 1\n}" },
    { "an empty list with space", "{\n  'actions': [  \n ]\n}", "{\n  'actions': [\n    " ACTION "\n  ]\n}" },
    { "no list", "{\n  'format': 1\n}\n", "{\n  'format': 1,\n  'actions': [\n    " ACTION "\n  ]\n}\n" },
    { "nothing", "{}", "{\n  'actions': [\n    " ACTION "\n  ]\n}" },
    { "actions elsewhere", "{'x': {'actions': []}, 'y': 'actions', 'actions': [[]]}",
      "{'x': {'actions': []}, 'y': 'actions', 'actions': [[], " ACTION "]}" },
    { "brackets in texts", "{'t': ']}\\\\', 'actions': [{'text': '],}\\\\\\n'}], 'z': true}",
      "{'t': ']}\\\\', 'actions': [{'text': '],}\\\\\\n'}, " ACTION "], 'z': true}" },
    { "letters of two octets", "{'t': '앨리스', 'actions': [{'t': '밥'}]}",
      "{'t': '앨리스', 'actions': [{'t': '밥'}, " ACTION "]}" },
    { "scalars", "{'actions': [1, -2.5e3, true, null, 'x']}",
      "{'actions': [1, -2.5e3, true, null, 'x', " ACTION "]}" },
};

static void test_edit_keeps_the_text(void **unused)
{
    g_autofree char *action = sh_json(" \n" ACTION "\n ");
    (void)unused;

    for (unsigned i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autofree char *before = sh_json(good[i].before), *wanted = sh_json(good[i].after);
        GString *why = g_string_new(NULL);
        g_autofree char *after = scenario_text_with_action(span_of(before), action, why);
        if (after == NULL || strcmp(after, wanted) != 0)
            fail_msg("%s: %s\nis not\n%s", good[i].name, after ? after : why->str, wanted);
        g_string_free(why, TRUE);
    }
}

static void test_edit_refuses(void **unused)
{
    static const struct {
        const char *name, *text, *action;
    } rows[] = {
        { "no object", "{}", "[]" },
        { "nothing", "{}", "" },
        { "cut short", "{}", "{'a': 1" },
        { "two", "{}", "{} {}" },
        { "a key twice", "{}", "{'a': 1, 'a': 2}" },
        { "scenario no object", "[]", "{}" },
        { "scenario broken", "{'a'}", "{}" },
        { "no list", "{'actions': {}}", "{}" },
    };
    (void)unused;

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = sh_json(rows[i].text), *action = sh_json(rows[i].action);
        GString *why = g_string_new(NULL);
        g_autofree char *after = scenario_text_with_action(span_of(text), action, why);
        if (after != NULL || why->len == 0)
            fail_msg("%s: %s", rows[i].name, after ? after : "no reason");
        assert_null(scenario_text_with_action(span_of(text), action, NULL));
        g_string_free(why, TRUE);
    }
}

/* Each bundled scenario takes another action, and is otherwise, octet for octet, what it was. */
static void test_change_of_each_bundled(void **unused)
{
    GPtrArray *names = sh_bundled();
    (void)unused;

    for (unsigned i = 0; i < names->len; i++) {
        g_autofree char *path = g_strdup_printf("scenarios/%s.json", (char *)g_ptr_array_index(names, i)),
                        *file = NULL;
        struct report r;
        report_init(&r, path);
        struct mxlab *m = mxlab_open(path, NULL, &r);
        assert_true(g_file_get_contents(path, &file, NULL, NULL));
        assert_string_equal(view_text(m), file);

        g_autofree char *action = g_strdup_printf("{ \"at\": \"90s\", \"do\": \"down\", \"host\": \"%s\" }",
                                                  view_host(m, 0).name);
        GString *why = g_string_new(NULL);
        g_autofree char *text = view_with_action(m, action, why);
        if (text == NULL)
            fail_msg("%s: %s", path, why->str);
        char *found = strstr(text, action);
        assert_non_null(found);
        size_t added = strlen(text) - strlen(file), before = (size_t)(found - text);
        while (text[before - 1] != ',') /* what parts it from the one before it came, too */
            before--;
        before--;
        assert_memory_equal(text, file, before);
        assert_string_equal(text + before + added, file + before);

        struct mxlab *changed = mxlab_open_text(span_of(text), view_name(m), NULL, &r);
        assert_non_null(changed);
        mxlab_close(&changed);
        mxlab_close(&m);
        report_release(&r);
        g_string_free(why, TRUE);
    }
    g_ptr_array_unref(names);
}

static void test_change_says_what_is_wrong(void **unused)
{
    struct report r;
    GString *why = g_string_new(NULL);
    (void)unused;

    report_init(&r, "x");
    struct mxlab *m = mxlab_open("scenarios/alice-to-bob.json", NULL, &r);
    assert_null(
        view_with_action(m, "{ \"at\": \"1s\", \"do\": \"down\", \"host\": \"mail.crepe.fr\" }", why));
    assert_non_null(strstr(why->str, "mail.crepes.fr"));
    mxlab_close(&m);
    report_release(&r);
    g_string_free(why, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edit_keeps_the_text),
        cmocka_unit_test(test_edit_refuses),
        cmocka_unit_test(test_change_of_each_bundled),
        cmocka_unit_test(test_change_says_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
