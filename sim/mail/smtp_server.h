/* mail/smtp_server.h: the receiving side of SMTP (RFC 5321) as a session without I/O: bytes in, bytes out.
 * The order of commands (§4.1.4), replies (§4.2), limits (§4.5.3), transparency (§4.5.2), SIZE (RFC 1870),
 * PIPELINING (RFC 2920), enhanced status codes (RFC 2034). What the server as a whole decides (is there such
 * a user, may he relay, is there room, is that his password) it asks through `struct smtp_policy`. AUTH (RFC
 * 4954) with PLAIN where it is told to offer it.
 *
 * Strict where laxness is dangerous: only CRLF ends a line; a command with a NUL, bare CR or bare LF gets
 * 500, a message with one, with a line past 1000 octets or with 8-bit octets gets 554 at its end, as 8BITMIME
 * is not offered. Lax where it is not: white space at the end of a command, and a space behind "FROM:" and
 * "TO:", which textbooks write. */
#ifndef MAIL_SMTP_SERVER_H
#define MAIL_SMTP_SERVER_H

#include <glib.h>

#include "core/span.h"
#include "mail/smtp_envelope.h"

enum smtp_server_state {
    SMTP_S_GREET, /* not open yet, or the greeting was a refusal: only QUIT is left (§3.1) */
    SMTP_S_HELO,  /* no EHLO or HELO yet */
    SMTP_S_READY, /* no transaction */
    SMTP_S_MAIL,  /* has a sender */
    SMTP_S_RCPT,  /* has a recipient */
    SMTP_S_DATA,  /* reads the message */
    SMTP_S_AUTH,  /* reads the answer to its 334 (RFC 4954 §4) */
    SMTP_S_QUIT,  /* over */
};
enum {
    SMTP_BAD_COMMANDS_MAX = 20, /* commands that make no sense; the next one gets 421 */
    SMTP_LOGINS_MAX = 3,        /* wrong ones; the next AUTH gets 421 */
};

const char *smtp_server_state_text(enum smtp_server_state s); /* "RCPT" */

/* Any may be 421, which ends the session. */
struct smtp_verdict {
    unsigned code;    /* 250, 450, 550, … */
    const char *text; /* with or without an enhanced status in front; \n parts lines; borrowed until the next
                         call. NULL: the session's usual text for that code */
};

/* What the server decides. All get `self`; spans are borrowed for the call. */
struct smtp_policy {
    struct smtp_verdict (*on_connect)(void *self); /* 220, 421, 554 */
    struct smtp_verdict (*on_mail)(void *self, struct span sender, uint64_t declared_size);
    /* `e` has the recipients accepted so far. `recipient` is "bob@hamburger.edu", or a bare "postmaster" in
     * any case. */
    struct smtp_verdict (*on_rcpt)(void *self, const struct smtp_envelope *e, struct span recipient);
    struct smtp_verdict (*on_data)(void *self,
                                   const struct smtp_envelope *e); /* before 354; 250 lets it pass */
    /* The whole message, dots taken out, CRLF line ends, no Received: of ours yet. 250 takes responsibility
     * for it (RFC 5321 §6.1). */
    struct smtp_verdict (*on_message)(void *self, const struct smtp_envelope *e, struct span message);
    struct smtp_verdict (*on_vrfy)(void *self, struct span who); /* 250, 252, 550 */
    /* For the trace; any may be NULL. */
    /* `verb` is "" if unknown, "AUTH" of the answer to a 334; `line` without CRLF, cut if too long. */
    void (*on_command)(void *self, const char *verb, struct span line);
    void (*on_reply)(void *self, unsigned code, struct span lines); /* all lines with their CRLFs */
    void (*on_state)(void *self, enum smtp_server_state before, enum smtp_server_state now);
    /* AUTH: 235, 454, 535. `identity` is whom he wants to act as, empty: himself. NULL where AUTH is not
     * offered. */
    struct smtp_verdict (*on_auth)(void *self, struct span identity, struct span user, struct span password);
};

enum smtp_auth_offer {
    SMTP_AUTH_NONE,     /* AUTH is no word here */
    SMTP_AUTH_OFFERED,  /* who likes may use it */
    SMTP_AUTH_REQUIRED, /* who has not gets 530 to MAIL (RFC 6409 §4.3) */
};

struct smtp_server_options {
    const char *hostname;
    size_t size_limit;         /* octets of a message; 0: none told, though past 256 MiB it is refused */
    unsigned recipients_limit; /* a transaction; 0: 100 */
    bool pipelining;           /* offer it; commands that come together are handled in order either way */
    enum smtp_auth_offer auth;
};

struct smtp_server;

/* Both structs and `self` are borrowed for the session's life. */
struct smtp_server *smtp_server_new(const struct smtp_server_options *o, const struct smtp_policy *p,
                                    void *self);
void smtp_server_free(struct smtp_server **s);
/* For another connection, perhaps of another server: as new, in the same memory. */
void smtp_server_clear(struct smtp_server *s, const struct smtp_server_options *o);

/* The greeting, when the connection opens; first and once. What is to be sent is appended to `out`, here and
 * below. */
void smtp_server_open(struct smtp_server *s, GString *out);
/* Bytes from the client, cut anywhere. Memory stays bounded whatever comes. */
void smtp_server_feed(struct smtp_server *s, struct span bytes, GString *out);
/* End it with 421 (shutting down, idle too long: RFC 5321 §3.8). NULL: the usual text. */
void smtp_server_shut(struct smtp_server *s, const char *text, GString *out);
/* Send what is in `out`, then close the connection. */
bool smtp_server_is_over(const struct smtp_server *s);
enum smtp_server_state smtp_server_state(const struct smtp_server *s);

#endif
