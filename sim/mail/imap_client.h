/* mail/imap_client.h: a reader's side of IMAP4rev1 (RFC 3501) as a session without I/O: responses in,
 * commands out. The owner gives one command at a time and hears of its data and its end; of what the server
 * tells unasked, whenever.
 *
 * A server that breaks the protocol is left at once: a response that can't be read, the end of a command that
 * was not given, messages that were never told to exist. So numbers an owner hears of are good: EXISTS is at
 * most IMAP_EXISTS_MAX and grows but by a SELECT, and those of EXPUNGE and FETCH are from 1 to there. */
#ifndef MAIL_IMAP_CLIENT_H
#define MAIL_IMAP_CLIENT_H

#include <glib.h>
#include <stdbool.h>

#include "mail/imap_reply.h"

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

enum { IMAP_EXISTS_MAX = 1000000 }; /* messages of a folder; a server that tells of more is left */

/* Only on_other and on_state may be NULL. Spans are borrowed for the call. From within on_done, give the next
 * command, or at any time imap_client_idle_done; free the session later. */
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
    /* Response codes, of OK, NO and BAD, before the on_done they belong to: "UIDVALIDITY" 7, "UIDNEXT" 12,
     * "UNSEEN" 3, "READ-ONLY" (0) … */
    void (*on_code)(void *self, struct span code, uint32_t number);
    /* Any other data, whole: "* CAPABILITY IMAP4rev1". */
    void (*on_other)(void *self, struct span response);
    /* It is over: `in_order`, LOGOUT was answered; else `line` says what was wrong: "BYE …" by the server. */
    void (*on_end)(void *self, bool in_order, struct span line);
    void (*on_state)(void *self, enum imap_client_state before, enum imap_client_state now);
};

struct imap_client;

/* All borrowed for the session's life. Events come from within feed. */
struct imap_client *imap_client_new(const struct imap_client_events *e, void *self);
void imap_client_free(struct imap_client **c);
void imap_client_feed(struct imap_client *c, struct span bytes, GString *out);
void imap_client_broken(struct imap_client *c); /* the connection is gone */

/* Commands, while none is under way; appended to `out` with a tag: a1, a2 … Strings are quoted or sent as
 * literals as need be (a literal waits for the server's "+"); folder names are UTF-8 and become modified
 * UTF-7 (RFC 3501 §5.1.3). LOGIN and AUTHENTICATE in state NOT AUTHENTICATED; folders after that. */
void imap_client_login(struct imap_client *c, const char *user, const char *password, GString *out);
void imap_client_authenticate_plain(struct imap_client *c, const char *user, const char *password,
                                    GString *out);
void imap_client_select(struct imap_client *c, const char *folder, bool to_read_only, GString *out);
void imap_client_append(struct imap_client *c, const char *folder, const char *flags, struct span message,
                        GString *out);
/* One with folder names: "CREATE", "DELETE" (of the folder selected it leaves SELECTED), "SUBSCRIBE",
 * "UNSUBSCRIBE" (b NULL), "RENAME", "LIST", "LSUB" (b: % and * are wildcards). */
void imap_client_folders(struct imap_client *c, const char *verb, const char *a, const char *b, GString *out);
/* Any other, as it goes over the wire without tag and CRLF: "UID FETCH 3:* (FLAGS)", "NOOP", "EXPUNGE",
 * "LOGOUT". One line of ASCII, asserted, and no command that has a function here. CLOSE and UNSELECT leave
 * SELECTED. */
void imap_client_command(struct imap_client *c, const char *line, GString *out);
/* A command with a folder name at its end: "UID MOVE 3" "Travel". */
void imap_client_to_folder(struct imap_client *c, const char *line, const char *folder, GString *out);
/* SEARCH or UID SEARCH (`verb`) for keys as people write them: "FROM alice SUBJECT \"Mittagessen\"". Strings
 * that are no ASCII go as literals in UTF-8 (RFC 3501 §6.4.4). False, and nothing is sent: they hold a
 * control character, an open quote, or what is no UTF-8. Whether they are keys, the server says. */
bool imap_client_search(struct imap_client *c, const char *verb, const char *keys, GString *out);
/* In SELECTED: wait for what happens, until imap_client_idle_done, at any time, or the server ends it; then
 * on_done. */
void imap_client_idle(struct imap_client *c, GString *out);
void imap_client_idle_done(struct imap_client *c, GString *out);

bool imap_client_is_ready(const struct imap_client *c);
bool imap_client_is_over(const struct imap_client *c);
enum imap_client_state imap_client_state(const struct imap_client *c);

#endif
