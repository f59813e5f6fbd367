/* main.c: mxlab-view: the window and its frames. */
#include <SDL.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "frame.h"
#include "input.h"
#include "record.h"
#include "script.h"
#include "shot.h"
#include "words.h"

enum { WIDTH = 1280, HEIGHT = 800, FRAME_MS = 16, DRAW_MS = 10, REST_MS = 1000 };

struct options {
    const char *scenario;
    char *script, *figure, *size, *at, *from, *to, *theme, *language;
    gboolean has_ladder, has_map, is_film, is_version, is_timed;
    double scale, speed;
};

struct window {
    SDL_Window *sdl;
    struct frame *frame;
    cairo_surface_t
        *target; /* the window's own pixels, or ours if they are of a kind that Cairo doesn't draw */
    SDL_Surface *shown, *ours;
    double scale; /* asked for: points larger than the screen would have them */
    struct input input;
};

/* ---- The window's pixels. */

static bool is_cairos(const SDL_Surface *s)
{
    return s->format->BytesPerPixel == 4 && s->format->Rmask == 0xFF0000 && s->format->Gmask == 0xFF00 &&
           s->format->Bmask == 0xFF && !SDL_MUSTLOCK(s);
}

static SDL_Surface *window_surface(SDL_Window *w)
{
    SDL_Surface *s = SDL_GetWindowSurface(w);

    /* Not every video driver shows pixels without a renderer. */
    if (s == NULL && strcmp(SDL_GetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION), "0") == 0) {
        SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "1");
        s = SDL_GetWindowSurface(w);
    }
    return s;
}

/* The window has another size, or has lost its pixels. */
static bool take_pixels(struct window *w, struct app *a)
{
    SDL_Surface *s = window_surface(w->sdl);
    int width, height;

    if (s == NULL)
        return false;
    if (w->target != NULL)
        cairo_surface_destroy(w->target);
    SDL_FreeSurface(w->ours);
    w->ours = is_cairos(s) ? NULL : SDL_CreateRGBSurfaceWithFormat(0, s->w, s->h, 32, SDL_PIXELFORMAT_RGB888);
    SDL_Surface *drawn = w->ours != NULL ? w->ours : s;
    w->shown = s;
    w->target = cairo_image_surface_create_for_data(drawn->pixels, CAIRO_FORMAT_RGB24, drawn->w, drawn->h,
                                                    drawn->pitch);

    SDL_GetWindowSize(w->sdl, &width, &height);
    double window = width > 0 ? width : 1, pixels_a_point = w->scale * s->w / window;
    /* On a screen too small for the least size everything is drawn smaller: nothing is out of reach. */
    pixels_a_point = fmin(pixels_a_point, fmin((double)s->w / LAYOUT_W_MIN, (double)s->h / LAYOUT_H_MIN));
    w->input.points = s->w / window / pixels_a_point;
    frame_set_scale(w->frame, pixels_a_point);
    frame_forget(w->frame);
    app_resize(a, s->w / pixels_a_point, s->h / pixels_a_point);
    return true;
}

/* Draw what has changed, and show it. */
static void show(struct window *w, struct app *a)
{
    enum { RECTS_MAX = 64 };
    SDL_Rect rects[RECTS_MAX];
    const cairo_region_t *changed = frame_draw(w->frame, a, w->target, app_is_moving(a) ? DRAW_MS : 0);
    int n = changed != NULL ? cairo_region_num_rectangles(changed) : 0;
    bool is_many = n > RECTS_MAX;

    for (int i = 0; i < (is_many ? 1 : n); i++) {
        cairo_rectangle_int_t r;

        is_many ? cairo_region_get_extents(changed, &r) : cairo_region_get_rectangle(changed, i, &r);
        rects[i] = (SDL_Rect){ r.x, r.y, r.width, r.height };
        if (w->ours != NULL)
            SDL_BlitSurface(w->ours, &rects[i], w->shown, &(SDL_Rect){ r.x, r.y, r.width, r.height });
    }
    if (n > 0)
        SDL_UpdateWindowSurfaceRects(w->sdl, rects, is_many ? 1 : n);
}

