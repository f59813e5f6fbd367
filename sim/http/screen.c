#include "http/screen.h"

#include <string.h>

#include "http/message.h"

static void link_free(gpointer data)
{
    struct screen_link *l = data;

    g_free(l->class);
    g_free(l->url);
    g_free(l->name);
    g_free(l->subject);
    g_free(l);
}

static void form_free(gpointer data)
{
    struct screen_form *f = data;

    g_free(f->url);
    g_ptr_array_unref(f->fields);
    g_free(f);
}

void screen_free(struct screen **s)
{
    struct screen *gone = *s;

    *s = NULL;
    if (gone == NULL)
        return;
    g_free(gone->user);
    g_free(gone->notice);
    g_ptr_array_unref(gone->links);
    g_ptr_array_unref(gone->forms);
    g_free(gone->folder);
    g_free(gone->sender);
    g_free(gone->subject);
    g_free(gone);
}

/* ---- Reading. */

static const char *attribute(const struct html_tag *tag, const char *name)
{
    const char *value = html_attribute(tag, name);

    return value != NULL ? value : "";
}

static uint64_t number(const struct html_tag *tag, const char *name, uint64_t max)
{
    uint64_t n = 0;

    return span_number(span_of(attribute(tag, name)), max, &n) ? n : 0;
}

static void add_link(struct screen *s, const struct html_tag *tag, const char *url)
{
    struct screen_link *l = g_new0(struct screen_link, 1);

    l->class = g_strdup(attribute(tag, "class"));
    l->url = http_resolve(url, attribute(tag, "href"));
    l->name = g_strdup(attribute(tag, "data-name"));
    l->uid = (uint32_t)number(tag, "data-uid", UINT32_MAX);
    l->is_new = strcmp(attribute(tag, "data-new"), "yes") == 0;
    l->subject = g_strdup(attribute(tag, "data-subject"));
    g_ptr_array_add(s->links, l);
}

static struct screen_form *add_form(struct screen *s, const struct html_tag *tag, const char *url)
{
    struct screen_form *f = g_new0(struct screen_form, 1);

    f->url = http_resolve(url, attribute(tag, "action"));
    f->posts = g_ascii_strcasecmp(attribute(tag, "method"), "post") == 0;
    f->fields = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(s->forms, f);
    return f;
}

static void add_field(struct screen_form *f, const struct html_tag *tag)
{
    const char *name = attribute(tag, "name");

    if (name[0] == '\0')
        return;
    g_ptr_array_add(f->fields, g_strdup(name));
    if (html_tag_is(tag, "textarea"))
        g_ptr_array_add(f->fields, html_decode(tag->text));
    else
        g_ptr_array_add(f->fields, g_strdup(attribute(tag, "value")));
}

static void take_article(struct screen *s, const struct html_tag *tag)
{
    if (s->folder != NULL)
        return;
    s->folder = g_strdup(attribute(tag, "data-folder"));
    s->sender = g_strdup(attribute(tag, "data-sender"));
    s->subject = g_strdup(attribute(tag, "data-subject"));
    s->uid = (uint32_t)number(tag, "data-uid", UINT32_MAX);
    s->mail = (uint32_t)number(tag, "data-mail", UINT32_MAX);
    s->size = number(tag, "data-size", INT64_MAX);
}

/* A sentence as a clause. */
static char *without_dot(char *text)
{
    size_t len = strlen(text);

    if (len > 0 && text[len - 1] == '.')
        text[len - 1] = '\0';
    return text;
}

struct screen *screen_read(struct span page, const char *url)
{
    struct screen *s = g_new0(struct screen, 1);
    struct screen_form *form = NULL;
    struct html_tag tag = { 0 };

    s->links = g_ptr_array_new_with_free_func(link_free);
    s->forms = g_ptr_array_new_with_free_func(form_free);
    while (html_next(&page, &tag)) {
        if (html_tag_is(&tag, "a"))
            add_link(s, &tag, url);
        else if (strcmp(tag.name, "form") == 0)
            form = tag.is_end ? NULL : add_form(s, &tag, url);
        else if (form != NULL && (html_tag_is(&tag, "input") || html_tag_is(&tag, "textarea")))
            add_field(form, &tag);
        else if (html_tag_is(&tag, "header") && s->user == NULL)
            s->user = g_strdup(html_attribute(&tag, "data-user"));
        else if (html_tag_is(&tag, "article"))
            take_article(s, &tag);
        else if (html_tag_is(&tag, "p") && strcmp(attribute(&tag, "class"), "notice") == 0 &&
                 s->notice == NULL)
            s->notice = without_dot(html_decode(span_trim(tag.text)));
    }
    return s;
}

/* ---- Using it. */

const struct screen_link *screen_find_link(const struct screen *s, const char *class, const char *name)
{
    for (guint i = 0; i < s->links->len; i++) {
        const struct screen_link *l = s->links->pdata[i];

        if (strcmp(l->class, class) == 0 && (name == NULL || strcmp(l->name, name) == 0))
            return l;
    }
    return NULL;
}

static bool has_field(const struct screen_form *f, const char *key, const char *value)
{
    for (guint i = 0; i < f->fields->len; i += 2)
        if (strcmp(f->fields->pdata[i], key) == 0 && strcmp(f->fields->pdata[i + 1], value) == 0)
            return true;
    return false;
}

struct screen_form *screen_find_form(const struct screen *s, const char *action, const char *key,
                                     const char *value)
{
    for (guint i = 0; i < s->forms->len; i++) {
        struct screen_form *f = s->forms->pdata[i];

        if (g_str_has_suffix(f->url, action) && (key == NULL || has_field(f, key, value)))
            return f;
    }
    return NULL;
}

bool screen_type(struct screen_form *f, const char *name, const char *value)
{
    for (guint i = 0; i < f->fields->len; i += 2) {
        if (strcmp(f->fields->pdata[i], name) != 0)
            continue;
        g_free(f->fields->pdata[i + 1]);
        f->fields->pdata[i + 1] = g_strdup(value);
        return true;
    }
    return false;
}

/* Line ends are CRLF in forms (the HTML standard, §4.10.21.4). */
static char *with_crlf(const char *text)
{
    GString *s = g_string_new(NULL);

    for (; *text != '\0'; text++) {
        if (*text == '\n')
            g_string_append_c(s, '\r');
        g_string_append_c(s, *text);
        if (*text == '\r' && text[1] == '\n')
            g_string_append_c(s, *++text);
    }
    return g_string_free(s, FALSE);
}

char *screen_encode(const struct screen_form *f)
{
    GString *s = g_string_new(NULL);

    for (guint i = 0; i < f->fields->len; i += 2) {
        char *value = with_crlf(f->fields->pdata[i + 1]);

        http_form_add(s, f->fields->pdata[i], value);
        g_free(value);
    }
    return g_string_free(s, FALSE);
}
