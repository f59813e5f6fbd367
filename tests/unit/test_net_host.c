#include "net_world.h"

#include "core/rd.h"

/* ---- UDP. */

struct listener {
    struct udp_socket *socket;
    GString *got;
    ip_addr from, unreachable;
    uint16_t from_port, unreachable_port;
    uint32_t lookup;
    bool answer;
};

static void on_datagram(void *self, struct udp_socket *s, const struct packet *p)
{
    struct listener *l = self;

    g_string_append_len(l->got, p->payload, p->len);
    l->from = p->src;
    l->from_port = p->src_port;
    l->lookup = p->lookup;
    if (l->answer)
        udp_reply(s, p, SPAN("yes"), (struct udp_about){ p->lookup, 0 });
}

static void on_unreachable(void *self, struct udp_socket *s, ip_addr addr, uint16_t port)
{
    struct listener *l = self;

    (void)s;
    l->unreachable = addr;
    l->unreachable_port = port;
}

static void test_udp_there_and_back(void **state)
{
    struct world *w = world_new();
    struct listener a = { .got = g_string_new(NULL) }, b = { .got = g_string_new(NULL), .answer = true };

    (void)state;
    ip_addr second = world_ip("10.0.1.2");
    assert_true(net_host_address(w->b, second));
    a.socket = udp_open(w->a, 0, on_datagram, on_unreachable, &a);
    b.socket = udp_open(w->b, 53, on_datagram, NULL, &b);
    assert_null(udp_open(w->b, 53, on_datagram, NULL, &b));
    assert_true(udp_port(a.socket) >= 49152);
    udp_send(a.socket, second, 53, SPAN("there?"), (struct udp_about){ 17, 0 });
    world_run(w, SIM_SECOND);
    assert_string_equal(b.got->str, "there?");
    assert_int_equal(b.from, net_host_ip(w->a));
    assert_int_equal(b.from_port, udp_port(a.socket));
    assert_int_equal(b.lookup, 17);
    assert_string_equal(a.got->str, "yes");
    assert_int_equal(a.from, second); /* from the address that was asked */
    assert_int_equal(a.lookup, 17);
    udp_close(&b.socket);
    assert_null(b.socket);
    b.socket = udp_open(w->b, 53, on_datagram, NULL, &b);
    assert_non_null(b.socket);
    world_free(w);
    g_string_free(a.got, TRUE);
    g_string_free(b.got, TRUE);
}

static void keep_icmp(void *self, const struct record *r)
{
    GByteArray *quoted = self;
    const struct packet *p = r->packet;

    if (r->event == EV_PACKET_SEND && p->proto == IP_ICMP)
        g_byte_array_append(quoted, (const guint8 *)p->payload, p->len);
}

static void test_udp_closed_port(void **state)
{
    struct world *w = world_new();
    struct listener a = { .got = g_string_new(NULL) };
    GByteArray *quoted = g_byte_array_new();

    (void)state;
    trace_listen(&w->sim.trace, keep_icmp, quoted);
    a.socket = udp_open(w->a, 0, on_datagram, on_unreachable, &a);
    udp_send(a.socket, net_host_ip(w->b), 53, SPAN("anybody?"), (struct udp_about){ 0, 0 });
    world_run(w, SIM_SECOND);
    assert_int_equal(a.unreachable, net_host_ip(w->b));
    assert_int_equal(a.unreachable_port, 53);
    /* RFC 792: the IP header as it came, TTL and all, and the UDP header behind it. */
    assert_int_equal(quoted->len, 28);
    struct rd r = rd_of(quoted->data, quoted->len);
    assert_int_equal(rd_u16(&r), 0x4500);
    assert_int_equal(rd_u16(&r), 28 + 8);
    rd_u32(&r);
    assert_int_equal(rd_u8(&r), IP_TTL - 1);
    assert_int_equal(rd_u8(&r), IP_UDP);
    rd_u16(&r);
    assert_int_equal(rd_u32(&r), net_host_ip(w->a));
    assert_int_equal(rd_u32(&r), net_host_ip(w->b));
    assert_int_equal(rd_u16(&r), udp_port(a.socket));
    assert_int_equal(rd_u16(&r), 53);
    assert_int_equal(rd_u16(&r), 16);
    udp_close(&a.socket); /* the message comes for a socket that is gone: nothing happens */
    a.socket = udp_open(w->a, 0, on_datagram, on_unreachable, &a);
    udp_send(a.socket, net_host_ip(w->b), 54, SPAN("x"), (struct udp_about){ 0, 0 });
    udp_close(&a.socket);
    world_run(w, 2 * SIM_SECOND);
    assert_int_equal(a.unreachable_port, 53);
    world_free(w);
    g_string_free(a.got, TRUE);
    g_byte_array_free(quoted, TRUE);
}

