#include "dns/slist.h"

struct dns_peer *dns_peer_of(struct dns_peer peers[DNS_PEERS], ip_addr addr)
{
    struct dns_peer *p =
        &peers[(addr * UINT32_C(2654435761)) >> 22]; /* the upper 10 bits: DNS_PEERS of them */

    if (p->addr != addr)
        *p = (struct dns_peer){ .addr = addr };
    return p;
}

void dns_slist_begin(struct dns_slist *l, const struct dns_name *zone)
{
    dns_name_copy(&l->zone, zone);
    l->labels = dns_name_labels(zone);
    l->n = l->asked = 0;
}

void dns_slist_add(struct dns_slist *l, const struct dns_name *name, ip_addr addr)
{
    if (addr == 0 && name == NULL)
        return; /* 0.0.0.0 is nobody's */
    for (unsigned i = 0; i < l->n; i++) {
        const struct dns_slist_server *s = &l->servers[i];
        if (addr != 0 ? s->addr == addr : s->name != NULL && dns_name_equal(s->name, name))
            return;
    }
    if (l->n < DNS_SERVERS_MAX)
        l->servers[l->n++] = (struct dns_slist_server){ .name = addr != 0 ? NULL : name, .addr = addr };
}

void dns_slist_order(struct dns_slist *l, struct rng *rng, struct dns_peer peers[DNS_PEERS], sim_time now)
{
    struct dns_slist_server late[DNS_SERVERS_MAX];
    unsigned n = 0, n_late = 0;

    if (l->n < 2)
        return;
    rng_shuffle(rng, l->servers, l->n, sizeof l->servers[0]);
    for (unsigned i = 0; i < l->n; i++) {
        struct dns_slist_server *s = &l->servers[i];
        if (s->addr != 0 && dns_peer_of(peers, s->addr)->silent_until > now)
            late[n_late++] = *s;
        else
            l->servers[n++] = *s;
    }
    memcpy(&l->servers[n], late, n_late * sizeof late[0]);
}

struct dns_slist_server *dns_slist_next(struct dns_slist *l)
{
    for (unsigned round = 0; round < DNS_ROUNDS; round++) {
        for (unsigned i = 0; i < l->n; i++)
            if (!l->servers[i].dead && l->servers[i].addr != 0 && l->servers[i].asked == round)
                return &l->servers[i];
        for (unsigned i = 0; i < l->n; i++)
            if (!l->servers[i].dead && l->servers[i].addr == 0)
                return &l->servers[i];
    }
    return NULL;
}

struct dns_slist_server *dns_slist_find(struct dns_slist *l, ip_addr addr)
{
    for (unsigned i = 0; i < l->n; i++)
        if (l->servers[i].addr == addr)
            return &l->servers[i];
    return NULL;
}

void dns_slist_resolve(struct dns_slist *l, const struct dns_name *name, const ip_addr *addrs, unsigned n)
{
    for (unsigned i = 0; i < l->n; i++)
        if (l->servers[i].addr == 0 && dns_name_equal(l->servers[i].name, name))
            l->servers[i].dead = true; /* its addresses stand for it */
    for (unsigned i = 0; i < n; i++)
        dns_slist_add(l, NULL, addrs[i]);
}
