/* tests/unit/dns_world.h: a small internet for tests of servers and stub resolvers: hosts around one router,
 * each with its own delay; zones from master-file lines; and the trace as short lines. */
#ifndef DNS_WORLD_H
#define DNS_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include "core/sim.h"
#include "dns/rr.h"
#include "dns/server.h"
#include "dns/stub.h"
#include "net/net.h"
#include "net/tcp.h"

struct world {
    struct sim sim;
    struct net *net;
    struct net_host *router;
    GPtrArray *servers, *stubs;
    GString *log;     /* what the trace says, a line a record */
    const char *only; /* events whose name begins so */
};

static inline struct dns_name world_name(const char *text)
{
    struct dns_name n;
    const char *error;

    if (!dns_name_parse(span_of(text), NULL, &n, &error))
        fail_msg("%s: %s", text, error);
    return n;
}

static inline ip_addr world_ip(const char *text)
{
    ip_addr a = 0;

    assert_true(ip_parse(span_of(text), &a));
    return a;
}

static inline void world_init(struct world *w)
{
    *w = (struct world){ .log = g_string_new(NULL) };
    sim_init(&w->sim, 1, 0);
    w->net = net_new(&w->sim);
    w->router = net_host_add(w->net, "internet", true);
    w->servers = g_ptr_array_new();
    w->stubs = g_ptr_array_new();
}

static inline void world_release(struct world *w)
{
    net_free(&w->net);
    for (guint i = 0; i < w->stubs->len; i++)
        dns_stub_free(&(struct dns_stub *){ g_ptr_array_index(w->stubs, i) });
    for (guint i = 0; i < w->servers->len; i++)
        dns_server_free(&(struct dns_server *){ g_ptr_array_index(w->servers, i) });
    g_ptr_array_free(w->stubs, TRUE);
    g_ptr_array_free(w->servers, TRUE);
    g_string_free(w->log, TRUE);
    sim_release(&w->sim);
}

static inline struct net_host *world_host(struct world *w, const char *name, const char *ip, sim_time delay)
{
    struct net_host *h = net_host_add(w->net, name, false);

    assert_true(net_host_address(h, world_ip(ip)));
    net_link_add(h, w->router, &(struct net_link_spec){ .delay = delay });
    return h;
}

/* A zone with what `lines` says, which also sees to its SOA. */
static inline struct dns_zone *world_zone(const char *origin, const char *lines)
{
    struct dns_name o = world_name(origin);
    struct dns_zone *z = dns_zone_new(&o);
    char **line = g_strsplit(lines, "\n", 0);
    char error[160];

    for (char **l = line; *l != NULL; l++) {
        struct dns_rr rr;
        if (**l == '\0')
            continue;
        if (!dns_rr_parse(span_of(*l), &o, 3600, &rr, error) || !dns_zone_add(z, &rr, error))
            fail_msg("%s: %s", *l, error);
        dns_rr_release(&rr);
    }
    g_strfreev(line);
    return z;
}

/* A server with one zone, or none (`origin` NULL). */
static inline struct dns_server *world_server(struct world *w, const char *name, const char *ip,
                                              sim_time delay, const struct dns_server_spec *spec,
                                              const char *origin, const char *lines)
{
    struct dns_server *s = dns_server_add(world_host(w, name, ip, delay), spec);

    if (origin != NULL)
        dns_server_add_zone(s, world_zone(origin, lines));
    g_ptr_array_add(w->servers, s);
    return s;
}

static inline struct dns_stub *world_stub(struct world *w, struct net_host *h, const char *server)
{
    struct dns_stub *s = dns_stub_new(h, &(ip_addr){ world_ip(server) }, 1);

    g_ptr_array_add(w->stubs, s);
    return s;
}

/* The servers of the course: root, edu, hamburger.edu, and the local server that walks them. Delays of one
 * way to the router: local 1 ms, root 10 ms, edu 20 ms, hamburger 30 ms; the client is a millisecond from it.
 */
#define WORLD_ROOT                                                                                           \
    "@ SOA root-server admin 1 3600 600 86400 300\n@ NS root-server\nroot-server A 198.41.0.4\n"             \
    "edu NS ns.edu\nns.edu A 192.5.6.30\nfr NS ns.fr\nns.fr A 192.5.6.31\n"
#define WORLD_EDU                                                                                            \
    "@ SOA ns admin 1 3600 600 86400 300\n@ NS ns\nns A 192.5.6.30\n"                                        \
    "hamburger NS ns.hamburger\nns.hamburger A 10.4.0.53\n"
#define WORLD_HAMBURGER                                                                                      \
    "@ SOA ns admin 1 3600 600 86400 300\n@ NS ns\nns A 10.4.0.53\n@ MX 10 mail\nmail A 10.4.0.25\n"         \
    "www CNAME web\nweb A 10.4.0.80\nweb A 10.4.0.81\nshort 2 A 10.4.0.2\nnever 0 A 10.4.0.3\n"

