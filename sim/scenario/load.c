#include "scenario/load.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "mail/server.h"
#include "scenario/load_internal.h"
#include "scenario/value.h"

static void *read_element(struct loader *l, const struct shape *shape, struct load_input in);

/* Nobody refers to an action or a chapter. */
static bool is_alone(const struct shape *shape)
{
    for (unsigned i = 0; i < N_DO; i++)
        if (shape == shape_actions[i])
            return true;
    return shape == &shape_action || shape == &shape_answer || shape == &shape_chapter ||
           shape == &shape_course;
}

/* ---- Lists and maps of elements. */

/* False if any entry could not be read; the others are in the list. */
static bool read_list(struct loader *l, const struct shape_row *row, struct load_input in, GPtrArray *list)
{
    struct load_input child;
    unsigned i = 0;
    bool whole = true;

    if (!cJSON_IsArray(in.json)) {
        g_autofree char *wanted = g_strdup_printf("a list of %ss", row->of->name);

        load_wrong_type(l, in, wanted);
        return false;
    }
    if (!load_count_fits(l, in, row, (unsigned)cJSON_GetArraySize(in.json)))
        return false;
    FOR_EACH (l, in, child, i) {
        struct node *element = read_element(l, row->of, child);

        if (element != NULL && (!element->incomplete || is_alone(element->shape)))
            g_ptr_array_add(list, element);
        else
            whole = false;
    }
    return whole;
}

static struct node *find_entry(const GPtrArray *map, int name_offset, const char *name)
{
    for (unsigned i = 0; i < map->len; i++) {
        struct node *n = g_ptr_array_index(map, i);

        if (strcmp(*(const char *const *)((const char *)n + name_offset), name) == 0)
            return n;
    }
    return NULL;
}

/* An entry that is there, but nothing is known of it. */
static struct node *empty_entry(struct loader *l, const struct shape *of, struct load_input in)
{
    struct node *n = scenario_element(l->s, of, NULL);

    n->path = in.path;
    n->lost = UINT64_MAX;
    return n;
}

static bool read_map(struct loader *l, const struct shape_row *row, struct load_input in, GPtrArray *list)
{
    const struct shape *of = row->of;
    struct load_input child;
    unsigned i = 0;
    bool whole = true;

    if (!cJSON_IsObject(in.json)) {
        g_autofree char *wanted = g_strdup_printf("an object: a name, then the keys of that %s", of->name);

        load_wrong_type(l, in, wanted);
        return false;
    }
    if (!load_count_fits(l, in, row, (unsigned)cJSON_GetArraySize(in.json)))
        return false;
    FOR_EACH (l, in, child, i) {
        struct node *element, *first;
        const char *name;
        int64_t ignored;

        if (value_read(of->name_kind, NULL, span_of(child.json->string), &ignored) != NULL) {
            child.at = child.source->key_at;
            whole = false;
            load_error(l, child, NULL, "\"%.60s\" is not %s", child.json->string,
                       value_wanted(of->name_kind));
            continue;
        }
        element = read_element(l, of, child);
        if (element == NULL)
            element = empty_entry(l, of, child);
        name = load_name(l, of->name_kind, child.json->string);
        if (child.source->again && (first = find_entry(list, of->name_offset, name)) != NULL) {
            first->lost = UINT64_MAX; /* which of the two is meant? */
            continue;
        }
        *(const char **)((char *)element + of->name_offset) = name;
        element->at = child.source->key_at;
        g_ptr_array_add(list, element);
    }
    return whole;
}

static bool read_switch(struct loader *l, const struct shape_row *row, struct load_input in,
                        struct node **out)
{
    if (cJSON_IsBool(in.json)) {
        *out = scenario_element(l->s, row->of, NULL);
        (*out)->at = in.at;
        (*out)->path = in.path;
        (*out)->off = cJSON_IsFalse(in.json);
        return true;
    }
    if (!cJSON_IsObject(in.json)) {
        load_wrong_type(l, in, value_wanted(VALUE_SWITCH));
        return false;
    }
    *out = read_element(l, row->of, in);
    return *out != NULL;
}

/* ---- Elements. */

