#include "mail/compose_mime.h"

#include <gmime/gmime.h>

#include "mail/mime_decode.h"
#include "mail/mime_encode.h"

/* Line ends and other controls have no place in a header field. */
static char *clean_phrase(const char *text)
{
    char *clean = g_utf8_make_valid(text, -1);

    for (char *p = clean; *p != '\0'; p++)
        if ((guchar)*p < ' ' || *p == '\x7f')
            *p = ' ';
    return clean;
}

/* GMime would ask the locale which charset is the smallest that does. */
static const char charset[] = "utf-8";

/* `name` is clean, or NULL. */
static void add_mailbox(GMimeMessage *m, GMimeAddressType type, const char *name, const char *address)
{
    InternetAddress *mailbox = internet_address_mailbox_new(name, address);

    internet_address_set_charset(mailbox, charset);
    internet_address_list_add(g_mime_message_get_addresses(m, type), mailbox);
    g_object_unref(mailbox);
}

static void add_recipients(GMimeMessage *m, GMimeAddressType type, const char *const *list, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        add_mailbox(m, type, NULL, list[i]);
}

/* RFC 2231 §3, §4. GMime would cut characters in two where a name goes on in the next line, and not every
 * reader puts them together again. */
static void put_name(GString *out, const char *name)
{
    enum { LINE_WANTED = 76, SECTION_NAME_MAX = 16 };
    static const char literal[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`{|}~";
    GString *section = g_string_new("UTF-8''"), *lines = g_string_new(NULL);
    unsigned n = 0;

    for (const char *p = name, *next; *p != '\0'; p = next) {
        char character[3 * 4 + 1];
        size_t len = 0;

        next = g_utf8_next_char(p);
        for (const char *at = p; at < next; at++)
            if (strchr(literal, *at) != NULL)
                character[len++] = *at;
            else
                len += (size_t)g_snprintf(character + len, 4, "%%%02X", (unsigned)(guchar)*at);
        if (section->len + len > LINE_WANTED - SECTION_NAME_MAX) {
            g_string_append_printf(lines, "\n\tfilename*%u*=%s;", n++, section->str);
            g_string_truncate(section, 0);
        }
        g_string_append_len(section, character, (gssize)len);
    }
    if (n == 0)
        g_string_append_printf(out, "\n\tfilename*=%s\n", section->str);
    else
        g_string_append_printf(out, "%s\n\tfilename*%u*=%s\n", lines->str, n, section->str);
    g_string_free(section, TRUE);
    g_string_free(lines, TRUE);
}

static void set_disposition(GMimeObject *part, const char *said)
{
    char *name = said != NULL ? clean_phrase(said) : NULL;

    g_mime_object_set_disposition(part, GMIME_DISPOSITION_ATTACHMENT);
    if (name != NULL && g_str_is_ascii(name)) {
        g_mime_object_set_content_disposition_parameter(part, "filename", name);
    } else if (name != NULL) {
        GString *raw = g_string_new(" " GMIME_DISPOSITION_ATTACHMENT ";");

        put_name(raw, name);
        g_mime_header_set_raw_value(
            g_mime_header_list_get_header(g_mime_object_get_header_list(part), "Content-Disposition"),
            raw->str);
        g_string_free(raw, TRUE);
    }
    g_free(name);
}

/* What looks like the beginning of an encoded-word and is none: GMime would fold no line in it, and readers
 * would guess. */
static bool misleads(const char *text)
{
    enum { WORD_MAX = 75 }; /* RFC 2047 §2 */
    struct span rest = span_of(text);
    struct mime_word word;

    for (const char *at = text; (at = strstr(at, "=?")) != NULL; at = word.raw.at + word.raw.len)
        if (!mime_word_next(&rest, &word) || word.raw.at != at || word.raw.len > WORD_MAX)
            return true;
    return false;
}

/* GMime folds between words only, and never in quotes. */
static bool is_too_long(const char *text, size_t most)
{
    size_t blanks = 0;

    for (const char *p = text; *p != '\0'; p++) {
        blanks = *p == ' ' ? blanks + 1 : 0;
        if (blanks > MAIL_BLANKS_MAX)
            return true;
    }
    return strlen(text) > most;
}

/* RFC 2047 §2, §5 (1): in encoded-words of whole characters, each on a line of its own. */
static char *in_encoded_words(const char *text, const char *behind)
{
    enum { OCTETS_A_WORD = 39 };
    GString *words = g_string_new(NULL);

    for (const char *p = text; *p != '\0';) {
        const char *end = p;
        char *encoded;

        while (*end != '\0' && g_utf8_next_char(end) - p <= OCTETS_A_WORD)
            end = g_utf8_next_char(end);
        encoded = g_base64_encode((const guchar *)p, (gsize)(end - p));
        g_string_append_printf(words, " =?UTF-8?B?%s?=\n", encoded);
        g_free(encoded);
        p = end;
    }
    g_string_append(words, behind);
    return g_string_free(words, FALSE);
}

static void set_raw(GMimeMessage *m, const char *field, char *value)
{
    g_mime_header_set_raw_value(
        g_mime_header_list_get_header(g_mime_object_get_header_list(GMIME_OBJECT(m)), field), value);
    g_free(value);
}

static void set_subject(GMimeMessage *m, const char *said)
{
    char *subject = clean_phrase(said);

    g_mime_message_set_subject(m, subject, charset);
    if (misleads(subject) || is_too_long(subject, SIZE_MAX))
        set_raw(m, "Subject", in_encoded_words(subject, ""));
    g_free(subject);
}

static void set_from(GMimeMessage *m, const char *said, const char *address)
{
    char *name = said != NULL ? clean_phrase(said) : NULL;

    add_mailbox(m, GMIME_ADDRESS_TYPE_FROM, name, address);
    if (name != NULL && (misleads(name) || is_too_long(name, MAIL_NAME_MAX))) {
        char *behind = g_strdup_printf(" <%s>\n", address);

        set_raw(m, "From", in_encoded_words(name, behind));
        g_free(behind);
    }
    g_free(name);
}

/* A body as it will travel, and what its header will say of it. */
struct body {
    GString *encoded;
    enum mime_encoding encoding;
    GMimeContentType *type;
    const struct mail_attachment *attachment; /* NULL: the letter's text */
};

static void set_encoded(struct body *b, struct span data, bool lines, enum mime_encoding e)
{
    b->encoding = e;
    mime_encode(data, e, lines, b->encoded);
}

static struct body text_body(const struct mail_letter *l)
{
    struct body b = { .encoded = g_string_new(NULL), .type = g_mime_content_type_new("text", "plain") };
    GString *text = g_string_new(NULL);
    char *valid = g_utf8_make_valid(l->text, -1);
    struct span lines;
    enum mime_encoding suits;

    mail_compose_text(text, valid, l->size);
    lines = span_bytes(text->str, text->len);
    suits = mime_suits_text(lines);
    g_mime_content_type_set_parameter(b.type, "charset", suits == MIME_7BIT ? "us-ascii" : charset);
    set_encoded(&b, lines, true, l->encoding != MIME_7BIT ? l->encoding : suits);
    if (b.encoding == MIME_BASE64)
        mail_append(b.encoded, SPAN("\r\n"));
    g_string_free(text, TRUE);
    g_free(valid);
    return b;
}

static const char *type_by_name(const char *name)
{
    static const struct {
        const char *suffix, *type;
    } types[] = {
        { ".txt", "text/plain" },        { ".csv", "text/csv" },       { ".htm", "text/html" },
        { ".html", "text/html" },        { ".png", "image/png" },      { ".gif", "image/gif" },
        { ".jpg", "image/jpeg" },        { ".jpeg", "image/jpeg" },    { ".pdf", "application/pdf" },
        { ".json", "application/json" }, { ".eml", "message/rfc822" }, { ".zip", "application/zip" },
    };
    size_t len = name != NULL ? strlen(name) : 0;

    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        size_t n = strlen(types[i].suffix);

        if (len > n && g_ascii_strcasecmp(name + len - n, types[i].suffix) == 0)
            return types[i].type;
    }
    return "application/octet-stream";
}

static void on_warning(gint64 offset, GMimeParserWarning code, const gchar *item, gpointer bad)
{
    (void)offset;
    (void)item;
    if (code == GMIME_WARN_INVALID_CONTENT_TYPE)
        *(bool *)bad = true;
}

/* RFC 6838 §4.2 warns of longer types. A parameter's name is said again in each line that its value takes:
 * GMime must have room there for what it says of the charset, or cuts that in two, and for a character, or
 * goes on for ever. */
static bool has_long_name(GMimeContentType *type)
{
    enum { TYPE_WANTED = 64, PARAMETER_WANTED = 48 };
    GMimeParamList *parameters = g_mime_content_type_get_parameters(type);

    for (int i = 0; i < g_mime_param_list_length(parameters); i++) {
        GMimeParam *p = g_mime_param_list_get_parameter_at(parameters, i);

        if (strlen(g_mime_param_get_name(p)) > PARAMETER_WANTED)
            return true;
    }
    return strlen(g_mime_content_type_get_media_type(type)) > TYPE_WANTED ||
           strlen(g_mime_content_type_get_media_subtype(type)) > TYPE_WANTED;
}

/* RFC 2045 §5.1: types and parameters are ASCII. */
static GMimeContentType *read_type(const char *said)
{
    GMimeParserOptions *options = g_mime_parser_options_new();
    char *text = g_strndup(said, g_str_is_ascii(said) ? strlen(said) : strcspn(said, ";"));
    GMimeContentType *type;
    bool bad = !g_str_is_ascii(text);

    g_mime_parser_options_set_warning_callback(options, on_warning, &bad);
    type = g_mime_content_type_parse(options, text);
    g_mime_parser_options_free(options);
    g_free(text);
    if (bad || has_long_name(type)) {
        g_object_unref(type);
        type = g_mime_content_type_new("application", "octet-stream");
    }
    return type;
}

/* RFC 1428 §3 for text of which nobody said how to read it. */
static void set_charset(GMimeContentType *type, struct span data, enum mime_encoding suits)
{
    if (g_mime_content_type_get_parameter(type, "charset") != NULL)
        return;
    g_mime_content_type_set_parameter(type, "charset",
                                      suits == MIME_7BIT                                 ? "us-ascii"
                                      : g_utf8_validate(data.at, (gssize)data.len, NULL) ? charset
                                                                                         : "unknown-8bit");
}

static bool is_of(const struct body *b, const char *type)
{
    return g_mime_content_type_is_type(b->type, type, "*");
}

/* A message or a multipart that needs an encoding has no way to say so (RFC 2046 §5.1, §5.2.1), and a
 * multipart would be taken apart: then it goes as a file like others. */
static struct body attached_body(const struct mail_letter *l, const struct mail_attachment *a)
{
    char *said = clean_phrase(a->type != NULL ? a->type : type_by_name(a->name));
    struct body b = { .encoded = g_string_new(NULL), .type = read_type(said), .attachment = a };
    bool lines = mime_is_lines(a->data) && (is_of(&b, "text") || is_of(&b, "message"));
    GString *text = g_string_new(NULL);
    struct span data = a->data;
    enum mime_encoding suits = MIME_BASE64;

    if (lines) {
        mime_put_lines(a->data, text);
        data = span_bytes(text->str, text->len);
        suits = mime_suits_text(data);
    }
    if (is_of(&b, "multipart") || (is_of(&b, "message") && suits != MIME_7BIT)) {
        g_object_unref(b.type);
        b.type = g_mime_content_type_new("application", "octet-stream");
        lines = false;
        data = a->data;
        suits = MIME_BASE64;
    }
    if (is_of(&b, "text"))
        set_charset(b.type, data, suits);
    set_encoded(&b, data, lines, l->encoding != MIME_7BIT && !is_of(&b, "message") ? l->encoding : suits);
    g_string_free(text, TRUE);
    g_free(said);
    return b;
}

/* The content is encoded already, and GMime passes on what it is told is so. */
static GMimePart *make_part(const struct body *b)
{
    static const GMimeContentEncoding encodings[] = {
        [MIME_7BIT] = GMIME_CONTENT_ENCODING_7BIT,
        [MIME_QUOTED_PRINTABLE] = GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE,
        [MIME_BASE64] = GMIME_CONTENT_ENCODING_BASE64,
    };
    GMimePart *part = g_mime_part_new();
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(b->encoded->str, b->encoded->len);
    GMimeDataWrapper *content = g_mime_data_wrapper_new_with_stream(stream, encodings[b->encoding]);

    g_mime_object_set_content_type(GMIME_OBJECT(part), b->type);
    g_mime_part_set_content(part, content);
    g_mime_part_set_content_encoding(part, encodings[b->encoding]);
    if (b->attachment != NULL)
        set_disposition(GMIME_OBJECT(part), b->attachment->name);
    g_object_unref(content);
    g_object_unref(stream);
    return part;
}

/* One that is in none of the bodies: "=_" alone is in nothing that is encoded (RFC 2045 §6.7), the number
 * goes on until it is in none of the others. */
static char *choose_boundary(uint32_t mail, const struct body *bodies, unsigned n)
{
    for (unsigned k = 0;; k++) {
        char *boundary = k == 0 ? g_strdup_printf("=_m%u", (unsigned)mail)
                                : g_strdup_printf("=_m%u.%u", (unsigned)mail, k);
        bool found = false;

        for (unsigned i = 0; i < n && !found; i++)
            found = memmem(bodies[i].encoded->str, bodies[i].encoded->len, boundary, strlen(boundary)) !=
                    NULL;
        if (!found)
            return boundary;
        g_free(boundary);
    }
}

static GMimeObject *make_mixed(uint32_t mail, const struct body *bodies, unsigned n)
{
    GMimeMultipart *mixed = g_mime_multipart_new_with_subtype("mixed");
    char *boundary = choose_boundary(mail, bodies, n);

    g_mime_multipart_set_boundary(mixed, boundary);
    g_free(boundary);
    for (unsigned i = 0; i < n; i++) {
        GMimePart *part = make_part(&bodies[i]);

        g_mime_multipart_add(mixed, GMIME_OBJECT(part));
        g_object_unref(part);
    }
    return GMIME_OBJECT(mixed);
}

static GMimeObject *make_content(const struct mail_letter *l)
{
    unsigned n = 1 + l->n_attachments;
    struct body *bodies = g_new(struct body, n);
    GMimeObject *content;

    bodies[0] = text_body(l);
    for (unsigned i = 1; i < n; i++)
        bodies[i] = attached_body(l, &l->attachments[i - 1]);
    content = n == 1 ? GMIME_OBJECT(make_part(&bodies[0])) : make_mixed(l->mail, bodies, n);
    for (unsigned i = 0; i < n; i++) {
        g_string_free(bodies[i].encoded, TRUE);
        g_object_unref(bodies[i].type);
    }
    g_free(bodies);
    return content;
}

struct mail_message *mail_compose_mime(const struct mail_letter *l)
{
    GMimeMessage *m;
    GMimeObject *content;
    GMimeFormatOptions *format;
    GString *id = g_string_new(NULL);
    GDateTime *date = g_date_time_new_from_unix_utc(l->unix_s);
    struct mail_message *made;
    char *text;

    mime_start();
    m = g_mime_message_new(FALSE);
    content = make_content(l);
    format = g_mime_format_options_new();
    g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_DOS);

    g_mime_message_set_date(m, date);
    set_from(m, l->from_name, l->from);
    add_recipients(m, GMIME_ADDRESS_TYPE_TO, l->to, l->n_to);
    add_recipients(m, GMIME_ADDRESS_TYPE_CC, l->cc, l->n_cc);
    if (l->subject != NULL)
        set_subject(m, l->subject);
    mail_compose_id(id, l->mail, l->unix_s, l->from);
    g_string_set_size(id, id->len - 1); /* GMime puts the angle brackets itself */
    g_mime_message_set_message_id(m, id->str + 1);
    g_mime_message_set_mime_part(m, content);

    text = g_mime_object_to_string(GMIME_OBJECT(m), format);
    made = mail_message_new(l->mail, &(struct span){ text, strlen(text) }, 1);
    g_free(text);
    g_string_free(id, TRUE);
    g_date_time_unref(date);
    g_mime_format_options_free(format);
    g_object_unref(content);
    g_object_unref(m);
    return made;
}
