/* dns/auth.c: the algorithm of RFC 1034 §4.3.2. Its step 3 finds one of: a delegation (3b), the name (3a),
 * nothing, or a wildcard (3c). An alias starts it again with the name it stands for; step 6 adds the
 * addresses somebody will ask for next. */
#include "dns/auth.h"

#include "core/rd.h"

enum { ALIASES_MAX = 16 }; /* links of one chain; longer ones, and loops, end where they are */

struct work {
    struct dns_zone *const *zones;
    unsigned n_zones, rotation;
    struct dns_msg *r;
};

/* ---- Which zone. */

static const struct dns_zone *closest_zone(const struct work *w, const struct dns_name *name, uint16_t type)
{
    const struct dns_zone *best = NULL, *child = NULL;

    for (unsigned i = 0; i < w->n_zones; i++) {
        const struct dns_name *origin = dns_zone_origin(w->zones[i]);

        if (best != NULL && origin->len <= dns_zone_origin(best)->len)
            continue; /* of two names above the same name, the longer is closer */
        if (!dns_name_is_under(name, origin))
            continue;
        if (type == DNS_DS && origin->len == name->len && name->len > 1)
            child = w->zones[i]; /* DS belongs to the parent's side of the cut (RFC 4035 §3.1.4.1) */
        else
            best = w->zones[i];
    }
    return best ? best : child;
}

/* ---- Putting records in. */

static void add_set(const struct work *w, enum dns_section s, const struct dns_name *owner,
                    const struct dns_set *set)
{
    unsigned first = set->type == DNS_A || set->type == DNS_AAAA ? w->rotation % set->n : 0;

    for (unsigned i = 0; i < set->n; i++)
        dns_msg_add(w->r, s, owner, set->type, set->ttl_s, set->rdata[(first + i) % set->n]);
}

/* RFC 2308 §3, §5: that there is nothing may be believed for the SOA's own TTL or its MINIMUM, whichever is
 * less. */
static void add_soa(const struct work *w, const struct dns_zone *z)
{
    const struct dns_set *soa = dns_node_find(dns_zone_apex(z), DNS_SOA);
    struct rd end;
    uint32_t minimum;

    if (soa == NULL || soa->rdata[0].len < 4)
        return;
    end = rd_of(soa->rdata[0].at + soa->rdata[0].len - 4, 4);
    minimum = rd_u32(&end);
    dns_msg_add(w->r, DNS_AUTHORITY, dns_zone_origin(z), DNS_SOA, MIN(soa->ttl_s, minimum), soa->rdata[0]);
}

/* Sets are in a message once: their data is borrowed, so the pointer tells. */
static bool is_in(const struct dns_msg *m, enum dns_section s, const struct dns_set *set)
{
    const struct dns_msg_rr *rr = dns_msg_section(m, s);

    for (unsigned i = 0; i < m->n[s]; i++) {
        for (unsigned k = 0; rr[i].type == set->type && k < set->n; k++) {
            if (rr[i].rdata.at == set->rdata[k].at)
                return true;
        }
    }
    return false;
}

/* The addresses of a name, wherever in the zones here they are known: in its own zone, or as glue above that.
 */
static void add_addresses(const struct work *w, const struct dns_name *name)
{
    static const uint16_t types[] = { DNS_A, DNS_AAAA };
    const struct dns_node *known = NULL;
    unsigned depth = 0;

    for (unsigned i = 0; i < w->n_zones; i++) {
        const struct dns_name *origin = dns_zone_origin(w->zones[i]);
        const struct dns_node *n;

        if ((known != NULL && origin->len <= depth) || !dns_name_is_under(name, origin))
            continue;
        n = dns_zone_find(w->zones[i], name).exact;
        if (n == NULL || (dns_node_find(n, DNS_A) == NULL && dns_node_find(n, DNS_AAAA) == NULL))
            continue;
        known = n;
        depth = origin->len;
    }
    for (unsigned t = 0; known != NULL && t < G_N_ELEMENTS(types); t++) {
        const struct dns_set *set = dns_node_find(known, types[t]);

        if (set != NULL && !is_in(w->r, DNS_ANSWER, set) && !is_in(w->r, DNS_ADDITIONAL, set))
            add_set(w, DNS_ADDITIONAL, dns_node_name(known), set);
    }
}

/* Step 6: for each server and mail host that the message names. */
static void add_additional(const struct work *w)
{
    for (enum dns_section s = DNS_ANSWER; s <= DNS_AUTHORITY; s++) {
        for (unsigned i = 0; i < w->r->n[s]; i++) {
            const struct dns_msg_rr *rr = dns_msg_section(w->r, s) + i;
            struct dns_name target;

            if ((rr->type == DNS_NS || rr->type == DNS_MX) && dns_rdata_name(rr->type, rr->rdata, &target))
                add_addresses(w, &target);
        }
    }
}

/* ---- Step 3. */

enum step { STEP_DONE, STEP_REFERRED, STEP_ALIAS };

/* 3b: below a delegation somebody else knows. */
static enum step refer(const struct work *w, const struct dns_node *cut)
{
    const struct dns_set *ds = dns_node_find(cut, DNS_DS);

