/* Reading mail, folders, pages: whose, on which device, by which way, and whether the server knows that way.
 */
#include "scenario/check_internal.h"

#include <string.h>

#include "http/message.h"
#include "mail/imap_keys.h"

static const char *const way_names[] = { "POP3", "IMAP", "web mail" };
static const char *const way_keys[] = { "pop3", "imap", "webmail" };

/* The person's program: on the device named, else the first. NULL is complained about. */
static const struct scenario_agent *find_program(struct check *c, const struct scenario_action *a,
                                                 const char *key, const char *address)
{
    const struct scenario_host *device = a->host ? check_host(c, &a->node, "host", a->host) : NULL;
    const struct scenario_agent *found = NULL;

    if (a->host == NULL)
        found = check_find_name(c->agents, address);
    else if (device == NULL)
        return NULL;
    else
        CHECK_EACH (const struct scenario_agent, own, device->agents)
            if (g_ascii_strcasecmp(own->address, address) == 0)
                found = own;
    if (found == NULL && device != NULL && !scenario_lost(&device->node, "agents"))
        scenario_error(c->r, &a->node, "host", "name it among the person's \"devices\"",
                       "%s has no mail program on %s", address, device->name);
    else if (found == NULL && device == NULL && !check_may_be_lost(c, ""))
        scenario_error(c->r, &a->node, key, "only people with a mail program can read",
                       "nobody has the address %.80s", address);
    return found;
}

/* The mailbox's server, if it lets anybody in by that way. NULL is complained about, or follows from
 * something lost. */
static const struct scenario_mail *find_server(struct check *c, const struct scenario_action *a,
                                               const char *key, const struct scenario_agent *agent,
                                               enum scenario_by by)
{
    const struct scenario_host *server = agent->server ? scenario_host_find(c->s, agent->server) : NULL;
    bool open;

    if (server == NULL || server->mail == NULL) {
        if (agent->server == NULL && !scenario_lost(&agent->node, "server"))
            scenario_error(c->r, &a->node, key, "give the agent a \"server\"",
                           "the mail program of %s has no server to read from", agent->address);
        return NULL;
    }
    open = by == BY_POP3 ? server->mail->pop3 : by == BY_IMAP ? server->mail->imap : server->mail->webmail;
    if (!open && !scenario_lost(&server->mail->node, way_keys[by]))
        scenario_error(c->r, &a->node, shape_find(a->node.shape, "by") >= 0 ? "by" : NULL,
                       "take out \"false\" there", "%s offers no %s", server->name, way_names[by]);
    if (agent->password == NULL && a->password == NULL && !scenario_lost(&agent->node, "password") &&
        !scenario_lost(&server->mail->node, "users"))
        scenario_error(c->r, &a->node, key, "give the user a \"password\"",
                       "%s has no password, so nobody can log in", agent->address);
    return open ? server->mail : NULL;
}

static enum scenario_by way_of(const struct scenario_action *a, const struct scenario_agent *agent)
{
    if (shape_find(a->node.shape, "by") >= 0 && scenario_has(&a->node, "by"))
        return (enum scenario_by)a->by;
    if (a->what == DO_READ)
        return (enum scenario_by)agent->reads;
    if ((a->what == DO_MOVE || a->what == DO_DELETE) && agent->reads == BY_WEB)
        return BY_WEB;
    return BY_IMAP; /* POP3 knows no folders, no flags and no search */
}

static void refuse(struct check *c, const struct scenario_action *a, const char *key, bool is_wrong,
                   const char *hint, const char *message)
{
    if (is_wrong)
        scenario_error(c->r, &a->node, key, hint, "%s", message);
}

static void check_which(struct check *c, const struct scenario_action *a, enum scenario_by by)
{
    const char *key = a->what == DO_SEARCH ? "for" : "which";
    g_autoptr(GString) why = NULL;

    if (a->which == NULL || by != BY_IMAP)
        return;
    why = g_string_new(NULL);
    if (!imap_search_is_right(span_of(a->which), why))
        scenario_error(c->r, &a->node, key,
                       "as in IMAP: \"FROM alice SUBJECT lunch UNSEEN\" (RFC 3501 §6.4.4)", "%s", why->str);
}

