/* http/fetch.h: gets things from web servers for a program on a host: looks names up, keeps connections to
 * each host, and gives each request to one that is free (RFC 9112 §9). Requests to a host that has none free
 * wait in the order asked. Traces http.request, and the states of its sides. */
#ifndef HTTP_FETCH_H
#define HTTP_FETCH_H

#include "dns/stub.h"
#include "http/message.h"

enum { FETCH_CONNECTIONS_MAX = 6 };     /* at once to a host, as browsers have it */
#define FETCH_PATIENCE (5 * SIM_MINUTE) /* with a server that says nothing */
#define FETCH_IDLE     (2 * SIM_MINUTE) /* a connection that nobody needs is closed after so long */

struct fetcher;

struct fetch_how {
    bool persistent;      /* use a connection again; false: one each, with Connection: close */
    unsigned connections; /* at once to the host, 1 … FETCH_CONNECTIONS_MAX */
};

/* What came of it, borrowed for the call. */
struct fetch_result {
    const struct http_message *message; /* NULL: nothing */
    const char *why;                    /* then, in a clause: "Connection refused: no server listens there" */
    uint32_t conn;                      /* the connection's id in the trace; 0: none was made */
    size_t size;                        /* octets of the response on the wire */
};
typedef void fetch_on_done(void *self, const struct fetch_result *r);

/* `stub` is borrowed; NULL: only addresses can be gone to. */
struct fetcher *fetcher_new(struct net_host *h, struct dns_stub *stub);
/* When the net is gone, or after fetcher_stop. */
void fetcher_free(struct fetcher **f);

/* Ask for it; the request is the fetcher's from here, which adds Host and Connection. The callback comes
 * later, from an event, once, unless everything is stopped; it may ask for more. A GET or HEAD that a
 * connection used before did not answer is sent again, once (RFC 9112 §9.3.1). */
void fetcher_ask(struct fetcher *f, const char *host, unsigned port, struct http_message *request,
                 const struct fetch_how *how, fetch_on_done *on_done, void *self);
/* Forget addresses: the next connection to a host begins with a look-up. Connections stay. */
void fetcher_forget(struct fetcher *f);
/* Reset all connections and forget all requests; nobody is called. Not from within a callback. */
void fetcher_stop(struct fetcher *f);

/* A table of the connections: "web_connections". */
void fetcher_describe(const struct fetcher *f, struct sheet *sheet);

#endif
