/* map_run.c: the map of a run: its hosts, as map_layout.h wants them. */
#include "map_layout.h"

#include <string.h>

#include "app.h"
#include "tape_index.h"
#include "words.h"

struct dragged_at {
    double x, y;
};

void map_plan_of(const struct app *a, struct rect r, struct rect *out, struct map_plan *plan)
{
    const struct mxlab *m = a->run != NULL ? run_at(a->run, a->player.at) : NULL;
    unsigned n = m != NULL ? view_hosts(m) : 0;
    g_autofree struct map_host *hosts = g_new0(struct map_host, n + 1);

    for (unsigned i = 0; i < n; i++) {
        struct view_host h = view_host(m, i);
        const struct dragged_at *d = a->dragged != NULL ? g_hash_table_lookup(a->dragged, h.name) : NULL;

        hosts[i] = (struct map_host){ .role = h.role, .address = h.address };
        if (d != NULL || h.has_position) {
            hosts[i].is_fixed = true;
            hosts[i].x = d != NULL ? d->x : h.x / 1000.0;
            hosts[i].y = d != NULL ? d->y : h.y / 1000.0;
        }
        hosts[i].is_hidden = h.role == VIEW_ROUTER && tape_is_hidden(h.name) && !hosts[i].is_fixed;
    }
    map_layout(hosts, n, r, a->prefs.text_scale > 0 ? a->prefs.text_scale : 1, out, plan);
}

void map_places(const struct app *a, struct rect r, struct rect *out)
{
    map_plan_of(a, r, out, NULL);
}

/* ---- Names. */

const char *map_title_words(int band)
{
    static const char *const titles[MAP_BANDS] = { N_("DNS hierarchy"), N_("local DNS servers"),
                                                   N_("people and mail servers") };
    return _(titles[band]);
}

const char *map_label(const struct view_host *h, char buf[MAP_LABEL_MAX])
{
    if (strcmp(h->label, h->name) != 0)
        return h->label;
    if (h->role == VIEW_ROOT && strcmp(h->name, "a.root-servers.net") == 0)
        return _("root server");
    if (h->role == VIEW_TLD && g_str_has_prefix(h->name, "ns.nic.")) {
        g_snprintf(buf, MAP_LABEL_MAX, _("%s TLD server"), h->name + strlen("ns.nic."));
        return buf;
    }
    return h->label;
}

const char *map_label_short(const struct view_host *h, char buf[MAP_LABEL_MAX])
{
    if (strcmp(h->label, h->name) == 0 && h->role == VIEW_ROOT && strcmp(h->name, "a.root-servers.net") == 0)
        return _("root");
    if (strcmp(h->label, h->name) == 0 && h->role == VIEW_TLD && g_str_has_prefix(h->name, "ns.nic.")) {
        g_snprintf(buf, MAP_LABEL_MAX, _("%s TLD"), h->name + strlen("ns.nic."));
        return buf;
    }
    return map_label(h, buf);
}

static const char *label_of(const struct mxlab *m, const char *host, char buf[MAP_LABEL_MAX])
{
    int i = view_host_find(m, host);
    struct view_host h = { 0 };

    if (i < 0)
        return host;
    h = view_host(m, (unsigned)i);
    return map_label(&h, buf);
}

char *map_link_words(const struct mxlab *m, const char *a, const char *b)
{
    char one[MAP_LABEL_MAX], other[MAP_LABEL_MAX];

    if (tape_is_hidden(a) || tape_is_hidden(b))
        return g_strdup_printf(_("The link of %s"), label_of(m, tape_is_hidden(a) ? b : a, one));
    return g_strdup_printf(_("The link between %s and %s"), label_of(m, a, one), label_of(m, b, other));
}
