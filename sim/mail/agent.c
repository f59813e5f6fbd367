#include "mail/agent.h"

#include <assert.h>
#include <stdio.h>

#include "mail/addr.h"
#include "mail/compose.h"
#include "mail/courier.h"
#include "mail/local.h"
#include "mail/mime_tell.h"
#include "mail/server.h"

enum {
    TRANSACTION_RCPTS = 100, /* RFC 5321 §4.5.3.1.8 */
    SENT_KEPT = 1000, /* mails in the table of those sent; older ones are forgotten once they are over */
};

enum outcome { UNDER_WAY, SENT, LOST };

struct addressee {
    const char *address;
    enum outcome outcome;
};

/* A mail that the person sent, for the table; and while it is under way, what is needed to send it. One
 * block: the texts stand behind it. */
struct outgoing {
    GList link; /* in `sent` */
    uint32_t mail;
    sim_time when;
    const char *subject, *sender;
    struct mail_message *message; /* NULL when it is over */
    char *trouble;                /* the last answer that was no success; NULL: none */
    uint64_t cause;               /* its agent.compose */
    unsigned n;
    struct addressee to[];
};

/* The recipients of one mail that go one way. */
struct parcel {
    GList link; /* in a walk's parcels */
    struct outgoing *out;
    unsigned n, n_asked; /* n_asked of them were in a transaction */
    unsigned which[];    /* indexes of recipients */
};

/* A walk to a server, with one parcel after the other. */
struct walk {
    struct walk *next, *prev;
    struct mail_agent *agent;
    struct mail_courier *courier;
    char *password; /* NULL: no log-in */
    GQueue parcels; /* the first is being handed over */
    bool direct, talked;
    unsigned first; /* of the recipients in this transaction, an index into `which` */
};

struct mail_agent {
    struct net_program program;
    struct net_host *host;
    struct sim *sim;
    char *address, *name, *helo, *server_name;
    char *user, *password; /* `password` may be NULL */
    ip_addr server;
    uint16_t port;
    struct mail_ledger *ledger;
    struct mail_courier_kit kit;
    struct mail_desk desk;
    struct rng shuffle;
    bool is_up;
    struct walk *walks;
    struct walk *submission; /* the one to the person's own server, while it is open */
    GQueue sent;             /* of struct outgoing, in the order sent */
};

static void start_parcel(struct walk *w);

/* ---- What becomes of a recipient. */

static void tell(struct walk *w, struct parcel *p, unsigned i, unsigned code, struct span line)
{
    struct mail_agent *a = w->agent;
    struct outgoing *o = p->out;
    bool sent = code >= 200 && code < 300;

    o->to[i].outcome = sent ? SENT : LOST;
    if (!sent) {
        g_free(o->trouble);
        o->trouble = g_strndup(line.at, line.len);
        mail_ledger_count_lost(a->ledger);
    }
    if (trace_on(&a->sim->trace)) {
        uint64_t cause = sched_cause(a->sim->sched);
        struct record *r = trace_begin(&a->sim->trace, sent ? EV_AGENT_SENT : EV_AGENT_LOST,
                                       net_host_name(a->host));

        r->mail = o->mail;
        trace_text(r, KEY_RECIPIENT, span_of(o->to[i].address));
        trace_number(r, KEY_CODE, code);
        trace_text(r, KEY_LINE, line);
        trace_end(&a->sim->trace);
        sched_set_cause(a->sim->sched, cause);
    }
}

/* Nobody took it: an agent has no queue to wait in (lesson M8). */
static void lose(struct walk *w, struct parcel *p, unsigned code, struct span line)
{
    for (unsigned i = 0; i < p->n; i++)
        if (p->out->to[p->which[i]].outcome == UNDER_WAY)
            tell(w, p, p->which[i], code, line);
}

static void parcel_free(struct parcel *p)
{
    struct outgoing *o = p->out;
    bool over = true;

    for (unsigned i = 0; i < o->n; i++)
        over = over && o->to[i].outcome != UNDER_WAY;
    if (over)
        mail_message_unref(&o->message);
    g_free(p);
}

/* ---- A walk. */

