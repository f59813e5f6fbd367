#include "marks.h"

#include <math.h>
#include <string.h>

#include "words.h"

static void dot(struct canvas *c, double x, double y, double size)
{
    canvas_colour(c, INK_ACTION);
    cairo_arc(c->cr, x, y, size * 0.32, 0, 2 * G_PI);
    cairo_fill(c->cr);
}

static void star(struct canvas *c, double x, double y, double size)
{
    canvas_colour(c, INK_STORY);
    for (int i = 0; i < 10; i++) {
        double r = size * (i % 2 == 0 ? 0.52 : 0.21), a = i * G_PI / 5;

        cairo_line_to(c->cr, x + r * sin(a), y - r * cos(a));
    }
    cairo_close_path(c->cr);
    cairo_fill(c->cr);
}

static void arrow_back(struct canvas *c, double x, double y, double size)
{
    double q = size * 0.4;

    canvas_colour(c, INK_QUIET);
    cairo_set_line_width(c->cr, MAX(1.4, size * 0.13));
    cairo_move_to(c->cr, x - q * 0.1, y - q);
    cairo_line_to(c->cr, x - q, y - q * 0.2);
    cairo_line_to(c->cr, x - q * 0.1, y + q * 0.6);
    cairo_move_to(c->cr, x - q, y - q * 0.2);
    cairo_line_to(c->cr, x + q * 0.5, y - q * 0.2);
    cairo_line_to(c->cr, x + q, y + q * 0.9);
    cairo_stroke(c->cr);
}

static void cross(struct canvas *c, double x, double y, double size)
{
    canvas_cross(c, x, y, size * 0.62);
}

static void pen(struct canvas *c, double x, double y, double size)
{
    double q = size * 0.42;

    canvas_colour(c, INK_QUIET);
    cairo_set_line_width(c->cr, MAX(1.4, size * 0.13));
    cairo_move_to(c->cr, x - q, y + q);
    cairo_line_to(c->cr, x - q * 0.7, y + q * 0.2);
    cairo_line_to(c->cr, x + q * 0.5, y - q);
    cairo_line_to(c->cr, x + q, y - q * 0.5);
    cairo_line_to(c->cr, x - q * 0.2, y + q * 0.7);
    cairo_close_path(c->cr);
    cairo_stroke(c->cr);
}

static const struct mark {
    const char *flag;
    bool is_absent; /* it is shown where the flag is not set */
    const char *words, *otherwise;
    void (*draw)(struct canvas *c, double x, double y, double size);
} marks[] = {
    { "\\Seen", true, N_("unread"), N_("read"), dot },
    { "\\Flagged", false, N_("flagged"), NULL, star },
    { "\\Answered", false, N_("answered"), NULL, arrow_back },
    { "\\Deleted", false, N_("to be deleted"), NULL, cross },
    { "\\Draft", false, N_("a draft"), NULL, pen },
};

/* The next word of a list of flags; false: there is none. */
static bool next_flag(const char **list, const char **at_out, size_t *len_out)
{
    *list += strspn(*list, " ()");
    *at_out = *list;
    *len_out = strcspn(*list, " ()");
    *list += *len_out;
    return *len_out > 0;
}

bool marks_has(const char *flags, const char *flag)
{
    const char *at;
    size_t len;

    while (next_flag(&flags, &at, &len))
        if (len == strlen(flag) && g_ascii_strncasecmp(at, flag, len) == 0)
            return true;
    return false;
}

static bool is_known(const char *at, size_t len)
{
    for (size_t i = 0; i < G_N_ELEMENTS(marks); i++)
        if (strlen(marks[i].flag) == len && g_ascii_strncasecmp(at, marks[i].flag, len) == 0)
            return true;
    return false;
}

char *marks_words(const char *flags)
{
    GString *out = g_string_new(NULL);
    const char *at;
    size_t len;

    for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
        bool is_shown = marks_has(flags, marks[i].flag) != marks[i].is_absent;
        const char *says = is_shown ? marks[i].words : marks[i].otherwise;

        if (says != NULL)
            g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", _(says));
    }
    while (next_flag(&flags, &at, &len))
        if (!is_known(at, len))
            g_string_append_printf(out, ", %.*s", (int)len, at);
    return g_string_free(out, FALSE);
}

double marks_draw(struct canvas *c, double x, double y, double size, const char *flags, bool measure)
{
    for (size_t i = 0; i < G_N_ELEMENTS(marks); i++)
        if (marks_has(flags, marks[i].flag) != marks[i].is_absent) {
            if (!measure)
                marks[i].draw(c, x + size / 2, y, size);
            x += size + 3;
        }
    return x;
}
