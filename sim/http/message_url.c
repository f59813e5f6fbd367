#include "http/message.h"

#include <string.h>

static const char hex[] = "0123456789ABCDEF";

static void put_percent(GString *out, char c)
{
    g_string_append_c(out, '%');
    g_string_append_c(out, hex[(unsigned char)c >> 4]);
    g_string_append_c(out, hex[c & 15]);
}

/* ---- %XX. */

static char *unescape(struct span text, bool of_form)
{
    GString *out = g_string_sized_new(text.len);

    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];

        if (c == '+' && of_form) {
            c = ' ';
        } else if (c == '%') {
            if (text.len - i < 3 || !g_ascii_isxdigit(text.at[i + 1]) || !g_ascii_isxdigit(text.at[i + 2]))
                return g_string_free(out, TRUE);
            c = (char)(g_ascii_xdigit_value(text.at[i + 1]) * 16 + g_ascii_xdigit_value(text.at[i + 2]));
            i += 2;
        }
        if (c == '\0')
            return g_string_free(out, TRUE);
        g_string_append_c(out, c);
    }
    return g_string_free(out, FALSE);
}

char *http_unescape(struct span text)
{
    return unescape(text, true);
}

char *http_unescape_path(struct span text)
{
    return unescape(text, false);
}

/* As the HTML standard's form encoding has it: letters, digits and * - . _ stay. */
void http_escape(const char *text, GString *out)
{
    for (; *text != '\0'; text++) {
        if (g_ascii_isalnum(*text) || strchr("*-._", *text) != NULL)
            g_string_append_c(out, *text);
        else if (*text == ' ')
            g_string_append_c(out, '+');
        else
            put_percent(out, *text);
    }
}

/* ---- Forms. */

char *http_form_value(struct span form, const char *key)
{
    while (form.len > 0) {
        const char *amp = memchr(form.at, '&', form.len);
        struct span pair = span_bytes(form.at, amp != NULL ? (size_t)(amp - form.at) : form.len);
        const char *eq = pair.len > 0 ? memchr(pair.at, '=', pair.len) : NULL;
        size_t len = eq != NULL ? (size_t)(eq - pair.at) : pair.len;
        char *name = http_unescape(span_bytes(pair.at, len));
        bool found = name != NULL && strcmp(name, key) == 0;

        g_free(name);
        if (found)
            return eq != NULL ? http_unescape(span_bytes(eq + 1, pair.len - len - 1)) : g_strdup("");
        len = amp != NULL ? pair.len + 1 : pair.len;
        form = span_bytes(form.at + len, form.len - len);
    }
    return NULL;
}

void http_form_add(GString *form, const char *key, const char *value)
{
    if (form->len > 0)
        g_string_append_c(form, '&');
    http_escape(key, form);
    g_string_append_c(form, '=');
    http_escape(value, form);
}

/* ---- URLs. */

/* A name or an IPv4 address: unreserved characters of RFC 3986 §3.2.2. Octets in %XX are no name of the DNS.
 */
static bool is_host(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!g_ascii_isalnum(text.at[i]) && strchr("-._~", text.at[i]) == NULL)
            return false;
    return text.len > 0;
}

/* The length of a scheme with its colon (RFC 3986 §3.1), 0: there is none. */
static size_t scheme_len(const char *text)
{
    size_t n = 0;

    if (!g_ascii_isalpha(text[0]))
        return 0;
    while (g_ascii_isalnum(text[n]) || (text[n] != '\0' && strchr("+-.", text[n]) != NULL))
        n++;
    return text[n] == ':' ? n + 1 : 0;
}

bool http_url(const char *url, char **host_out, unsigned *port_out, char **target_out)
{
    size_t len;
    const char *rest, *colon;
    struct span authority, host;
    uint64_t port = 80;
    GString *target;

    if (g_ascii_strncasecmp(url, "http://", 7) != 0)
        return false;
    rest = url + 7;
    len = strcspn(rest, "/?#");
    host = authority = span_bytes(rest, len);
    colon = len > 0 ? memchr(authority.at, ':', len) : NULL;
    if (colon != NULL) {
        struct span digits = span_bytes(colon + 1, (size_t)(rest + len - colon) - 1);

        host.len = (size_t)(colon - host.at);
        if (digits.len > 0 &&
            (!span_number(digits, 65535, &port) || port == 0)) /* RFC 3986 §6.2.3: may be empty */
            return false;
    }
    if (!is_host(host))
        return false;
    rest += len;
    for (const char *p = rest; *p != '\0'; p++)
        if ((unsigned char)*p <= ' ' || *p == 0x7f)
            return false;
    target = g_string_new(*rest == '/' ? "" : "/");
    for (; *rest != '\0' && *rest != '#'; rest++) {
        if (*rest & 0x80)
            put_percent(target, *rest);
        else
            g_string_append_c(target, *rest);
    }
    *host_out = g_ascii_strdown(host.at, (gssize)host.len);
    *port_out = (unsigned)port;
    *target_out = g_string_free(target, FALSE);
    return true;
}

