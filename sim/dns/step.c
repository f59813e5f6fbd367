#include "dns/walk.h"

/* ---- Step 1: what is known already */

enum known { KNOWN_ALL, KNOWN_ALIAS /* and where it leads is to be looked for */, KNOWN_NOTHING };

/* The host's own zones speak first: with the answer, or with a delegation (then r->own has it, and *referred
 * is set). */
static enum known in_own_zones(struct dns_resolver *r, struct dns_walk *w, bool *referred)
{
    *referred = false;
    if (r->calls->own == NULL)
        return KNOWN_NOTHING;
    dns_msg_clear(&r->query);
    r->query.has_question = true;
    dns_name_copy(&r->query.qname, &w->at);
    r->query.qtype = w->type;
    r->query.qclass = DNS_IN;
    dns_msg_clear(&r->own);
    enum dns_auth_found found = r->calls->own(r->self, &r->query, &r->own);
    if (found == DNS_AUTH_NO_ZONE)
        return KNOWN_NOTHING;

    const struct dns_msg_rr *rr = dns_msg_section(&r->own, DNS_ANSWER);
    bool moved = false;
    for (unsigned i = 0; i < r->own.n[DNS_ANSWER]; i++) {
        dns_walk_add_answer(w, rr[i].name, rr[i].type, rr[i].ttl_s, rr[i].rdata);
        if (found != DNS_AUTH_DONE && rr[i].type == DNS_CNAME &&
            dns_rdata_name(DNS_CNAME, rr[i].rdata, &w->at)) {
            w->aliases++;
            moved = true;
        }
    }
    if (found == DNS_AUTH_DONE) {
        rr = dns_msg_section(&r->own, DNS_AUTHORITY);
        for (unsigned i = 0; i < r->own.n[DNS_AUTHORITY]; i++)
            if (rr[i].type == DNS_SOA)
                dns_walk_set_soa(w, rr[i].name, rr[i].ttl_s, rr[i].rdata);
        w->rcode = (uint16_t)r->own.rcode;
        return KNOWN_ALL;
    }
    *referred = found == DNS_AUTH_REFERRED;
    return moved ? KNOWN_ALIAS : KNOWN_NOTHING;
}

static enum known in_cache(struct dns_resolver *r, struct dns_walk *w, bool telling)
{
    const struct dns_cached *e = dns_cache_find(r->cache, &w->at, w->type, DNS_RANK_ANSWER, r->now);
    uint32_t at = 0;
    struct span rdata;

    if (e == NULL) {
        if (telling)
            dns_walk_note_entry(r, DNS_NOTE_MISS, &w->at, w->type, NULL);
        return KNOWN_NOTHING;
    }
    dns_walk_note_entry(r, DNS_NOTE_HIT, &w->at, e->type != 0 ? e->type : w->type, e);
    uint32_t ttl_s = dns_cached_ttl(e, r->now);
    if (e->kind != DNS_CACHED_SET) {
        dns_cached_next(e, &at, &rdata);
        dns_walk_set_soa(w, e->soa_owner, ttl_s, rdata);
        w->rcode = e->kind == DNS_CACHED_NXDOMAIN ? DNS_NXDOMAIN : DNS_NOERROR;
        return KNOWN_ALL;
    }
    while (dns_cached_next(e, &at, &rdata))
        dns_walk_add_answer(w, &w->at, e->type, ttl_s, rdata);
    if (e->type == w->type)
        return KNOWN_ALL;
    at = 0;
    dns_cached_next(e, &at, &rdata);
    dns_rdata_name(DNS_CNAME, rdata, &w->at);
    w->aliases++;
    return KNOWN_ALIAS;
}

/* Follow what is known as far as it leads. True: the walk has ended. */
static bool look_here(struct dns_resolver *r, struct dns_walk *w, bool *referred)
{
    enum known k = KNOWN_ALIAS;

    while (k == KNOWN_ALIAS && w->aliases <= DNS_ALIASES_MAX) {
        k = in_own_zones(r, w, referred);
        w->told = w->told || k == KNOWN_ALIAS;
        if (k == KNOWN_ALL || (k == KNOWN_ALIAS && !*referred))
            continue;
        k = in_cache(r, w, w->told);
        w->told = true;
    }
    if (k == KNOWN_ALL)
        dns_walk_finish(r, w, w->rcode);
    else if (k == KNOWN_ALIAS)
        dns_walk_give_up(r, w, "loop");
    return k != KNOWN_NOTHING;
}

/* ---- Step 2: the best servers to ask */

