#include "export/explain_parts.h"

static const struct explain_row *row_of(enum event event)
{
    static const struct explain_row nothing = { FAMILY_STORY, ASIDE, { { NULL, NULL } } };
    return event < N_EVENTS ? &explain_rows[event] : &nothing;
}

enum explain_family explain_family(enum event event)
{
    return row_of(event)->family;
}

bool explain_is_message(const struct record *r)
{
    enum explain_weight weight = row_of(r->event)->weight;
    return weight == MESSAGE || weight == SENT || (weight == ASKED && r->mail == 0);
}

bool explain_is_sent(enum event event)
{
    return row_of(event)->weight == SENT;
}

bool explain_is_state(enum event event)
{
    return row_of(event)->weight == STATE;
}

void explain_line(const struct record *r, words_fn *words, GString *out)
{
    const struct explain_row *row = row_of(r->event);
    const char *comma = "";

    if (!row->is_list) {
        const char *text = explain_pick(row->sentences, EXPLAIN_SENTENCES_MAX, r);
        if (text != NULL)
            explain_fill(text, explain_hole, r, words, out);
        return;
    }
    for (unsigned i = 0; i < EXPLAIN_SENTENCES_MAX && row->sentences[i].text != NULL; i++)
        if (explain_holds(row->sentences[i].when, r)) {
            g_string_append(out, comma);
            explain_fill(row->sentences[i].text, explain_hole, r, words, out);
            comma = ", ";
        }
}

const char *explain_nth_text(unsigned i)
{
    for (unsigned e = 0; e < N_EVENTS; e++)
        for (unsigned k = 0; k < EXPLAIN_SENTENCES_MAX && explain_rows[e].sentences[k].text != NULL; k++)
            if (i-- == 0)
                return explain_rows[e].sentences[k].text;

    const char *text = explain_hole_text(&i);
    return text != NULL ? text : explain_remark_text(&i);
}
