/* core/rng.h: random numbers, a stream per purpose.
 * A stream's numbers depend on the scenario's seed and its own name only, so a new host, link or retry draws
 * from a stream of its own and nobody else's numbers move. Generator: xoshiro256** (Blackman and Vigna,
 * 2018), seeded by splitmix64 over the seed and the name's 64-bit hash (FNV-1a). */
#ifndef CORE_RNG_H
#define CORE_RNG_H

#include <stddef.h>
#include <stdint.h>

#include "core/span.h"
#include "core/time.h"

struct rng {
    uint64_t s[4];
};

/* `name` says what for: "link/alice-pc>internet/loss", "mail.crepes.fr/mx". */
void rng_init(struct rng *r, uint64_t seed, struct span name);

uint64_t rng_next(struct rng *r);              /* all 64 bits */
uint32_t rng_below(struct rng *r, uint32_t n); /* 0 … n-1, each exactly as likely; n > 0 */
double rng_unit(struct rng *r);                /* [0, 1), a multiple of 2^-53 */

/* Exponentially distributed around `mean` (>= 0), for Poisson arrivals; one draw, rounded to the nanosecond,
 * at least 0 and at most 45 times the mean (or SIM_NEVER - 1). Integer arithmetic only, so every machine and
 * compiler gives the same. */
sim_time rng_exponential(struct rng *r, sim_time mean);

/* Every order of the `n` (below 2^32) items exactly as likely. */
void rng_shuffle(struct rng *r, void *array, size_t n, size_t item_size);

#endif
