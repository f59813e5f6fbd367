/* Panels fill the window, and none lies on another, at any size and any place of the divider. */
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

static void check(double w, double h, double divider)
{
    struct layout l;

    layout_compute(&l, w, h, divider);
    struct rect all[] = { l.top, l.map, l.ladder, l.story, l.timeline, l.inspector };
    int n = l.is_narrow ? 5 : 6; /* narrow: the inspector has the ladder's place */

    for (int i = 0; i < n; i++) {
        bool is_well = all[i].w >= 200 && all[i].h >= 48 && all[i].x >= 0 && all[i].y >= 0 &&
                       all[i].x + all[i].w <= l.width && all[i].y + all[i].h <= l.height;

        for (int j = 1; j < i; j++)
            is_well = is_well && !meet(all[i], all[j], LAYOUT_GAP - 0.5);
        if (!is_well)
            print_error("%g x %g, divider %g: panel %d: %g %g %g %g\n", w, h, divider, i, all[i].x, all[i].y,
                        all[i].w, all[i].h);
        assert_true(is_well);
    }
    assert_true(l.map.h >= 176 && l.ladder.h >= 136);
    assert_true(l.grip.y == l.map.y + l.map.h && l.grip.y + l.grip.h == l.ladder.y);
}

static void test_no_panels_overlap(void **state)
{
    (void)state;
    for (double w = LAYOUT_W_MIN; w <= 4000; w += 37)
        for (double h = LAYOUT_H_MIN; h <= 2400; h += 53)
            for (double d = 0.1; d < 1; d += 0.1)
                check(w, h, d);
}

static void test_edges_are_whole_pixels(void **state)
{
    (void)state;
    for (double w = 900.25; w <= 2000; w += 77.5) {
        struct layout l;

        layout_compute(&l, w, 700.75, 0.55);
        struct rect all[] = { l.top, l.map, l.ladder, l.story, l.timeline, l.inspector };
        for (int i = 0; i < 6; i++)
            assert_true(all[i].x == floor(all[i].x) && all[i].y == floor(all[i].y) &&
                        all[i].w == floor(all[i].w) && all[i].h == floor(all[i].h));
    }
}

static void test_inspector_folds_below_1100(void **state)
{
    struct layout l;

    (void)state;
    layout_compute(&l, 1099, 700, 0.5);
    assert_true(l.is_narrow && l.inspector.x == l.ladder.x && l.inspector.y == l.ladder.y &&
                l.ladder.w == l.timeline.w);
    layout_compute(&l, 1100, 700, 0.5);
    assert_true(!l.is_narrow && l.inspector.x > l.map.x + l.map.w);
}

static void test_less_than_the_least_is_the_least(void **state)
{
    struct layout l;

    (void)state;
    layout_compute(&l, 1, -5, 7);
    assert_true(l.width == LAYOUT_W_MIN && l.height == LAYOUT_H_MIN);
    check(1, 1, -3);
    layout_compute(&l, 1280, 800, NAN);
    assert_true(l.map.h > 0 && l.ladder.h > 0 && l.divider == 0.6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_panels_overlap),
        cmocka_unit_test(test_edges_are_whole_pixels),
        cmocka_unit_test(test_inspector_folds_below_1100),
        cmocka_unit_test(test_less_than_the_least_is_the_least),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
