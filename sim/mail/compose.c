#include "mail/compose.h"

#include <gmime/gmime.h>
#include <stdio.h>

#include "core/time.h"
#include "mail/mime.h"

enum {
    LINE_WANTED = 78,    /* RFC 5322 §2.1.1: SHOULD be no longer, without CRLF */
    LINE_MAX_TEXT = 998, /* MUST */
    FILLER_WIDTH = 72,
};

static const char default_text[] = "Hello,\n\nthis is a message.\n";
static const char filler[] = "the quick brown fox jumps over the lazy dog, and the dog does not mind. ";

/* ---- Fields that are plain. */

static struct span domain_of(const char *address)
{
    const char *at = strrchr(address, '@');

    return at != NULL && at[1] != '\0' && at[1] != '[' ? span_of(at + 1) : SPAN("localhost");
}

void mail_compose_id(GString *out, uint32_t mail, int64_t unix_s, const char *address)
{
    struct span domain = domain_of(address);
    size_t start = out->len;
    char *at;

    g_string_set_size(out, start + domain.len + 2 * MAIL_NUMBER_MAX + 8);
    at = mail_put_number(mail_put(out->str + start, SPAN("<m")), mail);
    at = mail_put_number(mail_put(at, SPAN(".")), (uint64_t)MAX(unix_s, 0));
    at = mail_put(mail_put(mail_put(at, SPAN("@")), domain), SPAN(">"));
    g_string_truncate(out, (gsize)(at - out->str));
}

void mail_compose_addresses(GString *out, const char *field, const char *const *list, unsigned n)
{
    size_t column = strlen(field) + 1;

    if (n == 0)
        return;
    mail_append(out, span_of(field));
    g_string_append_c(out, ':');
    for (unsigned i = 0; i < n; i++) {
        size_t len = strlen(list[i]) + 2;

        if (i > 0)
            g_string_append_c(out, ',');
        if (i > 0 && column + len > LINE_WANTED) {
            mail_append(out, SPAN("\r\n"));
            column = 0;
        }
        g_string_append_c(out, ' ');
        mail_append(out, span_bytes(list[i], len - 2));
        column += len;
    }
    mail_append(out, SPAN("\r\n"));
}

/* Printable ASCII only, and no word too long to fold. */
static bool is_plain_phrase(const char *text)
{
    size_t word = 0;

    for (const char *p = text; *p != '\0'; p++) {
        if (*p < ' ' || *p > '~')
            return false;
        word = *p == ' ' ? 0 : word + 1;
        if (word > LINE_WANTED)
            return false;
    }
    return true;
}

/* The body can go as it is: ASCII, and lines that RFC 5322 allows. */
static bool is_plain_text(const char *text)
{
    size_t line = 0;

    for (const char *p = text; *p != '\0'; p++) {
        if ((*p < ' ' && *p != '\n' && *p != '\t') || *p > '~')
            return false;
        line = *p == '\n' ? 0 : line + 1;
        if (line > LINE_MAX_TEXT)
            return false;
    }
    return true;
}

static void put_subject(GString *out, const char *subject)
{
    size_t column = strlen("Subject:");

    mail_append(out, SPAN("Subject:"));
    for (const char *word = subject; *word != '\0';) {
        const char *end = word;

        while (*end == ' ')
            end++;
        while (*end != '\0' && *end != ' ')
            end++;
        /* Folding puts CRLF before a space that is there already. A line of spaces alone would end the header
         * in some eyes. */
        if (column + (size_t)(end - word) + 1 > LINE_WANTED && end[-1] != ' ' && word[0] == ' ') {
            mail_append(out, SPAN("\r\n"));
            column = 0;
        } else if (word == subject) {
            g_string_append_c(out, ' ');
        }
        mail_append(out, span_bytes(word, (size_t)(end - word)));
        column += (size_t)(end - word) + 1;
        word = end;
    }
    mail_append(out, SPAN("\r\n"));
}

/* RFC 5322 §3.2.4: a display name is a phrase of atoms, or else a quoted string. */
static void put_from(GString *out, const char *name, const char *address)
{
    mail_append(out, SPAN("From: "));
    if (name == NULL || name[0] == '\0') {
        mail_append(out, span_of(address));
    } else {
        bool atoms = strpbrk(name, "()<>[]:;@\\,.\"") == NULL;

        if (!atoms)
            g_string_append_c(out, '"');
        for (const char *p = name; *p != '\0'; p++) {
            if (*p == '"' || *p == '\\')
                g_string_append_c(out, '\\');
            g_string_append_c(out, *p);
        }
        if (!atoms)
            g_string_append_c(out, '"');
        mail_append(out, SPAN(" <"));
        mail_append(out, span_of(address));
        g_string_append_c(out, '>');
    }
    mail_append(out, SPAN("\r\n"));
}

/* ---- The body. */

/* With CRLF line ends, the last line ended too; then lines of filler up to `size` octets. */
static void put_text(GString *out, const char *text, size_t size)
{
    size_t start = out->len;

    while (*text != '\0') {
        size_t len = strcspn(text, "\n");

        mail_append(out, span_bytes(text, len));
        mail_append(out, SPAN("\r\n"));
        text += len + (text[len] == '\n');
    }
    while (out->len - start + 2 <= size) {
        size_t left = size - (out->len - start) - 2;
        size_t len = MIN(left, FILLER_WIDTH);

        /* What is left after this line must hold a CRLF, or nothing. */
        if (left - len == 1)
            len--;
        mail_append(out, span_bytes(filler, len));
        mail_append(out, SPAN("\r\n"));
    }
}

/* ---- What is not ASCII: GMime knows encoded-words and transfer encodings. */

