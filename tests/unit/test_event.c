/* core/event.h is a contract with those who read traces: docs/TRACE.md says the same, down to each example.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <cjson/cJSON.h>
#include <glib.h>

#include "core/event.h"

static char *docs;

static int read_docs(void **state)
{
    (void)state;
    return g_file_get_contents("docs/TRACE.md", &docs, NULL, NULL) ? 0 : -1;
}

static int free_docs(void **state)
{
    (void)state;
    g_free(docs);
    return 0;
}

static void test_find(void **state)
{
    (void)state;
    for (int i = 0; i < N_EVENTS; i++)
        assert_int_equal(event_find(event_names[i]), i);
    for (int i = 0; i < N_KEYS; i++)
        assert_int_equal(key_find(key_names[i]), i);
    assert_int_equal(event_find("packet"), -1);
    assert_int_equal(event_find(""), -1);
    assert_int_equal(key_find("Host"), -1);
    assert_int_equal(key_find_span(SPAN("hosts")), KEY_HOSTS);
    assert_int_equal(key_find_span(SPAN("hos")), -1);
}

/* Names are `area.thing` in small letters, keys too; rows have keys that exist, none twice, none of the
 * common ones. */
static void test_rows_are_sound(void **state)
{
    (void)state;
    for (int i = 0; i < N_EVENTS; i++) {
        struct span rest = span_of(event_keys[i]);
        bool seen[N_KEYS] = { false };
        while (rest.len > 0) {
            int key = key_find_span(span_take_word(&rest));
            if (key < 0 || key_is_common((enum key)key) || seen[key])
                fail_msg("%s: %s", event_names[i], event_keys[i]);
            seen[key] = true;
        }
        for (int key = 0; key < N_KEYS; key++)
            assert_int_equal(event_has((enum event)i, (enum key)key),
                             seen[key] || key_is_common((enum key)key));
        assert_true(g_regex_match_simple("^[a-z0-9]+\\.[a-z_]+$|^note$", event_names[i], 0, 0));
    }
    for (int key = 0; key < N_KEYS; key++) {
        bool used = key_is_common((enum key)key);
        for (int i = 0; i < N_EVENTS; i++)
            used |= event_has((enum event)i, (enum key)key);
        if (!used || !g_regex_match_simple("^[a-z_]+$", key_names[key], 0, 0))
            fail_msg("%s", key_names[key]);
    }
}

static void test_docs_head_each_event_with_its_row(void **state)
{
    (void)state;
    for (int i = 0; i < N_EVENTS; i++) {
        g_autoptr(GString) heading = g_string_new(NULL);
        struct span rest = span_of(event_keys[i]);
        g_string_append_printf(heading, "\n#### `%s`:", event_names[i]);
        while (rest.len > 0) {
            struct span key = span_take_word(&rest);
            g_string_append_printf(heading, " `%.*s`", (int)key.len, key.at);
        }
        g_string_append_c(heading, '\n');
        if (!strstr(docs, heading->str))
            fail_msg("docs/TRACE.md lacks the heading%s", heading->str);
    }
}

static void test_docs_list_each_key_with_its_kind(void **state)
{
    static const char *const kinds[] = {
        [KEY_IS_TEXT] = "text", [KEY_IS_NUMBER] = "number", [KEY_IS_SECONDS] = "seconds", [KEY_IS_ID] = "id"
    };

    (void)state;
    for (int i = 0; i < N_KEYS; i++) {
        g_autofree char *row = g_strdup_printf("\n| `%s` | %s | ", key_names[i],
                                               kinds[key_kind((enum key)i)]);
        if (!strstr(docs, row))
            fail_msg("docs/TRACE.md lacks the row%s", row);
    }
}

/* ---- The examples. */

static bool is_kind(const cJSON *value, enum key_kind kind)
{
    switch (kind) {
    case KEY_IS_TEXT:
    case KEY_IS_ID:
        return cJSON_IsString(value);
    case KEY_IS_NUMBER:
    case KEY_IS_SECONDS:
        return cJSON_IsNumber(value);
    }
    return false;
}

/* Where a key stands in the lines of an event, -1 if nowhere. */
static int place_of(int event, const char *name)
{
    struct span rest = span_of(event_keys[event]);
    int key = key_find(name);

    if (key >= 0 && key_is_common((enum key)key))
        return key;
    for (int place = N_KEYS; rest.len > 0; place++)
        if (span_is(span_take_word(&rest), span_of(name)))
            return place;
    return -1;
}

static int check_example(const char *line)
{
    cJSON *object = cJSON_Parse(line);
    const cJSON *value;
    int event, last = -1;

    if (object == NULL)
        fail_msg("no JSON: %s", line);
    event = event_find(cJSON_GetObjectItem(object, "event")->valuestring);
    if (event < 0)
        fail_msg("no such event: %s", line);
    cJSON_ArrayForEach(value, object)
    {
        int place = place_of(event, value->string);
        if (place <= last)
            fail_msg("%s is out of place: %s", value->string, line);
        if (!is_kind(value, key_kind((enum key)key_find(value->string))))
            fail_msg("%s is of another kind: %s", value->string, line);
        last = place;
    }
    cJSON_Delete(object);
    return event;
}

static void test_docs_have_sound_examples_of_all_events(void **state)
{
    g_auto(GStrv) lines = g_strsplit(docs, "\n", -1);
    bool seen[N_EVENTS] = { false };

    (void)state;
    for (char **line = lines; *line; line++)
        if (g_str_has_prefix(*line, "{\"seq\":"))
            seen[check_example(*line)] = true;
    for (int i = 0; i < N_EVENTS; i++)
        if (!seen[i])
            fail_msg("docs/TRACE.md has no example of %s", event_names[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_rows_are_sound),
        cmocka_unit_test(test_docs_head_each_event_with_its_row),
        cmocka_unit_test(test_docs_list_each_key_with_its_kind),
        cmocka_unit_test(test_docs_have_sound_examples_of_all_events),
    };
    return cmocka_run_group_tests_name("event", tests, read_docs, free_docs);
}
