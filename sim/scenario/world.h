/* scenario/world.h: a scenario that runs: its hosts, links, servers and agents, the actions to come, the
 * chapters. Made from a derived scenario (scenario/check.h: scenario_open), which it borrows; a scenario can
 * be run any number of times, each in a world of its own, and each time the same happens. */
#ifndef SCENARIO_WORLD_H
#define SCENARIO_WORLD_H

#include "core/sim.h"
#include "dns/server.h"
#include "dns/stub.h"
#include "http/browser.h"
#include "http/web.h"
#include "http/webmail.h"
#include "mail/access.h"
#include "mail/agent.h"
#include "mail/ledger.h"
#include "mail/reader.h"
#include "mail/server.h"
#include "net/net.h"
#include "scenario/model.h"

struct world_host {
    const struct scenario_host *spec;
    struct net_host *net;
    struct dns_server *dns;     /* NULL: none */
    struct mail_server *mail;   /* NULL: none */
    struct dns_stub *stub;      /* for people's look-ups; NULL where there is nobody to ask */
    struct net_program look_up; /* which stops it with the host */
    GPtrArray *agents;          /* of struct mail_agent, as spec->agents */
    GPtrArray *readers;         /* of struct mail_reader, as spec->agents; NULL where there is no server */
    struct mail_access *pop3, *imap; /* NULL: none */
    struct web_server *web;
    struct webmail *webmail;
    struct browser *browser; /* NULL: nobody uses one */
};

struct world {
    const struct scenario *scenario;
    struct sim sim;
    struct net *net;
    struct mail_ledger *ledger;
    GPtrArray *hosts; /* of struct world_host, as scenario->hosts */
    GPtrArray *links; /* of struct net_link, as scenario->links */
    sim_time end;     /* of the run: its duration, or the longest there is */
    bool is_over;
    uint64_t before;     /* the latest record before the latest step: what came after it, that step made */
    GHashTable *by_name; /* name in lower case → struct world_host; asked, never walked through */
    struct act_stage *stage;       /* scenario/act.h */
    struct chapter_reader *reader; /* scenario/chapter.h */
};

/* `seed` replaces the scenario's if `has_seed`. */
struct world *world_new(const struct scenario *s, bool has_seed, uint64_t seed);
void world_free(struct world **w);

/* world_reading.c: the programs with which people read. After those of sending, on all hosts. */
void world_build_reading(struct world *w, struct world_host *h);
void world_free_reading(struct world_host *h);
ip_addr *world_addresses(const GPtrArray *items); /* to be freed */

struct world_host *world_host_find(const struct world *w, const char *name); /* or NULL */
/* The link between two of its hosts; `b` NULL: `a`'s own (to "internet", or the only one it has). NULL if
 * there is none. */
struct net_link *world_link_find(const struct world *w, const char *a, const char *b, unsigned *index_out);
/* Where that person's program is: on `host`, or NULL: the one that is meant where none is named. NULL: there
 * is none. */
struct world_host *world_program_find(const struct world *w, const char *address, const char *host,
                                      unsigned *index_out);
struct mail_agent *world_agent_find(const struct world *w, const char *address); /* or NULL */

/* Hear of all records from now on. The first listener makes the chapters open, too. False: there are too
 * many. */
bool world_listen(struct world *w, trace_listener *on_record, void *self);

/* Run the next event; false when the run is over: nothing is left to happen, or its duration is up. Then
 * run.end has been traced, and the account of all mail has been checked (asserted: no mail is ever lost). */
bool world_step(struct world *w, sim_time until);

/* End the run now, as above, although more would happen. Twice is once. */
void world_end(struct world *w);
/* After the end: time goes on to `until`, as far as the run could have lasted. Nothing happens. */
void world_wait(struct world *w, sim_time until);

/* Whether each accepted mail is delivered, queued, or reported, by counting what is in queues and mailboxes;
 * if not, `why` (may be NULL) gets a sentence. */
bool world_audit(const struct world *w, GString *why);

#endif
