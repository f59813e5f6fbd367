/* sim/scenario/act*.c: faults begin and end exactly when told, leave a trace, and are undone whatever else
 * happens meanwhile; people send and look up when they should. */
#include "scenario_help.h"

#include "core/sheet.h"
#include "scenario/expand.h"
#include "scenario/world.h"

/* Three hosts around the router: a computer, a mail server, a name server. %s: keys of each, actions. */
#define HOSTS                                                                                                \
    "{'format': 1, 'duration': '30s', 'hosts': {"                                                            \
    "'pc': {'address': '10.0.0.1', 'resolvers': ['10.0.0.3'], 'agents': {'al@a.test': {'server': 'mx'}}},"   \
    "'mx': {'address': '10.0.0.2', 'resolvers': ['10.0.0.3'], 'up': %s,"                                     \
    "  'mail': {'domains': ['a.test'], "                                                                     \
    "           'users': {'al': {}, 'bo': {'quota': 5000}}}},"                                               \
    "'ns': {'address': '10.0.0.3', 'dns': {'zones': {'a.test': {'records': ["                                \
    "  '@ SOA ns admin 7 2 3 4 5', '@ NS ns', '@ MX 10 mx', 'mx A 10.0.0.2', 'ns A 10.0.0.3',"               \
    "  'www 60 A 10.0.0.7', 'www 60 A 10.0.0.8', 'www 60 A 10.0.0.9', 'WwW TXT hello', 'al CNAME www']}}}}"  \
    "}, 'links': [{'between': ['mx', 'internet'], 'up': %s, 'delay': '10ms', 'queue': 5}],"                  \
    "'actions': [%s]}"

struct stage {
    struct scenario *scenario;
    struct world *world;
    GString *trace; /* "1.000 fault.begin down mx\n" */
    const char *only;
};

static void on_record(void *self, const struct record *r)
{
    struct stage *s = self;
    const struct field *what = record_field(r, KEY_WHAT), *on = record_field(r, KEY_ON),
                       *value = record_field(r, KEY_VALUE), *line = record_field(r, KEY_LINE);
    char when[TIME_SECONDS_MAX];

    if (!g_str_has_prefix(event_names[r->event], s->only))
        return;
    time_seconds(when, r->time);
    when[strlen(when) - 6] = '\0';
    g_string_append_printf(s->trace, "%s %s", when, event_names[r->event]);
    for (int i = 0; i < 4; i++) {
        const struct field *f = (const struct field *[]){ what, on, value, line }[i];
        if (f != NULL)
            g_string_append_printf(s->trace, " %.*s", (int)f->text.len, f->text.at);
    }
    if (r->event == EV_FAULT_END && r->cause != 0)
        g_string_append_printf(s->trace, " (because of %d)", (int)r->cause);
    g_string_append_c(s->trace, '\n');
}

static struct stage stage_open(const char *name, const char *up, const char *link_up, const char *actions,
                               const char *only)
{
    g_autofree char *text = g_strdup_printf(HOSTS, up, link_up, actions);
    struct stage s = { .scenario = sh_open_unchecked(name, text), .trace = g_string_new(NULL), .only = only };

    s.world = world_new(s.scenario, false, 0);
    return s;
}

static void stage_close(struct stage *s)
{
    world_free(&s->world);
    scenario_free(&s->scenario);
    g_string_free(s->trace, TRUE);
}

static void run_to(struct stage *s, sim_time t)
{
    while (world_step(s->world, t))
        ;
    assert_true(sim_now(&s->world->sim) == t);
}

static struct net_host *host(const struct stage *s, const char *name)
{
    return world_host_find(s->world, name)->net;
}

/* ---- Down and up, cut and mended: one language, three targets. */

struct layer {
    char what; /* 'D': down or cut; 'U': up or mend; 0: no more */
    int at, lasts;
};

static const struct target {
    const char *name, *down, *up, *more;
} targets[] = {
    { "host", "down", "up", "'host': 'mx'" },
    { "program", "down", "up", "'host': 'mx', 'program': 'smtp'" },
    { "link", "cut", "mend", "'link': ['internet', 'mx']" },
    { "own link", "cut", "mend", "'link': 'MX'" },
};

static bool is_up(const struct stage *s, const struct target *t)
{
    unsigned index;

    if (t == &targets[0])
        return net_host_is_up(host(s, "mx"));
    if (t == &targets[1])
        return net_program_is_up(host(s, "mx"), "smtp");
    return net_link_is_up(world_link_find(s->world, "mx", "internet", &index));
}

