#include "mail/imap_section.h"

#include "mail/imap_text.h"
#include "mail/message.h"
#include "mail/text.h"

/* ---- As written. */

/* "4.2", and the dot behind it if there is more. */
static struct span take_part(struct imap_args *a, bool *more_out)
{
    struct span part = span_bytes(a->rest.at, 0);

    *more_out = true;
    while (g_ascii_isdigit(imap_args_peek(a))) {
        imap_args_take_number(a, 1);
        part.len = (size_t)(a->rest.at - part.at);
        *more_out = imap_args_take_if(a, '.');
        if (!*more_out)
            break;
    }
    return a->fault == NULL ? part : SPAN("");
}

static void take_fields(struct imap_args *a, struct imap_section *s)
{
    s->fields = g_array_new(FALSE, FALSE, sizeof(struct span));
    imap_args_take_space(a);
    imap_args_take(a, '(');
    do {
        struct span name = imap_args_take_astring(a, "a header field's name");

        g_array_append_val(s->fields, name);
    } while (imap_args_take_if(a, ' '));
    imap_args_take(a, ')');
}

void imap_section_take(struct imap_args *a, struct imap_section *out)
{
    bool more;
    struct span word;

    *out = (struct imap_section){ .what = IMAP_SECTION_ALL };
    imap_args_take(a, '[');
    out->part = take_part(a, &more);
    word = more ? imap_args_take_letters(a) : SPAN("");
    if (span_is_nocase(word, SPAN("HEADER")))
        out->what = IMAP_SECTION_HEADER;
    else if (span_is_nocase(word, SPAN("HEADER.FIELDS")))
        out->what = IMAP_SECTION_FIELDS;
    else if (span_is_nocase(word, SPAN("HEADER.FIELDS.NOT")))
        out->what = IMAP_SECTION_FIELDS_NOT;
    else if (span_is_nocase(word, SPAN("TEXT")))
        out->what = IMAP_SECTION_TEXT;
    else if (span_is_nocase(word, SPAN("MIME")) && out->part.len > 0)
        out->what = IMAP_SECTION_MIME;
    else if (word.len > 0 || (more && out->part.len > 0))
        imap_args_expected(a, "HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT, or MIME of a part");
    if (out->what == IMAP_SECTION_FIELDS || out->what == IMAP_SECTION_FIELDS_NOT)
        take_fields(a, out);
    imap_args_take(a, ']');
}

void imap_section_release(struct imap_section *s)
{
    if (s->fields != NULL)
        g_array_free(s->fields, TRUE);
    s->fields = NULL;
}

void imap_section_text(const struct imap_section *s, GString *out)
{
    static const char *const words[] = { "", "HEADER", "HEADER.FIELDS", "HEADER.FIELDS.NOT", "TEXT", "MIME" };

    g_string_append_c(out, '[');
    mail_append(out, s->part);
    if (s->part.len > 0 && s->what != IMAP_SECTION_ALL)
        g_string_append_c(out, '.');
    g_string_append(out, words[s->what]);
    for (guint i = 0; s->fields != NULL && i < s->fields->len; i++) {
        g_string_append(out, i == 0 ? " (" : " ");
        imap_put_astring(out, g_array_index(s->fields, struct span, i));
    }
    g_string_append(out, s->fields != NULL ? ")]" : "]");
}

/* ---- In a message. */

static const struct mime_part *child(const struct mime_part *p, uint32_t number)
{
    return p->parts != NULL && number <= p->parts->len ? p->parts->pdata[number - 1] : NULL;
}

/* Parts are numbered within a multipart; what is none has part 1, itself, if it is a message. A message
 * within another is numbered as if it stood alone. */
static const struct mime_part *find_part(const struct mime_part *root, struct span path)
{
    const struct mime_part *p = root;
    bool is_message = true; /* p is a whole message, its header as root's */

    while (path.len > 0 && p != NULL) {
        const char *dot = memchr(path.at, '.', path.len);
        size_t len = dot != NULL ? (size_t)(dot - path.at) : path.len;
        uint64_t number = 0;

        span_number(span_bytes(path.at, len), UINT32_MAX, &number);
        path = span_bytes(path.at + len + (dot != NULL), path.len - len - (dot != NULL));
        if (!is_message && mime_is(p, "message", "rfc822")) {
            p = child(p, 1);
            is_message = true;
        }
        if (p != NULL && p->parts != NULL && mime_is(p, "multipart", NULL))
            p = child(p, (uint32_t)number);
        else if (!is_message || number != 1)
            p = NULL;
        is_message = false;
    }
    return p;
}

/* The fields asked for, as they stand, and the blank line. */
static void put_fields(const struct imap_section *s, struct span header, GString *out)
{
    struct span rest = header, name, value;
    const char *start = rest.at;

    while (mail_take_field(&rest, &name, &value)) {
        bool listed = false;

        for (guint i = 0; i < s->fields->len && !listed; i++)
            listed = span_is_nocase(name, g_array_index(s->fields, struct span, i));
        if (listed == (s->what == IMAP_SECTION_FIELDS))
            mail_append(out, span_bytes(start, (size_t)(rest.at - start)));
        start = rest.at;
    }
    g_string_append(out, "\r\n");
}

bool imap_section_find(const struct imap_section *s, const struct mime_part *root, GString *scratch,
                       struct span *octets_out)
{
    const struct mime_part *p = find_part(root, s->part);

    if (p != NULL && s->part.len > 0 && s->what != IMAP_SECTION_ALL && s->what != IMAP_SECTION_MIME)
        p = mime_is(p, "message", "rfc822") ? child(p, 1) : NULL; /* others have no header of a message */
    if (p == NULL)
        return false;
    switch (s->what) {
    case IMAP_SECTION_ALL:
        *octets_out = s->part.len > 0 ? p->body : span_bytes(p->header.at, p->header.len + p->body.len);
        break;
    case IMAP_SECTION_HEADER:
    case IMAP_SECTION_MIME:
        *octets_out = p->header;
        break;
    case IMAP_SECTION_TEXT:
        *octets_out = p->body;
        break;
    case IMAP_SECTION_FIELDS:
    case IMAP_SECTION_FIELDS_NOT:
        g_string_truncate(scratch, 0);
        put_fields(s, p->header, scratch);
        *octets_out = span_bytes(scratch->str, scratch->len);
        break;
    }
    return true;
}
