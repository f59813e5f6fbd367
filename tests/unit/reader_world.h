/* tests/unit/reader_world.h: people who read mail: mail servers with POP3 and IMAP, readers on devices, and
 * the trace held to its rules: nothing happens without a cause but what people ask and what breaks, and
 * whatever a person asked of a mail program comes to an end that the person is told of. */
#ifndef READER_WORLD_H
#define READER_WORLD_H

#include "mail_world.h"

#include "mail/access.h"
#include "mail/reader.h"

/* What the rules ask of a record. */
struct rw_record {
    enum event event;
    uint64_t cause, ask; /* ask: the agent.ask that it follows from; 0: none */
    const char *host;    /* lives as long as the net */
    bool is_read;        /* of agent.ask: what=read */
    bool is_ended;       /* of agent.ask */
};

struct reader_world {
    struct mail_world w;
    GPtrArray *access, *readers;
    GArray *records; /* of struct rw_record, by seq */
    GString *said;   /* what came of errands, in short: see rw_say */
    unsigned fails;
};

/* ---- The trace. */

static inline struct rw_record *rw_record(struct reader_world *rw, uint64_t seq)
{
    return &g_array_index(rw->records, struct rw_record, seq - 1);
}

static inline const char *rw_text(const struct record *r, enum key key)
{
    static char texts[4][256];
    static unsigned next;
    char buf[FIELD_BUF_MAX], *text = texts[next++ % 4];
    const struct field *f = record_field(r, key);
    struct span s = f != NULL ? field_text(f, buf) : SPAN("");

    g_snprintf(text, sizeof texts[0], "%.*s", (int)s.len, s.len > 0 ? s.at : "");
    return text;
}

/* "check 2/1; read m1; flags INBOX/1 \Seen; delete INBOX/1; fail NO …" */
static inline void rw_say(struct reader_world *rw, const struct record *r)
{
    size_t before = rw->said->len;

    if (r->event == EV_AGENT_CHECK)
        g_string_append_printf(rw->said, "check %s %s/%s", rw_text(r, KEY_FOLDER), rw_text(r, KEY_COUNT),
                               rw_text(r, KEY_NEW));
    else if (r->event == EV_AGENT_READ)
        g_string_append_printf(rw->said, "read%s m%u",
                               strcmp(rw_text(r, KEY_WHAT), "headers") == 0 ? " header of" : "",
                               (unsigned)r->mail);
    else if (r->event == EV_AGENT_FOUND)
        g_string_append_printf(rw->said, "found %s", rw_text(r, KEY_ANSWER));
    else if (r->event == EV_AGENT_FAIL)
        g_string_append_printf(rw->said, "fail %s", rw_text(r, KEY_LINE));
    else if (r->event == EV_MAILBOX_DELETE)
        g_string_append_printf(rw->said, "delete %s/%s", rw_text(r, KEY_FOLDER), rw_text(r, KEY_UID));
    else if (r->event == EV_MAILBOX_FLAGS)
        g_string_append_printf(rw->said, "flags %s/%s %s", rw_text(r, KEY_FOLDER), rw_text(r, KEY_UID),
                               rw_text(r, KEY_FLAGS));
    else if (r->event == EV_MAILBOX_COPY)
        g_string_append_printf(rw->said, "copy %s/%s to %s/%s", rw_text(r, KEY_FOLDER), rw_text(r, KEY_UID),
                               rw_text(r, KEY_INTO), rw_text(r, KEY_INTO_UID));
    else if (r->event == EV_MAILBOX_FOLDER)
        g_string_append_printf(rw->said, "%s %s%s%s", rw_text(r, KEY_WHAT), rw_text(r, KEY_FOLDER),
                               record_field(r, KEY_INTO) != NULL ? " to " : "", rw_text(r, KEY_INTO));
    if (rw->said->len > before)
        g_string_append(rw->said, "; ");
}

static inline bool rw_ends_an_ask(const struct record *r)
{
    return r->event == EV_AGENT_CHECK || r->event == EV_AGENT_READ || r->event == EV_AGENT_FOUND ||
           r->event == EV_AGENT_FAIL || r->event == EV_MAILBOX_DELETE || r->event == EV_MAILBOX_FLAGS ||
           r->event == EV_MAILBOX_COPY || r->event == EV_MAILBOX_FOLDER;
}

/* A folder that was subscribed to, a flag that was set already: nothing changes, and the server says OK. */
static inline bool rw_is_an_ok(const struct record *r)
{
    const char *line = rw_text(r, KEY_LINE);

    return r->event == EV_IMAP_REPLY &&
           (strstr(line, "OK UID STORE completed") != NULL || strstr(line, "OK SUBSCRIBE completed") != NULL);
}

