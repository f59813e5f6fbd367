/* film.h: what playing shows, picture by picture, at a pace of its own: each picture is drawn as the window
 * would draw it that many ms after the one before. Knows nothing of files; free of SDL. The film has its own
 * player and its own look at the app: size, theme and what is selected stay as they were when it began. */
#ifndef FILM_H
#define FILM_H

#include "app.h"

/* What of the run is shown, and how quickly. */
struct film_cut {
    struct player start; /* where it begins, at its speed */
    int64_t last;        /* the record at which it ends */
    sim_time to;         /* not before this moment of the gap behind it */
    double frame_ms;     /* of screen time from picture to picture */
};

/* How many pictures that makes, with the last one standing for a second; more than `most`: most + 1. */
unsigned film_measure(const struct film_cut *cut, bool reduced_motion, unsigned most);

struct film;

/* `a` and its run are borrowed until the film is freed, and must not be given another run meanwhile. Sides of
 * even length are what most video wants. */
struct film *film_new(const struct app *a, const struct film_cut *cut, bool is_even);
void film_free(struct film **f);

/* The next picture. LATER: the state of a long run is not there yet; come again after run_poll. A picture
 * that nobody looks at (`is_seen` false) is counted and not drawn. */
enum film_step { FILM_PICTURE, FILM_LATER, FILM_OVER };
enum film_step film_next(struct film *f, bool is_seen);
void film_rewind(struct film *f);

/* The picture (RGB24, rows without a gap), as film_next drew it last. Borrowed. */
cairo_surface_t *film_picture(const struct film *f);
const struct player *film_player(const struct film *f);
unsigned film_length(const struct film *f); /* in pictures */
unsigned film_place(const struct film *f);  /* pictures made so far */

#endif
