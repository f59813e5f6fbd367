#include "scenario/schema.h"

#include <string.h>

#include "scenario/model.h"
#include "scenario/value.h"

#define NUMBER "[0-9]+(\\\\.[0-9]+)?"
#define DURATION                                                                                             \
    "(?=.)(" NUMBER "d)?(" NUMBER "h)?(" NUMBER "m)?(" NUMBER "s)?(" NUMBER "ms)?(" NUMBER "us)?(" NUMBER    \
    "ns)?"
#define OCTET   "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
#define ADDRESS "(" OCTET "\\\\.){3}" OCTET

/* The form of values that stand in quotes, or may. What can be only a JSON type is printed where it is used.
 */
static const struct form {
    enum value_kind kind;
    const char *name, *schema, *examples;
} forms[] = {
    { VALUE_DURATION, "duration", "\"type\": \"string\", \"pattern\": \"^" DURATION "$\"",
      "\"20ms\", \"1.5s\", \"30m\", \"5d\"" },
    { VALUE_RATE, "rate", "\"type\": \"string\", \"pattern\": \"^(none|" NUMBER "(bps|kbps|Mbps|Gbps))$\"",
      "\"64kbps\", \"10Mbps\", \"none\"" },
    { VALUE_LOSS, "part",
      "\"type\": [\"number\", \"string\"], \"minimum\": 0, \"maximum\": 1, \"pattern\": \"^" NUMBER "%?$\"",
      "0.05, \"5%\"" },
    { VALUE_SIZE, "size",
      "\"type\": [\"integer\", \"string\"], \"minimum\": 0, \"pattern\": \"^" NUMBER
      "(B|KB|MB|GB|KiB|MiB)?$\"",
      "1000, \"64KB\", \"1MB\"" },
    { VALUE_TTL, "ttl",
      "\"type\": [\"integer\", \"string\"], \"minimum\": 0, \"maximum\": 2147483647, \"pattern\": \"^([0-9]+|" DURATION
      ")$\"",
      "300, \"5m\", \"1d\"" },
    { VALUE_MOMENT, "moment",
      "\"type\": \"string\", \"pattern\": \"^(19[7-9][0-9]|2[01][0-9]{2})-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$\"",
      "\"2026-03-02T09:00:00Z\"" },
    { VALUE_FREQUENCY, "frequency", "\"type\": \"string\", \"pattern\": \"^" NUMBER "/[smhd]$\"",
      "\"2/s\", \"30/m\"" },
    { VALUE_HOST, "host_name", "\"type\": \"string\", \"pattern\": \"^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$\"",
      "\"mail.hamburger.edu\", \"alice-pc\"" },
    { VALUE_DOMAIN, "domain_name",
      "\"type\": \"string\", \"maxLength\": 1023, \"pattern\": \"^(\\\\.|([^.\\\\s]+\\\\.)*[^.\\\\s]+\\\\.?)$\"",
      "\"hamburger.edu\"" },
    { VALUE_MAILBOX, "mailbox", "\"type\": \"string\", \"pattern\": \"^.+@[A-Za-z0-9.-]+$\"",
      "\"alice@crepes.fr\"" },
    { VALUE_USER, "user_name", "\"type\": \"string\", \"pattern\": \"^[^@\\\\s\\\"]{1,64}$\"", "\"alice\"" },
    { VALUE_PERSON, "person_name", "\"type\": \"string\", \"pattern\": \"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$\"",
      "\"alice\"" },
    { VALUE_SITE, "site_name",
      "\"type\": \"string\", \"maxLength\": 121, \"pattern\": \"^([A-Za-z0-9-]+\\\\.)*[A-Za-z0-9-]+\\\\.?$\"",
      "\"hamburger.edu\"" },
    { VALUE_PATH, "path",
      "\"type\": \"string\", \"maxLength\": 1000, \"pattern\": \"^/[!$-;=@-Z_a-z~\\\\[\\\\]]*$\"",
      "\"/index.html\"" },
    { VALUE_TYPE, "record_type", "\"type\": \"string\", \"pattern\": \"^[A-Za-z0-9]+$\"",
      "\"A\", \"MX\", \"NS\"" },
    { VALUE_PATTERN, "pattern", "\"type\": \"string\", \"minLength\": 1",
      "\"smtp.command verb=MAIL\", \"smtp.reply code=4xx host=mail.hamburger.edu\"" },
    { VALUE_RECORD, "record", "\"type\": \"string\", \"minLength\": 1",
      "\"www 300 A 212.212.212.1\", \"@ MX 10 mail\", \"info CNAME www\"" },
    { VALUE_REMOVAL, "removal", "\"type\": \"string\", \"minLength\": 1", "\"www A\", \"www\"" },
    { VALUE_LESSON, "lesson", "\"type\": \"string\", \"pattern\": \"^[MSFRDB][0-9]{1,2}$\"",
      "\"M1\", \"D8\"" },
    { VALUE_ADDRESS, "address", "\"type\": \"string\", \"pattern\": \"^" ADDRESS "$\"", "\"10.1.0.25\"" },
    { VALUE_PREFIX, "prefix", "\"type\": \"string\", \"pattern\": \"^" ADDRESS "(/(3[0-2]|[12]?[0-9]))?$\"",
      "\"10.1.0.0/16\"" },
    { VALUE_RECURSION, "recursion", "\"enum\": [true, false, \"chain\"]", NULL },
    { VALUE_WORDS, "words",
      "\"type\": [\"string\", \"object\"], \"minProperties\": 1, \"propertyNames\": { \"pattern\": "
      "\"^[a-z]{2,3}(-[A-Za-z0-9-]*)?$\" }, \"additionalProperties\": { \"type\": \"string\" }",
      "\"Alice writes\", { \"en\": \"Alice writes\", \"ko\": \"앨리스가 메일을 씁니다\" }" },
};

