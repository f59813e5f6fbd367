/* The Message tab: what travels, layer by layer, field by field, octet by octet, each lit with its field. */
#include "inspector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app_parts.h"
#include "tape_index.h"
#include "tell.h"
#include "words.h"

enum { ROWS_MAX = 192 /* of octets: more is no longer read */ };

/* ---- Which packet it is about. */

static struct view_packet *packet_of(const struct app *a, const uint8_t **bytes_out, size_t *len_out)
{
    const struct record *r = inspector_record(a);
    int64_t at = r == NULL           ? -1
                 : view_is_packet(r) ? inspector_at(a)
                                     : view_tape_carrier(a->player.tape, inspector_at(a));
    size_t len = 0;
    const uint8_t *bytes = at >= 0 ? view_tape_bytes(a->player.tape, at, &len) : NULL;

    if (bytes_out != NULL)
        *bytes_out = bytes;
    if (len_out != NULL)
        *len_out = len;
    return bytes != NULL && len > 0 ? view_dissect(bytes, len) : NULL;
}

static const struct view_field *nth(const struct view_packet *k, unsigned i)
{
    return &g_array_index(k->fields, struct view_field, i);
}

unsigned inspector_fields(const struct app *a)
{
    struct view_packet *k = packet_of(a, NULL, NULL);
    unsigned n = k != NULL ? k->fields->len : 0;

    view_packet_free(&k);
    return n;
}

/* The field that is lit: pointed at, else selected; -1: none. */
static int lit_field(const struct app *a)
{
    const char *hover = app_thing_of(a->hover, "field");

    if (hover == NULL)
        hover = app_thing_of(a->hover, "octets");
    return hover != NULL ? atoi(hover) : a->field;
}

char *inspector_meaning(const struct app *a)
{
    int lit = lit_field(a);
    struct view_packet *k = lit >= 0 ? packet_of(a, NULL, NULL) : NULL;
    char *text = NULL;

    if (k != NULL && lit < (int)k->fields->len) {
        const struct view_field *f = nth(k, (unsigned)lit);
        text = g_strdup_printf("%s: %s%s%s", words(f->name), f->value, f->meaning != NULL ? ". " : "",
                               f->meaning != NULL ? words(f->meaning) : "");
    }
    view_packet_free(&k);
    return text;
}

static bool layer_is_open(const struct app *a, const struct view_packet *k, int layer)
{
    int lit = a->field;
    bool is_head = strcmp(k->layers[layer], "DNS") == 0; /* long, and seldom what it is about */
    bool usual = layer + 1 == (int)k->n_layers || (layer >= 2 && !is_head);

    if (lit >= 0 && lit < (int)k->fields->len && nth(k, (unsigned)lit)->layer == layer)
        return true;
    return usual != ((a->layers_turned >> layer & 1) != 0);
}

/* ---- Layers. */

/* "10.1.0.25 → 10.1.0.53", from the first fields that say where from and where to. */
static char *layer_summary(const struct view_packet *k, int layer)
{
    const char *from = NULL, *to = NULL, *flags = NULL;

    for (unsigned i = 0; i < k->fields->len; i++) {
        const struct view_field *f = nth(k, i);
        if (f->layer != layer)
            continue;
        if (from == NULL && g_str_has_prefix(f->name, "Source"))
            from = f->value;
        else if (to == NULL && g_str_has_prefix(f->name, "Destination"))
            to = f->value;
        else if (flags == NULL && layer > 0 && strcmp(f->name, "Flags") == 0 && from != NULL)
            flags = f->value;
    }
    if (from == NULL || to == NULL)
        return g_strdup("");
    return g_strdup_printf("%s → %s%s%s", from, to, flags != NULL ? "  " : "", flags != NULL ? flags : "");
}

