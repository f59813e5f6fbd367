#include "app_parts.h"

#include <math.h>
#include <string.h>

#include "ladder_rows.h"
#include "record.h"
#include "shelf.h"
#include "words.h"

enum { TOAST_MS = 6000 };

/* ---- Small tools. */

void app_set_text(char **slot, const char *text)
{
    char *copy = g_strdup(text); /* first: `text` may be what the slot holds */

    g_free(*slot);
    *slot = copy;
}

char *app_take_word(const char **rest)
{
    const char *p = *rest;

    while (*p == ' ')
        p++;
    if (*p == '\0') {
        *rest = p;
        return NULL;
    }
    bool is_quoted = *p == '"';
    const char *begin = is_quoted ? ++p : p;
    while (*p != '\0' && *p != (is_quoted ? '"' : ' '))
        p++;
    char *word = g_strndup(begin, (gsize)(p - begin));
    if (is_quoted && *p == '"')
        p++;
    while (*p == ' ')
        p++;
    *rest = p;
    return word;
}

const char *app_thing_of(const char *thing, const char *kind)
{
    size_t n = strlen(kind);

    return thing != NULL && strncmp(thing, kind, n) == 0 && thing[n] == ':' && thing[n + 1] != '\0'
               ? thing + n + 1
               : NULL;
}

void app_paint(struct app *a, enum panel p)
{
    a->dirty |= UINT64_C(1) << p;
}

void app_paint_all(struct app *a)
{
    a->dirty |= (UINT64_C(1) << N_PANELS) - 1;
}

static void say(struct app *a, const char *format, va_list args)
{
    g_free(a->toast);
    a->toast = g_strdup_vprintf(format, args);
    a->toast_ms = TOAST_MS;
    app_paint(a, PANEL_OVERLAY);
}

void app_say(struct app *a, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(a, format, args);
    va_end(args);
}

bool app_refuse(struct app *a, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(a, format, args);
    va_end(args);
    return false;
}

bool app_refuse_empty(struct app *a)
{
    return app_refuse(a, "%s", _("Nothing is open yet. Choose a scenario first."));
}

/* ---- What is shown. */

bool app_is_ready(const struct app *a)
{
    return a->run != NULL && a->player.tape != NULL;
}

const struct record *app_record(const struct app *a)
{
    return app_is_ready(a) && a->player.at >= 0 && a->player.at < view_tape_length(a->player.tape)
               ? view_tape_nth(a->player.tape, a->player.at)
               : NULL;
}

const struct mxlab *app_world(const struct app *a)
{
    return app_is_ready(a) ? run_at(a->run, a->player.at) : NULL;
}

/* A chapter's record comes right behind the event that opens it; who stands at that event reads the chapter
 * already. */
static bool has_begun(const struct app *a, int64_t note)
{
    const struct record *r = view_tape_nth(a->player.tape, note);

    return note <= a->player.at || (r->cause > 0 && (int64_t)r->cause - 1 <= a->player.at &&
                                    app_record(a) != NULL && app_record(a)->time == r->time);
}

unsigned app_chapter(const struct app *a)
{
    unsigned n = 0;

    while (a->notes != NULL && n < a->notes->len && has_begun(a, g_array_index(a->notes, int64_t, n)))
        n++;
    return n;
}

void app_moved(struct app *a)
{
    a->selected.record = a->player.at;
    a->field = -1;
    a->layers_turned = 0;
    a->why_all = false;
    if (a->tab == TAB_MESSAGE || a->tab == TAB_WHY)
        a->inspector_scroll = 0;
    bool is_end = a->player.tape != NULL && a->player.at + 1 == view_tape_length(a->player.tape);
    a->ladder_scroll = is_end ? ladder_scroll_followed(a) : 0;
    app_paint_all(a);
}

/* ---- Life. */

static void thing_array_free(GPtrArray **things)
{
    g_clear_pointer(things, g_ptr_array_unref);
}

struct app *app_new(const char *scenario, const struct prefs *prefs)
{
    struct app *a = g_new0(struct app, 1);

