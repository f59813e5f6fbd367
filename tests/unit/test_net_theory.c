#include "net_world.h"

#include <math.h>

/* What theory says of links and of TCP, and what the simulation does. */

enum { ACK_SIZE = IP_HEADER + TCP_HEADER, FULL_SIZE = 1500, MSS = 1460 };

/* ---- Waiting at a link: M/D/1. Packets of one size come as a Poisson process; the mean wait is ρ/(2(1 − ρ))
 * sending times (Pollaczek and Khinchine). */

struct poisson {
    struct world *w;
    struct udp_socket *from, *to;
    struct rng rng;
    sim_time mean;
    uint64_t to_send, sent, came, batch;
    GArray *sent_at; /* of each datagram, in order: the network keeps it */
    sim_time shortest;
    double waits;        /* of the running batch, in seconds */
    double batches[100]; /* means */
};

enum { BATCHES = 100 };

static void send_next(void *self)
{
    struct poisson *p = self;
    sim_time now = sim_now(&p->w->sim);
    static const char zeros[97];

    g_array_append_val(p->sent_at, now);
    udp_send(p->from, net_host_ip(p->w->b), 9, span_bytes(zeros, sizeof zeros), (struct udp_about){ 0, 0 });
    if (++p->sent < p->to_send)
        sched_at(p->w->sim.sched, now + rng_exponential(&p->rng, p->mean), send_next, p);
}

static void on_came(void *self, struct udp_socket *s, const struct packet *packet)
{
    struct poisson *p = self;
    sim_time spent = sim_now(&p->w->sim) - g_array_index(p->sent_at, sim_time, p->came);

    (void)s;
    (void)packet;
    p->waits += (double)(spent - p->shortest) / 1e9;
    p->came++;
    if (p->came % (p->to_send / BATCHES) == 0) {
        p->batches[p->batch++] = p->waits / (double)(p->to_send / BATCHES);
        p->waits = 0;
    }
}

/* 125 octets at 1 Mbit/s: a millisecond each. The second link is as fast as you like. */
static void poisson_run(double rho, uint32_t queue, uint64_t seed, uint64_t n, struct poisson *p)
{
    const struct net_link_spec slow = { .delay = 5 * SIM_MS, .rate_bps = 1000000, .queue = queue },
                               free_link = { 0 };

    *p = (struct poisson){ .w = world_new_seeded(seed, &slow, &free_link), .to_send = n };
    p->shortest = slow.delay + SIM_MS;
    p->mean = (sim_time)(1e6 / rho);
    p->sent_at = g_array_new(FALSE, FALSE, sizeof(sim_time));
    sim_rng(&p->w->sim, &p->rng, "arrivals");
    p->from = udp_open(p->w->a, 0, on_came, NULL, p);
    p->to = udp_open(p->w->b, 9, on_came, NULL, p);
    send_next(p);
    world_run(p->w, SIM_NEVER);
}

static void poisson_release(struct poisson *p)
{
    g_array_free(p->sent_at, TRUE);
    world_free(p->w);
}

static void test_link_waits_as_m_d_1(void **state)
{
    static const double rhos[] = { 0.3, 0.6, 0.8 };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rhos); i++) {
        struct poisson p;
        double expected = rhos[i] / (2 * (1 - rhos[i])) * 1e-3, mean = 0, square = 0;

        poisson_run(rhos[i], 1000000, 42 + i, 400000, &p);
        assert_int_equal(p.came, p.sent);
        for (int b = 0; b < BATCHES; b++) {
            mean += p.batches[b] / BATCHES;
            square += p.batches[b] * p.batches[b] / BATCHES;
        }
        /* The batches are nearly independent: 99.9 % of runs lie within 3.3 standard errors. */
        double error = sqrt((square - mean * mean) / (BATCHES - 1));
        if (fabs(mean - expected) > 3.3 * error || error > expected * 0.05)
            fail_msg("load %.1f: waited %.4f ms (standard error %.4f), theory says %.4f", rhos[i], mean * 1e3,
                     error * 1e3, expected * 1e3);
        poisson_release(&p);
    }
}

