/* Hosts: addresses, links and ways between them; mail servers, agents, and whom they ask. */
#include "scenario/check_internal.h"

#include <string.h>

/* ---- Addresses. */

static void index_addresses(struct check *c)
{
    CHECK_EACH (struct scenario_host, h, c->s->hosts) {
        CHECK_EACH (struct scenario_item, i, h->addresses) {
            if (check_host_at(c, i->address) == NULL) /* else said already: they were both written */
                g_hash_table_insert(c->by_address, GUINT_TO_POINTER(i->address), h);
        }
    }
}

/* ---- Links. */

static char *link_key(const char *a, const char *b)
{
    g_autofree char *x = g_ascii_strdown(a, -1), *y = g_ascii_strdown(b, -1);

    return strcmp(x, y) < 0 ? g_strdup_printf("%s %s", x, y) : g_strdup_printf("%s %s", y, x);
}

static const char *end_of(const struct scenario_link *l, unsigned i)
{
    return ((struct scenario_item *)g_ptr_array_index(l->between, i))->text;
}

const struct scenario_link *check_link_find(const struct check *c, const char *a, const char *b)
{
    g_autofree char *key = link_key(a, b ? b : "internet");
    const struct scenario_link *found = g_hash_table_lookup(c->links, key), *only = NULL;
    unsigned n = 0;

    if (found != NULL || b != NULL)
        return found;
    CHECK_EACH (const struct scenario_link, l, c->s->links)
        if (g_ascii_strcasecmp(end_of(l, 0), a) == 0 || g_ascii_strcasecmp(end_of(l, 1), a) == 0) {
            only = l;
            n++;
        }
    return n == 1 ? only : NULL;
}

/* In the file, and not only by way of `defaults`. */
static bool wrote(const struct scenario_link *l, const char *key)
{
    return l->node.where[shape_find(&shape_link, key)].line > 0;
}

static void check_link(struct check *c, struct scenario_link *l)
{
    struct scenario_host *a, *b;
    char *key;

    if (l->between->len != 2)
        return;
    a = check_host_item(c, g_ptr_array_index(l->between, 0));
    b = check_host_item(c, g_ptr_array_index(l->between, 1));
    if (a == NULL || b == NULL)
        return;
    if (a == b) {
        scenario_error(c->r, &l->node, "between", NULL, "a link from %s to itself", a->name);
        return;
    }
    key = link_key(a->name, b->name);
    if (g_hash_table_contains(c->links, key)) {
        scenario_error(c->r, &l->node, "between", NULL, "there is a link between %s and %s already", a->name,
                       b->name);
        g_free(key);
        return;
    }
    g_hash_table_insert(c->links, key, l);
    if (l->spec.rate_bps == 0 && wrote(l, "queue") && !wrote(l, "rate"))
        scenario_doubt(c->r, &l->node, "queue", "give it a \"rate\"",
                       "nothing ever waits on a link without a rate");
}

/* ---- Ways: packets pass through routers only. */

struct map {
    GPtrArray *hosts;
    GHashTable *index;      /* host → its number */
    GPtrArray **neighbours; /* by number */
};

static unsigned number_of(const struct map *m, const void *host)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(m->index, host));
}

/* Everybody that can be reached from `first`, hop by hop, marked with `mark` where nobody was before. Returns
 * how many. */
static unsigned walk(const struct map *m, unsigned first, unsigned mark, unsigned *marks)
{
    g_autoptr(GArray) queue = g_array_new(FALSE, FALSE, sizeof(unsigned));

    marks[first] = mark;
    g_array_append_val(queue, first);
    for (unsigned head = 0; head < queue->len; head++) {
        unsigned at = g_array_index(queue, unsigned, head);
        const struct scenario_host *h = g_ptr_array_index(m->hosts, at);

        if (at != first && h->role != ROLE_ROUTER)
            continue;
        for (unsigned i = 0; i < m->neighbours[at]->len; i++) {
            unsigned next = number_of(m, g_ptr_array_index(m->neighbours[at], i));

            if (marks[next] != mark) {
                marks[next] = mark;
                g_array_append_val(queue, next);
            }
        }
    }
    return queue->len;
}

/* The router that reaches most; routers that reach each other are tried once. The first host if there is no
 * router. */
