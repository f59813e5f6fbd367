/* layout.h: window size and text size to rectangles, on an 8-pixel grid; panels stand 16 px apart, closer
 * where there is little room. Free of SDL and drawing, tested. */
#ifndef LAYOUT_H
#define LAYOUT_H

#include <stdbool.h>

#include "canvas.h"

enum { LAYOUT_W_MIN = 900, LAYOUT_H_MIN = 600 };

/* How much is shown at once. Large text needs as much more room as it is larger. */
enum layout_kind {
    LAYOUT_WIDE,   /* map over ladder, story over inspector */
    LAYOUT_NARROW, /* below 1100: the story beside the map; below them, as tabs, ladder and inspector */
    LAYOUT_SINGLE  /* too low even for that: map, ladder, story and inspector are all tabs */
};

struct layout {
    double width, height;
    double divider; /* 0.2 … 0.8: share of the map in the height that it divides */
    enum layout_kind kind;
    double gap; /* between panels */
    struct rect top, map, ladder, story, inspector, timeline;
    struct rect
        tabs; /* the strip that begins the inspector's rectangle where it shares its place; else empty */
    struct rect grip; /* of the divider; empty: there is none */
};

/* `text`: text size, 1 being usual. */
void layout_compute(struct layout *l, double width, double height, double divider, double text);
/* The divider that would stand at that height. */
double layout_divider_at(const struct layout *l, double y);

#endif
