#include "mail/smtp_server.h"

#include <assert.h>

#include "mail/addr.h"
#include "mail/smtp_reply.h"

enum {
    RECIPIENTS_DEFAULT = 100,        /* RFC 5321 §4.5.3.1.8 */
    MESSAGE_MAX = 256 * 1024 * 1024, /* where no limit is set: memory has one all the same */
    KEEP_MAX = 64 * 1024,            /* a larger buffer is not kept for the next message */
};

struct smtp_server {
    const struct smtp_server_options *options;
    const struct smtp_policy *policy;
    void *self;
    enum smtp_server_state state;
    bool opened, over;
    unsigned bad; /* commands that made no sense, so far */
    GString *out; /* of the call under way */
    struct smtp_envelope envelope;
    unsigned refused; /* recipients, in this transaction */
    GPtrArray *recipients;
    GString *names;   /* what `recipients` point into, each with its NUL; NULL until the first */
    GString *message; /* NULL until the first */
    uint64_t size;    /* of the message, also of what was not kept */
    unsigned flaws;   /* of the message */
    struct smtp_line line;
    char helo[MAIL_DOMAIN_MAX];
    char sender[MAIL_PATH_MAX];
};

const char *smtp_server_state_text(enum smtp_server_state s)
{
    static const char *const texts[] = { "GREET", "HELO", "READY", "MAIL", "RCPT", "DATA", "QUIT" };

    return texts[s];
}

struct smtp_server *smtp_server_new(const struct smtp_server_options *o, const struct smtp_policy *p,
                                    void *self)
{
    struct smtp_server *s = g_new(struct smtp_server, 1);

    /* Field by field: the line's buffer and the addresses need no zeros, and they are most of it. */
    s->options = o;
    s->policy = p;
    s->self = self;
    s->state = SMTP_S_GREET;
    s->opened = s->over = false;
    s->bad = 0;
    s->out = NULL;
    s->envelope = (struct smtp_envelope){ 0 };
    s->refused = 0;
    s->recipients = NULL;
    s->names = NULL;
    s->message = NULL;
    s->size = 0;
    s->flaws = 0;
    smtp_line_init(&s->line);
    return s;
}

static void drop(GString **text)
{
    if (*text != NULL)
        g_string_free(*text, TRUE);
    *text = NULL;
}

void smtp_server_free(struct smtp_server **s)
{
    struct smtp_server *gone = *s;

    *s = NULL;
    if (gone == NULL)
        return;
    if (gone->recipients != NULL)
        g_ptr_array_free(gone->recipients, TRUE);
    drop(&gone->names);
    drop(&gone->message);
    g_free(gone);
}

/* Forget the transaction: sender, recipients and mail data (RFC 5321 §4.1.1.5). */
static void clear(struct smtp_server *s)
{
    s->envelope.sender = span_bytes(NULL, 0);
    s->envelope.recipients = NULL;
    s->envelope.n_recipients = 0;
    s->envelope.declared_size = 0;
    s->refused = 0;
    s->size = 0;
    s->flaws = 0;
    if (s->recipients != NULL)
        g_ptr_array_set_size(s->recipients, 0);
    if (s->names != NULL)
        g_string_truncate(s->names, 0);
    if (s->message != NULL && s->message->allocated_len > KEEP_MAX)
        drop(&s->message);
    else if (s->message != NULL)
        g_string_truncate(s->message, 0);
}

static void enter(struct smtp_server *s, enum smtp_server_state now)
{
    enum smtp_server_state before = s->state;

    if (s->over)
        now = SMTP_S_QUIT;
    if (now == SMTP_S_READY || now == SMTP_S_QUIT)
        clear(s);
    s->state = now;
    if (now != before && s->policy->on_state != NULL)
        s->policy->on_state(s->self, before, now);
}

/* ── Replies ── */

static void write_reply(struct smtp_server *s, unsigned code, struct span status, const struct span *parts,
                        unsigned n)
{
    size_t start = s->out->len;

    smtp_reply_write(s->out, code, status, parts, n);
    if (s->policy->on_reply != NULL)
        s->policy->on_reply(s->self, code, span_bytes(s->out->str + start, s->out->len - start));
    if (code == 221 || code == 421)
        s->over = true;
}

