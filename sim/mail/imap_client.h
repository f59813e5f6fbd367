/* mail/imap_client.h: a reader's side of IMAP4rev1 (RFC 3501) as a session without I/O: responses in,
 * commands out. The owner gives one command at a time and hears of its data and its end; of what the server
 * tells unasked, whenever. */
#ifndef MAIL_IMAP_CLIENT_H
#define MAIL_IMAP_CLIENT_H

#include <glib.h>
#include <stdbool.h>

#include "core/span.h"

enum imap_client_state {
    IMAP_C_GREET, /* waits for the greeting */
    IMAP_C_NOT_AUTHENTICATED,
    IMAP_C_AUTHENTICATED,
    IMAP_C_SELECTED,
    IMAP_C_IDLE,   /* in SELECTED, waits for what happens */
    IMAP_C_LOGOUT, /* LOGOUT is sent */
    IMAP_C_OVER,
};
const char *imap_client_state_text(enum imap_client_state s);

enum { IMAP_RESPONSE_MAX = 32 * 1024 * 1024 }; /* octets of one response; a longer one ends the session */

/* What a FETCH response says of a message; what it does not say is empty, 0 or false. Spans are borrowed for
 * the call. */
struct imap_fetched {
    unsigned number; /* message sequence number */
    uint32_t uid;
    bool has_flags;
    struct span flags; /* "\Seen \Flagged" */
    size_t size;       /* RFC822.SIZE */
    bool has_body;
    struct span section; /* of BODY[…]: "HEADER.FIELDS (FROM SUBJECT)", "" for the whole; of RFC822: "" */
    struct span body;
    struct span raw; /* the whole response, "* 3 FETCH (…)" */
};

struct imap_listed {
    struct span name; /* decoded to UTF-8 */
    bool no_select;
};

struct imap_client_events {
    /* It takes a command: at first after the greeting (state NOT AUTHENTICATED), then after each that is
     * done. `status` is how that ended: "OK", "NO", "BAD" ("" at first); `line` the text behind it, response
     * code and all. */
    void (*on_done)(void *self, const char *status, struct span line);
    void (*on_exists)(void *self, unsigned n);
    void (*on_recent)(void *self, unsigned n);
    void (*on_expunge)(void *self, unsigned number);
    void (*on_fetch)(void *self, const struct imap_fetched *f);
    void (*on_list)(void *self, const struct imap_listed *l);
    void (*on_search)(void *self, const uint32_t *found, unsigned n);
    /* Response codes of OK: "UIDVALIDITY" 7, "UIDNEXT" 12, "UNSEEN" 3, "READ-ONLY" … */
    void (*on_code)(void *self, struct span code, uint32_t number);
    /* It is over: `in_order`, LOGOUT was answered; else `line` says what was wrong. */
    void (*on_end)(void *self, bool in_order, struct span line);
    void (*on_state)(void *self, enum imap_client_state before, enum imap_client_state now); /* may be NULL */
};

struct imap_client;

/* All borrowed for the session's life. Events come from within feed. */
struct imap_client *imap_client_new(const struct imap_client_events *e, void *self);
void imap_client_free(struct imap_client **c);
void imap_client_feed(struct imap_client *c, struct span bytes, GString *out);
void imap_client_broken(struct imap_client *c); /* the connection is gone */

/* Commands, while none is under way; appended to `out` with a tag: a1, a2 … Strings are quoted or sent as
 * literals as need be (a literal waits for the server's "+"); folder names are UTF-8 and become modified
 * UTF-7 (RFC 3501 §5.1.3). */
void imap_client_login(struct imap_client *c, const char *user, const char *password, GString *out);
void imap_client_authenticate_plain(struct imap_client *c, const char *user, const char *password,
                                    GString *out);
void imap_client_select(struct imap_client *c, const char *folder, bool to_read_only, GString *out);
void imap_client_append(struct imap_client *c, const char *folder, const char *flags, struct span message,
                        GString *out);
/* One with folder names: "CREATE", "DELETE", "SUBSCRIBE", "UNSUBSCRIBE" (b NULL), "RENAME", "LIST", "LSUB".
 */
void imap_client_folders(struct imap_client *c, const char *verb, const char *a, const char *b, GString *out);
/* Any other, as it goes over the wire without tag and CRLF: "UID FETCH 3:* (FLAGS)", "NOOP", "EXPUNGE",
 * "LOGOUT". One line of ASCII; asserted. "SELECTED" follows from select alone. */
void imap_client_command(struct imap_client *c, const char *line, GString *out);
/* A command with a folder name at its end: "UID MOVE 3" "Travel". */
void imap_client_to_folder(struct imap_client *c, const char *line, const char *folder, GString *out);
void imap_client_idle(struct imap_client *c, GString *out);
void imap_client_idle_done(struct imap_client *c, GString *out);

bool imap_client_is_ready(const struct imap_client *c);
bool imap_client_is_over(const struct imap_client *c);
enum imap_client_state imap_client_state(const struct imap_client *c);

#endif
