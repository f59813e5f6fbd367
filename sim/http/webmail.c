#include "http/webmail_internal.h"

#include <string.h>

#include "http/server.h"
#include "mail/addr.h"

static const char prefix[] = "/mail/";

struct webmail {
    struct net_program program;
    struct webmail_spec spec;
    struct sim *sim;
    struct web_server *web;
    struct rng rng; /* of session ids */
    bool is_up;
    GPtrArray *logins; /* of struct webmail_login, in the order of logging in */
};

/* ---- Logins. */

static void login_free(gpointer data)
{
    struct webmail_login *l = data;

    g_free(l->id);
    g_free(l->address);
    g_free(l);
}

static struct webmail_login *login_new(struct webmail *w, struct mail_box *box)
{
    struct webmail_login *l = g_new0(struct webmail_login, 1);
    const struct mail_local *local = w->spec.local;
    uint64_t high = rng_next(&w->rng), low = rng_next(&w->rng);

    l->id = g_strdup_printf("%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x", high, low);
    l->box = box;
    l->address = g_strdup_printf("%s@%s", box->user,
                                 local->n_domains > 0 ? local->domains[0] : net_host_name(w->spec.host));
    l->since = l->seen = sim_now(w->sim);
    if (w->logins->len == WEBMAIL_LOGINS_MAX)
        g_ptr_array_remove_index(w->logins, 0);
    g_ptr_array_add(w->logins, l);
    return l;
}

static void log_out(struct webmail *w, const struct webmail_login *l)
{
    g_ptr_array_remove(w->logins, (gpointer)l);
}

static struct webmail_login *find_id(const struct webmail *w, struct span id)
{
    for (guint i = 0; i < w->logins->len; i++)
        if (span_is(id, span_of(((struct webmail_login *)w->logins->pdata[i])->id)))
            return w->logins->pdata[i];
    return NULL;
}

/* Whose request it is, by its cookie "session" (RFC 6265 §4.2.1); NULL: nobody's. */
static struct webmail_login *find_login(struct webmail *w, const struct http_message *request)
{
    const char *cookies = http_field(request, "Cookie");
    size_t len;

    for (; cookies != NULL; cookies = cookies[len] != '\0' ? cookies + len + 1 : NULL) {
        struct span cookie, key = SPAN("session=");
        struct webmail_login *l;

        len = strcspn(cookies, ";");
        cookie = span_trim(span_bytes(cookies, len));
        if (cookie.len <= key.len || memcmp(cookie.at, key.at, key.len) != 0)
            continue;
        l = find_id(w, span_bytes(cookie.at + key.len, cookie.len - key.len));
        if (l != NULL && sim_now(w->sim) - l->seen >= WEBMAIL_IDLE) {
            log_out(w, l);
            l = NULL;
        }
        if (l != NULL)
            return l;
    }
    return NULL;
}

static void trace_login(const struct webmail *w, bool accepted, const char *user)
{
    struct trace *t = &w->sim->trace;
    struct record *r;

    if (!trace_on(t))
        return;
    r = trace_begin(t, accepted ? EV_AUTH_ACCEPT : EV_AUTH_REFUSE, net_host_name(w->spec.host));
    web_server_sign(w->web, r);
    trace_text(r, KEY_USER, span_of(user));
    trace_text(r, KEY_METHOD, SPAN("form"));
    trace_end(t);
}

/* ---- Answers that lead on. */

/* RFC 9110 §15.4.4: after a form, GET this; so that loading it again sends nothing twice. */
static struct http_message *see(const char *url)
{
    struct http_message *m = http_response_new(303);

    http_add(m, "Location", url);
    http_add(m, "Cache-Control", "no-store");
    return m;
}

static struct http_message *see_folder(const char *name)
{
    char *url = webmail_folder_url(name);
    struct http_message *m = see(url);

    g_free(url);
    return m;
}

/* ---- What a request asks for. */

struct asked {
    struct webmail *webmail;
    struct webmail_login *login; /* NULL: nobody is logged in */
    const struct http_message *request;
    bool is_head;
    struct span form; /* of the body, or of the target behind the ? */
};

static char *value(const struct asked *a, const char *key)
{
    return http_form_value(a->form, key);
}

