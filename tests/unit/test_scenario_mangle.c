/* Every bundled scenario, mangled: each key removed, misspelt, given a value of each other type; the file cut
 * at each octet. Nothing crashes or hangs; each is refused with a place, or runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cjson/cJSON.h>
#include <cmocka.h>

#include "scenario/check.h"
#include "scenario/world.h"

enum { STEPS_MAX = 300 }; /* of a run; what is to be shown is that it begins and goes on */

static unsigned refused, ran;

/* Of a run without a limit the first steps. */
static void run(const struct scenario *s)
{
    struct world *w = world_new(s, false, 0);

    for (int i = 0; i < STEPS_MAX && world_step(w, SIM_NEVER); i++)
        continue;
    world_free(&w);
}

static void try_text(const char *name, struct span text)
{
    struct report r;
    struct scenario *s;

    report_init(&r, name);
    s = scenario_open(text, name, &r);
    if ((s == NULL) != (r.errors > 0))
        fail_msg("%s: %u errors, but %s scenario:\n%.*s", name, r.errors, s ? "a" : "no", (int)text.len,
                 text.at);
    for (unsigned i = 0; i < r.entries->len; i++) {
        const struct complaint *c = g_ptr_array_index(r.entries, i);

        if (c->kind == COMPLAINT_ERROR && c->at.line == 0)
            fail_msg("%s: no place: %s: %s\n%.*s", name, c->path, c->message, (int)text.len, text.at);
    }
    if (s != NULL) {
        ran++;
        run(s);
    } else {
        refused++;
    }
    scenario_free(&s);
    report_release(&r);
}

/* ---- Keys and values. */

static const char *const values[] = { "null",      "true",           "false", "0",         "-1",
                                      "1.5",       "1e300",          "\"\"",  "\"x\"",     "\"5s\"",
                                      "[]",        "[[]]",           "{}",    "{\"x\":1}", "[\"x\"]",
                                      "[1,\"y\"]", "\"\\u00e9 \\n\"" };

/* What becomes of one member or entry. */
struct change {
    const cJSON *victim;
    const char *key;   /* in place of its own; NULL: its own */
    const char *value; /* likewise, as JSON */
    bool is_gone, is_double;
};

static void print(const cJSON *json, const struct change *c, GString *out);

static void print_member(const cJSON *json, const struct change *c, GString *out)
{
    bool is_victim = json == c->victim;
    const char *key = is_victim && c->key ? c->key : json->string;

    if (is_victim && c->is_gone)
        return;
    if (g_ascii_isalnum(out->str[out->len - 1]) || strchr("]}\"", out->str[out->len - 1]) != NULL)
        g_string_append_c(out, ',');
    if (key != NULL)
        g_string_append_printf(out, "\"%s\":", key); /* keys of our own files need no escapes */
    if (is_victim && c->value)
        g_string_append(out, c->value);
    else
        print(json, c, out);
}

static void print(const cJSON *json, const struct change *c, GString *out)
{
    if (!cJSON_IsObject(json) && !cJSON_IsArray(json)) {
        char *text = cJSON_PrintUnformatted(json);

        g_string_append(out, text);
        cJSON_free(text);
        return;
    }
    g_string_append_c(out, cJSON_IsObject(json) ? '{' : '[');
    for (const cJSON *child = json->child; child != NULL; child = child->next) {
        print_member(child, c, out);
        if (child == c->victim && c->is_double)
            print_member(child, c, out);
    }
    g_string_append_c(out, cJSON_IsObject(json) ? '}' : ']');
}

static void try_change(const char *name, const cJSON *root, const struct change *c)
{
    GString *text = g_string_new(NULL);

    print(root, c, text);
    try_text(name, span_bytes(text->str, text->len));
    g_string_free(text, TRUE);
}

static void mangle_key(const char *name, const cJSON *root, const cJSON *item)
{
    g_autofree char *key = g_strdup(item->string);

    key[strlen(key) / 2] ^= 1;
    try_change(name, root, &(struct change){ .victim = item, .key = key });
    try_change(name, root, &(struct change){ .victim = item, .key = "" });
}

/* Each member and entry, and what is in it; of a list's entries, which are alike, the first and the last. */
static void mangle(const char *name, const cJSON *root, const cJSON *parent)
{
    for (const cJSON *item = parent->child; item != NULL; item = item->next) {
        if (cJSON_IsArray(parent) && item != parent->child && item->next != NULL)
            continue;
        if (item->string != NULL)
            mangle_key(name, root, item);
        try_change(name, root, &(struct change){ .victim = item, .is_gone = true });
        try_change(name, root, &(struct change){ .victim = item, .is_double = true });
        for (unsigned i = 0; i < G_N_ELEMENTS(values); i++)
            try_change(name, root, &(struct change){ .victim = item, .value = values[i] });
        mangle(name, root, item);
    }
}

/* ---- All. */

typedef void each_file(const char *name, const char *text, size_t len);

static void for_each_file(each_file *each)
{
    GDir *dir = g_dir_open("scenarios", 0, NULL);
    const char *name;
    unsigned n = 0;

    assert_non_null(dir);
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_strdup_printf("scenarios/%s", name), *text = NULL;
        size_t len;

        if (!g_str_has_suffix(name, ".json") || strcmp(name, "scenario.schema.json") == 0)
            continue;
        assert_true(g_file_get_contents(path, &text, &len, NULL));
        each(name, text, len);
        n++;
    }
    g_dir_close(dir);
    assert_true(n > 0);
}

static void mangle_file(const char *name, const char *text, size_t len)
{
    cJSON *root = cJSON_ParseWithLength(text, len);

    assert_non_null(root);
    mangle(name, root, root);
    cJSON_Delete(root);
}

static void truncate_file(const char *name, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char *cut = g_memdup2(text, i + 1); /* in a block of its own: a read past the end shows */

        try_text(name, span_bytes(cut, i));
        g_free(cut);
    }
}

static void test_each_key_mangled(void **state)
{
    (void)state;
    refused = ran = 0;
    for_each_file(mangle_file);
    print_message("%u refused, %u ran\n", refused, ran);
    assert_true(refused > 1000 && ran > 100);
}

static void test_cut_at_each_octet(void **state)
{
    (void)state;
    refused = ran = 0;
    for_each_file(truncate_file);
    print_message("%u refused, %u ran\n", refused, ran);
    assert_true(refused > 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_key_mangled),
        cmocka_unit_test(test_cut_at_each_octet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
