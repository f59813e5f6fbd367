/* memory.h: what drawing has found out and keeps for the next time, so that a frame costs little. Nothing
 * that is shown depends on it: it can be lost at any moment. It belongs to the app, and is all that drawing
 * may change. */
#ifndef MEMORY_H
#define MEMORY_H

#include "canvas.h"
#include "view.h"

/* Where on the tape a pattern matches, for the marks on the time line. Long tapes are looked through in
 * several goes. */
struct marks {
    char *pattern;          /* NULL: none yet */
    int64_t length, looked; /* of the tape; records looked at */
    GArray *at;             /* of int64_t; of those at nearly one place on the axis only the first */
};

/* Left and right end of the time line's axis as last drawn, for scrubbing. */
struct time_axis {
    struct rect r;
    double left, width;
};

/* Which of the bundled scenarios a file is, counted as the picker shows them. */
struct course {
    char *path;
    int place; /* from 1; 0: not one of them */
    unsigned of;
};

/* Between whom what is followed went, on the whole tape (map_follow.c). Long tapes are looked through in
 * several goes. */
struct followed {
    uint32_t mail, conn, lookup;
    int64_t length, looked; /* of the tape; records looked at */
    GHashTable *pairs;      /* of hosts of the map; NULL: nothing is known */
};

/* What a mail said of itself at a moment (inspector_mail.c). */
struct letter_sheet {
    const struct view_tape *tape;
    int64_t at;
    uint32_t mail;
    struct sheet *sheet; /* NULL: nowhere was one */
};

struct memory {
    struct letter_sheet letter;
    struct marks marks;
    struct time_axis axis;
    struct course course;
    struct followed followed;
    GPtrArray *labels; /* of what travels: they live till the next tick */
};

void marks_forget(struct marks *m);
/* All that was found on the tape: another one is shown. */
void memory_forget_tape(struct memory *m);
struct memory *memory_new(void);
void memory_free(struct memory **m);

#endif
