/* core/pattern.h: the little language that picks records: `EVENT key=value …`.
 *
 *   smtp.reply code=4xx host=mail.hamburger.edu
 *   dns.* name=*.edu type!=A
 *   queue.attempt tries>=3 time<2h
 *   *
 *
 * EVENT is a name, with * anywhere for any run of characters, and | between alternatives
 * ("dns.query|dns.response"). Each condition is key, operator (= != < <= > >=), value, without spaces
 * between; all must hold. text, ids       = and != compare as text, * as above, ASCII case ignored. Ids are
 * written as in traces: mail=m1. numbers         the same, and a value like 4xx or 45x matches digit for
 * digit; < <= > >= compare as numbers. times           (time, rto, ttl, next) compare with seconds, 0.04, or
 * a duration, 30m; = and != exactly. A value with spaces stands in double quotes, with \" \\ and \* inside
 * for characters that stand for themselves. A record without the key satisfies no condition but !=. */
#ifndef CORE_PATTERN_H
#define CORE_PATTERN_H

#include <stdbool.h>

#include "core/span.h"
#include "core/trace.h"

struct pattern;

struct pattern_error {
    size_t offset;     /* of the offending character, in octets from the start */
    char message[160]; /* what is wrong and what to write */
};

/* NULL if the text is not a pattern: then `error` (may be NULL) says where and why. An unknown event name, or
 * a key that none of the events has, is an error, with the closest known one named. */
struct pattern *pattern_new(struct span text, struct pattern_error *error);
void pattern_free(struct pattern **p);

/* What to tell the person who wrote it, g_free'd by the caller: the complaint, the line, and a caret below
 * the character. mxlab: pattern:1:6: no event is called smtp.replay (did you mean smtp.reply?) The column
 * counts characters from 1. */
char *pattern_explain(struct span text, const struct pattern_error *error);

bool pattern_matches(const struct pattern *p, const struct record *r);

/* Whether any record of this event could match: a bit test, so that a caller can ask before it makes the
 * record. */
bool pattern_may_match(const struct pattern *p, enum event event);

#endif