static void walk_free(struct walk *w)
{
    while (w->parcels.head != NULL)
        parcel_free(g_queue_pop_head_link(&w->parcels)->data);
    if (w->prev != NULL)
        w->prev->next = w->next;
    else
        w->agent->walks = w->next;
    if (w->next != NULL)
        w->next->prev = w->prev;
    if (w->agent->submission == w)
        w->agent->submission = NULL;
    g_free(w->password);
    g_free(w);
}

static void walk_end(struct walk *w)
{
    mail_courier_free(&w->courier);
    walk_free(w);
}

static void on_ready(void *self)
{
    struct walk *w = self;
    struct parcel *p = g_queue_peek_head(&w->parcels);
    const char *recipients[TRANSACTION_RCPTS];
    unsigned n = 0;

    if (p == NULL) {
        if (w->agent->submission == w)
            w->agent->submission = NULL; /* what is written from now on goes another time */
        mail_courier_quit(w->courier);
        return;
    }
    if (w->talked && p->n_asked == 0)
        start_parcel(w); /* the first one was started with the walk */
    w->talked = true;
    w->first = p->n_asked;
    while (p->n_asked < p->n && n < TRANSACTION_RCPTS)
        recipients[n++] = p->out->to[p->which[p->n_asked++]].address;
    mail_courier_send(w->courier, p->out->mail, span_of(p->out->sender), recipients, n,
                      p->out->message->data);
}

static void on_recipient(void *self, unsigned i, struct smtp_answer answer)
{
    struct walk *w = self;
    struct parcel *p = g_queue_peek_head(&w->parcels);

    tell(w, p, p->which[w->first + i], answer.code, answer.text);
}

static void on_sent(void *self)
{
    struct walk *w = self;
    struct parcel *p = g_queue_peek_head(&w->parcels);

    if (p->n_asked == p->n)
        parcel_free(g_queue_pop_head_link(&w->parcels)->data);
}

/* One who talked has decided: the agent does not ask another. */
static bool on_parted(void *self)
{
    (void)self;
    return false;
}

static void on_end(void *self, enum mail_courier_end how, struct smtp_answer answer)
{
    struct walk *w = self;
    uint64_t cause = sched_cause(w->agent->sim->sched);
    struct span line = answer.text.len > 0 ? answer.text : SPAN("The connection ended");

    (void)how;
    for (GList *l = w->parcels.head; l != NULL; l = l->next) {
        sched_set_cause(w->agent->sim->sched, cause);
        lose(w, l->data, answer.code, line);
    }
    walk_end(w);
}

static const struct mail_courier_events walk_events = {
    .on_ready = on_ready,
    .on_recipient = on_recipient,
    .on_sent = on_sent,
    .on_parted = on_parted,
    .on_end = on_end,
};

static struct walk *walk_new(struct mail_agent *a, bool direct)
{
    struct walk *w = g_malloc(sizeof *w);

    *w = (struct walk){ .next = a->walks, .agent = a, .direct = direct };
    if (a->walks != NULL)
        a->walks->prev = w;
    a->walks = w;
    g_queue_init(&w->parcels);
    w->courier = mail_courier_new(&a->kit, &walk_events, w);
    return w;
}

/* ---- Sending. */

/* Its turn has come: it follows from having been composed, not from the mail before it. */
static void start_parcel(struct walk *w)
{
    struct mail_agent *a = w->agent;
    struct parcel *p = g_queue_peek_head(&w->parcels);
    struct record *r;

    if (p->out->cause != 0)
        sched_set_cause(a->sim->sched, p->out->cause);
    if (w->direct || !trace_on(&a->sim->trace))
        return;
    r = trace_begin(&a->sim->trace, EV_AGENT_SUBMIT, net_host_name(a->host));
    r->mail = p->out->mail;
    trace_text(r, KEY_SERVER, span_of(a->server_name));
    trace_end(&a->sim->trace);
}

static struct parcel *parcel_new(struct outgoing *o)
{
    struct parcel *p = g_malloc(sizeof *p + o->n * sizeof p->which[0]);

    *p = (struct parcel){ .link.data = p, .out = o };
    return p;
}

/* Who types another password is another person, for all that the server knows: he gets a connection of his
 * own. */
