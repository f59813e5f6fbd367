/* http/browser.h: a person's web browser: looks a name up, fetches a page and the objects that it names, over
 * one connection or several, persistent or not (lessons S6, B2); and goes through web mail's pages as a
 * person would. */
#ifndef HTTP_BROWSER_H
#define HTTP_BROWSER_H

#include "dns/stub.h"
#include "net/net.h"

struct browser;

struct browser_spec {
    const ip_addr *resolvers; /* copied */
    unsigned n_resolvers;
};

/* The program "browser". It lives as long as the net; free it after that. */
struct browser *browser_add(struct net_host *h, const struct browser_spec *spec);
void browser_free(struct browser **b);

struct browser_page {
    const char *url; /* "http://www.crepes.fr/index.html" */
    /* Fetch what the page names, too (html_objects), once each, from whatever host it is on. */
    bool with_objects;
    bool persistent;      /* use a connection again; false: one each, Connection: close */
    unsigned connections; /* at once to a host: 1 … 6 */
    const char *method;   /* "GET", "HEAD", "POST"; NULL: GET */
    const char *form;     /* of POST, encoded; NULL */
};
/* Fetch it now, or when what is under way is done. Texts are copied. Redirects are followed, 10 at most. At
 * its end http.page is traced: the objects that came (the page itself does not count), connections used,
 * octets of all responses, time. What did not come is an agent.fail. */
void browser_fetch(struct browser *b, const struct browser_page *p);

enum webmail_kind { WEBMAIL_READ, WEBMAIL_SEND, WEBMAIL_MOVE, WEBMAIL_DELETE };
struct browser_webmail {
    enum webmail_kind kind;
    const char *server; /* "mail.hamburger.edu": http://server/mail/ */
    const char *user, *password;
    const char *folder;  /* NULL: INBOX */
    const char *subject; /* READ, MOVE, DELETE: only messages whose subject has it; NULL: those not read yet.
                            SEND: its subject */
    const char *to, *text; /* SEND: addresses parted by ", "; MOVE: `to` is the folder */
    bool stay;             /* do not log out */
};
/* Logs in if it is not logged in there (the cookie is kept), then page by page as links and forms say. What
 * is read is traced as agent.read and, at the end, agent.check; what goes wrong as agent.fail. */
void browser_webmail(struct browser *b, const struct browser_webmail *w);

/* For badges: pages that were fetched; what is under way or waits. */
unsigned browser_pages(const struct browser *b);
unsigned browser_busy(const struct browser *b);

#endif
