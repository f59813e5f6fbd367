/* tape_index.h: what panels ask of a tape again and again, found once: who talked to whom and since when,
 * chapters, faults, where mails have been, the ladder's rows, the time line's axis and bars.
 *
 * Made with the tape by the thread that makes a version (run.c), and immutable like it. */
#ifndef TAPE_INDEX_H
#define TAPE_INDEX_H

#include <glib.h>

#include "view.h"

/* Two hosts with nothing but the hidden router between them. */
struct tape_pair {
    unsigned a, b; /* hosts of the index, a < b */
    int64_t first; /* index of the record that first went between them */
};

struct tape_chapter {
    int64_t at;
    unsigned number; /* from 1 */
};

struct tape_fault {
    int64_t from, to; /* records; to is -1 if it lasts to the end */
    sim_time begin, end;
    char *what, *on; /* "down", "mail.hamburger.edu" */
};

struct tape_index {
    const struct view_tape *tape;
    int64_t length;
    GPtrArray *hosts;  /* of char *: names in the order of their first record */
    GArray *pairs;     /* of struct tape_pair, by first */
    GArray *chapters;  /* of struct tape_chapter */
    GArray *faults;    /* of struct tape_fault, by from */
    GPtrArray *trails; /* by mail id (from 1): GArray of int64_t, the records that tell of it; NULL: none */
    uint32_t conns, lookups;     /* the highest number of each */
    struct ladder_rows *rows[2]; /* ladder_rows.h: without TCP's details, with them */
    struct timescale *scale;     /* timescale.h, time_bars.h */
    struct time_bars *bars;

    GHashTable *by_name, *pair_seen; /* its own */
};

/* Of a tape that lives longer. NULL if it is empty, or if `goes_on` (may be NULL), asked now and then, says
 * no. */
struct tape_index *tape_index_new(const struct view_tape *t, bool (*goes_on)(void *self), void *self);
void tape_index_free(struct tape_index **x);

int tape_index_host(const struct tape_index *x, const char *name); /* -1: not on the tape */
/* The router that the map hides: every host hangs from it unless the author says otherwise. */
bool tape_is_hidden(const char *host);
/* Where the packet of a packet.drop was going over its link, "b" of "a>b"; to be freed. NULL: not said. */
char *tape_link_end(const struct record *drop);
/* The record that led to this one; NULL: none. */
const struct record *tape_cause(const struct view_tape *t, const struct record *r);
/* Where the chapter of a note begins: with what opened it, if that was at the same moment. */
int64_t tape_chapter_begin(const struct view_tape *t, int64_t note);
/* The message (a command, a reply, a query, an answer) that a packet.send carries; NULL: none, it is TCP's
 * own. */
const struct record *tape_message_of(const struct view_tape *t, const struct record *send);
/* The packet.send that a packet.* record goes back to; NULL if its chain is broken. */
const struct record *tape_send_of(const struct view_tape *t, const struct record *packet);

#endif
