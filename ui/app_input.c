/* Keys, clicks and drags: each becomes a verb, or a drag of the divider, a host, or the moment on the time
 * line. */
#include "app_parts.h"

#include <math.h>
#include <string.h>

#include "ladder_rows.h"
#include "shelf.h"

enum { DRAG_AFTER = 4, SCROLL_STEP = 48 };

/* ---- Keys. */

/* One name for keys that are one to people. */
static const char *plain_key(const char *key)
{
    static const struct {
        const char *is, *means;
    } same[] = {
        { "Keypad +", "+" },           { "Keypad -", "-" },
        { "Keypad Enter", "Return" },  { "Ctrl+Keypad +", "Ctrl++" },
        { "Ctrl+Keypad -", "Ctrl+-" }, { "Menu", "Application" },
        { "Enter", "Return" },         { "?", "F1" },
        { "Shift+/", "F1" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(same); i++)
        if (strcmp(same[i].is, key) == 0)
            return same[i].means;
    return key;
}

static unsigned list_length(const struct app *a, GPtrArray *menu)
{
    if (menu != NULL)
        return menu->len;
    return a->shows_picker && a->shelf != NULL ? a->shelf->books->len : 0;
}

static void activate(struct app *a, GPtrArray *menu)
{
    if (menu != NULL && a->list_row < menu->len) {
        const struct menu_row *row = g_ptr_array_index(menu, a->list_row);
        app_set_text(&a->menu_for, NULL);
        app_do(a, row->does);
    } else if (a->shows_picker && a->shelf != NULL && a->list_row < a->shelf->books->len) {
        const struct book *b = g_ptr_array_index(a->shelf->books, a->list_row);
        app_do(a, "close"); /* no effect if nothing is open behind it */
        char *verb = g_strdup_printf("open %s", b->path);
        app_do(a, verb);
        g_free(verb);
    }
}

/* The row in front stays in sight. */
static void show_row(struct app *a, unsigned n)
{
    double room, height = overlay_height(a, &room);

    if (!a->shows_picker || a->menu_for != NULL || n == 0 || height <= 0)
        return;
    double row = height / n, top = row * a->list_row;
    if (top < a->picker_scroll)
        a->picker_scroll = top;
    if (top + row > a->picker_scroll + room)
        a->picker_scroll = top + row - room;
}

static bool scroll_key(struct app *a, const char *key)
{
    double room, height = overlay_height(a, &room), to = a->picker_scroll;

    if (strcmp(key, "Down") == 0)
        to += SCROLL_STEP;
    else if (strcmp(key, "Up") == 0)
        to -= SCROLL_STEP;
    else if (strcmp(key, "PageDown") == 0)
        to += room;
    else if (strcmp(key, "PageUp") == 0)
        to -= room;
    else if (strcmp(key, "Return") == 0)
        return app_do(a, "close");
    else
        return false;
    a->picker_scroll = CLAMP(to, 0, MAX(height - room, 0));
    app_paint(a, PANEL_OVERLAY);
    return true;
}

/* A list that is open takes the arrows. */
static bool list_key(struct app *a, const char *key)
{
    GPtrArray *menu = a->menu_for != NULL ? menu_rows(a) : NULL;
    unsigned n = list_length(a, menu);
    bool is_open = menu != NULL || a->shows_picker, taken = is_open;

    if (a->shows_help || a->complaints != NULL) /* nothing to choose: the arrows scroll */
        return scroll_key(a, key);
    if (!is_open)
        taken = false;
    else if (strcmp(key, "Down") == 0 && n > 0)
        a->list_row = (a->list_row + 1) % n;
    else if (strcmp(key, "Up") == 0 && n > 0)
        a->list_row = (a->list_row + n - 1) % n;
    else if (strcmp(key, "Home") == 0)
        a->list_row = 0;
    else if (strcmp(key, "End") == 0 && n > 0)
        a->list_row = n - 1;
    else if (strcmp(key, "Return") == 0 || (strcmp(key, "Space") == 0 && menu != NULL))
        activate(a, menu);
    else
        taken = false;
    if (taken) {
        show_row(a, n);
        app_paint(a, PANEL_OVERLAY);
    }
    if (menu != NULL)
        g_ptr_array_unref(menu);
    return taken;
}

bool app_key(struct app *a, const char *key)
{
    key = plain_key(key);
    if (a->ask != NULL && strcmp(key, "F1") != 0)
        return app_ask_key(a, key);
    if (list_key(a, key))
        return true;
    const struct verb *v = verb_of_key(key);
    if (v == NULL)
        return false;
    if (a->menu_for != NULL && strcmp(v->name, "close") != 0)
        app_set_text(&a->menu_for, NULL);
    app_do(a, v->name);
    app_paint(a, PANEL_OVERLAY);
    return true;
}

/* ---- What is under the pointer. */

static bool is_inside(const struct app *a, enum panel p, double x, double y)
{
    struct rect r = app_panel(a, p);

    return r.w > 0 && rect_has(r, x, y);
}

/* Something lies over the panels and takes all clicks. */
static bool is_modal(const struct app *a)
{
    return a->shows_help || a->shows_picker || a->shows_compare || a->menu_for != NULL || a->ask != NULL ||
           a->complaints != NULL || a->filming != NULL;
}

static const struct thing *thing_under(const struct app *a, double x, double y, enum panel *panel_out)
{
    for (int p = N_PANELS - 1; p >= 0; p--) {
        if (!is_inside(a, (enum panel)p, x, y) || a->things[p] == NULL)
            continue;
        const struct thing *t = things_at(a->things[p], x, y);
        *panel_out = (enum panel)p;
        if (t != NULL || (p == PANEL_OVERLAY && is_modal(a)))
            return t;
        if (p != PANEL_OVERLAY)
            return NULL;
    }
    return NULL;
}

/* What a menu opens on. */
static const struct thing *target_under(const struct app *a, double x, double y)
{
    static const char *const kinds[] = { "host", "link", "mail" };

    for (int p = N_PANELS - 1; p >= 0; p--) {
        if (!is_inside(a, (enum panel)p, x, y) || a->things[p] == NULL ||
            (p == PANEL_OVERLAY && !is_modal(a)))
            continue;
        for (unsigned i = a->things[p]->len; i-- > 0;) {
            const struct thing *t = g_ptr_array_index(a->things[p], i);
            for (size_t k = 0; k < G_N_ELEMENTS(kinds); k++)
                if (rect_has(t->at, x, y) && app_thing_of(t->name, kinds[k]) != NULL)
                    return t;
        }
        return NULL;
    }
    return NULL;
}

/* ---- Pressing. */

static void scrub(struct app *a, double x)
{
    int64_t at = app_is_ready(a) ? timeline_index_at(a, app_panel(a, PANEL_TIMELINE), x) : -1;

    if (app_is_ready(a) && at != a->player.at) {
        a->player.is_playing = false;
        player_go(&a->player, CLAMP(at, -1, view_tape_length(a->player.tape) - 1));
        app_moved(a);
    }
}

static void press(struct app *a, const char *name, double x, double y)
{
    app_set_text(&a->press.name, name);
    a->press.button = 1;
    a->press.x = x;
    a->press.y = y;
    a->press.is_drag = false;
}

static void open_menu(struct app *a, double x, double y)
{
    const struct thing *t = target_under(a, x, y);

    if (a->menu_for != NULL)
        app_do(a, "close");
    if (t == NULL || is_modal(a))
        return;
    char *verb = g_strdup_printf("menu %s %.0f %.0f", t->name, x, y);
    app_do(a, verb);
    g_free(verb);
}

/* In a field of a form the pointer places the caret, and selects where it is dragged; twice: a word. */
static void point(struct app *a, const char *input, double x, double y, bool twice)
{
    unsigned field = (unsigned)g_ascii_strtoull(app_thing_of(input, "input"), NULL, 10);

    press(a, input, x, y);
    app_ask_point(a, field, x, false);
    if (twice && field < a->ask_n)
        edit_select_word(&a->ask_fields[field]);
}

void app_click(struct app *a, double x, double y, int button, bool twice)
{
    enum panel p = N_PANELS;
    const struct thing *t = thing_under(a, x, y, &p);

    if (button == 3) {
        open_menu(a, x, y);
        return;
    }
    if (button != 1)
        return;
    if (t != NULL && app_thing_of(t->name, "input") != NULL) {
        point(a, t->name, x, y, twice);
        return;
    }
    if (t != NULL && t->does[0] != '\0') {
        char *does = g_strdup(t->does);

        press(a, p == PANEL_TIMELINE ? "timeline" : p == PANEL_MAP ? t->name : NULL, x, y);
        if (p == PANEL_OVERLAY && a->menu_for != NULL)
            app_set_text(&a->menu_for, NULL); /* its rows act on what is behind it */
        app_do(a, does);
        g_free(does);
        app_paint(a, PANEL_OVERLAY);
        return;
    }
    if (is_modal(a))
        return;
    if (rect_has(a->layout.grip, x, y))
        press(a, "grip", x, y);
    else if (is_inside(a, PANEL_TIMELINE, x, y)) {
        press(a, "timeline", x, y);
        scrub(a, x);
    }
}

/* ---- Dragging. */

static void drag_divider(struct app *a, double y)
{
    a->prefs.divider = layout_divider_at(&a->layout, y);
    app_relayout(a);
}

static void drag_host(struct app *a, const char *host, double x, double y)
{
    struct rect r = app_panel(a, PANEL_MAP);
    double *at = g_new(double, 2);

    at[0] = CLAMP((x - r.x) / r.w, 0.02, 0.98);
    at[1] = CLAMP((y - r.y) / r.h, 0.02, 0.98);
    g_hash_table_replace(a->dragged, g_strdup(host), at);
    app_paint(a, PANEL_MAP);
}

static void drag(struct app *a, double x, double y)
{
    const char *host = app_thing_of(a->press.name, "host"), *field = app_thing_of(a->press.name, "input");

    if (!a->press.is_drag && fabs(x - a->press.x) + fabs(y - a->press.y) < DRAG_AFTER)
        return;
    a->press.is_drag = true;
    if (g_strcmp0(a->press.name, "grip") == 0)
        drag_divider(a, y);
    else if (host != NULL)
        drag_host(a, host, x, y);
    else if (field != NULL)
        app_ask_point(a, (unsigned)g_ascii_strtoull(field, NULL, 10), x, true);
    else if (g_strcmp0(a->press.name, "timeline") == 0)
        scrub(a, x);
}

static void hover(struct app *a, double x, double y)
{
    enum panel p = N_PANELS;
    const struct thing *t = thing_under(a, x, y, &p);
    const char *name = t != NULL ? t->name : NULL;

    if (g_strcmp0(name, a->hover) == 0)
        return;
    for (unsigned q = 0; q < N_PANELS; q++) { /* where the last one was lit, and where this one will be */
        GPtrArray *things = a->things[q];
        for (unsigned i = 0; things != NULL && a->hover != NULL && i < things->len; i++)
            if (strcmp(((const struct thing *)g_ptr_array_index(things, i))->name, a->hover) == 0) {
                app_paint(a, (enum panel)q);
                break;
            }
    }
    if (p != N_PANELS)
        app_paint(a, p);
    if (a->menu_for != NULL && app_thing_of(name, "menu-row") != NULL)
        a->list_row = (unsigned)g_ascii_strtoull(app_thing_of(name, "menu-row"), NULL, 10);
    app_set_text(&a->hover, name);
}

void app_move(struct app *a, double x, double y)
{
    if (a->press.button == 1 && a->press.name != NULL)
        drag(a, x, y);
    else
        hover(a, x, y);
}

void app_release(struct app *a, double x, double y, int button)
{
    (void)x;
    (void)y;
    if (button != a->press.button)
        return;
    a->press.button = 0;
    a->press.is_drag = false;
    app_set_text(&a->press.name, NULL);
}

static void scroll_to(struct app *a, double *scroll, double to, double height, double room, enum panel p)
{
    double most = MAX(height - room, 0);

    *scroll = CLAMP(to, 0, most);
    app_paint(a, p);
}

void app_scroll(struct app *a, double x, double y, double dy)
{
    double room = 0, height;

    if (is_modal(a)) {
        height = overlay_height(a, &room);
        if (height > 0)
            scroll_to(a, &a->picker_scroll, a->picker_scroll - dy * SCROLL_STEP, height, room, PANEL_OVERLAY);
    } else if (is_inside(a, PANEL_INSPECTOR, x, y)) {
        height = inspector_height(a, &room);
        scroll_to(a, &a->inspector_scroll, MIN(a->inspector_scroll, MAX(height - room, 0)) - dy * SCROLL_STEP,
                  height, room, PANEL_INSPECTOR);
    } else if (is_inside(a, PANEL_LADDER, x, y)) {
        a->ladder_scroll = CLAMP(a->ladder_scroll + dy * SCROLL_STEP, 0,
                                 ladder_scroll_most(a, app_panel(a, PANEL_LADDER).h, a->prefs.text_scale));
        app_paint(a, PANEL_LADDER);
    } else if (is_inside(a, PANEL_TIMELINE, x, y) && dy != 0)
        app_do(a, dy < 0 ? "step" : "back");
}
