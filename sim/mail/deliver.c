#include "mail/deliver_internal.h"

#include <assert.h>

/* ---- Whose turn it is. */

/* A mailbox here that had no room when the message came. */
static void deliver_here(struct mail_deliver *d, struct mail_queue_entry *e)
{
    for (unsigned i = 0; i < e->n_rcpts; i++) {
        struct mail_queue_rcpt *to = &e->rcpts[i];
        struct mail_box *box = mail_local_find(d->local, span_of(to->address));
        struct smtp_verdict v = mail_local_check(box, e->message->data.len);
        uint64_t cause = sched_cause(d->sim->sched);

        if (to->state != MAIL_RCPT_OPEN)
            continue;
        if (v.code == 250) {
            mail_local_store(d->local, box, span_of(e->sender), e->message);
            mail_deliver_note_done(d, e, to, 250, SPAN("250 2.0.0 Stored"), MAIL_DELIVERED);
            sched_set_cause(d->sim->sched, cause);
        } else {
            char *line = g_strdup_printf("%u %s", v.code, v.text);

            mail_deliver_note_failure(d, to, v.code, span_of(line), d->hostname);
            g_free(line);
        }
    }
    mail_deliver_settle(d, e, sim_now(d->sim));
}

void mail_deliver_run(struct mail_deliver *d)
{
    uint64_t cause = sched_cause(d->sim->sched);
    struct mail_lane *lane;
    struct mail_queue_entry *e;

    while (d->is_up && d->n_errands < d->server->connections_total &&
           (lane = mail_queue_next_lane(d->queue, d->server->connections_out)) != NULL) {
        if (lane->local) {
            mail_queue_enter(d->queue, lane);
            while ((e = mail_deliver_take(d, lane, false)) != NULL)
                deliver_here(d, e);
            mail_queue_leave(d->queue, lane);
        } else {
            mail_errand_begin(d, lane);
        }
        sched_set_cause(d->sim->sched, cause);
    }
}

void mail_deliver_on_retry_due(void *self)
{
    struct mail_deliver *d = self;

    mail_queue_wake(d->queue, sim_now(d->sim));
    mail_deliver_run(d);
    mail_deliver_set_timer(d);
}

/* ---- Taking responsibility. */

uint32_t mail_deliver_new_id(struct mail_deliver *d)
{
    return ++d->last_id;
}

static bool all_refused(const struct mail_deliver *d, const struct mail_accept *a, size_t size,
                        struct smtp_verdict *why)
{
    for (unsigned i = 0; i < a->n_recipients; i++) {
        struct span to = span_of(a->recipients[i]);
        struct smtp_verdict v;

        if (!mail_local_is_here(d->local, to))
            return false;
        v = mail_local_check(mail_local_find(d->local, to), size);
        if (v.code == 250)
            return false;
        if (i == 0 || v.code < why->code) /* 452 before 552: one that may pass */
            *why = v;
    }
    return true;
}

/* Entries for the recipients that `queued` marks, one for each domain, in the order in which the domains
 * come. */
static void queue_up(struct mail_deliver *d, const struct mail_accept *a, struct mail_message *m,
                     bool *queued, bool local)
{
    const char *few[8];
    const char **group = a->n_recipients <= G_N_ELEMENTS(few) ? few : g_new(const char *, a->n_recipients);
    uint64_t cause = sched_cause(d->sim->sched);

    for (unsigned i = 0; i < a->n_recipients; i++) {
        struct span domain = mail_local_domain_of(span_of(a->recipients[i]));
        struct mail_queue_entry *e;
        struct mail_lane *lane;
        unsigned n = 0;

        if (!queued[i])
            continue;
        for (unsigned j = i; j < a->n_recipients; j++) {
            if (queued[j] && span_is_nocase(domain, mail_local_domain_of(span_of(a->recipients[j])))) {
                group[n++] = a->recipients[j];
                queued[j] = false;
            }
        }
        lane = mail_queue_lane(d->queue, domain);
        lane->local = local;
        e = mail_queue_add(d->queue, lane, a->id, m, a->sender, group, n, sim_now(d->sim));
        e->cause = cause;
        for (unsigned j = 0; j < n; j++)
            e->rcpts[j].key = mail_ledger_open(d->server->ledger, a->sender.len == 0);
    }
    if (group != few)
        g_free(group);
}

static void trace_add(struct mail_deliver *d, const struct mail_accept *a, const bool *local,
                      const bool *remote, size_t size)
{
    g_autoptr(GString) recipients = NULL;
    struct record *r;

    if (!trace_on(&d->sim->trace))
        return;
    recipients = g_string_new(NULL);
    for (unsigned i = 0; i < a->n_recipients; i++)
        if (local[i] || remote[i])
            g_string_append_printf(recipients, "%s%s", recipients->len ? ", " : "", a->recipients[i]);
    r = trace_begin(&d->sim->trace, EV_QUEUE_ADD, net_host_name(d->host));
    r->mail = a->mail;
    trace_id(r, KEY_QUEUE, 'Q', a->id);
    trace_text(r, KEY_SENDER, a->sender);
    trace_text(r, KEY_RECIPIENTS, span_of(recipients->str));
    trace_number(r, KEY_SIZE, (int64_t)size);
    trace_end(&d->sim->trace);
}