static char *actions_of(const struct target *t, const struct layer *layers, unsigned n)
{
    GString *out = g_string_new(NULL);

    for (unsigned i = 0; i < n && layers[i].what != 0; i++) {
        g_string_append_printf(out, "%s{'at': '%ds', 'do': '%s', %s", i ? ", " : "", layers[i].at,
                               layers[i].what == 'D' ? t->down : t->up, t->more);
        if (layers[i].lasts > 0)
            g_string_append_printf(out, ", 'for': '%ds'", layers[i].lasts);
        g_string_append_c(out, '}');
    }
    return g_string_free(out, FALSE);
}

/* How it stands in the middle of each second, from the first on: 'U' or 'D'. */
static char *lived(const struct target *t, bool at_first, const struct layer *layers, unsigned n,
                   unsigned seconds)
{
    g_autofree char *actions = actions_of(t, layers, n);
    const char *up = t != &targets[0] || at_first ? "true" : "false",
               *link_up = t < &targets[2] || at_first ? "true" : "false";
    struct stage s = stage_open(t->name, up, link_up, actions, "fault");
    char *out = g_new0(char, seconds + 1);

    for (unsigned i = 0; i < seconds; i++) {
        run_to(&s, (sim_time)i * SIM_SECOND + SIM_SECOND / 2);
        out[i] = is_up(&s, t) ? 'U' : 'D';
    }
    stage_close(&s);
    return out;
}

static const struct {
    const char *name;
    char at_first;
    struct layer layers[4];
    const char *expected;
} histories[] = {
    { "nothing happens", 'U', { { 0 } }, "UUUUUUU" },
    { "for good", 'U', { { 'D', 2, 0 } }, "UUDDDDD" },
    { "from the first moment", 'U', { { 'D', 0, 3 } }, "DDDUUUU" },
    { "for a while", 'U', { { 'D', 2, 3 } }, "UUDDDUU" },
    { "ended by hand", 'U', { { 'D', 1, 0 }, { 'U', 4, 0 } }, "UDDDUUU" },
    { "ended early", 'U', { { 'D', 1, 5 }, { 'U', 3, 0 } }, "UDDUUUU" },
    { "an end that is overdue ends nothing else",
      'U',
      { { 'D', 1, 3 }, { 'U', 2, 0 }, { 'D', 3, 3 } },
      "UDUDDDU" },
    { "the second lasts longer", 'U', { { 'D', 1, 2 }, { 'D', 2, 4 } }, "UDDDDDU" },
    { "the first lasts longer", 'U', { { 'D', 1, 5 }, { 'D', 2, 2 } }, "UDDDDDU" },
    { "one after the other", 'U', { { 'D', 1, 2 }, { 'D', 3, 2 } }, "UDDDDUU" },
    { "one repair ends all", 'U', { { 'D', 1, 0 }, { 'D', 2, 9 }, { 'U', 4, 0 } }, "UDDDUUU" },
    { "repairing what is whole", 'U', { { 'U', 1, 0 }, { 'D', 2, 2 } }, "UUDDUUU" },
    { "repaired for a while", 'U', { { 'D', 1, 0 }, { 'U', 3, 2 } }, "UDDUUDD" },
    { "broken while repaired for a while", 'U', { { 'U', 1, 5 }, { 'D', 2, 2 } }, "UUDDUUU" },
    { "broken at first", 'D', { { 0 } }, "DDDDDDD" },
    { "broken at first, repaired", 'D', { { 'U', 2, 0 } }, "DDUUUUU" },
    { "broken at first, repaired for a while", 'D', { { 'U', 2, 2 } }, "DDUUDDD" },
    { "broken at first, and again", 'D', { { 'D', 1, 2 } }, "DDDDDDD" },
    { "broken at first, repaired, and broken for a while", 'D', { { 'U', 1, 0 }, { 'D', 3, 2 } }, "DUUDDUU" },
};

static void test_down_and_cut_in_any_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(histories); i++)
        for (size_t k = 0; k < G_N_ELEMENTS(targets); k++) {
            if (k == 1 && histories[i].at_first == 'D')
                continue; /* no program is down at first */
            g_autofree char *got = lived(&targets[k], histories[i].at_first == 'U', histories[i].layers,
                                         G_N_ELEMENTS(histories[i].layers), 7);
            if (strcmp(got, histories[i].expected) != 0)
                fail_msg("%s, %s: %s, expected %s", targets[k].name, histories[i].name, got,
                         histories[i].expected);
        }
}

/* What must be, said the long way round: the latest of all that has begun and not ended. A repair for good
 * ends all before it. */
