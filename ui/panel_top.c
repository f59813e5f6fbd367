/* panel_top.c: what runs, how it goes on, what a step is, the virtual clock. */
#include <math.h>
#include <string.h>

#include "app_parts.h"
#include "shelf.h"
#include "words.h"

struct bar {
    const struct app *a;
    struct canvas *c;
    struct rect r;
    double s, mid, button; /* scale, the bar's middle, a button's height */
};

/* ---- Pictures on buttons. */

enum { PLACE_LEAST = 60 /* a file's name shorter than that says nothing */ };
enum picture { PICTURE_START, PICTURE_BACK, PICTURE_PLAY, PICTURE_PAUSE, PICTURE_FORWARD, PICTURE_END };

static void triangle(cairo_t *cr, double x, double y, double w, double h)
{
    cairo_move_to(cr, x, y - h / 2);
    cairo_line_to(cr, x + w, y);
    cairo_line_to(cr, x, y + h / 2);
    cairo_close_path(cr);
    cairo_fill(cr);
}

static void draw_picture(struct bar *k, enum picture p, double x, double y, enum ink ink)
{
    cairo_t *cr = k->c->cr;
    double q = 5 * k->s;

    canvas_colour(k->c, ink);
    cairo_save(cr);
    cairo_set_line_width(cr, 2 * k->s);
    cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
    switch (p) {
    case PICTURE_START:
        cairo_rectangle(cr, x - q * 1.3, y - q, 2 * k->s, 2 * q);
        cairo_fill(cr);
        triangle(cr, x + q * 1.3, y, -q * 1.8, 2 * q);
        break;
    case PICTURE_END:
        cairo_rectangle(cr, x + q * 1.3 - 2 * k->s, y - q, 2 * k->s, 2 * q);
        cairo_fill(cr);
        triangle(cr, x - q * 1.3, y, q * 1.8, 2 * q);
        break;
    case PICTURE_BACK:
    case PICTURE_FORWARD:
        q *= p == PICTURE_BACK ? -1 : 1;
        cairo_move_to(cr, x - q * 0.45, y - q);
        cairo_line_to(cr, x + q * 0.5, y);
        cairo_line_to(cr, x - q * 0.45, y + q);
        cairo_stroke(cr);
        break;
    case PICTURE_PLAY:
        triangle(cr, x - q * 0.8, y, q * 1.8, 2.2 * q);
        break;
    case PICTURE_PAUSE:
        cairo_rectangle(cr, x - q * 0.9, y - q, q * 0.6, 2 * q);
        cairo_rectangle(cr, x + q * 0.3, y - q, q * 0.6, 2 * q);
        cairo_fill(cr);
        break;
    }
    cairo_restore(cr);
}

static bool is_hovered(const struct bar *k, const char *name)
{
    return k->a->hover != NULL && strcmp(k->a->hover, name) == 0;
}

static void round_button(struct bar *k, double x, enum picture p, const char *does, const char *text,
                         const char *name)
{
    struct rect at = { x, k->mid - k->button / 2, 34 * k->s, k->button };

    canvas_box(k->c, at, 7, is_hovered(k, name) ? INK_PANEL : INK_ROW,
               is_hovered(k, name) ? INK_ACTION : INK_LINE, 1, false);
    draw_picture(k, p, at.x + at.w / 2, k->mid, INK_TEXT);
    canvas_thing(k->c, at, does, text, "%s", name);
}

/* ---- The middle: transport and what a step is. */

static double play_width(struct bar *k, bool is_wide)
{
    double words = MAX(canvas_text_width(k->c, FONT_SANS_BOLD, TYPE_BODY, _("Play")),
                       canvas_text_width(k->c, FONT_SANS_BOLD, TYPE_BODY, _("Pause")));
    return is_wide ? ceil(words) + 46 * k->s : 42 * k->s;
}

