/* mail/mime_show.h: what an encoding does, octet by octet, of any message that came: as tables for people.
 *
 *   fields            the header, as it is written and as it is read
 *   parts             all parts: type, encoding, octets before and after, growth
 *   words             encoded-words and file names (RFC 2047, RFC 2231): written, read
 *   base64            of each such part the first groups and the last: octets, 24 bits, 4 times 6 bits,
 * letters quoted_printable  of each such part every "=": which octet it stands for, and of which character
 *   text              the text for reading
 *   source            the message's lines as they travel
 *
 * Of a long message the tables show the beginning, and say so: an answer for a person, and bounded. */
#ifndef MAIL_MIME_SHOW_H
#define MAIL_MIME_SHOW_H

#include "core/sheet.h"
#include "mail/mime.h"

void mime_show(struct span message, struct sheet *s);
/* `base64` or `quoted_printable` of one part; nothing of one that has neither. */
void mime_show_part(const struct mime_part *p, struct sheet *s);

#endif
