#include "net_world.h"

#include <stdio.h>
#include <stdlib.h>

enum { HOSTS_MAX = 64 };

/* A world written as "A-B:10 B-C:5": capital letters are routers, small ones hosts; numbers are ms. */
struct map_world {
    struct sim sim;
    struct net *net;
};

static struct net_host *host_of(struct map_world *w, char letter)
{
    char name[2] = { letter, 0 };
    struct net_host *h = net_host_find(w->net, name);

    if (h == NULL) {
        h = net_host_add(w->net, name, g_ascii_isupper(letter));
        net_host_address(h, 0x0a000000u + (unsigned char)letter);
    }
    return h;
}

static void make(struct map_world *w, const char *map)
{
    char **links = g_strsplit(map, " ", -1);

    sim_init(&w->sim, 1, 0);
    w->net = net_new(&w->sim);
    for (char **l = links; *l != NULL; l++) {
        struct net_link_spec spec = { .delay = atoi(*l + 4) * SIM_MS };
        net_link_add(host_of(w, (*l)[0]), host_of(w, (*l)[2]), &spec);
    }
    g_strfreev(links);
}

static void release(struct map_world *w)
{
    net_free(&w->net);
    sim_release(&w->sim);
}

/* The hosts that a datagram from the first to the last passes. */
static void on_record(void *self, const struct record *r)
{
    GString *way = self;

    if (r->event == EV_PACKET_SEND || r->event == EV_PACKET_FORWARD || r->event == EV_PACKET_ARRIVE)
        g_string_append(way, r->host);
    else if (r->event == EV_PACKET_DROP)
        g_string_append_printf(way, "!%s", r->why);
}

static void on_nothing(void *self, struct udp_socket *s, const struct packet *p)
{
    (void)self;
    (void)s;
    (void)p;
}