/* The same, as text that a mail may be made of: UTF-8, lines end in \n. To be freed. */
static char *text_value(const struct asked *a, const char *key)
{
    char *raw = value(a, key), *valid = g_utf8_make_valid(raw != NULL ? raw : "", -1), *to = valid;

    for (const char *from = valid; *from != '\0'; from++)
        if (*from != '\r' || from[1] != '\n')
            *to++ = *from;
    *to = '\0';
    g_free(raw);
    return valid;
}

/* The folder that `key` names; NULL: there is none. */
static struct mail_folder *asked_folder(const struct asked *a, const char *key)
{
    char *name = value(a, key);
    struct mail_folder *f = name != NULL ? mail_folder_find(a->login->box, span_of(name)) : NULL;

    g_free(name);
    return f != NULL && !f->no_select ? f : NULL;
}

/* The place of the message that is asked for, -1 if there is none. */
static int asked_message(const struct asked *a, struct mail_folder **folder_out)
{
    char *digits = value(a, "uid");
    uint64_t uid;
    int at = -1;

    *folder_out = asked_folder(a, "folder");
    if (*folder_out != NULL && digits != NULL && span_number(span_of(digits), UINT32_MAX, &uid))
        at = mail_folder_place(*folder_out, (uint32_t)uid);
    g_free(digits);
    return at;
}

static struct http_message *no_message(const struct asked *a)
{
    return webmail_notice_page(a->login, 404,
                               "There is no such message: perhaps it has been deleted or moved");
}

/* ---- Pages. */

static struct http_message *on_start_page(const struct asked *a)
{
    return a->login != NULL ? webmail_folder_page(a->login, a->login->box->inbox)
                            : webmail_login_page(200, NULL);
}

static struct http_message *on_folder(const struct asked *a)
{
    const struct mail_folder *f = asked_folder(a, "name");

    return f != NULL ? webmail_folder_page(a->login, f)
                     : webmail_notice_page(a->login, 404, "There is no such folder");
}

/* Whoever sees the page has seen the message. */
static struct http_message *on_message(const struct asked *a)
{
    struct mail_folder *f;
    int at = asked_message(a, &f);

    if (at < 0)
        return no_message(a);
    if (!a->is_head)
        mail_folder_set_flags(f, (unsigned)at, f->messages[at].flags | MAIL_SEEN, NULL);
    return webmail_message_page(a->login, f, (unsigned)at);
}

static struct http_message *on_part(const struct asked *a)
{
    struct mail_folder *f;
    int at = asked_message(a, &f);
    char *number = value(a, "part");
    struct http_message *m = at >= 0 && number != NULL ? webmail_part(f->messages[at].message, number) : NULL;

    g_free(number);
    return m != NULL ? m : no_message(a);
}

static struct http_message *on_raw(const struct asked *a)
{
    struct mail_folder *f;
    int at = asked_message(a, &f);

    return at >= 0 ? webmail_raw(f->messages[at].message) : no_message(a);
}

static struct http_message *on_compose(const struct asked *a)
{
    return webmail_compose_page(a->login, 200, NULL, &(struct webmail_draft){ 0 });
}

/* ---- Forms. */

/* SameSite: another site's page cannot make the browser act in this one's name. */
static void set_cookie(struct http_message *m, const char *id, bool ends)
{
    char *cookie = g_strdup_printf("session=%s; Path=%s; HttpOnly; SameSite=Strict%s", id, prefix,
                                   ends ? "; Max-Age=0" : "");

    http_add(m, "Set-Cookie", cookie);
    g_free(cookie);
}

static struct http_message *on_login(const struct asked *a)
{
    struct webmail *w = a->webmail;
    char *user = value(a, "user"), *password = value(a, "password");
    struct mail_box *box = user != NULL && password != NULL
                               ? mail_local_login(w->spec.local, span_of(user), span_of(password))
                               : NULL;
    struct http_message *m;

    trace_login(w, box != NULL, user != NULL ? user : "");
    if (box != NULL) {
        if (a->login != NULL)
            log_out(w, a->login);
        m = see_folder(box->inbox->name);
        set_cookie(m, login_new(w, box)->id, false);
    } else {
        m = webmail_login_page(403, "Wrong user name or password"); /* never which of them */
    }
    g_free(user);
    g_free(password);
    return m;
}

static struct http_message *on_logout(const struct asked *a)
{
    struct http_message *m = see(prefix);

    set_cookie(m, a->login->id, true);
    log_out(a->webmail, a->login);
    return m;
}

