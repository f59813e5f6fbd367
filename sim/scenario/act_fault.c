/* Faults: layers over the scenario as written. */
#include "scenario/act_internal.h"

#include <string.h>

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && g_ascii_strcasecmp(a, b) == 0);
}

/* Both are about the same thing: the host and its program or user, or the link. */
static bool same_target(const struct act *a, const struct act *b)
{
    return a->host == b->host && a->link == b->link && same_text(a->spec->program, b->spec->program) &&
           same_text(a->spec->user, b->spec->user);
}

/* The latest of the faults that last, of that kind or its opposite, on the same target. NULL: none. */
static const struct act *latest(const struct act *a, enum scenario_do what, enum scenario_do opposite)
{
    for (unsigned i = a->stage->active->len; i-- > 0;) {
        const struct act *f = g_ptr_array_index(a->stage->active, i);
        if ((f->spec->what == (int)what || f->spec->what == (int)opposite) && same_target(f, a))
            return f;
    }
    return NULL;
}

/* ---- Up or down, mended or cut: as the latest layer says, else as the scenario was written. */

static bool host_is_to_be_up(const struct act *a)
{
    const struct act *f = latest(a, DO_DOWN, DO_UP);

    if (f != NULL)
        return f->spec->what == DO_UP;
    return a->spec->program != NULL || a->host->spec->up;
}

static bool link_is_to_be_up(const struct act *a)
{
    const struct act *f = latest(a, DO_CUT, DO_MEND);
    return f != NULL ? f->spec->what == DO_MEND : a->link_spec->up;
}

/* ---- Traces. */

static const char *what_text(enum scenario_do what)
{
    switch (what) {
    case DO_UP:
        return scenario_dos[DO_DOWN];
    case DO_MEND:
        return scenario_dos[DO_CUT];
CASES_OF_PEOPLE:
    case DO_DOWN:
    case DO_CUT:
    case DO_LINK:
    case DO_ANSWER:
    case DO_GREYLIST:
    case DO_QUOTA:
    case DO_RECORD:
    case N_DO:
        break;
    }
    return scenario_dos[what];
}

static void put_link_value(const struct scenario_action *s, GString *out)
{
    char buf[TIME_DURATION_MAX];

    if (scenario_has(&s->node, "delay"))
        g_string_append_printf(out, ", delay %s", time_duration(buf, s->spec.delay));
    if (scenario_has(&s->node, "rate"))
        g_string_append_printf(out, s->spec.rate_bps ? ", rate %" G_GUINT64_FORMAT " bit/s" : ", rate none",
                               s->spec.rate_bps);
    if (scenario_has(&s->node, "loss"))
        g_string_append_printf(out, ", loss %u.%04u %%", s->spec.loss_ppm / 10000, s->spec.loss_ppm % 10000);
    if (scenario_has(&s->node, "queue"))
        g_string_append_printf(out, ", queue %d", (int)s->spec.queue);
    g_string_erase(out, 0, out->len > 0 ? 2 : 0);
}

static void put_answer_value(const struct scenario_answer *w, GString *out)
{
    g_string_append_printf(out, "%d", (int)w->code);
    if (w->text != NULL)
        g_string_append_printf(out, " %s", w->text);
    if (w->after > 0)
        g_string_append_printf(out, " after %d connections", (int)w->after);
    if (w->match != NULL)
        g_string_append_printf(out, " to %s", w->match);
}

static void put_records_value(const struct scenario_action *s, GString *out)
{
    for (unsigned i = 0; i < act_count(s->remove); i++)
        g_string_append_printf(out, "%s- %s", out->len ? ", " : "", act_item(s->remove, i));
    for (unsigned i = 0; i < act_count(s->add); i++)
        g_string_append_printf(out, "%s+ %s", out->len ? ", " : "", act_item(s->add, i));
}

/* What was set; of `down` and `cut` only what would surprise: another layer has the last word. */
static void put_value(const struct act *a, bool ends, GString *out)
{
    const struct scenario_action *s = a->spec;
    char buf[TIME_DURATION_MAX];

    switch ((enum scenario_do)s->what) {
    case DO_DOWN:
    case DO_UP:
        if (host_is_to_be_up(a) != ends)
            g_string_append(out, ends ? "still down" : "still up");
        break;
    case DO_CUT:
    case DO_MEND:
        if (link_is_to_be_up(a) != ends)
            g_string_append(out, ends ? "still cut" : "still up");
        break;
    case DO_LINK:
        put_link_value(s, out);
        break;
    case DO_ANSWER:
        put_answer_value(s->with, out);
        break;
    case DO_GREYLIST:
        g_string_append(out, time_duration(buf, s->wait));
        break;
    case DO_QUOTA:
        g_string_append_printf(out, "%s %" G_GINT64_FORMAT, s->user, s->quota);
        break;
    case DO_RECORD:
        put_records_value(s, out);
        break;
CASES_OF_PEOPLE:
    case N_DO:
        break;
    }
}

