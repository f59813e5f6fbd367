#include "frame.h"

#include <math.h>
#include <string.h>

enum {
    SPRITES_MAX = 512,
    PICTURES_MAX = 1024,
    SPRITE_RECTS_MAX = 48,
    SHAPE = 18,
    LABEL_H = 20,
    LABEL_DY = 22,
    LABEL_W_MAX = 240
};

struct layer {
    cairo_surface_t *image; /* NULL: not shown */
    struct rect at;         /* in the window, points */
    cairo_rectangle_int_t px;
    unsigned waited; /* frames for which it has been dirty */
};

/* A sprite drawn once; its hot spot is the middle of the shape. */
struct picture {
    cairo_surface_t *image;
    int w, h, hot_x, hot_y;
};

struct frame {
    double scale;
    struct layout_cache *layouts;
    struct layer layers[N_PANELS];
    GHashTable *pictures; /* "family lost label" → struct picture */
    enum theme_name theme;
    double text_scale;
    cairo_region_t *changed, *sprites_were;
    int width, height; /* of the target, as it was last */
    bool is_lost;
    struct sprite sprites[SPRITES_MAX];
};

/* ---- Sprites. */

static double label_width(struct canvas *c, const char *label)
{
    return ceil(fmin(canvas_text_width(c, FONT_MONO_BOLD, TYPE_SMALL, label), LABEL_W_MAX * c->text_scale) +
                16);
}

/* How far the label is moved aside so as to stay on the map, in steps: each step is a picture of its own. */
static double label_shift(double x, double w, struct rect map)
{
    enum { STEP = 8, MARGIN = 6 };
    double left = map.x + MARGIN - (x - w / 2), right = x + w / 2 - (map.x + map.w - MARGIN);

    return left > 0 && right <= 0   ? ceil(left / STEP) * STEP
           : right > 0 && left <= 0 ? -ceil(right / STEP) * STEP
                                    : 0;
}

void frame_sprite(struct canvas *c, const struct sprite *s, struct rect map)
{
    if (s->is_lost)
        canvas_cross(c, s->x, s->y, 12);
    else
        canvas_shape(c, s->family, s->x, s->y, SHAPE);
    if (s->label == NULL || s->label[0] == '\0')
        return;
    double w = label_width(c, s->label), h = ceil(LABEL_H * fmax(1, c->text_scale));
    struct rect r = { s->x - w / 2 + label_shift(s->x, w, map), s->y + LABEL_DY - LABEL_H / 2.0, w, h };

    canvas_box(c, r, 5, INK_LABEL, N_INKS, 0, false);
    canvas_text(c, rect_inset(r, 7), FONT_MONO_BOLD, TYPE_SMALL, INK_ON_LABEL, ALIGN_CENTRE, s->label);
}

static void picture_free(void *p)
{
    struct picture *q = p;

    cairo_surface_destroy(q->image);
    g_free(q);
}

static struct canvas canvas_of(const struct frame *f, cairo_t *cr)
{
    return (struct canvas){ .cr = cr, .theme = f->theme, .text_scale = f->text_scale, .layouts = f->layouts };
}

