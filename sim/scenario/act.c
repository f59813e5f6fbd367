#include "scenario/act.h"

#include <string.h>

/* ---- Performing: one scenario_action on the stage. */

struct act {
    struct act_stage *stage;
    const struct scenario_action *spec;
    unsigned index;
    int64_t done;               /* of spec->count */
    struct rng rng;             /* gaps of a Poisson burst */
    unsigned order;             /* mail_server_order's id */
    GPtrArray *added, *removed; /* of struct dns_rr: what a `record` did, to undo it */
};

struct act_stage {
    struct world *w;
    unsigned n;
    struct act *acts;
    GPtrArray *active; /* of struct act: faults that last, in the order they began */
    GHashTable *up;    /* host names that an `up` raised although the scenario has them down */
};

/* ---- Whom it is about. */

/* An action of one kind has no lists of the others: NULL counts as empty. */
static unsigned count(const GPtrArray *list)
{
    return list != NULL ? list->len : 0;
}

static const char *item(const GPtrArray *list, unsigned i)
{
    return i < count(list) ? ((const struct scenario_item *)g_ptr_array_index(list, i))->text : NULL;
}

static struct net_link *link_of(const struct act *a, unsigned *index)
{
    return world_link_find(a->stage->w, item(a->spec->link, 0), item(a->spec->link, 1), index);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && g_ascii_strcasecmp(a, b) == 0);
}

/* Both are about the same thing: the host and program, the link, the user. */
static bool same_target(const struct act *a, const struct act *b)
{
    const struct scenario_action *x = a->spec, *y = b->spec;
    unsigned i, k;

    if (count(x->link) > 0 && count(y->link) > 0)
        return link_of(a, &i) == link_of(b, &k);
    return count(x->link) == count(y->link) && same_text(x->host, y->host) &&
           same_text(x->program, y->program) && same_text(x->user, y->user);
}

/* ---- Traces. */

static const char *what_text(enum scenario_do what)
{
    switch (what) {
    case DO_DOWN:
    case DO_UP:
        return "down";
    case DO_CUT:
    case DO_MEND:
        return "cut";
    default:
        return scenario_dos[what];
    }
}

static void value_text(const struct scenario_action *s, GString *out)
{
    char buf[TIME_DURATION_MAX];

    switch ((enum scenario_do)s->what) {
    case DO_LINK:
        if (scenario_has(&s->node, "delay"))
            g_string_append_printf(out, "delay %s ", time_duration(buf, s->spec.delay));
        if (scenario_has(&s->node, "rate"))
            g_string_append_printf(out, "rate %" G_GUINT64_FORMAT " bit/s ", s->spec.rate_bps);
        if (scenario_has(&s->node, "loss"))
            g_string_append_printf(out, "loss %u.%04u %% ", s->spec.loss_ppm / 10000,
                                   s->spec.loss_ppm % 10000);
        if (scenario_has(&s->node, "queue"))
            g_string_append_printf(out, "queue %d ", (int)s->spec.queue);
        if (out->len > 0)
            g_string_truncate(out, out->len - 1);
        break;
    case DO_ANSWER:
        g_string_append_printf(out, "%d", (int)s->with->code);
        if (s->with->text != NULL)
            g_string_append_printf(out, " %s", s->with->text);
        if (s->with->after > 0)
            g_string_append_printf(out, " after %d connections", (int)s->with->after);
        if (s->with->match != NULL)
            g_string_append_printf(out, " to %s", s->with->match);
        break;
    case DO_GREYLIST:
        g_string_append(out, time_duration(buf, s->wait));
        break;
    case DO_QUOTA:
        g_string_append_printf(out, "%s %" G_GINT64_FORMAT, s->user, s->quota);
        break;
    case DO_RECORD:
        for (unsigned i = 0; i < count(s->remove); i++)
            g_string_append_printf(out, "%s- %s", out->len ? ", " : "", item(s->remove, i));
        for (unsigned i = 0; i < count(s->add); i++)
            g_string_append_printf(out, "%s+ %s", out->len ? ", " : "", item(s->add, i));
        break;
    case DO_SEND:
    case DO_LOOK_UP:
    case DO_DOWN:
    case DO_UP:
    case DO_CUT:
    case DO_MEND:
    case N_DO:
        break;
    }
}

