/* shelf.h: the bundled scenarios: what each is called and teaches. */
#ifndef SHELF_H
#define SHELF_H

#include <glib.h>

struct book {
    char *path, *name;   /* "…/alice-to-bob.json", "alice-to-bob" */
    char *title, *about; /* in the language asked for; about may be "" */
    char *teaches;       /* "M1 M6 B1" */
    int64_t course_place;
    char *wrong; /* why it can't be opened, else NULL */
};

struct shelf {
    char *folder; /* NULL: not found */
    char *language;
    GPtrArray *books; /* of struct book, as a course goes (view.h), then by name */
};

struct shelf *shelf_new(const char *language);
void shelf_free(struct shelf **s);
/* Of a path: its place on the shelf from 0, -1: not from there. */
int shelf_place(const struct shelf *s, const char *path);

#endif
