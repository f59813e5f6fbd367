#include "http/web.h"

#include <assert.h>
#include <string.h>

#include "http/server.h"
#include "net/tcp.h"

const struct web_spec web_defaults = {
    .persistent = true,
    .requests_max = 100,
    .idle = 15 * SIM_SECOND,
};

struct object {
    char *path, *type, *moved_to;
    GString *data;
    bool chunked;
    unsigned status;
    char *etag;     /* of the data, in its quotes */
    uint64_t count; /* of requests for it */
};

struct mount {
    char *prefix;
    web_maker *make;
    void *self;
};

/* A client that is connected. */
struct session {
    struct session *next, *prev;
    struct web_server *server;
    struct tcp_conn *conn;
    struct http_server *http;
    sim_time heard; /* when it last said something */
    struct sched_handle timer;
};

struct web_server {
    struct net_program program;
    struct net_host *host;
    struct sim *sim;
    char *hostname;
    sim_time idle;
    struct http_server_options options;
    GPtrArray *objects;  /* of struct object, in the order given */
    GHashTable *by_path; /* the same; never iterated */
    GPtrArray *mounts;   /* of struct mount */
    struct tcp_listener *listener;
    struct session *sessions; /* the latest first */
    const struct session *serving;
    GString *out; /* scratch */
};

/* ---- Objects. */

static const char *type_of(const char *path)
{
    static const struct {
        const char *ending, *type;
    } types[] = {
        { ".html", "text/html; charset=utf-8" },
        { ".htm", "text/html; charset=utf-8" },
        { ".txt", "text/plain; charset=utf-8" },
        { ".css", "text/css" },
        { ".js", "text/javascript" },
        { ".json", "application/json" },
        { ".png", "image/png" },
        { ".jpg", "image/jpeg" },
        { ".jpeg", "image/jpeg" },
        { ".gif", "image/gif" },
        { ".svg", "image/svg+xml" },
        { ".ico", "image/vnd.microsoft.icon" },
        { ".mp3", "audio/mpeg" },
        { ".mp4", "video/mp4" },
        { ".pdf", "application/pdf" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        size_t len = strlen(path), n = strlen(types[i].ending);

        if (len >= n && g_ascii_strcasecmp(path + len - n, types[i].ending) == 0)
            return types[i].type;
    }
    return "application/octet-stream";
}

/* A page grows by comments, so that it looks the same and names nothing more. */
static void fill(GString *data, size_t size, bool is_page)
{
    static const char filler[] = "the quick brown fox jumps over the lazy dog and the dog does not mind\n";
    struct span end = SPAN("-->\n");
    size_t n = 0;

    if (data->len >= size)
        return;
    if (is_page && size - data->len >= 8) {
        g_string_append(data, "<!--");
        while (data->len < size - end.len)
            g_string_append_c(data, filler[n++ % (sizeof filler - 1)]);
        g_string_append_len(data, end.at, (gssize)end.len);
    }
    while (data->len < size)
        g_string_append_c(data, is_page ? '\n' : filler[n++ % (sizeof filler - 1)]);
}

static struct object *object_new(const struct web_object *spec)
{
    struct object *o = g_new0(struct object, 1);
    char *digest;

    o->path = g_strdup(spec->path);
    o->type = g_strdup(spec->type != NULL ? spec->type : type_of(spec->path));
    o->moved_to = g_strdup(spec->moved_to);
    o->chunked = spec->chunked;
    o->status = spec->status != 0 ? spec->status : spec->moved_to != NULL ? 301 : 200;
    o->data = g_string_new(NULL);
    if (spec->data.len > 0)
        g_string_append_len(o->data, spec->data.at, (gssize)spec->data.len);
    fill(o->data, spec->size, g_ascii_strncasecmp(o->type, "text/html", 9) == 0);
    digest = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)o->data->str, o->data->len);
    o->etag = g_strdup_printf("\"%.16s\"", digest);
    g_free(digest);
    return o;
}

