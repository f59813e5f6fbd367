/* The server against any client. The first octet chooses limits, whether AUTH is offered or asked for, and
 * how the policy answers; the rest is what the client says. */
#include <assert.h>

#include "mail/smtp_auth.h"
#include "mail/smtp_reply.h"
#include "mail/smtp_server.h"

enum { SIZE_LIMIT = 500, RECIPIENTS_LIMIT = 3 };

struct run {
    uint8_t way;
    bool known; /* the client has logged in */
    unsigned asked;
    unsigned replies;
};

static struct smtp_verdict maybe(struct run *r, unsigned good)
{
    static const struct smtp_verdict refusals[] = {
        { 450, "later" }, { 550, NULL }, { 552, "5.2.2 a\nb" }, { 421, NULL }
    };

    r->asked++;
    if ((r->way & 0x0f) != 0 && r->asked % (r->way & 0x0f) == 0)
        return refusals[r->asked % 4];
    return (struct smtp_verdict){ good, NULL };
}

static struct smtp_verdict on_connect(void *self)
{
    return (struct smtp_verdict){ ((struct run *)self)->way == 0xff ? 554 : 220, NULL };
}

static enum smtp_auth_offer auth_of(uint8_t way)
{
    return !(way & 0x20) ? SMTP_AUTH_NONE : way & 0x40 ? SMTP_AUTH_REQUIRED : SMTP_AUTH_OFFERED;
}

static struct smtp_verdict on_mail(void *self, struct span sender, uint64_t declared_size)
{
    assert(sender.len <= MAIL_PATH_MAX && declared_size <= SIZE_LIMIT);
    assert(auth_of(((struct run *)self)->way) != SMTP_AUTH_REQUIRED || ((struct run *)self)->known);
    return maybe(self, 250);
}

static struct smtp_verdict on_rcpt(void *self, const struct smtp_envelope *e, struct span recipient)
{
    assert(recipient.len > 0 && recipient.len <= MAIL_PATH_MAX && e->n_recipients < RECIPIENTS_LIMIT);
    return maybe(self, 250);
}

static struct smtp_verdict on_data(void *self, const struct smtp_envelope *e)
{
    assert(e->n_recipients > 0);
    return maybe(self, 250);
}

static struct smtp_verdict on_message(void *self, const struct smtp_envelope *e, struct span message)
{
    assert(e->n_recipients > 0 && e->n_recipients <= RECIPIENTS_LIMIT && e->helo.len > 0);
    for (unsigned i = 0; i < e->n_recipients; i++)
        assert(strchr(e->recipients[i], '@') != NULL || strlen(e->recipients[i]) == strlen("postmaster"));
    assert(message.len <= SIZE_LIMIT);
    assert(message.len == 0 || (message.len >= 2 && message.at[message.len - 1] == '\n'));
    for (size_t i = 0; i < message.len; i++) {
        assert(message.at[i] != '\0' && !(message.at[i] & 0x80));
        assert(message.at[i] != '\n' || (i > 0 && message.at[i - 1] == '\r'));
        assert(message.at[i] != '\r' || (i + 1 < message.len && message.at[i + 1] == '\n'));
    }
    return maybe(self, 250);
}

static struct smtp_verdict on_vrfy(void *self, struct span who)
{
    assert(who.len > 0);
    return maybe(self, 252);
}

static struct smtp_verdict on_auth(void *self, struct span identity, struct span user, struct span password)
{
    struct run *r = self;
    struct smtp_verdict v;

    assert(auth_of(r->way) != SMTP_AUTH_NONE && !r->known);
    assert(user.len > 0 && identity.len + user.len + password.len < SMTP_RESPONSE_MAX);
    if (span_is(password, SPAN("x")))
        return (struct smtp_verdict){ 535, NULL };
    v = maybe(r, 235);
    r->known = v.code == 235;
    return v;
}

static void on_reply(void *self, unsigned code, struct span lines)
{
    struct run *r = self;

    assert(code >= 200 && code <= 599 && lines.len >= 6);
    r->replies++;
}

static const struct smtp_policy policy = { on_connect, on_mail, on_rcpt,  on_data, on_message,
                                           on_vrfy,    NULL,    on_reply, NULL,    on_auth };

/* All that the server says, fed in pieces of this size. */
static GString *hear(uint8_t way, struct span in, size_t piece)
{
    const struct smtp_server_options options = { "mail.hamburger.edu", SIZE_LIMIT, RECIPIENTS_LIMIT,
                                                 way & 0x10, auth_of(way) };
    struct run r = { .way = way };
    GString *out = g_string_new(NULL);
    struct smtp_server *s = smtp_server_new(&options, &policy, &r);
    struct smtp_reply_reader reader;
    struct smtp_reply reply;
    unsigned n = 0;

    smtp_server_open(s, out);
    for (size_t at = 0; at < in.len; at += piece)
        smtp_server_feed(s, span_bytes(in.at + at, MIN(piece, in.len - at)), out);
    smtp_server_shut(s, NULL, out);
    assert(smtp_server_is_over(s));
    smtp_server_free(&s);

    /* Each is a reply that our client reads, and there are as many as were told. */
    smtp_reply_reader_init(&reader);
    for (struct span rest = span_bytes(out->str, out->len); rest.len > 0;) {
        enum smtp_reply_step step = smtp_reply_read(&reader, &rest, &reply);

        assert(step == SMTP_REPLY_LINE || step == SMTP_REPLY_WHOLE);
        n += step == SMTP_REPLY_WHOLE;
    }
    smtp_reply_reader_release(&reader);
    assert(n == r.replies);
    return out;
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
