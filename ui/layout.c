#include "layout.h"

#include <math.h>

enum { GRID = 8, NARROW = 1100, TIMELINE_H = 68, STORY_H = 136, MAP_MIN = 176, LADDER_MIN = 136 };

static double on_grid(double v)
{
    return floor(v / GRID) * GRID;
}

static double at_least(double v, double min)
{
    return v < min ? min : v;
}

/* The share that the divider wants, within what both need. */
static double split(double height, double divider)
{
    double d = divider >= 0.2 && divider <= 0.8 ? divider : divider < 0.2 ? 0.2 : 0.8;
    double first = on_grid(height * d);

    if (first > height - LADDER_MIN)
        first = on_grid(height - LADDER_MIN);
    return at_least(first, MAP_MIN);
}

void layout_compute(struct layout *l, double width, double height, double divider)
{
    double w = at_least(floor(width), LAYOUT_W_MIN), h = at_least(floor(height), LAYOUT_H_MIN),
           gap = LAYOUT_GAP;
    double y = LAYOUT_TOP + gap, below = h - gap - TIMELINE_H; /* of the time line's upper edge */
    double high = below - gap - y;

    *l = (struct layout){
        .width = w, .height = h, .divider = divider == divider ? divider : 0.6, .is_narrow = w < NARROW
    };
    l->top = (struct rect){ 0, 0, w, LAYOUT_TOP };
    l->timeline = (struct rect){ gap, below, w - 2 * gap, TIMELINE_H };

    if (l->is_narrow) { /* the story beside the map, so that both keep their height; below them what the tabs
                           show */
        double column = w - 2 * gap, story = on_grid(fmin(at_least(w * 0.28, 256), 304));
        double map = split(high - gap, l->divider);

        l->map = (struct rect){ gap, y, column - gap - story, map };
        l->story = (struct rect){ w - gap - story, y, story, map };
        l->ladder = (struct rect){ gap, y + map + gap, column, high - map - gap };
        l->inspector = l->ladder;
    } else {
        double right = on_grid(fmin(at_least(w * 0.35, 384), 640));
        double left = w - 3 * gap - right;
        double map = split(high - gap, l->divider);

        l->map = (struct rect){ gap, y, left, map };
        l->ladder = (struct rect){ gap, y + map + gap, left, high - map - gap };
        l->story = (struct rect){ 2 * gap + left, y, right, STORY_H };
        l->inspector = (struct rect){ 2 * gap + left, y + STORY_H + gap, right, high - STORY_H - gap };
    }
    l->grip = (struct rect){ l->ladder.x, l->map.y + l->map.h, l->ladder.w, gap };
}
