/* Runs that come and go: files that are opened, versions that are made, the index of a tape. */
#include "app_parts.h"

#include <string.h>

#include "words.h"

/* ---- The tape's index of chapters and mails. */

static bool tells_of_mail(enum event e)
{
    switch ((int)e) {
    case EV_AGENT_COMPOSE:
    case EV_AGENT_SUBMIT:
    case EV_AGENT_SENT:
    case EV_AGENT_LOST:
    case EV_QUEUE_ADD:
    case EV_QUEUE_ATTEMPT:
    case EV_QUEUE_DEFER:
    case EV_QUEUE_DONE:
    case EV_QUEUE_BOUNCE:
    case EV_QUEUE_WARN:
    case EV_MAILBOX_STORE:
    case EV_MAILBOX_DELETE:
    case EV_SMTP_DATA:
        return true;
    default:
        return false;
    }
}

static void trail_free(void *data)
{
    if (data != NULL)
        g_array_unref(data);
}

static void add_to_trail(GPtrArray *trails, uint32_t mail, int64_t i)
{
    if (mail >= trails->len)
        g_ptr_array_set_size(trails, (gint)mail + 1);
    if (trails->pdata[mail] == NULL)
        trails->pdata[mail] = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_array_append_val((GArray *)trails->pdata[mail], i);
}

void app_forget_index(struct app *a)
{
    g_clear_pointer(&a->notes, g_array_unref);
    g_clear_pointer(&a->trails, g_ptr_array_unref);
}

static void index_tape(struct app *a, const struct view_tape *t)
{
    app_forget_index(a);
    a->notes = g_array_new(FALSE, FALSE, sizeof(int64_t));
    a->trails = g_ptr_array_new_with_free_func(trail_free);
    for (int64_t i = 0; i < view_tape_length(t); i++) {
        const struct record *r = view_tape_nth(t, i);
        if (r->event == EV_NOTE)
            g_array_append_val(a->notes, i);
        else if (r->mail != 0 && tells_of_mail(r->event))
            add_to_trail(a->trails, r->mail, i);
    }
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

/* The run has a tape that the player does not know. */
void app_take_tape(struct app *a, sim_time at)
{
    const struct view_tape *t = run_tape(a->run);
    double speed = a->player.speed;

    player_init(&a->player, t);
    a->player.speed = speed > 0 ? speed : a->prefs.speed;
    app_forget_index(a);
    if (t == NULL)
        return;
    index_tape(a, t);
    if (at >= 0)
        player_go_time(&a->player, at);
    drop_strangers(a);
    app_moved(a);
}

void app_took_version(struct app *a, sim_time at)
{
    a->opening_at = at;
    if (run_poll(a->run) == RUN_READY) {
        app_take_tape(a, at);
        return;
    }
    player_init(&a->player, NULL); /* being run: app_tick goes on */
    app_forget_index(a);
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

static void take_run(struct app *a)
{
    bool is_same = a->run != NULL && g_strcmp0(run_path(a->run), run_path(a->opening)) == 0;
    bool had = a->run != NULL;

    run_free(&a->run);
    a->run = g_steal_pointer(&a->opening);
    app_drop_complaints(a);
    a->shows_picker = false;
    if (!is_same) {
        app_set_text(&a->selected.host, NULL);
        app_set_text(&a->selected.link, NULL);
        a->selected.mail = a->selected.conn = a->selected.lookup = 0;
        app_set_text(&a->open_row, NULL);
        a->shows_compare = false;
        a->inspector_scroll = 0;
        g_hash_table_remove_all(a->dragged);
        a->player.speed = a->prefs.speed;
    }
    app_take_tape(a, a->opening_at);
    if (is_same && had)
        app_say(a, _("The file was read again."));
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

    run_free(&a->opening);
    app_drop_complaints(a);
    a->opening = run_open(copy, a->prefs.language);
    a->opening_at = at;
    g_free(copy);
    app_poll_opening(a);
    app_paint_all(a);
}

void app_look_at_file(struct app *a)
{
    if (a->opening != NULL && a->complaints != NULL && run_is_stale(a->opening))
        app_open(a, run_path(a->opening), a->opening_at);
    else if (a->opening == NULL && a->run != NULL && run_is_stale(a->run))
        app_open(a, run_path(a->run), a->player.clock);
}
