/* What a browser reads out of pages, and text that goes into them; references and forms, which stand there,
 * too. */
#include <assert.h>

#include "http/html.h"
#include "http/message.h"

/* Text that was made safe has no tag, whether it stands in a page or in an attribute. */
static void check_text(struct span in)
{
    GString *safe = g_string_new(NULL), *attribute = g_string_new("<p title=\"");
    struct html_tag tag = { 0 };
    struct span page;
    char *back;

    html_text(safe, in);
    assert(g_utf8_validate(safe->str, (gssize)safe->len, NULL));
    page = span_bytes(safe->str, safe->len);
    assert(!html_next(&page, &tag));
    back = html_decode(span_bytes(safe->str, safe->len));
    g_string_append_printf(attribute, "%s\">", safe->str);
    page = span_bytes(attribute->str, attribute->len);
    assert(html_next(&page, &tag) && html_tag_is(&tag, "p") && page.len == 0);
    if (attribute->len < HTML_TAG_MAX)
        assert(tag.n == 1 && strcmp(html_attribute(&tag, "title"), back) == 0);
    html_tag_clear(&tag);
    g_free(back);
    g_string_free(safe, TRUE);
    g_string_free(attribute, TRUE);
}

static void check_url(const char *text)
{
    static const char *const bases[] = { "http://a/b/c/d;p?q", "/x/y", "http://a" };
    char *host, *target;
    unsigned port;

    if (http_url(text, &host, &port, &target)) {
        struct http_message *m = http_request_new("GET", target);

        assert(target[0] == '/' && port > 0 && port < 65536 && host[0] != '\0');
        assert(strcmp(m->target, target) == 0); /* nothing in it that has to be escaped */
        http_message_free(&m);
        g_free(host);
        g_free(target);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bases); i++) {
        char *found = http_resolve(bases[i], text), *again = http_resolve(bases[i], found);

        for (const char *p = found; *p != '\0'; p++)
            assert(*p > ' ' && *p < 0x7f && *p != '#');
        assert(strcmp(found, again) == 0 || strncmp(found, "//", 2) == 0 || strstr(found, "//") != NULL);
        g_free(found);
        g_free(again);
    }
}

static void check_form(struct span in, const char *text)
{
    GString *form = g_string_new(NULL);
    char *value = http_form_value(in, "a");

    g_free(value);
    http_form_add(form, "b", "1");
    http_form_add(form, text, text);
    value = http_form_value(span_bytes(form->str, form->len), text);
    assert(value != NULL && strcmp(value, strcmp(text, "b") == 0 ? "1" : text) == 0);
    g_free(value);
    value = http_unescape_path(in);
    g_free(value);
    g_string_free(form, TRUE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span in = span_bytes(data, size), page = in;
    struct html_tag tag = { 0 };
    GPtrArray *objects;
    char *text;

    if (size == 0)
        return 0;
    for (size_t left = page.len; html_next(&page, &tag); left = page.len) {
        assert(page.len < left && tag.n <= HTML_ATTRIBUTES_MAX);
        assert(tag.text.len == 0 || (tag.text.at >= in.at && tag.text.at + tag.text.len <= in.at + in.len));
    }
    assert(tag.n == 0);
    objects = html_objects(in);
    for (guint i = 0; i < objects->len; i++)
        check_url(g_ptr_array_index(objects, i));
    g_ptr_array_unref(objects);
    check_text(in);
    text = g_strndup((const char *)data, size);
    check_url(text);
    check_form(in, text);
    g_free(text);
    return 0;
}