static void trace_fault(const struct act *a, bool ends)
{
    struct trace *t = &a->stage->w->sim.trace;
    struct net_host *x = NULL, *y = NULL;

    if (!trace_on(t))
        return;
    if (a->link != NULL)
        net_link_ends(a->link, &x, &y);
    const char *host = net_host_name(a->link != NULL ? x : a->host->net);
    GString *value = g_string_new(NULL);
    struct record *r = trace_begin(t, ends ? EV_FAULT_END : EV_FAULT_BEGIN, host);
    trace_text(r, KEY_WHAT, span_of(what_text((enum scenario_do)a->spec->what)));
    if (a->link != NULL)
        trace_format(t, KEY_ON, "%s - %s", host, net_host_name(y));
    else
        trace_format(t, KEY_ON, "%s%s%s", host, a->spec->program ? " " : "",
                     a->spec->program ? a->spec->program : "");
    put_value(a, ends, value);
    if (value->len > 0)
        trace_text(r, KEY_VALUE, span_bytes(value->str, value->len));
    trace_end(t);
    g_string_free(value, TRUE);
}

/* ---- The state of a target, worked out from the scenario and the layers that last. */

static void settle_host(const struct act *a)
{
    bool up = host_is_to_be_up(a);

    if (a->spec->program != NULL)
        net_program_set_up(a->host->net, a->spec->program, up);
    else
        net_host_set_up(a->host->net, up);
}

static void settle_link(const struct act *a)
{
    const struct scenario_link_spec *spec = &a->link_spec->spec;
    struct net_link_spec now = { spec->delay, spec->rate_bps, spec->loss_ppm, (uint32_t)spec->queue };

    for (unsigned i = 0; i < a->stage->active->len; i++) {
        const struct act *f = g_ptr_array_index(a->stage->active, i);
        const struct scenario_action *s = f->spec;

        if (s->what != DO_LINK || f->link != a->link)
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
    net_link_set_spec(a->link, &now);
}

static void settle_greylist(const struct act *a)
{
    const struct act *f = latest(a, DO_GREYLIST, DO_GREYLIST);
    mail_server_set_greylist(a->host->mail, f != NULL ? f->spec->wait : a->host->spec->mail->greylist);
}

static void settle_quota(const struct act *a)
{
    const struct act *f = latest(a, DO_QUOTA, DO_QUOTA);
    const GPtrArray *users = a->host->spec->mail->users;
    int64_t quota = f != NULL ? f->spec->quota : 0;

    for (unsigned i = 0; f == NULL && i < users->len; i++) {
        const struct scenario_user *u = g_ptr_array_index(users, i);
        if (same_text(u->name, a->spec->user))
            quota = u->quota;
    }
    mail_server_set_quota(a->host->mail, a->spec->user, (size_t)quota);
}

static void begin_answer(struct act *a)
{
    const struct scenario_answer *w = a->spec->with;

    a->order = mail_server_order(
        a->host->mail, &(struct mail_answer){ (enum mail_answer_when)w->when, (unsigned)w->code,
                                              (char *)w->text, (unsigned)w->after, (char *)w->match });
}

/* After the layers have changed. */
static void settle(const struct act *a)
{
    switch ((enum scenario_do)a->spec->what) {
    case DO_DOWN:
    case DO_UP:
        settle_host(a);
        break;
    case DO_CUT:
    case DO_MEND:
        net_link_set_up(a->link, link_is_to_be_up(a));
        break;
    case DO_LINK:
        settle_link(a);
        break;
    case DO_GREYLIST:
        settle_greylist(a);
        break;
    case DO_QUOTA:
        settle_quota(a);
        break;
    case DO_ANSWER:
    case DO_RECORD: /* these come and go one by one */
CASES_OF_PEOPLE:
    case N_DO:
        break;
    }
}

/* ---- They begin, and may end. */

/* `up` and `mend` put an end to what broke before; when they are over themselves, it is broken again. */
static bool repairs(const struct act *a)
{
    return a->spec->what == DO_UP || a->spec->what == DO_MEND;
}

static void on_end(void *self)
{
    struct act *a = self;
    GPtrArray *active = a->stage->active;
    unsigned i = 0;

    if (!g_ptr_array_find(active, a, &i))
        return; /* an `up` or a `mend` has ended it before its time */
    g_ptr_array_remove_index(active, i);
    trace_fault(a, !repairs(a));
    if (a->spec->what == DO_ANSWER)
        mail_server_end_order(a->host->mail, a->order);
    else if (a->spec->what == DO_RECORD)
        act_records_end(a, (struct act *const *)active->pdata + i, active->len - i);
    settle(a);
}

/* A repair for good: whatever else keeps the target down or cut, or up, is over. */
static void end_others(struct act *a)
{
    enum scenario_do ended = a->spec->what == DO_UP ? DO_DOWN : DO_CUT;
    GPtrArray *active = a->stage->active;

    for (unsigned i = active->len; i-- > 0;) {
        const struct act *f = g_ptr_array_index(active, i);
        if ((f->spec->what == (int)ended || f->spec->what == a->spec->what) && same_target(f, a))
            g_ptr_array_remove_index(active, i);
    }
}

void act_fault_begin(struct act *a)
{
    struct sim *sim = &a->stage->w->sim;

    if (repairs(a) && a->spec->lasts == 0)
        end_others(a);
    g_ptr_array_add(a->stage->active, a);
    trace_fault(a, repairs(a));
    if (a->spec->lasts > 0)
        sched_at(sim->sched, sim_now(sim) + a->spec->lasts, on_end, a);
    if (a->spec->what == DO_ANSWER)
        begin_answer(a);
    else if (a->spec->what == DO_RECORD)
        act_records_begin(a);
    settle(a);
}
