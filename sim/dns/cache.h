/* dns/cache.h: what a resolver remembers, and until when.
 *
 * Answers age on the simulated clock. RRsets are kept by name and type; that a name has no records of a type,
 * or is no name at all, is kept too, with the SOA that said so. Data of lower rank never displaces live data
 * of higher rank. Sources: RFC 1035 §7.4, RFC 2181 §5.2 (one TTL a set) and §5.4.1 (rank), RFC 2308 §5
 * (negative answers). An entry that is too old goes when a look-up finds it, or when room is needed: expiry
 * costs no event. Left out: prefetching, serving stale answers, NXDOMAIN for all that lies below a name (RFC
 * 8020), remembered failures. */
#ifndef DNS_CACHE_H
#define DNS_CACHE_H

#include "core/time.h"
#include "dns/rr.h"

struct dns_cache;

/* How far data is believed, from little to much: RFC 2181 §5.4.1. */
enum dns_rank {
    DNS_RANK_GLUE,   /* of a referral, or from the additional section: finds servers, never answers a question
                      */
    DNS_RANK_ANSWER, /* the answer of a server that is not authoritative, and what follows an alias */
    DNS_RANK_AUTHORITY, /* the authority section of an authoritative answer */
    DNS_RANK_OWN,       /* the answer section of an authoritative answer */
};

enum dns_cached_kind {
    DNS_CACHED_SET,      /* records */
    DNS_CACHED_NODATA,   /* the name has none of this type */
    DNS_CACHED_NXDOMAIN, /* there is no such name; `type` is 0 */
};

/* One entry. Of a negative one, the record is the SOA and `soa_owner` its name. Read only. */
struct dns_cached {
    struct dns_cached *next;          /* in the hash chain */
    struct dns_cached *newer, *older; /* in the order stored, or given a second chance */
    sim_time expires;
    uint32_t hash;
    uint32_t size; /* octets of this block */
    uint32_t data; /* where the records begin, octets from the start of the block */
    uint16_t type;
    uint16_t n;                       /* records */
    uint16_t turn;                    /* for those who rotate answers: how often it was given */
    uint8_t kind, rank;               /* enum dns_cached_kind, enum dns_rank */
    bool used;                        /* since it was stored, or given a second chance */
    const struct dns_name *soa_owner; /* or NULL */
    uint8_t bytes[];                  /* the name, the SOA's owner, then length and data of each record */
};

/* An entry is too old and goes (`why` NULL), or makes room ("full"). It may not touch the cache. */
typedef void dns_cache_on_drop(void *self, const struct dns_cached *e, const char *why);

enum { DNS_CACHE_ENTRIES = 131072 };

/* At most `max_entries`: beyond them the oldest goes that was not used since it was stored; one that was gets
 * a second chance. `on_drop` may be NULL. */
struct dns_cache *dns_cache_new(unsigned max_entries, dns_cache_on_drop *on_drop, void *self);
void dns_cache_free(struct dns_cache **c);
void dns_cache_clear(struct dns_cache *c);

/* Keep a copy of the `n` records for `ttl_s` seconds in place of the older set. NULL, and nothing changes, if
 * the TTL is 0 (RFC 1035 §3.2.1: this question and no other), or live data of higher rank is there. Borrowed
 * until the next call. */
const struct dns_cached *dns_cache_put(struct dns_cache *c, const struct dns_name *name, uint16_t type,
                                       enum dns_rank rank, uint32_t ttl_s, const struct span *rdata,
                                       unsigned n, sim_time now);

/* Keep that there is nothing of `type`, or with DNS_CACHED_NXDOMAIN no such name, which drops all that was
 * known of it. */
const struct dns_cached *dns_cache_put_negative(struct dns_cache *c, const struct dns_name *name,
                                                uint16_t type, enum dns_cached_kind kind, uint32_t ttl_s,
                                                const struct dns_name *soa_owner, struct span soa,
                                                sim_time now);

/* What is known to answer a question for name and type, of at least that rank: the set or its NODATA, else
 * the name's CNAME, else NXDOMAIN, else NULL. Borrowed until the next call. */
struct dns_cached *dns_cache_find(struct dns_cache *c, const struct dns_name *name, uint16_t type,
                                  enum dns_rank at_least, sim_time now);

static inline const struct dns_name *dns_cached_name(const struct dns_cached *e)
{
    return (const struct dns_name *)(const void *)e->bytes;
}

/* What is left of its TTL, rounded down to a second. */
static inline uint32_t dns_cached_ttl(const struct dns_cached *e, sim_time now)
{
    return (uint32_t)((e->expires - now) / SIM_SECOND);
}

/* The data of one record after the other; begin with *at = 0. False after the last. */
static inline bool dns_cached_next(const struct dns_cached *e, uint32_t *at, struct span *rdata_out)
{
    const uint8_t *p = (const uint8_t *)e + (*at != 0 ? *at : e->data), *end = (const uint8_t *)e + e->size;

    if (p >= end)
        return false;
    *rdata_out = span_bytes(p + 2, (size_t)(p[0] << 8 | p[1]));
    *at = (uint32_t)(p + 2 + rdata_out->len - (const uint8_t *)e);
    return true;
}

/* "answer", "cname", "referral" (NS told by the parent), "glue", "nodata", "nxdomain": the trace's `kind`. */
const char *dns_cached_kind_text(const struct dns_cached *e);

/* Live entries, counted anew; and all that are held. */
unsigned dns_cache_live(const struct dns_cache *c, sim_time now);
unsigned dns_cache_held(const struct dns_cache *c);

/* Live entries, in canonical order of names, then by type. For tables. Free with g_free. */
const struct dns_cached **dns_cache_list(const struct dns_cache *c, sim_time now, unsigned *n_out);

#endif
