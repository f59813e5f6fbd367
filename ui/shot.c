#include "shot.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <math.h>
#include <string.h>

#include "frame.h"
#include "words.h"

enum {
    SPRITES_MAX = 512,
    LADDER_TALLEST = 30000,
    MARGIN = 16,
    PNG_MAX = 16000 /* pixels a side; Cairo's images end at 32767 */
};

static cairo_status_t on_bytes(void *self, const unsigned char *bytes, unsigned len)
{
    g_string_append_len(self, (const char *)bytes, len);
    return CAIRO_STATUS_SUCCESS;
}

/* ---- What is drawn: panels as they are, with what travels, in any cairo context whose origin is the
 * window's corner. */

static void draw_panel(const struct app *a, struct canvas *c, enum panel p)
{
    struct rect r = app_panel(a, p);

    if (r.w <= 0 || r.h <= 0)
        return;
    cairo_save(c->cr);
    cairo_rectangle(c->cr, r.x, r.y, r.w, r.h);
    cairo_clip(c->cr);
    app_draw(a, p, c);
    cairo_restore(c->cr);
}

static void draw_sprites(const struct app *a, struct canvas *c)
{
    struct sprite *sprites = g_new(struct sprite, SPRITES_MAX);
    unsigned n = app_sprites(a, sprites, SPRITES_MAX);
    struct rect map = app_panel(a, PANEL_MAP);

    cairo_save(c->cr);
    cairo_rectangle(c->cr, map.x, map.y, map.w, map.h);
    cairo_clip(c->cr);
    for (unsigned i = 0; i < n && i < SPRITES_MAX; i++) {
        bool is_faint = sprites[i].opacity < 1;

        if (is_faint)
            cairo_push_group(c->cr);
        frame_sprite(c, &sprites[i]);
        if (is_faint) {
            cairo_pop_group_to_source(c->cr);
            cairo_paint_with_alpha(c->cr, fmax(0, sprites[i].opacity));
        }
    }
    cairo_restore(c->cr);
    g_free(sprites);
}

struct picture {
    const struct app *a;
    enum shot_what what;
    struct rect at;     /* what of the window is shown */
    struct rect ladder; /* the whole of it stands here; empty: as it is in the window */
};

static void draw(const struct picture *p, cairo_t *cr, struct layout_cache *layouts)
{
    const struct app *a = p->a;
    struct canvas c = { .cr = cr,
                        .theme = a->prefs.theme,
                        .text_scale = a->prefs.text_scale,
                        .layouts = layouts,
                        .clip = p->at,
                        .is_figure = p->what != SHOT_ALL };

    cairo_translate(cr, -p->at.x, -p->at.y);
    canvas_fill_rect(&c, p->at, INK_GROUND);
    if (p->ladder.w > 0)
        panel_ladder_draw(a, &c, p->ladder);
    if (p->what == SHOT_LADDER && p->ladder.w > 0)
        return;
    for (int i = 0; i < PANEL_OVERLAY; i++)
        if (p->what == SHOT_ALL || (int)(p->what == SHOT_LADDER ? PANEL_LADDER : PANEL_MAP) == i)
            draw_panel(a, &c, i);
    if (p->what != SHOT_LADDER)
        draw_sprites(a, &c);
    if (p->what == SHOT_ALL)
        draw_panel(a, &c, PANEL_OVERLAY);
}

/* ---- Files. */

static cairo_surface_t *surface_for(const char *path, struct rect at, double scale, GString *out)
{
    if (g_str_has_suffix(path, ".png"))
        return cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)ceil(at.w * scale),
                                          (int)ceil(at.h * scale));
    if (g_str_has_suffix(path, ".svg"))
        return cairo_svg_surface_create_for_stream(on_bytes, out, at.w, at.h);
    if (g_str_has_suffix(path, ".pdf")) {
        cairo_surface_t *s = cairo_pdf_surface_create_for_stream(on_bytes, out, at.w, at.h);

        /* Else Cairo writes today's date, and the same figure would never be the same file. */
        cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_CREATE_DATE, "2000-01-01T00:00:00Z");
        cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_CREATOR, MXLAB_PROGRAM);
        return s;
    }
    return NULL;
}

/* Cairo counts surfaces over the life of the program and puts the number into SVG; here they are counted from
 * 1, so that the same picture is the same file. */
static void renumber_surfaces(GString *svg)
{
    static const char word[] = "surface";
    GString *out = g_string_sized_new(svg->len);
    GArray *seen = g_array_new(FALSE, FALSE, sizeof(guint64));
    const char *p = svg->str, *q;

    while ((q = strstr(p, word)) != NULL) {
        char *end = (char *)(q += sizeof word - 1);
        guint64 n = g_ascii_isdigit(*q) ? g_ascii_strtoull(q, &end, 10) : 0;
        guint i = 0;

        g_string_append_len(out, p, q - p);
        while (i < seen->len && g_array_index(seen, guint64, i) != n)
            i++;
        if (i == seen->len)
            g_array_append_val(seen, n);
        if (end != q)
            g_string_append_printf(out, "%u", i + 1);
        p = end;
    }
    g_string_append(out, p);
    g_string_assign(svg, out->str);
    g_string_free(out, TRUE);
    g_array_unref(seen);
}

