#include "mail/imap_keys.h"

enum {
    KEYS_MAX = 1000, /* of a command */
    DEPTH_MAX = 50,  /* of NOT, OR and parentheses */
};

char *imap_fold(const char *text, gsize len)
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

struct reader {
    struct imap_args *args;
    unsigned n, depth;
    bool bad_charset; /* text that is no UTF-8 */
};

enum arg { NOTHING, STRING, DATE, NUMBER, KEYWORD_NAME, FIELD_AND_STRING, SET, KEY, TWO_KEYS };

static const struct word {
    const char *name;
    enum imap_key_kind kind;
    enum arg arg;
    uint32_t flag;
    const char *field;
} words[] = {
    { "ALL", IMAP_KEY_ALL, NOTHING },
    { "ANSWERED", IMAP_KEY_FLAG, NOTHING, MAIL_ANSWERED },
    { "BCC", IMAP_KEY_ADDRESS, STRING, 0, "Bcc" },
    { "BEFORE", IMAP_KEY_BEFORE, DATE },
    { "BODY", IMAP_KEY_BODY, STRING },
    { "CC", IMAP_KEY_ADDRESS, STRING, 0, "Cc" },
    { "DELETED", IMAP_KEY_FLAG, NOTHING, MAIL_DELETED },
    { "DRAFT", IMAP_KEY_FLAG, NOTHING, MAIL_DRAFT },
    { "FLAGGED", IMAP_KEY_FLAG, NOTHING, MAIL_FLAGGED },
    { "FROM", IMAP_KEY_ADDRESS, STRING, 0, "From" },
    { "HEADER", IMAP_KEY_HEADER, FIELD_AND_STRING },
    { "KEYWORD", IMAP_KEY_KEYWORD, KEYWORD_NAME },
    { "LARGER", IMAP_KEY_LARGER, NUMBER },
    { "NEW", IMAP_KEY_NEW, NOTHING },
    { "NOT", IMAP_KEY_NOT, KEY },
    { "OLD", IMAP_KEY_NOT_RECENT, NOTHING },
    { "ON", IMAP_KEY_ON, DATE },
    { "OR", IMAP_KEY_OR, TWO_KEYS },
    { "RECENT", IMAP_KEY_RECENT, NOTHING },
    { "SEEN", IMAP_KEY_FLAG, NOTHING, MAIL_SEEN },
    { "SENTBEFORE", IMAP_KEY_SENT_BEFORE, DATE },
    { "SENTON", IMAP_KEY_SENT_ON, DATE },
    { "SENTSINCE", IMAP_KEY_SENT_SINCE, DATE },
    { "SINCE", IMAP_KEY_SINCE, DATE },
    { "SMALLER", IMAP_KEY_SMALLER, NUMBER },
    { "SUBJECT", IMAP_KEY_HEADER, STRING, 0, "Subject" },
    { "TEXT", IMAP_KEY_TEXT, STRING },
    { "TO", IMAP_KEY_ADDRESS, STRING, 0, "To" },
    { "UID", IMAP_KEY_UIDS, SET },
    { "UNANSWERED", IMAP_KEY_NO_FLAG, NOTHING, MAIL_ANSWERED },
    { "UNDELETED", IMAP_KEY_NO_FLAG, NOTHING, MAIL_DELETED },
    { "UNDRAFT", IMAP_KEY_NO_FLAG, NOTHING, MAIL_DRAFT },
    { "UNFLAGGED", IMAP_KEY_NO_FLAG, NOTHING, MAIL_FLAGGED },
    { "UNKEYWORD", IMAP_KEY_NO_KEYWORD, KEYWORD_NAME },
    { "UNSEEN", IMAP_KEY_NO_FLAG, NOTHING, MAIL_SEEN },
};

static struct imap_key *take_key(struct reader *r);

/* Keys with spaces between them: all must match. */
static struct imap_key *take_keys(struct reader *r)
{
    struct imap_key *first = NULL, **last = &first;

    do {
        *last = take_key(r);
        last = &(*last)->next;
    } while (imap_args_take_if(r->args, ' '));
    return first;
}

static void take_text(struct reader *r, struct imap_key *k)
{
    struct span text = imap_args_take_astring(r->args, "a string to search for");

    r->bad_charset = r->bad_charset || !g_utf8_validate(text.at, (gssize)text.len, NULL);
    k->text = imap_fold(text.len > 0 ? text.at : "", text.len);
}

static void take_argument(struct reader *r, struct imap_key *k, enum arg arg)
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
static struct imap_key *take_key(struct reader *r)
{
    struct imap_args *a = r->args;
    struct imap_key *k = g_new0(struct imap_key, 1);
    char next = imap_args_peek(a);

    if (++r->n > KEYS_MAX || ++r->depth > DEPTH_MAX) {
        imap_args_expected(a, "fewer keys");
    } else if (imap_args_take_if(a, '(')) {
        k->kind = IMAP_KEY_AND;
        k->first = take_keys(r);
        imap_args_take(a, ')');
    } else if (next == '*' || g_ascii_isdigit(next)) {
        k->kind = IMAP_KEY_NUMBERS;
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

void imap_search_take(struct imap_args *a, struct imap_search *out)
{
    struct reader r = { .args = a };

    imap_args_take_space(a);
    if (imap_args_take_word_if(a, SPAN("CHARSET "))) {
        struct span charset = imap_args_take_astring(a, "a charset");

        imap_args_take_space(a);
        r.bad_charset = !span_is_nocase(charset, SPAN("US-ASCII")) && !span_is_nocase(charset, SPAN("UTF-8"));
    }
    *out = (struct imap_search){ .keys = take_keys(&r) };
    out->has_bad_charset = r.bad_charset;
}

static void free_keys(struct imap_key *k)
{
    while (k != NULL) {
        struct imap_key *next = k->next;

        free_keys(k->first);
        imap_set_release(&k->set);
        g_free(k->text);
        g_free(k);
        k = next;
    }
}

void imap_search_release(struct imap_search *s)
{
    free_keys(s->keys);
    s->keys = NULL;
}

bool imap_search_is_right(struct span keys, GString *why)
{
    GString *line = g_string_new(" ");
    struct imap_args args;
    struct imap_search search;
    bool right;

    g_string_append_len(line, keys.at, (gssize)keys.len);
    g_string_append(line, "\r\n");
    imap_args_init(&args);
    imap_args_start(&args, span_bytes(line->str, line->len));
    imap_search_take(&args, &search);
    imap_args_take_end(&args);
    right = args.fault == NULL && !search.has_bad_charset;
    if (!right)
        g_string_append_printf(why, "\"%.*s\" is no search: %s was expected", (int)MIN(keys.len, 60), keys.at,
                               args.fault != NULL ? args.fault : "text in UTF-8");
    imap_search_release(&search);
    imap_args_release(&args);
    g_string_free(line, TRUE);
    return right;
}
