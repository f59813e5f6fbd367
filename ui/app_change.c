/* Verbs that change the scenario: an action at the moment shown is added, the run is made anew, and we stand
 * at the same moment. */
#include "app_parts.h"

#include <string.h>

#include "words.h"

/* ---- JSON. */

static void put_json(GString *out, const char *text)
{
    g_string_append_c(out, '"');
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\')
            g_string_append_printf(out, "\\%c", *p);
        else if ((unsigned char)*p < 0x20)
            g_string_append_printf(out, "\\u%04x", (unsigned)*p);
        else
            g_string_append_c(out, *p);
    }
    g_string_append_c(out, '"');
}

static void put_pair(GString *out, const char *key, const char *value)
{
    g_string_append_printf(out, ", \"%s\": ", key);
    put_json(out, value);
}

/* ---- The moment. */

/* All that was shown stays as it is: the action comes right after the event in front, before anything later.
 * At a moment between events, when the clock was stopped on its way, it is the clock's. */
static sim_time moment(const struct app *a)
{
    const struct record *r = app_record(a);

    if (r == NULL)
        return MAX(a->player.clock, 0);
    return a->player.clock > r->time ? a->player.clock : r->time + 1;
}

static GString *action_new(sim_time at, const char *what)
{
    char buf[TIME_DURATION_MAX];
    GString *json = g_string_new("{ ");

    g_string_append_printf(json, "\"at\": \"%s\", \"do\": \"%s\"", time_duration(buf, at), what);
    return json;
}

static const char being_opened[] = N_("A file is being opened. Wait until it is there.");

/* Takes `json`. */
static bool change(struct app *a, GString *json, sim_time at, const char *done)
{
    GString *why = g_string_new(NULL);

    g_string_append(json, " }");
    a->player.is_playing = false;
    if (app_is_opening(a))
        g_string_append(why, _(being_opened));
    bool ok = why->len == 0 && run_change(a->run, json->str, why);
    if (ok) {
        app_took_version(a, at);
        app_say(a, "%s", done);
    } else
        app_refuse(a, "%s", why->str);
    g_string_free(why, TRUE);
    g_string_free(json, TRUE);
    app_paint_all(a);
    return ok;
}

/* ---- Break and repair. */

struct target {
    char *host, *program; /* or */
    char *a, *b;          /* a link; b NULL: the host's own */
};

static void target_release(struct target *t)
{
    g_free(t->host);
    g_free(t->program);
    g_free(t->a);
    g_free(t->b);
}

static bool is_host(const struct app *a, const char *name)
{
    const struct mxlab *m = app_world(a);

    return m != NULL && view_host_find(m, name) >= 0;
}

static bool is_link(const struct app *a, const char *x, const char *y)
{
    const struct mxlab *m = app_world(a);

    for (unsigned i = 0; m != NULL && i < view_links(m); i++) {
        struct view_link l = view_link(m, i);
        if ((g_ascii_strcasecmp(l.a, x) == 0 && g_ascii_strcasecmp(l.b, y) == 0) ||
            (g_ascii_strcasecmp(l.a, y) == 0 && g_ascii_strcasecmp(l.b, x) == 0))
            return true;
    }
    return false;
}

/* "host:mail.crepes.fr", "smtp@mail.crepes.fr", "link:a>b", and without what stands before the colon. */
static bool read_target(struct app *a, const char *text, struct target *out)
{
    const char *host = app_thing_of(text, "host"), *link = app_thing_of(text, "link");
    const char *name = host != NULL ? host : link != NULL ? link : text;
    const char *arrow = strchr(name, '>'), *at = strchr(name, '@');

    *out = (struct target){ 0 };
    if (arrow != NULL) {
        out->a = g_strndup(name, (gsize)(arrow - name));
        out->b = g_strdup(arrow + 1);
        return is_link(a, out->a, out->b) || app_refuse(a, _("There is no link “%s”."), name);
    }
    if (at != NULL) {
        out->program = g_strndup(name, (gsize)(at - name));
        name = at + 1;
    }
    out->host = g_strdup(name);
    return is_host(a, name) || app_refuse(a, _("There is no host “%s”."), name);
}

static void put_link(GString *json, const struct target *t)
{
    g_string_append(json, ", \"link\": [");
    put_json(json, t->b != NULL ? t->a : t->host);
    if (t->b != NULL) {
        g_string_append(json, ", ");
        put_json(json, t->b);
    }
    g_string_append_c(json, ']');
}

