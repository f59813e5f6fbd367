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

/* Nobody watches it any more. */
static void send_away(struct mail_folder *f)
{
    while (f->watches != NULL) {
        struct mail_watch *w = f->watches;

        mail_watch_stop(w);
        if (w->on_gone != NULL)
            w->on_gone(w->self);
    }
}

static void folder_free(gpointer data)
{
    struct mail_folder *f = data;

    send_away(f);
    for (unsigned i = 0; i < f->n; i++) {
        f->box->used -= f->messages[i].message->data.len;
        mail_message_unref(&f->messages[i].message);
    }
    g_free(f->place);
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
    assert(box->is_locked);
    box->is_locked = false;
}

/* ---- Messages. */

/* The room of messages that went from the front is used again, unless it is little: then each message would
 * move for a few others. */
static void make_room(struct mail_folder *f)
{
    if (f->n > 0)
        memmove(f->place, f->messages, f->n * sizeof f->messages[0]);
    if (f->n >= f->room / 2) {
        f->room = f->room > 0 ? 2 * f->room : 4;
        f->place = g_renew(struct mail_stored, f->place, f->room);
    }
    f->messages = f->place;
}

/* Close the gap from the nearer end: many folders are emptied from the front. */
static void take_out(struct mail_folder *f, unsigned at)
{
    f->n--;
    if (at < f->n / 2) {
        memmove(&f->messages[1], &f->messages[0], at * sizeof f->messages[0]);
        f->messages++;
    } else {
        memmove(&f->messages[at], &f->messages[at + 1], (f->n - at) * sizeof f->messages[0]);
    }
}

/* Put it in and tell the watchers; the server is told by the caller, who knows where it is from. */
static unsigned put(struct mail_folder *f, struct mail_message *m, uint32_t flags, int64_t date_s,
                    sim_time now)
{
    if ((size_t)(f->messages - f->place) + f->n == f->room)
        make_room(f);
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
    struct mail_stored m; /* not a pointer: the two folders may be one, and it may move */
    uint32_t flags;
    unsigned to_at;

    assert(at < from->n);
    m = from->messages[at];
    flags = m.flags & (MAIL_KEYWORD - 1);
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
    struct mail_message *m;
    uint32_t uid;

    assert(at < f->n);
    m = f->messages[at].message;
    uid = f->messages[at].uid;
    f->box->used -= m->data.len;
    take_out(f, at);
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
    uint32_t before;

    assert(at < f->n);
    before = f->messages[at].flags;
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

    assert(keyword.len > 0);
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

/* Its first level is INBOX, in any case (RFC 3501 §5.1). */
static bool begins_with_inbox(struct span name)
{
    return span_starts_nocase(name, SPAN("INBOX")) && (name.len == 5 || name.at[5] == LEVEL);
}

struct mail_folder *mail_folder_find(const struct mail_box *box, struct span name)
{
    char inbox_child[MAIL_FOLDER_NAME_MAX];

    if (name.len > MAIL_FOLDER_NAME_MAX)
        return NULL;
    if (begins_with_inbox(name)) {
        memcpy(inbox_child, name.at, name.len);
        memcpy(inbox_child, inbox_name, 5);
        name.at = inbox_child;
    }
    return find(box, name.at, name.len);
}

/* No controls, of ASCII or of Latin-1 (U+0080 to U+009F), and no wildcards of LIST. */
static bool is_plain(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        guchar c = (guchar)name.at[i], next = i + 1 < name.len ? (guchar)name.at[i + 1] : 0;

        if (c < ' ' || c == 0x7f || c == '%' || c == '*' || (c == 0xc2 && next < 0xa0))
            return false;
    }
    return true;
}

static bool has_empty_level(struct span name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.at[i] == LEVEL && (i == 0 || i + 1 == name.len || name.at[i - 1] == LEVEL))
            return true;
    return name.len == 0;
}

/* The name as it is kept: a first level that is INBOX in any case is INBOX, a last / is gone. NULL: bad; to
 * be freed. */
