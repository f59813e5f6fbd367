#include "mail/imap_reply.h"

#include "mail/imap_utf7.h"
#include "mail/text.h"

enum { KEEP_ROOM = 64 * 1024 }; /* octets; a larger buffer is not kept for the next response */

void imap_reply_reader_init(struct imap_reply_reader *r)
{
    *r = (struct imap_reply_reader){
        .text = g_string_new(NULL),
        .name = g_string_new(NULL),
        .found = g_array_new(FALSE, FALSE, sizeof(uint32_t)),
    };
    imap_args_init(&r->args);
}

void imap_reply_reader_release(struct imap_reply_reader *r)
{
    g_string_free(r->text, TRUE);
    g_string_free(r->name, TRUE);
    g_array_free(r->found, TRUE);
    imap_args_release(&r->args);
}

/* ── Responses out of bytes ── */

static const char *const statuses[] = { "OK", "NO", "BAD", "BYE", "PREAUTH" };

/* The status that `text` begins with, as a word; NULL: none. */
static const char *find_status(struct span text)
{
    for (size_t i = 0; i < G_N_ELEMENTS(statuses); i++) {
        size_t len = strlen(statuses[i]);

        if (span_starts_nocase(text, span_of(statuses[i])) &&
            (text.len == len || text.at[len] == ' ' || text.at[len] == '\r'))
            return statuses[i];
    }
    return NULL;
}

/* Only data has literals; the texts of status responses are for people, and end as they like. */
static bool may_have_literals(struct span text)
{
    return span_starts_nocase(text, SPAN("* ")) && find_status(span_bytes(text.at + 2, text.len - 2)) == NULL;
}

/* The line ends in "{12}": so many octets follow (RFC 3501 §4.3). */
static bool announces_literal(struct span line, uint64_t *size_out)
{
    struct span digits = span_bytes(line.at, line.len - 2);
    size_t n = 0;

    if (digits.len == 0 || digits.at[digits.len - 1] != '}')
        return false;
    digits.len--;
    while (n < digits.len && g_ascii_isdigit(digits.at[digits.len - 1 - n]))
        n++;
    if (n == digits.len || digits.at[digits.len - 1 - n] != '{')
        return false;
    return span_number(span_bytes(digits.at + digits.len - n, n), UINT64_MAX, size_out);
}

static enum imap_reply_kind broken(struct imap_reply *out, const char *why)
{
    out->wrong = why;
    return IMAP_REPLY_BROKEN;
}

static void begin(struct imap_reply_reader *r)
{
    if (r->text->allocated_len > KEEP_ROOM) {
        g_string_free(r->text, TRUE);
        r->text = g_string_new(NULL);
    }
    g_string_truncate(r->text, 0);
    r->line = 0;
    r->literal = 0;
    r->done = false;
}

/* A line has come to its end. NONE: its response goes on; OTHER: it is whole. */
static enum imap_reply_kind end_line(struct imap_reply_reader *r, struct imap_reply *out)
{
    struct span line = span_bytes(r->text->str + r->line, r->text->len - r->line);

    if (memchr(line.at, '\0', line.len) != NULL)
        return broken(out, "a NUL");
    if (line.len < 2 || line.at[line.len - 2] != '\r')
        return broken(out, "a bare LF");
    if (!may_have_literals(span_bytes(r->text->str, r->text->len)) || !announces_literal(line, &r->literal))
        return IMAP_REPLY_OTHER;
    if (r->literal > IMAP_RESPONSE_MAX - r->text->len)
        return broken(out, "a response too long");
    r->line = r->text->len + r->literal;
    return IMAP_REPLY_NONE;
}

