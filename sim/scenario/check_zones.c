/* Zones: each record, what is wrong between the records of one zone (dns/zone.h), and between zones:
 * delegations, glue, name servers and mail hosts that are somebody else's. Sources: RFC 1912 §2.2 to §2.8,
 * RFC 2181 §10. */
#include "scenario/check_internal.h"

#include <string.h>

/* Where complaints about a record point: the line it came from. */
struct line {
    struct dns_rr rr;
    const struct scenario_item *item;
};

struct zone_check {
    struct check *c;
    struct check_zone *z;
    GArray *lines;      /* of struct line */
    GHashTable *by_set; /* the first line of each name and type; keys are lines */
};

/* ---- Complaints. What is wrong with a derived record follows from something that the author wrote. If that
 * was complained about already, its consequences are not told. */

static void note(struct zone_check *k, enum complaint_kind kind, const struct scenario_item *i,
                 const char *hint, const char *format, ...) G_GNUC_PRINTF(5, 6);

static void note(struct zone_check *k, enum complaint_kind kind, const struct scenario_item *i,
                 const char *hint, const char *format, ...)
{
    const struct node *n = &k->z->written->node;
    struct position at = i ? i->at : n->at;
    const char *path = i ? i->path : n->path;
    bool is_derived = i != NULL ? i->derived : n->derived;
    g_autofree char *message = NULL;
    va_list args;

    if (is_derived && k->z->lost)
        return;
    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    if (is_derived)
        report_add(&k->c->consequences, kind, at, path, hint, "%s", message);
    else
        scenario_complain(k->c->r, kind, at, path, hint, "%s", message);
}

/* The same record may stand in several zones, above and below a cut. */
static void tell_consequences(struct check *c)
{
    g_autoptr(GHashTable) told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (unsigned i = 0; i < c->consequences.entries->len; i++) {
        const struct complaint *e = g_ptr_array_index(c->consequences.entries, i);

        if (g_hash_table_add(told, g_strdup_printf("%s %s", e->path, e->message)))
            scenario_complain(c->r, e->kind, e->at, e->path, e->hint, "%s", e->message);
    }
}

/* ---- Reading. */

static guint hash_set(const void *line)
{
    const struct line *l = line;

    return dns_name_hash(&l->rr.name) * 31 + l->rr.type;
}

static gboolean is_same_set(const void *a, const void *b)
{
    const struct line *x = a, *y = b;

    return x->rr.type == y->rr.type && dns_name_equal(&x->rr.name, &y->rr.name);
}

static void begin_zone_check(struct zone_check *k, struct check *c, struct check_zone *z)
{
    *k = (struct zone_check){ c, z, g_array_new(FALSE, FALSE, sizeof(struct line)),
                              g_hash_table_new(hash_set, is_same_set) };
}

static void end_zone_check(struct zone_check *k)
{
    g_hash_table_unref(k->by_set);
    for (unsigned i = 0; i < k->lines->len; i++)
        dns_rr_release(&g_array_index(k->lines, struct line, i).rr);
    g_array_unref(k->lines);
}

static void read_lines(struct zone_check *k)
{
    char error[160] = "";

    CHECK_EACH (const struct scenario_item, i, k->z->written->records) {
        struct line line = { .item = i };

        if (!dns_rr_parse(span_of(i->text), &k->z->name, (uint32_t)k->c->s->defaults->ttl_s, &line.rr,
                          error)) {
            note(k, COMPLAINT_ERROR, i, check_record_hint(i->text), "%s", error);
            k->z->lost = true;
        } else if (!dns_zone_add(k->z->zone, &line.rr, error)) {
            note(k, COMPLAINT_ERROR, i, NULL, "%s", error);
            dns_rr_release(&line.rr);
        } else {
            g_array_append_val(k->lines, line);
        }
    }
    for (unsigned i = 0; i < k->lines->len; i++) {
        struct line *line = &g_array_index(k->lines, struct line, i);

        if (!g_hash_table_contains(k->by_set, line))
            g_hash_table_add(k->by_set, line);
    }
}

static const struct scenario_item *item_of(const struct zone_check *k, const struct dns_name *name,
                                           uint16_t type)
{
    struct line asked = { .rr.type = type };
    const struct line *found;

    dns_name_copy(&asked.rr.name, name);
    found = g_hash_table_lookup(k->by_set, &asked);
    return found ? found->item : NULL;
}

static void on_finding(void *self, const struct dns_finding *f)
{
    struct zone_check *k = self;
    const struct scenario_item *i = item_of(k, f->name, f->type);

    if (!k->z->lost)
        note(k, f->is_error ? COMPLAINT_ERROR : COMPLAINT_DOUBT, i, f->hint, "%s", f->message);
}

/* ---- The other zones. */

