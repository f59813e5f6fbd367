/* dns/zone.c: the names of a zone, each found by hash and linked to its parent, so that a lookup is one probe
 * and a walk up. The names between the origin and a record exist too, without records (RFC 4592 §2.2.2), so
 * every node but the apex has a parent, and the closest encloser of a missing name is the first ancestor that
 * is found. */
#include "dns/zone.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

struct dns_node {
    struct dns_node *next;     /* in the same bucket */
    struct dns_node *parent;   /* NULL at the apex */
    struct dns_node *wildcard; /* its child "*" */
    struct dns_set *sets;      /* by type */
    unsigned n_sets, children;
    uint32_t hash;
    bool is_cut;          /* has NS and is not the apex */
    struct dns_name name; /* last: only its octets in use are there */
};

struct dns_zone {
    struct dns_node *apex;
    struct dns_node **buckets;
    unsigned n_buckets, n_nodes; /* a power of two; nodes in them */
};

enum { BUCKETS_FIRST = 16, NAME_SHOWN = 256 };

/* ---- Nodes. */

static struct dns_node *find_node(const struct dns_zone *z, const uint8_t *wire, unsigned len)
{
    uint32_t hash = dns_wire_hash(wire, len);
    struct dns_node *n = z->buckets[hash & (z->n_buckets - 1)];

    while (n != NULL && (n->hash != hash || n->name.len != len || !dns_wire_equal(n->name.wire, wire, len)))
        n = n->next;
    return n;
}

static void grow(struct dns_zone *z)
{
    unsigned n_old = z->n_buckets;
    struct dns_node **old = z->buckets;

    z->n_buckets = n_old ? 2 * n_old : BUCKETS_FIRST;
    z->buckets = g_new0(struct dns_node *, z->n_buckets);
    for (unsigned i = 0; i < n_old; i++) {
        for (struct dns_node *n = old[i], *next; n != NULL; n = next) {
            struct dns_node **bucket = &z->buckets[n->hash & (z->n_buckets - 1)];

            next = n->next;
            n->next = *bucket;
            *bucket = n;
        }
    }
    g_free(old);
}

static struct dns_node *new_node(struct dns_zone *z, const uint8_t *wire, unsigned len,
                                 struct dns_node *parent)
{
    struct dns_node *n = g_malloc0(offsetof(struct dns_node, name) + offsetof(struct dns_name, wire) + len);
    struct dns_node **bucket;

    if (z->n_nodes == z->n_buckets)
        grow(z);
    n->name.len = (uint8_t)len;
    memcpy(n->name.wire, wire, len);
    n->hash = dns_wire_hash(wire, len);
    n->parent = parent;
    if (parent != NULL) {
        parent->children++;
        if (wire[0] == 1 && wire[1] == '*')
            parent->wildcard = n;
    }
    bucket = &z->buckets[n->hash & (z->n_buckets - 1)];
    n->next = *bucket;
    *bucket = n;
    z->n_nodes++;
    return n;
}

/* The node of a name in the zone, with all above it. */
static struct dns_node *make_node(struct dns_zone *z, const uint8_t *wire, unsigned len)
{
    struct dns_node *n = find_node(z, wire, len);

    if (n != NULL)
        return n;
    return new_node(z, wire, len, make_node(z, wire + 1 + wire[0], len - 1 - wire[0]));
}

static void free_node(struct dns_node *n)
{
    for (unsigned s = 0; s < n->n_sets; s++) {
        for (unsigned i = 0; i < n->sets[s].n; i++)
            g_free((char *)n->sets[s].rdata[i].at);
        g_free(n->sets[s].rdata);
    }
    g_free(n->sets);
    g_free(n);
}

/* A name without records, below which nothing is left, does not exist any more; nor, then, may its parent. */
static void prune(struct dns_zone *z, struct dns_node *n)
{
    while (n->parent != NULL && n->n_sets == 0 && n->children == 0) {
        struct dns_node *parent = n->parent, **link = &z->buckets[n->hash & (z->n_buckets - 1)];

        while (*link != n)
            link = &(*link)->next;
        *link = n->next;
        z->n_nodes--;
        parent->children--;
        if (parent->wildcard == n)
            parent->wildcard = NULL;
        free_node(n);
        n = parent;
    }
}

const struct dns_name *dns_node_name(const struct dns_node *n)
{
    return &n->name;
}

const struct dns_set *dns_node_find(const struct dns_node *n, uint16_t type)
{
    for (unsigned i = 0; i < n->n_sets; i++) {
        if (n->sets[i].type == type)
            return &n->sets[i];
    }
    return NULL;
}

const struct dns_set *dns_node_sets(const struct dns_node *n, unsigned *n_out)
{
    *n_out = n->n_sets;
    return n->sets;
}

