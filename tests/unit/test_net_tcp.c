#include "net_world.h"

/* What happens between a client at a and a server at b; the packets that are sent, in words. */
struct talk {
    struct world *w;
    struct end client, server;
};

static int setup(void **state)
{
    struct talk *t = g_new0(struct talk, 1);

    t->w = world_new();
    world_listen(t->w);
    end_init(&t->client, t->w);
    end_init(&t->server, t->w);
    *state = t;
    return 0;
}

static int teardown(void **state)
{
    struct talk *t = *state;

    world_free(t->w);
    end_release(&t->client);
    end_release(&t->server);
    g_free(t);
    return 0;
}

static void listen_at(struct talk *t)
{
    t->server.listener = tcp_listen(t->w->b, 25, end_on_accept, &t->server);
    assert_non_null(t->server.listener);
}

static void call(struct talk *t)
{
    t->client.conn = tcp_connect(t->w->a, net_host_ip(t->w->b), 25, &end_app, &t->client);
}

static void begin(struct talk *t)
{
    listen_at(t);
    call(t);
}

static void test_tcp_dialogue_in_packets(void **state)
{
    struct talk *t = *state;

    t->server.say = "220 hello\r\n";
    t->client.answer = "QUIT\r\n";
    t->server.answer = "221 bye\r\n";
    t->server.close_on_data = true;
    begin(t);
    world_run(t->w, SIM_MINUTE / 2);

    assert_string_equal(t->w->packets->str, "   0.0 a SYN 0\n"
                                            "  20.0 b SYN ACK 0 ack 1\n"
                                            "  40.0 a ACK 1 ack 1\n"
                                            "  60.0 b PSH ACK 1+11 ack 1\n"
                                            "  80.0 a PSH ACK 1+6 ack 12\n"
                                            " 100.0 b FIN PSH ACK 12+9 ack 7\n"
                                            " 120.0 a FIN ACK 7 ack 22\n"
                                            " 140.0 b ACK 22 ack 8\n");
    assert_string_equal(t->client.got->str, "220 hello\r\n221 bye\r\n");
    assert_string_equal(t->server.got->str, "QUIT\r\n");
    assert_int_equal(t->client.gone, 1);
    assert_int_equal(t->client.why, TCP_DONE);
    assert_int_equal(t->client.gone_at, 160 * SIM_MS);
    assert_int_equal(t->server.gone, 1);
    assert_int_equal(t->server.gone_at, 140 * SIM_MS);
    assert_int_equal(world_count(t->w, EV_TCP_ESTABLISHED, NULL), 2);
    assert_int_equal(world_count(t->w, EV_TCP_CLOSE, NULL), 2);
}

static void test_tcp_client_closes_first(void **state)
{
    struct talk *t = *state;

    t->client.say = "hi";
    t->client.close_after_saying = true;
    begin(t);
    world_run(t->w, SIM_MINUTE / 2);

    assert_string_equal(t->w->packets->str, "   0.0 a SYN 0\n"
                                            "  20.0 b SYN ACK 0 ack 1\n"
                                            "  40.0 a ACK 1 ack 1\n"
                                            "  40.0 a FIN PSH ACK 1+2 ack 1\n"
                                            "  60.0 b FIN ACK 1 ack 4\n"
                                            "  80.0 a ACK 4 ack 2\n");
    assert_int_equal(t->client.gone_at, 80 * SIM_MS);
    assert_int_equal(t->server.gone_at, 100 * SIM_MS);
}

