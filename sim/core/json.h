/* core/json.h: JSON written by hand into a buffer, for traces and sheets: no printf, no tree, no allocation.
 * Each function writes at `at` and returns the end; the caller has made room. Source: RFC 8259. */
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "core/span.h"
#include "core/time.h"

/* Room that each takes at most. The text writer stores eight bytes at a time, so it may scribble past its
 * end. */
enum { JSON_NUMBER_MAX = 20, JSON_SECONDS_MAX = 21 };
static inline size_t json_text_max(size_t len)
{
    return 6 * len + 2 + 8;
}

/* A string in its quotes. Bytes that are not UTF-8 become \ufffd, one for each byte, so that any bytes at all
 * give valid JSON and the same bytes give the same text. */
char *json_text(char *at, struct span text);

/* Decimal; of seconds, with nine decimals: "0.040000000". */
char *json_unsigned(char *at, uint64_t number);
char *json_number(char *at, int64_t number);
char *json_seconds(char *at, sim_time t);

#endif
