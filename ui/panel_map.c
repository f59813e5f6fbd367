/* panel_map.c: the hosts and who talks to whom, at the moment shown. What travels is drawn over it
 * (sprites.c). */
#include <math.h>
#include <string.h>

#include "app_parts.h"
#include "ink.h"
#include "map_labels.h"
#include "map_parts.h"
#include "words.h"

static enum ink role_ink(enum view_role role)
{
    switch (role) {
    case VIEW_MAIL:
        return INK_SMTP;
    case VIEW_ROOT:
    case VIEW_TLD:
    case VIEW_AUTHORITATIVE:
    case VIEW_LOCAL:
        return INK_DNS;
    case VIEW_WEB:
        return INK_HTTP;
    case VIEW_ROUTER:
        return INK_QUIET;
    case VIEW_COMPUTER:
        return INK_TEXT;
    }
    return INK_TEXT;
}

/* ---- Bands. */

static void draw_bands(struct map *k)
{
    for (int i = 0; i < MAP_BANDS; i++) {
        if (k->plan.line_y[i] >= 0) {
            ink_alpha(k->c, INK_LINE, 0.7);
            cairo_set_line_width(k->c->cr, 1);
            cairo_move_to(k->c->cr, k->r.x + 16, k->plan.line_y[i]);
            cairo_line_to(k->c->cr, k->r.x + k->r.w - 16, k->plan.line_y[i]);
            cairo_stroke(k->c->cr);
        }
        struct rect at = map_title(&k->plan, i, k->r, k->scale);
        if (at.w <= 0)
            continue;
        const char *title = map_title_words(i);
        at.w = canvas_text(k->c, at, FONT_SANS_BOLD, TYPE_SMALL, INK_QUIET, ALIGN_LEFT, title);
        canvas_thing(k->c, at, "", title, "band:%d", i + 1)->is_label = true;
    }
}

/* ---- Hosts. */

static void draw_clock(struct canvas *c, double x, double y, double size, enum ink ink)
{
    canvas_colour(c, ink);
    cairo_set_line_width(c->cr, 1.4);
    cairo_arc(c->cr, x, y, size / 2 - 0.7, 0, 2 * G_PI);
    cairo_stroke(c->cr);
    cairo_move_to(c->cr, x, y - size * 0.28);
    cairo_line_to(c->cr, x, y);
    cairo_line_to(c->cr, x + size * 0.2, y + size * 0.1);
    cairo_stroke(c->cr);
}

static void draw_letter(struct canvas *c, double x, double y, double size, enum ink ink)
{
    double w = size, h = size * 0.74;

    canvas_colour(c, ink);
    cairo_set_line_width(c->cr, 1.3);
    cairo_rectangle(c->cr, x - w / 2, y - h / 2, w, h);
    cairo_move_to(c->cr, x - w / 2, y - h / 2);
    cairo_line_to(c->cr, x, y + h * 0.1);
    cairo_line_to(c->cr, x + w / 2, y - h / 2);
    cairo_stroke(c->cr);
}

/* A closed letter, one that has been opened, and one that has come down to a computer. */
static void draw_opened_letter(struct canvas *c, double x, double y, double size, enum ink ink)
{
    double w = size, h = size * 0.7;

    canvas_colour(c, ink);
    cairo_set_line_width(c->cr, 1.3);
    cairo_rectangle(c->cr, x - w / 2, y - h * 0.3, w, h);
    cairo_move_to(c->cr, x - w / 2, y - h * 0.3);
    cairo_line_to(c->cr, x, y - h * 0.85);
    cairo_line_to(c->cr, x + w / 2, y - h * 0.3);
    cairo_stroke(c->cr);
}

