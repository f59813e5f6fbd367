/* mail/smtp_reply.h: how a server's replies are written (RFC 5321 §4.2) and which words are usual with which
 * code. All 2xx, 4xx and 5xx replies but the greeting's and those to HELO and EHLO carry an enhanced status
 * code (RFC 2034, RFC 3463), so a report to the sender can say 5.1.1 because the server did. */
#ifndef MAIL_SMTP_REPLY_H
#define MAIL_SMTP_REPLY_H

#include <glib.h>

#include "core/span.h"
#include "mail/smtp_line.h"

/* "5.1.1 No such user here": status and words for a code. Never NULL; of an unknown code by its first digit.
 */
const char *smtp_reply_usual(unsigned code);

/* The status at the start of `text`, cut off with the spaces behind it; the code's usual one if there is
 * none, or one of another class than the code's (RFC 2034 §4). Empty for 3xx. */
struct span smtp_reply_take_status(unsigned code, struct span *text);

/* The length of the enhanced status that `text` starts with, 0 if it has none of this code's class. */
size_t smtp_reply_status_len(unsigned code, struct span text);

/* Append a whole reply to `out`: the parts joined are its text; \n parts its lines. `status` (may be empty)
 * stands in each line. What is not printable ASCII becomes '?', what does not fit a line of 512 octets goes
 * on in a further one: so no words from a scenario or a client can break the dialogue. */
void smtp_reply_write(GString *out, unsigned code, struct span status, const struct span *parts,
                      unsigned n_parts);

/* A client's reader. */
struct smtp_reply_reader {
    struct smtp_line line;
    unsigned code, n_lines; /* of the reply that is not complete; n_lines 0: none */
    GString *joined;        /* its lines; NULL until a reply had two */
};

enum smtp_reply_step {
    SMTP_REPLY_NONE,   /* all bytes are used up */
    SMTP_REPLY_LINE,   /* a line, and more will follow */
    SMTP_REPLY_WHOLE,  /* the last line, or the only one */
    SMTP_REPLY_BROKEN, /* no reply; the reader is of no further use */
};

struct smtp_reply {
    unsigned code;
    unsigned n;        /* lines so far, this one counted */
    struct span line;  /* this line's text, behind code and separator */
    struct span all;   /* when whole: code, space, all lines' texts with a space between; the status of later
                          lines is left out */
    const char *wrong; /* when broken: why */
};

void smtp_reply_reader_init(struct smtp_reply_reader *r);
void smtp_reply_reader_release(struct smtp_reply_reader *r);
/* For the next server. */
void smtp_reply_reader_clear(struct smtp_reply_reader *r);
/* A reply has begun and is not complete. */
bool smtp_reply_is_begun(const struct smtp_reply_reader *r);
/* The next line of `bytes`; spans in `out` are borrowed until the next call. A bare code is a reply too.
 * Broken is what is no reply: no code of 200 to 599, other codes within one reply, a line of more than 512
 * octets or with anything but 7-bit text in it, or more than a hundred lines. */
enum smtp_reply_step smtp_reply_read(struct smtp_reply_reader *r, struct span *bytes, struct smtp_reply *out);

#endif
