#include "core/pool.h"

#include <stdint.h>

#include <glib.h>

/* The first slab is a page, so that a small world stays small; the last ones are big enough that the system
 * is asked rarely. */
enum { ALIGN = 16, FIRST_SLAB = 4096, LAST_SLAB = 256 * 1024, HEADER = ALIGN };

void pool_init(struct pool *p, size_t object_size)
{
    size_t size = (object_size + ALIGN - 1) / ALIGN * ALIGN;

    if (size == 0)
        size = ALIGN;
    *p = (struct pool){ .size = size, .per_slab = MAX((FIRST_SLAB - HEADER) / size, 4) };
}

void pool_release(struct pool *p)
{
    while (p->slabs != NULL) {
        struct pool_item *slab = p->slabs;

        p->slabs = slab->next;
        g_free(slab);
    }
    p->free = NULL;
    p->live = 0;
}

void pool_refill(struct pool *p)
{
    size_t n = p->per_slab;
    struct pool_item *slab = g_malloc(HEADER + n * p->size);
    char *objects = (char *)slab + HEADER;

    slab->next = p->slabs;
    p->slabs = slab;

    /* Linked from the back, so that objects are handed out in the order of their addresses. */
    for (size_t i = n; i-- > 0;) {
        struct pool_item *item = (struct pool_item *)(objects + i * p->size);

        item->next = p->free;
        p->free = item;
        POOL_POISON(item, p->size);
    }
    if (2 * n * p->size <= LAST_SLAB)
        p->per_slab = 2 * n;
}
