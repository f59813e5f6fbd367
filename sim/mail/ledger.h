/* mail/ledger.h: the account of all mail of a run, kept apart from those who move it, for the invariant that no mail is
 * ever lost: each recipient of each message that a server accepted is delivered, still queued, or reported to the sender.
 *
 * A server opens an entry when it has answered 250 to the final dot, and closes it when it has stored the message, when the
 * next host has answered 250 (who then has opened its own), or when a report to the sender was accepted or is not due. */
#ifndef MAIL_LEDGER_H
#define MAIL_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

struct mail_ledger;

enum mail_fate { MAIL_DELIVERED, MAIL_RELAYED, MAIL_BOUNCED /* a report is on its way */, MAIL_DROPPED /* RFC 5321 §6.1: a null sender's, nobody to tell */ };

struct mail_totals {
    uint64_t accepted;  /* recipients that servers took responsibility for; a relayed one counts at each server */
    uint64_t delivered, relayed, bounced, dropped;
    uint64_t queued;    /* still open: accepted - delivered - relayed - bounced - dropped */
    uint64_t reports;   /* made by servers: bounces and delay warnings */
    uint64_t lost;      /* told so by agents that delivered directly: no server had accepted it */
};

struct mail_ledger *mail_ledger_new(void);
void mail_ledger_free(struct mail_ledger **l);
struct mail_totals mail_ledger_totals(const struct mail_ledger *l);

#endif
