#include "http/cookies.h"

#include <string.h>

static void cookie_free(gpointer data)
{
    struct http_cookie *c = data;

    g_free(c->host);
    g_free(c->path);
    g_free(c->name);
    g_free(c->value);
    g_free(c);
}

void http_jar_init(struct http_jar *j)
{
    j->cookies = g_ptr_array_new_with_free_func(cookie_free);
}

void http_jar_release(struct http_jar *j)
{
    g_ptr_array_unref(j->cookies);
}

void http_jar_clear(struct http_jar *j)
{
    g_ptr_array_set_size(j->cookies, 0);
}

/* ---- Paths (RFC 6265 §5.1.4). */

/* The target's up to its last slash, without it; to be freed. */
static char *default_path(const char *target)
{
    size_t len = strcspn(target, "?");
    const char *last = len > 0 ? memrchr(target, '/', len) : NULL;

    return target[0] != '/' || last == target ? g_strdup("/") : g_strndup(target, (gsize)(last - target));
}

static bool path_matches(const char *path, struct span target)
{
    size_t len = strlen(path);

    if (target.len < len || memcmp(target.at, path, len) != 0)
        return false;
    return target.len == len || path[len - 1] == '/' || target.at[len] == '/';
}

/* ---- Set-Cookie (§5.2). */

static struct span take_part(struct span *rest)
{
    const char *end = rest->len > 0 ? memchr(rest->at, ';', rest->len) : NULL;
    struct span part = span_bytes(rest->at, end != NULL ? (size_t)(end - rest->at) : rest->len);
    size_t n = part.len + (end != NULL);

    *rest = span_bytes(rest->at + n, rest->len - n);
    return part;
}

/* False: there is no =. */
static bool split(struct span part, struct span *name_out, struct span *value_out)
{
    const char *eq = part.len > 0 ? memchr(part.at, '=', part.len) : NULL;
    size_t len = eq != NULL ? (size_t)(eq - part.at) : part.len;

    *name_out = span_trim(span_bytes(part.at, len));
    *value_out = eq != NULL ? span_trim(span_bytes(eq + 1, part.len - len - 1)) : SPAN("");
    return eq != NULL;
}

/* §5.2.2: digits, perhaps a minus; anything else is no such attribute. */
static void read_max_age(struct span value, sim_time now, sim_time *until)
{
    uint64_t seconds;

    if (span_number(value, UINT64_MAX, &seconds))
        *until = seconds == 0                                           ? now
                 : seconds < (uint64_t)((SIM_NEVER - now) / SIM_SECOND) ? now + (sim_time)seconds * SIM_SECOND
                                                                        : SIM_NEVER;
    else if (value.len > 1 && value.at[0] == '-' &&
             span_number(span_bytes(value.at + 1, value.len - 1), UINT64_MAX, &seconds))
        *until = now;
}

static void drop_where(struct http_jar *j, const struct http_cookie *like)
{
    for (guint i = 0; i < j->cookies->len; i++) {
        const struct http_cookie *c = j->cookies->pdata[i];

        if (strcmp(c->host, like->host) == 0 && strcmp(c->path, like->path) == 0 &&
            strcmp(c->name, like->name) == 0) {
            g_ptr_array_remove_index(j->cookies, i);
            return;
        }
    }
}

/* Room for one more of that host (§6.1). */
static void make_room(struct http_jar *j, const char *host)
{
    unsigned n = 0;
    guint oldest = 0;

    for (guint i = j->cookies->len; i-- > 0;) {
        if (strcmp(((const struct http_cookie *)j->cookies->pdata[i])->host, host) == 0) {
            n++;
            oldest = i;
        }
    }
    if (n >= HTTP_COOKIES_HOST)
        g_ptr_array_remove_index(j->cookies, oldest);
    else if (j->cookies->len >= HTTP_COOKIES_ALL)
        g_ptr_array_remove_index(j->cookies, 0);
}

static bool is_clean(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] < ' ' || text.at[i] == 0x7f)
            return false;
    return true;
}

void http_jar_set(struct http_jar *j, const char *host, const char *target, struct span set_cookie,
                  sim_time now)
{
    struct span rest = set_cookie, name, value, key, said;
    struct http_cookie *c;

    if (!split(take_part(&rest), &name, &value) || name.len == 0 || name.len + value.len > HTTP_COOKIE_MAX ||
        !is_clean(name) || !is_clean(value))
        return;
    c = g_new0(struct http_cookie, 1);
    c->until = SIM_NEVER;
    while (rest.len > 0) { /* of several attributes of one name the last one counts */
        split(take_part(&rest), &key, &said);
        if (span_is_nocase(key, SPAN("Path"))) {
            g_free(c->path);
            c->path = said.len > 0 && said.at[0] == '/' && is_clean(said) ? g_strndup(said.at, said.len)
                                                                          : NULL;
        } else if (span_is_nocase(key, SPAN("Max-Age"))) {
            read_max_age(said, now, &c->until);
        }
    }
    if (c->path == NULL)
        c->path = default_path(target);
    c->host = g_strdup(host);
    c->name = g_strndup(name.at, name.len);
    c->value = g_strndup(value.at, value.len);
    drop_where(j, c);
    if (c->until <= now) {
        cookie_free(c);
        return;
    }
    make_room(j, host);
    g_ptr_array_add(j->cookies, c);
}

static gint longer_path_first(gconstpointer a, gconstpointer b)
{
    const struct http_cookie *const *x = a, *const *y = b;
    size_t m = strlen((*x)->path), n = strlen((*y)->path);

    return m > n ? -1 : m < n;
}

void http_jar_get(struct http_jar *j, const char *host, const char *target, sim_time now, GString *out)
{
    struct span path = span_bytes(target, strcspn(target, "?"));
    GPtrArray *found = g_ptr_array_new();
    size_t start = out->len;

    for (guint i = 0; i < j->cookies->len; i++) {
        const struct http_cookie *c = j->cookies->pdata[i];

        if (c->until <= now)
            g_ptr_array_remove_index(j->cookies, i--);
        else if (strcmp(c->host, host) == 0 && path_matches(c->path, path))
            g_ptr_array_add(found, (gpointer)c);
    }
    /* Equal ones stay in their order: GLib's sort of pointer arrays is a merge sort, and does not swap them.
     */
    g_ptr_array_sort(found, longer_path_first);
    for (guint i = 0; i < found->len; i++) {
        const struct http_cookie *c = found->pdata[i];

        g_string_append_printf(out, "%s%s=%s", out->len > start ? "; " : "", c->name, c->value);
    }
    g_ptr_array_unref(found);
}