static const struct breakage {
    const char *verb, *does; /* as scenarios call it */
    bool is_of_link;
    const char *more;    /* further keys */
    const char *said;    /* when it is done */
    const char *already; /* when nothing would change */
} breakages[] = {
    { "down", "down", false, "", N_("%s is down now. The run was made anew: this is your version."),
      N_("%s is down already.") },
    { "up", "up", false, "", N_("%s is up again in your version."), N_("%s is up already.") },
    { "cut", "cut", true, "", N_("The link %s is cut now. The run was made anew: this is your version."),
      N_("The link %s is cut already.") },
    { "mend", "mend", true, "", N_("The link %s is mended in your version."),
      N_("The link %s is whole already.") },
    { "lossy", "link", true, ", \"loss\": \"30%\"",
      N_("The link %s now loses three packets of ten. This is your version."),
      N_("The link %s loses three packets of ten already.") },
    { "slow", "link", true, ", \"delay\": \"500ms\"",
      N_("The link %s now takes half a second a way. This is your version."),
      N_("The link %s takes half a second a way already.") },
};

/* A program that is down: it was stopped, and not started again since. */
static bool is_stopped(const struct app *a, const char *host, const char *program)
{
    const struct tape_index *x = run_index(a->run);
    char *on = g_strdup_printf("%s %s", host, program);
    bool is = false;

    for (unsigned i = 0; i < x->faults->len; i++) {
        const struct tape_fault *f = &g_array_index(x->faults, struct tape_fault, i);
        is = is || (g_ascii_strcasecmp(f->on, on) == 0 && f->from <= a->player.at &&
                    (f->to < 0 || f->to > a->player.at));
    }
    g_free(on);
    return is;
}

static bool is_so_already(const struct breakage *b, const struct view_link *l)
{
    enum { LOSSY_PPM = 300000 };
    static const sim_time slow = 500 * SIM_MS;

    return strcmp(b->verb, "cut") == 0     ? !l->is_up
           : strcmp(b->verb, "mend") == 0  ? l->is_up
           : strcmp(b->verb, "lossy") == 0 ? l->loss_ppm == LOSSY_PPM
                                           : l->delay == slow;
}

/* Of a host without a name for the link: its own, all of them. */
static bool changes_nothing(const struct app *a, const struct breakage *b, const struct target *t)
{
    const struct mxlab *m = app_world(a);
    int host = t->host != NULL ? view_host_find(m, t->host) : -1;
    bool wants_up = strcmp(b->verb, "up") == 0;
    unsigned others = 0;

    if (!b->is_of_link)
        return host >= 0 && wants_up == (t->program != NULL ? !is_stopped(a, t->host, t->program)
                                                            : view_host(m, (unsigned)host).is_up);
    for (unsigned i = 0; i < view_links(m); i++) {
        struct view_link l = view_link(m, i);
        bool is_it = t->b != NULL
                         ? (g_ascii_strcasecmp(l.a, t->a) == 0 && g_ascii_strcasecmp(l.b, t->b) == 0) ||
                               (g_ascii_strcasecmp(l.a, t->b) == 0 && g_ascii_strcasecmp(l.b, t->a) == 0)
                         : g_ascii_strcasecmp(l.a, t->host) == 0 || g_ascii_strcasecmp(l.b, t->host) == 0;
        others += is_it && !is_so_already(b, &l);
    }
    return others == 0;
}

static bool break_target(struct app *a, const struct breakage *b, const struct target *t)
{
    sim_time at = moment(a);
    g_autofree char *name = t->b != NULL ? g_strdup_printf("%s – %s", t->a, t->b) : g_strdup(t->host);

    if (!b->is_of_link && t->a != NULL)
        return app_refuse(a, "%s", _("A link is cut or mended; a host goes down or up."));
    if (changes_nothing(a, b, t))
        return app_refuse(a, _(b->already), name);
    g_autofree char *said = g_strdup_printf(_(b->said), name);
    GString *json = action_new(at, b->does);
    if (b->is_of_link)
        put_link(json, t);
    else
        put_pair(json, "host", t->host);
    if (t->program != NULL && !b->is_of_link)
        put_pair(json, "program", t->program);
    g_string_append(json, b->more);
    return change(a, json, at, said);
}

bool verb_break(struct app *a, const char *rest)
{
    g_autofree char *how = app_take_word(&rest), *what = app_take_word(&rest);
    const struct breakage *b = NULL;
    struct target t = { 0 };

    for (size_t i = 0; how != NULL && i < G_N_ELEMENTS(breakages); i++)
        if (strcmp(breakages[i].verb, how) == 0)
            b = &breakages[i];
    if (app_world(a) == NULL)
        return app_refuse(a, "%s", _("Nothing is open yet. Choose a scenario first."));
    if (b == NULL || what == NULL)
        return app_refuse(
            a, "%s", _("Say what to break: break down HOST, break cut HOST>HOST, lossy, slow, up or mend."));
    bool ok = read_target(a, what, &t) && break_target(a, b, &t);
    target_release(&t);
    return ok;
}

