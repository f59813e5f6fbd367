/* http/message.h: HTTP/1.1 messages (RFC 9110, RFC 9112) in bytes: reading them from a stream that may be cut
 * anywhere, with limits, and writing them. Content-Length and chunked both ways. */
#ifndef HTTP_MESSAGE_H
#define HTTP_MESSAGE_H

#include <glib.h>
#include <stdbool.h>

#include "core/span.h"

enum {
    HTTP_START_LINE_MAX = 8000,       /* octets (RFC 9112 §3); a longer target gets 414 */
    HTTP_HEADER_MAX = 64 * 1024,      /* of all field lines, trailers too; more gets 431 */
    HTTP_FIELDS_MAX = 100,            /* lines of them, folded ones and trailers too; more get 431 */
    HTTP_BODY_MAX = 32 * 1024 * 1024, /* of content; more gets 413 */
    HTTP_CHUNK_LINE_MAX = 1000,       /* a chunk's size and extensions (RFC 9112 §7.1.1); more gets 400 */
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
    unsigned n_trailers;   /* so many of them; http_field, http_set and http_has_token do not look there */
    GString *body;         /* content, chunks joined */
    bool is_chunked;       /* it came, or is to be written, in chunks */
    size_t wire_size;      /* of one that was read: octets in all, as they came */
};

/* Octets that no target may have are written as %XX. */
struct http_message *http_request_new(const char *method, const char *target);
struct http_message *http_response_new(unsigned status); /* with the usual reason */
void http_message_free(struct http_message **m);
/* Replaces all of that name. Control characters in a value become spaces, here and below: nothing that is
 * said in it can end the field. */
void http_set(struct http_message *m, const char *name, const char *value);
void http_add(struct http_message *m, const char *name, const char *value);
void http_add_trailer(struct http_message *m, const char *name, const char *value);
/* The first field of that name, ASCII case ignored; NULL: none. */
const char *http_field(const struct http_message *m, const char *name);
/* A list field (Connection: keep-alive, close) names that token, in any of its lines. */
bool http_has_token(const struct http_message *m, const char *name, const char *token);
/* Does the connection stay open after it (RFC 9112 §9.3)? */
bool http_keeps_alive(const struct http_message *m);
const char *http_reason(unsigned status); /* "Not Found"; "" if unknown */
/* With Content-Length or Transfer-Encoding set as its body and is_chunked ask; chunks of at most `chunk`
 * octets. HTTP/1.0 knows no chunks, and some responses have no body (RFC 9112 §6.3): what stands there is
 * left out then. Of a response to HEAD, `without_body`. Appended. */
void http_write(const struct http_message *m, bool without_body, size_t chunk, GString *out);

/* "GET", "quiet*": what a method, a field's name or a cookie's is made of (RFC 9110 §5.6.2). */
bool http_is_token(struct span text);

/* ---- Reading. Only CRLF ends a line, and what RFC 9112 lets a recipient refuse is refused: where two
 * programs could disagree about where a message ends, one can be made to see a request in another's content.
 */

struct http_reader;
enum http_read { HTTP_READ_MORE, HTTP_READ_WHOLE, HTTP_READ_BAD };

struct http_reader *http_reader_new(bool of_requests);
void http_reader_free(struct http_reader **r);
/* Of a response: what was asked for decides whether a body follows ("HEAD"; RFC 9112 §6.3). Before its first
 * octet. */
void http_reader_expect(struct http_reader *r, const char *method);
/* Take octets off `rest` until a message is whole (it is in http_reader_take; what follows stays in `rest`),
 * or none are left, or http_reader_wants_continue is to be asked: call it again while there are any.
 * HTTP_READ_BAD: http_reader_status says with what to answer (400, 413, 414, 431, 501, 505); nothing more is
 * read. */
enum http_read http_reader_feed(struct http_reader *r, struct span *rest);
/* The stream has ended: a response that lasts until then is whole now; else it is bad if something was begun.
 */
enum http_read http_reader_end(struct http_reader *r);
struct http_message *http_reader_take(struct http_reader *r); /* the caller's; once for each that is whole */
unsigned http_reader_status(const struct http_reader *r);
const char *http_reader_why(const struct http_reader *r); /* the same in a clause: "a field has no colon" */
/* The header of a request is whole and has Expect: 100-continue, and its body comes next: true once. */
bool http_reader_wants_continue(struct http_reader *r);
/* Nothing of the next message has come yet. */
bool http_reader_is_between(const struct http_reader *r);

/* ---- Targets and forms. What is returned is to be freed. */

/* "http://www.crepes.fr:8080/a/b?c" → host "www.crepes.fr" (small letters), port 8080 (80 if none), target
 * "/a/b?c"; a fragment is left out. False: it is no http URL, or has a user name in it (RFC 9110 §4.2.4). */
bool http_url(const char *url, char **host_out, unsigned *port_out, char **target_out);
/* A reference against an absolute path or an http URL (RFC 3986 §5): "pics/a.png" at "/x/index.html" is
 * "/x/pics/a.png"; the fragment is left out. One with a scheme or host of its own gives an URL either way. */
char *http_resolve(const char *base, const char *reference);
/* %XX and + as in forms; NULL where that is wrong, or a NUL. */
char *http_unescape(struct span text);
char *http_unescape_path(struct span text);       /* the same, but + is itself */
void http_escape(const char *text, GString *out); /* application/x-www-form-urlencoded, one value */
/* The value of a key in "a=1&b=2", decoded; NULL: none. */
char *http_form_value(struct span form, const char *key);
void http_form_add(GString *form, const char *key, const char *value);

#endif