static char model(bool at_first, const struct layer *layers, unsigned n, double now)
{
    char last = at_first ? 'U' : 'D';
    int latest_at = -1, repaired_at = -1;
    unsigned repaired_by = 0;

    for (unsigned i = 0; i < n; i++) /* the latest repair for good; of one moment, the later in the list */
        if (layers[i].what == 'U' && layers[i].lasts == 0 && layers[i].at <= now &&
            layers[i].at >= repaired_at) {
            repaired_at = layers[i].at;
            repaired_by = i;
            last = 'U';
        }
    for (unsigned i = 0; i < n; i++) {
        const struct layer *l = &layers[i];
        bool is_before = l->at < repaired_at || (l->at == repaired_at && i < repaired_by);

        if (l->at > now || (l->lasts > 0 && l->at + l->lasts <= now) || (repaired_at >= 0 && is_before))
            continue;
        if (l->at >= latest_at) {
            latest_at = l->at;
            last = l->what;
        }
    }
    return last;
}

static void test_any_pile_of_layers(void **state)
{
    uint32_t draw = 1;

    (void)state;
    for (unsigned round = 0; round < 1200; round++) {
        struct layer layers[3];
        unsigned n = round < 400 ? 2 : 3;
        char expected[9] = "";

        for (unsigned i = 0; i < n; i++) {
            draw = draw * 1103515245u + 12345u;
            layers[i] = (struct layer){ (draw >> 16) % 3 ? 'D' : 'U', (int)(draw >> 18) % 4,
                                        (int)(draw >> 22) % 5 };
        }
        for (int t = 0; t < 8; t++)
            expected[t] = model(round % 2, layers, n, t + 0.5);
        g_autofree char *got = lived(&targets[round % 2 ? round % 4 : round % 4 & 2], round % 2, layers, n,
                                     8);
        if (strcmp(got, expected) != 0)
            fail_msg("round %u: %c %ds for %ds, %c %ds for %ds, %c %ds for %ds: %s, expected %s", round,
                     layers[0].what, layers[0].at, layers[0].lasts, layers[1].what, layers[1].at,
                     layers[1].lasts, layers[2].what, layers[2].at, layers[2].lasts, got, expected);
    }
}

static void test_a_server_and_its_host_go_down_each_for_itself(void **state)
{
    struct stage s = stage_open("both", "true", "true",
                                "{'at': '1s', 'do': 'down', 'host': 'mx', 'program': 'smtp', 'for': '4s'},"
                                "{'at': '2s', 'do': 'down', 'host': 'mx', 'for': '1s'}",
                                "fault");
    const char *expected[] = { "UU", "UD", "DD", "UD", "UD", "UU" };

    (void)state;
    for (int t = 0; t < 6; t++) {
        run_to(&s, t * SIM_SECOND + SIM_SECOND / 2);
        char got[] = { net_host_is_up(host(&s, "mx")) ? 'U' : 'D',
                       net_program_is_up(host(&s, "mx"), "smtp") ? 'U' : 'D', '\0' };
        assert_string_equal(got, expected[t]);
    }
    stage_close(&s);
}

static void test_faults_are_exact_to_the_nanosecond(void **state)
{
    struct stage s = stage_open("exact", "true", "true",
                                "{'at': '1.000000001s', 'do': 'down', 'host': 'mx', 'for': '5ns'}", "fault");

    (void)state;
    for (sim_time t = SIM_SECOND; t < SIM_SECOND + 10; t++) {
        run_to(&s, t);
        assert_int_equal(net_host_is_up(host(&s, "mx")), t < SIM_SECOND + 1 || t >= SIM_SECOND + 6);
    }
    stage_close(&s);
}

/* ---- The trace. */

