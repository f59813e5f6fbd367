/* map_stamp.c: a host's box and picture, drawn once for all hosts that look alike: outlines and pictures cost
 * far more to draw than to copy, and a map may have hundreds of them. */
#include <math.h>

#include "map_parts.h"

enum { MARGIN = 5 /* the selection stands around a box that is down */, STAMPS_MAX = 128 };

static struct canvas canvas_on(const struct canvas *c, cairo_t *cr)
{
    return (struct canvas){ .cr = cr, .theme = c->theme, .text_scale = c->text_scale };
}

/* Pixels a point; 0: what is drawn on has none (SVG, PDF), or is turned. */
static double pixels_a_point(cairo_t *cr)
{
    cairo_matrix_t m;

    cairo_get_matrix(cr, &m);
    bool is_plain = cairo_surface_get_type(cairo_get_group_target(cr)) == CAIRO_SURFACE_TYPE_IMAGE &&
                    m.xy == 0 && m.yx == 0 && m.xx == m.yy && m.xx > 0;
    return is_plain ? m.xx : 0;
}

static cairo_surface_t *make_stamp(const struct canvas *c, double w, double h, double scale,
                                   const struct map_look *look)
{
    cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, (int)ceil((w + 2 * MARGIN) * scale),
                                                    (int)ceil((h + 2 * MARGIN) * scale));
    struct canvas own = canvas_on(c, cairo_create(s));

    cairo_scale(own.cr, scale, scale);
    map_draw_look(&own, (struct rect){ MARGIN, MARGIN, w, h }, look);
    cairo_destroy(own.cr);
    return s;
}

void map_stamp(struct canvas *c, struct rect at, const struct map_look *look)
{
    static GHashTable *stamps;
    double scale = pixels_a_point(c->cr), x = at.x - MARGIN, y = at.y - MARGIN;
    char key[96];

    if (scale == 0) {
        map_draw_look(c, at, look);
        return;
    }
    if (stamps == NULL)
        stamps = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                       (GDestroyNotify)cairo_surface_destroy);
    g_snprintf(key, sizeof key, "%d %d %d%d%d %d %.3f %.3f %.1f %.1f", look->mode, look->role, look->is_up,
               look->is_selected, look->is_part, c->theme, c->text_scale, scale, at.w, at.h);
    cairo_surface_t *s = g_hash_table_lookup(stamps, key);
    if (s == NULL) {
        if (g_hash_table_size(stamps) >= STAMPS_MAX)
            g_hash_table_remove_all(stamps);
        s = make_stamp(c, at.w, at.h, scale, look);
        g_hash_table_insert(stamps, g_strdup(key), s);
    }
    cairo_user_to_device(c->cr, &x, &y);
    cairo_save(c->cr);
    cairo_identity_matrix(c->cr);
    cairo_set_source_surface(c->cr, s, round(x), round(y));
    cairo_paint(c->cr);
    cairo_restore(c->cr);
}
