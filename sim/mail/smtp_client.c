#include "mail/smtp_client.h"

#include <assert.h>

#include "mail/addr.h"
#include "mail/smtp_line.h"
#include "mail/smtp_reply.h"

enum {
    REPLY_LINES_MAX = 100, /* a server that says more in one reply is broken */
    REPLY_TEXT_MAX = 2048, /* of a reply's lines joined; what is more is not kept */
};

/* What is known of a recipient. */
enum fate { WAITING, ACCEPTED /* by RCPT; the final dot decides */, TOLD };

struct smtp_client {
    struct span helo;
    bool pipelining;
    const struct smtp_client_events *events;
    void *self;
    enum smtp_client_state state;
    GString *out;           /* of the call under way */
    bool was_ready, failed; /* on_ready, on_failed was called */
    bool wants_quit;
    bool announcing, ready_again; /* on_ready is being called; and is due once more */

    /* Replies. Each answers a command, in order; one that began before its command was sent answers nothing.
     */
    unsigned awaited; /* commands without a reply yet */
    unsigned fresh;   /* of these, sent in this feed: bytes that came with it cannot answer them */
    bool early;       /* the incomplete reply began with nothing to answer */
    struct smtp_line line;
    unsigned code, n_lines; /* of the incomplete reply; n_lines 0: none */
    GString *joined;        /* its lines; NULL until a reply had two */

    /* What EHLO said */
    bool has_size, has_pipelining, has_8bitmime;
    uint64_t size_max; /* 0: no limit told */

    /* The transaction */
    bool in_transaction; /* some recipients have not been told their fate */
    bool grouped;        /* MAIL, RCPTs and DATA were sent in one go (RFC 2920) */
    bool refused;        /* MAIL was */
    const char *const *recipients;
    unsigned n_recipients, n_told, n_accepted;
    unsigned at;         /* the recipient whose RCPT is to be answered next */
    unsigned unanswered; /* RCPTs sent */
    GByteArray *fates;   /* an enum fate each */
    struct span message;
    size_t octets; /* of it, with a final CRLF */
    unsigned lines, stuffed, flaws;
};

const char *smtp_client_state_text(enum smtp_client_state s)
{
    static const char *const texts[] = { "GREETING", "EHLO",    "HELO", "IDLE", "MAIL", "RCPT",
                                         "DATA",     "MESSAGE", "RSET", "QUIT", "OVER" };

    return texts[s];
}

struct smtp_client *smtp_client_new(const char *helo, bool pipelining, const struct smtp_client_events *e,
                                    void *self)
{
    struct smtp_client *c = g_new0(struct smtp_client, 1);

    c->helo = span_of(helo);
    c->pipelining = pipelining;
    c->events = e;
    c->self = self;
    c->state = SMTP_C_GREETING;
    c->awaited = 1; /* the greeting answers the connection */
    return c;
}

void smtp_client_free(struct smtp_client **c)
{
    struct smtp_client *gone = *c;

    *c = NULL;
    if (gone == NULL)
        return;
    if (gone->joined != NULL)
        g_string_free(gone->joined, TRUE);
    if (gone->fates != NULL)
        g_byte_array_free(gone->fates, TRUE);
    g_free(gone);
}

static void enter(struct smtp_client *c, enum smtp_client_state now)
{
    enum smtp_client_state before = c->state;

    c->state = now;
    if (now != before && c->events->on_state != NULL)
        c->events->on_state(c->self, before, now);
}

/* ── Fates ── */

static enum fate fate_of(const struct smtp_client *c, unsigned i)
{
    return (enum fate)c->fates->data[i];
}

static void tell(struct smtp_client *c, unsigned i, struct smtp_answer a)
{
    c->fates->data[i] = TOLD;
    c->n_told++;
    c->events->on_recipient(c->self, i, a);
}

/* Everybody who still waits gets this; with the last one's fate the message is no longer ours to touch. */
static void tell_rest(struct smtp_client *c, struct smtp_answer a)
{
    for (unsigned i = 0; i < c->n_recipients && c->n_told < c->n_recipients; i++)
        if (fate_of(c, i) != TOLD)
            tell(c, i, a);
}

static void end_if_all_told(struct smtp_client *c)
{
    if (!c->in_transaction || c->n_told < c->n_recipients)
        return;
    c->in_transaction = false;
    c->message = span_bytes(NULL, 0);
    c->recipients = NULL;
    c->events->on_sent(c->self);
}

static void fail(struct smtp_client *c, struct smtp_answer a)
{
    if (!c->was_ready && !c->failed) {
        c->failed = true;
        c->events->on_failed(c->self, a);
    }
}

