/* Forms: one to three lines that are asked for, then said as a verb. */
#include "app_parts.h"

#include <string.h>

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
      N_("A picture of map and ladder, by its ending: .png, .svg or .pdf."),
      N_("Export") },
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
        if (a->ask_fields[i] != NULL) {
            g_string_free(a->ask_fields[i], TRUE);
            a->ask_fields[i] = NULL;
        }
    a->ask_text = NULL;
    a->ask_n = a->ask_field = 0;
    app_set_text(&a->ask, NULL);
    app_paint(a, PANEL_OVERLAY);
}

void app_ask_field(struct app *a, unsigned field)
{
    if (a->ask == NULL || field >= a->ask_n)
        return;
    a->ask_field = field;
    a->ask_text = a->ask_fields[field];
    app_paint(a, PANEL_OVERLAY);
}

/* ---- What is likely to be wanted stands there already. */

static bool is_of_host(const char *address, const char *host)
{
    size_t n = strcspn(address, "@");

    return host != NULL && strncmp(host, address, n) == 0 &&
           host[n] == '-'; /* alice@crepes.fr writes on alice-pc */
}

static void fill_send(struct app *a)
{
    GPtrArray *people = app_people(a);
    unsigned from = 0;

    for (unsigned i = 0; i < people->len; i++)
        if (is_of_host(g_ptr_array_index(people, i), a->selected.host))
            from = i;
    if (people->len > 0)
        g_string_assign(a->ask_fields[0], g_ptr_array_index(people, from));
    for (unsigned i = 0; i < people->len; i++)
        if (i != from) {
            g_string_assign(a->ask_fields[1], g_ptr_array_index(people, i));
            break;
        }
    g_string_assign(a->ask_fields[2], _("Hello"));
    g_ptr_array_unref(people);
    app_ask_field(a, a->ask_fields[0]->len == 0 ? 0 : a->ask_fields[1]->len == 0 ? 1 : 2);
}

static void fill_look_up(struct app *a)
{
    const struct mxlab *m = app_world(a);
    const char *asker = a->selected.host;

    for (unsigned i = 0; asker == NULL && m != NULL && i < view_hosts(m); i++)
        if (view_host(m, i).role == VIEW_COMPUTER)
            asker = view_host(m, i).name;
    g_string_assign(a->ask_fields[0], asker != NULL ? asker : "");
    for (unsigned i = 0; m != NULL && i < view_hosts(m); i++)
        if (view_host(m, i).role == VIEW_MAIL && g_strcmp0(view_host(m, i).name, asker) != 0)
            g_string_assign(a->ask_fields[1], view_host(m, i).name); /* the last one: most likely far away */
    g_string_assign(a->ask_fields[2], "A");
    app_ask_field(a, 1);
}

static void fill_save(struct app *a)
{
    char *base = g_path_get_basename(run_path(a->run));
    char *stem = g_str_has_suffix(base, ".json") ? g_strndup(base, strlen(base) - 5) : g_strdup(base);

    g_string_printf(a->ask_fields[0], "%s-mine.json", stem);
    g_free(stem);
    g_free(base);
}

static void fill(struct app *a)
{
    if (strcmp(a->ask, "send") == 0)
        fill_send(a);
    else if (strcmp(a->ask, "look-up") == 0)
        fill_look_up(a);
    else if (strcmp(a->ask, "save") == 0)
        fill_save(a);
    else if (strcmp(a->ask, "find") == 0 && a->breakpoint_text != NULL)
        g_string_assign(a->ask_fields[0], a->breakpoint_text);
    else if (strcmp(a->ask, "export") == 0)
        g_string_assign(a->ask_fields[0], "mxlab.png");
}

bool verb_ask(struct app *a, const char *rest)
{
    const struct ask_form *f = ask_form_of(rest);

    if (f == NULL)
        return app_refuse(a, _("There is no form “%s”."), rest);
    if (app_world(a) == NULL && strcmp(f->what, "open") != 0)
        return app_refuse(a, "%s", _("Nothing is open yet. Choose a scenario first."));
    app_ask_close(a);
    app_set_text(&a->menu_for, NULL);
    a->shows_help = a->shows_compare = false;
    a->player.is_playing = false;
    app_set_text(&a->ask, f->what);
    a->ask_n = f->n;
    for (unsigned i = 0; i < f->n; i++)
        a->ask_fields[i] = g_string_new(NULL);
    app_ask_field(a, 0);
    fill(a);
    app_paint_all(a);
    return true;
}

static const char *plain(const GString *s)
{
    return g_strstrip(s->str); /* the form is about to go */
}

bool verb_answer(struct app *a, const char *rest)
{
    (void)rest;
    if (a->ask == NULL)
        return app_refuse(a, "%s", _("No form is open."));
    char *verb = NULL;
    if (strcmp(a->ask, "export") == 0)
        verb = g_strdup_printf("export all \"%s\"", plain(a->ask_fields[0]));
    else if (a->ask_n == 1)
        verb = g_strdup_printf("%s %s", a->ask, plain(a->ask_fields[0]));
    else /* a field that is empty or has spaces stays one */
        verb = g_strdup_printf(
            strcmp(a->ask, "send") == 0 ? "%s \"%s\" \"%s\" %s" : "%s \"%s\" \"%s\" \"%s\"", a->ask,
            plain(a->ask_fields[0]), plain(a->ask_fields[1]), plain(a->ask_fields[2]));
    char *what = g_strdup(a->ask);
    bool is_empty = a->ask_n == 1 && plain(a->ask_fields[0])[0] == '\0';

    if (is_empty) {
        app_refuse(a, "%s", _("Nothing is written yet."));
        g_free(what);
        g_free(verb);
        return false;
    }
    bool ok = app_do(a, verb);
    if (ok && g_strcmp0(a->ask, what) == 0) /* what was wrong stays, to be put right */
        app_ask_close(a);
    g_free(what);
    g_free(verb);
    return ok;
}

bool app_ask_key(struct app *a, const char *key)
{
    GString *t = a->ask_text;

    if (strcmp(key, "Return") == 0 || strcmp(key, "Keypad Enter") == 0)
        return app_do(a, "answer"), true;
    if (strcmp(key, "Escape") == 0)
        return app_do(a, "close"), true;
    if (strcmp(key, "Tab") == 0 || strcmp(key, "Down") == 0)
        app_ask_field(a, (a->ask_field + 1) % a->ask_n);
    else if (strcmp(key, "Shift+Tab") == 0 || strcmp(key, "Up") == 0)
        app_ask_field(a, (a->ask_field + a->ask_n - 1) % a->ask_n);
    else if (strcmp(key, "Backspace") == 0 && t->len > 0)
        g_string_truncate(t, (gsize)(g_utf8_find_prev_char(t->str, t->str + t->len) - t->str));
    else if (strcmp(key, "Ctrl+U") == 0 || strcmp(key, "Delete") == 0)
        g_string_truncate(t, 0);
    app_paint(a, PANEL_OVERLAY);
    return true; /* a form keeps all keys: letters come as text */
}
