/* sprites.c: what travels over the map at this moment: on the way between two hosts, with what it says. */
#include <math.h>
#include <string.h>

#include "app.h"
#include "map_labels.h"
#include "tape_index.h"
#include "tell.h"

enum {
    LABEL_CHARS = 34,
    LABEL_LONG = 64 /* of what is in front, and of a few, if there is room */,
    FEW = 4,
    LABEL_H = 20,
    CUT_ROOM = 18, /* below a host whose link is cut */
    LOST_SHOWN = 6 /* records for which a cross stays */
};

/* On its way: from … to of the whole stretch between two boxes. */
struct journey {
    int64_t of; /* the record that tells of it */
    struct map_path way;
    double t;
};

struct scene {
    const struct app *a;
    const struct view_tape *t;
    const struct mxlab *m;
    unsigned n;
    struct rect *at;
    struct map_plan plan;
};

static const char *keep(const struct app *a, char *label)
{
    g_ptr_array_add(a->memory->labels, label);
    return label;
}

/* At most `most` characters of it. */
static const char *shortened(const struct app *a, const char *label, long most)
{
    if (g_utf8_strlen(label, -1) <= most)
        return label;
    g_autofree char *begin = g_utf8_substring(label, 0, most - 1);
    return keep(a, g_strconcat(begin, "…", NULL));
}

static const char *find_label(const struct app *a, const struct record *send, const struct record *message)
{
    GString *text = g_string_new(NULL);

    tell_line(NULL, message != NULL ? message : send, text);
    if (!g_utf8_validate(text->str, (gssize)text->len, NULL)) {
        g_autofree char *valid = g_utf8_make_valid(text->str, (gssize)text->len);
        g_string_assign(text, valid);
    }
    return shortened(a, keep(a, g_string_free(text, FALSE)), LABEL_LONG);
}

static int shown_host(const struct scene *s, const char *name)
{
    int i = name != NULL ? view_host_find(s->m, name) : -1;
    return i >= 0 && s->at[i].w > 0 ? i : -1;
}

/* The stretch of a hop on the map: from one host that is shown to the next, or half of it at the hidden
 * router. */
struct stretch {
    int from, to;
    double t1, t2;
};

static bool find_stretch(const struct scene *s, const struct record *r, const struct record *next,
                         struct stretch *out)
{
    bool from_hidden = tape_is_hidden(r->host);
    const struct record *before = from_hidden ? tape_cause(s->t, r) : r;
    const char *to = next != NULL && next->event != EV_PACKET_DROP ? next->host : NULL;
    bool to_hidden = to != NULL && tape_is_hidden(to);

    out->from = before != NULL ? shown_host(s, before->host) : -1;
    out->to = to != NULL && !to_hidden ? shown_host(s, to) : -1;
    if (out->to < 0 && next != NULL && next->event == EV_PACKET_DROP) {
        g_autofree char *end = tape_link_end(next);
        to_hidden = tape_is_hidden(end);
        out->to = shown_host(s, end);
    }
    if (out->to < 0)
        out->to = shown_host(s, r->peer);
    if (out->from < 0 || out->to < 0 || out->from == out->to)
        return false;
    out->t1 = from_hidden ? 0.5 : 0;
    out->t2 = to_hidden ? 0.5 : 1;
    return true;
}

/* How far along its hop a lost packet came. */
static double lost_at(const struct record *drop)
{
    if (g_strcmp0(drop->why, "host_down") == 0)
        return 0.86;
    return g_strcmp0(drop->why, "link_cut") == 0 || g_strcmp0(drop->why, "queue_full") == 0 ? 0.3 : 0.6;
}

/* The way of a shape's middle: it leaves beside its sender, not upon it, and comes to rest so. Between hosts
 * that stand close it has at least half of the gap to move in. */
static double between_boxes(const struct map_path *p, double t, double size)
{
    double length = hypot(p->x2 - p->x1, p->y2 - p->y1), from = fmin(size / 2 / fmax(length, 1), 0.25);
    return from + (1 - 2 * from) * t;
}

