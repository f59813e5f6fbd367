/* What a frame of the window costs, without a GPU: 40 hosts, 200 packets in flight with their labels. What
 * changed is copied once more, as presenting does. Marks: 4 ms at 1280×800, 10 ms at 2560×1440. And
 * how long a run of millions of records makes the window stand still. */
#include "bench.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <time.h>

#include "app_parts.h"
#include "frame.h"

enum { DOMAINS = 6, PEOPLE = 3, LOOKUPS = 12, FRAMES = 200 };

/* Six domains of six hosts each, the root and the TLD's server; everybody asks for twelve names at once. */
static char *crowd_scenario(void)
{
    GString *s = g_string_new("{ \"format\": 1, \"title\": \"A crowd\", \"domains\": {");

    for (int d = 0; d < DOMAINS; d++)
        g_string_append_printf(
            s,
            "%s \"d%d.edu\": { \"people\": [\"ann%d\", \"ben%d\", \"eve%d\"], \"records\": [\"www 300 A 10.9.8.%d\"] }",
            d > 0 ? "," : "", d, d, d, d, d + 1);
    g_string_append(s, " }, \"actions\": [");
    for (int d = 0, n = 0; d < DOMAINS; d++)
        for (int p = 0; p < PEOPLE; p++)
            for (int k = 0; k < LOOKUPS; k++, n++)
                g_string_append_printf(
                    s,
                    "%s { \"at\": \"1s\", \"do\": \"look_up\", \"host\": \"%s%d-pc\", \"name\": \"w%d.d%d.edu\", \"type\": \"A\" }",
                    n > 0 ? "," : "", (const char *[]){ "ann", "ben", "eve" }[p], d, k, (d + k) % DOMAINS);
    g_string_append(s, " ] }");
    return g_string_free(s, FALSE);
}

static struct app *open_crowd(const char *folder)
{
    char *path = g_build_filename(folder, "crowd.json", NULL), *text = crowd_scenario();
    struct app *a = NULL;

    if (g_file_set_contents(path, text, -1, NULL)) {
        a = app_new(path, &prefs_defaults);
        for (int i = 0; i < 20000 && a->complaints == NULL && (a->run == NULL || a->player.tape == NULL);
             i++) {
            app_tick(a, 0);
            g_usleep(500);
        }
    }
    g_remove(path);
    g_free(path);
    g_free(text);
    return a;
}

/* The moment with the most packets under way. */
static unsigned go_to_crowd(struct app *a)
{
    static int64_t flying[4096];
    const struct view_tape *t = a->player.tape;
    unsigned most = 0;
    int64_t best = 0;

    for (int64_t i = 0; i < view_tape_length(t); i += 8) {
        unsigned n = view_tape_flying(t, view_tape_nth(t, i)->time, flying, G_N_ELEMENTS(flying));

        if (n > most) {
            most = n;
            best = i;
        }
    }
    player_go(&a->player, best);
    a->dirty = (UINT64_C(1) << N_PANELS) - 1;
    return most;
}

static void present(cairo_surface_t *from, cairo_surface_t *to, const cairo_region_t *changed)
{
    int stride = cairo_image_surface_get_stride(from);
    unsigned char *s = cairo_image_surface_get_data(from), *d = cairo_image_surface_get_data(to);

    for (int i = 0; changed != NULL && i < cairo_region_num_rectangles(changed); i++) {
        cairo_rectangle_int_t r;

        cairo_region_get_rectangle(changed, i, &r);
        for (int y = r.y; y < r.y + r.height; y++)
            memcpy(d + y * stride + r.x * 4, s + y * stride + r.x * 4, (size_t)r.width * 4);
    }
}

static void measure(FILE *out, struct app *a, double w, double h, double scale)
{
    static double figures[FRAMES];
    double px_w = w * scale, px_h = h * scale;
    struct frame *f = frame_new(scale);
    cairo_surface_t *target = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)px_w, (int)px_h);
    cairo_surface_t *screen = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)px_w, (int)px_h);

    app_resize(a, w, h);
    unsigned flying = go_to_crowd(a);
    int64_t began = bench_clock();
    present(target, screen, frame_draw(f, a, target, 0));
    double first = (double)(bench_clock() - began) / 1e6;

    a->player.speed = 0.25;
    a->player.is_playing = true;
    for (int i = 0; i < FRAMES; i++) {
        began = bench_clock();
        app_tick(a, 16);
        present(target, screen, frame_draw(f, a, target, 10));
        figures[i] = (double)(bench_clock() - began) / 1e6;
    }
    a->player.is_playing = false;
    double middle = bench_median(figures, FRAMES), late = figures[FRAMES * 95 / 100];
    double all = 0;
    for (int i = 0; i < 5; i++) {
        a->dirty = (UINT64_C(1) << N_PANELS) - 1;
        began = bench_clock();
        present(target, screen, frame_draw(f, a, target, 0));
        all += (double)(bench_clock() - began) / 5e6;
    }
    fprintf(out, "%4.0f×%-4.0f ×%.0f %8u %10.2f %10.2f %10.2f %10.2f\n", px_w, px_h, scale, flying, middle,
            late, all, first);
    cairo_surface_destroy(target);
    cairo_surface_destroy(screen);
    frame_free(&f);
}

