#include "mail/deliver.h"

#include <assert.h>

#include "mail/courier.h"
#include "mail/dsn.h"

enum {
    TRANSACTION_RCPTS = 100, /* RFC 5321 §4.5.3.1.8: what every server must take */
    UNTOLD = 1,              /* code of a recipient that this attempt has no answer for yet */
};

/* One errand for a lane. */
struct errand {
    struct errand *next, *prev;
    struct mail_deliver *d;
    struct mail_lane *lane;
    struct mail_courier *courier;
    sim_time started;
    bool talked;                       /* some host was ready for mail */
    unsigned n_here;                   /* messages handed to this host */
    struct mail_queue_entry *current;  /* being handed over, or what it set out for */
    GPtrArray *left;                   /* entries that this host did not take for now, for the next one */
    unsigned n_again;                  /* of those, from the front, to be handed to the host it is at */
    unsigned rcpts[TRANSACTION_RCPTS]; /* the transaction's recipients, by their index in the entry */
};

struct mail_deliver {
    struct net_host *host;
    struct sim *sim;
    const char *hostname;
    const struct mail_server_spec *server;
    struct mail_local *local;
    struct mail_queue *queue;
    struct mail_courier_kit kit;
    struct dns_name own;
    struct rng shuffle;
    struct errand *errands; /* in the order begun, latest first */
    unsigned n_errands;
    bool is_up;
    uint32_t last_id;
    struct sched_handle timer;
    sim_time timer_at;
};

static void on_retry_due(void *self);
static void settle(struct mail_deliver *d, struct mail_queue_entry *e, sim_time started);

/* ---- Trace. A recipient's record has the answer that it got for its cause, not the record of the recipient
 * before. */

static struct record *begin_record(struct mail_deliver *d, enum event event, const struct mail_queue_entry *e)
{
    struct record *r = trace_begin(&d->sim->trace, event, net_host_name(d->host));

    r->mail = e->message->mail;
    trace_id(r, KEY_QUEUE, 'Q', e->id);
    return r;
}

static void end_record(struct mail_deliver *d, uint64_t cause)
{
    trace_end(&d->sim->trace);
    sched_set_cause(d->sim->sched, cause);
}

static void trace_answer(struct record *r, const struct mail_queue_rcpt *to)
{
    trace_text(r, KEY_RECIPIENT, span_of(to->address));
    trace_number(r, KEY_CODE, to->code);
    trace_text(r, KEY_LINE, span_of(to->line));
}

static void trace_attempt(struct mail_deliver *d, struct mail_queue_entry *e)
{
    struct record *r;
    unsigned open = 0;

    /* An attempt follows from the entry's own past, not from the mail before it on the same connection. */
    if (e->cause != 0)
        sched_set_cause(d->sim->sched, e->cause);
    if (!trace_on(&d->sim->trace))
        return;
    for (unsigned i = 0; i < e->n_rcpts; i++)
        open += e->rcpts[i].state == MAIL_RCPT_OPEN;
    r = begin_record(d, EV_QUEUE_ATTEMPT, e);
    trace_text(r, KEY_DOMAIN, span_of(e->lane->domain));
    trace_number(r, KEY_TRIES, e->tries);
    trace_number(r, KEY_RECIPIENTS, open);
    trace_end(&d->sim->trace);
}

/* ---- What a recipient's answer means. */

static void note_answer(struct mail_deliver *d, struct mail_queue_rcpt *to, unsigned code, struct span line,
                        const char *remote)
{
    to->cause = sched_cause(d->sim->sched);
    to->code = code;
    g_free(to->line);
    to->line = g_strndup(line.at, line.len);
    g_free(to->remote);
    to->remote = g_strdup(remote);
}

static void note_done(struct mail_deliver *d, struct mail_queue_entry *e, struct mail_queue_rcpt *to,
                      unsigned code, struct span line, enum mail_fate fate)
{
    uint64_t cause = sched_cause(d->sim->sched);

    to->state = MAIL_RCPT_DONE;
    mail_ledger_close(d->server->ledger, &to->key, fate);
    if (trace_on(&d->sim->trace)) {
        struct record *r = begin_record(d, EV_QUEUE_DONE, e);

        trace_text(r, KEY_RECIPIENT, span_of(to->address));
        trace_number(r, KEY_CODE, code);
        trace_text(r, KEY_LINE, line);
        end_record(d, cause);
    }
}