static bool write_picture(const struct picture *p, const char *path, double scale, GString *why)
{
    GString *bytes = g_string_new(NULL);
    bool is_png = g_str_has_suffix(path, ".png"), is_written = false;
    double s = is_png ? fmin(scale, PNG_MAX / fmax(p->at.w, p->at.h)) : 1;
    cairo_surface_t *surface = surface_for(path, p->at, s, bytes);

    if (surface == NULL) {
        g_string_append_printf(why, _("%s: the name should end in .png, .svg or .pdf"), path);
        g_string_free(bytes, TRUE);
        return false;
    }
    struct layout_cache *layouts = layout_cache_new();
    cairo_t *cr = cairo_create(surface);

    cairo_scale(cr, s, s);
    draw(p, cr, layouts);
    cairo_show_page(cr);
    cairo_status_t status = cairo_status(cr);
    cairo_destroy(cr);
    if (is_png && status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_write_to_png_stream(surface, on_bytes, bytes);
    cairo_surface_finish(surface);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    layout_cache_free(&layouts);

    if (g_str_has_suffix(path, ".svg"))
        renumber_surfaces(bytes);
    GError *e = NULL;
    if (status != CAIRO_STATUS_SUCCESS)
        g_string_append_printf(why, "%s: %s", path, cairo_status_to_string(status));
    else if (!g_file_set_contents(path, bytes->str, (gssize)bytes->len, &e))
        g_string_append(why, e->message);
    else
        is_written = true;
    g_clear_error(&e);
    g_string_free(bytes, TRUE);
    return is_written;
}

bool shot_export_scaled(const struct app *a, enum shot_what what, const char *path, double scale,
                        GString *why)
{
    struct app still = *a;
    struct picture p = { .a = &still, .what = what };

    /* What only belongs to the moment of asking for the picture is not in it. */
    still.toast = still.ask = still.menu_for = still.hover = NULL;

    p.at = what == SHOT_ALL ? (struct rect){ 0, 0, a->layout.width, a->layout.height }
                            : app_panel(a, what == SHOT_MAP ? PANEL_MAP : PANEL_LADDER);
    if (p.at.w <= 0 || p.at.h <= 0) {
        g_string_append(why, _("That panel is not shown now."));
        return false;
    }
    return write_picture(&p, path, scale, why);
}

bool shot_export(const struct app *a, enum shot_what what, const char *path, GString *why)
{
    return shot_export_scaled(a, what, path, 2, why);
}

/* ---- Figures. */

/* How far down the ladder's rows go if they have all the room they want. */
static double ladder_height(const struct app *a, double width)
{
    cairo_surface_t *nothing = cairo_recording_surface_create(CAIRO_CONTENT_COLOR, NULL);
    struct canvas c = { .cr = cairo_create(nothing),
                        .theme = a->prefs.theme,
                        .text_scale = a->prefs.text_scale,
                        .things = things_new(),
                        .clip = { 0, 0, width, LADDER_TALLEST },
                        .layouts = layout_cache_new(),
                        .is_figure = true };
    double bottom = 0;

    panel_ladder_draw(a, &c, c.clip);
    for (guint i = 0; i < c.things->len; i++) {
        const struct thing *t = g_ptr_array_index(c.things, i);

        if (t->at.y + t->at.h < LADDER_TALLEST)
            bottom = fmax(bottom, t->at.y + t->at.h);
    }
    g_ptr_array_unref(c.things);
    cairo_destroy(c.cr);
    cairo_surface_destroy(nothing);
    layout_cache_free(&c.layouts);
    return bottom + MARGIN;
}

bool shot_figure(const struct app *a, enum shot_what what, const char *path, GString *why)
{
    struct rect map = app_panel(a, PANEL_MAP);
    double width = a->layout.ladder.w, height = ladder_height(a, width);
    struct picture p = { .a = a, .what = what, .at = { 0, 0, width, height } };

    if (what != SHOT_LADDER && what != SHOT_BOTH)
        return shot_export(a, what, path, why);
    p.ladder = p.at;
    if (what == SHOT_BOTH && (map.w <= 0 || map.h <= 0)) {
        g_string_append(why, _("That panel is not shown now."));
        return false;
    }
    if (what == SHOT_BOTH) {
        p.ladder = (struct rect){ map.x, map.y + map.h + MARGIN, width, height };
        p.at = (struct rect){ map.x, map.y, fmax(map.w, width), map.h + MARGIN + height };
    }
    return write_picture(&p, path, 2, why);
}
