/* mail/sasl_plain.h: SASL PLAIN (RFC 4616): who proves by a password that he is a user says both in one
 * message, [whom he acts as] NUL user NUL password, which SMTP and IMAP carry in base64 (RFC 4648 §4). That
 * is no secret writing: whoever hears it has the password, unless what is below hides all of it. */
#ifndef MAIL_SASL_PLAIN_H
#define MAIL_SASL_PLAIN_H

#include "core/span.h"

struct sasl_plain {
    struct span identity; /* as whom he wants to act; empty: as himself */
    struct span user;
    struct span password; /* may be empty: that is a wrong password, not a wrong message */
    char *text;           /* that they point into */
};

/* NULL, or what is wrong with it in a few words; `out` is to be released only if nothing is. */
const char *sasl_plain_read(struct span base64, struct sasl_plain *out);
void sasl_plain_release(struct sasl_plain *p);

/* In base64; to be freed. */
char *sasl_plain_write(const char *user, const char *password);

#endif