/* Codes whose text starts with the host's name (§4.2.3). */
static void reply_hosted(struct smtp_server *s, unsigned code, const char *text, bool with_status)
{
    struct span words = span_of(text != NULL ? text : smtp_reply_usual(code));
    struct span status = smtp_reply_take_status(code, &words);
    struct span parts[] = { span_of(s->options->hostname), SPAN(" "), words };

    write_reply(s, code, with_status ? status : span_bytes(NULL, 0), parts, words.len > 0 ? 3 : 1);
}

/* `text` (NULL: the usual one), then `about` and `rest`. */
static void reply_about(struct smtp_server *s, unsigned code, const char *text, struct span about,
                        const char *rest)
{
    struct span words = span_of(text != NULL ? text : smtp_reply_usual(code));
    struct span status = smtp_reply_take_status(code, &words);
    struct span parts[] = { words, about, span_of(rest) };

    if (code == 221 || code == 421)
        reply_hosted(s, code, text, true);
    else
        write_reply(s, code, status, parts, 3);
}

static void reply(struct smtp_server *s, unsigned code, const char *text)
{
    reply_about(s, code, text, span_bytes(NULL, 0), NULL);
}

/* A command that made no sense. Servers bear with them (§3.8), but not for ever (§7.8). */
static void reply_bad(struct smtp_server *s, unsigned code, const char *text, struct span about)
{
    if (++s->bad > SMTP_BAD_COMMANDS_MAX)
        reply(s, 421, "4.7.0 Too many bad commands, closing transmission channel");
    else
        reply_about(s, code, text, about, NULL);
}

/* ── Commands ── */

typedef enum smtp_server_state smtp_handler(struct smtp_server *s, struct span args);

struct verb {
    const char *name;
    unsigned in;       /* states that accept it */
    smtp_handler *run; /* replies; returns the state that follows */
    const char *usage; /* what HELP says, and 501 */
};

#define IN(state) (1u << SMTP_S_##state)
#define SESSION   (IN(HELO) | IN(READY) | IN(MAIL) | IN(RCPT))

static smtp_handler on_helo, on_ehlo, on_mail, on_rcpt, on_data, on_rset, on_noop, on_vrfy, on_expn, on_help,
    on_quit;

static const struct verb verbs[] = {
    { "HELO", SESSION, on_helo, "HELO your.host.name" },                /* RFC 5321 §4.1.1.1 */
    { "EHLO", SESSION, on_ehlo, "EHLO your.host.name" },                /* §4.1.1.1 */
    { "MAIL", IN(READY), on_mail, "MAIL FROM:<sender> [SIZE=octets]" }, /* §4.1.1.2, RFC 1870 */
    { "RCPT", IN(MAIL) | IN(RCPT), on_rcpt, "RCPT TO:<recipient>" },    /* §4.1.1.3 */
    { "DATA", IN(RCPT), on_data, "DATA" },                              /* §4.1.1.4 */
    { "RSET", SESSION, on_rset, "RSET" },                               /* §4.1.1.5 */
    { "NOOP", SESSION, on_noop, "NOOP [anything]" },                    /* §4.1.1.9 */
    { "VRFY", SESSION, on_vrfy, "VRFY user" },                          /* §4.1.1.6 */
    { "EXPN", SESSION, on_expn, "EXPN list" },                          /* §4.1.1.7: lists are not kept */
    { "HELP", SESSION, on_help, "HELP [command]" },                     /* §4.1.1.8 */
    { "QUIT", SESSION | IN(GREET), on_quit, "QUIT" },                   /* §4.1.1.10 */
};

enum { MAIL_VERB = 2, RCPT_VERB, DATA_VERB };

static const struct verb *find_verb(struct span name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (span_is_nocase(name, span_of(verbs[i].name)))
            return &verbs[i];
    return NULL;
}

static enum smtp_server_state bad_syntax(struct smtp_server *s, const char *usage)
{
    reply_bad(s, 501, "5.5.4 Syntax: ", span_of(usage));
    return s->state;
}

/* §4.1.4: NOOP, HELP, EXPN, VRFY, RSET and QUIT may come at any time; a transaction's three in their order.
 */
