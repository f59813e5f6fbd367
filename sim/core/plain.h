/* core/plain.h: texts from peers and authors as a terminal may show them. A terminal obeys control
 * characters, so none is passed on; what is no UTF-8 becomes U+FFFD. */
#ifndef CORE_PLAIN_H
#define CORE_PLAIN_H

#include <glib.h>
#include <stdbool.h>

#include "core/span.h"

/* Appended. Control characters become '?', but for line feeds if they are wanted. */
void plain_text(GString *out, struct span text, bool keep_lines);
/* The same as a string; to be freed. NULL gives NULL. */
char *plain_copy(const char *text, bool keep_lines);

/* Columns: Hangul and the like take two, what combines none. `text` is plain. */
unsigned plain_width(const char *text, gsize len);
/* Octets of `text` that fit into `room` columns on one line: up to a line feed, else to the last space, else
 * whatever fits, and one character at least. */
gsize plain_fitting(const char *text, unsigned room);

#endif
