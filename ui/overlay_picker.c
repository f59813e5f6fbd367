/* The picker: the bundled scenarios and what each teaches; and the complaints about a file that can't be run.
 */
#include "overlay.h"

#include <stdio.h>
#include <string.h>

#include "app_parts.h"
#include "shelf.h"
#include "words.h"

/* ---- The picker. */

static double book_height(const struct canvas *c)
{
    return canvas_line_height(c, TYPE_BODY) + canvas_line_height(c, TYPE_SMALL) + 14;
}

static double room_of(const struct app *a, double s)
{
    double line = 20 * s; /* the dialog's title and buttons */

    return MAX(MIN(a->layout.height - 32, 720) - 2 * DIALOG_PAD - 2 * line - 44, 40);
}

double picker_height(const struct app *a, double *room_out)
{
    struct canvas c = { .text_scale = a->prefs.text_scale };

    *room_out = room_of(a, c.text_scale);
    if (a->complaints != NULL)
        return a->complaints->entries->len * (3 * canvas_line_height(&c, TYPE_SMALL) + 20);
    return a->shelf != NULL ? a->shelf->books->len * book_height(&c) : 0;
}

static void draw_book(const struct app *a, struct canvas *c, struct rect at, unsigned i, bool is_front)
{
    const struct book *b = g_ptr_array_index(a->shelf->books, i);
    double line = canvas_line_height(c, TYPE_BODY), small = canvas_line_height(c, TYPE_SMALL);
    char *does = g_strdup_printf("open %s", b->path), *name = g_strdup_printf("scenario:%s", b->name);
    bool is_open = a->run != NULL && strcmp(run_path(a->run), b->path) == 0;

    if (is_front)
        canvas_box(c, (struct rect){ at.x, at.y + 1, at.w, at.h - 2 }, 8, INK_NOW_GROUND, INK_ACTION, 1.5,
                   false);
    else if (g_strcmp0(a->hover, name) == 0)
        canvas_box(c, (struct rect){ at.x, at.y + 1, at.w, at.h - 2 }, 8, INK_ROW, N_INKS, 0, false);
    canvas_text(c, (struct rect){ at.x + 12, at.y + 6, at.w - 24, line }, FONT_SANS_BOLD, TYPE_BODY,
                b->wrong != NULL ? INK_FAULT : INK_TEXT, ALIGN_LEFT, b->title);
    canvas_text(c, (struct rect){ at.x + 12, at.y + 6 + line, at.w - 24, small }, FONT_MONO, TYPE_SMALL,
                INK_QUIET, ALIGN_LEFT, b->name);
    if (is_open)
        canvas_text(c, (struct rect){ at.x + 12, at.y + 6 + line, at.w - 24, small }, FONT_SANS, TYPE_SMALL,
                    INK_ACTION, ALIGN_RIGHT, _("open now"));
    canvas_thing(c, at, does, b->title, "%s", name);
    g_free(does);
    g_free(name);
}

/* The one pointed at tells of itself, else the one in front. */
static unsigned told_of(const struct app *a)
{
    const char *name = app_thing_of(a->hover, "scenario");

    for (unsigned i = 0; name != NULL && i < a->shelf->books->len; i++)
        if (strcmp(((const struct book *)g_ptr_array_index(a->shelf->books, i))->name, name) == 0)
            return i;
    return MIN(a->list_row, a->shelf->books->len - 1);
}

static void draw_about(const struct app *a, struct canvas *c, struct rect r, const struct book *b)
{
    double y = r.y, small = canvas_line_height(c, TYPE_SMALL);
    char **ids = g_strsplit(b->teaches, " ", -1);

    y += canvas_paragraph(c, (struct rect){ r.x, y, r.w, r.h }, FONT_SANS_BOLD, TYPE_TITLE, INK_TEXT,
                          b->title, false) +
         8;
    const char *about = b->wrong != NULL ? b->wrong : b->about;
    double h = canvas_paragraph(c, (struct rect){ r.x, y, r.w, r.y + r.h - y }, FONT_SANS, TYPE_BODY,
                                b->wrong != NULL ? INK_FAULT : INK_TEXT, about, false);
    canvas_thing(c, (struct rect){ r.x, r.y, r.w, y + h - r.y }, "", about, "about:%s", b->name);
    y += h + 20;
    if (ids[0] != NULL && ids[0][0] != '\0') {
        canvas_text(c, (struct rect){ r.x, y, r.w, small }, FONT_SANS_BOLD, TYPE_SMALL, INK_STORY, ALIGN_LEFT,
                    _("What it teaches"));
        y += small + 8;
    }
    double left = 34 * a->prefs.text_scale;
    for (unsigned i = 0; ids[i] != NULL; i++) {
        const char *text = lesson_text(ids[i]);
        struct rect at = { r.x + left, y, r.w - left, 1e4 };

        if (text == NULL)
            continue;
        h = canvas_paragraph(c, at, FONT_SANS, TYPE_SMALL, INK_TEXT, text, true);
        if (y + h > r.y + r.h)
            break;
        canvas_text(c, (struct rect){ r.x, y, left, small }, FONT_MONO_BOLD, TYPE_SMALL, INK_STORY,
                    ALIGN_LEFT, ids[i]);
        canvas_paragraph(c, at, FONT_SANS, TYPE_SMALL, INK_TEXT, text, false);
        canvas_thing(c, (struct rect){ r.x, y, r.w, h }, "", text, "lesson:%s", ids[i]);
        y += h + 5;
    }
    g_strfreev(ids);
}