static void submit(struct mail_agent *a, struct outgoing *o, const char *typed)
{
    const char *password = typed != NULL ? typed : a->password;
    struct parcel *p = parcel_new(o);

    for (p->n = 0; p->n < o->n; p->n++)
        p->which[p->n] = p->n;
    if (a->submission != NULL && g_strcmp0(a->submission->password, password) == 0) {
        g_queue_push_tail_link(&a->submission->parcels, &p->link);
        return;
    }
    a->submission = walk_new(a, false);
    g_queue_push_tail_link(&a->submission->parcels, &p->link);
    if (password != NULL) {
        a->submission->password = g_strdup(password);
        mail_courier_log_in(a->submission->courier, a->user, a->submission->password);
    }
    start_parcel(a->submission);
    mail_courier_to_host(a->submission->courier, a->server, a->server_name, a->port, o->mail);
}

/* One walk for each domain. */
static void send_direct(struct mail_agent *a, struct outgoing *o)
{
    bool *taken = g_new0(bool, o->n);
    uint64_t cause = sched_cause(a->sim->sched);

    for (unsigned i = 0; i < o->n; i++) {
        struct span domain = mail_local_domain_of(span_of(o->to[i].address));
        struct walk *w;
        struct parcel *p;

        if (taken[i])
            continue;
        p = parcel_new(o);
        for (unsigned j = i; j < o->n; j++) {
            if (!taken[j] && span_is_nocase(domain, mail_local_domain_of(span_of(o->to[j].address)))) {
                taken[j] = true;
                p->which[p->n++] = j;
            }
        }
        sched_set_cause(a->sim->sched, cause);
        w = walk_new(a, true);
        g_queue_push_tail_link(&w->parcels, &p->link);
        mail_courier_to_domain(w->courier, domain, SMTP_PORT, o->mail);
    }
    g_free(taken);
}

static struct mail_message *compose(struct mail_agent *a, const struct mail_draft *d, uint32_t mail)
{
    return mail_compose(&a->desk, &(struct mail_letter){
                                      .mail = mail,
                                      .unix_s = a->sim->epoch_s + sim_now(a->sim) / SIM_SECOND,
                                      .from_name = d->from == NULL ? a->name : NULL,
                                      .from = d->from != NULL ? d->from : a->address,
                                      .to = d->to,
                                      .n_to = d->n_to,
                                      .cc = d->cc,
                                      .n_cc = d->n_cc,
                                      .subject = d->subject,
                                      .text = d->text,
                                      .size = d->size,
                                      .attachments = d->attachments,
                                      .n_attachments = d->n_attachments,
                                      .encoding = d->encoding,
                                  });
}

/* To be freed. */
static char *join_addresses(const struct outgoing *o)
{
    GString *s = g_string_new(NULL);

    for (unsigned i = 0; i < o->n; i++)
        g_string_append_printf(s, "%s%s", i > 0 ? ", " : "", o->to[i].address);
    return g_string_free(s, FALSE);
}

static void trace_compose(struct mail_agent *a, const struct outgoing *o)
{
    struct span id;
    char *recipients;
    struct record *r;

    if (!trace_on(&a->sim->trace))
        return;
    id = mail_message_field(o->message, "Message-ID");
    recipients = join_addresses(o);
    r = trace_begin(&a->sim->trace, EV_AGENT_COMPOSE, net_host_name(a->host));
    r->mail = o->mail;
    trace_text(r, KEY_SENDER, span_of(o->sender));
    trace_text(r, KEY_RECIPIENTS, span_of(recipients));
    trace_text(r, KEY_SUBJECT, span_of(o->subject));
    trace_text(r, KEY_MESSAGE_ID, id);
    trace_number(r, KEY_SIZE, (int64_t)o->message->data.len);
    trace_end(&a->sim->trace);
    g_free(recipients);
    mime_trace(a->sim, EV_MIME_ENCODE, net_host_name(a->host), o->mail, o->message->data);
}

static char *put_text(char **at, const char *text)
{
    char *start = *at;

    *at = stpcpy(start, text) + 1;
    return start;
}

static size_t texts_size(const char *const *list, unsigned n)
{
    size_t size = 0;

    for (unsigned i = 0; i < n; i++)
        size += strlen(list[i]) + 1;
    return size;
}

static bool has_recipient(const struct outgoing *o, const char *address)
{
    for (unsigned i = 0; i < o->n; i++)
        if (g_ascii_strcasecmp(o->to[i].address, address) == 0)
            return true;
    return false;
}

