#include "mail/reader_internal.h"

#include <stdlib.h>

static const sim_time patience = 5 * SIM_MINUTE; /* with a silent server */

/* ---- What the device holds. */

static char *key_of(enum mail_by by, const char *folder, const char *id)
{
    return g_strdup_printf("%d %s %s", (int)by, folder, id);
}

struct held *reader_held(const struct mail_reader *r, enum mail_by by, const char *folder, const char *id)
{
    char *key = key_of(by, folder, id);
    struct held *h = g_hash_table_lookup(r->by_key, key);

    g_free(key);
    return h;
}

struct held *reader_hold(struct mail_reader *r, enum mail_by by, const char *folder, const char *id)
{
    struct held *h = reader_held(r, by, folder, id);

    if (h != NULL)
        return h;
    h = g_new0(struct held, 1);
    h->by = by;
    h->folder = g_strdup(folder);
    h->id = g_strdup(id);
    h->key = key_of(by, folder, id);
    g_ptr_array_add(r->held, h);
    g_hash_table_insert(r->by_key, h->key, h);
    return h;
}

void reader_drop(struct mail_reader *r, struct held *h)
{
    if (h == NULL)
        return;
    g_hash_table_remove(r->by_key, h->key);
    g_ptr_array_remove(r->held, h);
}

static void held_free(gpointer data)
{
    struct held *h = data;

    g_free(h->folder);
    g_free(h->id);
    g_free(h->key);
    g_free(h->from);
    g_free(h->subject);
    g_free(h->flags);
    g_free(h);
}

/* "m7" of "<m7.1772442000@crepes.fr>", as our own programs name what they compose; 0: another's. */
static uint32_t mail_of(struct span message_id)
{
    char digits[12] = "";
    uint64_t n = 0;
    size_t len = 0;

    if (message_id.len < 4 || message_id.at[0] != '<' || message_id.at[1] != 'm')
        return 0;
    while (len + 2 < message_id.len && len < sizeof digits - 1 && g_ascii_isdigit(message_id.at[len + 2]))
        len++;
    if (len == 0 || message_id.at[len + 2] != '.')
        return 0;
    return span_number(span_bytes(message_id.at + 2, len), UINT32_MAX, &n) ? (uint32_t)n : 0;
}

void reader_keep(struct mail_reader *r, struct held *h, struct span text, bool whole)
{
    const struct mail_message m = { .data = text };
    GString *field = g_string_new(NULL);

    mime_header_text(mail_message_field(&m, "From"), field);
    g_free(h->from);
    h->from = g_strdup(field->str);
    g_string_truncate(field, 0);
    mime_header_text(mail_message_field(&m, "Subject"), field);
    g_free(h->subject);
    h->subject = g_string_free(field, FALSE);
    h->whole |= whole;
    h->fetched = text.len;
    h->when = sim_now(r->sim);
    uint32_t mail = mail_of(mail_message_field(&m, "Message-ID"));
    if (mail != 0)
        h->mail = mail;
}

/* ---- Trace. */

static const char *const by_texts[] = { "pop3", "imap" };

static struct record *begin_record(const struct mail_reader *r, enum event event)
{
    struct record *rec = trace_begin(&r->sim->trace, event, net_host_name(r->host));

    if (r->conn != NULL) {
        rec->peer = tcp_peer_name(r->conn);
        rec->conn = tcp_id(r->conn);
    }
    return rec;
}

static struct record *begin_own(const struct mail_reader *r, enum event event)
{
    struct record *rec = trace_begin(&r->sim->trace, event, net_host_name(r->host));

    trace_text(rec, KEY_USER, span_of(r->user));
    trace_text(rec, KEY_METHOD, span_of(by_texts[r->errand->by]));
    return rec;
}

static const char *what_text(enum mail_errand_kind kind)
{
    static const char *const texts[] = { "read",      "make_folder", "rename_folder", "delete_folder",
                                         "subscribe", "unsubscribe", "move",          "copy",
                                         "flag",      "search",      "delete" };

    return texts[kind];
}

