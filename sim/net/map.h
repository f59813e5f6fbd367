/* net/map.h: numbers to pointers, for addresses and ports. Open addressing, linear probing; never iterated,
 * so the order of its slots reaches nothing. Keys are any 64-bit number but 0; values are not NULL and not
 * the map's. */
#ifndef NET_MAP_H
#define NET_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_slot {
    uint64_t key; /* 0: empty */
    void *value;
};

struct map {
    struct map_slot *slots;
    size_t size, used; /* size is 0 or a power of two */
};

void map_release(struct map *m);
void map_put(struct map *m, uint64_t key, void *value); /* a new key, or a new value for it */
void map_remove(struct map *m, uint64_t key);

/* Fibonacci hashing: the high bits of the product depend on all bits of the key. */
static inline size_t map_home(const struct map *m, uint64_t key)
{
    return (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (m->size - 1);
}

static inline void *map_find(const struct map *m, uint64_t key)
{
    if (m->size == 0)
        return NULL;
    for (size_t i = map_home(m, key);; i = (i + 1) & (m->size - 1)) {
        if (m->slots[i].key == key)
            return m->slots[i].value;
        if (m->slots[i].key == 0)
            return NULL;
    }
}

#endif
