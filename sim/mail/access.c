#include "mail/access.h"

#include <stdio.h>

#include "mail/imap_server.h"
#include "mail/pop3_server.h"
#include "net/tcp.h"

static const sim_time pop3_idle = 10 * SIM_MINUTE; /* RFC 1939 §3: at least */
static const sim_time imap_idle = 30 * SIM_MINUTE; /* RFC 3501 §5.4: at least */

/* A client that is connected: one of the two sessions. */
struct session {
    struct session *next, *prev;
    struct mail_access *access;
    struct tcp_conn *conn;
    struct pop3_server *pop3;
    struct imap_server *imap;
    struct pop3_server_options pop3_options;
    char timestamp[128];
    const char *method;             /* IMAP: of the log-in under way */
    uint32_t mail;                  /* that the replies not sent yet are about */
    bool mails;                     /* they are about several */
    sim_time heard;                 /* when the client last said something */
    sim_time awake;                 /* the same, or when it was last seen to take what we say */
    bool is_listening;              /* it did, at the last look */
    struct sched_handle idle, news; /* news: something to tell one who idles */
};

struct mail_access {
    struct net_program program;
    struct net_host *host;
    struct sim *sim;
    struct mail_local *local;
    char *hostname;
    bool is_imap, apop;
    sim_time limit;
    uint16_t port;
    uint32_t greeted; /* clients so far: for timestamps */
    struct imap_server_options imap_options;
    struct tcp_listener *listener;
    struct session *sessions; /* the latest first */
    GString *out;             /* scratch */
};

/* ---- Trace. */

static struct record *begin_record(const struct session *x, enum event event)
{
    struct record *r = trace_begin(&x->access->sim->trace, event, net_host_name(x->access->host));

    r->peer = tcp_peer_name(x->conn);
    r->conn = tcp_id(x->conn);
    return r;
}

static void trace_login(const struct session *x, bool accepted, struct span user, const char *method)
{
    struct trace *t = &x->access->sim->trace;
    struct record *r;

    if (!trace_on(t))
        return;
    r = begin_record(x, accepted ? EV_AUTH_ACCEPT : EV_AUTH_REFUSE);
    trace_text(r, KEY_USER, user);
    trace_text(r, KEY_METHOD, span_of(method));
    trace_end(t);
}

static void trace_state(const struct session *x, enum event event, const char *before, const char *now)
{
    struct trace *t = &x->access->sim->trace;
    struct record *r;

    if (!trace_on(t))
        return;
    r = begin_record(x, event);
    trace_text(r, KEY_ROLE, SPAN("server"));
    trace_text(r, KEY_STATE, span_of(now));
    trace_text(r, KEY_BEFORE, span_of(before));
    trace_end(t);
}

static struct span first_line(struct span text)
{
    const char *end = text.len > 0 ? memchr(text.at, '\n', text.len) : NULL;

    if (end != NULL)
        text.len = (size_t)(end - text.at);
    if (text.len > 0 && text.at[text.len - 1] == '\r')
        text.len--;
    return text;
}

static unsigned count_lines(struct span text)
{
    unsigned n = 0;

    for (size_t i = 0; i < text.len; i++)
        n += text.at[i] == '\n';
    return n;
}

/* Segments carry what they are about, as those of SMTP do, if that is one message. */
static void note_mail(struct session *x, uint32_t mail)
{
    x->mails = x->mails || (mail != 0 && x->mail != 0 && mail != x->mail);
    if (mail != 0)
        x->mail = mail;
}

/* ---- POP3: what its sessions ask. */

static struct mail_box *on_pop3_login(void *self, struct span user, struct span password)
{
    const struct session *x = self;
    struct mail_box *box = mail_local_login(x->access->local, user, password);

    trace_login(x, box != NULL, user, "USER");
    return box;
}

/* Who has no password has no secret to know either. */
static struct mail_box *on_pop3_apop(void *self, struct span user, const char *timestamp, struct span digest)
{
    const struct session *x = self;
    struct mail_box *box = mail_local_user(x->access->local, user);
    char *right = box != NULL && box->password != NULL ? pop3_apop_digest(timestamp, box->password) : NULL;
    bool accepted = right != NULL && span_is(digest, span_of(right));

    g_free(right);
    trace_login(x, accepted, user, "APOP");
    return accepted ? box : NULL;
}

