#include "scenario/derive_internal.h"

#include <string.h>

/* Where a domain's hosts sit in its network. */
enum {
    MAIL_AT = 25,
    WEB_AT = 80,
    NAME_SERVER_AT = 54,
    PERSON_AT = 10,
    PERSON_TO = 19,
    MORE_PEOPLE_AT = 100,
    OTHER_AT = 200
};

/* ---- A domain: name servers, local server, mail server, people's computers. */

static void derive_name_servers(struct derivation *d, struct scenario_domain *dom, struct ip_prefix network)
{
    unsigned n = (unsigned)dom->name_servers;
    struct derived_zone *z = derive_add_zone(d, dom->name, &dom->node, dom->ttl_s);

    z->written = dom->records;
    z->domain = dom;
    for (unsigned i = 0; i < n; i++) {
        const char *host = n == 1 ? scenario_print(d->s, "ns.%s", dom->name)
                                  : scenario_print(d->s, "ns%u.%s", i + 1, dom->name);
        struct scenario_host *h = derive_want_host(d, host, ROLE_AUTHORITATIVE, &dom->node);

        derive_address(d, h, network, NAME_SERVER_AT + i);
        derive_want_link(d, h, dom->link);
        struct scenario_dns *dns = derive_want_dns(d, h, &dom->node);
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
        derive_address(d, own, network, DERIVE_LOCAL_AT);
        return own;
    }

    const struct node *from = dom->local != NULL ? &dom->local->node : &dom->node;
    struct scenario_host *h = derive_want_host(d, name, ROLE_LOCAL, from);
    struct scenario_dns *dns = derive_want_dns(d, h, from);

    derive_address(d, h, network, DERIVE_LOCAL_AT);
    derive_want_link(d, h, dom->link);
    if (dom->local != NULL)
        scenario_fill(d->s, &dns->node, &dom->local->node);
    if (!scenario_has(&dns->node, "recursion")) {
        dns->recursion = RECURSION_ON;
        scenario_set(&dns->node, "recursion", from);
    }
    if (!scenario_has(&dns->node, "clients"))
        derive_add_prefix(d, &dns->node, "clients", dns->clients, from, network);
    return h;
}

/* What a person logs in with, unless somebody says otherwise. */
static const char *password_of(struct derivation *d, const struct scenario_person *p)
{
    return p->password != NULL ? p->password : scenario_print(d->s, "%s-secret", p->name);
}

static struct scenario_user *find_user(const struct scenario_mail *m, const char *name, size_t len)
{
    for (unsigned i = 0; i < m->users->len; i++) {
        struct scenario_user *u = g_ptr_array_index(m->users, i);

        if (strlen(u->name) == len && g_ascii_strncasecmp(u->name, name, len) == 0)
            return u;
    }
    return NULL;
}

static void derive_user(struct derivation *d, struct scenario_mail *m, const struct scenario_person *p)
{
    struct scenario_user *u = find_user(m, p->name, strlen(p->name));

    if (u == NULL) {
        u = scenario_element(d->s, &shape_user, &p->node);
        u->name = p->name;
        if (scenario_has(&p->node, "quota")) {
            u->quota = p->quota;
            scenario_set(&u->node, "quota", &p->node);
        }
        g_ptr_array_add(m->users, u);
    }
    if (u->password == NULL && !scenario_lost(&u->node, "password")) {
        u->password = password_of(d, p);
        scenario_set(&u->node, "password", &p->node);
    }
}

static void derive_web(struct derivation *d, struct scenario_domain *dom, struct ip_prefix network)
{
    const struct node *from = dom->web != NULL ? &dom->web->node : NULL;
    struct scenario_host *h;

    if (dom->web == NULL)
        return;
    h = derive_want_host(d, scenario_print(d->s, "www.%s", dom->name), ROLE_WEB, from);
    derive_address(d, h, network, WEB_AT);
    derive_want_link(d, h, dom->link);
    if (h->web == NULL) {
        h->web = scenario_element(d->s, &shape_web, from);
        scenario_set(&h->node, "web", from);
    }
    scenario_fill(d->s, &h->web->node, from);
}

static struct scenario_host *derive_mail(struct derivation *d, struct scenario_domain *dom,
                                         struct ip_prefix network, const struct scenario_host *local)
{
    if (dom->mail != NULL ? dom->mail->node.off : dom->people->len == 0)
        return NULL;

    const struct node *from = dom->mail != NULL ? &dom->mail->node : &dom->node;
    struct scenario_host *h = derive_want_host(d, scenario_print(d->s, "mail.%s", dom->name), ROLE_MAIL,
                                               from);