static void object_free(gpointer data)
{
    struct object *o = data;

    g_free(o->path);
    g_free(o->type);
    g_free(o->moved_to);
    g_free(o->etag);
    g_string_free(o->data, TRUE);
    g_free(o);
}

static struct object *find_object(const struct web_server *w, const char *path)
{
    struct object *o = g_hash_table_lookup(w->by_path, path);
    char *index;

    if (o != NULL || !g_str_has_suffix(path, "/"))
        return o;
    index = g_strconcat(path, "index.html", NULL);
    o = g_hash_table_lookup(w->by_path, index);
    g_free(index);
    return o;
}

/* ---- Answers. */

struct http_message *web_not_allowed(const char *allow)
{
    struct http_message *m = http_page_new(405, "What is here allows other methods than this");

    http_add(m, "Allow", allow);
    return m;
}

/* RFC 9110 §13.1.2: one of those tags, or any; W/ before a tag does not count. For If-Match it does
 * (§13.1.1). */
static bool has_etag(const char *list, const char *etag, bool weak)
{
    size_t len;

    for (;; list += len + 1) {
        struct span tag;

        len = strcspn(list, ",");
        tag = span_trim(span_bytes(list, len));
        if (weak && tag.len > 2 && tag.at[0] == 'W' && tag.at[1] == '/')
            tag = span_bytes(tag.at + 2, tag.len - 2);
        if (span_is(tag, span_of(etag)) || span_is(tag, SPAN("*")))
            return true;
        if (list[len] == '\0')
            return false;
    }
}

/* RFC 9110 §13.2.2: 0 if nothing keeps it from being sent. */
static unsigned failed_condition(const struct object *o, const struct http_message *request)
{
    const char *match = http_field(request, "If-Match"), *none = http_field(request, "If-None-Match");

    if (match != NULL && !has_etag(match, o->etag, false))
        return 412;
    return none != NULL && has_etag(none, o->etag, true) ? 304 : 0;
}

static struct http_message *moved(const struct object *o)
{
    unsigned status = o->status >= 300 && o->status < 400 ? o->status : 301;
    struct http_message *m = http_page_new(status, "What you look for is at another place");

    http_add(m, "Location", o->moved_to);
    return m;
}

static struct http_message *send_object(const struct object *o, const struct http_message *request)
{
    unsigned failed = o->status == 200 ? failed_condition(o, request) : 0;
    struct http_message *m;

    if (failed == 412)
        return http_page_new(412, NULL);
    if (o->moved_to != NULL)
        return moved(o);
    if (o->data->len == 0 && o->status >= 400)
        return http_page_new(o->status, NULL);
    m = http_response_new(failed != 0 ? failed : o->status);
    if (o->status == 200)
        http_add(m, "ETag", o->etag);
    if (failed != 0)
        return m;
    http_add(m, "Content-Type", o->type);
    g_string_append_len(m->body, o->data->str, (gssize)o->data->len);
    m->is_chunked = o->chunked;
    return m;
}

static struct http_message *options(void)
{
    struct http_message *m = http_response_new(204);

    http_add(m, "Allow", "GET, HEAD, OPTIONS");
    return m;
}

static struct http_message *answer_path(struct web_server *w, const struct http_message *request,
                                        const char *path)
{
    struct object *o = find_object(w, path);
    char *more;
    struct http_message *m;

    if (o == NULL) {
        more = g_strdup_printf("On %s there is no %s", w->hostname, path);
        m = http_page_new(404, more);
        g_free(more);
        return m;
    }
    o->count++;
    if (strcmp(request->method, "OPTIONS") == 0)
        return options();
    if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0)
        return web_not_allowed("GET, HEAD, OPTIONS");
    return send_object(o, request);
}