static void trace_fault(const struct act *a, enum event event)
{
    struct trace *t = &a->stage->w->sim.trace;
    const struct scenario_action *s = a->spec;
    GString *value;
    unsigned index;

    if (!trace_on(t))
        return;
    struct record *r = trace_begin(t, event, s->host != NULL ? s->host : item(s->link, 0));
    trace_text(r, KEY_WHAT, span_of(what_text((enum scenario_do)s->what)));
    if (count(s->link) > 0) {
        struct net_host *x, *y;
        net_link_ends(link_of(a, &index), &x, &y);
        trace_format(t, KEY_ON, "%s - %s", net_host_name(x), net_host_name(y));
    } else {
        trace_format(t, KEY_ON, s->program ? "%s %s" : "%s", s->host, s->program);
    }
    value = g_string_new(NULL);
    value_text(s, value);
    if (value->len > 0)
        trace_format(t, KEY_VALUE, "%s", value->str);
    g_string_free(value, TRUE);
    trace_end(t);
}

/* ---- The state of a target: the scenario as written, under the faults that last. */

static bool is_covered(const struct act *a, enum scenario_do what)
{
    for (unsigned i = 0; i < a->stage->active->len; i++) {
        const struct act *f = g_ptr_array_index(a->stage->active, i);
        if (f->spec->what == (int)what && same_target(f, a))
            return true;
    }
    return false;
}

static void settle_host(const struct act *a)
{
    struct world_host *h = world_host_find(a->stage->w, a->spec->host);
    bool up = !is_covered(a, DO_DOWN);

    if (a->spec->program != NULL)
        net_program_set_up(h->net, a->spec->program, up);
    else
        net_host_set_up(h->net, up && (h->spec->up || g_hash_table_contains(a->stage->up, h->spec->name)));
}

static void settle_link(const struct act *a)
{
    const struct act_stage *stage = a->stage;
    unsigned index = 0;
    struct net_link *l = link_of(a, &index);
    const struct scenario_link *spec = g_ptr_array_index(stage->w->scenario->links, index);
    struct net_link_spec now = { spec->spec.delay, spec->spec.rate_bps, spec->spec.loss_ppm,
                                 (uint32_t)spec->spec.queue };
    bool up = spec->up;

    for (unsigned i = 0; i < stage->active->len; i++) {
        const struct act *f = g_ptr_array_index(stage->active, i);
        const struct scenario_action *s = f->spec;

        if (count(s->link) == 0 || !same_target(f, a))
            continue;
        if (s->what == DO_CUT)
            up = false;
        else if (s->what == DO_MEND)
            up = true;
        if (s->what != DO_LINK)
            continue;
        if (scenario_has(&s->node, "delay"))
            now.delay = s->spec.delay;
        if (scenario_has(&s->node, "rate"))
            now.rate_bps = s->spec.rate_bps;
        if (scenario_has(&s->node, "loss"))
            now.loss_ppm = s->spec.loss_ppm;
        if (scenario_has(&s->node, "queue"))
            now.queue = (uint32_t)s->spec.queue;
    }
    net_link_set_spec(l, &now);
    net_link_set_up(l, up);
}

/* The last fault of that kind on the target, NULL if there is none. */
static const struct scenario_action *last_of(const struct act *a)
{
    const struct scenario_action *last = NULL;

    for (unsigned i = 0; i < a->stage->active->len; i++) {
        const struct act *f = g_ptr_array_index(a->stage->active, i);
        if (f->spec->what == a->spec->what && same_target(f, a))
            last = f->spec;
    }
    return last;
}

