/* The retry clock: the attempts of a queue's entry that were, those that will be, and when it gives up. */
#include "inspector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

enum { DOTS_MAX = 9, FUTURE_MAX = 3 };

struct tries {
    sim_time at[DOTS_MAX];
    unsigned n, were;  /* all; those up to now */
    unsigned left_out; /* before the first that is shown */
    bool ends;         /* the last one is when the server gives up */
    bool has_gap;      /* before that one, others are left out */
};

static bool is_entry(const struct record *r, uint32_t mail, const char *queue)
{
    const struct field *f = record_field(r, KEY_QUEUE);
    char buf[FIELD_BUF_MAX];

    return r->mail == mail && f != NULL && span_is(field_text(f, buf), span_of(queue));
}

struct plan {
    sim_time next, interval, gives_up; /* interval: to the one after the next */
};

static sim_time later(sim_time at, sim_time by)
{
    return at < SIM_NEVER - by ? at + by : SIM_NEVER;
}

/* Those that will be, if each fails; the last when the time is up. What the server says is shown and no more:
 * later intervals may be longer. */
static void find_future(struct tries *t, const struct plan *p, sim_time now)
{
    sim_time last = t->at[t->were - 1], planned[] = { p->next, later(p->next, p->interval) };
    bool ends = p->gives_up > now && p->gives_up != SIM_NEVER, is_waiting = p->next > now;

    if (!is_waiting) /* it is being tried */
        planned[0] = later(last, p->interval);
    for (unsigned i = 0; i < (is_waiting ? 2 : 1) && planned[i] > now && planned[i] < p->gives_up; i++)
        t->at[t->n++] = planned[i];
    if (ends) {
        t->has_gap = later(t->at[t->n - 1], p->interval) < p->gives_up;
        t->at[t->n++] = p->gives_up;
        t->ends = true;
    }
}

/* The past is the tape's; the future is only a promise. */
static void find_tries(const struct pen *p, uint32_t mail, const char *host, const char *queue,
                       const struct plan *plan, struct tries *t)
{
    const struct app *a = p->a;
    const GArray *trail = mail < a->trails->len ? a->trails->pdata[mail] : NULL;
    sim_time last = -1, now = a->player.clock;

    *t = (struct tries){ 0 };
    for (unsigned i = 0; trail != NULL && i < trail->len; i++) {
        int64_t at = g_array_index(trail, int64_t, i);
        const struct record *r = view_tape_nth(a->player.tape, at);

        if (at > a->player.at || r->event != EV_QUEUE_ATTEMPT || g_strcmp0(r->host, host) != 0 ||
            !is_entry(r, mail, queue) || r->time == last)
            continue;
        if (t->were == DOTS_MAX - FUTURE_MAX) {
            memmove(t->at, t->at + 1, (DOTS_MAX - FUTURE_MAX - 1) * sizeof t->at[0]);
            t->were--;
            t->left_out++;
        }
        t->at[t->were++] = last = r->time;
    }
    t->n = t->were;
    if (t->were > 0)
        find_future(t, plan, now);
}

/* Side by side; the end at the far end. */
static double dot_x(const struct pen *p, const struct tries *t, unsigned i)
{
    return t->ends && i + 1 == t->n ? p->x + p->w - 8 : p->x + 8 + i * (p->w - 16) / (DOTS_MAX - 1);
}

static void draw_dots(struct pen *p, const struct tries *t, double y, bool is_trying)
{
    canvas_box(p->c, (struct rect){ p->x, y - 2, p->w, 4 }, 2, INK_LINE, N_INKS, 0, false);
    for (unsigned i = 0; i < t->n; i++) {
        bool was = i < t->were, is_now = i + 1 == t->were && is_trying;
        double x = dot_x(p, t, i), size = is_now ? 16 : 11;
        enum ink ink = is_now || !was ? INK_SMTP : INK_FAULT;

        if (t->ends && i + 1 == t->n)
            canvas_cross(p->c, x, y, 12);
        else
            canvas_box(p->c, (struct rect){ x - size / 2, y - size / 2, size, size }, size / 2,
                       was ? ink : INK_PANEL, ink, 2, false);
    }
    if (t->has_gap) {
        double x = (dot_x(p, t, t->n - 2) + dot_x(p, t, t->n - 1)) / 2;

        canvas_fill_rect(p->c, (struct rect){ x - 9, y - 3, 18, 6 }, INK_PANEL);
        canvas_text(p->c, (struct rect){ x - 12, y - 10, 24, 20 }, FONT_SANS, TYPE_SMALL, INK_QUIET,
                    ALIGN_CENTRE, "⋯");
    }
}

