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

static double draw_group(struct canvas *c, struct rect at, enum verb_group g, double row)
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
    return y - at.y;
}

void overlay_help(const struct app *a, struct canvas *c, struct rect window)
{
    double button = overlay_button_height(c), line = canvas_line_height(c, TYPE_SMALL);
    unsigned all = 0, longest = 0, columns = window.w >= 1000 ? 3 : 2;

    for (int g = 0; g < N_VERB_GROUPS; g++)
        all += rows_of((enum verb_group)g) + 2, longest = MAX(longest, rows_of((enum verb_group)g) + 2);
    double per_column = MAX((all + columns - 1.0) / columns + 4, longest);
    overlay_scrim(c, window);
    struct rect in = overlay_dialog(c, window, columns == 3 ? 1080 : 840,
                                    2 * DIALOG_PAD + canvas_line_height(c, TYPE_TITLE) + 38 + button +
                                        per_column * (line + 9),
                                    _("Keys"), "help");
    double room = in.h - button - 24;
    double row = MIN(line + 9, room / per_column), gap = 36, w = (in.w - gap * (columns - 1)) / columns;
    double x = in.x, y = in.y;

    for (int g = 0; g < N_VERB_GROUPS; g++) {
        double h = (rows_of((enum verb_group)g) + 1) * row;

        if (y > in.y && y + h > in.y + room + 1) {
            x += w + gap;
            y = in.y;
        }
        y += draw_group(c, (struct rect){ x, y, w, h }, (enum verb_group)g, row) + row * 0.7;
    }
    canvas_paragraph(
        c, (struct rect){ in.x, in.y + in.h - button, in.w - 120, button }, FONT_SANS, TYPE_SMALL, INK_QUIET,
        _("Right-click on a host or a link to break it, to send a mail or to look up a name. Drag hosts, the divider and the time line."),
        false);
    overlay_button(a, c, in.x + in.w, in.y + in.h - button, _("Close"), "close", "close", true);
}
