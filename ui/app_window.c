/* Verbs about files and about the window itself. */
#include "app_parts.h"

#include <string.h>

#include "record.h"
#include "shelf.h"
#include "shot.h"
#include "words.h"

/* ---- Files. */

bool verb_open(struct app *a, const char *rest)
{
    if (rest[0] == '\0')
        return app_do(a, "ask open");
    char *word = rest[0] == '"' ? app_take_word(&rest)
                                : g_strdup(rest); /* quoted or not, it may have spaces */
    char *path = mxlab_scenario_find(word);
    g_free(word);
    app_open(a, path, AT_START);
    g_free(path);
    return true;
}

bool verb_picker(struct app *a, const char *rest)
{
    (void)rest;
    if (a->shelf != NULL && !app_is_word(a->shelf->language, a->prefs.language))
        shelf_free(&a->shelf);
    if (a->shelf == NULL)
        a->shelf = shelf_new(a->prefs.language);
    a->shows_picker = true;
    a->shows_help = a->shows_compare = false;
    a->player.is_playing = false;
    app_set_text(&a->menu_for, NULL);
    app_ask_close(a);
    int place = a->run != NULL ? shelf_place(a->shelf, run_path(a->run)) : 0;
    a->list_row = place > 0 ? (unsigned)place : 0;
    a->picker_scroll = 0;
    app_paint_all(a);
    return true;
}

bool verb_export(struct app *a, const char *rest)
{
    char *what = app_take_word(&rest), *file = app_take_word(&rest);
    GString *why = g_string_new(NULL);
    bool ok = false;

    if (!app_is_ready(a))
        app_refuse_empty(a);
    else if (what == NULL || file == NULL ||
             (!app_is_word(what, "map") && !app_is_word(what, "ladder") && !app_is_word(what, "all")))
        app_refuse(a, "%s", _("Say what to export and where to: export map FILE.svg"));
    else if (app_is_word(what, "all") && record_kind_of(file) != RECORD_NONE)
        ok = app_film(a, file, NULL, NULL);
    else if (!(ok = shot_export(a,
                                app_is_word(what, "map")      ? SHOT_MAP
                                : app_is_word(what, "ladder") ? SHOT_LADDER
                                                              : SHOT_ALL,
                                file, why)))
        app_refuse(a, "%s", why->str);
    else
        app_say(a, _("Written to %s."), file);
    g_string_free(why, TRUE);
    g_free(what);
    g_free(file);
    return ok;
}

bool verb_compare(struct app *a, const char *rest)
{
    (void)rest;
    if (!app_is_ready(a))
        return app_refuse_empty(a);
    if (run_version(a->run) == 0)
        return app_refuse(
            a, "%s", _("This is the original. Change something first: right-click on a host, or press D."));
    a->shows_compare = !a->shows_compare;
    app_paint_all(a);
    return true;
}

/* ---- The window. */

bool verb_help(struct app *a, const char *rest)
{
    (void)rest;
    a->shows_help = !a->shows_help;
    a->picker_scroll = 0;
    app_set_text(&a->menu_for, NULL);
    app_paint(a, PANEL_OVERLAY);
    return true;
}

/* What is on top goes; with nothing open, what is followed or selected. */
bool verb_close(struct app *a, const char *rest)
{
    (void)rest;
    if (a->filming != NULL)
        app_film_cancel(a);
    else if (a->menu_for != NULL)
        app_set_text(&a->menu_for, NULL);
    else if (a->ask != NULL)
        app_ask_close(a);
    else if (a->complaints != NULL) {
        report_release(a->complaints);
        g_clear_pointer(&a->complaints, g_free);
        run_free(&a->opening);
        if (a->run == NULL)
            return verb_picker(a, "");
    } else if (a->shows_help)
        a->shows_help = false;
    else if (a->shows_compare)
        a->shows_compare = false;
    else if (a->shows_picker && a->run != NULL)
        a->shows_picker = false;
    else if (a->shows_picker)
        return app_refuse(a, "%s", _("Choose a scenario, or press Ctrl+Q to leave."));
    else if (a->toast != NULL)
        app_set_text(&a->toast, NULL);
    else {
        app_set_text(&a->selected.link, NULL);
        return verb_follow(a, "none");
    }
    app_paint_all(a);
    return true;
}

