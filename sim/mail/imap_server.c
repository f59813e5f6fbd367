#include "mail/imap_server.h"

#include <assert.h>
#include <stdarg.h>

#include "mail/imap_server_internal.h"
#include "mail/imap_text.h"
#include "mail/text.h"

static const char capabilities[] = "CAPABILITY IMAP4rev1 SASL-IR LITERAL+ AUTH=PLAIN IDLE NAMESPACE CHILDREN "
                                   "UIDPLUS MOVE UNSELECT";

const char *imap_server_state_text(enum imap_server_state s)
{
    static const char *const texts[] = { "GREET", "NOT AUTHENTICATED", "AUTHENTICATED", "SELECTED",
                                         "LOGOUT" };

    return texts[s];
}

static void on_news(void *self)
{
    struct imap_server *s = self;

    if (s->is_idling && s->policy->on_news != NULL)
        s->policy->on_news(s->self);
}

struct imap_server *imap_server_new(const struct imap_server_options *o, const struct imap_policy *p,
                                    void *self)
{
    struct imap_server *s = g_new0(struct imap_server, 1);

    s->options = o;
    s->policy = p;
    s->self = self;
    s->tag = g_string_new(NULL);
    imap_input_init(&s->input, IMAP_LINE_MAX);
    imap_args_init(&s->args);
    imap_view_init(&s->view, on_news, s);
    return s;
}

void imap_server_free(struct imap_server **s)
{
    struct imap_server *gone = *s;

    *s = NULL;
    if (gone == NULL)
        return;
    imap_view_close(&gone->view);
    imap_args_release(&gone->args);
    imap_input_release(&gone->input);
    g_string_free(gone->tag, TRUE);
    g_free(gone);
}

static void enter(struct imap_server *s, enum imap_server_state now)
{
    enum imap_server_state before = s->state;

    if (s->over)
        now = IMAP_S_LOGOUT;
    if (now != IMAP_S_SELECTED)
        imap_view_close(&s->view);
    if (now == IMAP_S_LOGOUT)
        s->is_idling = s->is_answering = false;
    s->state = now;
    if (now != before && s->policy->on_state != NULL)
        s->policy->on_state(s->self, before, now);
}

/* ── Replies ── */

static void said(struct imap_server *s, struct span tag, const char *status, size_t begun, uint32_t mail)
{
    if (s->policy->on_reply != NULL)
        s->policy->on_reply(s->self, tag, status, span_bytes(s->out->str + begun, s->out->len - begun), mail);
}

size_t imap_begin(struct imap_server *s)
{
    g_string_append(s->out, "* ");
    return s->out->len - 2;
}

void imap_end(struct imap_server *s, size_t begun, uint32_t mail)
{
    g_string_append(s->out, "\r\n");
    said(s, SPAN("*"), "", begun, mail);
}

void imap_say(struct imap_server *s, const char *status, const char *format, ...)
{
    size_t begun = imap_begin(s);
    va_list args;

    g_string_append(s->out, status);
    if (status[0] != '\0')
        g_string_append_c(s->out, ' ');
    va_start(args, format);
    g_string_append_vprintf(s->out, format, args);
    va_end(args);
    g_string_append(s->out, "\r\n");
    said(s, SPAN("*"), status, begun, 0);
}

void imap_go_on(struct imap_server *s, const char *text)
{
    size_t begun = s->out->len;

    g_string_append_printf(s->out, "+ %s\r\n", text);
    said(s, SPAN("+"), "", begun, 0);
}

/* The last word (§7.1.5). */
static void say_bye(struct imap_server *s, const char *text)
{
    imap_say(s, "BYE", "%s", text);
    s->over = true;
}

static void reply(struct imap_server *s, const char *status, const char *text)
{
    size_t begun = s->out->len;
    struct span tag = s->tag->len > 0 ? span_bytes(s->tag->str, s->tag->len) : SPAN("*"); /* §7.1.3 */

    mail_append(s->out, tag);
    g_string_append_printf(s->out, " %s %s\r\n", status, text);
    said(s, tag, status, begun, 0);
}

/* ── What others do ── */

