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

/* ---- What the shapes are, in as many lines as they need. Returns how high that is. */

static double draw_legend(struct canvas *c, struct rect at, bool measure)
{
    static const struct {
        enum view_family family;
        const char *text;
    } shapes[] = { { VIEW_DNS, "DNS" },           { VIEW_SMTP, "SMTP" },
                   { VIEW_ACCESS, "POP3, IMAP" }, { VIEW_HTTP, "HTTP" },
                   { VIEW_TCP, "TCP" },           { VIEW_QUEUE, N_("queue, mailbox") },
                   { VIEW_PERSON, N_("person") }, { VIEW_FAULT, N_("fault, loss") },
                   { VIEW_STORY, N_("chapter") } };
    double line = canvas_line_height(c, TYPE_SMALL) + 6, x = at.x, y = at.y, shape = 13 * c->text_scale;

    for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++) {
        const char *text = words(shapes[i].text);
        double w = shape + 6 + canvas_text_width(c, FONT_SANS, TYPE_SMALL, text) + 1;

        if (x > at.x && x + w > at.x + at.w) {
            x = at.x;
            y += line;
        }
        if (!measure) {
            canvas_shape(c, (int)shapes[i].family, x + shape / 2, y + line / 2, shape);
            canvas_text(c, (struct rect){ x + shape + 6, y, w - shape - 6, line }, FONT_SANS, TYPE_SMALL,
                        INK_TEXT, ALIGN_LEFT, text);
            canvas_thing(c, (struct rect){ x, y, w, line }, "", text, "legend:%zu", i)->is_label = true;
        }
        x += w + 18;
    }
    return y + line - at.y;
}

static double inner_width(double window)
{
    return MIN(plan_of(window).columns == 3 ? 1080 : 840, window - 32) - 2 * DIALOG_PAD;
}

static double legend_height(const struct canvas *c, double window)
{
    struct canvas measured = { .theme = c->theme, .text_scale = c->text_scale };

    return draw_legend(&measured, (struct rect){ 0, 0, inner_width(window), 0 }, true) + 10;
}

static double row_height(const struct canvas *c)
{
    return canvas_line_height(c, TYPE_SMALL) + 9;
}

static double room_of(const struct app *a, const struct canvas *c)
{
    return a->layout.height - 32 - 2 * DIALOG_PAD - canvas_line_height(c, TYPE_TITLE) - 14 -
           legend_height(c, a->layout.width) - overlay_button_height(c) - 16;
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
           room = MIN(height, room_of(a, c)), legend = legend_height(c, window.w);

    overlay_scrim(c, window);
    struct rect in = overlay_dialog(c, window, s.columns == 3 ? 1080 : 840,
                                    2 * DIALOG_PAD + canvas_line_height(c, TYPE_TITLE) + 14 + legend + room +
                                        16 + button,
                                    _("Keys"), "help");
    draw_legend(c, in, false);
    struct rect list = { in.x - 8, in.y + legend, in.w + 16, in.h - legend - button - 16 };
    double w = (in.w - gap * (s.columns - 1)) / s.columns, scroll = overlay_scroll_begin(a, c, list, height);
    for (int g = 0; g < N_VERB_GROUPS; g++)
        draw_group(c, (struct rect){ in.x + s.column[g] * (w + gap), list.y + s.row[g] * row - scroll, w, 0 },
                   (enum verb_group)g, row);
    overlay_scroll_end(a, c, list, height);
    canvas_paragraph(
        c, (struct rect){ in.x, in.y + in.h - button, in.w - 120, button }, FONT_SANS, TYPE_SMALL, INK_QUIET,
        _("Right-click on a host or a link to break it, to send or read mail, or to look up a name. Drag hosts, the divider and the time line."),
        false);
    overlay_button(a, c, in.x + in.w, in.y + in.h - button, _("Close"), "close", "close", true);
}
