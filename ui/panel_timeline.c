/* panel_timeline.c: the whole run from left to right: chapters, how much happened when, faults, marks, and
 * where we are. */
#include <math.h>
#include <string.h>

#include "app.h"
#include "ladder_rows.h"
#include "moment.h"
#include "tape_index.h"
#include "tell.h"
#include "time_bars.h"
#include "timescale.h"
#include "words.h"

enum { BAR = 4, LANES = 2, MARKS_MAX = 400, LABELS_MAX = 128 };
struct line {
    const struct app *a;
    struct canvas *c;
    struct rect r;
    double s;
    const struct view_tape *t;
    const struct tape_index *x;
    double left, width; /* of the axis */
    int lanes;          /* of faults */
    double stop;        /* a chapter's circle is so wide */
    double chapters_y, base, fault_y, labels_y;
    struct rect labels[LABELS_MAX]; /* taken already, in the row of labels */
    unsigned n_labels;
};

static double axis_left(struct canvas *c, struct rect r)
{
    double s = c != NULL ? c->text_scale : 1, w = 64 * s;

    if (c != NULL) {
        w = MAX(w, canvas_text_width(c, FONT_SANS, TYPE_SMALL, _("chapters")));
        w = MAX(w, canvas_text_width(c, FONT_SANS, TYPE_SMALL, _("events")));
    }
    return r.x + 16 + MIN(w, r.w / 5) + 20;
}

static double x_of(const struct line *k, sim_time t)
{
    return k->left + timescale_to(k->x->scale, t) * k->width;
}

int64_t timeline_index_at(const struct app *a, struct rect r, double x)
{
    const struct view_tape *t = a->run != NULL ? run_tape(a->run) : NULL;
    const struct tape_index *index = a->run != NULL ? run_index(a->run) : NULL;
    const struct time_axis *axis = &a->memory->axis;
    bool is_drawn = axis->r.x == r.x && axis->r.w == r.w && axis->width > 0;
    double left = is_drawn ? axis->left : r.x + 100, width = is_drawn ? axis->width : MAX(1, r.w - 132);

    if (index == NULL || x < left - 6)
        return -1;
    return view_tape_at(t, timescale_from(index->scale, (x - left) / width));
}

/* ---- Bars. */

/* What was said is more telling than the packets it went in. */
static enum ink bar_ink(const struct time_bar *b)
{
    static const struct {
        enum bar_family family;
        enum ink ink;
    } said[] = {
        { BAR_SMTP, INK_SMTP }, { BAR_DNS, INK_DNS }, { BAR_ACCESS, INK_ACCESS }, { BAR_HTTP, INK_HTTP }
    };
    unsigned most = 0;
    enum ink ink = b->n[BAR_TCP] > 0 ? INK_TCP : INK_QUIET;

    for (size_t i = 0; i < G_N_ELEMENTS(said); i++)
        if (b->n[said[i].family] > most) {
            most = b->n[said[i].family];
            ink = said[i].ink;
        }
    return ink;
}

static void draw_bars(struct line *k, double now_x)
{
    unsigned n = (unsigned)MAX(1, k->width / BAR);
    double high = k->base - k->chapters_y + 4, least = 3;
    g_autofree struct time_bar *bars = g_new(struct time_bar, n);
    unsigned most = time_bars_sum(k->x->bars, n, bars);

    for (unsigned i = 0; i < n; i++) {
        const struct time_bar *b = &bars[i];
        unsigned sum = time_bar_sum(b);
        double x = k->left + k->width * i / n;
        if (sum == 0)
            continue;
        double h = least + (high - least) * log1p(sum) / log1p(most);
        colour v = theme_colour(k->c->theme, bar_ink(b));
        cairo_set_source_rgba(k->c->cr, (v >> 16 & 255) / 255.0, (v >> 8 & 255) / 255.0, (v & 255) / 255.0,
                              x <= now_x ? 1 : 0.42);
        cairo_rectangle(k->c->cr, floor(x), k->base - floor(h), BAR - 1.5, floor(h));
        cairo_fill(k->c->cr);
    }
}

/* ---- The row of labels: each only where it meets no other. */

