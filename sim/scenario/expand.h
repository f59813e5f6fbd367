/* scenario/expand.h: a derived scenario as JSON with nothing left implied: only hosts, links, actions,
 * chapters, each key with its value, defaults too. It loads again, and runs to the same trace. */
#ifndef SCENARIO_EXPAND_H
#define SCENARIO_EXPAND_H

#include "scenario/model.h"

/* Appends the JSON text, with two spaces of indentation and short lists on one line. */
void scenario_expand(const struct scenario *s, GString *out);

#endif