static void draw_play(struct bar *k, double x, double w, bool is_wide)
{
    bool is_playing = k->a->player.is_playing;
    const char *text = is_playing ? _("Pause") : _("Play");
    struct rect at = { x, k->mid - k->button / 2, w, k->button };
    double words = is_wide ? canvas_text_width(k->c, FONT_SANS_BOLD, TYPE_BODY, text) : 0;
    double left = x + (w - words - (is_wide ? 18 : 8) * k->s) / 2;

    canvas_box(k->c, at, 7, INK_ACTION, INK_ACTION, 1, false);
    draw_picture(k, is_playing ? PICTURE_PAUSE : PICTURE_PLAY, left + 4 * k->s, k->mid, INK_ON_ACTION);
    if (is_wide)
        canvas_text(k->c, (struct rect){ left + 18 * k->s, at.y, words + 2, at.h }, FONT_SANS_BOLD, TYPE_BODY,
                    INK_ON_ACTION, ALIGN_LEFT, text);
    canvas_thing(k->c, at, "toggle", text, "button:play");
}

static const struct {
    const char *name, *word;
} kinds[] = { { "packet", N_("packet") }, { "message", N_("message") }, { "chapter", N_("chapter") } };

static double switch_width(struct bar *k)
{
    double w = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        w = MAX(w, canvas_text_width(k->c, FONT_SANS_BOLD, TYPE_BODY, _(kinds[i].word)));
    return (ceil(w) + 16 * k->s) * G_N_ELEMENTS(kinds) + 4;
}

static void draw_switch(struct bar *k, double x, double w)
{
    struct rect all = { x, k->mid - k->button / 2, w, k->button };
    double each = (w - 4) / G_N_ELEMENTS(kinds);

    canvas_box(k->c, all, 7, INK_ROW, INK_LINE, 1, false);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        struct rect at = { floor(x + 2 + each * i), all.y + 2, floor(each), all.h - 4 };
        bool is_on = k->a->step == (enum step_kind)i;
        if (is_on)
            canvas_box(k->c, at, 6, INK_PANEL, INK_LINE, 1, false);
        canvas_text(k->c, at, is_on ? FONT_SANS_BOLD : FONT_SANS, TYPE_BODY, is_on ? INK_TEXT : INK_QUIET,
                    ALIGN_CENTRE, _(kinds[i].word));
        g_autofree char *does = g_strdup_printf("kind %s", kinds[i].name);
        canvas_thing(k->c, at, does, _(kinds[i].word), "kind:%s", kinds[i].name);
    }
}

/* Where three words find no room: the one that is on, which turns to the next. */
static double turn_width(struct bar *k)
{
    return (switch_width(k) - 4) / G_N_ELEMENTS(kinds) + 14 * k->s;
}

static void draw_turn(struct bar *k, double x, double w)
{
    unsigned is = (unsigned)k->a->step % G_N_ELEMENTS(kinds), next = (is + 1) % G_N_ELEMENTS(kinds);
    struct rect at = { x, k->mid - k->button / 2, w, k->button };
    double tip = 3.5 * k->s, centre = at.x + w - 11 * k->s;
    g_autofree char *does = g_strdup_printf("kind %s", kinds[next].name);

    canvas_box(k->c, at, 7, is_hovered(k, "kind:next") ? INK_PANEL : INK_ROW,
               is_hovered(k, "kind:next") ? INK_ACTION : INK_LINE, 1, false);
    canvas_text(k->c, (struct rect){ at.x, at.y, w - 14 * k->s, at.h }, FONT_SANS_BOLD, TYPE_BODY, INK_TEXT,
                ALIGN_CENTRE, _(kinds[is].word));
    canvas_colour(k->c, INK_QUIET);
    for (int side = -1; side <= 1; side += 2) {
        cairo_move_to(k->c->cr, centre - tip, k->mid + side * 2.5 * k->s);
        cairo_line_to(k->c->cr, centre, k->mid + side * (2.5 * k->s + tip));
        cairo_line_to(k->c->cr, centre + tip, k->mid + side * 2.5 * k->s);
        cairo_fill(k->c->cr);
    }
    canvas_thing(k->c, at, does, _(kinds[is].word), "kind:next");
}

