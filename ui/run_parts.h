/* run_parts.h: what run.c leaves to a file of its own. */
#ifndef RUN_PARTS_H
#define RUN_PARTS_H

#include <glib.h>

#include "view.h"

/* What came out for people: mails in mailboxes, mails given up, answers to what they looked up. Borrows from
 * the tape. */
GArray *outcomes_of(const struct view_tape *t);
/* The index on the tape of `version` of the first record that differs; -1: none does. */
int64_t first_difference(const struct view_tape *original, const struct view_tape *version);

/* One of two runs that are compared. */
struct compared {
    const struct view_tape *tape;
    const GArray *outcomes;
};

/* Where `version` parts from `original` (`parts`, as found above), and what came out differently: a sentence
 * a line, appended. `m` is of the version, at any moment. */
void compare_runs(const struct compared *original, const struct compared *version, int64_t parts,
                  const struct mxlab *m, GString *out);

#endif
