#include "dns/cache.h"

#include <assert.h>
#include <glib.h>
#include <stdlib.h>

#include "core/pool.h"

/* Blocks come in steps of 32 octets up to 1024 from pools, which fits all but freak sets; those are malloc'd.
 */
enum { STEP = 32, CLASSES = 32, FIRST_BUCKETS = 64 };

struct dns_cache {
    struct dns_cached **buckets; /* by the name's hash alone, so one walk finds set, alias and NXDOMAIN */
    uint32_t mask;
    unsigned held, max;
    struct dns_cached *newest, *oldest;
    struct pool pools[CLASSES];
    dns_cache_on_drop *on_drop;
    void *self;
};

struct dns_cache *dns_cache_new(unsigned max_entries, dns_cache_on_drop *on_drop, void *self)
{
    struct dns_cache *c = g_new0(struct dns_cache, 1);

    assert(max_entries > 0);
    c->buckets = g_new0(struct dns_cached *, FIRST_BUCKETS);
    c->mask = FIRST_BUCKETS - 1;
    c->max = max_entries;
    c->on_drop = on_drop;
    c->self = self;
    for (unsigned i = 0; i < CLASSES; i++)
        pool_init(&c->pools[i], (i + 1) * STEP);
    return c;
}

static struct pool *pool_for(struct dns_cache *c, size_t size)
{
    return size <= CLASSES * STEP ? &c->pools[(size - 1) / STEP] : NULL;
}

static void release(struct dns_cache *c, struct dns_cached *e)
{
    struct pool *p = pool_for(c, e->size);

    if (p != NULL)
        pool_give(p, e);
    else
        g_free(e);
}

void dns_cache_clear(struct dns_cache *c)
{
    for (struct dns_cached *e = c->newest, *older; e != NULL; e = older) {
        older = e->older;
        release(c, e);
    }
    memset(c->buckets, 0, (c->mask + 1) * sizeof *c->buckets);
    c->newest = c->oldest = NULL;
    c->held = 0;
}

void dns_cache_free(struct dns_cache **c)
{
    if (*c == NULL)
        return;
    dns_cache_clear(*c);
    for (unsigned i = 0; i < CLASSES; i++)
        pool_release(&(*c)->pools[i]);
    g_free((*c)->buckets);
    g_free(*c);
    *c = NULL;
}

/* ---- The list by age. A look-up marks what it finds and moves nothing, so it touches no other entry: with
 * many entries each would be a miss of the processor's cache. */

static void unlink_age(struct dns_cache *c, struct dns_cached *e)
{
    *(e->newer != NULL ? &e->newer->older : &c->newest) = e->older;
    *(e->older != NULL ? &e->older->newer : &c->oldest) = e->newer;
}

static void link_newest(struct dns_cache *c, struct dns_cached *e)
{
    e->newer = NULL;
    e->older = c->newest;
    *(c->newest != NULL ? &c->newest->newer : &c->oldest) = e;
    c->newest = e;
}

/* ---- The table */

static struct dns_cached **chain_of(const struct dns_cache *c, uint32_t hash)
{
    return &c->buckets[hash & c->mask];
}

static void grow(struct dns_cache *c)
{
    uint32_t n = (c->mask + 1) * 2;

    g_free(c->buckets);
    c->buckets = g_new0(struct dns_cached *, n);
    c->mask = n - 1;
    /* Oldest first, so that in each chain the newest comes to stand in front. */
    for (struct dns_cached *e = c->oldest; e != NULL; e = e->newer) {
        struct dns_cached **chain = chain_of(c, e->hash);
        e->next = *chain;
        *chain = e;
    }
}

static void drop(struct dns_cache *c, struct dns_cached *e)
{
    struct dns_cached **at = chain_of(c, e->hash);

    while (*at != e)
        at = &(*at)->next;
    *at = e->next;
    unlink_age(c, e);
    c->held--;
    release(c, e);
}

static void drop_saying(struct dns_cache *c, struct dns_cached *e, const char *why)
{
    if (c->on_drop != NULL)
        c->on_drop(c->self, e, why);
    drop(c, e);
}

static inline bool is_of(const struct dns_cached *e, uint32_t hash, const struct dns_name *name)
{
    return e->hash == hash && dns_name_equal(dns_cached_name(e), name);
}

/* ---- Finding */

struct dns_cached *dns_cache_find(struct dns_cache *c, const struct dns_name *name, uint16_t type,
                                  enum dns_rank at_least, sim_time now)
{
    uint32_t hash = dns_name_hash(name);
    struct dns_cached *found = NULL;

    for (struct dns_cached *e = *chain_of(c, hash), *next; e != NULL; e = next) {
        next = e->next;
        bool exact = e->type == type;
        if (!(exact || e->type == DNS_CNAME || e->kind == DNS_CACHED_NXDOMAIN) || !is_of(e, hash, name))
            continue;
        if (e->expires <= now) {
            drop_saying(c, e, NULL);
            continue;
        }
        /* That a name is no alias (NODATA for CNAME) answers only those who ask for the alias. */
        if (e->rank < at_least || (!exact && e->kind == DNS_CACHED_NODATA))
            continue;
        found = e;
        if (exact)
            break;
    }
    if (found != NULL)
        found->used = true;
    return found;
}

/* ---- Keeping */

/* Of the name: what stands in the way of new data of this type and rank goes. False if it must stay. */
static bool make_way(struct dns_cache *c, uint32_t hash, const struct dns_name *name, uint16_t type,
                     bool whole_name, enum dns_rank rank, sim_time now)
{
    for (struct dns_cached *e = *chain_of(c, hash); e != NULL; e = e->next)
        if (e->type == type && e->rank > rank && e->expires > now && is_of(e, hash, name))
            return false;

    for (struct dns_cached *e = *chain_of(c, hash), *next; e != NULL; e = next) {
        next = e->next;
        /* Records and "no such name" exclude each other. Glue proves nothing: it leaves NXDOMAIN alone. */
        bool rival = whole_name || e->type == type ||
                     (e->kind == DNS_CACHED_NXDOMAIN && rank > DNS_RANK_GLUE);
        if (rival && is_of(e, hash, name))
            drop(c, e);
    }
    return true;
}

