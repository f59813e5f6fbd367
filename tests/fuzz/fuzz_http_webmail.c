/* Web mail's pages of any mail: whatever it says, they have the tags and attributes that they always have.
 * What a browser reads from a page that is any bytes. */
#include <assert.h>

#include "http/html.h"
#include "http/message.h"
#include "http/screen.h"
#include "http/webmail_internal.h"
#include "mail/mime.h"

static bool is_one_of(const char *list, const char *name)
{
    char **names = g_strsplit(list, " ", 0);
    bool found = g_strv_contains((const char *const *)names, name);

    g_strfreev(names);
    return found;
}

static void check_page(struct http_message *m)
{
    struct span page = span_bytes(m->body->str, m->body->len);
    struct html_tag tag = { 0 };

    assert(g_utf8_validate(page.at, (gssize)page.len, NULL));
    while (html_next(&page, &tag)) {
        assert(is_one_of(
            "html meta title style header nav article h1 table tr th td pre ul li a p b form input button "
            "datalist option",
            tag.name));
        for (unsigned i = 0; i < tag.n; i++)
            assert(is_one_of(
                "lang charset class data-user data-name data-folder data-uid data-sender data-subject "
                "data-mail data-size data-new href method action type name value size list id",
                tag.attributes[i].name));
        if (html_tag_is(&tag, "a"))
            assert(g_str_has_prefix(html_attribute(&tag, "href"), "/mail/"));
    }
    http_message_free(&m);
}

static void check_parts(const struct mail_message *message)
{
    static const char *const numbers[] = { "1", "2", "1.1", "2.1", "1.1.1", "" };

    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        struct http_message *m = webmail_part(message, numbers[i]);
        GString *out = g_string_new(NULL);
        struct http_reader *r = http_reader_new(false);
        struct span rest;

        if (m != NULL) { /* nothing that it says breaks out of its field */
            http_write(m, false, 4096, out);
            rest = span_bytes(out->str, out->len);
            http_reader_expect(r, "GET");
            assert(http_reader_feed(r, &rest) == HTTP_READ_WHOLE && rest.len == 0);
            http_message_free(&m);
            m = http_reader_take(r);
            assert(m->fields->len == 6 &&
                   g_str_has_prefix(http_field(m, "Content-Disposition"), "attachment"));
            http_message_free(&m);
        }
        http_reader_free(&r);
        g_string_free(out, TRUE);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span in = span_bytes(data, size);
    struct mail_message *m = mail_message_new(1, &in, 1);
    struct screen *s = screen_read(in, "http://a/mail/");
    struct webmail_login l = { .id = (char *)"1", .address = (char *)"bob@hamburger.edu" };
    struct mail_boxes boxes;

    for (guint i = 0; i < s->forms->len; i++) {
        char *form = screen_encode(s->forms->pdata[i]);

        g_free(form);
    }
    screen_find_link(s, "message", NULL);
    screen_find_form(s, "/login", "uid", "1");
    screen_free(&s);
    mail_boxes_init(&boxes);
    l.box = mail_boxes_add(&boxes, "bob", 0);
    mail_box_store(l.box, m, 0);
    check_page(webmail_message_page(&l, l.box->inbox, 0));
    check_page(webmail_folder_page(&l, l.box->inbox));
    check_parts(m);
    mail_boxes_release(&boxes);
    mail_message_unref(&m);
    return 0;
}
