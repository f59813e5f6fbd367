/* Values: what stands behind a key, where that is no object of keys. */
#include "scenario/load_internal.h"

#include <string.h>

#include "scenario/value.h"

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

void load_error(struct loader *l, struct load_input in, const char *hint, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list args;

    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    scenario_complain(l->report, COMPLAINT_ERROR, in.at, in.path, hint, "%s", message);
}

void load_wrong_type(struct loader *l, struct load_input in, const char *wanted)
{
    load_error(l, in, NULL, "%s instead of %s", type_text(in.json), wanted);
}

/* "one of smtp, dns", or the one that was meant. */
void load_wrong_choice(struct loader *l, struct load_input in, const char *const *choices)
{
    g_autofree char *all = g_strjoinv(", ", (char **)choices);
    g_autofree char *hint = scenario_did_you_mean(l->report, in.json->valuestring, choices);

    if (hint == NULL)
        hint = g_strdup_printf("one of: %s", all);
    load_error(l, in, hint, "\"%.60s\" is not known here", in.json->valuestring);
}

static void out_of_range(struct loader *l, struct load_input in, const struct shape_row *row,
                         enum value_kind kind)
{
    g_autoptr(GString) hint = g_string_new(row->low == row->high ? "only " : "from ");

    value_print_number(kind, row->low, hint);
    if (row->low != row->high) {
        g_string_append(hint, " to ");
        value_print_number(kind, row->high, hint);
    }
    load_error(l, in, hint->str, "out of range");
}

