/* What lies over the panels: at most one dialog, a menu, the line that tells what was done. */
#include "overlay.h"

#include <math.h>

#include "app_parts.h"
#include "record.h"
#include "words.h"

void overlay_scrim(struct canvas *c, struct rect window)
{
    cairo_save(c->cr);
    cairo_set_source_rgba(c->cr, 0.08, 0.11, 0.14, 0.45);
    cairo_rectangle(c->cr, window.x, window.y, window.w, window.h);
    cairo_fill(c->cr);
    cairo_restore(c->cr);
    canvas_thing(c, window, "close", "", "scrim");
}

struct rect overlay_dialog(struct canvas *c, struct rect window, double w, double h, const char *title,
                           const char *name)
{
    w = MIN(w, window.w - 32);
    h = MIN(h, window.h - 32);
    struct rect r = { (double)(int)(window.x + (window.w - w) / 2),
                      (double)(int)(window.y + (window.h - h) / 2), w, h };
    struct rect in = rect_inset(r, DIALOG_PAD);
    double line = canvas_line_height(c, TYPE_TITLE);

    canvas_box(c, r, 12, INK_PANEL, INK_LINE, 1, false);
    canvas_thing(c, r, "hold", "", "dialog:%s", name); /* a click beside its buttons does not close it */
    if (title == NULL)
        return in;
    struct rect head = { in.x, in.y - 2, in.w, line + 2 };
    canvas_text(c, head, FONT_SANS_BOLD, TYPE_TITLE, INK_TEXT, ALIGN_LEFT, title);
    canvas_thing(c, head, "", title, "title:%s", name)->is_label = true;
    in.y += line + 14;
    in.h -= line + 14;
    return in;
}

double overlay_button_height(const struct canvas *c)
{
    return canvas_line_height(c, TYPE_BODY) + 14;
}

double overlay_button(const struct app *a, struct canvas *c, double right, double y, const char *text,
                      const char *does, const char *name, bool is_main)
{
    double w = canvas_text_width(c, FONT_SANS_BOLD, TYPE_BODY, text) + 32;
    struct rect at = { right - w, y, w, overlay_button_height(c) };
    char *thing = g_strdup_printf("button:%s", name);
    bool is_hover = g_strcmp0(a->hover, thing) == 0;

    canvas_box(c, at, 8, is_main ? INK_ACTION : INK_ROW,
               is_hover  ? INK_ACTION
               : is_main ? INK_ACTION
                         : INK_LINE,
               1, false);
    canvas_text(c, at, is_main ? FONT_SANS_BOLD : FONT_SANS, TYPE_BODY, is_main ? INK_ON_ACTION : INK_TEXT,
                ALIGN_CENTRE, text);
    canvas_thing(c, at, does, text, "%s", thing)->is_label = true;
    g_free(thing);
    return at.x;
}

/* ---- Lists that may be longer than their room. */

double overlay_scroll_begin(const struct app *a, struct canvas *c, struct rect list, double height)
{
    double most = MAX(height - list.h, 0);

    cairo_save(c->cr);
    cairo_rectangle(c->cr, list.x, list.y, list.w, list.h);
    cairo_clip(c->cr);
    c->clip = list;
    return CLAMP(a->picker_scroll, 0, most);
}

void overlay_scroll_end(const struct app *a, struct canvas *c, struct rect list, double height)
{
    double most = height - list.h;

    c->clip = app_panel(a, PANEL_OVERLAY);
    cairo_restore(c->cr);
    if (most > 0.5) {
        double h = MAX(list.h * list.h / height, 24),
               y = list.y + (list.h - h) * CLAMP(a->picker_scroll, 0, most) / most;
        canvas_box(c, (struct rect){ list.x + list.w - 5, y, 4, h }, 2, INK_QUIET, N_INKS, 0, false);
    }
}

double overlay_height(const struct app *a, double *room_out)
{
    *room_out = 0;
    if (a->menu_for != NULL || a->ask != NULL)
        return 0;
    if (a->shows_help)
        return help_height(a, room_out);
    if (a->complaints != NULL)
        return complaints_height(a, room_out);
    return a->shows_picker ? picker_height(a, room_out) : 0;
}

/* ---- Loading. */