    a->prefs = prefs != NULL ? *prefs : prefs_defaults;
    a->memory = memory_new();
    a->step = STEP_MESSAGE;
    a->tcp_collapsed = true;
    a->selected.record = -1;
    a->field = -1;
    a->opening_at = AT_START;
    a->dragged = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    words_use(a->prefs.language);
    player_init(&a->player, NULL);
    a->player.speed = a->prefs.speed;
    app_resize(a, 1280, 800);
    if (scenario != NULL) {
        char *path = mxlab_scenario_find(scenario);
        app_open(a, path, AT_START);
        g_free(path);
    } else {
        app_do(a, "picker");
    }
    app_paint_all(a);
    return a;
}

void app_free(struct app **pa)
{
    struct app *a = *pa;

    if (a == NULL)
        return;
    app_film_stop(a);
    run_free(&a->run);
    run_free(&a->opening);
    app_drop_complaints(a);
    app_forget_index(a);
    shelf_free(&a->shelf);
    app_ask_close(a);
    view_pattern_free(&a->breakpoint);
    for (unsigned p = 0; p < N_PANELS; p++)
        thing_array_free(&a->things[p]);
    g_hash_table_unref(a->dragged);
    g_free(a->kept);
    memory_free(&a->memory);
    char **texts[] = { &a->selected.host, &a->selected.link, &a->menu_for,        &a->hover,
                       &a->toast,         &a->open_row,      &a->breakpoint_text, &a->press.name };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        app_set_text(texts[i], NULL);
    g_clear_pointer(pa, g_free);
}

void app_keeps(struct app *a)
{
    if (a->kept == NULL)
        a->kept = g_memdup2(&a->prefs, sizeof a->prefs);
}

/* What could not be saved is tried again when it changes.
 */
void app_keep(struct app *a)
{
    if (a->kept == NULL || prefs_equal(a->kept, &a->prefs))
        return;
    *a->kept = a->prefs;
    if (!prefs_save(&a->prefs) && !a->cannot_keep) {
        a->cannot_keep = true;
        app_say(a, "%s", _("What you choose can’t be remembered: the folder of settings can’t be written."));
    }
}

void app_relayout(struct app *a)
{
    struct layout *l = &a->layout;

    layout_compute(l, l->width, l->height, a->prefs.divider, a->prefs.text_scale);
    app_paint_all(a);
}

void app_resize(struct app *a, double width, double height)
{
    a->layout.width = width;
    a->layout.height = height;
    app_relayout(a);
}

static bool overlay_is_open(const struct app *a)
{
    if (a->filming != NULL)
        return true;
    return a->shows_help || a->shows_picker || a->shows_compare || a->menu_for != NULL || a->ask != NULL ||
           a->toast != NULL || a->complaints != NULL || app_is_working(a);
}

enum front app_front(const struct app *a)
{
    switch (a->layout.kind) {
    case LAYOUT_WIDE:
        return FRONT_LADDER;
    case LAYOUT_NARROW:
        return a->front == FRONT_INSPECTOR ? FRONT_INSPECTOR : FRONT_LADDER;
    case LAYOUT_SINGLE:
        break;
    }
    return a->front;
}

struct rect app_panel(const struct app *a, enum panel p)
{
    const struct layout *l = &a->layout;
    enum front front = app_front(a);
    bool is_single = l->kind == LAYOUT_SINGLE;
    struct rect none = { 0 };

    switch (p) {
    case PANEL_TOP:
        return l->top;
    case PANEL_MAP:
        return is_single && front != FRONT_MAP ? none : l->map;
    case PANEL_LADDER:
        return l->kind != LAYOUT_WIDE && front != FRONT_LADDER ? none : l->ladder;
    case PANEL_STORY:
        return is_single && front != FRONT_STORY ? none : l->story;
    case PANEL_INSPECTOR: /* its tabs are those of what it shares its place with */
        return l->kind != LAYOUT_WIDE && front != FRONT_INSPECTOR ? l->tabs : l->inspector;
    case PANEL_TIMELINE:
        return l->timeline;
    case PANEL_OVERLAY:
        return overlay_is_open(a) ? (struct rect){ 0, 0, l->width, l->height } : none;
    case N_PANELS:
        break;
    }
    return none;
}

void app_played(struct app *a, int64_t was_at, bool has_changed)
{
    if (has_changed) {
        app_paint(a, PANEL_TOP);
        app_paint(a, PANEL_LADDER);
        app_paint(a, PANEL_TIMELINE);
    }
    if (a->player.at != was_at)
        app_moved(a);
    if (!a->player.is_playing)
        app_paint_all(a);
}

