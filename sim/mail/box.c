#include "mail/box.h"

/* FNV-1a over the letters in small. */
static guint user_hash(gconstpointer key)
{
    guint h = 2166136261u;

    for (const char *p = key; *p != '\0'; p++)
        h = (h ^ (guchar)g_ascii_tolower(*p)) * 16777619u;
    return h;
}

static gboolean user_equal(gconstpointer a, gconstpointer b)
{
    return g_ascii_strcasecmp(a, b) == 0;
}

static void box_free(gpointer data)
{
    struct mail_box *box = data;

    mail_box_clear(box);
    g_free(box->inbox.messages);
    g_free(box->user);
    g_free(box);
}

void mail_boxes_init(struct mail_boxes *b)
{
    b->by_user = g_hash_table_new(user_hash, user_equal);
    b->all = g_ptr_array_new_with_free_func(box_free);
}

void mail_boxes_release(struct mail_boxes *b)
{
    g_hash_table_destroy(b->by_user);
    g_ptr_array_free(b->all, TRUE);
}

struct mail_box *mail_boxes_add(struct mail_boxes *b, const char *user, size_t quota)
{
    struct mail_box *box;

    if (g_hash_table_contains(b->by_user, user))
        return NULL;
    box = g_new0(struct mail_box, 1);
    box->user = g_strdup(user);
    box->quota = quota;
    box->inbox.name = "INBOX";
    box->inbox.uid_next = 1;
    g_hash_table_insert(b->by_user, box->user, box);
    g_ptr_array_add(b->all, box);
    return box;
}

struct mail_box *mail_boxes_find(const struct mail_boxes *b, struct span user)
{
    char key[65]; /* RFC 5321 §4.5.3.1.1: a local-part has at most 64 octets */

    if (user.len >= sizeof key)
        return NULL;
    memcpy(key, user.at, user.len);
    key[user.len] = '\0';
    return strlen(key) == user.len ? g_hash_table_lookup(b->by_user, key) : NULL;
}

enum mail_room mail_box_room(const struct mail_box *box, size_t size)
{
    if (box->quota == 0)
        return MAIL_ROOM;
    if (size > box->quota)
        return MAIL_ROOM_NEVER;
    if (box->used >= box->quota || size > box->quota - box->used)
        return MAIL_ROOM_LATER;
    return MAIL_ROOM;
}

uint32_t mail_box_store(struct mail_box *box, struct mail_message *m, sim_time now)
{
    struct mail_folder *f = &box->inbox;

    if (f->n == f->room) {
        f->room = f->room ? 2 * f->room : 4;
        f->messages = g_renew(struct mail_stored, f->messages, f->room);
    }
    f->messages[f->n++] = (struct mail_stored){ .uid = f->uid_next,
                                                .received = now,
                                                .message = mail_message_ref(m) };
    box->used += m->data.len;
    box->stored++;
    return f->uid_next++;
}

bool mail_box_delete(struct mail_box *box, uint32_t uid)
{
    struct mail_folder *f = &box->inbox;
    unsigned low = 0, high = f->n;

    while (low < high) {
        unsigned middle = low + (high - low) / 2;

        if (f->messages[middle].uid < uid)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == f->n || f->messages[low].uid != uid)
        return false;
    box->used -= f->messages[low].message->data.len;
    mail_message_unref(&f->messages[low].message);
    f->n--;
    memmove(&f->messages[low], &f->messages[low + 1], (f->n - low) * sizeof f->messages[0]);
    return true;
}

void mail_box_clear(struct mail_box *box)
{
    for (unsigned i = 0; i < box->inbox.n; i++)
        mail_message_unref(&box->inbox.messages[i].message);
    box->inbox.n = 0;
    box->used = 0;
}
