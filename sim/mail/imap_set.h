/* mail/imap_set.h: sets of numbers of messages, or of uids (RFC 3501 §9, sequence-set). As written, ranges
 * may overlap and stand in any order; settled, they are sorted, and no number is in two. */
#ifndef MAIL_IMAP_SET_H
#define MAIL_IMAP_SET_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { IMAP_STAR = 0 };
struct imap_range {
    uint32_t first, last; /* IMAP_STAR, until settled: the last one there is */
};
/* All zeros: empty. */
struct imap_set {
    struct imap_range *ranges;
    unsigned n, room;
};

void imap_set_release(struct imap_set *s);
void imap_set_add_range(struct imap_set *s, struct imap_range r);
/* Put `star` for *, turn ranges, sort and merge them. */
void imap_set_settle(struct imap_set *s, uint32_t star);
/* Of a settled set. */
bool imap_set_has(const struct imap_set *s, uint32_t n);
/* Add `n`, not less than any in it, to a settled set. */
void imap_set_add(struct imap_set *s, uint32_t n);
/* "1:3,7", appended. */
void imap_set_text(const struct imap_set *s, GString *out);

#endif
