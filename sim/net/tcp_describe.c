#include "net/tcp_internal.h"

static void add_columns(struct table *t)
{
    table_column(t, CELL_TEXT, "local", "local", "Address and port at this host.");
    table_column(t, CELL_TEXT, "peer", "peer", "Address and port at the other end.");
    table_column(t, CELL_TEXT, "host", "peer host", NULL);
    table_column(t, CELL_TEXT, "state", "state", "RFC 9293 §3.3.2.");
    table_column(t, CELL_NUMBER, "sent", "sent", "Octets sent, each counted once.");
    table_column(t, CELL_NUMBER, "received", "received", "Octets handed to the program.");
    table_column(t, CELL_NUMBER, "unacked", "unacknowledged",
                 "Octets sent, or waiting to be sent, that the peer has not acknowledged.");
    table_column(t, CELL_NUMBER, "cwnd", "congestion window",
                 "Octets that may be on their way at once (RFC 5681).");
    table_column(t, CELL_NUMBER, "window", "peer's window", "Octets that the peer is ready to take.");
    table_column(t, CELL_SPAN, "rto", "timeout", "How long it waits for an acknowledgement (RFC 6298).");
    table_column(t, CELL_TEXT, "conn", "conn", "Its number in the trace.");
}

static bool add_ends(struct table *t, const struct tcp_key *k, const struct net_host *peer)
{
    char text[IP_PORT_TEXT_MAX];

    if (!table_row(t))
        return false;
    ip_port_text(text, k->local, k->local_port);
    table_text(t, "%s", text);
    ip_port_text(text, k->remote, k->remote_port);
    table_text(t, "%s", text);
    table_text(t, "%s", peer ? peer->name : "");
    return true;
}

static void add_conn(struct table *t, const struct tcp_conn *c)
{
    if (!add_ends(t, &c->key, c->peer))
        return;
    table_text(t, "%s", tcp_state_text(c));
    table_number(t, (int64_t)c->sent);
    table_number(t, (int64_t)c->received);
    table_number(t, c->out.len);
    table_number(t, c->cwnd);
    table_number(t, c->snd_wnd);
    table_duration(t, c->rto);
    table_text(t, "c%u", c->id);
}

static void add_wait(struct table *t, const struct tcp_wait *w)
{
    if (!add_ends(t, &w->key, w->peer))
        return;
    table_text(t, "TIME-WAIT");
    table_number(t, (int64_t)w->sent);
    table_number(t, (int64_t)w->received);
    for (int i = 0; i < 3; i++)
        table_number(t, 0);
    table_duration(t, 0);
    table_text(t, "c%u", w->id);
}

static unsigned count(const struct net_host *h)
{
    unsigned n = 0;

    for (const struct tcp_wait *w = h->net->tcp.waits_head; w != NULL; w = w->next)
        n += w->host == h;
    for (const struct tcp_conn *c = h->conns; c != NULL; c = c->host_next)
        n++;
    return n;
}

/* Oldest first: the host's list has the newest in front. */
void tcp_describe(struct net_host *h, struct sheet *sheet)
{
    struct table *t = sheet_table(sheet, "connections", "Connections", "No connection is open.");
    const struct tcp_conn *c = h->conns;

    add_columns(t);
    table_newest(t, count(h));
    for (const struct tcp_wait *w = h->net->tcp.waits_head; w != NULL; w = w->next)
        if (w->host == h)
            add_wait(t, w);
    while (c != NULL && c->host_next != NULL)
        c = c->host_next;
    for (; c != NULL; c = c->host_prev)
        add_conn(t, c);
}