/* Who stands in To: and in Cc: is one recipient, and gets one copy. */
static void add_recipients(struct outgoing *o, char **at, const char *const *list, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (!has_recipient(o, list[i]))
            o->to[o->n++] = (struct addressee){ .address = put_text(at, list[i]), .outcome = UNDER_WAY };
}

static struct outgoing *outgoing_new(const struct mail_agent *a, const struct mail_draft *d)
{
    const char *subject = d->subject != NULL ? d->subject : "";
    const char *sender = d->sender != NULL ? d->sender : a->address;
    size_t size = sizeof(struct outgoing) + (d->n_to + d->n_cc + d->n_bcc) * sizeof(struct addressee);
    struct outgoing *o = g_malloc(size + strlen(subject) + 1 + strlen(sender) + 1 +
                                  texts_size(d->to, d->n_to) + texts_size(d->cc, d->n_cc) +
                                  texts_size(d->bcc, d->n_bcc));
    char *at = (char *)o + size;

    *o = (struct outgoing){ .link.data = o, .when = sim_now(a->sim) };
    o->subject = put_text(&at, subject);
    o->sender = put_text(&at, sender);
    add_recipients(o, &at, d->to, d->n_to);
    add_recipients(o, &at, d->cc, d->n_cc);
    add_recipients(o, &at, d->bcc, d->n_bcc);
    return o;
}

static void outgoing_free(struct outgoing *o)
{
    mail_message_unref(&o->message);
    g_free(o->trouble);
    g_free(o);
}

static void keep(struct mail_agent *a, struct outgoing *o)
{
    struct outgoing *oldest = g_queue_peek_head(&a->sent);

    if (g_queue_get_length(&a->sent) >= SENT_KEPT && oldest->message == NULL)
        outgoing_free(g_queue_pop_head_link(&a->sent)->data);
    g_queue_push_tail_link(&a->sent, &o->link);
}

uint32_t mail_agent_send(struct mail_agent *a, const struct mail_draft *d)
{
    struct outgoing *o = outgoing_new(a, d);
    uint64_t cause = sched_cause(a->sim->sched);
    unsigned n = o->n;
    uint32_t mail = o->mail = ++a->sim->mails;

    o->message = compose(a, d, mail);
    keep(a, o);
    trace_compose(a, o);
    o->cause = sched_cause(a->sim->sched);
    if (n == 0) {
        mail_message_unref(&o->message);
    } else if (!a->is_up) {
        struct walk nowhere = { .agent = a };
        struct parcel *p = parcel_new(o);

        for (p->n = 0; p->n < n; p->n++)
            p->which[p->n] = p->n;
        lose(&nowhere, p, 0, SPAN("The mail program is not running"));
        parcel_free(p);
    } else if (d->direct) {
        send_direct(a, o);
    } else {
        submit(a, o, d->password);
    }
    sched_set_cause(a->sim->sched, cause);
    return mail;
}

const struct mail_message *mail_agent_find(const struct mail_agent *a, uint32_t mail)
{
    for (const GList *l = a->sent.head; l != NULL; l = l->next) {
        const struct outgoing *o = l->data;

        if (o->mail == mail)
            return o->message;
    }
    return NULL;
}

/* ---- The program. */

static void on_start(void *self)
{
    struct mail_agent *a = self;

    a->is_up = true;
}

static void on_stop(void *self)
{
    struct mail_agent *a = self;

    a->is_up = false;
    while (a->walks != NULL) {
        struct walk *w = a->walks;

        for (GList *l = w->parcels.head; l != NULL; l = l->next)
            lose(w, l->data, 0, SPAN("The mail program was stopped"));
        walk_end(w);
    }
}

static const char *outcome_text(const struct outgoing *o)
{
    unsigned sent = 0, lost = 0;

    for (unsigned i = 0; i < o->n; i++) {
        sent += o->to[i].outcome == SENT;
        lost += o->to[i].outcome == LOST;
    }
    if (sent + lost < o->n)
        return "under way";
    return lost == 0 ? "sent" : sent == 0 ? "lost" : "sent in part";
}

