/* shelf.h: the bundled scenarios: what each is called and teaches. */
#ifndef SHELF_H
#define SHELF_H

#include <glib.h>

struct book {
    char *path, *name;   /* "…/alice-to-bob.json", "alice-to-bob" */
    char *title, *about; /* in the language asked for; about may be "" */
    char *teaches;       /* "M1 M6 B1" */
    char *wrong;         /* why it can't be opened, else NULL */
};

struct shelf {
    char *folder; /* NULL: not found */
    char *language;
    GPtrArray *books; /* of struct book, by name */
};

/* The folder: MXLAB_SCENARIOS, or beside or above the program, or ./scenarios. NULL: none. To be freed. */
char *shelf_folder(void);
struct shelf *shelf_new(const char *language);
void shelf_free(struct shelf **s);
/* A path, or a bundled name as it is written in a command ("alice-to-bob"); to be freed. */
char *shelf_find(const char *name);
/* Of a path: its place on the shelf from 0, -1: not from there. */
int shelf_place(const struct shelf *s, const char *path);

#endif