/* ---- The zone. */

struct dns_zone *dns_zone_new(const struct dns_name *origin)
{
    struct dns_zone *z = g_new0(struct dns_zone, 1);

    grow(z);
    z->apex = new_node(z, origin->wire, origin->len, NULL);
    return z;
}

void dns_zone_free(struct dns_zone **z)
{
    if (*z == NULL)
        return;
    for (unsigned i = 0; i < (*z)->n_buckets; i++) {
        for (struct dns_node *n = (*z)->buckets[i], *next; n != NULL; n = next) {
            next = n->next;
            free_node(n);
        }
    }
    g_free((*z)->buckets);
    g_free(*z);
    *z = NULL;
}

const struct dns_name *dns_zone_origin(const struct dns_zone *z)
{
    return &z->apex->name;
}
const struct dns_node *dns_zone_apex(const struct dns_zone *z)
{
    return z->apex;
}

struct dns_lookup dns_zone_find(const struct dns_zone *z, const struct dns_name *name)
{
    const uint8_t *at = name->wire;
    unsigned len = name->len;
    struct dns_lookup found = { 0 };
    const struct dns_node *n;

    assert(dns_name_is_under(name, &z->apex->name));
    while ((n = find_node(z, at, len)) == NULL) { /* the apex is there */
        len -= 1u + at[0];
        at += 1 + at[0];
    }
    found.encloser = n;
    if (len == name->len)
        found.exact = n;
    else
        found.wildcard = n->wildcard;
    for (; n != NULL; n = n->parent) {
        if (n->is_cut)
            found.cut = n;
    }
    return found;
}

/* ---- Changes. */

static struct dns_set *set_of(struct dns_node *n, uint16_t type)
{
    return (struct dns_set *)dns_node_find(n, type);
}

static struct dns_set *new_set(struct dns_node *n, uint16_t type)
{
    unsigned at = n->n_sets;

    n->sets = g_renew(struct dns_set, n->sets, n->n_sets + 1);
    while (at > 0 && n->sets[at - 1].type > type)
        at--;
    memmove(&n->sets[at + 1], &n->sets[at], (n->n_sets - at) * sizeof *n->sets);
    n->sets[at] = (struct dns_set){ .type = type };
    n->n_sets++;
    return &n->sets[at];
}

static void drop_set(struct dns_node *n, struct dns_set *set)
{
    unsigned at = (unsigned)(set - n->sets);

    g_free(set->rdata);
    memmove(set, set + 1, (n->n_sets - at - 1) * sizeof *set);
    n->n_sets--;
}

static void note_cut(struct dns_node *n)
{
    n->is_cut = n->parent != NULL && dns_node_find(n, DNS_NS) != NULL;
}

static int find_rdata(const struct dns_set *set, struct span rdata)
{
    for (unsigned i = 0; set != NULL && i < set->n; i++) {
        if (dns_rdata_equal(set->type, set->rdata[i], rdata))
            return (int)i;
    }
    return -1;
}

static bool refuse(char *error_out, const char *format, const struct dns_name *name, const char *what)
{
    char text[DNS_NAME_TEXT_MAX];

    dns_name_text(text, name);
    if (strlen(text) > 60)
        memcpy(text + 57, "...", 4);
    g_snprintf(error_out, 160, format, text, what);
    return false;
}

/* Signatures and their kin say something about the alias itself (RFC 4034 §3, §4). */
static bool stands_beside_cname(uint16_t type)
{
    return type == DNS_RRSIG || type == DNS_NSEC;
}

/* RFC 1034 §3.6.2: an alias is nothing else. */
static bool check_cname(const struct dns_node *n, const struct dns_rr *r, char *error_out)
{
    char type[DNS_TYPE_TEXT_MAX];

    for (unsigned i = 0; n != NULL && i < n->n_sets; i++) {
        uint16_t other = n->sets[i].type;

        if (stands_beside_cname(other) || stands_beside_cname(r->type))
            continue;
        if (r->type == DNS_CNAME && other == DNS_CNAME)
            return refuse(error_out, "%s has a CNAME already%s: a name stands for one other name", &r->name,
                          "");
        if (r->type == DNS_CNAME)
            return refuse(error_out, "%s has %s data, so it cannot be a CNAME: an alias has nothing else",
                          &r->name, dns_type_text(type, other));
        if (other == DNS_CNAME)
            return refuse(error_out, "%s is a CNAME, so it cannot have %s data: an alias has nothing else",
                          &r->name, dns_type_text(type, r->type));
    }
    return true;
}

