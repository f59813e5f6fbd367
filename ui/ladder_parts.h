/* ladder_parts.h: what the files of the ladder share while it is drawn: panel_ladder.c (rows),
 * ladder_columns.c (lifelines). */
#ifndef LADDER_PARTS_H
#define LADDER_PARTS_H

#include "app.h"
#include "ladder_rows.h"

/* In points at text size 1. */
enum {
    HEAD = 36,
    HEAD_NONE = 6,
    LOW = 112 /* rows less high than that want every point: names stand on one line */,
    FOOT = 12,
    COLUMN_LEAST = 92,
    COLUMNS_MAX = 64
};

struct ladder {
    const struct app *a;
    struct canvas *c;
    struct rect r;    /* the panel */
    struct rect body; /* of the rows */
    const struct view_tape *t;
    const struct tape_index *x;
    const struct ladder_rows *l;
    double s;           /* scale */
    double head;        /* height of the title's line */
    unsigned n_rows;    /* up to the moment */
    double first_y;     /* of the row at the body's top, in the rows' coordinates, scaled */
    int64_t now;        /* the row in front; -1: none */
    double times;       /* width of the column of times */
    unsigned n_columns; /* without the one for the others */
    int *column;        /* of a host of the index; -1: among the others */
    int host_of[COLUMNS_MAX];
    double column_x[COLUMNS_MAX + 1];
    unsigned n_others;
    double others_x;
    bool is_staggered; /* names stand on two lines in turn */
};

/* Height of the names above the lifelines. */
static inline double ladder_names_height(const struct canvas *c, bool is_staggered)
{
    return canvas_line_height(c, TYPE_SMALL) * (is_staggered ? 2 : 1) + 6 * c->text_scale;
}

static inline struct ladder_row *ladder_row(const struct ladder *k, unsigned i)
{
    return &g_array_index(k->l->rows, struct ladder_row, i);
}

/* Columns for the hosts that take part: person, own server, local DNS, hierarchy, receiver. Those that find
 * no room share one. */
void ladder_choose_columns(struct ladder *k, const struct mxlab *m);
double ladder_x(const struct ladder *k, int host);

/* Names above the lifelines, on two lines in turn where they would meet; sets `is_staggered`. */
GArray *ladder_find_heads(struct ladder *k, const struct mxlab *m);
void ladder_free_heads(GArray *heads);
void ladder_stagger(struct ladder *k, GArray *heads);
void ladder_draw_lifelines(struct ladder *k, GArray *heads);

#endif