static char *clean_name(struct span name)
{
    char *clean;

    if (name.len > 0 && name.at[name.len - 1] == LEVEL)
        name.len--;
    if (has_empty_level(name) || name.len > MAIL_FOLDER_NAME_MAX || !is_plain(name) ||
        !g_utf8_validate(name.at, (gssize)name.len, NULL))
        return NULL;
    clean = g_strndup(name.at, name.len);
    if (begins_with_inbox(name))
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

/* Its next level from `len` on ends here: "a" and "a/b" of "a/b", then 0. */
static size_t next_level(const char *name, size_t len)
{
    if (len > 0 && name[len] == PATH_END)
        return 0;
    do
        len++;
    while (name[len] != LEVEL && name[len] != PATH_END);
    return len;
}

/* There is room for those of its levels that are not there yet. */
static bool levels_fit(const struct mail_box *box, const char *name)
{
    unsigned missing = 0;

    for (size_t len = 0; (len = next_level(name, len)) > 0;)
        missing += find(box, name, len) == NULL;
    return box->folders->len + missing <= MAIL_FOLDERS_MAX;
}

/* All levels of a name, those there left as they are. */
static void make_levels(struct mail_box *box, const char *name)
{
    for (size_t len = 0; (len = next_level(name, len)) > 0;) {
        if (find(box, name, len) == NULL) {
            char *level = g_strndup(name, len);

            folder_new(box, level);
            tell(box, "create", level, NULL);
            g_free(level);
        }
    }
}

enum mail_folder_done mail_folder_make(struct mail_box *box, struct span name)
{
    char *clean = clean_name(name);
    struct mail_folder *there = clean != NULL ? find(box, clean, strlen(clean)) : NULL;
    enum mail_folder_done done = MAIL_FOLDER_OK;

    if (clean == NULL)
        return MAIL_FOLDER_BAD_NAME;
    if (there != NULL && there->no_select) { /* a name that was left for those below it */
        there->no_select = false;
        there->uidvalidity = box->uidvalidity_next++;
        tell(box, "create", clean, NULL);
    } else if (there != NULL) {
        done = MAIL_FOLDER_EXISTS;
    } else if (!levels_fit(box, clean)) {
        done = MAIL_FOLDER_TOO_MANY;
    } else {
        make_levels(box, clean);
    }
    g_free(clean);
    return done;
}

/* Names that were left for those below them go with the last of these. From the end: what is below a name
 * stands behind it. */
static void drop_bare_names(struct mail_box *box)
{
    for (guint i = box->folders->len; i-- > 0;) {
        const struct mail_folder *f = box->folders->pdata[i];

        if (f->no_select && !mail_folder_has_children(f))
            g_ptr_array_remove_index(box->folders, i);
    }
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
    send_away(f);
    while (f->n > 0)
        mail_folder_expunge(f, 0, NULL);
    g_clear_pointer(&f->keywords, g_ptr_array_unref);
    f->no_select = true;
    tell(box, "delete", f->name, NULL);
    drop_bare_names(box);
    return MAIL_FOLDER_OK;
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    const struct mail_folder *const *f = a, *const *g = b;

    return compare_names((*f)->name, (*g)->name);
}

/* The name without its last level; NULL if it has one only. To be freed. */
static char *level_above(const char *name)
{
    const char *last = strrchr(name, LEVEL);

    return last != NULL ? g_strndup(name, (gsize)(last - name)) : NULL;
}

static enum mail_folder_done may_rename(const struct mail_box *box, const struct mail_folder *f,
                                        const char *to)
{
    char *above;
    bool fits;

    if (find(box, to, strlen(to)) != NULL)
        return MAIL_FOLDER_EXISTS;
    if (f == box->inbox)
        return levels_fit(box, to) ? MAIL_FOLDER_OK : MAIL_FOLDER_TOO_MANY;
    if (is_below(to, f->name))
        return MAIL_FOLDER_BAD_NAME;
    for (guint i = 0; i < box->folders->len; i++) {
        const struct mail_folder *g = box->folders->pdata[i];

        if (is_below(g->name, f->name) &&
            strlen(g->name) - strlen(f->name) + strlen(to) > MAIL_FOLDER_NAME_MAX)
            return MAIL_FOLDER_BAD_NAME;
    }
    above = level_above(to);
    fits = above == NULL || levels_fit(box, above);
    g_free(above);
    return fits ? MAIL_FOLDER_OK : MAIL_FOLDER_TOO_MANY;
}

/* INBOX cannot go: what is in it does. */
static void rename_inbox(struct mail_box *box, const char *to)
{
    struct mail_folder *f;

    make_levels(box, to);
    f = find(box, to, strlen(to));
    while (box->inbox->n > 0) {
        mail_folder_copy(box->inbox, 0, f, box->inbox->messages[0].received);
        mail_folder_expunge(box->inbox, 0, NULL);
    }
    tell(box, "rename", inbox_name, to);
}

/* Under the new name there may have been another folder, and somebody may remember its uids: a uidvalidity
 * above all earlier ones tells him to forget them (RFC 3501 §2.3.1.1). */
static void rename_with_children(struct mail_box *box, struct mail_folder *f, const char *to)
{
    char *old = g_strdup(f->name), *above = level_above(to);

    if (above != NULL)
        make_levels(box, above);
    g_free(above);
    for (guint i = 0; i < box->folders->len; i++) {
        struct mail_folder *g = box->folders->pdata[i];

        if (g == f || is_below(g->name, old)) {
            char *renamed = g_strconcat(to, g->name + strlen(old), NULL);

            g_free(g->name);
            g->name = renamed;
            g->uidvalidity = box->uidvalidity_next++;
        }
    }
    g_ptr_array_sort(box->folders, by_name);
    drop_bare_names(box);
    tell(box, "rename", old, to);
    g_free(old);
}

enum mail_folder_done mail_folder_rename(struct mail_box *box, struct span from, struct span to)
{
    struct mail_folder *f = mail_folder_find(box, from);
    char *name = clean_name(to);
    enum mail_folder_done done = f == NULL      ? MAIL_FOLDER_MISSING
                                 : name == NULL ? MAIL_FOLDER_BAD_NAME
                                                : may_rename(box, f, name);

    if (done == MAIL_FOLDER_OK && f == box->inbox)
        rename_inbox(box, name);
    else if (done == MAIL_FOLDER_OK)
        rename_with_children(box, f, name);
    g_free(name);
    return done;
}

/* ---- Subscriptions. */

/* Its place among the subscriptions; -1: none. `name` is clean. */
static int subscription(const struct mail_box *box, const char *name)
{
    for (guint i = 0; box->subscribed != NULL && i < box->subscribed->len; i++)
        if (strcmp(name, box->subscribed->pdata[i]) == 0)
            return (int)i;
    return -1;
}

bool mail_is_subscribed(const struct mail_box *box, const char *name)
{
    char *clean = clean_name(span_of(name));
    bool is = clean != NULL && subscription(box, clean) >= 0;

    g_free(clean);
    return is;
}

static gint by_text(gconstpointer a, gconstpointer b)
{
    const char *const *s = a, *const *t = b;

    return compare_names(*s, *t);
}

bool mail_subscribe(struct mail_box *box, struct span name)
{
    char *clean = clean_name(name);
    bool is_new = clean != NULL && subscription(box, clean) < 0;

    if (box->subscribed == NULL)
        box->subscribed = g_ptr_array_new_with_free_func(g_free);
    if (clean == NULL || (is_new && box->subscribed->len == MAIL_FOLDERS_MAX)) {
        g_free(clean);
        return false;
    }
    if (!is_new) {
        g_free(clean);
        return true;
    }
    g_ptr_array_add(box->subscribed, clean);
    g_ptr_array_sort(box->subscribed, by_text);
    tell(box, "subscribe", clean, NULL);
    return true;
}

bool mail_unsubscribe(struct mail_box *box, struct span name)
{
    char *clean = clean_name(name);
    int at = clean != NULL ? subscription(box, clean) : -1;

    if (at >= 0) {
        g_ptr_array_remove_index(box->subscribed, (guint)at);
        tell(box, "unsubscribe", clean, NULL);
    }
    g_free(clean);
    return at >= 0;
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