static bool put_label(struct line *k, double centre, enum font font, enum ink ink, const char *text,
                      const char *name, double most)
{
    double w = ceil(canvas_text_width(k->c, font, TYPE_SMALL, text)) + 1,
           h = canvas_line_height(k->c, TYPE_SMALL);
    struct rect at = { floor(centre - w / 2), floor(k->labels_y), w, h };

    if (w > most || k->n_labels == LABELS_MAX)
        return false;
    at.x = CLAMP(at.x, k->left - 16, k->r.x + k->r.w - 12 - w);
    for (unsigned i = 0; i < k->n_labels; i++)
        if (at.x < k->labels[i].x + k->labels[i].w + 8 && k->labels[i].x < at.x + w + 8)
            return false;
    k->labels[k->n_labels++] = at;
    canvas_text(k->c, at, font, TYPE_SMALL, ink, ALIGN_CENTRE, text);
    canvas_thing(k->c, at, "", text, "%s", name)->is_label = true;
    return true;
}

/* As exact as tells moments of its size apart: the axis is not even, so its labels need not be. */
static enum moment_grain grain_of(sim_time t)
{
    return t > 0 && t < 10 * SIM_SECOND ? MOMENT_HUNDREDTH : t < SIM_DAY ? MOMENT_SECOND : MOMENT_MINUTE;
}

static void put_moment(struct line *k, sim_time t, bool is_now)
{
    char text[MOMENT_MAX];

    moment_words(t, grain_of(t), text);
    g_autofree char *name = is_now ? g_strdup("timeline:now")
                                   : g_strdup_printf("timeline:at:%" G_GINT64_FORMAT, t / SIM_MS);
    put_label(k, x_of(k, t), is_now ? FONT_MONO_BOLD : FONT_MONO, is_now ? INK_TEXT : INK_QUIET, text, name,
              k->width);
}

/* ---- Faults. */

/* What is so from then on. What is not only down or cut says what was done. */
static char *fault_words(const struct line *k, const struct tape_fault *f)
{
    GString *said = g_string_new(NULL);

    if (strcmp(f->what, "down") == 0)
        g_string_printf(said, _("%s is down"), f->on);
    else if (strcmp(f->what, "cut") == 0)
        g_string_printf(said, _("link %s is cut"), f->on);
    else
        tell_alone(app_world(k->a), view_tape_nth(k->t, f->from), said);
    return g_string_free(said, FALSE);
}

static const char *short_words(const struct tape_fault *f)
{
    static const struct {
        const char *what, *words;
    } all[] = { { "down", N_("server down") },      { "cut", N_("link cut") },
                { "link", N_("link changed") },     { "record", N_("records changed") },
                { "answer", N_("another answer") }, { "greylist", N_("greylisting") },
                { "quota", N_("mailbox limit") } };

    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        if (strcmp(all[i].what, f->what) == 0)
            return _(all[i].words);
    return f->what;
}

/* Others are changes that an administrator may make on any day. */
static bool is_trouble(const struct tape_fault *f)
{
    static const char *const troubles[] = { "down", "cut", "link", "answer" };

    for (size_t i = 0; i < G_N_ELEMENTS(troubles); i++)
        if (strcmp(troubles[i], f->what) == 0)
            return true;
    return false;
}