/* ---- Frames. */

/* Wait for an event: no longer than until the next frame while something moves, else at rest. */
static bool wait_event(SDL_Event *e, const struct app *a, Uint64 frame_began)
{
    if (!app_is_moving(a) && a->dirty == 0)
        return SDL_WaitEventTimeout(e, REST_MS);
    Uint64 passed = SDL_GetTicks64() - frame_began;
    return passed < FRAME_MS ? SDL_WaitEventTimeout(e, (int)(FRAME_MS - passed)) : SDL_PollEvent(e);
}

static bool take_events(struct window *w, struct app *a, Uint64 frame_began)
{
    bool is_to_show = false;
    SDL_Event e;

    if (wait_event(&e, a, frame_began))
        do
            is_to_show |= input_event(&w->input, a, &e);
        while (SDL_PollEvent(&e));
    return !is_to_show || take_pixels(w, a);
}

static bool is_hidden(const struct window *w)
{
    return SDL_GetWindowFlags(w->sdl) & (SDL_WINDOW_MINIMIZED | SDL_WINDOW_HIDDEN);
}

/* Until the student leaves. Time at rest counts for what is looked after now and then, and not for what the
 * next input sets moving. */
static bool run_frames(struct window *w, struct app *a)
{
    Uint64 last = SDL_GetTicks64();

    while (!a->quits) {
        bool was_moving = app_is_moving(a);
        if (!take_events(w, a, last))
            return false;
        Uint64 now = SDL_GetTicks64(), passed = now - last;

        if (was_moving && passed < FRAME_MS && a->dirty == 0)
            continue;
        app_tick(a, was_moving || !app_is_moving(a) ? (double)passed : 0);
        last = now;
        if (!is_hidden(w) && (a->dirty != 0 || app_is_moving(a) || was_moving))
            show(w, a);
    }
    return true;
}

/* ---- Starting. */

