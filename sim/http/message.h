/* http/message.h: HTTP/1.1 messages (RFC 9110, RFC 9112) in bytes: reading them from a stream that may be cut
 * anywhere, with limits, and writing them. Content-Length and chunked both ways. */
#ifndef HTTP_MESSAGE_H
#define HTTP_MESSAGE_H

#include <glib.h>
#include <stdbool.h>

#include "core/span.h"

enum {
    HTTP_START_LINE_MAX = 8000,       /* octets (RFC 9112 §3); a longer target gets 414 */
    HTTP_HEADER_MAX = 64 * 1024,      /* of all field lines; more gets 431 */
    HTTP_FIELDS_MAX = 100,            /* field lines; more get 431 */
    HTTP_BODY_MAX = 32 * 1024 * 1024, /* of content; more gets 413 */
};

struct http_field {
    char *name, *value; /* value without white space at its ends */
};

struct http_message {
    bool is_request;
    char *method, *target; /* of a request: "GET", "/index.html" */
    unsigned status;       /* of a response: 200 */
    char *reason;          /* "OK"; may be "" */
    unsigned minor;        /* HTTP/1.minor: 0 or 1 */
    GArray *fields;        /* of struct http_field, in order; trailers behind */
    GString *body;         /* content, chunks joined */
    bool is_chunked;       /* it came, or is to be written, in chunks */
    size_t wire_size;      /* of one that was read: octets in all, as they came */
};

struct http_message *http_request_new(const char *method, const char *target);
struct http_message *http_response_new(unsigned status); /* with the usual reason */
void http_message_free(struct http_message **m);
void http_set(struct http_message *m, const char *name, const char *value); /* replaces all of that name */
void http_add(struct http_message *m, const char *name, const char *value);
/* The first field of that name, ASCII case ignored; NULL: none. */
const char *http_field(const struct http_message *m, const char *name);
/* A list field (Connection: keep-alive, close) names that token, in any of its lines. */
bool http_has_token(const struct http_message *m, const char *name, const char *token);
/* Does the connection stay open after it (RFC 9112 §9.3)? */
bool http_keeps_alive(const struct http_message *m);
const char *http_reason(unsigned status); /* "Not Found"; "" if unknown */
/* With Content-Length or Transfer-Encoding set as its body and is_chunked ask; chunks of at most `chunk`
 * octets. Of a response to HEAD, `without_body`. Appended. */
void http_write(const struct http_message *m, bool without_body, size_t chunk, GString *out);

/* ---- Reading. */

struct http_reader;
enum http_read { HTTP_READ_MORE, HTTP_READ_WHOLE, HTTP_READ_BAD };

struct http_reader *http_reader_new(bool of_requests);
void http_reader_free(struct http_reader **r);
/* Of a response: what was asked for decides whether a body follows ("HEAD"; RFC 9112 §6.3). Before its first
 * octet. */
void http_reader_expect(struct http_reader *r, const char *method);
/* Take octets off `rest` until a message is whole (MESSAGE is in http_reader_take; what follows stays in
 * `rest`), or none are left. HTTP_READ_BAD: http_reader_status says with what to answer (400, 413, 414, 431,
 * 501, 505); nothing more is read. */
enum http_read http_reader_feed(struct http_reader *r, struct span *rest);
/* The stream has ended: a response that lasts until then is whole now; else it is bad if something was begun.
 */
enum http_read http_reader_end(struct http_reader *r);
struct http_message *http_reader_take(struct http_reader *r); /* the caller's; once for each that is whole */
unsigned http_reader_status(const struct http_reader *r);
/* The header of a request is whole and has Expect: 100-continue, and no body has come yet: true once. */
bool http_reader_wants_continue(struct http_reader *r);
/* Nothing of the next message has come yet. */
bool http_reader_is_between(const struct http_reader *r);

/* ---- Targets and forms. */

/* "http://www.crepes.fr:8080/a/b?c" → host "www.crepes.fr", port 8080 (80 if none), target "/a/b?c". False:
 * it is no http URL. To be freed. */
bool http_url(const char *url, char **host_out, unsigned *port_out, char **target_out);
/* A relative reference (RFC 3986 §5), against an absolute path: "pics/a.png" at "/x/index.html" is
 * "/x/pics/a.png". To be freed. */
char *http_resolve(const char *base, const char *reference);
/* %XX and + as in forms; NULL where that is wrong. To be freed. */
char *http_unescape(struct span text);
void http_escape(const char *text, GString *out); /* application/x-www-form-urlencoded, one value */
/* The value of a key in "a=1&b=2", decoded; NULL: none. To be freed. */
char *http_form_value(struct span form, const char *key);
void http_form_add(GString *form, const char *key, const char *value);

#endif
