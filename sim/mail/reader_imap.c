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

/* "3,5,8": appended. */
static void put_set(GString *line, const GArray *uids)
{
    for (guint i = 0; i < uids->len; i++)
        g_string_append_printf(line, "%s%u", i > 0 ? "," : "", (unsigned)g_array_index(uids, uint32_t, i));
}

static void on_stay_over(void *self);

/* ---- The errand is done. */

static void idle(struct mail_reader *r)
{
    r->step = STEP_IDLE;
    r->is_news = false;
    imap_client_idle(r->imap, r->out);
}

static void finish(struct mail_reader *r);

static void select_folder(struct mail_reader *r, const char *folder)
{
    r->step = STEP_SELECT;
    g_array_set_size(r->view, 0);
    imap_client_select(r->imap, folder, r->errand->leave_unread && r->errand->kind == MAIL_READ, r->out);
}

static void begin_errand(struct mail_reader *r);

static void finish(struct mail_reader *r)
{
    if (reader_take_next(r)) {
        begin_errand(r);
        return;
    }
    if (r->stay_until > sim_now(r->sim)) {
        if (r->errand->kind != MAIL_READ || strcmp(r->errand->folder, r->stay_folder) != 0) {
            /* Another errand came between: back to where it waits. */
            g_free(r->errand->folder);
            r->errand->folder = g_strdup(r->stay_folder);
            r->errand->kind = MAIL_READ;
            g_clear_pointer(&r->errand->which, g_free);
            select_folder(r, r->errand->folder);
            return;
        }
        idle(r);
        return;
    }
    if (r->errand->hang_up)
        reader_hang_up(r);
    else
        command(r, STEP_LOGOUT, "LOGOUT");
}

/* ---- Reading: all that is there, what of it is new here, and then one by one. */

static void list(struct mail_reader *r)
{
    if (r->view->len == 0) {
        reader_trace_check(r, 0, 0);
        finish(r);
        return;
    }
    command(r, STEP_LIST, "UID FETCH 1:* (FLAGS RFC822.SIZE)");
}

static struct held *held_of(const struct mail_reader *r, uint32_t uid)
{
    char id[16];

    g_snprintf(id, sizeof id, "%u", (unsigned)uid);
    return reader_held(r, MAIL_BY_IMAP, r->errand->folder, id);
}

static bool is_wanted(const struct mail_reader *r, uint32_t uid)
{
    const struct held *h = held_of(r, uid);

    if (r->errand->which != NULL) {
        for (guint i = 0; i < r->done->len; i++)
            if (g_array_index(r->done, uint32_t, i) == uid)
                return true;
        return false;
    }
    return h == NULL || h->fetched == 0 || (!h->whole && !r->errand->headers);
}

static void fetch_next(struct mail_reader *r)
{
    GString *line;
    uint32_t uid;

    if (r->todo->len == 0) {
        if (r->errand->remove && r->done->len > 0) {
            line = g_string_new("UID STORE ");
            put_set(line, r->done);
            g_string_append(line, " +FLAGS.SILENT (\\Deleted)");
            command(r, STEP_MARK, line->str);
            g_string_free(line, TRUE);
        } else {
            finish(r);
        }
        return;
    }
    uid = g_array_index(r->todo, uint32_t, r->todo->len - 1);
    line = g_string_new(NULL);
    g_string_printf(line, "UID FETCH %u (%s)", (unsigned)uid,
                    r->errand->headers        ? header_fields
                    : r->errand->leave_unread ? "BODY.PEEK[]"
                                              : "BODY[]");
    command(r, STEP_FETCH, line->str);
    g_string_free(line, TRUE);
}

static void choose(struct mail_reader *r)
{
    g_array_set_size(r->todo, 0);
    for (guint i = r->view->len; i > 0; i--) {
        uint32_t uid = g_array_index(r->view, uint32_t, i - 1);

        if (uid != 0 && is_wanted(r, uid))
            g_array_append_val(r->todo, uid);
    }
    reader_trace_check(r, r->view->len, r->todo->len);
    g_array_set_size(r->done, 0);
    fetch_next(r);
}

/* ---- Other errands. */

