/* Reading by IMAP: log in, then step by step what the errand needs. The folders, flags and messages stay on
 * the server; the device shows what it has been told. */
#include "mail/reader_internal.h"

/* Each is a command that is under way. */
enum step {
    STEP_GREETING,
    STEP_LOGIN,
    STEP_SELECT,
    STEP_FIND,  /* UID SEARCH, where the errand says which */
    STEP_LIST,  /* flags and sizes of all that is there */
    STEP_FETCH, /* one message */
    STEP_MARK,  /* as deleted */
    STEP_EXPUNGE,
    STEP_ACT, /* the errand's own command: CREATE, UID MOVE … */
    STEP_IDLE,
    STEP_LOGOUT,
};

enum { SET_TEXT_MAX = 4000 }; /* octets of a set of uids in one command: servers have line buffers */

/* RFC 2177 §3: a server may take who idles for dead after 30 minutes. */
static const sim_time idle_again = 29 * SIM_MINUTE;

static const char header_fields[] = "BODY.PEEK[HEADER.FIELDS (DATE FROM SUBJECT MESSAGE-ID)]";

static void command(struct mail_reader *r, enum step step, const char *line)
{
    r->step = step;
    imap_client_command(r->imap, line, r->out);
}

static bool is_of_messages(enum mail_errand_kind kind)
{
    return kind == MAIL_READ || kind == MAIL_MOVE || kind == MAIL_COPY || kind == MAIL_FLAG ||
           kind == MAIL_SEARCH || kind == MAIL_DELETE;
}

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

/* ---- Folders. */

/* To look only, where nothing is to be marked or deleted. */
static bool is_to_read_only(const struct errand *e)
{
    return e->kind == MAIL_READ && e->leave_unread && !e->remove;
}

static void select_folder(struct mail_reader *r)
{
    const struct errand *e = r->errand;

    r->step = STEP_SELECT;
    g_clear_pointer(&r->opened, g_free);
    g_array_set_size(r->view, 0);
    r->uidvalidity = 0;
    imap_client_select(r->imap, e->folder, is_to_read_only(e), r->out);
}

static bool is_opened(const struct mail_reader *r, const struct errand *e)
{
    return g_strcmp0(r->opened, e->folder) == 0 && r->opened_read_only == is_to_read_only(e);
}

static void find(struct mail_reader *r);
static void list(struct mail_reader *r);

/* RFC 3501 §2.3.1.1: with another uidvalidity, uids that it knows mean nothing any more. */
static void on_selected(struct mail_reader *r)
{
    const struct errand *e = r->errand;
    gpointer known = g_hash_table_lookup(r->validity, e->folder);

    if (known != NULL && GPOINTER_TO_UINT(known) != r->uidvalidity)
        reader_forget(r, e->folder, 0);
    g_hash_table_insert(r->validity, g_strdup(e->folder), GUINT_TO_POINTER(r->uidvalidity));
    r->opened = g_strdup(e->folder);
    r->opened_read_only = is_to_read_only(e);
    r->is_news = true;
    if (e->kind == MAIL_READ && e->which == NULL)
        list(r);
    else
        find(r);
}

/* It is gone from the server, or has another name: then its uids mean nothing any more. */
static void on_folder_gone(struct mail_reader *r)
{
    const struct errand *e = r->errand;
    bool is_all_below = e->kind == MAIL_RENAME_FOLDER && strcmp(e->folder, "INBOX") != 0;

    if (is_all_below)
        reader_forget_tree(r, e->folder);
    else
        reader_forget(r, e->folder, 0);
    if (r->opened != NULL &&
        (is_all_below ? reader_is_below(r->opened, e->folder) : strcmp(r->opened, e->folder) == 0))
        g_clear_pointer(&r->opened, g_free);
    if (is_all_below && r->staying != NULL && reader_is_below(r->staying->folder, e->folder)) {
        char *moved = g_strconcat(e->to, r->staying->folder + strlen(e->folder), NULL);

        g_free(r->staying->folder);
        r->staying->folder = moved;
    }
}

static void act_on_folder(struct mail_reader *r)
{
    static const char *const verbs[] = {
        [MAIL_MAKE_FOLDER] = "CREATE",  [MAIL_RENAME_FOLDER] = "RENAME",    [MAIL_DELETE_FOLDER] = "DELETE",
        [MAIL_SUBSCRIBE] = "SUBSCRIBE", [MAIL_UNSUBSCRIBE] = "UNSUBSCRIBE",
    };
    const struct errand *e = r->errand;

    r->step = STEP_ACT;
    imap_client_folders(r->imap, verbs[e->kind], e->folder, e->kind == MAIL_RENAME_FOLDER ? e->to : NULL,
                        r->out);
}

static void begin_errand(struct mail_reader *r)
{
    if (is_of_messages(r->errand->kind))
        select_folder(r);
    else
        act_on_folder(r);
}