static void test_udp_ports_do_not_run_out_early(void **state)
{
    struct world *w = world_new();
    GPtrArray *sockets = g_ptr_array_new();
    struct udp_socket *s;

    (void)state;
    while ((s = udp_open(w->a, 0, on_datagram, NULL, NULL)) != NULL)
        g_ptr_array_add(sockets, s);
    assert_int_equal(sockets->len, 16384);
    s = g_ptr_array_index(sockets, 100);
    uint16_t port = udp_port(s);
    udp_close(&s);
    s = udp_open(w->a, 0, on_datagram, NULL, NULL);
    assert_int_equal(udp_port(s), port);
    net_host_set_up(w->a, false); /* closes them all */
    net_host_set_up(w->a, true);
    assert_non_null(udp_open(w->a, port, on_datagram, NULL, NULL));
    g_ptr_array_free(sockets, TRUE);
    world_free(w);
}

/* ---- Hosts and programs. */

static void test_host_addresses(void **state)
{
    struct world *w = world_new();

    (void)state;
    assert_false(net_host_address(w->a, net_host_ip(w->b)));
    assert_false(net_host_address(w->a, 0));
    assert_ptr_equal(net_host_at(w->net, net_host_ip(w->b)), w->b);
    assert_null(net_host_at(w->net, world_ip("9.9.9.9")));
    assert_ptr_equal(net_host_find(w->net, "r"), w->r);
    assert_null(net_host_find(w->net, "R"));
    assert_int_equal(net_host_count(w->net), 3);
    assert_string_equal(net_host_name(net_host_nth(w->net, 2)), "b");
    assert_ptr_equal(net_link_between(w->net, w->b, w->r), w->rb);
    assert_null(net_link_between(w->net, w->a, w->b));
    world_free(w);
}

struct calls {
    GString *said;
    struct net_host *host;
};

struct tag {
    struct calls *calls;
    const char *name;
};

static void on_start(void *self)
{
    struct tag *t = self;
    g_string_append_printf(t->calls->said, "+%s%s ", t->name,
                           net_host_is_up(t->calls->host) ? "" : "(host down)");
}

static void on_stop(void *self)
{
    struct tag *t = self;
    g_string_append_printf(t->calls->said, "-%s%s ", t->name,
                           net_host_is_up(t->calls->host) ? "" : "(host down)");
}

static void on_describe(void *self, struct sheet *sheet)
{
    struct tag *t = self;
    sheet_table(sheet, t->name, t->name, "nothing");
}

static void test_program_lives_with_its_host(void **state)
{
    struct world *w = world_new();
    struct calls calls = { g_string_new(NULL), w->a };
    struct tag tags[2] = { { &calls, "smtp" }, { &calls, "dns" } };
    const struct net_program smtp = { "smtp", on_start, on_stop, on_describe, &tags[0] },
                             dns = { "dns", on_start, on_stop, NULL, &tags[1] };

    (void)state;
    net_program_add(w->a, &smtp);
    net_program_add(w->a, &dns);
    assert_string_equal(calls.said->str, "+smtp +dns ");
    g_string_truncate(calls.said, 0);

    assert_true(net_program_set_up(w->a, "smtp", false));
    assert_true(net_program_set_up(w->a, "smtp", false));
    assert_false(net_program_is_up(w->a, "smtp"));
    assert_true(net_program_is_up(w->a, "dns"));
    assert_false(net_program_set_up(w->a, "http", true));
    assert_string_equal(calls.said->str, "-smtp ");
    g_string_truncate(calls.said, 0);

    /* A program that was stopped by itself stays so when its host comes back. */
    net_host_set_up(w->a, false);
    net_host_set_up(w->a, false);
    assert_string_equal(calls.said->str, "-dns(host down) ");
    assert_false(net_program_is_up(w->a, "dns"));
    net_host_set_up(w->a, true);
    assert_string_equal(calls.said->str, "-dns(host down) +dns ");
    g_string_truncate(calls.said, 0);

    /* Told to run while the host is down, it starts with the host. */
    net_host_set_up(w->a, false);
    g_string_truncate(calls.said, 0);
    assert_true(net_program_set_up(w->a, "smtp", true));
    assert_string_equal(calls.said->str, "");
    net_host_set_up(w->a, true);
    assert_string_equal(calls.said->str, "+smtp +dns ");

    struct sheet *sheet = sheet_new("a");
    net_host_describe(w->a, sheet);
    assert_int_equal(sheet->tables->len, 2);
    assert_string_equal(((struct table *)g_ptr_array_index(sheet->tables, 0))->key, "connections");
    assert_string_equal(((struct table *)g_ptr_array_index(sheet->tables, 1))->key, "smtp");
    sheet_free(&sheet);
    world_free(w);
    g_string_free(calls.said, TRUE);
}