static void say_expunge(void *self, unsigned number)
{
    imap_say(self, "", "%u EXPUNGE", number);
}

void imap_say_flags(struct imap_server *s)
{
    struct mail_folder *f = s->view.folder;
    unsigned n = f->keywords != NULL ? f->keywords->len : 0;
    GString *flags = g_string_new(NULL);

    mail_flags_text(f, UINT32_MAX, flags);
    imap_say(s, "", "FLAGS (%s)", flags->str);
    if (s->view.is_read_only)
        imap_say(s, "OK", "[PERMANENTFLAGS ()] Read-only");
    else
        imap_say(s, "OK", "[PERMANENTFLAGS (%s%s)] Flags that stay", flags->str,
                 n < MAIL_KEYWORDS_MAX ? " \\*" : "");
    s->view.n_keywords = n;
    g_string_free(flags, TRUE);
}

static void say_changed_flags(struct imap_server *s)
{
    for (unsigned i = 0; i < s->view.n && s->view.n_changed > 0; i++) {
        size_t begun;

        if (!s->view.messages[i].is_changed)
            continue;
        begun = imap_begin(s);
        g_string_append_printf(s->out, "%u FETCH (FLAGS (", i + 1);
        imap_view_flags_text(&s->view, i, s->out);
        g_string_append(s->out, "))");
        imap_view_told(&s->view, i);
        imap_end(s, begun, s->view.messages[i].message->mail);
    }
}

void imap_update(struct imap_server *s, bool with_expunges)
{
    struct imap_view *v = &s->view;

    if (v->folder == NULL)
        return;
    if (with_expunges)
        imap_view_strike(v, say_expunge, s);
    if (imap_view_take_new(v) > 0) {
        imap_say(s, "", "%u EXISTS", v->n);
        imap_say(s, "", "%u RECENT", v->n_recent);
    }
    if (v->folder->keywords != NULL && v->folder->keywords->len > v->n_keywords)
        imap_say_flags(s);
    say_changed_flags(s);
}

/* ── Commands ── */

static imap_handler on_capability, on_noop, on_logout, on_login, on_authenticate, on_idle;

#define IN(state) (1u << IMAP_S_##state)
#define LOGGED_IN (IN(AUTHENTICATED) | IN(SELECTED))
#define ANY       (IN(NOT_AUTHENTICATED) | LOGGED_IN)

/* What may be told before the reply. A command whose numbers are of messages must not see them move (§7.4.1);
 * one that leaves the folder tells nothing more of it. */
enum tells { TELLS_NOTHING, TELLS_NO_EXPUNGE, TELLS_ALL };