/* The closest of all zones at or above the name; NULL if there is none. */
static const struct check_zone *zone_above(const struct check *c, const struct dns_name *name)
{
    struct dns_name at;
    char text[DNS_NAME_TEXT_MAX];

    dns_name_copy(&at, name);
    for (;;) {
        const struct check_zone *z = check_find_name(c->zones_by_name, dns_name_text(text, &at));

        if (z != NULL)
            return z;
        if (!dns_name_parent(&at, &at))
            return NULL;
    }
}

enum target { TARGET_FOUND, TARGET_ALIAS, TARGET_NOT_FOUND, TARGET_UNKNOWN /* nobody here has its zone */ };

/* What the zone that has the name says of it; its first address. */
static enum target find_target(const struct check *c, const struct dns_name *name, ip_addr *out)
{
    const struct check_zone *z = zone_above(c, name);
    const struct dns_node *n;
    const struct dns_set *a;
    struct dns_lookup found;

    *out = 0;
    if (z == NULL)
        return TARGET_UNKNOWN;
    found = dns_zone_find(z->zone, name);
    n = found.exact ? found.exact : found.wildcard;
    if (n != NULL && dns_node_find(n, DNS_CNAME) != NULL)
        return TARGET_ALIAS;
    a = n ? dns_node_find(n, DNS_A) : NULL;
    if (a == NULL)
        return n != NULL && dns_node_find(n, DNS_AAAA) != NULL ? TARGET_FOUND : TARGET_NOT_FOUND;
    *out = dns_rdata_a(a->rdata[0]);
    return TARGET_FOUND;
}

/* The name may be missing only because something could not be read. */
static bool is_lost(const struct zone_check *k, const struct dns_name *name)
{
    const struct check_zone *z = zone_above(k->c, name);
    char text[DNS_NAME_TEXT_MAX];

    return k->z->lost || (z != NULL && z->lost) || check_may_be_lost(k->c, dns_name_text(text, name));
}

static bool serves(const struct scenario_host *h, const struct dns_name *zone)
{
    struct dns_name n;

    if (h->dns != NULL)
        CHECK_EACH (const struct scenario_zone, z, h->dns->zones)
            if (dns_name_parse(span_of(z->name), NULL, &n, NULL) && dns_name_equal(&n, zone))
                return true;
    return false;
}

/* ---- NS: does it lead to a server that has the zone? (RFC 1912 §2.8, lame delegations) */

/* dns_zone_check has looked at the target: it is data of the zone, or glue of the very delegation. */
static bool is_own_affair(const struct dns_zone *z, const struct dns_name *owner,
                          const struct dns_name *target)
{
    const struct dns_node *cut;

    if (!dns_name_is_under(target, dns_zone_origin(z)))
        return false;
    cut = dns_zone_find(z, target).cut;
    return cut == NULL || dns_name_equal(dns_node_name(cut), owner);
}

static void check_ns(struct zone_check *k, const struct line *l)
{
    char server[DNS_NAME_TEXT_MAX], zone[DNS_NAME_TEXT_MAX];
    const struct scenario_host *h;
    struct dns_name target;
    ip_addr a;
    enum target found;
    bool is_inside;

    if (!dns_rdata_name(DNS_NS, span_bytes(l->rr.rdata, l->rr.rdlength), &target))
        return;
    dns_name_text(server, &target);
    dns_name_text(zone, &l->rr.name);
    found = find_target(k->c, &target, &a);
    is_inside = is_own_affair(k->z->zone, &l->rr.name, &target);
    if (found == TARGET_ALIAS && !is_inside)
        note(k, COMPLAINT_ERROR, l->item, "name the host itself (RFC 2181 §10.3)",
             "its name server %.200s is an alias (CNAME)", server);
    if ((found == TARGET_NOT_FOUND || found == TARGET_UNKNOWN) && !is_inside && !is_lost(k, &target))
        note(k, COMPLAINT_DOUBT, l->item, "add an A record for it where its name belongs",
             "nobody knows the address of its name server %.200s", server);
    if (found != TARGET_FOUND || a == 0)
        return;
    h = check_host_at(k->c, a);
    if (h == NULL
            ? check_addresses_lost(k->c)
            : scenario_lost(&h->node, "dns") || (h->dns != NULL && scenario_lost(&h->dns->node, "zones")))
        return;
    if (h == NULL)
        note(k, COMPLAINT_DOUBT, l->item, NULL, "no host is at the address of its name server %.200s",
             server);
    else if (!serves(h, &l->rr.name))
        note(k, COMPLAINT_DOUBT, l->item, "give that host the zone, or name another one",
             "a lame delegation: %s does not serve %.200s", h->name, zone);
}

/* ---- Delegations, seen from the zone below. */

