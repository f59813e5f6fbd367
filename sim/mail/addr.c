#include "mail/addr.h"

#include <glib.h>

enum { LABEL_MAX = 63 }; /* RFC 1035 §2.3.4 */

static bool is_let_dig(char c)
{
    return g_ascii_isalnum(c);
}

/* RFC 5322 §3.2.3, which RFC 5321 refers to: what an atom is made of. */
static bool is_atext(char c)
{
    return g_ascii_isalnum(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

bool mail_is_domain(struct span text)
{
    size_t label = 0;

    if (text.len == 0 || text.len > MAIL_DOMAIN_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];

        if (c == '.') {
            if (label == 0 || text.at[i - 1] == '-')
                return false;
            label = 0;
        } else if (is_let_dig(c) || (c == '-' && label > 0)) {
            if (++label > LABEL_MAX)
                return false;
        } else {
            return false;
        }
    }
    return label > 0 && text.at[text.len - 1] != '-';
}

static bool is_ipv4(struct span text)
{
    for (int part = 0; part < 4; part++) {
        const char *dot = text.len > 0 ? memchr(text.at, '.', text.len) : NULL;
        size_t len = dot != NULL ? (size_t)(dot - text.at) : text.len;
        uint64_t value;

        if (len > 3 || !span_number(span_bytes(text.at, len), 255, &value) || (dot == NULL) != (part == 3))
            return false;
        if (dot != NULL)
            text = span_bytes(dot + 1, text.len - len - 1);
    }
    return true;
}

/* The groups of an IPv6 address before or behind its "::"; an IPv4 address at the end makes two. -1: no such
 * thing. */
static int ipv6_groups(struct span text, bool may_end_in_ipv4)
{
    int groups = 0;

    if (text.len == 0)
        return 0;
    for (;;) {
        const char *colon = memchr(text.at, ':', text.len);
        size_t len = colon != NULL ? (size_t)(colon - text.at) : text.len;

        if (colon == NULL && may_end_in_ipv4 && is_ipv4(text))
            return groups + 2;
        if (len == 0 || len > 4)
            return -1;
        for (size_t i = 0; i < len; i++)
            if (!g_ascii_isxdigit(text.at[i]))
                return -1;
        groups++;
        if (colon == NULL)
            return groups;
        text = span_bytes(colon + 1, text.len - len - 1);
        if (text.len == 0)
            return -1;
    }
}

static bool is_ipv6(struct span text)
{
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.at[i] == ':' && text.at[i + 1] == ':') {
            int before = ipv6_groups(span_bytes(text.at, i), false);
            int behind = ipv6_groups(span_bytes(text.at + i + 2, text.len - i - 2), true);

            /* §4.1.3: "::" stands for at least two groups. */
            return before >= 0 && behind >= 0 && before + behind <= 6;
        }
    }
    return ipv6_groups(text, true) == 8;
}

/* Standardized-tag ":" 1*dcontent */
static bool is_tagged(struct span text)
{
    const char *colon = memchr(text.at, ':', text.len);
    size_t tag = colon != NULL ? (size_t)(colon - text.at) : 0;

    if (tag == 0 || tag + 1 == text.len || !is_let_dig(colon[-1]))
        return false;
    for (size_t i = 0; i < tag; i++)
        if (!is_let_dig(text.at[i]) && text.at[i] != '-')
            return false;
    for (size_t i = tag + 1; i < text.len; i++) {
        char c = text.at[i];

        if (c < 33 || c > 126 || c == '[' || c == '\\' || c == ']')
            return false;
    }
    return true;
}

bool mail_is_literal(struct span text)
{
    struct span inner;

    if (text.len < 3 || text.len > MAIL_DOMAIN_MAX || text.at[0] != '[' || text.at[text.len - 1] != ']')
        return false;
    inner = span_bytes(text.at + 1, text.len - 2);
    if (span_starts_nocase(inner, SPAN("IPv6:")))
        return is_ipv6(span_bytes(inner.at + 5, inner.len - 5));
    return is_ipv4(inner) || is_tagged(inner);
}

/* The length of the quoted string that `text` starts with, or 0. */
static size_t quoted_len(struct span text)
{
    for (size_t i = 1; i < text.len; i++) {
        if (text.at[i] == '"')
            return i + 1;
        if (text.at[i] == '\\' && ++i == text.len)
            return 0;
        if (text.at[i] < ' ' || text.at[i] > '~')
            return 0;
    }
    return 0;
}

/* The length of the atoms and dots that `text` starts with; 0 where a dot stands first, last or beside
 * another. */
