/* scenario/content.h: files of which an author says little: a text, base64, or a size and a name. */
#ifndef SCENARIO_CONTENT_H
#define SCENARIO_CONTENT_H

#include <glib.h>

/* `text` or what `base64` stands for (either may be NULL), filled up to `size` octets, if that is more: HTML
 * and texts with lines of filler, a JPEG (by the ending of `name`) with application segments, so that it is
 * one that programs can read, everything else with octets of all values. To be freed. */
GString *content_new(const char *text, const char *base64, gint64 size, const char *name);

#endif
