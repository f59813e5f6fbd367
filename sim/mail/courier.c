#include "mail/courier.h"

#include <assert.h>
#include <stdio.h>

#include "core/words.h"

enum { ADDRESSES_MAX = 16 }; /* of one host: RFC 5321 §5.1 allows a limit, of two or more */

enum courier_stage {
    COURIER_HOME, /* not set out, or back */
    COURIER_ASKING_MX,
    COURIER_ASKING_A,
    COURIER_CONNECTING,
    COURIER_TALKING,
};

struct mail_courier {
    /* What stays for the next errand. */
    struct courier_store *store;
    struct sim *sim;
    struct mail_route route;
    struct smtp_client *client; /* NULL until there was a connection */

    /* From here on all is zero when it sets out; but not `addresses` and `line`. */
    struct mail_courier *next; /* in the store */
    const struct mail_courier_kit *kit;
    const struct mail_courier_events *e;
    void *self;
    enum courier_stage stage;
    uint32_t mail, lookup;
    uint16_t port;
    const char *user, *password;     /* NULL: nobody logs in; borrowed from the owner */
    unsigned host;                   /* the route's next one to be looked up */
    unsigned n_addresses, address;   /* of the host before that */
    const struct mail_exchanger *at; /* where it is, or was last; of the route */
    const char *host_name;           /* the same where no route led there; borrowed from the owner */
    struct tcp_conn *conn;
    struct smtp_client *smtp; /* `client` while there is a conversation, else NULL */
    const char *few[4];       /* the transaction's recipients, if they are so few */
    const char **recipients;  /* these, or owned */
    bool was_ready;           /* in this conversation */
    bool some_later;          /* a host failed in a way that may pass */
    bool busy;                /* within a call of the SMTP session: it cannot be freed now */
    sim_time deadline;        /* for the host's next words */
    struct sched_handle timer;
    unsigned code; /* the latest failure to get to a host that talks, and in words */
    char line[256];
    ip_addr addresses[ADDRESSES_MAX];
};

/* Couriers come and go with each mail. Their memory stays, for the next errand of anybody in the run: so a
 * few of them, which the processor's cache holds, do for all. */
struct courier_store {
    struct mail_courier *spare;
};

static void next_address(struct mail_courier *c);

/* ---- The end of it. */

static void note_failure(struct mail_courier *c, unsigned code, struct span line)
{
    c->code = code;
    snprintf(c->line, sizeof c->line, "%.*s", (int)MIN(line.len, sizeof c->line), line.at);
}

static void end(struct mail_courier *c, enum mail_courier_end how)
{
    c->stage = COURIER_HOME;
    sched_cancel(c->sim->sched, &c->timer);
    c->e->on_end(c->self, how, (struct smtp_answer){ .code = c->code, .text = span_of(c->line) });
}

/* ---- The conversation. */

static void flush(struct mail_courier *c)
{
    GString *out = c->kit->out;

    if (out->len == 0)
        return;
    if (c->conn != NULL)
        tcp_send(c->conn, span_bytes(out->str, out->len));
    g_string_truncate(out, 0);
}

/* Its session is over: on to the next host, or home. */
static void part(struct mail_courier *c)
{
    bool was_ready = c->was_ready;

    c->smtp = NULL;
    if (c->conn != NULL)
        tcp_detach(&c->conn);
    if (!was_ready || (c->e->on_parted(c->self) && mail_courier_has_next(c)))
        next_address(c);
    else
        end(c, MAIL_COURIER_DONE);
}

/* RFC 5321 §4.5.3.2: how long to wait depends on what was said last. One timer a connection, put off when it
 * fires, not at each line. */
static void on_patience_over(void *self);

static void wait_for_host(struct mail_courier *c)
{
    c->deadline = sim_now(c->sim) + smtp_client_patience_min(c->smtp) * SIM_MINUTE;
    if (!sched_is_pending(c->sim->sched, c->timer))
        c->timer = sched_at(c->sim->sched, c->deadline, on_patience_over, c);
}

static void after_session_call(struct mail_courier *c)
{
    flush(c);
    if (smtp_client_is_over(c->smtp))
        part(c);
    else
        wait_for_host(c);
}

static void break_off(struct mail_courier *c, const char *why)
{
    c->busy = true;
    smtp_client_broken(c->smtp, why);
    c->busy = false;
    g_string_truncate(c->kit->out, 0);
    part(c);
}

