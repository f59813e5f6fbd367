#include "dns/server.h"

#include <assert.h>
#include "dns/describe.h"
#include "dns/server_parts.h"

enum { UDP_ROOM = IP_MTU - IP_HEADER - UDP_HEADER, RCODE_BADVERS = 16 };

const struct dns_server_spec dns_server_defaults = {
    .rotate = true,
    .udp_size = 1232,
    .max_ttl_s = 7 * 86400,
    .max_negative_ttl_s = 10800,
    .timeout = 2 * SIM_SECOND,
    .tries = 40,
};

/* ---- Answering */

static void tell(struct dns_server *s, const struct dns_asker *a, size_t size)
{
    if (trace_on(&s->sim->trace))
        dns_tell_response(&(struct dns_passage){ .from = s->host,
                                                 .to = a->addr,
                                                 .tcp = a->tcp,
                                                 .conn = a->tcp ? tcp_id(a->stream->tcp) : 0,
                                                 .lookup = a->lookup,
                                                 .mail = a->mail,
                                                 .size = size },
                          &s->response);
}

static void respond_tcp(struct dns_server *s, const struct dns_asker *a)
{
    uint8_t out[2 + DNS_MSG_MAX];
    size_t len = dns_msg_write(&s->response, out + 2, DNS_MSG_MAX, DNS_MSG_MAX);

    out[0] = (uint8_t)(len >> 8); /* RFC 1035 §4.2.2 */
    out[1] = (uint8_t)len;
    tell(s, a, len);
    tcp_set_lookup(a->stream->tcp, a->lookup);
    tcp_set_mail(a->stream->tcp, a->mail);
    tcp_send(a->stream->tcp, span_bytes(out, len + 2));
}

static void respond_udp(struct dns_server *s, const struct dns_asker *a)
{
    uint8_t out[UDP_ROOM];
    size_t limit = DNS_UDP_MAX;

    if (a->has_edns && a->udp_size > limit) /* RFC 6891 §6.2.3 */
        limit = a->udp_size < s->spec.udp_size ? a->udp_size : s->spec.udp_size;
    size_t len = dns_msg_write(&s->response, out, sizeof out, limit);
    tell(s, a, len);
    struct packet to = { .src = a->addr, .src_port = a->port, .dst = a->local };
    udp_reply(s->udp, &to, span_bytes(out, len), (struct udp_about){ a->lookup, a->mail });
}

/* Send s->response. The cursor of causes is as before: answers to several askers have the same cause. */
void dns_server_respond(struct dns_server *s, const struct dns_asker *a)
{
    uint64_t cause = sched_cause(s->sim->sched);

    if (!a->tcp)
        respond_udp(s, a);
    else if (a->stream != NULL)
        respond_tcp(s, a);
    sched_set_cause(s->sim->sched, cause);
}

/* For whom it recurses. */
static bool is_served(const struct dns_server *s, ip_addr a)
{
    bool served = s->spec.n_clients == 0;

    for (unsigned i = 0; i < s->spec.n_clients && !served; i++)
        served = ip_prefix_has(s->spec.clients[i], a);
    return s->resolver != NULL && served;
}

/* What a response says of server and query, whatever the answer is. */
static void set_flags(struct dns_server *s, const struct dns_asker *a)
{
    struct dns_msg *m = &s->response;

    m->ra = is_served(s, a->addr);
    m->cd = a->cd;
    m->has_edns = a->has_edns;
    m->edns_do = a->edns_do; /* RFC 3225 §3 */
    m->edns_udp_size = s->spec.udp_size;
}

void dns_server_begin_response(struct dns_server *s, const struct dns_asker *a)
{
    struct dns_msg *m = &s->response;

    dns_msg_clear(m);
    m->id = a->id;
    m->qr = true;
    m->rd = a->rd;
    set_flags(s, a);
}

void dns_server_set_question(struct dns_msg *m, const struct dns_name *name, uint16_t type, uint16_t rclass)
{
    m->has_question = true;
    dns_name_copy(&m->qname, name);
    m->qtype = type;
    m->qclass = rclass;
}

static void turn(struct dns_server *s)
{
    const struct dns_msg_rr *rr = dns_msg_section(&s->response, DNS_ANSWER);
    unsigned addresses = 0;

    for (unsigned i = 0; i < s->response.n[DNS_ANSWER]; i++)
        addresses += rr[i].type == DNS_A || rr[i].type == DNS_AAAA;
    if (s->spec.rotate && addresses > 1)
        s->rotation++;
}

