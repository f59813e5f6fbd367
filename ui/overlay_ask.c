/* Forms, and the comparison of a student's version with the original. */
#include "overlay.h"

#include <math.h>
#include <string.h>

#include "app_parts.h"
#include "words.h"

/* ---- Forms. */

enum { ASK_WIDTH = 520, INPUT_PAD = 8 };

static double ask_width(double window)
{
    return MIN(ASK_WIDTH, window - 32);
}

/* The text of a field as it is shown: what an input method has not settled stands at the caret. */
struct shown {
    char *text;
    size_t caret, composed_from, composed_to, from, to; /* octets of it; from, to: selected */
};

static struct shown shown_of(const struct app *a, unsigned field)
{
    const struct edit *l = &a->ask_fields[field];
    const char *composed = field == a->ask_field && a->composed != NULL ? a->composed : "";
    size_t len = strlen(composed);
    struct shown s = { .composed_from = l->caret, .composed_to = l->caret + len };

    s.text = g_strdup_printf("%.*s%s%s", (int)l->caret, l->text->str, composed, l->text->str + l->caret);
    s.caret = l->caret + (size_t)(g_utf8_offset_to_pointer(
                                      composed, MIN((glong)a->composed_caret, g_utf8_strlen(composed, -1))) -
                                  composed);
    edit_selected(l, &s.from, &s.to);
    return s;
}

static struct canvas measuring(const struct app *a)
{
    return (struct canvas){ .theme = a->prefs.theme, .text_scale = a->prefs.text_scale };
}

double overlay_ask_scroll(const struct app *a)
{
    struct canvas c = measuring(a);
    struct shown s = shown_of(a, a->ask_field);
    double room = ask_width(app_panel(a, PANEL_OVERLAY).w) - 2 * DIALOG_PAD - 2 * INPUT_PAD - 4;
    double w = canvas_text_width(&c, FONT_MONO, TYPE_BODY, s.text),
           x = canvas_caret_x(&c, FONT_MONO, TYPE_BODY, s.text, s.caret);

    g_free(s.text);
    return CLAMP(CLAMP(a->ask_scroll, x - room, x), 0, MAX(w - room, 0));
}

size_t overlay_ask_index(const struct app *a, double x)
{
    struct canvas c = measuring(a);
    double window = app_panel(a, PANEL_OVERLAY).w,
           left = floor((window - ask_width(window)) / 2) + DIALOG_PAD + INPUT_PAD;

    return canvas_caret_at(&c, FONT_MONO, TYPE_BODY, a->ask_text->str, x - left + a->ask_scroll);
}

static void draw_part(struct canvas *c, struct rect text, double from, double to, const char *s)
{
    struct rect part = { text.x + from, text.y + 6, to - from, text.h - 12 };

    if (to <= from)
        return;
    canvas_fill_rect(c, part, INK_ACTION);
    cairo_save(c->cr);
    cairo_rectangle(c->cr, part.x, part.y, part.w, part.h);
    cairo_clip(c->cr);
    canvas_text(c, text, FONT_MONO, TYPE_BODY, INK_ON_ACTION, ALIGN_LEFT, s);
    cairo_restore(c->cr);
}

static double x_of(struct canvas *c, const struct shown *s, size_t at)
{
    return canvas_caret_x(c, FONT_MONO, TYPE_BODY, s->text, at);
}

static void draw_input(const struct app *a, struct canvas *c, struct rect at, unsigned field)
{
    bool is_front = field == a->ask_field;
    struct shown s = shown_of(a, field);
    double left = at.x + INPUT_PAD - (is_front ? a->ask_scroll : 0);
    struct rect text = { left, at.y, canvas_text_width(c, FONT_MONO, TYPE_BODY, s.text) + 8, at.h };

    canvas_box(c, at, 7, INK_PANEL, is_front ? INK_ACTION : INK_LINE, is_front ? 2 : 1, false);
    cairo_save(c->cr);
    cairo_rectangle(c->cr, at.x + INPUT_PAD - 2, at.y, at.w - 2 * INPUT_PAD + 4, at.h);
    cairo_clip(c->cr);
    canvas_text(c, text, FONT_MONO, TYPE_BODY, INK_TEXT, ALIGN_LEFT, s.text);
    if (is_front) {
        double x = left + x_of(c, &s, s.caret), under = at.y + at.h - 7;

        draw_part(c, text, x_of(c, &s, s.from), x_of(c, &s, s.to), s.text);
        if (a->composed != NULL)
            canvas_line(c, left + x_of(c, &s, s.composed_from), under, left + x_of(c, &s, s.composed_to),
                        under, INK_TEXT, 1);
        canvas_line(c, x + 0.5, at.y + 7, x + 0.5, at.y + at.h - 7, INK_ACTION, 1.5);
    }
    cairo_restore(c->cr);
    g_free(s.text);
}

