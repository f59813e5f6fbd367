/* sprites.c: what travels over the map at this moment: on the way between two hosts, with what it says. */
#include <string.h>

#include "app.h"
#include "map_layout.h"
#include "tape_index.h"
#include "tell.h"

enum { LABEL_CHARS = 34, LOST_SHOWN = 6 /* records for which a cross stays */ };

struct scene {
    const struct app *a;
    const struct view_tape *t;
    const struct mxlab *m;
    unsigned n;
    struct rect *at;
};

static const char *keep_label(const struct app *a, const struct record *send, const struct record *message)
{
    GString *text = g_string_new(NULL);

    tell_line(NULL, message != NULL ? message : send, text);
    if (!g_utf8_validate(text->str, (gssize)text->len, NULL)) {
        g_autofree char *valid = g_utf8_make_valid(text->str, (gssize)text->len);
        g_string_assign(text, valid);
    }
    if (g_utf8_strlen(text->str, -1) > LABEL_CHARS) {
        g_string_truncate(text, (gsize)(g_utf8_offset_to_pointer(text->str, LABEL_CHARS - 1) - text->str));
        g_string_append(text, "…");
    }
    char *label = g_string_free(text, FALSE);
    g_ptr_array_add(a->memory->labels, label);
    return label;
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

static bool put_sprite(const struct scene *s, const struct record *r, const struct record *next, double done,
                       struct sprite *out)
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
    map_path_at(&p, t, &out->x, &out->y);
    out->family = message != NULL ? (int)view_family(message) : (int)VIEW_TCP;
    out->label = keep_label(s->a, send != NULL ? send : r, message);
    out->is_lost = false;
    out->opacity = 1;
    return true;
}

static bool is_followed(const struct app *a, const struct record *r)
{
    const struct selection *s = &a->selected;
    return (s->mail == 0 || r->mail == s->mail) && (s->conn == 0 || r->conn == s->conn) &&
           (s->lookup == 0 || r->lookup == s->lookup);
}

/* What was lost a moment ago, ending in a cross where it was lost. */
static unsigned put_lost(const struct scene *s, struct sprite *out, unsigned room, int64_t *of)
{
    int64_t at = s->a->player.at;
    unsigned n = 0;

    for (int64_t i = at; i >= 0 && i > at - LOST_SHOWN && n < room; i--) {
        const struct record *drop = view_tape_nth(s->t, i), *r = tape_cause(s->t, drop);
        if (drop->event != EV_PACKET_DROP || r == NULL || s->a->player.clock - drop->time > SIM_SECOND)
            continue;
        if (!view_is_packet(r) || !put_sprite(s, r, drop, 1, &out[n]))
            continue;
        of[n] = i;
        out[n].is_lost = true;
        out[n].opacity = 1 - (double)(at - i) / (LOST_SHOWN + 1);
        n++;
    }
    return n;
}

/* Labels that would meet are left out, those of what matters last: the event in front, then messages, then
 * TCP's own packets. */
static void thin_labels(const struct scene *s, struct sprite *out, unsigned n, const char *front,
                        struct rect map)
{
    g_autofree struct rect *taken = g_new(struct rect, n + 1);
    double scale = MAX(1, s->a->prefs.text_scale);
    unsigned n_taken = 0;

    for (int pass = 0; pass < 3; pass++)
        for (unsigned i = 0; i < n; i++) {
            bool is_front = front != NULL && out[i].label == front;
            if (pass != (is_front ? 0 : out[i].family == VIEW_TCP && !out[i].is_lost ? 2 : 1))
                continue;
            double w = (double)g_utf8_strlen(out[i].label, -1) * 7.2 * scale + 18;
            struct rect at = { out[i].x - w / 2, out[i].y + 8, w, 26 * scale };
            bool meets = at.x < map.x - w / 2 || at.x + w > map.x + map.w + w / 2;
            for (unsigned k = 0; k < n_taken && !meets; k++)
                meets = at.x < taken[k].x + taken[k].w && taken[k].x < at.x + at.w &&
                        at.y < taken[k].y + taken[k].h && taken[k].y < at.y + at.h;
            if (meets && !is_front)
                out[i].label = "";
            else
                taken[n_taken++] = at;
        }
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
    map_places(a, r, s.at);

    int64_t *flying = g_new(int64_t, room), *flown = g_new0(int64_t, room),
            carrier = view_tape_carrier(s.t, a->player.at);
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
        if (put_sprite(&s, from, next, CLAMP(done, 0, 1), &out[n])) {
            out[n].opacity = is_followed(a, from) ? 1 : 0.35;
            flown[n++] = flying[i];
        }
    }
    n += put_lost(&s, out + n, room - n, flown + n);
    const char *front = NULL;
    const struct record *now = app_record(a),
                        *send = now != NULL && view_is_packet(now) ? tape_send_of(s.t, now) : NULL;
    for (unsigned i = 0; i < n && front == NULL; i++)
        if ((flown[i] == carrier && carrier >= 0) ||
            (send != NULL && tape_send_of(s.t, view_tape_nth(s.t, flown[i])) == send))
            front = out[i].label;
    thin_labels(&s, out, n, front, r);
    g_free(flown);
    g_free(flying);
    g_free(s.at);
    return n;
}