static void test_route_table(void **state)
{
    static const struct {
        const char *name, *map, *ends, *way; /* from and to; the way between, NULL: none */
        int delay_ms;
    } rows[] = {
        { "two hosts", "a-b:7", "ab", "ab", 7 },
        { "a star", "a-R:1 b-R:2 c-R:3", "ac", "aRc", 4 },
        { "to the router itself", "a-R:1 b-R:2", "aR", "aR", 1 },
        { "from the router", "a-R:1 b-R:2", "Rb", "Rb", 2 },
        { "a chain", "a-P:1 P-Q:1 Q-S:1 S-b:1", "ab", "aPQSb", 4 },
        { "less delay, more hops", "a-P:1 P-S:10 P-Q:3 Q-S:3 S-b:1", "ab", "aPQSb", 8 },
        { "equal delay: fewer hops", "a-P:1 P-Q:3 Q-S:3 P-S:6 S-b:1", "ab", "aPSb", 8 },
        { "equal hops: the one added first", "a-P:1 P-Q:3 P-T:3 Q-S:3 T-S:3 S-b:1", "ab", "aPQSb", 8 },
        { "equal hops, added the other way", "a-P:1 P-T:3 P-Q:3 T-S:3 Q-S:3 S-b:1", "ab", "aPTSb", 8 },
        { "no delay anywhere", "a-P:0 P-Q:0 Q-S:0 S-P:0 S-b:0", "ab", "aPSb", 0 },
        { "a ring, the short way round", "a-P:1 P-Q:1 Q-S:1 S-T:1 T-P:1 T-b:1", "ab", "aPTb", 3 },
        { "hosts do not pass on", "a-P:1 P-h:1 h-Q:1 P-Q:50 Q-b:1", "ab", "aPQb", 52 },
        { "to a host with two links", "a-P:1 P-h:5 h-Q:1 P-Q:1 Q-c:1", "ah", "aPQh", 3 },
        { "from a host with two links", "h-P:5 h-Q:1 P-Q:1 P-b:1 Q-c:1", "hb", "hQPb", 3 },
        { "only through a host", "a-P:1 P-h:1 h-Q:1 Q-b:1", "ab", NULL, 0 },
        { "no link between", "a-P:1 b-Q:1 c-P:1 d-Q:1", "ab", NULL, 0 },
        { "islands of two", "a-b:1 c-d:1", "ac", NULL, 0 },
        { "an island and a net", "a-b:1 c-R:1 d-R:1", "ad", NULL, 0 },
        { "a net and an island", "a-b:1 c-R:1 d-R:1", "da", NULL, 0 },
        { "through a host with two leaves", "a-h:1 h-b:1", "ab", NULL, 0 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct map_world w;
        GString *way = g_string_new(NULL);
        make(&w, rows[i].map);
        struct net_host *from = host_of(&w, rows[i].ends[0]), *to = host_of(&w, rows[i].ends[1]);
        sim_time delay = net_path_delay(from, to);
        if (delay != (rows[i].way ? rows[i].delay_ms * SIM_MS : SIM_NEVER))
            fail_msg("%s: %lld ns", rows[i].name, (long long)delay);
        trace_listen(&w.sim.trace, on_record, way);
        struct udp_socket *s = udp_open(from, 0, on_nothing, NULL, NULL);
        udp_open(to, 9, on_nothing, NULL, NULL);
        udp_send(s, net_host_ip(to), 9, SPAN("x"), (struct udp_about){ 0, 0 });
        while (sched_step(w.sim.sched, SIM_SECOND))
            ;
        if (rows[i].way ? strcmp(way->str, rows[i].way) != 0 : !g_str_has_suffix(way->str, "!no_route"))
            fail_msg("%s: went %s", rows[i].name, way->str);
        release(&w);
        g_string_free(way, TRUE);
    }
}

/* Against a plain search (Floyd and Warshall) in random worlds, where some delays change on the way. */
static void test_route_least_delay(void **state)
{
    struct rng rng;

    (void)state;
    rng_init(&rng, 3, SPAN("routes"));
    for (int world = 0; world < 60; world++) {
        struct sim sim;
        struct net_host *hosts[HOSTS_MAX];
        static sim_time best[HOSTS_MAX][HOSTS_MAX];
        unsigned n = 2 + rng_below(&rng, 30), links = n - 1 + rng_below(&rng, 2 * n);
        char name[16];

        sim_init(&sim, 1, 0);
        struct net *net = net_new(&sim);
        for (unsigned i = 0; i < n; i++) {
            snprintf(name, sizeof name, "h%u", i);
            hosts[i] = net_host_add(net, name, rng_below(&rng, 3) > 0);
        }
        for (unsigned i = 0; i < links; i++) {
            unsigned a = rng_below(&rng, n), b = rng_below(&rng, n);
            struct net_link_spec spec = { .delay = rng_below(&rng, 10) };
            if (a != b && net_link_between(net, hosts[a], hosts[b]) == NULL)
                net_link_add(hosts[a], hosts[b], &spec);
        }
        for (int round = 0; round < 2; round++) {
            for (unsigned i = 0; i < n; i++)
                for (unsigned j = 0; j < n; j++) {
                    struct net_link *l = net_link_between(net, hosts[i], hosts[j]);
                    best[i][j] = i == j ? 0 : l ? net_link_get_spec(l)->delay : SIM_NEVER;
                }
            for (unsigned k = 0; k < n; k++)
                for (unsigned i = 0; i < n && net_host_is_router(hosts[k]); i++)
                    for (unsigned j = 0; j < n; j++)
                        if (best[i][k] != SIM_NEVER && best[k][j] != SIM_NEVER)
                            best[i][j] = MIN(best[i][j], best[i][k] + best[k][j]);
            for (unsigned i = 0; i < n; i++)
                for (unsigned j = 0; j < n; j++)
                    if (net_path_delay(hosts[i], hosts[j]) != best[i][j])
                        fail_msg("world %d, round %d: h%u to h%u", world, round, i, j);
            for (unsigned i = 0; i < net_link_count(net); i += 3) {
                struct net_link_spec spec = { .delay = rng_below(&rng, 20) };
                net_link_set_spec(net_link_nth(net, i), &spec);
            }
        }
        net_free(&net);
        sim_release(&sim);
    }
}

static void test_route_ttl_ends_long_ways(void **state)
{
    struct sim sim;
    struct net_host *routers[80];
    struct net_link_spec spec = { .delay = SIM_MS };
    char name[16];

    (void)state;
    sim_init(&sim, 1, 0);
    struct net *net = net_new(&sim);
    for (unsigned i = 0; i < G_N_ELEMENTS(routers); i++) {
        snprintf(name, sizeof name, "r%u", i);
        routers[i] = net_host_add(net, name, true);
        net_host_address(routers[i], 0x0a000001 + i);
        if (i > 0)
            net_link_add(routers[i - 1], routers[i], &spec);
    }
    GString *way = g_string_new(NULL);
    trace_listen(&sim.trace, on_record, way);
    struct udp_socket *s = udp_open(routers[0], 0, on_nothing, NULL, NULL);
    udp_send(s, net_host_ip(routers[79]), 9, SPAN("x"), (struct udp_about){ 0, 0 });
    while (sched_step(sim.sched, SIM_SECOND))
        ;
    assert_true(g_str_has_suffix(way->str,
                                 "r63!ttl")); /* 64 routers see it, the first as its sender: 63 pass it on */
    g_string_free(way, TRUE);
    net_free(&net);
    sim_release(&sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_route_table),
        cmocka_unit_test(test_route_least_delay),
        cmocka_unit_test(test_route_ttl_ends_long_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
