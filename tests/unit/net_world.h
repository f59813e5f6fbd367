/* tests/unit/net_world.h: a small world for tests of the network: a — r — b, everything that happens written
 * down, and programs that send and collect. */
#ifndef TESTS_NET_WORLD_H
#define TESTS_NET_WORLD_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <glib.h>

#include "core/sim.h"
#include "net/net.h"
#include "net/tcp.h"
#include "net/udp.h"

struct world {
    struct sim sim;
    struct net *net;
    struct net_host *a, *r, *b;
    struct net_link *ar, *rb;
    GPtrArray *records; /* copies, of struct record * */
    GString *packets;   /* of each packet sent and lost, a line */
};

static inline ip_addr world_ip(const char *text)
{
    ip_addr a;

    assert_true(ip_parse(span_of(text), &a));
    return a;
}

static inline void world_add_number(GString *s, const struct record *r, enum key key, const char *format)
{
    const struct field *f = record_field(r, key);

    if (f != NULL)
        g_string_append_printf(s, format, (int)f->number);
}

/* "  20.0 a SYN 0", "  40.0 b ACK 1 ack 6", with "+5" for five octets of data; "drop: loss" behind a lost
 * one's size. */
static inline void world_on_record(void *self, const struct record *r)
{
    struct world *w = self;

    g_ptr_array_add(w->records, record_copy(r));
    if (r->event != EV_PACKET_SEND && r->event != EV_PACKET_DROP)
        return;
    g_string_append_printf(w->packets, "%6.1f %s ", (double)(r->time / 100000) / 10.0, r->host);
    const struct field *flags = record_field(r, KEY_FLAGS), *proto = record_field(r, KEY_PROTO);
    if (r->event == EV_PACKET_DROP)
        g_string_append_printf(w->packets, "drop: %s", r->why);
    else if (flags == NULL)
        g_string_append_len(w->packets, proto->text.at, (gssize)proto->text.len);
    else
        g_string_append_len(w->packets, flags->text.at, (gssize)flags->text.len);
    world_add_number(w->packets, r, KEY_TSEQ, " %d");
    const struct field *len = record_field(r, KEY_LEN);
    if (len != NULL && len->number > 0)
        g_string_append_printf(w->packets, "+%d", (int)len->number);
    world_add_number(w->packets, r, KEY_ACK, " ack %d");
    g_string_append_c(w->packets, '\n');
}

static inline struct world *world_new_seeded(uint64_t seed, const struct net_link_spec *first,
                                             const struct net_link_spec *second)
{
    struct world *w = g_new0(struct world, 1);

    sim_init(&w->sim, seed, 0);
    w->net = net_new(&w->sim);
    w->records = g_ptr_array_new_with_free_func(g_free);
    w->packets = g_string_new(NULL);
    w->a = net_host_add(w->net, "a", false);
    w->r = net_host_add(w->net, "r", true);
    w->b = net_host_add(w->net, "b", false);
    net_host_address(w->a, world_ip("10.0.0.1"));
    net_host_address(w->r, world_ip("10.0.0.254"));
    net_host_address(w->b, world_ip("10.0.1.1"));
    w->ar = net_link_add(w->a, w->r, first);
    w->rb = net_link_add(w->r, w->b, second);
    return w;
}

/* Two links of 10 ms each way. */
static inline struct world *world_new(void)
{
    const struct net_link_spec spec = { .delay = 10 * SIM_MS, .queue = NET_QUEUE_DEFAULT };
    return world_new_seeded(1, &spec, &spec);
}

static inline void world_listen(struct world *w)
{
    trace_listen(&w->sim.trace, world_on_record, w);
}

static inline void world_free(struct world *w)
{
    net_free(&w->net);
    sim_release(&w->sim);
    g_ptr_array_free(w->records, TRUE);
    g_string_free(w->packets, TRUE);
    g_free(w);
}

static inline void world_run(struct world *w, sim_time until)
{
    while (sched_step(w->sim.sched, until))
        ;
}