static const struct picture *picture_of(struct frame *f, const struct sprite *s)
{
    struct canvas c = canvas_of(f, NULL);
    bool has_label = s->label != NULL && s->label[0] != '\0';
    double w = has_label ? label_width(&c, s->label) : 0;
    double shift = has_label ? label_shift(s->x, w, f->layers[PANEL_MAP].at) : 0;
    char key[256];

    g_snprintf(key, sizeof key, "%d%c%.0f %s", s->family, s->is_lost ? '-' : '+', shift,
               has_label ? s->label : "");
    struct picture *p = g_hash_table_lookup(f->pictures, key);
    if (p != NULL)
        return p;
    if (g_hash_table_size(f->pictures) >= PICTURES_MAX)
        g_hash_table_remove_all(f->pictures);

    struct sprite own = *s;
    double left = fmax(SHAPE / 2.0 + 3, ceil(w / 2) - shift + 1),
           right = fmax(SHAPE / 2.0 + 3, ceil(w / 2) + shift + 1);
    double h = SHAPE / 2.0 + 3 + LABEL_DY + LABEL_H * fmax(1, f->text_scale);

    p = g_new0(struct picture, 1);
    p->w = (int)ceil((left + right) * f->scale);
    p->h = (int)ceil(h * f->scale);
    own.x = left;
    own.y = SHAPE / 2.0 + 3;
    p->hot_x = (int)round(own.x * f->scale);
    p->hot_y = (int)round(own.y * f->scale);
    p->image = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, p->w, p->h);
    c.cr = cairo_create(p->image);
    cairo_scale(c.cr, f->scale, f->scale);
    /* The map as it lies about the real place, so that the label is moved as much. */
    struct rect map = f->layers[PANEL_MAP].at;
    map.x += own.x - s->x;
    frame_sprite(&c, &own, map);
    cairo_destroy(c.cr);
    g_hash_table_insert(f->pictures, g_strdup(key), p);
    return p;
}

static cairo_rectangle_int_t sprite_rect(const struct frame *f, const struct picture *p,
                                         const struct sprite *s)
{
    return (cairo_rectangle_int_t){ (int)floor(s->x * f->scale + 0.5) - p->hot_x,
                                    (int)floor(s->y * f->scale + 0.5) - p->hot_y, p->w, p->h };
}

/* Where sprites are now, within the map; many of them are as quick to redo with the map as a whole. */
static cairo_region_t *sprites_region(struct frame *f, unsigned n)
{
    const cairo_rectangle_int_t *map = &f->layers[PANEL_MAP].px;
    cairo_region_t *region = cairo_region_create();

    if (n > SPRITE_RECTS_MAX) {
        cairo_region_union_rectangle(region, map);
        return region;
    }
    for (unsigned i = 0; i < n; i++) {
        cairo_rectangle_int_t r = sprite_rect(f, picture_of(f, &f->sprites[i]), &f->sprites[i]);

        cairo_region_union_rectangle(region, &r);
    }
    cairo_region_intersect_rectangle(region, map);
    return region;
}

/* ---- Layers. */

static void layer_release(struct layer *l)
{
    if (l->image != NULL)
        cairo_surface_destroy(l->image);
    *l = (struct layer){ 0 };
}

static bool same_rect(struct rect a, struct rect b)
{
    return a.x == b.x && a.y == b.y && a.w == b.w && a.h == b.h;
}

/* Give the layer the panel's place and size. False: it has changed, and there is nothing on the layer yet. */
static bool layer_place(struct frame *f, struct layer *l, struct rect r, bool is_see_through)
{
    bool is_shown = r.w > 0 && r.h > 0;

    if (same_rect(l->at, r) && is_shown == (l->image != NULL))
        return true;
    cairo_region_union_rectangle(f->changed, &l->px);
    layer_release(l);
    l->at = r;
    if (is_shown) {
        l->px.x = (int)floor(r.x * f->scale);
        l->px.y = (int)floor(r.y * f->scale);
        l->px.width = (int)ceil((r.x + r.w) * f->scale) - l->px.x;
        l->px.height = (int)ceil((r.y + r.h) * f->scale) - l->px.y;
        l->image = cairo_image_surface_create(is_see_through ? CAIRO_FORMAT_ARGB32 : CAIRO_FORMAT_RGB24,
                                              l->px.width, l->px.height);
    }
    return false;
}