/* On the messages that were found: move, copy, flag, delete. */
static void act_on_found(struct mail_reader *r)
{
    const struct errand *e = r->errand;
    GString *line;

    if (r->done->len == 0) {
        reader_fail(r, SPAN("There is no such message"));
        finish(r);
        return;
    }
    line = g_string_new(e->kind == MAIL_MOVE   ? "UID MOVE "
                        : e->kind == MAIL_COPY ? "UID COPY "
                                               : "UID STORE ");
    put_set(line, r->done);
    if (e->kind == MAIL_MOVE || e->kind == MAIL_COPY) {
        r->step = STEP_ACT;
        imap_client_to_folder(r->imap, line->str, e->to, r->out);
    } else if (e->kind == MAIL_FLAG) {
        g_string_append_printf(line, " %cFLAGS (%s)", e->off ? '-' : '+', e->flags);
        command(r, STEP_ACT, line->str);
    } else {
        g_string_append(line, " +FLAGS.SILENT (\\Deleted)");
        command(r, STEP_MARK, line->str);
    }
    g_string_free(line, TRUE);
}

static void find(struct mail_reader *r)
{
    GString *line = g_string_new("UID SEARCH ");

    g_string_append(line, r->errand->which != NULL ? r->errand->which : "ALL");
    g_array_set_size(r->done, 0);
    command(r, STEP_FIND, line->str);
    g_string_free(line, TRUE);
}

static void on_folders(struct mail_reader *r, const char *verb)
{
    r->step = STEP_ACT;
    imap_client_folders(r->imap, verb, r->errand->folder,
                        r->errand->kind == MAIL_RENAME_FOLDER ? r->errand->to : NULL, r->out);
}

static void begin_errand(struct mail_reader *r)
{
    if (r->errand->stay > 0) {
        r->stay_until = sim_now(r->sim) + r->errand->stay;
        g_free(r->stay_folder);
        r->stay_folder = g_strdup(r->errand->folder);
        sched_cancel(r->sim->sched, &r->stay);
        r->stay = sched_at(r->sim->sched, r->stay_until, on_stay_over, r);
    }
    if (is_of_messages(r->errand->kind)) {
        select_folder(r, r->errand->folder);
        return;
    }
    switch ((int)r->errand->kind) {
    case MAIL_MAKE_FOLDER:
        on_folders(r, "CREATE");
        break;
    case MAIL_RENAME_FOLDER:
        on_folders(r, "RENAME");
        break;
    case MAIL_DELETE_FOLDER:
        on_folders(r, "DELETE");
        break;
    case MAIL_SUBSCRIBE:
        on_folders(r, "SUBSCRIBE");
        break;
    default:
        on_folders(r, "UNSUBSCRIBE");
    }
}

/* ---- What the server says. */

static void on_selected(struct mail_reader *r)
{
    char *known = g_hash_table_lookup(r->validity, r->errand->folder);

    /* RFC 3501 §2.3.1.1: with another uidvalidity, uids that it knows mean nothing any more. */
    if (known != NULL && GPOINTER_TO_UINT(known) != r->uidvalidity)
        for (guint i = r->held->len; i > 0; i--) {
            struct held *h = r->held->pdata[i - 1];

            if (h->by == MAIL_BY_IMAP && strcmp(h->folder, r->errand->folder) == 0)
                reader_drop(r, h);
        }
    g_hash_table_insert(r->validity, g_strdup(r->errand->folder), GUINT_TO_POINTER(r->uidvalidity));
    g_array_set_size(r->done, 0);
    if (r->errand->kind == MAIL_READ && r->errand->which == NULL)
        list(r);
    else
        find(r);
}

/* What it holds of this folder and the server no longer has is gone here, too. */
static void forget_gone(struct mail_reader *r)
{
    for (guint i = r->held->len; i > 0; i--) {
        struct held *h = r->held->pdata[i - 1];
        bool is_there = h->by != MAIL_BY_IMAP || strcmp(h->folder, r->errand->folder) != 0;

        for (guint k = 0; k < r->view->len && !is_there; k++)
            is_there = held_of(r, g_array_index(r->view, uint32_t, k)) == h;
        if (!is_there)
            reader_drop(r, h);
    }
}

static void refused(struct mail_reader *r, struct span line)
{
    enum step step = (enum step)r->step;

    r->was_refused = true;
    reader_fail(r, line);
    if (step == STEP_LOGIN || step == STEP_SELECT || step == STEP_IDLE || step == STEP_LOGOUT)
        r->stay_until = 0;
    if (step == STEP_LOGOUT)
        reader_hang_up(r);
    else if (step == STEP_LOGIN)
        command(r, STEP_LOGOUT, "LOGOUT");
    else if (step == STEP_FETCH && r->todo->len > 0) {
        g_array_set_size(r->todo, r->todo->len - 1);
        fetch_next(r);
    } else {
        finish(r);
    }
}