/* The session is over, and whoever waits hears why. */
static void end(struct smtp_client *c, struct smtp_answer a)
{
    if (c->state == SMTP_C_OVER)
        return;
    enter(c, SMTP_C_OVER);
    if (c->in_transaction) {
        tell_rest(c, a);
        end_if_all_told(c);
    }
    fail(c, a);
}

/* A server that breaks the protocol is not to be trusted with mail: nobody knows what its replies mean. Code
 * 0 makes it a temporary failure: the next attempt may meet a better one. */
static void protocol_error(struct smtp_client *c, const char *what)
{
    end(c, (struct smtp_answer){ 0, span_of(what) });
}

/* ── Commands ── */

static void command(struct smtp_client *c, const char *verb, const struct span *args, unsigned n_args)
{
    size_t start = c->out->len;

    g_string_append_len(c->out, verb, 4);
    for (unsigned i = 0; i < n_args; i++)
        g_string_append_len(c->out, args[i].at, (gssize)args[i].len);
    assert(c->out->len - start + 2 <= SMTP_COMMAND_MAX);
    if (c->events->on_command != NULL)
        c->events->on_command(c->self, verb, span_bytes(c->out->str + start, c->out->len - start));
    g_string_append_len(c->out, "\r\n", 2);
    c->awaited++;
    c->fresh++;
}

static void send_hello(struct smtp_client *c, enum smtp_client_state state)
{
    struct span args[] = { SPAN(" "), c->helo };

    command(c, state == SMTP_C_EHLO ? "EHLO" : "HELO", args, 2);
    enter(c, state);
}

static void send_mail(struct smtp_client *c, struct span sender)
{
    char size[32];
    struct span args[] = { SPAN(" FROM:<"), sender, SPAN(">"), { NULL, 0 }, { NULL, 0 } };

    if (c->has_size)
        args[3] = span_bytes(size, (size_t)g_snprintf(size, sizeof size, " SIZE=%zu", c->octets));
    if (c->flaws & SMTP_FLAW_8BIT)
        args[4] = SPAN(" BODY=8BITMIME"); /* RFC 6152 §2 */
    command(c, "MAIL", args, 5);
}

static void send_rcpt(struct smtp_client *c, unsigned i)
{
    struct span args[] = { SPAN(" TO:<"), span_of(c->recipients[i]), SPAN(">") };

    command(c, "RCPT", args, 3);
    c->unanswered++;
}

/* The next recipient from `i` that is asked for: some were refused before a word was said. */
static unsigned next_waiting(const struct smtp_client *c, unsigned i)
{
    while (i < c->n_recipients && fate_of(c, i) != WAITING)
        i++;
    return i;
}

static void send_word(struct smtp_client *c, enum smtp_client_state state, const char *verb)
{
    command(c, verb, NULL, 0);
    enter(c, state);
}

/* Ready for the next transaction. on_ready may begin one that is refused at once, and so be ready again: that
 * is a further round here, not a call within a call, however many messages are too big for the server. */
static void become_ready(struct smtp_client *c)
{
    enter(c, SMTP_C_IDLE);
    c->was_ready = true;
    c->ready_again = true;
    if (c->announcing)
        return;
    c->announcing = true;
    while (c->ready_again && c->state == SMTP_C_IDLE) {
        c->ready_again = false;
        if (c->wants_quit)
            send_word(c, SMTP_C_QUIT, "QUIT");
        else
            c->events->on_ready(c->self);
    }
    c->announcing = false;
}

/* ── The message ── */

/* Its size, lines and dots, and what in it may not cross a link (RFC 5321 §2.3.8, §4.5.3.1.6). */
static void survey(struct smtp_client *c, struct span message)
{
    const char *at = message.at, *end = at + message.len;

    c->octets = message.len;
    c->lines = c->stuffed = c->flaws = 0;
    while (at < end) {
        const char *lf = memchr(at, '\n', (size_t)(end - at)), *stop = lf != NULL ? lf : end;

        if (lf != NULL && lf > at && lf[-1] == '\r')
            stop--;
        else if (lf != NULL)
            c->flaws |= SMTP_FLAW_BARE_LF;
        else
            c->octets += 2; /* the last line has no end; it gets one (§4.1.1.4) */
        if ((size_t)(stop - at) + 2 > SMTP_TEXT_LINE_MAX)
            c->flaws |= SMTP_FLAW_LONG;
        c->flaws |= smtp_flaws(span_bytes(at, (size_t)(stop - at)));
        c->stuffed += *at == '.';
        c->lines++;
        at = lf != NULL ? lf + 1 : end;
    }
}