bool verb_down_or_up(struct app *a, const char *rest)
{
    const struct mxlab *m = app_world(a);
    int i = m != NULL && a->selected.host != NULL ? view_host_find(m, a->selected.host) : -1;

    (void)rest;
    if (i < 0)
        return app_refuse(a, "%s", _("Select a host first: click on it, then press D."));
    char *verb = g_strdup_printf("%s %s", view_host(m, (unsigned)i).is_up ? "down" : "up", a->selected.host);
    bool ok = verb_break(a, verb);
    g_free(verb);
    return ok;
}

/* The link that is selected, else the only one of the selected host. */
static char *link_at_hand(const struct app *a, bool *is_up_out)
{
    const struct mxlab *m = app_world(a);
    char *found = NULL;

    for (unsigned i = 0; m != NULL && i < view_links(m); i++) {
        struct view_link l = view_link(m, i);
        char *name = g_strdup_printf("%s>%s", l.a, l.b);
        bool is_it = a->selected.link != NULL
                         ? strcmp(a->selected.link, name) == 0
                         : a->selected.host != NULL &&
                               (strcmp(l.a, a->selected.host) == 0 || strcmp(l.b, a->selected.host) == 0);

        if (is_it && found == NULL) {
            found = g_steal_pointer(&name);
            *is_up_out = l.is_up;
        }
        g_free(name);
    }
    return found;
}

bool verb_cut_or_mend(struct app *a, const char *rest)
{
    bool is_up = true;
    char *link = link_at_hand(a, &is_up);

    (void)rest;
    if (link == NULL)
        return app_refuse(a, "%s", _("Select a link or a host first, then press X."));
    char *verb = g_strdup_printf("%s link:%s", is_up ? "cut" : "mend", link);
    bool ok = verb_break(a, verb);
    g_free(verb);
    g_free(link);
    return ok;
}

/* ---- People. */

/* Keys with an @ in the scenario written out are the people's addresses; nothing else has such keys. */
GPtrArray *app_people(const struct app *a)
{
    GPtrArray *people = g_ptr_array_new_with_free_func(g_free);
    const struct mxlab *m = app_world(a);

    if (m == NULL)
        return people;
    GString *all = g_string_new(NULL);
    mxlab_expand(m, all);
    for (char *p = strchr(all->str, '"'); p != NULL; p = strchr(p, '"')) {
        char *begin = ++p;

        while (*p != '\0' && *p != '"')
            p += *p == '\\' && p[1] != '\0' ? 2 : 1;
        if (*p == '\0')
            break;
        char *end = p++;
        if (*p == ':' && memchr(begin, '@', (size_t)(end - begin)) != NULL &&
            memchr(begin, ' ', (size_t)(end - begin)) == NULL && *begin != '@')
            g_ptr_array_add(people, g_strndup(begin, (gsize)(end - begin)));
    }
    g_string_free(all, TRUE);
    return people;
}

/* ---- Send, look up. */

bool verb_send(struct app *a, const char *rest)
{
    char *from = app_take_word(&rest), *to = app_take_word(&rest);
    const char *subject = rest;
    bool ok = false;

    if (app_world(a) == NULL)
        app_refuse(a, "%s", _("Nothing is open yet. Choose a scenario first."));
    else if (from == NULL || to == NULL)
        app_refuse(a, "%s", _("A mail needs a sender and a recipient, such as alice@crepes.fr."));
    else {
        sim_time at = moment(a);
        GString *json = action_new(at, "send");
        char *plain = subject[0] == '"' ? app_take_word(&rest) : g_strdup(subject);
        char *said = g_strdup_printf(_("%s has written to %s. The run was made anew: this is your version."),
                                     from, to);

        put_pair(json, "from", from);
        put_pair(json, "to", to);
        if (plain != NULL && plain[0] != '\0')
            put_pair(json, "subject", plain);
        ok = change(a, json, at, said);
        g_free(plain);
        g_free(said);
    }
    g_free(from);
    g_free(to);
    return ok;
}

bool verb_look_up(struct app *a, const char *rest)
{
    char *host = app_take_word(&rest), *name = app_take_word(&rest), *type = app_take_word(&rest);
    bool ok = false;

    if (app_world(a) == NULL)
        app_refuse(a, "%s", _("Nothing is open yet. Choose a scenario first."));
    else if (host == NULL || name == NULL)
        app_refuse(a, "%s", _("A look-up needs a host that asks and a name, such as hamburger.edu."));
    else {
        sim_time at = moment(a);
        GString *json = action_new(at, "look_up");
        char *said = g_strdup_printf(_("%s looks up %s. The run was made anew: this is your version."), host,
                                     name);

        put_pair(json, "host", app_thing_of(host, "host") != NULL ? app_thing_of(host, "host") : host);
        put_pair(json, "name", name);
        if (type != NULL) {
            char *capitals = g_ascii_strup(type, -1);
            put_pair(json, "type", capitals);
            g_free(capitals);
        }
        ok = change(a, json, at, said);
        g_free(said);
    }
    g_free(host);
    g_free(name);
    g_free(type);
    return ok;
}

