#include "mail/reader_internal.h"

static const sim_time patience = 5 * SIM_MINUTE; /* with a silent server */

/* ---- Errands, one after the other. */

/* RFC 3501 §5.1: INBOX in any case is the INBOX. */
static char *folder_name(const char *name)
{
    char *copy = g_strdup(name != NULL ? name : "INBOX");

    if (g_ascii_strncasecmp(copy, "INBOX", 5) == 0 && (copy[5] == '\0' || copy[5] == '/'))
        memcpy(copy, "INBOX", 5);
    return copy;
}

static struct errand *errand_new(const struct mail_reader *r, const struct mail_errand *from)
{
    struct errand *e = g_new0(struct errand, 1);

    e->kind = from->kind;
    e->by = from->kind == MAIL_READ ? from->by : MAIL_BY_IMAP;
    e->folder = folder_name(e->by == MAIL_BY_IMAP ? from->folder : NULL);
    e->to = folder_name(from->to != NULL ? from->to : "");
    e->which = g_strdup(from->which);
    e->flags = g_strdup(from->flags != NULL ? from->flags : "\\Flagged");
    e->password = g_strdup(from->password != NULL ? from->password : r->password);
    e->off = from->off;
    e->headers = from->headers;
    e->remove = from->remove;
    e->leave_unread = from->leave_unread;
    e->hang_up = from->hang_up;
    e->stay = e->by == MAIL_BY_IMAP && e->kind == MAIL_READ ? from->stay : 0;
    return e;
}

static void errand_free(struct errand *e)
{
    if (e == NULL)
        return;
    g_free(e->folder);
    g_free(e->to);
    g_free(e->which);
    g_free(e->flags);
    g_free(e->password);
    g_free(e);
}

static bool has_time(const struct mail_reader *r, const struct errand *e)
{
    return e != NULL && e->until > sim_now(r->sim);
}

/* The one under way is over; if it stays, it is kept for later. */
static void leave_errand(struct mail_reader *r)
{
    if (r->errand != r->staying)
        errand_free(r->errand);
    r->errand = NULL;
}

/* What happens now follows from what the person asked for. */
static void take_up(struct mail_reader *r, struct errand *e)
{
    r->errand = e;
    r->began = r->heard = sim_now(r->sim);
    sched_set_cause(r->sim->sched, e->cause);
}

/* The first that waits; those that came back to stay and have no time left are over. */
static const struct errand *first_waiting(struct mail_reader *r)
{
    struct errand *e;

    while ((e = g_queue_peek_head(&r->errands)) != NULL && e->is_back && !has_time(r, e))
        errand_free(g_queue_pop_head(&r->errands));
    return e;
}

bool reader_take_next(struct mail_reader *r)
{
    const struct errand *next = first_waiting(r);

    if (next == NULL || next->by != MAIL_BY_IMAP || strcmp(next->password, r->errand->password) != 0)
        return false;
    leave_errand(r);
    take_up(r, g_queue_pop_head(&r->errands));
    return true;
}

void reader_stay(struct mail_reader *r)
{
    errand_free(r->staying);
    r->staying = r->errand;
}

bool reader_may_stay(struct mail_reader *r)
{
    return has_time(r, r->staying) && first_waiting(r) == NULL;
}

void reader_take_staying(struct mail_reader *r)
{
    if (r->errand == r->staying)
        return;
    leave_errand(r);
    take_up(r, r->staying);
}

void reader_fail(struct mail_reader *r, struct span line)
{
    g_free(r->trouble);
    r->trouble = g_strndup(line.at, line.len);
    reader_trace_fail(r, r->errand, line);
}

/* ---- Sending. */

/* "… {12}": what follows it is a literal. An atom may end in a brace, but has none that opens. */
static bool announces_literal(struct span text)
{
    size_t at = text.len;

    if (text.len < 4 || memcmp(text.at + text.len - 3, "}\r\n", 3) != 0)
        return false;
    for (at -= 4; at > 0 && g_ascii_isdigit(text.at[at]); at--)
        ;
    return text.at[at] == '{' && at + 4 < text.len;
}

static void flush(struct mail_reader *r)
{
    struct span out = span_bytes(r->out->str, r->out->len);
    const char *end = out.len > 0 ? memchr(out.at, '\r', out.len) : NULL;

    if (out.len == 0)
        return;
    if (r->conn != NULL) {
        if (!r->sends_literal)
            reader_trace_command(r, span_bytes(out.at, end != NULL ? (size_t)(end - out.at) : out.len));
        r->sends_literal = r->imap != NULL && announces_literal(out);
        r->heard = sim_now(r->sim);
        tcp_send(r->conn, out);
    }
    g_string_truncate(r->out, 0);
}

/* ---- The end of a session. */

static void begin_next(void *self);