/* Addresses parted by commas. False, and why: one is none, or there are too many or not one. */
static bool read_recipients(const char *list, GPtrArray *to, GString *why)
{
    char **parts = g_strsplit(list, ",", -1);

    for (char **p = parts; *p != NULL && why->len == 0; p++) {
        const char *address = g_strstrip(*p);
        struct mail_addr parsed;

        if (address[0] == '\0')
            continue;
        if (mail_addr_read(span_of(address), &parsed) != NULL)
            g_string_printf(why, "%.200s is no address", address);
        else
            g_ptr_array_add(to, g_strdup(address));
    }
    g_strfreev(parts);
    if (why->len == 0 && to->len == 0)
        g_string_assign(why, "There is nobody to send it to");
    if (why->len == 0 && to->len > WEBMAIL_RECIPIENTS_MAX)
        g_string_printf(why, "More than %d recipients are too many", WEBMAIL_RECIPIENTS_MAX);
    return why->len == 0;
}

/* A subject is one line. */
static char *one_line(char *text)
{
    for (char *p = text; *p != '\0'; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = ' ';
    return text;
}

static struct http_message *on_send(const struct asked *a)
{
    const struct webmail_spec *spec = &a->webmail->spec;
    char *list = text_value(a, "to"), *subject = one_line(text_value(a, "subject")),
         *text = text_value(a, "text");
    GPtrArray *to = g_ptr_array_new_with_free_func(g_free);
    GString *why = g_string_new(NULL);
    struct http_message *m;

    if (read_recipients(list, to, why) &&
        spec->send(spec->self, a->login->address, (const char *const *)to->pdata, to->len, subject, text,
                   why))
        m = see_folder(a->login->box->inbox->name);
    else
        m = webmail_compose_page(a->login, 422, why->len > 0 ? why->str : "The mail was not taken",
                                 &(struct webmail_draft){ list, subject, text });
    g_string_free(why, TRUE);
    g_ptr_array_unref(to);
    g_free(list);
    g_free(subject);
    g_free(text);
    return m;
}

static struct http_message *on_delete(const struct asked *a)
{
    struct mail_folder *f;
    int at = asked_message(a, &f);

    if (at < 0)
        return no_message(a);
    mail_folder_expunge(f, (unsigned)at, NULL);
    return see_folder(f->name);
}

/* NULL, and why. */
static struct mail_folder *get_folder(struct mail_box *box, const char *name, const char **why_out)
{
    struct mail_folder *f = mail_folder_find(box, span_of(name));

    if (f == NULL || f->no_select) {
        switch (mail_folder_make(box, span_of(name))) {
        case MAIL_FOLDER_OK:
        case MAIL_FOLDER_EXISTS:
            break;
        case MAIL_FOLDER_TOO_MANY:
            *why_out = "There are too many folders";
            return NULL;
        case MAIL_FOLDER_BAD_NAME:
        case MAIL_FOLDER_MISSING:
        case MAIL_FOLDER_IS_INBOX:
        case MAIL_FOLDER_HAS_CHILDREN:
            *why_out = "This cannot be a folder's name";
            return NULL;
        }
        f = mail_folder_find(box, span_of(name));
    }
    if (f == NULL || f->no_select)
        *why_out = "That folder holds only other folders";
    return f != NULL && !f->no_select ? f : NULL;
}

static struct http_message *on_move(const struct asked *a)
{
    const char *why = "";
    struct mail_folder *f, *to;
    int at = asked_message(a, &f);
    char *name = text_value(a, "to");

    if (at < 0) {
        g_free(name);
        return no_message(a);
    }
    to = get_folder(a->login->box, name, &why);
    g_free(name);
    if (to == NULL)
        return webmail_notice_page(a->login, 422, why);
    if (to != f) {
        mail_folder_copy(f, (unsigned)at, to, sim_now(a->webmail->sim));
        mail_folder_expunge(f, (unsigned)at, NULL);
    }
    return see_folder(f->name);
}

/* ---- Requests. */

static const struct route {
    const char *path; /* behind the prefix */
    bool is_form;     /* POST; else GET and HEAD */
    bool for_all;     /* also who is not logged in */
    struct http_message *(*answer)(const struct asked *a);
} routes[] = {
    { "", false, true, on_start_page },      { "login", true, true, on_login },
    { "folder", false, false, on_folder },   { "message", false, false, on_message },
    { "part", false, false, on_part },       { "raw", false, false, on_raw },
    { "compose", false, false, on_compose }, { "send", true, false, on_send },
    { "delete", true, false, on_delete },    { "move", true, false, on_move },
    { "logout", true, false, on_logout },
};

static const struct route *find_route(struct span path)
{
    for (size_t i = 0; i < G_N_ELEMENTS(routes); i++)
        if (span_is(path, span_of(routes[i].path)))
            return &routes[i];
    return NULL;
}

/* The target behind the prefix; the prefix may have been written in another way. */
static struct span inner_target(const struct http_message *request)
{
    const char *at = strstr(request->target, prefix);

    return at != NULL ? span_of(at + strlen(prefix)) : SPAN("?");
}

static struct http_message *make(void *self, const struct http_message *request, ip_addr client)
{
    struct webmail *w = self;
    struct span target = inner_target(request);
    const char *query = target.len > 0 ? memchr(target.at, '?', target.len) : NULL;
    struct span path = span_bytes(target.at, query != NULL ? (size_t)(query - target.at) : target.len);
    const struct route *route = find_route(path);
    struct asked a = { .webmail = w, .request = request, .is_head = strcmp(request->method, "HEAD") == 0 };
    bool is_post = strcmp(request->method, "POST") == 0;

    (void)client;
    if (!w->is_up)
        return http_page_new(503, "Web mail is down");
    a.login = find_login(w, request);
    if (a.login != NULL) {
        a.login->seen = sim_now(w->sim);
        a.login->requests++;
    }
    if (route == NULL)
        return a.login != NULL ? webmail_notice_page(a.login, 404, "There is no such page")
                               : http_page_new(404, NULL);
    if (is_post != route->is_form || (!is_post && !a.is_head && strcmp(request->method, "GET") != 0))
        return web_not_allowed(route->is_form ? "POST" : "GET, HEAD");
    if (a.login == NULL && !route->for_all)
        return see(prefix);
    a.form = is_post         ? span_bytes(request->body->str, request->body->len)
             : query != NULL ? span_bytes(query + 1, target.len - path.len - 1)
                             : SPAN("");
    return route->answer(&a);
}

/* ---- The program. */

static void on_start(void *self)
{
    ((struct webmail *)self)->is_up = true;
}

static void on_stop(void *self)
{
    struct webmail *w = self;

    w->is_up = false;
    g_ptr_array_set_size(w->logins, 0);
}

static void on_describe(void *self, struct sheet *sheet)
{
    const struct webmail *w = self;
    struct table *t = sheet_table(sheet, "webmail", "Web mail", "Nobody is logged in.");

    table_column(t, CELL_TEXT, "user", "user", NULL);
    table_column(t, CELL_TEXT, "session", "session", "The cookie by which the server knows who asks.");
    table_column(t, CELL_TIME, "since", "since", "When they logged in.");
    table_column(t, CELL_TIME, "seen", "seen", "When they last asked for something.");
    table_column(t, CELL_NUMBER, "requests", "requests", "With that cookie so far.");
    for (guint i = 0; i < w->logins->len; i++) {
        const struct webmail_login *l = w->logins->pdata[i];

        table_row(t);
        table_text(t, "%s", l->box->user);
        table_text(t, "%s", l->id);
        table_time(t, l->since);
        table_time(t, l->seen);
        table_number(t, l->requests);
    }
}

struct webmail *webmail_new(struct web_server *web, const struct webmail_spec *spec)
{
    struct webmail *w = g_new0(struct webmail, 1);

    w->spec = *spec;
    w->web = web;
    w->sim = net_host_sim(spec->host);
    w->logins = g_ptr_array_new_with_free_func(login_free);
    sim_rng(w->sim, &w->rng, "webmail/%s", net_host_name(spec->host));
    w->program = (struct net_program){
        .name = "webmail",
        .start = on_start,
        .stop = on_stop,
        .describe = on_describe,
        .self = w,
    };
    net_program_add(spec->host, &w->program);
    web_server_mount(web, prefix, make, w);
    return w;
}

void webmail_free(struct webmail **webmail)
{
    struct webmail *w = *webmail;

    *webmail = NULL;
    if (w == NULL)
        return;
    g_ptr_array_unref(w->logins);
    g_free(w);
}

unsigned webmail_logged_in(const struct webmail *w)
{
    return w->logins->len;
}
