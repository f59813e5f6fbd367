#include "tell.h"

#include <string.h>

#include "words.h"

/* From 1; 0: it begins none. */
static unsigned chapter_of(const struct record *r)
{
    const struct field *f = r->event == EV_NOTE ? record_field(r, KEY_CHAPTER) : NULL;
    return f != NULL && f->kind == FIELD_NUMBER ? (unsigned)f->number : 0;
}

void tell_line(const struct mxlab *m, const struct record *r, GString *out)
{
    unsigned chapter = m != NULL ? chapter_of(r) : 0;

    if (chapter >= 1 && chapter <= view_chapters(m))
        g_string_append(out, view_chapter_title(m, chapter - 1));
    else
        view_line(r, words, out);
}

/* What a record says depends on the host whose line it stands on: on none's it names it. */
static void tell_of_no_host(const struct record *r, GString *out)
{
    struct record copy;

    memcpy(&copy, r, offsetof(struct record, fields) + r->n_fields * sizeof r->fields[0]);
    copy.host = NULL;
    view_line(&copy, words, out);
}

void tell_alone(const struct mxlab *m, const struct record *r, GString *out)
{
    GString *line = g_string_new(NULL);

    if (r->event == EV_FAULT_BEGIN || r->event == EV_FAULT_END) {
        tell_of_no_host(r, out);
    } else if (r->event == EV_AGENT_COMPOSE || r->event == EV_NOTE || r->host == NULL || r->host[0] == '\0') {
        tell_line(m, r, out);
    } else {
        tell_line(m, r, line);
        if (r->peer != NULL && r->peer[0] != '\0' && strcmp(r->peer, r->host) != 0)
            g_string_append_printf(out, "%s (%s → %s)", line->str, r->host, r->peer);
        else
            g_string_append_printf(out, _("%s (at %s)"), line->str, r->host);
    }
    g_string_free(line, TRUE);
}
