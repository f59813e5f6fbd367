/* prefs.h: what is remembered from one start to the next: $XDG_CONFIG_HOME/mxlab/window (a GLib key file). */
#ifndef PREFS_H
#define PREFS_H

#include <stdbool.h>

#include "theme.h"

struct prefs {
    enum theme_name theme;
    double text_scale; /* 0.8 … 2 */
    char language[8];  /* "en", "ko" */
    bool reduced_motion;
    double divider;
    double speed;
};

extern const struct prefs prefs_defaults;
void prefs_load(struct prefs *p); /* what is missing or wrong there keeps its default */
/* Written beside, then renamed: the file is the old one or the new one. False: it could not be written. */
bool prefs_save(const struct prefs *p);
bool prefs_equal(const struct prefs *a, const struct prefs *b);

#endif
