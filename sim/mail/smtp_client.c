#include "mail/smtp_client.h"

#include <assert.h>

#include "mail/addr.h"
#include "mail/sasl_plain.h"
#include "mail/smtp_auth.h"
#include "mail/smtp_line.h"
#include "mail/smtp_reply.h"
#include "mail/smtp_text.h"
#include "mail/text.h"

/* What is known of a recipient. */
enum fate { WAITING, ACCEPTED /* by RCPT; the final dot decides */, TOLD };

struct smtp_client {
    /* What stays for the next server. */
    struct span helo;
    bool pipelining;
    const struct smtp_client_events *events;
    void *self;
    struct smtp_reply_reader reader;
    GByteArray *fates; /* an enum fate for each recipient */

    /* From here on all is zero where a conversation begins. */
    enum smtp_client_state state;
    GString *out;           /* of the call under way */
    bool was_ready, failed; /* on_ready, on_failed was called */
    bool wants_quit;
    bool announcing, ready_again; /* on_ready is being called; and is due once more */

    /* Replies. Each answers a command, in order; one that began before its command was sent answers nothing.
     */
    unsigned awaited; /* commands without a reply yet */
    unsigned fresh;   /* of these, sent in this feed: bytes that came with it cannot answer them */
    bool early;       /* the reply being read began with nothing to answer */

    /* What EHLO said */
    bool has_size, has_pipelining, has_8bitmime, has_plain;
    uint64_t size_max; /* 0: no limit told */

    /* Logging in */
    const char *user, *password; /* NULL: nobody does */
    bool has_proved;             /* the password is out: nothing more can be asked */

    /* The transaction */
    bool in_transaction; /* some recipients have not been told their fate */
    bool grouped;        /* MAIL, RCPTs and DATA were sent in one go (RFC 2920) */
    bool refused;        /* MAIL was */
    const char *const *recipients;
    unsigned n_recipients, n_told, n_accepted;
    unsigned at;         /* the recipient whose RCPT is to be answered next */
    unsigned unanswered; /* RCPTs sent */
    struct span message;
    struct smtp_text_survey survey;
};

const char *smtp_client_state_text(enum smtp_client_state s)
{
    static const char *const texts[] = { "GREETING", "EHLO", "HELO",    "AUTH", "IDLE", "MAIL",
                                         "RCPT",     "DATA", "MESSAGE", "RSET", "QUIT", "OVER" };

    return texts[s];
}

struct smtp_client *smtp_client_new(const char *helo, bool pipelining, const struct smtp_client_events *e,
                                    void *self)
{
    struct smtp_client *c = g_new(struct smtp_client, 1);

    c->events = e;
    c->self = self;
    c->fates = NULL;
    smtp_reply_reader_init(&c->reader);
    smtp_client_clear(c, helo, pipelining);
    return c;
}

void smtp_client_clear(struct smtp_client *c, const char *helo, bool pipelining)
{
    c->helo = span_of(helo);
    c->pipelining = pipelining;
    smtp_reply_reader_clear(&c->reader);
    memset(&c->state, 0, sizeof *c - offsetof(struct smtp_client, state));
    c->state = SMTP_C_GREETING;
    c->awaited = 1; /* the greeting answers the connection */
}

void smtp_client_log_in(struct smtp_client *c, const char *user, const char *password)
{
    assert(c->state == SMTP_C_GREETING);
    c->user = user;
    c->password = password;
}

