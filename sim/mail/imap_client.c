#include "mail/imap_client.h"

#include <assert.h>

#include "mail/imap_text.h"
#include "mail/text.h"

/* The command under way: its end changes the state. */
enum asked { NOTHING, GREETING, LOGIN, SELECT, CLOSE, IDLE, IDLING /* the "+" has come */, LOGOUT, OTHER };

struct imap_client {
    const struct imap_client_events *events;
    void *self;
    enum imap_client_state state;
    enum asked asked;
    struct imap_reply_reader reader;
    unsigned tag;     /* of the last command: a1, a2 … */
    char *folder;     /* the one selected, or about to be */
    unsigned n_exist; /* messages in it, as last told */
    bool said_bye;    /* the server, after LOGOUT */
    bool wants_done;  /* with IDLE, before it was answered */
    GString *out;     /* of the call under way */

    /* What is left of the command. It is sent up to each stop; there the server says "+" first. */
    GString *rest;
    size_t sent;   /* of `rest` */
    GArray *stops; /* of size_t: places in `rest`, ascending */
    unsigned n_stopped;
};

const char *imap_client_state_text(enum imap_client_state s)
{
    static const char *const texts[] = {
        "GREET", "NOT AUTHENTICATED", "AUTHENTICATED", "SELECTED", "IDLE", "LOGOUT", "OVER"
    };

    return texts[s];
}

struct imap_client *imap_client_new(const struct imap_client_events *e, void *self)
{
    struct imap_client *c = g_new0(struct imap_client, 1);

    c->events = e;
    c->self = self;
    c->asked = GREETING;
    c->rest = g_string_new(NULL);
    c->stops = g_array_new(FALSE, FALSE, sizeof(size_t));
    imap_reply_reader_init(&c->reader);
    return c;
}

void imap_client_free(struct imap_client **c)
{
    struct imap_client *gone = *c;

    *c = NULL;
    if (gone == NULL)
        return;
    imap_reply_reader_release(&gone->reader);
    g_string_free(gone->rest, TRUE);
    g_free(gone->folder);
    g_free(gone);
}

static void enter(struct imap_client *c, enum imap_client_state now)
{
    enum imap_client_state before = c->state;

    c->state = now;
    if (now != before && c->events->on_state != NULL)
        c->events->on_state(c->self, before, now);
}

static void end(struct imap_client *c, bool in_order, struct span line)
{
    if (c->state == IMAP_C_OVER)
        return;
    c->asked = NOTHING;
    enter(c, IMAP_C_OVER);
    c->events->on_end(c->self, in_order, line);
}

static void protocol_error(struct imap_client *c, const char *what)
{
    char text[128];
    int len = g_snprintf(text, sizeof text, "protocol error: %s", what);

    end(c, false, span_bytes(text, (size_t)len));
}

/* ── Commands: begin, put words, send ── */

static void forget_rest(struct imap_client *c)
{
    g_string_truncate(c->rest, 0);
    g_array_set_size(c->stops, 0);
    c->sent = c->n_stopped = 0;
}

static void begin(struct imap_client *c, enum asked what, const char *verb, GString *out)
{
    assert(imap_client_is_ready(c));
    c->out = out;
    c->asked = what;
    forget_rest(c);
    g_string_printf(c->rest, "a%u %s", ++c->tag, verb);
}

/* RFC 3501 §4.3: what was put last, from `from` on, may be a literal; its octets wait. */
static void stop_at_literal(struct imap_client *c, size_t from)
{
    const char *lf;
    size_t stop;

    if (c->rest->str[from] != '{')
        return;
    lf = memchr(c->rest->str + from, '\n', c->rest->len - from);
    assert(lf != NULL);
    stop = (size_t)(lf - c->rest->str) + 1;
    g_array_append_val(c->stops, stop);
}

static void put_astring(struct imap_client *c, const char *text)
{
    size_t from;

    mail_append(c->rest, SPAN(" "));
    from = c->rest->len;
    imap_put_astring(c->rest, span_of(text));
    stop_at_literal(c, from);
}

static void put_folder(struct imap_client *c, const char *name)
{
    size_t from;

    mail_append(c->rest, SPAN(" "));
    from = c->rest->len;
    imap_put_folder_name(c->rest, span_of(name));
    stop_at_literal(c, from);
}

/* Up to the next stop, or all. */
static void send_on(struct imap_client *c)
{
    size_t end = c->n_stopped < c->stops->len ? g_array_index(c->stops, size_t, c->n_stopped++)
                                              : c->rest->len;

    mail_append(c->out, span_bytes(c->rest->str + c->sent, end - c->sent));
    c->sent = end;
}

static void send_off(struct imap_client *c)
{
    mail_append(c->rest, SPAN("\r\n"));
    send_on(c);
}

