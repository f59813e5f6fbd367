/* dns/rr_parse.c: one master-file line to one record (RFC 1035 §5.1): its owner, TTL, class and type. The
 * data is read in rr_data.c. Everything is said in words for the author of the line. */
#include <stdarg.h>
#include <string.h>

#include "dns/rr_text.h"

#define TTL_MAX 2147483647u /* RFC 2181 §8 */

bool dns_rr_fail(char *error_out, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_vsnprintf(error_out, RR_ERROR_MAX, format, args);
    va_end(args);
    return false;
}

int dns_rr_shown(struct span word)
{
    size_t n = MIN(word.len, RR_WORD_SHOWN);

    while (n > 0 && n < word.len && ((unsigned char)word.at[n] & 0xc0) == 0x80)
        n--;
    return (int)n;
}

/* ---- The line as words. */

/* The line without comment and parentheses (which only join lines), tabs as spaces. */
static bool clean_line(struct span line, GString *out, char *error)
{
    bool is_quoted = false;
    int open = 0;

    for (size_t i = 0; i < line.len; i++) {
        char c = line.at[i];

        if ((unsigned char)c < ' ' && c != '\t')
            return dns_rr_fail(error, c == '\n' || c == '\r' ? "a record is one line"
                                                             : "a control character in a record");
        if (c == ';' && !is_quoted)
            break;
        if (c == '\\' && i + 1 < line.len && line.at[i + 1] >= ' ') {
            g_string_append_len(out, line.at + i++, 2);
            continue;
        }
        if (c == '"')
            is_quoted = !is_quoted;
        if (!is_quoted && (c == '(' || c == ')'))
            open += c == '(' ? 1 : -1;
        if (open < 0)
            return dns_rr_fail(error, "a ')' without its '('");
        g_string_append_c(out, !is_quoted && strchr("\t()", c) != NULL ? ' ' : c);
    }
    if (is_quoted)
        return dns_rr_fail(error, "a quoted string does not end");
    return open == 0 || dns_rr_fail(error, "a '(' without its ')'");
}

unsigned dns_rr_words(struct span text)
{
    unsigned n = 0;

    for (text = span_trim(text); text.len > 0; n++)
        span_take_word(&text);
    return n;
}

bool dns_rr_seconds(struct span word, uint32_t *out)
{
    static const struct {
        char letter;
        uint32_t seconds;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 } };
    uint64_t total = 0, part = 0;
    bool has_digits = false, is_open = false;

    for (size_t i = 0; i < word.len; i++) {
        uint32_t unit = 0;

        if (g_ascii_isdigit(word.at[i])) {
            part = part * 10 + (uint64_t)(word.at[i] - '0');
            is_open = has_digits = true;
        } else {
            for (unsigned u = 0; u < G_N_ELEMENTS(units); u++) {
                if (g_ascii_tolower(word.at[i]) == units[u].letter)
                    unit = units[u].seconds;
            }
            if (unit == 0 || !is_open)
                return false;
            part *= unit;
        }
        if (total + part > UINT32_MAX)
            return false;
        if (unit != 0) {
            total += part;
            part = 0;
            is_open = false;
        }
    }
    *out = (uint32_t)(total + part);
    return has_digits;
}

/* ---- The line. */

static bool parse_owner(struct span word, const struct dns_name *origin, struct dns_name *out, char *error)
{
    const char *why;

    if (span_is(word, SPAN("@"))) {
        dns_name_copy(out, origin);
        return true;
    }
    return dns_name_parse(word, origin, out, &why) ||
           dns_rr_fail(error, "the name '%.*s': %s", SHOWN(word), why);
}

/* What is asked for or belongs to a message, and is no record of a zone (RFC 6895 §3.1). */
static bool is_meta(uint16_t type)
{
    return type == DNS_OPT || (type >= 128 && type <= 255);
}

/* TTL and class in either order; `word` is what comes then. */
static bool parse_ttl_and_class(struct span *rest, struct span *word, struct dns_rr *out, char *error)
{
    bool has_ttl = false, has_class = false;

    for (;;) {
        *word = span_take_word(rest);
        if (word->len > 0 && g_ascii_isdigit(word->at[0])) {
            uint32_t ttl;

            if (!dns_rr_seconds(*word, &ttl))
                return dns_rr_fail(error, "'%.*s' is no TTL: seconds, or with units like 1h30m",
                                   SHOWN(*word));
            if (ttl > TTL_MAX)
                return dns_rr_fail(error, "a TTL is at most 2147483647 seconds (68 years)");
            if (has_ttl)
                return dns_rr_fail(error, "two TTLs; '%.*s' is the second", SHOWN(*word));
            out->ttl_s = ttl;
            has_ttl = true;
        } else if (!has_class && span_is_nocase(*word, SPAN("IN"))) {
            has_class = true;
        } else {
            return true;
        }
    }
}

/* "MX 10 mail": the owner is a type's name, and no type follows where one should. */
static bool lacks_owner(struct span owner, struct span rest)
{
    if (dns_type_parse(owner) == 0)
        return false;
    for (int word = 0; word < 3; word++) { /* TTL, class, type */
        if (dns_type_parse(span_take_word(&rest)) != 0)
            return false;
    }
    return true;
}

static bool parse_type(struct span owner, struct span *rest, struct dns_rr *out, char *error)
{
    static const struct span classes[] = { SPAN("CH"), SPAN("HS"), SPAN("CS"), SPAN("NONE") };
    struct span word;

    if (lacks_owner(owner, *rest))
        return dns_rr_fail(error,
                           "a record begins with its name (@ for the domain itself), then its type, %.*s",
                           SHOWN(owner));
    if (!parse_ttl_and_class(rest, &word, out, error))
        return false;
    if (word.len == 0)
        return dns_rr_fail(error, "a record is a name, a type and data, like \"www A 192.0.2.1\"");
    for (unsigned i = 0; i < G_N_ELEMENTS(classes); i++) {
        if (span_is_nocase(word, classes[i]))
            return dns_rr_fail(error, "the class is always IN here, not %.*s", SHOWN(word));
    }
    out->type = dns_type_parse(word);
    if (out->type == 0)
        return dns_rr_fail(error, "'%.*s' is no record type (like A, MX, CNAME)", SHOWN(word));
    return !is_meta(out->type) || dns_rr_fail(error, "no record has the type %.*s", SHOWN(word));
}

bool dns_rr_parse(struct span line, const struct dns_name *origin, uint32_t default_ttl_s, struct dns_rr *out,
                  char error_out[static 160])
{
    g_autoptr(GString) clean = g_string_sized_new(line.len + 1);
    struct span rest, owner;

    *out = (struct dns_rr){ .ttl_s = default_ttl_s };
    error_out[0] = '\0';
    if (!clean_line(line, clean, error_out))
        return false;
    rest = span_trim(span_bytes(clean->str, clean->len));
    owner = span_take_word(&rest);
    if (owner.len == 0)
        return dns_rr_fail(error_out, "the line is empty");
    if (!parse_owner(owner, origin, &out->name, error_out) || !parse_type(owner, &rest, out, error_out))
        return false;
    if (dns_rr_parse_data(span_trim(rest), origin, out, error_out))
        return true;
    dns_rr_release(out);
    return false;
}
