#include "mxlab.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "mxlab_parts.h"
#include "net/net.h"
#include "scenario/check.h"
#include "scenario/expand.h"
#include "scenario/load.h"
#include "scenario/source.h"
#include "scenario/world.h"
#include "view.h"

struct mxlab {
    struct scenario *scenario;
    struct world *world;
    struct mxlab_options options;
    char *language;
    char *sha256;
    char *teaches;
    unsigned n_listeners;
    struct {
        trace_listener *on_record;
        void *self;
    } listeners[TRACE_LISTENERS_MAX];
};

/* ---- Opening. */

static char *joined_lessons(const struct scenario *s)
{
    GString *out = g_string_new(NULL);

    for (unsigned i = 0; i < s->teaches->len; i++)
        g_string_append_printf(out, "%s%s", i ? " " : "",
                               ((struct scenario_item *)g_ptr_array_index(s->teaches, i))->text);
    return g_string_free(out, FALSE);
}

struct mxlab *mxlab_open_text(struct span json, const char *name, const struct mxlab_options *o,
                              struct report *r)
{
    struct scenario *s = scenario_open(json, name, r);

    if (s == NULL)
        return NULL;
    struct mxlab *m = g_new0(struct mxlab, 1);
    m->scenario = s;
    if (o != NULL)
        m->options = *o;
    m->language = g_strdup(o != NULL && o->language != NULL ? o->language : "en");
    m->sha256 = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)json.at, json.len);
    m->teaches = joined_lessons(s);
    m->world = world_new(s, m->options.has_seed, m->options.seed);
    return m;
}

/* All of a file, or a little more than a scenario may have, so that it is refused as too long. */
static bool read_file(FILE *f, GString *out)
{
    char block[65536];
    size_t n;

    while (out->len <= SCENARIO_FILE_MAX && (n = fread(block, 1, sizeof block, f)) > 0)
        g_string_append_len(out, block, (gssize)n);
    return !ferror(f);
}

static char *stem_of(const char *path)
{
    char *base = g_path_get_basename(path);

    if (g_str_has_suffix(base, ".json"))
        base[strlen(base) - strlen(".json")] = '\0';
    return base;
}

struct mxlab *mxlab_open(const char *path, const struct mxlab_options *o, struct report *r)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *f = is_stdin ? stdin : fopen(path, "rb");
    GString *text = g_string_new(NULL);
    struct mxlab *m = NULL;

    if (f != NULL && read_file(f, text)) {
        char *name = is_stdin ? g_strdup("standard-input") : stem_of(path);
        m = mxlab_open_text(span_bytes(text->str, text->len), name, o, r);
        g_free(name);
    } else {
        const char *hint = errno == ENOENT && strchr(path, '/') == NULL ? "see mxlab list" : NULL;

        report_add(r, COMPLAINT_ERROR, (struct position){ 0, 0 }, "", hint, "it can't be read: %s",
                   g_strerror(errno));
    }
    if (f != NULL && !is_stdin)
        fclose(f);
    g_string_free(text, TRUE);
    return m;
}

void mxlab_close(struct mxlab **mxlab)
{
    struct mxlab *m = *mxlab;

    if (m == NULL)
        return;
    world_free(&m->world);
    scenario_free(&m->scenario);
    g_free(m->language);
    g_free(m->sha256);
    g_free(m->teaches);
    g_free(m);
    *mxlab = NULL;
}

void mxlab_set_language(struct mxlab *m, const char *language)
{
    char *copy = g_strdup(language); /* first: it may be the one that goes */

    g_free(m->language);
    m->language = copy;
}

/* ---- Running. */

bool mxlab_listen(struct mxlab *m, trace_listener *on_record, void *self)
{
    if (m->n_listeners == TRACE_LISTENERS_MAX || !world_listen(m->world, on_record, self))
        return false;
    m->listeners[m->n_listeners].on_record = on_record;
    m->listeners[m->n_listeners++].self = self;
    return true;
}

bool mxlab_step(struct mxlab *m)
{
    return world_step(m->world, SIM_NEVER);
}

