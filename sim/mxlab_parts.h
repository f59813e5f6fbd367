/* mxlab_parts.h: what the files beside mxlab.c may ask of it, and nobody else. */
#ifndef MXLAB_PARTS_H
#define MXLAB_PARTS_H

#include "mxlab.h"
#include "scenario/world.h"

/* A world of its own for one more run of the same scenario with the same seed; nobody listens to it yet. It
 * borrows the scenario: free it (world_free) before the mxlab is closed. */
struct world *mxlab_world_new(const struct mxlab *m);

/* The world as it stands now. */
const struct world *mxlab_world(const struct mxlab *m);

#endif