static void layer_draw(struct frame *f, struct app *a, enum panel p)
{
    struct layer *l = &f->layers[p];
    cairo_t *cr = cairo_create(l->image);
    struct canvas c = canvas_of(f, cr);

    if (p == PANEL_OVERLAY) {
        cairo_set_operator(cr, CAIRO_OPERATOR_CLEAR);
        cairo_paint(cr);
        cairo_set_operator(cr, CAIRO_OPERATOR_OVER);
    } else {
        canvas_colour(&c, INK_GROUND);
        cairo_paint(cr);
    }
    cairo_translate(cr, -l->px.x, -l->px.y);
    cairo_scale(cr, f->scale, f->scale);
    c.things = things_new();
    c.clip = l->at;
    app_draw(a, p, &c);
    cairo_destroy(cr);
    app_set_things(a, p, c.things);
    cairo_region_union_rectangle(f->changed, &l->px);
}

/* Draw dirty panels, those that have waited longest first. */
static void draw_layers(struct frame *f, struct app *a, double budget_ms)
{
    gint64 until = g_get_monotonic_time() + (gint64)(budget_ms * 1000);
    bool is_first = true;

    for (int p = 0; p < N_PANELS; p++) {
        struct rect r = app_panel(a, p);

        if (!layer_place(f, &f->layers[p], r, p == PANEL_OVERLAY)) {
            a->dirty |= UINT64_C(1) << p;
            f->layers[p].waited = G_MAXINT; /* there is nothing to show instead */
        }
        if (f->layers[p].image == NULL && a->dirty & UINT64_C(1) << p) {
            a->dirty &= ~(UINT64_C(1) << p);
            app_set_things(a, p, NULL);
        }
    }
    while (a->dirty != 0) {
        int next = -1;

        for (int p = 0; p < N_PANELS; p++)
            if (a->dirty & UINT64_C(1) << p && (next < 0 || f->layers[p].waited > f->layers[next].waited))
                next = p;
        if (next < 0)
            break;
        if (!is_first && budget_ms > 0 && f->layers[next].waited < G_MAXINT &&
            g_get_monotonic_time() >= until)
            break;
        is_first = false;
        a->dirty &= ~(UINT64_C(1) << next);
        f->layers[next].waited = 0;
        layer_draw(f, a, next);
    }
    for (int p = 0; p < N_PANELS; p++)
        if (a->dirty & UINT64_C(1) << p && f->layers[p].waited < G_MAXINT)
            f->layers[p].waited++;
}

/* ---- The whole. */

static void put_layer(cairo_t *cr, const struct layer *l)
{
    cairo_set_source_surface(cr, l->image, l->px.x, l->px.y);
    cairo_rectangle(cr, l->px.x, l->px.y, l->px.width, l->px.height);
    cairo_fill(cr);
}

static void put_sprites(struct frame *f, cairo_t *cr, unsigned n)
{
    const cairo_rectangle_int_t *map = &f->layers[PANEL_MAP].px;

    cairo_save(cr);
    cairo_rectangle(cr, map->x, map->y, map->width, map->height);
    cairo_clip(cr);
    for (unsigned i = 0; i < n; i++) {
        const struct picture *p = picture_of(f, &f->sprites[i]);
        cairo_rectangle_int_t r = sprite_rect(f, p, &f->sprites[i]);
        double opacity = f->sprites[i].opacity;

        cairo_set_source_surface(cr, p->image, r.x, r.y);
        opacity < 1 ? cairo_paint_with_alpha(cr, fmax(0, opacity)) : cairo_paint(cr);
    }
    cairo_restore(cr);
}

