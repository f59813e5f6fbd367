#include "dns/resolver.h"

#include "dns/walk.h"

#define SILENT_FOR (5 * SIM_MINUTE) /* RFC 2308 §7.2: a dead server is remembered for at most that long */

static void on_drop(void *self, const struct dns_cached *e, const char *why)
{
    dns_walk_note(
        self,
        (struct dns_note){
            .kind = DNS_NOTE_EXPIRE, .name = dns_cached_name(e), .type = e->type, .entry = e, .why = why });
}

/* ---- Life */

struct dns_resolver *dns_resolver_new(const struct dns_resolver_config *config,
                                      const struct dns_resolver_calls *calls, void *self)
{
    struct dns_resolver *r = g_new0(struct dns_resolver, 1);

    r->config = *config;
    r->hints = g_memdup2(config->hints, config->n_hints * sizeof *config->hints);
    r->config.hints = r->hints;
    r->calls = calls;
    r->self = self;
    r->cache = dns_cache_new(config->cache_entries, on_drop, r);
    dns_msg_init(&r->query);
    dns_msg_init(&r->response);
    dns_msg_init(&r->own);
    r->set = g_array_new(FALSE, FALSE, sizeof(struct span));
    pool_init(&r->walks, sizeof(struct dns_walk));
    pool_init(&r->waiters, sizeof(struct dns_waiter));
    r->last_ready = &r->ready;
    return r;
}

static void drop_walks(struct dns_resolver *r, bool telling)
{
    while (r->oldest != NULL) {
        struct dns_walk *w = r->oldest;
        if (w->asking && telling)
            r->calls->end(r->self, &w->ask);
        dns_walk_unlink(r, w);
        dns_walk_free(r, w);
    }
    r->ready = NULL;
    r->last_ready = &r->ready;
}

void dns_resolver_clear(struct dns_resolver *r)
{
    drop_walks(r, true);
    dns_cache_clear(r->cache);
    memset(r->peers, 0, sizeof r->peers);
}

void dns_resolver_free(struct dns_resolver **r)
{
    if (*r == NULL)
        return;
    drop_walks(*r, false);
    dns_cache_free(&(*r)->cache);
    dns_msg_release(&(*r)->query);
    dns_msg_release(&(*r)->response);
    dns_msg_release(&(*r)->own);
    g_array_free((*r)->set, TRUE);
    pool_release(&(*r)->walks);
    pool_release(&(*r)->waiters);
    g_free((*r)->hints);
    g_free(*r);
    *r = NULL;
}

struct dns_cache *dns_resolver_cache(struct dns_resolver *r)
{
    return r->cache;
}

/* ---- From outside */

bool dns_resolver_cached(struct dns_resolver *r, const struct dns_name *name, uint16_t type,
                         struct dns_about about, sim_time now, struct dns_msg *response)
{
    struct dns_name target;
    struct span rdata;

    r->about = about;
    r->now = now;
    for (unsigned hops = 0; hops <= DNS_ALIASES_MAX; hops++) {
        struct dns_cached *e = dns_cache_find(r->cache, name, type, DNS_RANK_ANSWER, now);
        if (e == NULL) {
            dns_walk_note_entry(r, DNS_NOTE_MISS, name, type, NULL);
            break;
        }
        dns_walk_note_entry(r, DNS_NOTE_HIT, name, e->type != 0 ? e->type : type, e);
        uint32_t ttl_s = dns_cached_ttl(e, now), at = 0;
        if (e->kind != DNS_CACHED_SET) {
            dns_cached_next(e, &at, &rdata);
            dns_msg_add(response, DNS_AUTHORITY, e->soa_owner, DNS_SOA, ttl_s, rdata);
            response->rcode = e->kind == DNS_CACHED_NXDOMAIN ? DNS_NXDOMAIN : DNS_NOERROR;
            return true;
        }
        /* Turning (RFC 1794): begin with record `turn` and go on with those before it. Who asked first got
         * them as they came, so the count begins with 1. */
        unsigned turn = r->config.rotate && e->n > 1 && (type == DNS_A || type == DNS_AAAA) ? ++e->turn % e->n
                                                                                            : 0;
        unsigned skip = turn;
        while (skip > 0 && dns_cached_next(e, &at, &rdata))
            skip--;
        while (dns_cached_next(e, &at, &rdata))
            dns_msg_add(response, DNS_ANSWER, dns_cached_name(e), e->type, ttl_s, rdata);
        for (at = 0; turn > 0 && dns_cached_next(e, &at, &rdata); turn--)
            dns_msg_add(response, DNS_ANSWER, dns_cached_name(e), e->type, ttl_s, rdata);
        if (e->type == type)
            return true;
        dns_rdata_name(DNS_CNAME, rdata, &target);
        name = &target;
    }
    response->n[DNS_ANSWER] = 0;
    return false;
}