static void trace_ask(struct mail_reader *r)
{
    const struct errand *e = r->errand;
    struct record *rec;

    if (!trace_on(&r->sim->trace))
        return;
    rec = begin_own(r, EV_AGENT_ASK);
    trace_text(rec, KEY_WHAT, span_of(what_text(e->kind)));
    trace_text(rec, KEY_FOLDER, span_of(e->folder));
    if (e->to != NULL)
        trace_text(rec, KEY_INTO, span_of(e->to));
    if (e->kind == MAIL_FLAG || e->which != NULL)
        trace_text(rec, KEY_TARGET, span_of(e->kind == MAIL_FLAG ? e->flags : e->which));
    trace_end(&r->sim->trace);
}

void reader_trace_check(struct mail_reader *r, unsigned count, unsigned fresh)
{
    struct record *rec;

    if (!trace_on(&r->sim->trace))
        return;
    rec = begin_own(r, EV_AGENT_CHECK);
    trace_text(rec, KEY_FOLDER, span_of(r->errand->folder));
    trace_number(rec, KEY_COUNT, count);
    trace_number(rec, KEY_NEW, fresh);
    trace_time(rec, KEY_TOOK, sim_now(r->sim) - r->began);
    trace_end(&r->sim->trace);
}

/* How long `octets` would take on the way: in full segments, at the slowest link's rate. */
static sim_time time_of(const struct mail_reader *r, size_t octets)
{
    enum { SEGMENT = 1460, HEADERS = 40 };
    struct net_host *server = net_host_at(net_host_net(r->host), r->server);
    uint64_t rate = server != NULL ? net_path_rate(server, r->host) : 0;
    uint64_t bits = 8 * ((uint64_t)octets + (octets + SEGMENT - 1) / SEGMENT * HEADERS);

    if (rate == 0)
        return 0;
    return (sim_time)(bits / rate) * SIM_SECOND + (sim_time)(bits % rate * (uint64_t)SIM_SECOND / rate);
}

void reader_trace_read(struct mail_reader *r, const struct held *h, bool whole)
{
    size_t saved = h->size > h->fetched ? h->size - h->fetched : 0;
    uint64_t cause = sched_cause(r->sim->sched);
    const char *digits = strrchr(h->id, '.');
    struct record *rec;

    if (!trace_on(&r->sim->trace))
        return;
    rec = begin_own(r, EV_AGENT_READ);
    rec->mail = h->mail;
    trace_text(rec, KEY_FOLDER, span_of(h->folder));
    trace_number(rec, KEY_UID, (int64_t)strtoul(digits != NULL ? digits + 1 : h->id, NULL, 10));
    trace_text(rec, KEY_SENDER, span_of(h->from));
    trace_text(rec, KEY_SUBJECT, span_of(h->subject));
    trace_text(rec, KEY_WHAT, whole ? SPAN("message") : SPAN("headers"));
    trace_number(rec, KEY_SIZE, (int64_t)h->size);
    trace_number(rec, KEY_FETCHED, (int64_t)h->fetched);
    if (!whole) {
        trace_number(rec, KEY_SAVED, (int64_t)saved);
        trace_time(rec, KEY_SAVED_S, time_of(r, saved));
    }
    trace_end(&r->sim->trace);
    sched_set_cause(r->sim->sched, cause);
}

void reader_trace_found(struct mail_reader *r, const uint32_t *found, unsigned n)
{
    GString *list = g_string_new(NULL);
    struct record *rec;

    for (unsigned i = 0; i < n; i++)
        g_string_append_printf(list, "%s%u", i > 0 ? ", " : "", (unsigned)found[i]);
    if (trace_on(&r->sim->trace)) {
        rec = trace_begin(&r->sim->trace, EV_AGENT_FOUND, net_host_name(r->host));
        trace_text(rec, KEY_USER, span_of(r->user));
        trace_text(rec, KEY_FOLDER, span_of(r->errand->folder));
        trace_text(rec, KEY_SEARCH, span_of(r->errand->which));
        trace_number(rec, KEY_COUNT, n);
        trace_text(rec, KEY_ANSWER, span_of(list->str));
        trace_end(&r->sim->trace);
    }
    g_string_free(list, TRUE);
}

void reader_fail(struct mail_reader *r, struct span line)
{
    struct record *rec;

    g_free(r->trouble);
    r->trouble = g_strndup(line.at, line.len);
    if (!trace_on(&r->sim->trace))
        return;
    rec = begin_own(r, EV_AGENT_FAIL);
    trace_text(rec, KEY_LINE, span_of(r->trouble));
    trace_end(&r->sim->trace);
}

