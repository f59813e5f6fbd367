#include "inspector.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app_parts.h"
#include "ladder_rows.h"
#include "tape_index.h"
#include "words.h"

enum { PAD = 18, TABS_H = 40, TABS_LINES = 18, FOOT_H = 52 };

/* ---- The pen. */

double pen_row(const struct pen *p)
{
    return canvas_line_height(p->c, TYPE_BODY) + 8 * p->s;
}

void pen_gap(struct pen *p, double h)
{
    p->y += h * p->s;
}

void pen_rule(struct pen *p)
{
    pen_gap(p, 8);
    canvas_line(p->c, p->x, p->y, p->x + p->w, p->y, INK_LINE, 1);
    pen_gap(p, 12);
}

void pen_heading(struct pen *p, const char *text, const char *note)
{
    double h = canvas_line_height(p->c, TYPE_BODY) + 4, used = 0;

    if (note != NULL)
        used = canvas_text(p->c, (struct rect){ p->x + p->w * 0.4, p->y, p->w * 0.6, h }, FONT_SANS,
                           TYPE_SMALL, INK_QUIET, ALIGN_RIGHT, note) +
               8;
    struct rect at = { p->x, p->y, p->w - used, h };
    canvas_text(p->c, at, FONT_SANS_BOLD, TYPE_BODY, INK_TEXT, ALIGN_LEFT, text);
    canvas_thing(p->c, at, "", text, "heading:%s", text)->is_label = true;
    p->y += h;
    pen_gap(p, 4);
}

void pen_sentence(struct pen *p, enum font f, enum type_size s, enum ink i, const char *text)
{
    p->y += canvas_paragraph(p->c, (struct rect){ p->x, p->y, p->w, 1e4 }, f, s, i, text, false);
}

void pen_empty(struct pen *p, const char *text, const char *name)
{
    struct rect at = { p->x, p->y, p->w, 1e4 };

    at.h = canvas_paragraph(p->c, at, FONT_SANS, TYPE_BODY, INK_QUIET, text, false);
    canvas_thing(p->c, at, "", text, "%s", name)->is_label = true;
    p->y += at.h;
}

void pen_pair(struct pen *p, const char *label, const char *value, enum font f, enum ink i, const char *does,
              const char *name)
{
    double h = pen_row(p), left = MIN(112 * p->s, p->w * 0.4);
    struct rect at = { p->x + left, p->y, p->w - left, h };

    canvas_text(p->c, (struct rect){ p->x, p->y, left - 8, h }, FONT_SANS, TYPE_SMALL, INK_QUIET, ALIGN_LEFT,
                label);
    at.w = canvas_text(p->c, at, f, TYPE_SMALL, does[0] != '\0' ? INK_ACTION : i, ALIGN_LEFT, value);
    canvas_thing(p->c, at, does, value, "%s", name)->is_label = true;
    p->y += h;
}

double pen_link(struct pen *p, double x, double w, const char *text, const char *does, const char *name)
{
    struct rect at = { x, p->y, w, canvas_line_height(p->c, TYPE_BODY) };

    at.w = canvas_text(p->c, at, FONT_SANS, TYPE_BODY, does[0] != '\0' ? INK_ACTION : INK_QUIET, ALIGN_LEFT,
                       text);
    canvas_thing(p->c, at, does, text, "%s", name)->is_label = true;
    return x + at.w;
}