/* §4.5.2: a dot that begins a line is doubled, so that none ends the message but ours. */
static void append_stuffed(GString *out, struct span message)
{
    const char *from = message.at, *end = from + message.len, *at = from;

    while (at < end) {
        const char *lf;

        if (*at == '.') {
            g_string_append_len(out, from, at - from);
            g_string_append_c(out, '.');
            from = at;
        }
        lf = memchr(at, '\n', (size_t)(end - at));
        at = lf != NULL ? lf + 1 : end;
    }
    g_string_append_len(out, from, end - from);
}

static void send_message(struct smtp_client *c)
{
    if (c->events->on_data != NULL)
        c->events->on_data(c->self, c->octets, c->lines, c->stuffed);
    if (c->stuffed > 0)
        append_stuffed(c->out, c->message);
    else
        g_string_append_len(c->out, c->message.at, (gssize)c->message.len);
    if (c->octets > c->message.len)
        g_string_append_len(c->out, "\r\n", 2);
    g_string_append_len(c->out, ".\r\n", 3);
    c->awaited++;
    c->fresh++;
    enter(c, SMTP_C_MESSAGE);
}

/* The server said 354 though nobody is to get it: a lone dot ends what must not begin (RFC 2920 §3.1). */
static void send_nothing(struct smtp_client *c)
{
    g_string_append_len(c->out, ".\r\n", 3);
    c->awaited++;
    c->fresh++;
    enter(c, SMTP_C_MESSAGE);
}

/* ── Replies, state by state ── */

static bool is_good(struct smtp_answer a)
{
    return a.code / 100 == 2;
}

static void refused_at_start(struct smtp_client *c, struct smtp_answer a)
{
    send_word(c, SMTP_C_QUIT, "QUIT"); /* RFC 5321 §3.1: even then */
    fail(c, a);
}

static void on_ehlo_reply(struct smtp_client *c, struct smtp_answer a)
{
    if (is_good(a))
        become_ready(c);
    else if (a.code == 500 || a.code == 502 || a.code == 504)
        send_hello(c, SMTP_C_HELO); /* §3.2: it does not know the word */
    else
        refused_at_start(c, a);
}

static void on_mail_reply(struct smtp_client *c, struct smtp_answer a)
{
    c->refused = !is_good(a);
    if (c->refused) {
        tell_rest(c, a);
        end_if_all_told(c);
    }
    if (c->grouped)
        enter(c, SMTP_C_RCPT);
    else if (c->refused)
        become_ready(c); /* no transaction began, none is to be reset */
    else {
        send_rcpt(c, c->at);
        enter(c, SMTP_C_RCPT);
    }
}

static void on_rcpt_reply(struct smtp_client *c, struct smtp_answer a)
{
    unsigned i = c->at;

    c->unanswered--;
    if (!c->refused) {
        c->at = next_waiting(c, i + 1);
        if (is_good(a)) {
            c->fates->data[i] = ACCEPTED;
            c->n_accepted++;
        } else {
            tell(c, i, a);
        }
    }
    if (c->unanswered > 0)
        return;
    if (!c->grouped && c->at < c->n_recipients) {
        send_rcpt(c, c->at);
        return;
    }
    end_if_all_told(c);
    if (c->grouped)
        enter(c, SMTP_C_DATA);
    else if (c->n_accepted > 0)
        send_word(c, SMTP_C_DATA, "DATA");
    else
        send_word(c, SMTP_C_RSET, "RSET");
}

static void on_data_reply(struct smtp_client *c, struct smtp_answer a)
{
    if (a.code / 100 == 3) {
        if (c->in_transaction)
            send_message(c);
        else
            send_nothing(c);
        return;
    }
    if (c->in_transaction) {
        tell_rest(c, a);
        end_if_all_told(c);
    }
    if (c->refused)
        become_ready(c);
    else
        send_word(c, SMTP_C_RSET, "RSET");
}

static void on_message_reply(struct smtp_client *c, struct smtp_answer a)
{
    if (c->in_transaction) {
        tell_rest(c, a);
        end_if_all_told(c);
    }
    become_ready(c);
}

