/* The complaints about a file that can't be run, each with its place, as `mxlab check` prints them. */
#include "overlay.h"

#include "words.h"

enum { DIALOG_W = 720, DIALOG_H = 520 };

static double draw_complaint(struct canvas *c, struct rect at, const struct report *r,
                             const struct complaint *x, unsigned i)
{
    char *base = g_path_get_basename(r->file),
         *place = x->at.line > 0 ? g_strdup_printf("%s:%d:%d", base, x->at.line, x->at.column)
                                 : g_strdup(base);
    char *head = x->path != NULL && x->path[0] != '\0' ? g_strdup_printf("%s  %s", place, x->path)
                                                       : g_strdup(place);
    double small = canvas_line_height(c, TYPE_SMALL), y = at.y + 8;
    bool is_doubt = x->kind == COMPLAINT_DOUBT;

    canvas_text(c, (struct rect){ at.x + 20, y, at.w - 28, small }, FONT_MONO, TYPE_SMALL, INK_QUIET,
                ALIGN_LEFT, head);
    if (is_doubt)
        canvas_text(c, (struct rect){ at.x + 20, y, at.w - 28, small }, FONT_SANS, TYPE_SMALL, INK_STORY,
                    ALIGN_RIGHT, _("doubtful"));
    else
        canvas_cross(c, at.x + 8, y + small / 2, 8);
    y += small + 2;
    y += canvas_paragraph(c, (struct rect){ at.x + 20, y, at.w - 28, 1e4 }, FONT_SANS_BOLD, TYPE_BODY,
                          INK_TEXT, x->message, false);
    if (x->hint != NULL && x->hint[0] != '\0')
        y += canvas_paragraph(c, (struct rect){ at.x + 20, y + 1, at.w - 28, 1e4 }, FONT_SANS, TYPE_SMALL,
                              INK_QUIET, x->hint, false) +
             1;
    char *text = g_strdup_printf("%s: %s", place, x->message);
    canvas_thing(c, (struct rect){ at.x, at.y, at.w, y + 8 - at.y }, "", text, "complaint:%u", i);
    g_free(text);
    g_free(base);
    g_free(place);
    g_free(head);
    return y + 8 - at.y;
}

static double all_height(struct canvas *c, const struct report *r, double w)
{
    double h = 0;

    for (unsigned i = 0; i < r->entries->len; i++)
        h += draw_complaint(c, (struct rect){ 0, h, w, 0 }, r, g_ptr_array_index(r->entries, i), i);
    return h;
}

/* Drawn on nothing, to see how far down it goes. */
double complaints_height(const struct app *a, double *room_out)
{
    cairo_surface_t *none = cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1);
    struct canvas c = { .cr = cairo_create(none),
                        .theme = a->prefs.theme,
                        .text_scale = a->prefs.text_scale };
    double w = MIN(DIALOG_W, a->layout.width - 32) - 2 * DIALOG_PAD + 16,
           h = all_height(&c, a->complaints, w);

    *room_out = MIN(DIALOG_H, a->layout.height - 32) - 2 * DIALOG_PAD - canvas_line_height(&c, TYPE_TITLE) -
                14 - canvas_line_height(&c, TYPE_BODY) - overlay_button_height(&c) - 24;
    cairo_destroy(c.cr);
    cairo_surface_destroy(none);
    return h;
}

void overlay_complaints(const struct app *a, struct canvas *c, struct rect window)
{
    const struct report *r = a->complaints;
    double button = overlay_button_height(c), line = canvas_line_height(c, TYPE_BODY), room;
    char *base = g_path_get_basename(r->file), *title = g_strdup_printf(_("%s can’t be run yet"), base);

    overlay_scrim(c, window);
    struct rect in = overlay_dialog(c, window, DIALOG_W, DIALOG_H, title, "complaints");
    char *many = g_strdup_printf(_N("%u thing is wrong. The file is read again as soon as it is saved.",
                                    "%u things are wrong. The file is read again as soon as it is saved.",
                                    r->errors),
                                 r->errors);
    canvas_paragraph(c, (struct rect){ in.x, in.y - 6, in.w, 2 * line }, FONT_SANS, TYPE_BODY, INK_QUIET,
                     many, false);
    struct rect list = { in.x - 8, in.y + line + 8, in.w + 16, in.h - line - button - 24 };
    double height = complaints_height(a, &room), y = list.y - overlay_scroll_begin(a, c, list, height);
    for (unsigned i = 0; i < r->entries->len; i++)
        y += draw_complaint(c, (struct rect){ list.x, y, list.w, 0 }, r, g_ptr_array_index(r->entries, i), i);
    overlay_scroll_end(a, c, list, height);
    overlay_button(a, c, in.x + in.w, in.y + in.h - button, _("Close"), "close", "close", true);
    g_free(base);
    g_free(title);
    g_free(many);
}
