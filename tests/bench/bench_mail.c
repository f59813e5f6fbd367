/* Mails end to end: 100 domains, each with a person's computer, a mail server, a local DNS server and an
 * authoritative one; a root and a TLD server above them. Each mail is composed, submitted over SMTP, routed
 * by MX and A look-ups, sent over SMTP and stored; each DNS message, TCP segment and SMTP line is an event
 * and real bytes. No trace is asked for. */
#include "bench.h"

#include <assert.h>
#include <malloc.h>
#include <stdlib.h>

#include <glib.h>

#include "core/sim.h"
#include "dns/server.h"
#include "mail/agent.h"
#include "mail/ledger.h"
#include "mail/server.h"
#include "net/net.h"

enum { DOMAINS = 100, MAIL_EVERY_MS = 2000, EMPTY_EVERY_S = 100 };

struct domain {
    struct world *w;
    struct rng rng;
    char *name, *bob; /* "d7.edu", "bob@d7.edu" */
    struct mail_server *server;
    struct mail_agent *alice;
    struct dns_server *local, *auth;
    unsigned to_send;
};

struct world {
    struct sim sim;
    struct net *net;
    struct net_host *router;
    struct mail_ledger *ledger;
    struct dns_server *root, *tld;
    struct domain domains[DOMAINS];
};

static ip_addr address(unsigned a, unsigned b, unsigned c)
{
    return 10u << 24 | a << 16 | b << 8 | c;
}

static struct net_host *add_host(struct world *w, ip_addr ip, const char *name)
{
    struct net_host *h = net_host_add(w->net, name, false);

    net_host_address(h, ip);
    net_link_add(h, w->router, &(struct net_link_spec){ .delay = 5 * SIM_MS });
    return h;
}

static struct dns_zone *make_zone(const char *origin, const char *lines)
{
    struct dns_name name;
    struct dns_zone *z;
    char **line = g_strsplit(lines, "\n", 0);
    char error[160];
    bool good = dns_name_parse(span_of(origin), NULL, &name, NULL);

    z = dns_zone_new(&name);
    for (char **l = line; *l != NULL; l++) {
        struct dns_rr rr;

        if (**l == '\0')
            continue;
        good = good && dns_rr_parse(span_of(*l), &name, 86400, &rr, error) && dns_zone_add(z, &rr, error);
        dns_rr_release(&rr);
    }
    if (!good)
        abort();
    g_strfreev(line);
    return z;
}

static struct dns_server *add_dns(struct world *w, ip_addr ip, const char *name, const char *origin,
                                  const char *lines)
{
    struct dns_server_spec spec = dns_server_defaults;
    struct dns_hint hint = { .addr = address(255, 0, 1) };
    struct dns_server *s;

    if (origin == NULL) {
        dns_name_parse(SPAN("root"), NULL, &hint.name, NULL);
        spec.recursion = true;
        spec.hints = &hint;
        spec.n_hints = 1;
    }
    s = dns_server_add(add_host(w, ip, name), &spec);
    if (origin != NULL)
        dns_server_add_zone(s, make_zone(origin, lines));
    return s;
}

static void add_domain(struct world *w, unsigned i)
{
    struct domain *d = &w->domains[i];
    struct mail_server_spec spec = mail_server_defaults;
    ip_addr local = address(i, 0, 53), mail = address(i, 0, 25);
    struct ip_prefix own = { address(i, 0, 0), 16 };
    char *host = g_strdup_printf("mail.d%u.edu", i), *alice = g_strdup_printf("alice@d%u.edu", i);
    char *pc = g_strdup_printf("pc%u", i), *ns = g_strdup_printf("ns.d%u.edu", i);
    char *resolver = g_strdup_printf("dns.d%u.edu", i);
    char *zone = g_strdup_printf("@ SOA ns admin 1 3600 600 86400 300\n@ NS ns\nns A 10.%u.0.54\n"
                                 "@ MX 10 mail\nmail A 10.%u.0.25\n",
                                 i, i);

    d->w = w;
    d->name = g_strdup_printf("d%u.edu", i);
    d->bob = g_strdup_printf("bob@d%u.edu", i);
    sim_rng(&w->sim, &d->rng, "bench/%u", i);
    d->auth = add_dns(w, address(i, 0, 54), ns, d->name, zone);
    d->local = add_dns(w, local, resolver, NULL, NULL);
    spec.domains = (const char *const *)&d->name;
    spec.n_domains = 1;
    spec.relay_for = &own;
    spec.n_relay_for = 1;
    spec.resolvers = &local;
    spec.n_resolvers = 1;
    spec.ledger = w->ledger;
    d->server = mail_server_add(add_host(w, mail, host), &spec);
    mail_server_add_user(d->server, "bob", 0);
    mail_server_add_user(d->server, "alice", 0);
    d->alice = mail_agent_add(add_host(w, address(i, 1, 2), pc), &(struct mail_agent_spec){
                                                                     .address = alice,
                                                                     .name = "Alice",
                                                                     .server = mail,
                                                                     .server_name = host,
                                                                     .ledger = w->ledger,
                                                                 });
    g_free(host);
    g_free(alice);
    g_free(pc);
    g_free(ns);
    g_free(resolver);
    g_free(zone);
}