static void on_pop3_reply(void *self, bool ok, struct span line, struct span body, uint32_t mail)
{
    struct session *x = self;
    struct trace *t = &x->access->sim->trace;
    struct record *r;

    note_mail(x, mail);
    if (!trace_on(t))
        return;
    r = begin_record(x, EV_POP3_REPLY);
    r->mail = mail;
    trace_text(r, KEY_STATUS, ok ? SPAN("+OK") : SPAN("-ERR"));
    trace_text(r, KEY_LINE, line);
    trace_number(r, KEY_LINES, 1 + count_lines(body));
    trace_number(r, KEY_SIZE, (int64_t)(line.len + 2 + body.len));
    trace_end(t);
}

static void on_pop3_state(void *self, enum pop3_server_state before, enum pop3_server_state now)
{
    trace_state(self, EV_POP3_STATE, pop3_server_state_text(before), pop3_server_state_text(now));
}

static const struct pop3_policy pop3_policy = {
    .on_login = on_pop3_login,
    .on_apop = on_pop3_apop,
    .on_reply = on_pop3_reply,
    .on_state = on_pop3_state,
};

/* ---- IMAP: the same. */

static void flush(struct session *x);

static struct mail_box *on_imap_login(void *self, struct span user, struct span password)
{
    const struct session *x = self;
    struct mail_box *box = mail_local_login(x->access->local, user, password);

    trace_login(x, box != NULL, user, x->method);
    return box;
}

/* Its records are the client's; but it tells how somebody is about to log in. */
static void on_imap_command(void *self, struct span tag, const char *verb, struct span line)
{
    struct session *x = self;

    (void)tag;
    (void)line;
    x->method = strcmp(verb, "AUTHENTICATE") == 0 ? "PLAIN" : "LOGIN";
}

/* It has not been on the way anywhere: here it begins. */
static uint32_t on_imap_append(void *self, const struct mail_folder *to, struct span message)
{
    const struct session *x = self;

    (void)to;
    (void)message;
    return ++x->access->sim->mails;
}

static void on_tell(void *self)
{
    struct session *x = self;

    x->news = (struct sched_handle){ 0 };
    imap_server_tell(x->imap, x->access->out);
    flush(x);
}

/* In an event of its own: what has happened is not over yet. */
static void on_imap_news(void *self)
{
    struct session *x = self;
    struct sched *s = x->access->sim->sched;

    if (!sched_is_pending(s, x->news))
        x->news = sched_at(s, sched_now(s), on_tell, x);
}

static void on_imap_reply(void *self, struct span tag, const char *status, struct span response,
                          uint32_t mail)
{
    struct session *x = self;
    struct trace *t = &x->access->sim->trace;
    struct record *r;

    note_mail(x, mail);
    if (!trace_on(t))
        return;
    r = begin_record(x, EV_IMAP_REPLY);
    r->mail = mail;
    trace_text(r, KEY_TAG, tag);
    trace_text(r, KEY_STATUS, span_of(status));
    trace_text(r, KEY_LINE, first_line(response));
    trace_number(r, KEY_SIZE, (int64_t)response.len);
    trace_end(t);
}

static void on_imap_state(void *self, enum imap_server_state before, enum imap_server_state now)
{
    trace_state(self, EV_IMAP_STATE, imap_server_state_text(before), imap_server_state_text(now));
}

static const struct imap_policy imap_policy = {
    .on_login = on_imap_login,
    .on_append = on_imap_append,
    .on_command = on_imap_command,
    .on_news = on_imap_news,
    .on_reply = on_imap_reply,
    .on_state = on_imap_state,
};

/* ---- Sessions. */

static void session_free(struct session *x)
{
    struct mail_access *a = x->access;

    if (x->prev != NULL)
        x->prev->next = x->next;
    else
        a->sessions = x->next;
    if (x->next != NULL)
        x->next->prev = x->prev;
    pop3_server_free(&x->pop3);
    imap_server_free(&x->imap);
    g_free(x);
}

static void end_session(struct session *x)
{
    sched_cancel(x->access->sim->sched, &x->idle);
    sched_cancel(x->access->sim->sched, &x->news);
    if (x->conn != NULL)
        tcp_detach(&x->conn);
    session_free(x);
}

