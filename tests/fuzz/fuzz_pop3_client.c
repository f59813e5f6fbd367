/* The POP3 client against any server. The first octet chooses what it is to do; the rest is what the server
 * says. Fed whole and octet by octet, it does the same. */
#include <assert.h>

#include "mail/pop3_client.h"
#include "mail/smtp_line.h"

enum { ORDERS = 6 };

struct run {
    uint8_t way;
    struct pop3_client *c;
    GString *out;
    GString *log; /* what its owner heard */
    unsigned n_ready, n_orders, n_ends;
};

static void on_ready(void *self, const struct pop3_listed *list, unsigned n)
{
    struct run *r = self;
    unsigned number = n > 0 ? list[r->n_ready % n].number : 1;

    assert(pop3_client_is_ready(r->c) && pop3_client_state(r->c) == POP3_C_TRANSACTION);
    for (unsigned i = 0; i < n; i++) {
        assert(list[i].number > (i > 0 ? list[i - 1].number : 0));
        assert(smtp_plain_len(span_of(list[i].uid)) == strlen(list[i].uid) && strlen(list[i].uid) <= 70);
    }
    g_string_append_printf(r->log, "ready %u\n", n);
    r->n_ready++;
    if (r->n_orders++ == ORDERS) {
        pop3_client_quit(r->c, r->out);
        return;
    }
    switch (((r->way >> 2) + r->n_orders) & 3) {
    case 0:
        pop3_client_retrieve(r->c, number, r->out);
        return;
    case 1:
        pop3_client_top(r->c, number, 3, r->out);
        return;
    case 2:
        pop3_client_delete(r->c, number, r->out);
        return;
    default:
        pop3_client_reset(r->c, r->out);
    }
}

static void on_message(void *self, unsigned number, struct span message, bool whole)
{
    struct run *r = self;

    g_string_append_printf(r->log, "message %u %d %zu\n", number, whole, message.len);
    g_string_append_len(r->log, message.at, (gssize)message.len);
    assert(message.len == 0 || (message.len >= 2 && memcmp(message.at + message.len - 2, "\r\n", 2) == 0));
    if (r->way & 0x40)
        pop3_client_quit(r->c, r->out);
}

static void on_deleted(void *self, unsigned number)
{
    g_string_append_printf(((struct run *)self)->log, "deleted %u\n", number);
}

static void on_refused(void *self, struct span line)
{
    assert(span_starts_nocase(line, SPAN("-ERR")));
    g_string_append_printf(((struct run *)self)->log, "refused %zu\n", line.len);
}

static void on_end(void *self, bool in_order, struct span line)
{
    struct run *r = self;

    assert(++r->n_ends == 1 && pop3_client_is_over(r->c) && line.len > 0);
    assert(!in_order || g_str_has_suffix(r->out->str, "QUIT\r\n"));
    g_string_append_printf(r->log, "end %d ", in_order);
    g_string_append_len(r->log, line.at, (gssize)line.len);
}

static const struct pop3_client_events events = {
    on_ready, on_message, on_deleted, on_refused, on_end, NULL
};

static struct run hear(uint8_t way, struct span in, size_t piece)
{
    const struct pop3_client_options options = { "bob", "secret", way & 1, way & 2 };
    struct run r = { .way = way, .out = g_string_new(NULL), .log = g_string_new(NULL) };

    r.c = pop3_client_new(&options, &events, &r);
    for (size_t at = 0; at < in.len; at += piece)
        pop3_client_feed(r.c, span_bytes(in.at + at, MIN(piece, in.len - at)), r.out);
    pop3_client_broken(r.c);
    assert(r.n_ends == 1);
    for (struct span rest = span_bytes(r.out->str, r.out->len); rest.len > 0;) {
        size_t plain = smtp_plain_len(rest);

        assert(plain >= 4 && plain < rest.len && memcmp(rest.at + plain, "\r\n", 2) == 0);
        rest = span_bytes(rest.at + plain + 2, rest.len - plain - 2);
    }
    pop3_client_free(&r.c);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct run whole, pieces;

    if (size == 0)
        return 0;
    whole = hear(data[0], span_bytes(data + 1, size - 1), size);
    pieces = hear(data[0], span_bytes(data + 1, size - 1), 1);
    assert(g_string_equal(whole.out, pieces.out) && g_string_equal(whole.log, pieces.log));
    g_string_free(whole.out, TRUE);
    g_string_free(whole.log, TRUE);
    g_string_free(pieces.out, TRUE);
    g_string_free(pieces.log, TRUE);
    return 0;
}
