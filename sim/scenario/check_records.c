/* Records that come and go: each line for itself, and then all changes of a zone in the order of time, on the
 * zone as the file has it, by the same code as in a run (act_records.c). What the zone refuses would not
 * happen, whatever the trace said. */
#include "scenario/act_internal.h"
#include "scenario/check_internal.h"

#include <string.h>

/* ---- Hints. */

const char *check_record_hint(const char *line)
{
    static const struct {
        uint16_t type;
        const char *hint;
    } hints[] = {
        { DNS_A, "such as \"www 300 A 212.212.212.1\"" },
        { DNS_AAAA, "such as \"www 300 AAAA 2001:db8::80\"" },
        { DNS_MX, "such as \"@ 3600 MX 10 mail\": a preference and a host" },
        { DNS_TXT, "such as \"@ 300 TXT \\\"v=spf1 mx -all\\\"\": text with spaces stands in quotes" },
        { DNS_NS, "such as \"@ 86400 NS ns\": the name of a server" },
        { DNS_CNAME, "such as \"www 300 CNAME host\": the name that it stands for" },
        { DNS_PTR, "such as \"4 300 PTR www.hamburger.edu.\"" },
        { DNS_SRV, "such as \"_imap._tcp 300 SRV 0 1 143 mail\": priority, weight, port and host" },
        { DNS_SOA, "such as \"@ 3600 SOA ns hostmaster 1 7200 900 1209600 3600\"" },
    };
    struct span rest = span_of(line), word;

    span_take_word(&rest); /* the owner */
    while ((word = span_take_word(&rest)).len > 0)
        for (unsigned i = 0; i < G_N_ELEMENTS(hints); i++)
            if (dns_type_parse(word) == hints[i].type)
                return hints[i].hint;
    return "such as \"www 300 A 212.212.212.1\": name, TTL, type, data";
}

/* ---- Each line. */

/* "www A 10.0.0.1": name, type and data; the last two may be missing. */
static bool check_removal(struct check *c, const struct scenario_item *i, const struct dns_name *origin)
{
    struct span rest = span_of(i->text), name = span_take_word(&rest), type = span_take_word(&rest);
    char error_text[160] = "";
    struct dns_name n;
    const char *error = NULL;
    struct dns_rr r;

    dns_name_copy(&n, origin);
    if (!span_is(name, SPAN("@")) && !dns_name_parse(name, origin, &n, &error)) {
        scenario_item_error(c->r, i, NULL, "%.*s: %s", (int)name.len, name.at, error);
    } else if (type.len > 0 && dns_type_parse(type) == 0) {
        scenario_item_error(c->r, i, "\"www A\": a name and a type, without a TTL",
                            "%.*s is no type of record", (int)type.len, type.at);
    } else if (!dns_name_is_under(&n, origin)) {
        scenario_item_error(c->r, i, NULL, "outside of the zone");
    } else if (span_trim(rest).len > 0 && !dns_rr_parse(span_of(i->text), origin, 0, &r, error_text)) {
        scenario_item_error(c->r, i, "without data all records of that name and type go", "%s", error_text);
    } else {
        if (span_trim(rest).len > 0)
            dns_rr_release(&r);
        return true;
    }
    return false;
}

static bool check_addition(struct check *c, const struct scenario_item *i, const struct dns_name *origin)
{
    char error[160] = "";
    struct dns_rr r;
    bool is_inside;

    if (!dns_rr_parse(span_of(i->text), origin, (uint32_t)c->s->defaults->ttl_s, &r, error)) {
        scenario_item_error(c->r, i, check_record_hint(i->text), "%s", error);
        return false;
    }
    is_inside = dns_name_is_under(&r.name, origin);
    if (!is_inside)
        scenario_item_error(c->r, i, NULL, "outside of the zone");
    dns_rr_release(&r);
    return is_inside;
}

const struct scenario_zone *check_record_zone(const struct scenario_action *a, const struct scenario_host *h)
{
    CHECK_EACH (const struct scenario_zone, z, h->dns->zones)
        if (a->zone == NULL || g_ascii_strcasecmp(z->name, a->zone) == 0)
            return z;
    return NULL;
}

bool check_record_lines(struct check *c, const struct scenario_action *a, const struct scenario_zone *z)
{
    struct dns_name origin;
    bool good = dns_name_parse(span_of(z->name), NULL, &origin, NULL);

    CHECK_EACH (const struct scenario_item, i, a->add)
        good &= check_addition(c, i, &origin);
    CHECK_EACH (const struct scenario_item, i, a->remove)
        good &= check_removal(c, i, &origin);
    return good;
}