void imap_client_login(struct imap_client *c, const char *user, const char *password, GString *out)
{
    assert(c->state == IMAP_C_NOT_AUTHENTICATED);
    begin(c, LOGIN, "LOGIN", out);
    put_astring(c, user);
    put_astring(c, password);
    send_off(c);
}

/* RFC 4616: no one else to act as, the user, the password, each behind a NUL but the first. */
void imap_client_authenticate_plain(struct imap_client *c, const char *user, const char *password,
                                    GString *out)
{
    GString *all = g_string_new(NULL);
    char *coded;
    size_t stop;

    assert(c->state == IMAP_C_NOT_AUTHENTICATED);
    g_string_append_c(all, '\0');
    g_string_append(all, user);
    g_string_append_c(all, '\0');
    g_string_append(all, password);
    coded = g_base64_encode((const guchar *)all->str, all->len);
    begin(c, LOGIN, "AUTHENTICATE PLAIN\r\n", out);
    stop = c->rest->len;
    g_array_append_val(c->stops, stop);
    g_string_append(c->rest, coded);
    send_off(c);
    g_free(coded);
    g_string_free(all, TRUE);
}

static void close_folder(struct imap_client *c)
{
    c->n_exist = 0;
    enter(c, IMAP_C_AUTHENTICATED);
}

/* RFC 3501 §6.3.1: the folder that was open is no longer, whatever comes of it. */
void imap_client_select(struct imap_client *c, const char *folder, bool to_read_only, GString *out)
{
    assert(c->state == IMAP_C_AUTHENTICATED || c->state == IMAP_C_SELECTED);
    begin(c, SELECT, to_read_only ? "EXAMINE" : "SELECT", out);
    put_folder(c, folder);
    g_free(c->folder);
    c->folder = g_strdup(folder);
    close_folder(c);
    send_off(c);
}

void imap_client_append(struct imap_client *c, const char *folder, const char *flags, struct span message,
                        GString *out)
{
    size_t from;

    assert(c->state == IMAP_C_AUTHENTICATED || c->state == IMAP_C_SELECTED);
    begin(c, OTHER, "APPEND", out);
    put_folder(c, folder);
    if (flags != NULL && flags[0] != '\0')
        g_string_append_printf(c->rest, " (%s)", flags);
    mail_append(c->rest, SPAN(" "));
    from = c->rest->len;
    imap_put_literal(c->rest, message);
    stop_at_literal(c, from);
    send_off(c);
}

/* Who deletes the folder he has open has none open then. RFC 3501 does not say so; ours does it, and if
 * another server keeps it, nothing comes of that but to select again. */
void imap_client_folders(struct imap_client *c, const char *verb, const char *a, const char *b, GString *out)
{
    bool is_own = c->state == IMAP_C_SELECTED && strcmp(verb, "DELETE") == 0 && strcmp(a, c->folder) == 0;

    assert(c->state == IMAP_C_AUTHENTICATED || c->state == IMAP_C_SELECTED);
    begin(c, is_own ? CLOSE : OTHER, verb, out);
    put_folder(c, a);
    if (b != NULL)
        put_folder(c, b);
    send_off(c);
}

static bool is_one_line(struct span line)
{
    for (size_t i = 0; i < line.len; i++)
        if (line.at[i] < ' ' || line.at[i] > '~')
            return false;
    return line.len > 0 && line.at[line.len - 1] != '}';
}

/* Of the commands that are sent as they are, those that change the state. */
static enum asked asked_by(struct span line)
{
    struct span verb = span_take_word(&line);

    assert(!span_is_nocase(verb, SPAN("LOGIN")) && !span_is_nocase(verb, SPAN("AUTHENTICATE")) &&
           !span_is_nocase(verb, SPAN("SELECT")) && !span_is_nocase(verb, SPAN("EXAMINE")) &&
           !span_is_nocase(verb, SPAN("IDLE")));
    return span_is_nocase(verb, SPAN("LOGOUT"))                                            ? LOGOUT
           : span_is_nocase(verb, SPAN("CLOSE")) || span_is_nocase(verb, SPAN("UNSELECT")) ? CLOSE
                                                                                           : OTHER;
}

void imap_client_command(struct imap_client *c, const char *line, GString *out)
{
    assert(is_one_line(span_of(line)));
    begin(c, asked_by(span_of(line)), line, out);
    send_off(c);
    if (c->asked == LOGOUT)
        enter(c, IMAP_C_LOGOUT);
}

void imap_client_to_folder(struct imap_client *c, const char *line, const char *folder, GString *out)
{
    assert(is_one_line(span_of(line)) && asked_by(span_of(line)) == OTHER);
    begin(c, OTHER, line, out);
    put_folder(c, folder);
    send_off(c);
}

/* ── SEARCH: keys as people write them ── */

