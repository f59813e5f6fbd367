#include "mail/server_internal.h"

#include <stdio.h>

#include "mail/addr.h"

enum { RECEIVED_MAX = 100 }; /* RFC 5321 §6.3: at least 100; more is a loop */

/* ---- Trace. */

static struct record *begin_record(const struct mail_session *x, enum event event)
{
    struct record *r = trace_begin(&x->server->sim->trace, event, net_host_name(x->server->host));

    r->peer = tcp_peer_name(x->conn);
    r->conn = tcp_id(x->conn);
    r->mail = tcp_mail(x->conn);
    return r;
}

static void trace_login(const struct mail_session *x, struct span user)
{
    struct trace *t = &x->server->sim->trace;
    struct record *r;

    if (!trace_on(t))
        return;
    r = begin_record(x, x->user != NULL ? EV_AUTH_ACCEPT : EV_AUTH_REFUSE);
    trace_text(r, KEY_USER, user);
    trace_text(r, KEY_METHOD, SPAN("PLAIN"));
    trace_end(t);
}

/* ---- What the server decides (struct smtp_policy). */

static bool find_order(const struct mail_session *x, enum mail_answer_when when, const struct span *about,
                       unsigned n, struct smtp_verdict *out)
{
    return x->server->orders.list->len > 0 && mail_orders_find(&x->server->orders, when, about, n, out);
}

static struct smtp_verdict on_connect(void *self)
{
    struct mail_session *x = self;
    struct smtp_verdict v = { 220, NULL };

    mail_orders_count(&x->server->orders);
    if (x->server->orders.list->len > 0) {
        char ip[IP_TEXT_MAX];
        struct span client[] = { span_of(tcp_peer_name(x->conn)),
                                 span_of(ip_text(ip, tcp_peer_ip(x->conn))) };

        find_order(x, MAIL_ANSWER_CONNECT, client, 2, &v);
    }
    return v;
}

/* RFC 4954: who is it? A name alone or as an address, and nobody acts for another. */
static struct smtp_verdict on_auth(void *self, struct span identity, struct span user, struct span password)
{
    struct mail_session *x = self;
    const struct mail_local *local = &x->server->local;
    struct mail_box *box = mail_local_login(local, user, password);

    if (identity.len > 0 && mail_local_user(local, identity) != box)
        box = NULL;
    x->user = box;
    trace_login(x, user);
    return (struct smtp_verdict){ box != NULL ? 235 : 535, NULL };
}

/* RFC 6409 §6.1: who has logged in sends as himself, or as nobody, as reports and automatic answers do. What
 * his message says in From: is not looked at. */
static bool may_send_as(const struct mail_session *x, struct span sender)
{
    const struct mail_local *local = &x->server->local;

    return x->user == NULL || sender.len == 0 ||
           (mail_local_is_here(local, sender) && mail_local_find(local, sender) == x->user);
}

static struct smtp_verdict on_mail(void *self, struct span sender, uint64_t declared_size)
{
    struct mail_session *x = self;
    struct smtp_verdict v = { 250, NULL };

    (void)declared_size; /* the session has held it against the limit */
    if (find_order(x, MAIL_ANSWER_MAIL, &sender, 1, &v))
        return v;
    if (!may_send_as(x, sender)) {
        snprintf(x->server->text, sizeof x->server->text, "5.7.1 You are %s: send as yourself",
                 x->user->user);
        return (struct smtp_verdict){ 550, x->server->text };
    }
    return v;
}

/* One of those whom the server sends mail for: its own people, by their passwords or by where they are. */
static bool is_own_client(const struct mail_session *x)
{
    const struct mail_server_spec *spec = &x->server->spec;

    if (x->user != NULL)
        return true;
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
    struct mail_session *x = self;
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
static bool find_transaction_order(const struct mail_session *x, enum mail_answer_when when,
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

/* RFC 3848: the A is for a client who proved who he is. */
static struct span protocol_of(const struct mail_session *x, const struct smtp_envelope *e)
{
    return x->user != NULL ? SPAN(" with ESMTPA id Q")
           : e->esmtp      ? SPAN(" with ESMTP id Q")
                           : SPAN(" with SMTP id Q");
}

/* RFC 5321 §4.4: who said it was whom, from where; who took it, how, under which id; when. */
static struct span make_received(const struct mail_session *x, const struct smtp_envelope *e, uint32_t id)
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
    at = mail_put(mail_put(at, own), protocol_of(x, e));
    at = mail_put_number(at, id);
    if (to.len > 0)
        at = mail_put(mail_put(mail_put(at, SPAN("\r\n for <")), to), SPAN(">"));
    at = mail_put(mail_put(mail_put(at, SPAN("; ")), date), SPAN("\r\n"));
    g_string_truncate(r, (gsize)(at - r->str));
    return span_bytes(r->str, r->len);
}

static struct smtp_verdict on_message(void *self, const struct smtp_envelope *e, struct span message)
{
    struct mail_session *x = self;
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
    struct mail_session *x = self;
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

/* ---- What it hears. */

static void on_reply(void *self, unsigned code, struct span lines)
{
    struct mail_session *x = self;
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
    struct mail_session *x = self;
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

const struct smtp_policy mail_server_policy = {
    .on_connect = on_connect,
    .on_mail = on_mail,
    .on_rcpt = on_rcpt,
    .on_data = on_data,
    .on_message = on_message,
    .on_vrfy = on_vrfy,
    .on_reply = on_reply,
    .on_state = on_state,
    .on_auth = on_auth,
};