/* "/mail/" and what is below it; "/mail" is not, but leads there. */
static const struct mount *find_mount(const struct web_server *w, const char *path)
{
    for (guint i = 0; i < w->mounts->len; i++) {
        const struct mount *mount = w->mounts->pdata[i];

        if (g_str_has_prefix(path, mount->prefix) ||
            (strlen(path) + 1 == strlen(mount->prefix) && g_str_has_prefix(mount->prefix, path)))
            return mount;
    }
    return NULL;
}

static struct http_message *answer_mount(const struct session *x, const struct mount *mount,
                                         const struct http_message *request, const char *path)
{
    struct http_message *m;

    if (g_str_has_prefix(path, mount->prefix))
        return mount->make(mount->self, request, tcp_peer_ip(x->conn));
    m = http_page_new(301, "What you look for is a folder");
    http_add(m, "Location", mount->prefix);
    return m;
}

static struct http_message *on_serve(void *self, const struct http_message *request)
{
    const struct session *x = self;
    struct web_server *w = x->server;
    struct http_message *m;
    const struct mount *mount;
    char *host = NULL, *target = NULL, *path;
    unsigned port;

    if (strcmp(request->target, "*") == 0)
        return options();
    if (strcmp(request->method, "CONNECT") == 0)
        return web_not_allowed("GET, HEAD, OPTIONS");
    /* RFC 9112 §3.2.2: as to a proxy, but each server takes it. */
    if (!http_url(request->target, &host, &port, &target))
        target = g_strdup(request->target);
    path = http_unescape_path(span_bytes(target, strcspn(target, "?")));
    g_free(host);
    g_free(target);
    if (path == NULL)
        return http_page_new(400, "The path is not written as paths are");
    mount = find_mount(w, path);
    w->serving = x;
    m = mount != NULL ? answer_mount(x, mount, request, path) : answer_path(w, request, path);
    w->serving = NULL;
    g_free(path);
    return m;
}

void web_server_mount(struct web_server *w, const char *prefix, web_maker *make, void *self)
{
    struct mount *m = g_new(struct mount, 1);

    *m = (struct mount){ g_strdup(prefix), make, self };
    g_ptr_array_add(w->mounts, m);
}

static void mount_free(gpointer data)
{
    g_free(((struct mount *)data)->prefix);
    g_free(data);
}

/* ---- Trace. */

static void sign(const struct session *x, struct record *r)
{
    r->peer = tcp_peer_name(x->conn);
    r->conn = tcp_id(x->conn);
    r->mail = tcp_mail(x->conn);
}

void web_server_sign(const struct web_server *w, struct record *r)
{
    if (w->serving != NULL)
        sign(w->serving, r);
}

static void on_response(void *self, const struct http_message *request, const struct http_message *m,
                        size_t size)
{
    const struct session *x = self;
    struct trace *t = &x->server->sim->trace;
    const char *type = http_field(m, "Content-Type");
    struct record *r;

    if (!trace_on(t))
        return;
    r = trace_begin(t, EV_HTTP_RESPONSE, net_host_name(x->server->host));
    sign(x, r);
    trace_number(r, KEY_CODE, m->status);
    trace_text(r, KEY_TARGET, span_of(request != NULL ? request->target : ""));
    trace_format(t, KEY_LINE, "HTTP/1.%u %u %s", m->minor, m->status, m->reason);
    if (type != NULL)
        trace_text(r, KEY_TYPE, span_of(type));
    trace_number(r, KEY_LEN, (int64_t)m->body->len);
    trace_number(r, KEY_SIZE, (int64_t)size);
    trace_end(t);
}

static void on_state(void *self, enum http_server_state before, enum http_server_state now)
{
    const struct session *x = self;
    struct trace *t = &x->server->sim->trace;
    uint64_t cause = sched_cause(x->server->sim->sched);
    struct record *r;

    if (!trace_on(t))
        return;
    r = trace_begin(t, EV_HTTP_STATE, net_host_name(x->server->host));
    sign(x, r);
    trace_text(r, KEY_ROLE, SPAN("server"));
    trace_text(r, KEY_STATE, span_of(http_server_state_text(now)));
    trace_text(r, KEY_BEFORE, span_of(http_server_state_text(before)));
    trace_end(t);
    sched_set_cause(x->server->sim->sched, cause); /* what follows comes of what was said */
}

