#include "mail/pop3_client.h"

#include <assert.h>

#include "mail/pop3_server.h"
#include "mail/smtp_line.h"
#include "mail/text.h"

enum { STATUS_LINE_MAX = 512, LISTED_ROOM = 64 };

/* The command that waits for its answer. */
enum asked { NOTHING, GREETING, USER, PASS, APOP, STAT, LIST, UIDL, RETR, TOP, DELE, RSET, QUIT };

struct pop3_client {
    const struct pop3_client_options *options;
    const struct pop3_client_events *events;
    void *self;
    enum pop3_client_state state;
    enum asked asked;
    bool in_lines; /* its +OK has come, and lines follow up to a dot */
    bool wants_quit;
    unsigned number; /* the message it is about */
    GString *out;    /* of the call under way */

    struct smtp_line line; /* a status line, or one of a list */
    size_t listing;        /* octets of the list so far */
    GString *message;      /* what has come of it, dots taken out. NULL: nothing */
    enum { LINE_START, LINE_DOT, LINE_DOT_CR, LINE_MIDDLE, LINE_CR } at;

    struct pop3_listed *list;
    unsigned n, room;
    unsigned n_uids; /* places of the list that UIDL has passed */
};

const char *pop3_client_state_text(enum pop3_client_state s)
{
    static const char *const texts[] = { "GREET", "AUTHORIZATION", "TRANSACTION", "QUIT", "OVER" };

    return texts[s];
}

struct pop3_client *pop3_client_new(const struct pop3_client_options *o, const struct pop3_client_events *e,
                                    void *self)
{
    struct pop3_client *c = g_new0(struct pop3_client, 1);

    c->options = o;
    c->events = e;
    c->self = self;
    c->asked = GREETING;
    smtp_line_init(&c->line);
    return c;
}

static void drop_message(struct pop3_client *c)
{
    if (c->message != NULL)
        g_string_free(c->message, TRUE);
    c->message = NULL;
}

void pop3_client_free(struct pop3_client **c)
{
    struct pop3_client *gone = *c;

    *c = NULL;
    if (gone == NULL)
        return;
    drop_message(gone);
    g_free(gone->list);
    g_free(gone);
}

static void enter(struct pop3_client *c, enum pop3_client_state now)
{
    enum pop3_client_state before = c->state;

    c->state = now;
    if (now != before && c->events->on_state != NULL)
        c->events->on_state(c->self, before, now);
}

static void end(struct pop3_client *c, bool in_order, struct span line)
{
    if (c->state == POP3_C_OVER)
        return;
    c->asked = NOTHING;
    enter(c, POP3_C_OVER);
    c->events->on_end(c->self, in_order, line);
}

static void protocol_error(struct pop3_client *c, const char *what)
{
    char text[128];
    int len = g_snprintf(text, sizeof text, "protocol error: %s", what);

    end(c, false, span_bytes(text, (size_t)len));
}

/* ── Commands ── */

static void G_GNUC_PRINTF(3, 4) ask(struct pop3_client *c, enum asked what, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_string_append_vprintf(c->out, format, args);
    va_end(args);
    mail_append(c->out, SPAN("\r\n"));
    c->asked = what;
    c->in_lines = false;
}

static void ask_to_quit(struct pop3_client *c)
{
    ask(c, QUIT, "QUIT");
    enter(c, POP3_C_QUIT);
}

static void become_ready(struct pop3_client *c)
{
    c->asked = NOTHING;
    enter(c, POP3_C_TRANSACTION);
    if (c->wants_quit)
        ask_to_quit(c);
    else
        c->events->on_ready(c->self, c->list, c->n);
}

static void refuse_login(struct pop3_client *c, struct span line)
{
    c->events->on_refused(c->self, line);
    ask_to_quit(c);
}

/* Printable, without spaces if it must be one word, and short enough for a command. */
static bool can_be_sent(const char *text, bool is_word)
{
    struct span rest = span_of(text);

    for (size_t i = 0; i < rest.len; i++)
        if ((guchar)rest.at[i] < ' ' || rest.at[i] == 0x7f || (is_word && rest.at[i] == ' '))
            return false;
    return rest.len > 0 && rest.len + strlen("APOP  \r\n") + 32 <= POP3_LINE_MAX;
}