static void check_way(struct check *c, const struct scenario_action *a, enum scenario_by by)
{
    static const char imap[] = "\"by\": \"imap\"";

    if (by == BY_POP3) {
        refuse(c, a, "by", a->what != DO_READ, imap, "POP3 can only read and delete");
        if (a->what != DO_READ)
            return;
        refuse(c, a, "folder", g_ascii_strcasecmp(a->folder, "INBOX") != 0, imap,
               "POP3 knows no folder but INBOX");
        refuse(c, a, "which", a->which != NULL, imap, "POP3 cannot search");
        refuse(c, a, "stay", a->stay > 0, imap, "a POP3 session hears of nothing that comes in");
        refuse(c, a, "leave_unread", a->leave_unread, imap,
               "POP3 knows no flags, so nothing is marked as read");
    } else if (by == BY_WEB && a->what == DO_READ) {
        refuse(c, a, "headers", a->headers, imap, "a browser shows what the page has");
        refuse(c, a, "stay", a->stay > 0, imap, "a browser hears of nothing that comes in");
        refuse(c, a, "leave_unread", a->leave_unread, imap, "web mail marks what is opened as read");
        refuse(c, a, "hang_up", a->hang_up, NULL, "a browser is in no session that could be cut");
        refuse(c, a, "then", a->then == 1, "let a \"delete\" follow", "in a browser reading deletes nothing");
    }
    if (a->what == DO_READ && a->headers && a->then == 1)
        scenario_doubt(c->r, &a->node, "then", NULL, "what was never fetched is deleted");
    check_which(c, a, by);
}

void check_reading(struct check *c, const struct scenario_action *a)
{
    const struct scenario_agent *agent = a->who ? find_program(c, a, "who", a->who) : NULL;

    if (agent == NULL)
        return;
    enum scenario_by by = way_of(a, agent);
    find_server(c, a, "who", agent, by);
    check_way(c, a, by);
    if (a->folder != NULL && (strlen(a->folder) > 250 || strpbrk(a->folder, "%*\r\n") != NULL))
        scenario_error(c->r, &a->node, "folder", "\"Travel/France\"", "\"%.80s\" is no name for a folder",
                       a->folder);
    if (by == BY_WEB)
        check_web_mail(c, a);
}

/* A browser has to find the server by its name. */
void check_web_mail(struct check *c, const struct scenario_action *a)
{
    const char *address = a->what == DO_SEND ? a->from : a->who;
    const struct scenario_agent *agent = address ? check_find_name(c->agents, address) : NULL;
    const struct scenario_host *h;

    if (agent == NULL)
        return;
    if (a->what == DO_SEND)
        find_server(c, a, "from", agent, BY_WEB);
    h = a->host ? scenario_host_find(c->s, a->host) : g_hash_table_lookup(c->agent_hosts, agent);
    if (h != NULL && h->resolvers->len == 0 && !scenario_lost(&h->node, "resolvers"))
        scenario_error(c->r, &a->node, NULL, "give it \"resolvers\"",
                       "the browser on %s knows no local DNS server to find the web server with", h->name);
}

void check_fetch(struct check *c, const struct scenario_action *a, const struct scenario_host *h)
{
    g_autofree char *host = NULL, *target = NULL;
    unsigned port = 0;
    ip_addr address;

    if (a->url == NULL)
        return;
    if (!http_url(a->url, &host, &port, &target)) {
        scenario_error(c->r, &a->node, "url", "\"http://www.crepes.fr/index.html\"",
                       "\"%.80s\" is no http URL", a->url);
        return;
    }
    if (!ip_parse(span_of(host), &address) && h->resolvers->len == 0 && !scenario_lost(&h->node, "resolvers"))
        scenario_error(c->r, &a->node, "host", "give it \"resolvers\"",
                       "%s knows no local DNS server to ask for %s", h->name, host);
    if (a->form != NULL && a->method != 2)
        scenario_error(c->r, &a->node, "form", "\"method\": \"POST\"", "only POST carries a form");
    if (!a->persistent && a->connections > 1)
        scenario_doubt(c->r, &a->node, "connections", NULL,
                       "each request has a connection of its own already, this many at once");
    const struct scenario_host *server = scenario_host_find(c->s, host);
    if (server != NULL && server->web == NULL && !(server->mail != NULL && server->mail->webmail) &&
        !scenario_lost(&server->node, "web"))
        scenario_doubt(c->r, &a->node, "url", "the connection will be refused", "%s is no web server",
                       server->name);
}
