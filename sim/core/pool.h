/* core/pool.h: objects of one size that come and go on a hot path.
 * Memory is taken from the system in slabs and given back only with the pool, so a freed object's memory
 * stays readable and is the next to be handed out (the cache still holds it). Not zeroed. */
#ifndef CORE_POOL_H
#define CORE_POOL_H

#include <stddef.h>

struct pool_item {
    struct pool_item *next;
};

struct pool {
    size_t size;             /* octets an object, rounded up to 16 */
    size_t per_slab;
    struct pool_item *free;
    struct pool_item *slabs; /* linked through their first word */
    size_t live, peak;       /* objects handed out now, and at most so far */
};

void pool_init(struct pool *p, size_t object_size);
void pool_release(struct pool *p);
void *pool_refill(struct pool *p);

/* Under the address sanitizer a freed object is poisoned, so a use after free is still found. */
void *pool_take(struct pool *p);
void pool_give(struct pool *p, void *object);

#endif