static void on_done(void *self, const char *status, struct span line)
{
    struct mail_reader *r = self;
    const struct errand *e = r->errand;

    if (r->is_over)
        return;
    if (status[0] != '\0' && strcmp(status, "OK") != 0) {
        refused(r, line);
        return;
    }
    switch ((enum step)r->step) {
    case STEP_GREETING:
        r->step = STEP_LOGIN;
        imap_client_login(r->imap, r->user, e->password, r->out);
        break;
    case STEP_LOGIN:
        begin_errand(r);
        break;
    case STEP_SELECT:
        on_selected(r);
        break;
    case STEP_FIND:
        if (e->kind == MAIL_READ) {
            list(r);
        } else if (e->kind == MAIL_SEARCH) {
            reader_trace_found(r, (const uint32_t *)(const void *)r->done->data, r->done->len);
            finish(r);
        } else {
            act_on_found(r);
        }
        break;
    case STEP_LIST:
        forget_gone(r);
        choose(r);
        break;
    case STEP_FETCH:
        if (r->todo->len > 0) {
            uint32_t uid = g_array_index(r->todo, uint32_t, r->todo->len - 1);

            g_array_set_size(r->todo, r->todo->len - 1);
            g_array_append_val(r->done, uid);
        }
        fetch_next(r);
        break;
    case STEP_MARK:
        command(r, STEP_EXPUNGE, "EXPUNGE");
        break;
    case STEP_EXPUNGE:
    case STEP_ACT:
        finish(r);
        break;
    case STEP_IDLE:
        if (r->is_news && r->stay_until > sim_now(r->sim)) {
            r->began = sim_now(r->sim);
            r->is_news = false;
            list(r);
        } else {
            finish(r);
        }
        break;
    case STEP_LOGOUT:
        break;
    }
}

static void on_exists(void *self, unsigned n)
{
    struct mail_reader *r = self;
    bool is_more = n > r->view->len;

    g_array_set_size(r->view, n);
    if (r->step != STEP_IDLE || !is_more)
        return;
    r->is_news = true;
    if (imap_client_state(r->imap) == IMAP_C_IDLE)
        imap_client_idle_done(r->imap, r->out);
}

static void on_expunge(void *self, unsigned number)
{
    struct mail_reader *r = self;

    if (number == 0 || number > r->view->len)
        return;
    reader_drop(r, held_of(r, g_array_index(r->view, uint32_t, number - 1)));
    g_array_remove_index(r->view, number - 1);
}

static void on_fetch(void *self, const struct imap_fetched *f)
{
    struct mail_reader *r = self;
    char id[16];
    struct held *h;
    uint32_t uid = f->uid;

    if (f->number == 0 || f->number > r->view->len)
        return;
    if (uid != 0)
        g_array_index(r->view, uint32_t, f->number - 1) = uid;
    else
        uid = g_array_index(r->view, uint32_t, f->number - 1);
    if (uid == 0)
        return;
    g_snprintf(id, sizeof id, "%u", (unsigned)uid);
    h = reader_hold(r, MAIL_BY_IMAP, r->errand->folder, id);
    if (f->has_flags) {
        g_free(h->flags);
        h->flags = g_strndup(f->flags.at, f->flags.len);
    }
    if (f->size > 0)
        h->size = f->size;
    if (f->has_body) {
        bool whole = f->section.len == 0;

        reader_keep(r, h, f->body, whole);
        if (whole && h->size == 0)
            h->size = f->body.len;
        reader_trace_read(r, h, whole);
    }
}

static void on_search(void *self, const uint32_t *found, unsigned n)
{
    struct mail_reader *r = self;

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
    struct mail_reader *r = self;

    if (!in_order && !r->was_refused && !(r->errand->hang_up && r->is_over))
        reader_fail(r, r->gone != NULL ? span_of(r->gone) : line);
    r->is_over = true;
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

/* ---- Coming, staying, going. */

static void on_stay_over(void *self)
{
    struct mail_reader *r = self;

    r->stay = (struct sched_handle){ 0 };
    if (r->imap != NULL && imap_client_state(r->imap) == IMAP_C_IDLE) {
        imap_client_idle_done(r->imap, r->out);
        reader_settle(r);
    }
}

void reader_imap_interrupt(struct mail_reader *r)
{
    if (imap_client_state(r->imap) == IMAP_C_IDLE) {
        imap_client_idle_done(r->imap, r->out);
        reader_settle(r);
    }
}

void reader_imap_begin(struct mail_reader *r)
{
    r->was_refused = false;
    r->step = STEP_GREETING;
    g_array_set_size(r->todo, 0);
    g_array_set_size(r->done, 0);
    g_array_set_size(r->view, 0);
    r->imap = imap_client_new(&events, r);
}
