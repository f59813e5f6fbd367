/* http/webmail.h: web mail (lesson R4): a mail server's mailboxes as pages. Browser and server speak HTTP
 * both ways, also for sending; between servers it is still SMTP. Log in by a form, a cookie from then on (RFC
 * 6265); what is shown is what is in the mailbox now. Nothing that a mail says becomes markup.
 *
 *   GET  /mail/           the login form, or the inbox when logged in
 *   POST /mail/login      user, password → 303 to the inbox with Set-Cookie; wrong: 403 and the form again
 *   GET  /mail/folder     ?name=INBOX: who, subject, when, octets, read or not
 *   GET  /mail/message    ?folder=INBOX&uid=7: one message as text; it is \Seen then; its attachments as
 * links GET  /mail/part       ?folder=INBOX&uid=7&part=2: an attachment, decoded, with its type GET /mail/raw
 * ?folder=INBOX&uid=7: as it is stored GET  /mail/compose    the form of a new mail POST /mail/send       to,
 * subject, text → 303, or 422 with the reason and the form again POST /mail/delete     folder, uid → 303 to
 * the folder POST /mail/move       folder, uid, to (made if it is not there) → 303 POST /mail/logout     →
 * 303 to the login form
 *
 * Who is not logged in is led to the login form from everywhere. */
#ifndef HTTP_WEBMAIL_H
#define HTTP_WEBMAIL_H

#include "http/web.h"
#include "mail/local.h"

enum {
    WEBMAIL_LOGINS_MAX = 1000, /* at once; then the oldest ends */
    WEBMAIL_RECIPIENTS_MAX = 100,
};
#define WEBMAIL_IDLE (30 * SIM_MINUTE) /* who asks for nothing so long is logged out */

struct webmail;

struct webmail_spec {
    struct net_host *host;
    struct mail_local *local; /* borrowed */
    /* Take a message for sending as if the person had submitted it: false, with the reason in `why` (one
     * clause). Traces agent.compose at this host, and the rest follows as with SMTP. */
    bool (*send)(void *self, const char *from, const char *const *to, unsigned n_to, const char *subject,
                 const char *text, GString *why);
    void *self;
};

/* Mounts itself at /mail/ of the web server on the same host; the program "webmail" there. It lives as long
 * as the net; free it after that. Logins are in memory: who was logged in has to do it again after a stop. */
struct webmail *webmail_new(struct web_server *w, const struct webmail_spec *spec);
void webmail_free(struct webmail **m);
unsigned webmail_logged_in(const struct webmail *m);

#endif
