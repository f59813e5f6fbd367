#include "scenario/model.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "scenario/source.h"
#include "scenario/value.h"

enum { COMPLAINTS_MAX = 1000 };

/* ---- Memory. */

void *scenario_alloc(struct scenario *s, size_t size)
{
    void *block = g_malloc0(size);

    g_ptr_array_add(s->memory, block);
    return block;
}

const char *scenario_copy(struct scenario *s, const char *text)
{
    char *copy = g_strdup(text);

    if (copy != NULL)
        g_ptr_array_add(s->memory, copy);
    return copy;
}

const char *scenario_print(struct scenario *s, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    g_ptr_array_add(s->memory, text);
    return text;
}

GPtrArray *scenario_list(struct scenario *s)
{
    GPtrArray *list = g_ptr_array_new();

    g_ptr_array_add(s->lists, list);
    return list;
}

static void free_list(void *list)
{
    g_ptr_array_unref(list);
}

struct scenario *scenario_new(struct source *source)
{
    struct scenario *s = g_new0(struct scenario, 1);
    struct scenario *filled;

    s->memory = g_ptr_array_new_with_free_func(g_free);
    s->lists = g_ptr_array_new_with_free_func(free_list);
    s->no_items = scenario_list(s);
    filled = scenario_element(s, &shape_scenario, NULL);
    filled->memory = s->memory;
    filled->lists = s->lists;
    filled->no_items = s->no_items;
    filled->source = source;
    filled->host_index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    *s = *filled;
    return s;
}

void scenario_free(struct scenario **s)
{
    if (*s == NULL)
        return;
    source_free(&(*s)->source);
    g_hash_table_unref((*s)->host_index);
    g_ptr_array_unref((*s)->lists);
    g_ptr_array_unref((*s)->memory);
    g_free(*s);
    *s = NULL;
}

/* ---- Elements. */

int shape_find(const struct shape *shape, const char *key)
{
    for (unsigned i = 0; i < shape->n_rows; i++)
        if (strcmp(shape->rows[i].name, key) == 0)
            return (int)i;
    return -1;
}

static unsigned get_row(const struct node *n, const char *key)
{
    int i = shape_find(n->shape, key);

    assert(i >= 0);
    return (unsigned)i;
}

static void *member(const struct node *n, const struct shape_row *row)
{
    return (char *)n + row->offset;
}

static void set_default(struct scenario *s, struct node *n, const struct shape_row *row)
{
    void *out = member(n, row);
    const char *wrong = NULL;

    switch (row->kind) {
    case VALUE_ITEMS:
    case VALUE_MAP:
    case VALUE_LIST:
        if (row->flags & ROW_ALIAS)
            return;
        *(GPtrArray **)out = scenario_list(s);
        if (row->def != NULL) {
            struct scenario_item *item = scenario_item(s, n, row->def);

            wrong = value_read(row->item, row, span_of(row->def), &item->time);
            g_ptr_array_add(*(GPtrArray **)out, item);
        }
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
        *(const char **)out = row->def;
        break;
    default:
        if (row->def != NULL)
            wrong = value_read(row->kind, row, span_of(row->def), out);
    }
    assert(wrong == NULL);
    (void)wrong;
}

/* All actions are one struct: lists of other kinds' rows are empty, not NULL. */
static void set_lists_of_others(struct scenario *s, struct node *n)
{
    for (unsigned i = 0; i < N_DO; i++)
        for (unsigned j = 0; j < shape_actions[i]->n_rows; j++) {
            const struct shape_row *row = &shape_actions[i]->rows[j];

            if (row->kind == VALUE_ITEMS && *(GPtrArray **)member(n, row) == NULL)
                *(GPtrArray **)member(n, row) = s->no_items;
        }
}

void *scenario_element(struct scenario *s, const struct shape *shape, const struct node *from)
{
    struct node *n = scenario_alloc(s, shape->size);

    assert(shape->n_rows <= SHAPE_ROWS_MAX);
    n->shape = shape;
    n->path = from ? from->path : "";
    n->where = scenario_alloc(s, shape->n_rows * sizeof *n->where);
    if (from != NULL) {
        n->at = from->at;
        n->derived = true;
        n->gap = scenario_lost(from, NULL);
    }
    for (unsigned i = 0; i < shape->n_rows; i++)
        set_default(s, n, &shape->rows[i]);
    for (unsigned i = 0; i < N_DO; i++)
        if (shape == shape_actions[i])
            set_lists_of_others(s, n);
    return n;
}

bool scenario_has(const struct node *n, const char *key)
{
    return n->given >> get_row(n, key) & 1;
}

void scenario_set(struct node *n, const char *key, const struct node *from)
{
    unsigned i = get_row(n, key);

    n->given |= UINT64_C(1) << i;
    if (from != NULL)
        n->where[i] = from->at;
}

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
    case VALUE_PATH:
    case VALUE_RECORD:
    case VALUE_ADDRESS:
    case VALUE_PREFIX:
    case VALUE_RECURSION:
    case VALUE_OBJECT:
    case VALUE_SWITCH:
    case VALUE_MAP:
    case VALUE_LIST:
        return true;
    default:
        return row->flags & ROW_MAKES;
    }
}

