/* scenario/schema.h: the scenario language as a JSON Schema (draft 2020-12), printed from the tables that the
 * loader reads by. Editors complete and check with it; scenarios/scenario.schema.json is what this prints. It
 * says of a file's form what the loader says, but for ranges of values with units; what names refer to, only
 * `mxlab check` knows. */
#ifndef SCENARIO_SCHEMA_H
#define SCENARIO_SCHEMA_H

#include <glib.h>

/* Appends the schema as JSON text. */
void scenario_schema(GString *out);

#endif
