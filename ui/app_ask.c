/* Forms: one to three lines that are asked for, then said as a verb. */
#include "app_parts.h"

#include <string.h>

#include "overlay.h"
#include "words.h"

const struct ask_form ask_forms[] = {
    { "send",
      N_("Send a mail"),
      3,
      { N_("From"), N_("To"), N_("Subject") },
      N_("It is sent at the moment shown; the run is made anew with it."),
      N_("Send") },
    { "look-up",
      N_("Look up a name"),
      3,
      { N_("Host that asks"), N_("Name"), N_("Type") },
      N_("Types are A, MX, NS, CNAME, TXT, SOA, PTR."),
      N_("Look up") },
    { "read",
      N_("Read mail"),
      3,
      { N_("Whose mail"), N_("By pop3, imap or web"), N_("Then keep or delete") },
      N_("By POP3 it is downloaded; by IMAP and in a browser it stays on the server."),
      N_("Read") },
    { "fetch",
      N_("Fetch a web page"),
      2,
      { N_("Computer"), N_("URL") },
      N_("The browser fetches the page and what it names: pictures, scripts, style sheets."),
      N_("Fetch") },
    { "find",
      N_("Find the next event"),
      1,
      { N_("Pattern") },
      N_("Such as “smtp.reply code=4xx”, “queue.defer” or “mailbox.store user=bob”. Playing stops there too; F3 finds the next."),
      N_("Find") },
    { "go", N_("Go to a time"), 1, { N_("Time") }, N_("Since the start: 1h30m, 90s or 1:30:00."), N_("Go") },
    { "save",
      N_("Save your version as a scenario"),
      1,
      { N_("File") },
      N_("The scenario with what you have changed, to be opened here or with “mxlab run”."),
      N_("Save") },
    { "open",
      N_("Open a scenario file"),
      1,
      { N_("File") },
      N_("It is read again whenever it is saved in an editor."),
      N_("Open") },
    { "export",
      N_("Export what is on screen"),
      1,
      { N_("File") },
      N_("By its ending: .png, .svg or .pdf for a picture of this moment; .mp4 or .gif for a film from here to the end (with ffmpeg)."),
      N_("Export") },
    { "record",
      N_("Record a film"),
      3,
      { N_("File"), N_("From"), N_("To") },
      N_("What playing shows, as .mp4 or .gif, made by ffmpeg. From “now”, “all”, “chapter” or a time, to “end” or a time (1h30m, 90s, 1:30:00)."),
      N_("Record") },
    { NULL, NULL, 0, { NULL }, NULL, NULL },
};

const struct ask_form *ask_form_of(const char *what)
{
    for (const struct ask_form *f = ask_forms; what != NULL && f->what != NULL; f++)
        if (strcmp(f->what, what) == 0)
            return f;
    return NULL;
}

void app_ask_close(struct app *a)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(a->ask_fields); i++)
        edit_release(&a->ask_fields[i]);
    a->ask_text = NULL;
    app_set_text(&a->composed, NULL);
    a->ask_n = a->ask_field = 0;
    app_set_text(&a->ask, NULL);
    app_paint(a, PANEL_OVERLAY);
}

void app_ask_field(struct app *a, unsigned field)
{
    if (a->ask == NULL || field >= a->ask_n)
        return;
    a->ask_field = field;
    a->ask_text = a->ask_fields[field].text;
    a->ask_scroll = 0;
    app_set_text(&a->composed, NULL);
    edit_select_all(&a->ask_fields[field]);
    app_ask_changed(a);
}

void app_ask_changed(struct app *a)
{
    a->ask_scroll = overlay_ask_scroll(a);
    app_paint(a, PANEL_OVERLAY);
    if (app_is_word(a->ask, "find")) /* the time line shows what matches */
        app_paint(a, PANEL_TIMELINE);
}

void app_ask_point(struct app *a, unsigned field, double x, bool extends)
{
    if (a->ask == NULL || field >= a->ask_n)
        return;
    if (field != a->ask_field)
        app_ask_field(a, field);
    edit_put_caret(&a->ask_fields[field], overlay_ask_index(a, x), extends);
    app_ask_changed(a);
}

/* ---- What is likely to be wanted stands there already. */

static bool is_of_host(const char *address, const char *host)
{
    size_t n = strcspn(address, "@");

    return host != NULL && strncmp(host, address, n) == 0 &&
           host[n] == '-'; /* alice@crepes.fr writes on alice-pc */
}