static void test_host_down_loses_what_arrives(void **state)
{
    struct world *w = world_new();
    struct listener a = { .got = g_string_new(NULL) };

    (void)state;
    world_listen(w);
    a.socket = udp_open(w->a, 0, on_datagram, on_unreachable, &a);
    net_host_set_up(w->b, false);
    udp_send(a.socket, net_host_ip(w->b), 53, SPAN("x"), (struct udp_about){ 0, 0 });
    world_run(w, SIM_SECOND);
    net_host_set_up(w->b, true);
    net_host_set_up(w->r, false); /* a router that is down passes nothing on */
    udp_send(a.socket, net_host_ip(w->b), 53, SPAN("x"), (struct udp_about){ 0, 0 });
    world_run(w, 2 * SIM_SECOND);
    assert_int_equal(world_count(w, EV_PACKET_DROP, "host_down"), 2);
    assert_int_equal(net_dropped(w->net), 2);
    assert_int_equal(a.unreachable_port, 0);
    world_free(w);
    g_string_free(a.got, TRUE);
}

/* ---- Causes. */

static const struct record *record_nth(const struct world *w, enum event event, unsigned nth)
{
    for (guint i = 0; i < w->records->len; i++) {
        const struct record *r = g_ptr_array_index(w->records, i);
        if (r->event == event && nth-- == 0)
            return r;
    }
    fail_msg("no %s number %u", event_names[event], nth);
    return NULL;
}

static void test_packets_carry_their_cause(void **state)
{
    struct world *w = world_new();
    struct listener a = { .got = g_string_new(NULL) }, b = { .got = g_string_new(NULL), .answer = true };

    (void)state;
    world_listen(w);
    a.socket = udp_open(w->a, 0, on_datagram, NULL, &a);
    b.socket = udp_open(w->b, 53, on_datagram, NULL, &b);
    trace_begin(&w->sim.trace, EV_NOTE, NULL);
    uint64_t note = trace_end(&w->sim.trace);
    udp_send(a.socket, net_host_ip(w->b), 53, SPAN("1"), (struct udp_about){ 0, 0 });
    udp_send(a.socket, net_host_ip(w->b), 53, SPAN("2"), (struct udp_about){ 0, 0 });
    world_run(w, SIM_SECOND);
    /* Both were sent because of the note, not the second because of the first. */
    assert_int_equal(record_nth(w, EV_PACKET_SEND, 0)->cause, note);
    assert_int_equal(record_nth(w, EV_PACKET_SEND, 1)->cause, note);
    assert_int_equal(record_nth(w, EV_PACKET_FORWARD, 1)->cause, record_nth(w, EV_PACKET_SEND, 1)->seq);
    assert_int_equal(record_nth(w, EV_PACKET_ARRIVE, 1)->cause, record_nth(w, EV_PACKET_FORWARD, 1)->seq);
    assert_int_equal(record_nth(w, EV_PACKET_SEND, 3)->cause, record_nth(w, EV_PACKET_ARRIVE, 1)->seq);
    assert_string_equal(record_nth(w, EV_PACKET_SEND, 0)->peer, "b");
    assert_string_equal(record_nth(w, EV_PACKET_FORWARD, 0)->host, "r");
    assert_string_equal(record_nth(w, EV_PACKET_ARRIVE, 0)->peer, "a");
    world_free(w);
    g_string_free(a.got, TRUE);
    g_string_free(b.got, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_udp_there_and_back),
        cmocka_unit_test(test_udp_closed_port),
        cmocka_unit_test(test_udp_ports_do_not_run_out_early),
        cmocka_unit_test(test_host_addresses),
        cmocka_unit_test(test_program_lives_with_its_host),
        cmocka_unit_test(test_host_down_loses_what_arrives),
        cmocka_unit_test(test_packets_carry_their_cause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
