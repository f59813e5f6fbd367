#include "dns/verdict.h"

static const struct dns_msg_rr *find_rr(const struct dns_msg *m, enum dns_section section,
                                        const struct dns_name *owner, uint16_t type)
{
    const struct dns_msg_rr *rr = dns_msg_section(m, section);

    for (unsigned i = 0; i < m->n[section]; i++)
        if (rr[i].rclass == DNS_IN && (rr[i].type == type || type == DNS_ANY) &&
            dns_name_equal(rr[i].name, owner))
            return &rr[i];
    return NULL;
}

static void add_set(struct dns_verdict *v, const struct dns_name *owner, uint16_t type)
{
    v->sets[v->n_sets].owner = owner;
    v->sets[v->n_sets].type = type;
    v->n_sets++;
}

/* Along the CNAMEs of the answer section as far as the zone reaches. True if the records asked for are at the
 * end. */
static bool follow(const struct dns_msg *m, const struct dns_name *zone, uint16_t type, struct dns_verdict *v)
{
    while (v->n_sets < DNS_VERDICT_SETS && dns_name_is_under(&v->end, zone)) {
        const struct dns_msg_rr *rr = find_rr(m, DNS_ANSWER, &v->end, type);
        if (rr != NULL) {
            add_set(v, rr->name, type);
            return true;
        }
        rr = find_rr(m, DNS_ANSWER, &v->end, DNS_CNAME);
        if (rr == NULL || !dns_rdata_name(DNS_CNAME, rr->rdata, &v->end))
            return false;
        add_set(v, rr->name, DNS_CNAME);
        v->aliases++;
    }
    return false;
}

/* The SOA in the authority section of a zone that holds `end`, and that this server may speak for. */
static const struct dns_msg_rr *find_soa(const struct dns_msg *m, const struct dns_name *zone,
                                         const struct dns_name *end)
{
    const struct dns_msg_rr *rr = dns_msg_section(m, DNS_AUTHORITY);

    for (unsigned i = 0; i < m->n[DNS_AUTHORITY]; i++)
        if (rr[i].type == DNS_SOA && rr[i].rclass == DNS_IN && dns_name_is_under(rr[i].name, zone) &&
            dns_name_is_under(end, rr[i].name) && rr[i].rdata.len >= 22)
            return &rr[i];
    return NULL;
}

/* A referral: NS in the authority section. `cut` is the owner of the first that leads closer, NULL if none
 * does. */
static bool find_referral(const struct dns_msg *m, const struct dns_name *zone, const struct dns_name *end,
                          const struct dns_name **cut_out)
{
    const struct dns_msg_rr *rr = dns_msg_section(m, DNS_AUTHORITY);
    bool any = false;

    *cut_out = NULL;
    for (unsigned i = 0; i < m->n[DNS_AUTHORITY]; i++) {
        if (rr[i].type != DNS_NS || rr[i].rclass != DNS_IN)
            continue;
        any = true;
        if (dns_name_is_under(rr[i].name, zone) && !dns_name_equal(rr[i].name, zone) &&
            dns_name_is_under(end, rr[i].name)) {
            *cut_out = rr[i].name;
            return true;
        }
    }
    return any;
}

static enum dns_verdict_kind judge(const struct dns_msg *m, const struct dns_name *zone, uint16_t type,
                                   struct dns_verdict *v)
{
    /* RA: it asked others for us, and what it says is not its own. Neither bit: it may know nothing at all.
     */
    bool knows = m->aa || m->ra;

    if ((m->rcode != DNS_NOERROR && m->rcode != DNS_NXDOMAIN) || m->tc)
        return DNS_VERDICT_LAME;
    if (follow(m, zone, type, v))
        return knows ? DNS_VERDICT_ANSWER : DNS_VERDICT_LAME;
    if (v->n_sets == DNS_VERDICT_SETS)
        return DNS_VERDICT_LOOP;
    if (v->n_sets > 0 && !dns_name_is_under(&v->end, zone))
        return knows ? DNS_VERDICT_ALIAS : DNS_VERDICT_LAME;

    v->soa = find_soa(m, zone, &v->end);
    if (m->rcode == DNS_NXDOMAIN)
        return knows ? DNS_VERDICT_NXDOMAIN : DNS_VERDICT_LAME;
    if (v->soa != NULL)
        return knows ? DNS_VERDICT_NODATA : DNS_VERDICT_LAME;

    bool refers = find_referral(m, zone, &v->end, &v->cut);
    if (v->cut != NULL)
        return DNS_VERDICT_REFERRAL;
    if (v->n_sets > 0)
        return knows ? DNS_VERDICT_ALIAS : DNS_VERDICT_LAME;
    if (m->aa || (m->ra && !refers)) /* RFC 2308 §2.2: NODATA without SOA (types 2 and 3) */
        return DNS_VERDICT_NODATA;
    return refers ? DNS_VERDICT_SIDEWAYS : DNS_VERDICT_LAME;
}

void dns_judge(const struct dns_msg *m, const struct dns_name *zone, const struct dns_name *name,
               uint16_t type, struct dns_verdict *out)
{
    out->n_sets = out->aliases = 0;
    out->soa = NULL;
    out->cut = NULL;
    dns_name_copy(&out->end, name);
    out->kind = judge(m, zone, type, out);
}