    derive_address(d, h, network, MAIL_AT);
    derive_want_link(d, h, dom->link);
    derive_use_resolver(d, &h->node, h->resolvers, local);
    if (h->mail == NULL) {
        h->mail = scenario_element(d->s, &shape_mail, from);
        scenario_set(&h->node, "mail", from);
    }
    if (dom->mail != NULL)
        scenario_fill(d->s, &h->mail->node, &dom->mail->node);
    if (!scenario_has(&h->mail->node, "domains"))
        derive_add_item(d, &h->mail->node, "domains", h->mail->domains, &dom->node, 0, dom->name);
    if (!scenario_has(&h->mail->node, "relay_for"))
        derive_add_prefix(d, &h->mail->node, "relay_for", h->mail->relay_for, from, network);
    for (unsigned i = 0; i < dom->people->len; i++)
        derive_user(d, h->mail, g_ptr_array_index(dom->people, i));
    if (dom->people->len > 0)
        scenario_set(&h->mail->node, "users", from);
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

/* The person's program on that host, as it is set up. */
static void derive_agent(struct derivation *d, struct scenario_host *h, const struct scenario_person *p,
                         const char *address, const struct scenario_host *mail, bool is_device)
{
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
    if (is_device && !scenario_has(&a->node, "device")) {
        a->device = true;
        scenario_set(&a->node, "device", &p->node);
    }
    if (!scenario_has(&a->node, "name")) {
        a->name = capitalised(d, p->name);
        scenario_set(&a->node, "name", &p->node);
    }
    if (!scenario_has(&a->node, "server") && mail != NULL) {
        a->server = mail->name;
        scenario_set(&a->node, "server", &p->node);
    }
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
    for (unsigned i = 0; i <= p->devices->len; i++) {
        const struct scenario_item *device = i > 0 ? g_ptr_array_index(p->devices, i - 1) : NULL;

        h = derive_want_host(d, device != NULL ? device->text : name, ROLE_COMPUTER, &p->node);
        derive_address(d, h, network,
                       device != NULL                   ? MORE_PEOPLE_AT
                       : index <= PERSON_TO - PERSON_AT ? PERSON_AT + index
                                                        : MORE_PEOPLE_AT + index);
        derive_want_link(d, h, p->link);
        derive_want_link(d, h, dom->link);
        derive_use_resolver(d, &h->node, h->resolvers, local);
        derive_agent(d, h, p, address, mail, device != NULL);
    }
}

static void derive_domain(struct derivation *d, unsigned index)
{
    struct scenario_domain *dom = g_ptr_array_index(d->s->domains, index);
    struct ip_prefix network = derive_domain_network(index);
    const struct scenario_host *local = derive_local(d, dom, network);
    const struct scenario_host *mail = derive_mail(d, dom, network, local);

    for (unsigned i = 0; i < dom->people->len; i++)
        derive_person(d, dom, g_ptr_array_index(dom->people, i), i, network, local, mail);
    derive_web(d, dom, network);
    derive_name_servers(d, dom, network);
}

/* A program knows its person's password, unless the author has it know another. */
static void derive_passwords(struct derivation *d)
{
    for (unsigned i = 0; i < d->s->hosts->len; i++) {
        struct scenario_host *h = g_ptr_array_index(d->s->hosts, i);

        for (unsigned k = 0; k < h->agents->len; k++) {
            struct scenario_agent *a = g_ptr_array_index(h->agents, k);
            const struct scenario_host *server = a->server ? scenario_host_find(d->s, a->server) : NULL;
            const struct scenario_user *u = NULL;

            if (server != NULL && server->mail != NULL)
                u = find_user(server->mail, a->address, strcspn(a->address, "@"));
            if (scenario_has(&a->node, "password") || u == NULL || u->password == NULL)
                continue;
            a->password = u->password;
            scenario_set(&a->node, "password", &u->node);
        }
    }
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
        struct ip_prefix network = k >= 0 ? derive_domain_network((unsigned)k) : derive_elsewhere;
        const struct scenario_host *local = NULL;

        if (k >= 0) {
            const struct scenario_domain *dom = g_ptr_array_index(d->s->domains, (unsigned)k);
            local = scenario_host_find(d->s, scenario_print(d->s, "dns.%s", dom->name));
        }
        if (g_ascii_strcasecmp(h->name, derive_internet) != 0) /* derive_links sees to that one */
            derive_address(d, h, network, OTHER_AT);
        if (h->role != ROLE_ROUTER && h->dns == NULL)
            derive_use_resolver(d, &h->node, h->resolvers, local);
    }
}

void scenario_derive(struct scenario *s, struct report *r)
{
    struct derivation d = { .s = s, .report = r };
    bool has_sugar = s->domains->len > 0 || s->tlds->len > 0 || (s->root != NULL && !s->root->node.off);

    if (s->is_derived)
        return;
    d.zones = g_array_new(FALSE, TRUE, sizeof(struct derived_zone));
    d.taken = g_hash_table_new(NULL, NULL);
    derive_note_addresses(&d);
    if (has_sugar) {
        if (s->root == NULL || !s->root->node.off)
            derive_root(&d);
        derive_tlds(&d);
        for (unsigned i = 0; i < s->domains->len; i++)
            derive_domain(&d, i);
    }
    derive_others(&d);
    derive_passwords(&d);
    if (d.zones->len > 0) {
        derive_adopt_zones(&d);
        derive_hints(&d);
        derive_chain(&d);
        derive_zones(&d);
    }
    derive_links(&d);
    g_array_free(d.zones, TRUE);
    g_hash_table_destroy(d.taken);
    s->is_derived = true;
}
