/* tests/unit/mail_world.h: a small internet for tests of mail: hosts around one router, one DNS server that
 * knows everything, mail servers, agents, and the trace as short lines. */
#ifndef MAIL_WORLD_H
#define MAIL_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include "core/pattern.h"
#include "core/sim.h"
#include "dns/server.h"
#include "mail/access.h"
#include "mail/agent.h"
#include "mail/ledger.h"
#include "mail/server.h"
#include "net/net.h"

#define CREPES    "mail.crepes.fr"
#define HAMBURGER "mail.hamburger.edu"

/* What the DNS knows where a test says nothing else. */
#define ZONE                                                                                                 \
    "@ SOA ns admin 1 3600 600 86400 300\n@ NS ns\nns A 10.0.0.53\n"                                         \
    "crepes.fr MX 10 mail.crepes.fr\nmail.crepes.fr A 10.1.0.25\n"                                           \
    "hamburger.edu MX 10 mail.hamburger.edu\nmail.hamburger.edu A 10.4.0.25\n"

struct mail_world {
    struct sim sim;
    struct net *net;
    struct net_host *router;
    struct dns_server *dns;
    struct mail_ledger *ledger;
    GPtrArray *servers, *agents, *accesses;
    GString *log;
    struct pattern *only;
};

static inline ip_addr mw_ip(const char *text)
{
    ip_addr a = 0;

    assert_true(ip_parse(span_of(text), &a));
    return a;
}

static inline struct net_host *mw_host(struct mail_world *w, const char *name, const char *ip)
{
    struct net_host *h = net_host_add(w->net, name, false);

    assert_true(net_host_address(h, mw_ip(ip)));
    net_link_add(h, w->router, &(struct net_link_spec){ .delay = 10 * SIM_MS });
    return h;
}

static inline struct dns_zone *mw_zone(const char *lines)
{
    struct dns_name root;
    struct dns_zone *z;
    char **line = g_strsplit(lines, "\n", 0);
    char error[160];

    assert_true(dns_name_parse(SPAN("."), NULL, &root, NULL));
    z = dns_zone_new(&root);
    for (char **l = line; *l != NULL; l++) {
        struct dns_rr rr;

        if (**l == '\0')
            continue;
        if (!dns_rr_parse(span_of(*l), &root, 3600, &rr, error) || !dns_zone_add(z, &rr, error))
            fail_msg("%s: %s", *l, error);
        dns_rr_release(&rr);
    }
    g_strfreev(line);
    return z;
}

static inline void mw_init_seeded(struct mail_world *w, uint64_t seed, const char *zone)
{
    *w = (struct mail_world){ .log = g_string_new(NULL) };
    sim_init(&w->sim, seed, 1772442000); /* 2 March 2026, 09:00 */
    w->net = net_new(&w->sim);
    w->router = net_host_add(w->net, "internet", true);
    w->ledger = mail_ledger_new();
    w->servers = g_ptr_array_new();
    w->agents = g_ptr_array_new();
    w->accesses = g_ptr_array_new();
    w->dns = dns_server_add(mw_host(w, "ns", "10.0.0.53"), &dns_server_defaults);
    dns_server_add_zone(w->dns, mw_zone(zone));
}

static inline void mw_init(struct mail_world *w, const char *zone)
{
    mw_init_seeded(w, 1, zone);
}

/* The ledger and what is really there agree. */
static inline void mw_audit(struct mail_world *w)
{
    struct mail_totals t = mail_ledger_totals(w->ledger);
    struct mail_audit real = { 0 };

    for (guint i = 0; i < w->servers->len; i++) {
        struct mail_audit a = mail_server_audit(w->servers->pdata[i]);

        real.stored += a.stored;
        real.queued += a.queued;
    }
    assert_int_equal(t.accepted, t.delivered + t.relayed + t.bounced + t.dropped + t.queued);
    assert_int_equal(t.delivered, real.stored);
    assert_int_equal(t.queued, real.queued);
}

static inline void mw_release(struct mail_world *w)
{
    mw_audit(w);
    net_free(&w->net);
    for (guint i = 0; i < w->agents->len; i++)
        mail_agent_free(&(struct mail_agent *){ w->agents->pdata[i] });
    for (guint i = 0; i < w->accesses->len; i++)
        mail_access_free(&(struct mail_access *){ w->accesses->pdata[i] });
    for (guint i = 0; i < w->servers->len; i++)
        mail_server_free(&(struct mail_server *){ w->servers->pdata[i] });
    dns_server_free(&w->dns);
    mail_ledger_free(&w->ledger);
    g_ptr_array_free(w->servers, TRUE);
    g_ptr_array_free(w->agents, TRUE);
    g_ptr_array_free(w->accesses, TRUE);
    g_string_free(w->log, TRUE);
    if (w->only != NULL)
        pattern_free(&w->only);
    sim_release(&w->sim);
}

/* A server for `domain` and the `users`, parted by spaces; it sends mail for those in the /16 of its address.
 * `spec` may be NULL. */
static inline struct mail_server *mw_server(struct mail_world *w, const char *host, const char *ip,
                                            const char *domain, const char *users,
                                            const struct mail_server_spec *spec)
{
    static const ip_addr resolver = (10u << 24) + 53;
    struct mail_server_spec s = spec != NULL ? *spec : mail_server_defaults;
    struct ip_prefix own = { mw_ip(ip) & 0xffff0000u, 16 };
    struct mail_server *server;
    char **user = g_strsplit(users, " ", 0);

    s.domains = &domain;
    s.n_domains = domain != NULL;
    s.relay_for = &own;
    s.n_relay_for = 1;
    s.resolvers = &resolver;
    s.n_resolvers = 1;
    s.ledger = w->ledger;
    server = mail_server_add(mw_host(w, host, ip), &s);
    for (char **u = user; *u != NULL; u++)
        if (**u != '\0')
            mail_server_add_user(server, *u, 0);
    g_strfreev(user);
    g_ptr_array_add(w->servers, server);
    return server;
}

