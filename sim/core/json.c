#include "core/json.h"

#include <string.h>

#define ONES  UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

/* High bits where a byte of `word` is zero; higher bytes than the first zero may be marked wrongly, which
 * does not matter to a caller that only asks whether there is one. */
static inline uint64_t zero_bytes(uint64_t word)
{
    return (word - ONES) & ~word & HIGHS;
}

/* Whether all eight bytes stand for themselves in a JSON string: printable ASCII, no quote, no backslash. */
static inline bool is_plain(uint64_t word)
{
    uint64_t control = (word - ONES * 0x20) & ~word;

    return ((word | control) & HIGHS) == 0 && zero_bytes(word ^ ONES * '"') == 0 &&
           zero_bytes(word ^ ONES * '\\') == 0;
}

/* The length of the UTF-8 character at `at` (RFC 3629 §4: no overlong forms, no surrogates, nothing past
 * U+10FFFF), 0 if there is none. `at[0]` is not ASCII. */
static size_t utf8_len(const unsigned char *at, size_t left)
{
    unsigned char low = 0x80, high = 0xbf; /* of the second byte */
    size_t len;

    if (at[0] >= 0xc2 && at[0] <= 0xdf) {
        len = 2;
    } else if ((at[0] & 0xf0) == 0xe0) {
        len = 3;
        low = at[0] == 0xe0 ? 0xa0 : 0x80;
        high = at[0] == 0xed ? 0x9f : 0xbf;
    } else if (at[0] >= 0xf0 && at[0] <= 0xf4) {
        len = 4;
        low = at[0] == 0xf0 ? 0x90 : 0x80;
        high = at[0] == 0xf4 ? 0x8f : 0xbf;
    } else {
        return 0;
    }
    if (left < len || at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return len;
}

static char *escape(char *at, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";

    *at++ = '\\';
    switch (c) {
    case '"':
    case '\\':
        *at++ = (char)c;
        return at;
    case '\n':
        *at++ = 'n';
        return at;
    case '\r':
        *at++ = 'r';
        return at;
    case '\t':
        *at++ = 't';
        return at;
    }
    memcpy(at, "u00", 3);
    at[3] = hex[c >> 4];
    at[4] = hex[c & 15];
    return at + 5;
}

/* One character that may need care; returns how many bytes of `from` it took. */
static size_t put_one(char **at, const unsigned char *from, size_t left)
{
    size_t len;

    if (*from >= 0x80) {
        len = utf8_len(from, left);
        if (len == 0) {
            memcpy(*at, "\\ufffd", 6);
            *at += 6;
            return 1;
        }
        memcpy(*at, from, len);
        *at += len;
        return len;
    }
    if (*from < 0x20 || *from == '"' || *from == '\\')
        *at = escape(*at, *from);
    else
        *(*at)++ = (char)*from;
    return 1;
}

char *json_text(char *at, struct span text)
{
    const unsigned char *from = (const unsigned char *)text.at;
    size_t left = text.len;

    *at++ = '"';
    while (left > 0) {
        uint64_t word;
        size_t n;
        if (left >= sizeof word) {
            memcpy(&word, from, sizeof word);
            memcpy(at, &word, sizeof word);
            if (is_plain(word)) {
                at += sizeof word;
                from += sizeof word;
                left -= sizeof word;
                continue;
            }
        }
        n = put_one(&at, from, left);
        from += n;
        left -= n;
    }
    *at++ = '"';
    return at;
}

/* Two digits at a time halve the divisions. */
static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
                            "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
                            "8081828384858687888990919293949596979899";

char *json_unsigned(char *at, uint64_t number)
{
    char digits[JSON_NUMBER_MAX];
    char *first = digits + sizeof digits;
    size_t n;

    while (number >= 100) {
        first -= 2;
        memcpy(first, pairs + 2 * (number % 100), 2);
        number /= 100;
    }
    if (number >= 10) {
        first -= 2;
        memcpy(first, pairs + 2 * number, 2);
    } else {
        *--first = (char)('0' + number);
    }
    n = (size_t)(digits + sizeof digits - first);
    memcpy(at, first, n);
    return at + n;
}

char *json_number(char *at, int64_t number)
{
    if (number < 0)
        *at++ = '-';
    return json_unsigned(at, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

char *json_seconds(char *at, sim_time t)
{
    uint64_t ns = t < 0 ? -(uint64_t)t : (uint64_t)t;
    uint32_t rest = (uint32_t)(ns % SIM_SECOND);

    if (t < 0)
        *at++ = '-';
    at = json_unsigned(at, ns / SIM_SECOND);
    *at = '.';
    for (int i = 8; i > 0; i -= 2) {
        memcpy(at + i, pairs + 2 * (rest % 100), 2);
        rest /= 100;
    }
    at[1] = (char)('0' + rest);
    return at + 10;
}
