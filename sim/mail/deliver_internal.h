/* mail/deliver_internal.h: what the parts of delivery share. Nobody else includes it. */
#ifndef MAIL_DELIVER_INTERNAL_H
#define MAIL_DELIVER_INTERNAL_H

#include "mail/courier.h"
#include "mail/deliver.h"

enum { MAIL_TRANSACTION_RCPTS = 100 }; /* RFC 5321 §4.5.3.1.8: what every server must take */

/* One errand for a lane. */
struct mail_errand {
    struct mail_errand *next, *prev;
    struct mail_deliver *d;
    struct mail_lane *lane;
    struct mail_courier *courier;
    sim_time started;
    bool talked;                      /* some host was ready for mail */
    unsigned n_here;                  /* messages handed to this host */
    struct mail_queue_entry *current; /* being handed over, or what it set out for */
    GPtrArray *left;                  /* entries that this host did not take for now, for the next one */
    unsigned n_again;                 /* of those, from the front, to be handed to the host it is at */
    unsigned rcpts[MAIL_TRANSACTION_RCPTS]; /* the transaction's recipients, by their index in the entry */
};

struct mail_deliver {
    struct net_host *host;
    struct sim *sim;
    const char *hostname;
    const struct mail_server_spec *server;
    struct mail_local *local;
    struct mail_queue *queue;
    struct mail_courier_kit kit;
    struct dns_name own;
    struct rng shuffle;
    struct mail_errand *errands; /* in the order begun, latest first */
    unsigned n_errands;
    bool is_up;
    uint32_t last_id;
    struct sched_handle timer;
    sim_time timer_at;
};

/* ---- deliver_settle.c: answers, and what becomes of them. */

/* The lane's next entry, for an attempt that begins now; NULL if none. As mail_queue_take. */
struct mail_queue_entry *mail_deliver_take(struct mail_deliver *d, struct mail_lane *lane, bool unreached);
/* A recipient was taken, or was not. `remote` is who said so, NULL if nobody did. */
void mail_deliver_note_done(struct mail_deliver *d, struct mail_queue_entry *e, struct mail_queue_rcpt *to,
                            unsigned code, struct span line, enum mail_fate fate);
void mail_deliver_note_failure(struct mail_deliver *d, struct mail_queue_rcpt *to, unsigned code,
                               struct span line, const char *remote);
/* The errand is over; whoever had no answer in it gets this one. */
void mail_deliver_note_untold(struct mail_deliver *d, struct mail_queue_entry *e, enum mail_courier_end how,
                              struct smtp_answer a, const char *remote);
/* The attempt that began at `started` is over for this entry: it leaves the queue, or waits; its sender is
 * told. */
void mail_deliver_settle(struct mail_deliver *d, struct mail_queue_entry *e, sim_time started);
/* A record about the entry, begun. */
struct record *mail_deliver_begin_record(struct mail_deliver *d, enum event event,
                                         const struct mail_queue_entry *e);
/* Be woken when the next entry is due. */
void mail_deliver_set_timer(struct mail_deliver *d);

/* ---- deliver_errand.c: errands. */

void mail_errand_begin(struct mail_deliver *d, struct mail_lane *lane);
/* Wherever it is: what it was for stays as it is. */
void mail_errand_end(struct mail_errand *x);
/* The same when the network is gone. */
void mail_errand_drop(struct mail_errand *x);

/* ---- deliver.c. */

sched_fn mail_deliver_on_retry_due;

#endif
