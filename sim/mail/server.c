#include "mail/server_internal.h"

#include <assert.h>

static const sim_time idle_limit = 5 * SIM_MINUTE; /* RFC 5321 §4.5.3.2.7 */

static sim_time half_hour[] = { 30 * SIM_MINUTE };

const struct mail_server_spec mail_server_defaults = {
    .retry = { .intervals = half_hour, .n_intervals = 1, .give_up = 5 * SIM_DAY },
    .recipients_limit = 100,
    .pipelining = true,
    .connections_out = 1,
    .connections_total = 100,
    .messages_per_connection = 100,
};

/* ---- Sessions. */

static struct mail_session *session_new(struct mail_server *s, const struct smtp_server_options *options)
{
    struct mail_session *x = s->store->spare;

    if (x == NULL) {
        x = g_new(struct mail_session, 1);
        x->smtp = smtp_server_new(options, &mail_server_policy, x);
    } else {
        s->store->spare = x->next;
        smtp_server_clear(x->smtp, options);
    }
    x->server = s;
    x->user = NULL;
    x->prev = NULL;
    x->next = s->sessions;
    if (s->sessions != NULL)
        s->sessions->prev = x;
    s->sessions = x;
    return x;
}

static void session_put_by(struct mail_session *x)
{
    if (x->prev != NULL)
        x->prev->next = x->next;
    else
        x->server->sessions = x->next;
    if (x->next != NULL)
        x->next->prev = x->prev;
    x->next = x->server->store->spare;
    x->server->store->spare = x;
}

static void release_store(void *store)
{
    for (struct mail_session *x = ((struct mail_session_store *)store)->spare, *next; x != NULL; x = next) {
        next = x->next;
        smtp_server_free(&x->smtp);
        g_free(x);
    }
}

static void end_session(struct mail_session *x)
{
    sched_cancel(x->server->sim->sched, &x->timer);
    if (x->conn != NULL)
        tcp_detach(&x->conn);
    session_put_by(x);
}

/* Send what the session said; end it if that was its last word. */
static void flush(struct mail_session *x)
{
    GString *out = x->server->out;

    if (out->len > 0) {
        tcp_send(x->conn, span_bytes(out->str, out->len));
        g_string_truncate(out, 0);
    }
    if (smtp_server_is_over(x->smtp))
        end_session(x);
}

/* One timer a session, put off when it fires, not at each line. */
static void on_idle(void *self)
{
    struct mail_session *x = self;
    struct mail_server *s = x->server;

    if (sim_now(s->sim) < x->heard + idle_limit) {
        x->timer = sched_at(s->sim->sched, x->heard + idle_limit, on_idle, x);
        return;
    }
    smtp_server_shut(x->smtp, "4.4.2 Nothing heard for five minutes, closing", s->out);
    flush(x);
}

static void on_tcp_data(void *self, struct tcp_conn *conn, struct span bytes)
{
    struct mail_session *x = self;
    struct mail_server *s = x->server;

    (void)conn;
    x->heard = sim_now(s->sim);
    smtp_server_feed(x->smtp, bytes, s->out);
    flush(x);
    mail_deliver_run(s->deliver); /* after the reply: first responsibility, then action */
}

static void on_tcp_eof(void *self, struct tcp_conn *conn)
{
    (void)conn;
    end_session(self);
}

static void on_tcp_gone(void *self, struct tcp_conn *conn, enum tcp_gone why)
{
    struct mail_session *x = self;

    (void)conn;
    (void)why;
    x->conn = NULL;
    end_session(x);
}

static const struct tcp_app app = { .on_data = on_tcp_data, .on_eof = on_tcp_eof, .on_gone = on_tcp_gone };

static void *accept_with(struct mail_server *s, const struct smtp_server_options *options,
                         struct tcp_conn *conn, const struct tcp_app **app_out)
{
    struct mail_session *x = session_new(s, options);
    GString *out = s->out;