/* RFC 1939 §7: in angle brackets, in the form of a message id. Anything else might be chosen so that the
 * digests give the password away. */
static char *find_timestamp(struct span greeting)
{
    const char *from = memchr(greeting.at, '<', greeting.len), *to;
    size_t left = from != NULL ? greeting.len - (size_t)(from - greeting.at) : 0;

    to = from != NULL ? memchr(from, '>', left) : NULL;
    if (to == NULL || memchr(from, '@', (size_t)(to - from)) == NULL)
        return NULL;
    for (const char *at = from; at < to; at++)
        if (*at <= ' ' || *at > '~')
            return NULL;
    return g_strndup(from, (gsize)(to - from) + 1);
}

static void log_in(struct pop3_client *c, struct span greeting)
{
    const struct pop3_client_options *o = c->options;
    char *timestamp = o->apop ? find_timestamp(greeting) : NULL;

    enter(c, POP3_C_AUTHORIZATION);
    if (c->wants_quit) {
        ask_to_quit(c);
    } else if (!can_be_sent(o->user, true) || !can_be_sent(o->password, false)) {
        refuse_login(c, SPAN("-ERR The user name or the password cannot be sent by POP3"));
    } else if (timestamp != NULL) {
        char *digest = pop3_apop_digest(timestamp, o->password);

        ask(c, APOP, "APOP %s %s", o->user, digest);
        g_free(digest);
    } else {
        ask(c, USER, "USER %s", o->user);
    }
    g_free(timestamp);
}

/* ── Lists ── */

/* Number, space, the rest; 0 if that is not what it is. `after`: numbers ascend. */
static unsigned take_number(struct span *line, unsigned after)
{
    struct span word = span_take_word(line);
    uint64_t number;

    return span_number(word, UINT_MAX, &number) && number > after ? (unsigned)number : 0;
}

/* RFC 1939 §5, a scan listing: "1 120", and perhaps more that does not concern us. */
static void on_list_line(struct pop3_client *c, struct span line)
{
    unsigned number = take_number(&line, c->n > 0 ? c->list[c->n - 1].number : 0);
    uint64_t size;

    if (number == 0 || !span_number(span_take_word(&line), SIZE_MAX, &size)) {
        protocol_error(c, "LIST has a line that makes no sense");
        return;
    }
    if (c->n == POP3_LISTED_MAX) {
        protocol_error(c, "too many messages");
        return;
    }
    if (c->n == c->room) {
        c->room = c->room > 0 ? 2 * c->room : LISTED_ROOM;
        c->list = g_renew(struct pop3_listed, c->list, c->room);
    }
    c->list[c->n++] = (struct pop3_listed){ .number = number, .size = (size_t)size };
}

/* RFC 1939 §7: "1 whqtswO00WBw418f9t5JxYwZ". Of a message that LIST did not tell of, nothing is kept. */
static void on_uidl_line(struct pop3_client *c, struct span line)
{
    unsigned number = take_number(&line, 0);
    struct span uid = span_take_word(&line);
    struct pop3_listed *l;

    if (number == 0 || uid.len == 0 || uid.len >= sizeof l->uid || smtp_plain_len(uid) < uid.len) {
        protocol_error(c, "UIDL has a line that makes no sense");
        return;
    }
    while (c->n_uids < c->n && c->list[c->n_uids].number < number)
        c->n_uids++;
    l = c->n_uids < c->n ? &c->list[c->n_uids] : NULL;
    if (l != NULL && l->number == number)
        *mail_put(l->uid, uid) = '\0';
}

static void on_list_end(struct pop3_client *c)
{
    if (c->asked == LIST && c->options->uidl && c->n > 0)
        ask(c, UIDL, "UIDL");
    else
        become_ready(c);
}

/* ── Messages ── */

