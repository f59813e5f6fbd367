/* Actions: whom they name, when they happen, and whether they can. */
#include "scenario/check_internal.h"

#include <string.h>

#include "dns/rr.h"

static bool written(const struct node *n, const char *key)
{
    return scenario_has(n, key);
}

/* ---- When. */

static void check_time(struct check *c, const struct scenario_action *a)
{
    char buf[TIME_DURATION_MAX];
    sim_time end = c->s->duration > 0 ? c->s->duration : SCENARIO_LONGEST;

    if (a->at > end)
        scenario_error(c->r, &a->node, "at", "give the scenario a longer \"duration\"",
                       "after the end of the run, at %s", time_duration(buf, end));
    else if (c->s->duration > 0 && a->lasts > end - a->at)
        scenario_doubt(c->r, &a->node, "for", NULL, "the run ends before this does, at %s",
                       time_duration(buf, end));
}

static void check_repeat(struct check *c, const struct scenario_action *a)
{
    sim_time end = c->s->duration > 0 ? c->s->duration : SCENARIO_LONGEST;

    if (written(&a->node, "poisson") && a->poisson && a->every == 0)
        scenario_error(c->r, &a->node, "poisson", "add \"rate\": \"2/s\", or \"every\"",
                       "random gaps of what length?");
    if (a->every > 0 && a->count == 1)
        scenario_doubt(c->r, &a->node, written(&a->node, "rate") ? "rate" : "every", "add \"count\"",
                       "it happens only once");
    if (a->at <= end && a->every > 0 && a->count > 1 && a->every > (end - a->at) / (a->count - 1))
        scenario_doubt(c->r, &a->node, "count", NULL, "the run ends before the last of them");
}

/* ---- Sending. */

static void check_recipient(struct check *c, const struct scenario_item *i)
{
    const char *at = strrchr(i->text, '@');
    const struct scenario_host *server = check_find_name(c->mail_domains, at + 1);

    if (server == NULL)
        scenario_item_doubt(c->r, i, "the mail will come back, or be lost", "no server keeps mail for %s",
                            at + 1);
    else if (!check_has_mailbox(server, span_bytes(i->text, (size_t)(at - i->text))))
        scenario_item_doubt(c->r, i, "the mail will come back", "%s has no mailbox %.*s", server->name,
                            (int)(at - i->text), i->text);
}

static char *closest_agent(const struct check *c, const char *address)
{
    g_autoptr(GPtrArray) names = NULL;

    if (scenario_is_flooded(c->r))
        return NULL;
    names = g_ptr_array_new();
    CHECK_EACH (const struct scenario_host, h, c->s->hosts)
        CHECK_EACH (const struct scenario_agent, a, h->agents)
            g_ptr_array_add(names, (char *)a->address);
    g_ptr_array_add(names, NULL);
    return scenario_did_you_mean(c->r, address, (const char *const *)names->pdata);
}

static void check_send(struct check *c, const struct scenario_action *a)
{
    struct scenario_agent *agent = check_find_name(c->agents, a->from);

    if (agent == NULL) {
        g_autofree char *hint = closest_agent(c, a->from);

        scenario_error(c->r, &a->node, "from", hint ? hint : "only people with a mail program can send",
                       "nobody has the address %.80s", a->from);
    } else if (a->direct) {
        const struct scenario_host *h = g_hash_table_lookup(c->agent_hosts, agent);

        if (agent->resolvers->len == 0 && (h == NULL || h->resolvers->len == 0))
            scenario_error(c->r, &a->node, "direct", "give the agent \"resolvers\"",
                           "to deliver directly its program must know a local DNS server");
    } else if (agent->server == NULL) {
        scenario_error(c->r, &a->node, "from", "give the agent a \"server\", or send with \"direct\": true",
                       "the mail program of %s has no server to hand mail to", a->from);
    }
    CHECK_EACH (const struct scenario_item, i, a->to)
        check_recipient(c, i);
    CHECK_EACH (const struct scenario_item, i, a->cc)
        check_recipient(c, i);
    CHECK_EACH (const struct scenario_item, i, a->bcc)
        check_recipient(c, i);
}

/* ---- Faults. */

static void check_program(struct check *c, const struct scenario_action *a, const struct scenario_host *h)
{
    bool is_there = a->program == NULL || (strcmp(a->program, "dns") == 0 ? h->dns != NULL : h->mail != NULL);

    if (!is_there)
        scenario_error(c->r, &a->node, "program", NULL, "there is no %s server on %s", a->program, h->name);
}

static void check_link_action(struct check *c, const struct scenario_action *a)
{
    const struct scenario_item *x = g_ptr_array_index(a->link, 0),
                               *y = a->link->len > 1 ? g_ptr_array_index(a->link, 1) : NULL;

    if (check_host_item(c, x) == NULL || (y != NULL && check_host_item(c, y) == NULL))
        return;
    if (check_link_find(c, x->text, y ? y->text : NULL) == NULL) {
        if (y != NULL)
            scenario_error(c->r, &a->node, "link", NULL, "there is no link between %s and %s", x->text,
                           y->text);
        else
            scenario_error(c->r, &a->node, "link", "name both of its ends", "which link of %s?", x->text);
    }
    if (a->what == DO_LINK && !written(&a->node, "delay") && !written(&a->node, "rate") &&
        !written(&a->node, "loss") && !written(&a->node, "queue"))
        scenario_error(c->r, &a->node, NULL, "add \"delay\", \"rate\", \"loss\" or \"queue\"",
                       "nothing changes on this link");
}

