#include "mail/pop3_server.h"

#include <assert.h>

#include "mail/pop3_drop.h"
#include "mail/smtp_line.h"
#include "mail/text.h"

enum { STATUS_LINE_MAX = 512 }; /* octets with CRLF, RFC 1939 §3 */

struct pop3_server {
    const struct pop3_server_options *options;
    const struct pop3_policy *policy;
    void *self;
    enum pop3_server_state state;
    bool opened;
    bool fed_up;          /* with bad commands: it ends with this one */
    unsigned bad, logins; /* commands that made no sense, wrong logins so far */
    GString *user;        /* of USER, just now; empty: PASS has nobody */
    struct pop3_drop drop;
    GString *out; /* of the call under way */
    struct smtp_line line;
};

const char *pop3_server_state_text(enum pop3_server_state s)
{
    static const char *const texts[] = { "GREET", "AUTHORIZATION", "TRANSACTION", "UPDATE", "QUIT" };

    return texts[s];
}

char *pop3_apop_digest(const char *timestamp, const char *secret)
{
    char *both = g_strconcat(timestamp, secret, NULL);
    char *digest = g_compute_checksum_for_string(G_CHECKSUM_MD5, both, -1);

    g_free(both);
    return digest;
}

struct pop3_server *pop3_server_new(const struct pop3_server_options *o, const struct pop3_policy *p,
                                    void *self)
{
    struct pop3_server *s = g_new0(struct pop3_server, 1);

    s->options = o;
    s->policy = p;
    s->self = self;
    s->user = g_string_new(NULL);
    smtp_line_init(&s->line);
    return s;
}

void pop3_server_free(struct pop3_server **s)
{
    struct pop3_server *gone = *s;

    *s = NULL;
    if (gone == NULL)
        return;
    pop3_drop_close(&gone->drop, false);
    g_string_free(gone->user, TRUE);
    g_free(gone);
}

bool pop3_server_is_over(const struct pop3_server *s)
{
    return s->state == POP3_S_UPDATE || s->state == POP3_S_QUIT;
}

/* RFC 1939 §6: in UPDATE, and nowhere else, what is marked is deleted. */
static void enter(struct pop3_server *s, enum pop3_server_state now)
{
    enum pop3_server_state before = s->state;

    if (s->fed_up)
        now = POP3_S_QUIT;
    if (now == before)
        return;
    s->state = now;
    if (s->policy->on_state != NULL)
        s->policy->on_state(s->self, before, now);
    if (pop3_server_is_over(s))
        pop3_drop_close(&s->drop, now == POP3_S_UPDATE);
}

/* ── Replies ── */

/* Of a reply: a status line; if there is more, lines and a dot. `mail`: what it is about. */
struct reply {
    size_t start, body;
    bool ok;
    uint32_t mail;
};

static void finish_reply(struct pop3_server *s, const struct reply *r)
{
    const char *at = s->out->str + r->start;

    if (s->policy->on_reply != NULL)
        s->policy->on_reply(s->self, r->ok, span_bytes(at, r->body - r->start - 2),
                            span_bytes(s->out->str + r->body, s->out->len - r->body), r->mail);
}

/* `m`: the message it is about, or NULL. */
static struct reply G_GNUC_PRINTF(4, 0)
    put_status(struct pop3_server *s, bool ok, const struct pop3_mail *m, const char *format, va_list args)
{
    struct reply r = { .start = s->out->len, .ok = ok, .mail = m != NULL ? m->mail : 0 };

    mail_append(s->out, ok ? SPAN("+OK ") : SPAN("-ERR "));
    g_string_append_vprintf(s->out, format, args);
    if (s->out->len - r.start > STATUS_LINE_MAX - 2)
        g_string_truncate(s->out, r.start + STATUS_LINE_MAX - 2);
    mail_append(s->out, SPAN("\r\n"));
    r.body = s->out->len;
    return r;
}

/* Of a positive one with lines: these follow, then end_lines. */
static struct reply G_GNUC_PRINTF(3, 4)
    begin_lines(struct pop3_server *s, const struct pop3_mail *m, const char *format, ...)
{
    struct reply r;
    va_list args;

    va_start(args, format);
    r = put_status(s, true, m, format, args);
    va_end(args);
    return r;
}

