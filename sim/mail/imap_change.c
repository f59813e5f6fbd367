/* The verbs that change messages: STORE, EXPUNGE, CLOSE, COPY, MOVE (RFC 3501 §6.4, RFC 4315, RFC 6851), and
 * CHECK and UNSELECT, which don't. */
#include "mail/imap_server_internal.h"

/* ---- Which messages. */

static void add_indexes(GArray *indexes, guint first, guint end)
{
    for (guint i = first; i < end; i++)
        g_array_append_val(indexes, i);
}

GArray *imap_resolve(struct imap_server *s, struct imap_set *set)
{
    const struct imap_view *v = &s->view;
    GArray *indexes;

    if (!s->by_uid && v->n == 0)
        return NULL;
    imap_set_settle(set, !s->by_uid ? v->n : v->n > 0 ? v->messages[v->n - 1].uid : v->known);
    if (!s->by_uid && set->ranges[set->n - 1].last > v->n) /* §9, seq-number */
        return NULL;
    indexes = g_array_new(FALSE, FALSE, sizeof(guint));
    for (unsigned i = 0; i < set->n; i++) {
        struct imap_range r = set->ranges[i];

        if (s->by_uid) /* those that are not there are passed over (§6.4.8) */
            add_indexes(indexes, imap_view_from(v, r.first),
                        r.last < UINT32_MAX ? imap_view_from(v, r.last + 1) : v->n);
        else
            add_indexes(indexes, r.first - 1, r.last);
    }
    return indexes;
}

/* ---- CHECK, CLOSE, UNSELECT, EXPUNGE. */

enum imap_server_state imap_on_check(struct imap_server *s)
{
    return imap_ends(s) ? imap_completed(s) : imap_bad_args(s); /* all is on disk at once */
}

enum imap_server_state imap_on_unselect(struct imap_server *s)
{
    if (!imap_ends(s))
        return imap_bad_args(s);
    imap_completed(s);
    return IMAP_S_AUTHENTICATED;
}

/* Those marked \Deleted, of `uids` or (NULL) of all. */
static void expunge(struct imap_server *s, const struct imap_set *uids)
{
    struct imap_view *v = &s->view;

    for (unsigned i = 0; i < v->n; i++) {
        const struct imap_viewed *m = &v->messages[i];

        if (!m->is_gone && (m->flags & MAIL_DELETED) && (uids == NULL || imap_set_has(uids, m->uid)))
            imap_view_expunge(v, i);
    }
}

/* §6.4.2: without a word of it; and where one may only read, nothing happens. */
enum imap_server_state imap_on_close(struct imap_server *s)
{
    if (!imap_ends(s))
        return imap_bad_args(s);
    if (!s->view.is_read_only) {
        imap_view_take_new(&s->view);
        expunge(s, NULL);
    }
    imap_completed(s);
    return IMAP_S_AUTHENTICATED;
}

static enum imap_server_state no_writing(struct imap_server *s)
{
    return imap_no(s, "The folder is open to be read only");
}

enum imap_server_state imap_on_expunge(struct imap_server *s)
{
    struct imap_set uids = { NULL };
    enum imap_server_state now;

    if (s->by_uid) {
        imap_args_take_space(&s->args);
        imap_args_take_set(&s->args, &uids);
    }
    if (!imap_ends(s)) {
        now = imap_bad_args(s);
    } else if (s->view.is_read_only) {
        now = no_writing(s);
    } else {
        imap_update(s, true); /* what has come since has to be known before it goes */
        if (s->by_uid)
            imap_set_settle(&uids, s->view.n > 0 ? s->view.messages[s->view.n - 1].uid : s->view.known);
        expunge(s, s->by_uid ? &uids : NULL);
        now = imap_completed(s);
    }
    imap_set_release(&uids);
    return now;
}

/* ---- STORE. */

struct store {
    char how; /* '+', '-', or '=' */
    bool silent;
    struct imap_flags flags;
};

