/* ui_help.h: drawing an app for tests: panels that are dirty, on an image that nobody looks at. */
#ifndef UI_HELP_H
#define UI_HELP_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "app.h"

static void thing_drop(void *data)
{
    struct thing *t = data;

    g_free(t->name);
    g_free(t->text);
    g_free(t->does);
    g_free(t);
}

static void ui_draw_panel(struct app *a, enum panel p, struct layout_cache *layouts)
{
    struct rect r = app_panel(a, p);
    /* Small: what is drawn is clipped; what is collected is not. */
    cairo_surface_t *image = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, 64, 64);
    struct canvas c = { .cr = cairo_create(image),
                        .theme = a->prefs.theme,
                        .text_scale = a->prefs.text_scale,
                        .layouts = layouts };

    c.things = g_ptr_array_new_with_free_func(thing_drop);
    c.clip = r;
    cairo_translate(c.cr, -r.x, -r.y);
    app_draw(a, p, &c);
    assert_int_equal(cairo_status(c.cr), CAIRO_STATUS_SUCCESS);
    app_set_things(a, p, c.things);
    cairo_destroy(c.cr);
    cairo_surface_destroy(image);
}

/* All that is dirty. */
static void ui_draw(struct app *a)
{
    static struct layout_cache *layouts;

    if (layouts == NULL)
        layouts = layout_cache_new();
    for (int p = 0; p < N_PANELS; p++)
        if (a->dirty >> p & 1)
            ui_draw_panel(a, (enum panel)p, layouts);
    a->dirty = 0;
}

/* Each thing lies within its panel, and has a name. */
static void ui_check_inside(const struct app *a)
{
    for (int p = 0; p < N_PANELS; p++) {
        struct rect r = app_panel(a, (enum panel)p);

        for (unsigned i = 0; r.w > 0 && a->things[p] != NULL && i < a->things[p]->len; i++) {
            const struct thing *t = g_ptr_array_index(a->things[p], i);
            bool is_inside = t->at.x >= r.x - 0.5 && t->at.y >= r.y - 0.5 &&
                             t->at.x + t->at.w <= r.x + r.w + 0.5 && t->at.y + t->at.h <= r.y + r.h + 0.5;

            if (!is_inside || t->name[0] == '\0')
                fail_msg("%s (\"%s\") at %g %g %g %g is not inside panel %d", t->name, t->text, t->at.x,
                         t->at.y, t->at.w, t->at.h, p);
        }
    }
}

#endif