void smtp_client_free(struct smtp_client **c)
{
    struct smtp_client *gone = *c;

    *c = NULL;
    if (gone == NULL)
        return;
    smtp_reply_reader_release(&gone->reader);
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

static void end_if_all_told(struct smtp_client *c)
{
    if (!c->in_transaction || c->n_told < c->n_recipients)
        return;
    c->in_transaction = false;
    c->message = span_bytes(NULL, 0);
    c->recipients = NULL;
    c->events->on_sent(c->self);
}

/* Everybody who still waits gets this, and that ends it: from then on message and recipients are not ours to
 * touch. */
static void tell_rest(struct smtp_client *c, struct smtp_answer a)
{
    if (!c->in_transaction)
        return;
    for (unsigned i = 0; i < c->n_recipients && c->n_told < c->n_recipients; i++)
        if (fate_of(c, i) != TOLD)
            tell(c, i, a);
    end_if_all_told(c);
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
    tell_rest(c, a);
    fail(c, a);
}

/* A server that breaks the protocol is not to be trusted with mail: nobody knows what its replies mean. Code
 * 0 makes it a temporary failure: the next attempt may meet a better one. */
static void protocol_error(struct smtp_client *c, const char *what)
{
    char text[128];
    int len = g_snprintf(text, sizeof text, "protocol error: %s", what);

    end(c, (struct smtp_answer){ 0, span_bytes(text, (size_t)len) });
}

/* ── Commands ── */

/* The line behind `start` of `out` is complete. */
static void sent(struct smtp_client *c, const char *verb, size_t start)
{
    if (c->events->on_command != NULL)
        c->events->on_command(c->self, verb, span_bytes(c->out->str + start, c->out->len - start));
    mail_append(c->out, SPAN("\r\n"));
    c->awaited++;
    c->fresh++;
}

static void command(struct smtp_client *c, const char *verb, const struct span *args, unsigned n_args)
{
    size_t start = c->out->len;

    mail_append(c->out, span_bytes(verb, 4));
    for (unsigned i = 0; i < n_args; i++)
        mail_append(c->out, args[i]);
    assert(c->out->len - start + 2 <= SMTP_COMMAND_MAX);
    sent(c, verb, start);
}

static void send_hello(struct smtp_client *c, enum smtp_client_state state)
{
    struct span args[] = { SPAN(" "), c->helo };

    command(c, state == SMTP_C_EHLO ? "EHLO" : "HELO", args, 2);
    enter(c, state);
}

static void send_mail(struct smtp_client *c, struct span sender)
{
    char size[MAIL_NUMBER_MAX];
    struct span args[6] = { SPAN(" FROM:<"), sender, SPAN(">") };

    if (c->has_size) {
        args[3] = SPAN(" SIZE=");
        args[4] = span_bytes(size, (size_t)(mail_put_number(size, c->survey.octets) - size));
    }
    if (c->survey.flaws & SMTP_FLAW_8BIT)
        args[5] = SPAN(" BODY=8BITMIME"); /* RFC 6152 §2 */
    command(c, "MAIL", args, G_N_ELEMENTS(args));
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

/* If the server says 354 though nobody is to get it, a lone dot ends what must not begin (RFC 2920 §3.1). */
static void send_message(struct smtp_client *c)
{
    if (!c->in_transaction)
        c->survey = (struct smtp_text_survey){ 0 };
    if (c->events->on_data != NULL)
        c->events->on_data(c->self, c->survey.octets, c->survey.lines, c->survey.stuffed);
    smtp_text_send(c->message, &c->survey, c->out);
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

/* What need not be asked of the server: why a password cannot be sent, or NULL. */
static const char *login_refusal(const struct smtp_client *c, size_t len)
{
    if (!c->has_plain)
        return "504 5.5.4 The server does not offer AUTH PLAIN, so the password was not sent";
    if (len + 2 > SMTP_RESPONSE_MAX)
        return "500 5.5.6 The password is too long to be sent";
    return NULL;
}

/* RFC 4954 §4: with the command if it has room for it, else when the server asks. */
static void send_login(struct smtp_client *c)
{
    char *base64 = sasl_plain_write(c->user, c->password);
    struct span args[] = { SPAN(" PLAIN"), SPAN(" "), span_of(base64) };
    const char *refused = login_refusal(c, args[2].len);

    if (refused != NULL) {
        refused_at_start(
            c, (struct smtp_answer){ (unsigned)g_ascii_strtoull(refused, NULL, 10), span_of(refused) });
    } else {
        c->has_proved = strlen("AUTH PLAIN ") + args[2].len + 2 <= SMTP_COMMAND_MAX;
        command(c, "AUTH", args, c->has_proved ? 3 : 1);
        enter(c, SMTP_C_AUTH);
    }
    g_free(base64);
}

static void send_response(struct smtp_client *c)
{
    char *base64 = sasl_plain_write(c->user, c->password);
    size_t start = c->out->len;

    c->has_proved = true;
    mail_append(c->out, span_of(base64));
    sent(c, "AUTH", start);
    g_free(base64);
}

/* The server knows who speaks, and what it can do is known. */
static void on_hello_done(struct smtp_client *c)
{
    if (c->user != NULL)
        send_login(c);
    else
        become_ready(c);
}

static void on_ehlo_reply(struct smtp_client *c, struct smtp_answer a)
{
    if (is_good(a))
        on_hello_done(c);
    else if (a.code == 500 || a.code == 502 || a.code == 504)
        send_hello(c, SMTP_C_HELO); /* §3.2: it does not know the word */
    else
        refused_at_start(c, a);
}

static void on_auth_reply(struct smtp_client *c, struct smtp_answer a)
{
    if (a.code / 100 == 3)
        send_response(c);
    else if (is_good(a))
        become_ready(c);
    else
        refused_at_start(c, a);
}

static void on_mail_reply(struct smtp_client *c, struct smtp_answer a)
{
    c->refused = !is_good(a);
    if (c->refused)
        tell_rest(c, a);
    if (c->refused && !c->grouped) {
        become_ready(c); /* no transaction began, none is to be reset */
        return;
    }
    if (!c->grouped)
        send_rcpt(c, c->at);
    enter(c, SMTP_C_RCPT);
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
        send_message(c);
        return;
    }
    tell_rest(c, a);
    if (c->refused)
        become_ready(c);
    else
        send_word(c, SMTP_C_RSET, "RSET");
}

static void on_message_reply(struct smtp_client *c, struct smtp_answer a)
{
    tell_rest(c, a);
    become_ready(c);
}

/* 2yz where 3yz is hoped for, and the other way round. */
static bool fits(const struct smtp_client *c, unsigned code)
{
    bool wants_more = c->state == SMTP_C_DATA || (c->state == SMTP_C_AUTH && !c->has_proved);

    return code / 100 >= 4 || (code / 100 == 3) == wants_more;
}

static void on_reply(struct smtp_client *c, struct smtp_answer a)
{
    if (a.code == 421) { /* it may come at any time (§3.8) */
        end(c, a);
        return;
    }
    if (c->early) {
        protocol_error(c, "a reply to nothing");
        return;
    }
    c->awaited--;
    if (!fits(c, a.code)) {
        protocol_error(c, "a reply that does not fit the command");
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
            on_hello_done(c);
        else
            refused_at_start(c, a);
        return;
    case SMTP_C_AUTH:
        on_auth_reply(c, a);
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

/* A line of EHLO's answer behind the first: keyword and parameters (§4.1.1.1). */
static void learn(struct smtp_client *c, struct span text)
{
    struct span keyword = span_take_word(&text);

    if (span_is_nocase(keyword, SPAN("PIPELINING"))) {
        c->has_pipelining = true;
    } else if (span_is_nocase(keyword, SPAN("8BITMIME"))) {
        c->has_8bitmime = true;
    } else if (span_is_nocase(keyword, SPAN("AUTH"))) {
        while (text.len > 0)
            c->has_plain = span_is_nocase(span_take_word(&text), SPAN("PLAIN")) || c->has_plain;
    } else if (span_is_nocase(keyword, SPAN("SIZE"))) {
        c->has_size = true;
        if (!span_number(span_trim(text), UINT64_MAX, &c->size_max))
            c->size_max = 0;
    }
}

static void on_step(struct smtp_client *c, enum smtp_reply_step step, const struct smtp_reply *r)
{
    switch (step) {
    case SMTP_REPLY_NONE:
        return;
    case SMTP_REPLY_BROKEN:
        protocol_error(c, r->wrong);
        return;
    case SMTP_REPLY_LINE:
    case SMTP_REPLY_WHOLE:
        if (c->state == SMTP_C_EHLO && r->code / 100 == 2 && r->n > 1)
            learn(c, r->line);
        if (step == SMTP_REPLY_WHOLE)
            on_reply(c, (struct smtp_answer){ r->code, r->all });
        return;
    }
}

void smtp_client_feed(struct smtp_client *c, struct span bytes, GString *out)
{
    struct smtp_reply r;

    c->out = out;
    c->fresh = 0;
    while (c->state != SMTP_C_OVER && bytes.len > 0) {
        if (!smtp_reply_is_begun(&c->reader))
            c->early = c->awaited == c->fresh;
        on_step(c, smtp_reply_read(&c->reader, &bytes, &r), &r);
    }
}

/* ── Transactions ── */

/* What need not be asked of the server: NULL, or the refusal, code first. */
static const char *refusal(const struct smtp_client *c, struct span sender)
{
    struct mail_addr a;

    if (sender.len > 0 && mail_addr_read(sender, &a) != NULL)
        return "553 5.1.7 Bad sender address";
    if (c->size_max > 0 && c->survey.octets > c->size_max)
        return "552 5.3.4 The message is larger than the server takes"; /* RFC 1870 §6.2 */
    if (c->survey.flaws & ~(unsigned)SMTP_FLAW_8BIT)
        return "554 5.6.0 The message has NULs, bare CRs or LFs, or lines too long";
    if (c->survey.flaws && !c->has_8bitmime)
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
    end_if_all_told(c);
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
    c->survey = smtp_text_survey(message);

    refused = refusal(c, sender);
    if (refused != NULL)
        tell_rest(c, (struct smtp_answer){ (unsigned)g_ascii_strtoull(refused, NULL, 10), span_of(refused) });
    else
        refuse_bad_recipients(c);
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
    case SMTP_C_AUTH:
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