static bool has_rdata(const struct dns_set *set, struct span rdata)
{
    for (unsigned i = 0; set != NULL && i < set->n; i++)
        if (span_is_nocase(set->rdata[i], rdata))
            return true;
    return false;
}

/* The NS records above the cut and below it should be the same (RFC 1034 §4.2.2). */
static void check_same_ns(struct zone_check *k, const struct dns_set *above, const struct check_zone *parent)
{
    const struct dns_set *own = dns_node_find(dns_zone_apex(k->z->zone), DNS_NS);
    const struct scenario_item *i = item_of(k, &k->z->name, DNS_NS);
    char text[DNS_NAME_TEXT_MAX];
    bool same = own != NULL && own->n == above->n;

    for (unsigned n = 0; same && n < own->n; n++)
        same = has_rdata(above, own->rdata[n]);
    if (own != NULL && i != NULL && !same)
        note(k, COMPLAINT_DOUBT, i, "let both name the same servers",
             "the name servers here are not those that the zone above, %.200s, delegates to",
             dns_name_text(text, &parent->name));
}

static void check_delegated(struct zone_check *k)
{
    struct dns_name above;
    const struct check_zone *parent;
    const struct dns_node *cut;
    const struct dns_set *ns;
    char text[DNS_NAME_TEXT_MAX];

    if (!dns_name_parent(&k->z->name, &above) || (parent = zone_above(k->c, &above)) == NULL || k->z->lost ||
        parent->lost)
        return;
    cut = dns_zone_find(parent->zone, &k->z->name).cut;
    ns = cut != NULL && dns_name_equal(dns_node_name(cut), &k->z->name) ? dns_node_find(cut, DNS_NS) : NULL;
    if (ns != NULL)
        check_same_ns(k, ns, parent);
    else if (cut == NULL && k->z->servers->len > 0 &&
             !serves(g_ptr_array_index(k->z->servers, 0), &parent->name))
        note(k, COMPLAINT_DOUBT, NULL, "add NS records, and glue, there",
             "nobody finds this zone: the zone above, %.200s, does not delegate to it",
             dns_name_text(text, &parent->name));
}

/* Glue is a copy; the zone below has the original. */
static void check_glue(struct zone_check *k, const struct line *l)
{
    const struct check_zone *z;
    struct dns_lookup found;
    const struct dns_set *own;
    char text[DNS_NAME_TEXT_MAX];

    if (dns_zone_find(k->z->zone, &l->rr.name).cut == NULL)
        return;
    z = zone_above(k->c, &l->rr.name);
    if (z == NULL || z == k->z || z->lost)
        return;
    found = dns_zone_find(z->zone, &l->rr.name);
    own = found.exact ? dns_node_find(found.exact, DNS_A) : NULL;
    if (own != NULL && !has_rdata(own, span_bytes(l->rr.rdata, l->rr.rdlength)))
        note(k, COMPLAINT_DOUBT, l->item, "let both have the same address",
             "this glue is not the address that %.200s has", dns_name_text(text, &z->name));
}

/* ---- MX and CNAME. */

static void check_mx(struct zone_check *k, const struct line *l)
{
    char host[DNS_NAME_TEXT_MAX], domain[DNS_NAME_TEXT_MAX];
    const struct scenario_host *h;
    struct dns_name target;
    ip_addr a;
    enum target found;

    if (!dns_rdata_name(DNS_MX, span_bytes(l->rr.rdata, l->rr.rdlength), &target) || target.len == 1)
        return; /* "0 .": no mail here (RFC 7505) */
    dns_name_text(host, &target);
    dns_name_text(domain, &l->rr.name);
    found = find_target(k->c, &target, &a);
    if (!dns_name_is_under(&target, &k->z->name)) {
        if (found == TARGET_ALIAS)
            note(k, COMPLAINT_DOUBT, l->item, "name the host itself (RFC 5321 §5.1)",
                 "its mail host %.200s is an alias (CNAME)", host);
        else if (found != TARGET_FOUND && !is_lost(k, &target))
            note(k, COMPLAINT_DOUBT, l->item, "add an A record for it where its name belongs",
                 "nobody knows the address of its mail host %.200s", host);
    }
    if (found != TARGET_FOUND || a == 0)
        return;
    h = check_host_at(k->c, a);
    if (h == NULL
            ? check_addresses_lost(k->c)
            : scenario_lost(&h->node, "mail") || (h->mail != NULL && scenario_lost(&h->mail->node, NULL)))
        return;
    if (h == NULL)
        note(k, COMPLAINT_DOUBT, l->item, NULL, "no host is at the address of its mail host %.200s", host);
    else if (h->mail == NULL)
        note(k, COMPLAINT_DOUBT, l->item, NULL, "%s is no mail server", h->name);
    else if (!check_names(h->mail->domains, span_of(domain)) &&
             !check_names(h->mail->relay_domains, span_of(domain)))
        note(k, COMPLAINT_DOUBT, l->item, "add it to \"domains\" or \"relay_domains\" there",
             "%s takes no mail for %.200s", h->name, domain);
}

