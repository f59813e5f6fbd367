/* tell.h: what a record says, in the language of the window: view_line through gettext, and the chapters'
 * titles as their author wrote them for that language. */
#ifndef TELL_H
#define TELL_H

#include "view.h"

/* Appended. `m` (of the same scenario, at any moment) knows the chapters; NULL: their titles are as in the
 * trace.
 */
void tell_line(const struct mxlab *m, const struct record *r, GString *out);

/* The same where nothing beside it says whom it is about: "mail.hamburger.edu goes down", "Q1 waits: … (at
 * mail.crepes.fr)". */
void tell_alone(const struct mxlab *m, const struct record *r, GString *out);

#endif
