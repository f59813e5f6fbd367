#include "map_layout.h"

#include <math.h>
#include <string.h>

enum { MARGIN = 16 };

/* Sizes at text size 1, from the most generous on; what fits first is taken. `apart`: the least room between
 * boxes. */
static const struct size {
    enum map_mode mode;
    double w, w_max, h, apart, apart_y;
    int merged;  /* 1: root and TLD servers in one row; 2: the whole hierarchy, so that rows are fewer */
    bool strips; /* a title gets room of its own where it needs it; else it is left out there */
} sizes[] = {
    { MAP_FULL, 160, 184, 54, 16, 16, 0, true },    { MAP_FULL, 144, 160, 54, 12, 14, 0, true },
    { MAP_COMPACT, 136, 168, 44, 12, 14, 0, true }, { MAP_FULL, 144, 176, 54, 12, 14, 1, true },
    { MAP_COMPACT, 120, 160, 44, 10, 12, 1, true }, { MAP_COMPACT, 120, 160, 40, 10, 10, 2, true },
    { MAP_COMPACT, 120, 160, 40, 10, 9, 2, false }, { MAP_PAIR, 100, 190, 38, 10, 13, 0, true },
    { MAP_PAIR, 92, 190, 36, 8, 12, 1, true },      { MAP_PAIR, 80, 180, 36, 8, 12, 2, true },
    { MAP_NAMES, 120, 220, 30, 10, 12, 0, true },   { MAP_NAMES, 112, 220, 28, 8, 10, 1, true },
    { MAP_PAIR, 76, 180, 36, 6, 12, 2, false },     { MAP_NAMES, 88, 220, 26, 8, 8, 1, true },
    { MAP_NAMES, 88, 220, 24, 8, 7, 2, false },     { MAP_NAMES, 96, 220, 24, 8, 7, 1, false },
    { MAP_NAMES, 72, 220, 24, 6, 7, 1, false },     { MAP_DOTS, 28, 28, 28, 10, 10, 1, true },
    { MAP_DOTS, 22, 22, 22, 6, 6, 1, true },        { MAP_DOTS, 16, 16, 16, 4, 4, 1, false },
    { MAP_DOTS, 10, 10, 10, 2, 2, 1, false },       { MAP_DOTS, 5, 5, 5, 1, 1, 1, false },
};

struct row {
    int band;
    unsigned first, n; /* of the order */
};

struct order {
    const struct map_host *hosts;
    unsigned *of; /* hosts in the order in which they are set */
    unsigned n;
    struct row rows[MAP_ROWS_MAX];
    unsigned n_rows;
};

/* ---- Who stands by whom. */

static int band_of(enum view_role role)
{
    switch (role) {
    case VIEW_ROOT:
    case VIEW_TLD:
    case VIEW_AUTHORITATIVE:
        return 0;
    case VIEW_LOCAL:
        return 1;
    case VIEW_COMPUTER:
    case VIEW_MAIL:
    case VIEW_WEB:
    case VIEW_ROUTER:
        return 2;
    }
    return 2;
}

static int tier_of(enum view_role role, int merged)
{
    switch (role) {
    case VIEW_ROOT:
        return 0;
    case VIEW_TLD:
        return merged > 0 ? 0 : 1;
    case VIEW_AUTHORITATIVE:
        return merged > 1 ? 0 : 2;
    case VIEW_LOCAL:
        return 3;
    case VIEW_ROUTER:
        return 4;
    case VIEW_COMPUTER:
    case VIEW_MAIL:
    case VIEW_WEB:
        return 5;
    }
    return 5;
}

static unsigned network(const struct map_host *h)
{
    return h->address >> 16;
}

/* The middle of the networks of people and mail: on this side people stand outside, their server inside. */
static unsigned middle_network(const struct map_host *hosts, unsigned n)
{
    unsigned low = UINT32_MAX, high = 0;

    for (unsigned i = 0; i < n; i++)
        if (!hosts[i].is_hidden && tier_of(hosts[i].role, 0) == 5) {
            low = MIN(low, network(&hosts[i]));
            high = MAX(high, network(&hosts[i]));
        }
    return low > high ? 0 : low + (high - low) / 2;
}

