/* mail/compose.h: what a person wrote and attached becomes a message as it travels (RFC 5322; RFC 2045 to
 * 2047 and 2231 where it is not ASCII, or more than one thing). Same input, same bytes, in any locale: the
 * date and the id are given, no boundary is random. Only 7-bit octets come out (asserted), and so it needs no
 * 8BITMIME anywhere (S5). */
#ifndef MAIL_COMPOSE_H
#define MAIL_COMPOSE_H

#include <glib.h>

#include "mail/message.h"
#include "mail/mime.h"
#include "mail/text.h"

/* A file that goes along. Text of one kind of line ends travels as lines, and its line ends become CRLF (RFC
 * 2046 §4.1.1); everything else arrives octet for octet. */
struct mail_attachment {
    const char *name; /* UTF-8; NULL: none */
    const char *type; /* "image/png", with parameters if need be; NULL: by the name's last letters */
    struct span data;
};

struct mail_letter {
    uint32_t mail;         /* the trace's id; part of the Message-ID */
    int64_t unix_s;        /* for Date: and Message-ID */
    const char *from_name; /* UTF-8, or NULL */
    const char *from;      /* address */
    const char *const *to;
    unsigned n_to;
    const char *const *cc;
    unsigned n_cc;
    const char *subject; /* UTF-8, or NULL: none. An encoded-word written by hand stays one */
    const char *text;    /* UTF-8, lines parted by \n or \r\n; NULL: a short default */
    size_t size;         /* pad the body to so many octets (before any encoding); 0: as it is */
    const struct mail_attachment *attachments;
    unsigned n_attachments;
    /* For the text and all attachments, for lessons: MIME_QUOTED_PRINTABLE or MIME_BASE64. Otherwise what
     * suits each. */
    enum mime_encoding encoding;
};

/* What one who composes much keeps between letters. */
struct mail_desk {
    GString *scratch;
    struct mail_date date;
};

void mail_desk_init(struct mail_desk *d);
void mail_desk_release(struct mail_desk *d);

/* One reference, the caller's. */
struct mail_message *mail_compose(struct mail_desk *d, const struct mail_letter *l);

/* "<m1.1772442000@crepes.fr>", appended. */
void mail_compose_id(GString *out, uint32_t mail, int64_t unix_s, const char *address);
/* A field of addresses, folded between them at 78 columns (RFC 5322 §2.1.1), appended. */
void mail_compose_addresses(GString *out, const char *field, const char *const *list, unsigned n);

#endif
