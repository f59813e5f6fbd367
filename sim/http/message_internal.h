/* http/message_internal.h: what the parts of a reader share. Nobody else includes it. */
#ifndef HTTP_MESSAGE_INTERNAL_H
#define HTTP_MESSAGE_INTERNAL_H

#include "http/message.h"

enum http_stage {
    HTTP_AT_START,
    HTTP_IN_HEADER,
    HTTP_IN_BODY,        /* so many octets more: `left` */
    HTTP_IN_BODY_TO_END, /* of the connection */
    HTTP_AT_CHUNK,
    HTTP_IN_CHUNK, /* `left` octets more */
    HTTP_BEHIND_CHUNK,
    HTTP_IN_TRAILERS,
    HTTP_WHOLE,
    HTTP_BAD,
};

struct http_reader {
    bool of_requests;
    enum http_stage stage;
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

/* Nothing more is read: the status to answer with, and why, in a clause. */
void http_reader_refuse(struct http_reader *r, unsigned status, const char *why);

/* ---- message_head.c: a line each. */

void http_reader_first_line(struct http_reader *r, struct span line);
void http_reader_field(struct http_reader *r, struct span line); /* of the header, or a trailer */
/* A host, perhaps a colon and a port (RFC 3986 §3.2), as in Host and CONNECT. */
bool http_is_authority(const char *text, bool needs_port);
/* No control characters but tabs (RFC 9110 §5.5). */
bool http_is_field_text(struct span text);

/* ---- message_body.c */

void http_reader_header_end(struct http_reader *r); /* the body begins, or there is none */
void http_reader_chunk_line(struct http_reader *r, struct span line);

#endif
