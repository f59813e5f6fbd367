/* LOGIN and AUTHENTICATE PLAIN (RFC 3501 §6.2). */
#include "mail/imap_server_internal.h"

static enum imap_server_state log_in(struct imap_server *s, struct span user, struct span password)
{
    s->box = s->policy->on_login(s->self, user, password);
    if (s->box != NULL) {
        imap_completed(s);
        return IMAP_S_AUTHENTICATED;
    }
    imap_no(s, "[AUTHENTICATIONFAILED] Wrong user or password");
    if (++s->logins >= IMAP_LOGINS_MAX)
        imap_say_bye(s, "Too many wrong logins");
    return s->state;
}

enum imap_server_state imap_on_login(struct imap_server *s)
{
    struct imap_args *a = &s->args;
    struct span user, password;

    imap_args_take_space(a);
    user = imap_args_take_astring(a, "a user's name");
    imap_args_take_space(a);
    password = imap_args_take_astring(a, "a password");
    return imap_ends(s) ? log_in(s, user, password) : imap_bad_args(s);
}

enum imap_server_state imap_log_in_plain(struct imap_server *s, struct span base64)
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

enum imap_server_state imap_on_authenticate(struct imap_server *s)
{
    struct imap_args *a = &s->args;
    struct span mechanism, initial = SPAN("");
    bool has_initial;

    imap_args_take_space(a);
    mechanism = imap_args_take_atom(a, "a mechanism");
    has_initial = imap_args_take_if(a, ' ');
    if (has_initial)
        initial = imap_args_take_atom(a, "a response in base64");
    if (!imap_ends(s))
        return imap_bad_args(s);
    if (!span_is_nocase(mechanism, SPAN("PLAIN")))
        return imap_no(s, "The only mechanism here is PLAIN");
    if (has_initial) /* "=": it is empty (RFC 4959 §3) */
        return imap_log_in_plain(s, span_is(initial, SPAN("=")) ? SPAN("") : initial);
    s->is_answering = true;
    imap_go_on(s, "");
    return s->state;
}