static void fill_send(struct app *a, const char *host)
{
    GPtrArray *people = app_people(a);
    unsigned from = 0;

    for (unsigned i = 0; i < people->len; i++)
        if (is_of_host(g_ptr_array_index(people, i), host))
            from = i;
    if (people->len > 0)
        edit_set(&a->ask_fields[0], g_ptr_array_index(people, from));
    for (unsigned i = 0; i < people->len; i++)
        if (i != from) {
            edit_set(&a->ask_fields[1], g_ptr_array_index(people, i));
            break;
        }
    edit_set(&a->ask_fields[2], _("Hello"));
    g_ptr_array_unref(people);
    app_ask_field(a, a->ask_fields[0].text->len == 0 ? 0 : a->ask_fields[1].text->len == 0 ? 1 : 2);
}

static void fill_look_up(struct app *a, const char *host)
{
    const struct mxlab *m = app_world(a);
    const char *asker = host;

    for (unsigned i = 0; asker == NULL && m != NULL && i < view_hosts(m); i++)
        if (view_host(m, i).role == VIEW_COMPUTER)
            asker = view_host(m, i).name;
    edit_set(&a->ask_fields[0], asker != NULL ? asker : "");
    for (unsigned i = 0; m != NULL && i < view_hosts(m); i++)
        if (view_host(m, i).role == VIEW_MAIL && g_strcmp0(view_host(m, i).name, asker) != 0)
            edit_set(&a->ask_fields[1], view_host(m, i).name); /* the last one: most likely far away */
    edit_set(&a->ask_fields[2], "A");
    app_ask_field(a, 1);
}

/* Whose mail program is on that host; of none, the last one's: most likely somebody who has got mail. */
static void fill_read(struct app *a, const char *host)
{
    const struct mxlab *m = app_world(a);
    const char *who = NULL;

    for (unsigned i = 0; i < view_hosts(m); i++) {
        const char *person = view_person(m, i, 0);
        bool is_selected = g_strcmp0(view_host(m, i).name, host) == 0;

        if (person != NULL && (who == NULL || host == NULL || is_selected))
            who = person;
        if (person != NULL && is_selected)
            break;
    }
    edit_set(&a->ask_fields[0], who != NULL ? who : "");
    edit_set(&a->ask_fields[1], "imap");
    edit_set(&a->ask_fields[2], "keep");
    app_ask_field(a, 1);
}

/* The first page of the first web server that has one. */
static void fill_fetch(struct app *a, const char *host)
{
    const struct mxlab *m = app_world(a);
    const char *computer = NULL;

    for (unsigned i = 0; i < view_hosts(m); i++) {
        struct view_host h = view_host(m, i);
        if (h.role == VIEW_COMPUTER && (computer == NULL || g_strcmp0(h.name, host) == 0))
            computer = h.name;
        if (h.role == VIEW_WEB && a->ask_fields[1].text->len == 0) {
            char *url = g_strdup_printf("http://%s/index.html", h.name);
            edit_set(&a->ask_fields[1], url);
            g_free(url);
        }
    }
    edit_set(&a->ask_fields[0], computer != NULL ? computer : "");
    app_ask_field(a, 1);
}

static void fill_save(struct app *a)
{
    char *base = g_path_get_basename(run_path(a->run));
    char *stem = g_str_has_suffix(base, ".json") ? g_strndup(base, strlen(base) - 5) : g_strdup(base);

    char *name = g_strdup_printf("%s-mine.json", stem);
    edit_set(&a->ask_fields[0], name);
    g_free(name);
    g_free(stem);
    g_free(base);
}

/* `host`: the one that it is asked for. */
static void fill(struct app *a, const char *host)
{
    if (strcmp(a->ask, "send") == 0)
        fill_send(a, host);
    else if (strcmp(a->ask, "look-up") == 0)
        fill_look_up(a, host);
    else if (strcmp(a->ask, "read") == 0)
        fill_read(a, host);
    else if (strcmp(a->ask, "fetch") == 0)
        fill_fetch(a, host);
    else if (strcmp(a->ask, "save") == 0)
        fill_save(a);
    else if (strcmp(a->ask, "find") == 0 && a->breakpoint_text != NULL)
        edit_set(&a->ask_fields[0], a->breakpoint_text);
    else if (strcmp(a->ask, "export") == 0)
        edit_set(&a->ask_fields[0], "mxlab.png");
    else if (strcmp(a->ask, "record") == 0) {
        edit_set(&a->ask_fields[0], "mxlab.mp4");
        edit_set(&a->ask_fields[1], "now");
        edit_set(&a->ask_fields[2], "end");
    }
}