static const struct {
    const char *name, *actions, *expected;
} traces[] = {
    { "down for a while", "{'at': '1s', 'do': 'down', 'host': 'mx', 'for': '2s'}",
      "1.000 fault.begin down mx\n3.000 fault.end down mx (because of 1)\n" },
    { "up by hand", "{'at': '1s', 'do': 'down', 'host': 'MX'}, {'at': '2s', 'do': 'up', 'host': 'mx'}",
      "1.000 fault.begin down mx\n2.000 fault.end down mx\n" },
    { "ended early, once",
      "{'at': '1s', 'do': 'down', 'host': 'mx', 'for': '9s'}, {'at': '2s', 'do': 'up', 'host': 'mx'}",
      "1.000 fault.begin down mx\n2.000 fault.end down mx\n" },
    { "overlapping",
      "{'at': '1s', 'do': 'down', 'host': 'mx', 'for': '3s'}, {'at': '2s', 'do': 'down', 'host': 'mx', "
      "'for': '3s'}",
      "1.000 fault.begin down mx\n2.000 fault.begin down mx\n"
      "4.000 fault.end down mx still down (because of 1)\n5.000 fault.end down mx (because of 2)\n" },
    { "up for a while", "{'at': '1s', 'do': 'up', 'host': 'mx', 'for': '1s'}",
      "1.000 fault.end down mx\n2.000 fault.begin down mx still up\n" },
    { "a program", "{'at': '1s', 'do': 'down', 'host': 'ns', 'program': 'dns', 'for': '1s'}",
      "1.000 fault.begin down ns dns\n2.000 fault.end down ns dns (because of 1)\n" },
    { "a cut", "{'at': '1s', 'do': 'cut', 'link': ['internet', 'mx'], 'for': '1s'}",
      "1.000 fault.begin cut mx - internet\n2.000 fault.end cut mx - internet (because of 1)\n" },
    { "a slow link",
      "{'at': '1s', 'do': 'link', 'link': 'mx', 'delay': '1s', 'loss': '2.5%', 'rate': '1kbps', 'queue': 9, "
      "'for': '1s'}",
      "1.000 fault.begin link mx - internet delay 1s, rate 1000 bit/s, loss 2.5000 %, queue 9\n"
      "2.000 fault.end link mx - internet delay 1s, rate 1000 bit/s, loss 2.5000 %, queue 9 (because of 1)\n" },
    { "an answer",
      "{'at': '1s', 'do': 'answer', 'host': 'mx', 'with': '450 after 2 connections', 'for': '1s'}",
      "1.000 fault.begin answer mx 450 after 2 connections\n"
      "2.000 fault.end answer mx 450 after 2 connections (because of 1)\n" },
    { "greylisting", "{'at': '1s', 'do': 'greylist', 'host': 'mx', 'wait': '5m', 'for': '1s'}",
      "1.000 fault.begin greylist mx 5m\n2.000 fault.end greylist mx 5m (because of 1)\n" },
    { "a quota", "{'at': '1s', 'do': 'quota', 'host': 'mx', 'user': 'bo', 'quota': '1KB', 'for': '1s'}",
      "1.000 fault.begin quota mx bo 1000\n2.000 fault.end quota mx bo 1000 (because of 1)\n" },
    { "records",
      "{'at': '1s', 'do': 'record', 'host': 'ns', 'remove': 'www A', 'add': ['www A 10.0.0.1'], 'for': '1s'}",
      "1.000 fault.begin record ns - www A, + www A 10.0.0.1\n"
      "2.000 fault.end record ns - www A, + www A 10.0.0.1 (because of 1)\n" },
};

static void test_each_fault_leaves_a_trace(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(traces); i++) {
        struct stage s = stage_open(traces[i].name, "true", "true", traces[i].actions, "fault");

        world_listen(s.world, on_record, &s);
        run_to(&s, 20 * SIM_SECOND);
        if (strcmp(s.trace->str, traces[i].expected) != 0)
            fail_msg("%s:\n%sexpected:\n%s", traces[i].name, s.trace->str, traces[i].expected);
        stage_close(&s);
    }
}

/* ---- Links: each key by itself, the latest that says something about it. */

static const struct {
    const char *name, *actions, *expected; /* delay in ms, loss in percent, queue, at 0.5, 1.5, … */
} changes[] = {
    { "one", "{'at': '1s', 'do': 'link', 'link': 'mx', 'delay': '20ms', 'for': '2s'}",
      "10/0/5 20/0/5 20/0/5 10/0/5 10/0/5 10/0/5 " },
    { "two keys overlap",
      "{'at': '1s', 'do': 'link', 'link': 'mx', 'delay': '20ms', 'for': '2s'},"
      "{'at': '2s', 'do': 'link', 'link': ['mx', 'internet'], 'loss': '3%', 'for': '2s'}",
      "10/0/5 20/0/5 20/3/5 10/3/5 10/0/5 10/0/5 " },
    { "the same key, first in first out",
      "{'at': '1s', 'do': 'link', 'link': 'mx', 'delay': '20ms', 'for': '2s'},"
      "{'at': '2s', 'do': 'link', 'link': 'mx', 'delay': '30ms', 'queue': 7, 'for': '2s'}",
      "10/0/5 20/0/5 30/0/7 30/0/7 10/0/5 10/0/5 " },
    { "the same key, last in first out",
      "{'at': '1s', 'do': 'link', 'link': 'mx', 'delay': '20ms', 'queue': 8, 'for': '4s'},"
      "{'at': '2s', 'do': 'link', 'link': 'mx', 'delay': '30ms', 'for': '1s'}",
      "10/0/5 20/0/8 30/0/8 20/0/8 20/0/8 10/0/5 " },
    { "one for good, one for a while",
      "{'at': '2s', 'do': 'link', 'link': 'mx', 'delay': '30ms', 'for': '1s'},"
      "{'at': '1s', 'do': 'link', 'link': 'mx', 'delay': '0ms', 'loss': 1}",
      "10/0/5 0/100/5 30/100/5 0/100/5 0/100/5 0/100/5 " },
};

