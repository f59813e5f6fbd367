#include "http/browser_internal.h"

#include <string.h>

struct get {
    GList link; /* in the browser's `gets` */
    struct browser_job *job;
    char *asked, *url, *method, *form;
    char *host, *target; /* of the URL */
    struct fetch_how how;
    unsigned redirects;
    struct sched_handle at_once; /* of a failure without a fetch */
    browser_on_answer *on_answer;
    void *self;
};

static void get_free(struct get *g)
{
    g_free(g->asked);
    g_free(g->url);
    g_free(g->method);
    g_free(g->form);
    g_free(g->host);
    g_free(g->target);
    g_free(g);
}

void browser_drop_gets(struct browser *b)
{
    while (b->gets.head != NULL) {
        struct get *g = g_queue_pop_head_link(&b->gets)->data;

        sched_cancel(b->sim->sched, &g->at_once);
        get_free(g);
    }
}

/* It is off the list before anybody is told, and lives until they were. */
static void answer(struct get *g, const struct http_message *m, const char *why)
{
    g_queue_unlink(&g->job->browser->gets, &g->link);
    g->on_answer(g->self,
                 &(struct browser_answer){ .asked = g->asked, .url = g->url, .message = m, .why = why });
    get_free(g);
}

static void on_bad_url(void *self)
{
    struct get *g = self;
    char *why = g_strdup_printf("%s is no URL that a browser here can go to", g->url);

    g->at_once = (struct sched_handle){ 0 };
    answer(g, NULL, why);
    g_free(why);
}

bool browser_is_page(const struct http_message *m)
{
    const char *type = http_field(m, "Content-Type");

    return type != NULL && g_ascii_strncasecmp(type, "text/html", 9) == 0 &&
           (type[9] == '\0' || type[9] == ';' || type[9] == ' ');
}

/* ---- What came. */

static void keep_cookies(struct get *g, const struct http_message *m)
{
    struct browser *b = g->job->browser;

    for (guint i = 0; i < m->fields->len - m->n_trailers; i++) {
        const struct http_field *f = &g_array_index(m->fields, struct http_field, i);

        if (g_ascii_strcasecmp(f->name, "Set-Cookie") == 0)
            http_jar_set(&b->jar, g->host, g->target, span_of(f->value), sim_now(b->sim));
    }
}

static void count(struct browser_job *job, const struct fetch_result *r)
{
    job->size += r->size;
    for (guint i = 0; i < job->conns->len; i++)
        if (g_array_index(job->conns, uint32_t, i) == r->conn)
            return;
    if (r->conn != 0)
        g_array_append_val(job->conns, r->conn);
}

static bool is_redirection(const struct http_message *m)
{
    return (m->status >= 301 && m->status <= 303) || m->status == 307 || m->status == 308;
}

static void go(struct get *g);

/* RFC 9110 §15.4: after 303 the next is a GET; after 301 and 302 a POST becomes one, as browsers have it. */
static void follow(struct get *g, unsigned status, const char *location)
{
    char *url = http_resolve(g->url, location);

    g_free(g->url);
    g->url = url;
    if ((status == 303 && strcmp(g->method, "HEAD") != 0) ||
        (status < 303 && strcmp(g->method, "POST") == 0)) {
        g_free(g->method);
        g_clear_pointer(&g->form, g_free);
        g->method = g_strdup("GET");
    }
    go(g);
}

static void on_done(void *self, const struct fetch_result *r)
{
    struct get *g = self;
    const char *location;

    count(g->job, r);
    if (r->message == NULL) {
        answer(g, NULL, r->why);
        return;
    }
    keep_cookies(g, r->message);
    location = http_field(r->message, "Location");
    if (!is_redirection(r->message) || location == NULL)
        answer(g, r->message, NULL);
    else if (g->redirects++ == BROWSER_REDIRECTS_MAX)
        answer(g, NULL, "The server leads from one place to the next without an end");
    else
        follow(g, r->message->status, location);
}

/* ---- Asking. */

static void go(struct get *g)
{
    struct browser *b = g->job->browser;
    struct http_message *m;
    GString *cookies;
    unsigned port;

    g_clear_pointer(&g->host, g_free);
    g_clear_pointer(&g->target, g_free);
    if (!http_url(g->url, &g->host, &port, &g->target)) {
        g->at_once = sched_at(b->sim->sched, sim_now(b->sim), on_bad_url, g);
        return;
    }
    m = http_request_new(g->method, g->target);
    http_add(m, "User-Agent", "mxlab");
    http_add(m, "Accept", "*/*");
    cookies = g_string_new(NULL);
    http_jar_get(&b->jar, g->host, g->target, sim_now(b->sim), cookies);
    if (cookies->len > 0)
        http_add(m, "Cookie", cookies->str);
    g_string_free(cookies, TRUE);
    if (g->form != NULL) {
        http_add(m, "Content-Type", "application/x-www-form-urlencoded");
        g_string_assign(m->body, g->form);
    }
    fetcher_ask(b->fetcher, g->host, port, m, &g->how, on_done, g);
}

void browser_get(struct browser_job *job, const char *url, const char *method, const char *form,
                 const struct fetch_how *how, browser_on_answer *on_answer, void *self)
{
    struct get *g = g_new0(struct get, 1);

    g->link.data = g;
    g->job = job;
    g->asked = g_strdup(url);
    g->url = g_strdup(url);
    g->method = g_strdup(method != NULL ? method : "GET");
    g->form = g_strdup(form);
    g->how = *how;
    g->on_answer = on_answer;
    g->self = self;
    g_queue_push_tail_link(&job->browser->gets, &g->link);
    go(g);
}
