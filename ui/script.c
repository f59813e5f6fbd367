#include "script.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app_parts.h"
#include "frame.h"
#include "script_monkey.h"

enum { TICK_MS = 16, LOADING_MAX_S = 60 };

struct script {
    struct app *a;
    struct frame *frame;
    cairo_surface_t *target;
    double scale;
    const char *path;
    unsigned line;
    char **words; /* of the line; words[0] is the command */
    int n_words;
    const char *rest; /* behind the command, as it stands */
    FILE *errors;
};

static bool fail(struct script *s, const char *format, ...) G_GNUC_PRINTF(2, 3);
static bool fail(struct script *s, const char *format, ...)
{
    va_list args;

    fprintf(s->errors, "%s:%u: ", s->path, s->line);
    va_start(args, format);
    vfprintf(s->errors, format, args);
    va_end(args);
    fputc('\n', s->errors);
    return false;
}

/* ---- The window that isn't there. */

static void make_target(struct script *s)
{
    if (s->target != NULL)
        cairo_surface_destroy(s->target);
    s->target = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)ceil(s->a->layout.width * s->scale),
                                           (int)ceil(s->a->layout.height * s->scale));
}

static void refresh(struct script *s)
{
    frame_draw(s->frame, s->a, s->target, 0);
}

static bool is_loading(const struct app *a)
{
    return app_is_working(a) || (a->run != NULL && (a->player.tape == NULL || app_world(a) == NULL));
}

/* What has begun is done: a run is there, a film is written. */
static void settle(struct script *s)
{
    gint64 until = g_get_monotonic_time() + LOADING_MAX_S * G_USEC_PER_SEC;

    app_tick(s->a, 0);
    while (is_loading(s->a) && g_get_monotonic_time() < until) {
        g_usleep(500);
        app_tick(s->a, 0);
    }
    while (s->a->filming != NULL) /* it ends, well or not: record.h */
        app_tick(s->a, 0);
    refresh(s);
}

static const struct thing *find(const struct script *s, const char *name)
{
    for (int p = N_PANELS - 1; p >= 0; p--) {
        const GPtrArray *things = s->a->things[p];

        for (guint i = 0; things != NULL && i < things->len; i++) {
            const struct thing *t = g_ptr_array_index(things, i);

            if (strcmp(t->name, name) == 0)
                return t;
        }
    }
    return NULL;
}

/* The middle of the thing that the line names first. */
static bool middle(struct script *s, double *x, double *y)
{
    const struct thing *t = find(s, s->words[1]);

    if (t == NULL)
        return fail(s, "nothing shown is named \"%s\"", s->words[1]);
    *x = t->at.x + t->at.w / 2;
    *y = t->at.y + t->at.h / 2;
    return true;
}

/* ---- Inputs. */

static void click(struct app *a, double x, double y, int button, bool twice)
{
    app_move(a, x, y);
    app_click(a, x, y, button, twice);
    app_release(a, x, y, button);
}

static bool on_key(struct script *s)
{
    app_key(s->a, s->rest);
    return true;
}

static bool on_type(struct script *s)
{
    app_type(s->a, s->rest);
    return true;
}

static bool on_click(struct script *s)
{
    double x = 0, y = 0;

    if (!middle(s, &x, &y))
        return false;
    click(s->a, x, y, s->words[0][0] == 'r' ? 3 : 1, s->words[0][0] == 'd');
    return true;
}

static bool on_move(struct script *s)
{
    double x = 0, y = 0;

    if (!middle(s, &x, &y))
        return false;
    app_move(s->a, x, y);
    return true;
}

static double number(const struct script *s, int word)
{
    return g_ascii_strtod(s->words[word], NULL);
}

static bool on_at(struct script *s)
{
    click(s->a, number(s, 1), number(s, 2), 1, false);
    return true;
}

static bool on_drag(struct script *s)
{
    double x = 0, y = 0;

    if (!middle(s, &x, &y))
        return false;
    app_move(s->a, x, y);
    app_click(s->a, x, y, 1, false);
    for (int i = 1; i <= 4; i++)
        app_move(s->a, x + number(s, 2) * i / 4, y + number(s, 3) * i / 4);
    app_release(s->a, x + number(s, 2), y + number(s, 3), 1);
    return true;
}

static bool on_scroll(struct script *s)
{
    double x = 0, y = 0;

    if (!middle(s, &x, &y))
        return false;
    app_scroll(s->a, x, y, number(s, 2));
    return true;
}

