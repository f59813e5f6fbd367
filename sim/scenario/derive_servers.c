/* Zones and their servers: root, top-level domains, what the author wrote himself; hints, and recursion. */
#include "scenario/derive_internal.h"

#include <string.h>

/* Addresses of the root servers a to m, as the root hints have them. */
static const char *const root_addresses[SCENARIO_NAME_SERVERS_MAX] = {
    "198.41.0.4",   "170.247.170.2", "192.33.4.12",   "199.7.91.13",   "192.203.230.10",
    "192.5.5.241",  "192.112.36.4",  "198.97.190.53", "192.36.148.17", "192.58.128.30",
    "193.0.14.129", "199.7.83.42",   "202.12.27.33",
};

/* ---- Zones and their servers. */

/* `ttl_s` is what `from` says, if it says anything: 0 is a TTL, too. */
struct derived_zone *derive_add_zone(struct derivation *d, const char *name, const struct node *from,
                                     int64_t ttl_s)
{
    bool says_ttl = from != NULL && shape_find(from->shape, "ttl") >= 0 && scenario_has(from, "ttl");

    struct derived_zone z = { .name = name,
                              .from = from,
                              .ttl_s = says_ttl ? ttl_s : d->s->defaults->ttl_s,
                              .servers = scenario_list(d->s) };

    g_array_append_val(d->zones, z);
    return &g_array_index(d->zones, struct derived_zone, d->zones->len - 1);
}

void derive_root(struct derivation *d)
{
    struct scenario_servers *root = d->s->root;
    unsigned n = root != NULL ? (unsigned)root->name_servers : 1;
    struct derived_zone *z = derive_add_zone(d, ".", root ? &root->node : NULL, root ? root->ttl_s : 0);

    z->written = root != NULL ? root->records : NULL;
    for (unsigned i = 0; i < n; i++) {
        char name[] = "a.root-servers.net";
        ip_addr a = 0;

        name[0] = (char)('a' + i);
        struct scenario_host *h = derive_want_host(d, name, ROLE_ROOT, root ? &root->node : NULL);
        ip_parse(span_of(root_addresses[i]), &a);
        derive_address(d, h, (struct ip_prefix){ a, 0 }, 0);
        derive_want_link(d, h, root ? root->link : NULL);
        struct scenario_dns *dns = derive_want_dns(d, h, root ? &root->node : NULL);
        if (root != NULL)
            scenario_fill(d->s, &dns->node, &root->node);
        g_ptr_array_add(z->servers, h);
    }
}

static void derive_tld(struct derivation *d, const char *name, struct scenario_servers *t,
                       const struct node *from, unsigned index)
{
    unsigned n = t != NULL ? (unsigned)t->name_servers : 1;
    struct derived_zone *z = derive_add_zone(d, name, t ? from : NULL, t ? t->ttl_s : 0);

    z->from = from;

    z->written = t != NULL ? t->records : NULL;
    for (unsigned i = 0; i < n; i++) {
        const char *host = n == 1 ? scenario_print(d->s, "ns.nic.%s", name)
                                  : scenario_print(d->s, "ns%u.nic.%s", i + 1, name);
        struct scenario_host *h = derive_want_host(d, host, ROLE_TLD, from);

        derive_address(d, h, derive_tld_network(index), DERIVE_LOCAL_AT + i);
        derive_want_link(d, h, t ? t->link : NULL);
        struct scenario_dns *dns = derive_want_dns(d, h, from);
        if (t != NULL)
            scenario_fill(d->s, &dns->node, &t->node);
        g_ptr_array_add(z->servers, h);
    }
}

static struct scenario_servers *find_servers(const GPtrArray *list, const char *name)
{
    for (unsigned i = 0; i < list->len; i++) {
        struct scenario_servers *t = g_ptr_array_index(list, i);
        if (g_ascii_strcasecmp(t->name, name) == 0)
            return t;
    }
    return NULL;
}

static bool has_zone(const struct derivation *d, const char *name)
{
    for (unsigned i = 0; i < d->zones->len; i++)
        if (g_ascii_strcasecmp(g_array_index(d->zones, struct derived_zone, i).name, name) == 0)
            return true;
    return false;
}

/* The last label, and so the top-level domain, of a name. */
static const char *tld_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot != NULL && dot[1] != '\0' ? dot + 1 : name;
}

static void want_tld(struct derivation *d, const char *name, const struct node *from, unsigned *index)
{
    const char *tld = tld_of(name);
    const struct scenario_servers *t = find_servers(d->s->tlds, tld);

    if (!has_zone(d, tld) && !scenario_domain_find(d->s, tld) && !(t != NULL && t->node.off))
        derive_tld(d, tld, NULL, from, (*index)++);
}

