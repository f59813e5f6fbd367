#include "mail/ledger.h"

#include <assert.h>
#include <glib.h>

/* A slot's generation is odd while its entry is open; so 0 is never a key of an open entry. */
struct mail_ledger {
    struct mail_totals totals;
    uint32_t *generations;
    uint32_t *free; /* slots to be used again, as a stack */
    uint32_t n_slots, n_free, room;
};

struct mail_ledger *mail_ledger_new(void)
{
    return g_new0(struct mail_ledger, 1);
}

void mail_ledger_free(struct mail_ledger **l)
{
    if (*l == NULL)
        return;
    g_free((*l)->generations);
    g_free((*l)->free);
    g_free(*l);
    *l = NULL;
}

struct mail_totals mail_ledger_totals(const struct mail_ledger *l)
{
    return l->totals;
}

static uint32_t take_slot(struct mail_ledger *l)
{
    if (l->n_free > 0)
        return l->free[--l->n_free];
    if (l->n_slots == l->room) {
        l->room = l->room ? 2 * l->room : 64;
        l->generations = g_renew(uint32_t, l->generations, l->room);
        l->free = g_renew(uint32_t, l->free, l->room);
    }
    l->generations[l->n_slots] = 0;
    return l->n_slots++;
}

struct mail_ledger_key mail_ledger_open(struct mail_ledger *l, bool is_report)
{
    uint32_t slot = take_slot(l);

    l->totals.accepted++;
    l->totals.queued++;
    return (
        struct mail_ledger_key){ .slot = slot, .generation = ++l->generations[slot], .is_report = is_report };
}

bool mail_ledger_is_open(const struct mail_ledger *l, struct mail_ledger_key k)
{
    return k.generation % 2 == 1 && k.slot < l->n_slots && l->generations[k.slot] == k.generation;
}

void mail_ledger_close(struct mail_ledger *l, struct mail_ledger_key *k, enum mail_fate fate)
{
    assert(mail_ledger_is_open(l, *k));
    l->generations[k->slot]++;
    l->free[l->n_free++] = k->slot;
    l->totals.reports_delivered += k->is_report && fate == MAIL_DELIVERED;
    *k = (struct mail_ledger_key){ 0 };
    l->totals.queued--;
    switch (fate) {
    case MAIL_DELIVERED:
        l->totals.delivered++;
        break;
    case MAIL_RELAYED:
        l->totals.relayed++;
        break;
    case MAIL_BOUNCED:
        l->totals.bounced++;
        break;
    case MAIL_DROPPED:
        l->totals.dropped++;
        break;
    }
}

void mail_ledger_count_report(struct mail_ledger *l, bool is_warning)
{
    l->totals.reports += !is_warning;
    l->totals.warnings += is_warning;
}

void mail_ledger_count_lost(struct mail_ledger *l)
{
    l->totals.lost++;
}