static void draw_taken_letter(struct canvas *c, double x, double y, double size, enum ink ink)
{
    double w = size, q = size * 0.26;

    canvas_colour(c, ink);
    cairo_set_line_width(c->cr, 1.4);
    cairo_move_to(c->cr, x - w / 2, y + w * 0.1);
    cairo_line_to(c->cr, x - w / 2, y + w * 0.42);
    cairo_line_to(c->cr, x + w / 2, y + w * 0.42);
    cairo_line_to(c->cr, x + w / 2, y + w * 0.1);
    cairo_move_to(c->cr, x, y - w * 0.45);
    cairo_line_to(c->cr, x, y + w * 0.14);
    cairo_move_to(c->cr, x - q, y - w * 0.1);
    cairo_line_to(c->cr, x, y + w * 0.16);
    cairo_line_to(c->cr, x + q, y - w * 0.1);
    cairo_stroke(c->cr);
}

/* BADGE_UNREAD has the place of BADGE_STORED while there is mail that nobody has read. */
enum badge_kind {
    BADGE_QUEUE,
    BADGE_UNREAD,
    BADGE_STORED,
    BADGE_HELD,
    BADGE_CACHED,
    BADGE_CUT,
    BADGE_LOSSY,
    BADGE_DOWN,
    N_BADGES
};

struct badge {
    enum badge_kind kind;
    char *text, *means; /* `means` is to be freed; both NULL: there is no such badge */
    char buf[32];
};

static const struct {
    enum ink ink;
    const char *name;
    void (*picture)(struct canvas *c, double x, double y, double size, enum ink ink); /* NULL: none */
} badge_kinds[N_BADGES] = {
    [BADGE_QUEUE] = { INK_SMTP, "queue", draw_clock },
    [BADGE_UNREAD] = { INK_ACCESS, "mailbox", draw_letter },
    [BADGE_STORED] = { INK_ACCESS, "mailbox", draw_opened_letter },
    [BADGE_HELD] = { INK_ACCESS, "device", draw_taken_letter },
    [BADGE_CACHED] = { INK_DNS, "cache", NULL },
    [BADGE_CUT] = { INK_FAULT, "cut", NULL },
    [BADGE_LOSSY] = { INK_FAULT, "loss", NULL },
    [BADGE_DOWN] = { INK_FAULT, "down", NULL },
};

static void G_GNUC_PRINTF(3, 4) add_badge(struct badge *b, char *means, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_vsnprintf(b->buf, sizeof b->buf, format, args);
    va_end(args);
    b->text = b->buf;
    b->means = means;
}

/* How many are not read yet; once all are, how many there are, in another picture. */
static void add_stored(struct badge all[N_BADGES], const struct view_host *h)
{
    g_autofree char *stored = g_strdup_printf(
        _N("%u mail in the mailboxes", "%u mails in the mailboxes", h->stored), h->stored);
    bool is_new = h->unread > 0;

    add_badge(&all[is_new ? BADGE_UNREAD : BADGE_STORED],
              is_new ? g_strdup_printf(_("%s, %u not read yet"), stored, h->unread)
                     : g_strdup_printf(_("%s, all read"), stored),
              "%u", is_new ? h->unread : h->stored);
}

/* As it is called here: shorter where there is little room. */
static const char *label_of(const struct map *k, const struct view_host *h, char buf[MAP_LABEL_MAX])
{
    return k->plan.mode >= MAP_PAIR ? map_label_short(h, buf) : map_label(h, buf);
}

/* The word stands by the address, unless the name wants that line too: then it is a badge. */
static bool says_down_below(const struct map *k, unsigned i)
{
    char buf[MAP_LABEL_MAX];

    return k->plan.mode <= MAP_COMPACT &&
           canvas_text_width(k->c, FONT_SANS_BOLD, TYPE_SMALL, label_of(k, &k->hosts[i], buf)) <=
               map_box(k->plan.mode, k->at[i], k->scale).words.w;
}

