/* theme.h: colours and sizes. Okabe–Ito hues, safe for colour-blind eyes; every colour has a shape or a word
 * beside it. In every theme text on its ground has a contrast of at least 4.5 : 1 (a test computes it). */
#ifndef THEME_H
#define THEME_H

#include <stdint.h>

enum theme_name { THEME_LIGHT, THEME_DARK, THEME_CONTRAST, N_THEMES };

typedef uint32_t colour; /* 0xRRGGBB */

/* What is drawn, not how: panels ask for these. */
enum ink {
    INK_TEXT,
    INK_QUIET,
    INK_LINE,
    INK_GROUND,
    INK_PANEL,
    INK_ROW /* head rows of tables, buttons at rest */,
    INK_LABEL /* dark label of what travels */,
    INK_ON_LABEL,
    INK_ACTION /* selection, buttons */,
    INK_ON_ACTION,
    INK_STORY,
    INK_STORY_GROUND,
    INK_NOW_GROUND,
    INK_FAULT,
    INK_FAULT_GROUND,
    INK_DNS,
    INK_SMTP,
    INK_ACCESS /* POP3, IMAP */,
    INK_HTTP,
    INK_TCP, /* text and lines; INK_ON_ACTION can be read on each as on INK_STORY and INK_FAULT */
    INK_DNS_FILL,
    INK_SMTP_FILL,
    INK_ACCESS_FILL,
    INK_HTTP_FILL,
    INK_TCP_FILL,
    INK_FAULT_FILL, /* shapes: the palette's own hues; not for text */
    N_INKS
};

colour theme_colour(enum theme_name t, enum ink i);
double theme_contrast(colour a, colour b); /* WCAG 2: 1 … 21 */
const char *theme_text(enum theme_name t); /* "light" */

/* Type sizes in pixels at text size 1: 16, 14, 13, 11.5; never below 10.5 on the screen. */
enum type_size { TYPE_TITLE, TYPE_HEAD, TYPE_BODY, TYPE_SMALL };
double theme_type_px(enum type_size s, double text_scale);

#endif
