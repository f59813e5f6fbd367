/* scenario/edit.h: a scenario's text, changed as little as possible: what the author wrote stays as it is,
 * spaces and order included. */
#ifndef SCENARIO_EDIT_H
#define SCENARIO_EDIT_H

#include <glib.h>

#include "core/span.h"

/* The text `json` with one more action, a JSON object, behind the others (after which it happens where times
 * are equal). NULL, with a sentence appended to `why` (may be NULL), if either is not well-formed or
 * "actions" is no list. What the action says is not checked. Free with g_free. */
char *scenario_text_with_action(struct span json, const char *action, GString *why);

#endif
