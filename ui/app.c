#include "app_parts.h"

#include <math.h>
#include <string.h>

#include "shelf.h"
#include "words.h"

enum { TOAST_MS = 6000, STRIP_H = 48 /* the inspector's tabs, in a narrow window */ };

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
    a->ladder_scroll = 0;
    app_paint_all(a);
}

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

static void forget_index(struct app *a)
{
    g_clear_pointer(&a->notes, g_array_unref);
    g_clear_pointer(&a->trails, g_ptr_array_unref);
}

static void index_tape(struct app *a, const struct view_tape *t)
{
    forget_index(a);
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
static void take_tape(struct app *a, sim_time at)
{
    const struct view_tape *t = run_tape(a->run);
    double speed = a->player.speed;

    player_init(&a->player, t);
    a->player.speed = speed > 0 ? speed : a->prefs.speed;
    forget_index(a);
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
        take_tape(a, at);
        return;
    }
    player_init(&a->player, NULL); /* being run: app_tick goes on */
    forget_index(a);
    app_paint_all(a);
}

static void drop_complaints(struct app *a)
{
    if (a->complaints != NULL)
        report_release(a->complaints);
    g_clear_pointer(&a->complaints, g_free);
}

static void keep_complaints(struct app *a, const struct report *r)
{
    drop_complaints(a);
    a->complaints = g_new0(struct report, 1);
    report_init(a->complaints, r->file);
    for (unsigned i = 0; i < r->entries->len; i++) {
        const struct complaint *c = g_ptr_array_index(r->entries, i);
        report_add(a->complaints, c->kind, c->at, c->path, c->hint, "%s", c->message);
    }
    a->list_row = 0;
}

static void take_run(struct app *a)
{
    bool is_same = a->run != NULL && g_strcmp0(run_path(a->run), run_path(a->opening)) == 0;
    bool had = a->run != NULL;

    run_free(&a->run);
    a->run = g_steal_pointer(&a->opening);
    drop_complaints(a);
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
    take_tape(a, a->opening_at);
    if (is_same && had)
        app_say(a, _("The file was read again."));
}

static void poll_opening(struct app *a)
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
    drop_complaints(a);
    a->opening = run_open(copy, a->prefs.language);
    a->opening_at = at;
    g_free(copy);
    poll_opening(a);
    app_paint_all(a);
}

static void look_at_file(struct app *a)
{
    if (a->opening != NULL && a->complaints != NULL && run_is_stale(a->opening))
        app_open(a, run_path(a->opening), a->opening_at);
    else if (a->opening == NULL && a->run != NULL && run_is_stale(a->run))
        app_open(a, run_path(a->run), a->player.clock);
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
    a->step = STEP_MESSAGE;
    a->tcp_collapsed = true;
    a->selected.record = -1;
    a->field = -1;
    a->opening_at = -1;
    a->dragged = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    words_use(a->prefs.language);
    player_init(&a->player, NULL);
    a->player.speed = a->prefs.speed;
    app_resize(a, 1280, 800);
    if (scenario != NULL) {
        char *path = shelf_find(scenario);
        app_open(a, path, -1);
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
    run_free(&a->run);
    run_free(&a->opening);
    drop_complaints(a);
    forget_index(a);
    shelf_free(&a->shelf);
    app_ask_close(a);
    view_pattern_free(&a->breakpoint);
    for (unsigned p = 0; p < N_PANELS; p++)
        thing_array_free(&a->things[p]);
    g_hash_table_unref(a->dragged);
    char **texts[] = { &a->selected.host, &a->selected.link, &a->menu_for,        &a->hover,
                       &a->toast,         &a->open_row,      &a->breakpoint_text, &a->press.name };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        app_set_text(texts[i], NULL);
    g_clear_pointer(pa, g_free);
}

void app_relayout(struct app *a)
{
    struct layout *l = &a->layout;

    layout_compute(l, l->width, l->height, a->prefs.divider);
    if (!l->is_narrow && a->prefs.text_scale > 1) { /* the story keeps its lines, the inspector scrolls */
        double more = floor(MIN(l->story.h * (a->prefs.text_scale - 1), l->inspector.h - l->story.h) / 8) * 8;
        l->story.h += MAX(more, 0);
        l->inspector.y += MAX(more, 0);
        l->inspector.h -= MAX(more, 0);
    }
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
    return a->shows_help || a->shows_picker || a->shows_compare || a->menu_for != NULL || a->ask != NULL ||
           a->toast != NULL || a->complaints != NULL || (a->opening != NULL && a->complaints == NULL) ||
           (a->run != NULL && a->player.tape == NULL);
}

struct rect app_panel(const struct app *a, enum panel p)
{
    const struct layout *l = &a->layout;
    struct rect shared = l->ladder;

    switch (p) {
    case PANEL_TOP:
        return l->top;
    case PANEL_MAP:
        return l->map;
    case PANEL_LADDER: /* below 1100 px it shares its place with the inspector, under a strip of tabs */
        if (l->is_narrow)
            return a->shows_inspector
                       ? (struct rect){ 0 }
                       : (struct rect){ shared.x, shared.y + STRIP_H, shared.w, shared.h - STRIP_H };
        return l->ladder;
    case PANEL_STORY:
        return l->story;
    case PANEL_INSPECTOR:
        if (l->is_narrow)
            return (struct rect){ shared.x, shared.y, shared.w, a->shows_inspector ? shared.h : STRIP_H };
        return l->inspector;
    case PANEL_TIMELINE:
        return l->timeline;
    case PANEL_OVERLAY:
        return overlay_is_open(a) ? (struct rect){ 0, 0, l->width, l->height } : (struct rect){ 0 };
    case N_PANELS:
        break;
    }
    return (struct rect){ 0 };
}

bool app_tick(struct app *a, double ms)
{
    if (a->opening != NULL && a->complaints == NULL)
        poll_opening(a);
    if (a->run != NULL) {
        bool was_behind = app_is_ready(a) && app_world(a) == NULL;
        enum run_state state = run_poll(a->run);

        if (state == RUN_READY && run_tape(a->run) != a->player.tape)
            take_tape(a, a->opening_at);
        else if (was_behind && app_world(a) != NULL)
            app_paint_all(a);
        else if (state == RUN_LOADING)
            app_paint(a, PANEL_OVERLAY);
    }
    look_at_file(a);
    if (app_is_ready(a) && a->player.is_playing) {
        int64_t before = a->player.at;

        if (player_tick(&a->player, ms, a->breakpoint, a->prefs.reduced_motion)) {
            app_paint(a, PANEL_TOP);
            app_paint(a, PANEL_LADDER);
        }
        if (a->player.at != before)
            app_moved(a);
        if (!a->player.is_playing)
            app_paint_all(a);
    }
    if (a->toast != NULL && (a->toast_ms -= ms) <= 0) {
        app_set_text(&a->toast, NULL);
        app_paint(a, PANEL_OVERLAY);
    }
    return a->dirty != 0;
}

bool app_is_moving(const struct app *a)
{
    return a->player.is_playing || a->toast != NULL || (a->opening != NULL && a->complaints == NULL) ||
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
