/* canvas.h: drawing through Cairo and Pango, and the list of things that were drawn.
 *
 * The same calls give the window, a PNG, an SVG and a PDF. Whatever can be clicked or should be found by a
 * test is a *thing*: a name, a text, a rectangle. Things are collected anew at every drawing of a panel.
 * Coordinates are in points (pixels at scale 1) from the window's corner: whoever makes a canvas for one
 * panel has moved the origin of `cr` so, and panels draw at the rectangle that they are given. */
#ifndef CANVAS_H
#define CANVAS_H

#include <cairo.h>
#include <glib.h>
#include <stdbool.h>

#include "theme.h"

struct rect {
    double x, y, w, h;
};

static inline bool rect_has(struct rect r, double x, double y)
{
    return x >= r.x && x < r.x + r.w && y >= r.y && y < r.y + r.h;
}
static inline struct rect rect_inset(struct rect r, double by)
{
    return (struct rect){ r.x + by, r.y + by, r.w - 2 * by, r.h - 2 * by };
}

/* What a click does: a verb of app.h's app_do, with an argument; "" does nothing (the thing is there to be
 * found). */
struct thing {
    char *name;     /* "host:mail.crepes.fr", "button:play", "arrow:118" */
    char *text;     /* as it reads */
    char *does;     /* "select host:mail.crepes.fr"; "" */
    struct rect at; /* in window coordinates, clipped to its panel */
    bool is_label;  /* a text that no other label may overlap (checked by tests) */
};

struct canvas {
    cairo_t *cr;
    enum theme_name theme;
    double text_scale;
    GPtrArray *things; /* of struct thing; NULL: not collected */
    struct rect
        clip; /* of the panel being drawn, in the window: things are cut to it, those outside left out */
    struct layout_cache *layouts; /* shaped text, kept between drawings */
    bool is_figure;               /* for paper: nothing to press is drawn */
};

struct layout_cache *layout_cache_new(void);
void layout_cache_free(struct layout_cache **c);

void canvas_colour(struct canvas *c, enum ink i);
void canvas_fill_rect(struct canvas *c, struct rect r, enum ink fill);
/* Rounded by `radius`, filled and, if `line` is not N_INKS, with a line of `width` around it. */
void canvas_box(struct canvas *c, struct rect r, double radius, enum ink fill, enum ink line, double width,
                bool dashed);
void canvas_line(struct canvas *c, double x1, double y1, double x2, double y2, enum ink i, double width);
void canvas_arrow(struct canvas *c, double x1, double y1, double x2, double y2, enum ink i,
                  double width);                                      /* a head at 2 */
void canvas_cross(struct canvas *c, double x, double y, double size); /* what is lost */

enum font { FONT_SANS, FONT_SANS_BOLD, FONT_MONO, FONT_MONO_BOLD };
enum align { ALIGN_LEFT, ALIGN_CENTRE, ALIGN_RIGHT };

/* One line in `r`, vertically centred, with an ellipsis if it is too long. Returns the width used. */
double canvas_text(struct canvas *c, struct rect r, enum font f, enum type_size s, enum ink i, enum align a,
                   const char *text);
/* The same for a host's name: what does not fit goes from its middle, since names differ at both ends. */
double canvas_name(struct canvas *c, struct rect r, enum font f, enum type_size s, enum ink i, enum align a,
                   const char *text);
/* Wrapped into the width of `r`, at most its height (then an ellipsis). Returns the height used. Draws
 * nothing if `measure`. */
double canvas_paragraph(struct canvas *c, struct rect r, enum font f, enum type_size s, enum ink i,
                        const char *text, bool measure);
double canvas_text_width(struct canvas *c, enum font f, enum type_size s, const char *text);
/* Of one line: where the caret before an octet stands, from the left; the octet that is nearest to x. */
double canvas_caret_x(struct canvas *c, enum font f, enum type_size s, const char *text, size_t at);
size_t canvas_caret_at(struct canvas *c, enum font f, enum type_size s, const char *text, double x);
double canvas_line_height(const struct canvas *c, enum type_size s);

/* The family's shape in its colour, centred on x, y (view.h's enum view_family): DNS diamond, SMTP envelope,
 * POP3 and IMAP square, HTTP hexagon, TCP dot, queue clock, person, fault cross, story bookmark. */
void canvas_shape(struct canvas *c, int family, double x, double y, double size);
/* A host's picture by role (view.h's enum view_role) in the square of `size` whose upper left corner is x, y.
 */
void canvas_icon(struct canvas *c, int role, double x, double y, double size, enum ink i);

/* Collect a thing. printf-made name; texts are copied. Never NULL: what lies outside of the clip is given,
 * but not kept. */
struct thing *canvas_thing(struct canvas *c, struct rect at, const char *does, const char *text,
                           const char *name, ...) G_GNUC_PRINTF(5, 6);
GPtrArray *things_new(void); /* empty; frees its things */
/* The topmost thing at a point (last drawn first) that does something; NULL: none. */
const struct thing *things_at(const GPtrArray *things, double x, double y);

#endif