/* A server's addresses as far as they are known, else its name, to be looked up. */
static void add_server(struct dns_resolver *r, struct dns_walk *w, const struct dns_name *name)
{
    const struct dns_cached *e = dns_cache_find(r->cache, name, DNS_A, DNS_RANK_GLUE, r->now);
    uint32_t at = 0;
    struct span rdata;

    if (e == NULL || e->kind != DNS_CACHED_SET || e->type != DNS_A)
        dns_slist_add(&w->servers, dns_walk_keep_name(w, name), 0);
    else
        while (dns_cached_next(e, &at, &rdata))
            dns_slist_add(&w->servers, NULL, dns_rdata_a(rdata));
}

static bool add_glue(struct dns_walk *w, const struct dns_msg *m, const struct dns_name *name,
                     const struct dns_name *zone)
{
    const struct dns_msg_rr *rr = dns_msg_section(m, DNS_ADDITIONAL);
    bool any = false;

    for (unsigned i = 0; i < m->n[DNS_ADDITIONAL]; i++)
        if (rr[i].type == DNS_A && dns_name_equal(rr[i].name, name) &&
            (zone == NULL || dns_name_is_under(name, zone))) {
            dns_slist_add(&w->servers, NULL, dns_rdata_a(rr[i].rdata));
            any = true;
        }
    return any;
}

/* The servers that a message refers to: those of `cut`. Addresses outside `zone` are not believed (NULL: our
 * own data). */
void dns_walk_take_referral(struct dns_resolver *r, struct dns_walk *w, const struct dns_msg *m,
                            const struct dns_name *cut, const struct dns_name *zone)
{
    const struct dns_msg_rr *rr = dns_msg_section(m, DNS_AUTHORITY);
    struct dns_name name;

    dns_slist_begin(&w->servers, cut);
    w->from_cache = false;
    for (unsigned i = 0; i < m->n[DNS_AUTHORITY]; i++)
        if (rr[i].type == DNS_NS && dns_name_equal(rr[i].name, cut) &&
            dns_rdata_name(DNS_NS, rr[i].rdata, &name) && !add_glue(w, m, &name, zone))
            add_server(r, w, &name);
    dns_slist_order(&w->servers, &r->config.order, r->peers, r->now);
}

/* A cached NS set is of use if one of its servers has an address here, or its address can be had elsewhere: a
 * name within the very zone, whose glue is gone, leads nowhere. */
static bool is_usable(struct dns_resolver *r, const struct dns_cached *e, const struct dns_name *zone)
{
    uint32_t at = 0;
    struct span rdata;
    struct dns_name name;

    while (dns_cached_next(e, &at, &rdata))
        if (dns_rdata_name(DNS_NS, rdata, &name) &&
            (!dns_name_is_under(&name, zone) ||
             dns_cache_find(r->cache, &name, DNS_A, DNS_RANK_GLUE, r->now) != NULL))
            return true;
    return false;
}

static bool take_cached_servers(struct dns_resolver *r, struct dns_walk *w, const struct dns_name *zone)
{
    const struct dns_cached *e = dns_cache_find(r->cache, zone, DNS_NS, DNS_RANK_GLUE, r->now);
    uint32_t at = 0;
    struct span rdata;
    struct dns_name name;

    if (e == NULL || e->kind != DNS_CACHED_SET || e->type != DNS_NS || !is_usable(r, e, zone))
        return false;
    dns_walk_note_entry(r, DNS_NOTE_HIT, zone, DNS_NS, e);
    dns_slist_begin(&w->servers, zone);
    w->from_cache = true;
    while (dns_cached_next(e, &at, &rdata))
        if (dns_rdata_name(DNS_NS, rdata, &name))
            add_server(r, w, &name);
    dns_slist_order(&w->servers, &r->config.order, r->peers, r->now);
    return true;
}

/* The delegation in r->own, if it has one. */
static const struct dns_name *own_cut(const struct dns_resolver *r, bool referred)
{
    const struct dns_msg_rr *rr = dns_msg_section(&r->own, DNS_AUTHORITY);

    for (unsigned i = 0; referred && i < r->own.n[DNS_AUTHORITY]; i++)
        if (rr[i].type == DNS_NS)
            return rr[i].name;
    return NULL;
}

/* From the name upwards: the cache, or our own delegation where it is as close; above all, the hints. */
static void find_servers(struct dns_resolver *r, struct dns_walk *w, bool referred)
{
    const struct dns_name *cut = own_cut(r, referred);
    unsigned cut_labels = cut != NULL ? dns_name_labels(cut) : 0, labels = dns_name_labels(&w->at);
    struct dns_name zone;

    for (unsigned l = labels < w->max_labels ? labels : w->max_labels; l > 0; l--) {
        if (cut != NULL && l == cut_labels) {
            dns_walk_take_referral(r, w, &r->own, cut, NULL);
            return;
        }
        dns_name_suffix(&w->at, l, &zone);
        if (take_cached_servers(r, w, &zone))
            return;
    }
    dns_name_suffix(&w->at, 0, &zone);
    if (r->config.n_hints == 0 && take_cached_servers(r, w, &zone))
        return;
    dns_slist_begin(&w->servers, &zone);
    for (unsigned i = 0; i < r->config.n_hints; i++)
        dns_slist_add(&w->servers, NULL, r->hints[i].addr);
    dns_slist_order(&w->servers, &r->config.order, r->peers, r->now);
}

