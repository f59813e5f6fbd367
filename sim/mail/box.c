#include "mail/box.h"

#include <assert.h>

static const char inbox_name[] = "INBOX";
enum { PATH_END = '\0', LEVEL = '/' };

/* ---- Boxes. */

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

static void folder_free(gpointer data)
{
    struct mail_folder *f = data;

    while (f->watches != NULL) {
        struct mail_watch *w = f->watches;

        mail_watch_stop(w);
        if (w->on_gone != NULL)
            w->on_gone(w->self);
    }
    for (unsigned i = 0; i < f->n; i++) {
        f->box->used -= f->messages[i].message->data.len;
        mail_message_unref(&f->messages[i].message);
    }
    g_free(f->messages);
    if (f->keywords != NULL)
        g_ptr_array_free(f->keywords, TRUE);
    g_free(f->name);
    g_free(f);
}

static void box_free(gpointer data)
{
    struct mail_box *box = data;

    g_ptr_array_free(box->folders, TRUE);
    if (box->subscribed != NULL)
        g_ptr_array_free(box->subscribed, TRUE);
    g_free(box->password);
    g_free(box->user);
    g_free(box);
}

void mail_boxes_init(struct mail_boxes *b)
{
    *b = (struct mail_boxes){
        .by_user = g_hash_table_new(user_hash, user_equal),
        .all = g_ptr_array_new_with_free_func(box_free),
    };
}

void mail_boxes_release(struct mail_boxes *b)
{
    g_hash_table_destroy(b->by_user);
    g_ptr_array_free(b->all, TRUE);
}

/* INBOX first, whatever it is compared with. */
static int compare_names(const char *a, const char *b)
{
    bool a_first = strcmp(a, inbox_name) == 0, b_first = strcmp(b, inbox_name) == 0;

    return a_first || b_first ? b_first - a_first : strcmp(a, b);
}

static struct mail_folder *folder_new(struct mail_box *box, const char *name)
{
    struct mail_folder *f = g_new0(struct mail_folder, 1);
    guint at = 0;

    f->box = box;
    f->name = g_strdup(name);
    f->uidvalidity = box->uidvalidity_next++;
    f->uid_next = f->recent_from = 1;
    while (at < box->folders->len &&
           compare_names(((struct mail_folder *)box->folders->pdata[at])->name, name) < 0)
        at++;
    g_ptr_array_insert(box->folders, (gint)at, f);
    return f;
}

struct mail_box *mail_boxes_add(struct mail_boxes *b, const char *user, size_t quota)
{
    struct mail_box *box;

    if (g_hash_table_contains(b->by_user, user))
        return NULL;
    box = g_new0(struct mail_box, 1);
    box->boxes = b;
    box->user = g_strdup(user);
    box->quota = quota;
    box->uidvalidity_next = 1;
    box->folders = g_ptr_array_new_with_free_func(folder_free);
    box->inbox = folder_new(box, inbox_name);
    g_hash_table_insert(b->by_user, box->user, box);
    g_ptr_array_add(b->all, box);
    return box;
}

struct mail_box *mail_boxes_find(const struct mail_boxes *b, struct span user)
{
    char key[65]; /* RFC 5321 §4.5.3.1.1: a local-part has at most 64 octets */

    if (user.len >= sizeof key)
        return NULL;
    if (user.len > 0)
        memcpy(key, user.at, user.len);
    key[user.len] = '\0';
    return strlen(key) == user.len ? g_hash_table_lookup(b->by_user, key) : NULL;
}

