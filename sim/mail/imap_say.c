/* What the IMAP server says: untagged responses, what others have done, and the end of each command. */
#include <stdarg.h>

#include "mail/imap_server_internal.h"
#include "mail/text.h"

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

void imap_say_bye(struct imap_server *s, const char *text)
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

/* ---- What others do. */

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

void imap_say_new_keywords(struct imap_server *s)
{
    const struct mail_folder *f = s->view.folder;

    if (f->keywords != NULL && f->keywords->len > s->view.n_keywords)
        imap_say_flags(s);
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
    imap_say_new_keywords(s);
    say_changed_flags(s);
}

/* ---- The end of a command. */

static enum imap_server_state finish(struct imap_server *s, const char *status, const char *text)
{
    enum imap_tells tells = s->verb != NULL ? s->verb->tells : IMAP_TELLS_NOTHING;

    if (tells != IMAP_TELLS_NOTHING)
        imap_update(s, tells == IMAP_TELLS_ALL);
    reply(s, status, text);
    return s->state;
}

enum imap_server_state imap_ok(struct imap_server *s, const char *text)
{
    return finish(s, "OK", text);
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
        imap_say_bye(s, "Too many bad commands");
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

bool imap_ends(struct imap_server *s)
{
    imap_args_take_end(&s->args);
    return s->args.fault == NULL;
}
