/* Cached DNS look-ups (sim/dns), from the cache alone to the whole way: a client's query through the network
 * to its local server and back. No trace is asked for. */
#include "bench.h"

#include <glib.h>
#include <string.h>

#include "core/sim.h"
#include "dns/resolver.h"
#include "dns/server.h"
#include "dns/stub.h"
#include "net/udp.h"

enum { TTL_S = 604800 };

static struct dns_name nth_name(unsigned i)
{
    struct dns_name n;
    char text[64];

    g_snprintf(text, sizeof text, "www.host%u.example", i);
    dns_name_parse(span_of(text), NULL, &n, NULL);
    return n;
}

static void line(FILE *out, const char *what, unsigned names, double ns)
{
    fprintf(out, "%-44s %7u names %8.1f ns %8.2f M/s\n", what, names, ns, 1e3 / ns);
}

/* ---- The cache alone, and a server's work without the network: query bytes in, response bytes out. */

static void fill(struct dns_cache *c, unsigned names)
{
    for (unsigned i = 0; i < names; i++) {
        struct dns_name n = nth_name(i);
        uint8_t address[4] = { 10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i };
        struct span rdata = span_bytes(address, sizeof address);
        dns_cache_put(c, &n, DNS_A, DNS_RANK_OWN, TTL_S, &rdata, 1, 0);
    }
}

static void bench_cache(FILE *out, unsigned names)
{
    enum { FINDS = 4000000 };
    struct dns_cache *c = dns_cache_new(DNS_CACHE_ENTRIES, NULL, NULL);
    struct dns_name *all = g_new(struct dns_name, names);
    struct rng rng;
    unsigned found = 0;

    fill(c, names);
    for (unsigned i = 0; i < names; i++)
        all[i] = nth_name(i);
    rng_init(&rng, 1, SPAN("find"));
    int64_t start = bench_clock();
    for (unsigned i = 0; i < FINDS; i++)
        found += dns_cache_find(c, &all[rng_below(&rng, names)], DNS_A, DNS_RANK_ANSWER, SIM_SECOND) != NULL;
    line(out, found == FINDS ? "find in the cache" : "NOT FOUND", names,
         (double)(bench_clock() - start) / FINDS);
    g_free(all);
    dns_cache_free(&c);
}

static size_t write_query(uint8_t out[DNS_UDP_MAX], const struct dns_name *name)
{
    struct dns_msg m;

    dns_msg_init(&m);
    m.rd = m.has_question = true;
    m.qname = *name;
    m.qtype = DNS_A;
    m.qclass = DNS_IN;
    size_t len = dns_msg_write(&m, out, DNS_UDP_MAX, DNS_UDP_MAX);
    dns_msg_release(&m);
    return len;
}

static void bench_bytes(FILE *out, unsigned names)
{
    enum { QUERIES = 2000000, ROOM = 64 };
    static const struct dns_resolver_calls calls;
    struct dns_resolver_config config = { .cache_entries = DNS_CACHE_ENTRIES, .rotate = true };
    struct dns_resolver *r = dns_resolver_new(&config, &calls, NULL);
    uint8_t *queries = g_malloc(names * (size_t)ROOM), response[DNS_UDP_MAX];
    uint8_t *lengths = g_malloc(names);
    struct dns_msg q, m;
    struct rng rng;
    size_t octets = 0;

    fill(dns_resolver_cache(r), names);
    for (unsigned i = 0; i < names; i++) {
        struct dns_name n = nth_name(i);
        lengths[i] = (uint8_t)write_query(response, &n);
        memcpy(queries + i * (size_t)ROOM, response, lengths[i]);
    }
    dns_msg_init(&q);
    dns_msg_init(&m);
    rng_init(&rng, 1, SPAN("find"));
    int64_t start = bench_clock();
    for (unsigned i = 0; i < QUERIES; i++) {
        unsigned k = rng_below(&rng, names);
        dns_msg_parse(&q, span_bytes(queries + k * (size_t)ROOM, lengths[k]));
        dns_msg_clear(&m);
        m.id = q.id;
        m.qr = m.rd = m.ra = m.has_question = true;
        dns_name_copy(&m.qname, &q.qname);
        m.qtype = q.qtype;
        m.qclass = q.qclass;
        dns_resolver_cached(r, &q.qname, q.qtype, (struct dns_about){ 0 }, SIM_SECOND, &m);
        octets += dns_msg_write(&m, response, sizeof response, sizeof response);
    }
    int64_t spent = bench_clock() - start;
    line(out, octets > QUERIES * (size_t)40 ? "query bytes to response bytes" : "NOT FOUND", names,
         (double)spent / QUERIES);
    dns_msg_release(&q);
    dns_msg_release(&m);
    g_free(queries);
    g_free(lengths);
    dns_resolver_free(&r);
}

/* ---- The whole way: clients that each ask again as soon as they are answered, two links each way. */

struct office {
    struct sim sim;
    struct net *net;
    struct net_host **pcs;
    struct dns_name *names; /* made beforehand: the bench is not of making names */
    unsigned n_pcs, n_names;
    struct dns_server *root, *local;
    struct rng rng;
    uint64_t answers;
};

static struct net_host *join(struct office *o, struct net_host *router, const char *name, ip_addr a)
{
    struct net_host *h = net_host_add(o->net, name, false);

    net_host_address(h, a);
    net_link_add(h, router, &(struct net_link_spec){ .delay = SIM_MS });
    return h;
}

