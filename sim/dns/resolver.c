#include "dns/resolver.h"

#include <assert.h>
#include <glib.h>

#include "core/pool.h"
#include "dns/slist.h"
#include "dns/verdict.h"

enum { WALKS = 1024 };              /* chains of the table of walks */
#define SILENT_FOR (5 * SIM_MINUTE) /* RFC 2308 §7.2: a dead server is remembered for at most that long */

struct walk;

struct waiter {
    struct waiter *next;
    void *client;
    struct walk *parent; /* NULL: a client */
};

/* What a walk keeps until it ends: copies of names and data. */
struct block {
    struct block *next;
    uint8_t bytes[];
};

/* A question on its way to its answer. It either stands in the ready queue, or awaits an answer to `ask`, or
 * awaits another walk for the address of a server. */
struct walk {
    struct walk *chain; /* in the table */
    struct walk *newer, *older;
    struct walk *next_ready;
    bool ready, from_start; /* run next; from step 1, or from step 3 */
    bool asking, told;      /* `ask` is out; the first miss has been noted */
    bool went_up; /* no address of a zone's servers was to be had, so its parent's were asked again */
    uint32_t hash, lookup, mail;
    uint16_t type, rcode;
    struct dns_name name, at; /* as asked; where its aliases have led */
    unsigned aliases, depth, tries, max_labels;
    sim_time since;
    struct waiter *waiters, **last_waiter;
    struct walk *payer,
        *awaits; /* whom its queries are charged to also; the look-up for a server's address */
    struct dns_slist servers;
    struct dns_ask ask;
    const char *trouble;   /* the last thing that went wrong, for dns.give_up */
    GArray *answer;        /* of struct dns_msg_rr */
    struct dns_msg_rr soa; /* `name` NULL: none */
    struct block *blocks;
};

struct dns_resolver {
    struct dns_resolver_config config;
    struct dns_hint *hints;
    const struct dns_resolver_calls *calls;
    void *self;
    struct dns_cache *cache;
    sim_time now;
    struct dns_msg query, response, own;
    struct dns_verdict verdict;
    struct dns_name cut_parent; /* the zone that referred to the next one, while that takes its place */
    GArray *set;                /* of struct span: the data of the RRset being read */
    struct pool walks, waiters;
    struct walk *table[WALKS];
    struct walk *newest, *oldest;
    struct walk *ready, **last_ready;
    struct dns_about about; /* of what is being worked at: for what the cache has to say */
    struct dns_peer peers[DNS_PEERS];
};

/* ---- Notes for the trace */

static void note(struct dns_resolver *r, struct dns_note n)
{
    if (r->calls->note == NULL)
        return;
    n.lookup = r->about.lookup;
    n.mail = r->about.mail;
    r->calls->note(r->self, &n);
}

static void note_entry(struct dns_resolver *r, enum dns_note_kind kind, const struct dns_name *name,
                       uint16_t type, const struct dns_cached *e)
{
    note(r, (struct dns_note){ .kind = kind, .name = name, .type = type, .entry = e });
}