/* ---- The errand is done: the next one, or idling, or LOGOUT. */

static void on_idled_enough(void *self)
{
    struct mail_reader *r = self;

    imap_client_idle_done(r->imap, r->out);
    reader_settle(r);
}

static void idle(struct mail_reader *r)
{
    struct sched *sched = r->sim->sched;
    sim_time until = MIN(r->errand->until, sched_now(sched) + idle_again);

    r->step = STEP_IDLE;
    imap_client_idle(r->imap, r->out);
    r->idling = sched_at(sched, until, on_idled_enough, r);
}

static void begin_staying(struct mail_reader *r)
{
    struct errand *e = r->errand;

    if (e->stay == 0 || r->staying == e)
        return;
    if (e->until == 0) /* else it has stayed before */
        e->until = sim_now(r->sim) + e->stay;
    reader_stay(r);
}

static void look(struct mail_reader *r)
{
    if (r->errand->which != NULL)
        find(r);
    else
        list(r);
}

static void go_on_staying(struct mail_reader *r)
{
    bool was_away = r->errand != r->staying;

    reader_take_staying(r);
    if (!is_opened(r, r->errand)) {
        select_folder(r);
    } else if (r->is_news) {
        if (!was_away)
            r->began = sim_now(r->sim);
        look(r);
    } else {
        idle(r);
    }
}

static void finish(struct mail_reader *r)
{
    begin_staying(r);
    if (r->errand->hang_up && r->errand != r->staying) {
        reader_hang_up(r);
    } else if (reader_take_next(r)) {
        begin_errand(r);
    } else if (reader_may_stay(r)) {
        go_on_staying(r);
    } else if (r->errand->hang_up && r->errand->until <= sim_now(r->sim)) {
        reader_hang_up(r);
    } else {
        command(r, STEP_LOGOUT, "LOGOUT");
    }
}

/* Who could not have a look need not wait for news. */
static void give_up(struct mail_reader *r, struct span why)
{
    reader_fail(r, why);
    r->errand->stay = r->errand->until = 0;
    finish(r);
}

/* ---- Reading: all that is there, what of it is new here, and then one by one. */

static void choose(struct mail_reader *r);

