#include "dns/walk.h"

/* ---- Step 4: what came back */

/* The data of an RRset of the message into r->set, each once (RFC 2181 §5). Returns the smallest of its TTLs,
 * which is the set's (§5.2); one with the top bit set counts as 0 (§8). */
static uint32_t read_set(struct dns_resolver *r, enum dns_section section, const struct dns_name *owner,
                         uint16_t type)
{
    const struct dns_msg *m = &r->response;
    const struct dns_msg_rr *rr = dns_msg_section(m, section);
    uint32_t ttl_s = r->config.max_ttl_s;

    g_array_set_size(r->set, 0);
    for (unsigned i = 0; i < m->n[section]; i++) {
        if (rr[i].type != type || rr[i].rclass != DNS_IN || !dns_name_equal(rr[i].name, owner))
            continue;
        bool twice = false;
        for (guint k = 0; k < r->set->len && !twice; k++)
            twice = span_is(g_array_index(r->set, struct span, k), rr[i].rdata);
        if (twice)
            continue;
        g_array_append_val(r->set, rr[i].rdata);
        uint32_t t = rr[i].ttl_s > INT32_MAX ? 0 : rr[i].ttl_s;
        ttl_s = t < ttl_s ? t : ttl_s;
    }
    return ttl_s;
}

static uint32_t store_set(struct dns_resolver *r, enum dns_section section, const struct dns_name *owner,
                          uint16_t type, enum dns_rank rank)
{
    uint32_t ttl_s = read_set(r, section, owner, type);

    if (r->set->len > 0) {
        const struct dns_cached *e = dns_cache_put(r->cache, owner, type, rank, ttl_s,
                                                   (const struct span *)(void *)r->set->data, r->set->len,
                                                   r->now);
        if (e != NULL)
            dns_walk_note_entry(r, DNS_NOTE_STORE, owner, type, e);
    }
    return ttl_s;
}

/* For a question of type ANY: each set of the name, once. */
static void take_all_types(struct dns_resolver *r, struct dns_walk *w, const struct dns_name *owner,
                           enum dns_rank rank)
{
    const struct dns_msg_rr *rr = dns_msg_section(&r->response, DNS_ANSWER);

    for (unsigned i = 0; i < r->response.n[DNS_ANSWER]; i++) {
        bool seen = rr[i].rclass != DNS_IN || !dns_name_equal(rr[i].name, owner);
        for (unsigned k = 0; k < i && !seen; k++)
            seen = rr[k].type == rr[i].type && dns_name_equal(rr[k].name, owner);
        if (seen)
            continue;
        uint32_t ttl_s = store_set(r, DNS_ANSWER, owner, rr[i].type, rank);
        for (guint k = 0; k < r->set->len; k++)
            dns_walk_add_answer(w, owner, rr[i].type, ttl_s, g_array_index(r->set, struct span, k));
    }
}

/* The aliases and the answer: into the cache and into the walk's answer. */
static void take_answer(struct dns_resolver *r, struct dns_walk *w, const struct dns_verdict *v)
{
    for (unsigned i = 0; i < v->n_sets; i++) {
        /* RFC 2181 §5.4.1: of a chain, only what belongs to the name asked for is authoritative. */
        enum dns_rank rank = r->response.aa && i == 0 ? DNS_RANK_OWN : DNS_RANK_ANSWER;
        if (v->sets[i].type == DNS_ANY) {
            take_all_types(r, w, v->sets[i].owner, rank);
            continue;
        }
        uint32_t ttl_s = store_set(r, DNS_ANSWER, v->sets[i].owner, v->sets[i].type, rank);
        for (guint k = 0; k < r->set->len; k++)
            dns_walk_add_answer(w, v->sets[i].owner, v->sets[i].type, ttl_s,
                                g_array_index(r->set, struct span, k));
    }
    w->aliases += v->aliases;
    dns_name_copy(&w->at, &v->end);
}

/* RFC 2308 §5: for as long as the lesser of the SOA's own TTL and its MINIMUM, the last field of its data. */
static void take_negative(struct dns_resolver *r, struct dns_walk *w, const struct dns_verdict *v)
{
    enum dns_cached_kind kind = v->kind == DNS_VERDICT_NXDOMAIN ? DNS_CACHED_NXDOMAIN : DNS_CACHED_NODATA;

    w->rcode = kind == DNS_CACHED_NXDOMAIN ? DNS_NXDOMAIN : DNS_NOERROR;
    if (v->soa == NULL)
        return;
    const uint8_t *end = (const uint8_t *)v->soa->rdata.at + v->soa->rdata.len;
    uint32_t minimum = (uint32_t)end[-4] << 24 | (uint32_t)end[-3] << 16 | (uint32_t)end[-2] << 8 | end[-1];
    uint32_t ttl_s = v->soa->ttl_s < minimum ? v->soa->ttl_s : minimum;
    if (ttl_s > INT32_MAX)
        ttl_s = 0;
    if (ttl_s > r->config.max_negative_ttl_s)
        ttl_s = r->config.max_negative_ttl_s;
    dns_walk_set_soa(w, v->soa->name, ttl_s, v->soa->rdata);
    const struct dns_cached *e = dns_cache_put_negative(r->cache, &v->end, w->type, kind, ttl_s, v->soa->name,
                                                        v->soa->rdata, r->now);
    if (e != NULL)
        dns_walk_note_entry(r, DNS_NOTE_STORE, &v->end, w->type, e);
}

