/* core/report.h: complaints about a file, all of them, each with its place.
 * Printed as `file:line:column: path: what is wrong (what to write instead)`. */
#ifndef CORE_REPORT_H
#define CORE_REPORT_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

enum complaint_kind { COMPLAINT_ERROR, COMPLAINT_DOUBT };

/* Where in a file; lines and columns from 1, columns in characters (not octets). 0: no such place. */
struct position {
    int line, column;
};

struct complaint {
    enum complaint_kind kind;
    struct position at;
    char *path;    /* "domains.crepes.fr.people[0]", or "" */
    char *message; /* what is wrong */
    char *hint;    /* what to write instead, or NULL */
};

struct report {
    char *file;         /* as the user named it */
    GPtrArray *entries; /* of struct complaint *, in the order found */
    unsigned errors, doubts;
};

void report_init(struct report *r, const char *file);
void report_release(struct report *r);

/* Note a complaint; the texts are copied. `hint` may be NULL. */
void report_add(struct report *r, enum complaint_kind kind, struct position at, const char *path,
                const char *hint, const char *format, ...) G_GNUC_PRINTF(6, 7);

/* By place; what has no place comes first. Stable. */
void report_sort(struct report *r);

/* One complaint a line, as above; a doubt's message begins with "doubtful: ". */
void report_print(const struct report *r, FILE *out);

/* The closest of `names` (NULL-terminated) to a misspelt one, for "did you mean …?"; NULL if none is close
 * (more than a third of its letters differ; a transposition counts as one, ASCII case does not count). Of
 * equals the first. */
const char *report_closest(const char *misspelt, const char *const *names);

#endif
