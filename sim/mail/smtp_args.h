/* mail/smtp_args.h: what stands behind MAIL and RCPT (RFC 5321 §4.1.1.2, §4.1.1.3, RFC 1870 §6). */
#ifndef MAIL_SMTP_ARGS_H
#define MAIL_SMTP_ARGS_H

#include "mail/addr.h"

/* What is wrong: a reply's code and text, status first, and what to put behind it. Code 0: nothing is. */
struct smtp_fault {
    unsigned code;
    const char *text;
    struct span about;
};

extern const char smtp_mail_usage[], smtp_rcpt_usage[];

/* `args` is the line behind the verb, trimmed. `esmtp`: the client said EHLO, so it may give parameters.
 * `auth`: of these AUTH= too, which is read and dropped: it says who first handed the message in, and nobody
 * is trusted to know that (RFC 4954 §5). `size_out` is 0 if no size is declared, UINT64_MAX if it is more
 * than that. Borrowed from `args`. */
struct smtp_fault smtp_mail_args(struct span args, bool esmtp, bool auth, struct mail_addr *sender_out,
                                 uint64_t *size_out);
struct smtp_fault smtp_rcpt_args(struct span args, bool esmtp, struct mail_addr *recipient_out);

#endif
