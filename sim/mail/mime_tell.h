/* mail/mime_tell.h: what can be said of each part of a message: its number, and what its encoding costs. */
#ifndef MAIL_MIME_TELL_H
#define MAIL_MIME_TELL_H

#include "core/event.h"
#include "core/sim.h"
#include "mail/mime.h"

/* "1.2", the number by which IMAP fetches it (RFC 3501 §6.4.5). A multipart that is a message's own content
 * shares the number of the message, and is "2.TEXT", or "TEXT" if the message is in no other. Outer ones
 * first, in the order of the bytes. */
typedef void mime_visitor(void *self, const struct mime_part *p, const char *number);
void mime_each(const struct mime_part *root, mime_visitor *visit, void *self);

/* By how much an encoding makes it longer, in tenths of a per cent, rounded: 3 octets in 4 are 333. */
int64_t mime_growth(size_t octets, size_t encoded);
/* The type as it is written, in small letters: "text/plain". To be freed. */
char *mime_type_text(const struct mime_part *p);

/* A record for each part of the message that is in quoted-printable or base64: `event` is EV_MIME_ENCODE at
 * who wrote it, EV_MIME_DECODE at who reads it. All have the cause that is there, and leave it. Costs nothing
 * where nobody listens. */
void mime_trace(struct sim *sim, enum event event, const char *host, uint32_t mail, struct span message);

#endif
