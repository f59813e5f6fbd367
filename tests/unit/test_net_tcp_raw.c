#include "net_world.h"

#include <stdio.h>

/* A TCP at a, and a peer at b that a test plays by hand: b's host is down, so what a sends is only written
 * down, and what b "sends" comes from the router, with b's address. RFC 9293 §3.10.7 step by step. */

struct raw {
    struct world *w;
    struct end app;
    uint16_t port; /* a's */
    uint32_t iss;  /* a's */
};

enum { RAW_ISS = 0xfffffff0 }; /* b's numbers wrap early */

static void keep_numbers(void *self, const struct record *r)
{
    struct raw *t = self;
    const struct packet *p = r->packet;

    if (r->event == EV_PACKET_SEND && p->from == t->w->a && (p->tcp_flags & TCP_SYN)) {
        t->port = p->src_port;
        t->iss = p->tcp_seq;
    }
}

static int setup(void **state)
{
    struct raw *t = g_new0(struct raw, 1);

    t->w = world_new();
    world_listen(t->w);
    trace_listen(&t->w->sim.trace, keep_numbers, t);
    net_host_set_up(t->w->b, false);
    end_init(&t->app, t->w);
    *state = t;
    return 0;
}

static int teardown(void **state)
{
    struct raw *t = *state;

    world_free(t->w);
    end_release(&t->app);
    g_free(t);
    return 0;
}

/* A segment from b:25, with numbers relative to each side's first; it is at a 10 ms later. */
static void inject(struct raw *t, uint8_t flags, uint32_t seq, uint32_t ack, uint16_t window,
                   const char *text)
{
    struct packet *p = net_packet_new(t->w->r, IP_TCP, (uint16_t)strlen(text));

    p->src = net_host_ip(t->w->b);
    p->dst = net_host_ip(t->w->a);
    p->src_port = 25;
    p->dst_port = t->port;
    p->tcp_flags = flags;
    p->tcp_seq = RAW_ISS + seq;
    p->tcp_ack = flags & TCP_ACK ? t->iss + ack : 0;
    p->tcp_window = window;
    p->tcp_mss = flags & TCP_SYN ? 1460 : 0;
    memcpy(p->payload, text, strlen(text));
    net_packet_send(t->w->r, p);
}

static void wait_ms(struct raw *t, int ms)
{
    world_run(t->w, sim_now(&t->w->sim) + ms * SIM_MS);
}

/* What a has said since the last call, without times: "SYN 0, ACK 1 ack 1". */
static char *said(struct raw *t)
{
    static char text[4096];
    char **lines = g_strsplit(t->w->packets->str, "\n", -1);
    size_t len = 0;

    text[0] = '\0';
    for (char **l = lines; *l != NULL; l++) {
        const char *at = strstr(*l, " a ");
        if (at != NULL)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", len ? ", " : "", at + 3);
    }
    g_strfreev(lines);
    g_string_truncate(t->w->packets, 0);
    return text;
}

static void call(struct raw *t)
{
    t->app.conn = tcp_connect(t->w->a, net_host_ip(t->w->b), 25, &end_app, &t->app);
    wait_ms(t, 0); /* the SYN leaves */
}

static void establish(struct raw *t, uint16_t window)
{
    call(t);
    inject(t, TCP_SYN | TCP_ACK, 0, 1, window, "");
    wait_ms(t, 20);
    assert_int_equal(t->app.opened, 1);
    said(t);
}

