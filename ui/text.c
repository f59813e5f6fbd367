#include "text.h"

#include <math.h>
#include <string.h>

struct entry {
    struct shaped shaped;
    GList link; /* in `recent`, data: the entry */
    enum font font;
    int px, width, lines; /* px in 64ths */
    guint hash;
    char text[];
};

struct layout_cache {
    PangoContext *context;
    PangoFontDescription *fonts[4];
    GHashTable *entries; /* of struct entry, key and value the same */
    GQueue recent;       /* the latest used first */
};

/* Hangul and other scripts follow the fonts for Latin, in the order that a Korean reader wants. */
#define SANS "Inter,Noto Sans,DejaVu Sans,Noto Sans CJK KR,Noto Sans KR,sans-serif"
#define MONO "DejaVu Sans Mono,Noto Sans Mono,Noto Sans Mono CJK KR,Noto Sans CJK KR,monospace"

static guint entry_hash(gconstpointer p)
{
    return ((const struct entry *)p)->hash;
}

static gboolean entry_equal(gconstpointer p, gconstpointer q)
{
    const struct entry *a = p, *b = q;

    return a->hash == b->hash && a->font == b->font && a->px == b->px && a->width == b->width &&
           a->lines == b->lines && strcmp(a->text, b->text) == 0;
}

static void entry_free(void *p)
{
    struct entry *e = p;

    g_object_unref(e->shaped.layout);
    g_clear_object(&e->shaped.tail);
    g_free(e);
}

struct layout_cache *layout_cache_new(void)
{
    struct layout_cache *c = g_new0(struct layout_cache, 1);
    cairo_font_options_t *o = cairo_font_options_create();

    /* Metrics without hints: a text is as wide in a PDF, or at twice the size, as it is here. */
    cairo_font_options_set_hint_metrics(o, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_hint_style(o, CAIRO_HINT_STYLE_SLIGHT);
    cairo_font_options_set_antialias(o, CAIRO_ANTIALIAS_GRAY);
    c->context = pango_font_map_create_context(pango_cairo_font_map_get_default());
    pango_cairo_context_set_font_options(c->context, o);
    pango_cairo_context_set_resolution(c->context, 96);
    pango_context_set_language(c->context, pango_language_from_string("en"));
    pango_context_set_base_dir(c->context, PANGO_DIRECTION_LTR);
    cairo_font_options_destroy(o);
    for (int f = 0; f < 4; f++) {
        c->fonts[f] = pango_font_description_new();
        pango_font_description_set_family_static(c->fonts[f], f < FONT_MONO ? SANS : MONO);
        pango_font_description_set_weight(c->fonts[f], f == FONT_SANS_BOLD   ? PANGO_WEIGHT_SEMIBOLD
                                                       : f == FONT_MONO_BOLD ? PANGO_WEIGHT_BOLD
                                                                             : PANGO_WEIGHT_NORMAL);
    }
    c->entries = g_hash_table_new_full(entry_hash, entry_equal, NULL, entry_free);
    g_queue_init(&c->recent);
    return c;
}

void layout_cache_free(struct layout_cache **c)
{
    if (*c == NULL)
        return;
    g_hash_table_destroy((*c)->entries);
    for (int f = 0; f < 4; f++)
        pango_font_description_free((*c)->fonts[f]);
    g_object_unref((*c)->context);
    g_free(*c);
    *c = NULL;
}

struct layout_cache *text_shared_cache(void)
{
    static struct layout_cache *shared;