/* ---- Read mail, fetch a page. */

static bool is_one_of(const char *word, const char *const *all)
{
    return g_strv_contains(all, word);
}

/* Behind the address: by what, what becomes of it, and on which computer, in any order. False: neither of
 * these is known, or one is said twice. */
static bool read_how(struct app *a, const char **rest, char **by, char **then, char **host)
{
    static const char *const ways[] = { "pop3", "imap", "web", NULL }, *const thens[] = { "keep", "delete",
                                                                                          NULL };
    char *word;

    while ((word = app_take_word(rest)) != NULL) {
        const char *name = app_thing_of(word, "host") != NULL ? app_thing_of(word, "host") : word;
        char **slot = is_one_of(word, ways) ? by : is_one_of(word, thens) ? then : host;
        bool is_empty = word[0] == '\0', is_known = slot != host || is_host(a, name);

        if (!is_empty && is_known && *slot == NULL)
            *slot = g_strdup(name);
        else if (!is_empty) {
            app_refuse(a, is_known ? _("“%s” says what was said before.") : _("There is no host “%s”."),
                       word);
            g_free(word);
            return false;
        }
        g_free(word);
    }
    return true;
}

bool verb_read(struct app *a, const char *rest)
{
    g_autofree char *who = app_take_word(&rest), *by = NULL, *then = NULL, *host = NULL;

    if (app_world(a) == NULL)
        return app_refuse(a, "%s", _("Nothing is open yet. Choose a scenario first."));
    if (who == NULL || strchr(who, '@') == NULL)
        return app_refuse(a, "%s", _("Say whose mail is read: read bob@hamburger.edu imap."));
    if (!read_how(a, &rest, &by, &then, &host))
        return false;
    sim_time at = moment(a);
    GString *json = action_new(at, "read");
    g_autofree char *said = g_strdup_printf(_("%s reads mail. The run was made anew: this is your version."),
                                            who);
    put_pair(json, "who", who);
    if (by != NULL)
        put_pair(json, "by", by);
    if (then != NULL)
        put_pair(json, "then", then);
    if (host != NULL)
        put_pair(json, "host", host);
    return change(a, json, at, said);
}

bool verb_fetch(struct app *a, const char *rest)
{
    g_autofree char *host = app_take_word(&rest), *url = app_take_word(&rest);

    if (app_world(a) == NULL)
        return app_refuse(a, "%s", _("Nothing is open yet. Choose a scenario first."));
    if (host == NULL || url == NULL || url[0] == '\0')
        return app_refuse(a, "%s",
                          _("A page needs a computer and a URL, such as http://www.crepes.fr/index.html."));
    sim_time at = moment(a);
    GString *json = action_new(at, "fetch");
    g_autofree char *said = g_strdup_printf(_("%s fetches %s. The run was made anew: this is your version."),
                                            host, url);
    put_pair(json, "host", app_thing_of(host, "host") != NULL ? app_thing_of(host, "host") : host);
    put_pair(json, "url", url);
    return change(a, json, at, said);
}

/* ---- Versions. */

static bool turn(struct app *a, bool (*how)(struct run *), const char *none, const char *done)
{
    if (!app_is_ready(a))
        return app_refuse(a, "%s", _("Nothing is open yet. Choose a scenario first."));
    if (app_is_opening(a))
        return app_refuse(a, "%s", _(being_opened));
    a->player.is_playing = false;
    if (!how(a->run))
        return app_refuse(a, "%s", none);
    app_took_version(a, AT_SAME);
    app_say(a, "%s", run_version(a->run) == 0 ? _("This is the original again.") : done);
    return true;
}

bool verb_undo(struct app *a, const char *rest)
{
    (void)rest;
    return turn(a, run_undo, _("There is nothing to undo."), _("Undone."));
}

bool verb_redo(struct app *a, const char *rest)
{
    (void)rest;
    return turn(a, run_redo, _("There is nothing to redo."), _("Done again."));
}

bool verb_save(struct app *a, const char *rest)
{
    GString *why = g_string_new(NULL);
    bool ok = false;

    if (!app_is_ready(a))
        app_refuse(a, "%s", _("Nothing is open yet. Choose a scenario first."));
    else if (rest[0] == '\0') {
        g_string_free(why, TRUE);
        return app_do(a, "ask save");
    } else {
        char *path = g_str_has_suffix(rest, ".json") ? g_strdup(rest) : g_strdup_printf("%s.json", rest);

        ok = run_save(a->run, path, why);
        if (ok)
            app_say(a, _("Saved as %s."), path);
        else
            app_refuse(a, "%s", why->str);
        g_free(path);
    }
    g_string_free(why, TRUE);
    return ok;
}
