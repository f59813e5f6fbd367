/* Films: what is in them, picture by picture; and what becomes of them with an ffmpeg that is well, broken,
 * stuck, gone, or not there. The ffmpegs are scripts; the real one is in tests/cli/film.sh. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app_parts.h"
#include "child.h"
#include "film.h"
#include "frame.h"
#include "record.h"
#include "ui_help.h"

/* ---- Help. */

static struct app *open_app(const char *scenario, double width, double height)
{
    struct prefs p = prefs_defaults;
    char *path = g_strdup_printf("scenarios/%s.json", scenario);

    g_strlcpy(p.language, "en", sizeof p.language);
    struct app *a = app_new(path, &p);
    g_free(path);
    app_resize(a, width, height);
    while (run_poll(a->run) != RUN_READY || app_world(a) == NULL)
        app_tick(a, 0);
    return a;
}

static void close_app(struct app *a)
{
    app_free(&a);
}

static struct film_cut whole(const struct app *a, double frame_ms)
{
    int64_t last = view_tape_length(a->player.tape) - 1;
    struct film_cut cut = { .start = a->player, .last = last, .frame_ms = frame_ms };

    cut.to = view_tape_nth(a->player.tape, last)->time;
    return cut;
}

/* Pictures without drawing any: that is how quickly a whole film can be looked through. */
static unsigned count(struct film *f, sim_time *end_out, bool *has_skips_out)
{
    sim_time clock = 0;
    unsigned n = 0;

    *has_skips_out = false;
    while (film_next(f, false) == FILM_PICTURE) {
        assert_true(film_player(f)->clock >= clock);
        clock = film_player(f)->clock;
        *has_skips_out = *has_skips_out || film_player(f)->skip > 0;
        n++;
    }
    *end_out = clock;
    return n;
}

/* ---- What is in a film. */

static void test_film_lasts_as_long_as_playing(void **state)
{
    static const struct {
        const char *scenario;
        double frame_ms, speed;
        bool is_still, has_skips;
    } rows[] = {
        { "alice-to-bob", 40, 1, false, true },        { "alice-to-bob", 80, 1, false, true },
        { "alice-to-bob", 80, 4, false, true },        { "receiver-down-retry", 80, 8, false, true },
        { "receiver-down-retry", 80, 2, true, false },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct app *a = open_app(rows[i].scenario, 900, 600);
        double played_ms = 0;
        bool has_skips;
        sim_time end;

        a->player.speed = rows[i].speed;
        a->prefs.reduced_motion = rows[i].is_still;
        struct film_cut cut = whole(a, rows[i].frame_ms);
        struct film *f = film_new(a, &cut, true);
        unsigned n = count(f, &end, &has_skips), standing = (unsigned)(1000 / rows[i].frame_ms + 0.99);

        for (app_do(a, "play"); a->player.is_playing; played_ms += rows[i].frame_ms)
            player_tick(&a->player, rows[i].frame_ms, NULL, a->prefs.reduced_motion);
        assert_int_equal(n, film_length(f));
        assert_int_equal(n, film_measure(&cut, a->prefs.reduced_motion, 100000));
        assert_int_equal(n, 1 + (unsigned)(played_ms / rows[i].frame_ms + 0.5) + standing);
        assert_int_equal(end, cut.to);
        assert_int_equal(has_skips, rows[i].has_skips);
        assert_int_equal(film_next(f, false), FILM_OVER);
        film_rewind(f);
        assert_int_equal(count(f, &end, &has_skips), n);
        assert_int_equal(film_measure(&cut, a->prefs.reduced_motion, n), n);
        assert_int_equal(film_measure(&cut, a->prefs.reduced_motion, n - 1), n);
        film_free(&f);
        close_app(a);
    }
}

/* Each picture has, pixel by pixel, what the window has when it has played as long. */
static void test_film_shows_what_playing_shows(void **state)
{
    enum { PICTURES = 60 };
    struct app *a = open_app("alice-to-bob", 900, 600);
    struct film_cut cut = whole(a, 80);
    struct film *f = film_new(a, &cut, false);
    struct frame *frame = frame_new(1);
    cairo_surface_t *window = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 900, 600);
    gsize size = (gsize)cairo_image_surface_get_stride(window) * 600;

    (void)state;
    app_do(a, "play");
    for (int i = 0; i < PICTURES; i++) {
        frame_draw(frame, a, window, 0);
        assert_int_equal(film_next(f, true), FILM_PICTURE);
        assert_int_equal(cairo_image_surface_get_stride(film_picture(f)), 900 * 4);
        assert_memory_equal(cairo_image_surface_get_data(film_picture(f)),
                            cairo_image_surface_get_data(window), size);
        app_tick(a, 80);
    }
    assert_int_equal(film_place(f), PICTURES);
    cairo_surface_destroy(window);
    frame_free(&frame);
    film_free(&f);
    close_app(a);
}

