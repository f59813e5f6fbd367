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

enum key_kind key_kind(enum key key)
{
    switch (key) {
    case KEY_TIME:
    case KEY_RTO:
    case KEY_TTL:
    case KEY_NEXT:
    case KEY_TOOK:
    case KEY_SAVED_S:
        return KEY_IS_SECONDS;
    case KEY_CONN:
    case KEY_LOOKUP:
    case KEY_MAIL:
    case KEY_QUEUE:
    case KEY_REPORT:
        return KEY_IS_ID;
    case KEY_SEQ:
    case KEY_CAUSE:
    case KEY_TSEQ:
    case KEY_ACK:
    case KEY_WIN:
    case KEY_LEN:
    case KEY_SIZE:
    case KEY_TRIES:
    case KEY_SENT:
    case KEY_RECEIVED:
    case KEY_ID:
    case KEY_RD:
    case KEY_AA:
    case KEY_TC:
    case KEY_RA:
    case KEY_COUNT:
    case KEY_CODE:
    case KEY_LINES:
    case KEY_STUFFED:
    case KEY_UID:
    case KEY_CHAPTER:
    case KEY_EVENTS:
    case KEY_PACKETS:
    case KEY_DROPPED:
    case KEY_LOOKUPS:
    case KEY_ACCEPTED:
    case KEY_DELIVERED:
    case KEY_QUEUED:
    case KEY_BOUNCED:
    case KEY_RELAYED:
    case KEY_REPORTS_DELIVERED:
    case KEY_DISCARDED:
    case KEY_REPORTS:
    case KEY_WARNINGS:
    case KEY_LOST:
    case KEY_CHAPTERS:
    case KEY_INTO_UID:
    case KEY_CONNECTIONS:
    case KEY_NEW:
    case KEY_FETCHED:
    case KEY_ENCODED:
    case KEY_GROWTH:
    case KEY_SAVED:
        return KEY_IS_NUMBER;
    default:
        return KEY_IS_TEXT;
    }
}
