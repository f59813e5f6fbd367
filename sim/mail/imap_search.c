/* SEARCH (RFC 3501 §6.4.4). Text is compared as Unicode, whatever it is encoded in and without regard to
 * case; bodies are searched as people read them. */
#include <gmime/gmime.h>

#include "mail/imap_search.h"
#include "mail/imap_server_internal.h"
#include "mail/mime.h"

enum {
    KEYS_MAX = 1000, /* of a command */
    DEPTH_MAX = 50,  /* of NOT, OR and parentheses */
    DATE_TEXT_MAX = 200,
};

enum key_kind {
    ALL,
    NUMBERS,
    UIDS,
    FLAG,
    NO_FLAG,
    KEYWORD,
    NO_KEYWORD,
    RECENT,
    NOT_RECENT,
    NEW,
    LARGER,
    SMALLER,
    BEFORE,
    ON,
    SINCE,
    SENT_BEFORE,
    SENT_ON,
    SENT_SINCE,
    HEADER,
    BODY,
    TEXT,
    NOT,
    OR,
    AND,
};

struct key {
    enum key_kind kind;
    uint32_t number;  /* of octets; a flag */
    int64_t day;      /* since 1970 */
    struct span name; /* of a header field, a keyword */
    char *text;       /* folded */
    struct imap_set set;
    struct key *first; /* of those below it */
    struct key *next;  /* beside it */
};

static void free_keys(struct key *k)
{
    while (k != NULL) {
        struct key *next = k->next;

        free_keys(k->first);
        imap_set_release(&k->set);
        g_free(k->text);
        g_free(k);
        k = next;
    }
}

/* ---- Text. */

/* For comparing: without case, accents composed. What is no UTF-8 is replaced. */
static char *fold(const char *text, gsize len)
{
    char *valid = g_utf8_make_valid(text, (gssize)len), *composed, *folded;

    if (g_str_is_ascii(valid)) {
        for (char *c = valid; *c != '\0'; c++)
            *c = g_ascii_tolower(*c);
        return valid;
    }
    composed = g_utf8_normalize(valid, -1, G_NORMALIZE_DEFAULT_COMPOSE);
    folded = g_utf8_casefold(composed, -1);
    g_free(composed);
    g_free(valid);
    return folded;
}

/* ---- Reading keys. */

struct keys_reader {
    struct imap_args *args;
    unsigned n, depth;
    bool bad_charset; /* text that is no UTF-8 */
};

enum arg { NOTHING, STRING, DATE, NUMBER, KEYWORD_NAME, FIELD_AND_STRING, SET, KEY, TWO_KEYS };

static const struct word {
    const char *name;
    enum key_kind kind;
    enum arg arg;
    uint32_t flag;
    const char *field;
} words[] = {
    { "ALL", ALL, NOTHING },
    { "ANSWERED", FLAG, NOTHING, MAIL_ANSWERED },
    { "BCC", HEADER, STRING, 0, "Bcc" },
    { "BEFORE", BEFORE, DATE },
    { "BODY", BODY, STRING },
    { "CC", HEADER, STRING, 0, "Cc" },
    { "DELETED", FLAG, NOTHING, MAIL_DELETED },
    { "DRAFT", FLAG, NOTHING, MAIL_DRAFT },
    { "FLAGGED", FLAG, NOTHING, MAIL_FLAGGED },
    { "FROM", HEADER, STRING, 0, "From" },
    { "HEADER", HEADER, FIELD_AND_STRING },
    { "KEYWORD", KEYWORD, KEYWORD_NAME },
    { "LARGER", LARGER, NUMBER },
    { "NEW", NEW, NOTHING },
    { "NOT", NOT, KEY },
    { "OLD", NOT_RECENT, NOTHING },
    { "ON", ON, DATE },
    { "OR", OR, TWO_KEYS },
    { "RECENT", RECENT, NOTHING },
    { "SEEN", FLAG, NOTHING, MAIL_SEEN },
    { "SENTBEFORE", SENT_BEFORE, DATE },
    { "SENTON", SENT_ON, DATE },
    { "SENTSINCE", SENT_SINCE, DATE },
    { "SINCE", SINCE, DATE },
    { "SMALLER", SMALLER, NUMBER },
    { "SUBJECT", HEADER, STRING, 0, "Subject" },
    { "TEXT", TEXT, STRING },
    { "TO", HEADER, STRING, 0, "To" },
    { "UID", UIDS, SET },
    { "UNANSWERED", NO_FLAG, NOTHING, MAIL_ANSWERED },
    { "UNDELETED", NO_FLAG, NOTHING, MAIL_DELETED },
    { "UNDRAFT", NO_FLAG, NOTHING, MAIL_DRAFT },
    { "UNFLAGGED", NO_FLAG, NOTHING, MAIL_FLAGGED },
    { "UNKEYWORD", NO_KEYWORD, KEYWORD_NAME },
    { "UNSEEN", NO_FLAG, NOTHING, MAIL_SEEN },
};

