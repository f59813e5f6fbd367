#include "canvas.h"

#include <math.h>
#include <string.h>

#include "text.h"

static void set_colour(cairo_t *cr, colour v)
{
    cairo_set_source_rgb(cr, (v >> 16 & 0xFF) / 255.0, (v >> 8 & 0xFF) / 255.0, (v & 0xFF) / 255.0);
}

void canvas_colour(struct canvas *c, enum ink i)
{
    set_colour(c->cr, theme_colour(c->theme, i));
}

/* ---- Boxes and lines. */

void canvas_fill_rect(struct canvas *c, struct rect r, enum ink fill)
{
    if (r.w <= 0 || r.h <= 0)
        return;
    canvas_colour(c, fill);
    cairo_rectangle(c->cr, r.x, r.y, r.w, r.h);
    cairo_fill(c->cr);
}

static void round_path(cairo_t *cr, struct rect r, double radius)
{
    double q = fmax(0, fmin(radius, fmin(r.w, r.h) / 2));

    cairo_new_sub_path(cr);
    cairo_arc(cr, r.x + r.w - q, r.y + q, q, -G_PI_2, 0);
    cairo_arc(cr, r.x + r.w - q, r.y + r.h - q, q, 0, G_PI_2);
    cairo_arc(cr, r.x + q, r.y + r.h - q, q, G_PI_2, G_PI);
    cairo_arc(cr, r.x + q, r.y + q, q, G_PI, 3 * G_PI_2);
    cairo_close_path(cr);
}

void canvas_box(struct canvas *c, struct rect r, double radius, enum ink fill, enum ink line, double width,
                bool dashed)
{
    if (r.w <= 0 || r.h <= 0)
        return;
    bool has_line = line != N_INKS && width > 0;

    /* The line lies inside the rectangle, so that a box of whole numbers has sharp edges. */
    round_path(c->cr, has_line ? rect_inset(r, width / 2) : r, has_line ? radius - width / 2 : radius);
    if (fill != N_INKS) {
        canvas_colour(c, fill);
        has_line ? cairo_fill_preserve(c->cr) : cairo_fill(c->cr);
    }
    if (!has_line) {
        cairo_new_path(c->cr);
        return;
    }
    cairo_save(c->cr);
    if (dashed)
        cairo_set_dash(c->cr, (double[]){ 5, 3.5 }, 2, 0);
    canvas_colour(c, line);
    cairo_set_line_width(c->cr, width);
    cairo_stroke(c->cr);
    cairo_restore(c->cr);
}

/* A level or upright line of odd width is sharp between two pixels only. */
static double sharp(double v, double width)
{
    return fmod(round(width), 2) == 1 ? floor(v) + 0.5 : round(v);
}

void canvas_line(struct canvas *c, double x1, double y1, double x2, double y2, enum ink i, double width)
{
    if (x1 == x2)
        x1 = x2 = sharp(x1, width);
    if (y1 == y2)
        y1 = y2 = sharp(y1, width);
    canvas_colour(c, i);
    cairo_set_line_width(c->cr, width);
    cairo_move_to(c->cr, x1, y1);
    cairo_line_to(c->cr, x2, y2);
    cairo_stroke(c->cr);
}

void canvas_arrow(struct canvas *c, double x1, double y1, double x2, double y2, enum ink i, double width)
{
    double length = hypot(x2 - x1, y2 - y1), head = fmin(7 + 2 * width, length);

    if (length < 0.5)
        return;
    double ux = (x2 - x1) / length, uy = (y2 - y1) / length, half = head * 0.42;
    double bx = x2 - ux * head, by = y2 - uy * head;

    canvas_line(c, x1, y1, bx + ux, y1 == y2 ? y1 : by + uy, i, width);
    if (y1 == y2)
        y2 = by = sharp(y1, width);
    cairo_move_to(c->cr, x2, y2);
    cairo_line_to(c->cr, bx - uy * half, by + ux * half);
    cairo_line_to(c->cr, bx + uy * half, by - ux * half);
    cairo_close_path(c->cr);
    cairo_fill(c->cr);
}

void canvas_cross(struct canvas *c, double x, double y, double size)
{
    double h = size / 2;

    cairo_save(c->cr);
    cairo_set_line_cap(c->cr, CAIRO_LINE_CAP_ROUND);
    /* A rim of the ground parts it from the line it lies on. */
    for (int pass = 0; pass < 2; pass++) {
        canvas_colour(c, pass == 0 ? INK_PANEL : INK_FAULT_FILL);
        cairo_set_line_width(c->cr, pass == 0 ? size * 0.42 : size * 0.2);
        cairo_move_to(c->cr, x - h, y - h);
        cairo_line_to(c->cr, x + h, y + h);
        cairo_move_to(c->cr, x + h, y - h);
        cairo_line_to(c->cr, x - h, y + h);
        cairo_stroke(c->cr);
    }
    cairo_restore(c->cr);
}

/* ---- Text. */

static const struct shaped *shape(struct canvas *c, enum font f, enum type_size s, double width, int lines,
                                  const char *text)
{
    if (c->layouts == NULL)
        c->layouts = text_shared_cache();
    return text_shape(c->layouts, f, theme_type_px(s, c->text_scale), width, lines, text != NULL ? text : "");
}

double canvas_line_height(const struct canvas *c, enum type_size s)
{
    return text_line_height(theme_type_px(s, c->text_scale));
}

