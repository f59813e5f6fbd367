#include "scenario/act_internal.h"

#include "mail/compose.h"
#include "scenario/content.h"

/* ---- People. */

static void send_mail(struct act *a)
{
    const struct scenario_action *s = a->spec;
    char *subject = s->count > 1 && s->subject
                        ? g_strdup_printf("%s (%d of %d)", s->subject, (int)a->done + 1, (int)s->count)
                        : NULL;
    const char **lists[3];
    const GPtrArray *items[3] = { s->to, s->cc, s->bcc };
    unsigned n_files = act_count(s->attach);
    struct mail_attachment *files = g_new0(struct mail_attachment, n_files + 1);
    GString **contents = g_new0(GString *, n_files + 1);

    for (int i = 0; i < 3; i++) {
        lists[i] = g_new0(const char *, act_count(items[i]) + 1);
        for (unsigned k = 0; k < act_count(items[i]); k++)
            lists[i][k] = act_item(items[i], k);
    }
    for (unsigned i = 0; i < n_files; i++) {
        const struct scenario_attachment *f = g_ptr_array_index(s->attach, i);

        contents[i] = content_new(f->text, f->base64, f->size, f->name);
        files[i] = (struct mail_attachment){ f->name, f->type,
                                             span_bytes(contents[i]->str, contents[i]->len) };
    }
    struct mail_draft d = {
        .to = lists[0],
        .n_to = act_count(s->to),
        .cc = lists[1],
        .n_cc = act_count(s->cc),
        .bcc = lists[2],
        .n_bcc = act_count(s->bcc),
        .subject = subject ? subject : s->subject,
        .text = s->text,
        .sender = s->sender,
        .from = s->header_from,
        .size = (size_t)s->size,
        .direct = s->direct,
        .attachments = files,
        .n_attachments = n_files,
        .encoding = s->encoding == 2   ? MIME_BASE64
                    : s->encoding == 1 ? MIME_QUOTED_PRINTABLE
                                       : MIME_7BIT,
        .password = s->password,
    };
    mail_agent_send(a->agent, &d);
    for (int i = 0; i < 3; i++)
        g_free(lists[i]);
    for (unsigned i = 0; i < n_files; i++)
        g_string_free(contents[i], TRUE);
    g_free(contents);
    g_free(files);
    g_free(subject);
}

static void on_looked_up(void *self, const struct dns_result *r)
{
    (void)self; /* the trace's dns.result is what a look-up is for */
    (void)r;
}

static void look_up(struct act *a)
{
    const struct world_host *h = a->host;
    struct dns_name name;

    if (h->stub != NULL && net_host_is_up(h->net) &&
        dns_name_parse(span_of(a->spec->name), NULL, &name, NULL))
        dns_stub_query(h->stub, &name, dns_type_parse(span_of(a->spec->type)), 0, on_looked_up, NULL);
}

/* ---- The moment. */

static bool is_repeatable(const struct scenario_action *s)
{
    return s->what == DO_SEND || s->what == DO_LOOK_UP || s->what == DO_READ || s->what == DO_FETCH;
}

static void on_moment(void *self)
{
    struct act *a = self;
    const struct scenario_action *s = a->spec;
    struct sched *sched = a->stage->w->sim.sched;

    if (is_repeatable(s)) {
        if (a->done + 1 < s->count) {
            sim_time gap = s->poisson ? rng_exponential(&a->rng, s->every) : s->every;
            sched_post(sched, sched_now(sched) + gap, on_moment, a);
        }
        if (s->what == DO_READ || (s->what == DO_SEND && s->by_web))
            act_read(a);
        else if (s->what == DO_SEND)
            send_mail(a);
        else if (s->what == DO_FETCH)
            act_fetch(a);
        else
            look_up(a);
        a->done++;
    } else if (s->who != NULL) {
        act_read(a);
    } else {
        act_fault_begin(a);
    }
}

/* The zone that is said, or the server's first. */
static struct dns_zone *zone_of(const struct act *a)
{
    const GPtrArray *zones = a->host->spec->dns != NULL ? a->host->spec->dns->zones : NULL;
    const char *zone = a->spec->zone;
    struct dns_name origin;

    if (zone == NULL && act_count(zones) > 0)
        zone = ((const struct scenario_zone *)g_ptr_array_index(zones, 0))->name;
    if (zone == NULL || !dns_name_parse(span_of(zone), NULL, &origin, NULL))
        return NULL;
    return dns_server_find_zone(a->host->dns, &origin);
}

static void find_target(struct act *a)
{
    struct world *w = a->stage->w;
    const struct scenario_action *s = a->spec;
    unsigned index = 0;

    if (s->host != NULL)
        a->host = world_host_find(w, s->host);
    if (act_count(s->link) > 0)
        a->link = world_link_find(w, act_item(s->link, 0), act_item(s->link, 1), &index);
    if (a->link != NULL)
        a->link_spec = g_ptr_array_index(w->scenario->links, index);
    if (s->what == DO_SEND)
        a->agent = world_agent_find(w, s->from);
    if (s->what == DO_SEND ? s->by_web : s->who != NULL)
        act_find_reader(a, s->what == DO_SEND ? s->from : s->who);
    if (s->what == DO_RECORD)
        a->zone = zone_of(a);
    a->ttl_s = (uint32_t)w->scenario->defaults->ttl_s;
}

struct act_stage *act_stage_new(struct world *w)
{
    struct act_stage *stage = g_new0(struct act_stage, 1);

    stage->w = w;
    stage->n = w->scenario->actions->len;
    stage->acts = g_new0(struct act, stage->n);
    stage->active = g_ptr_array_new();
    for (unsigned i = 0; i < stage->n; i++) {
        struct act *a = &stage->acts[i];

        a->stage = stage;
        a->spec = g_ptr_array_index(w->scenario->actions, i);
        find_target(a);
        sim_rng(&w->sim, &a->rng, "action/%u", i);
        sched_post(w->sim.sched, a->spec->at, on_moment, a);
    }
    return stage;
}

void act_stage_free(struct act_stage **stage)
{
    if (*stage == NULL)
        return;
    for (unsigned i = 0; i < (*stage)->n; i++)
        act_records_free(&(*stage)->acts[i]);
    g_free((*stage)->acts);
    g_ptr_array_free((*stage)->active, TRUE);
    g_free(*stage);
    *stage = NULL;
}
