#include "scenario/load.h"

#include <cjson/cJSON.h>
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scenario/source.h"
#include "scenario/value.h"

/* A value being read: cJSON's and ours, side by side. */
struct input {
    const cJSON *json;
    const struct source_node *source;
    struct position at; /* where complaints about it point */
    const char *path;
};

struct loader {
    struct scenario *s;
    struct report *report;
};

static void *read_element(struct loader *l, const struct shape *shape, struct input in);
static void read_into(struct loader *l, struct node *n, struct input in);

/* ---- Saying what is wrong. */

static const char *type_text(const cJSON *json)
{
    return cJSON_IsString(json)   ? "a text"
           : cJSON_IsNumber(json) ? "a number"
           : cJSON_IsBool(json)   ? (cJSON_IsTrue(json) ? "true" : "false")
           : cJSON_IsNull(json)   ? "null"
           : cJSON_IsArray(json)  ? "a list"
                                  : "an object";
}

static void error_at(struct loader *l, struct input in, const char *hint, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

static void error_at(struct loader *l, struct input in, const char *hint, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list args;

    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    scenario_complain(l->report, COMPLAINT_ERROR, in.at, in.path, hint, "%s", message);
}

static void wrong_type(struct loader *l, struct input in, const char *wanted)
{
    error_at(l, in, NULL, "%s instead of %s", type_text(in.json), wanted);
}

/* "one of smtp, dns", or the one that was meant. */
static void wrong_choice(struct loader *l, struct input in, const char *const *choices)
{
    g_autofree char *all = g_strjoinv(", ", (char **)choices);
    g_autofree char *hint = scenario_did_you_mean(l->report, in.json->valuestring, choices);

    if (hint == NULL)
        hint = g_strdup_printf("one of: %s", all);
    error_at(l, in, hint, "\"%.60s\" is not known here", in.json->valuestring);
}

static void out_of_range(struct loader *l, struct input in, const struct shape_row *row, enum value_kind kind)
{
    g_autoptr(GString) hint = g_string_new(row->low == row->high ? "only " : "from ");

    value_print_number(kind, row->low, hint);
    if (row->low != row->high) {
        g_string_append(hint, " to ");
        value_print_number(kind, row->high, hint);
    }
    error_at(l, in, hint->str, "out of range");
}

/* ---- Walking. */

static struct input child_of(struct loader *l, struct input parent, const cJSON *json,
                             const struct source_node *source, unsigned index)
{
    struct input in = { json, source, source->at, NULL };

    if (json->string == NULL)
        in.path = scenario_print(l->s, "%s[%u]", parent.path, index);
    else
        in.path = scenario_print(l->s, "%s%s%s", parent.path, *parent.path ? "." : "", json->string);
    return in;
}

/* `for each child`: cJSON's list and ours have the same members in the same order. */
#define FOR_EACH(l, parent, in, i)                                                                           \
    for (                                                                                                    \
        struct {                                                                                             \
            const cJSON *json;                                                                               \
            const struct source_node *source;                                                                \
        } walk_ = { (parent).json->child, (parent).source->child };                                          \
        walk_.json != NULL && ((in) = child_of(l, parent, walk_.json, walk_.source, i), true);               \
        walk_.json = walk_.json->next, walk_.source = walk_.source->next, (i)++)

/* Whether others may refer to what this key holds, so that without it they would be misjudged. */
static bool matters(const struct shape_row *row)
{
    switch (row->kind == VALUE_ITEMS ? row->item : row->kind) {
    case VALUE_HOST:
    case VALUE_DOMAIN:
    case VALUE_MAILBOX:
    case VALUE_USER:
    case VALUE_PERSON:
    case VALUE_SITE:
    case VALUE_RECORD:
    case VALUE_ADDRESS:
    case VALUE_PREFIX:
    case VALUE_OBJECT:
    case VALUE_SWITCH:
    case VALUE_MAP:
    case VALUE_LIST:
        return true;
    default:
        return false;
    }
}

/* Nobody refers to an action or a chapter. */
static bool is_alone(const struct shape *shape)
{
    for (unsigned i = 0; i < N_DO; i++)
        if (shape == shape_actions[i])
            return true;
    return shape == &shape_action || shape == &shape_answer || shape == &shape_chapter ||
           shape == &shape_course;
}

/* ---- Simple values. */

static bool in_range(const struct shape_row *row, enum value_kind kind, const void *value)
{
    int64_t number;

    if ((row->low == 0 && row->high == 0) || !value_number(kind, value, &number))
        return true;
    if (kind == VALUE_RATE && number == 0)
        return true;
    return number >= row->low && number <= row->high;
}

/* For people who forget the unit. */
static void wrong_number(struct loader *l, struct input in, enum value_kind kind)
{
    if (kind == VALUE_DURATION)
        error_at(l, in, "write the unit, in quotes: \"20ms\", \"30m\"",
                 "a number without a unit instead of a duration");
    else if (kind == VALUE_RATE)
        error_at(l, in, "write the unit, in quotes: \"10Mbps\"", "a number without a unit instead of a rate");
    else
        wrong_type(l, in, value_wanted(kind));
}

static bool is_text_kind(enum value_kind kind)
{
    return kind >= VALUE_TEXT && kind <= VALUE_LESSON;
}

static void wrong_text(struct loader *l, struct input in, enum value_kind kind, const struct shape_row *row)
{
    static const char *const recursions[] = { "chain", NULL };
    g_autofree char *hint = NULL;

    if (row->choices != NULL && (kind == VALUE_ENUM || kind == VALUE_TEXT)) {
        wrong_choice(l, in, row->choices);
    } else if (kind == VALUE_RECURSION) {
        wrong_choice(l, in, recursions);
    } else if (kind == VALUE_BOOL || kind == VALUE_INT) {
        hint = g_strdup_printf("without quotes: %.20s", in.json->valuestring);
        error_at(l, in, hint, "a text instead of %s", value_wanted(kind));
    } else {
        error_at(l, in, NULL, "\"%.60s\" is not %s", in.json->valuestring, value_wanted(kind));
    }
}

/* A text to keep; domain names without their last dot, so that names can be compared. */
static const char *copy_name(struct loader *l, enum value_kind kind, const char *text)
{
    size_t len = strlen(text);

    if ((kind == VALUE_DOMAIN || kind == VALUE_SITE) && len > 1 && text[len - 1] == '.' &&
        text[len - 2] != '\\')
        return scenario_print(l->s, "%.*s", (int)len - 1, text);
    return scenario_copy(l->s, text);
}

/* A value that is one word or number, whatever its range. Texts are copied. */
static bool read_unchecked(struct loader *l, enum value_kind kind, const struct shape_row *row,
                           struct input in, void *out)
{
    const cJSON *j = in.json;

    if (cJSON_IsNumber(j)) {
        if (!value_is_numeric(kind)) {
            wrong_number(l, in, kind);
            return false;
        }
        if (!value_from_double(kind, j->valuedouble, out)) {
            error_at(l, in, NULL, "this number is not %s, or too large", value_wanted(kind));
            return false;
        }
    } else if (cJSON_IsBool(j) && (kind == VALUE_BOOL || kind == VALUE_RECURSION)) {
        if (kind == VALUE_BOOL)
            *(bool *)out = cJSON_IsTrue(j);
        else
            *(int *)out = cJSON_IsTrue(j) ? RECURSION_ON : RECURSION_OFF;
    } else if (!cJSON_IsString(j)) {
        wrong_type(l, in, value_wanted(kind));
        return false;
    } else if (is_text_kind(kind) && *j->valuestring == '\0' && row->flags & ROW_EMPTY) {
        *(const char **)out = "";
    } else if (is_text_kind(kind) && *j->valuestring == '\0') {
        error_at(l, in, NULL, kind == VALUE_TEXT ? "this text is empty" : "an empty text instead of %s",
                 value_wanted(kind));
        return false;
    } else if (kind == VALUE_BOOL || kind == VALUE_INT ||
               (kind == VALUE_RECURSION && strcmp(j->valuestring, "chain") != 0) ||
               value_read(kind, row, span_of(j->valuestring), out) != NULL) {
        wrong_text(l, in, kind, row);
        return false;
    } else if (is_text_kind(kind)) {
        *(const char **)out = copy_name(l, kind, j->valuestring);
    }
    return true;
}

/* True if it is well, and in `out`; else `out` keeps what it has. */
static bool read_simple(struct loader *l, enum value_kind kind, const struct shape_row *row, struct input in,
                        void *out)
{
    union {
        int64_t number;
        const char *text;
        struct ip_prefix prefix;
    } value;

    if (!read_unchecked(l, kind, row, in, &value))
        return false;
    if (!in_range(row, kind, &value)) {
        out_of_range(l, in, row, kind);
        return false;
    }
    memcpy(out, &value, value_size(kind));
    return true;
}

/* "en", "ko", "pt-BR". */
static bool is_language(const char *text)
{
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz");

    if (n < 2 || n > 3 || (text[n] != '\0' && text[n] != '-'))
        return false;
    for (text += n; *text != '\0'; text++)
        if (!g_ascii_isalnum(*text) && *text != '-')
            return false;
    return true;
}

static bool read_words(struct loader *l, struct input in, struct scenario_text *out)
{
    unsigned n = 0, i = 0;
    struct scenario_said *said;
    struct input child;

    if (cJSON_IsString(in.json)) {
        said = scenario_alloc(l->s, sizeof *said);
        *said = (struct scenario_said){ "", scenario_copy(l->s, in.json->valuestring) };
        *out = (struct scenario_text){ 1, said };
        return true;
    }
    if (!cJSON_IsObject(in.json) || in.json->child == NULL) {
        wrong_type(l, in, value_wanted(VALUE_WORDS));
        return false;
    }
    said = scenario_alloc(l->s, (size_t)cJSON_GetArraySize(in.json) * sizeof *said);
    FOR_EACH (l, in, child, i) {
        if (!cJSON_IsString(child.json)) {
            wrong_type(l, child, "a text");
        } else if (!is_language(child.json->string)) {
            child.at = child.source->key_at;
            error_at(l, child, "such as \"en\" or \"ko\"", "\"%.20s\" is not the code of a language",
                     child.json->string);
        } else {
            said[n++] = (struct scenario_said){ scenario_copy(l->s, child.json->string),
                                                scenario_copy(l->s, child.json->valuestring) };
        }
    }
    *out = (struct scenario_text){ n, said };
    return n > 0;
}

static bool read_place(struct loader *l, const struct shape_row *row, struct input in,
                       struct scenario_place *out)
{
    int64_t numbers[2];
    struct input child;
    unsigned i = 0;

    if (!cJSON_IsArray(in.json) || cJSON_GetArraySize(in.json) != 2) {
        wrong_type(l, in, value_wanted(VALUE_PLACE));
        return false;
    }
    FOR_EACH (l, in, child, i)
        if (!read_simple(l, VALUE_INT, row, child, &numbers[i]))
            return false;
    *out = (struct scenario_place){ (int)numbers[0], (int)numbers[1] };
    return true;
}

/* ---- Lists. */

static bool count_fits(struct loader *l, struct input in, const struct shape_row *row, unsigned n)
{
    g_autofree char *hint = NULL;

    if ((row->low == 0 && row->high == 0) || (n >= row->low && (row->high == 0 || n <= row->high)))
        return true;
    if (row->low == row->high)
        hint = g_strdup_printf("exactly %d", (int)row->low);
    else if (n < row->low)
        hint = g_strdup_printf("at least %d", (int)row->low);
    else
        hint = g_strdup_printf("at most %d", (int)row->high);
    error_at(l, in, hint, "%u %s in this list", n, n == 1 ? "entry" : "entries");
    return false;
}

/* What an item holds, besides its text. */
static bool read_item(struct loader *l, const struct shape_row *row, struct input in, GPtrArray *list)
{
    /* Ranges of the row count the items, so an item has none but what its kind has. */
    const struct shape_row item_row = { .name = row->name, .kind = row->item };
    struct scenario_item *item = scenario_alloc(l->s, sizeof *item);
    void *out = row->item == VALUE_ADDRESS  ? (void *)&item->address
                : row->item == VALUE_PREFIX ? (void *)&item->prefix
                : is_text_kind(row->item)   ? (void *)&item->text
                                            : (void *)&item->time;

    if (!read_simple(l, row->item, &item_row, in, out))
        return false;
    if (item->text == NULL)
        item->text = scenario_copy(l->s, cJSON_IsString(in.json) ? in.json->valuestring : "");
    item->at = in.at;
    item->path = in.path;
    g_ptr_array_add(list, item);
    return true;
}

static bool read_items(struct loader *l, const struct shape_row *row, struct input in, GPtrArray **out)
{
    GPtrArray *list = scenario_list(l->s);
    struct input child;
    unsigned i = 0;
    bool good;

    if (!cJSON_IsArray(in.json)) {
        if (!(row->flags & ROW_ONE) || cJSON_IsObject(in.json)) {
            g_autofree char *wanted = g_strdup_printf("a list of texts, each %s", value_wanted(row->item));

            wrong_type(l, in, wanted);
            return false;
        }
        good = read_item(l, row, in, list);
    } else {
        good = count_fits(l, in, row, (unsigned)cJSON_GetArraySize(in.json));
        FOR_EACH (l, in, child, i)
            good &= read_item(l, row, child, list);
    }
    if (good)
        *out = list;
    return good;
}

static bool read_list(struct loader *l, const struct shape_row *row, struct input in, GPtrArray *list)
{
    struct input child;
    unsigned i = 0;

    if (!cJSON_IsArray(in.json)) {
        g_autofree char *wanted = g_strdup_printf("a list of %ss", row->of->name);

        wrong_type(l, in, wanted);
        return false;
    }
    if (!count_fits(l, in, row, (unsigned)cJSON_GetArraySize(in.json)))
        return false;
    FOR_EACH (l, in, child, i) {
        void *element = read_element(l, row->of, child);

        if (element != NULL)
            g_ptr_array_add(list, element);
        else
            l->s->has_gaps |= !is_alone(row->of);
    }
    return true;
}

static bool read_map(struct loader *l, const struct shape_row *row, struct input in, GPtrArray *list)
{
    const struct shape *of = row->of;
    struct input child;
    unsigned i = 0;

    if (!cJSON_IsObject(in.json)) {
        g_autofree char *wanted = g_strdup_printf("an object: a name, then the keys of that %s", of->name);

        wrong_type(l, in, wanted);
        return false;
    }
    if (!count_fits(l, in, row, (unsigned)cJSON_GetArraySize(in.json)))
        return false;
    FOR_EACH (l, in, child, i) {
        struct node *element;
        int64_t ignored;

        if (value_read(of->name_kind, NULL, span_of(child.json->string), &ignored) != NULL) {
            child.at = child.source->key_at;
            l->s->has_gaps = true;
            error_at(l, child, NULL, "\"%.60s\" is not %s", child.json->string, value_wanted(of->name_kind));
            continue;
        }
        element = read_element(l, of, child);
        l->s->has_gaps |= element == NULL;
        if (element == NULL)
            continue;
        *(const char **)((char *)element + of->name_offset) = copy_name(l, of->name_kind, child.json->string);
        element->at = child.source->key_at;
        g_ptr_array_add(list, element);
    }
    return true;
}

static bool read_switch(struct loader *l, const struct shape_row *row, struct input in, struct node **out)
{
    if (cJSON_IsBool(in.json)) {
        *out = scenario_element(l->s, row->of, NULL);
        (*out)->at = in.at;
        (*out)->path = in.path;
        (*out)->off = cJSON_IsFalse(in.json);
        return true;
    }
    if (!cJSON_IsObject(in.json)) {
        wrong_type(l, in, value_wanted(VALUE_SWITCH));
        return false;
    }
    *out = read_element(l, row->of, in);
    return *out != NULL;
}

/* ---- Elements. */

static bool read_value(struct loader *l, const struct shape_row *row, struct input in, void *out)
{
    switch (row->kind) {
    case VALUE_WORDS:
        return read_words(l, in, out);
    case VALUE_PLACE:
        return read_place(l, row, in, out);
    case VALUE_ITEMS:
        return read_items(l, row, in, out);
    case VALUE_OBJECT: {
        struct node *n = read_element(l, row->of, in);

        if (n != NULL)
            *(struct node **)out = n;
        return n != NULL;
    }
    case VALUE_SWITCH:
        return read_switch(l, row, in, out);
    case VALUE_MAP:
        return read_map(l, row, in, *(GPtrArray **)out);
    case VALUE_LIST:
        return read_list(l, row, in, *(GPtrArray **)out);
    default:
        return read_simple(l, row->kind, row, in, out);
    }
}

/* The actions that have the key, for a hint; NULL if none has. */
static char *who_has(const struct shape *of, const char *key)
{
    g_autoptr(GString) out = g_string_new(NULL);

    for (unsigned i = 0; scenario_dos[i] != NULL; i++)
        if (of == shape_actions[i])
            for (unsigned j = 0; scenario_dos[j] != NULL; j++)
                if (shape_find(shape_actions[j], key) >= 0)
                    g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "only with: ", scenario_dos[j]);
    return out->len > 0 ? g_strdup(out->str) : NULL;
}

