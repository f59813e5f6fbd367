/* mail/imap_server_internal.h: the inside of the IMAP server session, for the files of its verbs. */
#ifndef MAIL_IMAP_SERVER_INTERNAL_H
#define MAIL_IMAP_SERVER_INTERNAL_H

#include "mail/imap_input.h"
#include "mail/imap_parse.h"
#include "mail/imap_server.h"
#include "mail/imap_view.h"

/* Reads a command's arguments from s->args, replies, and returns the state that follows. */
typedef enum imap_server_state imap_handler(struct imap_server *s);

/* What may be told before the reply. A command whose numbers are of messages must not see them move (§7.4.1);
 * one that leaves the folder tells nothing more of it. */
enum imap_tells { IMAP_TELLS_NOTHING, IMAP_TELLS_NO_EXPUNGE, IMAP_TELLS_ALL };

struct imap_verb {
    const char *name;
    unsigned in; /* states that accept it */
    imap_handler *run;
    enum imap_tells tells;
    const char *args; /* how they are written, for BAD */
};

struct imap_server {
    const struct imap_server_options *options;
    const struct imap_policy *policy;
    void *self;
    enum imap_server_state state;
    bool opened, over;
    bool is_answering; /* AUTHENTICATE waits for the client's word */
    bool is_idling;
    unsigned bad;    /* commands that made no sense, so far */
    unsigned logins; /* that were refused */
    sim_time now;    /* of the call under way, as `out` */
    GString *out;
    struct imap_input input;
    struct imap_args args;
    struct imap_view view;
    struct mail_box *box;
    /* The command under way. */
    const struct imap_verb *verb; /* NULL: none that is known */
    GString *tag;
    bool by_uid;  /* its numbers are uids: UID FETCH */
    bool is_told; /* its first line, to the policy */
};

/* ---- Saying things. */

/* An untagged response: "* ", the words, CRLF. `status` "OK", "NO", "BAD", "BYE"; "": data. */
void imap_say(struct imap_server *s, const char *status, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* One that is written piece by piece: begin, append to s->out (the "* " is there), end with what begin gave.
 */
size_t imap_begin(struct imap_server *s);
void imap_end(struct imap_server *s, size_t begun, uint32_t mail);
void imap_go_on(struct imap_server *s, const char *text);   /* "+ " */
void imap_say_bye(struct imap_server *s, const char *text); /* the last word (§7.1.5): it is over */

/* Tell what others have done (§7.3, §7.4), and what this command did itself to the list of messages.
 * Numbers stay as they are unless `with_expunges`. */
void imap_update(struct imap_server *s, bool with_expunges);
/* FLAGS and PERMANENTFLAGS (§7.2.6, §7.1). */
void imap_say_flags(struct imap_server *s);
/* The same, if the folder has keywords that the client has not been told of: before any message has them. */
void imap_say_new_keywords(struct imap_server *s);

/* The end of a command: updates that its verb allows, then its tag, the status and `text`. Each returns the
 * state that the session is in, which most commands leave alone. */
enum imap_server_state imap_ok(struct imap_server *s, const char *text);
enum imap_server_state imap_no(struct imap_server *s, const char *text);
enum imap_server_state imap_bad(struct imap_server *s, const char *text); /* counts */
/* BAD with what the reader expected and how the verb is written. */
enum imap_server_state imap_bad_args(struct imap_server *s);

/* ---- Verbs. */

imap_handler imap_on_login, imap_on_authenticate;
imap_handler imap_on_select, imap_on_examine, imap_on_create, imap_on_delete, imap_on_rename,
    imap_on_subscribe, imap_on_unsubscribe, imap_on_list, imap_on_lsub, imap_on_status, imap_on_namespace;
imap_handler imap_on_append;
imap_handler imap_on_check, imap_on_close, imap_on_unselect, imap_on_expunge, imap_on_store, imap_on_copy,
    imap_on_move;
imap_handler imap_on_fetch, imap_on_search;

/* A message of SASL PLAIN in base64 (RFC 4616 §2): [authorization identity] NUL user NUL password. */
enum imap_server_state imap_log_in_plain(struct imap_server *s, struct span base64);

/* A literal of APPEND is announced. False: it was refused, with a reply. */
bool imap_append_announced(struct imap_server *s);

/* ---- Shared by verbs. */

bool imap_ends(struct imap_server *s); /* the arguments do; else there is a fault */

/* A folder's name, as an argument, in UTF-8: appended. False: that can be no name. */
bool imap_take_folder_name(struct imap_server *s, GString *name);
enum imap_server_state imap_no_name(struct imap_server *s); /* the reply to that */
/* The keywords that the folder has not had yet fit in. */
bool imap_has_room_for_keywords(const struct mail_folder *f, const struct imap_flags *flags);
/* "NAME completed". */
enum imap_server_state imap_completed(struct imap_server *s);

/* Indexes of the view's messages that a set means, in order; guint. NULL: a number is out of range. */
GArray *imap_resolve(struct imap_server *s, struct imap_set *set);

#endif