/* What a host holds and suffers, in the order from the right. */
static void find_badges(const struct map *k, unsigned i, struct badge all[N_BADGES])
{
    const struct view_host *h = &k->hosts[i];
    int link = k->own_link[i];

    for (int b = 0; b < N_BADGES; b++)
        all[b] = (struct badge){ .kind = (enum badge_kind)b };
    if (h->queued > 0)
        add_badge(&all[BADGE_QUEUE],
                  g_strdup_printf(_N("%u mail waits in the queue", "%u mails wait in the queue", h->queued),
                                  h->queued),
                  "%u", h->queued);
    if (h->stored > 0)
        add_stored(all, h);
    if (h->held > 0)
        add_badge(&all[BADGE_HELD],
                  g_strdup_printf(_N("%u mail on this device", "%u mails on this device", h->held), h->held),
                  "%u", h->held);
    if (h->cached > 0)
        add_badge(
            &all[BADGE_CACHED],
            g_strdup_printf(_N("%u record in the cache", "%u records in the cache", h->cached), h->cached),
            "%u rr", h->cached);
    if (!h->is_up && !says_down_below(k, i))
        add_badge(&all[BADGE_DOWN], g_strdup(_("down")), "%s", _("down"));
    if (link >= 0 && !k->links[link].is_up)
        add_badge(&all[BADGE_CUT], g_strdup(_("The link of this host is cut.")), "%s", _("link cut"));
    else if (link >= 0 && k->links[link].loss_ppm > 0)
        add_badge(&all[BADGE_LOSSY], g_strdup(_("The link of this host loses packets.")), _("loses %g %%"),
                  round(k->links[link].loss_ppm / 1000.0) / 10);
}

static double badge_width(const struct map *k, const struct badge *b)
{
    double picture = badge_kinds[b->kind].picture != NULL ? 16 * k->scale : 0;
    return ceil(canvas_text_width(k->c, FONT_SANS_BOLD, TYPE_SMALL, b->text) + picture + 16 * k->scale);
}

bool map_meets_title(const struct map *k, struct rect at)
{
    for (int i = 0; i < MAP_BANDS; i++) {
        struct rect t = map_title(&k->plan, i, k->r, k->scale);
        if (t.w > 0 && at.x < t.x + t.w && t.x < at.x + at.w && at.y < t.y + t.h && t.y < at.y + at.h)
            return true;
    }
    return false;
}

/* Those that have room, on the box's upper border or, `is_inside`, beside the name: what is wrong before what
 * is held. Returns how wide they are. */
static double fit_badges(const struct map *k, unsigned i, struct badge all[N_BADGES], bool *is_inside)
{
    static const enum badge_kind order[N_BADGES] = { BADGE_DOWN,   BADGE_CUT,    BADGE_QUEUE, BADGE_LOSSY,
                                                     BADGE_UNREAD, BADGE_STORED, BADGE_HELD,  BADGE_CACHED };
    struct rect at = k->at[i], words = map_box(k->plan.mode, at, k->scale).words;
    double used = 0, room = at.w + 8, rise = 16 * k->scale;

    find_badges(k, i, all);
    *is_inside = k->plan.mode == MAP_NAMES ||
                 map_meets_title(k, (struct rect){ at.x, at.y - rise, at.w + 8, rise });
    if (*is_inside)
        room = words.w * 0.55;
    for (int b = 0; b < N_BADGES; b++) {
        struct badge *badge = &all[order[b]];
        double w = badge->text != NULL ? badge_width(k, badge) + 4 : 0;
        if (used + w > room && badge->kind != BADGE_DOWN) {
            badge->text = NULL;
            g_clear_pointer(&badge->means, g_free);
            w = 0;
        }
        used += w;
    }
    return used;
}

/* What a name beside its badges leaves to them. */
static double badges_inside(const struct map *k, unsigned i)
{
    struct badge all[N_BADGES];
    bool is_inside;
    double w = fit_badges(k, i, all, &is_inside);

    for (int b = 0; b < N_BADGES; b++)
        g_free(all[b].means);
    return is_inside ? w : 0;
}

