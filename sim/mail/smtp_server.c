#include "mail/smtp_server.h"

#include <assert.h>

#include "mail/sasl_plain.h"
#include "mail/smtp_args.h"
#include "mail/smtp_auth.h"
#include "mail/smtp_line.h"
#include "mail/smtp_reply.h"
#include "mail/smtp_text.h"

enum {
    RECIPIENTS_DEFAULT = 100,        /* RFC 5321 §4.5.3.1.8 */
    MESSAGE_MAX = 256 * 1024 * 1024, /* octets, where no limit is set: memory has one all the same */
};

struct smtp_server {
    const struct smtp_server_options *options;
    const struct smtp_policy *policy;
    void *self;
    enum smtp_server_state state;
    bool opened, over;
    size_t command_max; /* octets */
    unsigned bad;       /* commands that made no sense, so far */
    bool asked;         /* for a recipient, in this transaction; in MAIL that means none was accepted */
    GString *out;       /* of the call under way */
    struct smtp_text text;
    struct smtp_line line;
    struct smtp_auth auth;
    struct smtp_envelope_store envelope;
};

const char *smtp_server_state_text(enum smtp_server_state s)
{
    static const char *const texts[] = { "GREET", "HELO", "READY", "MAIL", "RCPT", "DATA", "AUTH", "QUIT" };

    return texts[s];
}

static uint64_t size_limit(const struct smtp_server *s)
{
    return s->options->size_limit > 0 ? s->options->size_limit : MESSAGE_MAX;
}

struct smtp_server *smtp_server_new(const struct smtp_server_options *o, const struct smtp_policy *p,
                                    void *self)
{
    struct smtp_server *s = g_new(struct smtp_server, 1); /* not zeroed: it is buffers mostly */

    s->policy = p;
    s->self = self;
    smtp_text_init(&s->text, 0);
    smtp_auth_init(&s->auth);
    smtp_envelope_init(&s->envelope);
    smtp_server_clear(s, o);
    return s;
}

void smtp_server_clear(struct smtp_server *s, const struct smtp_server_options *o)
{
    s->options = o;
    s->state = SMTP_S_GREET;
    s->opened = s->over = false;
    s->command_max = o->auth != SMTP_AUTH_NONE ? SMTP_COMMAND_AUTH_MAX : SMTP_COMMAND_MAX;
    s->bad = 0;
    s->asked = false;
    s->out = NULL;
    smtp_text_clear(&s->text);
    s->text.limit = size_limit(s);
    smtp_line_init(&s->line);
    smtp_auth_release(&s->auth);
    smtp_envelope_clear(&s->envelope);
    smtp_envelope_set_helo(&s->envelope, SPAN(""), false);
}

void smtp_server_free(struct smtp_server **s)
{
    struct smtp_server *gone = *s;

    *s = NULL;
    if (gone == NULL)
        return;
    smtp_text_release(&gone->text);
    smtp_auth_release(&gone->auth);
    smtp_envelope_release(&gone->envelope);
    g_free(gone);
}

static void enter(struct smtp_server *s, enum smtp_server_state now)
{
    enum smtp_server_state before = s->state;

    if (s->over)
        now = SMTP_S_QUIT;
    if (now == SMTP_S_READY || now == SMTP_S_QUIT) { /* forget the last transaction (§4.1.1.5) */
        smtp_envelope_clear(&s->envelope);
        smtp_text_clear(&s->text);
        s->asked = false;
    }
    s->state = now;
    if (now != before && s->policy->on_state != NULL)
        s->policy->on_state(s->self, before, now);
}

/* ── Replies ── */

static void reply_parts(struct smtp_server *s, unsigned code, struct span status, const struct span *parts,
                        unsigned n)
{
    size_t start = s->out->len;

    smtp_reply_write(s->out, code, status, parts, n);
    if (s->policy->on_reply != NULL)
        s->policy->on_reply(s->self, code, span_bytes(s->out->str + start, s->out->len - start));
    if (code == 221 || code == 421)
        s->over = true;
}