static void unknown_key(struct loader *l, const struct shape *shape, struct input in)
{
    const char *names[SHAPE_ROWS_MAX + 1] = { NULL };
    g_autofree char *hint = NULL;

    for (unsigned i = 0; i < shape->n_rows; i++)
        names[i] = shape->rows[i].name;
    hint = scenario_did_you_mean(l->report, in.json->string, names);
    if (hint == NULL)
        hint = who_has(shape, in.json->string);
    if (hint == NULL && shape->n_rows <= 12) {
        g_autofree char *all = g_strjoinv(", ", (char **)names);

        hint = g_strdup_printf("known here: %s", all);
    }
    in.at = in.source->key_at;
    l->s->has_gaps |= in.json->child != NULL && !is_alone(shape);
    error_at(l, in, hint, "unknown key \"%.60s\"", in.json->string);
}

/* A key given under both of its spellings; marks the row it is another spelling of. */
static void note_alias(struct loader *l, struct node *n, unsigned i, struct input in)
{
    const struct shape_row *row = &n->shape->rows[i], *main = row - 1;

    if (n->given >> (i - 1) & 1)
        error_at(l, in, "keep one of them", "\"%s\" and \"%s\" at once", main->name, row->name);
    n->given |= UINT64_C(1) << (i - 1);
    n->where[i - 1] = in.at;
}

