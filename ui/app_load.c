/* Runs that come and go: files that are opened, versions that are made, the index of a tape. */
#include "app_parts.h"

#include <string.h>

#include "record.h"
#include "words.h"

/* ---- What is known of the tape that is shown. */

void app_forget_index(struct app *a)
{
    g_clear_pointer(&a->notes, g_array_unref);
    g_clear_pointer(&a->trails, g_ptr_array_unref);
}

static void take_index(struct app *a)
{
    const struct tape_index *x = run_index(a->run);

    app_forget_index(a);
    a->notes = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (unsigned i = 0; i < x->chapters->len; i++)
        g_array_append_val(a->notes, g_array_index(x->chapters, struct tape_chapter, i).at);
    a->trails = g_ptr_array_ref(x->trails);
    memory_forget_tape(a->memory);
}

/* ---- Runs and versions. */

/* What was selected may not exist on this tape. */
static void drop_strangers(struct app *a)
{
    const struct mxlab *m = app_world(a);

    if (a->selected.mail != 0 &&
        (a->selected.mail >= a->trails->len || a->trails->pdata[a->selected.mail] == NULL))
        a->selected.mail = 0;
    if (m != NULL && a->selected.host != NULL && view_host_find(m, a->selected.host) < 0)
        app_set_text(&a->selected.host, NULL);
    if (m == NULL)
        return;
    bool is_there = false;
    for (unsigned i = 0; i < view_links(m) && a->selected.link != NULL; i++) {
        struct view_link l = view_link(m, i);
        char *name = g_strdup_printf("%s>%s", l.a, l.b);

        is_there = is_there || strcmp(name, a->selected.link) == 0;
        g_free(name);
    }
    if (!is_there)
        app_set_text(&a->selected.link, NULL);
}

/* Where one looks after having changed something: at what was added, the last action of that moment (an
 * action has no cause), else at its first record. */
static void go_to_action(struct app *a, sim_time at)
{
    const struct view_tape *t = a->player.tape;
    int64_t i = view_tape_at(t, at);

    while (i > 0 && view_tape_nth(t, i)->cause != 0 && view_tape_nth(t, i - 1)->time == at)
        i--;
    if (i >= 0 && view_tape_nth(t, i)->time == at)
        player_go(&a->player, i);
    else
        player_go_time(&a->player, at);
}

/* The run has a tape that the player does not know. */
void app_take_tape(struct app *a, sim_time at)
{
    const struct view_tape *t = run_tape(a->run);
    double speed = a->player.speed;

    if (at == AT_SAME)
        player_change_tape(&a->player, t);
    else
        player_init(&a->player, t);
    a->player.speed = speed > 0 ? speed : a->prefs.speed;
    app_forget_index(a);
    if (t == NULL)
        return;
    take_index(a);
    if (at >= 0)
        go_to_action(a, at);
    drop_strangers(a);
    app_moved(a);
}

void app_took_version(struct app *a, sim_time at)
{
    a->opening_at = at;
    run_poll(a->run);
    if (run_tape(a->run) != a->player.tape) /* else it is being made: app_tick goes on */
        app_take_tape(a, at);
    app_paint_all(a);
}

void app_drop_complaints(struct app *a)
{
    if (a->complaints != NULL)
        report_release(a->complaints);
    g_clear_pointer(&a->complaints, g_free);
}

static void keep_complaints(struct app *a, const struct report *r)
{
    app_drop_complaints(a);
    a->complaints = g_new0(struct report, 1);
    report_init(a->complaints, r->file);
    for (unsigned i = 0; i < r->entries->len; i++) {
        const struct complaint *c = g_ptr_array_index(r->entries, i);
        report_add(a->complaints, c->kind, c->at, c->path, c->hint, "%s", c->message);
    }
    a->list_row = 0;
    a->picker_scroll = 0;
}

/* What was changed in the file that was open is changed again in what was read; what does not fit is told. */
static void say_read_again(struct app *a)
{
    unsigned unfit = run_unfit(a->run), kept = run_versions(a->run) - 1;

    if (unfit > 0)
        app_say(a,
                _N("The file was read again. %u of your changes does not fit it any more and was left out.",
                   "The file was read again. %u of your changes do not fit it any more and were left out.",
                   unfit),
                unfit);
    else if (kept > 0)
        app_say(a, "%s", _("The file was read again, and your changes were made to it as before."));
    else
        app_say(a, "%s", _("The file was read again."));
}

static bool is_of_same_file(const struct run *x, const struct run *y)
{
    return x != NULL && y != NULL && g_strcmp0(run_path(x), run_path(y)) == 0;
}

static void take_run(struct app *a)
{
    bool is_same = is_of_same_file(a->run, a->opening);
    struct run *was = a->run;

    a->run = g_steal_pointer(&a->opening);
    app_drop_complaints(a);
    a->shows_picker = false;
    if (!is_same) {
        app_set_text(&a->selected.host, NULL);
        app_set_text(&a->selected.link, NULL);
        a->selected.mail = a->selected.conn = a->selected.lookup = 0;
        app_set_text(&a->open_row, NULL);
        a->inspector_scroll = 0;
        g_hash_table_remove_all(a->dragged);
        a->player.speed = a->prefs.speed;
    }
    if (run_version(a->run) == 0)
        a->shows_compare = false;
    app_take_tape(a, a->opening_at);
    run_drop(&was); /* the player has left its tape */
    if (is_same)
        say_read_again(a);
}

void app_poll_opening(struct app *a)
{
    switch (run_poll(a->opening)) {
    case RUN_LOADING:
        app_paint(a, PANEL_OVERLAY);
        break;
    case RUN_READY:
        take_run(a);
        break;
    case RUN_BROKEN:
        if (a->complaints == NULL) {
            keep_complaints(a, run_complaints(a->opening));
            a->shows_picker = a->run == NULL;
            app_paint_all(a);
        }
        break;
    }
}

void app_open(struct app *a, const char *path, sim_time at)
{
    char *copy = g_strdup(path); /* it may be the path of the run that goes */

    app_film_cancel(a);
    run_drop(&a->opening);
    app_drop_complaints(a);
    a->opening = run_open(copy, a->prefs.language);
    a->opening_at = at;
    g_free(copy);
    app_poll_opening(a);
    app_paint_all(a);
}

bool app_is_opening(const struct app *a)
{
    return a->opening != NULL && a->complaints == NULL;
}

bool app_is_working(const struct app *a)
{
    return app_is_opening(a) || (a->run != NULL && run_is_making(a->run));
}

void app_look_at_file(struct app *a)
{
    struct run *looked = app_is_opening(a) ? NULL : a->opening != NULL ? a->opening : a->run;

    if (looked == NULL || !run_is_stale(looked))
        return;
    if (!is_of_same_file(a->run, looked)) { /* it was wrong, and something else is open or nothing */
        app_open(a, run_path(looked), a->opening_at);
        return;
    }
    run_drop(&a->opening);
    app_drop_complaints(a);
    a->opening = run_open_again(a->run);
    a->opening_at = AT_SAME;
    app_poll_opening(a);
    app_paint_all(a);
}
