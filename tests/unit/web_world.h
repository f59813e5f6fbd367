/* tests/unit/web_world.h: the small internet of mail_world.h with web servers and browsers in it. */
#ifndef WEB_WORLD_H
#define WEB_WORLD_H

#include "mail_world.h"

#include "http/browser.h"
#include "http/web.h"

#define WEB_ZONE                                                                                             \
    ZONE "www.crepes.fr A 10.1.0.80\npics.crepes.fr A 10.1.0.81\nmany.crepes.fr A 10.1.0.99\n"               \
         "many.crepes.fr A 10.1.0.80\nnobody.crepes.fr A 10.9.9.9\nempty.crepes.fr TXT \"x\"\n"

static const ip_addr web_resolver = (10u << 24) + 53;

static inline struct browser *ww_browser(struct net_host *h)
{
    return browser_add(h, &(struct browser_spec){ .resolvers = &web_resolver, .n_resolvers = 1 });
}

static inline void ww_fetch(struct browser *b, const char *url, bool with_objects, unsigned connections)
{
    browser_fetch(b, &(struct browser_page){
                         .url = url,
                         .with_objects = with_objects,
                         .persistent = connections > 0,
                         .connections = MAX(connections, 1),
                     });
}

/* What happened, with these keys in this order: "3 http.page alice-pc target=http://… code=200". */
struct ww_log {
    GString *text;
    const char *only; /* events, parted by spaces */
    bool with_conn;
};

static inline void ww_on_record(void *self, const struct record *r)
{
    static const enum key keys[] = { KEY_ROLE,       KEY_BEFORE,  KEY_STATE, KEY_VERB,        KEY_CODE,
                                     KEY_TARGET,     KEY_COUNT,   KEY_NEW,   KEY_CONNECTIONS, KEY_USER,
                                     KEY_METHOD,     KEY_FOLDER,  KEY_UID,   KEY_INTO,        KEY_SENDER,
                                     KEY_RECIPIENTS, KEY_SUBJECT, KEY_LINE };
    struct ww_log *log = self;
    char **events = g_strsplit(log->only, " ", 0);
    bool wanted = g_strv_contains((const char *const *)events, event_names[r->event]);

    g_strfreev(events);
    if (!wanted)
        return;
    g_string_append_printf(log->text, "%s %s", event_names[r->event], r->host);
    if (r->mail != 0 && r->event == EV_AGENT_READ)
        g_string_append_printf(log->text, " m%u", r->mail);
    if (log->with_conn && r->conn != 0)
        g_string_append_printf(log->text, " c%u", r->conn);
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        const struct field *f = record_field(r, keys[i]);
        char buf[FIELD_BUF_MAX];

        if (f == NULL || (keys[i] == KEY_LINE && r->event != EV_AGENT_FAIL))
            continue;
        g_string_append_printf(log->text, " %.*s", (int)field_text(f, buf).len, field_text(f, buf).at);
    }
    g_string_append_c(log->text, '\n');
}

static inline void ww_listen(struct mail_world *w, struct ww_log *log, const char *only)
{
    *log = (struct ww_log){ .text = g_string_new(NULL), .only = only };
    trace_listen(&w->sim.trace, ww_on_record, log);
}

static inline void ww_expect(struct ww_log *log, const char *expected)
{
    assert_string_equal(log->text->str, expected);
    g_string_truncate(log->text, 0);
}

#endif
