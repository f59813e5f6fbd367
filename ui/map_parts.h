/* map_parts.h: what the files of the map share while it is drawn: panel_map.c (bands, hosts, badges),
 * map_wires.c, map_ways.c, map_stamp.c. */
#ifndef MAP_PARTS_H
#define MAP_PARTS_H

#include "app.h"
#include "map_layout.h"
#include "tape_index.h"

/* What is known of the map while it is drawn. */
struct map {
    const struct app *a;
    struct canvas *c;
    struct rect r;
    const struct mxlab *m;
    const struct tape_index *x; /* NULL: nothing has been recorded */
    unsigned n;
    struct view_host *hosts;
    struct rect *at;
    struct map_plan plan;
    struct rect *names; /* of a host: the first line of its name, once it is drawn */
    int *own_link;      /* of a host: its link to the hidden router; -1: none */
    int n_links;
    struct view_link *links;
    GHashTable *by_name; /* of a host: its number, from 1 */
    double scale;
};

/* A host by its name, -1: none; and whether it has a place on the map. */
int map_find(const struct map *k, const char *name);
bool map_shows(const struct map *k, int host);

/* What a box shows but its words. */
struct map_look {
    enum map_mode mode;
    enum view_role role;
    bool is_up, is_selected, is_part;
};
void map_draw_look(struct canvas *c, struct rect at, const struct map_look *look); /* panel_map.c */
/* The same, copied from one that was drawn before where that can be. */
void map_stamp(struct canvas *c, struct rect at, const struct map_look *look);

/* The links to the router that is not shown: from each host down to the line of its row; the lines meet in a
 * trunk at the left. */
void map_draw_wires(struct map *k);
/* Pairs (map_pair) that what is followed goes between, borrowed from the app's memory; NULL: nothing is. */
GHashTable *map_followed(const struct map *k);
gpointer map_pair(unsigned a, unsigned b);
/* Explicit links, then conversations through the hidden router, the busy ones above the calm ones. */
void map_draw_ways(struct map *k);
/* Over the hosts: where links are cut, and the word beside those between two hosts. */
void map_draw_cuts(struct map *k);

/* Where a host's own link runs; false: it has none, or no room. */
struct map_wire {
    double x, y1, y2;
    int row; /* it ends on that row's line; -1: in nothing, since others stand in between */
};
bool map_wire(const struct map *k, unsigned host, struct map_wire *out);
bool map_meets_title(const struct map *k, struct rect at); /* of a band */
bool map_is_selected(const struct map *k, int link);
/* What a click on a link finds. */
void map_link_thing(struct map *k, int link, struct rect at);
/* Two strokes through a disc: cut with pliers. `half`: of its height. */
void map_draw_cut(struct canvas *c, double x, double y, double half, bool is_selected);

#endif
