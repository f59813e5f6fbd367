/* http/server.h: the server's side of HTTP/1.1 (RFC 9112) as a session without I/O: requests in, responses
 * out, one after the other over a connection that stays open unless somebody says otherwise. What there is to
 * serve it asks its handler. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "http/message.h"

/* Octets: who asks for more before these were sent gets 503 and the end. */
enum { HTTP_UNSENT_MAX = 128 * 1024 * 1024 };

enum http_server_state { HTTP_S_IDLE, HTTP_S_READING, HTTP_S_CLOSED };
const char *http_server_state_text(enum http_server_state s); /* "idle" */

struct http_handler {
    /* The response to a request, of the caller (the session frees it): never NULL. GET's answer serves HEAD,
     * too: the session leaves the body out. Fields Date, Server, Content-Length and Connection are the
     * session's. */
    struct http_message *(*serve)(void *self, const struct http_message *request);
    /* For the trace; any may be NULL. `size`: octets on the wire. `request` is NULL where what came was none
     * that could be served: no request has been told of then. */
    void (*on_request)(void *self, const struct http_message *m, size_t size);
    void (*on_response)(void *self, const struct http_message *request, const struct http_message *m,
                        size_t size);
    void (*on_state)(void *self, enum http_server_state before, enum http_server_state now);
};

struct http_server_options {
    bool persistent;               /* false: closes after each response (HTTP/1.0's way) */
    unsigned requests_max;         /* of a connection; 0: no limit */
    int64_t (*unix_s)(void *self); /* for Date:, with the handler's `self` */
};

struct http_server;

/* A response with a small page that says what it is; `more` (may be NULL): a clause, which may hold anything.
 */
struct http_message *http_page_new(unsigned status, const char *more);

/* All borrowed for the session's life. */
struct http_server *http_server_new(const struct http_server_options *o, const struct http_handler *h,
                                    void *self);
void http_server_free(struct http_server **s);
/* Bytes from the client, cut anywhere. What is to be sent is appended to `out`. Memory stays bounded whatever
 * comes. */
void http_server_feed(struct http_server *s, struct span bytes, GString *out);
/* Idle too long, in the middle of a request: 408 (RFC 9110 §15.5.9). Between two: it just closes. */
void http_server_shut(struct http_server *s, GString *out);
/* Send what is in `out`, then close the connection. */
bool http_server_is_over(const struct http_server *s);
enum http_server_state http_server_state(const struct http_server *s);
unsigned http_server_served(const struct http_server *s);

#endif
