/* tell.h: what a record says, in short, in the language of the window. English is view.h's own; other
 * languages have templates of the same sentences. What goes over the wire stays as it is in every language.
 */
#ifndef TELL_H
#define TELL_H

#include "view.h"

/* Appended; as view_line. */
void tell_line(const struct record *r, GString *out);

#endif