static void draw_books(const struct app *a, struct canvas *c, struct rect list)
{
    double row = book_height(c), most = MAX(a->shelf->books->len * row - list.h, 0),
           scroll = CLAMP(a->picker_scroll, 0, most);
    struct rect clip = c->clip;

    cairo_save(c->cr);
    cairo_rectangle(c->cr, list.x, list.y, list.w, list.h);
    cairo_clip(c->cr);
    c->clip = list;
    for (unsigned i = 0; i < a->shelf->books->len; i++) {
        struct rect at = { list.x, list.y + i * row - scroll, list.w - (most > 0 ? 10 : 0), row };
        if (at.y + at.h > list.y && at.y < list.y + list.h)
            draw_book(a, c, at, i, i == a->list_row);
    }
    c->clip = clip;
    cairo_restore(c->cr);
    if (most > 0) {
        double h = MAX(list.h * list.h / (list.h + most), 24);
        canvas_box(c, (struct rect){ list.x + list.w - 5, list.y + (list.h - h) * scroll / most, 4, h }, 2,
                   INK_LINE, N_INKS, 0, false);
    }
}

void overlay_picker(const struct app *a, struct canvas *c, struct rect window)
{
    double button = overlay_button_height(c);

    overlay_scrim(c, window);
    struct rect in = overlay_dialog(c, window, 960, 720, _("Choose a scenario"), "picker");
    double y = in.y + in.h - button;
    struct rect list = { in.x - 4, in.y, (double)(int)(in.w * 0.42), in.h - button - 16 };
    struct rect about = { list.x + list.w + 28, in.y + 4, in.x + in.w - list.x - list.w - 28, list.h - 8 };

    if (a->shelf == NULL || a->shelf->books->len == 0)
        canvas_paragraph(
            c, (struct rect){ in.x, in.y, in.w, list.h }, FONT_SANS, TYPE_BODY, INK_QUIET,
            _("The folder of the bundled scenarios is not here. Open a file, or drop one on the window; MXLAB_SCENARIOS can name the folder."),
            false);
    else {
        canvas_line(c, about.x - 14, in.y, about.x - 14, in.y + list.h, INK_LINE, 1);
        draw_books(a, c, list);
        draw_about(a, c, about, g_ptr_array_index(a->shelf->books, told_of(a)));
    }
    double x = in.x + in.w;
    if (a->run != NULL)
        x = overlay_button(a, c, x, y, _("Close"), "close", "close", false) - 8;
    x = overlay_button(a, c, x, y, _("Open a file…"), "ask open", "open", false) - 16;
    canvas_text(c, (struct rect){ in.x, y, x - in.x, button }, FONT_SANS, TYPE_SMALL, INK_QUIET, ALIGN_LEFT,
                _("↑ ↓ to choose, Enter to open; or drop a file on the window."));
}

/* ---- Complaints. */

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

void overlay_complaints(const struct app *a, struct canvas *c, struct rect window)
{
    const struct report *r = a->complaints;
    double button = overlay_button_height(c), line = canvas_line_height(c, TYPE_BODY);
    char *base = g_path_get_basename(r->file), *title = g_strdup_printf(_("%s can’t be run yet"), base);

    overlay_scrim(c, window);
    struct rect in = overlay_dialog(c, window, 720, 520, title, "complaints");
    char *many = g_strdup_printf(_N("%u thing is wrong. The file is read again as soon as it is saved.",
                                    "%u things are wrong. The file is read again as soon as it is saved.",
                                    r->errors),
                                 r->errors);
    canvas_paragraph(c, (struct rect){ in.x, in.y - 6, in.w, 2 * line }, FONT_SANS, TYPE_BODY, INK_QUIET,
                     many, false);
    struct rect list = { in.x - 8, in.y + line + 8, in.w + 16, in.h - line - button - 24 };
    struct rect clip = c->clip;
    double y = list.y - a->picker_scroll;

    cairo_save(c->cr);
    cairo_rectangle(c->cr, list.x, list.y, list.w, list.h);
    cairo_clip(c->cr);
    c->clip = list;
    for (unsigned i = 0; i < r->entries->len && y < list.y + list.h; i++)
        y += draw_complaint(c, (struct rect){ list.x, y, list.w, 0 }, r, g_ptr_array_index(r->entries, i), i);
    c->clip = clip;
    cairo_restore(c->cr);
    overlay_button(a, c, in.x + in.w, in.y + in.h - button, _("Close"), "close", "close", true);
    g_free(base);
    g_free(title);
    g_free(many);
}
