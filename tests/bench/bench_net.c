/* The network (sim/net): packets through a router, and TCP connections that carry a dialogue as long as that
 * of a mail. No trace is asked for. Every host is a leaf of the router, 10 ms away. */
#include "bench.h"

#include <glib.h>
#include <string.h>

#include "core/sim.h"
#include "net/tcp.h"
#include "net/udp.h"

struct star {
    struct sim sim;
    struct net *net;
    struct net_host **hosts;
    unsigned n;
};

static void star_init(struct star *s, unsigned n)
{
    const struct net_link_spec spec = { .delay = 10 * SIM_MS,
                                        .rate_bps = 100000000,
                                        .queue = NET_QUEUE_DEFAULT };
    char name[32];

    sim_init(&s->sim, 1, 0);
    s->net = net_new(&s->sim);
    s->n = n;
    s->hosts = g_new(struct net_host *, n);
    struct net_host *router = net_host_add(s->net, "internet", true);
    for (unsigned i = 0; i < n; i++) {
        snprintf(name, sizeof name, "host%u", i);
        s->hosts[i] = net_host_add(s->net, name, false);
        net_host_address(s->hosts[i], (10u << 24) + i + 1);
        net_link_add(s->hosts[i], router, &spec);
    }
}

static void star_release(struct star *s)
{
    net_free(&s->net);
    sim_release(&s->sim);
    g_free(s->hosts);
}

/* ---- Datagrams that are answered for ever, from pair to pair. */

static void on_ball(void *self, struct udp_socket *s, const struct packet *p)
{
    (void)self;
    udp_reply(s, p, packet_payload(p), (struct udp_about){ 0, 0 });
}

static void bench_router(FILE *out, unsigned hosts, unsigned balls)
{
    enum { HOPS = 4000000 };
    static const char ball[40];
    struct star s;
    struct udp_socket **sockets = g_new(struct udp_socket *, hosts);

    star_init(&s, hosts);
    for (unsigned i = 0; i < hosts; i++)
        sockets[i] = udp_open(s.hosts[i], 7, on_ball, NULL, NULL);
    struct rng rng;
    sim_rng(&s.sim, &rng, "balls");
    for (unsigned i = 0; i < balls; i++) {
        sched_step(s.sim.sched, sim_now(&s.sim) + 1 + rng_below(&rng, 40 * SIM_MS / balls));
        unsigned from = rng_below(&rng, hosts), to = (from + 1 + rng_below(&rng, hosts - 1)) % hosts;
        udp_send(sockets[from], net_host_ip(s.hosts[to]), 7, span_bytes(ball, sizeof ball),
                 (struct udp_about){ 0, 0 });
    }
    for (int i = 0; i < HOPS / 4; i++)
        sched_step(s.sim.sched, SIM_NEVER);
    int64_t start = bench_clock();
    for (int i = 0; i < HOPS; i++)
        sched_step(s.sim.sched, SIM_NEVER);
    int64_t spent = bench_clock() - start;
    fprintf(out, "UDP, %6u hosts, %6u packets under way          %8.1f ns a hop %8.2f M packets/s\n", hosts,
            balls, (double)spent / HOPS, HOPS / 2 * 1e3 / (double)spent);
    star_release(&s);
    g_free(sockets);
}

/* ---- TCP: a dialogue of eight commands and a message of 1500 octets. */

struct dialogue {
    struct star *star;
    struct rng rng;
    unsigned to_start, under_way;
    sim_time gap;
};

struct caller {
    struct dialogue *d;
    unsigned said;
};

static const char *const commands[] = { "EHLO mail.crepes.fr\r\n",
                                        "MAIL FROM:<alice@crepes.fr>\r\n",
                                        "RCPT TO:<bob@hamburger.edu>\r\n",
                                        "DATA\r\n",
                                        NULL /* the message */,
                                        "QUIT\r\n" };
static char message[1500];

static void caller_on_data(void *self, struct tcp_conn *c, struct span bytes)
{
    struct caller *x = self;

    (void)bytes;
    if (x->said == G_N_ELEMENTS(commands))
        return;
    const char *line = commands[x->said++];
    tcp_send(c, line ? span_of(line) : span_bytes(message, sizeof message));
}

static void caller_on_eof(void *self, struct tcp_conn *c)
{
    (void)self;
    tcp_close(c);
}

static void caller_on_gone(void *self, struct tcp_conn *c, enum tcp_gone why)
{
    struct caller *x = self;

    (void)c;
    if (why != TCP_DONE)
        g_error("a connection ended: %s", tcp_gone_text(why));
    x->d->under_way--;
    g_free(x);
}

static const struct tcp_app caller_app = { NULL, caller_on_data, caller_on_eof, caller_on_gone };

static void server_on_data(void *self, struct tcp_conn *c, struct span bytes)
{
    (void)self;
    bool more = bytes.len == 1460; /* the message comes in two segments, and is answered at its end */

    if (more)
        return;
    bool quit = bytes.at[0] == 'Q';
    tcp_send(c, quit ? SPAN("221 closing channel\r\n") : SPAN("250 all right, go on\r\n"));
    if (quit)
        tcp_close(c);
}

static const struct tcp_app server_app = { NULL, server_on_data, NULL, NULL };

static void *on_accept(void *self, struct tcp_conn *c, const struct tcp_app **app_out)
{
    *app_out = &server_app;
    tcp_send(c, SPAN("220 mail.hamburger.edu ESMTP ready\r\n"));
    return self;
}

static void start_call(void *self)
{
    struct dialogue *d = self;
    struct caller *x = g_new0(struct caller, 1);
    unsigned from = rng_below(&d->rng, d->star->n),
             to = (from + 1 + rng_below(&d->rng, d->star->n - 1)) % d->star->n;

    x->d = d;
    d->under_way++;
    tcp_connect(d->star->hosts[from], net_host_ip(d->star->hosts[to]), 25, &caller_app, x);
    if (--d->to_start > 0)
        sched_post(d->star->sim.sched, sim_now(&d->star->sim) + d->gap, start_call, d);
}

static void bench_tcp(FILE *out, unsigned hosts, unsigned calls, sim_time gap)
{
    struct star s;

    star_init(&s, hosts);
    for (unsigned i = 0; i < hosts; i++)
        tcp_listen(s.hosts[i], 25, on_accept, NULL);
    struct dialogue d = { .star = &s, .to_start = calls, .gap = gap };
    sim_rng(&s.sim, &d.rng, "calls");
    int64_t start = bench_clock();
    start_call(&d);
    while (d.to_start > 0 || d.under_way > 0)
        sched_step(s.sim.sched, SIM_NEVER);
    int64_t spent = bench_clock() - start;
    fprintf(
        out,
        "TCP, %6u hosts, a dialogue each %4.0f µs            %8.0f ns each %6.1f packets, %.1f ns a hop\n",
        hosts, (double)gap / 1e3, (double)spent / calls, (double)net_packets(s.net) / calls,
        (double)spent / (2.0 * (double)net_packets(s.net)));
    star_release(&s);
}

void bench_net(FILE *out)
{
    bench_router(out, 100, 100);
    bench_router(out, 10000, 10000);
    bench_router(out, 100000, 100000);
    bench_tcp(out, 100, 100000, 10 * SIM_MS);
    bench_tcp(out, 100, 300000, SIM_MS);
    bench_tcp(out, 100, 300000, SIM_MS / 20);
}