static void G_GNUC_PRINTF(4, 5)
    reply_about(struct pop3_server *s, bool ok, const struct pop3_mail *m, const char *format, ...)
{
    struct reply r;
    va_list args;

    va_start(args, format);
    r = put_status(s, ok, m, format, args);
    va_end(args);
    finish_reply(s, &r);
}

static void reply(struct pop3_server *s, bool ok, const char *text)
{
    reply_about(s, ok, NULL, "%s", text);
}

static void end_lines(struct pop3_server *s, const struct reply *r)
{
    mail_append(s->out, SPAN(".\r\n"));
    finish_reply(s, r);
}

/* To a command that made no sense: borne with, but not for ever. Returns the state as it is. */
static enum pop3_server_state G_GNUC_PRINTF(2, 3) reply_bad(struct pop3_server *s, const char *format, ...)
{
    char text[STATUS_LINE_MAX];
    va_list args;

    if (++s->bad > POP3_BAD_COMMANDS_MAX) {
        s->fed_up = true;
        reply(s, false, "Too many bad commands, closing the connection");
        return s->state;
    }
    va_start(args, format);
    g_vsnprintf(text, sizeof text, format, args);
    va_end(args);
    reply(s, false, text);
    return s->state;
}

/* ── Commands ── */

/* `args` without the space before them. */
typedef enum pop3_server_state pop3_handler(struct pop3_server *s, struct span args);

static pop3_handler on_user, on_pass, on_apop, on_stat, on_list, on_retr, on_dele, on_noop, on_rset, on_top,
    on_uidl, on_capa, on_quit;

#define AUTH  (1u << POP3_S_AUTHORIZATION)
#define TRANS (1u << POP3_S_TRANSACTION)

static const struct verb {
    const char *name;
    unsigned in;          /* states that accept it */
    unsigned least, most; /* arguments, parted by single spaces */
    pop3_handler *run;    /* replies; returns the state that follows */
    const char *usage;    /* no [ in it: it would begin a response code (RFC 2449 §3) */
} verbs[] = {
    { "USER", AUTH, 1, 1, on_user, "USER name" },            /* RFC 1939 §7 */
    { "PASS", AUTH, 1, UINT_MAX, on_pass, "PASS password" }, /* §7: one argument, and spaces are part of it */
    { "APOP", AUTH, 2, 2, on_apop, "APOP name digest" },     /* §7 */
    { "STAT", TRANS, 0, 0, on_stat, "STAT" },                /* §5 */
    { "LIST", TRANS, 0, 1, on_list, "LIST or LIST message" }, /* §5 */
    { "RETR", TRANS, 1, 1, on_retr, "RETR message" },         /* §5 */
    { "DELE", TRANS, 1, 1, on_dele, "DELE message" },         /* §5 */
    { "NOOP", TRANS, 0, 0, on_noop, "NOOP" },                 /* §5 */
    { "RSET", TRANS, 0, 0, on_rset, "RSET" },                 /* §5 */
    { "TOP", TRANS, 2, 2, on_top, "TOP message lines" },      /* §7 */
    { "UIDL", TRANS, 0, 1, on_uidl, "UIDL or UIDL message" }, /* §7 */
    { "CAPA", AUTH | TRANS, 0, 0, on_capa, "CAPA" },          /* RFC 2449 §5 */
    { "QUIT", AUTH | TRANS, 0, 0, on_quit, "QUIT" },          /* §4, §6 */
};

static const struct verb *find_verb(struct span name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (span_is_nocase(name, span_of(verbs[i].name)))
            return &verbs[i];
    return NULL;
}

/* Words parted by one space each; UINT_MAX: by more, or with one at an end. 0 if there was not even a space
 * behind the verb. */
static unsigned count_arguments(struct span args)
{
    unsigned n = args.at != NULL;
    bool space = true; /* the last one was, or there is none yet */

    for (size_t i = 0; i < args.len; i++) {
        if (args.at[i] == ' ' && space)
            return UINT_MAX;
        space = args.at[i] == ' ';
        n += space;
    }
    return n > 0 && space ? UINT_MAX : n;
}