static bool read_value(struct loader *l, const struct shape_row *row, struct load_input in, void *out)
{
    switch (row->kind) {
    case VALUE_WORDS:
        return load_words(l, in, out);
    case VALUE_PLACE:
        return load_place(l, row, in, out);
    case VALUE_ITEMS:
        return load_items(l, row, in, out);
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
        return load_simple(l, row->kind, row, in, out);
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

/* Returns the rows that may have been meant, a bit each. */
static uint64_t unknown_key(struct loader *l, const struct shape *shape, struct load_input in)
{
    uint64_t meant = UINT64_MAX;
    const char *names[SHAPE_ROWS_MAX + 1] = { NULL };
    g_autofree char *hint = NULL;

    for (unsigned i = 0; i < shape->n_rows; i++)
        names[i] = shape->rows[i].name;
    hint = scenario_did_you_mean(l->report, in.json->string, names);
    if (hint != NULL)
        meant = UINT64_C(1) << shape_find(shape, report_closest(in.json->string, names));
    else
        hint = who_has(shape, in.json->string);
    if (hint == NULL && shape->n_rows <= 12) {
        g_autofree char *all = g_strjoinv(", ", (char **)names);

        hint = g_strdup_printf("known here: %s", all);
    }
    in.at = in.source->key_at;
    load_error(l, in, hint, "unknown key \"%.60s\"", in.json->string);
    return meant;
}

/* `i` is the row of the second spelling. */
static void both_spellings(struct loader *l, struct node *n, unsigned i, struct load_input in)
{
    const struct shape_row *row = &n->shape->rows[i];

    load_error(l, in, "keep one of them", "\"%s\" and \"%s\" at once", row[-1].name, row->name);
    n->lost |= UINT64_C(3) << (i - 1);
}

/* A key under its second spelling; marks the row it is another spelling of. */
static void note_alias(struct loader *l, struct node *n, unsigned i, struct load_input in)
{
    if (n->given >> (i - 1) & 1)
        both_spellings(l, n, i, in);
    n->given |= UINT64_C(1) << (i - 1);
    n->where[i - 1] = in.at;
}

/* Lost: the row itself and, of a second spelling, the row that it spells. */
static void lose(struct node *n, unsigned i)
{
    n->lost |= UINT64_C(1) << i;
    if (n->shape->rows[i].flags & ROW_ALIAS)
        n->lost |= UINT64_C(1) << (i - 1);
}

/* Returns the rows that an unknown key may have meant. */
static uint64_t read_key(struct loader *l, struct node *n, struct load_input in)
{
    int i = shape_find(n->shape, in.json->string);
    const struct shape_row *row;

    if (i < 0)
        return unknown_key(l, n->shape, in);
    row = &n->shape->rows[i];
    if (in.source->again)
        lose(n, (unsigned)i); /* it stands here twice: which is meant? */
    n->where[i] = in.at;
    if (!read_value(l, row, in, (char *)n + row->offset)) {
        lose(n, (unsigned)i);
        n->incomplete |= row->flags & ROW_REQUIRED;
        if ((row->kind == VALUE_MAP || row->kind == VALUE_LIST) && cJSON_GetArraySize(in.json) > 0)
            n->given |= UINT64_C(1) << i; /* the entries that could be read */
        return 0;
    }
    if (row->flags & ROW_ALIAS)
        note_alias(l, n, (unsigned)i, in);
    else if ((unsigned)i + 1 < n->shape->n_rows && row[1].flags & ROW_ALIAS && n->given >> (i + 1) & 1)
        both_spellings(l, n, (unsigned)i + 1, in);
    n->given |= UINT64_C(1) << i;
    return 0;
}

/* Required, and not even there in a wrong form: that was complained about already. */
static void check_required(struct loader *l, struct node *n, struct load_input in)
{
    for (unsigned i = 0; i < n->shape->n_rows; i++) {
        const struct shape_row *row = &n->shape->rows[i];

        if (row->flags & ROW_REQUIRED && !(n->given >> i & 1) && n->where[i].line == 0) {
            const char *wanted = value_wanted(row->kind == VALUE_ITEMS ? row->item : row->kind);

            load_error(l, in, wanted, "the key \"%s\" is missing", row->name);
            n->incomplete = true;
        }
    }
}

/* "421 after 3 connections", "550". */
static bool read_answer_text(struct loader *l, struct node *n, struct load_input in)
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
        load_error(l, in,
                   "\"421\", \"421 after 3 connections\", or {\"code\": 450, \"when\": \"rcpt\", \"match\": "
                   "\"*@crepes.fr\"}",
                   "\"%.60s\" is not an answer", in.json->valuestring);
        return false;
    }
    a->code = (int64_t)code;
    a->after = (int64_t)after;
    scenario_set(n, "code", NULL);
    return true;
}

