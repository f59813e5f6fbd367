/* dns/zone_check.c: what a zone's author should hear. Each record by itself can stand; these faults are
 * between records. */
#include "dns/zone.h"

#include <string.h>

enum { TEXT_MAX = 600, SHOWN_MAX = 254, CHAIN_MAX = 16 };

struct check {
    const struct dns_zone *z;
    dns_on_finding *on_finding;
    void *self;
};

enum { DOUBT, ERROR };

static void find(const struct check *c, int is_error, const struct dns_name *name, uint16_t type,
                 const char *hint, const char *format, ...) G_GNUC_PRINTF(6, 7);
static void find(const struct check *c, int is_error, const struct dns_name *name, uint16_t type,
                 const char *hint, const char *format, ...)
{
    char message[TEXT_MAX];
    va_list args;

    va_start(args, format);
    g_vsnprintf(message, sizeof message, format, args);
    va_end(args);
    c->on_finding(c->self, &(struct dns_finding){ is_error == ERROR, name, type, message, hint });
}

static bool has(const struct dns_node *n, uint16_t type)
{
    return n != NULL && dns_node_find(n, type) != NULL;
}
static bool has_address(const struct dns_node *n)
{
    return has(n, DNS_A) || has(n, DNS_AAAA);
}

/* "mail.hamburger.edu.hamburger.edu" in hamburger.edu: what comes of a last dot that was left out. */
static bool says_zone_twice(const struct dns_zone *z, const struct dns_name *target)
{
    const struct dns_name *origin = dns_zone_origin(z);
    struct dns_name rest;

    if (origin->len == 1 || !dns_name_is_under(target, origin))
        return false;
    rest.len = (uint8_t)(target->len - origin->len + 1);
    memcpy(rest.wire, target->wire, rest.len - 1u);
    rest.wire[rest.len - 1] = 0;
    return dns_name_is_under(&rest, origin);
}

/* ---- Targets. */

/* "its mail host mail.hamburger.edu" */
static char *describe(char *buf, size_t size, uint16_t type, const struct dns_name *target)
{
    char text[DNS_NAME_TEXT_MAX];

    dns_name_text(text, target);
    g_snprintf(buf, size,
               type == DNS_NS   ? "its name server %.*s"
               : type == DNS_MX ? "its mail host %.*s"
                                : "%.*s, the name it stands for,",
               SHOWN_MAX, text);
    return buf;
}

static void check_missing(const struct check *c, const struct dns_rr *r, const struct dns_name *target,
                          bool exists)
{
    const char *hint = r->type == DNS_CNAME ? "add records for it, or correct the name"
                                            : "add an A record for it";
    bool is_twice = says_zone_twice(c->z, target);
    char text[TEXT_MAX];

    if (exists && r->type == DNS_CNAME)
        return; /* an alias of a name with other data */
    if (r->type == DNS_MX && target->len == 1)
        return; /* "0 .": no mail, please (RFC 7505) */
    if (is_twice)
        hint = "end the name with a dot, or write only what stands before the zone's name";
    find(c, r->type == DNS_NS ? ERROR : DOUBT, &r->name, r->type, hint, "%s %s%s",
         describe(text, sizeof text, r->type, target), exists ? "has no address" : "does not exist",
         is_twice ? ": it says the zone's name twice" : "");
}

/* Does the alias `name` lead back to itself, as far as this zone tells? */
static bool leads_back(const struct dns_zone *z, const struct dns_name *name, struct dns_name *at)
{
    for (int links = 0; links < CHAIN_MAX && dns_name_is_under(at, dns_zone_origin(z)); links++) {
        const struct dns_node *n = dns_zone_find(z, at).exact;
        const struct dns_set *cname = n ? dns_node_find(n, DNS_CNAME) : NULL;

        if (dns_name_equal(at, name))
            return true;
        if (cname == NULL || !dns_rdata_name(DNS_CNAME, cname->rdata[0], at))
            return false;
    }
    return false;
}

