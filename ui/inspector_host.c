/* The Host tab: what a host says of itself now; the retry clock of its queue; the states of a session. */
#include "inspector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

enum { ROWS_MAX = 100 /* of a table: more nobody reads, and thousands would hold the window up */ };

/* ---- A session's states. */

static const struct table *table_of(const struct sheet *s, const char *key)
{
    for (unsigned i = 0; i < s->tables->len; i++) {
        const struct table *t = g_ptr_array_index(s->tables, i);
        if (strcmp(t->key, key) == 0)
            return t;
    }
    return NULL;
}

static int port_of(const char *end)
{
    const char *colon = strrchr(end, ':');
    return colon != NULL ? atoi(colon + 1) : 0;
}

/* How an open connection came to be: who calls has a port of the dynamic range, above all that are listened
 * at (RFC 6335 §6). Of other states it is not asked. */
static const char *tcp_before(const struct table *conns, unsigned row)
{
    if (strcmp(table_cell_text(conns, row, "state"), "ESTABLISHED") != 0)
        return NULL;
    return port_of(table_cell_text(conns, row, "local")) > port_of(table_cell_text(conns, row, "peer"))
               ? "SYN-SENT"
               : "SYN-RECEIVED";
}

static void draw_states(struct pen *p, const struct sheet *sheet)
{
    const struct table *conns = table_of(sheet, "connections"), *sessions = table_of(sheet, "sessions");
    char *conn = g_strdup_printf("c%u", p->a->selected.conn);

    for (unsigned i = 0; conns != NULL && p->a->selected.conn != 0 && i < conns->rows->len; i++) {
        const char *peer = table_cell_text(conns, i, "host");

        if (strcmp(table_cell_text(conns, i, "conn"), conn) != 0)
            continue;
        char *title = g_strdup_printf(_("TCP connection %s to %s"), conn, peer);
        pen_heading(p, title, table_cell_text(conns, i, "state"));
        draw_machine(p, "tcp", table_cell_text(conns, i, "state"), tcp_before(conns, i));
        pen_rule(p);
        g_free(title);
        for (unsigned k = 0; sessions != NULL && k < sessions->rows->len; k++) {
            if (strcmp(table_cell_text(sessions, k, "peer"), peer) != 0)
                continue;
            bool is_server = strcmp(table_cell_text(sessions, k, "role"), "server") == 0;
            pen_heading(p, is_server ? _("SMTP session, as the server") : _("SMTP session, as the client"),
                        table_cell_text(sessions, k, "state"));
            draw_machine(p, is_server ? "smtp server" : "smtp client", table_cell_text(sessions, k, "state"),
                         NULL);
            pen_rule(p);
            break;
        }
    }
    g_free(conn);
}

/* ---- The tab. */

static void draw_head(struct pen *p, const struct view_host *h)
{
    char address[20], *name = g_strdup_printf("host:%s", h->name),
                      *does = g_strdup_printf("select host:%s", h->name);
    double line = canvas_line_height(p->c, TYPE_HEAD), small = canvas_line_height(p->c, TYPE_SMALL),
           x = p->x + 40 * p->s, used;

    snprintf(address, sizeof address, "%u.%u.%u.%u", h->address >> 24, h->address >> 16 & 255,
             h->address >> 8 & 255, h->address & 255);
    canvas_icon(p->c, (int)h->role, p->x, p->y + 2, 30 * p->s, h->is_up ? INK_TEXT : INK_FAULT);
    used = canvas_text(p->c, (struct rect){ x, p->y, p->w - 40 * p->s, line }, FONT_SANS_BOLD, TYPE_HEAD,
                       INK_TEXT, ALIGN_LEFT, strcmp(h->label, h->name) != 0 ? words(h->label) : h->name);
    canvas_thing(p->c, (struct rect){ x, p->y, used, line }, does, h->name, "%s", name)->is_label = true;
    used = canvas_text(p->c, (struct rect){ x, p->y + line + 1, p->w - 140 * p->s, small }, FONT_MONO,
                       TYPE_SMALL, INK_QUIET, ALIGN_LEFT, address);
    canvas_text(p->c, (struct rect){ x + used + 10, p->y + line + 1, p->w - used - 50 * p->s, small },
                FONT_SANS_BOLD, TYPE_SMALL, h->is_up ? INK_QUIET : INK_FAULT, ALIGN_LEFT,
                h->is_up ? "" : _("down"));
    p->y += MAX(line + small + 2, 34 * p->s);
    g_free(name);
    g_free(does);
}

/* Tables that have something to say first, in their own order: who reads at this moment before the others,
 * those of text after them; empty ones come last. */
enum table_pass { PASS_READING, PASS_ROWS, PASS_TEXT, PASS_EMPTY, N_TABLE_PASSES };

static enum table_pass pass_of(const struct table *t)
{
    static const char *const reading[] = { "pop3", "imap", "http", "reading" };

    for (size_t i = 0; t->rows->len > 0 && i < G_N_ELEMENTS(reading); i++)
        if (strcmp(t->key, reading[i]) == 0)
            return PASS_READING;
    return t->rows->len == 0 ? PASS_EMPTY : strcmp(t->key, "lines") == 0 ? PASS_TEXT : PASS_ROWS;
}

static void draw_tables(struct pen *p, const struct sheet *sheet, const char *host)
{
    for (int pass = 0; pass < N_TABLE_PASSES; pass++)
        for (unsigned i = 0; i < sheet->tables->len; i++) {
            const struct table *t = g_ptr_array_index(sheet->tables, i);

            if (pass_of(t) != (enum table_pass)pass)
                continue;
            pen_table(p, t);
            if (strcmp(t->key, "queue") == 0)
                for (unsigned row = 0; row < t->rows->len && row < 4; row++)
                    inspector_retry_clock(p, t, row, host);
            pen_rule(p);
        }
    p->y -= 20 * p->s; /* no line below the last */
}

void inspector_host_tab(struct pen *p)
{
    const struct mxlab *m = app_world(p->a);
    const char *name = inspector_host(p->a);
    int i = m != NULL && name != NULL ? view_host_find(m, name) : -1;

    if (i < 0) {
        pen_empty(
            p,
            _("No host is selected. Click on one in the map, or press ↓, to see its queue, mailboxes, cache and connections."),
            "host:empty");
        return;
    }
    struct view_host h = view_host(m, (unsigned)i);
    struct sheet *sheet = view_host_sheet_limited(m, (unsigned)i, ROWS_MAX);

    draw_head(p, &h);
    pen_rule(p);
    inspector_session(p, h.name);
    draw_states(p, sheet);
    draw_tables(p, sheet, h.name);
    sheet_free(&sheet);
}
