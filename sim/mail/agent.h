/* mail/agent.h: a person's mail program: composes a message (RFC 5322) and hands it to the person's own
 * server over SMTP; or, if told so, to the receiver's server itself, and then has no one to wait for it
 * (lesson M8). */
#ifndef MAIL_AGENT_H
#define MAIL_AGENT_H

#include "dns/stub.h"
#include "mail/compose.h"
#include "mail/ledger.h"
#include "net/net.h"

struct mail_agent;

struct mail_agent_spec {
    const char *address; /* "alice@crepes.fr" */
    const char *name;    /* "Alice", for From:; NULL: none */
    ip_addr server;      /* the person's own server, as set up in the program */
    const char *server_name;
    uint16_t port;            /* 25 if 0; with a password 587 */
    const char *password;     /* to log in with at the person's own server, as what stands before the @ of the
                                 address; NULL: nobody logs in */
    const ip_addr *resolvers; /* for direct delivery */
    unsigned n_resolvers;
    struct mail_ledger *ledger; /* the run's, borrowed */
};

/* The program "agent alice@crepes.fr". It lives as long as the net; free it after that. */
struct mail_agent *mail_agent_add(struct net_host *h, const struct mail_agent_spec *spec);
void mail_agent_free(struct mail_agent **a);

struct mail_draft {
    const char *const *to; /* addresses; From: is the agent's own */
    unsigned n_to;
    const char *const *cc;
    unsigned n_cc;
    const char *const *bcc;
    unsigned n_bcc;
    const char *subject; /* UTF-8; NULL: none */
    const char *text;    /* UTF-8, lines parted by \n; NULL: a short default */
    const char *sender;  /* envelope sender if not the agent's own address; NULL */
    const char *from;    /* From: line if not the agent's own, for lesson F1; NULL */
    size_t size;         /* pad the body to so many octets; 0: as it is */
    const struct mail_attachment *attachments;
    unsigned n_attachments;
    enum mime_encoding encoding; /* MIME_QUOTED_PRINTABLE or MIME_BASE64 for all of it; else what suits */
    const char *password;        /* one that is typed this time; NULL: the right one, as set up */
    bool direct;                 /* to the receivers' servers, by MX, one try */
};

/* Compose and send now. Returns the mail's id, the trace's m1 …; all texts are copied. */
uint32_t mail_agent_send(struct mail_agent *a, const struct mail_draft *d);
/* A message that it has not got rid of yet; NULL: it has none of that id. */
const struct mail_message *mail_agent_find(const struct mail_agent *a, uint32_t mail);

#endif