static bool put_sprite(const struct scene *s, const struct record *r, const struct record *next, double done,
                       struct sprite *out, struct journey *j)
{
    const struct record *send = tape_send_of(s->t, r),
                        *message = send != NULL ? tape_message_of(s->t, send) : NULL;
    struct stretch w;
    double t;

    if (!find_stretch(s, r, next, &w))
        return false;
    struct map_path p = map_path(s->at, s->n, (unsigned)w.from, (unsigned)w.to);
    if (next != NULL && next->event == EV_PACKET_DROP)
        done *= lost_at(next);
    /* Easing over the whole way, not over each half: a packet does not stop at a router that is not shown. */
    t = w.t1 + (w.t2 - w.t1) * done;
    t = pace_ease(t);
    out->size = s->plan.mode == MAP_DOTS ? SPRITE_SMALL : SPRITE_SIZE;
    t = between_boxes(&p, t, out->size);
    map_path_at(&p, t, &out->x, &out->y);
    j->way = p;
    j->t = t;
    out->family = message != NULL ? (int)view_family(message) : (int)VIEW_TCP;
    out->label = find_label(s->a, send != NULL ? send : r, message);
    out->is_lost = false;
    out->opacity = 1;
    out->label_at = (struct rect){ 0 };
    return true;
}

/* What was lost a moment ago, ending in a cross where it was lost. */
static unsigned put_lost(const struct scene *s, struct sprite *out, unsigned room, struct journey *of)
{
    int64_t at = s->a->player.at;
    unsigned n = 0;

    for (int64_t i = at; i >= 0 && i > at - LOST_SHOWN && n < room; i--) {
        const struct record *drop = view_tape_nth(s->t, i), *r = tape_cause(s->t, drop);
        if (drop->event != EV_PACKET_DROP || r == NULL || s->a->player.clock - drop->time > SIM_SECOND)
            continue;
        if (!view_is_packet(r) || !put_sprite(s, r, drop, 1, &out[n], &of[n]))
            continue;
        of[n].of = i;
        out[n].is_lost = true;
        out[n].opacity = 1 - (double)(at - i) / (LOST_SHOWN + 1);
        n++;
    }
    return n;
}

/* ---- Labels. */

/* What no label may cover: names in their boxes, names beside boxes that have no room for any, titles of
 * bands, where links are cut. To be freed. */
static struct rect *find_names(const struct scene *s, struct rect map, unsigned *n_out)
{
    double scale = s->a->prefs.text_scale;
    struct rect *names = g_new0(struct rect, 2 * s->n + MAP_TAGS_MAX + MAP_BANDS);
    struct canvas c = { .theme = s->a->prefs.theme, .text_scale = scale };
    struct map_tag tags[MAP_TAGS_MAX];
    unsigned n = 0;

    for (unsigned i = 0; i < s->n && s->plan.mode < MAP_DOTS; i++)
        if (s->at[i].w > 0) {
            names[n] = map_box(s->plan.mode, s->at[i], scale).words;
            if (s->plan.mode == MAP_FULL) /* the address below may be covered for a while */
                names[n].h *= 0.7;
            n++;
        }
    for (unsigned i = 0, n_links = view_links(s->m); i < n_links && n < 2 * s->n; i++) {
        struct view_link l = view_link(s->m, i);
        int a = l.is_up ? -1 : shown_host(s, l.a), b = l.is_up ? -1 : shown_host(s, l.b);
        if ((a < 0) == (b < 0))
            continue;
        struct rect box = s->at[a >= 0 ? a : b], icon = map_box(s->plan.mode, box, scale).icon;
        names[n++] = (struct rect){ icon.x + icon.w / 2 - CUT_ROOM / 2, box.y + box.h, CUT_ROOM, CUT_ROOM };
    }
    unsigned n_tags = map_tags(s->a, map, s->at, &s->plan, tags);
    for (unsigned i = 0; i < n_tags; i++)
        names[n++] = tags[i].at;
    for (int i = 0; i < MAP_BANDS; i++) {
        struct rect title = map_title(&s->plan, i, map, scale);
        title.w = fmin(title.w, canvas_text_width(&c, FONT_SANS_BOLD, TYPE_SMALL, map_title_words(i)));
        names[n++] = title;
    }
    *n_out = n;
    return names;
}

