#include "http/message_internal.h"

#include <string.h>

/* ---- The first line. */

static bool is_graphic(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] <= ' ' || text.at[i] >= 0x7f)
            return false;
    return text.len > 0;
}

/* "HTTP/1.1" (RFC 9112 §2.3). A higher minor version is treated as the highest that is known (RFC 9110 §2.5).
 */
static bool read_version(struct http_reader *r, struct span text)
{
    if (text.len != 8 || memcmp(text.at, "HTTP/", 5) != 0 || !g_ascii_isdigit(text.at[5]) ||
        text.at[6] != '.' || !g_ascii_isdigit(text.at[7])) {
        http_reader_refuse(r, 400, "the first line has no version of HTTP in its place");
        return false;
    }
    if (text.at[5] != '1') {
        http_reader_refuse(r, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
        return false;
    }
    r->message->minor = text.at[7] != '0';
    return true;
}

/* A name or an address, an IPv6 one in brackets, perhaps a colon and a port (RFC 3986 §3.2.2). Returns what
 * is behind the host, NULL if it is none. */
static const char *skip_host(const char *text)
{
    if (text[0] == '[') {
        text += 1 + strspn(text + 1, "0123456789abcdefABCDEFv:.");
        return *text == ']' ? text + 1 : NULL;
    }
    while (g_ascii_isalnum(*text) || (*text != '\0' && strchr("-._~%!$&'()*+,;=", *text) != NULL))
        text++;
    return text;
}

bool http_is_authority(const char *text, bool needs_port)
{
    const char *port = skip_host(text);

    if (port == NULL)
        return false;
    if (*port == '\0')
        return !needs_port;
    return *port == ':' && strspn(port + 1, "0123456789") == strlen(port + 1) &&
           (!needs_port || port[1] != '\0');
}

static bool is_absolute(const char *target)
{
    unsigned port;
    char *host, *path;

    if (!http_url(target, &host, &port, &path))
        return false;
    g_free(host);
    g_free(path);
    return true;
}

/* The four forms of RFC 9112 §3.2; a fragment is in none of them. */
static bool is_target(const char *method, const char *target)
{
    if (strchr(target, '#') != NULL)
        return false;
    if (strcmp(method, "CONNECT") == 0)
        return http_is_authority(target, true);
    if (strcmp(target, "*") == 0)
        return strcmp(method, "OPTIONS") == 0;
    return target[0] == '/' || is_absolute(target);
}

static void read_request_line(struct http_reader *r, struct span line)
{
    const char *first = memchr(line.at, ' ', line.len), *last = memrchr(line.at, ' ', line.len);
    struct span method, target;

    if (first == NULL || first == last) {
        http_reader_refuse(r, 400, "the first line is not method, target and version");
        return;
    }
    method = span_bytes(line.at, (size_t)(first - line.at));
    target = span_bytes(first + 1, (size_t)(last - first) - 1);
    if (!http_is_token(method) || !is_graphic(target)) {
        http_reader_refuse(r, 400, "the first line is not method, target and version");
        return;
    }
    r->message = http_request_new("", "");
    g_free(r->message->method);
    g_free(r->message->target);
    r->message->method = g_strndup(method.at, method.len);
    r->message->target = g_strndup(target.at, target.len);
    if (!read_version(r, span_bytes(last + 1, (size_t)(line.at + line.len - last) - 1)))
        return;
    if (!is_target(r->message->method, r->message->target))
        http_reader_refuse(r, 400, "the target has no form that its method may have");
}

/* RFC 9112 §4: the space behind the status is there even if no reason is; common servers forget it, so it may
 * be missing. */
static void read_status_line(struct http_reader *r, struct span line)
{
    uint64_t status;
    struct span reason = span_bytes(line.at + MIN(line.len, 12), line.len - MIN(line.len, 12));

    if (line.len < 12 || line.at[8] != ' ' || !span_number(span_bytes(line.at + 9, 3), 999, &status) ||
        status < 100 || (reason.len > 0 && reason.at[0] != ' ') || !http_is_field_text(reason)) {
        http_reader_refuse(r, 400, "the first line is not version, status and reason");
        return;
    }
    r->message = http_response_new((unsigned)status);
    g_free(r->message->reason);
    r->message->reason = reason.len > 0 ? g_strndup(reason.at + 1, reason.len - 1) : g_strdup("");
    read_version(r, span_bytes(line.at, 8));
}

void http_reader_first_line(struct http_reader *r, struct span line)
{
    if (r->of_requests && line.len == 0) /* RFC 9112 §2.2: behind a request's body, some clients send one */
        return;
    if (r->of_requests)
        read_request_line(r, line);
    else
        read_status_line(r, line);
    if (r->stage == HTTP_BAD)
        return;
    r->stage = HTTP_IN_HEADER;
    r->message->wire_size = line.len + 2;
    r->header_left = HTTP_HEADER_MAX;
    r->lines = 0;
}

/* ---- Fields. */

bool http_is_field_text(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (((unsigned char)text.at[i] < ' ' && text.at[i] != '\t') || text.at[i] == 0x7f)
            return false;
    return true;
}

/* A line that begins with white space goes on with the field before (RFC 9112 §5.2): no server has to take
 * that, but a browser has to. */
static void unfold(struct http_reader *r, struct span line)
{
    struct http_message *m = r->message;
    unsigned first = r->stage == HTTP_IN_HEADER ? 0 : m->fields->len - m->n_trailers;
    struct http_field *f;
    char *text, *joined;

    if (r->of_requests || m->fields->len == first) {
        http_reader_refuse(r, 400, "a line of the header begins with white space");
        return;
    }
    if (!http_is_field_text(line)) {
        http_reader_refuse(r, 400, "a field has a control character");
        return;
    }
    line = span_trim(line);
    if (line.len == 0)
        return;
    f = &g_array_index(m->fields, struct http_field, m->fields->len - 1);
    text = g_strndup(line.at, line.len);
    joined = g_strjoin(f->value[0] != '\0' ? " " : "", f->value, text, NULL);
    g_free(f->value);
    f->value = joined;
    g_free(text);
}

void http_reader_field(struct http_reader *r, struct span line)
{
    struct http_message *m = r->message;
    const char *colon = memchr(line.at, ':', line.len);
    struct span name, value;
    struct http_field f;

    if (++r->lines > HTTP_FIELDS_MAX) {
        http_reader_refuse(r, 431, "the header has too many lines");
        return;
    }
    if (line.at[0] == ' ' || line.at[0] == '\t') {
        unfold(r, line);
        return;
    }
    name = span_bytes(line.at, colon != NULL ? (size_t)(colon - line.at) : line.len);
    if (colon == NULL) {
        http_reader_refuse(r, 400, "a line of the header has no colon");
        return;
    }
    if (!http_is_token(name)) { /* no space before the colon either: RFC 9112 §5.1 */
        http_reader_refuse(r, 400, "a field's name is no token");
        return;
    }
    value = span_trim(span_bytes(colon + 1, line.len - name.len - 1));
    if (!http_is_field_text(value)) {
        http_reader_refuse(r, 400, "a field has a control character");
        return;
    }
    f = (struct http_field){ g_strndup(name.at, name.len), g_strndup(value.at, value.len) };
    g_array_append_val(m->fields, f);
    m->n_trailers += r->stage == HTTP_IN_TRAILERS;
}