static void on_drop(void *self, const struct dns_cached *e, const char *why)
{
    note(self,
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
    pool_init(&r->walks, sizeof(struct walk));
    pool_init(&r->waiters, sizeof(struct waiter));
    r->last_ready = &r->ready;
    return r;
}

static void free_walk(struct dns_resolver *r, struct walk *w)
{
    for (struct block *b = w->blocks, *next; b != NULL; b = next) {
        next = b->next;
        g_free(b);
    }
    for (struct waiter *i = w->waiters, *next; i != NULL; i = next) {
        next = i->next;
        pool_give(&r->waiters, i);
    }
    g_array_free(w->answer, TRUE);
    pool_give(&r->walks, w);
}

static void unlink_walk(struct dns_resolver *r, struct walk *w)
{
    struct walk **at = &r->table[w->hash % WALKS];

    while (*at != w)
        at = &(*at)->chain;
    *at = w->chain;
    *(w->newer != NULL ? &w->newer->older : &r->newest) = w->older;
    *(w->older != NULL ? &w->older->newer : &r->oldest) = w->newer;
}

static void drop_walks(struct dns_resolver *r, bool telling)
{
    while (r->oldest != NULL) {
        struct walk *w = r->oldest;
        if (w->asking && telling)
            r->calls->end(r->self, &w->ask);
        unlink_walk(r, w);
        free_walk(r, w);
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

/* ---- What a walk keeps */

static void *keep(struct walk *w, const void *bytes, size_t len)
{
    struct block *b = g_malloc(sizeof *b + len);

    b->next = w->blocks;
    w->blocks = b;
    return memcpy(b->bytes, bytes, len);
}

static const struct dns_name *keep_name(struct walk *w, const struct dns_name *n)
{
    return keep(w, n, 1u + n->len);
}

static struct dns_msg_rr keep_rr(struct walk *w, const struct dns_name *owner, uint16_t type, uint32_t ttl_s,
                                 struct span rdata)
{
    return (struct dns_msg_rr){ .name = keep_name(w, owner),
                                .type = type,
                                .rclass = DNS_IN,
                                .ttl_s = ttl_s,
                                .rdata = span_bytes(rdata.len > 0 ? keep(w, rdata.at, rdata.len) : "",
                                                    rdata.len) };
}

static void add_answer(struct walk *w, const struct dns_name *owner, uint16_t type, uint32_t ttl_s,
                       struct span rdata)
{
    struct dns_msg_rr rr = keep_rr(w, owner, type, ttl_s, rdata);

    g_array_append_val(w->answer, rr);
}

/* ---- Beginning and ending */

static void make_ready(struct dns_resolver *r, struct walk *w, bool from_start)
{
    assert(!w->ready && !w->asking);
    w->ready = true;
    w->from_start = from_start;
    w->next_ready = NULL;
    *r->last_ready = w;
    r->last_ready = &w->next_ready;
}

static struct walk *find_walk(struct dns_resolver *r, const struct dns_name *name, uint16_t type,
                              uint32_t hash)
{
    for (struct walk *w = r->table[hash % WALKS]; w != NULL; w = w->chain)
        if (w->hash == hash && w->type == type && dns_name_equal(&w->name, name))
            return w;
    return NULL;
}

static uint32_t question_hash(const struct dns_name *name, uint16_t type)
{
    return dns_name_hash(name) ^ type;
}

static struct walk *begin_walk(struct dns_resolver *r, const struct dns_name *name, uint16_t type,
                               struct walk *payer)
{
    struct walk *w = pool_take(&r->walks);
    uint32_t hash = question_hash(name, type);

    memset(w, 0, sizeof *w);
    dns_name_copy(&w->name, name);
    dns_name_copy(&w->at, name);
    w->type = type;
    w->hash = hash;
    w->max_labels = DNS_NAME_MAX;
    w->since = r->now;
    w->last_waiter = &w->waiters;
    w->payer = payer;
    w->depth = payer != NULL ? payer->depth + 1 : 0;
    w->lookup = r->about.lookup;
    w->mail = r->about.mail;
    w->answer = g_array_new(FALSE, FALSE, sizeof(struct dns_msg_rr));
    w->chain = r->table[hash % WALKS];
    r->table[hash % WALKS] = w;
    w->older = r->newest;
    *(r->newest != NULL ? &r->newest->newer : &r->oldest) = w;
    r->newest = w;
    make_ready(r, w, true);
    return w;
}

static void add_waiter(struct dns_resolver *r, struct walk *w, void *client, struct walk *parent)
{
    struct waiter *i = pool_take(&r->waiters);

    *i = (struct waiter){ .client = client, .parent = parent };
    *w->last_waiter = i;
    w->last_waiter = &i->next;
}

/* The look-up for a server's address is over: put what it found in the place of the name. */
static void tell_parent(struct dns_resolver *r, struct walk *parent, const struct walk *child)
{
    ip_addr addrs[DNS_SERVERS_MAX];
    unsigned n = 0;

    for (guint i = 0; i < child->answer->len && n < DNS_SERVERS_MAX; i++) {
        const struct dns_msg_rr *rr = &g_array_index(child->answer, struct dns_msg_rr, i);
        if (rr->type == DNS_A)
            addrs[n++] = dns_rdata_a(rr->rdata);
    }
    dns_slist_resolve(&parent->servers, &child->name, addrs, n);
    if (n == 0 && child->trouble != NULL)
        parent->trouble = child->trouble;
    parent->awaits = NULL;
    make_ready(r, parent, false);
}

static void finish(struct dns_resolver *r, struct walk *w, unsigned rcode)
{
    struct dns_found f = { .rcode = rcode,
                           .answer = (const struct dns_msg_rr *)(void *)w->answer->data,
                           .n_answer = w->answer->len,
                           .soa = w->soa.name != NULL ? &w->soa : NULL };

    unlink_walk(r, w);
    for (struct waiter *i = w->waiters; i != NULL; i = i->next) {
        if (i->parent != NULL)
            tell_parent(r, i->parent, w);
        else
            r->calls->answer(r->self, i->client, &f);
    }
    free_walk(r, w);
}

static void give_up(struct dns_resolver *r, struct walk *w, const char *why)
{
    note(r, (struct dns_note){
                .kind = DNS_NOTE_GIVE_UP, .name = &w->name, .type = w->type, .tries = w->tries, .why = why });
    g_array_set_size(w->answer, 0);
    w->trouble = why;
    finish(r, w, DNS_SERVFAIL);
}

/* ---- Step 1: what is known already */

enum known { KNOWN_ALL, KNOWN_ALIAS /* and where it leads is to be looked for */, KNOWN_NOTHING };

static void set_soa(struct walk *w, const struct dns_name *owner, uint32_t ttl_s, struct span rdata)
{
    w->soa = keep_rr(w, owner, DNS_SOA, ttl_s, rdata);
}

/* The host's own zones speak first: with the answer, or with a delegation (then r->own has it, and *referred
 * is set). */
static enum known in_own_zones(struct dns_resolver *r, struct walk *w, bool *referred)
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
        add_answer(w, rr[i].name, rr[i].type, rr[i].ttl_s, rr[i].rdata);
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
                set_soa(w, rr[i].name, rr[i].ttl_s, rr[i].rdata);
        w->rcode = (uint16_t)r->own.rcode;
        return KNOWN_ALL;
    }
    *referred = found == DNS_AUTH_REFERRED;
    return moved ? KNOWN_ALIAS : KNOWN_NOTHING;
}

static enum known in_cache(struct dns_resolver *r, struct walk *w, bool telling)
{
    const struct dns_cached *e = dns_cache_find(r->cache, &w->at, w->type, DNS_RANK_ANSWER, r->now);
    uint32_t at = 0;
    struct span rdata;

    if (e == NULL) {
        if (telling)
            note_entry(r, DNS_NOTE_MISS, &w->at, w->type, NULL);
        return KNOWN_NOTHING;
    }
    note_entry(r, DNS_NOTE_HIT, &w->at, e->type != 0 ? e->type : w->type, e);
    uint32_t ttl_s = dns_cached_ttl(e, r->now);
    if (e->kind != DNS_CACHED_SET) {
        dns_cached_next(e, &at, &rdata);
        set_soa(w, e->soa_owner, ttl_s, rdata);
        w->rcode = e->kind == DNS_CACHED_NXDOMAIN ? DNS_NXDOMAIN : DNS_NOERROR;
        return KNOWN_ALL;
    }
    while (dns_cached_next(e, &at, &rdata))
        add_answer(w, &w->at, e->type, ttl_s, rdata);
    if (e->type == w->type)
        return KNOWN_ALL;
    at = 0;
    dns_cached_next(e, &at, &rdata);
    dns_rdata_name(DNS_CNAME, rdata, &w->at);
    w->aliases++;
    return KNOWN_ALIAS;
}

/* Follow what is known as far as it leads. True: the walk has ended. */
static bool look_here(struct dns_resolver *r, struct walk *w, bool *referred)
{
    enum known k = KNOWN_ALIAS;

    while (k == KNOWN_ALIAS && w->aliases <= DNS_ALIASES_MAX) {
        k = in_own_zones(r, w, referred);
        if (k == KNOWN_ALL || (k == KNOWN_ALIAS && !*referred))
            continue;
        k = in_cache(r, w, w->told);
        w->told = true;
    }
    if (k == KNOWN_ALL)
        finish(r, w, w->rcode);
    else if (k == KNOWN_ALIAS)
        give_up(r, w, "loop");
    return k != KNOWN_NOTHING;
}

/* ---- Step 2: the best servers to ask */

/* A server's addresses as far as they are known, else its name, to be looked up. */
static void add_server(struct dns_resolver *r, struct walk *w, const struct dns_name *name)
{
    const struct dns_cached *e = dns_cache_find(r->cache, name, DNS_A, DNS_RANK_GLUE, r->now);
    uint32_t at = 0;
    struct span rdata;

    if (e == NULL || e->kind != DNS_CACHED_SET || e->type != DNS_A)
        dns_slist_add(&w->servers, keep_name(w, name), 0);
    else
        while (dns_cached_next(e, &at, &rdata))
            dns_slist_add(&w->servers, NULL, dns_rdata_a(rdata));
}

static bool add_glue(struct walk *w, const struct dns_msg *m, const struct dns_name *name,
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
static void take_referral(struct dns_resolver *r, struct walk *w, const struct dns_msg *m,
                          const struct dns_name *cut, const struct dns_name *zone)
{
    const struct dns_msg_rr *rr = dns_msg_section(m, DNS_AUTHORITY);
    struct dns_name name;

    dns_slist_begin(&w->servers, cut);
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

static bool take_cached_servers(struct dns_resolver *r, struct walk *w, const struct dns_name *zone)
{
    const struct dns_cached *e = dns_cache_find(r->cache, zone, DNS_NS, DNS_RANK_GLUE, r->now);
    uint32_t at = 0;
    struct span rdata;
    struct dns_name name;

    if (e == NULL || e->kind != DNS_CACHED_SET || e->type != DNS_NS || !is_usable(r, e, zone))
        return false;
    note_entry(r, DNS_NOTE_HIT, zone, DNS_NS, e);
    dns_slist_begin(&w->servers, zone);
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
static void find_servers(struct dns_resolver *r, struct walk *w, bool referred)
{
    const struct dns_name *cut = own_cut(r, referred);
    unsigned cut_labels = cut != NULL ? dns_name_labels(cut) : 0, labels = dns_name_labels(&w->at);
    struct dns_name zone;

    for (unsigned l = labels < w->max_labels ? labels : w->max_labels; l > 0; l--) {
        if (cut != NULL && l == cut_labels) {
            take_referral(r, w, &r->own, cut, NULL);
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

static void send(struct dns_resolver *r, struct walk *w, struct dns_slist_server *s, bool tcp)
{
    struct dns_ask *a = &w->ask;

    for (struct walk *p = w; p != NULL; p = p->payer)
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
    a->len = dns_msg_write(&r->query, a->bytes, sizeof a->bytes, DNS_UDP_MAX);
    w->asking = true;
    r->calls->send(r->self, a);
}

/* Does `w` wait for `other`, maybe by way of others? */
static bool waits_for(const struct walk *w, const struct walk *other)
{
    while (w != NULL && w != other)
        w = w->awaits;
    return w != NULL;
}

/* Look a server's address up first. False: that can't be done. */
static bool look_up_server(struct dns_resolver *r, struct walk *w, const struct dns_name *name)
{
    struct walk *other = find_walk(r, name, DNS_A, question_hash(name, DNS_A));

    if (other != NULL && waits_for(other, w)) {
        w->trouble = "loop";
        return false;
    }
    if (other == NULL && w->depth >= DNS_DEPTH_MAX) {
        w->trouble = "depth";
        return false;
    }
    if (other == NULL)
        other = begin_walk(r, name, DNS_A, w);
    w->awaits = other;
    add_waiter(r, other, NULL, w);
    return true;
}

static bool over_limit(const struct dns_resolver *r, const struct walk *w)
{
    for (; w != NULL; w = w->payer)
        if (w->tries >= r->config.tries)
            return true;
    return false;
}

/* Ask the next server; or begin anew one zone up; or give up. */
static void ask_next(struct dns_resolver *r, struct walk *w)
{
    struct dns_slist_server *s;

    while ((s = dns_slist_next(&w->servers)) != NULL && s->addr == 0) {
        if (look_up_server(r, w, s->name))
            return;
        s->dead = true;
    }
    if (over_limit(r, w)) {
        give_up(r, w, "limit");
    } else if (s != NULL) {
        send(r, w, s, false);
        s->asked++;
    } else if (w->servers.asked == 0 && w->servers.labels > 0 && !w->went_up) {
        w->went_up = true;
        w->max_labels = w->servers.labels - 1;
        make_ready(r, w, true);
    } else {
        give_up(r, w, w->trouble != NULL ? w->trouble : "no servers");
    }
}

static void run(struct dns_resolver *r, struct walk *w)
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
static void run_ready(struct dns_resolver *r)
{
    struct walk *w;

    while ((w = r->ready) != NULL) {
        r->ready = w->next_ready;
        if (r->ready == NULL)
            r->last_ready = &r->ready;
        w->ready = false;
        run(r, w);
    }
}

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
            note_entry(r, DNS_NOTE_STORE, owner, type, e);
    }
    return ttl_s;
}

/* For a question of type ANY: each set of the name, once. */
static void take_all_types(struct dns_resolver *r, struct walk *w, const struct dns_name *owner,
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
            add_answer(w, owner, rr[i].type, ttl_s, g_array_index(r->set, struct span, k));
    }
}

/* The aliases and the answer: into the cache and into the walk's answer. */
static void take_answer(struct dns_resolver *r, struct walk *w, const struct dns_verdict *v)
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
            add_answer(w, v->sets[i].owner, v->sets[i].type, ttl_s, g_array_index(r->set, struct span, k));
    }
    w->aliases += v->aliases;
    dns_name_copy(&w->at, &v->end);
}

/* RFC 2308 §5: for as long as the lesser of the SOA's own TTL and its MINIMUM, the last field of its data. */
static void take_negative(struct dns_resolver *r, struct walk *w, const struct dns_verdict *v)
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
    set_soa(w, v->soa->name, ttl_s, v->soa->rdata);
    const struct dns_cached *e = dns_cache_put_negative(r->cache, &v->end, w->type, kind, ttl_s, v->soa->name,
                                                        v->soa->rdata, r->now);
    if (e != NULL)
        note_entry(r, DNS_NOTE_STORE, &v->end, w->type, e);
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

static void note_ignored(struct dns_resolver *r, const struct dns_ask *a, ip_addr from,
                         const struct dns_name *name, uint16_t type, const char *why)
{
    note(r, (struct dns_note){
                .kind = DNS_NOTE_IGNORE, .name = name, .type = type, .id = a->id, .peer = from, .why = why });
}

/* Say which records were outside the zone whose server was asked. Nothing has been done with them. */
static void note_outsiders(struct dns_resolver *r, const struct dns_ask *a)
{
    for (unsigned s = 0; s < DNS_SECTIONS && r->calls->note != NULL; s++) {
        const struct dns_msg_rr *rr = dns_msg_section(&r->response, (enum dns_section)s);
        for (unsigned i = 0; i < r->response.n[s]; i++)
            if (!dns_name_is_under(rr[i].name, a->zone))
                note_ignored(r, a, a->to, rr[i].name, rr[i].type, "bailiwick");
    }
}

/* This server is of no use for the question: to the next one. */
static void disqualify(struct dns_resolver *r, struct walk *w, const char *why)
{
    struct dns_slist_server *s = dns_slist_find(&w->servers, w->ask.to);

    note_ignored(r, &w->ask, w->ask.to, w->ask.name, w->type, why);
    if (s != NULL)
        s->dead = true;
    w->trouble = why;
    make_ready(r, w, false);
}

static const char *fault_of(const struct dns_msg *m)
{
    return m->rcode == DNS_SERVFAIL ? "servfail" : m->rcode == DNS_REFUSED ? "refused" : "lame";
}

static void judge(struct dns_resolver *r, struct walk *w)
{
    struct dns_verdict *v = &r->verdict;
    const struct dns_name *zone = &w->servers.zone;

    dns_judge(&r->response, zone, &w->at, w->type, v);
    if (v->kind != DNS_VERDICT_LAME)
        note_outsiders(r, &w->ask);
    switch (v->kind) {
    case DNS_VERDICT_LAME:
        disqualify(r, w, fault_of(&r->response));
        return;
    case DNS_VERDICT_SIDEWAYS:
        disqualify(r, w, "sideways");
        return;
    case DNS_VERDICT_LOOP:
        give_up(r, w, "loop");
        return;
    case DNS_VERDICT_ANSWER:
        if (r->response.aa)
            store_authority(r, zone, &w->at);
        take_answer(r, w, v);
        if (w->aliases > DNS_ALIASES_MAX)
            give_up(r, w, "loop");
        else
            finish(r, w, DNS_NOERROR);
        return;
    case DNS_VERDICT_NXDOMAIN:
    case DNS_VERDICT_NODATA:
        take_answer(r, w, v);
        take_negative(r, w, v);
        finish(r, w, w->rcode);
        return;
    case DNS_VERDICT_ALIAS:
        take_answer(r, w, v);
        w->max_labels = DNS_NAME_MAX;
        w->went_up = false;
        make_ready(r, w, true);
        return;
    case DNS_VERDICT_REFERRAL:
        take_answer(r, w, v);
        store_servers(r, v->cut, zone, DNS_RANK_GLUE);
        r->cut_parent = *zone;
        take_referral(r, w, &r->response, v->cut, &r->cut_parent);
        make_ready(r, w, false);
        return;
    }
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
            note_entry(r, DNS_NOTE_MISS, name, type, NULL);
            break;
        }
        note_entry(r, DNS_NOTE_HIT, name, e->type != 0 ? e->type : type, e);
        uint32_t ttl_s = dns_cached_ttl(e, now), at = 0;
        if (e->kind != DNS_CACHED_SET) {
            dns_cached_next(e, &at, &rdata);
            dns_msg_add(response, DNS_AUTHORITY, e->soa_owner, DNS_SOA, ttl_s, rdata);
            response->rcode = e->kind == DNS_CACHED_NXDOMAIN ? DNS_NXDOMAIN : DNS_NOERROR;
            return true;
        }
        /* Turning (RFC 1794): begin with record `turn`, and at the end go on with those before it. */
        unsigned turn = r->config.rotate && e->n > 1 && (type == DNS_A || type == DNS_AAAA) ? e->turn++ % e->n
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

void dns_resolver_ask(struct dns_resolver *r, const struct dns_name *name, uint16_t type,
                      struct dns_about about, sim_time now, void *client)
{
    struct walk *w = find_walk(r, name, type, question_hash(name, type));

    r->about = about;
    r->now = now;
    if (w == NULL)
        w = begin_walk(r, name, type, NULL);
    add_waiter(r, w, client, NULL);
    run_ready(r);
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

static struct walk *walk_of(struct dns_ask *a)
{
    return (struct walk *)(void *)((char *)a - offsetof(struct walk, ask));
}

static void end_ask(struct dns_resolver *r, struct walk *w)
{
    w->asking = false;
    r->calls->end(r->self, &w->ask);
}

bool dns_resolver_message(struct dns_resolver *r, struct dns_ask *a, ip_addr from, uint16_t port,
                          struct span bytes, sim_time now)
{
    struct walk *w = walk_of(a);
    struct dns_msg *m = &r->response;
    const char *why = "source";

    r->now = now;
    r->about = (struct dns_about){ w->lookup, w->mail };
    bool well_formed = dns_msg_parse(m, bytes);
    if (from != a->to || port != DNS_PORT || bytes.len < DNS_HEADER ||
        (well_formed && !is_response_to(r, a, &why)) || (!well_formed && (!m->qr || m->id != a->id))) {
        note_ignored(r, a, from, a->name, a->type, well_formed || from != a->to ? why : "malformed");
        return false;
    }
    end_ask(r, w);
    struct dns_slist_server *s = dns_slist_find(&w->servers, a->to);
    dns_peer_of(r->peers, a->to)->silent_until = 0;
    if (!well_formed) {
        disqualify(r, w, "malformed");
    } else if (m->tc && !a->tcp && m->rcode == DNS_NOERROR && !over_limit(r, w)) {
        send(r, w, s, true); /* RFC 2181 §9: what came is not to be used */
    } else if (a->edns && !m->has_edns && (m->rcode == DNS_FORMERR || m->rcode == DNS_NOTIMP) &&
               !over_limit(r, w)) {
        dns_peer_of(r->peers, a->to)->no_edns = true; /* RFC 6891 §7 */
        send(r, w, s, a->tcp);
    } else {
        judge(r, w);
    }
    run_ready(r);
    return true;
}

void dns_resolver_silence(struct dns_resolver *r, struct dns_ask *a, bool unreachable, sim_time now)
{
    struct walk *w = walk_of(a);
    struct dns_slist_server *s = dns_slist_find(&w->servers, a->to);

    r->now = now;
    r->about = (struct dns_about){ w->lookup, w->mail };
    note(r, (struct dns_note){ .kind = DNS_NOTE_TIMEOUT,
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
    make_ready(r, w, false);
    run_ready(r);
}

void dns_resolver_each(const struct dns_resolver *r, dns_under_way_fn *each, void *self)
{
    for (const struct walk *w = r->oldest; w != NULL; w = w->newer) {
        struct dns_under_way u = { .name = &w->name,
                                   .type = w->type,
                                   .asked = w->asking ? w->ask.to : 0,
                                   .awaits = w->awaits != NULL ? &w->awaits->name : NULL,
                                   .since = w->since };
        for (const struct waiter *i = w->waiters; i != NULL; i = i->next)
            u.clients += i->parent == NULL;
        each(self, &u);
    }
}
