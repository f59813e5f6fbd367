/* mail/box.h: the mailboxes of a server: what has arrived for its users and waits to be read. They are on its
 * disk: a stop of the server leaves them as they are.
 *
 * Each box has one folder, INBOX; `struct mail_folder` is where more of them, flags and UIDVALIDITY have
 * their place. */
#ifndef MAIL_BOX_H
#define MAIL_BOX_H

#include <glib.h>
#include <stdbool.h>

#include "core/time.h"
#include "mail/message.h"

struct mail_stored {
    uint32_t uid; /* from 1, never used again in this folder (RFC 3501 §2.3.1.1) */
    sim_time received;
    struct mail_message *message; /* one reference */
};

struct mail_folder {
    const char *name; /* "INBOX" */
    uint32_t uid_next;
    struct mail_stored *messages; /* by uid, ascending */
    unsigned n, room;
};

struct mail_box {
    char *user;
    size_t quota; /* octets; 0: no limit */
    size_t used;
    bool implied;    /* made by the server itself (postmaster), not asked for */
    uint64_t stored; /* messages ever, deleted ones too: for the audit */
    struct mail_folder inbox;
};

/* Boxes by user name; ASCII case does not count, although RFC 5321 §2.4 would allow a server to tell Bob from
 * bob. */
struct mail_boxes {
    GHashTable *by_user; /* of struct mail_box *, by its `user`; never iterated */
    GPtrArray *all;      /* the same, in the order added */
};

void mail_boxes_init(struct mail_boxes *b);
void mail_boxes_release(struct mail_boxes *b);
/* NULL if there is one already. */
struct mail_box *mail_boxes_add(struct mail_boxes *b, const char *user, size_t quota);
struct mail_box *mail_boxes_find(const struct mail_boxes *b, struct span user); /* or NULL */

enum mail_room {
    MAIL_ROOM,       /* it fits */
    MAIL_ROOM_LATER, /* full now: 452 */
    MAIL_ROOM_NEVER, /* larger than the whole box: 552 */
};
/* Whether `size` octets fit. 0, for a size not told, asks for one. */
enum mail_room mail_box_room(const struct mail_box *box, size_t size);

/* Put it in the INBOX; the box takes a reference of its own. Asks nobody about room. Returns its uid. */
uint32_t mail_box_store(struct mail_box *box, struct mail_message *m, sim_time now);
/* False if there is no such message. */
bool mail_box_delete(struct mail_box *box, uint32_t uid);
void mail_box_clear(struct mail_box *box);

#endif