static void draw_badge(struct map *k, struct rect at, const struct badge *b, const char *host)
{
    double picture = badge_kinds[b->kind].picture != NULL ? 16 * k->scale : 0,
           x = at.x + at.w - 14 * k->scale, y = at.y + at.h / 2;

    canvas_box(k->c, at, at.h / 2, badge_kinds[b->kind].ink, INK_PANEL, 1.5, false);
    canvas_text(k->c, (struct rect){ at.x + 8 * k->scale, at.y, at.w - 16 * k->scale - picture, at.h },
                FONT_SANS_BOLD, TYPE_SMALL, INK_PANEL, ALIGN_LEFT, b->text);
    if (picture > 0)
        badge_kinds[b->kind].picture(k->c, x, y, 11 * k->scale, INK_PANEL);
    canvas_thing(k->c, at, "", b->means, "badge:%s:%s", badge_kinds[b->kind].name, host)->is_label = true;
}

/* On the upper border, as far up as the name below it wants; or beside the name. */
static void draw_badges(struct map *k, unsigned i)
{
    struct badge all[N_BADGES];
    struct rect at = k->at[i], name = k->names[i];
    bool is_inside;
    double h = floor((k->plan.mode >= MAP_PAIR ? 17 : 19) * k->scale);

    fit_badges(k, i, all, &is_inside);
    if (is_inside)
        h = MIN(h, name.h);
    double right = at.x + at.w +
                   (is_inside                  ? -4
                    : k->plan.mode == MAP_PAIR ? 4
                                               : 8),
           y = is_inside ? name.y + floor((name.h - h) / 2) : MIN(at.y - floor(h / 2), name.y + 1 - h);
    for (int b = 0; b < N_BADGES; b++) {
        if (all[b].text == NULL)
            continue;
        double w = badge_width(k, &all[b]);
        draw_badge(k, (struct rect){ right - w, y, w, h }, &all[b], k->hosts[i].name);
        right -= w + 4;
        g_free(all[b].means);
    }
}

static void address_text(uint32_t ip, char buf[16])
{
    g_snprintf(buf, 16, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255);
}

/* Hosts that take no part in this run stand back. */
static bool takes_part(const struct map *k, const struct view_host *h)
{
    return k->x == NULL || tape_index_host(k->x, h->name) >= 0 ||
           (k->a->selected.host && g_ascii_strcasecmp(k->a->selected.host, h->name) == 0);
}

/* Where a long name is parted: a host's behind its first label, else at the last space. */
static const char *second_half(const char *label)
{
    const char *dot = strchr(label, '.'), *space = strrchr(label, ' ');

    return dot != NULL && dot[1] != '\0' ? dot + 1 : space != NULL ? space + 1 : NULL;
}

/* How many lines the name takes of at most so many. */
static int name_lines(struct map *k, const char *label, double w, int most)
{
    bool fits = canvas_text_width(k->c, FONT_SANS_BOLD, TYPE_SMALL, label) <= w;
    return fits || most < 2 || second_half(label) == NULL ? 1 : 2;
}

/* In the usual size or a smaller one; what then finds no room goes from its middle. `beside`: taken by badges
 * in the first line. Returns the rectangle of that line. */
static struct rect draw_name(struct map *k, struct rect in, int lines, double beside, unsigned host,
                             enum ink ink)
{
    const struct view_host *h = &k->hosts[host];
    char buf[MAP_LABEL_MAX], short_buf[MAP_LABEL_MAX];
    const char *label = label_of(k, h, short_buf), *rest = second_half(label);
    struct rect first = { in.x, in.y, MAX(in.w - beside, 12), lines == 1 ? in.h : floor(in.h / 2) },
                second = { in.x, in.y + first.h, in.w, first.h };
    bool is_body = k->plan.mode < MAP_PAIR && lines == 1 &&
                   canvas_text_width(k->c, FONT_SANS_BOLD, TYPE_BODY, label) <= first.w;
    enum type_size size = is_body ? TYPE_BODY : TYPE_SMALL;
    g_autofree char *begin = lines == 1 ? g_strdup(label)
                                        : g_strchomp(g_strndup(label, (gsize)(rest - label)));