/* Into a mailbox here, if there is room. */
static bool store_now(struct mail_deliver *d, const struct mail_accept *a, struct span to,
                      struct mail_message *m)
{
    struct mail_box *box = mail_local_find(d->local, to);
    struct mail_ledger_key key;

    if (mail_local_check(box, m->data.len).code != 250)
        return false;
    key = mail_ledger_open(d->server->ledger, a->sender.len == 0);
    mail_local_store(d->local, box, a->sender, m);
    mail_ledger_close(d->server->ledger, &key, MAIL_DELIVERED);
    return true;
}

struct smtp_verdict mail_deliver_accept(struct mail_deliver *d, const struct mail_accept *a)
{
    /* RFC 5321 §4.4: who makes final delivery puts Return-Path: on top, and nobody else does. */
    struct span parts[] = { SPAN("Return-Path: <"), a->sender, SPAN(">\r\n"), a->received, a->data };
    size_t size = parts[0].len + parts[1].len + parts[2].len + parts[3].len + parts[4].len;
    struct mail_message *here = NULL, *away = NULL;
    struct smtp_verdict why;
    uint64_t cause = sched_cause(d->sim->sched);
    bool few[8] = { false }, *local = few, *remote = few + 4;
    unsigned n_local = 0, n_remote = 0;

    if (!a->must && all_refused(d, a, size, &why))
        return why;
    if (a->n_recipients > 4) {
        local = g_new0(bool, 2 * a->n_recipients);
        remote = local + a->n_recipients;
    }
    for (unsigned i = 0; i < a->n_recipients; i++) {
        struct span to = span_of(a->recipients[i]);

        if (!mail_local_is_here(d->local, to)) {
            remote[i] = true;
            n_remote++;
            continue;
        }
        if (here == NULL)
            here = mail_message_new(a->mail, parts, 5);
        sched_set_cause(d->sim->sched, cause);
        if (!store_now(d, a, to, here)) {
            local[i] = true;
            n_local++;
        }
    }
    if (n_local + n_remote > 0) {
        if (a->n_recipients > 1)
            sched_set_cause(d->sim->sched, cause);
        trace_add(d, a, local, remote, a->received.len + a->data.len);
    }
    if (n_local > 0)
        queue_up(d, a, here, local, true);
    if (n_remote > 0) {
        away = mail_message_new(a->mail, parts + 3, 2);
        queue_up(d, a, away, remote, false);
    }
    mail_message_unref(&here);
    mail_message_unref(&away);
    if (local != few)
        g_free(local);
    return (struct smtp_verdict){ 250, NULL };
}

/* ---- Life. */

struct mail_deliver *mail_deliver_new(const struct mail_deliver_spec *spec)
{
    struct mail_deliver *d = g_new0(struct mail_deliver, 1);

    d->host = spec->host;
    d->sim = net_host_sim(spec->host);
    d->hostname = spec->hostname;
    d->server = spec->server;
    d->local = spec->local;
    d->queue = mail_queue_new(&spec->server->retry);
    sim_rng(d->sim, &d->shuffle, "%s/mx", net_host_name(spec->host));
    d->kit = (struct mail_courier_kit){
        .host = spec->host,
        .helo = spec->hostname,
        .pipelining = spec->server->pipelining,
        .stub = dns_stub_new(spec->host, spec->server->resolvers, spec->server->n_resolvers),
        .shuffle = &d->shuffle,
        .out = g_string_new(NULL),
        .name = g_string_new(NULL),
    };
    if (dns_name_parse(span_of(spec->hostname), NULL, &d->own, NULL))
        d->kit.own = &d->own;
    return d;
}

void mail_deliver_free(struct mail_deliver **d)
{
    if (*d == NULL)
        return;
    for (struct mail_errand *x = (*d)->errands, *next; x != NULL; x = next) {
        next = x->next;
        mail_errand_drop(x);
    }
    dns_stub_free(&(*d)->kit.stub);
    mail_queue_free(&(*d)->queue);
    g_string_free((*d)->kit.out, TRUE);
    g_string_free((*d)->kit.name, TRUE);
    g_free(*d);
    *d = NULL;
}

void mail_deliver_start(struct mail_deliver *d)
{
    d->is_up = true;
    mail_queue_wake_all(d->queue, sched_cause(d->sim->sched));
    mail_deliver_run(d);
}

void mail_deliver_stop(struct mail_deliver *d)
{
    d->is_up = false;
    sched_cancel(d->sim->sched, &d->timer);
    while (d->errands != NULL)
        mail_errand_end(d->errands);
}

const struct mail_queue *mail_deliver_queue(const struct mail_deliver *d)
{
    return d->queue;
}
