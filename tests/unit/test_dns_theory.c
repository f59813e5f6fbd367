/* The numbers that theory gives, against the whole stack: stub resolver, network, local server, cache, walk.
 */
#include "dns_world.h"

#include <inttypes.h>
#include <math.h>

#include "core/rng.h"

/* ---- Round trips: with links of unlimited rate, a look-up takes exactly the sum of them. */

static void test_theory_round_trips(void **state)
{
    enum {
        STUB = 4,
        ROOT = 22,
        EDU = 42,
        HAMBURGER = 62,
        ROOT_EDU = 60,
        EDU_HAMBURGER = 100
    }; /* ms, there and back */
    static const struct {
        const char *text, *name;
        uint16_t type;
        bool chain;
        sim_time ms; /* of a look-up that follows those above it, until `chain` changes */
    } rows[] = {
        { "all three levels", "hamburger.edu", DNS_MX, false, STUB + ROOT + EDU + HAMBURGER },
        { "known", "hamburger.edu", DNS_MX, false, STUB },
        { "known that it is not: not yet", "no.hamburger.edu", DNS_A, false, STUB + HAMBURGER },
        { "known that it is not", "no.hamburger.edu", DNS_MX, false, STUB },
        { "the server of edu is known", "bear.edu", DNS_A, false, STUB + EDU },
        { "an alias within the zone", "www.hamburger.edu", DNS_A, false, STUB + HAMBURGER },
        { "only the root knows", "org", DNS_NS, false, STUB + ROOT },
        { "each asks the next", "hamburger.edu", DNS_MX, true, STUB + ROOT + ROOT_EDU + EDU_HAMBURGER },
        { "known", "hamburger.edu", DNS_MX, true, STUB },
        { "the root knows whom to ask, and edu too", "mail.hamburger.edu", DNS_A, true,
          STUB + ROOT + ROOT_EDU + EDU_HAMBURGER },
    };
    struct course c;
    struct asked a;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (i == 0 || rows[i].chain != rows[i - 1].chain) {
            if (i > 0)
                world_release(&c.w);
            course_init(&c, true, rows[i].chain);
        }
        sim_time took = world_ask(&c.w, c.stub, rows[i].name, rows[i].type, &a);
        if (took != rows[i].ms * SIM_MS)
            fail_msg("%s: %s took %" PRId64 " ns, not %" PRId64 " ms", rows[i].text, rows[i].name, took,
                     rows[i].ms);
    }
    world_release(&c.w);
}

/* ---- Hits: under Poisson look-ups of rate L, a record of TTL T is there for L T/(1 + L T) of them. For
 * after each miss it stays for T, in which L T come on average, and then one comes too late, to be the next
 * miss. */

struct load {
    struct world *w;
    struct dns_stub *stub;
    struct rng rng;
    sim_time mean; /* between look-ups */
    unsigned left, answers;
    unsigned hits, misses;
};

static void on_result(void *self, const struct dns_result *r)
{
    struct load *l = self;

    assert_int_equal(r->outcome, DNS_FOUND);
    l->answers++;
}

static void ask_on(void *self)
{
    struct load *l = self;
    struct dns_name n = world_name("short.hamburger.edu");

    dns_stub_query(l->stub, &n, DNS_A, 0, on_result, l);
    if (--l->left > 0)
        sched_at(l->w->sim.sched, sim_now(&l->w->sim) + rng_exponential(&l->rng, l->mean), ask_on, l);
}

static void count(void *self, const struct record *r)
{
    struct load *l = self;
    const struct field *type = record_field(r, KEY_TYPE);

    if ((r->event != EV_DNS_CACHE_HIT && r->event != EV_DNS_CACHE_MISS) || !span_is(type->text, SPAN("A")))
        return;
    l->hits += r->event == EV_DNS_CACHE_HIT;
    l->misses += r->event == EV_DNS_CACHE_MISS;
}

static void test_theory_hit_rate(void **state)
{
    static const double products[] = { 0.1, 0.5, 1, 3, 10, 100 }; /* L T */
    enum { LOOKUPS = 20000, TTL_S = 2 };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(products); i++) {
        double lt = products[i];
        struct course c;
        struct load l = { .left = LOOKUPS, .mean = (sim_time)((double)(TTL_S * SIM_SECOND) / lt) };

        /* Without delay, no look-up can come while the answer is on its way. */
        course_init(&c, true, false);
        for (unsigned k = 0; k < net_link_count(c.w.net); k++)
            net_link_set_spec(net_link_nth(c.w.net, k), &(struct net_link_spec){ .delay = 0 });
        l.w = &c.w;
        l.stub = c.stub;
        rng_init(&l.rng, 1 + i, SPAN("load"));
        trace_listen(&c.w.sim.trace, count, &l);
        ask_on(&l);
        world_run(&c.w, SIM_NEVER);
        assert_int_equal(l.answers, LOOKUPS);
        assert_int_equal(l.hits + l.misses, LOOKUPS);

        /* Hits between two misses are Poisson of mean L T: so the rate's deviation, over that many misses. */
        double rate = (double)l.hits / LOOKUPS, expected = lt / (1 + lt);
        double sigma = sqrt(lt / ((double)LOOKUPS / (1 + lt))) / ((1 + lt) * (1 + lt));
        if (fabs(rate - expected) > 3 * sigma)
            fail_msg("L T = %g: %.4f of the look-ups hit, theory says %.4f +- %.4f", lt, rate, expected,
                     sigma);
        world_release(&c.w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_theory_round_trips),
        cmocka_unit_test(test_theory_hit_rate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
