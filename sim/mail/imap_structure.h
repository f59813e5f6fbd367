/* mail/imap_structure.h: a message's header as ENVELOPE, its tree of parts as BODY and BODYSTRUCTURE (RFC
 * 3501 §7.4.2); all are appended. */
#ifndef MAIL_IMAP_STRUCTURE_H
#define MAIL_IMAP_STRUCTURE_H

#include "mail/mime.h"

/* Values are as written, unfolded; encoded-words stay (RFC 2047 is for whoever shows them). */
void imap_put_envelope(GString *out, struct span header);
/* An address field's value: NIL, or "((name route local domain)…)" with groups marked (RFC 5322 §3.4). */
void imap_put_addresses(GString *out, struct span value);
/* The same for searching: "Alice <alice@crepes.fr>, Friends: <bob@hamburger.edu>, ; ", comments and folding
 * gone. */
void imap_addresses_text(struct span value, GString *out);
/* `extended`: BODYSTRUCTURE; else BODY. */
void imap_put_structure(GString *out, const struct mime_part *root, bool extended);

#endif