static bool on_do(struct script *s)
{
    if (app_do(s->a, s->rest))
        return true;
    return fail(s, "refused: %s", s->a->toast != NULL ? s->a->toast : "(no reason given)");
}

static bool on_refuse(struct script *s)
{
    return !app_do(s->a, s->rest) || fail(s, "done, but it should have been refused");
}

static bool on_wait(struct script *s)
{
    for (double ms = number(s, 1); ms > 0; ms -= TICK_MS) {
        app_tick(s->a, fmin(ms, TICK_MS));
        if (is_loading(s->a))
            settle(s);
    }
    return true;
}

static bool on_resize(struct script *s)
{
    double w = number(s, 1), h = number(s, 2);

    if (!(w >= 1 && w <= 10000 && h >= 1 && h <= 10000))
        return fail(s, "a width and a height in points, 1 to 10000");
    app_resize(s->a, w, h);
    make_target(s);
    return true;
}

static bool on_scale(struct script *s)
{
    double scale = number(s, 1);

    if (!(scale >= 0.5 && scale <= 4))
        return fail(s, "a scale from 0.5 to 4");
    s->scale = scale;
    frame_set_scale(s->frame, scale);
    make_target(s);
    return true;
}

/* ---- Statements. */

static bool on_expect(struct script *s)
{
    const struct thing *t = find(s, s->words[1]);

    if (t == NULL)
        return fail(s, "nothing shown is named \"%s\"", s->words[1]);
    if (s->n_words > 2) {
        char *text = g_strjoinv(" ", s->words + 2);
        bool is_so = g_pattern_match_simple(text, t->text);

        if (!is_so)
            fail(s, "\"%s\" reads \"%s\", not \"%s\"", t->name, t->text, text);
        g_free(text);
        return is_so;
    }
    return true;
}

static bool on_absent(struct script *s)
{
    const struct thing *t = find(s, s->words[1]);

    return t == NULL || fail(s, "\"%s\" is shown: \"%s\"", t->name, t->text);
}

static bool overlap(struct rect a, struct rect b)
{
    return fmin(a.x + a.w, b.x + b.w) - fmax(a.x, b.x) > 1 && fmin(a.y + a.h, b.y + b.h) - fmax(a.y, b.y) > 1;
}

/* No shape hides a name: not where it leaves, not where it arrives, nor on its way. In a crowd ways lead over
 * hosts, and names that stand beside small boxes are passed. */
static bool shapes_are_sound(struct script *s, const struct sprite *all, unsigned n)
{
    enum { CROWD = 64 };
    const GPtrArray *things = s->a->things[PANEL_MAP];

    for (unsigned i = 0; i < n && view_hosts(app_world(s->a)) <= CROWD; i++)
        for (guint k = 0; things != NULL && k < things->len; k++) {
            const struct thing *t = g_ptr_array_index(things, k);
            double half = all[i].size / 2 - 1;
            struct rect at = { all[i].x - half, all[i].y - half, 2 * half, 2 * half };

            if (all[i].size == SPRITE_SIZE && g_str_has_prefix(t->name, "name") && overlap(at, t->at))
                return fail(s, "a packet (\"%s\") lies on the name \"%s\"", all[i].label, t->text);
        }
    return true;
}

/* What travels has its words beside it: on no name, on no other words, within the map. */
static bool sprites_are_sound(struct script *s)
{
    enum { SPRITES_MAX = 512 };
    g_autofree struct sprite *all = g_new(struct sprite, SPRITES_MAX);
    unsigned n = app_sprites(s->a, all, SPRITES_MAX);
    const GPtrArray *things = s->a->things[PANEL_MAP];
    struct rect map = app_panel(s->a, PANEL_MAP);

    for (unsigned i = 0; i < n; i++) {
        struct rect at = all[i].label_at;

        if (all[i].label == NULL || all[i].label[0] == '\0')
            continue;
        if (at.x < map.x || at.y < map.y || at.x + at.w > map.x + map.w || at.y + at.h > map.y + map.h)
            return fail(s, "the words \"%s\" are not inside of the map", all[i].label);
        for (unsigned k = 0; k < i; k++)
            if (all[k].label[0] != '\0' && overlap(at, all[k].label_at))
                return fail(s, "the words \"%s\" and \"%s\" overlap", all[i].label, all[k].label);
        for (guint k = 0; things != NULL && k < things->len; k++) {
            const struct thing *t = g_ptr_array_index(things, k);

            if ((g_str_has_prefix(t->name, "name") || g_str_has_prefix(t->name, "band:")) &&
                overlap(at, t->at))
                return fail(s, "the words \"%s\" lie on the name \"%s\"", all[i].label, t->text);
        }
    }
    return shapes_are_sound(s, all, n);
}