/* ---- References (RFC 3986 §5.2). */

/* Take the last segment and the slash before it off; `floor` is where the path begins. */
static void drop_segment(GString *out, size_t floor)
{
    while (out->len > floor && out->str[out->len - 1] != '/')
        g_string_truncate(out, out->len - 1);
    if (out->len > floor)
        g_string_truncate(out, out->len - 1);
}

/* §5.2.4, of a path that begins with a slash: one segment after the other goes to `out`. */
static void put_path(GString *out, const char *path)
{
    size_t floor = out->len;

    while (*path == '/') {
        size_t len = 1 + strcspn(path + 1, "/");
        bool last = path[len] == '\0';

        if (len == 2 && path[1] == '.') {
            if (last)
                g_string_append_c(out, '/');
        } else if (len == 3 && path[1] == '.' && path[2] == '.') {
            drop_segment(out, floor);
            if (last)
                g_string_append_c(out, '/');
        } else {
            g_string_append_len(out, path, (gssize)len);
        }
        path += len;
    }
}

/* What pages write, without white space around it; a space within is %20, as browsers have it. */
static char *tidy(const char *reference)
{
    GString *out = g_string_new(NULL);
    struct span text = span_of(reference);

    while (text.len > 0 && (unsigned char)text.at[0] <= ' ')
        text = span_bytes(text.at + 1, text.len - 1);
    while (text.len > 0 && (unsigned char)text.at[text.len - 1] <= ' ')
        text.len--;
    for (size_t i = 0; i < text.len && text.at[i] != '#'; i++) {
        if (text.at[i] == ' ' || text.at[i] == 0x7f || text.at[i] & 0x80)
            put_percent(out, text.at[i]);
        else if ((unsigned char)text.at[i] > ' ')
            g_string_append_c(out, text.at[i]);
    }
    return g_string_free(out, FALSE);
}

/* The URL's "http://host:port", as long as there is one. */
static size_t origin_len(const char *base)
{
    size_t scheme = scheme_len(base);

    if (scheme == 0 || strncmp(base + scheme, "//", 2) != 0)
        return 0;
    return scheme + 2 + strcspn(base + scheme + 2, "/?#");
}

/* The path of §5.2.3: the base's up to its last slash, then the reference's. */
static char *merge(struct span base_path, struct span path)
{
    const char *slash = base_path.len > 0 ? memrchr(base_path.at, '/', base_path.len) : NULL;
    GString *s = g_string_new(NULL);

    if (slash != NULL)
        g_string_append_len(s, base_path.at, slash - base_path.at + 1);
    else
        g_string_append_c(s, '/');
    g_string_append_len(s, path.at, (gssize)path.len);
    return g_string_free(s, FALSE);
}

static void resolve(GString *out, const char *base, const char *reference)
{
    size_t origin = origin_len(base), scheme = scheme_len(reference);
    struct span base_path = span_bytes(base + origin, strcspn(base + origin, "?#"));
    struct span path = span_bytes(reference, strcspn(reference, "?"));
    const char *query = reference + path.len;
    char *merged;

    if (scheme > 0 || strncmp(reference, "//", 2) == 0) {
        size_t own = scheme > 0 ? origin_len(reference) : 2 + strcspn(reference + 2, "/?");

        if (scheme == 0)
            g_string_append(out, "http:");
        if (own == 0 || reference[own] != '/') {
            g_string_append(out, reference);
            return;
        }
        g_string_append_len(out, reference, (gssize)own);
        merged = g_strndup(reference + own, path.len - own);
    } else {
        g_string_append_len(out, base, (gssize)origin);
        if (path.len == 0) {
            const char *base_query = base_path.at + base_path.len;
            size_t n = *base_query == '?' && *query == '\0' ? strcspn(base_query, "#") : 0;

            g_string_append_len(out, base_path.len > 0 ? base_path.at : "/", MAX((gssize)base_path.len, 1));
            g_string_append_len(out, base_query, (gssize)n);
            g_string_append(out, query);
            return;
        }
        merged = path.at[0] == '/' ? g_strndup(path.at, path.len) : merge(base_path, path);
    }
    put_path(out, merged);
    g_string_append(out, query);
    g_free(merged);
}

char *http_resolve(const char *base, const char *reference)
{
    GString *out = g_string_new(NULL);
    char *tidied = tidy(reference);

    resolve(out, base, tidied);
    g_free(tidied);
    return g_string_free(out, FALSE);
}
