#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>
#include <glib.h>

#include "map_layout.h"

enum { HOSTS_MAX = 200 };

static const struct {
    double w, h;
} windows[] = { { 868, 180 }, { 868, 300 }, { 784, 368 }, { 1180, 420 }, { 1600, 800 }, { 1700, 900 } };

/* A world as scenarios make them: networks with people, mail, DNS; a root; TLDs; now and then a router. */
static void make_hosts(struct map_host *hosts, unsigned n)
{
    static const enum view_role roles[] = { VIEW_ROOT,   VIEW_TLD,  VIEW_COMPUTER,      VIEW_MAIL,
                                            VIEW_LOCAL,  VIEW_MAIL, VIEW_AUTHORITATIVE, VIEW_COMPUTER,
                                            VIEW_ROUTER, VIEW_WEB };

    for (unsigned i = 0; i < n; i++)
        hosts[i] = (struct map_host){ .role = roles[i % G_N_ELEMENTS(roles)],
                                      .address = 10u << 24 | (1 + i / 10) << 16 | i };
}

static bool overlap(struct rect a, struct rect b)
{
    return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

static void check(const struct map_host *hosts, unsigned n, struct rect r, const struct rect *at,
                  const char *what)
{
    for (unsigned i = 0; i < n; i++) {
        if (hosts[i].is_hidden) {
            assert_true(at[i].w == 0 && at[i].h == 0);
            continue;
        }
        if (at[i].w <= 0 || at[i].h <= 0)
            fail_msg("%s: host %u of %u has no place at %gx%g", what, i, n, r.w, r.h);
        if (at[i].x < r.x || at[i].y < r.y || at[i].x + at[i].w > r.x + r.w || at[i].y + at[i].h > r.y + r.h)
            fail_msg("%s: host %u of %u is outside at %gx%g", what, i, n, r.w, r.h);
        for (unsigned k = 0; k < i; k++)
            if (!hosts[k].is_hidden && overlap(at[i], at[k]))
                fail_msg("%s: hosts %u and %u of %u meet at %gx%g", what, k, i, n, r.w, r.h);
    }
}

static void test_boxes_never_meet(void **state)
{
    struct map_host hosts[HOSTS_MAX];
    struct rect at[HOSTS_MAX];

    (void)state;
    for (unsigned n = 2; n <= HOSTS_MAX; n++)
        for (size_t w = 0; w < G_N_ELEMENTS(windows); w++) {
            struct rect r = { 16, 68, windows[w].w, windows[w].h };
            make_hosts(hosts, n);
            hosts[n / 2].is_hidden = n > 4;
            map_layout(hosts, n, r, 1, at, NULL);
            check(hosts, n, r, at, "bands");
            if (n % 10 == 0) {
                map_layout(hosts, n, r, 2, at, NULL);
                check(hosts, n, r, at, "large text");
            }
        }
}

static void test_wishes_are_kept_inside_and_apart(void **state)
{
    static const struct {
        double x, y;
        const char *name;
    } rows[] = { { 0.5, 0.5, "all in the middle" },
                 { 0, 0, "all in a corner" },
                 { 1, 1, "all in the other" },
                 { 7, -3, "far outside" } };
    static const unsigned counts[] = { 2, 7, 12, 40, 120, 200 };
    struct map_host hosts[HOSTS_MAX];
    struct rect at[HOSTS_MAX];

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        for (size_t c = 0; c < G_N_ELEMENTS(counts); c++)
            for (size_t w = 0; w < G_N_ELEMENTS(windows); w++) {
                struct rect r = { 16, 68, windows[w].w, windows[w].h };
                make_hosts(hosts, counts[c]);
                for (unsigned k = 0; k < counts[c]; k += 2) {
                    hosts[k].is_fixed = true;
                    hosts[k].x = rows[i].x;
                    hosts[k].y = rows[i].y;
                }
                map_layout(hosts, counts[c], r, 1, at, NULL);
                check(hosts, counts[c], r, at, rows[i].name);
            }
}

static void test_wish_wins_where_there_is_room(void **state)
{
    struct map_host hosts[6];
    struct rect at[6], r = { 0, 0, 784, 368 };

    (void)state;
    make_hosts(hosts, 6);
    hosts[2].is_fixed = true;
    hosts[2].x = 0.25;
    hosts[2].y = 0.75;
    map_layout(hosts, 6, r, 1, at, NULL);
    assert_true(fabs(at[2].x + at[2].w / 2 - 0.25 * r.w) <= 1);
    assert_true(fabs(at[2].y + at[2].h / 2 - 0.75 * r.h) <= 1);
}

/* alice-pc, her server, her DNS; bob-pc, his server; root, two TLDs. */
static void test_roles_have_their_bands_and_sides(void **state)
{
    const struct map_host hosts[] = {
        { VIEW_MAIL, 0x0a020019 }, { VIEW_ROOT, 0xc6290004 },     { VIEW_TLD, 0xac100035 },
        { VIEW_TLD, 0xac100135 },  { VIEW_COMPUTER, 0x0a02000a }, { VIEW_COMPUTER, 0x0a01000a },
        { VIEW_MAIL, 0x0a010019 }, { VIEW_LOCAL, 0x0a010035 },
    };
    struct rect at[8], r = { 0, 0, 784, 368 };
    struct map_plan plan;

    (void)state;
    map_layout(hosts, 8, r, 1, at, &plan);
    assert_int_equal(plan.mode, MAP_FULL);
    assert_true(at[1].y < at[2].y && at[2].y == at[3].y && at[3].y < at[7].y && at[7].y < at[0].y);
    assert_true(at[0].y == at[4].y && at[4].y == at[5].y && at[5].y == at[6].y);
    assert_true(at[5].x < at[6].x && at[6].x < at[0].x && at[0].x < at[4].x);
    for (int i = 0; i < MAP_BANDS; i++)
        assert_true(plan.title_y[i] >= 0);
}

static void test_path_goes_from_border_to_border(void **state)
{
    const struct rect at[] = { { 0, 100, 100, 40 }, { 400, 100, 100, 40 }, { 200, 90, 80, 60 } };
    double x, y;

    (void)state;
    struct map_path p = map_path(at, 2, 0, 1);
    assert_true(fabs(p.x1 - 100) < 1 && fabs(p.y1 - 120) < 1 && fabs(p.x2 - 400) < 1 && fabs(p.y2 - 120) < 1);
    struct map_path back = map_path(at, 2, 1, 0);
    assert_true(back.x1 == p.x2 && back.y2 == p.y1);
    /* Round what stands between. */
    const struct rect between[] = { { 0, 100, 100, 40 },
                                    { 400, 100, 100, 40 },
                                    { 200, 110, 80, 20 },
                                    { 0, 0, 500, 20 },
                                    { 0, 220, 500, 20 } };
    p = map_path(between, 5, 0, 1);
    for (int i = 0; i <= 20; i++) {
        map_path_at(&p, i / 20.0, &x, &y);
        assert_false(rect_has(between[2], x, y));
    }
    map_path_at(&p, 0, &x, &y);
    assert_true(fabs(x - p.x1) < 1e-9 && fabs(y - p.y1) < 1e-9);
}

/* The line that a row's hosts hang on runs between that row and the next, through nobody. */
static void test_lines_run_between_rows(void **state)
{
    struct map_host hosts[HOSTS_MAX];
    struct rect at[HOSTS_MAX];
    struct map_plan plan;

    (void)state;
    for (unsigned n = 2; n <= HOSTS_MAX; n += 6)
        for (size_t w = 0; w < G_N_ELEMENTS(windows); w++) {
            struct rect r = { 16, 68, windows[w].w, windows[w].h };
            make_hosts(hosts, n);
            map_layout(hosts, n, r, 1, at, &plan);
            assert_true(plan.n_rows > 0 && plan.n_rows <= MAP_ROWS_MAX);
            for (unsigned row = 0; row < plan.n_rows; row++) {
                double y = plan.below[row];
                assert_true(y > (row == 0 ? r.y : plan.below[row - 1]) && y <= r.y + r.h);
                for (unsigned i = 0; i < n; i++)
                    if (y > at[i].y && y < at[i].y + at[i].h)
                        fail_msg("the line of row %u runs through host %u of %u at %gx%g", row, i, n, r.w,
                                 r.h);
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_boxes_never_meet),
        cmocka_unit_test(test_wishes_are_kept_inside_and_apart),
        cmocka_unit_test(test_wish_wins_where_there_is_room),
        cmocka_unit_test(test_roles_have_their_bands_and_sides),
        cmocka_unit_test(test_path_goes_from_border_to_border),
        cmocka_unit_test(test_lines_run_between_rows),
    };
    return cmocka_run_group_tests_name("ui_map_layout", tests, NULL, NULL);
}