static void test_links_change_key_by_key(void **state)
{
    unsigned index;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        struct stage s = stage_open(changes[i].name, "true", "true", changes[i].actions, "fault");
        const struct net_link *l = world_link_find(s.world, "mx", NULL, &index);
        GString *got = g_string_new(NULL);

        for (int t = 0; t < 6; t++) {
            run_to(&s, t * SIM_SECOND + SIM_SECOND / 2);
            const struct net_link_spec *spec = net_link_get_spec(l);
            g_string_append_printf(got, "%d/%u/%u ", (int)(spec->delay / SIM_MS), spec->loss_ppm / 10000,
                                   spec->queue);
        }
        if (strcmp(got->str, changes[i].expected) != 0)
            fail_msg("%s: %s, expected %s", changes[i].name, got->str, changes[i].expected);
        g_string_free(got, TRUE);
        stage_close(&s);
    }
}

/* ---- Records. */

static void put_record(void *self, const struct dns_rr *r)
{
    GString *out = self;
    struct dns_name origin;

    dns_name_parse(span_of("a.test"), NULL, &origin, NULL);
    if (r->type != DNS_SOA) { /* its serial only ever goes up */
        dns_rr_line(r, &origin, out);
        g_string_append(out, "; ");
    }
}

static struct dns_zone *zone(const struct stage *s)
{
    struct dns_name origin;

    assert_true(dns_name_parse(span_of("a.test"), NULL, &origin, NULL));
    return dns_server_find_zone(world_host_find(s->world, "ns")->dns, &origin);
}

/* What the zone says of www, al and new. */
static char *records(const struct stage *s, bool all)
{
    GString *out = g_string_new(NULL), *some = g_string_new(NULL);

    dns_zone_each(zone(s), put_record, out);
    char **lines = g_strsplit(out->str, "; ", -1);
    for (unsigned i = 0; lines[i] != NULL; i++)
        if (all || g_ascii_strncasecmp(lines[i], "www", 3) == 0 || g_str_has_prefix(lines[i], "new"))
            g_string_append_printf(some, "%s; ", lines[i]);
    g_strfreev(lines);
    g_string_free(out, TRUE);
    return g_string_free(some, FALSE);
}

static unsigned serial(const struct stage *s)
{
    const struct dns_set *soa = dns_node_find(dns_zone_apex(zone(s)), DNS_SOA);
    const uint8_t *at = (const uint8_t *)soa->rdata[0].at + soa->rdata[0].len - 20;

    return (unsigned)at[0] << 24 | (unsigned)at[1] << 16 | (unsigned)at[2] << 8 | at[3];
}

#define RECORD(at, lasts, more) "{'at': '" at "', 'do': 'record', 'host': 'ns', 'for': '" lasts "', " more "}"
#define WWW                     "www 60 A 10.0.0.7; www 60 A 10.0.0.8; www 60 A 10.0.0.9; www 86400 TXT \"hello\"; "

static const struct {
    const char *name, *actions;
    unsigned changes;
    const char *expected; /* at 3.5 s */
} record_rows[] = {
    { "one more", RECORD("1s", "9s", "'add': 'www 60 A 10.0.0.1'"), 2,
      "www 60 A 10.0.0.7; www 60 A 10.0.0.8; www 60 A 10.0.0.9; www 60 A 10.0.0.1; www 86400 TXT \"hello\"; " },
    { "one that is there", RECORD("1s", "9s", "'add': 'WWW 5 A 10.0.0.8'"), 2,
      "www 5 A 10.0.0.7; www 5 A 10.0.0.8; www 5 A 10.0.0.9; www 86400 TXT \"hello\"; " },
    { "one less", RECORD("1s", "9s", "'remove': 'www A 10.0.0.7'"), 2,
      "www 60 A 10.0.0.8; www 60 A 10.0.0.9; www 86400 TXT \"hello\"; " },
    { "two less", RECORD("1s", "9s", "'remove': ['www A 10.0.0.8', 'www A 10.0.0.7']"), 2,
      "www 60 A 10.0.0.9; www 86400 TXT \"hello\"; " },
    { "none of that data", RECORD("1s", "9s", "'remove': 'www A 10.0.0.77'"), 2, WWW },
    { "all of a type", RECORD("1s", "9s", "'remove': 'www A'"), 2, "www 86400 TXT \"hello\"; " },
    { "all of a name", RECORD("1s", "9s", "'remove': 'www'"), 2, "" },
    { "an alias instead", RECORD("1s", "9s", "'remove': 'www', 'add': 'www CNAME mx'"), 2,
      "www 86400 CNAME mx; " },
    { "an alias beside", RECORD("1s", "9s", "'add': 'www CNAME mx'"), 2, WWW },
    { "a new name, and a name below", RECORD("1s", "9s", "'add': ['new 1 A 10.0.0.1', 'x.new 2 A 10.0.0.2']"),
      2, "new 1 A 10.0.0.1; " WWW },
    { "the first in is the first out",
      RECORD("1s", "2s", "'remove': 'www A', 'add': 'www 1 A 10.0.0.1'") "," RECORD(
          "2s", "9s", "'remove': 'www A', 'add': 'www 2 A 10.0.0.2'"),
      4, "www 2 A 10.0.0.2; www 86400 TXT \"hello\"; " },
    { "the last in is the first out",
      RECORD("1s", "9s", "'remove': 'www A', 'add': 'www 1 A 10.0.0.1'") "," RECORD(
          "2s", "1s", "'remove': 'www A', 'add': 'www 2 A 10.0.0.2'"),
      4, "www 1 A 10.0.0.1; www 86400 TXT \"hello\"; " },
    { "what an ended one has added is not there for the next to remove",
      RECORD("1s", "2s", "'add': 'new 1 A 10.0.0.1'") "," RECORD(
          "2s", "9s", "'remove': 'new A', 'add': 'new 2 A 10.0.0.2'"),
      4, "new 2 A 10.0.0.2; " WWW },
    { "the same added twice stays until the second ends",
      RECORD("1s", "2s", "'add': 'new 1 A 10.0.0.1'") "," RECORD("2s", "9s", "'add': 'new 1 A 10.0.0.1'"), 4,
      "new 1 A 10.0.0.1; " WWW },
};

