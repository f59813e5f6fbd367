#include "net_world.h"

/* Datagrams from a to b: when each comes. */
struct sink {
    struct world *w;
    struct udp_socket *from, *to;
    GString *came; /* "10.0 11.0": ms */
};

static void on_came(void *self, struct udp_socket *socket, const struct packet *p)
{
    struct sink *s = self;

    (void)socket;
    (void)p;
    g_string_append_printf(s->came, "%s%.1f", s->came->len ? " " : "", (double)sim_now(&s->w->sim) / 1e6);
}

static void sink_init(struct sink *s, const struct net_link_spec *first, const struct net_link_spec *second)
{
    s->w = world_new_seeded(1, first, second);
    world_listen(s->w);
    s->from = udp_open(s->w->a, 0, on_came, NULL, s);
    s->to = udp_open(s->w->b, 9, on_came, NULL, s);
    s->came = g_string_new(NULL);
}

static void sink_release(struct sink *s)
{
    world_free(s->w);
    g_string_free(s->came, TRUE);
}

/* An IP packet of 125 octets: a millisecond at 1 Mbit/s. */
static void send_one(struct sink *s)
{
    static const char zeros[125 - IP_HEADER - UDP_HEADER];
    udp_send(s->from, net_host_ip(s->w->b), 9, span_bytes(zeros, sizeof zeros), (struct udp_about){ 0, 0 });
}

