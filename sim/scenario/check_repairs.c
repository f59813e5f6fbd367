/* `up` and `mend`: a repair of what is whole is an author's slip, often in the time or in the name. */
#include "scenario/check_internal.h"

/* Until when something is broken; times before that are. */
struct target {
    sim_time until;
};

/* The action's target in one word, and whether it is broken when the run begins. NULL: not known. */
static char *name_target(const struct check *c, const struct scenario_action *a, bool *broken_out)
{
    if (a->what == DO_CUT || a->what == DO_MEND) {
        const char *ends[2] = { NULL, NULL };
        const struct scenario_link *l;

        for (unsigned i = 0; i < a->link->len && i < 2; i++)
            ends[i] = ((const struct scenario_item *)g_ptr_array_index(a->link, i))->text;
        l = ends[0] != NULL ? check_link_find(c, ends[0], ends[1]) : NULL;
        if (l == NULL || scenario_lost(&l->node, "up"))
            return NULL;
        *broken_out = !l->up;
        return g_strdup_printf("link %s %s", ((const struct scenario_item *)l->between->pdata[0])->text,
                               ((const struct scenario_item *)l->between->pdata[1])->text);
    }

    const struct scenario_host *h = a->host ? scenario_host_find(c->s, a->host) : NULL;

    if (h == NULL || scenario_lost(&h->node, "up") || scenario_lost(&a->node, "program"))
        return NULL;
    *broken_out = a->program == NULL && !h->up;
    return g_strdup_printf("%s %s", h->name, a->program ? a->program : "");
}

static void play(struct check *c, GHashTable *targets, const struct scenario_action *a)
{
    bool is_broken = false, repairs = a->what == DO_UP || a->what == DO_MEND;
    g_autofree char *name = name_target(c, a, &is_broken);
    struct target *t = name != NULL ? check_find_name(targets, name) : NULL;

    if (name == NULL)
        return;
    if (t == NULL) {
        t = g_new0(struct target, 1);
        t->until = is_broken ? SIM_NEVER : 0;
        check_add_name(targets, name, t);
    }
    if (!repairs) {
        t->until = MAX(t->until, a->lasts > 0 ? a->at + a->lasts : SIM_NEVER);
        return;
    }
    if (t->until <= a->at)
        scenario_doubt(c->r, &a->node, "do",
                       a->what == DO_UP ? "only after a \"down\", and before its \"for\" is over"
                                        : "only after a \"cut\", and before its \"for\" is over",
                       "it is not %s at that time", a->what == DO_UP ? "down" : "cut");
    if (a->lasts == 0)
        t->until = 0;
}

static bool is_about_this(const struct scenario_action *a)
{
    return a->what == DO_DOWN || a->what == DO_UP || a->what == DO_CUT || a->what == DO_MEND;
}

/* Actions of one time happen in the order of the file. */
static gint by_time(gconstpointer a, gconstpointer b)
{
    const struct scenario_action *x = *(const struct scenario_action *const *)a,
                                 *y = *(const struct scenario_action *const *)b;

    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (x->node.at.line != y->node.at.line)
        return x->node.at.line < y->node.at.line ? -1 : 1;
    return x->node.at.column < y->node.at.column ? -1 : x->node.at.column > y->node.at.column;
}

void check_repairs(struct check *c)
{
    g_autoptr(GHashTable) targets = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GPtrArray) actions = g_ptr_array_new();

    if (scenario_lost(&c->s->node, "actions"))
        return; /* the one that breaks it may be among those that could not be read */
    CHECK_EACH (struct scenario_action, a, c->s->actions) {
        if (!is_about_this(a))
            continue;
        if (a->node.lost != 0 || a->node.incomplete)
            return; /* likewise */
        g_ptr_array_add(actions, a);
    }
    g_ptr_array_sort(actions, by_time);
    CHECK_EACH (const struct scenario_action, a, actions)
        play(c, targets, a);
}
