/* scenario/act.h: what people do and what breaks, at its moment.
 *
 * A fault is a layer over the scenario as written: while it lasts it counts, when it ends it is taken off and
 * the state is worked out again from what is left. So faults may overlap in any way, and when the last has
 * ended all is as before. */
#ifndef SCENARIO_ACT_H
#define SCENARIO_ACT_H

#include "scenario/world.h"

struct act_stage;

/* Put all of the scenario's actions into the world's queue of events. */
struct act_stage *act_stage_new(struct world *w);
void act_stage_free(struct act_stage **s);

#endif
