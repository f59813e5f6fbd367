#include "http/fetch.h"

#include <assert.h>
#include <string.h>

#include "http/client.h"
#include "net/tcp.h"

enum { ADDRESSES_MAX = 16 };

/* What somebody asked for. */
struct fetch {
    GList link; /* in its site's `waiting` */
    struct http_message *request;
    struct fetch_how how;
    fetch_on_done *on_done;
    void *self;
    uint64_t cause; /* why it was asked for */
    bool again;     /* it was sent before, over a connection that broke */
};

struct connection {
    struct connection *next; /* of the site, in the order made */
    struct site *site;
    struct tcp_conn *conn;
    uint32_t id;
    struct http_client *client;
    bool open;
    unsigned address;    /* of the site's: where it goes to */
    struct fetch *fetch; /* that it carries; NULL: none */
    unsigned n_done;
    const char *gone; /* why TCP gave up, if it did */
    sim_time heard;
    struct sched_handle timer;
};

/* A host and port. */
struct site {
    struct site *next; /* of the fetcher, in the order first asked */
    struct fetcher *fetcher;
    char *host;
    unsigned port;
    enum { SITE_UNKNOWN, SITE_ASKING, SITE_KNOWN } stage;
    uint32_t lookup;
    struct sched_handle at_once; /* of a failure that needs no look-up */
    ip_addr addresses[ADDRESSES_MAX];
    unsigned n_addresses;
    GQueue waiting; /* of struct fetch */
    struct connection *connections;
};

struct fetcher {
    struct net_host *host;
    struct sim *sim;
    struct dns_stub *stub;
    struct site *sites;
    GString *out; /* scratch */
};

static void pump(struct site *s);

/* ---- Fetches. */

static void fetch_free(struct fetch *q)
{
    http_message_free(&q->request);
    g_free(q);
}

static void tell(struct fetch *q, const struct fetch_result *r)
{
    q->on_done(q->self, r);
    fetch_free(q);
}

/* All that wait get the same answer, each as what followed from its own request. The last thing that is done
 * with a site: who is told may forget it. */
static void fail_waiting(struct site *s, const char *why)
{
    GQueue failed = s->waiting;
    struct sched *sched = s->fetcher->sim->sched;
    uint64_t cause = sched_cause(sched);

    g_queue_init(&s->waiting);
    s->stage = SITE_UNKNOWN;
    while (failed.head != NULL) {
        sched_set_cause(sched, cause);
        tell(g_queue_pop_head_link(&failed)->data, &(struct fetch_result){ .why = why });
    }
}

/* ---- Trace. */

static struct record *begin_record(const struct connection *c, enum event event)
{
    struct record *r = trace_begin(&c->site->fetcher->sim->trace, event,
                                   net_host_name(c->site->fetcher->host));

    r->peer = c->conn != NULL ? tcp_peer_name(c->conn) : c->site->host;
    r->conn = c->id;
    return r;
}

static void trace_request(const struct connection *c, const struct http_message *m, size_t size)
{
    struct trace *t = &c->site->fetcher->sim->trace;
    struct record *r;

    if (!trace_on(t))
        return;
    r = begin_record(c, EV_HTTP_REQUEST);
    trace_text(r, KEY_VERB, span_of(m->method));
    trace_text(r, KEY_TARGET, span_of(m->target));
    trace_format(t, KEY_LINE, "%s %.*s HTTP/1.%u", m->method, (int)MIN(strlen(m->target), 2000), m->target,
                 m->minor);
    trace_number(r, KEY_SIZE, (int64_t)size);
    trace_end(t);
}

static void on_state(void *self, enum http_client_state before, enum http_client_state now)
{
    const struct connection *c = self;
    struct sim *sim = c->site->fetcher->sim;
    uint64_t cause = sched_cause(sim->sched);
    struct record *r;

    if (!trace_on(&sim->trace))
        return;
    r = begin_record(c, EV_HTTP_STATE);
    trace_text(r, KEY_ROLE, SPAN("client"));
    trace_text(r, KEY_STATE, span_of(http_client_state_text(now)));
    trace_text(r, KEY_BEFORE, span_of(http_client_state_text(before)));
    trace_end(&sim->trace);
    sched_set_cause(sim->sched, cause); /* what follows comes of what was said */
}

/* ---- A connection at work. */

static void on_response(void *self, const struct http_message *m, size_t size, bool stays)
{
    struct connection *c = self;
    struct fetch *q = c->fetch;

    (void)stays;
    c->fetch = NULL;
    c->n_done++;
    tell(q, &(struct fetch_result){ .message = m, .conn = c->id, .size = size });
}

