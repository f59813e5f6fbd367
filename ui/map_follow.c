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

/* Look on for a few ms: the next frame goes on. */
static void look_on(const struct map *k, struct followed *f)
{
    enum { MS = 8, BETWEEN_LOOKS = 4096 };
    gint64 until = g_get_monotonic_time() + MS * 1000;

    for (; f->looked < f->length; f->looked++) {
        const struct record *r = view_tape_nth(k->x->tape, f->looked);
        if (f->looked % BETWEEN_LOOKS == BETWEEN_LOOKS - 1 && g_get_monotonic_time() > until)
            break;
        if ((r->event == EV_PACKET_ARRIVE || r->event == EV_PACKET_FORWARD || r->event == EV_PACKET_DROP) &&
            app_is_followed(k->a, r) && !(r->event == EV_PACKET_FORWARD && tape_is_hidden(r->host)))
            add_hop(k, f->pairs, r);
    }
}

GHashTable *map_followed(const struct map *k)
{
    const struct selection *s = &k->a->selected;
    struct followed *f = &k->a->memory->followed;

    if (k->x == NULL || !app_follows(k->a)) {
        g_clear_pointer(&f->pairs, g_hash_table_destroy);
        f->length = f->looked = 0;
        return NULL;
    }
    if (f->pairs == NULL || f->length != k->x->length || f->mail != s->mail || f->conn != s->conn ||
        f->lookup != s->lookup) {
        g_clear_pointer(&f->pairs, g_hash_table_destroy);
        *f = (struct followed){ .mail = s->mail,
                                .conn = s->conn,
                                .lookup = s->lookup,
                                .length = k->x->length,
                                .pairs = g_hash_table_new(g_direct_hash, g_direct_equal) };
    }
    look_on(k, f);
    return f->pairs;
}
