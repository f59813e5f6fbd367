/* sim/scenario/chapter.c: each chapter opens once, right after the event that it is about. */
#include "scenario_help.h"

#include "scenario/world.h"

/* One mail from one computer to its own server; %s: chapters. */
#define SCENARIO                                                                                             \
    "{'format': 1, 'duration': '10s', 'domains': {'a.test': {'people': ['al']}}, 'actions': ["               \
    "{'at': '1s', 'do': 'send', 'from': 'al@a.test', 'to': 'al@a.test', 'count': 2, 'every': '1s'}],"        \
    "'chapters': [%s]}"

static const struct {
    const char *name, *chapters, *expected; /* seconds, chapter, what it is about; in the order of opening */
} rows[] = {
    { "none", "", "" },
    { "at the first match only", "{'when': 'agent.compose', 'title': 'x'}", "1.0 1 agent.compose; " },
    { "in the order of the list, of one event",
      "{'when': 'agent.submit', 'title': 'x'}, {'when': 'agent.compose', 'title': 'y'}",
      "1.0 1 agent.submit; 1.0 2 agent.compose; " },
    { "in the order of events",
      "{'when': 'mailbox.store', 'title': 'x'}, {'when': 'smtp.command verb=EHLO', 'title': 'y'}",
      "1.0 2 smtp.command; 1.2 1 mailbox.store; " },
    { "never", "{'when': 'queue.bounce', 'title': 'x'}", "" },
    { "at a time, where nothing happens", "{'at': '500ms', 'title': 'x'}", "0.5 1 -; " },
    { "at a time, before what happens then",
      "{'at': '1s', 'title': 'x'}, {'when': 'agent.compose', 'title': 'y'}",
      "1.0 1 -; 1.0 2 agent.compose; " },
    { "at the very end", "{'at': '10s', 'title': 'x'}", "10.0 1 -; " },
    { "after another chapter",
      "{'when': 'note chapter=2', 'title': 'x'}, {'when': 'note chapter=3', 'title': 'y'},"
      "{'when': 'agent.compose', 'title': 'z'}",
      "1.0 3 agent.compose; 1.0 2 note; 1.0 1 note; " },
    { "the second match of a condition", "{'when': 'agent.compose time>=2', 'title': 'x'}",
      "2.0 1 agent.compose; " },
};

struct heard {
    GPtrArray *events; /* by seq */
    GString *notes;
    uint64_t chapters;
};

static void on_record(void *self, const struct record *r)
{
    struct heard *h = self;
    const struct field *f;

    g_ptr_array_add(h->events, (void *)event_names[r->event]);
    if (r->event == EV_RUN_END && (f = record_field(r, KEY_CHAPTERS)) != NULL)
        h->chapters = (uint64_t)f->number;
    if (r->event != EV_NOTE)
        return;
    assert_int_equal(h->events->len, r->seq);
    g_string_append_printf(h->notes, "%d.%d %d %s; ", (int)(r->time / SIM_SECOND),
                           (int)(r->time % SIM_SECOND * 10 / SIM_SECOND),
                           (int)record_field(r, KEY_CHAPTER)->number,
                           r->cause ? (const char *)g_ptr_array_index(h->events, r->cause - 1) : "-");
}

static void ignore(void *self, const struct record *r)
{
    (void)self;
    (void)r;
}

static void test_chapters_open_once_and_in_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = g_strdup_printf(SCENARIO, rows[i].chapters);
        struct scenario *s = sh_open(rows[i].name, text);
        struct world *w = world_new(s, false, 0);
        struct heard h = { g_ptr_array_new(), g_string_new(NULL), 0 };
        unsigned n = 0;

        world_listen(w, ignore, NULL); /* how many listen changes nothing */
        world_listen(w, on_record, &h);
        while (world_step(w, SIM_NEVER))
            ;
        if (strcmp(h.notes->str, rows[i].expected) != 0)
            fail_msg("%s: %s, expected %s", rows[i].name, h.notes->str, rows[i].expected);
        for (const char *at = rows[i].expected; (at = strchr(at, ';')) != NULL; at++)
            n++;
        assert_int_equal(h.chapters, n);
        g_ptr_array_unref(h.events);
        g_string_free(h.notes, TRUE);
        world_free(&w);
        scenario_free(&s);
    }
}

/* A note stands right behind the records of its event: nothing of another event is between. */
static void test_a_note_follows_its_event(void **state)
{
    g_autofree char *text = g_strdup_printf(SCENARIO, "{'when': 'dns.query', 'title': 'x'},"
                                                      "{'when': 'agent.compose', 'title': 'y'}");
    struct scenario *s = sh_open("follows", text);
    struct world *w = world_new(s, false, 0);
    struct heard h = { g_ptr_array_new(), g_string_new(NULL), 0 };
    bool done = false;

    (void)state;
    world_listen(w, on_record, &h);
    while (!done && world_step(w, SIM_NEVER))
        done = h.notes->len > 0;
    assert_true(done); /* in the step that composes */
    assert_string_equal(g_ptr_array_index(h.events, h.events->len - 1), "note");
    assert_string_equal(g_ptr_array_index(h.events, 0), "agent.compose");
    g_ptr_array_unref(h.events);
    g_string_free(h.notes, TRUE);
    world_free(&w);
    scenario_free(&s);
}

static void test_events_do_not_depend_on_listeners(void **state)
{
    g_autofree char *text = g_strdup_printf(SCENARIO, "{'when': 'agent.compose', 'title': 'x'},"
                                                      "{'at': '3s', 'title': 'y'}");
    struct scenario *s = sh_open("alone", text);
    struct world *heard = world_new(s, false, 0), *alone = world_new(s, false, 0);

    (void)state;
    world_listen(heard, ignore, NULL);
    while (world_step(heard, SIM_NEVER))
        assert_true(world_step(alone, SIM_NEVER));
    assert_false(world_step(alone, SIM_NEVER));
    assert_int_equal(sched_count(heard->sim.sched), sched_count(alone->sim.sched));
    assert_int_equal(sim_now(&heard->sim), sim_now(&alone->sim));
    world_free(&heard);
    world_free(&alone);
    scenario_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chapters_open_once_and_in_time),
        cmocka_unit_test(test_a_note_follows_its_event),
        cmocka_unit_test(test_events_do_not_depend_on_listeners),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
