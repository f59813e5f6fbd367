/* The Why? tab: the chain of causes of the event in front, from it back to a person's action or a fault; what
 * only carries the chain on (packets on their way, states) is left out. */
#include "inspector.h"

#include <stdio.h>
#include <string.h>

#include "app_parts.h"
#include "tell.h"
#include "words.h"

enum { CHAIN_MAX = 4000, SHOWN_MAX = 9 };

struct link {
    int64_t at; /* record */
    bool
        is_aside; /* not a cause in the chain, but why the chain waited: a lost packet, the fault behind it */
    unsigned skips; /* links left out between this one and the next */
};

static bool matters(const struct record *r)
{
    switch ((int)r->event) {
    case EV_TCP_RETRANSMIT:
    case EV_TCP_FAIL:
    case EV_TCP_CONNECT:
    case EV_PACKET_DROP:
    case EV_FAULT_BEGIN:
    case EV_FAULT_END:
    case EV_DNS_TIMEOUT:
    case EV_DNS_GIVE_UP:
    case EV_DNS_LOOKUP:
    case EV_QUEUE_ATTEMPT:
    case EV_QUEUE_DONE:
    case EV_AGENT_SUBMIT:
    case EV_AGENT_SENT:
        return true;
    case EV_DNS_CACHE_MISS:
    case EV_DNS_CACHE_STORE:
        return false;
    default:
        return view_is_message(r);
    }
}

/* ---- Why a packet was lost. */

/* What became of a send in the end: its drop, or -1. */
static int64_t drop_of(const struct view_tape *t, int64_t send)
{
    int64_t at = send;

    for (int hops = 0; hops < 64 && at >= 0; hops++) {
        at = view_tape_hop(t, at);
        if (at >= 0 && view_tape_nth(t, at)->event == EV_PACKET_DROP)
            return at;
        if (at >= 0 && view_tape_nth(t, at)->event != EV_PACKET_FORWARD)
            return -1;
    }
    return -1;
}

static bool is_about(const struct record *fault, const struct record *drop)
{
    const struct field *what = record_field(fault, KEY_WHAT), *on = record_field(fault, KEY_ON),
                       *link = record_field(drop, KEY_LINK);
    char buf[FIELD_BUF_MAX];

    if (what == NULL || on == NULL || drop->why == NULL)
        return false;
    struct span w = field_text(what, buf), o = on->text;
    if (strcmp(drop->why, "host_down") == 0)
        return span_is(w, SPAN("down")) && drop->host != NULL && span_is(o, span_of(drop->host));
    if (strcmp(drop->why, "link_cut") == 0 && link != NULL && span_is(w, SPAN("cut"))) {
        char *name = g_strndup(o.at, o.len), **ends = g_strsplit(name, " - ", 2),
             *text = g_strndup(link->text.at, link->text.len);
        bool ok = ends[0] != NULL && ends[1] != NULL && strstr(text, ends[0]) != NULL &&
                  strstr(text, ends[1]) != NULL;
        g_free(name);
        g_free(text);
        g_strfreev(ends);
        return ok;
    }
    return false;
}

/* The fault that a drop is due to: the latest before it; -1: chance, or the scenario was written so. */
static int64_t fault_of(const struct view_tape *t, int64_t drop)
{
    const struct record *d = view_tape_nth(t, drop);

    for (int64_t i = drop - 1; i >= 0; i--) {
        const struct record *r = view_tape_nth(t, i);
        if (r->event == EV_FAULT_BEGIN && is_about(r, d))
            return i;
    }
    return -1;
}

/* ---- The chain. */

static void add(GArray *chain, int64_t at, bool is_aside)
{
    struct link l = { at, is_aside, 0 };

    for (unsigned i = 0; i < chain->len; i++)
        if (g_array_index(chain, struct link, i).at == at)
            return;
    g_array_append_val(chain, l);
}