    x->conn = conn;
    x->heard = sim_now(s->sim);
    x->timer = sched_at(s->sim->sched, x->heard + idle_limit, on_idle, x);
    smtp_server_open(x->smtp, out);
    *app_out = &app;
    tcp_send(conn, span_bytes(out->str, out->len));
    g_string_truncate(out, 0);
    if (smtp_server_is_over(x->smtp))
        tcp_close(
            conn); /* its end is told by on_gone: the connection needs its `self` until this call is back */
    return x;
}

static void *on_accept(void *self, struct tcp_conn *conn, const struct tcp_app **app_out)
{
    struct mail_server *s = self;

    return accept_with(s, &s->options, conn, app_out);
}

static void *on_accept_submission(void *self, struct tcp_conn *conn, const struct tcp_app **app_out)
{
    struct mail_server *s = self;

    return accept_with(s, &s->submission_options, conn, app_out);
}

/* ---- The program. */

static void on_start(void *self)
{
    struct mail_server *s = self;

    s->listener = tcp_listen(s->host, SMTP_PORT, on_accept, s);
    if (s->spec.submission)
        s->submission = tcp_listen(s->host, SUBMISSION_PORT, on_accept_submission, s);
    mail_deliver_start(s->deliver);
}

static void on_stop(void *self)
{
    struct mail_server *s = self;

    while (s->sessions != NULL) {
        tcp_abort(&s->sessions->conn);
        end_session(s->sessions);
    }
    if (s->listener != NULL)
        tcp_unlisten(&s->listener);
    if (s->submission != NULL)
        tcp_unlisten(&s->submission);
    mail_deliver_stop(s->deliver);
}

/* ---- Life. */

static char **copy_texts(const char *const *list, unsigned n)
{
    char **copy = g_new0(char *, n + 1);

    for (unsigned i = 0; i < n; i++)
        copy[i] = g_strdup(list[i]);
    return copy;
}

struct mail_server *mail_server_add(struct net_host *h, const struct mail_server_spec *spec)
{
    struct mail_server *s = g_new0(struct mail_server, 1);

    assert(spec->ledger != NULL && spec->retry.n_intervals > 0);
    s->host = h;
    s->sim = net_host_sim(h);
    s->spec = *spec;
    s->hostname = g_strdup(spec->hostname != NULL ? spec->hostname : net_host_name(h));
    s->relay_domains = copy_texts(spec->relay_domains, spec->n_relay_domains);
    s->spec.relay_for = g_memdup2(spec->relay_for, spec->n_relay_for * sizeof spec->relay_for[0]);
    if (s->spec.connections_out == 0)
        s->spec.connections_out = mail_server_defaults.connections_out;
    if (s->spec.connections_total == 0)
        s->spec.connections_total = mail_server_defaults.connections_total;
    mail_local_init(&s->local, h, spec->domains, spec->n_domains);
    mail_desk_init(&s->desk);
    mail_orders_init(&s->orders);
    s->greylist = mail_greylist_new();
    s->options = (struct smtp_server_options){
        .hostname = s->hostname,
        .size_limit = spec->size_limit,
        .recipients_limit = spec->recipients_limit,
        .pipelining = spec->pipelining,
    };
    s->submission_options = s->options;
    s->submission_options.auth = SMTP_AUTH_REQUIRED;
    s->store = sim_share(s->sim, sizeof *s->store, release_store);
    s->out = g_string_new(NULL);
    s->received = g_string_new(NULL);
    s->deliver = mail_deliver_new(&(struct mail_deliver_spec){
        .host = h,
        .hostname = s->hostname,
        .server = &s->spec,
        .local = &s->local,
    });
    /* What was copied elsewhere is not kept here. */
    s->spec.retry.intervals = NULL;
    s->spec.resolvers = NULL;
    s->spec.domains = s->spec.relay_domains = NULL;
    s->spec.hostname = NULL;
    s->program = (struct net_program){
        .name = "smtp",
        .start = on_start,
        .stop = on_stop,
        .describe = mail_server_describe,
        .self = s,
    };
    net_program_add(h, &s->program);
    return s;
}