/* ---- One after the other. */

/* One server's copy of a zone, as it is at the moment. */
struct stage {
    struct check *c;
    struct dns_zone *zone;
    GPtrArray *active;        /* of struct act: those in force, in the order they began */
    bool lost;                /* a line could not be read, so what is there is not known for sure */
    const struct act *ending; /* what is under way is the end of this one */
    GHashTable *refused;      /* of struct scenario_item, told already. Only asked */
};

struct moment {
    sim_time at;
    bool is_end;
    unsigned order; /* of the action in the file */
    struct act *act;
    struct stage *stage;
};

enum { STEPS_MAX = 200 * 1000 }; /* what is beyond that is left to the run */

static void free_stage(void *stage)
{
    struct stage *g = stage;

    dns_zone_free(&g->zone);
    g_ptr_array_unref(g->active);
    g_hash_table_unref(g->refused);
    g_free(g);
}

static void on_trouble(const struct act *a, enum act_trouble trouble, const struct scenario_item *i,
                       const char *why)
{
    struct stage *g = a->self;
    struct report *r = g->c->r;

    if (g->ending != NULL) {
        if (trouble == ACT_REFUSED && g_hash_table_add(g->refused, (void *)i))
            scenario_item_doubt(r, i, NULL, "when %s is undone, this can stand no longer: %s",
                                g->ending->spec->node.path, why);
    } else if (trouble == ACT_REFUSED) {
        g_hash_table_add(g->refused, (void *)i);
        scenario_item_error(r, i, "\"remove\" what is in its way, in the same action", "%s", why);
    } else if (!g->lost && trouble == ACT_THERE_ALREADY) {
        scenario_item_doubt(r, i, NULL, "this record is there already at that time");
    } else if (!g->lost) {
        scenario_item_doubt(r, i, "it may be gone, or come later, by another action",
                            "there is no such record at that time");
    }
}

static bool has_apex(const struct stage *g, uint16_t type)
{
    return dns_node_find(dns_zone_apex(g->zone), type) != NULL;
}

/* The removal to blame for a set at the apex that is gone. */
static const struct scenario_item *find_removal(const struct act *a, uint16_t type)
{
    const struct scenario_item *last = NULL;

    CHECK_EACH (const struct scenario_item, i, a->spec->remove) {
        struct span rest = span_of(i->text), name = span_take_word(&rest), word = span_take_word(&rest);
        struct dns_name n;

        if ((span_is(name, SPAN("@")) || (dns_name_parse(name, dns_zone_origin(a->zone), &n, NULL) &&
                                          dns_name_equal(&n, dns_zone_origin(a->zone)))) &&
            dns_type_parse(word) == type)
            last = i;
    }
    return last;
}

static void begin(struct stage *g, struct act *a)
{
    static const struct {
        uint16_t type;
        const char *hint, *message;
    } needed[] = {
        { DNS_SOA, "\"add\" another one in the same action", "a zone can't be without its SOA" },
        { DNS_NS, "\"add\" another one in the same action", "a zone can't be without name servers (NS)" },
    };
    bool had[G_N_ELEMENTS(needed)];

    for (unsigned i = 0; i < G_N_ELEMENTS(needed); i++)
        had[i] = has_apex(g, needed[i].type);
    act_records_begin(a);
    g_ptr_array_add(g->active, a);
    for (unsigned i = 0; i < G_N_ELEMENTS(needed); i++) {
        const struct scenario_item *to_blame = find_removal(a, needed[i].type);

        if (had[i] && !has_apex(g, needed[i].type) && to_blame != NULL)
            scenario_item_error(g->c->r, to_blame, needed[i].hint, "%s", needed[i].message);
    }
}

/* Returns how many others had to be laid on again. */
static unsigned end(struct stage *g, struct act *a)
{
    unsigned i = 0, n;

    if (!g_ptr_array_find(g->active, a, &i))
        return 0;
    g_ptr_array_remove_index(g->active, i);
    n = g->active->len - i;
    g->ending = a;
    act_records_end(a, (struct act *const *)g->active->pdata + i, n);
    g->ending = NULL;
    return n;
}

/* At one time all that begin come before all that end: they were put on the clock when the run was built, and
 * each end when its action began. */