/* RFC 9110 §9.2.2, as far as anybody here uses methods. */
static bool is_safe(const struct fetch *q)
{
    return strcmp(q->request->method, "GET") == 0 || strcmp(q->request->method, "HEAD") == 0;
}

static void on_broken(void *self, const char *why)
{
    struct connection *c = self;
    struct fetch *q = c->fetch;

    c->fetch = NULL;
    if (c->n_done > 0 && !q->again && is_safe(q)) {
        q->again = true;
        g_queue_push_head_link(&c->site->waiting, &q->link);
        return;
    }
    tell(q, &(struct fetch_result){ .why = c->gone != NULL ? c->gone : why, .conn = c->id });
}

static const struct http_client_events client_events = { on_response, on_broken, on_state };

static void connection_free(struct connection *c)
{
    struct connection **at = &c->site->connections;

    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    http_client_free(&c->client);
    g_free(c);
}

/* It is of no more use: close it, and see who waits. */
static void part(struct connection *c)
{
    struct site *s = c->site;

    sched_cancel(s->fetcher->sim->sched, &c->timer);
    if (c->conn != NULL)
        tcp_detach(&c->conn);
    assert(c->fetch == NULL);
    connection_free(c);
    pump(s);
}

static void after_session_call(struct connection *c)
{
    if (http_client_state(c->client) == HTTP_C_CLOSED)
        part(c);
    else
        pump(c->site);
}

/* One timer a connection, put off when it fires. */
static void on_time(void *self)
{
    struct connection *c = self;
    struct sim *sim = c->site->fetcher->sim;
    bool waiting = http_client_is_waiting(c->client);
    sim_time until = c->heard + (waiting ? FETCH_PATIENCE : FETCH_IDLE);

    if (sim_now(sim) < until) {
        c->timer = sched_at(sim->sched, until, on_time, c);
        return;
    }
    c->gone = "The server was silent for too long";
    if (waiting)
        tcp_abort(&c->conn);
    http_client_end(c->client);
    part(c);
}

static void start_timer(struct connection *c)
{
    struct sim *sim = c->site->fetcher->sim;
    sim_time span = http_client_is_waiting(c->client) ? FETCH_PATIENCE : FETCH_IDLE;

    c->heard = sim_now(sim);
    if (!sched_is_pending(sim->sched, c->timer))
        c->timer = sched_at(sim->sched, c->heard + span, on_time, c);
}

static void send_request(struct connection *c, struct fetch *q)
{
    struct fetcher *f = c->site->fetcher;
    size_t size;

    c->fetch = q;
    if (c->n_done > 0 ||
        q->again) /* it follows from having been asked for, not from what came before it here */
        sched_set_cause(f->sim->sched, q->cause);
    http_set(q->request, "Connection", q->how.persistent ? "keep-alive" : "close");
    size = http_client_send(c->client, q->request, f->out);
    trace_request(c, q->request, size);
    tcp_send(c->conn, span_bytes(f->out->str, f->out->len));
    g_string_truncate(f->out, 0);
    start_timer(c);
}

/* ---- Its TCP. */

static void on_tcp_open(void *self, struct tcp_conn *conn)
{
    struct connection *c = self;

    (void)conn;
    c->open = true;
    start_timer(c);
    pump(c->site);
}

static void on_tcp_data(void *self, struct tcp_conn *conn, struct span bytes)
{
    struct connection *c = self;

    (void)conn;
    c->heard = sim_now(c->site->fetcher->sim);
    http_client_feed(c->client, bytes);
    after_session_call(c);
}

static void on_tcp_eof(void *self, struct tcp_conn *conn)
{
    struct connection *c = self;

    (void)conn;
    http_client_end(c->client);
    part(c);
}

static const char *gone_line(enum tcp_gone why)
{
    switch (why) {
    case TCP_DONE:
        return "The server closed the connection";
    case TCP_REFUSED:
        return "Connection refused: no server listens there";
    case TCP_RESET:
        return "The connection was reset";
    case TCP_TIMEOUT:
        return "The host does not answer";
    case TCP_UNREACHABLE:
        return "The host cannot be reached";
    }
    return "";
}

static void connect_to(struct connection *c);

/* No connection could be made. Those that there are go on; if there is none, whoever waits does so for
 * nothing. */
static void on_no_connection(struct connection *c, const char *why)
{
    struct site *s = c->site;

    if (++c->address < s->n_addresses) {
        connect_to(c);
        return;
    }
    connection_free(c);
    if (s->connections == NULL)
        fail_waiting(s, why);
}