void reader_trace_state(struct mail_reader *r, enum event event, const char *before, const char *now)
{
    struct record *rec;

    if (!trace_on(&r->sim->trace) || r->conn == NULL)
        return;
    rec = begin_record(r, event);
    trace_text(rec, KEY_ROLE, SPAN("client"));
    trace_text(rec, KEY_STATE, span_of(now));
    trace_text(rec, KEY_BEFORE, span_of(before));
    trace_end(&r->sim->trace);
}

/* A command as it goes out. IMAP's has a tag before its verb, and UID is half a verb; what answers a "+" has
 * none. */
static void trace_command(struct mail_reader *r, struct span line)
{
    struct span rest = line, tag = { "", 0 }, verb;
    char *capitals;
    struct record *rec;

    if (r->imap != NULL) {
        tag = span_take_word(&rest);
        if (rest.len == 0) { /* DONE ends an IDLE */
            rest = tag;
            tag = (struct span){ "", 0 };
        }
    }
    verb = span_take_word(&rest);
    if (r->imap != NULL && span_is_nocase(verb, SPAN("UID"))) {
        struct span second = span_take_word(&rest);

        verb.len = (size_t)(second.at + second.len - verb.at);
    }
    capitals = g_ascii_strup(verb.at, (gssize)verb.len);
    rec = begin_record(r, r->imap != NULL ? EV_IMAP_COMMAND : EV_POP3_COMMAND);
    if (r->imap != NULL)
        trace_text(rec, KEY_TAG, tag);
    trace_text(rec, KEY_VERB, span_of(capitals));
    trace_text(rec, KEY_LINE, line);
    trace_end(&r->sim->trace);
    g_free(capitals);
}

void reader_flush(struct mail_reader *r)
{
    GString *out = r->out;
    const char *end;

    if (out->len == 0 || r->conn == NULL)
        return;
    end = memchr(out->str, '\r', out->len);
    if (trace_on(&r->sim->trace) && !r->sends_literal)
        trace_command(r, span_bytes(out->str, end != NULL ? (size_t)(end - out->str) : out->len));
    r->sends_literal = out->len >= 3 && memcmp(out->str + out->len - 3, "}\r\n", 3) == 0;
    tcp_send(r->conn, span_bytes(out->str, out->len));
    g_string_truncate(out, 0);
}

/* ---- Errands, one after the other. */

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

static void begin_next(struct mail_reader *r);

static void on_next(void *self)
{
    begin_next(self);
}

/* The session has ended, in whatever way. The next errand begins in an event of its own. */
static void end_session(struct mail_reader *r)
{
    sched_cancel(r->sim->sched, &r->timer);
    sched_cancel(r->sim->sched, &r->stay);
    if (r->conn != NULL)
        tcp_detach(&r->conn);
    pop3_client_free(&r->pop3);
    imap_client_free(&r->imap);
    r->is_over = r->sends_literal = false;
    r->stay_until = 0;
    g_clear_pointer(&r->stay_folder, g_free);
    g_string_truncate(r->out, 0);
    errand_free(g_steal_pointer(&r->errand));
    if (r->errands.head != NULL && r->is_up)
        r->next = sched_at(r->sim->sched, sim_now(r->sim), on_next, r);
}

void reader_settle(struct mail_reader *r)
{
    reader_flush(r);
    if (r->is_over || (r->pop3 != NULL && pop3_client_is_over(r->pop3)) ||
        (r->imap != NULL && imap_client_is_over(r->imap)))
        end_session(r);
}

void reader_hang_up(struct mail_reader *r)
{
    reader_flush(r);
    if (r->conn != NULL)
        tcp_abort(&r->conn);
    r->is_over = true;
}

/* ---- The connection. */

static void on_silence(void *self)
{
    struct mail_reader *r = self;

    if (r->imap != NULL &&
        imap_client_state(r->imap) == IMAP_C_IDLE) { /* it is we who wait, not the server */
        r->timer = sched_at(r->sim->sched, sim_now(r->sim) + patience, on_silence, r);
        return;
    }
    if (sim_now(r->sim) < r->heard + patience) {
        r->timer = sched_at(r->sim->sched, r->heard + patience, on_silence, r);
        return;
    }
    reader_fail(r, SPAN("The server says nothing"));
    reader_hang_up(r);
    end_session(r);
}

