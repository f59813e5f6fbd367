/* Verbs that select, follow and show. */
#include "app_parts.h"

#include <stdlib.h>
#include <string.h>

#include "ladder_rows.h"
#include "words.h"

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
    a->front = FRONT_INSPECTOR;
    app_paint_all(a);
}

static bool has_mail(const struct app *a, uint32_t mail)
{
    return mail < a->trails->len && a->trails->pdata[mail] != NULL;
}

bool app_follows(const struct app *a)
{
    return a->selected.mail != 0 || a->selected.conn != 0 || a->selected.lookup != 0;
}

bool app_is_followed(const struct app *a, const struct record *r)
{
    const struct selection *s = &a->selected;
    return (s->mail == 0 || r->mail == s->mail) && (s->conn == 0 || r->conn == s->conn) &&
           (s->lookup == 0 || r->lookup == s->lookup);
}

bool verb_follow(struct app *a, const char *rest)
{
    uint32_t mail = id_of(app_thing_of(rest, "mail"), 'm');
    uint32_t conn = id_of(app_thing_of(rest, "conn"), 'c');
    uint32_t lookup = id_of(app_thing_of(rest, "lookup"), 'l');

    if (mail + conn + lookup == 0 && !app_is_word(rest, "none"))
        return app_refuse(a, _("“%s” can't be followed: say mail:m1, conn:c1, lookup:l1 or none."), rest);
    if (mail + conn + lookup > 0 && !app_is_ready(a))
        return app_refuse_empty(a);
    if (mail > 0 && !has_mail(a, mail))
        return app_refuse(a, _("There is no mail m%u."), mail);
    if (conn > 0 && conn > run_index(a->run)->conns)
        return app_refuse(a, _("There is no connection c%u."), conn);
    if (lookup > 0 && lookup > run_index(a->run)->lookups)
        return app_refuse(a, _("There is no look-up l%u."), lookup);
    a->selected.mail = mail;
    a->selected.conn = conn;
    a->selected.lookup = lookup;
    a->ladder_scroll = ladder_scroll_followed(a);
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
    if (!app_is_ready(a) || !has_mail(a, mail))
        return app_refuse(a, _("There is no mail m%u."), mail);
    a->selected.mail = mail;
    a->selected.conn = a->selected.lookup = 0;
    a->ladder_scroll = ladder_scroll_followed(a);
    show_tab(a, TAB_MAIL);
    return true;
}

static bool select_conn(struct app *a, uint32_t conn)
{
    if (conn > run_index(a->run)->conns)
        return app_refuse(a, _("There is no connection c%u."), conn);
    a->selected.conn = conn;
    a->selected.mail = a->selected.lookup = 0;
    a->ladder_scroll = ladder_scroll_followed(a);
    show_tab(a, TAB_HOST);
    return true;
}

static bool select_row(struct app *a, const char *row)
{
    app_set_text(&a->open_row, g_strcmp0(a->open_row, row) == 0 ? NULL : row);
    app_paint(a, PANEL_INSPECTOR);
    return true;
}

bool verb_select(struct app *a, const char *rest)
{
    const char *name;
    uint32_t id;

    if (!app_is_ready(a))
        return app_refuse_empty(a);
    if ((name = app_thing_of(rest, "host")) != NULL)
        return select_host(a, name);
    if ((name = app_thing_of(rest, "link")) != NULL)
        return select_link(a, name);
    if ((id = id_of(app_thing_of(rest, "mail"), 'm')) != 0)
        return select_mail(a, id);
    if ((id = id_of(app_thing_of(rest, "conn"), 'c')) != 0)
        return select_conn(a, id);
    if (id_of(app_thing_of(rest, "lookup"), 'l') != 0)
        return verb_follow(a, rest);
    if ((name = app_thing_of(rest, "record")) != NULL || (name = app_thing_of(rest, "arrow")) != NULL)
        return verb_at(a, name);
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
    if (app_is_word(rest, "none")) {
        app_set_text(&a->selected.host, NULL);
        app_set_text(&a->selected.link, NULL);
        return verb_follow(a, rest);
    }
    return app_refuse(a, _("“%s” can't be selected."), rest);
}

/* Where panels share a place, those that share it with the inspector are tabs before its own. */
static bool show_front(struct app *a, enum front f)
{
    a->front = f;
    app_paint_all(a);
    return true;
}

static bool next_tab(struct app *a)
{
    enum front f = app_front(a);

    if (a->layout.kind == LAYOUT_WIDE || (f == FRONT_INSPECTOR && a->tab + 1 < N_TABS))
        show_tab(a, (enum inspector_tab)((a->tab + 1) % N_TABS));
    else if (f == FRONT_INSPECTOR)
        return show_front(a, a->layout.kind == LAYOUT_SINGLE ? FRONT_MAP : FRONT_LADDER);
    else if (a->layout.kind == LAYOUT_SINGLE && f != FRONT_STORY)
        return show_front(a, f + 1);
    else
        show_tab(a, TAB_MESSAGE);
    return true;
}

bool verb_tab(struct app *a, const char *rest)
{
    static const char *const names[N_TABS] = { "message", "host", "mail", "why" };
    static const char *const fronts[FRONT_INSPECTOR] = { "map", "ladder", "story" };

    if (rest[0] == '\0')
        return next_tab(a);
    for (int i = 0; i < FRONT_INSPECTOR; i++)
        if (app_is_word(rest, fronts[i]))
            return show_front(a, (enum front)i);
    for (int i = 0; i < N_TABS; i++)
        if (app_is_word(rest, names[i])) {
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
        return app_refuse_empty(a);
    if (app_is_word(rest, "host"))
        return next_host(a, by);
    if (app_is_word(rest, "link"))
        return next_link(a, by);
    if (app_is_word(rest, "mail") || (rest[0] == '\0' && a->tab == TAB_MAIL))
        return next_mail(a, by);
    if (app_is_word(rest, "field") || (rest[0] == '\0' && a->tab == TAB_MESSAGE))
        return next_field(a, by);
    return next_host(a, by);
}

bool verb_next(struct app *a, const char *rest)
{
    return next(a, rest, 1);
}

bool verb_previous(struct app *a, const char *rest)
{
    return next(a, rest, -1);
}

bool verb_scroll(struct app *a, const char *rest)
{
    struct rect r = app_panel(a, PANEL_INSPECTOR);
    double lines = app_is_word(rest, "down") ? -4 : app_is_word(rest, "up") ? 4 : -g_ascii_strtod(rest, NULL);

    app_scroll(a, r.x + r.w / 2, r.y + r.h / 2, CLAMP(lines, -1000, 1000));
    return true;
}

bool verb_why(struct app *a, const char *rest)
{
    a->why_all = app_is_word(rest, "all") ? true : app_is_word(rest, "short") ? false : !a->why_all;
    show_tab(a, TAB_WHY);
    return true;
}

bool verb_letter(struct app *a, const char *rest)
{
    a->shows_letter = app_is_word(rest, "on") ? true : app_is_word(rest, "off") ? false : !a->shows_letter;
    a->inspector_scroll = 0;
    show_tab(a, TAB_MAIL);
    return true;
}

bool verb_collapse(struct app *a, const char *rest)
{
    (void)rest;
    a->tcp_collapsed = !a->tcp_collapsed;
    a->ladder_scroll = 0;
    app_paint_all(a);
    return true;
}