static void draw_layer_head(struct pen *p, const struct view_packet *k, int layer, bool is_open)
{
    double h = pen_row(p), used;
    struct rect at = { p->x - 8, p->y, p->w + 16, h };
    char *summary = layer_summary(k, layer);
    double x = p->x + 4, y = p->y + h / 2;
    const char *name = words(k->layers[layer]);

    canvas_box(p->c, at, 6, INK_ROW, N_INKS, 0, false);
    cairo_new_path(p->c->cr);
    canvas_colour(p->c, INK_QUIET);
    cairo_move_to(p->c->cr, is_open ? x - 4 : x - 2, is_open ? y - 2 : y - 4);
    cairo_line_to(p->c->cr, is_open ? x + 4 : x + 3, is_open ? y - 2 : y);
    cairo_line_to(p->c->cr, is_open ? x : x - 2, is_open ? y + 3 : y + 4);
    cairo_fill(p->c->cr);
    used = canvas_text(p->c, (struct rect){ p->x + 16, p->y, p->w - 16, h }, FONT_SANS_BOLD, TYPE_SMALL,
                       INK_TEXT, ALIGN_LEFT, name);
    canvas_text(p->c, (struct rect){ p->x + 28 + used, p->y, p->w - 28 - used, h }, FONT_MONO, TYPE_SMALL,
                INK_QUIET, ALIGN_RIGHT, summary);
    char *does = g_strdup_printf("select layer:%d", layer);
    canvas_thing(p->c, at, does, name, "layer:%d", layer);
    p->y += h + 2;
    g_free(does);
    g_free(summary);
}

static void draw_field(struct pen *p, const struct view_field *f, unsigned i, bool is_lit)
{
    double h = canvas_line_height(p->c, TYPE_SMALL) + 6 * p->s, left = MIN(150 * p->s, p->w * 0.42);
    struct rect row = { p->x - 8, p->y, p->w + 16, h };

    if (is_lit)
        canvas_box(p->c, row, 4, INK_NOW_GROUND, INK_STORY, 1, false);
    canvas_text(p->c, (struct rect){ p->x + 16, p->y, left - 20, h }, FONT_SANS, TYPE_SMALL, INK_QUIET,
                ALIGN_LEFT, words(f->name));
    canvas_text(p->c, (struct rect){ p->x + left, p->y, p->w - left, h }, FONT_MONO, TYPE_SMALL, INK_TEXT,
                ALIGN_LEFT, f->value);
    char *does = g_strdup_printf("select field:%u", i), *text = g_strdup_printf("%s %s", f->name, f->value);
    canvas_thing(p->c, row, does, text, "field:%u", i);
    g_free(does);
    g_free(text);
    p->y += h;
}

static void draw_layers(struct pen *p, const struct view_packet *k, int lit)
{
    for (int layer = 0; layer < (int)k->n_layers; layer++) {
        bool is_open = layer_is_open(p->a, k, layer);

        draw_layer_head(p, k, layer, is_open);
        for (unsigned i = 0; is_open && i < k->fields->len; i++)
            if (nth(k, i)->layer == layer)
                draw_field(p, nth(k, i), i, (int)i == lit);
        pen_gap(p, is_open ? 6 : 3);
    }
}

/* ---- Octets. */

struct dump {
    double cell, x_hex, x_text, line;
    unsigned per_row;
};

static struct dump dump_of(const struct pen *p)
{
    static const unsigned sizes[] = { 16, 12, 8, 4 };
    struct dump d = { .line = canvas_line_height(p->c, TYPE_SMALL) + 2 };

    d.cell = canvas_text_width(p->c, FONT_MONO, TYPE_SMALL, "0000000000000000") / 16;
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        d.per_row = sizes[i];
        if ((6 + 3 * sizes[i] + 1 + sizes[i]) * d.cell <= p->w)
            break;
    }
    d.x_hex = p->x + 6 * d.cell;
    d.x_text = d.x_hex + (3 * d.per_row + 1) * d.cell;
    return d;
}

/* The innermost field that an octet belongs to: the shortest that covers it. -1: none. */
static int field_at(const struct view_packet *k, size_t octet)
{
    int found = -1;

    for (unsigned i = 0; i < k->fields->len; i++) {
        const struct view_field *f = nth(k, i);
        if (octet >= f->offset && octet - f->offset < f->length &&
            (found < 0 || f->length < nth(k, (unsigned)found)->length))
            found = (int)i;
    }
    return found;
}

static void light(struct pen *p, const struct dump *d, unsigned from, unsigned to)
{
    if (from >= to)
        return;
    struct rect hex = { d->x_hex + 3 * from * d->cell - 2, p->y, (3 * (to - from) - 1) * d->cell + 4,
                        d->line };
    struct rect text = { d->x_text + from * d->cell - 1, p->y, (to - from) * d->cell + 2, d->line };

    canvas_box(p->c, hex, 3, INK_NOW_GROUND, INK_STORY, 1, false);
    canvas_box(p->c, text, 3, INK_NOW_GROUND, INK_STORY, 1, false);
}

