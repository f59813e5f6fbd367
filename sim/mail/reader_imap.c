/* Reading by IMAP: log in, then step by step what the errand needs. The folders, flags and messages stay on
 * the server; the device shows what it has been told. */
#include "mail/reader_internal.h"

/* RFC 2177 §3: a server may take who idles for dead after 30 minutes. */
static const sim_time idle_again = 29 * SIM_MINUTE;

void reader_imap_command(struct mail_reader *r, enum imap_step step, const char *line)
{
    r->step = step;
    imap_client_command(r->imap, line, r->out);
}

static bool is_of_messages(enum mail_errand_kind kind)
{
    return kind == MAIL_READ || kind == MAIL_MOVE || kind == MAIL_COPY || kind == MAIL_FLAG ||
           kind == MAIL_SEARCH || kind == MAIL_DELETE;
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
    reader_imap_look(r);
}

/* It is gone from the server, or has another name: then its uids mean nothing any more. */
static void forget_folder(struct mail_reader *r)
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

    r->step = STEP_FOLDER;
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

static void go_on_staying(struct mail_reader *r)
{
    bool was_away = r->errand != r->staying;

    reader_take_staying(r);
    if (!is_opened(r, r->errand)) {
        select_folder(r);
    } else if (r->is_news) {
        if (!was_away)
            r->began = sim_now(r->sim);
        reader_imap_look(r);
    } else {
        idle(r);
    }
}

void reader_imap_finish(struct mail_reader *r)
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
        reader_imap_command(r, STEP_LOGOUT, "LOGOUT");
    }
}

static void on_folder_done(struct mail_reader *r)
{
    if (r->errand->kind == MAIL_RENAME_FOLDER || r->errand->kind == MAIL_DELETE_FOLDER)
        forget_folder(r);
    reader_imap_finish(r);
}

/* Who could not have a look need not wait for news. */
void reader_imap_give_up(struct mail_reader *r, struct span why)
{
    reader_fail(r, why);
    r->errand->stay = r->errand->until = 0;
    reader_imap_finish(r);
}

/* ---- What the server says. */

static void refused(struct mail_reader *r, struct span line)
{
    if (r->step == STEP_LOGIN) {
        reader_fail(r, line);
        r->was_refused = true;
        reader_imap_command(r, STEP_LOGOUT, "LOGOUT");
    } else if (r->step == STEP_FETCH) { /* the others may be had */
        reader_fail(r, line);
        reader_imap_go_on(r);
    } else {
        if (r->step == STEP_SELECT) /* there is no such folder, or none that can be opened */
            reader_forget(r, r->errand->folder, 0);
        reader_imap_give_up(r, line);
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
    switch (r->step) {
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
    case STEP_LIST:
    case STEP_FETCH:
    case STEP_MARK:
    case STEP_EXPUNGE:
    case STEP_ACT:
        reader_imap_go_on(r);
        break;
    case STEP_FOLDER:
        on_folder_done(r);
        break;
    case STEP_IDLE:
        reader_imap_finish(r);
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