static double label_width(struct canvas *c, const char *label)
{
    return ceil(canvas_text_width(c, FONT_MONO_BOLD, TYPE_SMALL, label)) + 16;
}

/* The event in front has a label first, then messages, then TCP's own packets: as many as find a place. */
static void place_labels(const struct scene *s, struct sprite *out, const struct journey *of, unsigned n,
                         const char *front, struct rect map)
{
    static struct map_labels l;
    struct canvas c = { .theme = s->a->prefs.theme, .text_scale = s->a->prefs.text_scale };
    double scale = c.text_scale, h = ceil(LABEL_H * fmax(1, scale));

    l.map = map;
    l.boxes = s->at;
    l.n_boxes = s->n;
    struct rect *names = find_names(s, map, &l.n_names);
    l.names = names;
    l.n_taken = 0;
    l.scale = scale;
    for (int pass = 0; pass < 3; pass++)
        for (unsigned i = 0; i < n; i++) {
            bool is_front = front != NULL && out[i].label == front;
            if (pass != (is_front ? 0 : out[i].family == VIEW_TCP && !out[i].is_lost ? 2 : 1))
                continue;
            double w = label_width(&c, out[i].label);
            if ((is_front || n <= FEW) &&
                map_labels_place(&l, &of[i].way, of[i].t, w, h, false, &out[i].label_at))
                continue;
            out[i].label = shortened(s->a, out[i].label, LABEL_CHARS);
            w = label_width(&c, out[i].label);
            if (!map_labels_place(&l, &of[i].way, of[i].t, w, h, is_front, &out[i].label_at))
                out[i].label = "";
        }
    g_free(names);
}

unsigned app_sprites(const struct app *a, struct sprite *out, unsigned room)
{
    struct scene s = { .a = a, .t = a->run != NULL ? run_tape(a->run) : NULL, .m = app_world(a) };
    struct rect r = app_panel(a, PANEL_MAP);
    unsigned n = 0;

    g_ptr_array_set_size(a->memory->labels, 0);
    if (s.t == NULL || s.m == NULL || r.w <= 0 || room == 0 || a->player.at < 0)
        return 0;
    s.n = view_hosts(s.m);
    s.at = g_new0(struct rect, s.n + 1);
    map_plan_of(a, r, s.at, &s.plan);

    struct journey *flown = g_new0(struct journey, room);
    int64_t *flying = g_new(int64_t, room), carrier = view_tape_carrier(s.t, a->player.at);
    unsigned n_flying = view_tape_flying(s.t, a->player.clock, flying, room);
    for (unsigned i = 0; i < n_flying && i < room && n < room; i++) {
        const struct record *from = view_tape_nth(s.t, flying[i]);
        int64_t hop = view_tape_hop(s.t, flying[i]);
        const struct record *next = hop >= 0 ? view_tape_nth(s.t, hop) : NULL;
        /* What leaves at this very moment but later on the tape has not left yet, save what the message in
         * front goes in. */
        if (flying[i] > a->player.at && flying[i] != carrier)
            continue;
        double done = next == NULL || next->time <= from->time
                          ? 0
                          : (double)(a->player.clock - from->time) / (double)(next->time - from->time);
        if (put_sprite(&s, from, next, CLAMP(done, 0, 1), &out[n], &flown[n])) {
            out[n].opacity = app_is_followed(a, from) ? 1 : 0.35;
            flown[n++].of = flying[i];
        }
    }
    n += put_lost(&s, out + n, room - n, flown + n);
    const char *front = NULL;
    const struct record *now = app_record(a),
                        *send = now != NULL && view_is_packet(now) ? tape_send_of(s.t, now) : NULL;
    for (unsigned i = 0; i < n && front == NULL; i++)
        if ((flown[i].of == carrier && carrier >= 0) ||
            (send != NULL && tape_send_of(s.t, view_tape_nth(s.t, flown[i].of)) == send))
            front = out[i].label;
    place_labels(&s, out, flown, n, front, r);
    g_free(flown);
    g_free(flying);
    g_free(s.at);
    return n;
}
