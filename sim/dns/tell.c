#include "dns/tell.h"

#include <stdio.h>

enum { ANSWER_MAX = 1024 };

const char *dns_tell_peer(struct net *n, ip_addr a, char buf[IP_TEXT_MAX])
{
    const struct net_host *h = net_host_at(n, a);

    return h != NULL ? net_host_name(h) : ip_text(buf, a);
}

size_t dns_tell_data(char *buf, size_t size, size_t used, uint16_t type, struct span rdata)
{
    if (used > 0 && used + 2 < size)
        used += (size_t)snprintf(buf + used, size - used, ", ");
    if (used + 1 < size) {
        dns_rdata_text(buf + used, size - used, type, rdata);
        used += strlen(buf + used);
    }
    return used;
}

void dns_tell_query(const struct dns_passage *p, const struct dns_name *name, uint16_t type, uint16_t id,
                    bool rd, const struct dns_name *zone)
{
    struct trace *t = &net_host_sim(p->from)->trace;
    char text[DNS_NAME_TEXT_MAX], type_buf[DNS_TYPE_TEXT_MAX], zone_text[DNS_NAME_TEXT_MAX],
        peer[IP_TEXT_MAX];
    struct record *r = trace_begin(t, EV_DNS_QUERY, net_host_name(p->from));

    r->peer = dns_tell_peer(net_host_net(p->from), p->to, peer);
    r->conn = p->conn;
    r->lookup = p->lookup;
    r->mail = p->mail;
    trace_text(r, KEY_NAME, span_of(dns_name_text(text, name)));
    trace_text(r, KEY_TYPE, span_of(dns_type_text(type_buf, type)));
    trace_number(r, KEY_ID, id);
    trace_text(r, KEY_TRANSPORT, span_of(p->tcp ? "tcp" : "udp"));
    trace_number(r, KEY_RD, rd);
    trace_number(r, KEY_SIZE, (int64_t)p->size);
    if (zone != NULL)
        trace_text(r, KEY_ZONE, span_of(dns_name_text(zone_text, zone)));
    trace_end(t);
}

void dns_tell_response(const struct dns_passage *p, const struct dns_msg *m)
{
    struct trace *t = &net_host_sim(p->from)->trace;
    char text[DNS_NAME_TEXT_MAX], type_buf[DNS_TYPE_TEXT_MAX], answer[ANSWER_MAX] = "", peer[IP_TEXT_MAX];
    enum dns_kind kind = dns_msg_kind(m);
    /* A referral says who to ask: the NS of its authority section. */
    enum dns_section section = kind == DNS_KIND_REFERRAL ? DNS_AUTHORITY : DNS_ANSWER;
    const struct dns_msg_rr *rr = dns_msg_section(m, section);
    unsigned count = 0;
    size_t used = 0;

    for (unsigned i = 0; i < m->n[section]; i++) {
        if (section == DNS_AUTHORITY && rr[i].type != DNS_NS)
            continue;
        used = dns_tell_data(answer, sizeof answer, used, rr[i].type, rr[i].rdata);
        count++;
    }
    struct record *r = trace_begin(t, EV_DNS_RESPONSE, net_host_name(p->from));
    r->peer = dns_tell_peer(net_host_net(p->from), p->to, peer);
    r->conn = p->conn;
    r->lookup = p->lookup;
    r->mail = p->mail;
    if (m->has_question) {
        trace_text(r, KEY_NAME, span_of(dns_name_text(text, &m->qname)));
        trace_text(r, KEY_TYPE, span_of(dns_type_text(type_buf, m->qtype)));
    }
    trace_number(r, KEY_ID, m->id);
    trace_text(r, KEY_TRANSPORT, span_of(p->tcp ? "tcp" : "udp"));
    trace_text(r, KEY_RCODE, span_of(dns_rcode_text(m->rcode)));
    trace_text(r, KEY_KIND, span_of(dns_kind_text(kind)));
    trace_number(r, KEY_AA, m->aa);
    trace_number(r, KEY_TC, m->tc);
    trace_number(r, KEY_RA, m->ra);
    trace_number(r, KEY_COUNT, count);
    trace_text(r, KEY_ANSWER, span_bytes(answer, used));
    trace_number(r, KEY_SIZE, (int64_t)p->size);
    trace_end(t);
}

static const enum event note_events[] = {
    [DNS_NOTE_HIT] = EV_DNS_CACHE_HIT,     [DNS_NOTE_MISS] = EV_DNS_CACHE_MISS,
    [DNS_NOTE_STORE] = EV_DNS_CACHE_STORE, [DNS_NOTE_EXPIRE] = EV_DNS_CACHE_EXPIRE,
    [DNS_NOTE_TIMEOUT] = EV_DNS_TIMEOUT,   [DNS_NOTE_IGNORE] = EV_DNS_IGNORE,
    [DNS_NOTE_GIVE_UP] = EV_DNS_GIVE_UP,
};

static void tell_entry(struct trace *t, struct record *r, const struct dns_note *n, char answer[ANSWER_MAX])
{
    uint32_t at = 0;
    struct span rdata;
    size_t used = 0;

    trace_number(r, KEY_TTL, dns_cached_ttl(n->entry, sched_now(t->sched)));
    if (n->kind == DNS_NOTE_STORE)
        trace_number(r, KEY_COUNT, n->entry->kind == DNS_CACHED_SET ? n->entry->n : 0);
    trace_text(r, KEY_KIND, span_of(dns_cached_kind_text(n->entry)));
    if (n->kind == DNS_NOTE_STORE) {
        while (n->entry->kind == DNS_CACHED_SET && dns_cached_next(n->entry, &at, &rdata))
            used = dns_tell_data(answer, ANSWER_MAX, used, n->entry->type, rdata);
        trace_text(r, KEY_ANSWER, span_bytes(answer, used));
    }
}

void dns_tell_note(struct net_host *h, const struct dns_note *n)
{
    struct sim *sim = net_host_sim(h);
    struct trace *t = &sim->trace;
    char text[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX], answer[ANSWER_MAX], peer[IP_TEXT_MAX];
    uint64_t cause = sched_cause(sim->sched);
    struct record *r = trace_begin(t, note_events[n->kind], net_host_name(h));

    r->peer = n->peer != 0 ? dns_tell_peer(net_host_net(h), n->peer, peer) : NULL;
    r->lookup = n->lookup;
    r->mail = n->mail;
    r->why = n->why;
    trace_text(r, KEY_NAME, span_of(dns_name_text(text, n->name)));
    trace_text(r, KEY_TYPE,
               span_of(n->type != 0 ? dns_type_text(type, n->type) : "any")); /* 0: of NXDOMAIN */
    switch (n->kind) {
    case DNS_NOTE_HIT:
    case DNS_NOTE_STORE:
        tell_entry(t, r, n, answer);
        break;
    case DNS_NOTE_TIMEOUT:
        trace_number(r, KEY_ID, n->id);
        trace_number(r, KEY_TRIES, n->tries);
        break;
    case DNS_NOTE_IGNORE:
        trace_number(r, KEY_ID, n->id);
        break;
    case DNS_NOTE_GIVE_UP:
        trace_number(r, KEY_TRIES, n->tries);
        break;
    case DNS_NOTE_MISS:
    case DNS_NOTE_EXPIRE:
        break;
    }
    trace_end(t);
    if (n->kind == DNS_NOTE_STORE || (n->kind == DNS_NOTE_IGNORE && strcmp(n->why, "bailiwick") == 0))
        sched_set_cause(sim->sched, cause);
}