static void read_key(struct loader *l, struct node *n, struct input in)
{
    int i = shape_find(n->shape, in.json->string);
    const struct shape_row *row;

    if (i < 0) {
        unknown_key(l, n->shape, in);
        return;
    }
    row = &n->shape->rows[i];
    n->where[i] = in.at;
    if (!read_value(l, row, in, (char *)n + row->offset)) {
        n->incomplete |= matters(row);
        return;
    }
    if (row->flags & ROW_ALIAS)
        note_alias(l, n, (unsigned)i, in);
    else if ((unsigned)i + 1 < n->shape->n_rows && row[1].flags & ROW_ALIAS && n->given >> (i + 1) & 1)
        error_at(l, in, "keep one of them", "\"%s\" and \"%s\" at once", row->name, row[1].name);
    n->given |= UINT64_C(1) << i;
}

/* Required, and not even there in a wrong form: that was complained about already. */
static void check_required(struct loader *l, struct node *n, struct input in)
{
    for (unsigned i = 0; i < n->shape->n_rows; i++) {
        const struct shape_row *row = &n->shape->rows[i];

        if (row->flags & ROW_REQUIRED && !(n->given >> i & 1) && n->where[i].line == 0) {
            const char *wanted = value_wanted(row->kind == VALUE_ITEMS ? row->item : row->kind);

            error_at(l, in, wanted, "the key \"%s\" is missing", row->name);
            n->incomplete = true;
        }
    }
}