    first.w = canvas_name(k->c, first, FONT_SANS_BOLD, size, ink, ALIGN_LEFT, begin);
    canvas_thing(k->c, first, "", map_label(h, buf), "name:%s", h->name)->is_label = true;
    if (lines == 2) {
        second.w = canvas_name(k->c, second, FONT_SANS_BOLD, size, ink, ALIGN_LEFT, rest);
        canvas_thing(k->c, second, "", rest, "name-rest:%s", h->name)->is_label = true;
    }
    return first;
}

/* The name, and below it the address (and whether it is down), as many of them as have room. */
static void draw_box_texts(struct map *k, unsigned i)
{
    const struct view_host *h = &k->hosts[i];
    struct map_box box = map_box(k->plan.mode, k->at[i], k->scale);
    double small = canvas_line_height(k->c, TYPE_SMALL), body = canvas_line_height(k->c, TYPE_BODY),
           beside = badges_inside(k, i);
    char address[16], buf[MAP_LABEL_MAX];
    bool is_part = takes_part(k, h), has_address = k->plan.mode <= MAP_COMPACT;
    bool has_down = !h->is_up && says_down_below(k, i);
    int most = (int)((box.words.h + 3) / (small - 1)) - has_down;
    int lines = name_lines(k, label_of(k, h, buf), box.words.w - beside, most);
    bool has_second = has_address && (lines < most || has_down);
    struct rect name = box.words;

    name.h = lines == 2 ? 2 * (small - 1) : body;
    name.y = floor(k->at[i].y + (k->at[i].h - name.h - (has_second ? small : 0)) / 2);
    k->names[i] = draw_name(k, name, lines, beside, i, is_part ? INK_TEXT : INK_QUIET);
    if (!has_second)
        return;
    struct rect second = { box.words.x, name.y + name.h, box.words.w, small };
    if (has_down) {
        double down = canvas_text(k->c, second, FONT_SANS_BOLD, TYPE_SMALL, INK_FAULT, ALIGN_RIGHT,
                                  _("down"));
        second.w -= down + 6;
    }
    address_text(h->address, address);
    if (second.w > 24)
        canvas_text(k->c, second, FONT_MONO, TYPE_SMALL, INK_QUIET, ALIGN_LEFT, address);
}

/* The line colour of panels is too faint for what stands on one. */
static void outline(struct canvas *c, struct rect at, double q)
{
    cairo_t *cr = c->cr;
    double right = at.x + at.w, bottom = at.y + at.h;

    ink_alpha(c, INK_QUIET, 0.5);
    cairo_new_path(cr);
    cairo_arc(cr, at.x + q, at.y + q, q, G_PI, 1.5 * G_PI);
    cairo_arc(cr, right - q, at.y + q, q, 1.5 * G_PI, 0);
    cairo_arc(cr, right - q, bottom - q, q, 0, 0.5 * G_PI);
    cairo_arc(cr, at.x + q, bottom - q, q, 0.5 * G_PI, G_PI);
    cairo_close_path(cr);
    cairo_set_line_width(cr, 1.2);
    cairo_stroke(cr);
}