bool mxlab_run(struct mxlab *m, sim_time until)
{
    while (world_step(m->world, until))
        ;
    /* Nothing is left to happen, but time goes on: what a cache still knows depends on it. */
    if (m->world->is_over && until != SIM_NEVER)
        world_wait(m->world, until);
    return !m->world->is_over;
}

void mxlab_end(struct mxlab *m)
{
    world_end(m->world);
}

void mxlab_rewind(struct mxlab *m)
{
    world_free(&m->world);
    m->world = world_new(m->scenario, m->options.has_seed, m->options.seed);
    for (unsigned i = 0; i < m->n_listeners; i++)
        world_listen(m->world, m->listeners[i].on_record, m->listeners[i].self);
}

bool mxlab_seek(struct mxlab *m, uint64_t seq)
{
    bool is_there = m->world->before < seq && seq <= view_seq(m);

    g_assert(m->n_listeners > 0);
    if (is_there)
        return true;
    if (view_seq(m) >= seq)
        mxlab_rewind(m);
    while (view_seq(m) < seq && mxlab_step(m))
        ;
    return view_seq(m) >= seq;
}

void mxlab_expand(const struct mxlab *m, GString *out)
{
    scenario_expand(m->scenario, out);
}

/* ---- Looking (view.h). */

static const char *said(const struct mxlab *m, const struct scenario_text *t)
{
    return scenario_text_in(t, m->language);
}

const char *view_name(const struct mxlab *m)
{
    return m->scenario->name;
}

const char *view_title(const struct mxlab *m)
{
    const char *title = said(m, &m->scenario->title);
    return title ? title : m->scenario->name;
}

const char *view_about(const struct mxlab *m)
{
    return said(m, &m->scenario->about);
}

const char *view_teaches(const struct mxlab *m)
{
    return m->teaches;
}

int64_t view_course_place(const struct mxlab *m)
{
    enum { NUMBERS = 1000, PLACES = 10 * NUMBERS };
    static const char areas[] = "MSFRDB"; /* in the order in which a course on mail and DNS goes */
    const char *first = m->teaches, *area = first[0] != '\0' ? strchr(areas, first[0]) : NULL;
    int64_t order = m->scenario->course != NULL ? m->scenario->course->order : 0, number = NUMBERS - 1;

    if (area != NULL)
        number = MIN(g_ascii_strtoll(first + 1, NULL, 10), NUMBERS - 1);
    return order * PLACES + (area != NULL ? area - areas : (int64_t)strlen(areas)) * NUMBERS + number;
}

const char *view_sha256(const struct mxlab *m)
{
    return m->sha256;
}

uint64_t view_seed(const struct mxlab *m)
{
    return m->world->sim.seed;
}

int64_t view_epoch_s(const struct mxlab *m)
{
    return m->world->sim.epoch_s;
}

unsigned view_chapters(const struct mxlab *m)
{
    return m->scenario->chapters->len;
}

const char *view_chapter_title(const struct mxlab *m, unsigned i)
{
    const char *title = said(
        m, &((struct scenario_chapter *)g_ptr_array_index(m->scenario->chapters, i))->title);
    return title ? title : "";
}

const char *view_chapter_text(const struct mxlab *m, unsigned i)
{
    return said(m, &((struct scenario_chapter *)g_ptr_array_index(m->scenario->chapters, i))->text);
}

sim_time view_now(const struct mxlab *m)
{
    return sim_now(&m->world->sim);
}

bool view_is_over(const struct mxlab *m)
{
    return m->world->is_over;
}

uint64_t view_seq(const struct mxlab *m)
{
    return m->world->sim.trace.seq;
}

unsigned view_hosts(const struct mxlab *m)
{
    return m->world->hosts->len;
}

/* In all folders of all mailboxes. */
static void count_mails(const struct world_host *h, unsigned *stored_out, unsigned *unread_out)
{
    const GPtrArray *boxes = h->mail != NULL ? mail_server_local(h->mail)->boxes.all : NULL;

    *stored_out = *unread_out = 0;
    for (guint i = 0; boxes != NULL && i < boxes->len; i++) {
        const struct mail_box *box = boxes->pdata[i];

        for (guint k = 0; k < box->folders->len; k++) {
            const struct mail_folder *f = box->folders->pdata[k];

            *stored_out += f->n;
            for (unsigned n = 0; n < f->n; n++)
                *unread_out += (f->messages[n].flags & MAIL_SEEN) == 0;
        }
    }
}

