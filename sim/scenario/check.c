#include "scenario/check.h"

#include <string.h>

#include "core/pattern.h"
#include "scenario/check_internal.h"
#include "scenario/derive.h"
#include "scenario/load.h"
#include "scenario/source.h"

/* The curriculum's lines: a letter and how many there are of it. */
static const struct lessons {
    char letter;
    int n;
} lessons[] = { { 'M', 9 }, { 'S', 7 }, { 'F', 4 }, { 'R', 4 }, { 'D', 12 }, { 'B', 2 } };

/* ---- As written. */

static bool is_lesson(const char *text)
{
    uint64_t number;

    for (unsigned i = 0; i < G_N_ELEMENTS(lessons); i++)
        if (text[0] == lessons[i].letter && text[1] != '0' &&
            span_number(span_of(text + 1), (uint64_t)lessons[i].n, &number))
            return true;
    return false;
}

static void check_lessons(struct scenario *s, struct report *r)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    CHECK_EACH (struct scenario_item, i, s->teaches) {
        if (!is_lesson(i->text))
            scenario_item_error(r, i, "M1 to M9, S1 to S7, F1 to F4, R1 to R4, D1 to D12, B1 and B2",
                                "the curriculum has no line \"%.20s\"", i->text);
        else if (!check_add_name(seen, i->text, i))
            scenario_item_doubt(r, i, NULL, "%s stands here twice", i->text);
    }
}

/* Of two of one name the first stays. Which is meant? So nothing in it is to be relied on. */
static void take_away(GPtrArray *list, unsigned i, struct node *first)
{
    g_ptr_array_remove_index(list, i);
    first->lost = UINT64_MAX;
}

/* Entries of a map are told apart by their names, whatever the case: mail servers and name servers do so,
 * too. */
static void check_names_once(GPtrArray *map, const char *what, struct report *r)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    unsigned i = 0;

    while (i < map->len) {
        struct node *n = g_ptr_array_index(map, i);
        const char *name = *(const char *const *)((const char *)n + n->shape->name_offset);

        if (check_add_name(seen, name, n)) {
            i++;
            continue;
        }
        scenario_error(r, n, NULL, "names are the same whatever their case", "the %s %.80s is there twice",
                       what, name);
        take_away(map, i, check_find_name(seen, name));
    }
}

static void check_people(struct scenario_domain *d, struct report *r)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    unsigned i = 0;

    while (i < d->people->len) {
        struct scenario_person *p = g_ptr_array_index(d->people, i);

        if (check_add_name(seen, p->name, p)) {
            i++;
            continue;
        }
        scenario_error(r, &p->node, NULL, NULL, "%.64s@%.80s is there twice", p->name, d->name);
        take_away(d->people, i, check_find_name(seen, p->name));
    }
    CHECK_EACH (struct scenario_person, p, d->people)
        if (p->computer != NULL && p->agent != NULL && p->agent->node.off)
            scenario_error(r, &p->node, "computer", "take \"agent\": false away",
                           "a computer without a mail program");
    if (d->people->len > 0 && d->mail != NULL && d->mail->node.off) {
        d->node.lost = UINT64_MAX;
        CHECK_EACH (struct scenario_person, p, d->people)
            p->node.lost = UINT64_MAX;
        scenario_error(r, &d->node, "mail", "take \"mail\": false away, or the people",
                       "people without a mail server: nobody would keep their mailboxes");
    }
}

/* Addresses that were written, once each. The others come from derive, which takes free ones. */
static void check_addresses(struct scenario *s, struct report *r)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);

    CHECK_EACH (struct scenario_host, h, s->hosts)
        CHECK_EACH (struct scenario_item, i, h->addresses) {
            struct scenario_host *other = g_hash_table_lookup(seen, GUINT_TO_POINTER(i->address));

            if (other != NULL)
                scenario_item_error(r, i, "give each host an address of its own",
                                    "%s has the address %s already", other->name, i->text);
            else
                g_hash_table_insert(seen, GUINT_TO_POINTER(i->address), h);
        }
}