/* `text` (NULL: the usual one), then `about` and `rest`. The words of 221 and 421 follow the host's name
 * (§4.2.3). */
static void reply_about(struct smtp_server *s, unsigned code, const char *text, struct span about,
                        const char *rest)
{
    struct span words = span_of(text != NULL ? text : smtp_reply_usual(code));
    struct span status = smtp_reply_take_status(code, &words);
    bool hosted = code == 221 || code == 421;
    struct span parts[] = { hosted ? span_of(s->options->hostname) : SPAN(""), hosted ? SPAN(" ") : SPAN(""),
                            words, about, span_of(rest) };

    reply_parts(s, code, status, parts, G_N_ELEMENTS(parts));
}

static void reply(struct smtp_server *s, unsigned code, const char *text)
{
    reply_about(s, code, text, SPAN(""), NULL);
}

/* To a command that made no sense. Servers bear with them (§3.8), but not for ever (§7.8). */
static enum smtp_server_state reply_bad(struct smtp_server *s, unsigned code, const char *text,
                                        struct span about)
{
    if (++s->bad > SMTP_BAD_COMMANDS_MAX)
        reply(s, 421, "4.7.0 Too many bad commands, closing transmission channel");
    else
        reply_about(s, code, text, about, NULL);
    return s->state;
}

static enum smtp_server_state reply_syntax(struct smtp_server *s, const char *usage)
{
    return reply_bad(s, 501, "5.5.4 Syntax: ", span_of(usage));
}

/* ── Commands ── */

typedef enum smtp_server_state smtp_handler(struct smtp_server *s, struct span args);

static smtp_handler on_helo, on_ehlo, on_mail, on_rcpt, on_data, on_rset, on_noop, on_vrfy, on_expn, on_help,
    on_quit, on_auth;

#define IN(state) (1u << SMTP_S_##state)
#define ANY       (IN(HELO) | IN(READY) | IN(MAIL) | IN(RCPT))

static const char auth_usage[] = "AUTH PLAIN [response]";

static const struct verb {
    const char *name;
    unsigned in;       /* states that accept it */
    smtp_handler *run; /* replies; returns the state that follows */
    const char *usage; /* for HELP and 501 */
    bool is_for_known; /* where AUTH is required, only after it (RFC 4954 §6) */
} verbs[] = {
    { "HELO", ANY, on_helo, "HELO your.host.name", false }, /* RFC 5321 §4.1.1.1 */
    { "EHLO", ANY, on_ehlo, "EHLO your.host.name", false }, /* §4.1.1.1, §4.1.4: ends a transaction */
    { "MAIL", IN(READY), on_mail, smtp_mail_usage, true },  /* §4.1.1.2 */
    { "RCPT", IN(MAIL) | IN(RCPT), on_rcpt, smtp_rcpt_usage, true }, /* §4.1.1.3 */
    { "DATA", IN(RCPT), on_data, "DATA", true },                     /* §4.1.1.4 */
    { "RSET", ANY, on_rset, "RSET", false },                         /* §4.1.1.5 */
    { "NOOP", ANY, on_noop, "NOOP [anything]", false },              /* §4.1.1.9 */
    { "VRFY", ANY, on_vrfy, "VRFY user", true },                     /* §4.1.1.6 */
    { "EXPN", ANY, on_expn, "EXPN list", true },                     /* §4.1.1.7: known, and not done */
    { "HELP", ANY, on_help, "HELP [command]", false },               /* §4.1.1.8 */
    { "QUIT", ANY | IN(GREET), on_quit, "QUIT", false },             /* §4.1.1.10 */
    { "AUTH", IN(READY), on_auth, auth_usage, false }, /* RFC 4954 §4; not a word to all servers */
};

static bool is_offered(const struct smtp_server *s, const struct verb *v)
{
    return v->run != on_auth || s->options->auth != SMTP_AUTH_NONE;
}

