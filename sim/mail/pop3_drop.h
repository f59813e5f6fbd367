/* mail/pop3_drop.h: a maildrop as a POP3 session has it (RFC 1939 §4): which messages there are, their
 * numbers and sizes, as it was when the session began; the lock; marks, and the deletion of what is marked.
 */
#ifndef MAIL_POP3_DROP_H
#define MAIL_POP3_DROP_H

#include "mail/box.h"

/* Its number is its place, from 1. */
struct pop3_mail {
    uint32_t uid;
    uint32_t mail; /* the message's id in the trace */
    size_t size;   /* octets as it travels, without doubled dots */
    bool marked;   /* as deleted */
};

struct pop3_drop {
    struct mail_box *box; /* ours, locked; NULL: none is open */
    struct pop3_mail *mails;
    unsigned n, n_left; /* all, and those not marked */
    size_t size_left;
};

/* Lock the box and take stock; false: another session has it. All zeros is a maildrop to open. */
bool pop3_drop_open(struct pop3_drop *d, struct mail_box *box);
/* Give the lock back; before that, if `update`, delete what is marked (RFC 1939 §6). Also if none is open. */
void pop3_drop_close(struct pop3_drop *d, bool update);

/* Nothing happens if it is so already. */
void pop3_drop_mark(struct pop3_drop *d, struct pop3_mail *m, bool marked);
/* The first one behind `m` (NULL: of all) that is not marked, or NULL. */
struct pop3_mail *pop3_drop_next(const struct pop3_drop *d, const struct pop3_mail *m);
unsigned pop3_drop_number(const struct pop3_drop *d, const struct pop3_mail *m);
/* NULL: another session took it away since. Borrowed. */
const struct mail_message *pop3_drop_message(const struct pop3_drop *d, const struct pop3_mail *m);

/* Lines of a message as they travel: each with CRLF, its first dot doubled (RFC 1939 §3), up to the empty one
 * behind the header and `body_lines` more (UINT64_MAX: all). Returns their octets without doubled dots;
 * appends them to `out` if it is not NULL. */
size_t pop3_put_lines(GString *out, struct span message, uint64_t body_lines);

#endif
