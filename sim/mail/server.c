#include "mail/server.h"

#include <assert.h>
#include <stdio.h>

#include "mail/addr.h"
#include "mail/deliver.h"
#include "mail/greylist.h"
#include "mail/local.h"
#include "mail/order.h"
#include "mail/smtp_server.h"
#include "mail/text.h"
#include "net/tcp.h"

enum { RECEIVED_MAX = 100 }; /* RFC 5321 §6.3: at least 100; more is a loop */

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

/* A client that is connected. */
struct session {
    struct session *next, *prev;
    struct mail_server *server;
    struct tcp_conn *conn;
    struct smtp_server *smtp;
    sim_time heard; /* when it last said something */
    struct sched_handle timer;
};

struct mail_server {
    struct net_program program;
    struct net_host *host;
    struct sim *sim;
    char *hostname;
    char **relay_domains;
    struct mail_server_spec spec; /* its arrays are copies */
    struct mail_local local;
    struct mail_deliver *deliver;
    struct mail_orders orders;
    struct mail_greylist *greylist;
    struct smtp_server_options options;
    struct tcp_listener *listener;
    struct session *sessions; /* the latest first */
    GString *out, *received;  /* scratch */
    char text[128];           /* of a reply */
    struct mail_date date;
};

/* ---- What the server decides (struct smtp_policy). */

static bool find_order(const struct session *x, enum mail_answer_when when, const struct span *about,
                       unsigned n, struct smtp_verdict *out)
{
    return x->server->orders.list->len > 0 && mail_orders_find(&x->server->orders, when, about, n, out);
}

static struct smtp_verdict on_connect(void *self)
{
    struct session *x = self;
    char ip[IP_TEXT_MAX];
    struct span client[] = { span_of(tcp_peer_name(x->conn)), span_of(ip_text(ip, tcp_peer_ip(x->conn))) };
    struct smtp_verdict v = { 220, NULL };

    mail_orders_count(&x->server->orders);
    find_order(x, MAIL_ANSWER_CONNECT, client, 2, &v);
    return v;
}

static struct smtp_verdict on_mail(void *self, struct span sender, uint64_t declared_size)
{
    struct smtp_verdict v = { 250, NULL };

    (void)declared_size; /* the session has held it against the limit */
    find_order(self, MAIL_ANSWER_MAIL, &sender, 1, &v);
    return v;
}

/* One of those whom the server sends mail for: its own people, by where they are. */
static bool is_own_client(const struct session *x)
{
    const struct mail_server_spec *spec = &x->server->spec;

    for (unsigned i = 0; i < spec->n_relay_for; i++)
        if (ip_prefix_has(spec->relay_for[i], tcp_peer_ip(x->conn)))
            return true;
    return false;
}

static bool is_relay_domain(const struct mail_server *s, struct span domain)
{
    for (char **d = s->relay_domains; *d != NULL; d++)
        if (span_is_nocase(domain, span_of(*d)))
            return true;
    return false;
}

static struct smtp_verdict on_rcpt(void *self, const struct smtp_envelope *e, struct span recipient)
{
    struct session *x = self;
    struct mail_server *s = x->server;
    bool here = mail_local_is_here(&s->local, recipient);
    struct smtp_verdict v = { 250, NULL };

    if (find_order(x, MAIL_ANSWER_RCPT, &recipient, 1, &v))
        return v;
    if (here) {
        struct mail_box *box = mail_local_find(&s->local, recipient);

        if (box == NULL)
            return (struct smtp_verdict){ 550, NULL };
        v = mail_local_check(box, e->declared_size);
    } else if (!is_own_client(x) && !is_relay_domain(s, mail_local_domain_of(recipient))) {
        return (struct smtp_verdict){ 550, "5.7.1 No relaying: neither you nor the recipient belong here" };
    }
    if (v.code == 250 && s->spec.greylist > 0 && !is_own_client(x) &&
        !mail_greylist_lets(s->greylist, tcp_peer_ip(x->conn), e->sender, recipient, s->spec.greylist,
                            sim_now(s->sim)))
        return (struct smtp_verdict){ 450, "4.7.1 Greylisted: please come back later" };
    return v;
}

