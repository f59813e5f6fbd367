/* Playing and stepping, on a tape made by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "player.h"

#define MS INT64_C(1000000)
#define S  INT64_C(1000000000)

enum { FRAME = 16 };

/* ---- A tape: what view.h gives, of rows. */

struct view_tape {
    struct record *records;
    int64_t n;
};

static const struct row {
    sim_time time;
    enum event event;
    int64_t hop; /* of a packet.send */
} rows[] = {
    { 0, EV_NOTE, -1 },                       /* 0: chapter 1 */
    { 0, EV_AGENT_COMPOSE, -1 },              /* 1 */
    { 0, EV_SMTP_COMMAND, -1 },               /* 2 */
    { 0, EV_PACKET_SEND, 5 },                 /* 3: a hop of 40 ms */
    { 10 * MS, EV_PACKET_SEND, 6 },           /* 4: one of 35 ms, begun meanwhile */
    { 40 * MS, EV_PACKET_ARRIVE, -1 },        /* 5 */
    { 45 * MS, EV_PACKET_ARRIVE, -1 },        /* 6 */
    { 45 * MS, EV_SMTP_REPLY, -1 },           /* 7 */
    { 1800 * S, EV_SMTP_STATE, -1 },          /* 8: after a long wait */
    { 1800 * S, EV_QUEUE_ATTEMPT, -1 },       /* 9 */
    { 1800 * S, EV_NOTE, -1 },                /* 10: chapter 2 */
    { 1800 * S + 30 * MS, EV_DNS_QUERY, -1 }, /* 11 */
    { 5 * 86400 * S, EV_RUN_END, -1 },        /* 12 */
};
enum { N_ROWS = sizeof rows / sizeof rows[0] };

static struct record records[N_ROWS];
static struct view_tape tape = { records, N_ROWS };
static struct view_tape empty = { records, 0 };

int64_t view_tape_length(const struct view_tape *t)
{
    return t->n;
}

const struct record *view_tape_nth(const struct view_tape *t, int64_t i)
{
    assert_in_range(i, 0, t->n - 1);
    return &t->records[i];
}

int64_t view_tape_at(const struct view_tape *t, sim_time at)
{
    int64_t i = t->n - 1;

    while (i >= 0 && t->records[i].time > at)
        i--;
    return i;
}

sim_time view_tape_end(const struct view_tape *t)
{
    return t->n > 0 ? t->records[t->n - 1].time : 0;
}

int64_t view_tape_hop(const struct view_tape *t, int64_t i)
{
    (void)t;
    return rows[i].hop;
}

unsigned view_tape_flying(const struct view_tape *t, sim_time at, int64_t *out, unsigned room)
{
    unsigned n = 0;

    for (int64_t i = 0; i < t->n; i++)
        if (rows[i].hop >= 0 && rows[i].time <= at && rows[rows[i].hop].time > at && n++ < room)
            out[n - 1] = i;
    return n;
}

bool view_is_packet(const struct record *r)
{
    return r->event <= EV_PACKET_DROP;
}

bool view_is_message(const struct record *r)
{
    return r->event == EV_SMTP_COMMAND || r->event == EV_SMTP_REPLY || r->event == EV_DNS_QUERY ||
           r->event == EV_AGENT_COMPOSE || r->event == EV_QUEUE_ATTEMPT;
}

struct view_pattern {
    enum event event;
};

bool view_pattern_matches(const struct view_pattern *p, const struct record *r)
{
    return r->event == p->event;
}

void view_line(const struct record *r, words_fn *language, GString *out)
{
    (void)language;
    g_string_append_printf(out, "event %d", r->event);
}

static struct player player_on(const struct view_tape *t)
{
    struct player p = { 0 };

    for (int i = 0; i < N_ROWS; i++)
        records[i] = (struct record){ .seq = (uint64_t)i + 1, .time = rows[i].time, .event = rows[i].event };
    player_init(&p, t);
    return p;
}

/* ---- */

static void test_stepping_stops_at_each_of_its_kind(void **state)
{
    static const struct {
        const char *name;
        int64_t stops[N_ROWS + 1];
    } kinds[] = {
        { "packet", { 3, 4, 5, 6, 12, -1 } },
        { "message", { 1, 2, 7, 9, 11, 12, -1 } },
        { "chapter", { 0, 10, 12, -1 } },
    };

    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        struct player p = player_on(&tape);
        int n = 0;

        for (; kinds[kind].stops[n] >= 0; n++) {
            assert_true(player_step(&p, kind, true));
            if (p.at != kinds[kind].stops[n])
                print_error("%s %d: at %d\n", kinds[kind].name, n, (int)p.at);
            assert_int_equal(p.at, kinds[kind].stops[n]);
            assert_true(p.clock == rows[p.at].time && p.skip == 0);
        }
        assert_false(player_step(&p, kind, true)); /* we are at the end */
        while (n-- > 1) {
            assert_true(player_step(&p, kind, false));
            assert_int_equal(p.at, kinds[kind].stops[n - 1]);
        }
        assert_true(player_step(&p, kind, false));
        assert_int_equal(p.at, -1);
        assert_false(player_step(&p, kind, false));
        assert_true(p.clock == 0);
    }
}

