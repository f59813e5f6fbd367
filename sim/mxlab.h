/* mxlab.h: the front door: open a scenario, run it, step it, go back in it, look at it (view.h), close it.
 *
 * A run is deterministic, so going back is running again from the start up to there: milliseconds for a
 * teaching scenario. Whoever holds a `struct mxlab` holds everything of one run; there is nothing global. */
#ifndef MXLAB_H
#define MXLAB_H

#include <stdbool.h>
#include <stdint.h>

#include "core/report.h"
#include "core/trace.h"

#define MXLAB_VERSION "0.1.0"
#define MXLAB_PROGRAM "mxlab " MXLAB_VERSION /* as traces name it */

struct mxlab;

struct mxlab_options {
    bool has_seed;
    uint64_t seed;        /* in place of the scenario's */
    const char *language; /* of titles and texts for people: "en", "ko"; NULL: English */
};

/* Read, check, and build. Every complaint goes into `r` (initialised by the caller with the file's name, "-"
 * is standard input); with any error the result is NULL and nothing runs. `o` may be NULL. The caller closes
 * it. */
struct mxlab *mxlab_open(const char *path, const struct mxlab_options *o, struct report *r);
/* The same from a text; `name` is the scenario's if it names none itself. */
struct mxlab *mxlab_open_text(struct span json, const char *name, const struct mxlab_options *o,
                              struct report *r);
void mxlab_close(struct mxlab **m);
/* Titles and texts for people in another language from now on. The run and its trace know none. */
void mxlab_set_language(struct mxlab *m, const char *language);

/* Hear every record from now on (core/trace.h), in every run of this mxlab: after a rewind they come again,
 * from seq 1. False: there are too many listeners. */
bool mxlab_listen(struct mxlab *m, trace_listener *on_record, void *self);

/* Run the next event. False when the run is over (then run.end has been traced). */
bool mxlab_step(struct mxlab *m);
/* Run all events up to and at `until`, and stand there, even if nothing happens any more; SIM_NEVER: to the
 * end. False when the run is over. */
bool mxlab_run(struct mxlab *m, sim_time until);
/* End the run where it stands: run.end is traced with the totals so far. */
void mxlab_end(struct mxlab *m);
/* Back to before the first event. */
void mxlab_rewind(struct mxlab *m);
/* To the moment right after the event that made record `seq` (from 1), forwards or, by running again,
 * backwards. Somebody must be listening, or records are not counted (asserted). False if the run ends before.
 */
bool mxlab_seek(struct mxlab *m, uint64_t seq);

/* The scenario with nothing left implied, as JSON; appended. */
void mxlab_expand(const struct mxlab *m, GString *out);

/* ---- The bundled scenarios. */

/* Their folder: MXLAB_SCENARIOS, or beside or above the program, or ./scenarios. NULL: none. To be freed. */
char *mxlab_scenario_folder(void);
/* The files of scenarios in a folder ("alice-to-bob.json"), in alphabetical order; to be unreffed. */
GPtrArray *mxlab_scenario_names(const char *folder);
/* The path that a word stands for: itself ("-" too), or the bundled scenario of that name ("alice-to-bob").
 * To be freed. */
char *mxlab_scenario_find(const char *word);

#endif