static void keep(struct pop3_client *c, struct span part)
{
    if (c->message == NULL)
        c->message = g_string_new(NULL);
    if (c->message->len + part.len > POP3_REPLY_MAX)
        protocol_error(c, "a message too long");
    else
        mail_append(c->message, part);
}

/* One octet where it matters what it is: at the start of a line and at its end. True: it was the end of the
 * message. */
static bool take_octet(struct pop3_client *c, char octet)
{
    switch (c->at) {
    case LINE_START:
        c->at = octet == '.' ? LINE_DOT : octet == '\r' ? LINE_CR : LINE_MIDDLE;
        if (octet != '.') /* RFC 1939 §3: it was doubled, or it is the last line */
            keep(c, span_bytes(&octet, 1));
        return false;
    case LINE_DOT:
        c->at = octet == '\r' ? LINE_DOT_CR : LINE_MIDDLE;
        if (octet != '\r')
            keep(c, span_bytes(&octet, 1));
        return false;
    case LINE_DOT_CR:
        if (octet == '\n')
            return true;
        c->at = octet == '\r' ? LINE_CR : LINE_MIDDLE;
        keep(c, SPAN("\r"));
        keep(c, span_bytes(&octet, 1));
        return false;
    case LINE_MIDDLE:
    case LINE_CR:
        c->at = octet == '\r' ? LINE_CR : c->at == LINE_CR && octet == '\n' ? LINE_START : LINE_MIDDLE;
        keep(c, span_bytes(&octet, 1));
        return false;
    }
    return false;
}

/* Takes what belongs to the message off `bytes`. True: that was all of it. */
static bool take_message(struct pop3_client *c, struct span *bytes)
{
    while (bytes->len > 0 && c->state != POP3_C_OVER) {
        const char *cr = c->at == LINE_MIDDLE ? memchr(bytes->at, '\r', bytes->len) : bytes->at;
        size_t plain = cr != NULL ? (size_t)(cr - bytes->at) : bytes->len;
        char octet;

        keep(c, span_bytes(bytes->at, plain));
        bytes->at += plain;
        bytes->len -= plain;
        if (bytes->len == 0)
            break;
        octet = *bytes->at++;
        bytes->len--;
        if (take_octet(c, octet))
            return true;
    }
    return false;
}

static void on_message_end(struct pop3_client *c)
{
    struct span all = c->message != NULL ? span_bytes(c->message->str, c->message->len) : SPAN("");

    c->events->on_message(c->self, c->number, all, c->asked == RETR);
    drop_message(c);
    become_ready(c);
}

/* ── Answers ── */

/* RFC 1939 §5: "+OK 2 320" */
static void on_stat(struct pop3_client *c, struct span text)
{
    uint64_t n, size;

    if (!span_number(span_take_word(&text), UINT_MAX, &n) ||
        !span_number(span_take_word(&text), UINT64_MAX, &size))
        protocol_error(c, "STAT makes no sense");
    else if (n == 0)
        become_ready(c);
    else
        ask(c, LIST, "LIST");
}

static void on_lines(struct pop3_client *c)
{
    c->in_lines = true;
    c->listing = 0;
    c->at = LINE_START;
}

static void on_ok(struct pop3_client *c, struct span line, struct span text)
{
    switch (c->asked) {
    case GREETING:
        log_in(c, line);
        return;
    case USER:
        ask(c, PASS, "PASS %s", c->options->password);
        return;
    case PASS:
    case APOP:
        enter(c, POP3_C_TRANSACTION);
        ask(c, STAT, "STAT");
        return;
    case STAT:
        on_stat(c, text);
        return;
    case LIST:
    case UIDL:
    case RETR:
    case TOP:
        on_lines(c);
        return;
    case DELE:
        c->events->on_deleted(c->self, c->number);
        become_ready(c);
        return;
    case RSET:
        become_ready(c);
        return;
    case QUIT:
        end(c, true, line);
        return;
    case NOTHING:
        return; /* asked before */
    }
}

