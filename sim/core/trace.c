#include "core/trace.h"

#include <glib.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/json.h"

void trace_init(struct trace *t, struct sched *sched)
{
    memset(t, 0, sizeof *t);
    t->sched = sched;
}

/* ---- Listeners. */

/* Learn the rows of core/event.h, to hold the records against; a run without listeners has no use for it. */
static void learn_rows(struct trace *t)
{
    for (int event = 0; event < N_EVENTS; event++) {
        struct span keys = span_of(event_keys[event]);
        for (uint8_t place = 1; keys.len > 0; place++)
            t->place[event][key_find_span(span_take_word(&keys))] = place;
    }
}

bool trace_listen(struct trace *t, trace_listener *on_record, void *self)
{
    assert(!t->open);
    if (t->n_listeners == TRACE_LISTENERS_MAX)
        return false;
    if (t->n_listeners == 0)
        learn_rows(t);
    t->listeners[t->n_listeners].on_record = on_record;
    t->listeners[t->n_listeners++].self = self;
    return true;
}

void trace_unlisten(struct trace *t, trace_listener *on_record, void *self)
{
    unsigned kept = 0;

    assert(!t->open);
    for (unsigned i = 0; i < t->n_listeners; i++)
        if (t->listeners[i].on_record != on_record || t->listeners[i].self != self)
            t->listeners[kept++] = t->listeners[i];
    t->n_listeners = kept;
}

/* ---- Records. */

struct record *trace_begin(struct trace *t, enum event event, const char *host)
{
    struct record *r = &t->record;

    assert(!t->open);
    t->open = true;
    t->scratch_used = 0;
    r->seq = t->seq + 1;
    r->cause = sched_cause(t->sched);
    r->time = sched_now(t->sched);
    r->event = event;
    r->host = host;
    r->peer = NULL;
    r->conn = r->lookup = r->mail = 0;
    r->why = NULL;
    r->packet = NULL;
    r->n_fields = 0;
    return r;
}

/* The length of a text that was cut at `len`, without what is left of a UTF-8 character there. */
static size_t whole_characters(const char *text, size_t len)
{
    enum { CONTINUATIONS_MAX = 3 };
    size_t lead = len;

    while (lead > 0 && len - lead < CONTINUATIONS_MAX && ((unsigned char)text[lead - 1] & 0xc0) == 0x80)
        lead--;
    if (lead == 0 || (unsigned char)text[lead - 1] < 0xc0)
        return len;
    lead--;
    return g_utf8_get_char_validated(text + lead, (gssize)(len - lead)) == (gunichar)-2 ? lead : len;
}

void trace_format(struct trace *t, enum key key, const char *format, ...)
{
    char *at = t->scratch + t->scratch_used;
    size_t room = sizeof t->scratch - t->scratch_used; /* at least 1: no text's NUL is counted as used */
    size_t len;
    va_list args;

    va_start(args, format);
    int wanted = vsnprintf(at, room, format, args);
    va_end(args);
    len = wanted < 0 ? 0 : (size_t)wanted;
    if (len >= room)
        len = whole_characters(at, room - 1);
    t->scratch_used += len;
    trace_text(&t->record, key, span_bytes(at, len));
}

#ifndef NDEBUG
/* Writers rely on the rows of core/event.h, and so do those who read what they write. */
static void check_fields(const struct trace *t, const struct record *r)
{
    unsigned last = 0;

    for (unsigned i = 0; i < r->n_fields; i++) {
        unsigned place = t->place[r->event][r->fields[i].key];
        if (place <= last) {
            fprintf(stderr, "trace: %s may not have the key %s %s (core/event.h)\n", event_names[r->event],
                    key_names[r->fields[i].key], place == 0 ? "" : "there");
            abort();
        }
        last = place;
    }
}
#else
#define check_fields(t, r) ((void)0)
#endif

