/* Actions: whom they name, when they happen, and whether they can. */
#include "scenario/check_internal.h"

#include <string.h>

#include "mail/server.h"

static bool written(const struct node *n, const char *key)
{
    return scenario_has(n, key);
}

/* ---- When. */

static void check_time(struct check *c, const struct scenario_action *a)
{
    char buf[TIME_DURATION_MAX];
    sim_time end = c->s->duration > 0 ? c->s->duration : SCENARIO_LONGEST;

    if (scenario_lost(&c->s->node, "duration"))
        return;
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

    if (scenario_lost(&a->node, "every") || scenario_lost(&a->node, "count") ||
        scenario_lost(&c->s->node, "duration"))
        return;
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

    if (server == NULL && check_may_be_lost(c, at + 1))
        return;
    if (server != NULL && scenario_lost(&server->mail->node, NULL))
        return;
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

/* Somebody's mail program may be missing because it could not be read. */
static bool are_agents_lost(const struct check *c)
{
    CHECK_EACH (const struct scenario_host, h, c->s->hosts)
        if (scenario_lost(&h->node, "agents"))
            return true;
    return check_may_be_lost(c, "");
}

static void check_sender(struct check *c, const struct scenario_action *a)
{
    struct scenario_agent *agent = check_find_name(c->agents, a->from);

    if (agent == NULL && are_agents_lost(c)) {
        return;
    } else if (agent == NULL) {
        g_autofree char *hint = closest_agent(c, a->from);

        scenario_error(c->r, &a->node, "from", hint ? hint : "only people with a mail program can send",
                       "nobody has the address %.80s", a->from);
    } else if (a->by_web) {
        check_web_mail(c, a);
    } else if (a->direct) {
        const struct scenario_host *h = g_hash_table_lookup(c->agent_hosts, agent);

        if (agent->resolvers->len == 0 && (h == NULL || h->resolvers->len == 0) &&
            !scenario_lost(&agent->node, "resolvers") && !(h != NULL && scenario_lost(&h->node, "resolvers")))
            scenario_error(c->r, &a->node, "direct", "give the agent \"resolvers\"",
                           "to deliver directly its program must know a local DNS server");
    } else if (agent->server == NULL && !scenario_lost(&agent->node, "server") &&
               !scenario_lost(&a->node, "direct")) {
        scenario_error(c->r, &a->node, "from", "give the agent a \"server\", or send with \"direct\": true",
                       "the mail program of %s has no server to hand mail to", a->from);
    }
}

static void check_send(struct check *c, const struct scenario_action *a)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const GPtrArray *const lists[] = { a->to, a->cc, a->bcc };

    if (a->from != NULL)
        check_sender(c, a);
    if (a->by_web && (a->direct || a->sender != NULL || a->header_from != NULL || a->attach->len > 0 ||
                      a->cc->len > 0 || a->bcc->len > 0 || a->size > 0))
        scenario_error(c->r, &a->node, "by", "\"by\": \"smtp\"",
                       "web mail sends a text to somebody, and nothing else");
    CHECK_EACH (const struct scenario_attachment, f, a->attach)
        check_content(c, &f->node, f->text, f->base64);
    for (unsigned k = 0; k < G_N_ELEMENTS(lists); k++)
        CHECK_EACH (struct scenario_item, i, lists[k]) {
            check_recipient(c, i);
            if (!check_add_name(seen, i->text, i))
                scenario_item_doubt(c->r, i, "a mailbox gets one copy", "%s is a recipient already", i->text);
        }
}

/* ---- Faults. */

/* The key that puts such a program on the host; NULL: it is there. */
static const char *missing_program(const char *program, const struct scenario_host *h)
{
    const struct scenario_mail *m = h->mail;

    if (strcmp(program, "dns") == 0)
        return h->dns != NULL ? NULL : "dns";
    if (strcmp(program, "web") == 0)
        return h->web != NULL || (m != NULL && m->webmail) ? NULL : "web";
    if (m == NULL)
        return "mail";
    return strcmp(program, "smtp") == 0 || (strcmp(program, "pop3") == 0 ? m->pop3 : m->imap) ? NULL : "mail";
}

static void check_program(struct check *c, const struct scenario_action *a, const struct scenario_host *h)
{
    const char *missing = a->program != NULL ? missing_program(a->program, h) : NULL;

    if (missing != NULL && !scenario_lost(&h->node, missing) &&
        !(h->mail != NULL && scenario_lost(&h->mail->node, NULL)))
        scenario_error(c->r, &a->node, "program", NULL, "there is no %s server on %s", a->program, h->name);
}

static bool has_lost_any(const struct scenario_action *a)
{
    return a->node.lost != 0;
}

