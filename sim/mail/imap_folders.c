/* The verbs about folders: SELECT, EXAMINE, CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE, STATUS, NAMESPACE
 * (RFC 3501 §6.3, RFC 2342). */
#include "mail/imap_server_internal.h"
#include "mail/imap_text.h"
#include "mail/imap_utf7.h"

bool imap_take_folder_name(struct imap_server *s, GString *name)
{
    return imap_utf7_decode(imap_args_take_astring(&s->args, "a folder's name"), name);
}

/* Commands whose one argument is a folder. */
typedef enum imap_server_state folder_handler(struct imap_server *s, struct span name);

enum imap_server_state imap_no_name(struct imap_server *s)
{
    return imap_no(s, "[CANNOT] That is no name in modified UTF-7 (RFC 3501 5.1.3)");
}

static enum imap_server_state with_name(struct imap_server *s, folder_handler *run)
{
    GString *name = g_string_new(NULL);
    enum imap_server_state now;
    bool is_name;

    imap_args_take_space(&s->args);
    is_name = imap_take_folder_name(s, name);
    imap_args_take_end(&s->args);
    if (s->args.fault != NULL)
        now = imap_bad_args(s);
    else if (!is_name)
        now = imap_no_name(s);
    else
        now = run(s, span_bytes(name->str, name->len));
    g_string_free(name, TRUE);
    return now;
}

/* ---- SELECT and EXAMINE. */

static void say_selected(struct imap_server *s)
{
    const struct imap_view *v = &s->view;

    imap_say(s, "", "%u EXISTS", v->n);
    imap_say(s, "", "%u RECENT", v->n_recent);
    imap_say_flags(s);
    for (unsigned i = 0; i < v->n; i++) {
        if (!(v->messages[i].flags & MAIL_SEEN)) {
            imap_say(s, "OK", "[UNSEEN %u] The first that is not read", i + 1);
            break;
        }
    }
    imap_say(s, "OK", "[UIDVALIDITY %u] UIDs are valid", v->folder->uidvalidity);
    imap_say(s, "OK", "[UIDNEXT %u] The next one's UID", v->folder->uid_next);
}

/* The folder selected before is closed, whatever becomes of this (§6.3.1). */
static enum imap_server_state open_folder(struct imap_server *s, struct span name, bool read_only)
{
    struct mail_folder *f = mail_folder_find(s->box, name);

    imap_view_close(&s->view);
    if (f == NULL || f->no_select) {
        imap_no(s, f == NULL ? "[NONEXISTENT] No such folder"
                             : "[CANNOT] That is no folder, but a level above some");
        return IMAP_S_AUTHENTICATED;
    }
    imap_view_open(&s->view, f, read_only);
    say_selected(s);
    imap_ok(s, read_only ? "[READ-ONLY] EXAMINE completed" : "[READ-WRITE] SELECT completed");
    return IMAP_S_SELECTED;
}

static enum imap_server_state select_named(struct imap_server *s, struct span name)
{
    return open_folder(s, name, false);
}

static enum imap_server_state examine_named(struct imap_server *s, struct span name)
{
    return open_folder(s, name, true);
}

enum imap_server_state imap_on_select(struct imap_server *s)
{
    return with_name(s, select_named);
}

enum imap_server_state imap_on_examine(struct imap_server *s)
{
    return with_name(s, examine_named);
}

/* ---- Making and unmaking. */

static enum imap_server_state reply_done(struct imap_server *s, enum mail_folder_done done)
{
    switch (done) { /* codes of RFC 5530 */
    case MAIL_FOLDER_OK:
        return imap_completed(s);
    case MAIL_FOLDER_EXISTS:
        return imap_no(s, "[ALREADYEXISTS] There is such a folder");
    case MAIL_FOLDER_MISSING:
        return imap_no(s, "[NONEXISTENT] No such folder");
    case MAIL_FOLDER_BAD_NAME:
        return imap_no(s, "[CANNOT] A folder can't have that name");
    case MAIL_FOLDER_IS_INBOX:
        return imap_no(s, "[CANNOT] INBOX stays");
    case MAIL_FOLDER_HAS_CHILDREN:
        return imap_no(s, "[CANNOT] Folders below it are there");
    case MAIL_FOLDER_TOO_MANY:
        break;
    }
    return imap_no(s, "[LIMIT] Too many folders");
}

static enum imap_server_state create_named(struct imap_server *s, struct span name)
{
    return reply_done(s, mail_folder_make(s->box, name));
}

/* Who deletes the folder that is selected is out of it; others hear of it later. */
static enum imap_server_state delete_named(struct imap_server *s, struct span name)
{
    bool had_one = s->view.folder != NULL;
    enum mail_folder_done done = mail_folder_remove(s->box, name);

    if (!had_one || s->view.folder != NULL)
        return reply_done(s, done);
    s->view.has_lost = false;
    reply_done(s, done);
    return IMAP_S_AUTHENTICATED;
}

static enum imap_server_state subscribe_named(struct imap_server *s, struct span name)
{
    const struct mail_folder *f = mail_folder_find(s->box, name);