struct course {
    struct world w;
    struct dns_server *root, *edu, *hamburger, *local;
    struct net_host *pc;
    struct dns_stub *stub;
};

static inline void course_init(struct course *c, bool recursion, bool chain)
{
    struct dns_server_spec spec = dns_server_defaults;
    struct dns_hint hint = { world_name("root-server"), world_ip("198.41.0.4") };

    world_init(&c->w);
    spec.recursion = spec.chain = recursion && chain;
    c->root = world_server(&c->w, "root", "198.41.0.4", 10 * SIM_MS, &spec, ".", WORLD_ROOT);
    c->edu = world_server(&c->w, "edu", "192.5.6.30", 20 * SIM_MS, &spec, "edu", WORLD_EDU);
    c->hamburger = world_server(&c->w, "hamburger", "10.4.0.53", 30 * SIM_MS, &spec, "hamburger.edu",
                                WORLD_HAMBURGER);
    spec.recursion = recursion;
    spec.hints = &hint;
    spec.n_hints = 1;
    c->local = world_server(&c->w, "local", "10.1.0.53", 1 * SIM_MS, &spec, NULL, NULL);
    c->pc = world_host(&c->w, "pc", "10.1.0.2", 1 * SIM_MS);
    c->stub = world_stub(&c->w, c->pc, "10.1.0.53");
}

/* ---- What happened */

static inline void world_on_record(void *self, const struct record *r)
{
    static const enum key keys[] = { KEY_NAME,  KEY_TYPE, KEY_TRANSPORT, KEY_RD,
                                     KEY_RCODE, KEY_KIND, KEY_ANSWER };
    struct world *w = self;

    if (w->only != NULL && !g_str_has_prefix(event_names[r->event], w->only))
        return;
    g_string_append_printf(w->log, "%s %s",
                           event_names[r->event] + (g_str_has_prefix(event_names[r->event], "dns.") ? 4 : 0),
                           r->host);
    if (r->peer != NULL)
        g_string_append_printf(w->log, ">%s", r->peer);
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        const struct field *f = record_field(r, keys[i]);
        if (f == NULL || (f->kind == FIELD_TEXT && f->text.len == 0))
            continue;
        if (f->kind == FIELD_NUMBER && f->number != 0)
            g_string_append_printf(w->log, " %s", key_names[keys[i]]);
        else if (f->kind == FIELD_TEXT && !(keys[i] == KEY_TRANSPORT && span_is(f->text, SPAN("udp"))) &&
                 !(keys[i] == KEY_RCODE && span_is(f->text, SPAN("NOERROR"))))
            g_string_append_printf(w->log, " %.*s", (int)f->text.len, f->text.at);
    }
    if (r->why != NULL)
        g_string_append_printf(w->log, " (%s)", r->why);
    g_string_append_c(w->log, '\n');
}

static inline void world_listen(struct world *w, const char *only)
{
    w->only = only;
    trace_listen(&w->sim.trace, world_on_record, w);
}

static inline void world_expect(struct world *w, const char *expected)
{
    assert_string_equal(w->log->str, expected);
    g_string_truncate(w->log, 0);
}

static inline void world_run(struct world *w, sim_time until)
{
    while (sched_step(w->sim.sched, until)) {
    }
}

/* A look-up and what came of it, as text: "found 10.4.0.25 ttl 3600". */
struct asked {
    struct world *w;
    unsigned calls;
    sim_time at;
    enum dns_outcome outcome;
    char text[512];
};

static inline void asked_on_result(void *self, const struct dns_result *r)
{
    static const char *const outcomes[] = { "found", "no data", "no name", "failed", "no answer" };
    struct asked *a = self;
    char data[256];
    size_t used = (size_t)g_snprintf(a->text, sizeof a->text, "%s", outcomes[r->outcome]);

    a->calls++;
    a->at = sim_now(&a->w->sim);
    a->outcome = r->outcome;
    for (unsigned i = 0; i < r->n && used + 1 < sizeof a->text; i++) {
        g_snprintf(a->text + used, sizeof a->text - used, " %s/%u",
                   dns_rdata_text(data, sizeof data, r->type, r->records[i].rdata), r->records[i].ttl_s);
        used += strlen(a->text + used);
    }
}

/* Ask, run until it is over, and give the time it took. */
static inline sim_time world_ask(struct world *w, struct dns_stub *stub, const char *name, uint16_t type,
                                 struct asked *a)
{
    struct dns_name n = world_name(name);
    sim_time from = sim_now(&w->sim);

    *a = (struct asked){ .w = w };
    dns_stub_query(stub, &n, type, 0, asked_on_result, a);
    while (a->calls == 0 && sched_step(w->sim.sched, SIM_NEVER)) {
    }
    assert_int_equal(a->calls, 1);
    return a->at - from;
}

#endif
