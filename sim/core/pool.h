/* core/pool.h: objects of one size that come and go on a hot path.
 * Memory is taken from the system in slabs and given back only with the pool, so a freed object's memory
 * stays the program's and is the next to be handed out (the cache still holds it). Not zeroed. */
#ifndef CORE_POOL_H
#define CORE_POOL_H

#include <assert.h>
#include <stddef.h>

/* Under the address sanitizer a freed object is poisoned, so a use after free is still found. */
#ifdef __SANITIZE_ADDRESS__
#define CORE_POOL_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CORE_POOL_SANITIZED 1
#endif
#endif

#ifdef CORE_POOL_SANITIZED
#include <sanitizer/asan_interface.h>
#define POOL_POISON(at, size)   __asan_poison_memory_region(at, size)
#define POOL_UNPOISON(at, size) __asan_unpoison_memory_region(at, size)
#else
#define POOL_POISON(at, size)   ((void)(at), (void)(size))
#define POOL_UNPOISON(at, size) ((void)(at), (void)(size))
#endif

struct pool_item {
    struct pool_item *next;
};

struct pool {
    size_t size;     /* octets an object, rounded up to 16 */
    size_t per_slab; /* objects in the next slab; each slab is twice the last, up to a limit */
    struct pool_item *free;
    struct pool_item *slabs; /* linked through their first word */
    size_t live, peak;       /* objects handed out now, and at most so far */
};

void pool_init(struct pool *p, size_t object_size);

/* All slabs go back to the system, whatever is still handed out. */
void pool_release(struct pool *p);

/* What pool_take calls when nothing is free: adds a slab to the free list. */
void pool_refill(struct pool *p);

/* An object of `size` octets, aligned to 16; whatever its last user left is in it. Never NULL. */
static inline void *pool_take(struct pool *p)
{
    if (__builtin_expect(p->free == NULL, 0))
        pool_refill(p);

    struct pool_item *item = p->free;

    POOL_UNPOISON(item, p->size);
    p->free = item->next;
    if (++p->live > p->peak)
        p->peak = p->live;
    return item;
}

/* Back to the pool it came from. NULL is let pass. */
static inline void pool_give(struct pool *p, void *object)
{
    struct pool_item *item = object;

    if (item == NULL)
        return;
    assert(p->live > 0);
    item->next = p->free;
    p->free = item;
    p->live--;
    POOL_POISON(item, p->size);
}

#endif