    if (shared == NULL)
        shared = layout_cache_new();
    return shared;
}

double text_line_height(double px)
{
    return round(px * 1.4);
}

double text_baseline(double middle, double px)
{
    return middle + 0.364 * px; /* half the height of a capital in Inter and in DejaVu */
}

static PangoLayout *layout_new(struct layout_cache *c, const struct entry *e, const char *text)
{
    PangoLayout *l = pango_layout_new(c->context);
    PangoFontDescription *d = pango_font_description_copy_static(c->fonts[e->font]);
    char *valid = g_utf8_validate(text, -1, NULL) ? NULL : g_utf8_make_valid(text, -1);

    pango_font_description_set_absolute_size(d, e->px / 64.0 * PANGO_SCALE);
    pango_layout_set_font_description(l, d);
    pango_font_description_free(d);
    pango_layout_set_text(l, valid != NULL ? valid : text, -1);
    g_free(valid);
    return l;
}

static bool is_hangul(gunichar u)
{
    return (u >= 0xAC00 && u <= 0xD7A3) || (u >= 0x1100 && u <= 0x11FF) || (u >= 0x3130 && u <= 0x318F);
}

/* Korean parts its words by spaces; without this a line would end within one. */
static void keep_words(PangoLayout *l)
{
    const char *text = pango_layout_get_text(l);
    PangoAttrList *attrs = NULL;

    for (const char *p = text; *p != '\0';) {
        const char *begin = p;
        bool has_hangul = false;

        for (; *p != '\0' && !g_ascii_isspace(*p); p = g_utf8_next_char(p))
            has_hangul = has_hangul || is_hangul(g_utf8_get_char(p));
        if (has_hangul) {
            PangoAttribute *a = pango_attr_allow_breaks_new(FALSE);

            a->start_index = (guint)(begin - text);
            a->end_index = (guint)(p - text);
            attrs = attrs != NULL ? attrs : pango_attr_list_new();
            pango_attr_list_insert(attrs, a);
        }
        while (g_ascii_isspace(*p))
            p++;
    }
    if (attrs != NULL) {
        pango_layout_set_attributes(l, attrs);
        pango_attr_list_unref(attrs);
    }
}

static void make_one_line(PangoLayout *l, int width)
{
    pango_layout_set_single_paragraph_mode(l, TRUE);
    if (width != TEXT_UNBOUND) {
        pango_layout_set_width(l, width * PANGO_SCALE);
        pango_layout_set_ellipsize(l, PANGO_ELLIPSIZE_END);
    }
}

/* Without a hyphen: what went over the wire has none there. */
static void break_anywhere(PangoLayout *l)
{
    PangoAttrList *attrs = pango_attr_list_new();

    pango_attr_list_insert(attrs, pango_attr_insert_hyphens_new(FALSE));
    pango_layout_set_attributes(l, attrs);
    pango_attr_list_unref(attrs);
}

static double layout_width(PangoLayout *l)
{
    PangoRectangle r;

    pango_layout_get_extents(l, NULL, &r);
    return (double)r.width / PANGO_SCALE;
}

static void lay_out(struct layout_cache *c, struct entry *e)
{
    struct shaped *t = &e->shaped;

    t->layout = layout_new(c, e, e->text);
    t->n_lines = 1;
    t->line_height = text_line_height(e->px / 64.0);
    if (e->lines == 1) {
        make_one_line(t->layout, e->width);
    } else {
        pango_layout_set_width(t->layout, e->width * PANGO_SCALE);
        pango_layout_set_wrap(t->layout, PANGO_WRAP_WORD_CHAR);
        keep_words(t->layout);
        if (layout_width(t->layout) > e->width) /* a word longer than a line is parted all the same */
            break_anywhere(t->layout);
        t->n_lines = pango_layout_get_line_count(t->layout);
        if (t->n_lines > e->lines) {
            t->n_lines = e->lines;
            t->tail = layout_new(c, e,
                                 pango_layout_get_text(t->layout) +
                                     pango_layout_get_line_readonly(t->layout, e->lines - 1)->start_index);
            make_one_line(t->tail, e->width);
        }
    }
    t->width = layout_width(t->layout);
}

const struct shaped *text_shape(struct layout_cache *c, enum font f, double px, double width, int lines,
                                const char *text)
{
    size_t len = strlen(text);
    char on_stack[512];
    size_t size = sizeof(struct entry) + len + 1;
    struct entry *key = size <= sizeof on_stack ? (struct entry *)(void *)on_stack : g_malloc(size);

    memset(key, 0, sizeof *key);
    key->font = f;
    key->px = (int)(px * 64 + 0.5);
    key->width = (int)width;
    key->lines = lines;
    memcpy(key->text, text, len + 1);
    key->hash = g_str_hash(text) * 31u + (guint)key->px * 7u + (guint)key->width * 4099u +
                (guint)lines * 131u + f;

    struct entry *e = g_hash_table_lookup(c->entries, key);
    if (e != NULL) {
        g_queue_unlink(&c->recent, &e->link);
    } else {
        e = g_malloc(size);
        memcpy(e, key, size);
        e->link.data = e;
        lay_out(c, e);
        g_hash_table_add(c->entries, e);
        if (c->recent.length >= TEXT_CACHE_MAX) {
            struct entry *oldest = g_queue_pop_tail_link(&c->recent)->data;
            g_hash_table_remove(c->entries, oldest);
        }
    }
    g_queue_push_head_link(&c->recent, &e->link);
    if ((void *)key != on_stack)
        g_free(key);
    return &e->shaped;
}

void text_show(cairo_t *cr, const struct shaped *t, double x, double baseline)
{
    for (int i = 0; i < t->n_lines; i++) {
        bool is_tail = t->tail != NULL && i == t->n_lines - 1;

        cairo_move_to(cr, x, baseline + i * t->line_height);
        pango_cairo_show_layout_line(
            cr, pango_layout_get_line_readonly(is_tail ? t->tail : t->layout, is_tail ? 0 : i));
    }
    cairo_new_path(cr);
}
