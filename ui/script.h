/* script.h: inputs from a file instead of a window, and statements about what is shown: for tests and for
 * pictures. One command a line; docs/WINDOW.md has them all, and a test holds it to the table.
 *
 * Time is virtual: `wait 500` is 500 ms of ticks, and takes as long as they take to compute. What is loading
 * is waited for. */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <stdio.h>

#include "app.h"

struct script_command {
    const char *name, *arguments, *help;
};
/* The commands in the order of the document, from 0; NULL behind the last. */
const struct script_command *script_command(unsigned i);

/* Exit status: 0, 1 with a line on `errors` where the first line failed, 2 for a file that can't be read or
 * understood. */
int script_run(struct app *a, const char *path, double scale, FILE *errors);

#endif