/* Zones that the author wrote under hosts of his own are delegated to, too. */
static void note_authored(struct derivation *d, unsigned *index)
{
    unsigned n = d->s->hosts->len;

    for (unsigned i = 0; i < n; i++) {
        struct scenario_host *h = g_ptr_array_index(d->s->hosts, i);
        if (h->dns == NULL || h->node.derived)
            continue;
        for (unsigned k = 0; k < h->dns->zones->len; k++) {
            const struct scenario_zone *z = g_ptr_array_index(h->dns->zones, k);
            if (strcmp(z->name, ".") == 0 || has_zone(d, z->name) || scenario_domain_find(d->s, z->name))
                continue;
            if (strchr(z->name, '.') != NULL)
                want_tld(d, z->name, &z->node, index);
            struct derived_zone *a = derive_add_zone(d, z->name, &z->node, 0);
            a->written = z->records;
            a->authored = true;
            g_ptr_array_add(a->servers, h);
        }
    }
}

/* The author's top-level domains, then those that the domains need, in the order of their first domain. */
void derive_tlds(struct derivation *d)
{
    unsigned index = 0;

    for (unsigned i = 0; i < d->s->tlds->len; i++) {
        struct scenario_servers *t = g_ptr_array_index(d->s->tlds, i);
        if (!t->node.off && !has_zone(d, t->name))
            derive_tld(d, t->name, t, &t->node, index++);
    }
    for (unsigned i = 0; i < d->s->domains->len; i++) {
        const struct scenario_domain *dom = g_ptr_array_index(d->s->domains, i);
        want_tld(d, dom->name, &dom->node, &index);
    }
    note_authored(d, &index);
}

/* A zone that the author wrote out under one of its servers is what all of them serve. */
void derive_adopt_zones(struct derivation *d)
{
    for (unsigned i = 0; i < d->zones->len; i++) {
        struct derived_zone *z = &g_array_index(d->zones, struct derived_zone, i);

        for (unsigned k = 0; k < z->servers->len && !z->authored; k++) {
            const struct scenario_host *h = g_ptr_array_index(z->servers, k);
            for (unsigned j = 0; j < h->dns->zones->len && !z->authored; j++) {
                const struct scenario_zone *own = g_ptr_array_index(h->dns->zones, j);
                if (g_ascii_strcasecmp(own->name, z->name) != 0)
                    continue;
                z->written = own->records;
                z->authored = true;
            }
        }
    }
}

/* ---- Who asks whom. */

/* Servers that walk, and know no root yet, start at this scenario's. */
void derive_hints(struct derivation *d)
{
    const struct derived_zone *root = &g_array_index(d->zones, struct derived_zone, 0);

    if (strcmp(root->name, ".") != 0) /* the author switched it off */
        return;
    for (unsigned i = 0; i < d->s->hosts->len; i++) {
        struct scenario_host *h = g_ptr_array_index(d->s->hosts, i);
        if (h->dns == NULL || h->dns->recursion == RECURSION_OFF || scenario_has(&h->dns->node, "hints") ||
            h->role == ROLE_ROOT)
            continue;
        for (unsigned k = 0; k < root->servers->len; k++) {
            const struct scenario_host *r = g_ptr_array_index(root->servers, k);
            struct scenario_hint *hint = scenario_element(d->s, &shape_hint, &h->node);

            hint->name = r->name;
            hint->address = derive_address_of(r);
            scenario_set(&hint->node, "name", &h->node);
            scenario_set(&hint->node, "address", &h->node);
            g_ptr_array_add(h->dns->hints, hint);
        }
        scenario_set(&h->dns->node, "hints", &h->node);
    }
}

/* A root, TLD or authoritative server that recurses asks the next one on behalf of the one before it: the
 * textbook's recursive query. Then local servers ask for that, by RD, unless the author says how they work.
 */
void derive_chain(struct derivation *d)
{
    bool is_chain = false;

    for (unsigned i = 0; i < d->s->hosts->len; i++) {
        struct scenario_host *h = g_ptr_array_index(d->s->hosts, i);
        bool is_of_the_tree = h->role == ROLE_ROOT || h->role == ROLE_TLD || h->role == ROLE_AUTHORITATIVE;

        if (h->dns == NULL || h->dns->recursion == RECURSION_OFF || !is_of_the_tree)
            continue;
        h->dns->recursion = RECURSION_CHAIN;
        is_chain = true;
    }
    for (unsigned i = 0; is_chain && i < d->s->hosts->len; i++) {
        struct scenario_host *h = g_ptr_array_index(d->s->hosts, i);
        if (h->dns != NULL && h->role == ROLE_LOCAL && h->dns->recursion == RECURSION_ON)
            h->dns->recursion = RECURSION_CHAIN;
    }
}
