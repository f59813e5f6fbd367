/* Hosts and what they have: addresses, links, programs, whom to ask. The author's own keys win. */
#include "scenario/derive_internal.h"

#include <string.h>

const char derive_internet[] = "internet";

/* ---- Addresses. */

/* The network of the i-th domain (from 0): 10.1.0.0/16 … 10.199.0.0/16, then /24s from 11.0.0.0. */
struct ip_prefix derive_domain_network(unsigned i)
{
    if (i < 199)
        return (struct ip_prefix){ (ip_addr)10 << 24 | (ip_addr)(i + 1) << 16, 16 };
    return (struct ip_prefix){ ((ip_addr)11 << 24) + ((ip_addr)(i - 199) << 8), 24 };
}

/* Of the i-th top-level domain: 172.16.0.0/24, 172.16.1.0/24, … */
struct ip_prefix derive_tld_network(unsigned i)
{
    return (struct ip_prefix){ ((ip_addr)172 << 24 | (ip_addr)16 << 16) + ((ip_addr)i << 8), 24 };
}

/* Hosts of no domain. */
const struct ip_prefix derive_elsewhere = { (ip_addr)192 << 24 | (ip_addr)168 << 16, 16 };

static bool take(struct derivation *d, ip_addr a)
{
    return g_hash_table_add(d->taken, GUINT_TO_POINTER(a));
}

/* The first free one from `from` on, up to but not with `to`; 0: none. */
static ip_addr take_free(struct derivation *d, ip_addr from, ip_addr to)
{
    for (ip_addr a = from; a < to; a++)
        if (take(d, a))
            return a;
    return 0;
}

/* The host's first address: the author's, or the first free one from `at` on in the network, then below it.
 * Neither the network's own address nor its broadcast address is a host's. */
void derive_address(struct derivation *d, struct scenario_host *h, struct ip_prefix network, ip_addr at)
{
    char text[IP_TEXT_MAX];
    ip_addr last = network.base | (ip_addr)(UINT64_C(0xffffffff) >> network.bits);

    if (h->addresses->len > 0)
        return;
    ip_addr a = take_free(d, network.base + at, last);
    if (a == 0)
        a = take_free(d, network.base + 1, network.base + at);
    if (a == 0) {
        scenario_error(d->report, &h->node, NULL, "give it an \"address\"", "no address is left for %s",
                       h->name);
        return;
    }
    struct scenario_item *i = scenario_item(d->s, &h->node, ip_text(text, a));
    i->address = a;
    g_ptr_array_add(h->addresses, i);
    scenario_set(&h->node, "addresses", &h->node);
}

void derive_note_addresses(struct derivation *d)
{
    for (unsigned i = 0; i < d->s->hosts->len; i++) {
        const struct scenario_host *h = g_ptr_array_index(d->s->hosts, i);
        for (unsigned k = 0; k < h->addresses->len; k++)
            take(d, ((struct scenario_item *)g_ptr_array_index(h->addresses, k))->address);
    }
}

/* ---- Hosts. */

/* The host of that name, new unless the author has one; its role if he did not say. */
struct scenario_host *derive_want_host(struct derivation *d, const char *name, enum scenario_role role,
                                       const struct node *from)
{
    struct scenario_host *h = scenario_host_find(d->s, name);

    if (h == NULL) {
        h = scenario_element(d->s, &shape_host, from);
        h->name = scenario_copy(d->s, name);
        h->node.path = scenario_print(d->s, "hosts.%s", name);
        g_ptr_array_add(d->s->hosts, h);
    }
    if (!scenario_has(&h->node, "role")) {
        h->role = (int)role;
        scenario_set(&h->node, "role", from);
    }
    return h;
}

void derive_want_link(struct derivation *d, struct scenario_host *h, const struct scenario_link_spec *spec)
{
    if (spec == NULL)
        return;
    if (h->link == NULL) {
        h->link = scenario_element(d->s, &shape_link_spec, &spec->node);
        scenario_set(&h->node, "link", &spec->node);
    }
    scenario_fill(d->s, &h->link->node, &spec->node);
}

