#include "app_parts.h"

#include <stdlib.h>
#include <string.h>

#include "shelf.h"
#include "shot.h"
#include "words.h"

static bool is_word(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static bool refuse_empty(struct app *a)
{
    return app_refuse(a, "%s", _("Nothing is open yet. Choose a scenario first."));
}

/* ---- Playing. */

static bool do_play(struct app *a, const char *rest)
{
    (void)rest;
    if (!app_is_ready(a))
        return refuse_empty(a);
    if (a->player.at + 1 >= view_tape_length(a->player.tape)) {
        player_go(&a->player, -1); /* from the end: once more */
        app_moved(a);
    }
    a->player.is_playing = true;
    app_paint_all(a);
    return true;
}

static bool do_pause(struct app *a, const char *rest)
{
    (void)rest;
    a->player.is_playing = false;
    app_paint_all(a);
    return true;
}

static bool do_toggle(struct app *a, const char *rest)
{
    return a->player.is_playing ? do_pause(a, rest) : do_play(a, rest);
}

static bool set_speed(struct app *a, double speed)
{
    a->player.speed = a->prefs.speed = CLAMP(speed, 0.25, 8);
    app_say(a, _("Speed %g×"), a->player.speed);
    app_paint(a, PANEL_TOP);
    return true;
}

static bool do_faster(struct app *a, const char *rest)
{
    (void)rest;
    return set_speed(a, a->player.speed * 2);
}

static bool do_slower(struct app *a, const char *rest)
{
    (void)rest;
    return set_speed(a, a->player.speed / 2);
}

/* ---- Moving. */

static const char *const step_names[] = { "packet", "message", "chapter" };

/* The kind that is named, else as the switch stands; -1: no such kind. */
static int step_kind_of(const struct app *a, const char *rest)
{
    if (rest[0] == '\0')
        return (int)a->step;
    for (int i = 0; i < 3; i++)
        if (is_word(rest, step_names[i]))
            return i;
    return -1;
}

static bool step(struct app *a, const char *rest, bool forward)
{
    int kind = step_kind_of(a, rest);

    if (!app_is_ready(a))
        return refuse_empty(a);
    if (kind < 0)
        return app_refuse(a, _("A step is a packet, a message or a chapter, not “%s”."), rest);
    a->player.is_playing = false;
    if (!player_step(&a->player, kind, forward)) {
        app_paint_all(a);
        return app_refuse(
            a, "%s", forward ? _("This is the end of the run.") : _("This is the beginning of the run."));
    }
    app_moved(a);
    return true;
}

static bool do_step(struct app *a, const char *rest)
{
    return step(a, rest, true);
}

static bool do_back(struct app *a, const char *rest)
{
    return step(a, rest, false);
}

static bool go(struct app *a, int64_t index)
{
    if (!app_is_ready(a))
        return refuse_empty(a);
    a->player.is_playing = false;
    player_go(&a->player, CLAMP(index, -1, view_tape_length(a->player.tape) - 1));
    app_moved(a);
    return true;
}

static bool do_start(struct app *a, const char *rest)
{
    (void)rest;
    return go(a, -1);
}

static bool do_end(struct app *a, const char *rest)
{
    (void)rest;
    return go(a, G_MAXINT64);
}

static bool do_at(struct app *a, const char *rest)
{
    char *end;
    int64_t index = g_ascii_strtoll(rest, &end, 10);

    if (end == rest || *end != '\0')
        return app_refuse(a, _("“%s” is not the number of an event."), rest);
    return go(a, index);
}

/* "1:30:00.5" and "Day 2, 03:30" as the clock shows, "1h30m" as scenarios write, "5400" seconds. */
static bool read_time(const char *text, sim_time *out)
{
    char *plain = g_strstrip(g_strdup(text));
    const char *p = plain;
    sim_time days = 0, rest = 0;
    char *end;
    bool ok;

    if (g_ascii_strncasecmp(p, "day ", 4) == 0) {
        uint64_t day = g_ascii_strtoull(p + 4, &end, 10);
        days = day >= 1 && day <= 100000 ? (sim_time)(day - 1) * SIM_DAY : 0;
        p = *end == ',' ? end + 1 : end;
        while (*p == ' ')
            p++;
    }
    if (strchr(p, ':') != NULL) {
        char **parts = g_strsplit(p, ":", 4);
        unsigned n = g_strv_length(parts);
        uint64_t whole = 0;

        ok = n <= 3;
        for (unsigned i = 0; ok && i + 1 < n; i++) {
            uint64_t v = 0;
            ok = span_number(span_of(parts[i]), 100000, &v);
            whole = whole * 60 + v;
        }
        ok = ok && time_parse_seconds(span_of(parts[n - 1]), &rest);
        rest = ok ? rest + (sim_time)(whole * 60) * SIM_SECOND : 0;
        g_strfreev(parts);
    } else {
        ok = (*p == '\0' && p != plain) || time_parse(span_of(p), &rest) ||
             time_parse_seconds(span_of(p), &rest);
    }
    *out = days + rest;
    g_free(plain);
    return ok;
}

static bool do_go(struct app *a, const char *rest)
{
    sim_time at;

    if (!app_is_ready(a))
        return refuse_empty(a);
    if (!read_time(rest, &at))
        return app_refuse(a, _("“%s” is not a time. Write 1h30m, 90s or 1:30:00."), rest);
    a->player.is_playing = false;
    player_go_time(&a->player, at);
    app_moved(a);
    return true;
}

static bool set_breakpoint(struct app *a, const char *text)
{
    GString *why = g_string_new(NULL);
    struct view_pattern *p = view_pattern_new(text, why);

    if (p == NULL)
        app_refuse(a, "%s", why->str);
    else {
        view_pattern_free(&a->breakpoint);
        a->breakpoint = p;
        app_set_text(&a->breakpoint_text, text);
    }
    g_string_free(why, TRUE);
    return p != NULL;
}

static bool do_find(struct app *a, const char *rest)
{
    if (!app_is_ready(a))
        return refuse_empty(a);
    if (is_word(rest, "none")) {
        view_pattern_free(&a->breakpoint);
        app_set_text(&a->breakpoint_text, NULL);
        app_paint_all(a);
        return true;
    }
    if (rest[0] != '\0' && !set_breakpoint(a, rest))
        return false;
    if (a->breakpoint == NULL)
        return app_do(a, "ask find");
    a->player.is_playing = false;
    if (!player_find(&a->player, a->breakpoint))
        return app_refuse(a, _("No later event matches “%s”."), a->breakpoint_text);
    app_moved(a);
    return true;
}

static bool do_kind(struct app *a, const char *rest)
{
    int kind = rest[0] != '\0' ? step_kind_of(a, rest) : -1;

    if (kind < 0)
        return app_refuse(a, _("A step is a packet, a message or a chapter, not “%s”."), rest);
    a->step = (enum step_kind)kind;
    app_paint(a, PANEL_TOP);
    return true;
}

/* ---- Looking. */

/* "m1": 1; 0 if it is nothing of that letter. */
static uint32_t id_of(const char *text, char letter)
{
    uint64_t n = 0;

    return text != NULL && text[0] == letter && span_number(span_of(text + 1), UINT32_MAX, &n) ? (uint32_t)n
                                                                                               : 0;
}

static void show_tab(struct app *a, enum inspector_tab tab)
{
    if (a->tab != tab)
        a->inspector_scroll = 0;
    a->tab = tab;
    a->shows_inspector = true;
    app_paint_all(a);
}

static bool do_follow(struct app *a, const char *rest)
{
    uint32_t mail = id_of(app_thing_of(rest, "mail"), 'm');
    uint32_t conn = id_of(app_thing_of(rest, "conn"), 'c');
    uint32_t lookup = id_of(app_thing_of(rest, "lookup"), 'l');

    if (mail + conn + lookup == 0 && !is_word(rest, "none"))
        return app_refuse(a, _("“%s” can't be followed: say mail:m1, conn:c1, lookup:l1 or none."), rest);
    a->selected.mail = mail;
    a->selected.conn = conn;
    a->selected.lookup = lookup;
    app_paint_all(a);
    return true;
}

static bool select_host(struct app *a, const char *name)
{
    const struct mxlab *m = app_world(a);
    int i = m != NULL ? view_host_find(m, name) : -1;

    if (i < 0)
        return app_refuse(a, _("There is no host “%s”."), name);
    if (g_strcmp0(a->selected.host, view_host(m, (unsigned)i).name) != 0) {
        app_set_text(&a->open_row, NULL);
        a->inspector_scroll = 0;
    }
    app_set_text(&a->selected.host, view_host(m, (unsigned)i).name);
    app_set_text(&a->selected.link, NULL);
    show_tab(a, TAB_HOST);
    return true;
}

static bool select_link(struct app *a, const char *name)
{
    const struct mxlab *m = app_world(a);

    for (unsigned i = 0; m != NULL && i < view_links(m); i++) {
        struct view_link l = view_link(m, i);
        char *there = g_strdup_printf("%s>%s", l.a, l.b), *back = g_strdup_printf("%s>%s", l.b, l.a);
        bool is_it = g_ascii_strcasecmp(there, name) == 0 || g_ascii_strcasecmp(back, name) == 0;

        if (is_it) {
            app_set_text(&a->selected.link, there);
            app_set_text(&a->selected.host, NULL);
            app_paint_all(a);
        }
        g_free(there);
        g_free(back);
        if (is_it)
            return true;
    }
    return app_refuse(a, _("There is no link “%s”."), name);
}

static bool select_mail(struct app *a, uint32_t mail)
{
    if (!app_is_ready(a) || mail >= a->trails->len || a->trails->pdata[mail] == NULL)
        return app_refuse(a, _("There is no mail m%u."), mail);
    a->selected.mail = mail;
    a->selected.conn = a->selected.lookup = 0;
    show_tab(a, TAB_MAIL);
    return true;
}

static bool select_conn(struct app *a, uint32_t conn)
{
    a->selected.conn = conn;
    a->selected.mail = a->selected.lookup = 0;
    show_tab(a, TAB_HOST);
    return true;
}

static bool select_row(struct app *a, const char *row)
{
    app_set_text(&a->open_row, g_strcmp0(a->open_row, row) == 0 ? NULL : row);
    app_paint(a, PANEL_INSPECTOR);
    return true;
}

static bool do_select(struct app *a, const char *rest)
{
    const char *name;
    uint32_t id;

    if (!app_is_ready(a))
        return refuse_empty(a);
    if ((name = app_thing_of(rest, "host")) != NULL)
        return select_host(a, name);
    if ((name = app_thing_of(rest, "link")) != NULL)
        return select_link(a, name);
    if ((id = id_of(app_thing_of(rest, "mail"), 'm')) != 0)
        return select_mail(a, id);
    if ((id = id_of(app_thing_of(rest, "conn"), 'c')) != 0)
        return select_conn(a, id);
    if (id_of(app_thing_of(rest, "lookup"), 'l') != 0)
        return do_follow(a, rest);
    if ((name = app_thing_of(rest, "record")) != NULL || (name = app_thing_of(rest, "arrow")) != NULL)
        return do_at(a, name);
    if ((name = app_thing_of(rest, "row")) != NULL)
        return select_row(a, name);
    if ((name = app_thing_of(rest, "field")) != NULL) {
        a->field = a->field == atoi(name) ? -1 : atoi(name);
        show_tab(a, TAB_MESSAGE);
        return true;
    }
    if ((name = app_thing_of(rest, "layer")) != NULL) {
        a->layers_turned ^= 1u << (atoi(name) & 7);
        a->field = -1;
        show_tab(a, TAB_MESSAGE);
        return true;
    }
    if (is_word(rest, "none")) {
        app_set_text(&a->selected.host, NULL);
        app_set_text(&a->selected.link, NULL);
        return do_follow(a, rest);
    }
    return app_refuse(a, _("“%s” can't be selected."), rest);
}

static bool do_tab(struct app *a, const char *rest)
{
    static const char *const names[N_TABS] = { "message", "host", "mail", "why" };

    if (rest[0] == '\0') { /* the next; in a narrow window the ladder is one of them */
        if (a->layout.is_narrow && a->shows_inspector && a->tab == TAB_WHY) {
            a->shows_inspector = false;
            a->tab = TAB_MESSAGE;
            app_paint_all(a);
        } else if (a->layout.is_narrow && !a->shows_inspector)
            show_tab(a, TAB_MESSAGE);
        else
            show_tab(a, (enum inspector_tab)((a->tab + 1) % N_TABS));
        return true;
    }
    if (is_word(rest, "ladder")) {
        a->shows_inspector = false;
        app_paint_all(a);
        return true;
    }
    for (int i = 0; i < N_TABS; i++)
        if (is_word(rest, names[i])) {
            show_tab(a, (enum inspector_tab)i);
            return true;
        }
    return app_refuse(a, _("There is no tab “%s”."), rest);
}

/* The one `by` places further in a list of `n`; from nothing, the first or the last. */
static unsigned turned(int now, unsigned n, int by)
{
    return now < 0 ? (by > 0 ? 0 : n - 1) : (unsigned)((now + by + (int)n) % (int)n);
}

static bool next_host(struct app *a, int by)
{
    const struct mxlab *m = app_world(a);
    int now = a->selected.host != NULL ? view_host_find(m, a->selected.host) : -1;

    return view_hosts(m) > 0 && select_host(a, view_host(m, turned(now, view_hosts(m), by)).name);
}

static bool next_link(struct app *a, int by)
{
    const struct mxlab *m = app_world(a);
    int now = -1;

    for (unsigned i = 0; i < view_links(m); i++) {
        char *name = g_strdup_printf("%s>%s", view_link(m, i).a, view_link(m, i).b);
        now = g_strcmp0(name, a->selected.link) == 0 ? (int)i : now;
        g_free(name);
    }
    if (view_links(m) == 0)
        return false;
    struct view_link l = view_link(m, turned(now, view_links(m), by));
    char *name = g_strdup_printf("%s>%s", l.a, l.b);
    bool ok = select_link(a, name);
    g_free(name);
    return ok;
}

static bool next_mail(struct app *a, int by)
{
    unsigned n = a->trails->len;
    unsigned i = a->selected.mail;

    for (unsigned tries = 0; tries < n; tries++) {
        i = (i + n + (unsigned)(by + (int)n)) % n;
        if (i > 0 && a->trails->pdata[i] != NULL)
            return select_mail(a, i);
    }
    return app_refuse(a, "%s", _("No mail yet. Press M to send one."));
}

static bool next_field(struct app *a, int by)
{
    int n = (int)inspector_fields(a);

    if (n == 0)
        return next_host(a, by);
    a->field = (int)turned(a->field, (unsigned)n, by);
    app_paint(a, PANEL_INSPECTOR);
    return true;
}

static bool next(struct app *a, const char *rest, int by)
{
    if (app_world(a) == NULL)
        return refuse_empty(a);
    if (is_word(rest, "host"))
        return next_host(a, by);
    if (is_word(rest, "link"))
        return next_link(a, by);
    if (is_word(rest, "mail") || (rest[0] == '\0' && a->tab == TAB_MAIL))
        return next_mail(a, by);
    if (is_word(rest, "field") || (rest[0] == '\0' && a->tab == TAB_MESSAGE))
        return next_field(a, by);
    return next_host(a, by);
}

static bool do_next(struct app *a, const char *rest)
{
    return next(a, rest, 1);
}

static bool do_previous(struct app *a, const char *rest)
{
    return next(a, rest, -1);
}

static bool do_scroll(struct app *a, const char *rest)
{
    struct rect r = app_panel(a, PANEL_INSPECTOR);
    double lines = is_word(rest, "down") ? -4 : is_word(rest, "up") ? 4 : -g_ascii_strtod(rest, NULL);

    app_scroll(a, r.x + r.w / 2, r.y + r.h / 2, CLAMP(lines, -1000, 1000));
    return true;
}

static bool do_why(struct app *a, const char *rest)
{
    a->why_all = is_word(rest, "all") ? true : is_word(rest, "short") ? false : !a->why_all;
    show_tab(a, TAB_WHY);
    return true;
}

static bool do_collapse(struct app *a, const char *rest)
{
    (void)rest;
    a->tcp_collapsed = !a->tcp_collapsed;
    a->ladder_scroll = 0;
    app_paint_all(a);
    return true;
}

/* ---- Files. */

static bool do_open(struct app *a, const char *rest)
{
    if (rest[0] == '\0')
        return app_do(a, "ask open");
    char *path = shelf_find(rest);
    app_open(a, path, -1);
    g_free(path);
    return true;
}

static bool do_picker(struct app *a, const char *rest)
{
    (void)rest;
    if (a->shelf != NULL && !is_word(a->shelf->language, a->prefs.language))
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

static bool do_export(struct app *a, const char *rest)
{
    char *what = app_take_word(&rest), *file = app_take_word(&rest);
    GString *why = g_string_new(NULL);
    bool ok = false;

    if (!app_is_ready(a))
        refuse_empty(a);
    else if (what == NULL || file == NULL ||
             (!is_word(what, "map") && !is_word(what, "ladder") && !is_word(what, "all")))
        app_refuse(a, "%s", _("Say what to export and where to: export map FILE.svg"));
    else if (!(ok = shot_export(a,
                                is_word(what, "map")      ? SHOT_MAP
                                : is_word(what, "ladder") ? SHOT_LADDER
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

static bool do_compare(struct app *a, const char *rest)
{
    (void)rest;
    if (!app_is_ready(a))
        return refuse_empty(a);
    if (run_version(a->run) == 0)
        return app_refuse(
            a, "%s", _("This is the original. Change something first: right-click on a host, or press D."));
    a->shows_compare = !a->shows_compare;
    app_paint_all(a);
    return true;
}

/* ---- The window. */

static bool do_help(struct app *a, const char *rest)
{
    (void)rest;
    a->shows_help = !a->shows_help;
    app_set_text(&a->menu_for, NULL);
    app_paint(a, PANEL_OVERLAY);
    return true;
}

/* What is on top goes; with nothing open, what is followed or selected. */
static bool do_close(struct app *a, const char *rest)
{
    (void)rest;
    if (a->menu_for != NULL)
        app_set_text(&a->menu_for, NULL);
    else if (a->ask != NULL)
        app_ask_close(a);
    else if (a->complaints != NULL) {
        report_release(a->complaints);
        g_clear_pointer(&a->complaints, g_free);
        run_free(&a->opening);
        if (a->run == NULL)
            return do_picker(a, "");
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
        return do_follow(a, "none");
    }
    app_paint_all(a);
    return true;
}

static bool do_menu(struct app *a, const char *rest)
{
    char *thing = app_take_word(&rest), *x = app_take_word(&rest), *y = app_take_word(&rest);
    const char *name;
    bool ok = false;

    if (thing == NULL && (a->selected.link != NULL || a->selected.host != NULL))
        thing = a->selected.link != NULL ? g_strdup_printf("link:%s", a->selected.link)
                                         : g_strdup_printf("host:%s", a->selected.host);
    if (app_world(a) == NULL)
        refuse_empty(a);
    else if (thing != NULL &&
             (((name = app_thing_of(thing, "host")) != NULL && view_host_find(app_world(a), name) >= 0) ||
              app_thing_of(thing, "link") != NULL || app_thing_of(thing, "mail") != NULL)) {
        app_set_text(&a->menu_for, thing);
        a->menu_x = x != NULL ? CLAMP(g_ascii_strtod(x, NULL), 0, a->layout.width) : a->layout.width / 3;
        a->menu_y = y != NULL ? CLAMP(g_ascii_strtod(y, NULL), 0, a->layout.height) : a->layout.height / 3;
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

static bool do_theme(struct app *a, const char *rest)
{
    enum theme_name next = (enum theme_name)((a->prefs.theme + 1) % N_THEMES);

    for (int t = 0; rest[0] != '\0'; t++) {
        if (t == N_THEMES)
            return app_refuse(a, _("There is no theme “%s”: light, dark or contrast."), rest);
        next = (enum theme_name)t;
        if (is_word(rest, theme_text(next)))
            break;
    }
    a->prefs.theme = next;
    app_paint_all(a);
    return true;
}

static bool do_text(struct app *a, const char *rest)
{
    double size = is_word(rest, "bigger")    ? a->prefs.text_scale + 0.1
                  : is_word(rest, "smaller") ? a->prefs.text_scale - 0.1
                                             : g_ascii_strtod(rest, NULL);

    if (size <= 0)
        return app_refuse(a, "%s", _("Text can be bigger, smaller, or a size such as 1.2."));
    a->prefs.text_scale = CLAMP((double)(int)(size * 10 + 0.5) / 10, 0.8, 2);
    app_relayout(a);
    return true;
}

static bool do_language(struct app *a, const char *rest)
{
    const char *to = rest[0] != '\0' ? rest : is_word(a->prefs.language, "ko") ? "en" : "ko";

    if (!is_word(to, "en") && !is_word(to, "ko"))
        return app_refuse(a, _("There is no language “%s”: en or ko."), to);
    g_strlcpy(a->prefs.language, to, sizeof a->prefs.language);
    words_use(a->prefs.language);
    /* Titles and texts of the scenario come in one language: read it again, but never lose a student's
     * version for it. */
    if (a->run != NULL && run_versions(a->run) <= 1)
        app_open(a, run_path(a->run), app_is_ready(a) ? a->player.clock : -1);
    if (a->shows_picker)
        do_picker(a, "");
    app_set_text(&a->toast, NULL);
    app_paint_all(a);
    return true;
}

static bool do_motion(struct app *a, const char *rest)
{
    if (!is_word(rest, "on") && !is_word(rest, "off"))
        return app_refuse(a, "%s", _("Motion is on or off."));
    a->prefs.reduced_motion = is_word(rest, "off");
    app_paint_all(a);
    return true;
}

static bool do_quit(struct app *a, const char *rest)
{
    (void)rest;
    a->quits = true;
    return true;
}

/* Clicks in dialogs: the ground of one holds it open, a field of a form comes to the front, the comparison
 * leads to a moment. */
static bool do_hold(struct app *a, const char *rest)
{
    (void)a;
    (void)rest;
    return true;
}

static bool do_ask_field(struct app *a, const char *rest)
{
    app_ask_field(a, (unsigned)g_ascii_strtoull(rest, NULL, 10));
    return a->ask != NULL;
}

static bool do_part(struct app *a, const char *rest)
{
    a->shows_compare = false;
    return do_at(a, rest);
}

/* ---- The table: what scripts say, what keys do, what the help sheet shows. Rows of one word follow each
 * other. */

const char *const verb_groups[N_VERB_GROUPS] = { N_("Playing"),  N_("Moving"), N_("Looking"),
                                                 N_("Changing"), N_("Files"),  N_("Window") };

const struct verb verbs[] = {
    { "toggle", "", do_toggle, N_("Play or pause"), "Space", VERB_PLAY },
    { "play", "", do_play, N_("Play"), "", VERB_PLAY },
    { "pause", "", do_pause, N_("Pause"), "", VERB_PLAY },
    { "faster", "", do_faster, N_("Faster"), "+ = Shift+= Shift++", VERB_PLAY },
    { "slower", "", do_slower, N_("Slower"), "-", VERB_PLAY },

    { "step", "packet|message|chapter", do_step, N_("One step forward"), "Right", VERB_MOVE },
    { "back", "packet|message|chapter", do_back, N_("One step back"), "Left", VERB_MOVE },
    { "step packet", "", do_step, N_("The next packet"), "Shift+Right", VERB_MOVE },
    { "back packet", "", do_back, N_("The packet before"), "Shift+Left", VERB_MOVE },
    { "step chapter", "", do_step, N_("The next chapter"), "PageDown", VERB_MOVE },
    { "back chapter", "", do_back, N_("The chapter before"), "PageUp", VERB_MOVE },
    { "start", "", do_start, N_("To the beginning"), "Home", VERB_MOVE },
    { "end", "", do_end, N_("To the end"), "End", VERB_MOVE },
    { "ask go", "", verb_ask, N_("Go to a time"), "G", VERB_MOVE },
    { "go", "TIME", do_go, N_("To a time: 1h30m, 1:30:00"), "", VERB_MOVE },
    { "at", "INDEX", do_at, N_("To an event by its number"), "", VERB_MOVE },
    { "ask find", "", verb_ask, N_("Find an event that matches a pattern"), "Ctrl+F", VERB_MOVE },
    { "find", "PATTERN|none", do_find, N_("The next event that matches"), "F3", VERB_MOVE },
    { "kind", "packet|message|chapter", do_kind, N_("What a step is"), "", VERB_MOVE },

    { "tab", "message|host|mail|why|ladder", do_tab, N_("The next tab of the inspector"), "Tab", VERB_LOOK },
    { "tab why", "", do_tab, N_("Why did this happen?"), "W", VERB_LOOK },
    { "why", "all|short", do_why, N_("All steps of the chain of causes, or those that matter"), "Shift+W",
      VERB_LOOK },
    { "select", "THING", do_select, N_("Select host:NAME, link:A>B, mail:m1, conn:c1, record:118"), "",
      VERB_LOOK },
    { "follow", "mail:m1|conn:c1|lookup:l1|none", do_follow, N_("Follow it: the rest fades"), "", VERB_LOOK },
    { "next", "host|link|mail|field", do_next, N_("The next host, mail or field in the inspector"), "Down",
      VERB_LOOK },
    { "previous", "host|link|mail|field", do_previous, N_("The one before"), "Up", VERB_LOOK },
    { "next link", "", do_next, N_("The next link"), "Ctrl+Down", VERB_LOOK },
    { "previous link", "", do_previous, N_("The link before"), "Ctrl+Up", VERB_LOOK },
    { "scroll down", "", do_scroll, N_("Scroll the inspector"), "Shift+Down", VERB_LOOK },
    { "scroll up", "", do_scroll, N_("Scroll it back"), "Shift+Up", VERB_LOOK },
    { "collapse", "", do_collapse, N_("Show or fold TCP’s details in the ladder"), "P", VERB_LOOK },

    { "ask send", "", verb_ask, N_("Send a mail"), "M", VERB_BREAK },
    { "ask look-up", "", verb_ask, N_("Look up a name"), "L", VERB_BREAK },
    { "down-or-up", "", verb_down_or_up, N_("The selected host goes down, or up again"), "D", VERB_BREAK },
    { "cut-or-mend", "", verb_cut_or_mend, N_("Cut or mend the selected link"), "X", VERB_BREAK },
    { "break", "down|up|cut|mend|lossy|slow TARGET", verb_break,
      N_("Break or repair a host, a server (smtp@HOST) or a link"), "", VERB_BREAK },
    { "send", "FROM TO SUBJECT", verb_send, N_("Send a mail now"), "", VERB_BREAK },
    { "look-up", "HOST NAME TYPE", verb_look_up, N_("Look up a name now"), "", VERB_BREAK },
    { "undo", "", verb_undo, N_("Undo the last change"), "Ctrl+Z", VERB_BREAK },
    { "redo", "", verb_redo, N_("Redo it"), "Ctrl+Y Ctrl+Shift+Z", VERB_BREAK },
    { "compare", "", do_compare, N_("Compare your version with the original"), "C", VERB_BREAK },

    { "picker", "", do_picker, N_("Choose a scenario"), "Ctrl+O O", VERB_FILE },
    { "open", "FILE", do_open, N_("Open a file"), "", VERB_FILE },
    { "ask open", "", verb_ask, N_("Open a file by its path"), "Ctrl+Shift+O", VERB_FILE },
    { "ask save", "", verb_ask, N_("Save your version as a scenario"), "Ctrl+S", VERB_FILE },
    { "save", "FILE", verb_save, N_("Save your version as a scenario"), "", VERB_FILE },
    { "export", "map|ladder|all FILE", do_export, N_("Export a picture: PNG, SVG or PDF"), "", VERB_FILE },
    { "ask export", "", verb_ask, N_("Export what is on screen"), "Ctrl+E", VERB_FILE },

    { "help", "", do_help, N_("This help"), "F1", VERB_WINDOW },
    { "close", "", do_close, N_("Close what is open; follow nothing"), "Escape", VERB_WINDOW },
    { "menu", "THING X Y", do_menu, N_("The menu of what is selected"), "Return Application Shift+F10",
      VERB_WINDOW },
    { "ask", "send|look-up|find|go|save|open|export", verb_ask, N_("Open a form"), "", VERB_WINDOW },
    { "answer", "", verb_answer, N_("Done with the form"), "", VERB_WINDOW },
    { "ask-field", "N", do_ask_field, N_("Write in that field of the form, from 0"), "", VERB_WINDOW },
    { "hold", "", do_hold, N_("Nothing: a dialog stays open"), "", VERB_WINDOW },
    { "part", "INDEX", do_part, N_("From the comparison to where the versions part"), "", VERB_WINDOW },
    { "theme", "light|dark|contrast", do_theme, N_("The next theme"), "T", VERB_WINDOW },
    { "text", "bigger|smaller|SIZE", do_text, N_("Text size"), "", VERB_WINDOW },
    { "text bigger", "", do_text, N_("Bigger text"), "Ctrl++ Ctrl+= Ctrl+Shift+= Ctrl+Shift++", VERB_WINDOW },
    { "text smaller", "", do_text, N_("Smaller text"), "Ctrl+-", VERB_WINDOW },
    { "language", "en|ko", do_language, N_("English or Korean"), "Ctrl+L", VERB_WINDOW },
    { "motion", "on|off", do_motion, N_("Motion, or jumps"), "", VERB_WINDOW },
    { "quit", "", do_quit, N_("Leave"), "Ctrl+Q", VERB_WINDOW },
};
const unsigned n_verbs = G_N_ELEMENTS(verbs);

const struct verb *verb_of_key(const char *key)
{
    for (unsigned i = 0; i < n_verbs; i++) {
        const char *p = verbs[i].keys;

        while (*p != '\0') {
            size_t n = strcspn(p, " ");
            if (n == strlen(key) && strncmp(p, key, n) == 0)
                return &verbs[i];
            p += n;
            p += strspn(p, " ");
        }
    }
    return NULL;
}

bool app_do(struct app *a, const char *verb)
{
    const char *rest = verb;
    char *word = app_take_word(&rest);
    bool ok = word == NULL; /* nothing to be done is done */

    if (a->toast != NULL && word != NULL && !is_word(word, "close") && !is_word(word, "hold")) {
        app_set_text(&a->toast, NULL); /* it was about what was done before */
        app_paint(a, PANEL_OVERLAY);
    }

    for (unsigned i = 0; word != NULL && i < n_verbs; i++) {
        size_t n = strcspn(verbs[i].name, " ");
        if (strlen(word) == n && strncmp(verbs[i].name, word, n) == 0) {
            char *copy = g_strchomp(g_strdup(rest)); /* what is done may free what said it */
            ok = verbs[i].run(a, copy);
            g_free(copy);
            g_free(word);
            return ok;
        }
    }
    if (!ok)
        app_refuse(a, _("There is no verb “%s”. F1 lists them."), word);
    g_free(word);
    return ok;
}
