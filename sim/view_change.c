/* A student's change (view.h): never of the run, always of the scenario's text. */
#include "scenario/check.h"
#include "scenario/edit.h"
#include "view.h"

static void say_first_error(const struct report *r, GString *why)
{
    for (unsigned i = 0; i < r->entries->len; i++) {
        const struct complaint *c = g_ptr_array_index(r->entries, i);
        if (c->kind != COMPLAINT_ERROR)
            continue;
        g_string_append(why, c->message);
        if (c->hint != NULL)
            g_string_append_printf(why, " (%s)", c->hint);
        return;
    }
}

/* The scenario was right before, so whatever is wrong now is the action. */
char *view_with_action(const struct mxlab *m, const char *action_json, GString *why)
{
    char *text = scenario_text_with_action(span_of(view_text(m)), action_json, why);
    struct report r;

    if (text == NULL)
        return NULL;
    report_init(&r, "action");
    struct scenario *s = scenario_open(span_of(text), view_name(m), &r);
    if (s == NULL) {
        say_first_error(&r, why);
        g_clear_pointer(&text, g_free);
    }
    scenario_free(&s);
    report_release(&r);
    return text;
}