static const struct imap_verb {
    const char *name;
    unsigned in; /* states that accept it */
    imap_handler *run;
    enum tells tells;
    const char *args; /* how they are written, for BAD */
} verbs[] = {
    { "CAPABILITY", ANY, on_capability, TELLS_ALL, "" }, /* RFC 3501 §6.1.1 */
    { "NOOP", ANY, on_noop, TELLS_ALL, "" },             /* §6.1.2 */
    { "LOGOUT", ANY, on_logout, TELLS_NOTHING, "" },     /* §6.1.3 */
    { "AUTHENTICATE", IN(NOT_AUTHENTICATED), on_authenticate, TELLS_NOTHING,
      "mechanism [initial-response]" },                                           /* §6.2.2, RFC 4959 */
    { "LOGIN", IN(NOT_AUTHENTICATED), on_login, TELLS_NOTHING, "user password" }, /* §6.2.3 */
    { "SELECT", LOGGED_IN, imap_on_select, TELLS_NOTHING, "folder" },             /* §6.3.1 */
    { "EXAMINE", LOGGED_IN, imap_on_examine, TELLS_NOTHING, "folder" },           /* §6.3.2 */
    { "CREATE", LOGGED_IN, imap_on_create, TELLS_ALL, "folder" },                 /* §6.3.3 */
    { "DELETE", LOGGED_IN, imap_on_delete, TELLS_ALL, "folder" },                 /* §6.3.4 */
    { "RENAME", LOGGED_IN, imap_on_rename, TELLS_ALL, "folder new-name" },        /* §6.3.5 */
    { "SUBSCRIBE", LOGGED_IN, imap_on_subscribe, TELLS_ALL, "folder" },           /* §6.3.6 */
    { "UNSUBSCRIBE", LOGGED_IN, imap_on_unsubscribe, TELLS_ALL, "folder" },       /* §6.3.7 */
    { "LIST", LOGGED_IN, imap_on_list, TELLS_ALL, "reference pattern" },          /* §6.3.8 */
    { "LSUB", LOGGED_IN, imap_on_lsub, TELLS_ALL, "reference pattern" },          /* §6.3.9 */
    { "STATUS", LOGGED_IN, imap_on_status, TELLS_ALL, "folder (items)" },         /* §6.3.10 */
    { "APPEND", LOGGED_IN, imap_on_append, TELLS_ALL,
      "folder [(flags)] [\"date time\"] {size}" },                     /* §6.3.11 */
    { "NAMESPACE", LOGGED_IN, imap_on_namespace, TELLS_ALL, "" },      /* RFC 2342 §5 */
    { "IDLE", LOGGED_IN, on_idle, TELLS_ALL, "" },                     /* RFC 2177 §3 */
    { "CHECK", IN(SELECTED), imap_on_check, TELLS_ALL, "" },           /* RFC 3501 §6.4.1 */
    { "CLOSE", IN(SELECTED), imap_on_close, TELLS_NOTHING, "" },       /* §6.4.2 */
    { "UNSELECT", IN(SELECTED), imap_on_unselect, TELLS_NOTHING, "" }, /* RFC 3691 §2 */
    { "EXPUNGE", IN(SELECTED), imap_on_expunge, TELLS_ALL, "" },       /* RFC 3501 §6.4.3 */
    { "SEARCH", IN(SELECTED), imap_on_search, TELLS_NO_EXPUNGE, "[CHARSET name] keys" }, /* §6.4.4 */
    { "FETCH", IN(SELECTED), imap_on_fetch, TELLS_NO_EXPUNGE, "numbers items" },         /* §6.4.5 */
    { "STORE", IN(SELECTED), imap_on_store, TELLS_NO_EXPUNGE,
      "numbers [+|-]FLAGS[.SILENT] flags" },                                          /* §6.4.6 */
    { "COPY", IN(SELECTED), imap_on_copy, TELLS_ALL, "numbers folder" },              /* §6.4.7 */
    { "MOVE", IN(SELECTED), imap_on_move, TELLS_ALL, "numbers folder" },              /* RFC 6851 §3.1 */
    { "UID EXPUNGE", IN(SELECTED), imap_on_expunge, TELLS_ALL, "uids" },              /* RFC 4315 §2.1 */
    { "UID SEARCH", IN(SELECTED), imap_on_search, TELLS_ALL, "[CHARSET name] keys" }, /* RFC 3501 §6.4.8 */
    { "UID FETCH", IN(SELECTED), imap_on_fetch, TELLS_ALL, "uids items" },
    { "UID STORE", IN(SELECTED), imap_on_store, TELLS_ALL, "uids [+|-]FLAGS[.SILENT] flags" },
    { "UID COPY", IN(SELECTED), imap_on_copy, TELLS_ALL, "uids folder" },
    { "UID MOVE", IN(SELECTED), imap_on_move, TELLS_ALL, "uids folder" }, /* RFC 6851 §3.2 */
};

static enum imap_server_state finish(struct imap_server *s, const char *status, const char *text)
{
    enum tells tells = s->verb != NULL ? s->verb->tells : TELLS_NOTHING;

    if (tells != TELLS_NOTHING)
        imap_update(s, tells == TELLS_ALL);
    reply(s, status, text);
    return s->state;
}

enum imap_server_state imap_ok(struct imap_server *s, const char *text)
{
    return finish(s, "OK", text);
}

const char *imap_verb_name(const struct imap_server *s)
{
    return s->verb->name;
}

enum imap_server_state imap_completed(struct imap_server *s)
{
    char text[32];

    g_snprintf(text, sizeof text, "%s completed", s->verb->name);
    return imap_ok(s, text);
}

enum imap_server_state imap_no(struct imap_server *s, const char *text)
{
    return finish(s, "NO", text);
}