void mail_box_set_password(struct mail_box *box, const char *password)
{
    char *copy = g_strdup(password);

    g_free(box->password);
    box->password = copy;
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

bool mail_box_lock(struct mail_box *box)
{
    if (box->is_locked)
        return false;
    box->is_locked = true;
    return true;
}

void mail_box_unlock(struct mail_box *box)
{
    box->is_locked = false;
}

/* ---- Messages. */

/* Put it in and tell the watchers; the server is told by the caller, who knows where it is from. */
static unsigned put(struct mail_folder *f, struct mail_message *m, uint32_t flags, int64_t date_s,
                    sim_time now)
{
    if (f->n == f->room) {
        f->room = f->room ? 2 * f->room : 4;
        f->messages = g_renew(struct mail_stored, f->messages, f->room);
    }
    f->messages[f->n++] = (struct mail_stored){
        .uid = f->uid_next++,
        .flags = flags,
        .received = now,
        .date_s = date_s,
        .message = mail_message_ref(m),
    };
    f->box->used += m->data.len;
    for (struct mail_watch *w = f->watches; w != NULL; w = w->next)
        if (w->on_stored != NULL)
            w->on_stored(w->self, f->n - 1);
    return f->n - 1;
}

static const struct mail_box_events *events_of(const struct mail_folder *f)
{
    static const struct mail_box_events none = { NULL };

    return f->box->boxes->events != NULL ? f->box->boxes->events : &none;
}

static void *self_of(const struct mail_folder *f)
{
    return f->box->boxes->events_self;
}

uint32_t mail_box_store(struct mail_box *box, struct mail_message *m, sim_time now)
{
    unsigned at = put(box->inbox, m, 0, box->boxes->epoch_s + now / SIM_SECOND, now);

    box->stored++;
    return box->inbox->messages[at].uid;
}

uint32_t mail_folder_append(struct mail_folder *f, struct mail_message *m, uint32_t flags, int64_t date_s,
                            sim_time now)
{
    unsigned at = put(f, m, flags, date_s, now);

    if (events_of(f)->on_stored != NULL)
        events_of(f)->on_stored(self_of(f), f, at);
    return f->messages[at].uid;
}

uint32_t mail_folder_copy(struct mail_folder *from, unsigned at, struct mail_folder *to, sim_time now)
{
    struct mail_stored m = from->messages[at];
    uint32_t flags = m.flags & (MAIL_KEYWORD - 1);
    unsigned to_at;

    assert(at < from->n);
    for (unsigned i = 0; from->keywords != NULL && i < from->keywords->len; i++)
        if (m.flags & (uint32_t)MAIL_KEYWORD << i)
            flags |= mail_folder_keyword(to, span_of(from->keywords->pdata[i]));
    to_at = put(to, m.message, flags, m.date_s, now);
    if (events_of(to)->on_copied != NULL)
        events_of(to)->on_copied(self_of(to), from, m.uid, to, to_at);
    return to->messages[to_at].uid;
}

unsigned mail_folder_from(const struct mail_folder *f, uint32_t uid)
{
    unsigned low = 0, high = f->n;

    while (low < high) {
        unsigned middle = low + (high - low) / 2;

        if (f->messages[middle].uid < uid)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int mail_folder_place(const struct mail_folder *f, uint32_t uid)
{
    unsigned at = mail_folder_from(f, uid);

    return at < f->n && f->messages[at].uid == uid ? (int)at : -1;
}

void mail_folder_expunge(struct mail_folder *f, unsigned at, const struct mail_watch *by)
{
    struct mail_message *m = f->messages[at].message;
    uint32_t uid = f->messages[at].uid;

    assert(at < f->n);
    f->box->used -= m->data.len;
    f->n--;
    memmove(&f->messages[at], &f->messages[at + 1], (f->n - at) * sizeof f->messages[0]);
    for (struct mail_watch *w = f->watches; w != NULL; w = w->next)
        if (w != by && w->on_expunged != NULL)
            w->on_expunged(w->self, at, uid);
    if (events_of(f)->on_expunged != NULL)
        events_of(f)->on_expunged(self_of(f), f, uid, m);
    mail_message_unref(&m);
}

bool mail_box_delete(struct mail_box *box, uint32_t uid)
{
    int at = mail_folder_place(box->inbox, uid);

    if (at >= 0)
        mail_folder_expunge(box->inbox, (unsigned)at, NULL);
    return at >= 0;
}

void mail_box_clear(struct mail_box *box)
{
    while (box->inbox->n > 0)
        mail_folder_expunge(box->inbox, 0, NULL);
}

void mail_folder_set_flags(struct mail_folder *f, unsigned at, uint32_t flags, const struct mail_watch *by)
{
    uint32_t before = f->messages[at].flags;

    assert(at < f->n);
    if (before == flags)
        return;
    f->messages[at].flags = flags;
    for (struct mail_watch *w = f->watches; w != NULL; w = w->next)
        if (w != by && w->on_flags != NULL)
            w->on_flags(w->self, at);
    if (events_of(f)->on_flags != NULL)
        events_of(f)->on_flags(self_of(f), f, at, before);
}

uint32_t mail_folder_keyword_find(const struct mail_folder *f, struct span keyword)
{
    for (unsigned i = 0; f->keywords != NULL && i < f->keywords->len; i++)
        if (span_is_nocase(keyword, span_of(f->keywords->pdata[i])))
            return (uint32_t)MAIL_KEYWORD << i;
    return 0;
}

uint32_t mail_folder_keyword(struct mail_folder *f, struct span keyword)
{
    uint32_t known = mail_folder_keyword_find(f, keyword);

    if (known != 0)
        return known;
    if (f->keywords == NULL)
        f->keywords = g_ptr_array_new_with_free_func(g_free);
    if (f->keywords->len == MAIL_KEYWORDS_MAX)
        return 0;
    g_ptr_array_add(f->keywords, g_strndup(keyword.at, keyword.len));
    return (uint32_t)MAIL_KEYWORD << (f->keywords->len - 1);
}

void mail_flags_text(const struct mail_folder *f, uint32_t flags, GString *out)
{
    static const char *const names[] = { "\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft" };
    const char *space = "";

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        if (flags & 1u << i) {
            g_string_append_printf(out, "%s%s", space, names[i]);
            space = " ";
        }
    }
    for (unsigned i = 0; f->keywords != NULL && i < f->keywords->len; i++) {
        if (flags & (uint32_t)MAIL_KEYWORD << i) {
            g_string_append_printf(out, "%s%s", space, (const char *)f->keywords->pdata[i]);
            space = " ";
        }
    }
}

/* ---- Folders. */

static struct mail_folder *find(const struct mail_box *box, const char *name, size_t len)
{
    for (guint i = 0; i < box->folders->len; i++) {
        struct mail_folder *f = box->folders->pdata[i];

        if (strlen(f->name) == len && memcmp(f->name, name, len) == 0)
            return f;
    }
    return NULL;
}

struct mail_folder *mail_folder_find(const struct mail_box *box, struct span name)
{
    return span_is_nocase(name, SPAN("INBOX")) ? box->inbox : find(box, name.at, name.len);
}

/* The name as it is kept: a level that is INBOX in any case is INBOX, a last / is gone. NULL: bad; to be
 * freed. */
static char *clean_name(struct span name)
{
    if (name.len > 0 && name.at[name.len - 1] == LEVEL)
        name.len--;
    if (name.len == 0 || name.len > MAIL_FOLDER_NAME_MAX ||
        !g_utf8_validate(name.at, (gssize)name.len, NULL) || name.at[0] == LEVEL ||
        name.at[name.len - 1] == LEVEL)
        return NULL;
    for (size_t i = 0; i < name.len; i++)
        if ((guchar)name.at[i] < ' ' || name.at[i] == 0x7f || name.at[i] == '%' || name.at[i] == '*' ||
            (name.at[i] == LEVEL && name.at[i - 1] == LEVEL))
            return NULL;
    char *clean = g_strndup(name.at, name.len);
    if (span_starts_nocase(name, SPAN("INBOX")) && (name.len == 5 || name.at[5] == LEVEL))
        memcpy(clean, inbox_name, 5);
    return clean;
}

static bool is_below(const char *name, const char *above)
{
    size_t len = strlen(above);

    return strncmp(name, above, len) == 0 && name[len] == LEVEL;
}

bool mail_folder_has_children(const struct mail_folder *f)
{
    for (guint i = 0; i < f->box->folders->len; i++)
        if (is_below(((struct mail_folder *)f->box->folders->pdata[i])->name, f->name))
            return true;
    return false;
}

static void tell(struct mail_box *box, const char *what, const char *name, const char *new_name)
{
    const struct mail_box_events *e = box->boxes->events;

    if (e != NULL && e->on_folder != NULL)
        e->on_folder(box->boxes->events_self, box, what, name, new_name);
}

/* All levels of a name, those there are left as they are. */
static bool make_levels(struct mail_box *box, const char *name)
{
    for (size_t len = 1;; len++) {
        if (name[len] != LEVEL && name[len] != PATH_END)
            continue;
        if (find(box, name, len) == NULL) {
            char *level = g_strndup(name, len);
            bool fits = box->folders->len < MAIL_FOLDERS_MAX;

            if (fits) {
                folder_new(box, level);
                tell(box, "create", level, NULL);
            }
            g_free(level);
            if (!fits)
                return false;
        }
        if (name[len] == PATH_END)
            return true;
    }
}

enum mail_folder_done mail_folder_make(struct mail_box *box, struct span name)
{
    char *clean = clean_name(name);
    struct mail_folder *there = clean != NULL ? find(box, clean, strlen(clean)) : NULL;
    enum mail_folder_done done = MAIL_FOLDER_OK;

    if (clean == NULL)
        return MAIL_FOLDER_BAD_NAME;
    if (there != NULL && there->no_select) {
        there->no_select = false; /* a name that was left for those below it */
        there->uidvalidity = box->uidvalidity_next++;
        tell(box, "create", clean, NULL);
    } else if (there != NULL) {
        done = MAIL_FOLDER_EXISTS;
    } else if (!make_levels(box, clean)) {
        done = MAIL_FOLDER_TOO_MANY;
    }
    g_free(clean);
    return done;
}

static void empty(struct mail_folder *f)
{
    while (f->watches != NULL) {
        struct mail_watch *w = f->watches;

        mail_watch_stop(w);
        if (w->on_gone != NULL)
            w->on_gone(w->self);
    }
    while (f->n > 0)
        mail_folder_expunge(f, f->n - 1, NULL);
}

enum mail_folder_done mail_folder_remove(struct mail_box *box, struct span name)
{
    struct mail_folder *f = mail_folder_find(box, name);

    if (f == NULL)
        return MAIL_FOLDER_MISSING;
    if (f == box->inbox)
        return MAIL_FOLDER_IS_INBOX;
    if (f->no_select)
        return MAIL_FOLDER_HAS_CHILDREN;
    empty(f);
    tell(box, "delete", f->name, NULL);
    if (mail_folder_has_children(f))
        f->no_select = true;
    else
        g_ptr_array_remove(box->folders, f);
    return MAIL_FOLDER_OK;
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    const struct mail_folder *const *f = a, *const *g = b;

    return compare_names((*f)->name, (*g)->name);
}

/* INBOX cannot go: what is in it does. */
static enum mail_folder_done rename_inbox(struct mail_box *box, const char *to)
{
    struct mail_folder *f;

    if (!make_levels(box, to))
        return MAIL_FOLDER_TOO_MANY;
    f = find(box, to, strlen(to));
    while (box->inbox->n > 0) {
        mail_folder_copy(box->inbox, 0, f, box->inbox->messages[0].received);
        mail_folder_expunge(box->inbox, 0, NULL);
    }
    return MAIL_FOLDER_OK;
}

enum mail_folder_done mail_folder_rename(struct mail_box *box, struct span from, struct span to)
{
    struct mail_folder *f = mail_folder_find(box, from);
    char *old, *name = clean_name(to), *last;
    enum mail_folder_done done = MAIL_FOLDER_OK;

    if (f == NULL || name == NULL) {
        g_free(name);
        return f == NULL ? MAIL_FOLDER_MISSING : MAIL_FOLDER_BAD_NAME;
    }
    if (find(box, name, strlen(name)) != NULL || is_below(name, f->name)) {
        done = is_below(name, f->name) && f != box->inbox ? MAIL_FOLDER_BAD_NAME : MAIL_FOLDER_EXISTS;
        if (f == box->inbox && find(box, name, strlen(name)) == NULL)
            done = MAIL_FOLDER_OK; /* INBOX/Old may take what is in INBOX */
    }
    if (done == MAIL_FOLDER_OK && f == box->inbox) {
        done = rename_inbox(box, name);
    } else if (done == MAIL_FOLDER_OK) {
        last = strrchr(name, LEVEL);
        if (last != NULL) {
            char *above = g_strndup(name, (gsize)(last - name));

            if (!make_levels(box, above))
                done = MAIL_FOLDER_TOO_MANY;
            g_free(above);
        }
        for (guint i = 0; done == MAIL_FOLDER_OK && i < box->folders->len; i++) {
            struct mail_folder *g = box->folders->pdata[i];

            if (is_below(g->name, f->name) &&
                strlen(g->name) - strlen(f->name) + strlen(name) > MAIL_FOLDER_NAME_MAX)
                done = MAIL_FOLDER_BAD_NAME;
        }
    }
    if (done == MAIL_FOLDER_OK && f != box->inbox) {
        old = g_strdup(f->name);
        for (guint i = 0; i < box->folders->len; i++) {
            struct mail_folder *g = box->folders->pdata[i];

            if (g == f || is_below(g->name, old)) {
                char *renamed = g_strconcat(name, g->name + strlen(old), NULL);

                g_free(g->name);
                g->name = renamed;
            }
        }
        g_ptr_array_sort(box->folders, by_name);
        tell(box, "rename", old, name);
        g_free(old);
    } else if (done == MAIL_FOLDER_OK) {
        tell(box, "rename", inbox_name, name);
    }
    g_free(name);
    return done;
}

/* ---- Subscriptions. */

static int subscription(const struct mail_box *box, struct span name)
{
    if (span_is_nocase(name, SPAN("INBOX")))
        name = SPAN("INBOX");
    for (guint i = 0; box->subscribed != NULL && i < box->subscribed->len; i++)
        if (span_is(name, span_of(box->subscribed->pdata[i])))
            return (int)i;
    return -1;
}

bool mail_is_subscribed(const struct mail_box *box, const char *name)
{
    return subscription(box, span_of(name)) >= 0;
}

static gint by_text(gconstpointer a, gconstpointer b)
{
    const char *const *s = a, *const *t = b;

    return compare_names(*s, *t);
}

void mail_subscribe(struct mail_box *box, struct span name)
{
    char *clean = clean_name(name);

    if (clean != NULL && subscription(box, span_of(clean)) < 0) {
        if (box->subscribed == NULL)
            box->subscribed = g_ptr_array_new_with_free_func(g_free);
        if (box->subscribed->len < MAIL_FOLDERS_MAX) {
            tell(box, "subscribe", clean, NULL);
            g_ptr_array_add(box->subscribed, g_steal_pointer(&clean));
            g_ptr_array_sort(box->subscribed, by_text);
        }
    }
    g_free(clean);
}

bool mail_unsubscribe(struct mail_box *box, struct span name)
{
    int at = subscription(box, name);

    if (at < 0)
        return false;
    tell(box, "unsubscribe", box->subscribed->pdata[at], NULL);
    g_ptr_array_remove_index(box->subscribed, (guint)at);
    return true;
}

/* ---- Watching. */

void mail_watch_start(struct mail_watch *w, struct mail_folder *f)
{
    struct mail_watch **last = &f->watches;

    mail_watch_stop(w);
    w->prev = NULL;
    while (*last != NULL) {
        w->prev = *last;
        last = &(*last)->next;
    }
    w->next = NULL;
    w->folder = f;
    *last = w;
}

void mail_watch_stop(struct mail_watch *w)
{
    if (w->folder == NULL)
        return;
    if (w->prev != NULL)
        w->prev->next = w->next;
    else
        w->folder->watches = w->next;
    if (w->next != NULL)
        w->next->prev = w->prev;
    w->folder = NULL;
    w->next = w->prev = NULL;
}