/* At twice what the link can carry, half is lost and the link never rests. With room for one packet only
 * (nobody can wait), a share ρ/(1 + ρ) is lost, whatever the sending time's distribution (Erlang's formula
 * for one server). */
static void test_link_queue_drops_what_does_not_fit(void **state)
{
    static const struct {
        const char *name;
        double rho;
        uint32_t queue;
        double lost;
    } rows[] = {
        { "overload", 2, 100, 0.5 },
        { "no waiting, light", 0.5, 0, 0.5 / 1.5 },
        { "no waiting, full", 1, 0, 0.5 },
        { "no waiting, heavy", 4, 0, 0.8 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct poisson p;
        poisson_run(rows[i].rho, rows[i].queue, 7 + i, 200000, &p);
        double lost = (double)net_dropped(p.w->net) / (double)p.sent;
        /* Four standard errors of a share of 200 000. */
        if (fabs(lost - rows[i].lost) > 4 * sqrt(rows[i].lost * (1 - rows[i].lost) / 200000))
            fail_msg("%s: lost %.4f, theory says %.4f", rows[i].name, lost, rows[i].lost);
        poisson_release(&p);
    }
}

static void test_link_loses_its_share(void **state)
{
    const struct net_link_spec lossy = { .delay = SIM_MS, .loss_ppm = 50000 }, good = { .delay = SIM_MS };
    struct world *w = world_new_seeded(5, &lossy, &good);
    struct udp_socket *s = udp_open(w->a, 0, (udp_on_datagram *)NULL, NULL, NULL);

    (void)state;
    net_host_set_up(w->b, true);
    for (int i = 0; i < 100000; i++)
        udp_send(s, net_host_ip(w->r), 1, SPAN("x"), (struct udp_about){ 0, 0 });
    uint64_t before = net_packets(w->net);
    world_run(w, SIM_SECOND);
    /* Both the datagrams and the ICMP messages that answer them lose 5 %. */
    double lost = (double)net_dropped(w->net), all = (double)(before + (net_packets(w->net) - before));
    assert_true(fabs(lost / all - 0.05) < 4 * sqrt(0.05 * 0.95 / all));
    world_free(w);
}

/* ---- TCP. */

struct flow {
    struct world *w;
    struct end client, server;
    struct tcp_listener *listener;
};

static void flow_new(struct flow *f, const struct net_link_spec *first, const struct net_link_spec *second)
{
    f->w = world_new_seeded(1, first, second);
    end_init(&f->client, f->w);
    end_init(&f->server, f->w);
    f->listener = tcp_listen(f->w->b, 25, end_on_accept, &f->server);
}

static void flow_run(struct flow *f, size_t octets, sim_time until)
{
    f->client.say_much = end_bytes(octets, 0);
    f->client.close_after_saying = true;
    f->client.conn = tcp_connect(f->w->a, net_host_ip(f->w->b), 25, &end_app, &f->client);
    world_run(f->w, until);
}

static void flow_release(struct flow *f)
{
    world_free(f->w);
    end_release(&f->client);
    end_release(&f->server);
}

/* Segments that leave in each round trip of slow start (RFC 5681 §3.1), each ACK letting through what it
 * acknowledges and one more: with an ACK for each segment a round doubles, with one for two it grows by half;
 * an odd one waits for the timer, unless FIN is with it. */
static unsigned rounds_needed(unsigned segments, unsigned first, bool every_ack)
{
    unsigned round = 0, window = first, sent = 0;

    for (;;) {
        unsigned now = MIN(window, segments - sent);
        sent += now;
        round++;
        if (sent == segments)
            return round;
        window += every_ack ? now : now / 2;
    }
}

static void test_tcp_slow_start_rounds(void **state)
{
    static const struct {
        unsigned segments, initial;
        bool every_ack;
    } rows[] = {
        { 1, 0, true },   { 3, 0, true },   { 4, 0, true },   { 9, 0, true },   { 10, 0, true },
        { 21, 0, true },  { 22, 0, true },  { 44, 0, true },  { 1, 10, true },  { 10, 10, true },
        { 11, 10, true }, { 30, 10, true }, { 31, 10, true }, { 4, 2, false },  { 2, 2, false },
        { 5, 2, false },  { 6, 4, false },  { 10, 4, false }, { 11, 4, false }, { 19, 4, false },
    };
    const sim_time rtt = 400 * SIM_MS;
    const struct net_link_spec fat = { .delay = 100 * SIM_MS };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct flow f;
        flow_new(&f, &fat, &fat);
        struct tcp_options *o = tcp_options(f.w->net);
        o->initial_segments = rows[i].initial;
        o->delayed_ack = rows[i].every_ack ? 0 : 200 * SIM_MS;
        flow_run(&f, (size_t)rows[i].segments * MSS, SIM_MINUTE);
        unsigned rounds = rounds_needed(rows[i].segments, rows[i].initial ? rows[i].initial : 3,
                                        rows[i].every_ack);
        /* The handshake takes one round trip; the last segment arrives half a one after it left. */
        sim_time expected = rtt + (rounds - 1) * rtt + rtt / 2;
        if (f.server.eof_at != expected)
            fail_msg("%u segments, first window %u, %s: arrived after %.1f ms, theory says %.1f",
                     rows[i].segments, rows[i].initial, rows[i].every_ack ? "every ACK" : "delayed ACKs",
                     (double)f.server.eof_at / 1e6, (double)expected / 1e6);
        flow_release(&f);
    }
}