static void office_init(struct office *o, unsigned pcs, unsigned names)
{
    struct dns_server_spec spec = dns_server_defaults;
    struct dns_name top = { 1, { 0 } };
    struct dns_hint hint = { top, 1 };
    struct dns_zone *z = dns_zone_new(&top);
    char name[32], error[160];

    *o = (struct office){ .n_pcs = pcs, .n_names = names };
    sim_init(&o->sim, 1, 0);
    o->net = net_new(&o->sim);
    sim_rng(&o->sim, &o->rng, "names");
    struct net_host *router = net_host_add(o->net, "internet", true);
    o->root = dns_server_add(join(o, router, "root", 1), &spec);
    spec.recursion = true;
    spec.hints = &hint;
    spec.n_hints = 1;
    o->local = dns_server_add(join(o, router, "local", 2), &spec);
    o->names = g_new(struct dns_name, names);
    for (unsigned i = 0; i < names; i++) {
        uint8_t address[4] = { 10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i };
        struct dns_rr rr = { .type = DNS_A, .rdlength = 4, .ttl_s = TTL_S, .rdata = address };
        o->names[i] = rr.name = nth_name(i);
        dns_zone_add(z, &rr, error);
    }
    dns_server_add_zone(o->root, z);
    o->pcs = g_new(struct net_host *, pcs);
    for (unsigned i = 0; i < pcs; i++) {
        g_snprintf(name, sizeof name, "pc%u", i);
        o->pcs[i] = join(o, router, name, 1000 + i);
    }
}

static void office_release(struct office *o)
{
    net_free(&o->net);
    dns_server_free(&o->root);
    dns_server_free(&o->local);
    sim_release(&o->sim);
    g_free(o->pcs);
    g_free(o->names);
}

/* Until all is cached and that many more answers have come; ns an answer. */
static double run(struct office *o, uint64_t answers, double *events_out)
{
    while (dns_server_cached(o->local) < o->n_names || o->answers < o->n_pcs)
        for (unsigned i = 0; i < 100000; i++)
            sched_step(o->sim.sched, SIM_NEVER);
    uint64_t from = o->answers, events = sched_count(o->sim.sched);
    int64_t start = bench_clock();
    while (o->answers < from + answers)
        sched_step(o->sim.sched, SIM_NEVER);
    int64_t spent = bench_clock() - start;
    *events_out = (double)(sched_count(o->sim.sched) - events) / (double)answers;
    return (double)spent / (double)answers;
}

struct pc {
    struct office *office;
    struct udp_socket *udp;
    struct dns_stub *stub;
    struct dns_msg m;
};

/* A client that holds one socket and writes its own query: what a generator of load would be. */
static void send_query(struct pc *p)
{
    const struct dns_name *n = &p->office->names[rng_below(&p->office->rng, p->office->n_names)];
    uint8_t out[DNS_UDP_MAX];

    dns_msg_clear(&p->m);
    p->m.rd = p->m.has_question = true;
    dns_name_copy(&p->m.qname, n);
    p->m.qtype = DNS_A;
    p->m.qclass = DNS_IN;
    size_t len = dns_msg_write(&p->m, out, sizeof out, sizeof out);
    udp_send(p->udp, 2, DNS_PORT, span_bytes(out, len), (struct udp_about){ 0 });
}

static void on_answer(void *self, struct udp_socket *s, const struct packet *packet)
{
    struct pc *p = self;

    (void)s;
    (void)packet;
    p->office->answers++;
    send_query(p);
}

static void on_result(void *self, const struct dns_result *r)
{
    struct pc *p = self;
    const struct dns_name *n = &p->office->names[rng_below(&p->office->rng, p->office->n_names)];

    p->office->answers += r != NULL && r->outcome == DNS_FOUND;
    dns_stub_query(p->stub, n, DNS_A, 0, on_result, p);
}

static void bench_way(FILE *out, unsigned pcs, unsigned names, bool stubs)
{
    enum { ANSWERS = 500000 };
    struct office o;
    struct pc *pc = g_new0(struct pc, pcs);
    char what[80];
    double events;

    office_init(&o, pcs, names);
    for (unsigned i = 0; i < pcs; i++) {
        pc[i].office = &o;
        dns_msg_init(&pc[i].m);
        if (stubs) {
            pc[i].stub = dns_stub_new(o.pcs[i], &(ip_addr){ 2 }, 1);
            on_result(&pc[i], &(struct dns_result){ .outcome = DNS_FAILED });
        } else {
            pc[i].udp = udp_open(o.pcs[i], 0, on_answer, NULL, &pc[i]);
            send_query(&pc[i]);
        }
        sched_step(o.sim.sched, sim_now(&o.sim) + 4 * SIM_MS / pcs);
    }
    double ns = run(&o, ANSWERS, &events);
    g_snprintf(what, sizeof what, "%6u %s, %.0f events each", pcs, stubs ? "stub resolvers" : "clients",
               events);
    line(out, what, names, ns);
    office_release(&o);
    for (unsigned i = 0; i < pcs; i++) {
        dns_msg_release(&pc[i].m);
        dns_stub_free(&pc[i].stub);
    }
    g_free(pc);
}

void bench_dns(FILE *out)
{
    bench_cache(out, 1000);
    bench_cache(out, 100000);
    bench_bytes(out, 1000);
    bench_bytes(out, 100000);
    bench_way(out, 100, 1000, false);
    bench_way(out, 10000, 10000, false);
    bench_way(out, 100, 1000, true);
    bench_way(out, 10000, 10000, true);
}