/* "+FLAGS.SILENT (\Seen)" */
static void take_store(struct imap_args *a, struct store *out)
{
    *out = (struct store){ .how = '=' };
    if (imap_args_take_if(a, '+'))
        out->how = '+';
    else if (imap_args_take_if(a, '-'))
        out->how = '-';
    if (!imap_args_take_word_if(a, SPAN("FLAGS")))
        imap_args_expected(a, "FLAGS, +FLAGS or -FLAGS");
    out->silent = imap_args_take_word_if(a, SPAN(".SILENT"));
    imap_args_take_space(a);
    imap_args_take_flags(a, &out->flags);
}

/* The flags as bits. Keywords that are taken away need not be made. */
static uint32_t flag_bits(struct mail_folder *f, const struct store *o)
{
    uint32_t bits = o->flags.system;

    for (unsigned i = 0; i < o->flags.n_keywords; i++)
        bits |= o->how == '-' ? mail_folder_keyword_find(f, o->flags.keywords[i])
                              : mail_folder_keyword(f, o->flags.keywords[i]);
    return bits;
}

static void say_flags_of(struct imap_server *s, unsigned at)
{
    const struct imap_viewed *m = &s->view.messages[at];
    size_t begun = imap_begin(s);

    g_string_append_printf(s->out, "%u FETCH (", at + 1);
    if (s->by_uid)
        g_string_append_printf(s->out, "UID %u ", m->uid);
    g_string_append(s->out, "FLAGS (");
    imap_view_flags_text(&s->view, at, s->out);
    g_string_append(s->out, "))");
    imap_view_told(&s->view, at);
    imap_end(s, begun, m->message->mail);
}

/* How many of them others have expunged: those keep their flags. */
static unsigned store(struct imap_server *s, const GArray *indexes, const struct store *o)
{
    struct imap_view *v = &s->view;
    uint32_t bits = flag_bits(v->folder, o);
    unsigned n_gone = 0;

    imap_say_new_keywords(s);
    for (guint i = 0; i < indexes->len; i++) {
        unsigned at = g_array_index(indexes, guint, i);
        uint32_t flags = v->messages[at].flags;

        if (v->messages[at].is_gone) {
            n_gone++;
            continue;
        }
        imap_view_set_flags(v, at, o->how == '+' ? flags | bits : o->how == '-' ? flags & ~bits : bits);
        if (!o->silent)
            say_flags_of(s, at);
    }
    return n_gone;
}

enum imap_server_state imap_on_store(struct imap_server *s)
{
    struct imap_set set;
    struct store o;
    GArray *indexes = NULL;
    enum imap_server_state now;
    unsigned n_gone;

    imap_args_take_space(&s->args);
    imap_args_take_set(&s->args, &set);
    imap_args_take_space(&s->args);
    take_store(&s->args, &o);
    if (!imap_ends(s)) {
        now = imap_bad_args(s);
    } else if ((indexes = imap_resolve(s, &set)) == NULL) {
        now = imap_bad(s, "No message has that number");
    } else if (s->view.is_read_only) {
        now = no_writing(s);
    } else if (o.how != '-' && !imap_has_room_for_keywords(s->view.folder, &o.flags)) {
        now = imap_no(s, "[LIMIT] Too many keywords in this folder");
    } else {
        n_gone = store(s, indexes, &o);
        if (n_gone == 0 || s->by_uid)
            now = imap_completed(s);
        else if (o.silent) /* RFC 2180 §4.2.1 to §4.2.3 */
            now = imap_ok(s, "[EXPUNGEISSUED] Some of them are expunged");
        else
            now = imap_no(s, "[EXPUNGEISSUED] Some of them are expunged");
    }
    if (indexes != NULL)
        g_array_free(indexes, TRUE);
    imap_set_release(&set);
    return now;
}

/* ---- COPY and MOVE. */

/* Octets of those that are still there; false if one is not. */
static bool measure(const struct imap_view *v, const GArray *indexes, size_t *octets_out)
{
    bool all = true;

    *octets_out = 0;
    for (guint i = 0; i < indexes->len; i++) {
        const struct imap_viewed *m = &v->messages[g_array_index(indexes, guint, i)];

        if (m->is_gone)
            all = false;
        else
            *octets_out += m->message->data.len;
    }
    return all;
}