static void on_patience_over(void *self)
{
    struct mail_courier *c = self;

    if (c->stage == COURIER_CONNECTING || c->smtp == NULL)
        return;
    if (sim_now(c->sim) < c->deadline) {
        c->timer = sched_at(c->sim->sched, c->deadline, on_patience_over, c);
        return;
    }
    tcp_abort(&c->conn);
    break_off(c, N_("The server was silent for too long"));
}

static void on_session_ready(void *self)
{
    struct mail_courier *c = self;

    c->was_ready = true;
    c->e->on_ready(c->self);
}

static void on_session_recipient(void *self, unsigned i, struct smtp_answer a)
{
    struct mail_courier *c = self;

    c->e->on_recipient(c->self, i, a);
}

static void on_session_sent(void *self)
{
    struct mail_courier *c = self;

    c->e->on_sent(c->self);
}

static void on_session_failed(void *self, struct smtp_answer a)
{
    struct mail_courier *c = self;

    note_failure(c, a.code, a.text);
    if (a.code < 500)
        c->some_later = true;
}

static const char *peer_name(const struct mail_courier *c)
{
    return c->conn != NULL ? tcp_peer_name(c->conn) : NULL;
}

static struct record *begin_record(struct mail_courier *c, enum event event)
{
    struct record *r = trace_begin(&c->sim->trace, event, net_host_name(c->kit->host));

    r->peer = peer_name(c);
    r->conn = c->conn != NULL ? tcp_id(c->conn) : 0;
    r->mail = c->mail;
    return r;
}

static void on_session_command(void *self, const char *verb, struct span line)
{
    struct mail_courier *c = self;
    struct record *r;

    if (!trace_on(&c->sim->trace))
        return;
    r = begin_record(c, EV_SMTP_COMMAND);
    trace_text(r, KEY_VERB, span_of(verb));
    trace_text(r, KEY_LINE, line);
    trace_end(&c->sim->trace);
}

static void on_session_data(void *self, size_t octets, unsigned lines, unsigned stuffed)
{
    struct mail_courier *c = self;
    struct record *r;

    if (!trace_on(&c->sim->trace))
        return;
    r = begin_record(c, EV_SMTP_DATA);
    trace_number(r, KEY_SIZE, (int64_t)octets);
    trace_number(r, KEY_LINES, lines);
    trace_number(r, KEY_STUFFED, stuffed);
    trace_end(&c->sim->trace);
}

static void on_session_state(void *self, enum smtp_client_state before, enum smtp_client_state now)
{
    struct mail_courier *c = self;
    struct record *r;

    if (!trace_on(&c->sim->trace))
        return;
    r = begin_record(c, EV_SMTP_STATE);
    trace_text(r, KEY_ROLE, SPAN("client"));
    trace_text(r, KEY_STATE, span_of(smtp_client_state_text(now)));
    trace_text(r, KEY_BEFORE, span_of(smtp_client_state_text(before)));
    trace_end(&c->sim->trace);
}

static const struct smtp_client_events session_events = {
    .on_ready = on_session_ready,
    .on_recipient = on_session_recipient,
    .on_sent = on_session_sent,
    .on_failed = on_session_failed,
    .on_command = on_session_command,
    .on_data = on_session_data,
    .on_state = on_session_state,
};

/* ---- The connection. */

static void on_tcp_open(void *self, struct tcp_conn *conn)
{
    struct mail_courier *c = self;

    (void)conn;
    c->stage = COURIER_TALKING;
    c->was_ready = false;
    if (c->client == NULL)
        c->client = smtp_client_new(c->kit->helo, c->kit->pipelining, &session_events, c);
    else
        smtp_client_clear(c->client, c->kit->helo, c->kit->pipelining);
    c->smtp = c->client;
    if (c->user != NULL)
        smtp_client_log_in(c->smtp, c->user, c->password);
    wait_for_host(c);
}

static void on_tcp_data(void *self, struct tcp_conn *conn, struct span bytes)
{
    struct mail_courier *c = self;

    (void)conn;
    c->busy = true;
    smtp_client_feed(c->smtp, bytes, c->kit->out);
    c->busy = false;
    after_session_call(c);
}

static void on_tcp_eof(void *self, struct tcp_conn *conn)
{
    (void)conn;
    break_off(self, N_("The server closed the connection"));
}

/* Not what a server said, so it has a translation where it is shown. */
static const char *gone_line(enum tcp_gone why)
{
    switch (why) {
    case TCP_DONE:
        return N_("The server closed the connection");
    case TCP_REFUSED:
        return N_("Connection refused: no server listens there");
    case TCP_RESET:
        return N_("The connection was reset");
    case TCP_TIMEOUT:
        return N_("The host does not answer");
    case TCP_UNREACHABLE:
        return N_("The host cannot be reached");
    }
    return "";
}

