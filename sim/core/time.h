/* core/time.h: the virtual clock's type, and how times are written for people.
 * Nothing in mxlab reads a wall clock: time is what the event queue says it is. */
#ifndef CORE_TIME_H
#define CORE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "core/span.h"

/* Nanoseconds since the start of the run, or between two moments of it. */
typedef int64_t sim_time;

#define SIM_US     INT64_C(1000)
#define SIM_MS     (1000 * SIM_US)
#define SIM_SECOND (1000 * SIM_MS)
#define SIM_MINUTE (60 * SIM_SECOND)
#define SIM_HOUR   (60 * SIM_MINUTE)
#define SIM_DAY    (24 * SIM_HOUR)
#define SIM_NEVER  INT64_MAX

/* A duration with its unit: "20ms", "1.5s", "30m", "5d", "1h30m"; units ns us ms s m h d, largest first.
 * Decimals only in the last part. False if it is anything else, negative, no whole number of nanoseconds, or
 * not shorter than SIM_NEVER (292 years). */
bool time_parse(struct span text, sim_time *out);

/* Seconds without a unit, "1800" or "0.04"; false as above. */
bool time_parse_seconds(struct span text, sim_time *out);

/* "30m", "1h30m", "20ms", "1m0.5s", "0s": days, hours and minutes whole, what is left as a decimal of its
 * largest unit; time_parse reads it back as `t`. Less than zero gets a minus sign, SIM_NEVER is "never".
 * Returns `buf`. */
enum { TIME_DURATION_MAX = 64 };
char *time_duration(char buf[TIME_DURATION_MAX], sim_time t);

/* "1800.084000000": seconds with nine decimals, as traces write them. Returns the length, without the NUL. */
enum { TIME_SECONDS_MAX = 32 };
int time_seconds(char buf[TIME_SECONDS_MAX], sim_time t);

/* "Day 2, 03:30:00.125", for people; milliseconds are cut, not rounded, so a label never runs ahead of the
 * clock. `t` >= 0; SIM_NEVER is "never". */
enum { TIME_CLOCK_MAX = 48 };
char *time_clock(char buf[TIME_CLOCK_MAX], sim_time t);

/* "Mon, 02 Mar 2026 09:00:00 +0000" (RFC 5322 §3.3) of a moment in Unix seconds, always in UTC. A moment
 * before 1900 or after 9999, which that format cannot write, becomes the first or last that it can. Returns
 * `buf`. */
enum { TIME_RFC5322_MAX = 48 };
#define TIME_RFC5322_FIRST INT64_C(-2208988800)
#define TIME_RFC5322_LAST  INT64_C(253402300799)
char *time_rfc5322(char buf[TIME_RFC5322_MAX], int64_t unix_s);

#endif
