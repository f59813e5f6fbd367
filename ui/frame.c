#include "frame.h"

#include <math.h>
#include <string.h>

enum { SPRITES_MAX = 512, PICTURES_MAX = 1024, SPRITE_RECTS_MAX = 48 };

struct layer {
    cairo_surface_t *image; /* NULL: not shown */
    struct rect at;         /* in the window, points */
    cairo_rectangle_int_t px;
    unsigned waited; /* frames for which it has been dirty */
};

/* A shape or a label drawn once; the hot spot is the middle of a shape, the corner of a label. */
struct picture {
    cairo_surface_t *image;
    int w, h, hot_x, hot_y;
};

struct frame {
    double scale;
    struct layout_cache *layouts;
    struct layer layers[N_PANELS];
    GHashTable *pictures; /* "2+18" (family, lost or not, size), "57 SYN" (width, label) → struct picture */
    enum theme_name theme;
    double text_scale;
    cairo_region_t *changed, *sprites_were;
    int width, height; /* of the target, as it was last */
    bool is_lost;
    struct sprite sprites[SPRITES_MAX];
};

/* ---- Sprites. */

static bool has_label(const struct sprite *s)
{
    return s->label != NULL && s->label[0] != '\0' && s->label_at.w > 0;
}

static void draw_shape(struct canvas *c, const struct sprite *s, double x, double y)
{
    if (s->is_lost)
        canvas_cross(c, x, y, s->size * 2 / 3);
    else
        canvas_shape(c, s->family, x, y, s->size);
}

static void draw_label(struct canvas *c, struct rect at, const char *label)
{
    canvas_box(c, at, 5, INK_LABEL, N_INKS, 0, false);
    canvas_text(c, (struct rect){ at.x + 7, at.y, at.w - 14, at.h }, FONT_MONO_BOLD, TYPE_SMALL, INK_ON_LABEL,
                ALIGN_CENTRE, label);
}

void frame_sprite(struct canvas *c, const struct sprite *s)
{
    draw_shape(c, s, s->x, s->y);
    if (has_label(s))
        draw_label(c, s->label_at, s->label);
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

/* One that was drawn before, or an empty one of that size in points, and a canvas to draw it with. */
static struct picture *picture_of(struct frame *f, const char *key, double w, double h, struct canvas *c)
{
    struct picture *p = g_hash_table_lookup(f->pictures, key);

    c->cr = NULL;
    if (p != NULL)
        return p;
    if (g_hash_table_size(f->pictures) >= PICTURES_MAX)
        g_hash_table_remove_all(f->pictures);
    p = g_new0(struct picture, 1);
    p->w = (int)ceil(w * f->scale);
    p->h = (int)ceil(h * f->scale);
    p->image = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, p->w, p->h);
    *c = canvas_of(f, cairo_create(p->image));
    cairo_scale(c->cr, f->scale, f->scale);
    g_hash_table_insert(f->pictures, g_strdup(key), p);
    return p;
}

static const struct picture *shape_picture(struct frame *f, const struct sprite *s)
{
    enum { ROOM = SPRITE_SIZE + 6 };
    struct canvas c = { 0 };
    char key[32];

    g_snprintf(key, sizeof key, "%d%c%.0f", s->family, s->is_lost ? '-' : '+', s->size);
    struct picture *p = picture_of(f, key, ROOM, ROOM, &c);
    if (c.cr != NULL) {
        p->hot_x = p->hot_y = (int)round(ROOM / 2 * f->scale);
        draw_shape(&c, s, ROOM / 2, ROOM / 2);
        cairo_destroy(c.cr);
    }
    return p;
}

static const struct picture *label_picture(struct frame *f, const struct sprite *s)
{
    struct canvas c = { 0 };
    char key[256];

    g_snprintf(key, sizeof key, "%.0f %s", s->label_at.w, s->label);
    struct picture *p = picture_of(f, key, s->label_at.w, s->label_at.h, &c);
    if (c.cr != NULL) {
        draw_label(&c, (struct rect){ 0, 0, s->label_at.w, s->label_at.h }, s->label);
        cairo_destroy(c.cr);
    }
    return p;
}

static cairo_rectangle_int_t picture_rect(const struct frame *f, const struct picture *p, double x, double y)
{
    return (cairo_rectangle_int_t){ (int)floor(x * f->scale + 0.5) - p->hot_x,
                                    (int)floor(y * f->scale + 0.5) - p->hot_y, p->w, p->h };
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
        const struct sprite *s = &f->sprites[i];
        cairo_rectangle_int_t r = picture_rect(f, shape_picture(f, s), s->x, s->y);

        cairo_region_union_rectangle(region, &r);
        if (has_label(s)) {
            r = picture_rect(f, label_picture(f, s), s->label_at.x, s->label_at.y);
            cairo_region_union_rectangle(region, &r);
        }
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

static void put_picture(cairo_t *cr, const struct picture *p, cairo_rectangle_int_t r, double opacity)
{
    cairo_set_source_surface(cr, p->image, r.x, r.y);
    opacity < 1 ? cairo_paint_with_alpha(cr, fmax(0, opacity)) : cairo_paint(cr);
}

/* Shapes first: no label is under one. */
static void put_sprites(struct frame *f, cairo_t *cr, unsigned n)
{
    const cairo_rectangle_int_t *map = &f->layers[PANEL_MAP].px;

    cairo_save(cr);
    cairo_rectangle(cr, map->x, map->y, map->width, map->height);
    cairo_clip(cr);
    for (unsigned i = 0; i < n; i++) {
        const struct sprite *s = &f->sprites[i];
        const struct picture *p = shape_picture(f, s);

        put_picture(cr, p, picture_rect(f, p, s->x, s->y), s->opacity);
    }
    for (unsigned i = 0; i < n; i++) {
        const struct sprite *s = &f->sprites[i];
        const struct picture *p = has_label(s) ? label_picture(f, s) : NULL;

        if (p != NULL)
            put_picture(cr, p, picture_rect(f, p, s->label_at.x, s->label_at.y), s->opacity);
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
