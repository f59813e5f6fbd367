/* mail/server.h: a mail server as a program on a host: SMTP server on port 25, mailboxes of its users, the
 * queue, and the SMTP client that empties it. Mailboxes and queue are on its disk: they survive a stop;
 * sessions do not. */
#ifndef MAIL_SERVER_H
#define MAIL_SERVER_H

#include <glib.h>

#include "core/rng.h"
#include "dns/stub.h"
#include "mail/ledger.h"
#include "net/net.h"

enum { SMTP_PORT = 25, SUBMISSION_PORT = 587 };

/* Retries: the n-th interval is waited for after the n-th failed attempt; the last one repeats. */
struct mail_retry {
    sim_time *intervals; /* copied */
    unsigned n_intervals;
    sim_time give_up; /* after this long in the queue the next failure is final: 5 d (RFC 5321 §4.5.4.1) */
    sim_time warn_after; /* tell the sender of a delay, once; 0: never */
};

/* A server's answer that a scenario orders, for lessons: matched before the server's own rules. Each ends
 * when told. */
enum mail_answer_when {
    MAIL_ANSWER_CONNECT,
    MAIL_ANSWER_MAIL,
    MAIL_ANSWER_RCPT,
    MAIL_ANSWER_DATA,
    MAIL_ANSWER_END
};
struct mail_answer {
    enum mail_answer_when when; /* at the greeting, MAIL, RCPT, DATA, or the final dot */
    unsigned code;              /* 421 … 554 */
    char *text;                 /* of the reply; NULL: a fitting one */
    unsigned after; /* only after so many connections since the order: "421 after 3 connections" */
    char
        *match; /* only where the argument has this address or domain (glob, ASCII case ignored); NULL: all */
};

struct mail_server_spec {
    const char *hostname;       /* for greeting, EHLO and Received:; its host's name if NULL */
    const char *const *domains; /* it is final destination for; copied. First: its own, for postmaster */
    unsigned n_domains;
    const struct ip_prefix *relay_for; /* from whom it takes mail for other domains; copied */
    unsigned n_relay_for;
    const ip_addr *resolvers; /* local DNS servers */
    unsigned n_resolvers;
    const char *const *relay_domains; /* domains it takes mail for and passes on by MX: a backup MX; copied */
    unsigned n_relay_domains;
    struct mail_retry retry;
    size_t size_limit;         /* octets a message (SIZE, RFC 1870); 0: none */
    unsigned recipients_limit; /* a transaction: 100 (RFC 5321 §4.5.3.1.8) */
    bool pipelining;           /* offer and use RFC 2920 */
    bool vrfy;                 /* answer VRFY with what is there; else 252 */
    sim_time greylist; /* 450 to a new (client, sender, recipient) until it has waited so long; 0: off */
    unsigned connections_out;         /* at once to one destination: 1, so that messages share a connection */
    unsigned connections_total;       /* at once in all; who waits is served in turn: 100 */
    unsigned messages_per_connection; /* then QUIT; 0: no limit. 1: no reuse */
    /* Port 587 too (RFC 6409): only for its own people, who prove with their passwords who they are, and may
     * then send to anybody, each under the own address. */
    bool submission;
    struct mail_ledger *ledger; /* the run's, borrowed */
};

extern const struct mail_server_spec mail_server_defaults;

struct mail_server;

/* The program "smtp" on the host. It lives as long as the net; free it after that. */
struct mail_server *mail_server_add(struct net_host *h, const struct mail_server_spec *spec);
void mail_server_free(struct mail_server **s);

/* A mailbox for `user`@ each of the server's domains. `quota_octets` 0: no limit. False if there is one
 * already. */
bool mail_server_add_user(struct mail_server *s, const char *user, size_t quota_octets);
bool mail_server_set_quota(struct mail_server *s, const char *user,
                           size_t quota_octets); /* false: no such user */

/* With it the user can log in: here, by POP3, IMAP and web mail. NULL takes it away. False: no such user. */
bool mail_server_set_password(struct mail_server *s, const char *user, const char *password);
/* Its domains and mailboxes, for those who let people read them. Lives as long as the server. */
struct mail_local *mail_server_local(struct mail_server *s);

/* A message of one of its people, written in web mail: no SMTP brings it, but it goes the way of all others.
 * It is composed and sent now. False: nothing was sent, and `why` has a line for each reason, appended:
 * `from` is nobody's here, a recipient cannot be, the message is too large. `from` and `to` are addresses;
 * `subject` (NULL: none) and `text` (NULL: a short default) are UTF-8. Any texts will do, a stranger's too.
 */
bool mail_server_submit(struct mail_server *s, const char *from, const char *const *to, unsigned n_to,
                        const char *subject, const char *text, GString *why);

/* Orders of the scenario. The id ends it again. */
unsigned mail_server_order(struct mail_server *s, const struct mail_answer *answer);
void mail_server_end_order(struct mail_server *s, unsigned id);
void mail_server_set_greylist(struct mail_server *s, sim_time wait);

/* As a reader would who deletes all that he has read; false: no such user. Quotas count what is left. */
bool mail_server_empty(struct mail_server *s, const char *user);

/* A message that it has: in a mailbox, else in the queue; NULL: nowhere. `where_out` (may be NULL) says
 * where, "mailbox bob, INBOX, uid 1"; to be freed. */
const struct mail_message *mail_server_find(const struct mail_server *s, uint32_t mail, char **where_out);

/* What is really there, counted message by message and entry by entry, to hold against the ledger. */
struct mail_audit {
    uint64_t stored; /* messages put into mailboxes, those deleted since too */
    uint64_t queued; /* recipients in the queue */
};
struct mail_audit mail_server_audit(const struct mail_server *s);

/* For badges. */
unsigned mail_server_queued(
    const struct mail_server *s); /* messages, once for each domain that they are for */
unsigned mail_server_stored(const struct mail_server *s, const char *user); /* NULL: all users */

#endif