static void note_failure(struct mail_deliver *d, struct mail_queue_rcpt *to, unsigned code, struct span line,
                         const char *remote)
{
    note_answer(d, to, code, line, remote);
    if (code >= 500)
        to->state = MAIL_RCPT_FAILED;
}

/* ---- Reports. */

static int64_t unix_seconds(const struct mail_deliver *d, sim_time t)
{
    return d->sim->epoch_s + t / SIM_SECOND;
}

/* Tell the sender about the recipients in that state. */
static void send_report(struct mail_deliver *d, struct mail_queue_entry *e, uint32_t mail,
                        enum mail_dsn_action action, enum mail_rcpt_state about)
{
    struct mail_dsn_rcpt *rcpts = g_new0(struct mail_dsn_rcpt, e->n_rcpts);
    struct mail_dsn dsn = {
        .mail = mail,
        .action = action,
        .reporter = d->hostname,
        .to = e->sender,
        .about = e->message,
        .now_s = unix_seconds(d, sim_now(d->sim)),
        .arrived_s = unix_seconds(d, e->arrived),
        .rcpts = rcpts,
    };
    struct mail_message *m;

    if (action == MAIL_DSN_DELAYED)
        dsn.retry_until_s = unix_seconds(d, mail_queue_gives_up_at(d->queue, e));
    for (unsigned i = 0; i < e->n_rcpts; i++) {
        const struct mail_queue_rcpt *to = &e->rcpts[i];

        if (to->state == about)
            rcpts[dsn.n_rcpts++] = (struct mail_dsn_rcpt){
                .address = to->address,
                .code = to->code,
                .line = to->line,
                .remote = to->remote,
                .gave_up = to->code < 500,
            };
    }
    m = mail_dsn_new(&dsn);
    mail_ledger_count_report(d->server->ledger);
    mail_deliver_accept(d, &(struct mail_accept){
                               .mail = mail,
                               .id = mail_deliver_new_id(d),
                               .sender = span_bytes("", 0),
                               .recipients = &dsn.to,
                               .n_recipients = 1,
                               .data = m->data,
                               .must = true,
                           });
    mail_message_unref(&m);
    g_free(rcpts);
}

/* The failed recipients of this attempt leave the queue: with one report for all, or, if it was a report
 * itself, with none. */
static void bounce(struct mail_deliver *d, struct mail_queue_entry *e, unsigned n_failed)
{
    bool tell = e->sender[0] != '\0';
    uint32_t report = tell ? ++d->sim->mails : 0;
    uint64_t cause = sched_cause(d->sim->sched);

    for (unsigned i = 0; i < e->n_rcpts; i++) {
        struct mail_queue_rcpt *to = &e->rcpts[i];
        struct record *r;

        if (to->state != MAIL_RCPT_FAILED || !trace_on(&d->sim->trace))
            continue;
        sched_set_cause(d->sim->sched, to->cause);
        r = begin_record(d, EV_QUEUE_BOUNCE, e);
        r->why = !tell ? "null_sender" : to->code >= 500 ? "refused" : "gave_up";
        trace_answer(r, to);
        trace_number(r, KEY_TRIES, e->tries);
        if (tell)
            trace_id(r, KEY_REPORT, 'm', report);
        trace_end(&d->sim->trace);
    }
    assert(n_failed > 0);
    if (tell)
        send_report(d, e, report, MAIL_DSN_FAILED, MAIL_RCPT_FAILED);
    for (unsigned i = 0; i < e->n_rcpts; i++) {
        if (e->rcpts[i].state != MAIL_RCPT_FAILED)
            continue;
        e->rcpts[i].state = MAIL_RCPT_DONE;
        mail_ledger_close(d->server->ledger, &e->rcpts[i].key, tell ? MAIL_BOUNCED : MAIL_DROPPED);
    }
    sched_set_cause(d->sim->sched, cause);
}

static void warn(struct mail_deliver *d, struct mail_queue_entry *e)
{
    uint64_t cause = sched_cause(d->sim->sched);
    uint32_t report;

    if (e->sender[0] == '\0' || !mail_queue_should_warn(d->queue, e, sim_now(d->sim)))
        return;
    report = ++d->sim->mails;
    for (unsigned i = 0; i < e->n_rcpts; i++) {
        struct record *r;

        if (e->rcpts[i].state != MAIL_RCPT_OPEN || !trace_on(&d->sim->trace))
            continue;
        sched_set_cause(d->sim->sched, cause);
        r = begin_record(d, EV_QUEUE_WARN, e);
        trace_text(r, KEY_RECIPIENT, span_of(e->rcpts[i].address));
        trace_id(r, KEY_REPORT, 'm', report);
        trace_end(&d->sim->trace);
    }
    send_report(d, e, report, MAIL_DSN_DELAYED, MAIL_RCPT_OPEN);
    sched_set_cause(d->sim->sched, cause);
}

