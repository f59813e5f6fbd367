#include "http/message.h"

#include <string.h>

/* ---- Statuses. */

static const struct {
    unsigned status;
    const char *reason;
} reasons[] = {
    /* RFC 9110 §15; 428 to 431: RFC 6585 */
    { 100, "Continue" },
    { 101, "Switching Protocols" },
    { 200, "OK" },
    { 201, "Created" },
    { 202, "Accepted" },
    { 203, "Non-Authoritative Information" },
    { 204, "No Content" },
    { 205, "Reset Content" },
    { 206, "Partial Content" },
    { 300, "Multiple Choices" },
    { 301, "Moved Permanently" },
    { 302, "Found" },
    { 303, "See Other" },
    { 304, "Not Modified" },
    { 305, "Use Proxy" },
    { 307, "Temporary Redirect" },
    { 308, "Permanent Redirect" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 402, "Payment Required" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 406, "Not Acceptable" },
    { 407, "Proxy Authentication Required" },
    { 408, "Request Timeout" },
    { 409, "Conflict" },
    { 410, "Gone" },
    { 411, "Length Required" },
    { 412, "Precondition Failed" },
    { 413, "Content Too Large" },
    { 414, "URI Too Long" },
    { 415, "Unsupported Media Type" },
    { 416, "Range Not Satisfiable" },
    { 417, "Expectation Failed" },
    { 421, "Misdirected Request" },
    { 422, "Unprocessable Content" },
    { 426, "Upgrade Required" },
    { 428, "Precondition Required" },
    { 429, "Too Many Requests" },
    { 431, "Request Header Fields Too Large" },
    { 500, "Internal Server Error" },
    { 501, "Not Implemented" },
    { 502, "Bad Gateway" },
    { 503, "Service Unavailable" },
    { 504, "Gateway Timeout" },
    { 505, "HTTP Version Not Supported" },
};

const char *http_reason(unsigned status)
{
    for (size_t i = 0; i < G_N_ELEMENTS(reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "";
}

/* ---- Tokens. */

bool http_is_token(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!g_ascii_isalnum(text.at[i]) &&
            (text.at[i] == '\0' || strchr("!#$%&'*+-.^_`|~", text.at[i]) == NULL))
            return false;
    return text.len > 0;
}

/* ---- A message. */

static void field_clear(gpointer data)
{
    struct http_field *f = data;

    g_free(f->name);
    g_free(f->value);
}

static struct http_message *message_new(bool is_request)
{
    struct http_message *m = g_new0(struct http_message, 1);

    m->is_request = is_request;
    m->minor = 1;
    m->fields = g_array_new(FALSE, FALSE, sizeof(struct http_field));
    g_array_set_clear_func(m->fields, field_clear);
    m->body = g_string_new(NULL);
    return m;
}

struct http_message *http_request_new(const char *method, const char *target)
{
    struct http_message *m = message_new(true);
    GString *s = g_string_new(NULL);

    for (; *target != '\0'; target++) {
        if (*target > ' ' && *target < 0x7f)
            g_string_append_c(s, *target);
        else
            g_string_append_printf(s, "%%%02X", (unsigned char)*target);
    }
    m->method = g_strdup(method);
    m->target = g_string_free(s, FALSE);
    return m;
}

struct http_message *http_response_new(unsigned status)
{
    struct http_message *m = message_new(false);

    m->status = status;
    m->reason = g_strdup(http_reason(status));
    return m;
}

void http_message_free(struct http_message **m)
{
    struct http_message *gone = *m;

    *m = NULL;
    if (gone == NULL)
        return;
    g_array_unref(gone->fields);
    g_string_free(gone->body, TRUE);
    g_free(gone->method);
    g_free(gone->target);
    g_free(gone->reason);
    g_free(gone);
}

/* ---- Fields. */

static char *clean_value(const char *value)
{
    char *copy = g_strdup(value);

    for (char *p = copy; *p != '\0'; p++)
        if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f)
            *p = ' ';
    return g_strstrip(copy);
}

static unsigned header_len(const struct http_message *m)
{
    return m->fields->len - m->n_trailers;
}

static const struct http_field *nth_field(const struct http_message *m, unsigned i)
{
    return &g_array_index(m->fields, struct http_field, i);
}

void http_add(struct http_message *m, const char *name, const char *value)
{
    struct http_field f = { g_strdup(name), clean_value(value) };

    g_array_insert_val(m->fields, header_len(m), f);
}

