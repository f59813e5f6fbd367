/* mail/smtp_envelope.h: who sends and who is to receive, as a server has heard it (RFC 5321 §2.3.1), and the
 * memory for it. */
#ifndef MAIL_SMTP_ENVELOPE_H
#define MAIL_SMTP_ENVELOPE_H

#include <glib.h>

#include "mail/addr.h"

struct smtp_envelope {
    struct span helo;   /* as the client gave it */
    bool esmtp;         /* it said EHLO */
    struct span sender; /* without < >; empty is the null sender */
    const char *const *recipients;
    unsigned n_recipients;
    uint64_t declared_size; /* SIZE=, 0: not said */
};

/* An envelope and what its spans and pointers point into. Not to be copied. */
struct smtp_envelope_store {
    struct smtp_envelope is;
    GPtrArray *recipients; /* NULL until there was one, as `names` */
    GString *names;        /* each with its NUL */
    char helo[MAIL_DOMAIN_MAX];
    char sender[MAIL_PATH_MAX];
};

void smtp_envelope_init(struct smtp_envelope_store *e);
void smtp_envelope_release(struct smtp_envelope_store *e);
/* Forget sender, recipients and size, not who the client is. */
void smtp_envelope_clear(struct smtp_envelope_store *e);

/* Copies; at most MAIL_DOMAIN_MAX and MAIL_PATH_MAX octets. */
void smtp_envelope_set_helo(struct smtp_envelope_store *e, struct span name, bool esmtp);
void smtp_envelope_set_sender(struct smtp_envelope_store *e, struct span sender, uint64_t declared_size);
void smtp_envelope_add(struct smtp_envelope_store *e, struct span recipient);

#endif
