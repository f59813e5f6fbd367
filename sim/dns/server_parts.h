/* dns/server_parts.h: within the DNS server: what its files share. server.c answers and is the program,
 * stream.c has the clients' TCP connections, upstream.c does what the resolver wants. */
#ifndef DNS_SERVER_PARTS_H
#define DNS_SERVER_PARTS_H

#include <glib.h>

#include "core/pool.h"
#include "dns/auth.h"
#include "dns/exchange.h"
#include "dns/resolver.h"
#include "dns/server.h"
#include "dns/tell.h"
#include "net/tcp.h"
#include "net/udp.h"

/* A TCP connection that a client opened. */
struct dns_stream {
    struct dns_stream *prev, *next;
    struct dns_server *server;
    struct tcp_conn *tcp;
    GByteArray *in;
    struct sched_handle idle;
    unsigned pending; /* questions from it that wait for the resolver */
    bool eof;
};

/* Who asks, how the answer gets there, and what of the query it must repeat. */
struct dns_asker {
    ip_addr addr, local;
    uint16_t port, id, udp_size;
    bool tcp, rd, cd, has_edns, edns_do, aa;
    struct dns_stream *stream; /* of TCP; NULL: it is gone, and nobody is there to be answered */
    uint32_t lookup, mail;
};

/* A question that waits for the resolver. */
struct dns_client {
    struct dns_client *prev, *next;
    struct dns_asker asker;
    uint16_t type;
    struct dns_name name; /* as spelt in the query */
};

/* A query of the resolver on its way. */
struct dns_upstream {
    struct dns_upstream *prev, *next;
    struct dns_server *server;
    struct dns_ask *ask;
    struct dns_exchange exchange;
};

struct dns_server {
    struct net_host *host;
    struct sim *sim;
    struct net_program program;
    struct dns_server_spec spec;
    GPtrArray *zones;              /* of struct dns_zone; owned */
    struct dns_resolver *resolver; /* NULL: it does not recurse */
    struct udp_socket *udp;
    struct tcp_listener *tcp;
    struct dns_msg query, response;
    unsigned rotation;
    bool stopping;
    struct pool client_pool, upstream_pool;
    struct dns_client *clients;
    struct dns_upstream *upstreams;
    struct dns_stream *streams;
};

#define DNS_LINK(list, item)                                                                                 \
    do {                                                                                                     \
        (item)->prev = NULL;                                                                                 \
        (item)->next = (list);                                                                               \
        if ((list) != NULL)                                                                                  \
            (list)->prev = (item);                                                                           \
        (list) = (item);                                                                                     \
    } while (0)
#define DNS_UNLINK(list, item)                                                                               \
    do {                                                                                                     \
        if ((item)->prev != NULL)                                                                            \
            (item)->prev->next = (item)->next;                                                               \
        else                                                                                                 \
            (list) = (item)->next;                                                                           \
        if ((item)->next != NULL)                                                                            \
            (item)->next->prev = (item)->prev;                                                               \
    } while (0)

static inline struct dns_zone *const *dns_server_zones(const struct dns_server *s)
{
    return (struct dns_zone *const *)(void *)s->zones->pdata;
}

/* ---- server.c */

/* A query's bytes came in. */
void dns_server_on_query(struct dns_server *s, struct dns_asker *a, struct span bytes);
/* Make s->response ready to be filled, for that asker; then say what was asked; then send it. The cursor of
 * causes is left as it is: answers to several askers have the same cause. */
void dns_server_begin_response(struct dns_server *s, const struct dns_asker *a);
void dns_server_set_question(struct dns_msg *m, const struct dns_name *name, uint16_t type, uint16_t rclass);
void dns_server_respond(struct dns_server *s, const struct dns_asker *a);

/* ---- stream.c */

tcp_on_accept dns_stream_on_accept; /* `self`: the server */
/* Close it in order if the client has no more to say and nothing to wait for. */
void dns_stream_close_if_done(struct dns_stream *t);
/* Forget it: its connection is gone. */
void dns_stream_free(struct dns_stream *t);

/* ---- upstream.c */

extern const struct dns_resolver_calls
    dns_upstream_calls; /* `self`: the server; a client: a struct dns_client */

#endif