static unsigned count_held(const struct world_host *h)
{
    unsigned n = 0;

    for (guint i = 0; i < h->readers->len; i++)
        if (h->readers->pdata[i] != NULL)
            n += mail_reader_messages(h->readers->pdata[i]);
    return n;
}

struct view_host view_host(const struct mxlab *m, unsigned i)
{
    unsigned stored, unread;
    const struct world_host *h = g_ptr_array_index(m->world->hosts, i);
    const struct scenario_host *spec = h->spec;
    const char *label = said(m, &spec->label);

    count_mails(h, &stored, &unread);
    return (struct view_host){
        .name = spec->name,
        .label = label ? label : spec->name,
        .role_text = scenario_roles[spec->role],
        .role = (enum view_role)spec->role,
        .address = net_host_ip(h->net),
        .has_position = scenario_has(&spec->node, "position"),
        .x = spec->position.x,
        .y = spec->position.y,
        .is_up = net_host_is_up(h->net),
        .queued = h->mail ? mail_server_queued(h->mail) : 0,
        .stored = stored,
        .cached = h->dns ? dns_server_cached(h->dns) : 0,
        .unread = unread,
        .held = count_held(h),
    };
}

int view_host_find(const struct mxlab *m, const char *name)
{
    for (unsigned i = 0; i < m->world->hosts->len; i++)
        if (g_ascii_strcasecmp(((struct world_host *)g_ptr_array_index(m->world->hosts, i))->spec->name,
                               name) == 0)
            return (int)i;
    return -1;
}

const char *view_person(const struct mxlab *m, unsigned host, unsigned i)
{
    const struct world_host *h = g_ptr_array_index(m->world->hosts, host);
    const GPtrArray *agents = h->spec->agents;

    return i < agents->len ? ((const struct scenario_agent *)agents->pdata[i])->address : NULL;
}

bool view_serves(const struct mxlab *m, unsigned host, const char *program)
{
    const struct world_host *h = g_ptr_array_index(m->world->hosts, host);
    const struct {
        const char *program;
        bool is_there;
    } all[] = { { "smtp", h->mail != NULL },
                { "dns", h->dns != NULL },
                { "pop3", h->pop3 != NULL },
                { "imap", h->imap != NULL },
                { "web", h->web != NULL } };

    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        if (strcmp(all[i].program, program) == 0)
            return all[i].is_there;
    return false;
}

unsigned view_links(const struct mxlab *m)
{
    return m->world->links->len;
}

struct view_link view_link(const struct mxlab *m, unsigned i)
{
    const struct net_link *l = g_ptr_array_index(m->world->links, i);
    const struct net_link_spec *spec = net_link_get_spec(l);
    struct net_host *a, *b;

    net_link_ends(l, &a, &b);
    return (struct view_link){ net_host_name(a), net_host_name(b), spec->delay,
                               spec->rate_bps,   spec->loss_ppm,   net_link_is_up(l) };
}

int view_link_find(const struct mxlab *m, const char *a, const char *b)
{
    unsigned i;

    return world_link_find(m->world, a, b, &i) != NULL ? (int)i : -1;
}

struct sheet *view_host_sheet(const struct mxlab *m, unsigned i)
{
    return view_host_sheet_limited(m, i, 0);
}

struct sheet *view_host_sheet_limited(const struct mxlab *m, unsigned i, unsigned most)
{
    const struct world_host *h = g_ptr_array_index(m->world->hosts, i);
    struct sheet *s = sheet_new(h->spec->name);

    sheet_limit(s, most);
    net_host_describe(h->net, s);
    return s;
}

const char *view_text(const struct mxlab *m)
{
    return source_text(m->scenario->source).at;
}

struct world *mxlab_world_new(const struct mxlab *m)
{
    return world_new(m->scenario, m->options.has_seed, m->options.seed);
}

const struct world *mxlab_world(const struct mxlab *m)
{
    return m->world;
}
