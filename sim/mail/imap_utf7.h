/* mail/imap_utf7.h: folder names on the wire: modified UTF-7 (RFC 3501 §5.1.3). Printable ASCII stands for
 * itself, but "&" is "&-"; anything else is its UTF-16 in a base64 of its own, between "&" and "-". */
#ifndef MAIL_IMAP_UTF7_H
#define MAIL_IMAP_UTF7_H

#include <glib.h>
#include <stdbool.h>

#include "core/span.h"

/* Valid UTF-8 → modified UTF-7, appended. */
void imap_utf7_encode(struct span utf8, GString *out);
/* The reverse, appended. False, and nothing appended, if it is not how some name is encoded: there is but one
 * way for each. */
bool imap_utf7_decode(struct span utf7, GString *out);

#endif