/* Only these turn a client away at its greeting (RFC 5321 §4.3.2); the others are made for its recipients. */
static void choose_moment(struct scenario_answer *a)
{
    if (scenario_has(&a->node, "when") || scenario_lost(&a->node, "when") || !scenario_has(&a->node, "code"))
        return;
    a->when = a->code == 421 || a->code == 554 ? MAIL_ANSWER_CONNECT : MAIL_ANSWER_RCPT;
    scenario_set(&a->node, "when", NULL);
}

/* A value that is no object, where the shape has a key that it can stand for. */
static bool read_alone(struct loader *l, struct node *n, struct load_input in)
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

static void read_into(struct loader *l, struct node *n, struct load_input in)
{
    struct load_input child;
    uint64_t meant = 0;
    unsigned i = 0;

    n->at = in.at;
    n->path = in.path;
    FOR_EACH (l, in, child, i)
        meant |= read_key(l, n, child);
    n->lost |= meant & ~n->given;
    check_required(l, n, in);
}

/* Two of them, and the keys beside them may be either's. */
static bool has_twice(struct load_input in, const char *key)
{
    const cJSON *json = in.json->child;

    for (const struct source_node *n = in.source->child; n != NULL; n = n->next, json = json->next)
        if (n->again && strcmp(json->string, key) == 0)
            return true;
    return false;
}

/* The shape that the value of the variant key picks, the shape itself where there is nothing to pick; NULL if
 * it is missing, there twice, or unknown. */
static const struct shape *pick_shape(struct loader *l, const struct shape *shape, struct load_input in)
{
    const char *const *choices;
    struct load_input child;
    unsigned i = 0;

    if (shape->variant_key == NULL)
        return shape;
    if (has_twice(in, shape->variant_key))
        return NULL;
    choices = shape->rows[shape_find(shape, shape->variant_key)].choices;
    FOR_EACH (l, in, child, i) {
        if (strcmp(child.json->string, shape->variant_key) != 0)
            continue;
        if (!cJSON_IsString(child.json)) {
            load_wrong_type(l, child, "a text");
            return NULL;
        }
        for (unsigned j = 0; choices[j] != NULL; j++)
            if (strcmp(choices[j], child.json->valuestring) == 0)
                return shape->variants[j];
        load_wrong_choice(l, child, choices);
        return NULL;
    }
    g_autofree char *all = g_strjoinv(", ", (char **)choices);

    load_error(l, in, all, "the key \"%s\" is missing", shape->variant_key);
    return NULL;
}

/* NULL if nothing can be made of it. */
static void *read_element(struct loader *l, const struct shape *shape, struct load_input in)
{
    struct node *n;

    if (!cJSON_IsObject(in.json) && shape->alone == NULL) {
        g_autofree char *wanted = g_strdup_printf("an object (%s)", shape->name);

        load_wrong_type(l, in, wanted);
        return NULL;
    }
    if (cJSON_IsObject(in.json) && (shape = pick_shape(l, shape, in)) == NULL)
        return NULL;
    n = scenario_element(l->s, shape, NULL);
    if (cJSON_IsObject(in.json)) {
        read_into(l, n, in);
    } else {
        n->at = in.at;
        n->path = in.path;
        if (!read_alone(l, n, in))
            return NULL;
    }
    if (shape == &shape_answer)
        choose_moment((struct scenario_answer *)n);
    return n;
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
    struct load_input in = { .path = "" };
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
        load_wrong_type(&l, in, "an object: a scenario");
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
        report_add(r, COMPLAINT_ERROR, (struct position){ 0, 0 }, "",
                   errno == ENOENT && strchr(path, '/') == NULL ? "see mxlab list" : NULL,
                   "it can't be opened: %s", g_strerror(errno));
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
