#include "scenario/derive_internal.h"

#include <string.h>

/* Addresses of the root servers a to m, as the root hints have them. */
static const char *const root_addresses[SCENARIO_NAME_SERVERS_MAX] = {
    "198.41.0.4",   "170.247.170.2", "192.33.4.12",   "199.7.91.13",   "192.203.230.10",
    "192.5.5.241",  "192.112.36.4",  "198.97.190.53", "192.36.148.17", "192.58.128.30",
    "193.0.14.129", "199.7.83.42",   "202.12.27.33",
};

static const char internet[] = "internet"; /* the router that hosts without a link of their own hang from */

/* Where a domain's hosts sit in its network. */
enum {
    MAIL_AT = 25,
    LOCAL_AT = 53,
    NAME_SERVER_AT = 54,
    PERSON_AT = 10,
    PERSON_TO = 19,
    MORE_PEOPLE_AT = 100,
    OTHER_AT = 200
};

/* ---- Addresses. */

/* The network of the i-th domain (from 0): 10.1.0.0/16 … 10.199.0.0/16, then /24s from 11.0.0.0. */
static struct ip_prefix domain_network(unsigned i)
{
    if (i < 199)
        return (struct ip_prefix){ (ip_addr)10 << 24 | (ip_addr)(i + 1) << 16, 16 };
    return (struct ip_prefix){ ((ip_addr)11 << 24) + ((ip_addr)(i - 199) << 8), 24 };
}

/* Of the i-th top-level domain: 172.16.0.0/24, 172.16.1.0/24, … */
static struct ip_prefix tld_network(unsigned i)
{
    return (struct ip_prefix){ ((ip_addr)172 << 24 | (ip_addr)16 << 16) + ((ip_addr)i << 8), 24 };
}

/* Hosts of no domain. */
static const struct ip_prefix elsewhere = { (ip_addr)192 << 24 | (ip_addr)168 << 16, 16 };

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
static void give_address(struct derivation *d, struct scenario_host *h, struct ip_prefix network, ip_addr at)
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

static void note_addresses(struct derivation *d)
{
    for (unsigned i = 0; i < d->s->hosts->len; i++) {
        const struct scenario_host *h = g_ptr_array_index(d->s->hosts, i);
        for (unsigned k = 0; k < h->addresses->len; k++)
            take(d, ((struct scenario_item *)g_ptr_array_index(h->addresses, k))->address);
    }
}

/* ---- Hosts. */