static void on_tcp_gone(void *self, struct tcp_conn *conn, enum tcp_gone why)
{
    struct connection *c = self;

    (void)conn;
    c->conn = NULL;
    if (!c->open) {
        on_no_connection(c, gone_line(why));
        return;
    }
    if (why != TCP_DONE)
        c->gone = gone_line(why);
    http_client_end(c->client);
    part(c);
}

static const struct tcp_app app = {
    .on_open = on_tcp_open,
    .on_data = on_tcp_data,
    .on_eof = on_tcp_eof,
    .on_gone = on_tcp_gone,
};

static void connect_to(struct connection *c)
{
    struct site *s = c->site;

    c->conn = tcp_connect(s->fetcher->host, s->addresses[c->address], (uint16_t)s->port, &app, c);
    c->id = tcp_id(c->conn);
}

static void open_connection(struct site *s)
{
    struct connection *c = g_new0(struct connection, 1), **at = &s->connections;

    c->site = s;
    c->client = http_client_new(&client_events, c);
    while (*at != NULL)
        at = &(*at)->next;
    *at = c;
    connect_to(c);
}

/* ---- Looking it up. */

static void on_address(void *self, const struct dns_result *r)
{
    struct site *s = self;

    s->lookup = 0;
    s->stage = SITE_KNOWN;
    s->n_addresses = 0;
    for (unsigned i = 0; r->outcome == DNS_FOUND && i < r->n && i < ADDRESSES_MAX; i++)
        s->addresses[s->n_addresses++] = dns_rdata_a(r->records[i].rdata);
    switch (r->outcome) {
    case DNS_FOUND:
        pump(s);
        return;
    case DNS_NO_DATA:
        fail_waiting(s, "The name has no address");
        return;
    case DNS_NO_NAME:
        fail_waiting(s, "There is no host of that name");
        return;
    case DNS_FAILED:
        fail_waiting(s, "The DNS could not tell the address");
        return;
    case DNS_NO_ANSWER:
        fail_waiting(s, "The DNS server does not answer");
        return;
    }
}

static void on_no_name(void *self)
{
    struct site *s = self;

    s->at_once = (struct sched_handle){ 0 };
    fail_waiting(s, s->fetcher->stub != NULL ? "This cannot be a host's name" : "No DNS server is set up");
}

static void look_up(struct site *s)
{
    struct fetcher *f = s->fetcher;
    struct span host = span_of(s->host);
    struct dns_name name;

    s->stage = SITE_ASKING;
    if (f->stub != NULL && dns_name_parse(host, NULL, &name, NULL))
        s->lookup = dns_stub_query(f->stub, &name, DNS_A, 0, on_address, s);
    else
        s->at_once = sched_at(f->sim->sched, sim_now(f->sim), on_no_name, s);
}

/* ---- Who waits for what. */

static struct connection *find_free(const struct site *s)
{
    for (struct connection *c = s->connections; c != NULL; c = c->next)
        if (c->open && c->fetch == NULL && c->conn != NULL && http_client_is_usable(c->client))
            return c;
    return NULL;
}

/* Those that are over do not count. */
static void count_connections(const struct site *s, unsigned *all_out, unsigned *opening_out)
{
    *all_out = *opening_out = 0;
    for (const struct connection *c = s->connections; c != NULL; c = c->next) {
        *all_out += http_client_state(c->client) != HTTP_C_CLOSED;
        *opening_out += !c->open;
    }
}

/* Give what waits to connections that are free, and make more if that is not enough. */
static void pump(struct site *s)
{
    struct sched *sched = s->fetcher->sim->sched;
    uint64_t cause = sched_cause(sched);

    while (!g_queue_is_empty(&s->waiting)) {
        struct fetch *q = g_queue_peek_head(&s->waiting);
        struct connection *c = find_free(s);
        unsigned all, opening, most = CLAMP(q->how.connections, 1, FETCH_CONNECTIONS_MAX);
        ip_addr address;

        if (c != NULL) {
            g_queue_pop_head_link(&s->waiting);
            send_request(c, q);
            sched_set_cause(sched, cause);
            continue;
        }
        count_connections(s, &all, &opening);
        if (all >= most || opening >= g_queue_get_length(&s->waiting) || s->stage == SITE_ASKING)
            return;
        q = g_queue_peek_nth(&s->waiting, opening);
        sched_set_cause(sched, q->cause);
        if (s->stage == SITE_UNKNOWN && ip_parse(span_of(s->host), &address)) {
            s->stage = SITE_KNOWN;
            s->addresses[0] = address;
            s->n_addresses = 1;
        }
        if (s->stage == SITE_KNOWN)
            open_connection(s);
        else
            look_up(s);
        sched_set_cause(sched, cause);
    }
}