/* "[COPYUID 38505 304,319:320 3956:3958]" (RFC 4315 §3); nothing if nothing was copied. */
static char *copy_all(struct imap_server *s, const GArray *indexes, struct mail_folder *to, bool moves)
{
    struct imap_view *v = &s->view;
    struct imap_set from_uids = { NULL }, to_uids = { NULL };
    GString *code = g_string_new(NULL);

    for (guint i = 0; i < indexes->len; i++) {
        unsigned at = g_array_index(indexes, guint, i);
        int place = mail_folder_place(v->folder, v->messages[at].uid);

        if (place < 0)
            continue; /* gone */
        imap_set_add(&from_uids, v->messages[at].uid);
        imap_set_add(&to_uids, mail_folder_copy(v->folder, (unsigned)place, to, s->now));
        if (moves)
            imap_view_expunge(v, at);
    }
    if (from_uids.n > 0) {
        g_string_append_printf(code, "[COPYUID %u ", to->uidvalidity);
        imap_set_text(&from_uids, code);
        g_string_append_c(code, ' ');
        imap_set_text(&to_uids, code);
        g_string_append(code, "] ");
    }
    imap_set_release(&from_uids);
    imap_set_release(&to_uids);
    return g_string_free(code, FALSE);
}

/* All or nothing (§6.4.7). What is moved takes no more room than it had. */
static enum imap_server_state copy_or_move(struct imap_server *s, const GArray *indexes,
                                           struct mail_folder *to, bool moves)
{
    size_t octets;
    bool all = measure(&s->view, indexes, &octets);
    enum imap_server_state now;
    char *code, *text;

    if (to == NULL)
        return imap_no(s, "[TRYCREATE] No such folder");
    if (to->no_select)
        return imap_no(s, "[TRYCREATE] That is no folder, but a level above some");
    if (!all && !s->by_uid) /* RFC 2180 §4.4.1 */
        return imap_no(s, "[EXPUNGEISSUED] Some of them are expunged");
    if (!moves && octets > 0 && mail_box_room(s->box, octets) != MAIL_ROOM)
        return imap_no(s, "[OVERQUOTA] The mailbox is full");
    code = copy_all(s, indexes, to, moves);
    if (moves && code[0] != '\0') /* before the EXPUNGEs (RFC 6851 §4.3) */
        imap_say(s, "OK", "%sMoved", code);
    text = g_strdup_printf("%s%s completed", moves ? "" : code, s->verb->name);
    now = imap_ok(s, text);
    g_free(code);
    g_free(text);
    return now;
}

static enum imap_server_state on_copy_or_move(struct imap_server *s, bool moves)
{
    GString *name = g_string_new(NULL);
    struct imap_set set;
    GArray *indexes = NULL;
    enum imap_server_state now;
    bool is_name;

    imap_args_take_space(&s->args);
    imap_args_take_set(&s->args, &set);
    imap_args_take_space(&s->args);
    is_name = imap_take_folder_name(s, name);
    if (!imap_ends(s))
        now = imap_bad_args(s);
    else if ((indexes = imap_resolve(s, &set)) == NULL)
        now = imap_bad(s, "No message has that number");
    else if (moves && s->view.is_read_only)
        now = no_writing(s);
    else if (!is_name)
        now = imap_no_name(s);
    else
        now = copy_or_move(s, indexes, mail_folder_find(s->box, span_bytes(name->str, name->len)), moves);
    if (indexes != NULL)
        g_array_free(indexes, TRUE);
    imap_set_release(&set);
    g_string_free(name, TRUE);
    return now;
}

enum imap_server_state imap_on_copy(struct imap_server *s)
{
    return on_copy_or_move(s, false);
}

enum imap_server_state imap_on_move(struct imap_server *s)
{
    return on_copy_or_move(s, true);
}
