/* panel_ladder.c: the sequence diagram of the run up to the moment shown: a lifeline for each host, an arrow
 * for each message. */
#include <math.h>
#include <string.h>

#include "ink.h"
#include "inspector.h"
#include "ladder_parts.h"
#include "moment.h"
#include "tell.h"
#include "words.h"

/* How far along its arrow a cross stands. */
#define LOST_AT 0.86

static double middle(const struct ladder *k, const struct ladder_row *row)
{
    double h = ladder_row_height(row) * k->s;
    double top = k->body.y + row->y * k->s - k->first_y;
    return floor(row->kind == ROW_ARROW || row->kind == ROW_OPEN ? top + h - 9 * k->s : top + h / 2) + 0.5;
}

/* While a host is down its lifeline is red and broken. */
static void draw_downs(struct ladder *k, unsigned first, unsigned end)
{
    static const double dash[] = { 4, 4 };

    for (unsigned f = 0; f < k->x->faults->len; f++) {
        const struct tape_fault *fault = &g_array_index(k->x->faults, struct tape_fault, f);
        int host = strcmp(fault->what, "down") == 0 ? tape_index_host(k->x, fault->on) : -1;
        if (host < 0 || k->column[host] < 0)
            continue;
        double top = INFINITY, bottom = 0;
        for (unsigned i = first; i < end; i++) {
            const struct ladder_row *row = ladder_row(k, i);
            if (row->at < fault->from || (fault->to >= 0 && row->at > fault->to))
                continue;
            double y = k->body.y + row->y * k->s - k->first_y, h = ladder_row_height(row) * k->s;
            bool begins = row->at == fault->from, ends = row->at == fault->to;
            top = MIN(top, begins ? y + h / 2 : y);
            bottom = MAX(bottom, ends ? y + h / 2 : y + h);
        }
        if (top >= bottom)
            continue;
        double x = k->column_x[k->column[host]];
        canvas_line(k->c, x, top, x, bottom, INK_PANEL, 2.5);
        cairo_save(k->c->cr);
        cairo_set_dash(k->c->cr, dash, 2, 0);
        canvas_line(k->c, x, top, x, bottom, INK_FAULT, 1.6);
        cairo_restore(k->c->cr);
    }
}

/* ---- Rows. */

static const char *ladder_time(sim_time t, char buf[MOMENT_MAX])
{
    return moment_words(t, t < SIM_DAY ? MOMENT_MS : MOMENT_SECOND, buf);
}

static void opening_text(const struct ladder *k, const struct ladder_row *row, GString *out)
{
    const struct record *begun = view_tape_nth(k->t, row->at);
    int64_t at = k->a->player.at;
    unsigned tries = ladder_row_tries(k->l, row, at);
    char span[48];

    if (row->opened >= 0 && row->opened <= at) {
        g_string_append(out, _("TCP opens"));
        if (tries > 1)
            g_string_append_printf(out, _(" (%u tries)"), tries);
    } else if (row->failed >= 0 && row->failed <= at) {
        const struct record *r = view_tape_nth(k->t, row->failed);
        ladder_span_words(span, sizeof span, r->time - begun->time);
        if (g_strcmp0(r->why, "timeout") == 0)
            g_string_append_printf(
                out, _N("SYN (no answer, %u try, %s)", "SYN (no answer, %u tries, %s)", tries), tries, span);
        else
            g_string_append_printf(out,
                                   g_strcmp0(r->why, "refused") == 0 ? _("SYN (refused)") : _("SYN (fails)"));
    } else {
        g_string_append(out, "SYN");
        if (tries > 1)
            g_string_append_printf(out, _(" (%u tries so far)"), tries);
    }
}