static unsigned find_centre(const struct map *m, unsigned *marks)
{
    unsigned best = 0, most = 0;

    for (unsigned i = 0; i < m->hosts->len; i++) {
        const struct scenario_host *h = g_ptr_array_index(m->hosts, i);

        if (h->role == ROLE_ROUTER && marks[i] == 0) {
            unsigned n = walk(m, i, i + 1, marks);

            best = n > most ? i : best;
            most = MAX(n, most);
        }
    }
    return best;
}

static void complain_of_islands(struct check *c, const struct map *m)
{
    g_autofree unsigned *marks = g_new0(unsigned, m->hosts->len + 1);
    unsigned centre = find_centre(m, marks), mark = m->hosts->len + 1;
    const struct scenario_host *from = g_ptr_array_index(m->hosts, centre);

    walk(m, centre, mark, marks);
    for (unsigned i = 0; i < m->hosts->len; i++) {
        const struct scenario_host *h = g_ptr_array_index(m->hosts, i);

        if (marks[i] != mark) {
            g_autofree char *hint = g_strdup_printf(
                "add {\"between\": [\"%.80s\", \"%.80s\"]} to \"links\"; only hosts with \"role\": "
                "\"router\" pass packets on",
                h->name, from->name);

            scenario_error(c->r, &h->node, NULL, hint, "there is no way from %s to %s", from->name, h->name);
        }
    }
}

static void check_ways(struct check *c)
{
    unsigned n = c->s->hosts->len;
    struct map m = { c->s->hosts, g_hash_table_new(NULL, NULL), g_new0(GPtrArray *, n + 1) };

    for (unsigned i = 0; i < n; i++) {
        g_hash_table_insert(m.index, g_ptr_array_index(m.hosts, i), GUINT_TO_POINTER(i));
        m.neighbours[i] = g_ptr_array_new();
    }
    CHECK_EACH (struct scenario_link, l, c->s->links) {
        struct scenario_host *a = scenario_host_find(c->s, end_of(l, 0)),
                             *b = scenario_host_find(c->s, end_of(l, 1));

        g_ptr_array_add(m.neighbours[number_of(&m, a)], b);
        g_ptr_array_add(m.neighbours[number_of(&m, b)], a);
    }
    if (n > 0)
        complain_of_islands(c, &m);
    for (unsigned i = 0; i < n; i++)
        g_ptr_array_unref(m.neighbours[i]);
    g_free(m.neighbours);
    g_hash_table_unref(m.index);
}

bool check_are_links_lost(const struct check *c)
{
    CHECK_EACH (const struct scenario_host, h, c->s->hosts)
        if (!h->node.derived && scenario_lost(&h->node, "role"))
            return true;
    CHECK_EACH (const struct scenario_link, l, c->s->links)
        if (!l->node.derived && scenario_lost(&l->node, "between"))
            return true;
    return scenario_lost(&c->s->node, "links") || check_may_be_lost(c, "");
}

static void check_links(struct check *c)
{
    unsigned errors = c->r->errors;

    CHECK_EACH (struct scenario_link, l, c->s->links)
        check_link(c, l);
    CHECK_EACH (struct scenario_host, h, c->s->hosts)
        if (h->link != NULL)
            scenario_error(c->r, &h->node, "link", "put these keys into its link there",
                           "%s has no link of its own: \"links\" joins it to others", h->name);
    if (c->r->errors == errors && !check_are_links_lost(c))
        check_ways(c);
}

/* ---- Who is asked. */

static void check_resolvers(struct check *c, const struct scenario_host *asker, const GPtrArray *resolvers)
{
    CHECK_EACH (const struct scenario_item, i, resolvers) {
        const struct scenario_host *h = check_host_at(c, i->address);
        ip_addr a = asker->addresses->len > 0
                        ? ((struct scenario_item *)g_ptr_array_index(asker->addresses, 0))->address
                        : 0;
        bool served = h != NULL && h->dns != NULL && h->dns->clients->len == 0;

        if (h == NULL) {
            if (!check_addresses_lost(c))
                scenario_item_error(c->r, i, NULL, "no host has the address %s", i->text);
        } else if (h->dns == NULL) {
            if (!scenario_lost(&h->node, "dns"))
                scenario_item_error(c->r, i, NULL, "%s is no DNS server", h->name);
        } else if (h->dns->recursion == RECURSION_OFF) {
            if (!scenario_lost(&h->dns->node, "recursion"))
                scenario_item_doubt(c->r, i, "\"recursion\": true makes a local DNS server",
                                    "%s asks nobody on behalf of others", h->name);
        } else {
            for (unsigned k = 0; k < h->dns->clients->len && !served; k++)
                served = ip_prefix_has(
                    ((struct scenario_item *)g_ptr_array_index(h->dns->clients, k))->prefix, a);
            if (!served && !scenario_lost(&h->dns->node, "clients") &&
                !scenario_lost(&asker->node, "addresses"))
                scenario_item_doubt(c->r, i, "add its address to \"clients\" there", "%s does not serve %s",
                                    h->name, asker->name);
        }
    }
}