static void test_film_has_sides_that_video_takes(void **state)
{
    static const struct {
        double w, h;
        bool is_even;
        int width, height;
    } rows[] = {
        { 900, 600, true, 900, 600 },    { 901, 601, true, 902, 602 },   { 901, 601, false, 901, 601 },
        { 8192, 1000, true, 4096, 500 }, { 900, 4000, true, 900, 4000 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct app *a = open_app("alice-to-bob", rows[i].w, rows[i].h);
        struct film_cut cut = whole(a, 40);
        struct film *f = film_new(a, &cut, rows[i].is_even);

        assert_int_equal(film_next(f, true), FILM_PICTURE);
        assert_int_equal(cairo_image_surface_get_width(film_picture(f)), rows[i].width);
        assert_int_equal(cairo_image_surface_get_height(film_picture(f)), rows[i].height);
        film_free(&f);
        close_app(a);
    }
}

/* ---- A folder with an ffmpeg of ours in front of the PATH. */

struct place {
    char *folder, *films, *path_was;
};

static void place_begin(struct place *p, const char *ffmpeg)
{
    p->folder = g_dir_make_tmp("mxlab-film-XXXXXX", NULL);
    p->films = g_build_filename(p->folder, "films", NULL);
    p->path_was = g_strdup(g_getenv("PATH"));
    g_mkdir(p->films, 0700);
    if (ffmpeg == NULL) {
        g_setenv("PATH", p->films, TRUE);
        return;
    }
    char *program = g_build_filename(p->folder, "ffmpeg", NULL),
         *text = g_strdup_printf("#!/bin/sh\nfor last; do :; done\n%s\n", ffmpeg),
         *path = g_strdup_printf("%s:%s", p->folder, p->path_was);

    assert_true(g_file_set_contents(program, text, -1, NULL));
    g_chmod(program, 0700);
    g_setenv("PATH", path, TRUE);
    g_free(program);
    g_free(text);
    g_free(path);
}

static unsigned files_in(const char *folder)
{
    GDir *d = g_dir_open(folder, 0, NULL);
    unsigned n = 0;

    while (g_dir_read_name(d) != NULL)
        n++;
    g_dir_close(d);
    return n;
}

static void place_end(struct place *p)
{
    static const char *const names[] = { "films/a.gif", "films/a.mp4", "films", "ffmpeg", "." };

    g_setenv("PATH", p->path_was, TRUE);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        char *name = g_build_filename(p->folder, names[i], NULL);
        g_remove(name);
        g_free(name);
    }
    g_rmdir(p->folder);
    g_free(p->folder);
    g_free(p->films);
    g_free(p->path_was);
}

static char *film_in(const struct place *p, const char *name)
{
    return g_build_filename(p->films, name, NULL);
}

/* Takes all and writes how much it was; says what it was asked for. */
#define WELL                                                                                                 \
    "case \"$*\" in *-encoders*) echo ' V....D libx264  H.264'; exit 0;; esac\n"                             \
    "case \"$*\" in *palettegen*) cat >/dev/null; head -c 1024 /dev/zero; exit 0;; esac\n"                   \
    "case \"$*\" in *paletteuse*) cat <&3 >/dev/null;; *libx264*) ;; *) exit 9;; esac\n"                     \
    "wc -c >\"$last\""

static unsigned long number_in(const char *path)
{
    char *text = NULL;

    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    unsigned long n = strtoul(text, NULL, 10);
    g_free(text);
    return n;
}

static void until_filmed(struct app *a)
{
    while (a->filming != NULL)
        app_tick(a, 0);
}

/* ---- Recording. */

