#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "words.h"

enum {
    GIF_MS = 80, /* a GIF counts in hundredths of a second */
    MP4_MS = 40,
    PALETTE_SIDE = 16,
    PALETTE_PICTURES = 48 /* of the whole film, from which a GIF's 256 colours are chosen */
};

/* What ffmpeg is doing. */
enum phase {
    PHASE_ASK,     /* MP4: which encoders it has */
    PHASE_PALETTE, /* GIF: chooses colours from some of the pictures */
    PHASE_FILM
};

struct recording {
    enum record_kind kind;
    char *path, *part; /* `part` is being written */
    char *ffmpeg;
    struct film *film;
    struct child *child;
    enum phase phase;
    bool is_fed; /* it has got all that it gets in this phase */
    bool is_cut; /* it takes no more, though there is more */
    const unsigned char *left;
    gsize n_left; /* of the picture in front */
    gint64 moved; /* when ffmpeg took or said something last, monotonic µs */
    double patience_s;
};

enum record_kind record_kind_of(const char *path)
{
    return g_str_has_suffix(path, ".gif")   ? RECORD_GIF
           : g_str_has_suffix(path, ".mp4") ? RECORD_MP4
                                            : RECORD_NONE;
}

double record_frame_ms(enum record_kind k)
{
    return k == RECORD_GIF ? GIF_MS : MP4_MS;
}

unsigned record_most(enum record_kind k)
{
    return (unsigned)(RECORD_MINUTES_MAX * 60 * 1000 / record_frame_ms(k));
}

/* ---- ffmpeg's phases. */

#if G_BYTE_ORDER == G_LITTLE_ENDIAN
#define PIXELS         "bgr0" /* Cairo's RGB24, and ARGB32 below */
#define PALETTE_PIXELS "bgra"
#else
#define PIXELS         "0rgb"
#define PALETTE_PIXELS "argb"
#endif

static void add(GPtrArray *argv, const char *words)
{
    char **parts = g_strsplit(words, " ", -1);

    for (unsigned i = 0; parts[i] != NULL; i++)
        g_ptr_array_add(argv, g_steal_pointer(&parts[i]));
    g_free(parts);
}

static bool begin(struct recording *r, GPtrArray *argv, const GByteArray *given, GString *why)
{
    g_ptr_array_add(argv, NULL);
    child_free(&r->child);
    r->child = child_new((const char *const *)argv->pdata, given, why);
    r->is_fed = r->is_cut = false;
    r->n_left = 0;
    r->moved = g_get_monotonic_time();
    g_ptr_array_unref(argv);
    return r->child != NULL;
}

static GPtrArray *quietly(const struct recording *r)
{
    GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);

    g_ptr_array_add(argv, g_strdup(r->ffmpeg));
    add(argv, "-hide_banner -nostdin -loglevel error");
    return argv;
}

/* Pictures as they come from the film, `frame_ms` apart. */
static GPtrArray *with_pictures(const struct recording *r)
{
    cairo_surface_t *p = film_picture(r->film);
    GPtrArray *argv = quietly(r);
    char *words = g_strdup_printf(
        "-f rawvideo -pixel_format " PIXELS " -video_size %dx%d -framerate 1000/%d -i pipe:0",
        cairo_image_surface_get_width(p), cairo_image_surface_get_height(p), (int)record_frame_ms(r->kind));

    add(argv, words);
    g_free(words);
    return argv;
}

static bool begin_ask(struct recording *r, GString *why)
{
    GPtrArray *argv = quietly(r);

    add(argv, "-encoders");
    r->phase = PHASE_ASK;
    if (!begin(r, argv, NULL, why))
        return false;
    child_feed_end(r->child);
    r->is_fed = true;
    return true;
}

/* In one go with the film ffmpeg would have to keep every picture until it knows all colours. */
static bool begin_palette(struct recording *r, GString *why)
{
    GPtrArray *argv = with_pictures(r);

    add(argv, "-vf palettegen -frames:v 1 -f rawvideo -pix_fmt " PALETTE_PIXELS " pipe:1");
    r->phase = PHASE_PALETTE;
    return begin(r, argv, NULL, why);
}

static void add_end(const struct recording *r, GPtrArray *argv)
{
    /* Without the date and the versions of libraries. */
    add(argv, "-map_metadata -1 -fflags +bitexact -flags:v +bitexact -y");
    g_ptr_array_add(argv, g_strdup(r->part));
}