static void add_recipients(GMimeMessage *m, GMimeAddressType type, const char *const *list, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        g_mime_message_add_mailbox(m, type, NULL, list[i]);
}

/* Line ends and other controls have no place in a header field. */
static char *clean_phrase(const char *text)
{
    char *clean = g_utf8_make_valid(text, -1);

    for (char *p = clean; *p != '\0'; p++)
        if ((guchar)*p < ' ' || *p == '\x7f')
            *p = ' ';
    return clean;
}

/* In lines of its own text, base64 would hide the few letters that need no hiding: quoted-printable where
 * most is ASCII. */
static GMimeContentEncoding encoding_for(const GString *body)
{
    size_t high = 0;

    for (size_t i = 0; i < body->len; i++)
        high += (guchar)body->str[i] >= 0x80;
    return high * 3 > body->len ? GMIME_CONTENT_ENCODING_BASE64 : GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE;
}

static GMimePart *make_part(const struct mail_letter *l, bool encode_text)
{
    GMimePart *part = g_mime_part_new_with_type("text", "plain");
    char *valid = g_utf8_make_valid(l->text, -1);
    GString *body = g_string_new(NULL);
    GMimeStream *stream;
    GMimeDataWrapper *content;
    GMimeContentEncoding encoding;

    put_text(body, valid, l->size);
    encoding = encode_text ? encoding_for(body) : GMIME_CONTENT_ENCODING_7BIT;
    if (encoding != GMIME_CONTENT_ENCODING_BASE64)
        g_string_replace(body, "\r\n", "\n", 0); /* GMime makes line ends of its own, but not inside base64 */
    stream = g_mime_stream_mem_new_with_buffer(body->str, body->len);
    content = g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);
    g_mime_part_set_content(part, content);
    g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "charset",
                                             encode_text ? "utf-8" : "us-ascii");
    g_mime_part_set_content_encoding(part, encoding);
    g_object_unref(content);
    g_object_unref(stream);
    g_string_free(body, TRUE);
    g_free(valid);
    return part;
}

static struct mail_message *compose_with_gmime(const struct mail_letter *l, bool encode_text)
{
    GMimeMessage *m;
    GMimePart *part;
    GMimeFormatOptions *format;
    GString *id = g_string_new(NULL);
    GDateTime *date = g_date_time_new_from_unix_utc(l->unix_s);
    struct mail_message *made;
    char *text;

    mime_start();
    m = g_mime_message_new(FALSE);
    part = make_part(l, encode_text);
    format = g_mime_format_options_new();
    g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_DOS);

    g_mime_message_set_date(m, date);
    if (l->from_name != NULL) {
        char *name = clean_phrase(l->from_name);

        g_mime_message_add_mailbox(m, GMIME_ADDRESS_TYPE_FROM, name, l->from);
        g_free(name);
    } else {
        g_mime_message_add_mailbox(m, GMIME_ADDRESS_TYPE_FROM, NULL, l->from);
    }
    add_recipients(m, GMIME_ADDRESS_TYPE_TO, l->to, l->n_to);
    add_recipients(m, GMIME_ADDRESS_TYPE_CC, l->cc, l->n_cc);
    if (l->subject != NULL) {
        char *subject = clean_phrase(l->subject);

        g_mime_message_set_subject(m, subject, "utf-8");
        g_free(subject);
    }
    mail_compose_id(id, l->mail, l->unix_s, l->from);
    g_string_set_size(id, id->len - 1); /* GMime puts the angle brackets itself */
    g_mime_message_set_message_id(m, id->str + 1);
    g_mime_message_set_mime_part(m, GMIME_OBJECT(part));

    text = g_mime_object_to_string(GMIME_OBJECT(m), format);
    made = mail_message_new(l->mail, &(struct span){ text, strlen(text) }, 1);
    g_free(text);
    g_string_free(id, TRUE);
    g_date_time_unref(date);
    g_mime_format_options_free(format);
    g_object_unref(part);
    g_object_unref(m);
    return made;
}

static struct mail_message *compose_plain(struct mail_desk *d, const struct mail_letter *l)
{
    struct span date = mail_date_text(&d->date, l->unix_s);
    GString *out = d->scratch;

    g_string_truncate(out, 0);
    mail_append(out, SPAN("Date: "));
    mail_append(out, date);
    mail_append(out, SPAN("\r\n"));
    put_from(out, l->from_name, l->from);
    mail_compose_addresses(out, "To", l->to, l->n_to);
    mail_compose_addresses(out, "Cc", l->cc, l->n_cc);
    if (l->subject != NULL)
        put_subject(out, l->subject);
    mail_append(out, SPAN("Message-ID: "));
    mail_compose_id(out, l->mail, l->unix_s, l->from);
    mail_append(out, SPAN("\r\n\r\n"));
    put_text(out, l->text, l->size);
    return mail_message_new(l->mail, &(struct span){ out->str, out->len }, 1);
}

void mail_desk_init(struct mail_desk *d)
{
    *d = (struct mail_desk){ .scratch = g_string_sized_new(512) };
}

void mail_desk_release(struct mail_desk *d)
{
    g_string_free(d->scratch, TRUE);
}

struct mail_message *mail_compose(struct mail_desk *d, const struct mail_letter *letter)
{
    struct mail_letter l = *letter;
    bool plain_text;

    if (l.text == NULL)
        l.text = default_text;
    plain_text = is_plain_text(l.text);
    if (plain_text && (l.subject == NULL || is_plain_phrase(l.subject)) &&
        (l.from_name == NULL || is_plain_phrase(l.from_name)))
        return compose_plain(d, &l);
    return compose_with_gmime(&l, !plain_text);
}