static void on_tcp_gone(void *self, struct tcp_conn *conn, enum tcp_gone why)
{
    struct mail_courier *c = self;

    (void)conn;
    c->conn = NULL;
    if (c->smtp != NULL) {
        break_off(c, gone_line(why));
        return;
    }
    c->some_later = true;
    note_failure(c, 0, span_of(gone_line(why)));
    next_address(c);
}

static const struct tcp_app app = {
    .on_open = on_tcp_open,
    .on_data = on_tcp_data,
    .on_eof = on_tcp_eof,
    .on_gone = on_tcp_gone,
};

static void connect_to(struct mail_courier *c, ip_addr a)
{
    c->stage = COURIER_CONNECTING;
    c->conn = tcp_connect(c->kit->host, a, c->port, &app, c);
    tcp_set_mail(c->conn, c->mail);
}

/* ---- The way there. */

static void add_address(struct mail_courier *c, ip_addr a)
{
    if (c->n_addresses < ADDRESSES_MAX)
        c->addresses[c->n_addresses++] = a;
}

static bool is_own(const struct mail_courier *c, ip_addr a)
{
    return c->kit->own != NULL && net_host_at(net_host_net(c->kit->host), a) == c->kit->host;
}

static void on_a(void *self, const struct dns_result *r)
{
    struct mail_courier *c = self;
    bool own = false;

    c->lookup = 0;
    for (unsigned i = 0; r->outcome == DNS_FOUND && i < r->n; i++) {
        ip_addr a = dns_rdata_a(r->records[i].rdata);

        own = own || is_own(c, a);
        add_address(c, a);
    }
    if (own) {
        c->n_addresses = 0;
        mail_route_drop_own(&c->route, c->host - 1);
        if (c->route.kind == MAIL_ROUTE_REFUSED)
            note_failure(c, c->route.code, span_of(c->route.line));
    } else if (r->outcome == DNS_FAILED || r->outcome == DNS_NO_ANSWER) {
        c->some_later = true;
        note_failure(c, 451, SPAN("451 4.4.3 The DNS could not tell the mail host's address"));
    } else if (r->outcome != DNS_FOUND) {
        note_failure(c, 550, SPAN("550 5.4.4 The mail host has no address"));
    }
    next_address(c);
}

static void ask_address(struct mail_courier *c)
{
    const struct mail_exchanger *x = &c->route.hosts[c->host++];

    c->address = c->n_addresses = 0;
    c->at = x;
    if (x->literal != 0) {
        add_address(c, x->literal);
        next_address(c);
        return;
    }
    c->stage = COURIER_ASKING_A;
    c->lookup = dns_stub_query(c->kit->stub, &x->name, DNS_A, c->mail, on_a, c);
}

/* The next address of this host, or the first of the next host, or home. */
static void next_address(struct mail_courier *c)
{
    if (c->address < c->n_addresses)
        connect_to(c, c->addresses[c->address++]);
    else if (c->host < c->route.n)
        ask_address(c);
    else
        end(c, c->some_later ? MAIL_COURIER_UNREACHED : MAIL_COURIER_REFUSED);
}

static void take_route(struct mail_courier *c)
{
    if (c->e->on_route != NULL)
        c->e->on_route(c->self, &c->route);
    if (c->route.kind != MAIL_ROUTE_HOSTS) {
        note_failure(c, c->route.code, span_of(c->route.line));
        c->some_later = c->route.kind == MAIL_ROUTE_LATER;
    }
    next_address(c);
}

static void on_mx(void *self, const struct dns_result *r)
{
    struct mail_courier *c = self;

    c->lookup = 0;
    mail_route_from_mx(&c->route, r, c->kit->own, c->kit->shuffle);
    take_route(c);
}

static void on_set_out(void *self)
{
    take_route(self);
}

void mail_courier_to_domain(struct mail_courier *c, struct span domain, uint16_t port, uint32_t mail)
{
    struct dns_name name;

    assert(c->stage == COURIER_HOME);
    c->stage = COURIER_ASKING_MX;
    c->mail = mail;
    c->port = port;
    if (domain.len > 0 && domain.at[0] == '[') {
        mail_route_from_literal(&c->route, domain);
        if (c->route.kind == MAIL_ROUTE_HOSTS && is_own(c, c->route.hosts[0].literal))
            mail_route_drop_own(&c->route, 0);
    } else if (c->kit->stub == NULL || !dns_name_parse(domain, NULL, &name, NULL)) {
        mail_route_refuse(&c->route, 550, "550 5.1.2 This cannot be a domain");
    } else {
        c->lookup = dns_stub_query(c->kit->stub, &name, DNS_MX, mail, on_mx, c);
        return;
    }
    c->timer = sched_at(c->sim->sched, sim_now(c->sim), on_set_out, c);
}

