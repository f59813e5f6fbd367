/* mail/queue.h: what a server has taken responsibility for and not yet handed on (RFC 5321 §4.5.4.1). On its
 * disk: it survives a stop. No clock and no network: the times are told; what is due is asked for.
 *
 * An entry is one message for the recipients of one domain, who travel in one transaction. The entries of a
 * domain stand in a lane; lanes with something ready stand in line for a connection, so that no domain keeps
 * the others waiting. Entries that wait for their next attempt are in a heap by its time: a hundred thousand
 * of them cost one timer. */
#ifndef MAIL_QUEUE_H
#define MAIL_QUEUE_H

#include <glib.h>
#include <stdbool.h>

#include "core/time.h"
#include "mail/ledger.h"
#include "mail/message.h"

struct mail_retry;
struct mail_queue;

enum mail_rcpt_state {
    MAIL_RCPT_OPEN,   /* to be sent; code and line tell of the last failure, if any */
    MAIL_RCPT_DONE,   /* the next host took it */
    MAIL_RCPT_FAILED, /* refused for good, to be reported */
};

struct mail_queue_rcpt {
    const char *address; /* in the entry's own block */
    struct mail_ledger_key key;
    enum mail_rcpt_state state;
    bool tried;     /* in this attempt, at the host that it has got to */
    unsigned code;  /* of the last reply, 0: there was none */
    char *line;     /* that reply, or why there was none; NULL before the first failure. Owned */
    char *remote;   /* the host that said so; NULL: none was reached. Owned */
    uint64_t cause; /* the trace record that it came of */
};

struct mail_lane;

struct mail_queue_link {
    struct mail_queue_link *next, *prev;
};

enum mail_entry_state { MAIL_ENTRY_READY, MAIL_ENTRY_TAKEN, MAIL_ENTRY_WAITING };

struct mail_queue_entry {
    struct mail_queue_link all;       /* in the order added; first, so that a link is its entry */
    struct mail_queue_link lane_link; /* in its lane's `ready`, or `unreached` */
    struct mail_lane *lane;
    enum mail_entry_state state;
    unsigned heap_index;          /* while WAITING */
    uint32_t id;                  /* Q1: the same for all domains of a message */
    uint64_t order;               /* of adding */
    struct mail_message *message; /* one reference */
    const char *sender;           /* "" is the null sender */
    sim_time arrived;
    sim_time next;  /* while WAITING */
    unsigned tries; /* attempts begun */
    bool unreached; /* the last attempt found no host at all */
    bool warned;    /* the sender was told of the delay */
    uint64_t cause; /* the trace record that the next attempt follows from */
    unsigned n_rcpts;
    struct mail_queue_rcpt rcpts[];
};

struct mail_lane {
    char *domain; /* as first seen */
    bool local;   /* this server's own domain: a full mailbox is waited for like a host that is down */
    unsigned connections; /* open or being opened */
    bool in_line;
    unsigned n_entries;
    struct mail_queue_link ready;     /* to be sent now, first in first out */
    struct mail_queue_link unreached; /* waiting, since no host could be reached */
    struct mail_lane *line_next;
};

struct mail_queue *mail_queue_new(const struct mail_retry *retry); /* copied */
void mail_queue_free(struct mail_queue **q);

/* The lane of a domain, made if need be. Good while it has entries or connections. */
struct mail_lane *mail_queue_lane(struct mail_queue *q, struct span domain);

/* Add an entry, ready. The texts are copied; takes a reference of its own. The caller fills in the ledger's
 * keys. */
struct mail_queue_entry *mail_queue_add(struct mail_queue *q, struct mail_lane *lane, uint32_t id,
                                        struct mail_message *m, struct span sender,
                                        const char *const *recipients, unsigned n, sim_time now);

/* The lane first in line of those with an entry ready and less than `connections` connections, taken out of
 * the line; NULL if there is none. */
struct mail_lane *mail_queue_next_lane(struct mail_queue *q, unsigned connections);
/* A connection for it begins, or is over: then the lane goes to the end of the line if it has something
 * ready. */
void mail_queue_enter(struct mail_queue *q, struct mail_lane *lane);
void mail_queue_leave(struct mail_queue *q, struct mail_lane *lane);

/* Take the lane's next entry for an attempt, which is counted; NULL if none is ready. With `unreached`, those
 * too that wait only because no host could be reached: there is a connection now. */
struct mail_queue_entry *mail_queue_take(struct mail_queue *q, struct mail_lane *lane, bool unreached);

/* What becomes of an entry whose attempt, begun at `started`, left recipients over. */
sim_time mail_queue_defer(struct mail_queue *q, struct mail_queue_entry *e, sim_time started, sim_time now);
bool mail_queue_is_too_old(const struct mail_queue *q, const struct mail_queue_entry *e, sim_time now);
/* True once, when it is time to tell the sender of the delay. */
bool mail_queue_should_warn(struct mail_queue *q, struct mail_queue_entry *e, sim_time now);
/* From the attempt that is under way, or is next, to the one after it, if it fails. */
sim_time mail_queue_interval(const struct mail_queue *q, const struct mail_queue_entry *e);
sim_time mail_queue_gives_up_at(const struct mail_queue *q, const struct mail_queue_entry *e);

/* All its recipients have had their fate. Frees it. */
void mail_queue_remove(struct mail_queue *q, struct mail_queue_entry **e);

/* When the next waiting entry is due, SIM_NEVER if none waits; make those ready that are due. */
sim_time mail_queue_next(const struct mail_queue *q);
void mail_queue_wake(struct mail_queue *q, sim_time now);
/* The server starts: everything is ready, what was taken when it stopped too. In the order added.
 * `cause` is the trace record that their attempts follow from. */
void mail_queue_wake_all(struct mail_queue *q, uint64_t cause);

unsigned mail_queue_entries(const struct mail_queue *q);
/* Recipients that still have to have their fate, counted one by one. */
uint64_t mail_queue_count_open(const struct mail_queue *q);
/* In the order added: pass NULL for the first. NULL after the last. */
const struct mail_queue_entry *mail_queue_each(const struct mail_queue *q,
                                               const struct mail_queue_entry *after);

#endif