/* ---- The end of an attempt. */

static void set_timer(struct mail_deliver *d)
{
    sim_time next = mail_queue_next(d->queue);

    if (!d->is_up || (sched_is_pending(d->sim->sched, d->timer) && d->timer_at <= next))
        return;
    sched_cancel(d->sim->sched, &d->timer);
    if (next == SIM_NEVER)
        return;
    d->timer_at = next;
    d->timer = sched_at(d->sim->sched, next, on_retry_due, d);
}

static void defer(struct mail_deliver *d, struct mail_queue_entry *e, sim_time started)
{
    uint64_t cause = sched_cause(d->sim->sched);
    sim_time next = mail_queue_defer(d->queue, e, started, sim_now(d->sim));

    for (unsigned i = 0; i < e->n_rcpts; i++) {
        struct record *r;

        if (e->rcpts[i].state != MAIL_RCPT_OPEN || !trace_on(&d->sim->trace))
            continue;
        sched_set_cause(d->sim->sched, e->rcpts[i].cause);
        r = begin_record(d, EV_QUEUE_DEFER, e);
        trace_answer(r, &e->rcpts[i]);
        trace_number(r, KEY_TRIES, e->tries);
        trace_time(r, KEY_NEXT, next);
        trace_end(&d->sim->trace);
    }
    e->cause = sched_cause(d->sim->sched);
    sched_set_cause(d->sim->sched, cause);
    set_timer(d);
}

/* Every recipient of the entry has had an answer in this attempt, or never will. */
static void settle(struct mail_deliver *d, struct mail_queue_entry *e, sim_time started)
{
    bool too_old = mail_queue_is_too_old(d->queue, e, sim_now(d->sim));
    unsigned n_failed = 0, n_open = 0;

    for (unsigned i = 0; i < e->n_rcpts; i++) {
        struct mail_queue_rcpt *to = &e->rcpts[i];

        if (to->state == MAIL_RCPT_OPEN && too_old)
            to->state = MAIL_RCPT_FAILED;
        n_failed += to->state == MAIL_RCPT_FAILED;
        n_open += to->state == MAIL_RCPT_OPEN;
    }
    if (n_failed > 0)
        bounce(d, e, n_failed);
    if (n_open == 0) {
        mail_queue_remove(d->queue, &e);
        return;
    }
    warn(d, e);
    defer(d, e, started);
}

/* ---- An errand's conversation. */

/* Nobody told these recipients anything in this attempt: all the same answer. */
static void answer_untold(struct mail_deliver *d, struct mail_queue_entry *e, enum mail_courier_end how,
                          struct smtp_answer a, const char *remote)
{
    for (unsigned i = 0; i < e->n_rcpts; i++) {
        struct mail_queue_rcpt *to = &e->rcpts[i];

        if (to->state != MAIL_RCPT_OPEN || to->code != UNTOLD)
            continue;
        note_answer(d, to, a.code, a.text.len > 0 ? a.text : SPAN("The connection ended"),
                    a.code != 0 ? remote : NULL);
        e->unreached = how == MAIL_COURIER_UNREACHED;
        if (how == MAIL_COURIER_REFUSED)
            to->state = MAIL_RCPT_FAILED;
    }
}

static struct mail_queue_entry *take_entry(struct mail_deliver *d, struct mail_lane *lane, bool unreached)
{
    struct mail_queue_entry *e = mail_queue_take(d->queue, lane, unreached);

    if (e == NULL)
        return NULL;
    e->unreached = false;
    for (unsigned i = 0; i < e->n_rcpts; i++)
        if (e->rcpts[i].state == MAIL_RCPT_OPEN)
            e->rcpts[i].code = UNTOLD;
    trace_attempt(d, e);
    return e;
}

/* What it hands over next to the host it is at: what the host before did not take, then what is ready, then
 * what waits only because nobody was reached. */
static struct mail_queue_entry *next_entry(struct errand *x)
{
    unsigned limit = x->d->server->messages_per_connection;