bool verb_ask(struct app *a, const char *rest)
{
    g_autofree char *what = app_take_word(&rest), *host = app_take_word(&rest);
    const struct ask_form *f = ask_form_of(what);

    if (f == NULL)
        return app_refuse(a, _("There is no form “%s”."), what != NULL ? what : "");
    if (app_world(a) == NULL && strcmp(f->what, "open") != 0)
        return app_refuse(a, "%s", _("Nothing is open yet. Choose a scenario first."));
    app_ask_close(a);
    app_set_text(&a->menu_for, NULL);
    a->shows_help = a->shows_compare = false;
    a->player.is_playing = false;
    app_set_text(&a->ask, f->what);
    a->ask_n = f->n;
    for (unsigned i = 0; i < f->n; i++)
        edit_init(&a->ask_fields[i]);
    app_ask_field(a, 0);
    fill(a, host != NULL ? host : a->selected.host);
    app_ask_field(a, a->ask_field);
    app_paint_all(a);
    return true;
}

/* Without the spaces around it; to be freed. */
static char *plain(const struct app *a, unsigned field)
{
    return g_strstrip(g_strdup(a->ask_fields[field].text->str));
}

bool verb_answer(struct app *a, const char *rest)
{
    (void)rest;
    if (a->ask == NULL)
        return app_refuse(a, "%s", _("No form is open."));
    char *words[3] = { plain(a, 0), a->ask_n > 1 ? plain(a, 1) : NULL, a->ask_n > 2 ? plain(a, 2) : NULL };
    char *verb, *what = g_strdup(a->ask);
    bool is_empty = a->ask_n == 1 && words[0][0] == '\0';

    if (strcmp(what, "export") == 0)
        verb = g_strdup_printf("export all \"%s\"", words[0]);
    else if (a->ask_n == 1)
        verb = g_strdup_printf("%s %s", what, words[0]);
    else if (a->ask_n == 2)
        verb = g_strdup_printf("%s \"%s\" \"%s\"", what, words[0], words[1]);
    else /* a field that is empty or has spaces stays one */
        verb = g_strdup_printf(strcmp(what, "send") == 0 ? "%s \"%s\" \"%s\" %s" : "%s \"%s\" \"%s\" \"%s\"",
                               what, words[0], words[1], words[2]);
    bool ok = is_empty ? app_refuse(a, "%s", _("Nothing is written yet.")) : app_do(a, verb);
    if (ok && g_strcmp0(a->ask, what) == 0) /* what was wrong stays, to be put right */
        app_ask_close(a);
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++)
        g_free(words[i]);
    g_free(what);
    g_free(verb);
    return ok;
}

bool app_ask_key(struct app *a, const char *key)
{
    app_set_text(&a->composed, NULL);
    if (strcmp(key, "Return") == 0)
        return app_do(a, "answer"), true;
    if (strcmp(key, "Escape") == 0)
        return app_do(a, "close"), true;
    if (strcmp(key, "Tab") == 0 || strcmp(key, "Down") == 0)
        app_ask_field(a, (a->ask_field + 1) % a->ask_n);
    else if (strcmp(key, "Shift+Tab") == 0 || strcmp(key, "Up") == 0)
        app_ask_field(a, (a->ask_field + a->ask_n - 1) % a->ask_n);
    else if (edit_key(&a->ask_fields[a->ask_field], key))
        app_ask_changed(a);
    return true; /* a form keeps all keys: letters come as text */
}

/* ---- Text. */

void app_type(struct app *a, const char *utf8)
{
    if (a->ask == NULL || a->ask_n == 0)
        return;
    app_set_text(&a->composed, NULL);
    edit_type(&a->ask_fields[a->ask_field], utf8);
    app_ask_changed(a);
}

void app_compose(struct app *a, const char *utf8, unsigned caret)
{
    if (a->ask == NULL || a->ask_n == 0 || !g_utf8_validate(utf8, -1, NULL) || strlen(utf8) > EDIT_MAX_OCTETS)
        return;
    if (utf8[0] != '\0')
        edit_erase_selected(&a->ask_fields[a->ask_field]);
    app_set_text(&a->composed, utf8[0] != '\0' ? utf8 : NULL);
    a->composed_caret = caret;
    app_ask_changed(a);
}

char *app_selected_text(const struct app *a)
{
    size_t from, to;

    if (a->ask == NULL || a->ask_n == 0 || !edit_selected(&a->ask_fields[a->ask_field], &from, &to))
        return NULL;
    return g_strndup(a->ask_text->str + from, to - from);
}