/* POP3 and IMAP beside a server; `spec` may be NULL, and need not say whose boxes. */
static inline void mw_access(struct mail_world *w, struct mail_server *s, const struct mail_access_spec *spec)
{
    struct mail_access_spec of = spec != NULL ? *spec : (struct mail_access_spec){ .apop = true };

    of.local = mail_server_local(s);
    g_ptr_array_add(w->accesses, mail_access_pop3(of.local->host, &of));
    g_ptr_array_add(w->accesses, mail_access_imap(of.local->host, &of));
}

static inline struct mail_agent *mw_agent(struct mail_world *w, const char *host, const char *ip,
                                          const char *address, const char *server_ip, const char *server_name)
{
    static const ip_addr resolver = (10u << 24) + 53;
    struct mail_agent *a = mail_agent_add(mw_host(w, host, ip), &(struct mail_agent_spec){
                                                                    .address = address,
                                                                    .server = mw_ip(server_ip),
                                                                    .server_name = server_name,
                                                                    .resolvers = &resolver,
                                                                    .n_resolvers = 1,
                                                                    .ledger = w->ledger,
                                                                });

    g_ptr_array_add(w->agents, a);
    return a;
}

/* To one or more, parted by spaces. */
static inline uint32_t mw_send(struct mail_agent *a, const char *to, const char *subject)
{
    char **list = g_strsplit(to, " ", 0);
    uint32_t mail = mail_agent_send(a, &(struct mail_draft){ .to = (const char *const *)list,
                                                             .n_to = g_strv_length(list),
                                                             .subject = subject });

    g_strfreev(list);
    return mail;
}

static inline void mw_run(struct mail_world *w, sim_time until)
{
    while (sched_step(w->sim.sched, until))
        ;
}

static inline void mw_run_for(struct mail_world *w, sim_time span)
{
    mw_run(w, sim_now(&w->sim) + span);
}

static inline void mw_up(struct mail_world *w, const char *host, bool up)
{
    net_host_set_up(net_host_find(w->net, host), up);
}

/* ---- What happened, a line a record: "m1 queue.defer mail.crepes.fr Q1 to=bob@… 0 tries=1". Times of whole
 * seconds in front, to the second. */

static inline void mw_put(GString *log, const struct record *r, enum key key, const char *label)
{
    const struct field *f = record_field(r, key);

    if (f == NULL)
        return;
    if (f->kind == FIELD_TEXT)
        g_string_append_printf(log, " %s%.*s", label, (int)f->text.len, f->text.at != NULL ? f->text.at : "");
    else if (f->kind == FIELD_ID)
        g_string_append_printf(log, " %s%c%u", label, f->letter, (unsigned)f->number);
    else if (f->kind == FIELD_TIME)
        g_string_append_printf(log, " %s%lld", label, (long long)(f->number / SIM_SECOND));
    else
        g_string_append_printf(log, " %s%lld", label, (long long)f->number);
}

static inline void mw_on_record(void *self, const struct record *r)
{
    struct mail_world *w = self;

    if (!pattern_matches(w->only, r))
        return;
    g_string_append_printf(w->log, "%lld %s %s", (long long)(r->time / SIM_SECOND), event_names[r->event],
                           r->host);
    if (r->mail != 0)
        g_string_append_printf(w->log, " m%u", (unsigned)r->mail);
    mw_put(w->log, r, KEY_QUEUE, "");
    mw_put(w->log, r, KEY_HOSTS, "");
    mw_put(w->log, r, KEY_RECIPIENT, "");
    mw_put(w->log, r, KEY_USER, "");
    if (r->event != EV_SMTP_REPLY)
        mw_put(w->log, r, KEY_CODE, "");
    if (r->event == EV_SMTP_COMMAND || r->event == EV_SMTP_REPLY)
        mw_put(w->log, r, KEY_LINE, "");
    mw_put(w->log, r, KEY_TRIES, "tries=");
    mw_put(w->log, r, KEY_NEXT, "next=");
    mw_put(w->log, r, KEY_REPORT, "report=");
    if (r->why != NULL)
        g_string_append_printf(w->log, " (%s)", r->why);
    g_string_append_c(w->log, '\n');
}

static inline void mw_listen(struct mail_world *w, const char *only)
{
    struct pattern_error e;

    w->only = pattern_new(span_of(only), &e);
    if (w->only == NULL)
        fail_msg("%s: %s", only, e.message);
    trace_listen(&w->sim.trace, mw_on_record, w);
}

static inline void mw_expect(struct mail_world *w, const char *expected)
{
    assert_string_equal(w->log->str, expected);
    g_string_truncate(w->log, 0);
}

/* A host's tables as text, to be freed. */
static inline char *mw_describe(struct mail_world *w, const char *host)
{
    struct sheet *s = sheet_new(host);
    GString *out = g_string_new(NULL);

    net_host_describe(net_host_find(w->net, host), s);
    sheet_to_text(s, out);
    sheet_free(&s);
    return g_string_free(out, FALSE);
}

#endif
