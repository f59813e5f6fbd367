/* pace.h: how long a stretch of virtual time takes on the screen, in ms at speed 1: a hop of 10 ms about as
 * long as one of 80 ms (600 to 1200 ms), a wait of minutes or days a fast-forward of about a second, records
 * of one moment 0. Monotone, tested. */
#ifndef PACE_H
#define PACE_H

#include <stdbool.h>

#include "mxlab.h"

double pace_ms(sim_time virtual_gap);
bool pace_is_skip(sim_time virtual_gap); /* long enough to be shown as a fast-forward: more than 5 s */
double pace_ease(double t);              /* 0 … 1 → 0 … 1, easing in and out */
double pace_unease(double eased);        /* back: what pace_ease made it of */

#endif
