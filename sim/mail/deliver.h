/* mail/deliver.h: the part of a mail server that has taken responsibility for messages and gets rid of them:
 * into mailboxes here, through the queue to other hosts, or as reports to their senders (RFC 5321 §4.5.4.1,
 * §6.1; RFC 3464).
 *
 * Each recipient of each message has one fate, and the ledger hears of it. An attempt is one errand for a
 * lane of the queue (mail/courier.h); what fails for now at one host is tried at the next before it waits. */
#ifndef MAIL_DELIVER_H
#define MAIL_DELIVER_H

#include "mail/local.h"
#include "mail/queue.h"
#include "mail/server.h"

struct mail_deliver;

struct mail_deliver_spec {
    struct net_host *host;
    const char *hostname;                  /* borrowed, as all here */
    const struct mail_server_spec *server; /* its retry, limits and ledger are used */
    struct mail_local *local;
};

struct mail_deliver *mail_deliver_new(const struct mail_deliver_spec *spec);
/* After the network is gone. */
void mail_deliver_free(struct mail_deliver **d);

/* The program starts: what is in the queue is tried at once. It stops: connections are reset, attempts under
 * way end without a word, what they were for stays in the queue. */
void mail_deliver_start(struct mail_deliver *d);
void mail_deliver_stop(struct mail_deliver *d);

/* The id that the next message gets in the queue (its Received: line tells it). */
uint32_t mail_deliver_new_id(struct mail_deliver *d);

struct mail_accept {
    uint32_t mail, id;
    struct span sender;
    const char *const *recipients;
    unsigned n_recipients;
    struct span received; /* the trace line to put before it, with CRLF; may be empty */
    struct span data;
    bool must; /* a report of this server's own: there is nobody to refuse it to, so it waits for room */
};

/* Take responsibility, for all recipients; 250. Only if none of them can have it, and all are of this server,
 * it does not, and says why. Nothing is sent before mail_deliver_run. */
struct smtp_verdict mail_deliver_accept(struct mail_deliver *d, const struct mail_accept *a);
void mail_deliver_run(struct mail_deliver *d);

const struct mail_queue *mail_deliver_queue(const struct mail_deliver *d);
/* Its connections, as rows: peer, role, state, mail; with submission, nobody as the user. */
void mail_deliver_describe(const struct mail_deliver *d, struct table *t);

#endif
