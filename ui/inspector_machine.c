/* The states of a session, drawn as boxes on a grid with arrows between them; the state it is in is lit. */
#include "inspector.h"

#include <string.h>

#include "words.h"

struct place {
    const char *state;
    int column, row;   /* columns in halves: a box is two wide */
    const char *means; /* said below while it is lit, to be translated; NULL: nothing */
};

struct way {
    const char *from, *to;
};

struct machine {
    const char *name;
    int columns, rows;
    struct place places[12];
    struct way ways[20];
};

static const char greet[] = N_("The connection is open; the server speaks first."),
                  authorization[] = N_("Who is it? Until the password is right, no message is told of."),
                  transaction[] = N_(
                      "Messages are listed and fetched. DELE only marks: nothing is deleted yet."),
                  not_authenticated[] = N_("Who is it? Until the password is right, no folder is told of."),
                  authenticated[] = N_("Logged in, but no folder is open: folders can be listed and made."),
                  selected[] = N_("A folder is open: its messages can be fetched, searched and marked."),
                  closed[] = N_("The connection is closed.");

static const struct machine machines[] = {
    { "tcp", /* RFC 9293 figure 5; left: who opens and closes, right: who is called and follows */
      6,
      6,
      { { "CLOSED", 0, 0 },
        { "LISTEN", 4, 0 },
        { "SYN-SENT", 0, 1 },
        { "SYN-RECEIVED", 4, 1 },
        { "ESTABLISHED", 2, 2 },
        { "FIN-WAIT-1", 0, 3 },
        { "CLOSE-WAIT", 4, 3 },
        { "FIN-WAIT-2", 0, 4 },
        { "CLOSING", 2, 4 },
        { "LAST-ACK", 4, 4 },
        { "TIME-WAIT", 0, 5 } },
      { { "CLOSED", "SYN-SENT" },
        { "CLOSED", "LISTEN" },
        { "LISTEN", "SYN-RECEIVED" },
        { "SYN-SENT", "ESTABLISHED" },
        { "SYN-RECEIVED", "ESTABLISHED" },
        { "ESTABLISHED", "FIN-WAIT-1" },
        { "ESTABLISHED", "CLOSE-WAIT" },
        { "FIN-WAIT-1", "FIN-WAIT-2" },
        { "FIN-WAIT-1", "CLOSING" },
        { "CLOSE-WAIT", "LAST-ACK" },
        { "FIN-WAIT-2", "TIME-WAIT" },
        { "CLOSING", "TIME-WAIT" } } },
    { "smtp server", /* RFC 5321 §4.1.4 */
      8,
      2,
      { { "GREET", 0, 0 },
        { "HELO", 2, 0 },
        { "READY", 4, 0 },
        { "QUIT", 6, 0 },
        { "DATA", 0, 1 },
        { "RCPT", 2, 1 },
        { "MAIL", 4, 1 } },
      { { "GREET", "HELO" },
        { "HELO", "READY" },
        { "READY", "MAIL" },
        { "MAIL", "RCPT" },
        { "RCPT", "DATA" },
        { "READY", "QUIT" } } },
    { "smtp client",
      8,
      3,
      { { "GREETING", 0, 0 },
        { "EHLO", 2, 0 },
        { "HELO", 2, 1 },
        { "IDLE", 4, 0 },
        { "QUIT", 6, 0 },
        { "OVER", 6, 1 },
        { "MAIL", 4, 1 },
        { "RCPT", 4, 2 },
        { "DATA", 2, 2 },
        { "MESSAGE", 0, 2 },
        { "RSET", 6, 2 } },
      { { "GREETING", "EHLO" },
        { "EHLO", "HELO" },
        { "EHLO", "IDLE" },
        { "IDLE", "MAIL" },
        { "MAIL", "RCPT" },
        { "RCPT", "DATA" },
        { "DATA", "MESSAGE" },
        { "IDLE", "QUIT" },
        { "QUIT", "OVER" } } },
    { "pop3 server", /* RFC 1939 §3 */
      6,
      2,
      { { "GREET", 0, 0, NULL },
        { "AUTHORIZATION", 2, 0, authorization },
        { "TRANSACTION", 4, 0, transaction },
        { "UPDATE", 4, 1, N_("After QUIT: only now the messages that were marked are deleted.") },
        { "QUIT", 2, 1, N_("The session is over.") } },
      { { "GREET", "AUTHORIZATION" },
        { "AUTHORIZATION", "TRANSACTION" },
        { "TRANSACTION", "UPDATE" },
        { "UPDATE", "QUIT" },
        { "AUTHORIZATION", "QUIT" } } },
    { "pop3 client",
      6,
      2,
      { { "GREET", 0, 0, greet },
        { "AUTHORIZATION", 2, 0, authorization },
        { "TRANSACTION", 4, 0, transaction },
        { "QUIT", 4, 1, N_("QUIT is sent: the server deletes what was marked, and says so.") },
        { "OVER", 2, 1, NULL } },
      { { "GREET", "AUTHORIZATION" },
        { "AUTHORIZATION", "TRANSACTION" },
        { "TRANSACTION", "QUIT" },
        { "QUIT", "OVER" },
        { "AUTHORIZATION", "QUIT" } } },
    { "imap server", /* RFC 3501 §3 */
      6,
      2,
      { { "GREET", 0, 0, NULL },
        { "NOT AUTHENTICATED", 2, 0, not_authenticated },
        { "AUTHENTICATED", 4, 0, authenticated },
        { "SELECTED", 4, 1, selected },
        { "LOGOUT", 2, 1, N_("The session is over. What is in the folders stays on the server.") } },
      { { "GREET", "NOT AUTHENTICATED" },
        { "NOT AUTHENTICATED", "AUTHENTICATED" },
        { "AUTHENTICATED", "SELECTED" },
        { "SELECTED", "AUTHENTICATED" },
        { "NOT AUTHENTICATED", "LOGOUT" },
        { "AUTHENTICATED", "LOGOUT" },
        { "SELECTED", "LOGOUT" } } },
    { "imap client", /* RFC 2177: while it idles, the server tells it what happens */
      6,
      3,
      { { "GREET", 0, 0, greet },
        { "NOT AUTHENTICATED", 2, 0, not_authenticated },
        { "AUTHENTICATED", 4, 0, authenticated },
        { "SELECTED", 4, 1, selected },
        { "IDLE", 4, 2, N_("It waits: the server tells what happens in the folder, unasked.") },
        { "LOGOUT", 2, 1, N_("LOGOUT is sent.") },
        { "OVER", 0, 1, NULL } },
      { { "GREET", "NOT AUTHENTICATED" },
        { "NOT AUTHENTICATED", "AUTHENTICATED" },
        { "AUTHENTICATED", "SELECTED" },
        { "SELECTED", "AUTHENTICATED" },
        { "SELECTED", "IDLE" },
        { "IDLE", "SELECTED" },
        { "NOT AUTHENTICATED", "LOGOUT" },
        { "AUTHENTICATED", "LOGOUT" },
        { "SELECTED", "LOGOUT" },
        { "LOGOUT", "OVER" } } },
    { "http server", /* RFC 9112 §9.3 */
      6,
      2,
      { { "idle", 0, 0, N_("It waits for a request. A persistent connection takes one after the other.") },
        { "reading", 4, 0, N_("A request is being read. HTTP remembers nothing of those before.") },
        { "closed", 2, 1, closed } },
      { { "idle", "reading" }, { "reading", "idle" }, { "idle", "closed" }, { "reading", "closed" } } },
    { "http client",
      6,
      2,
      { { "idle", 0, 0, N_("The next request may be sent over this connection.") },
        { "waiting", 4, 0, N_("A request is sent; its response is still to come.") },
        { "closed", 2, 1, closed } },
      { { "idle", "waiting" }, { "waiting", "idle" }, { "idle", "closed" }, { "waiting", "closed" } } },
};

