/* scenario/load.h: a scenario's JSON to plain structs. The only user of cJSON.
 *
 * Whatever the tables of scenario/model.h can tell is checked here: JSON syntax, keys, types, units, ranges.
 * All complaints at once, each with its place; after a syntax error nothing else can be said. */
#ifndef SCENARIO_LOAD_H
#define SCENARIO_LOAD_H

#include "scenario/model.h"

enum { SCENARIO_FILE_MAX = 16 * 1024 * 1024, SCENARIO_DEPTH_MAX = 64 };

/* `name` is the scenario's if it names none itself (a file name's stem). What could be read; with errors in
 * the report it may be incomplete (unknown keys left out, bad values at their defaults) but is safe to look
 * at. NULL only if the text is no JSON object. */
struct scenario *scenario_load(struct span json, const char *name, struct report *r);

/* The same from a file, r->file its name in complaints; NULL also if it can't be read. */
struct scenario *scenario_load_file(const char *path, struct report *r);

#endif
