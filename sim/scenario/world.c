#include "scenario/world.h"

#include <string.h>

#include "net/tcp.h"
#include "scenario/act.h"
#include "scenario/chapter.h"

/* ---- Lists of items to arrays. Freed by the caller. */

ip_addr *world_addresses(const GPtrArray *items)
{
    ip_addr *a = g_new(ip_addr, items->len + 1);

    for (unsigned i = 0; i < items->len; i++)
        a[i] = ((const struct scenario_item *)g_ptr_array_index(items, i))->address;
    return a;
}

static struct ip_prefix *prefixes_of(const GPtrArray *items)
{
    struct ip_prefix *p = g_new(struct ip_prefix, items->len + 1);

    for (unsigned i = 0; i < items->len; i++)
        p[i] = ((const struct scenario_item *)g_ptr_array_index(items, i))->prefix;
    return p;
}

static const char **texts_of(const GPtrArray *items)
{
    const char **t = g_new0(const char *, items->len + 1);

    for (unsigned i = 0; i < items->len; i++)
        t[i] = ((const struct scenario_item *)g_ptr_array_index(items, i))->text;
    return t;
}

/* ---- Network. */

static void build_host(struct world *w, const struct scenario_host *spec)
{
    struct world_host *h = g_new0(struct world_host, 1);

    h->spec = spec;
    h->agents = g_ptr_array_new();
    h->readers = g_ptr_array_new();
    h->net = net_host_add(w->net, spec->name, spec->role == ROLE_ROUTER);
    for (unsigned i = 0; i < spec->addresses->len; i++) {
        bool is_free = net_host_address(
            h->net, ((struct scenario_item *)g_ptr_array_index(spec->addresses, i))->address);
        g_assert(is_free); /* scenario/check.c has seen to it */
    }
    if (!spec->up)
        net_host_set_up(h->net, false);
    g_ptr_array_add(w->hosts, h);
    g_hash_table_insert(w->by_name, g_ascii_strdown(spec->name, -1), h);
}

static void build_link(struct world *w, const struct scenario_link *spec)
{
    const struct scenario_item *a = g_ptr_array_index(spec->between, 0),
                               *b = g_ptr_array_index(spec->between, 1);
    struct net_link_spec s = { spec->spec.delay, spec->spec.rate_bps, spec->spec.loss_ppm,
                               (uint32_t)spec->spec.queue };
    struct net_link *l = net_link_add(world_host_find(w, a->text)->net, world_host_find(w, b->text)->net, &s);

    if (!spec->up)
        net_link_set_up(l, false);
    g_ptr_array_add(w->links, l);
}

static void build_tcp(struct world *w)
{
    const struct scenario_tcp *t = w->scenario->tcp;
    struct tcp_options *o = tcp_options(w->net);

    o->mss = (uint16_t)t->mss;
    o->window = (uint32_t)t->window;
    o->syn_tries = (unsigned)t->syn_tries;
    o->data_tries = (unsigned)t->data_tries;
    o->rto_first = t->rto_first;
    o->rto_min = t->rto_min;
    o->rto_max = t->rto_max;
    o->delayed_ack = t->delayed_ack;
    o->time_wait = t->time_wait;
    o->no_congestion_control = !t->congestion_control;
}

/* ---- Servers. */

static void add_zones(struct dns_server *server, const struct scenario_dns *spec, uint32_t default_ttl_s)
{
    for (unsigned i = 0; i < spec->zones->len; i++) {
        const struct scenario_zone *z = g_ptr_array_index(spec->zones, i);
        struct dns_name origin;
        char error[160];
        bool ok = dns_name_parse(span_of(z->name), NULL, &origin, NULL);

        g_assert(ok);
        struct dns_zone *zone = dns_zone_new(&origin);
        for (unsigned k = 0; k < z->records->len; k++) {
            const struct scenario_item *line = g_ptr_array_index(z->records, k);
            struct dns_rr r;

            ok = dns_rr_parse(span_of(line->text), &origin, default_ttl_s, &r, error);
            g_assert(ok);
            ok = dns_zone_add(zone, &r, error);
            g_assert(ok);
            dns_rr_release(&r);
        }
        dns_server_add_zone(server, zone);
    }
}