enum imap_server_state imap_bad(struct imap_server *s, const char *text)
{
    reply(s, "BAD", text);
    if (++s->bad > IMAP_BAD_COMMANDS_MAX)
        say_bye(s, "Too many bad commands");
    return s->state;
}

enum imap_server_state imap_bad_args(struct imap_server *s)
{
    const struct imap_verb *v = s->verb;
    char text[200];

    g_snprintf(text, sizeof text, "Expected %s. Syntax: %s%s%s", s->args.fault, v->name,
               v->args[0] != '\0' ? " " : "", v->args);
    return imap_bad(s, text);
}

/* The verb, "UID" with the one behind it. */
static const struct imap_verb *take_verb(struct imap_args *a)
{
    struct span word = imap_args_take_atom(a, "a command");
    bool by_uid = span_is_nocase(word, SPAN("UID"));

    if (by_uid) {
        imap_args_take_space(a);
        word = imap_args_take_atom(a, "a command");
    }
    for (size_t i = 0; i < G_N_ELEMENTS(verbs) && a->fault == NULL; i++) {
        struct span name = span_of(verbs[i].name);

        if (by_uid && span_starts_nocase(name, SPAN("UID ")))
            name = span_bytes(name.at + 4, name.len - 4);
        else if (by_uid)
            continue;
        if (span_is_nocase(word, name))
            return &verbs[i];
    }
    return NULL;
}

/* As much of a command as says whose and which it is. */
static void begin_command(struct imap_server *s)
{
    struct imap_args *a = &s->args;
    struct span tag;

    imap_args_start(a, span_bytes(s->input.text->str, s->input.text->len));
    tag = imap_args_take_tag(a);
    g_string_truncate(s->tag, 0);
    if (a->fault == NULL && imap_args_peek(a) == ' ')
        g_string_append_len(s->tag, tag.at, (gssize)tag.len);
    imap_args_take_space(a);
    s->verb = take_verb(a);
    s->by_uid = s->verb != NULL && g_str_has_prefix(s->verb->name, "UID ");
}

static void tell_command(struct imap_server *s, const char *verb)
{
    if (!s->is_told && s->policy->on_command != NULL)
        s->policy->on_command(s->self, span_bytes(s->tag->str, s->tag->len), verb,
                              imap_input_first_line(&s->input));
    s->is_told = true;
}

/* Why this command can't be run at all; NULL: it can. */
static const char *what_is_wrong(const struct imap_server *s)
{
    if (s->tag->len == 0)
        return "Expected a tag, a space and a command";
    if (s->verb == NULL)
        return "Unknown command";
    if (s->verb->in & (1u << s->state))
        return NULL;
    if (s->state == IMAP_S_NOT_AUTHENTICATED)
        return "Log in first";
    return s->verb->in & IN(SELECTED) ? "Select a folder first" : "Already logged in";
}

static void run(struct imap_server *s)
{
    const char *wrong;

    begin_command(s);
    tell_command(s, s->verb != NULL ? s->verb->name : "");
    s->is_told = false; /* the next one */
    wrong = what_is_wrong(s);
    if (wrong != NULL)
        enter(s, imap_bad(s, wrong));
    else
        enter(s, s->verb->run(s));
}

/* An argument-less command's end. */
static bool ends(struct imap_server *s)
{
    imap_args_take_end(&s->args);
    return s->args.fault == NULL;
}

static enum imap_server_state on_capability(struct imap_server *s)
{
    if (!ends(s))
        return imap_bad_args(s);
    imap_say(s, "", "%s", capabilities);
    return imap_completed(s);
}

static enum imap_server_state on_noop(struct imap_server *s)
{
    return ends(s) ? imap_completed(s) : imap_bad_args(s);
}

static enum imap_server_state on_logout(struct imap_server *s)
{
    if (!ends(s))
        return imap_bad_args(s);
    imap_say(s, "BYE", "%s logging out", s->options->hostname);
    imap_completed(s);
    s->over = true;
    return IMAP_S_LOGOUT;
}

/* ── Who it is ── */

