/* core/trace.h: one record for each thing that happened, each with its cause.
 *
 * A record is made only while somebody listens: guard each with `if (trace_on(t))`, and tracing costs a
 * predicted branch where nobody does. Stable ids (conn, lookup, mail) are counted whether anybody listens or
 * not, so that they do not depend on it.
 *
 * Causes: the scheduler holds a cursor, the seq of the record that led to what runs now. trace_end gives the
 * new record the cursor as its cause and moves the cursor to it; an event scheduled then inherits it. So a
 * chain of causes builds itself; code that fans out (several recipients, several listeners) saves the cursor
 * with sched_cause and restores it with sched_set_cause between the branches. */
#ifndef CORE_TRACE_H
#define CORE_TRACE_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"
#include "core/sched.h"
#include "core/span.h"
#include "core/time.h"

enum { RECORD_FIELDS_MAX = 16, TRACE_LISTENERS_MAX = 8 };

enum field_kind {
    FIELD_TEXT,
    FIELD_NUMBER,
    FIELD_TIME /* ns, written as seconds */,
    FIELD_ID /* a letter and a number: Q1 */
};

struct field {
    enum key key;
    enum field_kind kind;
    char letter; /* of FIELD_ID */
    union {
        struct span text; /* UTF-8 or any bytes; writers escape */
        int64_t number;
    };
};

struct record {
    uint64_t seq, cause;
    sim_time time;
    enum event event;
    const char *host, *peer;     /* NULL: none */
    uint32_t conn, lookup, mail; /* 0: none; written c1, l1, m1 */
    const char *why;             /* NULL: none */
    const void *packet;          /* of packet.*: the struct packet (net/packet.h) itself, else NULL */
    unsigned n_fields;
    struct field fields[RECORD_FIELDS_MAX]; /* the first n_fields count */
};

/* Everything in the record is borrowed: a listener copies what it keeps. It must not emit records. */
typedef void trace_listener(void *self, const struct record *r);

struct trace {
    struct sched *sched;
    uint64_t seq;
    unsigned n_listeners;
    struct {
        trace_listener *on_record;
        void *self;
    } listeners[TRACE_LISTENERS_MAX];
    bool open;            /* a record is being made, or heard */
    struct record record; /* that one */
    char scratch[4096];   /* texts of that record made by trace_format */
    size_t scratch_used;
    uint8_t place[N_EVENTS][N_KEYS]; /* where a key stands in an event's row, from 1; 0: nowhere */
};

void trace_init(struct trace *t, struct sched *sched);

/* Listeners hear records in the order in which they were added; false if there are TRACE_LISTENERS_MAX. Not
 * to be called by a listener. */
bool trace_listen(struct trace *t, trace_listener *on_record, void *self);
void trace_unlisten(struct trace *t, trace_listener *on_record, void *self);

static inline bool trace_on(const struct trace *t)
{
    return __builtin_expect(t->n_listeners > 0, 0);
}

/* Begin a record; set conn, lookup, mail, peer and why in what it returns, add fields in the order of the
 * event's row in core/event.h (any of them may be left out), then end it. Records do not nest. Texts must
 * live until trace_end has returned. */
struct record *trace_begin(struct trace *t, enum event event, const char *host);
static inline struct field *trace_field(struct record *r, enum key key, enum field_kind kind)
{
    struct field *f = &r->fields[r->n_fields++];

    assert(r->n_fields <= RECORD_FIELDS_MAX);
    f->key = key;
    f->kind = kind;
    return f;
}

static inline void trace_text(struct record *r, enum key key, struct span text)
{
    trace_field(r, key, FIELD_TEXT)->text = text;
}

static inline void trace_number(struct record *r, enum key key, int64_t number)
{
    trace_field(r, key, FIELD_NUMBER)->number = number;
}

static inline void trace_time(struct record *r, enum key key, sim_time at)
{
    trace_field(r, key, FIELD_TIME)->number = at;
}

static inline void trace_id(struct record *r, enum key key, char letter, uint32_t number)
{
    struct field *f = trace_field(r, key, FIELD_ID);

    f->letter = letter;
    f->number = number;
}

/* A text made for this record; cut where the trace's scratch ends. */
void trace_format(struct trace *t, enum key key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Returns its seq, which is now the cause cursor. */
uint64_t trace_end(struct trace *t);

/* A field by its key, NULL if the record has none. Common keys are members, not fields. */
const struct field *record_field(const struct record *r, enum key key);

/* What the record says under any key, the common ones too, borrowed as it is; false if it says nothing. */
bool record_value(const struct record *r, enum key key, struct field *out);

/* A value as JSON Lines has it, without quotes and escapes: a text itself, else made in `buf`. */
enum { FIELD_BUF_MAX = 32 };
struct span field_text(const struct field *f, char buf[FIELD_BUF_MAX]);

/* A deep copy in one block, for those who keep records (`packet` becomes NULL); free with g_free. The block
 * ends with the last field and its texts, so never copy a copy by value. */
struct record *record_copy(const struct record *r);

#endif