/* A title may not lie on a host's box. */
static bool titles_are_sound(struct script *s)
{
    const GPtrArray *things = s->a->things[PANEL_MAP];

    for (guint i = 0; things != NULL && i < things->len; i++) {
        const struct thing *t = g_ptr_array_index(things, i);

        for (guint k = 0; g_str_has_prefix(t->name, "band:") && k < things->len; k++) {
            const struct thing *h = g_ptr_array_index(things, k);

            if (g_str_has_prefix(h->name, "host:") && overlap(t->at, h->at))
                return fail(s, "the title \"%s\" lies on \"%s\"", t->text, h->name);
        }
    }
    return true;
}

static bool on_sound(struct script *s)
{
    for (int p = 0; p < N_PANELS; p++) {
        const GPtrArray *things = s->a->things[p];

        for (guint i = 0; things != NULL && i < things->len; i++) {
            const struct thing *t = g_ptr_array_index(things, i);

            if (t->does[0] != '\0' &&
                (t->at.x < -0.5 || t->at.y < -0.5 || t->at.x + t->at.w > s->a->layout.width + 0.5 ||
                 t->at.y + t->at.h > s->a->layout.height + 0.5))
                return fail(s, "\"%s\" can be clicked, but is not inside of the window", t->name);
            for (guint j = 0; t->is_label && j < i; j++) {
                const struct thing *u = g_ptr_array_index(things, j);

                if (u->is_label && overlap(t->at, u->at))
                    return fail(s, "the labels \"%s\" (%s) and \"%s\" (%s) overlap", u->name, u->text,
                                t->name, t->text);
            }
        }
    }
    return sprites_are_sound(s) && titles_are_sound(s);
}

static bool on_shot(struct script *s)
{
    cairo_status_t status = cairo_surface_write_to_png(s->target, s->rest);

    return status == CAIRO_STATUS_SUCCESS || fail(s, "%s: %s", s->rest, cairo_status_to_string(status));
}

static bool on_dump(struct script *s)
{
    GString *out = g_string_new(NULL);
    GError *e = NULL;
    bool is_well = true;

    app_dump(s->a, out);
    if (strcmp(s->rest, "-") == 0)
        fwrite(out->str, 1, out->len, stdout);
    else
        is_well = g_file_set_contents(s->rest, out->str, (gssize)out->len, &e) || fail(s, "%s", e->message);
    g_clear_error(&e);
    g_string_free(out, TRUE);
    return is_well;
}

/* The first line in which two dumps differ. */
static bool compare(struct script *s, const char *was, const char *is)
{
    char **a = g_strsplit(was, "\n", -1), **b = g_strsplit(is, "\n", -1);
    size_t i = 0;

    while (a[i] != NULL && b[i] != NULL && strcmp(a[i], b[i]) == 0)
        i++;
    bool is_same = a[i] == NULL && b[i] == NULL;
    if (!is_same)
        fail(s, "not as in %s, line %zu: \"%s\", now \"%s\"", s->rest, i + 1, a[i] != NULL ? a[i] : "",
             b[i] != NULL ? b[i] : "");
    g_strfreev(a);
    g_strfreev(b);
    return is_same;
}

static bool on_same(struct script *s)
{
    GString *out = g_string_new(NULL);
    GError *e = NULL;
    char *was = NULL;
    bool is_well = g_file_get_contents(s->rest, &was, NULL, &e) || fail(s, "%s", e->message);

    app_dump(s->a, out);
    is_well = is_well && compare(s, was, out->str);
    g_clear_error(&e);
    g_free(was);
    g_string_free(out, TRUE);
    return is_well;
}

static bool on_monkey(struct script *s)
{
    unsigned long count = strtoul(s->words[2], NULL, 10);
    struct monkey m = monkey_new(s->a, strtoul(s->words[1], NULL, 10));

    for (unsigned long i = 0; i < count; i++) {
        double was[2] = { s->a->layout.width, s->a->layout.height };

        monkey_act(&m);
        s->a->quits = false;
        if (was[0] != s->a->layout.width || was[1] != s->a->layout.height)
            make_target(s);
        if (i % 8 == 0)
            refresh(s);
    }
    return true;
}

/* ---- Lines. */