static void check_hints(struct check *c, const struct scenario_host *h)
{
    CHECK_EACH (const struct scenario_hint, i, h->dns->hints) {
        const struct scenario_host *root = check_host_at(c, i->address);
        bool serves = false;

        if (root != NULL && root->dns != NULL)
            CHECK_EACH (const struct scenario_zone, z, root->dns->zones)
                serves |= strcmp(z->name, ".") == 0;
        if (!serves && (root ? !scenario_lost(&root->node, "dns") : !check_addresses_lost(c)))
            scenario_doubt(c->r, &i->node, "address", NULL,
                           root ? "%s is no root server" : "no host is there: %s",
                           root ? root->name : i->name);
    }
    if (h->dns->recursion != RECURSION_OFF && h->dns->hints->len == 0 && h->dns->zones->len == 0 &&
        !scenario_lost(&h->dns->node, NULL))
        scenario_doubt(c->r, &h->dns->node, NULL, "give it \"hints\"",
                       "%s knows no root server to begin with", h->name);
}

/* ---- Mail. */

static void check_mail(struct check *c, struct scenario_host *h)
{
    const struct scenario_mail *m = h->mail;

    bool is_lost = scenario_lost(&m->node, NULL);

    if (m->domains->len == 0 && m->users->len > 0 && !is_lost)
        scenario_error(c->r, &m->node, "users", "\"domains\": [\"hamburger.edu\"]",
                       "mailboxes on %s, but no domain they are in", h->name);
    else if (m->domains->len == 0 && m->relay_domains->len == 0 && m->relay_for->len == 0 && !is_lost)
        scenario_doubt(c->r, &m->node, NULL, "\"domains\": [\"hamburger.edu\"]", "%s takes mail for nobody",
                       h->name);
    CHECK_EACH (const struct scenario_item, i, m->domains) {
        const struct scenario_host *other = check_find_name(c->mail_domains, i->text);

        if (other == h)
            scenario_item_doubt(c->r, i, NULL, "%s stands here twice", i->text);
        else if (!check_add_name(c->mail_domains, i->text, h))
            scenario_item_doubt(c->r, i, "a mailbox is on one of them only",
                                "%s keeps the mail of %s already", other->name, i->text);
        if (check_names(m->relay_domains, span_of(i->text)))
            scenario_item_error(c->r, i, "keep one of them", "%s is in \"domains\" and in \"relay_domains\"",
                                i->text);
    }
    if (m->resolvers->len == 0 && h->resolvers->len == 0 && !scenario_lost(&m->node, "resolvers") &&
        !scenario_lost(&h->node, "resolvers"))
        scenario_doubt(c->r, &m->node, NULL, "give it \"resolvers\"",
                       "%s knows no local DNS server, so it can send nothing to other domains", h->name);
    check_resolvers(c, h, m->resolvers);
    if (m->webmail && h->web != NULL)
        CHECK_EACH (const struct scenario_object, o, h->web->objects)
            if (g_str_has_prefix(o->path, "/mail/"))
                scenario_doubt(c->r, &o->node, NULL, "\"webmail\": false lets it be seen",
                               "paths below /mail/ are web mail's on %s", h->name);
}

/* ---- The web. */

void check_content(struct check *c, const struct node *n, const char *text, const char *base64)
{
    if (text != NULL && base64 != NULL)
        scenario_error(c->r, n, "base64", "keep one of them", "\"text\" and \"base64\" say what is in it");
    if (base64 != NULL && !check_is_base64(base64))
        scenario_error(c->r, n, "base64",
                       "4 characters for 3 octets, the last ones filled up with =", "this is no base64");
}

