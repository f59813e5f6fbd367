/* scenario/check_internal.h: what the parts of check share: who has which address, name and task. */
#ifndef SCENARIO_CHECK_INTERNAL_H
#define SCENARIO_CHECK_INTERNAL_H

#include "dns/zone.h"
#include "scenario/check.h"

/* A zone that some host serves: the first such host's records stand for it. */
struct check_zone {
    struct dns_name name;
    const struct scenario_zone *written;
    struct dns_zone *zone; /* its records, as far as they can stand */
    GPtrArray *servers;    /* of struct scenario_host */
    bool lost;             /* not all that was meant to be in it could be read */
};

/* All hashes are only looked into, never walked through. Names in lower case. */
struct check {
    struct scenario *s;
    struct report *r;
    GHashTable *by_address;     /* ip_addr → scenario_host */
    GHashTable *agents;         /* address → scenario_agent */
    GHashTable *agent_hosts;    /* scenario_agent → scenario_host */
    GHashTable *mail_domains;   /* domain → scenario_host that is its final destination */
    GHashTable *links;          /* "a b" in order of the alphabet → scenario_link */
    GPtrArray *zones;           /* of struct check_zone, in the order of hosts and zones */
    struct report consequences; /* what is wrong with derived records, for later */
    GHashTable *zones_by_name;  /* name → check_zone */
};

#define CHECK_EACH(type, var, list)                                                                          \
    for (unsigned var##_i = 0; var##_i < (list)->len; var##_i++)                                             \
        for (type *var = g_ptr_array_index(list, var##_i); var != NULL; var = NULL)

/* NULL if nobody has it. */
struct scenario_host *check_host_at(const struct check *c, ip_addr a);
void *check_find_name(GHashTable *table, const char *name);
/* False if it was there already, and stays. */
bool check_add_name(GHashTable *table, const char *name, void *value);

/* Whether a host of that name may be missing because of something that could not be read; and an address. */
bool check_may_be_lost(const struct check *c, const char *name);
bool check_addresses_lost(const struct check *c);
/* A link, or a router, may be missing because it could not be read. */
bool check_are_links_lost(const struct check *c);

/* The host of that name; NULL if there is none, which is complained about at the key or item unless it
 * follows from something that could not be read. */
struct scenario_host *check_host(struct check *c, const struct node *n, const char *key, const char *name);
struct scenario_host *check_host_item(struct check *c, const struct scenario_item *i);

/* The link between two hosts, of one host (`b` NULL: the one to "internet", or its only one); NULL if there
 * is none. */
const struct scenario_link *check_link_find(const struct check *c, const char *a, const char *b);

/* Whether the mail server takes mail for it; `user` empty: for anybody there. */
bool check_has_mailbox(const struct scenario_host *server, struct span user);
bool check_is_base64(const char *text); /* white space does not count */
/* What is in a file or an object: not said twice, and base64 if it is to be. */
void check_content(struct check *c, const struct node *n, const char *text, const char *base64);
bool check_names(const GPtrArray *items, struct span name); /* one of the items is it, whatever its case */

void check_hosts(struct check *c); /* hosts, links, ways, mail servers, agents, resolvers */
void check_zones(struct check *c); /* records, delegations, glue, targets; fills c->zones */
void check_actions(struct check *c);

/* ---- check_reading.c: reading mail, folders, pages. */

void check_reading(struct check *c, const struct scenario_action *a);
void check_fetch(struct check *c, const struct scenario_action *a, const struct scenario_host *h);
void check_web_mail(struct check *c, const struct scenario_action *a); /* of a send */

/* check_repairs.c: `up` and `mend`: was anything down, or cut, at that time? */
void check_repairs(struct check *c);

/* ---- check_records.c: records that come and go. */

/* A right record of the type that the line seems to have, as a hint. */
const char *check_record_hint(const char *line);
/* The zone that the action is about, of those that the host serves; NULL if it does not. */
const struct scenario_zone *check_record_zone(const struct scenario_action *a, const struct scenario_host *h);
/* The lines of one action, each for itself. False if any can't be read. */
bool check_record_lines(struct check *c, const struct scenario_action *a, const struct scenario_zone *z);
/* All of them, one after the other: whether each can happen, and changes anything, when its time has come. */
void check_record_changes(struct check *c);

#endif