static void draw_frame(struct canvas *c, struct rect at, const struct map_look *look)
{
    bool is_dot = look->mode == MAP_DOTS;
    double radius = is_dot ? MIN(6, at.w / 4) : 9;

    if (!look->is_up) { /* red and dashed even if it is selected: then the selection stands around it */
        if (look->is_selected)
            canvas_box(c, rect_inset(at, -3), radius + 3, INK_FAULT_GROUND, INK_ACTION, 2, false);
        canvas_box(c, at, radius, INK_FAULT_GROUND, INK_FAULT, 2, true);
    } else if (look->is_selected) {
        canvas_box(c, at, radius, INK_PANEL, INK_ACTION, 2, false);
    } else {
        canvas_box(c, at, radius, INK_PANEL, N_INKS, 0, false);
        outline(c, at, is_dot ? MIN(radius, 4) : radius);
    }
}

void map_draw_look(struct canvas *c, struct rect at, const struct map_look *look)
{
    struct map_box box = map_box(look->mode, at, c->text_scale);
    bool stands_back = !look->is_part && look->mode != MAP_DOTS;
    enum ink ink = !look->is_up ? INK_FAULT : stands_back ? INK_QUIET : role_ink(look->role);

    draw_frame(c, at, look);
    if (box.icon.w >= 9)
        canvas_icon(c, look->role, box.icon.x, box.icon.y, box.icon.w, ink);
    else
        canvas_fill_rect(c, rect_inset(at, at.w / 4), ink);
}

static void draw_host(struct map *k, unsigned i)
{
    const struct view_host *h = &k->hosts[i];
    const char *selected = k->a->selected.host;
    struct rect at = k->at[i];
    char address[16], buf[MAP_LABEL_MAX];
    struct map_look look = { k->plan.mode, h->role, h->is_up,
                             selected != NULL && g_ascii_strcasecmp(selected, h->name) == 0,
                             takes_part(k, h) };

    if (at.w <= 0)
        return;
    map_stamp(k->c, at, &look);
    address_text(h->address, address);
    g_autofree char *does = g_strdup_printf("select host:%s", h->name);
    g_autofree char *text = g_strdup_printf(h->is_up ? "%s %s" : _("%s %s down"), map_label(h, buf), address);
    canvas_thing(k->c, at, does, text, "host:%s", h->name);
    if (look.mode != MAP_DOTS)
        draw_box_texts(k, i);
}

/* The names of those that matter now, where no box has room for one. */
static void draw_tags(struct map *k)
{
    struct map_tag tags[MAP_TAGS_MAX];
    unsigned n = map_tags(k->a, k->r, k->at, &k->plan, tags);

    for (unsigned i = 0; i < n; i++) {
        const struct view_host *h = &k->hosts[tags[i].host];
        canvas_box(k->c, tags[i].at, 5, INK_PANEL, h->is_up ? INK_ACTION : INK_FAULT, 1, false);
        canvas_name(k->c, rect_inset(tags[i].at, 1), FONT_SANS_BOLD, TYPE_SMALL,
                    h->is_up ? INK_TEXT : INK_FAULT, ALIGN_CENTRE, tags[i].text);
        canvas_thing(k->c, tags[i].at, "", h->name, "name:%s", h->name)->is_label = true;
    }
}

/* The whole name and address of the host under the pointer, where its box had no room for them. */
static void draw_hover(struct map *k)
{
    const char *hover = k->a->hover;
    int i = hover != NULL && g_str_has_prefix(hover, "host:") ? map_find(k, hover + 5) : -1;

    if (!map_shows(k, i))
        return;
    const struct view_host *h = &k->hosts[i];
    struct rect at = k->at[i];
    char address[16], buf[MAP_LABEL_MAX];
    const char *label = map_label(h, buf);
    if (strcmp(label, h->name) == 0 && k->plan.mode < MAP_PAIR &&
        canvas_text_width(k->c, FONT_SANS_BOLD, TYPE_SMALL, label) <=
            map_box(k->plan.mode, at, k->scale).words.w)
        return;
    address_text(h->address, address);
    g_autofree char *text = g_strdup_printf("%s   %s%s%s", h->name, address, h->is_up ? "" : "   ",
                                            h->is_up ? "" : _("down"));
    double w = MIN(canvas_text_width(k->c, FONT_SANS, TYPE_SMALL, text) + 20, k->r.w - 16),
           height = floor(26 * k->scale);
    struct rect tip = { at.x + at.w / 2 - w / 2, at.y + at.h + 6, w, height };
    tip.x = floor(CLAMP(tip.x, k->r.x + 8, MAX(k->r.x + 8, k->r.x + k->r.w - w - 8)));
    if (tip.y + height > k->r.y + k->r.h - 4)
        tip.y = at.y - height - 6;
    canvas_box(k->c, tip, 6, INK_LABEL, N_INKS, 0, false);
    canvas_text(k->c, rect_inset(tip, 2), FONT_SANS, TYPE_SMALL, INK_ON_LABEL, ALIGN_CENTRE, text);
    canvas_thing(k->c, tip, "", text, "tip:%s", h->name);
}