static char *row_text(const struct ladder *k, const struct ladder_row *row)
{
    GString *out = g_string_new(NULL);

    if (row->kind == ROW_OPEN)
        opening_text(k, row, out);
    else
        tell_line(NULL, view_tape_nth(k->t, row->at), out);
    if (!g_utf8_validate(out->str, (gssize)out->len, NULL)) {
        g_autofree char *valid = g_utf8_make_valid(out->str, (gssize)out->len);
        g_string_assign(out, valid);
    }
    for (char *p = out->str; *p != '\0'; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = ' ';
    return g_string_free(out, FALSE);
}

/* How far an arrow has grown: with its packet while playing, whole at rest. */
static double grown(const struct ladder *k, const struct ladder_row *row)
{
    sim_time from = view_tape_nth(k->t, row->at)->time,
             to = row->arrives >= 0 ? view_tape_nth(k->t, row->arrives)->time : from;

    if (!k->a->player.is_playing || k->a->prefs.reduced_motion || row->kind != ROW_ARROW || to <= from ||
        k->a->player.clock >= to)
        return 1;
    return pace_ease(CLAMP((double)(k->a->player.clock - from) / (double)(to - from), 0, 1));
}

static bool is_lost_now(const struct ladder *k, const struct ladder_row *row)
{
    int64_t at = k->a->player.at;

    if (row->kind == ROW_OPEN && row->opened >= 0 && row->opened <= at)
        return false;
    if (row->kind == ROW_OPEN && row->failed >= 0 && row->failed <= at)
        return true;
    return row->is_lost && row->arrives <= at;
}

static void draw_chapter_mark(struct ladder *k, const struct ladder_row *row, double y)
{
    double d = 17 * k->s, x = k->r.x + k->r.w - 12 - d;
    struct rect at = { floor(x), floor(y - d / 2), d, d };
    char number[12];

    g_snprintf(number, sizeof number, "%u", row->chapter);
    canvas_box(k->c, at, d / 2, INK_STORY_GROUND, INK_STORY, 1.4, false);
    canvas_text(k->c, at, FONT_SANS_BOLD, TYPE_SMALL, INK_STORY, ALIGN_CENTRE, number);
    g_autofree char *does = g_strdup_printf("at %" G_GINT64_FORMAT, row->at);
    g_autofree char *text = g_strdup_printf(_("chapter %u begins"), row->chapter);
    canvas_thing(k->c, at, does, text, "ladder-chapter:%u", row->chapter);
}

static void put_text_at(struct ladder *k, struct rect at, enum font font, enum ink ink, enum ink ground,
                        const char *text)
{
    canvas_fill_rect(k->c, (struct rect){ at.x - 3, at.y + 1, at.w + 6, at.h - 2 }, ground);
    canvas_text(k->c, at, font, TYPE_SMALL, ink, ALIGN_CENTRE, text);
}

/* One line in the middle of two hosts, on a ground that covers the lifelines behind it. */
static struct rect put_text(struct ladder *k, double centre, double y, enum font font, enum ink ink,
                            enum ink ground, const char *text)
{
    double left = k->body.x + k->times, right = k->r.x + k->r.w - 36 * k->s,
           h = canvas_line_height(k->c, TYPE_SMALL);
    double w = MIN(canvas_text_width(k->c, font, TYPE_SMALL, text) + 1, right - left);
    struct rect at = { floor(CLAMP(centre - w / 2, left, right - w)), floor(y), ceil(w), h };

    put_text_at(k, at, font, ink, ground, text);
    return at;
}

/* Both ends are among the others, or it is to itself: a loop, and in words who speaks to whom, on the side
 * that has room for them. */
static void draw_loop(struct ladder *k, const struct ladder_row *row, enum ink ground, const char *text,
                      enum ink ink)
{
    const struct record *r = view_tape_nth(k->t, row->at);
    double y = middle(k, row) - 4 * k->s, x = ladder_x(k, row->from), reach = 16 * k->s,
           h = canvas_line_height(k->c, TYPE_SMALL);
    g_autofree char *who = row->from == row->to ? g_strdup(text)
                                                : g_strdup_printf("%s → %s  %s", r->host, r->peer, text);

    canvas_line(k->c, x, y - 5 * k->s, x + reach, y - 5 * k->s, ink, 2);
    canvas_line(k->c, x + reach, y - 5 * k->s, x + reach, y + 4 * k->s, ink, 2);
    canvas_arrow(k->c, x + reach, y + 4 * k->s, x + 2, y + 4 * k->s, ink, 2);
    double w = ceil(canvas_text_width(k->c, FONT_MONO, TYPE_SMALL, who)) + 1, begin = x + reach + 12 * k->s,
           right = k->r.x + k->r.w - 36 * k->s - begin, end = x - 10 * k->s,
           left = end - k->body.x - k->times;
    bool is_left = w > right && left > right;
    w = MIN(w, MAX(left, right));
    struct rect at = { floor(is_left ? end - w : begin), floor(y - h / 2), w, h };
    put_text_at(k, at, FONT_MONO, ink == INK_TCP ? INK_TEXT : ink, ground, who);
    canvas_thing(k->c, at, "", who, "label:%" G_GINT64_FORMAT, row->at)->is_label = true;
    if (is_lost_now(k, row))
        canvas_cross(k->c, x + reach, y, 11 * k->s);
}

static void draw_arrow(struct ladder *k, const struct ladder_row *row, enum ink ground, const char *text)
{
    const struct record *r = view_tape_nth(k->t, row->at);
    double y = middle(k, row), x1 = ladder_x(k, row->from), x2 = ladder_x(k, row->to), done = grown(k, row),
           h = canvas_line_height(k->c, TYPE_SMALL);
    bool is_lost = is_lost_now(k, row);
    enum ink ink = row->kind == ROW_OPEN || row->is_detail ? INK_TCP : ink_of_family(view_family(r));
    double width = row->is_detail ? 1.4 : 2;

    if (x1 == x2) {
        draw_loop(k, row, ground, text, ink);
        return;
    }
    double centre = (x1 + x2) / 2;
    if (is_lost) { /* what it says keeps off the cross */
        double half = canvas_text_width(k->c, FONT_MONO, TYPE_SMALL, text) / 2 + 12 * k->s,
               cross = x1 + (x2 - x1) * LOST_AT;
        centre = x2 > x1 ? MIN(centre, cross - half) : MAX(centre, cross + half);
    }
    struct rect label = put_text(k, centre, y - h - 2 * k->s, FONT_MONO, ink == INK_TCP ? INK_TEXT : ink,
                                 ground, text);
    canvas_thing(k->c, label, "", text, "label:%" G_GINT64_FORMAT, row->at)->is_label = true;
    double way = x2 > x1 ? 1 : -1, from = x1 + 3 * way, to = x2 - 3 * way;
    if (is_lost)
        to = x1 + (x2 - x1) * LOST_AT;
    if (done < 1) {
        canvas_line(k->c, from, y, to, y, INK_LINE, 1);
        to = from + (to - from) * MAX(done, 0.04);
    }
    canvas_arrow(k->c, from, y, to - (is_lost ? 6 * way : 0), y, ink, width);
    if (is_lost)
        canvas_cross(k->c, to + 6 * way, y, 11 * k->s);
}

static void draw_note(struct ladder *k, const struct ladder_row *row, const char *text)
{
    double h = 21 * k->s, left = k->body.x + k->times, right = k->r.x + k->r.w - 36 * k->s,
           y = floor(middle(k, row) - h / 2);
    bool is_fault = row->kind == ROW_FAULT;
    double w = MIN(
        ceil(canvas_text_width(k->c, row->kind == ROW_FAULT ? FONT_SANS_BOLD : FONT_SANS, TYPE_SMALL, text)) +
            20 * k->s,
        right - left);
    double x = row->from >= 0 && k->column[row->from] >= 0 ? ladder_x(k, row->from)
               : row->from < 0                             ? (left + right) / 2
                                                           : k->others_x;
    struct rect at = { floor(CLAMP(x - w / 2, left, right - w)), y, w, h };
    bool ends = is_fault && view_tape_nth(k->t, row->at)->event == EV_FAULT_END;

    canvas_box(k->c, at, 6, is_fault && !ends ? INK_FAULT_GROUND : INK_ROW,
               is_fault && !ends ? INK_FAULT : INK_LINE, 1, false);
    canvas_text(k->c, (struct rect){ at.x + 8 * k->s, at.y, at.w - 16 * k->s, at.h },
                is_fault ? FONT_SANS_BOLD : FONT_SANS, TYPE_SMALL, is_fault && !ends ? INK_FAULT : INK_TEXT,
                ALIGN_CENTRE, text);
    canvas_thing(k->c, at, "", text, "label:%" G_GINT64_FORMAT, row->at)->is_label = true;
}

static void draw_skip(struct ladder *k, double y, double h, const char *text, int64_t at)
{
    struct rect band = { k->r.x + 16, floor(y + 5 * k->s), k->r.w - 32, h - 10 * k->s };
    double w = canvas_text_width(k->c, FONT_SANS_BOLD, TYPE_SMALL, text), x, mid = band.y + band.h / 2,
           q = 4 * k->s;

    canvas_box(k->c, band, 5, INK_ROW, N_INKS, 0, false);
    w = MIN(w, band.w - 40 * k->s);
    x = band.x + (band.w - w) / 2;
    canvas_text(k->c, (struct rect){ x + 8 * k->s, band.y, w + 1, band.h }, FONT_SANS_BOLD, TYPE_SMALL,
                INK_QUIET, ALIGN_LEFT, text);
    canvas_colour(k->c, INK_QUIET);
    for (int i = 0; i < 2; i++) { /* fast forward */
        double tx = x - 14 * k->s + i * q * 1.6;
        cairo_move_to(k->c->cr, tx, mid - q);
        cairo_line_to(k->c->cr, tx + q * 1.5, mid);
        cairo_line_to(k->c->cr, tx, mid + q);
        cairo_fill(k->c->cr);
    }
    canvas_thing(k->c, band, "", text, "wait:%" G_GINT64_FORMAT, at)->is_label = true;
}

static void draw_wait(struct ladder *k, const struct ladder_row *row)
{
    char span[48];

    ladder_span_words(span, sizeof span, row->gap);
    g_autofree char *text = g_strdup_printf(_(ladder_wait_words(k->t, row)), span);
    draw_skip(k, k->body.y + row->y * k->s - k->first_y, ROW_WAIT_HEIGHT * k->s, text, row->at);
}

static void draw_row(struct ladder *k, unsigned i, sim_time *shown_time)
{
    const struct ladder_row *row = ladder_row(k, i);
    const struct record *r = view_tape_nth(k->t, row->at);
    double top = k->body.y + row->y * k->s - k->first_y, h = ladder_row_height(row) * k->s;
    bool is_now = (int64_t)i == k->now;
    struct rect all = { k->r.x + 8, top, k->r.w - 16, h };
    char time[MOMENT_MAX];

    if (row->kind == ROW_WAIT) {
        draw_wait(k, row);
        return;
    }
    g_autofree char *text = row_text(k, row);
    if (is_now) {
        canvas_box(k->c, (struct rect){ all.x + 0.5, floor(top) + 0.5, all.w - 1, h }, 6, INK_NOW_GROUND,
                   INK_STORY, 0.6, false);
        canvas_thing(k->c, all, "", text, "ladder:now");
    }
    g_autofree char *does = g_strdup_printf("at %" G_GINT64_FORMAT, row->at);
    canvas_thing(k->c, all, does, text, "arrow:%" G_GINT64_FORMAT, row->at);
    if (*shown_time != r->time || is_now) {
        double y = middle(k, row), line = canvas_line_height(k->c, TYPE_SMALL);
        ladder_time(r->time, time);
        struct rect at = { k->r.x + 14, floor(y - line / 2), k->times, line };
        at.w = canvas_text(k->c, at, FONT_MONO, TYPE_SMALL, INK_QUIET, ALIGN_LEFT, time);
        canvas_thing(k->c, at, "", time, "time:%" G_GINT64_FORMAT, row->at)->is_label = true;
        *shown_time = r->time;
    }
    if (row->kind == ROW_ARROW || row->kind == ROW_OPEN)
        draw_arrow(k, row, is_now ? INK_NOW_GROUND : INK_PANEL, text);
    else
        draw_note(k, row, text);
    if (row->chapter > 0)
        draw_chapter_mark(k, row,
                          middle(k, row) - (row->kind == ROW_ARROW || row->kind == ROW_OPEN ? 6 * k->s : 0));
}

/* What is in front never fades, nor does what tells why time goes by. */
static bool fades(const struct ladder *k, unsigned i)
{
    const struct ladder_row *row = ladder_row(k, i);

    return row->kind != ROW_WAIT && row->kind != ROW_FAULT && (int64_t)i != k->now &&
           !app_is_followed(k->a, view_tape_nth(k->t, row->at));
}

/* Those that are followed as they are, the rest faded behind them. */
static void draw_rows(struct ladder *k, unsigned first, unsigned end)
{
    sim_time shown = -1;

    if (app_follows(k->a)) {
        cairo_push_group(k->c->cr);
        for (unsigned i = first; i < end; i++)
            if (fades(k, i))
                draw_row(k, i, &shown);
        cairo_pop_group_to_source(k->c->cr);
        cairo_paint_with_alpha(k->c->cr, 0.3);
        shown = -1;
        for (unsigned i = first; i < end; i++)
            if (!fades(k, i))
                draw_row(k, i, &shown);
        return;
    }
    for (unsigned i = first; i < end; i++)
        draw_row(k, i, &shown);
}

/* ---- Head. */

static double pill(const struct app *a, struct canvas *c, struct rect r, double right, const char *text,
                   const char *does, const char *name)
{
    double w = canvas_text_width(c, FONT_SANS, TYPE_SMALL, text) + 20 * c->text_scale,
           h = MIN(canvas_line_height(c, TYPE_SMALL) + 6, r.h - 4);
    struct rect at = { floor(right - w), floor(r.y + (r.h - h) / 2), w, h };

    canvas_box(c, at, 6, INK_ROW, g_strcmp0(a->hover, name) == 0 ? INK_ACTION : INK_LINE, 1, false);
    canvas_text(c, at, FONT_SANS, TYPE_SMALL, INK_TEXT, ALIGN_CENTRE, text);
    canvas_thing(c, at, does, text, "%s", name);
    return at.x - 8;
}

double ladder_draw_buttons(const struct app *a, struct canvas *c, struct rect r)
{
    double right = pill(a, c, r, r.x + r.w, a->tcp_collapsed ? _("Show TCP") : _("Hide TCP"), "collapse",
                        "button:collapse");

    if (app_follows(a))
        right = pill(a, c, r, right, _("Follow all"), "follow none", "button:follow-none");
    return right;
}

static void draw_head(struct ladder *k)
{
    const struct selection *s = &k->a->selected;
    double h = k->head - 8, right = k->r.x + k->r.w - 12;
    struct rect at = { k->r.x + 16, k->r.y + 8, k->r.w / 2, h };
    g_autofree char *follows = s->mail     ? g_strdup_printf(_("following mail m%u"), s->mail)
                               : s->conn   ? g_strdup_printf(_("following connection c%u"), s->conn)
                               : s->lookup ? g_strdup_printf(_("following look-up l%u"), s->lookup)
                                           : NULL;

    at.w = canvas_text(k->c, at, FONT_SANS_BOLD, TYPE_BODY, INK_TEXT, ALIGN_LEFT, _("Ladder"));
    canvas_thing(k->c, at, "", _("Ladder"), "title:ladder")->is_label = true;
    if (!k->c->is_figure)
        right = ladder_draw_buttons(k->a, k->c, (struct rect){ at.x, at.y, right - at.x, h });
    const char *tcp = k->a->tcp_collapsed ? _("TCP collapsed") : _("with TCP");
    g_autofree char *text = follows != NULL ? g_strdup_printf("%s  ·  %s", follows, tcp) : g_strdup(tcp);
    struct rect words = { at.x + at.w + 12, at.y, right - at.x - at.w - 20, h };
    if (words.w < 40)
        return;
    words.w = canvas_text(k->c, words, FONT_SANS, TYPE_SMALL, INK_QUIET, ALIGN_LEFT, text);
    canvas_thing(k->c, words, "", text, "ladder:follows")->is_label = true;
}

static void draw_empty(struct ladder *k, const char *text)
{
    canvas_text(k->c, rect_inset(k->body, 8), FONT_SANS, TYPE_BODY, INK_QUIET, ALIGN_CENTRE, text);
    canvas_thing(k->c, rect_inset(k->body, 8), "", text, "ladder:empty");
}

/* A thumb at the right border: where in the run the view is. */
static void draw_thumb(struct ladder *k, double total)
{
    double h = k->body.h - 8, size = MAX(24, h * k->body.h / total),
           y = k->body.y + 4 + (h - size) * k->first_y / MAX(1, total - k->body.h);

    if (total <= k->body.h)
        return;
    canvas_box(k->c, (struct rect){ k->r.x + k->r.w - 7, y, 4, size }, 2, INK_LINE, N_INKS, 0, false);
}

/* The row of a record; -1: it has none. */
static int64_t row_of(const struct ladder *k, int64_t at)
{
    unsigned n = MIN(ladder_rows_until(k->l, at), k->n_rows);
    return n > 0 && ladder_row(k, n - 1)->at == at ? (int64_t)n - 1 : -1;
}

/* The row of what the inspector shows: of a packet its message, of what has no row what it came from. */
static int64_t row_in_front(const struct ladder *k)
{
    enum { STEPS_MAX = 64 };
    int64_t at = k->n_rows > 0 ? inspector_at(k->a) : -1, row = -1;
    const struct record *r = at >= 0 ? view_tape_nth(k->t, at) : NULL;
    const struct record *send = r != NULL && view_is_packet(r) ? tape_send_of(k->t, r) : NULL;
    const struct record *message = send != NULL ? tape_message_of(k->t, send) : NULL;

    if (message != NULL)
        row = row_of(k, (int64_t)message->seq - 1);
    for (int i = 0; row < 0 && r != NULL && i < STEPS_MAX; i++, r = tape_cause(k->t, r))
        row = row_of(k, (int64_t)r->seq - 1);
    return row >= 0 ? row : (int64_t)k->n_rows - 1;
}

static bool open_ladder(struct ladder *k, const struct app *a)
{
    k->a = a;
    k->t = a->run != NULL ? run_tape(a->run) : NULL;
    k->x = a->run != NULL ? run_index(a->run) : NULL;
    if (k->x == NULL)
        return false;
    k->l = k->x->rows[!a->tcp_collapsed];
    k->n_rows = a->player.at < 0 ? 0 : ladder_rows_until(k->l, a->player.at);
    return true;
}

/* Where the ladder shares its place, a tab names it (panel_inspector.c), and its rows begin further up. */
static double head_height(const struct app *a, bool is_figure, double scale)
{
    return a->layout.kind == LAYOUT_WIDE || is_figure ? HEAD * scale : HEAD_NONE;
}

double ladder_full_height(const struct app *a, double scale)
{
    struct ladder k = { .s = scale };

    if (!open_ladder(&k, a))
        return 160 * scale;
    struct canvas c = { .text_scale = scale };

    return head_height(a, false, scale) + ladder_names_height(&c, true) + 2 * FOOT * scale +
           MAX(ladder_rows_bottom(k.l, k.n_rows), 60) * scale;
}

double ladder_scroll_most(const struct app *a, double panel_height, double scale)
{
    return MAX(0, ladder_full_height(a, scale) - panel_height);
}

/* What the rows begin with at rest: the end of the run so far at the bottom, or the row in front in sight. */
static double rest_y(const struct ladder *k, double most)
{
    double now_y = k->now >= 0 ? ladder_row(k, (unsigned)k->now)->y * k->s : 0;
    return now_y < most ? MAX(0, now_y - 8) : most;
}

double ladder_scroll_followed(const struct app *a)
{
    struct ladder k = { .s = a->prefs.text_scale };
    struct canvas c = { .text_scale = a->prefs.text_scale };
    struct rect r = app_panel(a, PANEL_LADDER);
    unsigned i;

    if (!app_follows(a) || r.h <= 0 || !open_ladder(&k, a))
        return 0;
    k.now = row_in_front(&k);
    for (i = k.n_rows; i > 0 && !app_is_followed(a, view_tape_nth(k.t, ladder_row(&k, i - 1)->at)); i--)
        ;
    if (i == 0)
        return 0;
    const struct ladder_row *last = ladder_row(&k, i - 1);
    double height = r.h - head_height(a, false, k.s) - ladder_names_height(&c, true),
           most = MAX(0, (ladder_rows_bottom(k.l, k.n_rows) + FOOT) * k.s - height), first = rest_y(&k, most),
           bottom = last->y * k.s + ladder_row_height(last) * k.s;
    if (bottom >= first + ladder_row_height(last) * k.s)
        return 0;
    return first - MAX(0, bottom + FOOT * k.s - height);
}

void panel_ladder_draw(const struct app *a, struct canvas *c, struct rect r)
{
    struct ladder k = { .c = c, .r = r, .s = c->text_scale };
    const struct mxlab *m = app_world(a);
    k.head = head_height(a, c->is_figure, k.s);
    bool has_tape = open_ladder(&k, a);
    char widest[MOMENT_MAX];

    k.a = a;
    canvas_box(c, r, 10, INK_PANEL, INK_LINE, 1, false);
    double names = ladder_names_height(c, false);
    k.body = (struct rect){ r.x, r.y + k.head + names, r.w, r.h - k.head - names - 1 };
    if (k.body.h <= 0 || r.w < 80)
        return;
    if (k.head > HEAD_NONE)
        draw_head(&k);
    if (!has_tape || m == NULL) {
        draw_empty(&k, a->run == NULL ? "" : _("Working out this run…"));
        return;
    }
    k.now = row_in_front(&k);
    ladder_time(view_tape_end(k.t), widest);
    k.times = MAX(canvas_text_width(c, FONT_MONO, TYPE_SMALL, "00:00:00.000"),
                  canvas_text_width(c, FONT_MONO, TYPE_SMALL, widest)) +
              22 * k.s;
    ladder_choose_columns(&k, m);
    GArray *heads = ladder_find_heads(&k, m);
    ladder_stagger(&k, heads);
    k.body.y = r.y + k.head + ladder_names_height(c, k.is_staggered);
    k.body.h = r.y + r.h - 1 - k.body.y;

    /* At rest the end of the run so far is at the bottom; scrolling goes back from there. */
    double skip = a->player.skip > 0 ? ROW_WAIT_HEIGHT * k.s : 0;
    double foot = MIN(FOOT * k.s, k.body.h / 12),
           total = ladder_rows_bottom(k.l, k.n_rows) * k.s + skip + foot, most = MAX(0, total - k.body.h);
    k.first_y = CLAMP(rest_y(&k, most) - a->ladder_scroll, 0, most);
    unsigned first = ladder_rows_at_y(k.l, k.first_y / k.s),
             end = MIN(ladder_rows_at_y(k.l, (k.first_y + k.body.h) / k.s) + 1, k.n_rows);

    ladder_draw_lifelines(&k, heads);
    ladder_free_heads(heads);
    cairo_save(c->cr);
    cairo_rectangle(c->cr, r.x + 1, k.body.y, r.w - 2, k.body.h);
    cairo_clip(c->cr);
    struct rect clip = c->clip;
    double clip_y = MAX(clip.y, k.body.y);
    c->clip = (struct rect){ clip.x, clip_y, clip.w,
                             MAX(0, MIN(clip.y + clip.h, k.body.y + k.body.h) - clip_y) };
    draw_downs(&k, first, end);
    /* A row that would be cut above is left out, if another follows. */
    if (first + 1 < end && ladder_row(&k, first)->y * k.s < k.first_y - 1)
        first++;
    draw_rows(&k, first, end);
    if (skip > 0) {
        g_autoptr(GString) scratch = g_string_new(NULL);
        const char *words = player_waits_for(&a->player, scratch);
        if (words != NULL)
            draw_skip(&k, k.body.y + total - foot - skip - k.first_y, skip, words, a->player.at);
    }
    draw_thumb(&k, total);
    if (k.n_rows == 0)
        draw_empty(&k, _("Nothing has happened yet. Press Space to play, → to step."));
    c->clip = clip;
    cairo_restore(c->cr);
    g_free(k.column);
}
