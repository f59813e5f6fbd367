/* mail/imap_text.h: writing strings of IMAP (RFC 3501 §4.3, §9); all are appended. */
#ifndef MAIL_IMAP_TEXT_H
#define MAIL_IMAP_TEXT_H

#include <glib.h>

#include "core/span.h"

/* Quoted, or a literal if it is long or has what quotes can't hold. */
void imap_put_string(GString *out, struct span text);
/* The same; NIL for one whose `at` is NULL. */
void imap_put_nstring(GString *out, struct span text);
/* As an atom where it is one. NIL is quoted: it would be one, but readers may take it for nothing. */
void imap_put_astring(GString *out, struct span text);
void imap_put_literal(GString *out, struct span octets);
/* A folder's name in modified UTF-7, as an astring. */
void imap_put_folder_name(GString *out, struct span utf8);
/* "01-Feb-1994 21:52:25 +0000" in quotes: UTC, as the box keeps no zone. */
void imap_put_date_time(GString *out, int64_t unix_s);

#endif
