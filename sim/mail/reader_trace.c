/* A reader's records: what the person asked, what goes over the wire, what came of it. */
#include "mail/mime_tell.h"
#include "mail/reader_internal.h"

#include <stdlib.h>

static struct trace *trace_of(const struct mail_reader *r)
{
    return &r->sim->trace;
}

/* Of the session. */
static struct record *begin_record(const struct mail_reader *r, enum event event)
{
    struct record *rec = trace_begin(trace_of(r), event, net_host_name(r->host));

    if (r->conn != NULL) {
        rec->peer = tcp_peer_name(r->conn);
        rec->conn = tcp_id(r->conn);
    }
    return rec;
}

/* Of the person. */
static struct record *begin_own(const struct mail_reader *r, const struct errand *e, enum event event)
{
    struct record *rec = trace_begin(trace_of(r), event, net_host_name(r->host));

    trace_text(rec, KEY_USER, span_of(r->user));
    trace_text(rec, KEY_METHOD, span_of(reader_by_texts[e->by]));
    return rec;
}

static const char *what_text(enum mail_errand_kind kind)
{
    static const char *const texts[] = { "read",      "make_folder", "rename_folder", "delete_folder",
                                         "subscribe", "unsubscribe", "move",          "copy",
                                         "flag",      "search",      "delete" };

    return texts[kind];
}

static bool has_target(enum mail_errand_kind kind)
{
    return kind == MAIL_RENAME_FOLDER || kind == MAIL_MOVE || kind == MAIL_COPY;
}

void reader_trace_ask(struct mail_reader *r, const struct errand *e)
{
    struct record *rec;

    if (!trace_on(trace_of(r)))
        return;
    rec = begin_own(r, e, EV_AGENT_ASK);
    trace_text(rec, KEY_WHAT, span_of(what_text(e->kind)));
    trace_text(rec, KEY_FOLDER, span_of(e->folder));
    if (has_target(e->kind))
        trace_text(rec, KEY_INTO, span_of(e->to));
    if (e->kind == MAIL_FLAG)
        trace_format(trace_of(r), KEY_TARGET, "%s%s", e->off ? "-" : "", e->flags);
    else if (e->which != NULL)
        trace_text(rec, KEY_TARGET, span_of(e->which));
    trace_end(trace_of(r));
}

void reader_trace_fail(struct mail_reader *r, const struct errand *e, struct span line)
{
    struct record *rec;

    if (!trace_on(trace_of(r)))
        return;
    rec = begin_own(r, e, EV_AGENT_FAIL);
    trace_text(rec, KEY_LINE, line);
    trace_end(trace_of(r));
}

void reader_trace_check(struct mail_reader *r, unsigned count, unsigned fresh)
{
    struct record *rec;

    if (!trace_on(trace_of(r)))
        return;
    rec = begin_own(r, r->errand, EV_AGENT_CHECK);
    trace_text(rec, KEY_FOLDER, span_of(r->errand->folder));
    trace_number(rec, KEY_COUNT, count);
    trace_number(rec, KEY_NEW, fresh);
    trace_time(rec, KEY_TOOK, sim_now(r->sim) - r->began);
    trace_end(trace_of(r));
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

/* What the id of a message ends in: of POP3's "1.7", the uid there, as our server makes them. */
static int64_t number_of(const struct held *h)
{
    const char *dot = strrchr(h->id, '.');

    return (int64_t)strtoul(dot != NULL ? dot + 1 : h->id, NULL, 10);
}

void reader_trace_read(struct mail_reader *r, const struct held *h, struct span text, bool whole)
{
    size_t saved = h->size > h->fetched ? h->size - h->fetched : 0;
    uint64_t cause = sched_cause(r->sim->sched);
    struct record *rec;

    if (!trace_on(trace_of(r)))
        return;
    rec = begin_own(r, r->errand, EV_AGENT_READ);
    rec->mail = h->mail;
    trace_text(rec, KEY_FOLDER, span_of(h->folder));
    trace_number(rec, KEY_UID, number_of(h));
    trace_text(rec, KEY_SENDER, span_of(h->from));
    trace_text(rec, KEY_SUBJECT, span_of(h->subject));
    trace_text(rec, KEY_WHAT, whole ? SPAN("message") : SPAN("headers"));
    trace_number(rec, KEY_SIZE, (int64_t)h->size);
    trace_number(rec, KEY_FETCHED, (int64_t)h->fetched);
    if (!whole) {
        trace_number(rec, KEY_SAVED, (int64_t)saved);
        trace_time(rec, KEY_SAVED_S, time_of(r, saved));
    }
    trace_end(trace_of(r));
    if (whole)
        mime_trace(r->sim, EV_MIME_DECODE, net_host_name(r->host), h->mail, text);
    sched_set_cause(r->sim->sched, cause);
}

void reader_trace_found(struct mail_reader *r)
{
    const struct errand *e = r->errand;
    GString *list;
    struct record *rec;

    if (!trace_on(trace_of(r)))
        return;
    list = g_string_new(NULL);
    for (guint i = 0; i < r->done->len; i++)
        g_string_append_printf(list, "%s%u", i > 0 ? ", " : "",
                               (unsigned)g_array_index(r->done, uint32_t, i));
    rec = trace_begin(trace_of(r), EV_AGENT_FOUND, net_host_name(r->host));
    trace_text(rec, KEY_USER, span_of(r->user));
    trace_text(rec, KEY_FOLDER, span_of(e->folder));
    trace_text(rec, KEY_SEARCH, e->which != NULL ? span_of(e->which) : SPAN("ALL"));
    trace_number(rec, KEY_COUNT, r->done->len);
    trace_text(rec, KEY_ANSWER, span_bytes(list->str, list->len));
    trace_end(trace_of(r));
    g_string_free(list, TRUE);
}

void reader_trace_state(struct mail_reader *r, enum event event, const char *before, const char *now)
{
    struct record *rec;

    if (!trace_on(trace_of(r)))
        return;
    rec = begin_record(r, event);
    trace_text(rec, KEY_ROLE, SPAN("client"));
    trace_text(rec, KEY_STATE, span_of(now));
    trace_text(rec, KEY_BEFORE, span_of(before));
    trace_end(trace_of(r));
}

/* IMAP's has a tag before its verb, and UID is half a verb; DONE, which ends an IDLE, has none. */
void reader_trace_command(struct mail_reader *r, struct span line)
{
    struct span rest = line, tag = { "", 0 }, verb;
    char *capitals;
    struct record *rec;

    if (!trace_on(trace_of(r)))
        return;
    if (r->imap != NULL && memchr(line.at, ' ', line.len) != NULL)
        tag = span_take_word(&rest);
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
    trace_end(trace_of(r));
    g_free(capitals);
}