/* One that stays gives way to what needs a connection of its own, and comes back. */
static void put_off_staying(struct mail_reader *r)
{
    struct errand *e = r->staying;

    r->staying = NULL;
    if (r->errand == e)
        r->errand = NULL;
    if (r->is_up && !r->is_lost && has_time(r, e)) {
        e->is_back = true;
        g_queue_push_tail(&r->errands, e);
    } else {
        errand_free(e);
    }
}

/* In whatever way it has ended. The next errand begins in an event of its own. */
static void end_session(struct mail_reader *r)
{
    struct sched *sched = r->sim->sched;

    sched_cancel(sched, &r->silence);
    sched_cancel(sched, &r->idling);
    if (r->conn != NULL)
        tcp_detach(&r->conn);
    pop3_client_free(&r->pop3);
    imap_client_free(&r->imap);
    g_clear_pointer(&r->opened, g_free);
    g_string_truncate(r->out, 0);
    put_off_staying(r);
    leave_errand(r);
    if (r->errands.head != NULL && r->is_up && !sched_is_pending(sched, r->next))
        r->next = sched_at(sched, sched_now(sched), begin_next, r);
}

void reader_settle(struct mail_reader *r)
{
    flush(r);
    if (r->is_over)
        end_session(r);
}

void reader_ended(struct mail_reader *r, bool in_order, struct span line)
{
    r->is_over = true;
    if (in_order || r->hangs_up)
        return;
    r->is_lost = true;
    if (!r->was_refused)
        reader_fail(r, r->gone != NULL ? span_of(r->gone) : line);
}

static void client_broken(struct mail_reader *r)
{
    if (r->pop3 != NULL)
        pop3_client_broken(r->pop3);
    else
        imap_client_broken(r->imap);
    r->is_over = true;
}

void reader_hang_up(struct mail_reader *r)
{
    r->hangs_up = true;
    client_broken(r);
    tcp_abort(&r->conn);
}

static void break_off(struct mail_reader *r, const char *why)
{
    r->gone = why;
    client_broken(r);
}

/* ---- The connection. */

/* One timer a session, put off when it fires. While we idle it is we who wait, not the server. */
static void on_silence(void *self)
{
    struct mail_reader *r = self;
    bool idles = r->imap != NULL && imap_client_state(r->imap) == IMAP_C_IDLE;
    sim_time end = (idles ? sim_now(r->sim) : r->heard) + patience;

    if (end > sim_now(r->sim)) {
        r->silence = sched_at(r->sim->sched, end, on_silence, r);
        return;
    }
    sched_set_cause(r->sim->sched, r->errand->cause);
    break_off(r, N_("The server was silent for too long"));
    tcp_abort(&r->conn);
    end_session(r);
}

static void on_tcp_data(void *self, struct tcp_conn *conn, struct span bytes)
{
    struct mail_reader *r = self;

    (void)conn;
    r->heard = sim_now(r->sim);
    if (r->pop3 != NULL)
        pop3_client_feed(r->pop3, bytes, r->out);
    else
        imap_client_feed(r->imap, bytes, r->out);
    reader_settle(r);
}

static void on_tcp_eof(void *self, struct tcp_conn *conn)
{
    (void)conn;
    break_off(self, N_("The server closed the connection"));
    reader_settle(self);
}

static void on_tcp_gone(void *self, struct tcp_conn *conn, enum tcp_gone why)
{
    static const char *const lines[] = {
        [TCP_DONE] = N_("The server closed the connection"),
        [TCP_REFUSED] = N_("Connection refused: no server listens there"),
        [TCP_RESET] = N_("The connection was reset"),
        [TCP_TIMEOUT] = N_("The host does not answer"),
        [TCP_UNREACHABLE] = N_("The host cannot be reached"),
    };
    struct mail_reader *r = self;

    (void)conn;
    break_off(r, lines[why]);
    r->conn = NULL;
    reader_settle(r);
}

static const struct tcp_app app = { .on_data = on_tcp_data, .on_eof = on_tcp_eof, .on_gone = on_tcp_gone };

static void begin_next(void *self)
{
    struct mail_reader *r = self;
    struct errand *e;

    if (r->errand != NULL || first_waiting(r) == NULL)
        return;
    e = g_queue_pop_head(&r->errands);
    take_up(r, e);
    r->gone = NULL;
    r->is_over = r->is_lost = r->hangs_up = r->was_refused = r->sends_literal = false;
    r->n_sessions++;
    r->conn = tcp_connect(r->host, r->server, e->by == MAIL_BY_POP3 ? POP3_PORT : IMAP_PORT, &app, r);
    r->silence = sched_at(r->sim->sched, r->heard + patience, on_silence, r);
    if (e->by == MAIL_BY_POP3)
        reader_pop3_begin(r);
    else
        reader_imap_begin(r);
}

