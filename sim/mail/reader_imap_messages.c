/* Messages by IMAP: which there are, which of them an errand is about, and the commands that read, move,
 * copy, mark and delete them. */
#include "mail/reader_internal.h"

enum { SET_TEXT_MAX = 4000 }; /* octets of a set of uids in one command: servers have line buffers */

static const char header_fields[] = "BODY.PEEK[HEADER.FIELDS (DATE FROM SUBJECT MESSAGE-ID)]";

/* ---- Which messages: sets of uids. */

static gint by_uid(gconstpointer a, gconstpointer b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static bool has_done(const struct mail_reader *r, uint32_t uid)
{
    return r->done->len > 0 && bsearch(&uid, r->done->data, r->done->len, sizeof uid, by_uid) != NULL;
}

static uint32_t done_at(const struct mail_reader *r, guint i)
{
    return g_array_index(r->done, uint32_t, i);
}

/* "3,5:8", appended: as many of the next ones as fit a line. */
static void put_set(struct mail_reader *r, GString *line)
{
    size_t start = line->len;
    guint i = r->n_acted;

    while (i < r->done->len && line->len - start < SET_TEXT_MAX) {
        guint last = i;

        while (last + 1 < r->done->len && done_at(r, last + 1) == done_at(r, last) + 1)
            last++;
        g_string_append_printf(line, "%s%u", i > r->n_acted ? "," : "", (unsigned)done_at(r, i));
        if (last > i)
            g_string_append_printf(line, ":%u", (unsigned)done_at(r, last));
        i = last + 1;
    }
    r->n_acted = i;
}

/* ---- Reading: all that is there, what of it is new here, and then one by one. */

static bool is_wanted(const struct mail_reader *r, uint32_t uid)
{
    const struct errand *e = r->errand;
    const struct held *h = reader_held_uid(r, r->opened, uid);

    if (e->which != NULL && !has_done(r, uid))
        return false;
    if (e->which != NULL && e->until == 0) /* it is asked for, whether it is new or not; but not by news */
        return true;
    return h == NULL || h->fetched == 0 || (!h->whole && !e->headers);
}

static void mark_deleted(struct mail_reader *r)
{
    GString *line = g_string_new("UID STORE ");

    put_set(r, line);
    g_string_append(line, " +FLAGS.SILENT (\\Deleted)");
    reader_imap_command(r, STEP_MARK, line->str);
    g_string_free(line, TRUE);
}

static void fetch_next(struct mail_reader *r)
{
    const struct errand *e = r->errand;
    char line[200];
    uint32_t uid;

    if (r->todo->len > 0) {
        uid = g_array_index(r->todo, uint32_t, r->todo->len - 1);
        g_array_set_size(r->todo, r->todo->len - 1);
        g_snprintf(line, sizeof line, "UID FETCH %u (%s)", (unsigned)uid,
                   e->headers        ? header_fields
                   : e->leave_unread ? "BODY.PEEK[]"
                                     : "BODY[]");
        reader_imap_command(r, STEP_FETCH, line);
    } else if (e->remove && r->done->len > 0) {
        mark_deleted(r);
    } else {
        reader_imap_finish(r);
    }
}

/* What the server no longer has is gone here, too. From the end: the next to fetch is the last of those to
 * do. */
static void choose(struct mail_reader *r)
{
    reader_forget(r, r->opened, r->listing);
    g_array_set_size(r->todo, 0);
    for (guint i = r->view->len; i > 0; i--) {
        uint32_t uid = g_array_index(r->view, uint32_t, i - 1);

        if (uid != 0 && is_wanted(r, uid))
            g_array_append_val(r->todo, uid);
    }
    reader_trace_check(r, r->view->len, r->todo->len);
    g_array_set_size(r->done, 0); /* from here on, those that were fetched */
    r->n_acted = 0;
    fetch_next(r);
}

static void list(struct mail_reader *r)
{
    r->is_news = false;
    r->listing++;
    if (r->view->len > 0)
        reader_imap_command(r, STEP_LIST, "UID FETCH 1:* (FLAGS RFC822.SIZE)");
    else
        choose(r);
}

/* ---- On the messages that were found: move, copy, flag, delete. */

static void find(struct mail_reader *r)
{
    const char *which = r->errand->which != NULL ? r->errand->which : "ALL";

    g_array_set_size(r->done, 0);
    r->n_acted = 0;
    r->step = STEP_FIND;
    if (!imap_client_search(r->imap, "UID SEARCH", which, r->out))
        reader_imap_give_up(r, SPAN(N_("Such search keys cannot be sent")));
}

/* As atoms of IMAP, the system's with a backslash; what else is wrong with them, the server says. */
static bool are_flags(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~' || strchr("(){%*\"", *text) != NULL)
            return false;
    return true;
}

static void act(struct mail_reader *r)
{
    const struct errand *e = r->errand;
    GString *line = g_string_new(e->kind == MAIL_MOVE   ? "UID MOVE "
                                 : e->kind == MAIL_COPY ? "UID COPY "
                                                        : "UID STORE ");

    put_set(r, line);
    if (e->kind == MAIL_FLAG) {
        g_string_append_printf(line, " %cFLAGS (%s)", e->off ? '-' : '+', e->flags);
        reader_imap_command(r, STEP_ACT, line->str);
    } else {
        r->step = STEP_ACT;
        imap_client_to_folder(r->imap, line->str, e->to, r->out);
    }
    g_string_free(line, TRUE);
}

static void on_found(struct mail_reader *r)
{
    const struct errand *e = r->errand;

    g_array_sort(r->done, by_uid);
    if (e->kind == MAIL_READ) {
        list(r);
    } else if (e->kind == MAIL_SEARCH) {
        reader_trace_found(r);
        reader_imap_finish(r);
    } else if (r->done->len == 0) {
        reader_imap_give_up(r, SPAN(N_("There is no such message")));
    } else if (e->kind == MAIL_DELETE) {
        mark_deleted(r);
    } else if (e->kind == MAIL_FLAG && !are_flags(e->flags)) {
        reader_imap_give_up(r, SPAN(N_("Such flags cannot be sent")));
    } else {
        act(r);
    }
}

/* The numbers of which EXPUNGE tells mean nothing to one who has only searched. */
static void forget_done(struct mail_reader *r)
{
    for (guint i = 0; i < r->n_acted; i++)
        reader_drop(r, reader_held_uid(r, r->opened, done_at(r, i)));
}

static void on_marked(struct mail_reader *r)
{
    if (r->n_acted < r->done->len)
        mark_deleted(r);
    else
        reader_imap_command(r, STEP_EXPUNGE, "EXPUNGE");
}

static void on_acted(struct mail_reader *r)
{
    if (r->n_acted < r->done->len) {
        act(r);
        return;
    }
    if (r->errand->kind == MAIL_MOVE)
        forget_done(r);
    reader_imap_finish(r);
}

/* ---- Step by step. */

void reader_imap_look(struct mail_reader *r)
{
    if (r->errand->kind == MAIL_READ && r->errand->which == NULL)
        list(r);
    else
        find(r);
}

void reader_imap_go_on(struct mail_reader *r)
{
    switch (r->step) {
    case STEP_FIND:
        on_found(r);
        break;
    case STEP_LIST:
        choose(r);
        break;
    case STEP_FETCH:
        fetch_next(r);
        break;
    case STEP_MARK:
        on_marked(r);
        break;
    case STEP_EXPUNGE:
        forget_done(r);
        reader_imap_finish(r);
        break;
    case STEP_ACT:
        on_acted(r);
        break;
    case STEP_GREETING:
    case STEP_LOGIN:
    case STEP_SELECT:
    case STEP_FOLDER:
    case STEP_IDLE:
    case STEP_LOGOUT:
        g_assert_not_reached();
    }
}
