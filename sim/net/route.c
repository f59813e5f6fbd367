#include "net/net_internal.h"

/* Paths of least delay (Dijkstra); of equal ones the one with fewer hops, then the one found through hosts
 * and links added earlier. Only hosts with several links ("cores") have tables, of other cores: a leaf is
 * reached through the host at the other end of its only link. So 10⁵ leaves around a router cost it nothing.
 * Only routers pass packets on. */

struct heap_entry {
    sim_time delay;
    uint32_t hops, core;
};

static bool comes_before(const struct heap_entry *a, const struct heap_entry *b)
{
    if (a->delay != b->delay)
        return a->delay < b->delay;
    return a->hops != b->hops ? a->hops < b->hops : a->core < b->core;
}

static void heap_push(GArray *heap, struct heap_entry e)
{
    g_array_append_val(heap, e);
    struct heap_entry *at = (struct heap_entry *)(void *)heap->data;
    guint i = heap->len - 1;

    for (; i > 0 && comes_before(&e, &at[(i - 1) / 2]); i = (i - 1) / 2)
        at[i] = at[(i - 1) / 2];
    at[i] = e;
}

static struct heap_entry heap_pop(GArray *heap)
{
    struct heap_entry *at = (struct heap_entry *)(void *)heap->data;
    struct heap_entry top = at[0], last = at[heap->len - 1];
    guint n = heap->len - 1, i = 0;

    g_array_set_size(heap, n);
    while (2 * i + 1 < n) {
        guint child = 2 * i + 1;
        if (child + 1 < n && comes_before(&at[child + 1], &at[child]))
            child++;
        if (!comes_before(&at[child], &last))
            break;
        at[i] = at[child];
        i = child;
    }
    if (n > 0)
        at[i] = last;
    return top;
}

/* See whether the links of `h`, reached by `way`, lead anywhere faster. */
static void relax(struct net_host *source, struct net_host *h, const struct route *way, GArray *heap)
{
    for (uint32_t i = 0; i < h->n_links; i++) {
        struct net_dir *d = link_dir_from(h->links[i], h);
        if (d->to->core == NO_CORE)
            continue;
        struct route *known = &source->routes[d->to->core];
        struct route found = { way->delay + d->delay, way->hops + 1, h == source ? d : way->first };
        if (found.delay < known->delay || (found.delay == known->delay && found.hops < known->hops)) {
            *known = found;
            heap_push(heap, (struct heap_entry){ found.delay, found.hops, d->to->core });
        }
    }
}

static void make_routes(struct net_host *source)
{
    struct net *n = source->net;
    GArray *heap = g_array_new(FALSE, FALSE, sizeof(struct heap_entry));

    source->routes = g_renew(struct route, source->routes, n->n_cores);
    source->routes_made = n->routes_generation;
    for (uint32_t i = 0; i < n->n_cores; i++)
        source->routes[i] = (struct route){ SIM_NEVER, 0, NULL };
    source->routes[source->core].delay = 0;
    relax(source, source, &source->routes[source->core], heap);
    while (heap->len > 0) {
        struct heap_entry e = heap_pop(heap);
        struct net_host *h = g_ptr_array_index(n->cores, e.core);
        struct route way = source->routes[e.core];
        if (h->is_router && way.delay == e.delay &&
            way.hops == e.hops) /* else a better way was found since */
            relax(source, h, &way, heap);
    }
    g_array_free(heap, TRUE);
}

/* The way between two different cores. */
static const struct route *core_route(struct net_host *from, const struct net_host *to)
{
    if (from->routes_made != from->net->routes_generation)
        make_routes(from);
    return &from->routes[to->core];
}

struct net_dir *route_next(struct net_host *from, const struct net_host *to)
{
    if (to->gateway == from)
        return to->down;
    if (from->out != NULL)
        return from->out;
    const struct net_host *target = to->gateway ? to->gateway : to;
    if (from->core == NO_CORE || target->core == NO_CORE || (target != to && !target->is_router))
        return NULL;
    return core_route(from, target)->first;
}

sim_time net_path_delay(struct net_host *from, struct net_host *to)
{
    sim_time before = 0;

    if (from == to)
        return 0;
    if (from->gateway != NULL) {
        before = from->out->delay;
        from = from->gateway;
        if (from == to)
            return before;
        if (!from->is_router || from->core == NO_CORE)
            return SIM_NEVER;
    }
    if (to->gateway == from)
        return before + to->down->delay;
    if (route_next(from, to) == NULL)
        return SIM_NEVER;
    const struct net_host *target = to->gateway ? to->gateway : to;
    return before + core_route(from, target)->delay + (target != to ? to->down->delay : 0);
}

uint64_t net_path_rate(struct net_host *from, struct net_host *to)
{
    uint64_t slowest = 0;

    for (struct net_host *at = from; at != to;) {
        const struct net_dir *next = at->gateway != NULL ? at->out : route_next(at, to);

        if (next == NULL)
            return 0;
        if (next->rate_bps > 0 && (slowest == 0 || next->rate_bps < slowest))
            slowest = next->rate_bps;
        at = next->to;
        if (at != to && !at->is_router)
            return 0;
    }
    return slowest;
}
