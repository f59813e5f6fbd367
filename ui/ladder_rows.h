/* ladder_rows.h: the rows of the ladder of a whole tape, made once; a moment shows those up to it. Free of
 * drawing, tested. */
#ifndef LADDER_ROWS_H
#define LADDER_ROWS_H

#include <glib.h>

#include "tape_index.h"

enum row_kind {
    ROW_ARROW, /* a message, or with TCP's details a packet of its own */
    ROW_OPEN,  /* a TCP connection's opening in one row, with all its tries */
    ROW_NOTE,  /* something at one host */
    ROW_FAULT,
    ROW_WAIT /* a long time until the row below */
};

/* Heights in points at text size 1. */
enum { ROW_ARROW_HEIGHT = 30, ROW_NOTE_HEIGHT = 28, ROW_WAIT_HEIGHT = 32 };

struct ladder_row {
    enum row_kind kind;
    int from, to;    /* hosts of the index; `to` -1: none */
    int64_t at;      /* index of its record; of ROW_WAIT the first record after the wait */
    int64_t arrives; /* index of the packet.arrive or packet.drop at the other end; -1: none, or not before
                        the run ended */
    bool is_lost;    /* `arrives` is a loss */
    bool is_detail;  /* of TCP: thin */
    sim_time gap;    /* of ROW_WAIT */
    unsigned first_try, n_tries; /* of ROW_OPEN: retransmissions, in `tries` */
    int64_t opened, failed;      /* of ROW_OPEN: records; -1: not */
    unsigned chapter;            /* the chapter that begins with this row; 0: none */
    int32_t y;                   /* its top, from the first row's */
};

struct ladder_rows {
    GArray *rows;   /* of struct ladder_row; `at` never falls */
    GArray *tries;  /* of int64_t: indices of tcp.retransmit */
    GArray *waits;  /* of unsigned: the first of the rows that are long waits of half a minute and more */
    unsigned *uses; /* of each host of the index: rows in which it takes part */
};

struct ladder_rows *ladder_rows_new(const struct tape_index *x, bool with_tcp);
void ladder_rows_free(struct ladder_rows **l);

/* How many rows there are up to record `at`. */
unsigned ladder_rows_until(const struct ladder_rows *l, int64_t at);
/* The row at a height, and the bottom of the first n rows. */
unsigned ladder_rows_at_y(const struct ladder_rows *l, double y);
double ladder_rows_bottom(const struct ladder_rows *l, unsigned n);
double ladder_row_height(const struct ladder_row *row);

/* How many tries were made up to record `at`, the first one too. */
unsigned ladder_row_tries(const struct ladder_rows *l, const struct ladder_row *row, int64_t at);
/* What a long wait was for: N_()-marked words ("%s later: the queue tries again"), never NULL. */
const char *ladder_wait_words(const struct view_tape *t, const struct ladder_row *row);
/* "30 minutes", translated. */
void ladder_span_words(char *buf, size_t size, sim_time span);

struct app;
/* The height that the whole ladder of the moment would take in a panel, its head too; for figures and for
 * clamping ladder_scroll: ladder_scroll is how far the ladder is scrolled back from its end, 0 …
 * ladder_scroll_most. */
double ladder_full_height(const struct app *a, double scale);
double ladder_scroll_most(const struct app *a, double panel_height, double scale);
/* How far back to scroll so that the last row of what is followed can be seen; 0: it is in sight, or there is
 * none. */
double ladder_scroll_followed(const struct app *a);
/* What can be switched about the ladder, from the right end of `r` on. Returns where the first one begins. */
struct canvas;
struct rect;
double ladder_draw_buttons(const struct app *a, struct canvas *c, struct rect r);

#endif
