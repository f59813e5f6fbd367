#include "mail/compose.h"

#include <assert.h>

#include "core/time.h"
#include "mail/compose_mime.h"
#include "mail/mime_encode.h"

enum {
    LINE_WANTED = 78, /* RFC 5322 §2.1.1: SHOULD be no longer, without CRLF */
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

/* Printable ASCII only, and nothing in it too long to fold. */
static bool is_plain_phrase(const char *text)
{
    size_t word = 0, blanks = 0;

    for (const char *p = text; *p != '\0'; p++) {
        if (*p < ' ' || *p > '~')
            return false;
        word = *p == ' ' ? 0 : word + 1;
        blanks = *p == ' ' ? blanks + 1 : 0;
        if (word > LINE_WANTED || blanks > MAIL_BLANKS_MAX)
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

/* Without its line end. */
static struct span take_line(const char **text)
{
    size_t len = strcspn(*text, "\n");
    bool is_ended = (*text)[len] == '\n';
    struct span line = span_bytes(*text, len - (is_ended && len > 0 && (*text)[len - 1] == '\r'));

    *text += len + is_ended;
    return line;
}

void mail_compose_text(GString *out, const char *text, size_t size)
{
    size_t start = out->len;

    while (*text != '\0') {
        struct span line = take_line(&text);

        mail_append(out, line);
        mail_append(out, SPAN("\r\n"));
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
    mail_compose_text(out, l->text, l->size);
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

/* The body can go as it is: ASCII, and lines that RFC 5322 allows. */
static bool is_plain_text(const char *text)
{
    while (*text != '\0')
        if (mime_suits_text(take_line(&text)) != MIME_7BIT)
            return false;
    return true;
}

static bool is_seven_bit(struct span data)
{
    char all = 0;

    for (size_t i = 0; i < data.len; i++)
        all |= data.at[i];
    return (all & 0x80) == 0;
}

struct mail_message *mail_compose(struct mail_desk *d, const struct mail_letter *letter)
{
    struct mail_letter l = *letter;
    struct mail_message *made;

    if (l.text == NULL)
        l.text = default_text;
    if (l.encoding != MIME_QUOTED_PRINTABLE && l.encoding != MIME_BASE64)
        l.encoding = MIME_7BIT;
    if (l.n_attachments == 0 && l.encoding == MIME_7BIT && is_plain_text(l.text) &&
        (l.subject == NULL || is_plain_phrase(l.subject)) &&
        (l.from_name == NULL || (is_plain_phrase(l.from_name) && strlen(l.from_name) <= MAIL_NAME_MAX)))
        made = compose_plain(d, &l);
    else
        made = mail_compose_mime(&l);
    assert(is_seven_bit(made->data));
    return made;
}
