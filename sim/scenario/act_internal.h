/* scenario/act_internal.h: what the parts of act share: the moment and people (act.c), faults as layers
 * (act_fault.c), changes of records (act_records.c). */
#ifndef SCENARIO_ACT_INTERNAL_H
#define SCENARIO_ACT_INTERNAL_H

#include "scenario/act.h"

struct act;

/* In a switch over enum scenario_do: what people do, which is no fault and never ends. */
#define CASES_OF_PEOPLE                                                                                      \
    case DO_SEND:                                                                                            \
    case DO_LOOK_UP:                                                                                         \
    case DO_READ:                                                                                            \
    case DO_MAKE_FOLDER:                                                                                     \
    case DO_RENAME_FOLDER:                                                                                   \
    case DO_DELETE_FOLDER:                                                                                   \
    case DO_SUBSCRIBE:                                                                                       \
    case DO_UNSUBSCRIBE:                                                                                     \
    case DO_MOVE:                                                                                            \
    case DO_COPY:                                                                                            \
    case DO_FLAG:                                                                                            \
    case DO_SEARCH:                                                                                          \
    case DO_DELETE:                                                                                          \
    case DO_FETCH

enum act_trouble {
    ACT_REFUSED,       /* the zone does not take it: `why` says so */
    ACT_THERE_ALREADY, /* the same record */
    ACT_NOT_THERE,     /* nothing to remove */
};
typedef void act_on_trouble(const struct act *a, enum act_trouble trouble, const struct scenario_item *i,
                            const char *why);

/* One scenario_action on the stage. What it names is looked up once; NULL where it names no such thing. */
struct act {
    struct act_stage *stage;
    const struct scenario_action *spec;
    struct world_host *host;
    struct mail_agent *agent; /* who sends */
    unsigned program;         /* who reads: the host's program of that index */
    struct net_link *link;
    const struct scenario_link *link_spec; /* as the scenario has it */
    struct dns_zone *zone;
    uint32_t ttl_s;     /* of records that do not say */
    int64_t done;       /* of spec->count */
    struct rng rng;     /* gaps of a Poisson burst */
    unsigned order;     /* mail_server_order's id */
    GPtrArray *touched; /* act_records.c: the sets that it changed, as it found them; NULL: not in force */
    act_on_trouble *on_trouble; /* with `self`, for each of its records that changes nothing; may be NULL */
    void *self;
};

struct act_stage {
    struct world *w;
    unsigned n;
    struct act *acts;
    GPtrArray *active; /* of struct act: faults that last, in the order they began */
};

/* A list of an action, NULL where its kind has none. */
static inline unsigned act_count(const GPtrArray *list)
{
    return list != NULL ? list->len : 0;
}

static inline const char *act_item(const GPtrArray *list, unsigned i)
{
    return i < act_count(list) ? ((const struct scenario_item *)g_ptr_array_index(list, i))->text : NULL;
}

/* ---- act_reading.c */

void act_find_reader(struct act *a, const char *address);
void act_read(struct act *a); /* and folders, moves, flags, searches; and a send by web mail */
void act_fetch(struct act *a);

/* ---- act_fault.c */

/* All that breaks or changes something; `up` and `mend` end what others began. */
void act_fault_begin(struct act *a);

/* ---- act_records.c: changes of a zone, one on top of the other. */

/* On top of what is there; the zone's serial goes up (RFC 1982). */
void act_records_begin(struct act *a);
/* Take it out from under those that began later: the `n` acts at `later`, in the order they began, of any
 * kind. */
void act_records_end(struct act *a, struct act *const *later, unsigned n);
void act_records_free(struct act *a);

#endif