void pen_bead(struct pen *p, const struct bead *b)
{
    enum font font = b->is_bold ? FONT_SANS_BOLD : FONT_SANS;
    double line = canvas_line_height(p->c, TYPE_BODY), left = 24 * p->s, right = 0;
    double y = p->y + 4 * p->s, x = p->x + 8, mid = y + line / 2;

    if (b->time != NULL)
        right = canvas_text_width(p->c, FONT_MONO, TYPE_SMALL, b->time) + 12;
    struct rect at = { p->x + left, y, p->w - left - right, 1e4 };
    double h = canvas_paragraph(p->c, at, font, TYPE_BODY, b->ink, b->text, true), below = 0;
    if (b->below != NULL)
        below = canvas_paragraph(p->c, at, FONT_SANS, TYPE_SMALL, INK_QUIET, b->below, true) + 2;
    double all = h + below + 8 * p->s;
    struct rect row = { p->x - 8, p->y, p->w + 16, all };

    if (b->is_now)
        canvas_box(p->c, row, 6, INK_NOW_GROUND, N_INKS, 0, false);
    else if (b->does[0] != '\0' && g_strcmp0(p->a->hover, b->name) == 0)
        canvas_box(p->c, row, 6, INK_ROW, N_INKS, 0, false);
    if (!b->is_first)
        canvas_line(p->c, x, p->y, x, mid, INK_LINE, 2);
    if (!b->is_last)
        canvas_line(p->c, x, mid, x, p->y + all, INK_LINE, 2);
    struct rect dot = { x - 4, mid - 4, 8, 8 };
    enum ink ink = b->ink == INK_TEXT || b->ink == INK_QUIET ? INK_ACTION : b->ink;
    canvas_box(p->c, dot, 4, b->is_hollow ? INK_PANEL : ink, ink, 1.5, false);
    canvas_paragraph(p->c, at, font, TYPE_BODY, b->ink, b->text, false);
    if (b->below != NULL)
        canvas_paragraph(p->c, (struct rect){ at.x, y + h + 2, at.w, 1e4 }, FONT_SANS, TYPE_SMALL, INK_QUIET,
                         b->below, false);
    if (b->time != NULL)
        canvas_text(p->c, (struct rect){ p->x + p->w - right, y, right, line }, FONT_MONO, TYPE_SMALL,
                    INK_QUIET, ALIGN_RIGHT, b->time);
    canvas_thing(p->c, row, b->does, b->text, "%s", b->name);
    p->y += all;
}

enum ink family_ink(enum view_family f)
{
    switch (f) {
    case VIEW_DNS:
        return INK_DNS;
    case VIEW_SMTP:
    case VIEW_QUEUE:
        return INK_SMTP;
    case VIEW_ACCESS:
        return INK_ACCESS;
    case VIEW_HTTP:
        return INK_HTTP;
    case VIEW_TCP:
        return INK_TCP;
    case VIEW_PERSON:
        return INK_ACTION;
    case VIEW_FAULT:
        return INK_FAULT;
    case VIEW_STORY:
        return INK_STORY;
    }
    return INK_TEXT;
}

/* ---- What the tabs are about. */

int64_t inspector_at(const struct app *a)
{
    const struct record *r = app_record(a);

    if (r == NULL)
        return -1;
    return r->event == EV_NOTE && r->cause > 0 ? (int64_t)r->cause - 1 : a->player.at;
}

const struct record *inspector_record(const struct app *a)
{
    return app_record(a) != NULL ? view_tape_nth(a->player.tape, inspector_at(a)) : NULL;
}

const char *inspector_host(const struct app *a)
{
    const struct record *r = inspector_record(a);

    if (a->selected.host != NULL || r == NULL)
        return a->selected.host;
    if (tape_is_hidden(r->host)) /* not on the map, and nothing to be seen of it */
        r = tape_send_of(a->player.tape, r);
    return r != NULL && r->host != NULL && r->host[0] != '\0' ? r->host : NULL;
}

uint32_t inspector_mail(const struct app *a)
{
    const struct record *r = inspector_record(a);

    return a->selected.mail != 0 ? a->selected.mail : r != NULL ? r->mail : 0;
}

/* ---- Tabs. */

static char *tab_text(const struct app *a, enum inspector_tab t)
{
    const char *host = inspector_host(a);
    uint32_t mail = inspector_mail(a);

    switch (t) {
    case TAB_MESSAGE:
        return g_strdup(_("Message"));
    case TAB_HOST:
        return g_strdup(host != NULL ? host : _("Host"));
    case TAB_MAIL:
        return mail != 0 ? g_strdup_printf(_("Mail m%u"), mail) : g_strdup(_("Mail"));
    case TAB_WHY:
        return g_strdup(_("Why?"));
    case N_TABS:
        break;
    }
    return g_strdup("");
}

struct tab {
    const char *name;
    char *text;
    bool is_on;
    double w;
};
enum { TABS_MAX = N_TABS + FRONT_INSPECTOR };