static const struct command {
    struct script_command is;
    int n_words; /* behind it, at least */
    bool (*run)(struct script *s);
} commands[] = {
    { { "key", "KEY", "Press a key, by the names above: `key Shift+Left`" }, 1, on_key },
    { { "type", "TEXT", "Write in the form that is open" }, 1, on_type },
    { { "click", "NAME", "Click the middle of a thing" }, 1, on_click },
    { { "rclick", "NAME", "Click it with the right button" }, 1, on_click },
    { { "dclick", "NAME", "Click it twice" }, 1, on_click },
    { { "move", "NAME", "Move the pointer there" }, 1, on_move },
    { { "at", "X Y", "Click at a place, in points from the upper left corner" }, 2, on_at },
    { { "drag", "NAME DX DY", "Drag a thing by so many points" }, 3, on_drag },
    { { "scroll", "NAME DY", "Turn the wheel over a thing: 1 is a step up, -1 a step down" }, 2, on_scroll },
    { { "do", "VERB", "Do a verb; it must succeed" }, 1, on_do },
    { { "refuse", "VERB", "Try a verb; it must be refused" }, 1, on_refuse },
    { { "wait", "MS", "Let so many milliseconds pass: playing goes on, lines that tell something go" },
      1,
      on_wait },
    { { "resize", "W H", "Give the window another size, in points (at first 1280 800, or `--size`)" },
      2,
      on_resize },
    { { "scale", "N", "Pixels a point in pictures, 0.5 to 4 (at first 1, or `--scale`)" }, 1, on_scale },
    { { "expect", "NAME [TEXT]", "The thing is shown, and reads so; `*` in TEXT is anything" },
      1,
      on_expect },
    { { "absent", "NAME", "No thing of that name is shown" }, 1, on_absent },
    { { "sound", "",
        "No two labels overlap, what travels says so on no name, and whatever can be clicked is inside of the window" },
      0,
      on_sound },
    { { "shot", "FILE", "Write what the window shows as a PNG" }, 1, on_shot },
    { { "dump", "FILE|-",
        "Write all things that are shown: name, text and place a line (`-`: to standard output)" },
      1,
      on_dump },
    { { "same", "FILE", "The dump would be what is in that file" }, 1, on_same },
    { { "monkey", "SEED COUNT", "Press, click and type at random" }, 2, on_monkey },
};

const struct script_command *script_command(unsigned i)
{
    return i < G_N_ELEMENTS(commands) ? &commands[i].is : NULL;
}

/* Words as a shell has them; a line with a lone quote (in what is typed) is parted at spaces. */
static char **split(const char *line, int *n_out)
{
    char **words = NULL;

    if (!g_shell_parse_argv(line, n_out, &words, NULL)) {
        words = g_strsplit(line, " ", -1);
        *n_out = (int)g_strv_length(words);
    }
    return words;
}

static int run_line(struct script *s, char *line)
{
    g_strstrip(line);
    if (line[0] == '\0' || line[0] == '#')
        return 0;
    int status = 2;
    const char *space = strchr(line, ' ');
    const struct command *found = NULL;

    s->rest = space != NULL ? space + 1 : "";
    s->words = split(line, &s->n_words);
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcmp(commands[i].is.name, s->words[0]) == 0)
            found = &commands[i];
    if (found == NULL) {
        fail(s, "no such command: %s", s->words[0]);
    } else if (s->n_words - 1 < found->n_words) {
        fail(s, "%s wants %d more", found->is.name, found->n_words - (s->n_words - 1));
    } else {
        settle(s);
        status = found->run(s) ? 0 : 1;
    }
    g_strfreev(s->words);
    return status;
}

int script_run(struct app *a, const char *path, double scale, FILE *errors)
{
    struct script s = { .a = a, .scale = scale, .path = path, .errors = errors };
    GError *e = NULL;
    char *text = NULL;
    int status = 0;

    if (strcmp(path, "-") == 0)
        path = "/dev/stdin";
    if (!g_file_get_contents(path, &text, NULL, &e)) {
        fprintf(errors, "%s\n", e->message);
        g_error_free(e);
        return 2;
    }
    char **lines = g_strsplit(text, "\n", -1);
    s.frame = frame_new(scale);
    make_target(&s);
    for (unsigned i = 0; status == 0 && lines[i] != NULL && !a->quits; i++) {
        s.line = i + 1;
        status = run_line(&s, lines[i]);
    }
    if (status == 0 && !a->quits)
        settle(&s); /* what the last line began */
    cairo_surface_destroy(s.target);
    frame_free(&s.frame);
    g_strfreev(lines);
    g_free(text);
    return status;
}