static bool check_is_mail(struct check *c, const struct scenario_action *a, const struct scenario_host *h)
{
    if (h->mail == NULL)
        scenario_error(c->r, &a->node, "host", NULL, "%s is no mail server", h->name);
    return h->mail != NULL;
}

static void check_quota(struct check *c, const struct scenario_action *a, const struct scenario_host *h)
{
    bool is_there = false;

    if (!check_is_mail(c, a, h))
        return;
    CHECK_EACH (const struct scenario_user, u, h->mail->users)
        is_there |= strcmp(u->name, a->user) == 0;
    if (!is_there)
        scenario_error(c->r, &a->node, "user", NULL, "there is no mailbox %s on %s", a->user, h->name);
}

/* ---- Records that come and go. */

/* "www A 10.0.0.1": name, type and data; the last two may be missing. */
static void check_removal(struct check *c, const struct scenario_item *i, const struct dns_zone *z)
{
    struct span rest = span_of(i->text), name = span_take_word(&rest), type = span_take_word(&rest);
    struct dns_name n;
    const char *error = NULL;
    uint16_t number = type.len > 0 ? dns_type_parse(type) : DNS_ANY;
    struct dns_lookup found;

    dns_name_copy(&n, dns_zone_origin(z));
    if (!span_is(name, SPAN("@")) && !dns_name_parse(name, dns_zone_origin(z), &n, &error)) {
        scenario_item_error(c->r, i, NULL, "%.*s: %s", (int)name.len, name.at, error);
    } else if (number == 0) {
        scenario_item_error(c->r, i, "\"www A\": a name and a type, without a TTL",
                            "%.*s is no type of record", (int)type.len, type.at);
    } else if (!dns_name_is_under(&n, dns_zone_origin(z))) {
        scenario_item_error(c->r, i, NULL, "outside of the zone");
    } else {
        found = dns_zone_find(z, &n);
        if (found.exact == NULL || (number != DNS_ANY && dns_node_find(found.exact, number) == NULL))
            scenario_item_doubt(c->r, i, "another action may add it before",
                                "there is no such record at the start");
    }
}

static void check_addition(struct check *c, const struct scenario_item *i, const struct dns_zone *z)
{
    char error[160] = "";
    struct dns_rr r;

    if (!dns_rr_parse(span_of(i->text), dns_zone_origin(z), (uint32_t)c->s->defaults->ttl_s, &r, error)) {
        scenario_item_error(c->r, i, NULL, "%s", error);
        return;
    }
    if (!dns_name_is_under(&r.name, dns_zone_origin(z)))
        scenario_item_error(c->r, i, NULL, "outside of the zone");
    dns_rr_release(&r);
}

static void check_record(struct check *c, const struct scenario_action *a, const struct scenario_host *h)
{
    const struct scenario_zone *named = NULL;
    const struct check_zone *z;

    if (h->dns == NULL || h->dns->zones->len == 0) {
        scenario_error(c->r, &a->node, "host", NULL, "%s is authoritative for no zone", h->name);
        return;
    }
    CHECK_EACH (const struct scenario_zone, i, h->dns->zones)
        if (named == NULL && (a->zone == NULL || g_ascii_strcasecmp(i->name, a->zone) == 0))
            named = i;
    if (named == NULL) {
        scenario_error(c->r, &a->node, "zone", NULL, "%s does not serve %s", h->name, a->zone);
        return;
    }
    if (a->add->len == 0 && a->remove->len == 0)
        scenario_error(c->r, &a->node, NULL, "add \"add\" or \"remove\"", "no record changes");
    z = check_find_name(c->zones_by_name, named->name);
    CHECK_EACH (const struct scenario_item, i, a->add)
        check_addition(c, i, z->zone);
    CHECK_EACH (const struct scenario_item, i, a->remove)
        check_removal(c, i, z->zone);
}

/* ---- Each. */

static void check_action(struct check *c, const struct scenario_action *a)
{
    const struct scenario_host *h = a->host ? check_host(c, &a->node, "host", a->host) : NULL;

    check_time(c, a);
    if (a->host != NULL && h == NULL)
        return;
    switch ((enum scenario_do)a->what) {
    case DO_SEND:
        check_repeat(c, a);
        check_send(c, a);
        break;
    case DO_LOOK_UP:
        check_repeat(c, a);
        if (h->resolvers->len == 0)
            scenario_error(c->r, &a->node, "host", "give it \"resolvers\"",
                           "%s knows no local DNS server to ask", h->name);
        break;
    case DO_DOWN:
    case DO_UP:
        check_program(c, a, h);
        break;
    case DO_CUT:
    case DO_MEND:
    case DO_LINK:
        check_link_action(c, a);
        break;
    case DO_ANSWER:
    case DO_GREYLIST:
        check_is_mail(c, a, h);
        break;
    case DO_QUOTA:
        check_quota(c, a, h);
        break;
    case DO_RECORD:
        check_record(c, a, h);
        break;
    case N_DO:
        break;
    }
}

void check_actions(struct check *c)
{
    CHECK_EACH (const struct scenario_action, a, c->s->actions)
        if (!a->node.incomplete)
            check_action(c, a);
}