static struct key *take_key(struct keys_reader *r);

/* Keys with spaces between them: all must match. */
static struct key *take_keys(struct keys_reader *r)
{
    struct key *first = NULL, **last = &first;

    do {
        *last = take_key(r);
        last = &(*last)->next;
    } while (imap_args_take_if(r->args, ' '));
    return first;
}

static void take_text(struct keys_reader *r, struct key *k)
{
    struct span text = imap_args_take_astring(r->args, "a string to search for");

    r->bad_charset = r->bad_charset || !g_utf8_validate(text.at, (gssize)text.len, NULL);
    k->text = fold(text.len > 0 ? text.at : "", text.len);
}

static void take_argument(struct keys_reader *r, struct key *k, enum arg arg)
{
    struct imap_args *a = r->args;

    if (arg != NOTHING)
        imap_args_take_space(a);
    switch (arg) {
    case NOTHING:
        break;
    case FIELD_AND_STRING:
        k->name = imap_args_take_astring(a, "a header field's name");
        imap_args_take_space(a);
        take_text(r, k);
        break;
    case STRING:
        take_text(r, k);
        break;
    case DATE:
        k->day = imap_args_take_date(a);
        break;
    case NUMBER:
        k->number = imap_args_take_number(a, 0);
        break;
    case KEYWORD_NAME:
        k->name = imap_args_take_atom(a, "a keyword");
        break;
    case SET:
        imap_args_take_set(a, &k->set);
        break;
    case KEY:
        k->first = take_key(r);
        break;
    case TWO_KEYS:
        k->first = take_key(r);
        imap_args_take_space(a);
        k->first->next = take_key(r);
        break;
    }
}

/* Never NULL; after a fault one that means nothing. */
static struct key *take_key(struct keys_reader *r)
{
    struct imap_args *a = r->args;
    struct key *k = g_new0(struct key, 1);
    char next = imap_args_peek(a);

    if (++r->n > KEYS_MAX || ++r->depth > DEPTH_MAX) {
        imap_args_expected(a, "fewer keys");
    } else if (imap_args_take_if(a, '(')) {
        k->kind = AND;
        k->first = take_keys(r);
        imap_args_take(a, ')');
    } else if (next == '*' || g_ascii_isdigit(next)) {
        k->kind = NUMBERS;
        imap_args_take_set(a, &k->set);
    } else {
        struct span name = imap_args_take_letters(a);
        size_t i = 0;

        while (i < G_N_ELEMENTS(words) && !span_is_nocase(name, span_of(words[i].name)))
            i++;
        if (i == G_N_ELEMENTS(words)) {
            imap_args_expected(a, "a search key");
        } else {
            k->kind = words[i].kind;
            k->number = words[i].flag;
            k->name = span_of(words[i].field);
            take_argument(r, k, words[i].arg);
        }
    }
    r->depth--;
    return k;
}

/* ---- Matching. */

/* A message under search; what costs is made when it is first asked for. */
struct candidate {
    const struct imap_view *view;
    unsigned at;
    struct mime_part *root;
    char *header, *body; /* folded */
    bool has_date, was_dated;
    int64_t day; /* of its Date: */
};

static const struct imap_viewed *viewed(const struct candidate *c)
{
    return &c->view->messages[c->at];
}

static const struct mime_part *tree(struct candidate *c)
{
    if (c->root == NULL)
        c->root = mime_parse(viewed(c)->message->data);
    return c->root;
}

