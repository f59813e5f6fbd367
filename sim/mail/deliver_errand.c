#include "mail/deliver_internal.h"

/* ---- An errand's conversation. */

/* What it hands over next to the host it is at: what the host before did not take, then what is ready, then
 * what waits only because nobody was reached. */
static struct mail_queue_entry *next_entry(struct mail_errand *x)
{
    unsigned limit = x->d->server->messages_per_connection;

    if (x->n_again > 0) {
        x->n_again--;
        return g_ptr_array_remove_index(x->left, 0);
    }
    if (limit > 0 && x->n_here >= limit)
        return NULL;
    return mail_deliver_take(x->d, x->lane, true);
}

/* Start a transaction for recipients that this host has not been asked about. False if there are none. */
static bool hand_over(struct mail_errand *x, struct mail_queue_entry *e)
{
    const char *recipients[MAIL_TRANSACTION_RCPTS];
    unsigned n = 0;

    for (unsigned i = 0; i < e->n_rcpts && n < MAIL_TRANSACTION_RCPTS; i++) {
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
static void conclude(struct mail_errand *x)
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
        mail_deliver_settle(x->d, e, x->started);
    }
}

static void on_ready(void *self)
{
    struct mail_errand *x = self;

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
    struct mail_errand *x = self;
    struct mail_queue_entry *e = x->current;
    struct mail_queue_rcpt *to = &e->rcpts[x->rcpts[i]];

    if (a.code >= 200 && a.code < 300)
        mail_deliver_note_done(x->d, e, to, a.code, a.text, MAIL_RELAYED);
    else
        mail_deliver_note_failure(x->d, to, a.code, a.text, mail_courier_host(x->courier));
}

static void on_sent(void *self)
{
    struct mail_errand *x = self;
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
    struct mail_errand *x = self;

    x->n_here = 0;
    x->n_again = x->left != NULL ? x->left->len : 0;
    if (x->current != NULL)
        for (unsigned i = 0; i < x->current->n_rcpts; i++)
            x->current->rcpts[i].tried = false;
    return x->current != NULL || x->n_again > 0;
}

static void on_route(void *self, const struct mail_route *route)
{
    struct mail_errand *x = self;
    struct mail_deliver *d = x->d;
    struct record *r;
    GString *hosts;

    if (!trace_on(&d->sim->trace))
        return;
    hosts = g_string_new(NULL);
    mail_route_text(route, hosts);
    r = mail_deliver_begin_record(d, EV_QUEUE_ROUTE, x->current);
    trace_text(r, KEY_DOMAIN, span_of(x->lane->domain));
    trace_text(r, KEY_HOSTS, span_bytes(hosts->str, hosts->len));
    trace_end(&d->sim->trace);
    g_string_free(hosts, TRUE);
}

void mail_errand_drop(struct mail_errand *x)
{
    mail_courier_drop(&x->courier);
    if (x->left != NULL)
        g_ptr_array_free(x->left, TRUE);
    g_free(x);
}

void mail_errand_end(struct mail_errand *x)
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
    mail_errand_drop(x);
}

static void on_end(void *self, enum mail_courier_end how, struct smtp_answer a)
{
    struct mail_errand *x = self;
    struct mail_deliver *d = x->d;
    const char *remote = mail_courier_host(x->courier);
    uint64_t cause = sched_cause(d->sim->sched);
    struct mail_queue_entry *e;

    if (x->current != NULL) {
        mail_deliver_note_untold(d, x->current, how, a, remote);
        mail_deliver_settle(d, x->current, x->started);
    }
    for (unsigned i = 0; x->left != NULL && i < x->left->len; i++) {
        sched_set_cause(d->sim->sched, cause);
        mail_deliver_settle(d, x->left->pdata[i], x->started);
    }
    /* Whoever else waits for this domain would fare no better now. */
    while (!x->talked && (e = mail_deliver_take(d, x->lane, false)) != NULL) {
        mail_deliver_note_untold(d, e, how, a, remote);
        mail_deliver_settle(d, e, x->started);
        sched_set_cause(d->sim->sched, cause);
    }
    sched_set_cause(d->sim->sched, cause);
    mail_errand_end(x);
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

void mail_errand_begin(struct mail_deliver *d, struct mail_lane *lane)
{
    struct mail_errand *x = g_malloc(sizeof *x);

    *x = (struct mail_errand){ .next = d->errands, .d = d, .lane = lane, .started = sim_now(d->sim) };
    if (d->errands != NULL)
        d->errands->prev = x;
    d->errands = x;
    d->n_errands++;
    x->current = mail_deliver_take(d, lane, false);
    x->courier = mail_courier_new(&d->kit, &errand_events, x);
    mail_queue_enter(d->queue, lane);
    mail_courier_to_domain(x->courier, span_of(lane->domain), SMTP_PORT, x->current->message->mail);
}

/* ---- Tables. */

void mail_deliver_describe(const struct mail_deliver *d, struct table *t)
{
    const struct mail_errand *last = d->errands;

    while (last != NULL && last->next != NULL)
        last = last->next;
    for (const struct mail_errand *x = last; x != NULL; x = x->prev) {
        const char *host = mail_courier_host(x->courier);

        table_row(t);
        table_text(t, "%s", host != NULL ? host : x->lane->domain);
        table_text(t, "client");
        table_text(t, "%s", mail_courier_state(x->courier));
        table_text(t, "m%u", (unsigned)mail_courier_mail(x->courier));
        if (d->server->submission)
            table_text(t, "%s", "");
    }
}