static void build_dns(struct world *w, struct world_host *h)
{
    const struct scenario_dns *d = h->spec->dns;
    struct dns_server_spec spec = dns_server_defaults;

    spec.recursion = d->recursion != RECURSION_OFF;
    spec.chain = d->recursion == RECURSION_CHAIN;
    spec.rotate = d->rotate;
    spec.udp_size = (uint16_t)d->udp_size;
    spec.timeout = d->timeout;
    spec.tries = (unsigned)d->tries;
    spec.max_ttl_s = (uint32_t)d->max_ttl_s;
    spec.max_negative_ttl_s = (uint32_t)d->max_negative_ttl_s;
    spec.n_hints = d->hints->len;
    spec.hints = g_new0(struct dns_hint, spec.n_hints + 1);
    for (unsigned i = 0; i < spec.n_hints; i++) {
        const struct scenario_hint *hint = g_ptr_array_index(d->hints, i);
        dns_name_parse(span_of(hint->name), NULL, &spec.hints[i].name, NULL);
        spec.hints[i].addr = hint->address;
    }
    spec.n_clients = d->clients->len;
    spec.clients = prefixes_of(d->clients);
    h->dns = dns_server_add(h->net, &spec);
    add_zones(h->dns, d, (uint32_t)w->scenario->defaults->ttl_s);
    g_free(spec.hints);
    g_free(spec.clients);
}

static void build_mail(struct world *w, struct world_host *h)
{
    const struct scenario_mail *m = h->spec->mail;
    const GPtrArray *resolvers = m->resolvers->len > 0 ? m->resolvers : h->spec->resolvers;
    struct mail_server_spec spec = mail_server_defaults;
    const char **domains = texts_of(m->domains), **relay_domains = texts_of(m->relay_domains);
    struct ip_prefix *relay_for = prefixes_of(m->relay_for);
    ip_addr *addresses = world_addresses(resolvers);
    sim_time *retry = g_new(sim_time, m->retry->len);

    for (unsigned i = 0; i < m->retry->len; i++)
        retry[i] = ((struct scenario_item *)g_ptr_array_index(m->retry, i))->time;
    spec.hostname = m->hostname;
    spec.domains = domains;
    spec.n_domains = m->domains->len;
    spec.relay_for = relay_for;
    spec.n_relay_for = m->relay_for->len;
    spec.relay_domains = relay_domains;
    spec.n_relay_domains = m->relay_domains->len;
    spec.resolvers = addresses;
    spec.n_resolvers = resolvers->len;
    spec.retry = (struct mail_retry){ retry, m->retry->len, m->give_up, m->warn_after };
    spec.size_limit = (size_t)m->size_limit;
    spec.recipients_limit = (unsigned)m->recipients_limit;
    spec.pipelining = m->pipelining;
    spec.vrfy = m->vrfy;
    spec.greylist = m->greylist;
    spec.connections_out = (unsigned)m->connections;
    spec.messages_per_connection = (unsigned)m->messages_per_connection;
    spec.submission = m->submission;
    spec.ledger = w->ledger;
    h->mail = mail_server_add(h->net, &spec);
    for (unsigned i = 0; i < m->users->len; i++) {
        const struct scenario_user *u = g_ptr_array_index(m->users, i);
        mail_server_add_user(h->mail, u->name, (size_t)u->quota);
        mail_server_set_password(h->mail, u->name, u->password);
    }
    g_free(domains);
    g_free(relay_domains);
    g_free(relay_for);
    g_free(addresses);
    g_free(retry);
}

static void build_agents(struct world *w, struct world_host *h)
{
    for (unsigned i = 0; i < h->spec->agents->len; i++) {
        const struct scenario_agent *a = g_ptr_array_index(h->spec->agents, i);
        const GPtrArray *resolvers = a->resolvers->len > 0 ? a->resolvers : h->spec->resolvers;
        struct world_host *server = a->server ? world_host_find(w, a->server) : NULL;
        ip_addr *addresses = world_addresses(resolvers);
        bool submits = server && server->spec->mail && server->spec->mail->submission;
        struct mail_agent_spec spec = {
            .address = a->address,
            .name = a->name,
            .server = server ? net_host_ip(server->net) : 0,
            .server_name = a->server,
            .port = submits ? SUBMISSION_PORT : SMTP_PORT,
            .password = submits ? a->password : NULL, /* port 25 asks nobody who he is; reading does */
            .resolvers = addresses,
            .n_resolvers = resolvers->len,
            .ledger = w->ledger,
        };

        g_ptr_array_add(h->agents, mail_agent_add(h->net, &spec));
        g_free(addresses);
    }
}

static void stop_stub(void *self)
{
    dns_stub_cancel(((struct world_host *)self)->stub, 0);
}

static void build_stub(struct world_host *h)
{
    if (h->spec->resolvers->len == 0)
        return;
    ip_addr *addresses = world_addresses(h->spec->resolvers);
    h->stub = dns_stub_new(h->net, addresses, h->spec->resolvers->len);
    h->look_up = (struct net_program){ .name = "look-up", .stop = stop_stub, .self = h };
    net_program_add(h->net, &h->look_up);
    g_free(addresses);
}