void mail_server_free(struct mail_server **server)
{
    struct mail_server *s = *server;

    if (s == NULL)
        return;
    while (s->sessions != NULL)
        session_put_by(s->sessions);
    mail_deliver_free(&s->deliver);
    mail_local_release(&s->local);
    mail_desk_release(&s->desk);
    mail_orders_release(&s->orders);
    mail_greylist_free(&s->greylist);
    g_string_free(s->out, TRUE);
    g_string_free(s->received, TRUE);
    g_strfreev(s->relay_domains);
    g_free((void *)s->spec.relay_for);
    g_free(s->hostname);
    g_free(s);
    *server = NULL;
}

bool mail_server_add_user(struct mail_server *s, const char *user, size_t quota_octets)
{
    return mail_local_add_user(&s->local, user, quota_octets);
}

bool mail_server_set_quota(struct mail_server *s, const char *user, size_t quota_octets)
{
    struct mail_box *box = mail_boxes_find(&s->local.boxes, span_of(user));

    if (box != NULL)
        box->quota = quota_octets;
    return box != NULL;
}

bool mail_server_empty(struct mail_server *s, const char *user)
{
    struct mail_box *box = mail_boxes_find(&s->local.boxes, span_of(user));

    if (box == NULL)
        return false;
    mail_box_clear(box);
    return true;
}

unsigned mail_server_order(struct mail_server *s, const struct mail_answer *answer)
{
    return mail_orders_add(&s->orders, answer);
}

void mail_server_end_order(struct mail_server *s, unsigned id)
{
    mail_orders_end(&s->orders, id);
}

void mail_server_set_greylist(struct mail_server *s, sim_time wait)
{
    s->spec.greylist = wait;
}

struct mail_local *mail_server_local(struct mail_server *s)
{
    return &s->local;
}

bool mail_server_set_password(struct mail_server *s, const char *user, const char *password)
{
    struct mail_box *box = mail_boxes_find(&s->local.boxes, span_of(user));

    if (box != NULL)
        mail_box_set_password(box, password);
    return box != NULL;
}

static const struct mail_message *find_in_box(const struct mail_box *box, uint32_t mail, char **where_out)
{
    for (guint i = 0; i < box->folders->len; i++) {
        const struct mail_folder *f = box->folders->pdata[i];

        for (unsigned k = 0; k < f->n; k++) {
            const struct mail_stored *m = &f->messages[k];

            if (m->message->mail != mail)
                continue;
            if (where_out != NULL)
                *where_out = g_strdup_printf("mailbox %s, %s, uid %u", box->user, f->name, (unsigned)m->uid);
            return m->message;
        }
    }
    return NULL;
}

const struct mail_message *mail_server_find(const struct mail_server *s, uint32_t mail, char **where_out)
{
    const struct mail_queue *q = mail_deliver_queue(s->deliver);

    for (guint i = 0; i < s->local.boxes.all->len; i++) {
        const struct mail_message *m = find_in_box(s->local.boxes.all->pdata[i], mail, where_out);

        if (m != NULL)
            return m;
    }
    for (const struct mail_queue_entry *e = NULL; (e = mail_queue_each(q, e)) != NULL;) {
        if (e->message->mail != mail)
            continue;
        if (where_out != NULL)
            *where_out = g_strdup_printf("queue, Q%u", (unsigned)e->id);
        return e->message;
    }
    if (where_out != NULL)
        *where_out = NULL;
    return NULL;
}

struct mail_audit mail_server_audit(const struct mail_server *s)
{
    struct mail_audit audit = { .queued = mail_queue_count_open(mail_deliver_queue(s->deliver)) };

    for (guint i = 0; i < s->local.boxes.all->len; i++)
        audit.stored += ((const struct mail_box *)s->local.boxes.all->pdata[i])->stored;
    return audit;
}

unsigned mail_server_queued(const struct mail_server *s)
{
    return mail_queue_entries(mail_deliver_queue(s->deliver));
}

unsigned mail_server_stored(const struct mail_server *s, const char *user)
{
    unsigned n = 0;

    for (guint i = 0; i < s->local.boxes.all->len; i++) {
        const struct mail_box *box = s->local.boxes.all->pdata[i];

        if (user == NULL || g_ascii_strcasecmp(box->user, user) == 0)
            n += box->inbox->n;
    }
    return n;
}