/* Between left and right, in the middle of the bar if there is room. Returns where it begins. */
static double draw_middle(struct bar *k, double left, double right)
{
    double step = 40 * k->s, each = switch_width(k), play = play_width(k, true), gap = 18 * k->s, w;
    bool is_wide = true, has_switch = true, has_turn = false;

    w = 4 * step + play + 6 * k->s + gap + each;
    if (w > right - left) {
        is_wide = false;
        play = play_width(k, false);
        gap = 8 * k->s;
        w = 4 * step + play + 6 * k->s + gap + each;
    }
    if (w > right - left) {
        has_switch = false;
        w += turn_width(k) - each;
        has_turn = w <= right - left;
        w -= has_turn ? 0 : gap + turn_width(k);
    }
    double x = floor(CLAMP(k->r.x + k->r.w * 0.54 - w / 2, left, MAX(left, right - w))), begin = x;
    round_button(k, x, PICTURE_START, "start", _("to the start"), "button:start");
    round_button(k, x + step, PICTURE_BACK, "back", _("a step back"), "button:back");
    x += 2 * step;
    draw_play(k, x, play, is_wide);
    x += play + 6 * k->s;
    round_button(k, x, PICTURE_FORWARD, "step", _("a step forward"), "button:forward");
    round_button(k, x + step, PICTURE_END, "end", _("to the end"), "button:end");
    if (has_switch)
        draw_switch(k, x + 2 * step + gap - 6 * k->s, each);
    else if (has_turn)
        draw_turn(k, x + 2 * step + gap - 6 * k->s, turn_width(k));
    return begin;
}

/* ---- Left: what runs. */

/* A word that can be clicked. Returns where the next one begins. */
static double word(struct bar *k, double x, double y, double most, const char *text, const char *does,
                   const char *name, enum ink ink)
{
    double h = canvas_line_height(k->c, TYPE_SMALL),
           w = canvas_text_width(k->c, FONT_SANS, TYPE_SMALL, text) + 1;
    struct rect at = { x, y, MIN(w, most), h };

    if (most < 8)
        return x;
    canvas_text(k->c, at, FONT_SANS, TYPE_SMALL, ink, ALIGN_LEFT, text);
    if (is_hovered(k, name) && does[0] != '\0')
        canvas_line(k->c, at.x, at.y + h - 1.5, at.x + at.w, at.y + h - 1.5, ink, 1);
    if (at.w < 14 && does[0] != '\0') { /* easier to hit */
        struct rect hit = { at.x - 5, at.y - 2, at.w + 10, at.h + 4 };
        canvas_thing(k->c, hit, does, text, "%s", name);
    } else {
        canvas_thing(k->c, at, does, text, "%s", name)->is_label = true;
    }
    return x + at.w;
}

/* Returns where what follows may begin. */
static double draw_version(struct bar *k, double x, double y, double most)
{
    unsigned version = run_version(k->a->run), last = run_versions(k->a->run) - 1;
    g_autofree char *mark = version > 0 ? g_strdup_printf(_("your version %u"), version)
                                        : g_strdup(_("the original"));
    double end = x + most, h = canvas_line_height(k->c, TYPE_SMALL),
           gap = (most < 260 * k->s ? 6 : 10) * k->s;

    if (version > 0) {
        double w = MIN(canvas_text_width(k->c, FONT_SANS_BOLD, TYPE_SMALL, mark) + 14 * k->s, most);
        struct rect pill = { x, y - 0.5, w, h + 1 };
        canvas_box(k->c, pill, (h + 1) / 2, INK_STORY_GROUND, INK_STORY, 1, false);
        canvas_text(k->c, rect_inset(pill, 1), FONT_SANS_BOLD, TYPE_SMALL, INK_STORY, ALIGN_CENTRE, mark);
        canvas_thing(k->c, pill, "", mark, "version")->is_label = true;
        x += w + gap;
        x = word(k, x, y, end - x, _("undo"), "undo", "button:undo", INK_ACTION) + gap;
    }
    if (version < last)
        x = word(k, x, y, end - x, _("redo"), "redo", "button:redo", INK_ACTION) + gap;
    if (version > 0) {
        x = word(k, x, y, end - x, _("compare"), "compare", "button:compare", INK_ACTION) + gap;
        x = word(k, x, y, end - x, _("save"), "ask save", "button:save", INK_ACTION) + gap;
    }
    return x;
}

/* Which of the bundled scenarios it is: looked up once for each file. */
static void find_in_course(struct course *c, const char *path)
{
    g_autofree char *folder = mxlab_scenario_folder(), *own = g_path_get_dirname(path);
    g_autofree char *folder_path = folder != NULL ? g_canonicalize_filename(folder, NULL) : NULL;
    g_autofree char *own_path = g_canonicalize_filename(own, NULL);
    bool is_bundled = folder != NULL && g_strcmp0(folder_path, own_path) == 0;
    struct shelf *shelf = is_bundled ? shelf_new("en") : NULL;

    g_free(c->path);
    c->path = g_strdup(path);
    c->place = shelf_place(shelf, path) + 1;
    c->of = shelf != NULL ? shelf->books->len : 0;
    shelf_free(&shelf);
}

