/* mail/access.h: how people get at their mail from afar: POP3 (port 110) and IMAP (port 143) as programs
 * beside the mail server, on its mailboxes. A session that is cut off deletes nothing. */
#ifndef MAIL_ACCESS_H
#define MAIL_ACCESS_H

#include "mail/local.h"

enum { POP3_PORT = 110, IMAP_PORT = 143 };

struct mail_access_spec {
    struct mail_local *local; /* borrowed: of the mail server on the same host */
    const char *hostname;     /* for greetings; its host's name if NULL; copied */
    sim_time idle; /* a silent client is shown out after so long; 0: 10 min for POP3 (RFC 1939 §3), 30 min
                      for IMAP (RFC 3501 §5.4) */
    bool apop;     /* POP3: offer APOP */
};

struct mail_access;

/* The program "pop3" or "imap" on the host. It lives as long as the net; free it after that, before its
 * server. */
struct mail_access *mail_access_pop3(struct net_host *h, const struct mail_access_spec *spec);
struct mail_access *mail_access_imap(struct net_host *h, const struct mail_access_spec *spec);
void mail_access_free(struct mail_access **a);

unsigned mail_access_sessions(const struct mail_access *a);

#endif