/* Orders for the whole transaction match its sender, or any recipient. */
static bool find_transaction_order(const struct session *x, enum mail_answer_when when,
                                   const struct smtp_envelope *e, struct smtp_verdict *out)
{
    if (x->server->orders.list->len == 0)
        return false;
    if (find_order(x, when, &e->sender, 1, out))
        return true;
    for (unsigned i = 0; i < e->n_recipients; i++) {
        struct span to = span_of(e->recipients[i]);

        if (find_order(x, when, &to, 1, out))
            return true;
    }
    return false;
}

static struct smtp_verdict on_data(void *self, const struct smtp_envelope *e)
{
    struct smtp_verdict v = { 250, NULL };

    find_transaction_order(self, MAIL_ANSWER_DATA, e, &v);
    return v;
}

/* RFC 5321 §4.4: who said it was whom, from where; who took it, how, under which id; when. */
static struct span make_received(const struct session *x, const struct smtp_envelope *e, uint32_t id)
{
    struct mail_server *s = x->server;
    struct span name = span_of(tcp_peer_name(x->conn)), own = span_of(s->hostname);
    struct span to = span_of(e->n_recipients == 1 ? e->recipients[0] : NULL);
    struct span date = mail_date_text(&s->date, s->sim->epoch_s + sim_now(s->sim) / SIM_SECOND);
    char buf[IP_TEXT_MAX];
    struct span ip = span_of(ip_text(buf, tcp_peer_ip(x->conn)));
    GString *r = s->received;
    char *at;

    g_string_set_size(r, e->helo.len + name.len + own.len + to.len + 160);
    at = mail_put(mail_put(r->str, SPAN("Received: from ")), e->helo);
    at = mail_put(at, SPAN(" ("));
    if (!span_is(name, ip) && mail_is_domain(name))
        at = mail_put(mail_put(at, name), SPAN(" "));
    at = mail_put(mail_put(mail_put(at, SPAN("[")), ip), SPAN("])\r\n by "));
    at = mail_put(mail_put(at, own), e->esmtp ? SPAN(" with ESMTP id Q") : SPAN(" with SMTP id Q"));
    at = mail_put_number(at, id);
    if (to.len > 0)
        at = mail_put(mail_put(mail_put(at, SPAN("\r\n for <")), to), SPAN(">"));
    at = mail_put(mail_put(mail_put(at, SPAN("; ")), date), SPAN("\r\n"));
    g_string_truncate(r, (gsize)(at - r->str));
    return span_bytes(r->str, r->len);
}

static struct smtp_verdict on_message(void *self, const struct smtp_envelope *e, struct span message)
{
    struct session *x = self;
    struct mail_server *s = x->server;
    struct mail_message whole = { .data = message };
    struct mail_accept accept = {
        .mail = tcp_mail(x->conn),
        .sender = e->sender,
        .recipients = e->recipients,
        .n_recipients = e->n_recipients,
        .data = message,
    };
    struct smtp_verdict v;

    if (find_transaction_order(x, MAIL_ANSWER_END, e, &v))
        return v;
    if (mail_message_count(&whole, "Received") > RECEIVED_MAX)
        return (struct smtp_verdict){ 554, "5.4.6 Too many Received: lines, this mail runs in a circle" };
    if (accept.mail == 0)
        accept.mail = ++s->sim->mails;
    accept.id = mail_deliver_new_id(s->deliver);
    accept.received = make_received(x, e, accept.id);
    v = mail_deliver_accept(s->deliver, &accept);
    if (v.code == 250) {
        *mail_put_number(mail_put(s->text, SPAN("2.0.0 OK, taken as Q")), accept.id) = '\0';
        v.text = s->text;
    }
    return v;
}

/* RFC 5321 §3.5: 252 says neither yes nor no, so that nobody fishes for names. */
static struct smtp_verdict on_vrfy(void *self, struct span who)
{
    struct session *x = self;
    struct mail_server *s = x->server;
    struct mail_box *box;