static void test_recording_hands_over_every_picture_and_leaves_all_as_it_was(void **state)
{
    static const char *const names[] = { "a.gif", "a.mp4" };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        struct app *a = open_app("alice-to-bob", 900, 600);
        struct place p;

        place_begin(&p, WELL);
        char *path = film_in(&p, names[i]);
        assert_true(app_do(a, "at 30"));
        assert_true(app_do(a, "select host:mail.crepes.fr"));
        assert_true(app_do(a, "at 12"));
        a->player.speed = 8;
        enum inspector_tab tab = a->tab;
        struct film_cut cut = whole(a, record_frame_ms(record_kind_of(path)));
        player_go(&cut.start, -1);
        unsigned n = film_measure(&cut, false, 100000);

        if (!app_film(a, path, "all", "end"))
            fail_msg("%s", a->toast);
        assert_true(app_is_moving(a));
        app_tick(a, 0);
        assert_int_equal(a->selected.record, a->player.at);
        ui_draw(a);
        ui_check_inside(a);
        until_filmed(a);
        if (!a->is_filmed)
            fail_msg("%s", a->toast);
        assert_int_equal(number_in(path), n * 900ul * 600 * 4);
        assert_int_equal(files_in(p.films), 1);
        assert_int_equal(a->player.at, 12);
        assert_int_equal(a->selected.record, 12);
        assert_string_equal(a->selected.host, "mail.crepes.fr");
        assert_int_equal(a->tab, tab);
        assert_false(a->player.is_playing);
        g_free(path);
        place_end(&p);
        close_app(a);
    }
}

static void test_film_is_of_the_part_that_is_asked_for(void **state)
{
    static const struct {
        int64_t stand; /* -2: at the end */
        const char *from, *to;
        sim_time begins, ends; /* -1: the moment in front, or the run's end */
    } rows[] = {
        { 12, NULL, NULL, -1, -1 },
        { 12, "now", "end", -1, -1 },
        { 12, "", "", -1, -1 },
        { -2, NULL, NULL, 0, -1 }, /* once more, as playing does */
        { 12, "all", "", 0, -1 },
        { 12, "start", "0:00:00.5", 0, SIM_SECOND / 2 },
        { 12, "0.3s", "30s", 300 * SIM_MS, 30 * SIM_SECOND },
        { 12, "day 1, 00:00:00.3", "1h", 300 * SIM_MS, -1 },
        { 12, "30s", "30s", 30 * SIM_SECOND, 30 * SIM_SECOND },
    };
    struct app *a = open_app("alice-to-bob", 900, 600);
    const struct view_tape *t = a->player.tape;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct film_cut cut;
        bool has_skips;
        sim_time end;

        player_go(&a->player, rows[i].stand == -2 ? view_tape_length(t) : rows[i].stand);
        sim_time now = a->player.clock;
        if (!app_film_cut(a, rows[i].from, rows[i].to, RECORD_GIF, &cut))
            fail_msg("row %zu: %s", i, a->toast);
        struct film *f = film_new(a, &cut, false);
        assert_int_equal(film_player(f)->clock, rows[i].begins < 0 ? now : rows[i].begins);
        assert_int_equal(film_length(f), count(f, &end, &has_skips));
        assert_int_equal(end, rows[i].ends < 0 ? view_tape_end(t) : rows[i].ends);
        assert_int_equal(film_player(f)->at, view_tape_at(t, end));
        film_free(&f);
    }
    close_app(a);
}

static void test_film_of_a_chapter_shows_that_chapter(void **state)
{
    struct app *a = open_app("alice-to-bob", 900, 600);
    struct place p;

    (void)state;
    place_begin(&p, WELL);
    char *path = film_in(&p, "a.gif");
    for (unsigned chapter = 1; chapter <= a->notes->len; chapter++) {
        char *verb = g_strdup_printf("at %" G_GINT64_FORMAT,
                                     g_array_index(a->notes, int64_t, chapter - 1) + 1);

        app_do(a, verb);
        g_free(verb);
        unsigned was = app_chapter(a);
        if (!app_film(a, path, "chapter", NULL))
            fail_msg("%s", a->toast);
        for (app_tick(a, 0); a->filming != NULL; app_tick(a, 0))
            assert_int_equal(app_chapter(a), was);
        assert_true(a->is_filmed);
        assert_int_equal(app_chapter(a), was);
    }
    g_free(path);
    place_end(&p);
    close_app(a);
}