static void draw_nothing(const struct app *a, struct canvas *c, struct rect r)
{
    const char *text = a->run == NULL && app_is_opening(a) ? ""
                       : a->run == NULL
                           ? _("No scenario is open. Press O to choose one, or drop a file here.")
                           : _("Working out this moment…");
    canvas_text(c, rect_inset(r, 16), FONT_SANS, TYPE_BODY, INK_QUIET, ALIGN_CENTRE, text);
    canvas_thing(c, rect_inset(r, 16), a->run == NULL ? "picker" : "", text, "map:empty");
}

void panel_map_draw(const struct app *a, struct canvas *c, struct rect r)
{
    struct map k = { .a = a, .c = c, .r = r, .m = app_world(a), .scale = c->text_scale };

    canvas_box(c, r, 10, INK_PANEL, INK_LINE, 1, false);
    k.n = k.m != NULL ? view_hosts(k.m) : 0;
    if (k.n == 0) {
        draw_nothing(a, c, r);
        return;
    }
    k.x = run_index(a->run);
    k.hosts = g_new(struct view_host, k.n);
    k.at = g_new0(struct rect, k.n);
    k.own_link = g_new(int, k.n);
    k.names = g_new0(struct rect, k.n);
    k.n_links = (int)view_links(k.m);
    k.links = g_new(struct view_link, k.n_links + 1);
    k.by_name = g_hash_table_new(g_str_hash, g_str_equal);
    for (unsigned i = 0; i < k.n; i++) {
        k.hosts[i] = view_host(k.m, i);
        g_hash_table_insert(k.by_name, (gpointer)k.hosts[i].name, GUINT_TO_POINTER(i + 1));
        k.own_link[i] = -1;
    }
    map_plan_of(a, r, k.at, &k.plan);
    for (int i = 0; i < k.n_links; i++) {
        k.links[i] = view_link(k.m, (unsigned)i);
        int x = map_find(&k, k.links[i].a), y = map_find(&k, k.links[i].b);
        if (x >= 0 && y >= 0 && !map_shows(&k, x))
            k.own_link[y] = i;
        if (x >= 0 && y >= 0 && !map_shows(&k, y))
            k.own_link[x] = i;
    }
    cairo_save(c->cr);
    cairo_rectangle(c->cr, r.x + 1, r.y + 1, r.w - 2, r.h - 2);
    cairo_clip(c->cr);
    draw_bands(&k);
    map_draw_wires(&k);
    map_draw_ways(&k);
    for (unsigned i = 0; i < k.n; i++)
        draw_host(&k, i);
    for (unsigned i = 0; i < k.n && k.plan.mode < MAP_DOTS; i++)
        if (map_shows(&k, (int)i))
            draw_badges(&k, i);
    map_draw_cuts(&k);
    draw_tags(&k);
    draw_hover(&k);
    cairo_restore(c->cr);
    g_hash_table_destroy(k.by_name);
    g_free(k.hosts);
    g_free(k.at);
    g_free(k.own_link);
    g_free(k.names);
    g_free(k.links);
}