    if (x->n_again > 0) {
        x->n_again--;
        return g_ptr_array_remove_index(x->left, 0);
    }
    if (limit > 0 && x->n_here >= limit)
        return NULL;
    return take_entry(x->d, x->lane, true);
}

/* Start a transaction for recipients that this host has not been asked about. False if there are none. */
static bool hand_over(struct errand *x, struct mail_queue_entry *e)
{
    const char *recipients[TRANSACTION_RCPTS];
    unsigned n = 0;

    for (unsigned i = 0; i < e->n_rcpts && n < TRANSACTION_RCPTS; i++) {
        if (e->rcpts[i].state != MAIL_RCPT_OPEN || e->rcpts[i].tried)
            continue;
        e->rcpts[i].tried = true;
        x->rcpts[n] = i;
        recipients[n++] = e->rcpts[i].address;
    }
    if (n == 0)
        return false;
    mail_courier_send(x->courier, e->message->mail, span_of(e->sender), recipients, n, e->message->data);
    return true;
}

/* This host has said all that it will about the entry. */
static void conclude(struct errand *x)
{
    struct mail_queue_entry *e = x->current;
    bool open = false;

    x->current = NULL;
    x->n_here++;
    for (unsigned i = 0; i < e->n_rcpts; i++) {
        open = open || e->rcpts[i].state == MAIL_RCPT_OPEN;
        e->rcpts[i].tried = false;
    }
    if (open && mail_courier_has_next(x->courier)) {
        if (x->left == NULL)
            x->left = g_ptr_array_new();
        g_ptr_array_add(x->left, e);
    } else {
        settle(x->d, e, x->started);
    }
}

static void on_ready(void *self)
{
    struct errand *x = self;

    x->talked = true;
    for (;;) {
        if (x->current == NULL)
            x->current = next_entry(x);
        if (x->current == NULL) {
            mail_courier_quit(x->courier);
            return;
        }
        if (hand_over(x, x->current))
            return;
        conclude(x);
    }
}

static void on_recipient(void *self, unsigned i, struct smtp_answer a)
{
    struct errand *x = self;
    struct mail_queue_entry *e = x->current;
    struct mail_queue_rcpt *to = &e->rcpts[x->rcpts[i]];

    if (a.code >= 200 && a.code < 300)
        note_done(x->d, e, to, a.code, a.text, MAIL_RELAYED);
    else
        note_failure(x->d, to, a.code, a.text, mail_courier_host(x->courier));
}

static void on_sent(void *self)
{
    struct errand *x = self;
    struct mail_queue_entry *e = x->current;

    /* More than a transaction holds: the rest in another one, at once (RFC 5321 §4.5.3.1.10). */
    for (unsigned i = 0; i < e->n_rcpts; i++)
        if (e->rcpts[i].state == MAIL_RCPT_OPEN && !e->rcpts[i].tried)
            return;
    conclude(x);
    mail_deliver_run(x->d); /* it may have made a report */
}

static bool on_parted(void *self)
{
    struct errand *x = self;

    x->n_here = 0;
    x->n_again = x->left != NULL ? x->left->len : 0;
    if (x->current != NULL)
        for (unsigned i = 0; i < x->current->n_rcpts; i++)
            x->current->rcpts[i].tried = false;
    return x->current != NULL || x->n_again > 0;
}

static void on_route(void *self, const struct mail_route *route)
{
    struct errand *x = self;
    struct mail_deliver *d = x->d;
    struct record *r;
    GString *hosts;

    if (!trace_on(&d->sim->trace))
        return;
    hosts = g_string_new(NULL);
    mail_route_text(route, hosts);
    r = begin_record(d, EV_QUEUE_ROUTE, x->current);
    trace_text(r, KEY_DOMAIN, span_of(x->lane->domain));
    trace_text(r, KEY_HOSTS, span_bytes(hosts->str, hosts->len));
    trace_end(&d->sim->trace);
    g_string_free(hosts, TRUE);
}

static void errand_free(struct errand *x)
{
    if (x->left != NULL)
        g_ptr_array_free(x->left, TRUE);
    g_free(x);
}

static void end_errand(struct errand *x)
{
    struct mail_deliver *d = x->d;

    mail_courier_free(&x->courier);
    if (x->prev != NULL)
        x->prev->next = x->next;
    else
        d->errands = x->next;
    if (x->next != NULL)
        x->next->prev = x->prev;
    d->n_errands--;
    mail_queue_leave(d->queue, x->lane);
    errand_free(x);
}

