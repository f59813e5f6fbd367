/* mail/mime.h: a message taken apart (RFC 2045, 2046): its parts as a tree, each with the place of its header
 * and body in the message's bytes, so that a part can be fetched alone (R3), decoded, and shown beside its
 * encoding (F2, F3). GMime reads the headers; what the wire carried stays as it is: every span points into
 * the message. */
#ifndef MAIL_MIME_H
#define MAIL_MIME_H

#include <glib.h>
#include <stdbool.h>

#include "core/span.h"

enum { MIME_DEPTH_MAX = 50, MIME_PARTS_MAX = 1000 }; /* deeper or more: the rest is one opaque part */

enum mime_encoding { MIME_7BIT, MIME_8BIT, MIME_BINARY, MIME_QUOTED_PRINTABLE, MIME_BASE64, MIME_UNKNOWN };
const char *mime_encoding_text(enum mime_encoding e); /* "quoted-printable" */

struct mime_param {
    char *name, *value; /* value decoded to UTF-8 (RFC 2231) */
};

struct mime_part {
    char *type, *subtype;         /* as written; "text", "plain" if there is none or none that can be read */
    GArray *params;               /* of struct mime_param, of Content-Type, in the order written */
    char *id, *description, *md5; /* Content-ID, -Description, -MD5 as written; NULL: none */
    char *encoding_text;          /* Content-Transfer-Encoding as written; NULL: none */
    enum mime_encoding encoding;
    char *disposition; /* "attachment"; NULL: none */
    GArray *disposition_params;
    GPtrArray *languages; /* of char *: Content-Language; NULL: none */
    char *location;       /* Content-Location; NULL: none */
    struct span header;   /* with the blank line behind it; of the root: the message's own */
    struct span body;     /* as it travels; of a message/rfc822: the whole message within */
    unsigned body_lines;  /* CRLFs in it */
    /* Of struct mime_part: of multipart/…; of message/rfc822: one, the message within. NULL: none, and so of
     * a multipart in which no part can be found: it is one opaque part then. */
    GPtrArray *parts;
};

/* GMime's tables. Whoever calls GMime begins with this; once is enough, more do no harm. */
void mime_start(void);

/* Never NULL: bytes that are no MIME at all are one text/plain part. The bytes are borrowed and must outlive
 * it. */
struct mime_part *mime_parse(struct span message);
void mime_free(struct mime_part **p);

/* "image" "png", ASCII case ignored; subtype NULL: any. */
bool mime_is(const struct mime_part *p, const char *type, const char *subtype);
/* Value of a parameter of Content-Type, NULL: none. */
const char *mime_param(const struct mime_part *p, const char *name);
/* The name to save it under: Content-Disposition's filename, else Content-Type's name; NULL: none. */
const char *mime_filename(const struct mime_part *p);

/* The octets that were encoded; appended. What is no encoding of anything is left out, as RFC 2045 §6.7 and
 * §6.8 have it. */
void mime_decode(const struct mime_part *p, GString *out);
/* A text part as UTF-8 with \n line ends (charset converted, wrong octets replaced); appended. */
void mime_text(const struct mime_part *p, GString *out);
/* A header field's value for people: unfolded, encoded-words (RFC 2047) decoded, UTF-8; appended. */
void mime_header_text(struct span value, GString *out);

/* The part for reading: the first text/plain, else the first text/…, else NULL. Attachments do not count. */
const struct mime_part *mime_text_part(const struct mime_part *root);

#endif
