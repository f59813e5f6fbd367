/* The Host tab: the state machine of a POP3, IMAP or HTTP session, as the records of its connection tell it:
 * of the connection that is selected, else of the one that the event in front is about. */
#include "inspector.h"

#include <string.h>

#include "words.h"

enum { LOOK_BACK = 200000 /* records; a session that has said nothing for longer shows no states */ };

static const struct {
    enum event event;
    const char *server, *client; /* machines */
    const char *as_server, *as_client;
} protocols[] = {
    { EV_POP3_STATE, "pop3 server", "pop3 client", N_("POP3 session %s, as the server"),
      N_("POP3 session %s, as the client") },
    { EV_IMAP_STATE, "imap server", "imap client", N_("IMAP session %s, as the server"),
      N_("IMAP session %s, as the client") },
    { EV_HTTP_STATE, "http server", "http client", N_("HTTP connection %s, as the server"),
      N_("HTTP connection %s, as the client") },
};

static bool is_told_of(enum view_family f)
{
    return f == VIEW_ACCESS || f == VIEW_HTTP;
}

static uint32_t conn_of(const struct app *a)
{
    const struct record *r = inspector_record(a);

    return a->selected.conn != 0 ? a->selected.conn : r != NULL && is_told_of(view_family(r)) ? r->conn : 0;
}

/* The last state that the host has told of on this connection; NULL: none, or it is no such protocol. */
static const struct record *state_of(const struct app *a, uint32_t conn, const char *host)
{
    int64_t at = inspector_at(a), stop = MAX(at - LOOK_BACK, -1);

    for (; at > stop; at--) {
        const struct record *r = view_tape_nth(a->player.tape, at);

        if (r->conn != conn)
            continue;
        if (r->event == EV_TCP_CONNECT) /* it was opened here: nothing was said before */
            return NULL;
        if (view_is_state(r) && is_told_of(view_family(r)) && g_strcmp0(r->host, host) == 0)
            return r;
    }
    return NULL;
}

static char *text_of(const struct record *r, enum key key)
{
    const struct field *f = record_field(r, key);

    return f != NULL && f->kind == FIELD_TEXT ? g_strndup(f->text.at, f->text.len) : g_strdup("");
}

void inspector_session(struct pen *p, const char *host)
{
    uint32_t conn = conn_of(p->a);
    const struct record *r = conn != 0 ? state_of(p->a, conn, host) : NULL;

    for (size_t i = 0; r != NULL && i < G_N_ELEMENTS(protocols); i++) {
        if (protocols[i].event != r->event)
            continue;
        g_autofree char *role = text_of(r, KEY_ROLE), *state = text_of(r, KEY_STATE),
                        *before = text_of(r, KEY_BEFORE), *name = g_strdup_printf("c%u", conn);
        bool is_server = strcmp(role, "server") == 0;
        g_autofree char *title = g_strdup_printf(
            _(is_server ? protocols[i].as_server : protocols[i].as_client), name);

        pen_heading(p, title, words(state));
        draw_machine(p, is_server ? protocols[i].server : protocols[i].client, state, before);
        pen_rule(p);
    }
}