static struct site *get_site(struct fetcher *f, const char *host, unsigned port)
{
    struct site **at = &f->sites, *s;

    for (; (s = *at) != NULL; at = &s->next)
        if (s->port == port && strcmp(s->host, host) == 0)
            return s;
    s = *at = g_new0(struct site, 1);
    s->fetcher = f;
    s->host = g_strdup(host);
    s->port = port;
    g_queue_init(&s->waiting);
    return s;
}

void fetcher_ask(struct fetcher *f, const char *host, unsigned port, struct http_message *request,
                 const struct fetch_how *how, fetch_on_done *on_done, void *self)
{
    struct site *s = get_site(f, host, port);
    struct fetch *q = g_new0(struct fetch, 1);
    char *authority = port == 80 ? g_strdup(host) : g_strdup_printf("%s:%u", host, port);
    struct http_field first = { g_strdup("Host"), authority };

    q->link.data = q;
    q->request = request;
    q->how = *how;
    q->on_done = on_done;
    q->self = self;
    q->cause = sched_cause(f->sim->sched);
    g_array_prepend_val(request->fields, first); /* RFC 9110 §7.2: best first */
    g_queue_push_tail_link(&s->waiting, &q->link);
    pump(s);
}

/* ---- Life. */

static void site_free(struct site *s)
{
    while (s->waiting.head != NULL)
        fetch_free(g_queue_pop_head_link(&s->waiting)->data);
    while (s->connections != NULL) {
        if (s->connections->fetch != NULL)
            fetch_free(s->connections->fetch);
        connection_free(s->connections);
    }
    g_free(s->host);
    g_free(s);
}

struct fetcher *fetcher_new(struct net_host *h, struct dns_stub *stub)
{
    struct fetcher *f = g_new0(struct fetcher, 1);

    f->host = h;
    f->sim = net_host_sim(h);
    f->stub = stub;
    f->out = g_string_new(NULL);
    return f;
}

void fetcher_forget(struct fetcher *f)
{
    for (struct site **at = &f->sites, *s; (s = *at) != NULL;) {
        if (s->connections == NULL && s->stage != SITE_ASKING && g_queue_is_empty(&s->waiting)) {
            *at = s->next;
            site_free(s);
            continue;
        }
        if (s->stage == SITE_KNOWN && g_queue_is_empty(&s->waiting))
            s->stage = SITE_UNKNOWN;
        at = &s->next;
    }
}

void fetcher_stop(struct fetcher *f)
{
    struct site *s;

    while ((s = f->sites) != NULL) {
        f->sites = s->next;
        sched_cancel(f->sim->sched, &s->at_once);
        if (s->lookup != 0)
            dns_stub_cancel(f->stub, s->lookup);
        for (struct connection *c = s->connections; c != NULL; c = c->next) {
            sched_cancel(f->sim->sched, &c->timer);
            if (c->conn != NULL)
                tcp_abort(&c->conn);
        }
        site_free(s);
    }
}

void fetcher_free(struct fetcher **f)
{
    struct fetcher *gone = *f;

    *f = NULL;
    if (gone == NULL)
        return;
    for (struct site *s = gone->sites, *next; s != NULL; s = next) {
        next = s->next;
        site_free(s);
    }
    g_string_free(gone->out, TRUE);
    g_free(gone);
}

void fetcher_describe(const struct fetcher *f, struct sheet *sheet)
{
    struct table *t = sheet_table(sheet, "web_connections", "Connections to web servers", "None is open.");

    table_column(t, CELL_TEXT, "server", "server", NULL);
    table_column(t, CELL_TEXT, "conn", "conn", "The connection's name in the trace.");
    table_column(t, CELL_TEXT, "state", "state", NULL);
    table_column(t, CELL_NUMBER, "requests", "requests", "Answered over it so far.");
    table_column(t, CELL_NUMBER, "waiting", "waiting",
                 "Requests to this server that have no connection yet.");
    for (const struct site *s = f->sites; s != NULL; s = s->next) {
        for (const struct connection *c = s->connections; c != NULL; c = c->next) {
            table_row(t);
            table_text(t, "%s", s->host);
            table_text(t, "c%u", (unsigned)c->id);
            table_text(t, "%s",
                       c->open ? http_client_state_text(http_client_state(c->client)) : "connecting");
            table_number(t, c->n_done);
            table_number(t, g_queue_get_length((GQueue *)&s->waiting));
        }
    }
}