static gint compare_moments(gconstpointer a, gconstpointer b)
{
    const struct moment *x = a, *y = b;

    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (x->is_end != y->is_end)
        return x->is_end ? 1 : -1;
    if (x->is_end && x->act->spec->at != y->act->spec->at)
        return x->act->spec->at < y->act->spec->at ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static struct stage *new_stage(struct check *c, const struct scenario_zone *written)
{
    struct stage *g = g_new0(struct stage, 1);
    struct dns_name origin;
    char error[160];
    struct dns_rr r;

    dns_name_parse(span_of(written->name), NULL, &origin, NULL);
    g->c = c;
    g->zone = dns_zone_new(&origin);
    g->active = g_ptr_array_new();
    g->refused = g_hash_table_new(NULL, NULL);
    g->lost = scenario_lost(&written->node, NULL) || scenario_lost(&c->s->node, "actions");
    CHECK_EACH (const struct scenario_item, i, written->records) {
        if (!dns_rr_parse(span_of(i->text), &origin, (uint32_t)c->s->defaults->ttl_s, &r, error)) {
            g->lost = true;
            continue;
        }
        g->lost |= !dns_zone_add(g->zone, &r, error);
        dns_rr_release(&r);
    }
    return g;
}

static struct stage *want_stage(struct check *c, GHashTable *stages, const struct scenario_host *h,
                                const struct scenario_zone *z)
{
    g_autofree char *key = g_strdup_printf("%s %s", h->name, z->name);
    struct stage *g = check_find_name(stages, key);

    if (g == NULL) {
        g = new_stage(c, z);
        check_add_name(stages, key, g);
    }
    return g;
}

/* The action with its host's zone; NULL if it has none, which was complained about. */
static struct stage *stage_of(struct check *c, GHashTable *stages, const struct scenario_action *a)
{
    const struct scenario_host *h = a->host ? scenario_host_find(c->s, a->host) : NULL;
    const struct scenario_zone *z = h != NULL && h->dns != NULL ? check_record_zone(a, h) : NULL;

    return z != NULL && !scenario_lost(&a->node, "zone") ? want_stage(c, stages, h, z) : NULL;
}

static bool has_lost_lines(const struct scenario_action *a)
{
    return scenario_lost(&a->node, "at") || scenario_lost(&a->node, "for") ||
           scenario_lost(&a->node, "add") || scenario_lost(&a->node, "remove");
}

/* A line that can't be read: told before, and here only noted. */
static bool has_bad_lines(const struct scenario_action *a, const struct stage *g, uint32_t ttl_s)
{
    char error[160];
    struct dns_rr r;

    CHECK_EACH (const struct scenario_item, i, a->add) {
        if (!dns_rr_parse(span_of(i->text), dns_zone_origin(g->zone), ttl_s, &r, error))
            return true;
        dns_rr_release(&r);
    }
    return false;
}

static GArray *gather(struct check *c, GHashTable *stages)
{
    GArray *moments = g_array_new(FALSE, FALSE, sizeof(struct moment));
    uint32_t ttl_s = (uint32_t)c->s->defaults->ttl_s;

    for (unsigned i = 0; i < c->s->actions->len; i++) {
        const struct scenario_action *a = g_ptr_array_index(c->s->actions, i);
        struct stage *g = a->what == DO_RECORD ? stage_of(c, stages, a) : NULL;
        struct act *act;

        if (g == NULL)
            continue;
        g->lost |= has_lost_lines(a) || has_bad_lines(a, g, ttl_s);
        act = g_new0(struct act, 1);
        *act = (struct act){
            .spec = a, .zone = g->zone, .ttl_s = ttl_s, .on_trouble = on_trouble, .self = g
        };
        g_array_append_val(moments, ((struct moment){ a->at, false, i, act, g }));
        if (a->lasts > 0)
            g_array_append_val(moments, ((struct moment){ a->at + a->lasts, true, i, act, g }));
    }
    g_array_sort(moments, compare_moments);
    return moments;
}

void check_record_changes(struct check *c)
{
    g_autoptr(GHashTable) stages = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_stage);
    g_autoptr(GArray) moments = gather(c, stages);
    sim_time over = c->s->duration > 0 ? c->s->duration : SCENARIO_LONGEST;
    unsigned steps = 0;

    for (unsigned i = 0; i < moments->len && steps < STEPS_MAX; i++, steps++) {
        const struct moment *m = &g_array_index(moments, struct moment, i);

        if (m->at > over)
            break;
        if (m->is_end)
            steps += end(m->stage, m->act);
        else
            begin(m->stage, m->act);
    }
    for (unsigned i = 0; i < moments->len; i++) {
        const struct moment *m = &g_array_index(moments, struct moment, i);

        if (!m->is_end) {
            act_records_free(m->act);
            g_free(m->act);
        }
    }
}
