#include "mail/greylist.h"

#include <glib.h>

enum { TRIPLES_MAX = 100000 }; /* then the oldest is forgotten: it would wait anew */

struct triple {
    sim_time first;
    char key[]; /* "10.1.0/sender/recipient", in small letters */
};

struct mail_greylist {
    GHashTable *by_key; /* of struct triple; never iterated */
    GQueue by_age;
};

struct mail_greylist *mail_greylist_new(void)
{
    struct mail_greylist *g = g_new0(struct mail_greylist, 1);

    g->by_key = g_hash_table_new(g_str_hash, g_str_equal);
    g_queue_init(&g->by_age);
    return g;
}

void mail_greylist_free(struct mail_greylist **g)
{
    if (*g == NULL)
        return;
    g_hash_table_destroy((*g)->by_key);
    g_queue_clear_full(&(*g)->by_age, g_free);
    g_free(*g);
    *g = NULL;
}

static struct triple *add(struct mail_greylist *g, const char *key, sim_time now)
{
    struct triple *t = g_malloc(sizeof *t + strlen(key) + 1);

    t->first = now;
    strcpy(t->key, key);
    if (g_queue_get_length(&g->by_age) == TRIPLES_MAX) {
        struct triple *oldest = g_queue_pop_head(&g->by_age);

        g_hash_table_remove(g->by_key, oldest->key);
        g_free(oldest);
    }
    g_hash_table_insert(g->by_key, t->key, t);
    g_queue_push_tail(&g->by_age, t);
    return t;
}

bool mail_greylist_lets(struct mail_greylist *g, ip_addr client, struct span sender, struct span recipient,
                        sim_time wait, sim_time now)
{
    char *text = g_strdup_printf("%x/%.*s/%.*s", client >> 8, (int)sender.len, sender.at, (int)recipient.len,
                                 recipient.at);
    char *key = g_ascii_strdown(text, -1);
    struct triple *t = g_hash_table_lookup(g->by_key, key);

    if (t == NULL)
        t = add(g, key, now);
    g_free(key);
    g_free(text);
    return now - t->first >= wait;
}
