#include "mail/imap_structure.h"

#include "mail/imap_text.h"
#include "mail/message.h"
#include "mail/text.h"

enum { COMMENT_DEPTH_MAX = 100 };

/* ---- Reading addresses (RFC 5322 §3.4, with what §4.4 says of old ones). What is wrong is read as far as it
 * makes sense; nothing is refused: the message is there, and somebody wants to see whom it is from. */

struct reader {
    struct span rest;
    GString *comment; /* the last one */
    GString *word;    /* of next_word */
};

static char peek(const struct reader *r)
{
    return r->rest.len > 0 ? r->rest.at[0] : '\0';
}

static char next(struct reader *r)
{
    char c = peek(r);

    if (r->rest.len > 0)
        r->rest = span_bytes(r->rest.at + 1, r->rest.len - 1);
    return c;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* What one octet of a quoted string or comment means; line ends are folding. */
static void take_quotable(struct reader *r, GString *to)
{
    char c = next(r);

    if (c == '\\' && r->rest.len > 0)
        c = next(r);
    if (c != '\r' && c != '\n' && c != '\0')
        g_string_append_c(to, c);
}

static void skip_comment(struct reader *r)
{
    unsigned depth = 0;

    g_string_truncate(r->comment, 0);
    do {
        char c = peek(r);

        if (c == '(')
            depth++;
        else if (c == ')')
            depth--;
        if ((c == '(' && depth == 1) || (c == ')' && depth == 0))
            next(r);
        else
            take_quotable(r, r->comment);
    } while (depth > 0 && r->rest.len > 0);
}

static void skip_space(struct reader *r)
{
    while (is_space(peek(r)) || peek(r) == '(') {
        if (peek(r) == '(')
            skip_comment(r);
        else
            next(r);
    }
}

static bool is_special(char c)
{
    return c == '\0' || strchr("()<>@,;:\\\"[]", c) != NULL;
}

/* An atom, with its dots, or a quoted string without its quotes, appended to `to`. False: neither is there.
 */
static bool take_word(struct reader *r, GString *to)
{
    if (peek(r) == '"') {
        next(r);
        while (r->rest.len > 0 && peek(r) != '"')
            take_quotable(r, to);
        next(r);
        return true;
    }
    if (r->rest.len == 0 || is_special(peek(r)) || is_space(peek(r)))
        return false;
    while (r->rest.len > 0 && !is_special(peek(r)) && !is_space(peek(r)))
        g_string_append_c(to, next(r));
    return true;
}

static void take_domain(struct reader *r, GString *to)
{
    skip_space(r);
    if (peek(r) == '[') {
        while (r->rest.len > 0 && peek(r) != ']')
            take_quotable(r, to);
        if (next(r) == ']')
            g_string_append_c(to, ']');
        skip_space(r);
        return;
    }
    while (take_word(r, to))
        skip_space(r);
}

struct address {
    GString *name, *route, *local, *domain;
};

/* How addresses are told. */
struct style {
    void (*put)(GString *out, const struct address *a);
    void (*begin_group)(GString *out, const GString *name);
    const char *end_group;
};

/* "<@a,@b:local@domain>", the bracket next. */
static void take_angle(struct reader *r, struct address *a)
{
    next(r);
    skip_space(r);
    while (peek(r) == '@' || peek(r) == ',') {
        if (peek(r) == ',' && a->route->len == 0) {
            next(r);
        } else {
            g_string_append_c(a->route, next(r));
            take_domain(r, a->route);
        }
        skip_space(r);
    }
    if (peek(r) == ':') {
        next(r);
    } else if (a->route->len > 0) { /* no colon: a local part was forgotten, not a route given */
        g_string_assign(a->domain, a->route->str + 1);
        g_string_truncate(a->route, 0);
    }
    skip_space(r);
    while (take_word(r, a->local))
        skip_space(r);
    if (peek(r) == '@') {
        next(r);
        take_domain(r, a->domain);
    }
    while (r->rest.len > 0 && peek(r) != '>' && peek(r) != ',')
        next(r);
    if (peek(r) == '>')
        next(r);
    skip_space(r);
}

/* Words with single spaces between them; in `local`, as a local part has them: none beside a dot. */
static void take_phrase(struct reader *r, GString *phrase, GString *local)
{
    bool spaced = false;
    size_t start;

    for (;;) {
        start = phrase->len;
        if (spaced)
            g_string_append_c(phrase, ' ');
        if (!take_word(r, phrase))
            break;
        if (local->len > 0 && local->str[local->len - 1] != '.' && phrase->str[start + spaced] != '.')
            g_string_append_len(local, phrase->str + start, (gssize)spaced);
        g_string_append(local, phrase->str + start + spaced);
        spaced = is_space(peek(r)) || peek(r) == '(' || peek(r) == '"';
        skip_space(r);
    }
    g_string_truncate(phrase, start);
}

/* One mailbox, or the beginning or end of a group; true: something was written. */
static bool take_address(struct reader *r, struct address *a, bool *in_group, const struct style *style,
                         GString *out)
{
    bool has_any;

    g_string_truncate(a->name, 0);
    g_string_truncate(a->route, 0);
    g_string_truncate(a->local, 0);
    g_string_truncate(a->domain, 0);
    g_string_truncate(r->comment, 0);
    skip_space(r);
    take_phrase(r, a->name, a->local);
    has_any = a->name->len > 0;
    if (peek(r) == ':' && !*in_group) {
        next(r);
        *in_group = true;
        style->begin_group(out, a->name);
        return true;
    }
    if (peek(r) == '<') {
        g_string_truncate(a->local, 0);
        take_angle(r, a);
        has_any = true;
    } else { /* the phrase was a local part */
        has_any = has_any || peek(r) == '@';
        if (peek(r) == '@') {
            next(r);
            take_domain(r, a->domain);
        }
        g_string_assign(a->name, r->comment->str); /* "bob@hamburger.edu (Bob)", as it once was done */
    }
    if (has_any)
        style->put(out, a);
    /* To what may follow an address, whatever stands before it. */
    while (r->rest.len > 0 && peek(r) != ',' && (peek(r) != ';' || !*in_group))
        next(r);
    if (next(r) == ';') {
        *in_group = false;
        g_string_append(out, style->end_group);
        return true;
    }
    return has_any;
}

/* False: there is none. */
static bool put_all(GString *out, struct span value, const struct style *style)
{
    struct reader r = { value, g_string_new(NULL), NULL };
    struct address a = { g_string_new(NULL), g_string_new(NULL), g_string_new(NULL), g_string_new(NULL) };
    bool in_group = false, any = false;

    while (r.rest.len > 0)
        any = take_address(&r, &a, &in_group, style, out) || any;
    if (in_group)
        g_string_append(out, style->end_group);
    g_string_free(r.comment, TRUE);
    g_string_free(a.name, TRUE);
    g_string_free(a.route, TRUE);
    g_string_free(a.local, TRUE);
    g_string_free(a.domain, TRUE);
    return any;
}

/* ---- As IMAP tells them. */

static void put_part(GString *out, const GString *part, bool is_nil)
{
    imap_put_nstring(out, is_nil ? span_bytes(NULL, 0) : span_bytes(part->str, part->len));
}

static void put_listed(GString *out, const struct address *a)
{
    g_string_append_c(out, '(');
    put_part(out, a->name, a->name->len == 0);
    g_string_append_c(out, ' ');
    put_part(out, a->route, a->route->len == 0);
    g_string_append_c(out, ' ');
    put_part(out, a->local, false);
    g_string_append_c(out, ' ');
    put_part(out, a->domain, false); /* NIL would make it a group */
    g_string_append_c(out, ')');
}

static void begin_listed_group(GString *out, const GString *name)
{
    g_string_append(out, "(NIL NIL ");
    put_part(out, name, false);
    g_string_append(out, " NIL)");
}

void imap_put_addresses(GString *out, struct span value)
{
    static const struct style listed = { put_listed, begin_listed_group, "(NIL NIL NIL NIL)" };
    size_t begun = out->len;

    g_string_append_c(out, '(');
    if (put_all(out, value, &listed)) {
        g_string_append_c(out, ')');
    } else {
        g_string_truncate(out, begun);
        g_string_append(out, "NIL");
    }
}

/* ---- As people write them. */

static void put_plain(GString *out, const struct address *a)
{
    g_string_append_printf(out, "%s%s<%s@%s>, ", a->name->str, a->name->len > 0 ? " " : "", a->local->str,
                           a->domain->str);
}

static void begin_plain_group(GString *out, const GString *name)
{
    g_string_append_printf(out, "%s: ", name->str);
}

void imap_addresses_text(struct span value, GString *out)
{
    static const struct style plain = { put_plain, begin_plain_group, "; " };

    put_all(out, value, &plain);
}

/* ---- The envelope. */

enum { DATE, SUBJECT, FROM, SENDER, REPLY_TO, TO, CC, BCC, IN_REPLY_TO, MESSAGE_ID, FIELDS };

/* Unfolded: line ends go, the spaces behind them stay (RFC 5322 §2.2.3). */
static void put_text(GString *out, struct span value)
{
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < value.len; i++)
        if (value.at[i] != '\r' && value.at[i] != '\n' && value.at[i] != '\0')
            g_string_append_c(text, value.at[i]);
    imap_put_nstring(out, value.at != NULL ? span_trim(span_bytes(text->str, text->len)) : value);
    g_string_free(text, TRUE);
}

