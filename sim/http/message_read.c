#include "http/message_internal.h"

#include <assert.h>
#include <string.h>

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
    return r->stage == HTTP_AT_START && (r->line->len == 0 || (r->line->len == 1 && r->line->str[0] == '\r'));
}

bool http_reader_wants_continue(struct http_reader *r)
{
    bool wants = r->wants_continue;

    r->wants_continue = false;
    return wants;
}

void http_reader_refuse(struct http_reader *r, unsigned status, const char *why)
{
    r->stage = HTTP_BAD;
    r->status = status;
    r->why = why;
    r->wants_continue = false;
    http_message_free(&r->message);
}

/* ---- Lines. */

static size_t line_limit(const struct http_reader *r)
{
    switch (r->stage) {
    case HTTP_AT_START:
        return HTTP_START_LINE_MAX;
    case HTTP_IN_HEADER:
    case HTTP_IN_TRAILERS:
        return r->header_left;
    case HTTP_AT_CHUNK:
        return HTTP_CHUNK_LINE_MAX;
    case HTTP_BEHIND_CHUNK:
        return 0;
    case HTTP_IN_BODY:
    case HTTP_IN_BODY_TO_END:
    case HTTP_IN_CHUNK:
    case HTTP_WHOLE:
    case HTTP_BAD:
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
    case HTTP_AT_START:
        if (!r->of_requests || !http_is_token(start))
            http_reader_refuse(r, 400, "the first line is too long");
        else if (start.len == r->line->len)
            http_reader_refuse(r, 501, "the method is too long");
        else
            http_reader_refuse(r, 414, "the target is too long");
        return;
    case HTTP_AT_CHUNK:
        http_reader_refuse(r, 400, "the line with a chunk's size is too long");
        return;
    case HTTP_BEHIND_CHUNK:
        http_reader_refuse(r, 400, "a chunk is longer than it says");
        return;
    case HTTP_IN_HEADER:
    case HTTP_IN_TRAILERS:
    case HTTP_IN_BODY:
    case HTTP_IN_BODY_TO_END:
    case HTTP_IN_CHUNK:
    case HTTP_WHOLE:
    case HTTP_BAD:
        break;
    }
    http_reader_refuse(r, 431, "the header is too long");
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
        http_reader_refuse(r, 400, "a line ends in a bare LF");
        return false;
    }
    g_string_truncate(r->line, r->line->len - 1);
    if (memchr(r->line->str, '\r', r->line->len) != NULL) {
        http_reader_refuse(r, 400, "a line has a bare CR");
        return false;
    }
    return true;
}

/* ---- The stream. */

static void on_line(struct http_reader *r)
{
    struct span line = span_bytes(r->line->str, r->line->len);

    switch (r->stage) {
    case HTTP_AT_START:
        http_reader_first_line(r, line);
        return;
    case HTTP_IN_HEADER:
    case HTTP_IN_TRAILERS:
        r->header_left -= line.len;
        if (line.len > 0)
            http_reader_field(r, line);
        else if (r->stage == HTTP_IN_HEADER)
            http_reader_header_end(r);
        else
            r->stage = HTTP_WHOLE;
        return;
    case HTTP_AT_CHUNK:
        http_reader_chunk_line(r, line);
        return;
    case HTTP_BEHIND_CHUNK:
        r->stage = HTTP_AT_CHUNK; /* it is empty: its limit is 0 octets */
        return;
    case HTTP_IN_BODY:
    case HTTP_IN_BODY_TO_END:
    case HTTP_IN_CHUNK:
    case HTTP_WHOLE:
    case HTTP_BAD:
        break;
    }
    assert(!"no line is read here");
}

static void take_content(struct http_reader *r, struct span *rest)
{
    size_t n = r->stage == HTTP_IN_BODY_TO_END ? rest->len : MIN(r->left, rest->len);

    if (n > HTTP_BODY_MAX - r->message->body->len) {
        http_reader_refuse(r, 413, "the content is too long");
        return;
    }
    g_string_append_len(r->message->body, rest->at, (gssize)n);
    r->message->wire_size += n;
    *rest = span_bytes(rest->at + n, rest->len - n);
    if (r->stage == HTTP_IN_BODY_TO_END || (r->left -= n) > 0)
        return;
    r->stage = r->stage == HTTP_IN_CHUNK ? HTTP_BEHIND_CHUNK : HTTP_WHOLE;
}

static void feed_once(struct http_reader *r, struct span *rest)
{
    if (r->stage == HTTP_IN_BODY || r->stage == HTTP_IN_BODY_TO_END || r->stage == HTTP_IN_CHUNK) {
        take_content(r, rest);
    } else if (take_line(r, rest)) {
        on_line(r);
        g_string_truncate(r->line, 0);
    }
}

enum http_read http_reader_feed(struct http_reader *r, struct span *rest)
{
    while (rest->len > 0 && r->stage != HTTP_WHOLE && r->stage != HTTP_BAD && !r->wants_continue)
        feed_once(r, rest);
    return r->stage == HTTP_WHOLE ? HTTP_READ_WHOLE : r->stage == HTTP_BAD ? HTTP_READ_BAD : HTTP_READ_MORE;
}

enum http_read http_reader_end(struct http_reader *r)
{
    if (r->stage == HTTP_IN_BODY_TO_END)
        r->stage = HTTP_WHOLE;
    else if (r->stage != HTTP_BAD && r->stage != HTTP_WHOLE && !http_reader_is_between(r))
        http_reader_refuse(r, 400, "it ended in the middle of a message");
    return r->stage == HTTP_WHOLE ? HTTP_READ_WHOLE : r->stage == HTTP_BAD ? HTTP_READ_BAD : HTTP_READ_MORE;
}

struct http_message *http_reader_take(struct http_reader *r)
{
    struct http_message *m = r->message;

    assert(r->stage == HTTP_WHOLE);
    r->message = NULL;
    r->stage = HTTP_AT_START;
    r->no_body = false;
    return m;
}
