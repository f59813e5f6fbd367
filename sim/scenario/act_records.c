/* Records that come and go. A change keeps the sets that it touches as it found them, so taking back the
 * changes from the latest to the earliest brings each zone back, record by record, in the old order. */
#include "scenario/act_internal.h"

struct old_set {
    struct dns_name name;
    uint16_t type;
    GPtrArray *records; /* of struct dns_rr */
};

static void free_rr(void *rr)
{
    dns_rr_release(rr);
    g_free(rr);
}

static void free_old_set(void *set)
{
    g_ptr_array_unref(((struct old_set *)set)->records);
    g_free(set);
}

static const struct dns_set *find_set(const struct dns_zone *z, const struct dns_name *name, uint16_t type)
{
    struct dns_lookup found = dns_zone_find(z, name);
    return found.exact != NULL ? dns_node_find(found.exact, type) : NULL;
}

/* Keep the set as it is now, unless this act has touched it already. */
static void remember(struct act *a, const struct dns_name *name, uint16_t type)
{
    const struct dns_set *set = find_set(a->zone, name, type);

    for (unsigned i = 0; i < a->touched->len; i++) {
        const struct old_set *old = g_ptr_array_index(a->touched, i);
        if (old->type == type && dns_name_equal(&old->name, name))
            return;
    }
    struct old_set *old = g_new0(struct old_set, 1);
    dns_name_copy(&old->name, set != NULL ? dns_node_name(dns_zone_find(a->zone, name).exact) : name);
    old->type = type;
    old->records = g_ptr_array_new_with_free_func(free_rr);
    for (unsigned i = 0; set != NULL && i < set->n; i++) {
        struct dns_rr *r = g_new0(struct dns_rr, 1);

        dns_name_copy(&r->name, &old->name);
        r->type = type;
        r->ttl_s = set->ttl_s;
        r->rdlength = (uint16_t)set->rdata[i].len;
        r->rdata = g_memdup2(set->rdata[i].at, set->rdata[i].len);
        g_ptr_array_add(old->records, r);
    }
    g_ptr_array_add(a->touched, old);
}

/* ---- What to remove: "www", "www A", "www A 10.0.0.1", "@ MX 10 mail". */

/* Of the set of that type; `data` NULL: all of it. False if nothing is there. */
static bool remove_from_set(struct act *a, const struct dns_name *name, uint16_t type,
                            const struct span *data)
{
    const struct dns_set *set = find_set(a->zone, name, type);
    bool is_there = set != NULL && data == NULL;

    for (unsigned i = 0; set != NULL && i < set->n && !is_there; i++)
        is_there = dns_rdata_equal(type, set->rdata[i], *data);
    if (!is_there)
        return false;
    remember(a, name, type);
    dns_zone_remove(a->zone, name, type, data);
    return true;
}

/* All types; but the zone's own name keeps what makes it a zone: SOA and NS. */
static bool remove_name(struct act *a, const struct dns_name *name)
{
    const struct dns_node *node = dns_zone_find(a->zone, name).exact;
    bool is_apex = dns_name_equal(name, dns_zone_origin(a->zone)), any = false;
    unsigned n = 0;
    const struct dns_set *sets = node != NULL ? dns_node_sets(node, &n) : NULL;
    uint16_t *types = g_new(uint16_t, n + 1);

    for (unsigned i = 0; i < n; i++)
        types[i] = sets[i].type;
    for (unsigned i = 0; i < n; i++)
        if (!is_apex || (types[i] != DNS_SOA && types[i] != DNS_NS))
            any |= remove_from_set(a, name, types[i], NULL);
    g_free(types);
    return any;
}

/* Returns whether the line can be read and is about this zone; then `any_out` says whether it found anything.
 */
