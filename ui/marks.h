/* marks.h: a message's flags (RFC 3501 §2.3.2) for people: in words, and as small pictures. */
#ifndef MARKS_H
#define MARKS_H

#include "canvas.h"

/* "\Seen \Flagged" is "read, flagged"; without \Seen it is "unread". Keywords stay as they are. To be freed.
 */
char *marks_words(const char *flags);
bool marks_has(const char *flags, const char *flag); /* "\\Seen"; ASCII case does not count */

/* A dot for what is unread, a star for what is flagged, an arrow back for what was answered, a cross for what
 * is to be deleted, a pen for a draft: side by side from x on, level with y. Returns where they end; draws
 * nothing if `measure`. */
double marks_draw(struct canvas *c, double x, double y, double size, const char *flags, bool measure);

#endif
