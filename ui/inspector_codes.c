/* How octets became letters: of base64 each group of three octets, bit by bit, and of quoted-printable each
 * escape with the character that it is of. */
#include "inspector.h"

#include <stdlib.h>
#include <string.h>

#include "words.h"

enum { BITS = 24, SIX = 6, EIGHT = 8, GROUP_GAP = 18 };

/* ---- base64: RFC 4648 §4. */

struct group {
    char **octets, **sixes, **values; /* words; NULL at the end */
    const char *letters;
};

/* One span of bits, boxed: its octet in hexadecimal, or its letter. */
static void draw_span(struct pen *p, struct rect at, const char *text, const char *note, bool is_letter)
{
    canvas_box(p->c, rect_inset(at, 1), 3, is_letter ? INK_NOW_GROUND : INK_ROW, INK_LINE, 1, false);
    double w = canvas_text(p->c, rect_inset(at, 3), is_letter ? FONT_MONO_BOLD : FONT_MONO, TYPE_SMALL,
                           INK_TEXT, note != NULL ? ALIGN_LEFT : ALIGN_CENTRE, text);
    if (note != NULL)
        canvas_text(p->c, (struct rect){ at.x + w + 5, at.y, at.w - w - 8, at.h }, FONT_MONO, TYPE_SMALL,
                    INK_QUIET, ALIGN_RIGHT, note);
}

/* The octets above, their bits, and below them, cut every six, the letters. Returns its height. */
static double draw_group(struct pen *p, double x, double cell, const struct group *g)
{
    double line = canvas_line_height(p->c, TYPE_SMALL) + 4, y = p->y;
    char letter[2] = "";

    for (unsigned i = 0; g->octets[i] != NULL; i++)
        draw_span(p, (struct rect){ x + i * EIGHT * cell, y, EIGHT * cell, line }, g->octets[i], NULL, false);
    y += line;
    for (unsigned i = 0; g->sixes[i] != NULL && i < 4; i++) /* neighbours differ, to be told apart */
        canvas_text(p->c, (struct rect){ x + i * SIX * cell, y, SIX * cell + 1, line }, FONT_MONO, TYPE_SMALL,
                    i % 2 == 0 ? INK_TEXT : INK_ACTION, ALIGN_LEFT, g->sixes[i]);
    y += line;
    for (unsigned i = 0, n = 0; g->letters[i] != '\0' && i < 4; i++) {
        const char *value = n < g_strv_length(g->values) ? g->values[n++] : NULL;
        letter[0] = g->letters[i];
        draw_span(p, (struct rect){ x + i * SIX * cell, y, SIX * cell, line }, letter, value, true);
    }
    return y + line - p->y;
}

static int64_t place_of(const struct table *t, unsigned row)
{
    return g_ascii_strtoll(table_cell_text(t, row, "at"), NULL, 10);
}

static void draw_left_out(struct pen *p, int64_t groups, const char *part)
{
    g_autofree char *text = g_strdup_printf(_N("… %d group between", "… %d groups between", groups),
                                            (int)groups),
                    *name = g_strdup_printf("groups-between:%s", part);

    pen_empty(p, text, name);
    pen_gap(p, 6);
}

static void draw_groups(struct pen *p, const struct table *t, const char *part)
{
    double cell = canvas_text_width(p->c, FONT_MONO, TYPE_SMALL, "000000000000000000000000") / BITS,
           w = BITS * cell + GROUP_GAP, x = p->x, h = 0;
    int64_t next = 0;

    for (unsigned row = 0; row < t->rows->len; row++) {
        int64_t at = place_of(t, row);
        struct group g = { g_strsplit(table_cell_text(t, row, "octets"), " ", -1),
                           g_strsplit(table_cell_text(t, row, "sixes"), " ", -1),
                           g_strsplit(table_cell_text(t, row, "values"), " ", -1),
                           table_cell_text(t, row, "letters") };

        if (x > p->x && (x + w - GROUP_GAP > p->x + p->w + 1 || at != next)) {
            p->y += h + 8 * p->s;
            x = p->x;
        }
        if (at != next)
            draw_left_out(p, (at - next) / 3, part);
        h = draw_group(p, x, cell, &g);
        g_autofree char *text = g_strdup_printf("%s: %s", table_cell_text(t, row, "octets"), g.letters);
        canvas_thing(p->c, (struct rect){ x, p->y, BITS * cell, h }, "", text, "group:%s:%d", part, (int)at);
        x += w;
        next = at + 3;
        g_strfreev(g.octets);
        g_strfreev(g.sixes);
        g_strfreev(g.values);
    }
    p->y += h + 4 * p->s;
}