static void draw_faults(struct line *k)
{
    double busy_until[LANES] = { 0 };

    for (unsigned i = 0; i < k->x->faults->len; i++) {
        const struct tape_fault *f = &g_array_index(k->x->faults, struct tape_fault, i);
        double x1 = x_of(k, f->begin), x2 = MAX(x_of(k, f->end), x1 + 4);
        int lane = 0;
        while (lane < k->lanes - 1 && busy_until[lane] > x1)
            lane++;
        busy_until[lane] = x2;
        struct rect bar = { x1, k->fault_y + lane * 6, x2 - x1, 4.5 };
        enum ink ink = is_trouble(f) ? INK_FAULT : INK_QUIET;
        canvas_box(k->c, bar, 2.2, ink, N_INKS, 0, false);
        g_autofree char *words = fault_words(k, f), *name = g_strdup_printf("fault:%u", i + 1);
        g_autofree char *does = g_strdup_printf("at %" G_GINT64_FORMAT, f->from);
        canvas_thing(k->c, (struct rect){ bar.x, bar.y - 3, bar.w, bar.h + 6 }, does, words, "%s", name);
        g_autofree char *label = g_strdup_printf("fault-words:%u", i + 1);
        static const double places[] = { 0.5, 0.7, 0.3, 0.85, 0.15 };
        bool done = false;
        for (size_t p = 0; p < 2 * G_N_ELEMENTS(places) && !done; p++) {
            const char *text = p < G_N_ELEMENTS(places) ? words : short_words(f);
            done = put_label(k, x1 + (x2 - x1) * places[p % G_N_ELEMENTS(places)], FONT_SANS, ink, text,
                             label, MAX(x2 - x1, 80 * k->s));
        }
    }
}

/* ---- Chapters: circles on their way, moved apart where they would meet. */

static void draw_chapters(struct line *k)
{
    unsigned n = k->x->chapters->len, now = app_chapter(k->a);
    double d = k->stop, gap = 2, right = k->left + k->width + d / 2;
    g_autofree double *x = g_new(double, n + 1);

    if (n == 0)
        return;
    if (n * (d + gap) > k->width + d)
        d = MAX(6, (k->width + d) / n - gap);
    for (unsigned i = 0; i < n; i++) {
        x[i] = x_of(k, view_tape_nth(k->t, g_array_index(k->x->chapters, struct tape_chapter, i).at)->time);
        if (i > 0)
            x[i] = MAX(x[i], x[i - 1] + d + gap);
    }
    for (unsigned i = n; i-- > 0;)
        x[i] = MIN(x[i], (i + 1 < n ? x[i + 1] - d - gap : right - d / 2));
    for (unsigned i = 0; i < n; i++) {
        const struct tape_chapter *c = &g_array_index(k->x->chapters, struct tape_chapter, i);
        bool is_now = c->number == now;
        struct rect at = { floor(x[i] - d / 2), floor(k->chapters_y - d / 2), d, d };
        double true_x = floor(x_of(k, view_tape_nth(k->t, c->at)->time)) + 0.5;
        char number[12];

        canvas_line(k->c, true_x, k->base - 2, true_x, k->base + 3, INK_STORY, 1.6);
        canvas_box(k->c, at, d / 2, is_now ? INK_STORY : INK_STORY_GROUND, INK_STORY, 1.6, false);
        g_snprintf(number, sizeof number, "%u", c->number);
        if (d >= 14 * MAX(k->s, 1))
            canvas_text(k->c, at, FONT_SANS_BOLD, TYPE_SMALL, is_now ? INK_STORY_GROUND : INK_STORY,
                        ALIGN_CENTRE, number);
        g_autofree char *does = g_strdup_printf("at %" G_GINT64_FORMAT, tape_chapter_begin(k->t, c->at));
        const struct mxlab *m = app_world(k->a);
        const char *title = m != NULL && c->number >= 1 && c->number <= view_chapters(m)
                                ? view_chapter_title(m, c->number - 1)
                                : number;
        canvas_thing(k->c, at, does, title, "chapter:%u", c->number);
    }
}

static void draw_chapter_tip(struct line *k)
{
    const char *hover = k->a->hover;
    const struct mxlab *m = app_world(k->a);
    unsigned number = hover != NULL && g_str_has_prefix(hover, "chapter:") ? (unsigned)atoi(hover + 8) : 0;

    if (number == 0 || m == NULL || number > view_chapters(m))
        return;
    const char *title = view_chapter_title(m, number - 1);
    double w = MIN(canvas_text_width(k->c, FONT_SANS, TYPE_SMALL, title) + 20, k->r.w - 40), x = k->left;
    for (unsigned i = 0; i < k->x->chapters->len; i++) {
        const struct tape_chapter *c = &g_array_index(k->x->chapters, struct tape_chapter, i);
        if (c->number == number)
            x = x_of(k, view_tape_nth(k->t, c->at)->time);
    }
    struct rect tip = { x + 18, k->chapters_y - 11 * k->s, w, 22 * k->s };
    if (tip.x + w > k->r.x + k->r.w - 8)
        tip.x = x - 18 - w;
    canvas_box(k->c, tip, 5, INK_LABEL, N_INKS, 0, false);
    canvas_text(k->c, tip, FONT_SANS, TYPE_SMALL, INK_ON_LABEL, ALIGN_CENTRE, title);
    canvas_thing(k->c, tip, "", title, "tip:chapter");
}

