/* map_parts.h: what the files of the map share while it is drawn: panel_map.c (bands, hosts, badges),
 * map_ways.c, map_stamp.c. */
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

/* Explicit links, then conversations through the hidden router, the busy ones above the calm ones. */
void map_draw_ways(struct map *k);
/* Over the hosts: the word beside each link that is cut. */
void map_draw_cut_words(struct map *k);

#endif
