/* cli/step_reel.h: the records of a run by number, forwards and back, however long the run is: a window of
 * them is kept, and what lies before it is had by running again. */
#ifndef CLI_STEP_REEL_H
#define CLI_STEP_REEL_H

#include <glib.h>

#include "mxlab.h"

enum { REEL_WINDOW = 65536 };

struct reel;

/* Listens to the run, which has not begun; it may be moved about by others meanwhile. Borrowed, and closed
 * only after reel_free or without another step. */
struct reel *reel_new(struct mxlab *m);
void reel_free(struct reel **r);

/* Record `seq` (from 1), NULL if the run ends before. Borrowed until the next call. */
const struct record *reel_get(struct reel *r, uint64_t seq);

/* The fault.begin records of the faults that last right after record `seq`, which has been got before. The
 * caller unrefs the array; the records are the reel's. */
GPtrArray *reel_faults(const struct reel *r, uint64_t seq);

#endif
