#include "http/browser_internal.h"

#include <string.h>

#include "http/screen.h"

/* What a person does in web mail: one page after the other, each by a link or a form of the one before. */
struct errand {
    struct browser_job job;
    enum webmail_kind kind;
    char *server, *user, *password, *folder, *subject, *to, *text;
    bool stay;
    struct screen *screen; /* the page that is before them; NULL: none yet */
    bool changed_user;     /* somebody else was logged in, and was logged out */
    unsigned n_all, n_new; /* messages in the folder, when it was opened */
    GArray *uids;          /* of uint32_t: of those that are meant, the oldest first */
    guint at;              /* the one whose turn it is */
    GPtrArray *urls;       /* of char *: theirs */
    size_t size_before;    /* octets that had come before this message was asked for */
};

static const struct fetch_how how = { .persistent = true, .connections = 1 };

/* ---- Ends. */

static void end(struct errand *e)
{
    browser_done(&e->job);
}

static void fail(struct errand *e, const char *line)
{
    browser_fail(&e->job, e->user, line);
}

static void on_out(void *self, const struct browser_answer *a)
{
    struct errand *e = self;

    if (a->message == NULL)
        fail(e, a->why);
    end(e);
}

static void submit(struct errand *e, const struct screen_form *f, browser_on_answer *on_answer)
{
    char *form = screen_encode(f);

    browser_get(&e->job, f->url, f->posts ? "POST" : "GET", form, &how, on_answer, e);
    g_free(form);
}

/* All is done: log out, unless they stay, or are out already. */
static void leave(struct errand *e)
{
    const struct screen_form *f = e->screen != NULL ? screen_find_form(e->screen, "/logout", NULL, NULL)
                                                    : NULL;

    if (e->stay || f == NULL)
        end(e);
    else
        submit(e, f, on_out);
}

static void fail_and_leave(struct errand *e, const char *line)
{
    fail(e, line);
    leave(e);
}

/* ---- Pages. */

/* What came is before the person now. False: it is nothing to go on with, and that was the end. */
static bool look(struct errand *e, const struct browser_answer *a)
{
    const struct http_message *m = a->message;

    if (m == NULL) {
        fail(e, a->why);
        end(e);
        return false;
    }
    screen_free(&e->screen);
    e->screen = screen_read(browser_is_page(m) ? span_bytes(m->body->str, m->body->len) : SPAN(""), a->url);
    browser_note(&e->job, a->url, m->status, 0);
    if (m->status < 400)
        return true;
    if (e->screen->notice != NULL) {
        fail_and_leave(e, e->screen->notice);
    } else {
        char *line = g_strdup_printf("%u %s", m->status, m->reason);

        fail_and_leave(e, line);
        g_free(line);
    }
    return false;
}

/* They are where only somebody who is logged in is. */
static bool look_inside(struct errand *e, const struct browser_answer *a)
{
    if (!look(e, a))
        return false;
    if (e->screen->user != NULL)
        return true;
    fail_and_leave(e, "Logged out meanwhile");
    return false;
}

/* ---- Reading. */

static void trace_read(struct errand *e)
{
    const struct screen *s = e->screen;
    struct browser *b = e->job.browser;
    uint64_t cause = sched_cause(b->sim->sched);
    struct record *r;

    if (!trace_on(&b->sim->trace))
        return;
    r = trace_begin(&b->sim->trace, EV_AGENT_READ, net_host_name(b->host));
    r->mail = s->mail;
    trace_text(r, KEY_USER, span_of(e->user));
    trace_text(r, KEY_METHOD, SPAN("web"));
    trace_text(r, KEY_FOLDER, span_of(s->folder));
    trace_number(r, KEY_UID, s->uid);
    trace_text(r, KEY_SENDER, span_of(s->sender));
    trace_text(r, KEY_SUBJECT, span_of(s->subject));
    trace_text(r, KEY_WHAT, SPAN("message"));
    trace_number(r, KEY_SIZE, (int64_t)s->size);
    trace_number(r, KEY_FETCHED, (int64_t)(e->job.size - e->size_before));
    trace_end(&b->sim->trace);
    sched_set_cause(b->sim->sched, cause);
}

