/* export/explain_fields.h: what the files of export/explain.h share: reading a record's fields without asking
 * whether they are there (an absent one is "" or 0), and saying them. */
#ifndef EXPORT_EXPLAIN_FIELDS_H
#define EXPORT_EXPLAIN_FIELDS_H

#include <glib.h>
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

/* A field's value; nothing if it is absent. */
void explain_put(GString *out, const struct record *r, enum key key);
/* A sentence is made of pieces: before, a field, after. */
void explain_say(GString *out, const struct record *r, const char *before, enum key key, const char *after);
/* "206 octets", "12.3 KB". */
void explain_size(GString *out, int64_t octets);

/* The lines of what happens when mail is read: mailboxes, logins, POP3, IMAP, HTTP, and people's programs. */
void explain_reading(const struct record *r, GString *out);

#endif