static void test_tcp_segments_answered(void **state)
{
    /* In ESTABLISHED, with rcv_nxt 1 and nothing outstanding: one segment, and what is said to it. */
    static const struct {
        const char *name;
        uint8_t flags;
        uint32_t seq, ack;
        const char *text, *said, *got;
        bool gone;
    } rows[] = {
        { "data in order: a delayed ACK", TCP_ACK, 1, 1, "hello", "", "hello", false },
        { "data past a gap: an ACK at once", TCP_ACK, 5, 1, "hello", "ACK 1 ack 1", "", false },
        { "old data: an ACK at once", TCP_ACK, (uint32_t)-4, 1, "hello", "ACK 1 ack 1", "", false },
        { "data that overlaps the old: what is new", TCP_ACK, (uint32_t)-2, 1, "hello", "", "lo", false },
        { "data past the window", TCP_ACK, 1 + 65535, 1, "hello", "ACK 1 ack 1", "", false },
        { "an ACK of what was never sent", TCP_ACK, 1, 7, "hello", "ACK 1 ack 1", "", false },
        { "an old ACK", TCP_ACK, 1, 0, "hello", "", "hello", false },
        { "no ACK flag: dropped", 0, 1, 0, "hello", "", "", false },
        { "SYN again: a challenge (RFC 5961 §4)", TCP_SYN, 0, 0, "", "ACK 1 ack 1", "", false },
        { "SYN in the window: a challenge", TCP_SYN | TCP_ACK, 100, 1, "", "ACK 1 ack 1", "", false },
        { "RST, exact: reset", TCP_RST, 1, 0, "", "", "", true },
        { "RST in the window: a challenge (RFC 5961 §3)", TCP_RST, 2, 0, "", "ACK 1 ack 1", "", false },
        { "RST before the window: dropped", TCP_RST, 0, 0, "", "", "", false },
        { "RST past the window: dropped", TCP_RST, 1 + 65535, 0, "", "", "", false },
        { "FIN: an ACK, and our FIN with it", TCP_FIN | TCP_ACK, 1, 1, "bye", "FIN ACK 1 ack 5", "bye",
          false },
        { "FIN past a gap: not yet", TCP_FIN | TCP_ACK, 2, 1, "bye", "ACK 1 ack 1", "", false },
        { "an ACK with nothing new", TCP_ACK, 1, 1, "", "", "", false },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct raw *t;
        setup((void **)&t);
        establish(t, 65535);
        inject(t, rows[i].flags, rows[i].seq, rows[i].ack, 65535, rows[i].text);
        wait_ms(t, 12);
        const char *answer = said(t);
        if (strcmp(answer, rows[i].said) != 0 || strcmp(t->app.got->str, rows[i].got) != 0 ||
            (t->app.gone == 1) != rows[i].gone)
            fail_msg("%s: said \"%s\", got \"%s\", gone %u", rows[i].name, answer, t->app.got->str,
                     t->app.gone);
        teardown((void **)&t);
    }
}