static const struct place *place_of(const struct machine *m, const char *state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(m->places) && m->places[i].state != NULL; i++)
        if (strcmp(m->places[i].state, state) == 0)
            return &m->places[i];
    return NULL;
}

static struct rect box_of(const struct pen *p, const struct machine *m, const struct place *at)
{
    double unit = p->w / m->columns, h = canvas_line_height(p->c, TYPE_SMALL) + 6 * p->s,
           pitch = h + 14 * p->s;

    return (struct rect){ p->x + at->column * unit + 6, p->y + at->row * pitch, 2 * unit - 12, h };
}

/* From edge to edge, along the line between the middles. */
static void draw_way(struct pen *p, struct rect a, struct rect b, bool is_lit)
{
    double x1 = a.x + a.w / 2, y1 = a.y + a.h / 2, x2 = b.x + b.w / 2, y2 = b.y + b.h / 2;

    if (a.y == b.y) {
        x1 = x2 > x1 ? a.x + a.w : a.x;
        x2 = x2 > x1 ? b.x : b.x + b.w;
    } else {
        y1 = b.y > a.y ? a.y + a.h : a.y;
        y2 = b.y > a.y ? b.y : b.y + b.h;
        double third = (x2 - x1) *
                       0.3; /* leave and arrive beside the middle, where boxes are not below each other */
        x1 += third;
        x2 -= third;
    }
    canvas_arrow(p->c, x1, y1, x2, y2, is_lit ? INK_ACTION : INK_QUIET, is_lit ? 1.5 : 1);
}