static void on_reply(struct smtp_client *c, struct smtp_answer a)
{
    bool early = c->early;

    c->early = false;
    if (a.code == 421) { /* it may come at any time (§3.8) */
        end(c, a);
        return;
    }
    if (early) {
        protocol_error(c, "protocol error: a reply to nothing");
        return;
    }
    c->awaited--;
    if ((a.code / 100 == 3 && c->state != SMTP_C_DATA) || (a.code / 100 == 2 && c->state == SMTP_C_DATA)) {
        protocol_error(c, "protocol error: a reply that does not fit the command");
        return;
    }
    switch (c->state) {
    case SMTP_C_GREETING:
        if (is_good(a))
            send_hello(c, SMTP_C_EHLO);
        else
            refused_at_start(c, a);
        return;
    case SMTP_C_EHLO:
        on_ehlo_reply(c, a);
        return;
    case SMTP_C_HELO:
        if (is_good(a))
            become_ready(c);
        else
            refused_at_start(c, a);
        return;
    case SMTP_C_MAIL:
        on_mail_reply(c, a);
        return;
    case SMTP_C_RCPT:
        on_rcpt_reply(c, a);
        return;
    case SMTP_C_DATA:
        on_data_reply(c, a);
        return;
    case SMTP_C_MESSAGE:
        on_message_reply(c, a);
        return;
    case SMTP_C_RSET:
        if (is_good(a))
            become_ready(c);
        else
            send_word(c, SMTP_C_QUIT, "QUIT");
        return;
    case SMTP_C_QUIT:
        enter(c, SMTP_C_OVER);
        return;
    case SMTP_C_IDLE:
    case SMTP_C_OVER:
        return; /* nothing is awaited then */
    }
}

/* ── Lines to replies ── */

/* A line of EHLO's answer behind the first: keyword and parameters (§4.1.1.1). */
static void learn(struct smtp_client *c, struct span text)
{
    struct span keyword = span_take_word(&text);

    if (span_is_nocase(keyword, SPAN("PIPELINING"))) {
        c->has_pipelining = true;
    } else if (span_is_nocase(keyword, SPAN("8BITMIME"))) {
        c->has_8bitmime = true;
    } else if (span_is_nocase(keyword, SPAN("SIZE"))) {
        c->has_size = true;
        if (!span_number(span_trim(text), UINT64_MAX, &c->size_max))
            c->size_max = 0;
    }
}

static void join(struct smtp_client *c, struct span line, struct span text)
{
    if (c->joined == NULL)
        c->joined = g_string_sized_new(256);
    if (c->n_lines == 1) {
        g_string_truncate(c->joined, 0);
        g_string_append_len(c->joined, line.at, (gssize)line.len);
        if (c->joined->len > 3)
            c->joined->str[3] = ' ';
    } else if (c->joined->len + text.len < REPLY_TEXT_MAX) {
        size_t status = smtp_reply_status_len(c->code, text);

        /* RFC 2034 §4: the same status stands in each line. Once is enough. */
        if (status > 0 && status < text.len)
            text = span_bytes(text.at + status + 1, text.len - status - 1);
        g_string_append_c(c->joined, ' ');
        g_string_append_len(c->joined, text.at, (gssize)text.len);
    }
}

/* Reply-code ["-" / SP text] (§4.2): the code, or 0. */
static unsigned code_of(struct span line)
{
    const char *at = line.at;

    if (line.len < 3 || at[0] < '2' || at[0] > '5' || !g_ascii_isdigit(at[1]) || !g_ascii_isdigit(at[2]))
        return 0;
    if (line.len > 3 && at[3] != ' ' && at[3] != '-')
        return 0;
    return (unsigned)(at[0] - '0') * 100 + (unsigned)(at[1] - '0') * 10 + (unsigned)(at[2] - '0');
}

static void on_line(struct smtp_client *c, struct span line, unsigned flaws)
{
    unsigned code = flaws ? 0 : code_of(line);
    bool more = line.len > 3 && line.at[3] == '-';
    struct span text = line.len > 3 ? span_bytes(line.at + 4, line.len - 4) : span_bytes(NULL, 0);

    if (code == 0 || (c->n_lines > 0 && code != c->code)) {
        protocol_error(c,
                       code == 0 ? "protocol error: not a reply" : "protocol error: a reply with two codes");
        return;
    }
    if (c->n_lines == REPLY_LINES_MAX) {
        protocol_error(c, "protocol error: a reply without end");
        return;
    }
    if (c->n_lines == 0 && c->awaited == c->fresh)
        c->early = true;
    c->code = code;
    c->n_lines++;
    if (c->state == SMTP_C_EHLO && code / 100 == 2 && c->n_lines > 1)
        learn(c, text);
    if (more || c->n_lines > 1)
        join(c, line, text);
    if (!more) {
        struct span all = c->n_lines > 1 ? span_bytes(c->joined->str, c->joined->len) : line;

        c->n_lines = 0;
        on_reply(c, (struct smtp_answer){ code, all });
    }
}

