/* The story card: the chapter's title and text, and the chapters as stops on the way. */
#include <stdio.h>

#include "app_parts.h"
#include "words.h"

enum { PAD = 18, STOP = 18, STOPS_MAX = 14 };

/* The stops at the right: those around the chapter we are in, if there are many. Returns how wide they are.
 */
static double draw_stops(const struct app *a, struct canvas *c, struct rect r)
{
    unsigned n = a->notes != NULL ? a->notes->len : 0, now = app_chapter(a);
    unsigned first = n > STOPS_MAX && now > STOPS_MAX / 2 ? MIN(now - STOPS_MAX / 2, n - STOPS_MAX) : 0,
             shown = MIN(n, STOPS_MAX);
    double size = STOP * c->text_scale, gap = 6, x = r.x + r.w - shown * (size + gap) + gap,
           y = r.y + (r.h - size) / 2;

    for (unsigned i = first; i < first + shown; i++, x += size + gap) {
        struct rect at = { x, y, size, size };
        bool is_now = i + 1 == now, was = i < now;
        char number[12], *does = g_strdup_printf("at %" G_GINT64_FORMAT, g_array_index(a->notes, int64_t, i));

        snprintf(number, sizeof number, "%u", i + 1);
        canvas_box(c, at, size / 2, is_now ? INK_STORY : INK_STORY_GROUND, was ? INK_STORY : INK_LINE, 1.4,
                   false);
        canvas_text(c, at, FONT_SANS_BOLD, TYPE_SMALL,
                    is_now ? INK_STORY_GROUND
                    : was  ? INK_STORY
                           : INK_QUIET,
                    ALIGN_CENTRE, number);
        const struct field *title = record_field(
            view_tape_nth(a->player.tape, g_array_index(a->notes, int64_t, i)), KEY_TITLE);
        char *text = title != NULL ? g_strndup(title->text.at, title->text.len) : g_strdup(number);
        canvas_thing(c, (struct rect){ x - gap / 2, r.y, size + gap, r.h }, does, text, "chapter:%u", i + 1);
        g_free(text);
        g_free(does);
    }
    return shown * (size + gap) + 8;
}

static void draw_text(struct canvas *c, struct rect at, const char *title, const char *text)
{
    double line = canvas_line_height(c, TYPE_TITLE) + 2;
    struct rect head = { at.x, at.y, at.w, line };

    canvas_text(c, head, FONT_SANS_BOLD, TYPE_TITLE, INK_TEXT, ALIGN_LEFT, title);
    canvas_thing(c, head, "", title, "story:title")->is_label = true;
    struct rect body = { at.x, at.y + line + 4, at.w, at.h - line - 4 };
    if (text == NULL || body.h < canvas_line_height(c, TYPE_SMALL))
        return;
    bool is_long = canvas_paragraph(c, (struct rect){ body.x, body.y, body.w, 1e4 }, FONT_SANS, TYPE_BODY,
                                    INK_TEXT, text, true) > body.h;
    body.h = canvas_paragraph(c, body, FONT_SANS, is_long ? TYPE_SMALL : TYPE_BODY, INK_TEXT, text, false);
    canvas_thing(c, body, "", text, "story:text")->is_label = true;
}

void panel_story_draw(const struct app *a, struct canvas *c, struct rect r)
{
    const struct mxlab *m = app_world(a);
    unsigned now = app_chapter(a), n = a->notes != NULL ? a->notes->len : 0;
    double line = canvas_line_height(c, TYPE_SMALL) + 6;
    struct rect in = { r.x + PAD, r.y + 12, r.w - 2 * PAD, r.h - 22 }, top = { in.x, in.y, in.w, line };
    char *where = NULL;

    canvas_box(c, r, 10, INK_STORY_GROUND, INK_LINE, 1, false);
    if (a->run == NULL && app_is_opening(a)) /* what is being done stands over the panels */
        return;
    if (m == NULL) {
        draw_text(c, in, a->run == NULL ? _("Nothing is open") : _("Working out this moment…"),
                  a->run == NULL ? _("Press Ctrl+O to choose a scenario.") : NULL);
        return;
    }
    top.w -= draw_stops(a, c, top);
    if (n == 0)
        where = g_strdup(_("No chapters"));
    else if (now == 0)
        where = g_strdup_printf(_N("%u chapter", "%u chapters", n), n);
    else
        where = g_strdup_printf(_("%u of %u"), now, n);
    canvas_text(c, top, FONT_SANS_BOLD, TYPE_SMALL, INK_STORY, ALIGN_LEFT, where);
    canvas_thing(c, top, "", where, "story:where")->is_label = true;
    g_free(where);
    struct rect rest = { in.x, in.y + line + 2, in.w, in.h - line - 2 };
    const struct field *number = now > 0
                                     ? record_field(view_tape_nth(a->player.tape,
                                                                  g_array_index(a->notes, int64_t, now - 1)),
                                                    KEY_CHAPTER)
                                     : NULL;
    unsigned chapter = number != NULL && number->number > 0 ? (unsigned)number->number - 1 : 0;
    if (now > 0 && chapter < view_chapters(m))
        draw_text(c, rest, view_chapter_title(m, chapter), view_chapter_text(m, chapter));
    else
        draw_text(c, rest, view_title(m), view_about(m));
}
