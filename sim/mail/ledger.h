/* mail/ledger.h: the account of all mail of a run, kept apart from those who move it, for the invariant that
 * no mail is ever lost: each recipient of each message that a server accepted is delivered, still queued, or
 * reported to the sender.
 *
 * A server opens an entry for a recipient when it takes the message from its sender, that is when it answers
 * 250 to the final dot, and closes it when it has stored the message, when the next host has answered 250
 * (who then has opened its own), or when a report to the sender was accepted or is not due. A report that a
 * server makes is a message like any other. */
#ifndef MAIL_LEDGER_H
#define MAIL_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

struct mail_ledger;

enum mail_fate {
    MAIL_DELIVERED,
    MAIL_RELAYED,
    MAIL_BOUNCED, /* a report is on its way */
    MAIL_DROPPED, /* RFC 5321 §6.1: a null sender's, nobody to tell */
};

struct mail_totals {
    uint64_t
        accepted; /* recipients that servers took responsibility for; a relayed one counts at each server */
    uint64_t delivered, relayed, bounced, dropped;
    uint64_t reports_delivered; /* of delivered: those with the null sender, reports of servers */
    uint64_t queued;            /* still open: accepted - delivered - relayed - bounced - dropped */
    uint64_t reports, warnings; /* made by servers: that it failed, that it is late */
    uint64_t lost;              /* recipients that agents gave up on: no server had accepted them */
};

/* One open entry. All zeros names none. */
struct mail_ledger_key {
    uint32_t slot, generation;
    bool is_report;
};

struct mail_ledger *mail_ledger_new(void);
void mail_ledger_free(struct mail_ledger **l);
struct mail_totals mail_ledger_totals(const struct mail_ledger *l);

/* A server has taken responsibility for one recipient; of a report, if the sender is null. */
struct mail_ledger_key mail_ledger_open(struct mail_ledger *l, bool is_report);
/* It is rid of it. Clears the key. A key that was closed before, or never opened, is a bug of ours: asserted.
 */
void mail_ledger_close(struct mail_ledger *l, struct mail_ledger_key *k, enum mail_fate fate);
bool mail_ledger_is_open(const struct mail_ledger *l, struct mail_ledger_key k);

/* A server made a report; an agent told its person that a recipient will get nothing. */
void mail_ledger_count_report(struct mail_ledger *l, bool is_warning);
void mail_ledger_count_lost(struct mail_ledger *l);

#endif