/* Where the `when` of a chapter has that octet. */
static void complain_in_pattern(struct scenario *s, const struct scenario_chapter *c, struct report *r,
                                enum complaint_kind kind, size_t offset, const char *hint,
                                const char *message)
{
    struct position at = scenario_where(&c->node, "when");

    if (s->source != NULL)
        at = source_inside(s->source, at, offset);
    scenario_complain(r, kind, at, scenario_print(s, "%s.when", c->node.path), hint, "%s", message);
}

/* What clients here say, by protocol. */
static const struct protocol {
    const char *events, *name;
    const char *verbs[40];
} protocols[] = {
    { "smtp.",
      "SMTP",
      { "HELO", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "VRFY", "EXPN", "HELP", "QUIT" } },
    { "pop3.",
      "POP3",
      { "USER", "PASS", "APOP", "CAPA", "STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "NOOP", "RSET",
        "QUIT" } },
    { "imap.", "IMAP", { "CAPABILITY", "NOOP",   "LOGOUT",    "LOGIN",   "AUTHENTICATE", "SELECT",
                         "EXAMINE",    "CREATE", "DELETE",    "RENAME",  "SUBSCRIBE",    "UNSUBSCRIBE",
                         "LIST",       "LSUB",   "STATUS",    "APPEND",  "CHECK",        "CLOSE",
                         "EXPUNGE",    "SEARCH", "FETCH",     "STORE",   "COPY",         "MOVE",
                         "IDLE",       "DONE",   "NAMESPACE", "UNSELECT" } },
    { "http.", "HTTP", { "GET", "HEAD", "POST" } },
};

/* verb=FOO: no client here ever says that. Values in quotes are left alone. */
static void check_verbs(struct scenario *s, const struct scenario_chapter *c, struct report *r)
{
    struct span rest = span_of(c->when), word;
    const struct protocol *p = protocols;

    for (size_t i = 0; i < G_N_ELEMENTS(protocols); i++)
        if (g_str_has_prefix(c->when, protocols[i].events))
            p = &protocols[i];
    const char *const *verbs = p->verbs;
    while ((word = span_take_word(&rest)).len > 0) {
        g_autofree char *verb = NULL, *hint = NULL, *message = NULL;
        bool is_known = false;

        if (!span_starts_nocase(word, SPAN("verb=")) || word.len > 64)
            continue;
        verb = g_strndup(word.at + strlen("verb="), word.len - strlen("verb="));
        for (unsigned i = 0; verbs[i] != NULL; i++)
            is_known |= g_ascii_strcasecmp(verb, verbs[i]) == 0;
        if (is_known || strpbrk(verb, "*\"") != NULL)
            continue;
        hint = scenario_did_you_mean(r, verb, verbs);
        message = g_strdup_printf("%s is no %s command", verb, p->name);
        complain_in_pattern(s, c, r, COMPLAINT_DOUBT, (size_t)(word.at - c->when) + strlen("verb="), hint,
                            message);
    }
}

static void check_pattern(struct scenario *s, const struct scenario_chapter *c, struct report *r)
{
    struct pattern_error error;
    struct pattern *p = pattern_new(span_of(c->when), &error);

    if (p == NULL)
        complain_in_pattern(s, c, r, COMPLAINT_ERROR, error.offset, NULL, error.message);
    else
        check_verbs(s, c, r);
    pattern_free(&p);
}

static void check_chapters(struct scenario *s, struct report *r)
{
    CHECK_EACH (struct scenario_chapter, c, s->chapters) {
        bool has_when = scenario_has(&c->node, "when"), has_at = scenario_has(&c->node, "at");
        bool is_lost = scenario_lost(&c->node, "when") || scenario_lost(&c->node, "at");

        if (has_when)
            check_pattern(s, c, r);
        if (has_when && has_at)
            scenario_error(r, &c->node, "at", "keep one of them", "\"when\" and \"at\" at once");
        else if (!has_when && !has_at && !is_lost)
            scenario_error(r, &c->node, NULL, "\"when\": \"smtp.command verb=MAIL\", or \"at\": \"30m\"",
                           "nothing says when this chapter begins");
        if (has_at && s->duration > 0 && c->at > s->duration)
            scenario_error(r, &c->node, "at", NULL, "after the end of the run");
    }
}

