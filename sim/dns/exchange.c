#include "dns/exchange.h"

#include <assert.h>

#include "dns/server.h"
#include "net/tcp.h"

/* ---- Framing: RFC 1035 §4.2.2 */

void dns_frame_append(GByteArray *out, struct span message)
{
    uint8_t length[2] = { (uint8_t)(message.len >> 8), (uint8_t)message.len };

    assert(message.len <= UINT16_MAX);
    g_byte_array_append(out, length, sizeof length);
    g_byte_array_append(out, (const guint8 *)message.at, (guint)message.len);
}

bool dns_frame_first(const GByteArray *in, struct span *message_out)
{
    if (in->len < 2)
        return false;
    size_t len = (size_t)(in->data[0] << 8 | in->data[1]);
    if (in->len - 2 < len)
        return false;
    *message_out = span_bytes(in->data + 2, len);
    return true;
}

void dns_frame_drop(GByteArray *in, struct span message)
{
    g_byte_array_remove_range(in, 0, (guint)message.len + 2);
}

/* ---- UDP */

static void on_datagram(void *self, struct udp_socket *s, const struct packet *p)
{
    struct dns_exchange *x = self;

    (void)s;
    x->calls->on_message(x->self, p->src, p->src_port, packet_payload(p));
}

static void on_unreachable(void *self, struct udp_socket *s, ip_addr addr, uint16_t port)
{
    struct dns_exchange *x = self;

    (void)s;
    if (addr == x->to && port == DNS_PORT)
        x->calls->on_silence(x->self, DNS_UNREACHABLE);
}

/* ---- TCP */

static void on_open(void *self, struct tcp_conn *c)
{
    struct dns_exchange *x = self;

    x->calls->on_send(x->self);
    tcp_send(c, span_bytes(x->out->data, x->out->len));
}

static void on_data(void *self, struct tcp_conn *c, struct span bytes)
{
    struct dns_exchange *x = self;
    struct span message;

    (void)c;
    g_byte_array_append(x->in, (const guint8 *)bytes.at, (guint)bytes.len);
    if (!dns_frame_first(x->in, &message))
        return;
    /* The call may end the exchange, and with it the buffer: what the message lies in is taken out first. */
    GByteArray *in = x->in;
    x->in = g_byte_array_new();
    g_byte_array_append(x->in, in->data + 2 + message.len, (guint)(in->len - 2 - message.len));
    x->calls->on_message(x->self, x->to, DNS_PORT, message);
    g_byte_array_unref(in);
}

static void on_eof(void *self, struct tcp_conn *c)
{
    struct dns_exchange *x = self;

    (void)c;
    tcp_abort(&x->tcp);
    x->calls->on_silence(x->self, DNS_UNREACHABLE);
}

static void on_gone(void *self, struct tcp_conn *c, enum tcp_gone why)
{
    struct dns_exchange *x = self;

    (void)c;
    x->tcp = NULL;
    x->calls->on_silence(x->self, why == TCP_TIMEOUT ? DNS_TIMED_OUT : DNS_UNREACHABLE);
}

static const struct tcp_app tcp_calls = {
    .on_open = on_open, .on_data = on_data, .on_eof = on_eof, .on_gone = on_gone
};

/* ---- The exchange */

static void on_timer(void *self)
{
    struct dns_exchange *x = self;

    x->calls->on_silence(x->self, DNS_TIMED_OUT);
}

static void send_datagram(struct dns_exchange *x, struct span message, sim_time timeout)
{
    struct sched *sched = net_host_sim(x->host)->sched;

    x->calls->on_send(x->self);
    udp_send(x->udp, x->to, DNS_PORT, message, x->about);
    x->timer = sched_at(sched, sched_now(sched) + timeout, on_timer, x);
}

void dns_exchange_begin(struct dns_exchange *x, struct net_host *h, ip_addr to, bool tcp, struct span message,
                        sim_time timeout, struct udp_about about, const struct dns_exchange_calls *calls,
                        void *self)
{
    struct sched *sched = net_host_sim(h)->sched;

    *x = (struct dns_exchange){ .calls = calls, .self = self, .host = h, .to = to, .about = about };
    if (tcp) {
        x->in = g_byte_array_new();
        x->out = g_byte_array_new();
        dns_frame_append(x->out, message);
        x->tcp = tcp_connect(h, to, DNS_PORT, &tcp_calls, x);
        tcp_set_lookup(x->tcp, about.lookup);
        tcp_set_mail(x->tcp, about.mail);
        x->timer = sched_at(sched, sched_now(sched) + timeout, on_timer, x);
        return;
    }
    x->udp = udp_open(h, 0, on_datagram, on_unreachable, x);
    if (x->udp != NULL)
        send_datagram(x, message, timeout);
    else /* no port is free: as if nobody answered */
        x->timer = sched_at(sched, sched_now(sched) + timeout, on_timer, x);
}

void dns_exchange_again(struct dns_exchange *x, struct span message, sim_time timeout)
{
    struct sched *sched = net_host_sim(x->host)->sched;

    sched_cancel(sched, &x->timer);
    if (x->udp != NULL)
        send_datagram(x, message, timeout);
    else
        x->timer = sched_at(sched, sched_now(sched) + timeout, on_timer, x);
}

bool dns_exchange_is_open(const struct dns_exchange *x)
{
    return x->host != NULL;
}

void dns_exchange_drop(struct dns_exchange *x)
{
    if (x->in != NULL)
        g_byte_array_unref(x->in);
    if (x->out != NULL)
        g_byte_array_unref(x->out);
    *x = (struct dns_exchange){ 0 };
}

static void forget(struct dns_exchange *x)
{
    if (x->udp != NULL)
        udp_close(&x->udp);
    sched_cancel(net_host_sim(x->host)->sched, &x->timer);
    dns_exchange_drop(x);
}

void dns_exchange_end(struct dns_exchange *x)
{
    if (!dns_exchange_is_open(x))
        return;
    if (x->tcp != NULL)
        tcp_detach(&x->tcp);
    forget(x);
}

void dns_exchange_abort(struct dns_exchange *x)
{
    if (!dns_exchange_is_open(x))
        return;
    if (x->tcp != NULL)
        tcp_abort(&x->tcp);
    forget(x);
}
