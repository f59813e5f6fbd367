/* mail/imap_list.h: which names a LIST pattern means (RFC 3501 §6.3.8): "*" is anything, "%" anything within
 * one level. */
#ifndef MAIL_IMAP_LIST_H
#define MAIL_IMAP_LIST_H

#include <glib.h>
#include <stdbool.h>

#include "core/span.h"

/* Wildcards in a row become one, so that matching takes no longer than names do. */
void imap_list_tidy(GString *pattern);
/* Both in UTF-8. INBOX, in a name's first level, matches in any case. */
bool imap_list_matches(struct span pattern, struct span name);

#endif
