/* export/jsonl.h: the trace as JSON Lines, as docs/TRACE.md describes it: a header line, then one flat object
 * a record, its keys in a fixed order. Written by hand into a block of its own, a system call for each block.
 */
#ifndef EXPORT_JSONL_H
#define EXPORT_JSONL_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/pattern.h"
#include "core/trace.h"

struct jsonl;

/* What the header line says of a run. */
struct jsonl_header {
    const char *scenario;        /* its name */
    const char *scenario_sha256; /* of its file, in hexadecimal */
    uint64_t seed;
    const char *program; /* "mxlab 1.0" */
};

/* A writer to a file, or to the end of a string; both stay the caller's, who closes a file after jsonl_close.
 * `only` may be NULL: then all records are written; else those that match, and run.end, which every trace
 * has. Borrowed. */
struct jsonl *jsonl_new(FILE *out, const struct pattern *only);
struct jsonl *jsonl_new_string(GString *out, const struct pattern *only);

void jsonl_header(struct jsonl *j, const struct jsonl_header *h);

/* The listener; `self` is the struct jsonl. */
void jsonl_on_record(void *self, const struct record *r);

/* Write what is left and free the writer. False, with errno set, if anything could not be written: the trace
 * is then cut short somewhere. */
bool jsonl_close(struct jsonl **j);

#endif