static void on_tcp_open(void *self, struct tcp_conn *conn)
{
    struct mail_reader *r = self;

    (void)conn;
    r->heard = sim_now(r->sim);
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

static void broken(struct mail_reader *r)
{
    if (r->pop3 != NULL)
        pop3_client_broken(r->pop3);
    else if (r->imap != NULL)
        imap_client_broken(r->imap);
    r->is_over = true;
    reader_settle(r);
}

static void on_tcp_eof(void *self, struct tcp_conn *conn)
{
    (void)conn;
    broken(self);
}

static void on_tcp_gone(void *self, struct tcp_conn *conn, enum tcp_gone why)
{
    static const char *const lines[] = {
        [TCP_DONE] = "The connection ended",
        [TCP_REFUSED] = "The connection was refused",
        [TCP_RESET] = "The connection was reset",
        [TCP_TIMEOUT] = "The server does not answer",
        [TCP_UNREACHABLE] = "There is no way to the server",
    };
    struct mail_reader *r = self;

    (void)conn;
    r->gone = lines[why];
    r->conn = NULL;
    broken(r);
}

static const struct tcp_app app = {
    .on_open = on_tcp_open,
    .on_data = on_tcp_data,
    .on_eof = on_tcp_eof,
    .on_gone = on_tcp_gone,
};

static void begin_next(struct mail_reader *r)
{
    const struct errand *e;

    r->next = (struct sched_handle){ 0 };
    if (r->errand != NULL)
        return;
    e = r->errand = g_queue_pop_head(&r->errands);
    if (e == NULL)
        return;
    if (e->cause != 0)
        sched_set_cause(r->sim->sched, e->cause);
    r->began = r->heard = sim_now(r->sim);
    r->gone = NULL;
    trace_ask(r);
    r->conn = tcp_connect(r->host, r->server, e->by == MAIL_BY_POP3 ? POP3_PORT : IMAP_PORT, &app, r);
    r->timer = sched_at(r->sim->sched, r->heard + patience, on_silence, r);
    if (e->by == MAIL_BY_POP3)
        reader_pop3_begin(r);
    else
        reader_imap_begin(r);
}

static struct errand *errand_new(const struct mail_reader *r, const struct mail_errand *from)
{
    struct errand *e = g_new0(struct errand, 1);

    e->kind = from->kind;
    e->by = from->kind == MAIL_READ ? from->by : MAIL_BY_IMAP;
    e->folder = g_strdup(from->folder != NULL ? from->folder : "INBOX");
    e->to = g_strdup(from->to);
    e->which = g_strdup(from->which);
    e->flags = g_strdup(from->flags != NULL ? from->flags : "\\Flagged");
    e->password = g_strdup(from->password != NULL ? from->password : r->password);
    e->off = from->off;
    e->headers = from->headers;
    e->remove = from->remove;
    e->leave_unread = from->leave_unread;
    e->hang_up = from->hang_up;
    e->stay = from->stay;
    e->cause = sched_cause(r->sim->sched);
    return e;
}

void mail_reader_do(struct mail_reader *r, const struct mail_errand *from)
{
    struct errand *e = errand_new(r, from);

    if (!r->is_up) {
        struct errand *running = r->errand;

        r->errand = e;
        trace_ask(r);
        reader_fail(r, SPAN("The mail program is not running"));
        r->errand = running;
        errand_free(e);
        return;
    }
    g_queue_push_tail(&r->errands, e);
    if (r->errand == NULL)
        begin_next(r);
    else if (r->imap != NULL && e->by == MAIL_BY_IMAP)
        reader_imap_interrupt(r);
}

bool reader_take_next(struct mail_reader *r)
{
    struct errand *next = g_queue_peek_head(&r->errands);

    if (next == NULL || next->by != MAIL_BY_IMAP || g_strcmp0(next->password, r->errand->password) != 0)
        return false;
    errand_free(r->errand);
    r->errand = g_queue_pop_head(&r->errands);
    r->began = sim_now(r->sim);
    trace_ask(r);
    return true;
}

/* ---- The program. */

static void on_start(void *self)
{
    ((struct mail_reader *)self)->is_up = true;
}

/* What was downloaded is on the disk, and stays. */
static void on_stop(void *self)
{
    struct mail_reader *r = self;

    r->is_up = false;
    sched_cancel(r->sim->sched, &r->next);
    if (r->errand != NULL) {
        reader_fail(r, SPAN("The mail program was stopped"));
        if (r->conn != NULL)
            tcp_abort(&r->conn);
        end_session(r);
    }
    while (r->errands.head != NULL)
        errand_free(g_queue_pop_head(&r->errands));
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
    struct table *t = sheet_table(sheet, "device", "Mail on this device", "Nothing has been read here.");

    table_column(t, CELL_TEXT, "user", "user", "Whose mail it is.");
    table_column(t, CELL_TEXT, "method", "by",
                 "By POP3 it was downloaded; by IMAP it is shown as the server has it.");
    table_column(t, CELL_TEXT, "folder", "folder", NULL);
    table_column(t, CELL_TEXT, "id", "id", "The server's name for it there.");
    table_column(t, CELL_TEXT, "mail", "mail", "Its name in the trace.");
    table_column(t, CELL_TEXT, "from", "from", NULL);
    table_column(t, CELL_TEXT, "subject", "subject", NULL);
    table_column(t, CELL_TEXT, "flags", "flags", NULL);
    table_column(t, CELL_NUMBER, "size", "octets", NULL);
    table_column(t, CELL_NUMBER, "fetched", "fetched", "Octets of it that came over the wire.");
    for (guint i = 0; i < r->held->len; i++) {
        const struct held *h = r->held->pdata[i];

        table_row(t);
        table_text(t, "%s", r->user);
        table_text(t, "%s", by_texts[h->by]);
        table_text(t, "%s", h->folder);
        table_text(t, "%s", h->id);
        table_text(t, h->mail != 0 ? "m%u" : "", (unsigned)h->mail);
        table_text(t, "%s", h->from != NULL ? h->from : "");
        table_text(t, "%s", h->subject != NULL ? h->subject : "");
        table_text(t, "%s", h->flags != NULL ? h->flags : "");
        table_number(t, (int64_t)h->size);
        table_number(t, (int64_t)h->fetched);
    }
    t = sheet_table(sheet, "reading", "Reading", "The mail program is not connected.");
    table_column(t, CELL_TEXT, "user", "user", NULL);
    table_column(t, CELL_TEXT, "method", "by", NULL);
    table_column(t, CELL_TEXT, "state", "state", NULL);
    table_column(t, CELL_TEXT, "folder", "folder", NULL);
    table_column(t, CELL_NUMBER, "waiting", "waiting", "Errands that wait for this one to end.");
    if (r->errand == NULL)
        return;
    table_row(t);
    table_text(t, "%s", r->user);
    table_text(t, "%s", by_texts[r->errand->by]);
    table_text(t, "%s", state_text(r));
    table_text(t, "%s", r->errand->folder);
    table_number(t, (int64_t)g_queue_get_length((GQueue *)&r->errands));
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
    r->server_name = g_strdup(spec->server_name);
    r->server = spec->server;
    r->apop = spec->apop;
    r->held = g_ptr_array_new_with_free_func(held_free);
    r->by_key = g_hash_table_new(g_str_hash, g_str_equal);
    r->validity = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
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

    if (r == NULL)
        return;
    while (r->errands.head != NULL)
        errand_free(g_queue_pop_head(&r->errands));
    errand_free(r->errand);
    pop3_client_free(&r->pop3);
    imap_client_free(&r->imap);
    g_hash_table_destroy(r->by_key);
    g_hash_table_destroy(r->validity);
    g_ptr_array_free(r->held, TRUE);
    g_array_free(r->view, TRUE);
    g_array_free(r->todo, TRUE);
    g_array_free(r->done, TRUE);
    g_string_free(r->out, TRUE);
    g_free((char *)r->program.name);
    g_free(r->stay_folder);
    g_free(r->trouble);
    g_free(r->address);
    g_free(r->user);
    g_free(r->password);
    g_free(r->server_name);
    g_free(r);
    *reader = NULL;
}