static void on_err(struct pop3_client *c, struct span line)
{
    switch (c->asked) {
    case GREETING: /* RFC 1939 knows no such greeting: what could be said to it? */
    case STAT:
    case LIST:
    case QUIT: /* §6: some messages are still there */
        end(c, false, line);
        return;
    case USER:
    case PASS:
    case APOP:
        refuse_login(c, line);
        return;
    case UIDL: /* §7: it is optional */
        become_ready(c);
        return;
    case RETR:
    case TOP:
    case DELE:
    case RSET:
        c->events->on_refused(c->self, line);
        become_ready(c);
        return;
    case NOTHING:
        return;
    }
}

static void on_status(struct pop3_client *c, struct span line)
{
    struct span rest = line, status = span_take_word(&rest);

    if (span_is_nocase(status, SPAN("+OK")))
        on_ok(c, line, rest);
    else if (span_is_nocase(status, SPAN("-ERR")))
        on_err(c, line);
    else
        protocol_error(c, "neither +OK nor -ERR");
}

static void on_line(struct pop3_client *c, struct span line, unsigned flaws)
{
    c->listing += line.len + 2;
    if (flaws & SMTP_FLAW_LONG) {
        protocol_error(c, "a line too long");
    } else if (flaws & ~(unsigned)SMTP_FLAW_8BIT) {
        protocol_error(c, smtp_flaw_text(flaws));
    } else if (!c->in_lines) {
        on_status(c, line);
    } else if (span_is(line, SPAN("."))) {
        on_list_end(c);
    } else if (c->listing > POP3_REPLY_MAX) {
        protocol_error(c, "a list without end");
    } else if (c->asked == LIST) {
        on_list_line(c, line);
    } else {
        on_uidl_line(c, line);
    }
}

void pop3_client_feed(struct pop3_client *c, struct span bytes, GString *out)
{
    struct span line;
    unsigned flaws;

    c->out = out;
    while (bytes.len > 0 && c->state != POP3_C_OVER) {
        if (c->asked == NOTHING) {
            protocol_error(c, "an answer to nothing");
        } else if (c->in_lines && (c->asked == RETR || c->asked == TOP)) {
            if (take_message(c, &bytes))
                on_message_end(c);
        } else if (smtp_line_take(&c->line, STATUS_LINE_MAX, &bytes, &line, &flaws)) {
            on_line(c, line, flaws);
        } else if (c->line.flaws & SMTP_FLAW_LONG) {
            protocol_error(c, "a line too long"); /* whether its end would come or not */
        }
    }
}

void pop3_client_broken(struct pop3_client *c)
{
    end(c, false, SPAN("the connection is gone"));
}

/* ── Orders ── */

static void order(struct pop3_client *c, unsigned number, GString *out)
{
    assert(pop3_client_is_ready(c));
    c->out = out;
    c->number = number;
}

void pop3_client_retrieve(struct pop3_client *c, unsigned number, GString *out)
{
    order(c, number, out);
    ask(c, RETR, "RETR %u", number);
}

void pop3_client_top(struct pop3_client *c, unsigned number, unsigned lines, GString *out)
{
    order(c, number, out);
    ask(c, TOP, "TOP %u %u", number, lines);
}

void pop3_client_delete(struct pop3_client *c, unsigned number, GString *out)
{
    order(c, number, out);
    ask(c, DELE, "DELE %u", number);
}

void pop3_client_reset(struct pop3_client *c, GString *out)
{
    order(c, 0, out);
    ask(c, RSET, "RSET");
}

void pop3_client_quit(struct pop3_client *c, GString *out)
{
    c->out = out;
    c->wants_quit = true;
    if (pop3_client_is_ready(c))
        ask_to_quit(c);
}

bool pop3_client_is_ready(const struct pop3_client *c)
{
    return c->state == POP3_C_TRANSACTION && c->asked == NOTHING;
}

bool pop3_client_is_over(const struct pop3_client *c)
{
    return c->state == POP3_C_OVER;
}

enum pop3_client_state pop3_client_state(const struct pop3_client *c)
{
    return c->state;
}