struct place_key {
    int tier, inner;
    unsigned net, index, host;
};

static int by_key(const void *pa, const void *pb)
{
    const struct place_key *a = pa, *b = pb;

    if (a->tier != b->tier)
        return a->tier < b->tier ? -1 : 1;
    if (a->net != b->net)
        return a->net < b->net ? -1 : 1;
    if (a->inner != b->inner)
        return a->inner < b->inner ? -1 : 1;
    return a->index < b->index ? -1 : 1;
}

static struct place_key key_of(const struct map_host *h, unsigned i, unsigned middle, int merged)
{
    /* Sender's side: person, server. Receiver's side: server, person. */
    /* Web servers outside: the way from a computer to its mail server is short and clear. */
    int rank = h->role == VIEW_WEB ? 0 : h->role == VIEW_COMPUTER ? 1 : 2;
    bool is_left = network(h) <= middle;

    /* The whole hierarchy in one row: TLD servers, the root, authoritative servers. */
    if (merged > 1 && band_of(h->role) == 0)
        return (struct place_key){ 0, 0, h->role == VIEW_AUTHORITATIVE, network(h) << 12 | (i & 0xfff), i };
    return (struct place_key){ tier_of(h->role, merged), is_left ? rank : -rank, network(h), i, i };
}

/* The root stands in the middle of the row that it shares with the TLDs. */
static void centre_root(struct order *o, unsigned first, unsigned n, unsigned n_line)
{
    unsigned roots = 0;

    for (unsigned i = first; i < first + n; i++)
        if (o->hosts[o->of[i]].role == VIEW_ROOT) {
            unsigned root = o->of[i], to = first + roots;
            memmove(&o->of[to + 1], &o->of[to], (i - to) * sizeof *o->of);
            o->of[to] = root;
            roots++;
        }
    if (roots == 0 || roots == n)
        return;
    unsigned left = n_line > roots ? (n_line - roots) / 2 : 0, *keep = g_new(unsigned, roots);
    memcpy(keep, &o->of[first], roots * sizeof *keep);
    memmove(&o->of[first], &o->of[first + roots], left * sizeof *keep);
    memcpy(&o->of[first + left], keep, roots * sizeof *keep);
    g_free(keep);
}

/* How many of a line that should have `want` stay together: a network is not torn apart if it need not be. */
static unsigned line_of(const struct order *o, unsigned at, unsigned end, unsigned want, unsigned most)
{
    unsigned first = at + want, last = at + want;

    if (at + want >= end)
        return end - at;
    while (first > at && network(&o->hosts[o->of[first]]) == network(&o->hosts[o->of[first - 1]]))
        first--;
    while (last < end && network(&o->hosts[o->of[last]]) == network(&o->hosts[o->of[last - 1]]))
        last++;
    if (last - at <= most)
        return last - at;
    return first > at ? first - at : want;
}

/* Rows of at most `most`; false if there are too many. */
static bool make_rows(struct order *o, unsigned most, int merged)
{
    g_autofree struct place_key *keys = g_new(struct place_key, o->n + 1);
    unsigned middle = middle_network(o->hosts, o->n), n = 0;

    for (unsigned i = 0; i < o->n; i++)
        if (!o->hosts[i].is_hidden)
            keys[n++] = key_of(&o->hosts[i], i, middle, merged);
    qsort(keys, n, sizeof *keys, by_key);
    for (unsigned i = 0; i < n; i++)
        o->of[i] = keys[i].host;
    o->n_rows = 0;
    for (unsigned i = 0, end; i < n; i = end) {
        for (end = i; end < n && keys[end].tier == keys[i].tier;)
            end++;
        unsigned lines = (end - i + most - 1) / most;
        if (merged > 1 && keys[i].tier == 0 && lines > 1)
            return false;
        if (merged > 0 && keys[i].tier == 0) /* of several lines it stands in the first */
            centre_root(o, i, end - i, lines == 1 ? end - i : (end - i) / lines);
        for (unsigned at = i, count; at < end; at += count) {
            unsigned left = lines > 1 ? lines-- : 1;
            count = line_of(o, at, end, MIN(most, (end - at + left - 1) / left), most);
            if (o->n_rows == MAP_ROWS_MAX)
                return false;
            o->rows[o->n_rows++] = (struct row){ band_of(o->hosts[o->of[at]].role), at, count };
        }
    }
    return true;
}

