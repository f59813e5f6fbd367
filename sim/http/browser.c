#include "http/browser_internal.h"

#include <assert.h>
#include <string.h>

#include "http/html.h"

/* ---- Jobs. */

static void begin_next(struct browser *b);

void browser_fail(struct browser_job *job, const char *user, const char *line)
{
    struct browser *b = job->browser;
    uint64_t cause = sched_cause(b->sim->sched);
    struct record *r;

    if (!trace_on(&b->sim->trace))
        return;
    r = trace_begin(&b->sim->trace, EV_AGENT_FAIL, net_host_name(b->host));
    trace_text(r, KEY_USER, span_of(user));
    trace_text(r, KEY_METHOD, SPAN("web"));
    trace_text(r, KEY_LINE, span_of(line));
    trace_end(&b->sim->trace);
    sched_set_cause(b->sim->sched, cause);
}

void browser_ask(struct browser_job *job, const char *user, const char *what, const char *folder,
                 const char *into, const char *target)
{
    struct browser *b = job->browser;
    struct record *r;

    if (!trace_on(&b->sim->trace))
        return;
    r = trace_begin(&b->sim->trace, EV_AGENT_ASK, net_host_name(b->host));
    trace_text(r, KEY_USER, span_of(user));
    trace_text(r, KEY_METHOD, SPAN("web"));
    trace_text(r, KEY_WHAT, span_of(what));
    if (folder != NULL)
        trace_text(r, KEY_FOLDER, span_of(folder));
    if (into != NULL)
        trace_text(r, KEY_INTO, span_of(into));
    if (target != NULL)
        trace_text(r, KEY_TARGET, span_of(target));
    trace_end(&b->sim->trace);
}

static void seen_free(struct browser_seen *s)
{
    g_free(s->url);
    g_free(s);
}

void browser_note(struct browser_job *job, const char *url, unsigned code, unsigned objects)
{
    struct browser *b = job->browser;
    struct browser_seen *s = g_new0(struct browser_seen, 1);

    *s = (struct browser_seen){
        .url = g_strdup(url),
        .code = code,
        .objects = objects,
        .connections = job->conns->len,
        .size = job->size,
        .at = sim_now(b->sim),
        .took = sim_now(b->sim) - job->began,
    };
    if (g_queue_get_length(&b->seen) == BROWSER_PAGES_KEPT)
        seen_free(g_queue_pop_head(&b->seen));
    g_queue_push_tail(&b->seen, s);
}

static void job_free(struct browser_job *job)
{
    g_array_unref(job->conns);
    job->kind->free(job);
}

void browser_take(struct browser *b, struct browser_job *job, const struct browser_job_kind *kind)
{
    job->link = (GList){ .data = job };
    job->browser = b;
    job->kind = kind;
    job->cause = sched_cause(b->sim->sched);
    job->conns = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    if (!b->is_up) {
        browser_fail(job, "", "The browser is not running");
        job_free(job);
        return;
    }
    g_queue_push_tail_link(&b->jobs, &job->link);
    if (g_queue_get_length(&b->jobs) == 1)
        begin_next(b);
}

/* Its turn has come: it follows from what the person did, not from the one before it. */
static void begin_next(struct browser *b)
{
    struct browser_job *job = g_queue_peek_head(&b->jobs);
    uint64_t cause = sched_cause(b->sim->sched);

    if (job == NULL)
        return;
    job->began = sim_now(b->sim);
    sched_set_cause(b->sim->sched, job->cause);
    job->kind->start(job);
    sched_set_cause(b->sim->sched, cause);
}

void browser_done(struct browser_job *job)
{
    struct browser *b = job->browser;

    assert(g_queue_peek_head(&b->jobs) == job && g_queue_is_empty(&b->gets));
    g_queue_pop_head_link(&b->jobs);
    job_free(job);
    fetcher_forget(b->fetcher);
    begin_next(b);
}

/* ---- Pages. */