static const struct form *find_form(enum value_kind kind)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(forms); i++)
        if (forms[i].kind == kind)
            return &forms[i];
    return NULL;
}

static void add_string(GString *out, const char *text)
{
    g_string_append_c(out, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            g_string_append_c(out, '\\');
        g_string_append_c(out, *text);
    }
    g_string_append_c(out, '"');
}

/* The name of a shape's definition: "link change" is under link_change. */
static char *def_name(const struct shape *s)
{
    return g_strdelimit(g_strdup(s->name), " ", '_');
}

static void add_ref(GString *out, const struct shape *s)
{
    g_autofree char *name = def_name(s);

    g_string_append_printf(out, "{ \"$ref\": \"#/$defs/%s\" }", name);
}

static void add_choices(GString *out, const char *const *choices)
{
    g_string_append(out, "\"enum\": [");
    for (unsigned i = 0; choices[i] != NULL; i++) {
        g_string_append(out, i > 0 ? ", " : "");
        add_string(out, choices[i]);
    }
    g_string_append_c(out, ']');
}

/* The keywords for one simple value, without braces. */
static void add_simple(GString *out, enum value_kind kind, const struct shape_row *row)
{
    const struct form *f = find_form(kind);

    if (kind == VALUE_BOOL)
        g_string_append(out, "\"type\": \"boolean\"");
    else if (kind == VALUE_INT)
        g_string_append_printf(
            out, "\"type\": \"integer\", \"minimum\": %" G_GINT64_FORMAT ", \"maximum\": %" G_GINT64_FORMAT,
            row->low, row->high);
    else if (row->choices != NULL)
        add_choices(out, row->choices);
    else if (kind == VALUE_TEXT)
        g_string_append(out, row->flags & ROW_EMPTY ? "\"type\": \"string\""
                                                    : "\"type\": \"string\", \"minLength\": 1");
    else if (row->flags & ROW_EMPTY)
        g_string_append_printf(out, "\"anyOf\": [{ \"const\": \"\" }, { \"$ref\": \"#/$defs/%s\" }]",
                               f->name);
    else
        g_string_append_printf(out, "\"$ref\": \"#/$defs/%s\"", f->name);
}

static void add_count(GString *out, const struct shape_row *row, const char *what)
{
    if (row->low > 0)
        g_string_append_printf(out, ", \"min%s\": %d", what, (int)row->low);
    if (row->high > 0)
        g_string_append_printf(out, ", \"max%s\": %d", what, (int)row->high);
}

static void add_items(GString *out, const struct shape_row *row)
{
    g_autoptr(GString) item = g_string_new(NULL);
    const struct shape_row plain = { .kind = row->item };

    add_simple(item, row->item, &plain);
    if (row->flags & ROW_ONE)
        g_string_append_printf(out, "\"anyOf\": [{ %s }, { \"type\": \"array\", \"items\": { %s }", item->str,
                               item->str);
    else
        g_string_append_printf(out, "\"type\": \"array\", \"items\": { %s }", item->str);
    add_count(out, row, "Items");
    if (row->flags & ROW_ONE)
        g_string_append(out, " }]");
}

/* The keywords for a row's value, without braces. */
static void add_value(GString *out, const struct shape_row *row)
{
    switch (row->kind) {
    case VALUE_ITEMS:
        add_items(out, row);
        break;
    case VALUE_OBJECT: {
        g_autofree char *name = def_name(row->of);

        g_string_append_printf(out, "\"$ref\": \"#/$defs/%s\"", name);
        break;
    }
    case VALUE_SWITCH:
        g_string_append(out, "\"anyOf\": [{ \"type\": \"boolean\" }, ");
        add_ref(out, row->of);
        g_string_append_c(out, ']');
        break;
    case VALUE_LIST:
        g_string_append(out, "\"type\": \"array\", \"items\": ");
        add_ref(out, row->of);
        add_count(out, row, "Items");
        break;
    case VALUE_MAP:
        g_string_append_printf(
            out,
            "\"type\": \"object\", \"propertyNames\": { \"$ref\": \"#/$defs/%s\" }, \"additionalProperties\": ",
            find_form(row->of->name_kind)->name);
        add_ref(out, row->of);
        add_count(out, row, "Properties");
        break;
    case VALUE_PLACE:
        g_string_append_printf(
            out,
            "\"type\": \"array\", \"items\": { \"type\": \"integer\", \"minimum\": %d, \"maximum\": %d }, "
            "\"minItems\": 2, \"maxItems\": 2",
            (int)row->low, (int)row->high);
        break;
    default:
        add_simple(out, row->kind, row);
    }
}