static enum imap_reply_kind collect(struct imap_reply_reader *r, struct span *bytes, struct imap_reply *out)
{
    while (bytes->len > 0) {
        bool in_literal = r->literal > 0;
        const char *lf = in_literal ? NULL : memchr(bytes->at, '\n', bytes->len);
        size_t n = in_literal   ? (size_t)MIN(r->literal, bytes->len)
                   : lf != NULL ? (size_t)(lf - bytes->at) + 1
                                : bytes->len;
        enum imap_reply_kind kind;

        if (n > IMAP_RESPONSE_MAX - r->text->len)
            return broken(out, "a response too long");
        mail_append(r->text, span_bytes(bytes->at, n));
        *bytes = span_bytes(bytes->at + n, bytes->len - n);
        if (in_literal)
            r->literal -= n;
        else if (lf != NULL && (kind = end_line(r, out)) != IMAP_REPLY_NONE)
            return kind;
    }
    return IMAP_REPLY_NONE;
}

/* ── What they say ── */

/* Anything, as long as its parentheses match: an atom, a string, or a list of such, however deep. */
static struct span skip_value(struct imap_args *a)
{
    const char *from = a->rest.at;
    unsigned depth = 0;

    do {
        char c = imap_args_peek(a);

        if (imap_args_take_if(a, '(')) {
            depth++;
        } else if (c == ')' && depth > 0) {
            imap_args_take(a, ')');
            depth--;
        } else if (c == ' ' && depth > 0) {
            imap_args_take_space(a);
        } else if (c == '"' || c == '{') {
            imap_args_take_astring(a, "a string");
        } else {
            size_t n = 0;

            while (n < a->rest.len && a->rest.at[n] > ' ' && strchr("()\"{", a->rest.at[n]) == NULL)
                n++;
            if (n == 0)
                imap_args_expected(a, "a value");
            a->rest = span_bytes(a->rest.at + n, a->rest.len - MIN(n, a->rest.len));
        }
    } while (depth > 0 && a->fault == NULL);
    return span_bytes(from, a->fault == NULL ? (size_t)(a->rest.at - from) : 0);
}

/* A list, without its parentheses. */
static struct span take_list(struct imap_args *a)
{
    struct span list;

    if (imap_args_peek(a) != '(')
        imap_args_expected(a, "a list");
    list = skip_value(a);
    return list.len >= 2 ? span_bytes(list.at + 1, list.len - 2) : SPAN("");
}

/* False: NIL. */
static bool take_nstring(struct imap_args *a, struct span *out)
{
    *out = SPAN("");
    if (imap_args_take_word_if(a, SPAN("NIL")))
        return false;
    if (imap_args_peek(a) != '"' && imap_args_peek(a) != '{')
        imap_args_expected(a, "a string or NIL");
    *out = imap_args_take_astring(a, "a string");
    return a->fault == NULL;
}

/* Behind "BODY[": up to the "]", and an origin "<0>" if there is one. */
static struct span take_section(struct imap_args *a)
{
    const char *from = a->rest.at;
    struct span section;
    size_t n = 0;

    while (n < a->rest.len && (g_ascii_isalnum(a->rest.at[n]) || a->rest.at[n] == '.'))
        n++;
    a->rest = span_bytes(a->rest.at + n, a->rest.len - n);
    if (imap_args_take_if(a, ' '))
        take_list(a);
    section = span_bytes(from, a->fault == NULL ? (size_t)(a->rest.at - from) : 0);
    imap_args_take(a, ']');
    if (imap_args_take_if(a, '<')) {
        imap_args_take_number(a, 0);
        imap_args_take(a, '>');
    }
    return section;
}

static void take_body(struct imap_args *a, struct span section, struct imap_fetched *f)
{
    struct span body;

    imap_args_take_space(a);
    if (!take_nstring(a, &body) || f->has_body)
        return;
    f->has_body = true;
    f->section = section;
    f->body = body;
}

