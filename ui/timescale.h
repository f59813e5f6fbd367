/* timescale.h: the axis of the time line. Long waits are shortened (a gap counts by its logarithm), so that
 * activity is visible; the same mapping forwards and backwards, monotone, tested. Free of drawing. */
#ifndef TIMESCALE_H
#define TIMESCALE_H

#include <stdbool.h>

#include "mxlab.h"
#include "view.h"

struct timescale;

/* From the times of what happens, growing, and the end of the run. */
struct timescale *timescale_new(const sim_time *times, size_t n, sim_time end);
struct timescale *timescale_of(const struct view_tape *t);
void timescale_free(struct timescale **s);

double timescale_to(const struct timescale *s, sim_time t); /* 0 … 1; outside the run: the nearest end */
sim_time timescale_from(const struct timescale *s,
                        double u); /* timescale_to's inverse, to a nanosecond or the axis' resolution */

#endif