static bool remove_line(struct act *a, const char *line, bool *any_out)
{
    const struct dns_name *origin = dns_zone_origin(a->zone);
    struct span rest = span_of(line), word = span_take_word(&rest), type = span_take_word(&rest);
    struct dns_name name;
    char error[160];
    struct dns_rr r;

    if (span_trim(rest).len > 0) { /* data, too: a whole record but for its TTL */
        if (!dns_rr_parse(span_of(line), origin, 0, &r, error))
            return false;
        struct span data = span_bytes(r.rdata, r.rdlength);
        bool is_inside = dns_name_is_under(&r.name, origin);
        *any_out = is_inside && remove_from_set(a, &r.name, r.type, &data);
        dns_rr_release(&r);
        return is_inside;
    }
    if (span_is(word, SPAN("@")))
        dns_name_copy(&name, origin);
    else if (!dns_name_parse(word, origin, &name, NULL) || !dns_name_is_under(&name, origin))
        return false;
    *any_out = type.len == 0 ? remove_name(a, &name) : remove_from_set(a, &name, dns_type_parse(type), NULL);
    return true;
}

static void trouble(const struct act *a, enum act_trouble what, const struct scenario_item *i,
                    const char *why)
{
    if (a->on_trouble != NULL)
        a->on_trouble(a, what, i, why);
}

static bool is_there(const struct act *a, const struct dns_rr *r)
{
    const struct dns_set *set = find_set(a->zone, &r->name, r->type);
    bool found = false;

    for (unsigned i = 0; set != NULL && i < set->n && !found; i++)
        found = set->ttl_s == r->ttl_s &&
                dns_rdata_equal(r->type, set->rdata[i], span_bytes(r->rdata, r->rdlength));
    return found;
}

static void add_item(struct act *a, const struct scenario_item *i)
{
    char error[160];
    struct dns_rr r;

    if (!dns_rr_parse(span_of(i->text), dns_zone_origin(a->zone), a->ttl_s, &r, error))
        return;
    if (dns_name_is_under(&r.name, dns_zone_origin(a->zone))) {
        if (is_there(a, &r))
            trouble(a, ACT_THERE_ALREADY, i, NULL);
        remember(a, &r.name, r.type);
        if (!dns_zone_add(a->zone, &r, error))
            trouble(a, ACT_REFUSED, i, error);
    }
    dns_rr_release(&r);
}

/* ---- In force, and not. */

static void apply(struct act *a)
{
    bool any = false;

    a->touched = g_ptr_array_new_with_free_func(free_old_set);
    for (unsigned i = 0; i < act_count(a->spec->remove); i++)
        if (remove_line(a, act_item(a->spec->remove, i), &any) && !any)
            trouble(a, ACT_NOT_THERE, g_ptr_array_index(a->spec->remove, i), NULL);
    for (unsigned i = 0; i < act_count(a->spec->add); i++)
        add_item(a, g_ptr_array_index(a->spec->add, i));
}

/* All sets go before any comes back: a CNAME stands beside nothing. */
static void take_back(struct act *a)
{
    char error[160];

    for (unsigned i = 0; i < a->touched->len; i++) {
        const struct old_set *old = g_ptr_array_index(a->touched, i);
        dns_zone_remove(a->zone, &old->name, old->type, NULL);
    }
    for (unsigned i = 0; i < a->touched->len; i++) {
        const struct old_set *old = g_ptr_array_index(a->touched, i);
        for (unsigned k = 0; k < old->records->len; k++) {
            bool ok = dns_zone_add(a->zone, g_ptr_array_index(old->records, k), error);
            g_assert(ok);
        }
    }
    act_records_free(a);
}

void act_records_begin(struct act *a)
{
    if (a->zone == NULL)
        return;
    apply(a);
    dns_zone_bump_serial(a->zone);
}

static bool is_on(const struct act *a, const struct dns_zone *z)
{
    return a->spec->what == DO_RECORD && a->zone == z;
}

void act_records_end(struct act *a, struct act *const *later, unsigned n)
{
    if (a->zone == NULL)
        return;
    for (unsigned i = n; i-- > 0;)
        if (is_on(later[i], a->zone))
            take_back(later[i]);
    take_back(a);
    for (unsigned i = 0; i < n; i++)
        if (is_on(later[i], a->zone))
            apply(later[i]);
    dns_zone_bump_serial(a->zone);
}

void act_records_free(struct act *a)
{
    g_clear_pointer(&a->touched, g_ptr_array_unref);
}
