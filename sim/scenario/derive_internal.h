/* scenario/derive_internal.h: what the two halves of derive share: hosts (derive.c), their zones
 * (derive_zones.c). */
#ifndef SCENARIO_DERIVE_INTERNAL_H
#define SCENARIO_DERIVE_INTERNAL_H

#include "scenario/derive.h"

/* A zone that is derived, and what it is derived from. */
struct derived_zone {
    const char *name;        /* "hamburger.edu", "edu", "." */
    const struct node *from; /* its place in the file; NULL for what nobody wrote */
    int64_t ttl_s;
    GPtrArray *written;                   /* the author's records, of items; may be NULL */
    GPtrArray *servers;                   /* its authoritative servers: of struct scenario_host */
    const struct scenario_domain *domain; /* NULL for the root and top-level domains */
    bool authored; /* the author wrote all its records under a host: only its delegation is derived */
    const struct derived_zone *parent; /* the closest one above it; NULL: none (derive_zones.c) */
};

struct derivation {
    struct scenario *s;
    struct report *report;
    GArray *zones;     /* of struct derived_zone, the root first */
    GHashTable *taken; /* addresses in use */
};

/* `name` is `zone` ("." is the root) or below it. */
bool derive_is_under(const char *name, const char *zone);

/* The records of all zones, and the delegations between them. */
void derive_zones(struct derivation *d);

#endif
