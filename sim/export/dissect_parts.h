/* export/dissect_parts.h: what the files of export/dissect.h share. Offsets are from the packet's start;
 * `end` is behind the last octet. Each function takes all octets of its range. */
#ifndef EXPORT_DISSECT_PARTS_H
#define EXPORT_DISSECT_PARTS_H

#include <glib.h>
#include <stdbool.h>

#include "core/span.h"
#include "export/dissect.h"

struct dissector {
    struct dissection *d;
    const uint8_t *bytes;
};

/* The layer of that name: there once, however often it comes. */
int dissect_layer(struct dissector *x, const char *name);

/* A field; nothing if it has no octets. */
void dissect_add(struct dissector *x, int layer, const char *name, size_t at, size_t len, const char *meaning,
                 const char *format, ...) G_GNUC_PRINTF(7, 8);
/* The same with octets from the wire as its value, made fit for a line of text. */
void dissect_text(struct dissector *x, int layer, const char *name, size_t at, size_t len,
                  const char *meaning, struct span text);
/* Octets that say nothing here: how many, and the first of them in hexadecimal. */
void dissect_rest(struct dissector *x, int layer, const char *name, size_t at, size_t end,
                  const char *meaning);

static inline struct span dissect_span(const struct dissector *x, size_t at, size_t end)
{
    return span_bytes(x->bytes + at, end - at);
}
static inline unsigned dissect_u8(const struct dissector *x, size_t at)
{
    return x->bytes[at];
}
static inline unsigned dissect_u16(const struct dissector *x, size_t at)
{
    return (unsigned)(x->bytes[at] << 8 | x->bytes[at + 1]);
}
static inline uint32_t dissect_u32(const struct dissector *x, size_t at)
{
    return (uint32_t)dissect_u16(x, at) << 16 | dissect_u16(x, at + 2);
}

/* ---- Protocols of lines. */

struct dissect_line {
    size_t at, text_end,
        end; /* `end` behind its line end; text_end == end if the bytes end within the line */
};
bool dissect_next_line(const struct dissector *x, size_t at, size_t end, struct dissect_line *out);
static inline struct span dissect_line_text(const struct dissector *x, const struct dissect_line *l)
{
    return dissect_span(x, l->at, l->text_end);
}
/* A field of the whole line. */
void dissect_line(struct dissector *x, int layer, const char *name, const struct dissect_line *l,
                  const char *meaning);

/* The length of a header field's name at its start, of a letter or of HTTP, a colon behind it; 0: it has
 * none. */
size_t dissect_header_name(struct span line);

/* A line cut into fields from left to right. A field has the blanks before it; the last one has those behind
 * it and the line end, too. `at` is where the next begins. */
struct dissect_cut {
    struct dissector *x;
    int layer;
    struct dissect_line line;
    size_t at;
};
struct dissect_cut dissect_cut(struct dissector *x, int layer, const struct dissect_line *l);
/* What is not in a field yet, without blanks at its ends; the first word of that. */
struct span dissect_cut_rest(const struct dissect_cut *c);
struct span dissect_cut_word(const struct dissect_cut *c);
static inline bool dissect_cut_is_done(const struct dissect_cut *c)
{
    return c->at >= c->line.end;
}
/* The field ends behind `text`, which is in the line; dissect_cut_all: at the line's end. */
void dissect_cut_take(struct dissect_cut *c, const char *name, struct span text, const char *meaning);
void dissect_cut_all(struct dissect_cut *c, const char *name, const char *meaning);

/* Words of a protocol, and what they mean. */
struct dissect_word {
    const char *name, *meaning;
    const char *argument; /* what the rest of the line is */
};
/* ASCII case does not count; NULL: not there. */
const struct dissect_word *dissect_find_word(const struct dissect_word *words, size_t n, struct span name);

/* ---- Encodings. */

/* The octets of some base64, "␀alice␀secret" or "57 octets: 89 50 …", behind an arrow; a text that goes
 * on beyond either end is shown as far as its characters are whole. */
void dissect_encoded(struct dissector *x, int layer, const char *name, size_t at, size_t len,
                     const char *meaning, struct span text, const GString *decoded);
void dissect_base64_decode(struct span text, GString *out);
/* Four characters of the alphabet or a multiple, padding only at the end. */
bool dissect_is_base64(struct span text);
/* It is the answer to a challenge (RFC 4954 §4, RFC 3501 §6.2.2), as far as its looks can tell: base64 of
 * nothing but text, alone in its segment; or "*". */
bool dissect_is_answer(const struct dissector *x, const struct dissect_line *l, size_t end);
void dissect_answer(struct dissect_cut *c, const char *name, const char *meaning);
extern const char dissect_proof[], dissect_challenge[]; /* meanings of what a client and a server say in it */

/* ---- Messages (RFC 5322 §2, RFC 2045). */

enum dissect_from {
    DISSECT_FROM_HEADER, /* a message begins here */
    DISSECT_FROM_BODY,   /* its body, or a part's */
    DISSECT_FROM_MIDDLE  /* anywhere in it: what came before was in another segment */
};
extern const char dissect_continues[]; /* the meaning of what goes on from there */

/* Up to a lone dot, which is a field of the layer `dot`, or to the end. Returns what is behind it. Where
 * `dot` is NULL a dot is a dot. */
size_t dissect_message(struct dissector *x, size_t at, size_t end, enum dissect_from from, const char *dot);

/* ---- Protocols. Each takes what is in one segment, whatever it begins with. */

/* One DNS message (RFC 1035 §4). */
void dissect_dns(struct dissector *x, size_t at, size_t end);
/* DNS over TCP: a length before each message (RFC 1035 §4.2.2). */
void dissect_dns_stream(struct dissector *x, size_t at, size_t end);
void dissect_smtp(struct dissector *x, size_t at, size_t end, bool from_server);
void dissect_pop3(struct dissector *x, size_t at, size_t end, bool from_server);
void dissect_imap(struct dissector *x, size_t at, size_t end, bool from_server);
void dissect_http(struct dissector *x, size_t at, size_t end, bool from_server);

#endif