uint64_t trace_end(struct trace *t)
{
    const struct record *r = &t->record;

    assert(t->open);
    check_fields(t, r);
    for (unsigned i = 0; i < t->n_listeners; i++)
        t->listeners[i].on_record(t->listeners[i].self, r);
    t->open = false;
    t->seq = r->seq;
    sched_set_cause(t->sched, r->seq);
    return r->seq;
}

/* ---- Reading a record. */

const struct field *record_field(const struct record *r, enum key key)
{
    for (unsigned i = 0; i < r->n_fields; i++)
        if (r->fields[i].key == key)
            return &r->fields[i];
    return NULL;
}

static bool give_text(struct field *out, const char *text)
{
    out->kind = FIELD_TEXT;
    out->text = span_of(text);
    return text != NULL;
}

static bool give_number(struct field *out, enum field_kind kind, int64_t number)
{
    out->kind = kind;
    out->number = number;
    return true;
}

static bool give_id(struct field *out, char letter, uint32_t number)
{
    out->letter = letter;
    return give_number(out, FIELD_ID, number) && number != 0;
}

bool record_value(const struct record *r, enum key key, struct field *out)
{
    const struct field *f;

    out->key = key;
    switch (key) {
    case KEY_SEQ:
        return give_number(out, FIELD_NUMBER, (int64_t)r->seq);
    case KEY_TIME:
        return give_number(out, FIELD_TIME, r->time);
    case KEY_EVENT:
        return give_text(out, event_names[r->event]);
    case KEY_HOST:
        return give_text(out, r->host);
    case KEY_CAUSE:
        return give_number(out, FIELD_NUMBER, (int64_t)r->cause) && r->cause != 0;
    case KEY_PEER:
        return give_text(out, r->peer);
    case KEY_CONN:
        return give_id(out, 'c', r->conn);
    case KEY_LOOKUP:
        return give_id(out, 'l', r->lookup);
    case KEY_MAIL:
        return give_id(out, 'm', r->mail);
    case KEY_WHY:
        return give_text(out, r->why);
    default:
        f = record_field(r, key);
        if (f)
            *out = *f;
        return f != NULL;
    }
}

struct span field_text(const struct field *f, char buf[FIELD_BUF_MAX])
{
    char *end = buf;

    switch (f->kind) {
    case FIELD_TEXT:
        return f->text;
    case FIELD_NUMBER:
        end = json_number(buf, f->number);
        break;
    case FIELD_TIME:
        end = json_seconds(buf, f->number);
        break;
    case FIELD_ID:
        *end++ = f->letter;
        end = json_number(end, f->number);
        break;
    }
    return span_bytes(buf, (size_t)(end - buf));
}

/* ---- Keeping one. */

static size_t size_of_text(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

/* Copy a text with its NUL to `*at` and step behind it. */
static const char *copy_text(char **at, const char *text)
{
    const char *copy = *at;

    if (text == NULL)
        return NULL;
    *at = stpcpy(*at, text) + 1;
    return copy;
}

struct record *record_copy(const struct record *r)
{
    size_t fixed = offsetof(struct record, fields) + r->n_fields * sizeof r->fields[0];
    size_t size = fixed + size_of_text(r->host) + size_of_text(r->peer) + size_of_text(r->why);
    struct record *copy;
    char *at;

    for (unsigned i = 0; i < r->n_fields; i++)
        if (r->fields[i].kind == FIELD_TEXT)
            size += r->fields[i].text.len;
    copy = g_malloc(size);
    memcpy(copy, r, fixed);
    at = (char *)copy + fixed;
    copy->packet = NULL;
    copy->host = copy_text(&at, r->host);
    copy->peer = copy_text(&at, r->peer);
    copy->why = copy_text(&at, r->why);
    for (unsigned i = 0; i < copy->n_fields; i++) {
        struct field *f = &copy->fields[i];
        if (f->kind != FIELD_TEXT)
            continue;
        if (f->text.len > 0)
            memcpy(at, f->text.at, f->text.len);
        f->text.at = at;
        at += f->text.len;
    }
    return copy;
}