double canvas_text_width(struct canvas *c, enum font f, enum type_size s, const char *text)
{
    return shape(c, f, s, TEXT_UNBOUND, 1, text)->width;
}

double canvas_caret_x(struct canvas *c, enum font f, enum type_size s, const char *text, size_t at)
{
    PangoRectangle caret;

    pango_layout_get_cursor_pos(shape(c, f, s, TEXT_UNBOUND, 1, text)->layout, (int)at, &caret, NULL);
    return (double)caret.x / PANGO_SCALE;
}

size_t canvas_caret_at(struct canvas *c, enum font f, enum type_size s, const char *text, double x)
{
    int at = 0, trailing = 0;

    pango_layout_xy_to_index(shape(c, f, s, TEXT_UNBOUND, 1, text)->layout, (int)(x * PANGO_SCALE), 0, &at,
                             &trailing);
    return (size_t)(g_utf8_offset_to_pointer(text + at, trailing) - text);
}

double canvas_text(struct canvas *c, struct rect r, enum font f, enum type_size s, enum ink i, enum align a,
                   const char *text)
{
    if (r.w < 1 || text == NULL || text[0] == '\0')
        return 0;
    const struct shaped *t = shape(c, f, s, TEXT_UNBOUND, 1, text);

    if (t->width > r.w + 0.5)
        t = shape(c, f, s, floor(r.w), 1, text);
    double used = fmin(t->width, r.w);
    double x = a == ALIGN_LEFT ? r.x : a == ALIGN_RIGHT ? r.x + r.w - used : r.x + (r.w - used) / 2;

    canvas_colour(c, i);
    text_show(c->cr, t, x, text_baseline(r.y + r.h / 2, theme_type_px(s, c->text_scale)));
    return used;
}

/* The first and last characters of `text`, n in all, with an ellipsis between them. */
static char *without_middle(const char *text, long length, long n)
{
    const char *head = g_utf8_offset_to_pointer(text, (n + 1) / 2),
               *tail = g_utf8_offset_to_pointer(text, length - n / 2);

    return g_strdup_printf("%.*s…%s", (int)(head - text), text, tail);
}

double canvas_name(struct canvas *c, struct rect r, enum font f, enum type_size s, enum ink i, enum align a,
                   const char *text)
{
    enum { LEAST = 3 }; /* fewer tell nothing */
    long length = text != NULL && g_utf8_validate(text, -1, NULL) ? g_utf8_strlen(text, -1) : 0, low = LEAST,
         high = length - 1;

    if (length <= LEAST || canvas_text_width(c, f, s, text) <= r.w + 0.5)
        return canvas_text(c, r, f, s, i, a, text);
    while (low < high) { /* how many fit */
        long n = (low + high + 1) / 2;
        g_autofree char *cut = without_middle(text, length, n);
        bool fits = canvas_text_width(c, f, s, cut) <= r.w;

        low = fits ? n : low;
        high = fits ? high : n - 1;
    }
    g_autofree char *cut = without_middle(text, length, low);
    return canvas_text(c, r, f, s, i, a, cut);
}

double canvas_paragraph(struct canvas *c, struct rect r, enum font f, enum type_size s, enum ink i,
                        const char *text, bool measure)
{
    double line = canvas_line_height(c, s);
    int lines = r.h >= G_MAXINT16 ? G_MAXINT16 : (int)floor((r.h + 0.5) / line);

    if (r.w < 1 || lines < 1 || text == NULL || text[0] == '\0')
        return 0;
    const struct shaped *t = shape(c, f, s, floor(r.w), lines > 1 ? lines : 1, text);
    if (!measure) {
        canvas_colour(c, i);
        text_show(c->cr, t, r.x, text_baseline(r.y + line / 2, theme_type_px(s, c->text_scale)));
    }
    return t->n_lines * line;
}

/* ---- Things. */

static void thing_free(void *p)
{
    struct thing *t = p;

    g_free(t->name);
    g_free(t->text);
    g_free(t->does);
    g_free(t);
}

GPtrArray *things_new(void)
{
    return g_ptr_array_new_with_free_func(thing_free);
}

static struct rect meet(struct rect a, struct rect b)
{
    double x = fmax(a.x, b.x), y = fmax(a.y, b.y);

    return (struct rect){ x, y, fmin(a.x + a.w, b.x + b.w) - x, fmin(a.y + a.h, b.y + b.h) - y };
}

struct thing *canvas_thing(struct canvas *c, struct rect at, const char *does, const char *text,
                           const char *name, ...)
{
    struct rect seen = meet(at, c->clip);

    if (c->things == NULL || seen.w < 1 || seen.h < 1) {
        static struct thing nobodys;

        return &nobodys;
    }
    struct thing *t = g_new0(struct thing, 1);
    va_list args;

    va_start(args, name);
    t->name = g_strdup_vprintf(name, args);
    va_end(args);
    t->text = g_strdup(text != NULL ? text : "");
    t->does = g_strdup(does != NULL ? does : "");
    t->at = seen;
    g_ptr_array_add(c->things, t);
    return t;
}

const struct thing *things_at(const GPtrArray *things, double x, double y)
{
    for (guint i = things != NULL ? things->len : 0; i-- > 0;) {
        const struct thing *t = g_ptr_array_index(things, i);

        if (t->does[0] != '\0' && rect_has(t->at, x, y))
            return t;
    }
    return NULL;
}
