/* What travels says so on no host's name, on no other words, and within the map; what is in front is heard
 * first. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <glib.h>
#include <math.h>

#include "map_labels.h"

enum { COLUMNS = 6, ROWS = 4, HOSTS = COLUMNS * ROWS };

static const struct rect map = { 16, 68, 900, 420 };

struct scene {
    struct rect boxes[HOSTS], names[HOSTS];
    struct map_labels l;
};

static void set(struct scene *s, double w, double h, double scale)
{
    s->l = (struct map_labels){
        .map = map, .boxes = s->boxes, .n_boxes = HOSTS, .names = s->names, .n_names = HOSTS, .scale = scale
    };
    for (int i = 0; i < HOSTS; i++) {
        s->boxes[i] = (struct rect){ map.x + 16 + i % COLUMNS * 146, map.y + 16 + i / COLUMNS * 104, w, h };
        s->names[i] = rect_inset(s->boxes[i], 4);
    }
}

static bool overlap(struct rect a, struct rect b)
{
    return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

static bool is_on(const struct rect *all, unsigned n, struct rect at)
{
    for (unsigned i = 0; i < n; i++)
        if (overlap(all[i], at))
            return true;
    return false;
}

static void check(const struct scene *s, struct rect at, unsigned n_before, bool must, const char *what)
{
    if (is_on(s->names, HOSTS, at) || is_on(s->l.taken, n_before, at))
        fail_msg("%s: the label at %g %g lies on a name or a label", what, at.x, at.y);
    if (!must && is_on(s->boxes, HOSTS, at))
        fail_msg("%s: the label at %g %g lies on a box", what, at.x, at.y);
    if (at.x < map.x || at.y < map.y || at.x + at.w > map.x + map.w || at.y + at.h > map.y + map.h)
        fail_msg("%s: the label at %g %g leaves the map", what, at.x, at.y);
}

static void test_labels_lie_on_nothing_that_is_read(void **state)
{
    static const struct {
        const char *name;
        double w, h, scale;
    } rows[] = { { "boxes", 110, 54, 1 },
                 { "low boxes", 120, 26, 1 },
                 { "large text", 124, 60, 2 },
                 { "dots", 16, 16, 1 } };
    struct scene *s = g_new0(struct scene, 1);

    (void)state;
    for (size_t r = 0; r < G_N_ELEMENTS(rows); r++)
        for (unsigned a = 0; a < HOSTS; a++) {
            unsigned placed = 0, asked = 0;

            set(s, rows[r].w, rows[r].h, rows[r].scale);
            for (unsigned b = 0; b < HOSTS; b++)
                for (double t = 0; t <= 1 && b != a; t += 0.125) {
                    struct map_path way = map_path(s->boxes, HOSTS, a, b);
                    unsigned before = s->l.n_taken;
                    struct rect at;
                    bool must = asked++ == 0;

                    if (!map_labels_place(&s->l, &way, t, 70 * rows[r].scale, 20 * rows[r].scale, must, &at))
                        continue;
                    check(s, at, before, must, rows[r].name);
                    placed++;
                }
            if (placed == 0)
                fail_msg("%s: not one label found a place", rows[r].name);
        }
    g_free(s);
}

/* A packet that goes along a row of hosts keeps its label on one side, and near. */
static void test_labels_do_not_jump(void **state)
{
    struct scene *s = g_new0(struct scene, 1);
    struct rect last = { 0 };

    (void)state;
    set(s, 110, 54, 1);
    struct map_path way = map_path(s->boxes, HOSTS, 7, 8);
    for (double t = 0; t <= 1; t += 0.02) {
        struct rect at;
        double x, y;

        s->l.n_taken = 0;
        assert_true(map_labels_place(&s->l, &way, t, 40, 20, true, &at));
        map_path_at(&way, t, &x, &y);
        assert_true(fabs(at.y + 10 - y) < 60 && fabs(at.x + 20 - x) < 60);
        if (t > 0)
            assert_true((at.y < y) == (last.y < y));
        last = at;
    }
    g_free(s);
}

static void test_no_room_is_no_label(void **state)
{
    struct scene *s = g_new0(struct scene, 1);
    struct rect at;

    (void)state;
    set(s, 146, 104, 1); /* wall to wall */
    for (int i = 0; i < HOSTS; i++)
        s->names[i] = s->boxes[i];
    struct map_path way = map_path(s->boxes, HOSTS, 0, 9);
    assert_false(map_labels_place(&s->l, &way, 0.5, 400, 30, true, &at));
    assert_true(s->l.n_taken == 0);
    set(s, 16, 16, 1);
    assert_false(map_labels_place(&s->l, &way, 0.5, 2000, 30, true, &at)); /* wider than the map */
    s->l.n_taken = MAP_LABELS_MAX;
    assert_false(map_labels_place(&s->l, &way, 0.5, 10, 10, true, &at));
    g_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_labels_lie_on_nothing_that_is_read),
        cmocka_unit_test(test_labels_do_not_jump),
        cmocka_unit_test(test_no_room_is_no_label),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
