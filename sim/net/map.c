#include "net/map.h"

#include <assert.h>
#include <glib.h>

enum { MAP_FIRST_SIZE = 16 };

void map_release(struct map *m)
{
    g_free(m->slots);
    *m = (struct map){ 0 };
}

static void put(struct map *m, uint64_t key, void *value)
{
    size_t i = map_home(m, key);

    while (m->slots[i].key != 0 && m->slots[i].key != key)
        i = (i + 1) & (m->size - 1);
    if (m->slots[i].key == 0)
        m->used++;
    m->slots[i] = (struct map_slot){ key, value };
}

static void grow(struct map *m)
{
    struct map old = *m;

    m->size = old.size ? old.size * 2 : MAP_FIRST_SIZE;
    m->used = 0;
    m->slots = g_new0(struct map_slot, m->size);
    for (size_t i = 0; i < old.size; i++)
        if (old.slots[i].key != 0)
            put(m, old.slots[i].key, old.slots[i].value);
    g_free(old.slots);
}

void map_put(struct map *m, uint64_t key, void *value)
{
    assert(key != 0 && value != NULL);
    if (m->used * 2 >= m->size)
        grow(m);
    put(m, key, value);
}

void map_remove(struct map *m, uint64_t key)
{
    if (m->size == 0)
        return;
    size_t mask = m->size - 1, hole = map_home(m, key);

    while (m->slots[hole].key != key) {
        if (m->slots[hole].key == 0)
            return;
        hole = (hole + 1) & mask;
    }
    m->used--;
    /* Close the gap: whoever lies behind the hole and whose home is not between hole and place moves up. */
    for (size_t i = (hole + 1) & mask; m->slots[i].key != 0; i = (i + 1) & mask) {
        size_t home = map_home(m, m->slots[i].key);
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            m->slots[hole] = m->slots[i];
            hole = i;
        }
    }
    m->slots[hole] = (struct map_slot){ 0 };
}