/* "421 after 3 connections", "550". */
static bool read_answer_text(struct loader *l, struct node *n, struct input in)
{
    struct scenario_answer *a = (struct scenario_answer *)n;
    struct span rest = span_of(in.json->valuestring);
    uint64_t code = 0, after = 0;
    bool good = span_number(span_take_word(&rest), 599, &code) && code >= 400;

    if (good && rest.len > 0) {
        good = span_is(span_take_word(&rest), SPAN("after")) &&
               span_number(span_take_word(&rest), 1000000, &after) &&
               (span_is(rest, SPAN("connections")) || span_is(rest, SPAN("connection")));
        scenario_set(n, "after", NULL);
    }
    if (!good) {
        error_at(l, in, "\"421\", \"421 after 3 connections\", or an object", "\"%.60s\" is not an answer",
                 in.json->valuestring);
        return false;
    }
    a->code = (int64_t)code;
    a->after = (int64_t)after;
    scenario_set(n, "code", NULL);
    return true;
}

/* A value that is no object, where the shape has a key that it can stand for. */
static bool read_alone(struct loader *l, struct node *n, struct input in)
{
    int i = shape_find(n->shape, n->shape->alone);
    const struct shape_row *row = &n->shape->rows[i];

    if (n->shape == &shape_answer && cJSON_IsString(in.json))
        return read_answer_text(l, n, in);
    if (!read_value(l, row, in, (char *)n + row->offset))
        return false;
    n->given |= UINT64_C(1) << i;
    n->where[i] = in.at;
    return true;
}

