/* sim/scenario/expand.c: an expanded scenario loads again, is the same scenario, and has nothing left to
 * expand. One scenario is made from the tables themselves, with each key of each shape at a value that is not
 * its default. */
#include "scenario_help.h"

#include "scenario/derive.h"
#include "scenario/expand.h"
#include "scenario/load.h"
#include "scenario/value.h"

/* ---- Are two scenarios the same, key by key? */

static void differ(GString *out, const char *path, const char *key, const char *what)
{
    if (out->len == 0)
        g_string_printf(out, "%s.%s: %s", path, key, what);
}

static const void *member(const struct node *n, const struct shape_row *row)
{
    return (const char *)n + row->offset;
}

static void compare_nodes(const struct node *a, const struct node *b, const char *path, GString *out);

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_words(const struct scenario_text *a, const struct scenario_text *b)
{
    bool same = a->n == b->n;

    for (unsigned i = 0; same && i < a->n; i++)
        same = same_text(a->said[i].language, b->said[i].language) &&
               same_text(a->said[i].text, b->said[i].text);
    return same;
}

static void compare_lists(const struct shape_row *row, const GPtrArray *x, const GPtrArray *y,
                          const char *path, GString *out)
{
    if (x->len != y->len) {
        differ(out, path, row->name, "not as many");
        return;
    }
    for (unsigned i = 0; i < x->len; i++) {
        g_autofree char *inner = g_strdup_printf("%s.%s[%u]", path, row->name, i);

        if (row->kind != VALUE_ITEMS) {
            const struct node *p = g_ptr_array_index(x, i), *q = g_ptr_array_index(y, i);
            if (row->kind == VALUE_MAP && !same_text(*(char **)((char *)p + p->shape->name_offset),
                                                     *(char **)((char *)q + q->shape->name_offset)))
                differ(out, path, row->name, "another name");
            compare_nodes(p, q, inner, out);
        } else {
            const struct scenario_item *p = g_ptr_array_index(x, i), *q = g_ptr_array_index(y, i);
            bool same = same_text(p->text, q->text);
            if (row->item == VALUE_DURATION)
                same = same && p->time == q->time;
            else if (row->item == VALUE_ADDRESS)
                same = same && p->address == q->address;
            else if (row->item == VALUE_PREFIX)
                same = same && p->prefix.base == q->prefix.base && p->prefix.bits == q->prefix.bits;
            if (!same)
                differ(out, inner, row->name, "another item");
        }
    }
}

static void compare_rows(const struct node *a, const struct node *b, const struct shape_row *row,
                         const char *path, GString *out)
{
    const void *x = member(a, row), *y = member(b, row);

    switch (row->kind) {
    case VALUE_ITEMS:
    case VALUE_MAP:
    case VALUE_LIST:
        compare_lists(row, *(GPtrArray *const *)x, *(GPtrArray *const *)y, path, out);
        break;
    case VALUE_OBJECT:
    case VALUE_SWITCH: {
        const struct node *p = *(const struct node *const *)x, *q = *(const struct node *const *)y;
        g_autofree char *inner = g_strdup_printf("%s.%s", path, row->name);
        if ((p == NULL) != (q == NULL))
            differ(out, path, row->name, "only one has it");
        else if (p != NULL)
            compare_nodes(p, q, inner, out);
        break;
    }
    case VALUE_WORDS:
        if (!same_words(x, y))
            differ(out, path, row->name, "other words");
        break;
    case VALUE_TEXT:
    case VALUE_HOST:
    case VALUE_DOMAIN:
    case VALUE_MAILBOX:
    case VALUE_USER:
    case VALUE_PERSON:
    case VALUE_SITE:
    case VALUE_PATH:
    case VALUE_TYPE:
    case VALUE_PATTERN:
        if (!same_text(*(const char *const *)x, *(const char *const *)y))
            differ(out, path, row->name, "another text");
        break;
    default:
        if (memcmp(x, y, value_size(row->kind)) != 0)
            differ(out, path, row->name, "another value");
    }
}

static void compare_nodes(const struct node *a, const struct node *b, const char *path, GString *out)
{
    if (a->shape != b->shape) {
        differ(out, path, "", "another shape");
        return;
    }
    for (unsigned i = 0; i < a->shape->n_rows; i++) {
        const struct shape_row *row = &a->shape->rows[i];
        if (!(row->flags & (ROW_ALIAS | ROW_SUGAR)))
            compare_rows(a, b, row, path, out);
    }
}

/* ---- The round: expand, load, compare, expand. */

/* As `mxlab expand` does, but for what check would say of names that nobody has. */
static struct scenario *load(const char *name, const char *json)
{
    struct report r;

    report_init(&r, name);
    struct scenario *s = scenario_load(span_of(json), name, &r);
    if (s != NULL && r.errors == 0)
        scenario_derive(s, &r);
    if (s == NULL || r.errors > 0) {
        report_print(&r, stderr);
        fail_msg("%s is not loaded:\n%s", name, json);
    }
    report_release(&r);
    return s;
}

