#include "moment.h"

#include <glib.h>
#include <string.h>

#include "words.h"

const char *moment_words(sim_time t, enum moment_grain g, char buf[MOMENT_MAX])
{
    /* How much of "00:30:00.084" is shown. */
    static const size_t lengths[] = {
        [MOMENT_MINUTE] = 5, [MOMENT_SECOND] = 8, [MOMENT_HUNDREDTH] = 11, [MOMENT_MS] = 12
    };
    GString *out = g_string_new(NULL);

    view_clock(MAX(t, 0), words, out);
    const char *day_end = strrchr(out->str, ' ');
    size_t day = day_end != NULL ? (size_t)(day_end + 1 - out->str) : 0;
    if (out->len > day + lengths[g])
        g_string_truncate(out, day + lengths[g]);
    g_strlcpy(buf, t < SIM_DAY ? out->str + day : out->str, MOMENT_MAX);
    g_string_free(out, TRUE);
    return buf;
}