static void read_into(struct loader *l, struct node *n, struct input in)
{
    struct input child;
    unsigned i = 0;

    n->at = in.at;
    n->path = in.path;
    FOR_EACH (l, in, child, i)
        read_key(l, n, child);
    check_required(l, n, in);
    l->s->has_gaps |= n->incomplete && !is_alone(n->shape);
}

/* The shape that the value of the variant key picks, the shape itself where there is nothing to pick; NULL if
 * it is missing or unknown. */
static const struct shape *pick_shape(struct loader *l, const struct shape *shape, struct input in)
{
    const char *const *choices;
    struct input child;
    unsigned i = 0;

    if (shape->variant_key == NULL)
        return shape;
    choices = shape->rows[shape_find(shape, shape->variant_key)].choices;
    FOR_EACH (l, in, child, i) {
        if (strcmp(child.json->string, shape->variant_key) != 0)
            continue;
        if (!cJSON_IsString(child.json)) {
            wrong_type(l, child, "a text");
            return NULL;
        }
        for (unsigned j = 0; choices[j] != NULL; j++)
            if (strcmp(choices[j], child.json->valuestring) == 0)
                return shape->variants[j];
        wrong_choice(l, child, choices);
        return NULL;
    }
    g_autofree char *all = g_strjoinv(", ", (char **)choices);

    error_at(l, in, all, "the key \"%s\" is missing", shape->variant_key);
    return NULL;
}

