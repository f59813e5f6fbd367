#include "net/tcp_internal.h"

/* The deadline of a timer moves with almost every segment; the scheduler is told only when it must wake us
 * earlier than it already would. An event that comes too early asks for another one. */

static void on_rto_event(void *conn);
static void on_ack_event(void *conn);

void conn_set_rto(struct tcp_conn *c, sim_time deadline)
{
    c->rto_deadline = deadline;
    if (deadline >= c->rto_event_at)
        return;
    sched_cancel(conn_sim(c)->sched, &c->rto_event);
    c->rto_event = sched_at(conn_sim(c)->sched, deadline, on_rto_event, c);
    c->rto_event_at = deadline;
}

void conn_set_delayed_ack(struct tcp_conn *c)
{
    c->ack_deadline = conn_now(c) + conn_tcp(c)->options.delayed_ack;
    c->ack_cause = sched_cause(conn_sim(c)->sched);
    if (c->ack_deadline >= c->ack_event_at)
        return;
    sched_cancel(conn_sim(c)->sched, &c->ack_event);
    c->ack_event = sched_at(conn_sim(c)->sched, c->ack_deadline, on_ack_event, c);
    c->ack_event_at = c->ack_deadline;
}

void conn_drop_timers(struct tcp_conn *c)
{
    struct sched *sched = conn_sim(c)->sched;

    sched_cancel(sched, &c->rto_event);
    sched_cancel(sched, &c->ack_event);
    sched_cancel(sched, &c->flush_event);
    c->rto_deadline = c->rto_event_at = c->ack_deadline = c->ack_event_at = SIM_NEVER;
}

static void on_ack_event(void *conn)
{
    struct tcp_conn *c = conn;
    struct sched *sched = conn_sim(c)->sched;

    c->ack_event_at = SIM_NEVER;
    if (c->ack_deadline == SIM_NEVER)
        return;
    if (c->ack_deadline > sched_now(sched)) {
        c->ack_event = sched_at(sched, c->ack_deadline, on_ack_event, c);
        c->ack_event_at = c->ack_deadline;
        return;
    }
    sched_set_cause(sched, c->ack_cause);
    conn_send_ack(c);
}

/* RFC 6298 (5.5) */
static void back_off(struct tcp_conn *c)
{
    c->rto = MIN(2 * c->rto, conn_tcp(c)->options.rto_max);
}

static void syn_timed_out(struct tcp_conn *c)
{
    if (c->tries >= conn_tcp(c)->options.syn_tries) {
        conn_fail(c, TCP_TIMEOUT);
        return;
    }
    back_off(c);
    c->syn_again = true;
    c->timing = false;
    conn_send_syn(c);
}

static void data_timed_out(struct tcp_conn *c)
{
    if (++c->tries > conn_tcp(c)->options.data_tries) {
        conn_fail(c, TCP_TIMEOUT);
        return;
    }
    if (c->snd_wnd == 0) {
        back_off(c);
        conn_probe(c);
        return;
    }
    conn_on_timeout_congestion(c);
    back_off(c);
    c->snd_nxt = c->snd_una; /* RFC 5681 §3.1: resend from the oldest on, one segment to begin with */
    conn_output(c, "timeout");
}

static void timed_out(struct tcp_conn *c)
{
    switch ((enum tcp_state)c->state) {
    case TCP_S_SYN_SENT:
    case TCP_S_SYN_RECEIVED:
        syn_timed_out(c);
        break;
    case TCP_S_ESTABLISHED:
    case TCP_S_CLOSE_WAIT:
    case TCP_S_FIN_WAIT_1:
    case TCP_S_CLOSING:
    case TCP_S_LAST_ACK:
        data_timed_out(c);
        break;
    case TCP_S_FIN_WAIT_2: /* nobody waits for the peer's FIN any more */
        conn_kill(c);
        break;
    case TCP_S_CLOSED:
        break;
    }
}

static void on_rto_event(void *conn)
{
    struct tcp_conn *c = conn;
    struct sched *sched = conn_sim(c)->sched;

    c->rto_event_at = SIM_NEVER;
    if (c->rto_deadline == SIM_NEVER)
        return;
    if (c->rto_deadline > sched_now(sched)) {
        conn_set_rto(c, c->rto_deadline);
        return;
    }
    c->rto_deadline = SIM_NEVER;
    sched_set_cause(sched, c->rto_cause);
    conn_hold(c);
    timed_out(c);
    conn_let_go(c);
}
