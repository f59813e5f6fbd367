/* moment.h: moments as the window writes them, everywhere alike: as the clock at the top does, without the
 * day on the first, and without what is finer than there is room or need for. */
#ifndef MOMENT_H
#define MOMENT_H

#include "view.h"

enum moment_grain { MOMENT_MINUTE, MOMENT_SECOND, MOMENT_HUNDREDTH, MOMENT_MS };
enum { MOMENT_MAX = 64 };

/* "00:30:00.084"; later "Day 6, 00:01:03.340", and cut to the second "Day 6, 00:01:03". Returns `buf`. */
const char *moment_words(sim_time t, enum moment_grain g, char buf[MOMENT_MAX]);

#endif
