#include "net/net_internal.h"

/* A link is computed, not stepped: when a packet is handed over it is already certain when it will have been
 * sent and when it will be there, so a hop costs one event. Who waits is known from the ring of departures.
 */

enum { RING_FIRST = 8, MILLION = 1000000 };

/* To the nearest nanosecond. */
static sim_time sending_time(const struct net_dir *d, uint32_t octets)
{
    return (sim_time)((octets * UINT64_C(8000000000) + d->rate_bps / 2) / d->rate_bps);
}

static void dir_set_spec(struct net_dir *d, const struct net_link_spec *spec)
{
    d->delay = spec->delay;
    d->rate_bps = spec->rate_bps;
    d->loss_ppm = MIN(spec->loss_ppm, (uint32_t)MILLION);
    d->queue = spec->queue;
}

static void host_add_link(struct net_host *h, struct net_link *l)
{
    if (h->n_links == h->links_size) {
        h->links_size = MAX(2 * h->links_size, 1);
        h->links = g_renew(struct net_link *, h->links, h->links_size);
    }
    h->links[h->n_links++] = l;
    h->gateway = NULL;
    h->out = h->down = NULL;
    if (h->n_links == 1) {
        h->out = link_dir_from(l, h);
        h->gateway = h->out->to;
        h->down = link_dir_from(l, h->gateway);
    } else if (h->n_links == 2) {
        h->core = h->net->n_cores++;
        g_ptr_array_add(h->net->cores, h);
    }
}

struct net_link *net_link_add(struct net_host *a, struct net_host *b, const struct net_link_spec *spec)
{
    struct net *n = a->net;

    assert(a != b && n == b->net);
    struct net_link *l = g_aligned_alloc0(1, sizeof *l, _Alignof(struct net_link));
    l->ends[0] = a;
    l->ends[1] = b;
    for (int i = 0; i < 2; i++) {
        l->dir[i].link = l;
        l->dir[i].to = l->ends[1 - i];
        sim_rng(n->sim, &l->dir[i].rng, "link/%s>%s/loss", l->ends[i]->name, l->ends[1 - i]->name);
    }
    g_ptr_array_add(n->links, l);
    host_add_link(a, l);
    host_add_link(b, l);
    net_link_set_spec(l, spec);
    return l;
}

void link_free(struct net_link *l)
{
    g_free(l->dir[0].departures);
    g_free(l->dir[1].departures);
    g_aligned_free(l);
}

struct net_dir *link_dir_from(struct net_link *l, const struct net_host *from)
{
    return &l->dir[l->ends[0] == from ? 0 : 1];
}

void net_link_set_spec(struct net_link *l, const struct net_link_spec *spec)
{
    assert(spec->delay >= 0);
    l->spec = *spec;
    dir_set_spec(&l->dir[0], spec);
    dir_set_spec(&l->dir[1], spec);
    l->ends[0]->net->routes_generation++;
}

const struct net_link_spec *net_link_get_spec(const struct net_link *l)
{
    return &l->spec;
}

void net_link_set_up(struct net_link *l, bool up)
{
    if (up == net_link_is_up(l))
        return;
    l->cuts++;
    l->ends[0]->net->ever_cut = true;
}

bool net_link_is_up(const struct net_link *l)
{
    return l->cuts % 2 == 0;
}

void net_link_ends(const struct net_link *l, struct net_host **a_out, struct net_host **b_out)
{
    *a_out = l->ends[0];
    *b_out = l->ends[1];
}

struct net_link *net_link_between(const struct net *n, const struct net_host *a, const struct net_host *b)
{
    const struct net_host *few = a->n_links <= b->n_links ? a : b, *other = few == a ? b : a;

    (void)n;
    for (uint32_t i = 0; i < few->n_links; i++)
        if (few->links[i]->ends[0] == other || few->links[i]->ends[1] == other)
            return few->links[i];
    return NULL;
}

unsigned net_link_count(const struct net *n)
{
    return n->links->len;
}
struct net_link *net_link_nth(const struct net *n, unsigned i)
{
    return g_ptr_array_index(n->links, i);
}

static void ring_push(struct net_dir *d, sim_time departure)
{
    uint32_t size = d->departures ? d->mask + 1u : 0;

    if (d->behind == size) {
        uint32_t bigger = MAX(2 * size, (uint32_t)RING_FIRST);
        sim_time *ring = g_new(sim_time, bigger);
        for (uint32_t i = 0; i < d->behind; i++)
            ring[i] = d->departures[(d->head + i) & d->mask];
        g_free(d->departures);
        d->departures = ring;
        d->head = 0;
        d->mask = bigger - 1;
    }
    d->departures[(d->head + d->behind++) & d->mask] = departure;
}

/* The link is busy: is there room to wait? Notes the departure of the packet that has been the last until
 * now. */
static bool join_queue(struct net_dir *d, sim_time now)
{
    while (d->behind > 0 && d->departures[d->head] <= now) {
        d->head = (d->head + 1) & d->mask;
        d->behind--;
    }
    /* In the system: those in the ring and the last one; one of them is being sent, the others wait. */
    if (d->behind >= d->queue)
        return false;
    ring_push(d, d->free_at);
    return true;
}

static void on_lost(void *packet)
{
    struct packet *p = packet;
    struct net_link *l = p->via;

    packet_lose(p, l->ends[l->ends[0] == p->at ? 1 : 0], "loss");
}

/* Is the link there? Notes for the packet's arrival how often it has been cut so far. */
static bool check_cuts(const struct net_link *l, struct packet *p)
{
    p->cuts = l->cuts;
    return l->cuts % 2 == 0;
}

void link_send(struct net_host *from, struct net_dir *d, struct packet *p)
{
    struct net *n = from->net;
    struct sched *sched = n->sim->sched;
    sim_time now = sched_now(sched);

    if (n->ever_cut && !check_cuts(d->link, p)) { /* until the first cut all are at 0, as the packet is */
        packet_lose(p, from, "link_cut");
        return;
    }
    if (d->free_at <= now) {
        d->free_at = now;
    } else if (d->rate_bps != 0 && !join_queue(d, now)) {
        packet_lose(p, from, "queue_full");
        return;
    }
    if (d->rate_bps != 0)
        d->free_at += sending_time(d, packet_size(p));
    if (d->loss_ppm > 0 && rng_below(&d->rng, MILLION) < d->loss_ppm)
        sched_post(sched, d->free_at + d->delay / 2, on_lost, p); /* it dies half-way */
    else
        sched_post(sched, d->free_at + d->delay, packet_arrive, p);
}
