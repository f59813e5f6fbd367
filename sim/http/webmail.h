/* http/webmail.h: web mail (lesson R4): a mail server's mailboxes as pages. Browser and server speak HTTP
 * both ways, also for sending; between servers it is still SMTP. Log in by a form, a cookie from then on (RFC
 * 6265); what is shown is what is in the mailbox now.
 *
 *   GET  /mail/                 the login form, or the inbox when logged in
 *   POST /mail/login            user, password → 303 to the inbox with Set-Cookie; wrong: 403 and the form
 * again GET  /mail/folder?name=…    a folder: who, subject, when, octets, read or not GET
 * /mail/message?folder=…&uid=…   one message as text; it is \Seen then; its attachments as links GET
 * /mail/part?folder=…&uid=…&part=2   an attachment, decoded, with its type GET  /mail/raw?folder=…&uid=… as
 * it is stored POST /mail/send             to, subject, text → 303, or 422 with the reason POST /mail/delete,
 * /mail/move       folder, uid, to → 303 POST /mail/logout
 */
#ifndef HTTP_WEBMAIL_H
#define HTTP_WEBMAIL_H

#include "http/web.h"
#include "mail/local.h"

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

/* Mounts itself at /mail/ of the web server on the same host. Free it before that. */
struct webmail *webmail_new(struct web_server *w, const struct webmail_spec *spec);
void webmail_free(struct webmail **m);
unsigned webmail_logged_in(const struct webmail *m);
/* "bob", NULL: the cookie is nobody's. For the tables: user of each session, in the order of logging in. */
void webmail_describe(const struct webmail *m, struct sheet *sheet);

#endif
