/* tell.h: what a record says, in the language of the window: view_line through gettext, and the chapters'
 * titles as their author wrote them for that language. */
#ifndef TELL_H
#define TELL_H

#include "view.h"

/* Appended. `m` (of the same scenario, at any moment) knows the chapters; NULL: their titles are as in the
 * trace.
 */
void tell_line(const struct mxlab *m, const struct record *r, GString *out);

#endif