static inline void rw_on_record(void *self, const struct record *r)
{
    struct reader_world *rw = self;
    struct rw_record x = { .event = r->event, .cause = r->cause, .host = r->host };

    assert_int_equal(r->seq, rw->records->len + 1);
    if (r->cause == 0 && r->event != EV_AGENT_ASK && r->event != EV_AGENT_COMPOSE &&
        r->event != EV_FAULT_BEGIN && r->event != EV_FAULT_END)
        fail_msg("%s on %s has no cause", event_names[r->event], r->host);
    assert_true(r->cause < r->seq);
    x.is_read = r->event == EV_AGENT_ASK && strcmp(rw_text(r, KEY_WHAT), "read") == 0;
    x.ask = r->event == EV_AGENT_ASK ? r->seq : r->cause != 0 ? rw_record(rw, r->cause)->ask : 0;
    g_array_append_val(rw->records, x);
    if (x.ask != 0 &&
        (r->event == EV_AGENT_CHECK || r->event == EV_AGENT_READ || r->event == EV_AGENT_FOUND) &&
        strcmp(rw_record(rw, x.ask)->host, r->host) == 0 &&
        rw_record(rw, x.ask)->is_read != (r->event != EV_AGENT_FOUND))
        fail_msg("%s on %s follows from another errand", event_names[r->event], r->host);
    if (x.ask != 0 && (rw_ends_an_ask(r) || rw_is_an_ok(r)))
        rw_record(rw, x.ask)->is_ended = true;
    /* What stopped the program, or the server's, is why it failed: that is one of those not ended yet. */
    for (guint i = 0; r->event == EV_AGENT_FAIL && x.ask == 0 && i < rw->records->len; i++) {
        struct rw_record *ask = &g_array_index(rw->records, struct rw_record, i);

        if (ask->event == EV_AGENT_ASK && !ask->is_ended && strcmp(ask->host, r->host) == 0) {
            ask->is_ended = true;
            break;
        }
    }
    rw->fails += r->event == EV_AGENT_FAIL;
    rw_say(rw, r);
}

static inline void rw_expect_all_ended(struct reader_world *rw, const char *name)
{
    for (guint i = 0; i < rw->records->len; i++) {
        const struct rw_record *x = &g_array_index(rw->records, struct rw_record, i);

        if (x->event == EV_AGENT_ASK && !x->is_ended)
            fail_msg("%s: the errand of record %u on %s came to no end", name, i + 1, x->host);
    }
}

/* What came of errands since the last time. */
static inline void rw_expect(struct reader_world *rw, const char *name, const char *expected)
{
    if (g_str_has_suffix(rw->said->str, "; "))
        g_string_truncate(rw->said, rw->said->len - 2);
    if (strcmp(rw->said->str, expected) != 0)
        fail_msg("%s: got\n%s\nexpected\n%s", name, rw->said->str, expected);
    g_string_truncate(rw->said, 0);
}

/* ---- The world. */

static inline void rw_init(struct reader_world *rw, uint64_t seed, const char *zone)
{
    *rw = (struct reader_world){ .said = g_string_new(NULL) };
    mw_init_seeded(&rw->w, seed, zone);
    rw->access = g_ptr_array_new();
    rw->readers = g_ptr_array_new();
    rw->records = g_array_new(FALSE, FALSE, sizeof(struct rw_record));
    trace_listen(&rw->w.sim.trace, rw_on_record, rw);
}

static inline void rw_release(struct reader_world *rw)
{
    mw_audit(&rw->w);
    net_free(&rw->w.net);
    for (guint i = 0; i < rw->access->len; i++)
        mail_access_free(&(struct mail_access *){ rw->access->pdata[i] });
    for (guint i = 0; i < rw->readers->len; i++)
        mail_reader_free(&(struct mail_reader *){ rw->readers->pdata[i] });
    g_ptr_array_free(rw->access, TRUE);
    g_ptr_array_free(rw->readers, TRUE);
    g_array_free(rw->records, TRUE);
    g_string_free(rw->said, TRUE);
    mw_release(&rw->w);
}

/* A mail server whose users have their names as passwords, with POP3 (with APOP, too) and IMAP. */
static inline struct mail_server *rw_server(struct reader_world *rw, const char *host, const char *ip,
                                            const char *domain, const char *users)
{
    struct mail_server *server = mw_server(&rw->w, host, ip, domain, users, NULL);
    struct mail_access_spec spec = { .local = mail_server_local(server), .apop = true };
    char **user = g_strsplit(users, " ", 0);

    for (char **u = user; *u != NULL; u++)
        assert_true(mail_server_set_password(server, *u, *u));
    g_strfreev(user);
    g_ptr_array_add(rw->access, mail_access_pop3(net_host_find(rw->w.net, host), &spec));
    g_ptr_array_add(rw->access, mail_access_imap(net_host_find(rw->w.net, host), &spec));
    return server;
}

/* On a host that is there, or a new one. */
static inline struct mail_reader *rw_reader(struct reader_world *rw, const char *host, const char *ip,
                                            const char *address, const char *server_ip)
{
    struct net_host *h = net_host_find(rw->w.net, host);
    char *user = g_strndup(address, strcspn(address, "@"));
    struct mail_reader *r = mail_reader_add(h != NULL ? h : mw_host(&rw->w, host, ip),
                                            &(struct mail_reader_spec){
                                                .address = address,
                                                .password = user,
                                                .server = mw_ip(server_ip),
                                            });

    g_free(user);
    g_ptr_array_add(rw->readers, r);
    return r;
}

