/* core/pattern_parts.h: what a pattern is made of, for the file that reads patterns and the one that matches
 * records. */
#ifndef CORE_PATTERN_PARTS_H
#define CORE_PATTERN_PARTS_H

#include <glib.h>

#include "core/pattern.h"

/* A value as it is matched: folded characters, and STAR for any run of them. */
enum { STAR = 256, EVENT_WORDS = (N_EVENTS + 63) / 64 };

enum pattern_op { OP_IS, OP_IS_NOT, OP_LESS, OP_AT_MOST, OP_MORE, OP_AT_LEAST };

/* How a condition compares. */
enum compare { BY_TEXT, BY_DIGITS /* 4xx */, BY_NUMBER, BY_TIME };

struct glob {
    uint16_t *glyphs;
    size_t len;
};

struct condition {
    enum key key;
    enum pattern_op op;
    enum compare compare;
    struct glob glob; /* of BY_TEXT and BY_DIGITS */
    int64_t number;   /* of BY_NUMBER; ns of BY_TIME */
};

struct pattern {
    uint64_t events[EVENT_WORDS]; /* a bit for each that can match */
    GArray *conditions;           /* of struct condition */
};

bool glob_matches(const struct glob *g, struct span text);

/* Fill `p`, which has no events and no conditions yet. False and `error` (may be NULL) if the text is no
 * pattern. */
bool pattern_read(struct pattern *p, struct span text, struct pattern_error *error);

/* The character as matching sees it. */
static inline uint16_t pattern_fold(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

#endif