/* The host of that name, new unless the author has one; its role if he did not say. */
static struct scenario_host *want_host(struct derivation *d, const char *name, enum scenario_role role,
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

static void want_link(struct derivation *d, struct scenario_host *h, const struct scenario_link_spec *spec)
{
    if (spec == NULL)
        return;
    if (h->link == NULL) {
        h->link = scenario_element(d->s, &shape_link_spec, &spec->node);
        scenario_set(&h->node, "link", &spec->node);
    }
    scenario_fill(d->s, &h->link->node, &spec->node);
}

static struct scenario_dns *want_dns(struct derivation *d, struct scenario_host *h, const struct node *from)
{
    if (h->dns == NULL) {
        h->dns = scenario_element(d->s, &shape_dns, from);
        scenario_set(&h->node, "dns", from);
    }
    return h->dns;
}

static void add_item(struct derivation *d, struct node *n, const char *key, GPtrArray *list,
                     const struct node *from, ip_addr a, const char *text)
{
    struct scenario_item *i = scenario_item(d->s, from, text);
    i->address = a;
    g_ptr_array_add(list, i);
    scenario_set(n, key, from);
}

static void add_prefix(struct derivation *d, struct node *n, const char *key, GPtrArray *list,
                       const struct node *from, struct ip_prefix p)
{
    char base[IP_TEXT_MAX];
    struct scenario_item *i = scenario_item(d->s, from,
                                            scenario_print(d->s, "%s/%u", ip_text(base, p.base), p.bits));

    i->prefix = p;
    g_ptr_array_add(list, i);
    scenario_set(n, key, from);
}

static ip_addr host_address(const struct scenario_host *h)
{
    return h->addresses->len > 0 ? ((struct scenario_item *)g_ptr_array_index(h->addresses, 0))->address : 0;
}

static void use_resolver(struct derivation *d, struct node *n, GPtrArray *list,
                         const struct scenario_host *local)
{
    char text[IP_TEXT_MAX];

    if (local != NULL && list->len == 0 && host_address(local) != 0)
        add_item(d, n, "resolvers", list, &local->node, host_address(local),
                 ip_text(text, host_address(local)));
}

/* ---- Zones and their servers. */

/* `ttl_s` is what `from` says, if it says anything: 0 is a TTL, too. */
static struct derived_zone *add_zone(struct derivation *d, const char *name, const struct node *from,
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

static void derive_root(struct derivation *d)
{
    struct scenario_servers *root = d->s->root;
    unsigned n = root != NULL ? (unsigned)root->name_servers : 1;
    struct derived_zone *z = add_zone(d, ".", root ? &root->node : NULL, root ? root->ttl_s : 0);

    z->written = root != NULL ? root->records : NULL;
    for (unsigned i = 0; i < n; i++) {
        char name[] = "a.root-servers.net";
        ip_addr a = 0;

        name[0] = (char)('a' + i);
        struct scenario_host *h = want_host(d, name, ROLE_ROOT, root ? &root->node : NULL);
        ip_parse(span_of(root_addresses[i]), &a);
        give_address(d, h, (struct ip_prefix){ a, 0 }, 0);
        want_link(d, h, root ? root->link : NULL);
        struct scenario_dns *dns = want_dns(d, h, root ? &root->node : NULL);
        if (root != NULL)
            scenario_fill(d->s, &dns->node, &root->node);
        g_ptr_array_add(z->servers, h);
    }
}

static void derive_tld(struct derivation *d, const char *name, struct scenario_servers *t,
                       const struct node *from, unsigned index)
{
    unsigned n = t != NULL ? (unsigned)t->name_servers : 1;
    struct derived_zone *z = add_zone(d, name, t ? from : NULL, t ? t->ttl_s : 0);

    z->from = from;

    z->written = t != NULL ? t->records : NULL;
    for (unsigned i = 0; i < n; i++) {
        const char *host = n == 1 ? scenario_print(d->s, "ns.nic.%s", name)
                                  : scenario_print(d->s, "ns%u.nic.%s", i + 1, name);
        struct scenario_host *h = want_host(d, host, ROLE_TLD, from);

        give_address(d, h, tld_network(index), LOCAL_AT + i);
        want_link(d, h, t ? t->link : NULL);
        struct scenario_dns *dns = want_dns(d, h, from);
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
            struct derived_zone *a = add_zone(d, z->name, &z->node, 0);
            a->written = z->records;
            a->authored = true;
            g_ptr_array_add(a->servers, h);
        }
    }
}

/* The author's top-level domains, then those that the domains need, in the order of their first domain. */
static void derive_tlds(struct derivation *d)
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
static void adopt_zones(struct derivation *d)
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

/* ---- A domain: name servers, local server, mail server, people's computers. */

static void derive_name_servers(struct derivation *d, struct scenario_domain *dom, struct ip_prefix network)
{
    unsigned n = (unsigned)dom->name_servers;
    struct derived_zone *z = add_zone(d, dom->name, &dom->node, dom->ttl_s);

    z->written = dom->records;
    z->domain = dom;
    for (unsigned i = 0; i < n; i++) {
        const char *host = n == 1 ? scenario_print(d->s, "ns.%s", dom->name)
                                  : scenario_print(d->s, "ns%u.%s", i + 1, dom->name);
        struct scenario_host *h = want_host(d, host, ROLE_AUTHORITATIVE, &dom->node);

        give_address(d, h, network, NAME_SERVER_AT + i);
        want_link(d, h, dom->link);
        struct scenario_dns *dns = want_dns(d, h, &dom->node);
        if (dom->dns != NULL)
            scenario_fill(d->s, &dns->node, &dom->dns->node);
        g_ptr_array_add(z->servers, h);
    }
}

static struct scenario_host *derive_local(struct derivation *d, struct scenario_domain *dom,
                                          struct ip_prefix network)
{
    const char *name = scenario_print(d->s, "dns.%s", dom->name);

    if (dom->local != NULL && dom->local->node.off) { /* unless the author has made one himself */
        struct scenario_host *own = scenario_host_find(d->s, name);

        if (own == NULL || own->dns == NULL)
            return NULL;
        give_address(d, own, network, LOCAL_AT);
        return own;
    }

    const struct node *from = dom->local != NULL ? &dom->local->node : &dom->node;
    struct scenario_host *h = want_host(d, name, ROLE_LOCAL, from);
    struct scenario_dns *dns = want_dns(d, h, from);

    give_address(d, h, network, LOCAL_AT);
    want_link(d, h, dom->link);
    if (dom->local != NULL)
        scenario_fill(d->s, &dns->node, &dom->local->node);
    if (!scenario_has(&dns->node, "recursion")) {
        dns->recursion = RECURSION_ON;
        scenario_set(&dns->node, "recursion", from);
    }
    if (!scenario_has(&dns->node, "clients"))
        add_prefix(d, &dns->node, "clients", dns->clients, from, network);
    return h;
}

static struct scenario_host *derive_mail(struct derivation *d, struct scenario_domain *dom,
                                         struct ip_prefix network, const struct scenario_host *local)
{
    if (dom->mail != NULL ? dom->mail->node.off : dom->people->len == 0)
        return NULL;

    const struct node *from = dom->mail != NULL ? &dom->mail->node : &dom->node;
    struct scenario_host *h = want_host(d, scenario_print(d->s, "mail.%s", dom->name), ROLE_MAIL, from);

    give_address(d, h, network, MAIL_AT);
    want_link(d, h, dom->link);
    use_resolver(d, &h->node, h->resolvers, local);
    if (h->mail == NULL) {
        h->mail = scenario_element(d->s, &shape_mail, from);
        scenario_set(&h->node, "mail", from);
    }
    if (dom->mail != NULL)
        scenario_fill(d->s, &h->mail->node, &dom->mail->node);
    if (!scenario_has(&h->mail->node, "domains"))
        add_item(d, &h->mail->node, "domains", h->mail->domains, &dom->node, 0, dom->name);
    if (!scenario_has(&h->mail->node, "relay_for"))
        add_prefix(d, &h->mail->node, "relay_for", h->mail->relay_for, from, network);
    for (unsigned i = 0; i < dom->people->len; i++) {
        const struct scenario_person *p = g_ptr_array_index(dom->people, i);
        bool known = false;

        for (unsigned k = 0; k < h->mail->users->len && !known; k++)
            known = g_ascii_strcasecmp(((struct scenario_user *)g_ptr_array_index(h->mail->users, k))->name,
                                       p->name) == 0;
        if (known)
            continue;
        struct scenario_user *u = scenario_element(d->s, &shape_user, &p->node);
        u->name = p->name;
        if (scenario_has(&p->node, "quota")) {
            u->quota = p->quota;
            scenario_set(&u->node, "quota", &p->node);
        }
        g_ptr_array_add(h->mail->users, u);
        scenario_set(&h->mail->node, "users", from);
    }
    return h;
}

static const char *capitalised(struct derivation *d, const char *name)
{
    char *copy = g_strdup(name);
    copy[0] = g_ascii_toupper(copy[0]);
    const char *kept = scenario_copy(d->s, copy);
    g_free(copy);
    return kept;
}

/* It is the computer of somebody derived. */
static bool is_used(const struct scenario_host *h)
{
    for (unsigned i = 0; i < h->agents->len; i++)
        if (((struct scenario_agent *)g_ptr_array_index(h->agents, i))->node.derived)
            return true;
    return h->node.derived;
}

static void derive_person(struct derivation *d, struct scenario_domain *dom, struct scenario_person *p,
                          unsigned index, struct ip_prefix network, const struct scenario_host *local,
                          const struct scenario_host *mail)
{
    const char *name = p->computer ? p->computer : scenario_print(d->s, "%s-pc", p->name);
    const char *address = scenario_print(d->s, "%s@%s", p->name, dom->name);

    if (p->agent != NULL && p->agent->node.off)
        return;
    struct scenario_host *h = scenario_host_find(d->s, name);
    if (h != NULL && p->computer == NULL && is_used(h))
        name = scenario_print(d->s, "%s-pc.%s", p->name, dom->name); /* another domain's alice has that one */
    h = want_host(d, name, ROLE_COMPUTER, &p->node);
    give_address(d, h, network, index <= PERSON_TO - PERSON_AT ? PERSON_AT + index : MORE_PEOPLE_AT + index);
    want_link(d, h, p->link);
    want_link(d, h, dom->link);
    use_resolver(d, &h->node, h->resolvers, local);

    struct scenario_agent *a = NULL;
    for (unsigned i = 0; i < h->agents->len && a == NULL; i++) {
        struct scenario_agent *old = g_ptr_array_index(h->agents, i);
        a = g_ascii_strcasecmp(old->address, address) == 0 ? old : NULL;
    }
    if (a == NULL) {
        a = scenario_element(d->s, &shape_agent, &p->node);
        a->address = address;
        g_ptr_array_add(h->agents, a);
        scenario_set(&h->node, "agents", &p->node);
    }
    if (p->agent != NULL)
        scenario_fill(d->s, &a->node, &p->agent->node);
    if (!scenario_has(&a->node, "name")) {
        a->name = capitalised(d, p->name);
        scenario_set(&a->node, "name", &p->node);
    }
    if (!scenario_has(&a->node, "server") && mail != NULL) {
        a->server = mail->name;
        scenario_set(&a->node, "server", &p->node);
    }
}

static void derive_domain(struct derivation *d, unsigned index)
{
    struct scenario_domain *dom = g_ptr_array_index(d->s->domains, index);
    struct ip_prefix network = domain_network(index);
    const struct scenario_host *local = derive_local(d, dom, network);
    const struct scenario_host *mail = derive_mail(d, dom, network, local);

    for (unsigned i = 0; i < dom->people->len; i++)
        derive_person(d, dom, g_ptr_array_index(dom->people, i), i, network, local, mail);
    derive_name_servers(d, dom, network);
}

/* The domain that the name lies in, the deepest of those nested; -1: none. */
static int domain_of(const struct derivation *d, const char *name)
{
    int best = -1;
    size_t depth = 0;

    for (unsigned k = 0; k < d->s->domains->len; k++) {
        const struct scenario_domain *dom = g_ptr_array_index(d->s->domains, k);
        if (derive_is_under(name, dom->name) && strlen(dom->name) > depth) {
            best = (int)k;
            depth = strlen(dom->name);
        }
    }
    return best;
}

/* Whatever the author added: an address, in its domain's network if its name says so, and a local server to
 * ask. */
static void derive_others(struct derivation *d)
{
    for (unsigned i = 0; i < d->s->hosts->len; i++) {
        struct scenario_host *h = g_ptr_array_index(d->s->hosts, i);
        int k = domain_of(d, h->name);
        struct ip_prefix network = k >= 0 ? domain_network((unsigned)k) : elsewhere;
        const struct scenario_host *local = NULL;

        if (k >= 0) {
            const struct scenario_domain *dom = g_ptr_array_index(d->s->domains, (unsigned)k);
            local = scenario_host_find(d->s, scenario_print(d->s, "dns.%s", dom->name));
        }
        if (g_ascii_strcasecmp(h->name, internet) != 0) /* derive_links sees to that one */
            give_address(d, h, network, OTHER_AT);
        if (h->role != ROLE_ROUTER && h->dns == NULL)
            use_resolver(d, &h->node, h->resolvers, local);
    }
}

/* Servers that walk, and know no root yet, start at this scenario's. */
static void derive_hints(struct derivation *d)
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
            hint->address = host_address(r);
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
static void derive_chain(struct derivation *d)
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
    g_ptr_array_add(l->between, scenario_item(d->s, &h->node, internet));
    scenario_set(&l->node, "between", &h->node);
    if (h->link != NULL)
        scenario_fill(d->s, &l->node, &h->link->node);
    g_ptr_array_add(d->s->links, l);
    h->link = NULL; /* it is among the links now */
    h->node.given &= ~(UINT64_C(1) << shape_find(&shape_host, "link"));
}

