#include "layout.h"

#include <math.h>

/* In points at text size 1. */
enum {
    GRID = 8,
    GAP = 16,
    GAP_CLOSE = 8,
    GAP_TABS = 4, /* between a strip of tabs and what they show */
    NARROW = 1100,
    TOP_H = 52,
    TOP_LINES = 36, /* of that, what grows with the text */
    TIMELINE_H = 68,
    TIMELINE_LINES = 32,
    TABS_H = 40,
    TABS_LINES = 18,
    STORY_H = 136,
    MAP_MIN = 176,
    LADDER_MIN = 136,
    SHARED_MIN = 216 /* tabs and a ladder of five rows */
};

static double on_grid(double v)
{
    return floor(v / GRID) * GRID;
}

static double at_least(double v, double min)
{
    return v < min ? min : v;
}

static double grown(double h, double lines, double s)
{
    return ceil(h + lines * (s - 1));
}

/* The share that the divider wants, within what both need. */
static double split(double height, double divider, double below_min, double s)
{
    double d = divider >= 0.2 && divider <= 0.8 ? divider : divider < 0.2 ? 0.2 : 0.8;
    double first = on_grid(height * d);

    if (first > height - below_min * s)
        first = on_grid(height - below_min * s);
    return ceil(at_least(first, MAP_MIN * s));
}

static void lay_wide(struct layout *l, double y, double high, double s)
{
    double gap = l->gap, w = l->width;
    double right = on_grid(fmin(fmin(at_least(w * 0.35, 384 * s), 640 * s), w * 0.42));
    double left = w - 3 * gap - right, map = split(high - gap, l->divider, LADDER_MIN, s);
    double story = on_grid(fmin(STORY_H * s, (high - gap) * 0.4));

    l->map = (struct rect){ gap, y, left, map };
    l->ladder = (struct rect){ gap, y + map + gap, left, high - map - gap };
    l->story = (struct rect){ 2 * gap + left, y, right, story };
    l->inspector = (struct rect){ 2 * gap + left, y + story + gap, right, high - story - gap };
    l->grip = (struct rect){ gap, y + map, left, gap };
}

/* The story beside the map, so that both keep their height; below them what the tabs show. */
static void lay_narrow(struct layout *l, double y, double high, double s)
{
    double gap = l->gap, column = l->width - 2 * gap;
    double story = on_grid(fmin(fmin(at_least(l->width * 0.28, 256 * s), 304 * s), l->width * 0.4));
    double map = split(high - gap, l->divider, SHARED_MIN, s);

    l->map = (struct rect){ gap, y, column - gap - story, map };
    l->story = (struct rect){ 2 * gap + l->map.w, y, story, map };
    l->inspector = (struct rect){ gap, y + map + gap, column, high - map - gap };
    l->grip = (struct rect){ gap, y + map, column, gap };
}

void layout_compute(struct layout *l, double width, double height, double divider, double text)
{
    double w = at_least(floor(width), LAYOUT_W_MIN), h = at_least(floor(height), LAYOUT_H_MIN),
           s = text > 1 ? fmin(text, 2) : 1;
    double top = grown(TOP_H, TOP_LINES, s), timeline = grown(TIMELINE_H, TIMELINE_LINES, s);
    bool is_wide = w >= NARROW * s && h - top - timeline - 4 * GAP >= (MAP_MIN + LADDER_MIN) * s;

    *l = (struct layout){ .width = w, .height = h, .divider = divider == divider ? divider : 0.6 };
    l->gap = is_wide ? GAP : GAP_CLOSE;
    double gap = l->gap, y = top + gap, below = h - gap - timeline /* the time line's upper edge */,
           high = below - gap - y;

    l->kind = is_wide                                    ? LAYOUT_WIDE
              : high - gap >= (MAP_MIN + SHARED_MIN) * s ? LAYOUT_NARROW
                                                         : LAYOUT_SINGLE;
    l->top = (struct rect){ 0, 0, w, top };
    l->timeline = (struct rect){ gap, below, w - 2 * gap, timeline };
    if (l->kind == LAYOUT_WIDE) {
        lay_wide(l, y, high, s);
        return;
    }
    if (l->kind == LAYOUT_NARROW)
        lay_narrow(l, y, high, s);
    else
        l->inspector = (struct rect){ gap, y, w - 2 * gap, high };
    l->tabs = l->inspector;
    l->tabs.h = grown(TABS_H, TABS_LINES, s);
    l->ladder = l->inspector;
    l->ladder.y += l->tabs.h + GAP_TABS;
    l->ladder.h -= l->tabs.h + GAP_TABS;
    if (l->kind == LAYOUT_SINGLE)
        l->map = l->story = l->ladder;
}

double layout_divider_at(const struct layout *l, double y)
{
    double below = l->kind == LAYOUT_WIDE ? l->ladder.h : l->inspector.h, all = l->map.h + below,
           d = (y - l->map.y - l->gap / 2) / all;

    if (l->kind == LAYOUT_SINGLE || all <= 0)
        return l->divider;
    return d < 0.2 ? 0.2 : d > 0.8 ? 0.8 : d;
}
