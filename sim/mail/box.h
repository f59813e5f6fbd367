/* mail/box.h: the mailboxes of a server: folders of messages with their flags, waiting to be read. They are
 * on its disk: a stop of the server leaves them as they are.
 *
 * A message is found by its place in a folder (from 0, in the order of uids) or by its uid, which is never
 * used again there (RFC 3501 §2.3.1.1). Whoever has a folder open watches it (struct mail_watch) and is told
 * of what others do; the server itself hears of every change (struct mail_box_events), and traces it. */
#ifndef MAIL_BOX_H
#define MAIL_BOX_H

#include <glib.h>
#include <stdbool.h>

#include "core/time.h"
#include "mail/message.h"

/* RFC 3501 §2.3.2. \Recent is no flag of a message, but of a message in a session: see recent_from. */
enum mail_flag {
    MAIL_SEEN = 1,
    MAIL_ANSWERED = 2,
    MAIL_FLAGGED = 4,
    MAIL_DELETED = 8,
    MAIL_DRAFT = 16,
    MAIL_KEYWORD = 32, /* the folder's first keyword; the next one is twice that */
};
enum {
    MAIL_KEYWORDS_MAX = 26,     /* of a folder */
    MAIL_FOLDERS_MAX = 1000,    /* of a box */
    MAIL_FOLDER_NAME_MAX = 250, /* octets, all levels */
};

struct mail_stored {
    uint32_t uid;
    uint32_t flags;
    sim_time received;            /* when it came into this folder */
    int64_t date_s;               /* Unix seconds, RFC 3501's internal date; a copy keeps it */
    struct mail_message *message; /* one reference */
};

struct mail_folder {
    struct mail_box *box;
    char *name;           /* "INBOX", "Travel/France": UTF-8, levels parted by / */
    uint32_t uidvalidity; /* not 0; another one if a folder is made again under an old name */
    uint32_t uid_next;
    uint32_t recent_from; /* from this uid on, messages are \Recent to the next who selects it to write */
    bool no_select;       /* it is there only for those below it (RFC 3501 §6.3.4) */
    struct mail_stored *messages; /* by uid, ascending */
    unsigned n;
    struct mail_stored *place; /* the box's own, as what follows: `messages` begins somewhere in it */
    unsigned room;
    struct mail_watch *watches; /* in the order opened */
    GPtrArray *keywords;        /* of char *: flags of people's own, in the order first used; NULL: none */
};

struct mail_box {
    struct mail_boxes *boxes;
    char *user;
    char *password; /* NULL: nobody can log in */
    size_t quota;   /* octets of all folders; 0: no limit */
    size_t used;
    bool implied;    /* made by the server itself (postmaster), not asked for */
    bool is_locked;  /* a POP3 session has it (RFC 1939 §4) */
    uint64_t stored; /* messages ever delivered, deleted ones too: for the audit */
    uint32_t uidvalidity_next;
    struct mail_folder *inbox;
    GPtrArray *folders; /* of struct mail_folder, INBOX first, then by name */
    /* of char *, by name; may name folders that are gone (RFC 3501 §6.3.6); NULL: none */
    GPtrArray *subscribed;
};

/* What the server hears of its boxes; any may be NULL. */
struct mail_box_events {
    void (*on_stored)(void *self, struct mail_folder *f, unsigned at);
    void (*on_copied)(void *self, const struct mail_folder *from, uint32_t uid, struct mail_folder *to,
                      unsigned at);
    void (*on_expunged)(void *self, struct mail_folder *f, uint32_t uid, const struct mail_message *m);
    void (*on_flags)(void *self, struct mail_folder *f, unsigned at, uint32_t before);
    /* "create", "delete", "rename" (to the new name, with all below it), "subscribe", "unsubscribe"; it is
     * done already. Each level that had to be made is a "create". */
    void (*on_folder)(void *self, struct mail_box *box, const char *what, const char *name,
                      const char *new_name);
};

/* Boxes by user name; ASCII case does not count, although RFC 5321 §2.4 would allow a server to tell Bob from
 * bob. */
struct mail_boxes {
    GHashTable *by_user; /* of struct mail_box *, by its `user`; never iterated */
    GPtrArray *all;      /* the same, in the order added */
    int64_t epoch_s;     /* Unix seconds at virtual time 0, for internal dates; 0 unless set */
    const struct mail_box_events *events; /* NULL: nobody */
    void *events_self;
};

void mail_boxes_init(struct mail_boxes *b);
void mail_boxes_release(struct mail_boxes *b);
/* NULL if there is one already. */
struct mail_box *mail_boxes_add(struct mail_boxes *b, const char *user, size_t quota);
struct mail_box *mail_boxes_find(const struct mail_boxes *b, struct span user); /* or NULL */
void mail_box_set_password(struct mail_box *box, const char *password);         /* copied; NULL: none */