/* As the author would write it: a number or a truth value without quotes. */
static void add_default(GString *out, const struct shape_row *row)
{
    const char *plain = row->def + strspn(row->def, "0123456789");
    bool bare = row->kind == VALUE_BOOL || row->kind == VALUE_RECURSION ||
                (*plain == '\0' && value_is_numeric(row->kind));

    g_string_append(out, ", \"default\": ");
    if (bare)
        g_string_append(out, row->def);
    else
        add_string(out, row->def);
}

static void add_row(GString *out, const struct shape_row *row)
{
    g_string_append(out, "        ");
    add_string(out, row->name);
    g_string_append(out, ": { \"description\": ");
    add_string(out, row->means);
    g_string_append(out, ", ");
    add_value(out, row);
    if (row->def != NULL)
        add_default(out, row);
    g_string_append(out, " }");
}

/* Required keys, and pairs that exclude each other. */
static void add_rules(GString *out, const struct shape *s)
{
    bool first = true;

    for (unsigned i = 0; i < s->n_rows; i++)
        if (s->rows[i].flags & ROW_REQUIRED) {
            g_string_append(out, first ? ",\n      \"required\": [" : ", ");
            add_string(out, s->rows[i].name);
            first = false;
        }
    g_string_append(out, first ? "" : "]");
    for (unsigned i = 1; i < s->n_rows; i++)
        if (s->rows[i].flags & ROW_ALIAS)
            g_string_append_printf(out, ",\n      \"not\": { \"required\": [\"%s\", \"%s\"] }",
                                   s->rows[i - 1].name, s->rows[i].name);
    if (s == &shape_chapter)
        g_string_append(out,
                        ",\n      \"oneOf\": [{ \"required\": [\"when\"] }, { \"required\": [\"at\"] }]");
}

static void add_object(GString *out, const struct shape *s)
{
    g_string_append(out, "      \"type\": \"object\",\n      \"properties\": {\n");
    for (unsigned i = 0; i < s->n_rows; i++) {
        add_row(out, &s->rows[i]);
        g_string_append(out, i + 1 < s->n_rows ? ",\n" : "\n");
    }
    g_string_append(out, "      },\n      \"additionalProperties\": false");
    add_rules(out, s);
}

/* A shape with a key that may stand alone: that key's value, or the object. */
static void add_alone(GString *out, const struct shape *s)
{
    g_string_append(out, "      \"anyOf\": [{ ");
    add_value(out, &s->rows[shape_find(s, s->alone)]);
    if (s == &shape_answer)
        g_string_append(
            out,
            " }, { \"type\": \"string\", \"pattern\": \"^[45][0-9]{2}( after [0-9]{1,7} connections?)?$\", "
            "\"examples\": [\"421 after 3 connections\"]");
    g_string_append(out, " }, {\n");
    add_object(out, s);
    g_string_append(out, "\n      }]");
}

/* An action is what its `do` says. */
static void add_action(GString *out)
{
    g_string_append(out,
                    "    \"action\": {\n      \"type\": \"object\",\n      \"properties\": { \"do\": { ");
    add_choices(out, scenario_dos);
    g_string_append(out, " } },\n      \"required\": [\"do\"],\n      \"allOf\": [\n");
    for (unsigned i = 0; i < N_DO; i++) {
        g_string_append_printf(
            out,
            "        { \"if\": { \"properties\": { \"do\": { \"const\": \"%s\" } }, \"required\": [\"do\"] }, \"then\": ",
            scenario_dos[i]);
        add_ref(out, shape_actions[i]);
        g_string_append(out, i + 1 < N_DO ? " },\n" : " }\n");
    }
    g_string_append(out, "      ]\n    }");
}

void scenario_schema(GString *out)
{
    g_string_append(out,
                    "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
                    "  \"title\": \"A scenario for mxlab\",\n"
                    "  \"description\": \"Who is there, what they do, what breaks, and what to look at.\",\n"
                    "  \"$ref\": \"#/$defs/scenario\",\n  \"$defs\": {\n");
    for (unsigned i = 0; i < G_N_ELEMENTS(forms); i++) {
        g_string_append_printf(out, "    \"%s\": { %s", forms[i].name, forms[i].schema);
        if (forms[i].examples != NULL)
            g_string_append_printf(out, ", \"examples\": [%s]", forms[i].examples);
        g_string_append(out, " },\n");
    }
    for (unsigned i = 0; shapes_all[i] != NULL; i++) {
        g_autofree char *name = def_name(shapes_all[i]);

        g_string_append_printf(out, "    \"%s\": {\n", name);
        if (shapes_all[i]->alone != NULL)
            add_alone(out, shapes_all[i]);
        else
            add_object(out, shapes_all[i]);
        g_string_append(out, "\n    },\n");
    }
    add_action(out);
    g_string_append(out, "\n  }\n}\n");
}