static const struct verb *find_verb(const struct smtp_server *s, struct span name)
{
    char capitals[4]; /* all have four letters */

    if (name.len != sizeof capitals)
        return NULL;
    for (size_t i = 0; i < sizeof capitals; i++)
        capitals[i] = (char)(name.at[i] & ~0x20); /* makes capitals of letters, and of nothing else */
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (memcmp(capitals, verbs[i].name, sizeof capitals) == 0)
            return is_offered(s, &verbs[i]) ? &verbs[i] : NULL;
    return NULL;
}

/* §4.1.4. In GREET the greeting was a refusal (§3.1). A RCPT or DATA out of place does not count as bad: with
 * pipelining a hundred of them may follow one MAIL that was refused. */
static enum smtp_server_state reply_out_of_order(struct smtp_server *s, const struct verb *v)
{
    if (s->state == SMTP_S_GREET)
        return reply_bad(s, 503, "5.5.1 No SMTP service here, only QUIT", SPAN(""));
    if (v->run == on_mail)
        return reply_bad(s, 503,
                         s->state == SMTP_S_HELO ? "5.5.1 EHLO or HELO first" : "5.5.1 One MAIL at a time",
                         SPAN(""));
    if (v->run == on_auth)
        return reply_bad(
            s, 503, s->state == SMTP_S_HELO ? "5.5.1 EHLO first" : "5.5.1 No AUTH while a mail is under way",
            SPAN(""));
    if (s->asked)
        reply(s, 554, "5.5.1 No valid recipients");
    else
        reply(s, 503, s->state == SMTP_S_MAIL ? "5.5.1 RCPT first" : "5.5.1 MAIL first");
    return s->state;
}

/* It would be in order, or is one of those pipelined behind a MAIL that was not. */
static bool needs_auth(const struct smtp_server *s, const struct verb *v)
{
    return s->options->auth == SMTP_AUTH_REQUIRED && !s->auth.done && v->is_for_known &&
           (s->state == SMTP_S_READY || (v->in & (1u << s->state)));
}

static enum smtp_server_state run(struct smtp_server *s, const struct verb *v, struct span args,
                                  unsigned flaws)
{
    if (flaws & SMTP_FLAW_LONG)
        return reply_bad(s, 500, "5.5.2 Line too long", SPAN(""));
    if (flaws & ~(unsigned)SMTP_FLAW_8BIT)
        return reply_bad(s, 500, "5.5.2 The line has ", span_of(smtp_flaw_text(flaws)));
    if (flaws)
        return reply_bad(s, 501, "5.5.2 Commands are 7-bit ASCII", SPAN("")); /* §4.1.2 */
    if (v == NULL && s->state != SMTP_S_GREET)
        return reply_bad(s, 500, NULL, SPAN(""));
    if (v != NULL && needs_auth(s, v)) {
        reply(s, 530, NULL);
        return s->state;
    }
    if (v == NULL || !(v->in & (1u << s->state)))
        return reply_out_of_order(s, v);
    return v->run(s, args);
}

static void on_command(struct smtp_server *s, struct span line, unsigned flaws)
{
    struct span args = span_trim(line); /* §4.1.1: white space at the end is borne with */
    const struct verb *v = find_verb(s, span_take_word(&args));

    if (s->policy->on_command != NULL)
        s->policy->on_command(s->self, v != NULL ? v->name : "", line);
    enter(s, run(s, v, args, flaws));
}

/* The client's name is kept for trace lines; no mail is refused for not being its own (§4.1.4). */
static bool take_helo(struct smtp_server *s, struct span name, bool esmtp)
{
    if (!mail_is_domain(name) && !mail_is_literal(name))
        return false;
    smtp_envelope_set_helo(&s->envelope, name, esmtp);
    return true;
}

static enum smtp_server_state on_helo(struct smtp_server *s, struct span args)
{
    struct span parts[] = { span_of(s->options->hostname), SPAN(" greets "), args };

