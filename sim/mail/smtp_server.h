/* mail/smtp_server.h: the receiving side of SMTP (RFC 5321) as a session without I/O: bytes in, bytes out.
 * The order of commands (§4.1.4), replies (§4.2), limits (§4.5.3), transparency (§4.5.2), SIZE (RFC 1870), PIPELINING (RFC 2920). What the
 * server as a whole decides (is there such a user, may he relay, is there room) it asks through `struct smtp_policy`. */
#ifndef MAIL_SMTP_SERVER_H
#define MAIL_SMTP_SERVER_H

#include <glib.h>

#include "core/span.h"
#include "mail/smtp_line.h"

enum smtp_server_state { SMTP_S_GREET, SMTP_S_HELO, SMTP_S_READY, SMTP_S_MAIL, SMTP_S_RCPT, SMTP_S_DATA, SMTP_S_QUIT };
enum { SMTP_PATH_MAX = 256, SMTP_BAD_COMMANDS_MAX = 20 };

const char *smtp_server_state_text(enum smtp_server_state s); /* "RCPT" */

struct smtp_verdict {
    unsigned code;   /* 250, 450, 550, … */
    const char *text; /* borrowed until the next call; NULL: the session's usual text for that code */
};

struct smtp_envelope {
    struct span helo;      /* as the client gave it */
    bool esmtp;            /* it said EHLO */
    struct span sender;    /* without < >; empty is the null sender */
    const char *const *recipients;
    unsigned n_recipients;
    uint64_t declared_size; /* SIZE=, 0: not said */
};

/* What the server decides. All get `self`; spans are borrowed. */
struct smtp_policy {
    struct smtp_verdict (*on_connect)(void *self);                        /* 220, 421, 554 */
    struct smtp_verdict (*on_mail)(void *self, struct span sender, uint64_t declared_size);
    struct smtp_verdict (*on_rcpt)(void *self, const struct smtp_envelope *e, struct span recipient);
    struct smtp_verdict (*on_data)(void *self, const struct smtp_envelope *e);          /* before 354; 250 lets it pass */
    /* The whole message, dots taken out, CRLF line ends, no Received: of ours yet. 250 takes responsibility for it (RFC 5321 §6.1). */
    struct smtp_verdict (*on_message)(void *self, const struct smtp_envelope *e, struct span message);
    struct smtp_verdict (*on_vrfy)(void *self, struct span who);          /* 250, 252, 550 */
    /* For the trace; any may be NULL. `line` is without CRLF. */
    void (*on_command)(void *self, const char *verb, struct span line);
    void (*on_reply)(void *self, unsigned code, struct span lines);       /* all lines with their CRLFs */
    void (*on_state)(void *self, enum smtp_server_state before, enum smtp_server_state now);
};

struct smtp_server_options {
    const char *hostname;
    size_t size_limit;         /* octets of a message; 0: none */
    unsigned recipients_limit; /* a transaction */
    bool pipelining;
};

struct smtp_server;

/* Both structs and `self` are borrowed for the session's life. */
struct smtp_server *smtp_server_new(const struct smtp_server_options *o, const struct smtp_policy *p, void *self);
void smtp_server_free(struct smtp_server **s);

/* The greeting, when the connection opens. What is to be sent is appended to `out`, here and below. */
void smtp_server_open(struct smtp_server *s, GString *out);
/* Bytes from the client, cut anywhere. Memory stays bounded whatever comes. */
void smtp_server_feed(struct smtp_server *s, struct span bytes, GString *out);
/* End it with 421 (shutting down, idle too long: RFC 5321 §3.8). */
void smtp_server_shut(struct smtp_server *s, const char *text, GString *out);
/* Send what is in `out`, then close the connection. */
bool smtp_server_is_over(const struct smtp_server *s);
enum smtp_server_state smtp_server_state(const struct smtp_server *s);

#endif
