/* memory.h: what drawing has found out and keeps for the next time, so that a frame costs little. Nothing
 * that is shown depends on it: it can be lost at any moment. It belongs to the app, and is all that drawing
 * may change. */
#ifndef MEMORY_H
#define MEMORY_H

#include "canvas.h"
#include "tape_index.h"

/* The time line's bars: counted anew when the tape or the width changes. */
struct time_bars {
    guint64 print;
    int64_t length;
    unsigned n, most;
    struct time_bin *bins;
};

/* Left and right end of the time line's axis as last drawn, for scrubbing. */
struct time_axis {
    struct rect r;
    double left, width;
};

/* Which of the bundled scenarios a file is, counted as the picker shows them. */
struct course {
    char *path;
    int place; /* from 1; 0: not one of them */
    unsigned of;
};

struct memory {
    struct tape_indexes indexes;
    struct time_bars bars;
    struct time_axis axis;
    struct course course;
    GPtrArray *labels; /* of what travels: they live till the next tick */
};

struct memory *memory_new(void);
void memory_free(struct memory **m);

#endif
