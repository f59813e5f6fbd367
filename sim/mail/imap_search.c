/* SEARCH (RFC 3501 §6.4.4): which messages match. Bodies are searched as people read them. */
#include <gmime/gmime.h>

#include "mail/imap_keys.h"
#include "mail/imap_server_internal.h"
#include "mail/imap_structure.h"
#include "mail/mime.h"

enum { DATE_TEXT_MAX = 200 }; /* of a Date: that is read */

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
    result = imap_fold(text->str, text->len);
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

static bool is_in_words(struct span words_of, const char *text)
{
    GString *decoded = g_string_new(NULL);
    char *own;
    bool found;

    mime_header_text(words_of, decoded);
    own = imap_fold(decoded->str, decoded->len);
    found = strstr(own, text) != NULL;
    g_free(own);
    g_string_free(decoded, TRUE);
    return found;
}

static bool is_in_addresses(struct span value, const char *text)
{
    GString *addresses = g_string_new(NULL);
    bool found;

    imap_addresses_text(value, addresses);
    found = is_in_words(span_bytes(addresses->str, addresses->len), text);
    g_string_free(addresses, TRUE);
    return found;
}

/* One of its fields of that name has the text in it, as it is written or, of addresses, as it is meant; an
 * empty text is in any. */
static bool is_in_field(struct candidate *c, const struct imap_key *k)
{
    struct span rest = tree(c)->header, name, value;
    bool found = false;

    while (!found && mail_take_field(&rest, &name, &value))
        if (span_is_nocase(name, k->name))
            found = is_in_words(value, k->text) ||
                    (k->kind == IMAP_KEY_ADDRESS && is_in_addresses(value, k->text));
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

static bool matches(struct candidate *c, const struct imap_key *k);

static bool all_match(struct candidate *c, const struct imap_key *k)
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

static bool matches(struct candidate *c, const struct imap_key *k)
{
    const struct imap_viewed *m = viewed(c);

    switch (k->kind) {
    case IMAP_KEY_ALL:
        return true;
    case IMAP_KEY_NUMBERS:
        return imap_set_has(&k->set, c->at + 1);
    case IMAP_KEY_UIDS:
        return imap_set_has(&k->set, m->uid);
    case IMAP_KEY_FLAG:
        return m->flags & k->number;
    case IMAP_KEY_NO_FLAG:
        return !(m->flags & k->number);
    case IMAP_KEY_KEYWORD:
        return has_keyword(c, k->name);
    case IMAP_KEY_NO_KEYWORD:
        return !has_keyword(c, k->name);
    case IMAP_KEY_RECENT:
        return m->is_recent;
    case IMAP_KEY_NOT_RECENT:
        return !m->is_recent;
    case IMAP_KEY_NEW:
        return m->is_recent && !(m->flags & MAIL_SEEN);
    case IMAP_KEY_LARGER:
        return m->message->data.len > k->number;
    case IMAP_KEY_SMALLER:
        return m->message->data.len < k->number;
    case IMAP_KEY_BEFORE:
        return day_of(m->date_s) < k->day;
    case IMAP_KEY_ON:
        return day_of(m->date_s) == k->day;
    case IMAP_KEY_SINCE:
        return day_of(m->date_s) >= k->day;
    case IMAP_KEY_SENT_BEFORE:
        return has_day(c) && c->day < k->day;
    case IMAP_KEY_SENT_ON:
        return has_day(c) && c->day == k->day;
    case IMAP_KEY_SENT_SINCE:
        return has_day(c) && c->day >= k->day;
    case IMAP_KEY_HEADER:
    case IMAP_KEY_ADDRESS:
        return is_in_field(c, k);
    case IMAP_KEY_BODY:
        return is_in_body(c, k->text);
    case IMAP_KEY_TEXT:
        return is_in_header(c, k->text) || is_in_body(c, k->text);
    case IMAP_KEY_NOT:
        return !matches(c, k->first);
    case IMAP_KEY_OR:
        return matches(c, k->first) || matches(c, k->first->next);
    case IMAP_KEY_AND:
        return all_match(c, k->first);
    }
    return false;
}

/* Numbers that there are not match nothing here: clients search "1:*" of folders that may be empty. */
static void settle(const struct imap_view *v, struct imap_key *k)
{
    for (; k != NULL; k = k->next) {
        if (k->kind == IMAP_KEY_NUMBERS)
            imap_set_settle(&k->set, v->n);
        else if (k->kind == IMAP_KEY_UIDS)
            imap_set_settle(&k->set, v->n > 0 ? v->messages[v->n - 1].uid : v->known);
        settle(v, k->first);
    }
}

static void say_found(struct imap_server *s, struct imap_key *keys)
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
    struct imap_search search;
    enum imap_server_state now;

    imap_search_take(&s->args, &search);
    imap_args_take_end(&s->args);
    if (s->args.fault != NULL) {
        now = imap_bad_args(s);
    } else if (search.has_bad_charset) {
        now = imap_no(s, "[BADCHARSET (US-ASCII UTF-8)] Text in another charset");
    } else {
        say_found(s, search.keys);
        now = imap_completed(s);
    }
    imap_search_release(&search);
    return now;
}