void mail_courier_to_host(struct mail_courier *c, ip_addr ip, const char *name, uint16_t port, uint32_t mail)
{
    assert(c->stage == COURIER_HOME);
    c->mail = mail;
    c->port = port;
    c->route.kind = MAIL_ROUTE_HOSTS;
    c->host_name = name;
    connect_to(c, ip);
}

/* ---- What the owner asks of it. */

static void release_store(void *store)
{
    for (struct mail_courier *c = ((struct courier_store *)store)->spare, *next; c != NULL; c = next) {
        next = c->next;
        smtp_client_free(&c->client);
        mail_route_release(&c->route);
        g_free(c);
    }
}

static struct mail_courier *courier_make(struct sim *sim, struct courier_store *store)
{
    struct mail_courier *c = g_new(struct mail_courier, 1);

    c->store = store;
    c->sim = sim;
    c->client = NULL;
    mail_route_init(&c->route);
    return c;
}

struct mail_courier *mail_courier_new(const struct mail_courier_kit *kit, const struct mail_courier_events *e,
                                      void *self)
{
    struct sim *sim = net_host_sim(kit->host);
    struct courier_store *store = sim_share(sim, sizeof *store, release_store);
    struct mail_courier *c = store->spare;

    if (c != NULL)
        store->spare = c->next;
    else
        c = courier_make(sim, store);
    mail_route_clear(&c->route);
    memset(&c->next, 0, offsetof(struct mail_courier, line) - offsetof(struct mail_courier, next));
    c->line[0] = '\0';
    c->kit = kit;
    c->recipients = c->few;
    c->e = e;
    c->self = self;
    return c;
}

static void forget_recipients(struct mail_courier *c)
{
    if (c->recipients != c->few)
        g_free(c->recipients);
    c->recipients = c->few;
}

void mail_courier_drop(struct mail_courier **c)
{
    struct mail_courier *gone = *c;

    if (gone == NULL)
        return;
    assert(!gone->busy);
    forget_recipients(gone);
    gone->next = gone->store->spare;
    gone->store->spare = gone;
    *c = NULL;
}

void mail_courier_free(struct mail_courier **c)
{
    struct mail_courier *gone = *c;

    if (gone == NULL)
        return;
    sched_cancel(gone->sim->sched, &gone->timer);
    if (gone->lookup != 0)
        dns_stub_cancel(gone->kit->stub, gone->lookup);
    if (gone->conn != NULL)
        tcp_abort(&gone->conn);
    mail_courier_drop(c);
}

void mail_courier_log_in(struct mail_courier *c, const char *user, const char *password)
{
    assert(c->stage == COURIER_HOME);
    c->user = user;
    c->password = password;
}

void mail_courier_send(struct mail_courier *c, uint32_t mail, struct span sender,
                       const char *const *recipients, unsigned n, struct span message)
{
    c->mail = mail;
    tcp_set_mail(c->conn, mail);
    forget_recipients(c);
    if (n > G_N_ELEMENTS(c->few))
        c->recipients = g_new(const char *, n);
    memcpy(c->recipients, recipients, n * sizeof recipients[0]);
    smtp_client_send(c->smtp, sender, c->recipients, n, message, c->kit->out);
    if (!c->busy)
        after_session_call(c);
}

void mail_courier_quit(struct mail_courier *c)
{
    smtp_client_quit(c->smtp, c->kit->out);
    if (!c->busy)
        after_session_call(c);
}

bool mail_courier_has_next(const struct mail_courier *c)
{
    return c->address < c->n_addresses || c->host < c->route.n;
}

const char *mail_courier_host(const struct mail_courier *c)
{
    GString *name = c->kit->name;

    if (c->at == NULL)
        return c->host_name;
    g_string_set_size(name, DNS_NAME_TEXT_MAX);
    return c->at->literal != 0 ? ip_text(name->str, c->at->literal) : dns_name_text(name->str, &c->at->name);
}

const char *mail_courier_state(const struct mail_courier *c)
{
    switch (c->stage) {
    case COURIER_HOME:
        return "over";
    case COURIER_ASKING_MX:
    case COURIER_ASKING_A:
        return "looking up";
    case COURIER_CONNECTING:
        return "connecting";
    case COURIER_TALKING:
        return smtp_client_state_text(smtp_client_state(c->smtp));
    }
    return "";
}

uint32_t mail_courier_mail(const struct mail_courier *c)
{
    return c->mail;
}