    if (!take_helo(s, args, false))
        return reply_syntax(s, "HELO your.host.name");
    reply_parts(s, 250, SPAN(""), parts, G_N_ELEMENTS(parts));
    return SMTP_S_READY;
}

static enum smtp_server_state on_ehlo(struct smtp_server *s, struct span args)
{
    char size[32];
    struct span parts[] = {
        span_of(s->options->hostname),
        SPAN(" greets "),
        args,
        SPAN("\nSIZE"),
        SPAN(""),
        s->options->pipelining ? SPAN("\nPIPELINING") : SPAN(""),
        s->options->auth != SMTP_AUTH_NONE ? SPAN("\nAUTH PLAIN") : SPAN(""),
        SPAN("\nENHANCEDSTATUSCODES\nHELP"),
    };

    if (!take_helo(s, args, true))
        return reply_syntax(s, "EHLO your.host.name");
    if (s->options->size_limit > 0)
        parts[4] = span_bytes(size, (size_t)g_snprintf(size, sizeof size, " %zu", s->options->size_limit));
    reply_parts(s, 250, SPAN(""), parts, G_N_ELEMENTS(parts));
    return SMTP_S_READY;
}

static enum smtp_server_state on_mail(struct smtp_server *s, struct span args)
{
    struct mail_addr sender;
    uint64_t size;
    struct smtp_fault fault = smtp_mail_args(args, s->envelope.is.esmtp, s->options->auth != SMTP_AUTH_NONE,
                                             &sender, &size);
    struct smtp_verdict v;

    if (fault.code != 0)
        return reply_bad(s, fault.code, fault.text, fault.about);
    if (size > size_limit(s)) { /* RFC 1870 §6.1 */
        reply(s, 552, "5.3.4 Message size exceeds fixed maximum message size");
        return s->state;
    }
    v = s->policy->on_mail(s->self, sender.text, size);
    if (v.code == 250 && v.text == NULL)
        reply(s, 250, "2.1.0 Sender OK");
    else
        reply(s, v.code, v.text);
    if (v.code / 100 != 2)
        return s->state;
    smtp_envelope_set_sender(&s->envelope, sender.text, size);
    return SMTP_S_MAIL;
}

static bool has_too_many(const struct smtp_server *s)
{
    unsigned limit = s->options->recipients_limit;

    return s->envelope.is.n_recipients >= (limit > 0 ? limit : RECIPIENTS_DEFAULT);
}

static enum smtp_server_state on_rcpt(struct smtp_server *s, struct span args)
{
    struct mail_addr to;
    struct smtp_fault fault = smtp_rcpt_args(args, s->envelope.is.esmtp, &to);
    struct smtp_verdict v;

    s->asked = true;
    if (fault.code != 0)
        return reply_bad(s, fault.code, fault.text, fault.about);
    if (has_too_many(s)) {
        reply(s, 452,
              "4.5.3 Too many recipients"); /* §4.5.3.1.10: the client asks again for the others later */
        return s->state;
    }
    v = s->policy->on_rcpt(s->self, &s->envelope.is, to.text);
    if (v.code == 250 && v.text == NULL)
        reply(s, 250, "2.1.5 Recipient OK");
    else if (v.code == 550 && v.text == NULL)
        reply_about(s, 550, "5.1.1 <", to.text, ">: no such user here");
    else
        reply(s, v.code, v.text);
    if (v.code / 100 != 2)
        return s->state;
    smtp_envelope_add(&s->envelope, to.text);
    return SMTP_S_RCPT;
}

static enum smtp_server_state on_data(struct smtp_server *s, struct span args)
{
    struct smtp_verdict v;

    if (args.len > 0)
        return reply_syntax(s, "DATA");
    v = s->policy->on_data(s->self, &s->envelope.is);
    if (v.code >= 400) {
        reply(s, v.code, v.text);
        return s->state;
    }
    reply(s, 354, NULL);
    return SMTP_S_DATA;
}

