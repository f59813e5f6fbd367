#include "dns/stub.h"

#include <glib.h>

#include "core/pool.h"
#include "dns/exchange.h"
#include "dns/msg.h"
#include "dns/tell.h"
#include "net/tcp.h"

enum { ALIASES_MAX = 16, QUERY_MAX = DNS_HEADER + DNS_NAME_MAX + 4, TEXT_MAX = 1024 };

struct lookup {
    struct lookup *prev, *next;
    struct dns_stub *stub;
    uint32_t id, mail;
    uint16_t type, message_id;
    unsigned tries;    /* servers asked so far, each time counted */
    bool tcp, refused; /* a server answered that it can't */
    unsigned rcode;    /* what it said */
    dns_on_result *on_result;
    void *self;
    struct dns_exchange exchange;
    struct sched_handle at_once; /* where there is no server to ask */
    size_t len;
    struct dns_name name; /* from here on not cleared */
    uint8_t bytes[QUERY_MAX];
};

struct dns_stub {
    struct net_host *host;
    struct sim *sim;
    ip_addr *servers;
    unsigned n_servers;
    struct rng ids;
    struct pool lookups;
    struct lookup *first;
    struct dns_msg query, response;
    GArray *records; /* of struct dns_result_record */
};

struct dns_stub *dns_stub_new(struct net_host *h, const ip_addr *servers, unsigned n_servers)
{
    struct dns_stub *s = g_new0(struct dns_stub, 1);

    s->host = h;
    s->sim = net_host_sim(h);
    s->servers = g_memdup2(servers, n_servers * sizeof *servers);
    s->n_servers = n_servers;
    sim_rng(s->sim, &s->ids, "%s/stub/id", net_host_name(h));
    pool_init(&s->lookups, sizeof(struct lookup));
    dns_msg_init(&s->query);
    dns_msg_init(&s->response);
    s->records = g_array_new(FALSE, FALSE, sizeof(struct dns_result_record));
    return s;
}

void dns_stub_free(struct dns_stub **stub)
{
    struct dns_stub *s = *stub;

    if (s == NULL)
        return;
    for (struct lookup *l = s->first; l != NULL; l = l->next)
        dns_exchange_drop(&l->exchange);
    pool_release(&s->lookups);
    dns_msg_release(&s->query);
    dns_msg_release(&s->response);
    g_array_free(s->records, TRUE);
    g_free(s->servers);
    g_free(s);
    *stub = NULL;
}

static void drop(struct lookup *l, bool abort)
{
    struct dns_stub *s = l->stub;

    if (abort)
        dns_exchange_abort(&l->exchange);
    else
        dns_exchange_end(&l->exchange);
    sched_cancel(s->sim->sched, &l->at_once);
    *(l->prev != NULL ? &l->prev->next : &s->first) = l->next;
    if (l->next != NULL)
        l->next->prev = l->prev;
    pool_give(&s->lookups, l);
}

void dns_stub_cancel(struct dns_stub *s, uint32_t lookup)
{
    for (struct lookup *l = s->first, *next; l != NULL; l = next) {
        next = l->next;
        if (lookup == 0 || l->id == lookup)
            drop(l, true);
    }
}

/* ---- The end: tell, forget, call back */

static void tell_result(struct dns_stub *s, const struct lookup *l, const struct dns_result *r)
{
    struct trace *t = &s->sim->trace;
    char text[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX], answer[TEXT_MAX];
    size_t used = 0;
    struct record *rec = trace_begin(t, EV_DNS_RESULT, net_host_name(s->host));

    rec->lookup = l->id;
    rec->mail = l->mail;
    rec->why = r->outcome == DNS_NO_ANSWER ? "silent" : NULL;
    trace_text(rec, KEY_NAME, span_of(dns_name_text(text, &l->name)));
    trace_text(rec, KEY_TYPE, span_of(dns_type_text(type, l->type)));
    if (r->outcome != DNS_NO_ANSWER)
        trace_text(rec, KEY_RCODE, span_of(dns_rcode_text(r->rcode)));
    trace_number(rec, KEY_COUNT, r->n);
    for (unsigned i = 0; i < r->n; i++)
        used = dns_tell_data(answer, sizeof answer, used, r->type, r->records[i].rdata);
    trace_text(rec, KEY_ANSWER, span_bytes(answer, used));
    trace_end(t);
}

/* The records may lie in s->response, which no one touches before the callback is back: a new query only
 * writes. */