/* Top-level domains that are none, and those that are domains, too. */
static void check_tlds(struct scenario *s, struct report *r)
{
    unsigned i = 0;

    while (i < s->tlds->len) {
        struct scenario_servers *t = g_ptr_array_index(s->tlds, i);
        struct scenario_domain *d = scenario_domain_find(s, t->name);

        if (strchr(t->name, '.') != NULL) {
            scenario_error(r, &t->node, NULL, "what has more than one label belongs to \"domains\"",
                           "%.80s is no top-level domain", t->name);
            s->node.lost |= UINT64_C(1) << shape_find(&shape_scenario, "domains");
            g_ptr_array_remove_index(s->tlds, i);
        } else if (d != NULL) {
            scenario_error(r, &t->node, NULL, "keep one of them", "%.80s is in \"tlds\" and in \"domains\"",
                           t->name);
            take_away(s->tlds, i, &d->node);
        } else {
            i++;
        }
    }
}

void scenario_check_written(struct scenario *s, struct report *r)
{
    check_names_once(s->domains, "domain", r);
    check_names_once(s->tlds, "top-level domain", r);
    check_names_once(s->hosts, "host", r);
    CHECK_EACH (struct scenario_domain, d, s->domains)
        check_people(d, r);
    check_tlds(s, r);
    CHECK_EACH (struct scenario_host, h, s->hosts) {
        check_names_once(h->agents, "agent", r);
        if (h->mail != NULL)
            check_names_once(h->mail->users, "user", r);
        if (h->dns != NULL)
            check_names_once(h->dns->zones, "zone", r);
    }
    check_addresses(s, r);
    check_lessons(s, r);
    check_chapters(s, r);
    if (s->domains->len == 0 && s->hosts->len == 0) {
        if (!scenario_lost(&s->node, "domains") && !scenario_lost(&s->node, "hosts"))
            scenario_doubt(r, &s->node, NULL, "give it \"domains\" or \"hosts\"",
                           "there is nobody in this scenario");
    } else if (s->actions->len == 0 && !scenario_lost(&s->node, "actions"))
        scenario_doubt(r, &s->node, NULL, "give it \"actions\"", "nothing will happen in this scenario");
}

/* ---- What the parts share. */

void *check_find_name(GHashTable *table, const char *name)
{
    g_autofree char *lower = g_ascii_strdown(name, -1);

    return g_hash_table_lookup(table, lower);
}

bool check_add_name(GHashTable *table, const char *name, void *value)
{
    char *lower = g_ascii_strdown(name, -1);

    if (g_hash_table_contains(table, lower)) {
        g_free(lower);
        return false;
    }
    return g_hash_table_insert(table, lower, value);
}

struct scenario_host *check_host_at(const struct check *c, ip_addr a)
{
    return g_hash_table_lookup(c->by_address, GUINT_TO_POINTER(a));
}

/* Only when a complaint is due: the names are gathered for it alone. */
static char *did_you_mean(const struct check *c, const char *name)
{
    g_autofree const char **names = NULL;

    if (scenario_is_flooded(c->r))
        return NULL;
    names = g_new0(const char *, c->s->hosts->len + 1);
    for (unsigned i = 0; i < c->s->hosts->len; i++)
        names[i] = ((struct scenario_host *)g_ptr_array_index(c->s->hosts, i))->name;
    return scenario_did_you_mean(c->r, name, names);
}

static bool is_under(const char *name, const char *domain)
{
    size_t len = strlen(name), tail = strlen(domain);

    return len > tail && name[len - tail - 1] == '.' && g_ascii_strcasecmp(name + len - tail, domain) == 0;
}

/* Whether this domain may be where it comes from: its servers by their names, people's computers by any. */
static bool may_make(const struct scenario_domain *d, const char *name)
{
    bool is_inside = is_under(name, d->name);

    if ((is_inside && scenario_lost(&d->node, NULL)) || scenario_lost(&d->node, "people"))
        return true;
    CHECK_EACH (const struct scenario_person, p, d->people)
        if (scenario_lost(&p->node, "computer") || scenario_lost(&p->node, "agent"))
            return true;
    return false;
}