bool scenario_lost(const struct node *n, const char *key)
{
    if (n->gap || key != NULL)
        return n->gap || n->lost >> get_row(n, key) & 1;
    for (unsigned i = 0; i < n->shape->n_rows; i++)
        if (n->lost >> i & 1 && matters(&n->shape->rows[i]))
            return true;
    return false;
}

struct position scenario_where(const struct node *n, const char *key)
{
    struct position p = n->where[get_row(n, key)];

    return p.line > 0 ? p : n->at;
}

struct scenario_item *scenario_item(struct scenario *s, const struct node *from, const char *text)
{
    struct scenario_item *item = scenario_alloc(s, sizeof *item);

    item->text = scenario_copy(s, text);
    item->path = from ? from->path : "";
    item->derived = true;
    if (from != NULL)
        item->at = from->at;
    return item;
}

/* ---- Filling. */

static const char *name_of(const struct node *n)
{
    return *(const char *const *)((const char *)n + n->shape->name_offset);
}

/* Entries that `to` has not, in the order of `from`; those it has are filled. */
static void fill_map(struct scenario *s, GPtrArray *to, GPtrArray *from)
{
    unsigned n_own = to->len;

    for (unsigned i = 0; i < from->len; i++) {
        struct node *entry = g_ptr_array_index(from, i), *own = NULL;

        for (unsigned j = 0; j < n_own && own == NULL; j++)
            if (g_ascii_strcasecmp(name_of(g_ptr_array_index(to, j)), name_of(entry)) == 0)
                own = g_ptr_array_index(to, j);
        if (own != NULL)
            scenario_fill(s, own, entry);
        else
            g_ptr_array_add(to, entry);
    }
}

static void copy_value(struct scenario *s, const struct shape_row *row, void *to, const void *from)
{
    switch (row->kind) {
    case VALUE_ITEMS:
    case VALUE_MAP:
    case VALUE_LIST: {
        GPtrArray *list = scenario_list(s), *old = *(GPtrArray *const *)from;

        for (unsigned i = 0; i < old->len; i++)
            g_ptr_array_add(list, g_ptr_array_index(old, i));
        *(GPtrArray **)to = list;
        break;
    }
    case VALUE_OBJECT:
    case VALUE_SWITCH: {
        const struct node *old = *(struct node *const *)from;
        struct node *copy = scenario_element(s, old->shape, old);

        copy->derived = old->derived;
        copy->gap = old->gap;
        copy->off = old->off;
        scenario_fill(s, copy, old);
        *(struct node **)to = copy;
        break;
    }
    default:
        memcpy(to, from, value_size(row->kind));
    }
}

void scenario_fill(struct scenario *s, struct node *to, const struct node *from)
{
    to->gap |= from->gap;
    for (unsigned i = 0; i < from->shape->n_rows; i++) {
        const struct shape_row *source = &from->shape->rows[i];
        int j = shape_find(to->shape, source->name);
        const struct shape_row *row;

        if (j >= 0 && from->lost >> i & 1 && !(to->given >> j & 1))
            to->lost |= UINT64_C(1) << j;
        if (!(from->given >> i & 1) || source->flags & ROW_ALIAS || j < 0)
            continue;
        row = &to->shape->rows[j];
        if (row->kind != source->kind)
            continue;
        if (!(to->given >> j & 1)) {
            copy_value(s, row, member(to, row), member(from, source));
            to->given |= UINT64_C(1) << j;
            to->where[j] = from->where[i];
        } else if (row->kind == VALUE_OBJECT || row->kind == VALUE_SWITCH) {
            struct node *own = *(struct node **)member(to, row);

            if (!own->off)
                scenario_fill(s, own, *(struct node **)member(from, source));
        } else if (row->kind == VALUE_MAP) {
            fill_map(s, *(GPtrArray **)member(to, row), *(GPtrArray **)member(from, source));
        }
    }
}

/* ---- Finding. */

const char *scenario_text_in(const struct scenario_text *t, const char *language)
{
    const char *english = NULL;

    for (unsigned i = 0; i < t->n; i++) {
        if (strcmp(t->said[i].language, language) == 0)
            return t->said[i].text;
        if (strcmp(t->said[i].language, "en") == 0)
            english = t->said[i].text;
    }
    return english ? english : t->n > 0 ? t->said[0].text : NULL;
}

struct scenario_host *scenario_host_find(const struct scenario *s, const char *name)
{
    char *key = g_ascii_strdown(name, -1);
    struct scenario *owner = (struct scenario *)
        s; /* the index is a cache: what is found does not depend on it */
    struct scenario_host *h;

