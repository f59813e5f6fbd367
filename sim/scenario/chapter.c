#include "scenario/chapter.h"

#include "core/pattern.h"

struct chapter {
    const struct scenario_chapter *spec;
    struct pattern *when; /* NULL: at a time */
    struct chapter_reader *reader;
    uint64_t seen; /* seq of the record that it is about; 0: not yet */
    bool is_due, is_open;
};

struct chapter_reader {
    struct world *w;
    unsigned n, n_open, n_due;
    struct chapter *chapters;
};

static void on_record(void *self, const struct record *r)
{
    struct chapter_reader *reader = self;

    for (unsigned i = 0; i < reader->n; i++) {
        struct chapter *c = &reader->chapters[i];
        if (c->seen == 0 && c->when != NULL && pattern_may_match(c->when, r->event) &&
            pattern_matches(c->when, r)) {
            c->seen = r->seq;
            c->is_due = true;
            reader->n_due++;
        }
    }
}

static void on_time(void *self)
{
    struct chapter *c = self;

    c->is_due = true;
    c->reader->n_due++;
}

struct chapter_reader *chapter_reader_new(struct world *w)
{
    struct chapter_reader *r = g_new0(struct chapter_reader, 1);

    r->w = w;
    r->n = w->scenario->chapters->len;
    r->chapters = g_new0(struct chapter, r->n);
    for (unsigned i = 0; i < r->n; i++) {
        struct chapter *c = &r->chapters[i];

        c->spec = g_ptr_array_index(w->scenario->chapters, i);
        c->reader = r;
        if (c->spec->when != NULL)
            c->when = pattern_new(span_of(c->spec->when), NULL);
        else if (c->spec->at <= w->end)
            sched_post(w->sim.sched, c->spec->at, on_time, c);
    }
    return r;
}

void chapter_reader_free(struct chapter_reader **r)
{
    if (*r == NULL)
        return;
    for (unsigned i = 0; i < (*r)->n; i++)
        pattern_free(&(*r)->chapters[i].when);
    g_free((*r)->chapters);
    g_free(*r);
    *r = NULL;
}

void chapter_reader_start(struct chapter_reader *r)
{
    if (r->n > 0)
        trace_listen(&r->w->sim.trace, on_record, r);
}

static void open_chapter(struct chapter_reader *r, unsigned i)
{
    struct chapter *c = &r->chapters[i];
    struct trace *t = &r->w->sim.trace;

    c->is_due = false;
    c->is_open = true;
    r->n_open++;
    if (!trace_on(t))
        return;
    sched_set_cause(r->w->sim.sched, c->seen);
    struct record *rec = trace_begin(t, EV_NOTE, NULL);
    const char *title = scenario_text_in(&c->spec->title, "en");
    trace_number(rec, KEY_CHAPTER, i + 1);
    trace_text(rec, KEY_TITLE, span_of(title ? title : ""));
    trace_end(t);
}

void chapter_reader_turn(struct chapter_reader *r)
{
    while (r->n_due > 0) { /* a note may be what another chapter waits for */
        r->n_due = 0;
        for (unsigned i = 0; i < r->n; i++)
            if (r->chapters[i].is_due)
                open_chapter(r, i);
    }
}

unsigned chapter_reader_opened(const struct chapter_reader *r)
{
    return r->n_open;
}