static void test_recording_survives_any_ffmpeg(void **state)
{
    static const struct {
        const char *name, *ffmpeg, *says;
    } rows[] = {
        { "complains", "echo one thing >&2; echo 'Invalid picture' >&2; exit 1", "Invalid picture" },
        { "ends at once", "exit 0", "ended before the film was made" },
        { "is killed", "kill -9 $$", "ended before the film was made" },
        { "sleeps", "exec sleep 100", "has not gone on for" },
        { "talks only", "exec yes >&2", "has not gone on for" },
        { "says what can't be read", "printf '\\377\\376 bad\\n' >&2; exit 1", "bad" },
        { "has no colours", "cat >/dev/null; echo few", "ended before the film was made" },
        { "fails at the film",
          "case \"$*\" in *palettegen*) cat >/dev/null; head -c 1024 /dev/zero;; *) echo 'No space left' >&2; exit 1;; esac",
          "No space left" },
        { "takes a part",
          "case \"$*\" in *palettegen*) cat >/dev/null; head -c 1024 /dev/zero;; *) head -c 100000 >\"$last\";; esac",
          "ended before the film was made" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct app *a = open_app("alice-to-bob", 900, 600);
        struct place p;
        GString *why = g_string_new(NULL);
        enum recording_state is;

        place_begin(&p, rows[i].ffmpeg);
        char *path = film_in(&p, "a.gif");
        struct film_cut cut = whole(a, 80);
        struct recording *r = recording_new(a, &cut, path, why);
        assert_non_null(r);
        recording_set_patience(r, 0.5);
        do {
            gint64 began = g_get_monotonic_time();
            is = recording_go_on(r, 10, why);
            assert_true(g_get_monotonic_time() - began < 5 * G_USEC_PER_SEC);
        } while (is == RECORDING_GOES_ON);
        if (is != RECORDING_FAILED || strstr(why->str, rows[i].says) == NULL)
            fail_msg("an ffmpeg that %s: %s", rows[i].name, why->str);
        assert_true(g_utf8_validate(why->str, -1, NULL));
        recording_free(&r);
        assert_int_equal(files_in(p.films), 0);
        g_string_free(why, TRUE);
        g_free(path);
        place_end(&p);
        close_app(a);
    }
}

static void test_mp4_uses_what_encoder_there_is(void **state)
{
    static const struct {
        const char *has, *uses;
    } rows[] = {
        { " V....D libx264   H.264", "libx264" },
        { " V....D libopenh264  H.264\\n V.S..D mpeg4  MPEG-4", "libopenh264" },
        { " V..... libx264rgb  H.264\\n V.S..D mpeg4  MPEG-4", "mpeg4" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct app *a = open_app("alice-to-bob", 900, 600);
        char *ffmpeg = g_strdup_printf("case \"$*\" in *-encoders*) printf '%s\\n'; exit 0;; esac\n"
                                       "cat >/dev/null; echo \"$*\" >\"$last\"",
                                       rows[i].has);
        char *text = NULL;
        struct place p;

        place_begin(&p, ffmpeg);
        char *path = film_in(&p, "a.mp4"), *codec = g_strdup_printf("-c:v %s ", rows[i].uses);
        assert_true(app_film(a, path, "all", "10ms"));
        until_filmed(a);
        assert_true(g_file_get_contents(path, &text, NULL, NULL));
        assert_non_null(strstr(text, codec));
        assert_non_null(strstr(text, "-video_size 900x600 -framerate 1000/40 "));
        g_free(text);
        g_free(codec);
        g_free(path);
        g_free(ffmpeg);
        place_end(&p);
        close_app(a);
    }
}

static void test_recording_is_refused_with_a_reason(void **state)
{
    static const struct {
        const char *verb, *says;
        bool has_ffmpeg;
    } rows[] = {
        { "record a.avi", "should end in .mp4 or .gif", true },
        { "record all", "should end in .mp4 or .gif", true },
        { "record a.gif", "needs the program ffmpeg", false },
        { "export all a.mp4", "needs the program ffmpeg", false },
        { "export map a.mp4", ".png, .svg or .pdf", true },
        { "record a.gif sometime", "is not a time", true },
        { "record a.gif now later", "is not a time", true },
        { "record a.gif 99d", "no moment 99d", true },
        { "record a.gif 10s 5s", "end before it begins", true },
        { "record no/such/folder/a.gif", "No such file", true },
        { "record /proc/a.gif", "/proc/a.gif: ", true },
        { "record /.gif/../tmp/.gif/", "should end in", true },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct app *a = open_app("alice-to-bob", 900, 600);
        struct place p;

        place_begin(&p, rows[i].has_ffmpeg ? WELL : NULL);
        if (app_do(a, rows[i].verb) || a->filming != NULL || strstr(a->toast, rows[i].says) == NULL)
            fail_msg("%s: %s", rows[i].verb, a->toast);
        assert_false(g_file_test("a.gif", G_FILE_TEST_EXISTS));
        place_end(&p);
        close_app(a);
    }
    struct app *a = app_new(NULL, NULL);
    assert_false(app_do(a, "record a.gif"));
    assert_non_null(strstr(a->toast, "Nothing is open"));
    close_app(a);

    /* A quarter of the speed makes many a run too long. */
    a = open_app("receiver-down-bounce", 900, 600);
    a->player.speed = 0.25;
    assert_false(app_do(a, "record a.gif all"));
    assert_non_null(strstr(a->toast, "longer than 10 minutes"));
    close_app(a);
}

static void test_window_shows_the_film_and_takes_no_verb(void **state)
{
    struct app *a = open_app("alice-to-bob", 1280, 800);
    struct place p;

    (void)state;
    place_begin(&p, "exec sleep 100");
    char *path = film_in(&p, "a.gif"), *verb = g_strdup_printf("record \"%s\" 0.1s", path);
    assert_true(app_do(a, "at 20"));
    assert_true(app_do(a, "ask record"));
    assert_true(app_do(a, verb));
    assert_null(a->ask);
    for (int i = 0; i < 3; i++) {
        app_tick(a, 16);
        ui_draw(a);
        ui_check_inside(a);
    }
    GString *shown = g_string_new(NULL);
    app_dump(a, shown);
    assert_non_null(strstr(shown->str, "filming\tRecording a.gif: 0 %"));
    assert_non_null(strstr(shown->str, "button:cancel"));
    int64_t at = a->player.at;
    assert_true(at != 20);
    assert_false(app_do(a, "step"));
    assert_false(app_do(a, "open alice-to-bob"));
    app_key(a, "Home");
    app_click(a, 400, 750, 1, false); /* the time line */
    app_release(a, 400, 750, 1);
    assert_int_equal(a->player.at, at);
    assert_non_null(a->filming);
    app_resize(a, 900, 600);
    app_tick(a, 16);
    ui_draw(a);
    app_key(a, "Escape");
    assert_null(a->filming);
    assert_non_null(strstr(a->toast, "Nothing was written"));
    assert_int_equal(a->player.at, 20);
    assert_int_equal(files_in(p.films), 0);
    assert_true(app_do(a, "step"));

    assert_true(app_do(a, verb)); /* and to leave in the midst of it leaves nothing behind */
    app_tick(a, 16);
    assert_true(app_do(a, "quit"));
    close_app(a);
    assert_int_equal(files_in(p.films), 0);
    g_string_free(shown, TRUE);
    g_free(path);
    g_free(verb);
    place_end(&p);
}

static void test_program_is_found_on_the_path_only(void **state)
{
    char *was = g_strdup(g_getenv("PATH"));

    (void)state;
    g_unsetenv("PATH");
    assert_null(child_find("sh"));
    g_setenv("PATH", "/nowhere", TRUE);
    assert_null(child_find("sh"));
    g_setenv("PATH", "/nowhere:/bin", TRUE);
    char *found = child_find("sh");
    assert_string_equal(found, "/bin/sh");
    g_free(found);
    g_setenv("PATH", was, TRUE);
    g_free(was);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_film_lasts_as_long_as_playing),
        cmocka_unit_test(test_film_shows_what_playing_shows),
        cmocka_unit_test(test_film_has_sides_that_video_takes),
        cmocka_unit_test(test_recording_hands_over_every_picture_and_leaves_all_as_it_was),
        cmocka_unit_test(test_film_is_of_the_part_that_is_asked_for),
        cmocka_unit_test(test_film_of_a_chapter_shows_that_chapter),
        cmocka_unit_test(test_recording_survives_any_ffmpeg),
        cmocka_unit_test(test_mp4_uses_what_encoder_there_is),
        cmocka_unit_test(test_recording_is_refused_with_a_reason),
        cmocka_unit_test(test_window_shows_the_film_and_takes_no_verb),
        cmocka_unit_test(test_program_is_found_on_the_path_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