static void draw_loading(const struct app *a, struct canvas *c, struct rect window)
{
    const struct run *run = app_is_opening(a) ? a->opening : a->run;
    double done = CLAMP(run_progress(run), 0, 1);
    char *text = g_strdup_printf(_("Running the scenario… %d %%"), (int)(done * 100));
    struct rect in = overlay_dialog(c, window, 360, 2 * DIALOG_PAD + canvas_line_height(c, TYPE_BODY) + 24,
                                    NULL, "loading");

    canvas_text(c, (struct rect){ in.x, in.y, in.w, canvas_line_height(c, TYPE_BODY) }, FONT_SANS, TYPE_BODY,
                INK_TEXT, ALIGN_LEFT, text);
    canvas_thing(c, in, "", text, "loading");
    struct rect bar = { in.x, in.y + in.h - 8, in.w, 8 };
    canvas_box(c, bar, 4, INK_ROW, N_INKS, 0, false);
    bar.w = MAX(bar.w * done, 8);
    canvas_box(c, bar, 4, INK_ACTION, N_INKS, 0, false);
    g_free(text);
}

/* ---- A film that is being made: how far it is, and the way to end it. Returns where it begins. */

static double draw_filming(const struct app *a, struct canvas *c, struct rect window, double bottom)
{
    enum { PAD = 12, BAR = 6 };
    double part, button = overlay_button_height(c), w = MIN(460, window.w - 32),
                 h = button + BAR + 10 + 2 * PAD;
    char *text = app_film_words(a, &part);
    struct rect r = { (double)(int)(window.x + (window.w - w) / 2), (double)(int)(bottom - h), w, h };
    struct rect in = rect_inset(r, PAD), bar = { in.x, in.y + in.h - BAR, in.w, BAR };

    canvas_box(c, r, 10, INK_PANEL, INK_LINE, 1.5, false);
    canvas_thing(c, r, "hold", "", "dialog:filming");
    double left = overlay_button(a, c, in.x + in.w, in.y, _("Cancel"), "close", "cancel", false);
    struct rect line = { in.x, in.y, left - in.x - 12, button };
    canvas_text(c, line, FONT_SANS, TYPE_BODY, INK_TEXT, ALIGN_LEFT, text);
    canvas_thing(c, line, "", text, "filming")->is_label = true;
    canvas_box(c, bar, BAR / 2, INK_ROW, N_INKS, 0, false);
    bar.w = MAX(bar.w * part, BAR);
    canvas_box(c, bar, BAR / 2, INK_ACTION, N_INKS, 0, false);
    g_free(text);
    return r.y;
}

/* ---- The line that tells what was done. */

/* Where it hides least of what has just changed: never map, ladder or time line. It stands at the foot of the
 * inspector, or over the strip of tabs where there is one; with a dialog open, below that. */
static struct rect toast_place(const struct app *a, struct rect window, double bottom)
{
    const struct layout *l = &a->layout;
    bool has_dialog = a->ask != NULL || a->shows_picker || a->shows_help || a->shows_compare ||
                      a->complaints != NULL;

    if (has_dialog)
        return (struct rect){ window.x + 32, bottom - 88, window.w - 64, 88 };
    return l->kind == LAYOUT_WIDE ? rect_inset(l->inspector, 12) : rect_inset(l->tabs, -2);
}

static void draw_toast(const struct app *a, struct canvas *c, struct rect window, double bottom)
{
    struct rect place = toast_place(a, window, bottom);
    double line = canvas_line_height(c, TYPE_BODY), most = MIN(place.w - 32, 720);
    double w = MIN(canvas_text_width(c, FONT_SANS, TYPE_BODY, a->toast) + 2, most);
    double h = canvas_paragraph(c, (struct rect){ 0, 0, w, line * 4.5 }, FONT_SANS, TYPE_BODY, INK_ON_LABEL,
                                a->toast, true);
    struct rect r = { floor(place.x + (place.w - w - 32) / 2), floor(place.y + place.h - h - 18), w + 32,
                      h + 18 };

    canvas_box(c, r, 9, INK_LABEL, INK_LINE, 1, false);
    canvas_paragraph(c, (struct rect){ r.x + 16, r.y + 9, w, h + 1 }, FONT_SANS, TYPE_BODY, INK_ON_LABEL,
                     a->toast, false);
    canvas_thing(c, r, "", a->toast, "toast");
}

void panel_overlay_draw(const struct app *a, struct canvas *c, struct rect r)
{
    if (a->complaints != NULL)
        overlay_complaints(a, c, r);
    else if (a->shows_picker)
        overlay_picker(a, c, r);
    if (app_is_working(a))
        draw_loading(a, c, r);
    if (a->shows_compare)
        overlay_compare(a, c, r);
    if (a->shows_help)
        overlay_help(a, c, r);
    if (a->ask != NULL)
        overlay_ask(a, c, r);
    if (a->menu_for != NULL)
        overlay_menu(a, c, r);
    double bottom = a->layout.timeline.y - 22;
    if (a->filming != NULL)
        bottom = draw_filming(a, c, r, bottom) - 8;
    if (a->toast != NULL)
        draw_toast(a, c, r, bottom);
}
