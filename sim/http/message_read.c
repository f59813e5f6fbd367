#include "http/message.h"

#include <assert.h>
#include <string.h>

enum stage {
    AT_START,
    IN_HEADER,
    IN_BODY,        /* so many octets more: `left` */
    IN_BODY_TO_END, /* of the connection */
    AT_CHUNK,
    IN_CHUNK, /* `left` octets more */
    BEHIND_CHUNK,
    IN_TRAILERS,
    WHOLE,
    BAD,
};

struct http_reader {
    bool of_requests;
    enum stage stage;
    GString *line; /* of the line that comes, what is there */
    struct http_message *message;
    bool no_body; /* of a response, because of what was asked for */
    size_t left;
    size_t header_left; /* octets that its fields may still take, extensions of chunks too */
    unsigned lines;     /* that fields have taken */
    bool wants_continue;
    unsigned status;
    const char *why;
};

struct http_reader *http_reader_new(bool of_requests)
{
    struct http_reader *r = g_new0(struct http_reader, 1);

    r->of_requests = of_requests;
    r->line = g_string_new(NULL);
    return r;
}

void http_reader_free(struct http_reader **r)
{
    struct http_reader *gone = *r;

    *r = NULL;
    if (gone == NULL)
        return;
    http_message_free(&gone->message);
    g_string_free(gone->line, TRUE);
    g_free(gone);
}

void http_reader_expect(struct http_reader *r, const char *method)
{
    r->no_body = strcmp(method, "HEAD") == 0;
}

unsigned http_reader_status(const struct http_reader *r)
{
    return r->status;
}

const char *http_reader_why(const struct http_reader *r)
{
    return r->why != NULL ? r->why : "";
}

/* A CR alone may be the first octet of an empty line, which does not count. */
bool http_reader_is_between(const struct http_reader *r)
{
    return r->stage == AT_START && (r->line->len == 0 || strcmp(r->line->str, "\r") == 0);
}

bool http_reader_wants_continue(struct http_reader *r)
{
    bool wants = r->wants_continue;

    r->wants_continue = false;
    return wants;
}

static void refuse(struct http_reader *r, unsigned status, const char *why)
{
    r->stage = BAD;
    r->status = status;
    r->why = why;
    r->wants_continue = false;
    http_message_free(&r->message);
}

/* ---- Lines. */

static size_t line_limit(const struct http_reader *r)
{
    switch (r->stage) {
    case AT_START:
        return HTTP_START_LINE_MAX;
    case IN_HEADER:
    case IN_TRAILERS:
        return r->header_left;
    case AT_CHUNK:
        return HTTP_CHUNK_LINE_MAX;
    case BEHIND_CHUNK:
        return 0;
    case IN_BODY:
    case IN_BODY_TO_END:
    case IN_CHUNK:
    case WHOLE:
    case BAD:
        break;
    }
    return 0;
}

/* A method longer than any that is known gets 501, a target longer than any that is served 414 (RFC 9112
 * §3). */
static void refuse_long_line(struct http_reader *r)
{
    struct span start = span_bytes(r->line->str, strcspn(r->line->str, " "));

    switch (r->stage) {
    case AT_START:
        if (!r->of_requests || !http_is_token(start))
            refuse(r, 400, "the first line is too long");
        else if (start.len == r->line->len)
            refuse(r, 501, "the method is too long");
        else
            refuse(r, 414, "the target is too long");
        return;
    case AT_CHUNK:
        refuse(r, 400, "the line with a chunk's size is too long");
        return;
    case BEHIND_CHUNK:
        refuse(r, 400, "a chunk is longer than it says");
        return;
    case IN_HEADER:
    case IN_TRAILERS:
    case IN_BODY:
    case IN_BODY_TO_END:
    case IN_CHUNK:
    case WHOLE:
    case BAD:
        break;
    }
    refuse(r, 431, "the header is too long");
}