static double draw_tab(const struct app *a, struct canvas *c, struct rect at, const struct tab *t)
{
    g_autofree char *thing = g_strdup_printf("tab:%s", t->name), *does = g_strdup_printf("tab %s", t->name);

    canvas_name(c, at, t->is_on ? FONT_SANS_BOLD : FONT_SANS, TYPE_BODY,
                t->is_on || g_strcmp0(a->hover, thing) == 0 ? INK_TEXT : INK_QUIET, ALIGN_LEFT, t->text);
    if (t->is_on)
        canvas_fill_rect(c, (struct rect){ at.x, at.y + at.h - 2, at.w, 2.5 }, INK_ACTION);
    canvas_thing(c, (struct rect){ at.x - 8, at.y, at.w + 16, at.h }, does, t->text, "%s", thing)->is_label =
        true;
    return at.x + at.w;
}

/* The inspector's own, and before them those it shares its place with. */
static unsigned find_tabs(const struct app *a, struct tab *out)
{
    static const char *const names[N_TABS] = { "message", "host", "mail", "why" };
    const struct tab fronts[FRONT_INSPECTOR] = { [FRONT_MAP] = { "map", _("Map") },
                                                 [FRONT_LADDER] = { "ladder", _("Ladder") },
                                                 [FRONT_STORY] = { "story", _("Story") } };
    enum layout_kind kind = a->layout.kind;
    enum front front = app_front(a);
    unsigned n = 0;

    for (int i = 0; i < FRONT_INSPECTOR; i++)
        if (kind == LAYOUT_SINGLE || (kind == LAYOUT_NARROW && i == FRONT_LADDER)) {
            out[n] = fronts[i];
            out[n].text = g_strdup(fronts[i].text);
            out[n++].is_on = front == (enum front)i;
        }
    for (int i = 0; i < N_TABS; i++) {
        bool is_on = a->tab == (enum inspector_tab)i && (kind == LAYOUT_WIDE || front == FRONT_INSPECTOR);
        out[n++] = (struct tab){ names[i], tab_text(a, (enum inspector_tab)i), is_on };
    }
    return n;
}

static void draw_tabs(const struct app *a, struct canvas *c, struct rect r)
{
    struct tab tabs[TABS_MAX];
    unsigned n = find_tabs(a, tabs), host = n - N_TABS + TAB_HOST;
    bool has_ladder = a->layout.kind != LAYOUT_WIDE && app_front(a) == FRONT_LADDER;
    double sum = 0, gap = 26, right = r.x + r.w - PAD;

    if (has_ladder) /* its buttons stand beside its tab: that leaves a row more to itself */
        right = ladder_draw_buttons(a, c, (struct rect){ r.x, r.y, r.w - 10, r.h });
    for (unsigned i = 0; i < n; i++) {
        tabs[i].w = 1 + MAX(canvas_text_width(c, FONT_SANS_BOLD, TYPE_BODY, tabs[i].text),
                            canvas_text_width(c, FONT_SANS, TYPE_BODY, tabs[i].text));
        sum += tabs[i].w;
    }
    double room = right - r.x - PAD - gap * (n - 1), least = 40 * c->text_scale;
    if (sum > room) { /* a host's name may be long, and it is cut first */
        double w = MIN(tabs[host].w, MAX(tabs[host].w - (sum - room), least));
        sum -= tabs[host].w - w;
        tabs[host].w = w;
    }
    if (sum > room)
        gap = MAX(gap - (sum - room) / (n - 1), 12);
    double x = r.x + PAD;
    for (unsigned i = 0; i < n; i++) {
        if (x < right)
            x = draw_tab(a, c, (struct rect){ x, r.y, MIN(tabs[i].w, right - x), r.h }, &tabs[i]) + gap;
        g_free(tabs[i].text);
    }
}

/* ---- The body. */

static void draw_body(struct pen *p)
{
    if (p->a->run == NULL && app_is_opening(p->a))
        return;
    switch (p->a->tab) {
    case TAB_MESSAGE:
        inspector_message(p);
        break;
    case TAB_HOST:
        inspector_host_tab(p);
        break;
    case TAB_MAIL:
        inspector_mail_tab(p);
        break;
    case TAB_WHY:
        inspector_why(p);
        break;
    case N_TABS:
        break;
    }
}