/* Screen ms that it takes to get from one record to another. */
static double play(struct player *p, int64_t to)
{
    double ms = 0;

    p->is_playing = true;
    while (p->at < to && ms < 60000) {
        sim_time before = p->clock;

        player_tick(p, 1, NULL, false);
        assert_true(p->clock >= before);
        ms += 1;
    }
    return ms;
}

static void test_a_hop_lasts_as_long_however_much_happens_meanwhile(void **state)
{
    struct player p = player_on(&tape);

    (void)state;
    play(&p, 3);
    double ms = play(&p, 5);
    assert_true(ms >= 600 && ms <= 1200);
    assert_true(fabs(ms - pace_ms(40 * MS)) < 100);
}

static void test_a_long_wait_is_a_short_skip(void **state)
{
    struct player p = player_on(&tape);
    GString *words = g_string_new(NULL);
    double ms = 0, skip = 0;

    (void)state;
    player_go(&p, 7);
    assert_null(player_waits_for(&p, words));
    p.is_playing = true;
    while (p.at == 7) {
        assert_true(p.skip >= skip);
        skip = p.skip;
        player_tick(&p, FRAME, NULL, false);
        ms += FRAME;
        if (p.at == 7)
            assert_string_equal(player_waits_for(&p, words), "30 minutes later: the queue tries again");
    }
    assert_true(ms > 800 && ms < 1400 && skip > 0.9 && p.skip == 0);
    g_string_free(words, TRUE);
}

static void test_waits_are_told_in_words(void **state)
{
    GString *words = g_string_new(NULL);

    (void)state;
    player_on(&tape);
    assert_null(player_wait_words(&tape, 5, 6, words));
    assert_null(player_wait_words(&tape, 5, N_ROWS, words));
    assert_null(player_wait_words(NULL, 0, 1, words));
    assert_string_equal(player_wait_words(&tape, 11, 12, words), "5 days later: the run ends");
    records[12].event = EV_SMTP_DATA; /* one that has no words of its own */
    assert_non_null(strstr(player_wait_words(&tape, 11, 12, words), "5 days later: event"));
    g_string_free(words, TRUE);
}

static void test_playing_ends_at_the_end(void **state)
{
    struct player p = player_on(&tape);

    (void)state;
    play(&p, N_ROWS - 1);
    assert_int_equal(p.at, N_ROWS - 1);
    assert_false(p.is_playing);
    assert_true(p.clock == view_tape_end(&tape));
    p.is_playing = true;
    player_tick(&p, FRAME, NULL, false);
    assert_false(p.is_playing);
}

static void test_a_breakpoint_stops_at_its_record(void **state)
{
    struct player p = player_on(&tape);
    struct view_pattern query = { EV_DNS_QUERY };

    (void)state;
    p.is_playing = true;
    for (int i = 0; i < 10000 && p.is_playing; i++)
        player_tick(&p, FRAME, &query, false);
    assert_int_equal(p.at, 11);
}

static void test_speed_shortens(void **state)
{
    struct player slow = player_on(&tape), fast = player_on(&tape);

    (void)state;
    slow.speed = 0.5;
    fast.speed = 4;
    double a = play(&slow, 7), b = play(&fast, 7);
    assert_true(fabs(a / b - 8) < 0.5);
}

static void test_reduced_motion_jumps(void **state)
{
    struct player p = player_on(&tape);

    (void)state;
    p.is_playing = true;
    for (int i = 0; i < 1000 && p.is_playing; i++) {
        player_tick(&p, FRAME, NULL, true);
        assert_true(p.clock == rows[p.at].time && p.skip == 0);
    }
    assert_int_equal(p.at, N_ROWS - 1);
}

static void test_a_long_frame_goes_as_far_as_many_short_ones(void **state)
{
    struct player a = player_on(&tape), b = player_on(&tape);

    (void)state;
    a.is_playing = b.is_playing = true;
    player_tick(&a, 1504, NULL, false);
    for (int i = 0; i < 94; i++)
        player_tick(&b, FRAME, NULL, false);
    assert_int_equal(a.at, b.at);
    assert_true(llabs(a.clock - b.clock) < 2000);
}

static void test_going_to_a_time(void **state)
{
    struct player p = player_on(&tape);

    (void)state;
    assert_true(player_go_time(&p, 42 * MS));
    assert_int_equal(p.at, 5);
    assert_true(p.clock == 42 * MS && p.ms_left < p.ms_gap && p.ms_left > 0);
    assert_true(player_go_time(&p, 0));
    assert_int_equal(p.at, 3);
    assert_false(player_go_time(&p, -1));
    assert_int_equal(p.at, -1);
    assert_false(player_go_time(&p, INT64_MAX));
    assert_int_equal(p.at, N_ROWS - 1);
    player_go(&p, 99);
    assert_int_equal(p.at, N_ROWS - 1);
    player_go(&p, -99);
    assert_int_equal(p.at, -1);
}