static void test_tcp_half_close(void **state)
{
    struct talk *t = *state;

    /* The client has said all, the server goes on for another second. */
    t->client.close_after_saying = true;
    t->server.close_on_eof = false;
    begin(t);
    world_run(t->w, SIM_SECOND);
    assert_int_equal(t->server.eofs, 1);
    tcp_send(t->server.conn, SPAN("still here"));
    world_run(t->w, 2 * SIM_SECOND);
    assert_string_equal(t->client.got->str, "still here");
    assert_int_equal(t->client.gone, 0);
    assert_string_equal(tcp_state_text(t->client.conn), "FIN-WAIT-2");
    assert_string_equal(tcp_state_text(t->server.conn), "CLOSE-WAIT");
    tcp_close(t->server.conn);
    world_run(t->w, 3 * SIM_SECOND);
    assert_int_equal(t->client.why, TCP_DONE);
    assert_int_equal(t->server.why, TCP_DONE);
}

static void test_tcp_simultaneous_close(void **state)
{
    struct talk *t = *state;

    t->client.close_on_eof = t->server.close_on_eof = false;
    begin(t);
    world_run(t->w, SIM_SECOND);
    g_string_truncate(t->w->packets, 0);
    tcp_close(t->client.conn);
    tcp_close(t->server.conn);
    world_run(t->w, SIM_MINUTE);
    assert_string_equal(t->w->packets->str, "1000.0 a FIN ACK 1 ack 1\n"
                                            "1000.0 b FIN ACK 1 ack 1\n"
                                            "1020.0 b ACK 2 ack 2\n"
                                            "1020.0 a ACK 2 ack 2\n");
    assert_int_equal(t->client.gone, 1);
    assert_int_equal(t->server.gone, 1);
}

static void test_tcp_refused_by_closed_port(void **state)
{
    struct talk *t = *state;

    call(t);
    world_run(t->w, SIM_MINUTE);
    assert_string_equal(t->w->packets->str, "   0.0 a SYN 0\n"
                                            "  20.0 b RST ACK 0 ack 1\n");
    assert_int_equal(t->client.gone, 1);
    assert_int_equal(t->client.why, TCP_REFUSED);
    assert_int_equal(world_count(t->w, EV_TCP_FAIL, "refused"), 1);
}

static void test_tcp_refused_by_program(void **state)
{
    struct talk *t = *state;

    t->server.refuse = true;
    begin(t);
    world_run(t->w, SIM_MINUTE);
    assert_int_equal(t->client.gone, 1);
    assert_int_equal(t->client.why, TCP_RESET);
}

static void test_tcp_unreachable_comes_later(void **state)
{
    struct talk *t = *state;

    t->client.conn = tcp_connect(t->w->a, world_ip("192.0.2.1"), 25, &end_app, &t->client);
    assert_int_equal(t->client.gone, 0);
    assert_string_equal(tcp_peer_name(t->client.conn), "192.0.2.1");
    world_run(t->w, SIM_MINUTE);
    assert_int_equal(t->client.gone, 1);
    assert_int_equal(t->client.why, TCP_UNREACHABLE);
    assert_string_equal(t->w->packets->str, "");
}

static void test_tcp_syn_gives_up_after_63_s(void **state)
{
    struct talk *t = *state;

    net_host_set_up(t->w->b, false);
    call(t);
    world_run(t->w, 10 * SIM_MINUTE);
    assert_int_equal(t->client.why, TCP_TIMEOUT);
    assert_int_equal(t->client.gone_at, 63 * SIM_SECOND);
    assert_int_equal(world_count(t->w, EV_PACKET_SEND, NULL), 6);
    assert_int_equal(world_count(t->w, EV_PACKET_DROP, "host_down"), 6);
    assert_int_equal(world_count(t->w, EV_TCP_RETRANSMIT, "timeout"), 5);
    /* RFC 6298 (5.5): 1, 2, 4, … seconds apart. */
    sim_time expected = 0;
    unsigned n = 0;
    for (guint i = 0; i < t->w->records->len; i++) {
        const struct record *r = g_ptr_array_index(t->w->records, i);
        if (r->event != EV_PACKET_SEND)
            continue;
        assert_int_equal(r->time, expected);
        expected += SIM_SECOND << n++;
    }
}

