/* export/explain_fields.h: reading a record's fields without asking whether they are there: an absent one is
 * "" or 0. */
#ifndef EXPORT_EXPLAIN_FIELDS_H
#define EXPORT_EXPLAIN_FIELDS_H

#include <string.h>

#include "core/trace.h"

static inline struct span text(const struct record *r, enum key key)
{
    const struct field *f = record_field(r, key);
    return f != NULL && f->kind == FIELD_TEXT ? f->text : (struct span){ "", 0 };
}

static inline int64_t number(const struct record *r, enum key key)
{
    const struct field *f = record_field(r, key);
    return f != NULL && f->kind != FIELD_TEXT ? f->number : 0;
}

static inline bool is(const struct record *r, enum key key, const char *value)
{
    return span_is(text(r, key), span_of(value));
}

/* The record's `why` is this code. */
static inline bool has_why(const struct record *r, const char *why)
{
    return r->why != NULL && strcmp(r->why, why) == 0;
}

#endif
