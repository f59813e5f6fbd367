/* mail/imap_search.h: the keys of SEARCH (RFC 3501 §6.4.4). */
#ifndef MAIL_IMAP_SEARCH_H
#define MAIL_IMAP_SEARCH_H

#include <glib.h>
#include <stdbool.h>

#include "core/span.h"

/* Whether that is a list of search keys, "FROM alice SUBJECT lunch SINCE 1-Mar-2026"; if not, `why` gets a sentence. */
bool imap_search_is_right(struct span keys, GString *why);

#endif
