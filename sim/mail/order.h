/* mail/order.h: answers that a scenario orders a server to give, whatever its own rules say. */
#ifndef MAIL_ORDER_H
#define MAIL_ORDER_H

#include <glib.h>

#include "mail/server.h"
#include "mail/smtp_server.h"

struct mail_orders {
    GPtrArray *list; /* of those in force, in the order given */
    unsigned last_id;
};

void mail_orders_init(struct mail_orders *o);
void mail_orders_release(struct mail_orders *o);

unsigned mail_orders_add(struct mail_orders *o, const struct mail_answer *answer);
void mail_orders_end(struct mail_orders *o, unsigned id); /* of no use twice, and no harm */

/* A connection came in: orders that wait for so many count it. */
void mail_orders_count(struct mail_orders *o);

/* The first that is in force at this point for any of these addresses (or, at MAIL_ANSWER_CONNECT, names of
 * the client); its text is borrowed. False: none. */
bool mail_orders_find(const struct mail_orders *o, enum mail_answer_when when, const struct span *about,
                      unsigned n, struct smtp_verdict *out);

/* `*` in the pattern stands for any run of characters; ASCII case does not count. */
bool mail_glob(struct span pattern, struct span text);

#endif
