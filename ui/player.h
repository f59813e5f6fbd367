/* player.h: where we are on the tape, and how it goes on when playing. Free of SDL and drawing.
 * pace.h: screen time from virtual time: paced by events, not by the clock. */
#ifndef PLAYER_H
#define PLAYER_H

#include <glib.h>

#include "pace.h"
#include "view.h"

struct player {
    const struct view_tape *tape; /* borrowed; NULL: nothing loaded */
    int64_t at;                   /* index of the record in front; -1: before the first */
    bool is_playing;
    double speed;   /* 0.25 … 8 */
    double ms_left; /* of screen time until the next record, at speed 1 */
    double ms_gap;  /* from this record to the next in all, at speed 1 */
    sim_time clock; /* the virtual time shown: between records while playing */
    double skip;    /* 0 … 1 through a fast-forward of a long wait, 0: none */
};

void player_init(struct player *p, const struct view_tape *tape);
/* Another run of the scenario, or of one like it, is shown: stand at the same event, or where that is not on
 * the tape at the same moment. The tape there was must still be alive. */
void player_change_tape(struct player *p, const struct view_tape *tape);
/* Move to the next (`forward`) or previous stop of that kind (enum step_kind of app.h as int: 0 packet, 1
 * message, 2 chapter), and pause. Where no stop follows, the end of the run is one, and before the first stop
 * the start is. False: we were there already. */
bool player_step(struct player *p, int kind, bool forward);
void player_go(struct player *p, int64_t index); /* the nearest there is */
/* To a moment: the last record at or before it is in front. False, and at the nearest end, if the run has no
 * such moment. */
bool player_go_time(struct player *p, sim_time t);
/* The next record after the current one that matches; false: none, and nothing has moved. */
bool player_find(struct player *p, const struct view_pattern *pattern);
/* `ms` of screen time pass. True if the record in front or the clock changed. Stops at the end and at
 * `breakpoint` (may be NULL). With reduced motion the clock jumps from record to record, as long apart as
 * they would be else. */
bool player_tick(struct player *p, double ms, const struct view_pattern *breakpoint, bool reduced_motion);
/* What the long wait is for, in words ("30 minutes later: the queue tries again"), while skip > 0; NULL:
 * none. */
const char *player_waits_for(const struct player *p, GString *scratch);
/* The same for the wait between two records of the tape, for the ladder's bands; NULL: it is none. */
const char *player_wait_words(const struct view_tape *t, int64_t from, int64_t to, GString *scratch);

#endif