struct page {
    struct browser_job job;
    char *url, *method, *form;
    bool with_objects;
    struct fetch_how how;
    unsigned code;
    unsigned n_left, n_came; /* objects */
};

static void page_done(struct page *p)
{
    struct browser *b = p->job.browser;
    struct record *r;

    browser_note(&p->job, p->url, p->code, p->n_came);
    if (trace_on(&b->sim->trace)) {
        r = trace_begin(&b->sim->trace, EV_HTTP_PAGE, net_host_name(b->host));
        trace_text(r, KEY_TARGET, span_of(p->url));
        trace_number(r, KEY_CODE, p->code);
        trace_number(r, KEY_COUNT, p->n_came);
        trace_number(r, KEY_CONNECTIONS, p->job.conns->len);
        trace_number(r, KEY_SIZE, (int64_t)p->job.size);
        trace_time(r, KEY_TOOK, sim_now(b->sim) - p->job.began);
        trace_end(&b->sim->trace);
    }
    browser_done(&p->job);
}

static void on_object(void *self, const struct browser_answer *a)
{
    struct page *p = self;

    if (a->message == NULL) {
        char *line = g_strdup_printf("%s: %s", a->asked, a->why);

        browser_fail(&p->job, "", line);
        g_free(line);
    } else if (a->message->status < 400) {
        p->n_came++;
    }
    if (--p->n_left == 0)
        page_done(p);
}

static void fetch_objects(struct page *p, const struct browser_answer *a)
{
    GPtrArray *list = html_objects(span_bytes(a->message->body->str, a->message->body->len));
    GHashTable *asked = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL); /* never iterated */

    for (guint i = 0; i < list->len && g_hash_table_size(asked) < BROWSER_OBJECTS_MAX; i++) {
        char *url = http_resolve(a->url, list->pdata[i]);

        if (g_ascii_strncasecmp(url, "http://", 7) != 0 || g_hash_table_contains(asked, url)) {
            g_free(url);
            continue;
        }
        g_hash_table_add(asked, url);
        p->n_left++;
        browser_get(&p->job, url, NULL, NULL, &p->how, on_object, p);
    }
    g_hash_table_unref(asked);
    g_ptr_array_unref(list);
}

static void on_page(void *self, const struct browser_answer *a)
{
    struct page *p = self;

    if (a->message == NULL) {
        browser_fail(&p->job, "", a->why);
        browser_note(&p->job, p->url, 0, 0);
        browser_done(&p->job);
        return;
    }
    p->code = a->message->status;
    if (p->with_objects && browser_is_page(a->message))
        fetch_objects(p, a);
    if (p->n_left == 0)
        page_done(p);
}

static void page_start(struct browser_job *job)
{
    struct page *p = (struct page *)job;

    browser_ask(job, "", "fetch", NULL, NULL, p->url);
    browser_get(job, p->url, p->method, p->form, &p->how, on_page, p);
}

static void page_free(struct browser_job *job)
{
    struct page *p = (struct page *)job;

    g_free(p->url);
    g_free(p->method);
    g_free(p->form);
    g_free(p);
}

void browser_fetch(struct browser *b, const struct browser_page *spec)
{
    static const struct browser_job_kind kind = { page_start, page_free };
    struct page *p = g_new0(struct page, 1);

    p->url = g_strdup(spec->url);
    p->method = g_strdup(spec->method);
    p->form = g_strdup(spec->form);
    p->with_objects = spec->with_objects;
    p->how = (struct fetch_how){ spec->persistent, spec->connections };
    browser_take(b, &p->job, &kind);
}

/* ---- Tables. */