static char *place_in_course(const struct app *a)
{
    const char *path = a->run != NULL && run_path(a->run) != NULL ? run_path(a->run) : "";
    struct course *c = &a->memory->course;

    if (g_strcmp0(c->path, path) != 0)
        find_in_course(c, path);
    if (c->place > 0)
        return g_strdup_printf(_("%d of %u in this course"), c->place, c->of);
    return g_path_get_basename(path);
}

/* What the picture under the pointer stands for, for as long as it is there; NULL: none is. */
static const char *words_of_hover(const struct bar *k)
{
    const struct {
        const char *name, *words;
    } pictures[] = { { "button:start", _("to the start") },
                     { "button:back", _("a step back") },
                     { "button:play", k->a->player.is_playing ? _("Pause") : _("Play") },
                     { "button:forward", _("a step forward") },
                     { "button:end", _("to the end") } };

    for (size_t i = 0; i < G_N_ELEMENTS(pictures); i++)
        if (is_hovered(k, pictures[i].name))
            return pictures[i].words;
    return NULL;
}

static void draw_title(struct bar *k, double x, double right)
{
    const struct mxlab *m = app_world(k->a);
    double head = canvas_line_height(k->c, TYPE_HEAD), small = canvas_line_height(k->c, TYPE_SMALL),
           w = right - x;
    double y = floor(k->mid - (head + small) / 2);
    const char *title = m != NULL                                    ? view_title(m)
                        : k->a->run == NULL && !app_is_opening(k->a) ? _("No scenario")
                                                                     : _("Opening…");
    struct rect at = { x, y, w, head };

    if (w < 40)
        return;
    const char *words = words_of_hover(k);
    at.w = canvas_text(k->c, at, FONT_SANS_BOLD, TYPE_HEAD, INK_TEXT, ALIGN_LEFT, title);
    canvas_thing(k->c, at, "picker", title, "title")->is_label = true;
    if (words != NULL) {
        word(k, x, y + head, w, words, "", "tip:button", INK_TEXT);
        return;
    }
    double from = x, mid = y + head + small / 2;
    if (k->a->run != NULL && (run_version(k->a->run) > 0 || run_versions(k->a->run) > 1))
        from = draw_version(k, x, y + head, w);
    /* Beside a version's words there is room for a name alone. */
    g_autofree char *place = from > x               ? g_path_get_basename(run_path(k->a->run))
                             : k->a->run != NULL    ? place_in_course(k->a)
                             : app_is_opening(k->a) ? g_path_get_basename(run_path(k->a->opening))
                                                    : g_strdup(_("choose one"));
    double room = x + w - 16 * k->s - from;
    if (from > x && room < PLACE_LEAST * k->s) /* the title above opens the picker too */
        return;
    double end = word(k, from, y + head, room, place, "picker", "button:picker", INK_QUIET) + 6 * k->s;
    canvas_colour(k->c, INK_QUIET);
    cairo_move_to(k->c->cr, end, mid - 2 * k->s);
    cairo_line_to(k->c->cr, end + 7 * k->s, mid - 2 * k->s);
    cairo_line_to(k->c->cr, end + 3.5 * k->s, mid + 2.5 * k->s);
    cairo_fill(k->c->cr);
}

/* ---- Right: the clock, and small things. */

/* Short: the day is left out on the first, seconds on the others. */
static char *clock_text(sim_time t, bool is_short)
{
    GString *out = g_string_new(NULL);

    view_clock(t, words, out);
    const char *day_end = strrchr(out->str, ' '), *second = strrchr(out->str, ':');
    if (is_short && t < SIM_DAY && day_end != NULL)
        g_string_erase(out, 0, day_end + 1 - out->str);
    else if (is_short && second != NULL)
        g_string_truncate(out, (gsize)(second - out->str));
    return g_string_free(out, FALSE);
}

struct small {
    const char *text, *does, *name;
    enum ink ink;
};