/* Long enough a transfer fills the link: payload comes at the link's rate times the share of payload in a
 * packet. */
static void test_tcp_saturates_a_link(void **state)
{
    const struct net_link_spec fast = { .delay = SIM_MS },
                               slow = { .delay = 9 * SIM_MS, .rate_bps = 8000000, .queue = 100 };
    const size_t segments = 4000;
    struct flow f;

    (void)state;
    flow_new(&f, &fast, &slow);
    flow_run(&f, segments * MSS, SIM_MINUTE);
    assert_int_equal(f.server.got->len, segments * MSS);
    /* 1500 octets at 8 Mbit/s are 1.5 ms each; the window of 65 535 octets is more than rate times round
     * trip, so the link rests only while slow start begins. */
    double took = (double)(f.server.got_at - f.server.opened_at) / 1e9, busy = (double)segments * 1.5e-3;
    assert_true(took > busy && took < busy * 1.02);
    assert_int_equal(net_dropped(f.w->net), 0);
    flow_release(&f);
}

/* A window that is smaller than rate times round trip limits: window/RTT. */
static void test_tcp_window_limits(void **state)
{
    const struct net_link_spec fat = { .delay = 50 * SIM_MS };
    struct flow f;

    (void)state;
    flow_new(&f, &fat, &fat);
    tcp_options(f.w->net)->window = 20 * MSS;
    tcp_options(f.w->net)->initial_segments = 20;
    flow_run(&f, 20u * 100 * MSS, SIM_HOUR);
    /* 100 windows of 20 segments: the last one leaves 99 round trips after the first. */
    assert_int_equal(f.server.eof_at - 300 * SIM_MS, 99 * 200 * SIM_MS);
    flow_release(&f);
}

/* RFC 5681 §3.2: the third duplicate ACK brings the lost segment, a round trip after it was lost rather than
 * a timeout. */
