#include "mail/imap_server.h"

#include <assert.h>

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

/* ── Commands ── */

static imap_handler on_capability, on_noop, on_logout, on_idle;

#define IN(state) (1u << IMAP_S_##state)
#define LOGGED_IN (IN(AUTHENTICATED) | IN(SELECTED))
#define ANY       (IN(NOT_AUTHENTICATED) | LOGGED_IN)

static const struct imap_verb verbs[] = {
    { "CAPABILITY", ANY, on_capability, IMAP_TELLS_ALL, "" }, /* RFC 3501 §6.1.1 */
    { "NOOP", ANY, on_noop, IMAP_TELLS_ALL, "" },             /* §6.1.2 */
    { "LOGOUT", ANY, on_logout, IMAP_TELLS_NOTHING, "" },     /* §6.1.3 */
    { "AUTHENTICATE", IN(NOT_AUTHENTICATED), imap_on_authenticate, IMAP_TELLS_NOTHING,
      "mechanism [initial-response]" }, /* §6.2.2, RFC 4959 */
    { "LOGIN", IN(NOT_AUTHENTICATED), imap_on_login, IMAP_TELLS_NOTHING, "user password" }, /* §6.2.3 */
    { "SELECT", LOGGED_IN, imap_on_select, IMAP_TELLS_NOTHING, "folder" },                  /* §6.3.1 */
    { "EXAMINE", LOGGED_IN, imap_on_examine, IMAP_TELLS_NOTHING, "folder" },                /* §6.3.2 */
    { "CREATE", LOGGED_IN, imap_on_create, IMAP_TELLS_ALL, "folder" },                      /* §6.3.3 */
    { "DELETE", LOGGED_IN, imap_on_delete, IMAP_TELLS_ALL, "folder" },                      /* §6.3.4 */
    { "RENAME", LOGGED_IN, imap_on_rename, IMAP_TELLS_ALL, "folder new-name" },             /* §6.3.5 */
    { "SUBSCRIBE", LOGGED_IN, imap_on_subscribe, IMAP_TELLS_ALL, "folder" },                /* §6.3.6 */
    { "UNSUBSCRIBE", LOGGED_IN, imap_on_unsubscribe, IMAP_TELLS_ALL, "folder" },            /* §6.3.7 */
    { "LIST", LOGGED_IN, imap_on_list, IMAP_TELLS_ALL, "reference pattern" },               /* §6.3.8 */
    { "LSUB", LOGGED_IN, imap_on_lsub, IMAP_TELLS_ALL, "reference pattern" },               /* §6.3.9 */
    { "STATUS", LOGGED_IN, imap_on_status, IMAP_TELLS_ALL, "folder (items)" },              /* §6.3.10 */
    { "APPEND", LOGGED_IN, imap_on_append, IMAP_TELLS_ALL,
      "folder [(flags)] [\"date time\"] {size}" },                          /* §6.3.11 */
    { "NAMESPACE", LOGGED_IN, imap_on_namespace, IMAP_TELLS_ALL, "" },      /* RFC 2342 §5 */
    { "IDLE", LOGGED_IN, on_idle, IMAP_TELLS_ALL, "" },                     /* RFC 2177 §3 */
    { "CHECK", IN(SELECTED), imap_on_check, IMAP_TELLS_ALL, "" },           /* RFC 3501 §6.4.1 */
    { "CLOSE", IN(SELECTED), imap_on_close, IMAP_TELLS_NOTHING, "" },       /* §6.4.2 */
    { "UNSELECT", IN(SELECTED), imap_on_unselect, IMAP_TELLS_NOTHING, "" }, /* RFC 3691 §2 */
    { "EXPUNGE", IN(SELECTED), imap_on_expunge, IMAP_TELLS_ALL, "" },       /* RFC 3501 §6.4.3 */
    { "SEARCH", IN(SELECTED), imap_on_search, IMAP_TELLS_NO_EXPUNGE, "[CHARSET name] keys" }, /* §6.4.4 */
    { "FETCH", IN(SELECTED), imap_on_fetch, IMAP_TELLS_NO_EXPUNGE, "numbers items" },         /* §6.4.5 */
    { "STORE", IN(SELECTED), imap_on_store, IMAP_TELLS_NO_EXPUNGE,
      "numbers [+|-]FLAGS[.SILENT] flags" },                                  /* §6.4.6 */
    { "COPY", IN(SELECTED), imap_on_copy, IMAP_TELLS_ALL, "numbers folder" }, /* §6.4.7 */
    { "MOVE", IN(SELECTED), imap_on_move, IMAP_TELLS_ALL, "numbers folder" }, /* RFC 6851 §3.1 */
    { "UID EXPUNGE", IN(SELECTED), imap_on_expunge, IMAP_TELLS_ALL, "uids" }, /* RFC 4315 §2.1 */
    { "UID SEARCH", IN(SELECTED), imap_on_search, IMAP_TELLS_ALL,
      "[CHARSET name] keys" }, /* RFC 3501 §6.4.8 */
    { "UID FETCH", IN(SELECTED), imap_on_fetch, IMAP_TELLS_ALL, "uids items" },
    { "UID STORE", IN(SELECTED), imap_on_store, IMAP_TELLS_ALL, "uids [+|-]FLAGS[.SILENT] flags" },
    { "UID COPY", IN(SELECTED), imap_on_copy, IMAP_TELLS_ALL, "uids folder" },
    { "UID MOVE", IN(SELECTED), imap_on_move, IMAP_TELLS_ALL, "uids folder" }, /* RFC 6851 §3.2 */
};

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

static enum imap_server_state on_capability(struct imap_server *s)
{
    if (!imap_ends(s))
        return imap_bad_args(s);
    imap_say(s, "", "%s", capabilities);
    return imap_completed(s);
}

static enum imap_server_state on_noop(struct imap_server *s)
{
    return imap_ends(s) ? imap_completed(s) : imap_bad_args(s);
}

static enum imap_server_state on_logout(struct imap_server *s)
{
    if (!imap_ends(s))
        return imap_bad_args(s);
    imap_say(s, "BYE", "%s logging out", s->options->hostname);
    imap_completed(s);
    s->over = true;
    return IMAP_S_LOGOUT;
}

/* ── What AUTHENTICATE waits for ── */

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
        enter(s, imap_log_in_plain(s, line));
}

/* ── IDLE ── */

static enum imap_server_state on_idle(struct imap_server *s)
{
    if (!imap_ends(s))
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
    imap_say_bye(s, "The folder was deleted by another session");
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