static void test_tcp_data_times_out(void **state)
{
    struct talk *t = *state;

    tcp_options(t->w->net)->data_tries = 3;
    begin(t);
    world_run(t->w, SIM_SECOND);
    net_link_set_up(t->w->rb, false);
    tcp_send(t->client.conn, SPAN("anybody there?"));
    world_run(t->w, SIM_MINUTE);
    assert_int_equal(t->client.why, TCP_TIMEOUT);
    assert_int_equal(t->client.gone_at, (1 + 1 + 2 + 4 + 8) * SIM_SECOND);
    assert_int_equal(world_count(t->w, EV_TCP_RETRANSMIT, "timeout"), 3);
}

static void test_tcp_lost_syn_ack_is_sent_again(void **state)
{
    struct talk *t = *state;

    begin(t);
    world_run(t->w, 20 * SIM_MS);
    net_link_set_up(t->w->rb, false);
    world_run(t->w, 500 * SIM_MS);
    net_link_set_up(t->w->rb, true);
    world_run(t->w, 5 * SIM_SECOND);
    assert_int_equal(t->client.opened, 1);
    assert_int_equal(t->server.opened, 1);
}

static void test_tcp_program_gone_before_handshake_ends(void **state)
{
    struct talk *t = *state;

    begin(t);
    world_run(t->w, 30 * SIM_MS);
    tcp_unlisten(&t->server.listener);
    world_run(t->w, SIM_MINUTE);
    assert_int_equal(t->client.opened, 1);
    assert_int_equal(t->client.why, TCP_RESET);
}

/* A program may do what it likes to its connection within a callback. */
static void test_tcp_program_lets_go_in_callback(void **state)
{
    static const struct {
        const char *name;
        size_t client_flag, server_flag; /* offsets of bools in struct end, 0: none */
        unsigned client_gone, server_gone;
    } rows[] = {
        { "client aborts when open", offsetof(struct end, abort_on_open), 0, 0, 1 },
        { "server aborts when open", 0, offsetof(struct end, abort_on_open), 1, 0 },
        { "server aborts on data", 0, offsetof(struct end, abort_on_data), 1, 0 },
        { "client aborts on data", offsetof(struct end, abort_on_data), 0, 0, 1 },
        { "server detaches on data", 0, offsetof(struct end, detach_on_data), 1, 0 },
        { "client detaches on data", offsetof(struct end, detach_on_data), 0, 0, 1 },
        { "server aborts on eof", offsetof(struct end, close_after_saying),
          offsetof(struct end, abort_on_eof), 1, 0 },
        { "client aborts on eof", offsetof(struct end, abort_on_eof),
          offsetof(struct end, close_after_saying), 0, 1 },
    };
    (void)state;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct talk *t;
        setup((void **)&t);
        t->client.say = "client";
        t->server.say = "server";
        if (rows[i].client_flag != 0)
            *(bool *)((char *)&t->client + rows[i].client_flag) = true;
        if (rows[i].server_flag != 0)
            *(bool *)((char *)&t->server + rows[i].server_flag) = true;
        begin(t);
        world_run(t->w, 5 * SIM_MINUTE);
        if (t->client.gone != rows[i].client_gone || t->server.gone != rows[i].server_gone)
            fail_msg("%s: gone %u and %u\n%s", rows[i].name, t->client.gone, t->server.gone,
                     t->w->packets->str);
        teardown((void **)&t);
    }
}

static void test_tcp_abort_by_program_resets(void **state)
{
    struct talk *t = *state;

    begin(t);
    world_run(t->w, SIM_SECOND);
    tcp_abort(&t->server.conn);
    assert_null(t->server.conn);
    world_run(t->w, 2 * SIM_SECOND);
    assert_int_equal(t->client.why, TCP_RESET);
    assert_int_equal(t->server.gone, 0);
}