static void check_link_action(struct check *c, const struct scenario_action *a)
{
    const struct scenario_item *x, *y;
    bool has_ends = a->link->len > 0 && !a->node.incomplete;

    CHECK_EACH (const struct scenario_item, i, a->link)
        has_ends &= check_host_item(c, i) != NULL;
    if (!has_ends)
        return;
    x = g_ptr_array_index(a->link, 0);
    y = a->link->len > 1 ? g_ptr_array_index(a->link, 1) : NULL;
    if (check_link_find(c, x->text, y ? y->text : NULL) == NULL && !check_are_links_lost(c)) {
        if (y != NULL)
            scenario_error(c->r, &a->node, "link", NULL, "there is no link between %s and %s", x->text,
                           y->text);
        else
            scenario_error(c->r, &a->node, "link", "name both of its ends", "which link of %s?", x->text);
    }
    if (a->what == DO_LINK && !written(&a->node, "delay") && !written(&a->node, "rate") &&
        !written(&a->node, "loss") && !written(&a->node, "queue") && !has_lost_any(a))
        scenario_error(c->r, &a->node, NULL, "add \"delay\", \"rate\", \"loss\" or \"queue\"",
                       "nothing changes on this link");
}

static bool check_is_mail(struct check *c, const struct scenario_action *a, const struct scenario_host *h)
{
    if (h->mail == NULL && !scenario_lost(&h->node, "mail"))
        scenario_error(c->r, &a->node, "host", NULL, "%s is no mail server", h->name);
    return h->mail != NULL;
}

static void check_answer(struct check *c, const struct scenario_answer *w)
{
    if (w != NULL && w->when == MAIL_ANSWER_CONNECT && scenario_has(&w->node, "when") &&
        scenario_has(&w->node, "code") && w->code != 421 && w->code != 554)
        scenario_doubt(c->r, &w->node, "when", "{\"code\": 450, \"when\": \"rcpt\"}; or code 421, or 554",
                       "%d is no greeting (RFC 5321 §4.3.2)", (int)w->code);
}

static void check_quota(struct check *c, const struct scenario_action *a, const struct scenario_host *h)
{
    bool is_there = false;

    if (!check_is_mail(c, a, h) || a->user == NULL || scenario_lost(&h->mail->node, NULL))
        return;
    CHECK_EACH (const struct scenario_user, u, h->mail->users)
        is_there |= g_ascii_strcasecmp(u->name, a->user) == 0;
    if (!is_there)
        scenario_error(c->r, &a->node, "user", NULL, "there is no mailbox %s on %s", a->user, h->name);
}

/* ---- Records: of the lines each for itself; what they come to, one after the other, is check_records.c. */

static void check_record(struct check *c, const struct scenario_action *a, const struct scenario_host *h)
{
    const struct scenario_zone *z;

    if (h->dns == NULL || h->dns->zones->len == 0) {
        if (!scenario_lost(&h->node, "dns") && !(h->dns != NULL && scenario_lost(&h->dns->node, "zones")))
            scenario_error(c->r, &a->node, "host", NULL, "%s is authoritative for no zone", h->name);
        return;
    }
    z = check_record_zone(a, h);
    if (z == NULL) {
        if (!scenario_lost(&h->dns->node, "zones"))
            scenario_error(c->r, &a->node, "zone", NULL, "%s does not serve %s", h->name, a->zone);
        return;
    }
    if (a->add->len == 0 && a->remove->len == 0 && !scenario_lost(&a->node, "add") &&
        !scenario_lost(&a->node, "remove"))
        scenario_error(c->r, &a->node, NULL, "add \"add\" or \"remove\"", "no record changes");
    check_record_lines(c, a, z);
}

/* ---- Each. */

static void check_action(struct check *c, const struct scenario_action *a)
{
    const struct scenario_host *h = a->host && a->who == NULL ? check_host(c, &a->node, "host", a->host)
                                                              : NULL;

    check_time(c, a);
    if (h == NULL && shape_find(a->node.shape, "host") >= 0 && shape_find(a->node.shape, "who") < 0)
        return; /* there is no such host, or none could be read */
    switch ((enum scenario_do)a->what) {
    case DO_SEND:
        check_repeat(c, a);
        check_send(c, a);
        break;
    case DO_LOOK_UP:
        check_repeat(c, a);
        if (h->resolvers->len == 0 && !scenario_lost(&h->node, "resolvers"))
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
        if (check_is_mail(c, a, h))
            check_answer(c, a->with);
        break;
    case DO_GREYLIST:
        check_is_mail(c, a, h);
        break;
    case DO_QUOTA:
        check_quota(c, a, h);
        break;
    case DO_RECORD:
        check_record(c, a, h);
        break;
    case DO_READ:
        check_repeat(c, a);
        check_reading(c, a);
        break;
    case DO_MAKE_FOLDER:
    case DO_RENAME_FOLDER:
    case DO_DELETE_FOLDER:
    case DO_SUBSCRIBE:
    case DO_UNSUBSCRIBE:
    case DO_MOVE:
    case DO_COPY:
    case DO_FLAG:
    case DO_SEARCH:
    case DO_DELETE:
        check_reading(c, a);
        break;
    case DO_FETCH:
        check_repeat(c, a);
        check_fetch(c, a, h);
        break;
    case N_DO:
        break;
    }
}

void check_actions(struct check *c)
{
    CHECK_EACH (const struct scenario_action, a, c->s->actions)
        check_action(c, a);
    check_repairs(c);
    check_record_changes(c);
}