static void check_cname(struct zone_check *k, const struct line *l)
{
    const struct check_zone *z;
    struct dns_lookup found;
    struct dns_name target;
    char text[DNS_NAME_TEXT_MAX];

    if (!dns_rdata_name(DNS_CNAME, span_bytes(l->rr.rdata, l->rr.rdlength), &target) ||
        dns_name_is_under(&target, &k->z->name))
        return; /* its own zone's affair: dns_zone_check has seen it */
    z = zone_above(k->c, &target);
    if (z == NULL || is_lost(k, &target))
        return;
    found = dns_zone_find(z->zone, &target);
    if (found.exact == NULL && found.wildcard == NULL && found.cut == NULL)
        note(k, COMPLAINT_DOUBT, l->item, NULL, "the name it stands for, %.200s, does not exist",
             dns_name_text(text, &target));
}

/* ---- All. */

static void check_lines(struct zone_check *k)
{
    for (unsigned i = 0; i < k->lines->len; i++) {
        const struct line *l = &g_array_index(k->lines, struct line, i);

        if (l->rr.type == DNS_NS)
            check_ns(k, l);
        else if (l->rr.type == DNS_MX)
            check_mx(k, l);
        else if (l->rr.type == DNS_CNAME)
            check_cname(k, l);
        else if (l->rr.type == DNS_A)
            check_glue(k, l);
    }
}

/* Whether two servers of one zone say the same: the same list, or the same lines. */
static bool same_records(const GPtrArray *a, const GPtrArray *b)
{
    if (a == b)
        return true;
    if (a->len != b->len)
        return false;
    for (unsigned i = 0; i < a->len; i++)
        if (strcmp(((struct scenario_item *)g_ptr_array_index(a, i))->text,
                   ((struct scenario_item *)g_ptr_array_index(b, i))->text) != 0)
            return false;
    return true;
}

/* A second server of a zone: its records, too, must be able to stand. */
static void check_copy(struct check *c, const struct check_zone *first, const struct scenario_zone *z)
{
    struct check_zone copy = { .name = first->name, .written = z, .zone = dns_zone_new(&first->name) };
    struct zone_check k;

    begin_zone_check(&k, c, &copy);
    read_lines(&k);
    if (!copy.lost && !first->lost && !scenario_lost(&z->node, NULL))
        scenario_doubt(c->r, &z->node, NULL, "the servers of a zone should have the same records",
                       "another server of %s has other records", z->name);
    end_zone_check(&k);
    dns_zone_free(&copy.zone);
}

static void gather_zone(struct check *c, GArray *checks, struct scenario_host *h,
                        const struct scenario_zone *written)
{
    struct check_zone *z = check_find_name(c->zones_by_name, written->name);
    struct zone_check k;

    if (z != NULL) {
        g_ptr_array_add(z->servers, h);
        if (!same_records(z->written->records, written->records))
            check_copy(c, z, written);
        return;
    }
    z = g_new0(struct check_zone, 1);
    dns_name_parse(span_of(written->name), NULL, &z->name, NULL);
    z->written = written;
    z->lost = scenario_lost(&written->node, NULL);
    z->zone = dns_zone_new(&z->name);
    z->servers = g_ptr_array_new();
    g_ptr_array_add(z->servers, h);
    g_ptr_array_add(c->zones, z);
    check_add_name(c->zones_by_name, written->name, z);
    begin_zone_check(&k, c, z);
    read_lines(&k);
    dns_zone_check(z->zone, on_finding, &k);
    g_array_append_val(checks, k);
}

void check_zones(struct check *c)
{
    g_autoptr(GArray) checks = g_array_new(FALSE, FALSE, sizeof(struct zone_check));
    unsigned errors = c->r->errors;

    report_init(&c->consequences, NULL);
    CHECK_EACH (struct scenario_host, h, c->s->hosts)
        if (h->dns != NULL)
            CHECK_EACH (const struct scenario_zone, z, h->dns->zones)
                gather_zone(c, checks, h, z);
    for (unsigned i = 0; i < checks->len; i++) {
        struct zone_check *k = &g_array_index(checks, struct zone_check, i);

        check_lines(k);
        check_delegated(k);
    }
    for (unsigned i = 0; i < checks->len; i++)
        end_zone_check(&g_array_index(checks, struct zone_check, i));
    if (c->r->errors == errors && !check_addresses_lost(c))
        tell_consequences(c);
    report_release(&c->consequences);
}