static bool takes(const struct verb *v, struct span args)
{
    unsigned n = count_arguments(args);

    return v->most == UINT_MAX ? args.len > 0 : n >= v->least && n <= v->most;
}

static enum pop3_server_state run(struct pop3_server *s, const struct verb *v, struct span line,
                                  struct span args, unsigned flaws)
{
    if (flaws & SMTP_FLAW_LONG)
        return reply_bad(s, "Line too long, %d octets are the limit", POP3_LINE_MAX);
    if (flaws)
        return reply_bad(s, "The line has %s", smtp_flaw_text(flaws));
    if (smtp_plain_len(line) < line.len)
        return reply_bad(s, "The line has a control character");
    if (v == NULL)
        return reply_bad(s, "Unknown command");
    if (s->out->len > POP3_UNSENT_MAX) {
        reply(s, false, "Too much asked for at once, closing the connection");
        return POP3_S_QUIT;
    }
    /* Does not count as bad: with pipelining, many may follow one refusal. */
    if (!(v->in & (1u << s->state))) {
        reply(s, false, s->state == POP3_S_AUTHORIZATION ? "Log in first" : "Logged in already");
        return s->state;
    }
    if (!takes(v, args))
        return reply_bad(s, "Syntax: %s", v->usage);
    return v->run(s, args);
}

static void on_command(struct pop3_server *s, struct span line, unsigned flaws)
{
    const char *space = line.len > 0 ? memchr(line.at, ' ', line.len) : NULL;
    struct span name = span_bytes(line.at, space != NULL ? (size_t)(space - line.at) : line.len);
    struct span args = space != NULL ? span_bytes(space + 1, line.len - name.len - 1) : span_of(NULL);
    const struct verb *v = find_verb(name);
    enum pop3_server_state next;

    if (s->policy->on_command != NULL)
        s->policy->on_command(s->self, v != NULL ? v->name : "", line);
    next = run(s, v, line, args, flaws);
    if (v == NULL || v->run != on_user) /* RFC 1939 §7: PASS comes directly behind its USER */
        g_string_truncate(s->user, 0);
    enter(s, next);
}

/* ── AUTHORIZATION ── */

/* "2 messages (320 octets)" */
static const char *contents(const struct pop3_server *s, char *text, size_t room)
{
    g_snprintf(text, room, "%u message%s (%zu octets)", s->drop.n_left, s->drop.n_left == 1 ? "" : "s",
               s->drop.size_left);
    return text;
}

static enum pop3_server_state log_in(struct pop3_server *s, struct mail_box *box)
{
    char text[80];

    if (box == NULL && ++s->logins >= POP3_LOGINS_MAX) {
        reply(s, false, "[AUTH] Wrong once more, closing the connection");
        return POP3_S_QUIT;
    }
    if (box == NULL) {
        reply(s, false, "[AUTH] Wrong user name or password"); /* RFC 3206 §4 */
        return s->state;
    }
    if (!pop3_drop_open(&s->drop, box)) { /* RFC 2449 §8.1.2 */
        reply(s, false, "[IN-USE] Another session has the maildrop");
        return s->state;
    }
    reply_about(s, true, NULL, "%s's maildrop has %s", box->user, contents(s, text, sizeof text));
    return POP3_S_TRANSACTION;
}

/* Never tells whether there is such a user: who tries names learns nothing (RFC 1939 §13). */
static enum pop3_server_state on_user(struct pop3_server *s, struct span args)
{
    g_string_truncate(s->user, 0);
    mail_append(s->user, args);
    reply(s, true, "Now the password");
    return s->state;
}

static enum pop3_server_state on_pass(struct pop3_server *s, struct span args)
{
    if (s->user->len == 0) {
        reply(s, false, "USER first");
        return s->state;
    }
    return log_in(s, s->policy->on_login(s->self, span_bytes(s->user->str, s->user->len), args));
}

static bool is_digest(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!g_ascii_isdigit(text.at[i]) && (text.at[i] < 'a' || text.at[i] > 'f'))
            return false;
    return text.len == 32;
}

static enum pop3_server_state on_apop(struct pop3_server *s, struct span args)
{
    struct span user = span_take_word(&args);

