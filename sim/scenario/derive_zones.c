/* The records of derived zones, and the delegations that tie them together. */
#include "scenario/derive_internal.h"

#include <string.h>

#include "dns/rr.h"

/* SOA timers in seconds: refresh, retry, expire (RFC 1912 §2.2) and how long a "no" may be remembered (RFC
 * 2308 §5). */
static const char soa_timers[] = "7200 900 1209600 3600";

bool derive_is_under(const char *name, const char *zone)
{
    size_t len = strlen(name), tail = strlen(zone);

    if (strcmp(zone, ".") == 0)
        return true;
    if (len < tail || g_ascii_strcasecmp(name + len - tail, zone) != 0)
        return false;
    return len == tail || name[len - tail - 1] == '.';
}

/* A name as the zone's own records would write it: "@", "ns", or with its last dot where it lies outside. */
static const char *relative(struct scenario *s, const char *name, const char *zone)
{
    size_t len = strlen(name), tail = strlen(zone);

    if (g_ascii_strcasecmp(name, zone) == 0)
        return "@";
    if (strcmp(zone, ".") == 0 || !derive_is_under(name, zone))
        return scenario_print(s, "%s.", name);
    return scenario_print(s, "%.*s", (int)(len - tail - 1), name);
}

/* ---- What the author wrote, as far as it can be read: what can't is complained of by check. */

typedef void each_written(void *self, const struct dns_rr *r);

static void written_each(const struct derived_zone *z, each_written *each, void *self)
{
    struct dns_name origin;

    if (z->written == NULL || !dns_name_parse(span_of(z->name), NULL, &origin, NULL))
        return;
    for (unsigned i = 0; i < z->written->len; i++) {
        const struct scenario_item *item = g_ptr_array_index(z->written, i);
        struct dns_rr r;
        char error[160];

        if (!dns_rr_parse(span_of(item->text), &origin, 0, &r, error))
            continue;
        each(self, &r);
        dns_rr_release(&r);
    }
}

struct written_query {
    struct dns_name name;
    uint16_t type; /* DNS_ANY: of any type */
    bool found;
};

static void on_written(void *self, const struct dns_rr *r)
{
    struct written_query *q = self;

    if (dns_name_equal(&r->name, &q->name) &&
        (q->type == DNS_ANY || r->type == q->type || r->type == DNS_CNAME))
        q->found = true;
}

/* The author has said something about this name and type himself, or made an alias of the name. */
static bool is_written(const struct derived_zone *z, const char *name, uint16_t type)
{
    struct written_query q = { .type = type };

    if (!dns_name_parse(span_of(name), NULL, &q.name, NULL))
        return false;
    written_each(z, on_written, &q);
    return q.found;
}

/* ---- Filling a zone. */

struct filling {
    struct derivation *d;
    const struct derived_zone *z;
    GPtrArray *records;
    const GPtrArray *homes; /* of struct derived_zone: the closest zone of each host */
};

static void add(struct filling *f, const char *line)
{
    g_ptr_array_add(f->records, scenario_item(f->d->s, f->z->from, line));
}

static void add_address(struct filling *f, const char *name, ip_addr a)
{
    char text[IP_TEXT_MAX];

    add(f, scenario_print(f->d->s, "%s %d A %s", relative(f->d->s, name, f->z->name), (int)f->z->ttl_s,
                          ip_text(text, a)));
}

static void add_addresses(struct filling *f, const char *name, const struct scenario_host *h)
{
    for (unsigned i = 0; i < h->addresses->len; i++)
        add_address(f, name, ((const struct scenario_item *)g_ptr_array_index(h->addresses, i))->address);
}

/* The zone closest above (or at) a name, other than `but`. */
static const struct derived_zone *closest(const struct derivation *d, const char *name,
                                          const struct derived_zone *but)
{
    const struct derived_zone *best = NULL;

    for (unsigned i = 0; i < d->zones->len; i++) {
        const struct derived_zone *z = &g_array_index(d->zones, struct derived_zone, i);
        if (z != but && derive_is_under(name, z->name) &&
            (best == NULL || derive_is_under(z->name, best->name)))
            best = z;
    }
    return best;
}

static void add_apex(struct filling *f)
{
    const struct derived_zone *z = f->z;
    struct scenario *s = f->d->s;
    int ttl = (int)z->ttl_s;
    const char *primary = relative(s, ((struct scenario_host *)g_ptr_array_index(z->servers, 0))->name,
                                   z->name);

    if (!is_written(z, z->name, DNS_SOA))
        add(f, scenario_print(s, "@ %d SOA %s %s 1 %s", ttl, primary,
                              strcmp(z->name, ".") == 0 ? "hostmaster.root-servers.net." : "hostmaster",
                              soa_timers));
    if (!is_written(z, z->name, DNS_NS))
        for (unsigned i = 0; i < z->servers->len; i++)
            add(f,
                scenario_print(
                    s, "@ %d NS %s", ttl,
                    relative(s, ((struct scenario_host *)g_ptr_array_index(z->servers, i))->name, z->name)));
}

