/* http/cookies.h: what a browser keeps for servers and sends back to them (RFC 6265): name, value, Path,
 * Max-Age. Left out: Domain (each cookie goes back to the host that set it, and to no other), Expires, Secure
 * (there is no TLS here); HttpOnly and SameSite say nothing to a browser without scripts. */
#ifndef HTTP_COOKIES_H
#define HTTP_COOKIES_H

#include <glib.h>

#include "core/span.h"
#include "core/time.h"

enum {
    HTTP_COOKIE_MAX = 4096, /* octets of name and value; longer ones are not kept */
    HTTP_COOKIES_HOST = 50, /* of one host; then the oldest goes */
    HTTP_COOKIES_ALL = 1000,
};

struct http_cookie {
    char *host, *path, *name, *value;
    sim_time until; /* SIM_NEVER: until the browser ends */
};

struct http_jar {
    GPtrArray *cookies; /* of struct http_cookie, the oldest first */
};

void http_jar_init(struct http_jar *j);
void http_jar_release(struct http_jar *j);
void http_jar_clear(struct http_jar *j);

/* The value of a Set-Cookie field in the answer to a request for `target` at `host`. What cannot be a cookie
 * is ignored. */
void http_jar_set(struct http_jar *j, const char *host, const char *target, struct span set_cookie,
                  sim_time now);
/* "a=1; b=2" for a request, appended; nothing if there is none. Longer paths first, then older ones (§5.4).
 */
void http_jar_get(struct http_jar *j, const char *host, const char *target, sim_time now, GString *out);

#endif
