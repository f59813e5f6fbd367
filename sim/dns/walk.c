#include "dns/walk.h"

#include <assert.h>

/* ---- Notes for the trace */

void dns_walk_note(struct dns_resolver *r, struct dns_note n)
{
    if (r->calls->note == NULL)
        return;
    n.lookup = r->about.lookup;
    n.mail = r->about.mail;
    r->calls->note(r->self, &n);
}

void dns_walk_note_entry(struct dns_resolver *r, enum dns_note_kind kind, const struct dns_name *name,
                         uint16_t type, const struct dns_cached *e)
{
    dns_walk_note(r, (struct dns_note){ .kind = kind, .name = name, .type = type, .entry = e });
}

void dns_walk_note_ignored(struct dns_resolver *r, const struct dns_ask *a, ip_addr from,
                           const struct dns_name *name, uint16_t type, const char *why)
{
    dns_walk_note(
        r, (struct dns_note){
               .kind = DNS_NOTE_IGNORE, .name = name, .type = type, .id = a->id, .peer = from, .why = why });
}

/* ---- What a walk keeps */

static void *keep(struct dns_walk *w, const void *bytes, size_t len)
{
    struct dns_kept *b = g_malloc(sizeof *b + len);

    b->next = w->blocks;
    w->blocks = b;
    return memcpy(b->bytes, bytes, len);
}

const struct dns_name *dns_walk_keep_name(struct dns_walk *w, const struct dns_name *n)
{
    return keep(w, n, 1u + n->len);
}

static struct dns_msg_rr keep_rr(struct dns_walk *w, const struct dns_name *owner, uint16_t type,
                                 uint32_t ttl_s, struct span rdata)
{
    return (struct dns_msg_rr){ .name = dns_walk_keep_name(w, owner),
                                .type = type,
                                .rclass = DNS_IN,
                                .ttl_s = ttl_s,
                                .rdata = span_bytes(rdata.len > 0 ? keep(w, rdata.at, rdata.len) : "",
                                                    rdata.len) };
}

void dns_walk_add_answer(struct dns_walk *w, const struct dns_name *owner, uint16_t type, uint32_t ttl_s,
                         struct span rdata)
{
    struct dns_msg_rr rr = keep_rr(w, owner, type, ttl_s, rdata);

    g_array_append_val(w->answer, rr);
}

void dns_walk_set_soa(struct dns_walk *w, const struct dns_name *owner, uint32_t ttl_s, struct span rdata)
{
    w->soa = keep_rr(w, owner, DNS_SOA, ttl_s, rdata);
}

/* ---- Beginning and ending */

void dns_walk_make_ready(struct dns_resolver *r, struct dns_walk *w, bool from_start)
{
    assert(!w->ready && !w->asking);
    w->ready = true;
    w->from_start = from_start;
    w->next_ready = NULL;
    *r->last_ready = w;
    r->last_ready = &w->next_ready;
}

static uint32_t question_hash(const struct dns_name *name, uint16_t type)
{
    return dns_name_hash(name) ^ type;
}

struct dns_walk *dns_walk_find(struct dns_resolver *r, const struct dns_name *name, uint16_t type)
{
    uint32_t hash = question_hash(name, type);

    for (struct dns_walk *w = r->table[hash % DNS_WALKS]; w != NULL; w = w->chain)
        if (w->hash == hash && w->type == type && dns_name_equal(&w->name, name))
            return w;
    return NULL;
}

struct dns_walk *dns_walk_begin(struct dns_resolver *r, const struct dns_name *name, uint16_t type,
                                struct dns_walk *payer)
{
    struct dns_walk *w = pool_take(&r->walks);
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
    w->chain = r->table[hash % DNS_WALKS];
    r->table[hash % DNS_WALKS] = w;
    w->older = r->newest;
    *(r->newest != NULL ? &r->newest->newer : &r->oldest) = w;
    r->newest = w;
    dns_walk_make_ready(r, w, true);
    return w;
}

void dns_walk_add_waiter(struct dns_resolver *r, struct dns_walk *w, void *client, struct dns_walk *parent)
{
    struct dns_waiter *i = pool_take(&r->waiters);

    *i = (struct dns_waiter){ .client = client, .parent = parent };
    *w->last_waiter = i;
    w->last_waiter = &i->next;
}

/* The look-up for a server's address is over: put what it found in the place of the name. */
static void tell_parent(struct dns_resolver *r, struct dns_walk *parent, const struct dns_walk *child)
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
    dns_walk_make_ready(r, parent, false);
}

void dns_walk_finish(struct dns_resolver *r, struct dns_walk *w, unsigned rcode)
{
    struct dns_found f = { .rcode = rcode,
                           .answer = (const struct dns_msg_rr *)(void *)w->answer->data,
                           .n_answer = w->answer->len,
                           .soa = w->soa.name != NULL ? &w->soa : NULL };

    dns_walk_unlink(r, w);
    for (struct dns_waiter *i = w->waiters; i != NULL; i = i->next) {
        if (i->parent != NULL)
            tell_parent(r, i->parent, w);
        else
            r->calls->answer(r->self, i->client, &f);
    }
    dns_walk_free(r, w);
}

void dns_walk_give_up(struct dns_resolver *r, struct dns_walk *w, const char *why)
{
    dns_walk_note(
        r, (struct dns_note){
               .kind = DNS_NOTE_GIVE_UP, .name = &w->name, .type = w->type, .tries = w->tries, .why = why });
    g_array_set_size(w->answer, 0);
    w->trouble = why;
    dns_walk_finish(r, w, DNS_SERVFAIL);
}

void dns_walk_free(struct dns_resolver *r, struct dns_walk *w)
{
    for (struct dns_kept *b = w->blocks, *next; b != NULL; b = next) {
        next = b->next;
        g_free(b);
    }
    for (struct dns_waiter *i = w->waiters, *next; i != NULL; i = next) {
        next = i->next;
        pool_give(&r->waiters, i);
    }
    g_array_free(w->answer, TRUE);
    pool_give(&r->walks, w);
}

void dns_walk_unlink(struct dns_resolver *r, struct dns_walk *w)
{
    struct dns_walk **at = &r->table[w->hash % DNS_WALKS];

    while (*at != w)
        at = &(*at)->chain;
    *at = w->chain;
    *(w->newer != NULL ? &w->newer->older : &r->newest) = w->older;
    *(w->older != NULL ? &w->older->newer : &r->oldest) = w->newer;
}
