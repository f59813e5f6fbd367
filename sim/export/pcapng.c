#include "export/pcapng.h"

#include <assert.h>
#include <errno.h>
#include <glib.h>

#include "net/wire.h"

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_NAMES = 4,
    BLOCK_PACKET = 6,
    BYTE_ORDER_MAGIC = 0x1a2b3c4d,
    LINKTYPE_RAW = 101, /* the packet begins with its IP header */
    OPTION_END = 0,
    OPTION_COMMENT = 1,
    SECTION_USERAPPL = 4,
    INTERFACE_NAME = 2,
    INTERFACE_TSRESOL = 9,
    PACKET_FLAGS = 2, /* of a packet: the lowest two bits are its direction */
    INBOUND = 1,
    OUTBOUND = 2,
    NAME_IPV4 = 1,
    COMMENT_MAX = 4096,
    PACKET_BLOCK_MAX = 128 + IP_MTU + COMMENT_MAX,
    BUFFER_OCTETS = 1 << 16,
};

struct pcapng {
    FILE *out;
    int64_t epoch_ns;
    char *at; /* or NULL */
    pcapng_explain *explain;
    void *explain_self;
    GByteArray *names; /* the records of the Name Resolution Block; NULL once it is written */
    int error;         /* errno of the first write that failed; nothing is written after it */
    size_t used;
    uint8_t buffer[BUFFER_OCTETS];
};

/* ---- Little-endian pieces, whatever the machine's order. */

static uint8_t *put_u16(uint8_t *at, uint16_t v)
{
    at[0] = (uint8_t)v;
    at[1] = (uint8_t)(v >> 8);
    return at + 2;
}

static uint8_t *put_u32(uint8_t *at, uint32_t v)
{
    return put_u16(put_u16(at, (uint16_t)v), (uint16_t)(v >> 16));
}

/* Blocks, options and name records are filled up to whole words. */
static uint8_t *put_padding(uint8_t *at, size_t len)
{
    for (; len % 4 != 0; len++)
        *at++ = 0;
    return at;
}

static uint8_t *put_option(uint8_t *at, uint16_t code, const void *value, size_t len)
{
    at = put_u16(put_u16(at, code), (uint16_t)len);
    memcpy(at, value, len);
    return put_padding(at + len, len);
}

/* The end of the options and of the block, whose length stands at both ends. */
static uint8_t *end_block(uint8_t *start, uint8_t *at, bool has_options)
{
    if (has_options)
        at = put_u16(put_u16(at, OPTION_END), 0);
    uint32_t len = (uint32_t)(at + 4 - start);
    put_u32(start + 4, len);
    return put_u32(at, len);
}

/* ---- The buffer. */

static void write_out(struct pcapng *p, const uint8_t *bytes, size_t len)
{
    if (p->error == 0 && len > 0 && fwrite(bytes, 1, len, p->out) != len)
        p->error = errno ? errno : EIO;
}

static void flush(struct pcapng *p)
{
    write_out(p, p->buffer, p->used);
    p->used = 0;
}

static uint8_t *reserve(struct pcapng *p, size_t len)
{
    assert(len <= BUFFER_OCTETS);
    if (BUFFER_OCTETS - p->used < len)
        flush(p);
    return p->buffer + p->used;
}

static void commit(struct pcapng *p, const uint8_t *end)
{
    p->used = (size_t)(end - p->buffer);
    assert(p->used <= BUFFER_OCTETS);
}

/* ---- What stands in front. */

struct pcapng *pcapng_new(FILE *out, int64_t epoch_s, const char *at, pcapng_explain *explain,
                          void *explain_self)
{
    struct pcapng *p = g_new(struct pcapng, 1);

    p->out = out;
    p->epoch_ns = epoch_s * SIM_SECOND;
    p->at = g_strdup(at);
    p->explain = explain;
    p->explain_self = explain_self;
    p->names = g_byte_array_new();
    p->error = 0;
    p->used = 0;
    return p;
}

void pcapng_name(struct pcapng *p, uint32_t address, const char *name)
{
    enum { NAME_MAX_OCTETS = 1024 };
    uint8_t record[8 + NAME_MAX_OCTETS + 4], *at = record;
    size_t len = MIN(strlen(name), (size_t)NAME_MAX_OCTETS - 1);

    assert(p->names != NULL);
    at = put_u16(put_u16(at, NAME_IPV4), (uint16_t)(4 + len + 1));
    for (int shift = 24; shift >= 0; shift -= 8) /* an address is in network order even here */
        *at++ = (uint8_t)(address >> shift);
    memcpy(at, name, len);
    at[len] = '\0';
    at = put_padding(at + len + 1, len + 1);
    g_byte_array_append(p->names, record, (guint)(at - record));
}

static void put_section(struct pcapng *p)
{
    static const char program[] = "mxlab";
    uint8_t *start = reserve(p, 64), *at = put_u32(start, BLOCK_SECTION) + 4;

    at = put_u32(at, BYTE_ORDER_MAGIC);
    at = put_u16(put_u16(at, 1), 0);                   /* version 1.0 */
    at = put_u32(put_u32(at, UINT32_MAX), UINT32_MAX); /* length of the section: not said */
    at = put_option(at, SECTION_USERAPPL, program, sizeof program - 1);
    commit(p, end_block(start, at, true));
}

