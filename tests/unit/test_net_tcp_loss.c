#include "net_world.h"

/* Whatever the network does to segments, the octets come out as they went in. */

enum { CONNS_MAX = 200 };

struct row {
    const char *name;
    size_t from_client, from_server;
    struct net_link_spec link; /* of both */
    unsigned conns;
    uint32_t window;    /* 0: the default */
    bool jumping_delay; /* the second link's delay changes every 3 ms, so that packets overtake each other */
    bool no_control;
    sim_time cut_for; /* the second link is cut for so long, after 100 ms */
};

static const struct row rows[] = {
    { "no loss", 300000, 0, { 10 * SIM_MS, 10000000, 0, 100 }, 1 },
    { "both directions", 200000, 300000, { 10 * SIM_MS, 10000000, 0, 100 }, 1 },
    { "5 % loss", 300000, 0, { 10 * SIM_MS, 10000000, 50000, 100 }, 1 },
    { "5 % loss, both directions", 100000, 200000, { 10 * SIM_MS, 10000000, 50000, 100 }, 1 },
    { "30 % loss", 30000, 10000, { 10 * SIM_MS, 10000000, 163340, 100 }, 1 },
    { "short queue", 500000, 0, { 20 * SIM_MS, 5000000, 0, 5 }, 1 },
    { "reordering", 300000, 100000, { 20 * SIM_MS, 0, 0, 100 }, 1, .jumping_delay = true },
    { "reordering and loss", 200000, 50000, { 20 * SIM_MS, 0, 20000, 100 }, 1, .jumping_delay = true },
    { "small window", 50000, 50000, { 10 * SIM_MS, 10000000, 10000, 100 }, 1, .window = 1000 },
    { "window of one octet", 100, 0, { 10 * SIM_MS, 10000000, 10000, 100 }, 1, .window = 1 },
    { "no congestion control", 300000, 0, { 10 * SIM_MS, 10000000, 10000, 20 }, 1, .no_control = true },
    { "cut for a while", 300000, 0, { 10 * SIM_MS, 10000000, 0, 100 }, 1, .cut_for = 20 * SIM_SECOND },
    { "many connections over a bottleneck", 20000, 2000, { 10 * SIM_MS, 10000000, 10000, 30 }, CONNS_MAX },
    { "nothing at all", 0, 0, { 10 * SIM_MS, 0, 100000, 0 }, 10 },
};

struct pair {
    struct end client, server;
};

struct accepting {
    struct world *w;
    struct pair *pairs;
    const struct row *row;
    unsigned accepted;
};

/* Connections come in another order than they were made: the client's port tells which it is. */
static void *on_accept(void *self, struct tcp_conn *c, const struct tcp_app **app_out)
{
    struct accepting *a = self;

    for (unsigned i = 0; i < a->row->conns; i++) {
        if (a->pairs[i].client.conn == NULL || tcp_local_port(a->pairs[i].client.conn) != tcp_peer_port(c))
            continue;
        a->accepted++;
        *app_out = &end_app;
        a->pairs[i].server.conn = c;
        end_say(&a->pairs[i].server);
        return &a->pairs[i].server;
    }
    fail_msg("%s: nobody called", a->row->name);
    return NULL;
}

static void prepare(struct end *e, struct world *w, size_t octets, unsigned salt)
{
    end_init(e, w);
    e->say_much = end_bytes(octets, salt);
    e->close_after_saying = true;
}

static void jump(struct world *w, sim_time now)
{
    struct net_link_spec spec = *net_link_get_spec(w->rb);
    spec.delay = 5 * SIM_MS + (now / SIM_MS * 7919) % 37 * SIM_MS;
    net_link_set_spec(w->rb, &spec);
}

static void run(struct world *w, const struct row *row)
{
    sim_time step = 3 * SIM_MS, end = 4 * SIM_HOUR;

    for (sim_time t = step; row->jumping_delay && t < 20 * SIM_SECOND; t += step) {
        world_run(w, t);
        jump(w, t);
    }
    if (row->cut_for > 0) {
        world_run(w, 100 * SIM_MS);
        net_link_set_up(w->rb, false);
        world_run(w, 100 * SIM_MS + row->cut_for);
        net_link_set_up(w->rb, true);
    }
    world_run(w, end);
}

static void check_end(const struct row *row, const char *side, const struct end *e, const struct end *peer)
{
    if (e->got->len != peer->say_much->len || memcmp(e->got->str, peer->say_much->str, e->got->len) != 0)
        fail_msg("%s: %s got %zu octets of %zu, or wrong ones", row->name, side, e->got->len,
                 peer->say_much->len);
    if (e->gone != 1 || e->why != TCP_DONE)
        fail_msg("%s: %s ended %u times, %s", row->name, side, e->gone, tcp_gone_text(e->why));
    if (e->eofs != 1)
        fail_msg("%s: %s heard the end %u times", row->name, side, e->eofs);
}

static void transfer(const struct row *row, uint64_t seed)
{
    struct world *w = world_new_seeded(seed, &row->link, &row->link);
    struct pair *pairs = g_new0(struct pair, row->conns);
    struct accepting a = { w, pairs, row, 0 };

    if (row->window > 0)
        tcp_options(w->net)->window = row->window;
    tcp_options(w->net)->no_congestion_control = row->no_control;
    tcp_options(w->net)->data_tries = 40;
    tcp_options(w->net)->syn_tries = 40;
    /* Long enough for a FIN that is lost again and again: what comes after TIME-WAIT is answered with RST. */
    tcp_options(w->net)->time_wait = 30 * SIM_MINUTE;
    struct tcp_listener *l = tcp_listen(w->b, 25, on_accept, &a);
    for (unsigned i = 0; i < row->conns; i++) {
        prepare(&pairs[i].client, w, row->from_client, i);
        prepare(&pairs[i].server, w, row->from_server, i + 1000);
        pairs[i].client.conn = tcp_connect(w->a, net_host_ip(w->b), 25, &end_app, &pairs[i].client);
    }
    run(w, row);
    for (unsigned i = 0; i < row->conns; i++) {
        check_end(row, "client", &pairs[i].client, &pairs[i].server);
        check_end(row, "server", &pairs[i].server, &pairs[i].client);
        end_release(&pairs[i].client);
        end_release(&pairs[i].server);
    }
    tcp_unlisten(&l);
    assert_int_equal(sched_pending(w->sim.sched), 0); /* no timer is left behind */
    world_free(w);
    g_free(pairs);
}

static void test_tcp_octets_arrive_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        for (uint64_t seed = 1; seed <= 3; seed++)
            transfer(&rows[i], seed);
}

/* The first of a host's numbers is its first connection's initial sequence number: seeds that begin just
 * below 2^32. */
static void test_tcp_sequence_numbers_wrap(void **state)
{
    static const struct row wrap = {
        "wrap-around", 400000, 400000, { 10 * SIM_MS, 10000000, 20000, 100 }, 1
    };
    unsigned found = 0;

    (void)state;
    for (uint64_t seed = 1; seed < 2000000 && found < 3; seed++) {
        struct rng r;
        rng_init(&r, seed, found % 2 ? SPAN("a/tcp") : SPAN("b/tcp"));
        if ((uint32_t)(rng_next(&r) >> 32) < UINT32_MAX - 100000)
            continue;
        found++;
        transfer(&wrap, seed);
    }
    assert_int_equal(found, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tcp_octets_arrive_whole),
        cmocka_unit_test(test_tcp_sequence_numbers_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
