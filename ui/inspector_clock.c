/* The retry clock: the attempts of a queue's entry that were, and those that will be. */
#include "inspector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

enum { DOTS_MAX = 9 };

struct tries {
    sim_time at[DOTS_MAX];
    unsigned n, were;  /* all; those up to now */
    unsigned left_out; /* before the first that is shown */
};

static bool is_entry(const struct record *r, uint32_t mail, const char *queue)
{
    const struct field *f = record_field(r, KEY_QUEUE);
    char buf[FIELD_BUF_MAX];

    return r->mail == mail && f != NULL && span_is(field_text(f, buf), span_of(queue));
}

/* The past is the tape's; the future goes on with the last interval, and is only a promise. */
static void find_tries(const struct pen *p, uint32_t mail, const char *host, const char *queue, sim_time next,
                       struct tries *t)
{
    const struct app *a = p->a;
    const GArray *trail = mail < a->trails->len ? a->trails->pdata[mail] : NULL;
    sim_time last = -1;

    *t = (struct tries){ 0 };
    for (unsigned i = 0; trail != NULL && i < trail->len; i++) {
        int64_t at = g_array_index(trail, int64_t, i);
        const struct record *r = view_tape_nth(a->player.tape, at);

        if (at > a->player.at || r->event != EV_QUEUE_ATTEMPT || g_strcmp0(r->host, host) != 0 ||
            !is_entry(r, mail, queue) || r->time == last)
            continue;
        if (t->were == DOTS_MAX - 3) {
            memmove(t->at, t->at + 1, (DOTS_MAX - 4) * sizeof t->at[0]);
            t->were--;
            t->left_out++;
        }
        t->at[t->were++] = last = r->time;
    }
    t->n = t->were;
    bool is_waiting = next > a->player.clock;
    sim_time before = t->were > 1 ? t->at[t->were - 1] - t->at[t->were - 2] : 0;
    sim_time step = is_waiting && last >= 0 ? next - last
                                            : before; /* while it is being tried, the interval before */
    if (step < SIM_SECOND)
        return;
    for (sim_time at = is_waiting ? next : last + step; t->n < DOTS_MAX && t->n < t->were + 3; at += step)
        t->at[t->n++] = at;
}

static void short_time(sim_time t, char *buf, size_t room)
{
    if (t >= SIM_DAY)
        snprintf(buf, room, _("day %d, %d:%02d"), (int)(t / SIM_DAY + 1), (int)(t % SIM_DAY / SIM_HOUR),
                 (int)(t % SIM_HOUR / SIM_MINUTE));
    else
        snprintf(buf, room, "%d:%02d", (int)(t / SIM_HOUR), (int)(t % SIM_HOUR / SIM_MINUTE));
}

void inspector_retry_clock(struct pen *p, const struct table *queue, unsigned row, const char *host)
{
    const char *mail = table_cell_text(queue, row, "mail"), *id = table_cell_text(queue, row, "id");
    int next = table_find(queue, "next_attempt", strlen("next_attempt"));
    struct tries t;
    char buf[48];

    if (mail[0] != 'm' || next < 0)
        return;
    find_tries(p, (uint32_t)atoi(mail + 1), host, id, table_cell(queue, row, (unsigned)next)->number, &t);
    if (t.n == 0)
        return;
    pen_rule(p);
    char *title = queue->rows->len > 1 ? g_strdup_printf(_("Retry clock of %s"), id)
                                       : g_strdup(_("Retry clock"));
    char *note = t.left_out > 0 ? g_strdup_printf(_("%u tries before these"), t.left_out) : NULL;
    pen_heading(p, title, note);
    double y = p->y + 16 * p->s, gap = (p->w - 16) / (DOTS_MAX - 1), right = 0;
    canvas_box(p->c, (struct rect){ p->x, y - 2, p->w, 4 }, 2, INK_LINE, N_INKS, 0, false);
    bool is_trying = strcmp(table_cell_text(queue, row, "last_result"), "being tried") == 0;
    for (unsigned i = 0; i < t.n; i++) {
        bool was = i < t.were, is_last = i + 1 == t.were && is_trying;
        double x = p->x + 8 + i * gap, size = is_last ? 16 : 11;
        enum ink ink = is_last || !was ? INK_SMTP : INK_FAULT;

        canvas_box(p->c, (struct rect){ x - size / 2, y - size / 2, size, size }, size / 2,
                   was ? ink : INK_PANEL, ink, 2, false);
        short_time(t.at[i], buf, sizeof buf);
        double w = canvas_text_width(p->c, FONT_MONO, TYPE_SMALL, buf);
        double left = CLAMP(x - w / 2, p->x, p->x + p->w - w);
        struct rect at = { left, y + 10 * p->s, w + 1, canvas_line_height(p->c, TYPE_SMALL) };
        if (left < right + 4)
            continue; /* no room for this one's time */
        right = left + w;
        canvas_text(p->c, at, is_last ? FONT_MONO_BOLD : FONT_MONO, TYPE_SMALL,
                    is_last ? INK_TEXT : INK_QUIET, ALIGN_LEFT, buf);
        canvas_thing(p->c, at, "", buf, "try:%s:%u", id, i)->is_label = true;
    }
    p->y = y + 10 * p->s + canvas_line_height(p->c, TYPE_SMALL) + 4;
    g_free(title);
    g_free(note);
}