bool check_may_be_lost(const struct check *c, const char *name)
{
    static const char *const makers[] = { "hosts", "domains", "tlds", "root" };

    for (unsigned i = 0; i < G_N_ELEMENTS(makers); i++)
        if (scenario_lost(&c->s->node, makers[i]))
            return true;
    CHECK_EACH (const struct scenario_servers, t, c->s->tlds)
        if (is_under(name, t->name) && scenario_lost(&t->node, NULL))
            return true;
    CHECK_EACH (const struct scenario_domain, d, c->s->domains)
        if (may_make(d, name))
            return true;
    return c->s->root != NULL && scenario_lost(&c->s->root->node, NULL);
}

bool check_addresses_lost(const struct check *c)
{
    CHECK_EACH (const struct scenario_host, h, c->s->hosts)
        if (scenario_lost(&h->node, "addresses"))
            return true;
    return check_may_be_lost(c, "");
}

struct scenario_host *check_host(struct check *c, const struct node *n, const char *key, const char *name)
{
    struct scenario_host *h = scenario_host_find(c->s, name);

    if (h == NULL && !check_may_be_lost(c, name)) {
        g_autofree char *hint = did_you_mean(c, name);

        scenario_error(c->r, n, key, hint, "there is no host \"%.80s\"", name);
    }
    return h;
}

struct scenario_host *check_host_item(struct check *c, const struct scenario_item *i)
{
    struct scenario_host *h = scenario_host_find(c->s, i->text);

    if (h == NULL && !check_may_be_lost(c, i->text)) {
        g_autofree char *hint = did_you_mean(c, i->text);

        scenario_item_error(c->r, i, hint, "there is no host \"%.80s\"", i->text);
    }
    return h;
}

bool check_names(const GPtrArray *items, struct span name)
{
    CHECK_EACH (const struct scenario_item, i, items)
        if (span_is_nocase(span_of(i->text), name))
            return true;
    return false;
}

bool check_has_mailbox(const struct scenario_host *server, struct span user)
{
    if (span_is_nocase(user, SPAN("postmaster"))) /* RFC 5321 §4.5.1: everywhere */
        return true;
    CHECK_EACH (const struct scenario_user, u, server->mail->users)
        if (span_is_nocase(span_of(u->name), user)) /* as mailboxes are found (mail/box.h) */
            return true;
    return false;
}

/* ---- The whole. */

static void free_zone(void *zone)
{
    struct check_zone *z = zone;

    dns_zone_free(&z->zone);
    g_ptr_array_unref(z->servers);
    g_free(z);
}

void scenario_check_derived(struct scenario *s, struct report *r)
{
    struct check c = { .s = s, .r = r };

    c.by_address = g_hash_table_new(NULL, NULL);
    c.agents = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    c.agent_hosts = g_hash_table_new(NULL, NULL);
    c.mail_domains = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    c.links = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    c.zones = g_ptr_array_new_with_free_func(free_zone);
    c.zones_by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    check_hosts(&c);
    check_zones(&c);
    check_actions(&c);
    g_ptr_array_unref(c.zones);
    g_hash_table_unref(c.zones_by_name);
    g_hash_table_unref(c.links);
    g_hash_table_unref(c.mail_domains);
    g_hash_table_unref(c.agent_hosts);
    g_hash_table_unref(c.agents);
    g_hash_table_unref(c.by_address);
}

/* The stages behind load. All of them, even after errors: what follows from those alone is not told. */
static struct scenario *finish(struct scenario *s, struct report *r)
{
    if (s != NULL) {
        scenario_check_written(s, r);
        scenario_derive(s, r);
        scenario_check_derived(s, r);
    }
    if (r->errors > 0)
        scenario_free(&s);
    report_sort(r);
    return s;
}

struct scenario *scenario_open(struct span json, const char *name, struct report *r)
{
    return finish(scenario_load(json, name, r), r);
}

struct scenario *scenario_open_file(const char *path, struct report *r)
{
    return finish(scenario_load_file(path, r), r);
}
