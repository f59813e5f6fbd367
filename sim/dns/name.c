/* dns/name.c: the labels of a name stay in wire form, so most work is comparing and hashing short runs of
 * octets. A length octet is at most 63 and 'A' is 65: folding the case of a whole wire form never touches a
 * length. */
#include "dns/name.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

enum { LABELS_MAX = 127 }; /* 127 labels of one octet and the root's zero are 255 octets */

#define EACH(octet) (UINT64_C(0x0101010101010101) * (octet))

/* ---- Case, eight octets at a time. */

/* A-Z to a-z in each octet, the others as they are (RFC 4343 §3: ASCII only). */
static inline uint64_t fold(uint64_t w)
{
    uint64_t low = w & EACH(0x7f);
    uint64_t from_a = low + EACH(0x80 - 'A');     /* the top bit of an octet: it is 'A' or above */
    uint64_t past_z = low + EACH(0x80 - 'Z' - 1); /* … past 'Z' */
    uint64_t is_upper = from_a & ~past_z & ~w & EACH(0x80);

    return w | is_upper >> 2;
}

static inline uint8_t fold_octet(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static inline uint64_t load(const uint8_t *at, unsigned n)
{
    uint64_t w = 0;

    memcpy(&w, at, n);
    return w;
}

/* Fewer than eight octets, as two loads that overlap. */
static inline uint64_t load_short(const uint8_t *at, unsigned n)
{
    if (n >= 4)
        return load(at, 4) << 32 | load(at + n - 4, 4);
    if (n >= 2)
        return load(at, 2) << 16 | load(at + n - 2, 2);
    return n ? *at : 0;
}

bool dns_wire_equal(const uint8_t *a, const uint8_t *b, unsigned len)
{
    if (len < 8)
        return fold(load_short(a, len)) == fold(load_short(b, len));
    for (unsigned i = 0; i + 8 < len; i += 8) {
        if (fold(load(a + i, 8)) != fold(load(b + i, 8)))
            return false;
    }
    return fold(load(a + len - 8, 8)) == fold(load(b + len - 8, 8));
}

uint32_t dns_wire_hash(const uint8_t *wire, unsigned len)
{
    const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15); /* 2^64 over the golden ratio */
    uint64_t h = len;

    if (len < 8) {
        h = (h ^ fold(load_short(wire, len))) * odd;
    } else {
        for (unsigned i = 0; i + 8 < len; i += 8) {
            h = (h ^ fold(load(wire + i, 8))) * odd;
            h ^= h >> 29;
        }
        h = (h ^ fold(load(wire + len - 8, 8))) * odd;
    }
    h ^= h >> 32;
    return (uint32_t)(h * odd >> 32);
}

unsigned dns_wire_name(const uint8_t *wire, const uint8_t *end)
{
    const uint8_t *at = wire;

    while (at < end && *at != 0) {
        if (*at > DNS_LABEL_MAX)
            return 0;
        at += 1 + *at;
    }
    return at < end && at - wire < DNS_NAME_MAX ? (unsigned)(at - wire) + 1 : 0;
}

/* ---- Whole names. */

void dns_name_copy(struct dns_name *to, const struct dns_name *from)
{
    to->len = from->len;
    memcpy(to->wire, from->wire, from->len);
}

bool dns_name_equal(const struct dns_name *a, const struct dns_name *b)
{
    return a->len == b->len && dns_wire_equal(a->wire, b->wire, a->len);
}

uint32_t dns_name_hash(const struct dns_name *n)
{
    return dns_wire_hash(n->wire, n->len);
}

bool dns_name_is_under(const struct dns_name *n, const struct dns_name *ancestor)
{
    unsigned at = 0;

    if (n->len < ancestor->len)
        return false;
    if (!dns_wire_equal(n->wire + n->len - ancestor->len, ancestor->wire, ancestor->len))
        return false;
    /* The octets agree; do the labels? "\3xedu" ends with what looks like "\3edu" only if a label begins
     * there. */
    while (at < (unsigned)(n->len - ancestor->len))
        at += 1 + n->wire[at];
    return at == (unsigned)(n->len - ancestor->len);
}

unsigned dns_name_labels(const struct dns_name *n)
{
    unsigned labels = 0;

    for (unsigned at = 0; n->wire[at] != 0; at += 1 + n->wire[at])
        labels++;
    return labels;
}

bool dns_name_parent(const struct dns_name *n, struct dns_name *out)
{
    unsigned cut = 1 + n->wire[0];

    if (cut == 1)
        return false;
    out->len = (uint8_t)(n->len - cut);
    memmove(out->wire, n->wire + cut, out->len); /* `out` may be `n` */
    return true;
}

void dns_name_suffix(const struct dns_name *n, unsigned labels, struct dns_name *out)
{
    unsigned at = 0;

    assert(labels <= dns_name_labels(n));
    for (unsigned drop = dns_name_labels(n) - labels; drop > 0; drop--)
        at += 1 + n->wire[at];
    out->len = (uint8_t)(n->len - at);
    memmove(out->wire, n->wire + at, out->len);
}

/* Where each label begins, the leftmost first; how many there are. */
static unsigned label_starts(const struct dns_name *n, uint8_t starts[static LABELS_MAX])
{
    unsigned labels = 0;

    for (unsigned at = 0; n->wire[at] != 0; at += 1 + n->wire[at])
        starts[labels++] = (uint8_t)at;
    return labels;
}

