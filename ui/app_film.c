/* The verb `record`: a film of the run. While it is made, the window shows each moment of it and takes no
 * verb but `close` and `quit`; then all is as it was before. */
#include "app_parts.h"

#include <math.h>
#include <string.h>

#include "record.h"
#include "words.h"

enum { SLICE_MS = 12 };

struct filming {
    struct recording *recording;
    double length_s;
    /* As it was before. */
    struct player player;
    int64_t record;
    int field;
    unsigned layers_turned;
    bool why_all;
    double inspector_scroll, ladder_scroll;
};

/* ---- What of the run. */

static sim_time time_at(const struct app *a, int64_t i)
{
    return i < 0 ? 0 : view_tape_nth(a->player.tape, i)->time;
}

/* The first record that shows a chapter (from 1): the event that opens it, if that is of the same moment
 * (app_chapter reads it so). */
static int64_t chapter_begin(const struct app *a, unsigned chapter)
{
    int64_t note = g_array_index(a->notes, int64_t, chapter - 1);
    const struct record *r = view_tape_nth(a->player.tape, note);
    int64_t opens = r->cause > 0 ? (int64_t)r->cause - 1 : note;

    return time_at(a, opens) == r->time ? opens : note;
}

/* The chapter in front, up to the record before the next one; before the first one: up to that. */
static void cut_chapter(const struct app *a, struct film_cut *cut)
{
    unsigned c = app_chapter(a);

    player_go(&cut->start, c > 0 ? chapter_begin(a, c) : -1);
    if (c < a->notes->len)
        cut->last = MAX(chapter_begin(a, c + 1) - 1, cut->start.at);
    cut->to = time_at(a, cut->last);
}

static bool is_left_out(const char *word, const char *usual)
{
    return word == NULL || word[0] == '\0' || app_is_word(word, usual);
}

static bool cut_from(struct app *a, const char *from, struct film_cut *cut)
{
    sim_time t;

    if (is_left_out(from, "now")) {
        if (cut->start.at >= cut->last)
            player_go(&cut->start, -1); /* from the end: once more, as playing does */
        return true;
    }
    if (app_is_word(from, "all") || app_is_word(from, "start"))
        player_go(&cut->start, -1);
    else if (app_is_word(from, "chapter"))
        cut_chapter(a, cut);
    else if (!app_read_time(from, &t))
        return app_refuse(a, _("“%s” is not a time. Write 1h30m, 90s or 1:30:00."), from);
    else if (!player_go_time(&cut->start, t))
        return app_refuse(a, _("The run has no moment %s: nothing to record."), from);
    return true;
}

static bool cut_to(struct app *a, const char *to, struct film_cut *cut)
{
    sim_time t;

    if (is_left_out(to, "end"))
        return true;
    if (!app_read_time(to, &t))
        return app_refuse(a, _("“%s” is not a time. Write 1h30m, 90s or 1:30:00."), to);
    if (t < cut->start.clock)
        return app_refuse(a, "%s", _("The film would end before it begins."));
    cut->last = view_tape_at(a->player.tape, t);
    cut->to = MIN(t, view_tape_end(a->player.tape));
    return true;
}

bool app_film_cut(struct app *a, const char *from, const char *to, enum record_kind kind,
                  struct film_cut *cut)
{
    int64_t last = view_tape_length(a->player.tape) - 1;

    *cut = (struct film_cut){
        .start = a->player, .last = last, .to = time_at(a, last), .frame_ms = record_frame_ms(kind)
    };
    if (!cut_from(a, from, cut) || !cut_to(a, to, cut))
        return false;
    if (film_measure(cut, a->prefs.reduced_motion, record_most(kind)) > record_most(kind))
        return app_refuse(
            a,
            _("The film would be longer than %d minutes. Record a part of the run (from one time to "
              "another, or a chapter), or play it faster."),
            RECORD_MINUTES_MAX);
    return true;
}

/* ---- Beginning and ending. */