static void on_describe(void *self, struct sheet *sheet)
{
    const struct mail_agent *a = self;
    struct table *t = sheet_table(sheet, "sent", "Sent mail", "Nothing has been sent.");

    table_column(t, CELL_TEXT, "mail", "mail", "Its name in the trace.");
    table_column(t, CELL_TEXT, "to", "to", NULL);
    table_column(t, CELL_TEXT, "subject", "subject", NULL);
    table_column(t, CELL_TIME, "when", "when", "When the person sent it.");
    table_column(t, CELL_TEXT, "result", "result", "Whether a server took it from this program.");
    table_column(t, CELL_TEXT, "trouble", "trouble", "Why some of it was not.");
    table_newest(t, a->sent.length);
    for (const GList *l = a->sent.head; l != NULL; l = l->next) {
        const struct outgoing *o = l->data;
        if (!table_row(t))
            continue;
        char *to = join_addresses(o);
        table_text(t, "m%u", (unsigned)o->mail);
        table_text(t, "%s", to);
        table_text(t, "%s", o->subject);
        table_time(t, o->when);
        table_text(t, "%s", outcome_text(o));
        table_text(t, "%s", o->trouble != NULL ? o->trouble : "");
        g_free(to);
    }
}

/* The local part, as it is meant. */
static char *user_of(const char *address)
{
    struct mail_addr a;
    char local[MAIL_LOCAL_MAX];

    if (mail_addr_read(span_of(address), &a) != NULL)
        return g_strdup(address);
    return g_strndup(local, mail_addr_local(&a, local));
}

/* RFC 5321 §4.1.4: a host without a proper name says its address. */
static char *helo_of(struct net_host *h)
{
    char ip[IP_TEXT_MAX];

    if (mail_is_domain(span_of(net_host_name(h))))
        return g_strdup(net_host_name(h));
    return g_strdup_printf("[%s]", ip_text(ip, net_host_ip(h)));
}

struct mail_agent *mail_agent_add(struct net_host *h, const struct mail_agent_spec *spec)
{
    struct mail_agent *a = g_new0(struct mail_agent, 1);

    a->host = h;
    a->sim = net_host_sim(h);
    a->address = g_strdup(spec->address);
    a->name = g_strdup(spec->name);
    a->helo = helo_of(h);
    a->server = spec->server;
    a->server_name = g_strdup(spec->server_name != NULL ? spec->server_name : "");
    a->port = spec->port != 0 ? spec->port : spec->password != NULL ? SUBMISSION_PORT : SMTP_PORT;
    a->user = user_of(spec->address);
    a->password = g_strdup(spec->password);
    a->ledger = spec->ledger;
    g_queue_init(&a->sent);
    mail_desk_init(&a->desk);
    sim_rng(a->sim, &a->shuffle, "%s/%s/mx", net_host_name(h), spec->address);
    a->kit = (struct mail_courier_kit){
        .host = h,
        .helo = a->helo,
        .pipelining = true,
        .stub = spec->n_resolvers > 0 ? dns_stub_new(h, spec->resolvers, spec->n_resolvers) : NULL,
        .shuffle = &a->shuffle,
        .out = g_string_new(NULL),
        .name = g_string_new(NULL),
    };
    a->program = (struct net_program){
        .name = g_strdup_printf("agent %s", spec->address),
        .start = on_start,
        .stop = on_stop,
        .describe = on_describe,
        .self = a,
    };
    net_program_add(h, &a->program);
    return a;
}

void mail_agent_free(struct mail_agent **a)
{
    struct mail_agent *gone = *a;

    if (gone == NULL)
        return;
    while (gone->walks != NULL) {
        mail_courier_drop(&gone->walks->courier);
        walk_free(gone->walks);
    }
    if (gone->kit.stub != NULL)
        dns_stub_free(&gone->kit.stub);
    while (gone->sent.head != NULL)
        outgoing_free(g_queue_pop_head_link(&gone->sent)->data);
    mail_desk_release(&gone->desk);
    g_string_free(gone->kit.out, TRUE);
    g_string_free(gone->kit.name, TRUE);
    g_free((char *)gone->program.name);
    g_free(gone->address);
    g_free(gone->name);
    g_free(gone->user);
    g_free(gone->password);
    g_free(gone->helo);
    g_free(gone->server_name);
    g_free(gone);
    *a = NULL;
}