/* Found by tests, and by input methods, which show their choices beside it: "3", or "0-5" where something is
 * selected, in characters. */
static void put_caret(const struct app *a, struct canvas *c, struct rect at)
{
    const struct edit *l = &a->ask_fields[a->ask_field];
    struct shown s = shown_of(a, a->ask_field);
    double x = at.x + INPUT_PAD - a->ask_scroll + x_of(c, &s, s.caret);
    const char *text = l->text->str;
    size_t from, to;
    bool is_selected = edit_selected(l, &from, &to);
    char *where = is_selected ? g_strdup_printf("%ld-%ld", g_utf8_pointer_to_offset(text, text + from),
                                                g_utf8_pointer_to_offset(text, text + to))
                              : g_strdup_printf("%ld", g_utf8_pointer_to_offset(text, text + to));

    canvas_thing(c, (struct rect){ x, at.y + 7, 2, at.h - 14 }, "", where, "caret");
    if (a->composed != NULL)
        canvas_thing(c, (struct rect){ x, at.y + 7, 2, at.h - 14 }, "", a->composed, "composed");
    g_free(where);
    g_free(s.text);
}

void overlay_ask(const struct app *a, struct canvas *c, struct rect window)
{
    const struct ask_form *f = ask_form_of(a->ask);
    double line = canvas_line_height(c, TYPE_BODY), small = canvas_line_height(c, TYPE_SMALL),
           field = line + 16, button = overlay_button_height(c);
    double w = ask_width(window.w),
           hint = canvas_paragraph(c, (struct rect){ 0, 0, w - 2 * DIALOG_PAD, 1e4 }, FONT_SANS, TYPE_SMALL,
                                   INK_QUIET, _(f->hint), true);
    double h = 2 * DIALOG_PAD + canvas_line_height(c, TYPE_TITLE) + 14 + f->n * (small + field + 14) + hint +
               16 + button;

    overlay_scrim(c, window);
    struct rect in = overlay_dialog(c, window, w, h, _(f->title), "ask");
    double y = in.y;
    for (unsigned i = 0; i < f->n; i++) {
        struct rect at = { in.x, y + small + 2, in.w, field };

        canvas_text(c, (struct rect){ in.x, y, in.w, small }, FONT_SANS, TYPE_SMALL, INK_QUIET, ALIGN_LEFT,
                    _(f->labels[i]));
        draw_input(a, c, at, i);
        char *does = g_strdup_printf("ask-field %u", i);
        canvas_thing(c, at, does, a->ask_fields[i].text->str, "input:%u", i);
        g_free(does);
        if (i == a->ask_field)
            put_caret(a, c, at);
        y += small + field + 14;
    }
    canvas_paragraph(c, (struct rect){ in.x, y, in.w, hint + 4 }, FONT_SANS, TYPE_SMALL, INK_QUIET,
                     _(f->hint), false);
    double x = overlay_button(a, c, in.x + in.w, in.y + in.h - button, _(f->button), "answer", "answer",
                              true) -
               8;
    overlay_button(a, c, x, in.y + in.h - button, _("Cancel"), "close", "cancel", false);
}

/* ---- Your version and the original. */

void overlay_compare(const struct app *a, struct canvas *c, struct rect window)
{
    GString *words_of = g_string_new(NULL);
    int64_t at = run_compare(a->run, words_of);
    double button = overlay_button_height(c), w = MIN(640, window.w - 32);
    double text = canvas_paragraph(c, (struct rect){ 0, 0, w - 2 * DIALOG_PAD, 1e4 }, FONT_SANS, TYPE_BODY,
                                   INK_TEXT, words_of->str, true);

    overlay_scrim(c, window);
    struct rect in = overlay_dialog(
        c, window, w, 2 * DIALOG_PAD + canvas_line_height(c, TYPE_TITLE) + 14 + text + 24 + button,
        _("Your version and the original"), "compare");
    struct rect body = { in.x, in.y, in.w, in.h - button - 12 };
    canvas_paragraph(c, body, FONT_SANS, TYPE_BODY, INK_TEXT, words_of->str, false);
    canvas_thing(c, body, "", words_of->str, "compare:words");
    double x = overlay_button(a, c, in.x + in.w, in.y + in.h - button, _("Close"), "close", "close", at < 0) -
               8;
    if (at >= 0) {
        char *does = g_strdup_printf("part %" G_GINT64_FORMAT, at);
        overlay_button(a, c, x, in.y + in.h - button, _("Go to where they part"), does, "part", true);
        g_free(does);
    }
    g_string_free(words_of, TRUE);
}