struct world *world_new(const struct scenario *s, bool has_seed, uint64_t seed)
{
    struct world *w = g_new0(struct world, 1);

    g_assert(s->is_derived);
    w->scenario = s;
    w->end = s->duration ? s->duration : SCENARIO_LONGEST;
    sim_init(&w->sim, has_seed ? seed : (uint64_t)s->seed, s->start_s);
    w->net = net_new(&w->sim);
    w->ledger = mail_ledger_new();
    w->hosts = g_ptr_array_new();
    w->links = g_ptr_array_new();
    w->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    build_tcp(w);
    for (unsigned i = 0; i < s->hosts->len; i++)
        build_host(w, g_ptr_array_index(s->hosts, i));
    for (unsigned i = 0; i < s->links->len; i++)
        build_link(w, g_ptr_array_index(s->links, i));
    for (unsigned i = 0; i < w->hosts->len; i++) {
        struct world_host *h = g_ptr_array_index(w->hosts, i);

        if (h->spec->dns != NULL)
            build_dns(w, h);
        if (h->spec->mail != NULL)
            build_mail(w, h);
        build_agents(w, h);
        build_stub(h);
    }
    for (unsigned i = 0; i < w->hosts->len; i++)
        world_build_reading(w, g_ptr_array_index(w->hosts, i));
    w->reader = chapter_reader_new(w); /* first: a chapter of a moment opens before what happens then */
    w->stage = act_stage_new(w);
    return w;
}

static void free_host(struct world_host *h)
{
    dns_stub_free(&h->stub);
    dns_server_free(&h->dns);
    world_free_reading(h);
    mail_server_free(&h->mail);
    for (unsigned i = 0; i < h->agents->len; i++) {
        struct mail_agent *a = g_ptr_array_index(h->agents, i);
        mail_agent_free(&a);
    }
    g_ptr_array_free(h->agents, TRUE);
    g_free(h);
}

void world_free(struct world **world)
{
    struct world *w = *world;

    if (w == NULL)
        return;
    chapter_reader_free(&w->reader);
    act_stage_free(&w->stage);
    net_free(&w->net); /* stops all programs; what they were made of goes after it */
    for (unsigned i = 0; i < w->hosts->len; i++)
        free_host(g_ptr_array_index(w->hosts, i));
    g_ptr_array_free(w->hosts, TRUE);
    g_ptr_array_free(w->links, TRUE);
    g_hash_table_destroy(w->by_name);
    mail_ledger_free(&w->ledger);
    sim_release(&w->sim);
    g_free(w);
    *world = NULL;
}

/* ---- Finding. */

struct world_host *world_host_find(const struct world *w, const char *name)
{
    char *lower = g_ascii_strdown(name, -1);
    struct world_host *h = g_hash_table_lookup(w->by_name, lower);

    g_free(lower);
    return h;
}

static bool has_end(const struct scenario_link *l, const char *name)
{
    for (unsigned i = 0; i < l->between->len; i++)
        if (g_ascii_strcasecmp(((struct scenario_item *)g_ptr_array_index(l->between, i))->text, name) == 0)
            return true;
    return false;
}

struct net_link *world_link_find(const struct world *w, const char *a, const char *b, unsigned *index_out)
{
    int only = -1;

    for (unsigned i = 0; i < w->links->len; i++) {
        const struct scenario_link *l = g_ptr_array_index(w->scenario->links, i);

        if (!has_end(l, a))
            continue;
        if (has_end(l, b != NULL ? b : "internet")) {
            *index_out = i;
            return g_ptr_array_index(w->links, i);
        }
        only = only == -1 ? (int)i : -2;
    }
    if (b != NULL || only < 0)
        return NULL;
    *index_out = (unsigned)only;
    return g_ptr_array_index(w->links, (unsigned)only);
}

struct world_host *world_program_find(const struct world *w, const char *address, const char *host,
                                      unsigned *index_out)
{
    struct world_host *found = NULL;

    for (unsigned i = 0; i < w->hosts->len; i++) {
        struct world_host *h = g_ptr_array_index(w->hosts, i);

        if (host != NULL && g_ascii_strcasecmp(h->spec->name, host) != 0)
            continue;
        for (unsigned k = 0; k < h->spec->agents->len; k++) {
            const struct scenario_agent *a = g_ptr_array_index(h->spec->agents, k);

            if (g_ascii_strcasecmp(a->address, address) != 0 || (found != NULL && a->device))
                continue;
            found = h;
            *index_out = k;
            if (!a->device)
                return found;
        }
    }
    return found;
}