static void reply_out_of_order(struct smtp_server *s, const struct verb *v)
{
    if (s->state == SMTP_S_GREET)
        reply_bad(s, 503, "5.5.1 No SMTP service here; only QUIT is left", span_bytes(NULL, 0)); /* §3.1 */
    else if (v == &verbs[MAIL_VERB])
        reply_bad(s, 503,
                  s->state == SMTP_S_HELO ? "5.5.1 EHLO or HELO first"
                                          : "5.5.1 A transaction is open; RSET ends it",
                  span_bytes(NULL, 0));
    /* Not counted as bad: with pipelining they follow each refused MAIL or RCPT, a hundred of them perhaps.
     */
    else if (v == &verbs[DATA_VERB] && s->refused > 0)
        reply(s, 554, "5.5.1 No valid recipients");
    else
        reply(s, 503,
              v == &verbs[DATA_VERB] && s->state == SMTP_S_MAIL ? "5.5.1 RCPT first" : "5.5.1 MAIL first");
}

static void on_command(struct smtp_server *s, struct span line, unsigned flaws)
{
    struct span args = span_trim(line),
                word = span_take_word(&args); /* §4.1.1: trailing white space is borne with */
    const struct verb *v = find_verb(word);

    if (s->policy->on_command != NULL)
        s->policy->on_command(s->self, v != NULL ? v->name : "", line);
    if (flaws & SMTP_FLAW_LONG)
        reply_bad(s, 500, "5.5.2 Line too long", span_bytes(NULL, 0));
    else if (flaws & ~(unsigned)SMTP_FLAW_8BIT)
        reply_bad(s, 500, "5.5.2 The line has ", span_of(smtp_flaw_text(flaws)));
    else if (flaws)
        reply_bad(s, 501, "5.5.2 Commands are 7-bit ASCII", span_bytes(NULL, 0)); /* §4.1.2 */
    else if (v == NULL && s->state != SMTP_S_GREET)
        reply_bad(s, 500, NULL, span_bytes(NULL, 0));
    else if (v == NULL || !(v->in & (1u << s->state)))
        reply_out_of_order(s, v);
    else {
        enter(s, v->run(s, args));
        return;
    }
    enter(s, s->state);
}

/* Keep the client's name. It is for trace lines only: no mail is refused for it (§4.1.4). */
static bool take_helo(struct smtp_server *s, struct span name, bool esmtp)
{
    if (!mail_is_domain(name) && !mail_is_literal(name))
        return false;
    memcpy(s->helo, name.at, name.len);
    s->envelope.helo = span_bytes(s->helo, name.len);
    s->envelope.esmtp = esmtp;
    return true;
}

static enum smtp_server_state on_helo(struct smtp_server *s, struct span args)
{
    struct span parts[] = { span_of(s->options->hostname), SPAN(" greets "), args };

    if (!take_helo(s, args, false))
        return bad_syntax(s, "HELO your.host.name");
    write_reply(s, 250, span_bytes(NULL, 0), parts, 3);
    return SMTP_S_READY;
}

static enum smtp_server_state on_ehlo(struct smtp_server *s, struct span args)
{
    char size[24] = "";
    struct span parts[] = {
        span_of(s->options->hostname),
        SPAN(" greets "),
        args,
        SPAN("\nSIZE"),
        { NULL, 0 },
        s->options->pipelining ? SPAN("\nPIPELINING") : SPAN(""),
        SPAN("\nENHANCEDSTATUSCODES\nHELP"),
    };

    if (!take_helo(s, args, true))
        return bad_syntax(s, "EHLO your.host.name");
    if (s->options->size_limit > 0) {
        g_snprintf(size, sizeof size, " %zu", s->options->size_limit);
        parts[4] = span_of(size);
    }
    write_reply(s, 250, span_bytes(NULL, 0), parts, G_N_ELEMENTS(parts));
    return SMTP_S_READY;
}

/* "FROM:" and the path off `args`. RFC 5321 §3.3 allows no space behind the colon, but textbooks and people's
 * fingers put one there, and servers bear with it; so do we. What follows the path must be parted from it. */