static int64_t unix_s(void *self)
{
    const struct sim *sim = ((const struct session *)self)->server->sim;

    return sim->epoch_s + sim_now(sim) / SIM_SECOND;
}

static const struct http_handler handler = { .serve = on_serve,
                                             .on_response = on_response,
                                             .on_state = on_state };

/* ---- Sessions. */

static void session_free(struct session *x)
{
    if (x->prev != NULL)
        x->prev->next = x->next;
    else
        x->server->sessions = x->next;
    if (x->next != NULL)
        x->next->prev = x->prev;
    http_server_free(&x->http);
    g_free(x);
}

static void end_session(struct session *x)
{
    sched_cancel(x->server->sim->sched, &x->timer);
    if (x->conn != NULL)
        tcp_detach(&x->conn);
    session_free(x);
}

/* Send what the session said; end it if that was its last word. */
static void flush(struct session *x)
{
    GString *out = x->server->out;

    if (out->len > 0) {
        tcp_send(x->conn, span_bytes(out->str, out->len));
        g_string_truncate(out, 0);
    }
    if (http_server_is_over(x->http))
        end_session(x);
}

/* One timer a session, put off when it fires, not at each request. */
static void on_idle(void *self)
{
    struct session *x = self;
    struct web_server *w = x->server;

    if (sim_now(w->sim) < x->heard + w->idle) {
        x->timer = sched_at(w->sim->sched, x->heard + w->idle, on_idle, x);
        return;
    }
    http_server_shut(x->http, w->out);
    flush(x);
}

static void on_tcp_data(void *self, struct tcp_conn *conn, struct span bytes)
{
    struct session *x = self;

    (void)conn;
    x->heard = sim_now(x->server->sim);
    http_server_feed(x->http, bytes, x->server->out);
    flush(x);
}

static void on_tcp_eof(void *self, struct tcp_conn *conn)
{
    (void)conn;
    end_session(self);
}

static void on_tcp_gone(void *self, struct tcp_conn *conn, enum tcp_gone why)
{
    struct session *x = self;

    (void)conn;
    (void)why;
    x->conn = NULL;
    end_session(x);
}

static const struct tcp_app app = { .on_data = on_tcp_data, .on_eof = on_tcp_eof, .on_gone = on_tcp_gone };

static void *on_accept(void *self, struct tcp_conn *conn, const struct tcp_app **app_out)
{
    struct web_server *w = self;
    struct session *x = g_new0(struct session, 1);

    x->server = w;
    x->conn = conn;
    x->http = http_server_new(&w->options, &handler, x);
    x->next = w->sessions;
    if (w->sessions != NULL)
        w->sessions->prev = x;
    w->sessions = x;
    x->heard = sim_now(w->sim);
    x->timer = sched_at(w->sim->sched, x->heard + w->idle, on_idle, x);
    *app_out = &app;
    return x;
}

unsigned web_server_sessions(const struct web_server *w)
{
    unsigned n = 0;

    for (const struct session *x = w->sessions; x != NULL; x = x->next)
        n++;
    return n;
}

/* ---- Tables. */

static void describe_objects(const struct web_server *w, struct sheet *sheet)
{
    struct table *t = sheet_table(sheet, "objects", "Objects of the web server", "It has nothing to show.");

    table_column(t, CELL_TEXT, "path", "path", NULL);
    table_column(t, CELL_TEXT, "type", "type", "Its media type, as Content-Type tells it.");
    table_column(t, CELL_NUMBER, "octets", "octets", "Of content; the header comes on top.");
    table_column(t, CELL_NUMBER, "code", "code", "What a request for it is answered with.");
    table_column(t, CELL_TEXT, "moved_to", "moved to", "Where a request for it is led to.");
    table_column(t, CELL_NUMBER, "requests", "requests", "How often it was asked for.");
    for (guint i = 0; i < w->objects->len; i++) {
        const struct object *o = w->objects->pdata[i];

        table_row(t);
        table_text(t, "%s", o->path);
        table_text(t, "%s", o->type);
        table_number(t, (int64_t)o->data->len);
        table_number(t, o->status);
        table_text(t, "%s", o->moved_to != NULL ? o->moved_to : "");
        table_number(t, (int64_t)o->count);
    }
}