static void make_room(struct dns_cache *c)
{
    struct dns_cached *e;

    while ((e = c->oldest)->used) {
        e->used = false;
        unlink_age(c, e);
        link_newest(c, e);
    }
    drop_saying(c, e, "full");
}

static struct dns_cached *add(struct dns_cache *c, uint32_t hash, const struct dns_name *name,
                              const struct dns_name *soa_owner, size_t data, uint32_t ttl_s, sim_time now)
{
    size_t at = offsetof(struct dns_cached, bytes) + 1u + name->len;
    size_t begin = at + (soa_owner != NULL ? 1u + soa_owner->len : 0);
    size_t size = begin + data;
    struct pool *p = pool_for(c, size);

    if (c->held == c->max)
        make_room(c);
    if (c->held > c->mask)
        grow(c);
    struct dns_cached *e = p != NULL ? pool_take(p) : g_malloc(size);
    struct dns_cached **chain = chain_of(c, hash);
    *e = (struct dns_cached){ .next = *chain, .hash = hash, .size = (uint32_t)size, .data = (uint32_t)begin };
    e->expires = now + (sim_time)ttl_s * SIM_SECOND;
    memcpy(e->bytes, name, 1u + name->len);
    if (soa_owner != NULL) {
        memcpy((uint8_t *)e + at, soa_owner, 1u + soa_owner->len);
        e->soa_owner = (const void *)((uint8_t *)e + at);
    }
    *chain = e;
    link_newest(c, e);
    c->held++;
    return e;
}

static void put_records(struct dns_cached *e, const struct span *rdata, unsigned n)
{
    uint8_t *to = (uint8_t *)e + e->data;

    for (unsigned i = 0; i < n; i++) {
        *to++ = (uint8_t)(rdata[i].len >> 8);
        *to++ = (uint8_t)rdata[i].len;
        memcpy(to, rdata[i].at, rdata[i].len);
        to += rdata[i].len;
    }
    e->n = (uint16_t)n;
}

const struct dns_cached *dns_cache_put(struct dns_cache *c, const struct dns_name *name, uint16_t type,
                                       enum dns_rank rank, uint32_t ttl_s, const struct span *rdata,
                                       unsigned n, sim_time now)
{
    uint32_t hash = dns_name_hash(name);
    size_t data = 0;

    assert(n > 0 && n <= UINT16_MAX);
    if (ttl_s == 0 || !make_way(c, hash, name, type, false, rank, now))
        return NULL;
    for (unsigned i = 0; i < n; i++)
        data += 2 + rdata[i].len;
    struct dns_cached *e = add(c, hash, name, NULL, data, ttl_s, now);
    e->type = type;
    e->kind = DNS_CACHED_SET;
    e->rank = rank;
    put_records(e, rdata, n);
    return e;
}

const struct dns_cached *dns_cache_put_negative(struct dns_cache *c, const struct dns_name *name,
                                                uint16_t type, enum dns_cached_kind kind, uint32_t ttl_s,
                                                const struct dns_name *soa_owner, struct span soa,
                                                sim_time now)
{
    uint32_t hash = dns_name_hash(name);
    bool whole_name = kind == DNS_CACHED_NXDOMAIN;

    assert(kind != DNS_CACHED_SET);
    if (ttl_s == 0 || !make_way(c, hash, name, type, whole_name, DNS_RANK_OWN, now))
        return NULL;
    struct dns_cached *e = add(c, hash, name, soa_owner, 2 + soa.len, ttl_s, now);
    e->type = whole_name ? 0 : type;
    e->kind = kind;
    e->rank = DNS_RANK_OWN;
    put_records(e, &soa, 1);
    return e;
}

/* ---- For people */

const char *dns_cached_kind_text(const struct dns_cached *e)
{
    switch ((enum dns_cached_kind)e->kind) {
    case DNS_CACHED_NODATA:
        return "nodata";
    case DNS_CACHED_NXDOMAIN:
        return "nxdomain";
    case DNS_CACHED_SET:
        break;
    }
    if (e->rank == DNS_RANK_GLUE)
        return e->type == DNS_NS ? "referral" : "glue";
    return e->type == DNS_CNAME ? "cname" : "answer";
}

unsigned dns_cache_live(const struct dns_cache *c, sim_time now)
{
    unsigned n = 0;

    for (const struct dns_cached *e = c->newest; e != NULL; e = e->older)
        n += e->expires > now;
    return n;
}

unsigned dns_cache_held(const struct dns_cache *c)
{
    return c->held;
}

static int by_name(const void *a, const void *b)
{
    const struct dns_cached *x = *(const struct dns_cached *const *)a,
                            *y = *(const struct dns_cached *const *)b;
    int order = dns_name_compare(dns_cached_name(x), dns_cached_name(y));

    return order != 0 ? order : (x->type > y->type) - (x->type < y->type);
}

const struct dns_cached **dns_cache_list(const struct dns_cache *c, sim_time now, unsigned *n_out)
{
    const struct dns_cached **list = g_new(const struct dns_cached *, c->held + 1);
    unsigned n = 0;

    for (const struct dns_cached *e = c->newest; e != NULL; e = e->older)
        if (e->expires > now)
            list[n++] = e;
    qsort(list, n, sizeof *list, by_name);
    *n_out = n;
    return list;
}