/* Runs of octets of one field can be pointed at. */
static void collect_octets(struct pen *p, const struct dump *d, const struct view_packet *k, size_t row,
                           size_t n)
{
    for (size_t i = 0; i < n;) {
        int field = field_at(k, row + i);
        size_t end = i + 1;

        while (end < n && field_at(k, row + end) == field)
            end++;
        if (field >= 0) {
            char *does = g_strdup_printf("select field:%d", field);
            struct rect hex = { d->x_hex + 3 * i * d->cell, p->y, 3 * (end - i) * d->cell, d->line };
            struct rect text = { d->x_text + i * d->cell, p->y, (end - i) * d->cell, d->line };

            canvas_thing(p->c, hex, does, nth(k, (unsigned)field)->name, "octets:%d:%zu", field, row + i);
            canvas_thing(p->c, text, does, nth(k, (unsigned)field)->name, "octets:%d:%zu:text", field,
                         row + i);
            g_free(does);
        }
        i = end;
    }
}

static void draw_octets(struct pen *p, const struct view_packet *k, const uint8_t *bytes, size_t len, int lit)
{
    struct dump d = dump_of(p);
    const struct view_field *f = lit >= 0 && lit < (int)k->fields->len ? nth(k, (unsigned)lit) : NULL;
    double bottom = p->c->clip.y + p->c->clip.h;
    size_t rows = (len + d.per_row - 1) / d.per_row, shown = MIN(rows, ROWS_MAX);

    for (size_t i = 0; i < shown; i++, p->y += d.line) {
        size_t row = i * d.per_row, n = MIN(len - row, d.per_row);
        char hex[3 * 16 + 1] = "", text[16 + 1] = "", place[8];

        if (p->c->clip.h > 0 && (p->y + d.line < p->c->clip.y || p->y > bottom))
            continue; /* scrolled away */
        if (f != NULL && f->offset < row + n && f->offset + f->length > row)
            light(p, &d, f->offset > row ? (unsigned)(f->offset - row) : 0,
                  (unsigned)MIN(f->offset + f->length - row, n));
        for (size_t j = 0; j < n; j++) {
            snprintf(hex + 3 * j, 4, "%02x ", bytes[row + j]);
            text[j] = bytes[row + j] >= 0x20 && bytes[row + j] < 0x7f ? (char)bytes[row + j] : '.';
        }
        snprintf(place, sizeof place, "%04zx", row & 0xffff);
        canvas_text(p->c, (struct rect){ p->x, p->y, 5 * d.cell, d.line }, FONT_MONO, TYPE_SMALL, INK_QUIET,
                    ALIGN_LEFT, place);
        canvas_text(p->c, (struct rect){ d.x_hex, p->y, 3 * d.per_row * d.cell, d.line }, FONT_MONO,
                    TYPE_SMALL, INK_TEXT, ALIGN_LEFT, hex);
        canvas_text(p->c, (struct rect){ d.x_text, p->y, (d.per_row + 1) * d.cell, d.line }, FONT_MONO,
                    TYPE_SMALL, INK_TEXT, ALIGN_LEFT, text);
        collect_octets(p, &d, k, row, n);
    }
    if (rows > shown) {
        char *more = g_strdup_printf(_("… and %zu octets more."), len - shown * d.per_row);
        pen_sentence(p, FONT_SANS, TYPE_SMALL, INK_QUIET, more);
        g_free(more);
    }
}

/* ---- What is said, as lines. */

static bool is_lines(const char *layer)
{
    static const char *const of_lines[] = { "SMTP", "POP3", "IMAP", "HTTP", "Message", "MIME part", "HTML" };

    for (size_t i = 0; i < G_N_ELEMENTS(of_lines); i++)
        if (g_str_has_prefix(layer, of_lines[i]))
            return true;
    return false;
}

/* As text, with a dot for each control character: few fonts have pictures of those. To be freed. */
static char *visible_text(const uint8_t *at, size_t len)
{
    g_autofree char *text = g_utf8_make_valid((const char *)at, (gssize)len);
    GString *out = g_string_sized_new(len + 1);

    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar u = g_utf8_get_char(p);
        g_string_append_unichar(out, u == '\t' ? ' ' : g_unichar_iscntrl(u) ? 0xB7 : u);
    }
    return g_string_free(out, FALSE);
}