    if (!s->spec.vrfy)
        return (struct smtp_verdict){ 252, NULL };
    if (memchr(who.at, '@', who.len) != NULL && !mail_local_is_here(&s->local, who))
        return (struct smtp_verdict){ 252, NULL };
    box = mail_local_find(&s->local, who);
    if (box == NULL)
        return (struct smtp_verdict){ 550, NULL };
    snprintf(s->text, sizeof s->text, "2.1.5 <%s@%s>", box->user,
             s->local.n_domains > 0 ? s->local.domains[0] : s->hostname);
    return (struct smtp_verdict){ 250, s->text };
}

/* ---- Trace. */

static struct record *begin_record(const struct session *x, enum event event)
{
    struct record *r = trace_begin(&x->server->sim->trace, event, net_host_name(x->server->host));

    r->peer = tcp_peer_name(x->conn);
    r->conn = tcp_id(x->conn);
    r->mail = tcp_mail(x->conn);
    return r;
}

static void on_reply(void *self, unsigned code, struct span lines)
{
    struct session *x = self;
    struct trace *t = &x->server->sim->trace;
    struct span first = lines;
    unsigned n = 0;
    struct record *r;

    if (!trace_on(t))
        return;
    for (size_t i = 0; i < lines.len; i++) {
        if (lines.at[i] != '\n')
            continue;
        if (n++ == 0)
            first.len = i > 0 && lines.at[i - 1] == '\r' ? i - 1 : i;
    }
    r = begin_record(x, EV_SMTP_REPLY);
    trace_number(r, KEY_CODE, code);
    trace_text(r, KEY_LINE, first);
    trace_number(r, KEY_LINES, n);
    trace_end(t);
}

static void on_state(void *self, enum smtp_server_state before, enum smtp_server_state now)
{
    struct session *x = self;
    struct trace *t = &x->server->sim->trace;
    struct record *r;

    if (!trace_on(t))
        return;
    r = begin_record(x, EV_SMTP_STATE);
    trace_text(r, KEY_ROLE, SPAN("server"));
    trace_text(r, KEY_STATE, span_of(smtp_server_state_text(now)));
    trace_text(r, KEY_BEFORE, span_of(smtp_server_state_text(before)));
    trace_end(t);
}

static const struct smtp_policy policy = {
    .on_connect = on_connect,
    .on_mail = on_mail,
    .on_rcpt = on_rcpt,
    .on_data = on_data,
    .on_message = on_message,
    .on_vrfy = on_vrfy,
    .on_reply = on_reply,
    .on_state = on_state,
};

/* ---- Sessions. */

static void session_free(struct session *x)
{
    smtp_server_free(&x->smtp);
    if (x->prev != NULL)
        x->prev->next = x->next;
    else
        x->server->sessions = x->next;
    if (x->next != NULL)
        x->next->prev = x->prev;
    g_free(x);
}

static void end_session(struct session *x)
{
    sched_cancel(x->server->sim->sched, &x->timer);
    if (x->conn != NULL)
        tcp_detach(&x->conn);
    session_free(x);
}

/* Send what the session said; end it if that was its last word. */
static void flush(struct session *x)
{
    GString *out = x->server->out;

    if (out->len > 0)
        tcp_send(x->conn, span_bytes(out->str, out->len));
    g_string_truncate(out, 0);
    if (smtp_server_is_over(x->smtp))
        end_session(x);
}

/* One timer a session, put off when it fires, not at each line. */
static void on_idle(void *self)
{
    struct session *x = self;
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
    struct session *x = self;
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
    struct session *x = self;

    (void)conn;
    (void)why;
    x->conn = NULL;
    end_session(x);
}

static const struct tcp_app app = { .on_data = on_tcp_data, .on_eof = on_tcp_eof, .on_gone = on_tcp_gone };