static void test_records_come_and_go(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(record_rows); i++) {
        struct stage s = stage_open(record_rows[i].name, "true", "true", record_rows[i].actions, "fault");
        g_autofree char *before = records(&s, true);
        unsigned first = serial(&s);

        run_to(&s, 3 * SIM_SECOND + SIM_SECOND / 2);
        g_autofree char *during = records(&s, false);
        run_to(&s, 20 * SIM_SECOND);
        g_autofree char *after = records(&s, true);
        if (strcmp(during, record_rows[i].expected) != 0)
            fail_msg("%s: %s, expected %s", record_rows[i].name, during, record_rows[i].expected);
        if (strcmp(before, after) != 0)
            fail_msg("%s: before %s\nafter %s", record_rows[i].name, before, after);
        if (serial(&s) != first + record_rows[i].changes)
            fail_msg("%s: serial %u, was %u", record_rows[i].name, serial(&s), first);
        stage_close(&s);
    }
}

static void test_any_pile_of_record_changes_is_undone(void **state)
{
    static const char *const more[] = {
        "'add': 'www 5 A 10.0.0.7'",
        "'remove': 'www A'",
        "'remove': 'www'",
        "'remove': ['www A 10.0.0.8', 'al']",
        "'add': 'new TXT x'",
        "'remove': ['www', 'new'], 'add': ['www CNAME mx', 'new CNAME al']",
        "'remove': '@ MX 10 mx'",
        "'remove': '@ MX', 'add': ['@ MX 5 new', 'new A 10.0.0.5']",
        "'remove': 'al CNAME', 'add': 'al A 10.0.0.4'",
    };
    uint32_t draw = 7;

    (void)state;
    for (int round = 0; round < 300; round++) {
        GString *actions = g_string_new(NULL);

        for (int i = 0; i < 4; i++) {
            draw = draw * 1103515245u + 12345u;
            g_string_append_printf(actions, "%s{'at': '%us', 'do': 'record', 'host': 'ns', 'for': '%us', %s}",
                                   i ? ", " : "", (draw >> 16) % 5, 1 + (draw >> 19) % 6,
                                   more[(draw >> 23) % G_N_ELEMENTS(more)]);
        }
        struct stage s = stage_open("pile", "true", "true", actions->str, "fault");
        g_autofree char *before = records(&s, true);
        run_to(&s, 20 * SIM_SECOND);
        g_autofree char *after = records(&s, true);
        if (strcmp(before, after) != 0)
            fail_msg("%s: before %s\nafter %s", actions->str, before, after);
        stage_close(&s);
        g_string_free(actions, TRUE);
    }
}

/* ---- A mail server's moods, as its clients see them: one mail a second. */

#define SEND                                                                                                 \
    "{'at': '500ms', 'do': 'send', 'count': 6, 'every': '1s', 'from': 'al@a.test', 'to': 'bo@a.test'}"
#define ON_MX(at, do, more) ",{'at': '" at "', 'do': '" do "', 'host': 'mx', " more "}"