static GArray *chain_of(const struct app *a, bool all)
{
    const struct view_tape *t = a->player.tape;
    GArray *chain = g_array_new(FALSE, FALSE, sizeof(struct link));
    bool has_loss = false;
    const int64_t front = inspector_at(a);
    int64_t at = front, after = at;

    for (int n = 0; at >= 0 && n < CHAIN_MAX; n++) {
        const struct record *r = view_tape_nth(t, at);
        bool is_root = r->cause == 0;

        if (at == front || is_root || all || matters(r))
            add(chain, at, false);
        /* What waited, waited because a packet of it was lost. The nearest loss explains; more would only
         * repeat it. */
        int64_t drop = r->event == EV_PACKET_DROP                ? at
                       : r->event == EV_PACKET_SEND && !has_loss ? drop_of(t, at)
                                                                 : -1;
        if (drop >= 0 && drop <= after && !has_loss &&
            (drop == at || view_tape_nth(t, drop)->time <= view_tape_nth(t, after)->time)) {
            int64_t fault = fault_of(t, drop);

            has_loss = true;
            if (drop != at && drop < front)
                add(chain, drop, true);
            if (fault >= 0)
                add(chain, fault, true);
        }
        after = at;
        at = is_root ? -1 : (int64_t)r->cause - 1;
    }
    return chain;
}

/* What a chain can do without: talk first, then what only goes on, then what waits and fails again; never
 * what people did. */
static int weight(const struct record *r)
{
    switch (view_family(r)) {
    case VIEW_DNS:
    case VIEW_SMTP:
    case VIEW_ACCESS:
    case VIEW_HTTP:
    case VIEW_TCP:
        return r->event == EV_TCP_FAIL ? 1 : 0;
    case VIEW_FAULT:
        return r->event == EV_FAULT_BEGIN || r->event == EV_FAULT_END ? 3 : 1;
    case VIEW_QUEUE:
        return 2;
    case VIEW_PERSON:
    case VIEW_STORY:
        break;
    }
    return 3;
}

/* Keep the beginning and the end of a long chain; between them, what weighs most. */
static void shorten(GArray *chain, const struct view_tape *t)
{
    for (int pass = 0; chain->len > SHOWN_MAX && pass < 3; pass++) {
        unsigned i = 2;

        while (chain->len > SHOWN_MAX && i + 2 < chain->len) {
            struct link *l = &g_array_index(chain, struct link, i);
            const struct record *r = view_tape_nth(t, l->at);

            if (!l->is_aside && weight(r) <= pass) {
                g_array_index(chain, struct link, i - 1).skips += 1 + l->skips;
                g_array_remove_index(chain, i);
            } else
                i++;
        }
    }
}

/* ---- Drawing. */

/* Who said what to whom, with three %s; NULL: nothing was said. */
static const char *said_how(enum event e)
{
    switch ((int)e) {
    case EV_DNS_QUERY:
        return _("because %s asked %s: %s");
    case EV_DNS_RESPONSE:
        return _("because %s answered %s: %s");
    case EV_SMTP_DATA:
        return _("because %s sent to %s: %s");
    case EV_SMTP_COMMAND:
    case EV_SMTP_REPLY:
    case EV_POP3_COMMAND:
    case EV_POP3_REPLY:
    case EV_IMAP_COMMAND:
    case EV_IMAP_REPLY:
        return _("because %s said to %s: %s");
    case EV_HTTP_REQUEST:
        return _("because %s asked %s: %s");
    case EV_HTTP_RESPONSE:
        return _("because %s answered %s: %s");
    default:
        return NULL;
    }
}

static char *link_text(const struct mxlab *m, const struct record *r, bool is_first)
{
    const char *how = is_first || r->host == NULL || r->peer == NULL ? NULL : said_how(r->event);
    GString *says = g_string_new(NULL);
    char *text;

    if (how != NULL)
        tell_line(m, r, says);
    else
        tell_alone(m, r, says);
    text = is_first      ? g_strdup(says->str)
           : how != NULL ? g_strdup_printf(how, r->host, r->peer, says->str)
                         : g_strdup_printf(_("because %s"), says->str);
    g_string_free(says, TRUE);
    return text;
}

