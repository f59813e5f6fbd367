/* http/client.h: the client's side of HTTP/1.1 (RFC 9112) as a session without I/O: one request at a time
 * over a connection, the next one when its response is there. */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include "http/message.h"

enum http_client_state { HTTP_C_IDLE, HTTP_C_WAITING, HTTP_C_CLOSED };
const char *http_client_state_text(enum http_client_state s); /* "waiting" */

struct http_client;

/* The next request may be sent from within them; the session may not be freed there. */

struct http_client_events {
    /* The response to the latest request, borrowed for the call; `size`: octets on the wire. `stays`: the
     * connection can carry another request. Interim ones (100 Continue) are not told. */
    void (*on_response)(void *self, const struct http_message *m, size_t size, bool stays);
    /* It ended in the middle, or what came is no HTTP: the request may be sent again over another connection
     * if it was safe to (RFC 9110 §9.2.2). `why`: one clause. Never while no request is open. */
    void (*on_broken)(void *self, const char *why);
    void (*on_state)(void *self, enum http_client_state before, enum http_client_state now); /* may be NULL */
};

struct http_client *http_client_new(const struct http_client_events *e, void *self);
void http_client_free(struct http_client **c);
/* Written to `out`; none may be open (asserted). Returns the octets on the wire. */
size_t http_client_send(struct http_client *c, const struct http_message *request, GString *out);
void http_client_feed(struct http_client *c, struct span bytes);
void http_client_end(struct http_client *c); /* the peer has closed, or the connection is gone */
enum http_client_state http_client_state(const struct http_client *c);
bool http_client_is_waiting(const struct http_client *c); /* a request is open */
bool http_client_is_usable(const struct http_client *c);  /* another request may be sent */

#endif