static void list(struct mail_reader *r)
{
    r->is_news = false;
    r->listing++;
    if (r->view->len > 0)
        command(r, STEP_LIST, "UID FETCH 1:* (FLAGS RFC822.SIZE)");
    else
        choose(r);
}

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
    command(r, STEP_MARK, line->str);
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
        command(r, STEP_FETCH, line);
    } else if (e->remove && r->done->len > 0) {
        mark_deleted(r);
    } else {
        finish(r);
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

/* ---- On the messages that were found: move, copy, flag, delete. */

static void find(struct mail_reader *r)
{
    const char *which = r->errand->which != NULL ? r->errand->which : "ALL";

    g_array_set_size(r->done, 0);
    r->n_acted = 0;
    r->step = STEP_FIND;
    if (!imap_client_search(r->imap, "UID SEARCH", which, r->out))
        give_up(r, SPAN(N_("Such search keys cannot be sent")));
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
        command(r, STEP_ACT, line->str);
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
        finish(r);
    } else if (r->done->len == 0) {
        give_up(r, SPAN(N_("There is no such message")));
    } else if (e->kind == MAIL_DELETE) {
        mark_deleted(r);
    } else if (e->kind == MAIL_FLAG && !are_flags(e->flags)) {
        give_up(r, SPAN(N_("Such flags cannot be sent")));
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

static void on_acted(struct mail_reader *r)
{
    switch (r->errand->kind) {
    case MAIL_RENAME_FOLDER:
    case MAIL_DELETE_FOLDER:
        on_folder_gone(r);
        break;
    case MAIL_MOVE:
    case MAIL_COPY:
    case MAIL_FLAG:
        if (r->n_acted < r->done->len) {
            act(r);
            return;
        }
        if (r->errand->kind == MAIL_MOVE)
            forget_done(r);
        break;
    case MAIL_READ:
    case MAIL_MAKE_FOLDER:
    case MAIL_SUBSCRIBE:
    case MAIL_UNSUBSCRIBE:
    case MAIL_SEARCH:
    case MAIL_DELETE:
        break;
    }
    finish(r);
}

/* ---- What the server says. */

static void refused(struct mail_reader *r, struct span line)
{
    if (r->step == STEP_LOGIN) {
        reader_fail(r, line);
        r->was_refused = true;
        command(r, STEP_LOGOUT, "LOGOUT");
    } else if (r->step == STEP_FETCH) {
        reader_fail(r, line);
        fetch_next(r);
    } else {
        if (r->step == STEP_SELECT) /* there is no such folder, or none that can be opened */
            reader_forget(r, r->errand->folder, 0);
        give_up(r, line);
    }
}

static void on_greeting(struct mail_reader *r)
{
    if (imap_client_state(r->imap) == IMAP_C_AUTHENTICATED) { /* PREAUTH: it knows who we are */
        begin_errand(r);
        return;
    }
    r->step = STEP_LOGIN;
    imap_client_login(r->imap, r->user, r->errand->password, r->out);
}

static void on_done(void *self, const char *status, struct span line)
{
    struct mail_reader *r = self;

    r->sends_literal = false; /* it may have been refused */
    sched_cancel(r->sim->sched, &r->idling);
    if (status[0] != '\0' && strcmp(status, "OK") != 0) {
        refused(r, line);
        return;
    }
    switch ((enum step)r->step) {
    case STEP_GREETING:
        on_greeting(r);
        break;
    case STEP_LOGIN:
        begin_errand(r);
        break;
    case STEP_SELECT:
        on_selected(r);
        break;
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
        if (r->n_acted < r->done->len)
            mark_deleted(r);
        else
            command(r, STEP_EXPUNGE, "EXPUNGE");
        break;
    case STEP_EXPUNGE:
        forget_done(r);
        finish(r);
        break;
    case STEP_ACT:
        on_acted(r);
        break;
    case STEP_IDLE:
        finish(r);
        break;
    case STEP_LOGOUT:
        break;
    }
}

static void on_exists(void *self, unsigned n)
{
    struct mail_reader *r = self;

    r->is_news = r->is_news || n > r->view->len;
    g_array_set_size(r->view, n);
    if (r->step == STEP_IDLE && r->is_news)
        imap_client_idle_done(r->imap, r->out);
}

static void on_expunge(void *self, unsigned number)
{
    struct mail_reader *r = self;

    if (number > r->view->len)
        return;
    if (r->opened != NULL)
        reader_drop(r, reader_held_uid(r, r->opened, g_array_index(r->view, uint32_t, number - 1)));
    g_array_remove_index(r->view, number - 1);
}

static void on_fetch(void *self, const struct imap_fetched *f)
{
    struct mail_reader *r = self;
    bool whole = f->section.len == 0;
    struct held *h;
    uint32_t *uid;

    if (r->opened == NULL || f->number > r->view->len)
        return;
    uid = &g_array_index(r->view, uint32_t, f->number - 1);
    if (f->uid != 0)
        *uid = f->uid;
    if (*uid == 0)
        return;
    h = reader_hold_uid(r, r->opened, *uid);
    h->listing = r->listing;
    if (f->has_flags) {
        g_free(h->flags);
        h->flags = g_strndup(f->flags.at, f->flags.len);
    }
    if (f->size > 0)
        h->size = f->size;
    if (!f->has_body || r->step != STEP_FETCH)
        return;
    if (whole && h->size == 0)
        h->size = f->body.len;
    reader_keep(h, f->body, whole);
    reader_trace_read(r, h, f->body, whole);
    g_array_append_val(r->done, *uid);
}

static void on_search(void *self, const uint32_t *found, unsigned n)
{
    struct mail_reader *r = self;

    if (r->step == STEP_FIND)
        g_array_append_vals(r->done, found, n);
}

static void on_code(void *self, struct span code, uint32_t number)
{
    struct mail_reader *r = self;

    if (span_is_nocase(code, SPAN("UIDVALIDITY")))
        r->uidvalidity = number;
}

static void on_end(void *self, bool in_order, struct span line)
{
    reader_ended(self, in_order, line);
}

static void on_state(void *self, enum imap_client_state before, enum imap_client_state now)
{
    reader_trace_state(self, EV_IMAP_STATE, imap_client_state_text(before), imap_client_state_text(now));
}

static void on_recent(void *self, unsigned n)
{
    (void)self; /* what is new on this device is another question than what is new on the server */
    (void)n;
}

static void on_list(void *self, const struct imap_listed *l)
{
    (void)self; /* no errand asks for it */
    (void)l;
}

static const struct imap_client_events events = {
    .on_done = on_done,
    .on_exists = on_exists,
    .on_recent = on_recent,
    .on_expunge = on_expunge,
    .on_fetch = on_fetch,
    .on_list = on_list,
    .on_search = on_search,
    .on_code = on_code,
    .on_end = on_end,
    .on_state = on_state,
};

/* ---- Coming, and being called away. */

void reader_imap_interrupt(struct mail_reader *r)
{
    if (r->step != STEP_IDLE)
        return;
    imap_client_idle_done(r->imap, r->out);
    reader_settle(r);
}

void reader_imap_begin(struct mail_reader *r)
{
    r->step = STEP_GREETING;
    r->is_news = false;
    r->n_acted = 0;
    g_array_set_size(r->todo, 0);
    g_array_set_size(r->done, 0);
    g_array_set_size(r->view, 0);
    r->imap = imap_client_new(&events, r);
}
