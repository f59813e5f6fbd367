/* Whatever is written or attached goes out in 7 bits and short lines, and comes back as it was. The first
 * octet says what is fed; lines of the rest are name, subject, the file's name and its type, then the text.
 */
#include <assert.h>

#include "mail/compose.h"
#include "mail/mime_encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const enum mime_encoding encodings[] = { MIME_7BIT, MIME_QUOTED_PRINTABLE, MIME_BASE64 };

static char *take_text(struct span *rest)
{
    const char *lf = rest->len > 0 ? memchr(rest->at, '\n', rest->len) : NULL;
    size_t len = lf != NULL ? (size_t)(lf - rest->at) : rest->len;
    char *text = g_strndup(rest->at, len);

    len += lf != NULL;
    *rest = span_bytes(rest->at + len, rest->len - len);
    return text;
}

static void check_encoding(struct span data, enum mime_encoding e)
{
    GString *encoded = g_string_new(NULL), *again = g_string_new(NULL);
    struct mime_part p = { .encoding = e };
    size_t line = 0;

    mime_encode(data, e, false, encoded);
    for (size_t i = 0; i < encoded->len; i++) {
        char c = encoded->str[i];

        assert((c >= ' ' && c <= '~') || c == '\t' || c == '\r' || c == '\n');
        line = c == '\n' ? 0 : line + (c != '\r');
        assert(line <= 76);
    }
    p.body = span_bytes(encoded->str, encoded->len);
    mime_decode(&p, again);
    assert(span_is(data, span_bytes(again->str, again->len)));
    g_string_free(again, TRUE);
    g_string_free(encoded, TRUE);
}

static void check_letter(const struct mail_letter *l, struct span file)
{
    struct mail_desk desk;
    struct mail_message *m;
    struct mime_part *root;
    size_t line = 0;

    mail_desk_init(&desk);
    m = mail_compose(&desk, l);
    for (size_t i = 0; i < m->data.len; i++) {
        char c = m->data.at[i];
        bool before_lf = i + 1 < m->data.len && m->data.at[i + 1] == '\n';

        assert((c >= ' ' && c <= '~') || c == '\t' || c == '\r' || c == '\n');
        assert(c != '\r' || before_lf);
        assert(c != '\n' || (i > 0 && m->data.at[i - 1] == '\r'));
        line = c == '\n' ? 0 : line + (c != '\r');
        assert(line <= 998);
    }
    assert(mail_message_count(m, "Bcc") == 0 && mail_message_count(m, "From") == 1);
    root = mime_parse(m->data);
    if (l->n_attachments == 1) {
        GString *octets = g_string_new(NULL);
        const struct mime_part *p = g_ptr_array_index(root->parts, 1);

        assert(root->parts->len == 2);
        mime_decode(p, octets);
        assert(octets->len == file.len || mime_is_lines(file));
        assert(span_is(file, span_bytes(octets->str, octets->len)) || mime_is_lines(file));
        g_string_free(octets, TRUE);
    }
    mime_free(&root);
    mail_message_unref(&m);
    mail_desk_release(&desk);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const to[] = { "bob@hamburger.edu" };
    struct span rest = span_bytes(data, size), file;
    struct mail_attachment attachment;
    char *name, *subject, *file_name, *type, *text;
    unsigned what;

    if (size == 0)
        return 0;
    what = data[0];
    rest = span_bytes(rest.at + 1, rest.len - 1);
    name = take_text(&rest);
    subject = take_text(&rest);
    file_name = take_text(&rest);
    type = take_text(&rest);
    file = rest;
    text = g_strndup(rest.at, rest.len);
    attachment = (struct mail_attachment){ (what & 1) != 0 ? file_name : NULL, (what & 2) != 0 ? type : NULL,
                                           file };
    check_encoding(file, MIME_BASE64);
    check_encoding(file, MIME_QUOTED_PRINTABLE);
    check_letter(&(struct mail_letter){ .mail = 1,
                                        .from_name = name,
                                        .from = "alice@crepes.fr",
                                        .to = to,
                                        .n_to = 1,
                                        .subject = subject,
                                        .text = text,
                                        .attachments = &attachment,
                                        .n_attachments = (what & 4) != 0,
                                        .encoding = encodings[what / 8 % 3] },
                 file);
    g_free(name);
    g_free(subject);
    g_free(file_name);
    g_free(type);
    g_free(text);
    return 0;
}