static void trace_check(struct errand *e)
{
    struct browser *b = e->job.browser;
    uint64_t cause = sched_cause(b->sim->sched);
    struct record *r;

    if (!trace_on(&b->sim->trace))
        return;
    r = trace_begin(&b->sim->trace, EV_AGENT_CHECK, net_host_name(b->host));
    trace_text(r, KEY_USER, span_of(e->user));
    trace_text(r, KEY_METHOD, SPAN("web"));
    trace_text(r, KEY_FOLDER, span_of(e->folder));
    trace_number(r, KEY_COUNT, e->n_all);
    trace_number(r, KEY_NEW, e->n_new);
    trace_time(r, KEY_TOOK, sim_now(b->sim) - e->job.began);
    trace_number(r, KEY_SIZE, (int64_t)e->job.size);
    trace_end(&b->sim->trace);
    sched_set_cause(b->sim->sched, cause);
}

static void on_message(void *self, const struct browser_answer *a);

static void read_next(struct errand *e)
{
    if (e->at == 0)
        trace_check(e);
    if (e->at == e->urls->len) {
        leave(e);
        return;
    }
    e->size_before = e->job.size;
    browser_get(&e->job, e->urls->pdata[e->at++], NULL, NULL, &how, on_message, e);
}

static void on_message(void *self, const struct browser_answer *a)
{
    struct errand *e = self;

    if (!look_inside(e, a))
        return;
    if (e->screen->folder == NULL) {
        fail_and_leave(e, "There is no message on the page");
        return;
    }
    trace_read(e);
    read_next(e);
}

/* ---- Moving and deleting: the folder's page has a form for each message, and comes again after each. */

static void on_changed(void *self, const struct browser_answer *a);

static void change_next(struct errand *e)
{
    struct screen_form *f;
    char uid[16];

    if (e->at == e->uids->len) {
        leave(e);
        return;
    }
    g_snprintf(uid, sizeof uid, "%u", g_array_index(e->uids, uint32_t, e->at++));
    f = screen_find_form(e->screen, e->kind == WEBMAIL_MOVE ? "/move" : "/delete", "uid", uid);
    if (f == NULL || (e->kind == WEBMAIL_MOVE && !screen_type(f, "to", e->to)))
        fail_and_leave(e, "There is no form for it on the page");
    else
        submit(e, f, on_changed);
}

static void on_changed(void *self, const struct browser_answer *a)
{
    struct errand *e = self;

    if (look_inside(e, a))
        change_next(e);
}

/* ---- A folder. */

static bool is_meant(const struct errand *e, const struct screen_link *l)
{
    return e->subject != NULL ? strstr(l->subject, e->subject) != NULL : l->is_new;
}

/* The page has the latest first: they are read as they came. */
static void pick_messages(struct errand *e)
{
    for (guint i = e->screen->links->len; i-- > 0;) {
        const struct screen_link *l = e->screen->links->pdata[i];

        if (strcmp(l->class, "message") != 0)
            continue;
        e->n_all++;
        e->n_new += l->is_new;
        if (!is_meant(e, l))
            continue;
        g_array_append_val(e->uids, l->uid);
        g_ptr_array_add(e->urls, g_strdup(l->url));
    }
}

static void at_folder(struct errand *e)
{
    pick_messages(e);
    if (e->kind == WEBMAIL_READ)
        read_next(e);
    else if (e->uids->len > 0 || e->subject == NULL)
        change_next(e);
    else
        fail_and_leave(e, "No message has that subject");
}

static void on_folder(void *self, const struct browser_answer *a)
{
    struct errand *e = self;

    if (look_inside(e, a))
        at_folder(e);
}

static void open_folder(struct errand *e)
{
    const struct screen_link *l = screen_find_link(e->screen, "folder", e->folder);
    char *line;

    if (strcmp(e->folder, "INBOX") == 0) { /* it is before them already */
        at_folder(e);
    } else if (l != NULL) {
        browser_get(&e->job, l->url, NULL, NULL, &how, on_folder, e);
    } else {
        line = g_strdup_printf("There is no folder %s", e->folder);
        fail_and_leave(e, line);
        g_free(line);
    }
}

/* ---- Sending. */

static void on_sent(void *self, const struct browser_answer *a)
{
    struct errand *e = self;

    if (look_inside(e, a))
        leave(e);
}