/* RFC 3501 §7.4.2 */
static void take_item(struct imap_args *a, struct imap_fetched *f)
{
    struct span name;
    size_t n = 0;

    if (imap_args_take_word_if(a, SPAN("BODY["))) {
        take_body(a, take_section(a), f);
        return;
    }
    while (n < a->rest.len && a->rest.at[n] > ' ' && strchr("()\"{", a->rest.at[n]) == NULL)
        n++;
    if (n == 0)
        imap_args_expected(a, "an item");
    name = span_bytes(a->rest.at, n);
    a->rest = span_bytes(a->rest.at + n, a->rest.len - MIN(n, a->rest.len));
    if (span_is_nocase(name, SPAN("RFC822"))) {
        take_body(a, SPAN(""), f);
        return;
    }
    if (span_is_nocase(name, SPAN("RFC822.HEADER")) || span_is_nocase(name, SPAN("RFC822.TEXT"))) {
        take_body(a, span_bytes(name.at + strlen("RFC822."), name.len - strlen("RFC822.")), f);
        return;
    }
    imap_args_take_space(a);
    if (span_is_nocase(name, SPAN("FLAGS"))) {
        f->flags = take_list(a);
        f->has_flags = a->fault == NULL;
    } else if (span_is_nocase(name, SPAN("UID"))) {
        f->uid = imap_args_take_number(a, 1);
    } else if (span_is_nocase(name, SPAN("RFC822.SIZE"))) {
        f->size = imap_args_take_number(a, 0);
    } else {
        skip_value(a);
    }
}

static void take_fetch(struct imap_args *a, struct imap_fetched *f)
{
    imap_args_take_space(a);
    imap_args_take(a, '(');
    while (a->fault == NULL && !imap_args_take_if(a, ')')) {
        take_item(a, f);
        if (imap_args_peek(a) != ')')
            imap_args_take_space(a);
    }
}

/* A word of `list`, in any case. */
static bool has_word(struct span list, struct span word)
{
    while (list.len > 0)
        if (span_is_nocase(span_take_word(&list), word))
            return true;
    return false;
}

/* RFC 3501 §7.2.2: "(\Noselect) "/" Travel". False: a name that is no modified UTF-7; nothing is known to
 * call it by. */
static bool take_listed(struct imap_reply_reader *r, struct imap_listed *l)
{
    struct imap_args *a = &r->args;
    struct span flags, name, delimiter;

    imap_args_take_space(a);
    flags = take_list(a);
    imap_args_take_space(a);
    take_nstring(a, &delimiter);
    imap_args_take_space(a);
    name = imap_args_take_astring(a, "a name");
    if (imap_args_take_if(a, ' ')) /* RFC 5258 has more to say there */
        skip_value(a);
    g_string_truncate(r->name, 0);
    if (a->fault != NULL || !imap_utf7_decode(name, r->name))
        return false;
    l->name = span_bytes(r->name->str, r->name->len);
    l->no_select = has_word(flags, SPAN("\\Noselect")) || has_word(flags, SPAN("\\NonExistent"));
    return true;
}

/* RFC 3501 §7.2.5. Some servers put a space behind the last. */
static void take_found(struct imap_reply_reader *r, struct imap_reply *out)
{
    struct imap_args *a = &r->args;

    g_array_set_size(r->found, 0);
    while (imap_args_take_if(a, ' ') && g_ascii_isdigit(imap_args_peek(a))) {
        uint32_t number = imap_args_take_number(a, 1);

        if (a->fault == NULL)
            g_array_append_val(r->found, number);
    }
    out->found = (const uint32_t *)(const void *)r->found->data;
    out->n_found = r->found->len;
}

/* RFC 3501 §7.1: "[UIDVALIDITY 7] UIDs valid" */
static void take_text(struct span text, struct imap_reply *out)
{
    const char *close = text.len > 0 && text.at[0] == '[' ? memchr(text.at, ']', text.len) : NULL;
    struct span inside = close != NULL ? span_bytes(text.at + 1, (size_t)(close - text.at) - 1) : SPAN("");
    uint64_t number = 0;

    out->text = text;
    out->code = span_take_word(&inside);
    span_number(span_take_word(&inside), UINT32_MAX, &number);
    out->code_number = (uint32_t)number;
}

static void take_status(struct imap_reply *out, struct span rest)
{
    size_t len = strlen(out->status);

    len += len < rest.len && rest.at[len] == ' ';
    take_text(span_bytes(rest.at + len, rest.len - len), out);
}

