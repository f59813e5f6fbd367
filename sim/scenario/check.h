/* scenario/check.h: everything about a scenario that can be wrong beyond its form, all at once. */
#ifndef SCENARIO_CHECK_H
#define SCENARIO_CHECK_H

#include "scenario/model.h"

/* Before derive: what the author wrote. Names and addresses twice, people, lessons, chapters. */
void scenario_check_written(struct scenario *s, struct report *r);

/* After derive, on the primitive layer: references, reachability, records and zones, delegations, actions.
 * Of a scenario that has lost something, what may follow from that is not told. */
void scenario_check_derived(struct scenario *s, struct report *r);

/* load, check, derive, check, in that order, as far as it makes sense; the report is sorted. NULL if there is
 * any error. The scenario is derived and ready to build. */
struct scenario *scenario_open(struct span json, const char *name, struct report *r);
struct scenario *scenario_open_file(const char *path, struct report *r);

#endif
