/* shot.h: what the window shows, as a picture without a window: PNG, SVG or PDF (by the name's ending),
 * written beside and then renamed. */
#ifndef SHOT_H
#define SHOT_H

#include "app.h"

enum shot_what { SHOT_ALL, SHOT_MAP, SHOT_LADDER, SHOT_BOTH /* of a figure: the map above the ladder */ };

/* As it is on the screen now, with what travels. PNG at twice the size in points. False with the reason in
 * `why`. */
bool shot_export(const struct app *a, enum shot_what what, const char *path, GString *why);
/* The same for a given `scale` of a PNG (pixels a point). */
bool shot_export_scaled(const struct app *a, enum shot_what what, const char *path, double scale,
                        GString *why);
/* The whole ladder, as long as it is, the map, or both: for `mxlab figure`. */
bool shot_figure(const struct app *a, enum shot_what what, const char *path, GString *why);

#endif
