/* mail/local.h: what a server is the end of the way for: its domains, its users, and putting a message into a
 * mailbox (RFC 5321 §4.4: final delivery). */
#ifndef MAIL_LOCAL_H
#define MAIL_LOCAL_H

#include "mail/box.h"
#include "mail/smtp_server.h"
#include "net/net.h"

struct mail_local {
    struct net_host *host;
    char **domains;
    unsigned n_domains;
    struct mail_boxes boxes;
};

/* `domains` are copied. There is a box for postmaster from the beginning (RFC 5321 §4.5.1). Whatever is done
 * to the boxes is traced, so it stays where it is until release. */
void mail_local_init(struct mail_local *l, struct net_host *h, const char *const *domains,
                     unsigned n_domains);
void mail_local_release(struct mail_local *l);

/* False if the user has been added before. */
bool mail_local_add_user(struct mail_local *l, const char *user, size_t quota);

/* The domain of an address: what is behind the last @, empty if there is none. */
struct span mail_local_domain_of(struct span address);
/* It is for a mailbox here, if there is one: in one of the domains, or a bare postmaster. */
bool mail_local_is_here(const struct mail_local *l, struct span address);
struct mail_box *mail_local_find(const struct mail_local *l, struct span address); /* or NULL */

/* The mailbox of a user name, "bob" or "bob@hamburger.edu"; NULL: there is none. */
struct mail_box *mail_local_user(const struct mail_local *l, struct span user);
/* The same for one who knows its password; without one nobody does. */
struct mail_box *mail_local_login(const struct mail_local *l, struct span user, struct span password);

/* 250, or why a message of `size` octets cannot be stored: 550 no such user (`box` NULL), 452 full, 552
 * never. Static texts. */
struct smtp_verdict mail_local_check(const struct mail_box *box, size_t size);

/* Deliver, and trace it. */
void mail_local_store(struct mail_local *l, struct mail_box *box, struct span sender, struct mail_message *m);

#endif