/* ---- quoted-printable: RFC 2045 §6.7. */

static const char *escape_note(const struct table *t, unsigned row)
{
    const char *note = table_cell_text(t, row, "note");

    return g_str_has_prefix(note, "octet ") ? table_cell_text(t, row, "code_point") : words(note);
}

/* Escapes of one character stand together: "=C3 =AA", the octets, the character. Returns how many there are.
 */
static unsigned take_escapes(const struct table *t, unsigned row, GString *written, GString *octets)
{
    unsigned n = 0;

    do {
        g_string_append_printf(written, "%s%s", n > 0 ? " " : "", table_cell_text(t, row + n, "written"));
        g_string_append_printf(octets, "%s%s", n > 0 ? " " : "", table_cell_text(t, row + n, "octet"));
        n++;
    } while (row + n < t->rows->len && g_str_has_prefix(table_cell_text(t, row + n, "note"), "octet ") &&
             !g_str_has_prefix(table_cell_text(t, row + n, "note"), "octet 1 "));
    return n;
}

static void draw_escapes(struct pen *p, const struct table *t, const char *part)
{
    double h = canvas_line_height(p->c, TYPE_SMALL) + 6 * p->s,
           cell = canvas_text_width(p->c, FONT_MONO, TYPE_SMALL, "0"), x2 = p->x + 16 * cell,
           x3 = x2 + 12 * cell, x4 = x3 + 5 * cell;

    for (unsigned row = 0; row < t->rows->len;) {
        GString *written = g_string_new(NULL), *octets = g_string_new(NULL);
        unsigned n = take_escapes(t, row, written, octets);
        const char *character = words(table_cell_text(t, row, "character")), *note = escape_note(t, row);
        g_autofree char *text = g_strdup_printf("%s: %s %s", written->str, octets->str, character);

        canvas_text(p->c, (struct rect){ p->x, p->y, 15.5 * cell, h }, FONT_MONO_BOLD, TYPE_SMALL, INK_SMTP,
                    ALIGN_LEFT, written->str);
        canvas_text(p->c, (struct rect){ x2, p->y, 11.5 * cell, h }, FONT_MONO, TYPE_SMALL, INK_TEXT,
                    ALIGN_LEFT, octets->str);
        double end = x3 + canvas_text(p->c, (struct rect){ x3, p->y, 12 * cell, h }, FONT_SANS_BOLD,
                                      TYPE_SMALL, INK_TEXT, ALIGN_LEFT, character);
        double note_x = octets->len == 0 ? x2 : MAX(x4, end + cell);
        canvas_text(p->c, (struct rect){ note_x, p->y, p->x + p->w - note_x, h }, FONT_SANS, TYPE_SMALL,
                    INK_QUIET, ALIGN_LEFT, note);
        canvas_thing(p->c, (struct rect){ p->x, p->y, p->w, h }, "", text, "escape:%s:%u", part, row);
        p->y += h;
        row += n;
        g_string_free(written, TRUE);
        g_string_free(octets, TRUE);
    }
    pen_gap(p, 4);
}

/* ---- Both. */

void inspector_codes(struct pen *p, const struct sheet *mail, const char *part)
{
    for (unsigned i = 0; i < mail->tables->len; i++) {
        const struct table *t = g_ptr_array_index(mail->tables, i);
        bool is_base64 = strcmp(t->key, "base64") == 0, is_quoted = strcmp(t->key, "quoted_printable") == 0;

        if ((!is_base64 && !is_quoted) || t->rows->len == 0 ||
            strcmp(table_cell_text(t, 0, "part"), part) != 0)
            continue;
        pen_gap(p, 4);
        pen_heading(p, is_base64 ? _("Three octets, four letters") : _("Every = and what it stands for"),
                    is_base64 ? "RFC 4648 §4" : "RFC 2045 §6.7");
        if (is_base64)
            draw_groups(p, t, part);
        else
            draw_escapes(p, t, part);
    }
}