static bool begin_gif(struct recording *r, GString *why)
{
    GPtrArray *argv = with_pictures(r);
    GByteArray *palette = g_byte_array_new();

    g_byte_array_append(palette, child_output(r->child)->data, child_output(r->child)->len);
    add(argv, "-f rawvideo -pixel_format " PALETTE_PIXELS " -video_size 16x16 -i pipe:3");
    add(argv, "-lavfi [0:v][1:v]paletteuse=dither=none:diff_mode=rectangle -loop 0 -f gif");
    add_end(r, argv);
    r->phase = PHASE_FILM;
    film_rewind(r->film);
    bool is_well = begin(r, argv, palette, why);
    g_byte_array_unref(palette);
    return is_well;
}

/* A line of `ffmpeg -encoders`: " V....D libx264  …". */
static bool has_encoder(const GByteArray *list, const char *name)
{
    char *word = g_strdup_printf(" %s ", name);
    bool has = g_strstr_len((const char *)list->data, (gssize)list->len, word) != NULL;

    g_free(word);
    return has;
}

static bool begin_mp4(struct recording *r, GString *why)
{
    const GByteArray *encoders = child_output(r->child);
    GPtrArray *argv = with_pictures(r);

    /* Players take what has no mark for BT.709 if it is this large; so that is what it is, and is marked. */
    add(argv,
        "-vf scale=out_color_matrix=bt709:out_range=tv,format=yuv420p -colorspace bt709 -color_primaries bt709 "
        "-color_trc bt709 -color_range tv");
    if (has_encoder(encoders, "libx264"))
        add(argv, "-c:v libx264 -preset veryfast -crf 20");
    else if (has_encoder(encoders, "libopenh264"))
        add(argv, "-c:v libopenh264 -b:v 4M");
    else
        add(argv, "-c:v mpeg4 -q:v 3");
    add(argv, "-g 100 -movflags +faststart -f mp4"); /* jumping about in it finds a whole picture every 4 s */
    add_end(r, argv);
    r->phase = PHASE_FILM;
    return begin(r, argv, NULL, why);
}

/* ---- Life. */

/* Empty, of a name that nobody has, in the folder of the file. */
static char *make_part(const char *path, GString *why)
{
    char *part = g_strconcat(path, ".XXXXXX", NULL);
    int fd = g_mkstemp_full(part, O_WRONLY | O_CLOEXEC, 0666);

    if (fd >= 0) {
        close(fd);
        return part;
    }
    g_string_append_printf(why, "%s: %s", path, g_strerror(errno));
    g_free(part);
    return NULL;
}

struct recording *recording_new(const struct app *a, const struct film_cut *cut, const char *path,
                                GString *why)
{
    struct recording *r = g_new0(struct recording, 1);

    r->kind = record_kind_of(path);
    r->patience_s = RECORD_PATIENCE_S;
    r->path = g_canonicalize_filename(path,
                                      NULL); /* ffmpeg takes no name that begins with "/" for an option */
    r->ffmpeg = child_find("ffmpeg");
    if (r->ffmpeg == NULL)
        g_string_append(
            why, _("A film needs the program ffmpeg, and it is not installed (Debian, Ubuntu: apt install "
                   "ffmpeg). Nothing was written."));
    else if (g_file_test(r->path, G_FILE_TEST_IS_DIR))
        g_string_append_printf(why, "%s: %s", path, g_strerror(EISDIR));
    else
        r->part = make_part(r->path, why);
    if (r->part != NULL) {
        r->film = film_new(a, cut, r->kind == RECORD_MP4);
        if (r->kind == RECORD_GIF ? begin_palette(r, why) : begin_ask(r, why))
            return r;
    }
    recording_free(&r);
    return NULL;
}

void recording_free(struct recording **pr)
{
    struct recording *r = *pr;

    if (r == NULL)
        return;
    child_free(&r->child);
    if (r->part != NULL)
        g_unlink(r->part);
    film_free(&r->film);
    g_free(r->path);
    g_free(r->part);
    g_free(r->ffmpeg);
    g_clear_pointer(pr, g_free);
}

void recording_set_patience(struct recording *r, double s)
{
    r->patience_s = s;
}

/* ---- Going on. */

/* Of which pictures the colours of a GIF are chosen. */
static bool is_seen(const struct recording *r)
{
    unsigned every = film_length(r->film) / PALETTE_PICTURES + 1;

    return r->phase == PHASE_FILM || film_place(r->film) % every == 0;
}