/* Octets of `rest` to the line. True: it ends here, and is in r->line without its CRLF. */
static bool take_line(struct http_reader *r, struct span *rest)
{
    const char *lf = rest->len > 0 ? memchr(rest->at, '\n', rest->len) : NULL;
    size_t n = lf != NULL ? (size_t)(lf - rest->at) : rest->len;
    size_t room = line_limit(r) + 1 - r->line->len; /* the CR too */

    g_string_append_len(r->line, rest->at, (gssize)MIN(n, room));
    if (n > room) {
        refuse_long_line(r);
        return false;
    }
    n += lf != NULL;
    *rest = span_bytes(rest->at + n, rest->len - n);
    if (r->message != NULL)
        r->message->wire_size += n;
    if (lf == NULL)
        return false;
    /* RFC 9112 §2.2 would allow a bare LF; it is refused, see message.h. */
    if (r->line->len == 0 || r->line->str[r->line->len - 1] != '\r') {
        refuse(r, 400, "a line ends in a bare LF");
        return false;
    }
    g_string_truncate(r->line, r->line->len - 1);
    if (memchr(r->line->str, '\r', r->line->len) != NULL) {
        refuse(r, 400, "a line has a bare CR");
        return false;
    }
    return true;
}

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
        refuse(r, 400, "the first line has no version of HTTP in its place");
        return false;
    }
    if (text.at[5] != '1') {
        refuse(r, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
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

static bool is_authority(const char *text, bool needs_port)
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
        return is_authority(target, true);
    if (strcmp(target, "*") == 0)
        return strcmp(method, "OPTIONS") == 0;
    return target[0] == '/' || is_absolute(target);
}

static void read_request_line(struct http_reader *r, struct span line)
{
    const char *first = memchr(line.at, ' ', line.len), *last = memrchr(line.at, ' ', line.len);
    struct span method, target;

    if (first == NULL || first == last) {
        refuse(r, 400, "the first line is not method, target and version");
        return;
    }
    method = span_bytes(line.at, (size_t)(first - line.at));
    target = span_bytes(first + 1, (size_t)(last - first) - 1);
    if (!http_is_token(method) || !is_graphic(target)) {
        refuse(r, 400, "the first line is not method, target and version");
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
        refuse(r, 400, "the target has no form that its method may have");
}

/* RFC 9110 §5.5: no control characters but tabs. */
static bool is_field_text(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (((unsigned char)text.at[i] < ' ' && text.at[i] != '\t') || text.at[i] == 0x7f)
            return false;
    return true;
}

/* RFC 9112 §4: the space behind the status is there even if no reason is; common servers forget it, so it may
 * be missing. */
static void read_status_line(struct http_reader *r, struct span line)
{
    uint64_t status;
    struct span reason = span_bytes(line.at + MIN(line.len, 12), line.len - MIN(line.len, 12));

    if (line.len < 12 || line.at[8] != ' ' || !span_number(span_bytes(line.at + 9, 3), 999, &status) ||
        status < 100 || (reason.len > 0 && reason.at[0] != ' ') || !is_field_text(reason)) {
        refuse(r, 400, "the first line is not version, status and reason");
        return;
    }
    r->message = http_response_new((unsigned)status);
    g_free(r->message->reason);
    r->message->reason = reason.len > 0 ? g_strndup(reason.at + 1, reason.len - 1) : g_strdup("");
    read_version(r, span_bytes(line.at, 8));
}

static void on_first_line(struct http_reader *r, struct span line)
{
    if (r->of_requests && line.len == 0) /* RFC 9112 §2.2: behind a request's body, some clients send one */
        return;
    if (r->of_requests)
        read_request_line(r, line);
    else
        read_status_line(r, line);
    if (r->stage == BAD)
        return;
    r->stage = IN_HEADER;
    r->message->wire_size = line.len + 2;
    r->header_left = HTTP_HEADER_MAX;
    r->lines = 0;
}

/* ---- Fields. */

/* A line that begins with white space goes on with the field before (RFC 9112 §5.2): no server has to take
 * that, but a browser has to. */
static void unfold(struct http_reader *r, struct span line)
{
    struct http_message *m = r->message;
    unsigned first = r->stage == IN_HEADER ? 0 : m->fields->len - m->n_trailers;
    struct http_field *f;
    char *text, *joined;

    if (r->of_requests || m->fields->len == first) {
        refuse(r, 400, "a line of the header begins with white space");
        return;
    }
    if (!is_field_text(line)) {
        refuse(r, 400, "a field has a control character");
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

static void on_field(struct http_reader *r, struct span line)
{
    struct http_message *m = r->message;
    const char *colon = memchr(line.at, ':', line.len);
    struct span name, value;
    struct http_field f;

    if (++r->lines > HTTP_FIELDS_MAX) {
        refuse(r, 431, "the header has too many lines");
        return;
    }
    if (line.at[0] == ' ' || line.at[0] == '\t') {
        unfold(r, line);
        return;
    }
    name = span_bytes(line.at, colon != NULL ? (size_t)(colon - line.at) : line.len);
    if (colon == NULL) {
        refuse(r, 400, "a line of the header has no colon");
        return;
    }
    if (!http_is_token(name)) { /* no space before the colon either: RFC 9112 §5.1 */
        refuse(r, 400, "a field's name is no token");
        return;
    }
    value = span_trim(span_bytes(colon + 1, line.len - name.len - 1));
    if (!is_field_text(value)) {
        refuse(r, 400, "a field has a control character");
        return;
    }
    f = (struct http_field){ g_strndup(name.at, name.len), g_strndup(value.at, value.len) };
    g_array_append_val(m->fields, f);
    m->n_trailers += r->stage == IN_TRAILERS;
}

/* ---- How long the body is (RFC 9112 §6). */

static void body_is_complete(struct http_reader *r)
{
    r->stage = WHOLE;
}

/* RFC 9112 §7: chunked is the only coding that everybody knows; it is the last one, and comes once. */
static bool read_coding(struct http_reader *r, const char *list)
{
    unsigned n = 0, n_chunked = 0;
    bool last_chunked = false;

    for (size_t len;; list += len + 1) {
        struct span coding;

        len = strcspn(list, ",");
        coding = span_trim(span_bytes(list, len));
        if (coding.len > 0) {
            last_chunked = span_is_nocase(coding, SPAN("chunked"));
            n_chunked += last_chunked;
            n++;
        }
        if (list[len] == '\0')
            break;
    }
    if (!last_chunked || n_chunked > 1)
        refuse(r, 400, "the transfer coding does not end in one that tells the length");
    else if (n > 1)
        refuse(r, 501, "the transfer coding is not known here");
    return r->stage != BAD;
}

static void begin_body_of(struct http_reader *r, struct span digits)
{
    uint64_t length = 0;

    for (size_t i = 0; i < digits.len; i++) {
        if (!g_ascii_isdigit(digits.at[i])) {
            refuse(r, 400, "the Content-Length is no number");
            return;
        }
    }
    if (digits.len == 0) {
        refuse(r, 400, "the Content-Length is no number");
    } else if (!span_number(digits, HTTP_BODY_MAX, &length)) {
        refuse(r, 413, "the content is too long");
    } else {
        r->left = length;
        r->stage = IN_BODY;
        if (length == 0)
            body_is_complete(r);
    }
}

/* The one field of that name; more than one is a fault (RFC 9112 §6.3, RFC 9110 §8.6). */
static const char *only_field(struct http_reader *r, const char *name, const char *fault)
{
    const char *value = NULL;

    for (unsigned i = 0; r->stage != BAD && i < r->message->fields->len; i++) {
        const struct http_field *f = &g_array_index(r->message->fields, struct http_field, i);

        if (g_ascii_strcasecmp(f->name, name) != 0)
            continue;
        if (value != NULL)
            refuse(r, 400, fault);
        else
            value = f->value;
    }
    return value;
}

/* RFC 9112 §3.2: a request names its host, once. HTTP/1.0 knew nothing of that. */
static void check_host(struct http_reader *r)
{
    const char *host = only_field(r, "Host", "there is more than one Host");

    if (r->stage == BAD)
        return;
    if (host == NULL && r->message->minor > 0)
        refuse(r, 400, "there is no Host");
    else if (host != NULL && !is_authority(host, false))
        refuse(r, 400, "the Host is no name");
}

static bool has_no_body(const struct http_reader *r)
{
    unsigned status = r->message->status;

    return !r->of_requests && (r->no_body || status < 200 || status == 204 || status == 304);
}

static bool has_coding(const struct http_message *m)
{
    return http_field(m, "Transfer-Encoding") != NULL;
}

/* Lines of one list field are one list (RFC 9110 §5.2). */
static char *join_codings(const struct http_message *m)
{
    GString *s = g_string_new(NULL);

    for (guint i = 0; i < m->fields->len; i++) {
        const struct http_field *f = &g_array_index(m->fields, struct http_field, i);

        if (g_ascii_strcasecmp(f->name, "Transfer-Encoding") == 0)
            g_string_append_printf(s, "%s%s", s->len > 0 ? "," : "", f->value);
    }
    return g_string_free(s, FALSE);
}

/* RFC 9112 §6.1, §6.3. Both lengths at once are how a request is smuggled past one of two readers. */
static void begin_body(struct http_reader *r)
{
    struct http_message *m = r->message;
    const char *length;

    if (has_no_body(r)) {
        body_is_complete(r);
        return;
    }
    length = only_field(r, "Content-Length", "there is more than one Content-Length");
    if (r->stage == BAD)
        return;
    if (has_coding(m)) {
        char *codings = join_codings(m);

        if (m->minor == 0)
            refuse(r, 400, "HTTP/1.0 has no Transfer-Encoding");
        else if (length != NULL)
            refuse(r, 400, "there are both Content-Length and Transfer-Encoding");
        else if (read_coding(r, codings)) {
            m->is_chunked = true;
            r->stage = AT_CHUNK;
        }
        g_free(codings);
    } else if (length != NULL) {
        begin_body_of(r, span_of(length));
    } else if (r->of_requests) {
        body_is_complete(r);
    } else {
        r->stage = IN_BODY_TO_END;
    }
}

static void on_header_end(struct http_reader *r)
{
    if (r->of_requests)
        check_host(r);
    if (r->stage == BAD)
        return;
    begin_body(r);
    /* RFC 9110 §10.1.1: not for HTTP/1.0, and not where no content comes. */
    if (r->of_requests && r->message != NULL && r->message->minor > 0 &&
        (r->stage == IN_BODY || r->stage == AT_CHUNK))
        r->wants_continue = http_has_token(r->message, "Expect", "100-continue");
}

/* ---- Chunks (RFC 9112 §7.1). */

static bool take_token(const char **at)
{
    const char *start = *at;

    while (**at != '\0' && http_is_token(span_bytes(*at, 1)))
        ++*at;
    return *at > start;
}

static bool take_quoted(const char **at)
{
    for (++*at; **at != '"'; ++*at) {
        if (**at == '\\')
            ++*at;
        if (**at == '\0')
            return false;
    }
    ++*at;
    return true;
}

static void skip_blanks(const char **at)
{
    while (**at == ' ' || **at == '\t')
        ++*at;
}

/* ; name, or ; name = value, any number; they say nothing that is known here (§7.1.1). */
static bool are_extensions(const char *at)
{
    while (*at != '\0') {
        skip_blanks(&at);
        if (*at++ != ';')
            return false;
        skip_blanks(&at);
        if (!take_token(&at))
            return false;
        skip_blanks(&at);
        if (*at == '=') {
            at++;
            skip_blanks(&at);
            if (!(*at == '"' ? take_quoted(&at) : take_token(&at)))
                return false;
        }
    }
    return true;
}

static void on_chunk_line(struct http_reader *r, struct span line)
{
    size_t size = 0, n = 0;

    for (; n < line.len && g_ascii_isxdigit(line.at[n]); n++) {
        size = size * 16 + (size_t)g_ascii_xdigit_value(line.at[n]);
        if (size > HTTP_BODY_MAX) {
            refuse(r, 413, "the content is too long");
            return;
        }
    }
    if (n == 0 || !is_field_text(line) || !are_extensions(line.at + n)) {
        refuse(r, 400, "a chunk does not begin with its size");
        return;
    }
    if (line.len - n > r->header_left) {
        refuse(r, 400, "the chunks have too many extensions");
        return;
    }
    r->header_left -= line.len - n;
    r->left = size;
    if (size > HTTP_BODY_MAX - r->message->body->len)
        refuse(r, 413, "the content is too long");
    else
        r->stage = size > 0 ? IN_CHUNK : IN_TRAILERS;
}

/* ---- The stream. */

static void on_line(struct http_reader *r)
{
    struct span line = span_bytes(r->line->str, r->line->len);

    switch (r->stage) {
    case AT_START:
        on_first_line(r, line);
        return;
    case IN_HEADER:
    case IN_TRAILERS:
        r->header_left -= line.len;
        if (line.len > 0)
            on_field(r, line);
        else if (r->stage == IN_HEADER)
            on_header_end(r);
        else
            r->stage = WHOLE;
        return;
    case AT_CHUNK:
        on_chunk_line(r, line);
        return;
    case BEHIND_CHUNK:
        r->stage = AT_CHUNK; /* it is empty: its limit is 0 octets */
        return;
    case IN_BODY:
    case IN_BODY_TO_END:
    case IN_CHUNK:
    case WHOLE:
    case BAD:
        break;
    }
    assert(!"no line is read here");
}

static void take_content(struct http_reader *r, struct span *rest)
{
    size_t n = r->stage == IN_BODY_TO_END ? rest->len : MIN(r->left, rest->len);

    if (n > HTTP_BODY_MAX - r->message->body->len) {
        refuse(r, 413, "the content is too long");
        return;
    }
    g_string_append_len(r->message->body, rest->at, (gssize)n);
    r->message->wire_size += n;
    *rest = span_bytes(rest->at + n, rest->len - n);
    if (r->stage == IN_BODY_TO_END || (r->left -= n) > 0)
        return;
    r->stage = r->stage == IN_CHUNK ? BEHIND_CHUNK : WHOLE;
}

static void feed_once(struct http_reader *r, struct span *rest)
{
    if (r->stage == IN_BODY || r->stage == IN_BODY_TO_END || r->stage == IN_CHUNK) {
        take_content(r, rest);
    } else if (take_line(r, rest)) {
        on_line(r);
        g_string_truncate(r->line, 0);
    }
}

enum http_read http_reader_feed(struct http_reader *r, struct span *rest)
{
    while (rest->len > 0 && r->stage != WHOLE && r->stage != BAD && !r->wants_continue)
        feed_once(r, rest);
    return r->stage == WHOLE ? HTTP_READ_WHOLE : r->stage == BAD ? HTTP_READ_BAD : HTTP_READ_MORE;
}

enum http_read http_reader_end(struct http_reader *r)
{
    if (r->stage == IN_BODY_TO_END)
        r->stage = WHOLE;
    else if (r->stage != BAD && r->stage != WHOLE && !http_reader_is_between(r))
        refuse(r, 400, "it ended in the middle of a message");
    return r->stage == WHOLE ? HTTP_READ_WHOLE : r->stage == BAD ? HTTP_READ_BAD : HTTP_READ_MORE;
}

struct http_message *http_reader_take(struct http_reader *r)
{
    struct http_message *m = r->message;

    assert(r->stage == WHOLE);
    r->message = NULL;
    r->stage = AT_START;
    r->no_body = false;
    return m;
}