/* ---- Setting them. */

static void no_titles(struct map_plan *p)
{
    for (int i = 0; i < MAP_BANDS; i++)
        p->title_y[i] = p->line_y[i] = -1;
    p->n_rows = 0;
}

/* Gaps between the hosts of a row of people: between two networks there is more to see than within one. */
enum { WITHIN = 1, BETWEEN = 5 };

static unsigned gaps_of(const struct order *o, const struct row *row)
{
    unsigned sum = 0;

    for (unsigned i = row->first + 1; i < row->first + row->n; i++)
        sum += network(&o->hosts[o->of[i]]) == network(&o->hosts[o->of[i - 1]]) ? WITHIN : BETWEEN;
    return sum;
}

static double row_width(const struct order *o, const struct row *row, const struct size *s, double scale,
                        double width)
{
    double w = (width - s->apart * (row->n - 1)) / row->n, gap = s->mode >= MAP_PAIR ? 9 : 17,
           airy = (width - gap * scale * gaps_of(o, row)) / row->n;

    if (s->mode == MAP_DOTS)
        return s->w * scale;
    if (row->band == 2)
        w = MAX(MIN(w, airy), s->w * scale);
    return MIN(w, s->w_max * scale);
}

/* The left edges of a row's boxes. */
static void set_row(const struct order *o, const struct row *row, struct rect in, double w, double scale,
                    double y, double h, struct rect *out)
{
    unsigned gaps = gaps_of(o, row);
    bool spreads = row->band == 2 && row->n > 1;
    double step = in.w / row->n, unit = gaps > 0 ? (in.w - w * row->n) / gaps : 0, used = w * row->n;

    if (row->band < 2) /* a hierarchy stands close together, its askers below it */
        step = MIN(step, w + 152 * scale);
    double x = spreads ? in.x : in.x + in.w / 2 - step * row->n / 2 + (step - w) / 2;
    if (spreads) { /* at most so far apart, then in the middle */
        unit = MIN(unit, 96 * scale);
        used += unit * gaps;
        x = in.x + (in.w - used) / 2;
    }
    for (unsigned k = 0; k < row->n; k++) {
        unsigned i = row->first + k;
        out[o->of[i]] = (struct rect){ floor(x), floor(y), w, floor(h) };
        if (k + 1 < row->n && spreads)
            x += w +
                 unit * (network(&o->hosts[o->of[i + 1]]) == network(&o->hosts[o->of[i]]) ? WITHIN : BETWEEN);
        else
            x += step;
    }
}

/* `text`: the scale of titles, whatever that of the boxes is. */
static bool try_size(struct order *o, struct rect r, const struct size *s, double text, struct rect *out,
                     struct map_plan *plan)
{
    double scale = s->mode == MAP_DOTS ? 1 : text;
    double margin = MIN(MARGIN, MIN(r.w, r.h) / 16), title = MAP_TITLE * text;
    /* Below the last row there is room for what a packet says. */
    double foot = MIN(10 * scale, r.h / 20);
    struct rect in = { r.x + margin, r.y + margin, r.w - 2 * margin, r.h - 2 * margin - foot };
    double w = s->w * scale, h = s->h * scale, wide = INFINITY, widths[MAP_ROWS_MAX];
    unsigned most = in.w < w ? 0 : (unsigned)((in.w + s->apart) / (w + s->apart));
    bool titled = s->mode != MAP_DOTS || s->w >= 22, strip[MAP_BANDS] = { false },
         bare[MAP_BANDS] = { false };