    if (s->options->timestamp == NULL) {
        reply(s, false, "No timestamp was in the greeting, so no APOP");
        return s->state;
    }
    if (!is_digest(args))
        return reply_bad(s, "The digest is 32 hexadecimal digits in small letters");
    return log_in(s, s->policy->on_apop(s->self, user, s->options->timestamp, args));
}

/* ── TRANSACTION ── */

/* NULL: it has been refused. `args` is its number, and nothing else. */
static struct pop3_mail *find_mail(struct pop3_server *s, struct span args)
{
    uint64_t number;

    if (!span_number(args, UINT64_MAX, &number)) {
        reply_bad(s, "A message's number is expected");
        return NULL;
    }
    if (number == 0 || number > s->drop.n) {
        reply_about(s, false, NULL, "No such message, the maildrop has %u", s->drop.n);
        return NULL;
    }
    if (s->drop.mails[number - 1].marked) {
        reply_about(s, false, &s->drop.mails[number - 1], "Message %u is deleted", (unsigned)number);
        return NULL;
    }
    return &s->drop.mails[number - 1];
}

static enum pop3_server_state on_stat(struct pop3_server *s, struct span args)
{

    (void)args;
    reply_about(s, true, NULL, "%u %zu", s->drop.n_left, s->drop.size_left);
    return s->state;
}

/* Of one message or of all that are left. */
static enum pop3_server_state on_list(struct pop3_server *s, struct span args)
{
    const struct pop3_mail *m = NULL;
    struct reply r;
    char text[80];

    if (args.len > 0) {
        if ((m = find_mail(s, args)) == NULL)
            return s->state;
        reply_about(s, true, m, "%u %zu", pop3_drop_number(&s->drop, m), m->size);
        return s->state;
    }
    r = begin_lines(s, NULL, "%s", contents(s, text, sizeof text));
    while ((m = pop3_drop_next(&s->drop, m)) != NULL)
        g_string_append_printf(s->out, "%u %zu\r\n", pop3_drop_number(&s->drop, m), m->size);
    end_lines(s, &r);
    return s->state;
}

/* A message's lines and the dot; of TOP, only some of the body's. */
static enum pop3_server_state send_message(struct pop3_server *s, const struct pop3_mail *m,
                                           uint64_t body_lines)
{
    const struct mail_message *message = pop3_drop_message(&s->drop, m);
    struct reply r;

    if (message == NULL) {
        reply_about(s, false, m, "The message is gone: another session deleted it");
        return s->state;
    }
    if (body_lines == UINT64_MAX)
        r = begin_lines(s, m, "%zu octets", m->size);
    else
        r = begin_lines(s, m, "The top of message %u", pop3_drop_number(&s->drop, m));
    pop3_put_lines(s->out, message->data, body_lines);
    end_lines(s, &r);
    return s->state;
}

static enum pop3_server_state on_retr(struct pop3_server *s, struct span args)
{
    const struct pop3_mail *m = find_mail(s, args);

    return m != NULL ? send_message(s, m, UINT64_MAX) : s->state;
}

static enum pop3_server_state on_top(struct pop3_server *s, struct span args)
{
    struct span number = span_take_word(&args);
    const struct pop3_mail *m = find_mail(s, number);
    uint64_t lines;

    if (m == NULL)
        return s->state;
    if (!span_number(args, UINT64_MAX - 1, &lines))
        return reply_bad(s, "A number of lines is expected");
    return send_message(s, m, lines);
}

/* RFC 1939 §5: any later command about it is an error; at QUIT it is deleted. */
static enum pop3_server_state on_dele(struct pop3_server *s, struct span args)
{
    struct pop3_mail *m = find_mail(s, args);

    if (m == NULL)
        return s->state;
    pop3_drop_mark(&s->drop, m, true);
    reply_about(s, true, m, "Message %u deleted", pop3_drop_number(&s->drop, m));
    return s->state;
}

static enum pop3_server_state on_noop(struct pop3_server *s, struct span args)
{
    (void)args;
    reply(s, true, "Nothing done");
    return s->state;
}

static enum pop3_server_state on_rset(struct pop3_server *s, struct span args)
{
    char text[80];