/* How many records of that event; with `why`, unless it is NULL. */
static inline unsigned world_count(const struct world *w, enum event event, const char *why)
{
    unsigned n = 0;

    for (guint i = 0; i < w->records->len; i++) {
        const struct record *r = g_ptr_array_index(w->records, i);
        n += r->event == event && (why == NULL || g_strcmp0(r->why, why) == 0);
    }
    return n;
}

/* ---- One end of a connection. What it does is set before; what happened is read after. */

struct end {
    struct world *world;
    struct tcp_conn *conn;
    struct tcp_listener *listener;
    const char *say;    /* as soon as it is open */
    GString *say_much;  /* the same, if not NULL */
    const char *answer; /* to the first data */
    bool close_after_saying, close_on_data, close_on_eof;
    bool abort_on_open, abort_on_data, abort_on_eof, detach_on_data, refuse;

    GString *got;
    unsigned opened, calls, eofs, gone;
    enum tcp_gone why;
    sim_time opened_at, got_at, eof_at, gone_at;
    uint32_t mail;
};

static inline void end_say(struct end *e)
{
    if (e->abort_on_open) {
        tcp_abort(&e->conn);
        return;
    }
    if (e->say != NULL)
        tcp_send(e->conn, span_of(e->say));
    if (e->say_much != NULL)
        tcp_send(e->conn, span_bytes(e->say_much->str, e->say_much->len));
    if (e->close_after_saying)
        tcp_close(e->conn);
}

static inline void end_on_open(void *self, struct tcp_conn *c)
{
    struct end *e = self;

    assert_ptr_equal(c, e->conn);
    e->opened++;
    e->opened_at = sim_now(&e->world->sim);
    end_say(e);
}

static inline void end_on_data(void *self, struct tcp_conn *c, struct span bytes)
{
    struct end *e = self;
    bool first = e->got->len == 0;

    g_string_append_len(e->got, bytes.at, (gssize)bytes.len);
    e->calls++;
    e->got_at = sim_now(&e->world->sim);
    e->mail = tcp_mail(c);
    if (first && e->answer != NULL)
        tcp_send(c, span_of(e->answer));
    if (e->close_on_data)
        tcp_close(c);
    if (e->abort_on_data)
        tcp_abort(&e->conn);
    else if (e->detach_on_data)
        tcp_detach(&e->conn);
}

static inline void end_on_eof(void *self, struct tcp_conn *c)
{
    struct end *e = self;

    e->eofs++;
    e->eof_at = sim_now(&e->world->sim);
    if (e->abort_on_eof)
        tcp_abort(&e->conn);
    else if (e->close_on_eof)
        tcp_close(c);
}

static inline void end_on_gone(void *self, struct tcp_conn *c, enum tcp_gone why)
{
    struct end *e = self;

    (void)c;
    e->gone++;
    e->why = why;
    e->gone_at = sim_now(&e->world->sim);
    e->conn = NULL;
}

static const struct tcp_app end_app = { end_on_open, end_on_data, end_on_eof, end_on_gone };

static inline void *end_on_accept(void *self, struct tcp_conn *c, const struct tcp_app **app_out)
{
    struct end *e = self;

    e->conn = c;
    e->opened++;
    e->opened_at = sim_now(&e->world->sim);
    *app_out = e->refuse ? NULL : &end_app;
    if (!e->refuse)
        end_say(e);
    return e;
}

static inline void end_init(struct end *e, struct world *w)
{
    *e = (struct end){ .world = w, .got = g_string_new(NULL), .close_on_eof = true };
}

static inline void end_release(struct end *e)
{
    g_string_free(e->got, TRUE);
    if (e->say_much != NULL)
        g_string_free(e->say_much, TRUE);
}

/* `len` octets of which each tells where it is. */
static inline GString *end_bytes(size_t len, unsigned salt)
{
    GString *s = g_string_sized_new(len + 1);

    for (size_t i = 0; i < len; i++)
        g_string_append_c(s, (char)((i * 2654435761u + i / 251 + salt) >> 3));
    return s;
}

#endif
