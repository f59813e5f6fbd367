#include "view.h"

#include "mail/mime_show.h"
#include "mxlab_parts.h"

/* A message goes from a person's program to queues, and from a queue to a mailbox: where it has come furthest
 * it has all its Received: lines. */
enum place { NOWHERE, AT_AGENT, IN_QUEUE, IN_MAILBOX };

struct search {
    struct table *t;
    uint32_t mail;
    const struct mail_message *best;
    enum place place;
};

static void found(struct search *s, const char *host, const char *where, const struct mail_message *m,
                  enum place place)
{
    table_row(s->t);
    table_text(s->t, "%s", host);
    table_text(s->t, "%s", where);
    table_number(s->t, (int64_t)m->data.len);
    if (place > s->place || (place == s->place && m->data.len > s->best->data.len)) {
        s->place = place;
        s->best = m;
    }
}

static void search_host(struct search *s, const struct world_host *h)
{
    char *where = NULL;
    const struct mail_message *m = h->mail != NULL ? mail_server_find(h->mail, s->mail, &where) : NULL;

    if (m != NULL)
        found(s, h->spec->name, where, m, g_str_has_prefix(where, "queue") ? IN_QUEUE : IN_MAILBOX);
    g_free(where);
    for (guint i = 0; h->agents != NULL && i < h->agents->len; i++) {
        m = mail_agent_find(h->agents->pdata[i], s->mail);
        if (m != NULL)
            found(s, h->spec->name, "mail program, being sent", m, AT_AGENT);
    }
}

struct sheet *view_mail_sheet(const struct mxlab *m, uint32_t mail)
{
    char *name = g_strdup_printf("m%u", (unsigned)mail);
    struct sheet *sheet = sheet_new(name);
    struct search s = { sheet_table(sheet, "copies", "Where it is", "It is nowhere now."), mail, NULL,
                        NOWHERE };
    const GPtrArray *hosts = mxlab_world(m)->hosts;

    g_free(name);
    table_column(s.t, CELL_TEXT, "host", "host", NULL);
    table_column(s.t, CELL_TEXT, "where", "where", NULL);
    table_column(s.t, CELL_NUMBER, "size", "octets", "Each server puts a Received: line before it.");
    for (guint i = 0; i < hosts->len; i++)
        search_host(&s, hosts->pdata[i]);
    if (s.best == NULL)
        sheet_free(&sheet);
    else
        mime_show(s.best->data, sheet);
    return sheet;
}