/* Where the time of a try stands, under its dot. */
static struct rect time_rect(struct pen *p, double x, double y, const char *text)
{
    double w = canvas_text_width(p->c, FONT_MONO, TYPE_SMALL, text);

    return (struct rect){ CLAMP(x - w / 2, p->x, p->x + p->w - w), y + 10 * p->s, w + 1,
                          canvas_line_height(p->c, TYPE_SMALL) };
}

/* The times, where there is room; the end's in any case. */
static void write_times(struct pen *p, const struct tries *t, double y, bool is_trying, const char *id)
{
    double right = 0, most = p->x + p->w + 4;
    char buf[MOMENT_MAX];

    for (unsigned k = 0; k < t->n; k++) {
        unsigned i = t->ends ? (k + t->n - 1) % t->n : k; /* the end first */
        bool is_end = t->ends && k == 0, is_now = i + 1 == t->were && is_trying;

        moment_words(t->at[i], MOMENT_MINUTE, buf);
        struct rect at = time_rect(p, dot_x(p, t, i), y, buf);
        if (!is_end && (at.x < right + 4 || at.x + at.w + 4 > most))
            continue;
        if (is_end)
            most = at.x;
        else
            right = at.x + at.w;
        canvas_text(p->c, at, is_now ? FONT_MONO_BOLD : FONT_MONO, TYPE_SMALL,
                    is_end   ? INK_FAULT
                    : is_now ? INK_TEXT
                             : INK_QUIET,
                    ALIGN_LEFT, buf);
        if (is_end)
            canvas_thing(p->c, at, "", buf, "gives-up:%s", id)->is_label = true;
        else
            canvas_thing(p->c, at, "", buf, "try:%s:%u", id, i)->is_label = true;
    }
}

/* What comes if nothing helps. */
static void write_end(struct pen *p, const char *sender, sim_time gives_up)
{
    bool is_report = strcmp(sender, "<>") == 0;
    char buf[MOMENT_MAX], *text;

    if (gives_up == SIM_NEVER)
        return;
    moment_words(gives_up, MOMENT_MINUTE, buf);
    if (gives_up <= p->a->player.clock)
        text = g_strdup(_("This is the last try: the time that the server keeps a mail is over."));
    else if (is_report)
        text = g_strdup_printf(
            _("If no try succeeds until %s, the server gives up. Nobody is told: this mail is a report itself."),
            buf);
    else
        text = g_strdup_printf(
            _("If no try succeeds until %s, the server gives up and sends the mail back to %s."), buf,
            sender);
    pen_sentence(p, FONT_SANS, TYPE_SMALL, INK_QUIET, text);
    g_free(text);
}

/* All these columns are there (mail/server_tables.c). */
static int64_t number_of(const struct table *t, unsigned row, const char *key)
{
    int column = table_find(t, key, strlen(key));

    return column >= 0 ? table_cell(t, row, (unsigned)column)->number : 0;
}

void inspector_retry_clock(struct pen *p, const struct table *queue, unsigned row, const char *host)
{
    const char *mail = table_cell_text(queue, row, "mail"), *id = table_cell_text(queue, row, "id");
    struct plan plan = { .next = number_of(queue, row, "next_attempt"),
                         .interval = MIN(number_of(queue, row, "interval"), SIM_NEVER / SIM_SECOND) *
                                     SIM_SECOND,
                         .gives_up = number_of(queue, row, "gives_up") };
    struct tries t;

    if (mail[0] != 'm')
        return;
    find_tries(p, (uint32_t)atoi(mail + 1), host, id, &plan, &t);
    if (t.n == 0)
        return;
    pen_rule(p);
    char *title = queue->rows->len > 1 ? g_strdup_printf(_("Retry clock of %s"), id)
                                       : g_strdup(_("Retry clock"));
    char *note = t.left_out > 0 ? g_strdup_printf(_("%u tries before these"), t.left_out) : NULL;
    pen_heading(p, title, note);
    double y = p->y + 16 * p->s;
    bool is_trying = strcmp(table_cell_text(queue, row, "last_result"), "being tried") == 0;
    draw_dots(p, &t, y, is_trying);
    write_times(p, &t, y, is_trying, id);
    p->y = y + 10 * p->s + canvas_line_height(p->c, TYPE_SMALL) + 4;
    write_end(p, table_cell_text(queue, row, "sender"), plan.gives_up);
    g_free(title);
    g_free(note);
}