static bool open_window(struct window *w, const struct options *o)
{
    /* Without this SDL shows pixels through a renderer, which is slow where there is no GPU. */
    SDL_SetHintWithPriority(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0", SDL_HINT_DEFAULT);
    SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
#ifdef SDL_HINT_IME_SUPPORT_EXTENDED_TEXT
    SDL_SetHint(SDL_HINT_IME_SUPPORT_EXTENDED_TEXT, "1");
#endif
    SDL_SetHint(SDL_HINT_MOUSE_FOCUS_CLICKTHROUGH, "1");
    SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
    if (SDL_Init(SDL_INIT_VIDEO) != 0)
        return false;
    w->scale = o->scale;
    SDL_Rect room = { 0, 0, WIDTH, HEIGHT };
    SDL_GetDisplayUsableBounds(0, &room);
    int width = (int)fmin(WIDTH * w->scale, room.w), height = (int)fmin(HEIGHT * w->scale, room.h);
    w->sdl = SDL_CreateWindow("mxlab", SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED, width, height,
                              SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI);
    if (w->sdl == NULL)
        return false;
    SDL_SetWindowMinimumSize(w->sdl, (int)(LAYOUT_W_MIN * w->scale), (int)(LAYOUT_H_MIN * w->scale));
    SDL_EventState(SDL_DROPFILE, SDL_ENABLE);
    SDL_StopTextInput();
    return true;
}

static int run_window(const struct options *o)
{
    Uint64 began = SDL_GetTicks64();
    struct window w = { 0 };
    struct prefs prefs;
    bool is_well = open_window(&w, o);

    if (!is_well) {
        fprintf(stderr, "mxlab-view: no window: %s\n", SDL_GetError());
        return 2;
    }
    prefs_load(&prefs);
    struct app *a = app_new(o->scenario, &prefs);
    app_keeps(a);
    w.frame = frame_new(1);
    is_well = take_pixels(&w, a);
    if (is_well) {
        app_tick(a, 0);
        show(&w, a);
        if (o->is_timed)
            fprintf(stderr, "first picture after %d ms\n", (int)(SDL_GetTicks64() - began));
        is_well = run_frames(&w, a);
    }
    if (!is_well)
        fprintf(stderr, "mxlab-view: the window can't be drawn: %s\n", SDL_GetError());
    app_keep(a);
    frame_free(&w.frame);
    app_free(&a);
    if (w.target != NULL)
        cairo_surface_destroy(w.target);
    SDL_FreeSurface(w.ours);
    SDL_DestroyWindow(w.sdl);
    SDL_Quit();
    return is_well ? 0 : 2;
}

/* ---- Without a window. */

/* Tests and figures do not depend on what somebody chose in the window. */
static struct app *open_plain(const struct options *o)
{
    struct prefs prefs = prefs_defaults;
    double w = WIDTH, h = HEIGHT;

    if (o->language != NULL)
        g_strlcpy(prefs.language, o->language, sizeof prefs.language);
    for (int t = 0; o->theme != NULL && t < N_THEMES; t++)
        if (strcmp(o->theme, theme_text(t)) == 0)
            prefs.theme = t;
    if (o->speed > 0)
        prefs.speed = o->speed;
    if (o->size != NULL)
        sscanf(o->size, "%lfx%lf", &w, &h);
    struct app *a = app_new(o->scenario, &prefs);
    app_resize(a, fmin(fmax(w, 1), 10000), fmin(fmax(h, 1), 10000));
    return a;
}

static int run_script(const struct options *o)
{
    struct app *a = open_plain(o);
    int status = script_run(a, o->script, o->scale, stderr);

    app_free(&a);
    return status;
}

static bool wait_loaded(struct app *a)
{
    while (a->complaints == NULL && (a->run == NULL || a->player.tape == NULL)) {
        app_tick(a, 0);
        g_usleep(500);
    }
    if (a->complaints != NULL)
        report_print(a->complaints, stderr);
    return a->complaints == NULL;
}

static int run_figure(const struct options *o)
{
    struct app *a = open_plain(o);
    GString *why = g_string_new(NULL);
    int status = 2;

    if (wait_loaded(a)) {
        char *verb = o->at != NULL ? g_strdup_printf("go %s", o->at) : g_strdup("end");

        if (!app_do(a, verb))
            g_string_append(why, a->toast != NULL ? a->toast : verb);
        else if (shot_figure(a,
                             o->has_ladder && o->has_map ? SHOT_BOTH
                             : o->has_ladder             ? SHOT_LADDER
                             : o->has_map                ? SHOT_MAP
                                                         : SHOT_ALL,
                             o->figure, why))
            status = 0;
        g_free(verb);
    }
    if (why->len > 0)
        fprintf(stderr, "mxlab-view: %s\n", why->str);
    g_string_free(why, TRUE);
    app_free(&a);
    return status;
}

static volatile sig_atomic_t is_interrupted;

static void on_interrupt(int number)
{
    (void)number;
    is_interrupted = 1;
}

/* An interrupted film leaves nothing behind, as one that fails. */
static int run_film(const struct options *o)
{
    struct app *a = open_plain(o);
    bool is_well = false;

    signal(SIGINT, on_interrupt);
    signal(SIGTERM, on_interrupt);
    if (wait_loaded(a)) {
        is_well = app_film(a, o->figure, o->from != NULL ? o->from : "start", o->to);
        while (a->filming != NULL && !is_interrupted)
            app_tick(a, 0);
        is_well = is_well && a->is_filmed;
        if (!is_well)
            fprintf(stderr, "mxlab-view: %s\n", a->toast != NULL ? a->toast : "interrupted");
    }
    app_free(&a);
    return is_well ? 0 : 2;
}

static double scale_of_desktop(void)
{
    const char *names[] = { "MXLAB_SCALE", "GDK_SCALE", "QT_SCALE_FACTOR" };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        double v = g_getenv(names[i]) != NULL ? g_ascii_strtod(g_getenv(names[i]), NULL) : 0;

        if (v >= 0.5 && v <= 4)
            return v;
    }
    return 1;
}