static void put_interface(struct pcapng *p)
{
    static const uint8_t nanoseconds = 9; /* 10^-9 */
    const char *name = p->at ? p->at : "every host";
    size_t len = MIN(strlen(name), (size_t)255);
    uint8_t *start = reserve(p, 320), *at = put_u32(start, BLOCK_INTERFACE) + 4;

    at = put_u16(put_u16(at, LINKTYPE_RAW), 0);
    at = put_u32(at, 0); /* no limit to what is captured of a packet */
    at = put_option(at, INTERFACE_NAME, name, len);
    at = put_option(at, INTERFACE_TSRESOL, &nanoseconds, 1);
    commit(p, end_block(start, at, true));
}

/* It may be longer than the buffer, so it goes out beside it. */
static void put_names(struct pcapng *p)
{
    uint8_t piece[8];

    if (p->names->len > 0) {
        uint32_t len = 8 + p->names->len + 4 + 4;
        flush(p);
        put_u32(put_u32(piece, BLOCK_NAMES), len);
        write_out(p, piece, 8);
        write_out(p, p->names->data, p->names->len);
        put_u32(put_u16(put_u16(piece, 0), 0), len); /* the record that ends the list; the block's length */
        write_out(p, piece, 8);
    }
    g_byte_array_free(p->names, TRUE);
    p->names = NULL;
}

static void put_front(struct pcapng *p)
{
    if (p->names == NULL)
        return;
    put_section(p);
    put_interface(p);
    put_names(p);
}

/* ---- Packets. */

/* "seq 17: MX hamburger.edu?" as an option, with " (again: timeout)" behind it where a segment is sent again;
 * cut at a character's border where it is too long. */
static uint8_t *put_comment(struct pcapng *p, uint8_t *at, const struct record *r)
{
    const char *text = p->explain ? p->explain(p->explain_self, r) : NULL;
    char *body = (char *)at + 4;
    char digits[20];
    size_t len = 4, n = 0, text_len = text ? strlen(text) : 0;

    memcpy(body, "seq ", 4);
    for (uint64_t seq = r->seq; n == 0 || seq > 0; seq /= 10)
        digits[n++] = (char)('0' + seq % 10);
    while (n > 0)
        body[len++] = digits[--n];
    if (text_len > 0) {
        if (text_len > COMMENT_MAX - 96) {
            text_len = COMMENT_MAX - 96;
            while (text_len > 0 && (text[text_len] & 0xc0) == 0x80)
                text_len--;
        }
        memcpy(body + len, ": ", 2);
        memcpy(body + len + 2, text, text_len);
        len += 2 + text_len;
    }
    if (r->event == EV_PACKET_SEND && r->why != NULL)
        len += (size_t)snprintf(body + len, 48, " (again: %.32s)", r->why);
    put_u16(put_u16(at, OPTION_COMMENT), (uint16_t)len);
    return put_padding((uint8_t *)body + len, len);
}

static void put_packet(struct pcapng *p, const struct record *r, uint32_t direction)
{
    uint8_t *start = reserve(p, PACKET_BLOCK_MAX), *at = put_u32(start, BLOCK_PACKET) + 4;
    uint64_t stamp = (uint64_t)(p->epoch_ns + r->time);
    size_t len = wire_encode(r->packet, start + 28, IP_MTU);

    at = put_u32(at, 0); /* the interface */
    at = put_u32(put_u32(at, (uint32_t)(stamp >> 32)), (uint32_t)stamp);
    at = put_u32(put_u32(at, (uint32_t)len), (uint32_t)len);
    at = put_padding(at + len, len);
    at = put_comment(p, at, r);
    if (direction != 0) {
        at = put_u16(put_u16(at, PACKET_FLAGS), 4);
        at = put_u32(at, direction);
    }
    commit(p, end_block(start, at, true));
}

static bool is_name(const char *a, const char *b)
{
    return a != NULL && b != NULL && g_ascii_strcasecmp(a, b) == 0;
}

void pcapng_on_record(void *self, const struct record *r)
{
    struct pcapng *p = self;
    uint32_t direction = 0;

    if (r->packet == NULL)
        return;
    if (p->at == NULL) {
        if (r->event != EV_PACKET_SEND)
            return;
    } else if (!is_name(r->host, p->at)) {
        return;
    } else if (r->event == EV_PACKET_SEND || r->event == EV_PACKET_FORWARD) {
        direction = OUTBOUND;
    } else if (r->event == EV_PACKET_ARRIVE &&
               !is_name(r->peer, p->at)) { /* what it says to itself is seen once */
        direction = INBOUND;
    } else {
        return;
    }
    put_front(p);
    put_packet(p, r, direction);
}

bool pcapng_close(struct pcapng **capture)
{
    struct pcapng *p = *capture;

    *capture = NULL;
    put_front(p);
    flush(p);
    if (p->error == 0 && (fflush(p->out) != 0 || ferror(p->out)))
        p->error = errno ? errno : EIO;
    int error = p->error;
    g_free(p->at);
    g_free(p);
    errno = error;
    return error == 0;
}
