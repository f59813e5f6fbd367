/* Where a mail is now, in a sentence, by the records that tell of it. */
#include "inspector.h"

#include <string.h>

#include "words.h"

char *mail_field(const struct record *r, enum key key)
{
    const struct field *f = record_field(r, key);
    char buf[FIELD_BUF_MAX];
    struct span s = { "", 0 };

    if (f != NULL)
        s = field_text(f, buf);
    return g_utf8_make_valid(s.at, (gssize)s.len);
}

/* A copy in a mailbox. */
struct copy {
    char *host, *user, *folder, *uid;
};

struct whereabouts {
    GHashTable *queued; /* host → how many recipients it is queued for there */
    GPtrArray *copies;  /* of struct copy */
    GString *read_on, *lost;
    bool is_deleted, by_pop3;
};

static void copy_free(void *data)
{
    struct copy *c = data;

    g_free(c->host);
    g_free(c->user);
    g_free(c->folder);
    g_free(c->uid);
    g_free(c);
}

static void add_copy(struct whereabouts *w, const struct record *r, enum key folder, enum key uid)
{
    struct copy *c = g_new(struct copy, 1);

    *c = (struct copy){ g_strdup(r->host), mail_field(r, KEY_USER), mail_field(r, folder),
                        mail_field(r, uid) };
    g_ptr_array_add(w->copies, c);
}

static void remove_copy(struct whereabouts *w, const struct record *r)
{
    g_autofree char *user = mail_field(r, KEY_USER), *folder = mail_field(r, KEY_FOLDER),
                    *uid = mail_field(r, KEY_UID);

    w->is_deleted = true;
    for (unsigned i = 0; i < w->copies->len; i++) {
        const struct copy *c = w->copies->pdata[i];
        if (g_strcmp0(c->host, r->host) == 0 && strcmp(c->user, user) == 0 &&
            strcmp(c->folder, folder) == 0 && strcmp(c->uid, uid) == 0) {
            g_ptr_array_remove_index(w->copies, i);
            return;
        }
    }
}

/* Each name once, parted by commas. */
static void add_name(GString *list, const char *name)
{
    g_auto(GStrv) names = g_strsplit(list->str, ", ", -1);

    if (!g_strv_contains((const char *const *)names, name))
        g_string_append_printf(list, "%s%s", list->len > 0 ? ", " : "", name);
}

static void follow_queue(struct whereabouts *w, const struct record *r)
{
    const char *host = r->host != NULL ? r->host : "";
    int open = GPOINTER_TO_INT(g_hash_table_lookup(w->queued, host));
    g_autofree char *recipients = mail_field(r, KEY_RECIPIENTS);

    if (r->event == EV_QUEUE_ADD) /* the entry is gone when each of them is done */
        open += MAX((int)g_ascii_strtoull(recipients, NULL, 10), 1);
    else
        open = MAX(open - 1, 0);
    g_hash_table_replace(w->queued, g_strdup(host), GINT_TO_POINTER(open));
}

static void follow(struct whereabouts *w, const struct record *r)
{
    g_autofree char *recipient = mail_field(r, KEY_RECIPIENT), *method = mail_field(r, KEY_METHOD),
                    *what = mail_field(r, KEY_WHAT);

    switch ((int)r->event) {
    case EV_QUEUE_ADD:
    case EV_QUEUE_DONE:
    case EV_QUEUE_BOUNCE:
        follow_queue(w, r);
        if (r->event == EV_QUEUE_BOUNCE)
            add_name(w->lost, recipient);
        break;
    case EV_MAILBOX_STORE:
        add_copy(w, r, KEY_FOLDER, KEY_UID);
        break;
    case EV_MAILBOX_COPY:
        add_copy(w, r, KEY_INTO, KEY_INTO_UID);
        break;
    case EV_MAILBOX_DELETE:
        remove_copy(w, r);
        break;
    case EV_AGENT_READ:
        if (strcmp(what, "headers") != 0 && r->host != NULL) {
            add_name(w->read_on, r->host);
            w->by_pop3 = w->by_pop3 || strcmp(method, "pop3") == 0;
        }
        break;
    case EV_AGENT_LOST:
        add_name(w->lost, recipient);
        break;
    default:
        break;
    }
}

static void say_copies(const struct whereabouts *w, GString *out)
{
    GString *list = g_string_new(NULL);

    for (unsigned i = 0; i < w->copies->len; i++) {
        const struct copy *c = w->copies->pdata[i];
        bool is_inbox = c->folder[0] == '\0' || g_ascii_strcasecmp(c->folder, "INBOX") == 0;
        g_autofree char *text = is_inbox ? g_strdup(c->user)
                                         : g_strdup_printf(_("%s (folder %s)"), c->user, c->folder);
        add_name(list, text);
    }
    if (list->len > 0)
        g_string_append_printf(out, _("It is in the mailbox of %s. "), list->str);
    else if (w->is_deleted)
        g_string_append(out, _("It is deleted from the mailbox. "));
    if (w->read_on->len > 0 && w->by_pop3)
        g_string_append_printf(out, _("It was downloaded to %s. "), w->read_on->str);
    else if (w->read_on->len > 0)
        g_string_append_printf(out, _("It was read on %s. "), w->read_on->str);
    g_string_free(list, TRUE);
}

char *mail_where(const struct app *a, const GArray *trail)
{
    struct whereabouts w = { g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
                             g_ptr_array_new_with_free_func(copy_free),
                             g_string_new(NULL),
                             g_string_new(NULL),
                             false,
                             false };
    GString *out = g_string_new(NULL);

    for (unsigned i = 0; i < trail->len && g_array_index(trail, int64_t, i) <= a->player.at; i++)
        follow(&w, view_tape_nth(a->player.tape, g_array_index(trail, int64_t, i)));
    const struct mxlab *m = app_world(a);
    for (unsigned i = 0; m != NULL && i < view_hosts(m);
         i++) /* in the order of hosts, whatever the table's is */
        if (GPOINTER_TO_INT(g_hash_table_lookup(w.queued, view_host(m, i).name)) > 0)
            g_string_append_printf(out, _("It is in the queue of %s. "), view_host(m, i).name);
    say_copies(&w, out);
    if (w.lost->len > 0)
        g_string_append_printf(out, _("It will not reach %s. "), w.lost->str);
    if (out->len == 0)
        g_string_append(out, _("It is on its way to the first server."));
    g_strchomp(out->str);
    g_hash_table_unref(w.queued);
    g_ptr_array_unref(w.copies);
    g_string_free(w.read_on, TRUE);
    g_string_free(w.lost, TRUE);
    return g_string_free(out, FALSE);
}