static bool read_options(int *argc, char ***argv, struct options *o)
{
    GOptionEntry entries[] = {
        { "script", 0, 0, G_OPTION_ARG_FILENAME, &o->script,
          "Inputs and statements from FILE, without a window", "FILE" },
        { "figure", 'o', 0, G_OPTION_ARG_FILENAME, &o->figure,
          "Write a picture (.png, .svg, .pdf), without a window", "FILE" },
        { "map", 0, 0, G_OPTION_ARG_NONE, &o->has_map,
          "The picture shows the map (above the ladder, if that too)", NULL },
        { "ladder", 0, 0, G_OPTION_ARG_NONE, &o->has_ladder, "The picture shows the whole ladder", NULL },
        { "film", 0, 0, G_OPTION_ARG_NONE, &o->is_film,
          "Not a picture but a film (.mp4, .gif) of the whole window, by ffmpeg", NULL },
        { "from", 0, 0, G_OPTION_ARG_STRING, &o->from, "Where the film begins (else at the start)", "TIME" },
        { "to", 0, 0, G_OPTION_ARG_STRING, &o->to, "Where the film ends (else at the end)", "TIME" },
        { "speed", 0, 0, G_OPTION_ARG_DOUBLE, &o->speed, "Of playing, in a film (0.25 to 8)", "N" },
        { "at", 0, 0, G_OPTION_ARG_STRING, &o->at, "The moment of the picture (else the end)", "TIME" },
        { "size", 0, 0, G_OPTION_ARG_STRING, &o->size, "Size for scripts and pictures, in points (1280x800)",
          "WxH" },
        { "theme", 0, 0, G_OPTION_ARG_STRING, &o->theme,
          "Theme for scripts and pictures: light, dark, contrast", "NAME" },
        { "language", 0, 0, G_OPTION_ARG_STRING, &o->language, "Language for scripts and pictures: en, ko",
          "NAME" },
        { "scale", 0, 0, G_OPTION_ARG_DOUBLE, &o->scale, "Draw everything larger (0.5 to 4)", "N" },
        { "timed", 0, 0, G_OPTION_ARG_NONE, &o->is_timed, "Say how long the first picture took", NULL },
        { "version", 0, 0, G_OPTION_ARG_NONE, &o->is_version, "Say the version", NULL },
        { NULL },
    };
    GOptionContext *c = g_option_context_new("[SCENARIO]");
    GError *e = NULL;
    bool is_well;

    o->scale = scale_of_desktop();
    g_option_context_add_main_entries(c, entries, NULL);
    is_well = g_option_context_parse(c, argc, argv, &e) && *argc <= 2 && o->scale >= 0.5 && o->scale <= 4 &&
              (o->speed == 0 || (o->speed >= 0.25 && o->speed <= 8));
    if (!is_well)
        fprintf(
            stderr, "mxlab-view: %s\n",
            e != NULL
                ? e->message
                : "one scenario at most, a scale from 0.5 to 4, a speed from 0.25 to 8; --help says more");
    g_clear_error(&e);
    g_option_context_free(c);
    o->scenario = *argc > 1 ? (*argv)[1] : NULL;
    return is_well;
}

int main(int argc, char **argv)
{
    struct options o = { 0 };

    bool is_well = read_options(&argc, &argv, &o);
    int status = !is_well           ? 2
                 : o.is_version     ? puts(MXLAB_PROGRAM) < 0
                 : o.script != NULL ? run_script(&o)
                 : o.figure == NULL ? run_window(&o)
                 : o.is_film        ? run_film(&o)
                                    : run_figure(&o);
    char *taken[] = { o.script, o.figure, o.at, o.from, o.to, o.size, o.theme, o.language };
    for (size_t i = 0; i < G_N_ELEMENTS(taken); i++)
        g_free(taken[i]);
    return status;
}