/* Returns the left end of the block. */
static double draw_right(struct bar *k)
{
    double head = canvas_line_height(k->c, TYPE_HEAD), small = canvas_line_height(k->c, TYPE_SMALL),
           right = k->r.x + k->r.w - 20;
    double y = floor(k->mid - (head + small) / 2), gap = 10 * k->s, sum = 0;
    bool is_korean = strcmp(k->a->prefs.language, "ko") == 0;
    g_autofree char *speed = g_strdup_printf(_("speed %g×"), k->a->player.speed);
    const struct small row[] = {
        { "−", "slower", "button:slower", INK_ACTION },
        { speed, "", "speed", INK_QUIET },
        { "+", "faster", "button:faster", INK_ACTION },
        { "EN", "language en", "language:en", is_korean ? INK_ACTION : INK_QUIET },
        { "한국어", "language ko", "language:ko", is_korean ? INK_QUIET : INK_ACTION },
        { _("F1 help"), "help", "button:help", INK_ACTION },
    };
    size_t n = G_N_ELEMENTS(row), first = 0;

    /* The widest figure, so that nothing shifts while the clock runs. */
    double w = canvas_text_width(k->c, FONT_MONO_BOLD, TYPE_HEAD, "Day 1, 00:00:00.000");
    bool is_short = w > k->r.w * 0.3;
    if (is_short)
        w = canvas_text_width(k->c, FONT_MONO_BOLD, TYPE_HEAD, "00:00:00.000");
    g_autofree char *clock = clock_text(MAX(0, k->a->player.clock), is_short);
    w = MAX(w, canvas_text_width(k->c, FONT_MONO_BOLD, TYPE_HEAD, clock));
    struct rect at = { right - w, y, w, head };
    canvas_text(k->c, at, FONT_MONO_BOLD, TYPE_HEAD, k->a->player.skip > 0 ? INK_SMTP : INK_TEXT, ALIGN_RIGHT,
                clock);
    canvas_thing(k->c, at, "", clock, "clock")->is_label = true;
    for (size_t i = 0; i < n; i++)
        sum += canvas_text_width(k->c, FONT_SANS, TYPE_SMALL, row[i].text) + 1 + (i > 0 ? gap : 0);
    if (sum > MAX(w, k->r.w * 0.24)) /* the speed has keys: it goes first */
        for (; first < 3; first++)
            sum -= canvas_text_width(k->c, FONT_SANS, TYPE_SMALL, row[first].text) + 1 + gap;
    if (sum > MAX(w, k->r.w * 0.24)) { /* then the help, which has F1 */
        n--;
        sum -= canvas_text_width(k->c, FONT_SANS, TYPE_SMALL, row[n].text) + 1 + gap;
    }
    double x = right - sum;
    for (size_t i = first; i < n; i++)
        x = word(k, x, y + head, right - x + 2, row[i].text, row[i].does, row[i].name, row[i].ink) + gap;
    return right - MAX(sum, w);
}

void panel_top_draw(const struct app *a, struct canvas *c, struct rect r)
{
    struct bar k = { a, c, r, MIN(c->text_scale, 1.35), floor(r.y + r.h / 2), 0 };
    /* Where the words are large for the window, what runs matters more than who runs it. */
    double logo = r.w < 640 * c->text_scale && a->run != NULL
                      ? 0
                      : canvas_text_width(c, FONT_SANS_BOLD, TYPE_TITLE, "mxlab");
    struct rect at = { r.x + 20, r.y, logo + 2, r.h };

    k.button = floor(MIN(30 * k.s, r.h - 12));
    canvas_fill_rect(c, r, INK_PANEL);
    canvas_line(c, r.x, r.y + r.h - 0.5, r.x + r.w, r.y + r.h - 0.5, INK_LINE, 1);
    double x = at.x;
    if (logo > 0) {
        canvas_text(c, at, FONT_SANS_BOLD, TYPE_TITLE, INK_ACTION, ALIGN_LEFT, "mxlab");
        canvas_thing(c, at, "picker", "mxlab", "logo")->is_label = true;
        x = at.x + at.w + 16;
        canvas_line(c, x, k.mid - 12, x, k.mid + 12, INK_LINE, 1.5);
        x += 16;
    }
    double right = draw_right(&k) - 20 * k.s, least = MIN(140 * c->text_scale, (right - x) / 3);
    double middle = a->run != NULL ? draw_middle(&k, x + least + 12, right) : right;
    draw_title(&k, x, middle - 16);
}
