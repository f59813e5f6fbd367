/* map_follow.c: which ways on the map belong to what is followed: the others fade. */
#include "map_parts.h"
#include "memory.h"

gpointer map_pair(unsigned a, unsigned b)
{
    return GUINT_TO_POINTER((MIN(a, b) << 16) + MAX(a, b) + 1);
}

static void add_hop(const struct map *k, GHashTable *pairs, const struct record *r)
{
    const struct view_tape *t = k->x->tape;
    const struct record *from = tape_cause(t, r);

    if (from != NULL && view_is_packet(from) && tape_is_hidden(from->host))
        from = tape_cause(t, from);
    g_autofree char *end = r->event == EV_PACKET_DROP ? tape_link_end(r) : NULL;
    const char *to = end != NULL ? end : r->host;
    int a = from != NULL && from->host != NULL ? map_find(k, from->host) : -1, b = -1;
    if (to != NULL)
        b = map_find(k, tape_is_hidden(to) && r->peer != NULL ? r->peer : to);
    if (a >= 0 && b >= 0 && a != b)
        g_hash_table_add(pairs, map_pair((unsigned)a, (unsigned)b));
}

GHashTable *map_followed(const struct map *k)
{
    const struct selection *s = &k->a->selected;
    struct followed *f = &k->a->memory->followed;

    if (k->x == NULL || (s->mail == 0 && s->conn == 0 && s->lookup == 0))
        return NULL;
    if (f->pairs != NULL && f->mail == s->mail && f->conn == s->conn && f->lookup == s->lookup)
        return f->pairs;
    g_clear_pointer(&f->pairs, g_hash_table_destroy);
    *f = (struct followed){ s->mail, s->conn, s->lookup, g_hash_table_new(g_direct_hash, g_direct_equal) };
    for (int64_t i = 0; i < k->x->length; i++) {
        const struct record *r = view_tape_nth(k->x->tape, i);
        if ((r->event == EV_PACKET_ARRIVE || r->event == EV_PACKET_FORWARD || r->event == EV_PACKET_DROP) &&
            !(tape_is_hidden(r->host) && r->event == EV_PACKET_FORWARD) && app_is_followed(k->a, r))
            add_hop(k, f->pairs, r);
    }
    return f->pairs;
}