    add_set(w, DNS_AUTHORITY, dns_node_name(cut), dns_node_find(cut, DNS_NS));
    if (ds != NULL && w->r->edns_do)
        add_set(w, DNS_AUTHORITY, dns_node_name(cut), ds);
    return STEP_REFERRED;
}

static enum step answer_any(const struct work *w, const struct dns_zone *z, const struct dns_node *n,
                            const struct dns_name *owner)
{
    unsigned n_sets;
    const struct dns_set *sets = dns_node_sets(n, &n_sets);

    for (unsigned i = 0; i < n_sets; i++)
        add_set(w, DNS_ANSWER, owner, &sets[i]);
    if (n_sets == 0)
        add_soa(w, z);
    return STEP_DONE;
}

/* 3a and 3c: what the node has, under the name that was asked for. */
static enum step answer_from(const struct work *w, const struct dns_zone *z, const struct dns_node *n,
                             const struct dns_name *owner, struct dns_name *alias_of)
{
    const struct dns_set *set = dns_node_find(n, w->r->qtype), *cname = dns_node_find(n, DNS_CNAME);

    if (w->r->qtype == DNS_ANY)
        return answer_any(w, z, n, owner);
    if (set != NULL) {
        add_set(w, DNS_ANSWER, owner, set);
        return STEP_DONE;
    }
    if (cname != NULL && dns_rdata_name(DNS_CNAME, cname->rdata[0], alias_of)) {
        add_set(w, DNS_ANSWER, owner, cname);
        return STEP_ALIAS;
    }
    add_soa(w, z); /* NODATA: the name is there, the type is not (RFC 2308 §2.2) */
    return STEP_DONE;
}

/* `*name` becomes what it stands for after STEP_ALIAS. */
static enum step search(const struct work *w, const struct dns_zone *z, struct dns_name *name)
{
    struct dns_lookup found = dns_zone_find(z, name);
    bool is_first = w->r->n[DNS_ANSWER] == 0;
    const struct dns_name *owner;

    if (found.cut != NULL && !(w->r->qtype == DNS_DS && found.cut == found.exact))
        return refer(w, found.cut);
    if (is_first)
        w->r->aa = true; /* it speaks for the first owner name (RFC 1035 §4.1.1) */
    if (found.exact == NULL && found.wildcard == NULL) {
        w->r->rcode = DNS_NXDOMAIN; /* of the last name of a chain (RFC 6604 §3) */
        add_soa(w, z);
        return STEP_DONE;
    }
    if (is_first)
        owner = &w->r->qname;
    else if (found.exact != NULL)
        owner = dns_node_name(found.exact);
    else
        owner = dns_msg_keep_name(w->r, name);
    return answer_from(w, z, found.exact ? found.exact : found.wildcard, owner, name);
}

/* A chain that comes back to a name it had. */
static bool is_loop(const struct dns_msg *m, const struct dns_name *name)
{
    const struct dns_msg_rr *rr = dns_msg_section(m, DNS_ANSWER);

    for (unsigned i = 0; i < m->n[DNS_ANSWER]; i++) {
        if (dns_name_equal(rr[i].name, name))
            return true;
    }
    return false;
}

static enum dns_auth_found follow(const struct work *w)
{
    struct dns_name name = w->r->qname;

    for (unsigned links = 0; links <= ALIASES_MAX && !is_loop(w->r, &name); links++) {
        const struct dns_zone *z = closest_zone(w, &name, w->r->qtype);

        if (z == NULL && links > 0)
            return DNS_AUTH_CNAME_OUT;
        if (z == NULL) {
            w->r->rcode = DNS_REFUSED;
            return DNS_AUTH_NO_ZONE;
        }
        switch (search(w, z, &name)) {
        case STEP_DONE:
            return DNS_AUTH_DONE;
        case STEP_REFERRED:
            return DNS_AUTH_REFERRED;
        case STEP_ALIAS:
            break;
        }
    }
    return DNS_AUTH_DONE;
}

/* What is not looked up at all. */
static unsigned refusal(const struct dns_msg *query)
{
    if (query->opcode != 0)
        return DNS_NOTIMP;
    if (!query->has_question || query->qtype == 0 || query->qtype == DNS_OPT)
        return DNS_FORMERR;
    if (query->qclass != DNS_IN || query->qtype == DNS_AXFR || query->qtype == DNS_IXFR)
        return DNS_REFUSED;
    return DNS_NOERROR;
}

enum dns_auth_found dns_auth_answer(struct dns_zone *const *zones, unsigned n_zones,
                                    const struct dns_msg *query, unsigned rotation, struct dns_msg *response)
{
    struct work w = { zones, n_zones, rotation, response };
    enum dns_auth_found found;

    dns_msg_clear(response);
    response->id = query->id;
    response->opcode = query->opcode;
    response->qr = true;
    response->rd = query->rd;
    response->has_question = query->has_question;
    dns_name_copy(&response->qname, &query->qname);
    response->qtype = query->qtype;
    response->qclass = query->qclass;
    response->edns_do = query->edns_do;
    response->rcode = refusal(query);
    if (response->rcode != DNS_NOERROR)
        return DNS_AUTH_DONE;
    found = follow(&w);
    add_additional(&w);
    return found;
}