void smtp_client_feed(struct smtp_client *c, struct span bytes, GString *out)
{
    struct span line;
    unsigned flaws;

    c->out = out;
    c->fresh = 0;
    while (c->state != SMTP_C_OVER && smtp_line_take(&c->line, SMTP_REPLY_LINE_MAX, &bytes, &line, &flaws))
        on_line(c, line, flaws);
    if (smtp_line_is_begun(&c->line) && c->awaited == c->fresh)
        c->early = true;
}

/* ── Transactions ── */

/* What need not be asked of the server: NULL, or the refusal, code first. */
static const char *refusal(const struct smtp_client *c, struct span sender)
{
    struct mail_addr a;

    if (sender.len > 0 && mail_addr_read(sender, &a) != NULL)
        return "553 5.1.7 Bad sender address";
    if (c->size_max > 0 && c->octets > c->size_max)
        return "552 5.3.4 The message is larger than the server takes"; /* RFC 1870 §6.2 */
    if (c->flaws & ~(unsigned)SMTP_FLAW_8BIT)
        return "554 5.6.0 The message has NULs, bare CRs or LFs, or lines too long";
    if (c->flaws && !c->has_8bitmime)
        return "554 5.6.3 The message has 8-bit octets, and the server takes 7-bit only";
    return NULL;
}

static void refuse_bad_recipients(struct smtp_client *c)
{
    static const char text[] = "553 5.1.3 Bad recipient address";
    struct mail_addr a;

    for (unsigned i = 0; i < c->n_recipients; i++) {
        struct span to = span_of(c->recipients[i]);

        if (mail_addr_read(to, &a) != NULL && !span_is_nocase(to, SPAN("postmaster")))
            tell(c, i, (struct smtp_answer){ 553, span_of(text) });
    }
}

void smtp_client_send(struct smtp_client *c, struct span sender, const char *const *recipients,
                      unsigned n_recipients, struct span message, GString *out)
{
    const char *refused;

    assert(c->state == SMTP_C_IDLE && n_recipients > 0);
    c->out = out;
    c->in_transaction = true;
    c->refused = false;
    c->recipients = recipients;
    c->n_recipients = n_recipients;
    c->n_told = c->n_accepted = c->unanswered = 0;
    c->message = message;
    if (c->fates == NULL)
        c->fates = g_byte_array_new();
    g_byte_array_set_size(c->fates, n_recipients);
    memset(c->fates->data, WAITING, n_recipients);
    survey(c, message);

    refused = refusal(c, sender);
    if (refused != NULL)
        tell_rest(c, (struct smtp_answer){ code_of(span_of(refused)), span_of(refused) });
    else
        refuse_bad_recipients(c);
    end_if_all_told(c);
    if (!c->in_transaction) {
        become_ready(c);
        return;
    }

    c->at = next_waiting(c, 0);
    c->grouped = c->pipelining && c->has_pipelining;
    send_mail(c, sender);
    if (c->grouped) {
        for (unsigned i = c->at; i < n_recipients; i = next_waiting(c, i + 1))
            send_rcpt(c, i);
        command(c, "DATA", NULL, 0);
    }
    enter(c, SMTP_C_MAIL);
}

void smtp_client_quit(struct smtp_client *c, GString *out)
{
    c->out = out;
    c->wants_quit = true;
    if (c->state == SMTP_C_IDLE)
        send_word(c, SMTP_C_QUIT, "QUIT");
}

void smtp_client_broken(struct smtp_client *c, const char *why)
{
    end(c, (struct smtp_answer){ 0, span_of(why) });
}

bool smtp_client_is_over(const struct smtp_client *c)
{
    return c->state == SMTP_C_OVER;
}

enum smtp_client_state smtp_client_state(const struct smtp_client *c)
{
    return c->state;
}

unsigned smtp_client_patience_min(const struct smtp_client *c)
{
    switch (c->state) {
    case SMTP_C_DATA:
        return 2;
    case SMTP_C_MESSAGE:
        return 10;
    case SMTP_C_GREETING:
    case SMTP_C_EHLO:
    case SMTP_C_HELO:
    case SMTP_C_IDLE:
    case SMTP_C_MAIL:
    case SMTP_C_RCPT:
    case SMTP_C_RSET:
    case SMTP_C_QUIT:
    case SMTP_C_OVER:
        break;
    }
    return 5;
}
