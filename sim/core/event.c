#include "core/event.h"

#define EVENT_NAME(id, name, keys) name,
const char *const event_names[N_EVENTS] = { EVENTS(EVENT_NAME) };
#define EVENT_KEYS(id, name, keys) keys,
const char *const event_keys[N_EVENTS] = { EVENTS(EVENT_KEYS) };
#define KEY_NAME(id, name) name,
const char *const key_names[N_KEYS] = { KEYS(KEY_NAME) };

static int find(const char *const *names, int n, struct span name)
{
    for (int i = 0; i < n; i++)
        if (span_is(span_of(names[i]), name))
            return i;
    return -1;
}

int event_find(const char *name)
{
    return find(event_names, N_EVENTS, span_of(name));
}

int key_find(const char *name)
{
    return key_find_span(span_of(name));
}

int key_find_span(struct span name)
{
    return find(key_names, N_KEYS, name);
}

bool event_has(enum event event, enum key key)
{
    struct span keys = span_of(event_keys[event]);

    if (key_is_common(key))
        return true;
    while (keys.len > 0)
        if (span_is(span_take_word(&keys), span_of(key_names[key])))
            return true;
    return false;
}
