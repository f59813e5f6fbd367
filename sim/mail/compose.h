/* mail/compose.h: what a person wrote becomes a message as it travels (RFC 5322; RFC 2045 to 2047 where it is
 * not ASCII). Same input, same bytes: the date and the id are given, no boundary is random. Only 7-bit octets
 * come out (S5). */
#ifndef MAIL_COMPOSE_H
#define MAIL_COMPOSE_H

#include <glib.h>

#include "mail/message.h"
#include "mail/text.h"

struct mail_letter {
    uint32_t mail;         /* the trace's id; part of the Message-ID */
    int64_t unix_s;        /* for Date: and Message-ID */
    const char *from_name; /* UTF-8, or NULL */
    const char *from;      /* address */
    const char *const *to;
    unsigned n_to;
    const char *const *cc;
    unsigned n_cc;
    const char *subject; /* UTF-8, or NULL: none */
    const char *text;    /* UTF-8, lines parted by \n; NULL: a short default */
    size_t size;         /* pad the body to so many octets (before any encoding); 0: as it is */
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