static void compose(struct frame *f, cairo_surface_t *target, unsigned n_sprites)
{
    cairo_t *cr = cairo_create(target);
    struct canvas c = canvas_of(f, cr);

    for (int i = 0; i < cairo_region_num_rectangles(f->changed); i++) {
        cairo_rectangle_int_t r;

        cairo_region_get_rectangle(f->changed, i, &r);
        cairo_rectangle(cr, r.x, r.y, r.width, r.height);
    }
    cairo_clip(cr);
    cairo_set_operator(cr, CAIRO_OPERATOR_SOURCE);
    cairo_region_t *bare = cairo_region_copy(f->changed);
    for (int p = 0; p < PANEL_OVERLAY; p++)
        cairo_region_subtract_rectangle(bare, &f->layers[p].px);
    if (!cairo_region_is_empty(bare)) {
        canvas_colour(&c, INK_GROUND);
        cairo_paint(cr);
    }
    cairo_region_destroy(bare);
    for (int p = 0; p < PANEL_OVERLAY; p++)
        if (f->layers[p].image != NULL &&
            cairo_region_contains_rectangle(f->changed, &f->layers[p].px) != CAIRO_REGION_OVERLAP_OUT)
            put_layer(cr, &f->layers[p]);
    cairo_set_operator(cr, CAIRO_OPERATOR_OVER);
    if (f->layers[PANEL_MAP].image != NULL)
        put_sprites(f, cr, n_sprites);
    if (f->layers[PANEL_OVERLAY].image != NULL)
        put_layer(cr, &f->layers[PANEL_OVERLAY]);
    cairo_destroy(cr);
    cairo_surface_flush(target);
}

static void forget_pictures(struct frame *f)
{
    g_hash_table_remove_all(f->pictures);
    for (int p = 0; p < N_PANELS; p++)
        layer_release(&f->layers[p]);
    f->is_lost = true;
}

/* Theme and text size are in every layer and sprite. */
static void follow_prefs(struct frame *f, const struct app *a)
{
    if (f->theme == a->prefs.theme && f->text_scale == a->prefs.text_scale)
        return;
    f->theme = a->prefs.theme;
    f->text_scale = a->prefs.text_scale;
    forget_pictures(f);
}

const cairo_region_t *frame_draw(struct frame *f, struct app *a, cairo_surface_t *target, double budget_ms)
{
    int w = cairo_image_surface_get_width(target), h = cairo_image_surface_get_height(target);
    cairo_rectangle_int_t all = { 0, 0, w, h };

    follow_prefs(f, a);
    cairo_region_destroy(f->changed);
    f->changed = cairo_region_create();
    draw_layers(f, a, budget_ms);

    unsigned n = app_sprites(a, f->sprites, SPRITES_MAX);
    n = n < SPRITES_MAX ? n : SPRITES_MAX;
    cairo_region_t *sprites = sprites_region(f, n);
    cairo_region_union(f->changed, f->sprites_were);
    cairo_region_union(f->changed, sprites);
    cairo_region_destroy(f->sprites_were);
    f->sprites_were = sprites;

    if (f->is_lost || w != f->width || h != f->height)
        cairo_region_union_rectangle(f->changed, &all);
    cairo_region_intersect_rectangle(f->changed, &all);
    f->is_lost = false;
    f->width = w;
    f->height = h;
    if (cairo_region_is_empty(f->changed))
        return NULL;
    compose(f, target, n);
    return f->changed;
}

void frame_forget(struct frame *f)
{
    f->is_lost = true;
}

void frame_set_scale(struct frame *f, double scale)
{
    if (f->scale == scale)
        return;
    f->scale = scale;
    forget_pictures(f);
}

struct frame *frame_new(double scale)
{
    struct frame *f = g_new0(struct frame, 1);

    f->scale = scale;
    f->text_scale = 1;
    f->layouts = layout_cache_new();
    f->pictures = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, picture_free);
    f->changed = cairo_region_create();
    f->sprites_were = cairo_region_create();
    f->is_lost = true;
    return f;
}

void frame_free(struct frame **f)
{
    if (*f == NULL)
        return;
    for (int p = 0; p < N_PANELS; p++)
        layer_release(&(*f)->layers[p]);
    g_hash_table_destroy((*f)->pictures);
    layout_cache_free(&(*f)->layouts);
    cairo_region_destroy((*f)->changed);
    cairo_region_destroy((*f)->sprites_were);
    g_clear_pointer(f, g_free);
}
