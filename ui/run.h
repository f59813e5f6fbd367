/* run.h: a scenario that has been run: its tape of records, the state at a moment, and the versions that a
 * student made of it. Long runs are made in a thread of their own; the window never waits for it. */
#ifndef RUN_H
#define RUN_H

#include "mxlab.h"
#include "tape_index.h"
#include "view.h"

struct run;

/* Begin to open and run a file. Never NULL; ask run_poll. */
struct run *run_open(const char *path, const char *language);
/* Open the file of `r` anew, as it is now: the new original. What a student changed is changed again on it,
 * what was undone too; what does not fit any more is left out (run_unfit). `r` stays as it is. */
struct run *run_open_again(const struct run *r);
unsigned run_unfit(const struct run *r);
void run_free(struct run **r);
void run_drop(struct run **r); /* the same for one that may be long: nobody waits for it */
/* Titles and texts for people in that language from now on, of all versions. */
void run_speak(struct run *r, const char *language);

enum run_state { RUN_LOADING, RUN_READY, RUN_BROKEN };
/* Call now and then (each tick): takes over what the thread has done. Short runs are ready after run_open: it
 * waits up to 40 ms. */
enum run_state run_poll(struct run *r);
/* 0 … 1 while the run, or a version of it, is being made; else 1. */
double run_progress(const struct run *r);
bool run_is_making(const struct run *r);                  /* it, or a version of it, is being made */
const struct report *run_complaints(const struct run *r); /* of RUN_BROKEN, and doubts */
const char *run_path(const struct run *r);

const struct view_tape *run_tape(const struct run *r);   /* of the version shown */
const struct tape_index *run_index(const struct run *r); /* of that tape */
/* The state right after record `index` (-1: before the first). Short re-runs are done at once; for long ones
 * the state may lag behind: NULL until it is there (run_poll goes on working). */
const struct mxlab *run_at(struct run *r, int64_t index);

/* Versions: 0 is the original. */
unsigned run_versions(const struct run *r);
unsigned run_version(const struct run *r);
/* Add an action (a JSON object): a new version is made from the one shown, what had been undone is dropped.
 * Without an "at" it happens right after the record that run_at was asked for last. Until the new version is
 * made (short ones are at once) the old one is shown; run_poll then takes it over: run_tape is another one.
 * False with a complaint in `why`, also while a version is being made. */
bool run_change(struct run *r, const char *action_json, GString *why);
bool run_undo(struct run *r);
bool run_redo(struct run *r);
/* Write the version shown as a scenario file (written beside, then renamed). */
bool run_save(struct run *r, const char *path, GString *why);
/* Where the version shown parts from the original: the time, and in words what came out differently;
 * appended. Index on the tape of the first record that differs, -1: none. */
int64_t run_compare(const struct run *r, GString *words);

/* The file has another text than when it was opened or saved: true once for each time that it changes, looked
 * at once a second at most, and not while a version is being made. */
bool run_is_stale(struct run *r);

#endif