static size_t dot_string_len(struct span text)
{
    size_t i = 0;

    for (; i < text.len; i++) {
        if (text.at[i] == '.') {
            if (i == 0 || text.at[i - 1] == '.')
                return 0;
        } else if (!is_atext(text.at[i])) {
            break;
        }
    }
    return i > 0 && text.at[i - 1] == '.' ? 0 : i;
}

const char *mail_addr_read(struct span text, struct mail_addr *out)
{
    size_t local;

    if (text.len == 0)
        return "an empty address";
    local = text.at[0] == '"' ? quoted_len(text) : dot_string_len(text);
    if (local == 0)
        return "a malformed local part";
    if (local == text.len)
        return "no @ and domain";
    if (text.at[local] != '@')
        return "a character that needs quotes";
    if (local > MAIL_LOCAL_MAX)
        return "a local part longer than 64 octets";
    out->text = text;
    out->local = span_bytes(text.at, local);
    out->domain = span_bytes(text.at + local + 1, text.len - local - 1);
    if (out->domain.len > MAIL_DOMAIN_MAX)
        return "a domain longer than 255 octets";
    if (text.len + 2 > MAIL_PATH_MAX)
        return "a path longer than 256 octets";
    if (!mail_is_domain(out->domain) && !mail_is_literal(out->domain))
        return "a malformed domain";
    return NULL;
}

/* A-d-l ":" = "@" Domain *("," "@" Domain) ":". True if there is none, or a good one, cut off. */
static bool skip_route(struct span *text)
{
    while (text->len > 0 && text->at[0] == '@') {
        size_t end = 1;

        while (end < text->len && text->at[end] != ',' && text->at[end] != ':')
            end++;
        if (end == text->len || !mail_is_domain(span_bytes(text->at + 1, end - 1)))
            return false;
        if (text->at[end] == ',' && (end + 1 == text->len || text->at[end + 1] != '@'))
            return false;
        *text = span_bytes(text->at + end + 1, text->len - end - 1);
        if (text->at[-1] == ':')
            break;
    }
    return true;
}

/* The closing bracket's place; one inside quotes or an address literal does not close. 0: none. */
static size_t path_end(struct span text)
{
    bool quoted = false, literal = false;

    for (size_t i = 1; i < text.len; i++) {
        if (text.at[i] == '"' && !literal)
            quoted = !quoted;
        else if (quoted && text.at[i] == '\\')
            i++;
        else if (!quoted && (text.at[i] == '[' || text.at[i] == ']'))
            literal = text.at[i] == '[';
        else if (!quoted && !literal && text.at[i] == '>')
            return i;
    }
    return 0;
}

const char *mail_path_take(struct span *text, struct mail_addr *out)
{
    struct span inner;
    const char *wrong = NULL;
    size_t end;

    if (text->len == 0 || text->at[0] != '<')
        return "no < before the address";
    end = path_end(*text);
    if (end == 0)
        return "no > behind the address";
    if (end + 1 > MAIL_PATH_MAX)
        return "a path longer than 256 octets";
    inner = span_bytes(text->at + 1, end - 1);
    if (inner.len == 0 || span_is_nocase(inner, SPAN("postmaster"))) {
        *out = (struct mail_addr){ inner, inner, { NULL, 0 } };
    } else if (!skip_route(&inner)) {
        return "a malformed source route";
    } else {
        wrong = mail_addr_read(inner, out);
    }
    if (wrong == NULL)
        *text = span_bytes(text->at + end + 1, text->len - end - 1);
    return wrong;
}

size_t mail_addr_local(const struct mail_addr *a, char buf[MAIL_LOCAL_MAX])
{
    const char *at = a->local.at, *end = at + a->local.len;
    size_t n = 0;

    if (a->local.len > 0 && *at == '"') {
        at++;
        end--;
    }
    while (at < end && n < MAIL_LOCAL_MAX) {
        if (*at == '\\')
            at++;
        buf[n++] = *at++;
    }
    return n;
}

bool mail_addr_in_domain(const struct mail_addr *a, struct span domain)
{
    return a->domain.len > 0 && span_is_nocase(a->domain, domain);
}

bool mail_addr_is_postmaster(const struct mail_addr *a)
{
    char local[MAIL_LOCAL_MAX];

    return span_is_nocase(span_bytes(local, mail_addr_local(a, local)), SPAN("postmaster"));
}

bool mail_addr_is_same(const struct mail_addr *a, const struct mail_addr *b)
{
    char la[MAIL_LOCAL_MAX], lb[MAIL_LOCAL_MAX];

    if (!span_is_nocase(a->domain, b->domain))
        return false;
    return span_is(span_bytes(la, mail_addr_local(a, la)), span_bytes(lb, mail_addr_local(b, lb))) ||
           (mail_addr_is_postmaster(a) && mail_addr_is_postmaster(b));
}