static enum smtp_server_state on_rset(struct smtp_server *s, struct span args)
{
    if (args.len > 0)
        return reply_syntax(s, "RSET");
    reply(s, 250, NULL);
    return s->state == SMTP_S_HELO ? SMTP_S_HELO : SMTP_S_READY;
}

static enum smtp_server_state on_noop(struct smtp_server *s, struct span args)
{
    (void)args; /* §4.1.1.9: ignored */
    reply(s, 250, NULL);
    return s->state;
}

static enum smtp_server_state on_vrfy(struct smtp_server *s, struct span args)
{
    struct smtp_verdict v;

    if (args.len == 0)
        return reply_syntax(s, "VRFY user");
    v = s->policy->on_vrfy(s->self, args);
    reply(s, v.code, v.text);
    return s->state;
}

static enum smtp_server_state on_expn(struct smtp_server *s, struct span args)
{
    (void)args;
    return reply_bad(s, 502, "5.5.1 No mailing lists here", SPAN(""));
}

static enum smtp_server_state on_help(struct smtp_server *s, struct span args)
{
    const struct verb *v = find_verb(s, args);
    struct span parts[2 * G_N_ELEMENTS(verbs) + 2] = { SPAN("Commands:") };
    unsigned n = 1;

    if (v != NULL) {
        reply(s, 214, v->usage);
        return s->state;
    }
    if (args.len > 0)
        return reply_bad(s, 504, "5.5.4 No help on ", args);
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
        if (verbs[i].run == on_expn || !is_offered(s, &verbs[i]))
            continue;
        parts[n++] = SPAN(" ");
        parts[n++] = span_of(verbs[i].name);
    }
    parts[n++] = SPAN("\nHELP and one of them tells how it is written");
    reply_parts(s, 214, SPAN("2.0.0"), parts, n);
    return s->state;
}

static enum smtp_server_state on_quit(struct smtp_server *s, struct span args)
{
    if (args.len > 0)
        return reply_syntax(s, "QUIT");
    reply(s, 221, NULL);
    return SMTP_S_QUIT;
}

/* ── Who is it? (RFC 4954) ── */

/* PLAIN's only message has come. What makes no sense counts as bad, what is wrong as wrong. */
static enum smtp_server_state log_in(struct smtp_server *s, struct span base64)
{
    struct sasl_plain p;
    const char *fault = sasl_plain_read(base64, &p);
    struct smtp_verdict v;

    if (fault != NULL) {
        reply_bad(s, 501, "5.5.2 ", span_of(fault));
        return SMTP_S_READY;
    }
    v = s->policy->on_auth(s->self, p.identity, p.user, p.password);
    sasl_plain_release(&p);
    s->auth.done = v.code / 100 == 2;
    s->auth.wrong += v.code / 100 == 5;
    reply(s, v.code, v.text);
    return SMTP_S_READY;
}

static enum smtp_server_state on_auth(struct smtp_server *s, struct span args)
{
    struct span mechanism = span_take_word(&args), initial = span_take_word(&args);

    if (mechanism.len == 0 || args.len > 0)
        return reply_syntax(s, auth_usage);
    if (!s->envelope.is.esmtp)
        return reply_bad(s, 503, "5.5.1 EHLO first", SPAN(""));
    if (s->auth.done)
        return reply_bad(s, 503, "5.5.1 Already authenticated", SPAN(""));
    if (!span_is_nocase(mechanism, SPAN("PLAIN")))
        return reply_bad(s, 504, "5.5.4 Only PLAIN is known here, not ", mechanism);
    if (s->auth.wrong >= SMTP_LOGINS_MAX) {
        reply(s, 421, "4.7.0 Too many wrong passwords, closing transmission channel");
        return s->state;
    }
    if (initial.len > 0) /* "=": it is empty */
        return log_in(s, span_is(initial, SPAN("=")) ? SPAN("") : initial);
    smtp_auth_expect(&s->auth);
    reply(s, 334, "");
    return SMTP_S_AUTH;
}