static enum imap_server_state log_in(struct imap_server *s, struct span user, struct span password)
{
    s->box = s->policy->on_login(s->self, user, password);
    if (s->box != NULL) {
        imap_completed(s);
        return IMAP_S_AUTHENTICATED;
    }
    imap_no(s, "[AUTHENTICATIONFAILED] Wrong user or password");
    if (++s->logins >= IMAP_LOGINS_MAX)
        say_bye(s, "Too many wrong logins");
    return s->state;
}

static enum imap_server_state on_login(struct imap_server *s)
{
    struct imap_args *a = &s->args;
    struct span user, password;

    imap_args_take_space(a);
    user = imap_args_take_astring(a, "a user's name");
    imap_args_take_space(a);
    password = imap_args_take_astring(a, "a password");
    return ends(s) ? log_in(s, user, password) : imap_bad_args(s);
}

/* A message of SASL PLAIN in base64 (RFC 4616 §2): [authorization identity] NUL user NUL password. */
static enum imap_server_state log_in_plain(struct imap_server *s, struct span base64)
{
    char *text = g_strndup(base64.at, base64.len), *again;
    gsize len;
    guchar *plain;
    const char *user, *password;
    enum imap_server_state now;

    plain = g_base64_decode(text, &len);
    again = g_base64_encode(plain, len);
    user = memchr(plain, '\0', len);
    user = user != NULL ? user + 1 : NULL;
    password = user != NULL ? memchr(user, '\0', len - (gsize)(user - (char *)plain)) : NULL;
    password = password != NULL ? password + 1 : NULL;
    if (!span_is(span_of(again), base64)) { /* decoders bear with anything */
        now = imap_bad(s, "That is no base64");
    } else if (password == NULL || memchr(password, '\0', len - (gsize)(password - (char *)plain)) != NULL) {
        now = imap_bad(s, "PLAIN is [identity] NUL user NUL password");
    } else {
        struct span identity = span_of((char *)plain), name = span_of(user);

        if (identity.len > 0 && !span_is(identity, name))
            now = imap_no(s, "[AUTHORIZATIONFAILED] Nobody acts for another here");
        else
            now = log_in(s, name, span_bytes(password, len - (gsize)(password - (char *)plain)));
    }
    g_free(again);
    g_free(plain);
    g_free(text);
    return now;
}

static enum imap_server_state on_authenticate(struct imap_server *s)
{
    struct imap_args *a = &s->args;
    struct span mechanism, initial = SPAN("");
    bool has_initial;

    imap_args_take_space(a);
    mechanism = imap_args_take_atom(a, "a mechanism");
    has_initial = imap_args_take_if(a, ' ');
    if (has_initial)
        initial = imap_args_take_atom(a, "a response in base64");
    if (!ends(s))
        return imap_bad_args(s);
    if (!span_is_nocase(mechanism, SPAN("PLAIN")))
        return imap_no(s, "The only mechanism here is PLAIN");
    if (has_initial) /* "=": it is empty (RFC 4959 §3) */
        return log_in_plain(s, span_is(initial, SPAN("=")) ? SPAN("") : initial);
    s->is_answering = true;
    imap_go_on(s, "");
    return s->state;
}

/* The command's line without its end; false if that was no CRLF. */
static bool line_of(struct imap_server *s, struct span *line_out)
{
    *line_out = span_bytes(s->input.text->str, s->input.text->len);
    if (line_out->len < 2 || line_out->at[line_out->len - 2] != '\r')
        return false;
    line_out->len -= 2;
    return true;
}

static void on_answer(struct imap_server *s)
{
    struct span line;

    tell_command(s, "AUTHENTICATE");
    s->is_answering = s->is_told = false;
    if (line_of(s, &line) && span_is(line, SPAN("*")))
        enter(s, imap_bad(s, "AUTHENTICATE cancelled")); /* §6.2.2 */
    else
        enter(s, log_in_plain(s, line));
}

/* ── IDLE ── */

static enum imap_server_state on_idle(struct imap_server *s)
{
    if (!ends(s))
        return imap_bad_args(s);
    imap_go_on(s, "idling");
    imap_update(s, true);
    s->is_idling = true;
    return s->state;
}

