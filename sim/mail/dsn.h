/* mail/dsn.h: what a server tells the sender of a message that it could not deliver, or not yet: a delivery
 * status notification (RFC 3464) as a multipart/report (RFC 6522): plain words for people, fields for
 * programs, the header of the message that it is about. Pure; same input, same bytes. */
#ifndef MAIL_DSN_H
#define MAIL_DSN_H

#include <glib.h>

#include "core/time.h"
#include "mail/message.h"

enum mail_dsn_action {
    MAIL_DSN_FAILED,
    MAIL_DSN_DELAYED,
};

struct mail_dsn_rcpt {
    const char *address;
    unsigned code;      /* the last reply; 0: there was none */
    const char *line;   /* that reply, or why there was none; NULL: not known */
    const char *remote; /* the host that said so; NULL: none was reached */
    bool gave_up;       /* the failure is one of those that would be tried again, but the time is up */
};

struct mail_dsn {
    uint32_t mail; /* the report's own id */
    enum mail_dsn_action action;
    const char *reporter; /* the server's host name */
    const char *to;       /* whom it tells: the original's envelope sender */
    const struct mail_message *about;
    int64_t now_s, arrived_s; /* Unix seconds: when it is made; when the original came in */
    int64_t retry_until_s;    /* of DELAYED: when the server will give up */
    const struct mail_dsn_rcpt *rcpts;
    unsigned n_rcpts;
};

/* One reference, the caller's. */
struct mail_message *mail_dsn_new(const struct mail_dsn *d);

/* "5.1.1": the enhanced status code (RFC 3463) that the reply's text begins with, if its class fits, or else
 * what the code says. A failure that was given up after many tries keeps its class 4 (RFC 3464, appendix E).
 * Returns `buf`. */
enum { MAIL_STATUS_MAX = 16 };
char *mail_dsn_status(char buf[MAIL_STATUS_MAX], const struct mail_dsn_rcpt *r);

#endif