static const struct {
    const char *name, *actions, *expected; /* reply codes to RCPT, or to the connection */
} moods[] = {
    { "none", SEND, "ok ok ok ok ok ok " },
    { "a refusal", SEND ON_MX("1s", "answer", "'with': {'when': 'rcpt', 'code': 450}, 'for': '2s'"),
      "ok 450 450 ok ok ok " },
    { "two refusals, the first ends first",
      SEND ON_MX("1s", "answer", "'with': {'when': 'rcpt', 'code': 450}, 'for': '2s'")
          ON_MX("2s", "answer", "'with': {'when': 'rcpt', 'code': 550}, 'for': '2s'"),
      "ok 450 450 550 ok ok " },
    { "two refusals, the last ends first",
      SEND ON_MX("1s", "answer", "'with': {'when': 'rcpt', 'code': 450}, 'for': '4s'")
          ON_MX("2s", "answer", "'with': {'when': 'mail', 'code': 550}, 'for': '1s'"),
      "ok 450 550 450 450 ok " },
    { "greylisting", SEND ON_MX("1s", "greylist", "'wait': '10m', 'for': '3s'"), "ok 450 450 450 ok ok " },
    { "greylisting within greylisting",
      SEND ON_MX("1s", "greylist", "'wait': '10m', 'for': '4s'")
          ON_MX("2s", "greylist", "'wait': '0s', 'for': '1s'"),
      "ok 450 ok 450 450 ok " },
    { "a mailbox too small", SEND ON_MX("1s", "quota", "'user': 'bo', 'quota': 1, 'for': '2s'"),
      "ok 552 552 ok ok ok " },
    { "quotas overlap",
      SEND ON_MX("1s", "quota", "'user': 'bo', 'quota': 1, 'for': '4s'")
          ON_MX("2s", "quota", "'user': 'bo', 'quota': 0, 'for': '1s'"),
      "ok 552 ok 552 552 ok " },
    { "down", SEND ON_MX("1s", "down", "'program': 'smtp', 'for': '2s'"), "ok lost lost ok ok ok " },
};

/* What became of each mail: a trace listener. */
static void on_fate(void *self, const struct record *r)
{
    struct stage *s = self;
    const struct field *code = record_field(r, KEY_CODE);

    if (r->event == EV_AGENT_SENT)
        g_string_append(s->trace, "ok ");
    else if (r->event == EV_AGENT_LOST && code != NULL && code->number > 0)
        g_string_append_printf(s->trace, "%d ", (int)code->number);
    else if (r->event == EV_AGENT_LOST)
        g_string_append(s->trace, "lost ");
}

static void test_a_server_is_as_before(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(moods); i++) {
        struct stage s = stage_open(moods[i].name, "true", "true", moods[i].actions, "");
        GString *quota = g_string_new(NULL);

        world_listen(s.world, on_fate, &s);
        run_to(&s, 29 * SIM_SECOND);
        if (strcmp(s.trace->str, moods[i].expected) != 0)
            fail_msg("%s: %s, expected %s", moods[i].name, s.trace->str, moods[i].expected);
        struct sheet *sheet = sheet_new("mx");
        net_host_describe(host(&s, "mx"), sheet);
        sheet_to_json(sheet, quota);
        assert_non_null(strstr(quota->str, "\"quota\":5000"));
        sheet_free(&sheet);
        g_string_free(quota, TRUE);
        stage_close(&s);
    }
}

/* ---- People. */

static unsigned count_of(const struct stage *s, const char *what)
{
    unsigned n = 0;

    for (const char *at = s->trace->str; (at = strstr(at, what)) != NULL; at++)
        n++;
    return n;
}

static const struct {
    const char *name, *actions, *event, *expected;
} people[] = {
    { "one mail", "{'at': '2s', 'do': 'send', 'from': 'AL@a.test', 'to': 'bo@a.test'}", "agent.compose",
      "2.000 agent.compose\n" },
    { "three, a second apart",
      "{'at': '1s', 'do': 'send', 'from': 'al@a.test', 'to': 'bo@a.test', 'count': 3, 'every': '1s'}",
      "agent.compose", "1.000 agent.compose\n2.000 agent.compose\n3.000 agent.compose\n" },
    { "two a second",
      "{'at': '1s', 'do': 'look_up', 'host': 'pc', 'name': 'www.a.test', 'count': 3, 'rate': '2/s'}",
      "dns.lookup", "1.000 dns.lookup\n1.500 dns.lookup\n2.000 dns.lookup\n" },
    { "all at once", "{'at': '1s', 'do': 'look_up', 'host': 'pc', 'name': 'www.a.test', 'count': 2}",
      "dns.lookup", "1.000 dns.lookup\n1.000 dns.lookup\n" },
    { "nobody looks anything up on a host that is down",
      "{'at': '1s', 'do': 'down', 'host': 'pc', 'for': '1s'},"
      "{'at': '1s', 'do': 'look_up', 'host': 'pc', 'name': 'www.a.test', 'count': 2, 'every': '1s'}",
      "dns.lookup", "2.000 dns.lookup\n" },
};

static void test_people_act_when_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(people); i++) {
        struct stage s = stage_open(people[i].name, "true", "true", people[i].actions, people[i].event);

        world_listen(s.world, on_record, &s);
        run_to(&s, 25 * SIM_SECOND);
        if (strcmp(s.trace->str, people[i].expected) != 0)
            fail_msg("%s:\n%sexpected:\n%s", people[i].name, s.trace->str, people[i].expected);
        stage_close(&s);
    }
}

