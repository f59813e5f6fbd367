/* The POP3 server against any client. The first octet chooses what the box has, whether APOP is offered and
 * what others do; the rest is what the client says. */
#include <assert.h>

#include "mail/pop3_server.h"

enum { MESSAGES = 4 };

struct run {
    uint8_t way;
    struct mail_boxes boxes;
    struct mail_box *bob;
    struct pop3_server *server;
    GString *out;
    size_t told; /* octets of the replies so far */
    unsigned n_commands, n_replies, n_deleted;
};

static struct mail_box *on_login(void *self, struct span user, struct span password)
{
    struct run *r = self;

    assert(user.len > 0 && user.len < POP3_LINE_MAX && password.len > 0 && password.len < POP3_LINE_MAX);
    assert(memchr(user.at, ' ', user.len) == NULL);
    return password.at[0] == 'x' ? mail_boxes_find(&r->boxes, user) : NULL;
}

static struct mail_box *on_apop(void *self, struct span user, const char *timestamp, struct span digest)
{
    struct run *r = self;

    assert(user.len > 0 && timestamp[0] == '<' && digest.len == 32);
    return digest.at[0] == 'a' ? mail_boxes_find(&r->boxes, user) : NULL;
}

static void on_command(void *self, const char *verb, struct span line)
{
    struct run *r = self;

    assert(span_starts_nocase(line, span_of(verb)) && line.len <= POP3_LINE_MAX - 2);
    assert(r->n_replies == r->n_commands + 1); /* each has had one; and the greeting */
    r->n_commands++;
    if (r->n_commands == (r->way & 0x0f) && r->bob->inbox->n > 0) /* another session takes one away */
        mail_folder_expunge(r->bob->inbox, r->n_commands % r->bob->inbox->n, NULL);
}

static void on_reply(void *self, bool ok, struct span line, struct span body, uint32_t mail)
{
    struct run *r = self;
    const char *last = NULL;

    assert(line.at == r->out->str + r->told && body.at == line.at + line.len + 2);
    assert(span_starts_nocase(line, ok ? SPAN("+OK ") : SPAN("-ERR ")) && line.len <= 510);
    for (size_t i = 0; i < line.len; i++)
        assert(line.at[i] >= ' ' && line.at[i] <= '~');
    assert(mail <= MESSAGES && (ok || body.len == 0));
    for (size_t i = 0; i < body.len; i++) { /* one line alone is a dot: the last */
        assert(body.at[i] != '\n' || body.at[i - 1] == '\r');
        if (body.at[i] == '.' && (i == 0 || body.at[i - 1] == '\n') && body.at[i + 1] == '\r' &&
            body.at[i + 2] == '\n')
            last = last == NULL ? body.at + i : "twice";
    }
    assert(body.len == 0 || last == body.at + body.len - 3);
    r->told += line.len + 2 + body.len;
    r->n_replies++;
}

static void on_state(void *self, enum pop3_server_state before, enum pop3_server_state now)
{
    struct run *r = self;

    assert(before < now && (now == POP3_S_TRANSACTION) <= (pop3_server_box(r->server) == r->bob));
}

static void on_expunged(void *self, struct mail_folder *f, uint32_t uid, const struct mail_message *m)
{
    struct run *r = self;

    (void)f;
    (void)uid;
    (void)m;
    r->n_deleted += pop3_server_state(r->server) == POP3_S_UPDATE;
}

static const struct pop3_policy policy = { on_login, on_apop, on_command, on_reply, on_state };
static const struct mail_box_events box_events = { .on_expunged = on_expunged };

/* All that the server says, fed in pieces of this size. */
static GString *hear(uint8_t way, struct span in, size_t piece)
{
    static const struct span texts[MESSAGES] = { { "Subject: a\r\n\r\n.\r\n..\r\nend\r\n", 26 },
                                                 { "", 0 },
                                                 { "x\ny\r\n.\n\r.\r\r\n.", 14 },
                                                 { "\0\xff.\r\n", 5 } };
    const struct pop3_server_options options = { "mail.hamburger.edu", way & 0x10 ? "<1@a>" : NULL };
    struct run r = { .way = way, .out = g_string_new(NULL) };
    bool updated;
    unsigned marked, n;

    mail_boxes_init(&r.boxes);
    r.boxes.events = &box_events;
    r.boxes.events_self = &r;
    r.bob = mail_boxes_add(&r.boxes, "bob", 0);
    for (unsigned i = 0; i < MESSAGES; i++) {
        struct mail_message *m = mail_message_new(i + 1, &texts[i], 1);

        if (way & 0x20 << i % 3)
            mail_box_store(r.bob, m, 0);
        mail_message_unref(&m);
    }
    r.server = pop3_server_new(&options, &policy, &r);
    pop3_server_open(r.server, r.out);
    for (size_t at = 0; at < in.len; at += piece)
        pop3_server_feed(r.server, span_bytes(in.at + at, MIN(piece, in.len - at)), r.out);
    assert(r.told == r.out->len && r.n_replies == r.n_commands + 1);
    marked = pop3_server_marked(r.server);
    n = r.bob->inbox->n;
    updated = pop3_server_state(r.server) == POP3_S_UPDATE;
    assert(marked <= MESSAGES && (updated || r.n_deleted == 0));
    assert(r.bob->is_locked == (pop3_server_state(r.server) == POP3_S_TRANSACTION));
    pop3_server_shut(r.server);
    assert(pop3_server_is_over(r.server) && !r.bob->is_locked && r.bob->inbox->n == n);
    pop3_server_free(&r.server);
    r.boxes.events = NULL;
    mail_boxes_release(&r.boxes);
    return r.out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    GString *whole, *pieces;

    if (size == 0)
        return 0;
    whole = hear(data[0], span_bytes(data + 1, size - 1), size);
    pieces = hear(data[0], span_bytes(data + 1, size - 1), 1);
    assert(g_string_equal(whole, pieces));
    g_string_free(whole, TRUE);
    g_string_free(pieces, TRUE);
    return 0;
}
