/* The context menu: what can be done with a host, a link or a mail, at the moment shown. */
#include "overlay.h"

#include <math.h>
#include <string.h>

#include "app_parts.h"
#include "map_layout.h"
#include "tape_index.h"
#include "words.h"

static void row_free(void *data)
{
    struct menu_row *row = data;

    g_free(row->text);
    g_free(row->does);
    g_free(row);
}

static void add(GPtrArray *rows, const char *text, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void add(GPtrArray *rows, const char *text, const char *format, ...)
{
    struct menu_row *row = g_new(struct menu_row, 1);
    va_list args;

    va_start(args, format);
    row->does = g_strdup_vprintf(format, args);
    va_end(args);
    row->text = g_strdup(text);
    g_ptr_array_add(rows, row);
}

/* A fault that says so has begun and not ended. */
static bool is_stopped(const struct app *a, const char *host, const char *program)
{
    const struct tape_index *x = a->run != NULL ? run_index(a->run) : NULL;
    char *on = g_strdup_printf("%s %s", host, program);
    bool is = false;

    for (unsigned i = 0; x != NULL && i < x->faults->len; i++) {
        const struct tape_fault *f = &g_array_index(x->faults, struct tape_fault, i);
        is = is || (strcmp(f->on, on) == 0 && f->from <= a->player.at && (f->to < 0 || f->to > a->player.at));
    }
    g_free(on);
    return is;
}

static const struct {
    const char *name, *stop, *start;
} programs[] = {
    { "smtp", N_("Stop its mail server; the host stays up"), N_("Start its mail server again") },
    { "pop3", N_("Stop its POP3 server"), N_("Start its POP3 server again") },
    { "imap", N_("Stop its IMAP server"), N_("Start its IMAP server again") },
    { "web", N_("Stop its web server"), N_("Start its web server again") },
    { "dns", N_("Stop its DNS server; the host stays up"), N_("Start its DNS server again") },
};

/* What a person at this computer can read. One who has several devices reads on this one. */
static void add_reading(GPtrArray *rows, const struct mxlab *m, unsigned host)
{
    struct view_host h = view_host(m, host);
    const char *who = view_person(m, host, 0);
    unsigned devices = 0;

    for (unsigned i = 0; who != NULL && i < view_hosts(m); i++)
        for (unsigned k = 0; view_person(m, i, k) != NULL; k++)
            devices += g_ascii_strcasecmp(view_person(m, i, k), who) == 0;
    const char *on = devices > 1 ? h.name : "";
    if (who != NULL && view_person(m, host, 1) == NULL) {
        add(rows, _("Read mail by POP3"), "read %s pop3 %s", who, on);
        add(rows, _("Read mail by IMAP"), "read %s imap %s", who, on);
        add(rows, _("Read mail in the browser"), "read %s web %s", who, on);
    } else if (who != NULL)
        add(rows, _("Read mail…"), "ask read %s", h.name);
    if (h.role == VIEW_COMPUTER)
        add(rows, _("Fetch a page…"), "ask fetch %s", h.name);
}

static void add_host(GPtrArray *rows, const struct app *a, const struct mxlab *m, const char *name)
{
    int i = view_host_find(m, name);

    if (i < 0)
        return;
    struct view_host h = view_host(m, (unsigned)i);
    add(rows, _("Look at it"), "select host:%s", name);
    if (h.is_up)
        add(rows, _("Take it down"), "break down %s", name);
    else
        add(rows, _("Bring it up again"), "break up %s", name);
    for (size_t k = 0; h.is_up && k < G_N_ELEMENTS(programs); k++)
        if (view_serves(m, (unsigned)i, programs[k].name)) {
            bool is_off = is_stopped(a, name, programs[k].name);
            add(rows, _(is_off ? programs[k].start : programs[k].stop), "break %s %s@%s",
                is_off ? "up" : "down", programs[k].name, name);
        }
    add_reading(rows, m, (unsigned)i);
    if (h.role == VIEW_COMPUTER || h.role == VIEW_MAIL)
        add(rows, _("Send a mail…"), "ask send %s", name);
    add(rows, _("Look up a name…"), "ask look-up %s", name);
}

static void add_link(GPtrArray *rows, const struct mxlab *m, const char *name)
{
    for (unsigned i = 0; i < view_links(m); i++) {
        struct view_link l = view_link(m, i);
        char *there = g_strdup_printf("%s>%s", l.a, l.b), *back = g_strdup_printf("%s>%s", l.b, l.a);

        if (g_ascii_strcasecmp(there, name) == 0 || g_ascii_strcasecmp(back, name) == 0) {
            if (l.is_up)
                add(rows, _("Cut it"), "break cut link:%s", there);
            else
                add(rows, _("Mend it"), "break mend link:%s", there);
            add(rows, _("Make it lossy: three packets of ten are lost"), "break lossy link:%s", there);
            add(rows, _("Make it slow: half a second a way"), "break slow link:%s", there);
        }
        g_free(there);
        g_free(back);
    }
}

GPtrArray *menu_rows(const struct app *a)
{
    GPtrArray *rows = g_ptr_array_new_with_free_func(row_free);
    const struct mxlab *m = app_world(a);
    const char *name;

    if (m == NULL || a->menu_for == NULL)
        return rows;
    if ((name = app_thing_of(a->menu_for, "host")) != NULL)
        add_host(rows, a, m, name);
    else if ((name = app_thing_of(a->menu_for, "link")) != NULL)
        add_link(rows, m, name);
    else if (app_thing_of(a->menu_for, "mail") != NULL) {
        add(rows, _("See where it has been"), "select %s", a->menu_for);
        add(rows, _("Follow it: the rest fades"), "follow %s", a->menu_for);
        add(rows, _("Follow nothing"), "follow none");
    }
    return rows;
}

/* What the menu is about, as people call it; to be freed. */
static char *title_of(const struct app *a)
{
    const struct mxlab *m = app_world(a);
    const char *name = strchr(a->menu_for, ':') + 1, *link = app_thing_of(a->menu_for, "link"),
               *to = link != NULL ? strchr(link, '>') : NULL;
    int host = m != NULL ? view_host_find(m, name) : -1;

    if (m != NULL && to != NULL) {
        g_autofree char *from = g_strndup(link, (gsize)(to - link));
        return map_link_words(m, from, to + 1);
    }
    if (app_thing_of(a->menu_for, "mail") != NULL)
        return g_strdup_printf(_("Mail %s"), name);
    if (host < 0)
        return g_strdup(name);
    struct view_host h = view_host(m, (unsigned)host);
    char buf[MAP_LABEL_MAX];
    const char *label = map_label(&h, buf);
    return strcmp(label, h.name) == 0 ? g_strdup(label) : g_strdup_printf("%s  ·  %s", label, h.name);
}

void overlay_menu(const struct app *a, struct canvas *c, struct rect window)
{
    GPtrArray *rows = menu_rows(a);
    g_autofree char *name = title_of(a);
    double line = canvas_line_height(c, TYPE_BODY), row = line + 12,
           w = canvas_text_width(c, FONT_SANS_BOLD, TYPE_SMALL, name);

    canvas_thing(c, window, "close", "", "scrim");
    for (unsigned i = 0; i < rows->len; i++)
        w = MAX(w, canvas_text_width(c, FONT_SANS, TYPE_BODY,
                                     ((struct menu_row *)g_ptr_array_index(rows, i))->text));
    struct rect r = { a->menu_x, a->menu_y, MIN(ceil(w) + 32, window.w - 16), row * (rows->len + 1) + 12 };
    r.x = MAX(MIN(r.x, window.w - r.w - 8), 8);
    r.y = MAX(MIN(r.y, window.h - r.h - 8), 8);
    canvas_box(c, r, 10, INK_PANEL, INK_LINE, 1.5, false);
    canvas_text(c, (struct rect){ r.x + 16, r.y + 6, r.w - 32, row }, FONT_SANS_BOLD, TYPE_SMALL, INK_QUIET,
                ALIGN_LEFT, name);
    canvas_thing(c, (struct rect){ r.x + 16, r.y + 6, r.w - 32, row }, "", name, "menu:title")->is_label =
        true;
    for (unsigned i = 0; i < rows->len; i++) {
        const struct menu_row *x = g_ptr_array_index(rows, i);
        struct rect at = { r.x + 6, r.y + 6 + row * (i + 1), r.w - 12, row };

        if (i == a->list_row)
            canvas_box(c, at, 6, INK_ROW, INK_ACTION, 1, false);
        canvas_text(c, (struct rect){ at.x + 10, at.y, at.w - 20, at.h }, FONT_SANS, TYPE_BODY, INK_TEXT,
                    ALIGN_LEFT, x->text);
        canvas_thing(c, at, x->does, x->text, "menu-row:%u", i)->is_label = true;
    }
    g_ptr_array_unref(rows);
}
