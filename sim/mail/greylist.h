/* mail/greylist.h: who has been told to come back later. A sender with a queue does; much of what sends spam
 * has none (RFC 6647). A triple of client network, sender and recipient that is new is put off, and let in
 * once `wait` has passed. */
#ifndef MAIL_GREYLIST_H
#define MAIL_GREYLIST_H

#include <stdbool.h>

#include "core/span.h"
#include "core/time.h"
#include "net/addr.h"

struct mail_greylist;

struct mail_greylist *mail_greylist_new(void);
void mail_greylist_free(struct mail_greylist **g);

/* True: it may come in. The client counts by its /24, for a sender may have several hosts. */
bool mail_greylist_lets(struct mail_greylist *g, ip_addr client, struct span sender, struct span recipient,
                        sim_time wait, sim_time now);

#endif