static bool waits_already(const struct dns_resolver *r, const struct dns_walk *w, const void *client)
{
    for (const struct dns_waiter *i = w->waiters; i != NULL && r->calls->same != NULL; i = i->next)
        if (i->parent == NULL && r->calls->same(r->self, i->client, client))
            return true;
    return false;
}

bool dns_resolver_ask(struct dns_resolver *r, const struct dns_name *name, uint16_t type,
                      struct dns_about about, sim_time now, void *client)
{
    struct dns_walk *w = dns_walk_find(r, name, type);

    r->about = about;
    r->now = now;
    if (w == NULL)
        w = dns_walk_begin(r, name, type, NULL);
    else if (waits_already(r, w, client))
        return false;
    dns_walk_add_waiter(r, w, client, NULL);
    dns_walk_run_ready(r);
    return true;
}

static bool is_response_to(struct dns_resolver *r, const struct dns_ask *a, const char **why_out)
{
    const struct dns_msg *m = &r->response;

    if (!m->qr || m->opcode != 0 || m->id != a->id) {
        *why_out = "id";
        return false;
    }
    /* A server that could not read the question may leave it out (RFC 1035 §4.1.1, FORMERR). */
    if (!m->has_question && m->rcode != DNS_NOERROR && m->rcode != DNS_NXDOMAIN)
        return true;
    *why_out = "question";
    return m->has_question && m->qtype == a->type && m->qclass == DNS_IN &&
           dns_name_equal(&m->qname, a->name);
}

static struct dns_walk *walk_of(struct dns_ask *a)
{
    return (struct dns_walk *)(void *)((char *)a - offsetof(struct dns_walk, ask));
}

static void end_ask(struct dns_resolver *r, struct dns_walk *w)
{
    w->asking = false;
    r->calls->end(r->self, &w->ask);
}

bool dns_resolver_message(struct dns_resolver *r, struct dns_ask *a, ip_addr from, uint16_t port,
                          struct span bytes, sim_time now)
{
    struct dns_walk *w = walk_of(a);
    struct dns_msg *m = &r->response;
    const char *why = "source";

    r->now = now;
    r->about = (struct dns_about){ w->lookup, w->mail };
    bool well_formed = dns_msg_parse(m, bytes);
    if (from != a->to || port != DNS_PORT || bytes.len < DNS_HEADER ||
        (well_formed && !is_response_to(r, a, &why)) || (!well_formed && (!m->qr || m->id != a->id))) {
        dns_walk_note_ignored(r, a, from, a->name, a->type, well_formed || from != a->to ? why : "malformed");
        return false;
    }
    end_ask(r, w);
    struct dns_slist_server *s = dns_slist_find(&w->servers, a->to);
    dns_peer_of(r->peers, a->to)->silent_until = 0;
    if (!well_formed) {
        dns_walk_disqualify(r, w, "malformed");
    } else if (m->tc && !a->tcp && m->rcode == DNS_NOERROR && !dns_walk_is_over_limit(r, w)) {
        dns_walk_send(r, w, s, true); /* RFC 2181 §9: what came is not to be used */
    } else if (a->edns && !m->has_edns && (m->rcode == DNS_FORMERR || m->rcode == DNS_NOTIMP) &&
               !dns_walk_is_over_limit(r, w)) {
        dns_peer_of(r->peers, a->to)->no_edns = true; /* RFC 6891 §7 */
        dns_walk_send(r, w, s, a->tcp);
    } else {
        dns_walk_judge(r, w);
    }
    dns_walk_run_ready(r);
    return true;
}

void dns_resolver_silence(struct dns_resolver *r, struct dns_ask *a, bool unreachable, sim_time now)
{
    struct dns_walk *w = walk_of(a);
    struct dns_slist_server *s = dns_slist_find(&w->servers, a->to);

    r->now = now;
    r->about = (struct dns_about){ w->lookup, w->mail };
    dns_walk_note(r, (struct dns_note){ .kind = DNS_NOTE_TIMEOUT,
                                        .name = a->name,
                                        .type = a->type,
                                        .id = a->id,
                                        .tries = a->tries,
                                        .peer = a->to,
                                        .why = unreachable ? "unreachable" : NULL });
    end_ask(r, w);
    dns_peer_of(r->peers, a->to)->silent_until = now + SILENT_FOR;
    s->dead = s->dead || unreachable;
    w->trouble = "silent";
    dns_walk_make_ready(r, w, false);
    dns_walk_run_ready(r);
}

void dns_resolver_each(const struct dns_resolver *r, dns_under_way_fn *each, void *self)
{
    for (const struct dns_walk *w = r->oldest; w != NULL; w = w->newer) {
        struct dns_under_way u = { .name = &w->name,
                                   .type = w->type,
                                   .asked = w->asking ? w->ask.to : 0,
                                   .awaits = w->awaits != NULL ? &w->awaits->name : NULL,
                                   .since = w->since };
        for (const struct dns_waiter *i = w->waiters; i != NULL; i = i->next)
            u.clients += i->parent == NULL;
        each(self, &u);
    }
}