static void test_tcp_syn_sent_answers(void **state)
{
    static const struct {
        const char *name;
        uint8_t flags;
        uint32_t ack;
        const char *said;
        unsigned opened, gone;
    } rows[] = {
        { "SYN ACK", TCP_SYN | TCP_ACK, 1, "ACK 1 ack 1", 1, 0 },
        { "a wrong ACK: RST", TCP_ACK, 5, "RST 0", 0, 0 },
        { "a wrong SYN ACK: RST", TCP_SYN | TCP_ACK, 0, "RST 0", 0, 0 },
        { "RST ACK: refused", TCP_RST | TCP_ACK, 1, "", 0, 1 },
        { "RST of another: dropped", TCP_RST | TCP_ACK, 9, "", 0, 0 },
        { "RST without ACK: dropped", TCP_RST, 0, "", 0, 0 },
        { "ACK alone: dropped", TCP_ACK, 1, "", 0, 0 },
        { "SYN: both called", TCP_SYN, 0, "SYN ACK 0 ack 1", 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct raw *t;
        setup((void **)&t);
        call(t);
        said(t);
        inject(t, rows[i].flags, 0, rows[i].ack, 65535, "");
        wait_ms(t, 12);
        const char *answer = said(t);
        if (strcmp(answer, rows[i].said) != 0 || t->app.opened != rows[i].opened ||
            t->app.gone != rows[i].gone)
            fail_msg("%s: said \"%s\", opened %u, gone %u", rows[i].name, answer, t->app.opened, t->app.gone);
        teardown((void **)&t);
    }
}

static void test_tcp_simultaneous_open(void **state)
{
    struct raw *t = *state;

    call(t);
    inject(t, TCP_SYN, 0, 0, 65535, "");
    wait_ms(t, 12);
    inject(t, TCP_SYN | TCP_ACK, 0, 1, 65535, ""); /* the peer's answer to our SYN */
    wait_ms(t, 12);
    inject(t, TCP_ACK, 1, 1, 65535, "hello");
    wait_ms(t, 12);
    assert_int_equal(t->app.opened, 1);
    assert_string_equal(t->app.got->str, "hello");
}

/* RFC 9293 §3.8.6.1: the window shuts; an octet at a time asks whether it has opened, however long that
 * takes. */
static void test_tcp_probes_a_shut_window(void **state)
{
    struct raw *t = *state;

    establish(t, 3);
    tcp_send(t->app.conn, SPAN("hello"));
    wait_ms(t, 1);
    assert_string_equal(said(t), "ACK 1+3 ack 1");
    inject(t, TCP_ACK, 1, 4, 0, "");
    wait_ms(t, 900);
    assert_string_equal(said(t), "");
    for (int i = 0; i < 20; i++) { /* far more often than data_tries */
        wait_ms(t, 60000);
        assert_string_equal(i == 0 ? (said(t), "") : "", "");
        inject(t, TCP_ACK, 1, 4, 0, "");
    }
    assert_int_equal(t->app.gone, 0);
    said(t);
    inject(t, TCP_ACK, 1, 4, 1000, "");
    wait_ms(t, 12);
    assert_string_equal(said(t), "PSH ACK 4+2 ack 1");
    inject(t, TCP_ACK, 1, 6, 1000, "");
    wait_ms(t, 12);
    assert_int_equal(t->app.gone, 0);
}

/* §3.8.6.2.1: no small segments because the window is nearly full. */
static void test_tcp_avoids_silly_windows(void **state)
{
    struct raw *t = *state;

    tcp_options(t->w->net)->initial_segments = 10;
    establish(t, 4000);
    GString *much = end_bytes(20000, 0);
    tcp_send(t->app.conn, span_bytes(much->str, much->len));
    wait_ms(t, 1);
    assert_string_equal(said(t), "ACK 1+1460 ack 1, ACK 1461+1460 ack 1"); /* 1080 octets more would fit */
    inject(t, TCP_ACK, 1, 2921, 1500, "");
    wait_ms(t, 12);
    assert_string_equal(said(t), "ACK 2921+1460 ack 1");
    inject(t, TCP_ACK, 1, 4381, 1000, "");
    wait_ms(t, 12);
    assert_string_equal(said(t), "");
    inject(t, TCP_ACK, 1, 4381, 3000, "");
    wait_ms(t, 12);
    assert_string_equal(said(t), "ACK 4381+1460 ack 1, ACK 5841+1460 ack 1");
    g_string_free(much, TRUE);
}

/* A peer that says no MSS gets 536 octets (§3.7.1), one with a small one what it asked for. */
static void test_tcp_respects_mss(void **state)
{
    struct raw *t = *state;

    call(t);
    struct packet *p = net_packet_new(t->w->r, IP_TCP, 0);
    p->src = net_host_ip(t->w->b);
    p->dst = net_host_ip(t->w->a);
    p->src_port = 25;
    p->dst_port = t->port;
    p->tcp_flags = TCP_SYN | TCP_ACK;
    p->tcp_seq = RAW_ISS;
    p->tcp_ack = t->iss + 1;
    p->tcp_window = 65535;
    net_packet_send(t->w->r, p);
    wait_ms(t, 12);
    said(t);
    GString *much = end_bytes(1000, 0);
    tcp_send(t->app.conn, span_bytes(much->str, much->len));
    wait_ms(t, 1);
    assert_string_equal(said(t), "ACK 1+536 ack 1, PSH ACK 537+464 ack 1");
    g_string_free(much, TRUE);
}

/* RFC 5681 §3.2, RFC 3042, RFC 6582, ACK by ACK: ten segments out, the first and the third are lost. */
static void test_tcp_recovers_as_newreno(void **state)
{
    struct raw *t = *state;

    tcp_options(t->w->net)->initial_segments = 8;
    establish(t, 65535);
    GString *much = end_bytes(100 * 1460, 0);
    tcp_send(t->app.conn, span_bytes(much->str, much->len));
    wait_ms(t, 1);
    said(t);
    inject(t, TCP_ACK, 1, 1, 65535, "");
    wait_ms(t, 12);
    assert_string_equal(said(t), "ACK 11681+1460 ack 1"); /* limited transmit: the ninth */
    inject(t, TCP_ACK, 1, 1, 65535, "");
    wait_ms(t, 12);
    assert_string_equal(said(t), "ACK 13141+1460 ack 1"); /* and the tenth */
    inject(t, TCP_ACK, 1, 1, 65535, "");
    wait_ms(t, 12);
    assert_string_equal(
        said(t),
        "ACK 1+1460 ack 1"); /* the third: fast retransmit; half of ten is five, and three make eight */
    inject(t, TCP_ACK, 1, 1, 65535, "");
    inject(t, TCP_ACK, 1, 1, 65535, "");
    wait_ms(t, 12);
    assert_string_equal(said(t), ""); /* nine, ten: as many as are out */
    inject(t, TCP_ACK, 1, 1, 65535, "");
    wait_ms(t, 12);
    assert_string_equal(said(t), "ACK 14601+1460 ack 1"); /* eleven: a new one */
    inject(t, TCP_ACK, 1, 2921, 65535, "");
    wait_ms(t, 12);
    /* A partial ACK: the third is missing too. Eleven less two and one more is ten; nine are out. */
    assert_string_equal(said(t), "ACK 2921+1460 ack 1, ACK 16061+1460 ack 1");
    inject(t, TCP_ACK, 1, 14601, 65535, "");
    wait_ms(t, 12);
    /* All that was out is there. Two are on their way, so the window is three: no burst. */
    assert_string_equal(said(t), "ACK 17521+1460 ack 1");
    inject(t, TCP_ACK, 1, 17521, 65535, "");
    wait_ms(t, 12);
    assert_int_equal(world_count(t->w, EV_TCP_RETRANSMIT, "fast"), 2);
    assert_int_equal(world_count(t->w, EV_TCP_RETRANSMIT, "timeout"), 0);
    g_string_free(much, TRUE);
}

/* RFC 5681 §3.1: after a timeout one segment, then slow start up to half of what was out. */
static void test_tcp_slow_starts_after_timeout(void **state)
{
    struct raw *t = *state;

    tcp_options(t->w->net)->initial_segments = 8;
    establish(t, 65535);
    GString *much = end_bytes(100 * 1460, 0);
    tcp_send(t->app.conn, span_bytes(much->str, much->len));
    wait_ms(t, 1);
    said(t);
    wait_ms(t, 1000);
    assert_string_equal(said(t), "ACK 1+1460 ack 1");
    inject(t, TCP_ACK, 1, 1461, 65535, "");
    wait_ms(t, 12);
    assert_string_equal(said(t), "ACK 1461+1460 ack 1, ACK 2921+1460 ack 1");
    inject(t, TCP_ACK, 1, 11681, 65535, ""); /* the others had arrived */
    wait_ms(t, 12);
    assert_string_equal(said(t), "ACK 11681+1460 ack 1, ACK 13141+1460 ack 1, ACK 14601+1460 ack 1");
    g_string_free(much, TRUE);
}

/* §3.10.7.1: to a port where nobody is. */
static void test_tcp_closed_port_answers(void **state)
{
    static const struct {
        const char *name;
        uint8_t flags;
        uint32_t seq, ack;
        const char *text;
        uint8_t rst_flags;
        uint32_t rst_seq, rst_ack;
    } rows[] = {
        { "SYN", TCP_SYN, 100, 0, "", TCP_RST | TCP_ACK, 0, 101 },
        { "data without ACK", 0, 100, 0, "abc", TCP_RST | TCP_ACK, 0, 103 },
        { "SYN, data and FIN", TCP_SYN | TCP_FIN, 100, 0, "abc", TCP_RST | TCP_ACK, 0, 105 },
        { "ACK", TCP_ACK, 100, 77, "", TCP_RST, 77, 0 },
        { "FIN ACK", TCP_FIN | TCP_ACK, 100, 77, "", TCP_RST, 77, 0 },
        { "RST: nothing", TCP_RST, 100, 0, "", 0, 0, 0 },
    };
    struct raw *t = *state;

    t->port = 4711;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        unsigned before = world_count(t->w, EV_PACKET_SEND, NULL);
        inject(t, rows[i].flags, rows[i].seq - (uint32_t)RAW_ISS, rows[i].ack, 0, rows[i].text);
        wait_ms(t, 12);
        if (world_count(t->w, EV_PACKET_SEND, NULL) - before != (rows[i].rst_flags ? 2 : 1))
            fail_msg("%s: %s", rows[i].name, said(t));
    }
}