void http_add_trailer(struct http_message *m, const char *name, const char *value)
{
    struct http_field f = { g_strdup(name), clean_value(value) };

    g_array_append_val(m->fields, f);
    m->n_trailers++;
}

void http_set(struct http_message *m, const char *name, const char *value)
{
    for (unsigned i = header_len(m); i-- > 0;)
        if (g_ascii_strcasecmp(nth_field(m, i)->name, name) == 0)
            g_array_remove_index(m->fields, i);
    http_add(m, name, value);
}

const char *http_field(const struct http_message *m, const char *name)
{
    for (unsigned i = 0; i < header_len(m); i++)
        if (g_ascii_strcasecmp(nth_field(m, i)->name, name) == 0)
            return nth_field(m, i)->value;
    return NULL;
}

/* One line of a list; its elements may be empty (RFC 9110 §5.6.1.2). */
static bool list_has(const char *list, const char *token)
{
    size_t len;

    for (;; list += len + 1) {
        len = strcspn(list, ",");
        if (span_is_nocase(span_trim(span_bytes(list, len)), span_of(token)))
            return true;
        if (list[len] == '\0')
            return false;
    }
}

bool http_has_token(const struct http_message *m, const char *name, const char *token)
{
    for (unsigned i = 0; i < header_len(m); i++)
        if (g_ascii_strcasecmp(nth_field(m, i)->name, name) == 0 && list_has(nth_field(m, i)->value, token))
            return true;
    return false;
}

bool http_keeps_alive(const struct http_message *m)
{
    if (http_has_token(m, "Connection", "close"))
        return false;
    return m->minor > 0 || http_has_token(m, "Connection", "keep-alive");
}

/* ---- Writing. */

/* RFC 9110 §8.6: none of these says how long a body is that it cannot have; a 304 could, but need not. */
static bool may_have_body(const struct http_message *m)
{
    return m->is_request || (m->status >= 200 && m->status != 204 && m->status != 304);
}

/* RFC 9110 §8.6: a request whose method means content says 0 where it is empty. */
static bool tells_length(const struct http_message *m)
{
    if (!m->is_request)
        return may_have_body(m);
    return m->body->len > 0 || strcmp(m->method, "POST") == 0 || strcmp(m->method, "PUT") == 0 ||
           strcmp(m->method, "PATCH") == 0;
}

/* What says where the message ends: the writer knows that better, and no trailer may say it (RFC 9110
 * §6.5.1). */
static bool is_framing(const struct http_field *f)
{
    return g_ascii_strcasecmp(f->name, "Content-Length") == 0 ||
           g_ascii_strcasecmp(f->name, "Transfer-Encoding") == 0;
}

static void put_field(GString *out, const struct http_field *f)
{
    if (is_framing(f))
        return;
    g_string_append(out, f->name);
    g_string_append(out, f->value[0] != '\0' ? ": " : ":");
    g_string_append(out, f->value);
    g_string_append(out, "\r\n");
}

static void put_chunks(GString *out, const struct http_message *m, size_t chunk)
{
    for (size_t at = 0, n; at < m->body->len; at += n) {
        n = MIN(chunk, m->body->len - at);
        g_string_append_printf(out, "%zx\r\n", n);
        g_string_append_len(out, m->body->str + at, (gssize)n);
        g_string_append(out, "\r\n");
    }
    g_string_append(out, "0\r\n");
    for (unsigned i = header_len(m); i < m->fields->len; i++)
        put_field(out, nth_field(m, i));
    g_string_append(out, "\r\n");
}

void http_write(const struct http_message *m, bool without_body, size_t chunk, GString *out)
{
    bool has_body = may_have_body(m), chunked = m->is_chunked && m->minor > 0 && has_body;

    if (m->is_request)
        g_string_append_printf(out, "%s %s HTTP/1.%u\r\n", m->method, m->target, m->minor);
    else
        g_string_append_printf(out, "HTTP/1.%u %03u %s\r\n", m->minor, m->status, m->reason);
    for (unsigned i = 0; i < header_len(m); i++)
        put_field(out, nth_field(m, i));
    if (chunked)
        g_string_append(out, "Transfer-Encoding: chunked\r\n");
    else if (tells_length(m))
        g_string_append_printf(out, "Content-Length: %zu\r\n", m->body->len);
    g_string_append(out, "\r\n");
    if (without_body || !has_body)
        return;
    if (chunked)
        put_chunks(out, m, MAX(chunk, 1));
    else
        g_string_append_len(out, m->body->str, (gssize)m->body->len);
}