/* The domain's mail server takes its mail, unless the author's MX says who. */
static void add_mx(struct filling *f)
{
    const char *mail = scenario_print(f->d->s, "mail.%s", f->z->name);
    const struct scenario_host *h = scenario_host_find(f->d->s, mail);

    if (h != NULL && h->mail != NULL && !is_written(f->z, f->z->name, DNS_MX))
        add(f, scenario_print(f->d->s, "@ %d MX 10 mail", (int)f->z->ttl_s));
}

static void add_hosts(struct filling *f)
{
    const struct derived_zone *z = f->z;

    for (unsigned i = 0; i < f->d->s->hosts->len; i++) {
        const struct scenario_host *h = g_ptr_array_index(f->d->s->hosts, i);
        bool is_server = g_ptr_array_find(
            z->servers, h, NULL); /* the root serves its own address, whatever zone that is in */

        if (strchr(h->name, '.') != NULL &&
            (g_ptr_array_index(f->homes, i) == z || (is_server && strcmp(z->name, ".") == 0)) &&
            !is_written(z, h->name, DNS_A))
            add_addresses(f, h->name, h);
    }
    for (unsigned i = 0; z->domain != NULL && i < z->domain->people->len;
         i++) { /* "alice-pc" is alice-pc.crepes.fr */
        const struct scenario_person *p = g_ptr_array_index(z->domain->people, i);
        const char *name = scenario_print(f->d->s, "%s-pc", p->name);
        const struct scenario_host *h = scenario_host_find(f->d->s, name);
        const char *full = scenario_print(f->d->s, "%s.%s", name, z->name);
        char address[320];

        g_snprintf(address, sizeof address, "%s@%s", p->name, z->name);
        for (unsigned k = 0; h != NULL && k < h->agents->len; k++)
            if (g_ascii_strcasecmp(((struct scenario_agent *)g_ptr_array_index(h->agents, k))->address,
                                   address) == 0 &&
                !is_written(z, full, DNS_A))
                add_addresses(f, full, h);
    }
}

/* ---- Delegations. */

struct delegation {
    struct filling *f;
    const struct derived_zone *child;
    unsigned n;
};

struct glue {
    struct filling *f;
    const char *server;
    struct dns_name name;
    bool found;
};

static void on_written_address(void *self, const struct dns_rr *r)
{
    struct glue *g = self;

    if (r->type != DNS_A || !dns_name_equal(&r->name, &g->name))
        return;
    g->found = true;
    add_address(g->f, g->server,
                (ip_addr)r->rdata[0] << 24 | (ip_addr)r->rdata[1] << 16 | (ip_addr)r->rdata[2] << 8 |
                    r->rdata[3]);
}

static void delegate_to(struct delegation *g, const char *server)
{
    struct filling *f = g->f;
    struct scenario *s = f->d->s;

    add(f, scenario_print(s, "%s %d NS %s", relative(s, g->child->name, f->z->name), (int)f->z->ttl_s,
                          relative(s, server, f->z->name)));
    g->n++;
    if (!derive_is_under(server, g->child->name))
        return;
    /* A name inside the zone that it serves needs glue: the addresses that the zone itself gives it. */
    struct glue glue = { .f = f, .server = server };
    const struct scenario_host *h = scenario_host_find(s, server);
    if (dns_name_parse(span_of(server), NULL, &glue.name, NULL))
        written_each(g->child, on_written_address, &glue);
    if (h != NULL && !glue.found)
        add_addresses(f, server, h);
}

static void on_written_ns(void *self, const struct dns_rr *r)
{
    struct delegation *g = self;
    struct dns_name apex, server;
    char text[DNS_NAME_TEXT_MAX];

    if (r->type == DNS_NS && dns_name_parse(span_of(g->child->name), NULL, &apex, NULL) &&
        dns_name_equal(&r->name, &apex) &&
        dns_rdata_name(r->type, span_bytes(r->rdata, r->rdlength), &server))
        delegate_to(g, dns_name_text(text, &server));
}

static void add_delegations(struct filling *f)
{
    for (unsigned i = 0; i < f->d->zones->len; i++) {
        const struct derived_zone *child = &g_array_index(f->d->zones, struct derived_zone, i);
        struct delegation g = { f, child, 0 };

        if (child->parent != f->z || is_written(f->z, child->name, DNS_NS))
            continue;
        written_each(child, on_written_ns, &g);
        for (unsigned k = 0, named = g.n; named == 0 && k < child->servers->len; k++)
            delegate_to(&g, ((struct scenario_host *)g_ptr_array_index(child->servers, k))->name);
    }
}