static void settle_greylist(const struct act *a)
{
    struct world_host *h = world_host_find(a->stage->w, a->spec->host);
    const struct scenario_action *last = last_of(a);

    mail_server_set_greylist(h->mail, last ? last->wait : h->spec->mail->greylist);
}

static void settle_quota(const struct act *a)
{
    struct world_host *h = world_host_find(a->stage->w, a->spec->host);
    const struct scenario_action *last = last_of(a);
    int64_t quota = 0;

    for (unsigned i = 0; i < h->spec->mail->users->len; i++) {
        const struct scenario_user *u = g_ptr_array_index(h->spec->mail->users, i);
        if (same_text(u->name, a->spec->user))
            quota = u->quota;
    }
    mail_server_set_quota(h->mail, a->spec->user, (size_t)(last ? last->quota : quota));
}

/* ---- Records of a zone. */

/* The zone that is said, or the server's first. */
static struct dns_zone *zone_of(const struct act *a)
{
    struct world_host *h = world_host_find(a->stage->w, a->spec->host);
    const GPtrArray *zones = h->spec->dns->zones;
    const char *zone = a->spec->zone;
    struct dns_name origin;

    if (zone == NULL && zones->len > 0)
        zone = ((const struct scenario_zone *)g_ptr_array_index(zones, 0))->name;
    if (zone == NULL || !dns_name_parse(span_of(zone), NULL, &origin, NULL))
        return NULL;
    return dns_server_find_zone(h->dns, &origin);
}

static struct dns_rr *copy_rr(const struct dns_rr *r)
{
    struct dns_rr *copy = g_memdup2(r, sizeof *r);
    copy->rdata = g_memdup2(r->rdata, r->rdlength);
    return copy;
}

static void free_rr(void *rr)
{
    g_free(((struct dns_rr *)rr)->rdata);
    g_free(rr);
}

struct picking {
    struct dns_name name;
    uint16_t type;
    const char *data; /* NULL: any */
    GPtrArray *out;
};

static void pick(void *self, const struct dns_rr *r)
{
    const struct picking *p = self;
    char text[1024];

    if (!dns_name_equal(&r->name, &p->name) || (p->type != DNS_ANY && r->type != p->type) ||
        r->type == DNS_SOA)
        return;
    if (p->data == NULL ||
        g_ascii_strcasecmp(
            p->data, dns_rdata_text(text, sizeof text, r->type, span_bytes(r->rdata, r->rdlength))) == 0)
        g_ptr_array_add(p->out, copy_rr(r));
}

/* "www", "www A", "www A 10.0.0.1": what to remove. */
static void remove_line(struct act *a, struct dns_zone *z, const char *line)
{
    struct span rest = span_of(line);
    struct span name = span_take_word(&rest), type = span_take_word(&rest);
    char *data = g_strndup(rest.at, rest.len);
    struct picking p = { .type = type.len ? dns_type_parse(type) : DNS_ANY,
                         .data = rest.len ? g_strstrip(data) : NULL,
                         .out = a->removed };

    if (name.len == 1 && name.at[0] == '@')
        p.name = *dns_zone_origin(z);
    else if (!dns_name_parse(name, dns_zone_origin(z), &p.name, NULL))
        p.out = NULL;
    if (p.out != NULL)
        dns_zone_each(z, pick, &p);
    g_free(data);
}

static void take_out(struct dns_zone *z, const GPtrArray *records)
{
    for (unsigned i = 0; i < records->len; i++) {
        const struct dns_rr *r = g_ptr_array_index(records, i);
        dns_zone_remove(z, &r->name, r->type, &(struct span){ (const char *)r->rdata, r->rdlength });
    }
}

static void put_in(struct dns_zone *z, const GPtrArray *records)
{
    char error[160];

    for (unsigned i = 0; i < records->len; i++)
        dns_zone_add(z, g_ptr_array_index(records, i), error);
}

