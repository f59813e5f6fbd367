/* Words and families (view.h): the same ones that the ladder of `mxlab run` and the comments of a capture
 * use. */
#include "core/pattern.h"
#include "export/dissect.h"
#include "export/explain.h"
#include "view.h"

_Static_assert((int)VIEW_DNS == FAMILY_DNS && (int)VIEW_SMTP == FAMILY_SMTP && (int)VIEW_TCP == FAMILY_TCP &&
                   (int)VIEW_QUEUE == FAMILY_QUEUE && (int)VIEW_PERSON == FAMILY_PERSON &&
                   (int)VIEW_FAULT == FAMILY_FAULT && (int)VIEW_STORY == FAMILY_STORY,
               "families are the same");

enum view_family view_family(const struct record *r)
{
    return (enum view_family)explain_family(r->event);
}

void view_line(const struct record *r, words_fn *words, GString *out)
{
    explain_line(r, words, out);
}

const char *view_remark(const struct record *r)
{
    return explain_remark(r);
}

const char *view_rule(const struct record *r)
{
    return explain_rule(r);
}

void view_duration(sim_time t, words_fn *words, GString *out)
{
    explain_duration(t, words, out);
}

void view_clock(sim_time t, words_fn *words, GString *out)
{
    explain_clock(t, words, out);
}

const char *view_nth_text(unsigned i)
{
    return explain_nth_text(i);
}

bool view_is_message(const struct record *r)
{
    return explain_is_message(r) && !view_is_packet(r);
}

bool view_is_sent(const struct record *r)
{
    return explain_is_sent(r->event);
}

bool view_is_state(const struct record *r)
{
    return explain_is_state(r->event);
}

bool view_is_packet(const struct record *r)
{
    return r->event == EV_PACKET_SEND || r->event == EV_PACKET_FORWARD || r->event == EV_PACKET_ARRIVE ||
           r->event == EV_PACKET_DROP;
}

/* ---- Patterns. */

struct view_pattern {
    struct pattern *pattern;
};

struct view_pattern *view_pattern_new(const char *text, GString *why)
{
    struct pattern_error error;
    struct pattern *pattern = pattern_new(span_of(text), &error);

    if (pattern == NULL) {
        if (why != NULL)
            g_string_append(why, error.message);
        return NULL;
    }
    struct view_pattern *p = g_new(struct view_pattern, 1);
    p->pattern = pattern;
    return p;
}

void view_pattern_free(struct view_pattern **p)
{
    if (*p == NULL)
        return;
    pattern_free(&(*p)->pattern);
    g_free(*p);
    *p = NULL;
}

bool view_pattern_matches(const struct view_pattern *p, const struct record *r)
{
    return pattern_matches(p->pattern, r);
}

/* ---- Packets: what export/dissect.h says, in view.h's structs. */

static void clear_field(gpointer field)
{
    g_free(((struct view_field *)field)->value);
}

struct view_packet *view_dissect(const uint8_t *bytes, size_t len)
{
    struct dissection *d = dissect_packet(bytes, len);
    struct view_packet *p = g_new0(struct view_packet, 1);

    _Static_assert(G_N_ELEMENTS(p->layers) >= DISSECT_LAYERS_MAX, "all layers fit");
    p->n_layers = d->n_layers;
    for (unsigned i = 0; i < d->n_layers; i++)
        p->layers[i] = d->layers[i];
    p->fields = g_array_sized_new(FALSE, FALSE, sizeof(struct view_field), d->fields->len);
    g_array_set_clear_func(p->fields, clear_field);
    for (unsigned i = 0; i < d->fields->len; i++) {
        struct dissect_field *f = &g_array_index(d->fields, struct dissect_field, i);
        struct view_field v = { f->layer,   f->name,   g_steal_pointer(&f->value),
                                f->meaning, f->offset, f->length };
        g_array_append_val(p->fields, v);
    }
    dissection_free(&d);
    return p;
}

void view_packet_free(struct view_packet **p)
{
    if (*p == NULL)
        return;
    g_array_unref((*p)->fields);
    g_free(*p);
    *p = NULL;
}