bool check_is_base64(const char *text)
{
    size_t n = 0, pads = 0;

    for (const char *p = text; *p != '\0'; p++) {
        if (g_ascii_isspace(*p))
            continue;
        if (*p == '=')
            pads++;
        else if (pads > 0 || !(g_ascii_isalnum(*p) || *p == '+' || *p == '/'))
            return false;
        n++;
    }
    return n % 4 == 0 && pads <= 2;
}

static void check_web(struct check *c, const struct scenario_host *h)
{
    CHECK_EACH (const struct scenario_object, o, h->web->objects) {
        check_content(c, &o->node, o->text, o->base64);
        if (o->status != 0 && o->status < 200)
            scenario_error(c->r, &o->node, "status", "200 to 599", "%d is no final status code",
                           (int)o->status);
        if (o->moved_to != NULL && o->status != 0)
            scenario_error(c->r, &o->node, "status", "take it out", "what has moved is answered with 301");
    }
}

/* The mail server that the agent hands its mail to: is it one, and does it know the person? */
static void check_agent_server(struct check *c, const struct scenario_host *h, const struct scenario_agent *a)
{
    struct scenario_host *server = scenario_lost(&a->node, "server")
                                       ? scenario_host_find(c->s, a->server)
                                       : check_host(c, &a->node, "server", a->server);
    ip_addr own = h->addresses->len > 0
                      ? ((struct scenario_item *)g_ptr_array_index(h->addresses, 0))->address
                      : 0;
    const char *at = strrchr(a->address, '@');
    bool trusted = false;

    if (server == NULL)
        return;
    if (server->mail == NULL) {
        if (!scenario_lost(&server->node, "mail"))
            scenario_error(c->r, &a->node, "server", "give it \"mail\"", "%s is no mail server",
                           server->name);
        return;
    }
    if (scenario_lost(&server->mail->node, NULL))
        return;
    if (!check_names(server->mail->domains, span_of(at + 1)) ||
        !check_has_mailbox(server, span_bytes(a->address, (size_t)(at - a->address))))
        scenario_doubt(c->r, &a->node, NULL, "a bounce would find nobody", "%s has no mailbox for %s",
                       server->name, a->address);
    CHECK_EACH (const struct scenario_item, i, server->mail->relay_for)
        trusted |= ip_prefix_has(i->prefix, own);
    if (!trusted && !scenario_lost(&h->node, "addresses"))
        scenario_doubt(c->r, &a->node, "server", "add its address to \"relay_for\" there",
                       "%s takes no mail for other domains from %s", server->name, h->name);
}

/* Of several programs of a person the one that is no device is meant where none is named, else the first. */
static void index_agents(struct check *c, struct scenario_host *h, bool devices)
{
    CHECK_EACH (struct scenario_agent, a, h->agents)
        if (a->device == devices)
            check_add_name(c->agents, a->address, a);
}

static void check_agents(struct check *c, struct scenario_host *h)
{
    CHECK_EACH (struct scenario_agent, a, h->agents) {
        g_hash_table_insert(c->agent_hosts, a, h);
        if (a->server != NULL)
            check_agent_server(c, h, a);
        check_resolvers(c, h, a->resolvers);
    }
}

void check_hosts(struct check *c)
{
    index_addresses(c);
    check_links(c);
    CHECK_EACH (struct scenario_host, h, c->s->hosts) {
        if (h->mail != NULL)
            check_mail(c, h);
        if (h->dns != NULL)
            check_hints(c, h);
        if (h->web != NULL)
            check_web(c, h);
        check_resolvers(c, h, h->resolvers);
        if (h->role == ROLE_ROUTER &&
            (h->mail != NULL || h->dns != NULL || h->web != NULL || h->agents->len > 0))
            scenario_doubt(c->r, &h->node, "role", NULL, "%s is a router with programs on it", h->name);
    }
    for (int devices = 0; devices <= 1; devices++)
        CHECK_EACH (struct scenario_host, h, c->s->hosts)
            index_agents(c, h, devices);
    CHECK_EACH (struct scenario_host, h, c->s->hosts)
        check_agents(c, h);
}
