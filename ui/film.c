#include "film.h"

#include <math.h>
#include <string.h>

#include "app_parts.h"
#include "frame.h"

enum {
    STAND_MS = 1000, /* of the last picture */
    SIDE_MAX = 4096  /* pixels: larger windows are filmed smaller; decoders of H.264 end there */
};

struct film {
    struct app own; /* the app, but for the moment and what lies over the panels */
    struct film_cut cut;
    unsigned length, moving, place; /* in pictures; those that move; those made */
    bool is_late;                   /* the picture in front has not been drawn yet */
    struct frame *frame;
    cairo_surface_t *picture;
};

/* ---- The pace. */

static bool is_over(const struct film_cut *cut, const struct player *p)
{
    return p->at >= cut->last && p->clock >= cut->to;
}

/* From picture to picture, and not beyond the end. True if something is to be drawn anew. */
static bool advance(const struct film_cut *cut, struct player *p, bool reduced_motion)
{
    bool has_changed = player_tick(p, cut->frame_ms, NULL, reduced_motion);

    if (is_over(cut, p)) {
        player_go(p, cut->last);
        if (cut->to > p->clock)
            player_go_time(p, cut->to);
        p->is_playing = false;
        return true;
    }
    return has_changed;
}

static unsigned standing(const struct film_cut *cut)
{
    return (unsigned)ceil(STAND_MS / cut->frame_ms);
}

unsigned film_measure(const struct film_cut *cut, bool reduced_motion, unsigned most)
{
    struct player p = cut->start;
    unsigned n = 1;

    p.is_playing = true;
    for (; n <= most && !is_over(cut, &p); n++)
        advance(cut, &p, reduced_motion);
    n += standing(cut);
    return n <= most ? n : most + 1;
}

/* ---- Pictures. */

void film_rewind(struct film *f)
{
    f->own.player = f->cut.start;
    f->own.player.is_playing = true;
    f->place = 0;
    f->is_late = false;
    app_moved(&f->own);
}

struct film *film_new(const struct app *a, const struct film_cut *cut, bool is_even)
{
    struct film *f = g_new0(struct film, 1);
    double w = a->layout.width, h = a->layout.height, scale = fmin(1, SIDE_MAX / fmax(w, h));
    int even = is_even ? 1 : 0, width = (int)ceil(w * scale), height = (int)ceil(h * scale);

    f->cut = *cut;
    f->length = film_measure(cut, a->prefs.reduced_motion, G_MAXUINT - 1);
    f->moving = f->length - standing(cut);
    f->own = *a;
    f->own.filming = NULL;
    f->own.opening = NULL;
    f->own.complaints = NULL;
    f->own.toast = f->own.ask = f->own.menu_for = f->own.hover = NULL;
    f->own.shows_help = f->own.shows_picker = f->own.shows_compare = false;
    f->own.memory = memory_new(); /* the window may have another size meanwhile */
    memset(f->own.things, 0, sizeof f->own.things);
    film_rewind(f);
    f->frame = frame_new(scale);
    f->picture = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (width + even) & ~even,
                                            (height + even) & ~even);
    return f;
}

void film_free(struct film **pf)
{
    struct film *f = *pf;

    if (f == NULL)
        return;
    for (int p = 0; p < N_PANELS; p++)
        app_set_things(&f->own, (enum panel)p, NULL);
    memory_free(&f->own.memory);
    frame_free(&f->frame);
    cairo_surface_destroy(f->picture);
    g_clear_pointer(pf, g_free);
}

static void move_on(struct film *f)
{
    int64_t was = f->own.player.at;
    bool has_changed = advance(&f->cut, &f->own.player, f->own.prefs.reduced_motion);

    app_played(&f->own, was, has_changed);
}

enum film_step film_next(struct film *f, bool is_seen)
{
    if (!f->is_late) {
        if (f->place == f->length)
            return FILM_OVER;
        if (f->place > 0 && f->place < f->moving)
            move_on(f);
        f->place++;
    }
    f->is_late = is_seen && app_world(&f->own) == NULL;
    if (f->is_late)
        return FILM_LATER;
    if (is_seen)
        frame_draw(f->frame, &f->own, f->picture, 0);
    return FILM_PICTURE;
}

cairo_surface_t *film_picture(const struct film *f)
{
    return f->picture;
}

const struct player *film_player(const struct film *f)
{
    return &f->own.player;
}

unsigned film_length(const struct film *f)
{
    return f->length;
}

unsigned film_place(const struct film *f)
{
    return f->place;
}