/* ---- A run of a million events: the longest that the window stands still. Mark: 50 ms. */

static const char long_scenario[] =
    "{ \"format\": 1, \"title\": \"Many mails\", \"domains\": { \"crepes.fr\": { \"people\": [\"alice\"] },"
    " \"hamburger.edu\": { \"people\": [\"bob\"] } }, \"actions\": [ { \"at\": \"0s\", \"do\": \"send\","
    " \"from\": \"alice@crepes.fr\", \"to\": \"bob@hamburger.edu\", \"count\": %d, \"every\": \"2s\" } ],"
    " \"chapters\": [ { \"title\": \"The first\", \"when\": \"mailbox.store\" } ] }";

enum { MAILS = 20000, LONG_FRAMES_MAX = 40000 };

/* Of the window's thread alone: what others do meanwhile does not hold it up. */
static int64_t own_clock(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

struct stands {
    double verb, frame; /* ms: the verb itself, and the longest frame after it until all is at rest */
    unsigned frames;
};

static struct stands stand(struct app *a, struct frame *f, cairo_surface_t *target, const char *verb)
{
    struct stands s = { 0 };
    int64_t began = own_clock();

    if (!app_do(a, verb))
        fprintf(stderr, "%s: %s\n", verb, a->toast != NULL ? a->toast : "");
    s.verb = (double)(own_clock() - began) / 1e6;
    do {
        began = own_clock();
        app_tick(a, 0);
        frame_draw(f, a, target, 10);
        s.frame = MAX(s.frame, (double)(own_clock() - began) / 1e6);
        g_usleep(1000);
    } while (++s.frames < LONG_FRAMES_MAX &&
             (a->dirty != 0 || app_is_working(a) || a->player.tape == NULL || app_world(a) == NULL));
    return s;
}

static void measure_long(FILE *out, const char *folder)
{
    static const char *const acts[] = {
        "tab message",
        "start",
        "step",
        "at 500000",
        "step message",
        "tab host",
        "select host:mail.hamburger.edu",
        "step message",
        "step message",
        "tab mail",
        "step message",
        "tab why",
        "step message",
        "find mailbox.store",
        "step message",
        "find none",
        "follow mail:m5",
        "follow none",
        "collapse",
        "step packet",
        "collapse",
        "break down mail.hamburger.edu",
        "step message",
        "compare",
        "close",
        "undo",
        "redo",
        "language ko",
        "language en",
        "end",
        "start",
        "undo",
        "break down alice-pc",
        "open alice-to-bob",
    };
    char *path = g_build_filename(folder, "long.json", NULL), *text = g_strdup_printf(long_scenario, MAILS);
    cairo_surface_t *target = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 1280, 800);
    struct frame *f = frame_new(1);
    struct app *a = app_new(NULL, &prefs_defaults);
    char *open = g_strdup_printf("open %s", path);

    app_resize(a, 1280, 800);
    g_file_set_contents(path, text, -1, NULL);
    struct stands s = stand(a, f, target, open);
    fprintf(out, "%d mails, %.0f thousand records\n", MAILS,
            a->player.tape != NULL ? (double)view_tape_length(a->player.tape) / 1000 : 0);
    fprintf(out, "standing still, ms     the verb  the longest frame\n");
    fprintf(out, "%-32s %7.1f %7.1f\n", "open", s.verb, s.frame);
    for (size_t i = 0; i < G_N_ELEMENTS(acts); i++) {
        s = stand(a, f, target, acts[i]);
        fprintf(out, "%-32s %7.1f %7.1f\n", acts[i], s.verb, s.frame);
    }
    g_remove(path);
    frame_free(&f);
    cairo_surface_destroy(target);
    app_free(&a);
    g_free(open);
    g_free(text);
    g_free(path);
}

void bench_ui(FILE *out)
{
    char *folder = g_dir_make_tmp("mxlab-bench-XXXXXX", NULL);
    int64_t began = bench_clock();
    struct app *a = folder != NULL ? open_crowd(folder) : NULL;

    if (a == NULL || a->player.tape == NULL) {
        fprintf(out, "the scenario could not be opened\n");
    } else {
        fprintf(out, "%u hosts; opened in %.0f ms\n", view_hosts(run_at(a->run, -1)),
                (double)(bench_clock() - began) / 1e6);
        fprintf(out, "ms a frame     in flight     median        95%%  all panels      first\n");
        measure(out, a, 1280, 800, 1);
        measure(out, a, 2560, 1440, 1);
        measure(out, a, 1280, 720, 2);
    }
    if (a != NULL)
        app_free(&a);
    if (folder != NULL)
        measure_long(out, folder);
    if (folder != NULL)
        g_rmdir(folder);
    g_free(folder);
}