static void change_records(struct act *a)
{
    struct dns_zone *z = zone_of(a);
    uint32_t ttl_s = (uint32_t)a->stage->w->scenario->defaults->ttl_s;

    if (z == NULL)
        return;
    a->added = g_ptr_array_new_with_free_func(free_rr);
    a->removed = g_ptr_array_new_with_free_func(free_rr);
    for (unsigned i = 0; i < count(a->spec->remove); i++)
        remove_line(a, z, item(a->spec->remove, i));
    take_out(z, a->removed);
    for (unsigned i = 0; i < count(a->spec->add); i++) {
        char error[160];
        struct dns_rr r;

        if (!dns_rr_parse(span_of(item(a->spec->add, i)), dns_zone_origin(z), ttl_s, &r, error))
            continue;
        if (dns_zone_add(z, &r, error))
            g_ptr_array_add(a->added, copy_rr(&r));
        dns_rr_release(&r);
    }
    dns_zone_bump_serial(z);
}

static void restore_records(struct act *a)
{
    struct dns_zone *z = zone_of(a);

    if (z == NULL)
        return;
    take_out(z, a->added);
    put_in(z, a->removed);
    dns_zone_bump_serial(z);
}

/* ---- Faults: they begin, and may end. */

static void settle(struct act *a, bool begins)
{
    struct world_host *h = a->spec->host ? world_host_find(a->stage->w, a->spec->host) : NULL;

    switch ((enum scenario_do)a->spec->what) {
    case DO_DOWN:
    case DO_UP:
        settle_host(a);
        break;
    case DO_CUT:
    case DO_MEND:
    case DO_LINK:
        settle_link(a);
        break;
    case DO_ANSWER:
        if (begins) {
            const struct scenario_answer *w = a->spec->with;
            a->order = mail_server_order(
                h->mail, &(struct mail_answer){ (enum mail_answer_when)w->when, (unsigned)w->code,
                                                (char *)w->text, (unsigned)w->after, (char *)w->match });
        } else {
            mail_server_end_order(h->mail, a->order);
        }
        break;
    case DO_GREYLIST:
        settle_greylist(a);
        break;
    case DO_QUOTA:
        settle_quota(a);
        break;
    case DO_RECORD:
        if (begins)
            change_records(a);
        else
            restore_records(a);
        break;
    case DO_SEND:
    case DO_LOOK_UP:
    case N_DO:
        break;
    }
}

static void on_fault_end(void *self)
{
    struct act *a = self;

    if (!g_ptr_array_remove(a->stage->active, a))
        return; /* an `up` or a `mend` has ended it before its time */
    trace_fault(a, EV_FAULT_END);
    settle(a, false);
}

static void begin_fault(struct act *a)
{
    trace_fault(a, EV_FAULT_BEGIN);
    g_ptr_array_add(a->stage->active, a);
    if (a->spec->lasts > 0)
        sched_at(a->stage->w->sim.sched, sim_now(&a->stage->w->sim) + a->spec->lasts, on_fault_end, a);
    settle(a, true);
}

/* `up` and `mend`: whatever keeps the target down or cut ends, what the scenario began with too. */
static void end_faults(struct act *a, enum scenario_do what)
{
    GPtrArray *active = a->stage->active;

    trace_fault(a, EV_FAULT_END);
    for (unsigned i = active->len; i-- > 0;) {
        struct act *f = g_ptr_array_index(active, i);
        if (f->spec->what == (int)what && same_target(f, a))
            g_ptr_array_remove_index(active, i);
    }
    if (a->spec->what == DO_UP && a->spec->program == NULL)
        g_hash_table_add(a->stage->up, (char *)world_host_find(a->stage->w, a->spec->host)->spec->name);
    else if (a->spec->what == DO_MEND)
        g_ptr_array_add(active, a);
    settle(a, false);
}

/* ---- People. */

