/* mail/smtp_client.h: the sending side of SMTP (RFC 5321) as a session without I/O: bytes in, bytes out.
 * One connection, any number of transactions one after the other. Servers (as clients) and agents use the
 * same.
 *
 * Never sends what the server cannot take: SIZE (RFC 1870), 8BITMIME (RFC 6152) and PIPELINING (RFC 2920) are
 * used where offered, and a message or address that may not cross the link is refused here, with the code the
 * server would have given and no word on the wire. So is a password that the server has not asked for by
 * offering AUTH PLAIN (RFC 4954, RFC 4616). A server that breaks the protocol (no reply code, a reply
 * before its command, one that fits no command) is left at once; that counts as a temporary failure, code 0.
 */
#ifndef MAIL_SMTP_CLIENT_H
#define MAIL_SMTP_CLIENT_H

#include <glib.h>

#include "core/span.h"

/* Each waits for the answer to its command, but for IDLE and OVER. */
enum smtp_client_state {
    SMTP_C_GREETING, /* waits for 220 */
    SMTP_C_EHLO,
    SMTP_C_HELO, /* the server did not know EHLO */
    SMTP_C_AUTH,
    SMTP_C_IDLE, /* ready for a transaction */
    SMTP_C_MAIL,
    SMTP_C_RCPT,
    SMTP_C_DATA,
    SMTP_C_MESSAGE, /* the final dot is out */
    SMTP_C_RSET,
    SMTP_C_QUIT,
    SMTP_C_OVER,
};
const char *smtp_client_state_text(enum smtp_client_state s); /* "MAIL" */

/* What the server said to one recipient. code 0: nothing that counts; the text then says why ("connection
 * timed out"). With 552 to RCPT some servers mean "too many recipients", which is temporary (RFC 5321
 * §4.5.3.1.10). */
struct smtp_answer {
    unsigned code;
    struct span text; /* the reply's lines joined by a space, code included; borrowed for the call */
};

/* In a callback, call smtp_client_send and smtp_client_quit as it says, and nothing else that changes the
 * session: free it later. */
struct smtp_client_events {
    /* In IDLE: give it a transaction (smtp_client_send) or end it (smtp_client_quit), now or later. */
    void (*on_ready)(void *self);
    /* The fate of each recipient, as soon as it is known; in the end every recipient has had exactly one. `i`
     * is its index. 2xx: the server took responsibility. */
    void (*on_recipient)(void *self, unsigned i, struct smtp_answer a);
    /* All recipients of the transaction have had theirs. on_ready follows if the session can go on; if not,
     * it ends and smtp_client_is_over says so. */
    void (*on_sent)(void *self);
    /* The session ends before it ever was ready: greeting, EHLO/HELO or AUTH refused, or the connection
     * broke. */
    void (*on_failed)(void *self, struct smtp_answer a);
    /* For the trace; any may be NULL. `line` without CRLF; `verb` is "AUTH" of the answer to a 334 too. */
    void (*on_command)(void *self, const char *verb, struct span line);
    /* The message goes out, as long as SIZE says, `stuffed` of its lines with a dot doubled. All 0: a lone
     * dot, since no recipient was accepted and the server said 354 all the same. */
    void (*on_data)(void *self, size_t octets, unsigned lines, unsigned stuffed);
    void (*on_state)(void *self, enum smtp_client_state before, enum smtp_client_state now);
};

struct smtp_client;

/* `helo` is what EHLO says; pipelining: use it where offered. All borrowed for the session's life. */
struct smtp_client *smtp_client_new(const char *helo, bool pipelining, const struct smtp_client_events *e,
                                    void *self);
void smtp_client_free(struct smtp_client **c);
/* For another conversation, perhaps of another client: as new, in the same memory. */
void smtp_client_clear(struct smtp_client *c, const char *helo, bool pipelining);

/* Before the first bytes from the server: log in by AUTH PLAIN when it has answered EHLO, before it is ready.
 * Borrowed for this conversation. */
void smtp_client_log_in(struct smtp_client *c, const char *user, const char *password);

/* Bytes from the server, cut anywhere; what is to be sent is appended to `out`, here and below. Feed what has
 * arrived before sending what `out` has: a reply that came in the same bytes as the one that led to a command
 * cannot answer it. */
void smtp_client_feed(struct smtp_client *c, struct span bytes, GString *out);
/* Start a transaction; only when ready. The message (not `sender`) and the recipients stay borrowed until
 * on_sent. An empty `sender` is the null sender; a recipient is an address, or "postmaster". A final CRLF is
 * added if there is none. If nobody can get it by what the server told in EHLO, on_recipient, on_sent and
 * on_ready come at once; called from on_ready, the next on_ready comes when that returns. */
void smtp_client_send(struct smtp_client *c, struct span sender, const char *const *recipients,
                      unsigned n_recipients, struct span message, GString *out);
/* QUIT; when a transaction is under way, after it. */
void smtp_client_quit(struct smtp_client *c, GString *out);
/* The connection broke or timed out: everybody waiting gets code 0 with this text, then it is over. */
void smtp_client_broken(struct smtp_client *c, const char *why);
/* QUIT was answered, or 421 was said, or it broke: close the connection. */
bool smtp_client_is_over(const struct smtp_client *c);
enum smtp_client_state smtp_client_state(const struct smtp_client *c);

/* How long to wait for the server in this state, in minutes of RFC 5321 §4.5.3.2 (greeting 5, MAIL 5, RCPT 5,
 * DATA 2, final dot 10). */
unsigned smtp_client_patience_min(const struct smtp_client *c);

#endif
