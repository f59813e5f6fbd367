/* mail/smtp_auth.h: what a server's session knows of its client's proof of who he is (RFC 4954), and the line
 * that answers 334: it may be longer than any command, so it has memory of its own. */
#ifndef MAIL_SMTP_AUTH_H
#define MAIL_SMTP_AUTH_H

#include <glib.h>

#include "core/span.h"

/* Octets with CRLF. RFC 4954 §4 finds that enough. */
enum { SMTP_RESPONSE_MAX = 12288 };

struct smtp_auth {
    bool done;      /* the client has proved who he is */
    unsigned wrong; /* times that he has not */
    /* The response that has not ended yet */
    GString *kept; /* NULL: none was ever expected */
    bool too_long; /* `kept` has its beginning */
    bool cr;       /* the last octet was CR: the next one tells what it means. Not in `kept` yet */
};

void smtp_auth_init(struct smtp_auth *a);
void smtp_auth_release(struct smtp_auth *a);

/* The response comes next. */
void smtp_auth_expect(struct smtp_auth *a);
/* As smtp_line_take. True: `line_out` has it without its CRLF, borrowed until the next one is expected; if
 * too long, its beginning. False: it has not ended, and `bytes` is used up and kept. */
bool smtp_auth_take(struct smtp_auth *a, struct span *bytes, struct span *line_out, bool *too_long_out);

#endif