/* Noise: whatever comes, TCP stands, and a connection that it did not end still works. */
static void test_tcp_survives_noise(void **state)
{
    struct rng rng;

    (void)state;
    rng_init(&rng, 11, SPAN("noise"));
    for (int round = 0; round < 300; round++) {
        struct raw *t;
        setup((void **)&t);
        tcp_options(t->w->net)->data_tries = 3;
        t->app.say = rng_below(&rng, 2) ? "hello" : NULL;
        t->app.close_after_saying = rng_below(&rng, 2);
        t->app.close_on_eof = rng_below(&rng, 2);
        struct tcp_listener *l = tcp_listen(t->w->a, 80, end_on_accept, &t->app);
        call(t);
        if (rng_below(&rng, 4) > 0)
            inject(t, TCP_SYN | TCP_ACK, 0, 1, 65535, "");
        for (int i = 0; i < 60; i++) {
            char text[8] = "abcdefg";
            text[rng_below(&rng, 8)] = '\0';
            if (rng_below(&rng, 10) == 0)
                wait_ms(t, (int)rng_below(&rng, 3000));
            inject(t,
                   (uint8_t)(rng_below(&rng, 2) ? TCP_ACK : rng_below(&rng, 32)) &
                       (rng_below(&rng, 8) ? ~TCP_RST : 255),
                   rng_below(&rng, 12) - 3, rng_below(&rng, 12) - 2, (uint16_t)(rng_below(&rng, 3) * 3),
                   text);
        }
        wait_ms(t, 600000);
        if (t->app.gone > 1 || t->app.eofs > 1)
            fail_msg("round %d: gone %u times, heard the end %u times\n%s", round, t->app.gone, t->app.eofs,
                     t->w->packets->str);
        if (t->app.conn != NULL && t->app.gone == 0)
            tcp_abort(&t->app.conn);
        tcp_unlisten(&l);
        teardown((void **)&t);
    }
}

#define RAW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tcp_segments_answered),
        cmocka_unit_test(test_tcp_syn_sent_answers),
        RAW(test_tcp_simultaneous_open),
        RAW(test_tcp_probes_a_shut_window),
        RAW(test_tcp_avoids_silly_windows),
        RAW(test_tcp_respects_mss),
        RAW(test_tcp_recovers_as_newreno),
        RAW(test_tcp_slow_starts_after_timeout),
        RAW(test_tcp_closed_port_answers),
        cmocka_unit_test(test_tcp_survives_noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