static void put_header(struct span header, GString *out)
{
    struct span rest = header, name, value;

    while (mail_take_field(&rest, &name, &value)) {
        g_string_append_len(out, name.at, (gssize)name.len);
        g_string_append(out, ": ");
        mime_header_text(value, out);
        g_string_append_c(out, '\n');
    }
}

/* What people read in it: texts, headers of parts with their files' names, messages within. Pictures and the
 * like are no text, whatever letters encode them. */
static void put_body(const struct mime_part *p, GString *out)
{
    for (guint i = 0; p->parts != NULL && i < p->parts->len; i++) {
        const struct mime_part *within = p->parts->pdata[i];

        put_header(within->header, out);
        put_body(within, out);
    }
    if (p->parts != NULL)
        return;
    if (mime_is(p, "text", NULL))
        mime_text(p, out);
    else if (p->encoding <= MIME_BINARY)
        g_string_append_len(out, p->body.at, (gssize)p->body.len);
    g_string_append_c(out, '\n');
}

static char *folded(void (*put)(struct candidate *c, GString *out), struct candidate *c)
{
    GString *text = g_string_new(NULL);
    char *result;

    put(c, text);
    result = fold(text->str, text->len);
    g_string_free(text, TRUE);
    return result;
}

static void put_own_header(struct candidate *c, GString *out)
{
    put_header(tree(c)->header, out);
}

static void put_own_body(struct candidate *c, GString *out)
{
    put_body(tree(c), out);
}

static bool is_in_header(struct candidate *c, const char *text)
{
    if (c->header == NULL)
        c->header = folded(put_own_header, c);
    return strstr(c->header, text) != NULL;
}

static bool is_in_body(struct candidate *c, const char *text)
{
    if (c->body == NULL)
        c->body = folded(put_own_body, c);
    return strstr(c->body, text) != NULL;
}

/* One of its fields of that name has the text in it; an empty text is in any. */
static bool is_in_field(struct candidate *c, struct span wanted, const char *text)
{
    struct span rest = tree(c)->header, name, value;
    bool found = false;

    while (!found && mail_take_field(&rest, &name, &value)) {
        GString *words_of;
        char *own;

        if (!span_is_nocase(name, wanted))
            continue;
        words_of = g_string_new(NULL);
        mime_header_text(value, words_of);
        own = fold(words_of->str, words_of->len);
        found = strstr(own, text) != NULL;
        g_free(own);
        g_string_free(words_of, TRUE);
    }
    return found;
}

static int64_t day_of(int64_t unix_s)
{
    return unix_s >= 0 ? unix_s / 86400 : -((86399 - unix_s) / 86400);
}

/* The day that its Date: names, whatever the zone (§6.4.4). */
static bool has_day(struct candidate *c)
{
    struct span value;
    char text[DATE_TEXT_MAX + 1];
    GDateTime *date, *midnight;

    if (c->was_dated)
        return c->has_date;
    c->was_dated = true;
    value = mail_message_field(viewed(c)->message, "Date");
    if (value.len == 0 || value.len > DATE_TEXT_MAX)
        return false;
    memcpy(text, value.at, value.len);
    text[value.len] = '\0';
    date = g_mime_utils_header_decode_date(text);
    if (date == NULL)
        return false;
    midnight = g_date_time_new_utc(g_date_time_get_year(date), g_date_time_get_month(date),
                                   g_date_time_get_day_of_month(date), 0, 0, 0);
    c->day = day_of(g_date_time_to_unix(midnight));
    c->has_date = true;
    g_date_time_unref(midnight);
    g_date_time_unref(date);
    return true;
}

static bool matches(struct candidate *c, const struct key *k);

static bool all_match(struct candidate *c, const struct key *k)
{
    for (; k != NULL; k = k->next)
        if (!matches(c, k))
            return false;
    return true;
}

static bool has_keyword(const struct candidate *c, struct span keyword)
{
    return viewed(c)->flags & mail_folder_keyword_find(c->view->folder, keyword);
}