    for (; owner->host_indexed < s->hosts->len; owner->host_indexed++) {
        struct scenario_host *next = g_ptr_array_index(s->hosts, owner->host_indexed);
        char *lower = g_ascii_strdown(next->name, -1);

        if (g_hash_table_contains(s->host_index, lower))
            g_free(lower);
        else
            g_hash_table_insert(s->host_index, lower, next);
    }
    h = g_hash_table_lookup(s->host_index, key);
    g_free(key);
    return h;
}

struct scenario_domain *scenario_domain_find(const struct scenario *s, const char *name)
{
    for (unsigned i = 0; i < s->domains->len; i++) {
        struct scenario_domain *d = g_ptr_array_index(s->domains, i);

        if (g_ascii_strcasecmp(d->name, name) == 0)
            return d;
    }
    return NULL;
}

struct scenario_host *scenario_host_at(const struct scenario *s, ip_addr a)
{
    for (unsigned i = 0; i < s->hosts->len; i++) {
        struct scenario_host *h = g_ptr_array_index(s->hosts, i);

        for (unsigned j = 0; j < h->addresses->len; j++)
            if (((struct scenario_item *)g_ptr_array_index(h->addresses, j))->address == a)
                return h;
    }
    return NULL;
}

struct scenario_agent *scenario_agent_find(const struct scenario *s, const char *address,
                                           struct scenario_host **host_out)
{
    for (unsigned i = 0; i < s->hosts->len; i++) {
        struct scenario_host *h = g_ptr_array_index(s->hosts, i);

        for (unsigned j = 0; j < h->agents->len; j++) {
            struct scenario_agent *a = g_ptr_array_index(h->agents, j);

            if (g_ascii_strcasecmp(a->address, address) == 0) {
                if (host_out != NULL)
                    *host_out = h;
                return a;
            }
        }
    }
    return NULL;
}

/* ---- Complaining. */

bool scenario_is_flooded(const struct report *r)
{
    return r->entries->len >= COMPLAINTS_MAX;
}

/* Comparing takes time by the length of both. */
char *scenario_did_you_mean(const struct report *r, const char *text, const char *const *names)
{
    enum { NAME_LEN_MAX = 320 };
    const char *close = scenario_is_flooded(r) || strlen(text) > NAME_LEN_MAX ? NULL
                                                                              : report_closest(text, names);

    return close ? g_strdup_printf("did you mean \"%s\"?", close) : NULL;
}

static void complain(struct report *r, enum complaint_kind kind, struct position at, const char *path,
                     const char *key, const char *hint, const char *format, va_list args)
{
    g_autofree char *said = NULL, *message = NULL, *whole = NULL;

    if (r->entries->len > COMPLAINTS_MAX) {
        r->errors += kind == COMPLAINT_ERROR;
        return;
    }
    if (r->entries->len == COMPLAINTS_MAX) {
        report_add(r, kind, at, "", NULL, "and more: only the first %d complaints are shown", COMPLAINTS_MAX);
        return;
    }
    said = g_strdup_vprintf(format, args);
    message = g_utf8_make_valid(said, -1); /* a quoted text may be cut within a character */
    whole = key == NULL || *key == '\0' ? g_strdup(path)
                                        : g_strdup_printf("%s%s%s", path, *path ? "." : "", key);
    report_add(r, kind, at, whole, hint, "%s", message);
}

/* The place of `key`, or of the element if there is no such row (an unknown key has a place of its own). */
static struct position place(const struct node *n, const char *key)
{
    return key != NULL && shape_find(n->shape, key) >= 0 ? scenario_where(n, key) : n->at;
}

void scenario_error(struct report *r, const struct node *n, const char *key, const char *hint,
                    const char *format, ...)
{
    va_list args;

    va_start(args, format);
    complain(r, COMPLAINT_ERROR, place(n, key), n->path, key, hint, format, args);
    va_end(args);
}

void scenario_doubt(struct report *r, const struct node *n, const char *key, const char *hint,
                    const char *format, ...)
{
    va_list args;

    va_start(args, format);
    complain(r, COMPLAINT_DOUBT, place(n, key), n->path, key, hint, format, args);
    va_end(args);
}

void scenario_item_error(struct report *r, const struct scenario_item *i, const char *hint,
                         const char *format, ...)
{
    va_list args;

    va_start(args, format);
    complain(r, COMPLAINT_ERROR, i->at, i->path, NULL, hint, format, args);
    va_end(args);
}

void scenario_item_doubt(struct report *r, const struct scenario_item *i, const char *hint,
                         const char *format, ...)
{
    va_list args;

    va_start(args, format);
    complain(r, COMPLAINT_DOUBT, i->at, i->path, NULL, hint, format, args);
    va_end(args);
}

void scenario_complain(struct report *r, enum complaint_kind kind, struct position at, const char *path,
                       const char *hint, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    complain(r, kind, at, path, NULL, hint, format, args);
    va_end(args);
}
