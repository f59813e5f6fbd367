#include "net/net_internal.h"

struct net *net_new(struct sim *sim)
{
    struct net *n = g_new0(struct net, 1);

    n->sim = sim;
    n->hosts = g_ptr_array_new();
    n->links = g_ptr_array_new();
    n->cores = g_ptr_array_new();
    n->names = g_hash_table_new(g_str_hash, g_str_equal);
    packet_pools_init(n);
    udp_net_init(n);
    tcp_net_init(n);
    return n;
}

static void host_free(struct net_host *h)
{
    g_free(h->routes);
    g_free(h->links);
    g_free(h->name);
    g_free(h->programs);
    g_free(h->udp_rng);
    g_free(h->tcp_rng);
    g_free(h);
}

void net_free(struct net **net)
{
    struct net *n = *net;

    if (n == NULL)
        return;
    tcp_net_release(n);
    udp_net_release(n);
    for (guint i = 0; i < n->hosts->len; i++)
        host_free(g_ptr_array_index(n->hosts, i));
    for (guint i = 0; i < n->links->len; i++)
        link_free(g_ptr_array_index(n->links, i));
    packet_pools_release(n);
    map_release(&n->addresses);
    g_ptr_array_free(n->hosts, TRUE);
    g_ptr_array_free(n->links, TRUE);
    g_ptr_array_free(n->cores, TRUE);
    g_hash_table_destroy(n->names);
    g_free(n);
    *net = NULL;
}

struct sim *net_sim(const struct net *n)
{
    return n->sim;
}

struct net_host *net_host_add(struct net *n, const char *name, bool is_router)
{
    struct net_host *h = g_new0(struct net_host, 1);
    struct rng rng;

    assert(net_host_find(n, name) == NULL);
    h->net = n;
    h->name = g_strdup(name);
    h->index = n->hosts->len;
    h->core = NO_CORE;
    h->up = true;
    h->is_router = is_router;
    sim_rng(n->sim, &rng, "%s/ip", name);
    h->ip_id = (uint16_t)rng_next(&rng);
    g_ptr_array_add(n->hosts, h);
    g_hash_table_insert(n->names, h->name, h);
    return h;
}

bool net_host_address(struct net_host *h, ip_addr a)
{
    if (a == 0 || net_host_at(h->net, a) != NULL)
        return false;
    map_put(&h->net->addresses, net_address_key(a), h);
    if (h->ip == 0)
        h->ip = a;
    return true;
}

struct net_host *net_host_find(const struct net *n, const char *name)
{
    return g_hash_table_lookup(n->names, name);
}
struct net_host *net_host_at(const struct net *n, ip_addr a)
{
    return map_find(&n->addresses, net_address_key(a));
}
const char *net_host_name(const struct net_host *h)
{
    return h->name;
}
ip_addr net_host_ip(const struct net_host *h)
{
    return h->ip;
}
struct net *net_host_net(const struct net_host *h)
{
    return h->net;
}
struct sim *net_host_sim(const struct net_host *h)
{
    return h->net->sim;
}
bool net_host_is_up(const struct net_host *h)
{
    return h->up;
}
bool net_host_is_router(const struct net_host *h)
{
    return h->is_router;
}
unsigned net_host_count(const struct net *n)
{
    return n->hosts->len;
}
struct net_host *net_host_nth(const struct net *n, unsigned i)
{
    return g_ptr_array_index(n->hosts, i);
}

/* ---- Programs. */

static struct program_slot *find_program(const struct net_host *h, const char *name)
{
    for (unsigned i = 0; i < h->n_programs; i++)
        if (strcmp(h->programs[i].program->name, name) == 0)
            return &h->programs[i];
    return NULL;
}

/* A program is up only while its host is, so that each start has its stop. `wanted` outlives the host's own
 * ups and downs. */
static void slot_start(struct program_slot *s)
{
    if (s->up || !s->wanted)
        return;
    s->up = true;
    if (s->program->start != NULL)
        s->program->start(s->program->self);
}

static void slot_stop(struct program_slot *s)
{
    if (!s->up)
        return;
    s->up = false;
    if (s->program->stop != NULL)
        s->program->stop(s->program->self);
}

void net_program_add(struct net_host *h, const struct net_program *p)
{
    h->programs = g_renew(struct program_slot, h->programs, h->n_programs + 1);
    struct program_slot *s = &h->programs[h->n_programs++];
    *s = (struct program_slot){ .program = p, .wanted = true };
    if (h->up)
        slot_start(s);
}

bool net_program_set_up(struct net_host *h, const char *program, bool up)
{
    struct program_slot *s = find_program(h, program);

    if (s == NULL)
        return false;
    s->wanted = up;
    if (!up)
        slot_stop(s);
    else if (h->up)
        slot_start(s);
    return true;
}

bool net_program_is_up(const struct net_host *h, const char *program)
{
    const struct program_slot *s = find_program(h, program);
    return s != NULL && s->up;
}

void net_host_set_up(struct net_host *h, bool up)
{
    if (up == h->up)
        return;
    h->up = up; /* first, so that nothing the programs say in their `stop` leaves the host */
    if (up) {
        for (unsigned i = 0; i < h->n_programs; i++)
            slot_start(&h->programs[i]);
        return;
    }
    for (unsigned i = 0; i < h->n_programs; i++)
        slot_stop(&h->programs[i]);
    tcp_host_down(h);
    udp_host_down(h);
}

void net_host_describe(struct net_host *h, struct sheet *sheet)
{
    tcp_describe(h, sheet);
    for (unsigned i = 0; i < h->n_programs; i++)
        if (h->programs[i].program->describe != NULL)
            h->programs[i].program->describe(h->programs[i].program->self, sheet);
}
