/* core/pattern.h: the little language that picks records: `EVENT key=value …`.
 *
 *   smtp.reply code=4xx host=mail.hamburger.edu
 *   dns.* name=*.edu type!=A
 *   queue.attempt tries>=3 time<2h
 *   *
 *
 * EVENT is a name, with * anywhere for any run of characters, and | between alternatives, as in
 * "dns.query|dns.response". Each condition is key, operator, value, without spaces between; all must hold.
 *
 *   keys of text      = and != compare as text, * as above, ASCII case ignored
 *   keys of ids       the same; ids are written as in traces: mail=m1
 *   keys of numbers   the same, or digit for digit with an x for any: 4xx, 45x; < <= > >= by value
 *   keys of times     with seconds, 0.04, or a duration, 30m: = != < <= > >= by value
 *
 * A value with spaces stands in double quotes; inside, \" \\ and \* are those characters themselves.
 * A record without the key satisfies no condition but !=. */
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

/* `text` need not outlive the call. NULL if it is not a pattern: then `error` (may be NULL) says where and
 * why. An unknown event name, or a key that none of the events has, is an error, with the closest known one
 * named. */
struct pattern *pattern_new(struct span text, struct pattern_error *error);
void pattern_free(struct pattern **p);

/* What to tell the person who wrote it, to be freed with g_free; the column counts characters from 1:
 *
 *   mxlab: pattern:1:12: there is no key hots (did you mean host?)
 *     smtp.reply hots=x
 *                ^
 */
char *pattern_explain(struct span text, const struct pattern_error *error);

bool pattern_matches(const struct pattern *p, const struct record *r);

/* Whether any record of this event could match: a bit test, so that a caller can ask before it makes the
 * record. */
bool pattern_may_match(const struct pattern *p, enum event event);

#endif