static bool begin(struct app *a, const char *path, const struct film_cut *cut)
{
    GString *why = g_string_new(NULL);
    struct recording *r = recording_new(a, cut, path, why);

    if (r == NULL)
        app_refuse(a, "%s", why->str);
    g_string_free(why, TRUE);
    if (r == NULL)
        return false;
    a->player.is_playing = false;
    a->filming = g_new(struct filming, 1);
    *a->filming = (struct filming){ .recording = r,
                                    .length_s = film_length(recording_film(r)) * cut->frame_ms / 1000,
                                    .player = a->player,
                                    .record = a->selected.record,
                                    .field = a->field,
                                    .layers_turned = a->layers_turned,
                                    .why_all = a->why_all,
                                    .inspector_scroll = a->inspector_scroll,
                                    .ladder_scroll = a->ladder_scroll };
    /* Nothing lies over the moments that are shown, and nothing is being dragged. */
    a->shows_help = a->shows_picker = a->shows_compare = false;
    app_ask_close(a);
    app_set_text(&a->menu_for, NULL);
    app_set_text(&a->press.name, NULL);
    a->press.button = 0;
    app_paint_all(a);
    return true;
}

bool app_film(struct app *a, const char *path, const char *from, const char *to)
{
    enum record_kind kind = record_kind_of(path);
    struct film_cut cut;

    a->is_filmed = false;
    if (kind == RECORD_NONE)
        return app_refuse(a, _("%s: the name of a film should end in .mp4 or .gif"), path);
    if (!app_is_ready(a))
        return app_refuse_empty(a);
    if (app_is_working(a) || a->opening != NULL || a->complaints != NULL)
        return app_refuse(a, "%s", _("The run is still being made. Wait until it is there."));
    return app_film_cut(a, from, to, kind, &cut) && begin(a, path, &cut);
}

void app_film_stop(struct app *a)
{
    struct filming *f = a->filming;

    if (f == NULL)
        return;
    recording_free(&f->recording);
    a->player = f->player;
    app_moved(a);
    a->selected.record = f->record;
    a->field = f->field;
    a->layers_turned = f->layers_turned;
    a->why_all = f->why_all;
    a->inspector_scroll = f->inspector_scroll;
    a->ladder_scroll = f->ladder_scroll;
    g_clear_pointer(&a->filming, g_free);
}

void app_film_cancel(struct app *a)
{
    if (a->filming == NULL)
        return;
    app_film_stop(a);
    app_say(a, "%s", _("The film was not finished. Nothing was written."));
}

/* The window stands where the film is. */
static void follow(struct app *a)
{
    const struct player *p = film_player(recording_film(a->filming->recording));
    int64_t was = a->player.at;
    bool has_changed = was != p->at || a->player.clock != p->clock;

    a->player = *p;
    app_played(a, was, has_changed);
    app_paint(a, PANEL_OVERLAY);
}

bool app_film_tick(struct app *a)
{
    struct filming *f = a->filming;

    if (f == NULL)
        return false;
    GString *why = g_string_new(NULL);
    enum recording_state state = recording_go_on(f->recording, SLICE_MS, why);
    char *path = g_strdup(recording_path(f->recording));
    int s = (int)ceil(f->length_s);

    if (state == RECORDING_GOES_ON)
        follow(a);
    else
        app_film_stop(a);
    if (state == RECORDING_FAILED)
        app_refuse(a, "%s", why->str);
    if (state == RECORDING_DONE)
        app_say(a, _N("Written to %s: a film of %d second.", "Written to %s: a film of %d seconds.", s), path,
                s);
    a->is_filmed = state == RECORDING_DONE;
    g_string_free(why, TRUE);
    g_free(path);
    return true;
}

char *app_film_words(const struct app *a, double *part_out)
{
    char *name = g_path_get_basename(recording_path(a->filming->recording));

    *part_out = recording_progress(a->filming->recording);
    char *text = g_strdup_printf(_("Recording %s: %d %%"), name, (int)(*part_out * 100));
    g_free(name);
    return text;
}

/* ---- The verb. */

bool verb_record(struct app *a, const char *rest)
{
    char *path = app_take_word(&rest), *from = app_take_word(&rest), *to = app_take_word(&rest);
    bool ok;

    if (path == NULL || path[0] == '\0')
        ok = app_do(a, "ask record");
    else
        ok = app_film(a, path, from, to);
    g_free(path);
    g_free(from);
    g_free(to);
    return ok;
}