static void finish(struct lookup *l, struct dns_result *r)
{
    struct dns_stub *s = l->stub;
    dns_on_result *on_result = l->on_result;
    void *self = l->self;

    dns_name_copy(&r->name, &l->name);
    r->type = l->type;
    r->records = (const struct dns_result_record *)(void *)s->records->data;
    if (trace_on(&s->sim->trace))
        tell_result(s, l, r);
    drop(l, false);
    on_result(self, r);
}

static void fail(struct lookup *l)
{
    struct dns_result r = { .outcome = l->refused ? DNS_FAILED : DNS_NO_ANSWER, .rcode = l->rcode };

    dns_name_copy(&r.canonical, &l->name);
    finish(l, &r);
}

/* Along the aliases of the answer to the records asked for (RFC 1034 §3.6.2). */
static void read_answer(struct dns_stub *s, const struct lookup *l, struct dns_result *out)
{
    const struct dns_msg *m = &s->response;
    const struct dns_msg_rr *rr = dns_msg_section(m, DNS_ANSWER);

    dns_name_copy(&out->canonical, &l->name);
    for (unsigned hops = 0; hops < ALIASES_MAX; hops++) {
        const struct dns_msg_rr *alias = NULL;
        for (unsigned i = 0; i < m->n[DNS_ANSWER]; i++) {
            if (!dns_name_equal(rr[i].name, &out->canonical))
                continue;
            if (rr[i].type == l->type || l->type == DNS_ANY) {
                struct dns_result_record record = { rr[i].ttl_s, rr[i].rdata };
                g_array_append_val(s->records, record);
            } else if (rr[i].type == DNS_CNAME) {
                alias = &rr[i];
            }
        }
        if (s->records->len > 0 || alias == NULL || !dns_rdata_name(DNS_CNAME, alias->rdata, &out->canonical))
            break;
    }
    out->n = s->records->len;
}

/* ---- Asking */

static void ask(struct lookup *l);

static void on_send(void *self)
{
    struct lookup *l = self;
    struct dns_stub *s = l->stub;

    if (trace_on(&s->sim->trace))
        dns_tell_query(&(struct dns_passage){ .from = s->host,
                                              .to = l->exchange.to,
                                              .tcp = l->tcp,
                                              .conn = l->tcp ? tcp_id(l->exchange.tcp) : 0,
                                              .lookup = l->id,
                                              .mail = l->mail,
                                              .size = l->len },
                       &l->name, l->type, l->message_id, true, NULL);
}

/* A server said that it can't: the next one may, but nobody is asked twice for that. */
static void refuse(struct lookup *l, unsigned rcode)
{
    l->refused = true;
    l->rcode = rcode;
    dns_exchange_end(&l->exchange);
    if (l->tries < l->stub->n_servers)
        ask(l);
    else
        fail(l);
}

static void tell_note(struct lookup *l, enum dns_note_kind kind, ip_addr peer, const char *why)
{
    if (trace_on(&l->stub->sim->trace))
        dns_tell_note(l->stub->host, &(struct dns_note){ .kind = kind,
                                                         .name = &l->name,
                                                         .type = l->type,
                                                         .id = l->message_id,
                                                         .tries = l->tries,
                                                         .peer = peer,
                                                         .why = why,
                                                         .lookup = l->id,
                                                         .mail = l->mail });
}

/* Why it is not the response to the query: NULL if it is (RFC 5452 §9.1). */
static const char *mismatch(const struct lookup *l, ip_addr from, uint16_t port, bool well_formed)
{
    const struct dns_msg *m = &l->stub->response;

    if (from != l->exchange.to || port != DNS_PORT)
        return "source";
    if (!well_formed)
        return "malformed";
    if (!m->qr || m->opcode != 0 || m->id != l->message_id)
        return "id";
    if (!m->has_question && m->rcode == DNS_FORMERR)
        return NULL;
    return m->has_question && m->qtype == l->type && m->qclass == DNS_IN &&
                   dns_name_equal(&m->qname, &l->name)
               ? NULL
               : "question";
}