static void send_mail(struct act *a)
{
    const struct scenario_action *s = a->spec;
    char *subject = s->count > 1 && s->subject
                        ? g_strdup_printf("%s (%d of %d)", s->subject, (int)a->done + 1, (int)s->count)
                        : NULL;
    const char **lists[3];
    const GPtrArray *items[3] = { s->to, s->cc, s->bcc };

    for (int i = 0; i < 3; i++) {
        lists[i] = g_new0(const char *, count(items[i]) + 1);
        for (unsigned k = 0; k < count(items[i]); k++)
            lists[i][k] = item(items[i], k);
    }
    struct mail_draft d = {
        .to = lists[0],
        .n_to = count(s->to),
        .cc = lists[1],
        .n_cc = count(s->cc),
        .bcc = lists[2],
        .n_bcc = count(s->bcc),
        .subject = subject ? subject : s->subject,
        .text = s->text,
        .sender = s->sender,
        .from = s->header_from,
        .size = (size_t)s->size,
        .direct = s->direct,
    };
    mail_agent_send(world_agent_find(a->stage->w, s->from), &d);
    for (int i = 0; i < 3; i++)
        g_free(lists[i]);
    g_free(subject);
}

static void on_looked_up(void *self, const struct dns_result *r)
{
    (void)self; /* the trace's dns.result is what a look-up is for */
    (void)r;
}

static void look_up(struct act *a)
{
    struct world_host *h = world_host_find(a->stage->w, a->spec->host);
    struct dns_name name;

    if (h->stub != NULL && net_host_is_up(h->net) &&
        dns_name_parse(span_of(a->spec->name), NULL, &name, NULL))
        dns_stub_query(h->stub, &name, dns_type_parse(span_of(a->spec->type)), 0, on_looked_up, NULL);
}

/* ---- The moment. */

static void on_moment(void *self)
{
    struct act *a = self;
    const struct scenario_action *s = a->spec;
    struct sched *sched = a->stage->w->sim.sched;

    if (s->what == DO_SEND || s->what == DO_LOOK_UP) {
        if (a->done + 1 < s->count) {
            sim_time gap = s->poisson ? rng_exponential(&a->rng, s->every) : s->every;
            sched_post(sched, sched_now(sched) + gap, on_moment, a);
        }
        if (s->what == DO_SEND)
            send_mail(a);
        else
            look_up(a);
        a->done++;
    } else if (s->what == DO_UP) {
        end_faults(a, DO_DOWN);
    } else if (s->what == DO_MEND) {
        end_faults(a, DO_CUT);
    } else {
        begin_fault(a);
    }
}

struct act_stage *act_stage_new(struct world *w)
{
    struct act_stage *stage = g_new0(struct act_stage, 1);

    stage->w = w;
    stage->n = w->scenario->actions->len;
    stage->acts = g_new0(struct act, stage->n);
    stage->active = g_ptr_array_new();
    stage->up = g_hash_table_new(g_str_hash, g_str_equal);
    for (unsigned i = 0; i < stage->n; i++) {
        struct act *a = &stage->acts[i];

        a->stage = stage;
        a->index = i;
        a->spec = g_ptr_array_index(w->scenario->actions, i);
        sim_rng(&w->sim, &a->rng, "action/%u", i);
        sched_post(w->sim.sched, a->spec->at, on_moment, a);
    }
    return stage;
}

void act_stage_free(struct act_stage **stage)
{
    if (*stage == NULL)
        return;
    for (unsigned i = 0; i < (*stage)->n; i++) {
        struct act *a = &(*stage)->acts[i];
        g_clear_pointer(&a->added, g_ptr_array_unref);
        g_clear_pointer(&a->removed, g_ptr_array_unref);
    }
    g_free((*stage)->acts);
    g_ptr_array_free((*stage)->active, TRUE);
    g_hash_table_destroy((*stage)->up);
    g_free(*stage);
    *stage = NULL;
}
