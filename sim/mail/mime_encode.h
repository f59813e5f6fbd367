/* mail/mime_encode.h: octets made fit for a way that carries 7 bits and short lines (RFC 2045 §6), as a mail
 * program does it. Always so that they can be had back: text keeps its characters, everything else its
 * octets.
 */
#ifndef MAIL_MIME_ENCODE_H
#define MAIL_MIME_ENCODE_H

#include <glib.h>
#include <stdbool.h>

#include "core/span.h"
#include "mail/mime.h"

/* Lines of text with one kind of line end throughout, no NUL and no lone CR: their line ends may become CRLF
 * (RFC 2046 §4.1.1) and none the wiser. */
bool mime_is_lines(struct span data);
/* The same with CRLF at each line end; appended. No line end is added to the last line. */
void mime_put_lines(struct span data, GString *out);

/* For text with CRLF line ends: 7bit where it is ASCII and no line is too long; quoted-printable where most
 * of it can be read as it stands; else base64. */
enum mime_encoding mime_suits_text(struct span text);

/* Appended, in lines of at most 76 characters with CRLF between them; `e` may also be MIME_7BIT, as it is.
 * `lines`: a CRLF is a line end, and stays one in quoted-printable; else it is two octets like all others. */
void mime_encode(struct span data, enum mime_encoding e, bool lines, GString *out);

#endif