static void draw_line(struct pen *p, const uint8_t *at, size_t len, bool has_end)
{
    char *text = visible_text(at, len);
    double line = canvas_line_height(p->c, TYPE_SMALL) + 3, end = 0;

    end = canvas_text(p->c, (struct rect){ p->x, p->y, p->w - 40 * p->s, line }, FONT_MONO, TYPE_SMALL,
                      INK_TEXT, ALIGN_LEFT, text);
    if (has_end)
        canvas_text(p->c, (struct rect){ p->x + end + 4, p->y, 36 * p->s, line }, FONT_MONO, TYPE_SMALL,
                    INK_QUIET, ALIGN_LEFT, "\\r\\n");
    canvas_thing(p->c, (struct rect){ p->x, p->y, end, line }, "", text, "line:%s", text);
    p->y += line;
    g_free(text);
}

static void draw_lines(struct pen *p, const struct view_packet *k, const uint8_t *bytes, size_t len)
{
    size_t from = len;

    if (k->n_layers == 0 || !is_lines(k->layers[k->n_layers - 1]))
        return;
    for (unsigned i = 0; i < k->fields->len; i++) /* the first of them: a reply, and behind it a message */
        if (is_lines(k->layers[nth(k, i)->layer]) && nth(k, i)->length > 0)
            from = MIN(from, nth(k, i)->offset);
    if (from >= len)
        return;
    pen_rule(p);
    pen_heading(p, _("As lines"), NULL);
    while (from < len) {
        const uint8_t *end = memchr(bytes + from, '\n', len - from);
        size_t n = end != NULL ? (size_t)(end - bytes - from) : len - from, whole = n + (end != NULL);

        draw_line(p, bytes + from, n > 0 && bytes[from + n - 1] == '\r' ? n - 1 : n, end != NULL);
        from += whole;
    }
}

/* ---- What did not travel: the record itself. */

/* As the trace has it, but for times: they are as everywhere in the window. To be freed. */
static char *value_words(const struct field *f)
{
    char buf[FIELD_BUF_MAX], clock[MOMENT_MAX];

    if (f->kind == FIELD_TIME && f->key == KEY_NEXT)
        return g_strdup(moment_words(f->number, MOMENT_MS, clock));
    if (f->kind == FIELD_TIME) {
        GString *span = g_string_new(NULL);
        view_duration(f->number, words, span);
        return g_string_free(span, FALSE);
    }
    struct span s = field_text(f, buf);
    return g_utf8_make_valid(s.at, (gssize)s.len);
}

static void draw_record(struct pen *p, const struct record *r)
{
    pen_rule(p);
    pen_heading(p, _("What the trace says"), event_names[r->event]);
    for (int key = KEY_HOST; key < N_KEYS; key++) {
        struct field f;

        if (key == KEY_CAUSE || !record_value(r, (enum key)key, &f))
            continue;
        char *value = value_words(&f);
        if (value[0] == '\0') {
            g_free(value);
            continue;
        }
        char *name = g_strdup_printf("value:%s", key_names[key]);
        bool is_name = key == KEY_HOST || key == KEY_PEER;
        char *does = is_name           ? g_strdup_printf("select host:%s", value)
                     : key == KEY_MAIL ? g_strdup_printf("select mail:%s", value)
                     : key == KEY_CONN ? g_strdup_printf("select conn:%s", value)
                                       : g_strdup("");
        pen_pair(p, key_names[key], value, FONT_MONO, INK_TEXT, does, name);
        g_free(value);
        g_free(name);
        g_free(does);
    }
}

/* ---- Head: what it says, who to whom, when, and why it is worth noticing. */

const struct record *inspector_told(const struct app *a, const struct record *r)
{
    const struct record *send = view_is_packet(r) ? tape_send_of(a->player.tape, r) : NULL;
    const struct record *message = send != NULL ? tape_message_of(a->player.tape, send) : NULL;

    return message != NULL ? message : send != NULL ? send : r;
}

static bool travels(const struct record *r)
{
    return view_is_sent(r) || view_is_packet(r);
}