/* ---- Step 3: ask them */

void dns_walk_send(struct dns_resolver *r, struct dns_walk *w, struct dns_slist_server *s, bool tcp)
{
    struct dns_ask *a = &w->ask;

    for (struct dns_walk *p = w; p != NULL; p = p->payer)
        p->tries++;
    w->servers.asked++;
    a->to = s->addr;
    a->tcp = tcp;
    a->edns = r->config.udp_size > 0 && !dns_peer_of(r->peers, s->addr)->no_edns;
    a->id = (uint16_t)(rng_next(&r->config.ids) >> 48);
    a->type = w->type;
    a->name = &w->at;
    a->zone = &w->servers.zone;
    a->lookup = w->lookup;
    a->mail = w->mail;
    a->timeout = r->config.timeout << s->asked;
    a->tries = w->tries;

    dns_msg_clear(&r->query);
    r->query.id = a->id;
    r->query.rd = r->config.chain;
    r->query.has_question = true;
    dns_name_copy(&r->query.qname, &w->at);
    r->query.qtype = w->type;
    r->query.qclass = DNS_IN;
    r->query.has_edns = a->edns;
    r->query.edns_udp_size = r->config.udp_size;
    uint8_t out[DNS_UDP_MAX];
    a->len = dns_msg_write(&r->query, out, sizeof out, sizeof out);
    memcpy(a->bytes, out, a->len);
    w->asking = true;
    r->calls->send(r->self, a);
}

/* Does `w` wait for `other`, maybe by way of others? */
static bool waits_for(const struct dns_walk *w, const struct dns_walk *other)
{
    while (w != NULL && w != other)
        w = w->awaits;
    return w != NULL;
}

/* Look a server's address up first. False: that can't be done. */
static bool look_up_server(struct dns_resolver *r, struct dns_walk *w, const struct dns_name *name)
{
    struct dns_walk *other = dns_walk_find(r, name, DNS_A);

    if (other != NULL && waits_for(other, w)) {
        w->trouble = "loop";
        return false;
    }
    if (other == NULL && w->depth >= DNS_DEPTH_MAX) {
        w->trouble = "depth";
        return false;
    }
    if (other == NULL) {
        for (struct dns_walk *p = w; p != NULL; p = p->payer)
            p->lookups++;
        other = dns_walk_begin(r, name, DNS_A, w);
    }
    w->awaits = other;
    dns_walk_add_waiter(r, other, NULL, w);
    return true;
}

bool dns_walk_is_over_limit(const struct dns_resolver *r, const struct dns_walk *w)
{
    for (; w != NULL; w = w->payer)
        if (w->tries >= r->config.tries || w->lookups >= r->config.tries)
            return true;
    return false;
}

/* Ask the next server; or begin anew one zone up; or give up. */
static void ask_next(struct dns_resolver *r, struct dns_walk *w)
{
    struct dns_slist_server *s;

    if (dns_walk_is_over_limit(r, w)) {
        dns_walk_give_up(r, w, "limit");
        return;
    }
    while ((s = dns_slist_next(&w->servers)) != NULL && s->addr == 0) {
        if (look_up_server(r, w, s->name))
            return;
        s->dead = true;
    }
    if (s != NULL) {
        dns_walk_send(r, w, s, false);
        s->asked++;
    } else if (w->servers.asked == 0 && w->from_cache && !w->went_up) {
        w->went_up = true;
        w->max_labels = w->servers.labels - 1;
        dns_walk_make_ready(r, w, true);
    } else {
        dns_walk_give_up(r, w, w->trouble != NULL ? w->trouble : "no servers");
    }
}

static void run(struct dns_resolver *r, struct dns_walk *w)
{
    bool referred;

    r->about = (struct dns_about){ w->lookup, w->mail };
    if (w->from_start) {
        if (look_here(r, w, &referred))
            return;
        find_servers(r, w, referred);
    }
    ask_next(r, w);
}

/* Walks begin and go on only from here, one after the other, so no walk is changed under another's feet. */
void dns_walk_run_ready(struct dns_resolver *r)
{
    struct dns_walk *w;

    while ((w = r->ready) != NULL) {
        r->ready = w->next_ready;
        if (r->ready == NULL)
            r->last_ready = &r->ready;
        w->ready = false;
        run(r, w);
    }
}