static void test_poisson_gaps_average_out(void **state)
{
    struct stage s = stage_open("poisson", "true", "true",
                                "{'do': 'look_up', 'host': 'pc', 'name': 'www.a.test', 'count': 100000,"
                                " 'every': '10ms', 'poisson': true}",
                                "dns.lookup");

    (void)state;
    world_listen(s.world, on_record, &s);
    run_to(&s, 29 * SIM_SECOND);
    unsigned n = count_of(&s, "dns.lookup");
    assert_in_range(n, 2900 - 4 * 54, 2900 + 4 * 54); /* four standard deviations */
    stage_close(&s);
}

/* ---- Expanded, an action does what it did. */

static char *trace_of(const char *name, const char *json)
{
    struct stage s = { .scenario = sh_open_unchecked(name, json), .trace = g_string_new(NULL), .only = "" };

    s.world = world_new(s.scenario, false, 0);
    world_listen(s.world, on_record, &s);
    run_to(&s, 29 * SIM_SECOND);
    char *trace = g_strdup(s.trace->str);
    stage_close(&s);
    return trace;
}

static void test_expanded_actions_do_the_same(void **state)
{
    static const char send[] = "{'at': '3s', 'do': 'send', 'from': 'al@a.test', 'to': 'bo@a.test'}";
    static const struct {
        const char *name, *action;
    } rows[] = {
        { "send", "{'do': 'send', 'from': 'al@a.test', 'to': ['bo@a.test'], 'count': 3, 'rate': '1/s'}" },
        { "look_up", "{'do': 'look_up', 'host': 'pc', 'name': 'www.a.test'}" },
        { "down", "{'do': 'down', 'host': 'mx', 'for': '9s'}" },
        { "up", "{'do': 'down', 'host': 'mx', 'program': 'smtp'}, {'at': '5s', 'do': 'up', 'host': 'mx', "
                "'program': 'smtp'}" },
        { "cut", "{'do': 'cut', 'link': 'mx', 'for': '5s'}" },
        { "mend", "{'do': 'cut', 'link': 'mx'}, {'at': '5s', 'do': 'mend', 'link': ['internet', 'mx']}" },
        { "delay", "{'do': 'link', 'link': 'mx', 'delay': '1s'}" },
        { "loss over rate", "{'do': 'link', 'link': 'mx', 'rate': '10kbps'}, "
                            "{'at': '1s', 'do': 'link', 'link': 'mx', 'loss': '10%', 'for': '9s'}" },
        { "queue", "{'do': 'link', 'link': 'mx', 'queue': 7, 'rate': 'none'}" },
        { "answer", "{'do': 'answer', 'host': 'mx', 'with': '450'}" },
        { "greeting", "{'do': 'answer', 'host': 'mx', 'with': {'code': 554, 'text': 'no'}}" },
        { "greylist", "{'do': 'greylist', 'host': 'mx'}" },
        { "quota", "{'do': 'quota', 'host': 'mx', 'user': 'bo', 'quota': 10}" },
        { "record",
          "{'do': 'record', 'host': 'ns', 'remove': 'www A', 'add': 'www A 10.0.0.1', 'for': '9s'}" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *actions = g_strdup_printf("%s, %s", rows[i].action, send);
        g_autofree char *json = g_strdup_printf(HOSTS, "true", "true", actions);
        g_autofree char *trace = trace_of(rows[i].name, json), *again = NULL;
        struct scenario *s = sh_open_unchecked(rows[i].name, json);
        GString *expanded = g_string_new(NULL);

        scenario_expand(s, expanded);
        again = trace_of(rows[i].name, expanded->str);
        if (strcmp(trace, again) != 0)
            fail_msg("%s: expanded\n%s\nit runs to\n%s\ninstead of\n%s", rows[i].name, expanded->str, again,
                     trace);
        scenario_free(&s);
        g_string_free(expanded, TRUE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_down_and_cut_in_any_order),
        cmocka_unit_test(test_any_pile_of_layers),
        cmocka_unit_test(test_a_server_and_its_host_go_down_each_for_itself),
        cmocka_unit_test(test_faults_are_exact_to_the_nanosecond),
        cmocka_unit_test(test_each_fault_leaves_a_trace),
        cmocka_unit_test(test_links_change_key_by_key),
        cmocka_unit_test(test_records_come_and_go),
        cmocka_unit_test(test_any_pile_of_record_changes_is_undone),
        cmocka_unit_test(test_a_server_is_as_before),
        cmocka_unit_test(test_people_act_when_told),
        cmocka_unit_test(test_poisson_gaps_average_out),
        cmocka_unit_test(test_expanded_actions_do_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