static struct world *world_new(void)
{
    struct world *w = g_new0(struct world, 1);
    GString *edu = g_string_new("@ SOA ns admin 1 3600 600 86400 300\n@ NS ns\nns A 10.255.0.2\n");

    sim_init(&w->sim, 1, 1772442000);
    w->net = net_new(&w->sim);
    w->router = net_host_add(w->net, "internet", true);
    w->ledger = mail_ledger_new();
    for (unsigned i = 0; i < DOMAINS; i++)
        g_string_append_printf(edu, "d%u NS ns.d%u\nns.d%u A 10.%u.0.54\n", i, i, i, i);
    w->root = add_dns(w, address(255, 0, 1), "root", ".",
                      "@ SOA root admin 1 3600 600 86400 300\n@ NS root\nroot A 10.255.0.1\n"
                      "edu NS ns.edu\nns.edu A 10.255.0.2\n");
    w->tld = add_dns(w, address(255, 0, 2), "ns.edu", "edu", edu->str);
    for (unsigned i = 0; i < DOMAINS; i++)
        add_domain(w, i);
    g_string_free(edu, TRUE);
    return w;
}

static void world_free(struct world *w)
{
    net_free(&w->net);
    for (unsigned i = 0; i < DOMAINS; i++) {
        struct domain *d = &w->domains[i];

        mail_agent_free(&d->alice);
        mail_server_free(&d->server);
        dns_server_free(&d->local);
        dns_server_free(&d->auth);
        g_free(d->name);
        g_free(d->bob);
    }
    dns_server_free(&w->root);
    dns_server_free(&w->tld);
    mail_ledger_free(&w->ledger);
    sim_release(&w->sim);
    g_free(w);
}

/* Alice writes to a Bob anywhere else, at moments that know nothing of each other. */
static void on_send(void *self)
{
    struct domain *d = self;
    unsigned i = rng_below(&d->rng, DOMAINS - 1);
    const char *to = d->w->domains[i].bob;

    if (&d->w->domains[i] == d)
        to = d->w->domains[DOMAINS - 1].bob;
    mail_agent_send(d->alice, &(struct mail_draft){ .to = &to, .n_to = 1, .subject = "Lunch?" });
    if (--d->to_send > 0)
        sched_post(d->w->sim.sched, sim_now(&d->w->sim) + rng_exponential(&d->rng, MAIL_EVERY_MS * SIM_MS),
                   on_send, d);
}

/* Everybody reads, and deletes what he has read: the mailboxes stay small, as they do in life. */
static void on_read(void *self)
{
    struct world *w = self;
    bool more = false;

    for (unsigned i = 0; i < DOMAINS; i++) {
        mail_server_empty(w->domains[i].server, "bob");
        more = more || w->domains[i].to_send > 0;
    }
    if (more)
        sched_post(w->sim.sched, sim_now(&w->sim) + EMPTY_EVERY_S * SIM_SECOND, on_read, w);
}

static void run(FILE *out, unsigned mails)
{
    struct world *w = world_new();
    int64_t start = bench_clock();
    struct mail_totals t;
    double seconds;
    struct mallinfo2 memory;

    for (unsigned i = 0; i < DOMAINS; i++) {
        w->domains[i].to_send = mails / DOMAINS;
        sched_post(w->sim.sched, rng_exponential(&w->domains[i].rng, MAIL_EVERY_MS * SIM_MS), on_send,
                   &w->domains[i]);
    }
    on_read(w);
    while (sched_step(w->sim.sched, SIM_NEVER))
        ;
    seconds = (double)(bench_clock() - start) / 1e9;
    memory = mallinfo2();
    t = mail_ledger_totals(w->ledger);
    if (t.delivered != mails || t.relayed != mails || t.queued != 0)
        fprintf(out, "WRONG: %" G_GUINT64_FORMAT " delivered, %" G_GUINT64_FORMAT " queued\n", t.delivered,
                t.queued);
    fprintf(out, "%9u  %8.0f  %11.0f  %8.1f  %8.1f  %7.1f\n", mails, mails / seconds,
            (double)sched_count(w->sim.sched) / seconds, (double)net_packets(w->net) / mails,
            (double)sched_count(w->sim.sched) / mails, (double)(memory.uordblks + memory.hblkhd) / 1e6);
    world_free(w);
}

void bench_mail(FILE *out)
{
    fprintf(out, "    mails   mails/s     events/s  packets/mail  events/mail   MB at end\n");
    run(out, 10000);
    run(out, 1000000);
}
