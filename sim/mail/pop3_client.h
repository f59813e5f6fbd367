/* mail/pop3_client.h: the reader's side of POP3 (RFC 1939) as a session without I/O: bytes from the server
 * in, commands out. It logs in, asks for what is there (STAT, LIST, UIDL), and fetches and deletes what its
 * owner names; then QUIT. The owner gives one order at a time and hears of each end.
 *
 * A server that breaks the protocol (no +OK or -ERR, numbers that make no sense, an answer to nothing) is
 * left at once. Nothing is deleted then: that takes an answered QUIT. */
#ifndef MAIL_POP3_CLIENT_H
#define MAIL_POP3_CLIENT_H

#include <glib.h>
#include <stdbool.h>

#include "core/span.h"

enum pop3_client_state {
    POP3_C_GREET,         /* waits for the greeting */
    POP3_C_AUTHORIZATION, /* USER, PASS or APOP under way */
    POP3_C_TRANSACTION,
    POP3_C_QUIT, /* QUIT is sent */
    POP3_C_OVER,
};
const char *pop3_client_state_text(enum pop3_client_state s);

enum {
    POP3_REPLY_MAX = 32 * 1024 * 1024, /* octets of one reply; a longer one ends the session */
    POP3_LISTED_MAX = 100000,          /* messages; more end it too */
};

/* A message as LIST and UIDL tell of it. */
struct pop3_listed {
    unsigned number; /* from 1, in this session */
    size_t size;
    char uid[71]; /* of UIDL; "" if it was not asked for, or the server knows none */
};

/* None may be NULL but on_state. From within, give orders as told here, and free the session later. */
struct pop3_client_events {
    /* Logged in, and what is there is known: `list` has `n` of them (borrowed until the session ends). Now it
     * takes orders; also after each order is done. */
    void (*on_ready)(void *self, const struct pop3_listed *list, unsigned n);
    /* RETR, TOP: the message, dots taken out. `whole`: RETR. */
    void (*on_message)(void *self, unsigned number, struct span message, bool whole);
    void (*on_deleted)(void *self, unsigned number);
    /* A refusal ("-ERR …" in `line`) of an order: on_ready follows. Or of the login: then it quits by itself.
     */
    void (*on_refused)(void *self, struct span line);
    /* It is over: `in_order`, QUIT was answered with +OK, so deletions are done; else `line` says what was
     * wrong. */
    void (*on_end)(void *self, bool in_order, struct span line);
    void (*on_state)(void *self, enum pop3_client_state before, enum pop3_client_state now);
};

struct pop3_client_options {
    const char *user, *password;
    bool apop; /* by APOP where the greeting offers it; else USER and PASS */
    bool uidl; /* ask for unique ids: to keep mail on the server and know what is new */
};

struct pop3_client;

/* All borrowed for the session's life. Events come from within feed and orders. */
struct pop3_client *pop3_client_new(const struct pop3_client_options *o, const struct pop3_client_events *e,
                                    void *self);
void pop3_client_free(struct pop3_client **c);
void pop3_client_feed(struct pop3_client *c, struct span bytes, GString *out);
/* The connection is gone. */
void pop3_client_broken(struct pop3_client *c);

/* Orders, while ready; commands are appended to `out`. Numbers are those of the list. */
void pop3_client_retrieve(struct pop3_client *c, unsigned number, GString *out);
void pop3_client_top(struct pop3_client *c, unsigned number, unsigned lines, GString *out);
void pop3_client_delete(struct pop3_client *c, unsigned number, GString *out);
void pop3_client_reset(struct pop3_client *c, GString *out);
/* At any time: if something is under way, after it, and there is no further on_ready. */
void pop3_client_quit(struct pop3_client *c, GString *out);

bool pop3_client_is_ready(const struct pop3_client *c);
bool pop3_client_is_over(const struct pop3_client *c);
enum pop3_client_state pop3_client_state(const struct pop3_client *c);

#endif
