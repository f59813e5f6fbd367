/* core/span.h: borrowed bytes. A span owns nothing: it is good for as long as what it points into. */
#ifndef CORE_SPAN_H
#define CORE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const char *at;
    size_t len;
};

/* Of a string literal, a NUL-terminated string (NULL gives an empty span), or any bytes. */
#define SPAN(literal) ((struct span){ "" literal, sizeof(literal) - 1 })
static inline struct span span_of(const char *text)
{
    return (struct span){ text, text ? strlen(text) : 0 };
}
static inline struct span span_bytes(const void *at, size_t len)
{
    return (struct span){ at, len };
}

static inline bool span_is(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* ASCII case does not count, whatever the locale. */
bool span_starts_nocase(struct span text, struct span prefix);
static inline bool span_is_nocase(struct span a, struct span b)
{
    return a.len == b.len && span_starts_nocase(a, b);
}

/* Cut the first word (up to a space or the end) off `rest`, with the spaces behind it. */
struct span span_take_word(struct span *rest);

/* Without spaces and tabs at both ends. */
struct span span_trim(struct span text);

/* Decimal digits only, the whole span; false when empty, anything else, or past `max`. */
bool span_number(struct span text, uint64_t max, uint64_t *out);

#endif