    if (f == NULL) /* §6.3.6 allows to ask */
        return imap_no(s, "[NONEXISTENT] No such folder");
    mail_subscribe(s->box, name);
    return mail_is_subscribed(s->box, f->name) ? imap_completed(s)
                                               : imap_no(s, "[LIMIT] Too many subscriptions");
}

static enum imap_server_state unsubscribe_named(struct imap_server *s, struct span name)
{
    return mail_unsubscribe(s->box, name) ? imap_completed(s)
                                          : imap_no(s, "[NONEXISTENT] No such subscription");
}

enum imap_server_state imap_on_create(struct imap_server *s)
{
    return with_name(s, create_named);
}

enum imap_server_state imap_on_delete(struct imap_server *s)
{
    return with_name(s, delete_named);
}

enum imap_server_state imap_on_subscribe(struct imap_server *s)
{
    return with_name(s, subscribe_named);
}

enum imap_server_state imap_on_unsubscribe(struct imap_server *s)
{
    return with_name(s, unsubscribe_named);
}

enum imap_server_state imap_on_rename(struct imap_server *s)
{
    GString *from = g_string_new(NULL), *to = g_string_new(NULL);
    enum imap_server_state now;
    bool are_names;

    imap_args_take_space(&s->args);
    are_names = imap_take_folder_name(s, from);
    imap_args_take_space(&s->args);
    are_names = imap_take_folder_name(s, to) && are_names;
    imap_args_take_end(&s->args);
    if (s->args.fault != NULL)
        now = imap_bad_args(s);
    else if (!are_names)
        now = imap_no_name(s);
    else
        now = reply_done(
            s, mail_folder_rename(s->box, span_bytes(from->str, from->len), span_bytes(to->str, to->len)));
    g_string_free(from, TRUE);
    g_string_free(to, TRUE);
    return now;
}

/* ---- STATUS. */

enum { MESSAGES, RECENT, UIDNEXT, UIDVALIDITY, UNSEEN, ITEMS };
static const char *const item_names[ITEMS] = { "MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN" };

/* "(MESSAGES UNSEEN)" as bits. */
static unsigned take_items(struct imap_args *a)
{
    unsigned asked = 0;

    imap_args_take(a, '(');
    do {
        struct span item = imap_args_take_atom(a, "an item of STATUS");
        unsigned i = 0;

        while (i < ITEMS && !span_is_nocase(item, span_of(item_names[i])))
            i++;
        if (i == ITEMS)
            imap_args_expected(a, "MESSAGES, RECENT, UIDNEXT, UIDVALIDITY or UNSEEN");
        asked |= 1u << i;
    } while (imap_args_take_if(a, ' '));
    imap_args_take(a, ')');
    return asked;
}

static unsigned count_unseen(const struct mail_folder *f)
{
    unsigned n = 0;

    for (unsigned i = 0; i < f->n; i++)
        n += !(f->messages[i].flags & MAIL_SEEN);
    return n;
}

static void say_status(struct imap_server *s, const struct mail_folder *f, unsigned asked)
{
    size_t begun = imap_begin(s);
    unsigned values[ITEMS];
    const char *space = "";

    values[MESSAGES] = f->n;
    values[RECENT] = f->n - mail_folder_from(f, f->recent_from);
    values[UIDNEXT] = f->uid_next;
    values[UIDVALIDITY] = f->uidvalidity;
    values[UNSEEN] = count_unseen(f);
    g_string_append(s->out, "STATUS ");
    imap_put_folder_name(s->out, span_of(f->name));
    g_string_append(s->out, " (");
    for (unsigned i = 0; i < ITEMS; i++) {
        if (asked & 1u << i) {
            g_string_append_printf(s->out, "%s%s %u", space, item_names[i], values[i]);
            space = " ";
        }
    }
    g_string_append_c(s->out, ')');
    imap_end(s, begun, 0);
}

enum imap_server_state imap_on_status(struct imap_server *s)
{
    GString *name = g_string_new(NULL);
    const struct mail_folder *f;
    unsigned asked;
    bool is_name;

    imap_args_take_space(&s->args);
    is_name = imap_take_folder_name(s, name);
    imap_args_take_space(&s->args);
    asked = take_items(&s->args);
    imap_args_take_end(&s->args);
    f = is_name ? mail_folder_find(s->box, span_bytes(name->str, name->len)) : NULL;
    g_string_free(name, TRUE);
    if (s->args.fault != NULL)
        return imap_bad_args(s);
    if (f == NULL || f->no_select)
        return imap_no(s, f == NULL ? "[NONEXISTENT] No such folder"
                                    : "[CANNOT] That is no folder, but a level above some");
    say_status(s, f, asked);
    return imap_completed(s);
}

/* ---- NAMESPACE. */

enum imap_server_state imap_on_namespace(struct imap_server *s)
{
    imap_args_take_end(&s->args);
    if (s->args.fault != NULL)
        return imap_bad_args(s);
    imap_say(s, "", "NAMESPACE ((\"\" \"/\")) NIL NIL"); /* all folders are one's own */
    return imap_completed(s);
}