    if (most == 0 || !make_rows(o, most, s->merged))
        return false;
    for (unsigned i = 0; i < o->n_rows; i++) {
        widths[i] = floor(row_width(o, &o->rows[i], s, scale, in.w));
        wide = MIN(wide, widths[i]);
    }
    /* All alike where there is room; else each row lets its names have what it has. */
    for (unsigned i = 0; i < o->n_rows && s->mode < MAP_PAIR; i++)
        widths[i] = wide;
    /* A title has a strip of its own where a row would reach under it. */
    double strips = 0;
    for (unsigned i = 0, nth = 0; i < o->n_rows && titled; i++) {
        const struct row *row = &o->rows[i];
        nth = i > 0 && o->rows[i - 1].band == row->band ? nth + 1 : 0;
        double step = row->band < 2 ? MIN(in.w / row->n, widths[i] + 152 * scale) : in.w / row->n;
        double left = row->band == 2 && row->n > 1 ? 0
                                                   : in.w / 2 - step * row->n / 2 + (step - widths[i]) / 2;
        if (left >= 176 * text || nth * (h + s->apart_y) > title || strip[row->band] || bare[row->band])
            continue;
        strip[row->band] = s->strips;
        bare[row->band] = !s->strips;
        strips += s->strips ? title : 0;
    }
    double need = strips + o->n_rows * h + (o->n_rows > 0 ? (o->n_rows - 1) * s->apart_y : 0);
    if (need > in.h)
        return false;
    double spare = (in.h - need) / (o->n_rows + 1), y = in.y + spare * 0.5;
    if (o->n_rows > 1)
        spare = (in.h - need) / o->n_rows;
    no_titles(plan);
    plan->mode = s->mode;
    plan->n_rows = o->n_rows;
    for (unsigned i = 0; i < o->n_rows; i++) {
        const struct row *row = &o->rows[i];
        bool first = i == 0 || o->rows[i - 1].band != row->band, last = i + 1 == o->n_rows;

        if (first) {
            double top = i == 0 ? in.y - 4 : y - (s->apart_y + spare) / 2;
            if (i > 0)
                plan->line_y[row->band] = floor(top) + 0.5;
            if (titled && !bare[row->band])
                plan->title_y[row->band] = i == 0 ? in.y - 6 : top + 4;
            if (strip[row->band])
                y += title;
        }
        set_row(o, row, in, widths[i], scale, y, h, out);
        double gap = last ? MIN(18 * scale, r.y + r.h - floor(y) - h) : s->apart_y + spare;
        plan->below[i] = floor(floor(y) + h + gap / 2) + 0.5;
        y += h + s->apart_y + spare;
    }
    return true;
}

/* ---- Wishes: the author's, the student's. */

static bool meets(struct rect a, struct rect b)
{
    const double apart = 2;
    return a.x < b.x + b.w + apart && b.x < a.x + a.w + apart && a.y < b.y + b.h + apart &&
           b.y < a.y + a.h + apart;
}

static bool is_free(struct rect at, const struct rect *placed, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (meets(at, placed[i]))
            return false;
    return true;
}

static struct rect kept_inside(struct rect p, struct rect r)
{
    p.x = CLAMP(p.x, r.x, MAX(r.x, r.x + r.w - p.w));
    p.y = CLAMP(p.y, r.y, MAX(r.y, r.y + r.h - p.h));
    return p;
}

