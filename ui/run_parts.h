/* run_parts.h: what run.c leaves to a file of its own. */
#ifndef RUN_PARTS_H
#define RUN_PARTS_H

#include "view.h"

/* `m` is of the version, at any moment. Where `version` parts from `original`, and what came out differently:
 * a sentence a line, appended. The index on the tape of `version` of the first record that differs; -1: none
 * does. */
int64_t compare_tapes(const struct view_tape *original, const struct view_tape *version,
                      const struct mxlab *m, GString *out);

#endif