static bool is_over(const struct session *x)
{
    return x->pop3 != NULL ? pop3_server_is_over(x->pop3) : imap_server_is_over(x->imap);
}

/* Send what the session said; end it if that was its last word. */
static void flush(struct session *x)
{
    GString *out = x->access->out;

    if (out->len > 0) {
        tcp_set_mail(x->conn, x->mails ? 0 : x->mail);
        tcp_send(x->conn, span_bytes(out->str, out->len));
        g_string_truncate(out, 0);
    }
    x->mail = 0;
    x->mails = false;
    if (is_over(x))
        end_session(x);
}

/* One timer a session, put off when it fires, not at each line. Who is still taking what we said, over a slow
 * line, has no reason to speak: that is not silence, and his time begins when he has it all. When that was is
 * not known to the moment, only that it was since the last look. */
static void on_idle(void *self)
{
    struct session *x = self;
    struct mail_access *a = x->access;

    if (tcp_unacked(x->conn) > 0 || x->is_listening)
        x->awake = sim_now(a->sim);
    x->is_listening = tcp_unacked(x->conn) > 0;
    if (sim_now(a->sim) < x->awake + a->limit) {
        x->idle = sched_at(a->sim->sched, x->awake + a->limit, on_idle, x);
        return;
    }
    if (x->pop3 != NULL)
        pop3_server_shut(x->pop3); /* without UPDATE, and without a word (RFC 1939 §3) */
    else
        imap_server_shut(x->imap, "Nothing heard for too long, closing", a->out);
    flush(x);
}

static void on_tcp_data(void *self, struct tcp_conn *conn, struct span bytes)
{
    struct session *x = self;
    struct mail_access *a = x->access;

    (void)conn;
    x->heard = x->awake = sim_now(a->sim);
    if (x->pop3 != NULL)
        pop3_server_feed(x->pop3, bytes, a->out);
    else
        imap_server_feed(x->imap, bytes, sim_now(a->sim), a->out);
    flush(x);
}

/* Without QUIT nothing is deleted: the trace tells that from UPDATE. IMAP has no such difference. */
static void cut_off(struct session *x)
{
    if (x->pop3 != NULL)
        pop3_server_shut(x->pop3);
}

static void on_tcp_eof(void *self, struct tcp_conn *conn)
{
    (void)conn;
    cut_off(self);
    end_session(self);
}

static void on_tcp_gone(void *self, struct tcp_conn *conn, enum tcp_gone why)
{
    struct session *x = self;

    (void)conn;
    (void)why;
    cut_off(x);
    x->conn = NULL;
    end_session(x);
}

static const struct tcp_app app = { .on_data = on_tcp_data, .on_eof = on_tcp_eof, .on_gone = on_tcp_gone };

static void *on_accept(void *self, struct tcp_conn *conn, const struct tcp_app **app_out)
{
    struct mail_access *a = self;
    struct session *x = g_new0(struct session, 1);

    x->access = a;
    x->conn = conn;
    x->next = a->sessions;
    if (a->sessions != NULL)
        a->sessions->prev = x;
    a->sessions = x;
    x->heard = x->awake = sim_now(a->sim);
    x->method = "LOGIN";
    x->idle = sched_at(a->sim->sched, x->heard + a->limit, on_idle, x);
    if (a->is_imap) {
        x->imap = imap_server_new(&a->imap_options, &imap_policy, x);
        imap_server_open(x->imap, a->out);
    } else {
        /* Never the same twice (RFC 1939 §7): a counter and the clock. */
        snprintf(x->timestamp, sizeof x->timestamp, "<%u.%" G_GINT64_FORMAT "@%.80s>", (unsigned)++a->greeted,
                 a->sim->epoch_s + sim_now(a->sim) / SIM_SECOND, a->hostname);
        x->pop3_options = (struct pop3_server_options){ a->hostname, a->apop ? x->timestamp : NULL };
        x->pop3 = pop3_server_new(&x->pop3_options, &pop3_policy, x);
        pop3_server_open(x->pop3, a->out);
    }
    *app_out = &app;
    tcp_send(conn, span_bytes(a->out->str, a->out->len));
    g_string_truncate(a->out, 0);
    return x;
}

/* ---- The program. */

static void on_start(void *self)
{
    struct mail_access *a = self;

    a->listener = tcp_listen(a->host, a->port, on_accept, a);
}