static void on_end(void *self, enum mail_courier_end how, struct smtp_answer a)
{
    struct errand *x = self;
    struct mail_deliver *d = x->d;
    const char *remote = mail_courier_host(x->courier);
    uint64_t cause = sched_cause(d->sim->sched);
    struct mail_queue_entry *e;

    if (x->current != NULL) {
        answer_untold(d, x->current, how, a, remote);
        settle(d, x->current, x->started);
    }
    for (unsigned i = 0; x->left != NULL && i < x->left->len; i++) {
        sched_set_cause(d->sim->sched, cause);
        settle(d, x->left->pdata[i], x->started);
    }
    /* Whoever else waits for this domain would fare no better now. */
    while (!x->talked && (e = take_entry(d, x->lane, false)) != NULL) {
        answer_untold(d, e, how, a, remote);
        settle(d, e, x->started);
        sched_set_cause(d->sim->sched, cause);
    }
    sched_set_cause(d->sim->sched, cause);
    end_errand(x);
    mail_deliver_run(d);
}

static const struct mail_courier_events errand_events = {
    .on_route = on_route,
    .on_ready = on_ready,
    .on_recipient = on_recipient,
    .on_sent = on_sent,
    .on_parted = on_parted,
    .on_end = on_end,
};

/* ---- Setting out. */

static void begin_errand(struct mail_deliver *d, struct mail_lane *lane)
{
    struct errand *x = g_malloc(sizeof *x);

    *x = (struct errand){ .next = d->errands, .d = d, .lane = lane, .started = sim_now(d->sim) };
    if (d->errands != NULL)
        d->errands->prev = x;
    d->errands = x;
    d->n_errands++;
    x->current = take_entry(d, lane, false);
    x->courier = mail_courier_new(&d->kit, &errand_events, x);
    mail_queue_enter(d->queue, lane);
    mail_courier_to_domain(x->courier, span_of(lane->domain), SMTP_PORT, x->current->message->mail);
}

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
            note_done(d, e, to, 250, SPAN("250 2.0.0 Stored"), MAIL_DELIVERED);
            sched_set_cause(d->sim->sched, cause);
        } else {
            char *line = g_strdup_printf("%u %s", v.code, v.text);

            note_failure(d, to, v.code, span_of(line), d->hostname);
            g_free(line);
        }
    }
    settle(d, e, sim_now(d->sim));
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
            while ((e = take_entry(d, lane, false)) != NULL)
                deliver_here(d, e);
            mail_queue_leave(d->queue, lane);
        } else {
            begin_errand(d, lane);
        }
        sched_set_cause(d->sim->sched, cause);
    }
}

static void on_retry_due(void *self)
{
    struct mail_deliver *d = self;

    mail_queue_wake(d->queue, sim_now(d->sim));
    mail_deliver_run(d);
    set_timer(d);
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
            e->rcpts[j].key = mail_ledger_open(d->server->ledger);
    }
    if (group != few)
        g_free(group);
}

static void trace_add(struct mail_deliver *d, const struct mail_accept *a, unsigned n_queued, size_t size)
{
    struct record *r;

    if (!trace_on(&d->sim->trace))
        return;
    r = trace_begin(&d->sim->trace, EV_QUEUE_ADD, net_host_name(d->host));
    r->mail = a->mail;
    trace_id(r, KEY_QUEUE, 'Q', a->id);
    trace_text(r, KEY_SENDER, a->sender);
    trace_number(r, KEY_RECIPIENTS, n_queued);
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
    key = mail_ledger_open(d->server->ledger);
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
        trace_add(d, a, n_local + n_remote, a->received.len + a->data.len);
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
    for (struct errand *x = (*d)->errands, *next; x != NULL; x = next) {
        next = x->next;
        mail_courier_drop(&x->courier);
        errand_free(x);
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
        end_errand(d->errands);
}

const struct mail_queue *mail_deliver_queue(const struct mail_deliver *d)
{
    return d->queue;
}

void mail_deliver_describe(const struct mail_deliver *d, struct table *t)
{
    const struct errand *last = d->errands;

    while (last != NULL && last->next != NULL)
        last = last->next;
    for (const struct errand *x = last; x != NULL; x = x->prev) {
        const char *host = mail_courier_host(x->courier);

        table_row(t);
        table_text(t, "%s", host != NULL ? host : x->lane->domain);
        table_text(t, "client");
        table_text(t, "%s", mail_courier_state(x->courier));
        table_text(t, "m%u", (unsigned)mail_courier_mail(x->courier));
    }
}
