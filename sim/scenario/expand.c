#include "scenario/expand.h"

#include <string.h>

#include "core/json.h"

enum { WIDTH = 100 }; /* columns: what fits stands on one line */

static void put_string(GString *out, const char *text)
{
    size_t len = strlen(text), from = out->len;

    g_string_set_size(out, from + json_text_max(len));
    char *end = json_text(out->str + from, span_bytes(text, len));
    g_string_truncate(out, (gsize)(end - out->str));
}

static void put_decimal_ppm(GString *out, uint32_t ppm)
{
    g_string_append_printf(out, "%u.%06u", ppm / 1000000, ppm % 1000000);
    while (out->str[out->len - 1] == '0')
        g_string_truncate(out, out->len - 1);
    if (out->str[out->len - 1] == '.')
        g_string_truncate(out, out->len - 1);
}

static void put_rate(GString *out, uint64_t bps)
{
    if (bps == 0)
        g_string_append(out, "\"none\"");
    else if (bps % 1000000000 == 0)
        g_string_append_printf(out, "\"%" G_GUINT64_FORMAT "Gbps\"", bps / 1000000000);
    else if (bps % 1000000 == 0)
        g_string_append_printf(out, "\"%" G_GUINT64_FORMAT "Mbps\"", bps / 1000000);
    else if (bps % 1000 == 0)
        g_string_append_printf(out, "\"%" G_GUINT64_FORMAT "kbps\"", bps / 1000);
    else
        g_string_append_printf(out, "\"%" G_GUINT64_FORMAT "bps\"", bps);
}

static void put_moment(GString *out, int64_t unix_s)
{
    GDateTime *t = g_date_time_new_from_unix_utc(unix_s);

    g_string_append_printf(out, "\"%04d-%02d-%02dT%02d:%02d:%02dZ\"", g_date_time_get_year(t),
                           g_date_time_get_month(t), g_date_time_get_day_of_month(t), g_date_time_get_hour(t),
                           g_date_time_get_minute(t), g_date_time_get_second(t));
    g_date_time_unref(t);
}

static void put_words(GString *out, const struct scenario_text *t)
{
    if (t->n == 1 && t->said[0].language[0] == '\0') {
        put_string(out, t->said[0].text);
        return;
    }
    for (unsigned i = 0; i < t->n; i++) {
        g_string_append(out, i == 0 ? "{ " : ", ");
        put_string(out, t->said[i].language);
        g_string_append(out, ": ");
        put_string(out, t->said[i].text);
    }
    g_string_append(out, " }");
}

/* Columns used on the line that is being written: asked only where lines are broken, so that it is short. */
static gsize column_of(const GString *out)
{
    gsize n = 0;

    while (n < out->len && out->str[out->len - n - 1] != '\n')
        n++;
    return n;
}

/* ---- Rows. */

static const void *member(const struct node *n, const struct shape_row *row)
{
    return (const char *)n + row->offset;
}

/* Of actions only what was written: what a `link` does not say stays as it is. */
static bool is_action(const struct shape *shape)
{
    for (unsigned i = 0; i < N_DO; i++)
        if (shape == shape_actions[i])
            return true;
    return false;
}

static bool has_value(const struct node *n, unsigned i)
{
    const struct shape_row *row = &n->shape->rows[i];
    const void *at = member(n, row);
    bool given = n->given >> i & 1;
    bool has_default = row->def != NULL && !is_action(n->shape);

    if (row->flags & (ROW_ALIAS | ROW_SUGAR))
        return false;
    switch (row->kind) {
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
        return *(const char *const *)at != NULL;
    case VALUE_WORDS:
        return ((const struct scenario_text *)at)->n > 0;
    case VALUE_OBJECT:
    case VALUE_SWITCH:
        return *(void *const *)at != NULL;
    case VALUE_ITEMS:
    case VALUE_MAP:
    case VALUE_LIST:
        return given || (*(GPtrArray *const *)at)->len > 0;
    case VALUE_PLACE:
    case VALUE_ADDRESS:
        return given;
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_DURATION:
    case VALUE_RATE:
    case VALUE_LOSS:
    case VALUE_SIZE:
    case VALUE_TTL:
    case VALUE_MOMENT:
    case VALUE_FREQUENCY:
    case VALUE_ENUM:
    case VALUE_RECURSION:
    case VALUE_RECORD:
    case VALUE_REMOVAL:
    case VALUE_LESSON:
    case VALUE_PREFIX:
        return given || has_default;
    }
    return false;
}

/* Where a value may be broken into lines: `indent` columns deep, or -1 for one line whatever it takes. */
static void put_node(GString *out, const struct node *n, int indent);

static void new_line(GString *out, int indent)
{
    g_string_append_printf(out, "\n%*s", indent, "");
}

static const char *map_key(const struct node *n)
{
    return *(const char *const *)((const char *)n + n->shape->name_offset);
}

typedef void put_entry(GString *out, const void *entry, int indent);

static void put_item(GString *out, const void *entry, int indent)
{
    (void)indent;
    put_string(out, ((const struct scenario_item *)entry)->text);
}