/* The free place nearest to where it is wanted, in rings of 6 px around it. */
static bool find_place(struct rect *want, struct rect r, const struct rect *placed, unsigned n)
{
    struct rect start = kept_inside(*want, r), p = start;
    double reach = MAX(r.w, r.h), step = 6;

    for (double d = 0; d <= reach; d += step) {
        double best = INFINITY;
        struct rect found = start;
        for (double k = -d; k <= d; k += step) {
            const double at[4][2] = { { k, -d }, { k, d }, { -d, k }, { d, k } };
            for (int side = 0; side < 4; side++) {
                p.x = start.x + at[side][0];
                p.y = start.y + at[side][1];
                struct rect in = kept_inside(p, r);
                if (in.x != p.x || in.y != p.y || hypot(p.x - start.x, p.y - start.y) >= best ||
                    !is_free(p, placed, n))
                    continue;
                best = hypot(p.x - start.x, p.y - start.y);
                found = p;
            }
        }
        if (best < INFINITY) {
            *want = found;
            return true;
        }
    }
    return false;
}

/* Those with wishes first, each as near to it as there is room; then the others, from where the bands have
 * them. */
static bool grant(const struct map_host *hosts, unsigned n, struct rect r, struct rect *out)
{
    g_autofree struct rect *placed = g_new(struct rect, n + 1);
    struct rect in = rect_inset(r, MIN(4, MIN(r.w, r.h) / 16));
    unsigned n_placed = 0;

    for (int pass = 0; pass < 2; pass++)
        for (unsigned i = 0; i < n; i++) {
            if (hosts[i].is_hidden || hosts[i].is_fixed != (pass == 0))
                continue;
            if (hosts[i].is_fixed) {
                out[i].x = floor(r.x + hosts[i].x * r.w - out[i].w / 2);
                out[i].y = floor(r.y + hosts[i].y * r.h - out[i].h / 2);
            }
            if (!find_place(&out[i], in, placed, n_placed))
                return false;
            placed[n_placed++] = out[i];
        }
    return true;
}

struct rect map_title(const struct map_plan *plan, int band, struct rect r, double scale)
{
    if (plan->title_y[band] < 0)
        return (struct rect){ 0 };
    return (struct rect){ r.x + 16, plan->title_y[band], MIN(168 * scale, r.w - 32), MAP_TITLE * scale };
}

struct map_box map_box(enum map_mode mode, struct rect at, double scale)
{
    static const double icons[] = { [MAP_FULL] = 28, [MAP_COMPACT] = 22, [MAP_PAIR] = 18, [MAP_NAMES] = 16 };
    double size = mode < MAP_DOTS ? floor(icons[mode] * scale) : at.w * 0.64,
           pad = (mode == MAP_FULL      ? 12
                  : mode == MAP_COMPACT ? 8
                                        : 6) *
                 scale;
    struct map_box b = { .icon = { at.x + pad, floor(at.y + (at.h - size) / 2), size, size } };

    if (mode == MAP_DOTS) {
        b.icon.x = at.x + at.w * 0.18;
        b.icon.y = at.y + at.h * 0.18;
        return b;
    }
    b.words = (struct rect){ b.icon.x + size + pad * 0.75, at.y + 2, 0, at.h - 4 };
    b.words.w = at.x + at.w - pad * 0.75 - b.words.x;
    return b;
}

void map_layout(const struct map_host *hosts, unsigned n, struct rect r, double scale, struct rect *out,
                struct map_plan *plan)
{
    struct order o = { .hosts = hosts, .of = g_new0(unsigned, n + 1), .n = n };
    struct map_plan own = { MAP_FULL };
    bool done = false, has_wishes = false;

    if (plan == NULL)
        plan = &own;
    no_titles(plan);
    memset(out, 0, n * sizeof *out);
    for (unsigned i = 0; i < n; i++)
        has_wishes = has_wishes || (hosts[i].is_fixed && !hosts[i].is_hidden);
    for (size_t i = 0; i < G_N_ELEMENTS(sizes) && !done; i++) {
        done = try_size(&o, r, &sizes[i], scale, out, plan);
        if (done && has_wishes)
            done = grant(hosts, n, r, out);
    }
    if (!done) /* wishes leave no room: the bands alone */
        for (size_t i = 0; i < G_N_ELEMENTS(sizes) && !done; i++)
            done = try_size(&o, r, &sizes[i], scale, out, plan);
    g_free(o.of);
}