static void test_tcp_fast_retransmit_within_a_round_trip(void **state)
{
    const struct net_link_spec fat = { .delay = 50 * SIM_MS };
    struct net_link_spec lossy = fat;
    struct flow f;

    (void)state;
    lossy.loss_ppm = 1000000;
    flow_new(&f, &fat, &fat);
    world_listen(f.w);
    tcp_options(f.w->net)->initial_segments = 10;
    f.client.conn = tcp_connect(f.w->a, net_host_ip(f.w->b), 25, &end_app, &f.client);
    world_run(f.w, SIM_SECOND);
    net_link_set_spec(f.w->ar, &lossy);
    tcp_send(f.client.conn, SPAN("lost"));
    world_run(f.w, SIM_SECOND + SIM_MS);
    net_link_set_spec(f.w->ar, &fat);
    for (int i = 0; i < 4; i++) { /* each in an event of its own, so each a segment */
        world_run(f.w, SIM_SECOND + (10 + i) * SIM_MS);
        tcp_send(f.client.conn, SPAN("later"));
    }
    world_run(f.w, 5 * SIM_SECOND);
    assert_int_equal(world_count(f.w, EV_TCP_RETRANSMIT, "fast"), 1);
    assert_int_equal(world_count(f.w, EV_TCP_RETRANSMIT, "timeout"), 0);
    assert_string_equal(f.server.got->str, "lostlaterlaterlaterlater");
    /* The third of the four left 12 ms after the second; its duplicate ACK is back a round trip of 200 ms
     * later, and half of one brings the lost one. */
    assert_int_equal(f.server.got_at, SIM_SECOND + (12 + 200 + 100) * SIM_MS);
    flow_release(&f);
}

/* RFC 6298 (5.5): each timeout doubles the next, up to the most that is allowed. */
static void test_tcp_timeouts_double(void **state)
{
    const struct net_link_spec near = { .delay = SIM_MS };
    struct flow f;
    sim_time wait = SIM_SECOND, expected = SIM_SECOND;
    unsigned n = 0;

    (void)state;
    flow_new(&f, &near, &near);
    world_listen(f.w);
    f.client.conn = tcp_connect(f.w->a, net_host_ip(f.w->b), 25, &end_app, &f.client);
    world_run(f.w, SIM_SECOND);
    net_link_set_up(f.w->rb, false);
    tcp_send(f.client.conn, SPAN("?"));
    world_run(f.w, SIM_HOUR);
    for (guint i = 0; i < f.w->records->len; i++) {
        const struct record *r = g_ptr_array_index(f.w->records, i);
        if (r->event != EV_TCP_RETRANSMIT)
            continue;
        expected += wait;
        assert_int_equal(r->time, expected);
        wait = MIN(2 * wait, 60 * SIM_SECOND);
        n++;
    }
    assert_int_equal(n, 12);
    assert_int_equal(f.client.gone_at, expected + wait);
    flow_release(&f);
}

/* Two flows that share a bottleneck for long get about the same. */
static void test_tcp_flows_share_a_link(void **state)
{
    const struct net_link_spec fast = { .delay = SIM_MS },
                               slow = { .delay = 19 * SIM_MS, .rate_bps = 8000000, .queue = 25 };
    struct flow f;
    struct end second, second_server;

    (void)state;
    flow_new(&f, &fast, &slow);
    end_init(&second, f.w);
    end_init(&second_server, f.w);
    struct tcp_listener *l = tcp_listen(f.w->b, 26, end_on_accept, &second_server);
    second.say_much = end_bytes(100000000, 1);
    second.conn = tcp_connect(f.w->a, net_host_ip(f.w->b), 26, &end_app, &second);
    flow_run(&f, 100000000, 100 * SIM_SECOND);
    double a = (double)f.server.got->len, b = (double)second_server.got->len;
    /* Together all that the link carries, less what was sent twice; each no less than a third. */
    assert_true((a + b) * 1500 / MSS > 0.9 * 1e8 && (a + b) * 1500 / MSS <= 1e8);
    assert_true(a > (a + b) / 3 && b > (a + b) / 3);
    tcp_unlisten(&l);
    flow_release(&f);
    end_release(&second);
    end_release(&second_server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_link_waits_as_m_d_1),
        cmocka_unit_test(test_link_queue_drops_what_does_not_fit),
        cmocka_unit_test(test_link_loses_its_share),
        cmocka_unit_test(test_tcp_slow_start_rounds),
        cmocka_unit_test(test_tcp_saturates_a_link),
        cmocka_unit_test(test_tcp_window_limits),
        cmocka_unit_test(test_tcp_fast_retransmit_within_a_round_trip),
        cmocka_unit_test(test_tcp_timeouts_double),
        cmocka_unit_test(test_tcp_flows_share_a_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
