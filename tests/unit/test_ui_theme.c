/* Text can be read on its ground, in every theme (WCAG 2.1, 1.4.3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "theme.h"

enum { GROUNDS_MAX = 8, ENOUGH_CONTRAST = 45 /* tenths */ };

static const struct pair {
    enum ink text;
    enum ink grounds[GROUNDS_MAX];
    int n;
    const char *name;
} pairs[] = {
#define EVERYWHERE { INK_PANEL, INK_GROUND, INK_ROW, INK_STORY_GROUND, INK_NOW_GROUND, INK_FAULT_GROUND }, 6
    { INK_TEXT, EVERYWHERE, "text" },
    { INK_QUIET, EVERYWHERE, "quiet" },
    { INK_ACTION, EVERYWHERE, "action" },
    { INK_STORY, EVERYWHERE, "story" },
    { INK_FAULT, EVERYWHERE, "fault" },
    { INK_DNS, EVERYWHERE, "dns" },
    { INK_SMTP, EVERYWHERE, "smtp" },
    { INK_ACCESS, EVERYWHERE, "access" },
    { INK_HTTP, EVERYWHERE, "http" },
    { INK_TCP, EVERYWHERE, "tcp" },
    { INK_ON_LABEL, { INK_LABEL }, 1, "on the dark label" },
    { INK_ON_ACTION,
      { INK_ACTION, INK_DNS, INK_SMTP, INK_ACCESS, INK_HTTP, INK_TCP, INK_STORY, INK_FAULT },
      8,
      "on buttons and badges" },
};

static void test_text_can_be_read_on_its_ground(void **state)
{
    int bad = 0;

    (void)state;
    for (int t = 0; t < N_THEMES; t++)
        for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
            for (int g = 0; g < pairs[i].n; g++) {
                double contrast = theme_contrast(theme_colour(t, pairs[i].text),
                                                 theme_colour(t, pairs[i].grounds[g]));

                if (contrast * 10 < (t == THEME_CONTRAST ? 70 : ENOUGH_CONTRAST)) {
                    print_error("%s theme, %s, ground %d: %.2f\n", theme_text(t), pairs[i].name, g, contrast);
                    bad++;
                }
            }
    assert_int_equal(bad, 0);
}

/* Shapes are found by their outline (1.4.11): three to one. */
static void test_shapes_stand_out(void **state)
{
    (void)state;
    for (int t = 0; t < N_THEMES; t++)
        for (int i = INK_DNS_FILL; i <= INK_FAULT_FILL; i++) {
            double contrast = theme_contrast(theme_colour(t, i), theme_colour(t, INK_PANEL));

            if (contrast < 2.9)
                print_error("%s theme, ink %d: %.2f\n", theme_text(t), i, contrast);
            assert_true(contrast >= 2.9);
        }
}

static void test_contrast_is_that_of_wcag(void **state)
{
    static const struct {
        colour a, b;
        int hundredths;
    } rows[] = { { 0x000000, 0xFFFFFF, 2100 },
                 { 0xFFFFFF, 0x000000, 2100 },
                 { 0x777777, 0xFFFFFF, 448 },
                 { 0x123456, 0x123456, 100 } };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal((int)(theme_contrast(rows[i].a, rows[i].b) * 100 + 0.5), rows[i].hundredths);
}

static void test_type_is_never_too_small(void **state)
{
    (void)state;
    for (int s = TYPE_TITLE; s <= TYPE_SMALL; s++)
        for (double scale = 0.1; scale < 2; scale += 0.1)
            assert_true(theme_type_px(s, scale) >= 10.5);
    assert_true(theme_type_px(TYPE_TITLE, 1) == 16 && theme_type_px(TYPE_BODY, 2) == 26);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_can_be_read_on_its_ground),
        cmocka_unit_test(test_shapes_stand_out),
        cmocka_unit_test(test_contrast_is_that_of_wcag),
        cmocka_unit_test(test_type_is_never_too_small),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