static void test_finding(void **state)
{
    struct player p = player_on(&tape);
    struct view_pattern note = { EV_NOTE }, drop = { EV_PACKET_DROP };

    (void)state;
    assert_true(player_find(&p, &note));
    assert_int_equal(p.at, 0);
    assert_true(player_find(&p, &note));
    assert_int_equal(p.at, 10);
    assert_false(player_find(&p, &note));
    assert_false(player_find(&p, &drop));
    assert_int_equal(p.at, 10);
}

/* A tape whose beginning is as it was, and that goes on in another way. */
/* A chapter is stood at where it begins: with what opened it, not with its note. */
static void test_a_chapter_begins_with_what_opened_it(void **state)
{
    struct record r[8];
    struct view_tape t = { r, 8 };
    struct player p = { 0 };

    (void)state;
    for (int i = 0; i < 8; i++)
        r[i] = (struct record){ .seq = (uint64_t)i + 1, .time = i < 7 ? 5 : 9, .event = EV_DNS_QUERY };
    r[0].time = 1;
    r[0].event = EV_NOTE;
    r[5].event = r[7].event = EV_NOTE;
    r[5].cause = 3; /* record 2, at the same moment */
    r[7].cause = 7; /* record 6, earlier: where one reads it is later */
    player_init(&p, &t);
    static const int64_t there[] = { 0, 2, 7 };
    for (int i = 0; i < 3; i++) {
        assert_true(player_step(&p, 2, true));
        assert_int_equal(p.at, there[i]);
    }
    for (int i = 1; i >= 0; i--) {
        assert_true(player_step(&p, 2, false));
        assert_int_equal(p.at, there[i]);
    }
    for (int64_t from = 3; from <= 6; from++) { /* within the moment: back to its beginning, on to the next */
        player_go(&p, from);
        assert_true(player_step(&p, 2, false));
        assert_int_equal(p.at, 2);
        player_go(&p, from);
        assert_true(player_step(&p, 2, true));
        assert_int_equal(p.at, 7);
    }
}

static void test_another_tape_is_stood_on_at_the_same_event(void **state)
{
    static const struct {
        int64_t at;
        sim_time clock; /* -1: its record's */
        int64_t there;
    } cases[] = {
        { -1, -1, -1 },    /* the beginning stays the beginning */
        { 2, -1, 3 },      /* the same event, with one more before it */
        { 7, -1, 8 },      /* two at one moment: the one it was */
        { 6, -1, 7 },      /* and the other */
        { 8, -1, 8 },      /* gone: the moment before */
        { 7, 900 * S, 8 }, /* between two records: the time */
        { 12, -1, 8 },     /* past the end: the end */
    };
    struct record other[9];
    struct view_tape changed = { other, 9 };

    (void)state;
    for (int i = 0, k = 0; i < 9; i++)
        other[i] = i == 1 ? records[0] : records[k++];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct player p = { 0 };

        player_init(&p, &tape);
        player_go(&p, cases[i].at);
        if (cases[i].clock >= 0)
            player_go_time(&p, cases[i].clock);
        player_change_tape(&p, &changed);
        assert_ptr_equal(p.tape, &changed);
        if (p.at != cases[i].there)
            fail_msg("row %d: at %d", (int)i, (int)p.at);
    }
    struct player p = { 0 };
    player_change_tape(&p, &tape);
    assert_int_equal(p.at, -1);
    player_change_tape(&p, NULL);
    assert_null(p.tape);
}

static void test_nothing_loaded_is_harmless(void **state)
{
    const struct view_tape *tapes[] = { NULL, &empty };
    GString *words = g_string_new(NULL);
    struct view_pattern note = { EV_NOTE };

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct player p = player_on(tapes[i]);

        assert_true(p.speed == 1);
        assert_false(player_step(&p, 0, true));
        assert_false(player_step(&p, 1, false));
        assert_false(player_go_time(&p, S));
        assert_false(player_find(&p, &note));
        assert_null(player_waits_for(&p, words));
        p.is_playing = true;
        assert_false(player_tick(&p, FRAME, NULL, false));
        assert_false(p.is_playing);
        assert_int_equal(p.at, -1);
    }
    g_string_free(words, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stepping_stops_at_each_of_its_kind),
        cmocka_unit_test(test_a_hop_lasts_as_long_however_much_happens_meanwhile),
        cmocka_unit_test(test_a_long_wait_is_a_short_skip),
        cmocka_unit_test(test_waits_are_told_in_words),
        cmocka_unit_test(test_playing_ends_at_the_end),
        cmocka_unit_test(test_a_breakpoint_stops_at_its_record),
        cmocka_unit_test(test_speed_shortens),
        cmocka_unit_test(test_reduced_motion_jumps),
        cmocka_unit_test(test_a_long_frame_goes_as_far_as_many_short_ones),
        cmocka_unit_test(test_going_to_a_time),
        cmocka_unit_test(test_finding),
        cmocka_unit_test(test_a_chapter_begins_with_what_opened_it),
        cmocka_unit_test(test_another_tape_is_stood_on_at_the_same_event),
        cmocka_unit_test(test_nothing_loaded_is_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