/* By keys it opens below what it is about, where that is shown. */
static void find_menu_place(struct app *a, const char *thing)
{
    a->menu_x = a->layout.width / 3;
    a->menu_y = a->layout.height / 3;
    for (int p = 0; p < PANEL_OVERLAY; p++)
        for (guint i = 0; a->things[p] != NULL && i < a->things[p]->len; i++) {
            const struct thing *t = g_ptr_array_index(a->things[p], i);
            if (g_ascii_strcasecmp(t->name, thing) == 0) {
                a->menu_x = t->at.x + t->at.w / 2;
                a->menu_y = t->at.y + t->at.h + 2;
                return;
            }
        }
}

bool verb_menu(struct app *a, const char *rest)
{
    char *thing = app_take_word(&rest), *x = app_take_word(&rest), *y = app_take_word(&rest);
    const char *name;
    bool ok = false;

    if (thing == NULL && (a->selected.link != NULL || a->selected.host != NULL))
        thing = a->selected.link != NULL ? g_strdup_printf("link:%s", a->selected.link)
                                         : g_strdup_printf("host:%s", a->selected.host);
    if (app_world(a) == NULL)
        app_refuse_empty(a);
    else if (thing != NULL &&
             (((name = app_thing_of(thing, "host")) != NULL && view_host_find(app_world(a), name) >= 0) ||
              app_thing_of(thing, "link") != NULL || app_thing_of(thing, "mail") != NULL)) {
        app_set_text(&a->menu_for, thing);
        find_menu_place(a, thing);
        if (x != NULL)
            a->menu_x = CLAMP(g_ascii_strtod(x, NULL), 0, a->layout.width);
        if (y != NULL)
            a->menu_y = CLAMP(g_ascii_strtod(y, NULL), 0, a->layout.height);
        a->list_row = 0;
        app_paint(a, PANEL_OVERLAY);
        ok = true;
    } else
        app_refuse(a, "%s", _("A menu opens on a host, a link or a mail."));
    g_free(thing);
    g_free(x);
    g_free(y);
    return ok;
}

bool verb_theme(struct app *a, const char *rest)
{
    enum theme_name next = (enum theme_name)((a->prefs.theme + 1) % N_THEMES);

    for (int t = 0; rest[0] != '\0'; t++) {
        if (t == N_THEMES)
            return app_refuse(a, _("There is no theme “%s”: light, dark or contrast."), rest);
        next = (enum theme_name)t;
        if (app_is_word(rest, theme_text(next)))
            break;
    }
    a->prefs.theme = next;
    app_paint_all(a);
    return true;
}

bool verb_text(struct app *a, const char *rest)
{
    double size = app_is_word(rest, "bigger")    ? a->prefs.text_scale + 0.1
                  : app_is_word(rest, "smaller") ? a->prefs.text_scale - 0.1
                                                 : g_ascii_strtod(rest, NULL);

    if (size <= 0)
        return app_refuse(a, "%s", _("Text can be bigger, smaller, or a size such as 1.2."));
    a->prefs.text_scale = CLAMP((double)(int)(size * 10 + 0.5) / 10, 0.8, 2);
    app_relayout(a);
    return true;
}

bool verb_language(struct app *a, const char *rest)
{
    const char *to = rest[0] != '\0' ? rest : app_is_word(a->prefs.language, "ko") ? "en" : "ko";

    if (!app_is_word(to, "en") && !app_is_word(to, "ko"))
        return app_refuse(a, _("There is no language “%s”: en or ko."), to);
    g_strlcpy(a->prefs.language, to, sizeof a->prefs.language);
    words_use(a->prefs.language);
    if (a->run != NULL)
        run_speak(a->run, a->prefs.language);
    if (a->opening != NULL)
        run_speak(a->opening, a->prefs.language);
    if (a->shows_picker)
        verb_picker(a, "");
    app_set_text(&a->toast, NULL);
    app_paint_all(a);
    return true;
}

bool verb_motion(struct app *a, const char *rest)
{
    if (!app_is_word(rest, "on") && !app_is_word(rest, "off"))
        return app_refuse(a, "%s", _("Motion is on or off."));
    a->prefs.reduced_motion = app_is_word(rest, "off");
    app_paint_all(a);
    return true;
}

bool verb_quit(struct app *a, const char *rest)
{
    (void)rest;
    a->quits = true;
    return true;
}

/* Clicks in dialogs: the ground of one holds it open, a field of a form comes to the front, the comparison
 * leads to a moment. */
bool verb_hold(struct app *a, const char *rest)
{
    (void)a;
    (void)rest;
    return true;
}

bool verb_ask_field(struct app *a, const char *rest)
{
    app_ask_field(a, (unsigned)g_ascii_strtoull(rest, NULL, 10));
    return a->ask != NULL;
}

bool verb_part(struct app *a, const char *rest)
{
    a->shows_compare = false;
    return verb_at(a, rest);
}