static void on_stop(void *self)
{
    struct mail_access *a = self;

    while (a->sessions != NULL) {
        tcp_abort(&a->sessions->conn);
        end_session(a->sessions);
    }
    if (a->listener != NULL)
        tcp_unlisten(&a->listener);
}

static void on_describe(void *self, struct sheet *sheet)
{
    const struct mail_access *a = self;
    struct table *t = a->is_imap
                          ? sheet_table(sheet, "imap", "IMAP sessions", "Nobody is connected by IMAP.")
                          : sheet_table(sheet, "pop3", "POP3 sessions", "Nobody is connected by POP3.");
    const struct session *x = a->sessions;

    table_column(t, CELL_TEXT, "peer", "peer", NULL);
    table_column(t, CELL_TEXT, "user", "user", "Who is logged in.");
    table_column(t, CELL_TEXT, "state", "state", NULL);
    if (a->is_imap) {
        table_column(t, CELL_TEXT, "folder", "folder", "The folder that is selected.");
        table_column(t, CELL_TEXT, "how", "how", "Whether it may change the folder, and waits for news.");
    } else {
        table_column(t, CELL_NUMBER, "marked", "marked", "Messages that QUIT will delete.");
    }
    table_column(t, CELL_TIME, "heard", "last heard", NULL);
    table_column(t, CELL_TEXT, "conn", "conn", "The connection's name in the trace.");
    while (x != NULL && x->next != NULL)
        x = x->next;
    for (; x != NULL; x = x->prev) {
        const struct mail_box *box = a->is_imap ? imap_server_box(x->imap) : pop3_server_box(x->pop3);

        table_row(t);
        table_text(t, "%s", tcp_peer_name(x->conn));
        table_text(t, "%s", box != NULL ? box->user : "");
        if (a->is_imap) {
            const struct mail_folder *f = imap_server_folder(x->imap);

            table_text(t, "%s", imap_server_state_text(imap_server_state(x->imap)));
            table_text(t, "%s", f != NULL ? f->name : "");
            table_text(t, "%s",
                       imap_server_is_idling(x->imap)                   ? "idles"
                       : f != NULL && imap_server_is_read_only(x->imap) ? "reads only"
                                                                        : "");
        } else {
            table_text(t, "%s", pop3_server_state_text(pop3_server_state(x->pop3)));
            table_number(t, pop3_server_marked(x->pop3));
        }
        table_time(t, x->heard);
        table_text(t, "c%u", (unsigned)tcp_id(x->conn));
    }
}

unsigned mail_access_sessions(const struct mail_access *a)
{
    unsigned n = 0;

    for (const struct session *x = a->sessions; x != NULL; x = x->next)
        n++;
    return n;
}

/* ---- Life. */

static struct mail_access *add(struct net_host *h, const struct mail_access_spec *spec, bool is_imap)
{
    struct mail_access *a = g_new0(struct mail_access, 1);

    a->host = h;
    a->sim = net_host_sim(h);
    a->local = spec->local;
    a->hostname = g_strdup(spec->hostname != NULL ? spec->hostname : net_host_name(h));
    a->is_imap = is_imap;
    a->apop = spec->apop;
    a->limit = spec->idle > 0 ? spec->idle : is_imap ? imap_idle : pop3_idle;
    a->port = is_imap ? IMAP_PORT : POP3_PORT;
    a->imap_options = (struct imap_server_options){ a->hostname, &spec->local->boxes };
    a->out = g_string_new(NULL);
    a->program = (struct net_program){
        .name = is_imap ? "imap" : "pop3",
        .start = on_start,
        .stop = on_stop,
        .describe = on_describe,
        .self = a,
    };
    net_program_add(h, &a->program);
    return a;
}

struct mail_access *mail_access_pop3(struct net_host *h, const struct mail_access_spec *spec)
{
    return add(h, spec, false);
}

struct mail_access *mail_access_imap(struct net_host *h, const struct mail_access_spec *spec)
{
    return add(h, spec, true);
}

void mail_access_free(struct mail_access **access)
{
    struct mail_access *a = *access;

    if (a == NULL)
        return;
    while (a->sessions != NULL)
        session_free(a->sessions);
    g_string_free(a->out, TRUE);
    g_free(a->hostname);
    g_free(a);
    *access = NULL;
}