static void on_idle_line(struct imap_server *s)
{
    struct span line;

    tell_command(s, "IDLE");
    s->is_idling = s->is_told = false;
    if (line_of(s, &line) && span_is_nocase(line, SPAN("DONE")))
        enter(s, imap_completed(s));
    else
        enter(s, imap_bad(s, "Expected DONE"));
}

/* ── Literals ── */

/* Decided before the octets come: a literal may be large, and there may be no use for it. */
static void on_literal(struct imap_server *s)
{
    const char *wrong;
    bool good;

    if (s->is_answering || s->is_idling) {
        imap_input_refuse(&s->input);
        if (s->is_idling)
            on_idle_line(s);
        else
            on_answer(s);
        return;
    }
    begin_command(s);
    tell_command(s, s->verb != NULL ? s->verb->name : "");
    wrong = what_is_wrong(s);
    if (wrong != NULL) {
        good = false;
        imap_bad(s, wrong);
    } else if (s->verb->run == imap_on_append) {
        good = imap_append_announced(s);
    } else {
        good = s->input.size <= IMAP_LITERAL_MAX;
        if (!good)
            imap_bad(s, "[TOOBIG] The literal is too long");
    }
    if (!good) {
        s->is_told = false;
        imap_input_refuse(&s->input);
        enter(s, s->state); /* it may be over */
        return;
    }
    if (s->input.waits)
        imap_go_on(s, "Ready for the literal");
    imap_input_accept(&s->input);
}

static void on_long_line(struct imap_server *s)
{
    if (!s->is_answering && !s->is_idling)
        begin_command(s);
    tell_command(s, s->verb != NULL ? s->verb->name : "");
    s->is_answering = s->is_idling = s->is_told = false;
    enter(s, imap_bad(s, "[TOOBIG] The line is too long"));
}

/* ── The session ── */

void imap_server_open(struct imap_server *s, GString *out)
{
    assert(!s->opened);
    s->opened = true;
    s->out = out;
    imap_say(s, "OK", "[%s] %s ready", capabilities, s->options->hostname);
    enter(s, IMAP_S_NOT_AUTHENTICATED);
}

/* RFC 2180 §3.3: whoever has a folder open that another deletes is sent away. */
static bool has_lost_folder(struct imap_server *s)
{
    if (!s->view.has_lost)
        return false;
    say_bye(s, "The folder was deleted by another session");
    enter(s, IMAP_S_LOGOUT);
    return true;
}

void imap_server_feed(struct imap_server *s, struct span bytes, sim_time now, GString *out)
{
    assert(s->opened);
    s->out = out;
    s->now = now;
    while (!s->over) {
        enum imap_input_step step = imap_input_take(&s->input, &bytes);

        if (step == IMAP_INPUT_MORE || has_lost_folder(s))
            return;
        if (step == IMAP_INPUT_LITERAL)
            on_literal(s);
        else if (step == IMAP_INPUT_LONG)
            on_long_line(s);
        else if (s->is_answering)
            on_answer(s);
        else if (s->is_idling)
            on_idle_line(s);
        else
            run(s);
    }
}

void imap_server_tell(struct imap_server *s, GString *out)
{
    s->out = out;
    if (s->is_idling && !has_lost_folder(s))
        imap_update(s, true);
}

void imap_server_shut(struct imap_server *s, const char *text, GString *out)
{
    if (s->over)
        return;
    s->out = out;
    imap_say(s, "BYE", "%s %s", s->options->hostname, text != NULL ? text : "shutting down");
    s->over = true;
    enter(s, IMAP_S_LOGOUT);
}

bool imap_server_is_over(const struct imap_server *s)
{
    return s->over;
}

bool imap_server_is_idling(const struct imap_server *s)
{
    return s->is_idling;
}

enum imap_server_state imap_server_state(const struct imap_server *s)
{
    return s->state;
}

const struct mail_box *imap_server_box(const struct imap_server *s)
{
    return s->box;
}

const struct mail_folder *imap_server_folder(const struct imap_server *s)
{
    return s->view.folder;
}

bool imap_server_is_read_only(const struct imap_server *s)
{
    return s->view.folder != NULL && s->view.is_read_only;
}