struct mail_agent *world_agent_find(const struct world *w, const char *address)
{
    unsigned k = 0;
    const struct world_host *h = world_program_find(w, address, NULL, &k);

    return h != NULL ? g_ptr_array_index(h->agents, k) : NULL;
}

/* ---- Running. */

bool world_listen(struct world *w, trace_listener *on_record, void *self)
{
    bool is_first = !trace_on(&w->sim.trace);
    bool ok = trace_listen(&w->sim.trace, on_record, self);

    if (ok && is_first)
        chapter_reader_start(w->reader);
    return ok;
}

bool world_audit(const struct world *w, GString *why)
{
    struct mail_totals t = mail_ledger_totals(w->ledger);
    uint64_t queued = 0, stored = 0;

    for (unsigned i = 0; i < w->hosts->len; i++) {
        const struct world_host *h = g_ptr_array_index(w->hosts, i);
        if (h->mail == NULL)
            continue;
        struct mail_audit a = mail_server_audit(h->mail);
        queued += a.queued;
        stored += a.stored;
    }
    if (t.accepted == t.delivered + t.relayed + t.bounced + t.dropped + queued && stored == t.delivered &&
        queued == t.queued)
        return true;
    if (why != NULL)
        g_string_append_printf(
            why,
            "servers accepted %" G_GUINT64_FORMAT " recipients, but delivered %" G_GUINT64_FORMAT
            ", relayed %" G_GUINT64_FORMAT ", bounced %" G_GUINT64_FORMAT ", dropped %" G_GUINT64_FORMAT
            "; mailboxes have stored %" G_GUINT64_FORMAT ", queues hold %" G_GUINT64_FORMAT,
            t.accepted, t.delivered, t.relayed, t.bounced, t.dropped, stored, queued);
    return false;
}

static void trace_end_of_run(struct world *w)
{
    struct mail_totals t = mail_ledger_totals(w->ledger);

    if (!trace_on(&w->sim.trace))
        return;
    sched_set_cause(w->sim.sched, 0);
    struct record *r = trace_begin(&w->sim.trace, EV_RUN_END, NULL);
    trace_number(r, KEY_EVENTS, (int64_t)sched_count(w->sim.sched));
    trace_number(r, KEY_PACKETS, (int64_t)net_packets(w->net));
    trace_number(r, KEY_DROPPED, (int64_t)net_dropped(w->net));
    trace_number(r, KEY_LOOKUPS, w->sim.lookups);
    trace_number(r, KEY_ACCEPTED, (int64_t)t.accepted);
    trace_number(r, KEY_RELAYED, (int64_t)t.relayed);
    trace_number(r, KEY_DELIVERED, (int64_t)(t.delivered - t.reports_delivered));
    trace_number(r, KEY_REPORTS_DELIVERED, (int64_t)t.reports_delivered);
    trace_number(r, KEY_QUEUED, (int64_t)t.queued);
    trace_number(r, KEY_BOUNCED, (int64_t)t.bounced);
    trace_number(r, KEY_DISCARDED, (int64_t)t.dropped);
    trace_number(r, KEY_REPORTS, (int64_t)t.reports);
    trace_number(r, KEY_WARNINGS, (int64_t)t.warnings);
    trace_number(r, KEY_LOST, (int64_t)t.lost);
    trace_number(r, KEY_CHAPTERS, chapter_reader_opened(w->reader));
    trace_end(&w->sim.trace);
}

void world_end(struct world *w)
{
    GString *why;

    if (w->is_over)
        return;
    why = g_string_new(NULL);

    w->is_over = true;
    trace_end_of_run(w);
    if (!world_audit(w, why))
        g_error("mail was lost: %s", why->str);
    g_string_free(why, TRUE);
}

void world_wait(struct world *w, sim_time until)
{
    sim_time to = MIN(until, w->end);

    g_assert(w->is_over);
    if (to <= sim_now(&w->sim) || sched_next(w->sim.sched) <= to)
        return;
    w->before = w->sim.trace.seq;
    sched_step(w->sim.sched, to);
}

bool world_step(struct world *w, sim_time until)
{
    sim_time next = w->is_over ? SIM_NEVER : sched_next(w->sim.sched);
    bool has_duration = w->scenario->duration != 0;

    if (w->is_over)
        return false;
    w->before = w->sim.trace.seq;
    if (next <= w->end && next <= until) {
        sched_step(w->sim.sched, next);
        chapter_reader_turn(w->reader);
        return true;
    }
    if (next <= w->end || (has_duration && until < w->end)) { /* more will come, but later than `until` */
        sched_step(w->sim.sched, until);
        return false;
    }
    if (has_duration)
        sched_step(w->sim.sched, w->end);
    world_end(w);
    return false;
}