static void on_message(void *self, ip_addr from, uint16_t port, struct span bytes)
{
    struct lookup *l = self;
    struct dns_stub *s = l->stub;
    const struct dns_msg *m = &s->response;
    bool well_formed = dns_msg_parse(&s->response, bytes);
    const char *why = mismatch(l, from, port, well_formed);

    if (why != NULL) {
        tell_note(l, DNS_NOTE_IGNORE, from, why);
        return;
    }
    if (m->tc && !l->tcp) {
        dns_exchange_end(&l->exchange);
        l->tries--; /* the same server again */
        l->tcp = true;
        ask(l);
        return;
    }
    struct dns_result r = { .rcode = m->rcode };
    g_array_set_size(s->records, 0);
    if (m->rcode == DNS_NOERROR)
        read_answer(s, l, &r);
    if (m->rcode != DNS_NOERROR && m->rcode != DNS_NXDOMAIN) {
        refuse(l, m->rcode);
    } else if (r.n == 0 && !m->ra && !m->aa) {
        refuse(l, DNS_REFUSED); /* a referral: this server does not do what it is asked */
    } else {
        r.outcome = m->rcode == DNS_NXDOMAIN ? DNS_NO_NAME : r.n > 0 ? DNS_FOUND : DNS_NO_DATA;
        if (m->rcode == DNS_NXDOMAIN)
            dns_name_copy(&r.canonical, &l->name);
        finish(l, &r);
    }
}

static void on_silence(void *self, enum dns_silence why)
{
    struct lookup *l = self;

    tell_note(l, DNS_NOTE_TIMEOUT, l->exchange.to, why == DNS_UNREACHABLE ? "unreachable" : NULL);
    if (why == DNS_UNREACHABLE || l->tcp)
        dns_exchange_end(&l->exchange);
    l->tcp = false;
    ask(l);
}

static const struct dns_exchange_calls exchange_calls = { on_send, on_message, on_silence };

/* The next server, or the end. The same server is asked again from the same port, so that a late answer still
 * counts. */
static void ask(struct lookup *l)
{
    struct dns_stub *s = l->stub;

    if (l->tries >= s->n_servers * DNS_STUB_ROUNDS) {
        fail(l);
        return;
    }
    ip_addr to = s->servers[l->tries++ % s->n_servers];
    struct span message = span_bytes(l->bytes, l->len);
    if (dns_exchange_is_open(&l->exchange) && l->exchange.to == to) {
        dns_exchange_again(&l->exchange, message, DNS_STUB_TIMEOUT);
        return;
    }
    dns_exchange_end(&l->exchange);
    l->message_id = (uint16_t)(rng_next(&s->ids) >> 48);
    l->bytes[0] = (uint8_t)(l->message_id >> 8);
    l->bytes[1] = (uint8_t)l->message_id;
    dns_exchange_begin(&l->exchange, s->host, to, l->tcp, message, DNS_STUB_TIMEOUT,
                       (struct udp_about){ l->id, l->mail }, &exchange_calls, l);
}

static void on_no_server(void *self)
{
    fail(self);
}

static void write_query(struct dns_stub *s, struct lookup *l)
{
    struct dns_msg *q = &s->query;
    uint8_t out[DNS_UDP_MAX];

    dns_msg_clear(q);
    q->rd = true;
    q->has_question = true;
    dns_name_copy(&q->qname, &l->name);
    q->qtype = l->type;
    q->qclass = DNS_IN;
    l->len = dns_msg_write(q, out, sizeof out, sizeof out);
    memcpy(l->bytes, out, l->len);
}

uint32_t dns_stub_query(struct dns_stub *s, const struct dns_name *name, uint16_t type, uint32_t mail,
                        dns_on_result *on_result, void *self)
{
    struct lookup *l = pool_take(&s->lookups);
    uint64_t cause = sched_cause(s->sim->sched);
    uint32_t id = ++s->sim->lookups;

    memset(l, 0, offsetof(struct lookup, name));
    l->stub = s;
    l->id = id;
    l->mail = mail;
    l->type = type;
    l->on_result = on_result;
    l->self = self;
    dns_name_copy(&l->name, name);
    l->next = s->first;
    if (s->first != NULL)
        s->first->prev = l;
    s->first = l;
    write_query(s, l);
    if (trace_on(&s->sim->trace)) {
        char text[DNS_NAME_TEXT_MAX], type_buf[DNS_TYPE_TEXT_MAX];
        struct record *r = trace_begin(&s->sim->trace, EV_DNS_LOOKUP, net_host_name(s->host));
        r->lookup = id;
        r->mail = mail;
        trace_text(r, KEY_NAME, span_of(dns_name_text(text, name)));
        trace_text(r, KEY_TYPE, span_of(dns_type_text(type_buf, type)));
        trace_end(&s->sim->trace);
    }
    if (s->n_servers > 0)
        ask(l);
    else
        l->at_once = sched_at(s->sim->sched, sim_now(s->sim), on_no_server, l);
    sched_set_cause(s->sim->sched, cause);
    return id;
}