struct load_input load_child(struct loader *l, struct load_input parent, const cJSON *json,
                             const struct source_node *source, unsigned index)
{
    struct load_input in = { json, source, source->at, NULL };

    if (json->string == NULL)
        in.path = scenario_print(l->s, "%s[%u]", parent.path, index);
    else
        in.path = scenario_print(l->s, "%s%s%s", parent.path, *parent.path ? "." : "", json->string);
    return in;
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
static void wrong_number(struct loader *l, struct load_input in, enum value_kind kind)
{
    if (kind == VALUE_DURATION)
        load_error(l, in, "write the unit, in quotes: \"20ms\", \"30m\"",
                   "a number without a unit instead of a duration");
    else if (kind == VALUE_RATE)
        load_error(l, in, "write the unit, in quotes: \"10Mbps\"",
                   "a number without a unit instead of a rate");
    else
        load_wrong_type(l, in, value_wanted(kind));
}

static bool is_text_kind(enum value_kind kind)
{
    return kind >= VALUE_TEXT && kind <= VALUE_LESSON;
}

static void wrong_text(struct loader *l, struct load_input in, enum value_kind kind,
                       const struct shape_row *row)
{
    static const char *const recursions[] = { "chain", NULL };
    g_autofree char *hint = NULL;

    if (row->choices != NULL && (kind == VALUE_ENUM || kind == VALUE_TEXT)) {
        load_wrong_choice(l, in, row->choices);
    } else if (kind == VALUE_RECURSION) {
        load_wrong_choice(l, in, recursions);
    } else if (kind == VALUE_BOOL || kind == VALUE_INT) {
        hint = g_strdup_printf("without quotes: %.20s", in.json->valuestring);
        load_error(l, in, hint, "a text instead of %s", value_wanted(kind));
    } else {
        load_error(l, in, NULL, "\"%.60s\" is not %s", in.json->valuestring, value_wanted(kind));
    }
}

const char *load_name(struct loader *l, enum value_kind kind, const char *text)
{
    size_t len = strlen(text);

    if ((kind == VALUE_DOMAIN || kind == VALUE_SITE) && len > 1 && text[len - 1] == '.' &&
        text[len - 2] != '\\')
        return scenario_print(l->s, "%.*s", (int)len - 1, text);
    return scenario_copy(l->s, text);
}

/* A value that is one word or number, whatever its range. Texts are copied. */
static bool read_unchecked(struct loader *l, enum value_kind kind, const struct shape_row *row,
                           struct load_input in, void *out)
{
    const cJSON *j = in.json;

    if (cJSON_IsNumber(j)) {
        if (!value_is_numeric(kind)) {
            wrong_number(l, in, kind);
            return false;
        }
        if (!value_from_double(kind, j->valuedouble, out)) {
            load_error(l, in, NULL, "this number is not %s, or too large", value_wanted(kind));
            return false;
        }
    } else if (cJSON_IsBool(j) && (kind == VALUE_BOOL || kind == VALUE_RECURSION)) {
        if (kind == VALUE_BOOL)
            *(bool *)out = cJSON_IsTrue(j);
        else
            *(int *)out = cJSON_IsTrue(j) ? RECURSION_ON : RECURSION_OFF;
    } else if (!cJSON_IsString(j)) {
        load_wrong_type(l, in, value_wanted(kind));
        return false;
    } else if (is_text_kind(kind) && *j->valuestring == '\0' && row->flags & ROW_EMPTY) {
        *(const char **)out = "";
    } else if (is_text_kind(kind) && *j->valuestring == '\0') {
        load_error(l, in, NULL, kind == VALUE_TEXT ? "this text is empty" : "an empty text instead of %s",
                   value_wanted(kind));
        return false;
    } else if (kind == VALUE_BOOL || kind == VALUE_INT ||
               (kind == VALUE_RECURSION && strcmp(j->valuestring, "chain") != 0) ||
               value_read(kind, row, span_of(j->valuestring), out) != NULL) {
        wrong_text(l, in, kind, row);
        return false;
    } else if (is_text_kind(kind)) {
        *(const char **)out = load_name(l, kind, j->valuestring);
    }
    return true;
}

/* True if it is well, and in `out`; else `out` keeps what it has. */
bool load_simple(struct loader *l, enum value_kind kind, const struct shape_row *row, struct load_input in,
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

/* What people can choose (cli_language): a text in another language is never seen. */
static void doubt_language(struct loader *l, struct load_input in)
{
    const char *code = in.json->string;
    const char *hint = *code == 'k'   ? "did you mean \"ko\"?"
                       : *code == 'e' ? "did you mean \"en\"?"
                                      : "mxlab speaks \"en\" and \"ko\"";

    if (strcmp(code, "en") != 0 && strcmp(code, "ko") != 0)
        scenario_complain(l->report, COMPLAINT_DOUBT, in.source->key_at, in.path, hint,
                          "nobody can choose the language \"%.20s\"", code);
}

bool load_words(struct loader *l, struct load_input in, struct scenario_text *out)
{
    unsigned n = 0, i = 0;
    struct scenario_said *said;
    struct load_input child;

    if (cJSON_IsString(in.json)) {
        said = scenario_alloc(l->s, sizeof *said);
        *said = (struct scenario_said){ "", scenario_copy(l->s, in.json->valuestring) };
        *out = (struct scenario_text){ 1, said };
        return true;
    }
    if (!cJSON_IsObject(in.json) || in.json->child == NULL) {
        load_wrong_type(l, in, value_wanted(VALUE_WORDS));
        return false;
    }
    said = scenario_alloc(l->s, (size_t)cJSON_GetArraySize(in.json) * sizeof *said);
    FOR_EACH (l, in, child, i) {
        if (!cJSON_IsString(child.json)) {
            load_wrong_type(l, child, "a text");
        } else if (!is_language(child.json->string)) {
            child.at = child.source->key_at;
            load_error(l, child, "such as \"en\" or \"ko\"", "\"%.20s\" is not the code of a language",
                       child.json->string);
        } else {
            doubt_language(l, child);
            said[n++] = (struct scenario_said){ scenario_copy(l->s, child.json->string),
                                                scenario_copy(l->s, child.json->valuestring) };
        }
    }
    *out = (struct scenario_text){ n, said };
    return n > 0;
}

bool load_place(struct loader *l, const struct shape_row *row, struct load_input in,
                struct scenario_place *out)
{
    int64_t numbers[2];
    struct load_input child;
    unsigned i = 0;

    if (!cJSON_IsArray(in.json) || cJSON_GetArraySize(in.json) != 2) {
        load_wrong_type(l, in, value_wanted(VALUE_PLACE));
        return false;
    }
    FOR_EACH (l, in, child, i)
        if (!load_simple(l, VALUE_INT, row, child, &numbers[i]))
            return false;
    *out = (struct scenario_place){ (int)numbers[0], (int)numbers[1] };
    return true;
}

/* ---- Lists. */

bool load_count_fits(struct loader *l, struct load_input in, const struct shape_row *row, unsigned n)
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
    load_error(l, in, hint, "%u %s in this list", n, n == 1 ? "entry" : "entries");
    return false;
}

/* What an item holds, besides its text. */
static bool read_item(struct loader *l, const struct shape_row *row, struct load_input in, GPtrArray *list)
{
    /* Ranges of the row count the items, so an item has none but what its kind has. */
    struct shape_row item_row = { .name = row->name, .kind = row->item };
    struct scenario_item *item = scenario_alloc(l->s, sizeof *item);
    void *out = row->item == VALUE_ADDRESS  ? (void *)&item->address
                : row->item == VALUE_PREFIX ? (void *)&item->prefix
                : is_text_kind(row->item)   ? (void *)&item->text
                                            : (void *)&item->time;

    if (row->item == VALUE_DURATION) {
        item_row.low = SIM_SECOND; /* what is tried again and again must let time pass */
        item_row.high = 3650 * SIM_DAY;
    }
    if (!load_simple(l, row->item, &item_row, in, out))
        return false;
    if (item->text == NULL)
        item->text = scenario_copy(l->s, cJSON_IsString(in.json) ? in.json->valuestring : "");
    item->at = in.at;
    item->path = in.path;
    g_ptr_array_add(list, item);
    return true;
}

bool load_items(struct loader *l, const struct shape_row *row, struct load_input in, GPtrArray **out)
{
    GPtrArray *list = scenario_list(l->s);
    struct load_input child;
    unsigned i = 0;
    bool good;

    if (!cJSON_IsArray(in.json)) {
        if (!(row->flags & ROW_ONE) || cJSON_IsObject(in.json)) {
            g_autofree char *wanted = g_strdup_printf("a list of texts, each %s", value_wanted(row->item));

            load_wrong_type(l, in, wanted);
            return false;
        }
        good = read_item(l, row, in, list);
    } else {
        good = load_count_fits(l, in, row, (unsigned)cJSON_GetArraySize(in.json));
        FOR_EACH (l, in, child, i)
            good &= read_item(l, row, child, list);
    }
    if (good || list->len > 0)
        *out = list; /* what could be read of it */
    return good;
}
