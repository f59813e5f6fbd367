/* mail/message.h: one message in transit or at rest: its envelope's sender, its bytes, what it is called.
 * Immutable once made and shared by reference count: a queue of a hundred recipients holds its bytes once. */
#ifndef MAIL_MESSAGE_H
#define MAIL_MESSAGE_H

#include <stdint.h>

#include "core/span.h"

struct mail_message {
    unsigned refs;
    uint32_t mail;    /* the trace's id, m1 …; the same on every host */
    struct span data; /* header, blank line, body; CRLF line ends; not dot-stuffed. Owned */
};

/* `parts` are joined: say a Received: line and the message it is put before. One reference, the caller's. */
struct mail_message *mail_message_new(uint32_t mail, const struct span *parts, unsigned n_parts);
struct mail_message *mail_message_ref(struct mail_message *m);
void mail_message_unref(struct mail_message **m);

/* The value of the first header field of that name (RFC 5322 §2.2), any case, ends trimmed; where it is
 * folded over several lines, their CRLFs and spaces are in it as they stand; empty if there is none.
 * Borrowed. */
struct span mail_message_field(const struct mail_message *m, const char *name);
/* How many such fields: Received: lines, for loop detection (RFC 5321 §6.3). */
unsigned mail_message_count(const struct mail_message *m, const char *name);

/* The next field of a header, its folded lines and line ends with it. False at the blank line, or where what
 * comes has no field's form: the body has begun without one. */
bool mail_take_field(struct span *rest, struct span *name_out, struct span *value_out);

#endif
