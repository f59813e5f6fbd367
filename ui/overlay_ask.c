/* Forms, and the comparison of a student's version with the original. */
#include "overlay.h"

#include <string.h>

#include "app_parts.h"
#include "words.h"

/* ---- Forms. */

/* The end is what is being written: a long text shows it, not its beginning. */
static void draw_input(struct canvas *c, struct rect at, const char *text, bool is_front)
{
    struct rect in = rect_inset(at, 8);
    double w = canvas_text_width(c, FONT_MONO, TYPE_BODY, text), x;

    canvas_box(c, at, 7, INK_PANEL, is_front ? INK_ACTION : INK_LINE, is_front ? 2 : 1, false);
    cairo_save(c->cr);
    cairo_rectangle(c->cr, in.x, at.y, in.w, at.h);
    cairo_clip(c->cr);
    x = w > in.w - 4 ? in.x + in.w - 4 - w : in.x;
    canvas_text(c, (struct rect){ x, at.y, w + 8, at.h }, FONT_MONO, TYPE_BODY, INK_TEXT, ALIGN_LEFT, text);
    if (is_front)
        canvas_line(c, x + w + 1.5, at.y + 7, x + w + 1.5, at.y + at.h - 7, INK_ACTION, 1.5);
    cairo_restore(c->cr);
}

void overlay_ask(const struct app *a, struct canvas *c, struct rect window)
{
    const struct ask_form *f = ask_form_of(a->ask);
    double line = canvas_line_height(c, TYPE_BODY), small = canvas_line_height(c, TYPE_SMALL),
           field = line + 16, button = overlay_button_height(c);
    double w = MIN(520, window.w - 32),
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
        draw_input(c, at, a->ask_fields[i]->str, i == a->ask_field);
        char *does = g_strdup_printf("ask-field %u", i);
        canvas_thing(c, at, does, a->ask_fields[i]->str, "input:%u", i);
        g_free(does);
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
