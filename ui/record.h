/* record.h: a film of the window as GIF or MP4: pictures (film.h) are piped, as they are made, to the ffmpeg
 * that stands on the PATH. Done in slices, so that the window stays alive; nothing is kept but the picture in
 * front. Written beside, then renamed: the file is whole or it is not there. */
#ifndef RECORD_H
#define RECORD_H

#include "film.h"

enum {
    RECORD_MINUTES_MAX = 10, /* of film */
    RECORD_PATIENCE_S = 30   /* with an ffmpeg that neither takes nor says anything */
};

/* By the file's ending; NONE: it is neither. */
enum record_kind { RECORD_NONE, RECORD_GIF, RECORD_MP4 };
enum record_kind record_kind_of(const char *path);
double record_frame_ms(enum record_kind k); /* 12.5 pictures a second of a GIF, 25 of an MP4 */
unsigned record_most(enum record_kind k);   /* pictures, by RECORD_MINUTES_MAX */

struct recording;

/* Begin. The app stays borrowed (film_new). NULL with a reason in `why`: no ffmpeg, or no file can be written
 * there; then nothing is. */
struct recording *recording_new(const struct app *a, const struct film_cut *cut, const char *path,
                                GString *why);
/* Before it is done: ffmpeg is ended, and what was written is removed. */
void recording_free(struct recording **r);

/* Go on for about `ms`. FAILED has its reason in `why`. */
enum recording_state { RECORDING_GOES_ON, RECORDING_DONE, RECORDING_FAILED };
enum recording_state recording_go_on(struct recording *r, double ms, GString *why);
void recording_set_patience(struct recording *r, double s);

const struct film *recording_film(const struct recording *r);
const char *recording_path(const struct recording *r);
double recording_progress(const struct recording *r); /* 0 … 1 */

/* ---- In the app (app_film.c): what the verb `record` does. `from` and `to` as it has them; NULL: left
 * out. */
bool app_film(struct app *a, const char *path, const char *from, const char *to);
/* What of the run that is; false with a toast: no such part, or too long a film. */
bool app_film_cut(struct app *a, const char *from, const char *to, enum record_kind kind,
                  struct film_cut *cut);
/* End it, finished or not; all is as it was before. `cancel` says so, if there was one. */
void app_film_stop(struct app *a);
void app_film_cancel(struct app *a);
/* A slice of it. False: no film is being made. */
bool app_film_tick(struct app *a);
/* "Recording bounce.mp4: 40 %", and how far it is, 0 … 1. To be freed. */
char *app_film_words(const struct app *a, double *part_out);

#endif
