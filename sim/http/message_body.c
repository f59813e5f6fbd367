#include "http/message_internal.h"

#include <string.h>

/* ---- How long the body is (RFC 9112 §6). */

static void body_is_complete(struct http_reader *r)
{
    r->stage = HTTP_WHOLE;
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
        http_reader_refuse(r, 400, "the transfer coding does not end in one that tells the length");
    else if (n > 1)
        http_reader_refuse(r, 501, "the transfer coding is not known here");
    return r->stage != HTTP_BAD;
}

static void begin_body_of(struct http_reader *r, struct span digits)
{
    uint64_t length = 0;

    for (size_t i = 0; i < digits.len; i++) {
        if (!g_ascii_isdigit(digits.at[i])) {
            http_reader_refuse(r, 400, "the Content-Length is no number");
            return;
        }
    }
    if (digits.len == 0) {
        http_reader_refuse(r, 400, "the Content-Length is no number");
    } else if (!span_number(digits, HTTP_BODY_MAX, &length)) {
        http_reader_refuse(r, 413, "the content is too long");
    } else {
        r->left = length;
        r->stage = HTTP_IN_BODY;
        if (length == 0)
            body_is_complete(r);
    }
}

/* The one field of that name; more than one is a fault (RFC 9112 §6.3, RFC 9110 §8.6). */
static const char *only_field(struct http_reader *r, const char *name, const char *fault)
{
    const char *value = NULL;

    for (unsigned i = 0; r->stage != HTTP_BAD && i < r->message->fields->len; i++) {
        const struct http_field *f = &g_array_index(r->message->fields, struct http_field, i);

        if (g_ascii_strcasecmp(f->name, name) != 0)
            continue;
        if (value != NULL)
            http_reader_refuse(r, 400, fault);
        else
            value = f->value;
    }
    return value;
}

/* RFC 9112 §3.2: a request names its host, once. HTTP/1.0 knew nothing of that. */
static void check_host(struct http_reader *r)
{
    const char *host = only_field(r, "Host", "there is more than one Host");

    if (r->stage == HTTP_BAD)
        return;
    if (host == NULL && r->message->minor > 0)
        http_reader_refuse(r, 400, "there is no Host");
    else if (host != NULL && !http_is_authority(host, false))
        http_reader_refuse(r, 400, "the Host is no name");
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
    if (r->stage == HTTP_BAD)
        return;
    if (has_coding(m)) {
        char *codings = join_codings(m);

        if (m->minor == 0)
            http_reader_refuse(r, 400, "HTTP/1.0 has no Transfer-Encoding");
        else if (length != NULL)
            http_reader_refuse(r, 400, "there are both Content-Length and Transfer-Encoding");
        else if (read_coding(r, codings)) {
            m->is_chunked = true;
            r->stage = HTTP_AT_CHUNK;
        }
        g_free(codings);
    } else if (length != NULL) {
        begin_body_of(r, span_of(length));
    } else if (r->of_requests) {
        body_is_complete(r);
    } else {
        r->stage = HTTP_IN_BODY_TO_END;
    }
}

void http_reader_header_end(struct http_reader *r)
{
    if (r->of_requests)
        check_host(r);
    if (r->stage == HTTP_BAD)
        return;
    begin_body(r);
    /* RFC 9110 §10.1.1: not for HTTP/1.0, and not where no content comes. */
    if (r->of_requests && r->message != NULL && r->message->minor > 0 &&
        (r->stage == HTTP_IN_BODY || r->stage == HTTP_AT_CHUNK))
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

void http_reader_chunk_line(struct http_reader *r, struct span line)
{
    size_t size = 0, n = 0;

    for (; n < line.len && g_ascii_isxdigit(line.at[n]); n++) {
        size = size * 16 + (size_t)g_ascii_xdigit_value(line.at[n]);
        if (size > HTTP_BODY_MAX) {
            http_reader_refuse(r, 413, "the content is too long");
            return;
        }
    }
    if (n == 0 || !http_is_field_text(line) || !are_extensions(line.at + n)) {
        http_reader_refuse(r, 400, "a chunk does not begin with its size");
        return;
    }
    if (line.len - n > r->header_left) {
        http_reader_refuse(r, 400, "the chunks have too many extensions");
        return;
    }
    r->header_left -= line.len - n;
    r->left = size;
    if (size > HTTP_BODY_MAX - r->message->body->len)
        http_reader_refuse(r, 413, "the content is too long");
    else
        r->stage = size > 0 ? HTTP_IN_CHUNK : HTTP_IN_TRAILERS;
}
