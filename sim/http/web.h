/* http/web.h: a web server as a program on a host: objects by path, and pages that are made when they are
 * asked for (web mail). Port 80. */
#ifndef HTTP_WEB_H
#define HTTP_WEB_H

#include "http/message.h"
#include "net/net.h"

enum { HTTP_PORT = 80 };

struct web_object {
    const char *path; /* "/index.html"; "/" is answered with it, too, and so in each folder */
    const char *type; /* "text/html"; NULL: by the path's ending */
    struct span data; /* copied */
    size_t size;      /* filled up to so many octets: HTML with comments, others with octets that repeat */
    bool chunked;     /* sent in chunks */
    const char *moved_to; /* 301 with that Location, or `status` if that is a redirection; NULL: none */
    unsigned status;      /* answered instead of 200, with the data as its page: 403, 500 …; 0: 200 */
};

struct web_spec {
    const char *hostname; /* of the Server's pages; its host's name if NULL */
    const struct web_object *objects;
    unsigned n_objects;
    bool persistent;       /* keep connections open: true; false: HTTP/1.0's way */
    unsigned requests_max; /* of a connection: 100; 0: no limit */
    sim_time idle;         /* an idle connection is closed after so long: 15 s */
};
extern const struct web_spec web_defaults;

struct web_server;

/* The program "web". It lives as long as the net; free it after that. Texts are copied. */
struct web_server *web_server_add(struct net_host *h, const struct web_spec *spec);
void web_server_free(struct web_server **w);

/* Somebody else answers for paths that begin with `prefix` ("/mail/"; "/mail" leads there): never NULL, of
 * the caller. */
typedef struct http_message *web_maker(void *self, const struct http_message *request, ip_addr client);
void web_server_mount(struct web_server *w, const char *prefix, web_maker *make, void *self);
/* 405 with what is allowed: "GET, HEAD" (RFC 9110 §15.5.6). */
struct http_message *web_not_allowed(const char *allow);

/* For a record of what a maker does: peer and connection of the request under way. */
void web_server_sign(const struct web_server *w, struct record *r);

unsigned web_server_sessions(const struct web_server *w);

#endif