static void check_alias_target(const struct check *c, const struct dns_rr *r, struct dns_name *target)
{
    char text[TEXT_MAX];

    if (r->type == DNS_CNAME) {
        if (leads_back(c->z, &r->name, target))
            find(c, DOUBT, &r->name, r->type, "let one of the aliases end at a name with records",
                 "the alias leads back to itself");
        return;
    }
    find(c, r->type == DNS_NS ? ERROR : DOUBT, &r->name, r->type, "name the host itself (RFC 2181 §10.3)",
         "%s is an alias (CNAME)", describe(text, sizeof text, r->type, target));
}

static void check_target(const struct check *c, const struct dns_rr *r)
{
    struct dns_name target;
    struct dns_lookup found;
    const struct dns_node *n;
    char text[DNS_NAME_TEXT_MAX];

    if (!dns_rdata_name(r->type, span_bytes(r->rdata, r->rdlength), &target))
        return;
    if (!dns_name_is_under(&target, dns_zone_origin(c->z)))
        return; /* other people's names */
    found = dns_zone_find(c->z, &target);
    n = found.exact ? found.exact : found.wildcard;
    if (found.cut != NULL) {
        /* Below a delegation only the glue of that very delegation is this zone's business. */
        if (r->type == DNS_NS && dns_name_equal(&r->name, dns_node_name(found.cut)) &&
            !has_address(found.exact))
            find(c, ERROR, &r->name, DNS_NS, "add its A record here too, as glue",
                 "nobody can reach %.*s: its address is known only behind the delegation itself", SHOWN_MAX,
                 dns_name_text(text, &target));
        return;
    }
    if (has(n, DNS_CNAME))
        check_alias_target(c, r, &target);
    else if (!has_address(n))
        check_missing(c, r, &target, n != NULL);
}

/* ---- Each record. */

static void check_hidden(const struct check *c, const struct dns_rr *r)
{
    const struct dns_node *cut = dns_zone_find(c->z, &r->name).cut;
    char text[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];

    if (cut == NULL || r->type == DNS_A || r->type == DNS_AAAA)
        return; /* addresses are glue */
    if (dns_name_equal(&r->name, dns_node_name(cut)) &&
        (r->type == DNS_NS || r->type == DNS_DS || r->type == DNS_NSEC || r->type == DNS_RRSIG))
        return;
    find(c, DOUBT, &r->name, r->type, "put it into the zone of that name's own servers",
         "the %s record is never seen: %.*s is delegated to other servers", dns_type_text(type, r->type),
         SHOWN_MAX, dns_name_text(text, dns_node_name(cut)));
}

static void check_record(void *self, const struct dns_rr *r)
{
    const struct check *c = self;
    const struct dns_set *set = dns_node_find(dns_zone_find(c->z, &r->name).exact, r->type);
    bool is_first = set->rdata[0].at == (const char *)r->rdata;

    if (is_first && set->has_mixed_ttls)
        find(c, DOUBT, &r->name, r->type, "give them the same TTL (RFC 2181 §5.2)",
             "records of one name and type have different TTLs; the lowest, %u, counts for all", set->ttl_s);
    if (is_first)
        check_hidden(c, r);
    if (r->type == DNS_NS || r->type == DNS_MX || r->type == DNS_CNAME)
        check_target(c, r);
}

void dns_zone_check(const struct dns_zone *z, dns_on_finding *on_finding, void *self)
{
    struct check c = { z, on_finding, self };

    if (!has(dns_zone_apex(z), DNS_SOA))
        find(&c, ERROR, dns_zone_origin(z), DNS_SOA, "@ SOA ns hostmaster 1 7200 900 1209600 3600",
             "the zone has no SOA record");
    if (!has(dns_zone_apex(z), DNS_NS))
        find(&c, ERROR, dns_zone_origin(z), DNS_NS, "@ NS ns", "the zone names no name server");
    dns_zone_each(z, check_record, &c);
}
