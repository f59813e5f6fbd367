/* Panels fill the window, and none lies on another, at any size, any text size and any place of the divider.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "layout.h"

static bool meet(struct rect a, struct rect b, double gap)
{
    return a.x < b.x + b.w + gap && b.x < a.x + a.w + gap && a.y < b.y + b.h + gap && b.y < a.y + a.h + gap;
}

/* Which panels have a place of their own; the others lie in the inspector's. */
static int own_places(const struct layout *l, struct rect out[6])
{
    int n = 0;

    out[n++] = l->top;
    out[n++] = l->timeline;
    out[n++] = l->inspector;
    if (l->kind != LAYOUT_SINGLE) {
        out[n++] = l->map;
        out[n++] = l->story;
    }
    if (l->kind == LAYOUT_WIDE)
        out[n++] = l->ladder;
    return n;
}

static void check_shared(const struct layout *l, struct rect in)
{
    assert_true(in.x == l->inspector.x && in.w == l->inspector.w && in.y >= l->tabs.y + l->tabs.h &&
                in.y + in.h == l->inspector.y + l->inspector.h);
}

static void check(double w, double h, double divider, double text)
{
    struct layout l;
    struct rect all[6];
    double s = fmin(fmax(1, text), 2);

    layout_compute(&l, w, h, divider, text);
    int n = own_places(&l, all);
    for (int i = 0; i < n; i++) {
        bool is_well = all[i].w >= 176 * s && all[i].h >= 48 && all[i].x >= 0 && all[i].y >= 0 &&
                       all[i].x + all[i].w <= l.width && all[i].y + all[i].h <= l.height;

        for (int j = 1; j < i; j++)
            is_well = is_well && !meet(all[i], all[j], l.gap - 0.5);
        if (!is_well)
            print_error("%g x %g, divider %g, text %g: panel %d: %g %g %g %g\n", w, h, divider, text, i,
                        all[i].x, all[i].y, all[i].w, all[i].h);
        assert_true(is_well);
    }
    if (l.kind != LAYOUT_WIDE)
        check_shared(&l, l.ladder);
    if (l.kind == LAYOUT_SINGLE) {
        check_shared(&l, l.map);
        check_shared(&l, l.story);
        assert_true(l.grip.w == 0);
    } else {
        struct rect below = l.kind == LAYOUT_WIDE ? l.ladder : l.inspector;
        assert_true(l.map.h >= 176 * s);
        assert_true(l.grip.y == l.map.y + l.map.h && l.grip.y + l.grip.h == below.y);
    }
    assert_true(l.ladder.h >= 136 * s); /* names and a few rows, whatever else */
}

static void test_no_panels_overlap(void **state)
{
    static const double texts[] = { 0.8, 1, 1.1, 1.4, 2 };

    (void)state;
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
        for (double w = LAYOUT_W_MIN; w <= 4000; w += 37)
            for (double h = LAYOUT_H_MIN; h <= 2400; h += 53)
                for (double d = 0.1; d < 1; d += 0.1)
                    check(w, h, d, texts[t]);
}

static void test_edges_are_whole_pixels(void **state)
{
    (void)state;
    for (double text = 1; text <= 2; text += 0.1)
        for (double w = 900.25; w <= 2000; w += 77.5) {
            struct layout l;

            layout_compute(&l, w, 700.75, 0.55, text);
            struct rect all[] = { l.top, l.map, l.ladder, l.story, l.timeline, l.inspector, l.tabs };
            for (int i = 0; i < 7; i++)
                assert_true(all[i].x == floor(all[i].x) && all[i].y == floor(all[i].y) &&
                            all[i].w == floor(all[i].w) && all[i].h == floor(all[i].h));
        }
}

static void test_inspector_folds_below_1100(void **state)
{
    struct layout l;

    (void)state;
    layout_compute(&l, 1099, 700, 0.5, 1);
    assert_true(l.kind == LAYOUT_NARROW && l.inspector.w == l.timeline.w &&
                l.inspector.y > l.map.y + l.map.h);
    layout_compute(&l, 1100, 700, 0.5, 1);
    assert_true(l.kind == LAYOUT_WIDE && l.inspector.x > l.map.x + l.map.w);
}

static void test_large_text_wants_more_room(void **state)
{
    static const struct {
        double w, h, text;
        enum layout_kind kind;
    } rows[] = {
        { 900, 600, 1, LAYOUT_NARROW },   { 900, 600, 0.8, LAYOUT_NARROW },  { 900, 600, 2, LAYOUT_SINGLE },
        { 1280, 800, 1, LAYOUT_WIDE },    { 1280, 800, 1.4, LAYOUT_NARROW }, { 1280, 800, 2, LAYOUT_SINGLE },
        { 1920, 1080, 1.4, LAYOUT_WIDE }, { 2560, 1440, 2, LAYOUT_WIDE },    { 4000, 600, 2, LAYOUT_SINGLE },
    };
    struct layout l, usual;

    (void)state;
    layout_compute(&usual, 1280, 800, 0.6, 1);
    assert_true(usual.top.h == 52 && usual.timeline.h == 68 && usual.gap == 16);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        layout_compute(&l, rows[i].w, rows[i].h, 0.6, rows[i].text);
        if (l.kind != rows[i].kind)
            fail_msg("%g x %g at %g: %d, not %d", rows[i].w, rows[i].h, rows[i].text, l.kind, rows[i].kind);
        assert_true(rows[i].text > 1 ? l.top.h > usual.top.h && l.timeline.h > usual.timeline.h
                                     : l.top.h == usual.top.h && l.timeline.h == usual.timeline.h);
    }
}

static void test_divider_comes_from_where_it_is_dragged(void **state)
{
    static const double sizes[][3] = { { 1280, 800, 1 }, { 1000, 900, 1 }, { 1280, 1200, 1.4 } };
    struct layout l;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        layout_compute(&l, sizes[i][0], sizes[i][1], 0.5, sizes[i][2]);
        assert_true(fabs(layout_divider_at(&l, l.grip.y + l.grip.h / 2) - 0.5) < 0.03);
        assert_true(layout_divider_at(&l, 0) == 0.2 && layout_divider_at(&l, 5000) == 0.8);
    }
    layout_compute(&l, 900, 600, 0.5, 2); /* nothing to drag */
    assert_true(layout_divider_at(&l, 100) == 0.5);
}

static void test_less_than_the_least_is_the_least(void **state)
{
    struct layout l;

    (void)state;
    layout_compute(&l, 1, -5, 7, 1);
    assert_true(l.width == LAYOUT_W_MIN && l.height == LAYOUT_H_MIN);
    check(1, 1, -3, 1);
    check(1, 1, -3, 50);
    layout_compute(&l, 1280, 800, NAN, NAN);
    assert_true(l.map.h > 0 && l.ladder.h > 0 && l.divider == 0.6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_panels_overlap),
        cmocka_unit_test(test_edges_are_whole_pixels),
        cmocka_unit_test(test_inspector_folds_below_1100),
        cmocka_unit_test(test_large_text_wants_more_room),
        cmocka_unit_test(test_divider_comes_from_where_it_is_dragged),
        cmocka_unit_test(test_less_than_the_least_is_the_least),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