    (void)args;
    for (unsigned i = 0; i < s->drop.n; i++)
        pop3_drop_mark(&s->drop, &s->drop.mails[i], false);
    reply_about(s, true, NULL, "The maildrop has %s", contents(s, text, sizeof text));
    return s->state;
}

/* RFC 1939 §7: the same in every session, and never of two messages: what IMAP would call them. */
static const char *unique_id(const struct pop3_server *s, const struct pop3_mail *m, char *text, size_t room)
{
    g_snprintf(text, room, "%u.%u", s->drop.box->inbox->uidvalidity, m->uid);
    return text;
}

static enum pop3_server_state on_uidl(struct pop3_server *s, struct span args)
{
    const struct pop3_mail *m = NULL;
    struct reply r;
    char id[32];

    if (args.len > 0) {
        if ((m = find_mail(s, args)) == NULL)
            return s->state;
        reply_about(s, true, m, "%u %s", pop3_drop_number(&s->drop, m), unique_id(s, m, id, sizeof id));
        return s->state;
    }
    r = begin_lines(s, NULL, "Unique ids of %u message%s", s->drop.n_left, s->drop.n_left == 1 ? "" : "s");
    while ((m = pop3_drop_next(&s->drop, m)) != NULL)
        g_string_append_printf(s->out, "%u %s\r\n", pop3_drop_number(&s->drop, m),
                               unique_id(s, m, id, sizeof id));
    end_lines(s, &r);
    return s->state;
}

/* ── Either ── */

/* RFC 2449 §6. No LOGIN-DELAY: there is none. No APOP: the greeting tells of it. */
static enum pop3_server_state on_capa(struct pop3_server *s, struct span args)
{
    struct reply r = begin_lines(s, NULL, "Capabilities");

    (void)args;
    mail_append(s->out, SPAN("TOP\r\nUSER\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\n"
                             "EXPIRE NEVER\r\nUIDL\r\nIMPLEMENTATION mxlab\r\n"));
    end_lines(s, &r);
    return s->state;
}

/* RFC 1939 §6: the deletions, then the lock, then the reply. */
static enum pop3_server_state on_quit(struct pop3_server *s, struct span args)
{
    const struct mail_folder *f = s->drop.box != NULL ? s->drop.box->inbox : NULL;
    const char *name = s->options->hostname;

    (void)args;
    if (f != NULL)
        enter(s, POP3_S_UPDATE);
    if (f == NULL)
        reply_about(s, true, NULL, "%s POP3 server signing off", name);
    else if (f->n == 0)
        reply_about(s, true, NULL, "%s POP3 server signing off (maildrop empty)", name);
    else
        reply_about(s, true, NULL, "%s POP3 server signing off (%u message%s left)", name, f->n,
                    f->n == 1 ? "" : "s");
    return f != NULL ? POP3_S_UPDATE : POP3_S_QUIT;
}

/* ── The session ── */

void pop3_server_open(struct pop3_server *s, GString *out)
{
    const char *timestamp = s->options->timestamp;

    assert(!s->opened);
    s->opened = true;
    s->out = out;
    reply_about(s, true, NULL, "%s POP3 server ready%s%s", s->options->hostname, timestamp != NULL ? " " : "",
                timestamp != NULL ? timestamp : "");
    enter(s, POP3_S_AUTHORIZATION);
}

void pop3_server_feed(struct pop3_server *s, struct span bytes, GString *out)
{
    struct span line;
    unsigned flaws;

    assert(s->opened);
    s->out = out;
    while (!pop3_server_is_over(s) && smtp_line_take(&s->line, POP3_LINE_MAX, &bytes, &line, &flaws))
        on_command(s, line, flaws);
}

void pop3_server_shut(struct pop3_server *s)
{
    if (!pop3_server_is_over(s))
        enter(s, POP3_S_QUIT);
}

enum pop3_server_state pop3_server_state(const struct pop3_server *s)
{
    return s->state;
}

const struct mail_box *pop3_server_box(const struct pop3_server *s)
{
    return s->drop.box;
}

unsigned pop3_server_marked(const struct pop3_server *s)
{
    return s->drop.n - s->drop.n_left;
}