static inline void rw_ask(struct reader_world *rw, struct mail_reader *r, const struct mail_errand *e)
{
    sched_set_cause(rw->w.sim.sched, 0);
    mail_reader_do(r, e);
    assert_int_equal(sched_cause(rw->w.sim.sched), 0);
}

static inline uint32_t rw_send(struct reader_world *rw, struct mail_agent *a, const char *to,
                               const char *subject)
{
    sched_set_cause(rw->w.sim.sched, 0);
    return mw_send(a, to, subject);
}

/* What breaks is the cause of what follows. */
static inline void rw_fault(struct reader_world *rw, const char *what)
{
    struct trace *t = &rw->w.sim.trace;
    struct record *r;

    sched_set_cause(rw->w.sim.sched, 0);
    r = trace_begin(t, EV_FAULT_BEGIN, "internet");
    trace_text(r, KEY_WHAT, span_of(what));
    trace_end(t);
}

static inline void rw_up(struct reader_world *rw, const char *host, bool up)
{
    rw_fault(rw, "down");
    net_host_set_up(net_host_find(rw->w.net, host), up);
}

static inline void rw_program_up(struct reader_world *rw, const char *host, const char *program, bool up)
{
    rw_fault(rw, "stop");
    assert_true(net_program_set_up(net_host_find(rw->w.net, host), program, up));
}

static inline void rw_link_up(struct reader_world *rw, const char *host, bool up)
{
    struct net *n = rw->w.net;

    rw_fault(rw, "cut");
    net_link_set_up(net_link_between(n, net_host_find(n, host), rw->w.router), up);
}

static inline unsigned rw_sessions(const struct reader_world *rw)
{
    unsigned n = 0;

    for (guint i = 0; i < rw->access->len; i++)
        n += mail_access_sessions(rw->access->pdata[i]);
    return n;
}

static inline gint rw_by_uid(gconstpointer a, gconstpointer b)
{
    return (gint)strtol(*(char *const *)a, NULL, 10) - (gint)strtol(*(char *const *)b, NULL, 10);
}

static inline const char *rw_cell(const struct table *t, guint row, guint column)
{
    return g_array_index((GArray *)t->rows->pdata[row], struct cell, column).text;
}

static inline char *rw_line(const char *id, const char *flags)
{
    char **parts = g_strsplit(flags, "\\Recent", 2);
    char *all = g_strjoinv("", parts), *line = g_strdup_printf("%s %s", id, g_strstrip(all));

    g_strfreev(parts);
    g_free(all);
    return g_strchomp(line);
}

/* What a device shows of a user's folder by IMAP, "1 \\Seen; 4; ", in the order of uids, without \\Recent,
 * which is each session's own. To be freed. */
static inline char *rw_shown(struct reader_world *rw, const char *host, const char *user, const char *folder)
{
    enum { USER, METHOD, FOLDER, ID, FLAGS = 7 };
    struct sheet *s = sheet_new(host);
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    GString *out = g_string_new(NULL);

    net_host_describe(net_host_find(rw->w.net, host), s);
    for (guint i = 0; i < s->tables->len; i++) {
        const struct table *t = s->tables->pdata[i];

        for (guint k = 0; strcmp(t->key, "device") == 0 && k < t->rows->len; k++)
            if (strcmp(rw_cell(t, k, USER), user) == 0 && strcmp(rw_cell(t, k, METHOD), "imap") == 0 &&
                strcmp(rw_cell(t, k, FOLDER), folder) == 0)
                g_ptr_array_add(lines, rw_line(rw_cell(t, k, ID), rw_cell(t, k, FLAGS)));
    }
    g_ptr_array_sort(lines, rw_by_uid);
    for (guint i = 0; i < lines->len; i++)
        g_string_append_printf(out, "%s; ", (const char *)lines->pdata[i]);
    g_ptr_array_free(lines, TRUE);
    sheet_free(&s);
    return g_string_free(out, FALSE);
}

/* The same of what is on the server; \Recent is each session's own. */
static inline char *rw_stored(const struct mail_server *server, const char *user, const char *folder)
{
    struct mail_box *box = mail_local_user(mail_server_local((struct mail_server *)server), span_of(user));
    const struct mail_folder *f = mail_folder_find(box, span_of(folder));
    GString *out = g_string_new(NULL);

    for (unsigned i = 0; f != NULL && i < f->n; i++) {
        size_t before;

        g_string_append_printf(out, "%u ", (unsigned)f->messages[i].uid);
        before = out->len;
        mail_flags_text(f, f->messages[i].flags, out);
        if (out->len == before)
            g_string_truncate(out, before - 1);
        g_string_append(out, "; ");
    }
    return g_string_free(out, FALSE);
}

#endif
