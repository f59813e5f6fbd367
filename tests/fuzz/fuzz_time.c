/* What reads as a time is written so that it reads the same; any number can be written in every way. */
#include <stdlib.h>

#include "core/time.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void write_all(sim_time t)
{
    char duration[TIME_DURATION_MAX], seconds[TIME_SECONDS_MAX], clock[TIME_CLOCK_MAX],
        date[TIME_RFC5322_MAX];
    bool plain = t >= 0 && t != SIM_NEVER;
    sim_time back;

    time_duration(duration, t);
    must(!plain || (time_parse(span_of(duration), &back) && back == t));
    must((size_t)time_seconds(seconds, t) == strlen(seconds));
    must(!plain || (time_parse_seconds(span_of(seconds), &back) && back == t));
    if (t >= 0)
        must(strlen(time_clock(clock, t)) < sizeof clock);
    must(strlen(time_rfc5322(date, t)) == strlen("Mon, 02 Mar 2026 09:00:00 +0000"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = span_bytes(data, size);
    sim_time t = 0;

    if (time_parse(text, &t)) {
        must(t >= 0 && t < SIM_NEVER);
        write_all(t);
    }
    if (time_parse_seconds(text, &t)) {
        must(t >= 0 && t < SIM_NEVER);
        write_all(t);
    }
    if (size >= sizeof t) {
        memcpy(&t, data, sizeof t);
        write_all(t);
    }
    return 0;
}