static const char *take_path(struct span *args, struct span keyword, struct mail_addr *out)
{
    const char *wrong;

    if (!span_starts_nocase(*args, keyword))
        return "";
    *args = span_trim(span_bytes(args->at + keyword.len, args->len - keyword.len));
    wrong = mail_path_take(args, out);
    if (wrong == NULL && args->len > 0 && args->at[0] != ' ')
        return "";
    *args = span_trim(*args);
    return wrong;
}

/* SIZE=octets (RFC 1870 §6), once. False: replied. */
static bool take_size(struct smtp_server *s, struct span param, uint64_t *declared)
{
    struct span value = span_bytes(param.at + 5, param.len - 5);

    if (*declared != 0 || value.len == 0 || value.len > 20) {
        bad_syntax(s, verbs[MAIL_VERB].usage);
        return false;
    }
    for (size_t i = 0; i < value.len; i++) {
        if (!g_ascii_isdigit(value.at[i])) {
            bad_syntax(s, verbs[MAIL_VERB].usage);
            return false;
        }
    }
    if (!span_number(value, UINT64_MAX, declared))
        *declared = UINT64_MAX; /* twenty digits hold more: too big anyway */
    return true;
}

static uint64_t size_limit(const struct smtp_server *s)
{
    return s->options->size_limit > 0 ? s->options->size_limit : MESSAGE_MAX;
}

static bool take_mail_params(struct smtp_server *s, struct span args, uint64_t *declared)
{
    while (args.len > 0) {
        struct span param = span_take_word(&args);

        if (!s->envelope.esmtp) {
            reply_bad(s, 555, "5.5.4 Parameters need EHLO", span_bytes(NULL, 0));
            return false;
        }
        if (!span_starts_nocase(param, SPAN("SIZE="))) {
            reply_bad(s, 555, "5.5.4 Parameter not known: ", param);
            return false;
        }
        if (!take_size(s, param, declared))
            return false;
    }
    return true;
}

static enum smtp_server_state on_mail(struct smtp_server *s, struct span args)
{
    struct mail_addr sender;
    const char *wrong = take_path(&args, SPAN("FROM:"), &sender);
    uint64_t declared = 0;
    struct smtp_verdict v;

    if (wrong == NULL && sender.domain.len == 0 && sender.text.len > 0)
        wrong = "no @ and domain"; /* only a recipient may be a bare <postmaster> */
    if (wrong != NULL && *wrong == '\0')
        return bad_syntax(s, verbs[MAIL_VERB].usage);
    if (wrong != NULL) {
        reply_bad(s, 501, "5.1.7 Bad sender address: ", span_of(wrong));
        return s->state;
    }
    if (!take_mail_params(s, args, &declared))
        return s->state;
    if (declared > size_limit(s)) {
        reply(s, 552, "5.3.4 Message size exceeds fixed maximum message size"); /* RFC 1870 §6.1 */
        return s->state;
    }
    v = s->policy->on_mail(s->self, sender.text, declared);
    if (v.code / 100 != 2) {
        reply(s, v.code, v.text);
        return s->state;
    }
    if (v.text == NULL && v.code == 250)
        reply_about(s, 250, "2.1.0 Sender <", sender.text, "> OK");
    else
        reply(s, v.code, v.text);
    if (sender.text.len > 0)
        memcpy(s->sender, sender.text.at, sender.text.len);
    s->envelope.sender = span_bytes(s->sender, sender.text.len);
    s->envelope.declared_size = declared;
    return SMTP_S_MAIL;
}

/* The names stand one behind the other; when they had to move, so do the pointers to them. */
static void add_recipient(struct smtp_server *s, struct span name)
{
    char *before;
    size_t at;

    if (s->names == NULL) {
        s->names = g_string_sized_new(256);
        s->recipients = g_ptr_array_sized_new(4);
    }
    before = s->names->str;
    at = s->names->len;
    g_string_append_len(s->names, name.at, (gssize)name.len);
    g_string_append_c(s->names, '\0');
    g_ptr_array_add(s->recipients, NULL);
    if (s->names->str != before) {
        size_t offset = 0;

        for (unsigned i = 0; i < s->recipients->len; i++) {
            s->recipients->pdata[i] = s->names->str + offset;
            offset += strlen(s->names->str + offset) + 1;
        }
    }
    s->recipients->pdata[s->recipients->len - 1] = s->names->str + at;
    s->envelope.recipients = (const char *const *)s->recipients->pdata;
    s->envelope.n_recipients = s->recipients->len;
}