static void put_list_entry(GString *out, const void *entry, int indent)
{
    put_node(out, entry, indent);
}

static void put_map_entry(GString *out, const void *entry, int indent)
{
    put_string(out, map_key(entry));
    g_string_append(out, ": ");
    put_node(out, entry, indent);
}

/* On one line if it fits, else an entry a line. */
static void put_entries(GString *out, const GPtrArray *list, const char *brackets, put_entry *put, int indent)
{
    gsize from = out->len, column = indent < 0 ? 0 : column_of(out);

    g_string_append_c(out, brackets[0]);
    for (unsigned i = 0; i < list->len; i++) {
        g_string_append(out, i ? ", " : brackets[0] == '{' ? " " : "");
        put(out, g_ptr_array_index(list, i), -1);
    }
    if (brackets[0] == '{' && list->len > 0)
        g_string_append_c(out, ' ');
    g_string_append_c(out, brackets[1]);
    if (indent < 0 || column + (out->len - from) <= WIDTH)
        return;
    g_string_truncate(out, from);
    g_string_append_c(out, brackets[0]);
    for (unsigned i = 0; i < list->len; i++) {
        g_string_append(out, i ? "," : "");
        new_line(out, indent + 2);
        put(out, g_ptr_array_index(list, i), indent + 2);
    }
    new_line(out, indent);
    g_string_append_c(out, brackets[1]);
}

static void put_value(GString *out, const struct node *n, const struct shape_row *row, int indent)
{
    const void *at = member(n, row);
    char buf[TIME_DURATION_MAX], ip[IP_TEXT_MAX];

    switch (row->kind) {
    case VALUE_BOOL:
        g_string_append(out, *(const bool *)at ? "true" : "false");
        break;
    case VALUE_INT:
    case VALUE_SIZE:
    case VALUE_TTL:
        g_string_append_printf(out, "%" G_GINT64_FORMAT, *(const int64_t *)at);
        break;
    case VALUE_DURATION:
    case VALUE_FREQUENCY:
        g_string_append_printf(out, "\"%s\"", time_duration(buf, *(const sim_time *)at));
        break;
    case VALUE_RATE:
        put_rate(out, *(const uint64_t *)at);
        break;
    case VALUE_LOSS:
        put_decimal_ppm(out, *(const uint32_t *)at);
        break;
    case VALUE_MOMENT:
        put_moment(out, *(const int64_t *)at);
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
    case VALUE_RECORD:
    case VALUE_REMOVAL:
    case VALUE_LESSON:
    case VALUE_PREFIX:
        put_string(out, *(const char *const *)at);
        break;
    case VALUE_ADDRESS:
        g_string_append_printf(out, "\"%s\"", ip_text(ip, *(const ip_addr *)at));
        break;
    case VALUE_ENUM:
        put_string(out, row->choices[*(const int *)at]);
        break;
    case VALUE_RECURSION:
        g_string_append(out, (const char *const[]){ "false", "true", "\"chain\"" }[*(const int *)at]);
        break;
    case VALUE_WORDS:
        put_words(out, at);
        break;
    case VALUE_PLACE: {
        const struct scenario_place *p = at;
        g_string_append_printf(out, "[%d, %d]", p->x, p->y);
        break;
    }
    case VALUE_ITEMS:
        put_entries(out, *(GPtrArray *const *)at, "[]", put_item, indent);
        break;
    case VALUE_MAP:
        put_entries(out, *(GPtrArray *const *)at, "{}", put_map_entry, indent);
        break;
    case VALUE_LIST:
        put_entries(out, *(GPtrArray *const *)at, "[]", put_list_entry, indent);
        break;
    case VALUE_OBJECT:
    case VALUE_SWITCH:
        put_node(out, *(const struct node *const *)at, indent);
        break;
    }
}

static bool put_rows(GString *out, const struct node *n, int indent)
{
    const char *between = indent < 0 ? " " : "";
    bool any = false;

    for (unsigned i = 0; i < n->shape->n_rows; i++) {
        if (!has_value(n, i))
            continue;
        g_string_append(out, between);
        if (indent >= 0)
            new_line(out, indent + 2);
        put_string(out, n->shape->rows[i].name);
        g_string_append(out, ": ");
        put_value(out, n, &n->shape->rows[i], indent < 0 ? -1 : indent + 2);
        between = indent < 0 ? ", " : ",";
        any = true;
    }
    return any;
}

static void put_node(GString *out, const struct node *n, int indent)
{
    gsize from = out->len, column = indent < 0 ? 0 : column_of(out);

    if (n->off) {
        g_string_append(out, "false");
        return;
    }
    g_string_append_c(out, '{');
    bool any = put_rows(out, n, -1);
    g_string_append(out, any ? " }" : "}");
    if (indent < 0 || (indent > 0 && column + (out->len - from) <= WIDTH))
        return;
    g_string_truncate(out, from);
    g_string_append_c(out, '{');
    put_rows(out, n, indent);
    new_line(out, indent);
    g_string_append_c(out, '}');
}

void scenario_expand(const struct scenario *s, GString *out)
{
    put_node(out, &s->node, 0);
    g_string_append_c(out, '\n');
}
