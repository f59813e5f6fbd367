/* text.h: text shaped by Pango once and kept, because shaping costs a hundred times what drawing does. Under
 * canvas.h. */
#ifndef TEXT_H
#define TEXT_H

#include <pango/pangocairo.h>

#include "canvas.h"

enum { TEXT_CACHE_MAX = 4096, TEXT_UNBOUND = -1 };

/* Belongs to the cache: good until TEXT_CACHE_MAX others have been asked for. */
struct shaped {
    double width; /* of the widest line */
    int n_lines;
    double line_height;
    PangoLayout *layout; /* all lines; the last one shown is of `tail` if there is more than may be shown */
    PangoLayout *tail;   /* one line with an ellipsis, or NULL */
};

/* `text` at a size of `px`, wrapped into `width` (TEXT_UNBOUND: not at all) and at most `lines`, then an
 * ellipsis. Bytes that are not UTF-8 are shown as U+FFFD. */
const struct shaped *text_shape(struct layout_cache *c, enum font f, double px, double width, int lines,
                                const char *text);
void text_show(cairo_t *cr, const struct shaped *t, double x, double baseline);

double text_line_height(double px);
/* Where the baseline is if capitals are to stand centred on `middle`: the same for all fonts and scripts, so
 * that rows line up. */
double text_baseline(double middle, double px);

/* For canvases that bring no cache of their own. */
struct layout_cache *text_shared_cache(void);

#endif