static void check_round(const char *name, const char *json)
{
    GString *once = g_string_new(NULL), *twice = g_string_new(NULL), *difference = g_string_new(NULL);
    struct scenario *first = load(name, json);

    scenario_expand(first, once);
    struct scenario *second = load(name, once->str);
    compare_nodes(&first->node, &second->node, "", difference);
    if (difference->len > 0)
        fail_msg("%s: %s\n%s", name, difference->str, once->str);
    scenario_expand(second, twice);
    if (strcmp(once->str, twice->str) != 0)
        fail_msg("%s: expanded:\n%s\nexpanded twice:\n%s", name, once->str, twice->str);
    for (const char *line = once->str; *line != '\0'; line += strcspn(line, "\n") + 1)
        if (strcspn(line, "\n") > 0 && line[strcspn(line, "\n") - 1] == ' ')
            fail_msg("%s: a space at the end of a line: %.80s", name, line);
    scenario_free(&first);
    scenario_free(&second);
    g_string_free(once, TRUE);
    g_string_free(twice, TRUE);
    g_string_free(difference, TRUE);
}

static void test_bundled_scenarios(void **state)
{
    GPtrArray *names = sh_bundled();

    (void)state;
    for (unsigned i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *path = g_strdup_printf("scenarios/%s.json", name), *text = NULL;

        assert_true(g_file_get_contents(path, &text, NULL, NULL));
        check_round(name, text);
    }
    g_ptr_array_unref(names);
}

static const struct {
    const char *name, *text;
} rows[] = {
    { "nothing", "{'format': 1}" },
    { "one host", "{'format': 1, 'hosts': {'a': {}}}" },
    { "a domain",
      "{'format': 1, 'domains': {'a.test': {'people': ['al', {'name': 'bo', 'quota': '1KB'}]}}}" },
    { "a nested domain", "{'format': 1, 'domains': {'a.b.test': {'people': ['al']}, 'b.test': {}}}" },
    { "a chain", "{'format': 1, 'root': {'recursion': true}, 'tlds': {'test': {'recursion': true}}, "
                 "'domains': {'a.test': {'dns': {'recursion': true}}}}" },
    { "empty lists",
      "{'format': 1, 'domains': {'a.test': {'people': ['al'], 'local': {'clients': []}, 'mail': "
      "{'relay_for': []}}}, 'hosts': {'al-pc': {'resolvers': []}}}" },
    { "many name servers",
      "{'format': 1, 'root': {'name_servers': 13}, 'domains': {'a.test': {'name_servers': 3}}}" },
    { "explicit links",
      "{'format': 1, 'hosts': {'a': {}, 'b': {}, 'c': {'link': {'delay': '1us'}}}, 'links': "
      "[{'between': ['a', 'b'], 'rate': '1500bps', 'loss': '12.3456%', 'up': false}]}" },
    { "numbers at their limits",
      "{'format': 1, 'seed': 9007199254740991, 'start': '1970-01-01T00:00:00Z', 'duration': '1ns', "
      "'defaults': {'rate': '1000Gbps', 'loss': 0.000001, 'delay': '0s', 'queue': 0, 'ttl': 2147483647}}" },
    { "texts",
      "{'format': 1, 'name': 'x', 'title': {'ko': '메일', 'en': 'Mail'}, 'about': 'tab\\there, \\u0001 and "
      "\\ud83d\\ude00', 'chapters': [{'at': '0s', 'title': ''}, {'when': 'note', 'title': {'en': 'a'}, 'text': "
      "'line\\nline'}]}" },
    { "the null sender and empty texts",
      "{'format': 1, 'actions': [{'do': 'send', 'from': 'a@b.test', 'to': 'c@b.test', 'sender': '', 'subject': "
      "'', 'text': ''}]}" },
    { "rate as every",
      "{'format': 1, 'actions': [{'do': 'look_up', 'host': 'a', 'name': 'b.test', 'count': 9, "
      "'rate': '3/m', 'poisson': true}]}" },
    { "domain TTLs",
      "{'format': 1, 'domains': {'a.test': {'ttl': 7, 'records': ['www A 10.0.0.1', 'w 9 A 10.0.0.2', "
      "'x IN 3 A 10.0.0.3', '@ TXT a b c']}}}" },
    { "long lines",
      "{'format': 1, 'hosts': {'a': {'addresses': ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5', "
      "'10.0.0.6', '10.0.0.7', '10.0.0.8', '10.0.0.9', '10.0.0.10'], 'agents': {'a@b.test': {'name': 'A person "
      "with quite a long name, longer than most people have, and who insists on all of it'}}}}}" },
};

static void test_many_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *json = sh_json(rows[i].text);
        check_round(rows[i].name, json);
    }
}

/* ---- A scenario made from the tables. */

static void make_object(GString *out, const struct shape *shape, const struct shape *variant, unsigned turn);

static int64_t within(const struct shape_row *row, int64_t wanted)
{
    if (row == NULL || (row->low == 0 && row->high == 0))
        return wanted;
    return CLAMP(wanted, row->low, row->high);
}

