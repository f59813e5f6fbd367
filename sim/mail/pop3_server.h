/* mail/pop3_server.h: the server's side of POP3 (RFC 1939, all of it; CAPA and response codes: RFC 2449, RFC
 * 3206) as a session without I/O: bytes in, bytes out. AUTHORIZATION, TRANSACTION, UPDATE; the maildrop as it
 * was when the session began; the lock; deletions only at QUIT. It works on a struct mail_box; who may have
 * which box it asks through `struct pop3_policy`.
 *
 * The lock keeps other POP3 sessions out, but not IMAP, which knows no locks: it may take away a message that
 * is numbered here. Its number then stays, and RETR and TOP of it get -ERR.
 *
 * Strict: one space between words and none at the end, only CRLF ends a line, and nothing but printable ASCII
 * is in it. Each message travels with CRLF line ends whatever it is kept with, and that is the size told. */
#ifndef MAIL_POP3_SERVER_H
#define MAIL_POP3_SERVER_H

#include "mail/box.h"

enum pop3_server_state {
    POP3_S_GREET, /* not open yet */
    POP3_S_AUTHORIZATION,
    POP3_S_TRANSACTION,
    POP3_S_UPDATE, /* over, by QUIT in TRANSACTION: what was marked is deleted */
    POP3_S_QUIT,   /* over in any other way: nothing was deleted */
};
enum {
    POP3_LINE_MAX = 255, /* RFC 2449 §4, with CRLF: a longer command gets -ERR, once, however long it is */
    POP3_LOGINS_MAX = 3, /* wrong ones; then -ERR and the end */
    POP3_BAD_COMMANDS_MAX = 20, /* that made no sense; the next one gets -ERR and the end */
    /* Octets: who asks for more before these were sent gets -ERR and the end. */
    POP3_UNSENT_MAX = 128 * 1024 * 1024,
};
const char *pop3_server_state_text(enum pop3_server_state s); /* "TRANSACTION" */

struct pop3_policy {
    /* The box, or NULL: refused, with the same words whether there is such a user or not. The session locks
     * it. */
    struct mail_box *(*on_login)(void *self, struct span user, struct span password);
    /* RFC 1939 §7, APOP: `digest` is 32 hexadecimal digits (small letters), MD5 of timestamp and shared
     * secret: see pop3_apop_digest. May be NULL where there is no timestamp. */
    struct mail_box *(*on_apop)(void *self, struct span user, const char *timestamp, struct span digest);
    /* For the trace; any may be NULL. `line` without CRLF, the password of PASS as it came. */
    void (*on_command)(void *self, const char *verb, struct span line); /* "" if unknown */
    /* `ok`: +OK; the greeting too. `line` is the status line without CRLF; `body` what follows it, with
     * CRLFs, dots stuffed, and the last dot (empty if nothing does); `mail` the message's id in the trace if
     * it is about one. */
    void (*on_reply)(void *self, bool ok, struct span line, struct span body, uint32_t mail);
    void (*on_state)(void *self, enum pop3_server_state before, enum pop3_server_state now);
};

struct pop3_server_options {
    const char *hostname;
    const char *timestamp; /* "<1.1772442000@mail.hamburger.edu>" in the greeting, for APOP; NULL: no APOP */
};

struct pop3_server;

/* All borrowed for the session's life. Free it in any state: the lock is given back, nothing is deleted. */
struct pop3_server *pop3_server_new(const struct pop3_server_options *o, const struct pop3_policy *p,
                                    void *self);
void pop3_server_free(struct pop3_server **s);

/* The greeting, first and once. What is to be sent is appended to `out`, here and below. */
void pop3_server_open(struct pop3_server *s, GString *out);
/* Bytes from the client, cut anywhere. Memory stays bounded whatever comes. */
void pop3_server_feed(struct pop3_server *s, struct span bytes, GString *out);
/* The connection is idle too long or gone: over without UPDATE (RFC 1939 §3); nothing is said. */
void pop3_server_shut(struct pop3_server *s);
/* Send what is in `out`, then close the connection. It has given back the lock already. */
bool pop3_server_is_over(const struct pop3_server *s);
enum pop3_server_state pop3_server_state(const struct pop3_server *s);
const struct mail_box *pop3_server_box(const struct pop3_server *s); /* NULL: nobody is logged in */
unsigned pop3_server_marked(const struct pop3_server *s);            /* messages marked as deleted */

/* What APOP sends (RFC 1939 §7), for both sides: MD5 of the timestamp, brackets and all, and the secret. To
 * be freed. */
char *pop3_apop_digest(const char *timestamp, const char *secret);

#endif
