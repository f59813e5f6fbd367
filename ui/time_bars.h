/* time_bars.h: how much happened when, along the axis of the time line: counted once, finely, and added up to
 * the bars that a width has room for. Free of drawing, tested. */
#ifndef TIME_BARS_H
#define TIME_BARS_H

#include "timescale.h"
#include "view.h"

enum bar_family { BAR_TCP, BAR_DNS, BAR_SMTP, BAR_ACCESS, BAR_HTTP, BAR_OTHER, N_BAR_FAMILIES };

struct time_bar {
    unsigned n[N_BAR_FAMILIES];
};

struct time_bars;

struct time_bars *time_bars_new(const struct view_tape *t, const struct timescale *scale);
void time_bars_free(struct time_bars **b);
unsigned time_bar_sum(const struct time_bar *b);
/* All of the axis as `n` bars; returns how much the fullest holds, at least 1. */
unsigned time_bars_sum(const struct time_bars *b, unsigned n, struct time_bar *out);

#endif