/* Of the quoted string that `text` begins with, with its quotes; 0: it is not closed. */
static size_t quoted_len(struct span text)
{
    for (size_t i = 1; i < text.len; i++) {
        if (text.at[i] == '"')
            return i + 1;
        i += text.at[i] == '\\';
    }
    return 0;
}

/* Off `rest`: a quoted string, a word, or one of the characters between them. Empty: a quote is open, or a
 * word would announce a literal. */
static struct span take_piece(struct span *rest)
{
    struct span piece = span_bytes(rest->at, 1);

    if (rest->at[0] == '"')
        piece.len = quoted_len(*rest);
    else if (strchr(" ()", rest->at[0]) == NULL)
        while (piece.len < rest->len && strchr(" ()\"", rest->at[piece.len]) == NULL)
            piece.len++;
    if (rest->at[0] != '"' && memchr(piece.at, '{', piece.len) != NULL)
        piece.len = 0;
    rest->at += piece.len;
    rest->len -= piece.len;
    return piece;
}

/* UTF-8 without control characters, and pieces all of it. */
static bool can_be_searched(const char *keys)
{
    struct span rest = span_of(keys);

    for (size_t i = 0; i < rest.len; i++)
        if ((guchar)rest.at[i] < ' ' || rest.at[i] == 0x7f)
            return false;
    while (rest.len > 0)
        if (take_piece(&rest).len == 0)
            return false;
    return g_utf8_validate(keys, -1, NULL);
}

static bool is_ascii(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((guchar)text.at[i] > 0x7f)
            return false;
    return true;
}

/* RFC 3501 §4.3: what is no ASCII cannot stand in quotes. */
static void put_as_literal(struct imap_client *c, struct span piece)
{
    GString *text = g_string_new(NULL);
    size_t from = c->rest->len;
    bool is_quoted = piece.at[0] == '"';

    for (size_t i = is_quoted; i < piece.len - is_quoted; i++) {
        if (is_quoted && piece.at[i] == '\\')
            i++;
        g_string_append_c(text, piece.at[i]);
    }
    imap_put_literal(c->rest, span_bytes(text->str, text->len));
    stop_at_literal(c, from);
    g_string_free(text, TRUE);
}

bool imap_client_search(struct imap_client *c, const char *verb, const char *keys, GString *out)
{
    struct span rest = span_of(keys);

    if (!can_be_searched(keys))
        return false;
    begin(c, OTHER, verb, out);
    mail_append(c->rest, is_ascii(rest) ? SPAN(" ") : SPAN(" CHARSET UTF-8 "));
    while (rest.len > 0) {
        struct span piece = take_piece(&rest);

        if (is_ascii(piece))
            mail_append(c->rest, piece);
        else
            put_as_literal(c, piece);
    }
    send_off(c);
    return true;
}

/* RFC 2177 §3: DONE waits for the "+" too. */
void imap_client_idle(struct imap_client *c, GString *out)
{
    assert(c->state == IMAP_C_SELECTED);
    begin(c, IDLE, "IDLE", out);
    c->wants_done = false;
    send_off(c);
}

static void say_done(struct imap_client *c)
{
    mail_append(c->out, SPAN("DONE\r\n"));
    enter(c, IMAP_C_SELECTED);
}

void imap_client_idle_done(struct imap_client *c, GString *out)
{
    c->out = out;
    if (c->state == IMAP_C_IDLE)
        say_done(c);
    else
        c->wants_done = c->asked == IDLE;
}

/* ── Responses ── */

static void on_go_on(struct imap_client *c)
{
    if (c->rest->len > c->sent) {
        send_on(c);
    } else if (c->asked == IDLE) {
        c->asked = IDLING;
        enter(c, IMAP_C_IDLE);
        if (c->wants_done)
            say_done(c);
    } else {
        protocol_error(c, "a \"+\" that nothing waits for");
    }
}

static void become_ready(struct imap_client *c, const char *status, struct span line)
{
    c->asked = NOTHING;
    forget_rest(c);
    c->events->on_done(c->self, status, line);
}

static void on_greeting(struct imap_client *c, const struct imap_reply *r)
{
    bool is_known = strcmp(r->status, "PREAUTH") == 0;

    if (!is_known && strcmp(r->status, "OK") != 0) {
        protocol_error(c, "this greets nobody");
        return;
    }
    enter(c, is_known ? IMAP_C_AUTHENTICATED : IMAP_C_NOT_AUTHENTICATED);
    become_ready(c, "", r->text);
}

static void tell_code(struct imap_client *c, const struct imap_reply *r)
{
    if (r->code.len > 0)
        c->events->on_code(c->self, r->code, r->code_number);
}