/* NULL if nothing can be made of it. */
static void *read_element(struct loader *l, const struct shape *shape, struct input in)
{
    struct node *n;

    if (!cJSON_IsObject(in.json) && shape->alone == NULL) {
        g_autofree char *wanted = g_strdup_printf("an object (%s)", shape->name);

        wrong_type(l, in, wanted);
        return NULL;
    }
    if (cJSON_IsObject(in.json) && (shape = pick_shape(l, shape, in)) == NULL)
        return NULL;
    n = scenario_element(l->s, shape, NULL);
    if (cJSON_IsObject(in.json)) {
        read_into(l, n, in);
        return n;
    }
    n->at = in.at;
    n->path = in.path;
    return read_alone(l, n, in) ? n : NULL;
}

/* ---- The whole. */

static void complete(struct scenario *s, const char *name)
{
    if (s->name == NULL)
        s->name = scenario_copy(s, name && *name ? name : "scenario");
    if (s->defaults == NULL)
        s->defaults = scenario_element(s, &shape_defaults, NULL);
    if (s->tcp == NULL)
        s->tcp = scenario_element(s, &shape_tcp, NULL);
    if (s->root != NULL && s->root->name == NULL)
        s->root->name = ".";
}

struct scenario *scenario_load(struct span json, const char *name, struct report *r)
{
    struct source *source;
    struct loader l = { .report = r };
    struct input in = { .path = "" };
    cJSON *tree;

    if (json.len > SCENARIO_FILE_MAX) {
        report_add(r, COMPLAINT_ERROR, (struct position){ 0, 0 }, "", NULL, "larger than %d MiB",
                   SCENARIO_FILE_MAX >> 20);
        return NULL;
    }
    source = source_new(json, SCENARIO_DEPTH_MAX, r);
    if (source == NULL)
        return NULL;
    tree = cJSON_ParseWithLength(source_text(source).at, source_text(source).len + 1);
    assert(tree != NULL); /* source.c is the stricter of the two */
    in.json = tree;
    in.source = source_root(source);
    in.at = in.source->at;
    l.s = scenario_new(source);
    if (cJSON_IsObject(tree)) {
        read_into(&l, &l.s->node, in);
        complete(l.s, name);
    } else {
        wrong_type(&l, in, "an object: a scenario");
        scenario_free(&l.s);
    }
    cJSON_Delete(tree);
    return l.s;
}

/* "scenarios/alice-to-bob.json" is called "alice-to-bob". */
static char *stem_of(const char *path)
{
    char *stem = g_path_get_basename(path);

    if (g_str_has_suffix(stem, ".json"))
        stem[strlen(stem) - strlen(".json")] = '\0';
    return stem;
}

struct scenario *scenario_load_file(const char *path, struct report *r)
{
    g_autofree char *stem = stem_of(path), *text = g_malloc(SCENARIO_FILE_MAX + 1);
    FILE *file = fopen(path, "rb");
    size_t len;

    if (file == NULL) {
        report_add(r, COMPLAINT_ERROR, (struct position){ 0, 0 }, "", NULL, "it can't be opened: %s",
                   g_strerror(errno));
        return NULL;
    }
    len = fread(text, 1, SCENARIO_FILE_MAX + 1, file);
    if (ferror(file)) {
        report_add(r, COMPLAINT_ERROR, (struct position){ 0, 0 }, "", NULL, "it can't be read: %s",
                   g_strerror(errno));
        fclose(file);
        return NULL;
    }
    fclose(file);
    return scenario_load(span_bytes(text, len), stem, r);
}
