#include "core/event.h"

#include <string.h>

#define EVENT_NAME(id, name, keys) name,
const char *const event_names[N_EVENTS] = { EVENTS(EVENT_NAME) };
#define EVENT_KEYS(id, name, keys) keys,
const char *const event_keys[N_EVENTS] = { EVENTS(EVENT_KEYS) };
#define KEY_NAME(id, name) name,
const char *const key_names[N_KEYS] = { KEYS(KEY_NAME) };

static int find(const char *const *names, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

int event_find(const char *name) { return find(event_names, N_EVENTS, name); }

int key_find(const char *name) { return find(key_names, N_KEYS, name); }