static enum smtp_server_state refuse_rcpt(struct smtp_server *s, unsigned code, const char *text,
                                          struct span about)
{
    s->refused++;
    if (code == 501 || code == 555)
        reply_bad(s, code, text, about);
    else
        reply_about(s, code, text, about, NULL);
    return s->state;
}

static enum smtp_server_state on_rcpt(struct smtp_server *s, struct span args)
{
    struct mail_addr to;
    const char *wrong = take_path(&args, SPAN("TO:"), &to);
    unsigned limit = s->options->recipients_limit > 0 ? s->options->recipients_limit : RECIPIENTS_DEFAULT;
    struct smtp_verdict v;

    if (wrong == NULL && to.text.len == 0)
        wrong = "<> can only send";
    if (wrong != NULL && *wrong == '\0')
        return refuse_rcpt(s, 501, "5.5.4 Syntax: ", span_of(verbs[RCPT_VERB].usage));
    if (wrong != NULL)
        return refuse_rcpt(s, 501, "5.1.3 Bad recipient address: ", span_of(wrong));
    if (args.len > 0)
        return refuse_rcpt(s, 555,
                           s->envelope.esmtp ? "5.5.4 Parameter not known: " : "5.5.4 Parameters need EHLO",
                           s->envelope.esmtp ? span_take_word(&args) : span_bytes(NULL, 0));
    if (s->envelope.n_recipients >= limit)
        return refuse_rcpt(s, 452, "4.5.3 Too many recipients", span_bytes(NULL, 0)); /* §4.5.3.1.10 */
    v = s->policy->on_rcpt(s->self, &s->envelope, to.text);
    if (v.code / 100 != 2) {
        s->refused++;
        if (v.text == NULL && v.code == 550)
            reply_about(s, 550, "5.1.1 <", to.text, ">: no such user here");
        else
            reply(s, v.code, v.text);
        return s->state;
    }
    if (v.text == NULL && v.code == 250)
        reply_about(s, 250, "2.1.5 Recipient <", to.text, "> OK");
    else
        reply(s, v.code, v.text);
    add_recipient(s, to.text);
    return SMTP_S_RCPT;
}

static enum smtp_server_state on_data(struct smtp_server *s, struct span args)
{
    struct smtp_verdict v;

    if (args.len > 0)
        return bad_syntax(s, "DATA");
    v = s->policy->on_data(s->self, &s->envelope);
    if (v.code >= 400) {
        reply(s, v.code, v.text);
        return s->state;
    }
    reply(s, 354, NULL);
    return SMTP_S_DATA;
}

/* §4.1.1.5: nothing happens where no session or transaction is open yet. */
static enum smtp_server_state on_rset(struct smtp_server *s, struct span args)
{
    if (args.len > 0)
        return bad_syntax(s, "RSET");
    reply(s, 250, "2.0.0 OK, forgotten");
    return s->state == SMTP_S_HELO ? SMTP_S_HELO : SMTP_S_READY;
}

static enum smtp_server_state on_noop(struct smtp_server *s, struct span args)
{
    (void)args;
    reply(s, 250, NULL);
    return s->state;
}

static enum smtp_server_state on_vrfy(struct smtp_server *s, struct span args)
{
    struct smtp_verdict v;

    if (args.len == 0)
        return bad_syntax(s, "VRFY user");
    v = s->policy->on_vrfy(s->self, args);
    reply(s, v.code, v.text);
    return s->state;
}

static enum smtp_server_state on_expn(struct smtp_server *s, struct span args)
{
    (void)args;
    reply_bad(s, 502, "5.5.1 No mailing lists here", span_bytes(NULL, 0));
    return s->state;
}

static enum smtp_server_state on_help(struct smtp_server *s, struct span args)
{
    const struct verb *v = find_verb(args);
    struct span parts[2 + 2 * G_N_ELEMENTS(verbs)];
    unsigned n = 0;