/* "3 EXISTS", "3 FETCH (…)": behind the "* ". */
static enum imap_reply_kind read_numbered(struct imap_reply_reader *r, struct imap_reply *out)
{
    struct imap_args *a = &r->args;

    out->number = imap_args_take_number(a, 0);
    imap_args_take_space(a);
    if (a->fault != NULL)
        return broken(out, "a number that makes no sense");
    if (span_is_nocase(a->rest, SPAN("EXISTS\r\n")))
        return IMAP_REPLY_EXISTS;
    if (span_is_nocase(a->rest, SPAN("RECENT\r\n")))
        return IMAP_REPLY_RECENT;
    if (span_is_nocase(a->rest, SPAN("EXPUNGE\r\n")))
        return out->number > 0 ? IMAP_REPLY_EXPUNGE : broken(out, "EXPUNGE of number 0");
    if (!imap_args_take_word_if(a, SPAN("FETCH")))
        return IMAP_REPLY_OTHER;
    out->fetched.number = out->number;
    out->fetched.raw = out->all;
    take_fetch(a, &out->fetched);
    imap_args_take_end(a);
    return a->fault == NULL && out->number > 0 ? IMAP_REPLY_FETCH
                                               : broken(out, "a FETCH response that makes no sense");
}

/* Behind the "* ". */
static enum imap_reply_kind read_untagged(struct imap_reply_reader *r, struct imap_reply *out)
{
    struct imap_args *a = &r->args;
    enum imap_reply_kind kind = IMAP_REPLY_OTHER;

    if (g_ascii_isdigit(imap_args_peek(a)))
        return read_numbered(r, out);
    out->status = find_status(a->rest);
    if (out->status != NULL) {
        take_status(out, span_bytes(a->rest.at, a->rest.len - 2));
        return IMAP_REPLY_STATUS;
    }
    if (imap_args_take_word_if(a, SPAN("LIST")) || imap_args_take_word_if(a, SPAN("LSUB"))) {
        if (imap_args_peek(a) != ' ')
            return IMAP_REPLY_OTHER; /* "LISTRIGHTS" */
        kind = take_listed(r, &out->listed) ? IMAP_REPLY_LIST : IMAP_REPLY_OTHER;
        imap_args_take_end(a);
        return a->fault == NULL ? kind : broken(out, "a LIST response that makes no sense");
    }
    if (imap_args_take_word_if(a, SPAN("SEARCH"))) {
        take_found(r, out);
        imap_args_take_end(a);
        return a->fault == NULL ? IMAP_REPLY_SEARCH : broken(out, "a SEARCH response that makes no sense");
    }
    return kind;
}

static enum imap_reply_kind read_whole(struct imap_reply_reader *r, struct imap_reply *out)
{
    struct imap_args *a = &r->args;
    struct span rest;

    out->all = span_bytes(r->text->str, r->text->len - 2);
    imap_args_start(a, span_bytes(r->text->str, r->text->len));
    if (imap_args_take_if(a, '+'))
        return IMAP_REPLY_GO_ON;
    if (imap_args_take_word_if(a, SPAN("* ")))
        return read_untagged(r, out);
    out->tag = imap_args_take_tag(a);
    imap_args_take_space(a);
    rest = span_bytes(a->rest.at, a->rest.len >= 2 ? a->rest.len - 2 : 0);
    out->status = find_status(rest);
    if (a->fault != NULL || out->status == NULL || strlen(out->status) > 3 || strcmp(out->status, "BYE") == 0)
        return broken(out, "neither data nor the end of a command");
    take_status(out, rest);
    return IMAP_REPLY_TAGGED;
}

enum imap_reply_kind imap_reply_read(struct imap_reply_reader *r, struct span *bytes, struct imap_reply *out)
{
    enum imap_reply_kind kind;

    *out = (struct imap_reply){ .wrong = NULL };
    if (r->done && bytes->len > 0)
        begin(r);
    kind = collect(r, bytes, out);
    if (kind != IMAP_REPLY_OTHER)
        return kind;
    r->done = true;
    return read_whole(r, out);
}
