/* layout.h: window size to rectangles, on an 8-pixel grid; panels with 16 px between them. Free of SDL and
 * drawing, tested. */
#ifndef LAYOUT_H
#define LAYOUT_H

#include <stdbool.h>

#include "canvas.h"

enum { LAYOUT_W_MIN = 900, LAYOUT_H_MIN = 600, LAYOUT_GAP = 16, LAYOUT_TOP = 52 };

struct layout {
    double width, height;
    double divider; /* 0.2 … 0.8: share of the map in the left column's height */
    bool is_narrow; /* below 1100: the story stands beside the map, and the inspector folds under it as tabs,
                       in place of the ladder when one is open */
    struct rect top, map, ladder, story, inspector, timeline;
    struct rect grip; /* of the divider */
};

void layout_compute(struct layout *l, double width, double height, double divider);

#endif