enum mail_room {
    MAIL_ROOM,       /* it fits */
    MAIL_ROOM_LATER, /* full now: 452 */
    MAIL_ROOM_NEVER, /* larger than the whole box: 552 */
};
/* Whether `size` octets fit. 0, for a size not told, asks for one. */
enum mail_room mail_box_room(const struct mail_box *box, size_t size);

/* Deliver into the INBOX; the box takes a reference of its own. Asks nobody about room. Returns its uid. */
uint32_t mail_box_store(struct mail_box *box, struct mail_message *m, sim_time now);
/* Delete it from the INBOX; false if there is no such message. */
bool mail_box_delete(struct mail_box *box, uint32_t uid);
/* Delete all that is in the INBOX. */
void mail_box_clear(struct mail_box *box);

/* The maildrop's lock (RFC 1939 §4): false if another has it. Only who has it unlocks it. */
bool mail_box_lock(struct mail_box *box);
void mail_box_unlock(struct mail_box *box);

/* ---- Folders. */

/* A first level of INBOX in any case; other names as they are. NULL: none. */
struct mail_folder *mail_folder_find(const struct mail_box *box, struct span name);

enum mail_folder_done {
    MAIL_FOLDER_OK,
    MAIL_FOLDER_EXISTS,
    MAIL_FOLDER_MISSING,
    MAIL_FOLDER_BAD_NAME,     /* empty, too long, an empty level, not UTF-8, controls, % or *; below itself */
    MAIL_FOLDER_IS_INBOX,     /* INBOX is always there */
    MAIL_FOLDER_HAS_CHILDREN, /* and nothing else that could be deleted */
    MAIL_FOLDER_TOO_MANY,
};
/* With the levels above it that are not there yet. A trailing / is taken off (RFC 3501 §6.3.3). What is
 * refused, here and below, changes nothing. */
enum mail_folder_done mail_folder_make(struct mail_box *box, struct span name);
/* With its messages. Watchers are told that it is gone. With folders below it, it stays as a name that cannot
 * be selected, until the last of them goes. */
enum mail_folder_done mail_folder_remove(struct mail_box *box, struct span name);
/* With all below it; each gets another uidvalidity. Of INBOX: its messages move to a new folder, and what is
 * below it stays (RFC 3501 §6.3.5). */
enum mail_folder_done mail_folder_rename(struct mail_box *box, struct span from, struct span to);
bool mail_folder_has_children(const struct mail_folder *f);

/* False: a bad name, or too many of them. That a folder of that name is there is not asked. */
bool mail_subscribe(struct mail_box *box, struct span name);
bool mail_unsubscribe(struct mail_box *box, struct span name); /* false: it was not */
bool mail_is_subscribed(const struct mail_box *box, const char *name);

/* ---- Messages of a folder. */

/* Put a message in, by a person's hand: not a delivery. Returns its uid. */
uint32_t mail_folder_append(struct mail_folder *f, struct mail_message *m, uint32_t flags, int64_t date_s,
                            sim_time now);
/* A copy of message `at`, keywords by name as far as there is room for them, with flags and date (RFC 3501
 * §6.4.7). Returns its uid. */
uint32_t mail_folder_copy(struct mail_folder *from, unsigned at, struct mail_folder *to, sim_time now);
/* The place of a uid; -1: it is not there. */
int mail_folder_place(const struct mail_folder *f, uint32_t uid);
/* The first place whose uid is `uid` or more; f->n: none. */
unsigned mail_folder_from(const struct mail_folder *f, uint32_t uid);
/* Take it out. Watches but `by` (may be NULL) are told. */
void mail_folder_expunge(struct mail_folder *f, unsigned at, const struct mail_watch *by);
/* Nothing happens if they are so already. Watches but `by` are told. */
void mail_folder_set_flags(struct mail_folder *f, unsigned at, uint32_t flags, const struct mail_watch *by);
/* The bit of a keyword (ASCII case does not count), made if it is new; 0: there are too many. */
uint32_t mail_folder_keyword(struct mail_folder *f, struct span keyword);
uint32_t mail_folder_keyword_find(const struct mail_folder *f, struct span keyword); /* 0: none */
/* "\Seen \Flagged $Work", appended: system flags first. */
void mail_flags_text(const struct mail_folder *f, uint32_t flags, GString *out);

/* ---- Watching. Called while the folder changes: a watcher notes it, and changes nothing. */

struct mail_watch {
    void (*on_stored)(void *self, unsigned at);
    void (*on_expunged)(void *self, unsigned at, uint32_t uid); /* it was there; now it is gone */
    void (*on_flags)(void *self, unsigned at);
    void (*on_gone)(void *self); /* the folder is gone, and with it this watch */
    void *self;
    struct mail_folder *folder; /* the box's own, as what follows; NULL: it watches none */
    struct mail_watch *next, *prev;
};
void mail_watch_start(struct mail_watch *w, struct mail_folder *f);
void mail_watch_stop(struct mail_watch *w); /* also if it watches none */

#endif
