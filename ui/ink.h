/* ink.h: which ink for what: one place for those panels that colour by family. */
#ifndef INK_H
#define INK_H

#include "canvas.h"
#include "view.h"

/* The next strokes and fills are in this ink, translucent. */
static inline void ink_alpha(struct canvas *c, enum ink i, double alpha)
{
    colour k = theme_colour(c->theme, i);
    cairo_set_source_rgba(c->cr, (k >> 16 & 255) / 255.0, (k >> 8 & 255) / 255.0, (k & 255) / 255.0, alpha);
}

/* Of what travels and is said. */
static inline enum ink ink_of_family(enum view_family f)
{
    switch (f) {
    case VIEW_DNS:
        return INK_DNS;
    case VIEW_SMTP:
    case VIEW_QUEUE:
        return INK_SMTP;
    case VIEW_ACCESS:
        return INK_ACCESS;
    case VIEW_HTTP:
        return INK_HTTP;
    case VIEW_TCP:
        return INK_TCP;
    case VIEW_PERSON:
        return INK_TEXT;
    case VIEW_FAULT:
        return INK_FAULT;
    case VIEW_STORY:
        return INK_STORY;
    }
    return INK_TCP;
}

#endif
