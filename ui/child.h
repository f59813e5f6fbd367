/* child.h: a program of the desktop's that is fed through its standard input and listened to, and never
 * waited for: it may be slow, stuck, or gone at any time, and the window goes on. Started without a shell. */
#ifndef CHILD_H
#define CHILD_H

#include <glib.h>
#include <stdbool.h>

struct child;

/* The full path of a program that stands in one of the folders of PATH; NULL: in none. To be freed. */
char *child_find(const char *program);

/* Start `argv` (argv[0] is a full path). `given` (may be NULL) is what it can read from its descriptor 3, no
 * more than a pipe holds: 4096 octets. NULL with the reason in `why`. */
struct child *child_new(const char *const *argv, const GByteArray *given, GString *why);
/* Ends it, whatever it does. */
void child_free(struct child **c);

/* Hand it octets. How many it took; 0: none now. -1: it takes no more, since it has closed its input or
 * ended. */
gssize child_feed(struct child *c, const void *octets, gsize n);
void child_feed_end(struct child *c); /* no more comes */

/* Sleep until it says something, ends, or (`to_feed`) takes more; at most `ms`. Takes what it said. */
void child_rest(struct child *c, double ms, bool to_feed);
/* It has ended: `well_out` tells whether with status 0. All that it said has been taken then. */
bool child_has_ended(struct child *c, bool *well_out);

/* What it wrote to its standard output, its first 256 KiB. Borrowed. */
const GByteArray *child_output(const struct child *c);
/* The last line that it wrote to its standard error, as UTF-8; NULL: nothing. To be freed. */
char *child_complaint(const struct child *c);

#endif
