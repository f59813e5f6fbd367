/* mail/imap_view.h: a folder as one session sees it. Numbers of messages are this session's own: they move
 * only when the session is told (RFC 3501 §7.4.1), so what others have expunged stays in its list until then,
 * and can still be read (RFC 2180 §4.1.1). \Recent is kept here, too: it is of a message in a session. */
#ifndef MAIL_IMAP_VIEW_H
#define MAIL_IMAP_VIEW_H

#include "mail/box.h"

struct imap_viewed {
    uint32_t uid;
    uint32_t flags; /* as they are now; when it is gone, as they were */
    int64_t date_s;
    struct mail_message *message; /* one reference */
    bool is_recent;
    bool is_gone;    /* from the folder */
    bool is_changed; /* its flags, by others, since the client was told */
};

struct imap_view {
    struct mail_folder *folder; /* NULL: none is open */
    bool is_read_only;
    bool has_lost;  /* the folder was deleted by another: nothing of it is left */
    uint32_t known; /* messages from this uid on are not in the list yet */
    struct imap_viewed *messages;
    unsigned n, room; /* message 1 is messages[0] */
    unsigned n_recent, n_gone, n_changed;
    unsigned n_keywords; /* the client was told of so many */
    struct mail_watch watch;
    void (*on_news)(void *self); /* another has changed something */
    void *self;
};

void imap_view_init(struct imap_view *v, void (*on_news)(void *self), void *self);
/* What is in the folder is in the list at once. To read and write: its new messages are \Recent here, and for
 * nobody after (§2.3.2). */
void imap_view_open(struct imap_view *v, struct mail_folder *f, bool read_only);
void imap_view_close(struct imap_view *v); /* also if none is open */

/* The index of a uid or of the first above it; v->n: none. */
unsigned imap_view_from(const struct imap_view *v, uint32_t uid);
/* Take in what has come since; how many they are. */
unsigned imap_view_take_new(struct imap_view *v);
/* Strike those that are gone off the list; `tell` (may be NULL) gets the number of each, as it is when those
 * before it have been struck already (§7.4.1). */
void imap_view_strike(struct imap_view *v, void (*tell)(void *self, unsigned number), void *self);
/* Change flags in the folder and here; it must not be gone. */
void imap_view_set_flags(struct imap_view *v, unsigned at, uint32_t flags);
/* Expunge it from the folder: then it is gone here, and to be struck. */
void imap_view_expunge(struct imap_view *v, unsigned at);
/* The client has been told of its flags. */
void imap_view_told(struct imap_view *v, unsigned at);
/* "\Seen \Recent", appended. */
void imap_view_flags_text(const struct imap_view *v, unsigned at, GString *out);

#endif