static void test_link_times(void **state)
{
    static const struct {
        const char *name;
        struct net_link_spec first, second;
        unsigned packets;
        const char *came;
        unsigned full;
    } rows[] = {
        { "delay only", { 10 * SIM_MS, 0, 0, 0 }, { 5 * SIM_MS, 0, 0, 0 }, 3, "15.0 15.0 15.0", 0 },
        { "no delay at all", { 0, 0, 0, 0 }, { 0, 0, 0, 0 }, 1, "0.0", 0 },
        { "one after the other", { 10 * SIM_MS, 1000000, 0, 10 }, { 0, 0, 0, 0 }, 3, "11.0 12.0 13.0", 0 },
        { "store and forward",
          { 10 * SIM_MS, 1000000, 0, 10 },
          { 0, 1000000, 0, 10 },
          3,
          "12.0 13.0 14.0",
          0 },
        { "slower behind", { 0, 1000000, 0, 10 }, { 0, 500000, 0, 10 }, 3, "3.0 5.0 7.0", 0 },
        { "room for two", { 10 * SIM_MS, 1000000, 0, 2 }, { 0, 0, 0, 0 }, 5, "11.0 12.0 13.0", 2 },
        { "room for none", { 10 * SIM_MS, 1000000, 0, 0 }, { 0, 0, 0, 0 }, 3, "11.0", 2 },
        { "slow behind, room for one", { 0, 1000000, 0, 10 }, { 0, 250000, 0, 1 }, 6, "5.0 9.0 13.0", 3 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct sink s;
        sink_init(&s, &rows[i].first, &rows[i].second);
        for (unsigned n = 0; n < rows[i].packets; n++)
            send_one(&s);
        world_run(s.w, SIM_SECOND);
        if (strcmp(s.came->str, rows[i].came) != 0 ||
            world_count(s.w, EV_PACKET_DROP, "queue_full") != rows[i].full)
            fail_msg("%s: %s", rows[i].name, s.came->str);
        sink_release(&s);
    }
}

/* Rates that do not divide: to the nearest nanosecond, 125 octets. */
static void test_link_sending_time(void **state)
{
    static const struct {
        uint64_t rate_bps;
        sim_time expected;
    } rows[] = {
        { 1, 1000 * SIM_SECOND },
        { 3, 333333333333 },
        { 7, 142857142857 },
        { 56000, 17857143 },
        { 1544000, 647668 },
        { 3000000, 333333 },
        { 10000000, 100000 },
        { 1000000000, 1000 },
        { UINT64_C(100000000000), 10 },
        { UINT64_C(400000000000), 3 /* 2.5 */ },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct net_link_spec spec = { .rate_bps = rows[i].rate_bps }, none = { 0 };
        struct sink s;
        sink_init(&s, &spec, &none);
        send_one(&s);
        while (s.came->len == 0)
            sched_step(s.w->sim.sched, SIM_NEVER);
        if (sim_now(&s.w->sim) != rows[i].expected)
            fail_msg("%llu bit/s: %lld ns", (unsigned long long)rows[i].rate_bps,
                     (long long)sim_now(&s.w->sim));
        sink_release(&s);
    }
}

/* The queue empties as packets leave: what comes later finds room again. */
static void test_link_queue_over_time(void **state)
{
    const struct net_link_spec slow = { .rate_bps = 1000000, .queue = 3 }, none = { 0 };
    struct sink s;
    unsigned sent = 0;

    (void)state;
    sink_init(&s, &slow, &none);
    for (int ms = 0; ms < 1000;
         ms++) { /* two a millisecond, and one can go: every second one is lost, once it is full */
        world_run(s.w, ms * SIM_MS);
        send_one(&s);
        send_one(&s);
        sent += 2;
    }
    world_run(s.w, 2 * SIM_SECOND);
    assert_int_equal(world_count(s.w, EV_PACKET_ARRIVE, NULL), 1000 + 3);
    assert_int_equal(world_count(s.w, EV_PACKET_DROP, "queue_full"), sent - 1003);
    sink_release(&s);
}

static void test_link_cut(void **state)
{
    const struct net_link_spec spec = { .delay = 10 * SIM_MS };
    struct sink s;

    (void)state;
    sink_init(&s, &spec, &spec);
    send_one(&s); /* cut on the second link, mended before it would be there: lost all the same */
    world_run(s.w, 12 * SIM_MS);
    net_link_set_up(s.w->rb, false);
    assert_false(net_link_is_up(s.w->rb));
    net_link_set_up(s.w->rb, false);
    net_link_set_up(s.w->rb, true);
    assert_true(net_link_is_up(s.w->rb));
    world_run(s.w, SIM_SECOND);
    assert_string_equal(s.came->str, "");
    net_link_set_up(s.w->ar, false);
    send_one(&s); /* onto a cut link: lost at once */
    assert_int_equal(world_count(s.w, EV_PACKET_DROP, "link_cut"), 2);
    const struct record *r = g_ptr_array_index(s.w->records, s.w->records->len - 1);
    assert_string_equal(r->host, "a");
    assert_true(span_is(record_field(r, KEY_LINK)->text, SPAN("a>r")));
    net_link_set_up(s.w->ar, true);
    send_one(&s);
    world_run(s.w, 2 * SIM_SECOND);
    assert_string_equal(s.came->str, "1020.0");
    sink_release(&s);
}

static void test_link_spec_changes_from_now_on(void **state)
{
    const struct net_link_spec spec = { .delay = 100 * SIM_MS }, quick = { .delay = 10 * SIM_MS },
                               none = { 0 };
    struct sink s;

    (void)state;
    sink_init(&s, &spec, &none);
    send_one(&s);
    world_run(s.w, SIM_MS);
    net_link_set_spec(s.w->ar, &quick);
    assert_int_equal(net_link_get_spec(s.w->ar)->delay, quick.delay);
    send_one(&s); /* overtakes */
    world_run(s.w, SIM_SECOND);
    assert_string_equal(s.came->str, "11.0 100.0");
    sink_release(&s);
}

static void test_link_loss_has_a_record_and_a_cause(void **state)
{
    const struct net_link_spec lossy = { .delay = 10 * SIM_MS, .loss_ppm = 1000000 }, none = { 0 };
    struct sink s;

    (void)state;
    sink_init(&s, &lossy, &none);
    send_one(&s);
    world_run(s.w, SIM_SECOND);
    assert_int_equal(s.w->records->len, 2);
    const struct record *sent = g_ptr_array_index(s.w->records, 0),
                        *lost = g_ptr_array_index(s.w->records, 1);
    assert_int_equal(lost->event, EV_PACKET_DROP);
    assert_string_equal(lost->why, "loss");
    assert_int_equal(lost->cause, sent->seq);
    assert_int_equal(lost->time, 5 * SIM_MS);
    assert_int_equal(net_dropped(s.w->net), 1);
    assert_int_equal(net_packets(s.w->net), 1);
    sink_release(&s);
}

/* Each direction draws from a stream of its own: traffic the other way changes nothing. */
static void test_link_directions_are_independent(void **state)
{
    const struct net_link_spec lossy = { .delay = 10 * SIM_MS, .loss_ppm = 500000 }, none = { 0 };
    GString *alone = NULL;

    (void)state;
    for (int both = 0; both < 2; both++) {
        struct sink s;
        sink_init(&s, &lossy, &none);
        for (int i = 0; i < 50; i++) {
            world_run(s.w, i * SIM_MS);
            send_one(&s);
            if (both)
                udp_send(s.to, net_host_ip(s.w->r), 99, SPAN("x"), (struct udp_about){ 0, 0 });
        }
        world_run(s.w, SIM_SECOND);
        if (!both)
            alone = g_string_new(s.came->str);
        else
            assert_string_equal(alone->str, s.came->str);
        sink_release(&s);
    }
    g_string_free(alone, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_link_times),
        cmocka_unit_test(test_link_sending_time),
        cmocka_unit_test(test_link_queue_over_time),
        cmocka_unit_test(test_link_cut),
        cmocka_unit_test(test_link_spec_changes_from_now_on),
        cmocka_unit_test(test_link_loss_has_a_record_and_a_cause),
        cmocka_unit_test(test_link_directions_are_independent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
