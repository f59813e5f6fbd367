/* The help sheet: all keys, from the table of verbs, in columns. */
#include "overlay.h"

#include <string.h>

#include "app_parts.h"
#include "words.h"

/* As keyboards call them: "Ctrl+Z", "→". Only the first of a verb's keys. */
static char *key_text(const char *keys)
{
    static const char *const shown[][2] = { { "PageDown", "PgDn" }, { "PageUp", "PgUp" }, { "Right", "→" },
                                            { "Left", "←" },        { "Up", "↑" },        { "Down", "↓" },
                                            { "Escape", "Esc" },    { "Return", "Enter" } };
    char *first = g_strndup(keys, strcspn(keys, " "));

    for (size_t i = 0; i < G_N_ELEMENTS(shown); i++)
        if (g_str_has_suffix(first, shown[i][0])) {
            first[strlen(first) - strlen(shown[i][0])] = '\0';
            char *text = g_strconcat(first, shown[i][1], NULL);
            g_free(first);
            return text;
        }
    return first;
}

static double draw_key(struct canvas *c, double right, double y, double h, const char *text)
{
    double w = canvas_text_width(c, FONT_SANS, TYPE_SMALL, text) + 14;
    struct rect at = { right - w, y + 2, w, h - 4 };

    canvas_box(c, at, 5, INK_ROW, INK_LINE, 1, false);
    canvas_text(c, at, FONT_SANS, TYPE_SMALL, INK_TEXT, ALIGN_CENTRE, text);
    return at.x;
}

static unsigned rows_of(enum verb_group g)
{
    unsigned n = 0;

    for (unsigned i = 0; i < n_verbs; i++)
        n += verbs[i].group == g && verbs[i].keys[0] != '\0';
    return n;
}

static void draw_group(struct canvas *c, struct rect at, enum verb_group g, double row)
{
    double y = at.y;

    canvas_text(c, (struct rect){ at.x, y, at.w, row }, FONT_SANS_BOLD, TYPE_SMALL, INK_STORY, ALIGN_LEFT,
                _(verb_groups[g]));
    y += row;
    for (unsigned i = 0; i < n_verbs; i++) {
        const struct verb *v = &verbs[i];

        if (v->group != g || v->keys[0] == '\0')
            continue;
        char *key = key_text(v->keys);
        double left = draw_key(c, at.x + at.w, y, row, key);
        struct rect text = { at.x, y, left - at.x - 10, row };
        canvas_text(c, text, FONT_SANS, TYPE_SMALL, INK_TEXT, ALIGN_LEFT, _(v->help));
        canvas_thing(c, (struct rect){ at.x - 4, y, at.w + 8, row }, v->name, _(v->help), "help:%s", v->name);
        g_free(key);
        y += row;
    }
}

/* How the groups stand in columns: in their order, none cut, as level as they can be. */
struct sheet_plan {
    unsigned columns;
    unsigned column[N_VERB_GROUPS], row[N_VERB_GROUPS];
    unsigned rows; /* of the longest column */
};

static bool place_groups(struct sheet_plan *s, unsigned rows)
{
    unsigned column = 0, row = 0;

    for (int g = 0; g < N_VERB_GROUPS; g++) {
        unsigned n = rows_of((enum verb_group)g) + 1;

        if (row > 0 && row + n > rows) {
            column++;
            row = 0;
        }
        if (n > rows || column >= s->columns)
            return false;
        s->column[g] = column;
        s->row[g] = row;
        row += n + 1;
    }
    s->rows = rows;
    return true;
}

static struct sheet_plan plan_of(double width)
{
    struct sheet_plan s = { .columns = width >= 1000 ? 3 : 2 };

    for (unsigned rows = 4; !place_groups(&s, rows); rows++)
        ;
    return s;
}

static double row_height(const struct canvas *c)
{
    return canvas_line_height(c, TYPE_SMALL) + 9;
}

static double room_of(const struct app *a, const struct canvas *c)
{
    return a->layout.height - 32 - 2 * DIALOG_PAD - canvas_line_height(c, TYPE_TITLE) - 14 -
           overlay_button_height(c) - 16;
}

double help_height(const struct app *a, double *room_out)
{
    struct canvas c = { .text_scale = a->prefs.text_scale };

    *room_out = room_of(a, &c);
    return plan_of(a->layout.width).rows * row_height(&c);
}

void overlay_help(const struct app *a, struct canvas *c, struct rect window)
{
    struct sheet_plan s = plan_of(window.w);
    double button = overlay_button_height(c), row = row_height(c), gap = 36, height = s.rows * row,
           room = MIN(height, room_of(a, c));

    overlay_scrim(c, window);
    struct rect in = overlay_dialog(
        c, window, s.columns == 3 ? 1080 : 840,
        2 * DIALOG_PAD + canvas_line_height(c, TYPE_TITLE) + 14 + room + 16 + button, _("Keys"), "help");
    struct rect list = { in.x - 8, in.y, in.w + 16, in.h - button - 16 };
    double w = (in.w - gap * (s.columns - 1)) / s.columns, scroll = overlay_scroll_begin(a, c, list, height);
    for (int g = 0; g < N_VERB_GROUPS; g++)
        draw_group(c, (struct rect){ in.x + s.column[g] * (w + gap), in.y + s.row[g] * row - scroll, w, 0 },
                   (enum verb_group)g, row);
    overlay_scroll_end(a, c, list, height);
    canvas_paragraph(
        c, (struct rect){ in.x, in.y + in.h - button, in.w - 120, button }, FONT_SANS, TYPE_SMALL, INK_QUIET,
        _("Right-click on a host or a link to break it, to send a mail or to look up a name. Drag hosts, the divider and the time line."),
        false);
    overlay_button(a, c, in.x + in.w, in.y + in.h - button, _("Close"), "close", "close", true);
}