void mail_reader_do(struct mail_reader *r, const struct mail_errand *from)
{
    uint64_t cause = sched_cause(r->sim->sched);
    struct errand *e = errand_new(r, from);

    reader_trace_ask(r, e);
    e->cause = sched_cause(r->sim->sched);
    if (!r->is_up) {
        reader_trace_fail(r, e, SPAN(N_("The mail program is not running")));
        errand_free(e);
    } else {
        g_queue_push_tail(&r->errands, e);
        if (r->errand == NULL)
            begin_next(r);
        else if (r->imap != NULL)
            reader_imap_interrupt(r);
    }
    sched_set_cause(r->sim->sched, cause);
}

/* ---- The program. */

static void on_start(void *self)
{
    ((struct mail_reader *)self)->is_up = true;
}

/* It follows from what stopped the program; if nobody knows what that was, from the errand. */
static void fail_stopped(struct mail_reader *r, const struct errand *e)
{
    uint64_t cause = sched_cause(r->sim->sched);

    if (e->is_back || e->until != 0)
        return; /* it had been done */
    if (cause == 0)
        sched_set_cause(r->sim->sched, e->cause);
    reader_trace_fail(r, e, SPAN(N_("The mail program was stopped")));
    sched_set_cause(r->sim->sched, cause);
}

/* What was downloaded is on the disk, and stays. */
static void on_stop(void *self)
{
    struct mail_reader *r = self;
    struct errand *e;

    r->is_up = false;
    sched_cancel(r->sim->sched, &r->next);
    if (r->errand != NULL) {
        fail_stopped(r, r->errand);
        tcp_abort(&r->conn);
        end_session(r);
    }
    while ((e = g_queue_pop_head(&r->errands)) != NULL) {
        fail_stopped(r, e);
        errand_free(e);
    }
}

static const char *state_text(const struct mail_reader *r)
{
    return r->pop3 != NULL   ? pop3_client_state_text(pop3_client_state(r->pop3))
           : r->imap != NULL ? imap_client_state_text(imap_client_state(r->imap))
                             : "";
}

static void on_describe(void *self, struct sheet *sheet)
{
    const struct mail_reader *r = self;
    struct table *t;

    reader_device_describe(r, sheet);
    t = sheet_table(sheet, "reading", "Reading", "The mail program is not connected.");
    table_column(t, CELL_TEXT, "user", "user", NULL);
    table_column(t, CELL_TEXT, "method", "by", NULL);
    table_column(t, CELL_TEXT, "state", "state", NULL);
    table_column(t, CELL_TEXT, "folder", "folder", NULL);
    table_column(t, CELL_NUMBER, "waiting", "waiting", "Errands that wait for this one to end.");
    table_column(t, CELL_TEXT, "trouble", "trouble", "What went wrong last.");
    if (r->errand == NULL && r->trouble == NULL)
        return;
    table_row(t);
    table_text(t, "%s", r->user);
    table_text(t, "%s", r->errand != NULL ? reader_by_texts[r->errand->by] : "");
    table_text(t, "%s", state_text(r));
    table_text(t, "%s", r->errand != NULL ? r->errand->folder : "");
    table_number(t, r->errands.length);
    table_text(t, "%s", r->trouble != NULL ? r->trouble : "");
}

unsigned mail_reader_messages(const struct mail_reader *r)
{
    return r->held->len;
}

/* ---- Life. */

struct mail_reader *mail_reader_add(struct net_host *h, const struct mail_reader_spec *spec)
{
    struct mail_reader *r = g_new0(struct mail_reader, 1);

    r->host = h;
    r->sim = net_host_sim(h);
    r->address = g_strdup(spec->address);
    r->user = g_strndup(spec->address, strcspn(spec->address, "@"));
    r->password = g_strdup(spec->password != NULL ? spec->password : "");
    r->server = spec->server;
    r->apop = spec->apop;
    reader_device_init(r);
    r->view = g_array_new(FALSE, TRUE, sizeof(uint32_t));
    r->todo = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    r->done = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    r->out = g_string_new(NULL);
    g_queue_init(&r->errands);
    r->program = (struct net_program){
        .name = g_strdup_printf("reader %s", spec->address),
        .start = on_start,
        .stop = on_stop,
        .describe = on_describe,
        .self = r,
    };
    net_program_add(h, &r->program);
    return r;
}

void mail_reader_free(struct mail_reader **reader)
{
    struct mail_reader *r = *reader;

    *reader = NULL;
    if (r == NULL)
        return;
    while (r->errands.head != NULL)
        errand_free(g_queue_pop_head(&r->errands));
    leave_errand(r);
    errand_free(r->staying);
    pop3_client_free(&r->pop3);
    imap_client_free(&r->imap);
    reader_device_release(r);
    g_array_free(r->view, TRUE);
    g_array_free(r->todo, TRUE);
    g_array_free(r->done, TRUE);
    g_string_free(r->out, TRUE);
    g_free((char *)r->program.name);
    g_free(r->opened);
    g_free(r->trouble);
    g_free(r->address);
    g_free(r->user);
    g_free(r->password);
    g_free(r);
}