    if (args.len > 0 && v == NULL) {
        reply_bad(s, 504, "5.5.4 No help on that", span_bytes(NULL, 0));
        return s->state;
    }
    if (v != NULL) {
        reply(s, 214, v->usage);
        return s->state;
    }
    parts[n++] = SPAN("Commands:");
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
        if (verbs[i].run == on_expn)
            continue;
        parts[n++] = SPAN(" ");
        parts[n++] = span_of(verbs[i].name);
    }
    parts[n++] = SPAN("\nHELP and a command tells how it is written");
    write_reply(s, 214, SPAN("2.0.0"), parts, n);
    return s->state;
}

static enum smtp_server_state on_quit(struct smtp_server *s, struct span args)
{
    if (args.len > 0)
        return bad_syntax(s, "QUIT");
    reply_hosted(s, 221, NULL, true);
    return SMTP_S_QUIT;
}

/* ── Mail data ── */

/* §4.1.1.4: one answer for the whole message, then the transaction is over either way. */
static void end_of_data(struct smtp_server *s)
{
    if (s->size > size_limit(s)) {
        reply(s, 552, "5.3.4 Message size exceeds fixed maximum message size");
    } else if (s->flaws & ~(unsigned)SMTP_FLAW_8BIT) {
        reply_about(s, 554, "5.6.0 The message has ", span_of(smtp_flaw_text(s->flaws)), NULL);
    } else if (s->flaws) {
        reply(s, 554, "5.6.1 8-bit octets need 8BITMIME, which is not offered");
    } else {
        struct span message = s->message != NULL ? span_bytes(s->message->str, s->message->len)
                                                 : span_bytes("", 0);
        struct smtp_verdict v = s->policy->on_message(s->self, &s->envelope, message);

        reply(s, v.code, v.text == NULL && v.code == 250 ? "2.0.0 OK, message accepted" : v.text);
    }
    enter(s, SMTP_S_READY);
}

/* A message with a flaw, or too big, is refused at its end; its further lines are counted, not kept. */
static void on_text(struct smtp_server *s, struct span line, unsigned flaws)
{
    if (line.len > 0 && line.at[0] == '.') {
        if (line.len == 1) {
            end_of_data(s);
            return;
        }
        line = span_bytes(line.at + 1, line.len - 1); /* §4.5.2: the client doubled it */
    }
    s->flaws |= flaws;
    if (line.len + 2 > SMTP_TEXT_LINE_MAX)
        s->flaws |= SMTP_FLAW_LONG;
    s->size += line.len + 2;
    if (s->flaws || s->size > size_limit(s)) {
        drop(&s->message);
        return;
    }
    if (s->message == NULL)
        s->message = g_string_sized_new(2048);
    g_string_append_len(s->message, line.at, (gssize)line.len);
    g_string_append_len(s->message, "\r\n", 2);
}

/* ── The session ── */

void smtp_server_open(struct smtp_server *s, GString *out)
{
    struct smtp_verdict v;

    assert(!s->opened);
    s->opened = true;
    s->out = out;
    v = s->policy->on_connect(s->self);
    if (v.code / 100 == 2)
        reply_hosted(s, v.code, v.text != NULL ? v.text : "ESMTP service ready", false);
    else
        reply_hosted(s, v.code, v.text != NULL || v.code == 421 ? v.text : "No SMTP service here", false);
    /* Refused, it stays as it is: all it will take is QUIT (§3.1). */
    enter(s, v.code / 100 == 2 ? SMTP_S_HELO : SMTP_S_GREET);
}

void smtp_server_feed(struct smtp_server *s, struct span bytes, GString *out)
{
    struct span line;
    unsigned flaws;

    assert(s->opened);
    s->out = out;
    while (!s->over) {
        bool text = s->state == SMTP_S_DATA;

        if (!smtp_line_take(&s->line, text ? SMTP_TEXT_LINE_MAX + 1 : SMTP_COMMAND_MAX, &bytes, &line,
                            &flaws))
            return;
        if (text)
            on_text(s, line, flaws);
        else
            on_command(s, line, flaws);
    }
}

void smtp_server_shut(struct smtp_server *s, const char *text, GString *out)
{
    if (s->over)
        return;
    s->out = out;
    reply_hosted(s, 421, text, true);
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