static bool check_add(const struct dns_zone *z, const struct dns_node *n, const struct dns_rr *r,
                      char *error_out)
{
    char origin[DNS_NAME_TEXT_MAX];

    if (!dns_name_is_under(&r->name, &z->apex->name))
        return refuse(error_out, "%s is not in the zone %.60s", &r->name,
                      dns_name_text(origin, &z->apex->name));
    if (r->type == DNS_SOA && n != z->apex)
        return refuse(error_out, "%s: SOA stands at the top of the zone, %.60s", &r->name,
                      dns_name_text(origin, &z->apex->name));
    if (r->type == DNS_SOA && dns_node_find(n, DNS_SOA) != NULL)
        return refuse(error_out, "%s has %s already", &r->name, "an SOA");
    return check_cname(n, r, error_out);
}

bool dns_zone_add(struct dns_zone *z, const struct dns_rr *r, char error_out[static 160])
{
    struct span rdata = span_bytes(r->rdata, r->rdlength);
    struct dns_node *n = find_node(z, r->name.wire, r->name.len);
    struct dns_set *set = n ? set_of(n, r->type) : NULL;

    if (find_rdata(set, rdata) >= 0) {
        set->ttl_s = r->ttl_s;
        set->has_mixed_ttls = false;
        return true;
    }
    if (!check_add(z, n, r, error_out))
        return false;
    n = make_node(z, r->name.wire, r->name.len);
    if (n->n_sets == 0 && n->parent != NULL)
        memcpy(n->name.wire, r->name.wire, r->name.len); /* spelled as by the first record of it */
    if (set == NULL) {
        set = new_set(n, r->type);
        set->ttl_s = r->ttl_s;
        note_cut(n);
    }
    set->has_mixed_ttls |= set->ttl_s != r->ttl_s;
    set->ttl_s = MIN(set->ttl_s, r->ttl_s);
    set->rdata = g_renew(struct span, set->rdata, set->n + 1);
    set->rdata[set->n++] = span_bytes(g_memdup2(r->rdata, r->rdlength), r->rdlength);
    return true;
}

static unsigned remove_from(struct dns_node *n, struct dns_set *set, const struct span *rdata)
{
    unsigned kept = 0, all = set->n;

    for (unsigned i = 0; i < all; i++) {
        if (rdata == NULL || dns_rdata_equal(set->type, set->rdata[i], *rdata))
            g_free((char *)set->rdata[i].at);
        else
            set->rdata[kept++] = set->rdata[i];
    }
    set->n = kept;
    if (kept == 0)
        drop_set(n, set);
    return all - kept;
}

unsigned dns_zone_remove(struct dns_zone *z, const struct dns_name *name, uint16_t type,
                         const struct span *rdata)
{
    struct dns_node *n = find_node(z, name->wire, name->len);
    unsigned gone = 0;

    if (n == NULL)
        return 0;
    for (unsigned i = n->n_sets; i-- > 0;) {
        if (type == DNS_ANY || n->sets[i].type == type)
            gone += remove_from(n, &n->sets[i], rdata);
    }
    note_cut(n);
    prune(z, n);
    return gone;
}

void dns_zone_bump_serial(struct dns_zone *z)
{
    const struct dns_set *soa = dns_node_find(z->apex, DNS_SOA);
    uint8_t *octets;

    if (soa == NULL || soa->rdata[0].len < 20)
        return;
    octets = (uint8_t *)soa->rdata[0].at + soa->rdata[0].len - 20;
    for (int i = 3; i >= 0 && ++octets[i] == 0; i--)
        ; /* carry; after 2^32 - 1 comes 0, which RFC 1982 §3 counts as later */
}

/* ---- All of it. */

static int by_name(const void *a, const void *b)
{
    return dns_name_compare(&(*(struct dns_node *const *)a)->name, &(*(struct dns_node *const *)b)->name);
}

void dns_zone_each(const struct dns_zone *z, dns_zone_each_fn *each, void *self)
{
    g_autofree const struct dns_node **nodes = g_new(const struct dns_node *, z->n_nodes);
    unsigned n_nodes = 0;

    for (unsigned i = 0; i < z->n_buckets; i++) {
        for (const struct dns_node *n = z->buckets[i]; n != NULL; n = n->next)
            nodes[n_nodes++] = n;
    }
    qsort(nodes, n_nodes, sizeof *nodes, by_name); /* no two are equal */
    for (unsigned i = 0; i < n_nodes; i++) {
        struct dns_rr r;

        dns_name_copy(&r.name, &nodes[i]->name);
        for (unsigned s = 0; s < nodes[i]->n_sets; s++) {
            const struct dns_set *set = &nodes[i]->sets[s];

            r.type = set->type;
            r.ttl_s = set->ttl_s;
            for (unsigned k = 0; k < set->n; k++) {
                r.rdata = (uint8_t *)set->rdata[k].at;
                r.rdlength = (uint16_t)set->rdata[k].len;
                each(self, &r);
            }
        }
    }
}