static void describe_pages(const struct browser *b, struct sheet *sheet)
{
    struct table *t = sheet_table(sheet, "pages", "Pages", "No page has been fetched.");

    table_column(t, CELL_TEXT, "url", "URL", NULL);
    table_column(t, CELL_NUMBER, "code", "code", "The page's status; 0: nothing came.");
    table_column(t, CELL_NUMBER, "objects", "objects", "What the page names, as far as it came.");
    table_column(t, CELL_NUMBER, "octets", "octets", "Of all responses, headers too.");
    table_column(t, CELL_NUMBER, "connections", "connections", "How many they came over.");
    table_column(t, CELL_TIME, "at", "at", "When all was there.");
    table_column(t, CELL_SPAN, "took", "took", "From the first look-up to the last octet.");
    for (const GList *l = b->seen.head; l != NULL; l = l->next) {
        const struct browser_seen *s = l->data;

        table_row(t);
        table_text(t, "%s", s->url);
        table_number(t, s->code);
        table_number(t, s->objects);
        table_number(t, (int64_t)s->size);
        table_number(t, s->connections);
        table_time(t, s->at);
        table_duration(t, s->took);
    }
}

static void describe_cookies(const struct browser *b, struct sheet *sheet)
{
    struct table *t = sheet_table(sheet, "cookies", "Cookies", "There are none.");

    table_column(t, CELL_TEXT, "host", "host", "Who set it, and gets it back.");
    table_column(t, CELL_TEXT, "path", "path", "What it is sent along with: this path and those below.");
    table_column(t, CELL_TEXT, "name", "name", NULL);
    table_column(t, CELL_TEXT, "value", "value", NULL);
    table_column(t, CELL_TIME, "until", "until", "When it is forgotten; never: when the browser ends.");
    for (guint i = 0; i < b->jar.cookies->len; i++) {
        const struct http_cookie *c = b->jar.cookies->pdata[i];

        table_row(t);
        table_text(t, "%s", c->host);
        table_text(t, "%s", c->path);
        table_text(t, "%s", c->name);
        table_text(t, "%s", c->value);
        table_time(t, c->until);
    }
}

static void on_describe(void *self, struct sheet *sheet)
{
    const struct browser *b = self;

    describe_pages(b, sheet);
    fetcher_describe(b->fetcher, sheet);
    describe_cookies(b, sheet);
}

unsigned browser_pages(const struct browser *b)
{
    return g_queue_get_length((GQueue *)&b->seen);
}

unsigned browser_busy(const struct browser *b)
{
    return g_queue_get_length((GQueue *)&b->jobs);
}

/* ---- The program. */

static void on_start(void *self)
{
    ((struct browser *)self)->is_up = true;
}

static void drop_jobs(struct browser *b, bool tell)
{
    browser_drop_gets(b);
    while (b->jobs.head != NULL) {
        struct browser_job *job = g_queue_pop_head_link(&b->jobs)->data;

        if (tell)
            browser_fail(job, "", "The browser was stopped");
        job_free(job);
    }
}

/* Its cookies are in memory: whoever was logged in has to do it again. */
static void on_stop(void *self)
{
    struct browser *b = self;

    b->is_up = false;
    fetcher_stop(b->fetcher);
    drop_jobs(b, true);
    http_jar_clear(&b->jar);
}

struct browser *browser_add(struct net_host *h, const struct browser_spec *spec)
{
    struct browser *b = g_new0(struct browser, 1);

    b->host = h;
    b->sim = net_host_sim(h);
    b->stub = spec->n_resolvers > 0 ? dns_stub_new(h, spec->resolvers, spec->n_resolvers) : NULL;
    b->fetcher = fetcher_new(h, b->stub);
    http_jar_init(&b->jar);
    g_queue_init(&b->jobs);
    g_queue_init(&b->gets);
    g_queue_init(&b->seen);
    b->program = (struct net_program){
        .name = "browser",
        .start = on_start,
        .stop = on_stop,
        .describe = on_describe,
        .self = b,
    };
    net_program_add(h, &b->program);
    return b;
}

void browser_free(struct browser **browser)
{
    struct browser *b = *browser;

    *browser = NULL;
    if (b == NULL)
        return;
    drop_jobs(b, false);
    fetcher_free(&b->fetcher);
    if (b->stub != NULL)
        dns_stub_free(&b->stub);
    http_jar_release(&b->jar);
    while (b->seen.head != NULL)
        seen_free(g_queue_pop_head(&b->seen));
    g_free(b);
}
