/* core/rd.h: a bounds-checked reader of network-order bytes, and its writer.
 * A read past the end latches `bad` and gives zeros; check once, at the end. */
#ifndef CORE_RD_H
#define CORE_RD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct rd {
    const uint8_t *start, *at, *end;
    bool bad;
};

static inline struct rd rd_of(const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    return (struct rd){ at, at, at + len, false };
}

static inline size_t rd_left(const struct rd *r)
{
    return (size_t)(r->end - r->at);
}
static inline size_t rd_offset(const struct rd *r)
{
    return (size_t)(r->at - r->start);
}

/* `n` bytes, borrowed, or NULL (and bad) if fewer are left. */
static inline const uint8_t *rd_bytes(struct rd *r, size_t n)
{
    const uint8_t *at = r->at;

    if (r->bad || rd_left(r) < n) {
        r->bad = true;
        return NULL;
    }
    r->at += n;
    return at;
}

static inline uint8_t rd_u8(struct rd *r)
{
    const uint8_t *b = rd_bytes(r, 1);
    return b ? b[0] : 0;
}

static inline uint16_t rd_u16(struct rd *r)
{
    const uint8_t *b = rd_bytes(r, 2);
    return b ? (uint16_t)(b[0] << 8 | b[1]) : 0;
}

static inline uint32_t rd_u32(struct rd *r)
{
    const uint8_t *b = rd_bytes(r, 4);
    return b ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3] : 0;
}

/* The writer latches `full` instead of writing past the end. */
struct wr {
    uint8_t *start, *at, *end;
    bool full;
};

static inline struct wr wr_of(void *buf, size_t size)
{
    uint8_t *at = buf;
    return (struct wr){ at, at, at + size, false };
}

static inline size_t wr_len(const struct wr *w)
{
    return (size_t)(w->at - w->start);
}

static inline void wr_bytes(struct wr *w, const void *bytes, size_t n)
{
    if (w->full || (size_t)(w->end - w->at) < n) {
        w->full = true;
        return;
    }
    if (n > 0)
        memcpy(w->at, bytes, n);
    w->at += n;
}

static inline void wr_u8(struct wr *w, uint8_t v)
{
    wr_bytes(w, &v, 1);
}

static inline void wr_u16(struct wr *w, uint16_t v)
{
    wr_bytes(w, (uint8_t[]){ (uint8_t)(v >> 8), (uint8_t)v }, 2);
}

static inline void wr_u32(struct wr *w, uint32_t v)
{
    wr_bytes(w, (uint8_t[]){ (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v }, 4);
}

#endif