/* What makes a query one that cannot be answered: an rcode, or NOERROR. */
static unsigned fault_of(const struct dns_server *s, const struct dns_msg *q)
{
    if (q->has_edns && s->spec.udp_size == 0)
        return DNS_FORMERR; /* RFC 6891 §7: so says a server that knows no EDNS */
    if (q->has_edns && q->edns_version > 0)
        return RCODE_BADVERS;
    if (q->opcode != 0)
        return DNS_NOTIMP;
    if (!q->has_question)
        return DNS_FORMERR;
    if (q->qtype == DNS_AXFR || q->qtype == DNS_IXFR || q->qtype == DNS_OPT)
        return DNS_REFUSED;
    return DNS_NOERROR;
}

static void wait_for_walk(struct dns_server *s, const struct dns_asker *a)
{
    struct dns_client *c = pool_take(&s->client_pool);
    const struct dns_msg *q = &s->query;

    c->asker = *a;
    c->type = q->qtype;
    dns_name_copy(&c->name, &q->qname);
    DNS_LINK(s->clients, c);
    if (a->stream != NULL)
        a->stream->pending++;
    if (!dns_resolver_ask(s->resolver, &c->name, c->type, (struct dns_about){ a->lookup, a->mail },
                          sim_now(s->sim), c)) {
        DNS_UNLINK(s->clients, c);
        pool_give(&s->client_pool, c);
    }
}

/* The question in s->query, which is in order: from the zones, from the cache, or by a walk (RFC 1034 §4.3.2
 * steps 2 to 5). */
static void answer(struct dns_server *s, struct dns_asker *a)
{
    const struct dns_msg *q = &s->query;
    struct dns_msg *m = &s->response;
    bool recurse = q->rd && m->ra && q->qclass == DNS_IN;
    enum dns_auth_found found = DNS_AUTH_NO_ZONE;

    if (s->zones->len > 0) {
        found = dns_auth_answer(dns_server_zones(s), s->zones->len, q, s->rotation, m);
        set_flags(s, a);
    }
    if (found == DNS_AUTH_DONE || (found != DNS_AUTH_NO_ZONE && !recurse)) {
        turn(s);
        dns_server_respond(s, a);
        return;
    }
    if (!recurse) {
        m->rcode = DNS_REFUSED;
        dns_server_respond(s, a);
        return;
    }
    if (s->zones->len > 0) {
        a->aa = found == DNS_AUTH_CNAME_OUT; /* the alias is ours, and AA speaks of the name asked for */
        dns_server_begin_response(s, a);
        dns_server_set_question(m, &q->qname, q->qtype, q->qclass);
    }
    if (found != DNS_AUTH_CNAME_OUT &&
        dns_resolver_cached(s->resolver, &q->qname, q->qtype, (struct dns_about){ a->lookup, a->mail },
                            sim_now(s->sim), m))
        dns_server_respond(s, a);
    else
        wait_for_walk(s, a);
}

void dns_server_on_query(struct dns_server *s, struct dns_asker *a, struct span bytes)
{
    struct dns_msg *q = &s->query, *m = &s->response;
    bool well_formed = dns_msg_parse(q, bytes);

    /* Never answer a response, nor what has no header to answer to: two servers could go on for ever. */
    if (bytes.len < DNS_HEADER || q->qr)
        return;
    a->id = q->id;
    a->rd = q->rd;
    a->cd = well_formed && q->cd;
    a->has_edns = well_formed && q->has_edns && s->spec.udp_size > 0;
    a->edns_do = a->has_edns && q->edns_do;
    a->udp_size = q->edns_udp_size;
    dns_server_begin_response(s, a);
    m->opcode = q->opcode;
    if (well_formed && q->has_question)
        dns_server_set_question(m, &q->qname, q->qtype, q->qclass);
    m->rcode = well_formed ? fault_of(s, q) : DNS_FORMERR;
    if (m->rcode != DNS_NOERROR)
        dns_server_respond(s, a);
    else
        answer(s, a);
}

static void on_datagram(void *self, struct udp_socket *socket, const struct packet *p)
{
    struct dns_asker a = {
        .addr = p->src, .local = p->dst, .port = p->src_port, .lookup = p->lookup, .mail = p->mail
    };

    (void)socket;
    dns_server_on_query(self, &a, packet_payload(p));
}

/* ---- The program */