static void on_compose(void *self, const struct browser_answer *a)
{
    struct errand *e = self;
    struct screen_form *f;

    if (!look_inside(e, a))
        return;
    f = screen_find_form(e->screen, "/send", NULL, NULL);
    if (f == NULL || !screen_type(f, "to", e->to) ||
        !screen_type(f, "subject", e->subject != NULL ? e->subject : "") ||
        !screen_type(f, "text", e->text != NULL ? e->text : ""))
        fail_and_leave(e, "There is no form for a mail on the page");
    else
        submit(e, f, on_sent);
}

static void compose(struct errand *e)
{
    const struct screen_link *l = screen_find_link(e->screen, "compose", NULL);

    if (l != NULL)
        browser_get(&e->job, l->url, NULL, NULL, &how, on_compose, e);
    else
        fail_and_leave(e, "There is no way to write a mail on the page");
}

/* ---- Logging in. */

static void go_on(struct errand *e)
{
    switch (e->kind) {
    case WEBMAIL_READ:
    case WEBMAIL_MOVE:
    case WEBMAIL_DELETE:
        open_folder(e);
        return;
    case WEBMAIL_SEND:
        compose(e);
        return;
    }
}

static void on_logged_in(void *self, const struct browser_answer *a)
{
    struct errand *e = self;

    if (!look(e, a))
        return;
    if (e->screen->user != NULL)
        go_on(e);
    else
        fail_and_leave(e, "The server wants a login after the login");
}

/* "bob@hamburger.edu" is bob there. */
static bool is_me(const struct errand *e)
{
    return span_is_nocase(span_of(e->screen->user), span_bytes(e->user, strcspn(e->user, "@")));
}

static void on_front(void *self, const struct browser_answer *a)
{
    struct errand *e = self;
    struct screen_form *f;

    if (!look(e, a))
        return;
    if (e->screen->user != NULL && is_me(e)) {
        go_on(e);
        return;
    }
    f = screen_find_form(e->screen, e->screen->user != NULL ? "/logout" : "/login", NULL, NULL);
    if (f == NULL || (e->screen->user != NULL && e->changed_user)) {
        fail_and_leave(e, "There is no way to log in on the page");
    } else if (e->screen->user != NULL) {
        e->changed_user = true;
        submit(e, f, on_front);
    } else if (!screen_type(f, "user", e->user) || !screen_type(f, "password", e->password)) {
        fail_and_leave(e, "There is no way to log in on the page");
    } else {
        submit(e, f, on_logged_in);
    }
}

/* ---- The job. */

static void errand_start(struct browser_job *job)
{
    struct errand *e = (struct errand *)job;
    char *url = g_strdup_printf("http://%s/mail/", e->server);
    static const char *const what[] = {
        [WEBMAIL_READ] = "read", [WEBMAIL_SEND] = "send", [WEBMAIL_MOVE] = "move", [WEBMAIL_DELETE] = "delete"
    };
    bool sends = e->kind == WEBMAIL_SEND;

    browser_ask(job, e->user, what[e->kind], sends ? NULL : e->folder, e->kind == WEBMAIL_MOVE ? e->to : NULL,
                sends ? e->to : e->subject);
    browser_get(job, url, NULL, NULL, &how, on_front, e);
    g_free(url);
}

static void errand_free(struct browser_job *job)
{
    struct errand *e = (struct errand *)job;

    screen_free(&e->screen);
    g_array_unref(e->uids);
    g_ptr_array_unref(e->urls);
    g_free(e->server);
    g_free(e->user);
    g_free(e->password);
    g_free(e->folder);
    g_free(e->subject);
    g_free(e->to);
    g_free(e->text);
    g_free(e);
}

void browser_webmail(struct browser *b, const struct browser_webmail *w)
{
    static const struct browser_job_kind kind = { errand_start, errand_free };
    struct errand *e = g_new0(struct errand, 1);

    e->kind = w->kind;
    e->server = g_strdup(w->server);
    e->user = g_strdup(w->user);
    e->password = g_strdup(w->password != NULL ? w->password : "");
    e->folder = g_strdup(w->folder != NULL ? w->folder : "INBOX");
    e->subject = g_strdup(w->subject);
    e->to = g_strdup(w->to != NULL ? w->to : "");
    e->text = g_strdup(w->text);
    e->stay = w->stay;
    e->uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    e->urls = g_ptr_array_new_with_free_func(g_free);
    browser_take(b, &e->job, &kind);
}
