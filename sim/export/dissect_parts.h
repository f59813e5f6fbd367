/* export/dissect_parts.h: what the files of export/dissect.h share. Offsets are from the packet's start;
 * `end` is behind the last octet. Each function takes all octets of its range. */
#ifndef EXPORT_DISSECT_PARTS_H
#define EXPORT_DISSECT_PARTS_H

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

/* One DNS message (RFC 1035 §4). */
void dissect_dns(struct dissector *x, size_t at, size_t end);
/* DNS over TCP: a length before each message (RFC 1035 §4.2.2). */
void dissect_dns_stream(struct dissector *x, size_t at, size_t end);
/* What is in one segment of an SMTP dialogue: commands, or a message or a part of it; or replies. */
void dissect_smtp(struct dissector *x, size_t at, size_t end, bool from_server);
/* Lines of a protocol that is not taken apart further. */
void dissect_lines(struct dissector *x, const char *layer, size_t at, size_t end);

#endif
