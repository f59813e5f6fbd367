/* mail/server_internal.h: what the parts of a mail server share. Nobody else includes it. */
#ifndef MAIL_SERVER_INTERNAL_H
#define MAIL_SERVER_INTERNAL_H

#include "mail/compose.h"
#include "mail/deliver.h"
#include "mail/greylist.h"
#include "mail/local.h"
#include "mail/order.h"
#include "mail/server.h"
#include "mail/smtp_server.h"
#include "mail/text.h"
#include "net/tcp.h"

/* A client that is connected. */
struct mail_session {
    struct mail_session *next, *prev; /* of the server, or the next one in the store */
    struct mail_server *server;
    struct tcp_conn *conn;
    struct smtp_server *smtp;
    const struct mail_box *user; /* who has logged in; NULL: nobody */
    sim_time heard;              /* when it last said something */
    struct sched_handle timer;
};

/* Sessions come and go with each connection. Their memory stays, for the next one of any server in the run:
 * so a few of them, which the processor's cache holds, do for all. */
struct mail_session_store {
    struct mail_session *spare;
};

struct mail_server {
    struct net_program program;
    struct net_host *host;
    struct sim *sim;
    char *hostname;
    char **relay_domains;
    struct mail_server_spec spec; /* its arrays are copies */
    struct mail_local local;
    struct mail_deliver *deliver;
    struct mail_desk desk; /* for what web mail hands in */
    struct mail_orders orders;
    struct mail_greylist *greylist;
    struct smtp_server_options options, submission_options; /* of port 25, and of port 587 */
    struct tcp_listener *listener, *submission;             /* `submission` is NULL if it is not offered */
    struct mail_session *sessions;                          /* the latest first */
    struct mail_session_store *store;
    GString *out, *received; /* scratch */
    char text[128];          /* of a reply */
    struct mail_date date;
};

/* server_policy.c: what its sessions ask. `self` is the struct mail_session. */
extern const struct smtp_policy mail_server_policy;

/* server_tables.c: the program's `describe`. */
void mail_server_describe(void *self, struct sheet *sheet);

#endif