static void draw_who(struct pen *p, const struct record *told, sim_time time)
{
    char when[MOMENT_MAX];
    double x = p->x, h = canvas_line_height(p->c, TYPE_BODY), half = p->w * 0.4;
    char *does = g_strdup_printf("select host:%s", told->host != NULL ? told->host : "");

    if (told->host != NULL && told->host[0] != '\0')
        x = pen_link(p, x, half, told->host, does, "message:host");
    g_free(does);
    if (told->peer != NULL && told->peer[0] != '\0' && g_strcmp0(told->peer, told->host) != 0) {
        does = g_strdup_printf("select host:%s", told->peer);
        x += canvas_text(p->c, (struct rect){ x + 6, p->y, 24, h }, FONT_SANS, TYPE_BODY, INK_QUIET,
                         ALIGN_LEFT, travels(told) || told->event == EV_TCP_CONNECT ? "→" : "–") +
             12;
        pen_link(p, x, p->x + p->w - x - 100 * p->s, told->peer, does, "message:peer");
        g_free(does);
    }
    canvas_text(p->c, (struct rect){ p->x + p->w * 0.6, p->y, p->w * 0.4, h }, FONT_MONO, TYPE_SMALL,
                INK_QUIET, ALIGN_RIGHT, moment_words(time, MOMENT_MS, when));
    p->y += h;
}

/* How far a packet has come. To be freed; NULL: it is no packet. */
static char *whereabouts(const struct pen *p, const struct record *r)
{
    GString *lost;

    switch ((int)r->event) {
    case EV_PACKET_SEND:
        return g_strdup_printf(_("It leaves %s."), r->host);
    case EV_PACKET_FORWARD:
        return tape_is_hidden(r->host) ? g_strdup(_("It is on its way."))
                                       : g_strdup_printf(_("It passes %s."), r->host);
    case EV_PACKET_ARRIVE:
        return g_strdup_printf(_("It arrives at %s."), r->host);
    case EV_PACKET_DROP:
        lost = g_string_new(NULL);
        tell_line(app_world(p->a), r, lost);
        return g_string_free(lost, FALSE);
    default:
        return NULL;
    }
}

static void draw_whereabouts(struct pen *p, const struct record *r)
{
    char *text = whereabouts(p, r);
    struct rect at = { p->x, p->y, p->w, 1e4 };

    if (text == NULL)
        return;
    at.h = canvas_paragraph(p->c, at, FONT_SANS, TYPE_SMALL,
                            r->event == EV_PACKET_DROP ? INK_FAULT : INK_QUIET, text, false);
    canvas_thing(p->c, at, "", text, "message:whereabouts")->is_label = true;
    p->y += at.h;
    g_free(text);
}

static void draw_head(struct pen *p, const struct record *r)
{
    GString *says = g_string_new(NULL);
    const struct record *told = inspector_told(p->a, r);
    struct rect at = { p->x + 22 * p->s, p->y, p->w - 22 * p->s, 1e4 };
    const char *remark = view_remark(r) != NULL ? view_remark(r) : view_remark(told);

    tell_line(app_world(p->a), told, says);
    canvas_shape(p->c, (int)view_family(told), p->x + 7, p->y + canvas_line_height(p->c, TYPE_HEAD) / 2, 14);
    at.h = canvas_paragraph(p->c, at, travels(told) ? FONT_MONO_BOLD : FONT_SANS_BOLD, TYPE_BODY, INK_TEXT,
                            says->str, false);
    canvas_thing(p->c, at, "", says->str, "message:says")->is_label = true;
    p->y += at.h;
    pen_gap(p, 4);
    draw_who(p, told, r->time);
    draw_whereabouts(p, r);
    if (remark != NULL) {
        pen_gap(p, 6);
        pen_sentence(p, FONT_SANS, TYPE_BODY, INK_TEXT, words(remark));
    }
    g_string_free(says, TRUE);
}

void inspector_message(struct pen *p)
{
    const struct record *r = inspector_record(p->a);
    const uint8_t *bytes;
    size_t len;

    if (r == NULL) {
        pen_empty(p, _("Nothing has happened yet. Press → for the first step, or Space to play."),
                  "message:empty");
        return;
    }
    draw_head(p, r);
    struct view_packet *k = packet_of(p->a, &bytes, &len);
    if (k == NULL) {
        draw_record(p, r);
        return;
    }
    int lit = lit_field(p->a);
    char *size = g_strdup_printf(_("%zu octets"), len);

    pen_gap(p, 12);
    draw_layers(p, k, lit);
    draw_lines(p, k, bytes, len);
    pen_rule(p);
    pen_heading(p, _("Octets"), size);
    draw_octets(p, k, bytes, len, lit);
    g_free(size);
    view_packet_free(&k);
}
