/* script.h: inputs from a file instead of a window, and statements about what is shown: for tests and for
 * pictures.
 *
 * One command a line; `#` begins a comment. NAME is a thing's name, in quotes if it has spaces. Time is
 * virtual: `wait 500` is 500 ms of ticks, and takes as long as they take to compute. What is loading is
 * waited for. key Shift+Left · type TEXT · click NAME · rclick NAME · dclick NAME · move NAME · at X Y (a
 * click) · drag NAME DX DY · scroll NAME DY do VERB (it must succeed) · refuse VERB (it must not) · wait MS ·
 * resize W H · scale S expect NAME [TEXT] · absent NAME · sound (no labels overlap; what can be clicked is
 * inside of the window) shot FILE.png · dump FILE.txt (- is standard output) · same FILE.txt (the dump is
 * what it was) · monkey SEED COUNT TEXT may have `*` for anything. */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <stdio.h>

#include "app.h"

/* Exit status: 0, 1 with a line on `errors` where the first line failed, 2 for a file that can't be read or
 * understood. */
int script_run(struct app *a, const char *path, double scale, FILE *errors);

#endif
