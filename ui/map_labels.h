/* map_labels.h: where words stand beside what they belong to: on no host's name, on no other label, within
 * the map. Free of drawing, tested. */
#ifndef MAP_LABELS_H
#define MAP_LABELS_H

#include "map_layout.h"

enum { MAP_LABELS_MAX = 512, MAP_TAGS_MAX = 4 };

struct map_labels {
    struct rect map;
    const struct rect *boxes; /* of hosts; an empty one: not shown */
    unsigned n_boxes;
    const struct rect *names; /* never covered */
    unsigned n_names;
    double scale;                      /* of text */
    struct rect taken[MAP_LABELS_MAX]; /* by labels placed so far */
    unsigned n_taken;
};

/* A label of w × h for what is at `t` of its way. It goes beside the way, along with the shape; on no box if
 * that can be, and if it `must` be somewhere at least on no name. False: there is no such place. */
bool map_labels_place(struct map_labels *l, const struct map_path *way, double t, double w, double h,
                      bool must, struct rect *out);

/* The names of those that matter now, where boxes are too small for theirs (MAP_DOTS). Returns how many. */
struct map_tag {
    unsigned host; /* of view_hosts */
    struct rect at;
    char text[MAP_LABEL_MAX];
};
unsigned map_tags(const struct app *a, struct rect r, const struct rect *places, const struct map_plan *plan,
                  struct map_tag out[MAP_TAGS_MAX]);

#endif