static void start(void *self)
{
    struct dns_server *s = self;

    s->udp = udp_open(s->host, DNS_PORT, on_datagram, NULL, s);
    s->tcp = tcp_listen(s->host, DNS_PORT, dns_stream_on_accept, s);
    assert(s->udp != NULL && s->tcp != NULL);
}

static void drop_clients(struct dns_server *s)
{
    while (s->clients != NULL) {
        struct dns_client *c = s->clients;
        DNS_UNLINK(s->clients, c);
        pool_give(&s->client_pool, c);
    }
}

static void stop(void *self)
{
    struct dns_server *s = self;

    s->stopping = true;
    if (s->resolver != NULL)
        dns_resolver_clear(s->resolver);
    s->stopping = false;
    drop_clients(s);
    while (s->streams != NULL) {
        tcp_abort(&s->streams->tcp);
        dns_stream_free(s->streams);
    }
    udp_close(&s->udp);
    tcp_unlisten(&s->tcp);
}

static void describe(void *self, struct sheet *sheet)
{
    struct dns_server *s = self;

    dns_describe(sheet, net_host_net(s->host), dns_server_zones(s), s->zones->len, s->resolver,
                 sim_now(s->sim));
}

static void free_zone(gpointer zone)
{
    dns_zone_free(&(struct dns_zone *){ zone });
}

static struct dns_resolver *new_resolver(struct dns_server *s)
{
    struct dns_resolver_config c = { .hints = s->spec.hints,
                                     .n_hints = s->spec.n_hints,
                                     .chain = s->spec.chain,
                                     .rotate = s->spec.rotate,
                                     .udp_size = s->spec.udp_size,
                                     .max_ttl_s = s->spec.max_ttl_s,
                                     .max_negative_ttl_s = s->spec.max_negative_ttl_s,
                                     .timeout = s->spec.timeout,
                                     .tries = s->spec.tries,
                                     .cache_entries = DNS_CACHE_ENTRIES };

    sim_rng(s->sim, &c.ids, "%s/resolver/id", net_host_name(s->host));
    sim_rng(s->sim, &c.order, "%s/resolver/order", net_host_name(s->host));
    return dns_resolver_new(&c, &dns_upstream_calls, s);
}

struct dns_server *dns_server_add(struct net_host *h, const struct dns_server_spec *spec)
{
    struct dns_server *s = g_new0(struct dns_server, 1);

    s->host = h;
    s->sim = net_host_sim(h);
    s->spec = *spec;
    s->spec.udp_size = spec->udp_size > UDP_ROOM ? UDP_ROOM : spec->udp_size;
    s->spec.clients = g_memdup2(spec->clients, spec->n_clients * sizeof *spec->clients);
    s->zones = g_ptr_array_new_with_free_func(free_zone);
    dns_msg_init(&s->query);
    dns_msg_init(&s->response);
    pool_init(&s->client_pool, sizeof(struct dns_client));
    pool_init(&s->upstream_pool, sizeof(struct dns_upstream));
    if (spec->recursion)
        s->resolver = new_resolver(s);
    s->spec.hints = NULL; /* the resolver has its copy */
    s->program = (struct net_program){ "dns", start, stop, describe, s };
    net_program_add(h, &s->program);
    return s;
}

void dns_server_free(struct dns_server **server)
{
    struct dns_server *s = *server;

    if (s == NULL)
        return;
    dns_resolver_free(&s->resolver);
    for (struct dns_upstream *u = s->upstreams; u != NULL; u = u->next)
        dns_exchange_drop(&u->exchange);
    for (struct dns_stream *t = s->streams, *next; t != NULL; t = next) {
        next = t->next;
        g_byte_array_unref(t->in);
        g_free(t);
    }
    pool_release(&s->client_pool);
    pool_release(&s->upstream_pool);
    dns_msg_release(&s->query);
    dns_msg_release(&s->response);
    g_ptr_array_unref(s->zones);
    g_free(s->spec.clients);
    g_free(s);
    *server = NULL;
}

void dns_server_add_zone(struct dns_server *s, struct dns_zone *z)
{
    g_ptr_array_add(s->zones, z);
}

struct dns_zone *dns_server_find_zone(const struct dns_server *s, const struct dns_name *origin)
{
    for (guint i = 0; i < s->zones->len; i++)
        if (dns_name_equal(dns_zone_origin(dns_server_zones(s)[i]), origin))
            return dns_server_zones(s)[i];
    return NULL;
}

unsigned dns_server_cached(const struct dns_server *s)
{
    return s->resolver != NULL ? dns_cache_live(dns_resolver_cache(s->resolver), sim_now(s->sim)) : 0;
}
