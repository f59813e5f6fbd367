#include "dns/server_parts.h"

#define IDLE_AFTER (10 * SIM_SECOND) /* RFC 7766 §6.2.3: an idle connection is closed after some seconds */

void dns_stream_free(struct dns_stream *t)
{
    struct dns_server *s = t->server;

    sched_cancel(s->sim->sched, &t->idle);
    DNS_UNLINK(s->streams, t);
    g_byte_array_unref(t->in);
    g_free(t);
}

/* ---- TCP: queries one after the other, answered as the answers come (RFC 7766 §6.2.1.1) */

void dns_stream_close_if_done(struct dns_stream *t)
{
    if (t->eof && t->pending == 0) {
        tcp_detach(&t->tcp);
        dns_stream_free(t);
    }
}

static void on_idle(void *self);

static void await_more(struct dns_stream *t)
{
    struct sched *sched = t->server->sim->sched;

    sched_cancel(sched, &t->idle);
    t->idle = sched_at(sched, sched_now(sched) + IDLE_AFTER, on_idle, t);
}

static void on_idle(void *self)
{
    struct dns_stream *t = self;

    if (t->pending > 0) {
        await_more(t);
        return;
    }
    t->eof = true;
    dns_stream_close_if_done(t);
}

static void on_data(void *self, struct tcp_conn *c, struct span bytes)
{
    struct dns_stream *t = self;
    struct span message;

    await_more(t);
    g_byte_array_append(t->in, (const guint8 *)bytes.at, (guint)bytes.len);
    while (dns_frame_first(t->in, &message)) {
        struct dns_asker a = { .addr = tcp_peer_ip(c),
                               .local = tcp_local_ip(c),
                               .port = tcp_peer_port(c),
                               .tcp = true,
                               .stream = t,
                               .lookup = tcp_lookup(c),
                               .mail = tcp_mail(c) };
        uint64_t cause = sched_cause(t->server->sim->sched);
        dns_server_on_query(t->server, &a, message);
        sched_set_cause(t->server->sim->sched, cause);
        dns_frame_drop(t->in, message);
    }
}

static void on_eof(void *self, struct tcp_conn *c)
{
    struct dns_stream *t = self;

    (void)c;
    t->eof = true;
    dns_stream_close_if_done(t);
}

static void on_gone(void *self, struct tcp_conn *c, enum tcp_gone why)
{
    struct dns_stream *t = self;

    (void)c;
    (void)why;
    for (struct dns_client *i = t->server->clients; i != NULL; i = i->next)
        if (i->asker.stream == t)
            i->asker.stream = NULL;
    dns_stream_free(t);
}

static const struct tcp_app stream_calls = { .on_data = on_data, .on_eof = on_eof, .on_gone = on_gone };

void *dns_stream_on_accept(void *self, struct tcp_conn *c, const struct tcp_app **app_out)
{
    struct dns_server *s = self;
    struct dns_stream *t = g_new0(struct dns_stream, 1);

    t->server = s;
    t->tcp = c;
    t->in = g_byte_array_new();
    DNS_LINK(s->streams, t);
    await_more(t);
    *app_out = &stream_calls;
    return t;
}