/* ---- Marks: what a breakpoint, or a search that is being typed, would find. */

/* Look on for a few ms: the next frame goes on. */
static void find_marks(const struct line *k, const char *pattern)
{
    enum { MS = 8, BETWEEN_LOOKS = 4096, PLACES = 16384 };
    struct marks *m = &k->a->memory->marks;
    gint64 until = g_get_monotonic_time() + MS * 1000;
    unsigned last = G_MAXUINT;

    if (g_strcmp0(m->pattern, pattern) != 0) {
        marks_forget(m);
        m->pattern = g_strdup(pattern);
        m->length = k->x->length;
    }
    if (m->looked == m->length)
        return;
    struct view_pattern *p = view_pattern_new(pattern, NULL);
    if (p == NULL)
        m->looked = m->length;
    if (m->at->len > 0)
        last = (unsigned)(timescale_to(
                              k->x->scale,
                              view_tape_nth(k->t, g_array_index(m->at, int64_t, m->at->len - 1))->time) *
                          PLACES);
    for (; m->looked < m->length; m->looked++) {
        const struct record *r = view_tape_nth(k->t, m->looked);

        if (m->looked % BETWEEN_LOOKS == BETWEEN_LOOKS - 1 && g_get_monotonic_time() > until)
            break;
        if (!view_pattern_matches(p, r))
            continue;
        unsigned place = (unsigned)(timescale_to(k->x->scale, r->time) * PLACES);
        if (place != last)
            g_array_append_val(m->at, m->looked);
        last = place;
    }
    view_pattern_free(&p);
}

static void draw_marks(struct line *k)
{
    const struct app *a = k->a;
    bool is_typed = a->ask != NULL && strcmp(a->ask, "find") == 0 && a->ask_text != NULL &&
                    a->ask_text->len > 0;
    const char *pattern = is_typed ? a->ask_text->str : a->breakpoint_text;
    double last = -INFINITY;

    if (pattern == NULL) {
        marks_forget(&a->memory->marks);
        return;
    }
    find_marks(k, pattern);
    for (unsigned i = 0, n = 0; i < a->memory->marks.at->len && n < MARKS_MAX; i++) {
        int64_t at = g_array_index(a->memory->marks.at, int64_t, i);
        double x = floor(x_of(k, view_tape_nth(k->t, at)->time)) + 0.5;
        if (x < last + 3)
            continue;
        last = x;
        n++;
        canvas_colour(k->c, INK_ACTION);
        cairo_move_to(k->c->cr, x, k->base + 1);
        cairo_line_to(k->c->cr, x - 3.5, k->base + 7);
        cairo_line_to(k->c->cr, x + 3.5, k->base + 7);
        cairo_fill(k->c->cr);
        g_autofree char *does = g_strdup_printf("at %" G_GINT64_FORMAT, at);
        canvas_thing(k->c, (struct rect){ x - 4, k->base, 8, 8 }, does, "", "mark:%" G_GINT64_FORMAT, at);
    }
}

/* ---- Long waits: said where there is room. */

static void draw_waits(struct line *k)
{
    const struct ladder_rows *l = k->x->rows[!k->a->tcp_collapsed];
    char span[48];

    for (unsigned i = 0; i < l->waits->len; i++) {
        const struct ladder_row *row = &g_array_index(l->rows, struct ladder_row,
                                                      g_array_index(l->waits, unsigned, i));
        sim_time end = view_tape_nth(k->t, row->at)->time, begin = end - row->gap;
        double x1 = x_of(k, begin), x2 = x_of(k, end);
        ladder_span_words(span, sizeof span, row->gap);
        g_autofree char *name = g_strdup_printf("timeline:wait:%" G_GINT64_FORMAT, row->at);
        put_label(k, (x1 + x2) / 2, FONT_SANS, INK_QUIET, span, name, x2 - x1 - 4);
    }
}