static void test_tcp_rst_crosses_data(void **state)
{
    struct talk *t = *state;

    /* The RST's number is not what a expects next when a segment before it was lost: RFC 5961 asks again, and
     * is told. */
    begin(t);
    world_run(t->w, SIM_SECOND);
    struct net_link_spec lossy = { .delay = 10 * SIM_MS, .loss_ppm = 1000000 };
    struct net_link_spec good = *net_link_get_spec(t->w->rb);
    net_link_set_spec(t->w->rb, &lossy);
    tcp_send(t->server.conn, SPAN("lost"));
    world_run(t->w, SIM_SECOND + SIM_MS);
    net_link_set_spec(t->w->rb, &good);
    tcp_abort(&t->server.conn);
    world_run(t->w, 2 * SIM_SECOND);
    assert_int_equal(t->client.why, TCP_RESET);
}

static void test_tcp_detached_orphan_ends(void **state)
{
    struct talk *t = *state;

    /* The peer never closes: FIN-WAIT-2 without a program lasts as long as TIME-WAIT. */
    t->server.close_on_eof = false;
    begin(t);
    world_run(t->w, SIM_SECOND);
    tcp_detach(&t->client.conn);
    world_run(t->w, 2 * SIM_SECOND);
    struct sheet *sheet = sheet_new("a");
    net_host_describe(t->w->a, sheet);
    GString *text = g_string_new(NULL);
    sheet_to_text(sheet, text);
    assert_non_null(strstr(text->str, "FIN-WAIT-2"));
    world_run(t->w, 5 * SIM_MINUTE);
    sheet_free(&sheet);
    sheet = sheet_new("a");
    net_host_describe(t->w->a, sheet);
    g_string_truncate(text, 0);
    sheet_to_text(sheet, text);
    assert_non_null(strstr(text->str, "No connection is open."));
    sheet_free(&sheet);
    g_string_free(text, TRUE);
    assert_int_equal(t->client.gone, 0);
}

static void test_tcp_one_event_fills_segments(void **state)
{
    struct talk *t = *state;

    begin(t);
    world_run(t->w, SIM_SECOND);
    g_string_truncate(t->w->packets, 0);
    for (int i = 0; i < 100; i++)
        tcp_send(t->client.conn, SPAN("twenty-nine octets of text..."));
    tcp_close(t->client.conn);
    world_run(t->w, 1010 * SIM_MS);
    assert_string_equal(t->w->packets->str, "1000.0 a ACK 1+1460 ack 1\n"
                                            "1000.0 a FIN PSH ACK 1461+1440 ack 1\n");
}

static void test_tcp_delayed_ack(void **state)
{
    struct talk *t = *state;

    begin(t);
    world_run(t->w, SIM_SECOND);
    g_string_truncate(t->w->packets, 0);
    tcp_send(t->client.conn, SPAN("one"));
    world_run(t->w, 2 * SIM_SECOND);
    assert_string_equal(t->w->packets->str, "1000.0 a PSH ACK 1+3 ack 1\n"
                                            "1060.0 b ACK 1 ack 4\n");
    g_string_truncate(t->w->packets, 0);
    GString *much = end_bytes(3 * 1460, 0);
    tcp_send(t->client.conn, span_bytes(much->str, much->len));
    g_string_free(much, TRUE);
    world_run(t->w, 3 * SIM_SECOND);
    assert_string_equal(t->w->packets->str, "2000.0 a ACK 4+1460 ack 1\n"
                                            "2000.0 a ACK 1464+1460 ack 1\n"
                                            "2000.0 a PSH ACK 2924+1460 ack 1\n"
                                            "2020.0 b ACK 1 ack 2924\n"
                                            "2060.0 b ACK 1 ack 4384\n");
}