/* As octets, lower case, the shorter first where one begins the other. */
static int compare_labels(const uint8_t *a, const uint8_t *b)
{
    unsigned shorter = a[0] < b[0] ? a[0] : b[0];

    for (unsigned i = 1; i <= shorter; i++) {
        int difference = fold_octet(a[i]) - fold_octet(b[i]);
        if (difference != 0)
            return difference;
    }
    return a[0] - b[0];
}

int dns_name_compare(const struct dns_name *a, const struct dns_name *b)
{
    uint8_t a_starts[LABELS_MAX], b_starts[LABELS_MAX];
    unsigned a_left = label_starts(a, a_starts), b_left = label_starts(b, b_starts);

    while (a_left > 0 && b_left > 0) {
        int order = compare_labels(a->wire + a_starts[--a_left], b->wire + b_starts[--b_left]);
        if (order != 0)
            return order;
    }
    return (a_left > 0) - (b_left > 0); /* an ancestor before what is below it */
}

/* ---- Text. */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* One octet of a label, plain or escaped; returns how many characters it took, 0 if they are wrong. */
static size_t parse_octet(struct span text, uint8_t *out, const char **error)
{
    unsigned char c = (unsigned char)text.at[0];
    int value;

    if (c <= ' ' || c >= 0x7f) {
        *error = c <= ' ' ? "a blank in a name (\\032 if it is meant)"
                          : "a name is ASCII: write the xn-- form of other letters";
        return 0;
    }
    *out = c;
    if (c != '\\')
        return 1;
    *error = "a backslash takes one character, or three digits up to 255";
    if (text.len < 2)
        return 0;
    *out = (uint8_t)text.at[1];
    if (!is_digit(text.at[1]))
        return 2;
    if (text.len < 4 || !is_digit(text.at[2]) || !is_digit(text.at[3]))
        return 0;
    value = (text.at[1] - '0') * 100 + (text.at[2] - '0') * 10 + text.at[3] - '0';
    *out = (uint8_t)value;
    return value <= 255 ? 4 : 0;
}

/* One label, up to a dot or the end, into `label` (length, then octets). Cuts it off `text`; NULL or what is
 * wrong. */
static const char *parse_label(struct span *text, uint8_t label[static DNS_LABEL_MAX + 1])
{
    const char *error = NULL;

    label[0] = 0;
    while (text->len > 0 && text->at[0] != '.') {
        uint8_t octet;
        size_t took = parse_octet(*text, &octet, &error);

        if (took == 0)
            return error;
        if (label[0] == DNS_LABEL_MAX)
            return "a label is longer than 63 octets";
        label[++label[0]] = octet;
        text->at += took;
        text->len -= took;
    }
    return label[0] > 0 ? NULL : "a label is empty";
}

static const char *append(struct dns_name *to, const uint8_t *octets, unsigned n)
{
    if (to->len + n > DNS_NAME_MAX)
        return "the name is longer than 255 octets";
    memcpy(to->wire + to->len, octets, n);
    to->len = (uint8_t)(to->len + n);
    return NULL;
}

static const char *parse_name(struct span text, const struct dns_name *origin, struct dns_name *out)
{
    static const uint8_t root[1] = { 0 };
    bool is_absolute = origin == NULL;

    out->len = 0;
    if (text.len == 0)
        return "the name is empty";
    if (span_is(text, SPAN("."))) {
        is_absolute = true;
        text.len = 0;
    }
    while (text.len > 0) {
        uint8_t label[DNS_LABEL_MAX + 1];
        const char *error = parse_label(&text, label);

        if (error == NULL)
            error = append(out, label, 1u + label[0]);
        if (error != NULL)
            return error;
        if (text.len > 0) { /* a dot */
            is_absolute = is_absolute || text.len == 1;
            text.at++;
            text.len--;
        }
    }
    return is_absolute ? append(out, root, 1) : append(out, origin->wire, origin->len);
}

bool dns_name_parse(struct span text, const struct dns_name *origin, struct dns_name *out,
                    const char **error_out)
{
    struct dns_name name; /* `out` may be the origin, and stays as it was on failure */
    const char *error = parse_name(text, origin, &name);

    if (error_out != NULL)
        *error_out = error;
    if (error == NULL)
        dns_name_copy(out, &name);
    return error == NULL;
}

enum octet_kind { PLAIN, SPECIAL, UNPRINTABLE };

static inline enum octet_kind octet_kind(uint8_t c)
{
    switch (c) {
    case '.':
    case '\\':
    case '"':
    case '(':
    case ')':
    case ';':
    case '@':
    case '$': /* these mean something in a master file (RFC 1035 §5.1) */
        return SPECIAL;
    default:
        return c > ' ' && c < 0x7f ? PLAIN : UNPRINTABLE;
    }
}

static char *put_octet(char *to, uint8_t c)
{
    *to++ = '\\';
    if (octet_kind(c) == UNPRINTABLE) {
        *to++ = (char)('0' + c / 100);
        *to++ = (char)('0' + c / 10 % 10);
        c = (uint8_t)('0' + c % 10);
    }
    *to++ = (char)c;
    return to;
}

char *dns_name_text(char buf[DNS_NAME_TEXT_MAX], const struct dns_name *n)
{
    char *to = buf;

    for (const uint8_t *at = n->wire; *at != 0;) {
        if (to != buf)
            *to++ = '.';
        for (const uint8_t *end = at + *at; at < end;) {
            if (octet_kind(*++at) == PLAIN)
                *to++ = (char)*at;
            else
                to = put_octet(to, *at);
        }
        at++;
    }
    if (to == buf)
        *to++ = '.';
    *to = '\0';
    return buf;
}