static void derive_links(struct derivation *d)
{
    GPtrArray *loose = g_ptr_array_new();
    GHashTable *named = linked_names(d->s);
    struct scenario_host *router = scenario_host_find(d->s, internet);

    for (unsigned i = 0; i < d->s->hosts->len; i++) {
        struct scenario_host *h = g_ptr_array_index(d->s->hosts, i);
        if (h != router && !has_name(named, h->name))
            g_ptr_array_add(loose, h);
    }
    if (loose->len > 0 || has_name(named, internet))
        router = want_host(d, internet, ROLE_ROUTER, NULL);
    for (unsigned i = 0; i < loose->len; i++)
        link_to_internet(d, g_ptr_array_index(loose, i));
    g_ptr_array_free(loose, TRUE);
    g_hash_table_destroy(named);
    for (unsigned i = 0; i < d->s->links->len; i++)
        scenario_fill(d->s, &((struct scenario_link *)g_ptr_array_index(d->s->links, i))->node,
                      &d->s->defaults->node);
    if (router != NULL)
        give_address(d, router, elsewhere, 1);
}

void scenario_derive(struct scenario *s, struct report *r)
{
    struct derivation d = { .s = s, .report = r };
    bool has_sugar = s->domains->len > 0 || s->tlds->len > 0 || (s->root != NULL && !s->root->node.off);

    if (s->is_derived)
        return;
    d.zones = g_array_new(FALSE, TRUE, sizeof(struct derived_zone));
    d.taken = g_hash_table_new(NULL, NULL);
    note_addresses(&d);
    if (has_sugar) {
        if (s->root == NULL || !s->root->node.off)
            derive_root(&d);
        derive_tlds(&d);
        for (unsigned i = 0; i < s->domains->len; i++)
            derive_domain(&d, i);
    }
    derive_others(&d);
    if (d.zones->len > 0) {
        adopt_zones(&d);
        derive_hints(&d);
        derive_chain(&d);
        derive_zones(&d);
    }
    derive_links(&d);
    g_array_free(d.zones, TRUE);
    g_hash_table_destroy(d.taken);
    s->is_derived = true;
}
