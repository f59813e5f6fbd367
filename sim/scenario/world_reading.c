/* The programs of a world with which people read: POP3, IMAP and web servers, readers, browsers. */
#include "scenario/content.h"
#include "scenario/world.h"

#include <string.h>

/* ---- Servers. */

static void build_access(struct world_host *h)
{
    const struct scenario_mail *m = h->spec->mail;
    struct mail_access_spec spec = { .hostname = m->hostname, .apop = m->apop };

    spec.local = mail_server_local(h->mail);
    if (m->pop3)
        h->pop3 = mail_access_pop3(h->net, &spec);
    if (m->imap)
        h->imap = mail_access_imap(h->net, &spec);
}

static bool web_mail_sends(void *self, const char *from, const char *const *to, unsigned n_to,
                           const char *subject, const char *text, GString *why)
{
    return mail_server_submit(self, from, to, n_to, subject, text, why);
}

static void build_web(struct world_host *h)
{
    const struct scenario_web *web = h->spec->web;
    const GPtrArray *objects = web != NULL ? web->objects : NULL;
    struct web_spec spec = web_defaults;
    unsigned n = objects != NULL ? objects->len : 0;
    struct web_object *list = g_new0(struct web_object, n + 1);
    GString **contents = g_new0(GString *, n + 1);

    for (unsigned i = 0; i < n; i++) {
        const struct scenario_object *o = g_ptr_array_index(objects, i);

        contents[i] = content_new(o->text, o->base64, o->size, o->path);
        list[i] = (struct web_object){
            .path = o->path,
            .type = o->type,
            .data = span_bytes(contents[i]->str, contents[i]->len),
            .chunked = o->chunked,
            .moved_to = o->moved_to,
            .status = (unsigned)o->status,
        };
    }
    spec.objects = list;
    spec.n_objects = n;
    if (web != NULL) {
        spec.persistent = web->persistent;
        spec.requests_max = (unsigned)web->requests;
        spec.idle = web->idle;
    }
    h->web = web_server_add(h->net, &spec);
    for (unsigned i = 0; i < n; i++)
        g_string_free(contents[i], TRUE);
    g_free(contents);
    g_free(list);
    if (h->mail != NULL && h->spec->mail->webmail)
        h->webmail = webmail_new(h->web, &(struct webmail_spec){
                                             .host = h->net,
                                             .local = mail_server_local(h->mail),
                                             .send = web_mail_sends,
                                             .self = h->mail,
                                         });
}

/* ---- People. */

static void build_readers(struct world *w, struct world_host *h)
{
    for (unsigned i = 0; i < h->spec->agents->len; i++) {
        const struct scenario_agent *a = g_ptr_array_index(h->spec->agents, i);
        const struct world_host *server = a->server ? world_host_find(w, a->server) : NULL;
        struct mail_reader *reader = NULL;

        if (server != NULL)
            reader = mail_reader_add(h->net,
                                     &(struct mail_reader_spec){
                                         .address = a->address,
                                         .password = a->password,
                                         .server = net_host_ip(server->net),
                                         .apop = server->spec->mail != NULL && server->spec->mail->apop,
                                     });
        g_ptr_array_add(h->readers, reader);
    }
}

/* A browser is there where somebody uses it. */
static bool has_browser(const struct world *w, const struct scenario_host *h)
{
    for (unsigned i = 0; i < w->scenario->actions->len; i++) {
        const struct scenario_action *a = g_ptr_array_index(w->scenario->actions, i);
        const char *who = a->what == DO_SEND ? a->from : a->who;

        if (a->host != NULL && g_ascii_strcasecmp(a->host, h->name) == 0) {
            if (a->what == DO_FETCH || a->who != NULL)
                return true;
        } else if (a->host == NULL && who != NULL && (a->what != DO_SEND || a->by_web)) {
            for (unsigned k = 0; k < h->agents->len; k++)
                if (g_ascii_strcasecmp(((struct scenario_agent *)g_ptr_array_index(h->agents, k))->address,
                                       who) == 0)
                    return true;
        }
    }
    return false;
}

static void build_browser(struct world *w, struct world_host *h)
{
    ip_addr *addresses;

    if (!has_browser(w, h->spec))
        return;
    addresses = world_addresses(h->spec->resolvers);
    h->browser = browser_add(h->net, &(struct browser_spec){ addresses, h->spec->resolvers->len });
    g_free(addresses);
}

void world_build_reading(struct world *w, struct world_host *h)
{
    bool has_webmail = h->spec->mail != NULL && h->spec->mail->webmail;

    if (h->spec->mail != NULL)
        build_access(h);
    if (h->spec->web != NULL || has_webmail)
        build_web(h);
    build_readers(w, h);
    build_browser(w, h);
}

void world_free_reading(struct world_host *h)
{
    for (unsigned i = 0; i < h->readers->len; i++) {
        struct mail_reader *r = g_ptr_array_index(h->readers, i);
        mail_reader_free(&r);
    }
    g_ptr_array_free(h->readers, TRUE);
    browser_free(&h->browser);
    webmail_free(&h->webmail);
    web_server_free(&h->web);
    mail_access_free(&h->pop3);
    mail_access_free(&h->imap);
}
