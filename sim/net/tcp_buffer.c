#include "net/tcp_internal.h"

/* Octets lie in one piece, so that a segment is one copy. Sizes are powers of two from pools; above those,
 * the heap. A connection with nothing on its way has no buffer. */

static int class_of(uint32_t size)
{
    int size_class = 0;

    while (size_class < BUFFER_CLASSES && (uint32_t)BUFFER_LEAST << size_class < size)
        size_class++;
    return size_class;
}

static char *block_take(struct net_tcp *t, uint32_t *size)
{
    int size_class = class_of(*size);

    if (size_class == BUFFER_CLASSES)
        return g_malloc(*size);
    *size = (uint32_t)BUFFER_LEAST << size_class;
    return pool_take(&t->buffers[size_class]);
}

void buffer_release(struct net_tcp *t, struct tcp_buffer *b)
{
    int size_class = class_of(b->size);

    if (b->data != NULL && size_class == BUFFER_CLASSES)
        g_free(b->data);
    else if (b->data != NULL)
        pool_give(&t->buffers[size_class], b->data);
    *b = (struct tcp_buffer){ 0 };
}

void buffer_append(struct net_tcp *t, struct tcp_buffer *b, struct span bytes)
{
    assert(bytes.len < UINT32_MAX / 4 - b->len);
    uint32_t len = b->len + (uint32_t)bytes.len;

    if (len > b->size) {
        struct tcp_buffer bigger = { .len = b->len, .size = MAX(len, 2 * b->size) };
        bigger.data = block_take(t, &bigger.size);
        if (b->len > 0)
            memcpy(bigger.data, b->data + b->start, b->len);
        buffer_release(t, b);
        *b = bigger;
    } else if (b->start + len > b->size) {
        memmove(b->data, b->data + b->start, b->len);
        b->start = 0;
    }
    memcpy(b->data + b->start + b->len, bytes.at, bytes.len);
    b->len = len;
}

void buffer_consume(struct net_tcp *t, struct tcp_buffer *b, uint32_t n)
{
    assert(n <= b->len);
    b->start += n;
    b->len -= n;
    if (b->len == 0)
        buffer_release(t, b);
}
