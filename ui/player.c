#include "player.h"

#include <math.h>

#include "words.h"

enum {
    FLIGHTS_MAX = 64,      /* of which the pace of a gap is made */
    RECORDS_A_TICK = 20000 /* a crowd at one moment must not freeze the window */
};
enum { STOP_PACKET, STOP_MESSAGE, STOP_CHAPTER }; /* enum step_kind of app.h */

static int64_t length(const struct player *p)
{
    return p->tape != NULL ? view_tape_length(p->tape) : 0;
}

static sim_time time_of(const struct player *p, int64_t i)
{
    return i < 0 ? 0 : view_tape_nth(p->tape, i)->time;
}

/* A hop takes pace_ms of its own length however many records lie within it: while something is under way, a
 * gap takes its part of that. The fastest sets the pace. */
static double gap_ms(const struct player *p)
{
    sim_time from = time_of(p, p->at), gap = time_of(p, p->at + 1) - from;
    int64_t flying[FLIGHTS_MAX];
    unsigned n = gap > 0 ? view_tape_flying(p->tape, from, flying, FLIGHTS_MAX) : 0;
    double rate = 0;

    for (unsigned i = 0; i < n && i < FLIGHTS_MAX; i++) {
        int64_t hop = view_tape_hop(p->tape, flying[i]);
        sim_time lasts = hop >= 0 ? time_of(p, hop) - time_of(p, flying[i]) : 0;

        if (lasts > 0)
            rate = fmax(rate, pace_ms(lasts) / lasts);
    }
    return rate > 0 && gap * rate < pace_ms(gap) ? gap * rate : pace_ms(gap);
}

/* Stand at a record: what is left until the next is the whole gap. */
static void arrive(struct player *p, int64_t at)
{
    p->at = at;
    p->skip = 0;
    p->clock = time_of(p, at);
    p->ms_gap = p->ms_left = at + 1 < length(p) ? gap_ms(p) : 0;
}

void player_init(struct player *p, const struct view_tape *tape)
{
    double speed = p->speed >= 0.25 && p->speed <= 8 ? p->speed : 1;

    *p = (struct player){ .tape = tape, .at = -1, .speed = speed };
    arrive(p, -1);
}

static bool is_stop(const struct record *r, int kind)
{
    switch (kind) {
    case STOP_PACKET:
        return view_is_packet(r);
    case STOP_MESSAGE:
        return view_is_message(r);
    default:
        return r->event == EV_NOTE;
    }
}

/* Where one stands at record `i`: a chapter's note comes right behind the event that opens the chapter, and
 * behind all that followed at once. */
static int64_t stand_at(const struct player *p, int64_t i, int kind)
{
    const struct record *r = kind == STOP_CHAPTER ? view_tape_nth(p->tape, i) : NULL;

    return r != NULL && r->cause > 0 && r->cause < r->seq && time_of(p, (int64_t)r->cause - 1) == r->time
               ? (int64_t)r->cause - 1
               : i;
}

bool player_step(struct player *p, int kind, bool forward)
{
    int64_t was = p->at, n = length(p), i = was;
    bool is_there = false;

    p->is_playing = false;
    /* The note of a chapter that has begun before us may still follow at this moment. */
    if (kind == STOP_CHAPTER && !forward && was >= 0)
        i = view_tape_at(p->tape, time_of(p, was)) + 1;
    while (!is_there) {
        i += forward ? 1 : -1;
        is_there = i < 0 || i >= n;
        if (!is_there && is_stop(view_tape_nth(p->tape, i), kind)) {
            int64_t to = stand_at(p, i, kind);
            is_there = forward ? to > was : to < was;
            i = is_there ? to : i;
        }
    }
    player_go(p, i);
    return p->at != was;
}

void player_go(struct player *p, int64_t index)
{
    int64_t n = length(p);

    arrive(p, index < -1 ? -1 : index >= n ? n - 1 : index);
}

/* The clock a part of the way from this record to the next. */
static void show_part(struct player *p)
{
    sim_time from = time_of(p, p->at), gap = time_of(p, p->at + 1) - from;
    double part = p->ms_gap > 0 ? 1 - p->ms_left / p->ms_gap : 0;
    bool is_skip = pace_is_skip(gap);

    p->skip = is_skip && part > 0 ? part : 0;
    p->clock = from + (sim_time)((double)gap * (is_skip ? pace_ease(part) : part));
}

bool player_go_time(struct player *p, sim_time t)
{
    int64_t n = length(p);

    if (n == 0)
        return false;
    if (t < 0 || t > view_tape_end(p->tape)) {
        player_go(p, t < 0 ? -1 : n - 1);
        return false;
    }
    arrive(p, view_tape_at(p->tape, t));
    sim_time from = p->clock, next = p->at + 1 < n ? time_of(p, p->at + 1) : from;
    if (t > from && next > from) { /* played on, the clock goes on from here */
        double part = (double)(t - from) / (double)(next - from);
        p->ms_left = p->ms_gap * (1 - (pace_is_skip(next - from) ? pace_unease(part) : part));
    }
    p->clock = t;
    return true;
}

static bool is_like(const struct record *a, const struct record *b)
{
    return a->event == b->event && a->time == b->time && g_strcmp0(a->host, b->host) == 0 &&
           g_strcmp0(a->peer, b->peer) == 0;
}

/* The record of `t` that is most like record `at` of `was`: of those at its moment the one that has as many
 * like it before it; -1: none is. */
