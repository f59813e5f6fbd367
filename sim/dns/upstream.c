#include "dns/server_parts.h"

/* ---- What the resolver wants */

static void on_send(void *self)
{
    struct dns_upstream *u = self;
    struct dns_server *s = u->server;
    const struct dns_ask *a = u->ask;

    if (trace_on(&s->sim->trace))
        dns_tell_query(&(struct dns_passage){ .from = s->host,
                                              .to = a->to,
                                              .tcp = a->tcp,
                                              .conn = a->tcp ? tcp_id(u->exchange.tcp) : 0,
                                              .lookup = a->lookup,
                                              .mail = a->mail,
                                              .size = a->len },
                       a->name, a->type, a->id, s->spec.chain, a->zone);
}

static void on_message(void *self, ip_addr from, uint16_t port, struct span bytes)
{
    struct dns_upstream *u = self;

    dns_resolver_message(u->server->resolver, u->ask, from, port, bytes, sim_now(u->server->sim));
}

static void on_silence(void *self, enum dns_silence why)
{
    struct dns_upstream *u = self;

    dns_resolver_silence(u->server->resolver, u->ask, why == DNS_UNREACHABLE, sim_now(u->server->sim));
}

static const struct dns_exchange_calls exchange_calls = { on_send, on_message, on_silence };

static void send_ask(void *self, struct dns_ask *a)
{
    struct dns_server *s = self;
    struct dns_upstream *u = pool_take(&s->upstream_pool);
    uint64_t cause = sched_cause(s->sim->sched);

    *u = (struct dns_upstream){ .server = s, .ask = a };
    DNS_LINK(s->upstreams, u);
    a->io = u;
    dns_exchange_begin(&u->exchange, s->host, a->to, a->tcp, span_bytes(a->bytes, a->len), a->timeout,
                       (struct udp_about){ a->lookup, a->mail }, &exchange_calls, u);
    sched_set_cause(s->sim->sched, cause);
}

static void end_ask(void *self, struct dns_ask *a)
{
    struct dns_server *s = self;
    struct dns_upstream *u = a->io;

    if (s->stopping)
        dns_exchange_abort(&u->exchange);
    else
        dns_exchange_end(&u->exchange);
    DNS_UNLINK(s->upstreams, u);
    pool_give(&s->upstream_pool, u);
}

static void on_answer(void *self, void *client, const struct dns_found *f)
{
    struct dns_server *s = self;
    struct dns_client *c = client;
    struct dns_msg *m = &s->response;
    struct dns_stream *t = c->asker.stream;

    dns_server_begin_response(s, &c->asker);
    dns_server_set_question(m, &c->name, c->type, DNS_IN);
    m->rcode = f->rcode;
    m->aa = c->asker.aa && f->rcode != DNS_SERVFAIL;
    for (unsigned i = 0; i < f->n_answer; i++)
        dns_msg_add(m, DNS_ANSWER, f->answer[i].name, f->answer[i].type, f->answer[i].ttl_s,
                    f->answer[i].rdata);
    if (f->soa != NULL)
        dns_msg_add(m, DNS_AUTHORITY, f->soa->name, DNS_SOA, f->soa->ttl_s, f->soa->rdata);
    dns_server_respond(s, &c->asker);
    DNS_UNLINK(s->clients, c);
    pool_give(&s->client_pool, c);
    if (t != NULL) {
        t->pending--;
        dns_stream_close_if_done(t);
    }
}

static enum dns_auth_found own_zones(void *self, const struct dns_msg *query, struct dns_msg *response)
{
    struct dns_server *s = self;

    return s->zones->len > 0 ? dns_auth_answer(dns_server_zones(s), s->zones->len, query, 0, response)
                             : DNS_AUTH_NO_ZONE;
}

static void on_note(void *self, const struct dns_note *n)
{
    struct dns_server *s = self;

    if (trace_on(&s->sim->trace))
        dns_tell_note(s->host, n);
}

/* A client that lost patience asks again with the same id from the same port, and hears one answer. */
static bool is_same(void *self, const void *client, const void *other)
{
    const struct dns_asker *a = &((const struct dns_client *)client)->asker;
    const struct dns_asker *b = &((const struct dns_client *)other)->asker;

    (void)self;
    return !a->tcp && !b->tcp && a->addr == b->addr && a->port == b->port && a->id == b->id;
}

const struct dns_resolver_calls dns_upstream_calls = {
    .send = send_ask, .end = end_ask, .answer = on_answer, .same = is_same, .note = on_note, .own = own_zones
};