static void test_tcp_mail_id_travels(void **state)
{
    struct talk *t = *state;

    begin(t);
    tcp_set_mail(t->client.conn, 6);
    world_run(t->w, SIM_SECOND);
    /* From the first on: all of the handshake is about the mail. */
    for (guint i = 0; i < t->w->records->len; i++)
        assert_int_equal(((const struct record *)g_ptr_array_index(t->w->records, i))->mail, 6);
    tcp_set_mail(t->client.conn, 7);
    tcp_send(t->client.conn, SPAN("MAIL"));
    world_run(t->w, 2 * SIM_SECOND);
    assert_int_equal(t->server.mail, 7);
    tcp_send(t->server.conn, SPAN("250"));
    world_run(t->w, 2 * SIM_SECOND + 5 * SIM_MS);
    tcp_set_mail(t->client.conn, 8);
    world_run(t->w, 3 * SIM_SECOND);
    assert_int_equal(tcp_mail(t->client.conn), 8);
    assert_int_equal(tcp_id(t->client.conn), tcp_id(t->server.conn));
}

static void test_tcp_time_wait_answers_fin_again(void **state)
{
    struct talk *t = *state;

    /* The last ACK is lost; the server's FIN comes again, and TIME-WAIT acknowledges it. */
    t->client.close_after_saying = true;
    begin(t);
    world_run(t->w, 80 * SIM_MS);
    net_link_set_up(t->w->ar, false);
    world_run(t->w, 200 * SIM_MS);
    assert_int_equal(t->client.gone, 1);
    assert_int_equal(t->server.gone, 0);
    net_link_set_up(t->w->ar, true);
    world_run(t->w, 5 * SIM_SECOND);
    assert_int_equal(t->server.gone, 1);
    assert_int_equal(t->server.why, TCP_DONE);
}

static void test_tcp_host_down_is_silent(void **state)
{
    struct talk *t = *state;

    begin(t);
    world_run(t->w, SIM_SECOND);
    g_string_truncate(t->w->packets, 0);
    tcp_detach(&t->server.conn); /* what a program left behind vanishes, too */
    net_host_set_up(t->w->b, false);
    world_run(t->w, 2 * SIM_SECOND);
    assert_string_equal(t->w->packets->str, "");
    net_host_set_up(t->w->b, true);
    tcp_send(t->client.conn, SPAN("do you remember me?"));
    world_run(t->w, 3 * SIM_SECOND);
    assert_int_equal(t->client.why, TCP_RESET);
}

static void test_tcp_within_one_host(void **state)
{
    struct talk *t = *state;

    t->server.say = "220 me";
    t->server.listener = tcp_listen(t->w->a, 25, end_on_accept, &t->server);
    t->client.conn = tcp_connect(t->w->a, net_host_ip(t->w->a), 25, &end_app, &t->client);
    world_run(t->w, SIM_SECOND);
    assert_string_equal(t->client.got->str, "220 me");
    assert_int_equal(t->client.got_at, 0);
}

#define TALK(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TALK(test_tcp_dialogue_in_packets),
        TALK(test_tcp_client_closes_first),
        TALK(test_tcp_half_close),
        TALK(test_tcp_simultaneous_close),
        TALK(test_tcp_refused_by_closed_port),
        TALK(test_tcp_refused_by_program),
        TALK(test_tcp_unreachable_comes_later),
        TALK(test_tcp_syn_gives_up_after_63_s),
        TALK(test_tcp_data_times_out),
        TALK(test_tcp_lost_syn_ack_is_sent_again),
        TALK(test_tcp_program_gone_before_handshake_ends),
        cmocka_unit_test(test_tcp_program_lets_go_in_callback),
        TALK(test_tcp_abort_by_program_resets),
        TALK(test_tcp_rst_crosses_data),
        TALK(test_tcp_detached_orphan_ends),
        TALK(test_tcp_one_event_fills_segments),
        TALK(test_tcp_delayed_ack),
        TALK(test_tcp_mail_id_travels),
        TALK(test_tcp_time_wait_answers_fin_again),
        TALK(test_tcp_host_down_is_silent),
        TALK(test_tcp_within_one_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