/* The next picture is there to be handed over. LATER: not yet. */
static enum film_step take_picture(struct recording *r)
{
    cairo_surface_t *p = film_picture(r->film);
    bool is_for_us = is_seen(r);
    enum film_step step = film_next(r->film, is_for_us);

    if (step == FILM_PICTURE && is_for_us) {
        r->left = cairo_image_surface_get_data(p);
        r->n_left = (gsize)cairo_image_surface_get_stride(p) * (gsize)cairo_image_surface_get_height(p);
    }
    return step;
}

/* Hand over what is left of the picture in front. */
static void feed(struct recording *r, double ms)
{
    gssize n = child_feed(r->child, r->left, r->n_left);

    if (n < 0) {
        r->is_cut = r->is_fed = true;
    } else if (n == 0) {
        child_rest(r->child, ms, true);
    } else {
        r->left += n;
        r->n_left -= (gsize)n;
        r->moved = g_get_monotonic_time();
    }
}

static bool fail(const struct recording *r, GString *why)
{
    char *line = child_complaint(r->child);

    if (line != NULL)
        g_string_append_printf(why, _("ffmpeg could not make the film: %s"), line);
    else
        g_string_append(why, _("ffmpeg ended before the film was made."));
    g_free(line);
    return false;
}

/* ffmpeg has ended: on to the next phase; after the last the file takes its place. */
static bool finish_phase(struct recording *r, bool is_well, GString *why)
{
    if (!is_well || r->is_cut)
        return fail(r, why);
    switch (r->phase) {
    case PHASE_ASK:
        return begin_mp4(r, why);
    case PHASE_PALETTE:
        if (child_output(r->child)->len != PALETTE_SIDE * PALETTE_SIDE * 4)
            return fail(r, why);
        return begin_gif(r, why);
    case PHASE_FILM:
        break;
    }
    if (g_rename(r->part, r->path) == 0) {
        g_clear_pointer(&r->part, g_free);
        return true;
    }
    g_string_append_printf(why, "%s: %s", r->path, g_strerror(errno));
    return false;
}

static bool is_stuck(const struct recording *r, GString *why)
{
    if (g_get_monotonic_time() - r->moved < (gint64)(r->patience_s * G_USEC_PER_SEC))
        return false;
    g_string_append_printf(why,
                           _("ffmpeg has not gone on for %d seconds, so it was ended. Nothing was written."),
                           (int)r->patience_s);
    return true;
}

/* A picture, or a part of one. False: nothing more can be done now. */
static bool step(struct recording *r, double ms)
{
    if (r->n_left > 0) {
        feed(r, ms);
        return true;
    }
    switch (take_picture(r)) {
    case FILM_LATER: /* our own doing, not ffmpeg's */
        r->moved = g_get_monotonic_time();
        child_rest(r->child, 0, false);
        return false;
    case FILM_OVER:
        child_feed_end(r->child);
        r->is_fed = true;
        break;
    case FILM_PICTURE:
        break;
    }
    return true;
}

enum recording_state recording_go_on(struct recording *r, double ms, GString *why)
{
    gint64 until = g_get_monotonic_time() + (gint64)(ms * 1000);
    double left = ms;

    do {
        bool is_well;

        if (!r->is_fed) {
            if (!step(r, left))
                return RECORDING_GOES_ON;
        } else if (!child_has_ended(r->child, &is_well)) {
            child_rest(r->child, left, false);
        } else if (!finish_phase(r, is_well, why)) {
            return RECORDING_FAILED;
        } else if (r->part == NULL) {
            return RECORDING_DONE;
        }
        if (is_stuck(r, why))
            return RECORDING_FAILED;
        left = (double)(until - g_get_monotonic_time()) / 1000;
    } while (left > 0);
    return RECORDING_GOES_ON;
}

const struct film *recording_film(const struct recording *r)
{
    return r->film;
}

const char *recording_path(const struct recording *r)
{
    return r->path;
}

/* Choosing colours draws few pictures: it counts for a tenth. */
double recording_progress(const struct recording *r)
{
    double part = (double)film_place(r->film) / film_length(r->film);

    if (r->kind == RECORD_MP4)
        return r->phase == PHASE_FILM ? part : 0;
    return r->phase == PHASE_FILM ? 0.1 + 0.9 * part : 0.1 * part;
}
