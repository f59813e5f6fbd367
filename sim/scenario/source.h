/* scenario/source.h: where each key and value of a JSON text stands. cJSON keeps no positions, so this
 * scanner walks the text first: it makes a tree of the same form as cJSON's, with places instead of values,
 * and finds all that RFC 8259 forbids. */
#ifndef SCENARIO_SOURCE_H
#define SCENARIO_SOURCE_H

#include "core/report.h"
#include "core/span.h"

struct source_node {
    struct position at;        /* of the value's first character */
    struct position key_at;    /* of the key's opening quote, in an object; else {0, 0} */
    struct source_node *child; /* the first of an array's or object's, in the order written */
    struct source_node *next;
    bool again; /* its key has stood in this object before */
};

struct source;

/* Scan a copy of `text` (a BOM at its start is skipped). The first syntax error and every duplicate key are
 * complained about; NULL after a syntax error. Deeper than `depth_max` levels is an error. */
struct source *source_new(struct span text, unsigned depth_max, struct report *r);
void source_free(struct source **s);

struct span source_text(const struct source *s); /* without the BOM; NUL-terminated */
const struct source_node *source_root(const struct source *s);

/* The place of the `offset`-th octet (counted in the decoded text) inside the string whose opening quote is
 * at `at`. Counts \n, \u00e9 and surrogate pairs as what they decode to. The string's end if it is shorter;
 * `at` itself if there is no string. */
struct position source_inside(const struct source *s, struct position at, size_t offset);

#endif