static void describe_sessions(const struct web_server *w, struct sheet *sheet)
{
    struct table *t = sheet_table(sheet, "http", "HTTP sessions", "Nobody is connected by HTTP.");
    const struct session *first = w->sessions;

    table_column(t, CELL_TEXT, "peer", "peer", NULL);
    table_column(t, CELL_TEXT, "conn", "conn", "The connection's name in the trace.");
    table_column(t, CELL_TEXT, "state", "state", NULL);
    table_column(t, CELL_NUMBER, "requests", "requests", "Answered over this connection so far.");
    table_column(t, CELL_TIME, "heard", "heard", "When the client last said something.");
    while (first != NULL && first->next != NULL)
        first = first->next;
    for (const struct session *x = first; x != NULL; x = x->prev) {
        table_row(t);
        table_text(t, "%s", tcp_peer_name(x->conn));
        table_text(t, "c%u", (unsigned)tcp_id(x->conn));
        table_text(t, "%s", http_server_state_text(http_server_state(x->http)));
        table_number(t, http_server_served(x->http));
        table_time(t, x->heard);
    }
}

static void on_describe(void *self, struct sheet *sheet)
{
    describe_objects(self, sheet);
    describe_sessions(self, sheet);
}

/* ---- The program. */

static void on_start(void *self)
{
    struct web_server *w = self;

    w->listener = tcp_listen(w->host, HTTP_PORT, on_accept, w);
}

static void on_stop(void *self)
{
    struct web_server *w = self;

    while (w->sessions != NULL) {
        tcp_abort(&w->sessions->conn);
        end_session(w->sessions);
    }
    if (w->listener != NULL)
        tcp_unlisten(&w->listener);
}

struct web_server *web_server_add(struct net_host *h, const struct web_spec *spec)
{
    struct web_server *w = g_new0(struct web_server, 1);

    w->host = h;
    w->sim = net_host_sim(h);
    w->hostname = g_strdup(spec->hostname != NULL ? spec->hostname : net_host_name(h));
    w->idle = spec->idle > 0 ? spec->idle : web_defaults.idle;
    w->options = (struct http_server_options){
        .persistent = spec->persistent,
        .requests_max = spec->requests_max,
        .unix_s = unix_s,
    };
    w->objects = g_ptr_array_new_with_free_func(object_free);
    w->by_path = g_hash_table_new(g_str_hash, g_str_equal);
    w->mounts = g_ptr_array_new_with_free_func(mount_free);
    w->out = g_string_new(NULL);
    for (unsigned i = 0; i < spec->n_objects; i++) {
        struct object *o = object_new(&spec->objects[i]);

        g_ptr_array_add(w->objects, o);
        g_hash_table_insert(w->by_path, o->path, o);
    }
    w->program = (struct net_program){
        .name = "web",
        .start = on_start,
        .stop = on_stop,
        .describe = on_describe,
        .self = w,
    };
    net_program_add(h, &w->program);
    return w;
}

void web_server_free(struct web_server **web)
{
    struct web_server *w = *web;

    *web = NULL;
    if (w == NULL)
        return;
    while (w->sessions != NULL)
        session_free(w->sessions);
    g_hash_table_unref(w->by_path);
    g_ptr_array_unref(w->objects);
    g_ptr_array_unref(w->mounts);
    g_string_free(w->out, TRUE);
    g_free(w->hostname);
    g_free(w);
}
