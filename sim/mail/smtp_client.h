/* mail/smtp_client.h: the sending side of SMTP (RFC 5321) as a session without I/O: bytes in, bytes out. One connection, any
 * number of transactions one after the other. Servers (as clients) and agents use the same. */
#ifndef MAIL_SMTP_CLIENT_H
#define MAIL_SMTP_CLIENT_H

#include <glib.h>

#include "core/span.h"

enum smtp_client_state {
    SMTP_C_GREETING,  /* waits for 220 */
    SMTP_C_EHLO, SMTP_C_HELO, /* waits for the answer */
    SMTP_C_IDLE,      /* ready for a transaction */
    SMTP_C_MAIL, SMTP_C_RCPT, SMTP_C_DATA, SMTP_C_MESSAGE /* waits for the answer to the final dot */, SMTP_C_RSET, SMTP_C_QUIT,
    SMTP_C_OVER,
};
const char *smtp_client_state_text(enum smtp_client_state s); /* "MAIL" */

/* What the server said to one recipient. code 0: it said nothing (the connection broke); text then says why. */
struct smtp_answer {
    unsigned code;
    struct span text; /* the reply's lines joined by a space, code included; borrowed for the call */
};

struct smtp_client_events {
    /* In IDLE: give it a transaction (smtp_client_send) or end it (smtp_client_quit), now or later. */
    void (*on_ready)(void *self);
    /* The fate of each recipient, as soon as it is known; in the end every recipient has had exactly one. `i` is its index. 2xx: the server took
     * responsibility. */
    void (*on_recipient)(void *self, unsigned i, struct smtp_answer a);
    /* All recipients of the transaction have had theirs. on_ready follows if the session can go on. */
    void (*on_sent)(void *self);
    /* The session ended before it was ready: greeting or EHLO/HELO refused, or the connection broke. `a` as above. */
    void (*on_failed)(void *self, struct smtp_answer a);
    /* For the trace; any may be NULL. */
    void (*on_command)(void *self, const char *verb, struct span line);                        /* without CRLF */
    void (*on_data)(void *self, size_t octets, unsigned lines, unsigned stuffed);              /* the message goes out */
    void (*on_state)(void *self, enum smtp_client_state before, enum smtp_client_state now);
};

struct smtp_client;

/* `helo` is what EHLO says; pipelining: use it where offered. All borrowed for the session's life. */
struct smtp_client *smtp_client_new(const char *helo, bool pipelining, const struct smtp_client_events *e, void *self);
void smtp_client_free(struct smtp_client **c);

/* Bytes from the server, cut anywhere; what is to be sent is appended to `out`, here and below. */
void smtp_client_feed(struct smtp_client *c, struct span bytes, GString *out);
/* Start a transaction; only when ready. The spans and recipients stay borrowed until on_sent (or on_failed, or free). An empty `sender` is
 * the null sender. If the server's SIZE is smaller than the message, all recipients get 552 without a word on the wire (RFC 1870 §6.2 leaves that to the client). */
void smtp_client_send(struct smtp_client *c, struct span sender, const char *const *recipients, unsigned n_recipients,
                      struct span message, GString *out);
void smtp_client_quit(struct smtp_client *c, GString *out);
/* The connection broke or timed out: everybody waiting gets code 0 with this text, then it is over. */
void smtp_client_broken(struct smtp_client *c, const char *why);
bool smtp_client_is_over(const struct smtp_client *c);   /* QUIT was answered, or it broke: close the connection */
enum smtp_client_state smtp_client_state(const struct smtp_client *c);

/* How long to wait for the server in this state, in minutes of RFC 5321 §4.5.3.2 (greeting 5, MAIL 5, RCPT 5, DATA 2, final dot 10). */
unsigned smtp_client_patience_min(const struct smtp_client *c);

#endif