/* The TTL that the line comes to, if none is said: so two defaults tell whether one is. -1: no record. */
static int64_t ttl_of(const struct scenario_item *line, const struct dns_name *origin, uint32_t default_s)
{
    char error[160];
    struct dns_rr r;

    if (!dns_rr_parse(span_of(line->text), origin, default_s, &r, error))
        return -1;
    dns_rr_release(&r);
    return r.ttl_s;
}

/* The author's record: with the domain's TTL, if it has none of its own. */
static struct scenario_item *with_ttl(struct scenario *s, const struct derived_zone *z,
                                      struct scenario_item *written)
{
    struct span line = span_trim(span_of(written->text));
    int owner = (int)strcspn(line.at, " \t");
    struct dns_name origin;

    if (z->ttl_s == s->defaults->ttl_s || !dns_name_parse(span_of(z->name), NULL, &origin, NULL) ||
        ttl_of(written, &origin, 1) == ttl_of(written, &origin, 2))
        return written;
    struct scenario_item *item = scenario_alloc(s, sizeof *item);
    *item = *written;
    item->text = scenario_print(s, "%.*s %d%.*s", owner, line.at, (int)z->ttl_s, (int)line.len - owner,
                                line.at + owner);
    return item;
}

/* The author's own records. */
static void add_written(struct filling *f)
{
    for (unsigned i = 0; f->z->written != NULL && i < f->z->written->len; i++)
        g_ptr_array_add(f->records, with_ttl(f->d->s, f->z, g_ptr_array_index(f->z->written, i)));
}

/* The zone that the action changes: the one it names, else its host's first. */
static const struct derived_zone *zone_of(const struct derivation *d, const struct scenario_action *a)
{
    const struct scenario_host *h = a->host ? scenario_host_find(d->s, a->host) : NULL;
    const char *name = a->zone;

    if (h == NULL || h->dns == NULL || h->dns->zones->len == 0)
        return NULL;
    if (name == NULL)
        name = ((const struct scenario_zone *)g_ptr_array_index(h->dns->zones, 0))->name;
    for (unsigned i = 0; i < d->zones->len; i++) {
        const struct derived_zone *z = &g_array_index(d->zones, struct derived_zone, i);

        if (g_ascii_strcasecmp(z->name, name) == 0)
            return z;
    }
    return NULL;
}

/* Records that come in later have the domain's TTL, too. */
static void give_ttls(struct derivation *d)
{
    for (unsigned i = 0; i < d->s->actions->len; i++) {
        const struct scenario_action *a = g_ptr_array_index(d->s->actions, i);
        const struct derived_zone *z = a->what == DO_RECORD ? zone_of(d, a) : NULL;

        for (unsigned k = 0; z != NULL && !z->authored && k < a->add->len; k++)
            a->add->pdata[k] = with_ttl(d->s, z, a->add->pdata[k]);
    }
}

static void give_zone(struct filling *f, struct scenario_host *h)
{
    for (unsigned i = 0; i < h->dns->zones->len; i++)
        if (g_ascii_strcasecmp(((struct scenario_zone *)g_ptr_array_index(h->dns->zones, i))->name,
                               f->z->name) == 0)
            return; /* the author's own */

    struct scenario_zone *zone = scenario_element(f->d->s, &shape_zone, f->z->from);
    zone->name = f->z->name;
    zone->records = f->records;
    scenario_set(&zone->node, "records", f->z->from);
    g_ptr_array_add(h->dns->zones, zone);
    scenario_set(&h->dns->node, "zones", f->z->from);
}

void derive_zones(struct derivation *d)
{
    GPtrArray *homes = scenario_list(d->s);

    for (unsigned i = 0; i < d->zones->len; i++) {
        struct derived_zone *z = &g_array_index(d->zones, struct derived_zone, i);
        z->parent = strcmp(z->name, ".") == 0 ? NULL : closest(d, z->name, z);
    }
    for (unsigned i = 0; i < d->s->hosts->len; i++)
        g_ptr_array_add(
            homes,
            (void *)closest(d, ((struct scenario_host *)g_ptr_array_index(d->s->hosts, i))->name, NULL));
    for (unsigned i = 0; i < d->zones->len; i++) {
        struct filling f = { d, &g_array_index(d->zones, struct derived_zone, i), scenario_list(d->s),
                             homes };

        if (f.z->authored) {
            f.records = f.z->written;
        } else {
            add_apex(&f);
            add_mx(&f);
            add_hosts(&f);
            add_written(&f);
            add_delegations(&f);
        }
        for (unsigned k = 0; k < f.z->servers->len; k++)
            give_zone(&f, g_ptr_array_index(f.z->servers, k));
    }
    give_ttls(d);
}
