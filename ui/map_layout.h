/* map_layout.h: where hosts stand on the map. Three bands by role: the DNS hierarchy, local DNS servers,
 * people and mail servers; the sender's side left, the receiver's right. Never overlapping; boxes shrink, to
 * names and then to dots, until all have room. Free of drawing, tested. */
#ifndef MAP_LAYOUT_H
#define MAP_LAYOUT_H

#include <stdbool.h>

#include "canvas.h"
#include "view.h"

enum map_mode {
    MAP_FULL /* picture, name, address */,
    MAP_COMPACT /* the same, smaller */,
    MAP_PAIR /* picture, name on two lines if it is long */,
    MAP_NAMES /* picture and name */,
    MAP_DOTS /* picture */
};
enum { MAP_BANDS = 3, MAP_TITLE = 20 /* a band's title is so high */, MAP_ROWS_MAX = 64 };

struct map_host {
    enum view_role role;
    uint32_t address; /* hosts of one network stand together */
    bool is_hidden;   /* the router that everyone hangs from: gets an empty rectangle */
    bool is_fixed;    /* the author or the student wants its middle at x, y: shares of the map */
    double x, y;
};

struct map_plan {
    enum map_mode mode;
    double title_y[MAP_BANDS]; /* top of a band's title; < 0: no such band, or no room */
    double line_y[MAP_BANDS];  /* of the line above a band; < 0: none */
    unsigned n_rows;
    double below[MAP_ROWS_MAX]; /* of each row: where the line runs that its hosts hang on; falls never */
};

/* `scale`: of text. `out` has room for n. `plan` may be NULL. */
void map_layout(const struct map_host *hosts, unsigned n, struct rect r, double scale, struct rect *out,
                struct map_plan *plan);

/* Where the title of a band has room; empty: it has none. */
struct rect map_title(const struct map_plan *plan, int band, struct rect r, double scale);
const char *map_title_words(int band);

/* Within its box: the picture, and where words have room. */
struct map_box {
    struct rect icon, words;
};
struct map_box map_box(enum map_mode mode, struct rect at, double scale);

/* The way between two boxes, as a curve round those that stand between. */
struct map_path {
    double x1, y1, x2, y2; /* at the boxes' borders */
    double cx, cy;         /* the curve's control point */
};
struct map_path map_path(const struct rect *places, unsigned n, unsigned a, unsigned b);
void map_path_at(const struct map_path *p, double t, double *x, double *y); /* t: 0 … 1 */

/* What people call a host: the author's label; "root server" and "edu TLD server" for those that were
 * derived; else its name. `buf` may be used. */
enum { MAP_LABEL_MAX = 96 };
const char *map_label(const struct view_host *h, char buf[MAP_LABEL_MAX]);
/* The same where there is little room: "root", "edu". */
const char *map_label_short(const struct view_host *h, char buf[MAP_LABEL_MAX]);

/* A link in words: "The link of mail.crepes.fr" to what is not shown, "The link between a and b"; to be
 * freed.
 */
char *map_link_words(const struct mxlab *m, const char *a, const char *b);

struct app;
void map_plan_of(const struct app *a, struct rect r, struct rect *out, struct map_plan *plan);

#endif
