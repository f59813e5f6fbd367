/* dns/walk.h: within the resolver: one question on its way to its answer. For resolver.c, walk.c, step.c and
 * learn.c alone. */
#ifndef DNS_WALK_H
#define DNS_WALK_H

#include <glib.h>

#include "core/pool.h"
#include "dns/resolver.h"
#include "dns/slist.h"
#include "dns/verdict.h"

enum { DNS_WALKS = 1024 }; /* chains of the table of walks */

struct dns_walk;

struct dns_waiter {
    struct dns_waiter *next;
    void *client;
    struct dns_walk *parent; /* NULL: a client */
};

/* What a walk keeps until it ends: copies of names and data. */
struct dns_kept {
    struct dns_kept *next;
    uint8_t bytes[];
};

/* A question on its way to its answer. It either stands in the ready queue, or awaits an answer to `ask`, or
 * awaits another walk for the address of a server. */
struct dns_walk {
    struct dns_walk *chain; /* in the table */
    struct dns_walk *newer, *older;
    struct dns_walk *next_ready;
    bool ready, from_start; /* run next; from step 1, or from step 3 */
    bool asking, told;      /* `ask` is out; the first miss has been noted */
    bool from_cache;        /* the servers were cached, not told just now */
    bool went_up; /* none of them had an address to be had, so those of the zone above were asked again */
    uint32_t hash, lookup, mail;
    uint16_t type, rcode;
    struct dns_name name, at; /* as asked; where its aliases have led */
    unsigned aliases, depth, max_labels;
    unsigned tries,
        lookups; /* queries, and look-ups of servers' addresses, its own and those it had to make for them */
    sim_time since;
    struct dns_waiter *waiters, **last_waiter;
    struct dns_walk *payer;  /* to whom its queries are charged too */
    struct dns_walk *awaits; /* the look-up for a server's address */
    struct dns_slist servers;
    struct dns_ask ask;
    const char *trouble;   /* the last thing that went wrong, for dns.give_up */
    GArray *answer;        /* of struct dns_msg_rr */
    struct dns_msg_rr soa; /* `name` NULL: none */
    struct dns_kept *blocks;
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
    struct dns_walk *table[DNS_WALKS];
    struct dns_walk *newest, *oldest;
    struct dns_walk *ready, **last_ready;
    struct dns_about about; /* of what is being worked at: for what the cache has to say */
    struct dns_peer peers[DNS_PEERS];
};

/* ---- walk.c: a walk's life, and what it keeps */

void dns_walk_note(struct dns_resolver *r, struct dns_note n);
void dns_walk_note_entry(struct dns_resolver *r, enum dns_note_kind kind, const struct dns_name *name,
                         uint16_t type, const struct dns_cached *e);
void dns_walk_note_ignored(struct dns_resolver *r, const struct dns_ask *a, ip_addr from,
                           const struct dns_name *name, uint16_t type, const char *why);

/* The walk under way for a question, or NULL. */
struct dns_walk *dns_walk_find(struct dns_resolver *r, const struct dns_name *name, uint16_t type);
/* A new one, ready to run. `payer`: the walk that needs it, to which its queries are charged too; or NULL. */
struct dns_walk *dns_walk_begin(struct dns_resolver *r, const struct dns_name *name, uint16_t type,
                                struct dns_walk *payer);
/* Have it run by dns_walk_run_ready: from step 1, or from step 3. */
void dns_walk_make_ready(struct dns_resolver *r, struct dns_walk *w, bool from_start);
/* Who gets the answer: a client, or another walk, whose server's address it is. */
void dns_walk_add_waiter(struct dns_resolver *r, struct dns_walk *w, void *client, struct dns_walk *parent);
/* Give all who wait what it found; with SERVFAIL nothing. Frees it. */
void dns_walk_finish(struct dns_resolver *r, struct dns_walk *w, unsigned rcode);
void dns_walk_give_up(struct dns_resolver *r, struct dns_walk *w, const char *why);
void dns_walk_unlink(struct dns_resolver *r, struct dns_walk *w);
void dns_walk_free(struct dns_resolver *r, struct dns_walk *w);

/* Copies that live as long as the walk. */
const struct dns_name *dns_walk_keep_name(struct dns_walk *w, const struct dns_name *n);
void dns_walk_add_answer(struct dns_walk *w, const struct dns_name *owner, uint16_t type, uint32_t ttl_s,
                         struct span rdata);
void dns_walk_set_soa(struct dns_walk *w, const struct dns_name *owner, uint32_t ttl_s, struct span rdata);

/* ---- step.c: steps 1 to 3 */

/* Walks begin and go on only from here, one after the other, so no walk is changed under another's feet. */
void dns_walk_run_ready(struct dns_resolver *r);
/* The servers that a message refers to: those of `cut`. Addresses outside `zone` are not believed (NULL: our
 * own data). */
void dns_walk_take_referral(struct dns_resolver *r, struct dns_walk *w, const struct dns_msg *m,
                            const struct dns_name *cut, const struct dns_name *zone);
void dns_walk_send(struct dns_resolver *r, struct dns_walk *w, struct dns_slist_server *s, bool tcp);
/* It, or one that it is charged to, has asked or looked up as often as it may. Counting queries would not do:
 * with names of servers in the cache but not their addresses, look-ups could beget look-ups without any. */
bool dns_walk_is_over_limit(const struct dns_resolver *r, const struct dns_walk *w);

/* ---- learn.c: step 4 */

/* r->response answers the walk's query: keep what is to be believed, then go on or end. */
void dns_walk_judge(struct dns_resolver *r, struct dns_walk *w);
/* The server just asked is of no use for the question: on to the next one. */
void dns_walk_disqualify(struct dns_resolver *r, struct dns_walk *w, const char *why);

#endif
