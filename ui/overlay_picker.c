/* The picker: the bundled scenarios and what each teaches. */
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
    double row = book_height(c), height = a->shelf->books->len * row,
           scroll = overlay_scroll_begin(a, c, list, height);

    for (unsigned i = 0; i < a->shelf->books->len; i++) {
        struct rect at = { list.x, list.y + i * row - scroll, list.w - (height > list.h ? 10 : 0), row };
        if (at.y + at.h > list.y && at.y < list.y + list.h)
            draw_book(a, c, at, i, i == a->list_row);
    }
    overlay_scroll_end(a, c, list, height);
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
