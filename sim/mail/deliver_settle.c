#include "mail/deliver_internal.h"

#include <assert.h>

#include "mail/dsn.h"
#include "core/words.h"

enum { UNTOLD = 1 }; /* code of a recipient that this attempt has no answer for yet */

/* ---- Trace. A recipient's record has the answer that it got for its cause, not the record of the recipient
 * before. */

struct record *mail_deliver_begin_record(struct mail_deliver *d, enum event event,
                                         const struct mail_queue_entry *e)
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
    g_autoptr(GString) recipients = NULL;
    struct record *r;

    /* An attempt follows from the entry's own past, not from the mail before it on the same connection. */
    if (e->cause != 0)
        sched_set_cause(d->sim->sched, e->cause);
    if (!trace_on(&d->sim->trace))
        return;
    recipients = g_string_new(NULL);
    for (unsigned i = 0; i < e->n_rcpts; i++)
        if (e->rcpts[i].state == MAIL_RCPT_OPEN)
            g_string_append_printf(recipients, "%s%s", recipients->len ? ", " : "", e->rcpts[i].address);
    r = mail_deliver_begin_record(d, EV_QUEUE_ATTEMPT, e);
    trace_text(r, KEY_DOMAIN, span_of(e->lane->domain));
    trace_number(r, KEY_TRIES, e->tries);
    trace_text(r, KEY_RECIPIENTS, span_of(recipients->str));
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

void mail_deliver_note_done(struct mail_deliver *d, struct mail_queue_entry *e, struct mail_queue_rcpt *to,
                            unsigned code, struct span line, enum mail_fate fate)
{
    uint64_t cause = sched_cause(d->sim->sched);

    to->state = MAIL_RCPT_DONE;
    mail_ledger_close(d->server->ledger, &to->key, fate);
    if (trace_on(&d->sim->trace)) {
        struct record *r = mail_deliver_begin_record(d, EV_QUEUE_DONE, e);

        trace_text(r, KEY_RECIPIENT, span_of(to->address));
        trace_number(r, KEY_CODE, code);
        trace_text(r, KEY_LINE, line);
        end_record(d, cause);
    }
}

void mail_deliver_note_failure(struct mail_deliver *d, struct mail_queue_rcpt *to, unsigned code,
                               struct span line, const char *remote)
{
    note_answer(d, to, code, line, remote);
    if (code >= 500)
        to->state = MAIL_RCPT_FAILED;
}

/* Nobody told these recipients anything in this attempt: all the same answer. */
void mail_deliver_note_untold(struct mail_deliver *d, struct mail_queue_entry *e, enum mail_courier_end how,
                              struct smtp_answer a, const char *remote)
{
    for (unsigned i = 0; i < e->n_rcpts; i++) {
        struct mail_queue_rcpt *to = &e->rcpts[i];

        if (to->state != MAIL_RCPT_OPEN || to->code != UNTOLD)
            continue;
        note_answer(d, to, a.code, a.text.len > 0 ? a.text : SPAN(N_("The connection ended")),
                    a.code != 0 ? remote : NULL);
        e->unreached = how == MAIL_COURIER_UNREACHED;
        if (how == MAIL_COURIER_REFUSED)
            to->state = MAIL_RCPT_FAILED;
    }
}

struct mail_queue_entry *mail_deliver_take(struct mail_deliver *d, struct mail_lane *lane, bool unreached)
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
    mail_ledger_count_report(d->server->ledger, action == MAIL_DSN_DELAYED);
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
        r = mail_deliver_begin_record(d, EV_QUEUE_BOUNCE, e);
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
        r = mail_deliver_begin_record(d, EV_QUEUE_WARN, e);
        trace_text(r, KEY_RECIPIENT, span_of(e->rcpts[i].address));
        trace_id(r, KEY_REPORT, 'm', report);
        trace_end(&d->sim->trace);
    }
    send_report(d, e, report, MAIL_DSN_DELAYED, MAIL_RCPT_OPEN);
    sched_set_cause(d->sim->sched, cause);
}

/* ---- The end of an attempt. */

void mail_deliver_set_timer(struct mail_deliver *d)
{
    sim_time next = mail_queue_next(d->queue);

    if (!d->is_up || (sched_is_pending(d->sim->sched, d->timer) && d->timer_at <= next))
        return;
    sched_cancel(d->sim->sched, &d->timer);
    if (next == SIM_NEVER)
        return;
    d->timer_at = next;
    d->timer = sched_at(d->sim->sched, next, mail_deliver_on_retry_due, d);
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
        r = mail_deliver_begin_record(d, EV_QUEUE_DEFER, e);
        trace_answer(r, &e->rcpts[i]);
        trace_number(r, KEY_TRIES, e->tries);
        trace_time(r, KEY_NEXT, next);
        trace_end(&d->sim->trace);
    }
    e->cause = sched_cause(d->sim->sched);
    sched_set_cause(d->sim->sched, cause);
    mail_deliver_set_timer(d);
}

/* Every recipient of the entry has had an answer in this attempt, or never will. */
void mail_deliver_settle(struct mail_deliver *d, struct mail_queue_entry *e, sim_time started)
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