static void *on_accept(void *self, struct tcp_conn *conn, const struct tcp_app **app_out)
{
    struct mail_server *s = self;
    struct session *x = g_new0(struct session, 1);
    GString *out = s->out;

    x->server = s;
    x->conn = conn;
    x->heard = sim_now(s->sim);
    x->next = s->sessions;
    if (s->sessions != NULL)
        s->sessions->prev = x;
    s->sessions = x;
    x->smtp = smtp_server_new(&s->options, &policy, x);
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

/* ---- The program. */

static void on_start(void *self)
{
    struct mail_server *s = self;

    s->listener = tcp_listen(s->host, SMTP_PORT, on_accept, s);
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
    mail_deliver_stop(s->deliver);
}

/* ---- Tables. */

static void describe_queue(const struct mail_server *s, struct sheet *sheet)
{
    const struct mail_queue *q = mail_deliver_queue(s->deliver);
    struct table *t = sheet_table(sheet, "queue", "Message queue", "No mail is waiting.");

    table_column(t, CELL_TEXT, "id", "id", "The entry's name on this server.");
    table_column(t, CELL_TEXT, "mail", "mail", "The message's name in the trace.");
    table_column(t, CELL_TEXT, "to", "to", NULL);
    table_column(t, CELL_TEXT, "sender", "sender", "Who is told if it cannot be delivered; <> is nobody.");
    table_column(t, CELL_TEXT, "subject", "subject", NULL);
    table_column(t, CELL_NUMBER, "size", "octets", NULL);
    table_column(t, CELL_TEXT, "last_result", "last result", "What the last attempt came to.");
    table_column(t, CELL_NUMBER, "tries", "tries", "Attempts so far.");
    table_column(t, CELL_TIME, "next_attempt", "next attempt", "When it will be tried again.");
    table_column(t, CELL_TIME, "since", "since", "When it came in.");
    for (const struct mail_queue_entry *e = NULL; (e = mail_queue_each(q, e)) != NULL;) {
        struct span subject = mail_message_field(e->message, "Subject");

        for (unsigned i = 0; i < e->n_rcpts; i++) {
            const struct mail_queue_rcpt *to = &e->rcpts[i];

            if (to->state == MAIL_RCPT_DONE)
                continue;
            table_row(t);
            table_text(t, "Q%u", (unsigned)e->id);
            table_text(t, "m%u", (unsigned)e->message->mail);
            table_text(t, "%s", to->address);
            table_text(t, "%s", e->sender[0] != '\0' ? e->sender : "<>");
            table_text(t, "%.*s", (int)subject.len, subject.at != NULL ? subject.at : "");
            table_number(t, (int64_t)e->message->data.len);
            table_text(t, "%s",
                       e->state != MAIL_ENTRY_WAITING ? "being tried"
                       : to->line != NULL             ? to->line
                                                      : "");
            table_number(t, e->tries);
            table_time(t, e->state == MAIL_ENTRY_WAITING ? e->next : sim_now(s->sim));
            table_time(t, e->arrived);
        }
    }
}

static void describe_mailboxes(const struct mail_server *s, struct sheet *sheet)
{
    struct table *t = sheet_table(sheet, "mailboxes", "Mailboxes", "There are no users.");

    table_column(t, CELL_TEXT, "user", "user", NULL);
    table_column(t, CELL_NUMBER, "messages", "messages", NULL);
    table_column(t, CELL_NUMBER, "octets", "octets", NULL);
    table_column(t, CELL_NUMBER, "quota", "quota", "Octets that it may hold; 0: any number.");
    for (guint i = 0; i < s->local.boxes.all->len; i++) {
        const struct mail_box *box = s->local.boxes.all->pdata[i];

        if (box->implied && box->stored == 0)
            continue;
        table_row(t);
        table_text(t, "%s", box->user);
        table_number(t, box->inbox.n);
        table_number(t, (int64_t)box->used);
        table_number(t, (int64_t)box->quota);
    }
}

static void describe_messages(const struct mail_server *s, struct sheet *sheet)
{
    struct table *t = sheet_table(sheet, "messages", "Messages in the mailboxes", "All mailboxes are empty.");

    table_column(t, CELL_TEXT, "user", "user", "Whose mailbox it is in.");
    table_column(t, CELL_NUMBER, "uid", "uid", "Its number there, never used again.");
    table_column(t, CELL_TEXT, "mail", "mail", "Its name in the trace.");
    table_column(t, CELL_TEXT, "from", "from", NULL);
    table_column(t, CELL_TEXT, "subject", "subject", NULL);
    table_column(t, CELL_TIME, "received", "received", NULL);
    table_column(t, CELL_NUMBER, "size", "octets", NULL);
    for (guint i = 0; i < s->local.boxes.all->len; i++) {
        const struct mail_box *box = s->local.boxes.all->pdata[i];

        for (unsigned j = 0; j < box->inbox.n; j++) {
            const struct mail_stored *m = &box->inbox.messages[j];
            struct span from = mail_message_field(m->message, "From");
            struct span subject = mail_message_field(m->message, "Subject");

            table_row(t);
            table_text(t, "%s", box->user);
            table_number(t, m->uid);
            table_text(t, "m%u", (unsigned)m->message->mail);
            table_text(t, "%.*s", (int)from.len, from.at != NULL ? from.at : "");
            table_text(t, "%.*s", (int)subject.len, subject.at != NULL ? subject.at : "");
            table_time(t, m->received);
            table_number(t, (int64_t)m->message->data.len);
        }
    }
}

static void describe_sessions(const struct mail_server *s, struct sheet *sheet)
{
    struct table *t = sheet_table(sheet, "sessions", "SMTP sessions", "Nobody is connected.");
    const struct session *first = s->sessions;

    table_column(t, CELL_TEXT, "peer", "peer", NULL);
    table_column(t, CELL_TEXT, "role", "role",
                 "What this server is in it: it sends as a client, it receives as a server.");
    table_column(t, CELL_TEXT, "state", "state", NULL);
    table_column(t, CELL_TEXT, "mail", "mail", "The message that it is about.");
    while (first != NULL && first->next != NULL)
        first = first->next;
    for (const struct session *x = first; x != NULL; x = x->prev) {
        table_row(t);
        table_text(t, "%s", tcp_peer_name(x->conn));
        table_text(t, "server");
        table_text(t, "%s", smtp_server_state_text(smtp_server_state(x->smtp)));
        if (tcp_mail(x->conn) != 0)
            table_text(t, "m%u", (unsigned)tcp_mail(x->conn));
        else
            table_text(t, "%s", "");
    }
    mail_deliver_describe(s->deliver, t);
}

static void on_describe(void *self, struct sheet *sheet)
{
    const struct mail_server *s = self;

    describe_queue(s, sheet);
    describe_mailboxes(s, sheet);
    describe_messages(s, sheet);
    describe_sessions(s, sheet);
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
    mail_orders_init(&s->orders);
    s->greylist = mail_greylist_new();
    s->options = (struct smtp_server_options){
        .hostname = s->hostname,
        .size_limit = spec->size_limit,
        .recipients_limit = spec->recipients_limit,
        .pipelining = spec->pipelining,
    };
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
        .describe = on_describe,
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
        session_free(s->sessions);
    mail_deliver_free(&s->deliver);
    mail_local_release(&s->local);
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
    uint64_t cause = sched_cause(s->sim->sched);

    if (box == NULL)
        return false;
    for (unsigned i = 0; i < box->inbox.n && trace_on(&s->sim->trace); i++) {
        struct record *r = trace_begin(&s->sim->trace, EV_MAILBOX_DELETE, net_host_name(s->host));

        r->mail = box->inbox.messages[i].message->mail;
        trace_text(r, KEY_USER, span_of(box->user));
        trace_text(r, KEY_FOLDER, span_of(box->inbox.name));
        trace_number(r, KEY_UID, box->inbox.messages[i].uid);
        trace_end(&s->sim->trace);
        sched_set_cause(s->sim->sched, cause);
    }
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
            n += box->inbox.n;
    }
    return n;
}