static void make_value(GString *out, enum value_kind kind, const struct shape_row *row, unsigned turn)
{
    static const char *const fixed[] = {
        [VALUE_RATE] = "\"2500bps\"",
        [VALUE_LOSS] = "0.000123",
        [VALUE_HOST] = "\"h.x.test\"",
        [VALUE_MOMENT] = "\"2027-01-02T03:04:05Z\"",
        [VALUE_DOMAIN] = "\"x.test\"",
        [VALUE_MAILBOX] = "\"al@x.test\"",
        [VALUE_USER] = "\"al\"",
        [VALUE_TYPE] = "\"MX\"",
        [VALUE_PATTERN] = "\"note\"",
        [VALUE_RECORD] = "\"www 5 A 10.0.0.1\"",
        [VALUE_REMOVAL] = "\"www A\"",
        [VALUE_LESSON] = "\"M1\"",
        [VALUE_ADDRESS] = "\"10.0.0.9\"",
        [VALUE_PERSON] = "\"al\"",
        [VALUE_SITE] = "\"x.test\"",
        [VALUE_PATH] = "\"/x\"",
        [VALUE_PREFIX] = "\"10.0.0.0/8\"",
        [VALUE_PLACE] = "[125, 999]",
        [VALUE_WORDS] = "{\"ko\": \"하나\", \"en\": \"a \\\"b\\\"\"}",
        [VALUE_RECURSION] = "\"chain\"",
        [VALUE_FREQUENCY] = "\"2/s\"",
        [VALUE_LIST] = NULL,
    };
    char buf[TIME_DURATION_MAX];
    unsigned n = 2;

    switch (kind) {
    case VALUE_BOOL:
        g_string_append(out, row->def != NULL && strcmp(row->def, "true") == 0 ? "false" : "true");
        break;
    case VALUE_INT:
    case VALUE_SIZE:
    case VALUE_TTL:
        g_string_append_printf(out, "%" G_GINT64_FORMAT, within(row, 440 + turn));
        break;
    case VALUE_DURATION:
        g_string_append_printf(out, "\"%s\"", time_duration(buf, within(row, 3 * SIM_MINUTE + 1 + turn)));
        break;
    case VALUE_ENUM:
        while (row->choices[n] != NULL)
            n++;
        g_string_append_printf(out, "\"%s\"", row->choices[n - 1]);
        break;
    case VALUE_TEXT:
        g_string_append(out, row->choices ? "\"smtp\"" : "\"한글 \\\"and\\\" \\\\ more\"");
        break;
    case VALUE_ITEMS:
        if (row->high > 0)
            n = (unsigned)MIN(2, row->high);
        for (unsigned i = 0; i < n; i++) {
            g_string_append(out, i ? ", " : "[");
            make_value(out, row->item, NULL, turn);
        }
        g_string_append_c(out, ']');
        break;
    case VALUE_MAP:
        g_string_append_c(out, '{');
        make_value(out, row->of->name_kind, row, turn);
        g_string_append(out, ": ");
        make_object(out, row->of, NULL, turn);
        g_string_append_c(out, '}');
        break;
    case VALUE_LIST:
        g_string_append_c(out, '[');
        for (unsigned i = 0; row->of->variants == NULL ? i < 1 : i < N_DO; i++) {
            g_string_append(out, i ? ",\n" : "");
            make_object(out, row->of, row->of->variants ? row->of->variants[i] : NULL, turn);
        }
        g_string_append_c(out, ']');
        break;
    case VALUE_OBJECT:
    case VALUE_SWITCH:
        make_object(out, row->of, NULL, turn);
        break;
    default:
        g_assert_true(kind < G_N_ELEMENTS(fixed) && fixed[kind] != NULL);
        g_string_append(out, fixed[kind]);
    }
}

/* `turn` picks between keys that exclude each other. */
static void make_object(GString *out, const struct shape *shape, const struct shape *variant, unsigned turn)
{
    const char *comma = "{";
    const struct shape *s = variant ? variant : shape;

    for (unsigned i = 0; i < s->n_rows; i++) {
        const struct shape_row *row = &s->rows[i];

        if (row->flags & ROW_ALIAS || (s == &shape_chapter && strcmp(row->name, turn ? "when" : "at") == 0) ||
            (s == &shape_scenario && row->flags & ROW_SUGAR && turn))
            continue;
        g_string_append_printf(out, "%s\"%s\": ", comma, row->name);
        comma = ", ";
        if (variant != NULL && strcmp(row->name, "do") == 0)
            for (unsigned k = 0; k < N_DO; k++) {
                if (shape_actions[k] == variant)
                    g_string_append_printf(out, "\"%s\"", scenario_dos[k]);
            }
        else
            make_value(out, row->kind, row, turn);
    }
    g_string_append(out, comma[0] == '{' ? "{}" : "}");
}

static void test_every_key_of_every_shape(void **state)
{
    (void)state;
    for (unsigned turn = 0; turn < 2; turn++) {
        GString *json = g_string_new(NULL);

        make_object(json, &shape_scenario, NULL, turn);
        check_round(turn ? "every key, primitives" : "every key", json->str);
        g_string_free(json, TRUE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bundled_scenarios),
        cmocka_unit_test(test_many_texts),
        cmocka_unit_test(test_every_key_of_every_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