static int64_t find_like(const struct view_tape *was, int64_t at, const struct view_tape *t)
{
    const struct record *r = view_tape_nth(was, at);
    int64_t before = 0, found = -1, i;

    for (i = at - 1; i >= 0 && view_tape_nth(was, i)->time == r->time; i--)
        before += is_like(view_tape_nth(was, i), r);
    for (i = r->time > 0 ? view_tape_at(t, r->time - 1) + 1 : 0;
         i < view_tape_length(t) && view_tape_nth(t, i)->time == r->time && before >= 0; i++)
        if (is_like(view_tape_nth(t, i), r)) {
            found = i;
            before--;
        }
    return found;
}

void player_change_tape(struct player *p, const struct view_tape *tape)
{
    struct player was = *p;

    player_init(p, tape);
    if (was.tape == NULL || tape == NULL || (was.at < 0 && was.clock <= 0))
        return;
    bool is_between = was.at < 0 || was.clock > time_of(&was, was.at);
    int64_t like = is_between ? -1 : find_like(was.tape, was.at, tape);
    if (like >= 0)
        player_go(p, like);
    else
        player_go_time(p, was.clock);
}

bool player_find(struct player *p, const struct view_pattern *pattern)
{
    for (int64_t i = p->at + 1; i < length(p); i++)
        if (view_pattern_matches(pattern, view_tape_nth(p->tape, i))) {
            player_go(p, i);
            return true;
        }
    return false;
}

bool player_tick(struct player *p, double ms, const struct view_pattern *breakpoint, bool reduced_motion)
{
    int64_t was = p->at, n = length(p);
    sim_time clock_was = p->clock;
    double budget = ms > 0 ? ms * p->speed : 0;

    if (!p->is_playing)
        return false;
    for (int i = 0; p->at + 1 < n && p->ms_left <= budget && i < RECORDS_A_TICK; i++) {
        budget -= p->ms_left;
        arrive(p, p->at + 1);
        if (breakpoint != NULL && view_pattern_matches(breakpoint, view_tape_nth(p->tape, p->at))) {
            p->is_playing = false;
            return true;
        }
    }
    if (p->at + 1 >= n) {
        p->is_playing = false;
    } else if (p->ms_left > budget) {
        p->ms_left -= budget;
        if (!reduced_motion)
            show_part(p);
    }
    return p->at != was || p->clock != clock_was;
}

/* ---- What a wait is for. */

static const char *outcome(const struct record *r)
{
    switch (r->event) {
    case EV_QUEUE_ATTEMPT:
        return _("the queue tries again");
    case EV_QUEUE_BOUNCE:
        return _("the queue gives up");
    case EV_QUEUE_WARN:
        return _("the queue warns the sender");
    case EV_TCP_RETRANSMIT:
        return _("no acknowledgement came, so TCP sends again");
    case EV_TCP_FAIL:
        return _("TCP gives up");
    case EV_DNS_TIMEOUT:
        return _("no answer came, so the resolver asks again");
    case EV_DNS_GIVE_UP:
        return _("the resolver gives up");
    case EV_DNS_CACHE_EXPIRE:
        return _("a record in the cache runs out");
    case EV_DNS_LOOKUP:
        return _("a name is looked up");
    case EV_AGENT_COMPOSE:
        return _("a person writes a mail");
    case EV_AGENT_ASK:
        return _("a person turns to the mail, or to the web");
    case EV_FAULT_BEGIN:
        return _("something breaks");
    case EV_FAULT_END:
        return _("what was broken works again");
    case EV_NOTE:
        return _("the next chapter begins");
    case EV_RUN_END:
        return _("the run ends");
    default:
        return NULL;
    }
}

/* "30 minutes": the largest unit, and the next below it where it matters. */
static void append_span(GString *out, sim_time span)
{
    int64_t s = (span + 500000000) / 1000000000;

    if (s < 100)
        g_string_append_printf(out, _N("%d second", "%d seconds", s), (int)s);
    else if (s < 100 * 60)
        g_string_append_printf(out, _N("%d minute", "%d minutes", (s + 30) / 60), (int)((s + 30) / 60));
    else if (s < 48 * 3600)
        g_string_append_printf(out, _N("%d hour", "%d hours", (s + 1800) / 3600), (int)((s + 1800) / 3600));
    else
        g_string_append_printf(out, _N("%d day", "%d days", (s + 43200) / 86400), (int)((s + 43200) / 86400));
}

const char *player_wait_words(const struct view_tape *t, int64_t from, int64_t to, GString *scratch)
{
    enum { LOOK_AHEAD = 8 };
    const char *says = NULL;

    if (t == NULL || to <= from || to >= view_tape_length(t))
        return NULL;
    sim_time begin = from < 0 ? 0 : view_tape_nth(t, from)->time, end = view_tape_nth(t, to)->time;
    if (!pace_is_skip(end - begin))
        return NULL;
    /* What matters may be the second or third thing of that moment. */
    for (int64_t i = to; says == NULL && i < to + LOOK_AHEAD && i < view_tape_length(t); i++)
        if (view_tape_nth(t, i)->time == end)
            says = outcome(view_tape_nth(t, i));

    GString *span = g_string_new(NULL), *line = g_string_new(says);
    append_span(span, end - begin);
    if (says == NULL)
        view_line(view_tape_nth(t, to), words, line);
    g_string_printf(scratch, _("%s later: %s"), span->str, line->str);
    g_string_free(span, TRUE);
    g_string_free(line, TRUE);
    return scratch->str;
}

const char *player_waits_for(const struct player *p, GString *scratch)
{
    return p->skip > 0 ? player_wait_words(p->tape, p->at, p->at + 1, scratch) : NULL;
}