static bool matches(struct candidate *c, const struct key *k)
{
    const struct imap_viewed *m = viewed(c);

    switch (k->kind) {
    case ALL:
        return true;
    case NUMBERS:
        return imap_set_has(&k->set, c->at + 1);
    case UIDS:
        return imap_set_has(&k->set, m->uid);
    case FLAG:
        return m->flags & k->number;
    case NO_FLAG:
        return !(m->flags & k->number);
    case KEYWORD:
        return has_keyword(c, k->name);
    case NO_KEYWORD:
        return !has_keyword(c, k->name);
    case RECENT:
        return m->is_recent;
    case NOT_RECENT:
        return !m->is_recent;
    case NEW:
        return m->is_recent && !(m->flags & MAIL_SEEN);
    case LARGER:
        return m->message->data.len > k->number;
    case SMALLER:
        return m->message->data.len < k->number;
    case BEFORE:
        return day_of(m->date_s) < k->day;
    case ON:
        return day_of(m->date_s) == k->day;
    case SINCE:
        return day_of(m->date_s) >= k->day;
    case SENT_BEFORE:
        return has_day(c) && c->day < k->day;
    case SENT_ON:
        return has_day(c) && c->day == k->day;
    case SENT_SINCE:
        return has_day(c) && c->day >= k->day;
    case HEADER:
        return is_in_field(c, k->name, k->text);
    case BODY:
        return is_in_body(c, k->text);
    case TEXT:
        return is_in_header(c, k->text) || is_in_body(c, k->text);
    case NOT:
        return !matches(c, k->first);
    case OR:
        return matches(c, k->first) || matches(c, k->first->next);
    case AND:
        return all_match(c, k->first);
    }
    return false;
}

/* Numbers that there are not match nothing here: clients search "1:*" of folders that may be empty. */
static void settle(const struct imap_view *v, struct key *k)
{
    for (; k != NULL; k = k->next) {
        if (k->kind == NUMBERS)
            imap_set_settle(&k->set, v->n);
        else if (k->kind == UIDS)
            imap_set_settle(&k->set, v->n > 0 ? v->messages[v->n - 1].uid : v->known);
        settle(v, k->first);
    }
}

static void say_found(struct imap_server *s, struct key *keys)
{
    const struct imap_view *v = &s->view;
    size_t begun = imap_begin(s);

    settle(v, keys);
    g_string_append(s->out, "SEARCH");
    for (unsigned i = 0; i < v->n; i++) {
        struct candidate c = { .view = v, .at = i };

        if (!v->messages[i].is_gone && all_match(&c, keys))
            g_string_append_printf(s->out, " %u", s->by_uid ? v->messages[i].uid : i + 1);
        mime_free(&c.root);
        g_free(c.header);
        g_free(c.body);
    }
    imap_end(s, begun, 0);
}

enum imap_server_state imap_on_search(struct imap_server *s)
{
    struct imap_args *a = &s->args;
    struct keys_reader r = { .args = a };
    struct key *keys;
    enum imap_server_state now;

    imap_args_take_space(a);
    if (imap_args_take_word_if(a, SPAN("CHARSET "))) {
        struct span charset = imap_args_take_astring(a, "a charset");

        imap_args_take_space(a);
        r.bad_charset = !span_is_nocase(charset, SPAN("US-ASCII")) && !span_is_nocase(charset, SPAN("UTF-8"));
    }
    keys = take_keys(&r);
    imap_args_take_end(a);
    if (a->fault != NULL) {
        now = imap_bad_args(s);
    } else if (r.bad_charset) {
        now = imap_no(s, "[BADCHARSET (US-ASCII UTF-8)] Text in another charset");
    } else {
        say_found(s, keys);
        now = imap_completed(s);
    }
    free_keys(keys);
    return now;
}

bool imap_search_is_right(struct span keys, GString *why)
{
    GString *line = g_string_new_len(keys.at, (gssize)keys.len);
    struct imap_args args;
    struct keys_reader r = { .args = &args };
    struct key *k;
    bool right;

    g_string_append(line, "\r\n");
    imap_args_init(&args);
    imap_args_start(&args, span_bytes(line->str, line->len));
    k = take_keys(&r);
    imap_args_take_end(&args);
    right = args.fault == NULL && !r.bad_charset;
    if (!right)
        g_string_append_printf(why, "expected %s, at \"%.40s\"",
                               args.fault != NULL ? args.fault : "text in UTF-8",
                               args.rest.at != NULL ? args.rest.at : "");
    free_keys(k);
    imap_args_release(&args);
    g_string_free(line, TRUE);
    return right;
}
