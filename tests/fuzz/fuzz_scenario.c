/* Any bytes as a scenario: refused with reasons, or taken; then what expand prints of it is taken, too, and
 * prints the same. */
#include <stdint.h>
#include <stdlib.h>

#include "scenario/check.h"
#include "scenario/expand.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static GString *expand(const struct scenario *s)
{
    GString *out = g_string_new(NULL);

    scenario_expand(s, out);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct report r, again;
    struct scenario *s, *t;
    GString *one, *two;

    report_init(&r, "fuzz");
    s = scenario_open(span_bytes(data, size), "fuzz", &r);
    if ((s == NULL) != (r.errors > 0))
        abort();
    report_release(&r);
    if (s == NULL)
        return 0;
    one = expand(s);
    scenario_free(&s);
    report_init(&again, "expanded");
    t = scenario_open(span_bytes(one->str, one->len), "fuzz", &again);
    if (t == NULL) {
        report_print(&again, stderr);
        abort();
    }
    two = expand(t);
    if (!g_string_equal(one, two))
        abort();
    scenario_free(&t);
    report_release(&again);
    g_string_free(one, TRUE);
    g_string_free(two, TRUE);
    return 0;
}
