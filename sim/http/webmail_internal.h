/* http/webmail_internal.h: what the parts of web mail share. Nobody else includes it. */
#ifndef HTTP_WEBMAIL_INTERNAL_H
#define HTTP_WEBMAIL_INTERNAL_H

#include "http/webmail.h"

/* Somebody is logged in. */
struct webmail_login {
    char *id; /* the cookie's value */
    struct mail_box *box;
    char *address; /* bob@hamburger.edu */
    sim_time since, seen;
    unsigned requests;
};

/* What somebody wrote, or nothing yet; texts may be NULL. */
struct webmail_draft {
    const char *to, *subject, *text;
};

/* Text into a page: each {} of the template is the next const char *, made safe. It is the only way in. */
void webmail_put(GString *out, const char *template, ...);

/* ---- Pages. `notice` may be NULL. */

struct http_message *webmail_login_page(unsigned status, const char *notice);
struct http_message *webmail_folder_page(const struct webmail_login *l, const struct mail_folder *f);
struct http_message *webmail_message_page(const struct webmail_login *l, const struct mail_folder *f,
                                          unsigned at);
struct http_message *webmail_compose_page(const struct webmail_login *l, unsigned status, const char *notice,
                                          const struct webmail_draft *d);
/* What went wrong, with the way back. */
struct http_message *webmail_notice_page(const struct webmail_login *l, unsigned status, const char *notice);
/* NULL: there is no such part. */
struct http_message *webmail_part(const struct mail_message *m, const char *number);
struct http_message *webmail_raw(const struct mail_message *m);

/* "/mail/folder?name=INBOX"; to be freed. */
char *webmail_folder_url(const char *folder);

#endif