/* The servers of `zone` that the authority section names, and their addresses where this server may tell
 * them. */
static void store_servers(struct dns_resolver *r, const struct dns_name *zone,
                          const struct dns_name *believed, enum dns_rank rank)
{
    const struct dns_msg *m = &r->response;
    const struct dns_msg_rr *rr = dns_msg_section(m, DNS_AUTHORITY);
    struct dns_name name;

    store_set(r, DNS_AUTHORITY, zone, DNS_NS, rank);
    for (unsigned i = 0; i < m->n[DNS_AUTHORITY]; i++)
        if (rr[i].type == DNS_NS && dns_name_equal(rr[i].name, zone) &&
            dns_rdata_name(DNS_NS, rr[i].rdata, &name) && dns_name_is_under(&name, believed))
            store_set(r, DNS_ADDITIONAL, &name, DNS_A, DNS_RANK_GLUE);
}

/* An authoritative answer may name the servers of its zone, better than the parent's word for them (RFC 2181
 * §5.4.1). */
static void store_authority(struct dns_resolver *r, const struct dns_name *zone, const struct dns_name *name)
{
    const struct dns_msg_rr *rr = dns_msg_section(&r->response, DNS_AUTHORITY);

    for (unsigned i = 0; i < r->response.n[DNS_AUTHORITY]; i++)
        if (rr[i].type == DNS_NS && dns_name_is_under(rr[i].name, zone) &&
            dns_name_is_under(name, rr[i].name)) {
            store_servers(r, rr[i].name, zone, DNS_RANK_AUTHORITY);
            return;
        }
}

/* Say which records were outside the zone whose server was asked. Nothing has been done with them. */
static void note_outsiders(struct dns_resolver *r, const struct dns_ask *a)
{
    for (unsigned s = 0; s < DNS_SECTIONS && r->calls->note != NULL; s++) {
        const struct dns_msg_rr *rr = dns_msg_section(&r->response, (enum dns_section)s);
        for (unsigned i = 0; i < r->response.n[s]; i++)
            if (!dns_name_is_under(rr[i].name, a->zone))
                dns_walk_note_ignored(r, a, a->to, rr[i].name, rr[i].type, "bailiwick");
    }
}

/* This server is of no use for the question: to the next one. */
void dns_walk_disqualify(struct dns_resolver *r, struct dns_walk *w, const char *why)
{
    struct dns_slist_server *s = dns_slist_find(&w->servers, w->ask.to);

    dns_walk_note_ignored(r, &w->ask, w->ask.to, w->ask.name, w->type, why);
    if (s != NULL)
        s->dead = true;
    w->trouble = why;
    dns_walk_make_ready(r, w, false);
}

static const char *fault_of(const struct dns_msg *m)
{
    return m->rcode == DNS_SERVFAIL ? "servfail" : m->rcode == DNS_REFUSED ? "refused" : "lame";
}

void dns_walk_judge(struct dns_resolver *r, struct dns_walk *w)
{
    struct dns_verdict *v = &r->verdict;
    const struct dns_name *zone = &w->servers.zone;

    dns_judge(&r->response, zone, &w->at, w->type, v);
    if (v->kind != DNS_VERDICT_LAME)
        note_outsiders(r, &w->ask);
    switch (v->kind) {
    case DNS_VERDICT_LAME:
        dns_walk_disqualify(r, w, fault_of(&r->response));
        return;
    case DNS_VERDICT_SIDEWAYS:
        dns_walk_disqualify(r, w, "sideways");
        return;
    case DNS_VERDICT_LOOP:
        dns_walk_give_up(r, w, "loop");
        return;
    case DNS_VERDICT_ANSWER:
        if (r->response.aa)
            store_authority(r, zone, &w->at);
        take_answer(r, w, v);
        if (w->aliases > DNS_ALIASES_MAX)
            dns_walk_give_up(r, w, "loop");
        else
            dns_walk_finish(r, w, DNS_NOERROR);
        return;
    case DNS_VERDICT_NXDOMAIN:
    case DNS_VERDICT_NODATA:
        take_answer(r, w, v);
        take_negative(r, w, v);
        dns_walk_finish(r, w, w->rcode);
        return;
    case DNS_VERDICT_ALIAS:
        take_answer(r, w, v);
        w->max_labels = DNS_NAME_MAX;
        w->went_up = false;
        dns_walk_make_ready(r, w, true);
        return;
    case DNS_VERDICT_REFERRAL:
        take_answer(r, w, v);
        store_servers(r, v->cut, zone, DNS_RANK_GLUE);
        r->cut_parent = *zone;
        dns_walk_take_referral(r, w, &r->response, v->cut, &r->cut_parent);
        dns_walk_make_ready(r, w, false);
        return;
    }
}