static void draw_link(struct pen *p, const struct link *l, bool is_first, bool is_last)
{
    const struct record *r = view_tape_nth(p->a->player.tape, l->at);
    const struct record *told = r->event != EV_PACKET_DROP ? inspector_told(p->a, r) : r;
    char when[MOMENT_MAX], *text = link_text(app_world(p->a), told, is_first);
    char *does = g_strdup_printf("at %" G_GINT64_FORMAT, l->at),
         *name = g_strdup_printf("why:%" G_GINT64_FORMAT, l->at);
    enum view_family f = view_family(r);

    pen_bead(p, &(struct bead){ .ink = f == VIEW_FAULT ? INK_FAULT : INK_TEXT,
                                .is_bold = is_first,
                                .is_hollow = l->is_aside,
                                .is_first = is_first,
                                .is_last = is_last,
                                .is_now = is_first,
                                .time = moment_words(r->time, MOMENT_MS, when),
                                .text = text,
                                .below = is_first ? NULL : view_rule(r),
                                .does = is_first ? "" : does,
                                .name = name });
    g_free(text);
    g_free(does);
    g_free(name);
}

static void draw_skips(struct pen *p, unsigned n, int64_t at)
{
    char *text = g_strdup_printf(_N("… %u step between", "… %u steps between", n), n);
    char *name = g_strdup_printf("why-more:%" G_GINT64_FORMAT, at);
    double line = canvas_line_height(p->c, TYPE_SMALL), h = line + 6 * p->s;
    struct rect row = { p->x + 24 * p->s, p->y, p->w - 24 * p->s, h };

    canvas_line(p->c, p->x + 8, p->y, p->x + 8, p->y + h, INK_LINE, 2);
    row.w = canvas_text(p->c, row, FONT_SANS, TYPE_SMALL, INK_ACTION, ALIGN_LEFT, text);
    canvas_thing(p->c, row, "why all", text, "%s", name);
    p->y += h;
    g_free(name);
    g_free(text);
}

static void draw_root(struct pen *p, const struct record *root)
{
    const char *text = root->event == EV_FAULT_BEGIN || root->event == EV_FAULT_END
                           ? _("This is where it began: a fault of the scenario.")
                       : view_family(root) == VIEW_PERSON ? _("This is where it began: a person did it.")
                                                          : _("This is where it began.");
    pen_gap(p, 4);
    pen_empty(p, text, "why:root");
}

static void draw_rule(struct pen *p, const struct record *r)
{
    const char *remark = view_remark(r), *rule = view_rule(r);

    if (remark == NULL && rule == NULL)
        return;
    pen_rule(p);
    if (remark != NULL) {
        pen_sentence(p, FONT_SANS, TYPE_BODY, INK_TEXT, words(remark));
        pen_gap(p, 6);
    }
    if (rule != NULL) {
        char *text = g_strdup_printf(_("The rule: %s"), rule);
        pen_empty(p, text, "why:rule");
        g_free(text);
    }
}

void inspector_why(struct pen *p)
{
    const struct app *a = p->a;
    const struct record *r = inspector_record(a);

    if (r == NULL) {
        pen_empty(
            p, _("Nothing has happened yet, so there is nothing to ask about. Press → for the first step."),
            "why:empty");
        return;
    }
    GArray *chain = chain_of(a, a->why_all);
    if (!a->why_all)
        shorten(chain, a->player.tape);
    for (unsigned i = 0; i < chain->len; i++) {
        const struct link *l = &g_array_index(chain, struct link, i);
        draw_link(p, l, i == 0, i + 1 == chain->len);
        if (l->skips > 0)
            draw_skips(p, l->skips, l->at);
    }
    if (chain->len > 0)
        draw_root(p, view_tape_nth(a->player.tape, g_array_index(chain, struct link, chain->len - 1).at));
    draw_rule(p, r);
    g_array_unref(chain);
}
