/* frame.h: what the window shows, made quickly: panels are drawn once into layers, what travels into sprites,
 * and only what changed is put together anew. Free of SDL: the same frames go to a window and to a test's
 * picture. */
#ifndef FRAME_H
#define FRAME_H

#include "app.h"

struct frame;

/* `scale`: pixels a point. */
struct frame *frame_new(double scale);
void frame_free(struct frame **f);
void frame_set_scale(struct frame *f, double scale);

/* Bring the picture up to date: layers of dirty panels first, then what changed of the whole. `target` is an
 * image (RGB24) of the window's pixels that keeps what it has from call to call. With a `budget_ms` above 0,
 * panels that find no time stay dirty for the next frame, those that waited longest first in turn. The
 * rectangles (in pixels) that changed are borrowed till the next call; NULL: none. */
const cairo_region_t *frame_draw(struct frame *f, struct app *a, cairo_surface_t *target, double budget_ms);
/* The target has lost what it had. */
void frame_forget(struct frame *f);

/* One of what travels, straight into a canvas: the shape on its place, its label where it stands. */
void frame_sprite(struct canvas *c, const struct sprite *s);

#endif