/* Of several ways to the state it is in the one from `before` was gone, if that is known. */
static bool was_gone(const struct machine *m, const struct way *w, const char *state, const char *before)
{
    unsigned n = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(m->ways) && m->ways[i].from != NULL; i++)
        n += strcmp(m->ways[i].to, state) == 0;
    return strcmp(w->to, state) == 0 && (n == 1 || (before != NULL && strcmp(w->from, before) == 0));
}

static void draw_meaning(struct pen *p, const struct place *at, const char *machine)
{
    if (at->means == NULL)
        return;
    pen_gap(p, 8);
    struct rect text = { p->x, p->y, p->w, 1e4 };
    text.h = canvas_paragraph(p->c, text, FONT_SANS, TYPE_SMALL, INK_QUIET, _(at->means), false);
    canvas_thing(p->c, text, "", _(at->means), "state-means:%s", machine)->is_label = true;
    p->y += text.h;
}

bool draw_machine(struct pen *p, const char *machine, const char *state, const char *before)
{
    const struct machine *m = NULL;
    double bottom = p->y;

    for (size_t i = 0; i < G_N_ELEMENTS(machines); i++)
        if (strcmp(machines[i].name, machine) == 0)
            m = &machines[i];
    if (m == NULL || place_of(m, state) == NULL)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(m->ways) && m->ways[i].from != NULL; i++)
        draw_way(p, box_of(p, m, place_of(m, m->ways[i].from)), box_of(p, m, place_of(m, m->ways[i].to)),
                 was_gone(m, &m->ways[i], state, before));
    for (size_t i = 0; i < G_N_ELEMENTS(m->ways) && m->ways[i].from != NULL; i++)
        if (was_gone(m, &m->ways[i], state, before))
            canvas_thing(p->c, box_of(p, m, place_of(m, m->ways[i].to)), "", m->ways[i].from, "way-gone:%s",
                         machine);
    for (size_t i = 0; i < G_N_ELEMENTS(m->places) && m->places[i].state != NULL; i++) {
        struct rect r = box_of(p, m, &m->places[i]);
        bool is_lit = strcmp(m->places[i].state, state) == 0;

        canvas_box(p->c, r, 6, is_lit ? INK_ACTION : INK_PANEL, is_lit ? INK_ACTION : INK_LINE, 1, false);
        canvas_text(p->c, rect_inset(r, 2), is_lit ? FONT_MONO_BOLD : FONT_MONO, TYPE_SMALL,
                    is_lit ? INK_ON_ACTION : INK_QUIET, ALIGN_CENTRE, words(m->places[i].state));
        canvas_thing(p->c, r, "", m->places[i].state, is_lit ? "state-now:%s:%s" : "state:%s:%s", machine,
                     m->places[i].state)
            ->is_label = true;
        bottom = MAX(bottom, r.y + r.h);
    }
    p->y = bottom;
    draw_meaning(p, place_of(m, state), machine);
    return true;
}