static double tabs_height(double s)
{
    return ceil(TABS_H + TABS_LINES * (MAX(s, 1) - 1));
}

/* Where there is little room the foot has one line. */
static struct rect body_of(const struct app *a, struct rect r, double s)
{
    double foot = a->tab == TAB_MESSAGE && app_record(a) != NULL ? FOOT_H * s : 0, tabs = tabs_height(s);

    if (r.h < 5 * foot)
        foot *= 0.6;
    return (struct rect){ r.x + 1, r.y + tabs + 1, r.w - 2, MAX(r.h - tabs - foot - 2, 0) };
}

/* Drawn on nothing, to see how far down it goes. */
static double measure(const struct app *a, struct rect body)
{
    cairo_surface_t *none = cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1);
    struct canvas c = { .cr = cairo_create(none),
                        .theme = a->prefs.theme,
                        .text_scale = a->prefs.text_scale };
    struct pen p = { a, &c, body.x + PAD, body.w - 2 * PAD, 0, c.text_scale };

    draw_body(&p);
    cairo_destroy(c.cr);
    cairo_surface_destroy(none);
    return p.y + 28 * p.s;
}

double inspector_height(const struct app *a, double *room_out)
{
    struct rect body = body_of(a, app_panel(a, PANEL_INSPECTOR), a->prefs.text_scale);

    *room_out = body.h;
    return measure(a, body);
}

static void draw_foot(const struct app *a, struct canvas *c, struct rect r)
{
    char *meaning = inspector_meaning(a);
    struct rect at = { r.x + PAD, r.y + 8, r.w - 2 * PAD, r.h - 10 };

    canvas_line(c, r.x + 1, r.y, r.x + r.w - 1, r.y, INK_LINE, 1);
    canvas_paragraph(c, at, FONT_SANS, TYPE_SMALL, meaning != NULL ? INK_TEXT : INK_QUIET,
                     meaning != NULL ? meaning : _("Point at a field or a byte to read what it means."),
                     false);
    if (meaning != NULL)
        canvas_thing(c, at, "", meaning, "meaning")->is_label = true;
    g_free(meaning);
}

static void draw_scrolled(const struct app *a, struct canvas *c, struct rect body)
{
    double height = a->inspector_scroll > 0 ? measure(a, body) : 0;
    double scroll = MIN(a->inspector_scroll, MAX(height - body.h, 0));
    struct pen p = {
        a, c, body.x + PAD, body.w - 2 * PAD, body.y + 14 * c->text_scale - scroll, c->text_scale
    };
    struct rect clip = c->clip;

    cairo_save(c->cr);
    cairo_rectangle(c->cr, body.x, body.y, body.w, body.h);
    cairo_clip(c->cr);
    c->clip = body;
    draw_body(&p);
    c->clip = clip;
    cairo_restore(c->cr);
    height = p.y + scroll - body.y + 14 * p.s;
    if (height > body.h) { /* a thumb, where there is more */
        double h = MAX(body.h * body.h / height, 24),
               y = body.y + (body.h - h) * (scroll / (height - body.h));
        canvas_box(c, (struct rect){ body.x + body.w - 6, y, 4, h }, 2, INK_LINE, N_INKS, 0, false);
    }
}

void panel_inspector_draw(const struct app *a, struct canvas *c, struct rect r)
{
    double tabs = tabs_height(c->text_scale);

    canvas_box(c, r, 10, INK_PANEL, INK_LINE, 1, false);
    draw_tabs(a, c, (struct rect){ r.x, r.y, r.w, MIN(tabs, r.h) });
    if (r.h <= tabs + 16) /* only the tabs: the ladder has the place */
        return;
    canvas_line(c, r.x + 1, r.y + tabs, r.x + r.w - 1, r.y + tabs, INK_LINE, 1);
    struct rect body = body_of(a, r, c->text_scale);
    draw_scrolled(a, c, body);
    if (body.y + body.h < r.y + r.h - 4)
        draw_foot(a, c, (struct rect){ r.x, body.y + body.h, r.w, r.y + r.h - body.y - body.h });
}
