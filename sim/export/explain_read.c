/* What a record says where mail is read. */
#include "export/explain.h"

#include "export/explain_fields.h"

/* ---- Mailboxes. */

static void say_flags(const struct record *r, GString *out)
{
    explain_say(out, r, "message ", KEY_UID, " in ");
    explain_say(out, r, "", KEY_USER, "'s ");
    explain_put(out, r, KEY_FOLDER);
    if (text(r, KEY_FLAGS).len > 0)
        explain_say(out, r, " is ", KEY_FLAGS, " now");
    else
        g_string_append(out, " has no flags now");
}

static void say_copy(const struct record *r, GString *out)
{
    explain_say(out, r, "message ", KEY_UID, " of ");
    explain_say(out, r, "", KEY_USER, "'s ");
    explain_say(out, r, "", KEY_FOLDER, " is also ");
    explain_say(out, r, "message ", KEY_INTO_UID, " of ");
    explain_put(out, r, KEY_INTO);
}

static void say_folder(const struct record *r, GString *out)
{
    static const struct {
        const char *what, *words;
    } words[] = {
        { "create", " is made" },
        { "delete", " is removed" },
        { "subscribe", " is on the list of folders" },
        { "unsubscribe", " is off the list of folders" },
    };

    explain_say(out, r, "", KEY_USER, "'s folder ");
    explain_put(out, r, KEY_FOLDER);
    if (is(r, KEY_WHAT, "rename")) {
        explain_say(out, r, " is called ", KEY_INTO, " now");
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (is(r, KEY_WHAT, words[i].what)) {
            g_string_append(out, words[i].words);
            return;
        }
    explain_say(out, r, ": ", KEY_WHAT, "");
}

/* ---- Protocols. */

static void say_login(const struct record *r, GString *out)
{
    explain_say(out, r, r->event == EV_AUTH_ACCEPT ? "" : "does not believe who says to be ", KEY_USER,
                r->event == EV_AUTH_ACCEPT ? " is logged in" : "");
    if (text(r, KEY_METHOD).len > 0)
        explain_say(out, r, " (", KEY_METHOD, ")");
}

/* A line, and how much follows it. */
static void say_line(const struct record *r, GString *out)
{
    int64_t more = number(r, KEY_SIZE) - (int64_t)text(r, KEY_LINE).len - 2;

    explain_put(out, r, KEY_LINE);
    if (number(r, KEY_LINES) > 1) {
        explain_say(out, r, " (", KEY_LINES, " lines)");
    } else if (more > 0) {
        g_string_append(out, ", and ");
        explain_size(out, more);
    }
}

static void say_response(const struct record *r, GString *out)
{
    explain_put(out, r, KEY_LINE);
    if (number(r, KEY_LEN) == 0)
        return;
    g_string_append(out, ", ");
    explain_size(out, number(r, KEY_LEN));
    if (text(r, KEY_TYPE).len > 0)
        explain_say(out, r, " of ", KEY_TYPE, "");
}

static void say_count(const struct record *r, GString *out, enum key key, const char *one, const char *many)
{
    explain_say(out, r, "", key, number(r, key) == 1 ? one : many);
}

static void say_page(const struct record *r, GString *out)
{
    explain_put(out, r, KEY_TARGET);
    if (number(r, KEY_CODE) / 100 == 2)
        g_string_append(out, " is there: ");
    else
        explain_say(out, r, " is not, but ", KEY_CODE, ": ");
    say_count(r, out, KEY_COUNT, " object", " objects");
    g_string_append(out, ", ");
    say_count(r, out, KEY_CONNECTIONS, " connection", " connections");
    g_string_append(out, ", ");
    explain_size(out, number(r, KEY_SIZE));
    explain_say(out, r, " in ", KEY_TOOK, "");
}

/* ---- People. */

static void say_check(const struct record *r, GString *out)
{
    explain_say(out, r, "", KEY_USER, " looks");
    if (text(r, KEY_FOLDER).len > 0)
        explain_say(out, r, " into ", KEY_FOLDER, "");
    g_string_append(out, ": ");
    say_count(r, out, KEY_COUNT, " message", " messages");
    explain_say(out, r, ", ", KEY_NEW, " new");
}

static void say_read(const struct record *r, GString *out)
{
    bool headers = is(r, KEY_WHAT, "headers");

    explain_say(out, r, "", KEY_USER, headers ? " sees the header of " : " reads ");
    if (text(r, KEY_SUBJECT).len > 0)
        explain_say(out, r, "\"", KEY_SUBJECT, "\"");
    else
        g_string_append(out, "a message");
    if (text(r, KEY_SENDER).len > 0)
        explain_say(out, r, " from ", KEY_SENDER, "");
    if (number(r, KEY_SAVED) > 0) {
        g_string_append(out, "; ");
        explain_size(out, number(r, KEY_SAVED));
        g_string_append(out, " need not travel");
        if (number(r, KEY_SAVED_S) > 0)
            explain_say(out, r, ", which saves ", KEY_SAVED_S, "");
    }
}

static void say_found(const struct record *r, GString *out)
{
    explain_say(out, r, "", KEY_USER, " finds ");
    say_count(r, out, KEY_COUNT, " message", " messages");
    if (text(r, KEY_FOLDER).len > 0)
        explain_say(out, r, " in ", KEY_FOLDER, "");
    if (text(r, KEY_SEARCH).len > 0)
        explain_say(out, r, ": ", KEY_SEARCH, "");
}

void explain_reading(const struct record *r, GString *out)
{
    switch ((int)r->event) {
    case EV_MAILBOX_FLAGS:
        say_flags(r, out);
        break;
    case EV_MAILBOX_COPY:
        say_copy(r, out);
        break;
    case EV_MAILBOX_FOLDER:
        say_folder(r, out);
        break;
    case EV_AUTH_ACCEPT:
    case EV_AUTH_REFUSE:
        say_login(r, out);
        break;
    case EV_POP3_STATE:
    case EV_IMAP_STATE:
    case EV_HTTP_STATE:
        explain_say(out, r, "", KEY_BEFORE, " → ");
        explain_put(out, r, KEY_STATE);
        break;
    case EV_HTTP_REQUEST:
        explain_put(out, r, KEY_LINE);
        break;
    case EV_HTTP_RESPONSE:
        say_response(r, out);
        break;
    case EV_HTTP_PAGE:
        say_page(r, out);
        break;
    case EV_AGENT_CHECK:
        say_check(r, out);
        break;
    case EV_AGENT_READ:
        say_read(r, out);
        break;
    case EV_AGENT_FAIL:
        explain_say(out, r, "", KEY_USER, " does not get to the mail");
        if (text(r, KEY_LINE).len > 0)
            explain_say(out, r, ": ", KEY_LINE, "");
        break;
    case EV_AGENT_FOUND:
        say_found(r, out);
        break;
    default: /* commands and replies of POP3 and IMAP */
        say_line(r, out);
    }
}
