/* mail/imap_keys.h: what a SEARCH asks for (RFC 3501 §6.4.4): keys, in a tree. */
#ifndef MAIL_IMAP_KEYS_H
#define MAIL_IMAP_KEYS_H

#include "mail/imap_parse.h"

enum imap_key_kind {
    IMAP_KEY_ALL,
    IMAP_KEY_NUMBERS, /* of messages */
    IMAP_KEY_UIDS,
    IMAP_KEY_FLAG,
    IMAP_KEY_NO_FLAG,
    IMAP_KEY_KEYWORD,
    IMAP_KEY_NO_KEYWORD,
    IMAP_KEY_RECENT,
    IMAP_KEY_NOT_RECENT,
    IMAP_KEY_NEW, /* recent and not seen */
    IMAP_KEY_LARGER,
    IMAP_KEY_SMALLER,
    IMAP_KEY_BEFORE,
    IMAP_KEY_ON,
    IMAP_KEY_SINCE,
    IMAP_KEY_SENT_BEFORE,
    IMAP_KEY_SENT_ON,
    IMAP_KEY_SENT_SINCE,
    IMAP_KEY_HEADER,  /* the text is in a field */
    IMAP_KEY_ADDRESS, /* the same, of a field with addresses */
    IMAP_KEY_BODY,
    IMAP_KEY_TEXT,
    IMAP_KEY_NOT,
    IMAP_KEY_OR,
    IMAP_KEY_AND,
};

struct imap_key {
    enum imap_key_kind kind;
    uint32_t number;  /* of octets; a flag */
    int64_t day;      /* since 1970 */
    struct span name; /* of a header field, a keyword */
    char *text;       /* as imap_fold makes it */
    struct imap_set set;
    struct imap_key *first; /* of those below it: of NOT one, of OR two, of AND any number */
    struct imap_key *next;
};

struct imap_search {
    struct imap_key *keys; /* in a row: all must match */
    bool
        has_bad_charset; /* it was asked for in another than US-ASCII and UTF-8, or some text is in neither */
};

/* " CHARSET UTF-8 OR SEEN FROM bob", from the space on. To be released, fault or not; sets are not settled,
 * names borrow from the command. */
void imap_search_take(struct imap_args *a, struct imap_search *out);
void imap_search_release(struct imap_search *s);

/* Whether that is a list of search keys, "FROM alice SUBJECT lunch SINCE 1-Mar-2026"; if not, `why` gets a
 * sentence. */
bool imap_search_is_right(struct span keys, GString *why);

/* Text for comparing: in UTF-8, without case, accents composed; what is no UTF-8 is replaced. To be freed. */
char *imap_fold(const char *text, gsize len);

#endif
