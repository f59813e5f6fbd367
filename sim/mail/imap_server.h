/* mail/imap_server.h: the server's side of IMAP4rev1 (RFC 3501) as a session without I/O, with IDLE (RFC
 * 2177), NAMESPACE (RFC 2342), CHILDREN (RFC 3348), UNSELECT (RFC 3691), UIDPLUS (RFC 4315), MOVE (RFC 6851),
 * LITERAL+ (RFC 7888), and SASL-IR (RFC 4959) for AUTHENTICATE PLAIN (RFC 4616). It works on the folders of a
 * struct mail_box; several sessions may have one open, and each is told of what the others do, when the RFC
 * allows it (§5.5, §7.4.1).
 *
 * Parts: imap_input (bytes → commands with their literals), imap_parse and imap_set (a command → words,
 * lists, sets), imap_server (states and verbs), imap_say (responses), imap_view (a session's own list of
 * messages), imap_login, imap_folders (SELECT, CREATE, STATUS …), imap_list (LIST, LSUB), imap_append,
 * imap_change (STORE, COPY, EXPUNGE …), imap_fetch (items), imap_section (BODY[…]), imap_structure
 * (BODYSTRUCTURE), imap_envelope, imap_search and imap_keys, imap_text (strings), imap_utf7 (folders' names).
 */
#ifndef MAIL_IMAP_SERVER_H
#define MAIL_IMAP_SERVER_H

#include "mail/box.h"

enum imap_server_state {
    IMAP_S_GREET, /* not open yet */
    IMAP_S_NOT_AUTHENTICATED,
    IMAP_S_AUTHENTICATED,
    IMAP_S_SELECTED,
    IMAP_S_LOGOUT, /* over */
};
enum {
    IMAP_LINE_MAX = 8192,               /* octets of a command without its literals; more gets BAD */
    IMAP_LITERAL_MAX = 1024,            /* of a literal anywhere but in APPEND */
    IMAP_APPEND_MAX = 32 * 1024 * 1024, /* of a message; more gets NO [TOOBIG] before it is sent */
    IMAP_LOGINS_MAX = 3,                /* wrong ones; then BYE */
    IMAP_BAD_COMMANDS_MAX = 20,         /* then BYE */
    IMAP_FETCH_MAX = 256 * 1024 * 1024, /* octets of the answers to one FETCH; then NO [LIMIT] */
};
const char *imap_server_state_text(enum imap_server_state s); /* "SELECTED" */

struct imap_policy {
    struct mail_box *(*on_login)(void *self, struct span user, struct span password); /* NULL: refused */
    /* APPEND puts this message there: its id in the trace. NULL: 0. */
    uint32_t (*on_append)(void *self, const struct mail_folder *to, struct span message);
    /* Something has happened that an idling client is to hear: call imap_server_tell soon, not from within.
     * NULL: nobody cares. */
    void (*on_news)(void *self);
    /* For the trace; any may be NULL. `line` is the command's first line without CRLF, a literal as "{12}";
     * it is told when that line has come. `tag` is empty if it is none. `verb` is "UID FETCH", "" if unknown;
     * for what is said within a command, its tag and its verb: "AUTHENTICATE", or "IDLE" for DONE. */
    void (*on_command)(void *self, struct span tag, const char *verb, struct span line);
    /* Each response: `tag` is "*", "+", or the command's; `status` "OK", "NO", "BAD", "BYE", "PREAUTH" or ""
     * for data; `response` all of it, with literals and CRLF; `mail` the message's id in the trace if it is
     * about one (FETCH). */
    void (*on_reply)(void *self, struct span tag, const char *status, struct span response, uint32_t mail);
    void (*on_state)(void *self, enum imap_server_state before, enum imap_server_state now);
};

struct imap_server_options {
    const char *hostname;
    const struct mail_boxes *boxes; /* for the epoch of internal dates */
};

struct imap_server;

/* All borrowed for the session's life. Free it in any state: nothing is expunged. */
struct imap_server *imap_server_new(const struct imap_server_options *o, const struct imap_policy *p,
                                    void *self);
void imap_server_free(struct imap_server **s);

/* The greeting, first and once. What is to be sent is appended to `out`, here and below. */
void imap_server_open(struct imap_server *s, GString *out);
/* Bytes from the client, cut anywhere. Memory stays bounded whatever comes. */
void imap_server_feed(struct imap_server *s, struct span bytes, sim_time now, GString *out);
/* While it idles: what has happened since (RFC 2177). Else nothing. */
void imap_server_tell(struct imap_server *s, GString *out);
/* End it with BYE (idle too long, shutting down: RFC 3501 §5.4). `text` NULL: the usual one. */
void imap_server_shut(struct imap_server *s, const char *text, GString *out);
bool imap_server_is_over(const struct imap_server *s);
bool imap_server_is_idling(const struct imap_server *s);
enum imap_server_state imap_server_state(const struct imap_server *s);
const struct mail_box *imap_server_box(const struct imap_server *s);       /* NULL: nobody is logged in */
const struct mail_folder *imap_server_folder(const struct imap_server *s); /* NULL: none is selected */
bool imap_server_is_read_only(const struct imap_server *s);

#endif
