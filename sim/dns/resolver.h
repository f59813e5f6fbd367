/* dns/resolver.h: the walk from the root to the answer (RFC 1034 §5.3.3): look in the cache; find the best
 * servers; ask them; judge what comes back. It opens no socket and reads no clock: the time, responses and
 * silences go in, queries to send and answers come out through `struct dns_resolver_calls`.
 *
 * What it does not believe: a response to another question, id or from another address (RFC 5452 §9); records
 * outside the zone whose server said them (RFC 2181 §5.4.1, "bailiwick"); a referral that leads no closer to
 * the name. What bounds it: aliases in a chain, look-ups for a server's address within one another, queries
 * for one name in all. Left out: asking several servers at once, RFC 9156 minimised names, measured
 * round-trip times. */
#ifndef DNS_RESOLVER_H
#define DNS_RESOLVER_H

#include "core/rng.h"
#include "core/sheet.h"
#include "dns/auth.h"
#include "dns/cache.h"
#include "dns/msg.h"
#include "dns/server.h"

enum {
    DNS_ALIASES_MAX = 10,                       /* CNAMEs in one chain */
    DNS_DEPTH_MAX = 8,                          /* look-ups for servers' addresses within one another */
    DNS_ROUNDS = 2,                             /* times that each server of a zone is tried */
    DNS_SERVERS_MAX = 20,                       /* of one zone that are considered */
    DNS_QUERY_MAX = 12 + DNS_NAME_MAX + 4 + 11, /* octets of a query with EDNS */
};

struct dns_resolver;

/* A query to send: to `to`, port 53. Lives until it is answered or given up; `io` is the sender's to use. */
struct dns_ask {
    ip_addr to;
    bool tcp, edns;
    uint16_t id, type;
    const struct dns_name *name, *zone; /* what is asked, of a server of which zone */
    uint32_t lookup, mail;
    sim_time timeout;
    unsigned tries; /* queries so far for the name, this one included */
    uint8_t bytes[DNS_QUERY_MAX];
    size_t len;
    void *io;
};

/* What came of a question. Borrowed for the call. */
struct dns_found {
    unsigned rcode;                  /* NOERROR, NXDOMAIN; SERVFAIL: it was given up */
    const struct dns_msg_rr *answer; /* the aliases, then the records */
    unsigned n_answer;
    const struct dns_msg_rr *soa; /* of NODATA and NXDOMAIN; or NULL */
};

enum dns_note_kind {
    DNS_NOTE_HIT,
    DNS_NOTE_MISS,
    DNS_NOTE_STORE,
    DNS_NOTE_EXPIRE,
    DNS_NOTE_TIMEOUT, /* `why`: NULL, or "unreachable" */
    /* `why`: "source", "id", "question", "malformed": not the response; "bailiwick": a record that is not
     * believed; "servfail", "refused"; "lame": the server does not know the zone; "sideways": a referral that
     * leads no closer */
    DNS_NOTE_IGNORE,
    DNS_NOTE_GIVE_UP, /* `why`: "silent", "loop", "depth", "limit", "no servers", or one of those above */
};

/* For the trace. Of a hit, a store, an expiry: `entry`. */
struct dns_note {
    enum dns_note_kind kind;
    const struct dns_name *name;
    uint16_t type, id;
    unsigned tries;
    const struct dns_cached *entry;
    ip_addr peer; /* 0: none */
    const char *why;
    uint32_t lookup, mail;
};

struct dns_resolver_calls {
    /* Send it. Then call dns_resolver_message for what comes in, dns_resolver_silence if nothing does; not
     * from within. */
    void (*send)(void *self, struct dns_ask *a);
    /* It is over: close what was opened for it. */
    void (*end)(void *self, struct dns_ask *a);
    /* For a client of dns_resolver_ask; its last call. */
    void (*answer)(void *self, void *client, const struct dns_found *f);
    /* Are they the same query, sent again? Then one answer does for both (the second is not taken). NULL:
     * never. */
    bool (*same)(void *self, const void *client, const void *other);
    /* May be NULL. */
    void (*note)(void *self, const struct dns_note *n);
    /* What the host's own zones say (RFC 1034 §5.3.3 step 1: they come before the cache). NULL: it has none.
     */
    enum dns_auth_found (*own)(void *self, const struct dns_msg *query, struct dns_msg *response);
};

struct dns_resolver_config {
    const struct dns_hint *hints; /* copied */
    unsigned n_hints;
    bool chain;        /* ask with RD set, for servers that recurse themselves */
    bool rotate;       /* cached addresses begin with the next one each time */
    uint16_t udp_size; /* 0: no EDNS */
    uint32_t max_ttl_s, max_negative_ttl_s;
    sim_time timeout; /* doubled each round */
    unsigned tries;
    unsigned cache_entries;
    struct rng ids, order; /* message ids; which server first */
};

struct dns_resolver *dns_resolver_new(const struct dns_resolver_config *config,
                                      const struct dns_resolver_calls *calls, void *self);
/* Without a call, also for what is under way. */
void dns_resolver_free(struct dns_resolver **r);
/* Forget all: the cache, and questions under way, whose clients get no answer (`end` is called, and `answer`
 * is not). */
void dns_resolver_clear(struct dns_resolver *r);

struct dns_cache *dns_resolver_cache(struct dns_resolver *r);

/* What a question is about, for the trace. */
struct dns_about {
    uint32_t lookup, mail;
};

/* Step 1 alone: add the answer to the sections of `response`, and its rcode, if all of it is cached. Records
 * are borrowed from the cache: write them before anything else is done. False: `response` is as it was. */
bool dns_resolver_cached(struct dns_resolver *r, const struct dns_name *name, uint16_t type,
                         struct dns_about about, sim_time now, struct dns_msg *response);

/* Begin a walk, or join the one for the same question. `client` is given back by `answer`, maybe before this
 * returns. False: a client that is the same waits already; this one was not taken. */
bool dns_resolver_ask(struct dns_resolver *r, const struct dns_name *name, uint16_t type,
                      struct dns_about about, sim_time now, void *client);

/* Bytes that came for `a`, from whom. True if they were the response; then `a` is over, or was sent anew. */
bool dns_resolver_message(struct dns_resolver *r, struct dns_ask *a, ip_addr from, uint16_t port,
                          struct span bytes, sim_time now);
/* No answer: after `timeout`, or because nobody is there (`unreachable`). */
void dns_resolver_silence(struct dns_resolver *r, struct dns_ask *a, bool unreachable, sim_time now);

/* The questions under way, in the order in which they began. */
struct dns_under_way {
    const struct dns_name *name;
    uint16_t type;
    unsigned clients;              /* that wait for it */
    ip_addr asked;                 /* the server whose answer is awaited; 0: none */
    const struct dns_name *awaits; /* the server's name whose address is looked up first; or NULL */
    sim_time since;
};
typedef void dns_under_way_fn(void *self, const struct dns_under_way *u);
void dns_resolver_each(const struct dns_resolver *r, dns_under_way_fn *each, void *self);

#endif