/* For more matches, to mark them on the time line; for where else that which is followed went. */
static bool is_looking(const struct app *a)
{
    return a->memory->marks.looked < a->memory->marks.length;
}
static bool is_looking_on_map(const struct app *a)
{
    return a->memory->followed.looked < a->memory->followed.length && app_panel(a, PANEL_MAP).w > 0;
}

bool app_tick(struct app *a, double ms)
{
    if (a->opening != NULL && a->complaints == NULL)
        app_poll_opening(a);
    if (a->run != NULL) {
        bool was_behind = app_is_ready(a) && app_world(a) == NULL, was_making = run_is_making(a->run);
        enum run_state state = run_poll(a->run);

        if (state == RUN_READY && run_tape(a->run) != a->player.tape) {
            app_film_cancel(a);
            app_take_tape(a, a->opening_at);
        } else if (was_behind && app_world(a) != NULL)
            app_paint_all(a);
        if (state == RUN_LOADING || was_making)
            app_paint(a, PANEL_OVERLAY);
    }
    bool is_filming = app_film_tick(a);
    if (!is_filming)
        app_look_at_file(a);
    if (!is_filming && app_is_ready(a) && a->player.is_playing) {
        int64_t before = a->player.at;

        bool has_changed = player_tick(&a->player, ms, a->breakpoint, a->prefs.reduced_motion);
        app_played(a, before, has_changed);
    }
    if (is_looking(a))
        app_paint(a, PANEL_TIMELINE);
    if (is_looking_on_map(a))
        app_paint(a, PANEL_MAP);
    if (!a->press.is_drag) /* the divider is remembered where it is let go */
        app_keep(a);
    if (a->toast != NULL && (a->toast_ms -= ms) <= 0) {
        app_set_text(&a->toast, NULL);
        app_paint(a, PANEL_OVERLAY);
    }
    return a->dirty != 0;
}

bool app_is_moving(const struct app *a)
{
    return a->player.is_playing || is_looking(a) || is_looking_on_map(a) || a->toast != NULL ||
           a->filming != NULL || app_is_working(a) ||
           (a->run != NULL && (a->player.tape == NULL || app_world(a) == NULL));
}

/* ---- Drawing. */

void app_draw(const struct app *a, enum panel p, struct canvas *c)
{
    static void (*const draw[N_PANELS])(const struct app *, struct canvas *, struct rect) = {
        [PANEL_TOP] = panel_top_draw,
        [PANEL_MAP] = panel_map_draw,
        [PANEL_LADDER] = panel_ladder_draw,
        [PANEL_STORY] = panel_story_draw,
        [PANEL_INSPECTOR] = panel_inspector_draw,
        [PANEL_TIMELINE] = panel_timeline_draw,
        [PANEL_OVERLAY] = panel_overlay_draw,
    };
    struct rect r = app_panel(a, p);

    if (r.w <= 0 || r.h <= 0)
        return;
    c->clip = r;
    cairo_save(c->cr);
    draw[p](a, c, r);
    cairo_restore(c->cr);
}

void app_set_things(struct app *a, enum panel p, GPtrArray *things)
{
    if (a->things[p] == things)
        return;
    thing_array_free(&a->things[p]);
    a->things[p] = things;
}

/* A tab or a new line in a text would look like the next column or thing. */
static void put_plain(GString *out, const char *text)
{
    for (; text != NULL && *text != '\0'; text++)
        g_string_append_c(out, *text == '\t' || *text == '\n' ? ' ' : *text);
}

void app_dump(const struct app *a, GString *out)
{
    for (unsigned p = 0; p < N_PANELS; p++) {
        struct rect r = app_panel(a, (enum panel)p);

        for (unsigned i = 0; r.w > 0 && a->things[p] != NULL && i < a->things[p]->len; i++) {
            const struct thing *t = g_ptr_array_index(a->things[p], i);
            g_string_append_printf(out, "%s\t", t->name);
            put_plain(out, t->text);
            g_string_append_printf(out, "\t%.0f %.0f %.0f %.0f\n", t->at.x, t->at.y, t->at.w, t->at.h);
        }
    }
}