static void on_status(struct imap_client *c, const struct imap_reply *r)
{
    bool is_bye = strcmp(r->status, "BYE") == 0;

    if (is_bye && c->state != IMAP_C_LOGOUT) {
        end(c, false, span_bytes(r->all.at + 2, r->all.len - 2));
        return;
    }
    c->said_bye = c->said_bye || is_bye;
    tell_code(c, r);
    if (c->asked == GREETING)
        on_greeting(c, r);
}

/* RFC 3501 §3: what the end of a command makes of the state. */
static void on_tagged(struct imap_client *c, const struct imap_reply *r)
{
    bool is_ok = strcmp(r->status, "OK") == 0;
    enum asked asked = c->asked;
    char tag[16];

    g_snprintf(tag, sizeof tag, "a%u", c->tag);
    if (asked == NOTHING || asked == GREETING || !span_is(r->tag, span_of(tag))) {
        protocol_error(c, "the end of a command that was not given");
        return;
    }
    tell_code(c, r);
    if (asked == LOGOUT) {
        end(c, is_ok, is_ok ? r->text : r->all);
        return;
    }
    if (is_ok && asked == LOGIN)
        enter(c, IMAP_C_AUTHENTICATED);
    else if (is_ok && asked == SELECT)
        enter(c, IMAP_C_SELECTED);
    else if (is_ok && asked == CLOSE)
        close_folder(c);
    else if (asked == IDLING)
        enter(c, IMAP_C_SELECTED);
    become_ready(c, r->status, r->text);
}

/* RFC 3501 §7.3.1: only EXPUNGE makes it less, and SELECT. */
static void on_exists(struct imap_client *c, unsigned n)
{
    if (n > IMAP_EXISTS_MAX || (n < c->n_exist && c->asked != SELECT)) {
        protocol_error(c, n > IMAP_EXISTS_MAX ? "too many messages" : "fewer messages without EXPUNGE");
        return;
    }
    c->n_exist = n;
    c->events->on_exists(c->self, n);
}

/* Responses about a message: it must be there. While SELECT is under way, it may be one of the folder that
 * was open: then it is not told. */
static bool is_there(struct imap_client *c, unsigned number)
{
    if (number <= c->n_exist)
        return true;
    if (c->asked == SELECT)
        return false;
    protocol_error(c, "a message that does not exist");
    return false;
}

static void on_reply(struct imap_client *c, enum imap_reply_kind kind, const struct imap_reply *r)
{
    if (c->asked == GREETING && kind != IMAP_REPLY_STATUS && kind != IMAP_REPLY_BROKEN) {
        protocol_error(c, "no greeting");
        return;
    }
    switch (kind) {
    case IMAP_REPLY_NONE:
        return;
    case IMAP_REPLY_BROKEN:
        protocol_error(c, r->wrong);
        return;
    case IMAP_REPLY_GO_ON:
        on_go_on(c);
        return;
    case IMAP_REPLY_TAGGED:
        on_tagged(c, r);
        return;
    case IMAP_REPLY_STATUS:
        on_status(c, r);
        return;
    case IMAP_REPLY_EXISTS:
        on_exists(c, r->number);
        return;
    case IMAP_REPLY_RECENT:
        if (r->number <= c->n_exist || c->asked == SELECT) /* there it may come before EXISTS */
            c->events->on_recent(c->self, r->number);
        return;
    case IMAP_REPLY_EXPUNGE:
        if (is_there(c, r->number)) {
            c->n_exist--;
            c->events->on_expunge(c->self, r->number);
        }
        return;
    case IMAP_REPLY_FETCH:
        if (is_there(c, r->number))
            c->events->on_fetch(c->self, &r->fetched);
        return;
    case IMAP_REPLY_LIST:
        c->events->on_list(c->self, &r->listed);
        return;
    case IMAP_REPLY_SEARCH:
        c->events->on_search(c->self, r->found, r->n_found);
        return;
    case IMAP_REPLY_OTHER:
        if (c->events->on_other != NULL)
            c->events->on_other(c->self, r->all);
        return;
    }
}

void imap_client_feed(struct imap_client *c, struct span bytes, GString *out)
{
    struct imap_reply r;

    c->out = out;
    while (c->state != IMAP_C_OVER && bytes.len > 0) {
        enum imap_reply_kind kind = imap_reply_read(&c->reader, &bytes, &r);

        if (kind != IMAP_REPLY_NONE)
            on_reply(c, kind, &r);
    }
}

/* RFC 3501 §3.4: a server may close behind its BYE. */
void imap_client_broken(struct imap_client *c)
{
    end(c, c->said_bye, SPAN("the connection is gone"));
}

bool imap_client_is_ready(const struct imap_client *c)
{
    return c->asked == NOTHING && c->state != IMAP_C_OVER && c->state != IMAP_C_GREET;
}

bool imap_client_is_over(const struct imap_client *c)
{
    return c->state == IMAP_C_OVER;
}

enum imap_client_state imap_client_state(const struct imap_client *c)
{
    return c->state;
}