struct scenario_dns *derive_want_dns(struct derivation *d, struct scenario_host *h, const struct node *from)
{
    if (h->dns == NULL) {
        h->dns = scenario_element(d->s, &shape_dns, from);
        scenario_set(&h->node, "dns", from);
    }
    return h->dns;
}

void derive_add_item(struct derivation *d, struct node *n, const char *key, GPtrArray *list,
                     const struct node *from, ip_addr a, const char *text)
{
    struct scenario_item *i = scenario_item(d->s, from, text);
    i->address = a;
    g_ptr_array_add(list, i);
    scenario_set(n, key, from);
}

void derive_add_prefix(struct derivation *d, struct node *n, const char *key, GPtrArray *list,
                       const struct node *from, struct ip_prefix p)
{
    char base[IP_TEXT_MAX];
    struct scenario_item *i = scenario_item(d->s, from,
                                            scenario_print(d->s, "%s/%u", ip_text(base, p.base), p.bits));

    i->prefix = p;
    g_ptr_array_add(list, i);
    scenario_set(n, key, from);
}

ip_addr derive_address_of(const struct scenario_host *h)
{
    return h->addresses->len > 0 ? ((struct scenario_item *)g_ptr_array_index(h->addresses, 0))->address : 0;
}

void derive_use_resolver(struct derivation *d, struct node *n, GPtrArray *list,
                         const struct scenario_host *local)
{
    char text[IP_TEXT_MAX];

    if (local != NULL && list->len == 0 && derive_address_of(local) != 0)
        derive_add_item(d, n, "resolvers", list, &local->node, derive_address_of(local),
                        ip_text(text, derive_address_of(local)));
}

/* ---- Links. */

/* The names, in lower case, that the author's links name. Only asked, never walked through. */
static GHashTable *linked_names(const struct scenario *s)
{
    GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (unsigned i = 0; i < s->links->len; i++) {
        const struct scenario_link *l = g_ptr_array_index(s->links, i);
        for (unsigned k = 0; k < l->between->len; k++)
            g_hash_table_add(
                names, g_ascii_strdown(((struct scenario_item *)g_ptr_array_index(l->between, k))->text, -1));
    }
    return names;
}

static bool has_name(GHashTable *names, const char *name)
{
    char *lower = g_ascii_strdown(name, -1);
    bool has = g_hash_table_contains(names, lower);

    g_free(lower);
    return has;
}

static void link_to_internet(struct derivation *d, struct scenario_host *h)
{
    struct scenario_link *l = scenario_element(d->s, &shape_link, h->link ? &h->link->node : &h->node);

    l->node.path = scenario_print(d->s, "hosts.%s.link", h->name);
    g_ptr_array_add(l->between, scenario_item(d->s, &h->node, h->name));
    g_ptr_array_add(l->between, scenario_item(d->s, &h->node, derive_internet));
    scenario_set(&l->node, "between", &h->node);
    if (h->link != NULL)
        scenario_fill(d->s, &l->node, &h->link->node);
    g_ptr_array_add(d->s->links, l);
    h->link = NULL; /* it is among the links now */
    h->node.given &= ~(UINT64_C(1) << shape_find(&shape_host, "link"));
}

void derive_links(struct derivation *d)
{
    GPtrArray *loose = g_ptr_array_new();
    GHashTable *named = linked_names(d->s);
    struct scenario_host *router = scenario_host_find(d->s, derive_internet);

    for (unsigned i = 0; i < d->s->hosts->len; i++) {
        struct scenario_host *h = g_ptr_array_index(d->s->hosts, i);
        if (h != router && !has_name(named, h->name))
            g_ptr_array_add(loose, h);
    }
    if (loose->len > 0 || has_name(named, derive_internet))
        router = derive_want_host(d, derive_internet, ROLE_ROUTER, NULL);
    for (unsigned i = 0; i < loose->len; i++)
        link_to_internet(d, g_ptr_array_index(loose, i));
    g_ptr_array_free(loose, TRUE);
    g_hash_table_destroy(named);
    for (unsigned i = 0; i < d->s->links->len; i++)
        scenario_fill(d->s, &((struct scenario_link *)g_ptr_array_index(d->s->links, i))->node,
                      &d->s->defaults->node);
    if (router != NULL)
        derive_address(d, router, derive_elsewhere, 1);
}