/* What answers the 334. */
static void on_response(struct smtp_server *s, struct span line, bool too_long)
{
    if (s->policy->on_command != NULL)
        s->policy->on_command(s->self, "AUTH", line);
    if (too_long)
        reply_bad(s, 500, "5.5.6 Line too long", SPAN(""));
    else if (span_is(line, SPAN("*")))
        reply(s, 501, "5.7.0 Authentication cancelled");
    else
        log_in(s, line);
    enter(s, SMTP_S_READY);
}

/* ── Mail data ── */

/* §4.1.1.4: one reply for the whole message, and the transaction is over either way. */
static void end_of_data(struct smtp_server *s)
{
    const struct smtp_text *t = &s->text;

    if (t->size > t->limit) {
        reply(s, 552, "5.3.4 Message size exceeds fixed maximum message size");
    } else if (t->flaws & ~(unsigned)SMTP_FLAW_8BIT) {
        reply_about(s, 554, "5.6.0 The message has ", span_of(smtp_flaw_text(t->flaws)), NULL);
    } else if (t->flaws) {
        reply(s, 554, "5.6.1 8-bit octets need 8BITMIME, which is not offered"); /* RFC 6152 */
    } else {
        struct smtp_verdict v = s->policy->on_message(s->self, &s->envelope.is, smtp_text_all(t));

        reply(s, v.code, v.code == 250 && v.text == NULL ? "2.0.0 OK, message accepted" : v.text);
    }
    enter(s, SMTP_S_READY);
}

/* ── The session ── */

/* §3.1: a greeting that is a refusal leaves the session where it is; all it will take is QUIT. No status in a
 * greeting (RFC 2034 §3). */
void smtp_server_open(struct smtp_server *s, GString *out)
{
    struct smtp_verdict v = s->policy->on_connect(s->self);
    const char *text = v.text != NULL  ? v.text
                       : v.code == 220 ? "ESMTP"
                       : v.code == 554 ? "No SMTP service here"
                                       : smtp_reply_usual(v.code);
    struct span words = span_of(text);
    struct span parts[] = { span_of(s->options->hostname), SPAN(" "), words };

    assert(!s->opened);
    s->opened = true;
    s->out = out;
    smtp_reply_take_status(v.code, &parts[2]);
    reply_parts(s, v.code, SPAN(""), parts, G_N_ELEMENTS(parts));
    enter(s, v.code / 100 == 2 ? SMTP_S_HELO : SMTP_S_GREET);
}

void smtp_server_feed(struct smtp_server *s, struct span bytes, GString *out)
{
    struct span line;
    unsigned flaws;

    assert(s->opened);
    s->out = out;
    while (!s->over) {
        bool is_text = s->state == SMTP_S_DATA, too_long;

        if (s->state == SMTP_S_AUTH) {
            if (!smtp_auth_take(&s->auth, &bytes, &line, &too_long))
                return;
            on_response(s, line, too_long);
            continue;
        }

        if (is_text && !smtp_line_is_begun(&s->line))
            smtp_text_take_plain(&s->text, &bytes);
        /* One octet more for text: a dot may have been doubled. */
        if (!smtp_line_take(&s->line, is_text ? SMTP_TEXT_LINE_MAX + 1 : s->command_max, &bytes, &line,
                            &flaws))
            return;
        if (!is_text)
            on_command(s, line, flaws);
        else if (smtp_text_take(&s->text, line, flaws))
            end_of_data(s);
    }
}

void smtp_server_shut(struct smtp_server *s, const char *text, GString *out)
{
    if (s->over)
        return;
    s->out = out;
    reply(s, 421, text);
    enter(s, SMTP_S_QUIT);
}

bool smtp_server_is_over(const struct smtp_server *s)
{
    return s->over;
}

enum smtp_server_state smtp_server_state(const struct smtp_server *s)
{
    return s->state;
}
