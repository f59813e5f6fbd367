/* export/ladder.h: a run as people read it in a terminal: virtual time, who to whom, what is said, and a
 * remark where something is worth noticing. Readable at 80 columns; in colour on a terminal. */
#ifndef EXPORT_LADDER_H
#define EXPORT_LADDER_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

#include "core/trace.h"

struct pattern;

struct ladder_options {
    unsigned width;             /* columns: 80 … */
    bool colour;                /* ANSI escapes */
    bool packets;               /* each packet too */
    bool remarks;               /* say why it is worth noticing, once for each kind of thing */
    const struct pattern *only; /* NULL: what a reader needs */
    /* Text of chapter `i` (from 0) in the reader's language; NULL: none. `self` is passed on. */
    const char *(*chapter_title)(const void *self, unsigned i);
    const char *(*chapter_text)(const void *self, unsigned i);
    const void *self;
};

struct ladder;

/* Lines go to `out`, borrowed. */
struct ladder *ladder_new(FILE *out, const struct ladder_options *o);
/* Write what is held back, and free. */
void ladder_free(struct ladder **l);

/* Names that will appear, so that columns line up; call it for each before the run. */
void ladder_expect_host(struct ladder *l, const char *name);

/* A trace_listener. */
void ladder_on_record(void *self, const struct record *r);

/* What a reader needs: messages, faults, people, the story; not each packet, nor each change of state. */
bool ladder_is_for_readers(const struct record *r);

/* One record as a line of its own, without holding back: for steppers. */
void ladder_line(struct ladder *l, const struct record *r);

#endif