/* Who sent it and whom to answer, where the header does not say: the author (RFC 3501 §7.4.2). */
static void put_addresses_or(GString *out, struct span value, struct span author)
{
    size_t begun = out->len;

    imap_put_addresses(out, value);
    if (out->str[begun] == '(')
        return;
    g_string_truncate(out, begun);
    imap_put_addresses(out, author);
}

void imap_put_envelope(GString *out, struct span header)
{
    static const char *const names[FIELDS] = { "Date", "Subject", "From", "Sender",      "Reply-To",
                                               "To",   "Cc",      "Bcc",  "In-Reply-To", "Message-ID" };
    struct span values[FIELDS] = { 0 }, rest = header, name, value;

    while (mail_take_field(&rest, &name, &value)) {
        for (unsigned i = 0; i < FIELDS; i++)
            if (values[i].at == NULL && span_is_nocase(name, span_of(names[i])))
                values[i] = value; /* the first counts */
    }
    for (unsigned i = 0; i < FIELDS; i++) {
        g_string_append_c(out, i == 0 ? '(' : ' ');
        if (i == SENDER || i == REPLY_TO)
            put_addresses_or(out, values[i], values[FROM]);
        else if (i >= FROM && i <= BCC)
            imap_put_addresses(out, values[i]);
        else
            put_text(out, values[i]);
    }
    g_string_append_c(out, ')');
}