static void draw_pointer(struct line *k, double x)
{
    double top = k->r.y + 6;

    x = floor(x) + 0.5;
    canvas_line(k->c, x, top + 4, x, k->labels_y - 1, INK_TEXT, 2);
    canvas_colour(k->c, INK_TEXT);
    cairo_move_to(k->c->cr, x - 6.5, top);
    cairo_line_to(k->c->cr, x + 6.5, top);
    cairo_line_to(k->c->cr, x, top + 9);
    cairo_fill(k->c->cr);
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, k->a->player.at);
    canvas_thing(k->c, (struct rect){ x - 7, top, 14, k->labels_y - top }, "", text, "timeline:pointer");
}

static void draw_row_names(struct line *k)
{
    double h = canvas_line_height(k->c, TYPE_SMALL), w = k->left - k->r.x - 32;
    struct rect chapters = { k->r.x + 16, floor(k->chapters_y - h / 2), w, h },
                events = { k->r.x + 16, floor(k->base - h + 2), w, h };

    if (events.y < chapters.y + h)
        events.y = chapters.y + h;
    chapters.w = canvas_text(k->c, chapters, FONT_SANS, TYPE_SMALL, INK_QUIET, ALIGN_LEFT, _("chapters"));
    events.w = canvas_text(k->c, events, FONT_SANS, TYPE_SMALL, INK_QUIET, ALIGN_LEFT, _("events"));
    canvas_thing(k->c, chapters, "", _("chapters"), "timeline:chapters")->is_label = true;
    canvas_thing(k->c, events, "", _("events"), "timeline:events")->is_label = true;
}

void panel_timeline_draw(const struct app *a, struct canvas *c, struct rect r)
{
    struct line k = {
        .a = a, .c = c, .r = r, .s = c->text_scale, .t = a->run != NULL ? run_tape(a->run) : NULL
    };

    canvas_box(c, r, 10, INK_PANEL, INK_LINE, 1, false);
    k.x = a->run != NULL ? run_index(a->run) : NULL;
    if (k.x == NULL) {
        const char *text = a->run == NULL ? "" : _("Working out this run…");
        canvas_text(c, rect_inset(r, 8), FONT_SANS, TYPE_BODY, INK_QUIET, ALIGN_CENTRE, text);
        return;
    }
    double label = canvas_line_height(c, TYPE_SMALL);
    k.left = axis_left(c, r);
    k.width = MAX(40, r.x + r.w - 28 - k.left);
    a->memory->axis = (struct time_axis){ r, k.left, k.width };
    k.labels_y = r.y + r.h - label - 4;
    k.lanes = LANES;
    k.stop = MAX(20, label + 2);
    k.chapters_y = r.y + 8 + k.stop / 2;
    k.fault_y = k.labels_y - k.lanes * 6 - 1;
    k.base = k.fault_y - 4;
    sim_time clock = MAX(0, a->player.clock);
    double now_x = x_of(&k, clock);

    canvas_thing(c, (struct rect){ k.left - 12, r.y + 2, k.width + 24, r.h - 4 }, "timeline", _("time line"),
                 "timeline");
    draw_row_names(&k);
    canvas_line(c, k.left, k.base + 0.5, k.left + k.width, k.base + 0.5, INK_LINE, 1.5);
    draw_bars(&k, now_x);
    draw_chapters(&k);
    put_moment(&k, clock, true);
    draw_faults(&k);
    put_moment(&k, 0, false);
    put_moment(&k, view_tape_end(k.t), false);
    for (unsigned i = 0; i < k.x->chapters->len; i++)
        put_moment(&k, view_tape_nth(k.t, g_array_index(k.x->chapters, struct tape_chapter, i).at)->time,
                   false);
    draw_waits(&k);
    draw_marks(&k);
    draw_pointer(&k, now_x);
    draw_chapter_tip(&k);
}
